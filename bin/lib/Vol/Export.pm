package Vol::Export;

# vol export: a list of the district, to a file or to the standard output.  An
# export that is cut goes on behind the last line that came whole; in lists
# where a line does not say where it stands it begins anew.

use strict;
use warnings;

use Digest::SHA ();
use Fcntl qw( LOCK_EX LOCK_NB );
use IO::Handle ();
use JSON::PP ();
use Time::Local ();

use Vol::HTTP;
use Vol::Show qw( fail give_up note write_out progress progress_end plural
                  shown );

my $json = JSON::PP->new->utf8->allow_nonref;

my %WHAT = map { $_ => 1 } qw( ledger accounts vouchers registry seals merchants
                               offers funds orgs teams projects activities
                               signups shares needs selections certificates );


sub run {
    my ($class, $options, $what) = @_;

    my $format = $options->{format} // 'ndjson';
    fail("\"$what\" can't be exported; " . join(', ', sort keys %WHAT)
         . ' can.') unless $WHAT{$what};
    fail("--format is ndjson or csv, not \"$format\".")
        unless $format eq 'ndjson' || $format eq 'csv';

    my $name = $options->{output};
    my $sink = defined $name ? Vol::Export::File->new($name)
                             : Vol::Export::Output->new;
    my $export = Vol::Export->new(Vol::HTTP->new($options), $what, $sink,
                                  format => $format,
                                  after => $options->{after});

    eval { $export->fetch; 1 } or do {
        my $fault = $@;
        die $fault unless ref $fault;
        my $after = $export->cursor;
        my $into = defined $name ? ' into ' . shown("$name.part") : '';
        $fault->{sentence} .= ' ' . plural($export->{lines}, 'line') . ' came'
            . $into
            . (defined $after ? "; --after $after goes on behind them." : '.')
            if $export->{lines};
        fail($fault->{sentence});
    };

    $sink->commit;
    progress_end();
    note(plural($export->{lines}, 'line') . " of $what"
         . (defined $name ? ' in ' . shown($name) : '') . '.')
        unless $options->{quiet};
    return 0;
}


# Options: format, after.

sub new {
    my ($class, $http, $what, $sink, %o) = @_;

    return bless { http => $http, what => $what, sink => $sink,
                   csv => ($o{format} // 'ndjson') eq 'csv',
                   from => $o{after}, lines => 0, volunteers => 0,
                   met => 0 }, $class;
}


# Everything into the sink; returns what the end said: {lines, after}.

sub fetch {
    my ($self) = @_;

    $self->{http}->persist(sub { $self->part }, sub { $self->{lines} });
    progress_end();
    return { lines => $self->{lines}, after => $self->{after},
             district => $self->{district} };
}


sub part {
    my ($self) = @_;

    my $after = $self->{from};
    if ($self->{lines}) {
        $after = $self->cursor;
        if (!defined $after) {
            # what this list has is in no order: all of it again
            $self->{sink}->restart;
            @$self{qw( lines volunteers met )} = (0, 0, 0);
            $after = $self->{from};
        }
    }
    $self->{head} = $self->{csv} && $self->{met};
    $self->{counted} = 0;
    undef $self->{end};

    my $path = "export?what=$self->{what}"
               . ($self->{csv} ? '&format=csv' : '')
               . ($self->{head} ? '&bom=false' : '')
               . (defined $after ? '&after=' . Vol::HTTP::escaped($after) : '');

    my $rest = '';
    $self->{http}->exchange('GET', $path,
        begin => sub {
            my ($headers) = @_;
            ($self->{district}) = ($headers->{'content-disposition'} // '')
                =~ /filename="([A-Za-z0-9._-]+)-$self->{what}\./;
            give_up("what $self->{http}{url} answers is no export.")
                if ($headers->{'content-type'} // '')
                   !~ m{\A(?:application/x-ndjson|text/csv)\b};
        },
        take => sub {
            $rest .= $_[0];
            my $end = rindex $rest, "\n";
            $self->block(substr $rest, 0, $end + 1, '') if $end >= 0;
        });

    # the end of CSV is that of the answer
    my $end = $self->{csv} ? {} : $self->{end};
    give_up('the connection was cut before all had come.', again => 1)
        if !$end || $rest ne ''
           || defined $end->{lines} && $end->{lines} != $self->{counted};

    $self->{after} = $end->{after};
    return if $self->{csv};
    $self->{sink}->write("{\"end\":{\"lines\":$self->{lines}"
                         . (defined $end->{after}
                            ? ',"after":' . $json->encode($end->{after}) : '')
                         . "}}\n");
}


# Whole lines.

sub block {
    my ($self, $lines) = @_;

    if (!$self->{csv} && $lines =~ s/^(\{"end":\{[^\n]*)\n\z//m) {
        $self->{end} = eval { $json->decode($1)->{end} };
    }

    # the columns' names come once
    my $named = 0;
    if ($self->{csv}) {
        if ($self->{head}) {
            $lines =~ s/\A[^\n]*\n//;
            $self->{head} = 0;
        } elsif (!$self->{met}) {
            $named = 1;
        }
        $self->{met} = 1;
    }

    return if $lines eq '';
    $self->{sink}->write($lines);

    my $n = ($lines =~ tr/\n//) - $named;
    return unless $n;

    $self->{lines} += $n;
    $self->{counted} += $n;
    ($self->{last}) = $lines =~ /([^\n]*)\n\z/;
    $self->{volunteers} += () = $lines =~ /^\{"type":"volunteer",/mg
        if $self->{what} eq 'registry' && !$self->{csv};

    progress($self->{what}, $self->{lines});
}


# Where to go on behind the last line that came; undef when it doesn't say.

sub cursor {
    my ($self) = @_;

    my $what = $self->{what};
    my $from = $self->{from} // '';

    return unless $self->{lines};
    return $from + $self->{lines} if $what eq 'accounts';

    if ($self->{csv}) {
        # ids have neither quotes nor commas, but one may be kept from being
        # taken for a formula
        return $what =~ /\A(?:ledger|seals|merchants|funds|needs)\z/
               && $self->{last} =~ /\A'?([^,]+),/ ? $1 : undef;
    }

    my $item = $what eq 'vouchers' ? undef
               : eval { $json->decode($self->{last}) };
    return unless ref $item eq 'HASH';
    return $item->{entry} if $what eq 'ledger';
    return $item->{seal} if $what eq 'seals';
    return $item->{id} if $what =~ /\A(?:merchants|funds|needs)\z/;
    return place($item, $item->{id}) if $what eq 'offers';
    return ($item->{org} // '') . ":$item->{id}"
        if $what eq 'teams' || $what eq 'projects';
    return start($item, $item->{id}) if $what eq 'activities';
    return applied($item) if $what eq 'selections';

    # the registry is several lists
    my $type = $item->{type} // '';
    return '0:' . (($from =~ /\A0:(\d+)\z/ ? $1 : 0) + $self->{volunteers})
        if $type eq 'volunteer';
    return "1:$item->{merchant}" if $type eq 'merchant';
    return '2:' . place($item, $item->{offer}) if $type eq 'offer';
    return "3:$item->{fund}" if $type eq 'fund';
    return '6:' . ($item->{org} // '') . ":$item->{team}" if $type eq 'team';
    return '7:' . ($item->{org} // '') . ":$item->{project}"
        if $type eq 'project';
    return '8:' . start($item, $item->{activity}) if $type eq 'activity';
    return "12:$item->{need}" if $type eq 'need';
    return '13:' . applied($item) if $type eq 'selection';
    return;
}


# offers stand in the order of their prices

sub place { sprintf '%012d:%s', $_[0]{price}, $_[1] }


# activities in that of their starts, behind emergencies

sub start {
    my ($item, $id) = @_;

    my ($y, $m, $d, $h, $min, $s, $sign, $oh, $om) = $item->{starts}
        =~ /\A(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)([+-])(\d+):(\d+)\z/;
    my $offset = ($oh * 60 + $om) * 60 * ($sign eq '-' ? -1 : 1);
    return sprintf '%d:%012d:%s', $item->{emergency} ? 0 : 1,
                   Time::Local::timegm($s, $min, $h, $d, $m - 1, $y) - $offset,
                   $id;
}


# applicants in that of their period and state

sub applied { sprintf '%04d:%s:%s', @{ $_[0] }{qw( period state volunteer )} }


package Vol::Export::Output;

sub new { bless {}, shift }
sub write { $_[0]{any} = 1; Vol::Show::write_out($_[1]) }
sub commit { }

sub restart {
    Vol::Show::give_up('What came is already written, and this list can only '
                       . 'begin anew: with -o FILE it does so by itself.');
}


# A file that has its name only once it is whole.

package Vol::Export::File;

sub new {
    my ($class, $name) = @_;

    my $part = "$name.part";
    my $old = umask 077;
    open my $out, '+>>', $part
        or Vol::Show::fail(Vol::Show::shown($part)
                           . " can't be written: $!.");
    umask $old;
    Vol::Show::fail(Vol::Show::shown($name) . ' is a directory; -o wants the '
                    . 'name of a file.') if -d $name;
    flock $out, Fcntl::LOCK_EX | Fcntl::LOCK_NB
        or Vol::Show::fail('another vol writes ' . Vol::Show::shown($part)
                           . '.');
    binmode $out;

    my $self = bless { name => $name, part => $part, out => $out }, $class;
    $self->restart;
    return $self;
}


sub restart {
    my ($self) = @_;
    truncate $self->{out}, 0 or $self->failed;
    @$self{qw( bytes digest )} = (0, Digest::SHA->new(256));
}


sub write {
    my ($self, $bytes) = @_;

    print { $self->{out} } $bytes or $self->failed;
    $self->{bytes} += length $bytes;
    $self->{digest}->add($bytes);
}


# The file is there, whole, and on the disk.

sub commit {
    my ($self) = @_;

    $self->{out}->flush && $self->{out}->sync && rename $self->{part},
                                                        $self->{name}
        or $self->failed;
    close $self->{out};
}


sub failed {
    my ($self) = @_;
    Vol::Show::fail(Vol::Show::shown($self->{part}) . " can't be written: $!.");
}


1;
