package VolBench::Load;

# Rounds at a rate that is less than the most: clients who wait at random
# between an answer and their next request, so that requests come whether or not
# those before them are answered.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw( at_rate );

use constant {
    NEAR => 0.05,               # how far from what was asked the rate may be
    TRIES => 6,
    LEAST_PAUSE => 1,           # ms
};


# at_rate(requests a second, number of clients, code): the code gets a pause in
# milliseconds, runs a round with it and returns what clients() told.  What a
# client's turn takes beside the pause is seen from the rate that a pause gave;
# the round that came near, or the last one tried, is returned.

sub at_rate {
    my ($rate, $clients, $round) = @_;

    my $turn = 1000 * $clients / $rate;
    my $pause = $turn;
    my $told;

    for (1 .. TRIES) {
        $told = $round->($pause);
        last if abs($told->{rate} / $rate - 1) <= NEAR;

        my $beside = 1000 * $clients / $told->{rate} - $pause;
        $pause = $turn - $beside;
        $pause = LEAST_PAUSE if $pause < LEAST_PAUSE;
    }
    return $told;
}


1;
