#!/usr/bin/env perl

# Sharing: who served in an activity tells of it, others thank them, an organizer
# hides what should not be seen.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use JSON::PP ();

write_rules();
start_redis({ env => frozen_clock('2026-04-11 00:30:00') });
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
my $SHARES = '/points/activities/river/shares';

created(put("/points/orgs/$_->[0]", { title => $_->[0],
                                      $_->[1] ? (parent => $_->[1]) : () },
            @ADMIN))
    for ['cy'], ['s1', 'cy'], ['s2', 'cy'];
volunteer($_, station => 's2') for qw( v1 v2 v3 idle );
volunteer('young', station => 's2', minor => JSON::PP::true());
created(put('/points/activities/river', {
    title => 'River day', place => 'The bank', org => 's1',
    starts => '2026-04-11T08:00:00+08:00', ends => '2026-04-11T10:00:00+08:00',
    posts => [{ id => 'one', title => 'One', places => 9 }] }, @ADMIN));
created(post('/points/activities/river/publish', undef, @ADMIN));
for my $step (qw( signups checkin )) {
    created(post("/points/activities/river/$step", { volunteer => $_ },
                 @ADMIN)) for qw( v1 v2 v3 young );
}
is_problem(post($SHARES, { text => 'Soon' }, as => 'volunteer:v1'), 409,
           'not-served', 'who has not served has nothing to tell');
set_clock('2026-04-11 02:00:00');
created(post('/points/activities/river/checkout', { volunteer => $_ }, @ADMIN))
    for qw( v1 v2 v3 young );

sub share {
    my ($who, $text, %o) = @_;
    return post($SHARES, { text => $text, %o }, as => "volunteer:$who");
}

sub told {
    my ($as, $query) = @_;
    my $r = get($SHARES . ($query ? "?$query" : ''), as => $as);
    return join ' ', map { $_->{volunteer} } @{ created($r)->{shares} };
}


# Telling.

my $r = share('v1', "It was \x{597d}!", pictures => ['p1.jpg', 'p2.jpg']);
is($r->{status}, 201, 'who served tells of it');
is_deeply($r->{json}, { activity => 'river', volunteer => 'v1',
                        at => '2026-04-11T10:00:00+08:00',
                        text => "It was \x{597d}!", thanks => 0,
                        pictures => ['p1.jpg', 'p2.jpg'] }, 'with pictures');
is(share('v1', 'It was fine.')->{status}, 200, 'and may tell it in other words');
is(created(get($SHARES, as => 'volunteer:v2'))->{shares}[0]{text},
   'It was fine.', 'which others read');
is_problem(share('idle', 'Me too'), 409, 'not-served', 'nobody else does');
is_problem(post('/points/activities/none/shares', { text => 'x' },
                as => 'volunteer:v1'), 404, 'not-found',
           'nor of what is no activity', 'activity');
for (['no text', {}, 'text'], ['an empty text', { text => '' }, 'text'],
     ['a text of 501 characters', { text => 'x' x 501 }, 'text'],
     ['a text with a line break', { text => "a\nb" }, 'text'],
     ['nine pictures', { text => 'x', pictures => [1 .. 9] }, 'pictures'],
     ['a picture that is an address',
      { text => 'x', pictures => ['http://x/'] }, 'pictures'],
     ['another volunteer', { text => 'x', volunteer => 'v2' }, 'volunteer'])
{
    my ($name, $body, $field) = @$_;
    is_problem(post($SHARES, $body, as => 'volunteer:v1'), 422,
               'invalid-field', "$name is refused", $field);
}


# Reading.

set_clock('2026-04-11 02:00:01');
share('v2', 'Wet');
set_clock('2026-04-11 02:00:02');
share('v3', 'Cold');
share('young', 'Great');
is(told('volunteer:idle'), 'v3 v2 v1',
   'the newest comes first, and what a minor told others do not see');
is(told('volunteer:young'), 'young v3 v2 v1', 'but they themselves');
is(told('organizer:li:s1'), 'young v3 v2 v1', 'and the organizers');
is(told('organizer:o:s2'), 'v3 v2 v1', 'not those of another org');
my $page = created(get("$SHARES?limit=2", as => 'volunteer:idle'));
is(join(' ', map { $_->{volunteer} } @{ $page->{shares} }), 'v3 v2',
   'page by page');
is(told('volunteer:idle', "limit=2&after=$page->{next}"), 'v1', 'to the end');
is_problem(get("$SHARES?after=$_", @ADMIN), 422, 'invalid-field',
           "a page has a place, not $_", 'after')
    for 'x', 1, '1:1', "000001775872802:young", '1775872802:99',
        '9' x 13 . ':1', '1:' . '9' x 16;


# Thanks.

sub thank { post("$SHARES/$_[0]/thanks", undef, as => "volunteer:$_[1]") }
is(thank('v1', 'v2')->{json}{thanks}, 1, 'others thank');
is(thank('v1', 'v2')->{json}{thanks}, 1, 'once');
is(thank('v1', 'idle')->{json}{thanks}, 2, 'each of them');
is_problem(thank('v1', 'v1'), 403, 'forbidden', 'nobody themself');
redis('SET', "${P}sy:v3", 'x');
unchanged { is(thank('v1', 'v3')->{status}, 500,
               'who has a list of thanks that is none does not') }
    'and nothing is written';
redis('DEL', "${P}sy:v3");
is_problem(thank('idle', 'v1'), 404, 'not-found', 'nor who told nothing',
           'volunteer');
is_problem(thank('young', 'v1'), 404, 'not-found',
           'nor what they may not see', 'volunteer');


# Hiding.

sub hide { post("$SHARES/$_[0]/$_[1]", undef, as => $_[2]) }
is_problem(hide('v1', 'hide', 'organizer:o:s2'), 403, 'forbidden',
           'an organizer of another org hides nothing');
is_problem(hide('v1', 'hide', 'volunteer:v2'), 403, 'forbidden',
           'nor does a volunteer');
is(hide('v1', 'hide', 'organizer:li:s1')->{json}{hidden}, JSON::PP::true(),
   'one of the org does');
is(told('volunteer:idle'), 'v3 v2', 'others do not see it any more');
is(told('volunteer:v1'), 'v3 v2 v1', 'who told it does');
is(told('auditor:a'), 'young v3 v2 v1', 'and staff');
is_problem(thank('v1', 'v3'), 404, 'not-found', 'nobody thanks for it',
           'volunteer');
share('v1', 'Something else');
is(told('volunteer:idle'), 'v3 v2', 'other words do not bring it back');
hide('v1', 'show', 'organizer:li:s1');
is(told('volunteer:idle'), 'v3 v2 v1', 'the organizer does');
is(created(get($SHARES, @ADMIN))->{shares}[-1]{thanks}, 2,
   'and its thanks are there');


# Very many minors: a page ends where it may, and names none of them.

my @kids = map { sprintf 'kid%03d', $_ } 1 .. 430;
created(put('/points/activities/hill', {
    title => 'Hill day', place => 'The hill', org => 's1',
    starts => '2026-04-11T10:00:00+08:00', ends => '2026-04-11T11:00:00+08:00',
    posts => [{ id => 'one', title => 'One', places => 999 }] }, @ADMIN));
created(post('/points/activities/hill/publish', undef, @ADMIN));
set_clock('2026-04-11 04:00:00');

sub lines {
    return post('/points/import', join('', map { "$_\n" } @_), @ADMIN,
                key => undef, type => 'application/x-ndjson')->{raw};
}

sub told_at_once {
    my ($activity, @who) = @_;
    return lines(map { qq({"type":"attendance","key":"$_","activity":)
                       . qq("$activity","volunteer":"$_","minutes":10}) } @who)
           . lines(map { qq({"type":"share","activity":"$activity",)
                         . qq("volunteer":"$_","text":"I am $_","pictures":[],)
                         . '"at":"2026-04-11T12:00:00+08:00"}' } @who);
}

sub all_told {
    my ($limit, $as, $between) = @_;
    my ($after, $raw, @all) = ('', '');
    for (1 .. 500) {
        my $r = get("/points/activities/hill/shares?limit=$limit$after",
                    as => $as);
        my $page = created($r);
        $raw .= $r->{raw};
        push @all, map { $_->{volunteer} } @{ $page->{shares} };
        $after = $page->{next} or return ($raw, join ' ', @all);
        $after = "&after=$after";
        $between->() if $between;
    }
    return ('', 'endless');
}

like(lines(map { qq({"type":"volunteer","volunteer":"$_","kind":"student",)
                 . '"station":"s2","minor":true}' } @kids),
     qr/"failed":0,/, 'a school comes');
like(told_at_once('hill', @kids, 'idle', 'v1', 'v2'),
     qr/"failed":0,.*"failed":0,/s, 'and tells of it in one second');
my @seen = qw( v2 v1 idle );
for my $limit (1, 2, 100) {
    my ($raw, $all) = all_told($limit, 'volunteer:v3');
    is($all, "@seen", "in pages of $limit others see what they may");
    unlike($raw, qr/kid/, 'and nothing of minors');
    unlike($raw, qr/"next":"[^"]*[a-z]/, 'nor anybody by where a page ends');
}
is((all_told(7, 'volunteer:kid200'))[1], 'v2 v1 kid200 idle',
   'a minor sees their own too');
is((all_told(7, 'organizer:li:s1'))[1], join(' ', 'v2', 'v1', reverse('idle', @kids)),
   'nothing is left out or told twice');
my $next = created(get('/points/activities/hill/shares?limit=1',
                       as => 'volunteer:v3'))->{next};
created(post('/points/volunteers/v2/erase', { reason => 'r' }, @ADMIN));
is(join(' ', map { $_->{volunteer} }
             @{ created(get("/points/activities/hill/shares?after=$next",
                            as => 'volunteer:v3'))->{shares} }),
   'v1', 'a page goes on behind who was erased meanwhile');


# A minor by another id is one.

volunteer('one', station => 's2');
volunteer('two', station => 's2', minor => JSON::PP::true());
like(told_at_once('hill', 'one'), qr/"failed":0,.*"failed":0,/s, 'one tells');
is((all_told(100, 'volunteer:v3'))[1], 'v1 one idle', 'which others see');
my $merge = created(post('/points/volunteers/one/merge',
                         { into => 'two', reason => 'r' }, @ADMIN))->{entry};
is((all_told(100, 'volunteer:v3'))[1], 'v1 idle', 'not when it was a minor');
is((all_told(100, "volunteer:$_"))[1], 'v1 one idle', "they themselves by $_")
    for qw( one two );
is_problem(post('/points/activities/hill/shares/one/thanks', undef,
                as => 'volunteer:v3'), 404, 'not-found', 'nobody thanks for it',
           'volunteer');
is_problem(post('/points/activities/hill/shares/one/thanks', undef,
                as => 'volunteer:two'), 403, 'forbidden',
           'nor they themselves');
volunteer('two', station => 's2');
is((all_told(100, 'volunteer:v3'))[1], 'v1 one idle', 'who is of age is seen');
created(post("/points/ledger/$merge/reverse", { reason => 'r' }, @ADMIN));
volunteer('one', station => 's2', minor => JSON::PP::true());
created(post('/points/volunteers/one/merge', { into => 'two', reason => 'r' },
             @ADMIN));
is((all_told(100, 'volunteer:v3'))[1], 'v1 idle',
   'and what was told by the id of a minor is not');


# What is corrupt is told before anything is written.

for (['a share that is none', 'sh:river', 'HSET', 'v1', 'x'],
     ['a list that is none', 'st:river', 'SET', 'x'],
     ['thanks that are none', 'sx:river:v1', 'SET', 'x'])
{
    my ($name, $key, $command, @args) = @$_;
    my $dump = redis('DUMP', "$P$key");
    redis('DEL', "$P$key") if $command eq 'SET';
    redis($command, "$P$key", @args);
    unchanged {
        is(share('v1', 'Once more')->{status}, 500, "$name is an error");
    } 'and nothing is written';
    redis('DEL', "$P$key");
    redis('RESTORE', "$P$key", 0, $dump);
}
expect_log(qr/stopped, nothing was changed: CORRUPT/);

done();
