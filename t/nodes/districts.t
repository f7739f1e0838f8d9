#!/usr/bin/env perl

# The figures of districts that lie on the masters of a cluster: some of them
# are there when a master is not.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use VolTest;
use VolTest::Nodes;

write_rules();

# each district is whole at its master: the others serve on without one
my @nodes = cluster_of(3, '--cluster-require-full-coverage', 'no');
my @districts = map { "d$_" } 1 .. 240;

# 10 of each master have something to count
my (%on, %has);
for my $d (@districts) {
    my $node = node_of_slot(slot_of($d));
    push @{ $on{$node->{port}} }, $d;
}
is(scalar(keys %on), 3, 'every master keeps some');
ok(@{ $on{$_->{port}} } > 64, '... and more than are called at a time')
    for @nodes;
$has{$_}++ for map { @{ $on{$_->{port}} }[0 .. 9] } @nodes;

start_nginx(workers => 1, conf => <<CONF);
    vol_redis  127.0.0.1:$nodes[0]{port} 127.0.0.1:$nodes[1]{port} cluster;
    vol_rules  %RULES%;
    vol_read_timeout  1s;
    vol_duties  off;
    %IDENTITY%
    vol_districts
        @{[join "\n", @districts]};

    server {
        listen %PORT%;
        location /points/ { vol centre; }
        @{[map { "location /$_/ { vol $_; }\n" } sort keys %has]}
    }
CONF

my @ADMIN = (as => 'admin:root');
my $URL = '/points/stats/districts?limit=1000';

sub districts { created(get($URL, @ADMIN)) }

ok(wait_for(sub { get($URL, @ADMIN)->{status} == 200
                  && districts()->{total}{complete} }), 'all are there');
created(put("/$_/volunteers/v", { kind => 'general' }, @ADMIN))
    for sort keys %has;


# All of them.

sub all_there {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $d = districts();
    is(join(' ', map { $_->{volunteers} // '-' } @{ $d->{districts} }),
       join(' ', map { $has{$_} || 0 } @districts), $name);
    is($d->{total}{volunteers}, 30, '... with all in the total');
    ok($d->{total}{complete}, '... which is complete');
}

all_there('the districts of all masters in one answer');


# Without some of them: those of one master.

sub without {
    my ($node, $name, $d) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    $d ||= districts();
    my %gone = map { $_ => 1 } ref $node ? @{ $on{$node->{port}} } : $node;
    is(join(' ', map { $_->{problem} // $_->{volunteers} }
                 @{ $d->{districts} }),
       join(' ', map { $gone{$_} ? 'store-unavailable' : $has{$_} || 0 }
                 @districts), $name);
    is($d->{total}{volunteers}, (grep { !$gone{$_} } keys %has),
       '... the total is that of the others');
    is_deeply([@{ $d->{total} }{qw( districts complete )}], [240, false],
              '... and says that it is not complete');
    is_deeply($d->{total}{missing}, [grep { $gone{$_} } @districts],
              '... and whom it lacks');
}

# under way: nothing is known of it yet
$nodes[2]->pause;
without($nodes[2], 'a master that does not answer takes no other away');
without($nodes[2], '... nor the next time');
$nodes[2]->resume;
ok(wait_for(sub { districts()->{total}{complete} }), 'it answers again');

$nodes[1]->stop('KILL');
without($nodes[1], 'a master is killed: the others are shown');
ok(wait_for(sub { $nodes[0]->command('CLUSTER', 'NODES') =~ /master,fail / }),
   'the cluster sees that it has failed');
ok(wait_for(sub {
    @{ districts()->{total}{missing} } == @{ $on{$nodes[1]{port}} }
}), 'and goes on without it');
without($nodes[1], 'the others are shown as before');
my $own = $on{$nodes[1]{port}}[0];
is(get("/$own/stats", @ADMIN)->{status}, 503,
   'where the district of the location itself is away');
without($nodes[1], '... those that are there are shown, too',
        created(get("/$own/stats/districts?limit=1000", @ADMIN)));
$nodes[1]->start;
ok(wait_for(sub { districts()->{total}{complete} }), 'it is back');
all_there('with all that it had');


# A slot moves.

my $moves = $on{$nodes[0]{port}}[0];
my $half;
move_slot(slot_of($moves), $nodes[2], sub { $half ||= districts() }, 1);
without($moves, 'a district that is half here and half there is left out',
        $half);
all_there('it is found where it went');

expect_log(qr/redis .* (cannot be reached|closed the connection|cannot serve
                       |did not reply)/x,
           qr/connect\(\) to redis .* failed/, qr/connect\(\) failed/,
           qr/(recv|send)\(\) failed/, qr/refuses operations/);

done();
