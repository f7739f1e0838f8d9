package VolModel::Calendar;

# Days since 1970 and their dates, by gmtime and timegm.

use strict;
use warnings;

use Time::Local qw( timegm_modern );

use Exporter 'import';
our @EXPORT_OK = qw( day_number ymd date year_of time_text );

my (%ymd, %number);


# The day of a date; of 29 February in a year without one it is 1 March.

sub day_number {
    my ($year, $month, $day) = @_;

    return $number{"$year-$month-$day"} //= do {
        my $leap = $year % 4 == 0 && ($year % 100 != 0 || $year % 400 == 0);
        ($month, $day) = (3, 1) if $month == 2 && $day == 29 && !$leap;
        timegm_modern(0, 0, 0, $day, $month - 1, $year) / 86400;
    };
}


# [year, month, day of the month]

sub ymd {
    my ($day) = @_;

    return $ymd{$day} //= do {
        my @t = gmtime $day * 86400;
        [$t[5] + 1900, $t[4] + 1, $t[3]];
    };
}


sub date { sprintf '%04d-%02d-%02d', @{ ymd($_[0]) } }


sub year_of { ymd($_[0])->[0] }


# RFC 3339, of seconds since 1970 at an offset such as "-03:30".

sub time_text {
    my ($seconds, $utc_offset, $zone) = @_;

    my @t = gmtime $seconds + $utc_offset;
    return sprintf '%04d-%02d-%02dT%02d:%02d:%02d%s', $t[5] + 1900, $t[4] + 1,
                   @t[3, 2, 1, 0], $zone;
}


1;
