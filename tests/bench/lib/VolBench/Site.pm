package VolBench::Site;

# A private Redis and an nginx with the module, as t/ starts them, which serves
# the district "tianyuan" below /points/: for a part that wants another Redis or
# nginx than the usual, or a new one each round.
#
# Environment: VOL_MODULE (the .so), VOL_NGINX, VOL_REDIS_SERVER, as for t/.

use strict;
use warnings;

use POSIX ();

use VolTest::HTTP qw( build exchange );
use VolTest::Nginx qw( start_nginx stop_nginx weighty );
use VolTest::Place qw( dir path port write_file read_file clear );
use VolTest::Redis;

use Exporter 'import';
our @EXPORT_OK = qw( open_site close_site redis key_of api import_file );

my $RULES = <<'JSON';
{"version": "bench", "timezone": "+08:00", "points_per_hour": 1,
 "stars": [100, 300, 600, 1000, 1500],
 "cases": {"bench": {"title": "bench", "min": 1, "max": 10000}}}
JSON

my $CONF = <<'CONF';
    keepalive_requests 1000000000;
    vol_redis          %REDIS%;
    vol_rules          %RULES%;
    server {
        listen %PORT%;
        location /points/ {
            vol tianyuan;
            %IDENTITY%
            client_max_body_size 0;
        }
    }
CONF

my $owner = $$;
my $redis;

END { stop('TERM', 'KILL') if $$ == $owner }


# Options: redis => options of redis-server, workers => 1.

sub open_site {
    my (%o) = @_;

    write_file('rules.json', $RULES);
    $redis = VolTest::Redis->new(dir => dir(), args => $o{redis} || []);
    start_nginx(conf => $CONF, workers => $o{workers} || 1);
}


# Dies when nginx had something of weight to say.

sub close_site {
    my @bad = stop('QUIT', 'TERM');
    clear();
    die "nginx said:\n", map({ "  $_\n" } @bad) if @bad;
}


# Returns what nginx had to say.

sub stop {
    my ($nginx_signal, $redis_signal) = @_;

    local $?;
    stop_nginx($nginx_signal);
    $redis->stop($redis_signal) if $redis;
    undef $redis;
    return weighty();
}


sub redis { @_ ? $redis->command(@_) : $redis }


sub key_of { "vol:{tianyuan}:$_[0]" }


# A request of the administrator; dies unless it was done.

sub api {
    my ($method, $path, $body, $key) = @_;

    my $answer = exchange(port(), $method,
                          build($method, "/points/$path", close => 1,
                                as => 'admin:root', key => $key,
                                body => $body));
    $answer->{status} =~ /^20[01]$/
        or die "$method $path: $answer->{status} $answer->{raw}\n";
    return $answer->{json};
}


# Brings in a file of lines; dies unless all were done.

sub import_file {
    my ($file) = @_;

    done('curl', '-sS', '-o', path('import.out'), '-X', 'POST', '-T', $file,
         '-H', 'Content-Type: application/x-ndjson', '-H', 'X-User: root',
         '-H', 'X-Role: admin',
         'http://127.0.0.1:' . port() . '/points/import')
        or die "curl does not bring $file in\n";

    my ($result) = read_file('import.out') =~ /(.*)\n\z/;
    ($result // '') =~ /"failed":\s*0,\s*"complete":\s*true/
        or die "the import of $file: ", $result // 'no answer', "\n";
}


# Whether a command did its work.  Not system(): that lets no signal end us.

sub done {
    my (@command) = @_;

    my $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        exec @command or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    return $? == 0;
}


1;
