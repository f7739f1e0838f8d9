#!/usr/bin/env perl

# What is held of a volunteer: they get all of it, and when it is erased the
# books are as right as before.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use JSON::PP ();

my $json = JSON::PP->new->utf8->canonical;

write_rules({ expiry => { years => 1 },
              cases => { grant => { title => 'Grant', min => 1, max => 10000 },
                         bravery => { title => 'Bravery', min => 10, max => 100,
                                      approval => true } } });
write_file('key', 'k' x 40);
start_redis({ env => frozen_clock('2026-04-10 23:30:00') });

sub conf {
    my ($duties) = @_;
    return <<"CONF";
    vol_redis            %REDIS%;
    vol_rules            %RULES%;
    vol_duties           $duties;
    vol_duty_interval    50ms;
    vol_seal             off;
    vol_certificate_key  %DIR%/key;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
        location /copy/ { vol copy; }
        location /early/ { vol early; }
        location / {
            vol_account  tianyuan \$http_x_user;
            add_header  X-Balance "<\$vol_balance>";
            root  %DIR%;
        }
    }
CONF
}

start_nginx(conf => conf('off'));

my @ADMIN = (as => 'admin:root');
my @WANG = (as => 'admin:wang');
my $P = 'vol:{tianyuan}:';
my $A = '/points/activities';

sub v { post("/points/volunteers/$_[0]/$_[1]", $_[2], as => $_[3] // 'admin:root') }

sub erase {
    my ($id, %o) = @_;
    return post("/points/volunteers/$id/erase", { reason => 'request 17' },
                @ADMIN, %o);
}

sub activity {
    my ($id, $starts, $ends, %o) = @_;
    created(put("$A/$id", {
        title => "Day $id", place => 'The bank', org => 's1',
        starts => "${starts}:00+08:00", ends => "${ends}:00+08:00",
        posts => [{ id => 'one', title => 'One', places => $o{places} // 9 }],
    }, @ADMIN));
    created(post("$A/$id/publish", undef, @ADMIN));
}

sub on_activity {
    my ($id, $what, @who) = @_;
    created(post("$A/$id/$what", { volunteer => $_ }, @ADMIN)) for @who;
}

sub need {
    my ($resident, $title, %o) = @_;
    return created(post('/points/needs',
        { title => $title, station => 's1', on => '2026-04-20', minutes => 60,
          note => "At the door of $resident", %o },
        as => "volunteer:$resident"))->{id};
}

sub on_need {
    my ($need, $what, $who) = @_;
    return created(post("/points/needs/$need/$what", {}, as => "volunteer:$who"));
}

sub merge {
    my ($old, $new) = @_;
    return created(v($old, 'merge', { into => $new, reason => 'one person' }));
}

sub audit_of {
    my ($where) = @_;
    my $r = post("/$where/audit", {}, as => 'auditor:a', key => undef);
    wait_for(sub { $r = get("/$where/audit?limit=100", @ADMIN)->{json};
                   $r->{state} eq 'done' }) or die "the audit does not end\n";
    return $r;
}

sub clean {
    my ($where, $name) = @_;
    my $r = audit_of($where);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is("$r->{verdict} $r->{mismatches}", 'clean 0', $name)
        or diag(map { $json->encode($_) . "\n" } @{ $r->{found} });
}

# the law of the books, and that no figure of them or of an org moved
sub figures {
    my %b = %{ created(get('/points/books', @ADMIN)) };
    delete $b{entries};
    my %o = %{ created(get('/points/orgs/cy/stats', @ADMIN)) };
    delete $o{volunteers};
    return { books => \%b, org => \%o };
}


# A person with two accounts, to whom all has happened that can.

created(put("/points/orgs/$_->[0]", { title => $_->[0],
                                      $_->[1] ? (parent => $_->[1]) : () },
            @ADMIN))
    for ['cy'], ['s1', 'cy'];
merchant('tea');
offer('green', price => 10, stock => 90, per_person => 9);
created(put('/points/funds/river', { title => 'The river' }, @ADMIN));
volunteer($_, kind => 'cadre', station => 's1', teams => ['band'],
          tags => ['english'], free => ['sat'], listed => false)
    for qw( ann old );
volunteer($_, station => 's1', tags => ['english']) for qw( bob cat dan );
created(put('/points/teams/band', { title => 'Band', kind => 'social',
                                    org => 's1', leader => 'old' }, @ADMIN));
created(put('/points/teams/choir', { title => 'Choir', kind => 'social',
                                     leader => 'bob' }, @ADMIN));

grant($_, 1600) for qw( ann old bob );
created(v('ann', 'hours', { minutes => 90, on => '2026-04-01', note => 'gate' }));
created(v('old', 'hours', { minutes => 50, on => '2026-04-02' }));
my $proposal = v('ann', 'awards', { case => 'bravery', points => 20,
                                    evidence => 'seen' })->{json}{entry};
my $wrong = grant('ann', 5)->{entry};
my ($used, $open, $ending) = map { redeem('green', 'ann') } 1 .. 3;
created(post("/points/vouchers/$used->{code}/use", {}, as => 'merchant:m:tea'));
my $olds = redeem('green', 'old');
created(post('/points/funds/river/donations', { points => 3 },
             as => 'volunteer:ann'));

activity('past', '2026-04-11T08:00', '2026-04-11T10:00');
on_activity('past', $_, qw( ann old bob cat )) for qw( signups checkin );
set_clock('2026-04-11 02:00:00');
on_activity('past', 'checkout', qw( ann old bob cat ));
for my $who (qw( ann old bob )) {
    created(post("$A/past/shares", { text => "$who was there",
                                     pictures => ["$who.jpg"] },
                 as => "volunteer:$who"));
}
created(post("$A/past/shares/$_->[0]/thanks", undef, as => "volunteer:$_->[1]"))
    for ['ann', 'bob'], ['ann', 'cat'], ['bob', 'ann'], ['bob', 'old'],
        ['old', 'cat'];

activity('full', '2026-04-18T08:00', '2026-04-18T10:00', places => 2);
on_activity('full', 'signups', qw( ann old bob cat ));
activity('late', '2026-04-19T08:00', '2026-04-19T10:00', places => 1);
on_activity('late', 'signups', qw( bob ann cat old ));

my %need = (open => need('ann', 'Wants a doctor'),
            taken => need('ann', 'Needs a walk'),
            done => need('ann', 'Shopping', on => '2026-04-11'),
            gone => need('ann', 'Nothing'),
            old => need('old', 'Other things'),
            theirs => need('bob', 'A letter'),
            served => need('bob', 'A window', on => '2026-04-11'));
on_need($need{taken}, 'accept', 'bob');
on_need($need{done}, $_, 'bob') for qw( accept done );
on_need($need{gone}, 'withdraw', 'ann');
on_need($need{theirs}, 'accept', 'ann');
on_need($need{served}, $_, 'ann') for qw( accept done );
on_need($need{served}, 'confirm', 'bob');

created(post('/points/selection/apply', undef, as => "volunteer:$_",
             key => undef)) for qw( ann old bob );
my @certificates = map { created(get("/points/volunteers/$_/certificate",
                                     @ADMIN))->{code} } qw( ann old bob );
merge('old', 'ann');

my %of = %{ account('ann') };


# All that is held of them.

sub data_of {
    my ($id, @as) = @_;
    my $r = get("/points/volunteers/$id/data", @as ? @as : @ADMIN);
    return map { $json->decode($_) } split /\n/, $r->{raw};
}

# those of a kind, each as the values of some fields
sub told_of {
    my ($data, $what, @fields) = @_;
    return join ' ', map { my $one = $_; join ':', map {
                               ref $one->{$_} ? join(',', @{ $one->{$_} })
                                              : $one->{$_} // '-' } @fields }
                     grep { ($_->{what} // '') eq $what } @$data;
}

my $got = get('/points/volunteers/ann/data', as => 'volunteer:ann');
is("$got->{status} $got->{headers}{'content-type'} "
   . $got->{headers}{'content-disposition'},
   '200 application/x-ndjson attachment; filename="tianyuan-data.ndjson"',
   'a volunteer gets all that is held of them');
my @data = data_of('ann', as => 'volunteer:ann');
is_deeply($data[-1], { end => { lines => $#data } }, 'to the end');
is_deeply([data_of('old', as => "$_")], \@data,
          "the same as $_ does by another id") for 'admin:root', 'auditor:a';
is_deeply($data[0], { what => 'account', ids => ['ann', 'old'], called => 2,
                      account => account('ann') }, 'the account');
is_deeply($data[1], { what => 'merged', id => 'old', into => 'ann',
                      kind => 'cadre', station => 's1', teams => ['band'],
                      tags => ['english'], free => ['sat'], listed => false,
                      called => 0 }, 'one that was merged into it');
my %by = map { $_->{entry} => $_->{by} } entries('ann');
delete $_->{what}, delete $_->{by} for my @told = map { { %$_ } }
    grep { ($_->{what} // '') eq 'entry' } @data;
my @all = entries('ann');
delete $_->{by} for @all;
is_deeply(\@told, \@all, 'their entries');
is(join(' ', sort keys %{ { map { $_ => 1 } map { $_->{by} // () } @data } }),
   'ann old', 'without who else wrote them');
is(told_of(\@data, 'voucher', qw( code state )),
   join(' ', map { "$_->[0]{code}:$_->[1]" } [$olds, 'issued'],
             [$ending, 'issued'], [$open, 'issued'], [$used, 'used']),
   'vouchers');
is(told_of(\@data, 'award', qw( award case points evidence )),
   "$proposal:bravery:20:seen", 'an award that waits');
is(told_of(\@data, 'signup', qw( activity state position minutes )),
   'past:served:-:120 full:placed:-:- late:waiting:1:- '
   . 'past:served:-:120 full:placed:-:- late:waiting:3:-', 'sign-ups');
is(told_of(\@data, 'share', qw( activity text pictures thanks )),
   'past:ann was there:ann.jpg:2 past:old was there:old.jpg:1',
   'what they told');
is(told_of(\@data, 'thanks', 'activity'), 'past past', 'that they thanked');
is(told_of(\@data, 'need-asked', qw( title state note resident volunteer )),
   join(' ', map { my ($title, $state, $who) = @$_;
                   "$title:$state:At the door of $who:$who:-" }
        ['Nothing', 'withdrawn', 'ann'], ['Shopping', 'done', 'ann'],
        ['Needs a walk', 'accepted', 'ann'], ['Wants a doctor', 'open', 'ann'],
        ['Other things', 'open', 'old']), 'needs they asked for');
is(told_of(\@data, 'need-taken', qw( title state note resident volunteer )),
   'A window:confirmed:-:-:ann A letter:accepted:-:-:ann',
   'needs they took, without the words of others');
is(told_of(\@data, 'selection', qw( from state )),
   '2025:applied 2025:applied', 'that they applied');
is(told_of(\@data, 'certificate', qw( code volunteer hours )),
   "$certificates[0]:ann:4 $certificates[1]:old:2", 'certificates');
is_deeply((grep { ($_->{what} // '') eq 'certificate' } @data)[0],
          { what => 'certificate',
            %{ get("/points/certificates/$certificates[0]")->{json} } },
          'as they can be checked');
is(told_of(\@data, 'team-led', 'team'), 'band', 'and the team that they lead');
my %whats = map { $_->{what} // 'end' => 1 } @data;
is(join(' ', sort keys %whats),
   'account award certificate end entry merged need-asked need-taken selection '
   . 'share signup team-led thanks voucher', 'and no more');
unlike($got->{raw}, qr/"(?:bob|cat|root|wang|li)"/, 'of nobody else a word');

is_problem(get('/points/volunteers/ann/data', as => $_), 403, 'forbidden',
           "not for $_") for 'volunteer:bob', 'organizer:li:s1', 'merchant:m:tea';
is_problem(get('/points/volunteers/nobody/data', @ADMIN), 404, 'not-found',
           'nothing is held of nobody');
is_problem(get('/points/volunteers/ann/data?after=1', @ADMIN), 422,
           'invalid-field', 'it is whole, or not at all', 'after');
is(head_of('/points/volunteers/ann/data', @ADMIN)->{status}, 200,
   'a HEAD is answered');
expect_log(qr/stopped, nothing was changed: .*CORRUPT/);
my $kept_signup = redis('HGET', "${P}s:full", 'ann');
redis('HSET', "${P}s:full", 'ann', 'nonsense');
unlike(get('/points/volunteers/ann/data', @ADMIN)->{raw}, qr/"end"/,
       'one that meets what is corrupt is cut off');
redis('HSET', "${P}s:full", 'ann', $kept_signup);
volunteer('new');
is_deeply([map { delete $_->{account}; $_ } data_of('new')],
          [{ what => 'account', ids => ['new'], called => 0 },
           { end => { lines => 1 } }], 'of one who is new it is the account');


# Whoever was merged by mistake is another person again.

volunteer($_, station => 's1') for qw( ned tom );
my $mistake = merge('ned', 'tom')->{entry};
like(join(' ', told_of([data_of('tom')], 'entry', qw( type ref ))),
     qr/merge:ned merged:tom/, 'a merge says with whom');
created(post("/points/ledger/$mistake/reverse", { reason => 'not one' },
             @ADMIN));
for (['ned', 'tom', 'merged'], ['tom', 'ned', 'merge']) {
    my ($id, $other, $type) = @$_;
    for my $as ("volunteer:$id", 'admin:root') {
        my $raw = get("/points/volunteers/$id/data", as => $as)->{raw};
        like($raw, qr/"type":"$type",/, "$id has the merge");
        unlike($raw, qr/"$other"/, 'without whose it is now');
    }
    for my $as ("volunteer:$id", 'organizer:li:s1') {
        unlike(get("/points/volunteers/$id/ledger", as => $as)->{raw},
               qr/"$other"/, "nor in the ledger for $as");
    }
    like(get("/points/volunteers/$id/ledger", @ADMIN)->{raw},
         qr/"ref":"$other"/, 'an admin sees whose it was');
}


# Who may have it erased, and what it takes.

is_problem(erase('ann', as => $_), 403, 'forbidden', "$_ does not erase")
    for 'volunteer:ann', 'organizer:li:s1', 'auditor:a', 'merchant:m:tea';
is_problem(v('ann', 'erase', {}), 422, 'invalid-field', 'a reason is required',
           'reason');
is_problem(v('ann', 'erase', { reason => 'x' x 501 }), 422, 'invalid-field',
           'of bounded length', 'reason');
is_problem(erase('nobody'), 404, 'not-found', 'nor what is not there');


# What is corrupt is told before anything is erased.

for (['its org', 'gv:s1', 'SET', 'x'], ['its team', 'tm:band', 'SET', 'x'],
     ['a tag', 'gt:s1:english', 'SET', 'x'],
     ['a board', 'lb:2026:s1', 'SET', 'x'],
     ['what waits', 'erasing', 'SET', 'x'],
     ['an id of theirs', 'v:ann', 'HSET', 'joined', 'a b'],
     ['the account', 'v:ann', 'HSET', 'balance', 'x'])
{
    my ($name, $key, $command, @args) = @$_;
    my $dump = redis('DUMP', "$P$key");
    redis('DEL', "$P$key") if $command eq 'SET';
    redis($command, "$P$key", @args);
    unchanged { is(erase('ann')->{status}, 500, "$name is corrupt") }
        'and nothing is erased';
    redis('DEL', "$P$key");
    redis('RESTORE', "$P$key", 0, $dump) if defined $dump;
}


# Erased.

my @early = split /^/, get('/points/export?what=registry', @ADMIN)->{raw};
my $before = figures();
my $count = get('/points/orgs/s1/stats', @ADMIN)->{json}{volunteers};
my $r = erase('ann', key => 'e');
is($r->{status}, 200, 'an account is erased');
is_deeply($r->{json}, account('ann'), 'the answer is the account');
my %left = (%of, kind => 'general', erased => true,
            year => { %{ $of{year} }, owed => 0 });
delete @left{qw( station teams tags free listed )};
is_deeply($r->{json}, \%left, 'which has its figures, and nothing else');
is_deeply(get('/points/volunteers/old', as => 'auditor:a')->{json}, \%left,
          'by either id');

my ($e) = entries('ann');
is("$e->{type} $e->{points} $e->{earned} $e->{balance} $e->{note} $e->{by} "
   . $e->{role}, "erased 0 0 $of{balance} request 17 root admin",
   'the entry says who did it and why');
is(erase('ann', key => 'e')->{headers}{'idempotent-replayed'}, 'true',
   'the same key is a replay');
is_deeply(erase('ann')->{json}, $r->{json}, 'another gives the same');
is_deeply(erase('old', key => undef)->{json}, $r->{json}, 'and none');
is((entries('ann'))[0]{entry}, $e->{entry}, 'but no second entry');

is_deeply(figures(), $before, 'no figure moved');
is(get('/points/orgs/s1/stats', @ADMIN)->{json}{volunteers}, $count - 1,
   'but the org has a volunteer less');
is(redis('EXISTS', "${P}erasing"), 0, 'nothing is left to do');

# where a text of theirs is, or their id
sub holds {
    my ($what) = @_;
    my @keys;
    for my $key (sort @{ redis('KEYS', "$P*") }) {
        my $type = redis('TYPE', $key);
        next if $key =~ /:(i:|ledger$|audit)/;
        my $text = join "\n", $key,
            $type eq 'string' ? redis('GET', $key)
            : $type eq 'hash' ? @{ redis('HGETALL', $key) }
            : $type eq 'list' ? @{ redis('LRANGE', $key, 0, -1) }
            : @{ redis('ZRANGE', $key, 0, -1) };
        push @keys, substr $key, length $P if $text =~ /$what/;
    }
    return join ' ', @keys;
}

is(holds(qr/\bann\b/) =~ s/\b(?:ends:\d+) //gr,
   'd:ann e:ann p:green s:past so:past sv:ann v:ann v:old volunteers',
   'what is left of the one id is figures, and where they served');
is(holds(qr/\bold\b/) =~ s/\b(?:ends:\d+) //gr,
   'p:green s:past so:past sv:old v:ann v:old volunteers', 'and of the other');
is(holds(qr/doctor|a walk|Shopping|Nothing|Other things|door of (?:ann|old)/),
   '', 'no word of theirs');
is(holds(qr/was there|jpg/), 'sh:past', 'but of others');


# What is still held is what others have to have.

is(join(' ', sort keys %{ { map { $_->{what} // 'end' => 1 }
                            data_of('ann') } }),
   'account award end entry merged signup voucher',
   'staff see what is held still');
is(told_of([data_of('ann')], 'merged', qw( id kind station tags )),
   'old:general:-:-', 'of the other id nothing is');


# What it was to others.

sub signups_of {
    my ($activity, @as) = @_;
    return join ' ', map { "$_->{volunteer}:$_->{state}" }
        @{ created(get("$A/$activity/signups", @as ? @as : @ADMIN))->{signups} };
}

is(signups_of('full'), 'bob:placed cat:placed',
   'who waited for their places has them');
is(signups_of('late'), 'bob:placed cat:waiting', 'and who waits goes on');
is(signups_of('past'), 'ann:served old:served bob:served cat:served',
   'what they served stays');
is(signups_of('past', as => 'organizer:li:s1'), 'bob:served cat:served',
   'but organizers do not see who it was');
is(join(' ', map { "$_->{volunteer}:$_->{thanks}" }
             @{ created(get("$A/past/shares", as => 'volunteer:cat'))->{shares} }),
   'bob:0', 'neither is told of, nor do their thanks count');

sub need_of {
    my $n = get("/points/needs/$need{$_[0]}", @ADMIN)->{json};
    return join ' ', map { $n->{$_} // '-' }
                     qw( state title note resident volunteer );
}

is(need_of('open'), 'withdrawn - - - -', 'what they needed is not needed');
is(need_of('taken'), 'withdrawn - - - bob', 'who had taken it sees that');
is(need_of('done'), 'done - - - bob', 'and who did it waits for the word');
created(post("/points/needs/$need{done}/confirm", {},
             as => 'organizer:li:s1'));
is((entries('bob'))[0]{type}, 'hours', 'which an organizer gives');
is(need_of('theirs'), 'open A letter At the door of bob bob -',
   'what they had taken is open again');
like(need_of('served'), qr/^confirmed A window At the door of bob bob -$/,
     'and what they did was done');

is(get("/points/certificates/$certificates[$_]")->{status}, (404, 404, 200)[$_],
   'a certificate') for 0 .. 2;
my $selection = created(get('/points/reports/selection?state=applied', @ADMIN));
is(join(' ', map { $_->{volunteer} } @{ $selection->{volunteers} }), 'bob',
   'they did not apply');
is_deeply(get('/points/teams/band', @ADMIN)->{json},
          { id => 'band', title => 'Band', kind => 'social', org => 's1',
            members => 0 }, 'and lead no team');
is(get('/points/teams/choir', @ADMIN)->{json}{leader}, 'bob', 'others do');


# Closed.

for my $id (qw( ann old )) {
    my @self = (as => "volunteer:$id");
    is_problem(get("/points/volunteers/$id", as => $_), 410, 'erased',
               "$_ does not see $id") for "volunteer:$id", 'organizer:li:s1';
    is_problem(get("/points/volunteers/$id/ledger", @self), 410, 'erased',
               'nor the ledger');
    is_problem(get($_, @self), 410, 'erased', $_)
        for "/points/volunteers/$id/data", '/points/me', '/points/me/signups', '/points/me/suggestions',
            '/points/awards', '/points/offers?affordable=true',
            "/points/reports/transcripts/$id",
            "/points/volunteers/$id/certificate", '/points/reports/selection',
            "/points/vouchers/$open->{code}";
    is(get('/points/offers', @self)->{status}, 200, 'what is for all is');
    is_problem(post('/points/offers/green/redemptions', {}, @self), 410,
               'erased', "$id redeems nothing");
    is_problem(post('/points/offers/green/redemptions', { volunteer => $id },
                    @ADMIN), 410, 'erased', 'nor does an admin for them');
    is_problem(post('/points/funds/river/donations', { points => 1 }, @self),
               410, 'erased', 'nor gives');
    is_problem(post("/points/vouchers/$open->{code}/cancel", {}, @self), 410,
               'erased', 'nor gives up');
    is_problem(post("$A/full/signups", undef, @self), 410, 'erased',
               'nor signs up');
    is_problem(post("$A/full/$_", undef, @self), 410, 'erased', $_)
        for qw( withdraw checkin );
    is_problem(post("$A/past/shares", { text => 'x' }, @self, key => undef),
               410, 'erased', 'nor tells');
    is_problem(post("$A/past/shares/bob/thanks", undef, @self, key => undef),
               410, 'erased', 'nor thanks');
    is_problem(post('/points/needs', { title => 'x', station => 's1',
                                       on => '2026-04-20', minutes => 60 },
                    @self), 410, 'erased', 'nor asks');
    is_problem(post("/points/needs/$need{theirs}/accept", {}, @self), 410,
               'erased', 'nor takes');
    is_problem(post('/points/selection/apply', undef, @self, key => undef),
               410, 'erased', 'nor applies');
    is_problem(v($id, 'hours', { minutes => 60, on => '2026-04-11' }), 410,
               'erased', 'has no hours');
    is_problem(v($id, 'awards', { case => 'grant', points => 1,
                                  evidence => 'e' }), 410, 'erased',
               'no award');
    is_problem(v($id, $_, { reason => 'r' }), 410, 'erased', "no $_")
        for qw( freeze unfreeze );
    is_problem(v($id, 'merge', { into => 'bob', reason => 'r' }), 410,
               'erased', 'is merged into nobody');
    is_problem(v('dan', 'merge', { into => $id, reason => 'r' }), 410,
               'erased', 'nor anybody into them');
    is_problem(put('/points/teams/choir', { title => 'c', kind => 'social',
                                            leader => $id }, @ADMIN), 410,
               'erased', 'leads nothing', 'leader');
    is_problem(post("/points/selection/$id/shortlist", {}, @ADMIN,
                    key => undef), 410, 'erased', 'is on no list');
    my $line = post('/points/import', $json->encode(
        { type => 'opening', key => "o-$id", volunteer => $id, earned => 5,
          balance => 5 }) . "\n", @ADMIN, key => undef,
        type => 'application/x-ndjson');
    like($line->{raw}, qr/"status":410.*urn:ngx-vol:erased|urn:ngx-vol:erased/,
         'has no opening balance');
    is(get('/key', @self)->{headers}{'x-balance'}, '<>',
       'and pages know nobody');
}
is_problem(put('/points/volunteers/ann', { kind => 'cadre' }, @ADMIN), 410,
           'erased', 'and is not registered again');
is_problem(post("/points/awards/$proposal/approve", {}, @WANG), 410, 'erased',
           'what was proposed is not given');
my ($merged) = grep { $_->{type} eq 'merge' } entries('ann');
is_problem(post("/points/ledger/$merged->{entry}/reverse", { reason => 'r' },
                @ADMIN), 410, 'erased', 'and the merge is not undone');
my $line = post('/points/import', $json->encode(
    { type => 'volunteer', volunteer => 'ann', kind => 'cadre',
      station => 's1' }) . "\n", @ADMIN, key => undef,
    type => 'application/x-ndjson');
like($line->{raw}, qr/"done":1/, 'a line of an old registry is passed by');
is_deeply(account('ann'), $r->{json}, 'and all is as it was');

is(join(' ', map { $_->{volunteer} }
             @{ created(get('/points/reports/obligations', @ADMIN))
                ->{obligations} }), '', 'they owe nothing');
is(join(' ', map { $_->{volunteer} }
             @{ created(get('/points/leaderboard', @ADMIN))->{leaders} }),
   'bob cat', 'and are on no board');


# What goes on.

is(post("/points/vouchers/$open->{code}/use", {}, as => 'merchant:m:tea')
   ->{json}{state}, 'used', 'a voucher is good to the end');
created(post("/points/vouchers/$olds->{code}/cancel", {}, @ADMIN));
is(created(post("/points/ledger/$wrong/reverse", { reason => 'r' }, @ADMIN))
   ->{account}{balance}, $of{balance} + 10 - 5,
   'mistakes are put right, by an admin');
created(post("/points/awards/$proposal/refuse", { reason => 'gone' }, @WANG));
is(join(' ', map { $_->{volunteer} }
             @{ created(get('/points/leaderboard', @ADMIN))->{leaders} }),
   'bob cat', 'which brings nobody back to a board');

stop_nginx();
start_nginx(conf => conf('on'));
set_clock('2026-05-20 02:00:00');
wait_for(sub { get("/points/vouchers/$ending->{code}",
                   @ADMIN)->{json}{state} eq 'expired' });
is((entries('ann'))[0]{type}, 'expiry', 'a voucher that nobody uses ends');
set_clock('2027-04-20 02:00:00');
wait_for(sub { (entries('ann'))[0]{type} eq 'lapse' });
is((entries('ann'))[0]{type}, 'lapse', 'and so do points');
is($_->{balance}, $_->{earned} - $_->{unspendable} - $_->{spent}
                  - $_->{expired} - $_->{donated}, $_->{law})
    for created(get('/points/books', @ADMIN));
clean('points', 'the books are in order');


# An audit knows what must not be there.

sub finds {
    my ($name, $break, @like) = @_;
    my %keys = map { $_ => redis('DUMP', $_) } @{ redis('KEYS', "$P*") };
    $break->();
    my $r = audit_of('points');
    my @found = map { my $f = $_; join ' ', map { $f->{$_} // '' }
                                  qw( what id field expected found detail ) }
                @{ $r->{found} };
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(!(grep { my $like = $_; !grep { /$like/ } @found } @like), $name)
        or diag(join "\n", @found);
    for my $key (grep { !/:(audit|duty)/ }
                 keys %{ { %keys, map { $_ => 1 } @{ redis('KEYS', "$P*") } } })
    {
        my $now = redis('DUMP', $key) // '';
        next if $now eq ($keys{$key} // '') && defined $keys{$key};
        redis('DEL', $key);
        redis('RESTORE', $key, 0, $keys{$key}) if defined $keys{$key};
    }
}

my $there = 'is there though the account was erased';
finds("what the portal said: $_->[0]",
      sub { redis('HSET', "${P}v:$_->[1]", @$_[0, 2]) },
      qr/^account $_->[1] $_->[0]  $_->[2] $there/)
    for ['kind', 'ann', 'cadre'], ['tags', 'ann', 'english'],
        ['free', 'old', 'sat'], ['called', 'old', 3];
finds("a list: $_",
      sub { redis('ZADD', "$P$_", 1, "1-1") },
      qr/^account ann $_   $there/) for 'nr:ann', 'nw:ann', 'sy:ann';
finds('certificates', sub { redis('RPUSH', "${P}cl:old", 'x') },
      qr/^account old cl:old   $there/);
finds('an application', sub { redis('ZADD', "${P}sl:2023", 0, 'applied:ann') },
      qr/^account ann sl:2023   $there/);
finds('a sign-up', sub {
          redis('HSET', "${P}s:past", 'ann', "one\tplaced\t1\t\t\t") },
      qr/^account ann s:past  placed $there/);
finds('what they told', sub {
          redis('HSET', "${P}sh:past", 'old', "1\t0\t\tx") },
      qr/^account old sh:past   $there/);
finds('the leader of a team', sub { redis('HSET', "${P}t:choir", 'leader',
                                          'old') },
      qr/^team choir leader  old was erased/);
finds('a place on a board', sub { redis('ZADD', "${P}lb::s1", -1, 'ann') },
      qr/^account ann lb::s1  -1 is on a board without points/);
finds('one who is erased without an entry',
      sub { redis('HSET', "${P}v:cat", 'erased', 1) },
      qr/^account cat erased 0 1 /);
finds('one who is not though an entry says so',
      sub { redis('HDEL', "${P}v:ann", 'erased') },
      qr/^account ann erased 1 0 /);
finds('thanks that the other side does not know',
      sub { redis('HSET', "${P}sx:past:bob", 'dan', 1);
            redis('ZADD', "${P}sy:cat", 0, 'past:bob') },
      qr/^share past:bob sy:dan past:bob  is not in that list/,
      qr/^share past:bob sy:cat  past:bob was not thanked for/);


# More than one step.

stop_nginx();
start_nginx(conf => conf('off'));

sub much {
    my ($id, $days) = @_;
    volunteer($id, station => 's1', teams => ['band']);
    my $n = 0;
    crowd(port(), 4, sub {
        return if $n++ >= 130;
        return build('POST', '/points/needs',
                     body => { title => "Text of $id", station => 's1',
                               on => today(3), minutes => 60, resident => $id },
                     @ADMIN);
    }, sub { $_[1]{status} == 201 or die $_[1]{raw} });

    my $from = int(redis('TIME')->[0] / 86400) * 86400 + $days * 86400;
    activity("$id$_", (map { POSIX::strftime('%Y-%m-%dT%H:%M', gmtime $_) }
                       $from + $_ * 7200, $from + $_ * 7200 + 3600),
             places => 1) for 1 .. 30;
    on_activity("$id$_", 'signups', $id, 'bob') for 1 .. 30;

    # thanks of many for what they told
    redis('HSET', "${P}s:past", $id, "one\tserved\t1\t\t60\t1-1");
    redis('HINCRBY', "${P}a:past", 'taken:one', 1);
    redis('ZADD', "${P}so:past", redis('HINCRBY', "${P}a:past", 'seq', 1), $id);
    redis('ZADD', "${P}sv:$id", 0, redis('ZRANGE', "${P}sv:bob", 0, 0)->[0]);
    created(post("$A/past/shares", { text => "Text of $id" },
                 as => "volunteer:$id"));
    $n = 0;
    crowd(port(), 4, sub {
        return if $n >= 600;
        return build('POST', "$A/past/shares/$id/thanks",
                     as => 'volunteer:u' . $n++);
    }, sub { $_[1]{status} == 200 or die $_[1]{raw} });
}

sub waits { redis('HEXISTS', "${P}erasing", $_[0]) }

need('big', 'Text of big', on => today());
much('big', 3);
grant('big', 1) for 1 .. 210;
redeem('green', 'big') for 1 .. 2;
grant('big', 1600);
created(post('/points/selection/apply', undef, as => "volunteer:$_",
             key => undef)) for qw( big bob );
created(post("/points/selection/$_/shortlist", undef, @ADMIN, key => undef))
    for qw( big bob );
created(post('/points/selection/publish', undef, @ADMIN, key => undef));
my @asked = @{ redis('ZRANGE', "${P}nr:big", 0, 2) }[1, 2, 0];
redis('HSET', "${P}n:$_", 'note', 'At the door of big') for @asked;
on_need($asked[$_], 'accept', 'cat') for 1, 2;
on_need($asked[2], 'done', 'cat');
my ($walk, $read) = map { need('bob', $_, on => today()) } qw( Walk Read );
on_need($_, 'accept', 'big') for $walk, $read;
on_need($read, 'done', 'big');
my @big = data_of('big');
is(join(' ', map { my $what = $_;
                   scalar grep { ($_->{what} // '') eq $what } @big }
             qw( entry voucher need-asked signup share )), '213 2 131 31 1',
   'what is held comes page by page');
is($big[-1]{end}{lines}, $#big, 'to the end');
created(erase('big'));
is(waits('big'), 1, 'one call does not reach for all');
is_problem(get('/points/me', as => 'volunteer:big'), 410, 'erased',
           'but the account is closed');
unlike(get("$A/past/shares", as => 'volunteer:bob')->{raw}, qr/Text of big/,
       'what they told is not seen');
unlike(get("$A/big1/signups", as => 'organizer:li:s1')->{raw}, qr/"big"/,
       'nor where they signed up');
is_problem(post("$A/late/signups", undef, as => 'volunteer:big'), 410,
           'erased', 'and nothing is added');

is_deeply([map { @{ $_->{volunteers} }, $_->{next} }
           created(get('/points/reports/selection?limit=1',
                       as => 'volunteer:cat'))],
          [{ volunteer => 'bob', state => 'shortlisted' }, undef],
          'the list of a selection does not name them, nor its pages');

# what they asked for and took is as it will be
sub need_now {
    my ($id, $as) = @_;
    my $n = created(get("/points/needs/$id", as => $as));
    return join ' ', map { $n->{$_} // '-' }
                     qw( state title note resident volunteer );
}

is_problem(get($_, as => 'volunteer:big'), 410, 'erased', "$_ is closed")
    for '/points/needs', '/points/needs?state=open', '/points/needs?resident=big',
        '/points/needs?volunteer=big', "/points/needs/$asked[0]",
        "/points/needs/$walk";
for (["$asked[0]/withdraw"], ["$asked[2]/confirm"], ["$walk/done"],
     ["$walk/release"], ["$need{theirs}/withdraw"])
{
    is_problem(post("/points/needs/$_->[0]", {}, as => 'volunteer:big'), 410,
               'erased', "nor do they @{[ $_->[0] =~ /(\w+)$/ ]} one");
}
is(told_of([data_of('cat')], 'need-taken', 'title'), '- -',
   'who took one has no words of theirs');
is(redis('HGET', "${P}n:$asked[0]", 'resident'), 'big', 'an erasure waits');
for my $as ('admin:root', 'auditor:a', 'organizer:li:s1', 'volunteer:cat') {
    is(need_now($asked[0], $as), 'withdrawn - - - -',
       "$as sees nothing of what they asked for");
    is(need_now($asked[1], $as), 'withdrawn - - - cat',
       'also when somebody took it');
}
is_problem(post("/points/needs/$asked[0]/accept", {}, as => 'volunteer:dan'),
           409, 'need-withdrawn', 'nobody takes it');
is(need_now($asked[2], 'volunteer:cat'), 'done - - - cat', 'what was done was');
created(post("/points/needs/$asked[2]/confirm", {}, as => 'organizer:li:s1'));
is((entries('cat'))[0]{type}, 'hours', 'and counts');
like(need_now($_, 'volunteer:bob'), qr/^open .* -$/,
     'what they took others can take')
    for $walk, $read;
unlike(get("/points/needs?org=s1&state=$_&limit=100", @ADMIN)->{raw},
       qr/big/, "no list of what is $_ names them")
    for qw( open accepted done withdrawn confirmed );
unlike(get('/points/me/suggestions', as => 'volunteer:dan')->{raw}, qr/big/,
       'nor a suggestion');
is(redis('HGET', "${P}n:$asked[0]", 'resident'), 'big',
   'though it waits still');

my $calls = 1;
while (waits('big') && $calls < 50) {
    created(erase('big'));
    $calls++;
}
cmp_ok($calls, '>', 3, 'further calls go on');
is(holds(qr/Text of big/), '', 'until nothing is left');
is(holds(qr/\bbig\b/) =~ s/\bends:\d+ //gr,
   'e:big p:green s:past so:past sv:big v:big volunteers',
   'but where they served');
is(redis('HGET', "${P}s:big30", 'bob') =~ /\tplaced\t/, 1,
   'and who waited has a place');
is((() = map { $_->{type} } grep { $_->{type} eq 'erased' } entries('big')), 1,
   'it is one entry');

much('more', 9);
created(erase('more'));
is(waits('more'), 1, 'the same again');
stop_nginx();
start_nginx(conf => conf('on'));
set_clock('2027-04-20 02:10:00');           # leases run out
ok(wait_for(sub { !waits('more') }), 'is done by the sweep');
is(holds(qr/Text of more/), '', 'to the end');


# What can't be read is left, and told; later it goes.

expect_log(qr/left out what is not as it must be: CORRUPT \S+:s:bad[12] /);
my $day = int(redis('TIME')->[0] / 86400) * 86400 + 86400;
volunteer('half', station => 's1');
for my $i (1 .. 3) {
    activity("bad$i", map { POSIX::strftime('%Y-%m-%dT%H:%M', gmtime $_) }
                      $day + $i * 7200, $day + $i * 7200 + 3600);
    on_activity("bad$i", 'signups', 'half');
}
my $kept = redis('HGET', "${P}s:bad2", 'half');
redis('HSET', "${P}s:bad2", 'half', 'nonsense');
created(erase('half'));
is(join(' ', map { signups_of("bad$_") } 1, 3), ' ',
   'the others are taken away');
ok(wait_for(sub { !waits('half') }), 'the sweep comes by it once more');
like(error_log(), qr/left out what is not as it must be: CORRUPT \S+s:bad2 half/,
     'and tells the log');
finds('the audit names it', sub {},
      qr/half.*CORRUPT \S+s:bad2 half/);
redis('HSET', "${P}s:bad2", 'half', $kept);
created(erase('half'));
is(signups_of('bad2'), '', 'asked for again, it goes too');

redis('HSET', "${P}erasing", 'half', 'nonsense');
expect_log(qr/left out what is not as it must be: CORRUPT \S+:erasing half/);
ok(wait_for(sub { !waits('half') }),
   'what is corrupt does not stand in the way of the sweep');
redis('HSET', "${P}erasing", 'bob', 'bob asked ');
expect_log(qr/left out what is not as it must be: CORRUPT \S+:erasing bob/);
ok(wait_for(sub { !waits('bob') }), 'nor one who was not erased');
like(need_of('theirs'), qr/ bob -$/, 'and nothing of theirs goes');


# At the same moment.

volunteer('racer', station => 's1');
grant('racer', 900);
offer('many', price => 1, stock => 9999);
my %status;
my $n = 0;
crowd(port(), 8, sub {
    my ($client) = @_;
    return if ++$n > 200;
    return build('POST', '/points/volunteers/racer/erase', @ADMIN,
                 body => { reason => 'r' }) if $n == 100;
    return build('POST', '/points/offers/many/redemptions', body => {},
                 key => fresh_key(), as => 'volunteer:racer');
}, sub { $status{ $_[1]{status} }++ });
is(join(' ', sort keys %status), '200 201 410', 'redemptions end with it');
my @types = map { $_->{type} }
            map { @{ created(get("/points/volunteers/racer/ledger?limit=100"
                                 . $_, @ADMIN))->{entries} } } '';
is($types[0], 'erased', 'nothing comes behind');
is(balance('racer'), 900 - $status{201}, 'and each is paid for');

activity('rush', map { POSIX::strftime('%Y-%m-%dT%H:%M', gmtime $_) }
                 $day + 86400, $day + 90000);
redis('HSET', "${P}a:rush", 'posts', "one\t5\tOne");
volunteer("r$_", station => 's1') for 1 .. 20;
my @next = map { my $v = "r$_";
                 (['signups', $v], $_ <= 10 ? ['erase', $v] : ()) } 1 .. 20;
crowd(port(), 8, sub {
    my $one = shift @next or return;
    my ($what, $v) = @$one;
    return $what eq 'erase'
           ? build('POST', "/points/volunteers/$v/erase", @ADMIN,
                   body => { reason => 'r' })
           : build('POST', "$A/rush/signups", body => {},
                   as => "volunteer:$v");
}, sub {});
is((() = signups_of('rush') =~ /:placed/g), 5, 'no place is lost');
unlike(signups_of('rush'), qr/\br(?:[1-9]|10):/, 'to those who are gone');

for my $id (qw( big more )) {
    redis('HDEL', "${P}s:past", $id);
    redis('ZREM', "${P}so:past", $id);
    redis('DEL', "${P}sv:$id");
    redis('HINCRBY', "${P}a:past", 'taken:one', -1);
}
clean('points', 'after all of it the books are in order');


# Built again from registry and ledger: from a registry of today, and from one
# of before the first erasure.

sub export_of {
    my ($what) = @_;
    my $r = get("/points/export?what=$what", @ADMIN);
    return grep { !/^\{"end"/ } split /^/, $r->{raw};
}

sub import_of {
    my ($where, @lines) = @_;
    return post("/$where/import", join('', @lines), @ADMIN, key => undef,
                type => 'application/x-ndjson')->{raw};
}

my @registry = export_of('registry');
my @ledger = export_of('ledger');
my %since = map { $_ => 1 } @registry;
my ($ann) = grep { /"volunteer":"ann"/ } @registry;
is($ann, qq({"type":"volunteer","volunteer":"ann","kind":"general",)
         . qq("erased":true}\n), 'the registry says nothing else of them');
stop_nginx();
start_nginx(conf => conf('off') =~ s/(listen)/client_max_body_size 0; $1/r);
for my $case (['copy', @registry],
              ['early', @early, grep { /^\{"type":"(?:volunteer|offer)"/
                                       && !/"volunteer":"(?:ann|old)"/ }
                                @registry])
{
    my ($where, @lines) = @$case;
    like(import_of($where, @lines), qr/"failed":0,/, "a registry for $where");
    like(import_of($where, @ledger), qr/"failed":0,/, 'and the ledger');
    for my $id (qw( ann old racer bob )) {
        is_deeply(created(get("/$where/volunteers/$id", @ADMIN)),
                  account($id), "$id is the same");
    }
    my ($here, $there) = map { redis('ZRANGE', "vol:{$_}:lb::s1", 0, -1,
                                     'WITHSCORES') } 'tianyuan', $where;
    is_deeply($there, $here, 'the board is the same');
    is_deeply(created(get("/$where/orgs/cy/stats", @ADMIN))->{volunteers},
              created(get('/points/orgs/cy/stats', @ADMIN))->{volunteers},
              'and the volunteers of an org');
}

my %hours = %{ $json->decode((grep { /"hours"/ } @ledger)[0]) };
like(import_of('copy', $json->encode({
         %hours, entry => '9000000000000-0', volunteer => 'ann' }) . "\n"),
     qr/the account was erased/, 'no more entries of hours follow');
stop_nginx();
start_nginx(conf => conf('on'));
set_clock('2027-04-20 02:20:00');
clean($_, "$_ is in order") for qw( copy early );

like(import_of('early', @early),
     qr/urn:ngx-vol:erased","status":410,"field":"leader".*"failed":1,/s,
     'of the registry of before a team alone names somebody who was erased');
for my $id (qw( ann old )) {
    is_deeply(created(get("/early/volunteers/$id", @ADMIN)), account($id),
              "and brings nothing of $id back");
}
clean('early', 'all is as it was');

done();
