package Vol::Books;

# vol books: the totals of a district, readable, and the law that binds them.

use strict;
use warnings;

use Vol::HTTP;
use Vol::Show qw( say_out count );

my @LINES = (
    ['volunteers', 'volunteers'],
    ['entries', 'entries in the ledger'],
    ['minutes', 'minutes served'],
    [],
    ['earned', 'points earned', '+'],
    ['unspendable', 'of these never to be spent', '-'],
    ['spent', 'spent on vouchers', '-'],
    ['expired', 'expired', '-'],
    ['donated', 'donated', '-'],
    ['balance', 'points on all accounts', '='],
    [],
    ['used', 'spent: on vouchers used'],
    ['outstanding', 'spent: on vouchers still open'],
    ['returned', 'given back for vouchers that ended'],
    ['reversed', 'earned and taken back since'],
);


sub run {
    my ($class, $options) = @_;

    my $books = Vol::HTTP->new($options)->ask('GET', 'books');

    for (@LINES) {
        my ($name, $title, $sign) = @$_;
        say_out(defined $name
                ? sprintf '%s %-36s %20s', $sign // ' ', $title,
                          count($books->{$name} // '?')
                : '');
    }

    my $sum = $books->{earned} - $books->{unspendable} - $books->{spent}
              - $books->{expired} - $books->{donated};
    my $agree = $sum == $books->{balance}
                && $books->{outstanding} == $books->{spent} - $books->{used};

    say_out('');
    say_out($agree ? "The totals agree: $books->{law}."
                   : "The totals do not agree: $books->{law} would be "
                     . count($sum) . '.');
    say_out('Whether they are those of the ledger, "vol audit" tells.');

    return $agree ? 0 : 1;
}


1;
