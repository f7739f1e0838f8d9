package VolTest::Ledger;

# The entries of a ledger as Redis keeps them: a field "entry", the values of
# all fields in their order with a tab between, those at the end that are empty
# left out; and "before", the links to the entries that a history goes on with.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw( stored_entries entry_fields entry_text rewrite_stream
                     rewrite_entry link_to history );

*redis = \&VolTest::redis;

my @FIELDS = qw( type volunteer points earned balance ref voucher merchant on
                 minutes points_per_hour expires amount counted by role scope
                 rules org note evidence proposal );


# The ledger as XRANGE gives it, of all or from an id to another, but with names
# and values: [id, [name, value, ...]], ...  The prefix is "vol:{district}:".

sub stored_entries {
    my ($prefix, $from, $to) = @_;

    return map { [$_->[0], [entry_fields($_->[1])]] }
               @{ redis('XRANGE', "${prefix}ledger", $from // '-',
                        $to // '+') };
}


# What Redis gives as an entry's fields as names and values, in their order, the
# empty ones too; dies of any that no script writes.

sub entry_fields {
    my ($stored) = @_;

    my ($name, $text, $before, $links, @more) = @$stored;
    my @values = split /\t/, $text, -1;
    die "no entry: @$stored\n"
        if $name ne 'entry' || ($before // '') ne 'before' || @more
           || @values > @FIELDS || $text =~ /\t\z/;
    return map { ($FIELDS[$_], $values[$_] // '') } 0 .. $#FIELDS;
}


# The inverse, for XADD: names and values, in any order, and "before", the
# links; of one that is there twice the last counts, what is not there is empty.

sub entry_text {
    my (%value) = @_;

    my $before = delete $value{before} // '';
    my @values = map { delete $value{$_} // '' } @FIELDS;
    die "no fields of an entry: @{[ sort keys %value ]}\n" if %value;
    return ('entry', (join "\t", @values) =~ s/\t+\z//r, 'before', $before);
}


# The link to an entry.

sub link_to {
    my ($ms, $seq) = split /-/, $_[0];
    return $ms . sprintf('%05d', $seq) if length $seq <= 5;
    return $_[0];
}


# The ids of all entries to which the last one of an account leads, the newest
# first; to those of accounts that were merged into it, too, unless that was
# undone.

sub history {
    my ($prefix, $id) = @_;

    my %stored = map { link_to($_->[0]) => $_ }
                     @{ redis('XRANGE', "${prefix}ledger", '-', '+') };
    my @heads = redis('HGET', "${prefix}v:$id", 'last') // ();
    my @ids;
    while (@heads) {
        my $e = $stored{ shift @heads } or die "no such entry\n";
        push @ids, $e->[0];
        my ($own, $joined) = split / /, $e->[1][3], -1;
        undef $joined if redis('HEXISTS', "${prefix}reversed", $e->[0]);
        push @heads, grep { ($_ // '') ne '' } $own, $joined;
    }
    @ids = sort { place($b) cmp place($a) } @ids;
    return @ids;
}

sub place { sprintf '%020d%020d', split /-/, $_[0] }


# Writes a stream anew, at once, for duties go on; change->(id, fields) gives an
# item's id and fields, or nothing.

sub rewrite_stream {
    my ($key, $change) = @_;

    my @all = @{ redis('XRANGE', $key, '-', '+') };
    redis('MULTI');
    redis('DEL', $key);
    for (@all) {
        my ($id, @fields) = $change->($_->[0], @{ $_->[1] });
        redis('XADD', $key, $id, @fields) if $id;
    }
    redis('EXEC');
}


# Gives fields of one entry other values: name, value, ...; "before" too.

sub rewrite_entry {
    my ($prefix, $entry, @values) = @_;

    rewrite_stream("${prefix}ledger", sub {
        my ($id, @f) = @_;
        @f = entry_text(entry_fields(\@f), before => $f[3], @values)
            if $id eq $entry;
        return ($id, @f);
    });
}


1;
