#!/usr/bin/env perl

# Redis away, stalled, full, cut off, talking nonsense: clear answers, nothing
# done twice, and all is well again by itself.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

my $CONF = <<'CONF';
    vol_redis         %REDIS%;
    vol_rules         %RULES%;
    vol_read_timeout  60s;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /hasty/ {
            vol               tianyuan;
            vol_read_timeout  200ms;
        }

        location /proxied/ {
            vol                  tianyuan;
            vol_redis            unix:%DIR%/proxy.sock;
            vol_connect_timeout  1s;
            vol_read_timeout     1s;
        }

        location /page/ {
            vol_account  tianyuan $http_x_user;
            add_header   X-Balance "[$vol_balance]" always;
            root         %DIR%;
        }

        location /proxied-page/ {
            vol_account       tianyuan $http_x_user;
            vol_redis         unix:%DIR%/proxy.sock;
            vol_read_timeout  1s;
            add_header        X-Balance "[$vol_balance]" always;
            alias             %DIR%/page/;
        }

        location /vip/ {
            vol_account  tianyuan $http_x_user;
            vol_require  stars 0;
            alias        %DIR%/page/;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @ME = (as => 'volunteer:1001');
my $AWARD = '/points/volunteers/1001/awards';
my %award = (case => 'grant', points => 1, evidence => 'e');

mkdir path('page');
write_file('page/index.html', 'the page');

# a socket that isn't there is more to nginx than a refused connection
expect_log(qr/\[crit\].*connect\(\) to unix:/);

sub is_away {
    my ($r, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_problem($r, 503, 'store-unavailable', $name);
    like($r->{headers}{'retry-after'}, qr/^[1-9]\d*$/,
         "$name: it says when to try again");
}

sub back {
    my ($path, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(wait_for(sub { get($path, @ME)->{status} == 200 }), $name);
}

sub same_key_once {
    my ($path, $key, $name) = @_;

    my $points = balance('1001');
    my $r;
    wait_for(sub {
        $r = post($path, \%award, @ADMIN, key => $key);
        $r->{status} == 201
    });
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($r->{status}, 201, "$name: repeated with its key it succeeds");
    my @of_it = grep { $_->{entry} eq $r->{json}{entry} } entries('1001');
    is(scalar @of_it, 1, "$name: with one entry");
    cmp_ok(balance('1001') - $points, '<=', 1, "$name: and one point");
}


# Not there when nginx starts.

write_rules();
# one worker, whose one connection all of this happens to
start_nginx(conf => $CONF, workers => 1);

is_away(get('/points/me', @ME), 'a read without Redis');
is_away(post($AWARD, \%award, @ADMIN), 'a write without Redis');
my $page = get('/page/', @ME);
is("$page->{status} $page->{headers}{'x-balance'} $page->{raw}",
   '200 [] the page', 'a page of the portal opens, its variables empty');
is(get('/vip/', @ME)->{status}, 503, 'one that requires stars does not');
is_problem(get('/points/nothing', @ME), 404, 'not-found',
           'what needs no Redis is answered');

start_redis();
ok(wait_for(sub { get('/points/me', @ME)->{status} == 404 }),
   'Redis comes, and the API with it');
volunteer('1001');
created(post($AWARD, \%award, @ADMIN));
ok(wait_for(sub { get('/page/', @ME)->{headers}{'x-balance'} eq '[1]' }),
   'and the pages');


# Ended and started again.

redis_server()->stop('KILL');
is_away(get('/points/me', @ME), 'a read with Redis gone');
is_away(post($AWARD, \%award, @ADMIN, key => 'gone'),
        'a write with Redis gone');
is(get('/page/', @ME)->{status}, 200, 'the page opens');

my %statuses;
my $asked = 0;
crowd(port(), 64, sub { $asked++ < 1000
                        ? build('GET', '/points/me', @ME) : undef },
      sub { $statuses{ $_[1]{status} }++ });
is_deeply([keys %statuses], [503], 'hundreds of requests are all told so');

redis_server()->start;
back('/points/me', 'Redis is back, and the API with it');
is(post($AWARD, \%award, @ADMIN, key => 'gone')->{headers}
   {'idempotent-replayed'}, undef, 'what was refused had not been done');

redis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
my %after = map { get('/points/me', @ME)->{status} => 1 } 1 .. 8;
is_deeply(\%after, { 200 => 1 }, 'connections that Redis closed while idle '
                                 . 'are renewed unseen');


# Stalled: the command may have been received.

back('/hasty/me', 'a location of less patience is served too');
redis_server()->pause;
my $r = post('/hasty/volunteers/1001/awards', \%award, @ADMIN,
             key => 'stalled');
is_problem($r, 503, 'outcome-unknown', 'a write that Redis does not answer');
ok($r->{headers}{'retry-after'}, 'it says when to try again');
is_away(get('/hasty/me', @ME), 'a read that Redis does not answer');
%statuses = ();
$asked = 0;
crowd(port(), 64, sub { $asked++ < 200
                        ? build('GET', '/hasty/me', @ME) : undef },
      sub { $statuses{ $_[1]{status} }++ });
is_deeply([keys %statuses], [503], 'and so for all who ask meanwhile');
redis_server()->resume;
same_key_once($AWARD =~ s/points/hasty/r, 'stalled', 'the stalled write');


# Full: Redis refuses the first write of a script.

my $limit = redis('CONFIG', 'GET', 'maxmemory')->[1];
unchanged {
    redis('CONFIG', 'SET', 'maxmemory', 1);
    is_away(post($AWARD, \%award, @ADMIN, key => 'full'),
            'a write when Redis is full');
    redis('CONFIG', 'SET', 'maxmemory', $limit);
} 'a full Redis is left as it was';
is(post($AWARD, \%award, @ADMIN, key => 'full')->{status}, 201,
   'with room again the same key succeeds');


# Cut off in the middle, by a proxy.

proxy();
my $P = '/proxied/volunteers/1001/awards';
back('/proxied/me', 'through the proxy all is well');
created(post($P, \%award, @ADMIN));

proxy()->mode('bytes');
is(post($P, \%award, @ADMIN)->{status}, 201,
   'a reply that comes byte by byte is read');
is(get('/proxied/volunteers/1001/ledger', @ADMIN)->{status}, 200,
   'a long one too');

for my $mode (qw( cut half garbage )) {
    proxy()->mode($mode);
    is_problem(post($P, \%award, @ADMIN, key => "lost-$mode"), 503,
               'outcome-unknown', "a write whose reply is lost ($mode)");
    is_away(get('/proxied/me', @ME), "a read whose reply is lost ($mode)");
    is(get('/proxied-page/', @ME)->{headers}{'x-balance'}, '[]',
       "a page opens with its variables empty ($mode)");
    proxy()->mode('pass');
    same_key_once($P, "lost-$mode", "the write whose reply was lost ($mode)");
}

for my $mode (qw( refuse silent )) {
    proxy()->mode($mode);
    redis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    my $r;
    wait_for(sub {      # the old connection may live for a moment
        $r = post($P, \%award, @ADMIN, key => fresh_key());
        $r->{status} == 503 && $r->{json}{type} !~ /unknown/
    });
    is_away($r, "a write that could not be sent ($mode)");
    is_away(get('/proxied/me', @ME), "a read that could not be sent ($mode)");
    proxy()->mode('pass');
    back('/proxied/me', "and it heals ($mode)");
}

my %books = @{ redis('HGETALL', 'vol:{tianyuan}:books') };
is(balance('1001'), $books{earned}, 'after all that the books are even');
my $sum = 0;
for (stored_entries('vol:{tianyuan}:')) {
    my %entry = @{ $_->[1] };
    $sum += $entry{points};
}
is($sum, $books{earned}, 'and so is the ledger');

done();
