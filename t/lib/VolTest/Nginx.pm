package VolTest::Nginx;

# A real nginx with the module: its configuration, its processes, its log.

use strict;
use warnings;

use Cwd ();
use File::Basename ();
use IO::Socket::INET;
use POSIX ();

use VolTest::Place qw( dir path write_file read_file port );
use VolTest::Process qw( wait_for end_process children gone );
use VolTest::Record;

use Exporter 'import';
our @EXPORT_OK = qw( acl_rights start_nginx stop_nginx nginx_test adopt_nginx signal_nginx
                     hup reload workers taken error_log weighty );

my $BUILT = File::Basename::dirname(Cwd::abs_path(__FILE__))
            . '/../../../build/ngx_http_vol_module.so';

my $nginx;      # the master's pid


# The rights that docs/operation.md gives the module's user: what stands behind
# its password.

sub acl_rights {
    my $file = File::Basename::dirname($BUILT) . '/../docs/operation.md';
    open my $in, '<', $file or die "$file: $!\n";
    local $/;
    my ($rights) = <$in> =~ /^    ACL SETUSER vol on >\.\.\. (resetkeys ~.*?)\n\n/ms;
    return split ' ', $rights;
}


sub acl_user { return ('by-the-book', 'on', '>by-the-book', acl_rights()) }


# Options: conf => what stands in http {}, main => what stands before it,
# workers => 2, connections => 1024 of each, daemon => 1 for a master that is
# nobody's child.

sub start_nginx {
    my (%o) = @_;

    write_conf('nginx.conf', %o);

    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        preload();
        open STDOUT, '>>', path('nginx.out');
        open STDERR, '>&', \*STDOUT;
        exec command('nginx.conf', path('error.log'))
            or POSIX::_exit(127);
    }

    $nginx = $pid;

    if ($o{daemon}) {
        wait_for(sub { gone($pid) });
        ($nginx) = wait_for(sub { read_file('nginx.pid') || gone($pid) })
                   =~ /(\d+)/;
    }

    my $up = wait_for(sub {
        return 'ended' if gone($nginx);
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => port())
            && workers()
    });

    die "nginx does not start:\n", read_file('nginx.out'), error_log()
        if !$up || $up eq 'ended';
}


# nginx -t of a configuration: (exit status, what it printed).

sub nginx_test {
    my (%o) = @_;

    write_conf('test.conf', %o);

    my $pid = open(my $out, '-|') // die "fork: $!\n";

    if ($pid == 0) {
        preload('detect_leaks=0');
        open STDERR, '>&', \*STDOUT;
        exec command('test.conf', 'stderr'), '-t' or POSIX::_exit(127);
    }

    my $text = do { local $/; <$out> } // '';
    close $out;

    return ($? >> 8, $text);
}


my ($binary, $has_e);       # -e: nginx 1.19.5 and later

sub command {
    my ($conf, $early_log) = @_;

    # by its whole path, or it can't start its successor
    ($binary) = $ENV{VOL_NGINX}
                || grep { -x } map { "$_/nginx" } split(/:/, $ENV{PATH}),
                                                  '/usr/sbin' unless $binary;
    $has_e //= `$binary -h 2>&1` =~ /^\s+-e filename/m;

    return ($binary, $has_e ? ('-e', $early_log) : (),
            '-p', dir() . '/', '-c', path($conf));
}


# In the child that becomes nginx.  Sanitizers tell of leaks with whole stacks,
# by which weighty() knows the module's from those that nginx leaves at its end.

sub preload {
    my (@more) = @_;

    return unless $ENV{VOL_PRELOAD};

    $ENV{LD_PRELOAD} = $ENV{VOL_PRELOAD};
    $ENV{ASAN_OPTIONS} = join ':', 'fast_unwind_on_malloc=0', 'exitcode=0',
                         grep { defined } $ENV{ASAN_OPTIONS}, @more;
}


# %PORT%, %PORT1%.. are addresses of the suite's own, %REDIS% its Redis, %RULES%
# its rulebook, %DIR% its directory, %IDENTITY% who asks: what the request says.

sub write_conf {
    my ($name, %o) = @_;

    my $module = $ENV{VOL_MODULE} // $BUILT;
    my $load = length $module ? "load_module $module;" : '';
    my $user = $> ? '' : 'user root;';
    my $test = $name eq 'test.conf';
    my $log = $test ? 'stderr' : path('error.log') . ' info';
    my $pid = path($test ? 'test.pid' : 'nginx.pid');
    my $workers = $o{workers} || 2;
    my $connections = $o{connections} || 1024;
    my $main = $o{main} // '';
    my $daemon = $o{daemon} ? 'on' : 'off';
    my $env = $ENV{VOL_PRELOAD}
              ? join ' ', map { "env $_;" } qw( LD_PRELOAD ASAN_OPTIONS
                                                UBSAN_OPTIONS )
              : '';
    # a busy machine is not what a suite is about, unless it says so
    my $patience = !$test && length $load && $o{conf} !~ /vol_read_timeout/
                   ? 'vol_read_timeout 60s;' : '';
    # duties write by themselves; a suite that is about them says so
    my $quiet = length $load && $o{conf} !~ /vol_dut(?:y|ies)/
                ? 'vol_duties off;' : '';
    my $temp = join "\n    ", map { "${_}_temp_path " . path("temp_$_") . ';' }
               qw( client_body proxy fastcgi uwsgi scgi );

    my $text = <<"CONF";
$load
$user
$env
daemon $daemon;
worker_processes $workers;
error_log $log;
pid $pid;
$main
events { worker_connections $connections; }
http {
    access_log off;
    $temp
    $patience
    $quiet
$o{conf}
}
CONF

    my %place = (
        IDENTITY => 'vol_user $http_x_user; vol_role $http_x_role; '
                    . 'vol_scope $http_x_scope;',
        REDIS => 'unix:' . path('redis.sock'),
        RULES => path('rules.json'),
        DIR => dir(),
    );

    if ($ENV{VOL_ACL}) {
        my $file = write_file('acl.password', 'by-the-book');
        $text =~ s/(vol_redis\s+%REDIS%)(?![^;]*password_file)
                  /$1 user=by-the-book password_file=$file/gx;
    }

    $text =~ s/%(IDENTITY|REDIS|RULES|DIR)%/$place{$1}/g;
    $text =~ s/%PORT(\d*)%/'127.0.0.1:' . port($1)/ge;

    write_file($name, $text);
    VolTest::Record::served($text) unless $test;
}


# Ends nginx as its administrator would; returns its wait status.

sub stop_nginx {
    my ($signal) = @_;

    my $pid = $nginx or return;
    undef $nginx;
    return end_process($pid, $signal || 'QUIT');
}


# Another master has taken over: the upgrade of the binary.

sub adopt_nginx { $nginx = $_[0] }


sub signal_nginx { kill $_[0], $nginx }


sub hup { signal_nginx('HUP') }


sub workers { children($nginx) }


# Waits until nginx has read all that was sent to it.

sub taken {
    my $port = sprintf '%04X', port();
    return wait_for(sub {
        open my $in, '<', '/proc/net/tcp' or return;
        # local_address, rem_address, st (01 is established), tx:rx queues
        !grep { /^\s*\d+: \S+:$port \S+ 01 \S+:(\S+)/ && hex $1 } <$in>
    });
}


# A reload that is through: only new workers are left.

sub reload {
    my %old = map { $_ => 1 } workers();

    hup();

    return wait_for(sub {
        my @now = workers();
        @now && !grep { $old{$_} } @now
    });
}


sub error_log { read_file('error.log') }


# What nginx and the sanitizers said that must not be, but for the expected.

sub weighty {
    my (@expected) = @_;

    my $log = error_log() . read_file('nginx.out');

    my @lines = grep { my $line = $_; !grep { $line =~ $_ } @expected }
                grep { /\[(?:alert|crit|emerg)\]|open\ socket
                        |ERROR:\ AddressSanitizer|runtime\ error:/x }
                split /\n/, $log;

    return (@lines, grep { /ngx_http_vol|hiredis|jansson/ }
                    $log =~ /^((?:Direct|Indirect) leak of .*?\n)\n/msg);
}


1;
