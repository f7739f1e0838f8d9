package VolModel::Corrections;

# Entries that are taken back.

use strict;
use warnings;

use VolModel::Answers qw( problem done new_entry );
use VolModel::Books;
use VolModel::Calendar qw( date );

our %ENDPOINTS = (
    reverse => ['POST', 'ledger/:entry/reverse', 'admin', 'key', 'reason'],
);


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
    $fact->{persons} = -$e->{persons} if $e->{persons};
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

    # it had points that end, and is an account whose points may end
    $fact->{limited} = 1 if %{ $before->{lots} };

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


1;
