package VolBench;

# What every part of the benchmark stands on.  A part is a file:
#
#     use FindBin;
#     use lib "$FindBin::Bin/lib", "$FindBin::Bin/../../t/lib";
#     use VolBench;
#
#     my $district = VolBench::District->new(name => 'module');
#     my $rates = rounds(fast => sub { ... }, slow => sub { ... });
#     result('fast_to_slow', ratio($rates, 'fast', 'slow'), unit => 'times');
#
# All its servers stand in one temporary directory, on loopback, and are gone
# when it ends, by whatever.  Environment: VOL_BENCH_SECONDS a round,
# VOL_BENCH_ROUNDS, VOL_BENCH_RESULTS (see VolBench::Results), VOL_MODULE (the
# .so), VOL_KEEP (keep the directory).

use strict;
use warnings;

use VolBench::Clients qw( CLIENTS clients clients_while );
use VolBench::District;
use VolBench::Nginx;
use VolBench::Peer;
use VolBench::Results qw( result figure );
use VolBench::Rounds qw( seconds asked rounds median ratio spread );
use VolBench::Store;
use VolTest::Place qw( dir path write_file read_file port clear );

use Exporter 'import';
our @EXPORT = qw( CLIENTS clients clients_while result figure seconds asked
                  rounds median ratio spread dir path write_file read_file
                  port );

my $owner = $$;

$| = 1;
$SIG{PIPE} = 'IGNORE';
$SIG{INT} = $SIG{TERM} = $SIG{HUP} = sub { exit 130 };


# Servers end before their directory does.

END {
    if ($$ == $owner) {
        my $status = $?;

        VolBench::Clients::stop_all();
        VolBench::Nginx::stop_all();
        VolBench::Peer::stop_all();
        VolBench::Store::stop_all();
        $ENV{VOL_KEEP} ? print("kept: ", dir(), "\n") : clear();

        $? = $status;
    }
}


1;
