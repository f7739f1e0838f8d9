package VolBench::YearDistrict;

# A year, brought in by POST /import and lived over HTTP, in a district of its
# own; how fast that was, and what Redis takes for it.

use strict;
use warnings;

use Time::HiRes ();

use VolBench::Memory qw( bytes_used bytes_by_kind );
use VolBench::Year;
use VolBench::YearWork;
use VolTest::Place qw( write_file );
use VolTest::Process qw( wait_for );

use parent 'VolBench::District';


# new(name => ..., year => a VolBench::Year)

sub new {
    my ($class, %o) = @_;

    my $key = write_file("$o{name}.key", 'bench' x 12 . "\n");
    $o{rules} = VolBench::Year::rules();
    $o{http} = "    vol_certificate_key $key;\n    vol_read_timeout 60s;\n";
    # duties write by themselves: they have their time when all is measured
    return $class->SUPER::new(%o, server => 'vol_duties off;');
}


# Loaded type by type: {type => {lines, seconds, rate, redis}}, redis being the
# microseconds of its CPU a line.

sub fill {
    my ($self) = @_;

    my $year = $self->{year};
    my $empty = $self->bytes;

    for my $type (@VolBench::Year::TYPES) {
        my ($start, $cpu);
        my $lines = $self->import_lines(sub {
            my ($out) = @_;
            $year->print_lines($type, $out);
            ($start, $cpu) = (Time::HiRes::time(), $self->{redis}->cpu);
        });
        my $took = Time::HiRes::time() - $start;
        $self->{load}{$type} = {
            lines => $lines, seconds => $took, rate => $lines / $took,
            redis => 1e6 * ($self->{redis}->cpu - $cpu) / $lines
        };
        $self->told($type, $self->{load}{$type}) if $self->{tell};
    }
    $self->{done} = VolBench::YearWork::do_all($year, $self);
    $self->weigh($empty);
}


sub told {
    my ($self, $type, $load) = @_;
    printf "%-12s %9d lines of type %-10s %7.1f s %8.0f a second, Redis"
           . " %.1f us each\n", $self->{name}, $load->{lines}, $type,
           @$load{qw( seconds rate redis )};
}


sub ask_redis {
    my ($self) = @_;
    return sub { $self->{redis}->command(@_) };
}


sub bytes { bytes_used($_[0]->ask_redis) }


# What all takes, what of it are the keys of lines, which last a day, and the
# rest by kind of key.

sub weigh {
    my ($self, $empty) = @_;

    my $kinds = bytes_by_kind($self->ask_redis);
    my $bytes = $self->bytes - $empty;
    my $passing = delete $kinds->{k} // 0;
    $self->{memory} = {
        bytes => $bytes, passing => $passing, kinds => $kinds,
        of_a_volunteer => ($bytes - $passing) / $self->{year}{volunteers},
        keys => $self->{redis}->command('DBSIZE'),
        entries => $self->{redis}->command('XLEN', 'vol:{bench}:ledger'),
    };
}


# An audit by an nginx of its own, whose workers do duties: {seconds, verdict,
# mismatches, found}; not done when it takes longer than so many seconds.

sub audit {
    my ($self, $most) = @_;

    $self->{auditor} = $self->start_nginx(
        %$self, name => "$self->{name}.audit",
        server => 'vol_duty_interval 100ms;');
    local $self->{nginx} = $self->{auditor};

    my $start = Time::HiRes::time();
    $self->ask(POST => 'audit');
    my $audit;
    my $ended = wait_for(sub {
        Time::HiRes::sleep(0.5);
        $audit = $self->ask(GET => 'audit');
        $audit->{state} eq 'done'
    }, $most);
    my $took = Time::HiRes::time() - $start;

    $self->{auditor}->stop;
    return { %$audit, done => $ended ? 1 : 0, seconds => $took };
}


1;
