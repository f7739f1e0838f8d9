#!/usr/bin/env perl

# Bad input: the answer names the field, and nothing is changed.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    large_client_header_buffers 4 16k;

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
            %IDENTITY%
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
volunteer('1001');
grant('1001', 100);
merchant('tea');
offer('green');

my $HOURS = 'POST /points/volunteers/1001/hours';
my $PUT = 'PUT /points/volunteers/1001';
my $OFFER = 'PUT /points/offers/green';
my $good = '"minutes":60,"on":"2025-03-01"';
my $huge = '9' x 400;

# A method, a path, the body's bytes; the status, the problem, the field.

sub check {
    my ($name, $call, $body, $status, $type, $field, @more) = @_;

    my ($method, $path) = split / /, $call, 2;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_problem(request($method, $path, @ADMIN, body => $body,
                       $method eq 'POST' ? (key => fresh_key()) : (), @more),
               $status, $type, $name, $field);
}


# JSON that is none.

my @json = (
    ['an empty body', ''],
    ['blanks', "  \n"],
    ['half an object', '{"minutes":60'],
    ['a stray comma', "{$good,}"],
    ['single quotes', "{'minutes':60}"],
    ['a comment', "{$good /* an hour */}"],
    ['an unquoted key', '{minutes:60}'],
    ['text after the object', "{$good} more"],
    ['two objects', "{$good}{$good}"],
    ['a list', '[]'],
    ['a string', '"minutes"'],
    ['a number', '60'],
    ['null', 'null'],
    ['a key twice', qq({"minutes":60,$good})],
    ['a key twice, deeper down', qq({$good,"note":{"a":1,"a":2}})],
    ['a byte that is not UTF-8', qq({$good,"note":"\xff"})],
    ['a UTF-8 sequence cut short', qq({$good,"note":"\xe4\xbd"})],
    ['an over-long UTF-8 sequence', qq({$good,"note":"\xc0\xaf"})],
    ['a surrogate in UTF-8', qq({$good,"note":"\xed\xa0\x80"})],
    ['half a surrogate pair', qq({$good,"note":"\\ud800"})],
    ['a raw control character', qq({$good,"note":"a\x01b"})],
    ['a raw NUL', qq({$good,"note":"a\x00b"})],
    ['NUL bytes after the object', "{$good}\x00\x00"],
    ['a byte order mark', "\xef\xbb\xbf{$good}"],
    ['UTF-16', join('', map { "$_\x00" } split //, "{$good}")],
    ['an unknown escape', qq({$good,"note":"\\x41"})],
    ['a leading zero', '{"minutes":060,"on":"2025-03-01"}'],
    ['a plus sign', '{"minutes":+60,"on":"2025-03-01"}'],
    ['NaN', '{"minutes":NaN,"on":"2025-03-01"}'],
    ['brackets 30,000 deep', '[' x 30000],
    ['objects 9,000 deep', '{"a":' x 9000 . '1' . '}' x 9000],
);

unchanged {
    check($_->[0], $HOURS, $_->[1], 400, 'malformed-json') for @json;
} 'none of it changed anything';


# Values that are none.

my @values = (
    ['a string of minutes', '"minutes":"60","on":"2025-03-01"', 'minutes'],
    ['a float', '"minutes":60.0,"on":"2025-03-01"', 'minutes'],
    ['an exponent', '"minutes":6e1,"on":"2025-03-01"', 'minutes'],
    ['true minutes', '"minutes":true,"on":"2025-03-01"', 'minutes'],
    ['null minutes', '"minutes":null,"on":"2025-03-01"', 'minutes'],
    ['a list of minutes', '"minutes":[60],"on":"2025-03-01"', 'minutes'],
    ['an object of minutes', '"minutes":{},"on":"2025-03-01"', 'minutes'],
    ['2^31', '"minutes":2147483648,"on":"2025-03-01"', 'minutes'],
    ['2^32 and 60', '"minutes":4294967356,"on":"2025-03-01"', 'minutes'],
    ['2^64 and 60', '"minutes":18446744073709551676,"on":"2025-03-01"',
     'minutes'],
    ['an integer of 400 digits', qq("minutes":$huge,"on":"2025-03-01"),
     'minutes'],
    ['one of 400 digits below zero', qq("minutes":-$huge,"on":"2025-03-01"),
     'minutes'],
    ['a float beyond all bounds', '"minutes":1e999,"on":"2025-03-01"',
     'minutes'],
    ['a number as a date', '"minutes":60,"on":20250301', 'on'],
    ['an impossible date', '"minutes":60,"on":"2025-02-30"', 'on'],
    ['a date of 8000 years ago', '"minutes":60,"on":"-6000-01-01"', 'on'],
    ['a date with digits of another script',
     qq("minutes":60,"on":"\xd9\xa2025-03-01"), 'on'],
    ['a number as a note', "$good,\"note\":5", 'note'],
    ['a control character in a note', "$good,\"note\":\"a\\u0007b\"", 'note'],
    ['an escaped NUL in a note', "$good,\"note\":\"a\\u0000b\"", 'note'],
    ['a DEL in a note', "$good,\"note\":\"a\\u007fb\"", 'note'],
    ['a C1 control in a note', "$good,\"note\":\"a\\u0085b\"", 'note'],
    ['an unknown field', "$good,\"colour\":1", 'colour'],
    ['a field in capitals', "$good,\"Note\":\"a\"", 'Note'],
    ['an unknown field called ""', "$good,\"\":1", ''],
    ['a field of another row', "$good,\"volunteer\":\"1002\"", 'volunteer'],
    ['a field that is in the path', "$good,\"district\":\"x\"", 'district'],
    ['an activity with a slash', "$good,\"activity\":\"a/b\"", 'activity'],
    ['an activity of 65', "$good,\"activity\":\"" . 'a' x 65 . '"',
     'activity'],
);

unchanged {
    check($_->[0], $HOURS, "{$_->[1]}", 422, 'invalid-field', $_->[2])
        for @values;
} 'none of them changed anything';

my @lists = (
    ['an unknown kind', '{"kind":"alien"}', 'kind'],
    ['an empty kind', '{"kind":""}', 'kind'],
    ['a kind with a NUL', '{"kind":"general\u0000"}', 'kind'],
    ['no kind', '{}', 'kind'],
    ['teams as a string', '{"kind":"general","teams":"a"}', 'teams'],
    ['a team that is a number', '{"kind":"general","teams":[1]}', 'teams'],
    ['a team outside the alphabet', '{"kind":"general","teams":["a,b"]}',
     'teams'],
    ['an empty team', '{"kind":"general","teams":[""]}', 'teams'],
    ['10,000 teams', '{"kind":"general","teams":['
     . join(',', ('"a"') x 10000) . ']}', 'teams'],
    ['tags as an object', '{"kind":"general","tags":{}}', 'tags'],
    ['a day that is none', '{"kind":"general","free":["day"]}', 'free'],
    ['days as a text', '{"kind":"general","free":"mon"}', 'free'],
    ['a station as a list', '{"kind":"general","station":["a"]}', 'station'],
    ['a balance', '{"kind":"general","balance":1000}', 'balance'],
);

unchanged {
    check($_->[0], $PUT, $_->[1], 422, 'invalid-field', $_->[2]) for @lists;
    check('a title with a line feed', $OFFER,
          '{"merchant":"tea","title":"a\nb","price":1,"stock":1}', 422,
          'invalid-field', 'title');
    check('a title of 10,000 characters', $OFFER, '{"merchant":"tea","title":"'
          . 'a' x 10000 . '","price":1,"stock":1}', 422, 'invalid-field',
          'title');
} 'none of them changed anything';


# Paths and queries.

my $ledger = 'GET /points/volunteers/1001/ledger';
my $long = 'v' x 65;
my @places = (
    ['a blank in an id', 'GET /points/volunteers/a%20b', 'volunteer'],
    ['a colon in an id', 'GET /points/volunteers/a:b', 'volunteer'],
    ['a brace in an id', 'GET /points/volunteers/%7B1001%7D', 'volunteer'],
    ['an id beyond ASCII', 'GET /points/volunteers/%E5%BE%B7', 'volunteer'],
    ['an id of 65', "GET /points/volunteers/$long", 'volunteer'],
    ['an id of 65 in a longer path', "GET /points/volunteers/$long/ledger",
     'volunteer'],
    ['a line feed in an id', 'GET /points/volunteers/1001%0A', 'volunteer'],
    ['an offer outside the alphabet', 'GET /points/offers/a*b', 'offer'],
    ['a merchant outside the alphabet', 'GET /points/merchants/a+b',
     'merchant'],
    ['an unknown parameter', "$ledger?colour=red", 'colour'],
    ['a parameter twice', "$ledger?limit=5&limit=6", 'limit'],
    ['a parameter twice, once encoded', "$ledger?limit=5&%6Cimit=6", 'limit'],
    ['a parameter without a value', "$ledger?limit", 'limit'],
    ['a float', "$ledger?limit=5.0", 'limit'],
    ['a plus sign', "$ledger?limit=%2B5", 'limit'],
    ['a hexadecimal number', "$ledger?limit=0x5", 'limit'],
    ['2^64 and 5', "$ledger?limit=18446744073709551621", 'limit'],
    ['a blank', "$ledger?limit=%205", 'limit'],
    ['a percent alone', "$ledger?limit=%", 'limit'],
    ['half an escape', "$ledger?limit=%3", 'limit'],
    ['an escape of no digits', "$ledger?limit=%zz", 'limit'],
    ['an escaped NUL', "$ledger?limit=5%00", 'limit'],
    ['a parameter for a call that has none', 'GET /points/me?limit=5',
     'limit'],
    ['a parameter in a POST', "$HOURS?limit=5", 'limit'],
);

unchanged {
    check($_->[0], $_->[1], $_->[1] =~ /^POST/ ? "{$good}" : undef, 422,
          'invalid-field', $_->[2]) for @places;

    for ('GET /points/volunteers/%', 'GET /points/volunteers/%zz',
         'GET /points/volunteers/1001%00', 'GET /points/../../etc/passwd')
    {
        my ($method, $path) = split / /;
        is(request($method, $path, @ADMIN)->{status}, 400,
           "$path is nginx's own 400");
    }

    for ('', 'volunteers', 'volunteers/', 'volunteers//ledger',
         'volunteers/1001/', 'volunteers/1001/ledger/', 'me/', 'me/me',
         'Me', 'offers/', 'nothing', 'volunteers/1001/secrets', 'vouchers',
         'vouchers/', 'ledger', 'me%2F', 'volunteers/1001%2Fledger/x')
    {
        check("/points/$_", "GET /points/$_", undef, 404, 'not-found');
    }
    check('an id that is two dots', 'GET /points/volunteers/%2e%2e', undef,
          404, 'not-found');
} 'nor did any of these';

is(get('/points/offers?', @ADMIN)->{status}, 200, 'an empty query is none');
is(get('/points/offers?&limit=5&', @ADMIN)->{status}, 200,
   'an ampersand too many is none');
is(get('/points/offers?limit=%35', @ADMIN)->{status}, 200,
   'an escape in a value is read');
is(get('/points//offers', @ADMIN)->{status}, 200,
   'nginx merges slashes as it does elsewhere');


# Content types.

my @types = (
    ['none', undef], ['text/plain', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['JSON of another kind', 'application/problem+json'],
    ['one that begins alike', 'application/jsonp'], ['an empty one', ''],
);

unchanged {
    check("a body of type: $_->[0]", $HOURS, "{$good}", 415,
          'unsupported-media-type', undef, type => $_->[1]) for @types;
} 'none of them changed anything';

is(post('/points/volunteers/1001/hours', "{$good}", @ADMIN, type => $_)
   ->{status}, 201, "$_ is JSON")
    for 'application/json; charset=utf-8', 'Application/JSON',
        'application/json;charset=UTF-8';

done();
