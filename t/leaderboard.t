#!/usr/bin/env perl

# Who has earned most: of a year or of all time, of the district or an org; and
# whom no such list shows.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duty_interval  50ms;
    vol_seal   off;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  chaoyang;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{chaoyang}:';
my $year = this_year();

sub org {
    my ($id, $parent) = @_;
    created(put("/points/orgs/$id",
                { title => $id, $parent ? (parent => $parent) : () }, @ADMIN));
}

sub board {
    created(get('/points/leaderboard' . ($_[0] ? "?$_[0]" : ''),
                as => $_[1] || 'volunteer:x'))
}

# rank, volunteer and points of each
sub leaders {
    join ' ', map { "$_->{rank}:$_->{volunteer}:$_->{points}" }
              @{ board(@_)->{leaders} }
}

sub hours {
    my ($id, $minutes, $on) = @_;
    return created(post("/points/volunteers/$id/hours",
                        { minutes => $minutes, on => $on || today() },
                        @ADMIN))->{entry};
}

sub undo { created(post("/points/ledger/$_[0]/reverse", { reason => 'r' },
                        @ADMIN)) }

sub act {
    my ($id, $what, %body) = @_;
    return created(post("/points/volunteers/$id/$what",
                        { reason => 'r', %body }, @ADMIN));
}


is_deeply(board(), { year => undef, leaders => [] }, 'at first nobody leads');
is(board("year=$year")->{year}, $year, 'a year is told');

org('cy');
org('s1', 'cy');
org('a', 's1');
org('b', 's1');
org('s2', 'cy');
volunteer('v1', station => 'a');
volunteer('v2', station => 'b');
volunteer('v3', station => 's1');
volunteer('v4', station => 's2');
volunteer('v5');
is(leaders(), '', 'nor one without points');

grant('v1', 10);
grant('v2', 30);
grant('v3', 10);
grant('v4', 40);
grant('v5', 20);
is(leaders(), '1:v4:40 2:v2:30 3:v5:20 4:v1:10 4:v3:10',
   'by points, then by id; those with as many share a rank');
is(leaders("year=$year"), leaders(), 'the same of this year');
is(leaders('limit=2'), '1:v4:40 2:v2:30', 'so many as one asks for');
is(leaders('org=a'), '1:v1:10', 'those of a station');
is(leaders('org=s1'), '1:v2:30 2:v1:10 2:v3:10',
   'those of a street centre and below it');
is(leaders('org=cy'), '1:v4:40 2:v2:30 3:v1:10 3:v3:10', 'and of the centre');
is(leaders("org=cy&limit=2&year=$year"), '1:v4:40 2:v2:30', 'of a year');
is(leaders('', $_), leaders(), "$_ sees it") for
    'merchant:chen:tea', 'organizer:o:a', 'auditor:a', 'admin:root';


# Hours, of whichever year, and what is taken back.

my $then = $year - 1;
my $e = hours('v1', 50);
is(leaders('org=a'), '1:v1:10', 'minutes short of a point change nothing');
my $late = hours('v1', 600, "$then-06-01");
is(leaders('org=a'), '1:v1:20', 'hours count');
is(leaders("org=a&year=$then"), '1:v1:10', 'in the year of their day');
is(leaders("org=a&year=$year"), '1:v1:10', 'alone');
undo($late);
is(leaders("year=$then"), '', 'a reversal takes them back');
is(leaders(), '1:v4:40 2:v2:30 3:v5:20 4:v1:10 4:v3:10', 'of all time too');
my ($gift) = entries('v4');
undo($gift->{entry});
is(leaders(), '1:v2:30 2:v5:20 3:v1:10 3:v3:10',
   'who led may have nothing left');
grant('v4', 40);


# Who is not shown.

my $with_v2 = leaders();
is(volunteer('v2', station => 'b', minor => true)->{minor}, true,
   'a minor is one');
is(leaders(), '1:v4:40 2:v5:20 3:v1:10 3:v3:10', 'and on no list');
is(leaders('org=b'), '', 'that of the station included');
is(leaders("year=$year&org=s1"), '1:v1:10 1:v3:10', 'nor that of a year');
grant('v2', 5);
is(leaders('org=b'), '', 'whatever they earn');
is(get('/points/me', as => 'volunteer:v2')->{json}{minor}, true,
   'they see why');
is(get('/points/volunteers/v2', @ADMIN)->{json}{minor}, true,
   'as does an admin');
my $v2 = volunteer('v2', station => 'b');
ok(!exists $v2->{minor} && !exists $v2->{listed},
   'what is left out is not set any more');
is(leaders(), '1:v4:40 2:v2:35 3:v5:20 4:v1:10 4:v3:10',
   'and they are shown with all they have');
is(volunteer('v4', station => 's2', listed => false)->{listed}, false,
   'one may decline');
is(leaders(), '1:v2:35 2:v5:20 3:v1:10 3:v3:10', 'and is not shown');
volunteer('v4', station => 's2', listed => true);
is(leaders('limit=1'), '1:v4:40', 'until they want to be');
act('v4', 'freeze');
is(leaders('limit=1'), '1:v2:35', 'one who is frozen is not shown');
grant('v4', 1);
volunteer('v4', station => 'b');
is(leaders('org=cy&limit=1'), '1:v2:35', 'nor after they earned or moved');
act('v4', 'unfreeze');
is(leaders('org=b'), '1:v4:41 2:v2:35', 'until they are not frozen any more');
is(leaders('org=s2'), '', 'with the org that is theirs now');
is(leaders("org=b&year=$year"), '1:v4:41 2:v2:35', 'the same of the year');
is_problem(put('/points/volunteers/v1', { kind => 'general', $_ => 1 }, @ADMIN),
           422, 'invalid-field', "$_ is true or false", $_)
    for qw( minor listed );


# Accounts that are merged.

grant('v3', 3);
act('v3', 'merge', into => 'v1');
is(leaders('org=s1'), '1:v4:41 2:v2:35 3:v1:23',
   'one who was merged is where all is');
is(leaders("org=s1&year=$year"), leaders('org=s1'), 'of the year too');
my ($merge) = entries('v1');
volunteer('v1', station => 's2');
is(leaders('org=s2'), '1:v1:23', 'who moves takes all along');
undo($merge->{entry});
is(leaders('org=s1'), '1:v4:41 2:v2:35 3:v3:13', 'parted, each is there again');
is(leaders("org=s2&year=$year"), '1:v1:10', 'with what is theirs');
volunteer('v5', minor => true);
act('v5', 'merge', into => 'v1');
is(leaders('org=s2'), '1:v1:30', 'into whom a minor was merged is shown');
($merge) = entries('v1');
undo($merge->{entry});
is(leaders('org=s2'), '1:v1:10', 'who is a minor when they are parted');
is(leaders(), '1:v4:41 2:v2:35 3:v3:13 4:v1:10', 'is not');

my $line = qq({"type":"opening","volunteer":"v5","earned":90,"balance":9,)
           . qq("year_earned":7,"key":"o1"}\n)
           . qq({"type":"volunteer","volunteer":"v6","kind":"general",)
           . qq("station":"a","listed":true}\n)
           . qq({"type":"opening","volunteer":"v6","earned":90,"balance":9,)
           . qq("year_earned":7,"key":"o2"}\n)
           . qq({"type":"volunteer","volunteer":"v5","kind":"general"}\n);
my $r = post('/points/import', $line, @ADMIN, type => 'application/x-ndjson',
             key => undef);
like($r->{raw}, qr/"done":4/, 'lines of an import');
is(leaders('limit=2'), '1:v5:110 2:v6:90', 'count as well');
is(leaders("org=a&year=$year"), '1:v6:7', 'in their year too');


# An org that moves, and one that is deep.

org('a', 's2');
is(leaders('org=s2'), '1:v6:90 2:v1:10', 'an org that moves takes them along');
is(leaders('org=s1'), '1:v4:41 2:v2:35 3:v3:13', 'from where it was');


redis('EVAL', <<'LUA', 0, $P);
    redis.call('HSET', ARGV[1] .. 'g:big', 'title', 'big', 'level', 'centre')
    redis.call('ZADD', ARGV[1] .. 'orgs', 0, ':big')
    for i = 1, 1999 do
        redis.call('ZADD', ARGV[1] .. 'orgs', 0, 'big:o' .. i)
        redis.call('ZADD', ARGV[1] .. 'lb::o' .. i, -i, 'x' .. i)
    end
LUA
is(leaders('org=big&limit=2'), '1:x1999:1999 2:x1998:1998',
   'an org with many below it');
redis('ZADD', "${P}orgs", 0, 'o7:one');
is_problem(get('/points/leaderboard?org=big', @ADMIN), 422, 'invalid-field',
           'and one with too many', 'org');
redis('EVAL', <<'LUA', 0, $P);
    redis.call('DEL', ARGV[1] .. 'g:big')
    redis.call('ZREM', ARGV[1] .. 'orgs', ':big', 'o7:one')
    for i = 1, 1999 do
        redis.call('ZREM', ARGV[1] .. 'orgs', 'big:o' .. i)
        redis.call('DEL', ARGV[1] .. 'lb::o' .. i)
    end
LUA


# What is asked.

is_problem(get("/points/leaderboard?$_->[0]", @ADMIN), 422, 'invalid-field',
           $_->[0], $_->[1])
    for ['year=12', 'year'], ['limit=101', 'limit'], ['org=a%2fb', 'org'];
is_problem(get('/points/leaderboard?org=nowhere', @ADMIN), 404, 'not-found',
           'an org that is none', 'org');
is(get('/points/leaderboard?limit=2&format=csv', @ADMIN)->{raw},
   "\xef\xbb\xbfrank,volunteer,points\r\n1,v5,110\r\n2,v6,90\r\n",
   'as a table');


# The same under load as one after the other.

crowd(port(), 8, sub {
    my ($client) = @_;
    our %sent;
    return undef if $sent{$client}++ == 10;
    return build('POST', '/points/volunteers/v' . (1 + $client % 4) . '/awards',
                 as => 'admin:root', key => fresh_key(),
                 body => { case => 'grant', points => 1 + $client,
                           evidence => 'e' });
}, sub {});
my %earned = map { $_ => account("v$_")->{earned} } 1 .. 6;
my @want = sort { $earned{$b} <=> $earned{$a} || $a <=> $b } 1 .. 6;
is(join(' ', map { "$_->{volunteer}:$_->{points}" } @{ board()->{leaders} }),
   join(' ', map { "v$_:$earned{$_}" } @want), 'a crowd is counted right');


# The audit.

sub audit {
    post('/points/audit', {}, @ADMIN);
    my $a;
    wait_for(sub { $a = get('/points/audit', @ADMIN)->{json};
                   $a->{state} eq 'done' });
    return join '; ', map { join ' ', map { $_ // '' }
                            @$_{qw( what id field expected found detail )} }
                      @{ $a->{found} };
}

volunteer('v3', minor => true, station => 's1');
is(audit(), '', 'boards and accounts agree');
for (['another score', 'account v1 lb:: -' . $earned{1} . ' -7 ',
      'ZADD', "${P}lb::", -7, 'v1'],
     ['one who is missing', "account v4 lb:$year:b -\\d+  ",
      'ZREM', "${P}lb:$year:b", 'v4'],
     ['one who is not there', 'account ghost lb::a  -9 is on a board without '
      . 'points for it', 'ZADD', "${P}lb::a", -9, 'ghost'],
     ['a minor on a board', 'account v3 lb::  -9 is on a board without points '
      . 'for it', 'ZADD', "${P}lb::", -9, 'v3'],
     ['a minor who is not among the hidden', 'account v3 lh -\d+  ',
      'ZREM', "${P}lh", 'v3'],
     ['nor of their org', 'account v3 lh:s1 -\d+  ', 'ZREM', "${P}lh:s1", 'v3'],
     ['one among the hidden of another org', 'account v3 lh:a  -9 is on a board '
      . 'without points for it', 'ZADD', "${P}lh:a", -9, 'v3'],
     ['a board of a year that no account has', 'account v1 lb:1999:  -9 is on '
      . 'a board without points for it', 'ZADD', "${P}lb:1999:", -9, 'v1'])
{
    my ($name, $want, @command) = @$_;
    my $dump = redis('DUMP', $command[1]);
    redis(@command);
    like(audit(), qr/^$want$/, "the audit finds $name");
    redis('DEL', $command[1]);
    redis('RESTORE', $command[1], 0, $dump) if defined $dump;
}
is(audit(), '', 'and nothing once it is mended');


# An org with very many below it is read from the district's board, as far as
# that has its first; it says the same.

sub lines {
    my $r = post('/points/import', join('', map { "$_\n" } @_), @ADMIN,
                 key => undef, type => 'application/x-ndjson');
    like($r->{raw}, qr/"failed":0,"complete":true/, 'lines come in');
}

sub person {
    my ($id, $station, $points) = @_;
    my $account = qq("volunteer":"$id");
    return (qq({"type":"volunteer",$account,"kind":"general",)
            . qq("station":"$station"}),
            qq({"type":"award","key":"$id",$account,"case":"grant",)
            . qq("points":$points,"evidence":"e"}));
}

my %of = (near => [], far => []);
lines(map { my $tree = $_;
            (qq({"type":"org","org":"$tree","title":"c"}),
             qq({"type":"org","org":"$tree-s","title":"s","parent":"$tree"}),
             map { qq({"type":"org","org":"$tree-s-$_","title":"t",)
                   . qq("parent":"$tree-s"}) } 1 .. 120) } qw( near far ));
lines(map { my ($n, $tree) = ($_, $_ <= 230 ? 'near' : 'far');
            my $points = 5000 - int($n / 3);
            push @{ $of{$tree} }, [sprintf('w%03d', $n), $points];
            person("w" . sprintf('%03d', $n), "$tree-s-" . (1 + $n % 120),
                   $points) } 1 .. 260);

sub expected {
    my ($tree, $limit) = @_;
    my ($n, $rank, $last) = (0, 0, -1);
    return join ' ', map {
        $n++;
        $rank = $n if $_->[1] != $last;
        $last = $_->[1];
        "$rank:$_->[0]:$last"
    } @{ $of{$tree} }[0 .. $limit - 1];
}

for my $limit (5, 100) {
    is(leaders("org=near&limit=$limit"), expected('near', $limit),
       "the first $limit of an org whose people lead the district");
}
is(leaders('org=near-s&limit=30'), expected('near', 30), 'or of its street');
is(leaders("org=far&limit=20&year=$year"), expected('far', 20),
   'and of one whose first come behind very many others');
is(leaders('org=far-s-15&limit=5'), "1:w254:4916",
   'a station has its own alone');
volunteer('w001', station => 'far-s-1');
is(leaders('org=near&limit=1'), '1:w002:5000', 'who moves to another centre');
is(leaders('org=far&limit=2'), '1:w001:5000 2:w231:4923',
   'leads there at once');


# What is corrupt is told before anything is written.

for (['a board that is none', 'SET', "${P}lb::b", 'x'],
     ['the list of who is not shown', 'SET', "${P}lh", 'x'],
     ['a flag that is none', 'HSET', "${P}v:v4", 'minor', 'maybe'])
{
    my ($name, @command) = @$_;
    my $dump = redis('DUMP', $command[1]);
    redis('DEL', $command[1]) if $command[0] eq 'SET';
    redis(@command);
    unchanged {
        is(post('/points/volunteers/v4/awards',
                { case => 'grant', points => 1, evidence => 'e' }, @ADMIN)
           ->{status}, 500, "$name: nothing is earned");
        is(put('/points/volunteers/v4', { kind => 'general', station => 'a' },
               @ADMIN)->{status}, 500, 'nobody moves');
        is(post('/points/volunteers/v4/freeze', { reason => 'r' }, @ADMIN)
           ->{status}, 500, 'nor is frozen');
    } 'and nothing is written';
    redis('DEL', $command[1]);
    redis('RESTORE', $command[1], 0, $dump);
}
redis('ZADD', "${P}lb::", '-9999.5', 'v1');
is(get('/points/leaderboard', @ADMIN)->{status}, 500,
   'a score that is no points');
expect_log(qr/stopped, nothing was changed: .*(CORRUPT|WRONGTYPE)/);

done();
