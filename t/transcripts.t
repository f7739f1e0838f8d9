#!/usr/bin/env perl

# What a student did, by term.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

my @TERMS = ({ id => 'spring', title => "\x{6625}\x{5b63}",
               starts => '02-15' },
             { id => 'autumn', title => 'Autumn, and winter',
               starts => '09-01' });

write_rules({ terms => \@TERMS });
write_rules({}, 'plain.json');

start_redis({ env => frozen_clock('2026-03-10 04:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties off;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /plain/ {
            vol        tianyuan;
            vol_rules  %DIR%/plain.json;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{tianyuan}:';

sub transcript {
    my ($id, $query, @as) = @_;
    return created(get("/points/reports/transcripts/$id?" . ($query // ''),
                       @as ? @as : @ADMIN));
}

# of each term what it is, from when to when, minutes and points
sub terms {
    my ($t) = @_;
    return join ' ', map { "$_->{term}:$_->{starts}:$_->{ends}:"
                           . "$_->{minutes}:$_->{points}" }
                     @{ $t->{terms} };
}

sub hours {
    my ($id, $minutes, $on) = @_;
    return created(post("/points/volunteers/$id/hours",
                        { minutes => $minutes, on => $on }, @ADMIN))->{entry};
}

sub undo { created(post("/points/ledger/$_[0]/reverse", { reason => 'r' },
                        @ADMIN)) }


volunteer('s', kind => 'student', station => 'school');
is_deeply(transcript('s'), { volunteer => 's', kind => 'student', terms => [] },
          'who did nothing has no terms');

hours('s', 90, '2025-02-14');
hours('s', 30, '2025-02-15');
my $wrong = hours('s', 60, '2025-08-31');
hours('s', 120, '2025-09-01');
hours('s', 45, '2026-01-31');
grant('s', 7);
is(terms(transcript('s')),
   'autumn:2024-09-01:2025-02-14:90:1 spring:2025-02-15:2025-08-31:90:2 '
   . 'autumn:2025-09-01:2026-02-14:165:2 spring:2026-02-15:2026-08-31:0:7',
   'minutes and points of each term, the first first');
is_deeply(transcript('s')->{terms}[2],
          { term => 'autumn', title => 'Autumn, and winter',
            starts => '2025-09-01', ends => '2026-02-14', minutes => 165,
            hours => 2, points => 2 }, 'what is told of one');
undo($wrong);
my ($gift) = grep { $_->{type} eq 'award' } entries('s');
undo($gift->{entry});
is(terms(transcript('s')),
   'autumn:2024-09-01:2025-02-14:90:1 spring:2025-02-15:2025-08-31:30:1 '
   . 'autumn:2025-09-01:2026-02-14:165:2 spring:2026-02-15:2026-08-31:0:0',
   'a reversal takes from the term that it was for');
is(terms(transcript('s', 'from=2025-09-01')),
   'autumn:2025-09-01:2026-02-14:165:2 spring:2026-02-15:2026-08-31:0:0',
   'from a day on');
is(terms(transcript('s', 'from=2025-02-15&to=2025-12-31')),
   'spring:2025-02-15:2025-08-31:30:1 autumn:2025-09-01:2026-02-14:120:2',
   'and to one');
is(terms(created(get('/plain/reports/transcripts/s', @ADMIN))),
   'year:2025-01-01:2025-12-31:240:4 year:2026-01-01:2026-12-31:45:0',
   'where there are no terms a year is one');
ok(!exists get('/plain/reports/transcripts/s', @ADMIN)
   ->{json}{terms}[0]{title}, 'without a title');


# What else is in a ledger.

merchant('tea');
offer('green', price => 1, stock => 9);
redeem('green', 's');
volunteer('o', kind => 'student');
hours('o', 60, '2025-10-10');
my $merge = created(post('/points/volunteers/o/merge',
                         { into => 's', reason => 'r' }, @ADMIN))->{entry};
my $joined = 'autumn:2024-09-01:2025-02-14:90:1 '
             . 'spring:2025-02-15:2025-08-31:30:1 '
             . 'autumn:2025-09-01:2026-02-14:225:3 '
             . 'spring:2026-02-15:2026-08-31:0:0';
is(terms(transcript('s')), $joined, 'who was merged brings what they did');
is(transcript('o')->{volunteer}, 's', 'under either id');
undo($merge);
is(terms(transcript('o')), 'autumn:2025-09-01:2026-02-14:60:1',
   'and takes it back');
is((transcript('s')->{terms}[2] || {})->{minutes}, 165, 'from the other');


# Many entries: the sums of pages add up.

volunteer('many', kind => 'student');
my $lines = join '', map {
    my $day = sprintf '2025-%02d-%02d', 1 + int($_ / 28) % 12, 1 + $_ % 28;
    qq({"type":"hours","volunteer":"many","minutes":1,"on":"$day","key":"k$_"}\n)
} 1 .. 1100;
like(post('/points/import', $lines, @ADMIN, type => 'application/x-ndjson',
          key => undef)->{raw}, qr/"done":1100/, 'many entries');
my ($pages, $minutes, $points, $after) = (0, 0, 0, '');
for (1 .. 10) {
    my $t = transcript('many', $after);
    $pages++;
    $minutes += $_->{minutes}, $points += $_->{points} for @{ $t->{terms} };
    last unless $t->{next};
    $after = "after=$t->{next}";
}
is("$pages $minutes $points", '3 1100 18', 'are read in pages that add up');
is_problem(get("/points/reports/transcripts/s?$after", @ADMIN), 422,
           'invalid-field', 'a page of another is none', 'after');


# Who may see it, and what is asked.

my $url = '/points/reports/transcripts/s';
is(get($url, as => 'volunteer:s')->{status}, 200, 'a volunteer sees their own');
is_problem(get($url, as => 'volunteer:o'), 403, 'forbidden', 'not another\'s');
is(get($url, as => 'organizer:t:school')->{status}, 200,
   'an organizer those of their org');
is_problem(get($url, as => 'organizer:t:other'), 403, 'forbidden',
           'not of another');
is(get($url, as => 'auditor:a')->{status}, 200, 'an auditor all');
is_problem(get($url, as => 'merchant:m:tea'), 403, 'forbidden',
           'a merchant none');
is_problem(get('/points/reports/transcripts/x', @ADMIN), 404, 'not-found',
           'nobody has none');
is_problem(get("$url?$_->[0]", @ADMIN), 422, 'invalid-field', $_->[0], $_->[1])
    for ['from=2025-02-30', 'from'], ['from=2025-02-02&to=2025-02-01', 'to'],
        ['after=1-1', 'after'], ['after=x', 'after'], ['term=spring', 'term'];
is(get("$url?to=2025-08-31&format=csv", @ADMIN)->{raw},
   "\xef\xbb\xbfterm,title,starts,ends,minutes,hours,points\r\n"
   . "autumn,\"Autumn, and winter\",2024-09-01,2025-02-14,90,1,1\r\n"
   . "spring,\xe6\x98\xa5\xe5\xad\xa3,2025-02-15,2025-08-31,30,0,1\r\n",
   'as a table');

redis('HSET', "${P}v:s", 'last', '99999999999999999');
is(get($url, @ADMIN)->{status}, 500, 'a history that leads nowhere');
expect_log(qr/stopped, nothing was changed: .*CORRUPT/);

done();
