#!/usr/bin/env perl

# An audit looks at activities with those who signed up, and at needs: what an
# index lacks, and hours that no entry has, are found.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::Lines qw( import_lines );
use VolTest::Service qw( service_rules service_district );

use JSON::PP ();

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{tianyuan}:';

write_rules(service_rules());
write_file('key', 'k' x 40 . "\n");
start_redis({ env => frozen_clock('2024-12-01 04:00:00') });

sub conf {
    my ($duties) = @_;
    return <<"CONF";
    vol_redis          %REDIS%;
    vol_rules          %RULES%;
    vol_duties         $duties;
    vol_duty_interval  50ms;
    vol_seal           off;
    vol_certificate_key  %DIR%/key;
    client_max_body_size  0;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
    }
CONF
}

start_nginx(conf => conf('off'));
my %d = service_district();

# an activity of many
my @many = map { sprintf 'm%03d', $_ } 1 .. 300;
is(import_lines('points',
    (map { { type => 'volunteer', volunteer => $_, kind => 'general' } } @many),
    { type => 'activity', activity => 'many', title => 'x', place => 'p',
      starts => '2026-04-06T16:00:00+08:00', ends => '2026-04-06T17:00:00+08:00',
      state => 'closed', posts => [{ id => 'one', title => 'One',
                                     places => 300 }] },
    (map { { type => 'attendance', key => $_, activity => 'many',
             volunteer => $_, minutes => 60 } } @many)), '601 0 0',
   'many have served');

stop_nginx();
start_nginx(conf => conf('on'));


# The findings of an audit, in words.

sub audit {
    my $r = post('/points/audit', {}, @ADMIN);
    wait_for(sub { $r = get('/points/audit?limit=100', @ADMIN)->{json};
                   $r->{state} eq 'done' });
    return join '; ', sort map { "$_->{what} $_->{id} " . ($_->{field} // '') }
                           @{ $r->{found} };
}

is(audit(), '', 'all is in order');

# breaks a key, has it found, and mends it
sub finds {
    my ($expected, $name, @how) = @_;
    my $was = redis('DUMP', "$P$name");
    redis($how[0], "$P$name", @how[1 .. $#how]);
    my $found = audit();
    redis('DEL', "$P$name");
    redis('RESTORE', "$P$name", 0, $was) if defined $was;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    like($found, $expected, "found: $name, @how[0, 1]");
}

my $entry = (split /\t/, redis('HGET', "${P}s:done", 'v7'))[5];
my $served = redis('HGET', "${P}s:done", 'v5');

finds(qr/\Aactivity done entry\z/, 's:done', 'HSET', 'v5',
      $served =~ s/\d+-\d+$/$entry/r =~ s/\t90\t/\t91\t/r);
finds(qr/\Aactivity done entry\z/, 's:done', 'HSET', 'v5',
      $served =~ s/\d+-\d+$/1776000000000-0/r);
finds(qr/\Aactivity done post\z/, 's:done', 'HSET', 'v5',
      $served =~ s/^one/six/r);
finds(qr/\Aactivity done sv:v5\z/, 'sv:v5', 'ZREM',
      @{ redis('ZRANGE', "${P}sv:v5", 0, 0) });
finds(qr/\Aactivity done signups; activity done so:done\z/, 'so:done', 'ZREM',
      'v5');
finds(qr/\bactivity next sw:next:one\b/, 'sw:next:one', 'ZREM', 'v6');
finds(qr/\Aactivity many entry\z/, 's:many', 'HSET', 'm250',
      "one\tserved\t1775000000\t\t60\t1776000000000-0");
finds(qr/\bactivity many so:many\b/, 'so:many', 'ZREM', 'm123');
finds(qr/\Aactivity next \z/, 's:next', 'HSET', 'v1', 'x');
finds(qr/\bactivity none title\b/, 's:none', 'HSET', 'v1', 'x');
finds(qr/\Aneed \S+ nr:r1\z/, 'nr:r1', 'ZREM', $d{open});
finds(qr/\Aneed \S+ nw:v1\z/, 'nw:v1', 'ZREM', $d{done});
finds(qr/\Aneed \S+ nl:done:street\z/, 'nl:done:street', 'ZREM', $d{done});

is(audit(), '', 'mended, all is in order again');

done();
