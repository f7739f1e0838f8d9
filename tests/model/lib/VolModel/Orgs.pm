package VolModel::Orgs;

# The tree of orgs, their goals and figures, and teams.  A figure is the sum of
# what counts for an org and for those that lie below it now.

use strict;
use warnings;

use VolModel::Answers qw( problem done );
use VolModel::Calendar qw( year_of );

use Exporter 'import';
our @EXPORT_OK = qw( reaches line tree below is_org foreign_team );

my $ANY = 'admin organizer auditor merchant volunteer';
my @LEVELS = qw( centre street station );

our %ENDPOINTS = (
    put_org => ['PUT', 'orgs/:org', 'admin organizer', '', qw( title parent )],
    get_org => ['GET', 'orgs/:org', $ANY, ''],
    orgs => ['GET', 'orgs?limit=100', $ANY, '', 'parent'],
    org_stats => ['GET', 'orgs/:org/stats', $ANY, '', 'year'],
    put_goal => ['PUT', 'orgs/:org/goal', 'admin organizer', '',
                 qw( hours+ year+ )],
    put_team => ['PUT', 'teams/:team', 'admin organizer', '',
                 qw( title kind org leader )],
    get_team => ['GET', 'teams/:team', $ANY, ''],
    teams => ['GET', 'teams?limit=100', $ANY, '', 'org'],
    members => ['GET', 'teams/:team/members?limit=100',
                'admin organizer auditor volunteer', ''],
);


# id -> {id, title, level, parent}

sub tree {
    my ($m) = @_;
    return $m->folded('orgs', sub { +{ map { $_->{is}{id} => $_->{is} } @_ } });
}


sub is_org { defined $_[1] && exists tree($_[0])->{ $_[1] } }


# An org and those above it.

sub line {
    my ($m, $org) = @_;

    my @line;
    for (; defined $org; $org = (tree($m)->{$org} || {})->{parent}) {
        push @line, $org;
    }
    return @line;
}


# Whether an org is the one that a role is bound to, or below it.

sub reaches {
    my ($m, $scope, $org) = @_;
    return scalar grep { $_ eq $scope } line($m, $org);
}


# An org and those below it.

sub below {
    my ($m, $org) = @_;
    return grep { reaches($m, $org, $_) } keys %{ tree($m) };
}


sub do_put_org {
    my ($m, $op, $args) = @_;

    my ($id, $parent) = @$args{qw( org parent )};
    my $known = tree($m)->{$id};

    if ($op->{role} eq 'organizer') {
        return problem(403, 'forbidden')
            if !defined $parent || !reaches($m, $op->{scope}, $parent)
               || $known && !reaches($m, $op->{scope}, $id);
        return problem(403, 'forbidden')
            if !$known && $id ne $op->{scope} && $m->all("named:$id");
    }

    my $depth = 0;
    if (defined $parent) {
        my $above = tree($m)->{$parent}
            or return problem(422, 'invalid-field', 'parent');
        $depth++ while $LEVELS[$depth] ne $above->{level};
        $depth++;
    }
    return problem(422, 'invalid-field', 'parent')
        if $depth > $#LEVELS || $known && $known->{level} ne $LEVELS[$depth];

    my %is = (id => $id, title => $args->{title}, level => $LEVELS[$depth],
              defined $parent ? (parent => $parent) : ());
    $m->fact({ type => 'org', is => \%is }, 'orgs', "g:$id");
    return done($known ? 200 : 201, \%is);
}


sub do_get_org {
    my ($m, $op, $args) = @_;
    return done(200, tree($m)->{ $args->{org} }
                     // return problem(404, 'not-found'));
}


sub do_orgs {
    my ($m, $op, $args) = @_;

    my @orgs = sort { $a->{id} cmp $b->{id} }
               grep { ($_->{parent} // '') eq ($args->{parent} // '') }
               values %{ tree($m) };
    return done(200, { orgs => \@orgs });
}


# What was earned at an org itself: minutes, points and persons served, of all
# time and by year.

sub earned_at {
    my ($m, $org) = @_;

    return $m->folded("org:$org", sub {
        my %sum;
        for my $f (@_) {
            my $show = $f->{show};
            for my $year ('', substr $show->{on}, 0, 4) {
                $sum{"minutes$year"} += $show->{minutes} // 0;
                $sum{"points$year"} += $show->{earned};
                $sum{"beneficiaries$year"} += $f->{persons} // 0;
            }
        }
        return \%sum;
    });
}


# All figures of an org, of all time and of a year.

sub figures {
    my ($m, $org, $year) = @_;

    my %in = map { $_ => 1 } below($m, $org);
    my %sum = map { $_ => 0 } map { ($_, "$_$year") }
              qw( volunteers teams activities minutes points beneficiaries );

    for my $at (keys %in) {
        my $earned = earned_at($m, $at);
        $sum{$_} += $earned->{$_} // 0
            for map { ("$_", "$_$year") } qw( minutes points beneficiaries );

        for my $f ($m->all("counted:$at")) {
            for my $of ('', $f->{year} == $year ? $year : ()) {
                $sum{"activities$of"}++;
                $sum{"beneficiaries$of"} += $f->{beneficiaries};
            }
        }
    }

    $sum{volunteers} = grep { $in{ station_of($m, $_) } } $m->volunteers;
    $sum{teams} = grep { $in{ $_->{org} // '' } } values %{ all_teams($m) };
    return \%sum;
}


# The org of a volunteer, "" for none and for who was merged into another.

sub station_of {
    my ($m, $id) = @_;
    return $m->merged_into($id) ? '' : $m->last_of("put:$id")->{station} // '';
}


sub goal {
    my ($m, $org, $year, $minutes) = @_;

    my $last = $m->last_of("goal:$org:$year");
    return $last && $last->{hours}
           ? { hours => $last->{hours}, done => int($minutes / 60) } : undef;
}


sub stats {
    my ($m, $org, $year) = @_;

    $year //= year_of($m->today);
    my $is = figures($m, $org, $year);
    return {
        %{ tree($m)->{$org} },
        (map { $_ => $is->{$_} } qw( volunteers teams activities minutes points
                                     beneficiaries )),
        goal => goal($m, $org, '', $is->{minutes}),
        year => {
            year => $year,
            (map { $_ => $is->{"$_$year"} } qw( activities minutes points
                                                beneficiaries )),
            goal => goal($m, $org, $year, $is->{"minutes$year"})
        }
    };
}


sub do_org_stats {
    my ($m, $op, $args) = @_;
    my ($org, $year) = @$args{qw( org year )};
    return problem(404, 'not-found') unless is_org($m, $org);
    return done(200, stats($m, $org, $year));
}


sub do_put_goal {
    my ($m, $op, $args) = @_;

    my ($org, $year) = @$args{qw( org year )};
    return problem(404, 'not-found') unless is_org($m, $org);
    return problem(403, 'forbidden')
        if $op->{role} eq 'organizer' && !reaches($m, $op->{scope}, $org);

    my $name = "goal:$org:" . ($year // '');
    $m->fact({ type => 'goal', org => $org, year => $year,
               hours => $args->{hours} }, $name, 'goals', "g:$org");
    return done(200, stats($m, $org, $year));
}


# Teams.

sub all_teams {
    my ($m) = @_;
    return $m->folded('teams',
                      sub { +{ map { $_->{is}{id} => $_->{is} } @_ } });
}


sub members {
    my ($m, $team) = @_;

    my @members = sort grep {
        my $put = $m->last_of("put:$_");
        !$m->merged_into($_) && grep { $_ eq $team } @{ $put->{teams} || [] }
    } $m->volunteers;
    return @members;
}


sub team {
    my ($m, $id) = @_;
    my $is = all_teams($m)->{$id} or return;
    return { %$is, members => scalar members($m, $id) };
}


sub reaches_team {
    my ($m, $op, $team) = @_;
    return $op->{role} ne 'organizer'
           || defined $team->{org} && reaches($m, $op->{scope}, $team->{org});
}


# Whether a team is registered and not for the caller.

sub foreign_team {
    my ($m, $op, $id) = @_;
    my $team = all_teams($m)->{$id};
    return $team && !reaches_team($m, $op, $team);
}


sub do_put_team {
    my ($m, $op, $args) = @_;

    my ($id, $org, $leader) = @$args{qw( team org leader )};
    my $old = team($m, $id);

    if ($op->{role} eq 'organizer') {
        $org //= $op->{scope};
        return problem(403, 'forbidden')
            if !reaches($m, $op->{scope}, $org)
               || ($old ? !reaches_team($m, $op, $old) : members($m, $id));
    }
    return problem(422, 'invalid-field', 'org')
        if defined $org && !is_org($m, $org);
    return problem(422, 'invalid-field', 'leader')
        if defined $leader && !$m->known($leader);

    my %is = (id => $id, title => $args->{title}, kind => $args->{kind},
              defined $org ? (org => $org) : (),
              defined $leader ? (leader => $leader) : ());
    $m->fact({ type => 'team', is => \%is }, 'teams', "t:$id");
    return done($old ? 200 : 201, team($m, $id));
}


sub do_get_team {
    my ($m, $op, $args) = @_;
    return done(200, team($m, $args->{team})
                     // return problem(404, 'not-found'));
}


sub do_teams {
    my ($m, $op, $args) = @_;

    my $all = all_teams($m);
    my @teams = map { team($m, $_) }
                grep { ($all->{$_}{org} // '') eq ($args->{org} // '') }
                sort keys %$all;
    return done(200, { teams => \@teams });
}


sub do_members {
    my ($m, $op, $args) = @_;

    my $team = team($m, $args->{team}) or return problem(404, 'not-found');
    return problem(403, 'forbidden')
        if $op->{role} eq 'volunteer'
               && !$m->is_person($team->{leader}, $op->{user})
           || !reaches_team($m, $op, $team);
    return done(200, { members => [ map { +{ volunteer => $_ } }
                                    members($m, $args->{team}) ] });
}


1;
