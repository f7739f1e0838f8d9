#!/usr/bin/env perl

# Redemption: points become a voucher, or the first reason why not.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
            %IDENTITY%
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @ME = (as => 'volunteer:1001');

sub try_redeem {
    my ($offer, %o) = @_;
    return post("/points/offers/$offer/redemptions", delete $o{body} // {},
                @ME, %o);
}

volunteer('1001');
grant('1001', 150);
merchant('tea');
offer('massage', price => 10, stock => 3);


# Redeeming.

my $r = try_redeem('massage');
is($r->{status}, 201, 'a redemption is 201');
my %voucher = %{ $r->{json} };

is_deeply({ map { $_ => $voucher{$_} }
            qw( offer merchant volunteer price state balance ) },
          { offer => 'massage', merchant => 'tea', volunteer => '1001',
            price => 10, state => 'issued', balance => 140 },
          'the voucher tells what, whose, for how much, and what is left');
my $time = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/;
like($voucher{$_}, $time, "$_ is a time with the rulebook's offset")
    for qw( issued expires );

my $kept = stored_voucher('vol:{tianyuan}:', $voucher{code});
is($kept->{expires} - $kept->{issued}, 30 * 86400,
   'it is valid for the rulebook\'s 30 days');

is(account('1001')->{earned}, 150, 'what was earned stays');
is(get('/points/offers/massage', @ADMIN)->{json}{stock}, 2,
   'the stock is one less');
my ($entry) = entries('1001');
is_deeply([@$entry{qw( type points balance by role )}],
          ['redemption', -10, 140, '1001', 'volunteer'],
          'the ledger has it');
is(redis('HGET', 'vol:{tianyuan}:books', 'spent'), 10, 'and the books');

is(try_redeem('massage', body => undef)->{status}, 201,
   'the body may be left out');
is(post('/points/offers/massage/redemptions', { volunteer => '1001' }, @ME)
   ->{status}, 201, 'or name oneself');

offer('short', price => 0, valid_days => 2);
$kept = stored_voucher('vol:{tianyuan}:', redeem('short', '1001')->{code});
is($kept->{expires} - $kept->{issued}, 2 * 86400,
   'an offer may set its own days');
offer('vip', price => 0, min_stars => 1);
is(redeem('vip', '1001')->{balance}, 120,
   'a courtesy of one star costs nothing');
offer('all', price => 120);
is(redeem('all', '1001')->{balance}, 0, 'a balance may be spent to zero');


# Refusals, in their order: each account and offer fails all that come after.

volunteer('poor');
my %worst = (price => 99, stock => 0, per_person => 1, min_stars => 5);
my $past = '2020-01-01T00:00:00Z';
my $future = '2099-01-01T00:00:00Z';
my @me = (as => 'volunteer:poor');

offer('future', %worst, starts => $future);
offer('past', %worst, ends => $past);
offer('starry', %worst);
offer('sold', %worst, min_stars => 0);
offer('limited', %worst, min_stars => 0, stock => 9);
offer('dear', price => 99, stock => 9);
redis('HSET', 'vol:{tianyuan}:p:sold', 'poor', 1);
redis('HSET', 'vol:{tianyuan}:p:limited', 'poor', 1);

my @order = (['future', 'not-started'], ['past', 'ended'],
             ['starry', 'stars-too-low'], ['sold', 'out-of-stock'],
             ['limited', 'limit-reached'], ['dear', 'insufficient-points']);

unchanged {
    for (@order) {
        my ($offer, $type) = @$_;
        is_problem(try_redeem($offer, @me), 409, $type,
                   "the offer \"$offer\" is $type");
    }
    is_problem(try_redeem('nothing', @me), 404, 'not-found',
               'an unknown offer is 404');
    is_problem(try_redeem('dear', as => 'volunteer:nobody'), 404,
               'not-found', 'so is a person without an account');
} 'no refusal changed anything';

redis('HSET', 'vol:{tianyuan}:v:poor', 'frozen', 1);
is_problem(try_redeem($_, @me), 409, 'frozen',
           "a frozen account is told so first, even of \"$_\"")
    for qw( dear future nothing );
redis('HSET', 'vol:{tianyuan}:v:poor', 'frozen', 0);


# Limits of stock and person.

volunteer('rich');
grant('rich', 1000);
my @rich = (as => 'volunteer:rich');
offer('two', price => 1, stock => 2);
redeem('two', 'rich') for 1, 2;
is_problem(try_redeem('two', @rich), 409, 'out-of-stock',
           'the third of two is out of stock');
created(post('/points/offers/two/restock', { stock => 1 }, @ADMIN));
is(try_redeem('two', @rich)->{status}, 201, 'until it is restocked');

offer('once', price => 1, per_person => 1);
redeem('once', 'rich');
is_problem(try_redeem('once', @rich), 409, 'limit-reached',
           'one a person is one a person');
is(try_redeem('once', @rich, key => 'k2')->{status}, 409,
   'under any key');
volunteer('other');
grant('other', 10);
is(try_redeem('once', as => 'volunteer:other')->{status}, 201,
   'another person has one too');

offer('later', price => 1);
my $older = redeem('later', 'rich');
offer('later', price => 1, per_person => 1);
my @got = map { $_->{status} } try_redeem('later', @rich),
    do { post("/points/vouchers/$older->{code}/cancel", {}, @rich);
         try_redeem('later', @rich) };
is(scalar(grep { $_ == 201 } @got), 1,
   'a voucher from before the limit does not lift it when cancelled');

is_problem(try_redeem('dear', as => 'volunteer:other'), 409,
           'insufficient-points', '9 points do not buy 99');
offer('nine', price => 9);
is(try_redeem('nine', as => 'volunteer:other')->{status}, 201,
   '9 points buy 9');


# Whose points.

$r = post('/points/offers/massage/restock', { stock => 9 }, @ADMIN);
is(try_redeem('massage', @ADMIN, body => { volunteer => 'rich' })
   ->{json}{volunteer}, 'rich', 'an admin redeems for a volunteer');

unchanged {
    is_problem(try_redeem('massage', @ADMIN), 422, 'invalid-field',
               'and must say for whom', 'volunteer');
    is_problem(try_redeem('massage', body => { volunteer => 'rich' }), 403,
               'forbidden', 'a volunteer redeems for nobody else');
    is_problem(try_redeem('massage', @ADMIN,
                          body => { volunteer => 'a b' }),
               422, 'invalid-field', 'the volunteer must be an id',
               'volunteer');
    is_problem(try_redeem('massage', @ADMIN,
                          body => { volunteer => 'nobody' }),
               404, 'not-found', 'and have an account');
    for my $as ('merchant:chen:tea', 'organizer:li:s', 'auditor:a') {
        is_problem(try_redeem('massage', as => $as,
                              body => { volunteer => 'rich' }),
                   403, 'forbidden', "$as redeems nothing");
    }
    is_problem(try_redeem('massage', @rich, key => undef), 400,
               'idempotency-key-required', 'a key is required');
    is_problem(try_redeem('massage', @rich, body => { quantity => 2 }), 422,
               'invalid-field', 'an unknown field is refused', 'quantity');
} 'and nothing is changed';

my %books = @{ redis('HGETALL', 'vol:{tianyuan}:books') };
my $sum = 0;
$sum += balance($_) for qw( 1001 poor rich other );
is($sum, $books{earned} - $books{spent},
   'after it all the balances are what was earned less what was spent');

done();
