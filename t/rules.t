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
my %old = map { $_ => 1 } workers();
my $client = sub {
    return if $through && $asked > 400 || $asked > 20000;
    hup() if $asked == 50;
    $through = !grep { $old{$_} } workers() if $asked++ > 50;
    return build('GET', '/points/me', as => 'volunteer:1001', close => 1);
};
crowd(port(), 8, $client, sub { $statuses{ $_[1]{status} }++ });

is_deeply([keys %statuses], [200],
          'no request is lost while a reload brings new rules in');
ok(wait_for(sub { !grep { $old{$_} } workers() }), 'the old workers end');

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

write_file('rules.json', '{"version": 5}');
expect_log(qr/\[emerg\].*rules\.json/);
hup();
ok(wait_for(sub { error_log() =~ /\[emerg\].*rules\.json/ }),
   'a broken rulebook stops the reload and is logged');
is(post('/points/volunteers/1001/awards', { case => 'bravery', %award },
        as => 'admin:root')->{status}, 422, 'and the old rules stay in force');

done();
