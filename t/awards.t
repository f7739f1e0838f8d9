#!/usr/bin/env perl

# Awards: points for a case of the rulebook, inside its range, with evidence.

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
my $PATH = '/points/volunteers/1001/awards';
my %award = (case => 'blood_donation', points => 10,
             evidence => 'certificate 8812');

volunteer('1001', kind => 'cadre');


# Granting.

my $r = post($PATH, { %award, note => '400 ml' }, @ADMIN);
is($r->{status}, 201, 'an award is 201');
is($r->{json}{points}, 10, 'with its points');
is_deeply($r->{json}{account}, account('1001'), 'and the account after it');
is_deeply([@{ $r->{json}{account} }{qw( balance earned minutes )}],
          [10, 10, 0], 'balance and earned grow, no minutes');
is_deeply($r->{json}{account}{year},
          { year => this_year(), earned => 10, owed => 10 },
          'and so does the figure of the current year');

my ($entry) = entries('1001');
is_deeply({ map { $_ => $entry->{$_} }
            qw( entry type points balance ref evidence note by role rules ) },
          { entry => $r->{json}{entry}, type => 'award', points => 10,
            balance => 10, ref => 'blood_donation', note => '400 ml',
            evidence => 'certificate 8812', by => 'root', role => 'admin',
            rules => 'tianyuan-2026-04-08' },
          'the ledger tells who granted what, for what, by which rules');

is(redis('HGET', 'vol:{tianyuan}:books', 'earned'), 10,
   'the books have it too');

for my $points (3, 20) {
    is(post($PATH, { %award, points => $points }, @ADMIN)->{status}, 201,
       "$points points, the end of the range, are inside it");
}

my $evidence = "\xe8\xaf\x81" x 500;
is(post($PATH, qq({"case":"blood_donation","points":3,"evidence":"$evidence"}),
        @ADMIN)->{status}, 201, 'evidence may have 500 characters');
is((entries('1001'))[0]{evidence}, "\x{8bc1}" x 500,
   'which the ledger keeps as they are');


# Refused.

my @bad = (
    ['a case not in the rulebook', { case => 'gardening' }, 'case'],
    ['a case of no string', { case => 7 }, 'case'],
    ['an empty case', { case => '' }, 'case'],
    ['points under the range', { points => 2 }, 'points'],
    ['points over the range', { points => 21 }, 'points'],
    ['no points at all', { points => 0 }, 'points'],
    ['negative points', { points => -3 }, 'points'],
    ['points as a string', { points => '10' }, 'points'],
    ['a float of points', { points => 10.5 }, 'points'],
    ['empty evidence', { evidence => '' }, 'evidence'],
    ['evidence of 501 characters', { evidence => 'e' x 501 }, 'evidence'],
    ['evidence that is no text', { evidence => ['scan'] }, 'evidence'],
    ['a note of 501 characters', { note => 'n' x 501 }, 'note'],
    ['an unknown field', { activity => 'x' }, 'activity'],
);

unchanged {
    for (@bad) {
        my ($name, $change, $field) = @$_;
        is_problem(post($PATH, { %award, %$change }, @ADMIN), 422,
                   'invalid-field', "$name is refused", $field);
    }

    for my $missing (qw( case points evidence )) {
        my %body = %award;
        delete $body{$missing};
        is_problem(post($PATH, \%body, @ADMIN), 422, 'invalid-field',
                   "$missing is required", $missing);
    }

    my @roles = ('organizer:li:street-1', 'merchant:m:tea', 'auditor:a',
                 'volunteer:1001');
    for my $as (@roles) {
        is_problem(post($PATH, \%award, as => $as), 403, 'forbidden',
                   "$as grants nothing");
    }

    is_problem(post('/points/volunteers/nobody/awards', \%award, @ADMIN),
               404, 'not-found', 'an unknown volunteer is 404');
    is_problem(post($PATH, \%award, @ADMIN, key => undef),
               400, 'idempotency-key-required', 'a key is required');
} 'no refusal changed anything';


# A frozen account still earns: what it may not do is spend.

redis('HSET', 'vol:{tianyuan}:v:1001', 'frozen', 1);
is(post($PATH, \%award, @ADMIN)->{status}, 201,
   'a frozen account still earns');

done();
