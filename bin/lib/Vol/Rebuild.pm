package Vol::Rebuild;

# vol rebuild: the registry, then the ledger, into an empty district, then an
# audit of what came of it.

use strict;
use warnings;

use Vol::Audit;
use Vol::Backup qw( intact );
use Vol::HTTP;
use Vol::Import;
use Vol::Show qw( fail say_out count plural shown );


sub run {
    my ($class, $options, $registry, $ledger) = @_;

    whole($registry, qr/\A\{"type":"|\A\{"end":/, 'registry');
    whole($ledger, qr/\A\{"entry":"|\A\{"end":/, 'ledger');

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
        my $status = Vol::Import->new($http, $file)->finish;
        if ($status) {
            say_out("The rebuild ends here: not all of the $what was taken.");
            return $status;
        }
    }

    if ($options->{'no-audit'}) {
        say_out('The ledger is in. Once vol_duties is on again, "vol audit" '
                . 'tells whether the books are right.');
        return 0;
    }

    say_out('Audit:');
    return Vol::Audit::report($http, Vol::Audit::wait_for_end(
                                         $http, $http->ask('POST', 'audit')));
}


# Half a file is not begun with.

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
         . 'written.') if $end !~ /^\{"end":\{[^\n]*\}\r?\n?\z/m;
}


1;
