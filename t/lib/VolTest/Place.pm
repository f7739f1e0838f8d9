package VolTest::Place;

# A suite's own place: a directory and loopback ports, gone when it ends.

use strict;
use warnings;

use File::Path ();
use File::Temp ();
use IO::Socket::INET;

use Exporter 'import';
our @EXPORT_OK = qw( dir path write_file read_file port clear );

my ($dir, @ports, @locks);


# Short, because a unix socket's path may have 107 bytes.

sub dir { $dir //= File::Temp::mkdtemp('/tmp/volXXXXXX') }


sub path { dir() . "/$_[0]" }


# Returns the path.

sub write_file {
    my ($name, $bytes) = @_;

    my $path = path($name);
    open my $out, '>', $path or die "$path: $!\n";
    print $out $bytes;
    close $out or die "$path: $!\n";
    return $path;
}


# "" for a file that is not there.

sub read_file {
    my ($name) = @_;

    open my $in, '<', path($name) or return '';
    local $/;
    return <$in> // '';
}


# The number of a port that nobody else has.  A UDP socket on the same number,
# held until the suite ends, tells the other suites that it is taken.

sub port {
    my ($i) = @_;

    $i ||= 0;

    until (defined $ports[$i]) {
        my $port = 10240 + int rand 20000;
        my $lock = IO::Socket::INET->new(Proto => 'udp', LocalPort => $port,
                                         LocalAddr => '127.0.0.1') or next;
        my $free = IO::Socket::INET->new(Proto => 'tcp', LocalPort => $port,
                                         LocalAddr => '127.0.0.1', Listen => 1,
                                         ReuseAddr => 1) or next;
        close $free;
        push @locks, $lock;
        $ports[$i] = $port;
    }

    return $ports[$i];
}


sub clear {
    File::Path::remove_tree($dir) if defined $dir;
    undef $dir;
}


1;
