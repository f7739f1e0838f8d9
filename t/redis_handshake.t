#!/usr/bin/env perl

# How a connection begins: TCP and unix sockets, passwords, users, databases,
# a Redis that is not ready, and what the log says of one that is not fit.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules();
write_file('password', "open-sesame\n");
write_file('no-newline', 'open-sesame');
write_file('crlf', "open-sesame\r\n");
write_file('user-password', "shazam\n");
write_file('wrong', "abracadabra\n");

# place => what its vol_redis says; those that must work, then those that not

my $tcp = '127.0.0.1:' . port(1);
my %works = (
    unix => '%REDIS% password_file=%DIR%/password',
    tcp => "$tcp password_file=%DIR%/password",
    name => (gethostbyname('localhost') ? 'localhost' : '127.0.0.1')
            . ':' . port(1) . ' password_file=%DIR%/password',
    'no-newline' => '%REDIS% password_file=%DIR%/no-newline',
    crlf => '%REDIS% password_file=%DIR%/crlf',
    relative => '%REDIS% password_file=password',
    default => '%REDIS% user=default password_file=%DIR%/password',
    user => "$tcp user=vol password_file=%DIR%/user-password",
    narrow => '%REDIS% user=narrow password_file=%DIR%/user-password',
    third => '%REDIS% db=3 password_file=%DIR%/password',
    all => "$tcp db=5 user=vol password_file=%DIR%/user-password",
);
my %fails = (
    none => '%REDIS%',
    wrong => '%REDIS% password_file=%DIR%/wrong',
    stranger => '%REDIS% user=stranger password_file=%DIR%/password',
    far => '%REDIS% db=99 password_file=%DIR%/password',
);
my %all = (%works, %fails);

my $places = join '', map { <<"PLACE" } sort keys %all;
        location /$_/ {
            vol        $_;
            vol_redis  $all{$_};
        }
PLACE

start_redis('--port', port(1), '--requirepass', 'open-sesame',
            { auth => ['open-sesame'] });
redis('ACL', 'SETUSER', 'vol', 'on', '>shazam', '~vol:*', '+@all');
redis('ACL', 'SETUSER', 'narrow', 'on', '>shazam', '~vol:*', '+@all',
      '-@dangerous', '-@admin');

start_nginx(workers => 1, conf => <<"CONF");
    vol_rules  %RULES%;
    %IDENTITY%

    server {
        listen %PORT%;
$places
    }
CONF

my @ADMIN = (as => 'admin:root');
my @body = ({ kind => 'general' }, @ADMIN);
my %hours = (minutes => 60, on => '2025-01-01');


# Who is let in.

for my $place (sort keys %works) {
    is(put("/$place/volunteers/1001", @body)->{status}, 201,
       "\"vol_redis $works{$place}\" works");
}

unlike(error_log(), qr/\[warn\].*(append|aof|evict|maxmemory)/i,
       'a fit Redis is not warned about');

for my $place (sort keys %fails) {
    is_problem(put("/$place/volunteers/1001", @body), 503,
               'store-unavailable', "\"vol_redis $fails{$place}\" does not");
}

like(error_log(), qr/\[error\].*NOAUTH/, 'a missing password is logged');
like(error_log(), qr/\[error\].*WRONGPASS/, 'so is a wrong one');
like(error_log(), qr/\[error\].*(DB index|SELECT)/i,
     'and a database out of range');
unlike(error_log(), qr/sesame|shazam|abracadabra/,
       'no password is ever logged');

my %where = (third => 3, all => 5, unix => 0);
for my $place (sort keys %where) {
    redis('SELECT', $where{$place});
    is(redis('EXISTS', "vol:{$place}:v:1001"), 1,
       "/$place/ keeps its keys in database $where{$place}");
}
redis('SELECT', 0);
is(redis('EXISTS', 'vol:{third}:v:1001'), 0, 'and in no other');

is(post('/all/volunteers/1001/hours', \%hours, @ADMIN)->{status}, 201,
   'a script runs there too');
redis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
is(get('/all/volunteers/1001', @ADMIN)->{json}{balance}, 1,
   'a new connection is made in the same database');

redis('ACL', 'SETUSER', 'stranger', 'on', '>open-sesame', '~vol:*', '+@all');
ok(wait_for(sub { put('/stranger/volunteers/1001', @body)->{status} == 201 }),
   'a user made since is let in without a reload');


# A user who may not run what a script runs.

redis('ACL', 'SETUSER', 'vol', '-xadd');
unchanged {
    my $r = post('/user/volunteers/1001/hours', \%hours, @ADMIN);
    ok($r->{status} >= 500 && $r->{json}{type} !~ /outcome-unknown/,
       'a command that the user may not run is a clean error');
} 'with nothing half done';
redis('ACL', 'SETUSER', 'vol', '+xadd');


# Not ready: loading.

redis('SET', "filler$_", join '', map { chr int rand 256 } 1 .. 2000)
    for 1 .. 600;
redis('CONFIG', 'SET', 'appendonly', 'no');
redis('SAVE');
redis_server()->stop('KILL');
push @{ redis_server()->{args} }, '--appendonly', 'no', '--key-load-delay',
     '100000', '--loading-process-events-interval-bytes', '1024';
redis_server()->start;
is(eval { redis('GET', 'filler1'); 1 } ? '' : $@ =~ /^Redis: (\w+)/ && $1,
   'LOADING', 'Redis is loading');

is_problem(get('/unix/volunteers/1001', @ADMIN), 503, 'store-unavailable',
           'a Redis that is loading is not ready for reads');
is_problem(post('/unix/volunteers/1001/hours', \%hours, @ADMIN, key => 'l'),
           503, 'store-unavailable', 'nor for writes');
redis('CONFIG', 'SET', 'key-load-delay', 0);
ok(wait_for(sub { get('/unix/volunteers/1001', @ADMIN)->{status} == 200 }),
   'when it has loaded it is');
redis('ACL', 'SETUSER', 'vol', 'on', '>shazam', '~vol:*', '+@all');


# Not ready: a replica.

redis('REPLICAOF', '127.0.0.1', port(2));
unchanged {
    is_problem(post('/unix/volunteers/1001/hours', \%hours, @ADMIN,
                    key => 'replica'),
               503, 'store-unavailable', 'a replica takes no writes');
    is_problem(put('/unix/volunteers/1002', @body), 503, 'store-unavailable',
               'of no kind');
} 'and is left as it was';
redis('REPLICAOF', 'NO', 'ONE');
my $r;
ok(wait_for(sub {
       $r = post('/unix/volunteers/1001/hours', \%hours, @ADMIN,
                 key => 'replica');
       $r->{status} == 201
   }), 'promoted, it does');
is($r->{headers}{'idempotent-replayed'}, undef,
   'and what was refused had not been done');


# Not fit.

sub warned {
    my ($pattern, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(wait_for(sub {
           redis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
           get('/unix/volunteers/1001', @ADMIN);
           error_log() =~ /\[warn\].*$pattern/i
       }, 10), $name);
}

warned('append', 'a Redis without an append-only file is warned about');
redis('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
warned('(evict|maxmemory)', 'and so is one that may evict keys');
ok(wait_for(sub { get('/unix/volunteers/1001', @ADMIN)->{status} == 200 }),
   'but it is used all the same');

done();
