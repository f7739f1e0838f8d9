#!/usr/bin/env perl

# Who owes points: of an org and those below it, by org and id, page by page;
# and any report as a table.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

my %RULES = (obligations => { cadre => { points_per_year => 20 },
                              student => { points_per_year => 5 } });

write_rules({ %RULES, from => '2026-01-01', version => 'new',
              obligations => { cadre => { points_per_year => 30 } },
              earlier => [{ version => 'old', points_per_hour => 1,
                            stars => [100],
                            obligations => { cadre =>
                                             { points_per_year => 10 } } }] },
            'dated.json');
write_rules({ obligations => {} }, 'none.json');

start(conf => <<'CONF', rules => \%RULES);
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

        location /none/ {
            vol        chaoyang;
            vol_rules  %DIR%/none.json;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{chaoyang}:';
my $URL = '/points/reports/obligations';

sub org {
    my ($id, $parent) = @_;
    created(put("/points/orgs/$id",
                { title => $id, $parent ? (parent => $parent) : () }, @ADMIN));
}

sub report { created(get("$URL?limit=100$_[0]", @_ > 1 ? (as => $_[1])
                                                       : @ADMIN)) }

# who is on a report
sub who { join ' ', map { $_->{volunteer} } @{ report(@_)->{obligations} } }

# the same, read in pages of so many
sub in_pages {
    my ($limit, $query) = @_;
    my ($after, @ids) = ('');
    for (1 .. 100) {
        my $page = created(get("$URL?limit=$limit$query$after", @ADMIN));
        push @ids, map { $_->{volunteer} } @{ $page->{obligations} };
        return join ' ', @ids unless $page->{next};
        $after = "&after=$page->{next}";
    }
    return 'endless';
}


is_deeply(report(''), { year => this_year(), obligations => [] },
          'where nobody is, nobody owes');

org('cy');
org('s1', 'cy');
org('a', 's1');
org('b', 's1');
org('s2', 'cy');
org('z', 's2');
volunteer('c1', kind => 'cadre', station => 'b');
volunteer('c2', kind => 'cadre', station => 'a');
volunteer('c0', kind => 'cadre', station => 'b');
volunteer('b9', kind => 'student', station => 'b');
volunteer('g1', station => 'b');
volunteer('c3', kind => 'cadre', station => 'z');
volunteer('c4', kind => 'cadre', station => 's1');
volunteer('c5', kind => 'cadre');
volunteer('c6', kind => 'cadre', station => 'elsewhere');
volunteer('g2');

is(who(''), 'c4 c2 b9 c0 c1 c3 c5 c6',
   'all who owe, by org and id, and behind them those at no registered org');
is(in_pages(1, ''), who(''), 'the same one by one');
is(in_pages(3, ''), who(''), 'and in threes');
is(who('&org=s1'), 'c4 c2 b9 c0 c1', 'those of an org and below it');
is(in_pages(2, '&org=s1'), who('&org=s1'), 'in pages too');
is(who('&org=b'), 'b9 c0 c1', 'those of a station');
is(who('&kind=student'), 'b9', 'one kind');
is(who('&kind=general'), '', 'a kind that owes nothing');
is(who('&org=elsewhere'), 'c6', 'a station that nobody registered');
is(get("/none/reports/obligations", @ADMIN)->{json}{obligations}[0], undef,
   'where no kind owes, nobody does');
is_deeply(report('&org=a')->{obligations},
          [{ volunteer => 'c2', kind => 'cadre', station => 'a', earned => 0,
             owed => 20 }], 'what is told of one');
is(report('')->{obligations}[-2]{station}, undef,
   'one without a station has none');


# Points count.

grant('c2', 19);
is_deeply(report('&org=a')->{obligations}[0],
          { volunteer => 'c2', kind => 'cadre', station => 'a', earned => 19,
            owed => 1 }, 'points of the year take from what is owed');
grant('c2', 1);
is(who('&org=a'), '', 'one who lacks none is not there');
my $last = this_year() - 1;
is(who("&org=a&year=$last"), 'c2', 'but lacked them the year before');
is(report("&year=$last")->{year}, $last, 'the report says which year');
my ($e) = entries('c2');
created(post("/points/ledger/$e->{entry}/reverse", { reason => 'r' }, @ADMIN));
is(who('&org=a'), 'c2', 'a reversal brings them back');

my $owed = sub {
    get("/dated/reports/obligations?org=z&year=$_[0]", @ADMIN)
        ->{json}{obligations}[0]{owed}
};
is($owed->(2025), 10, 'a year that is over owes by the rules of its end');
is($owed->(this_year()), 30, 'this one by those of now');

created(post('/points/volunteers/c0/merge', { into => 'c1', reason => 'r' },
             @ADMIN));
created(post('/points/volunteers/c5/merge', { into => 'c1', reason => 'r' },
             @ADMIN));
is(who(''), 'c4 c2 b9 c1 c3 c6', 'one who was merged owes nothing');


# Who may see it.

is(who('', 'organizer:o:s1'), 'c4 c2 b9 c1',
   'an organizer sees those of their org and below it');
is(who('&org=b', 'organizer:o:s1'), 'b9 c1', 'or of one below it');
is(who('', 'auditor:a'), who(''), 'an auditor sees all');
is_problem(get("$URL?org=z", as => 'organizer:o:s1'), 403, 'forbidden',
           'an organizer sees no other org');
is_problem(get("$URL?org=s1", as => 'organizer:o:a'), 403, 'forbidden',
           'nor what is above');
is_problem(get($URL, as => $_), 403, 'forbidden', "$_ sees none")
    for 'volunteer:c1', 'merchant:chen:tea';


# What is asked.

is_problem(get("$URL?org=nowhere", @ADMIN), 404, 'not-found',
           'an org that is none', 'org');
is_problem(get("$URL?$_->[0]", @ADMIN), 422, 'invalid-field', $_->[0],
           $_->[1])
    for ['year=12', 'year'], ['year=x', 'year'], ['kind=boss', 'kind'],
        ['limit=0', 'limit'], ['limit=101', 'limit'], ['after=x', 'after'],
        ['org=s1&after=z:c3', 'after'], ['org=s1&after=:3', 'after'],
        ['after=:x', 'after'], ['org=a%20b', 'org'], ['what=1', 'what'],
        ['format=xml', 'format'], ['format=csv&format=csv', 'format'];


# Bounded work: more accounts than a page looks at.

redis('EVAL', <<'LUA', 0, $P, this_year());
    for i = 1, 1200 do
        local id = string.format('m%04d', i)
        redis.call('HSET', ARGV[1] .. 'v:' .. id, 'kind', 'cadre',
                   'balance', 0, 'earned', 0, 'station', 'z',
                   'y' .. ARGV[2], i == 1200 and 0 or 1200)
        redis.call('ZADD', ARGV[1] .. 'gv:z', 0, 'cadre:' .. id)
        redis.call('RPUSH', ARGV[1] .. 'volunteers', id)
    end
LUA
my $page = report('&org=z');
is(join(' ', map { $_->{volunteer} } @{ $page->{obligations} }), 'c3',
   'a page looks at a bounded number');
is($page->{next}, 'z:m0499', 'and says where to go on');
is(in_pages(100, '&org=z'), 'c3 m1200', 'so that all are found');
is(in_pages(100, ''), 'c4 c2 b9 c1 c3 m1200 c6', 'of the district too');


# Many of two kinds at one org, by their ids.

redis('EVAL', <<'LUA', 0, $P);
    for i = 1, 400 do
        local kind = i % 7 < 3 and 'cadre' or 'student'
        local id = string.format('q%04d', i)
        redis.call('HSET', ARGV[1] .. 'v:' .. id, 'kind', kind, 'balance', 0,
                   'earned', 0, 'station', 'q')
        redis.call('ZADD', ARGV[1] .. 'gv:q', 0, kind .. ':' .. id)
    end
LUA
is(in_pages($_, '&org=q'), join(' ', map { sprintf 'q%04d', $_ } 1 .. 400),
   "all of them, each once, in pages of $_")
    for 7, 50, 100;
redis('EVAL', <<'LUA', 0, $P);
    for i = 1, 400 do
        redis.call('DEL', ARGV[1] .. 'v:' .. string.format('q%04d', i))
    end
    redis.call('DEL', ARGV[1] .. 'gv:q')
LUA


# A table.

my $csv = get("$URL?org=s1&limit=2&format=csv", @ADMIN);
is($csv->{status}, 200, 'a table');
is($csv->{headers}{'content-type'}, 'text/csv; charset=utf-8', 'is CSV');
is($csv->{raw} =~ s/^\xef\xbb\xbf//r,
   "volunteer,kind,station,earned,owed\r\n"
   . "c4,cadre,s1,0,20\r\nc2,cadre,a,19,1\r\n", 'with a row for each');
like($csv->{headers}{link}, qr/^<\?.*>; rel="next"$/, 'and a link to the next');
my ($next) = $csv->{headers}{link} =~ /^<(.*?)>/;
is(get("$URL$next", @ADMIN)->{raw} =~ s/^\xef\xbb\xbf//r,
   "volunteer,kind,station,earned,owed\r\n"
   . "b9,student,b,0,5\r\nc1,cadre,b,0,20\r\n", 'which goes on with it');
is(get("$URL?org=b", @ADMIN, headers => [Accept => 'text/csv'])
   ->{headers}{'content-type'}, 'text/csv; charset=utf-8',
   'Accept asks for it too');
is(get("$URL?org=b&format=json", @ADMIN, headers => [Accept => 'text/csv'])
   ->{headers}{'content-type'}, 'application/json', 'the query is stronger');
is_problem(get("$URL?org=nowhere&format=csv", @ADMIN), 404, 'not-found',
           'a problem stays a problem', 'org');
is(head_of("$URL?org=b&format=csv", @ADMIN)->{status}, 200, 'HEAD is answered');
volunteer('-x', kind => 'cadre', station => 'a');
like(get("$URL?org=a&format=csv", @ADMIN)->{raw}, qr/^'-x,cadre/m,
     'what a spreadsheet would take for a formula is not one');


# What is corrupt.

redis('HSET', "${P}v:c4", 'y' . this_year(), 'x');
is(get("$URL?org=s1", @ADMIN)->{status}, 500, 'a figure that is no number');
redis('SET', "${P}gv:s2", 'x');
is(get("$URL?org=s2", @ADMIN)->{status}, 500, 'a list that is none');
expect_log(qr/stopped, nothing was changed: .*(CORRUPT|WRONGTYPE)/);

done();
