package VolTest::Nodes;

# More than one Redis: replicas of a master, sentinels that watch it, or the
# nodes of a cluster, each in a directory and on a loopback port of its own.
# They end with the suite.

use strict;
use warnings;

use VolTest::Place qw( path port write_file );
use VolTest::Process qw( wait_for );
use VolTest::Redis;

use Exporter 'import';
our @EXPORT = qw( redis_node sentinels cluster_of meet join_cluster whole_cluster
                  node_of_slot slot_of move_slot );

my ($owner, $made, @all) = ($$, 10);


# redis_node(OPTIONS of redis-server): one more, on {port}; of a cluster, others
# of it are met on {bus}, for the port that is usual may be somebody's.

sub redis_node {
    my (@args) = @_;

    my $port = port(++$made);
    my $dir = path("node$made");
    mkdir $dir or die "$dir: $!\n";
    my $bus = (grep { $_ eq '--cluster-enabled' } @args) ? port(++$made) : 0;
    push @args, '--cluster-port', $bus if $bus;
    my $node = VolTest::Redis->new(dir => $dir, port => $port,
                                   reconnects => 1,
                                   args => ['--port', $port, '--bind',
                                            '127.0.0.1', '--repl-diskless-sync-delay',
                                            '0', @args]);
    $node->{bus} = $bus;
    push @all, $node;
    return $node;
}


sub meet {
    my ($node, $other) = @_;
    $node->command('CLUSTER', 'MEET', '127.0.0.1', $other->{port},
                   $other->{bus});
}


# So many sentinels of a master, which call it "points".

sub sentinels {
    my ($n, $master, @lines) = @_;

    return map {
        my $port = port(++$made);
        my $conf = write_file("sentinel$made.conf", join '', map { "$_\n" }
            "sentinel monitor points 127.0.0.1 $master->{port} "
            . (int($n / 2) + 1),
            'sentinel down-after-milliseconds points 1500',
            'sentinel failover-timeout points 3000',
            'sentinel parallel-syncs points 5', @lines);
        my $dir = path("node$made");
        mkdir $dir;
        my $s = VolTest::Redis->new(dir => $dir, port => $port,
                                    conf => $conf,
                                    args => ['--port', $port, '--bind',
                                             '127.0.0.1', '--sentinel']);
        push @all, $s;
        $s
    } 1 .. $n;
}


# A cluster of so many masters, the slots spread evenly.

my @cluster;

sub cluster_of {
    my ($n, @args) = @_;

    push @cluster, map {
        redis_node('--cluster-enabled', 'yes', '--cluster-node-timeout', '3000',
                   '--cluster-replica-validity-factor', '0', @args)
    } 1 .. $n;

    for my $i (0 .. $n - 1) {
        my $from = int(16384 * $i / $n);
        my $to = int(16384 * ($i + 1) / $n) - 1;
        $cluster[$i]->command('CLUSTER', 'ADDSLOTSRANGE', $from, $to);
        $cluster[$i]->command('CLUSTER', 'SET-CONFIG-EPOCH', $i + 1);
        meet($cluster[$i], $cluster[0]) if $i;
    }

    whole_cluster();
    return @cluster;
}


# More nodes of it, which keep nothing yet.

sub join_cluster {
    my (@more) = @_;

    for my $node (@more) {
        meet($node, $cluster[0]);
        push @cluster, $node;
    }
    whole_cluster();
}


# Waits until all nodes agree that the cluster is whole.

sub whole_cluster {
    my (@nodes) = @_ ? @_ : @cluster;

    wait_for(sub {
        !grep { my $i = eval { $_->command('CLUSTER', 'INFO') } // '';
                $i !~ /cluster_state:ok/
                    || $i !~ /cluster_known_nodes:${\ scalar @nodes}\r/ } @nodes
    }) or die "the cluster does not become whole\n";
}


sub slot_of {
    my ($district) = @_;
    return $cluster[0]->command('CLUSTER', 'KEYSLOT', "vol:{$district}:books");
}


# The node that keeps a slot, when all that live agree on who keeps which.

sub node_of_slot {
    my ($slot) = @_;

    wait_for(\&settled) or return;

    for my $node (@cluster) {
        my $ranges = eval { $node->command('CLUSTER', 'SLOTS') } or next;
        for my $r (@$ranges) {
            next if $slot < $r->[0] || $slot > $r->[1];
            my ($found) = grep { $_->{port} == $r->[2][1] } @cluster;
            return $found;
        }
    }
    return;
}


# Whether all nodes that live know the same masters, their epochs and slots.  A
# slot that moves before gossip has told the epoch of its last move may be taken
# from its new master, with all that is in it.

sub settled {
    my %views;

    for my $node (@cluster) {
        my $told = eval { $node->command('CLUSTER', 'NODES') } or next;
        my @masters = map { join ' ', @$_[0, 6, 8 .. $#$_] }
                      grep { $_->[2] =~ /master/ }
                      map { [split] } split /\n/, $told;
        $views{ join "\n", sort @masters } = 1;
    }

    return keys %views == 1;
}


# Moves a slot with its keys, as redis-cli does; so many keys at once, and before
# each time the code is called.

sub move_slot {
    my ($slot, $to, $between, $keys) = @_;

    my $from = node_of_slot($slot);
    my ($from_id, $to_id) = map { $_->command('CLUSTER', 'MYID') } $from, $to;

    $to->command('CLUSTER', 'SETSLOT', $slot, 'IMPORTING', $from_id);
    $from->command('CLUSTER', 'SETSLOT', $slot, 'MIGRATING', $to_id);
    while (1) {
        $between->() if $between;
        my $some = $from->command('CLUSTER', 'GETKEYSINSLOT', $slot,
                                  $keys || 100);
        last unless @$some;
        $from->command('MIGRATE', '127.0.0.1', $to->{port}, '', 0, 5000,
                       'KEYS', @$some);
    }
    $_->command('CLUSTER', 'SETSLOT', $slot, 'NODE', $to_id) for $to, $from;
    return $from;
}


END {
    if ($$ == $owner) {
        my $status = $?;
        $_->stop('KILL') for @all;
        $? = $status;
    }
}


1;
