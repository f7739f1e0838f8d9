package VolModel::Client;

# Keep-alive connections to nginx and no more of HTTP and JSON than the answers
# of the module need: a million of them are read.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw( decode );

use IO::Socket::INET;
use Socket qw( SOL_SOCKET SO_RCVTIMEO IPPROTO_TCP TCP_NODELAY );

my $TIMEOUT = 30;       # seconds: a bound, not a measure


sub new {
    my ($class, $port) = @_;
    return bless { port => $port, connections => [] }, $class;
}


sub connection {
    my ($self, $i) = @_;

    return $self->{connections}[$i] //= do {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                           PeerPort => $self->{port})
            or die "can't connect to nginx: $!\n";
        setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
        setsockopt $socket, SOL_SOCKET, SO_RCVTIMEO,
                   pack 'l!l!', $TIMEOUT, 0;
        $socket;
    };
}


# Sends each request on a connection of its own, then reads the answers:
# {status, json, raw, replayed}.

sub ask {
    my ($self, @requests) = @_;

    for my $i (0 .. $#requests) {
        my $n = syswrite $self->connection($i), $requests[$i];
        die "can't send to nginx: $!\n"
            if !defined $n || $n != length $requests[$i];
    }

    return map { $self->answer($_) } 0 .. $#requests;
}


sub answer {
    my ($self, $i) = @_;

    my $socket = $self->{connections}[$i];
    my $buffer = '';
    my ($end, $size);

    while (1) {
        sysread $socket, $buffer, 65536, length $buffer
            or die "nginx does not answer: ", $! || 'closed', "\n";

        unless (defined $end) {
            $end = index $buffer, "\r\n\r\n";
            if ($end < 0) {
                undef $end;
                next;
            }
            my $head = substr $buffer, 0, $end;
            $size = $head =~ /\r\nContent-Length: (\d+)/i ? $1
                    : die "no Content-Length: $head\n";
        }

        last if length $buffer >= $end + 4 + $size;
    }

    my $head = substr $buffer, 0, $end;
    my $raw = substr $buffer, $end + 4;

    delete $self->{connections}[$i] if $head =~ /\r\nConnection: close/i;

    return { status => substr($head, 9, 3) + 0, raw => $raw,
             json => length $raw && $raw =~ /\A[{\[]/ ? decode($raw) : undef,
             replayed => $head =~ /\r\nIdempotent-Replayed: true/i ? 1 : 0 };
}


# JSON as nested hashes and lists; true and false are these words.

my %ESCAPED = (n => "\n", t => "\t", r => "\r", b => "\b", f => "\f");

sub decode {
    my ($text) = @_;

    pos($text) = 0;
    my $value = value(\$text);
    $text =~ /\G\s*\z/ or bad(\$text);
    return $value;
}


sub value {
    my ($t) = @_;

    if ($$t =~ /\G\s*"/gc) {
        return string($t);
    }

    if ($$t =~ /\G\s*\{/gc) {
        my %object;
        return \%object if $$t =~ /\G\s*\}/gc;
        while (1) {
            $$t =~ /\G\s*"/gc or bad($t);
            my $name = string($t);
            $$t =~ /\G\s*:/gc or bad($t);
            $object{$name} = value($t);
            next if $$t =~ /\G\s*,/gc;
            $$t =~ /\G\s*\}/gc or bad($t);
            return \%object;
        }
    }

    if ($$t =~ /\G\s*\[/gc) {
        my @list;
        return \@list if $$t =~ /\G\s*\]/gc;
        while (1) {
            push @list, value($t);
            next if $$t =~ /\G\s*,/gc;
            $$t =~ /\G\s*\]/gc or bad($t);
            return \@list;
        }
    }

    return $1 if $$t =~ /\G\s*(-?\d+|true|false)/gc;
    return undef if $$t =~ /\G\s*null/gc;
    bad($t);
}


sub string {
    my ($t) = @_;

    $$t =~ /\G((?:[^"\\]|\\.)*)"/gc or bad($t);
    my $s = $1;
    $s =~ s/\\(.)/$ESCAPED{$1} \/\/ $1/ge if index($s, '\\') >= 0;
    return $s;
}


sub bad {
    my ($t) = @_;
    die 'bad JSON at ' . (pos($$t) // 0) . ": $$t\n";
}


1;
