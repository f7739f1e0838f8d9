#!/usr/bin/env perl

# Duties off the request path: one worker does them, whichever lives; requests
# don't wait for them, nor does a worker that ends.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use IO::Select;
use Time::HiRes ();

sub conf {
    my ($more) = @_;
    $more //= '';
    return <<"CONF";
    vol_redis          %REDIS%;
    vol_rules          %RULES%;
    vol_read_timeout   60s;
    vol_duty_interval  100ms;
    $more
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        # the same district by another connection
        location /hasty/ {
            vol               tianyuan;
            vol_read_timeout  50s;
        }

        location /named/ {
            vol  \$http_x_district;
        }

        location /off/ {
            vol         off;
            vol_duties  off;
        }

        location /off-named/ {
            vol         off-\$http_x_district;
            vol_duties  off;
        }
    }
CONF
}

my @ADMIN = (as => 'admin:root');

sub lease { redis('GET', "vol:{$_[0]}:duty:seal") // '' }

# The worker that does a duty: tokens begin with its pid.
sub holder { lease($_[0] // 'tianyuan') =~ /^(\d+)-/ ? $1 : 0 }

sub sealed {
    my ($district) = @_;
    return wait_for(sub {
        my ($entry, $seal) = map {
            redis('XREVRANGE', "vol:{$district}:$_", '+', '-',
                  'COUNT', 1)->[0][0] // ''
        } qw( ledger seals );
        $entry && $entry eq $seal
    });
}

# Each worker has to find a Redis again that was away.
sub award {
    my ($path, @more) = @_;
    my $key = fresh_key();
    my $r;
    wait_for(sub {
        $r = post("$path/volunteers/1001/awards",
                  { case => 'grant', points => 1, evidence => 'e' },
                  @ADMIN, key => $key, @more);
        $r->{status} != 503
    });
    return created($r);
}

sub register {
    my ($path, @more) = @_;
    return created(put("$path/volunteers/1001", { kind => 'general' }, @ADMIN,
                       @more));
}

# The calls that Redis gets within some time: { token => n }, by the lease that
# scripts are given first.
sub calls {
    my ($lease, $seconds) = @_;
    my $monitor = redis_server()->monitor;
    my $end = Time::HiRes::time() + $seconds;
    my ($text, %calls) = ('');
    while ((my $left = $end - Time::HiRes::time()) > 0) {
        IO::Select->new($monitor)->can_read($left) or last;
        sysread $monitor, $text, 65536, length $text;
    }
    $calls{$_}++ for $text =~ /"evalsha"\ "\w+"\ "\d+"\ "\Q$lease\E"
                               [^\n]*?\ "(\d+-[0-9a-f]{16})"/gix;
    return \%calls;
}

start(conf => conf());
register('/points');


# One worker at a time.

ok(wait_for(\&holder), 'a worker takes the duty');
my $token = lease('tianyuan');
ok(scalar(grep { $_ == holder() } workers()), 'one of this nginx\'s');
award('/points') for 1 .. 5;
ok(sealed('tianyuan'), 'and does it');

my $calls = calls('vol:{tianyuan}:duty:seal', 2);
my @of = map { $calls->{$_} } $token, grep { $_ ne $token } keys %$calls;
is(scalar keys %$calls, 2, 'the other asks for it');
cmp_ok($_, '<=', 21, 'a round each interval, no more') for @of;
cmp_ok($_, '>=', 5, 'and no less') for @of;
is(lease('tianyuan'), $token, 'but is not given it');
is(holder('off'), 0, 'where duties are off nobody takes them');


# It dies.

my $pid = holder();
expect_log(qr/\[alert\].* $pid exited on signal 9/);
kill 'KILL', $pid;
award('/points');
ok(sealed('tianyuan'), 'when it is killed another goes on');
isnt(holder(), $pid, 'after the lease');


# A reload.

my %old = map { $_ => 1 } workers();
ok(reload(), 'a reload is not held up by duties');
award('/points');
ok(sealed('tianyuan'), 'and the new workers go on');
ok(!$old{ holder() }, 'instead of the old');


# Districts that requests name.

for (qw( north south )) {
    my @to = (headers => ['X-District' => $_]);
    register('/named', @to);
    award('/named', @to);
    ok(sealed($_), "the district $_ is served when a request has named it");
}
get('/named/me', as => 'volunteer:1001',
    headers => ['X-District' => 'no/district']);
get('/named/me', headers => ['X-District' => 'stranger']);
register('/off-named', headers => ['X-District' => 'x']);
award('/off-named', headers => ['X-District' => 'x']);
select undef, undef, undef, 0.5;
is_deeply([sort map { /\{(.*)\}/ } @{ redis('KEYS', '*:duty:seal') }],
          [qw( north south tianyuan )],
          'one that is no id, of a stranger, or with duties off is not');


# Redis goes and comes.

my $log = error_log();
redis_server()->stop('TERM');
select undef, undef, undef, 1;
my @lines = grep { /\[error\]|\[warn\]/ && !/connect\(\)/ }
            split /\n/, substr error_log(), length $log;
cmp_ok(scalar @lines, '<=', 8, 'a Redis that is away is no flood in the log')
    or diag(@lines);
redis_server()->start;
ok(wait_for(sub {
       get('/points/volunteers/1001', @ADMIN)->{status} == 200
   }), 'it comes back');
award('/points');
award('/named', headers => ['X-District' => 'north']);
ok(sealed('tianyuan') && sealed('north'), 'and so do the duties');

redis('SCRIPT', 'FLUSH');
award('/points');
ok(sealed('tianyuan'), 'a Redis that forgot its scripts is given them');

redis_server()->pause;
signal_nginx('HUP');
select undef, undef, undef, 0.3;
redis_server()->resume;
ok(reload(), 'a duty under way when workers end is no matter');


# A key that is none of ours.

expect_log(qr/CORRUPT|WRONGTYPE/);
$log = error_log();
redis('SET', 'vol:{south}:seals', 'x');
award('/named', headers => ['X-District' => 'south']);
ok(wait_for(sub { substr(error_log(), length $log) =~ /get_unsealed/ }),
   'a duty that fails is told in the log');
select undef, undef, undef, 2;
my $told = () = substr(error_log(), length $log) =~ /script "get_unsealed"/g;
cmp_ok($told, '<=', 12, 'but less and less often');
award('/points');
ok(sealed('tianyuan'), 'and others are done');
redis('DEL', 'vol:{south}:seals');


# Many entries, and requests meanwhile.

stop_nginx();
start_nginx(conf => conf('vol_duties off;'));
my $asked = 0;
crowd(port(), 32,
      sub {
          return if $asked++ >= 3000;
          return build('POST', '/points/volunteers/1001/awards', @ADMIN,
                       key => fresh_key(),
                       body => { case => 'grant', points => 1,
                                 evidence => 'e' });
      }, sub { });
is(stop_nginx(), 0, 'without duties nginx ends too');
redis('DEL', "vol:{tianyuan}:$_") for qw( seals roots );

start_nginx(conf => conf('vol_seal sha256 entries=10;'), workers => 1);
my %statuses;
crowd(port(), 4,
      sub {
          return if redis('XLEN', 'vol:{tianyuan}:seals') >= 300;
          return build('GET', '/points/me', as => 'volunteer:1001');
      }, sub { $statuses{ $_[1]{status} }++ });
ok(sealed('tianyuan'), 'thousands of entries are sealed');
is_deeply([keys %statuses], [200], 'and requests are answered meanwhile');

redis('DEL', "vol:{tianyuan}:$_") for qw( seals roots );
wait_for(sub { redis('XLEN', 'vol:{tianyuan}:seals') > 20 });
is(stop_nginx(), 0, 'a worker in the middle of a duty ends when it is asked');
start_nginx(conf => conf());
ok(sealed('tianyuan'), 'and the next goes on');
redis_server()->pause;
select undef, undef, undef, 0.3;
is(stop_nginx('TERM'), 0, 'a fast shutdown with a call under way ends too');
redis_server()->resume;
start_nginx(conf => conf());


# Directives.

my @refused = (
    ['vol_duties maybe', qr/"vol_duties"/],
    ['vol_duty_interval 49ms', qr/from 50 milliseconds to one hour/],
    ['vol_duty_interval 61m', qr/from 50 milliseconds to one hour/],
    ['vol_duty_interval soon', qr/invalid value/],
    ['vol_seal', qr/invalid number of arguments/],
    ['vol_seal md5', qr/invalid algorithm "md5"/],
    ['vol_seal SHA256', qr/invalid algorithm/],
    ['vol_seal off entries=5', qr/invalid parameter "entries=5"/],
    ['vol_seal sha256 5', qr/invalid parameter "5"/],
    ['vol_seal sha256 entries=0', qr/"entries=0": a seal covers 1 to 10000/],
    ['vol_seal sha256 entries=10001', qr/1 to 10000/],
    ['vol_seal sha256 entries=x', qr/1 to 10000/],
    ['vol_seal sha256; vol_seal off', qr/"vol_seal" directive is duplicate/],
);
for (@refused) {
    my ($directive, $tells) = @$_;
    my ($status, $text) = nginx_test(conf => "server { $directive; } "
                                             . '# vol_duties');
    ok($status != 0 && $text =~ /\[emerg\].*$tells/, "$directive is refused")
        or diag($text);
}

for ('vol_duties off', 'vol_duty_interval 1h', 'vol_duty_interval 50ms',
     'vol_seal off', 'vol_seal sha256', 'vol_seal sha256 entries=10000',
     'vol_seal sha256 entries=1')
{
    my ($status, $text) = nginx_test(conf => "server { $_; } # vol_duties");
    is($status, 0, "$_ is accepted") or diag($text);
}

# an OpenSSL without SM3 may be no more than a configuration of it
my $sm3 = `openssl dgst -list 2>/dev/null` =~ /\bsm3\b/i;
my ($status, $text) = nginx_test(conf => 'server { vol_seal sm3; } '
                                         . '# vol_duties');
ok($sm3 ? $status == 0 : $text =~ /\[emerg\].*OpenSSL.* has no sm3/,
   'vol_seal sm3 is accepted where OpenSSL has it') or diag($text);

write_file('openssl.cnf', <<'CNF');
openssl_conf = init
[init]
providers = providers
alg_section = algorithms
[providers]
default = default
[default]
activate = 1
[algorithms]
default_properties = fips=yes
CNF
{
    local $ENV{OPENSSL_CONF} = path('openssl.cnf');
    ($status, $text) = nginx_test(conf => 'server { vol_seal sm3; } '
                                          . '# vol_duties');
    SKIP: {
        skip 'this OpenSSL has no providers', 1
            unless `openssl version` =~ /OpenSSL [3-9]/;
        ok($status != 0
           && $text =~ /\[emerg\] .*OpenSSL that nginx uses here has no sm3/,
           'and refused by its name where it doesn\'t') or diag($text);
    }
}

done();
