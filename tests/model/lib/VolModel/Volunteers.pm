package VolModel::Volunteers;

# Volunteers, their hours and awards.

use strict;
use warnings;

use VolModel::Answers qw( problem done new_entry );
use VolModel::Books;
use VolModel::Calendar qw( date );
use VolModel::Orgs qw( reaches foreign_team );

use Exporter 'import';
our @EXPORT_OK = qw( out_of_scope record_hours );

our %ENDPOINTS = (
    put_volunteer => ['PUT', 'volunteers/:volunteer', 'admin organizer', '',
                      qw( kind station teams tags free minor+ listed+ )],
    get_volunteer => ['GET', 'volunteers/:volunteer',
                      'admin organizer auditor self', ''],
    me => ['GET', 'me', 'admin organizer auditor merchant volunteer', ''],
    hours => ['POST', 'volunteers/:volunteer/hours', 'admin organizer', 'key',
              qw( minutes+ on activity note )],
    award => ['POST', 'volunteers/:volunteer/awards', 'admin', 'key',
              qw( case points+ evidence note )],
    approve => ['POST', 'awards/:award/approve', 'admin', 'key'],
    refuse => ['POST', 'awards/:award/refuse', 'admin', 'key', 'reason'],
    awards => ['GET', 'awards?limit=100', 'admin auditor', ''],
    freeze => ['POST', 'volunteers/:volunteer/freeze', 'admin', '', 'reason'],
    unfreeze => ['POST', 'volunteers/:volunteer/unfreeze', 'admin', '',
                 'reason'],
    merge => ['POST', 'volunteers/:volunteer/merge', 'admin', 'key',
              qw( into reason )],
);


# Whether a volunteer is one of another org than the organizer's.

sub out_of_scope {
    my ($m, $op, $id) = @_;
    my $station = $m->last_of("put:$id")->{station};
    return $op->{role} eq 'organizer' && defined $station
           && !reaches($m, $op->{scope}, $station);
}


sub do_put_volunteer {
    my ($m, $op, $args) = @_;

    my $id = $m->answering($args->{volunteer});
    my $station = $args->{station};

    return problem(409, 'merged', 'volunteer')
        if defined $id && $id ne $args->{volunteer};
    if ($op->{role} eq 'organizer') {
        $station //= $op->{scope};
        return problem(403, 'forbidden')
            if !reaches($m, $op->{scope}, $station)
               || defined $id && out_of_scope($m, $op, $id);
        my %before = map { $_ => 1 }
                     @{ defined $id ? $m->last_of("put:$id")->{teams} || []
                                    : [] };
        my %after = map { $_ => 1 } @{ $args->{teams} || [] };
        return problem(403, 'forbidden', 'teams')
            if grep { !($before{$_} && $after{$_})
                      && foreign_team($m, $op, $_) }
               keys %{ { %before, %after } };
    }

    my $new = !defined $id;
    $id //= $args->{volunteer};
    my %free = map { $_ => 1 } @{ $args->{free} || [] };
    my @week = grep { $free{$_} } qw( mon tue wed thu fri sat sun );
    $m->fact({ type => 'put', volunteer => $id, kind => $args->{kind},
               station => $station,
               (map { $_ => $args->{$_} }
                grep { @{ $args->{$_} || [] } } qw( teams tags )),
               @week ? (free => \@week) : (),
               ($args->{minor} // '') eq 'true' ? (minor => 'true') : (),
               ($args->{listed} // '') eq 'false' ? (listed => 'false') : () },
             "put:$id", $new ? 'registered' : (),
             defined $station ? "named:$station" : ());
    return done($new ? 201 : 200, $m->account($id));
}


sub do_get_volunteer {
    my ($m, $op, $args) = @_;

    my $id = $m->answering($args->{volunteer})
        // return problem(404, 'not-found');
    return problem(403, 'forbidden') if out_of_scope($m, $op, $id);
    return done(200, $m->account($id));
}


sub do_me {
    my ($m, $op) = @_;

    my $id = $m->answering($op->{user}) // return problem(404, 'not-found');
    return done(200, $m->account($id));
}


# Minutes that an organizer granted in the period of today, while there was a
# limit to them, and that were not taken back.

sub granted {
    my ($m, $user, $name) = @_;

    my $now = VolModel::Books::period($name, $m->today);
    my $sum = 0;
    for ($m->all("granted:$user")) {
        $sum += $_->{minutes}
            if VolModel::Books::period($name, $_->{day}) eq $now
               && !$m->reversed($_);
    }
    return $sum;
}


sub do_hours {
    my ($m, $op, $args, $answer) = @_;

    return problem(422, 'invalid-field', 'minutes')
        if $args->{minutes} < 1 || $args->{minutes} > 1440;

    my $id = $m->answering($args->{volunteer})
        // return problem(404, 'not-found');
    return problem(403, 'forbidden') if out_of_scope($m, $op, $id);
    return problem(422, 'invalid-field', 'on') if $op->{on} > $m->today;

    my ($refused, $fact) = record_hours($m, $op, $answer, {
        volunteer => $id, on => $op->{on}, minutes => $args->{minutes},
        show => { ref => $args->{activity},
                  defined $args->{note} ? (note => $args->{note}) : () }
    });
    return $refused if $refused;

    return done(201, { entry => $fact->{entry},
                       points => $fact->{show}{points},
                       earned => $fact->{show}{earned},
                       account => $m->account($id) });
}


# Hours of an account, a fact with volunteer, on, minutes, show and org when
# they count for another than the volunteer's; by the rules of their day.
# Returns the refusal, or undef and the fact.

sub record_hours {
    my ($m, $op, $answer, $hours) = @_;

    my ($id, $on, $minutes) = @$hours{qw( volunteer on minutes )};
    my $today = $m->today;
    my $rules = $m->rules($on);
    my $limits = $rules->{limits};
    my $is = $m->figures($id);
    return problem(409, 'limit-reached')
        if ($is->{served}{$on} // 0) + $minutes
           > ($limits->{minutes_per_day} // 1440);

    my $counted;
    if ($op->{role} eq 'organizer') {
        for my $name (qw( day month )) {
            my $most = $m->rules->{limits}{"organizer_minutes_per_$name"}
                // next;
            return problem(409, 'limit-reached')
                if granted($m, $op->{user}, $name) + $minutes > $most;
            $counted = 1;
        }
    }

    my $ends = $m->end_of($on);
    my $within = $limits->{spendable_within_days};
    my $late = defined $within && $today - $on > $within
               || defined $ends && $ends <= $today;

    $m->settle($id);
    my $before = $m->figures($id);
    my $fact = $m->entry($op, {
        %$hours, type => 'hours', rate => $rules->{points_per_hour},
        late => $late, entry => new_entry($m, $answer),
        show => { %{ $hours->{show} }, on => date($on), minutes => $minutes,
                  rules => $rules->{version}, $late ? (amount => 0) : (),
                  defined $ends
                  ? (expires => $m->time_of($m->midnight($ends))) : () }
    }, $counted ? "granted:$op->{user}" : ());

    my $after = $m->figures($id);
    my $points = $after->{spendable} - $before->{spendable};
    $fact->{show}{points} = $points;
    $fact->{show}{earned} = $after->{earned} - $before->{earned};
    if (defined $ends && !$late && $points) {
        $fact->{ends} = $ends;
        $fact->{lot} = $points;
        $m->changed($id);
    }
    return (undef, $fact);
}


sub give_award {
    my ($m, $op, $id, $points, $answer, %show) = @_;

    $m->settle($id);
    my $ends = $m->end_of($m->today);
    my $fact = $m->entry($op, {
        type => 'award', volunteer => $id, points => $points,
        on => $m->today, entry => new_entry($m, $answer),
        defined $ends ? (ends => $ends, lot => $points) : (),
        show => { %show, points => $points, earned => $points,
                  defined $ends
                  ? (expires => $m->time_of($m->midnight($ends))) : () }
    });

    return done(201, { entry => $fact->{entry}, points => $points,
                       earned => $points, account => $m->account($id) });
}


sub do_award {
    my ($m, $op, $args, $answer) = @_;

    my $points = $args->{points};
    my $case = $m->rules->{cases}{ $args->{case} }
        or return problem(422, 'invalid-field', 'case');
    return problem(422, 'invalid-field', 'points')
        if $points < $case->{min} || $points > $case->{max};
    my $id = $m->answering($args->{volunteer})
        // return problem(404, 'not-found');

    my %show = (ref => $args->{case}, evidence => $args->{evidence},
                defined $args->{note} ? (note => $args->{note}) : ());
    return give_award($m, $op, $id, $points, $answer, %show)
        unless $case->{approval};

    $m->settle($id);
    my $fact = $m->entry($op, {
        type => 'proposal', volunteer => $id, points => $points,
        entry => new_entry($m, $answer), case => \%show, by => $op->{user},
        show => { %show, amount => $points }
    }, 'proposals');
    return done(202, { entry => $fact->{entry}, points => $points, earned => 0,
                       state => 'waiting', account => $m->account($id) });
}


# The proposal that an operation decides, or what is wrong with that.

sub proposal {
    my ($m, $op) = @_;

    my $p = $m->find_entry($op->{args}{award});
    return (undef, problem(404, 'not-found'))
        if !$p || $p->{type} ne 'proposal';
    return (undef, problem(409, 'already-decided'))
        if $m->last_of("decided:$p->{n}");
    return (undef, problem(403, 'forbidden')) if $p->{by} eq $op->{user};
    return $p;
}


sub do_approve {
    my ($m, $op, $args, $answer) = @_;

    my ($p, $refused) = proposal($m, $op);
    return $refused if $refused;
    my $is = give_award($m, $op, $m->answering($p->{volunteer}), $p->{points},
                        $answer, %{ $p->{case} }, proposal => $p->{entry});
    $m->fact({ type => 'decision' }, "decided:$p->{n}");
    return $is;
}


sub do_refuse {
    my ($m, $op, $args, $answer) = @_;

    my ($p, $refused) = proposal($m, $op);
    return $refused if $refused;

    my $id = $m->answering($p->{volunteer});
    $m->settle($id);
    my $fact = $m->entry($op, {
        type => 'refusal', volunteer => $id, entry => new_entry($m, $answer),
        show => { ref => $p->{entry}, note => $args->{reason} }
    }, "decided:$p->{n}");
    return done(201, { entry => $fact->{entry}, account => $m->account($id) });
}


sub do_awards {
    my ($m) = @_;

    return done(200, { awards => [ map { +{
        award => $_->{entry}, at => $m->time_of($_->{at}),
        volunteer => $_->{volunteer}, case => $_->{case}{ref},
        points => $_->{points}, by => $_->{by},
        evidence => $_->{case}{evidence},
        defined $_->{case}{note} ? (note => $_->{case}{note}) : ()
    } } sort { $a->{at} <=> $b->{at} || $a->{entry} cmp $b->{entry} }
        $m->waiting ] });
}


sub do_freeze { set_frozen(@_, 1) }


sub do_unfreeze { set_frozen(@_, '') }


sub set_frozen {
    my ($m, $op, $args, $answer, $frozen) = @_;

    my $id = $m->answering($args->{volunteer})
        // return problem(404, 'not-found');

    if (($m->frozen($id) || '') ne $frozen) {
        $m->settle($id);
        $m->entry($op, { type => $op->{do}, volunteer => $id,
                         show => { note => $args->{reason} } },
                  "frozen:$id");
    }
    return done(200, $m->account($id));
}


# Two accounts become one.

sub do_merge {
    my ($m, $op, $args, $answer) = @_;

    my $old = $m->answering($args->{volunteer})
        // return problem(404, 'not-found', 'volunteer');
    my $new = $m->answering($args->{into})
        // return problem(404, 'not-found', 'into');
    return problem(422, 'invalid-field', 'into') if $old eq $new;
    return problem(409, 'frozen') if $m->frozen($old) || $m->frozen($new);

    $m->settle($old);
    $m->settle($new);
    my ($from, $to) = map { $m->figures($_) } $old, $new;

    my $merged = $m->entry($op, {
        type => 'merged', volunteer => $old,
        show => { points => -$from->{raw}, earned => -$from->{earned},
                  balance => 0, ref => $new, note => $args->{reason} }
    });
    my $merge = $m->entry($op, {
        type => 'merge', volunteer => $new, old => $old, merged => $merged,
        points => $from->{raw}, earned => $from->{earned},
        entry => new_entry($m, $answer),
        show => { ref => $old, note => $args->{reason} }
    }, "merged:$old", 'merges');

    $m->{figures} = {};
    my $is = $m->figures($new);
    $merge->{show}{balance} = $is->{raw};
    $merge->{show}{points} = $is->{raw} - $to->{raw};
    $merge->{show}{earned} = $is->{earned} - $to->{earned};

    return done(201, { entry => $merge->{entry},
                       account => $m->account($new) });
}


1;
