package VolBench::Cpu;

# What processes have used of the processors.

use strict;
use warnings;

use POSIX ();

use Exporter 'import';
our @EXPORT_OK = qw( cpu_of );

use constant {
    # of what follows the name in /proc/PID/stat, in ticks
    USER => 11, SYSTEM => 12,
};


# User and system time of all of them, in seconds.

sub cpu_of {
    my (@pids) = @_;

    my $ticks = 0;
    for my $pid (@pids) {
        open my $in, '<', "/proc/$pid/stat" or next;
        my @fields = split ' ', (<$in> // '') =~ s/.*\) //r;
        $ticks += $fields[USER] + $fields[SYSTEM];
    }
    return $ticks / POSIX::sysconf(&POSIX::_SC_CLK_TCK);
}


1;
