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


# JSON as nested hashes and lists; true and false are these words.  It is
# nginx's own writing: what it can't be is not looked for.

my %ESCAPED = (n => "\n", t => "\t", r => "\r", b => "\b", f => "\f");

sub decode {
    my ($text) = @_;

    my $top = [];
    my ($in, $name, @outer) = ($top);

    while ($text =~ /\G[,:]?(?:"([^"\\]*)"(:?)|(-?\d+|true|false)|(null)
                              |([{\[])|([}\]])|"((?:[^"\\]|\\.)*)"(:?))/gcx)
    {
        my $value;

        if (defined $1) {
            if ($2) {
                $name = $1;
                next;
            }
            $value = $1;

        } elsif (defined $3) {
            $value = $3;

        } elsif (defined $5) {
            $value = $5 eq '{' ? {} : [];

        } elsif (defined $6) {
            $in = pop @outer or last;
            next;

        } elsif (defined $7) {
            die "an escaped name: $text\n" if $8;
            $value = $7 =~ s{\\(.)}{$ESCAPED{$1} // $1}ger;
        }

        ref $in eq 'HASH' ? $in->{$name} = $value : push @$in, $value;
        if (ref $value) {
            push @outer, $in;
            $in = $value;
        }
    }

    die "bad JSON: $text\n"
        if (pos($text) // 0) != length $text || $in != $top || @$top != 1;
    return $top->[0];
}


1;
