#!/usr/bin/env perl

# Sign-up: a hard limit of places, a waiting list that moves up by itself, one
# person in one place at a time.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules();
start_redis({ env => frozen_clock('2026-04-10 00:00:00') });
start_nginx(conf => <<'CONF');
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

created(put("/points/orgs/$_", { title => $_ }, @ADMIN)) for qw( s1 s2 );
volunteer("v$_") for 1 .. 9;

# an activity that is open, from an hour of 11 April to another, with posts of so
# many places
sub open_activity {
    my ($id, $from, $to, $posts, %o) = @_;
    created(draft($id, $from, $to, $posts, %o));
    return created(post("/points/activities/$id/publish", undef, @ADMIN));
}

sub draft {
    my ($id, $from, $to, $posts, %o) = @_;
    my $time = sub { sprintf '2026-04-11T%02d:00:00+08:00', $_[0] };
    return put("/points/activities/$id", {
        title => $id, place => 'Here', org => 's1', starts => $time->($from),
        ends => $time->($to),
        posts => [map { { id => $_, title => $_, places => $posts->{$_} } }
                  sort keys %$posts],
        %o }, @ADMIN);
}

sub signup {
    my ($id, $who, %o) = @_;
    my %as = (as => delete $o{as} || "volunteer:$who");
    return post("/points/activities/$id/signups", \%o, %as);
}

sub withdraw {
    my ($id, $who, %o) = @_;
    my %as = (as => delete $o{as} || "volunteer:$who");
    return post("/points/activities/$id/withdraw", \%o, %as);
}

sub signups {
    my ($id, $query) = @_;
    return created(get("/points/activities/$id/signups?" . ($query || ''),
                       @STREET));
}

# who is where, as one text
sub places {
    my ($id) = @_;
    return join ' ', map { "$_->{volunteer}:$_->{post}:$_->{state}"
                           . ($_->{position} // '') }
                     @{ signups($id)->{signups} };
}

sub counts {
    my ($id) = @_;
    return join ' ', map { "$_->{id} $_->{taken}/$_->{places}+$_->{waiting}" }
                     @{ created(get("/points/activities/$id", @ADMIN))
                        ->{posts} };
}


# Places, and those who wait for one.

created(draft('river', 9, 11, { gate => 2, desk => 1 }));
is_problem(signup('river', 'v1', post => 'gate'), 404, 'not-found',
           'for a draft nobody signs up');
is_problem(signup('river', 'v1', post => 'gate', volunteer => 'v1', @STREET),
           409, 'not-open', 'not by its organizer either');
created(post('/points/activities/river/publish', undef, @STREET));

my $r = signup('river', 'v1', post => 'gate');
is($r->{status}, 201, 'a volunteer signs up for a post');
is_deeply($r->{json}, { activity => 'river', volunteer => 'v1', post => 'gate',
                        state => 'placed',
                        signed_up => '2026-04-10T08:00:00+08:00' },
          'and has a place');
is(signup('river', 'v1', post => 'gate')->{status}, 200, 'twice is once');
is_problem(signup('river', 'v1', post => 'desk'), 409, 'already-signed-up',
           'another post of the same activity is refused');
is_problem(signup('river', 'v2', post => 'zz'), 422, 'invalid-field',
           'a post that is none', 'post');
is_problem(signup('river', 'v2'), 422, 'invalid-field',
           'of more than one it is to be said which', 'post');
is_problem(signup('zz', 'v2', post => 'gate'), 404, 'not-found',
           'an activity that is none', 'activity');
is(signup('river', 'v2', post => 'gate', volunteer => 'v2', @STREET)
   ->{status}, 201, 'an organizer signs somebody up');
is_problem(signup('river', 'v3', post => 'gate', @STREET), 422,
           'invalid-field', 'who is to be said', 'volunteer');
is_problem(signup('river', 'v3', post => 'gate', volunteer => 'zz', @STREET),
           404, 'not-found', 'one who has an account', 'volunteer');
is_problem(signup('river', 'v3', post => 'gate', volunteer => 'v3',
                  as => 'organizer:x:s2'), 403, 'forbidden',
           'not the organizer of another org');
is_problem(signup('river', 'v3', post => 'gate', volunteer => 'v4'), 403,
           'forbidden', 'nor a volunteer for another');
is_problem(signup('river', 'v3', post => 'gate', as => $_), 403, 'forbidden',
           "nor $_") for 'merchant:m:tea', 'auditor:a';

$r = signup('river', 'v3', post => 'gate');
is($r->{status}, 201, 'who comes when all places are taken');
is_deeply([@{ $r->{json} }{qw( state position )}], ['waiting', 1], 'waits');
is(signup('river', 'v4', post => 'gate')->{json}{position}, 2,
   'the next behind');
is(signup('river', 'v5', post => 'desk')->{json}{state}, 'placed',
   'another post has a place');
is(places('river'), 'v1:gate:placed v2:gate:placed v3:gate:waiting1 '
   . 'v4:gate:waiting2 v5:desk:placed', 'the organizer sees all, in order');
is(counts('river'), 'desk 1/1+0 gate 2/2+2', 'and how many places are taken');

my $page = signups('river', 'limit=3');
is(join(' ', map { $_->{volunteer} } @{ $page->{signups} }), 'v1 v2 v3',
   'a page of them');
$page = signups('river', "limit=3&after=$page->{next}");
is(join(' ', map { $_->{volunteer} } @{ $page->{signups} }), 'v4 v5',
   'and the next');
ok(!exists $page->{next}, 'which is the last');
$page = signups('river', 'state=waiting&limit=1');
is(join(' ', map { $_->{volunteer} } @{ $page->{signups} }), 'v3',
   'those who wait');
$page = signups('river', "state=waiting&limit=1&after=$page->{next}");
is(join(' ', map { $_->{volunteer} } @{ $page->{signups} }), 'v4',
   'page by page');
is(@{ signups('river', 'state=unconfirmed')->{signups} }, 0, 'or none');
is_problem(get('/points/activities/river/signups?state=x', @STREET), 422,
           'invalid-field', 'a state that is none', 'state');
is(get('/points/activities/river/signups', as => $_)->{status}, 403,
   "$_ does not see them") for 'volunteer:v1', 'organizer:x:s2', 'merchant:m:t';
is(get('/points/activities/river/signups', as => 'auditor:a')->{status}, 200,
   'an auditor does');
is_problem(get('/points/activities/river/signups?after=x', @STREET), 422,
           'invalid-field', 'a next that was made up', 'after');

is(withdraw('river', 'v1')->{json}{state}, 'withdrawn', 'who withdraws');
is(places('river'), 'v2:gate:placed v3:gate:placed v4:gate:waiting1 '
   . 'v5:desk:placed', 'gives the place to the first who waits');
is(withdraw('river', 'v4')->{status}, 200, 'who waits gives up too');
is(withdraw('river', 'v2', volunteer => 'v2', @STREET)->{status}, 200,
   'an organizer withdraws somebody');
is(counts('river'), 'desk 1/1+0 gate 1/2+0', 'a place is free');
is_problem(withdraw('river', 'v2'), 404, 'not-found',
           'who has none can give up none', 'volunteer');
is_problem(withdraw('river', 'v3', volunteer => 'v5'), 403, 'forbidden',
           'nor that of another');
is_problem(withdraw('river', 'v3', volunteer => 'v3', as => 'organizer:x:s2'),
           403, 'forbidden', 'nor the organizer of another org');


# More places, fewer places.

signup('river', $_, post => 'gate') for qw( v6 v7 v8 );
is(places('river'), 'v3:gate:placed v5:desk:placed v6:gate:placed '
   . 'v7:gate:waiting1 v8:gate:waiting2', 'two wait');
is_problem(draft('river', 9, 11, { gate => 1, desk => 1 }), 422,
           'invalid-field', 'no fewer places than are taken', 'posts');
is_problem(draft('river', 9, 11, { gate => 2 }), 422, 'invalid-field',
           'nor does a post go that is taken', 'posts');
for ([starts => '2026-04-11T09:30:00+08:00'],
     [ends => '2026-04-11T10:30:00+08:00'], [org => 's2'])
{
    is_problem(draft('river', 9, 11, { gate => 2, desk => 1 }, @$_), 422,
               'invalid-field', "$_->[0] stays", $_->[0]);
}
created(draft('river', 9, 11, { gate => 3, desk => 1, tent => 1 }));
is(counts('river'), 'desk 1/1+0 gate 3/3+1 tent 0/1+0',
   'with more places those who wait move up');
created(draft('river', 9, 11, { gate => 3, desk => 1 }));
is(counts('river'), 'desk 1/1+0 gate 3/3+1', 'a post that is free may go');


# One place at a time.

open_activity('same', 10, 12, { one => 5 });
open_activity('after', 11, 13, { one => 5 });
is_problem(signup('same', 'v3'), 409, 'overlapping',
           'who is somewhere is not elsewhere at the same time');
is_problem(signup('same', 'v8'), 409, 'overlapping',
           'nor who waits: a place would come by itself');
is(signup('after', 'v3')->{status}, 201,
   'one after the other is no overlap; the only post need not be named');
is_problem(signup('same', 'v3'), 409, 'overlapping', 'between both is none');
is(withdraw('river', 'v8')->{status}, 200, 'who is not there any more');
is(signup('same', 'v8')->{status}, 201, 'may be elsewhere');
open_activity('off', 9, 12, { one => 5 });
created(signup('off', 'v9'));
created(post('/points/activities/off/cancel', undef, @ADMIN));
is(signup('same', 'v9')->{status}, 201,
   'what is cancelled keeps nobody from another');
is_problem(signup('off', 'v1'), 409, 'not-open', 'and takes nobody');
is_problem(withdraw('off', 'v9'), 409, 'not-open', 'nor lets anybody go');


# What the caller signed up for.

my $mine = created(get('/points/me/signups', as => 'volunteer:v3'));
is_deeply($mine->{signups}[0], {
    activity => 'after', title => 'after', activity_state => 'open',
    starts => '2026-04-11T11:00:00+08:00', ends => '2026-04-11T13:00:00+08:00',
    place => 'Here', post => 'one', state => 'placed',
    signed_up => '2026-04-10T08:00:00+08:00'
}, 'a volunteer sees their own, the last first');
is(join(' ', map { $_->{activity} } @{ $mine->{signups} }), 'after river',
   'all of them');
$page = created(get('/points/me/signups?limit=1', as => 'volunteer:v3'));
is(created(get("/points/me/signups?limit=1&after=$page->{next}",
               as => 'volunteer:v3'))->{signups}[0]{activity}, 'river',
   'page by page');
is_deeply(created(get('/points/me/signups', as => 'volunteer:none')),
          { signups => [] }, 'or none');


# Who may not.

volunteer('frozen');
created(post('/points/volunteers/frozen/freeze', { reason => 'r' }, @ADMIN));
is_problem(signup('same', 'frozen'), 409, 'frozen',
           'a frozen account does not sign up');
volunteer('old');
volunteer('new');
created(post('/points/volunteers/old/merge', { into => 'new', reason => 'r' },
             @ADMIN));
is_problem(signup('same', 'old'), 409, 'merged',
           'nor one that was merged: the other does');
is(signup('same', 'new')->{status}, 201, 'as itself');


# Repeats.

my %key = (key => fresh_key());
my $send = sub { post('/points/activities/after/signups', { post => 'one' },
                      as => 'volunteer:v4', %key, @_) };
is($send->()->{status}, 201, 'a sign-up with a key');
$r = $send->();
is($r->{status} . $r->{headers}{'idempotent-replayed'}, '201true',
   'is answered again as it was');
is_problem(post('/points/activities/same/signups', {}, as => 'volunteer:v4',
                %key), 422, 'idempotency-key-reused', 'another is refused');
is(post('/points/activities/after/signups', {}, as => 'volunteer:v4',
        key => undef)->{status}, 200, 'without a key it is as it was');


# Until when.

open_activity('late', 14, 16, { one => 1 },
              withdraw_until => '2026-04-11T12:00:00+08:00');
open_activity('soon', 14, 16, { one => 1 });
created(signup('late', 'v1'));
created(signup('late', 'v5'));
created(signup('soon', 'v2'));
set_clock('2026-04-11 04:00:00');
is_problem(withdraw('late', 'v1'), 409, 'too-late',
           'from its time on nobody withdraws');
is(withdraw('late', 'v5')->{status}, 200, 'who waits still does');
is(withdraw('late', 'v1', volunteer => 'v1', @STREET)->{status}, 200,
   'and the organizer withdraws whom they want');
set_clock('2026-04-11 06:00:00');
is_problem(withdraw('soon', 'v2'), 409, 'too-late',
           'without such a time it is the start');
is(signup('late', 'v6')->{status}, 201,
   'who comes while it runs still signs up');
set_clock('2026-04-11 08:00:00');
is_problem(signup('soon', 'v7'), 409, 'not-open', 'not when it is over');
is(places('soon'), 'v2:one:placed', 'what was is still seen');


# Places that are free.

set_clock('2026-04-11 00:00:00');
open_activity('full', 18, 19, { one => 1 });
my $free = sub {
    join ' ', map { $_->{id} }
              @{ created(get('/points/activities?places=true',
                             @ADMIN))->{activities} };
};
like($free->(), qr/\bfull\b/, 'one with a free place is listed among such');
created(signup('full', 'v1'));
unlike($free->(), qr/\bfull\b/, 'until the last is taken');
created(signup('full', 'v2'));
created(withdraw('full', 'v1'));
unlike($free->(), qr/\bfull\b/, 'or taken by the next who waits');
created(withdraw('full', 'v2'));
like($free->(), qr/\bfull\b/, 'and again when it is given up');
created(draft('full', 18, 19, { one => 1 }, org => 's2'));
is(created(get('/points/activities?org=s2&places=true', @ADMIN))
   ->{activities}[0]{id}, 'full', 'with other filters too');


# The last place, and the waiting list, in a crowd.

open_activity('rush', 20, 21, { one => 5 });
volunteer("c$_") for 1 .. 24;
my ($at, %got) = (0);
crowd(port(), 24, sub {
    my ($c) = @_;
    return undef if $got{$c}++;
    my $id = 'c' . ($c + 1);
    return build('POST', '/points/activities/rush/signups',
                 as => "volunteer:$id", body => { post => 'one' });
}, sub { $at += $_[1]{status} == 201 });
is($at, 24, 'of a crowd all are answered');
is(counts('rush'), 'one 5/5+19', 'and no more have a place than there are');

%got = ();
my @all = map { $_->{volunteer} } @{ signups('rush', 'limit=100')->{signups} };
crowd(port(), 10, sub {
    my ($c) = @_;
    return undef if $got{$c}++;
    return build('POST', '/points/activities/rush/withdraw',
                 as => "volunteer:$all[$c]", body => {});
}, sub { $at += $_[1]{status} == 200 });
is($at, 34, 'ten of them withdraw at once');
my @left = @{ signups('rush', 'limit=100')->{signups} };
is(join(' ', map { $_->{volunteer} } grep { $_->{state} eq 'placed' } @left),
   join(' ', @all[10 .. 14]), 'and those who came next have the places');
is(counts('rush'), 'one 5/5+9', 'all of them');

%got = ();
my $won = 0;
open_activity('both1', 22, 23, { one => 9 });
open_activity('both2', 22, 23, { one => 9 });
crowd(port(), 2, sub {
    my ($c) = @_;
    return undef if $got{$c}++;
    return build('POST', '/points/activities/both' . ($c + 1) . '/signups',
                 as => 'volunteer:v9', body => {});
}, sub { $won += $_[1]{status} == 201 });
is($won, 1, 'who signs up for two things of one time at once has one of them');


# What is corrupt is told before anything is written.

for (['a sign-up that is none', 'HSET', "${P}s:rush", $all[15], 'x'],
     ['a count that is none', 'HSET', "${P}a:rush", 'taken:one', 'x'],
     ['sign-ups that are no hash', 'SET', "${P}s:rush", 'x'],
     ['a waiting list that is none', 'SET', "${P}sw:rush:one", 'x'],
     ['an order that is none', 'SET', "${P}so:rush", 'x'],
     ['a list of free ones that is none', 'SET', "${P}al:open:f", 'x'])
{
    my ($name, @command) = @$_;
    my $dump = redis('DUMP', $command[1]);
    redis('DEL', $command[1]) if $command[0] eq 'SET';
    redis(@command);
    unchanged {
        is(withdraw('rush', $all[10])->{status}, 500, "$name is an error");
    } 'and nothing is written';
    redis('DEL', $command[1]);
    redis('RESTORE', $command[1], 0, $dump) if $dump;
}
expect_log(qr/stopped, nothing was changed: (CORRUPT|WRONGTYPE)/);

done();
