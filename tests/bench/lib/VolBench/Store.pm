package VolBench::Store;

# A private Redis with what every part gives it: AOF everysec, and no rewrite of
# the file in the middle of a round.

use strict;
use warnings;

use VolTest::Place qw( path );

use parent 'VolTest::Redis';

my @running;


sub new {
    my ($class, $name, @args) = @_;

    my $dir = path("$name.redis");
    mkdir $dir or die "$dir: $!\n";
    return $class->SUPER::new(
        dir => $dir, args => ['--auto-aof-rewrite-percentage', 0, @args]);
}


# Known before it is up, so that nothing stays when a part ends meanwhile.

sub start {
    my ($self) = @_;

    push @running, $self;
    return $self->SUPER::start;
}


sub stop_all { $_->stop('KILL') for splice @running }


sub info {
    my ($self, $section, $field) = @_;

    my ($value) = $self->command('INFO', $section) =~ /^$field:(.*?)\r$/m;
    return $value;
}


# User and system time of the server, in seconds.

sub cpu {
    my ($self) = @_;

    my $info = $self->command('INFO', 'cpu');
    my ($sys, $user) = map { $info =~ /^used_cpu_$_:([\d.]+)/m } qw( sys user );
    return $sys + $user;
}


1;
