package Vol::Show;

# What vol prints.  Results go to the standard output, progress and complaints
# to the standard error: a bar on a terminal, a line every few seconds
# elsewhere.

use strict;
use warnings;

use Encode ();
use I18N::Langinfo ();
use POSIX ();
use Time::HiRes qw( time );

use Exporter 'import';
our @EXPORT_OK = qw( fail give_up say_out write_out note hush count plural
                     progress progress_end text_of shown );

use constant WIDTH => 78;
use constant BAR => 24;
use constant EVERY => 5;        # seconds, where there is no terminal

my $quiet;
my $drawn = '';                 # what stands on the line of the terminal
my $told = 0;                   # when progress was printed
my $tty = -t STDERR;
my %encoding;


sub hush { $quiet = 1 }


# Ends vol: it could not be done.

sub fail {
    my ($sentence) = @_;
    note($sentence);
    exit 2;
}


# The same from where somebody may still want to try again.

sub give_up {
    my ($sentence, %why) = @_;
    die { sentence => $sentence, %why };
}


# Text for the eyes: what would move the cursor or ring the bell is shown as a
# code, and so is what the terminal's character set does not have.

sub text_of {
    my ($text, $handle) = @_;

    $text =~ s/([\x00-\x1f\x7f-\x9f])/sprintf '\\x{%02x}', ord $1/ge;

    my $name = $encoding{ fileno $handle } //= encoding_of($handle);
    return Encode::encode($name, $text, Encode::FB_PERLQQ());
}


# Bytes of the command line or of a file as text.

sub shown { Encode::decode('UTF-8', $_[0], Encode::FB_DEFAULT()) }


# A file has UTF-8, whatever the locale.

sub encoding_of {
    my ($handle) = @_;

    return 'UTF-8' unless -t $handle;

    POSIX::setlocale(POSIX::LC_CTYPE(), '');
    my $name = I18N::Langinfo::langinfo(I18N::Langinfo::CODESET());
    my $encoding = Encode::find_encoding($name);
    return $encoding ? $encoding->name : 'ascii';
}


# A line of the result.

sub say_out { write_out(text_of($_[0], \*STDOUT) . "\n") }


# Bytes of it.

sub write_out {
    my ($bytes) = @_;

    progress_end() if $tty && -t STDOUT;

    my $at = 0;
    while ($at < length $bytes) {
        my $n = syswrite STDOUT, $bytes, length($bytes) - $at, $at;
        next if !defined $n && $!{EINTR};
        exit 2 if !defined $n && $!{EPIPE};
        fail("the output can't be written: $!.") unless defined $n;
        $at += $n;
    }
}


# A remark, not a part of the result.

sub note {
    my ($sentence) = @_;

    progress_end();
    print STDERR 'vol: ', text_of($sentence, \*STDERR), "\n";
}


# How far it is: progress('accounts', 12, 400); without a total only a count.
# A text stands for "12 of 400" when that is not what people count.

sub progress {
    my ($what, $done, $total, $text) = @_;

    return if $quiet;

    my $now = time;
    return if $now - $told < ($tty ? 0.2 : EVERY);

    my $line = $text // count($done) . ($total ? ' of ' . count($total) : '');
    if ($total) {
        my $part = $done < $total ? $done / $total : 1;
        my $filled = int($part * BAR);
        $line = sprintf '%s%3d %%  %s',
                        $tty ? '[' . '=' x $filled . ' ' x (BAR - $filled)
                               . '] ' : '',
                        int($part * 100), $line;
    }
    $line = "$what: $line";

    # where nobody watches, only what takes long is worth a line
    if (!$tty) {
        if ($told) {
            print STDERR "vol: $line\n";
        }
        $told = $now;
        return;
    }

    $told = $now;
    $line = substr $line, 0, WIDTH;
    print STDERR "\r$line", ' ' x (length($drawn) - length $line);
    $drawn = $line;
}


# Takes the bar away.

sub progress_end {
    print STDERR "\r", ' ' x length $drawn, "\r" if length $drawn;
    $drawn = '';
}


sub count {
    my $n = "$_[0]";
    1 while $n =~ s/\A(-?\d+)(\d{3})/$1,$2/;
    return $n;
}


sub plural {
    my ($n, $one, $many) = @_;
    return count($n) . ' ' . ($n == 1 ? $one : $many // "${one}s");
}


END { progress_end() }


1;
