#!/usr/bin/env perl

# The user that docs/operation.md makes for the module: what it may is all that
# is needed, and no more.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::District qw( district_rules district );

use JSON::PP ();

my @ADMIN = (as => 'admin:root');
my $json = JSON::PP->new->utf8->canonical;
my @rights = acl_rights();

write_rules(district_rules());
write_file('password', "old\n");
start_redis({ env => frozen_clock('2025-12-20 04:00:00') });
redis('ACL', 'SETUSER', 'vol', 'on', '>old', @rights);


# The list against what the scripts and the module say: every command that stands
# between quotes is one that a script runs.

my %known = map { uc $_->[0] => 1 } @{ redis('COMMAND') };
my %used = map { $_ => 1 } qw( evalsha script|load info select );
for my $file (glob "$FindBin::Bin/../lua/*.lua $FindBin::Bin/../lua/lib/*.lua") {
    open my $in, '<', $file or die "$file: $!\n";
    while (<$in>) {
        $used{lc $_} = 1 for grep { $known{$_} } /['"]([A-Z]+)['"]/g;
    }
}
my @given = sort map { /^\+(.*)/ ? $1 : () } @rights;
is_deeply(\@given, [sort keys %used],
          'the documented rights are the commands that are used');
is_deeply([grep { !/^\+[a-z]/ } @rights],
          [qw( resetkeys ~vol:* resetchannels -@all )],
          'for keys of the module alone');


# A district in which everything happens.

my $conf = <<"CONF";
    vol_redis             unix:%DIR%/redis.sock user=vol
                          password_file=%DIR%/password;
    vol_rules             %RULES%;
    vol_duty_interval     50ms;
    client_max_body_size  0;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
        location /again/ { vol again; vol_duties off; }
        location /third/ {
            vol        third;
            vol_redis  unix:%DIR%/redis.sock user=vol
                       password_file=%DIR%/password db=3;
        }
        location /page/ {
            vol_account  tianyuan \$http_x_user;
            add_header   X-Balance "[\$vol_balance]";
            alias        %DIR%/;
        }
    }
CONF

start_nginx(workers => 1, conf => $conf);

my %d = district();

sub audited {
    my ($where) = @_;
    wait_for(sub { post("/$where/audit", {}, @ADMIN)->{status} =~ /^20/ });
    my $audit;
    wait_for(sub { $audit = get("/$where/audit", @ADMIN)->{json};
                   ($audit->{state} // '') eq 'done' });
    return $audit->{verdict};
}

ok(wait_for(sub { @{ get('/points/seals', @ADMIN)->{json}{seals} || [] } }),
   'the ledger is sealed');
is(audited('points'), 'clean', 'a district is audited');
my %export;
for my $what (qw( registry ledger seals )) {
    my $r = get("/points/export?what=$what", @ADMIN);
    is($r->{status}, 200, "the $what is exported");
    $export{$what} = join '', map { "$_\n" }
                     grep { !$json->decode($_)->{end} } split /\n/, $r->{raw};
}
for my $what (qw( registry ledger )) {
    my $r = post('/again/import', $export{$what}, @ADMIN, key => undef,
                 type => 'application/x-ndjson');
    like($r->{raw}, qr/"refused":0\b|"failed":0\b/, "the $what is imported")
        or diag(substr $r->{raw}, -300);
}
like(get('/page/rules.json', as => 'volunteer:v1')->{headers}{'x-balance'},
     qr/\[-?\d+\]/, 'a page shows a balance');
is(put('/third/volunteers/v', { kind => 'general' }, @ADMIN)->{status}, 201,
   'another database is selected');

is_deeply([map { my %l = @$_; "$l{reason} $l{object}" } @{ redis('ACL', 'LOG') }],
          [], 'nothing was done that the user may not');
unlike(error_log(), qr/NOPERM|\[warn\]/, 'as the log knows');


# A right that is missing.

sub award {
    my (@o) = @_;
    return post('/points/volunteers/v1/awards',
                { case => 'grant', points => 1, evidence => 'e' }, @ADMIN, @o);
}

sub said { my $n = () = error_log() =~ /$_[0]/g; return $n }

my $key = fresh_key();
redis('ACL', 'SETUSER', 'vol', '-xadd');
my $before = balance('v1');
for (1 .. 3) {
    is_problem(award(key => $key), 503, 'store-unavailable',
               'without a right that it needs a call is refused');
    is(balance('v1'), $before, 'and does nothing; others are done');
}
is(said(qr/\[error\].*redis .* refuses operations: NOPERM/), 1,
   'which the log says once') or diag(error_log());
redis('ACL', 'SETUSER', 'vol', '+xadd');
is(award(key => $key)->{status}, 201, 'with it the call is done');
ok(wait_for(sub { said(qr/\[notice\].*redis .* takes operations again/) == 1 }),
   'as it says too');

redis('ACL', 'SETUSER', 'vol', '-info');
redis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
ok(wait_for(sub { award()->{status} == 201 }),
   'without INFO Redis is used all the same');
ok(wait_for(sub { said(qr/\[warn\].*does not let its user run INFO/) }),
   'with a warning');
redis('ACL', 'SETUSER', 'vol', '+info');

redis('ACL', 'SETUSER', 'vol', '-evalsha');
is_problem(award(), 503, 'store-unavailable', 'without EVALSHA nothing is done');
redis('ACL', 'SETUSER', 'vol', '+evalsha');
is(award()->{status}, 201, 'with it all is');


# The password is changed while calls go on.

my $earned = account('v1')->{earned};
redis('ACL', 'SETUSER', 'vol', '>new');
write_file('password', "new\n");
reload();
is(award()->{status}, 201, 'with both passwords');
redis('ACL', 'SETUSER', 'vol', '<old');
is(award()->{status}, 201, 'a connection that was let in stays');
redis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
my @statuses = map { award()->{status} } 1 .. 5;
is_deeply(\@statuses, [(201) x 5], 'and the next one has the new password');
is(account('v1')->{earned}, $earned + 7, 'all was done once');

redis('ACL', 'SETUSER', 'vol', 'resetpass', '>newer');
redis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
is_problem(award(), 503, 'store-unavailable', 'a wrong password is refused')
    for 1 .. 3;
ok(wait_for(sub { said(qr/cannot serve: it answers AUTH with WRONGPASS/) }),
   'as the log says');
write_file('password', "newer\n");
reload();
ok(wait_for(sub { award()->{status} == 201 }), 'and a reload mends it');
unlike(error_log(), qr/newer|>old|AUTH \w* old/, 'no password is logged');

done();
