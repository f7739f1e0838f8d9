#!/usr/bin/env perl

# TLS to Redis: whose certificate is trusted and whose is not, certificates of
# the module's own, and what the log says when two do not come to terms.

use strict;
use warnings;
use FindBin;
use IO::Select;
use IO::Socket::INET;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::Certificates;
use VolTest::Nodes;
use VolTest::Process qw( end_process );

my $ca = authority('ca');
authority('strange');
certificate('good', by => 'ca', names => 'DNS:localhost,DNS:redis.test,'
                                         . 'IP:127.0.0.1');
certificate('other', by => 'ca', names => 'DNS:other.test,IP:10.0.0.5');
certificate('expired', by => 'ca', names => 'IP:127.0.0.1', days => -1);
certificate('strangers', by => 'strange', names => 'IP:127.0.0.1');
certificate('self', names => 'IP:127.0.0.1');
certificate('client', by => 'ca', names => 'DNS:nginx.test');

# each with a port of TLS, and a plain one
my $port = 30;

sub tls_redis {
    my ($certificate, @args) = @_;
    my $tls = port(++$port);
    my $node = redis_node('--tls-port', $tls,
                          '--tls-cert-file', path("$certificate.pem"),
                          '--tls-key-file', path("$certificate.key"),
                          '--tls-ca-cert-file', $ca,
                          '--tls-auth-clients', 'no', @args);
    $node->{tls} = "127.0.0.1:$tls";
    return $node;
}

my %redis = map { $_ => tls_redis($_) }
            qw( good other expired strangers self );
my $strict = tls_redis('good', '--tls-auth-clients', 'yes');
my $old = tls_redis('good', '--tls-protocols', 'TLSv1.2');
my $good = $redis{good}{tls};
my ($good_port) = $good =~ /:(\d+)/;


# A port that takes connections and says nothing, and one between nginx and Redis
# that does what a file says: "pass" takes and gives all, "slow" takes little at
# a time, "hold" takes nothing, "half" gives the first half of the first answer
# and then nothing, "cut" takes what there is, gives nothing and hangs up.

my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64,
                                   LocalPort => port(28)) or die "$!\n";
my $relay = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64,
                                  LocalPort => port(29)) or die "$!\n";
$relay->sockopt(SO_RCVBUF, 4096);
relay_does('pass');
my $relaying = fork() // die "fork: $!\n";
if ($relaying == 0) {
    $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP );
    eval { relay() };
    POSIX::_exit(0);
}

# however the suite ends
END {
    my $status = $?;
    end_process($relaying, 'TERM') if $relaying;
    $? = $status;
}

sub relay_does {
    write_file('relay.new', $_[0]);
    rename path('relay.new'), path('relay.mode');
}

sub relay {
    my $select = IO::Select->new($relay);
    my (%peer, %nginx);

    while (1) {
        my $mode = read_file('relay.mode');
        for my $s ($select->can_read(0.05)) {
            if ($s == $relay) {
                my $from = $relay->accept or next;
                my $to = IO::Socket::INET->new(PeerAddr => $good) or next;
                @peer{$from, $to} = ($to, $from);
                $nginx{$from} = 1;
                $select->add($from, $to);
                next;
            }
            my $to = $peer{$s} or next;
            if ($nginx{$s} && $mode eq 'hold') {
                select undef, undef, undef, 0.01;
                next;
            }
            my $n = sysread $s, my $bytes, $mode eq 'slow' ? 1000 : 65536;
            if (!$n || $mode eq 'cut' && !$nginx{$s}) {
                $select->remove($s, $to);
                delete @peer{$s, $to};
                delete $nginx{$_} for $s, $to;
                close $_ for $s, $to;
                next;
            }
            next if $mode eq 'halved';
            if ($mode eq 'half' && !$nginx{$s}) {
                syswrite $to, substr $bytes, 0, $n / 2;
                relay_does('halved');
                next;
            }
            while (length $bytes) {
                my $wrote = syswrite $to, $bytes or last;
                substr $bytes, 0, $wrote, '';
            }
        }
    }
}


# place => what its vol_redis says; those that must work, and those that not,
# with what the log says of why

my $trust = "tls tls_ca=$ca";
my $client = 'tls_certificate=client.pem tls_certificate_key=client.key';

my %works = (
    ip => "$good $trust",
    name => "localhost:$good_port $trust",
    named => "$good $trust tls_name=redis.test",
    'another-ip' => "$redis{other}{tls} $trust tls_name=10.0.0.5",
    relative => "$good tls tls_ca=ca.pem",
    system => "$good tls",
    itself => "$redis{self}{tls} tls tls_ca=self.pem",
    unverified => "$redis{self}{tls} tls tls_verify=off",
    outdated => "$redis{expired}{tls} tls tls_verify=off",
    verified => "$good $trust tls_verify=on",
    'with-certificate' => "$strict->{tls} $trust $client",
    unasked => "$good $trust $client",
    twelve => "$old->{tls} $trust",
    relayed => '127.0.0.1:' . port(29) . " $trust",
);
my $NONE = 'cannot serve: it has no certificate that is trusted:';
my %fails = (
    strange => ["$redis{strangers}{tls} $trust",
                qr/$NONE unable to get local issuer certificate|$NONE .*verify/],
    self => ["$redis{self}{tls} $trust", qr/$NONE self.signed certificate/],
    expired => ["$redis{expired}{tls} $trust",
                qr/$NONE certificate has expired/],
    another => ["$redis{other}{tls} $trust", qr/$NONE it is another host's/],
    misnamed => ["$good $trust tls_name=other.test",
                 qr/$NONE it is another host's/],
    'misnamed-ip' => ["$good $trust tls_name=10.0.0.5",
                      qr/$NONE it is another host's/],
    'without-certificate' => ["$strict->{tls} $trust",
                              qr/certificate.required|closed the connection/],
    untrusted => ["$redis{self}{tls} tls", qr/$NONE self.signed certificate/],
    'tls-to-plain' => ["127.0.0.1:$redis{good}{port} $trust",
                       qr/(?:does|did) not come to terms on TLS/],
    'plain-to-tls' => [$redis{other}{tls},
                       qr/closed the connection|does not speak its protocol/],
    silent => ['127.0.0.1:' . port(28) . " $trust",
               qr/did not come to terms on TLS in time/],
);

my %conf = (%works, map { $_ => $fails{$_}[0] } keys %fails);
# a busy machine is given time, but for those that never come to terms
my %hasty = map { $_ => 1 } qw( silent tls-to-plain relayed );
my $places = join '', map { <<"PLACE" } sort keys %conf;
        location /$_/ {
            vol                  $_;
            vol_redis            $conf{$_};
            vol_connect_timeout  @{[$hasty{$_} ? '2s' : '60s']};
        }
PLACE

write_rules();

# what the system trusts
$ENV{SSL_CERT_FILE} = $ca;

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


# Who is trusted, and who is not.

for my $place (sort keys %works) {
    ok(wait_for(sub { put("/$place/volunteers/v", @body)->{status} =~ /^20/ }),
       "\"vol_redis $works{$place}\" works");
}

is($redis{good}->command('EXISTS', 'vol:{ip}:v:v'), 1, 'and writes where it is');

for my $place (sort keys %fails) {
    my ($conf, $why) = @{ $fails{$place} };
    $conf =~ s/ .*//;
    is_problem(put("/$place/volunteers/v", @body), 503, 'store-unavailable',
               "\"vol_redis $fails{$place}[0]\" does not");
    ok(wait_for(sub { grep { /redis \Q$conf\E/ && /$why/
                             || /SSL_read.*$why/ } split /\n/, error_log() }),
       'and the log says why') or diag(error_log());
}

is($redis{good}->command('EXISTS', 'vol:{misnamed}:v:v'), 0,
   'nothing is sent to one that is not trusted');

# misnamed and misnamed-ip are of one Redis, as are self and untrusted
my %said;
$said{$_}++ for grep { !/:${\ port(29)} / }
                error_log() =~ /\[error\].*?: (redis .*)/g;
is_deeply([map { $said{$_} } grep { $said{$_} > 1 } keys %said], [2, 2],
          'all of it is said once') or diag(explain(\%said));


# A Redis that comes back.

$redis{good}->stop('KILL');
is(get('/ip/volunteers/v', @ADMIN)->{status}, 503, 'while Redis is away');
$redis{good}->start;
ok(wait_for(sub { get('/ip/volunteers/v', @ADMIN)->{status} == 200 }),
   'when it is back its certificate is looked at again, and it is used');
like(error_log(), qr/\[notice\].*redis \Q$good\E is back/, 'as the log says');

ok(wait_for(sub { get('/relayed/volunteers/v', @ADMIN)->{status} == 200 }),
   'through a relay too');
relay_does('half');
$redis{good}->command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
my $relayed = '127.0.0.1:' . port(29);
ok(wait_for(sub { error_log()
                  =~ /redis $relayed did not come to terms on TLS in time/ }),
   'half a handshake is given up in time');
is(get('/relayed/volunteers/v', @ADMIN)->{status}, 503, 'and is no Redis');
relay_does('pass');
ok(wait_for(sub { get('/relayed/volunteers/v', @ADMIN)->{status} == 200 }),
   'a whole one is');


# Much that waits to be written, and then goes bit by bit.

sub awards {
    my ($n, %o) = @_;
    my ($sent, %status) = 0;
    crowd(port(), $n,
          sub { my ($i) = @_;
                return if $sent++ >= $n;
                build('POST', '/relayed/volunteers/v/awards', @ADMIN,
                      key => "$o{key}-$i",
                      body => { case => 'grant', points => 1,
                                evidence => "$i " . 'e' x 190,
                                note => 'n' x 180 }) },
          sub { $status{ $_[1]{status} }++ });
    return \%status;
}

sub earned { get('/relayed/volunteers/v', @ADMIN)->{json}{earned} }

relay_does('hold');
my $watch = fork() // die "fork: $!\n";
if ($watch == 0) {
    select undef, undef, undef, 0.5;
    relay_does('slow');
    POSIX::_exit(0);
}
is_deeply(awards(400, key => 'slow'), { 201 => 400 },
          'what waits while Redis takes nothing is done when it does');
waitpid $watch, 0;
is(earned(), 400, 'all of it, once');
relay_does('pass');


# The connection is cut when much was written.

relay_does('cut');
my $status = awards(100, key => 'cut');
is_deeply([sort keys %$status], [503], 'a connection that is cut leaves doubt');
relay_does('pass');
ok(wait_for(sub { earned() // 0 }), 'a new one is made');
is_deeply(awards(100, key => 'cut'), { 201 => 100 }, 'what was in doubt is');
is(earned(), 500, 'repeated and done once');


# A certificate of Redis is renewed; the module's is read anew by a reload.

certificate('good', by => 'ca', names => 'IP:127.0.0.1');
$redis{good}->command('CONFIG', 'SET', 'tls-cert-file', path('good.pem'),
                      'tls-key-file', path('good.key'));
reload();
ok(wait_for(sub { get('/ip/volunteers/v', @ADMIN)->{status} == 200 }),
   'another certificate of the same authority is as good');
ok(wait_for(sub { error_log()
                  =~ /redis localhost:$good_port $NONE it is another/ }),
   'but not for a name that it lacks');


# What nginx -t says.

sub refused {
    my ($what, $pattern) = @_;
    my ($status, $text) = nginx_test(conf => <<"CONF");
    vol_rules  %RULES%;
    server {
        listen %PORT%;
        location /p/ { vol a; %IDENTITY% vol_redis $what; }
    }
CONF
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok($status != 0, "\"vol_redis $what\" is refused");
    like($text, qr/\[emerg\].*$pattern/, 'and why');
}

refused('127.0.0.1 tls_verify=off', qr/parameters of TLS but not "tls"/);
refused('127.0.0.1 tls_ca=ca.pem', qr/parameters of TLS but not "tls"/);
refused('127.0.0.1 tls_name=a', qr/parameters of TLS but not "tls"/);
refused('127.0.0.1 tls tls_verify=perhaps', qr/invalid parameter/);
refused('127.0.0.1 tls tls_name=', qr/invalid parameter/);
refused('127.0.0.1 tls tls_colour=red', qr/invalid parameter/);
refused('127.0.0.1 tls tls_verify=off tls_ca=ca.pem', qr/tls_verify=off/);
refused('127.0.0.1 tls tls_certificate=client.pem', qr/tls_certificate_key/);
refused('127.0.0.1 tls tls_certificate_key=client.key', qr/tls_certificate/);
refused('127.0.0.1 tls tls_ca=nowhere.pem', qr/nowhere\.pem/);
refused('127.0.0.1 tls tls_ca=rules.json', qr/rules\.json/);
refused('127.0.0.1 tls tls_certificate=client.pem tls_certificate_key=ca.key',
        qr/ca\.key/);
refused('%REDIS% tls', qr/UNIX-domain socket/);

is(stop_nginx(), 0, 'nginx ends when it is asked to');

expect_log(qr/SSL_|certificate/);

done();
