#!/usr/bin/env perl

# The portal's own pages: vol_account, its variables, vol_require, and their
# place among nginx's phases.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

my @NAMES = qw( balance earned stars kind minutes next_stars next_need
                year year_earned owed frozen );
my $ALL = join '|', map { "$_=\$vol_$_" } @NAMES;

mkdir path('static');
write_file('static/index.html', 'You have <!--#echo var="vol_balance" -->.');
write_file('static/api.html', '[<!--#include virtual="/points/me" -->]'
                              . '[<!--#include virtual="/points/no" -->]');

start(workers => 1, conf => <<"CONF");
    vol_redis  %REDIS%;
    vol_rules  %RULES%;

    # the portal's back end
    server {
        listen %PORT1%;

        location = /whoami {
            if (\$cookie_who = "") { return 401; }
            add_header  X-User-Id \$cookie_who;
            return 204;
        }

        location / {
            return 200 "\$http_x_vol_stars:\$http_x_vol_balance";
        }
    }

    server {
        listen %PORT%;

        location = /whoami {
            internal;
            proxy_pass               http://%PORT1%;
            proxy_pass_request_body  off;
            proxy_set_header         Content-Length "";
        }

        auth_request      /whoami;
        auth_request_set  \$uid \$upstream_http_x_user_id;
        vol_account       tianyuan \$uid;

        location / {
            proxy_set_header  X-Vol-Stars \$vol_stars;
            proxy_set_header  X-Vol-Balance \$vol_balance;
            proxy_pass        http://%PORT1%;
        }

        location /all/ {
            proxy_pass  http://%PORT1%;
            add_header  X-All "$ALL" always;
        }

        location /stars/   { vol_require stars 1;
                             proxy_pass http://%PORT1%; }
        location /balance/ { vol_require balance 100;
                             proxy_pass http://%PORT1%; }
        location /earned/  { vol_require earned 120;
                             proxy_pass http://%PORT1%; }

        location /stars/none-needed/ {
            vol_require  stars 0;
            proxy_pass   http://%PORT1%;
        }

        location /must/ {
            vol_account_required  on;
            proxy_pass            http://%PORT1%;
        }

        location /off/ {
            vol_account  off;
            proxy_pass   http://%PORT1%;
            add_header   X-All "$ALL" always;
        }

        location /elsewhere/ {
            vol_account  chaoyang \$uid;
            proxy_pass   http://%PORT1%;
            add_header   X-All "$ALL" always;
        }

        location /static/ {
            root        %DIR%;
            index       index.html;
            ssi         on;
        }

        location /fallback/ {
            root       %DIR%;
            try_files  \$uri /all/fallback;
        }

        location /named-page/ {
            vol_require  stars 5;
            error_page   403 = \@all;
            proxy_pass   http://%PORT1%;
        }

        location \@all {
            proxy_pass  http://%PORT1%;
            add_header  X-All "$ALL" always;
        }

        location /open/ {
            auth_request  off;
            vol_require   stars 1;
            proxy_pass    http://%PORT1%;
        }

        location /whoever/ {
            auth_request  off;
            vol_account   tianyuan \$arg_user;
            proxy_pass    http://%PORT1%;
            add_header    X-All "$ALL" always;
        }

        location /points/ {
            auth_request  off;
            vol           tianyuan;
            %IDENTITY%
        }
    }
CONF

my $year = this_year();

volunteer('1001');
grant('1001', 120);
created(post('/points/volunteers/1001/hours',
             { minutes => 90, on => "2024-03-01" }, as => 'admin:root'));
merchant('tea');
offer('massage', price => 30);
redeem('massage', '1001');

volunteer('1002', kind => 'cadre');
grant('1002', 8);


sub page {
    my ($path, $who, @more) = @_;
    return get($path, headers => [$who ? (Cookie => "who=$who") : (), @more]);
}

sub all {
    my ($response) = @_;
    return { ($response->{headers}{'x-all'} // '')
             =~ /(\w+)=([^|]*)/g };
}

my %empty = map { $_ => '' } @NAMES;


# The variables.

is(page('/', '1001')->{raw}, '1:91',
   'a page without a change in its back end learns stars and balance');

is_deeply(all(page('/all/', '1001')),
          { balance => 91, earned => 121, stars => 1, kind => 'general',
            minutes => 30, next_stars => 2, next_need => 179, year => $year,
            year_earned => 120, owed => 0, frozen => 0 },
          'every variable tells what the account holds');

is_deeply(all(page('/all/', '1002')),
          { balance => 8, earned => 8, stars => 0, kind => 'cadre',
            minutes => 0, next_stars => 1, next_need => 92, year => $year,
            year_earned => 8, owed => 12, frozen => 0 },
          'a cadre owes what the year still lacks');

redis('HSET', 'vol:{tianyuan}:v:1002', 'frozen', 1);
is(all(page('/all/', '1002'))->{frozen}, 1, 'a frozen account says so');

volunteer('1005');
grant('1005', 1500);
my $five = all(page('/all/', '1005'));
is("$five->{stars}|$five->{next_stars}|$five->{next_need}", '5||',
   'at five stars there is no next star');

grant('1002', 1);
is(all(page('/all/', '1002'))->{balance}, 9,
   'the next page shows the newest balance');

is_deeply(all(page('/all/', '1999')), \%empty,
          'a person without an account sees the page, the variables empty');
is(page('/all/', '1999')->{status}, 200, 'with status 200');
is_deeply(all(page('/off/', '1001')), \%empty,
          'vol_account off empties them');
is_deeply(all(page('/elsewhere/', '1001')), \%empty,
          'another district has other accounts');
is_deeply(all(page('/fallback/x', '1001'))->{balance}, 91,
          'they are there after an internal redirect');
is(all(page('/named-page/x', '1001'))->{balance}, 91,
   'and in a named location');
is(page('/static/', '1001')->{raw}, 'You have 91.',
   'and in a static page with SSI');
like(page('/static/api.html', '1001', 'X-User' => '1001',
          'X-Role' => 'volunteer')->{raw},
     qr/^\[\{"id":"1001".*"balance":91.*\}\]\[\{.*not-found.*\}\]$/s,
     'a page may include what the API says');
is(head_of('/all/', headers => [Cookie => 'who=1001'])->{status}, 200,
   'HEAD of a page works');
is(all(post('/all/', { a => 1 }, headers => [Cookie => 'who=1001']))
   ->{balance}, 91, 'and so does a POST to the portal');

is(all(get('/whoever/?user=1001'))->{balance}, 91,
   'the user may come from any variable');
is_deeply(all(get("/whoever/?user=$_->[1]")), \%empty,
          "$_->[0] has no account, and the page opens")
    for ['an empty user', ''], ['a user outside the alphabet', '10%2001'],
        ['a user with a brace', '1001}:x'], ['a user of 65', '1' x 65];


# vol_require.

grant('1005', 10);
my @required = (
    ['stars', '1001', 200], ['stars', '1002', 403], ['stars', '1005', 200],
    ['balance', '1001', 403], ['balance', '1005', 200],
    ['earned', '1001', 200], ['earned', '1002', 403],
    ['stars/none-needed', '1002', 200],
    ['stars', '1999', 403], ['stars/none-needed', '1999', 403],
);

for (@required) {
    my ($what, $who, $status) = @$_;
    is(page("/$what/", $who)->{status}, $status,
       "the page that requires $what answers $status to $who");
}

my $refused = page('/stars/', '1002');
like($refused->{headers}{'content-type'}, qr{^text/html},
     'the refusal is nginx\'s own page');
is(page('/stars/', undef)->{status}, 401,
   'auth_request speaks first: without a session it is 401');
is(get('/open/')->{status}, 401,
   'vol_require answers 401 when there is no user at all');
is(page('/', '1001', 'X-Vol-Stars' => 5)->{raw}, '1:91',
   'a client does not set its own stars');


# Many at once, and on one connection.

my (%seen, $asked);
crowd(port(), 32,
      sub { $asked++ < 640
            ? build('GET', '/', headers => [Cookie => 'who=1001']) : undef },
      sub { $seen{ "$_[1]{status} $_[1]{raw}" }++ });
is_deeply([keys %seen], ['200 1:91'], 'hundreds of pages at once agree');


# Redis away.

redis_server()->stop('KILL');

is(page('/', '1001')->{raw}, ':', 'without Redis the page opens, empty');
is_deeply(all(page('/all/', '1001')), \%empty, 'all its variables empty');
is(page('/must/', '1001')->{status}, 503,
   'vol_account_required makes it 503 instead');
is(page('/stars/', '1001')->{status}, 503, 'so does vol_require');
is(page($_, '1001')->{headers}{'retry-after'}, 1, "$_ says when to try again")
    for '/must/', '/stars/';
is(page('/off/', '1001')->{status}, 200, 'a page without an account opens');

redis_server()->start;
ok(wait_for(sub { page('/must/', '1001')->{status} == 200 }),
   'and with Redis back it opens by itself');
is(page('/must/', '1999')->{status}, 200,
   'a person without an account is not an account that can\'t be read');

redis('HSET', 'vol:{tianyuan}:v:1001', 'balance', 'much');
is(page('/all/', '1001')->{status}, 200,
   'a corrupt account leaves the page open');
is_deeply(all(page('/all/', '1001')), \%empty, 'its variables empty');
is(page('/must/', '1001')->{status}, 503, 'and a page that needs it is 503');

done();
