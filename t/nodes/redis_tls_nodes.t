#!/usr/bin/env perl

# TLS and users of their own with sentinels and in a cluster: one setting for all
# nodes, whose certificates are looked at by the address that was told.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use VolTest;
use VolTest::Certificates;
use VolTest::Nodes;

my $ca = authority('ca');
certificate('node', by => 'ca', names => 'IP:127.0.0.1,DNS:nodes.test');
certificate('module', by => 'ca');

write_rules();
write_file('password', "of-the-master\n");
write_file('sentinel-password', "of-sentinels\n");

my @tls = ('--tls-cert-file', path('node.pem'), '--tls-key-file',
           path('node.key'), '--tls-ca-cert-file', $ca, '--tls-replication',
           'yes');
my @sentinel_tls = map { s/^--//r } map { "$tls[2 * $_] $tls[2 * $_ + 1]" }
                   0 .. $#tls / 2;
my $mine = "tls tls_ca=$ca tls_certificate=module.pem "
           . 'tls_certificate_key=module.key user=vol password_file=password';

my @words = grep { $_ ne '+select' } acl_rights();
my $port = 40;
my @user = ('vol', 'on', '>of-the-master', @words);

# one whose port for all is that of TLS
sub tls_node {
    my (@args) = @_;
    my $tls = port(++$port);
    my $node = redis_node('--port', 0, '--tls-port', $tls, @tls, @args);
    $node->{port} = $tls;
    return $node;
}

my $first = tls_node();
my $second = tls_node('--replicaof', "127.0.0.1 $first->{port}");
$_->command('ACL', 'SETUSER', @user) for $first, $second;

my @sentinels = sentinels(3, $first, @sentinel_tls);
my @at;
for my $s (@sentinels) {
    # they have TLS on another port beside
    my $tls = port(++$port);
    $s->stop;
    push @{ $s->{args} }, '--tls-port', $tls;
    $s->start;
    $s->command('ACL', 'SETUSER', 'vol', 'on', '>of-sentinels', 'resetkeys',
                'resetchannels', '-@all', '+sentinel|get-master-addr-by-name');
    push @at, "127.0.0.1:$tls";
}

ok(wait_for(sub {
    !grep { my %m = @{ $_->command('SENTINEL', 'MASTER', 'points') };
            $m{'num-slaves'} < 1 || $m{'num-other-sentinels'} != 2
            || $m{flags} ne 'master' } @sentinels
}), 'sentinels watch by TLS');
ok(wait_for(sub { $second->command('INFO', 'replication')
                  =~ /master_link_status:up/ }), 'a replica follows by TLS');

my @nodes = map {
    my $node = tls_node('--cluster-enabled', 'yes', '--tls-cluster', 'yes',
                        '--cluster-node-timeout', '3000');
    $node->command('ACL', 'SETUSER', @user, '+cluster|slots');
    $node
} 1 .. 3;
for my $i (0 .. 2) {
    $nodes[$i]->command('CLUSTER', 'ADDSLOTSRANGE',
                        map { int $_ } 16384 * $i / 3, 16384 * ($i + 1) / 3 - 1);
    $nodes[$i]->command('CLUSTER', 'SET-CONFIG-EPOCH', $i + 1);
    meet($nodes[$i], $nodes[0]) if $i;
}
whole_cluster(@nodes);

my @districts = map { "d$_" } 1 .. 12;

start_nginx(workers => 1, conf => <<CONF);
    vol_rules  %RULES%;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol        tianyuan;
            vol_redis  @at sentinel=points sentinel_user=vol
                       sentinel_password_file=sentinel-password $mine;
        }

        location /named/ {
            vol        tianyuan;
            vol_redis  @at sentinel=points sentinel_user=vol
                       sentinel_password_file=sentinel-password $mine
                       tls_name=nodes.test;
        }

        location /misnamed/ {
            vol        tianyuan;
            vol_redis  @at sentinel=points sentinel_user=vol
                       sentinel_password_file=sentinel-password $mine
                       tls_name=others.test;
        }
    }

    server {
        listen %PORT1%;
        vol_redis  127.0.0.1:$nodes[0]{port} cluster $mine;
        @{[map { "location /$_/points/ { vol $_; }\n" } @districts]}
    }
CONF

my @ADMIN = (as => 'admin:root');
my @body = ({ kind => 'general' }, @ADMIN);

ok(wait_for(sub { put('/points/volunteers/v', @body)->{status} =~ /^20/ }),
   'a master is found by TLS, and used by TLS');
ok(wait_for(sub { get('/named/volunteers/v', @ADMIN)->{status} == 200 }),
   'one name may be that of all nodes');
is_problem(get('/misnamed/volunteers/v', @ADMIN), 503, 'store-unavailable',
           'nodes of another name are not used');
grant('v', 10);

$first->stop('KILL');
ok(wait_for(sub { get('/points/volunteers/v', @ADMIN)->{status} == 200 }),
   'and followed to where it goes');
is(account('v')->{earned}, 10, 'with all it has');
grant('v', 5);
is($second->command('HGET', 'vol:{tianyuan}:v:v', 'earned'), 15, 'there');

for my $d (@districts) {
    my $r;
    ok(wait_for(sub { $r = put("/$d/points/volunteers/v", @body, server => 1);
                      $r->{status} =~ /^20/ }), "a cluster serves $d by TLS");
}
my %at = map { my $node = $_;
               map { $_ => $node->{port} }
               grep { eval { $node->command('EXISTS', "vol:{$_}:v:v") } }
               @districts } @nodes;
is(scalar(keys %at), 12, 'each district is at one node');
is(scalar(keys %{ { reverse %at } }), 3, 'and all nodes have some');

for my $node ($second, @nodes, @sentinels) {
    my @refused = grep { my %l = @$_; $l{username} eq 'vol' }
                  @{ $node->command('ACL', 'LOG') };
    is(scalar @refused, 0, 'no right was missing') or diag(explain(\@refused));
}

expect_log(qr/redis .* (cannot be reached|closed the connection|cannot serve)/,
           qr/connect\(\) to redis .* failed/, qr/connect\(\) failed/,
           qr/(recv|send)\(\) failed/, qr/SSL_/);

done();
