#!/usr/bin/env perl

# A district is built again from a registry and a ledger of different times:
# nobody is given the same hours twice, whichever of the two is older.

use strict;
use warnings;
use feature 'state';
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::Lines qw( import_lines export_lines );
use VolTest::Service qw( service_rules );

use JSON::PP ();

my @ADMIN = (as => 'admin:root');
my $json = JSON::PP->new->utf8->canonical;
my $P = 'vol:{tianyuan}:';
my $A = '/points/activities';

write_rules(service_rules());
write_file('key', 'k' x 40 . "\n");
start_redis({ env => frozen_clock('2026-04-06 01:00:00') });

sub conf {
    my ($duties) = @_;
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
    }
CONF
}

start_nginx(conf => conf('off'));

sub step {
    my ($id, $what, $body) = @_;
    return created(post("$A/$id/$what", $body, @ADMIN));
}

sub confirm {
    my ($id, $who, $minutes) = @_;
    return post("$A/$id/confirm", { volunteer => $who,
                                    minutes => $minutes // 60 }, @ADMIN);
}

sub hours {
    my ($who, %o) = @_;
    return created(post("/points/volunteers/$who/hours",
                        { minutes => 30, on => '2026-04-06', %o }, @ADMIN));
}

sub reverse_entry {
    my ($entry) = @_;
    return created(post("/points/ledger/$entry/reverse", { reason => 'r' },
                        @ADMIN));
}

sub need {
    return created(post('/points/needs',
                        { title => 'A lamp', station => 'gate', minutes => 60,
                          on => '2026-04-06', resident => 'r' }, @ADMIN))->{id};
}

sub act {
    my ($need, $what, $as) = @_;
    return post("/points/needs/$need/$what", {}, $as ? (as => $as) : @ADMIN);
}

sub served {
    my ($id, $who) = @_;
    my ($s) = grep { $_->{volunteer} eq $who }
                   @{ get("$A/$id/signups", @ADMIN)->{json}{signups} };
    return join ' ', map { $_ // '-' } @{ $s || {} }{qw( state minutes entry )};
}

sub rebuild {
    my @parts = @_;
    redis('FLUSHALL');
    return join ' and ', map { import_lines('points', @$_) } @parts;
}

sub audit_is {
    my ($name) = @_;
    state $minute = 20;
    set_clock('2026-04-06 03:' . $minute++ . ':00');
    stop_nginx();
    start_nginx(conf => conf('on'));
    my $r = post('/points/audit', {}, @ADMIN);
    wait_for(sub { $r = get('/points/audit?limit=100', @ADMIN)->{json};
                   $r->{state} eq 'done' });
    is("$r->{verdict} $r->{mismatches}", 'clean 0', $name)
        or diag($json->encode($r->{found}));
    stop_nginx();
    start_nginx(conf => conf('off'));
}


# The registry comes first, then hours.

created(put('/points/orgs/gate', { title => 'Gate' }, @ADMIN));
volunteer($_, station => 'gate', tags => ['tea'])
    for qw( a b c d e f g h i old new );
for (['x', '10:00', '11:00'], ['y', '09:10', '09:50']) {
    my ($id, $starts, $ends) = @$_;
    created(put("$A/$id",
        { title => $id, place => 'gate', org => 'gate', beneficiaries => 7,
          starts => "2026-04-06T$starts:00+08:00",
          ends => "2026-04-06T$ends:00+08:00",
          posts => [{ id => 'one', title => 'One', places => 20 }] }, @ADMIN));
    step($id, 'publish');
}
step('x', 'signups', { volunteer => $_ }) for qw( a b c d e f g h i old );
step('y', 'signups', { volunteer => $_ }) for qw( a b );
my %need = map { $_ => need() } qw( open accepted done moved ended left );
act($need{$_}, 'accept', 'volunteer:b') for qw( accepted done moved );
set_clock('2026-04-06 01:50:00');
step('x', 'checkin', { volunteer => 'b' });
set_clock('2026-04-06 03:10:00');
my $first = created(confirm('x', 'h'))->{entry};
act($need{done}, 'done', 'volunteer:b');
my $gone = created(confirm('x', 'i'))->{entry};
step('y', 'close');

my @registry = export_lines('points', 'registry');

my %e;
$e{a} = created(confirm('x', 'a'))->{entry};
step('x', 'checkout', { volunteer => 'b' });
($e{b}) = map { $_->{entry} } grep { $_->{type} eq 'hours' } VolTest::entries('b');
$e{c} = created(confirm('x', 'c', 50))->{entry};
reverse_entry($e{c});
$e{d1} = created(confirm('x', 'd', 50))->{entry};
reverse_entry($e{d1});
$e{d} = created(confirm('x', 'd', 40))->{entry};
hours('e', activity => 'x', note => 'at the gate');
hours('f', activity => 'x');
hours('g', activity => 'x', on => '2026-04-05');
reverse_entry($first);
$e{h} = created(confirm('x', 'h', 20))->{entry};
reverse_entry($gone);
created(post('/points/volunteers/old/merge',
             { into => 'new', reason => 'r' }, @ADMIN));
$e{old} = created(confirm('x', 'old', 30))->{entry};
$e{ya} = created(confirm('y', 'a', 30))->{entry};
created(act($need{$_}, 'accept', 'volunteer:c')) for qw( open );
created(act($need{moved}, 'release', 'volunteer:b'));
created(act($need{moved}, 'accept', 'volunteer:c'));
created(act($need{$_}, 'done', 'volunteer:c')) for qw( open moved );
created(act($need{accepted}, 'done', 'volunteer:b'));
created(act($need{$_}, 'confirm')) for qw( open accepted done moved );

my @ledger = export_lines('points', 'ledger');
my %balance = map { $_ => account($_)->{balance} } qw( a b c d e f g h i new );
my @told = (x => [qw( a b c d e h i old )], y => [qw( a b )]);
my %state = map { ("x $_" => served('x', $_)) } qw( a b c d e g h i old );
my %needs = map { $_ => get("/points/needs/$need{$_}", @ADMIN)->{json} }
                keys %need;
my $x = get("$A/x", @ADMIN)->{json};
my $stats = get('/points/orgs/gate/stats', @ADMIN)->{json};

sub same {
    my ($when) = @_;
    is(served('x', $_), $state{"x $_"}, "$when, $_ has served as before")
        for qw( a b c d e g h i old );
    is_deeply(get("/points/needs/$need{$_}", @ADMIN)->{json}, $needs{$_},
              "... the need $_ is as it was") for sort keys %need;
    is_deeply(get('/points/orgs/gate/stats', @ADMIN)->{json}, $stats,
              '... and the org has the same figures');
}

is(rebuild(\@registry, \@ledger), @registry . ' 0 0 and ' . @ledger . ' 0 0',
   'an older registry and a newer ledger are taken');
same('from an older registry');
my ($fs) = grep { $_->{ref} eq 'x' && $_->{volunteer} eq 'f' } @ledger;
is(served('x', 'f'), "served 30 $fs->{entry}",
   'hours without a note on the day of an activity are taken for its own');
is(get("$A/x", @ADMIN)->{json}{served}, $x->{served} + 1,
   'the activity counts them');
unchanged {
    is_problem(confirm('x', $_), 409, 'already-served',
               "$_ is not confirmed twice") for qw( a b d f h old );
    is_problem(confirm('y', 'a'), 409, 'already-served',
               '... nor behind the close');
    is_problem(act($need{$_}, 'confirm'), 409, 'need-confirmed',
               "the need $_ is not confirmed twice")
        for qw( open accepted done moved );
    is(import_lines('points', @ledger), '0 ' . @ledger . ' 0',
       'the ledger again is known');
    is(import_lines('points', grep { $_->{type} =~ /^(signup|need)$/ }
                                   @registry) =~ s/^0 \d+ //r, '0',
       'and so is the older registry');
} 'and nothing is done twice';
is(account($_)->{balance}, $balance{$_}, "$_ has the same points")
    for sort keys %balance;
audit_is('the books are right');
created(confirm('x', $_)) for qw( c i );
created(confirm('x', 'e'));
created(confirm('x', 'g'));
audit_is('and stay right when the others are confirmed');

my @again = export_lines('points', 'registry');
my @ledger_again = export_lines('points', 'ledger');
is(rebuild(\@again, \@ledger_again),
   @again . ' 0 0 and ' . @ledger_again . ' 0 0', 'that can be built again');
audit_is('with right books');

rebuild(\@registry);
import_lines('points', @ledger[0 .. $_]) for 5, 11, $#ledger;
same('piece by piece');


# What can't be of this registry is none of its hours.

rebuild(\@registry);
expect_log(qr/CORRUPT vol:\{tianyuan\}:/, qr/WRONGTYPE/);
my ($line, @before) = reverse map { $ledger[$_] } 0 .. 2;
import_lines('points', reverse @before);
for my $key ('s:x', 'a:x') {
    my $kept = redis('DUMP', "$P$key");
    redis('RENAME', "$P$key", 'kept');
    redis('SET', "$P$key", 'x');
    unchanged {
        like(import_lines('points', $line), qr/^0 0 1; 500 /,
             "$key that is broken refuses an entry of hours");
    } 'before anything is done';
    redis('DEL', "$P$key");
    redis('RENAME', 'kept', "$P$key");
}
is(import_lines('points', $line), '1 0 0', 'once mended it is taken');

done();
