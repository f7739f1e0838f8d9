#!/usr/bin/env perl

# What an acknowledgement means: a write is answered when it is where
# vol_durability wants it, and not before; many share one wait; what did not get
# there in time is said to be in doubt, and is done once when it is repeated.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use VolTest;
use VolTest::Nodes;

write_rules();

my $master = redis_node();
my @replicas = map { redis_node('--replicaof', "127.0.0.1 $master->{port}") }
               1, 2;
my $lonely = redis_node();
my $no_aof = redis_node('--appendonly', 'no');

sub follows {
    my ($replica) = @_;
    return wait_for(sub { (eval { $replica->command('INFO', 'replication') }
                           // '') =~ /master_link_status:up/ });
}

ok(follows($_), 'a replica follows') for @replicas;

# what an older server lacks, it must say
my $has_fsync = @{ $master->command('COMMAND', 'INFO', 'waitaof')->[0] // [] };
diag('the server has ', $has_fsync ? '' : 'no ', 'WAITAOF');

my $CONF = <<CONF;
    vol_redis   127.0.0.1:$master->{port};
    vol_rules   %RULES%;
    vol_duties  off;
    vol_read_timeout  60s;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /one/ {
            vol             tianyuan;
            vol_durability  replicas=1 timeout=50s;
        }

        location /two/ {
            vol             tianyuan;
            vol_durability  replicas=2 timeout=50s;
        }

        location /hasty/ {
            vol             tianyuan;
            vol_durability  replicas=2 timeout=100ms;
        }

        location /stranger/ {
            vol             tianyuan;
            vol_durability  replicas=2 timeout=90ms;
        }

        location /other/ {
            vol             chaoyang;
            vol_durability  replicas=2 timeout=100ms;
        }

        location /reset/ {
            vol_durability  replicas=1;
            location /reset/points/ {
                vol             tianyuan;
                vol_durability  redis;
            }
        }

        location /three/ {
            vol             tianyuan;
            vol_durability  replicas=3 timeout=1ms;
        }

        location /lonely/ {
            vol             tianyuan;
            vol_redis       127.0.0.1:$lonely->{port};
            vol_durability  replicas=1 timeout=1ms;
        }

        location /disk/ {
            vol             tianyuan;
            vol_durability  fsync timeout=50s;
        }

        location /disks/ {
            vol             tianyuan;
            vol_durability  replicas=2 fsync timeout=50s;
        }

        location /no-aof/ {
            vol             tianyuan;
            vol_redis       127.0.0.1:$no_aof->{port};
            vol_durability  fsync;
        }

        location /page/ {
            vol_account     tianyuan \$http_x_user;
            vol_durability  replicas=2 timeout=50s;
            add_header      X-Balance "[\$vol_balance]" always;
            root            %DIR%;
        }
    }
CONF

mkdir path('page');
write_file('page/index.html', 'the page');

# one worker: a connection of each setting
start_nginx(conf => $CONF, workers => 1);

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{tianyuan}:';
my %award = (case => 'grant', points => 1, evidence => 'e');

sub award {
    my ($base, %o) = @_;
    return post("/$base/volunteers/v/awards", \%award, @ADMIN, %o);
}

sub said { $_[0]{headers}{'vol-durability'} }

sub reached {
    my ($r, $status, $what, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is("$r->{status} " . (said($r) // '-'), "$status $what", $name)
        or diag($r->{raw});
}

sub earned { $_[0]->command('HGET', "${P}v:v", 'earned') }

ok(wait_for(sub { put('/two/volunteers/v', { kind => 'general' }, @ADMIN)
                  ->{status} =~ /^20/ }), 'a volunteer is written');


# Reached, and said so.

reached(award('points'), 201, 'redis', 'without a word it is what Redis does');
reached(award('reset/points'), 201, 'redis',
        'what was inherited is taken back');
reached(award('one'), 201, 'replicas=1', 'one replica has it');
my $key = fresh_key();
reached(award('two', key => $key), 201, 'replicas=2', 'two have it');
is(earned($_), 4, 'it is there when the answer comes') for @replicas;
my $again = award('two', key => $key);
reached($again, 201, 'replicas=2', 'an answer that is told again says it too');
is($again->{headers}{'idempotent-replayed'}, 'true',
   'and that it is told again');
reached(post('/two/volunteers/v/awards', { %award, points => 0 }, @ADMIN,
             key => fresh_key()), 422, '-',
        'what is refused here says nothing');
reached(put('/two/merchants/tea', { title => 'Tea' }, @ADMIN), 201,
        'replicas=2', 'a write without a key waits');
my $r = get('/two/volunteers/v', @ADMIN);
is(said($r), undef, 'a read says nothing');
is($r->{json}{earned}, 4, 'and reads');
reached(post('/two/volunteers/nobody/awards', \%award, @ADMIN,
             key => fresh_key()), 404, 'replicas=2',
        'a refusal that Redis gave is as good as what it tells of');

my $import = request('POST', '/two/import', @ADMIN,
                     type => 'application/x-ndjson', body => join '', map {
    qq({"type":"award","key":"i$_","volunteer":"v","case":"grant",)
    . qq("points":1,"evidence":"e"}\n) } 1 .. 200);
reached($import, 200, 'replicas=2', 'an import says what its lines reach');
like($import->{raw}, qr/"done":200,.*"complete":true/, 'all of its lines');
is(earned($_), 204, 'and they did') for @replicas;


# Grouped: many writes, few waits.

my ($asked, %statuses) = (0);
crowd(port(), 64, sub { $asked++ < 1000
                        ? build('POST', '/two/volunteers/v/awards',
                                @ADMIN, key => "crowd-$asked", body => \%award)
                        : undef },
      sub { $statuses{"$_[1]{status} " . (said($_[1]) // '')}++ });
is_deeply(\%statuses, { '201 replicas=2' => 1000 },
          'a thousand writes of a crowd are all there');
is(earned($_), 1204, 'each counted once') for $master, @replicas;

# those that come while Redis does something else are there together
created(put('/two/volunteers/held', { kind => 'general' }, @ADMIN));
my $monitor = $master->monitor;
my $line = <$monitor>;
$master->pause;
my @sockets = send_all(map {
    build('POST', '/two/volunteers/held/awards', @ADMIN, key => "held-$_",
          body => \%award) } 1 .. 64);
taken();
$master->resume;
my @held = map { receive($_, 'POST') } @sockets;
close $_ for @sockets;
is(scalar(grep { $_->{status} == 201 && said($_) eq 'replicas=2' } @held), 64,
   'those that gathered are answered');
$master->command('ECHO', 'the end of the crowd');
my $waits = 0;
while (defined($line = <$monitor>) && $line !~ /the end of the crowd/) {
    $waits++ if $line =~ /"WAIT"/;
}
close $monitor;
ok($waits > 0 && $waits <= 12, 'and share their waits') or diag($waits);


# A replica stands still.

$replicas[1]->pause;
$key = fresh_key();
$r = award('hasty', key => $key);
is_problem($r, 503, 'outcome-unknown', 'a write that does not reach two');
is(said($r), undef, 'it says nothing of what it reached');
ok($r->{headers}{'retry-after'}, 'but when to try again');
is(earned($master), 1205, 'it is done, though');
is_problem(award('hasty', key => $key), 503, 'outcome-unknown',
           'repeated meanwhile it waits again');
is_problem(put('/other/merchants/tea', { title => 'Tea' }, @ADMIN), 503,
           'outcome-unknown', 'and so does another district');
is_problem(post('/hasty/volunteers/nobody/awards', \%award, @ADMIN,
                key => fresh_key()), 503, 'outcome-unknown',
           'a refusal that two do not know is none');
reached(award('one'), 201, 'replicas=1', 'where one is enough it goes on');
is(get('/hasty/volunteers/v', @ADMIN)->{status}, 200, 'reads go on');

# and what was sent with patience
my $patient = fresh_key();
my ($waiting) = send_all(build('POST', '/two/volunteers/v/awards', @ADMIN,
                               key => $patient, body => \%award));
ok(wait_for(sub { earned($master) == 1207 }), 'a write waits');
is(get('/two/volunteers/v', @ADMIN)->{json}{earned}, 1207,
   'reads do not wait behind it');
is(get('/page/', as => 'volunteer:v')->{headers}{'x-balance'}, '[1207]',
   'nor does a page');
my @behind = send_all(map { build('POST', '/two/volunteers/v/awards', @ADMIN,
                                  key => "behind-$_", body => \%award) }
                      1 .. 40);
taken();
is(earned($master), 1207, 'other writes gather behind it');

is_problem(award('stranger', key => $key), 503, 'outcome-unknown',
           'a repeat waits for what another connection has written');

$replicas[1]->resume;
is(receive($waiting, 'POST')->{status}, 201, 'it is answered when it is there');
is_deeply([map { $_->{status} } map { receive($_, 'POST') } @behind],
          [(201) x 40], 'and so are those behind it');
ok(wait_for(sub { $r = award('hasty', key => $key); $r->{status} == 201 }),
   'the one in doubt is repeated');
is($r->{headers}{'idempotent-replayed'}, 'true', 'it had been done');
is(said($r), 'replicas=2', 'and now it is there');
ok(wait_for(sub { earned($replicas[1]) == 1247 }), 'all was done once');

is_problem(award('three'), 503, 'outcome-unknown',
           'more replicas than there are');
is(put('/three/merchants/tea', { title => 'T' }, @ADMIN, key => 'x')->{status},
   503, 'are never reached');


# The first calls of a server that knows no script, and a wait that is cut off.

$master->command('SCRIPT', 'FLUSH');
reached(award('two'), 201, 'replicas=2', 'a script that is loaded first waits');
$replicas[1]->pause;
$key = fresh_key();
my ($cut) = send_all(build('POST', '/two/volunteers/v/awards', @ADMIN,
                           key => $key, body => \%award));
ok(wait_for(sub { earned($master) == 1250 }), 'a write waits once more')
    or diag(earned($master));
$master->command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
is_problem(receive($cut, 'POST'), 503, 'outcome-unknown',
           'when the connection is lost meanwhile it is in doubt');
$replicas[1]->resume;
ok(wait_for(sub { $r = award('two', key => $key); $r->{status} == 201 }),
   'it is repeated');
is(earned($master), 1250, 'once');


# Refused by the ACL, or by a server that lacks it.

is_problem(put('/lonely/merchants/tea', { title => 'T' }, @ADMIN), 503,
           'outcome-unknown', 'a Redis without replicas reaches none');
$lonely->command('ACL', 'SETUSER', 'default', '-wait');
$lonely->command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
is_problem(put('/lonely/merchants/beer', { title => 'T' }, @ADMIN), 503,
           'store-unavailable', 'a user that may not wait writes nothing');
is($lonely->command('EXISTS', "${P}m:beer"), 0, 'nothing is there');
is(get('/lonely/merchants/tea', @ADMIN)->{status}, 200, 'it may read');
like(error_log(), qr/cannot serve: it answers WAIT with NOPERM/,
     'it is logged');


# The disk.

is_problem(put('/no-aof/merchants/tea', { title => 'T' }, @ADMIN), 503,
           'store-unavailable', 'a server without such a promise is not used');
is($no_aof->command('EXISTS', "${P}m:tea"), 0, 'nothing is written to it');
is(get('/no-aof/merchants/tea', @ADMIN)->{status}, 404, 'it may read');

my @told = error_log() =~ /(answers WAITAOF with .*)/g;

if ($has_fsync) {
    reached(award('disk'), 201, 'fsync', 'it is on the disk');
    reached(award('disks'), 201, 'fsync, replicas=2',
            'and on those of replicas');
    my $synced = fresh_key();
    award('disk', key => $synced);
    $master->stop('KILL');
    $master->start;
    ok(wait_for(sub { (eval { earned($master) } // 0) == 1253 }),
       'and there after a crash');
    ok(wait_for(sub { $r = award('disk', key => $synced);
                      $r->{status} == 201 }), 'its key, too');
    is($r->{headers}{'idempotent-replayed'}, 'true', 'is known');
    ok(follows($_), 'a replica follows again') for @replicas;
    is(scalar @told, 1, 'one that keeps no file is told of once');
    $master->command('CONFIG', 'SET', 'appendonly', 'no');
    is_problem(award('disk'), 503, 'outcome-unknown',
               'a file that is turned off holds nothing');
    ok(wait_for(sub { award('disk')->{json}{type} =~ /store-unavailable/ }),
       'and then it is not used');
    $master->command('CONFIG', 'SET', 'appendonly', 'yes');
    ok(wait_for(sub { award('disk')->{status} == 201 }),
       'until it is on again');

} else {
    is_problem(award('disk'), 503, 'store-unavailable',
               'an older server has no such promise');
    is(get('/disk/volunteers/v', @ADMIN)->{status}, 200, 'it may read');
    is(scalar @told, 3, 'that is logged once for each connection');
}


# Imports and duties wait as well.

$replicas[1]->pause;
my ($importing) = send_all(build('POST', '/hasty/import', @ADMIN,
    type => 'application/x-ndjson', body => join '', map {
        qq({"type":"award","key":"w$_","volunteer":"v","case":"grant",)
        . qq("points":1,"evidence":"e"}\n) } 1 .. 100));
my $before = earned($master);
ok(wait_for(sub { earned($master) == $before + 100
                  || error_log() =~ /not reached in time/ }),
   'lines of an import are in doubt');
$replicas[1]->resume;
$import = receive($importing, 'POST');
like($import->{raw}, qr/"complete":true/, 'it repeats them');
my ($done, $replayed) =
    $import->{raw} =~ /"done":(\d+),"replayed":(\d+)[^\n]*\n\z/;
is(($done // 0) + ($replayed // 0), 100, 'and counts them when they are there');
is(earned($replicas[1]), earned($master), 'where they are');

stop_nginx();
start_nginx(workers => 1, conf => <<CONF);
    vol_redis   127.0.0.1:$master->{port};
    vol_rules   %RULES%;
    vol_duty_interval  50ms;
    vol_read_timeout   60s;
    vol_durability     replicas=2;
    %IDENTITY%
    server { listen %PORT%; location /points/ { vol tianyuan; } }
CONF
ok(wait_for(sub { $replicas[1]->command('XLEN', "${P}seals") }),
   'entries are sealed');
ok(wait_for(sub { ($r = award('points'))->{status} == 201 }), 'meanwhile');
is(said($r), 'replicas=2', 'a write waits by the default time');


# Sentinels move the master: what was acknowledged is there.

stop_nginx();
my @sentinels = sentinels(3, $master);

sub known {
    my ($sentinel) = @_;
    my %m = @{ $sentinel->command('SENTINEL', 'MASTER', 'points') };
    return $m{'num-slaves'} >= 2 && $m{'num-other-sentinels'} == 2
           && $m{flags} eq 'master';
}

ok(wait_for(sub { !grep { !known($_) } @sentinels }), 'sentinels watch');

start_nginx(conf => <<CONF);
    vol_redis   @{[map { "127.0.0.1:$_->{port}" } @sentinels]} sentinel=points;
    vol_rules   %RULES%;
    vol_duties  off;
    vol_durability  replicas=1;
    %IDENTITY%
    server { listen %PORT%; location /points/ { vol tianyuan; } }
CONF

ok(wait_for(sub { award('points')->{status} == 201 }), 'the master is found');

my (%acknowledged, %doubtful);
$asked = 0;
crowd(port(), 16, sub {
          $asked++ == 300 and $master->stop('KILL');
          my $body = { kind => 'general' };
          $asked <= 600
              ? build('PUT', "/points/volunteers/n$asked", @ADMIN,
                      body => $body)
              : undef },
      sub { my $id = $_[1]{json}{id};
            $acknowledged{$id} = 1 if $_[1]{status} == 201;
            $doubtful{ $_[1]{status} }++ });
ok(scalar(keys %acknowledged) > 100, 'many were acknowledged before it died');
delete $doubtful{201};
is_deeply([keys %doubtful], [503], 'the others were told');
ok(wait_for(sub { award('points')->{status} == 201 }), 'another is found');

# each worker finds it by itself
sub found {
    my ($id) = @_;
    my $r;
    wait_for(sub { $r = get("/points/volunteers/$id", @ADMIN);
                   $r->{status} != 503 });
    return $r->{status} == 200;
}

my @lost = grep { !found($_) } sort keys %acknowledged;
is_deeply(\@lost, [], 'and has all of them');

expect_log(qr/redis .* (cannot be reached|closed the connection|cannot serve)/,
           qr/connect\(\) to redis .* failed/, qr/connect\(\) failed/,
           qr/(recv|send)\(\) failed/, qr/refuses operations/);

done();
