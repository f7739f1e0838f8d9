#!/usr/bin/env perl

# A master of a cluster stands still, so that connections to it begin and never
# get any further; its replica takes over, and gives back to it later.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use VolTest;
use VolTest::Nodes;

write_rules();

my @nodes = cluster_of(3);
my $slot = slot_of('tianyuan');
my $master = node_of_slot($slot);
my $replica = redis_node('--cluster-enabled', 'yes', '--cluster-node-timeout',
                         '3000');
meet($replica, $master);
whole_cluster(@nodes, $replica);
ok(wait_for(sub {
    eval { $replica->command('CLUSTER', 'REPLICATE',
                             $master->command('CLUSTER', 'MYID')); 1 }
}), 'a replica follows');
ok(linked($replica), 'and has all');

sub linked {
    my ($node) = @_;
    return wait_for(sub { $node->command('INFO', 'replication')
                          =~ /master_link_status:up/ });
}

# longer than the cluster takes: the connection that follows one which gave up
# has just begun when the replica takes over

start_nginx(workers => 1, conf => <<CONF);
    vol_redis  @{[map { "127.0.0.1:$_->{port}" }
                  grep { $_ != $master } @nodes]} cluster;
    vol_rules  %RULES%;
    vol_duties off;
    vol_read_timeout  4s;
    %IDENTITY%
    server { listen %PORT%; location /points/ { vol tianyuan; } }
CONF

sub register {
    return put('/points/volunteers/v', { kind => 'general' },
               as => 'admin:root');
}

$master->pause;
is_problem(register(), 503, 'store-unavailable', 'a master that stands still');
ok(wait_for(sub { register()->{status} == 201 }), 'its replica serves');
$master->resume;
ok(wait_for(sub { $master->command('INFO', 'replication') =~ /role:slave/ }),
   'it comes back as a replica');
ok(linked($master), 'and has all');
my $asked = 0;
ok(wait_for(sub {
    # the others may not agree in time; then it is ordered again
    eval { $master->command('CLUSTER', 'FAILOVER') } if $asked++ % 300 == 0;
    $master->command('INFO', 'replication') =~ /role:master/
}), 'and is the master again');
is($_->{status}, 200, 'it serves') for map { register() } 1 .. 3;

expect_log(qr/did not reply in time/, qr/refuses operations/);

done();
