#!/usr/bin/env perl

# Lists of attendance that were kept on paper: who served, in which activity,
# for how long.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::Lines qw( import_lines import_body told );

use JSON::PP ();

write_rules();
start_redis({ env => frozen_clock('2026-04-11 01:00:00') });

sub conf {
    my ($duties) = @_;
    return <<"CONF";
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties $duties;
    vol_duty_interval  50ms;
    vol_seal   off;
    client_max_body_size  0;

    server {
        listen %PORT%;

        location /points/ {
            vol  chaoyang;
            %IDENTITY%
        }
    }
CONF
}

start_nginx(conf => conf('off'));

my @ADMIN = (as => 'admin:root');
my $A = '/points/activities';
my $PREFIX = 'vol:{chaoyang}:';
my $json = JSON::PP->new->utf8->canonical;

sub import_of { import_lines('points', @_) }

# an activity from noon to two
sub activity {
    my ($id, @posts) = @_;
    @posts = (one => 2) unless @posts;
    my @list;
    while (my ($post, $places) = splice @posts, 0, 2) {
        push @list, { id => $post, title => $post, places => $places };
    }
    created(put("$A/$id", {
        title => $id, place => 'gate', org => 'street', posts => \@list,
        starts => '2026-04-11T12:00:00+08:00',
        ends => '2026-04-11T14:00:00+08:00', beneficiaries => 4 }, @ADMIN));
    return $id;
}

sub publish { created(post("$A/$_[0]/publish", undef, @ADMIN)); $_[0] }

sub sign_up {
    my ($id, $who, %o) = @_;
    return created(post("$A/$id/signups", { volunteer => $who, %o }, @ADMIN));
}

my $key = 0;

sub line {
    my ($activity, $volunteer, %o) = @_;
    my %line = (type => 'attendance', key => 'list-' . ++$key,
                activity => $activity, volunteer => $volunteer, minutes => 60,
                %o);
    delete $line{$_} for grep { !defined $line{$_} } keys %line;
    return \%line;
}

sub signups {
    my ($id) = @_;
    return { map { $_->{volunteer} => "$_->{post} $_->{state} "
                                      . ($_->{minutes} // '-') }
             @{ get("$A/$id/signups?limit=100", @ADMIN)->{json}{signups} } };
}

sub places {
    my ($id) = @_;
    my $a = get("$A/$id", @ADMIN)->{json};
    return join ' ', map({ "$_->{id}:$_->{taken}/$_->{places}+$_->{waiting}" }
                         @{ $a->{posts} }), $a->{served}, $a->{minutes};
}

created(put('/points/orgs/street', { title => 'Street' }, @ADMIN));
volunteer($_, station => 'street') for map { "v$_" } 1 .. 9;


# Before it is over.

publish(activity('day', one => 2, two => 2));
activity('draft');
publish(activity('off'));
sign_up('day', 'v1', post => 'one');
sign_up('day', 'v2', post => 'one');
sign_up('day', 'v3', post => 'one');
created(post("$A/off/cancel", undef, @ADMIN));

unchanged {
    is(import_of(line('day', 'v1')), '0 0 1; 409 too-early -',
       'nobody has served in what is not over');
    is(import_of(line('draft', 'v1')), '0 0 1; 409 not-open -',
       'nor in a draft');
    is(import_of(line('off', 'v1')), '0 0 1; 409 not-open -',
       'nor in what was cancelled');
} 'and nothing is done';


# When it is over.

set_clock('2026-04-11 06:00:00');
is(places('day'), 'one:2/2+1 two:0/2+0 0 0', 'two have places, one waits');

my @list = (line('day', 'v1', minutes => 120), line('day', 'v4', post => 'two'));
is(import_of(@list), '2 0 0', 'a list is taken');
is(account('v1')->{balance} . ' ' . account('v4')->{balance}, '2 1',
   'minutes are points at once');
is_deeply(signups('day'), { v1 => 'one served 120', v2 => 'one placed -',
                            v3 => 'one waiting -', v4 => 'two served 60' },
          'who had no sign-up has one');
is(places('day'), 'one:2/2+1 two:1/2+0 2 180', 'and a place');
my ($entry) = entries('v4');
is("@$entry{qw( type ref org on minutes by )}",
   'hours day street ' . '2026-04-11 60 root',
   'the entry is one of hours, of the day of the activity');
is(get('/points/me/signups', as => 'volunteer:v4')->{json}{signups}[0]{entry},
   $entry->{entry}, 'which the volunteer finds');

unchanged {
    is(import_of(@list), '0 2 0', 'the same list again is known');
    is(import_of({ %{ $list[0] }, minutes => 90 }),
       '0 0 1; 422 idempotency-key-reused key',
       'a key with another time is not');
    is(import_of(line('day', 'v1')), '0 0 1; 409 already-served -',
       'nobody serves twice, under whichever key');
    is(import_of(line('day', 'v3')), '0 0 1; 409 limit-reached -',
       'who waits has no place while none is free');
    is(import_of(line('day', 'v5', post => 'one')), '0 0 1; 409 limit-reached -',
       'nor has who comes on the spot');
    is(import_of(line('day', 'v2', post => 'two')),
       '0 0 1; 409 already-signed-up -', 'a sign-up is for its post');
    is(import_of(line('day', 'v5')), '0 0 1; 422 invalid-field post',
       'with two posts one is to be named');
    is(import_of(line('day', 'v5', post => 'six')),
       '0 0 1; 422 invalid-field post', 'which there must be');
    is(import_of(line('day', 'v2', minutes => 121)),
       '0 0 1; 409 limit-reached -', 'nobody serves for longer than it takes');
    is(import_of(line('none', 'v2')), '0 0 1; 404 not-found activity',
       'the activity must be there');
    is(import_of(line('day', 'nobody', post => 'two')),
       '0 0 1; 404 not-found volunteer', 'the volunteer too');
    is(import_of(line('day', 'v2', key => undef)),
       '0 0 1; 400 idempotency-key-required key', 'a line has a key');
    is(import_of(line('day', 'v2', minutes => $_)),
       '0 0 1; 422 invalid-field minutes', 'minutes are told, within bounds')
        for 0, 1441, undef;
    is(import_of(line('day', 'v2', note => 'x')),
       '0 0 1; 422 invalid-field note', 'and nothing else');
} 'and nothing is done';

created(post("$A/day/withdraw", { volunteer => 'v2' }, @ADMIN));
is(places('day'), 'one:1/2+1 two:1/2+0 2 180', 'a place is free');
is(import_of(line('day', 'v3')), '1 0 0', 'then who waited has it');
is(places('day'), 'one:2/2+0 two:1/2+0 3 240', 'and waits no more');
is(import_of(line('day', 'v5', post => 'two')), '1 0 0', 'the last place');
is_deeply([map { $_->{id} } @{ get("$A?state=over&places=true", @ADMIN)
                               ->{json}{activities} }], [],
          'then none is free');
is(redis('ZCARD', "${PREFIX}al:open:f"), 0, 'as its list says');


# After it was closed.

created(post("$A/day/close", undef, @ADMIN));
set_clock('2026-04-11 03:00:00');
publish(activity('late'));
set_clock('2026-04-11 06:00:00');
created(post("$A/late/close", undef, @ADMIN));
my $stats = get('/points/orgs/street/stats', @ADMIN)->{json};
is("@$stats{qw( activities beneficiaries minutes )}", '1 4 300',
   'its org counts one in which somebody served');
is(import_of(line('late', 'v6'), line('late', 'v7')), '2 0 0',
   'a list may come when it was closed');
$stats = get('/points/orgs/street/stats', @ADMIN)->{json};
is("@$stats{qw( activities beneficiaries minutes )}", '2 8 420',
   'then its org counts it, once');


# A day has so many minutes.

volunteer('busy');
created(post('/points/volunteers/busy/hours',
             { minutes => 700, on => '2026-04-11' }, @ADMIN));
set_clock('2026-04-11 03:00:00');
publish(activity($_, one => 20)) for qw( many more );
set_clock('2026-04-11 06:00:00');
is(import_of(line('many', 'busy', minutes => 21)), '0 0 1; 409 limit-reached -',
   'limits.minutes_per_day holds');
is(places('many'), 'one:0/20+0 0 0', 'and no place is taken');
is(import_of(line('many', 'busy', minutes => 20)), '1 0 0', 'to the minute');


# Two ids of one person.

created(post('/points/volunteers/v8/merge', { into => 'v9', reason => 'r' },
             @ADMIN));
is(import_of(line('many', 'v8')), '1 0 0', 'a list may have the old id');
is_deeply([sort keys %{ signups('many') }], [qw( busy v9 )],
          'the sign-up is under the new one');
is(import_of(line('many', $_)), '0 0 1; 409 already-served -',
   "which has served, under $_ too") for qw( v8 v9 );

set_clock('2026-04-11 03:00:00');
publish(activity('both'));
volunteer($_) for qw( w1 w2 );
sign_up('both', $_) for qw( w1 w2 );
set_clock('2026-04-11 06:00:00');
created(post('/points/volunteers/w1/merge', { into => 'w2', reason => 'r' },
             @ADMIN));
is(import_of(line('both', 'w1')), '0 0 1; 409 merged volunteer',
   'of two sign-ups of one person the old one does not count');
is(import_of(line('both', 'w2')), '1 0 0', 'the other does');

set_clock('2026-04-11 03:00:00');
publish(activity('before'));
volunteer($_) for qw( w3 w4 );
set_clock('2026-04-11 06:00:00');
is(import_of(line('before', 'w3')), '1 0 0', 'one serves');
created(post('/points/volunteers/w3/merge', { into => 'w4', reason => 'r' },
             @ADMIN));
unchanged {
    is(import_of(line('before', $_)), '0 0 1; 409 already-served -',
       "and is merged: not again, as $_") for qw( w3 w4 );
} 'and nothing is done';


# Two lists at once, of the same people with keys of their own, and more of them
# than there are places.

volunteer("c$_") for 1 .. 40;
my (%asked, %results);
crowd(port(), 4,
      sub { my ($i) = @_;
            $asked{$i}++ ? undef
            : import_body('points', map { line('more', "c$_",
                                               key => "crowd-$i-$_") }
                                    1 .. 40) },
      sub { my ($done) = told($_[1]) =~ /^(\d+)/; $results{$_[0]} = $done });
my $done = 0;
$done += $_ for values %results;
is($done, 20, 'four lists at once fill the places, once');
is(places('more'), 'one:20/20+0 20 1200', 'as the activity says');
my $points = 0;
$points += account("c$_")->{balance} for 1 .. 40;
is($points, 20, 'each of those who had one served once');


# What is broken is left alone.

expect_log(qr/CORRUPT vol:\{chaoyang\}:(s|so|a):/);
set_clock('2026-04-11 03:00:00');
publish(activity('bad', one => 9));
set_clock('2026-04-11 06:00:00');
for (['s:bad', 'SET', 'x'], ['so:bad', 'SET', 'x'], ['sv:v1', 'SET', 'x'],
     ['a:bad', 'HSET', 'taken:one', 'x'], ['a:bad', 'HSET', 'minutes', '-1'],
     ['al:open:f', 'SET', 'x'])
{
    my ($name, @how) = @$_;
    my $was = redis('DUMP', "$PREFIX$name");
    redis('SET', "$PREFIX$name", @how[1 .. $#how]) if $how[0] eq 'SET';
    redis('HSET', "$PREFIX$name", @how[1 .. $#how]) if $how[0] eq 'HSET';
    unchanged {
        like(import_of(line('bad', 'v1')), qr/^0 0 1; 500 /,
             "refused: $name that is broken");
    } 'and nothing is done';
    redis('DEL', "$PREFIX$name");
    redis('RESTORE', "$PREFIX$name", 0, $was) if defined $was;
}
is(import_of(line('bad', 'v1')), '1 0 0', 'mended, it is taken');

stop_nginx();
start_nginx(conf => conf('on'));
my $audit = post('/points/audit', {}, @ADMIN);
wait_for(sub { $audit = get('/points/audit', @ADMIN)->{json};
               $audit->{state} eq 'done' });
is("$audit->{verdict} $audit->{mismatches}", 'clean 0', 'all is in order')
    or diag($json->encode($audit->{found}));

done();
