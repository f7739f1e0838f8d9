package VolTest::Proxy;

# Stands between nginx and Redis and misbehaves as it is told.  Its mode is read
# from a file whenever a reply to a script call passes:
#
#     pass      the reply goes through
#     hold N    so many go through, what comes then waits for another mode
#     bytes     it goes through byte by byte
#     cut       the connection is closed instead
#     half      half of it goes through, then the connection is closed
#     garbage   something that is no reply goes instead
#     refuse    every new connection is closed at once
#     silent    every new connection is taken and never answered

use strict;
use warnings;

use IO::Select;
use IO::Socket::UNIX;
use POSIX ();

use VolTest::Process qw( end_process );

use constant POLL => 0.01;              # seconds


sub new {
    my ($class, %o) = @_;

    my $self = bless { %o, file => "$o{dir}/proxy.mode", owner => $$ }, $class;
    $self->mode('pass');

    my $listen = IO::Socket::UNIX->new(Local => "$o{dir}/proxy.sock",
                                       Listen => 64)
        or die "proxy: $!\n";

    $self->{pid} = fork() // die "fork: $!\n";

    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP );
        eval { $self->serve($listen) };
        POSIX::_exit(0);
    }

    close $listen;
    return $self;
}


sub mode {
    my ($self, $mode) = @_;

    return put($self->{file}, $mode) if defined $mode;
    return content($self->{file}) // 'pass';
}


# How many replies it holds back.

sub held { return content("$_[0]{file}.held") // 0 }


# What it is told and what it tells goes by files, each whole at any moment.

sub put {
    my ($file, $text) = @_;

    open my $out, '>', "$file.new" or die "$file: $!\n";
    print $out $text;
    close $out;
    rename "$file.new", $file or die "$file: $!\n";
}


sub content {
    my ($file) = @_;

    open my $in, '<', $file or return;
    return scalar <$in>;
}


sub stop {
    my ($self) = @_;
    end_process($self->{pid}, 'TERM') if $self->{owner} == $$;
}


sub serve {
    my ($self, $listen) = @_;

    my $select = IO::Select->new($listen);
    my (%peer, %asked, %is_nginx, @held);
    my $passed = 0;

    my $close = sub {
        my @pair = ($_[0], $peer{ $_[0] } || ());
        for my $s (@pair) {
            $select->remove($s);
            delete $peer{$s};
            close $s;
        }
    };

    while (1) {
        my @ready = $select->can_read(@held ? POLL : undef);

        if (@held) {
            my ($most) = $self->mode =~ /^hold (\d+)/;
            while (@held && (!defined $most || $passed < $most)) {
                my ($to, $bytes) = @{ shift @held };
                syswrite $to, $bytes;
                $passed++;
            }
            put("$self->{file}.held", scalar @held);
        }

        for my $s (@ready) {

            if ($s == $listen) {
                my $nginx = $listen->accept or next;
                my $mode = $self->mode;
                next if $mode eq 'refuse';

                if ($mode eq 'silent') {
                    $select->add($nginx);
                    $peer{$nginx} = undef;
                    next;
                }

                my $redis = IO::Socket::UNIX->new(
                    Peer => "$self->{dir}/redis.sock") or next;
                ($peer{$nginx}, $peer{$redis}) = ($redis, $nginx);
                $is_nginx{$nginx} = 1;
                delete $is_nginx{$redis};
                $asked{$nginx} = $asked{$redis} = 0;
                $select->add($nginx, $redis);
                next;
            }

            next unless exists $peer{$s};

            my $n = sysread $s, my $bytes, 65536;
            if (!$n) {
                $close->($s);
                next;
            }

            my $to = $peer{$s} or next;

            if ($is_nginx{$s}) {
                $asked{$to} = 1 if $bytes =~ /EVALSHA|HGETALL/i;
                syswrite $to, $bytes;
                next;
            }

            my $mode = $asked{$s} ? $self->mode : 'pass';

            if ($mode =~ /^hold/) {
                push @held, [$to, $bytes];
                next;
            }

            if ($mode eq 'bytes') {
                syswrite $to, $_ for split //, $bytes;
                next;
            }

            syswrite $to, $bytes if $mode eq 'pass';
            syswrite $to, substr $bytes, 0, $n / 2 if $mode eq 'half';
            syswrite $to, "HTTP/1.1 400 Bad Request\r\n\r\n"
                if $mode eq 'garbage';
            $close->($s) if $mode eq 'cut' || $mode eq 'half';
        }
    }
}


1;
