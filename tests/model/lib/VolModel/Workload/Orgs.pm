package VolModel::Workload::Orgs;

# Orgs, goals, teams, and reports by org.

use strict;
use warnings;

use VolModel::Calendar qw( year_of );
use VolModel::Workload::Draw;

our @OFTEN = (
    put_org => 3, get_org => 0.3, orgs => 0.3, org_stats => 2, put_goal => 1,
    put_team => 1.5, get_team => 0.5, teams => 0.5, members => 0.5,
    stats => 0.5, leaderboard => 2, obligations => 1,
);

# where an org stands in the tree, mostly
my %ABOVE = (north => ['centre', 'centre', 'second'],
             south => ['centre', 'second', 'second'],
             map { $_ => ['north', 'south'] } qw( east west hill lake wild ));


sub first_orgs {
    my @admin = (user => 'root', role => 'admin');
    return (
        (map { { do => 'put_org', @admin,
                 args => { org => $_, title => $_,
                           $ABOVE{$_} ? (parent => $ABOVE{$_}[0]) : () } } }
         @ORGS[0 .. 6]),
        { do => 'put_team', @admin,
          args => { team => $TEAMS[0], title => 'Band', kind => 'social' } },
    );
}


sub by_staff {
    my ($self, $do, $organizer, %args) = @_;

    my $op = $self->admin($do, %args);
    delete $op->{key};
    %$op = (%$op, $self->organizer($args{org})) if chance($organizer);
    return $op;
}


sub reader {
    my ($self) = @_;
    return (user => 'a', role => pick(qw( admin auditor ))) if chance(0.4);
    return chance(0.5) ? $self->organizer
                       : (user => $self->volunteer, role => 'volunteer');
}


sub put_org {
    my ($self, $org) = @_;

    $org //= pick(@ORGS);
    return $self->by_staff('put_org', 0.4, org => $org,
        title => pick(qw( one two )),
        parent => chance(0.05) ? pick(@ORGS, 'none')
                  : $ABOVE{$org} && chance(0.97) ? pick(@{ $ABOVE{$org} })
                  : undef);
}


sub get_org {
    my ($self) = @_;
    return { do => 'get_org', $self->reader, args => { org => pick(@ORGS) } };
}


sub orgs {
    my ($self) = @_;
    return { do => 'orgs', $self->reader,
             args => { parent => chance(0.8) ? pick(@ORGS) : undef } };
}


# This year mostly, or one not long ago.

sub year {
    my ($self) = @_;
    return year_of($self->{books}->today) - (chance(0.6) ? 0 : between(0, 2));
}


sub org_stats {
    my ($self) = @_;
    return { do => 'org_stats', $self->reader,
             args => { org => pick(@ORGS),
                       year => chance(0.5) ? $self->year : undef } };
}


sub put_goal {
    my ($self) = @_;
    return $self->by_staff('put_goal', 0.5, org => pick(@ORGS),
        hours => chance(0.2) ? 0 : between(1, 500),
        year => chance(0.5) ? $self->year : undef);
}


sub put_team {
    my ($self) = @_;
    return $self->by_staff('put_team', 0.4, team => pick(@TEAMS),
        title => pick(qw( one two )),
        kind => pick(qw( social community enterprise university emergency )),
        org => chance(0.7) ? pick(@ORGS) : undef,
        leader => chance(0.5) ? $self->volunteer : undef);
}


sub get_team {
    my ($self) = @_;
    return { do => 'get_team', $self->reader,
             args => { team => pick(@TEAMS) } };
}


sub teams {
    my ($self) = @_;
    return { do => 'teams', $self->reader,
             args => { org => chance(0.7) ? pick(@ORGS) : undef } };
}


sub members {
    my ($self) = @_;
    return { do => 'members', $self->reader, args => { team => pick(@TEAMS) } };
}


sub stats { return { do => 'stats', $_[0]->reader, args => {} } }


sub leaderboard {
    my ($self) = @_;
    return { do => 'leaderboard', $self->reader,
             args => { org => chance(0.6) ? pick(@ORGS, 'none') : undef,
                       year => chance(0.5) ? $self->year : undef,
                       limit => chance(0.5) ? between(1, 10) : undef } };
}


sub obligations {
    my ($self) = @_;
    return { do => 'obligations', $self->reader,
             args => { org => chance(0.5) ? pick(@ORGS) : undef,
                       year => chance(0.4) ? $self->year : undef,
                       kind => chance(0.3) ? pick(qw( cadre student general ))
                                           : undef } };
}


1;
