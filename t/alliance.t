#!/usr/bin/env perl

# The alliance: merchants, offers, their listing, restocking.

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
my @TEA = (as => 'merchant:chen:tea');


# Merchants.

my $r = put('/points/merchants/tea', { title => 'Tea House',
                                       category => 'food' }, @ADMIN);
is($r->{status}, 201, 'a new merchant is 201');
my %tea = (id => 'tea', title => 'Tea House', category => 'food');
is_deeply($r->{json}, \%tea, 'and shown whole');
is(put('/points/merchants/tea', { title => 'Tea House', category => 'food' },
       @ADMIN)->{status}, 200, 'the second time is 200');
is_deeply(get('/points/merchants/tea', as => 'volunteer:1001')->{json}, \%tea,
          'a volunteer sees the merchant');

$r = put('/points/merchants/tea', { title => 'Tea' }, @ADMIN);
ok(!($r->{json}{category} // ''), 'a PUT replaces the category too');
is_problem(get('/points/merchants/nobody', @ADMIN), 404, 'not-found',
           'an unknown merchant is 404');
is_problem(put('/points/merchants/new', { title => 'x' }, as => $_),
           403, 'forbidden', "$_ makes no merchant")
    for 'merchant:chen:new', 'organizer:li:s', 'volunteer:1', 'auditor:a';

for (['no title', {}, 'title'], ['an empty title', { title => '' }, 'title'],
     ['a title as a list', { title => ['x'] }, 'title'],
     ['a tab in the title', { title => "a\tb" }, 'title'],
     ['a category as a number', { title => 't', category => 1 }, 'category'],
     ['an unknown field', { title => 't', phone => '1' }, 'phone'])
{
    my ($name, $body, $field) = @$_;
    is_problem(put('/points/merchants/tea', $body, @ADMIN), 422,
               'invalid-field', "$name is refused", $field);
}


# Offers.

my %green = (merchant => 'tea', title => "\x{7eff}\x{8336}", price => 10,
             stock => 5);
$r = put('/points/offers/green', \%green, @ADMIN);
is($r->{status}, 201, 'a new offer is 201');
is_deeply($r->{json}, { id => 'green', %green, min_stars => 0 },
          'and shown whole');
is(put('/points/offers/green', \%green, @ADMIN)->{status}, 200,
   'the second time is 200');

my %full = (%green, min_stars => 3, per_person => 2, valid_days => 7,
            starts => '2026-01-01T00:00:00+08:00',
            ends => '2099-12-31T23:59:59+08:00');
$r = put('/points/offers/full', \%full, @ADMIN);
is_deeply($r->{json}, { id => 'full', %full }, 'every field is kept');
is_deeply(get('/points/offers/full', as => 'volunteer:1001')->{json},
          $r->{json}, 'a volunteer sees the same');
is_deeply(put('/points/offers/full', { %green, price => 0 }, @ADMIN)->{json},
          { id => 'full', %green, price => 0, min_stars => 0 },
          'a PUT replaces all of it');
is(put('/points/offers/full', { %full, starts => '2025-12-31T16:00:00Z' },
       @ADMIN)->{json}{starts}, '2026-01-01T00:00:00+08:00',
   'times are shown with the rulebook\'s offset');

my @bad = (
    ['no merchant', { merchant => undef }, 'merchant'],
    ['an unknown merchant', { merchant => 'nobody' }, 'merchant'],
    ['no title', { title => '' }, 'title'],
    ['a price below zero', { price => -1 }, 'price'],
    ['a price as a string', { price => '10' }, 'price'],
    ['a price of 1.5', { price => 1.5 }, 'price'],
    ['a price over the bound', { price => 1000000001 }, 'price'],
    ['a stock below zero', { stock => -1 }, 'stock'],
    ['a stock over the bound', { stock => 1000000001 }, 'stock'],
    ['six stars', { min_stars => 6 }, 'min_stars'],
    ['stars below zero', { min_stars => -1 }, 'min_stars'],
    ['none a person', { per_person => 0 }, 'per_person'],
    ['no valid day', { valid_days => 0 }, 'valid_days'],
    ['a start that is no time', { starts => 'soon' }, 'starts'],
    ['a start without an offset', { starts => '2026-01-01T00:00:00' },
     'starts'],
    ['a start on 30 February', { starts => '2026-02-30T00:00:00Z' },
     'starts'],
    ['an end as a number', { ends => 5 }, 'ends'],
    ['an end before the start', { starts => '2026-02-01T00:00:00Z',
                                  ends => '2026-01-01T00:00:00Z' }, 'ends'],
    ['an end at the start', { starts => '2026-02-01T00:00:00Z',
                              ends => '2026-02-01T08:00:00+08:00' }, 'ends'],
    ['an unknown field', { colour => 'red' }, 'colour'],
);

unchanged {
    for (@bad) {
        my ($name, $change, $field) = @$_;
        is_problem(put('/points/offers/green', { %green, %$change }, @ADMIN),
                   422, 'invalid-field', "$name is refused", $field);
    }
    for my $missing (qw( merchant title price stock )) {
        my %body = %green;
        delete $body{$missing};
        is_problem(put('/points/offers/green', \%body, @ADMIN), 422,
                   'invalid-field', "$missing is required", $missing);
    }
    is_problem(get('/points/offers/nothing', @ADMIN), 404, 'not-found',
               'an unknown offer is 404');
} 'no refusal changed anything';


# A merchant and their own.

merchant('spa');
offer('massage', merchant => 'spa');
is(put('/points/offers/black', \%green, @TEA)->{status}, 201,
   'a merchant makes an offer of their own');
is(put('/points/offers/black', { %green, stock => 9 }, @TEA)->{status}, 200,
   'and changes it');

unchanged {
    is_problem(put('/points/offers/white', { %green, merchant => 'spa' },
                   @TEA), 403, 'forbidden', 'but none of another merchant');
    is_problem(put('/points/offers/massage', { %green }, @TEA), 403,
               'forbidden', 'nor takes one over');
    is_problem(post('/points/offers/massage/restock', { stock => 1 }, @TEA),
               403, 'forbidden', 'nor restocks it');
    for my $as ('volunteer:1', 'organizer:li:s', 'auditor:a') {
        is_problem(put('/points/offers/white', \%green, as => $as), 403,
                   'forbidden', "$as makes no offer");
        is_problem(post('/points/offers/green/restock', { stock => 1 },
                        as => $as), 403, 'forbidden', "$as restocks none");
    }
} 'and nothing is changed';


# Restocking.

$r = post('/points/offers/green/restock', { stock => 3 }, @TEA);
is($r->{status}, 200, 'restocking is 200');
is_deeply($r->{json}, { id => 'green', %green, min_stars => 0, stock => 8 },
          'with the offer');
is(post('/points/offers/green/restock', { stock => -8 }, @ADMIN)
   ->{json}{stock}, 0, 'it may take away all there is');
is_problem(post('/points/offers/green/restock', { stock => -1 }, @TEA), 409,
           'out-of-stock', 'but not more');
is_problem(post('/points/offers/nothing/restock', { stock => 1 }, @ADMIN),
           404, 'not-found', 'an unknown offer is 404');
is_problem(post('/points/offers/green/restock', { stock => 1 }, @TEA,
                key => undef), 400, 'idempotency-key-required',
           'a key is required');
is_problem(post('/points/offers/green/restock', $_->[1], @TEA), 422,
           'invalid-field', "$_->[0] is refused", 'stock')
    for ['no change', {}], ['too much', { stock => 1000001 }],
        ['too little', { stock => -1000001 }], ['a float', { stock => 1.5 }];


# Listing.

redis('FLUSHALL');
merchant($_) for qw( tea spa );
my @shelf = (['z-free', 'tea', 0], ['a-ten', 'tea', 10], ['b-ten', 'spa', 10],
             ['big', 'spa', 1000000000], ['nine', 'tea', 9],
             ['hundred', 'spa', 100]);
offer($_->[0], merchant => $_->[1], price => $_->[2]) for @shelf;
my @order = qw( z-free nine a-ten b-ten hundred big );

sub listed {
    my ($query, @as) = @_;
    my $json = created(get("/points/offers$query", @as ? @as : @ADMIN));
    return join ' ', map { $_->{id} } @{ $json->{offers} };
}

is(listed(''), "@order", 'offers are listed by price, then by id');
is_deeply(get('/points/offers', @ADMIN)->{json}{offers}[2],
          get('/points/offers/a-ten', @ADMIN)->{json},
          'each as it shows itself');
is(listed('?merchant=tea'), 'z-free nine a-ten', 'or of one merchant');
is(listed('?merchant=nobody'), '', 'an unknown merchant has none');

my ($after, @seen) = ('');
for (1 .. 10) {
    my $page = created(get("/points/offers?limit=4$after", @ADMIN));
    push @seen, map { $_->{id} } @{ $page->{offers} };
    last unless defined $page->{next};
    $after = "&after=$page->{next}";
}
is("@seen", "@order", 'pages follow each other');

offer('hundred', merchant => 'tea', price => 1);
is(listed(''), 'z-free hundred nine a-ten b-ten big',
   'a new price moves an offer');
is(listed('?merchant=spa') . '|' . listed('?merchant=tea'),
   'b-ten big|z-free hundred nine a-ten', 'and a new merchant');

my @wrong = (['limit=0', 'limit'], ['limit=101', 'limit'],
             ['limit=x', 'limit'], ['after=x', 'after'],
             ['affordable=yes', 'affordable'], ['merchant=a%20b', 'merchant'],
             ['merchant=', 'merchant'], ['colour=red', 'colour'],
             ['merchant=tea&merchant=spa', 'merchant']);
is_problem(get("/points/offers?$_->[0]", @ADMIN), 422, 'invalid-field',
           "?$_->[0] is refused", $_->[1]) for @wrong;

volunteer('1001');
my @ME = (as => 'volunteer:1001');
is(listed('?affordable=true', @ME), 'z-free',
   'without points only what is free is affordable');
grant('1001', 100);
offer('starred', price => 5, min_stars => 2);
offer('sold-out', price => 5, stock => 0);
offer('past', price => 5, ends => '2020-01-01T00:00:00Z');
offer('future', price => 5, starts => '2099-01-01T00:00:00Z');
is(listed('?affordable=true', @ME), 'z-free hundred nine a-ten b-ten',
   'affordable is what could be redeemed now: price, stars, stock, time');
is(listed('?affordable=true&merchant=spa', @ME), 'b-ten',
   'of one merchant too');
is(listed('?affordable=false', @ME),
   'z-free hundred future past sold-out starred nine a-ten b-ten big',
   'affordable=false is all of them');
is(listed('?affordable=true&limit=2', @ME), 'z-free hundred',
   'and in pages');

offer("many-$_", price => 10) for 1 .. 150;
my $page = get('/points/offers?limit=100', @ADMIN);
is(scalar @{ $page->{json}{offers} }, 100, 'a page holds a hundred at most');
is(scalar @{ get('/points/offers', @ADMIN)->{json}{offers} }, 20,
   'and twenty unless asked');

done();
