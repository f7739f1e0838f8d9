package Vol::Rebuild;

# vol rebuild: the registry, then the ledger, into an empty district, then an
# audit of what came of it.

use strict;
use warnings;

use JSON::PP ();

use Vol::Audit;
use Vol::Backup qw( intact );
use Vol::HTTP;
use Vol::Import;
use Vol::Show qw( fail say_out count plural shown );


sub run {
    my ($class, $options, $registry, $ledger) = @_;

    whole($registry, qr/\A\{"type":"|\A\{"end":/, 'registry');
    my $end = whole($ledger, qr/\A\{"entry":"|\A\{"end":/, 'ledger');
    my %ahead;

    # those of a backup are as it wrote them, or not begun with
    for (['registry', $registry], ['ledger', $ledger]) {
        my ($what, $name) = @$_;
        my ($dir) = $name =~ m{\A(.*)/\Q$what\E\.ndjson\z}s;
        intact($dir, $what) if defined $dir && -e "$dir/manifest.json";
    }

    my $http = Vol::HTTP->new($options);
    my $books = $http->ask('GET', 'books');

    fail('this district is not empty: it has '
         . plural($books->{volunteers}, 'volunteer') . ' and '
         . plural($books->{entries}, 'entry', 'entries') . '. A rebuild needs '
         . 'one that is, or one that the same rebuild left half done: then '
         . 'say --resume.')
        if !$options->{resume} && ($books->{volunteers} || $books->{entries});

    # the registry puts offers up without a stock: where the ledger was begun
    # with it is done, and would take away what the ledger gave
    for (['registry', $registry], ['ledger', $ledger]) {
        my ($what, $file) = @$_;
        next if $what eq 'registry' && $books->{entries};
        say_out(ucfirst "$what:");
        my $status = Vol::Import->new($http, $file, $what eq 'registry'
            ? (change => without_ahead($end->{after} // '0-0', \%ahead))
            : ())->finish;
        if ($status) {
            say_out("The rebuild ends here: not all of the $what was taken.");
            return $status;
        }
    }

    told_ahead(\%ahead);

    if ($options->{'no-audit'}) {
        say_out('The ledger is in. Once vol_duties is on again, "vol audit" '
                . 'tells whether the books are right.');
        return 0;
    }

    say_out('Audit:');
    return Vol::Audit::report($http, Vol::Audit::wait_for_end(
                                         $http, $http->ask('POST', 'audit')));
}


# People go on while a backup is made, and the registry comes behind the ledger:
# it may name hours that came meanwhile.  A sign-up or a need is then as it was
# before them, so that they can be confirmed again; what was told of such a
# sign-up needs its hours, and is left out.

sub without_ahead {
    my ($last, $ahead) = @_;

    my $json = JSON::PP->new->utf8;
    my $above = sub {
        my @places = map { [/\A(\d+)-(\d+)\z/] } @_;
        return !(grep { !@$_ } @places)
               && ($places[0][0] <=> $places[1][0]
                   || $places[0][1] <=> $places[1][1]) > 0;
    };

    my $change = sub {
        my ($text, $type) = @_;

        if ($type eq 'share' || $type eq 'thanks') {
            return $text unless $ahead->{signup};
            my $line = eval { $json->decode($text) } or return $text;
            my $name = "$line->{activity} $line->{volunteer}";
            return $text unless $ahead->{signup}{$name};
            $ahead->{share}{$name} = 1;
            return '';
        }

        my ($entry) = $text =~ /"entry":"([^"]*)"/;
        return $text unless defined $entry && $above->($entry, $last);
        my $line = eval { $json->decode($text) } or return $text;
        delete $line->{entry};
        if ($type eq 'need') {
            $line->{state} = 'done';
            $ahead->{need}{ $line->{need} } = 1;
        } else {
            delete $line->{minutes};
            $line->{state} = $line->{checked_in} ? 'present' : 'placed';
            $ahead->{signup}{"$line->{activity} $line->{volunteer}"} = 1;
        }
        return $json->encode($line);
    };

    return sub {
        my ($lines) = @_;
        $lines =~ s/^(\{"type":"(signup|need|share|thanks)",[^\n]*)/
                    $change->($1, $2)/gmex;
        return $lines;
    };
}


sub told_ahead {
    my ($ahead) = @_;

    my %n = map { $_ => scalar keys %{ $ahead->{$_} || {} } }
                qw( signup need share );
    return unless $n{signup} || $n{need};
    say_out('Their hours came behind the end of this ledger, and can be '
            . 'confirmed again: ' . plural($n{signup}, 'sign-up') . ', '
            . plural($n{need}, 'need')
            . ($n{share} ? '; ' . plural($n{share}, 'share')
                           . ' of these left out' : '') . '.');
}


# Half a file is not begun with; returns what its end says.

sub whole {
    my ($name, $form, $what) = @_;

    open my $in, '<', $name or fail(shown($name) . " can't be read: $!.");
    fail(shown($name) . ' is no file.') unless -f $in;

    my $first = <$in> // '';
    fail(shown($name) . " is no export of a $what.") if $first !~ $form;

    my $size = -s $in;
    my $tail = $size < 4096 ? $size : 4096;
    seek $in, -$tail, 2;
    read $in, (my $end), $tail;
    fail(shown($name) . ' has no end: the export was cut, or is still being '
         . 'written.') if $end !~ /^(\{"end":\{[^\n]*\})\r?\n?\z/m;
    my $said = eval { JSON::PP->new->utf8->decode($1) };
    return $said ? $said->{end} : {};
}


1;
