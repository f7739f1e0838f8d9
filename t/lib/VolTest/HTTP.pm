package VolTest::HTTP;

# Requests as they stand on the wire, and what came back.  Raw sockets, because
# the suites pipeline, abandon, dribble and misspell what a library would not.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use Time::HiRes ();

use VolTest::Record ();

use Exporter 'import';
our @EXPORT_OK = qw( build parse dial receive exchange crowd );

our $TIMEOUT = 30;      # seconds a reply is waited for: a bound, not a measure

my $json = JSON::PP->new->utf8->canonical->allow_nonref;


# The bytes of a request.  Options: as => "role:user[:scope]", key => the
# Idempotency-Key, body => a reference (sent as JSON) or bytes, type => the
# Content-Type (undef for none), headers => [name => value, ...], version,
# chunked => the sizes to cut the body into, close => 1.

sub build {
    my ($method, $path, %o) = @_;

    my $version = $o{version} // '1.1';
    my @headers = ("Host: localhost");

    if (defined $o{as}) {
        my ($role, $user, $scope) = split /:/, $o{as}, 3;
        push @headers, "X-Role: $role", "X-User: $user";
        push @headers, "X-Scope: $scope" if defined $scope;
    }

    push @headers, "Idempotency-Key: $o{key}" if defined $o{key};

    my @more = @{ $o{headers} || [] };
    while (my ($name, $value) = splice @more, 0, 2) {
        push @headers, "$name: $value";
    }

    my $body = $o{body};
    $body = $json->encode($body) if ref $body;

    if (defined $body) {
        my $type = exists $o{type} ? $o{type} : 'application/json';
        push @headers, "Content-Type: $type" if defined $type;

        if ($o{chunked}) {
            push @headers, "Transfer-Encoding: chunked";
            $body = chunks($body, @{ $o{chunked} });

        } else {
            push @headers, "Content-Length: " . length $body;
        }
    }

    push @headers, "Connection: close" if $o{close};

    return join("\r\n", "$method $path HTTP/$version", @headers, '', '')
           . ($body // '');
}


sub chunks {
    my ($body, @sizes) = @_;

    my $out = '';
    while (length $body) {
        my $size = @sizes > 1 ? shift @sizes : $sizes[0];
        my $piece = substr $body, 0, $size, '';
        $out .= sprintf("%x\r\n%s\r\n", length $piece, $piece);
    }

    return $out . "0\r\n\r\n";
}


# Takes one whole response off the front of $$buffer: {status, headers, raw,
# json, head}; undef while it isn't whole.  A name that came twice keeps both
# values, joined by ", ".

sub parse {
    my ($buffer, $method, $eof) = @_;

    $$buffer =~ m{\A(HTTP/1\.[01]\ (\d\d\d)[^\r\n]*\r\n((?:[^\r\n]+\r\n)*))\r\n}x
        or return;

    my ($head, $status, $lines) = ($1, $2, $3);
    my $from = length($head) + 2;
    my %headers;

    for (split /\r\n/, $lines) {
        my ($name, $value) = /\A([^:]+):\s*(.*?)\s*\z/ or next;
        $name = lc $name;
        $headers{$name} = defined $headers{$name}
                          ? "$headers{$name}, $value" : $value;
    }

    my $body = '';

    if ($method eq 'HEAD' || $status == 204 || $status == 304
        || $status < 200)
    {
        substr $$buffer, 0, $from, '';

    } elsif (($headers{'transfer-encoding'} // '') eq 'chunked') {
        my $at = $from;

        while (1) {
            pos($$buffer) = $at;
            $$buffer =~ /\G([0-9a-fA-F]+)[^\r\n]*\r\n/g or return;
            my ($size, $start) = (hex $1, pos $$buffer);

            length $$buffer >= $start + $size + 2 or return;
            $body .= substr $$buffer, $start, $size;
            $at = $start + $size + 2;
            last unless $size;
        }

        substr $$buffer, 0, $at, '';

    } elsif (defined $headers{'content-length'}) {
        my $size = $headers{'content-length'};
        length $$buffer >= $from + $size or return;
        $body = substr $$buffer, $from, $size;
        substr $$buffer, 0, $from + $size, '';

    } else {
        $eof or return;
        $body = substr $$buffer, $from;
        $$buffer = '';
    }

    my $value;
    $value = eval { $json->decode($body) }
        if ($headers{'content-type'} // '') =~ m{^application/(\w+\+)?json\b};

    return { status => $status + 0, head => $head, headers => \%headers,
             raw => $body, json => $value };
}


sub dial {
    my ($port) = @_;

    return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
                                 Proto => 'tcp', Timeout => $TIMEOUT)
        || die "can't connect to 127.0.0.1:$port: $!\n";
}


# The next response on a connection; status 0 when it was closed without one.

sub receive {
    my ($socket, $method, $buffer) = @_;

    my $own = '';
    $buffer //= \$own;

    my $select = IO::Select->new($socket);
    my $end = Time::HiRes::time() + $TIMEOUT;
    my $eof = 0;

    while (1) {
        my $response = parse($buffer, $method // 'GET', $eof);
        VolTest::Record::answered($socket, $response) if $response;
        return $response if $response;
        last if $eof;

        my $left = $end - Time::HiRes::time();
        $left > 0 && $select->can_read($left)
            or die "no reply in $TIMEOUT s\n";

        my $n = sysread $socket, $$buffer, 65536, length $$buffer;
        next if !defined $n && $!{EINTR};
        $eof = 1 unless $n;
    }

    return { status => 0, head => '', headers => {}, raw => $$buffer };
}


sub exchange {
    my ($port, $method, $bytes) = @_;

    my $socket = dial($port);
    VolTest::Record::asked($socket, $bytes);
    my $at = 0;

    while ($at < length $bytes) {
        my $n = syswrite $socket, $bytes, length($bytes) - $at, $at;
        last unless $n;         # refused early; the answer is on its way
        $at += $n;
    }

    return receive($socket, $method);
}


# $n clients at once.  Each asks $next->($client) for the request to send, until
# that gives undef, and tells $got->($client, $response).  Connections are kept
# alive; a request on one that was kept and then closed is sent again on a new
# one, as any client does, but the first request of a connection must be
# answered: else its response has the status 0.

sub crowd {
    my ($port, $n, $next, $got) = @_;

    my $select = IO::Select->new;
    my %clients;

    my $hang_up = sub {
        my ($c) = @_;
        my $socket = delete $c->{socket} or return;
        $select->remove($socket);
        delete $clients{$socket};
        close $socket;
    };

    my $send = sub {
        my ($c) = @_;

        unless ($c->{socket}) {
            my $socket = dial($port);
            @$c{qw( socket buffer answered )} = ($socket, '', 0);
            $clients{$socket} = $c;
            $select->add($socket);
        }

        VolTest::Record::asked($c->{socket}, $c->{request});
        syswrite $c->{socket}, $c->{request};
    };

    my $go_on = sub {
        my ($c) = @_;
        $c->{request} = $next->($c->{id}) // return $hang_up->($c);
        ($c->{method}) = $c->{request} =~ /\A(\S+)/;
        $send->($c);
    };

    $go_on->({ id => $_ }) for 0 .. $n - 1;

    while (%clients) {
        my @ready = $select->can_read($TIMEOUT)
            or die "no reply to any client in $TIMEOUT s\n";

        for my $c (map { $clients{$_} || () } @ready) {
            my $read = sysread $c->{socket}, $c->{buffer}, 65536,
                               length $c->{buffer};
            my $response = parse(\$c->{buffer}, $c->{method}, !$read);

            if (!$response) {
                next if $read;

                my $kept = $c->{answered} && !length $c->{buffer};
                $hang_up->($c);
                if ($kept) {
                    $send->($c);
                    next;
                }
                $response = { status => 0, headers => {}, raw => '' };

            } else {
                VolTest::Record::answered($c->{socket}, $response);
                $c->{answered}++;
                $hang_up->($c)
                    if ($response->{headers}{connection} // '') eq 'close';
            }

            $got->($c->{id}, $response);
            $go_on->($c);
        }
    }
}


1;
