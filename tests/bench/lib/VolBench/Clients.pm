package VolBench::Clients;

# Keep-alive clients: wrk with one of the scripts in wrk/, each of which tells
# at its end, in a line of JSON, what it did.

use strict;
use warnings;

use FindBin;
use JSON::PP ();
use POSIX ();

use Exporter 'import';
our @EXPORT_OK = qw( CLIENTS clients );

use constant CLIENTS => 64;

my $json = JSON::PP->new->utf8;


# clients(port, script, arguments of the script, {clients, seconds}): returns
# {requests, seconds, rate, latency => {percentile => ms}}.  Dies when an answer
# was not 2xx, or none came.

sub clients {
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
    my $text = do { local $/; <$out> } // '';
    close $out;

    my ($line) = $text =~ /^(\{.*\})$/m or die "wrk $script:\n$text";
    my $told = $json->decode($line);
    die "wrk $script: errors\n$text" if $told->{errors} || !$told->{requests};

    $told->{rate} = $told->{requests} / $told->{seconds};
    return $told;
}


1;
