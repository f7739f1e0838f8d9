package VolTest::HTTP2;

# Enough of HTTP/2 (RFC 9113, RFC 7541) to hold many streams on one connection:
# headers as literals, responses' status and data.

use strict;
use warnings;

use IO::Select;
use JSON::PP ();
use Time::HiRes ();

my ($DATA, $HEADERS, $RST_STREAM, $SETTINGS, $PING, $WINDOW_UPDATE)
    = (0, 1, 3, 4, 6, 8);
my ($END_STREAM, $ACK, $END_HEADERS) = (1, 1, 4);

my $TIMEOUT = 30;
my %INDEXED = (8 => 200, 9 => 204, 10 => 206, 11 => 304, 12 => 400,
               13 => 404, 14 => 500);


sub new {
    my ($class, $socket) = @_;

    my $self = bless { socket => $socket, next => 1, in => '',
                       streams => {} }, $class;
    # a window wide enough for all that a suite asks for
    syswrite $socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        . frame($SETTINGS, 0, 0, pack 'nN', 4, 2**30)
        . frame($WINDOW_UPDATE, 0, 0, pack 'N', 2**30);
    return $self;
}


sub frame {
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1)
           . pack('CCN', $type, $flags, $stream) . $payload;
}


# Opens a stream with a request; its body comes by data(), unless it is given.
# Returns the stream's number.

sub request {
    my ($self, $method, $path, $headers, $body, %o) = @_;

    my $stream = $self->{next};
    $self->{next} += 2;

    my @fields = (':method' => $method, ':path' => $path, ':scheme' => 'http',
                  ':authority' => 'localhost', @$headers);
    my $block = '';
    while (my ($name, $value) = splice @fields, 0, 2) {
        $block .= "\x00" . string($name) . string($value);
    }

    my $ends = defined $body || $o{open} ? 0 : $END_STREAM;
    syswrite $self->{socket},
             frame($HEADERS, $END_HEADERS | $ends, $stream, $block);
    $self->data($stream, $body, 1) if defined $body;
    return $stream;
}


sub string {
    my ($text) = @_;
    my $length = length $text;
    return pack('C', $length) . $text if $length < 127;
    return pack('CC', 127, $length - 127) . $text;      # up to 254
}


sub data {
    my ($self, $stream, $bytes, $end) = @_;

    do {
        my $piece = substr $bytes, 0, 16000, '';
        syswrite $self->{socket},
                 frame($DATA, $end && !length $bytes ? $END_STREAM : 0,
                       $stream, $piece);
    } while (length $bytes);
}


sub reset {
    my ($self, $stream) = @_;
    syswrite $self->{socket}, frame($RST_STREAM, 0, $stream, pack 'N', 8);
}


# The response of a stream: {status, raw, json}; status 0 when it was reset.

sub response {
    my ($self, $stream) = @_;

    my $s = $self->{streams}{$stream} //= { raw => '', status => 0 };
    $self->read_frame until $s->{done} || $self->{closed};
    $s->{json} = eval { JSON::PP->new->utf8->decode($s->{raw}) };
    return $s;
}


sub read_frame {
    my ($self) = @_;

    my $end = Time::HiRes::time() + $TIMEOUT;
    my $select = IO::Select->new($self->{socket});
    my $size;

    until (length $self->{in} >= 9
           && length $self->{in}
              >= 9 + ($size = unpack 'N', "\0" . substr $self->{in}, 0, 3))
    {
        my $left = $end - Time::HiRes::time();
        $left > 0 && $select->can_read($left)
            or die "no frame in $TIMEOUT s\n";
        sysread $self->{socket}, $self->{in}, 65536, length $self->{in}
            or return $self->{closed} = 1;
    }

    my $frame = substr $self->{in}, 0, 9 + $size, '';
    my ($type, $flags, $number) = unpack 'x3CCN', $frame;
    my $payload = substr $frame, 9;

    syswrite $self->{socket}, frame($type, $ACK, 0, $type == $PING
                                                    ? $payload : '')
        if ($type == $SETTINGS || $type == $PING) && !($flags & $ACK);

    return unless $number;
    my $s = $self->{streams}{$number} //= { raw => '', status => 0 };

    $s->{status} = status($payload) if $type == $HEADERS;
    $s->{raw} .= $payload if $type == $DATA;
    $s->{done} = 1 if $type == $RST_STREAM
                      || $type <= $HEADERS && $flags & $END_STREAM;
}


# The first field of a block, after an update of the table's size, is :status:
# a row of the static table, or a literal with the name of row 8.

sub status {
    my ($block) = @_;

    $block =~ s/\A[\x20-\x3f]+//;
    my $first = ord $block;
    return $INDEXED{ $first & 0x7f } if $first & 0x80;
    return substr($block, 2, 3) + 0;
}


1;
