package Vol::Roots;

# vol roots: the last seals of the days that are over, oldest first, as lines to
# be published and kept: "DATE SEAL DIGEST ALGORITHM".

use strict;
use warnings;

use Vol::HTTP;
use Vol::Show qw( say_out note );


sub run {
    my ($class, $options) = @_;

    my $http = Vol::HTTP->new($options);
    my (@lines, $after);

    do {
        my $page = $http->persist(sub {
            $http->ask('GET', 'seals?roots=true&limit=100'
                       . (defined $after
                          ? '&after=' . Vol::HTTP::escaped($after) : ''))
        });
        push @lines, map { join ' ', @$_{qw( on seal digest algorithm )} }
                     @{ $page->{seals} };
        $after = $page->{next};
    } while (defined $after);

    say_out($_) for reverse @lines;
    note('no day that is over has a seal yet.') unless @lines;
    return 0;
}


1;
