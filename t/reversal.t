#!/usr/bin/env perl

# Reversal: a mistake is corrected by a new entry, as if it had never been.

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
my $year = this_year();

sub hours {
    my ($id, $minutes, $on) = @_;
    return created(post("/points/volunteers/$id/hours",
                        { minutes => $minutes, on => $on }, @ADMIN));
}

sub reverse_entry {
    my ($entry, %o) = @_;
    return post("/points/ledger/$entry/reverse", { reason => 'a mistake' },
                @ADMIN, %o);
}


# An award.

volunteer('1001', kind => 'cadre');
my $before = account('1001');
my $award = grant('1001', 120);

my $r = reverse_entry($award->{entry});
is($r->{status}, 201, 'a reversal is 201');
is_deeply([sort keys %{ $r->{json} }], [qw( account entry )],
          'with its entry and the account');
is_deeply($r->{json}{account}, $before,
          'the account is as if the award had never been');
is_deeply(account('1001'), $before, 'stars and the year\'s figure too');

my ($new, $old) = entries('1001');
is_deeply([@$new{qw( entry type points balance ref )}],
          [$r->{json}{entry}, 'reversal', -120, 0, $award->{entry}],
          'a new entry names the old one');
is_deeply([@$old{qw( type points )}], ['award', 120],
          'which stands as it was');
is_deeply({ @{ redis('HGETALL', 'vol:{tianyuan}:books') } }->{earned}, 0,
          'the books are even');

is_problem(reverse_entry($award->{entry}), 409, 'already-reversed',
           'an entry is reversed once');


# Hours: minutes carried, the day and the year come back.

volunteer('1002', kind => 'cadre');
hours('1002', 50, '2025-03-01');
$before = account('1002');
my $mistake = hours('1002', 700, "$year-01-01");
is($mistake->{points}, 12, '50 and 700 minutes make 12 points');
is(reverse_entry($mistake->{entry})->{status}, 201, 'hours are reversed');
is_deeply(account('1002'), $before, 'and the carried minutes are back');
is(hours('1002', 720, "$year-01-01")->{account}{balance}, 12,
   'the day is free again');

# 40 + 40 minutes are a point, which the first 40 alone were not
volunteer('1003');
my $first = hours('1003', 40, '2025-03-01');
my $second = hours('1003', 40, '2025-03-01');
is_deeply([$first->{points}, $second->{points}], [0, 1],
          'a point made of two entries came with the second');
is(reverse_entry($first->{entry})->{status}, 201,
   'the first of them is reversed');
is_deeply([@{ account('1003') }{qw( balance earned minutes )}], [0, 0, 40],
          'the point goes, the second\'s minutes stay');
is((entries('1003'))[0]{points}, -1,
   'so a reversal may take more than the entry gave');
is(hours('1003', 20, '2025-03-02')->{points}, 1,
   'and the minutes count on from there');


# Points already spent.

volunteer('1004');
$award = grant('1004', 50);
merchant('tea');
offer('massage', price => 40);
redeem('massage', '1004');

is(reverse_entry($award->{entry})->{status}, 201,
   'an award is reversed though its points are spent');
is(balance('1004'), -40, 'the balance goes below zero');
is(account('1004')->{stars}, 0, 'the stars stay at none');
is_problem(post('/points/offers/massage/redemptions', {},
                as => 'volunteer:1004'),
           409, 'insufficient-points', 'and nothing can be redeemed');

offer('leaflet', price => 0);
is_problem(post('/points/offers/leaflet/redemptions', {},
                as => 'volunteer:1004'),
           409, 'insufficient-points', 'not even a courtesy');
grant('1004', 80);
is(post('/points/offers/massage/redemptions', {}, as => 'volunteer:1004')
   ->{status}, 201, 'until it is positive again');


# Stars fall with what is earned.

volunteer('1005');
$award = grant('1005', 300);
is(account('1005')->{stars}, 2, 'two stars');
reverse_entry($award->{entry});
is(account('1005')->{stars}, 0, 'fall when the points were a mistake');


# Refused.

my ($spent) = grep { $_->{type} eq 'redemption' } entries('1004');
my ($undone) = grep { $_->{type} eq 'reversal' } entries('1005');
$award = grant('1005', 5);

unchanged {
    is_problem(reverse_entry($spent->{entry}), 422, 'invalid-field',
               'a redemption is not reversed but cancelled', 'entry');
    is_problem(reverse_entry($undone->{entry}), 422, 'invalid-field',
               'a reversal is not reversed', 'entry');
    is_problem(reverse_entry('1-1'), 404, 'not-found',
               'an unknown entry is 404');
    is_problem(reverse_entry('no%20entry'), 422, 'invalid-field',
               'an entry outside the alphabet is refused', 'entry');
    ok(reverse_entry($_)->{status} =~ /^4(04|22)$/,
       "an entry called $_ is not there")
        for '0', 'x', '18446744073709551616-0', '-', '.', '1-1-1', 'a' x 64;
    is_problem(reverse_entry($award->{entry}, key => undef),
               400, 'idempotency-key-required', 'a key is required');

    my @bad = (['no reason', {}], ['an empty reason', { reason => '' }],
               ['a reason of 501 characters', { reason => 'r' x 501 }],
               ['a reason that is a number', { reason => 5 }]);
    for (@bad) {
        my ($name, $body) = @$_;
        is_problem(post("/points/ledger/$award->{entry}/reverse", $body,
                        @ADMIN),
                   422, 'invalid-field', "$name is refused", 'reason');
    }

    for my $as ('organizer:li:street-1', 'merchant:m:tea', 'auditor:a',
                'volunteer:1005')
    {
        is_problem(post("/points/ledger/$award->{entry}/reverse",
                        { reason => 'mine' }, as => $as),
                   403, 'forbidden', "$as reverses nothing");
    }
} 'no refusal changed anything';

# An entry has one name, whatever else Redis would read as it.

my $once = grant('1002', 100);
unchanged {
    for my $other ("0$once->{entry}", "$once->{entry}0", "00$once->{entry}") {
        is_problem(reverse_entry($other), 404, 'not-found',
                   "$other is no entry");
    }
} 'and nothing is taken back for it';
is(reverse_entry($once->{entry})->{status}, 201, 'the entry itself is');

my %books = @{ redis('HGETALL', 'vol:{tianyuan}:books') };
my $sum = 0;
$sum += balance($_) for 1001 .. 1005;
is($sum, $books{earned} - ($books{spent} // 0),
   'after it all the balances are what was earned less what was spent');

done();
