package VolBench::Redemptions;

# Rounds of redemptions against whoever answers them (a child of this class),
# and whether its books agree.  A child has name, redis (a VolBench::Store),
# volunteers, port(), cpu() of what stands before Redis, books(), which tells
# entries, earned, spent and the offer's stock, and balances(), their sum.

use strict;
use warnings;

use VolBench::Clients qw( CLIENTS clients );
use VolTest::Process qw( wait_for );


# redeem(options of clients()): a round of redemptions, each by a volunteer
# drawn by lot: what clients() told, with the microseconds of CPU that a
# redemption took, redis and server.  Dies when the books don't agree with it.

sub redeem {
    my ($self, @arguments) = @_;

    my %o = ref $arguments[-1] eq 'HASH' ? %{ pop @arguments } : ();
    my $before = $self->books;
    my ($redis, $server) = ($self->{redis}->cpu, $self->cpu);

    my $told = clients($self->port, 'redeem', 'bench', $self->{volunteers},
                       @arguments, \%o);
    my $after = $self->settled;

    my $micro = 1e6 / ($after->{entries} - $before->{entries});
    $told->{redis} = $micro * ($self->{redis}->cpu - $redis);
    $told->{server} = $micro * ($self->cpu - $server);
    $self->agree($before, $after, $told->{requests}, $o{clients} // CLIENTS);
    return $told;
}


# The books when what clients left under way has ended.

sub settled {
    my ($self) = @_;

    my $last = -1;
    my $books;
    wait_for(sub {
        $books = $self->books;
        my $same = $books->{entries} == $last;
        $last = $books->{entries};
        return $same;
    });
    return $books;
}


# Every redemption that was answered is an entry, a point spent and one less in
# stock, and there are no others but those cut off at the end.

sub agree {
    my ($self, $before, $after, $answered, $cut_off) = @_;

    my $entries = $after->{entries} - $before->{entries};
    my $spent = $after->{spent} - $before->{spent};
    my $stock = $before->{stock} - $after->{stock};

    die "$self->{name}: $answered answers, $entries entries, $spent points"
        . " spent, $stock less in stock\n"
        if $entries < $answered || $entries > $answered + $cut_off
           || $spent != $entries || $stock != $entries;
}


# The law of the books.

sub keeps_law {
    my ($self) = @_;

    my $books = $self->books;
    my $sum = $self->balances;

    die "$self->{name}: balances $sum, earned $books->{earned},"
        . " spent $books->{spent}\n"
        if $sum != $books->{earned} - $books->{spent};
}


1;
