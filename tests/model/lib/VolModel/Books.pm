package VolModel::Books;

# The reference: a list of all that ever happened, and every figure added up
# from it whenever it is asked for.  Nothing is kept but the facts, so that what
# was done can be undone by forgetting the last of them: a batch of requests
# that were sent at once is tried in one order after another.

use strict;
use warnings;

use POSIX qw( floor );

use VolModel::Calendar qw( day_number ymd date year_of time_text );
use VolModel::Rulebooks qw( in_force );


sub new {
    my ($class, %o) = @_;
    return bless { %o, facts => [], by => {}, stamps => {}, ticks => 0,
                   figures => {}, folds => {}, late => {} }, $class;
}


# Adds a fact under the names by which it is looked for.

sub fact {
    my ($m, $fact, @names) = @_;

    $fact->{n} = $fact->{order} = @{ $m->{facts} };
    $fact->{at} = $m->{now};
    $fact->{day} = $m->today;
    $fact->{names} = \@names;

    push @{ $m->{facts} }, $fact;
    push @{ $m->{by}{$_} }, $fact for @names;
    $m->changed($fact->{volunteer}) if defined $fact->{volunteer};
    return $fact;
}


# Figures are added up again when they are asked for next.

sub changed {
    my ($m, $id) = @_;
    delete $m->{figures}{ $m->answering($id) // $id };
}


sub forget {
    my ($m, $count) = @_;

    while (@{ $m->{facts} } > $count) {
        my $fact = pop @{ $m->{facts} };
        pop @{ $m->{by}{$_} } for @{ $fact->{names} };
    }

    $m->{figures} = {};
}


sub all { @{ $_[0]{by}{ $_[1] } || [] } }


sub last_of { ($_[0]{by}{ $_[1] } || [])->[-1] }


# What a function makes of all facts of a name, which is not to be changed; made
# again when there are others.

sub folded {
    my ($m, $name, $fold) = @_;

    my $facts = $m->{by}{$name} || [];
    my $kept = $m->{folds}{$name};
    return $kept->{is} if $kept && $kept->{count} == @$facts
                          && (!@$facts || $kept->{last} == $facts->[-1]);

    my $is = $fold->(@$facts);
    $m->{folds}{$name} = { count => scalar @$facts, last => $facts->[-1],
                           is => $is };
    return $is;
}


# An entry of the ledger: show is what GET .../ledger says of it.

sub entry {
    my ($m, $op, $fact, @names) = @_;

    my $show = $fact->{show};
    $show->{type} = $fact->{type};
    $show->{points} //= 0;
    $show->{earned} //= 0;
    $show->{ref} //= undef;
    $show->{on} //= date($m->today);
    $show->{rules} //= $m->rules->{version};
    if ($op) {
        $show->{by} = $op->{user};
        $show->{role} = $op->{role};
        $show->{scope} = $op->{scope} if defined $op->{scope};
    }

    # what is earned counts for the volunteer's org, unless for another
    if ($fact->{type} =~ /^(?:hours|award)$/) {
        my $org = exists $fact->{org} ? $fact->{org}
                  : $m->last_of("put:$fact->{volunteer}")->{station};
        $show->{org} = $org if defined $org;
    }
    push @names, "org:$show->{org}" if defined $show->{org};

    push @names, "v:$fact->{volunteer}";
    push @names, "e:$fact->{entry}" if $fact->{entry};
    $m->fact($fact, @names);
    $show->{balance} //= $m->figures($m->answering($fact->{volunteer}))->{raw};
    return $fact;
}


sub find_entry {
    my ($m, $entry) = @_;
    return $m->last_of("e:$entry") // $m->{late}{$entry};
}


# Time and rules.

sub today { floor(($_[0]{now} + $_[0]{book}{utc_offset}) / 86400) }


sub time_of {
    my ($m, $seconds) = @_;
    return time_text($seconds, $m->{book}{utc_offset}, $m->{book}{zone});
}


sub midnight { $_[1] * 86400 - $_[0]{book}{utc_offset} }


sub rules {
    my ($m, $day) = @_;
    return in_force($m->{book}, $day // $m->today);
}


# Whether points may have an end.

sub may_end { grep { $_->{rules}{expiry} } @{ $_[0]{book}{parts} } }


# The day on which points earned on a day end; undef when they are for life.

sub end_of {
    my ($m, $on) = @_;

    my $expiry = $m->rules($on)->{expiry} or return;
    my ($y, $month, $day) = @{ ymd($on) };
    $y += $expiry->{years} // 0;
    my $years = day_number($y, $month, $day);

    my ($end_month, $end_day) = split /-/, $expiry->{on} // return $years;
    return (grep { $_ > $years }
            map { day_number($_, $end_month + 0, $end_day + 0) }
            $y, $y + 1)[0];
}


# Accounts.  A merged one is answered by the other until that is undone.

sub known { $_[0]->all("put:$_[1]") > 0 }


sub merged_into {
    my ($m, $id) = @_;
    my $merge = $m->last_of("merged:$id");
    return $merge && !$m->reversed($merge) ? $merge : undef;
}


sub answering {
    my ($m, $id) = @_;

    return undef unless $m->known($id);
    while (my $merge = $m->merged_into($id)) {
        $id = $merge->{volunteer};
    }
    return $id;
}


# Whether a user is the person of an id, by whatever merges.

sub is_person {
    my ($m, $who, $user) = @_;
    return defined $who
           && ($m->answering($who) // $who) eq ($m->answering($user) // $user);
}


sub members {
    my ($m, $id) = @_;

    return $id unless $m->{by}{merges} && @{ $m->{by}{merges} };
    return grep { $m->answering($_) eq $id } $m->volunteers;
}


sub volunteers {
    my ($m) = @_;
    return map { $_->{volunteer} } $m->all('registered');
}


sub reversed { $_[0]->last_of("reversed:$_[1]{n}") }


# All figures of an account that answers: from every fact of its own and of
# those merged into it.
#
#   earned       sixtieths of all hours make a point with every sixty, and awards
#   spendable    the same without hours that came too late
#   raw          what is left of that
#   lapse        how many of these have ended without that being written yet
#   lots         day on which they end -> points that came in

sub figures {
    my ($m, $id) = @_;

    my $today = $m->today;
    my $kept = $m->{figures}{$id};
    return $kept if $kept && $kept->{today} == $today;

    my ($all, $in_time, $awards, $effects) = (0, 0, 0, 0);
    my (%years, %served, %lots, $limited);

    for my $f (map { $m->all("v:$_") } $m->members($id)) {
        $lots{ $f->{ends} } += $f->{lot} if $f->{ends};
        $lots{$_} -= $f->{taken}{$_} for keys %{ $f->{taken} || {} };
        $effects += $f->{effect} if $f->{effect};
        $limited = 1 if $f->{limited};

        if ($f->{type} eq 'hours' && !$m->reversed($f)) {
            my $sixtieths = $f->{minutes} * $f->{rate};
            $all += $sixtieths;
            $in_time += $sixtieths unless $f->{late};
            $years{ year_of($f->{on}) } += $sixtieths;
            $served{ $f->{on} } += $f->{minutes};

        } elsif ($f->{type} eq 'award' && !$m->reversed($f)) {
            $awards += $f->{points};
            $years{ year_of($f->{on}) } += 60 * $f->{points};
        }
    }

    my %is = (today => $today, sixtieths => $all, years => \%years,
              served => \%served, lots => \%lots,
              earned => floor($all / 60) + $awards,
              spendable => floor($in_time / 60) + $awards);
    $is{raw} = $is{spendable} + $effects;
    $is{lapse} = 0;

    # what ends soonest is spent first, so what is left is at most the points
    # for life, of which undoing a merge may have taken one too many, and those
    # that have not ended
    my @days = sort { $a <=> $b } keys %lots;
    my $rest = $is{spendable};
    $rest -= $_ for values %lots;
    $rest = 0 if $rest < 0;

    my @to_come = grep { $_ > $today } @days;
    $rest += $lots{$_} for @to_come;
    if (@days || $limited) {
        my $most = $rest > 0 ? $rest : 0;
        $is{lapse} = $is{raw} - $most if $is{raw} > $most;
    }
    $is{balance} = $is{raw} - $is{lapse};

    for (@to_come) {
        $rest -= $lots{$_};
        my $ending = $is{balance} - ($rest > 0 ? $rest : 0);
        if ($ending > 0) {
            $is{next_end} = { points => $ending, on => date($_) };
            last;
        }
    }

    return $m->{figures}{$id} = \%is;
}


# From which lots so many points are taken back, by the figures of before, and
# how many of them had ended: at most what the entry gave from those of its day,
# or for life, then from what ends soonest, from what has ended, at last from
# those for life.

sub taken_back {
    my ($is, $points, $given, $ends) = @_;

    my $today = $is->{today};
    my %left = (life => $is->{spendable}, ended => 0);
    for my $day (keys %{ $is->{lots} }) {
        my $n = $is->{lots}{$day};
        $left{ $day > $today ? $day : 'ended' } += $n;
        $left{life} -= $n;
    }

    my $own = !defined $ends ? 'life' : $ends > $today ? $ends : 'ended';
    my @days = sort { $a <=> $b } grep { /\A\d+\z/ } keys %left;
    my %taken;

    for ([$own, $own eq 'ended' ? $points : $given],
         map { [$_, $points] } @days, 'ended')
    {
        my ($from, $n) = @$_;
        for ($left{$from} // 0, $points) {
            $n = $_ if $_ < $n;
        }
        next if $n <= 0;
        $taken{$from} += $n;
        $left{$from} -= $n;
        $points -= $n;
    }

    my $ended = delete $taken{ended} // 0;
    delete $taken{life};
    # all that have ended are one
    $taken{ (sort { $a <=> $b } keys %{ $is->{lots} })[0] } += $ended
        if $ended;
    return (\%taken, $ended);
}


# Points that have ended are written before the next entry.

sub settle {
    my ($m, $id) = @_;

    my $lapse = $m->figures($id)->{lapse} or return;
    $m->fact({ type => 'lapse', volunteer => $id, effect => -$lapse },
             "v:$id");
}


# Points that have ended without that being written yet, of all accounts.

sub ended {
    my ($m) = @_;
    my $sum = 0;
    $sum += $m->figures($_)->{lapse}
        for grep { !$m->merged_into($_) } $m->volunteers;
    return $sum;
}


sub stars {
    my ($m, $earned) = @_;
    return scalar grep { $earned >= $_ } @{ $m->rules->{stars} };
}


sub frozen {
    my ($m, $id) = @_;
    my $last = $m->last_of("frozen:$id");
    return $last && $last->{type} eq 'freeze';
}


sub account {
    my ($m, $id) = @_;

    my $is = $m->figures($id);
    my $put = $m->last_of("put:$id");
    my $rules = $m->rules;
    my $stars = $m->stars($is->{earned});
    my $next = $rules->{stars}[$stars];
    my $year = year_of($m->today);
    my $year_earned = floor(($is->{years}{$year} // 0) / 60);
    my $owed = ($rules->{obligations}{ $put->{kind} }{points_per_year} // 0)
               - $year_earned;

    return {
        id => $id, kind => $put->{kind}, balance => $is->{balance},
        earned => $is->{earned}, stars => $stars,
        next_star => $next && { stars => $stars + 1,
                                need => $next - $is->{earned} },
        minutes => floor($is->{sixtieths} % 60 / $rules->{points_per_hour}),
        year => { year => $year, earned => $year_earned,
                  owed => $owed > 0 ? $owed : 0 },
        frozen => $m->frozen($id) ? 'true' : 'false',
        expiring => $is->{next_end},
        map { defined $put->{$_} ? ($_ => $put->{$_}) : () }
            qw( station teams tags free minor listed )
    };
}


# Offers and vouchers.

sub offer {
    my ($m, $id) = @_;

    my @facts = $m->all("o:$id") or return;
    my $put = (grep { $_->{type} eq 'offer' } @facts)[-1];
    my $stock = 0;
    for (@facts) {
        $stock = $_->{stock} if $_->{type} eq 'offer';
        $stock += $_->{change} if defined $_->{change};
    }

    return { id => $id, min_stars => 0, %{ $put->{fields} }, stock => $stock };
}


# {fact: of its redemption, state, ended: when} or undef when it is not kept

sub voucher {
    my ($m, $code) = @_;

    my @facts = $m->all("x:$code") or return;
    my $last = $facts[-1];
    my %state = (redemption => 'issued', use => 'used', reversal => 'issued',
                 cancellation => 'cancelled', expiry => 'expired');
    my $state = $state{ $last->{type} };

    return if $state ne 'issued'
              && $m->{now} > $last->{at} + 86400
                             * $m->rules($last->{day})->{voucher}{kept_days};
    return { fact => $facts[0], last => $last, state => $state };
}


sub voucher_json {
    my ($m, $code, $hidden) = @_;

    my $v = $m->voucher($code);
    my $f = $v->{fact};
    my $owner = $m->answering($f->{volunteer});

    return { code => $code, offer => $f->{offer}, merchant => $f->{merchant},
             volunteer => $owner, price => $f->{price}, state => $v->{state},
             issued => $m->time_of($f->{at}),
             expires => $m->time_of($f->{expires}),
             $hidden ? () : (balance => $m->figures($owner)->{balance}) };
}


sub returned {
    my ($m, $redemption) = @_;
    my $last = $m->last_of("x:$redemption->{code}");
    return $last->{type} eq 'cancellation' || $last->{type} eq 'expiry';
}


# Vouchers that an account took and that count for a limit.

sub taken {
    my ($m, $id, $limit, $offer) = @_;
    return grep { $_->{type} eq 'redemption' && $_->{counted}{$limit}
                  && (!defined $offer || $_->{offer} eq $offer)
                  && !$m->returned($_) } $m->all("v:$id");
}


sub period {
    my ($name, $day) = @_;
    my ($year, $month) = @{ ymd($day) };
    return $name eq 'day' ? $day
         : $name eq 'month' ? "$year-$month"
         : $name eq 'quarter' ? "$year-" . int(($month - 1) / 3)
         : $year;
}


sub end_voucher {
    my ($m, $op, $code, $type) = @_;

    my $f = $m->voucher($code)->{fact};
    my $owner = $m->answering($f->{volunteer});

    $m->settle($owner);
    $m->entry($op, { type => $type, volunteer => $owner, code => $code,
                     effect => $f->{price}, change => 1,
                     show => { points => $f->{price}, ref => $f->{offer},
                               voucher => $code,
                               merchant => $f->{merchant} } },
              "x:$code", "o:$f->{offer}", "returned");
    $m->settle($owner);
}


# Whoever touches a voucher past its time ends it.

sub touch {
    my ($m, $code) = @_;

    my $v = $m->voucher($code);
    $m->end_voucher(undef, $code, 'expiry')
        if $v->{state} eq 'issued' && $m->{now} >= $v->{fact}{expires};
}


# Codes of the vouchers whose time has come.

sub due {
    my ($m) = @_;
    return grep { my $v = $m->voucher($_);
                  $v && $v->{state} eq 'issued'
                  && $m->{now} >= $v->{fact}{expires} }
           map { $_->{code} } $m->all('redemptions');
}


# The district's totals.

sub totals {
    my ($m) = @_;

    my %t = (volunteers => scalar $m->volunteers,
             map { $_ => 0 } qw( minutes earned reversed unspendable spent used
                                 returned expired donated ));
    my $balance = 0;

    for my $id (grep { !$m->merged_into($_) } $m->volunteers) {
        my $is = $m->figures($id);
        $t{earned} += $is->{earned};
        $t{unspendable} += $is->{earned} - $is->{spendable};
        $t{minutes} += $_ for values %{ $is->{served} };
        $balance += $is->{raw};
    }

    for my $f (@{ $m->{facts} }) {
        my $type = $f->{type};
        if ($type eq 'redemption') {
            my $state = $m->last_of("x:$f->{code}")->{type};
            $t{spent} += $f->{price} unless $m->returned($f);
            $t{used} += $f->{price} if $state eq 'use';
        }
        $t{returned} += $f->{effect} if $f->{code} && $f->{effect}
                                        && $type ne 'redemption';
        $t{expired} -= $f->{effect} if $type eq 'lapse';
        $t{expired} -= $f->{ended} if $f->{ended};
        $t{reversed} -= $f->{show}{earned} if $f->{corrects};
        $t{donated} -= $f->{effect} if $f->{fund};
    }

    $t{outstanding} = $t{spent} - $t{used};
    $t{balance} = $t{earned} - $t{unspendable} - $t{spent} - $t{expired}
                  - $t{donated};
    die "the model's own totals differ: $t{balance}, $balance\n"
        if $t{balance} != $balance;
    return \%t;
}


sub donated {
    my ($m, $fund) = @_;
    my $sum = 0;
    $sum -= $_->{effect} for $m->all("donated:$fund");
    return $sum;
}


sub fund {
    my ($m, $id) = @_;
    my $put = $m->last_of("fund:$id") or return;
    return { id => $id, title => $put->{title}, donated => $m->donated($id) };
}


# Awards that wait.

sub waiting {
    my ($m, $volunteer) = @_;
    return grep { !$m->last_of("decided:$_->{n}")
                  && (!defined $volunteer || $_->{volunteer} eq $volunteer) }
           $m->all('proposals');
}


# Idempotency-Keys: the record of a key that is still known.

sub record {
    my ($m, $op) = @_;

    my $record = $m->last_of("key:$op->{user} $op->{key}") or return;
    return defined $record->{code}
           ? ($m->voucher($record->{code}) ? $record : undef)
           : ($m->{now} <= $record->{at} + 86400 ? $record : undef);
}


1;
