#!/usr/bin/env perl

# Directives: what nginx -t accepts, what it refuses and where; inheritance.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules();
write_file('secret', "hidden\n");
write_file('empty', '');

my $BASE = 'vol_redis %REDIS%; vol_rules %RULES%;';


# What is accepted.  Each stands in http { server { ... } } after $BASE.

my %accepted = (
    'a complete location' => <<'CONF',
        vol_connect_timeout 500ms; vol_send_timeout 2s; vol_read_timeout 3s;
        vol_idempotency_window 48h;
        location /points/ { vol tianyuan; %IDENTITY% }
CONF
    'a location without a scope' => <<'CONF',
        location /points/ { vol tianyuan; vol_user $uid; vol_role $uid; }
        set $uid "";
CONF
    'the root location' => 'location / { vol tianyuan; %IDENTITY% }',
    'a ^~ location' => 'location ^~ /points/ { vol tianyuan; %IDENTITY% }',
    'a district from a variable' =>
        'location /p/ { vol $http_x_district; %IDENTITY% }',
    'a district with a variable in it' =>
        'location /p/ { vol zhuzhou-$server_port; %IDENTITY% }',
    'origins of pages' => <<'CONF',
        vol_origins  https://portal.example http://portal.example:8080
                     http://[::1]:81 http://10.0.0.1 https://a_b.example;
        location /points/ { vol tianyuan; %IDENTITY% vol_origins none; }
CONF
    'districts to show together, as many as there may be' =>
        "vol_districts hetang tianyuan;
        location /points/ { vol tianyuan; %IDENTITY%
            vol_districts none;
            location /points/all/ { vol_districts\n"
        . join('', map { "d$_" . ($_ % 20 ? ' ' : "\n") } 1 .. 4096)
        . '; } }',
    'identity on the server' =>
        '%IDENTITY% location /points/ { vol tianyuan; }',
    'a window of exactly a day' => <<'CONF',
        location /points/ { vol tianyuan; %IDENTITY%
                            vol_idempotency_window 1d; }
CONF
    'an account turned off below a requirement' => <<'CONF',
        location /vip/ {
            vol_account tianyuan $http_x_user;
            vol_require stars 3;
            location /vip/open/ { vol_account off; root %DIR%; }
        }
CONF
    'a Redis of its own for a location' => <<'CONF',
        location /points/ { vol tianyuan; %IDENTITY%
            vol_redis 127.0.0.1:6379 db=3 user=vol password_file=%DIR%/secret; }
CONF
    'a durability of each kind' => <<'CONF',
        vol_durability replicas=2;
        location /p/ { vol a; %IDENTITY% }
        location /q/ { vol a; %IDENTITY% vol_durability redis; }
        location /r/ { vol a; %IDENTITY% vol_durability fsync; }
        location /s/ { vol a; %IDENTITY%
                       vol_durability timeout=300ms replicas=1 fsync; }
CONF
    'an IPv6 Redis' =>
        'location /points/ { vol a; %IDENTITY% vol_redis [::1]:6379; }',
    'a Redis that sentinels watch' =>
        'location /points/ { vol a; %IDENTITY%
            vol_redis 127.0.0.1 unix:%DIR%/s sentinel=points db=2
            sentinel_user=vol sentinel_password_file=%DIR%/secret; }',
    'a cluster' =>
        'location /points/ { vol a; %IDENTITY%
            vol_redis 127.0.0.1 [::1]:7000 localhost cluster; }',
    'an account and a requirement' => <<'CONF',
        location /vip/ { vol_account tianyuan $http_x_user;
                         vol_account_required on; vol_require stars 3;
                         root %DIR%; }
CONF
    'an account in a regex location' => <<'CONF',
        location ~ \.html$ { vol_account tianyuan $http_x_user; root %DIR%; }
CONF
    'an account turned off below' => <<'CONF',
        vol_account tianyuan $http_x_user;
        location /plain/ { vol_account off; root %DIR%; }
CONF
    'variables without an account' => <<'CONF',
        add_header X "$vol_balance$vol_earned$vol_stars$vol_kind$vol_minutes";
        add_header Y "$vol_next_stars$vol_next_need$vol_year$vol_year_earned";
        add_header Z "$vol_owed$vol_frozen";
CONF
);

for my $name (sort keys %accepted) {
    my ($status, $text) = nginx_test(
        conf => "$BASE server { listen %PORT%;\n$accepted{$name}\n}");
    ok($status == 0, "$name is accepted") or diag($text);
}


# What is refused: the mistake stands in the line marked "# here", which the
# message must name; a second pattern says what else it must tell.

my @refused = (
    ['vol without a district', 'location /p/ {
        vol; # here
        %IDENTITY% }', qr/invalid number of arguments.*"vol"/],
    ['vol with two districts', 'location /p/ {
        vol a b; # here
        %IDENTITY% }', qr/invalid number of arguments.*"vol"/],
    ['vol twice', 'location /p/ {
        vol a;
        vol b; # here
        %IDENTITY% }', qr/"vol" directive is duplicate/],
    ['a district outside the alphabet', 'location /p/ {
        vol tian/yuan; # here
        %IDENTITY% }', qr{tian/yuan}],
    ['a district with a brace', 'location /p/ {
        vol "a{b}"; # here
        %IDENTITY% }', qr/a\{b\}/],
    ['an empty district', 'location /p/ {
        vol ""; # here
        %IDENTITY% }', qr/district|vol/],
    ['a district of 65 characters', "location /p/ {
        vol @{['d' x 65]}; # here
        %IDENTITY% }", qr/d{65}/],
    ['vol in a server', 'vol tianyuan; # here
        %IDENTITY%', qr/"vol" directive is not allowed here/],
    ['vol in a regex location', 'location ~ ^/p/ {
        vol tianyuan; # here
        %IDENTITY% }', qr/"vol".*prefix/],
    ['vol in a named location', 'location @p {
        vol tianyuan; # here
        %IDENTITY% }', qr/"vol".*prefix/],
    ['vol in an exact location', 'location = /p/me {
        vol tianyuan; # here
        %IDENTITY% }', qr/"vol".*prefix/],
    ['vol without vol_user', 'location /p/ {
        vol tianyuan;
        vol_role $http_x_role; }', qr/vol_user/],
    ['vol without vol_role', 'location /p/ {
        vol tianyuan;
        vol_user $http_x_user; }', qr/vol_role/],
    ['vol_user without a value', 'location /p/ {
        vol_user; # here
        }', qr/invalid number of arguments.*"vol_user"/],
    ['vol_user twice', 'location /p/ {
        vol_user $http_a;
        vol_user $http_b; # here
        }', qr/"vol_user" directive is duplicate/],
    ['vol_durability without a word', 'location /p/ {
        vol_durability; # here
        }', qr/invalid number of arguments.*"vol_durability"/],
    ['vol_durability twice', 'location /p/ {
        vol_durability redis;
        vol_durability fsync; # here
        }', qr/"vol_durability" directive is duplicate/],
    ['vol_durability with an unknown word', 'location /p/ {
        vol_durability always; # here
        }', qr/invalid parameter "always"/],
    ['vol_durability of Redis alone and more', 'location /p/ {
        vol_durability redis replicas=1; # here
        }', qr/invalid parameter "redis"/],
    ['vol_durability with a time alone', 'location /p/ {
        vol_durability timeout=1s; # here
        }', qr/needs "fsync" or "replicas"/],
    ['vol_durability of no replica', 'location /p/ {
        vol_durability replicas=0; # here
        }', qr/replicas=0.*1 to 100/],
    ['vol_durability of many replicas', 'location /p/ {
        vol_durability replicas=101; # here
        }', qr/replicas=101.*1 to 100/],
    ['vol_durability of no number', 'location /p/ {
        vol_durability replicas=all; # here
        }', qr/replicas=all.*1 to 100/],
    ['vol_durability without time', 'location /p/ {
        vol_durability fsync timeout=0; # here
        }', qr/timeout=0.*above zero/],
    ['vol_durability of no time', 'location /p/ {
        vol_durability fsync timeout=soon; # here
        }', qr/timeout=soon.*above zero/],
    ['vol_durability that outlasts the read timeout', 'location /p/ {
        vol tianyuan; %IDENTITY%
        vol_read_timeout 1s;
        vol_durability fsync timeout=1s; }',
     qr/vol_durability.*1000ms.*below.*vol_read_timeout/],
    ['vol_redis without an address', 'location /p/ {
        vol_redis; # here
        }', qr/invalid number of arguments.*"vol_redis"/],
    ['vol_redis with a port out of range', 'location /p/ {
        vol_redis 127.0.0.1:99999; # here
        }', qr/invalid port.*99999/],
    ['vol_redis with an empty socket path', 'location /p/ {
        vol_redis unix:; # here
        }', qr/unix:/],
    ['vol_redis with an unknown parameter', 'location /p/ {
        vol_redis 127.0.0.1:6379 colour=red; # here
        }', qr/colour=red/],
    ['vol_redis with a database that is no number', 'location /p/ {
        vol_redis 127.0.0.1:6379 db=first; # here
        }', qr/db=first/],
    ['vol_redis with a database below zero', 'location /p/ {
        vol_redis 127.0.0.1:6379 db=-1; # here
        }', qr/db=-1/],
    ['vol_redis with a missing password file', 'location /p/ {
        vol_redis 127.0.0.1:6379 password_file=%DIR%/nowhere; # here
        }', qr{/nowhere.*No such file}],
    ['vol_redis with an empty password file', 'location /p/ {
        vol_redis 127.0.0.1:6379 password_file=%DIR%/empty; # here
        }', qr{/empty}],
    ['vol_redis with a user and no password', 'location /p/ {
        vol_redis 127.0.0.1:6379 user=vol; # here
        }', qr/password_file/],
    ['vol_redis with several addresses for one', 'location /p/ {
        vol_redis 127.0.0.1:6379 127.0.0.1:6380; # here
        }', qr/has several addresses, but neither "cluster" nor "sentinel"/],
    ['vol_redis with no address but a cluster', 'location /p/ {
        vol_redis cluster; # here
        }', qr/"vol_redis" directive has no address/],
    ['vol_redis with a sentinel without a name', 'location /p/ {
        vol_redis 127.0.0.1 sentinel=; # here
        }', qr/"vol_redis" directive names no master/],
    ['vol_redis that is both', 'location /p/ {
        vol_redis 127.0.0.1 sentinel=points cluster; # here
        }', qr/is either a cluster or watched by sentinels/],
    ['vol_redis that is both, the other way', 'location /p/ {
        vol_redis 127.0.0.1 cluster sentinel=points; # here
        }', qr/is either a cluster or watched by sentinels/],
    ['vol_redis of a cluster with a database', 'location /p/ {
        vol_redis 127.0.0.1 cluster db=1; # here
        }', qr/is a cluster, which has database 0 alone/],
    ['vol_redis with a password of sentinels that are none', 'location /p/ {
        vol_redis 127.0.0.1 sentinel_password_file=%DIR%/secret; # here
        }', qr/has a sentinel_password_file but no sentinel/],
    ['vol_redis with a sentinel_user and no password', 'location /p/ {
        vol_redis 127.0.0.1 sentinel=points sentinel_user=vol; # here
        }', qr/has a sentinel_user but no sentinel_password_file/],
    ['vol_redis with too many addresses', 'location /p/ {
        vol_redis ' . join(' ', ('127.0.0.1') x 65) . ' cluster; # here
        }', qr/has too many addresses/],
    ['vol_redis twice', 'location /p/ {
        vol_redis 127.0.0.1:6379;
        vol_redis 127.0.0.1:6380; # here
        }', qr/"vol_redis" directive is duplicate/],
    (map { ["$_ that is no time", "location /p/ {
        $_ soon; # here
        }", qr/"$_" directive invalid value/] }
        qw( vol_connect_timeout vol_send_timeout vol_read_timeout
            vol_idempotency_window )),
    (map { ["an origin $_->[0]", "location /p/ {
        vol_origins $_->[1]; # here
        }", $_->[2]] }
     ['that has no scheme', 'portal.example', qr/portal\.example" must begin/],
     ['of another scheme', 'ftp://portal.example', qr/must begin/],
     ['without a host', 'https://', qr/must begin/],
     ['of a port alone', 'https://:8443', qr/has no host/],
     ['with a path', 'https://portal.example/', qr/without a path/],
     ['with a wildcard', 'https://*.portal.example', qr/wildcard/],
     ['that is a variable', 'https://$host', qr/no origin has/],
     ['in capitals', 'https://Portal.example', qr/small letters/],
     ['that is null', 'null', qr/"null" must begin/],
     ['with a port that is none', 'https://portal.example:x',
      qr/invalid port/],
     ['with port 0', 'https://portal.example:0', qr/invalid port/],
     ['with a port too high', 'https://portal.example:65536',
      qr/invalid port/],
     ['with the usual port', 'https://portal.example:443',
      qr/without the port/],
     ['with an open bracket', 'http://[::1', qr/bracket/],
     ['with a name behind it', 'http://[::1]x', qr/behind its bracket/],
     ['twice', 'https://a.example http://b.example https://a.example',
      qr/a\.example" is given twice/],
     ['that is too long', 'https://' . 'a' x 300, qr/too long/],
     ['beside none', 'none https://a.example', qr/"none" must begin/]),
    ['vol_origins twice', 'location /p/ {
        vol_origins https://a.example;
        vol_origins https://b.example; # here
        }', qr/"vol_origins" directive is duplicate/],
    ['vol_origins without one', 'location /p/ {
        vol_origins; # here
        }', qr/invalid number of arguments.*"vol_origins"/],
    (map { ["districts $_->[0]", "location /p/ {
        vol_districts $_->[1]; # here
        }", $_->[2]] }
     ['of which one is no id', 'tianyuan he/tang', qr{"he/tang" is not an id}],
     ['of which one is too long', 'x' x 65, qr/x" is not an id/],
     ['of which one is empty', 'tianyuan ""', qr/"" is not an id/],
     ['from a variable', '$arg_districts', qr/"\$arg_districts" is not an id/],
     ['of which one is there twice', 'b a tianyuan c a',
      qr/"a" is given twice/],
     ['beside none', 'tianyuan none', qr/"none" must stand alone/],
     ['that are more than there may be', join(' ', map { "d$_" } 1 .. 4097),
      qr/4097 districts, which is more than 4096/]),
    ['vol_districts twice', 'location /p/ {
        vol_districts tianyuan;
        vol_districts hetang; # here
        }', qr/"vol_districts" directive is duplicate/],
    ['vol_districts without one', 'location /p/ {
        vol_districts; # here
        }', qr/invalid number of arguments.*"vol_districts"/],
    ['a window under a day', 'location /p/ {
        vol_idempotency_window 23h; # here
        }', qr/vol_idempotency_window.*24/],
    ['a window of eleven years', 'location /p/ {
        vol_idempotency_window 11y; # here
        }', qr/vol_idempotency_window.*3660/],
    ['vol_rules with a missing file', 'location /p/ {
        vol_rules %DIR%/nowhere.json; # here
        }', qr{nowhere\.json.*No such file}],
    ['vol_rules twice', 'location /p/ {
        vol_rules %RULES%;
        vol_rules %RULES%; # here
        }', qr/"vol_rules" directive is duplicate/],
    ['vol_account without a user', 'location /p/ {
        vol_account tianyuan; # here
        }', qr/vol_account/],
    ['vol_account with three values', 'location /p/ {
        vol_account tianyuan $http_x_user more; # here
        }', qr/invalid number of arguments.*"vol_account"/],
    ['vol_account twice', 'location /p/ {
        vol_account tianyuan $http_x_user;
        vol_account zhuzhou $http_x_user; # here
        }', qr/"vol_account" directive is duplicate/],
    ['vol_account with a district outside the alphabet', 'location /p/ {
        vol_account tian:yuan $http_x_user; # here
        }', qr/tian:yuan/],
    ['vol_account_required with neither on nor off', 'location /p/ {
        vol_account_required maybe; # here
        }', qr/"on" or "off"/],
    ['vol_require of an unknown measure', 'location /p/ {
        vol_account tianyuan $http_x_user;
        vol_require moons 3; # here
        }', qr/"vol_require".*takes/],
    ['vol_require without a number', 'location /p/ {
        vol_require stars; # here
        }', qr/invalid number of arguments.*"vol_require"/],
    ['vol_require of no number', 'location /p/ {
        vol_account tianyuan $http_x_user;
        vol_require stars three; # here
        }', qr/"vol_require".*takes/],
    ['vol_require of a number below zero', 'location /p/ {
        vol_account tianyuan $http_x_user;
        vol_require balance -5; # here
        }', qr/"vol_require".*takes/],
);

for (@refused) {
    my ($name, $conf, $tells) = @$_;
    refused($name, "$BASE server { listen %PORT%;\n$conf\n}", $tells);
}

refused('vol without vol_redis', 'vol_rules %RULES%;
    server { listen %PORT%; location /p/ { vol a; %IDENTITY% } }',
    qr/vol_redis/);
refused('vol without vol_rules', 'vol_redis %REDIS%;
    server { listen %PORT%; location /p/ { vol a; %IDENTITY% } }',
    qr/vol_rules/);


sub refused {
    my ($name, $conf, $tells) = @_;

    my ($status, $text) = nginx_test(conf => $conf);
    my ($emerg) = $text =~ /^(.*\[emerg\].*)$/m;
    ok($status != 0 && ($emerg // '') =~ $tells, "$name is refused")
        or diag("exit $status: $text");

    my @lines = split /\n/, read_file('test.conf');
    my ($here) = grep { $lines[$_ - 1] =~ /# here/ } 1 .. @lines;
    my $place = $here ? "test\\.conf:$here\\b" : 'test\.conf:\d+';
    like($text, qr/\[emerg\][^\n]* in \S*$place/, "$name: file and line");
}


# Inheritance, seen at work.

start(conf => <<'CONF');
    limit_req_zone $http_x_limit zone=one:1m rate=1r/m;

    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;

            location /points/offers {
                limit_req  zone=one;

                location ~ /redemptions$ {
                    limit_req  zone=one;
                }
            }
        }

        location /third/ {
            vol        tianyuan;
            vol_redis  %REDIS% db=3;
        }

        location /by-variable/ {
            vol  $http_x_district;
        }

        location /fixed-user/ {
            vol       tianyuan;
            vol_user  somebody;
            vol_role  auditor;
        }

        location /bare {
            vol  tianyuan;
        }

        location = /mine {
            rewrite  ^ /points/me last;
        }

        location /else/ {
            return 200 "untouched\n";
        }
    }
CONF

volunteer('1001');
grant('1001', 50);
merchant('tea');
offer('green', price => 1);

is(get('/points/offers/green', as => 'volunteer:1001')->{status}, 200,
   'a nested location answers below the prefix of the location around it');
is(post('/points/offers/green/redemptions', {}, as => 'volunteer:1001')
   ->{status}, 201, 'so does a nested regex location');

my @limited = map { get('/points/offers', as => 'volunteer:1001',
                        headers => ['X-Limit' => 'a']) } 1, 2;
is($limited[0]{status}, 200, 'limit_req lets the first request through');
is($limited[1]{status}, 503, 'and refuses the second');
is($limited[1]{headers}{'content-type'}, 'application/problem+json',
   'its refusal is a problem document in a vol location');
is($limited[1]{json}{status}, 503, 'with the status in it');

is(get('/third/volunteers/1001', as => 'admin:root')->{status}, 404,
   'a location with another database sees other volunteers');
created(put('/third/volunteers/1001', { kind => 'student' },
            as => 'admin:root'));
is(account('1001')->{kind}, 'general', 'and changes nothing in the first');

my @in = (as => 'admin:root', headers => ['X-District' => 'chaoyang']);
created(put('/by-variable/volunteers/1001', { kind => 'cadre' }, @in));
is(get('/by-variable/volunteers/1001', @in)->{json}{kind}, 'cadre',
   'a district named by a variable has books of its own');
is(redis('EXISTS', 'vol:{chaoyang}:v:1001'), 1, 'under its own hash tag');
ok(get('/by-variable/volunteers/1001', as => 'admin:root')->{status} >= 400,
   'an empty district is refused');
ok(get('/by-variable/volunteers/1001', as => 'admin:root',
       headers => ['X-District' => '{x}:v'])->{status} >= 400,
   'a district outside the alphabet is refused');

is(get('/fixed-user/volunteers/1001')->{status}, 200,
   'a location has its own identity');
is(get('/bare/me', as => 'volunteer:1001')->{status}, 200,
   'a prefix may lack its last slash');
is_problem(get($_, as => 'volunteer:1001'), 404, 'not-found',
           "but $_ is not below it") for '/barefoot/me', '/bareme', '/bare';
is(get('/mine', as => 'volunteer:1001')->{json}{id}, '1001',
   'a rewrite may lead there');
is(get('/else/')->{raw}, "untouched\n", 'other locations are untouched');

expect_log(qr/district/);

done();
