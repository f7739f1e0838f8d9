package Vol::Backup;

# vol backup: what a district can be rebuilt from, in a directory of its own,
# with a manifest, which is written last: a directory without one is no backup.

use strict;
use warnings;

use Digest::SHA ();
use JSON::PP ();
use POSIX ();

use Vol::Export;
use Vol::HTTP;
use Vol::Show qw( fail say_out plural progress_end shown );

use Exporter 'import';
our @EXPORT_OK = qw( manifest intact );

use constant MANIFEST => 'manifest.json';

# Operations go on meanwhile.  The ledger has all that its seals cover, and the
# registry everybody whom the ledger names, because each comes after.
my @FILES = qw( seals ledger registry );
my @MORE = qw( accounts vouchers );

my $json = JSON::PP->new->utf8->canonical->pretty;


sub run {
    my ($class, $options, $dir) = @_;

    my $http = Vol::HTTP->new($options);
    my $shown = shown($dir);

    -d $dir or mkdir $dir, 0700 or fail("$shown can't be made: $!.");
    fail("$shown holds a backup already; choose another directory.")
        if -e "$dir/" . MANIFEST;

    my %manifest = (made => POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime),
                    url => $http->{url});

    for my $what (@FILES, $options->{all} ? @MORE : ()) {
        my $file = Vol::Export::File->new("$dir/$what.ndjson");
        my $end = Vol::Export->new($http, $what, $file)->fetch;
        $file->commit;

        $manifest{district} = $end->{district} if defined $end->{district};
        $manifest{files}{$what} = {
            file => "$what.ndjson", lines => $end->{lines},
            bytes => $file->{bytes}, sha256 => $file->{digest}->hexdigest,
        };
        $manifest{last_entry} = $end->{after} if $what eq 'ledger';
        $manifest{last_seal} = $end->{after} if $what eq 'seals';
    }

    my $file = Vol::Export::File->new("$dir/" . MANIFEST);
    $file->write($json->encode(\%manifest));
    $file->commit;
    progress_end();

    my $files = $manifest{files};
    say_out("$shown: " . plural($files->{ledger}{lines}, 'entry', 'entries')
            . ' of the ledger, ' . plural($files->{seals}{lines}, 'seal') . ', '
            . plural($files->{registry}{lines}, 'line') . ' of the registry.');
    return 0;
}


# What a backup says of itself; ends vol when the directory holds none.

sub manifest {
    my ($dir) = @_;

    open my $in, '<', "$dir/" . MANIFEST
        or fail(shown($dir) . ' is no backup: it has no ' . MANIFEST . '.');
    local $/;
    my $manifest = eval { $json->decode(scalar <$in>) };
    fail('the ' . MANIFEST . ' of ' . shown($dir) . ' is not readable.')
        unless ref $manifest eq 'HASH' && ref $manifest->{files} eq 'HASH';
    return $manifest;
}


# Ends vol when a file of a backup is not as it was written.

sub intact {
    my ($dir, $what) = @_;

    my $file = manifest($dir)->{files}{$what} // return;
    my $name = "$dir/$what.ndjson";
    my $digest = eval { Digest::SHA->new(256)->addfile($name, 'b')->hexdigest };
    fail(shown($name) . " can't be read: $!.") unless defined $digest;
    fail(shown($name) . ' is not as the backup wrote it: its SHA-256 is '
         . 'another than that in ' . MANIFEST . '.')
        if $digest ne ($file->{sha256} // '');
}


1;
