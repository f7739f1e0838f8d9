package VolBench::Rounds;

# Alternating rounds, and what is made of their figures.  The machine is shared
# and its speed changes by the minute, so a ratio is taken within a round, of
# what ran one after the other, and its median is told with the least and most.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw( seconds asked rounds median ratio spread );


sub seconds { $ENV{VOL_BENCH_SECONDS} || 5 }
sub asked { $ENV{VOL_BENCH_ROUNDS} || 3 }


# rounds(name => code, ...): runs the codes in turn, as many rounds as were
# asked for, and returns {name => [what it gave, round by round]}.  Every other
# round runs backwards, so that none always comes after the same one.

sub rounds {
    my (@kinds) = @_;

    my @names = map { $kinds[2 * $_] } 0 .. $#kinds / 2;
    my %code = @kinds;
    my %got;

    for (1 .. asked()) {
        push @{ $got{$_} }, $code{$_}->() for @names;
        @names = reverse @names;
    }
    return \%got;
}


sub median {
    my @sorted = sort { $a <=> $b } @_;
    return @sorted % 2 ? $sorted[@sorted / 2]
                       : ($sorted[@sorted / 2 - 1] + $sorted[@sorted / 2]) / 2;
}


# (median, least, most) of figures: what result() wants.

sub spread {
    my @sorted = sort { $a <=> $b } @_;
    return [median(@sorted), $sorted[0], $sorted[-1]];
}


# The same of the ratios of two kinds, round by round; of a field of what their
# rounds gave, when one is named.

sub ratio {
    my ($got, $one, $other, $field) = @_;

    my @ones = map { defined $field ? $_->{$field} : $_ } @{ $got->{$one} };
    my @others = map { defined $field ? $_->{$field} : $_ } @{ $got->{$other} };
    return spread(map { $ones[$_] / $others[$_] } 0 .. $#ones);
}


1;
