package VolBench::Year;

# A year of a district like Chaoyang, made from a seed: a centre, 24 street
# centres and their stations, teams, volunteers, projects, activities and who
# served in them.  The same for the same numbers, on every machine.
#
#     my $year = VolBench::Year->new(volunteers => 448_630, today => $day);
#     $year->print_lines('activity', $out);      # as lines of an import
#
# The year is that of which 330 days lie before today and 35 behind it.  What is
# there besides lines, for whoever compares or asks: orgs, teams, projects,
# activities, as lists of their ids; station_of, hidden, org_of, ...

use strict;
use warnings;

use JSON::PP ();
use POSIX ();

use constant {
    FULL => 448_630,            # volunteers of Chaoyang
    STREETS => 24,
    STATIONS => 560,            # of all of them
    BENEFICIARIES => 10_632_000,
    PAST => 330, COMING => 35,  # days of the year
    DAY => 86_400,
    OFFSET => 8 * 3600,         # of the time zone
};

our @CLASSES = qw( helping commendation mobilisation publicity cultivating
                   exhibition );
our @KINDS = qw( social community enterprise university emergency );
my @DAYS = qw( mon tue wed thu fri sat sun );
our @TAGS = qw( english first-aid driving cooking it law music sport painting
                sign-language care reading traffic tree-planting water
                photography sewing repair massage pets );

my @MODES = qw( closed over cancelled open draft );

my @CASES = ([blood_donation => 3, 20], [bravery => 10, 100],
             [startup_help => 10, 60], [changing_customs => 5, 50]);

# each part of the year draws lots of its own
my @SECTIONS = qw( people registry teams activities service estimates minutes
                   awards );
my %section = map { $SECTIONS[$_] => $_ } 0 .. $#SECTIONS;


# new(volunteers => how many, seed => 1, today => days since 1970)

sub new {
    my ($class, %o) = @_;

    my $self = bless { seed => 1, %o }, $class;
    my $n = $self->{volunteers};

    $self->{share} = $n / FULL;
    $self->{streets} = [map { sprintf 's%02d', $_ } 1 .. STREETS];
    $self->make_orgs(within(2 * STREETS, int($n / 800), STATIONS));
    $self->make_people;
    $self->make_teams;
    $self->make_activities;
    $self->make_service;
    srand;
    return $self;
}


# What the rulebook says for it.

sub rules {
    return {
        stars => [100, 300, 600, 1000, 1500],
        cases => { (map { $_->[0] => { title => $_->[0], min => $_->[1],
                                       max => $_->[2] } } @CASES),
                   district_honour => { title => 'honour', min => 50,
                                        max => 300,
                                        approval => JSON::PP::true() } },
        obligations => { cadre => { points_per_year => 20 } },
        selection => { title => 'Ten outstanding volunteers', every_years => 2,
                       first_year => 2021, min_stars => 5 },
        project_classes => { map { $_ => { title => $_ } } @CLASSES },
        terms => [{ id => 'spring', title => 'Spring', starts => '02-15' },
                  { id => 'autumn', title => 'Autumn', starts => '09-01' }],
        voucher => { valid_days => 30, kept_days => 365 },
        limits => { minutes_per_day => 720, redemptions_per_day => 10 },
    };
}


# --- lots

# A part begins where it always does, whatever another has drawn; what comes
# behind the year is by chance again.

sub begin {
    my ($self, $section) = @_;
    srand $self->{seed} * 1000 + $section{$section};
}


sub lot { int rand $_[0] }
sub one_of { $_[0][int rand @{ $_[0] }] }


sub within {
    my ($least, $n, $most) = @_;
    return $n < $least ? $least : $n > $most ? $most : $n;
}


# --- the tree

sub make_orgs {
    my ($self, $stations) = @_;

    my @streets = @{ $self->{streets} };
    $self->{stations} = [map {
        sprintf '%s-%02d', $streets[$_ % STREETS], 1 + int($_ / STREETS)
    } 0 .. $stations - 1];
    $self->{orgs} = ['cy', @streets, @{ $self->{stations} }];
    $self->{above} = { (map { $_ => 'cy' } @streets),
                       map { $_ => substr $_, 0, 3 } @{ $self->{stations} } };

    my $of = 0;
    $self->{projects} = [map {
        my $org = $self->{orgs}[$_];
        map { [sprintf('j%04d', ++$of), $org] } 1 .. ($_ < 25 ? 6 : 1)
    } 0 .. $#{ $self->{orgs} }];
    push @{ $self->{projects_of}{ $_->[1] } }, $_->[0]
        for @{ $self->{projects} };
}


# an org and those above it

sub line_of {
    my ($self, $org) = @_;

    my @line;
    for (; defined $org; $org = $self->{above}{$org}) { push @line, $org }
    return @line;
}


# --- volunteers, who are called by numbers from 1

sub id_of { sprintf 'v%06d', $_[0] }
sub number_of { 0 + substr $_[0], 1 }


sub make_people {
    my ($self) = @_;

    $self->begin('people');
    my $stations = @{ $self->{stations} };
    my ($station, $hidden) = ('', '');
    for my $n (1 .. $self->{volunteers}) {
        vec($station, $n, 16) = lot($stations);
        my $r = rand;
        vec($hidden, $n, 8) = $r < 0.02 ? 1 : $r < 0.03 ? 2 : 0;
    }
    @$self{qw( station hide )} = ($station, $hidden);
}


sub station_of { $_[0]{stations}[vec($_[0]{station}, $_[1], 16)] }


# whether no leaderboard shows them

sub hidden { vec $_[0]{hide}, $_[1], 8 }


# of ten one is a cadre, two are students

sub kind_of {
    my ($n) = @_;
    return (qw( cadre student student ))[$n % 10] // 'general';
}


sub print_volunteer {
    my ($self, $out) = @_;

    $self->begin('registry');
    for my $n (1 .. $self->{volunteers}) {
        my $station = $self->station_of($n);
        my $line = sprintf '{"type":"volunteer","volunteer":"%s","kind":"%s",'
                           . '"station":"%s"', id_of($n), kind_of($n), $station;
        my $teams = $self->{teams_at}{$station} || [];
        if (@$teams && rand() < 0.6) {
            my @own = one_of($teams);
            push @own, grep { $_ ne $own[0] } one_of($teams) if rand() < 0.2;
            $line .= list('teams', @own);
        }
        $line .= list('tags', some(\@TAGS, 1 + lot(3))) if rand() < 0.3;
        $line .= list('free', some(\@DAYS, 1 + lot(3))) if rand() < 0.5;
        my $hide = $self->hidden($n);
        $line .= ',"minor":true' if $hide == 1;
        $line .= ',"listed":false' if $hide == 2;
        print $out "$line}\n";
    }
}


sub list {
    my ($name, @ids) = @_;
    return qq(,"$name":[) . join(',', map { qq("$_") } @ids) . ']';
}


# so many of a list, each once, or fewer

sub some {
    my ($of, $n) = @_;
    my %taken;
    return grep { !$taken{$_}++ } map { one_of($of) } 1 .. $n;
}


# --- teams, of stations and of street centres

sub make_teams {
    my ($self) = @_;

    $self->begin('teams');
    my @orgs = @{ $self->{orgs} }[1 .. $#{ $self->{orgs} }];
    my $teams = int($self->{volunteers} / 82) || 1;

    for my $n (1 .. $teams) {
        my $org = $n <= @orgs ? $orgs[-$n] : one_of(\@orgs);
        push @{ $self->{teams} },
             { id => sprintf('t%05d', $n), kind => one_of(\@KINDS), org => $org,
               leader => 1 + lot($self->{volunteers}) };
        push @{ $self->{teams_of}{$org} }, "t" . sprintf '%05d', $n;
    }
    for my $station (@{ $self->{stations} }) {
        $self->{teams_at}{$station} = [
            map { @{ $self->{teams_of}{$_} || [] } }
            $station, $self->{above}{$station}
        ];
    }
}


# --- activities, called by numbers from 0

sub make_activities {
    my ($self) = @_;

    $self->begin('activities');
    my $most = int($self->{volunteers} * 8 / 27) || 1;
    my ($orgs, $n) = ($self->{orgs}, 0);
    my %a = map { $_ => [] } qw( id org project day hour length places mode
                                 emergency tags );

    for (my $serial = 0; $n < $most; $serial++) {
        my $r = rand;
        my $org = $r < 0.03 ? 0 : $r < 0.2 ? 1 + lot(STREETS)
                : 1 + STREETS + lot(@$orgs - 1 - STREETS);
        my $projects = $self->{projects_of}{ $orgs->[$org] };
        my $project = rand() < 0.6 ? one_of($projects) : undef;
        my $day = $self->{today} - PAST + lot(PAST + COMING);
        # some take place every week, for a while
        my $times = rand() < 0.9 ? 1 : 4 + lot(40);
        my $hour = 8 + lot(12);
        my $length = (60, 90, 120, 120, 180, 240)[lot(6)];
        my $places = 5 + lot(5) * lot(10);
        my $emergency = rand() < 0.01 ? 1 : 0;
        my $tags = rand() < 0.5 ? [some(\@TAGS, 1 + lot(2))] : undef;
        my $id = sprintf 'a%06d', $serial;

        for my $time (0 .. $times - 1) {
            my $on = $day + 7 * $time;
            last if $on >= $self->{today} + COMING || $n == $most;
            push @{ $a{id} }, $time ? "$id-" . compact($on) : $id;
            push @{ $a{org} }, $org;
            push @{ $a{project} }, $project;
            push @{ $a{day} }, $on;
            push @{ $a{hour} }, $hour;
            push @{ $a{length} }, $length;
            push @{ $a{places} }, $places;
            push @{ $a{emergency} }, $emergency;
            push @{ $a{tags} }, $tags;
            push @{ $a{mode} }, $self->mode_on($on);
            $n++;
        }
    }
    $self->{activity} = \%a;
}


sub mode_on {
    my ($self, $day) = @_;

    my $r = rand;
    return $day < $self->{today} ? ($r < 0.92 ? 0 : $r < 0.96 ? 1 : 2)
                                 : ($r < 0.80 ? 3 : $r < 0.95 ? 4 : 2);
}


# "2026-04-08" of a day; "20260408"

sub date_of { POSIX::strftime('%Y-%m-%d', gmtime $_[0] * DAY) }
sub compact { date_of($_[0]) =~ tr/-//dr }
sub year_of { 0 + substr date_of($_[0]), 0, 4 }


# today in the district, by this machine's clock

sub today { int((time + OFFSET) / DAY) }


sub activities { scalar @{ $_[0]{activity}{id} } }
sub state_of { $MODES[$_[0]{activity}{mode}[$_[1]]] }
sub org_of { $_[0]{orgs}[$_[0]{activity}{org}[$_[1]]] }


# the numbers of the activities in a state

sub in_state {
    my ($self, $state) = @_;
    return [grep { $self->state_of($_) eq $state } 0 .. $self->activities - 1];
}


# Posts share the places.  A third of the activities have two.

sub posts_of {
    my ($self, $i) = @_;

    my $places = $self->{activity}{places}[$i];
    return [main => $places] if $i % 3;
    my $half = int($places / 2);
    return ([main => $places - $half], [gate => $half]);
}


sub print_activity {
    my ($self, $out) = @_;

    my $a = $self->{activity};
    my %date;
    for my $i (0 .. $self->activities - 1) {
        my $day = $date{ $a->{day}[$i] } //= date_of($a->{day}[$i]);
        my $end = $a->{hour}[$i] * 60 + $a->{length}[$i];
        my $state = $self->state_of($i);
        my $line = sprintf '{"type":"activity","activity":"%s","title":'
            . '"Activity %d","org":"%s","starts":"%sT%02d:00:00+08:00",'
            . '"ends":"%sT%02d:%02d:00+08:00","place":"Hall %d","posts":[%s],'
            . '"beneficiaries":%d,"state":"%s"',
            $a->{id}[$i], $i, $self->org_of($i), $day, $a->{hour}[$i],
            $day, $end / 60, $end % 60, $i % 90,
            join(',', map { sprintf '{"id":"%s","title":"%s","places":%d}',
                                    $_->[0], ucfirst $_->[0], $_->[1] }
                      $self->posts_of($i)),
            $self->{beneficiaries}[$i], $state eq 'over' ? 'open' : $state;
        $line .= qq(,"project":"$a->{project}[$i]") if $a->{project}[$i];
        $line .= list('tags', @{ $a->{tags}[$i] }) if $a->{tags}[$i];
        $line .= ',"emergency":true' if $a->{emergency}[$i];
        print $out "$line}\n";
    }
}


# --- service: who was in which activity, and how many it was for

sub make_service {
    my ($self) = @_;

    $self->begin('service');
    my ($a, %at) = $self->{activity};
    my @all;
    for my $i (0 .. $self->activities - 1) {
        next unless $a->{mode}[$i] < 2;
        push @{ $at{ $self->org_of($i) } }, $i;
        push @all, $i;
    }

    my @left = map { $_ } @{ $a->{places} };
    my @served = ('') x $self->activities;
    my $attended = 0;
    for my $v (1 .. $self->{volunteers}) {
        my $times = times_served() or next;
        my $station = $self->station_of($v);
        my %days;
        for (1 .. $times) {
            # at most one a day, mostly near by
            for (1 .. 4) {
                my $r = rand;
                my $of = $r < 0.7 ? $at{$station}
                       : $r < 0.9 ? $at{ $self->{above}{$station} } : \@all;
                next unless $of && @$of;
                my $i = $of->[rand @$of];
                next if !$left[$i] || $days{ $a->{day}[$i] }++;
                $left[$i]--;
                $served[$i] .= pack 'L', $v;
                $attended++;
                last;
            }
        }
    }
    @$self{qw( served attended )} = (\@served, $attended);
    $self->estimate;
}


# Many never, some often.

sub times_served {
    my $r = rand;
    return $r < 0.40 ? 0 : $r < 0.80 ? 1 + lot(2) : $r < 0.95 ? 3 + lot(4)
         : $r < 0.995 ? 7 + lot(14) : 21 + lot(60);
}


# the numbers of those who served in one

sub served { unpack 'L*', $_[0]{served}[$_[1]] }


# whether its org counts it

sub counted {
    my ($self, $i) = @_;
    return $self->{activity}{mode}[$i] == 0 && length $self->{served}[$i];
}


# Those that are counted have as many together as the district's share, less one
# for each need that will be met.

sub estimate {
    my ($self) = @_;

    $self->begin('estimates');
    my @weight = map { int(5 + 20 / (0.05 + rand)) } 1 .. $self->activities;
    my @counted = grep { $self->counted($_) } 0 .. $#weight;
    my $sum = 0;
    $sum += $weight[$_] for @counted;

    my $target = int(BENEFICIARIES * $self->{share} + 0.5) - $self->needs_met;
    my ($given, @estimate) = (0, @weight);
    for my $i (@counted) {
        $estimate[$i] = int($weight[$i] * $target / $sum);
        $given += $estimate[$i];
    }
    $estimate[ $counted[0] ] += $target - $given if @counted;
    $self->{beneficiaries} = \@estimate;
}


# needs that are asked for, and those that are met of them

sub needs { within(12, int($_[0]{volunteers} / 200), 2400) }
sub needs_met { int($_[0]->needs / 2) }


sub print_attendance {
    my ($self, $out) = @_;

    $self->begin('minutes');
    my $a = $self->{activity};
    for my $i (0 .. $self->activities - 1) {
        my ($id, $length) = ($a->{id}[$i], $a->{length}[$i]);
        my @posts = $self->posts_of($i);
        for my $v ($self->served($i)) {
            shift @posts while !$posts[0][1];
            $posts[0][1]--;
            # some go earlier
            my $minutes = $length - (rand() < 0.2 ? 15 * lot(3) : 0);
            printf $out '{"type":"attendance","key":"l%d-%d","activity":"%s",'
                        . '"volunteer":"%s","post":"%s","minutes":%d}' . "\n",
                   $i, $v, $id, id_of($v), $posts[0][0], $minutes;
        }
    }
}


# --- the rest

sub print_org {
    my ($self, $out) = @_;

    for my $org (@{ $self->{orgs} }) {
        my $above = $self->{above}{$org};
        my $title = $org eq 'cy' ? 'Centre' : $above eq 'cy' ? "Street $org"
                  : $org =~ /[05]$/ ? "Office building $org"
                  : "Community $org";
        print $out qq({"type":"org","org":"$org","title":"$title"),
                   $above ? qq(,"parent":"$above") : '', "}\n";
    }
}


sub print_goal {
    my ($self, $out) = @_;

    for my $org (@{ $self->{orgs} }[0 .. STREETS]) {
        my $hours = 100 + int($self->{share} * ($org eq 'cy' ? 1e6 : 4e4));
        print $out qq({"type":"goal","org":"$org","hours":$hours,"year":),
                   year_of($self->{today}), "}\n";
    }
}


sub print_team {
    my ($self, $out) = @_;

    printf $out '{"type":"team","team":"%s","title":"Team %s","kind":"%s",'
                . '"org":"%s","leader":"%s"}' . "\n",
           @$_{qw( id id kind org )}, id_of($_->{leader})
        for @{ $self->{teams} };
}


sub print_project {
    my ($self, $out) = @_;

    my $n = 0;
    for my $project (@{ $self->{projects} }) {
        my ($id, $org) = @$project;
        printf $out '{"type":"project","project":"%s","title":"Project %s",'
                    . '"class":"%s","org":"%s"%s}' . "\n",
               $id, $id, $CLASSES[$n % @CLASSES], $org,
               $n++ % 7 ? '' : ',"brand":true';
    }
}


sub print_merchant {
    my ($self, $out) = @_;
    print $out qq({"type":"merchant","merchant":"m$_","title":"Merchant $_"}\n)
        for 1 .. 100;
}


sub print_offer {
    my ($self, $out) = @_;

    for my $n (1 .. 260) {
        my $merchant = 1 + $n % 100;
        my $price = $n % 20 ? 1 + $n % 50 : 0;
        print $out qq({"type":"offer","offer":"o$n","merchant":"m$merchant",)
                   . qq("title":"Offer $n","price":$price,"stock":100000)
                   . ($price ? '' : ',"min_stars":1') . "}\n";
    }
}


# What a few had before, some of them many points.

sub print_opening {
    my ($self, $out) = @_;

    for my $n ($self->veterans) {
        my $earned = 40 + $n * 7919 % ($n % 3 ? 900 : 2400);
        my $balance = int($earned / 2);
        print $out qq({"type":"opening","key":"b$n","volunteer":"),
                   id_of($n), qq(","earned":$earned,"balance":$balance}\n);
    }
}


sub veterans { grep { !($_ % 97) } 1 .. $_[0]{volunteers} }


sub print_award {
    my ($self, $out) = @_;

    $self->begin('awards');
    my $awards = int($self->{volunteers} / 40);
    for my $n (1 .. $awards) {
        my ($case, $min, $max) = @{ $CASES[$n % @CASES] };
        printf $out '{"type":"award","key":"w%d","volunteer":"%s","case":"%s",'
                    . '"points":%d,"evidence":"report %d"}' . "\n",
               $n, id_of(1 + lot($self->{volunteers})), $case,
               $min + lot($max - $min + 1), $n;
    }
    # that wait for a second person
    printf $out '{"type":"award","key":"h%d","volunteer":"%s",'
                . '"case":"district_honour","points":50,'
                . '"evidence":"report h%d"}' . "\n", $_, id_of($_), $_
        for 1 .. within(5, int($awards / 50), 200);
}


# All lines of a type, in an order in which they can be brought in.

our @TYPES = qw( org goal project volunteer team merchant offer opening award
                 activity attendance );

sub print_lines {
    my ($self, $type, $out) = @_;

    my $print = $self->can("print_$type") or die "no lines of type $type\n";
    $self->$print($out);
    srand;
}


1;
