#!/usr/bin/env perl

# Volunteers: enrolled, changed, shown; who may see whom.

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
my @STREET = (as => 'organizer:li:street-1');
my $year = this_year();


# Enrolling.

my $r = put('/points/volunteers/1001', { kind => 'general' }, @ADMIN);
my %new = (id => '1001', kind => 'general', balance => 0, earned => 0,
           stars => 0, next_star => { stars => 1, need => 100 },
           minutes => 0, year => { year => $year, earned => 0, owed => 0 },
           frozen => false, expiring => undef);

is($r->{status}, 201, 'the first PUT of a volunteer is 201');
is($r->{headers}{'content-type'}, 'application/json', 'and JSON');
is($r->{headers}{'cache-control'}, 'no-store', 'that no cache keeps');
is_deeply($r->{json}, \%new, 'with the whole account');
unlike($r->{raw}, qr/"(balance|earned|stars|minutes)":\s*"/,
       'whose numbers are numbers');

$r = put('/points/volunteers/1001', { kind => 'general' }, @ADMIN);
is($r->{status}, 200, 'the second is 200');
is_deeply($r->{json}, \%new, 'and changes nothing');
is_deeply(get('/points/volunteers/1001', @ADMIN)->{json}, \%new,
          'GET shows the same');
is_deeply(get('/points/me', as => 'volunteer:1001')->{json}, \%new,
          'and so does /me to the volunteer');

$r = get('/points/volunteers/1001', @ADMIN);
is($r->{headers}{'cache-control'}, 'no-store', 'no cache keeps a GET either');

for my $kind (qw( general cadre student )) {
    is(put("/points/volunteers/k-$kind", { kind => $kind }, @ADMIN)
       ->{json}{kind}, $kind, "a volunteer may be $kind");
}

is(account('k-cadre')->{year}{owed}, 20, 'a cadre owes the year\'s points');
is(account('k-student')->{year}{owed}, 0, 'a student owes none');

put('/points/volunteers/A.b_c-9', { kind => 'general' }, @ADMIN);
is(account('A.b_c-9')->{id}, 'A.b_c-9', 'every character of an id works');
my $long = 'v' x 64;
is(put("/points/volunteers/$long", { kind => 'general' }, @ADMIN)->{status},
   201, 'an id may have 64 characters');
is(get("/points/volunteers/%31001", @ADMIN)->{json}{id}, '1001',
   'an id may be percent-encoded');


# Station, teams, tags; PUT replaces.

my %more = (station => 'street-1', teams => ['red-cross', 'fire'],
            tags => ['nurse', 'english'], free => ['sat', 'sun']);
$r = put('/points/volunteers/1002', { kind => 'general', %more }, @ADMIN);
is_deeply({ map { $_ => $r->{json}{$_} } keys %more }, \%more,
          'station, teams, tags and free days are kept');
is_deeply(get('/points/me', as => 'volunteer:1002')->{json}, $r->{json},
          'and shown');

grant('1002', 150);
$r = put('/points/volunteers/1002', { kind => 'cadre', tags => ['cook'] },
         @ADMIN);
is_deeply([@{ $r->{json} }{qw( kind tags station teams )}],
          ['cadre', ['cook'], undef, undef], 'a PUT replaces all of them');
is_deeply([@{ $r->{json} }{qw( balance earned stars )}], [150, 150, 1],
          'and leaves points and stars alone');
is_deeply($r->{json}{year}, { year => $year, earned => 150, owed => 0 },
          'a new kind counts the year\'s points already earned');

$r = put('/points/volunteers/1002', { kind => 'general', teams => [],
                                      tags => [] }, @ADMIN);
ok(!exists $r->{json}{teams} && !exists $r->{json}{tags},
   'empty lists are no lists');


# Stars on the way up.

my @steps = ([99, 99, 0, 1, 1], [1, 100, 1, 2, 200], [199, 299, 1, 2, 1],
             [1, 300, 2, 3, 300], [300, 600, 3, 4, 400],
             [400, 1000, 4, 5, 500], [499, 1499, 4, 5, 1]);

for (@steps) {
    my ($points, $earned, $stars, $next, $need) = @$_;
    grant('1001', $points);
    my $account = account('1001');
    is_deeply([@$account{qw( earned stars next_star )}],
              [$earned, $stars, { stars => $next, need => $need }],
              "$earned points are $stars stars, $need short of $next");
}

grant('1001', 1);
my $top = account('1001');
is($top->{stars}, 5, '1500 points are five stars');
ok(exists $top->{next_star} && !defined $top->{next_star},
   'and the next star is null');


# Organizers and their station.

$r = put('/points/volunteers/2001', { kind => 'general' }, @STREET);
is($r->{status}, 201, 'an organizer enrols a volunteer');
is($r->{json}{station}, 'street-1', 'who belongs to the organizer\'s station');
is(put('/points/volunteers/2001', { kind => 'student' }, @STREET)->{status},
   200, 'and may be changed by them');
is(put('/points/volunteers/2002', { kind => 'general',
                                    station => 'street-1' }, @STREET)
   ->{status}, 201, 'naming one\'s own station is the same');

volunteer('3001', station => 'street-2');
volunteer('3002');

is_problem(put('/points/volunteers/2003',
               { kind => 'general', station => 'street-2' }, @STREET),
           403, 'forbidden', 'an organizer enrols for no other station');
is_problem(put('/points/volunteers/2001',
               { kind => 'general', station => 'street-2' }, @STREET),
           403, 'forbidden', 'nor sends a volunteer to one');
is_problem(put('/points/volunteers/3001', { kind => 'general' }, @STREET),
           403, 'forbidden', 'nor takes one from there');
is_problem(get('/points/volunteers/3001', @STREET), 403, 'forbidden',
           'an organizer sees no volunteer of another station');
is(get('/points/volunteers/2001', @STREET)->{status}, 200,
   'but those of their own');
is(get('/points/volunteers/3002', @STREET)->{status}, 200,
   'and those without a station');
is(put('/points/volunteers/3002', { kind => 'general' }, @STREET)
   ->{json}{station}, 'street-1', 'whom they may take in');
is(account('3001')->{station}, 'street-2', 'nothing moved by a refusal');


# Who else.

is(get('/points/volunteers/1001', as => 'auditor:a')->{status}, 200,
   'an auditor sees all');
is(get('/points/volunteers/1001', as => 'volunteer:1001')->{status}, 200,
   'a volunteer sees themself by id');
is_problem(get('/points/volunteers/1002', as => 'volunteer:1001'),
           403, 'forbidden', 'and nobody else');
is_problem(get('/points/volunteers/nobody', as => 'volunteer:1001'),
           403, 'forbidden', 'nor learns who exists');
is_problem(put('/points/volunteers/1001', { kind => 'cadre' },
               as => 'volunteer:1001'),
           403, 'forbidden', 'and does not change their own kind');
is_problem(put('/points/volunteers/1001', { kind => 'cadre' },
               as => 'auditor:a'), 403, 'forbidden', 'nor does an auditor');
is_problem(get('/points/volunteers/nobody', @ADMIN), 404, 'not-found',
           'an unknown volunteer is 404');
is_problem(get('/points/me', as => 'volunteer:nobody'), 404, 'not-found',
           'and so is /me of a person without an account');

redis('HSET', 'vol:{tianyuan}:v:1002', 'frozen', 1);
is(account('1002')->{frozen}, true, 'a frozen account says so');

# enrolled above: 1001, 1002, three kinds, two ids, 2001, 2002, 3001, 3002
is(redis('HGET', 'vol:{tianyuan}:books', 'volunteers'), 11,
   'the books count every volunteer once');

done();
