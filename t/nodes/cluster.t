#!/usr/bin/env perl

# A cluster: districts are spread over its masters, and followed when slots
# move or a master dies.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use VolTest;
use VolTest::Nodes;

write_rules();

my @nodes = cluster_of(3);
my @districts = map { "d$_" } 1 .. 12;

start_nginx(workers => 1, conf => <<CONF);
    # nobody is at the first address
    vol_redis  127.0.0.1:${\ port(5)} 127.0.0.1:$nodes[0]{port}
               127.0.0.1:$nodes[1]{port} cluster;
    vol_rules  %RULES%;
    vol_duty_interval  50ms;
    %IDENTITY%

    server {
        listen %PORT%;
        @{[map { "location /$_/points/ { vol $_; }\n" } @districts]}
    }
CONF

my @ADMIN = (as => 'admin:root');

sub register {
    my ($district) = @_;
    return put("/$district/points/volunteers/v", { kind => 'general' }, @ADMIN);
}

sub award {
    my ($district, $points, @o) = @_;
    return post("/$district/points/volunteers/v/awards",
                { case => 'grant', points => $points, evidence => 'e' },
                @ADMIN, @o);
}

sub earned {
    my ($district) = @_;
    return get("/$district/points/volunteers/v", @ADMIN)->{json}{earned};
}


# Spread.

ok(wait_for(sub { register('d1')->{status} =~ /^20/ }), 'a cluster serves');
is(register($_)->{status}, $_ eq 'd1' ? 200 : 201, "$_ is served")
    for @districts;
award($_, 10) for @districts;
is(earned($_), 10, "$_ has its points") for @districts;
my %kept;
for my $node (@nodes) {
    for my $d (@districts) {
        push @{ $kept{$d} }, $node
            if eval { $node->command('HGET', "vol:{$d}:v:v", 'earned') };
    }
}
is(scalar(grep { @{ $kept{$_} } == 1 } @districts), 12,
   'each is at one node');
my %at = map { $kept{$_}[0]{port} => 1 } @districts;
is(scalar(keys %at), 3, 'and all nodes have some');
ok(wait_for(sub {
    my $r = get('/d1/points/audit', @ADMIN);
    post('/d1/points/audit', {}, @ADMIN) if $r->{status} == 404;
    ($r->{json}{state} // '') eq 'done' && $r->{json}{mismatches} == 0
}), 'duties are done there');


# A slot moves.

my $d = $districts[0];
my $slot = slot_of($d);
my ($other) = grep { $_ != $kept{$d}[0] } @nodes;
my ($tries, $done, %said) = (0, 0);
my $key = fresh_key();
my $from = move_slot($slot, $other, sub {
    my $r = award($d, 1, key => $key);
    $tries++;
    $said{$r->{status}}++;
    if ($r->{status} == 201) {
        $done++;
        $key = fresh_key();
    }
}, 1);
ok($tries > 5, 'while a slot moves a call comes before each key');
is_deeply([keys %said], [503], 'nothing is done of a district half gone');
is(award($d, 1, key => $key)->{status}, 201,
   'the one that was refused is done where it went');
is(earned($d), 11, 'once');
is($other->command('HGET', "vol:{$d}:v:v", 'earned'), 11,
   'by the node that has the slot');
is(earned('d2'), 10, 'the others have theirs');
clean($d);

sub clean {
    my ($d) = @_;
    my $r = post("/$d/points/audit", {}, @ADMIN);
    my $audit;
    wait_for(sub { $audit = get("/$d/points/audit", @ADMIN)->{json};
                   ($audit->{state} // '') eq 'done' });
    is($audit->{mismatches}, 0, "the books of $d are in order");
}


# Under load, to and fro.

my %given;
for my $round (1 .. 6) {
    my $to = (grep { $_ != node_of_slot($slot) } @nodes)[$round % 2];
    my $key = fresh_key();
    move_slot($slot, $to, sub {
        $given{$key}++ if award($d, 1, key => $key)->{status} == 201;
        $key = fresh_key();
    }, 3);
    ok(wait_for(sub { award($d, 1, key => $key)->{status} == 201 }),
       'after a move calls go on');
    $given{$key}++;
}
is(earned($d), 11 + keys %given, 'all that was acknowledged is there, once');
clean($d);


# A master dies, and its replica takes over.

my $replica = redis_node('--cluster-enabled', 'yes', '--cluster-node-timeout',
                         '3000');
my $master = node_of_slot($slot);
meet($replica, $master);
whole_cluster(@nodes, $replica);
ok(wait_for(sub {
    eval { $replica->command('CLUSTER', 'REPLICATE',
                             $master->command('CLUSTER', 'MYID')); 1 }
}), 'a replica follows');
ok(wait_for(sub { $replica->command('INFO', 'replication')
                  =~ /master_link_status:up/ }), 'and has all');
my $had = earned($d);
$key = fresh_key();
$master->stop('KILL');
is(award($d, 1, key => $key)->{status}, 503, 'while there is no master');
ok(wait_for(sub { award($d, 1, key => $key)->{status} == 201 }),
   'the replica serves');
is(earned($d), $had + 1, 'with all that was there');
my @rest = grep { $kept{$_}[0] != $master && $_ ne $d } @districts;
is(earned($_), 10, "$_ is served as before") for @rest;
$master->start;
ok(wait_for(sub { $master->command('INFO', 'replication') =~ /role:slave/ }),
   'who was master comes back as a replica');
is(award($d, 1)->{status}, 201, 'and calls go to the one that is');
clean($d);

# The node that is asked who keeps what is taken out, and knows nothing then.

my $leaving = redis_node('--cluster-enabled', 'yes', '--cluster-node-timeout',
                         '3000');
meet($leaving, $nodes[0]);
whole_cluster(@nodes, $replica, $leaving);
stop_nginx();
start_nginx(workers => 1, conf => <<CONF);
    vol_redis  127.0.0.1:$leaving->{port} 127.0.0.1:$nodes[0]{port}
               127.0.0.1:$nodes[1]{port} cluster;
    vol_rules  %RULES%;
    vol_duties off;
    %IDENTITY%

    server {
        listen %PORT%;
        @{[map { "location /$_/points/ { vol $_; }\n" } @districts]}
    }
CONF
ok(wait_for(sub { register('d1')->{status} == 200 }), 'a node leads to others');
my $id = $leaving->command('CLUSTER', 'MYID');
$_->command('CLUSTER', 'FORGET', $id) for @nodes, $replica;
$leaving->command('CLUSTER', 'RESET', 'SOFT');
ok(wait_for(sub { error_log() =~ /cannot serve: it knows no slots/ }),
   'one that was taken out is asked, and knows nothing');
is(register($_)->{status}, 200, "$_ is served") for @districts;

expect_log(qr/redis .* (cannot be reached|closed the connection|cannot serve)/,
           qr/connect\(\) to redis .* failed/, qr/connect\(\) failed/,
           qr/(recv|send)\(\) failed/, qr/refuses operations/);

done();
