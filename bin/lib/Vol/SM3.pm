package Vol::SM3;

# SM3 (GB/T 32905-2016), which is in no module that comes with Perl.  The rounds
# are written out once, as text, because a loop over them takes twice as long.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw( sm3_hex );

my $compress = rounds();


sub sm3_hex {
    my ($bytes) = @_;

    my $size = length $bytes;
    $bytes .= "\x80" . "\0" x ((55 - $size) % 64) . pack 'Q>', $size * 8;

    my @v = (0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
             0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e);
    @v = $compress->(@v, $_) for unpack '(a64)*', $bytes;

    return sprintf '%08x' x 8, @v;
}


# rotations to the left; bits above the 32nd are left to whoever masks a sum

sub left { "($_[0] << $_[1] | $_[0] >> " . (32 - $_[1]) . ')' }

sub rounds {
    my $code = 'sub { my ($a, $b, $c, $d, $e, $f, $g, $h) = @_;'
               . 'my ($x, $y, $z);'
               . 'my (' . join(', ', map { "\$w$_" } 0 .. 15)
               . ') = unpack "N16", $_[8];';

    for my $j (16 .. 67) {
        my ($w16, $w13, $w9, $w6, $w3) = map { '$w' . ($j - $_) }
                                         16, 13, 9, 6, 3;
        $code .= "\$x = ($w16 ^ $w9 ^ " . left($w3, 15) . ') & 0xffffffff;'
                 . "my \$w$j = (\$x ^ " . left('$x', 15) . ' ^ '
                 . left('$x', 23) . ' ^ ' . left($w13, 7)
                 . " ^ $w6) & 0xffffffff;";
    }

    # the registers change their names instead of their values
    my ($a, $b, $c, $d, $e, $f, $g, $h) = map { "\$$_" } 'a' .. 'h';

    for my $j (0 .. 63) {
        my $t = $j < 16 ? 0x79cc4519 : 0x7a879d8a;
        my $by = $j % 32;
        $t = ($t << $by | $t >> (32 - $by)) & 0xffffffff;

        my ($ff, $gg) = $j < 16
            ? ("($a ^ $b ^ $c)", "($e ^ $f ^ $g)")
            : ("($a & $b | ($a | $b) & $c)", "(($f ^ $g) & $e ^ $g)");
        my $w = "\$w$j";
        my $w4 = '$w' . ($j + 4);

        $code .= '$y = ' . left($a, 12) . ';'
                 . "\$x = (\$y + $e + $t) & 0xffffffff;"
                 . '$x = ' . left('$x', 7) . ';'
                 . "\$z = ($gg + $h + \$x + $w) & 0xffffffff;"
                 . "$d = ($ff + $d + (\$x ^ \$y) + ($w ^ $w4)) & 0xffffffff;"
                 . "$h = (\$z ^ " . left('$z', 9) . ' ^ ' . left('$z', 17)
                 . ') & 0xffffffff;'
                 . "$b = " . left($b, 9) . ' & 0xffffffff;'
                 . "$f = " . left($f, 19) . ' & 0xffffffff;';
        ($a, $b, $c, $d, $e, $f, $g, $h) = ($d, $a, $b, $c, $h, $e, $f, $g);
    }

    my @v = ($a, $b, $c, $d, $e, $f, $g, $h);
    $code .= 'return (' . join(', ', map { "$v[$_] ^ \$_[$_]" } 0 .. 7) . ') }';

    return eval $code || die $@;
}


1;
