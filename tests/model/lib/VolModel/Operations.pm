package VolModel::Operations;

# What the API is asked, and what the books must say to it.  An operation is
# {do, user, role, scope, key, args}; done to the books it gives the answer that
# is expected.  What only nginx can know, the id of an entry or the code of a
# voucher, is taken from the answer it gave.

use strict;
use warnings;

use VolModel::Books qw( problem );
use VolModel::Calendar qw( date year_of );

use Exporter 'import';
our @EXPORT_OK = qw( request expected differs );

# method, path, who may, whether a key is needed, the fields of the body; a
# field with a "+" is a number
my %ENDPOINTS = (
    put_volunteer => ['PUT', 'volunteers/:volunteer', 'admin organizer', '',
                      qw( kind station )],
    get_volunteer => ['GET', 'volunteers/:volunteer',
                      'admin organizer auditor self', ''],
    me => ['GET', 'me', 'admin organizer auditor merchant volunteer', ''],
    hours => ['POST', 'volunteers/:volunteer/hours', 'admin organizer', 'key',
              qw( minutes+ on activity note )],
    award => ['POST', 'volunteers/:volunteer/awards', 'admin', 'key',
              qw( case points+ evidence note )],
    approve => ['POST', 'awards/:award/approve', 'admin', 'key'],
    refuse => ['POST', 'awards/:award/refuse', 'admin', 'key', 'reason'],
    reverse => ['POST', 'ledger/:entry/reverse', 'admin', 'key', 'reason'],
    freeze => ['POST', 'volunteers/:volunteer/freeze', 'admin', '', 'reason'],
    unfreeze => ['POST', 'volunteers/:volunteer/unfreeze', 'admin', '',
                 'reason'],
    merge => ['POST', 'volunteers/:volunteer/merge', 'admin', 'key',
              qw( into reason )],
    put_merchant => ['PUT', 'merchants/:merchant', 'admin', '', 'title'],
    put_offer => ['PUT', 'offers/:offer', 'admin merchant', '',
                  qw( merchant title price+ stock+ min_stars+ per_person+
                      starts ends valid_days+ )],
    get_offer => ['GET', 'offers/:offer',
                  'admin organizer auditor merchant volunteer', ''],
    restock => ['POST', 'offers/:offer/restock', 'admin merchant', 'key',
                'stock+'],
    redeem => ['POST', 'offers/:offer/redemptions', 'admin self', 'key',
               'volunteer'],
    get_voucher => ['GET', 'vouchers/:code',
                    'admin auditor merchant volunteer', ''],
    use => ['POST', 'vouchers/:code/use', 'admin merchant', ''],
    cancel => ['POST', 'vouchers/:code/cancel', 'admin volunteer', 'key'],
    put_fund => ['PUT', 'funds/:fund', 'admin', '', 'title'],
    get_fund => ['GET', 'funds/:fund',
                 'admin organizer auditor merchant volunteer', ''],
    donate => ['POST', 'funds/:fund/donations', 'admin self', 'key',
               qw( points+ volunteer )],
    awards => ['GET', 'awards?limit=100', 'admin auditor', ''],
    books => ['GET', 'books', 'admin auditor', ''],
);


# The bytes of a request below /BASE/.

sub request {
    my ($op, $base) = @_;

    my ($method, $path, undef, undef, @fields) = @{ $ENDPOINTS{ $op->{do} } };
    my $args = $op->{args};
    $path =~ s/:(\w+)/$args->{$1}/;

    my $head = "$method /$base/$path HTTP/1.1\r\nHost: localhost\r\n"
               . "X-User: $op->{user}\r\nX-Role: $op->{role}\r\n";
    $head .= "X-Scope: $op->{scope}\r\n" if defined $op->{scope};
    $head .= "Idempotency-Key: $op->{key}\r\n" if defined $op->{key};
    return "$head\r\n" if $method eq 'GET';

    my @members;
    for my $field (@fields) {
        my ($name, $number) = $field =~ /\A(.*?)(\+?)\z/;
        next unless defined $args->{$name};
        push @members, "\"$name\":"
                       . ($number ? $args->{$name} : "\"$args->{$name}\"");
    }
    my $body = '{' . join(',', @members) . '}';
    return $head . "Content-Type: application/json\r\nContent-Length: "
           . length($body) . "\r\n\r\n$body";
}


# What the books say: {status, json}, {status, type, field}, or of a repeat
# {status, raw, replayed}.

sub expected {
    my ($m, $op, $answer) = @_;

    my (undef, $path, $roles, $key) = @{ $ENDPOINTS{ $op->{do} } };
    my $args = $op->{args};
    my $role = $op->{role} eq 'volunteer' && $roles =~ /self/ ? 'self'
                                                              : $op->{role};

    return problem(403, 'forbidden') if $roles !~ /\b$role\b/;
    return problem(400, 'idempotency-key-required', 'Idempotency-Key')
        if $key && !defined $op->{key};
    return problem(403, 'forbidden')
        if $role eq 'self' && ($args->{volunteer} // $op->{user})
                              ne $op->{user};

    my $asked = join "\0", $path, $op->{role}, $op->{scope} // '',
                map { "$_=$args->{$_}" } grep { defined $args->{$_} }
                sort keys %$args;

    if (defined $op->{key} && (my $record = $m->record($op))) {
        return problem(422, 'idempotency-key-reused', 'Idempotency-Key')
            if $record->{asked} ne $asked;
        return { status => $record->{status}, raw => $record->{raw},
                 replayed => 1 };
    }

    my $do = __PACKAGE__->can("do_$op->{do}");
    my $is = $do->($m, $op, $args, $answer);

    if (defined $op->{key} && $is->{json}) {
        $m->fact({ type => 'key', asked => $asked, status => $is->{status},
                   raw => $answer->{raw}, code => $is->{code} },
                 "key:$op->{user} $op->{key}");
    }
    return $is;
}


# The first difference between what was expected and what came, or undef.

sub differs {
    my ($is, $answer) = @_;

    return "status $answer->{status}, not $is->{status}"
        if $answer->{status} != $is->{status};
    return 'Idempotent-Replayed is ' . $answer->{replayed}
        if $answer->{replayed} != ($is->{replayed} // 0);
    return $answer->{raw} eq $is->{raw} ? undef : 'not the answer of before'
        if $is->{replayed};
    return unlike($is->{json}, $answer->{json}, '') if $is->{json};

    for my $name (qw( type field )) {
        return "$name " . ($answer->{json}{$name} // '-') . ", not $is->{$name}"
            if defined $is->{$name}
               && $is->{$name} ne ($answer->{json}{$name} // '');
    }
    return undef;
}


sub unlike {
    my ($is, $got, $at) = @_;

    if (ref $is eq 'HASH' && ref $got eq 'HASH') {
        my %all = (%$is, %$got);
        for (sort keys %all) {
            my $differ = unlike($is->{$_}, $got->{$_}, "$at.$_");
            return $differ if defined $differ;
        }
        return undef;
    }

    if (ref $is eq 'ARRAY' && ref $got eq 'ARRAY') {
        return "$at has " . @$got . ', not ' . @$is if @$is != @$got;
        for (0 .. $#$is) {
            my $differ = unlike($is->[$_], $got->[$_], "$at\[$_]");
            return $differ if defined $differ;
        }
        return undef;
    }

    return undef if defined $is && defined $got ? $is eq $got
                                                : !defined $is && !defined $got;
    return "$at is " . ($got // 'null') . ', not ' . ($is // 'null');
}


# The id of a new entry: of this second, and not seen before.

sub new_entry {
    my ($m, $answer) = @_;

    my $json = $answer->{json};
    my $entry = ref $json eq 'HASH' ? $json->{entry} : undef;
    return 'of now, new' unless defined $entry
        && $entry =~ /\A$m->{now}000-\d+\z/ && !$m->find_entry($entry);
    return $entry;
}


sub done {
    my ($status, $json, %more) = @_;
    return { status => $status, json => $json, %more };
}


sub out_of_scope {
    my ($m, $op, $id) = @_;
    my $station = $m->last_of("put:$id")->{station};
    return $op->{role} eq 'organizer' && defined $station
           && $station ne $op->{scope};
}


# Volunteers.

sub do_put_volunteer {
    my ($m, $op, $args) = @_;

    my $id = $m->answering($args->{volunteer});
    my $station = $args->{station};

    return problem(409, 'merged', 'volunteer')
        if defined $id && $id ne $args->{volunteer};
    if ($op->{role} eq 'organizer') {
        $station //= $op->{scope};
        return problem(403, 'forbidden')
            if $station ne $op->{scope}
               || defined $id && out_of_scope($m, $op, $id);
    }

    my $new = !defined $id;
    $id //= $args->{volunteer};
    $m->fact({ type => 'put', volunteer => $id, kind => $args->{kind},
               station => $station },
             "put:$id", $new ? 'registered' : ());
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

    my ($on, $minutes, $today) = ($op->{on}, $args->{minutes}, $m->today);
    return problem(422, 'invalid-field', 'on') if $on > $today;

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
        type => 'hours', volunteer => $id, on => $on, minutes => $minutes,
        rate => $rules->{points_per_hour}, late => $late,
        entry => new_entry($m, $answer),
        show => { ref => $args->{activity}, on => date($on),
                  minutes => $minutes, rules => $rules->{version},
                  $late ? (amount => 0) : (),
                  defined $ends
                  ? (expires => $m->time_of($m->midnight($ends))) : (),
                  defined $args->{note} ? (note => $args->{note}) : () }
    }, $counted ? "granted:$op->{user}" : ());

    my $after = $m->figures($id);
    my $points = $after->{spendable} - $before->{spendable};
    my $earned = $after->{earned} - $before->{earned};
    $fact->{show}{points} = $points;
    $fact->{show}{earned} = $earned;
    if (defined $ends && !$late && $points) {
        $fact->{ends} = $ends;
        $fact->{lot} = $points;
        $m->changed($id);
    }

    return done(201, { entry => $fact->{entry}, points => $points,
                       earned => $earned, account => $m->account($id) });
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


# Corrections.

sub do_reverse {
    my ($m, $op, $args, $answer) = @_;

    my $e = $m->find_entry($args->{entry})
        or return problem(404, 'not-found');
    my $do = { hours => \&reverse_earned, award => \&reverse_earned,
               donation => \&reverse_donation, use => \&reverse_use,
               merge => \&reverse_merge }->{ $e->{type} }
        or return problem(422, 'invalid-field', 'entry');
    return problem(409, 'already-reversed') if $m->reversed($e);

    my $id = $m->answering($e->{volunteer});
    my %r = (type => 'reversal', volunteer => $id,
             entry => new_entry($m, $answer));
    my %show = (ref => $e->{entry}, note => $args->{reason});

    # whether an account through which this one is answered was corrected
    my @through;
    for (my $at = $e->{volunteer}; $at ne $id;
         $at = $m->merged_into($at)->{volunteer})
    {
        push @through, $at;
    }

    my $refused = $do->($m, $op, $e, $id, \%r, \%show);
    return $refused if $refused;

    $m->fact({ type => 'corrected' }, "corrected:$_") for @through;
    return done(201, { entry => $r{entry}, account => $m->account($id) });
}


sub reverse_earned {
    my ($m, $op, $e, $id, $r, $show) = @_;

    $m->settle($id);
    $show->{org} = $e->{show}{org} if defined $e->{show}{org};
    my $before = $m->figures($id);
    my $fact = $m->entry($op, { %$r, corrects => 1, show => $show },
                         "reversed:$e->{n}");
    my $after = $m->figures($id);
    my $points = $before->{spendable} - $after->{spendable};
    my $earned = $before->{earned} - $after->{earned};

    # points that had ended are not taken a second time
    my $had_end = $e->{type} eq 'hours' && $e->{late} ? undef
                  : $m->end_of($e->{on_rules} // $e->{on});
    my ($taken, $ended) = VolModel::Books::taken_back(
        $before, $points, $e->{show}{points}, $had_end);
    $fact->{taken} = $taken;
    $fact->{ended} = $fact->{effect} = $ended if $ended;

    $show->{points} = ($fact->{ended} // 0) - $points;
    $show->{earned} = -$earned;
    $show->{on} = date($e->{on});
    $show->{minutes} = -$e->{minutes} if $e->{minutes};
    $show->{amount} = $fact->{ended} if $fact->{ended};
    $m->changed($id);
    $show->{balance} = $m->figures($id)->{raw};
    $m->settle($id);
    return;
}


sub reverse_donation {
    my ($m, $op, $e, $id, $r, $show) = @_;

    my $points = -$e->{effect};
    $m->settle($id);
    $m->entry($op, { %$r, effect => $points, fund => $e->{fund},
                     show => { %$show, points => $points } },
              "reversed:$e->{n}", "donated:$e->{fund}");
    $m->settle($id);
    return;
}


sub reverse_use {
    my ($m, $op, $e, $id, $r, $show) = @_;

    my $v = $m->voucher($e->{code})
        or return problem(404, 'not-found', 'voucher');
    return problem(409, 'not-reversible') if $v->{last} != $e;

    $m->settle($id);
    $m->entry($op, { %$r, code => $e->{code},
                     show => { %$show, voucher => $e->{code},
                               merchant => $v->{fact}{merchant},
                               amount => -$v->{fact}{price} } },
              "reversed:$e->{n}", "x:$e->{code}");
    return;
}


sub reverse_merge {
    my ($m, $op, $e, $id, $r, $show) = @_;

    return problem(409, 'not-reversible')
        if $id ne $e->{volunteer} || $m->last_of("corrected:$e->{old}");
    return problem(409, 'frozen') if $m->frozen($id);

    $m->settle($id);
    my $before = $m->figures($id);
    my $fact = $m->entry($op, { %$r, show => $show }, "reversed:$e->{n}");
    $m->{figures} = {};

    # what the old account would have lost by now is neither taken nor given
    my $ended = $m->figures($e->{old})->{lapse};
    $fact->{effect} = $ended;
    $m->changed($id);
    my $after = $m->figures($id);
    $show->{points} = $after->{raw} - $before->{raw};
    $show->{earned} = $after->{earned} - $before->{earned};
    $show->{balance} = $after->{raw};
    $show->{amount} = $ended if $ended;

    my $merged = $e->{merged};
    $m->entry($op, { type => 'reversal', volunteer => $e->{old},
                     merged => $merged, effect => -$ended,
                     show => { points => $e->{points} - $ended,
                               earned => $e->{earned},
                               note => $show->{note},
                               $ended ? (amount => $ended) : () } },
              "reversed:$merged->{n}");
    $m->settle($id);
    $m->settle($e->{old});
    return;
}


# The alliance.

sub do_put_merchant {
    my ($m, $op, $args) = @_;

    my $known = $m->last_of("merchant:$args->{merchant}");
    $m->fact({ type => 'merchant' }, "merchant:$args->{merchant}");
    return done($known ? 200 : 201,
                { id => $args->{merchant}, title => $args->{title} });
}


sub foreign {
    my ($op, $merchant) = @_;
    return $op->{role} eq 'merchant' && $merchant ne $op->{scope};
}


sub do_put_offer {
    my ($m, $op, $args) = @_;

    my $old = $m->offer($args->{offer});
    return problem(403, 'forbidden')
        if foreign($op, $args->{merchant})
           || $old && foreign($op, $old->{merchant});
    return problem(422, 'invalid-field', 'merchant')
        unless $m->last_of("merchant:$args->{merchant}");
    return problem(422, 'invalid-field', 'ends')
        if defined $op->{starts} && defined $op->{ends}
           && $op->{starts} >= $op->{ends};

    my %fields = map { defined $args->{$_} ? ($_ => $args->{$_}) : () }
                 qw( merchant title price min_stars per_person starts ends
                     valid_days );
    my $change = $args->{stock} - ($old ? $old->{stock} : 0);
    $m->fact({ type => 'offer', stock => $args->{stock}, fields => \%fields,
               starts => $op->{starts}, ends => $op->{ends} },
             "o:$args->{offer}", $change ? 'stock' : ());
    return done($old ? 200 : 201, $m->offer($args->{offer}));
}


sub do_get_offer {
    my ($m, $op, $args) = @_;

    my $offer = $m->offer($args->{offer}) or return problem(404, 'not-found');
    return done(200, $offer);
}


sub do_restock {
    my ($m, $op, $args) = @_;

    my $offer = $m->offer($args->{offer}) or return problem(404, 'not-found');
    return problem(403, 'forbidden') if foreign($op, $offer->{merchant});
    return problem(409, 'out-of-stock')
        if $offer->{stock} + $args->{stock} < 0;
    $m->fact({ type => 'restock', change => $args->{stock} },
             "o:$args->{offer}", $args->{stock} ? 'stock' : ());
    return done(200, $m->offer($args->{offer}));
}


sub do_redeem {
    my ($m, $op, $args, $answer) = @_;

    my $volunteer = $args->{volunteer}
        // ($op->{role} eq 'volunteer' ? $op->{user}
            : return problem(422, 'invalid-field', 'volunteer'));
    my $id = $m->answering($volunteer)
        // return problem(404, 'not-found', 'volunteer');
    return problem(409, 'frozen') if $m->frozen($id);

    my $name = $args->{offer};
    my $offer = $m->offer($name) or return problem(404, 'not-found', 'offer');
    my $put = (grep { $_->{type} eq 'offer' } $m->all("o:$name"))[-1];
    my $is = $m->figures($id);

    return problem(409, 'not-started')
        if defined $put->{starts} && $m->{now} < $put->{starts};
    return problem(409, 'ended')
        if defined $put->{ends} && $m->{now} >= $put->{ends};
    return problem(409, 'stars-too-low')
        if $m->stars($is->{earned}) < $offer->{min_stars};
    return problem(409, 'out-of-stock') if $offer->{stock} < 1;

    # limits of this offer and this rulebook; only these count this voucher
    my %counted;
    if (defined $offer->{per_person}) {
        $counted{per_person} = 1;
        return problem(409, 'limit-reached')
            if $m->taken($id, 'per_person', $name) >= $offer->{per_person};
    }
    my $limits = $m->rules->{limits} || {};
    for my $limit (grep { /redemptions_per_/ } keys %$limits) {
        my ($one, $per) = $limit =~ /\A(offer_)?redemptions_per_(\w+)\z/;
        my $now = VolModel::Books::period($per, $m->today);
        $counted{$limit} = 1;
        return problem(409, 'limit-reached')
            if $limits->{$limit}
               <= grep { VolModel::Books::period($per, $_->{day}) eq $now }
                  $m->taken($id, $limit, $one ? $name : undef);
    }

    my $price = $offer->{price};
    return problem(409, 'insufficient-points') if $is->{balance} < $price;

    my $code = ref $answer->{json} eq 'HASH' ? $answer->{json}{code} : undef;
    $code = 'well formed and new'
        if ($code // '') !~ /\A[0-9A-Z]{6}-[0-9A-Z]{6}-[0-9A-Z]{6}\z/
           || $m->last_of("x:$code");
    my $expires = $m->{now}
        + 86400 * ($offer->{valid_days} // $m->rules->{voucher}{valid_days});

    $m->settle($id);
    $m->entry($op, {
        type => 'redemption', volunteer => $id, code => $code, offer => $name,
        merchant => $offer->{merchant}, price => $price, expires => $expires,
        counted => \%counted, effect => -$price, change => -1,
        show => { points => -$price, ref => $name, voucher => $code,
                  merchant => $offer->{merchant},
                  expires => $m->time_of($expires) }
    }, "x:$code", "o:$name", 'redemptions');

    return done(201, $m->voucher_json($code), code => $code);
}


sub voucher_refused {
    my ($m, $op, $code) = @_;

    my $v = $m->voucher($code) or return problem(404, 'not-found');
    return problem(403, 'forbidden') if foreign($op, $v->{fact}{merchant});
    if ($op->{role} eq 'volunteer') {
        my $user = $m->answering($op->{user}) // $op->{user};
        return problem(403, 'forbidden')
            if $user ne $m->answering($v->{fact}{volunteer});
    }
    return;
}


sub do_get_voucher {
    my ($m, $op, $args) = @_;

    my $refused = voucher_refused($m, $op, $args->{code});
    return $refused if $refused;
    $m->touch($args->{code});
    return done(200, $m->voucher_json($args->{code},
                                      $op->{role} eq 'merchant'));
}


sub do_use {
    my ($m, $op, $args) = @_;

    my $code = $args->{code};
    my $refused = voucher_refused($m, $op, $code);
    return $refused if $refused;

    $m->touch($code);
    my $v = $m->voucher($code);
    return problem(409, "voucher-$v->{state}") if $v->{state} ne 'issued';

    my $f = $v->{fact};
    my $owner = $m->answering($f->{volunteer});
    $m->settle($owner);
    $m->entry($op, { type => 'use', volunteer => $owner, code => $code,
                     show => { ref => $f->{offer}, voucher => $code,
                               merchant => $f->{merchant},
                               amount => $f->{price} } }, "x:$code");
    return done(200, $m->voucher_json($code, $op->{role} eq 'merchant'));
}


sub do_cancel {
    my ($m, $op, $args) = @_;

    my $code = $args->{code};
    my $refused = voucher_refused($m, $op, $code);
    return $refused if $refused;

    $m->touch($code);
    my $v = $m->voucher($code);
    return problem(409, "voucher-$v->{state}") if $v->{state} ne 'issued';

    $m->end_voucher($op, $code, 'cancellation');
    return done(200, $m->voucher_json($code));
}


# Funds and books.

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


sub do_put_fund {
    my ($m, $op, $args) = @_;

    my $known = $m->last_of("fund:$args->{fund}");
    $m->fact({ type => 'fund', title => $args->{title} },
             "fund:$args->{fund}");
    return done($known ? 200 : 201, $m->fund($args->{fund}));
}


sub do_get_fund {
    my ($m, $op, $args) = @_;
    my $fund = $m->fund($args->{fund}) or return problem(404, 'not-found');
    return done(200, $fund);
}


sub do_donate {
    my ($m, $op, $args, $answer) = @_;

    my $volunteer = $args->{volunteer}
        // ($op->{role} eq 'volunteer' ? $op->{user}
            : return problem(422, 'invalid-field', 'volunteer'));
    my $id = $m->answering($volunteer)
        // return problem(404, 'not-found', 'volunteer');
    $m->fund($args->{fund}) or return problem(404, 'not-found', 'fund');
    return problem(409, 'frozen') if $m->frozen($id);
    my $points = $args->{points};
    return problem(409, 'insufficient-points')
        if $m->figures($id)->{balance} < $points;

    $m->settle($id);
    my $fact = $m->entry($op, {
        type => 'donation', volunteer => $id, fund => $args->{fund},
        effect => -$points, entry => new_entry($m, $answer),
        show => { points => -$points, ref => $args->{fund} }
    }, "donated:$args->{fund}");
    return done(201, { entry => $fact->{entry}, points => $points,
                       fund => $m->fund($args->{fund}),
                       account => $m->account($id) });
}


1;
