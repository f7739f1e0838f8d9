#!/usr/bin/env perl

# The figures of several districts in one answer.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use Socket qw( PF_INET SOCK_STREAM SOL_SOCKET SO_RCVBUF inet_aton
               pack_sockaddr_in );

# more than are called at a time, and more than a page
my @many = map { "m$_" } 1 .. 150;

start(conf => <<"CONF");
    vol_redis         %REDIS%;
    vol_rules         %RULES%;
    vol_duties        off;
    vol_read_timeout  60s;
    %IDENTITY%

    server {
        listen %PORT%;

        vol_districts  tianyuan hetang
                       lusong;

        location /points/ { vol tianyuan; }
        location /hetang/ { vol hetang; }
        location /lusong/ { vol lusong; }
        location /centre/ {
            vol centre;
            location /centre/none/ { vol_districts none; }
        }
        location /one/ { vol tianyuan; vol_districts hetang; }
        location /many/ { vol tianyuan; vol_districts @many tianyuan; }
        location /away/ {
            vol        tianyuan;
            vol_redis  unix:%DIR%/nobody.sock;
        }
    }

    server {
        listen %PORT1% sndbuf=4k;
        location /points/ { vol tianyuan; }
        location /many/ { vol tianyuan; vol_districts @many; }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @FIGURES = qw( volunteers teams orgs activities minutes hours points
                  beneficiaries merchants offers redeemed );
my $URL = '/points/stats/districts';

sub districts { created(get($_[0] || $URL, @ADMIN)) }

sub names { join ' ', map { $_->{district} } @{ $_[0]{districts} } }

sub totals { my ($t) = @_; return { map { $_ => $t->{$_} } @FIGURES } }


# What it shows.

my %zeros = map { $_ => 0 } @FIGURES;
is_deeply(districts(), {
    districts => [map { { district => $_, %zeros } }
                  qw( tianyuan hetang lusong )],
    total => { districts => 3, %zeros, complete => true, missing => [] },
}, 'empty districts have no figures, in the order in which they are listed');

volunteer($_) for 1, 2;
created(put('/points/orgs/cy', { title => 'c' }, @ADMIN));
created(put('/points/teams/t', { title => 't', kind => 'social' }, @ADMIN));
created(post('/points/volunteers/1/hours', { minutes => 100, on => today() },
             @ADMIN));
grant('2', 50);
merchant('tea');
offer('green', price => 10, stock => 5);
redeem('green', '2');
redis('HSET', 'vol:{tianyuan}:g:cy', activities => 4, beneficiaries => 90);

created(put("/hetang/volunteers/$_", { kind => 'general' }, @ADMIN))
    for 1, 3, 4;
created(post("/hetang/volunteers/3/hours", { minutes => 59, on => today() },
             @ADMIN));
created(put('/centre/volunteers/9', { kind => 'general' }, @ADMIN));

my %of = map { $_ => created(get("/$_/stats", @ADMIN)) }
         qw( points hetang lusong );
my %sums = map { my $f = $_; $f => $of{points}{$f} + $of{hetang}{$f} }
           @FIGURES;
my $d = districts();
is_deeply($d->{districts}, [{ district => 'tianyuan', %{ $of{points} } },
                            { district => 'hetang', %{ $of{hetang} } },
                            { district => 'lusong', %{ $of{lusong} } }],
          'each has the figures that it shows itself');
is_deeply($d->{total}, { districts => 3, %sums, complete => true,
                         missing => [] }, 'the total is their sum');
is("$d->{total}{volunteers} $d->{total}{minutes} $d->{total}{hours}",
   '5 159 1', '... so of hours each district counts whole ones');
is(names(districts('/centre/stats/districts')), 'tianyuan hetang lusong',
   'the district of the location is none of them unless it is listed');
is_deeply(created(get($URL, as => 'auditor:xu')), $d, 'an auditor sees them');
is(head_of($URL, @ADMIN)->{headers}{'content-length'},
   length get($URL, @ADMIN)->{raw}, 'HEAD goes where GET goes');


# Who may not, and where.

is_problem(get($URL, as => $_), 403, 'forbidden', "$_ may not")
    for 'volunteer:1', 'organizer:o:cy', 'merchant:c:tea', 'visitor:1';
is_problem(get($URL), 401, 'no-identity', 'nobody may');
is_problem(post($URL, {}, @ADMIN), 405, 'method-not-allowed',
           'they are only read');
is_problem(get('/centre/none/stats/districts', @ADMIN), 404, 'not-found',
           'where none are listed there are none');
is_problem(get('/points/stats/districts/hetang', @ADMIN), 404, 'not-found',
           'there is no path below');
is(names(districts('/one/stats/districts')), 'hetang',
   'a location lists its own');


# Pages.

$d = districts("$URL?limit=2");
is(names($d), 'tianyuan hetang', 'a page has as many as were asked for');
is($d->{next}, 'hetang', 'and says where to go on');
is_deeply($d->{total}, { districts => 3, %sums, complete => true,
                         missing => [] }, 'the first has the total of all');
$d = districts("$URL?limit=2&after=hetang");
is(names($d), 'lusong', 'the next one goes on there');
ok(!exists $d->{next}, 'and is the last');
ok(exists $d->{total} && !defined $d->{total}, 'which has no total');
is_deeply(districts("$URL?after=lusong"), { districts => [], total => undef },
          'there is nothing behind the last');
is(names(districts("$URL?limit=3")), 'tianyuan hetang lusong',
   'a page that all fit on');
ok(!exists districts("$URL?limit=3")->{next}, '... is the last');

is_problem(get("$URL?$_->[0]", @ADMIN), 422, 'invalid-field', $_->[2], $_->[1])
    for ['after=centre', 'after', 'after what is not listed'],
        ['after=hetan', 'after', 'after a part of a name'],
        ['after=', 'after', 'after nothing'],
        ['after=' . 'x' x 65, 'after', 'after what is too long'],
        ['limit=0', 'limit', 'a page of none'],
        ['limit=1001', 'limit', 'a page of too many'],
        ['limit=x', 'limit', 'a page of no number'],
        ['limit=1&limit=1', 'limit', 'a page of two limits'],
        ['year=2026', 'year', 'what is not known here'];

my $MANY = '/many/stats/districts';
$d = districts($MANY);
is(names($d), join(' ', @many[0 .. 99]), 'a page has 100 when none is asked');
is($d->{total}{districts}, 151, 'of many, too, the total is of all');
is_deeply(totals($d->{total}), $of{points}, '... also behind the page');
my @walked;
for (my $after = ''; defined $after;) {
    $d = districts("$MANY?limit=7" . ($after && "&after=$after"));
    push @walked, names($d);
    $after = $d->{next};
}
is("@walked", "@many tianyuan", 'page by page all come, once');
is(names(districts("$MANY?limit=1000")), "@many tianyuan", 'or in one');


# What it costs.

sub scripts_run(&) {
    my ($code) = @_;
    redis('CONFIG', 'RESETSTAT');
    $code->();
    my ($n) = redis('INFO', 'commandstats') =~ /cmdstat_evalsha:calls=(\d+)/;
    return $n || 0;
}

is(scripts_run { districts("$MANY?limit=5") }, 151,
   'a first page calls each district once, for the total');
is(scripts_run { districts("$MANY?limit=5&after=m20") }, 5,
   'another one those that it shows');
is(scripts_run { get("$MANY?limit=5&format=csv", @ADMIN) }, 5,
   'and so does a table');


# As a table.

sub csv { get(@_, @ADMIN)->{raw} =~ s/^\xef\xbb\xbf//r }

my $HEAD = join(',', 'district', @FIGURES, 'problem') . "\r\n";
is(csv("$URL?format=csv"), $HEAD
   . join('', map { join(',', $_->[0], @{ $of{$_->[1]} }{@FIGURES}, '')
                    . "\r\n" }
          ['tianyuan', 'points'], ['hetang', 'hetang'], ['lusong', 'lusong']),
   'as a table of a row each');
my $r = get("$URL?format=csv&limit=1", @ADMIN);
is($r->{headers}{link}, '<?format=csv&limit=1&after=tianyuan>; rel="next"',
   'which says where it goes on');
is(() = csv("$URL?format=csv&limit=1&after=tianyuan") =~ /\r\n/g, 2,
   'and does');
like(get($URL, @ADMIN, headers => [Accept => 'text/csv'])->{raw},
     qr/^\xef\xbb\xbfdistrict,/, 'also by Accept');


# A district that does not tell.

sub told_without_hetang {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $d = districts();
    is_deeply($d->{districts}[1], { district => 'hetang',
                                    problem => 'store-corrupt' }, $name);
    is_deeply($d->{total}, { districts => 3, %{ $of{points} },
                             complete => false, missing => ['hetang'] },
              '... and the total says that it lacks it');
    is_deeply([map { $_->{points} } @{ $d->{districts} }[0, 2]],
              [$of{points}{points}, 0], '... with the others as they are');
}

redis('HSET', 'vol:{hetang}:books', minutes => 'many');
told_without_hetang('one with a figure that is no number is told so');
expect_log(qr/stopped, nothing was changed: .*CORRUPT/);
like(csv("$URL?format=csv"), qr/^hetang,{12}store-corrupt\r$/m,
     'a table has it, too');
is_deeply(districts("$URL?limit=1")->{total}{missing}, ['hetang'],
          'the total of a page that does not show it names it');
is_deeply(districts("$URL?after=tianyuan"),
          { districts => [{ district => 'hetang',
                            problem => 'store-corrupt' },
                          { district => 'lusong', %zeros }],
            total => undef }, 'a later page says it of those it shows');
is_problem(get('/one/stats/districts', @ADMIN), 500, 'store-corrupt',
           'when none tells anything it is an error');
redis('HSET', 'vol:{hetang}:books', minutes => 1_000_000_000_001);
told_without_hetang('one with more than there can be');
redis('HSET', 'vol:{hetang}:books', minutes => 1_000_000_000_000);
is(districts()->{total}{minutes}, 1_000_000_000_100, 'as much as there can be');
redis('DEL', 'vol:{hetang}:books');
redis('SET', 'vol:{hetang}:books', 'x');
told_without_hetang('one whose books are something else');
redis('DEL', 'vol:{hetang}:books');
ok(districts()->{total}{complete}, 'put right, nothing is missing');


# Many clients, slow ones, such as leave.

my ($left, @wrong) = (200);
my $whole = get("$MANY?limit=1000", @ADMIN)->{raw};
crowd(port(), 20,
      sub { $left-- > 0 ? build('GET', "$MANY?limit=1000", @ADMIN) : undef },
      sub { push @wrong, $_[1]{status} if $_[1]{raw} ne $whole });
is_deeply(\@wrong, [], 'many at once are all told the same');

socket my $slow, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
setsockopt $slow, SOL_SOCKET, SO_RCVBUF, 2048;
connect $slow, pack_sockaddr_in(port(1), inet_aton('127.0.0.1'))
    or die "connect: $!\n";
syswrite $slow, build('GET', "$MANY?limit=1000", @ADMIN);
is(scalar(@{ receive($slow, 'GET')->{json}{districts} }), 150,
   'a client whose connection takes little at a time has it whole');

my @workers = sort(workers());
for my $path ($URL, "$MANY?limit=1000", "$MANY?format=csv") {
    redis_server()->pause;
    my @sockets = send_all(map { build('GET', $path, @ADMIN) } 1 .. 10);
    taken();
    close $_ for @sockets;
    taken();
    redis_server()->resume;
    is(get("$MANY?limit=1000", @ADMIN)->{raw}, $whole,
       'who leaves while it is asked for disturbs nobody');
}
is_deeply([sort(workers())], \@workers, 'by the same workers');
unchanged { districts($_) for $URL, $MANY } 'it changes nothing';

redis_server()->pause;
my ($asked) = send_all(build('GET', "$MANY?limit=1000", @ADMIN, close => 1));
taken();
hup();
ok(wait_for(sub { error_log() =~ /gracefully shutting down/ }),
   'a worker is to end while it is asked for');
redis_server()->resume;
is(receive($asked, 'GET')->{raw}, $whole, 'and asks for the rest before');
ok(wait_for(sub { !grep { my $w = $_; grep { $_ == $w } @workers } workers() }),
   '... and ends');


# Redis away.

is_problem($_, 503, 'store-unavailable', 'nobody keeps them')
    for get('/away/stats/districts', @ADMIN);
redis_server()->pause;
my @sockets = send_all(map { build('GET', $_, @ADMIN, close => 1) }
                       $URL, "$MANY?limit=1000");
taken();
kill 'KILL', redis_server()->{pid};     # without going on before
redis_server()->stop('KILL');
for (@sockets) {
    $r = receive($_, 'GET');
    is_problem($r, 503, 'store-unavailable', 'who kept them is gone meanwhile');
    is($r->{headers}{'retry-after'}, 1, '... and may be back soon');
}
is_problem(get($_, @ADMIN), 503, 'store-unavailable', 'while it is away')
    for $URL, $MANY, "$URL?format=csv";
redis_server()->start;
ok(wait_for(sub { get($URL, @ADMIN)->{status} == 200 }), 'it comes back');
is(districts($MANY)->{total}{volunteers}, 2, 'with all that there was');

expect_log(qr/redis .* (cannot be reached|closed the connection)/);

done();
