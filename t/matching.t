#!/usr/bin/env perl

# Needs and volunteers find each other: by the tree, by tags, by free days, and
# by who was called least.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules();
start_redis({ env => frozen_clock('2026-03-02 00:00:00') });   # a Monday
start_nginx(conf => <<'CONF');
    vol_redis          %REDIS%;
    vol_rules          %RULES%;
    vol_duty_interval  50ms;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol chaoyang; }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{chaoyang}:';

sub org {
    created(put("/points/orgs/$_[0]", { title => $_[0],
                                        $_[1] ? (parent => $_[1]) : () },
                @ADMIN));
}

sub asked {
    my (%o) = @_;
    return created(post('/points/needs',
                        { title => 'x', station => 'a', on => '2026-03-02',
                          minutes => 60, %o }, @ADMIN))->{id};
}

sub act {
    my ($need, $what, $as) = @_;
    return post("/points/needs/$need/$what", {}, as => $as);
}

sub candidates {
    my ($need, $query, @as) = @_;
    return @{ created(get("/points/needs/$need/candidates" . ($query // ''),
                          @as ? @as : @ADMIN))->{candidates} };
}

sub names { join ' ', map { $_->{volunteer} } candidates(@_) }

sub suggestions {
    my ($who, $query) = @_;
    return @{ created(get('/points/me/suggestions' . ($query // ''),
                          as => "volunteer:$who"))->{needs} };
}

sub titles { join ' ', map { $_->{title} } suggestions(@_) }


# Free days.

my $r = put('/points/volunteers/f', { kind => 'general',
                                      free => ['sun', 'mon', 'wed'] }, @ADMIN);
is_deeply($r->{json}{free}, ['mon', 'wed', 'sun'],
          'free days are told in the order of the week');
is_deeply(account('f')->{free}, ['mon', 'wed', 'sun'], 'and kept');
volunteer('f');
ok(!exists account('f')->{free}, 'a PUT replaces them');
is_problem(put('/points/volunteers/f', { kind => 'general', free => $_->[0] },
               @ADMIN), 422, 'invalid-field', $_->[1], 'free')
    for ['mon', 'a day is no list'], [['monday'], 'monday is no day'],
        [['mon', 'mon'], 'a day is told once'], [[1], 'a number is none'],
        [[('mon') x 100], 'nor are a hundred'], [{}, 'an object is no list'];


# Candidates.

org('cy');
org($_, 'cy') for qw( s1 s2 );
org('a', 's1');
org('b', 's1');
org('c', 's2');
org('else');
volunteer('plain', station => 'a');
volunteer('tags1', station => 'a', tags => ['lamp']);
volunteer('tags2', station => 'a', tags => ['ladder', 'lamp', 'car']);
volunteer('monday', station => 'a', free => ['mon']);
volunteer('tuesday', station => 'a', free => ['tue']);
volunteer('street', station => 's1', tags => ['lamp']);
volunteer('beside', station => 'b');
volunteer('beside1', station => 'b', tags => ['lamp']);
volunteer('far', station => 'c', tags => ['ladder', 'lamp']);
volunteer('farther', station => 'c');
volunteer('other', station => 'else', tags => ['lamp']);
volunteer('nowhere', tags => ['lamp']);

my %lamp = (tags => ['lamp', 'ladder'], until => '2026-03-02T11:00:00+08:00',
            resident => 'plain2');
volunteer('plain2', station => 'a');
my $need = asked(%lamp);
my @found = candidates($need);
is(join(' ', map { $_->{volunteer} } @found),
   'tags2 tags1 monday plain tuesday',
   'at its station: by tags in common, then by free days');
is_deeply($found[0], { volunteer => 'tags2', station => 'a', distance => 0,
                       common => ['lamp', 'ladder'], called => 0 },
          'what was compared is told');
is_deeply([map { exists $_->{free} ? $_->{free} ? 1 : 0 : '-' } @found],
          ['-', '-', 1, '-', 0], 'whether they are free, where they say it');
is(names($need, '?limit=2'), 'tags2 tags1', 'the best of them');

set_clock('2026-03-02 01:00:00');
is(names($need), 'tags2 tags1 monday plain tuesday beside1 street beside',
   'then at the street centre and all its stations');
set_clock('2026-03-02 02:00:00');
is(names($need), 'tags2 tags1 monday plain tuesday beside1 street beside '
   . 'far farther', 'then at all of the centre, the near first');
is((grep { $_->{volunteer} eq 'far' } candidates($need))[0]{distance}, 2,
   'as far as the tree is high');

set_clock('2026-03-02 00:00:00');
$need = asked(%lamp);
volunteer('tags3', station => 'a', tags => ['ladder', 'lamp']);
my $taken = asked(%lamp);
is(act($taken, 'accept', 'volunteer:tags2')->{status}, 200, 'one is called');
is(names($need, '?limit=2'), 'tags3 tags2', 'and comes behind its like');
is((candidates($need))[1]{called}, 1, 'for it was called once');
is_problem(get("/points/needs/$taken/candidates", @ADMIN), 409,
           'need-accepted', 'for what is taken nobody is looked for');

created(post('/points/volunteers/tags3/freeze', { reason => 'r' }, @ADMIN));
is(names($need, '?limit=1'), 'tags2', 'frozen accounts are not called');
my $merge = created(post('/points/volunteers/tags2/merge',
                         { into => 'plain', reason => 'r' }, @ADMIN))->{entry};
is(names($need), 'tags1 monday plain tuesday', 'nor merged ones');
created(post("/points/ledger/$merge/reverse", { reason => 'r' }, @ADMIN));
is(names($need, '?limit=1'), 'tags2', 'until they are parted again');
is(redis('ZSCORE', "${P}gt:a:lamp", 'tags2'), 1, 'with what they were called');

for my $as ('organizer:o:a', 'organizer:o:s1', 'auditor:audit') {
    is(names($need, '?limit=1', as => $as), 'tags2', "$as may look");
}
is_problem(get("/points/needs/$need/candidates", as => $_), 403, 'forbidden',
           "$_ may not")
    for 'organizer:o:b', 'volunteer:tags1', 'merchant:m:tea';
is_problem(get('/points/needs/1-0/candidates', @ADMIN), 404, 'not-found',
           'nor anybody for what is no need');
is_problem(get("/points/needs/$need/candidates?limit=101", @ADMIN), 422,
           'invalid-field', 'a list is bounded', 'limit');


# Who moves, and who says something else.

volunteer('tags1', station => 'b', tags => ['lamp']);
is(names($need), 'tags2 monday plain tuesday', 'who moved is gone');
volunteer('tags1', station => 'a', tags => ['car']);
is(redis('ZSCORE', "${P}gt:b:lamp", 'tags1'), undef, 'and nowhere left');
is(names($need), 'tags2 monday plain tags1 tuesday', 'who came back is there');

# the tree as it is now is what counts
org('b', 's2');
set_clock('2026-03-02 01:00:00');
is(names($need), 'tags2 monday plain tags1 tuesday street',
   'a station that moved is near another street centre');
org('b', 's1');
set_clock('2026-03-02 00:00:00');


# Suggestions.

act($_, 'withdraw', 'admin:root')
    for map { $_->{id} } @{ created(get('/points/needs?limit=100',
                                        @ADMIN))->{needs} };
volunteer('me', station => 'a', tags => ['lamp', 'car'], free => ['tue']);
asked(title => 'plain', on => '2026-03-04');
asked(title => 'soon', on => '2026-03-04',
      until => '2026-03-03T08:00:00+08:00');
asked(title => 'tuesday', on => '2026-03-03');
asked(title => 'lamp', on => '2026-03-04', tags => ['lamp']);
asked(title => 'both', on => '2026-03-04', tags => ['car', 'lamp']);
asked(title => 'mine', resident => 'me', tags => ['lamp']);
asked(title => 'street', station => 's1', tags => ['lamp', 'car']);
asked(title => 'beside', station => 'b', tags => ['lamp', 'car']);
asked(title => 'secret', note => 'door 7', resident => 'r', tags => ['car'],
      on => '2026-03-05');
is(titles('me'), 'both lamp secret tuesday soon plain street',
   'by the tree, by tags, by free days, then what ends first');
my ($both, $lamp, $secret, $tuesday) = suggestions('me');
is_deeply([@$both{qw( distance common free state )}],
          [0, ['car', 'lamp'], JSON::PP::false(), 'open'],
          'what was compared is told');
ok($tuesday->{free} && !exists $tuesday->{common}, 'a free day');
ok(!exists $secret->{note} && !exists $secret->{resident},
   'but not who asks, nor where');
is(titles('me', '?limit=2'), 'both lamp', 'the best of them');
act($both->{id}, 'accept', 'volunteer:tags2');
is(titles('me', '?limit=2'), 'lamp secret',
   'what is taken is suggested no more');
is(titles('farther'), '', 'nor what has not come as far');
is(titles('nowhere'), '', 'who has no station has none');
is(titles('tags3'), '', 'nor who is frozen');
is_problem(get('/points/me/suggestions', as => 'volunteer:nobody'), 404,
           'not-found', 'nor who has no account');
is_problem(get('/points/me/suggestions', as => $_), 403, 'forbidden',
           "$_ is no volunteer") for 'organizer:o:a', 'admin:root';

volunteer('bme', station => 'b');
is(titles('bme'), 'beside street', 'another station has others');
asked(title => 'rising', on => '2026-03-02',
      until => '2026-03-02T11:00:00+08:00');
set_clock('2026-03-02 01:00:00');
is(titles('bme'), 'beside rising street',
   'what nobody takes comes to the stations beside');
set_clock('2026-03-02 02:00:00');
is(titles('farther'), 'rising', 'and to those elsewhere');
set_clock('2026-03-02 03:00:00');
is(titles('farther'), '', 'until it expires');


# The sweep, without anybody who looks.

my @many = map { asked(on => '2026-03-02') } 1 .. 130;
my $bad = asked(on => '2026-03-02');
redis('HSET', "${P}n:$bad", 'minutes', 'x');
set_clock('2026-03-02 16:00:00');
ok(wait_for(sub { (redis('HGET', "${P}n:$many[129]", 'state') // '')
                  eq 'expired' }), 'needs expire by themselves');
ok(wait_for(sub { !defined redis('ZSCORE', "${P}needs:due", $bad) }),
   'one that is corrupt does not stop the others');
expect_log(qr/the sweep of district "chaoyang" left out/);
redis('HSET', "${P}n:$bad", 'minutes', 60);
is(created(get("/points/needs/$bad", @ADMIN))->{state}, 'expired',
   'which expires when it is well again');


# Of many they look at a bounded number.

sub commands_of (&) {
    my ($code) = @_;
    my $n = sub {
        my $sum = 0;
        my $stats = redis('INFO', 'commandstats');
        $sum += $1 while $stats =~ /^cmdstat_[hz]\w+:calls=(\d+)/mg;
        return $sum;
    };
    my $before = $n->();
    $code->();
    return $n->() - $before;
}

for my $i (1 .. 300) {
    put("/points/volunteers/z$i", { kind => 'general', station => 'c',
                                    tags => ['many'] }, @ADMIN);
    asked(station => 'c', title => "t$i", tags => ['many'],
          on => '2026-03-10');
}
my $last = asked(station => 'c', tags => ['many'], on => '2026-03-10');
my ($people, $needs) = ((commands_of { candidates($last) }),
                        (commands_of { suggestions('z1') }));
for my $i (301 .. 600) {
    put("/points/volunteers/z$i", { kind => 'general', station => 'c',
                                    tags => ['many'] }, @ADMIN);
    asked(station => 'c', title => "t$i", tags => ['many'],
          on => '2026-03-10');
}
my ($more_people, $more_needs) = ((commands_of { candidates($last) }),
                                  (commands_of { suggestions('z1') }));
cmp_ok($more_people, '<', $people + 50, 'twice the people cost the same');
cmp_ok($more_needs, '<', $needs + 50, 'and so do twice the needs');
is(scalar(candidates($last, '?limit=100')) > 20 ? 1 : 0, 1,
   'enough of them are found');


# The audit knows where all stands.

sub audit_of {
    post('/points/audit', {}, @ADMIN);
    my $a;
    wait_for(sub { $a = get('/points/audit?limit=100', @ADMIN)->{json};
                   $a->{state} eq 'done' }) or die "the audit does not end\n";
    return join ', ', map { "$_->{what} $_->{id} " . ($_->{field} // "") }
                      @{ $a->{found} };
}

my $done = asked(station => 'a', resident => 'r', on => '2026-03-03');
act($done, 'accept', 'volunteer:tags2');
act($done, 'done', 'volunteer:tags2');
my $entry = created(act($done, 'confirm', 'volunteer:r'))->{entry};
is(audit_of(), '', 'it finds all in order');

for (['org a beneficiaries, org s1 beneficiaries',
      'HINCRBY', 'g:a', 'beneficiaries', 1],
     ['org a beneficiaries2026, org s1 beneficiaries2026',
      'HDEL', 'g:a', 'beneficiaries2026'],
     ["need $done nl:confirmed:a", 'ZREM', 'nl:confirmed:a', $done],
     ["need $last ns:c:many", 'ZREM', 'ns:c:many', $last],
     ["need $last needs:due", 'ZREM', 'needs:due', $last],
     ["need $done entry", 'HSET', "n:$done", 'entry', '1-0'],
     ["need $done ", 'HSET', "n:$done", 'state', 'x'],
     ['account tags2 gt:a:car', 'ZREM', 'gt:a:car', 'tags2'],
     ['account tags2 gt::car', 'ZREM', 'gt::car', 'tags2'])
{
    my ($expected, $command, $key, @args) = @$_;
    my $dump = redis('DUMP', "$P$key");
    redis($command, "$P$key", @args);
    my $found = audit_of();
    $found = join ', ', sort split /, /, $found;
    is($found, $expected, "it finds $command $key");
    redis('DEL', "$P$key");
    redis('RESTORE', "$P$key", 0, $dump);
}
created(post("/points/ledger/$entry/reverse", { reason => 'r' }, @ADMIN));
is(audit_of(), '', 'a reversal is in order, too');

done();
