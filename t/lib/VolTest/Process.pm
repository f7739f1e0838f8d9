package VolTest::Process;

# Waiting for conditions, never for the clock; ending processes by their pid.

use strict;
use warnings;

use POSIX qw( WNOHANG );
use Time::HiRes ();

use Exporter 'import';
our @EXPORT_OK = qw( wait_for end_process children gone );

our $PATIENCE = 60;     # seconds until a condition counts as never coming


# Polls until the condition holds and returns what it gave; false in the end.

sub wait_for {
    my ($condition, $patience) = @_;

    my $end = Time::HiRes::time() + ($patience || $PATIENCE);

    do {
        my $value = $condition->();
        return $value if $value;
        Time::HiRes::sleep(0.02);
    } while (Time::HiRes::time() < $end);

    return;
}


sub children {
    my ($pid) = @_;

    open my $in, '<', "/proc/$pid/task/$pid/children" or return;
    return split ' ', <$in> // '';
}


# A child of ours has ended (its status is kept); a stranger is no more, or no
# more than a zombie that nobody has waited for yet.

my %status;

sub gone {
    my ($pid) = @_;

    my $waited = waitpid($pid, WNOHANG);

    if ($waited == $pid) {
        $status{$pid} = $?;
        return 1;
    }
    if ($waited == 0) {         # of one that had the number before, maybe
        delete $status{$pid};
        return 0;
    }

    return 1 if exists $status{$pid};

    open my $in, '<', "/proc/$pid/stat" or return 1;
    return (<$in> // '') =~ /\) Z / ? 1 : 0;
}


# Sends the signal, waits, and at last kills, the process's own children too.
# Returns its wait status, "killed" when it had to be.

sub end_process {
    my ($pid, $signal, $patience) = @_;

    local ($?, $!);

    my @family = children($pid);
    kill $signal, $pid;

    if (wait_for(sub { gone($pid) }, $patience || 20)) {
        my $ended = delete $status{$pid};
        wait_for(sub { !grep { !gone($_) } @family }, 5);
        kill 'KILL', $_ for grep { !gone($_) } @family;
        return $ended // 0;
    }

    @family = (@family, children($pid));
    kill 'KILL', $pid, @family;
    wait_for(sub { gone($pid) }, 5);
    delete $status{$pid};
    return 'killed';
}


1;
