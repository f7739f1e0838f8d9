package Vol::Compare;

# vol compare: do two backups hold the same?  Seals are left out: how many
# entries one covers depends on when they came.  "vol verify" takes the ledger
# of one and the seals of the other.

use strict;
use warnings;

use Vol::Backup qw( manifest intact );
use Vol::Show qw( fail say_out progress progress_end count plural shown );

use constant SHOWN => 300;      # characters of a line


sub run {
    my ($class, $options, @dirs) = @_;

    my @manifests = map { manifest($_) } @dirs;
    my $differ = 0;

    for my $what (qw( registry ledger accounts vouchers )) {
        my @has = grep { $manifests[$_]{files}{$what} } 0, 1;
        next unless @has;
        if (@has < 2) {
            say_out("$what: only in " . shown($dirs[ $has[0] ])
                    . ', not compared.');
            next;
        }
        intact($_, $what) for @dirs;
        $differ += differs($what, map { "$_/$what.ndjson" } @dirs);
        progress_end();
    }

    say_out($differ ? 'The backups differ.'
                    : 'The backups hold the same.');
    return $differ ? 1 : 0;
}


sub differs {
    my ($what, @names) = @_;

    my @next = map { reader($what, $_) } @names;
    my $n = 0;

    while (1) {
        my @lines = map { scalar $_->() } @next;
        my @more = grep { defined $lines[$_] } 0, 1;

        if (@more < 2) {
            say_out("$what: " . (@more
                    ? shown($names[ $more[0] ]) . ' has more than '
                      . plural($n, 'line') . ', ' . shown($names[ !$more[0] ])
                      . ' has not.'
                    : 'the same, ' . plural($n, 'line')
                      . ($what eq 'vouchers' ? ' of those open' : '') . '.'));
            return scalar @more;
        }

        $n++;
        progress('compare', $n) unless $n % 4096;
        next if $lines[0] eq $lines[1];

        say_out("$what: line " . count($n)
                . ($what eq 'vouchers' ? ' of those open, sorted,' : '')
                . ' differs.');
        say_out('  ' . substr shown($_ =~ s/\s+\z//r), 0, SHOWN) for @lines;
        return 1;
    }
}


# Gives line after line, without the end.  Vouchers come in no order, one may
# come twice, and for how long one that has ended is kept depends on when it was
# written: those that are open count.

sub reader {
    my ($what, $name) = @_;

    my $in;
    if ($what eq 'vouchers') {
        local $ENV{LC_ALL} = 'C';
        open $in, '-|', 'sort', '-u', '--', $name
            or fail("sort can't be started: $!.");
    } else {
        open $in, '<', $name or fail(shown($name) . " can't be read: $!.");
    }

    return sub {
        while (defined(my $line = <$in>)) {
            next if $line =~ /\A\{"end":/;
            next if $what eq 'vouchers' && $line !~ /,"state":"issued",/;
            return $line;
        }
        return;
    };
}


1;
