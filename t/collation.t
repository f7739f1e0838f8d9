#!/usr/bin/env perl

# Redis compares texts in its scripts by its own locale, and orders its sets by
# their bytes.  Whatever the locale is, pages have all, each once and in the
# order of the sets.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

# Debian's package locales; letters before their capitals, hyphens for nothing
mkdir path('locale');
my $made = path('locale/en_US.UTF-8');
system("localedef -i en_US -f UTF-8 \Q$made\E > /dev/null 2>&1");
-e "$made/LC_COLLATE" or plan(skip_all => 'no locale to be had');

write_rules({ selection => { title => 'Ten', every_years => 2,
                             first_year => 2021, min_stars => 1 } });
start_redis({ env => { LOCPATH => path('locale'),
                       LC_ALL => 'en_US.UTF-8' } });
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

is(redis('EVAL', "return 'a' < 'B' and 1 or 0", 0), 1,
   'Redis has a locale of its own');

my @ADMIN = (as => 'admin:root');

# all rows of a list, page by page
sub pages {
    my ($path, $list, $limit) = @_;
    my ($after, @all) = ('');
    do {
        my $page = created(get("$path&limit=$limit"
                               . ($after && "&after=$after"), @ADMIN));
        push @all, @{ $page->{$list} };
        $after = $page->{next};
    } while (defined $after && @all < 1000);
    return @all;
}

my @ids = sort qw( a B -a --b a-b aB Ab AB ab A.b a_b a-c 1 -1 1- .1 _ _a Z z );
created(put('/points/orgs/cy', { title => 'c' }, @ADMIN));
created(put('/points/orgs/s', { title => 's', parent => 'cy' }, @ADMIN));
for my $n (0 .. $#ids) {
    volunteer($ids[$n], kind => 'cadre', station => 's');
}
is(join(' ', map { $_->{volunteer} }
             pages('/points/reports/obligations?org=s', 'obligations', $_)),
   "@ids", "who owes points, in pages of $_")
    for 1, 3, 100;

grant($_, 150) for @ids;
my $of = '/points/reports/selection?state=eligible';
is(join(' ', map { $_->{volunteer} } pages($of, 'volunteers', $_)), "@ids",
   "who may apply, in pages of $_")
    for 1, 3, 100;

created(put('/points/orgs/t', { title => 't', parent => 'cy' }, @ADMIN));
volunteer($ids[$_], station => 't') for grep { $_ % 3 == 1 } 0 .. $#ids;
for my $query ('', 'org=cy&') {
    my $board = created(get("/points/leaderboard?${query}limit=100", @ADMIN));
    is(join(' ', map { $_->{volunteer} } @{ $board->{leaders} }), "@ids",
       "leaders with as many points, $query");
}

my $soon = 86_400 * (2 + int(time / 86_400));
for my $id (@ids) {
    my @at = map { my @t = gmtime($soon + $_);
                   sprintf '%d-%02d-%02dT%02d:00:00Z', $t[5] + 1900, $t[4] + 1,
                           @t[3, 2] } 0, 3600;
    created(put("/points/activities/$id", {
        title => 'x', place => 'x', starts => $at[0], ends => $at[1],
        posts => [{ id => 'x', title => 'x', places => 1 }] }, @ADMIN));
    post("/points/activities/$id/publish", undef, @ADMIN);
}
is(join(' ', map { $_->{id} } pages('/points/activities?state=open',
                                    'activities', $_)),
   "@ids", "activities, in pages of $_")
    for 1, 3, 100;

done();
