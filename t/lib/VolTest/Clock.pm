package VolTest::Clock;

# A Redis whose clock is the test's: it stands still until told another time.

use strict;
use warnings;

use File::Basename ();
use Test::More;
use Time::Local qw( timegm );

use VolTest::Place qw( path write_file );

use Exporter 'import';
our @EXPORT_OK = qw( frozen_clock set_clock );


# The environment for start_redis(env => ...), with the clock at that time of
# UTC; skips the file where there is no C compiler.

sub frozen_clock {
    my ($time) = @_;

    write_file('clock', pack 'q', 0);
    set_clock($time);

    my $source = File::Basename::dirname(__FILE__) . '/../clock.c';
    my @cc = ($ENV{CC} || 'cc', '-O2', '-shared', '-fPIC', '-Wall', '-Werror',
              '-o', path('clock.so'), $source);
    system(@cc) == 0
        or plan(skip_all => 'no C compiler to make a clock with');

    return { LD_PRELOAD => path('clock.so'), VOL_CLOCK => path('clock') };
}


# "2026-12-31 15:59:00", of UTC

sub set_clock {
    my ($time) = @_;

    my ($year, $month, $day, $hour, $min, $sec) = $time =~ /(\d+)/g;
    open my $out, '+<', path('clock') or die "clock: $!\n";
    syswrite $out, pack 'q', timegm($sec, $min, $hour, $day, $month - 1, $year);
}


1;
