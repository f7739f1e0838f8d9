#!/usr/bin/env perl

# Attendance: check-in, check-out, and hours that become points by themselves;
# what was forgotten waits for the organizer's word.

use strict;
use warnings;
use Digest::SHA qw( hmac_sha1 );
use FindBin;
use Time::Local qw( timegm );
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules({ limits => { minutes_per_day => 240,
                          organizer_minutes_per_day => 500 } });
start_redis({ env => frozen_clock('2026-04-10 00:00:00') });
my $conf = <<'CONF';
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
start_nginx(conf => $conf);

my @ADMIN = (as => 'admin:root');
my @STREET = (as => 'organizer:li:s1');
my $P = 'vol:{chaoyang}:';
my $clock;

# the time of 11 April at the district
sub at {
    my ($hour, $minute, $second) = @_;
    $clock = timegm(0, 0, 0, 11, 3, 2026) + ($hour - 8) * 3600
             + ($minute || 0) * 60 + ($second || 0);
    my @t = gmtime $clock;
    set_clock(sprintf '%04d-%02d-%02d %02d:%02d:%02d', $t[5] + 1900, $t[4] + 1,
                      @t[3, 2, 1, 0]);
}
at(0);

created(put("/points/orgs/$_->[0]", { title => $_->[0],
                                      $_->[1] ? (parent => $_->[1]) : () },
            @ADMIN))
    for ['cy'], ['s1', 'cy'], ['s2', 'cy'];
volunteer("v$_", station => 's2') for 1 .. 9;
volunteer('own', station => 's1');

# an activity that is open, from 9 to 11 unless told, with these signed up
sub open_activity {
    my ($id, $who, %o) = @_;
    my ($from, $to) = @{ delete $o{hours} || [9, 11] };
    my $time = sub { sprintf '2026-04-11T%02d:00:00+08:00', $_[0] };
    created(put("/points/activities/$id", {
        title => $id, place => 'Here', org => 's1', starts => $time->($from),
        ends => $time->($to),
        posts => [{ id => 'one', title => 'One', places => 4 }], %o }, @ADMIN));
    created(post("/points/activities/$id/publish", undef, @ADMIN));
    created(post("/points/activities/$id/signups", { volunteer => $_ }, @ADMIN))
        for @$who;
}

# as a volunteer when no role is told
sub step {
    my ($step, $id, $who, %o) = @_;
    my %as = (as => delete $o{as} || "volunteer:$who");
    my %key = exists $o{key} ? (key => delete $o{key}) : ();
    $o{volunteer} = $who if $as{as} !~ /^volunteer/;
    return post("/points/activities/$id/$step", \%o, %as, %key);
}

sub checkin { step('checkin', @_) }
sub checkout { step('checkout', @_) }
sub confirm { step('confirm', $_[0], $_[1], @STREET, @_[2 .. $#_]) }
sub close_it { post("/points/activities/$_[0]/close", $_[1], @STREET) }

sub stats { created(get("/points/orgs/$_[0]/stats", @ADMIN)) }

sub figures {
    my $s = stats($_[0]);
    return join ' ', @$s{qw( activities minutes points beneficiaries )};
}

sub state_of {
    my ($id, $who) = @_;
    my ($s) = grep { $_->{volunteer} eq $who }
              @{ created(get("/points/activities/$id/signups", @ADMIN))
                 ->{signups} };
    return $s->{state};
}

# RFC 6238: the code of so many steps from now
sub code {
    my ($id, $steps) = @_;
    my $secret = pack 'H*', redis('HGET', "${P}a:$id", 'secret');
    my $digest = hmac_sha1(pack('Q>', int($clock / 30) + ($steps || 0)),
                           $secret);
    my $n = unpack 'N', substr $digest, ord(substr $digest, -1) & 15, 4;
    return sprintf '%08d', ($n & 0x7fffffff) % 100_000_000;
}


# By the organizer.

open_activity('river', ['v1', 'v2', 'v3'], beneficiaries => 300);
is_problem(checkin('river', 'v1', @STREET), 409, 'too-early',
           'nobody checks in the night before');
at(8, 30);
my $r = checkin('river', 'v1', @STREET);
is($r->{status}, 200, 'an organizer checks a volunteer in');
is_deeply([@{ $r->{json} }{qw( state checked_in )}],
          ['present', '2026-04-11T08:30:00+08:00'], 'who is there');
at(8, 40);
is(checkin('river', 'v1', @STREET)->{json}{checked_in},
   '2026-04-11T08:30:00+08:00', 'twice is once');
is_problem(checkin('river', 'v4', @STREET), 409, 'not-signed-up',
           'not one who has not signed up');
is_problem(checkin('river', 'v2', as => 'organizer:x:s2'), 403, 'forbidden',
           'nor by the organizer of another org');
is_problem(checkin('river', 'v2', as => "$_:x"), 403, 'forbidden',
           "nor by a role $_") for 'auditor', 'merchant';
is_problem(checkout('river', 'v2', @STREET), 409, 'not-checked-in',
           'who has not come does not go');
is_problem(checkout('river', 'v1', @STREET), 409, 'too-early',
           'nor does one before the start');
is_problem(checkout('river', 'v1', @STREET, key => undef), 400,
           'idempotency-key-required', 'points move: there is to be a key');

at(10, 30, 59);
my %key = (key => fresh_key());
$r = checkout('river', 'v1', @STREET, %key);
is($r->{status}, 201, 'an organizer checks a volunteer out');
is_deeply([@{ $r->{json} }{qw( activity volunteer minutes points earned )}],
          ['river', 'v1', 90, 1, 1],
          'the time from the start became minutes, and these points');
is($r->{json}{account}, undef,
   'the account of a volunteer of another station is not shown');
my $again = checkout('river', 'v1', @STREET, %key);
is($again->{raw}, $r->{raw}, 'a repeat is answered the same');
is($again->{headers}{'idempotent-replayed'}, 'true', 'and says so');
is_problem(checkout('river', 'v1', @STREET), 409, 'already-served',
           'with another key it is refused');
is_problem(checkin('river', 'v1', @STREET), 409, 'already-served',
           'nor does one come again');
is(account('v1')->{minutes}, 30, 'what is short of a point is carried');
my ($e) = entries('v1');
is_deeply([@$e{qw( type ref org minutes on by role )}],
          ['hours', 'river', 's1', 90, '2026-04-11', 'li', 'organizer'],
          'the entry is one of hours, for the activity and its org');
is($e->{entry}, $r->{json}{entry}, 'which the answer names');
is(figures('s1'), '0 90 1 0', 'the org of the activity counts it');
is(figures('s2'), '0 0 0 0', 'the station of the volunteer does not');
is(state_of('river', 'v1'), 'served', 'the sign-up is served');
is_problem(post('/points/activities/river/withdraw', { volunteer => 'v1' },
                @STREET), 409, 'already-served', 'and not withdrawn');


# A correction takes it back where it was counted.

open_activity('wrong', ['v4'], hours => [11, 12]);
at(11);
checkin('wrong', 'v4', @STREET);
at(12);
$r = checkout('wrong', 'v4', @ADMIN);
is(figures('s1'), '0 150 2 0', 'what was recorded wrongly');
created(post("/points/ledger/$r->{json}{entry}/reverse", { reason => 'r' },
             @ADMIN));
is(figures('s1'), '0 90 1 0', 'is taken back from the same org');
is_problem(checkout('wrong', 'v4', @ADMIN), 409, 'already-served',
           'and entered anew as hours, not by another check-out');


# By the volunteer, with the code.

open_activity('hall', ['v2', 'v3', 'own'], hours => [12, 14],
              latitude => 39_921_000, longitude => 116_443_000, radius => 200);
at(12, 10);
my $shown = created(get('/points/activities/hall/code', @STREET));
is_deeply($shown, { activity => 'hall', code => code('hall'),
                    until => '2026-04-11T12:10:30+08:00' },
          'the code that an organizer\'s screen shows is that of RFC 6238');
is(get('/points/activities/hall/code', as => $_)->{status}, 403,
   "$_ is not shown it") for 'volunteer:v2', 'organizer:x:s2', 'auditor:a',
                             'merchant:m:tea';
at(12, 10, 29);
is(created(get('/points/activities/hall/code', @STREET))->{code},
   $shown->{code}, 'it stays for half a minute');
at(12, 10, 30);
isnt(created(get('/points/activities/hall/code', @STREET))->{code},
     $shown->{code}, 'then it is another');

my @here = (latitude => 39_922_000, longitude => 116_444_000);
unchanged {
    is_problem(checkin('hall', 'v2', @here), 422, 'invalid-field',
               'a volunteer needs the code', 'code');
    is_problem(checkin('hall', 'v2', @here, code => code('hall', $_)), 422,
               'invalid-field', "not that of $_ steps from now", 'code')
        for -2, 2;
    is_problem(checkin('hall', 'v2', @here, code => $_), 422,
               'invalid-field', "nor \"$_\"", 'code')
        for substr(code('hall'), 0, 7), code('hall') . '0', 'x' x 8;
    is_problem(checkin('hall', 'v2', @here, code => code('river')), 422,
               'invalid-field', 'nor that of another activity', 'code');
    is_problem(checkin('hall', 'v2', code => code('hall')), 422,
               'invalid-field', 'and says where they are', 'latitude');
    is_problem(checkin('hall', 'v2', code => code('hall'),
                       latitude => 39_923_000, longitude => 116_443_000),
               409, 'too-far', 'which is within the radius');
    is_problem(checkin('hall', 'v2', code => code('hall'), volunteer => 'v3'),
               403, 'forbidden', 'for themself');
} 'refused, nothing is changed';
is(checkin('hall', 'v2', @here, code => code('hall'))->{json}{state},
   'present', 'with the code, at the place, a volunteer is there');
is(checkin('hall', 'v3', @here, code => code('hall', -1))->{status}, 200,
   'the code of the step before is good');
is(checkin('hall', 'own', @here, code => code('hall', 1))->{status}, 200,
   'and that of the step after');
at(13);
is_problem(checkout('hall', 'v2', @here), 422, 'invalid-field',
           'who goes needs the code too', 'code');
is_problem(checkout('hall', 'v2', code => code('hall')), 422, 'invalid-field',
           'and to be there', 'latitude');
$r = checkout('hall', 'v2', @here, code => code('hall'));
is($r->{json}{minutes}, 49, 'the time between is minutes');
is_deeply($r->{json}{account}, account('v2'),
          'a volunteer sees their account');
is((entries('v2'))[0]{role}, 'volunteer', 'they did it themself');
is(checkout('hall', 'own', @STREET)->{json}{account}{id}, 'own',
   'and an organizer the account of a volunteer of their org');
at(14, 59);
is(checkout('hall', 'v3', @STREET)->{json}{minutes}, 109,
   'who checks out within an hour after the end served until the end');


# What was forgotten.

open_activity('park', ['v1', 'v2', 'v3', 'v4'], hours => [15, 17]);
at(15, 30);
checkin('park', $_, @STREET) for qw( v1 v2 );
at(16);
is_problem(confirm('park', 'v1', minutes => 30), 409, 'too-early',
           'before the end an organizer checks out, and does not confirm');
at(18, 0, 1);
is(state_of('park', 'v1'), 'unconfirmed',
   'who has not checked out in time waits for the organizer');
is(join(' ', map { $_->{volunteer} }
        @{ get('/points/activities/park/signups?state=unconfirmed', @STREET)
           ->{json}{signups} }), 'v1 v2', 'and is listed for that');
is_problem(checkout('park', 'v1', @STREET), 409, 'too-late',
           'check-out is over then');
is_problem(checkin('park', 'v3', @STREET), 409, 'not-open', 'check-in as well');
is_problem(confirm('park', 'v1', minutes => 121), 409, 'limit-reached',
           'nobody served longer than the activity');
is_problem(confirm('park', 'v1', minutes => $_), 422, 'invalid-field',
           ($_ // 'no') . ' minutes', 'minutes') for 0, 1441, undef;
is_problem(post('/points/activities/park/confirm',
                { volunteer => 'v1', minutes => 60 }, as => $_), 403,
           'forbidden', "$_ confirms nothing")
    for 'volunteer:v1', 'organizer:x:s2', 'auditor:a';
is_problem(confirm('park', 'v9', minutes => 60), 409, 'not-signed-up',
           'nor does who was not there');
%key = (key => fresh_key());
$r = confirm('park', 'v1', minutes => 60, %key);
is_deeply([$r->{status}, @{ $r->{json} }{qw( minutes points )}], [201, 60, 1],
          'the organizer says how long it was');
is(confirm('park', 'v1', minutes => 60, %key)->{raw}, $r->{raw},
   'a repeat is answered the same');
is_problem(confirm('park', 'v1', minutes => 60), 409, 'already-served',
           'and not given twice');
is(confirm('park', 'v3', minutes => 120)->{status}, 201,
   'the organizer may have forgotten the check-in, too');
is(get('/points/activities/park', @ADMIN)->{json}{minutes}, 180,
   'the activity tells how many minutes it gave');


# Limits of the rulebook.

open_activity('long', ['v3'], hours => [19, 22]);
at(19);
checkin('long', 'v3', @STREET);
at(20);
is_problem(checkout('long', 'v3', @STREET), 409, 'limit-reached',
           'a day has so many minutes of one volunteer and no more');
is(state_of('long', 'v3'), 'present', 'who is still there');
my $granted = redis('HGET', "${P}u:li", 'day_minutes');
is($granted, 90 + 109 + 60 + 120 + 49,
   'an organizer\'s limit counts what they gave');


# Closing.

is(figures('s1') =~ /^0 / ? 0 : 1, 0, 'nothing is counted before it is closed');
is(close_it('river')->{json}{served}, 1, 'one has served');
is_deeply([@{ stats('s1') }{qw( activities beneficiaries )}], [1, 300],
          'the org counts an activity and its beneficiaries');
is(close_it('river')->{status}, 200, 'closed twice');
is_deeply([@{ stats('cy') }{qw( activities beneficiaries )}], [1, 300],
          'is counted once, above too');
is_deeply([@{ stats('s1')->{year} }{qw( activities beneficiaries )}], [1, 300],
          'and for its year');
close_it('hall', { beneficiaries => 40 });
is(stats('s1')->{beneficiaries}, 340, 'how many there were is said at the end');

at(20);
open_activity('early', ['v5', 'v6'], hours => [20, 22], beneficiaries => 7);
checkin('early', 'v5', @STREET);
at(21);
close_it('early');
is_problem(checkout('early', 'v5', @STREET), 409, 'not-open',
           'after closing nobody checks out');
is(state_of('early', 'v5'), 'unconfirmed', 'who is there waits for a word');
is(stats('s1')->{activities}, 2, 'nobody has served, so it is not counted');
created(confirm('early', 'v5', minutes => 60));
is_deeply([@{ stats('s1') }{qw( activities beneficiaries )}], [3, 347],
          'it is with the first who is confirmed');
created(confirm('early', 'v6', minutes => 1));
is(stats('s1')->{activities}, 3, 'and once');


# Cancelling.

open_activity('rain', ['v7', 'v8'], hours => [21, 23], beneficiaries => 1000);
checkin('rain', $_, @ADMIN) for qw( v7 v8 );
at(22);
created(checkout('rain', 'v7', @ADMIN));
created(post('/points/activities/rain/cancel', undef, @STREET));
is(balance('v7'), 1, 'what was earned stays when it is cancelled');
is_problem(checkout('rain', 'v8', @ADMIN), 409, 'not-open',
           'and nothing is given any more');
is_problem(confirm('rain', 'v8', minutes => 5), 409, 'not-open',
           'nor confirmed');
is_deeply([@{ stats('s1') }{qw( activities beneficiaries )}], [3, 347],
          'nor counted');


# Over midnight, and accounts that were merged or frozen.

at(22, 30);
my %night = (starts => '2026-04-11T23:30:00+08:00',
             ends => '2026-04-12T00:30:00+08:00');
open_activity('night', ['v8', 'v9'], %night);
at(23, 40);
checkin('night', $_, @ADMIN) for qw( v8 v9 );
created(post('/points/volunteers/v8/freeze', { reason => 'r' }, @ADMIN));
created(post('/points/volunteers/v9/merge', { into => 'own', reason => 'r' },
             @ADMIN));
at(24, 25);
is(checkout('night', 'v8', @ADMIN)->{json}{minutes}, 45,
   'who was frozen meanwhile still earns');
is((entries('v8'))[0]{on}, '2026-04-11', 'for the day on which it began');
$r = checkout('night', 'v9', @ADMIN);
is_deeply([$r->{json}{volunteer}, $r->{json}{account}{id}], ['v9', 'own'],
          'who was merged meanwhile earns on the account that answers');


# In a crowd.

at(24, 40);
my %day = (starts => '2026-04-12T01:00:00+08:00',
           ends => '2026-04-12T03:00:00+08:00',
           posts => [{ id => 'one', title => 'One', places => 30 }]);
volunteer("c$_") for 1 .. 20;
open_activity('crowd', [map { "c$_" } 1 .. 20], %day);
at(25);
my %sent;
my $seen = 0;
crowd(port(), 20, sub {
    my ($c) = @_;
    return undef if $sent{$c}++ == 2;
    my $id = 'c' . ($c % 10 + 1);
    return build('POST', '/points/activities/crowd/checkin', as => $ADMIN[1],
                 body => { volunteer => $id });
}, sub { $seen += $_[1]{json}{state} eq 'present' });
is($seen, 40, 'who checks in at two phones at once is there once');

at(26);
%sent = ();
my %served;
crowd(port(), 20, sub {
    my ($c) = @_;
    return undef if $sent{$c}++;
    my $id = 'c' . ($c % 10 + 1);
    return build('POST', '/points/activities/crowd/checkout', as => $ADMIN[1],
                 key => fresh_key(), body => { volunteer => $id });
}, sub { $served{$_[1]{status}}++ });
is_deeply(\%served, { 201 => 10, 409 => 10 },
          'who checks out at two is given it once');
is(get('/points/activities/crowd', @ADMIN)->{json}{minutes}, 600,
   'and the activity counts it once');

checkin('crowd', "c$_", @ADMIN) for 11 .. 20;
at(26, 30);
%sent = %served = ();
crowd(port(), 11, sub {
    my ($c) = @_;
    return undef if $sent{$c}++;
    return build('POST', '/points/activities/crowd/close', as => $ADMIN[1],
                 body => {}) if $c == 5;
    return build('POST', '/points/activities/crowd/checkout', as => $ADMIN[1],
                 key => fresh_key(), body => { volunteer => 'c' . ($c + 10) });
}, sub { $served{$_[1]{status}}++ });
is(($served{201} || 0) + ($served{409} || 0), 10,
   'check-out against closing: each is one or the other');
my $crowd = get('/points/activities/crowd', @ADMIN)->{json};
is($crowd->{minutes}, 600 + 30 * ($served{201} || 0),
   'and what was given is what is counted');
is($crowd->{served}, 10 + ($served{201} || 0), 'of as many');


# What is corrupt is told before anything is written.

open_activity('bad', ['c1'], starts => '2026-04-12T04:00:00+08:00',
              ends => '2026-04-12T06:00:00+08:00');
at(28);
checkin('bad', 'c1', @ADMIN);
at(29);
for (['a sign-up that is none', 'HSET', "${P}s:bad", 'c1', "one\tpresent"],
     ['a figure that is none', 'HSET', "${P}g:s1", 'minutes', 'x'],
     ['minutes that are none', 'HSET', "${P}a:bad", 'minutes', 'x'],
     ['sign-ups that are no hash', 'SET', "${P}s:bad", 'x'],
     ['an account that is none', 'HSET', "${P}v:c1", 'balance', 'x'])
{
    my ($name, @command) = @$_;
    my $dump = redis('DUMP', $command[1]);
    redis('DEL', $command[1]) if $command[0] eq 'SET';
    redis(@command);
    unchanged {
        is(checkout('bad', 'c1', @ADMIN)->{status}, 500, "$name is an error");
    } 'and nothing is written';
    redis('DEL', $command[1]);
    redis('RESTORE', $command[1], 0, $dump);
}

# The books agree.

stop_nginx();
$conf =~ s/vol_duties off/vol_duty_interval 50ms/;
start_nginx(conf => $conf);

sub audited {
    post('/points/audit', undef, @ADMIN);
    my $audit;
    wait_for(sub {
        $audit = get('/points/audit', @ADMIN)->{json};
        return $audit->{state} eq 'done';
    });
    return $audit;
}
my $audit = audited();
is($audit->{verdict}, 'clean', 'an audit finds nothing')
    or diag(explain($audit->{found}));

for (['org s1 activities', 'HINCRBY', 'g:s1', 'activities', 1],
     ['org s1 beneficiaries2026', 'HINCRBY', 'g:s1', 'beneficiaries2026', -1],
     ['org cy activities', 'HINCRBY', 'g:cy', 'activities', -1],
     ['activity river beneficiaries', 'ZREM', 'ac:s1', '2026:river'],
     ['activity river al:closed:o:s1', 'ZREM', 'al:closed:o:s1',
      '1:001775869200:river'],
     ['activity park taken', 'HINCRBY', 'a:park', 'taken:one', 1],
     ['activity park served', 'HINCRBY', 'a:park', 'served', 5],
     ['activity park minutes', 'HINCRBY', 'a:park', 'minutes', 61],
     ['activity park signups', 'ZREM', 'so:park', 'v1'],
     ['activity river counted', 'HDEL', 'a:river', 'counted'])
{
    my ($found, $command, $key, @more) = @$_;
    my $dump = redis('DUMP', $P . $key);
    redis($command, $P . $key, @more);
    $audit = audited();
    ok((grep { "$_->{what} $_->{id} $_->{field}" eq $found }
             @{ $audit->{found} }),
       "but sees what became of $key") or diag(explain($audit->{found}));
    redis('DEL', $P . $key);
    redis('RESTORE', $P . $key, 0, $dump);
}
expect_log(qr/stopped, nothing was changed: (CORRUPT|WRONGTYPE)/);

done();
