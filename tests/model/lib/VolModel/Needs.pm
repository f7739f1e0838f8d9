package VolModel::Needs;

# What residents ask for, who takes it, and how it goes up the tree while nobody
# does.

use strict;
use warnings;

use POSIX qw( ceil floor );

use VolModel::Answers qw( problem done new_entry );
use VolModel::Calendar qw( date );
use VolModel::Orgs qw( reaches line is_org );
use VolModel::Volunteers qw( out_of_scope record_hours );

use Exporter 'import';
our @EXPORT_OK = qw( need needs rising rise );

my $MOST = 20;          # needs of one person that have not ended
my $AHEAD = 366;        # days

our %ENDPOINTS = (
    post_need => ['POST', 'needs', 'admin organizer self:resident', '',
                  qw( title tags station on starts minutes+ note until
                      resident )],
    get_need => ['GET', 'needs/:need', 'admin organizer auditor volunteer',
                 ''],
    needs => ['GET', 'needs?limit=100', 'admin organizer auditor volunteer',
              '', qw( org state resident volunteer )],
    accept => ['POST', 'needs/:need/accept', 'admin organizer self', '',
               'volunteer'],
    finish => ['POST', 'needs/:need/done', 'admin organizer volunteer', ''],
    release => ['POST', 'needs/:need/release', 'admin organizer volunteer',
                ''],
    withdraw_need => ['POST', 'needs/:need/withdraw',
                      'admin organizer volunteer', ''],
    confirm_need => ['POST', 'needs/:need/confirm',
                     'admin organizer volunteer', 'key'],
    candidates => ['GET', 'needs/:need/candidates?limit=100',
                   'admin organizer auditor', ''],
    suggestions => ['GET', 'me/suggestions?limit=100', 'self', ''],
);


# A need as it is, or undef: what was asked and what has become of it since.

sub need {
    my ($m, $id) = @_;
    return $m->folded("n:$id", sub {
        @_ ? { map { %{ $_->{is} } } @_ } : undef
    });
}


# All of them by their ids, which is the order in which they came.

sub needs {
    my ($m) = @_;
    return map { need($m, $_) } @{ $m->folded('needs', sub {
        [ map { $_->[0] } sort { $a->[1] <=> $b->[1] || $a->[2] <=> $b->[2] }
          map { [$_, split /-/] } map { $_->{is}{id} } @_ ]
    }) };
}


sub change {
    my ($m, $n, %is) = @_;
    $m->fact({ type => 'need', is => \%is }, "n:$n->{id}");
    return need($m, $n->{id});
}


# Open needs that an org above is to have by now, or that are to end; and those
# for which it is a second too early.

sub rising {
    my ($m) = @_;
    return grep { $_->{state} eq 'open' && $_->{rises} <= $m->{now} + 1 }
           needs($m);
}


# What an open need has become by now: the orgs that it has yet to go to share
# what is left of its time.

sub rise {
    my ($m, $n) = @_;

    return $n if $n->{state} ne 'open' || $n->{rises} > $m->{now};
    return change($m, $n, state => 'expired') if $n->{until} <= $m->{now};

    my ($scope, $rises) = @$n{qw( scope rises )};
    while ($rises <= $m->{now}) {
        my ($here, @above) = line($m, $scope);
        $scope = $above[0] // $here;
        $rises += ceil(($n->{until} - $rises) / (@above || 1));
    }
    return change($m, $n, scope => $scope, rises => $rises);
}


# Whether a caller is the one who asked, or who took it, by the role that they
# have; and whether all of it is for them to see.

sub is_theirs {
    my ($m, $op, $n, $who) = @_;

    return reaches($m, $op->{scope}, $n->{station})
        if $op->{role} eq 'organizer';
    return $op->{role} ne 'volunteer' || $m->is_person($n->{$who}, $op->{user});
}


sub is_shown {
    my ($m, $op, $n) = @_;
    return is_theirs($m, $op, $n, 'resident')
           || is_theirs($m, $op, $n, 'volunteer');
}


sub need_json {
    my ($m, $n, $all) = @_;
    return {
        at => $m->time_of($n->{at}), on => date($n->{on}),
        until => $m->time_of($n->{until}),
        defined $n->{starts} ? (starts => $m->time_of($n->{starts})) : (),
        map { defined $n->{$_} ? ($_ => $n->{$_}) : () }
        qw( id title tags station scope minutes state ),
        $all ? qw( note resident volunteer entry ) : ()
    };
}


sub shown {
    my ($m, $op, $id, $all) = @_;
    my $n = need($m, $id);
    return done(200, need_json($m, $n, $all // is_shown($m, $op, $n)));
}


sub in_state { problem(409, "need-$_[0]{state}") }


# Whether as many of these as there may be have not ended.

sub many {
    return $MOST <= grep { $_->{state} =~ /open|accepted|done/ } @_;
}


sub do_post_need {
    my ($m, $op, $args, $answer) = @_;

    my ($station, $on) = ($args->{station}, $op->{on});
    return problem(422, 'invalid-field', 'station')
        unless is_org($m, $station);
    return problem(403, 'forbidden')
        if $op->{role} eq 'organizer' && !reaches($m, $op->{scope}, $station);
    return problem(422, 'invalid-field', 'on')
        if $on < $m->today || $on > $m->today + $AHEAD;

    my ($starts, $until) = @$op{qw( starts until )};
    return problem(422, 'invalid-field', 'starts')
        if defined $starts
           && ($starts <= $m->{now} || $starts < $m->midnight($on)
               || $starts >= $m->midnight($on + 1));
    return problem(422, 'invalid-field', 'minutes')
        if $args->{minutes} > ($m->rules($on)->{limits}{minutes_per_day}
                               // 1440);
    my $latest = $starts // $m->midnight($on + 1);
    return problem(422, 'invalid-field', 'until')
        if defined $until && ($until <= $m->{now} || $until > $latest);
    $until //= $latest;

    my $resident = $args->{resident}
        // ($op->{role} eq 'volunteer' ? $op->{user} : undef);
    if ($op->{role} eq 'volunteer') {
        return problem(409, 'limit-reached')
            if many(grep { ($_->{resident} // '') eq $resident } needs($m));
    }

    my $id = ref $answer->{json} eq 'HASH' ? $answer->{json}{id} : undef;
    $id = 'of now, new'
        if ($id // '') !~ /\A$m->{now}000-\d+\z/ || need($m, $id);
    my @line = line($m, $station);
    $m->fact({ type => 'need', is => {
        id => $id, at => $m->{now}, station => $station, scope => $station,
        line => \@line, on => $on, starts => $starts, until => $until,
        rises => $m->{now} + ceil(($until - $m->{now}) / @line),
        state => 'open', resident => $resident,
        map { $_ => $args->{$_} } qw( title tags minutes note )
    } }, "n:$id", 'needs');
    return done(201, need_json($m, need($m, $id), 1));
}


sub do_get_need {
    my ($m, $op, $args) = @_;

    my $n = need($m, $args->{need}) or return problem(404, 'not-found');
    rise($m, $n);
    return shown($m, $op, $args->{need});
}


sub do_needs {
    my ($m, $op, $args, $answer) = @_;

    my ($org, $resident, $volunteer) = @$args{qw( org resident volunteer )};
    my $person = $resident // $volunteer;
    if (!defined $org && !defined $person) {
        $person = $resident = $op->{user} if $op->{role} eq 'volunteer';
        $org = $op->{scope} if $op->{role} eq 'organizer';
    }
    return problem(403, 'forbidden')
        if $op->{role} eq 'volunteer' && defined $person
           && $person ne $op->{user};
    my $state = $args->{state} // (defined $person ? undef : 'open');

    my @found = reverse grep {
        my $n = $_;
        (!defined $state || $n->{state} eq $state)
        && (!defined $resident || ($n->{resident} // '') eq $resident)
        && (!defined $volunteer || ($n->{volunteer} // '') eq $volunteer)
        && (!defined $org || grep { $_ eq $org } @{ $n->{line} })
        && (!defined $person || is_shown($m, $op, $n))
    } needs($m);
    splice @found, 100 if @found > 100;

    my $next = ref $answer->{json} eq 'HASH' ? $answer->{json}{next} : undef;
    return done(200, {
        needs => [ map { need_json($m, $_, is_shown($m, $op, $_)) } @found ],
        defined $next ? (next => $next) : ()
    });
}


# The volunteer who is to take it, or what is wrong.

sub do_accept {
    my ($m, $op, $args) = @_;

    my $volunteer = $args->{volunteer}
        // ($op->{role} eq 'volunteer' ? $op->{user}
            : return problem(422, 'invalid-field', 'volunteer'));
    my $n = need($m, $args->{need})
        or return problem(404, 'not-found', 'need');
    my $id = $m->answering($volunteer)
        // return problem(404, 'not-found', 'volunteer');
    return problem(403, 'forbidden') if out_of_scope($m, $op, $id);

    if ($n->{state} ne 'accepted' || $n->{volunteer} ne $volunteer) {
        return problem(403, 'forbidden')
            if $m->is_person($n->{resident}, $volunteer);
        return problem(409, 'merged') if $id ne $volunteer;
        return problem(409, 'frozen') if $m->frozen($id);
        return in_state($n) if $n->{state} ne 'open';
        return problem(409, 'limit-reached')
            if many(grep { ($_->{volunteer} // '') eq $id } needs($m));
        change($m, $n, state => 'accepted', volunteer => $id);
        $m->fact({ type => 'called' }, "called:$id");
    }
    return shown($m, $op, $n->{id}, 1);
}


sub do_finish {
    my ($m, $op, $args) = @_;

    my $n = need($m, $args->{need}) or return problem(404, 'not-found');
    return problem(403, 'forbidden')
        unless is_theirs($m, $op, $n, 'volunteer');
    if ($n->{state} ne 'done') {
        return in_state($n) if $n->{state} ne 'accepted';
        return problem(409, 'not-started')
            if $n->{on} > $m->today || ($n->{starts} // 0) > $m->{now};
        change($m, $n, state => 'done');
    }
    return shown($m, $op, $n->{id}, 1);
}


sub do_release {
    my ($m, $op, $args) = @_;

    my $n = need($m, $args->{need}) or return problem(404, 'not-found');
    return problem(403, 'forbidden')
        unless is_theirs($m, $op, $n, 'volunteer');
    return in_state($n) if $n->{state} ne 'accepted';
    rise($m, change($m, $n, state => 'open', volunteer => undef));
    return shown($m, $op, $n->{id});
}


sub do_withdraw_need {
    my ($m, $op, $args) = @_;

    my $n = need($m, $args->{need}) or return problem(404, 'not-found');
    return problem(403, 'forbidden') unless is_theirs($m, $op, $n, 'resident');
    if ($n->{state} ne 'withdrawn') {
        my $may = $op->{role} eq 'volunteer' ? qr/open|accepted/
                                             : qr/open|accepted|done/;
        return in_state($n) if $n->{state} !~ $may;
        change($m, $n, state => 'withdrawn');
    }
    return shown($m, $op, $n->{id}, 1);
}


sub do_confirm_need {
    my ($m, $op, $args, $answer) = @_;

    my $n = need($m, $args->{need}) or return problem(404, 'not-found');
    return problem(403, 'forbidden') unless is_theirs($m, $op, $n, 'resident');
    return in_state($n) if $n->{state} ne 'done';

    # nobody confirms what they did themself, nor is served by themself
    return problem(403, 'forbidden')
        if $m->is_person($n->{volunteer}, $op->{user})
           || $m->is_person($n->{volunteer}, $n->{resident} // $op->{user});

    my ($refused, $fact) = record_hours($m, $op, $answer, {
        volunteer => $m->answering($n->{volunteer}), on => $n->{on},
        minutes => $n->{minutes}, org => $n->{station}, persons => 1,
        show => { ref => $n->{id} }
    });
    return $refused if $refused;

    $n = change($m, $n, state => 'confirmed', entry => $fact->{entry});
    return done(201, { entry => $fact->{entry},
                       points => $fact->{show}{points},
                       earned => $fact->{show}{earned},
                       need => need_json($m, $n, 1) });
}


# How well volunteers and needs suit each other.

my @WEEK = qw( thu fri sat sun mon tue wed );   # 1 January 1970 was the first


# 0 for one station, 1 when both are at a street centre or below it, 2 at a
# centre; undef when no org is above both.

sub distance {
    my ($m, $one, $other) = @_;

    return 0 if $one eq $other;
    my %level = (centre => 2, street => 1, station => 0);
    for my $org (line($m, $one)) {
        return $level{ VolModel::Orgs::tree($m)->{$org}{level} }
            if reaches($m, $org, $other);
    }
    return undef;
}


# {distance, common, free} of a need and what was said of a volunteer, and the
# order of these; or nothing.

sub suits {
    my ($m, $n, $put) = @_;

    my $distance = defined $put->{station}
                   ? distance($m, $n->{station}, $put->{station}) : undef;
    return unless defined $distance;
    my %has = map { $_ => 1 } @{ $put->{tags} || [] };
    my @common = grep { $has{$_} } @{ $n->{tags} || [] };
    my $free = $put->{free}
               ? (grep { $_ eq $WEEK[$n->{on} % 7] } @{ $put->{free} }) ? 'true'
                                                                : 'false'
               : undef;
    my %order = (true => 0, false => 2);
    return ({ distance => $distance, @common ? (common => \@common) : (),
              defined $free ? (free => $free) : () },
            sprintf('%d %03d %d', $distance, 999 - @common,
                    defined $free ? $order{$free} : 1));
}


sub do_candidates {
    my ($m, $op, $args) = @_;

    my $n = need($m, $args->{need}) or return problem(404, 'not-found');
    return problem(403, 'forbidden') unless is_shown($m, $op, $n);
    return in_state($n) if $n->{state} ne 'open';

    # of the orgs that it was offered at so far; of all above when the one that
    # has it is not among these any more
    my @line = line($m, $n->{station});
    my ($top) = grep { $_ eq $n->{scope} } @line;
    $top //= $line[-1];
    my @found;
    for my $id (grep { !$m->merged_into($_) && !$m->frozen($_) }
                $m->volunteers)
    {
        my $put = $m->last_of("put:$id");
        next if $m->is_person($n->{resident}, $id)
                || !defined $put->{station}
                || !reaches($m, $top, $put->{station});
        my ($suits, $order) = suits($m, $n, $put) or next;
        my $called = $m->all("called:$id");
        push @found, [ sprintf('%s %09d %s', $order, $called, $id),
                       { %$suits, volunteer => $id,
                         station => $put->{station}, called => $called } ];
    }
    return done(200, { candidates => [ map { $_->[1] }
                                       sort { $a->[0] cmp $b->[0] } @found ] });
}


sub do_suggestions {
    my ($m, $op) = @_;

    my $id = $m->answering($op->{user}) // return problem(404, 'not-found');
    my $put = $m->last_of("put:$id");
    return done(200, { needs => [] })
        if $m->frozen($id) || !defined $put->{station};

    my @found;
    for my $n (grep { $_->{state} eq 'open' } needs($m)) {
        next if $m->is_person($n->{resident}, $id)
                || !reaches($m, $n->{scope}, $put->{station});
        my ($suits, $order) = suits($m, $n, $put) or next;
        push @found, [ sprintf('%s %012d %s', $order, $n->{until}, $n->{id}),
                       { %{ need_json($m, $n) }, %$suits } ];
    }
    return done(200, { needs => [ map { $_->[1] }
                                  sort { $a->[0] cmp $b->[0] } @found ] });
}


1;
