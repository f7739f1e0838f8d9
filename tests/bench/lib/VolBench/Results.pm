package VolBench::Results;

# What a part measured: a line for people, and a line of JSON in the file that
# VOL_BENCH_RESULTS names.

use strict;
use warnings;

use FindBin;
use JSON::PP ();

use Exporter 'import';
our @EXPORT_OK = qw( result figure );

my $json = JSON::PP->new->utf8->canonical;


# result(name, [value, low, high], unit => ..., better => 'higher' or 'lower',
# least => ..., aim => ..., note => ...)

sub result {
    my ($name, $figures, %o) = @_;

    my ($value, $low, $high) = map { 0 + sprintf '%.6g', $_ } @$figures;
    my %line = (part => $FindBin::Script, name => $name, value => $value,
                low => $low, high => $high, better => 'higher', %o);

    printf "%-13s %-38s %s\n", @line{qw( part name )}, told(\%line);

    return unless $ENV{VOL_BENCH_RESULTS};
    open my $out, '>>', $ENV{VOL_BENCH_RESULTS}
        or die "$ENV{VOL_BENCH_RESULTS}: $!\n";
    print $out $json->encode(\%line), "\n";
    close $out or die "$ENV{VOL_BENCH_RESULTS}: $!\n";
}


sub told {
    my ($line) = @_;

    my $told = sprintf '%s %s (%s to %s)', figure($line->{value}),
                       $line->{unit}, map { figure($_) } @$line{qw( low high )};
    $told .= ", $_ " . figure($line->{$_})
        for grep { defined $line->{$_} } qw( least aim );
    $told .= "; $line->{note}" if defined $line->{note};
    return $told;
}


# Three figures that count, with commas: 12,345 and 0.95 and 91.2; what is whole
# stays so.

sub figure {
    my ($value) = @_;

    my $abs = abs $value;
    my $decimals = $abs >= 100 || $value == int $value ? 0 : $abs >= 10 ? 1 : 2;
    my $text = sprintf '%.*f', $decimals, $value;
    1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/;
    return $text;
}


1;
