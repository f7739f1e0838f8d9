#!/usr/bin/env perl

# Bodies as nginx may hold them: in a file, chunked, in several buffers, slow;
# and over the limit.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    %IDENTITY%

    client_max_body_size  1m;

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /file/ {
            vol                       tianyuan;
            client_body_in_file_only  on;
        }

        location /clean/ {
            vol                       tianyuan;
            client_body_in_file_only  clean;
            client_body_buffer_size   16;
        }

        location /small/ {
            vol                      tianyuan;
            client_body_buffer_size  32;
        }

        location /single/ {
            vol                            tianyuan;
            client_body_in_single_buffer  on;
            client_body_buffer_size       64;
        }

        location /unbuffered/ {
            vol                      tianyuan;
            proxy_request_buffering  off;
        }

        location /strict/ {
            vol                   tianyuan;
            client_max_body_size  1k;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
volunteer('1001');
my $day = 0;


# An award whose evidence makes the body as long as wanted; every body differs.

sub body {
    my ($length) = @_;
    my $evidence = "\xe8\xaf\x81" x 150;
    my $body = qq({"case":"grant","points":1,"evidence":"$evidence")
               . qq(,"note":"@{[ ++$day ]}");
    return $body . ' ' x ($length - length($body) - 1) . '}';
}

sub award {
    my ($where, $body, %o) = @_;
    return post("/$where/volunteers/1001/awards", $body, @ADMIN, %o);
}


# Each way to hold a body, each way to send one.

my %sent = (
    'with a length' => [],
    'in one chunk' => [chunked => [100000]],
    'in chunks of 7 bytes' => [chunked => [7]],
    'in growing chunks' => [chunked => [1, 2, 3, 5, 8, 4000]],
);

for my $where (qw( points file clean small single unbuffered )) {
    for my $how (sort keys %sent) {
        for my $length (600, 9000) {
            my $r = award($where, body($length), @{ $sent{$how} });
            is($r->{status}, 201,
               "a body of $length bytes $how arrives in /$where/")
                or diag($r->{raw});
        }
    }
}

my ($last) = entries('1001');
is($last->{evidence}, "\x{8bc1}" x 150, 'and it arrives whole');
is($last->{note}, $day, 'each one');
is(balance('1001'), $day, 'and once');


# The limit of 65536 bytes.

is(award('points', body(65536))->{status}, 201, '65536 bytes are taken');
is(award('small', body(65536), chunked => [1000])->{status}, 201,
   'chunked too');

my @over = (['65537 bytes with a length', 65537],
            ['65537 bytes in chunks', 65537, chunked => [5000]],
            ['900,000 bytes with a length', 900000],
            ['900,000 bytes in chunks', 900000, chunked => [65536]],
            ['2 MB, over nginx\'s own limit', 2000000],
            ['2 MB in chunks', 2000000, chunked => [65536]]);

unchanged {
    for my $where (qw( points file small )) {
        for (@over) {
            my ($name, $length, @how) = @$_;
            is_problem(award($where, body($length), @how), 413,
                       'body-too-large', "$name in /$where/ are too many");
        }
    }
    is_problem(award('strict', body(1100)), 413, 'body-too-large',
               'a lower client_max_body_size holds');
    is_problem(award('points', "\x00" x 65537), 413, 'body-too-large',
               'the length is looked at before what is in it');
} 'and nothing is changed';


# A slow client.

sub dribble {
    my ($where, $bytes, $step) = @_;
    my $socket = dial(port());
    while (length $bytes) {
        syswrite $socket, substr $bytes, 0, $step, '';
        select undef, undef, undef, 0.005;
    }
    return receive($socket, 'POST');
}

for my $where (qw( points file small )) {
    my $bytes = build('POST', "/$where/volunteers/1001/awards", @ADMIN,
                      key => fresh_key(), body => body(600));
    is(dribble($where, $bytes, 40)->{status}, 201,
       "a slow body arrives in /$where/");
}

my $chunked = build('POST', "/points/volunteers/1001/awards", @ADMIN,
                    key => fresh_key(), body => body(600), chunked => [50]);
is(dribble('points', $chunked, 33)->{status}, 201,
   'chunks cut anywhere arrive');


# Bodies that break off, or are misspelt.

unchanged {
    for my $headers (["Content-Length: 500"], ["Transfer-Encoding: chunked"]) {
        my $socket = dial(port());
        syswrite $socket, join("\r\n",
            'POST /points/volunteers/1001/awards HTTP/1.1', 'Host: x',
            'X-User: root', 'X-Role: admin', 'Idempotency-Key: broken',
            'Content-Type: application/json', @$headers, '', '')
            . '{"case":"grant","poi';
        close $socket;
    }

    my $r = raw(join("\r\n", 'POST /points/volunteers/1001/awards HTTP/1.1',
        'Host: x', 'X-User: root', 'X-Role: admin', 'Idempotency-Key: broken',
        'Content-Type: application/json', 'Transfer-Encoding: chunked',
        '', '') . "zz\r\n{}\r\n0\r\n\r\n", 'POST');
    is($r->{status}, 400, 'a chunk that is none is 400');
    is(get('/points/volunteers/1001', @ADMIN)->{status}, 200,
       'the server goes on');
} 'a body that breaks off changes nothing';


# Calls that take no body.

is(request('GET', '/points/volunteers/1001', @ADMIN, body => '{}')->{status},
   200, 'a GET with a body is answered all the same');

my @two = raw(build('GET', '/points/volunteers/1001', @ADMIN, body => '{"a":1}')
              . build('GET', '/points/offers', @ADMIN), 'GET', 'GET');
is(join(' ', map { $_->{status} } @two), '200 200',
   'and its body is not taken for the next request');

my @expect = raw(build('POST', '/points/volunteers/1001/awards', @ADMIN,
                       key => fresh_key(), body => body(600),
                       headers => [Expect => '100-continue']),
                 'POST', 'POST');
is(join(' ', map { $_->{status} } @expect), '100 201',
   'Expect: 100-continue is answered');

done();
