package VolBench::YearWork;

# What people do in a year that no import brings in: a bounded number of needs,
# vouchers, sign-ups, corrections, asked for over HTTP by sixteen at once.
#
#     my $done = VolBench::YearWork::do_all($year, $district);
#
# Returns what was done, for those who compare and ask later: requests and the
# seconds they took, needs, helpers, popular, shares, frozen.

use strict;
use warnings;

use Time::HiRes ();

use VolBench::Year;
use VolTest::HTTP qw( build crowd );

use constant CLIENTS => 16;

*within = \&VolBench::Year::within;
*id_of = \&VolBench::Year::id_of;


sub do_all {
    my ($year, $district) = @_;

    my $self = bless { year => $year, district => $district, requests => 0,
                       n => $year->{volunteers} }, __PACKAGE__;
    srand $year->{seed};
    my $start = Time::HiRes::time();

    $self->needs;
    $self->vouchers;
    $self->signups;
    $self->shares;
    $self->corrections;
    $self->selection;

    srand;
    delete @$self{qw( year district )};
    return { %$self, seconds => Time::HiRes::time() - $start };
}


# Asks all of [method, path below /points/, body, options of build()], at once;
# returns what was answered, in their order.  Dies unless all were done.

sub ask_all {
    my ($self, @requests) = @_;

    my $next = 0;
    my (@at, @answers);
    crowd($self->{district}->port, within(1, scalar @requests, CLIENTS), sub {
        my ($client) = @_;
        my $request = $requests[$next] or return undef;
        $at[$client] = $next++;
        my ($method, $path, $body, %o) = @$request;
        return build($method, "/points/$path", as => 'admin:root',
                     body => $body, %o);
    }, sub {
        my ($client, $response) = @_;
        my ($method, $path) = @{ $requests[ $at[$client] ] };
        die "$method $path: $response->{status} $response->{raw}\n"
            unless $response->{status} =~ /^2/;
        $answers[ $at[$client] ] = $response->{json};
    });

    $self->{requests} += @requests;
    return @answers;
}


# so many volunteers, spread over all, who do this and nothing else: a turn of
# 16, of which this work has one

sub people {
    my ($self, $turn, $n) = @_;

    my @all = grep { $_ % 16 == $turn && !$self->{year}->hidden($_) }
              1 .. $self->{n};
    $n = @all if $n > @all;
    my $step = int(@all / $n) || 1;
    return @all[map { $_ * $step } 0 .. $n - 1];
}


# Half of them met, some on the way, the others open; one that was met was not.

sub needs {
    my ($self) = @_;

    # it may be another day by now
    my ($year, $today) = ($self->{year}, VolBench::Year::today());
    my $met = $year->needs_met + 1;
    my @people = $self->people(1, $met + int($met / 8));

    my @needs = map { $_->{id} } $self->ask_all(map {
        my $on = $_ <= @people ? $today : $today + 1 + $_ % 30;
        [POST => 'needs', {
            title => "Need $_", minutes => 30 + $_ % 4 * 30,
            station => VolBench::Year::one_of($year->{stations}),
            on => VolBench::Year::date_of($on), resident => "r$_",
            $_ % 4 ? (tags => [VolBench::Year::some(\@VolBench::Year::TAGS,
                                                    1 + $_ % 2)]) : (),
        }]
    } 1 .. $year->needs);

    $self->ask_all(map {
        [POST => "needs/$needs[$_]/accept",
         { volunteer => id_of($people[$_]) }]
    } 0 .. $#people);
    $self->ask_all(map { [POST => "needs/$_/done", {}] } @needs[0 .. $met - 1]);
    my ($first) = $self->ask_all(map { [POST => "needs/$_/confirm", {},
                                        key => "met-$_"] }
                                 @needs[0 .. $met - 1]);
    $self->ask_all([POST => "ledger/$first->{entry}/reverse",
                    { reason => 'was not' }, key => 'not-met']);
    @$self{qw( needs helpers )} = (\@needs, \@people);
}


# The veterans spend some of their points: a third of the vouchers is used, a
# tenth cancelled.

sub vouchers {
    my ($self) = @_;

    my @cheap = grep { $_ % 20 && 1 + $_ % 50 <= 10 } 1 .. 260;
    my @veterans = $self->{year}->veterans;
    $#veterans = 3999 if @veterans > 4000;

    my @codes = map { $_->{code} } $self->ask_all(map {
        [POST => "offers/o$cheap[$_ % @cheap]/redemptions",
         { volunteer => id_of($veterans[$_]) }, key => "r-$_"]
    } 0 .. $#veterans);
    $self->ask_all(map { [POST => "vouchers/$codes[$_]/use", {}] }
                   grep { $_ % 3 == 0 } 0 .. $#codes);
    $self->ask_all(map { [POST => "vouchers/$codes[$_]/cancel", {},
                          key => "c-$_"] }
                   grep { $_ % 10 == 1 && $_ % 3 } 0 .. $#codes);
}


# Places in activities to come; for one of them, which has few, there are more.

sub signups {
    my ($self) = @_;

    my $year = $self->{year};
    my ($ids, $days, $places) = @{ $year->{activity} }{qw( id day places )};
    my @coming = sort { $places->[$a] <=> $places->[$b] || $a <=> $b }
                 grep { $days->[$_] > $year->{today} }
                 @{ $year->in_state('open') };
    my @people = $self->people(2, within(12, int($self->{n} / 200), 2000));

    $self->ask_all(map {
        my $i = $_ < 60 ? $coming[0] : $coming[$_ % @coming];
        [POST => "activities/$ids->[$i]/signups", { post => 'main' },
         as => 'volunteer:' . id_of($people[$_])]
    } 0 .. $#people);
    $self->{popular} = $ids->[$coming[0]];
}


# Who served tells of it.

sub shares {
    my ($self) = @_;

    my $year = $self->{year};
    my ($n, @told, @shares) = within(5, int($self->{n} / 400), 1000);
    for my $i (@{ $year->in_state('closed') }) {
        my @served = $year->served($i) or next;
        my $id = $year->{activity}{id}[$i];
        push @shares, $id;
        push @told, map { [POST => "activities/$id/shares",
                           { text => "It was good to be there, $_." },
                           as => 'volunteer:' . id_of($_)] } @served;
        last if @told >= $n;
    }
    $self->ask_all(@told);
    $self->{shares} = \@shares;
}


# What was wrong is reversed, half of the awards that wait are approved, some
# accounts are frozen.

sub corrections {
    my ($self) = @_;

    my $n = within(4, int($self->{n} / 1000), 200);
    my @pages = $self->ask_all(map {
        [GET => 'volunteers/' . id_of($_) . '/ledger?limit=100']
    } 1 .. $n * 3);
    my @wrong = grep { defined } map {
        (map { $_->{entry} }
         grep { $_->{type} eq 'award'
                || $_->{type} eq 'hours' && $_->{ref} =~ /^a/ }
         @{ $_->{entries} })[0]
    } @pages;
    $#wrong = $n - 1 if @wrong > $n;
    $self->ask_all(map { [POST => "ledger/$_/reverse", { reason => 'wrong' },
                          key => "w-$_"] } @wrong);

    my ($waiting) = $self->ask_all([GET => 'awards?limit=100']);
    my @waiting = map { $_->{award} } @{ $waiting->{awards} };
    $self->ask_all(map { [POST => "awards/$_/approve", {}, key => "a-$_",
                          as => 'admin:wang'] }
                   @waiting[0 .. $#waiting / 2]);

    $self->{frozen} = { map { $_ => 1 } $self->people(3, 4) };
    $self->ask_all(map { [POST => 'volunteers/' . id_of($_) . '/freeze',
                          { reason => 'to be looked at' }] }
                   keys %{ $self->{frozen} });
}


# Those who may apply for the selection do.

sub selection {
    my ($self) = @_;

    my ($page) = $self->ask_all(
        [GET => 'reports/selection?state=eligible&limit=100']);
    my @eligible = map { $_->{volunteer} } @{ $page->{volunteers} };
    $self->ask_all(map { [POST => 'selection/apply', {},
                          as => "volunteer:$_"] } @eligible);
}


1;
