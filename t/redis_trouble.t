#!/usr/bin/env perl

# A Redis in trouble, met by a crowd: each kind has its answer, nothing is half
# done, the log says it once and not for each of them, and it passes by itself.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use IO::Socket::UNIX;

my $CLIENTS = 32;
my $CALLS = 400;

write_file('password', "open-sesame\n");
write_rules();
start_redis();
redis('ACL', 'SETUSER', 'vol', 'on', '>open-sesame', '~vol:*', '+@all');
redis('CONFIG', 'SET', 'busy-reply-threshold', 50);

# one worker, for it is a worker that says a thing once
start_nginx(workers => 1, conf => <<'CONF');
    vol_redis         %REDIS% user=vol password_file=%DIR%/password;
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
            vol_read_timeout  300ms;
        }

        location /page/ {
            vol_account  tianyuan $http_x_user;
            add_header   X-Balance "[$vol_balance]" always;
            alias        %DIR%/page/;
        }
    }
CONF

mkdir path('page');
write_file('page/index.html', 'the page');

my @ADMIN = (as => 'admin:root');
my %award = (case => 'grant', points => 1, evidence => 'e');

volunteer($_) for 1 .. 50;
grant(1, 100);
merchant('tea');


# What a crowd is answered: "POST 503 store-unavailable" => how many, and the
# lines of the log of that time with an error in them.

my $told = 0;

sub errors {
    my @lines = grep { /\[(?:error|crit|alert|emerg)\]/ }
                split /\n/, substr error_log(), $told;
    return @lines;
}

sub crowd_of {
    my (%o) = @_;

    my ($asked, %got, %method) = (0);
    my $where = $o{where} // '/points';
    $told = length error_log();

    crowd(port(), $CLIENTS, sub {
        my ($client) = @_;
        return if $asked >= $CALLS;
        my $write = ++$asked % 2 && !$o{reads};
        my $id = 1 + $asked % 50;
        $method{$client} = $write ? 'POST' : 'GET';
        return $write
            ? build('POST', "$where/volunteers/$id/awards", @ADMIN,
                    key => fresh_key(), body => \%award)
            : build('GET', "$where/volunteers/$id", @ADMIN);
    }, sub {
        my ($client, $r) = @_;
        my ($type) = ($r->{json}{type} // '') =~ /([\w-]+)\z/;
        $got{ join ' ', $method{$client}, $r->{status}, $type // () }++;
        $got{'503 without Retry-After'}++
            if $r->{status} == 503 && !$r->{headers}{'retry-after'};
    });

    return \%got;
}

sub all_well {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(wait_for(sub {
           get('/points/volunteers/1', @ADMIN)->{status} == 200
               && post('/points/volunteers/1/awards', \%award, @ADMIN)
                  ->{status} == 201
       }), $name);
    my %books = @{ redis('HGETALL', 'vol:{tianyuan}:books') };
    my $sum = 0;
    $sum += balance($_) for 1 .. 50;
    is($sum, $books{earned}, '... and the books are even');
}

# Both answers of every call, nothing changed, and few lines of log.
sub refused {
    my ($name, $got, $pattern, $most) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_deeply([sort keys %$got], ['GET 503 store-unavailable',
                                  'POST 503 store-unavailable'],
              "$name: everybody is told that nothing was done")
        or diag(join ', ', map { "$_: $got->{$_}" } sort keys %$got);
    logged($name, $pattern, $most);
}

sub logged {
    my ($name, $pattern, $most) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @errors = errors();
    cmp_ok(scalar(grep { /$pattern/ } @errors), '>=', 1,
           "... the log says so");
    cmp_ok(scalar @errors, '<=', $most, "... and not a line for each call")
        or diag("$#errors: @errors[0 .. 9]");
}

all_well('at first all is well');


# Full, by its own limit; reads go on.

my $limit = redis('CONFIG', 'GET', 'maxmemory')->[1];
unchanged {
    redis('CONFIG', 'SET', 'maxmemory', 1);
    my $got = crowd_of();
    is_deeply([sort keys %$got],
              ['GET 200', 'POST 503 store-unavailable'],
              'OOM: writes are refused, and reads are served')
        or diag(join ', ', %$got);
    logged('OOM', qr/refuses operations: OOM/, 3);
    redis('CONFIG', 'SET', 'maxmemory', $limit);
} '... and nothing is changed';
all_well('with room again all is well');


# A disk that is full: Redis can't write its append-only file or snapshot.

redis('CONFIG', 'SET', 'save', '1 1');
redis('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'yes');
mkdir path('dump.rdb');        # where no file can be put
redis('SET', 'vol:{tianyuan}:filler', 1);
eval { redis('BGSAVE') };
wait_for(sub { redis('INFO', 'persistence')
               =~ /rdb_last_bgsave_status:err/ });
unchanged {
    my $got = crowd_of();
    is_deeply([grep { !/^GET 200$/ } sort keys %$got],
              ['POST 503 store-unavailable'],
              'MISCONF: writes are refused when the disk is full')
        or diag(join ', ', %$got);
    logged('MISCONF', qr/refuses operations: MISCONF/, 3);
} '... and nothing is changed';
redis('CONFIG', 'SET', 'save', '');
rmdir path('dump.rdb');
redis('DEL', 'vol:{tianyuan}:filler');
all_well('with a disk again all is well');


# Too few replicas.

redis('CONFIG', 'SET', 'min-replicas-to-write', 1);
unchanged {
    my $got = crowd_of();
    is_deeply([grep { !/^GET 200$/ } sort keys %$got],
              ['POST 503 store-unavailable'],
              'NOREPLICAS: writes are refused')
        or diag(join ', ', %$got);
    logged('NOREPLICAS', qr/refuses operations: NOREPLICAS/, 3);
} '... and nothing is changed';
redis('CONFIG', 'SET', 'min-replicas-to-write', 0);
all_well('with replicas again all is well');


# Busy with somebody's long script.

my $loop = IO::Socket::UNIX->new(Peer => path('redis.sock')) or die "$!\n";
my $script = 'while true do end';
syswrite $loop, "*3\r\n\$4\r\nEVAL\r\n\$" . length($script)
                . "\r\n$script\r\n\$1\r\n0\r\n";
wait_for(sub { !eval { redis('TIME'); 1 } && $@ =~ /BUSY/ });
refused('BUSY', crowd_of(), qr/refuses operations: BUSY/, 3);
redis('SCRIPT', 'KILL');
close $loop;
all_well('when the script has ended all is well');


# Paused by an administrator.

redis('CLIENT', 'PAUSE', 100000, 'WRITE');
my ($held) = send_all(build('POST', '/points/volunteers/1/awards', @ADMIN,
                            key => 'paused', body => \%award));
taken();
redis('CLIENT', 'UNPAUSE');
is(receive($held, 'POST')->{status}, 201,
   'CLIENT PAUSE: a write waits, and is done');
# nothing ends this one before its time, not even CLIENT UNPAUSE
redis('CLIENT', 'PAUSE', 5000, 'ALL');
my $got = crowd_of(where => '/hasty');
is_deeply([grep { !/^(?:GET\ 200|GET\ 503\ store-unavailable|POST\ 201
                     |POST\ 503\ (?:outcome-unknown|store-unavailable))$/x }
           keys %$got], [],
          'CLIENT PAUSE for long: what was sent is not known, the rest is not '
          . 'done');
cmp_ok($got->{'POST 503 outcome-unknown'} // 0, '>=', 1, '... some was sent');
cmp_ok(scalar errors(), '<=', 12, '... and not a line for each call');
all_well('when the pause is over all is well');


# Connections killed, again and again.

my $kills = 0;
my ($asked, %got) = (0);
$told = length error_log();
crowd(port(), $CLIENTS, sub {
    return if $asked >= $CALLS;
    redis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'), $kills++
        if ++$asked % 50 == 0;
    my $id = 1 + $asked % 50;
    return build('POST', "/points/volunteers/$id/awards", @ADMIN,
                 key => "kill-$asked", body => \%award);
}, sub { $got{ $_[1]{status} }++ });
is_deeply([grep { !/^(?:201|503)$/ } keys %got], [],
          'CLIENT KILL: a write is done, or said to be unsure')
    or diag(join ', ', %got);
cmp_ok($got{201}, '>', $CALLS / 2, '... most are done');
cmp_ok(scalar errors(), '<=', 2 * $kills + 2,
       '... and the log has a line or two for each time');
all_well('all is well');
my %once;
for (1 .. $CALLS) {
    my $id = 1 + $_ % 50;
    my $r = post("/points/volunteers/$id/awards", \%award, @ADMIN,
                 key => "kill-$_");
    $once{ $r->{json}{entry} }++ if $r->{status} == 201;
}
is(scalar keys %once, $CALLS, 'repeated with its key each is done once');


# A password that was changed, and a user who was taken away.

# a hasty location has a connection of its own
sub both_well {
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(wait_for(sub { !grep { get("/$_/volunteers/1", @ADMIN)->{status} != 200 }
                           qw( points hasty ) }), 'both connections are well');
}

both_well();
redis('ACL', 'SETUSER', 'vol', 'resetpass', '>other');
redis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
wait_for(sub { get('/points/volunteers/1', @ADMIN)->{status} == 503 });
my $refusals = sub { my $n = () = error_log() =~ /WRONGPASS/g; $n };
wait_for(sub { $refusals->() >= 2 });
my $away = crowd_of();
is_deeply([sort keys %$away], ['GET 503 store-unavailable',
                               'POST 503 store-unavailable'],
          'WRONGPASS: everybody is told that nothing was done');
is($refusals->(), 2, '... the log says it once of each');
# the line of a connection that was killed may come later than the first 503
is(scalar(grep { !/closed the connection|recv\(\) failed/ } errors()), 0,
   '... however many ask');
redis('ACL', 'SETUSER', 'vol', 'resetpass', '>open-sesame');
all_well('with the password again all is well');

redis('ACL', 'SETUSER', 'vol', '-evalsha', '-hgetall');
refused('NOPERM', crowd_of(), qr/NOPERM/, 3);
redis('ACL', 'SETUSER', 'vol', '+evalsha', '+hgetall');
all_well('with the right again all is well');

redis('ACL', 'SETUSER', 'vol', 'resetkeys', '~other:*');
unchanged {
    my $got = crowd_of();
    is_deeply([grep { !/^(?:GET|POST) 503 store-unavailable$/ } keys %$got],
              [], 'NOPERM of keys: everybody is told that nothing was done')
        or diag(join ', ', %$got);
    cmp_ok(scalar errors(), '<=', 3, '... and it is not said for each call');
} '... and nothing is changed';
redis('ACL', 'SETUSER', 'vol', 'resetkeys', '~vol:*');
all_well('with the keys again all is well');

redis('ACL', 'SETUSER', 'vol', 'off');
redis('CLIENT', 'KILL', 'USER', 'vol');
wait_for(sub { !grep { get("/$_/volunteers/1", @ADMIN)->{status} != 503 }
                    qw( points hasty ) });
$away = crowd_of();
is_deeply([sort keys %$away], ['GET 503 store-unavailable',
                               'POST 503 store-unavailable'],
          'a user who is off: everybody is told that nothing was done');
cmp_ok(scalar(errors()), '<=', 1, '... and it is not said for each call');
redis('ACL', 'SETUSER', 'vol', 'on');
all_well('with the user again all is well');


# A connection that breaks under a call, and none is let in any more: that one
# was closed does not hide why.

both_well();
redis('CLIENT', 'PAUSE', 100000, 'WRITE');
($held) = send_all(build('POST', '/points/volunteers/1/awards', @ADMIN,
                         key => 'broken', body => \%award));
taken();
my $refused = $refusals->();
redis('ACL', 'SETUSER', 'vol', 'resetpass', '>other');
redis('CLIENT', 'KILL', 'USER', 'vol');
is(receive($held, 'POST')->{status}, 503,
   'a connection is lost with a call, and a password is wrong');
redis('CLIENT', 'UNPAUSE');
ok(wait_for(sub { $refusals->() == $refused + 2 }), '... the log has both');
redis('ACL', 'SETUSER', 'vol', 'resetpass', '>open-sesame');
all_well('with the password again all is well');


# A replica, under the connection that is there.

redis('REPLICAOF', '127.0.0.1', port(2));
$away = crowd_of();
is_deeply([grep { !/503 store-unavailable$|^GET 200$/ } keys %$away], [],
          'READONLY: writes are refused, and soon everything')
    or diag(join ', ', %$away);
cmp_ok(scalar(errors()), '<=', 4, '... and it is not said for each call');
redis('REPLICAOF', 'NO', 'ONE');
all_well('promoted, all is well');


# Another type where a hash should be: that account alone is out of order.

redis('RENAME', 'vol:{tianyuan}:v:7', 'vol:{tianyuan}:kept');
redis('SET', 'vol:{tianyuan}:v:7', 'text');
unchanged {
    ($asked, %got) = (0);
    $told = length error_log();
    crowd(port(), $CLIENTS, sub {
        return if $asked++ >= 3 * $CALLS;
        return $asked % 4 == 0
            ? build('GET', '/points/volunteers/8', @ADMIN)
            : $asked % 2
            ? build('GET', '/points/volunteers/7', @ADMIN)
            : build('POST', '/points/volunteers/7/awards', @ADMIN,
                    key => fresh_key(), body => \%award);
    }, sub {
        my ($type) = ($_[1]{json}{type} // '') =~ /([\w-]+)\z/;
        $got{ join ' ', $_[1]{status}, $type // () }++
    });
} 'WRONGTYPE: nothing is changed';
is_deeply([sort keys %got], ['200', '500 store-corrupt'],
          '... what is corrupt is told as such, the rest is served')
    or diag(join ', ', %got);
cmp_ok(scalar(errors()), '<=', 210, '... and the log is not flooded')
    or diag(scalar(errors()));
cmp_ok(scalar(errors()), '>=', 1, '... but has it');
is(get('/page/', as => 'volunteer:7')->{headers}{'x-balance'}, '[]',
   '... and the page opens, empty');
redis('RENAME', 'vol:{tianyuan}:kept', 'vol:{tianyuan}:v:7');
all_well('set right again, all is well');

done();
