package VolModel::Workload::Races;

# Requests to be sent at once: what is scarce, what is the same, what undoes
# the other, or anything.

use strict;
use warnings;

use VolModel::Service qw( state_of );
use VolModel::Workload::Draw;


sub together {
    my ($self) = @_;

    my @ops = chance(0.55) ? $self->races : ();
    return @ops > 1 ? @ops : map { $self->next } 1 .. between(2, 4);
}


sub races {
    my ($self) = @_;

    my $race = pick(qw( same stock voucher last_place last_place swap swap
                        presence presence leaving leaving word need need
                        thanks tree ));
    $race = "race_$race";
    return $self->$race(between(2, 4));
}


sub race_same {
    my ($self, $k) = @_;
    my $op = $self->next;
    return ($op) x $k;
}


sub race_stock {
    my ($self, $k) = @_;
    my $offer = 'offer' . between(1, 7);
    return map { $self->redeem($offer) } 1 .. $k;
}


sub race_voucher {
    my ($self, $k) = @_;
    my $code = $self->voucher_code // return;
    return map { chance(0.5) ? $self->use($code) : $self->cancel($code) }
           1 .. $k;
}


sub race_last_place {
    my ($self, $k) = @_;
    my $act = $self->some_activity($self->open_now) or return;
    my $post = pick(@{ $act->{is}{posts} })->{id};
    return map { $self->signup($act, $post) } 1 .. $k;
}


# A place is given up while others ask for one, and who waits goes.

sub race_swap {
    my ($self, $k) = @_;

    my $open = $self->open_now;
    my $act = $self->some_activity(sub {
        $open->($_[0]) && @{ $_[0]{signups} } > 1
    }) or return;
    my $post = pick(@{ $act->{is}{posts} })->{id};
    return ($self->withdraw($act),
            map { chance(0.5) ? $self->signup($act, $post)
                              : $self->withdraw($act) } 2 .. $k);
}


sub race_presence {
    my ($self, $k) = @_;
    my $op = $self->checkin;
    my $act = $self->activity_of($op) or return;
    return ($op, map { chance(0.6) ? $self->again($op)
                       : chance(0.5) ? $self->checkin($act)
                       : $self->withdraw($act) } 2 .. $k);
}


# The same person twice, or another, while the activity is closed.

sub race_leaving {
    my ($self, $k) = @_;
    my $op = $self->checkout;
    my $act = $self->activity_of($op) or return;
    return ($op, map { chance(0.4) ? $self->again($op)
                       : chance(0.5) ? $self->checkout($act)
                       : $self->close_activity($act) } 2 .. $k);
}


sub race_word {
    my ($self, $k) = @_;
    my $op = $self->confirm;
    my $act = $self->activity_of($op) or return;
    return ($op, map { chance(0.6) ? $self->again($op)
                       : chance(0.5) ? $self->confirm($act)
                       : $self->close_activity($act) } 2 .. $k);
}


sub race_need {
    my ($self, $k) = @_;
    my $n = $self->some_need(qr/open|accepted/) or return;
    return map { chance(0.7) ? $self->accept($n)
                 : chance(0.5) ? $self->release($n)
                 : $self->withdraw_need($n) } 1 .. $k;
}


sub race_thanks {
    my ($self, $k) = @_;
    my $n = $self->some_need(qr/accepted|done/) or return;
    return map { chance(0.5) ? $self->confirm_need($n)
                 : chance(0.7) ? $self->finish($n)
                 : $self->withdraw_need($n) } 1 .. $k;
}


# An org moves while something is counted there.

sub race_tree {
    my ($self, $k) = @_;
    return ($self->put_org(pick(qw( north south east west hill lake ))),
            map { pick(map { $self->$_ }
                       qw( hours put_volunteer checkout confirm_need put_team
                           merge )) } 2 .. $k);
}


# The same once more, with a key of its own.

sub again {
    my ($self, $op) = @_;
    return { %$op, defined $op->{key} ? (key => $self->fresh_key) : () };
}


sub activity_of {
    my ($self, $op) = @_;
    my $id = $op->{args}{activity} // return;
    return VolModel::Service::activity($self->{books}, $id);
}


1;
