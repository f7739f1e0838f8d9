#!/usr/bin/env perl

# Who was erased is erased in a copy, too: by the ledger that has the entry, or
# by the registry alone, whichever of the two is the older one, and in whatever
# order they come.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use JSON::PP ();

my $json = JSON::PP->new->utf8->canonical;
my @ADMIN = (as => 'admin:root');
my @COPIES = qw( newer older both torn before alone undone served apart during
                again awake );

write_rules({ cases => { grant => { title => 'Grant', min => 1,
                                    max => 10000 } } });
write_file('key', 'k' x 40);
start_redis({ env => frozen_clock('2026-04-10 23:30:00') });

sub conf {
    my ($duties) = @_;
    my $copies = join '', map { "location /$_/ { vol $_; }\n" } @COPIES;
    return <<"CONF";
    vol_redis            %REDIS%;
    vol_rules            %RULES%;
    vol_duties           $duties;
    vol_duty_interval    50ms;
    vol_seal             off;
    vol_certificate_key  %DIR%/key;
    client_max_body_size 0;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
        $copies
    }
CONF
}

start_nginx(conf => conf('off'));

my $A = '/points/activities';

sub v { created(post("/points/volunteers/$_[0]/$_[1]", $_[2], @ADMIN)) }

sub activity {
    my ($id, $day, $places) = @_;
    created(put("$A/$id", {
        title => "Day $id", place => 'The bank', org => 's1',
        starts => "2026-04-${day}T08:00:00+08:00",
        ends => "2026-04-${day}T10:00:00+08:00",
        posts => [{ id => 'one', title => 'One', places => $places }],
    }, @ADMIN));
    created(post("$A/$id/publish", undef, @ADMIN));
}

sub on_activity {
    my ($id, $what, @who) = @_;
    created(post("$A/$id/$what", { volunteer => $_ }, @ADMIN)) for @who;
}

sub need {
    my ($resident, $title) = @_;
    return created(post('/points/needs',
        { title => $title, station => 's1', on => '2026-04-11', minutes => 60,
          note => "At the door of $resident" },
        as => "volunteer:$resident"))->{id};
}

sub on_need {
    my ($need, $who, @what) = @_;
    created(post("/points/needs/$need/$_", {}, as => "volunteer:$who"))
        for @what;
}

# the lines of an export, without its end
sub export_of {
    my ($where, $what) = @_;
    return grep { !/^\{"end"/ }
           split /^/, get("/$where/export?what=$what", @ADMIN)->{raw};
}

sub import_of {
    my ($where, @lines) = @_;
    return post("/$where/import", join('', @lines), @ADMIN, key => undef,
                type => 'application/x-ndjson')->{raw};
}

sub imported {
    my ($name, $where, @lines) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $raw = import_of($where, @lines);
    like($raw, qr/"failed":0,"complete":true/, $name) or diag($raw);
}

sub lines_of { my ($like, @lines) = @_; return grep { /$like/ } @lines }
sub lines_but { my ($like, @lines) = @_; return grep { !/$like/ } @lines }

sub waits { redis('HLEN', "vol:{$_[0]}:erasing") }

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

# the keys of a district that hold a text
sub holds {
    my ($where, $what) = @_;
    my $prefix = "vol:{$where}:";
    my @keys;
    for my $key (sort @{ redis('KEYS', "$prefix*") }) {
        my $type = redis('TYPE', $key);
        next if $key =~ /:(i:|k:|ledger$|audit)/;
        my $text = join "\n", $key,
            $type eq 'string' ? redis('GET', $key)
            : $type eq 'hash' ? @{ redis('HGETALL', $key) }
            : $type eq 'list' ? @{ redis('LRANGE', $key, 0, -1) }
            : @{ redis('ZRANGE', $key, 0, -1) };
        push @keys, substr $key, length $prefix if $text =~ /$what/;
    }
    return join ' ', @keys;
}

sub closed {
    my ($where, @ids) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_problem(get("/$where/me", as => "volunteer:$_"), 410, 'erased',
               "$_ is closed in $where") for @ids;
}


# A person with two accounts, and others; two who were one by mistake.

created(put("/points/orgs/$_->[0]", { title => $_->[0],
                                      $_->[1] ? (parent => $_->[1]) : () },
            @ADMIN))
    for ['cy'], ['s1', 'cy'];
merchant('tea');
offer('green', price => 10, stock => 90);
volunteer($_, kind => 'cadre', station => 's1', teams => ['band'],
          tags => ['english'], free => ['sat'], listed => false)
    for qw( ann old );
volunteer($_, station => 's1', tags => ['english'])
    for qw( bob cat ned tom );
created(put('/points/teams/band', { title => 'Band', kind => 'social',
                                    org => 's1', leader => 'old' }, @ADMIN));
grant($_, 1600) for qw( ann old bob ned tom );
redeem('green', 'ann');

activity('past', 11, 9);
on_activity('past', $_, qw( ann old bob ned tom )) for qw( signups checkin );
set_clock('2026-04-11 02:00:00');
on_activity('past', 'checkout', qw( ann old bob ned tom ));
for my $who (qw( ann old bob ned tom )) {
    created(post("$A/past/shares", { text => "$who was there" },
                 as => "volunteer:$who"));
}
created(post("$A/past/shares/$_->[0]/thanks", undef, as => "volunteer:$_->[1]"))
    for ['ann', 'bob'], ['bob', 'ann'], ['bob', 'old'], ['old', 'cat'],
        ['bob', 'tom'];
activity('full', 18, 2);
on_activity('full', 'signups', qw( ann old bob cat tom ));
my %need = (open => need('ann', 'Wants a doctor'),
            old => need('old', 'Other things'),
            theirs => need('bob', 'A letter'),
            served => need('bob', 'A window'),
            tom => need('tom', 'A ladder'));
on_need($need{theirs}, 'ann', 'accept');
on_need($need{served}, 'ann', 'accept', 'done');
created(put('/points/teams/choir', { title => 'Choir', kind => 'social',
                                     leader => 'cat' }, @ADMIN));
$need{cat} = need('cat', 'A chair');
$need{walk} = need('bob', 'A walk');
on_need($need{walk}, 'cat', 'accept');
my @registry_first = export_of('points', 'registry');
on_need($need{served}, 'bob', 'confirm');
created(post('/points/selection/apply', undef, as => "volunteer:$_",
             key => undef)) for qw( ann old bob tom );
created(get("/points/volunteers/$_/certificate", @ADMIN))
    for qw( ann old bob tom );

my $mistake = v('ned', 'merge', { into => 'tom', reason => 'one' })->{entry};
created(post("/points/ledger/$mistake/reverse", { reason => 'two' }, @ADMIN));
my @ledger_unmerged = export_of('points', 'ledger');
v('old', 'merge', { into => 'ann', reason => 'one person' });

my @registry_before = export_of('points', 'registry');
my @ledger_before = export_of('points', 'ledger');
v($_, 'erase', { reason => 'request 17' }) for qw( ann ned );
is(waits('tianyuan'), 0, 'two are erased');
my @registry = export_of('points', 'registry');
my @ledger = export_of('points', 'ledger');
my @accounts = export_of('points', 'accounts');

is(join('', lines_of(qr/"volunteer".*"volunteer":"(?:ann|old|ned)"/,
                     @registry)),
   join('', map { qq({"type":"volunteer","volunteer":"$_",)
                  . qq("kind":"general","erased":true}\n) } qw( ann old ned )),
   'the registry says of all their ids that they were erased');
unlike(join('', lines_but(qr/"volunteer":"(?:ann|old|ned)"/, @registry)),
       qr/erased/, 'and of nobody else');
is_problem(put('/points/volunteers/bob', { kind => 'general',
                                           erased => true }, @ADMIN),
           422, 'invalid-field', 'a PUT erases nobody', 'erased');
like(import_of('points', qq({"type":"volunteer","volunteer":"bob",)
                         . qq("kind":"general","erased":2}\n)),
     qr/invalid-field.*"field":"erased".*"failed":1/s,
     'an import takes true and false');
imported('and false is nothing', 'points',
      map { s/\}\n/,"erased":false}\n/r }
      lines_of(qr/"volunteer":"bob","kind"/, @registry));
is(get('/points/me', as => 'volunteer:bob')->{status}, 200, 'to anybody');


# An erasure that goes on in the background: an export is without them already.

redis('HSET', 'vol:{tianyuan}:v:cat', 'erased', 1);
my @during = export_of('points', 'registry');
is(join('', lines_of(qr/"cat"/,
                     lines_of(qr/"type":"(?:team|need)"/, @during))), '',
   'who is erased leads no team and has no need');
is((() = lines_of(qr/"type":"need"/, @during)),
   (() = lines_of(qr/"type":"need"/, @registry)), 'but all of them are there');
redis('HDEL', 'vol:{tianyuan}:v:cat', 'erased');


# Registry and ledger in all their ages.

my @gone = qw( ann old ned );

# erased between the two, the registry is the newer
imported('a registry', 'newer', @registry);
closed('newer', @gone);
imported('and a ledger of before', 'newer', @ledger_before);
closed('newer', @gone);

# or the ledger is
imported('a registry of before', 'older', @registry_before);
imported('and a ledger', 'older', @ledger);
closed('older', @gone);

# before it all, and after it
imported('a registry of before', 'both', @registry_before);
imported('a ledger of before', 'both', @ledger_before);
is(get('/both/me', as => 'volunteer:ann')->{status}, 200,
   'as it was before the erasure');
imported('the registry of now', 'both',
      lines_of(qr/"type":"volunteer"/, @registry));
closed('both', @gone);
imported('and of before again', 'both',
      lines_but(qr/"type":"(?:team|offer)"/, @registry_before));
closed('both', @gone);

# the page of one id was read before, that of the other after
my @torn = map { /"volunteer":"old"/
                 ? lines_of(qr/"type":"volunteer","volunteer":"old"/,
                            @registry_before) : $_ }
           lines_of(qr/"type":"volunteer"/, @registry);
imported('a registry that changed meanwhile', 'torn', @torn,
      lines_but(qr/"type":"volunteer"/, @registry));
imported('and the ledger', 'torn', @ledger_before);
closed('torn', @gone);

# the ledger does not reach to the merge
imported('a registry', 'before', @registry);
imported('and a ledger of before the merge', 'before', @ledger_unmerged);
closed('before', @gone);

# whoever they were merged into is not erased
for my $where (qw( alone undone )) {
    imported('a registry that tells of one id alone', $where,
          map { /"volunteer":"ann"/ && /"type":"volunteer"/
                ? s/,"erased":true//r : $_ } @registry);
    imported('and the ledger', $where, @ledger_before);
    closed($where, 'old');
    is(get("/$where/me", as => 'volunteer:ann')->{status}, 200, 'ann is not');
}

# the export came before the erasure had come by all
imported('a registry while it goes on', 'during', @during);
closed('during', 'cat');
is(get("/during/needs/$need{walk}", @ADMIN)->{json}{state}, 'open',
   'what they took is open again');
is_deeply([@{ get("/during/needs/$need{cat}",
                  @ADMIN)->{json} }{qw( state title )}],
          ['withdrawn', '-'], 'what they asked for is not');
imported('and the ledger', 'during', @ledger);
closed('during', @gone, 'cat');

# hours that came behind an older registry
imported('a registry of before the hours', 'served',
      (map { s/,"leader":"old"//r } @registry_first),
      lines_of(qr/"type":"volunteer"/, @registry));
imported('and the ledger', 'served', @ledger_before);
closed('served', @gone);

# the merge that was a mistake, while one of the two waits for the erasure
imported('a registry of before', 'apart', @registry_before);
imported('and of after', 'apart', lines_of(qr/"type":"volunteer"/, @registry));
imported('the ledger', 'apart', @ledger_before);
closed('apart', @gone);


# The sweep does the rest.

stop_nginx();
start_nginx(conf => conf('on'));
set_clock('2026-04-11 02:05:00');
for my $where (grep { !/^a(?:gain|wake)$/ } @COPIES) {
    ok(wait_for(sub { !waits($where) }), "nothing waits in $where");
    closed($where, $where =~ /^(?:alone|undone)$/ ? 'old' : @gone);
    is(get("/$where/me", as => 'volunteer:tom')->{status}, 200,
       'and who is not erased is there');
}
my %left = map { $_ => join ' ', grep { !/^(?:d|e|p|sv):/ }
                                 split ' ', holds('tianyuan', qr/\b$_\b/) }
               @gone;
for my $where (grep { !/^(?:again|awake|alone|undone)$/ } @COPIES) {
    for my $id (@gone) {
        my $left = join ' ', grep { !/^(?:d|e|p|sv):/ }
                             split ' ', holds($where, qr/\b$id\b/);
        my $may = $where ne 'before' ? $left{$id}
                  : join ' ', grep { !/^v:(?!$id)/ } split ' ', $left{$id};
        is($left, $may,
           "$where holds no more of $id than it has to");
    }
    is(holds($where, qr/doctor|Other things|(?:ann|old|ned) was there/), '',
       'and no word of theirs');
    clean($where, "the books of $where are in order");
}
like(holds('apart', qr/\btom\b/), qr/\bsh:past\b.*\bsl:2025\b.*\bsy:tom\b/,
     'and all of who was one with them by mistake');

is(join('', export_of('newer', 'registry')), join('', @registry),
   'a registry is given back as it came');
is(join('', export_of('newer', 'ledger')), join('', @ledger_before),
   'so is a ledger');
for my $where (qw( newer older both torn apart )) {
    is(join('', export_of($where, 'accounts')), join('', @accounts),
       "accounts of $where are those of the original");
}
is(join('', export_of('older', 'registry')), join('', @registry),
   'a registry of before has become that of after');
is(join('', export_of('older', 'ledger')), join('', @ledger),
   'with its ledger');


# The same again changes nothing, and the rest may follow.

sub keys_of {
    my ($where) = @_;
    return { map { $_ => redis('DUMP', $_) }
             grep { !/:(audit|duty|sweep)/ }
             @{ redis('KEYS', "vol:{$where}:*") } };
}

my $keys = keys_of('newer');
imported('the same registry again', 'newer',
         lines_but(qr/"type":"offer"/, @registry));
imported('and the same ledger', 'newer', @ledger_before);
is_deeply(keys_of('newer'), $keys, 'and nothing has changed');
like(import_of('newer', lines_but(qr/"type":"offer"/, @registry_before)),
     qr/urn:ngx-vol:erased","status":410,"field":"leader"/,
     'of an older registry a team alone names who was erased');
is(join('', lines_of(qr/"volunteer":"(?:ann|old|ned)"/,
                     export_of('newer', 'registry'))),
   join('', lines_of(qr/"volunteer":"(?:ann|old|ned)"/, @registry)),
   'and it brings nothing of them back');
is(put('/newer/volunteers/ann', { kind => 'general' }, @ADMIN)->{status}, 410,
   'nobody registers them again');
is(get('/newer/volunteers/old', @ADMIN)->{json}{erased}, true,
   'staff see that they were erased');

stop_nginx();
start_nginx(conf => conf('off'));
for my $where (qw( newer both torn served apart )) {
    imported('the rest of the ledger', $where, @ledger);
    is(join('', export_of($where, 'ledger')), join('', @ledger),
       "makes that of $where whole");
}
my $hours = $json->decode((lines_of(qr/"hours"/, @ledger))[0]);
like(import_of('newer', $json->encode({
         %$hours, entry => '9000000000000-0', volunteer => 'ann' }) . "\n"),
     qr/the account was erased/, 'behind which nothing is earned');


# Asked for once more, it has an entry.

is(post('/before/volunteers/ann/erase', { reason => 'again' },
        @ADMIN)->{status}, 200, 'who was told to be erased is erased');
is((map { $_->{type} . ' ' . ($_->{note} // '') }
    @{ get('/before/volunteers/ann/ledger', @ADMIN)->{json}{entries} })[0],
   'erased again', 'and the ledger tells');
post('/before/volunteers/ann/erase', { reason => 'more' }, @ADMIN);
unlike(get('/before/volunteers/ann/ledger', @ADMIN)->{raw}, qr/more/,
       'but once');


# What no import can put right is named.

stop_nginx();
start_nginx(conf => conf('on'));
set_clock('2026-04-11 02:10:00');
wait_for(sub { !waits($_) }) for @COPIES;
clean($_, "$_ is in order still")
    for qw( newer both torn served apart before );

sub found_in {
    my ($where) = @_;
    return join "\n", map { my $f = $_; join ' ', map { $f->{$_} // '' }
                            qw( what id field expected found detail ) }
           @{ audit_of($where)->{found} };
}

is(found_in('alone'), 'account old erased 0 2 was merged into an account that '
   . 'is not', 'one whose account goes on under another id');
created(post('/alone/volunteers/ann/erase', { reason => 'both' }, @ADMIN));
wait_for(sub { !waits('alone') });
closed('alone', 'ann', 'old');
clean('alone', 'until that is erased too');
like(found_in('undone'), qr/was merged into an account that is not/,
     'the same again');
my ($merge) = grep { $_->{type} eq 'merge' }
              @{ get('/undone/volunteers/ann/ledger', @ADMIN)->{json}{entries} };
created(post("/undone/ledger/$merge->{entry}/reverse", { reason => 'two' },
             @ADMIN));
closed('undone', 'old');
is(get('/undone/me', as => 'volunteer:ann')->{status}, 200, 'ann is not');
clean('undone', 'or until the merge is undone');

redis('HSET', 'vol:{newer}:v:ann', 'erased', 2);
is(found_in('newer'), 'account ann erased 1 2 ',
   'one who is erased by the registry though the ledger has the entry');
redis('HSET', 'vol:{newer}:v:ann', 'erased', 1);
redis('HSET', 'vol:{before}:v:old', 'tags', 'english');
like(found_in('before'),
     qr/^account old tags  english is there though the account was erased$/m,
     'and what is left of one');
redis('HDEL', 'vol:{before}:v:old', 'tags');
redis('HSET', 'vol:{before}:v:old', 'erased', 3);
expect_log(qr/CORRUPT \S+:v:old erased/);
is(get('/before/volunteers/old', @ADMIN)->{status}, 500,
   'what no script wrote is corrupt');
redis('HSET', 'vol:{before}:v:old', 'erased', 2);


# What takes long is done in steps, and the account is closed at once.

my $day = 20;
my @much = map { (
    qq({"type":"activity","activity":"m$_","title":"Day","org":"s1",)
    . qq("place":"The bank","starts":"2026-04-${day}T08:00:00+08:00",)
    . qq("ends":"2026-04-${day}T10:00:00+08:00","state":"open",)
    . qq("posts":[{"id":"one","title":"One","places":1}]}\n),
    map { my $n = $_; qq({"type":"signup","activity":"m$n","volunteer":)
                      . qq("ann","post":"one","state":"placed","signed_up":)
                      . qq("2026-04-11T08:00:00+08:00"}\n) } $_) } 1 .. 250;
imported('a registry of before', 'again', @registry_before, @much);
imported('and a ledger', 'again', @ledger_before);
my ($ann) = lines_of(qr/"type":"volunteer","volunteer":"ann"/, @registry);
imported('then one line', 'again', $ann);
closed('again', 'ann', 'old');
set_clock('2026-04-11 02:20:00');
ok(wait_for(sub { !waits('again') }), 'comes to its end');
is(redis('ZCARD', 'vol:{again}:sv:ann'), 1, 'when they have but served');
imported('the line again', 'again', $ann);
is(waits('again'), 0, 'begins nothing');
clean('again', 'and all is in order');


# The sweep may come between the two, and write nothing.

imported('a registry', 'awake', @torn,
         lines_but(qr/"type":"volunteer"/, @registry));
ok(wait_for(sub { !waits('awake') }), 'is swept');
imported('then comes the ledger', 'awake', @ledger_before);
set_clock('2026-04-11 02:30:00');
ok(wait_for(sub { !waits('awake') }), 'and is swept');
closed('awake', @gone);
is(join('', export_of('awake', 'registry')), join('', @registry),
   'nothing is left of them');
clean('awake', 'and all is in order');

done();
