package VolBench::Peer;

# The same redemption as others would build it: in nginx's Lua module, or as a
# Fastify service behind nginx.

use strict;
use warnings;

use Cwd ();
use File::Copy ();
use File::Path ();
use FindBin;
use IO::Socket::UNIX;
use JSON::PP ();
use POSIX ();

use VolBench::Cpu qw( cpu_of );
use VolBench::Nginx;
use VolTest::Place qw( path write_file read_file );
use VolTest::Process qw( wait_for end_process gone );

use parent 'VolBench::Plain';

my $PEERS = "$FindBin::Bin/peers";
my $NODE_TREE = Cwd::abs_path("$FindBin::Bin/../..") . '/build/fastify';
my $MODULES = '/usr/lib/nginx/modules';         # Debian's

my @nodes;


# lua(name): nginx's Lua module.

sub lua {
    my ($class, $name) = @_;

    my $self = $class->new(name => $name);
    my %settings = (%VolBench::Plain::SETTINGS,
                    redis => "unix:$self->{redis}{socket}");
    my $settings = join ', ', map { "$_ = '$settings{$_}'" }
                              sort keys %settings;

    $self->{nginx} = VolBench::Nginx->new(
        name => $name,
        main => "load_module $MODULES/ndk_http_module.so;"
                . " load_module $MODULES/ngx_http_lua_module.so;",
        http => <<"HTTP", server => <<'SERVER');
    lua_package_path  '$PEERS/lua/?.lua;;';
    init_by_lua_block { require('redemption').configure({$settings}) }
HTTP
        location ~ ^/points/offers/(?<offer>[A-Za-z0-9._-]+)/redemptions$ {
            content_by_lua_block { require('redemption').post() }
        }
SERVER
    return $self;
}


# fastify(name, processes): Node behind nginx, so many processes of it.

sub fastify {
    my ($class, $name, $processes) = @_;

    my $self = $class->new(name => $name);
    install();
    my @sockets = map { $self->start_node($_) } 1 .. $processes;

    my $servers = join "\n        ", map { "server unix:$_;" } @sockets;
    $self->{nginx} = VolBench::Nginx->new(
        name => $name, http => <<"HTTP", server => <<'SERVER');
    upstream fastify {
        $servers
        keepalive          64;
        keepalive_requests 1000000000;
    }
HTTP
        location /points/ {
            proxy_pass         http://fastify;
            proxy_http_version 1.1;
            proxy_set_header   Connection '';
        }
SERVER
    return $self;
}


# Fetches what the service needs, unless that was done.

sub install {
    my $wanted = "$PEERS/fastify/package.json";
    my $have = "$NODE_TREE/package.json";
    return if -e "$NODE_TREE/node_modules/.package-lock.json"
              && system('cmp', '-s', $wanted, $have) == 0;

    File::Path::remove_tree($NODE_TREE);
    File::Path::make_path($NODE_TREE);
    File::Copy::copy($wanted, $have) or die "$have: $!\n";
    system("cd '$NODE_TREE' && npm install --no-package-lock --no-audit"
           . ' --no-fund --silent >&2') == 0
        or die "npm install failed\n";
}


# One process of the service; returns its socket.

sub start_node {
    my ($self, $number) = @_;

    my $socket = path("$self->{name}.$number.sock");
    my $settings = write_file("$self->{name}.$number.json",
        JSON::PP->new->encode({ %VolBench::Plain::SETTINGS, listen => $socket,
                                redis => $self->{redis}{socket} }));
    my $log = path("$self->{name}.$number.log");

    my $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        $ENV{NODE_ENV} = 'production';
        # found there, though the service stands elsewhere
        $ENV{NODE_PATH} = "$NODE_TREE/node_modules";
        open STDOUT, '>', $log;
        open STDERR, '>&', \*STDOUT;
        exec 'node', "$PEERS/fastify/server.js", $settings
            or POSIX::_exit(127);
    }
    push @nodes, { pid => $pid, owner => $$ };
    push @{ $self->{nodes} }, $pid;

    my $up = wait_for(sub {
        return 'ended' if gone($pid);
        IO::Socket::UNIX->new(Peer => $socket)
    }) // 'ended';
    die "node does not start:\n",
        read_file("$self->{name}.$number.log") if $up eq 'ended';

    chmod 0777, $socket;
    return $socket;
}


sub port { $_[0]{nginx}{port} }


# Of nginx and of Node.

sub cpu {
    my ($self) = @_;
    return $self->{nginx}->cpu + cpu_of(@{ $self->{nodes} || [] });
}


sub stop_all {
    $_->{owner} == $$ && end_process($_->{pid}, 'TERM') for splice @nodes;
}


1;
