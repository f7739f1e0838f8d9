package VolModel::Workload::Alliance;

# Offers, vouchers, funds.

use strict;
use warnings;

use VolModel::Workload::Draw;

my @MERCHANTS = qw( tea books );
my @OFFERS = map { "offer$_" } 1 .. 7;
my @FUNDS = qw( school flood );

our @OFTEN = (
    redeem => 22, use => 8, cancel => 5, get_voucher => 2, put_offer => 3,
    restock => 3, get_offer => 1, donate => 5, put_fund => 0.5,
    get_fund => 0.5, books => 1,
);


# What a district begins with.

sub first_offers {
    my ($self) = @_;

    my @admin = (user => 'root', role => 'admin');
    return (
        (map { { do => 'put_merchant', @admin,
                 args => { merchant => $_, title => $_ } } } @MERCHANTS),
        (map { $self->put_offer($_) } @OFFERS),
        (map { { do => 'put_fund', @admin,
                 args => { fund => $_, title => $_ } } } @FUNDS),
    );
}


sub put_offer {
    my ($self, $offer) = @_;

    my $books = $self->{books};
    my $merchant = pick(@MERCHANTS);
    my $op = { do => 'put_offer', user => 'root', role => 'admin',
               args => { offer => $offer || pick(@OFFERS),
                         merchant => $merchant, title => 'title',
                         price => chance(0.1) ? 0 : between(1, 25),
                         stock => between(0, 20) } };
    my $args = $op->{args};
    $args->{min_stars} = between(0, 3) if chance(0.3);
    $args->{per_person} = between(1, 4) if chance(0.4);
    $args->{valid_days} = between(1, 9) if chance(0.3);
    my $now = $books->{now};
    $self->set_time($op, 'starts', $now + between(-86400, 86400))
        if chance(0.1);
    $self->set_time($op, 'ends', $now + between(0, 40 * 86400)) if chance(0.1);
    $args->{merchant} = 'none' if !$offer && chance(0.03);
    if (!$offer && chance(0.4)) {
        @$op{qw( user role scope )}
            = ('m', 'merchant', chance(0.9) ? $merchant : pick(@MERCHANTS));
    }
    return $op;
}


sub get_offer {
    return { do => 'get_offer', user => 'v1', role => 'volunteer',
             args => { offer => chance(0.95) ? pick(@OFFERS) : 'none' } };
}


sub restock {
    my ($self) = @_;

    my $op = $self->admin('restock', offer => pick(@OFFERS),
                          stock => chance(0.8) ? between(-3, 10) : -25);
    @$op{qw( user role scope )} = ('m', 'merchant', pick(@MERCHANTS))
        if chance(0.4);
    return $op;
}


sub redeem {
    my ($self, $offer) = @_;

    my $volunteer = $self->volunteer;
    my $op = { do => 'redeem', key => $self->fresh_key,
               args => { offer => $offer || (chance(0.995) ? pick(@OFFERS)
                                                           : 'none') } };
    if (chance(0.7)) {
        @$op{qw( user role )} = ($volunteer, 'volunteer');
        $op->{args}{volunteer} = pick($volunteer, $volunteer, 'v2')
            if chance(0.1);
    } else {
        @$op{qw( user role )} = ('root', 'admin');
        $op->{args}{volunteer} = $volunteer if chance(0.98);
    }
    delete $op->{key} if chance(0.01);
    return $op;
}


# A voucher's code: mostly of one that was issued lately.

sub voucher_code {
    my ($self) = @_;

    my $books = $self->{books};
    my @all = @{ $books->{by}{redemptions} || [] } or return;
    my $last = @all < 40 ? @all : 40;
    for (1 .. 6) {
        my $f = $all[-1 - rand $last];
        my $v = $books->voucher($f->{code});
        return $f->{code} if $v && $v->{state} eq 'issued';
    }
    return pick(@all)->{code};
}


sub voucher_op {
    my ($self, $do, $code) = @_;

    $code //= $self->voucher_code // return $self->redeem;
    my $f = $self->{books}->last_of("x:$code");
    my $of = ($self->{books}->all("x:$code"))[0];
    my $op = { do => $do, key => $self->fresh_key, args => { code => $code } };

    my $who = rand;
    if ($who < 0.25) {
        @$op{qw( user role )} = ('root', 'admin');
    } elsif ($do eq 'use' ? $who < 0.95 : $who < 0.4) {
        @$op{qw( user role scope )}
            = ('m', 'merchant', chance(0.9) ? $of->{merchant}
                                            : pick(@MERCHANTS));
    } else {
        @$op{qw( user role )}
            = (chance(0.9) ? $of->{volunteer} : $self->volunteer, 'volunteer');
    }
    return $op;
}


sub use {
    my ($self, $code) = @_;
    my $op = $self->voucher_op('use', $code);
    delete $op->{key} if $op->{do} eq 'use' && chance(0.5);
    return $op;
}


sub cancel { $_[0]->voucher_op('cancel', $_[1]) }


sub get_voucher {
    my ($self, $code) = @_;
    my $op = $self->voucher_op('get_voucher', $code);
    delete $op->{key} if $op->{do} eq 'get_voucher';
    return $op;
}


# Someone who touches a voucher whose time has come.

sub nudge {
    my ($self, $code) = @_;

    my $how = rand;
    my $op = $how < 0.5 ? $self->get_voucher($code)
             : $how < 0.8 ? $self->use($code) : $self->cancel($code);
    @$op{qw( user role )} = ('root', 'admin');
    delete $op->{scope};
    return $op;
}


sub donate {
    my ($self) = @_;

    my $volunteer = $self->volunteer;
    my $op = $self->admin('donate',
                          fund => chance(0.97) ? pick(@FUNDS) : 'none',
                          points => between(1, 12));
    if (chance(0.6)) {
        @$op{qw( user role )} = ($volunteer, 'volunteer');
    } else {
        $op->{args}{volunteer} = $volunteer;
    }
    return $op;
}


sub put_fund {
    return { do => 'put_fund', user => 'root', role => 'admin',
             args => { fund => pick(@FUNDS), title => pick(qw( one two )) } };
}


sub get_fund {
    return { do => 'get_fund', user => 'v1', role => 'volunteer',
             args => { fund => pick(@FUNDS) } };
}


sub books {
    return { do => 'books', user => 'a', role => pick(qw( admin auditor )),
             args => {} };
}


1;
