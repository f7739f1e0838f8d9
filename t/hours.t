#!/usr/bin/env perl

# Hours of service: points by the rulebook, minutes carried, bounds of a day.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules({ points_per_hour => 7, version => 'seven' }, 'seven.json');
write_rules({ points_per_hour => 10, version => 'ten' }, 'ten.json');

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /seven/ {
            vol        seven;
            vol_rules  %DIR%/seven.json;
        }

        location /ten/ {
            vol        ten;
            vol_rules  %DIR%/ten.json;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @STREET = (as => 'organizer:li:street-1');

sub hours {
    my ($id, $minutes, $on, %o) = @_;
    my $prefix = delete $o{prefix} || '/points';
    my %as = (as => delete $o{as} || 'admin:root');
    return post("$prefix/volunteers/$id/hours",
                { minutes => $minutes, on => $on, %o }, %as);
}


# Points and carried minutes.

volunteer('1001');

my $r = hours('1001', 60, '2025-03-01', activity => 'spring-clean',
              note => 'the east gate');
is($r->{status}, 201, 'an hour is 201');
is($r->{json}{points}, 1, 'and one point');
is_deeply($r->{json}{account}, account('1001'),
          'the answer shows the account as it now is');
like($r->{json}{entry}, qr/^[A-Za-z0-9._-]{1,64}$/,
     'and names the ledger entry');

# minutes, points now, balance, minutes carried
my @steps = ([1, 0, 1, 1], [58, 0, 1, 59], [1, 1, 2, 0], [90, 1, 3, 30],
             [89, 1, 4, 59], [121, 3, 7, 0], [45, 0, 7, 45], [15, 1, 8, 0]);

for (@steps) {
    my ($minutes, $points, $balance, $carried) = @$_;
    my $made = hours('1001', $minutes, '2025-03-02')->{json};
    is_deeply([$made->{points}, @{ $made->{account} }{qw( balance minutes )}],
              [$points, $balance, $carried],
              "$minutes minutes more: $points points, $carried carried");
}

is(account('1001')->{earned}, 8, 'earned grows with the balance');

for (1 .. 6) {
    created(put('/seven/volunteers/1', { kind => 'general' }, @ADMIN))
        if $_ == 1;
    $r = hours('1', 10, '2025-03-01', prefix => '/seven');
}
is($r->{json}{account}{balance}, 7,
   'six times ten minutes at 7 points an hour are exactly 7 points');
is($r->{json}{account}{minutes}, 0, 'with nothing over');

created(put('/ten/volunteers/1', { kind => 'general' }, @ADMIN));
is(hours('1', 7, '2025-03-01', prefix => '/ten')->{json}{points}, 1,
   'seven minutes at 10 points an hour are one point');
is(hours('1', 5, '2025-03-01', prefix => '/ten')->{json}{points}, 1,
   'and five more another');

volunteer('1002');
grant('1002', 99);
is(hours('1002', 60, '2025-03-01')->{json}{account}{stars}, 1,
   'hours raise the stars');


# The year of the hours is the year they were served in.

my $year = this_year();
volunteer('k1', kind => 'cadre');
hours('k1', 600, ($year - 1) . '-12-31');
is_deeply(account('k1')->{year}, { year => $year, earned => 0, owed => 20 },
          'last year\'s hours do not pay this year\'s obligation');
hours('k1', 300, "$year-01-01");
is_deeply(account('k1')->{year}, { year => $year, earned => 5, owed => 15 },
          'this year\'s do');
hours('k1', 720, today());
hours('k1', 600, today(-1)) if today(-1) =~ /^$year/;
ok(account('k1')->{year}{owed} == 0 || today(-1) !~ /^$year/,
   'and what is owed never falls below zero');
is(redis('HGET', 'vol:{tianyuan}:v:k1', 'y' . ($year - 1)), 600,
   'each year keeps its own figure, in sixtieths of a point');


# The day's limit is by the date of service.

volunteer('1003');
is(hours('1003', 700, '2025-05-01')->{status}, 201, '700 minutes fit a day');
unchanged {
    is_problem(hours('1003', 21, '2025-05-01'), 409, 'limit-reached',
               'a day over 720 minutes is refused');
} 'and nothing is changed by it';
is(hours('1003', 20, '2025-05-01')->{status}, 201, 'exactly 720 are taken');
is_problem(hours('1003', 1, '2025-05-01'), 409, 'limit-reached',
           'and not a minute more');
is(hours('1003', 720, '2025-05-02')->{status}, 201,
   'the next day has its own limit');
is_problem(hours('1003', 721, '2025-05-03'), 409, 'limit-reached',
           '721 minutes at once are refused too');


# Fields.

volunteer('1004');
my $note = "\xe5\xbe\xb7" x 500;      # 500 characters, 1500 bytes

is(post('/points/volunteers/1004/hours',
        qq({"minutes":1,"on":"2025-06-01","note":"$note"}), @ADMIN)
   ->{status}, 201, 'a note may have 500 characters of any script');
is(hours('1004', 1, today())->{status}, 201, 'today is not in the future');
is(hours('1004', 1, '2024-02-29')->{status}, 201, 'a leap day is a date');

my @bad = (
    ['no minutes', { minutes => undef }, 'minutes'],
    ['0 minutes', { minutes => 0 }, 'minutes'],
    ['1441 minutes', { minutes => 1441 }, 'minutes'],
    ['-5 minutes', { minutes => -5 }, 'minutes'],
    ['minutes as a string', { minutes => '60' }, 'minutes'],
    ['a float of minutes', { minutes => 1.5 }, 'minutes'],
    ['a date to come', { on => today(2) }, 'on'],
    ['a date in the year 9999', { on => '9999-12-31' }, 'on'],
    ['29 February of a common year', { on => '2025-02-29' }, 'on'],
    ['31 April', { on => '2025-04-31' }, 'on'],
    ['month 13', { on => '2025-13-01' }, 'on'],
    ['day 0', { on => '2025-01-00' }, 'on'],
    ['a date without zeros', { on => '2025-1-1' }, 'on'],
    ['a date with a time', { on => '2025-01-01T00:00:00+08:00' }, 'on'],
    ['an empty date', { on => '' }, 'on'],
    ['a date as a number', { on => 20250101 }, 'on'],
    ['an activity outside the alphabet', { activity => 'a b' }, 'activity'],
    ['an empty activity', { activity => '' }, 'activity'],
    ['a note of 501 characters', { note => 'n' x 501 }, 'note'],
    ['a note with a line feed', { note => "a\nb" }, 'note'],
    ['an unknown field', { hours => 1 }, 'hours'],
);

unchanged {
    for (@bad) {
        my ($name, $change, $field) = @$_;
        my %body = (minutes => 60, on => '2025-06-02', %$change);
        is_problem(post('/points/volunteers/1004/hours', \%body, @ADMIN),
                   422, 'invalid-field', "$name is refused", $field);
    }

    for my $missing (qw( minutes on )) {
        my %body = (minutes => 60, on => '2025-06-02');
        delete $body{$missing};
        is_problem(post('/points/volunteers/1004/hours', \%body, @ADMIN),
                   422, 'invalid-field', "$missing is required", $missing);
    }
} 'none of them changed anything';


# Who may.

volunteer('2001', station => 'street-1');
volunteer('3001', station => 'street-2');

is(hours('2001', 60, '2025-06-01', as => $STREET[1])->{status}, 201,
   'an organizer enters hours of their station\'s volunteers');
is(hours('1004', 60, '2025-06-01', as => $STREET[1])->{status}, 201,
   'and of those without a station');

unchanged {
    my @refused = (['an organizer of another station', $STREET[1], '3001'],
                   ['the volunteer', 'volunteer:2001', '2001'],
                   ['an auditor', 'auditor:a', '2001'],
                   ['a merchant', 'merchant:m:tea', '2001']);

    for (@refused) {
        my ($who, $as, $id) = @$_;
        is_problem(hours($id, 60, '2025-06-01', as => $as), 403, 'forbidden',
                   "$who may not");
    }

    is_problem(hours('nobody', 60, '2025-06-01'), 404, 'not-found',
               'an unknown volunteer is 404');
    is_problem(post('/points/volunteers/1004/hours',
                    { minutes => 1, on => '2025-06-01' }, @ADMIN,
                    key => undef),
               400, 'idempotency-key-required', 'a key is required');
} 'and nothing is changed';

done();
