#!/usr/bin/env perl

# Pages of other sites, which can let a browser that is signed in here ask: by a
# form, an image, a script, with its cookies and without asking us before.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::HTTP2;

write_file('key', 'k' x 64);
mkdir path('vip');
write_file('vip/page', 'in');
start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;

    # what a portal knows by its cookie
    %IDENTITY%

    server {
        listen       %PORT%;
        vol_origins  https://portal.example http://[::1]:8080
                     https://app.portal.example:8443;

        location /points/ {
            vol                  tianyuan;
            vol_origins          none;
            vol_certificate_key  %DIR%/key;
        }

        location /listed/ {
            vol  tianyuan;
        }

        location /vip/ {
            vol_account  tianyuan $http_x_user;
            vol_require  stars 1;
            root         %DIR%;
            error_page   405 =200 /vip/page;
        }
    }

    server {
        listen %PORT1% http2;

        location /points/ {
            vol  tianyuan;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');

# what a browser says of itself and of the page
my @FOREIGN = (
    ['of another site', ['Sec-Fetch-Site' => 'cross-site',
                         Origin => 'https://evil.example']],
    ['of another site that hides its origin',
     ['Sec-Fetch-Site' => 'cross-site', Origin => 'null']],
    ['of another site, without an origin',
     ['Sec-Fetch-Site' => 'cross-site']],
    ['of a neighbour', ['Sec-Fetch-Site' => 'same-site',
                        Origin => 'http://forum.localhost']],
    ['in an old browser', [Origin => 'https://evil.example']],
    ['in an old browser, without a name', [Origin => 'null']],
    ['of another port', [Origin => 'http://localhost:8081']],
    ['with our name in its own', [Origin => 'http://localhost.evil.example']],
    ['with our name at its end', [Origin => 'http://evillocalhost']],
    ['of another scheme', [Origin => 'file://localhost']],
    ['with two origins', [Origin => 'http://localhost',
                          Origin => 'https://evil.example']],
    ['of a kind that nobody knows', ['Sec-Fetch-Site' => 'moon']],
);

my @OWN = (
    ['our own', ['Sec-Fetch-Site' => 'same-origin',
                 Origin => 'http://localhost']],
    ['our own in capitals', ['sec-fetch-site' => 'Same-Origin']],
    ['our own behind a proxy that renames the host',
     ['Sec-Fetch-Site' => 'same-origin', Origin => 'https://portal.example']],
    ['nobody\'s: an address that was typed', ['Sec-Fetch-Site' => 'none']],
    ['our own in an old browser', [Origin => 'http://localhost']],
    ['our own by TLS', [Origin => 'https://localhost']],
    ['a back end\'s', []],
    ['one with empty headers', [Origin => '', 'Sec-Fetch-Site' => '']],
);

# a browser's form can send these, without a question before
my @FORMS = (
    ['without a body', undef],
    ['of an empty form', 'application/x-www-form-urlencoded', ''],
    ['of a form', 'application/x-www-form-urlencoded', 'volunteer=1001'],
    ['of a form as text', 'text/plain', '{"volunteer":"1001","x":"="}'],
    ['of a form in parts', 'multipart/form-data; boundary=x',
     "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--x--\r\n"],
    ['of a script that was let in', 'application/json', '{}'],
);

sub foreign {
    my ($r, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_problem($r, 403, 'forbidden-origin', $name);
}

sub passes {
    my ($r, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    isnt($r->{json}{type} // '', 'urn:ngx-vol:forbidden-origin', $name);
    isnt($r->{status}, 401, '... and it is known who asks');
}

sub no_cors {
    my ($r) = @_;
    return !grep { /^access-control-/ } keys %{ $r->{headers} };
}


# Every operation that there is.

volunteer('1001');
grant('1001', 500);
merchant('tea');
offer('green', price => 1, stock => 1000);

my $document = created(get('/points/openapi.json', @ADMIN));
my ($unsafe, $cors) = (0, 0);

for my $path (sort keys %{ $document->{paths} }) {
    for my $method (sort keys %{ $document->{paths}{$path} }) {
        my $operation = $document->{paths}{$path}{$method};
        my $safe = $method eq 'get'
                   && $operation->{operationId} ne 'getCertificate';
        my $where = "/points$path";
        $where =~ s/\{code\}/0/g;
        $where =~ s/\{\w+\}/1001/g;
        my $ask = sub {
            my ($headers, @body) = @_;
            my $r = request(uc $method, $where, @ADMIN, key => fresh_key(),
                            headers => $headers, @body);
            $cors++ unless no_cors($r);
            return $r;
        };
        my @body = $safe || $method eq 'get' ? () : (body => {});

        if ($safe) {
            passes($ask->($FOREIGN[0][1]),
                   "$method $path only reads, for whoever lets a browser ask");
            next;
        }

        $unsafe++;
        like($operation->{responses}{403}{'$ref'}, qr/forbidden-origin/,
             "the document says of $method $path that a page may not");
        unchanged {
            foreign($ask->($_->[1], @body),
                    "$method $path: a page $_->[0] is refused")
                for @FOREIGN;
        } '... and nothing is changed';
        passes($ask->($_->[1], @body), "$method $path: a page that is $_->[0]")
            for @OWN[0, 4, 6];
    }
}

cmp_ok($unsafe, '>', 40, 'there are many operations that write');
is($cors, 0, 'no answer ever lets a page of another origin read it');
passes(put('/points/volunteers/1001', { kind => 'general' }, @ADMIN,
           headers => $_->[1]), "a PUT of a page that is $_->[0]") for @OWN;


# Writes that need no key and no body, as a form sends them, done for real.

sub moment {
    return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ',
                           gmtime redis('TIME')->[0] + $_[0]);
}

my @VOL = (as => 'volunteer:1001');
created(put('/points/orgs/centre', { title => 'Centre' }, @ADMIN));
my $made = 0;

sub draft {
    my $path = '/points/activities/a' . ++$made;
    created(put($path, { title => 'a', place => 'p', org => 'centre',
                         starts => moment(86400 * $made),
                         ends => moment(86400 * $made + 3600),
                         posts => [{ id => 'p', title => 'p', places => 9 }]
                       }, @ADMIN));
    return $path;
}

sub open_activity {
    my $path = draft();
    created(post("$path/publish", {}, @ADMIN, key => undef));
    return $path;
}

sub signed_up {
    my $path = open_activity();
    created(post("$path/signups", {}, @VOL));
    return $path;
}

sub need {
    my $id = created(post('/points/needs',
                          { title => 'n', tags => [], minutes => 60,
                            station => 'centre', on => today(),
                            resident => 'r' . ++$made }, @ADMIN))->{id};
    return "/points/needs/$id";
}

my @writes = (
    ['publishes an activity', sub { draft() . '/publish' }, @ADMIN],
    ['cancels one', sub { open_activity() . '/cancel' }, @ADMIN],
    ['signs somebody up', sub { open_activity() . '/signups' }, @VOL],
    ['takes a place away', sub { signed_up() . '/withdraw' }, @VOL],
    ['takes a need', sub { need() . '/accept' }, @VOL],
    ['withdraws a need', sub { need() . '/withdraw' }, @ADMIN],
    ['uses a voucher', sub {
        '/points/vouchers/' . redeem('green', '1001')->{code} . '/use'
     }, as => 'merchant:chen:tea'],
    ['asks for an audit', sub { '/points/audit' }, @ADMIN],
);

for (@writes) {
    my ($what, $path, @as) = @$_;
    my $where = $path->();

    unchanged {
        for my $form (@FORMS) {
            my ($name, $type, $bytes) = @$form;
            my @body = defined $type ? (type => $type, body => $bytes) : ();
            for my $page (@FOREIGN[0, 3, 4]) {
                foreign(request('POST', $where, @as, @body,
                                headers => $page->[1]),
                        "a POST $name, from a page $page->[0], never $what");
            }
        }
    } '... and nothing is changed';

    my $r = request('POST', $where, @as, headers => $OWN[0][1]);
    like($r->{status}, qr/^20[012]$/, "our own page $what") or diag($r->{raw});
}

# a GET that issues
created(post('/points/volunteers/1001/hours',
             { minutes => 60, on => today() }, @ADMIN));
my $certificate = '/points/volunteers/1001/certificate';
unchanged {
    foreign(get($certificate, @VOL, headers => ['Sec-Fetch-Site' =>
                                                'cross-site']),
            'an image elsewhere issues no certificate');
} '... and nothing is changed';
is(get($certificate, @VOL, headers => $OWN[0][1])->{status}, 200,
   'our own page gets one');


# What a browser asks beforehand, and what a page sees of an answer.

my $preflight = request('OPTIONS', '/points/volunteers/1001/freeze',
    headers => [Origin => 'https://evil.example',
                'Access-Control-Request-Method' => 'POST',
                'Access-Control-Request-Headers' => 'content-type']);
ok(no_cors($preflight), 'a preflight is given no leave');
for my $r (get('/points/me', @VOL), get('/points/no', @VOL),
           get('/points/leaderboard?format=csv', @VOL))
{
    is($r->{headers}{'x-content-type-options'}, 'nosniff',
       "an answer ($r->{status}) is taken for nothing but what it is");
    is($r->{headers}{'cross-origin-resource-policy'}, 'same-origin',
       'and not given to a page of another origin');
}

# a gate of the portal's looks, and changes nothing
grant('1001', 1);
unchanged {
    is(request($_->[0], '/vip/page', @VOL, headers => $_->[1])->{raw}, 'in',
       "$_->[0] of a page behind vol_require is the portal's to judge")
        for ['GET', []], ['GET', $FOREIGN[0][1]], ['POST', $FOREIGN[0][1]];
} '... and the module writes nothing for it';


# Origins that are listed.

sub listed {
    my ($where, $origin, @site) = @_;
    return put("/$where/volunteers/1001", { kind => 'general' }, @ADMIN,
               headers => [Origin => $origin, @site]);
}

for my $origin ('https://portal.example', 'https://app.portal.example:8443',
                'http://[::1]:8080')
{
    for (['cross-site'], ['same-site'], []) {
        my @site = @$_ ? ('Sec-Fetch-Site' => @$_) : ();
        is(listed('listed', $origin, @site)->{status}, 200,
           "a page of $origin, which is listed, may (@site)");
    }
    foreign(listed('points', $origin), 'but not where the list is none');
}

foreign(listed('listed', $_), "$_ is not listed")
    for 'http://portal.example', 'https://portal.example:8443',
        'https://portal.example.evil.example', 'https://x.portal.example',
        'https://app.portal.example', 'null';
is(listed('listed', 'http://localhost')->{status}, 200,
   'our own may where others are listed');
foreign(put('/listed/volunteers/1001', { kind => 'general' }, @ADMIN,
            headers => ['Sec-Fetch-Site' => 'cross-site']),
        'who does not say which origin is not one that is listed');


# Ports, and HTTP/2, where the host is another header.

sub host_origin {
    my ($host, $origin) = @_;
    return raw("POST /points/audit HTTP/1.1\r\nHost: $host\r\n"
               . "X-User: root\r\nX-Role: admin\r\n"
               . "Origin: $origin\r\nConnection: close\r\n\r\n", 'POST');
}

for (['a.example', 'http://a.example'], ['a.example:80', 'http://a.example'],
     ['a.example:443', 'https://a.example'],
     ['A.example', 'https://a.EXAMPLE'],
     ['a.example:8080', 'http://a.example:8080'],
     ['[::1]:8080', 'http://[::1]:8080'], ['[::1]', 'https://[::1]'])
{
    my ($host, $origin) = @$_;
    like(host_origin($host, $origin)->{status}, qr/^20[02]$/,
       "$origin is the origin of $host");
}

for (['a.example:8080', 'http://a.example'], ['a.example', 'http://b.example'],
     ['a.example:443', 'http://a.example'], ['a.example', 'a.example'],
     ['a.example', 'http://'], ['a.example', 'ftp://a.example'],
     ['a.example', 'http://a.example/'], ['a.example', 'http://a.example:80x'])
{
    my ($host, $origin) = @$_;
    foreign(host_origin($host, $origin), "$origin is not that of $host");
}

foreign(raw("POST /points/audit HTTP/1.0\r\n"
            . "X-User: root\r\nX-Role: admin\r\n"
            . "Origin: http://localhost\r\n\r\n", 'POST'),
        'without a host no origin is its own');

my $h2 = VolTest::HTTP2->new(dial(port(1)));
my @who = ('x-user' => 'root', 'x-role' => 'admin',
           'content-type' => 'application/json');
for (['http://localhost', 200], ['https://evil.example', 403]) {
    my ($origin, $status) = @$_;
    is($h2->response($h2->request('POST', '/points/audit',
                                  [@who, origin => $origin], '{}'))->{status},
       $status, "HTTP/2: $origin is answered $status");
}
close $h2->{socket};

done();
