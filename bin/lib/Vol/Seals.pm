package Vol::Seals;

# Seals to verify a ledger by, oldest first: an export of them, which may be
# longer than memory, or roots as they were published, a few hundred a year.
# Each is a hash with "seal", "digest", "algorithm" and "on"; of an export also
# "first", "entries" and "previous".

use strict;
use warnings;

use JSON::PP ();

use Vol::Show qw( fail shown );

use Exporter 'import';
our @EXPORT_OK = qw( order );

my $json = JSON::PP->new->utf8;

my $DATE = qr/\d{4}-\d\d-\d\d/;
my $ID = qr/\d{1,15}-\d{1,15}/;
my $DIGEST = qr/[0-9a-f]{64}/;


# <, = or > of two ids.

sub order {
    my ($ams, $aseq) = split /-/, $_[0];
    my ($bms, $bseq) = split /-/, $_[1];
    return $ams <=> $bms || $aseq <=> $bseq;
}


sub new {
    my ($class, $name, $algorithm) = @_;

    open my $in, '<', $name or fail(shown($name) . " can't be read: $!.");
    fail(shown($name) . ' is a directory.') if -d $in;

    my $self = bless { name => $name, in => $in,
                       algorithm => $algorithm // 'sha256' }, $class;

    my $line = $self->line;
    fail(shown($name) . ' is empty: there is no seal to verify by.')
        unless defined $line;

    if ($line =~ /\A\{"seal":/ || $line =~ /\A\{"end":/) {
        $self->{ahead} = $line;
    } else {
        $self->{roots} = [$self->roots($line)];
        fail(shown($name) . ' has no seal to verify by.')
            unless @{ $self->{roots} };
    }

    return $self;
}


# Are these roots alone?

sub are_roots { defined $_[0]{roots} }


sub line {
    my ($self) = @_;

    my $in = $self->{in};
    while (defined(my $line = <$in>)) {
        $line =~ s/\A\xef\xbb\xbf// if $. == 1;
        $line =~ s/\s+\z//;
        return $line if $line ne '';
    }
    return;
}


# The next seal, or undef.

sub next {
    my ($self) = @_;

    return shift @{ $self->{roots} } if $self->{roots};

    my $line = $self->{ahead} // $self->line // return;
    undef $self->{ahead};

    return $self->next if $line =~ /\A\{"end":/;
    return $self->seal(eval { $json->decode($line) });
}


sub seal {
    my ($self, $seal) = @_;

    my $ok = ref $seal eq 'HASH';
    my %form = (seal => $ID, first => $ID, entries => qr/\d{1,15}/,
                digest => $DIGEST, previous => $DIGEST,
                algorithm => qr/[a-z0-9]+/, on => $DATE);
    for (keys %form) {
        $ok &&= defined $seal->{$_} && $seal->{$_} =~ /\A$form{$_}\z/;
    }

    fail("line $. of " . shown($self->{name}) . ' is no seal. What "vol export '
         . 'seals" writes can be read, and lines of "DATE SEAL DIGEST".')
        unless $ok;
    return $seal;
}


# The whole file: lines of "DATE SEAL DIGEST [ALGORITHM]", or answers of
# GET /seals.

sub roots {
    my ($self, $line) = @_;

    my @roots;
    for (; defined $line; $line = $self->line) {
        next if $line =~ /\A#/;

        if ($line =~ /\A($DATE)\s+($ID)\s+($DIGEST)(?:\s+(\w+))?\z/i) {
            push @roots, { on => $1, seal => $2, digest => lc $3,
                           algorithm => lc($4 // $self->{algorithm}) };
            next;
        }

        my $page = $line =~ /\A\{/ ? eval { $json->decode($line) } : undef;
        my $seals = ref $page eq 'HASH' ? $page->{seals} : undef;
        $self->seal(undef) unless ref $seals eq 'ARRAY';

        # seals between these are not here: what they say of each other is left
        for my $seal (@$seals) {
            my %root;
            @root{qw( on seal digest algorithm )}
                = @{ $self->seal($seal) }{qw( on seal digest algorithm )};
            push @roots, \%root;
        }
    }

    my %seen;
    return grep { !$seen{"$_->{seal} $_->{digest}"}++ }
           sort { order($a->{seal}, $b->{seal}) } @roots;
}


1;
