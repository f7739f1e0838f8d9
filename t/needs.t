#!/usr/bin/env perl

# Needs of residents: published, taken by one volunteer, done, confirmed by
# whom it served; what nobody takes goes up the tree and expires.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules({ limits => { minutes_per_day => 720,
                          organizer_minutes_per_day => 300 } });
start_redis({ env => frozen_clock('2026-03-02 04:00:00') });   # Monday noon
start_nginx(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties off;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ { vol chaoyang; }

        location /elsewhere/ { vol elsewhere; }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @AUDITOR = (as => 'auditor:audit');
my $P = 'vol:{chaoyang}:';
my $TODAY = '2026-03-02';
my @SEEN = qw( at id minutes on scope state station title until );

sub org {
    created(put("/points/orgs/$_[0]", { title => $_[0],
                                        $_[1] ? (parent => $_[1]) : () },
                @ADMIN));
}

sub ask {
    my ($as, %o) = @_;
    return post('/points/needs', { title => 'A lamp', station => 'a',
                                   on => $TODAY, minutes => 90, %o },
                as => $as);
}

sub asked { created(ask(@_))->{id} }

sub act {
    my ($need, $what, $as, $body, @o) = @_;
    return post("/points/needs/$need/$what", $body || {}, as => $as, @o);
}

sub need { get("/points/needs/$_[0]", $_[1] ? (as => $_[1]) : @ADMIN)->{json} }

sub state { need($_[0])->{state} }

sub list {
    my ($query, @as) = @_;
    my $page = created(get("/points/needs$query", @as ? @as : @ADMIN));
    return join(' ', map { $_->{id} } @{ $page->{needs} });
}

sub stats {
    my ($org, $figure) = @_;
    my $s = created(get("/points/orgs/$org/stats", @ADMIN));
    return "$s->{$figure} $s->{year}{$figure}";
}

org('cy');
org('s1', 'cy');
org('s2', 'cy');
org('a', 's1');
org('b', 's2');
volunteer($_, station => 'a') for qw( v1 v2 v3 r1 );
volunteer('w1', station => 'b');


# A need is published.

my $r = ask('volunteer:r1', tags => ['lamp', 'ladder'],
            note => "3rd floor, \x{706f}", starts => "${TODAY}T18:00:00+08:00");
is($r->{status}, 201, 'a resident asks for something');
my $n1 = $r->{json}{id};
like($n1, qr/^\d+-\d+$/, 'which is given an id');
is_deeply($r->{json}, {
    id => $n1, at => "${TODAY}T12:00:00+08:00", title => 'A lamp',
    tags => ['lamp', 'ladder'], station => 'a', scope => 'a', on => $TODAY,
    starts => "${TODAY}T18:00:00+08:00", minutes => 90,
    until => "${TODAY}T18:00:00+08:00", state => 'open',
    note => "3rd floor, \x{706f}", resident => 'r1',
}, 'and is open until it begins');
is(ask('volunteer:r1')->{json}{until}, '2026-03-03T00:00:00+08:00',
   'without a time it is open until the day is over');
is(ask('organizer:o:s1', resident => 'r9')->{json}{resident}, 'r9',
   'an organizer asks for a resident');
ok(!exists ask('organizer:o:a')->{json}{resident}, 'or for nobody by name');
is_problem(ask('volunteer:r1', resident => 'r2'), 403, 'forbidden',
           'a resident asks for nobody else');
is_problem(ask('organizer:o:s2'), 403, 'forbidden',
           'nor an organizer at a station out of reach');
is_problem(ask($_), 403, 'forbidden', "$_ asks for nothing")
    for 'auditor:audit', 'merchant:m:tea';

for ([station => 'nowhere', 'an org that is none'],
     [on => '2026-03-01', 'a day that is over'],
     [on => '2027-03-04', 'a day in over a year'],
     [starts => "${TODAY}T11:59:00+08:00", 'a time that is over'],
     [starts => '2026-03-03T09:00:00+08:00', 'a time of another day'],
     [until => "${TODAY}T12:00:00+08:00", 'an end that is now'],
     [until => '2026-03-03T00:00:01+08:00', 'an end behind its day'],
     [title => '', 'no title'], [title => 'x' x 201, 'a long title'],
     [note => 'x' x 501, 'a long note'], [minutes => 0, 'no minutes'],
     [minutes => 1441, 'more than a day'], [tags => ['a b'], 'a bad tag'],
     [tags => [1 .. 17], 'bad tags'], [tags => [map { "t$_" } 1 .. 17],
                                       '17 tags'])
{
    my ($field, $value, $name) = @$_;
    unchanged {
        is_problem(ask('volunteer:r1', $field => $value), 422,
                   'invalid-field', "$name is refused", $field);
    } 'and nothing is written';
}

$r = post('/points/needs', { title => 'x', station => 'a', on => $TODAY,
                             minutes => 5 }, as => 'volunteer:r2', key => 'k1');
my $again = post('/points/needs', { title => 'x', station => 'a', on => $TODAY,
                                    minutes => 5 }, as => 'volunteer:r2',
                 key => 'k1');
is("$again->{status} $again->{json}{id}", "201 $r->{json}{id}",
   'the same key asks once');
is(post('/points/needs', { title => 'y', station => 'a', on => $TODAY,
                           minutes => 5 }, as => 'volunteer:r2', key => undef)
   ->{status}, 201, 'a key need not be given');

ask('volunteer:r3') for 1 .. 20;
is_problem(ask('volunteer:r3'), 409, 'limit-reached',
           'nobody asks for more than 20 things at once');
act((split ' ', list('?resident=r3'))[0], 'withdraw', 'volunteer:r3');
is(ask('volunteer:r3')->{status}, 201, 'when one has ended they may');
is_problem(ask('volunteer:r3'), 409, 'limit-reached',
           'once, though the last may not be the one that ended');
is(ask('volunteer:r2', minutes => 720)->{status}, 201,
   'one may take all the minutes of a day');
is_problem(ask('volunteer:r2', minutes => 721), 422, 'invalid-field',
           'what nobody could be given for is not asked', 'minutes');

volunteer('busy', station => 'b');
my @taken = map { asked('admin:root', station => 'b') } 1 .. 21;
is(act($_, 'accept', 'volunteer:busy')->{status}, 200, 'one takes a need')
    for @taken[0 .. 19];
unchanged {
    is_problem(act($taken[20], 'accept', 'volunteer:busy'), 409,
               'limit-reached', 'not more than 20 that have not ended');
} 'and nothing is changed';
is(act($taken[19], 'accept', 'volunteer:busy')->{status}, 200,
   'who has one has it');
act($taken[7], 'release', 'volunteer:busy');
is(act($taken[20], 'accept', 'volunteer:busy')->{status}, 200,
   'when one is given back they may');
push @taken, asked('admin:root', station => 'b');
is_problem(act($taken[-1], 'accept', 'volunteer:busy'), 409, 'limit-reached',
           'one for one');
act($_, 'withdraw', 'admin:root') for @taken;


# Who sees what.

is(join(' ', sort keys %{ need($n1, 'volunteer:v1') }),
   join(' ', sort @SEEN, 'tags', 'starts'),
   'other volunteers see what is asked for');
for my $as ('volunteer:r1', 'organizer:o:a', 'organizer:o:cy', 'auditor:audit',
            'admin:root')
{
    is(need($n1, $as)->{note} . need($n1, $as)->{resident},
       "3rd floor, \x{706f}r1", "$as sees the note and who asks");
}
ok(!exists need($n1, 'organizer:o:s2')->{note},
   'an organizer elsewhere does not');
is_problem(get("/points/needs/$n1", as => 'merchant:m:tea'), 403, 'forbidden',
           'a merchant sees nothing');
is_problem(get("/points/needs/$_", @ADMIN), 404, 'not-found', "$_ is no need")
    for '1-0', 'x', '9' x 60;


# From open to confirmed.

is_problem(act($n1, 'done', 'volunteer:v1'), 403, 'forbidden',
           'who did not take it has not done it');
is_problem(act($n1, 'accept', 'volunteer:r1'), 403, 'forbidden',
           'a resident does not take their own need');
is_problem(act($n1, 'accept', 'volunteer:nobody'), 404, 'not-found',
           'nor who has no account', 'volunteer');
is_problem(act('1-0', 'accept', 'volunteer:v1'), 404, 'not-found',
           'nor anybody what is no need', 'need');
is_problem(act($n1, 'accept', 'volunteer:v1', { volunteer => 'v2' }), 403,
           'forbidden', 'a volunteer takes it for nobody else');
$r = act($n1, 'accept', 'volunteer:v1');
is("$r->{status} $r->{json}{state} $r->{json}{volunteer} $r->{json}{note}",
   "200 accepted v1 3rd floor, \x{706f}", 'a volunteer takes it, and sees all');
is(act($n1, 'accept', 'volunteer:v1')->{status}, 200, 'the same once more');
is(redis('HGET', "${P}v:v1", 'called'), 1, 'which counts once');
unchanged {
    is_problem(act($n1, 'accept', 'volunteer:v2'), 409, 'need-accepted',
               'the second is told so');
} 'and nothing is changed';
ok(!exists need($n1, 'volunteer:v2')->{volunteer},
   'and is not told who was first');
ok(exists need($n1, 'volunteer:v1')->{resident}, 'who was knows who asked');

is_problem(act($n1, 'done', 'volunteer:v1'), 409, 'not-started',
           'nothing is done before it begins');
is_problem(act($n1, 'confirm', 'volunteer:r1'), 409, 'need-accepted',
           'nor confirmed before it is done');
set_clock("$TODAY 10:30:00");
is(act($n1, 'done', 'volunteer:v1')->{json}{state}, 'done', 'it is done');
is(act($n1, 'done', 'volunteer:v1')->{status}, 200, 'the same once more');
is_problem(act($n1, 'release', 'volunteer:v1'), 409, 'need-done',
           'what is done is not given back');
is_problem(act($n1, 'withdraw', 'volunteer:r1'), 409, 'need-done',
           'nor withdrawn by who asked');
is_problem(act($n1, 'confirm', $_), 403, 'forbidden', "$_ does not confirm it")
    for 'volunteer:v1', 'volunteer:v2', 'organizer:o:s2', 'organizer:v1:a',
        'auditor:audit';
is_problem(act($n1, 'confirm', 'volunteer:r1', {}, key => undef), 400,
           'idempotency-key-required', 'points move: a key is required');

$r = act($n1, 'confirm', 'volunteer:r1', {}, key => 'c1');
is("$r->{status} $r->{json}{points} $r->{json}{earned} "
   . "$r->{json}{need}{state}", '201 1 1 confirmed',
   'its resident confirms it');
is($r->{json}{need}{entry}, $r->{json}{entry}, 'by an entry');
ok(!exists $r->{json}{account}, 'without the account of the volunteer');
my ($e) = entries('v1');
is_deeply([@$e{qw( entry type minutes ref org on by role points )}],
          [$r->{json}{entry}, 'hours', 90, $n1, 'a', $TODAY, 'r1', 'volunteer',
           1], 'which is hours of the need and its station');
is(account('v1')->{minutes}, 30, 'the rest is carried');
$again = act($n1, 'confirm', 'volunteer:r1', {}, key => 'c1');
is("$again->{status} $again->{json}{entry} "
   . ($again->{headers}{'idempotent-replayed'} // ''),
   "201 $r->{json}{entry} true", 'the same key confirms once');
is_problem(act($n1, 'confirm', 'volunteer:r1'), 409, 'need-confirmed',
           'another key does not');
is(stats($_, 'beneficiaries'), '1 1', "$_ has served a person")
    for qw( a s1 cy );
is(stats('s2', 'beneficiaries'), '0 0', 'others have not');
is(stats('a', 'minutes'), '90 90', 'the minutes count as others do');


# What an organizer does for those who have no phone.

my $n2 = asked('organizer:o:a', minutes => 200);
is_problem(act($n2, 'accept', 'organizer:o:a'), 422, 'invalid-field',
           'an organizer says who takes it', 'volunteer');
is_problem(act($n2, 'accept', 'organizer:o:a', { volunteer => 'w1' }), 403,
           'forbidden', 'of the volunteers in reach');
is(act($n2, 'accept', 'organizer:o:a', { volunteer => 'v2' })->{json}
   {volunteer}, 'v2', 'and takes it for one');
is(act($n2, 'release', 'volunteer:v2')->{json}{state}, 'open',
   'a volunteer gives it back');
is_problem(act($n2, 'release', 'volunteer:v2'), 403, 'forbidden',
           'and has it no more');
is(list('?volunteer=v2', as => 'volunteer:v2'), '', 'nor in their list');
is(act($n2, 'accept', 'organizer:o:a', { volunteer => 'v3' })->{status}, 200,
   'so that another takes it');
is(redis('HGET', "${P}v:v2", 'called'), 1, 'the first was called all the same');
is(act($n2, 'done', 'organizer:o:a')->{json}{state}, 'done',
   'an organizer says that it is done');
is(act($n2, 'confirm', 'organizer:o:a')->{json}{points}, 3, 'and confirms it');
my $n3 = asked('organizer:o:a', minutes => 101);
act($n3, $_->[0], 'organizer:o:a', $_->[1])
    for [accept => { volunteer => 'v3' }], [done => {}];
unchanged {
    is_problem(act($n3, 'confirm', 'organizer:o:a'), 409, 'limit-reached',
               'within the limit of an organizer');
} 'and nothing is changed';
is(act($n3, 'confirm', 'admin:root')->{status}, 201, 'an admin has none');
$r = act(asked('organizer:o:a'), 'withdraw', 'organizer:o:s1');
is($r->{json}{state}, 'withdrawn', 'an organizer above withdraws one');

my $gone = asked('volunteer:r1');
is_problem(act($gone, 'withdraw', $_), 403, 'forbidden', "$_ withdraws it not")
    for 'volunteer:v1', 'organizer:o:b', 'auditor:audit';
is(act($gone, 'accept', 'volunteer:v1', {}, key => 'g1')->{status}, 200,
   'a volunteer takes one with a key');
is_problem(act($gone, 'release', 'volunteer:v2'), 403, 'forbidden',
           'another does not give it back');
act($gone, 'release', 'volunteer:v1');
act($gone, 'accept', 'volunteer:v2');
is(act($gone, 'accept', 'volunteer:v1', {}, key => 'g1')->{headers}
   {'idempotent-replayed'}, 'true', 'a repeat is told what was done then');
is(need($gone)->{volunteer}, 'v2', 'and takes nothing from who has it now');
is(act($gone, 'withdraw', 'volunteer:r1')->{json}{state}, 'withdrawn',
   'its resident withdraws what was taken');
is(act($gone, 'withdraw', 'volunteer:r1')->{status}, 200, 'the same once more');
is_problem(act($gone, $_->[0], $_->[1]), 409, 'need-withdrawn',
           "then there is no $_->[0]")
    for ['accept', 'volunteer:v3'], ['done', 'volunteer:v2'],
        ['confirm', 'volunteer:r1'], ['release', 'volunteer:v2'];

my $long = asked('volunteer:r1', minutes => 700);
act($long, 'accept', 'volunteer:v3');
act($long, 'done', 'volunteer:v3');
is_problem(act($long, 'confirm', 'volunteer:r1'), 409, 'limit-reached',
           'nobody serves more than minutes_per_day');
is(state($long), 'done', 'it waits for an organizer');
is(act($long, 'withdraw', 'organizer:o:a')->{json}{state}, 'withdrawn',
   'who withdraws it');


# A reversal takes back all that a confirmation brought.

created(post("/points/ledger/$e->{entry}/reverse", { reason => 'r' }, @ADMIN));
is(stats('a', 'beneficiaries'), '2 2', 'who was not served counts no more');
is(stats('cy', 'beneficiaries'), '2 2', 'nowhere');
is(balance('v1'), 0, 'and the points are gone');


# Frozen and merged accounts.

volunteer($_, station => 'a') for qw( f1 m1 m2 );
my $n4 = asked('volunteer:r4');
created(post('/points/volunteers/f1/freeze', { reason => 'r' }, @ADMIN));
is_problem(act($n4, 'accept', 'volunteer:f1'), 409, 'frozen',
           'a frozen account takes nothing');
created(post('/points/volunteers/m1/merge', { into => 'm2', reason => 'r' },
             @ADMIN));
is_problem(act($n4, 'accept', 'volunteer:m1'), 409, 'merged',
           'nor one that was merged into another');
my $own = asked('volunteer:m1');
is_problem(act($own, 'accept', 'volunteer:m2'), 403, 'forbidden',
           'nor does that take what it asked for by the other id');

volunteer($_, station => 'a') for qw( p1 p2 );
my $n5 = asked('volunteer:p1');
act($n5, 'accept', 'volunteer:p2');
act($n5, 'done', 'volunteer:p2');
my $merge = created(post('/points/volunteers/p2/merge',
                         { into => 'p1', reason => 'r' }, @ADMIN))->{entry};
is_problem(act($n5, 'confirm', 'volunteer:p1'), 403, 'forbidden',
           'nobody confirms what they did by another id');
is_problem(act($n5, 'confirm', 'admin:root'), 403, 'forbidden',
           'nor anybody, that one served themself');
is(need($n5, 'volunteer:p1')->{volunteer}, 'p2', 'they see it');
created(post("/points/ledger/$merge/reverse", { reason => 'r' }, @ADMIN));
is(act($n5, 'confirm', 'admin:root')->{status}, 201,
   'two persons after all may');


# Lists.

my @b = map { asked('organizer:o:b', station => 'b', title => "b$_") } 1 .. 5;
is(list('?org=b'), join(' ', reverse @b), 'those of a station, newest first');
my $page = created(get('/points/needs?org=s2&limit=2', @ADMIN));
is(join(' ', map { $_->{id} } @{ $page->{needs} }), "$b[4] $b[3]",
   'a page of what is below an org');
$page = created(get("/points/needs?org=s2&limit=3&after=$page->{next}",
                    @ADMIN));
is(join(' ', map { $_->{id} } @{ $page->{needs} }), join(' ', @b[2, 1, 0]),
   'and the next');
ok(!exists $page->{next}, 'which is the last');
is(list('', as => 'organizer:o:s2'), join(' ', reverse @b),
   'an organizer sees their own org first');
like(list(''), qr/^\Q$b[4]\E /, 'an admin all');
act($b[1], 'accept', 'volunteer:w1');
is(list('?org=b'), join(' ', @b[4, 3, 2, 0]), 'what is taken is open no more');
is(list('?org=b&state=accepted', @AUDITOR), $b[1], 'and is among its like');
is(list('?volunteer=w1', as => 'volunteer:w1'), $b[1],
   'a volunteer sees what they took');
is(list('', as => 'volunteer:r4'), $n4, 'and what they asked for');
is(list('?resident=r4&state=done', as => 'volunteer:r4'), '', 'by its state');
$r = created(get('/points/needs?org=b', as => 'volunteer:v1'))->{needs}[0];
is(join(' ', sort keys %$r), join(' ', @SEEN),
   'everybody sees what is open somewhere');
is(list('?resident=r4', as => 'organizer:o:s1'), $n4,
   'an organizer sees who asked');
is(list('?resident=r4', as => 'organizer:o:s2'), '', 'not elsewhere');
is_problem(get("/points/needs?$_->[0]", as => 'volunteer:v1'), $_->[1], $_->[2],
           $_->[3], $_->[4])
    for ['resident=r1', 403, 'forbidden', 'a volunteer not whom others are'],
        ['volunteer=v2', 403, 'forbidden', 'nor what they took'],
        ['state=new', 422, 'invalid-field', 'a state is one of six', 'state'],
        ['after=1', 422, 'invalid-field', 'a next is what was given', 'after'],
        ['resident=v1&org=a', 422, 'invalid-field', 'one list at a time',
         'org'],
        ['resident=v1&volunteer=v1', 422, 'invalid-field', 'of one person',
         'volunteer'];


# What nobody takes goes up the tree, and expires at the centre.

set_clock('2026-03-03 00:00:00');
my %day = (on => '2026-03-03', until => '2026-03-03T11:00:00+08:00');
my $up = asked('volunteer:r5', %day);
my $held = asked('volunteer:r5', %day);
act($held, 'accept', 'volunteer:v1');
my $from_street = asked('organizer:o:s1', %day, station => 's1');
is(need($up)->{scope}, 'a', 'a need is offered at its station');
set_clock('2026-03-03 01:00:00');
is(need($up)->{scope}, 's1', 'after a third of its time by the street centre');
is(need($from_street)->{scope}, 's1', 'half the time when it began there');
set_clock('2026-03-03 01:30:00');
is(need($from_street)->{scope}, 'cy', 'then by the centre');
set_clock('2026-03-03 02:00:00');
is(need($up)->{scope}, 'cy', 'which comes last for all');
set_clock('2026-03-03 02:59:59');
is(list('?org=a'), $up, 'in its last second it is open');
set_clock('2026-03-03 03:00:00');
is(list('?org=a'), '', 'then in no list of open ones');
is(list('?org=a&state=expired') =~ /\Q$up\E/ ? 1 : 0, 1,
   'but of those that expired');
is_problem(act($up, 'accept', 'volunteer:v1'), 409, 'need-expired',
           'nobody takes it any more');
is(state($held), 'accepted', 'one that was taken does not expire');
is(act($held, 'release', 'volunteer:v1')->{json}{state}, 'expired',
   'until it is given back');
is(redis('ZCARD', "${P}needs:due"), 0, 'nothing is due any more');

act($held = asked('volunteer:r5', on => '2026-03-03', until =>
                  '2026-03-03T14:00:00+08:00'), 'accept', 'volunteer:v1');
set_clock('2026-03-03 04:30:00');
is(join(' ', @{ act($held, 'release', 'volunteer:v1')->{json} }
                {qw( state scope )}), 'open s1',
   'what is given back is offered where it would be');
act($held, 'withdraw', 'volunteer:r5');

my $slow = asked('volunteer:r5', on => '2026-03-04');
set_clock('2026-03-05 00:00:00');
is(state($slow), 'expired', 'it may have been long');


# Many at once.

set_clock('2026-03-06 04:00:00');
volunteer("x$_", station => 'a') for 0 .. 15;
my @day = (on => '2026-03-06');

sub race {
    my ($n, $request) = @_;
    my (%sent, %told);
    crowd(port(), $n,
          sub { $sent{$_[0]}++ ? undef : $request->($_[0]) },
          sub { my ($i, $r) = @_;
                $told{ join ' ', $r->{status},
                       $r->{json}{type} // $r->{json}{state} // '' }++ });
    return \%told;
}

sub call {
    my ($need, $what, $as) = @_;
    return build('POST', "/points/needs/$need/$what", as => $as, body => {},
                 key => fresh_key());
}

my $one = asked('volunteer:r7', @day);
is_deeply(race(16, sub { call($one, 'accept', "volunteer:x$_[0]") }),
          { '200 accepted' => 1, '409 urn:ngx-vol:need-accepted' => 15 },
          'of many who take a need at once one has it');
my $taker = need($one)->{volunteer};
is(join(' ', grep { (redis('HGET', "${P}v:x$_", 'called') // 0) == 1 }
        0 .. 15), substr($taker, 1), 'and is the one who was called');

for my $round (1 .. 5) {
    my $either = asked('volunteer:r7', @day);
    my $told = race(2, sub {
        $_[0] ? call($either, 'withdraw', 'volunteer:r7')
              : call($either, 'accept', 'volunteer:x1') });
    is(state($either), 'withdrawn', 'what is withdrawn stays so');
    ok($told->{'200 withdrawn'}, 'though somebody would take it at once');
}

act($one, 'done', "volunteer:$taker");
my $served = (split ' ', stats('a', 'beneficiaries'))[0];
is_deeply(race(16, sub { call($one, 'confirm', 'volunteer:r7') }),
          { '201 ' => 1, '409 urn:ngx-vol:need-confirmed' => 15 },
          'of many confirmations one counts');
is(scalar(entries($taker)), 1, 'by one entry');
is((split ' ', stats('a', 'beneficiaries'))[0], $served + 1,
   'and one person was served');


# The figures follow from the ledger.

sub moved {
    my ($what) = @_;
    my $lines = get("/points/export?what=$what", @ADMIN)->{raw};
    my $r = post('/elsewhere/import', $lines =~ s/\A.*?\r\n\r\n//sr, @ADMIN,
                 key => undef, type => 'application/x-ndjson');
    return $r->{raw} =~ /"result".*"failed":0\b/;
}
my $told = stats('a', 'beneficiaries');
ok(moved($_), "the $_ is taken elsewhere") for qw( registry ledger );
$r = created(get('/elsewhere/orgs/a/stats', @ADMIN));
is("$r->{beneficiaries} $r->{year}{beneficiaries}", $told,
   'and who was served is known there');


# What was so already is remembered with its key, too.

my $kept = asked('volunteer:r9', @day);
created(act($kept, 'accept', 'volunteer:v2'));
my @known = (key => fresh_key());
my $first = act($kept, 'accept', 'volunteer:v2', {}, @known);
is($first->{status}, 200, 'who has it is told so');
created(act($kept, 'release', 'volunteer:v2'));
my $repeat = act($kept, 'accept', 'volunteer:v2', {}, @known);
is($repeat->{headers}{'idempotent-replayed'}, 'true',
   'a repeat is answered as then');
is($repeat->{raw}, $first->{raw}, 'in the same words');
is(state($kept), 'open', 'and takes nothing');


# What is corrupt is told before anything is written.

my $n6 = asked('volunteer:r8', @day);
for (['a state that is none', "n:$n6", 'HSET', 'state', 'lost'],
     ['minutes that are no number', "n:$n6", 'HSET', 'minutes', 'x'],
     ['a title that is no text', "n:$n6", 'HSET', 'title', "\xff"],
     ['a need that is no hash', "n:$n6", 'SET', 'x'],
     ['a list that is none', 'nl:accepted:s1', 'SET', 'x'],
     ['offers that are none', 'ns:a:', 'SET', 'x'],
     ['a list of a volunteer that is none', 'nw:v1', 'SET', 'x'],
     ['a count that is no number', 'v:v1', 'HSET', 'called', 'x'])
{
    my ($name, $key, $command, @args) = @$_;
    my $dump = redis('DUMP', "$P$key");
    redis('DEL', "$P$key") if $command eq 'SET';
    redis($command, "$P$key", @args);
    unchanged {
        is(act($n6, 'accept', 'volunteer:v1')->{status}, 500,
           "$name is an error");
    } 'and nothing is written';
    redis('DEL', "$P$key");
    redis('RESTORE', "$P$key", 0, $dump) if defined $dump;
}
redis('SET', "${P}needs:last", 'x');
is(ask('volunteer:r8', @day)->{status}, 500, 'a last need that is none, too');
expect_log(qr/stopped, nothing was changed: (CORRUPT|WRONGTYPE)/);

done();
