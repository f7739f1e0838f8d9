#!/usr/bin/env perl

# Who asks: only what the administrator's variables say, denied by default.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;

    # the portal's sign-in
    server {
        listen %PORT1%;

        location / {
            if ($cookie_who = "") { return 401; }
            if ($cookie_who = "banned") { return 403; }
            add_header  X-Id    $cookie_who;
            add_header  X-Role  $cookie_role;
            add_header  X-Scope $cookie_scope;
            return 204;
        }
    }

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
            %IDENTITY%
        }

        location /signed-in/ {
            auth_request      /whoami;
            auth_request_set  $uid   $upstream_http_x_id;
            auth_request_set  $role  $upstream_http_x_role;
            auth_request_set  $scope $upstream_http_x_scope;

            vol        tianyuan;
            vol_user   $uid;
            vol_role   $role;
            vol_scope  $scope;
        }

        location /scopeless/ {
            vol       tianyuan;
            vol_user  $http_x_user;
            vol_role  $http_x_role;
        }

        location = /whoami {
            internal;
            proxy_pass               http://%PORT1%;
            proxy_pass_request_body  off;
            proxy_set_header         Content-Length "";
        }
    }
CONF

volunteer('1001', station => 'street-1');
grant('1001', 100);
merchant('tea');
offer('green', price => 1, stock => 1000);


# Roles and endpoints.  The letters of the roles that may: volunteer (1001),
# organizer (of street-1), merchant (tea), admin, aUditor; for all others 403.

my %as = (v => 'volunteer:1001', o => 'organizer:li:street-1',
          m => 'merchant:chen:tea', a => 'admin:root', u => 'auditor:xu');

my %award = (case => 'grant', points => 1, evidence => 'e');
my %offer = (merchant => 'tea', title => 't', price => 1, stock => 1000);
my @table = (
    ['PUT',  'volunteers/1001', 'oa', { kind => 'general' }],
    ['GET',  'volunteers/1001', 'voau'],
    ['GET',  'me', 'v'],
    ['POST', 'volunteers/1001/hours', 'oa',
     { minutes => 1, on => '2025-01-01' }],
    ['POST', 'volunteers/1001/awards', 'a', { %award }],
    ['GET',  'volunteers/1001/ledger', 'voau'],
    ['POST', sub { 'ledger/' . grant('1001', 1)->{entry} . '/reverse' }, 'a',
     { reason => 'r' }],
    ['PUT',  'merchants/tea', 'a', { title => 't' }],
    ['GET',  'merchants/tea', 'vomau'],
    ['PUT',  'offers/green', 'ma', \%offer],
    ['GET',  'offers/green', 'vomau'],
    ['GET',  'offers', 'vomau'],
    ['POST', 'offers/green/restock', 'ma', { stock => 1 }],
    ['POST', 'offers/green/redemptions', 'va', { volunteer => '1001' }],
    ['GET',  sub { 'vouchers/' . redeem('green', '1001')->{code} }, 'vmau'],
    ['POST', sub { 'vouchers/' . redeem('green', '1001')->{code} . '/use' },
     'ma', {}],
    ['POST', sub { 'vouchers/' . redeem('green', '1001')->{code}
                   . '/cancel' }, 'va', {}],
);

for (@table) {
    my ($method, $path, $may, $body) = @$_;

    for my $who (sort keys %as) {
        next if $method eq 'GET' && $path eq 'me' && $who ne 'v';

        my $p = ref $path ? $path->() : $path;
        my %o = (as => $as{$who}, body => $body,
                 $method eq 'POST' ? (key => fresh_key()) : ());
        my $got;

        if ($may =~ /$who/) {
            $got = request($method, "/points/$p", %o);
            like($got->{status}, qr/^20[01]$/, "$as{$who}: $method $p")
                or diag($got->{raw});
        } else {
            unchanged {
                is_problem(request($method, "/points/$p", %o), 403,
                           'forbidden', "$as{$who} may not $method $p");
            } '... and it changes nothing';
        }
    }

    my $p = ref $path ? $path->() : $path;
    unchanged {
        is_problem(request($method, "/points/$p", body => $body,
                           key => fresh_key()),
                   401, 'no-identity', "nobody may not $method $p");
    } '... and it changes nothing';
}


# An identity that is none.

my @nobody = (
    ['an empty user', 401, 'no-identity', ['X-User' => '',
                                           'X-Role' => 'admin']],
    ['a user with a space', 401, 'no-identity', ['X-User' => 'a b',
                                                 'X-Role' => 'admin']],
    ['a user with a brace', 401, 'no-identity', ['X-User' => '1001}',
                                                 'X-Role' => 'volunteer']],
    ['a user of 65 characters', 401, 'no-identity',
     ['X-User' => 'u' x 65, 'X-Role' => 'admin']],
    ['no role', 403, 'forbidden', ['X-User' => 'root']],
    ['an unknown role', 403, 'forbidden', ['X-User' => 'root',
                                           'X-Role' => 'root']],
    ['a role in capitals', 403, 'forbidden', ['X-User' => 'root',
                                              'X-Role' => 'Admin']],
    ['a role with something after it', 403, 'forbidden',
     ['X-User' => 'root', 'X-Role' => 'admin,auditor']],
    ['an organizer without a scope', 403, 'forbidden',
     ['X-User' => 'li', 'X-Role' => 'organizer']],
    ['an organizer with a scope that is no id', 403, 'forbidden',
     ['X-User' => 'li', 'X-Role' => 'organizer', 'X-Scope' => 'a b']],
    ['a merchant without a scope', 403, 'forbidden',
     ['X-User' => 'chen', 'X-Role' => 'merchant']],
);

for (@nobody) {
    my ($name, $status, $type, $headers) = @$_;
    is_problem(get('/points/offers', headers => $headers), $status, $type,
               $name);
}

created(put('/points/volunteers/scoped', { kind => 'general' },
            as => 'admin:root'));
for (['a b', ''], ["street-1", 'street-1'], ['s' x 65, '']) {
    my ($scope, $kept) = @$_;
    created(post('/points/volunteers/scoped/awards',
                 { case => 'grant', points => 1, evidence => 'e' },
                 headers => ['X-User' => 'root', 'X-Role' => 'admin',
                             'X-Scope' => $scope]));
    is((entries('scoped'))[0]{scope} // '', $kept,
       'a scope that binds nobody is kept when it is an id: ' . ($kept || '-'));
}

is_problem(get("/points/volunteers/$_", as => 'volunteer:1001'), 403,
           'forbidden', "a volunteer does not learn whether there is \"$_\"")
    for qw( scoped nobody-at-all );
is_problem(get('/scopeless/offers', as => 'merchant:chen:tea'), 403,
           'forbidden', 'without vol_scope a merchant has none');
is(get('/scopeless/me', as => 'volunteer:1001')->{status}, 200,
   'a volunteer needs none');
is(get('/points/me', headers => ['X-User' => 'u' x 64,
                                 'X-Role' => 'volunteer'])->{status}, 404,
   'a user may have 64 characters');


# auth_request's variables, and a client that sends headers of its own.

sub signed_in {
    my ($path, $cookie, @headers) = @_;
    return get("/signed-in$path", headers => [
        $cookie ? (Cookie => $cookie) : (), @headers]);
}

is(signed_in('/me', 'who=1001; role=volunteer')->{json}{id}, '1001',
   'the user of the sign-in is the user of the points');
is(signed_in('/volunteers/1001', 'who=li; role=organizer; scope=street-1')
   ->{status}, 200, 'role and scope too');

my @spoof = map { ($_ => 'admin') }
    qw( X-User X-Role X-Scope X-Id Uid User Role vol_user vol-user
        X-Upstream-Http-X-Role );
is(signed_in('/me', 'who=1001; role=volunteer', @spoof)->{json}{id}, '1001',
   'a client\'s headers do not change who it is');
is_problem(signed_in('/volunteers/1002', 'who=1001; role=volunteer', @spoof),
           403, 'forbidden', 'nor what it may');
is_problem(signed_in('/me?vol_user=1002&uid=1002', 'who=1001; role=volunteer'),
           422, 'invalid-field', 'nor does the query', 'vol_user');

for ([undef, 401], ['who=banned', 403]) {
    my ($cookie, $status) = @$_;
    my $r = signed_in('/me', $cookie);
    is($r->{status}, $status, "auth_request's own $status is passed on");
    is($r->{headers}{'content-type'}, 'application/problem+json',
       "its $status is a problem document");
    is($r->{json}{status}, $status, 'with the status in it');
    ok(defined $r->{json}{title} && defined $r->{json}{type},
       'and title and type');
}

is_problem(signed_in('/me', 'who=1001'), 403, 'forbidden',
           'a sign-in that names no role may nothing');
is(post('/signed-in/offers/green/redemptions', {},
        headers => [Cookie => 'who=1001; role=volunteer'])->{status}, 201,
   'a POST goes through auth_request with its body');

done();
