package VolChaos::Load;

# Clients that redeem one after the other and never give up on a key: what is in
# doubt is repeated until it is answered.  Each writes what was acknowledged to a
# file, a line each: when, key, code, how often it was sent.

use strict;
use warnings;

use IO::Socket::INET;
use POSIX ();
use Time::HiRes ();

use VolTest::HTTP qw( build receive );
use VolTest::Place qw( path port );
use VolTest::Process qw( wait_for gone );

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

    $self->{pids} = [ map {
        my $name = 'load' . ++$made;
        my $pid = fork() // die "fork: $!\n";
        if ($pid == 0) {
            eval { $self->client($name); 1 } or warn $@;
            POSIX::_exit($@ ? 1 : 0);
        }
        $self->{read}{$name} = 0;
        $pid
    } 1 .. $self->{clients} ];
}


# Each ends its key first.

sub stop {
    my ($self) = @_;

    kill 'TERM', @{ $self->{pids} };
    my $failed = 0;
    for my $pid (@{ $self->{pids} }) {
        wait_for(sub { gone($pid) }, $PATIENCE + 10)
            or do { kill 'KILL', $pid; $failed++ };
    }
    $self->{pids} = [];
    return $failed;
}


sub client {
    my ($self, $name) = @_;

    my $stop = 0;
    local $SIG{TERM} = sub { $stop = 1 };
    local $SIG{PIPE} = 'IGNORE';
    srand $$;

    open my $out, '>>', path($name) or die "$name: $!\n";
    $out->autoflush;
    my $n = 0;
    until ($stop) {
        my $key = "$name-" . ++$n;
        my $volunteer = 'v' . (1 + int rand $self->{volunteers});
        my $request = build('POST', "$self->{base}/offers/gift/redemptions",
                            as => "volunteer:$volunteer", key => $key,
                            body => {});
        my ($code, $tries) = $self->ask($request);
        printf $out "%.3f %s %s %d\n", Time::HiRes::time(), $key, $code,
               $tries;
    }
}


# The code, and how often it was asked for.

sub ask {
    my ($self, $request) = @_;

    my $until = Time::HiRes::time() + $PATIENCE;
    my $tries = 0;
    my $r;

    while (1) {
        $tries++;
        $r = eval { $self->exchange($request) };
        return ($r->{json}{code}, $tries)
            if $r && $r->{status} && $r->{status} == 201;
        delete $self->{socket} unless $r && $r->{status};
        die 'refused: ', $r->{status}, ' ', $r->{raw} // '', "\n"
            if $r && $r->{status} && $r->{status} !~ /^50[0234]$/;
        die 'no answer: ', $r && $r->{raw} // $@, "\n"
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


# What was acknowledged since it was asked last: [when, key, code, tries].

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
