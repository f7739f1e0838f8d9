package VolTest::Lines;

# Exports and imports, line by line, by an admin.

use strict;
use warnings;

use JSON::PP ();

use VolTest::HTTP qw( build exchange );
use VolTest::Place qw( port );

use Exporter 'import';
our @EXPORT_OK = qw( import_lines import_body told export_lines );

my @ADMIN = (as => 'admin:root');
my $json = JSON::PP->new->utf8->canonical;


# The request that imports these lines, hashes or texts.

sub import_body {
    my ($where, @lines) = @_;

    return build('POST', "/$where/import", @ADMIN, close => 1,
                 type => 'application/x-ndjson',
                 body => join '', map { (ref $_ ? $json->encode($_) : $_)
                                        . "\n" } @lines);
}


# What an import told: "DONE REPLAYED FAILED", and of each line that failed
# "STATUS PROBLEM FIELD", with "; " between.

sub told {
    my ($response) = @_;

    my @told = map { $json->decode($_) } split /\n/, $response->{raw};
    my ($result) = grep { $_ } map { $_->{result} } @told;

    return join '; ', "$result->{done} $result->{replayed} $result->{failed}",
                map { join ' ', $_->{status}, $_->{type} =~ s/.*://r,
                                $_->{field} // '-' }
                grep { $_->{status} } @told;
}


sub import_lines {
    my ($where, @lines) = @_;

    return told(exchange(port(), 'POST', import_body($where, @lines)));
}


# The lines of an export, without its last.

sub export_lines {
    my ($where, $what) = @_;

    my $r = exchange(port(), 'GET', build('GET', "/$where/export?what=$what",
                                          @ADMIN, close => 1));
    die "export of $what: $r->{status} $r->{raw}" unless $r->{status} == 200;
    return grep { !$_->{end} } map { $json->decode($_) } split /\n/, $r->{raw};
}


1;
