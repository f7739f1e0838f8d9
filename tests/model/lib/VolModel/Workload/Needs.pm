package VolModel::Workload::Needs;

# What residents ask for.

use strict;
use warnings;

use VolModel::Calendar qw( date );
use VolModel::Needs qw( needs );
use VolModel::Workload::Draw;

our @OFTEN = (
    post_need => 8, get_need => 2, needs_list => 2, accept => 7, finish => 7,
    confirm_need => 7, release => 2.5, withdraw_need => 1.5, candidates => 1,
    suggestions => 1,
);


sub post_need {
    my ($self) = @_;

    my $books = $self->{books};
    my $now = $books->{now};
    my $when = rand;
    my $on = $books->today + ($when < 0.75 ? 0 : $when < 0.95 ? between(1, 3)
                              : pick(-1, 366, 367));
    my $op = { do => 'post_need', key => chance(0.4) ? $self->fresh_key : undef,
               on => $on,
               args => { title => 'A lamp', station => pick(@ORGS),
                         on => date($on), minutes => between(1, 200),
                         tags => some(0.4, @TAGS),
                         note => chance(0.3) ? '3rd floor' : undef } };

    my $first = $on == $books->today ? $now : $books->midnight($on);
    my $end = $books->midnight($on + 1);
    $self->set_time($op, 'starts', $first + between(0, $end - $first))
        if chance(0.5);
    $self->set_time($op, 'until',
                    $now + between(1, ($op->{starts} // $end) - $now + 2))
        if chance(0.3) && $end > $now;

    if (chance(0.6)) {
        @$op{qw( user role )} = ($self->volunteer, 'volunteer');
        $op->{args}{resident} = chance(0.9) ? $op->{user} : 'v2'
            if chance(0.2);
    } else {
        my $staff = $self->by_staff('post_need', 0.6);
        %$op = (%$op, map { $_ => $staff->{$_} } qw( user role scope ));
        $op->{args}{resident} = $self->volunteer if chance(0.6);
    }
    return $op;
}


# A need of those in such a state, lately asked; now and then any.

sub some_need {
    my ($self, $state, $likes) = @_;

    my @all = needs($self->{books});
    my @liked = chance(0.96) ? grep { $_->{state} =~ $state
                                      && (!$likes || $likes->($_)) } @all
                             : @all;
    my $lately = @liked < 10 ? @liked : 10;
    return $lately ? $liked[-1 - rand $lately] : undef;
}


sub its_helpers {
    my ($self, $n) = @_;

    return (user => 'root', role => 'admin') if chance(0.3);
    my %by = $self->organizer($n->{station});
    return chance(0.9) ? %by : (%by, user => $self->volunteer);
}


sub get_need {
    my ($self) = @_;
    my $n = $self->some_need(qr/./) or return $self->post_need;
    return { do => 'get_need', $self->reader, args => { need => $n->{id} } };
}


sub needs_list {
    my ($self) = @_;

    my %op = (do => 'needs', $self->reader);
    return { %op, args => {} } if chance(0.3);
    my $who = rand;
    return { %op, args => {
        $who < 0.3 ? (resident => $self->volunteer)
        : $who < 0.6 ? (volunteer => $self->volunteer)
        : $who < 0.9 ? (org => pick(@ORGS)) : (),
        state => chance(0.6) ? pick(qw( open accepted done confirmed withdrawn
                                        expired )) : undef } };
}


sub accept {
    my ($self, $n) = @_;

    $n //= $self->some_need(qr/open/) or return $self->post_need;
    my $volunteer = $self->active;
    my $op = { do => 'accept', key => chance(0.3) ? $self->fresh_key : undef,
               args => { need => $n->{id} } };
    if (chance(0.7)) {
        @$op{qw( user role )} = ($volunteer, 'volunteer');
    } else {
        %$op = (%$op, $self->its_helpers($n));
        $op->{args}{volunteer} = $volunteer if chance(0.98);
    }
    return $op;
}


# By the one who took it or who asked, by their helpers, by anybody.

sub of_need {
    my ($self, $do, $n, $who) = @_;

    my %by = $self->its_helpers($n);
    %by = (user => defined $n->{$who} && chance(0.9) ? $n->{$who}
                   : $self->volunteer, role => 'volunteer') if chance(0.6);
    return { do => $do, %by, key => chance(0.3) ? $self->fresh_key : undef,
             args => { need => $n->{id} } };
}


sub finish {
    my ($self, $n) = @_;
    my $books = $self->{books};
    $n //= $self->some_need(qr/accepted/, sub {
        $_[0]{on} <= $books->today && ($_[0]{starts} // 0) <= $books->{now}
    }) or return $self->accept;
    return $self->of_need('finish', $n, 'volunteer');
}


sub release {
    my ($self, $n) = @_;
    $n //= $self->some_need(qr/accepted/) or return $self->accept;
    return $self->of_need('release', $n, 'volunteer');
}


sub withdraw_need {
    my ($self, $n) = @_;
    $n //= $self->some_need(qr/open|accepted|done/) or return $self->post_need;
    return $self->of_need('withdraw_need', $n, 'resident');
}


sub confirm_need {
    my ($self, $n) = @_;

    $n //= $self->some_need(qr/done/) or return $self->finish;
    my $op = $self->of_need('confirm_need', $n, 'resident');

    # who did it says so in another capacity of theirs
    $op->{user} = $n->{volunteer}
        if $op->{role} ne 'volunteer' && $n->{volunteer} && chance(0.15);
    $op->{key} //= $self->fresh_key if chance(0.99);
    return $op;
}


sub candidates {
    my ($self) = @_;
    my $n = $self->some_need(qr/open/) or return $self->post_need;
    return { do => 'candidates', $self->its_helpers($n),
             args => { need => $n->{id} } };
}


sub suggestions {
    my ($self) = @_;
    return { do => 'suggestions', user => $self->volunteer,
             role => 'volunteer', args => {} };
}


# Times at which something changes of itself.

sub need_times {
    my ($self) = @_;

    my $books = $self->{books};
    return map { ($_->{starts} // $books->midnight($_->{on}),
                  $_->{state} eq 'open' ? @$_{qw( rises until )} : ()) }
           grep { $_->{state} =~ /open|accepted/ } needs($books);
}


1;
