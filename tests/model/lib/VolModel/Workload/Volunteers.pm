package VolModel::Workload::Volunteers;

# Volunteers, their points and what is taken back.

use strict;
use warnings;

use VolModel::Calendar qw( date );
use VolModel::Workload::Draw;


our @OFTEN = (
    hours => 22, award => 9, reverse => 7, put_volunteer => 4,
    get_volunteer => 2, me => 1, approve => 4, refuse => 1, awards => 1,
    freeze => 1, unfreeze => 2, merge => 1.5,
);


sub put_volunteer {
    my ($self) = @_;

    my $op = $self->admin('put_volunteer', volunteer => pick(@VOLUNTEERS),
                          kind => pick(qw( general cadre student )),
                          teams => some(0.3, @TEAMS), tags => some(0.4, @TAGS),
                          free => some(0.4, qw( mon tue wed thu fri sat sun )));
    delete $op->{key};
    my $args = $op->{args};
    $args->{station} = pick(@ORGS) if chance(0.7);
    $args->{minor} = chance(0.7) ? 'true' : 'false' if chance(0.2);
    $args->{listed} = chance(0.7) ? 'false' : 'true' if chance(0.2);
    %$op = (%$op, $self->organizer) if chance(0.3);
    return $op;
}


sub get_volunteer {
    my ($self) = @_;

    my %op = (do => 'get_volunteer', args => { volunteer => $self->volunteer });
    return { %op, $self->organizer } if chance(0.3);
    return { %op, user => $self->volunteer, role => 'volunteer' }
        if chance(0.3);
    return { %op, user => 'a', role => pick(qw( admin auditor merchant )) };
}


sub me {
    my ($self) = @_;
    return { do => 'me', user => $self->volunteer, role => 'volunteer',
             args => {} };
}


sub hours {
    my ($self) = @_;

    my $today = $self->{books}->today;
    my $back = rand;
    my $on = $back < 0.5 ? $today - int rand 5
             : $back < 0.7 ? $today - int rand 40
             : $back < 0.95 ? $today - int rand 400
             : $back < 0.98 ? $today - int rand 2000
             : $today + int rand 3;

    my $op = $self->admin('hours', volunteer => $self->volunteer,
        minutes => chance(0.5) ? 60 * between(1, 5)
                   : chance(0.98) ? between(1, 300) : pick(0, 1440, 1441),
        on => date($on));
    $op->{on} = $on;
    $op->{args}{activity} = 'walk' if chance(0.3);
    $op->{args}{note} = 'noted' if chance(0.1);
    %$op = (%$op, $self->organizer) if chance(0.5);
    return $op;
}


sub award {
    my ($self) = @_;

    my ($case, $min, $max) = @{ pick(['blood', 3, 20], ['bravery', 10, 100]) };
    my $op = $self->admin('award', volunteer => $self->volunteer,
        case => chance(0.98) ? $case : 'juggling',
        points => chance(0.95) ? between($min, $max)
                  : pick($min - 1, $max + 1),
        evidence => 'seen');
    $op->{args}{note} = 'noted' if chance(0.1);
    return $op;
}


sub deciding {
    my ($self, $do) = @_;

    my @waiting = $self->{books}->waiting;
    my @all = $self->{books}->all('proposals');
    my $p = @waiting && chance(0.9) ? pick(@waiting)
            : @all && chance(0.8) ? pick(@all) : $self->any_entry;
    my $op = $self->admin($do, award => $p && $p->{entry} || '1-1');
    $op->{user} = 'chief' if chance(0.6);
    return $op;
}


sub approve { $_[0]->deciding('approve') }


sub refuse {
    my $op = $_[0]->deciding('refuse');
    $op->{args}{reason} = 'not so';
    return $op;
}


# A page of a hundred is all the model reads.

sub awards {
    my ($self) = @_;
    return $self->approve if $self->{books}->waiting > 100;
    return { do => 'awards', user => 'a', role => pick(qw( admin auditor )),
             args => {} };
}


# The entry of a fact, when it is known; lately, or ever.

sub entry_of {
    my ($self, @types) = @_;

    my $facts = $self->{books}{facts};
    for (1 .. 60) {
        my $i = chance(0.6) ? @$facts - 1 - int rand 150 : int rand @$facts;
        next if $i < 0;
        my $f = $facts->[$i];
        return $f if $f->{entry}
                     && (!@types || grep { $f->{type} eq $_ } @types);
    }
    return;
}


sub any_entry { $_[0]->entry_of }


sub reverse {
    my ($self) = @_;

    my $type = rand;
    my $f = $type < 0.45 ? $self->entry_of('hours')
            : $type < 0.6 ? $self->entry_of('award')
            : $type < 0.75 ? $self->entry_of('use')
            : $type < 0.82 ? $self->entry_of('merge')
            : $type < 0.92 ? $self->entry_of('donation')
            : $self->any_entry;
    return $self->admin('reverse', entry => $f ? $f->{entry} : '1-1',
                        reason => 'a mistake');
}


sub freeze {
    my ($self, $do) = @_;

    my $op = $self->admin($do || 'freeze', volunteer => $self->volunteer,
                          reason => 'asked for');
    delete $op->{key} if chance(0.5);
    return $op;
}


sub unfreeze {
    my ($self) = @_;

    my @frozen = grep { $self->{books}->frozen($_) } @VOLUNTEERS;
    my $op = $self->freeze('unfreeze');
    $op->{args}{volunteer} = pick(@frozen) if @frozen && chance(0.9);
    return $op;
}


sub merge {
    my ($self) = @_;
    return $self->admin('merge', volunteer => $self->volunteer,
                        into => $self->volunteer, reason => 'one person');
}


1;
