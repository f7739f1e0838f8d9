#!/usr/bin/env perl

# A write that Redis has answered, and whose wait was not sent yet when the
# connection was lost: nobody knows whether it is where it was to be, and a wait
# at the master that comes next says nothing of it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use VolTest;
use VolTest::Nodes;

write_rules();

my @masters = map { redis_node() } 1, 2;
my @replicas = map { redis_node('--replicaof', "127.0.0.1 $_->{port}") }
               @masters;

for my $replica (@replicas) {
    ok(wait_for(sub { (eval { $replica->command('INFO', 'replication') }
                       // '') =~ /master_link_status:up/ }),
       'a replica follows');
}

# Stands before the first master until a script that it did not know is loaded
# and run: gives all that comes behind NOSCRIPT at once, with the end of the
# connection.  Then it stands before the other.

my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16,
                                   LocalPort => port(1), ReuseAddr => 1)
    or die "relay: $!\n";
my $relay = fork() // die "fork: $!\n";

if ($relay == 0) {
    $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP );
    eval { relay() };
    POSIX::_exit(0);
}

close $listen;

sub relay {
    my ($to, $select) = (0, IO::Select->new($listen));
    my (%peer, %held, %upstream);

    while (1) {
        for my $s ($select->can_read) {

            if ($s == $listen) {
                my $nginx = $listen->accept or next;
                my $redis = IO::Socket::INET->new(
                    PeerAddr => "127.0.0.1:$masters[$to]{port}") or next;
                @peer{$nginx, $redis} = ($redis, $nginx);
                $upstream{$redis} = 1;
                $select->add($nginx, $redis);
                next;
            }

            my $other = $peer{$s} or next;
            my $n = sysread $s, my $bytes, 65536;

            if ($n && !$to && $upstream{$s}) {

                if (!defined $held{$s} && $bytes =~ s/(-NOSCRIPT.*?\r\n)//) {
                    syswrite $other, $1;
                    $held{$s} = '';
                }

                if (defined $held{$s}) {
                    $held{$s} .= $bytes;

                    # the digest of the script, and the reply of the call
                    next if $held{$s} !~ /\$40\r\n\w{40}\r\n\$\d+\r\n.*\r\n\z/s;
                    $bytes = $held{$s};
                    $to = 1;
                    $n = 0;
                }
            }

            syswrite $other, $bytes if length $bytes;
            next if $n;
            $select->remove($s, $other);
            delete @peer{$s, $other};
            close $_ for $s, $other;
        }
    }
}

start_nginx(workers => 1, conf => <<CONF);
    vol_redis       127.0.0.1:${\ port(1)};
    vol_rules       %RULES%;
    vol_duties      off;
    vol_durability  replicas=1;
    %IDENTITY%
    server { listen %PORT%; location /points/ { vol tianyuan; } }
CONF

my @ADMIN = (as => 'admin:root');
my $tea = 'vol:{tianyuan}:m:tea';

my $r = put('/points/merchants/tea', { title => 'Tea' }, @ADMIN);
is($masters[0]->command('EXISTS', $tea), 1, 'the write was done');
is($masters[1]->command('EXISTS', $tea), 0,
   'by a master that is not the one any more');
is_problem($r, 503, 'outcome-unknown', 'it is in doubt');
ok(wait_for(sub { $r = put('/points/merchants/tea', { title => 'Tea' },
                           @ADMIN); $r->{status} == 201 }), 'it is repeated');
is($r->{headers}{'vol-durability'}, 'replicas=1', 'and reached');
is($replicas[1]->command('EXISTS', $tea), 1, 'the replica of the other');

expect_log(qr/closed the connection/);

END {
    my $status = $?;
    kill TERM => $relay if $relay;
    $? = $status;
}

done();
