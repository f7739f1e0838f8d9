package VolBench::Nginx;

# An nginx in a directory of its own, as many as a part wants.

use strict;
use warnings;

use Cwd ();
use File::Basename ();
use IO::Socket::INET;
use POSIX ();

use VolBench::Cpu qw( cpu_of );
use VolTest::Place qw( path write_file read_file port );
use VolTest::Process qw( wait_for end_process children gone );

my $MODULE = $ENV{VOL_MODULE}
             || Cwd::abs_path(File::Basename::dirname(__FILE__)
                              . '/../../../../build')
                . '/ngx_http_vol_module.so';
my $ports = 0;
my @running;


# The path of the module's .so, for load_module.

sub module { $MODULE }


# new(name => ..., main => what stands before http {}, http => what stands in
# it, server => what stands in the server, workers => 'auto')

sub new {
    my ($class, %o) = @_;

    my $self = bless { workers => 'auto', main => '', http => '', %o,
                       port => port($ports++), owner => $$ }, $class;
    my $place = path("$o{name}.nginx");
    mkdir $place or die "$place: $!\n";
    $self->{place} = $place;
    write_file("$o{name}.nginx/nginx.conf", $self->conf);

    $self->{pid} = fork() // die "fork: $!\n";
    if ($self->{pid} == 0) {
        $ENV{PATH} .= ':/usr/sbin';
        open STDERR, '>', "$place/stderr";
        exec 'nginx', '-e', "$place/error.log", '-p', $place,
             '-c', "$place/nginx.conf" or POSIX::_exit(127);
    }

    push @running, $self;
    $self->await;
    return $self;
}


sub conf {
    my ($self) = @_;

    my $user = $> ? '' : 'user root;';
    my $temp = join ' ', map { "${_}_temp_path $self->{place}/$_;" }
               qw( client_body proxy fastcgi uwsgi scgi );

    return <<"CONF";
$self->{main}
$user
worker_processes $self->{workers};
daemon           off;
pid              $self->{place}/nginx.pid;
error_log        $self->{place}/error.log;

events {
    worker_connections 1024;
}

http {
    access_log         off;
    keepalive_requests 1000000000;
    $temp
$self->{http}

    server {
        listen 127.0.0.1:$self->{port} reuseport;
$self->{server}
    }
}
CONF
}


sub await {
    my ($self) = @_;

    my $up = wait_for(sub {
        return 'ended' if gone($self->{pid});
        children($self->{pid}) && IO::Socket::INET->new(
            PeerAddr => '127.0.0.1', PeerPort => $self->{port})
    }) // 'ended';

    die "nginx $self->{name} does not start:\n", $self->log if $up eq 'ended';
}


sub log {
    my ($self) = @_;
    return read_file("$self->{name}.nginx/error.log")
           . read_file("$self->{name}.nginx/stderr");
}


sub cpu { cpu_of(children($_[0]{pid})) }


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;
    end_process($pid, 'TERM') if $self->{owner} == $$;
}


sub stop_all { $_->stop for splice @running }


1;
