#!/usr/bin/env perl

# Points that end: years after they were earned, or on a day each year; what
# ends soonest is spent first.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules({ expiry => { years => 3 } });
write_rules({ expiry => { on => '12-31', years => 1 } }, 'yearly.json');
write_rules({ version => 'v2', from => '2026-06-01', expiry => { years => 1 },
              earlier => [{ version => 'v1', points_per_hour => 2,
                            stars => [5], cases => {
                  grant => { title => 'Grant', min => 1, max => 10 } } }] },
            'changed.json');
write_rules({ version => 'v2', from => '2027-07-01', expiry => { years => 1 },
              earlier => [{ version => 'v1', points_per_hour => 1,
                            stars => [5], cases => {} }] }, 'mixed.json');

start_redis({ env => frozen_clock('2024-02-29 04:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis         %REDIS%;
    vol_rules         %RULES%;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /yearly/ {
            vol        yearly;
            vol_rules  %DIR%/yearly.json;
        }

        location /changed/ {
            vol        changed;
            vol_rules  %DIR%/changed.json;
        }

        location /mixed/ {
            vol        mixed;
            vol_rules  %DIR%/mixed.json;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');

# balance, earned, and what ends next
sub state {
    my $a = get("$VolTest::Points::PREFIX/volunteers/1001", @ADMIN)->{json};
    my $next = $a->{expiring};
    return join ' ', $a->{balance}, $a->{earned},
                $next ? ($next->{points}, $next->{on}) : '-';
}

sub hours {
    my ($minutes, $on) = @_;
    return created(post("$VolTest::Points::PREFIX/volunteers/1001/hours",
                        { minutes => $minutes, on => $on }, @ADMIN));
}

sub reverse_entry {
    return created(post("$VolTest::Points::PREFIX/ledger/$_[0]/reverse",
                        { reason => 'r' }, @ADMIN));
}

sub books {
    my $b = get("$VolTest::Points::PREFIX/books", @ADMIN)->{json};
    return "$b->{balance} $b->{earned} $b->{spent} $b->{expired} "
           . "$b->{unspendable} $b->{donated}";
}


# Three years.

volunteer('1001');
is(state(), '0 0 -', 'a new account has nothing that ends');
hours(300, '2024-02-29');
is(state(), '5 5 5 2027-03-01', 'points of a leap day end on 1 March');
is((entries('1001'))[0]{expires}, '2027-03-01T00:00:00+08:00',
   'the entry says when');
set_clock('2024-03-10 04:00:00');
my $award = grant('1001', 10)->{entry};
set_clock('2024-05-01 04:00:00');
hours(120, '2024-05-01');
is(state(), '17 17 5 2027-03-01', 'the soonest is told');

merchant('tea');
offer('green', price => 4, stock => 9, valid_days => 3660);
my $voucher = redeem('green', '1001');
is(state(), '13 17 1 2027-03-01', 'the soonest to end is spent first');
my $second = redeem('green', '1001');
is(state(), '9 17 7 2027-03-10', 'then the next');
created(post("/points/vouchers/$second->{code}/cancel", {}, @ADMIN));
is(state(), '13 17 1 2027-03-01', 'what comes back is as it was');

set_clock('2027-02-28 15:59:59');
is(state(), '13 17 1 2027-03-01', 'in the last second it is there');
set_clock('2027-02-28 16:00:00');
is(state(), '12 17 10 2027-03-10', 'at midnight it has ended');
is((entries('1001'))[0]{type}, 'cancellation', 'nothing is written by looking');
redeem('green', '1001');
my ($redemption, $lapse) = entries('1001');
is("$lapse->{type} $lapse->{points} $lapse->{balance} $lapse->{on}",
   'lapse -1 12 2027-03-01', 'the next write puts it into the ledger');
is("$redemption->{type} $redemption->{balance}", 'redemption 8',
   'before its own entry');
is(books(), '8 17 8 1 0 0', 'the books agree');

is_deeply([map { $_->{balance} } reverse entries('1001')],
          [5, 15, 17, 13, 9, 13, 12, 8], 'each entry follows from the last');

set_clock('2027-03-12 04:00:00');
is(state(), '2 17 2 2027-05-01', 'the award has ended, but what was spent of it');
is_problem(post('/points/offers/green/redemptions', {}, as => 'volunteer:1001'),
           409, 'insufficient-points', 'what has ended is not spent');
created(post("/points/vouchers/$voucher->{code}/cancel", {}, @ADMIN));
is(state(), '2 17 2 2027-05-01', 'what comes back after its end has ended');
is(books(), '2 17 4 11 0 0', 'the books agree');

reverse_entry($award);
is(state(), '2 7 2 2027-05-01',
   'reversed after its end, an award is not taken a second time');
is((entries('1001'))[0]{amount}, 10, 'the entry says how much had ended');
is(books(), '2 7 4 1 0 0', 'and the books take it out of what had ended');

my $late = hours(60, '2024-03-11');
is("$late->{points} $late->{earned}", '0 1',
   'hours whose points would have ended count as earned alone');
is(books(), '2 8 4 1 1 0', 'as the books know');
my $young = hours(60, '2024-03-20')->{entry};
is(state(), '3 9 1 2027-03-20', 'an older lot comes to its place');
reverse_entry($young);
is(state(), '2 8 2 2027-05-01', 'and goes again');

set_clock('2028-01-01 00:00:00');
is(state(), '0 8 -', 'at last all has ended');
created(post('/points/volunteers/1001/freeze', { reason => 'r' }, @ADMIN));
is((entries('1001'))[1]{type}, 'lapse', 'and is written with the next entry');
is(books(), '0 8 4 3 1 0', 'the books agree');
is(redis('EXISTS', 'vol:{tianyuan}:e:1001'), 0, 'ended lots are gone');


# On a day each year.

$VolTest::Points::PREFIX = '/yearly';
set_clock('2026-12-30 04:00:00');
volunteer('1001');
hours(60, '2025-12-30');
is(state(), '1 1 1 2026-12-31',
   'points end on the first such day more than a year after');
hours(60, '2025-12-31');
hours(60, '2026-01-01');
is(state(), '3 3 1 2026-12-31', 'those of the day itself have another year');
set_clock('2026-12-30 16:00:00');
is(state(), '2 3 2 2027-12-31', 'gone with the first second of the day');
set_clock('2027-12-31 00:00:00');
is(state(), '0 3 -', 'the others a year later');


# A rule that changed.

$VolTest::Points::PREFIX = '/changed';
set_clock('2026-05-31 15:59:59');
volunteer('1001');
hours(60, '2026-05-31');
is(state(), '2 2 -', 'before the change points are for life');
is(account('1001')->{stars}, 0, 'and the old tiers are in force');
grant('1001', 10);
is(account('1001')->{stars}, 1, 'with one star');
is_problem(post('/changed/volunteers/1001/awards',
                { case => 'grant', points => 11, evidence => 'e' }, @ADMIN),
           422, 'invalid-field', 'and the old range of the case', 'points');
set_clock('2026-05-31 16:00:00');
is(account('1001')->{stars}, 0, 'stars follow the tiers in force');
is(account('1001')->{earned}, 12, 'earned is what it was');
hours(60, '2026-06-01');
is(state(), '13 13 1 2027-06-01', 'from the day on points end');
hours(60, '2026-05-31');
is(state(), '15 15 1 2027-06-01',
   'hours of before are judged by the rules of their day');
is((entries('1001'))[0]{rules}, 'v1', 'and say so');
is((entries('1001'))[1]{rules}, 'v2', 'as those of after do');
grant('1001', 11);
set_clock('2027-06-30 00:00:00');
is(state(), '14 26 -', 'points for life stay');


# Accounts that become one.

sub merge {
    my ($id, $into) = @_;
    return created(post("$VolTest::Points::PREFIX/volunteers/$id/merge",
                        { into => $into, reason => 'r' }, @ADMIN));
}

volunteer($_) for qw( 2001 2002 );
my $half = created(post('/changed/volunteers/2001/hours',
                        { minutes => 15, on => '2027-06-01' },
                        @ADMIN))->{entry};
created(post('/changed/volunteers/2001/hours',
             { minutes => 45, on => '2027-06-02' }, @ADMIN));
reverse_entry($half);
# lots that come to nothing, as undoing a merge may leave them
redis('HSET', 'vol:{changed}:e:2001', 21336 => -1, 21337 => 1);
my $merged = merge('2001', '2002');
is($merged->{account}{minutes}, 45, 'such an account is merged');
is(redis('HGET', 'vol:{changed}:v:2002', 'limited'), 0,
   'and the other knows that it has lots');
reverse_entry($merged->{entry});
is(account('2001')->{minutes}, 45, 'they are taken apart again');


# A point that carried minutes made, and the hours that lent them taken back.

$VolTest::Points::PREFIX = '/mixed';
my $LIFE = '2027-06-30';
my ($FIRST, $SECOND, $THIRD) = map { "2027-07-0$_" } 1 .. 3;

# minutes and their day, and so on: their entries
sub served {
    my ($id, @hours) = @_;
    my @entries;
    while (my ($minutes, $on) = splice @hours, 0, 2) {
        push @entries, created(post("/mixed/volunteers/$id/hours",
                                    { minutes => $minutes, on => $on },
                                    @ADMIN))->{entry};
    }
    return @entries;
}

sub balances { join ' ', map { balance($_) } 1 .. 9 }

set_clock('2027-07-03 04:00:00');
volunteer($_) for 1 .. 9;

# a point that ends was made with minutes for life, before others for life, and
# after them; or with minutes of a later end
reverse_entry((served(1, 45, $LIFE, 45, $FIRST))[0]);
served(1, 600, $LIFE);
reverse_entry((served(2, 600, $LIFE, 45, $LIFE, 45, $FIRST))[1]);
reverse_entry((served(3, 45, $SECOND, 45, $FIRST, 60, $SECOND))[0]);
served(3, 600, $THIRD);

# a point for life was made with minutes that end
reverse_entry((served(4, 45, $FIRST, 45, $LIFE))[0]);
served(4, 600, $FIRST);

# taken back when the point has ended
my ($lent) = served(5, 45, $LIFE, 45, $FIRST, 600, $LIFE);

# the minutes left make a point without those that made it first
reverse_entry((served(6, 45, $LIFE, 45, $FIRST, 20, $LIFE))[1]);

# told to be for life, though there are points that end
reverse_entry((served(7, 45, $FIRST, 45, $LIFE, 600, $SECOND))[0]);

# what lent is taken back, then what it lent to
my ($one, $two) = served(8, 45, $LIFE, 45, $FIRST, 60, $LIFE);
reverse_entry($one);
served(8, 20, $LIFE);
reverse_entry($two);
served(8, 600, $FIRST);

# then an award
($one) = served(9, 45, $THIRD, 45, $LIFE);
$two = grant('9', 10)->{entry};
reverse_entry($_) for $one, $two;
served(9, 600, $THIRD);

is(balances(), '10 10 11 10 11 1 10 11 10', 'each has its sum');
set_clock('2028-06-30 16:00:00');
is(balances(), '10 10 11 0 10 0 10 1 10',
   'a point more is taken from what ends soonest, and nothing from where '
   . 'there is nothing');
reverse_entry($lent);
my ($taken, $lapsed) = entries(5);
is("$lapsed->{type} $lapsed->{points} $taken->{points} $taken->{amount}",
   'lapse -1 0 1', 'what has ended is not taken a second time');
is(balance('5'), 10, 'nor from points for life instead');
set_clock('2028-07-02 16:00:00');
is(balances(), '10 10 0 0 10 0 1 1 0', 'points for life stay');
created(post("/mixed/volunteers/$_/freeze", { reason => 'r' }, @ADMIN))
    for 1 .. 9;
is(books(), '32 83 0 51 0 0', 'the books agree');

done();
