#!/usr/bin/env perl

# The clock is Redis's: years and days break in the rulebook's time zone, what
# is owed begins anew, vouchers and windows end on the second.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules({ timezone => '-03:30', version => 'west' }, 'west.json');
write_rules();

sub now { set_clock(@_) }

start_redis({ env => frozen_clock('2026-12-31 15:59:00') });
start_nginx(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /west/ {
            vol        west;
            vol_rules  %DIR%/west.json;
        }

        location /page/ {
            vol_account  tianyuan $http_x_user;
            add_header   X-Year "$vol_year $vol_year_earned $vol_owed" always;
        }
    }
CONF

is(redis('TIME')->[0], 1798732740, 'Redis believes the clock it is given')
    or BAIL_OUT('the clock does not work');

my @ADMIN = (as => 'admin:root');
my @ME = (as => 'volunteer:1001');

sub hours {
    my ($on, $prefix) = @_;
    return post(($prefix || '/points') . '/volunteers/1001/hours',
                { minutes => 60, on => $on }, @ADMIN);
}

sub year { account('1001')->{year} }


# A minute before midnight in Zhuzhou.

volunteer('1001', kind => 'cadre');
created(put('/west/volunteers/1001', { kind => 'cadre' }, @ADMIN));
my $award = created(post('/points/volunteers/1001/awards',
                         { case => 'grant', points => 5, evidence => 'e' },
                         @ADMIN))->{entry};

is_deeply(year(), { year => 2026, earned => 5, owed => 15 },
          'in the last minute of 2026 it is 2026');
is((entries('1001'))[0]{at}, '2026-12-31T23:59:00+08:00',
   'the ledger says so');
is(hours('2026-12-31')->{status}, 201, 'today is 31 December');
is_problem(hours('2027-01-01'), 422, 'invalid-field',
           '1 January is in the future', 'on');


# Midnight.

now('2026-12-31 15:59:59');
is(year()->{year}, 2026, 'one second before midnight it is 2026');
now('2026-12-31 16:00:00');
is_deeply(year(), { year => 2027, earned => 0, owed => 20 },
          'at midnight the new year begins, and all is owed anew');
is(get('/page/', @ME)->{headers}{'x-year'}, '2027 0 20',
   'pages see the same');
is(get('/west/volunteers/1001', @ADMIN)->{json}{year}{year}, 2026,
   'where the rulebook\'s midnight is later it still is 2026');
is_problem(hours('2027-01-01', '/west'), 422, 'invalid-field',
           'and 1 January in the future', 'on');

is(hours('2027-01-01')->{status}, 201, '1 January is today');
is(hours('2026-12-31')->{status}, 201, 'hours of the old year still come');
is_deeply(year(), { year => 2027, earned => 1, owed => 19 },
          'and count in the old');
is(redis('HGET', 'vol:{tianyuan}:v:1001', 'y2026'), 7 * 60, 'where they are kept');

created(post("/points/ledger/$award/reverse", { reason => 'r' }, @ADMIN));
is(redis('HGET', 'vol:{tianyuan}:v:1001', 'y2026'), 2 * 60,
   'an award of the old year is taken from the old year');
is_deeply(year(), { year => 2027, earned => 1, owed => 19 },
          'and not from the new');

now('2027-01-01 03:29:59');
is(get('/west/volunteers/1001', @ADMIN)->{json}{year}{year}, 2026,
   'the other district\'s midnight');
now('2027-01-01 03:30:00');
is(get('/west/volunteers/1001', @ADMIN)->{json}{year}{year}, 2027,
   'is half past three in UTC');


# Each date counts in its own year.

my %year_of = ('1970-01-01' => 1970, '1972-02-29' => 1972,
               '1999-12-31' => 1999, '2000-01-01' => 2000,
               '2000-02-29' => 2000, '2000-12-31' => 2000,
               '2001-01-01' => 2001, '2004-12-31' => 2004,
               '2024-02-29' => 2024, '2024-03-01' => 2024,
               '2024-12-31' => 2024, '2025-01-01' => 2025);
for my $date (sort keys %year_of) {
    my $field = "y$year_of{$date}";
    my $before = redis('HGET', 'vol:{tianyuan}:v:1001', $field) // 0;
    created(hours($date));
    is(redis('HGET', 'vol:{tianyuan}:v:1001', $field), $before + 60,
       "$date counts in $year_of{$date}");
    is((entries('1001'))[0]{on}, $date, 'and the ledger keeps the date');
}


# Vouchers end on the second.

now('2027-03-01 00:00:00');
grant('1001', 100);
merchant('tea');
offer('green', valid_days => 7, per_person => 9);
my ($used, $kept, $late) = map { redeem('green', '1001') } 1 .. 3;
is("$kept->{issued} $kept->{expires}",
   '2027-03-01T08:00:00+08:00 2027-03-08T08:00:00+08:00',
   'a voucher says when it was issued and when it expires');

sub state {
    return get("/points/vouchers/$_[0]{code}", @ME)->{json}{state} // 'gone';
}

now('2027-03-07 23:59:59');
is(state($kept), 'issued', 'in its last second it is issued');
is(post("/points/vouchers/$used->{code}/use", {}, as => 'merchant:c:tea')
   ->{status}, 200, 'and can be used');
my $balance = balance('1001');
now('2027-03-08 00:00:00');
is(state($kept), 'expired', 'then it is expired');
is((entries('1001'))[0]{type}, 'expiry', 'by an entry of its own');
is_problem(post("/points/vouchers/$late->{code}/use", {},
                as => 'merchant:c:tea'), 409, 'voucher-expired',
           'and cannot be used');
is(balance('1001'), $balance + 20, 'the points are back');
is(state($used), 'used', 'one that was used stays used');


# Offers begin and end on the second.

offer('spring', price => 0, stock => 9, starts => '2027-03-20T08:00:00+08:00',
      ends => '2027-03-21T00:00:00Z');

my @window = (['2027-03-19 23:59:59', 409, 'not-started'],
              ['2027-03-20 00:00:00', 201], ['2027-03-20 23:59:59', 201],
              ['2027-03-21 00:00:00', 409, 'ended']);
for (@window) {
    my ($time, $status, $type) = @$_;
    now($time);
    my $r = post('/points/offers/spring/redemptions', {}, @ME);
    is("$r->{status} " . ($r->{json}{type} // ''), "$status "
       . ($type ? "urn:ngx-vol:$type" : ''), "at $time: $status");
    my @listed = map { $_->{id} }
        @{ get('/points/offers?affordable=true', @ME)->{json}{offers} };
    is(scalar(grep { $_ eq 'spring' } @listed), $status == 201 ? 1 : 0,
       'and the list of what is affordable agrees');
}


# A key is known for its window.

now('2027-04-01 00:00:00');
my @call = ('/points/volunteers/1001/hours',
            { minutes => 1, on => '2027-03-31' }, @ADMIN, key => 'window');
created(post(@call));
now('2027-04-01 23:59:58');
is(post(@call)->{headers}{'idempotent-replayed'}, 'true',
   'within a day a key is known');
now('2027-04-02 00:00:01');
is(post(@call)->{headers}{'idempotent-replayed'}, undef,
   'after a day it is new');

@call = ('/points/offers/green/redemptions', {}, @ME, key => 'long');
my $first = created(post(@call));
now('2027-04-08 23:59:00');
is_deeply(post(@call)->{json}, $first,
          'that of a redemption is known as long as its voucher');

# a leap day
now('2028-02-28 16:00:00');
is(hours('2028-02-29')->{status}, 201, '29 February 2028 is a day');

my %books = @{ redis('HGETALL', 'vol:{tianyuan}:books') };
is(balance('1001'), $books{earned} - $books{spent}, 'the books are even');

done();
