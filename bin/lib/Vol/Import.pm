package Vol::Import;

# vol import: lines of JSON into the district.  The server does them in their
# order and tells how far it is, so an import that is cut goes on behind what is
# known to be done; what may be done or not is sent again, and known by its key.

use strict;
use warnings;

use JSON::PP ();

use Vol::HTTP;
use Vol::Show qw( fail give_up note say_out progress progress_end count plural
                  shown );

use constant PIECE => 65536;
use constant LINE => 4 << 20;           # what is longer is no line

my $json = JSON::PP->new->utf8;


sub run {
    my ($class, $options, $name) = @_;
    my $import = $class->new(Vol::HTTP->new($options), $name);
    return $import->finish;
}


# Options: change, what to make of whole lines before they are sent; a line
# stays one, and may be blank.

sub new {
    my ($class, $http, $name, %o) = @_;

    my $self = bless {
        http => $http, name => $name, change => $o{change},
        done => 0, replayed => 0,       # of attempts that have ended
        now => {},                      # figures of the one under way
        bad => '', nbad => 0, last_bad => 0,    # numbers of lines, as bits
    }, $class;

    if ($name eq '-') {
        $self->{in} = \*STDIN;
        # what came from a pipe is kept, to be sent again
        open $self->{kept}, '+>', undef
            or fail("there is no place for a temporary file: $!.")
            unless -f STDIN;
    } else {
        open $self->{in}, '<', $name
            or fail(shown($name) . " can't be read: $!.");
        fail(shown($name) . ' is a directory.') if -d $self->{in};
    }
    binmode $self->{in};

    my $size = -f $self->{in} ? -s _ : 0;
    $self->{size} = $size;
    $self->{origin} = $size ? sysseek $self->{in}, 0, 1 : 0;

    return $self;
}


# Runs it to its end, says how it went and returns vol's exit status.

sub finish {
    my ($self) = @_;

    my $ok = eval {
        $self->{http}->persist(sub { $self->attempt },
                               sub { $self->{done} + $self->{replayed}
                                     + $self->{nbad} });
        1;
    };
    my $fault = $@;
    progress_end();
    die $fault unless $ok || ref $fault;

    my ($done, $known, $bad) = @$self{qw( done replayed nbad )};
    my $figures = plural($done + $known + $bad, 'line') . ': ' . count($done)
                  . ' done, ' . count($known) . ' known already, '
                  . count($bad) . ' bad';

    if (!$ok) {
        my $passes = $fault->{cut} || $fault->{again};
        die $fault unless $passes || $done + $known + $bad;
        say_out("Not finished after $figures.");
        fail($fault->{sentence} . ($passes ? ' The same command does the rest; '
                                             . 'what is done is not done twice.'
                                           : ''));
    }

    say_out("$figures.");
    return $bad ? 1 : 0;
}


sub attempt {
    my ($self) = @_;

    $self->rewind;
    $self->{now} = {};
    undef $self->{result};
    my $rest = '';

    my $ok = eval {
        $self->{http}->exchange('POST', 'import',
            type => 'application/x-ndjson',
            give => sub { $self->give },
            begin => sub {
                my ($headers) = @_;
                give_up("what $self->{http}{url} answers is no import.")
                    if ($headers->{'content-type'} // '')
                       !~ m{\Aapplication/x-ndjson\b};
            },
            take => sub {
                $rest .= $_[0];
                $self->told($1) while $rest =~ s/\A([^\n]*)\n//;
            });
        1;
    };
    my $fault = $@;

    $self->{done} += $self->{now}{done} // 0;
    $self->{replayed} += $self->{now}{replayed} // 0;
    $self->{now} = {};
    die $fault unless $ok;

    my $result = $self->{result}
                 // give_up('the connection was cut before all had been done.',
                            again => 1);
    return if $result->{complete};

    my $problem = $result->{problem} || {};
    my ($type) = ($problem->{type} // '') =~ /([^:]*)\z/;
    my $passes = $type =~ /\A(?:store-unavailable|outcome-unknown)\z/;
    give_up(($passes ? 'the points system can\'t reach its Redis at present'
             : $type eq 'body-too-large'
             ? 'the server does not take a body as long as this: see '
               . 'client_max_body_size of nginx'
             : 'the server stopped: ' . ($problem->{detail}
                                         // $problem->{title} // 'it does not '
                                         . 'say why')) . '.',
            again => $passes || $type eq 'about:blank' || $type eq 'blank');
}


# What the server says: a line that is bad, how far it is, or the end.

sub told {
    my ($self, $text) = @_;

    my $told = eval { $json->decode($text) };
    give_up('the answer to the import is not understood.')
        unless ref $told eq 'HASH';

    if (my $figures = $told->{progress} || $told->{result}) {
        $self->{now} = $figures;
        $self->{result} = $told->{result};

    } elsif (($told->{line} // '') =~ /\A\d+\z/
             && !vec $self->{bad}, $told->{line}, 1)
    {
        my $n = $told->{line};
        vec($self->{bad}, $n, 1) = 1;
        $self->{nbad}++;
        $self->{last_bad} = $n if $n > $self->{last_bad};
        say_out("line $n" . (defined $told->{key} ? " (key $told->{key})" : '')
                . ': ' . reason($told));
    }

    my $done = 0;
    $done += $_ // 0 for @$self{qw( done replayed nbad )},
                         @{ $self->{now} }{qw( done replayed )};
    progress('import', $self->{sent}, $self->{size}, plural($done, 'line'));
}


sub reason {
    my ($told) = @_;

    my $reason = $told->{detail} // $told->{title} // $told->{type}
                 // 'refused';
    return defined $told->{field} ? "$told->{field}: $reason" : $reason;
}


# From the beginning, for an attempt.

sub rewind {
    my ($self) = @_;

    sysseek $self->{in}, $self->{origin}, 0 if $self->{size};
    sysseek $self->{kept}, 0, 0 if $self->{kept};
    @$self{qw( rest number good sent over )} = ('', 0, 0, 0, 0);
    $self->{again} = $self->{kept} ? -s $self->{kept} : 0;

    # what attempts before this one have done
    $self->{skip} = $self->{done} + $self->{replayed};
    $self->{skip_bad} = $self->{last_bad};
}


# The next bytes of the body.

sub give {
    my ($self) = @_;

    while (1) {
        return if $self->{over};

        my $n = $self->piece(my $bytes);
        $self->{rest} .= $bytes if $n;
        $self->{over} = !$n;

        # gzip, ZIP, Zstandard
        give_up(shown($self->{name}) . ' is compressed; unpacked, as by "zcat '
                . 'FILE | vol import -", it can be read.')
            if !$self->{sent}
               && $self->{rest} =~ /\A(?:\x1f\x8b|PK\x03\x04|\x28\xb5\x2f)/;
        $self->{sent} += $n;

        my $end = $self->{over} ? length $self->{rest}
                                : 1 + rindex $self->{rest}, "\n";
        if (!$end) {
            give_up('this is no file of lines: one is longer than '
                    . plural(LINE, 'byte') . '.')
                if length $self->{rest} > LINE;
            next;
        }

        my $lines = substr $self->{rest}, 0, $end, '';
        $lines = $self->{change}->($lines) if $self->{change};
        $lines = $self->without_done($lines)
            if $self->{skip} || $self->{skip_bad};
        return $lines if $lines ne '';
    }
}


sub piece {
    my ($self) = @_;

    while (1) {
        my $from = $self->{again} > 0 ? $self->{kept} : $self->{in};
        my $n = sysread $from, $_[1], PIECE;

        next if !defined $n && $!{EINTR};
        give_up(shown($self->{name}) . " can't be read: $!.")
            unless defined $n;

        if ($self->{again} > 0) {
            $self->{again} -= $n;
        } elsif ($self->{kept} && $n) {
            syswrite($self->{kept}, $_[1]) == $n
                or give_up("the temporary file can't be written: $!.");
        }
        return $n;
    }
}


# Blank lines instead of those that were told to be bad, and of as many others
# as were done: the server does them in their order.

sub without_done {
    my ($self, $lines) = @_;

    return $lines if $self->{good} >= $self->{skip}
                     && $self->{number} >= $self->{skip_bad};

    my $left = '';
    for ($lines =~ /([^\n]*\n|[^\n]+)/g) {
        my $number = ++$self->{number};
        # what the server doesn't count; the end of an export is such a line
        my $blank = /\A(?:\xef\xbb\xbf)?(?:\{"end":\{[^\n]*\})?[ \t\r]*\n?\z/;

        if (!$blank && vec $self->{bad}, $number, 1) {
            $left .= "\n";
        } elsif (!$blank && $self->{good} < $self->{skip}) {
            $self->{good}++;
            $left .= "\n";
        } else {
            $left .= $_;
        }
    }
    return $left;
}


1;
