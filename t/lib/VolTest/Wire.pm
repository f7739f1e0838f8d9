package VolTest::Wire;

# Stands between a client and nginx, and cuts connections as it is told.  Each
# connection takes the next rule: {up => N} cuts it when N bytes of the request
# have passed, {down => N} when N of the answer have; {pause => SECONDS} between
# pieces makes it slow.  After the last rule connections are left alone.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes ();

use VolTest::Process qw( end_process );

use constant PIECE => 8192;


sub new {
    my ($class, $port, $to, @rules) = @_;

    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16,
                                       LocalPort => $port, ReuseAddr => 1)
        or die "wire: $!\n";

    my $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP );
        while (my $client = $listen->accept) {
            my $rule = shift @rules || {};
            my $child = fork() // POSIX::_exit(1);
            next if $child;
            eval { carry($client, $to, $rule) };
            POSIX::_exit(0);
        }
        POSIX::_exit(0);
    }

    close $listen;
    return bless { pid => $pid, owner => $$ }, $class;
}


sub carry {
    my ($client, $to, $rule) = @_;

    my $nginx = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                      PeerPort => $to) or return;
    my %way = ("$client" => 'up', "$nginx" => 'down');
    my %peer = ("$client" => $nginx, "$nginx" => $client);
    my %passed = (up => 0, down => 0);
    my $select = IO::Select->new($client, $nginx);

    while (1) {
        for my $from ($select->can_read) {
            my $n = sysread $from, my $bytes, PIECE;
            return unless $n;

            my $way = $way{$from};
            my $left = defined $rule->{$way} ? $rule->{$way} - $passed{$way}
                                             : $n;
            $passed{$way} += $n;
            substr($bytes, $left) = '' if $left < $n;

            my $at = 0;
            while ($at < length $bytes) {
                $at += syswrite $peer{$from}, $bytes, length($bytes) - $at, $at
                    or return;
            }
            return if $left < $n;
            Time::HiRes::sleep($rule->{pause}) if $rule->{pause};
        }
    }
}


sub stop {
    my ($self) = @_;
    end_process($self->{pid}, 'TERM') if $self->{owner} == $$;
}


sub DESTROY { $_[0]->stop if $_[0]{owner} == $$ }


1;
