package VolBench::Callgrind;

# Instructions of a process that valgrind's callgrind runs: how many it took
# since it was last asked, and in which functions.

use strict;
use warnings;

use VolTest::Process qw( wait_for );

use Exporter 'import';
our @EXPORT_OK = qw( callgrind );


# The words that run a command under callgrind, with its files in $dir.

sub callgrind {
    my ($dir) = @_;
    return ('valgrind', '-q', '--tool=callgrind',
            '--trace-children=yes',      # else a forked worker can't be asked
            "--callgrind-out-file=$dir/callgrind.%p");
}


# A gauge of the process $pid, whose files are in $dir.

sub new {
    my ($class, $dir, $pid) = @_;
    return bless { dir => $dir, pid => $pid, dumps => 0 }, $class;
}


# Forgets what was counted.

sub zero { control($_[0], '--zero') }


# What was counted since; newest is callgrind's file of it.

sub taken {
    my ($self) = @_;

    my $file = "$self->{dir}/callgrind.$self->{pid}." . ++$self->{dumps};
    control($self, '--dump');

    my $text = wait_for(sub { counted($file) })
               or die "callgrind wrote no $file\n";
    $self->{newest} = $file;
    return ($text =~ /^totals: (\d+)/m)[0];
}


# callgrind's file when it is whole: its totals come last

sub counted {
    my ($file) = @_;

    open my $in, '<', $file or return;
    my $text = do { local $/; <$in> };
    return $text =~ /^totals: /m ? $text : undef;
}


sub control {
    my ($self, $what) = @_;

    my $told = `callgrind_control $what $self->{pid} 2>&1`;
    $told =~ /\bOK\b/ or die "callgrind does not do $what:\n$told";
}


# The functions that took most, [instructions, name] each: by themselves, or
# with all that they call.

sub functions {
    my ($file, $most, $inclusive) = @_;

    open my $in, '-|', 'callgrind_annotate', '--show=Ir', '--threshold=100',
         '--auto=no', '--inclusive=' . ($inclusive ? 'yes' : 'no'),
         without_waiting($file)
        or die "callgrind_annotate: $!\n";

    my (@found, %seen);
    while (defined(my $line = <$in>)) {
        my ($count, $name) = $line =~ m{^\s*([\d,]+)\ \([\s\d.]+%\)
                                        \s+(\S.*?)\s*$}x or next;
        next if $name eq 'PROGRAM TOTALS' || @found == $most;
        $count =~ tr/,//d;
        # a function may stand there with its object and without
        push @found, [$count, short($name)]
            unless $seen{ short($name) =~ s/ \[.*//r }++;
    }
    close $in;

    return @found;
}


# What was under way when counting began stands in callgrind's file as a call
# made no times, whose cost callgrind_annotate takes for the caller's own.

sub without_waiting {
    my ($file) = @_;

    my $text = counted($file);
    $text =~ s/^calls=0 .*\n.*\n//mg;

    open my $out, '>', "$file.made" or die "$file.made: $!\n";
    print $out $text;
    close $out or die "$file.made: $!\n";
    return "$file.made";
}


# "dir/file.c:function [/usr/lib/object.so]" without what says nothing

sub short {
    my ($name) = @_;

    $name =~ s{ \[(?:.*/)?([^/\]]*)\]\z}{ [$1]};
    $name =~ s{\A\S*/(?=[^/\s]+:)}{};
    $name =~ s{\A\?\?\?:}{};
    return $name;
}


1;
