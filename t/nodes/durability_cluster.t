#!/usr/bin/env perl

# A cluster where writes wait for a replica: each node's own, for whichever
# districts came together, also while one moves.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use VolTest;
use VolTest::Nodes;

write_rules();

my @masters = cluster_of(2);
my @replicas = map { redis_node('--cluster-enabled', 'yes',
                                '--cluster-node-timeout', '3000') } @masters;

for my $i (0, 1) {
    meet($replicas[$i], $masters[0]);
}
whole_cluster(@masters, @replicas);
for my $i (0, 1) {
    my $id = $masters[$i]->command('CLUSTER', 'MYID');
    ok(wait_for(sub { eval { $replicas[$i]->command('CLUSTER', 'REPLICATE',
                                                    $id); 1 } }),
       'a replica is told whom to follow');
}

sub follows {
    my ($node) = @_;
    return wait_for(sub { $node->command('INFO', 'replication')
                          =~ /master_link_status:up/ });
}

ok(follows($_), 'and does') for @replicas;

start_nginx(workers => 1, conf => <<CONF);
    vol_redis   127.0.0.1:$masters[0]{port} cluster;
    vol_rules   %RULES%;
    vol_duties  off;
    vol_read_timeout  60s;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol             \$http_x_district;
            vol_durability  replicas=1 timeout=50s;
        }

        location /hasty/ {
            vol             \$http_x_district;
            vol_durability  replicas=1 timeout=100ms;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');

sub in { return (@ADMIN, headers => ['X-District' => $_[0]]) }

sub written {
    my ($base, $district, $id) = @_;
    return put("/$base/merchants/$id", { title => $id }, in($district));
}

sub keeps { node_of_slot(slot_of($_[0])) }

# twelve districts of each node, more than have a mark of their own
my %of = (0 => [], 1 => []);
for (my $n = 0; grep { @$_ < 12 } values %of; $n++) {
    my $i = keeps("d$n") == $masters[0] ? 0 : 1;
    push @{ $of{$i} }, "d$n" if @{ $of{$i} } < 12;
}
my @districts = map { @{ $of{$_} } } 0, 1;

ok(wait_for(sub { written('points', $districts[0], 'm')->{status} == 201 }),
   'a district is written to');

my %statuses;
my @todo = map { my $d = $_; map { [$d, "m$_"] } 1 .. 20 } @districts;
crowd(port(), 48, sub {
          my $next = shift @todo or return;
          return build('PUT', "/points/merchants/$next->[1]",
                       in($next->[0]), body => { title => 'T' }) },
      sub { my $said = $_[1]{headers}{'vol-durability'} // '';
            $statuses{"$_[1]{status} $said"}++ });
is_deeply(\%statuses, { '201 replicas=1' => 480 },
          'and all the others, each with its replica');
for my $i (0, 1) {
    my $there = grep { $_ =~ /:m:m\d+$/ } @{ $replicas[$i]->command('KEYS',
                                                                   '*:m:*') };
    is($there, 240, 'which has them');
}


# One replica stands still.

$replicas[1]->pause;
is_problem(written('hasty', $of{1}[0], 'late'), 503, 'outcome-unknown',
           'a node whose replica is away is in doubt');
is(written('points', $of{0}[0], 'late')->{status}, 201, 'the other is not');
$replicas[1]->resume;
ok(wait_for(sub { written('hasty', $of{1}[0], 'late')->{status} == 200 }),
   'until it is there');


# A district moves, the others of its node go on.

my ($moving, $staying) = @{ $of{0} };
my $slot = slot_of($moving);
my %while;
move_slot($slot, $masters[1], sub {
    my @s = send_all(map { build('PUT', '/points/merchants/m1', in($_),
                                 body => { title => 'moved' }) }
                     $moving, $staying);
    my @r = map { receive($_, 'PUT') } @s;
    $while{moving}{ $r[0]{status} }++;
    $while{staying}{ $r[1]{status} }++;
}, 5);
is_deeply([keys %{ $while{staying} }], [200],
          'a district beside one that moves is written to');
ok($while{moving}{503}, 'which is not, meanwhile');
ok(wait_for(sub { ($_ = written('points', $moving, 'new'))->{status} =~ /^20/ }),
   'but is where it came to');
is($_->{headers}{'vol-durability'}, 'replicas=1', 'and waited for there');
ok(wait_for(sub { $replicas[1]->command('KEYS', "vol:{$moving}:m:new")->[0] }),
   'by its replica');

expect_log(qr/redis .* (cannot be reached|closed the connection|cannot serve)/,
           qr/refuses operations/);

done();
