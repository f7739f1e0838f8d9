package VolChaos::Proxy;

# Stands between nginx and Redis, on a loopback port of its own, and cuts what
# passes without knowing what it says.  hit() names what goes wrong:
#
#     stall SECONDS         nothing passes, either way; then what waited does
#     late SECONDS          what nginx says passes, replies wait till it is over
#     bytes SECONDS         what passes does so a byte at a time
#     refuse SECONDS        connections are reset, and new ones refused
#     reset                 connections are reset
#     reply PART TIMES      of what Redis says only a part passes, from 0 to 1,
#     command PART TIMES    or of what nginx says; then the connection is
#                           closed; so many times

use strict;
use warnings;

use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Socket qw( AF_UNIX IPPROTO_TCP PF_UNSPEC SOCK_STREAM SOL_SOCKET SO_LINGER
               TCP_NODELAY );
use Time::HiRes ();

use VolTest::Process qw( end_process );

use constant {
    CHUNK => 65536,
    TICK => 0.01,           # seconds, while something waits for its time
};


# new(port, to): listens on the one, and passes to the other.

sub new {
    my ($class, $port, $to) = @_;

    my $self = bless { port => $port, to => $to, owner => $$, pairs => {},
                       mode => '', until => 0 }, $class;
    socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC
        or die "socketpair: $!\n";
    $_->autoflush for $ours, $theirs;
    $self->listen;

    $self->{pid} = fork() // die "fork: $!\n";
    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP );
        close $ours;
        $self->{told} = $theirs;
        eval { $self->serve; 1 } or warn "proxy: $@";
        POSIX::_exit(1);
    }
    close $theirs;
    close delete $self->{listen};
    $self->{tell} = $ours;
    return $self;
}


# Returns when it is over.

sub hit {
    my ($self, @what) = @_;

    my $tell = $self->{tell};
    print $tell "@what\n";
    my $line = <$tell> // '';
    die "the proxy has gone\n" unless $line eq "over\n";
}


sub stop {
    my ($self) = @_;
    end_process($self->{pid}, 'TERM') if $self->{owner} == $$;
}


# The rest is of its own process.

sub listen {
    my ($self) = @_;

    return $self->{listen} ||= IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $self->{port}, Listen => 64,
        ReuseAddr => 1, Blocking => 0) || die "proxy: $!\n";
}


sub serve {
    my ($self) = @_;

    while (1) {
        $self->over if $self->{until}
                       && Time::HiRes::time() >= $self->{until};
        my $still = $self->{mode} eq 'stall';
        my @ends = map { @{ $_->{ends} } } values %{ $self->{pairs} };
        my $in = IO::Select->new($self->{told});
        my $out = IO::Select->new;
        unless ($still) {
            $in->add($self->{listen} || (), map { $_->{socket} }
                     grep { length $_->{peer}{out} < CHUNK } @ends);
            $out->add(map { $_->{socket} } grep { $self->due($_) } @ends);
        }

        my ($can_read, $can_write) = IO::Select->select(
            $in, $out, undef, $self->{until} ? TICK : undef);
        for my $socket (@{ $can_read || [] }) {
            if ($socket == $self->{told}) {
                $self->obey;
            } elsif ($self->{listen} && $socket == $self->{listen}) {
                $self->take;
            } else {
                my $end = $self->end_of($socket) or next;
                $self->pass($end);
            }
        }
        for my $socket (@{ $can_write || [] }) {
            my $end = $self->end_of($socket) or next;
            $self->put($end);
        }
    }
}


# One may have been closed on account of another.

sub end_of {
    my ($self, $socket) = @_;

    my $end = $self->{ends}{ fileno($socket) // return };
    return $end && $end->{socket} == $socket ? $end : undef;
}


sub obey {
    my ($self) = @_;

    # one is told after the other, so there is no more than a line
    sysread $self->{told}, my $line, 1024 or POSIX::_exit(0);
    my ($what, $much, $times) = split ' ', $line;

    if ($what eq 'reset') {
        $self->reset_all;
        return $self->over;
    }
    if ($what eq 'refuse') {
        close delete $self->{listen};
        $self->reset_all;
    }
    @$self{qw( mode much times )} = ($what, $much, $times);
    $self->{until} = Time::HiRes::time() + $much unless $times;
}


sub over {
    my ($self) = @_;

    @$self{qw( mode until )} = ('', 0);
    $self->listen;
    syswrite $self->{told}, "over\n";
}


sub take {
    my ($self) = @_;

    my $nginx = $self->{listen}->accept or return;
    my $redis = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                      PeerPort => $self->{to}) or return;
    my @ends = map { { socket => $_, out => '' } } $nginx, $redis;
    for my $end (@ends) {
        $end->{socket}->blocking(0);
        setsockopt $end->{socket}, IPPROTO_TCP, TCP_NODELAY, 1;
        $self->{ends}{ fileno $end->{socket} } = $end;
    }
    my $pair = { ends => \@ends };
    @{ $ends[0] }{qw( peer says pair )} = ($ends[1], 'command', $pair);
    @{ $ends[1] }{qw( peer says pair )} = ($ends[0], 'reply', $pair);
    $self->{pairs}{$pair} = $pair;
}


# What an end says goes to its peer.

sub pass {
    my ($self, $end) = @_;

    my $n = sysread $end->{socket}, my $bytes, CHUNK;
    return if !defined $n && ($!{EAGAIN} || $!{EINTR});

    my $peer = $end->{peer};
    if (!$n) {
        # what nginx said before it hung up still arrives
        return length $peer->{out} && $end->{says} eq 'command'
               ? $self->leave($end) : $self->close_pair($end->{pair});
    }
    return if $peer->{gone};

    if ($self->{mode} eq $end->{says}) {
        $peer->{out} .= substr $bytes, 0, int($n * $self->{much});
        $self->put($peer) if length $peer->{out};
        $self->close_pair($end->{pair});
        $self->over if --$self->{times} == 0;
        return;
    }

    $peer->{out} .= $bytes;
    $self->put($peer) if $self->due($peer);
}


# Whether something may be sent to an end now.

sub due {
    my ($self, $end) = @_;
    return length $end->{out}
           && !($self->{mode} eq 'late' && $end->{says} eq 'command');
}


sub put {
    my ($self, $end) = @_;

    my $n = syswrite $end->{socket}, $end->{out},
                     $self->{mode} eq 'bytes' ? 1 : length $end->{out};
    return $self->close_pair($end->{pair})
        if !defined $n && !$!{EAGAIN} && !$!{EINTR};
    substr $end->{out}, 0, $n // 0, '';
    $self->close_pair($end->{pair}) if $end->{last} && !length $end->{out};
}


# An end has hung up, its peer is still to hear of it.

sub leave {
    my ($self, $end) = @_;

    delete $self->{ends}{ fileno $end->{socket} };
    close $end->{socket};
    $end->{gone} = $end->{peer}{last} = 1;
    $end->{pair}{ends} = [$end->{peer}];
}


sub close_pair {
    my ($self, $pair, $reset) = @_;

    # writing to one end may have closed both
    $pair or return;
    for my $end (@{ $pair->{ends} }) {
        delete $self->{ends}{ fileno $end->{socket} };
        setsockopt $end->{socket}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0
            if $reset;
        close $end->{socket};
        delete @$end{qw( peer pair )};
    }
    delete $self->{pairs}{$pair};
}


sub reset_all {
    my ($self) = @_;
    $self->close_pair($_, 1) for values %{ $self->{pairs} };
}


1;
