package VolModel::Alliance;

# Merchants, offers, vouchers; public funds.

use strict;
use warnings;

use VolModel::Answers qw( problem done new_entry );
use VolModel::Books;

our %ENDPOINTS = (
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
);


sub do_put_merchant {
    my ($m, $op, $args) = @_;

    my $known = $m->last_of("merchant:$args->{merchant}");
    $m->fact({ type => 'merchant', id => $args->{merchant},
               title => $args->{title} },
             "merchant:$args->{merchant}", $known ? () : 'merchants');
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
    $m->fact({ type => 'offer', id => $args->{offer},
               stock => $args->{stock}, fields => \%fields, starts => $op->{starts}, ends => $op->{ends} },
             "o:$args->{offer}", $change ? 'stock' : (), $old ? () : 'offers');
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
