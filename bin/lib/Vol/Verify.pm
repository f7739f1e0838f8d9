package Vol::Verify;

# vol verify: an exported ledger against seals, without the server.  Both files
# are read once, side by side.  Where the digest of a seal differs, the next
# begins anew from what that seal says, so each is judged for itself.

use strict;
use warnings;

use Digest::SHA qw( sha256_hex );

use Vol::Seals qw( order );
use Vol::Show qw( fail say_out progress progress_end count plural shown );
use Vol::SM3 qw( sm3_hex );

use constant TOLD => 100;       # findings; what is more is counted
use constant HELD => 2000;      # lines of a seal, to find the one at fault
use constant HELD_SM3 => 100;
use constant ZEROS => '0' x 64;

my %DIGEST = (sha256 => \&sha256_hex, sm3 => \&sm3_hex);


sub run {
    my ($class, $options, $ledger, $seals) = @_;

    my $algorithm = $options->{algorithm};
    fail('--algorithm is sha256 or sm3.')
        if defined $algorithm && !$DIGEST{$algorithm};

    return $class->new($ledger, Vol::Seals->new($seals, $algorithm))->verify;
}


sub new {
    my ($class, $name, $seals) = @_;

    open my $in, '<', $name or fail(shown($name) . " can't be read: $!.");
    fail(shown($name) . ' is a directory.') if -d $in;

    return bless {
        in => $in, name => $name, size => -s $in, seals => $seals,
        roots => $seals->are_roots,
        digest => ZEROS,        # of the last seal that is done
        last => '0-0',          # entry
        floor => '0-0',         # the last entry of the last seal
        entries => 0, sealed => 0, nseals => 0, unsealed => 0, unlisted => 0,
        nfound => 0, notes => [],
    }, $class;
}


sub verify {
    my ($self) = @_;

    $self->{ahead} = $self->read;
    $self->next_seal;

    while (my $entry = $self->next_entry) {
        $self->entry($entry);
    }
    $self->close_seal while $self->{seal};
    $self->missing_end;
    $self->file_end;
    progress_end();

    return $self->verdict;
}


# The ledger

# The next entry of the file: [number, id, line].  What is none is found.

sub read {
    my ($self) = @_;

    my $in = $self->{in};
    while (defined(my $line = <$in>)) {
        $line =~ s/\r?\n\z//;
        $line =~ s/\A\xef\xbb\xbf// if $. == 1;
        next if $line eq '';

        progress('verify', tell $in, $self->{size},
                 count($self->{entries}) . ' entries') unless $. % 4096;

        if ($line =~ /\A\{"entry":"(\d{1,15}-\d{1,15})","type":"/) {
            $self->{beyond_end} = $. if $self->{end};
            return [$., $1, $line];
        }
        if ($line =~ /\A\{"end":\{"lines":(\d+)/) {
            $self->{end} = [$., $1];
            next;
        }

        fail(shown($self->{name}) . ' is no export of a ledger: its first line '
             . 'is not as "vol export ledger" writes it.')
            unless $self->{entries} || $self->{ahead} || $self->{strange};
        $self->{strange}++;
        $self->found("line $.: is no entry as an export writes it");
    }
    return;
}


# The next one that stands where its id belongs.

sub next_entry {
    my ($self) = @_;

    while (my $entry = $self->{ahead}) {
        $self->{ahead} = $self->read;
        $self->{entries}++;

        my ($number, $id) = @$entry;
        my $ahead = $self->{ahead};
        my $odd = order($id, $self->{last}) <= 0
                  ? $id eq $self->{last} ? 'stands there twice'
                                         : "stands behind $self->{last}"
                  : $ahead && order($ahead->[1], $id) < 0
                    && order($ahead->[1], $self->{last}) > 0
                  ? "stands before $ahead->[1]" : undef;

        if (!defined $odd) {
            $self->{last} = $id;
            return $entry;
        }

        $self->found("line $number, entry $id: $odd: it was moved, or put in");
        push @{ $self->{odd} }, $entry
            if $self->{seal} && order($id, $self->{floor}) > 0
               && order($id, $self->{seal}{seal}) <= 0
               && @{ $self->{odd} || [] } < HELD;
    }
    return;
}


sub entry {
    my ($self, $entry) = @_;

    my ($number, $id, $line) = @$entry;

    $self->close_seal
        while $self->{seal} && order($id, $self->{seal}{seal}) > 0;

    my $seal = $self->{seal};
    if (!$seal) {
        $self->{unsealed}++;
        $self->{first_unsealed} //= $id;
        return;
    }

    # entries before the first that the seal names
    if (!$self->{begun} && defined $seal->{first}
        && order($id, $seal->{first}) < 0)
    {
        my $gap = $self->{gap} //= { digest => $self->{digest}, n => 0,
                                     first => $entry, held => [] };
        $gap->{digest} = hashed($seal, $gap->{digest}, $line);
        $gap->{n}++;
        $gap->{last} = $entry;
        push @{ $gap->{held} }, $entry if @{ $gap->{held} } < TOLD;
        return;
    }

    $self->begin_seal($entry) unless $self->{begun};

    $self->{now} = hashed($seal, $self->{now}, $line);
    $self->{doubt}{now} = hashed($seal, $self->{doubt}{now}, $line)
        if $self->{doubt};
    $self->{seen}++;
    $self->{last_seen} = $id;
    $self->{last_line} = $number;
    push @{ $self->{held} }, $entry
        if @{ $self->{held} } <= ($seal->{algorithm} eq 'sm3' ? HELD_SM3
                                                              : HELD);
}


sub hashed {
    my ($seal, $digest, $line) = @_;
    my $function = $DIGEST{ $seal->{algorithm} } || return $digest;
    return $function->("$digest\n$line\n");
}


# Seals

sub next_seal {
    my ($self) = @_;

    while (1) {
        my $seal = $self->{ahead_seal} // $self->{seals}->next;
        undef $self->{ahead_seal};
        $self->{seal} = $seal;
        @$self{qw( begun gap seen held odd first_seen last_seen now )}
            = (0, undef, 0, [], [], undef, undef, $self->{digest});
        return unless $seal;

        my $order = order($seal->{seal}, $self->{floor});
        if ($order > 0) {
            $self->{nseals}++;
            $self->{first_day} //= $seal->{on};
            return;
        }

        $self->found("seal $seal->{seal} ($seal->{on}): "
                     . ($order ? 'stands behind a later one'
                               : 'is there twice'));
    }
}


# The seal's first entry is here: does it begin where the one before ended?

sub begin_seal {
    my ($self, $entry) = @_;

    my ($seal, $gap) = @$self{qw( seal gap )};
    $self->missing_end if $self->{missing};
    $self->{begun} = 1;
    $self->{first_seen} = $entry->[1];

    my $previous = $seal->{previous} // return;
    my $digest = $self->{digest};
    $self->{now} = $self->{digest} = $previous;

    if ($gap && $previous eq $digest) {
        $self->found("line $_->[0], entry $_->[1]: was put in: no seal covers "
                     . 'it') for @{ $gap->{held} };
        my $more = $gap->{n} - @{ $gap->{held} };
        $self->found('and ' . plural($more, 'entry', 'entries') . ' behind it',
                     $more) if $more;

    } elsif ($gap && $previous eq $gap->{digest}) {
        $self->{sealed} += $gap->{n};
        push @{ $self->{notes} },
             plural($gap->{n}, 'entry', 'entries') . ' from '
             . "$gap->{first}[1] to $gap->{last}[1] are in no seal of the "
             . 'file; the seal behind them proves them';

    } elsif ($gap) {
        $self->found('lines ' . "$gap->{first}[0] to $gap->{last}[0], entries "
                     . "$gap->{first}[1] to $gap->{last}[1]: the seal of these "
                     . 'is not in the file, and they are not as they were when '
                     . "seal $seal->{seal} followed");

    } elsif ($previous ne $digest && $self->{floor} eq '0-0') {
        $self->found("entry $entry->[1]: the ledger does not begin with it; "
                     . 'what comes before is not in the file');

    } elsif ($previous ne $digest) {
        $self->found(name_of($seal) . ": does not follow seal $self->{floor}: "
                     . 'a seal between them was taken out with its entries, or '
                     . 'one of the two was changed');
    }
}


# No more entries of this seal are to come.

sub close_seal {
    my ($self) = @_;

    my $seal = $self->{seal};
    my $next = $self->{seals}->next;
    my $digest = $seal->{digest};

    # was it the root before this one that was changed, or its entries?
    if (my $doubt = delete $self->{doubt}) {
        if ($self->{begun} && $doubt->{now} eq $digest) {
            $self->found("$doubt->{name}: the root was changed: the next one "
                         . 'proves the entries of that day');
            $self->{now} = $digest;
        } else {
            $self->found($doubt->{told});
        }
    }

    if (!$self->{begun}) {
        # of what comes before it nothing is known either
        my $missing = $self->{missing} //= { from => $seal, seals => 0,
                                             entries => 0 };
        $missing->{to} = $seal;
        $missing->{seals}++;
        $missing->{entries} += $seal->{entries} // 0;
        $self->gap_before_nothing if $self->{gap};

    } elsif (!$DIGEST{ $seal->{algorithm} }) {
        $self->found(name_of($seal) . ": its algorithm, $seal->{algorithm}, "
                     . 'is not known here');

    } elsif ($self->{now} eq $digest) {
        $self->{sealed} += $self->{seen};
        $self->{last_day} = $seal->{on};
        $self->seal_says if defined $seal->{entries};

    } else {
        $digest = $self->differs($next);
    }

    $self->{digest} = $digest;
    $self->{floor} = $seal->{seal};
    $self->{ahead_seal} = $next;
    $self->next_seal;
}


# Its digest is right; so is what else it says, unless it was changed.

sub seal_says {
    my ($self) = @_;

    my $seal = $self->{seal};
    $self->found(name_of($seal) . ': was changed: it says '
                 . plural($seal->{entries}, 'entry', 'entries') . ' from '
                 . "$seal->{first} to $seal->{seal}, but its digest is that of "
                 . plural($self->{seen}, 'entry', 'entries') . ' from '
                 . "$self->{first_seen} to $self->{last_seen}")
        if $seal->{entries} != $self->{seen}
           || $seal->{first} ne $self->{first_seen}
           || $seal->{seal} ne $self->{last_seen};
}


# Its digest is not that of its entries.  Finds out as much as can be known, and
# returns the digest to go on with.

sub differs {
    my ($self, $next) = @_;

    my ($seal, $seen, $held) = @$self{qw( seal seen held )};
    my $whole = @$held == $seen;
    my $expected = $seal->{entries};

    # the order was told already; is it all?
    if ($whole && @{ $self->{odd} }) {
        my $now = $self->{digest};
        my ($last, $twice) = '';
        for (sort { order($a->[1], $b->[1]) } @$held, @{ $self->{odd} }) {
            next if $_->[1] eq $last;
            $last = $_->[1];
            $now = hashed($seal, $now, $_->[2]);
        }
        return $now if $now eq $seal->{digest};
    }

    if ($next && defined $next->{previous} && $next->{previous} eq $self->{now})
    {
        $self->found(name_of($seal) . ': the seal was changed: its entries are '
                     . 'as the seal behind it says');
        return $self->{now};
    }

    if ($whole && (!defined $expected || $seen == $expected + 1)) {
        my $extra = $self->extra;
        if ($extra) {
            $self->found("line $extra->[0], entry $extra->[1]: was put in; "
                         . 'without it the digest of ' . name_of($seal)
                         . ' is right');
            return $seal->{digest};
        }
    }

    my @facts;
    push @facts, "entry $seal->{first}, its first, is missing"
        if defined $seal->{first} && $seal->{first} ne $self->{first_seen};
    push @facts, "entry $seal->{seal}, its last, is missing"
        if $seal->{seal} ne $self->{last_seen};

    my $short = defined $expected ? $expected - $seen : 0;
    my $what = !defined $expected
        ? 'of its ' . plural($seen, 'entry', 'entries')
          . ' some were changed, taken out or put in'
        : $short > 0 ? plural($short, 'entry was', 'entries were')
                       . ' taken out of its ' . count($expected)
        : $short < 0 ? plural(-$short, 'entry was', 'entries were')
                       . ' put in to its ' . count($expected)
        : @facts ? 'entries were taken out, and as many put in or changed'
        : 'one or more of its ' . plural($seen, 'entry', 'entries')
          . ' were changed';

    my $told = join '; ', name_of($seal) . ": $what", @facts,
                          "these are lines $held->[0][0] to $self->{last_line}";

    # roots don't say what is before them: the next one's digest does
    if ($next && !defined $next->{previous}) {
        $self->{doubt} = { name => name_of($seal), told => $told,
                           now => $self->{now} };
    } else {
        $self->found($told);
    }
    return $seal->{digest};
}


# The one entry without which the digest is right, when one is.

sub extra {
    my ($self) = @_;

    my ($seal, $held) = @$self{qw( seal held )};
    my $before = $self->{digest};

    for my $i (0 .. $#$held) {
        my $digest = $before;
        $digest = hashed($seal, $digest, $held->[$_][2]) for $i + 1 .. $#$held;
        return $held->[$i] if $digest eq $seal->{digest};
        $before = hashed($seal, $before, $held->[$i][2]);
    }
    return;
}


# "seal 1-0 of 2026-04-08 (entries 1-0 to 9-0)"

sub name_of {
    my ($seal) = @_;

    return defined $seal->{first}
           ? "seal $seal->{seal} of $seal->{on} (entries $seal->{first} to "
             . "$seal->{seal})"
           : "$seal->{on}, to entry $seal->{seal}";
}


# Entries that stand where a seal lacks all of its own.

sub gap_before_nothing {
    my ($self) = @_;

    my $gap = $self->{gap};
    $self->found("lines $gap->{first}[0] to $gap->{last}[0], entries "
                 . "$gap->{first}[1] to $gap->{last}[1]: no seal of the file "
                 . 'covers them');
}


sub missing_end {
    my ($self) = @_;

    my $missing = delete $self->{missing} or return;
    my ($from, $to) = @$missing{qw( from to )};

    my $which = $missing->{entries}
        ? "the entries from $from->{first} to $to->{seal}, "
          . count($missing->{entries}) . ' of '
          . plural($missing->{seals}, 'seal') . ','
        : $missing->{seals} == 1
        ? "all entries of $from->{on}, to $to->{seal},"
        : "all entries of $from->{on} to $to->{on}, to $to->{seal},";
    $self->found("$which are missing");
}


# Results

sub found {
    my ($self, $text, $n) = @_;

    $self->{nfound} += $n // 1;
    say_out($text) if $self->{told}++ < TOLD;
}


sub file_end {
    my ($self) = @_;

    my $end = $self->{end};
    if (!$end) {
        push @{ $self->{notes} }, 'the file has no end: it may have been cut '
                                  . 'behind its last line';
    } elsif ($self->{beyond_end}) {
        $self->found("line $end->[0]: is the end of an export, but entries "
                     . 'stand behind it');
    } elsif ($end->[1] != $self->{entries} + ($self->{strange} // 0)) {
        $self->found("line $end->[0]: says that there are "
                     . plural($end->[1], 'line') . ', but there are '
                     . count($self->{entries} + ($self->{strange} // 0)));
    }
}


sub verdict {
    my ($self) = @_;

    fail('there is no seal to verify by.') unless $self->{nseals};

    say_out('and ' . count($self->{told} - TOLD) . ' more')
        if ($self->{told} // 0) > TOLD;
    say_out("Note: $_.") for @{ $self->{notes} };

    my $by = $self->{roots} ? plural($self->{nseals}, 'root')
                            : plural($self->{nseals}, 'seal');
    my $open = $self->{unsealed}
               ? ' ' . plural($self->{unsealed}, 'entry', 'entries') . ' from '
                 . "$self->{first_unsealed} on "
                 . ($self->{unsealed} == 1 ? 'has' : 'have')
                 . ' no seal yet.' : '';

    if ($self->{nfound}) {
        say_out('The ledger is not as it was sealed: '
                . plural($self->{nfound}, 'finding') . ", by $by.$open");
        return 1;
    }

    say_out('The ledger is as it was sealed: '
            . plural($self->{sealed}, 'entry', 'entries') . " by $by, "
            . ($self->{first_day} eq $self->{last_day}
               ? $self->{last_day}
               : "$self->{first_day} to $self->{last_day}")
            . ".$open");
    return 0;
}


1;
