#!/usr/bin/env perl

# Methods: every path says which it has; what it does not have is refused.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;

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
merchant('tea');
offer('green');

my %allow = (
    'me' => 'GET, HEAD',
    'volunteers/1001' => 'GET, HEAD, PUT',
    'volunteers/1001/ledger' => 'GET, HEAD',
    'volunteers/1001/hours' => 'POST',
    'volunteers/1001/awards' => 'POST',
    'ledger/1-1/reverse' => 'POST',
    'merchants/tea' => 'GET, HEAD, PUT',
    'offers' => 'GET, HEAD',
    'offers/green' => 'GET, HEAD, PUT',
    'offers/green/restock' => 'POST',
    'offers/green/redemptions' => 'POST',
    'projects' => 'GET, HEAD',
    'projects/roads' => 'GET, HEAD, PUT',
    'activities' => 'GET, HEAD',
    'activities/river' => 'GET, HEAD, PUT',
    'activities/river/signups' => 'GET, HEAD, POST',
    'activities/river/code' => 'GET, HEAD',
    'activities/river/checkout' => 'POST',
    'me/signups' => 'GET, HEAD',
    'vouchers/0' => 'GET, HEAD',
    'vouchers/0/use' => 'POST',
    'vouchers/0/cancel' => 'POST',
);

sub listed { join ', ', sort split /\s*,\s*/, $_[0]{headers}{allow} // '' }

for my $path (sort keys %allow) {
    my @has = split /, /, $allow{$path};
    my $all = join ', ', sort @has, 'OPTIONS';

    my $options = request('OPTIONS', "/points/$path");
    is($options->{status}, 204, "OPTIONS of /$path is 204, for anybody");
    is(listed($options), $all, "and allows $all");
    is($options->{raw}, '', 'and has no body');

    for my $method (qw( GET HEAD PUT POST DELETE PATCH )) {
        next if grep { $_ eq $method } @has;

        my $r = request($method, "/points/$path", @ADMIN,
                        $method =~ /^P/ ? (body => {}) : ());
        is($r->{status}, 405, "/$path has no $method");
        is(listed($r), $all, "and says what it has");
        next if $method eq 'HEAD';
        is_problem($r, 405, 'method-not-allowed',
                   'in a problem document');
    }
}

is_problem(request('DELETE', '/points/me'), 405, 'method-not-allowed',
           'the method is looked at before the identity');
is_problem(request('DELETE', '/points/nothing'), 404, 'not-found',
           'and the path before the method');
is_problem(request('OPTIONS', '/points/nothing'), 404, 'not-found',
           'an unknown path has no OPTIONS');
is_problem(request('PROPFIND', '/points/me', @ADMIN), 405,
           'method-not-allowed', 'a method of WebDAV is refused');
is_problem(request('BREW', '/points/me', @ADMIN), 405, 'method-not-allowed',
           'a method nobody knows is refused');
is_problem(request('GET', '/points/', @ADMIN), 404, 'not-found',
           'the location itself is no endpoint');


# HEAD.

for my $path ('volunteers/1001', 'offers', 'offers/green', 'merchants/tea',
              'volunteers/1001/ledger')
{
    my $get = get("/points/$path", @ADMIN);
    my $head = head_of("/points/$path", @ADMIN);
    is($head->{status}, 200, "HEAD of /$path is 200");
    is($head->{raw}, '', 'without a body');
    is_deeply([map { $head->{headers}{$_} }
               qw( content-type content-length cache-control )],
              [map { $get->{headers}{$_} }
               qw( content-type content-length cache-control )],
              'with the headers of the GET');
}

my $r = head_of('/points/volunteers/nobody', @ADMIN);
is($r->{status}, 404, 'HEAD of nobody is 404');
is($r->{headers}{'content-type'}, 'application/problem+json',
   'with the type of the problem');

# on one connection, so that a body too many would be taken for a response
my @got = raw(join('', map { build($_, '/points/volunteers/nobody', @ADMIN) }
                       qw( HEAD HEAD GET )), qw( HEAD HEAD GET ));
is(join(' ', map { $_->{status} } @got), '404 404 404',
   'a HEAD refused leaves the connection as it should be');


# A finished write is told as such, whatever condition came with it.

for my $condition ('If-None-Match: *', 'If-Match: "x"',
                   'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT')
{
    my ($name, $value) = split /: /, $condition, 2;
    is(put('/points/volunteers/1001', { kind => 'general' }, @ADMIN,
           headers => [$name => $value])->{status}, 200,
       "a PUT with $name is answered for what it did");
    is(get('/points/volunteers/1001', @ADMIN,
           headers => [$name => $value])->{status}, 200,
       "and a GET with $name has its answer");
}

done();
