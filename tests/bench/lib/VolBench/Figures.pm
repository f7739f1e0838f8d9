package VolBench::Figures;

# What a part found: a line of JSON for each figure, added to the file that
# VOL_BENCH_RESULTS names, if it names one.

use strict;
use warnings;

use JSON::PP ();

use Exporter 'import';
our @EXPORT_OK = qw( figure median );

my $json = JSON::PP->new->canonical;


# part, name, value, unit, better ("higher" or "lower"), and what else is known:
# low and high of several rounds, least, aim, note

sub figure {
    my (%figure) = @_;

    $figure{$_} //= $figure{value} for qw( low high );

    my $file = $ENV{VOL_BENCH_RESULTS} or return;
    open my $out, '>>', $file or die "$file: $!\n";
    print $out $json->encode(\%figure), "\n";
    close $out or die "$file: $!\n";
}


sub median {
    my @sorted = sort { $a <=> $b } @_;
    return $sorted[$#sorted / 2];
}


1;
