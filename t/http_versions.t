#!/usr/bin/env perl

# HTTP/1.0, HTTP/1.1 with keep-alive and pipelining, HTTP/2.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::HTTP2;

use IO::Uncompress::Gunzip qw( gunzip );
use JSON::PP ();

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_read_timeout  60s;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }

        location /zipped/ {
            vol              tianyuan;
            gzip             on;
            gzip_types       application/json application/problem+json;
            gzip_min_length  1;
        }
    }

    server {
        listen %PORT1% http2;
        location /points/ { vol tianyuan; }
    }
CONF

my @ADMIN = (as => 'admin:root');
volunteer('1001');
grant('1001', 1000);
merchant('tea');
offer('green', price => 1, stock => 1000);
my $path = '/points/offers/green/redemptions';


# HTTP/1.0.

my $r = get('/points/me', as => 'volunteer:1001', version => '1.0',
            close => 0);
is($r->{status}, 200, 'HTTP/1.0 is answered');
is($r->{json}{id}, '1001', 'with the account');
is(post($path, {}, as => 'volunteer:1001', version => '1.0', close => 0)
   ->{status}, 201, 'a POST too');
is(raw("GET /points/me HTTP/1.0\r\nX-User: 1001\r\nX-Role: volunteer\r\n\r\n")
   ->{json}{id}, '1001', 'without a Host');


# Compression, which is nginx's.

for (['/zipped/me', 'id', '1001'], ['/zipped/no', 'status', 404]) {
    my ($path, $field, $value) = @$_;
    my $packed = get($path, as => 'volunteer:1001',
                     headers => ['Accept-Encoding' => 'gzip']);
    gunzip(\$packed->{raw} => \my $plain);
    is($packed->{headers}{'content-encoding'}, 'gzip', "$path is compressed");
    is(JSON::PP->new->utf8->decode($plain)->{$field}, $value,
       'and can be read');
}


# Keep-alive and pipelining.

my @kinds = ([GET => '/points/me'], [HEAD => '/points/me'],
             [POST => $path, body => {}], [GET => '/points/offers'],
             [POST => $path, body => { a => 1 }], [DELETE => '/points/me'],
             [POST => $path, body => {}, chunked => [1]],
             [OPTIONS => '/points/me'], [GET => '/points/nothing'],
             [GET => '/points/me']);
my @bytes = map {
    my ($method, $p, @o) = @$_;
    build($method, $p, as => 'volunteer:1001', @o,
          $method eq 'POST' ? (key => fresh_key()) : ())
} @kinds;
my @methods = map { $_->[0] } @kinds;
my $expected = '200 200 201 200 422 405 201 204 404 200';

my @got = raw(join('', @bytes), @methods);
is(join(' ', map { $_->{status} } @got), $expected,
   'ten requests at once on one connection are answered in order');
is($got[-1]{json}{balance}, 997, 'the last sees what the others did');

my $socket = dial(port());
my $buffer = '';
@got = map {
    my ($bytes, $method) = @$_;
    $bytes =~ s/key-\d+-\d+/fresh_key()/e;
    syswrite $socket, $bytes;
    receive($socket, $method, \$buffer)
} map { [$bytes[$_], $methods[$_]] } 0 .. $#bytes;
is(join(' ', map { $_->{status} } @got), $expected,
   'and one after the other on a connection kept alive');

my $award = build('POST', '/points/volunteers/1001/awards', @ADMIN,
                  key => 'twice',
                  body => { case => 'grant', points => 1, evidence => 'e' });
@got = raw($award x 20, ('POST') x 20);
is(scalar(grep { $_->{status} == 201 } @got), 20,
   'the same award twenty times in a row is answered twenty times');
is(scalar(grep { $_->{headers}{'idempotent-replayed'} } @got), 19,
   'and done once');


# HTTP/2.

my $curl = `curl --version 2>/dev/null` // '';

SKIP: {
    skip 'no curl with HTTP/2', 6 unless $curl =~ /HTTP2/;

    my $base = 'http://127.0.0.1:' . port(1) . '/points';
    my $curl_2 = sub {
        my (@args) = @_;
        open my $out, '-|', 'curl', '-sS', '--http2-prior-knowledge',
             '--max-time', '60', '-w', "\n%{http_version} %{http_code}",
             '-H', 'X-User: 1001', '-H', 'X-Role: volunteer', @args
            or die "curl: $!\n";
        my $text = do { local $/; <$out> };
        close $out;
        my ($body, $version, $code) = $text =~ /\A(.*)\n(\S+) (\d+)\z/s;
        return { raw => $body, status => $code, version => $version,
                 json => scalar eval { JSON::PP->new->utf8->decode($body) } };
    };

    my @type = (-H => 'Content-Type: application/json');

    $r = $curl_2->("$base/me");
    is("$r->{version} $r->{status}", '2 200', 'HTTP/2 is answered');
    is($r->{json}{id}, '1001', 'with the account');
    is($curl_2->(@type, -H => 'Idempotency-Key: h2', -d => '{}',
             "$base/offers/green/redemptions")->{status}, 201,
       'a POST is done');

    write_file('body', '{"volunteer":"1001"}' . ' ' x 30000);
    is($curl_2->(@type, -H => 'Idempotency-Key: h2-2', -H => 'Content-Length:',
             '--data-binary', '@' . path('body'),
             "$base/offers/green/redemptions")->{status}, 201,
       'a long one without a length too');
    is($curl_2->(-I => "$base/me")->{status}, 200, 'HEAD is answered');
    is($curl_2->("$base/nothing")->{json}{type}, 'urn:ngx-vol:not-found',
       'a problem is a problem document');
}

# many streams on one connection
my @who = ('x-user' => '1001', 'x-role' => 'volunteer');
my @json = (@who, 'content-type' => 'application/json');
my $h2 = VolTest::HTTP2->new(dial(port(1)));

my @streams = map { $h2->request('GET', '/points/me', \@who) } 1 .. 60;
is(join(' ', map { $h2->response($_)->{status} } @streams),
   join(' ', (200) x 60), 'sixty streams of one connection are answered');

my $before = balance('1001');
@streams = map {
    $h2->request('POST', $path, [@json, 'idempotency-key' => fresh_key()],
                 '{}')
} 1 .. 60;
is(join(' ', map { $h2->response($_)->{status} } @streams),
   join(' ', (201) x 60), 'sixty redemptions too');
is(balance('1001'), $before - 60, 'each done once');

my $slow = $h2->request('POST', $path,
                        [@json, 'idempotency-key' => 'slow-2'], undef,
                        open => 1);
my $other = $h2->request('GET', '/points/me', \@who);
is($h2->response($other)->{status}, 200,
   'a stream is answered while another still sends');
$h2->data($slow, $_) for '{"volun', 'teer":', '"1001"';
$h2->data($slow, '}', 1);
is($h2->response($slow)->{status}, 201, 'which then is answered too');

my $long = $h2->request('POST', $path,
                        [@json, 'idempotency-key' => 'long-2'], undef,
                        open => 1);
$h2->data($long, ' ' x 15000) for 1 .. 4;
$h2->data($long, ' ' x 9000, 1);
is($h2->response($long)->{status}, 413, 'a body over the limit is refused');

redis_server()->pause;
@streams = map {
    $h2->request('POST', $path, [@json, 'idempotency-key' => "reset-$_"],
                 '{}')
} 1 .. 30;
my $kept = $h2->request('GET', '/points/me', \@who);
$h2->reset($_) for @streams;
redis_server()->resume;
is($h2->response($kept)->{status}, 200,
   'streams reset before their replies do not disturb another');
is(get('/points/me', as => 'volunteer:1001')->{status}, 200,
   'nor the server');
close $h2->{socket};

done();
