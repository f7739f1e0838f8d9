package VolChaos::Load;

# Clients that redeem one after the other and never give up on a key: what is in
# doubt is repeated until it is answered.  Each writes what was acknowledged to a
# file, a line each: when, key, code, how often it was sent, for whom, and
# whether it had been done before though nothing left that in doubt.

use strict;
use warnings;

use IO::Socket::INET;
use POSIX qw( WNOHANG );
use Time::HiRes ();

use VolTest::HTTP qw( build receive );
use VolTest::Place qw( path port );
use VolTest::Process qw( wait_for );

my $PATIENCE = 60;          # seconds until a key counts as never answered
my $PAUSE = 0.01;           # before a key is sent again

my $made = 0;

$VolTest::HTTP::TIMEOUT = 10;


# new(clients, base): as many clients of the API below a path.

sub new {
    my ($class, $clients, $base, $volunteers) = @_;
    return bless { clients => $clients, base => $base,
                   volunteers => $volunteers, read => {} }, $class;
}


sub start {
    my ($self) = @_;

    # a client may be told to end before it has begun
    my $stop = 0;
    local $SIG{TERM} = sub { $stop = 1 };

    $self->{pids} = [ map {
        my $name = 'load' . ++$made;
        my $pid = fork() // die "fork: $!\n";
        if ($pid == 0) {
            eval { $self->client($name, \$stop); 1 } or warn $@;
            POSIX::_exit($@ ? 1 : 0);
        }
        $self->{read}{$name} = 0;
        $pid
    } 1 .. $self->{clients} ];
}


# Each ends its key first.  Returns how many did not, or were refused.

sub stop {
    my ($self) = @_;

    kill 'TERM', @{ $self->{pids} };
    my $failed = 0;
    for my $pid (@{ $self->{pids} }) {
        wait_for(sub { waitpid($pid, WNOHANG) == $pid }, $PATIENCE + 10)
            or do { kill 'KILL', $pid; waitpid $pid, 0 };
        $failed++ if $?;
    }
    $self->{pids} = [];
    return $failed;
}


sub client {
    my ($self, $name, $stop) = @_;

    local $SIG{PIPE} = 'IGNORE';
    srand $$;

    open my $out, '>>', path($name) or die "$name: $!\n";
    $out->autoflush;
    my $n = 0;
    until ($$stop) {
        my $key = "$name-" . ++$n;
        my $volunteer = 'v' . (1 + int rand $self->{volunteers});
        my $request = build('POST', "$self->{base}/offers/gift/redemptions",
                            as => "volunteer:$volunteer", key => $key,
                            body => {});
        my ($voucher, $tries, $untold) = $self->ask($request);
        die "$volunteer was given the voucher of $voucher->{volunteer}\n"
            if $voucher->{volunteer} ne $volunteer;
        printf $out "%.3f %s %s %d %s %d\n", Time::HiRes::time(), $key,
               $voucher->{code}, $tries, $volunteer, $untold;
    }
}


# The voucher, how often it was asked for, and whether it is a repetition though
# each answer before said that nothing was done.

sub ask {
    my ($self, $request) = @_;

    my $until = Time::HiRes::time() + $PATIENCE;
    my ($tries, $doubt) = (0, 0);

    while (1) {
        $tries++;
        my $r = eval { $self->exchange($request) };
        # 0 of a connection that was closed
        my $status = $r ? $r->{status} : 0;
        return ($r->{json}, $tries,
                !$doubt && exists $r->{headers}{'idempotent-replayed'})
            if $status == 201;
        die "refused: $status $r->{raw}\n" if $status && $status != 503;
        delete $self->{socket} unless $status;
        $doubt = 1 unless $status && ($r->{json}{type} // '')
                                     =~ /store-unavailable\z/;
        die 'no answer: ', $r ? $r->{raw} : $@, "\n"
            if Time::HiRes::time() > $until;
        Time::HiRes::sleep($PAUSE);
    }
}


sub exchange {
    my ($self, $request) = @_;

    $self->{socket} ||= IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                              PeerPort => port())
        or return;
    defined syswrite $self->{socket}, $request or return;
    my $buffer = '';
    my $r = receive($self->{socket}, 'POST', \$buffer) or return;
    delete $self->{socket}
        if (($r->{headers} || {})->{connection} // '') eq 'close';
    return $r;
}


# What was acknowledged since it was asked last, as the words of its line.

sub acknowledged {
    my ($self) = @_;

    my @all;
    for my $name (keys %{ $self->{read} }) {
        open my $in, '<', path($name) or next;
        seek $in, $self->{read}{$name}, 0;
        while (my $line = <$in>) {
            last unless $line =~ /\n\z/;
            push @all, [split ' ', $line];
            $self->{read}{$name} = tell $in;
        }
    }
    return sort { $a->[0] <=> $b->[0] } @all;
}


1;
