#!/usr/bin/env perl

# The OpenAPI document: what the module says of itself.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use Socket qw( PF_INET SOCK_STREAM SOL_SOCKET SO_RCVBUF inet_aton
               pack_sockaddr_in );

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
            %IDENTITY%
        }

        location /zipped {
            vol  elsewhere;
            %IDENTITY%
            gzip        on;
            gzip_types  application/json;
        }
    }

    server {
        listen %PORT1% sndbuf=4k;
        location /points/ { vol tianyuan; %IDENTITY% }
    }
CONF

my $URL = '/points/openapi.json';


# Who may have it.

my $r = get($URL, as => 'volunteer:1001');
is($r->{status}, 200, 'a volunteer has the document');
is($r->{headers}{'content-type'}, 'application/json', 'which is JSON');
is(get($URL, as => $_)->{raw}, $r->{raw}, "$_ has the same")
    for 'organizer:li:street', 'merchant:chen:tea', 'admin:root', 'auditor:xu';
is_problem(get($URL), 401, 'no-identity', 'nobody has it');
is_problem(get($URL, as => 'visitor:1'), 403, 'forbidden',
           'nor a role that is none');
is_problem(get("$URL?pretty=1", as => 'admin:root'), 422, 'invalid-field',
           'it knows no query', 'pretty');
is_problem(put($URL, {}, as => 'admin:root'), 405, 'method-not-allowed',
           'it is only read');
is(get('/zipped/openapi.json', as => 'admin:root')->{raw}, $r->{raw},
   'it is the same in every location');


# It is sent again only when it is another.

my $tag = $r->{headers}{etag};
like($tag, qr/\A"[0-9a-f]{40}"\z/, 'it has an entity tag');
is($r->{headers}{'cache-control'}, 'no-cache',
   'and may be kept, if one asks whether it still is the one');

my $kept = get($URL, as => 'admin:root', headers => ['If-None-Match' => $tag]);
is($kept->{status}, 304, 'who has it is told so');
is($kept->{raw}, '', 'without a body');
is($kept->{headers}{etag}, $tag, 'with its tag');
is(get($URL, as => 'admin:root', headers => ['If-None-Match' => '"x"'])
   ->{status}, 200, 'who has another gets it');
is_problem(get($URL, headers => ['If-None-Match' => $tag]), 401, 'no-identity',
           'nobody is told even that');

my $match = get($URL, as => 'admin:root', headers => ['If-Match' => '"x"']);
is($match->{status}, 412, 'a condition that does not hold is told');
is($match->{headers}{'content-type'}, 'application/problem+json',
   'in a problem document');

my $head = head_of($URL, as => 'admin:root');
is($head->{status}, 200, 'HEAD goes where GET goes');
is_deeply([@{ $head->{headers} }{qw( etag content-length )}],
          [$tag, length $r->{raw}], 'with the headers of the GET');

my $zipped = get('/zipped/openapi.json', as => 'admin:root',
                 headers => ['Accept-Encoding' => 'gzip']);
is($zipped->{headers}{'content-encoding'}, 'gzip', 'it can be compressed');
is(get('/zipped/openapi.json', as => 'admin:root',
       headers => ['Accept-Encoding' => 'gzip',
                   'If-None-Match' => $zipped->{headers}{etag}])->{status},
   304, 'and is known by its weak tag then');


# What it says.

my $d = $r->{json};
is($d->{openapi}, '3.1.0', 'it is of OpenAPI 3.1');
is_deeply($d->{servers}, [{ url => '.' }], 'paths stand where it stands');

my (%ids, @poor, @lost);
my %success = map { $_ => 1 } 200, 201, 202;

for my $path (sort keys %{ $d->{paths} }) {
    for my $method (sort keys %{ $d->{paths}{$path} }) {
        my $o = $d->{paths}{$path}{$method};
        $ids{ $o->{operationId} }++;
        push @poor, "$method $path"
            unless length $o->{summary} && @{ $o->{'x-roles'} }
                   && grep { $success{$_} } keys %{ $o->{responses} };

        my %named = map { $_->{name} => 1 }
                    grep { $_->{in} eq 'path' } @{ $o->{parameters} || [] };
        push @poor, "$method $path: $_"
            for grep { !$named{$_} } $path =~ /\{(\w+)\}/g;
    }
}

is_deeply([grep { $ids{$_} > 1 } sort keys %ids], [],
          'every operation has an id of its own');
is_deeply(\@poor, [], 'a summary, roles, an answer and its parameters');

sub look {
    my ($value) = @_;

    if (ref $value eq 'ARRAY') {
        look($_) for @$value;
    } elsif (ref $value eq 'HASH') {
        if (defined(my $ref = $value->{'$ref'})) {
            my (undef, @way) = split m{/}, $ref;
            my $there = $d;
            $there = ref $there ? $there->{$_} : undef for @way;
            push @lost, $ref unless $there;
        }
        look($_) for values %$value;
    }
}

look($d);
is_deeply(\@lost, [], 'what it refers to is there');

my $hours = $d->{paths}{'/volunteers/{volunteer}/hours'}{post};
is_deeply($hours->{'x-roles'}, ['organizer', 'admin'], 'it tells the roles');
is($hours->{summary}, 'Minutes of service become points',
   'the summary is what the script says');

my $body = $hours->{requestBody}{content}{'application/json'}{schema};
is_deeply($body->{required}, ['minutes', 'on'], 'which fields are required');
is_deeply($body->{properties}{minutes},
          { type => 'integer', minimum => 1, maximum => 1440 },
          'the bounds of a field');
ok(!$body->{additionalProperties}, 'and that there are no others');

my ($key) = grep { $_->{name} eq 'Idempotency-Key' } @{ $hours->{parameters} };
ok($key->{required}, 'a key is required where points move');
($key) = grep { $_->{name} eq 'Idempotency-Key' }
         @{ $d->{paths}{'/vouchers/{code}/use'}{post}{parameters} };
ok($key && !$key->{required}, 'and optional elsewhere');

my $award = $d->{paths}{'/volunteers/{volunteer}/awards'}{post}{responses};
is_deeply([grep { $success{$_} } sort keys %$award], [201, 202],
          'it tells every status of success');
is($award->{409}{'$ref'}, '#/components/responses/limit-reached',
   'and the problems of each status');
is_deeply($d->{components}{schemas}{Account}{properties}{next_star},
          { anyOf => [{ '$ref' => '#/components/schemas/NextStar' },
                      { type => 'null' }] },
          'what may be null');
ok(!grep({ $_ eq 'station' }
         @{ $d->{components}{schemas}{Account}{required} }),
   'and what may be left out');


# A client that takes it slowly.

socket my $slow, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
setsockopt $slow, SOL_SOCKET, SO_RCVBUF, 2048;
connect $slow, pack_sockaddr_in(port(1), inet_aton('127.0.0.1'))
    or die "connect: $!\n";
syswrite $slow, build('GET', $URL, as => 'admin:root');
is(receive($slow, 'GET')->{raw}, $r->{raw},
   'a client whose connection takes little at a time has it whole');


# Nobody has to ask Redis for it.

redis_server()->stop;
expect_log(qr/redis/i);
is(get($URL, as => 'admin:root')->{status}, 200, 'it is there without Redis');

done();
