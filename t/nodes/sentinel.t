#!/usr/bin/env perl

# A master that sentinels watch: it is found by them, and followed to where it
# goes.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use VolTest;
use VolTest::Nodes;

write_rules();

my $first = redis_node();
my $second = redis_node('--replicaof', "127.0.0.1 $first->{port}");
my @sentinels = sentinels(3, $first);
my @ports = map { $_->{port} } @sentinels;

# they know each other and the replica
sub known {
    my ($sentinel) = @_;
    my %m = @{ $sentinel->command('SENTINEL', 'MASTER', 'points') };
    return $m{'num-slaves'} >= 1 && $m{'num-other-sentinels'} == 2
           && $m{flags} eq 'master';
}

ok(wait_for(sub { !grep { !known($_) } @sentinels }), 'sentinels watch');
ok(wait_for(sub { $second->command('INFO', 'replication')
                  =~ /master_link_status:up/ }), 'a replica follows');

start_nginx(workers => 1, conf => <<CONF);
    # nobody is at the first address
    vol_redis  127.0.0.1:${\ port(5)} @{[map { "127.0.0.1:$_" } @ports]}
               sentinel=points;
    vol_rules  %RULES%;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{tianyuan}:';

sub answers { wait_for(sub { get('/points/volunteers/v', @ADMIN)->{status}
                             == 200 }) }

sub role { ($_[0]->command('INFO', 'replication') =~ /role:(\w+)/)[0] }

ok(wait_for(sub { put('/points/volunteers/v', { kind => 'general' }, @ADMIN)
                  ->{status} =~ /^20/ }), 'the master is found');
grant('v', 10);
is($first->command('HGET', "${P}v:v", 'earned'), 10, 'and has the points');


# The master dies.

my $key = fresh_key();
$first->stop('KILL');
my $r = post('/points/volunteers/v/awards',
             { case => 'grant', points => 5, evidence => 'e' }, @ADMIN,
             key => $key);
is($r->{status}, 503, 'while there is none the API says so');
ok(answers(), 'the next one is found');
is(role($second), 'master', 'which is the replica that was');
is(account('v')->{earned}, 10, 'with all that had reached it');
is(post('/points/volunteers/v/awards',
        { case => 'grant', points => 5, evidence => 'e' }, @ADMIN,
        key => $key)->{status}, 201, 'what was in doubt is repeated');
is($second->command('HGET', "${P}v:v", 'earned'), 15, 'once');


# The one that was comes back and is no master.

$first->start;
ok(wait_for(sub { role($first) eq 'slave'
                  && $first->command('INFO', 'replication')
                     =~ /master_link_status:up/ }),
   'the old one comes back as a replica');
grant('v', 1);
is($second->command('HGET', "${P}v:v", 'earned'), 16, 'and nothing goes there');


# It moves by order, under load.

sub failover {
    wait_for(sub { eval { $sentinels[0]->command('SENTINEL', 'FAILOVER',
                                                 'points'); 1 } });
}

ok(failover(), 'a master steps down');
my $given = 0;
ok(wait_for(sub {
    my $key = fresh_key();
    my $r;
    wait_for(sub {
        $r = post('/points/volunteers/v/awards',
                  { case => 'grant', points => 1, evidence => 'e' }, @ADMIN,
                  key => $key);
        $r->{status} == 201
    });
    # sentinels give it up when they do not come to terms in time; while they
    # are at it they refuse
    eval { $sentinels[0]->command('SENTINEL', 'FAILOVER', 'points') }
        if ++$given % 20 == 0 && role($first) ne 'master';
    $given > 20 && role($first) eq 'master' && role($second) eq 'slave'
}), 'calls go on until it has');
my $earned = account('v')->{earned};
grant('v', 1);
is($first->command('HGET', "${P}v:v", 'earned'), $earned + 1,
   'then all goes to the master that is');


# A worker that is to end has an import to finish, and the master dies.

my $text = build('POST', '/points/import', @ADMIN,
                 type => 'application/x-ndjson', body => join '', map {
    qq({"type":"award","key":"i$_","volunteer":"v","case":"grant",)
    . qq("points":1,"evidence":"e"}\n) } 1 .. 2);
my $half = rindex $text, '{"type"';
my ($socket) = send_all(substr $text, 0, $half);
ok(wait_for(sub { $first->command('HGET', "${P}v:v", 'earned')
                  == $earned + 2 }), 'an import has begun');
my ($old) = workers();
hup();
ok(wait_for(sub { grep { $_ != $old } workers() }),
   'nginx reads its files anew');
ok(wait_for(sub { $second->command('HGET', "${P}v:v", 'earned')
                  == $earned + 2 }), 'a replica has what was imported');
$first->stop('KILL');
ok(answers(), 'there is another master');
syswrite $socket, substr $text, $half;
like(receive($socket, 'POST')->{raw}, qr/"done":2,.*"complete":true/,
     'the import goes on there');
close $socket;
ok(wait_for(sub { !grep { $_ == $old } workers() }), 'and the worker ends');


# Sentinels die: what is known stays so, and one is enough.

$_->stop('KILL') for @sentinels[0, 1];
grant('v', 1);
$sentinels[2]->stop('KILL');
grant('v', 1);
reload();
is(get('/points/volunteers/v', @ADMIN)->{status}, 503,
   'a worker that knows no master says so');
$sentinels[2]->start;
ok(answers(), 'until one tells it');

expect_log(qr/redis .* (cannot be reached|closed the connection|cannot serve)/,
           qr/connect\(\) to redis .* failed/, qr/connect\(\) failed/,
           qr/(recv|send)\(\) failed/, qr/refuses operations/);

done();
