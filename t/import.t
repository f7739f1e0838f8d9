#!/usr/bin/env perl

# POST /import: every line an operation, whatever happens on the way.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::HTTP2;

# long streams are one reply each, and a busy machine is not the subject
$VolTest::HTTP::TIMEOUT = 300;

use IO::Select;
use IO::Uncompress::Gunzip qw( gunzip );
use JSON::PP ();
use Time::HiRes ();

my $CONF = <<'CONF';
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    %IDENTITY%

    client_max_body_size  0;

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /file/ {
            vol                      tianyuan;
            mirror                   /mirrored;
            client_body_buffer_size  1k;
        }

        location = /mirrored {
            internal;
            return  204;
        }

        location /small/ {
            vol                      tianyuan;
            client_body_buffer_size  100;
        }

        location /least/ {
            vol                   tianyuan;
            client_max_body_size  10k;
        }

        location /within/ {
            vol                   tianyuan;
            client_max_body_size  1k;

            location = /within/import {
                client_max_body_size  0;
                client_body_timeout   5m;
            }
        }

        location /zipped/ {
            vol         tianyuan;
            gzip        on;
            gzip_types  application/x-ndjson;
        }

        location /hurried/ {
            vol                  tianyuan;
            client_body_timeout  1s;
        }

        location /proxied/ {
            vol               tianyuan;
            vol_redis         unix:%DIR%/proxy.sock;
            vol_read_timeout  1s;
        }
    }

    server {
        listen %PORT1% http2;

        location /points/ {
            vol  tianyuan;
        }
    }
CONF

start(conf => $CONF, workers => 1);

my @ADMIN = (as => 'admin:root');
my @NDJSON = (@ADMIN, type => 'application/x-ndjson', key => undef);
my $json = JSON::PP->new->utf8->canonical;
my $PREFIX = 'vol:{tianyuan}:';


# The body of some lines: each a hash or the text as it is.

sub body { join '', map { (ref $_ ? $json->encode($_) : $_) . "\n" } @_ }

sub told {
    my ($r) = @_;
    return map { $json->decode($_) } split /\n/, $r->{raw};
}

# The failures and the result of an import.

sub outcome {
    my ($r) = @_;
    my @told = told($r);
    my $result = delete $told[-1]{result};
    pop @told;
    return ($result, grep { !$_->{progress} } @told);
}

sub import_of {
    my ($lines, %o) = @_;
    my $body = ref $lines ? body(@$lines) : $lines;
    my $where = delete $o{where} // 'points';
    return post("/$where/import", $body, @NDJSON, %o);
}

sub result_is {
    my ($r, $expected, $name) = @_;
    my ($result) = outcome($r);
    my ($done, $replayed, $failed) = @$expected;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_deeply($result, { lines => $done + $replayed + $failed, done => $done,
                         replayed => $replayed, failed => $failed,
                         complete => true }, $name)
        or diag(substr $r->{raw}, 0, 2000);
}

sub person {
    my ($id, %o) = @_;
    return { type => 'volunteer', volunteer => "$id", kind => 'general', %o };
}

sub award {
    my ($id, $key, %o) = @_;
    return { type => 'award', volunteer => "$id", key => $key,
             case => 'grant', points => 1, evidence => 'e', %o };
}

sub hours {
    my ($id, $key, %o) = @_;
    return { type => 'hours', volunteer => "$id", key => $key, minutes => 60,
             on => '2026-01-31', %o };
}


# What lines may say.

my $r = import_of([
    person('1001', station => 'taishan', teams => ['a', 'b'], tags => []),
    { type => 'merchant', merchant => 'tea', title => 'Tea' },
    { type => 'offer', offer => 'green', merchant => 'tea', title => 'Green',
      price => 1, stock => 3 },
    hours('1001', 'h1'),
    award('1001', 'a1', points => 5),
    '',
    "  \t\r",
    hours('1001', 'h2', minutes => 30, note => "\x{8bc1}"),
]);
is($r->{status}, 200, 'an import is answered');
is($r->{headers}{'content-type'}, 'application/x-ndjson', 'in lines of JSON');
is($r->{headers}{'cache-control'}, 'no-store', 'that are not kept');
result_is($r, [6, 0, 0], 'each line is done, blank ones are none');
is(account('1001')->{balance}, 6, 'the points are there');
is(account('1001')->{station}, 'taishan', 'and what else was said');
is(account('1001')->{minutes}, 30, 'and the minutes');
is(get('/points/offers/green', @ADMIN)->{json}{stock}, 3, 'the offer too');

my @mine = entries('1001');
is("$mine[0]{by} $mine[0]{role}", 'root admin', 'entries say who imported');

result_is(import_of(''), [0, 0, 0], 'an empty body is no line');
result_is(post('/points/import', undef, @ADMIN, key => undef), [0, 0, 0],
          'nor is none');
result_is(import_of(body(person(1)) =~ s/\n//r), [1, 0, 0],
          'the last line needs no end');
result_is(import_of([{ end => { lines => 0, after => '' } }, person(3),
                     { end => {}, type => 'volunteer' }, { end => 1 }]),
          [1, 0, 2], 'nor is the end of an export');
result_is(import_of("\xef\xbb\xbf" . body(person(2)) =~ s/\n/\r\n/r),
          [1, 0, 0], "a file of another system's is read too");
result_is(import_of([person(3)], type => 'application/ndjson; charset=utf-8'),
          [1, 0, 0], 'the type has two names');


# Who may, and what it must be.

is_problem(import_of([person(4)], as => 'auditor:aud'), 403, 'forbidden',
           'an auditor may not import');
is_problem(import_of([person(4)], as => 'organizer:o:s'), 403, 'forbidden',
           'nor an organizer');
is_problem(import_of([person(4)], type => 'application/json'), 415,
           'unsupported-media-type', 'JSON is not lines of it');
is_problem(import_of([person(4)], type => undef), 415,
           'unsupported-media-type', 'the type must be said');
is_problem(post('/points/import?a=1', body(person(4)), @NDJSON), 422,
           'invalid-field', 'a parameter is not known', 'a');
is(get('/points/import', @ADMIN)->{headers}{allow}, 'POST, OPTIONS',
   'it is a POST');
is(get('/points/volunteers/4', @ADMIN)->{status}, 404, 'nothing was done');


# Every kind of bad line; what stands between is done.

my $long = 'x' x 65000;
my @bad = (
    ['no JSON', '{"type"', 400, 'malformed-json'],
    ['not UTF-8', qq({"type":"\xff"}), 400, 'malformed-json'],
    ['no object', '[1]', 400, 'malformed-json'],
    ['a field twice', '{"type":"volunteer","type":"volunteer"}', 400,
     'malformed-json'],
    ['two objects', body(person(5)) =~ s/\n//r x 2, 400, 'malformed-json'],
    ['no type', { volunteer => '5' }, 422, 'invalid-field', 'type'],
    ['a type that is none', { type => 7 }, 422, 'invalid-field', 'type'],
    ['an unknown type', { type => 'redemption' }, 422, 'invalid-field',
     'type'],
    ['an unknown field', person(5, colour => 'red'), 422, 'invalid-field',
     'colour'],
    ['a bad id', person('a b'), 422, 'invalid-field', 'volunteer'],
    ['no id', { type => 'volunteer', kind => 'general' }, 422,
     'invalid-field', 'volunteer'],
    ['an id that is a number', { type => 'volunteer', volunteer => 5,
                                 kind => 'general' },
     422, 'invalid-field', 'volunteer'],
    ['a bad kind', person(5, kind => 'king'), 422, 'invalid-field', 'kind'],
    ['a field of the caller', person(5, role => 'admin'), 422,
     'invalid-field', 'role'],
    ['no key', award('1001', undef), 422, 'invalid-field', 'key'],
    ['no key at all', { type => 'hours', volunteer => '1001', minutes => 1,
                        on => '2026-01-31' },
     400, 'idempotency-key-required', 'key'],
    ['an empty key', award('1001', ''), 422, 'invalid-field', 'key'],
    ['a long key', award('1001', 'k' x 129), 422, 'invalid-field', 'key'],
    ['a key with a space', award('1001', 'a b'), 422, 'invalid-field', 'key'],
    ['minutes out of bounds', hours('1001', 'b1', minutes => 1441), 422,
     'invalid-field', 'minutes'],
    ['a number too long for any machine', '{"type":"hours","volunteer":"1001",'
     . '"key":"b2","minutes":1000000000000000000000,"on":"2026-01-31"}',
     422, 'invalid-field', 'minutes'],
    ['a date that is none', hours('1001', 'b3', on => '2026-02-30'), 422,
     'invalid-field', 'on'],
    ['a day to come', hours('1001', 'b4', on => '2999-01-01'), 422,
     'invalid-field', 'on'],
    ['an unknown case', award('1001', 'b5', case => 'none'), 422,
     'invalid-field', 'case'],
    ['nobody', award('nobody', 'b6'), 404, 'not-found'],
    ['an offer of nobody', { type => 'offer', offer => 'o', merchant => 'no',
                             title => 'x', price => 1, stock => 1 },
     422, 'invalid-field', 'merchant'],
    ['more than a day has', hours('1001', 'b7', minutes => 700), 409,
     'limit-reached'],
    ['a text too long', award('1001', 'b8', evidence => $long), 422,
     'invalid-field', 'evidence'],
    ['a line too long', person(5, station => $long . 'x' x 600), 413,
     'body-too-large'],
    ['a line much too long', ' ' x 1_000_000, 413, 'body-too-large'],
);

sub bad_lines {
    my ($where, $n, @how) = @_;

    my @lines = map { ($_->[1], award('1001', "g$n-" . $_->[0] =~ s/\W/-/gr)) }
                @bad;
    my $before = balance('1001');
    my $r = import_of(\@lines, where => $where, @how);
    result_is($r, [scalar @bad, 0, scalar @bad],
              "good lines count between bad ones ($where)");
    is(balance('1001') - $before, scalar @bad, 'and are done');

    my ($result, @failed) = outcome($r);
    my %failed = map { $_->{line} => $_ } @failed;
    for my $i (0 .. $#bad) {
        my ($name, $line, $status, $type, $field) = @{ $bad[$i] };
        my $f = $failed{ 2 * $i + 1 } || {};
        my $key = ref $line && defined $line->{key}
                  && $line->{key} =~ /\A[\x21-\x7e]{1,128}\z/
                  ? $line->{key} : undef;
        is(join(' ', map { $_ // '-' } @$f{qw( status type field key )}),
           join(' ', $status, "urn:ngx-vol:$type", $field // '-',
                $key // ($name =~ /any machine/ ? $f->{key} // '-' : '-')),
           "$name: told ($where)");
    }
}

bad_lines('points', 1);
bad_lines('small', 2, chunked => [1000]);
bad_lines('file', 3);


# Opening balances, which nothing but an import brings.

sub opening {
    my ($id, $key, %o) = @_;
    return { type => 'opening', volunteer => "$id", key => $key, %o };
}

$r = import_of([
    person('old', kind => 'cadre'),
    opening('old', 'op-1', earned => 150, balance => 40, minutes => 45,
            year_earned => 12, note => 'from the old system'),
    opening('old', 'op-2', earned => 5, balance => 5, on => '2020-12-31',
            year_earned => 5),
]);
result_is($r, [3, 0, 0], 'opening balances are done');
my $old = account('old');
is("@$old{qw( earned balance stars minutes )} $old->{year}{earned} "
   . $old->{year}{owed}, '155 45 1 45 12 8', 'in all their figures');
created(post('/points/volunteers/old/hours',
             { minutes => 15, on => '2020-12-31' }, @ADMIN));
is(account('old')->{balance}, 46, 'what was carried counts');

my @old = entries('old');
is("@{$old[2]}{qw( type points balance on minutes by note )}",
   'opening 40 40 ' . today() . ' 45 root from the old system',
   'an opening is an entry');
my %books = %{ get('/points/books', @ADMIN)->{json} };
is($books{unspendable}, 110, 'what was spent elsewhere is in the books');
like($books{law}, qr/\S/, 'which are even');
is(post("/points/ledger/$old[2]{entry}/reverse", { reason => 'wrong' },
        @ADMIN)->{status}, 201, 'it can be taken back');
is("@{ account('old') }{qw( earned balance minutes )}", '5 5 15',
   'as if it had never been');

my @no = (
    ['nobody', opening('nobody', 'no-1', earned => 1, balance => 1), 404],
    ['more than was earned', opening('old', 'no-2', earned => 1,
                                     balance => 2), 422, 'balance'],
    ['below zero', opening('old', 'no-3', earned => 1, balance => -1), 422,
     'balance'],
    ['an hour', opening('old', 'no-4', earned => 1, balance => 1,
                        minutes => 60), 422, 'minutes'],
    ['with what is carried an hour', opening('old', 'no-5', earned => 1,
                                             balance => 1, minutes => 45),
     422, 'minutes'],
    ['more in the year', opening('old', 'no-6', earned => 1, balance => 1,
                                 year_earned => 2), 422, 'year_earned'],
    ['a day to come', opening('old', 'no-7', earned => 1, balance => 1,
                              on => '2999-01-01'), 422, 'on'],
    ['no balance', opening('old', 'no-8', earned => 1), 422, 'balance'],
    ['no key', opening('old', undef, earned => 1, balance => 1), 422, 'key'],
);
my (undef, @refused) = outcome(import_of([map { $_->[1] } @no]));
my %refused = map { $_->{line} => $_ } @refused;
for my $i (0 .. $#no) {
    my ($name, undef, $status, $field) = @{ $no[$i] };
    my $f = $refused{ $i + 1 } || {};
    is(join(' ', $f->{status} // '-', $f->{field} // '-'),
       join(' ', $status, $field // '-'), "no opening: $name");
}
is(get('/points/opening', @ADMIN)->{status}, 404, 'there is no such path');


# Keys.

my @once = map { award('1001', "once-$_") } 1 .. 20;
result_is(import_of([@once[0 .. 9]]), [10, 0, 0], 'ten lines are done');
result_is(import_of(\@once), [10, 10, 0],
          'and ten more: those before are known');
result_is(import_of([@once, @once]), [0, 40, 0], 'and all of them');

$r = import_of([award('1001', 'once-1', points => 2), $once[1]]);
result_is($r, [0, 1, 1], 'a key with other content is refused');
my (undef, $f) = outcome($r);
is("$f->{status} $f->{type} $f->{field} $f->{key}",
   '422 urn:ngx-vol:idempotency-key-reused key once-1', 'and told');

result_is(import_of([$once[0]], as => 'admin:other'), [1, 0, 0],
          "a key is its caller's");
my %award = %{ award('1001', 'x') };
delete @award{qw( type volunteer key )};
is(post('/points/volunteers/1001/awards', \%award, @ADMIN, key => 'once-2')
   ->{headers}{'idempotent-replayed'}, undef,
   "a line's key is apart from those of requests");

my @buckets = @{ redis('KEYS', "${PREFIX}k:*") };
like($buckets[0], qr/\Avol:\{tianyuan\}:k:[0-9a-f]{4}\z/,
     'keys of lines are kept in hashes');
my %records = @{ redis('HGETALL', $buckets[0]) };
is(join(' ', map { length } %records), '16 8', 'in a few bytes each');
my $ttl = redis('TTL', $buckets[0]);
ok($ttl > 86000 && $ttl <= 86400, 'for the window');


# Order: what a line needs, a line before it made.

my @chain = map {
    (person("c$_"), hours("c$_", "ch$_"),
     { type => 'merchant', merchant => "m$_", title => 'x' },
     { type => 'offer', offer => "o$_", merchant => "m$_", title => 'x',
       price => 1, stock => 0 },
     award("c$_", "ca$_"))
} 1 .. 300;

redis('SCRIPT', 'FLUSH');
result_is(import_of(\@chain), [1500, 0, 0],
          'lines are done in their order, by a Redis that knows no script');
is(balance('c300'), 2, 'to the last');


# Any way to hold a body, any way to send one.

my $n = 0;
for my $where (qw( points file small )) {
    for my $how ([], [chunked => [100000]], [chunked => [7]],
                 [chunked => [1, 2, 3, 5, 8, 4000]])
    {
        $n++;
        my @lines = map { award('1001', "way-$n-$_") } 1 .. 300;
        result_is(import_of(\@lines, where => $where, @$how), [300, 0, 0],
                  "a body in /$where/ (@{[ map { ref ? @$_ : $_ } @$how ]})");
    }
}

result_is(import_of([map { award('1001', "v10-$_") } 1 .. 50],
                    version => '1.0', close => 0), [50, 0, 0], 'HTTP/1.0');

my @kept = raw(build('POST', '/points/import', @NDJSON, chunked => [50],
                     body => body(map { award('1001', "ka-$_") } 1 .. 50))
               . build('GET', '/points/volunteers/1001', @ADMIN),
               'POST', 'GET');
is(join(' ', map { $_->{status} } @kept), '200 200',
   'the connection is kept for what comes after');

$r = import_of([map { award('1001', "zip-$_") } 1 .. 50], where => 'zipped',
               headers => ['Accept-Encoding' => 'gzip']);
gunzip(\$r->{raw} => \my $plain);
$r->{raw} = $plain;
result_is($r, [50, 0, 0], 'compressed');


# HTTP/2.

my @who = ('x-user' => 'root', 'x-role' => 'admin',
           'content-type' => 'application/x-ndjson');
my $h2 = VolTest::HTTP2->new(dial(port(1)));

my $stream = $h2->request('POST', '/points/import', \@who, undef, open => 1);
my $all = body(map { award('1001', "h2-$_") } 1 .. 600);
my $size = length $all;
while (length $all) {
    $h2->data($stream, substr($all, 0, 10000, ''), !length $all);
    Time::HiRes::sleep(0.05);
}
result_is($h2->response($stream), [600, 0, 0],
          "HTTP/2: $size bytes of lines are done");

$stream = $h2->request('POST', '/points/import', \@who, undef, open => 1);
$h2->data($stream, body(award('1001', 'h2-reset'))) for 1 .. 3;
$h2->reset($stream);
$stream = $h2->request('POST', '/points/import', \@who,
                       body(map { award('1001', "h3-$_") } 1 .. 3));
result_is($h2->response($stream), [3, 0, 0],
          'a stream that is reset does not disturb another');
close $h2->{socket};


# Progress, while the body still comes.

my $socket = dial(port());
my $head = "POST /points/import HTTP/1.1\r\nHost: x\r\nX-User: root\r\n"
           . "X-Role: admin\r\nContent-Type: application/x-ndjson\r\n"
           . "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
sub chunk { sprintf "%x\r\n%s\r\n", length $_[0], $_[0] }

sub read_until {
    my ($socket, $buffer, $pattern) = @_;
    my $select = IO::Select->new($socket);
    until ($$buffer =~ $pattern) {
        $select->can_read(30) or return;
        sysread $socket, $$buffer, 65536, length $$buffer or return;
    }
    return 1;
}

my $got = '';
syswrite $socket, $head . chunk("nonsense\n");
ok(read_until($socket, \$got, qr/"line":1,/),
   'a bad line is told before the next one comes');
Time::HiRes::sleep(1.1);
syswrite $socket, chunk(body(map { award('1001', "pr-$_") } 1 .. 1100));
ok(read_until($socket, \$got, qr/"progress"/), 'progress is told');
my ($progress) = $got =~ /(\{"progress".*\})/;
$progress = $json->decode($progress)->{progress};
ok($progress->{lines} >= 1000 && $progress->{failed} == 1, 'in figures');
syswrite $socket, "0\r\n\r\n";
ok(read_until($socket, \$got, qr/"complete":true.*\r\n0\r\n\r\n/s),
   'and the end');


# A body that is cut, and sent again.

my $before = balance('1001');
my @file = map { award('1001', "cut-$_") } 1 .. 1000;
my $bytes = body(@file);
$socket = dial(port());
syswrite $socket, $head . chunk(substr $bytes, 0, 30000);
ok(wait_for(sub { balance('1001') > $before + 100 }),
   'lines are done as they come');
close $socket;
wait_for(sub { my $b = balance('1001'); Time::HiRes::sleep(0.3);
               $b == balance('1001') });
my $half = balance('1001') - $before;
ok($half < 1000, "a client goes away after $half lines");
result_is(import_of(\@file), [1000 - $half, $half, 0],
          'sent again, what was done is known');
is(balance('1001') - $before, 1000, 'and each is done once');

$socket = dial(port());
syswrite $socket, $head . chunk('{"type":"volunteer","volunteer":"cut-off",'
                                . '"kind":"general"}');
Time::HiRes::sleep(0.1);
close $socket;
is(get('/points/volunteers/cut-off', @ADMIN)->{status}, 404,
   'a last line without its end is not taken for whole');

$socket = dial(port());
syswrite $socket, $head . chunk(body(person('chunk-1')));
wait_for(sub { get('/points/volunteers/chunk-1', @ADMIN)->{status} == 200 });
syswrite $socket, "zz\r\n";
$got = '';
read_until($socket, \$got, qr/"result"/);
like($got, qr/"lines":1,"done":1,.*"complete":false.*"status":400/,
     'a chunk that is none ends it, and it says so');

is_problem(import_of([map { award('1001', "le-$_") } 1 .. 500],
                     where => 'least'), 413, 'body-too-large',
           'client_max_body_size holds');
result_is(import_of([map { award('1001', "wi-$_") } 1 .. 500],
                    where => 'within'), [500, 0, 0],
          'and may be another for imports alone');
$socket = dial(port());
syswrite $socket, ($head =~ s/points/least/r)
                  . chunk(body(map { award('1001', "lc-$_") } 1 .. 50));
Time::HiRes::sleep(0.2);
syswrite $socket, chunk(body(map { award('1001', "ld-$_") } 1 .. 50)) x 3;
$got = '';
read_until($socket, \$got, qr/"result"/);
like($got, qr/"complete":false.*body-too-large/, 'in chunks too');

$socket = dial(port());
syswrite $socket, ($head =~ s/points/hurried/r)
                  . chunk(body(award('1001', 'slow-1')));
$got = '';
my $end = read_until($socket, \$got, qr/\r\n0\r\n\r\n/);
ok(!$end, 'a client that sends no more is cut off, without an end');


# One who reads nothing is not read from.

$socket = dial(port());
setsockopt $socket, Socket::SOL_SOCKET(), Socket::SO_RCVBUF(), pack 'i', 4096;
$socket->blocking(0);
my $flood = chunk("nonsense\n" x 1000);
my $out = $head;
my ($sent, $idle) = (0, 0);
while ($sent < 100_000_000 && $idle < 10) {
    $out .= $flood if length $out < 65536;
    my $w = syswrite $socket, $out;
    if ($w) { substr $out, 0, $w, ''; $sent += $w; $idle = 0; next }
    $idle++;
    Time::HiRes::sleep(0.1);
}
cmp_ok($sent, '<', 50_000_000, 'answers that nobody takes stop the reading');
is(get('/points/volunteers/1001', @ADMIN)->{status}, 200, 'of that one alone');
close $socket;


# Memory: the same for a long file as for a short one.

sub high_water {
    my ($worker) = workers();
    open my $in, '<', "/proc/$worker/status" or die;
    my ($kb) = join('', <$in>) =~ /VmHWM:\s+(\d+)/;
    return $kb;
}

result_is(import_of([map { award('1001', "ms-$_") } 1 .. 2000]),
          [2000, 0, 0], '2,000 lines');
my $small = high_water();
result_is(import_of([map { award('1001', "ml-$_") } 1 .. 20000]),
          [20000, 0, 0], '20,000 lines');
my $grown = high_water() - $small;
# what is freed is kept
my $bound = $ENV{VOL_PRELOAD} || $ENV{VOL_VALGRIND} ? 300_000 : 4000;
cmp_ok($grown, '<', $bound, "take no more memory ($grown kB)");


# Redis goes, and comes back.

sub slowly {
    my ($where, $lines, $between) = @_;

    my $socket = dial(port());
    syswrite $socket, $head =~ s/points/$where/r;
    my $half = @$lines / 2;
    syswrite $socket, chunk(body(@$lines[0 .. $half - 1]));
    $between->();
    syswrite $socket, chunk(body(@$lines[$half .. $#$lines])) . "0\r\n\r\n";
    return receive($socket, 'POST');
}

$before = balance('1001');
my @lines = map { award('1001', "rk-$_") } 1 .. 400;
$r = slowly('points', \@lines, sub {
    wait_for(sub { balance('1001') > $before + 50 });
    redis_server()->stop('TERM');
    redis_server()->start;
});
my ($result) = outcome($r);
is("$result->{lines} $result->{failed} $result->{complete}", '400 0 1',
   'Redis is started again meanwhile: no line is lost');
is(balance('1001') - $before, 400, 'nor done twice');

proxy();
wait_for(sub { get('/proxied/me', @ADMIN)->{status} == 404 });
for my $mode (qw( cut half garbage )) {
    $before = balance('1001');
    @lines = map { award('1001', "px-$mode-$_") } 1 .. 400;
    my $pid = fork() // die;
    if (!$pid) {
        select undef, undef, undef, 0.5;
        proxy()->mode('pass');
        POSIX::_exit(0);
    }
    proxy()->mode($mode);
    $r = import_of(\@lines, where => 'proxied');
    waitpid $pid, 0;
    ($result) = outcome($r);
    is("$result->{lines} $result->{failed} $result->{complete}", '400 0 1',
       "answers are lost ($mode): each line is repeated with its key");
    is(balance('1001') - $before, 400, 'and done once');
}

redis_server()->stop('TERM');
$r = import_of([person('gone'), person('gone-2')]);
is($r->{status}, 200, 'Redis is away for good');
($result) = outcome($r);
is($result->{complete}, false, 'then the import is not complete');
like($result->{problem}{type},
     qr/\Aurn:ngx-vol:(store-unavailable|outcome-unknown)\z/, 'and says why');
redis_server()->start;
ok(wait_for(sub { get('/points/volunteers/gone', @ADMIN)->{status} == 404 }),
   'nothing was done');

expect_log(qr/\[crit\].*connect\(\) to unix:/);
done();
