#!/usr/bin/env perl

# Clients in trouble, or out to make some: that leave at any stage, send a byte
# at a time or nothing at all, too much of a header, or only hold connections.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use Socket qw( SOL_SOCKET SO_LINGER );

start(conf => <<'CONF');
    vol_redis         %REDIS%;
    vol_rules         %RULES%;
    vol_read_timeout  60s;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
    }

    # of little patience
    server {
        listen                 %PORT1%;
        client_header_timeout  1s;
        client_body_timeout    1s;
        location /points/ { vol tianyuan; }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $AWARD = '/points/volunteers/1001/awards';
my %award = (case => 'grant', points => 1, evidence => 'e');

volunteer('1001');
grant('1001', 1);
my @workers = sort(workers());

sub award {
    my ($key) = @_;
    return build('POST', $AWARD, @ADMIN, key => $key, body => \%award);
}

# Hangs up with a reset, not with a good-bye.
sub reset_it {
    my ($socket) = @_;
    setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
    close $socket;
}

sub serves {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $r = post($AWARD, \%award, @ADMIN);
    is($r->{status}, 201, $name) or diag($r->{raw});
    is_deeply([sort(workers())], \@workers, '... by the same workers');
}


# Leaving, at each byte of a request.

my $whole = award('leaves');
my $head = index($whole, "\r\n\r\n") + 4;

unchanged {
    for my $leave (sub { close $_[0] }, \&reset_it) {
        for my $n (0 .. length($whole) - 1) {
            my $socket = dial(port());
            syswrite $socket, substr $whole, 0, $n if $n;
            $leave->($socket);
        }
    }
    taken();
} 'a request that its client left at any byte changes nothing';
serves('and others are served');

# after it, before the answer
my $before = balance('1001');
redis_server()->pause;
my @sockets = send_all(map { award("left-$_") } 1 .. 40);
taken();
$_ % 2 ? reset_it($sockets[$_]) : close $sockets[$_] for 0 .. $#sockets;
redis_server()->resume;
ok(wait_for(sub { balance('1001') == $before + 40 }),
   'one that was sent whole is done though nobody waits for its answer');
is(post($AWARD, \%award, @ADMIN, key => "left-$_")->{headers}
   {'idempotent-replayed'}, 'true', "... once (left-$_)") for 1, 2, 39, 40;

# with the answer half read, or with more requests behind it
for my $n (1, 20, 200) {
    my ($socket) = send_all(build('GET', '/points/volunteers/1001/ledger',
                                  @ADMIN) x 5);
    my $some;
    sysread $socket, $some, $n;
    reset_it($socket);
}
serves('who leaves with an answer half read disturbs nobody');

# no more to say, but an answer to hear
my ($half) = send_all(build('GET', '/points/volunteers/1001', @ADMIN,
                            close => 1));
shutdown $half, 1;
like(receive($half, 'GET')->{status}, qr/^(?:200|0)$/,
     'who ends their side of the connection is answered or left');
serves('and others are served');


# A byte at a time, by many at once.

my %slow = map { $_ => dial(port()) } 1 .. 20;
my %left = map { $_ => award("slow-$_") } keys %slow;
$before = balance('1001');
while (grep { length } values %left) {
    for (keys %slow) {
        syswrite $slow{$_}, substr $left{$_}, 0, 1, '' if length $left{$_};
    }
    serves('slow ones leave the way free') if length $left{1} == 60;
}
my %statuses;
$statuses{ receive($_, 'POST')->{status} }++ for values %slow;
is_deeply(\%statuses, { 201 => 20 },
          'twenty requests that come a byte at a time are answered');
is(balance('1001'), $before + 21, 'and done');

# and one that stops
unchanged {
    for my $n (0, 10, $head - 1, $head, $head + 10) {
        my $socket = dial(port(1));
        syswrite $socket, substr $whole, 0, $n if $n;
        like(receive($socket, 'POST')->{status}, qr/^(?:0|408)$/,
             "who stops after $n bytes is not waited for");
    }
} 'and changes nothing';


# Too much of a header.

my @large = (
    ['a path of 10,000 bytes', 414, "/points/volunteers/@{[ 'x' x 10000 ]}"],
    ['a query of 10,000 bytes', 414, "/points/offers?limit=@{[ 1 x 10000 ]}"],
    ['a cookie of 10,000 bytes', 400, '/points/volunteers/1001',
     Cookie => 'x' x 10000],
    ['ten headers of 4,000 bytes', 400, '/points/volunteers/1001',
     map { ("X-$_" => 'x' x 4000) } 1 .. 10],
    ['a key of 7,000 bytes', 422, $AWARD, 'Idempotency-Key' => 'k' x 7000],
);

unchanged {
    for (@large) {
        my ($name, $status, $path, @headers) = @$_;
        my $r = request($status == 422 ? 'POST' : 'GET', $path, @ADMIN,
                        headers => \@headers,
                        $status == 422 ? (body => \%award) : ());
        is($r->{status}, $status, "$name is refused");
    }
} 'and changes nothing';
is(get('/points/volunteers/1001', @ADMIN,
       headers => [map { ("X-$_" => $_) } 1 .. 300])->{status}, 200,
   'three hundred small headers are borne');
is(post($AWARD, \%award, @ADMIN, headers => [map { ("X-$_" => $_) } 1 .. 300],
        key => 'behind-many')->{status}, 201, 'with a key among them');
for my $bytes ("\x00" x 100, "\x16\x03\x01\x02\x00\x01\x00", "GET\r\n\r\n",
               "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\r\n" x 50,
               "GET /points/me HTTP/9.9\r\n\r\n",
               "POST $AWARD HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
               "POST $AWARD HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
               . "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
{
    my $socket = dial(port(1));
    syswrite $socket, $bytes;
    my $shown = substr $bytes =~ s/[^!-~]/./gr, 0, 40;
    unlike(receive($socket, 'POST')->{status}, qr/^2/,
           "bytes that are no request ($shown) are none");
}
serves('and others are served');


# A thousand that only hold connections.

my $n = 0;
my $redis_before = redis('INFO', 'clients') =~ /connected_clients:(\d+)/ && $1;
my @idle = map { dial(port()) } 1 .. 1000;
is(scalar @idle, 1000, 'a thousand connections are open');
serves('others are served beside them');
cmp_ok(redis('INFO', 'clients') =~ /connected_clients:(\d+)/ && $1, '<=',
       $redis_before, 'Redis does not know of them');

%statuses = ();
for my $socket (@idle[map { $_ * 25 } 0 .. 39]) {
    syswrite $socket, build('GET', '/points/volunteers/1001', @ADMIN);
    $statuses{ receive($socket, 'GET')->{status} }++;
}
is_deeply(\%statuses, { 200 => 40 }, 'any of them may still ask');
close $_ for @idle;
serves('when they have gone all is as before');


# Everything at once.

my ($asked, %got) = (0);
$before = balance('1001');
crowd(port(), 32, sub {
    return if $asked >= 600;
    my $socket = dial(port());
    syswrite $socket, substr $whole, 0, ++$asked % length $whole;
    $asked % 2 ? reset_it($socket) : close $socket;
    return award("crowd-$asked");
}, sub { $got{ $_[1]{status} }++ });
is_deeply(\%got, { 201 => 600 },
          'a crowd is served while as many hang up on it');
is(balance('1001'), $before + 600, 'each once');
is_deeply([sort(workers())], \@workers, 'by the same workers to the end');

done();
