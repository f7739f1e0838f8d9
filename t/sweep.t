#!/usr/bin/env perl

# Vouchers expire and points end by themselves, whichever worker lives.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules({ expiry => { years => 1 } });
start_redis({ env => frozen_clock('2026-03-01 04:00:00') });
start_nginx(workers => 2, conf => <<'CONF');
    vol_redis          %REDIS%;
    vol_rules          %RULES%;
    vol_duty_interval  50ms;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $D = 'vol:{tianyuan}:';

sub state { stored_voucher($D, $_[0]{code})->{state} }

sub comes { wait_for($_[0]) ? pass($_[1]) : fail($_[1]) }

sub books { get('/points/books', @ADMIN)->{json} }


volunteer('1001');
grant('1001', 1000);
merchant('tea');
offer('green', price => 10, stock => 500, valid_days => 7, per_person => 400);
offer('black', price => 10, stock => 9, valid_days => 14);

my @green = map { redeem('green', '1001') } 1 .. 5;
my $black = redeem('black', '1001');
created(post("/points/vouchers/$green[0]{code}/use", {}, as => 'merchant:c:tea'));
created(post("/points/vouchers/$green[1]{code}/cancel", {}, @ADMIN));

set_clock('2026-03-08 03:59:59');
comes(sub { (redis('HGET', "${D}sweep", 'day') // 0) == 20520 },
      'the sweep goes with the clock');
is(state($green[4]), 'issued', 'in the last second a voucher is issued');
is(books()->{outstanding}, 40, 'and outstanding');

set_clock('2026-03-08 04:00:00');
comes(sub { state($green[4]) eq 'expired' },
      'then it expires though nobody touches it');
is_deeply([map { state($_) } @green[2 .. 4]], [('expired') x 3],
          'so do its like');
is(state($green[0]), 'used', 'one that was used stays used');
is(state($black), 'issued', 'one that is valid for longer stays');
is(books()->{outstanding}, 10, 'what expired is not outstanding any more');
is(balance('1001'), 980, 'the points are back');
is(redis('HGET', "${D}o:green", 'stock'), 499, 'and the stock');
is(redis('HGET', "${D}p:green", '1001'), 1, 'and the person\'s count');
my ($expiry) = entries('1001');
is("$expiry->{type} $expiry->{points} " . exists $expiry->{by}, 'expiry 10 ',
   'an entry of nobody says so');
is(redis('EXISTS', "${D}due:" . (1772942400 / 3600)), 0,
   'the sweep leaves nothing behind');

get("/points/vouchers/$green[4]{code}", as => 'volunteer:1001');
is(scalar(grep { $_->{type} eq 'expiry' } entries('1001')), 3,
   'a voucher expires once');


# A use that is taken back after its end.

my $use = (grep { $_->{type} eq 'use' } entries('1001'))[0]{entry};
my $undone = post("/points/ledger/$use/reverse", { reason => 'not had' },
                  @ADMIN);
is($undone->{status}, 201, 'a use is reversed');
comes(sub { state($green[0]) eq 'expired' },
      'the voucher, past its end, expires then');
is(balance('1001'), 990, 'and its points come back');
is(stored_voucher($D, $green[0]{code})->{ttl} > 0, 1,
   'it is kept for its time');


# Many at once, in order.

my @many = map { redeem('green', '1001') } 1 .. 90;
set_clock('2026-03-15 04:00:00');
comes(sub { books()->{outstanding} == 0 }, 'all of a day expire');
is(balance('1001'), 1000, 'with their points');


# Points that end.

set_clock('2027-02-28 16:00:00');
comes(sub { redis('HGET', "${D}v:1001", 'balance') == 0 },
      'points that end are taken at midnight');
is((entries('1001'))[0]{type}, 'lapse', 'by an entry');
is(books()->{expired}, 1000, 'the books know');


# One that is not as it must be.

expect_log(qr/left out what is not as it must be: .*x: text/);
volunteer('1002');
grant('1002', 100);
my ($bad, $good) = map { redeem('green', '1002') } 1, 2;
write_voucher_text($D, $bad->{code}, 'lost');
set_clock('2027-03-08 16:00:00');
comes(sub { state($good) eq 'expired' },
      'a corrupt voucher does not stand in the way of the next');
is(balance('1002'), 90, 'and gives nothing');

expect_log(qr/left out what is not as it must be: .*(due:\d+ is a|WRONGTYPE)/,
           qr/left out what is not as it must be: .*ends:\d+ is a/);
my ($typed, $next) = map { redeem('green', '1002') } 1, 2;
my $bucket = "${D}x:" . substr $typed->{code}, 0, 3;
redis('DEL', $bucket);
redis('RPUSH', $bucket, 'broken');
set_clock('2027-03-15 16:00:00');
comes(sub { state($next) eq 'expired' },
      'nor does a key of another type');

my $after = redeem('green', '1002');
redis('SET', "${D}due:" . (1805731200 / 3600 - 1), 'broken');
redis('SET', "${D}ends:20895", 'broken');
set_clock('2027-03-22 16:00:00');
comes(sub { state($after) eq 'expired' }, 'nor a list that is none');

# An account that was merged into itself.

expect_log(qr/left out what is not as it must be: .*v:1003 merged/);
volunteer('1003');
grant('1003', 10);
redeem('green', '1003');
my $behind = redeem('green', '1002');
redis('HSET', "${D}v:1003", 'merged', '1003');
set_clock('2027-03-29 16:00:00');
comes(sub { state($behind) eq 'expired' },
      'nor an account that answers for itself');

done();
