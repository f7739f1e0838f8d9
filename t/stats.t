#!/usr/bin/env perl

# The figures of a district.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties off;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{tianyuan}:';

sub stats { created(get('/points/stats', as => $_[0] || 'volunteer:x')) }

my %none = map { $_ => 0 } qw( volunteers teams orgs activities minutes hours
                               points beneficiaries merchants offers redeemed );
is_deeply(stats(), \%none, 'an empty district has none');

volunteer($_) for qw( 1 2 3 );
created(put('/points/orgs/cy', { title => 'c' }, @ADMIN));
created(put('/points/orgs/s1', { title => 's', parent => 'cy' }, @ADMIN));
created(put('/points/teams/t', { title => 't', kind => 'social' }, @ADMIN));
created(post('/points/volunteers/1/hours', { minutes => 100, on => today() },
             @ADMIN));
my $e = created(post('/points/volunteers/2/hours',
                     { minutes => 100, on => today() }, @ADMIN))->{entry};
grant('2', 50);
merchant('tea');
offer('green', price => 10, stock => 5);
redeem('green', '2') for 1, 2;
redis('HSET', "${P}g:cy", activities => 4, beneficiaries => 90);

my %all = (volunteers => 3, teams => 1, orgs => 2, activities => 4,
           minutes => 200, hours => 3, points => 52, beneficiaries => 90,
           merchants => 1, offers => 1, redeemed => 20);
is_deeply(stats(), \%all, 'all that there is');
is_deeply(stats($_), \%all, "$_ sees them")
    for 'merchant:c:tea', 'organizer:o:s1', 'auditor:a', 'admin:root';

created(post("/points/ledger/$e/reverse", { reason => 'r' }, @ADMIN));
my $s = stats();
is("$s->{minutes} $s->{hours} $s->{points}", '100 1 51',
   'without what was reversed');

is(get('/points/stats?format=csv', @ADMIN)->{raw} =~ s/^\xef\xbb\xbf//r,
   join(',', qw( volunteers teams orgs activities minutes hours points
                 beneficiaries merchants offers redeemed ))
   . "\r\n3,1,2,4,100,1,51,90,1,1,20\r\n", 'as a table of one row');
is_problem(get('/points/stats?year=2026', @ADMIN), 422, 'invalid-field',
           'there is nothing to ask', 'year');

redis('HSET', "${P}books", 'earned', 'many');
is(get('/points/stats', @ADMIN)->{status}, 500, 'a figure that is no number');
expect_log(qr/stopped, nothing was changed: .*CORRUPT/);

done();
