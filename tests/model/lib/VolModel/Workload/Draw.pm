package VolModel::Workload::Draw;

# Chance, and the names that are drawn from.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT = qw( pick chance between some @VOLUNTEERS @ORGS @TEAMS @TAGS
                  @PROJECTS );

our @VOLUNTEERS = map { "v$_" } 1 .. 13;
our @ORGS = qw( centre second north south east west hill lake wild );
our @TEAMS = qw( band crew squad );
our @TAGS = qw( lamp ladder english );
our @PROJECTS = qw( roads rivers );


sub pick { $_[ rand @_ ] }


sub chance { rand() < $_[0] }


sub between { $_[0] + int rand $_[1] - $_[0] + 1 }


# Each of a list with a chance; a list, or undef for none.

sub some {
    my ($chance, @of) = @_;
    my @some = grep { chance($chance) } @of;
    return @some ? \@some : undef;
}


1;
