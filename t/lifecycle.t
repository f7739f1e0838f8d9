#!/usr/bin/env perl

# Clients that leave, reloads and shutdowns with requests in flight, a Redis
# that restarts or forgets its scripts, replies longer than a buffer.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use IO::Socket::INET;
use Socket ();

my $CONF = <<'CONF';
    vol_redis         %REDIS%;
    vol_rules         %RULES%;
    vol_read_timeout  60s;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol                       tianyuan;
            client_body_in_file_only  clean;
        }

        # goes on, by a redirect, when its client has gone
        location /acted/ {
            vol                 tianyuan;
            post_action         /stalled;
        }

        location = /stalled {
            proxy_pass          http://%REDIS%;
            proxy_read_timeout  1s;
        }

        location /page/ {
            vol_account  tianyuan $http_x_user;
            vol_require  stars 0;
            add_header   X-Balance $vol_balance;
            alias        %DIR%/page/;
        }
    }
CONF

mkdir path('page');
write_file('page/index.html', 'the page');

start(conf => $CONF);

my @ADMIN = (as => 'admin:root');
my @ME = (as => 'volunteer:1001');
my $AWARD = '/points/volunteers/1001/awards';

sub award {
    my ($key, %more) = @_;
    return build('POST', $AWARD, @ADMIN, key => $key,
                 body => { case => 'grant', points => 1, evidence => 'e',
                           %more });
}

sub answered {
    my ($expected, $name, @sockets) = @_;
    my %got;
    for (@sockets) {
        $got{ receive($_, 'POST')->{status} }++;
        close $_;
    }
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_deeply(\%got, { $expected => scalar @sockets }, $name);
}

volunteer('1001');
created(post($AWARD, { case => 'grant', points => 1, evidence => 'e' },
             @ADMIN)) for 1 .. 8;


# The client is gone before the reply.

my $before = balance('1001');
redis_server()->pause;
my @left = send_all((build('GET', '/acted/me', @ME)) x 20,
                    (map { award("left-$_") } 1 .. 20),
                    (build('GET', '/points/me', @ME)) x 20,
                    (build('GET', '/page/', @ME)) x 20);
taken();
close $_ for splice @left;
my @stayed = send_all(award('stayed'));
taken();
redis_server()->resume;

answered(201, 'who stays is answered', @stayed);
ok(wait_for(sub { balance('1001') == $before + 21 }),
   'a write is finished though its client is gone');

my $again = post($AWARD, { case => 'grant', points => 1, evidence => 'e' },
                 @ADMIN, key => 'left-1');
is($again->{headers}{'idempotent-replayed'}, 'true',
   'who comes back with the key gets the answer');

volunteer("own$_") for 1 .. 20;
redis_server()->pause;
my @all = send_all(map { build('GET', '/points/me', as => "volunteer:own$_") }
                   1 .. 20);
taken();
close $all[$_] for grep { $_ % 2 } 0 .. 19;
taken();
redis_server()->resume;
is(join(' ', map { receive($all[$_])->{json}{id} } grep { $_ % 2 == 0 }
        0 .. 19), join(' ', map { "own$_" } grep { $_ % 2 } 1 .. 20),
   'and each gets their own answer, not that of one who left');

for (1 .. 20) {
    my ($half) = send_all(substr award('half'), 0, 150 + $_);
    close $half;
}
is(get('/points/me', @ME)->{status}, 200, 'clients that leave in the middle '
                                          . 'of a request do no harm');
is(balance('1001'), $before + 21, 'nor a write');


# Reload with requests in flight.

my %old = map { $_ => 1 } workers();
redis_server()->pause;
my @waiting = send_all(map { award("reload-$_") } 1 .. 20);
taken();
hup();
ok(wait_for(sub { grep { !$old{$_} } workers() }), 'new workers start');
push @waiting, send_all(map { award("new-$_") } 1 .. 20);
redis_server()->resume;
answered(201, 'a reload loses no request, neither before nor after it',
         @waiting);
ok(wait_for(sub { !grep { $old{$_} } workers() }),
   'and the old workers end when theirs are answered');

my %statuses;
my $asked = 0;
crowd(port(), 16,
      sub {
          return if $asked >= 1200;
          hup() if ++$asked % 300 == 0;
          return build('POST', $AWARD, @ADMIN, key => fresh_key(),
                       close => 1, body => { case => 'grant', points => 1,
                                             evidence => 'e' });
      },
      sub { $statuses{ $_[1]{status} }++ });
is_deeply(\%statuses, { 201 => 1200 }, 'four reloads under load lose none');
ok(reload(), 'a reload of an idle nginx leaves no old worker');

created(post($AWARD, { case => 'grant', points => 1, evidence => 'e' },
             @ADMIN)) for 1 .. 8;


# A worker that dies.

my ($one) = workers();
expect_log(qr/\[alert\].* $one exited on signal 9/);
kill 'KILL', $one;
ok(wait_for(sub { !grep { $_ == $one } workers() }), 'a worker is killed');
is(get('/points/me', @ME)->{status}, 200, 'and another takes its place');


# Scripts forgotten.

for (1 .. 5) {
    redis('SCRIPT', 'FLUSH');
    $statuses{flush} .= post($AWARD, { case => 'grant', points => 1,
                                       evidence => 'e' }, @ADMIN)->{status};
}
is($statuses{flush}, '201' x 5, 'SCRIPT FLUSH between calls is not seen');

$before = balance('1001');
%statuses = ();
$asked = 0;
crowd(port(), 32,
      sub {
          return if $asked++ >= 600;
          redis('SCRIPT', 'FLUSH') if $asked % 50 == 0;
          return build('POST', $AWARD, @ADMIN, key => fresh_key(),
                       body => { case => 'grant', points => 1,
                                 evidence => 'e' });
      },
      sub { $statuses{ $_[1]{status} }++ });
is_deeply(\%statuses, { 201 => 600 }, 'nor is it by many at once');
is(balance('1001'), $before + 600, 'and each is done once');


# Redis restarted, under one worker, which finds it again for all.

stop_nginx();
start_nginx(conf => $CONF, workers => 1);

my $account = account('1001');
for my $signal (qw( TERM KILL )) {
    redis('CONFIG', 'SET', 'appendfsync', 'always');
    created(put('/points/volunteers/1001', { kind => 'general' }, @ADMIN));
    redis_server()->stop($signal);
    redis_server()->start;
    ok(wait_for(sub { get('/points/me', @ME)->{status} == 200 }),
       "Redis restarted (SIG$signal) is found again");
    is_deeply(account('1001'), $account, 'with every point it had');
}

stop_nginx();
start_nginx(conf => $CONF);


# A reply larger than 64 KB.

volunteer('1002');
my $note = "\xe5\xbf\x97" x 500;
created(post('/points/volunteers/1002/awards',
             qq({"case":"grant","points":$_,"evidence":"$note",)
             . qq("note":"$note"}), @ADMIN)) for 1 .. 100;
my $long = '/points/volunteers/1002/ledger?limit=100';

my $page = get($long, @ADMIN);
is($page->{status}, 200, 'a hundred entries with long notes are a page');
cmp_ok(length $page->{raw}, '>', 300000, 'of more than 300,000 bytes');
is_deeply([map { $_->{points} } @{ $page->{json}{entries} }],
          [reverse 1 .. 100], 'whole');

my $socket = IO::Socket::INET->new(Proto => 'tcp');
setsockopt $socket, Socket::SOL_SOCKET(), Socket::SO_RCVBUF(), 8192;
connect $socket, Socket::pack_sockaddr_in(port(),
                                          Socket::inet_aton('127.0.0.1'))
    or die "connect: $!\n";
syswrite $socket, build('GET', $long, @ADMIN, close => 1);
my $buffer = '';
do {
    select undef, undef, undef, 0.002;
} while (sysread $socket, $buffer, 8192, length $buffer);
is($buffer =~ s/.*?\r\n\r\n//sr, $page->{raw},
   'a slow reader gets it whole too');

for (1 .. 10) {
    my ($gone) = send_all(build('GET', $long, @ADMIN));
    sysread $gone, my $some, 1000;
    close $gone;
}
my @pages = map { receive($_, 'GET')->{raw} }
            send_all((build('GET', $long, @ADMIN)) x 3);
is(scalar(grep { $_ eq $page->{raw} } @pages), 3,
   'three at once are all whole, others having left in the middle');


# Shutdown with requests in flight.

$before = balance('1001');
redis_server()->pause;
@waiting = send_all(map { award("quit-$_") } 1 .. 20);
taken();
signal_nginx('QUIT');
ok(wait_for(sub { !IO::Socket::INET->new(
       PeerAddr => '127.0.0.1', PeerPort => port()) }),
   'a quitting nginx takes no more connections');
redis_server()->resume;
answered(201, 'but answers those it has', @waiting);
is(stop_nginx(), 0, 'and ends');

start_nginx(conf => $CONF);
is(balance('1001'), $before + 20, 'every write of theirs was done');

# a fast shutdown waits for nobody, and leaves Redis with whole writes
redis_server()->pause;
@waiting = send_all(map { award("term-$_") } 1 .. 5);
taken();
is(stop_nginx('TERM'), 0, 'TERM ends it at once');
redis_server()->resume;
start_nginx(conf => $CONF);
ok(wait_for(sub { get('/points/me', @ME)->{status} == 200 }), 'as ever');
my %books = @{ redis('HGETALL', 'vol:{tianyuan}:books') };
is(balance('1001') + balance('1002'), $books{earned},
   'the books are even to the end');

done();
