package VolBench::Clients;

# Keep-alive clients: wrk with one of the scripts in wrk/, each of which tells
# at its end, in a line of JSON, what it did.

use strict;
use warnings;

use FindBin;
use JSON::PP ();
use POSIX ();

use Exporter 'import';
our @EXPORT_OK = qw( CLIENTS clients clients_while );

use constant {
    CLIENTS => 64,
    ENDLESS => 86_400,          # seconds
};

my $json = JSON::PP->new->utf8;
my %running;


# clients(port, script, arguments of the script, {clients, seconds}): returns
# {requests, seconds, rate, latency => {percentile => ms}}.  Dies when an answer
# was not 2xx, or none came.

sub clients {
    my ($port, $script, @arguments) = @_;
    return told(start($port, $script, @arguments));
}


# The same for as long as the code runs: returns what it gave, and what the
# clients told.

sub clients_while {
    my ($code, $port, $script, @arguments) = @_;

    my $running = start($port, $script, @arguments, { seconds => ENDLESS });
    my $gave = $code->();
    kill 'INT', $running->{pid};
    return ($gave, told($running));
}


sub start {
    my ($port, $script, @arguments) = @_;

    my %o = ref $arguments[-1] eq 'HASH' ? %{ pop @arguments } : ();

    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if ($pid == 0) {
        # scripts find the others in the directory they run in
        chdir "$FindBin::Bin/wrk" or POSIX::_exit(127);
        open STDERR, '>&', \*STDOUT;
        # a machine that is busy for seconds is no error
        exec 'wrk', '--timeout', '60s', '-t', 1, '-c', $o{clients} // CLIENTS,
             '-d', ($o{seconds} // VolBench::Rounds::seconds()) . 's',
             '-s', "$script.lua", "http://127.0.0.1:$port",
             '--', @arguments or POSIX::_exit(127);
    }
    my $running = { pid => $pid, out => $out, script => $script,
                    owner => $$ };
    return $running{$pid} = $running;
}


sub told {
    my ($running) = @_;

    my ($out, $script) = @$running{qw( out script )};
    my $text = do { local $/; <$out> } // '';
    close $out;
    delete $running{ $running->{pid} };

    my ($line) = $text =~ /^(\{.*\})$/m or die "wrk $script:\n$text";
    my $told = $json->decode($line);
    die "wrk $script: errors\n$text" if $told->{errors} || !$told->{requests};

    $told->{rate} = $told->{requests} / $told->{seconds};
    return $told;
}


sub stop_all {
    $_->{owner} == $$ && kill 'TERM', $_->{pid} for values %running;
    %running = ();
}


1;
