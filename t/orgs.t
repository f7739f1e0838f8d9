#!/usr/bin/env perl

# The tree of orgs: who may change it, whom a role bound to an org reaches, and
# figures that roll up from stations to street centres to the centre.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties off;

    server {
        listen %PORT%;

        location /points/ {
            vol  chaoyang;
            %IDENTITY%
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @STREET = (as => 'organizer:li:s1');
my $P = 'vol:{chaoyang}:';

sub org {
    my ($id, $parent, @as) = @_;
    return put("/points/orgs/$id", { title => "Org $id",
                                     $parent ? (parent => $parent) : () },
               @as ? @as : @ADMIN);
}

sub stats { created(get("/points/orgs/$_[0]/stats", @ADMIN)) }

# figures of an org as one text
sub figures {
    my ($id, @names) = @_;
    my $s = stats($id);
    return join ' ', map { "$_ $s->{$_}" } @names;
}


# The tree.

my $r = org('cy');
is($r->{status}, 201, 'an org below none is new');
is_deeply($r->{json}, { id => 'cy', title => 'Org cy', level => 'centre' },
          'and a centre');
is_deeply(org('s1', 'cy')->{json},
          { id => 's1', title => 'Org s1', level => 'street', parent => 'cy' },
          'one below a centre is a street centre');
is_deeply(org('a', 's1')->{json},
          { id => 'a', title => 'Org a', level => 'station', parent => 's1' },
          'one below that is a station');
is_problem(org('x', 'a'), 422, 'invalid-field', 'below a station is nothing',
           'parent');
is_problem(org('x', 'nowhere'), 422, 'invalid-field',
           'nor below what is no org', 'parent');
is_problem(org('x', 'x'), 422, 'invalid-field', 'nor below itself', 'parent');
is_problem(org('s1', 's1'), 422, 'invalid-field',
           'an org does not move below itself', 'parent');
is_problem(org('s1'), 422, 'invalid-field', 'a street centre stays one',
           'parent');
is_problem(org('a', 'cy'), 422, 'invalid-field', 'and a station a station',
           'parent');
is_problem(put('/points/orgs/x', { parent => 'cy' }, @ADMIN), 422,
           'invalid-field', 'an org has a title', 'title');
is_problem(get('/points/orgs/x', @ADMIN), 404, 'not-found',
           'nothing of that is there');

$r = put('/points/orgs/a', { title => 'A', parent => 's1' }, @ADMIN);
is($r->{status}, 200, 'the second time is 200');
is(get('/points/orgs/a', as => 'volunteer:1')->{json}{title}, 'A',
   'and everybody sees the title');

created(org($_, 'cy')) for qw( s2 s3 );
created(org($_, 's1')) for qw( b c );

my $page = created(get('/points/orgs?parent=s1&limit=2', @ADMIN));
is(join(' ', map { $_->{id} } @{ $page->{orgs} }), 'a b',
   'a page of the orgs below one');
$page = created(get("/points/orgs?parent=s1&limit=2&after=$page->{next}",
                    @ADMIN));
is(join(' ', map { $_->{id} } @{ $page->{orgs} }), 'c', 'and the next');
ok(!exists $page->{next}, 'which is the last');
is(join(' ', map { $_->{id} } @{ created(get('/points/orgs', @ADMIN))->{orgs} }),
   'cy', 'below none is the centre');
is(@{ created(get('/points/orgs?parent=a', @ADMIN))->{orgs} }, 0,
   'below a station is none');


# Who may change it.

is(org('d', 's1', @STREET)->{status}, 201,
   'an organizer makes a station below their street centre');
is_problem(org('e', 's2', @STREET), 403, 'forbidden', 'not below another');
is_problem(org('s4', 'cy', @STREET), 403, 'forbidden', 'nor beside');
is_problem(org('s1', 'cy', @STREET), 403, 'forbidden', 'nor their own');
is_problem(org('zz', undef, @STREET), 403, 'forbidden', 'nor a centre');
created(org('f', 's2'));
is_problem(org('f', 's1', @STREET), 403, 'forbidden',
           'nor do they take one from another');
is_problem(org('g', 's1', as => $_), 403, 'forbidden', "$_ makes no org")
    for 'volunteer:1', 'merchant:chen:tea', 'auditor:a', 'organizer:x:a';


# Whom a role reaches.

volunteer('v1', station => 'a');
volunteer('v2', station => 'f');
volunteer('v3', station => 's1');
my $seen = sub { get("/points/volunteers/$_[0]", as => $_[1])->{status} };
is($seen->('v1', 'organizer:o:a'), 200, 'a station reaches its volunteers');
is($seen->('v1', 'organizer:o:s1'), 200, 'so does the street centre above');
is($seen->('v1', 'organizer:o:cy'), 200, 'and the centre');
is($seen->('v1', 'organizer:o:b'), 403, 'not the station beside');
is($seen->('v1', 'organizer:o:s2'), 403, 'nor another street centre');
is($seen->('v3', 'organizer:o:a'), 403, 'nor a station what is above it');

sub hours {
    my ($id, $as, %o) = @_;
    return post("/points/volunteers/$id/hours",
                { minutes => 60, on => today(), %o }, as => $as);
}
is(hours('v1', 'organizer:o:s1')->{status}, 201,
   'a street centre records hours of a volunteer of a station below it');
is_problem(hours('v2', 'organizer:o:s1'), 403, 'forbidden',
           'not of one elsewhere');

is(put('/points/volunteers/v4', { kind => 'general', station => 'b' },
       @STREET)->{status}, 201, 'and registers volunteers at a station below');
is_problem(put('/points/volunteers/v5', { kind => 'general', station => 'f' },
               @STREET), 403, 'forbidden', 'not elsewhere');
is_problem(put('/points/volunteers/v2', { kind => 'general', station => 'b' },
               @STREET), 403, 'forbidden', 'nor do they take volunteers');
is(created(put('/points/volunteers/v5', { kind => 'general' }, @STREET))
   ->{station}, 's1', 'who has no station is at the org of the organizer');



# A station that nobody registered is nobody's to take.

volunteer('w1', station => 'wild');
is_problem(org('wild', 's1', @STREET), 403, 'forbidden',
           'an organizer does not register a station that has volunteers');
is($seen->('w1', 'organizer:o:s1'), 403, 'whom they do not reach');
is(org('wild', 's2')->{status}, 201, 'an admin does');
created(put('/points/volunteers/w1', { kind => 'general' }, @ADMIN));


# Figures roll up.

is(figures('a', qw( volunteers minutes points )),
   'volunteers 1 minutes 60 points 1', 'a station counts its own');
is(figures('s1', qw( volunteers minutes points )),
   'volunteers 4 minutes 60 points 1', 'a street centre those below it too');
is(figures('cy', qw( volunteers minutes points )),
   'volunteers 5 minutes 60 points 1', 'and the centre all');
is(stats('a')->{year}{minutes}, 60, 'the same by year');
is(created(get('/points/orgs/a/stats?year=1999', @ADMIN))->{year}{minutes}, 0,
   'of whichever year one asks');
is_problem(get('/points/orgs/nowhere/stats', @ADMIN), 404, 'not-found',
           'an org that is none has none');

my ($e) = entries('v1');
is($e->{org}, 'a', 'the entry says what it counted for');
created(hours('v2', 'organizer:o:s2', on => today(-400)));
my $then = substr(today(-400), 0, 4);
is(created(get("/points/orgs/s2/stats?year=$then", @ADMIN))->{year}{minutes},
   60, 'hours count for the year of their day');

created(post('/points/volunteers/v1/awards',
             { case => 'grant', points => 7, evidence => 'e' }, @ADMIN));
is(figures('cy', qw( minutes points )), 'minutes 120 points 9',
   'an award counts its points');
created(post("/points/ledger/$e->{entry}/reverse", { reason => 'r' }, @ADMIN));
is(figures('a', qw( minutes points )), 'minutes 0 points 7',
   'a reversal takes them back');
is(figures('cy', qw( minutes points )), 'minutes 60 points 8', 'everywhere');

volunteer('v1', station => 'f');
is(join(', ', map { "$_ " . stats($_)->{volunteers} } qw( a s1 f s2 cy )),
   'a 0, s1 3, f 2, s2 2, cy 5', 'a volunteer who moves is counted there');
is(figures('a', qw( points )), 'points 7', 'what they did stays');
volunteer('v1', station => 'f', kind => 'cadre');
is(stats('f')->{volunteers}, 2, 'another kind is the same volunteer');
volunteer('v1');
is(join(', ', map { "$_ " . stats($_)->{volunteers} } qw( f s2 cy )),
   'f 1, s2 1, cy 4', 'one without a station is counted nowhere');

created(hours('v1', 'admin:root'));
is(figures('cy', qw( minutes points )), 'minutes 60 points 8',
   'nor what they do');


# An org that moves takes its figures with it, and one that is registered later
# has what was counted before.

created(hours('v2', 'admin:root'));
created(org('f', 's3'));
is(join(', ', map { figures($_, qw( volunteers points )) } qw( s2 s3 cy )),
   'volunteers 0 points 0, volunteers 1 points 2, volunteers 4 points 9',
   'a station that moves takes its figures from the one street centre to the '
   . 'other');
is($seen->('v2', 'organizer:o:s2'), 403, 'and is out of reach of the first');
is($seen->('v2', 'organizer:o:s3'), 200, 'and within that of the other');

volunteer('n1', station => 'new');
created(hours('n1', 'organizer:o:new'));
is_problem(get('/points/orgs/new', @ADMIN), 404, 'not-found',
           'a station that nobody registered is no org');
created(org('new', 's3'));
is(figures('new', qw( volunteers points )), 'volunteers 1 points 1',
   'but was counted for');
is(figures('s3', qw( volunteers points )), 'volunteers 2 points 3',
   'and now is, above too');


# Merged accounts are one volunteer.

volunteer('m1', station => 'new');
created(post('/points/volunteers/n1/merge', { into => 'v4', reason => 'r' },
             @ADMIN));
is(stats('new')->{volunteers}, 1, 'one who was merged is counted no more');
my $merge = (entries('v4'))[0]{entry};
created(post("/points/ledger/$merge/reverse", { reason => 'r' }, @ADMIN));
is(stats('new')->{volunteers}, 2, 'until the merge is undone');


# Goals.

sub goal { put("/points/orgs/$_[0]/goal", $_[1], @_[2 .. $#_]) }
is(stats('cy')->{goal}, undef, 'an org has no goal');
$r = goal('cy', { hours => 1_000_000 }, @ADMIN);
is_deeply($r->{json}{goal}, { hours => 1_000_000, done => 3 },
          'a goal of all time, and what is done of it');
goal('cy', { hours => 50, year => this_year() }, @ADMIN);
is_deeply(stats('cy')->{year}{goal}, { hours => 50, done => 2 },
          'and one of a year');
is(goal('a', { hours => 5 }, @STREET)->{status}, 200,
   'an organizer sets those below');
is_problem(goal('f', { hours => 5 }, @STREET), 403, 'forbidden',
           'not elsewhere');
is_problem(goal('cy', { hours => -1 }, @ADMIN), 422, 'invalid-field',
           'hours are not below zero', 'hours');
is_problem(goal('zz', { hours => 1 }, @ADMIN), 404, 'not-found',
           'nor a goal of what is no org');
goal('cy', { hours => 0 }, @ADMIN);
is(stats('cy')->{goal}, undef, '0 takes it away');


# What is corrupt is told before anything is written.

for (['a figure that is no number', 'HSET', "${P}g:s3", 'points', 'x'],
     ['a parent that is no id', 'HSET', "${P}g:f", 'parent', 'a b'],
     ['an org that is no hash', 'SET', "${P}g:f", 'x'],
     ['a tree that leads to itself', 'HSET', "${P}g:s3", 'parent', 'f'])
{
    my ($name, @command) = @$_;
    my $dump = redis('DUMP', $command[1]);
    redis('DEL', $command[1]) if $command[0] eq 'SET';
    redis(@command);
    unchanged {
        is(hours('v2', 'admin:root', minutes => 120)->{status}, 500,
           "$name is an error");
    } 'and nothing is written';
    redis('DEL', $command[1]);
    redis('RESTORE', $command[1], 0, $dump);
}
expect_log(qr/stopped, nothing was changed: (CORRUPT|WRONGTYPE)/);

done();
