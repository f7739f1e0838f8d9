#!/usr/bin/env perl

# Ten thousand people who have asked once and stay connected: what they hold is
# theirs alone, and the API answers everybody else as before.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::Weight qw( weight clients_of );

use POSIX ();
use Socket qw( AF_UNIX PF_UNSPEC SOCK_STREAM );

my $IDLE = 10_000;
my $HOLDERS = 20;           # processes: 500 descriptors are allowed everywhere
my $MOST = 12_000;          # connections of a worker, which may get them all
my $EACH_KB = 2;            # of a worker's memory, at most
my $ASKED = 400;
my $CLIENTS = 16;
my $PATIENCE = 300;         # seconds until they go, whatever happens

my ($hard) = do { open my $in, '<', '/proc/self/limits' or die "$!\n";
                  join('', <$in>) =~ /^Max open files\s+\S+\s+(\S+)/m };
plan skip_all => "a process may have but $hard descriptors"
    if $hard ne 'unlimited' && $hard < $MOST && $>;

start(connections => $MOST, main => "worker_rlimit_nofile $MOST;",
      conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    keepalive_timeout  10m;
    %IDENTITY%

    server {
        listen %PORT% backlog=4096;
        location /points/ { vol tianyuan; }
    }
CONF

my @ADMIN = (as => 'admin:root');
my %award = (case => 'grant', points => 1, evidence => 'e');

volunteer($_) for 1 .. 50;
my @workers = sort(workers());

# Each holds its part of them, and is told which of its own shall ask.

my @holders;

sub holder {
    my ($n) = @_;

    socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC
        or die "socketpair: $!\n";
    my $pid = fork() // die "fork: $!\n";
    if ($pid) {
        close $theirs;
        $ours->autoflush;
        return { tell => $ours, pid => $pid };
    }

    $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP );
    close $ours;
    close $_->{tell} for @holders;
    alarm $PATIENCE;
    my @sockets;
    while (<$theirs>) {
        my ($from, $to) = split;
        my %statuses;
        for my $i ($from .. $to) {
            my $id = 1 + $i % 50;
            my $socket = $sockets[$i] ||= dial(port());
            syswrite $socket, build('GET', '/points/me',
                                    as => "volunteer:$id");
            # a short answer, which comes in one piece
            sysread $socket, my $answer, 4096;
            my $its = ($answer // '') =~ /^HTTP\S+ 200 .*"id":"$id",/s;
            $statuses{ $its ? 'its own' : $answer // $! }++;
        }
        syswrite $theirs, join(', ', map { "$_ $statuses{$_}" }
                                     sort keys %statuses) . "\n";
    }
    POSIX::_exit(0);
}

# What all of them were answered: for each, from which to which.
sub each_asks {
    my ($from, $to) = @_;
    for (@holders) {
        my $tell = $_->{tell};
        print $tell "$from $to\n";
    }
    my %told;
    for (@holders) {
        my $tell = $_->{tell};
        $told{ <$tell> // "it has gone\n" }++;
    }
    return \%told;
}

sub redis_connections {
    return redis('INFO', 'clients') =~ /connected_clients:(\d+)/ && $1;
}

# Reads and writes by a crowd, each with its right answer.
sub serves {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($asked, %got, %right) = (0);
    crowd(port(), $CLIENTS, sub {
        return if $asked >= $ASKED;
        my $id = 1 + ++$asked % 50;
        my $which = $asked % 4;
        $right{ $_[0] } = (200, 201, 404, 422)[$which];
        return build('GET', "/points/volunteers/$id", @ADMIN) if !$which;
        return build('GET', '/points/volunteers/nobody', @ADMIN)
            if $which == 2;
        return build('POST', "/points/volunteers/$id/awards", @ADMIN,
                     key => fresh_key(),
                     body => { %award, points => $which == 1 ? 1 : 0 });
    }, sub { $got{ "$right{ $_[0] } is $_[1]{status}" }++ });
    my $each = $ASKED / 4;
    is_deeply(\%got, { map { ("$_ is $_" => $each) } 200, 201, 404, 422 },
              $name);
    is_deeply([sort(workers())], \@workers, '... by the same workers');
}

sub memory {
    my $sum = 0;
    $sum += weight($_)->{rss} for workers();
    return $sum;
}


serves('at first the API serves');
my ($before, $connections) = (memory(), redis_connections());

@holders = map { holder($_) } 1 .. $HOLDERS;
my $last = $IDLE / $HOLDERS - 1;
is_deeply(each_asks(0, $last), { 'its own ' . ($last + 1) . "\n" => $HOLDERS },
          'ten thousand ask for their account and stay');
cmp_ok(clients_of(port()), '>=', $IDLE, 'each on a connection of its own');

my $held = memory();
note(sprintf 'memory of the workers: %.1f MB, with %d connections %.1f MB',
     $before / 1024, $IDLE, $held / 1024);
cmp_ok($held - $before, '<', $IDLE * $EACH_KB,
       "none holds more than $EACH_KB kB of the workers' memory")
    unless $ENV{VOL_PRELOAD} || $ENV{VOL_VALGRIND};
is(redis_connections(), $connections, 'and none a connection to Redis');

serves('beside them the API serves as before');
is_deeply(each_asks($last - 9, $last), { "its own 10\n" => $HOLDERS },
          'any of them may ask again');
ok(reload(), 'a reload does not wait for them');
@workers = sort(workers());
serves('and the API serves on');

close $_->{tell} for @holders;
ok(wait_for(sub { !grep { !gone($_->{pid}) } @holders }), 'they leave');
ok(wait_for(sub { !clients_of(port()) }), 'and nothing is left of them');

my %books = @{ redis('HGETALL', 'vol:{tianyuan}:books') };
my $sum = 0;
$sum += balance($_) for 1 .. 50;
is($sum, $books{earned}, 'the books are even');

done();
