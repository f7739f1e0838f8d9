package VolBench::YearQueries;

# What a district is asked for: every listing and report, the first page and one
# far behind, by those who may.
#
#     my $queries = VolBench::YearQueries::of($year, $district, $done);
#
# Returns [name, [who asks, path], ...] for each; every one is answered 200.

use strict;
use warnings;

use VolBench::Year;

use constant {
    ASKED => 40,                # different requests of a query
    DEEP => 60,                 # pages of a hundred
};

*id_of = \&VolBench::Year::id_of;
*date_of = \&VolBench::Year::date_of;


sub of {
    my ($year, $district, $done) = @_;

    my $self = bless { year => $year, district => $district, done => $done,
                       queries => [] }, __PACKAGE__;
    srand $year->{seed};
    $self->choose;
    $self->activities;
    $self->orgs;
    $self->reports;
    $self->needs;
    $self->people;
    srand;
    return $self->{queries};
}


# Whom and what is asked for.

sub choose {
    my ($self) = @_;

    my $year = $self->{year};
    my @times;
    for my $i (@{ $year->in_state('closed') }) {
        $times[$_]++ for $year->served($i);
    }
    my @active = grep { $times[$_] } 1 .. $#times;

    # as much as there is of one volunteer's is no matter of the district's size
    my ($some, $many) = map {
        my $times = $_;
        my @near = sort { abs($times[$a] - $times) <=> abs($times[$b] - $times)
                          || $a <=> $b } @active;
        $#near = 19 if @near > 20;
        [map { id_of($_) } @near]
    } 4, 25;
    @$self{qw( active busiest )} = ($some, $many);
    $self->{station} = [draw($year->{stations})];
    $self->{street} = $year->{streets};
    $self->{served} = [map { $year->{activity}{id}[$_] } draw(
        [grep { $year->served($_) } @{ $year->in_state('closed') }])];
    $self->{project} = [map { $_->[0] } draw($year->{projects})];
    $self->{team} = [map { $_->{id} } draw($year->{teams})];
}


sub draw {
    my ($of) = @_;
    return map { VolBench::Year::one_of($of) } 1 .. ASKED;
}


# A query: its name, who asks, the paths.

sub add {
    my ($self, $name, $as, @paths) = @_;
    push @{ $self->{queries} }, [$name, map { [$as, $_] } @paths];
}


# The same by those whom a path is for: it has their id in the place of %s.

sub add_own {
    my ($self, $name, $path, @ids) = @_;
    push @{ $self->{queries} },
         [$name, map { ["volunteer:$_", $path =~ s/%s/$_/r] } @ids];
}


# The same path, and the last of DEEP pages of it, or the last there is.

sub add_deep {
    my ($self, $name, $as, $path) = @_;

    $self->add($name, $as, $path);
    my ($deep) = $self->deep($as, $path, 100, DEEP);
    $self->add("$name, deep", $as, $deep) if $deep;
}


# The path of the last of so many pages, or of the last there is; nothing where
# there is but one.

sub deep {
    my ($self, $as, $path, $limit, $most) = @_;

    my $join = $path =~ /\?/ ? '&' : '?';
    my $after;
    for (2 .. $most) {
        my $page = $self->{district}->ask(
            GET => "$path${join}limit=$limit" . ($after // ''), undef,
            as => $as);
        defined $page->{next} or last;
        $after = "&after=$page->{next}";
    }
    return defined $after ? $path . $join . substr($after, 1) : ();
}


sub activities {
    my ($self) = @_;

    my @me = 'volunteer:' . $self->{active}[0];
    my ($today, @tags) = ($self->{year}{today}, @VolBench::Year::TAGS);
    my @station = @{ $self->{station} };

    $self->add_deep('activities', @me, 'activities');
    $self->add('activities of a station', @me,
               map { "activities?org=$_" } @station);
    $self->add('activities of a street', @me,
               map { "activities?org=$_" } @{ $self->{street} });
    $self->add('activities of a project', @me,
               map { "activities?project=$_" } @{ $self->{project} });
    $self->add('activities with a tag', @me,
               map { "activities?tag=$_" } @tags);
    $self->add('activities of a day', @me,
               map { 'activities?day=' . date_of($today + $_) } 1 .. 20);
    $self->add('activities with a place', @me, 'activities?places=true');
    $self->add('activities, tag and place', @me,
               map { "activities?places=true&tag=$_" } @tags);
    $self->add('activities, station and tag', @me,
               map { "activities?org=$station[$_]&tag=$tags[$_ % @tags]" }
               0 .. $#station);
    $self->add_deep("activities $_", 'admin:root', "activities?state=$_")
        for qw( closed over cancelled draft );
    $self->add('activities closed of a station', @me,
               map { "activities?state=closed&org=$_" } @station);
    $self->add('activities closed, station and tag', @me,
               map { "activities?state=closed&org=$station[$_]"
                     . "&tag=$tags[$_ % @tags]" } 0 .. $#station);
    $self->add('activities closed of a day', @me,
               map { 'activities?state=closed&day=' . date_of($today - $_) }
               1 .. ASKED);

    my @served = @{ $self->{served} };
    $self->add('an activity', @me, map { "activities/$_" } @served);
    $self->add('sign-ups of an activity', 'admin:root',
               map { "activities/$_/signups" } @served);
    $self->add('sign-ups, waiting', 'admin:root',
               "activities/$self->{done}{popular}/signups?state=waiting");
    $self->add('shares of an activity', @me,
               map { "activities/$_/shares" } @{ $self->{done}{shares} });
    $self->add_deep('projects', @me, 'projects');
    $self->add('projects of a street', @me,
               map { "projects?org=$_" } @{ $self->{street} });
}


sub orgs {
    my ($self) = @_;

    my @any = 'volunteer:' . $self->{active}[0];
    my @station = @{ $self->{station} };
    my @street = @{ $self->{street} };

    $self->add('orgs below the centre', @any, 'orgs?parent=cy');
    $self->add('orgs below a street', @any,
               map { "orgs?parent=$_" } @street);
    $self->add('figures of the centre', @any, 'orgs/cy/stats');
    $self->add('figures of a street', @any, map { "orgs/$_/stats" } @street);
    $self->add('figures of a station', @any, map { "orgs/$_/stats" } @station);
    $self->add('figures of the district', @any, 'stats');
    $self->add('teams of a street', @any, map { "teams?org=$_" } @street);

    my @team = @{ $self->{team} };
    $self->add('members of a team', 'admin:root',
               map { "teams/$_/members" } @team);
    $self->add('members of a team, deep', 'admin:root',
               map { $self->deep('admin:root', "teams/$_/members", 20, 4) }
               @team);
}


sub reports {
    my ($self) = @_;

    my @any = 'volunteer:' . $self->{active}[0];
    my @admin = 'auditor:wu';
    my @station = @{ $self->{station} };
    my @street = @{ $self->{street} };
    my $year = VolBench::Year::year_of($self->{year}{today});

    $self->add('leaderboard', @any, 'leaderboard');
    $self->add('leaderboard of a year', @any, "leaderboard?year=$year");
    $self->add('leaderboard of the centre', @any, 'leaderboard?org=cy');
    $self->add('leaderboard of a street', @any,
               map { "leaderboard?org=$_" } @street);
    $self->add('leaderboard of a station', @any,
               map { "leaderboard?org=$_" } @station);

    $self->add_deep('obligations', @admin, 'reports/obligations');
    $self->add('obligations of a street', @admin,
               map { "reports/obligations?org=$_" } @street);
    $self->add('obligations of a station', @admin,
               map { "reports/obligations?org=$_" } @station);
    $self->add_deep('commendations', @admin, 'reports/commendations');
    $self->add('commendations of a street', @admin,
               map { "reports/commendations?org=$_" } @street);
    $self->add_own('a transcript', 'reports/transcripts/%s',
                   @{ $self->{active} });
    $self->add_own('a long transcript', 'reports/transcripts/%s',
                   @{ $self->{busiest} });
    $self->add('selection: who may apply', @admin,
               'reports/selection?state=eligible');
    $self->add('selection: who applied', @admin, 'reports/selection');
    $self->add('books', @admin, 'books');
    $self->add('awards that wait', @admin, 'awards');
}


sub needs {
    my ($self) = @_;

    my @admin = 'admin:root';
    my $done = $self->{done};
    my @open = @{ $done->{needs} }[$#{ $done->{helpers} } + 1
                                   .. $#{ $done->{needs} }];

    $self->add_deep('needs', @admin, 'needs');
    $self->add('needs of a street', @admin,
               map { "needs?org=$_" } @{ $self->{street} });
    $self->add_deep('needs confirmed', @admin, 'needs?state=confirmed');
    $self->add_own('needs of a resident', 'needs', map { "r$_" } 1 .. ASKED);
    $self->add('needs of a volunteer', @admin,
               map { 'needs?volunteer=' . id_of($_) } @{ $done->{helpers} });
    $self->add('candidates for a need', @admin,
               map { "needs/$_/candidates" }
               map { VolBench::Year::one_of(\@open) } 1 .. ASKED);
    $self->add_own('suggestions', 'me/suggestions', @{ $self->{active} });
}


sub people {
    my ($self) = @_;

    my @active = @{ $self->{active} };
    my @busiest = @{ $self->{busiest} };

    $self->add_own('an account', 'me', @active);
    $self->add_own('a ledger', 'volunteers/%s/ledger', @active);
    $self->add('a ledger, deep', 'admin:root',
               map { $self->deep('admin:root', "volunteers/$_/ledger", 10, 3) }
               @busiest);
    $self->add_own('own sign-ups', 'me/signups', @active);
    $self->add_own('many own sign-ups', 'me/signups', @busiest);
    $self->add_own('a certificate', 'volunteers/%s/certificate', @active);
    my $code = $self->{district}->ask(
        GET => "volunteers/$active[0]/certificate")->{code};
    $self->add('the check of a certificate', 'volunteer:x',
               "certificates/$code");
    $self->add('offers', "volunteer:$active[0]", 'offers');
    $self->add_own('offers that are affordable', 'offers?affordable=true',
                   @active);
}


1;
