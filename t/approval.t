#!/usr/bin/env perl

# A case that needs a second person: the award waits, visible, until another
# admin approves or refuses it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(rules => { cases => {
    bravery => { title => 'Bravery', min => 10, max => 100,
                 approval => true },
    grant => { title => 'Grant', min => 1, max => 10000 },
} }, conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
            %IDENTITY%
        }
    }
CONF

my @LI = (as => 'admin:li');
my @WANG = (as => 'admin:wang');

sub propose {
    my ($id, $points, %o) = @_;
    return post("/points/volunteers/$id/awards",
                { case => 'bravery', points => $points,
                  evidence => "report $points" }, @LI, %o);
}

sub decide {
    my ($award, $how, %o) = @_;
    return post("/points/awards/$award/$how",
                $how eq 'refuse' ? { reason => 'no proof' } : {}, @WANG, %o);
}

sub waiting {
    my ($query, @as) = @_;
    my $r = get('/points/awards' . ($query ? "?$query" : ''),
                @as ? @as : @WANG);
    return $r->{json}{awards};
}

volunteer($_) for qw( 1001 1002 );


# Proposed.

my $r = propose('1001', 50, key => 'p');
is($r->{status}, 202, 'the award is accepted, not given');
my $award = $r->{json}{entry};
is("$r->{json}{state} $r->{json}{points} $r->{json}{earned}", 'waiting 50 0',
   'it waits');
is($r->{json}{account}{balance}, 0, 'and gives nothing yet');
my $again = propose('1001', 50, key => 'p');
is("$again->{status} $again->{json}{entry}", "202 $award",
   'the same key is the same proposal');
is_problem(propose('1001', 9), 422, 'invalid-field', 'the range holds',
           'points');

is_deeply(waiting(), [{ award => $award, at => waiting()->[0]{at},
                        volunteer => '1001', case => 'bravery', points => 50,
                        by => 'li', evidence => 'report 50' }],
          'admins see what waits, who proposed it and why');
is(scalar(@{ waiting('', as => 'auditor:a') }), 1, 'auditors too');
is(waiting('', as => 'volunteer:1001')->[0]{award}, $award,
   'the volunteer sees their own');
is_deeply(waiting('', as => 'volunteer:1002'), [], 'but nobody else\'s');
is_problem(get('/points/awards?volunteer=1001', as => 'volunteer:1002'), 403,
           'forbidden', 'nor by asking for it');
is_problem(get('/points/awards', as => 'organizer:o:s'), 403, 'forbidden',
           'organizers do not see them');
is((entries('1001'))[0]{type}, 'proposal', 'the ledger has the proposal');
is((entries('1001'))[0]{amount}, 50, 'with what it would give');


# Decided.

is_problem(decide($award, 'approve', @LI), 403, 'forbidden',
           'who proposed it does not approve it');
is_problem(decide($award, 'refuse', @LI), 403, 'forbidden',
           'nor refuse it');
is_problem(decide('1-1', 'approve'), 404, 'not-found', 'no such award');
is_problem(decide($award, 'approve', as => 'organizer:o:s'), 403, 'forbidden',
           'an organizer does not approve');
is_problem(decide($award, 'approve', key => undef), 400,
           'idempotency-key-required', 'a key is required');

$r = decide($award, 'approve', key => 'a');
is($r->{status}, 201, 'another admin approves');
is("$r->{json}{points} $r->{json}{account}{balance}", '50 50',
   'then the points are given');
is(decide($award, 'approve', key => 'a')->{json}{entry}, $r->{json}{entry},
   'the same key gives the same answer');
is_problem(decide($award, 'approve'), 409, 'already-decided', 'once');
is_problem(decide($award, 'refuse'), 409, 'already-decided',
           'and not refused any more');
is_deeply(waiting(), [], 'nothing waits');
my $given = (entries('1001'))[0];
is("$given->{type} $given->{ref} $given->{by} $given->{proposal} "
   . $given->{evidence}, "award bravery wang $award report 50",
   'the entry names the case, who approved, the proposal and its evidence');
is(created(post("/points/ledger/$given->{entry}/reverse", { reason => 'r' },
                @LI))->{account}{balance}, 0, 'it is reversed like any award');

my $second = propose('1001', 20)->{json}{entry};
$r = decide($second, 'refuse');
is($r->{status}, 201, 'another is refused');
is($r->{json}{account}{balance}, 0, 'and gives nothing');
my $refusal = (entries('1001'))[0];
is("$refusal->{type} $refusal->{ref} $refusal->{note} $refusal->{by}",
   "refusal $second no proof wang", 'the ledger says by whom and why');
is_problem(decide($second, 'approve'), 409, 'already-decided',
           'it stays refused');
is_problem(post("/points/ledger/$second/reverse", { reason => 'r' }, @LI), 422,
           'invalid-field', 'a proposal is decided, not reversed', 'entry');
is_problem(decide($given->{entry}, 'approve'), 404, 'not-found',
           'an award that did not wait is no proposal');


# Many.

propose("100$_", 10 + $_) for (1, 2) x 8;
is(scalar(@{ waiting('limit=100') }), 16, 'all that wait are listed');
my @pages;
my $after = '';
do {
    my $page = get("/points/awards?limit=5$after", @WANG)->{json};
    push @pages, map { $_->{award} } @{ $page->{awards} };
    $after = defined $page->{next} ? "&after=$page->{next}" : '';
} while $after;
is_deeply(\@pages, [map { $_->{award} } @{ waiting('limit=100') }],
          'in pages');
is_deeply([sort @pages], \@pages, 'the oldest first');
is(scalar(@{ waiting('volunteer=1002') }), 8, 'or those of one volunteer');
is_problem(get('/points/awards?after=x', @WANG), 422, 'invalid-field',
           'a cursor is checked', 'after');

my $page = get('/points/awards?limit=5', @WANG)->{json};
decide($_->{award}, 'approve') for @{ $page->{awards} };
is_deeply([map { $_->{award} }
           @{ waiting("limit=100&after=$page->{next}") }], [@pages[5 .. 15]],
          'what is decided meanwhile hides nothing of the next page');


# One person with two ids.

volunteer($_) for qw( li wang li-2 1003 );
my $own = propose('1002', 70)->{json}{entry};
my $of_1003 = propose('1003', 80)->{json}{entry};
for (['li-2', 'li'], ['1003', '1001']) {
    created(post("/points/volunteers/$_->[0]/merge",
                 { into => $_->[1], reason => 'one person' }, @WANG));
}
is_problem(decide($own, 'approve', as => 'admin:li-2'), 403, 'forbidden',
           'who proposed it does not approve it by another id');
is(decide($own, 'approve')->{status}, 201, 'a second person does');
for my $as (qw( admin:1003 admin:1001 )) {
    is_problem(decide($of_1003, $_, as => $as), 403, 'forbidden',
               "$as does not $_ their own award") for qw( approve refuse );
}
is_deeply([grep { $_->{award} eq $of_1003 }
           @{ waiting('', as => "volunteer:$_") }],
          [grep { $_->{award} eq $of_1003 } @{ waiting('limit=100') }],
          "$_ sees what waits for both ids") for qw( 1001 1003 );

done();
