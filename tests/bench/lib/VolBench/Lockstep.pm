package VolBench::Lockstep;

# Clients that go in step: each writes a request on its own keep-alive
# connection, then all answers are read, and so on.  So the requests of all
# clients gather before nginx and Redis, as they do when these are busy, and the
# same requests come in the same order each time.

use strict;
use warnings;

use VolTest::HTTP qw( dial );

use constant PIECE => 65536;


# new($port, $n): $n clients

sub new {
    my ($class, $port, $n) = @_;

    my @clients = map { { socket => dial($port), buffer => '' } } 1 .. $n;
    return bless { clients => \@clients }, $class;
}


# Sends $count requests, a multiple of the clients, as $request->() makes them;
# dies at an answer that is not 200 or 201.

sub run {
    my ($self, $count, $request) = @_;

    my @clients = @{ $self->{clients} };

    for (1 .. $count / @clients) {
        my @bytes = map { $request->() } @clients;
        send_whole($_->{socket}, shift @bytes) for @clients;
        take_answer($_) for @clients;
    }
}


# A request is smaller than a socket's buffer, so it goes at once.

sub send_whole {
    my ($socket, $bytes) = @_;

    my $n = syswrite $socket, $bytes;
    defined $n && $n == length $bytes or die "nginx is gone: $!\n";
}


sub take_answer {
    my ($client) = @_;

    my ($status, $size);
    until (($status, $size) = whole($client->{buffer})) {
        sysread $client->{socket}, $client->{buffer}, PIECE,
                length $client->{buffer}
            or die "nginx closed a connection\n";
    }

    $status == 200 || $status == 201 or die "answered:\n$client->{buffer}\n";
    substr $client->{buffer}, 0, $size, '';
}


# (status, bytes) of the answer that a buffer begins with, or nothing

sub whole {
    my $end = index $_[0], "\r\n\r\n";
    return if $end < 0;

    my $head = substr $_[0], 0, $end;
    my ($status) = $head =~ m{\AHTTP/1\.1 (\d+)};
    my ($length) = $head =~ /^content-length: (\d+)/im;
    my $size = $end + 4 + ($length // die "an answer without a length\n");

    return length $_[0] < $size ? () : ($status, $size);
}


1;
