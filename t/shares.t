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
is_problem(get("$SHARES?after=x", @ADMIN), 422, 'invalid-field',
           'a page has a place', 'after');


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
