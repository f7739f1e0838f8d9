#!/usr/bin/env perl

# Teams of five kinds: who makes them, their members and leaders, and how many
# an org has.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;

    server {
        listen %PORT%;

        location /points/ {
            vol  chaoyang;
            %IDENTITY%
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @STREET = (as => 'organizer:li:s1');

created(put('/points/orgs/cy', { title => 'Chaoyang' }, @ADMIN));
created(put("/points/orgs/$_", { title => $_, parent => 'cy' }, @ADMIN))
    for qw( s1 s2 );
created(put('/points/orgs/a', { title => 'a', parent => 's1' }, @ADMIN));

sub team {
    my ($id, $body, @as) = @_;
    return put("/points/teams/$id", { title => "Team $id", kind => 'social',
                                      %$body }, @as ? @as : @ADMIN);
}

sub members {
    my ($id, @as) = @_;
    my $r = get("/points/teams/$id/members?limit=100", @as ? @as : @ADMIN);
    return $r->{status} == 200
           ? join ' ', map { $_->{volunteer} } @{ $r->{json}{members} }
           : $r->{status};
}

sub count { created(get("/points/orgs/$_[0]/stats", @ADMIN))->{teams} }


# A team.

my $r = team('t1', { org => 'a' });
is($r->{status}, 201, 'a new team is 201');
is_deeply($r->{json}, { id => 't1', title => 'Team t1', kind => 'social',
                        org => 'a', members => 0 }, 'and shown whole');
is(team('t1', { org => 'a' })->{status}, 200, 'the second time is 200');
is(get('/points/teams/t1', as => 'volunteer:9')->{json}{title}, 'Team t1',
   'everybody sees a team');
is_problem(get('/points/teams/none', @ADMIN), 404, 'not-found',
           'one that is none is 404');
is(team("k-$_", { kind => $_ })->{status}, 201, "a team may be $_")
    for qw( community enterprise university emergency );
is_problem(team('x', { kind => 'club' }), 422, 'invalid-field',
           'not of another kind', 'kind');
is_problem(team('x', { org => 'nowhere' }), 422, 'invalid-field',
           'its org is one', 'org');
is_problem(team('x', { leader => 'nobody' }), 422, 'invalid-field',
           'its leader is a volunteer', 'leader');
is_problem(put('/points/teams/x', { kind => 'social' }, @ADMIN), 422,
           'invalid-field', 'it has a title', 'title');


# Who makes one.

is(team('t2', { org => 's1' }, @STREET)->{status}, 201,
   'an organizer makes teams of their org');
is(team('t3', { org => 'a' }, @STREET)->{status}, 201, 'and of those below');
is(team('t4', {}, @STREET)->{json}{org}, 's1', 'of their own unless they say');
is_problem(team('t5', { org => 's2' }, @STREET), 403, 'forbidden',
           'not of others');
created(team('t6', { org => 's2' }));
is_problem(team('t6', { org => 's1' }, @STREET), 403, 'forbidden',
           'nor do they take one');
is_problem(team('t7', {}, as => $_), 403, 'forbidden', "$_ makes none")
    for 'volunteer:1', 'merchant:chen:tea', 'auditor:a';


# How many an org has.

is(join(', ', map { "$_ " . count($_) } qw( a s1 s2 cy )),
   'a 2, s1 4, s2 1, cy 5', 'an org counts its teams and those below');
created(team('t1', { org => 's2' }));
is(join(', ', map { "$_ " . count($_) } qw( a s1 s2 cy )),
   'a 1, s1 3, s2 2, cy 5', 'a team that moves is counted there');
created(team('t1', {}));
is(count('cy'), 4, 'one without an org nowhere');

my $list = created(get('/points/teams?org=s1&limit=1', @ADMIN));
is($list->{teams}[0]{id}, 't2', 'the teams of an org, page by page');
$list = created(get("/points/teams?org=s1&limit=1&after=$list->{next}",
                    @ADMIN));
is($list->{teams}[0]{id}, 't4', 'and the next');
ok(!exists $list->{next}, 'which is the last');


# Members.

volunteer('v2', teams => ['t2', 't3']);
volunteer('v1', teams => ['t2']);
is(members('t2'), 'v1 v2', 'members are those whose account names the team');
is(created(get('/points/teams/t2', @ADMIN))->{members}, 2, 'and are counted');
volunteer('v2', teams => ['t3']);
is(members('t2') . ', ' . members('t3'), 'v1, v2', 'one who leaves is none');
volunteer('v3', teams => ['later']);
is_problem(team('later', {}, @STREET), 403, 'forbidden',
           'an organizer does not take its members by making it');
created(team('later', {}));
is(members('later'), 'v3', 'one may name a team before it is made');

sub join_teams {
    my ($id, @teams) = @_;
    return put("/points/volunteers/$id",
               { kind => 'general', station => 'a', teams => \@teams },
               @STREET);
}

volunteer('v4', station => 'a', teams => ['t6']);
is(join_teams('v4', 't6', 't2', 'unknown')->{status}, 200,
   'an organizer puts a volunteer into teams of their org');
is(join_teams('v4', 't6', 't3')->{status}, 200, 'or takes them off');
unchanged {
    is_problem(join_teams('v4', 't3'), 403, 'forbidden',
               'not off those of others', 'teams');
    is_problem(join_teams('v5', 't6'), 403, 'forbidden',
               'nor do they put them there', 'teams');
} 'and nothing is changed';
volunteer('v4', station => 'a');

created(team('t2', { org => 's1', leader => 'v1' }));
is(members('t2', as => 'volunteer:v1'), 'v1', 'a leader sees the members');
is(members('t2', as => 'volunteer:v2'), 403, 'another volunteer does not');
is(members('t2', @STREET), 'v1', 'an organizer of the org does');
is(members('t6', @STREET), 403, 'of another does not');
is(members('t2', as => 'auditor:a'), 'v1', 'an auditor does');
is(members('none'), 404, 'a team that is none has none');

created(post('/points/volunteers/v1/merge', { into => 'v2', reason => 'r' },
             @ADMIN));
is(members('t2'), '', 'one who was merged is no member');
is(members('t2', as => "volunteer:$_"), '', "but leads it still, by $_")
    for qw( v1 v2 );
is(members('t2', as => 'volunteer:v3'), 403, 'which nobody else does');
my ($merge) = entries('v2');
created(post("/points/ledger/$merge->{entry}/reverse", { reason => 'r' },
             @ADMIN));
is(members('t2'), 'v1', 'until the merge is undone');
is(members('t2', as => 'volunteer:v2'), 403, 'and then they are two');
redis('HSET', 'vol:{chaoyang}:v:v1', 'erased', 1);
is(members('t2', as => 'volunteer:v1'), 410, 'who was erased leads nothing');
redis('HDEL', 'vol:{chaoyang}:v:v1', 'erased');


# What is corrupt is told before anything is written.

for (['members that are no list of theirs', 'vol:{chaoyang}:tm:t2'],
     ['volunteers of an org that are none', 'vol:{chaoyang}:gv:a'])
{
    my ($name, $key) = @$_;
    my $dump = redis('DUMP', $key);
    redis('DEL', $key);
    redis('SET', $key, 'x');
    unchanged {
        is(put('/points/volunteers/v9', { kind => 'general', station => 'a',
                                          teams => ['t2'] }, @ADMIN)
           ->{status}, 500, "$name are an error");
    } 'and nobody is registered';
    redis('DEL', $key);
    redis('RESTORE', $key, 0, $dump) if defined $dump;
}
expect_log(qr/stopped, nothing was changed: CORRUPT/);

done();
