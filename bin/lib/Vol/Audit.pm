package Vol::Audit;

# vol audit: has the books checked against the ledger, by the server.

use strict;
use warnings;

use Time::HiRes qw( time sleep );

use Vol::HTTP;
use Vol::Show qw( say_out note fail progress progress_end count plural );

use constant HINT => 30;        # seconds without progress
use constant STUCK => 600;
use constant PAGE => 100;

my %PHASES = (
    seals => 'the seals of the ledger',
    ledger => 'the entries of the ledger',
    accounts => 'the accounts',
    offers => 'the offers',
    index => 'the lists of entries',
    books => 'the totals',
    keys => 'what else there is',
);


sub run {
    my ($class, $options) = @_;

    my $http = Vol::HTTP->new($options);
    my $audit = $http->ask('POST', 'audit');

    if ($options->{'no-wait'}) {
        say_out('The audit is running. "vol audit" waits for its end and '
                . 'tells what it found.');
        return 0;
    }

    return report($http, wait_for_end($http, $audit));
}


sub wait_for_end {
    my ($http, $audit) = @_;

    my ($mine, $pause, $moved, $hinted) = ($audit->{audit}, 0.2, time);
    my $before = '';

    while ($audit->{state} ne 'done') {
        my ($done, $total) = (0, 0);
        for (values %{ $audit->{progress} || {} }) {
            $done += $_->{done};
            $total += $_->{total};
        }
        my $phase = $audit->{phase} // '';
        progress($PHASES{$phase} // 'the audit', $done, $total);

        if ("$phase $done" ne $before) {
            $before = "$phase $done";
            $moved = time;
            $hinted = 0;
        }
        if (time - $moved > HINT && !$hinted++) {
            note('the audit does not move. Workers of nginx do it: is '
                 . 'vol_duties on in the location of the points API?');
        }
        fail('the audit has not moved for ten minutes; nginx\'s error log may '
             . 'say why.') if time - $moved > STUCK;

        sleep($pause);
        $pause = 1 if ($pause *= 2) > 1;

        $audit = $http->persist(sub { $http->ask('GET', 'audit?limit=1') });

        # somebody else's that began since is as good
        fail('the audit is gone; was the district\'s Redis emptied?')
            if defined $mine && ($audit->{audit} // $mine) < $mine;
    }

    progress_end();
    return $audit;
}


sub report {
    my ($http, $audit) = @_;

    my $mismatches = $audit->{mismatches} // 0;
    my $shown = 0;
    my $after;

    while ($mismatches) {
        my $page = $http->persist(sub {
            $http->ask('GET', 'audit?limit=' . PAGE
                       . (defined $after
                          ? '&after=' . Vol::HTTP::escaped($after) : ''))
        });
        for (@{ $page->{found} || [] }) {
            say_out(line($_));
            $shown++;
        }
        last if !defined $page->{next}
                || defined $after && $page->{next} eq $after;
        $after = $page->{next};
    }

    say_out('and ' . count($mismatches - $shown) . ' more')
        if $mismatches > $shown;

    if (($audit->{verdict} // '') ne 'clean' || $mismatches) {
        say_out(plural($mismatches, 'mismatch', 'mismatches') . '.');
        return 1;
    }

    my $progress = $audit->{progress} || {};
    my ($entries, $accounts) = map { $progress->{$_}{done} // 0 }
                               qw( entries accounts );
    say_out('The books are right: ' . plural($entries, 'entry', 'entries')
            . ' and ' . plural($accounts, 'account') . ' agree'
            . (defined $audit->{finished} ? ", at $audit->{finished}" : '')
            . '.');
    return 0;
}


# "account 1001 balance: expected 12, found 13 (...)"

sub line {
    my ($f) = @_;

    my $line = join ' ', grep { defined && $_ ne '' } @$f{qw( what id field )};
    my @told;
    push @told, "expected $f->{expected}" if ($f->{expected} // '') ne '';
    push @told, "found $f->{found}" if ($f->{found} // '') ne '';
    my $detail = $f->{detail} // '';

    return $line . (@told ? ': ' . join(', ', @told)
                            . ($detail ne '' ? " ($detail)" : '')
                    : $detail ne '' ? ": $detail" : '');
}


1;
