#!/usr/bin/env perl

# Projects and activities: who makes them, what is checked, how they are found,
# and the steps from draft to closed or cancelled.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules({ project_classes => { help => { title => 'Helping' },
                                   publicity => { title => 'Publicity' } } },
            'classes.json');
write_rules();
start_redis({ env => frozen_clock('2026-04-10 00:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties off;

    server {
        listen %PORT%;
        %IDENTITY%

        location /points/ {
            vol  chaoyang;
        }

        location /classes/ {
            vol        classes;
            vol_rules  %DIR%/classes.json;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @STREET = (as => 'organizer:li:s1');
my $P = 'vol:{chaoyang}:';

sub org {
    my ($id, $parent) = @_;
    created(put("/points/orgs/$id", { title => $id,
                                      $parent ? (parent => $parent) : () },
                @ADMIN));
}
org('cy'); org('s1', 'cy'); org('s2', 'cy'); org('a', 's1'); org('b', 's2');

sub project {
    my ($id, $body, @as) = @_;
    return put("/points/projects/$id", { title => "P $id", class => 'help',
                                         %{ $body || {} } },
               @as ? @as : @ADMIN);
}

sub ids { join ' ', map { $_->{id} } @{ $_[0] } }


# Projects.

my $r = project('roads', { org => 's1', brand => true });
is($r->{status}, 201, 'a project is new');
is_deeply($r->{json}, { id => 'roads', title => 'P roads', class => 'help',
                        org => 's1', brand => true }, 'and as it was said');
is(project('roads', { org => 's1' })->{status}, 200, 'the second time is 200');
is_deeply(get('/points/projects/roads', as => 'volunteer:1')->{json}{brand},
          false, 'what is left out is not so any more');
is(project('free')->{status}, 201, 'one may be of no org');
is_problem(project('x', { org => 'zz' }), 422, 'invalid-field',
           'but not of what is no org', 'org');
is_problem(project('x', { class => 'a b' }), 422, 'invalid-field',
           'a class is an id', 'class');
is_problem(get('/points/projects/x', @ADMIN), 404, 'not-found',
           'nothing of that is there');
is(project('lamps', {}, @STREET)->{json}{org}, 's1',
   'one of an organizer is of their org');
is(project('seats', { org => 'a' }, @STREET)->{status}, 201,
   'or of one below it');
is_problem(project('x', { org => 's2' }, @STREET), 403, 'forbidden',
           'not of another');
created(project('trees', { org => 's2' }));
is_problem(project('trees', { org => 's1' }, @STREET), 403, 'forbidden',
           'nor do they take one from another');
is_problem(project('free', {}, @STREET), 403, 'forbidden',
           'nor one that is of none');
is_problem(project('x', {}, as => $_), 403, 'forbidden', "$_ makes no project")
    for 'volunteer:1', 'merchant:m:tea', 'auditor:a';

my $page = created(get('/points/projects?org=s1', @ADMIN));
is(ids($page->{projects}), 'lamps roads', 'a page of the projects of an org');
$page = created(get('/points/projects?limit=3', as => 'volunteer:1'));
is(ids($page->{projects}), 'free seats lamps', 'or of all');
$page = created(get("/points/projects?limit=3&after=$page->{next}", @ADMIN));
is(ids($page->{projects}), 'roads trees', 'and the next');
ok(!exists $page->{next}, 'which is the last');
is_problem(get('/points/projects?org=s2&after=s1:lamps', @ADMIN), 422,
           'invalid-field', 'the next of another list is none', 'after');
created(project('roads', { org => 's2' }));
is(ids(created(get('/points/projects?org=s1', @ADMIN))->{projects}), 'lamps',
   'a project that goes to another org leaves the list');
created(project('roads', { org => 's1' }));

is(put('/classes/projects/x', { title => 'X', class => 'help' }, @ADMIN)
   ->{status}, 201, 'a class of the rulebook is one');
is_problem(put('/classes/projects/x', { title => 'X', class => 'hel' }, @ADMIN),
           422, 'invalid-field', 'another is not', 'class');


# Activities.

my @POSTS = ({ id => 'gate', title => 'At the gate', places => 2 },
             { id => 'desk', title => 'At the desk', places => 1 });

sub body {
    return { title => 'River day', place => 'The east bank',
             starts => '2026-04-11T09:00:00+08:00',
             ends => '2026-04-11T11:30:00+08:00', posts => \@POSTS,
             %{ $_[0] || {} } };
}

sub activity {
    my ($id, $body, @as) = @_;
    return put("/points/activities/$id", body($body), @as ? @as : @ADMIN);
}

sub step {
    my ($id, $step, $body, @as) = @_;
    return post("/points/activities/$id/$step", $body, @as ? @as : @ADMIN);
}

sub published {
    my ($id, @o) = @_;
    created(activity($id, @o));
    return created(step($id, 'publish'));
}

my %full = (org => 's1', project => 'roads', latitude => 39_921_000,
            longitude => 116_443_000, radius => 200, tags => ['river', 'en'],
            emergency => true, beneficiaries => 300,
            withdraw_until => '2026-04-10T20:00:00+08:00');
$r = activity('full', \%full);
is($r->{status}, 201, 'an activity is new');
is_deeply($r->{json}, {
    id => 'full', title => 'River day', place => 'The east bank',
    state => 'draft', starts => '2026-04-11T09:00:00+08:00',
    ends => '2026-04-11T11:30:00+08:00', served => 0, minutes => 0, %full,
    posts => [map { { %$_, taken => 0, waiting => 0 } } @POSTS]
}, 'a draft, and as it was said');
is(activity('full')->{status}, 200, 'the second time is 200');
is_deeply($r = get('/points/activities/full', @ADMIN)->{json}, {
    id => 'full', title => 'River day', place => 'The east bank',
    state => 'draft', starts => '2026-04-11T09:00:00+08:00',
    ends => '2026-04-11T11:30:00+08:00', served => 0, minutes => 0,
    emergency => false, beneficiaries => 0,
    posts => [map { { %$_, taken => 0, waiting => 0 } } @POSTS]
}, 'what is left out is not so any more');
my $secret = redis('HGET', "${P}a:full", 'secret');
like($secret, qr/^[0-9a-f]{40}$/, 'it has a secret');
unlike(join('', map { $_ // '' } %$r), qr/$secret/, 'which nobody is shown');
created(activity('full', \%full));
is(redis('HGET', "${P}a:full", 'secret'), $secret, 'and keeps');

my $post = $POSTS[0];
my @bad = (
    ['no title', { title => undef }, 'title'],
    ['no place', { place => '' }, 'place'],
    ['no posts', { posts => [] }, 'posts'],
    ['posts that are no list', { posts => $post }, 'posts'],
    ['a post that is no object', { posts => ['gate'] }, 'posts'],
    ['33 posts', { posts => [map { { %$post, id => "p$_" } } 1 .. 33] },
     'posts'],
    ['two posts of one id', { posts => [$post, $post] }, 'posts'],
    ['a post without an id', { posts => [{ title => 'T', places => 1 }] },
     'posts[0].id'],
    ['a post without a title', { posts => [$post, { id => 'x', places => 1 }] },
     'posts[1].title'],
    ['a post without places', { posts => [{ id => 'x', title => 'T' }] },
     'posts[0].places'],
    ['a post with no place', { posts => [{ %$post, places => 0 }] },
     'posts[0].places'],
    ['a post of 10001 places', { posts => [{ %$post, places => 10001 }] },
     'posts[0].places'],
    ['places as a string', { posts => [{ %$post, places => '2' }] },
     'posts[0].places'],
    ['a post whose id is none', { posts => [{ %$post, id => 'a b' }] },
     'posts[0].id'],
    ['a title of a post with a tab', { posts => [{ %$post, title => "a\tb" }] },
     'posts[0].title'],
    ['a member of a post that is unknown', { posts => [{ %$post, x => 1 }] },
     'posts[0].x'],
    ['an end before the start', { ends => '2026-04-11T09:00:00+08:00' }, 'ends'],
    ['an end two days later', { ends => '2026-04-13T09:00:00+08:00' }, 'ends'],
    ['a withdrawal after the end',
     { withdraw_until => '2026-04-11T11:30:01+08:00' }, 'withdraw_until'],
    ['a latitude alone', { latitude => 1 }, 'longitude'],
    ['a longitude alone', { longitude => 1 }, 'latitude'],
    ['a latitude beyond the pole', { latitude => 90_000_001, longitude => 0 },
     'latitude'],
    ['a radius of nowhere', { radius => 100 }, 'radius'],
    ['nine tags', { tags => [1 .. 9] }, 'tags'],
    ['an org that is none', { org => 'zz' }, 'org'],
    ['a project that is none', { project => 'zz' }, 'project'],
    ['beneficiaries below none', { beneficiaries => -1 }, 'beneficiaries'],
    ['an emergency that is no flag', { emergency => 1 }, 'emergency'],
);
unchanged {
    for (@bad) {
        my ($name, $change, $field) = @$_;
        is_problem(activity('bad', $change), 422, 'invalid-field', $name,
                   $field);
    }
} 'none of them changed anything';
is_problem(put('/points/activities/bad', '{"title":"T","posts":[{"id":"x",'
               . '"title":"T","places":99999999999999999999}]}', @ADMIN),
           422, 'invalid-field', 'places that no machine counts', 'posts');
my @tags = map { "t$_" } 1 .. 8;
is(activity('most', { tags => \@tags, ends => '2026-04-12T09:00:00+08:00',
                      posts => [map { { id => "p$_", places => 10000,
                                        title => "\x{65d7}" x 200 } }
                                1 .. 32] })->{status}, 201,
   '32 posts of 10,000 places and a day are allowed');


# Who makes them.

is(activity('mine', {}, @STREET)->{json}{org}, 's1',
   'an activity of an organizer is of their org');
is(activity('below', { org => 'a' }, @STREET)->{status}, 201,
   'or of one below it');
is_problem(activity('x', { org => 's2' }, @STREET), 403, 'forbidden',
           'not of another');
created(activity('theirs', { org => 's2' }));
created(activity('nobodys'));
for my $id ('theirs', 'nobodys') {
    is_problem(activity($id, {}, @STREET), 403, 'forbidden',
               "they do not take $id");
    is_problem(step($id, $_, undef, @STREET), 403, 'forbidden', "nor $_ it")
        for 'publish', 'cancel', 'close';
    is_problem(step($id, 'repeat', { every => 'day', until => '2026-04-20' },
                    @STREET), 403, 'forbidden', 'nor repeat it');
    is_problem(get("/points/activities/$id", @STREET), 404, 'not-found',
               'nor see a draft');
}
is_problem(activity('x', {}, as => $_), 403, 'forbidden',
           "$_ makes no activity")
    for 'volunteer:1', 'merchant:m:tea', 'auditor:a';
is_problem(get('/points/activities/mine', as => 'volunteer:1'), 404,
           'not-found', 'a volunteer does not see a draft');
is(get('/points/activities/mine', as => 'auditor:a')->{status}, 200,
   'an auditor does');


# Its steps.

is_problem(step('mine', 'close'), 409, 'not-open', 'a draft is not closed');
$r = step('mine', 'publish', undef, @STREET);
is($r->{json}{state}, 'open', 'a draft is published, and open');
is(step('mine', 'publish')->{status}, 200, 'a second time is 200');
is(get('/points/activities/mine', as => 'volunteer:1')->{json}{state}, 'open',
   'now volunteers see it');
is_problem(step('mine', 'close'), 409, 'too-early',
           'what has not begun is not closed');
is(activity('mine', { title => 'Other' }, @STREET)->{json}{title}, 'Other',
   'what is open is still changed');
set_clock('2026-04-11 01:00:00');
is(get('/points/activities/mine', @ADMIN)->{json}{state}, 'running',
   'it runs from its start');
set_clock('2026-04-11 03:30:00');
is(get('/points/activities/mine', @ADMIN)->{json}{state}, 'over',
   'and is over with its end');
is_problem(activity('mine'), 409, 'not-open', 'then it is not changed');
is_problem(step('theirs', 'publish'), 409, 'too-late',
           'nor what is over published');
is(step('mine', 'close')->{json}{state}, 'closed', 'it is closed');
is(step('mine', 'close')->{json}{state}, 'closed', 'twice is once');
is_problem(step('mine', $_), 409, 'not-open', "what is closed: no $_")
    for 'publish', 'cancel';
is_problem(activity('mine'), 409, 'not-open', 'nor a change');
is(created(get('/points/orgs/s1/stats', @ADMIN))->{activities}, 0,
   'where nobody served, nothing is counted');
is(step('below', 'cancel', undef, @STREET)->{json}{state}, 'cancelled',
   'a draft is cancelled');
is(step('below', 'cancel')->{json}{state}, 'cancelled', 'twice is once');
is_problem(step('below', $_), 409, 'not-open', "what is cancelled: no $_")
    for 'publish', 'close';
is_problem(step('zz', $_), 404, 'not-found', "nor $_ what is not there")
    for 'publish', 'close', 'cancel';


# How they are found.

redis('FLUSHALL');
set_clock('2026-04-10 00:00:00');
org('s1'); org('a', 's1');
created(project('roads'));

sub found {
    my ($query, @as) = @_;
    my $page = created(get("/points/activities?$query",
                           @as ? @as : (as => 'volunteer:1')));
    return ids($page->{activities}) . ($page->{next} ? ' ..' : '');
}

my $n = 0;
for (['a1', org => 's1'], ['a2', project => 'roads'], ['a3', tags => ['en']],
     ['a4', org => 's1', tags => ['en', 'fr']], ['a5', org => 'a'],
     ['a6', emergency => true, org => 's1'])
{
    my ($id, %o) = @$_;
    my $day = sprintf '2026-04-%02d', 11 + $n++;
    published($id, { starts => "${day}T09:00:00+08:00",
                     ends => "${day}T11:00:00+08:00", %o });
}
created(activity('d1', { org => 's1' }));
created(activity('d2'));

is(found(''), 'a6 a1 a2 a3 a4 a5', 'emergencies come first, then by start');
is(found('org=s1'), 'a6 a1 a4', 'those of an org');
is(found('org=a'), 'a5', 'itself');
is(found('project=roads'), 'a2', 'of a project');
is(found('tag=en'), 'a3 a4', 'with a tag');
is(found('day=2026-04-12'), 'a2', 'on a day');
is(found('tag=en&org=s1'), 'a4', 'filters go together');
is(found('org=s1&day=2026-04-12'), '', 'all of them');
is(found('limit=4'), 'a6 a1 a2 a3 ..', 'a page');
$page = get('/points/activities?limit=4', @ADMIN)->{json};
is(found("after=$page->{next}"), 'a4 a5', 'and the next');
is(found('limit=1'), 'a6 ..', 'a page of emergencies');
$page = get('/points/activities?limit=1', @ADMIN)->{json};
is(found("limit=2&after=$page->{next}"), 'a1 a2 ..', 'goes on with the others');
is_problem(get('/points/activities?after=x', @ADMIN), 422, 'invalid-field',
           'a next that was made up', 'after');
is_problem(get('/points/activities?state=x', @ADMIN), 422, 'invalid-field',
           'a state that is none', 'state');
is(found('state=draft', @ADMIN), 'd1 d2', 'drafts, for an admin');
is(found('state=draft', @STREET), 'd1', 'an organizer has those of their org');
is_problem(get('/points/activities?state=draft', as => 'volunteer:1'), 403,
           'forbidden', 'a volunteer none');
is_problem(get('/points/activities?state=draft&org=s1',
               as => 'organizer:x:a'), 403, 'forbidden',
           'nor the organizer of another org');

published('night', { starts => '2026-05-01T23:00:00+08:00',
                     ends => '2026-05-02T01:00:00+08:00' });
is(found("day=2026-05-0$_"), 'night', "one over midnight is on day $_")
    for 1, 2;
is(found('day=2026-05-03'), '', 'not on a third');
created(step('night', 'cancel'));
is(found('day=2026-05-01'), '', 'what is cancelled is not listed');
is(found('state=cancelled'), 'night', 'but among such');

created(activity('a3', { starts => '2026-04-20T09:00:00+08:00',
                         ends => '2026-04-20T10:00:00+08:00',
                         tags => ['de'] }));
is(found(''), 'a6 a1 a2 a4 a5 a3', 'another start, another place');
is(found('tag=en') . found('tag=de'), 'a4a3', 'another tag too');
is(found('day=2026-04-13'), '', 'and another day');

set_clock('2026-04-11 03:00:00');
is(found('org=s1'), 'a6 a4', 'what is over is not shown');
is(found('day=2026-04-11'), 'a1', 'unless its day is asked for');
is(found('state=over', @STREET), 'a1', 'or what is over and not closed');
is(found('state=over&org=a'), '', 'of an org, too');
created(step('a1', 'close'));
is(found('state=over') . found('state=closed'), 'a1',
   'what is closed is over no more');


# Repeated.

$r = step('a4', 'repeat', { every => 'day', until => '2026-04-17' });
is_deeply($r->{json}, { activity => 'a4', made => 3, activities =>
    ['a4-20260415', 'a4-20260416', 'a4-20260417'] },
          'copies of an activity on each day to come');
my $copy = get('/points/activities/a4-20260416', @ADMIN)->{json};
my $first = get('/points/activities/a4', @ADMIN)->{json};
is_deeply($copy, { %$first, id => 'a4-20260416',
                   starts => '2026-04-16T09:00:00+08:00',
                   ends => '2026-04-16T11:00:00+08:00' },
          'are as it is but for the day');
isnt(redis('HGET', "${P}a:a4", 'secret'),
     redis('HGET', "${P}a:a4-20260416", 'secret'),
     'with a secret of their own');
is(found('org=s1&tag=fr'), 'a4 a4-20260415 a4-20260416 a4-20260417',
   'and listed');
is_deeply($r = step('a4', 'repeat', { every => 'week', until => '2026-04-30' })
          ->{json}{activities}, ['a4-20260421', 'a4-20260428'], 'or each week');
unchanged {
    is(step('a4', 'repeat', { every => 'day', until => '2026-04-17' })
       ->{json}{made}, 0, 'a day that has one keeps it');
} 'and nothing is changed';
unchanged {
    is_problem(step('a4', 'repeat', { every => 'month', until => '2026-04-17' }),
               422, 'invalid-field', 'a month is no step', 'every');
    is_problem(step('a4', 'repeat', { every => 'day', until => '2026-04-14' }),
               422, 'invalid-field', 'an end before the first copy', 'until');
    is_problem(step('a4', 'repeat', { every => 'day', until => '2027-04-16' }),
               422, 'invalid-field', '367 copies', 'until');
    is_problem(step('night', 'repeat', { every => 'day',
                                         until => '2026-06-01' }),
               409, 'not-open', 'one that is cancelled');
} 'refused, nothing is changed';
is(step('a4', 'repeat', { every => 'day', until => '2027-04-15' })
   ->{json}{made}, 366 - 5, '366 are allowed');
created(activity('x' x 56));
is_problem(step('x' x 56, 'repeat', { every => 'day', until => '2026-04-20' }),
           422, 'invalid-field', 'an id too long for that', 'activity');


# The page of an index looks at so many and no more.

my @seen;
my $after = '';
my $pages = 0;
do {
    $page = created(get('/points/activities?org=s1&limit=100'
                        . ($after ? "&after=$after" : ''), @ADMIN));
    push @seen, map { $_->{id} } @{ $page->{activities} };
    $after = $page->{next};
    $pages++;
} while ($after);
is(scalar @seen, 368, 'pages give all of an org');
is(scalar(keys %{ { map { $_ => 1 } @seen } }), 368, 'each once');
is($pages, 4, 'page by page');


# Of a busy day many are over, none of which is read.

sub commands {
    my ($query) = @_;
    redis('CONFIG', 'RESETSTAT');
    created(get("/points/activities?$query", @ADMIN));
    my $calls = 0;
    my $stats = redis('INFO', 'commandstats');
    $calls += $1 while $stats =~ /:calls=(\d+)/g;
    return $calls;
}
my @queries = ('', 'org=s1', 'tag=fr', 'project=roads', 'places=true',
               'org=s1&places=true');
for my $i (1 .. 100) {
    published("o$i", { starts => '2026-04-12T08:00:00+08:00',
                       ends => '2026-04-12T09:00:00+08:00',
                       org => $i % 2 ? 's1' : 'a', tags => ['fr', "t$i"],
                       $i % 3 ? (project => 'roads') : (),
                       posts => [{ id => 'x', title => 'X',
                                   places => 1 + $i % 2 }] });
}
set_clock('2026-04-12 01:00:01');
my %calls = map { $_ => commands("limit=5&$_") } @queries;
ok(!(grep { $_ > 145 } values %calls),
   'one that is over is passed by without being read')
    or diag(explain(\%calls));


# Several filters together give what each would let by.

sub listed {
    my ($query) = @_;
    my ($after, @all) = ('');
    do {
        my $page = created(get("/points/activities?$query"
                               . ($after && "&after=$after"), @ADMIN));
        push @all, @{ $page->{activities} };
        $after = $page->{next};
    } while defined $after;
    return @all;
}

my %wants = (
    'org=s1' => sub { ($_->{org} // '') eq 's1' },
    'tag=fr' => sub { grep { $_ eq 'fr' } @{ $_->{tags} || [] } },
    'project=roads' => sub { ($_->{project} // '') eq 'roads' },
    'day=2026-04-12' => sub { $_->{starts} =~ /^2026-04-12/ },
    'places=true' => sub { grep { $_->{taken} < $_->{places} }
                           @{ $_->{posts} } },
);
my @wants = sort keys %wants;
my @open = sort { $b->{emergency} <=> $a->{emergency}
                  || $a->{starts} cmp $b->{starts} || $a->{id} cmp $b->{id} }
           listed('limit=100'), listed('limit=100&state=over');
my @differ;
for my $set (1 .. 2 ** @wants - 1) {
    my @of = map { $wants[$_] } grep { $set >> $_ & 1 } 0 .. $#wants;
    # a day has those too that are over
    my @expected = grep { $_->{state} ne 'over' || $set & 1 } @open;
    for my $want (@of) {
        @expected = grep { $wants{$want}->() } @expected;
    }
    my $found = ids([listed(join '&', 'limit=40', reverse @of)]);
    push @differ, "@of: $found" if $found ne ids(\@expected);
}
is($wants[0], 'day=2026-04-12', 'the day is the first filter');
ok(@open > 460, 'there are many');
ok(!@differ, 'several filters give what all of them let by, in their order')
    or diag(join "\n", @differ);


# What a page costs does not grow with what is there, or was.

for my $i (1 .. 4) {
    published("m$i", { org => 's1', project => 'roads', tags => ['fr'],
                       starts => '2026-04-12T09:00:00+08:00',
                       ends => '2026-04-12T10:00:00+08:00' });
    created(step("m$i", 'repeat', { every => 'day', until => '2027-04-12' }));
}
set_clock('2026-09-01 00:00:00');
%calls = map { $_ => commands("limit=5&$_") } @queries;
ok(!(grep { $_ > 35 } values %calls),
   'a page of five looks at no more, with 1,800 of them and half of them over')
    or diag(explain(\%calls));


# What is corrupt is told before anything is written.

for (['a class that is none', 'HSET', "${P}j:roads", 'class', 'a b'],
     ['a flag that is none', 'HSET', "${P}j:roads", 'brand', 'x'],
     ['a project that is no hash', 'SET', "${P}j:roads", 'x'],
     ['a list of projects that is none', 'SET', "${P}projects", 'x'])
{
    my ($name, @command) = @$_;
    my $dump = redis('DUMP', $command[1]);
    redis('DEL', $command[1]) if $command[0] eq 'SET';
    redis(@command);
    unchanged {
        is(project('roads')->{status}, 500, "$name is an error");
    } 'and nothing is written';
    redis('DEL', $command[1]);
    redis('RESTORE', $command[1], 0, $dump);
}

for (['posts that are none', 'HSET', "${P}a:a2", 'posts', 'x'],
     ['a state that is none', 'HSET', "${P}a:a2", 'state', 'x'],
     ['a start that is no number', 'HSET', "${P}a:a2", 'starts', 'x'],
     ['a title that is no text', 'HSET', "${P}a:a2", 'title', "\xff"],
     ['a list that is none', 'SET', "${P}al:cancelled", 'x'],
     ['an activity that is no hash', 'SET', "${P}a:a2", 'x'])
{
    my ($name, @command) = @$_;
    my $dump = redis('DUMP', $command[1]);
    redis('DEL', $command[1]) if $command[0] eq 'SET';
    redis(@command);
    unchanged {
        is(step('a2', 'cancel')->{status}, 500, "$name is an error");
    } 'and nothing is written';
    redis('DEL', $command[1]);
    redis('RESTORE', $command[1], 0, $dump);
}
expect_log(qr/stopped, nothing was changed: (CORRUPT|WRONGTYPE)/);

done();
