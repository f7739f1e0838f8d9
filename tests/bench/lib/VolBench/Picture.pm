package VolBench::Picture;

# A distribution of latencies as SVG: percentiles to the right, spaced so that
# each nine more has the same width, milliseconds upwards, in logarithms.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw( picture );

use constant {
    WIDTH => 800, HEIGHT => 480,
    LEFT => 70, RIGHT => 130, TOP => 50, BOTTOM => 60,
    NINES => 4,                         # as far as 99.99 %
};

# told apart in black and white too
my @LINES = (['#0b5394', ''], ['#b45f06', '7 3'], ['#38761d', '2 3'],
             ['#990000', ''], ['#674ea7', '9 3 2 3']);


# picture(title, [name, [[percentile, ms], ...]], ...): the text of the SVG.

sub picture {
    my ($title, @lines) = @_;

    my @ms = map { map { $_->[1] } @{ $_->[1] } } @lines;
    my ($low, $high) = bounds(@ms);
    my $y = sub { HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM)
                  * log($_[0] / $low) / log($high / $low) };

    return join "\n",
        sprintf('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d"'
                . ' font-family="sans-serif" font-size="13" fill="#222">',
                WIDTH, HEIGHT),
        "<title>$title</title>",
        sprintf('<rect width="%d" height="%d" fill="#fff"/>', WIDTH, HEIGHT),
        text(LEFT, 28, $title, 'font-size="16"'),
        scale_of_percentiles(), scale_of_ms($low, $high, $y),
        (map { line($LINES[$_ % @LINES], $lines[$_][1], $y) } 0 .. $#lines),
        names(map { $_->[0] } @lines), "</svg>\n";
}


# The decades, or their halves and fifths, that have all of it.

sub bounds {
    my @sorted = sort { $a <=> $b } @_;

    my @steps = map { my $d = $_; map { $_ * 10 ** $d } 1, 2, 5 } -4 .. 6;
    my ($low) = grep { $_ <= $sorted[0] } reverse @steps;
    my ($high) = grep { $_ >= $sorted[-1] } @steps;
    return ($low, $high);
}


sub x {
    my ($percentile) = @_;

    my $nines = -log(1 - $percentile / 100) / log 10;
    return LEFT + (WIDTH - LEFT - RIGHT) * $nines / NINES;
}


sub text {
    my ($x, $y, $text, $more) = @_;
    return sprintf '<text x="%.1f" y="%.1f" %s>%s</text>', $x, $y,
                   $more // '', $text;
}


sub rule {
    my ($x1, $y1, $x2, $y2) = @_;
    return sprintf '<path d="M%.1f %.1fL%.1f %.1f" stroke="#ddd"/>',
                   $x1, $y1, $x2, $y2;
}


sub scale_of_percentiles {
    my $bottom = HEIGHT - BOTTOM;

    return (map({ (rule(x($_), TOP, x($_), $bottom),
                   text(x($_), $bottom + 20, $_, 'text-anchor="middle"')) }
                0, 50, 90, 99, 99.9, 99.99),
            text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 15,
                 'percent of answers that came sooner',
                 'text-anchor="middle"'));
}


sub scale_of_ms {
    my ($low, $high, $y) = @_;

    my @marks = grep { $_ >= $low * 0.999 && $_ <= $high * 1.001 }
                map { my $d = $_; map { $_ * 10 ** $d } 1, 2, 5 } -4 .. 6;
    return map({ (rule(LEFT, $y->($_), WIDTH - RIGHT, $y->($_)),
                  text(LEFT - 8, $y->($_) + 4, 0 + sprintf('%.3g', $_),
                       'text-anchor="end"')) } @marks),
           text(LEFT - 8, TOP - 12, 'ms', 'text-anchor="end"');
}


sub line {
    my ($style, $points, $y) = @_;

    my $d = join 'L', map { sprintf '%.1f %.1f', x($_->[0]), $y->($_->[1]) }
            @$points;
    return sprintf '<path d="M%s" fill="none" stroke="%s" stroke-width="2"'
                   . ' stroke-dasharray="%s"/>', $d, @$style;
}


# What each line is, beside them.

sub names {
    my (@names) = @_;

    my $x = WIDTH - RIGHT + 15;
    return map({ my ($color, $dashes) = @{ $LINES[$_ % @LINES] };
                 my $y = TOP + 20 * $_ + 10;
                 (sprintf('<path d="M%d %dh28" stroke="%s" stroke-width="2"'
                          . ' stroke-dasharray="%s"/>', $x, $y, $color,
                          $dashes),
                  text($x + 34, $y + 4, $names[$_])) } 0 .. $#names);
}


1;
