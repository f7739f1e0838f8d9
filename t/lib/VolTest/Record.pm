package VolTest::Record;

# Writes down what the suites ask and what they are answered, for
# tests/openapi/run, when VOL_RECORD names a directory: a file for each process,
# a line of JSON for each request.  Bytes stand as characters up to U+00FF.

use strict;
use warnings;

use Hash::Util::FieldHash qw( fieldhash );
use IO::Handle ();
use JSON::PP ();

our $LINES = 20_000;        # a suite, at most
our $BYTES = 262_144;       # of a body; what is longer is left out

my $json = JSON::PP->new->latin1->canonical;
my ($suite) = $0 =~ m{([^/]+)\z};
my ($out, $writer, $lines);
my %bases;                  # by port: where "vol" is
fieldhash my %asked;        # by socket: the requests without an answer


# Takes the configuration that nginx runs with.

sub served {
    my ($text) = @_;

    return unless $ENV{VOL_RECORD};

    $text =~ s/#.*//g;
    my (@blocks, @ports, @found);

    for (split /(?<=[{};])/, $text) {
        my ($words, $end) = /\A\s*(.*?)\s*([{};])\z/s or next;

        if ($end eq '{') {
            push @blocks, $words;
            @ports = @found = () if $words eq 'server';

        } elsif ($end eq ';') {
            push @ports, $1 if $words =~ /\Alisten\s.*?(\d+)(?:\s|\z)/;
            push @found, $1
                if $words =~ /\Avol\s/
                   && $blocks[-1] =~ m{\Alocation\s+(?:\^~\s+)?(/\S*)\z};

        } elsif (@blocks && pop(@blocks) eq 'server') {
            $bases{$_} = [@found] for @ports;
        }
    }
}


# Bytes were sent on a socket to a port.

sub asked {
    my ($socket, $bytes) = @_;

    return unless $ENV{VOL_RECORD};

    my $port = $socket->peerport // return;

    while (length $bytes) {
        my $request = take(\$bytes);
        push @{ $asked{$socket} }, $request && { %$request, port => $port };
        last unless $request;
    }
}


# The next answer came on it.

sub answered {
    my ($socket, $response) = @_;

    return unless $ENV{VOL_RECORD} && $asked{$socket}
                  && $response->{status} >= 200;

    my $request = shift @{ $asked{$socket} } or return;
    my $path = $request->{target};
    my ($base) = grep { $path eq $_ || index($path, m{/\z} ? $_ : "$_/") == 0 }
                 sort { length $b <=> length $a }
                 @{ $bases{ $request->{port} } || [] };
    return unless defined $base && (below($request, $base));

    open_file();
    return if $lines++ >= $LINES;

    my %headers = %{ $response->{headers} };
    print $out $json->encode({
        suite => $suite,
        base => $base,
        %$request,
        status => $response->{status},
        answered => { map { $_ => $headers{$_} }
                      grep { defined $headers{$_} }
                      qw( content-type idempotent-replayed retry-after
                          content-encoding etag ) },
        answer => length $response->{raw} > $BYTES ? undef : $response->{raw},
    }), "\n";
}


# The path below the base takes the target's place.

sub below {
    my ($request, $base) = @_;

    $base =~ s{/\z}{};
    $request->{target} = substr $request->{target}, length $base;
    return length $request->{target};
}


# Takes a whole request off the front; nothing when it is none.

sub take {
    my ($bytes) = @_;

    $$bytes =~ s{\A([A-Z]+)\ (/\S*)\ HTTP/1\.[01]\r\n
                 ((?:[^\r\n]+\r\n)*)\r\n}{}x or return;

    my ($method, $target, $lines) = ($1, $2, $3);
    my %headers;

    for (split /\r\n/, $lines) {
        my ($name, $value) = /\A([^:\s]+):[ \t]*(.*?)[ \t]*\z/ or return;
        push @{ $headers{lc $name} }, $value;
    }

    my $body = '';

    if ($headers{'transfer-encoding'}) {
        while (1) {
            $$bytes =~ s/\A([0-9a-fA-F]+)\r\n// or return;
            my $size = hex $1;
            length $$bytes >= $size + 2 or return;
            $body .= substr $$bytes, 0, $size, '';
            $$bytes =~ s/\A\r\n// or return;
            last unless $size;
        }

    } elsif ($headers{'content-length'}) {
        my $size = $headers{'content-length'}[0];
        $size =~ /\A\d{1,9}\z/ && length $$bytes >= $size or return;
        $body = substr $$bytes, 0, $size, '';
    }

    return { method => $method, target => $target,
             body => length $body > $BYTES ? undef : $body,
             headers => { map { $_ => $headers{$_} } grep { $headers{$_} }
                          qw( content-type idempotency-key ) } };
}


# A child of a suite writes a file of its own.

sub open_file {
    return if $writer && $writer == $$;

    my $path = "$ENV{VOL_RECORD}/$suite-$$.ndjson";
    open $out, '>>', $path or die "$path: $!\n";
    $out->autoflush(1);
    ($writer, $lines) = ($$, 0);
}


1;
