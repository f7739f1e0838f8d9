package VolTest::Redis;

# A private Redis, and a client of it: RESP over a unix socket.

use strict;
use warnings;

use IO::Socket::UNIX;
use POSIX ();

use VolTest::Process qw( wait_for end_process gone );


# new(dir => ..., args => [...], env => {...}, conf => ...): a server that
# answers PING or is still loading.  Its socket is dir/redis.sock; a sentinel has
# a conf of its own.

sub new {
    my ($class, %o) = @_;

    my $self = bless { %o, socket => "$o{dir}/redis.sock",
                       owner => $$, auth => $o{auth} }, $class;
    return $self->start;
}


# A port may be taken for a moment longer than the Redis that had it.

sub start {
    my ($self) = @_;

    my $up;
    wait_for(sub {
        $up = $self->launched || 'silent';
        $up ne 'ended' || $self->told !~ /Address already in use\n.*\n\z/
    });

    if ($up =~ /ended|silent/) {
        $self->stop('KILL');
        die "Redis does not start:\n", $self->told;
    }

    return $self;
}


sub launched {
    my ($self) = @_;

    unlink $self->{socket};

    my @command = ($ENV{VOL_REDIS_SERVER} || 'redis-server',
                   $self->{conf} || (),
                   '--port', '0',
                   '--unixsocket', $self->{socket}, '--dir', $self->{dir},
                   '--logfile', "$self->{dir}/redis.log", '--save', '',
                   $self->{conf} ? ()
                   : ('--appendonly', 'yes', '--appendfsync', 'everysec',
                      '--maxmemory-policy', 'noeviction'),
                   @{ $self->{args} || [] });

    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        %ENV = (%ENV, %{ $self->{env} || {} });
        open STDOUT, '>>', "$self->{dir}/redis.out";
        open STDERR, '>&', \*STDOUT;
        exec @command or POSIX::_exit(127);
    }

    $self->{pid} = $pid;

    return wait_for(sub { gone($pid) ? 'ended'
                          : eval { $self->command('PING'); 1 }
                            || $@ =~ /LOADING|NOAUTH|MASTERDOWN/ });
}


sub told {
    my ($self) = @_;

    open my $in, '<', "$self->{dir}/redis.log" or return '';
    local $/;
    return <$in> // '';
}


# One command.  An error reply dies.

sub command {
    my ($self, @words) = @_;

    unless ($self->{connection}) {
        $self->{connection} = IO::Socket::UNIX->new(Peer => $self->{socket})
            or die "can't connect to $self->{socket}: $!\n";
        $self->command('AUTH', @{ $self->{auth} }) if $self->{auth};
    }

    my $reply = eval {
        my $out = '*' . @words . "\r\n";
        $out .= '$' . length($_) . "\r\n$_\r\n" for @words;
        syswrite $self->{connection}, $out or die "Redis is gone: $!\n";
        $self->reply;
    };

    if (!defined $reply && $@) {
        my $gone = $@ =~ /^Redis is gone/;
        delete $self->{connection} if $gone;
        # one that becomes a replica closes the connections that it has
        return $self->command(@words) if $gone && $self->{reconnects};
        die $@;
    }

    return $reply;
}


sub reply {
    my ($self) = @_;

    my $in = $self->{connection};
    local $/ = "\r\n";
    my $line = <$in> // die "Redis is gone\n";
    chomp $line;

    my ($kind, $rest) = $line =~ /\A(.)(.*)\z/s;

    return $rest if $kind eq '+' || $kind eq ':';
    die "Redis: $rest\n" if $kind eq '-';
    return undef if $rest == -1;

    if ($kind eq '$') {
        my $bytes = '';
        while (length $bytes < $rest + 2) {
            read $in, $bytes, $rest + 2 - length $bytes, length $bytes
                or die "Redis is gone\n";
        }
        return substr $bytes, 0, $rest;
    }

    return [ map { $self->reply } 1 .. $rest ];
}


# A connection on which Redis tells, a line each, the commands it gets.

sub monitor {
    my ($self) = @_;

    my $socket = IO::Socket::UNIX->new(Peer => $self->{socket})
        or die "can't connect to $self->{socket}: $!\n";
    syswrite $socket, "MONITOR\r\n";
    return $socket;
}


# A Redis that takes what is sent to it and answers nothing for a while.

sub pause { kill 'STOP', $_[0]{pid} }
sub resume { kill 'CONT', $_[0]{pid} }


sub stop {
    my ($self, $signal) = @_;

    return unless $self->{pid} && $self->{owner} == $$;

    $self->resume;
    close delete $self->{connection} if $self->{connection};
    end_process($self->{pid}, $signal || 'TERM');
    delete $self->{pid};
}


1;
