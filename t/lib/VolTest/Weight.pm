package VolTest::Weight;

# What processes weigh: their memory and their open descriptors.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw( weight clients_of );


# weight(pid): {rss, pss} in kB and {fds}.

sub weight {
    my ($pid) = @_;

    open my $in, '<', "/proc/$pid/smaps_rollup" or die "process $pid: $!\n";
    my %of = map { /^(\w+):\s+(\d+) kB/ ? ($1 => $2) : () } <$in>;
    opendir my $fds, "/proc/$pid/fd" or die "process $pid: $!\n";

    return { rss => $of{Rss}, pss => $of{Pss},
             fds => scalar grep { /\d/ } readdir $fds };
}


# How many connections a port has with whoever is connected to it.

sub clients_of {
    my ($port) = @_;

    $port = sprintf '%04X', $port;
    open my $in, '<', '/proc/net/tcp' or die "/proc/net/tcp: $!\n";
    # sl, local_address, rem_address, st; 0A listens, and of one in TIME_WAIT
    # (06) no process knows
    return scalar grep { /^\s*\d+: \S+:$port \S+ (\S\S) /
                         && $1 ne '0A' && $1 ne '06' } <$in>;
}


1;
