package VolModel::Workload::Shares;

# What is told of activities.

use strict;
use warnings;

use VolModel::Workload::Draw;

our @OFTEN = (share => 2, shares => 1, thank => 1.5, hide => 0.7, show => 0.5);


sub share_of {
    my ($self, $do) = @_;

    # who served may tell; who told may be thanked, or hidden
    my $who = sub {
        my ($act) = @_;
        return $do =~ /share/
               ? map { $_->{volunteer} } grep { $_->{state} eq 'served' }
                 @{ $act->{signups} }
               : map { $_->{who} // () }
                 $self->{books}->all("shares:$act->{is}{id}");
    };
    my $act = $self->some_activity(sub { $who->($_[0]) > 0 })
        or return $do eq 'share' ? $self->checkout : $self->share;
    my @who = $who->($act);
    return ({ do => $do, user => $self->volunteer, role => 'volunteer',
              args => { activity => $act->{is}{id} } },
            @who && chance(0.93) ? pick(@who) : $self->volunteer, $act);
}


sub share {
    my ($self) = @_;

    my ($op, $volunteer) = $self->share_of('share');
    return $op if $op->{do} ne 'share';
    $op->{user} = $volunteer;
    $op->{args}{text} = pick(qw( clean green warm ));
    $op->{args}{pictures} = some(0.4, qw( p-1 p-2 ));
    return $op;
}


sub shares {
    my ($self) = @_;
    my ($op) = $self->share_of('shares');
    return $op->{do} eq 'shares' ? { %$op, $self->reader } : $op;
}


sub thank {
    my ($self) = @_;
    my ($op, $volunteer) = $self->share_of('thank');
    $op->{args}{volunteer} = $volunteer if $op->{do} eq 'thank';
    return $op;
}


sub hide {
    my ($self, $do) = @_;

    $do //= 'hide';
    my ($op, $volunteer, $act) = $self->share_of($do);
    return $op if $op->{do} ne $do;
    return { do => $do, $self->its_staff($act),
             args => { %{ $op->{args} }, volunteer => $volunteer } };
}


sub show { $_[0]->hide('show') }


1;
