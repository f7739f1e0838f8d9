#!/usr/bin/env perl

# More than can be served: Redis away for long, under a load that goes on; what
# a worker holds stays bounded, and when Redis is back so is everything, without
# a rush.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::HTTP2;

use IO::Select;

my $ROUNDS = 6;
my $CALLS = 1500;       # of a round
my $CLIENTS = 64;
my $GROWN = 3 * 1024;   # kB that are no growth

# one worker, whose memory is looked at
start(workers => 1, conf => <<'CONF');
    vol_redis         %REDIS%;
    vol_rules         %RULES%;
    vol_read_timeout  200ms;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
        location /patient/ { vol tianyuan; vol_read_timeout 60s; }
    }

    server {
        listen %PORT1% http2;
        http2_max_concurrent_streams  300;
        location /patient/ { vol tianyuan; vol_read_timeout 60s; }
    }
CONF

my @ADMIN = (as => 'admin:root');
my %award = (case => 'grant', points => 1, evidence => 'e' x 400);

ok(wait_for(sub { put('/points/volunteers/1', { kind => 'general' }, @ADMIN)
                  ->{status} =~ /^20/ }), 'all is well at first');

# sanitizers and Valgrind keep what was freed
my $hoards = $ENV{VOL_PRELOAD} || $ENV{VOL_VALGRIND};

# kB: {VmRSS}, {VmData}
sub memory {
    my ($worker) = workers();
    open my $in, '<', "/proc/$worker/status" or die "$!\n";
    return { map { /^(VmRSS|VmData):\s*(\d+)/ ? ($1 => $2) : () } <$in> };
}

my %got;

sub load {
    my ($calls) = @_;
    my $asked = 0;
    %got = ();
    crowd(port(), $CLIENTS, sub {
        return if $asked++ >= $calls;
        return $asked % 2
            ? build('GET', '/points/volunteers/1', @ADMIN)
            : build('POST', '/points/volunteers/1/awards', @ADMIN,
                    key => fresh_key(), body => \%award);
    }, sub {
        my ($type) = ($_[1]{json}{type} // '') =~ /([\w-]+)\z/;
        $got{ join ' ', $_[1]{status}, $type // () }++;
        $got{'without Retry-After'}++ if $_[1]{status} == 503
                                         && !$_[1]{headers}{'retry-after'};
    });
}

sub connections {
    return redis('INFO', 'stats') =~ /total_connections_received:(\d+)/ && $1;
}

sub is_bounded {
    my ($before, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $after = memory();
    return pass("$name: the memory is not looked at") if $hoards;
    cmp_ok($after->{$_} - $before->{$_}, '<', $GROWN,
           "$name: $_ of the worker does not grow") for qw( VmRSS VmData );
}

sub is_back {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(wait_for(sub { get('/points/volunteers/1', @ADMIN)->{status} == 200 },
                10), "$name: soon all is well");
    load(300);
    is_deeply([sort keys %got], ['200', '201'], '... for everybody')
        or diag(join ', ', %got);
}


# Gone.

load($CALLS);
is_deeply([sort keys %got], ['200', '201'], 'a crowd is served');

redis_server()->stop('KILL');
load($CALLS);           # what is allocated once is allocated now
my $before = memory();
for (1 .. $ROUNDS) {
    load($CALLS);
    is_deeply(\%got, { '503 store-unavailable' => $CALLS },
              'Redis is gone: everybody is told when to come again')
        or diag(join ', ', %got);
}
is_bounded($before, 'Redis gone');
my @lines = error_log() =~ /\[error\].*redis.*/g;
cmp_ok(scalar @lines, '<=', 6, '... and the log has a few lines of it')
    or diag("@lines[0 .. 5]");

redis_server()->start;
is_back('Redis is started');
# the suite's own connection is one, those that asked whether it is up too
cmp_ok(connections(), '<=', 40, '... there is no rush of connections');


# Stalled: it takes connections and commands, and answers nothing.

redis_server()->pause;
load(300);
$before = memory();
for (1 .. $ROUNDS) {
    load(300);
    is_deeply([grep { !/^503 (?:store-unavailable|outcome-unknown)$/ }
               keys %got], [], 'Redis is stalled: everybody is told so')
        or diag(join ', ', %got);
}
is_bounded($before, 'Redis stalled');
my $waiting = redis_server()->resume && connections();
is_back('Redis goes on');
cmp_ok(connections() - $waiting, '<=', 10,
       '... there is no rush of connections');


# More calls than a worker holds, all at once: twenty connections of HTTP/2.

redis_server()->pause;
my @who = ('x-user' => 'root', 'x-role' => 'admin');
my @h2 = map { VolTest::HTTP2->new(dial(port(1))) } 1 .. 17;
my @asked;
for my $h2 (@h2) {
    push @asked, map { [$h2, $h2->request('GET', '/patient/volunteers/1',
                                          \@who)] } 1 .. 250;
}
my $asked = @asked;
cmp_ok($asked, '>', 4096, 'more calls come than a worker holds');

# one that is not answered is held as well
my @probes;
my $refused = wait_for(sub {
    push @probes, send_all(build('GET', '/patient/volunteers/1', @ADMIN));
    IO::Select->new($probes[-1])->can_read(0.2)
        && receive(pop @probes, 'GET')
});
is_problem($refused, 503, 'store-unavailable',
           'one that is too many is refused at once');
my $held = memory();
redis_server()->resume;

my %statuses;
$statuses{ $_->[0]->response($_->[1])->{status} }++ for @asked;
is($statuses{200} + ($statuses{503} // 0), $asked,
   'everybody is answered when Redis goes on') or diag(join ', ', %statuses);
cmp_ok($statuses{200}, '>=', 4096 - 64, 'those that were held are served');
close $_ for @probes, map { $_->{socket} } @h2;
cmp_ok($held->{VmRSS} - $before->{VmRSS}, '<', 64 * 1024,
       'what is held is bounded') unless $hoards;
is_back('after it');

my %books = @{ redis('HGETALL', 'vol:{tianyuan}:books') };
wait_for(sub { get('/points/volunteers/1', @ADMIN)->{status} == 200 });
is(balance('1'), $books{earned}, 'the books are even');

done();
