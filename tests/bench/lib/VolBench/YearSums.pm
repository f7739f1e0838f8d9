package VolBench::YearSums;

# Whether all that a district shows is the sum of its ledger: the figures of
# every org, its own and what lies below it, those of the district, leaderboards
# and obligations, worked out from GET /export by itself.
#
#     my $sums = VolBench::YearSums->new($year, $district, $done);
#     my @wrong = $sums->wrong;           # a text each
#     $sums->{compared};                  # figures

use strict;
use warnings;

use VolBench::Year;

use constant {
    LEADERS => 100,
    OWED => 20,                 # points a year of a cadre
};

*id_of = \&VolBench::Year::id_of;
*number_of = \&VolBench::Year::number_of;


# What was done beside the lines is as VolBench::YearWork tells.

sub new {
    my ($class, $year, $district, $done) = @_;

    my $self = bless { year => $year, district => $district, done => $done,
                       own => {}, wrong => [], compared => 0,
                       earned => [], years => {}, books => {} }, $class;
    $self->read_ledger;
    $self->read_registry;
    $self->add_activities;
    $self->roll_up;
    return $self;
}


# What an entry says is taken out of its line without a parser of JSON, for
# there are a million: the year has no texts with quotes in them.

sub field {
    my ($name) = @_;
    return qr/"$name":"?([^",}]*)/;
}

my %FIELD = map { $_ => field($_) }
            qw( entry type volunteer points earned ref on minutes
                points_per_hour amount counted org );
my %EARNS = map { $_ => 1 } qw( hours award opening reversal );


sub read_ledger {
    my ($self) = @_;

    my $own = $self->{own};
    my ($earned, $years, $served) = ([], {}, {});
    my (%served_one, %balance);
    my $books = { map { $_ => 0 } qw( entries minutes earned balance ) };

    $self->{district}->each_line('export?what=ledger', sub {
        my ($line) = @_;
        return if $line =~ /^\{"end"/;
        my ($type) = $line =~ $FIELD{type};
        $books->{entries}++;
        my ($points) = $line =~ $FIELD{points};
        $books->{balance} += $points // 0;
        return unless $EARNS{$type};

        my ($e, $minutes) = ($line =~ $FIELD{earned}, 0);
        my $own_minutes = $line =~ $FIELD{minutes} ? $1 : undef;
        my ($on) = $line =~ $FIELD{on};
        my $y = substr $on, 0, 4;
        my ($v) = $line =~ $FIELD{volunteer};
        $v = number_of($v);
        $minutes = $own_minutes // 0 unless $type eq 'opening';

        $books->{minutes} += $minutes;
        $books->{earned} += $e;
        $earned->[$v] += $e;
        $years->{$y}[$v] += $type eq 'opening' ? 60 * ($line =~ $FIELD{amount}
                                                       ? $1 : 0)
                          : defined $own_minutes ? $own_minutes : 60 * $e;

        my $persons = 0;
        if ($type eq 'hours') {
            my ($ref) = $line =~ $FIELD{ref};
            $served->{$ref}++ if defined $ref;
            if ($line =~ $FIELD{counted} && $1 =~ /beneficiary/) {
                $persons = 1;
                my ($entry) = $line =~ $FIELD{entry};
                $served_one{$entry} = 1;
            }
        } elsif ($type eq 'reversal') {
            my ($ref) = $line =~ $FIELD{ref};
            $persons = -1 if $served_one{$ref};
        }

        my $org = $line =~ $FIELD{org} ? $1 : return;
        my $f = $own->{$org} ||= {};
        for my $of ('', $y) {
            $f->{"minutes$of"} += $minutes;
            $f->{"points$of"} += $e;
            $f->{"beneficiaries$of"} += $persons if $persons;
        }
    });
    @$self{qw( earned years served books )} = ($earned, $years, $served,
                                               $books);
}


sub read_registry {
    my ($self) = @_;

    my ($own, $n) = ($self->{own}, 0);
    $self->{district}->each_line('export?what=accounts', sub {
        my ($station) = $_[0] =~ /"station":"([^"]*)"/ or return;
        $own->{$station}{volunteers}++;
        $n++;
    });
    $self->{district}->each_line('export?what=teams', sub {
        my ($org) = $_[0] =~ /"org":"([^"]*)"/ or return;
        $own->{$org}{teams}++;
    });
    $self->{volunteers} = $n;
}


# An org counts those that were closed and in which somebody has served, by the
# entries.

sub add_activities {
    my ($self) = @_;

    my ($year, $own) = @$self{qw( year own )};
    my $a = $year->{activity};
    for my $i (@{ $year->in_state('closed') }) {
        next unless $self->{served}{ $a->{id}[$i] };
        my $f = $own->{ $year->org_of($i) } ||= {};
        for my $of ('', VolBench::Year::year_of($a->{day}[$i])) {
            $f->{"activities$of"}++;
            $f->{"beneficiaries$of"} += $year->{beneficiaries}[$i];
        }
    }
}


sub roll_up {
    my ($self) = @_;

    my %sums;
    while (my ($org, $f) = each %{ $self->{own} }) {
        for my $above ($self->{year}->line_of($org)) {
            $sums{$above}{$_} += $f->{$_} for keys %$f;
        }
    }
    $self->{sums} = \%sums;
}


sub wrong {
    my ($self) = @_;

    $self->compare_orgs;
    $self->compare_district;
    $self->compare_leaderboards;
    $self->compare_obligations;
    return @{ $self->{wrong} };
}


sub equal {
    my ($self, $what, $expected, $got) = @_;

    $self->{compared}++;
    $_ //= 'nothing' for $expected, $got;
    push @{ $self->{wrong} }, "$what: $got, and by the ledger $expected"
        if $expected ne $got;
}


sub compare_orgs {
    my ($self) = @_;

    my @years = sort keys %{ $self->{years} };
    for my $org (@{ $self->{year}{orgs} }) {
        my $f = $self->{sums}{$org};
        for my $y (@years) {
            my $got = $self->{district}->ask(GET => "orgs/$org/stats?year=$y");
            $self->equal("$org, $_", $f->{$_} // 0, $got->{$_})
                for $y eq $years[0] ? qw( volunteers teams activities minutes
                                          points beneficiaries ) : ();
            $self->equal("$org, $_ of $y", $f->{"$_$y"} // 0,
                         $got->{year}{$_})
                for qw( activities minutes points beneficiaries );
        }
    }
}


sub compare_district {
    my ($self) = @_;

    my ($year, $f) = ($self->{year}, $self->{sums}{cy});
    my $books = $self->{books};
    my $stats = $self->{district}->ask(GET => 'stats');
    my %expected = (
        volunteers => $self->{volunteers}, teams => scalar @{ $year->{teams} },
        orgs => scalar @{ $year->{orgs} }, activities => $f->{activities},
        minutes => $books->{minutes}, hours => int($books->{minutes} / 60),
        points => $books->{earned}, beneficiaries => $f->{beneficiaries},
        merchants => 100, offers => 260,
    );
    $self->equal("stats, $_", $expected{$_}, $stats->{$_})
        for sort keys %expected;

    my $told = $self->{district}->ask(GET => 'books');
    $self->equal("books, $_", $books->{$_}, $told->{$_})
        for qw( entries minutes earned balance );
    $self->{beneficiaries} = $stats->{beneficiaries};
}


# --- who has most

sub shown {
    my ($self, $v) = @_;
    return !$self->{year}->hidden($v) && !$self->{done}{frozen}{$v};
}


# Of the volunteers of some orgs those with most points, as a text each.

sub leaders {
    my ($self, $points, @orgs) = @_;

    my %among = map { $_ => 1 } @orgs;
    my @found = grep { ($points->[$_] // 0) > 0
                       && (!@orgs || $among{ $self->{year}->station_of($_) })
                       && $self->shown($_) } 1 .. $self->{year}{volunteers};
    # ids are as long as each other, so numbers have their order
    @found = sort { $points->[$b] <=> $points->[$a] || $a <=> $b } @found;
    $#found = LEADERS - 1 if @found > LEADERS;

    my ($rank, @told) = 0;
    for my $i (0 .. $#found) {
        $rank = $i + 1
            if !$i || $points->[$found[$i]] != $points->[$found[$i - 1]];
        push @told, "$rank " . id_of($found[$i]) . " $points->[$found[$i]]";
    }
    return @told;
}


sub compare_leaderboards {
    my ($self) = @_;

    my $year = $self->{year};
    my @stations = @{ $year->{stations} };
    my %boards = ('' => $self->{earned});
    while (my ($y, $sixtieths) = each %{ $self->{years} }) {
        $boards{$y} = [map { defined ? int($_ / 60) : undef } @$sixtieths];
    }

    for my $y (sort keys %boards) {
        for my $org ('', 'cy', @{ $year->{streets} }[0, 11, 23],
                     @stations[0, 17, -1])
        {
            my @below = $org =~ /^$|^cy$/ ? ()
                      : grep { /^\Q$org\E(-|$)/ } @stations;
            my $query = 'limit=' . LEADERS . ($y && "&year=$y")
                        . ($org && "&org=$org");
            my $got = $self->{district}->ask(GET => "leaderboard?$query");
            my @got = map { "$_->{rank} $_->{volunteer} $_->{points}" }
                      @{ $got->{leaders} };
            my @expected = $self->leaders($boards{$y}, @below);
            $self->equal("leaderboard?$query, place $_", $expected[$_],
                         $got[$_])
                for 0 .. ($#expected > $#got ? $#expected : $#got);
        }
    }
}


# --- who owes points this year, of a street centre

sub compare_obligations {
    my ($self) = @_;

    my $year = $self->{year};
    my $street = $year->{streets}[5];
    my $y = VolBench::Year::year_of($year->{today});
    my (%got, $after);
    do {
        my $page = $self->{district}->ask(
            GET => "reports/obligations?org=$street&limit=100"
                   . (defined $after ? "&after=$after" : ''));
        $got{ $_->{volunteer} } = "$_->{earned} $_->{owed}"
            for @{ $page->{obligations} };
        $after = $page->{next};
    } while defined $after;

    for my $v (1 .. $year->{volunteers}) {
        next unless VolBench::Year::kind_of($v) eq 'cadre'
                    && $year->station_of($v) =~ /^\Q$street\E-/;
        my $points = int(($self->{years}{$y}[$v] // 0) / 60);
        my $owed = OWED - $points;
        my $got = delete $got{ id_of($v) };
        $self->equal('obligations, ' . id_of($v),
                     $owed > 0 ? "$points $owed" : 'nothing', $got);
    }
    $self->equal("obligations, $_", 'nothing', $got{$_}) for sort keys %got;
}


1;
