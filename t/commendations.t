#!/usr/bin/env perl

# Who reached a star in a year: of the district or of an org, page by page.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules();
write_rules({ from => '2026-01-01', version => 'new', stars => [50, 200],
              selection => { title => 'x', every_years => 2,
                             first_year => 2021, min_stars => 2 },
              earlier => [{ version => 'old', points_per_hour => 1,
                            stars => [100, 300, 600] }] }, 'dated.json');

start_redis({ env => frozen_clock('2025-06-10 04:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties off;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  chaoyang;
        }

        location /dated/ {
            vol        chaoyang;
            vol_rules  %DIR%/dated.json;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{chaoyang}:';
my $URL = '/points/reports/commendations';

sub org {
    my ($id, $parent) = @_;
    created(put("/points/orgs/$id",
                { title => $id, $parent ? (parent => $parent) : () }, @ADMIN));
}

sub report { created(get("$URL?limit=100$_[0]", @_ > 1 ? (as => $_[1])
                                                       : @ADMIN)) }

# volunteer, and stars before and now, of each
sub show { join ' ', map { "$_->{volunteer}:$_->{before}-$_->{stars}" }
                     @{ $_[0]{commendations} } }
sub who { show(report(@_)) }

# the same, read in pages of so many
sub in_pages {
    my ($limit, $query) = @_;
    my ($after, @all) = ('');
    for (1 .. 100) {
        my $page = created(get("$URL?limit=$limit$query$after", @ADMIN));
        push @all, show($page) || ();
        return join ' ', @all unless $page->{next};
        $after = "&after=$page->{next}";
    }
    return 'endless';
}

sub act {
    my ($id, $what, %body) = @_;
    return created(post("/points/volunteers/$id/$what",
                        { reason => 'r', %body }, @ADMIN));
}


is_deeply(report(''), { year => 2025, commendations => [] },
          'where nobody is, nobody is commended');

org('cy');
org('s1', 'cy');
org('a', 's1');
org('b', 's1');
org('s2', 'cy');
volunteer('v1', station => 'a');
volunteer('v2', station => 'b');
volunteer('v3', station => 's2');
volunteer('v4');
volunteer('v5', station => 'elsewhere');
volunteer('v6', station => 'b');

# a star takes 100, the others 300, 600, 1000, 1500
grant('v1', 90);
grant('v2', 350);
grant('v3', 100);
grant('v4', 700);
grant('v5', 1500);
grant('v6', 99);
is(who(''), 'v5:0-5 v4:0-3 v2:0-2 v3:0-1',
   'those who reached a star, by points');
is_deeply(report('')->{commendations}[2],
          { volunteer => 'v2', station => 'b', stars => 2, before => 0,
            earned => 350, points => 350 }, 'with what they have earned');
is(report('')->{commendations}[1]{station}, undef, 'one has no station');

set_clock('2026-03-10 04:00:00');
is(who(''), '', 'the next year nobody has yet');
grant('v1', 10);
grant('v2', 200);
grant('v3', 150);
created(post('/points/volunteers/v6/hours', { minutes => 60,
                                              on => '2025-12-31' }, @ADMIN));
is(who(''), 'v1:0-1', 'who has more than before need not have reached one');
is(report('')->{commendations}[0]{points}, 10, 'some by little');
grant('v3', 50);
is(who(''), 'v3:1-2 v1:0-1', 'another star is one');
is(who('&year=2025'), 'v5:0-5 v4:0-3 v2:0-2 v3:0-1 v6:0-1',
   'a year that is over stays, but for what is entered for it');
is(who('&year=2024'), '', 'and there is none before');
is(who('&year=2025&stars=2'), 'v5:0-5 v4:0-3 v2:0-2',
   'who passed one star');
is(who('&year=2025&stars=3'), 'v5:0-5 v4:0-3', 'or another');
is(who('&stars=1'), 'v1:0-1', 'and no other');

my ($gift) = entries('v1');
created(post("/points/ledger/$gift->{entry}/reverse", { reason => 'r' },
             @ADMIN));
is(who(''), 'v3:1-2', 'who lost it is not there');
grant('v1', 10);


# Of an org.

is(who('&year=2025&org=cy'), 'v2:0-2 v6:0-1 v3:0-1',
   'those of an org and below it');
is(who('&year=2025&org=s1'), 'v2:0-2 v6:0-1', 'of a street centre');
is(who('&year=2025&org=elsewhere'), 'v5:0-5', 'of a station by its name');
is(who('&year=2025', 'organizer:li:s1'), 'v2:0-2 v6:0-1',
   'an organizer sees their own');
is(who('&year=2025&org=b', 'organizer:li:s1'), 'v2:0-2 v6:0-1',
   'or one below');
is(who('', 'auditor:a'), 'v3:1-2 v1:0-1', 'an auditor all');
is_problem(get("$URL?org=s2", as => 'organizer:li:s1'), 403, 'forbidden',
           'nobody those of others');
is_problem(get($URL, as => $_), 403, 'forbidden', "not $_")
    for 'volunteer:v1', 'merchant:m:tea';


# Those on no leaderboard deserve it too; who is frozen does not.

volunteer('v2', station => 'b', minor => true);
volunteer('v5', station => 'elsewhere', listed => false);
volunteer('v3', station => 's2', listed => false);
is(who('&year=2025'), 'v4:0-3 v6:0-1 v5:0-5 v2:0-2 v3:0-1',
   'those on no leaderboard come behind');
is(who('&year=2025&org=cy'), 'v6:0-1 v2:0-2 v3:0-1', 'of an org as well');
is(who('&year=2025&org=s1'), 'v6:0-1 v2:0-2', 'those of others do not');
act('v4', 'freeze');
is(who('&year=2025'), 'v6:0-1 v5:0-5 v2:0-2 v3:0-1', 'who is frozen is not');
act('v4', 'unfreeze');
act('v6', 'merge', into => 'v1');
is(who(''), 'v3:1-2', 'who was merged is not there');
is(who('&year=2025'), 'v4:0-3 v1:0-1 v5:0-5 v2:0-2 v3:0-1',
   'who answers for them is, with what both have');


# Pages.

volunteer("w$_", station => $_ % 2 ? 'a' : 'b') for 10 .. 30;
grant("w$_", 100 + $_ % 3) for 10 .. 30;
for my $query ('', '&org=cy', '&year=2025', '&year=2025&org=s1') {
    is(in_pages($_, $query), who($query), "$query in pages of $_") for 1, 2, 7;
}

for (['year=12', 'year'], ['limit=101', 'limit'], ['stars=0', 'stars'],
     ['stars=6', 'stars'], ['org=a%2fb', 'org'], ['after=x', 'after'],
     ['after=cy:1:', 'after'], ['after=cy::', 'after'],
     ['org=s1&after=s2::', 'after'], ['org=s1&after=::', 'after'],
     ['org=s1&after=a:99999999999999:v1', 'after'],
     ['org=s1&after=,::', 'after'], ['org=s1&after=,s2::', 'after'],
     ['after=,s1::', 'after'], ['after=,,::', 'after'])
{
    is_problem(get("$URL?$_->[0]", @ADMIN), 422, 'invalid-field', $_->[0],
               $_->[1]);
}
is_problem(get("$URL?org=nowhere", @ADMIN), 404, 'not-found',
           'an org that is none', 'org');
is(get("$URL?year=2025&format=csv&limit=2", @ADMIN)->{raw},
   "\xef\xbb\xbfvolunteer,station,stars,before,earned,points\r\n"
   . "v4,,3,0,700,700\r\nv1,a,1,0,190,190\r\n", 'as a table');


# Stars of another rulebook: those of the end of the year.

sub dated {
    created(get("/dated/reports/commendations?limit=100&$_[0]", @ADMIN));
}

is(show(dated('year=2025')), 'v4:0-3 v1:0-1 v5:0-3 v2:0-2 v3:0-1',
   'a year that is over has its own tiers');
is(show(dated('stars=2')), 'v1:1-2 v3:1-2', 'this year has others');
is_problem(get('/dated/reports/commendations?stars=3', @ADMIN), 422,
           'invalid-field', 'there are two this year', 'stars');
is(get('/dated/reports/commendations?stars=3&year=2025', @ADMIN)->{status}, 200,
   'and were three');


# An organizer learns nothing of those out of reach, by where a page ends either.

volunteer("x$_", station => $_ % 2 ? 'a' : 'b', minor => true) for 1 .. 7;
grant("x$_", 120 + $_ % 3) for 1 .. 7;
my @far = map { sprintf 'far%03d', $_ } 1 .. 520;
like(post('/points/import', join("\n",
         (map { qq({"type":"volunteer","volunteer":"$_","kind":"student",)
                . '"station":"s2","minor":true}' } @far),
         map { qq({"type":"award","key":"$_","volunteer":"$_",)
               . '"case":"grant","points":400,"evidence":"e"}' } @far) . "\n",
          @ADMIN, key => undef, type => 'application/x-ndjson')->{raw},
     qr/"failed":0,"complete":true/, 'another org has very many minors');

sub pages_of {
    my ($limit, @as) = @_;
    my ($after, $raw, @all) = ('', '');
    for (1 .. 100) {
        my $r = get("$URL?limit=$limit$after", @as);
        my $page = created($r);
        $raw .= $r->{raw};
        push @all, show($page) || ();
        $after = $page->{next} or return ($raw, join ' ', @all);
        $after = "&after=$after";
    }
    return 'endless';
}

for my $limit (1, 3, 100) {
    my ($raw, $all) = pages_of($limit, as => 'organizer:li:s1');
    unlike($raw, qr/far/, "no page of $limit has the id of one of another org");
    is(join(' ', $all =~ /(x\d):0-1/g), 'x5 x1 x7 x3 x2 x4 x6',
       'those of their own on no leaderboard are on one, org by org');
}
like((pages_of(100, @ADMIN))[1], qr/(?:far\d+:0-2 ?){520}/,
     'who sees the district sees them');
is(get("$URL?org=cy", as => 'organizer:li:s1')->{status}, 403,
   'nor is the org above within reach');
volunteer('x3', station => 's2', minor => true);
is(join(' ', (pages_of(100, as => 'organizer:li:s1'))[1] =~ /(x\d):/g),
   'x5 x1 x7 x2 x4 x6', 'one who moves is of the other org');
volunteer('x5', station => 'a');
is(join(' ', (pages_of(100, as => 'organizer:li:s1'))[1] =~ /(x\d):/g),
   'x5 x1 x7 x2 x4 x6', 'one who comes of age is among the others');


redis('HSET', "${P}v:v4", 'y2025', 'x');
is(get("$URL?year=2025", @ADMIN)->{status}, 500, 'a figure that is none');
expect_log(qr/stopped, nothing was changed: .*CORRUPT/);

done();
