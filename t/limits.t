#!/usr/bin/env perl

# Limits against bought hours and runs on the shop, and hours that come late:
# each refusal names its rule, and each period begins anew on its day.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

my %LIMITS = (
    minutes_per_day => 720,
    organizer_minutes_per_day => 900, organizer_minutes_per_month => 1200,
    spendable_within_days => 30,
    redemptions_per_day => 2, redemptions_per_month => 3,
    redemptions_per_quarter => 4, redemptions_per_year => 5,
);
write_rules({ limits => \%LIMITS });
write_rules({ limits => { minutes_per_day => 720, offer_redemptions_per_day => 1,
                          offer_redemptions_per_month => 2,
                          offer_redemptions_per_quarter => 3,
                          offer_redemptions_per_year => 4 } }, 'shop.json');
write_rules({ version => 'v2', from => '2027-07-15',
              limits => { organizer_minutes_per_month => 600 },
              earlier => [{ version => 'v1', points_per_hour => 1,
                            stars => [5], cases => {} }] }, 'since.json');

start_redis({ env => frozen_clock('2026-01-30 04:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /shop/ {
            vol        shop;
            vol_rules  %DIR%/shop.json;
        }

        location /since/ {
            vol        since;
            vol_rules  %DIR%/since.json;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $D = 'vol:{tianyuan}:';

sub hours {
    my ($id, $minutes, $on, @as) = @_;
    return post("/points/volunteers/$id/hours",
                { minutes => $minutes, on => $on },
                @as ? @as : (as => 'organizer:li:s'));
}

sub limited {
    my ($response, $rule, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_problem($response, 409, 'limit-reached', $name);
    like($response->{json}{detail}, qr/^limits\.\Q$rule\E is \d+$/,
         "and says that limits.$rule forbids it");
}

volunteer("v$_") for 0 .. 9;


# Minutes that an organizer grants.

my $first = created(hours('v1', 600, '2026-01-30'));
is(hours('v2', 300, '2026-01-30')->{status}, 201,
   'an organizer grants up to the limit of a day');
limited(hours('v3', 1, '2026-01-30'), 'organizer_minutes_per_day',
        'and not a minute more');
limited(hours('v3', 1, '2026-01-29'), 'organizer_minutes_per_day',
        'for whatever day');
is(hours('v3', 60, '2026-01-30', as => 'organizer:wang:s')->{status}, 201,
   'another one still may');
is(hours('v3', 60, '2026-01-30', @ADMIN)->{status}, 201, 'and so may an admin');
limited(hours('v1', 121, '2026-01-30', @ADMIN), 'minutes_per_day',
        'the volunteer\'s day is full for everybody');

created(post("/points/ledger/$first->{entry}/reverse", { reason => 'wrong' },
             @ADMIN));
is(hours('v1', 60, '2026-01-30')->{status}, 201,
   'what was reversed the same day may be granted again');

set_clock('2026-01-30 15:59:59');
is(hours('v4', 540, '2026-01-30')->{status}, 201,
   'the day of the organizer lasts to midnight');
limited(hours('v5', 1, '2026-01-30'), 'organizer_minutes_per_day',
        'when it is full');
set_clock('2026-01-30 16:00:00');
limited(hours('v5', 301, '2026-01-30'), 'organizer_minutes_per_month',
        'then the month\'s limit holds');
is(hours('v5', 300, '2026-01-30')->{status}, 201, 'up to its end');
set_clock('2026-01-31 16:00:00');
is(hours('v5', 301, '2026-01-31')->{status}, 201,
   'the first of February begins a new one');


# Hours that come too late.

set_clock('2026-03-01 04:00:00');

sub late {
    my ($minutes, $on) = @_;
    my $r = created(hours('v0', $minutes, $on, @ADMIN));
    return "$r->{points} $r->{earned} $r->{account}{balance} "
           . "$r->{account}{earned} $r->{account}{minutes}";
}

is(late(90, '2026-01-30'), '1 1 1 1 30',
   'hours of thirty days ago can be spent');
is(late(30, '2026-01-29'), '0 1 1 2 0',
   'those of a day before count as earned alone');
is(late(50, '2026-01-30'), '1 0 2 2 50',
   'what is carried of either kind makes points of its own kind');
is(late(100, '2026-01-28'), '0 2 2 4 30', 'and nothing is lost');

my $books = get('/points/books', @ADMIN)->{json};
is("$books->{unspendable}", 2, 'the books tell what was never to spend');

my @late = grep { $_->{type} eq 'hours' } entries('v0');
created(post("/points/ledger/$_->{entry}/reverse", { reason => 'r' }, @ADMIN))
    for @late;
is_deeply([@{ account('v0') }{qw( balance earned minutes year )}],
          [0, 0, 0, { year => 2026, earned => 0, owed => 0 }],
          'all reversed, nothing is left');
is(redis('HGET', "${D}books", 'unspendable'), 0, 'in the books neither');


# Redemptions of a volunteer.

merchant('tea');
offer($_, price => 1, stock => 1000) for qw( green black );
grant('v6', 100);

sub buy {
    my ($offer, $id) = @_;
    return post("/points/offers/$offer/redemptions", {},
                as => 'volunteer:' . ($id || 'v6'));
}

set_clock('2026-02-27 15:59:00');
my $green = created(buy('green'));
created(buy('black'));
limited(buy('green'), 'redemptions_per_day', 'two redemptions a day');
is(scalar(@{ get('/points/offers?affordable=true', as => 'volunteer:v6')
             ->{json}{offers} }), 0, 'then nothing is affordable');
created(post("/points/vouchers/$green->{code}/cancel", {},
             as => 'volunteer:v6'));
created(buy('black'));
limited(buy('green'), 'redemptions_per_day', 'a cancelled one does not count');

set_clock('2026-02-27 16:00:00');
created(buy('green'));
limited(buy('green'), 'redemptions_per_month', 'three a month');
set_clock('2026-02-28 16:00:00');
my $last = created(buy('green'));
limited(buy('green'), 'redemptions_per_quarter', 'four a quarter');
set_clock('2026-03-31 15:59:59');
limited(buy('green'), 'redemptions_per_quarter', 'to its last second');
set_clock('2026-03-31 16:00:00');
created(buy('green'));
limited(buy('green'), 'redemptions_per_year', 'five a year');
is(get("/points/vouchers/$last->{code}", as => 'volunteer:v6')->{json}{state},
   'expired', 'a voucher of an earlier quarter expires');
is(buy('green')->{status}, 201, 'and gives the year one back');
set_clock('2026-04-01 16:00:00');
limited(buy('green'), 'redemptions_per_year', 'and no more');
set_clock('2026-12-31 15:59:59');
limited(buy('green'), 'redemptions_per_year', 'till midnight of New Year');
set_clock('2026-12-31 16:00:00');
is(buy('green')->{status}, 201, 'when all begin anew');


# The same of one offer.

{
    local $VolTest::Points::PREFIX = '/shop';
    volunteer('v6');
    grant('v6', 100);
    merchant('tea');
    offer($_, price => 1, stock => 1000) for qw( green black );
}

sub shop { post("/shop/offers/$_[0]/redemptions", {}, as => 'volunteer:v6') }

is(shop('green')->{status}, 201, 'one of an offer');
limited(shop('green'), 'offer_redemptions_per_day', 'a day');
is(shop('black')->{status}, 201, 'and one of another');
set_clock('2027-01-02 00:00:00');
is(shop('green')->{status}, 201, 'one the next day');
set_clock('2027-01-03 00:00:00');
limited(shop('green'), 'offer_redemptions_per_month', 'two a month');
set_clock('2027-02-01 00:00:00');
is(shop('green')->{status}, 201, 'three');
set_clock('2027-02-02 00:00:00');
limited(shop('green'), 'offer_redemptions_per_quarter', 'a quarter');
set_clock('2027-04-01 00:00:00');
is(shop('green')->{status}, 201, 'four');
set_clock('2027-07-01 00:00:00');
limited(shop('green'), 'offer_redemptions_per_year', 'a year');


# A limit that came into the rulebook in the middle of a month.

sub since {
    return post('/since/volunteers/v7/hours',
                { minutes => $_[0], on => '2027-07-01' },
                as => 'organizer:li:s');
}

sub take_back {
    created(post("/since/ledger/$_[0]{entry}/reverse", { reason => 'r' },
                 @ADMIN));
}

{
    local $VolTest::Points::PREFIX = '/since';
    volunteer('v7');
}
set_clock('2027-07-10 00:00:00');
my $before = created(since(500));
set_clock('2027-07-20 00:00:00');
my $counted = created(since(600));
limited(since(1), 'organizer_minutes_per_month', 'a month\'s limit is reached');
take_back($before);
limited(since(1), 'organizer_minutes_per_month',
        'hours of before it was a rule give nothing back');
take_back($counted);
is(since(600)->{status}, 201, 'those that it counted do');
limited(since(1), 'organizer_minutes_per_month', 'and no more');

done();
