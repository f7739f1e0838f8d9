package VolTest;

# The harness of the black-box suites: a real nginx with the module, a private
# Redis, both in a temporary directory and gone when the file ends.
#
#     use VolTest;
#
#     start(conf => <<'CONF');
#         vol_redis  %REDIS%;
#         vol_rules  %RULES%;
#         server {
#             listen %PORT%;
#             location /points/ { vol tianyuan; %IDENTITY% }
#         }
#     CONF
#
#     volunteer('1001');
#     is(get('/points/me', as => 'volunteer:1001')->{status}, 200, '...');
#     done();
#
# Environment: VOL_MODULE (the .so; empty when it is built in), VOL_PRELOAD (an
# LD_PRELOAD for nginx), VOL_NGINX, VOL_REDIS_SERVER, VOL_KEEP (keep the
# directory), VOL_RECORD (a directory for what was asked and answered), VOL_ACL
# (%REDIS% is by a user that has the rights of docs/operation.md alone).

use strict;
use warnings;

use JSON::PP ();
use Test::More;

use VolTest::Clock qw( frozen_clock set_clock );
use VolTest::HTTP qw( build parse dial receive exchange crowd );
use VolTest::Ledger qw( stored_entries entry_fields entry_text rewrite_stream
                        rewrite_entry link_to history );
use VolTest::Nginx qw( acl_rights start_nginx stop_nginx nginx_test adopt_nginx
                       signal_nginx hup reload workers taken error_log
                       weighty );
use VolTest::Place qw( dir path write_file read_file port clear );
use VolTest::Points qw( is_problem created volunteer grant merchant offer redeem
                        account balance entries today this_year );
use VolTest::Process qw( wait_for gone );
use VolTest::Proxy;
use VolTest::Record;
use VolTest::Redis;
use VolTest::Voucher qw( bare_code stored_voucher all_stored_vouchers
                         write_voucher_text expire_voucher
                         keys_of_one_bucket );

use Exporter 'import';
our @EXPORT = (@Test::More::EXPORT, qw(
    start start_redis start_nginx stop_nginx nginx_test done acl_rights
    adopt_nginx signal_nginx hup reload workers taken error_log expect_log
    port path write_file read_file write_rules wait_for gone
    request get put post head_of send_all raw build parse dial receive crowd
    fresh_key
    redis redis_server proxy dump_db unchanged
    is_problem created volunteer grant merchant offer redeem
    account balance entries today this_year true false
    stored_entries entry_fields entry_text rewrite_stream rewrite_entry
    link_to history
    bare_code stored_voucher all_stored_vouchers write_voucher_text
    expire_voucher keys_of_one_bucket
    frozen_clock set_clock
));

my $json = JSON::PP->new->utf8->canonical;
my $owner = $$;
my ($redis, $proxy, @expected, $keys);

# The rulebook of the suites; "grant" is a case wide enough to make any balance.
my %RULES = (
    version => 'tianyuan-2026-04-08',
    timezone => '+08:00',
    points_per_hour => 1,
    stars => [100, 300, 600, 1000, 1500],
    cases => {
        blood_donation => { title => "\x{65e0}\x{507f}\x{732e}\x{8840}",
                            min => 3, max => 20 },
        grant => { title => 'Grant', min => 1, max => 10000 },
    },
    obligations => { cadre => { points_per_year => 20 } },
    selection => { title => 'Ten outstanding volunteers', every_years => 2,
                   first_year => 2021, min_stars => 5 },
    voucher => { valid_days => 30 },
    limits => { minutes_per_day => 720 },
);

sub true () { JSON::PP::true() }
sub false () { JSON::PP::false() }


# Options: those of start_nginx(); rules => keys of the rulebook to change;
# redis => options of the server.

sub start {
    my (%o) = @_;

    write_rules($o{rules});
    start_redis(@{ $o{redis} || [] });
    start_nginx(%o);
}


# Options of redis-server; a hash at their end goes to VolTest::Redis.

sub start_redis {
    my (@args) = @_;
    my %o = ref $args[-1] eq 'HASH' ? %{ pop @args } : ();

    unshift @args, '--user', VolTest::Nginx::acl_user() if $ENV{VOL_ACL};

    return $redis = VolTest::Redis->new(dir => dir(), args => \@args, %o);
}


sub redis_server { $redis }


# A proxy before Redis, at unix:%DIR%/proxy.sock; see VolTest::Proxy.

sub proxy { $proxy //= VolTest::Proxy->new(dir => dir()) }


sub write_rules {
    my ($changes, $name) = @_;

    return write_file($name || 'rules.json',
                      $json->encode({ %RULES, %{ $changes || {} } }));
}


# Lines of weight in the log that this suite is about.

sub expect_log { push @expected, @_ }


# The last line of every suite: nginx ends by itself and its log is clean.

sub done {
    my $status = stop_nginx();
    is($status, 0, 'nginx ends when it is asked to') if defined $status;

    # a socket that is not there while Redis restarts is [crit] to nginx
    my @bad = weighty(@expected, qr/\[crit\].*connect\(\) to unix:/);
    is(scalar @bad, 0, 'the error log has nothing of weight');
    diag($_) for @bad > 20 ? @bad[0 .. 19] : @bad;

    done_testing();
}


# However the suite ends, END must run: a peer that hangs up is no reason to die.

$SIG{PIPE} = 'IGNORE';
$SIG{INT} = $SIG{TERM} = $SIG{HUP} = sub { exit 130 };

END {
    if ($$ == $owner) {
        my $status = $?;

        stop_nginx('TERM');
        $redis->stop('KILL') if $redis;
        $proxy->stop if $proxy;
        $ENV{VOL_KEEP} ? diag('kept: ' . dir()) : clear();

        $? = $status;
    }
}


# One request on a connection of its own.  Beside build()'s options: server =>
# the number of the %PORT%.

sub request {
    my ($method, $path, %o) = @_;

    return exchange(port($o{server}), $method,
                    build($method, $path, close => 1, %o));
}


sub get { request('GET', @_) }


sub head_of { request('HEAD', @_) }


sub put {
    my ($path, $body, %o) = @_;
    return request('PUT', $path, body => $body, %o);
}


# A key is made up unless one is given; key => undef sends none.

sub post {
    my ($path, $body, %o) = @_;

    $o{key} = fresh_key() unless exists $o{key};
    return request('POST', $path, body => $body, %o);
}


sub fresh_key { "key-$$-" . ++$keys }


# Sends the requests, each on a connection of its own.

sub send_all {
    return map {
        my $socket = dial(port());
        VolTest::Record::asked($socket, $_);
        syswrite $socket, $_;
        $socket
    } @_;
}


# Bytes as they are, the responses to so many requests (GET unless told).

sub raw {
    my ($bytes, @methods) = @_;

    my $socket = dial(port());
    VolTest::Record::asked($socket, $bytes);
    syswrite $socket, $bytes;

    my $buffer = '';
    my @got = map { receive($socket, $_, \$buffer) } @methods ? @methods : 'GET';
    return wantarray ? @got : $got[0];
}


sub redis { $redis->command(@_) }


# Every key and its DUMP.

sub dump_db {
    return { map { $_ => redis('DUMP', $_) } @{ redis('KEYS', '*') } };
}


# Runs the code and tells whether Redis holds the same as before.

sub unchanged (&$) {
    my ($code, $name) = @_;

    my $before = dump_db();
    $code->();
    my $after = dump_db();

    my %all = (%$before, %$after);
    my @differ = grep { ($before->{$_} // '') ne ($after->{$_} // '') }
                 sort keys %all;

    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(!@differ, $name) or diag("changed: @differ");
}


1;
