#!/usr/bin/env perl

# Exports of activities and what belongs to them, of needs, selections and
# certificates: page by page, from any place, as lines and as tables.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::Lines qw( import_lines export_lines );
use VolTest::Service qw( service_rules service_district );

use JSON::PP ();

my @ADMIN = (as => 'admin:root');
my $json = JSON::PP->new->utf8->canonical;
my $P = 'vol:{tianyuan}:';
my $M = 'vol:{many}:';

write_rules(service_rules());
write_file('key', 'k' x 40 . "\n");
start_redis({ env => frozen_clock('2024-12-01 04:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties off;
    vol_certificate_key  %DIR%/key;
    client_max_body_size  0;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
        location /many/ { vol many; }
        location /told/ { vol told; }
        location /copy/ { vol copy; }
    }
CONF

sub whole {
    my ($where, $query, @as) = @_;
    return get("/$where/export?what=$query", @as ? @as : @ADMIN);
}

sub lines_of { map { $json->decode($_) } split /\n/, $_[0]{raw} }

# members of the lines, in words
sub words {
    my ($what, @members) = @_;
    return map { my $l = $_;
                 join ' ', map { my $v = $l->{$_} // '-';
                                 ref $v eq 'ARRAY' ? join ',', @$v : $v }
                               @members }
           export_lines('points', $what);
}

my %d = service_district();


# What each list has.

is_deeply([words('projects', qw( id title class org brand ))],
          ['all All other - 0', 'river The river publicity street 1'],
          'projects');
is_deeply([words('activities', qw( id state starts org places taken served
                                   minutes ))],
          [map { s/@/T12:00:00+08:00/r }
           'next open 2026-05-01@ gate 5 4 0 0',
           'done closed 2026-04-06@ gate 5 5 4 315',
           'empty closed 2026-04-06@ gate 5 0 0 0',
           'off cancelled 2026-04-06@ gate 5 1 1 90',
           'plain closed 2026-04-06@ - 5 1 1 30',
           'today open 2026-04-06@ street 5 3 1 90',
           'draft draft 2026-05-01@ - 5 0 0 0'],
          'activities, emergencies first, then by start and id');
my ($done) = grep { $_->{id} eq 'done' } export_lines('points', 'activities');
is_deeply($done->{posts}, [{ id => 'one', title => 'One', places => 3 },
                           { id => 'two', title => '=2+2', places => 2 }],
          'with their posts');
is($done->{closed}, '2026-04-06T14:30:00+08:00', 'and when it was closed');
ok(!grep({ exists $_->{secret} } export_lines('points', 'activities')),
   'the secret of codes is in no export');
is(join('; ', words('signups', qw( activity volunteer post state minutes ))),
   join('; ', 'next v1 one placed -', 'next v3 one placed -',
              'next v4 one placed -', 'next v6 one waiting -',
              'next v7 one waiting -', 'next v8 two placed -',
              'done v5 one served 90', 'done v6 one present -',
              'done old one served 120', 'done v7 two served 60',
              'done far two served 45', 'off v8 one served 90',
              'plain new two served 30', 'today v1 one served 90',
              'today v2 one present -', 'today v3 one placed -',
              'today v4 one waiting -'), 'sign-ups, in their order');
is_deeply([words('shares', qw( activity volunteer pictures thanks hidden ))],
          ['done v5 p1,p2 70 -', 'done far - 0 1', 'today v1 - 1 -'],
          'shares');
is_deeply([words('needs', qw( state resident volunteer scope line by ))],
          ['accepted - old gate gate,street,centre li',
           'open r1 - centre gate,street,centre r1',
           'expired - - gate gate,street,centre li',
           'accepted v4 v1 gate gate,street,centre v4',
           'done v4 v1 gate gate,street,centre v4',
           'withdrawn v4 - gate gate,street,centre v4',
           'confirmed r2 v1 gate gate,street,centre root',
           'expired r2 - gate gate,street,centre root',
           'withdrawn r2 v1 gate gate,street,centre root',
           'open v3 - gate gate,street,centre v3'], 'needs');
is_deeply([words('selections', qw( period volunteer state published ))],
          ['2023 v1 applied 2024-12-01T12:00:00+08:00',
           '2023 v3 applied 2024-12-01T12:00:00+08:00',
           '2023 old shortlisted 2024-12-01T12:00:00+08:00',
           '2023 v2 shortlisted 2024-12-01T12:00:00+08:00',
           '2025 v3 applied -', '2025 v1 shortlisted -'], 'selections');
is(join(' ', sort map { $_->{code} =~ s/-//gr }
             export_lines('points', 'certificates')),
   join(' ', sort @{ $d{certificates} }), 'certificates');
my ($certificate) = export_lines('points', 'certificates');
my $shown = get("/points/certificates/$certificate->{code}",
                as => undef)->{json};
is($certificate->{$_}, $shown->{$_}, "of a certificate: $_")
    for qw( code volunteer from to issuer issued minutes hours signature );
is_deeply([words('registry', qw( type volunteer called ))]->[0],
          'volunteer v1 4', 'the registry tells how often one was called');

is(whole('points', $_, as => 'auditor:a')->{status}, 200,
   "an auditor exports $_")
    for qw( projects activities signups shares needs selections certificates );
is(whole('points', 'signups', as => 'organizer:li:street')->{status}, 403,
   'an organizer does not');
is_problem(whole('points', 'thanks'), 422, 'invalid-field',
           'thanks are a list of the registry alone', 'what');


# As tables.

sub rows {
    my ($what) = @_;
    my $raw = whole('points', "$what&format=csv&bom=false")->{raw};
    return split /\r\n/, $raw;
}
my @rows = rows('activities');
is($rows[0], 'id,title,org,project,state,closed,starts,ends,withdraw_until,'
   . 'place,latitude,longitude,radius,tags,emergency,beneficiaries,posts,'
   . 'places,taken,served,minutes', 'columns have names');
like($rows[2], qr/^done,.*,"\[\{""id"":""one"",""title"":""One"",""places"":3\},/,
     'posts are JSON in their cell');
is(scalar rows($_), 1 + export_lines('points', $_), "a row for each of $_")
    for qw( projects activities signups shares needs selections certificates );
is([rows('shares')]->[1],
   'done,v5,2026-04-06T14:30:00+08:00,"A ""day"", =1+1",p1 p2,70,',
   'a share as a row');
is(scalar rows('registry'), 1 + export_lines('points', 'registry'),
   'the registry is a table, too');


# From any place.

sub all_from {
    my ($what) = @_;
    my @all = lines_of(whole('points', $what));
    my $end = pop @all;
    my @more = lines_of(whole('points', "$what&after=$end->{end}{after}"));
    is(scalar @more, 1, "behind the end of $what is nothing");
    return @all;
}
all_from($_) for qw( projects activities signups shares needs certificates
                     registry );
is_deeply([map { $_->{id} // () }
           lines_of(whole('points', 'activities&after=1:001775448000:done'))],
          [qw( empty off plain today draft )], 'activities behind one');
is_deeply([map { $_->{volunteer} // () }
           lines_of(whole('points', 'signups&after=1:001775448000:done,3'))]
          ->[0], 'v7', 'sign-ups behind one of an activity');
is_deeply([map { $_->{id} // () } lines_of(whole('points',
           "needs&after=$d{confirmed}"))]->[0], $d{expired}, 'needs behind one');
is_problem(whole('points', "$_->[0]&after=$_->[1]"), 422, 'invalid-field',
           "$_->[0] from no place: $_->[1]", 'after')
    for ['activities', 'x'], ['activities', '1:1:x'], ['signups', '1:001775448000:done,'
         . '9' x 16], ['needs', 'x'], ['needs', '1-'], ['selections', '20'],
        ['certificates', '1'], ['certificates', '1:9999'], ['registry', 'x:'],
        ['registry', '8:x'], ['shares', '1:001775448000:done,1'],
         ['registry', '9'];


# Many, of long names, some of which move on meanwhile.

my $long = 'x' x 59;
my @many = (
    { type => 'org', org => "${long}-org", title => 'Org' },
    (map { { type => 'volunteer', volunteer => sprintf("$long%05d", $_),
             kind => 'general' } } 1 .. 450),
    (map { { type => 'project', project => sprintf("$long%05d", $_),
             title => 'x', class => 'c', org => "${long}-org" } } 1 .. 450),
    (map { { type => 'activity', activity => sprintf("$long%05d", $_),
             title => 'x', place => 'p', org => "${long}-org",
             starts => '2026-04-06T12:00:00+08:00',
             ends => '2026-04-06T14:00:00+08:00',
             state => (qw( draft open closed cancelled ))[$_ % 4],
             posts => [{ id => 'one', title => 'One', places => 500 }] } }
     1 .. 650),
    (map { { type => 'signup', activity => sprintf("$long%05d", $_ % 2 ? 1 : 3),
             volunteer => sprintf("$long%05d", $_), post => 'one',
             state => 'placed', signed_up => '2026-04-01T12:00:00+08:00' } }
     1 .. 450),
    (map { { type => 'signup', activity => sprintf("$long%05d", 5),
             volunteer => sprintf("$long%05d", $_), post => 'one',
             state => 'placed', signed_up => '2026-04-01T12:00:00+08:00' } }
     1 .. 400),
);
is(import_lines('many', @many), @many . ' 0 0', 'a district of many');
for my $what (qw( projects activities signups )) {
    my @all = export_lines('many', $what);
    my %ids = map { join(' ', map { $_ // '' } @$_{qw( id activity volunteer )})
                    => 1 } @all;
    is(scalar @all, { projects => 450, activities => 650, signups => 850 }
                    ->{$what}, "all $what are exported");
    is(scalar keys %ids, scalar @all, 'each once');
}
# closed meanwhile, one comes neither twice nor not at all
my $place = sprintf '1:001775448000:%s%05d', $long, 300;
my ($before, $behind) = map { sprintf "$long%05d", $_ } 297, 301;
created(post("/many/activities/$_/close", undef, @ADMIN))
    for $before, $behind;
my %rest = map { ($_->{id} // '') => $_->{state} }
           lines_of(whole('many', "activities&after=$place"));
ok(!$rest{$before}, 'one that was exported stays so in another state');
is($rest{$behind}, 'closed', 'and one that was not comes');

# what was told, and who thanked, comes once, though somebody is erased meanwhile
my @told = map { sprintf 'w%03d', $_ } 1 .. 230;
import_lines('told', { type => 'org', org => 'gate', title => 'g' },
    (map { { type => 'volunteer', volunteer => $_, kind => 'general',
             station => 'gate' } } @told),
    { type => 'activity', activity => 'x', title => 'x', place => 'p',
      org => 'gate', state => 'open', starts => '2026-04-06T12:00:00+08:00',
      ends => '2026-04-06T14:00:00+08:00',
      posts => [{ id => 'one', title => 'One', places => 500 }] },
    (map { { type => 'attendance', activity => 'x', volunteer => $_,
             minutes => 10, key => $_ } } @told),
    (map { { type => 'share', activity => 'x', volunteer => $_, text => 'x',
             at => '2026-04-06T15:00:00+08:00' } } @told),
    (map { my $n = $_;
           { type => 'thanks', activity => 'x', volunteer => $n < 6 ? 'w004'
                                                                    : 'w100',
             users => [map { sprintf 'u%d-%02d', $n, $_ } 1 .. 30] } }
     1 .. 10));
my @shares = map { $_->{volunteer} } export_lines('told', 'shares');
is("@shares", "@told", 'what many told is exported');
my @thanks = map { @{ $_->{users} } } grep { $_->{type} eq 'thanks' }
                 export_lines('told', 'registry');
is(scalar @thanks, 300, 'and who thanked');
my ($x) = @{ redis('ZRANGE', 'vol:{told}:al:open', 0, -1) };
my @listed = @{ redis('ZRANGE', 'vol:{told}:st:x', 0, -1) };
created(post("/told/volunteers/$_/erase", { reason => 'r' }, @ADMIN))
    for qw( w001 w002 );
is(join(' ', map { $_->{volunteer} // () }
             lines_of(whole('told', "shares&after=$x,$listed[199]"))),
   "@told[200 .. 229]", 'none is left out behind one');
my $behind_user = "$x,$listed[3],u3-07";
is(join(' ', map { $_->{type} && $_->{type} eq 'thanks'
                   && $_->{volunteer} eq 'w004' ? @{ $_->{users} } : () }
             lines_of(whole('told', "registry&after=11:$behind_user"))),
   join(' ', (map { sprintf 'u3-%02d', $_ } 8 .. 30),
        map { my $n = $_; map { sprintf "u$n-%02d", $_ } 1 .. 30 } 4, 5),
   'nor one who thanked');

# the place of an org has two ids
import_lines('many', map { { type => 'org', org => sprintf("$long%05d", $_),
                             title => 'x', parent => "${long}-org" } } 1 .. 250);
my %orgs = map { $_->{id} => 1 } export_lines('many', 'orgs');
is(keys(%orgs) . ' ' . export_lines('many', 'orgs'), '251 251',
   'orgs of long names come once');
push @many, ({}) x 250;
for (['project', "4:3:$long-org:${long}00250"],
     ['project', "7:$long-org:${long}00449"],
     ['activity', "8:1:001775448000:${long}00649"],
     ['signup', "9:1:001775448000:${long}00005,399"])
{
    my ($type, $after) = @$_;
    my ($first) = lines_of(whole('many', "registry&after=$after"));
    is($first->{type}, $type, "the registry goes on at $after");
}

my @registry = export_lines('many', 'registry');
is(scalar @registry, scalar @many, 'the registry has them all');
is(import_lines('copy', @registry), @registry . ' 0 0', 'and is taken');
is(whole('copy', 'registry')->{raw}, whole('many', 'registry')->{raw},
   'as it is');
is(import_lines('copy', @registry[-900 .. -1]), '0 900 0', 'once');


# What is not as it must be cuts the export off.

expect_log(qr/CORRUPT vol:\{many\}:/, qr/WRONGTYPE/);
for (['signups', "s:${long}00001", 'HSET', "${long}00001", 'x'],
     ['signups', "so:${long}00001", 'SET', 'x'],
     ['activities', "a:${long}00001", 'HSET', 'posts', 'x'],
     ['activities', 'al:open', 'SET', 'x'],
     ['needs', 'nl:open:', 'ZADD', 1, '1-1'],
     ['selections', 'sl:2025', 'ZADD', 0, 'applied'],
     ['certificates', "cl:${long}00001", 'SET', 'x'],
     ['projects', 'projects', 'ZADD', 0, ':none'])
{
    my ($what, $name, $command, @values) = @$_;
    my $was = redis('DUMP', "$M$name");
    redis('DEL', "$M$name") if $command eq 'SET';
    redis($command, "$M$name", @values);
    is_problem(whole('many', $what), 500, 'store-corrupt',
               "no export of $what with a broken $name");
    redis('DEL', "$M$name");
    redis('RESTORE', "$M$name", 0, $was) if defined $was;
}
is(whole('many', 'signups')->{status}, 200, 'mended, it goes on');

done();
