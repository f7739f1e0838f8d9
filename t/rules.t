#!/usr/bin/env perl

# The rulebook: every mistake in it stops nginx -t and is named; a reload
# brings new rules in with no request lost.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use JSON::PP ();

my $CONF = <<'CONF';
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
    }
CONF


# Each changes the good rulebook by keys and must be refused with the file's
# name and a message that matches: the place, and what was expected there.

my %case = (title => 'Case', min => 1, max => 5);
my %old = (version => 'old', points_per_hour => 1, stars => [10]);

# changes that make a rulebook of 2026-07-01 with earlier ones, newest first
sub before { return { from => '2026-07-01', earlier => [@_] } }

my @refused = (
    ['an unknown key', { colour => 'red' }, qr/colour/],
    ['a version that is no string', { version => 5 }, qr/version.*string/],
    ['an empty version', { version => '' }, qr/version/],
    ['a zone by name', { timezone => 'Asia/Shanghai' }, qr/timezone/],
    ['an offset beyond 14 hours', { timezone => '+15:00' }, qr/timezone/],
    ['points_per_hour as a string', { points_per_hour => '1' },
     qr/points_per_hour.*integer/],
    ['points_per_hour as a float', { points_per_hour => 1.5 },
     qr/points_per_hour.*integer/],
    ['no points for an hour', { points_per_hour => 0 }, qr/points_per_hour/],
    ['points_per_hour below zero', { points_per_hour => -1 },
     qr/points_per_hour/],
    ['stars that are no list', { stars => 100 }, qr/stars.*array/],
    ['stars that do not rise', { stars => [100, 100] }, qr/stars/],
    ['stars that fall', { stars => [300, 100] }, qr/stars/],
    ['six stars', { stars => [1 .. 6] }, qr/stars/],
    ['a star at zero', { stars => [0, 10] }, qr/stars/],
    ['a star as a string', { stars => [100, '300'] }, qr/stars.*integer/],
    ['cases that are no object', { cases => [] }, qr/cases.*object/],
    ['a case outside the alphabet', { cases => { 'a b' => { %case } } },
     qr/cases.*a b/],
    ['a case without a title', { cases => { a => { min => 1, max => 2 } } },
     qr/cases.*a.*title/],
    ['a case without a range', { cases => { a => { title => 'A', min => 1 } } },
     qr/cases.*a.*max/],
    ['a case whose range is upside down',
     { cases => { a => { %case, min => 6 } } }, qr/cases.*a.*(min|max)/],
    ['a case of zero points', { cases => { a => { %case, min => 0 } } },
     qr/cases.*a.*min/],
    ['a case with an unknown key', { cases => { a => { %case, mid => 3 } } },
     qr/cases.*a.*mid/],
    ['an obligation of an unknown kind',
     { obligations => { retired => { points_per_year => 20 } } },
     qr/obligations.*retired/],
    ['an obligation without its points', { obligations => { cadre => {} } },
     qr/obligations.*cadre.*points_per_year/],
    ['an obligation below zero',
     { obligations => { cadre => { points_per_year => -20 } } },
     qr/obligations.*cadre.*points_per_year/],
    ['a selection every 0 years',
     { selection => { title => 'T', every_years => 0, first_year => 2021,
                      min_stars => 5 } }, qr/selection.*every_years/],
    ['a selection for six stars',
     { selection => { title => 'T', every_years => 2, first_year => 2021,
                      min_stars => 6 } }, qr/selection.*min_stars/],
    ['a voucher valid for no day', { voucher => { valid_days => 0 } },
     qr/voucher.*valid_days/],
    ['a voucher with an unknown key',
     { voucher => { valid_days => 30, weeks => 2 } }, qr/voucher.*weeks/],
    ['no minutes in a day', { limits => { minutes_per_day => 0 } },
     qr/limits.*minutes_per_day/],
    ['more minutes in a day than it has',
     { limits => { minutes_per_day => 1441 } }, qr/limits.*minutes_per_day/],
    ['a limit as a list', { limits => [720] }, qr/limits.*object/],
    ['approval as a number', { cases => { a => { %case, approval => 1 } } },
     qr/cases\.a\.approval: expected true or false/],
    ['classes of projects that are a list', { project_classes => ['a'] },
     qr/project_classes: expected an object/],
    ['no class of projects', { project_classes => {} },
     qr/project_classes: expected an object of 1 to 64 classes/],
    ['65 classes of projects',
     { project_classes => { map { $_ => { title => 'T' } } 1 .. 65 } },
     qr/project_classes: expected an object of 1 to 64 classes/],
    ['a class outside the alphabet',
     { project_classes => { 'a b' => { title => 'T' } } },
     qr/project_classes\.a b: expected a name/],
    ['a class without a title', { project_classes => { a => {} } },
     qr/project_classes\.a\.title: missing/],
    ['a class with an unknown key',
     { project_classes => { a => { title => 'T', x => 1 } } },
     qr/project_classes\.a\.x: unknown key/],
    ['classes of projects in an earlier rulebook',
     before({ %old, project_classes => { a => { title => 'T' } } }),
     qr/earlier\[0\]\.project_classes: unknown key/],
    ['points that end after no year', { expiry => { years => 0 } },
     qr/expiry\.years: expected an integer from 1 to 100/],
    ['points that end after 101 years', { expiry => { years => 101 } },
     qr/expiry\.years: expected an integer from 1 to 100/],
    ['points that end on no day', { expiry => {} }, qr/expiry\.years: missing/],
    ['points that end each February 29', { expiry => { on => '02-29' } },
     qr/expiry\.on: expected a day that every year has/],
    ['points that end on a day of no year',
     { expiry => { years => 1, on => '06-31' } }, qr/expiry\.on: expected/],
    ['points that end on a date', { expiry => { on => '2026-12-31' } },
     qr/expiry\.on: expected/],
    ['an expiry as a number', { expiry => 3 }, qr/expiry: expected an object/],
    ['no minutes for an organizer',
     { limits => { organizer_minutes_per_day => 0 } },
     qr/limits\.organizer_minutes_per_day: expected an integer/],
    ['minutes beyond bounds for an organizer',
     { limits => { organizer_minutes_per_month => 1e9 + 1 } },
     qr/limits\.organizer_minutes_per_month: expected an integer/],
    ['hours that can be spent for days below zero',
     { limits => { spendable_within_days => -1 } },
     qr/limits\.spendable_within_days: .*from 0 to 3660/],
    (map {
        my $key = $_;
        map { ["$key of $_", { limits => { $key => $_ } },
               qr/limits\.$key: expected an integer from 1 to 1000000/] }
            0, 1000001, '1'
    } map { ("redemptions_per_$_", "offer_redemptions_per_$_") }
        qw( day month quarter year )),
    ['a from that is no date', { from => '2026-02-30' },
     qr/from: expected a date from 1970-01-01 to 9999-12-31/],
    ['earlier rulebooks that are no list', { %{ before() }, earlier => {} },
     qr/earlier: expected an array of 1 to 32 rulebooks, newest first/],
    ['no earlier rulebook', before(), qr/earlier: expected an array of 1 to 32/],
    ['too many earlier rulebooks',
     before(map { { %old, version => "v$_", from => 2026 - $_ . '-01-01' } }
            1 .. 33),
     qr/earlier: expected an array of 1 to 32/],
    ['earlier rulebooks and no from', { earlier => [{ %old }] },
     qr/ from: missing, expected a date/],
    ['an earlier rulebook in the middle with no from',
     before({ %old }, { %old, version => 'older' }),
     qr/earlier\[0\]\.from: missing, .* to 2026-06-30/],
    ['an earlier rulebook from the same day',
     before({ %old, from => '2026-07-01' }),
     qr/earlier\[0\]\.from: .* to 2026-06-30/],
    ['an earlier rulebook from a later day',
     before({ %old, from => '2026-01-01' },
            { %old, version => 'older', from => '2026-06-30' }),
     qr/earlier\[1\]\.from: .* to 2025-12-31/],
    ['an earlier rulebook with the version of the newest',
     before({ %old, version => 'tianyuan-2026-04-08' }),
     qr/earlier\[0\]\.version: expected a version that no newer rulebook has/],
    ['two earlier rulebooks with one version',
     before({ %old, from => '2026-01-01' }, { %old }),
     qr/earlier\[1\]\.version: expected a version/],
    ['an earlier rulebook with a zone of its own',
     before({ %old, timezone => '+08:00' }),
     qr/earlier\[0\]\.timezone: unknown key/],
    ['an earlier rulebook with a selection',
     before({ %old, selection => {} }), qr/earlier\[0\]\.selection: unknown/],
    ['an earlier rulebook with earlier ones',
     before({ %old, earlier => [{ %old }] }),
     qr/earlier\[0\]\.earlier: unknown key/],
    ['a wrong value in an earlier rulebook',
     before({ %old, cases => { a => { %case, max => 0 } } }),
     qr/earlier\[0\]\.cases\.a\.max: expected an integer from 1 to 10000/],
    ['an earlier rulebook that is no object', before(5),
     qr/earlier\[0\]: expected an object/],
    ['an integer beyond bounds',
     { cases => { a => { %case, max => 2 ** 53 } } }, qr/cases.*a.*max/],
    ['null', { voucher => undef }, qr/voucher.*object/],
);

for (@refused) {
    my ($name, $changes, $tells) = @$_;
    write_rules($changes);
    refused("$name is refused", $tells);
}

write_rules();
my $good = read_file('rules.json');

my @broken = (
    ['an empty file', '', qr/rules\.json/],
    ['text that is no JSON', "{\n\"version\": \n", qr/rules\.json:\d+|line \d+/],
    ['a list', '[]', qr/object/],
    ['text after the object', $good . ' x', qr/rules\.json/],
    ['a key twice', '{"version":"a","version":"b"}', qr/version|duplicate/],
    ['bytes that are not UTF-8',
     $good =~ s/Grant/\xff\xfe/r, qr/UTF-8|byte 0xff/],
    ['no version', $good =~ s/,"version":"[^"]+"//r, qr/version/],
    ['an object nested a thousand deep',
     '{"cases":' . '{"a":' x 3000 . '1' . '}' x 3001, qr/rules\.json/],
);

for (@broken) {
    my ($name, $text, $tells) = @$_;
    write_file('rules.json', $text);
    refused("$name is refused", $tells);
}


write_file('rules.json', '{"version":"v","timezone":"-03:30",'
                         . '"points_per_hour":10,"stars":[100]}');
is((nginx_test(conf => $CONF))[0], 0, 'the least rulebook is accepted');

write_rules({
    %{ before(map { { %old, version => "v$_", from => 2026 - $_ . '-01-01' } }
              1 .. 32) },
    expiry => { years => 0, on => '12-31' },
    cases => { a => { %case, approval => true } },
    limits => { minutes_per_day => 1440, spendable_within_days => 0,
                organizer_minutes_per_day => 1e9,
                organizer_minutes_per_month => 1,
                map { ("redemptions_per_$_" => 1,
                       "offer_redemptions_per_$_" => 1000000) }
                    qw( day month quarter year ) },
});
is((nginx_test(conf => $CONF))[0], 0, 'the fullest rulebook is accepted');


sub refused {
    my ($name, $tells) = @_;

    my ($status, $text) = nginx_test(conf => $CONF);
    my ($emerg) = $text =~ /^(.*\[emerg\].*)$/m;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok($status != 0 && ($emerg // '') =~ $tells && $emerg =~ /rules\.json/,
       $name) or diag("exit $status: $text");
}


# Reload.

start(conf => $CONF);
volunteer('1001');

my %award = (points => 7, evidence => 'a letter of the street');

is_problem(post('/points/volunteers/1001/awards',
                { case => 'bravery', %award }, as => 'admin:root'),
           422, 'invalid-field', 'a case the rulebook lacks is refused',
           'case');

my $rules = JSON::PP->new->utf8->decode($good);
write_rules({ version => 'tianyuan-2027',
              cases => { %{ $rules->{cases} },
                         bravery => { title => 'Bravery', min => 1,
                                      max => 9 } } });

my ($asked, $through, %statuses) = (0);
my %before = map { $_ => 1 } workers();
my $client = sub {
    return if $through && $asked > 400 || $asked > 20000;
    hup() if $asked == 50;
    $through = !grep { $before{$_} } workers() if $asked++ > 50;
    return build('GET', '/points/me', as => 'volunteer:1001', close => 1);
};
crowd(port(), 8, $client, sub { $statuses{ $_[1]{status} }++ });

is_deeply([keys %statuses], [200],
          'no request is lost while a reload brings new rules in');
ok(wait_for(sub { !grep { $before{$_} } workers() }), 'the old workers end');

my $made = post('/points/volunteers/1001/awards',
                { case => 'bravery', %award }, as => 'admin:root');
is($made->{status}, 201, 'the new case is there after the reload');
is((entries('1001'))[0]{rules}, 'tianyuan-2027',
   'its entry carries the version of the rules that made it');

my $again = post('/points/volunteers/1001/awards',
                 { case => 'bravery', %award }, as => 'admin:root',
                 key => 'kept');
write_rules({ version => 'tianyuan-2028' });
hup();
ok(wait_for(sub {
       post('/points/volunteers/1001/awards', { case => 'bravery', %award },
            as => 'admin:root')->{status} == 422
   }), 'the case is gone after another reload');
my $replay = post('/points/volunteers/1001/awards',
                  { case => 'bravery', %award }, as => 'admin:root',
                  key => 'kept');
is("$replay->{status} $replay->{raw}", "$again->{status} $again->{raw}",
   'what was awarded under the old rules is replayed under the new');

# What a script takes for the rule of a day.

my $lib = do {
    local (@ARGV, $/) = "$FindBin::Bin/../lua/lib/rules.lua";
    <>;
};

for (['3,1231', 0 => '3,1231'], ['', 20000 => ''],
     ['20635:10;20454:2;0:1', 20636 => '10'],
     ['20635:10;20454:2;0:1', 20635 => '10'],
     ['20635:10;20454:2;0:1', 20634 => '2'],
     ['20635:10;20454:2;0:1', 20454 => '2'],
     ['20635:10;20454:2;0:1', 20453 => '1'],
     ['20635:10;20454:2;0:1', 0 => '1'],
     ['20635:;0:cadre=20,student=10', 20635 => ''],
     ['20635:;0:cadre=20,student=10', 20634 => 'cadre=20,student=10'],
     ['20635:2.;20454:v-1_x;0:', 20454 => 'v-1_x'],
     ['20635:2.;20454:v-1_x;0:', 1 => ''],
     ['20635:0,1231;20454:2,;0:', 20500 => '2,'])
{
    my ($rule, $day, $value) = @$_;
    is(redis('EVAL', "$lib return in_force(ARGV[1], ARGV[2] + 0)", 0, $rule,
             $day), $value, "the rule \"$rule\" of day $day");
}
is(redis('EVAL', "$lib return in_force(ARGV[1], ARGV[2])", 0, '9:b;0:a', '10'),
   'b', 'a day may be a string, as an argument is');


write_file('rules.json', '{"version": 5}');
expect_log(qr/\[emerg\].*rules\.json/);
hup();
ok(wait_for(sub { error_log() =~ /\[emerg\].*rules\.json/ }),
   'a broken rulebook stops the reload and is logged');
is(post('/points/volunteers/1001/awards', { case => 'bravery', %award },
        as => 'admin:root')->{status}, 422, 'and the old rules stay in force');

done();
