package VolTest::Voucher;

# Vouchers as Redis keeps them: a text, "ENTRY RECORD" or "ENTRY RECORD STATE
# LAST", in a bucket while they are open, below a key of their own when they
# have ended.  All else is in the entry of the redemption.

use strict;
use warnings;

use Digest::SHA qw( sha1 );

use VolTest::Ledger qw( stored_entries rewrite_entry );

use Exporter 'import';
our @EXPORT_OK = qw( bare_code stored_voucher all_stored_vouchers
                     write_voucher_text expire_voucher keys_of_one_bucket );

*redis = \&VolTest::redis;

my $BUCKET = 3;                 # symbols of the code
my $REST = 15;                  # the others


# A code as Redis knows it.

sub bare_code { $_[0] =~ tr/-//dr }


# The bucket of a code, its field there, and the key that it has when it has
# ended.

sub place {
    my ($prefix, $code) = @_;

    my $bare = bare_code($code);
    return ("${prefix}x:" . substr($bare, 0, $BUCKET), substr($bare, $BUCKET),
            "${prefix}x:$bare");
}


# What is kept of a voucher, or undef: text, entry, record, state, last; open,
# whether it is in its bucket; ttl, and record_key and record_ttl where its
# record has a key of its own; record_kept, the record itself; the fields of its
# redemption's entry; issued.  Dies of one that is kept twice, or of a text that
# no script writes.

sub stored_voucher {
    my ($prefix, $code) = @_;

    my ($bucket, $field, $key) = place($prefix, $code);

    # at once, for a sweep may go on
    redis('MULTI');
    redis('HGET', $bucket, $field);
    redis('GET', $key);
    my ($open, $ended) = @{ redis('EXEC') };
    die "a voucher is kept twice\n" if defined $open && defined $ended;
    my $text = $open // $ended // return undef;

    $text =~ /^(\d+-\d+) ([\w-]{16}|-)(?: ([a-z]+) (\d+-\d+))?$/
        or die "no text of a voucher: $text\n";
    my %v = (text => $text, entry => $1, record => $2, state => $3 // 'issued',
             last => $4 // $1, open => defined $open ? 1 : 0,
             ttl => defined $open ? -1 : redis('TTL', $key));
    die "a voucher that ended is open: $text\n"
        if ($v{state} eq 'issued') != $v{open};

    $v{record_key} = "${prefix}i:$v{record}";
    $v{record_ttl} = redis('TTL', $v{record_key});
    $v{record_kept} = redis('HGET', $bucket, $v{record})
                      // redis('GET', $v{record_key});
    my ($e) = stored_entries($prefix, $v{entry}, $v{entry});
    my %e = @{ $e->[1] };
    @v{qw( offer merchant volunteer expires counted )}
        = @e{qw( ref merchant volunteer expires counted )};
    $v{price} = 0 - $e{points};
    $v{issued} = int($v{entry} =~ s/-.*//r / 1000);
    return \%v;
}


# All that are kept, by their codes.

sub all_stored_vouchers {
    my ($prefix) = @_;

    my @codes;
    for my $key (@{ redis('KEYS', "${prefix}x:*") }) {
        my $code = substr $key, length "${prefix}x:";
        push @codes, length $code > $BUCKET ? $code
            : map { "$code$_" } grep { length == $REST }
              @{ redis('HKEYS', $key) };
    }
    return map { $_ => stored_voucher($prefix, $_) } @codes;
}


# Gives a voucher another text, where it stands.

sub write_voucher_text {
    my ($prefix, $code, $text) = @_;

    my ($bucket, $field, $key) = place($prefix, $code);
    return redis('HSET', $bucket, $field, $text)
        if redis('HEXISTS', $bucket, $field);
    redis('SET', $key, $text, 'KEEPTTL');
}


# Lets its time be over since long.

sub expire_voucher {
    my ($prefix, $code) = @_;

    rewrite_entry($prefix, stored_voucher($prefix, $code)->{entry},
                  expires => 1000000000);
}


# So many Idempotency-Keys of a user whose vouchers share a bucket: 15 bits of
# the digest of both are the same.

sub keys_of_one_bucket {
    my ($user, $count) = @_;

    my (%found, $n);
    while (1) {
        my $key = "shared-$$-" . ++$n;
        my $bucket = unpack('N', sha1("$user\n$key")) >> 8 & 0x7fff;
        push @{ $found{$bucket} }, $key;
        return @{ $found{$bucket} } if @{ $found{$bucket} } == $count;
    }
}


1;
