package VolModel::Reports;

# What the books and reports say.

use strict;
use warnings;

use POSIX qw( floor );

use VolModel::Answers qw( problem done );
use VolModel::Calendar qw( day_number year_of );
use VolModel::Orgs qw( reaches tree below is_org );

my $ANY = 'admin organizer auditor merchant volunteer';

our %ENDPOINTS = (
    books => ['GET', 'books', 'admin auditor', ''],
    stats => ['GET', 'stats', $ANY, ''],
    leaderboard => ['GET', 'leaderboard', $ANY, '', qw( org year limit )],
    obligations => ['GET', 'reports/obligations?limit=100',
                    'admin organizer auditor', '', qw( org year kind )],
);


sub do_books {
    my ($m, $op, $args, $answer) = @_;

    my $got = ref $answer->{json} eq 'HASH' ? $answer->{json} : {};
    my $is = $m->totals;

    # what has ended is written by the sweep, or by whoever touches it
    my $more = ($got->{expired} // 0) - $is->{expired};
    if ($more > 0 && $more <= $m->ended) {
        $is->{expired} += $more;
        $is->{balance} -= $more;
    }

    return done(200, { %$is, entries => $got->{entries},
                       law => 'balance = earned - unspendable - spent'
                              . ' - expired - donated' });
}


sub do_stats {
    my ($m) = @_;

    my $books = $m->totals;
    my %all = (activities => 0, beneficiaries => 0);
    for my $centre (grep { !defined $_->{parent} } values %{ tree($m) }) {
        my $is = VolModel::Orgs::figures($m, $centre->{id}, 0);
        $all{$_} += $is->{$_} for keys %all;
    }
    return done(200, {
        %all, volunteers => $books->{volunteers},
        minutes => $books->{minutes}, hours => floor($books->{minutes} / 60),
        points => $books->{earned}, redeemed => $books->{spent},
        orgs => scalar keys %{ tree($m) },
        teams => scalar keys %{ VolModel::Orgs::all_teams($m) },
        map { $_ => scalar(my @all = $m->all($_)) } qw( merchants offers )
    });
}


# Those who may be on a board, with what counts there.

sub do_leaderboard {
    my ($m, $op, $args) = @_;

    my ($org, $year) = @$args{qw( org year )};
    return problem(404, 'not-found', 'org')
        if defined $org && !is_org($m, $org) && !$m->all("named:$org");

    my @found;
    for my $id (grep { !$m->merged_into($_) && !$m->frozen($_) }
                $m->volunteers)
    {
        my $put = $m->last_of("put:$id");
        next if $put->{minor} || $put->{listed};
        next if defined $org
                && !(defined $put->{station}
                     && reaches($m, $org, $put->{station}));
        my $is = $m->figures($id);
        my $points = defined $year ? floor(($is->{years}{$year} // 0) / 60)
                                   : $is->{earned};
        push @found, { volunteer => $id, points => $points } if $points > 0;
    }

    @found = sort { $b->{points} <=> $a->{points}
                    || $a->{volunteer} cmp $b->{volunteer} } @found;
    for my $i (0 .. $#found) {
        $found[$i]{rank}
            = $i && $found[$i]{points} == $found[$i - 1]{points}
              ? $found[$i - 1]{rank} : $i + 1;
    }
    my $limit = $args->{limit} // 20;
    splice @found, $limit if @found > $limit;
    return done(200, { year => $year, leaders => \@found });
}


# Orgs, each before those below it.

sub walk {
    my ($m, $org) = @_;
    my @below = sort map { $_->{id} }
                grep { ($_->{parent} // '') eq $org } values %{ tree($m) };
    return ($org, map { walk($m, $_) } @below);
}


sub do_obligations {
    my ($m, $op, $args) = @_;

    my $root = $args->{org};
    if ($op->{role} eq 'organizer') {
        $root //= $op->{scope};
        return problem(403, 'forbidden')
            unless reaches($m, $op->{scope}, $root);
    }
    return problem(404, 'not-found', 'org')
        if defined $root && $root ne ($op->{scope} // '')
           && !is_org($m, $root) && !$m->all("named:$root");

    # what was owed at the end of a year that is over
    my $today = $m->today;
    my $year = $args->{year} // year_of($today);
    my $end = day_number($year, 12, 31);
    my $owing = $m->rules($today < $end ? $today : $end)->{obligations};

    my %at;
    for my $id (grep { !$m->merged_into($_) } $m->volunteers) {
        my $put = $m->last_of("put:$id");
        my $owes = ($owing->{ $put->{kind} } || {})->{points_per_year} // 0;
        my $earned = floor(($m->figures($id)->{years}{$year} // 0) / 60);
        next if $owes <= $earned
                || defined $args->{kind} && $args->{kind} ne $put->{kind};
        my $station = $put->{station};
        my $known = defined $station
                    && (is_org($m, $station) || $station eq ($root // ''));
        push @{ $at{ $known ? $station : '' } },
            { volunteer => $id, kind => $put->{kind}, station => $station,
              earned => $earned, owed => $owes - $earned };
    }

    my @rest = defined $root ? () : @{ $at{''} || [] };
    my @orgs = grep { $_ ne '' } walk($m, $root // '');
    return done(200, {
        year => $year,
        obligations => [
            (map { sort { $a->{volunteer} cmp $b->{volunteer} }
                   @{ $at{$_} || [] } } @orgs),
            @rest
        ]
    });
}


1;
