#!/usr/bin/env perl

# Activities with those who signed up, shares, needs, selections and certificates
# are built again from the registry: every export and every key is as it was, but
# for what is made anew.  A line that contradicts what is there is refused.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::Lines qw( import_lines export_lines );
use VolTest::Service qw( service_rules service_district );

use JSON::PP ();

my @ADMIN = (as => 'admin:root');
my $json = JSON::PP->new->utf8->canonical;
my $P = 'vol:{tianyuan}:';
my $A = '/points/activities';

write_rules(service_rules());
write_file('key', 'k' x 40 . "\n");
start_redis({ env => frozen_clock('2024-12-01 04:00:00') });

sub conf {
    my ($duties) = @_;
    return <<"CONF";
    vol_redis          %REDIS%;
    vol_rules          %RULES%;
    vol_duties         $duties;
    vol_duty_interval  50ms;
    vol_seal           off;
    vol_certificate_key  %DIR%/key;
    client_max_body_size  0;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
    }
CONF
}

start_nginx(conf => conf('off'));
my %d = service_district();

my @WHATS = qw( registry ledger accounts projects activities signups shares
                needs selections certificates orgs );

sub exported {
    return map { my $what = $_;
        my @as = map { get("/points/export?what=$what&format=$_", @ADMIN)->{raw} }
                     qw( ndjson csv );
        ($what => \@as) } @WHATS;
}

# what people are shown, but for codes and cursors
sub shown {
    return map { $_ => get("/points/$_", @ADMIN)->{json} }
           qw( stats orgs/centre/stats orgs/street/stats orgs/gate/stats
               orgs/aside/stats activities?state=draft activities activities?state=over
               activities?state=closed activities?state=cancelled
               activities?tag=tea activities?places=true
               activities?project=river activities?org=gate
               activities?day=2026-05-01
               activities/next activities/today activities/done
               activities/next/signups activities/today/signups
               activities/done/signups activities/off/signups
               activities/done/shares needs needs?state=open needs?org=gate
               needs?resident=v4 needs?volunteer=v1 reports/selection
               reports/selection?period=2023 projects ),
           "needs/$d{late}/candidates", "needs/$d{open}/candidates";
}


# Keys as the same text for the same contents.

sub contents {
    my %c;
    for my $key (@{ redis('KEYS', "$P*") }) {
        my $name = substr $key, length $P;
        next if $name =~ /^(i:|k:|audit|duty|sweep|seals|roots)/;
        my $type = redis('TYPE', $key);
        if ($type eq 'hash') {
            my %f = @{ redis('HGETALL', $key) };
            delete @f{qw( secret seq )} if $name =~ /^a:/;
            delete $f{$_} for grep {
                $f{$_} eq '0' && ($name =~ /^(a:|g:|books$)/
                                  || $name =~ /^v:/ && /^(y|carry|late)/)
            } keys %f;
            $c{$name} = \%f if %f;
        } elsif ($type eq 'zset') {
            my @scores = $name =~ /^s[ow]:/ ? () : 'WITHSCORES';
            $c{$name} = redis('ZRANGE', $key, 0, -1, @scores);
        } elsif ($type eq 'list') {
            $c{$name} = redis('LRANGE', $key, 0, -1);
        } elsif ($type eq 'stream') {
            $c{$name} = redis('XRANGE', $key, '-', '+');
        } else {
            $c{$name} = redis('GET', $key);
        }
    }
    return \%c;
}

my @registry = export_lines('points', 'registry');
my @ledger = export_lines('points', 'ledger');
my %exported = exported();
my %shown = shown();
my $contents = contents();
my %types;
$types{ $_->{type} }++ for @registry;
is(join(' ', map { "$_:$types{$_}" } grep { /^(?!org|team|vol)/ } sort keys %types),
   'activity:7 certificate:4 need:10 project:2 publication:1 selection:6 '
   . 'share:3 signup:17 thanks:4', 'all is in the registry');


# Again, from nothing.

sub rebuild {
    redis('FLUSHALL');
    my ($registry, $ledger) = @_;
    return join ' and ', map { import_lines('points', @$_) }
                             $registry, $ledger ? $ledger : ();
}

is(rebuild(\@registry, \@ledger), @registry . ' 0 0 and ' . @ledger . ' 0 0',
   'registry and ledger are taken');

my $there = contents();
is(join(' ', grep { !$there->{$_} } sort keys %$contents), '', 'no key is missing');
is(join(' ', grep { !$contents->{$_} } sort keys %$there), '', 'none is too many');
is_deeply($there->{$_}, $contents->{$_}, "$_ is as it was")
    for grep { $there->{$_} } sort keys %$contents;
my %again = exported();
for my $what (@WHATS) {
    is($again{$what}[0], $exported{$what}[0], "the export of $what is the same");
    is($again{$what}[1], $exported{$what}[1], '... as a table, too');
}
my %seen = shown();
is_deeply($seen{$_}, $shown{$_}, "/$_ shows the same") for sort keys %shown;
is(get("/points/certificates/$_", as => undef)->{status}, 200,
   'a certificate is right') for @{ $d{certificates} };
isnt(redis('HGET', "${P}a:next", 'secret'), '', 'codes are shown again');

unchanged {
    is(import_lines('points', @ledger), '0 ' . @ledger . ' 0',
       'the ledger again is known');
    my ($result) = import_lines('points', grep {
                       $_->{type} =~ /^(signup|share|thanks|need|selection
                                       |publication|certificate)$/x }
                       @registry);
    is($result, '0 45 0', 'and so is the registry');
    import_lines('points', @registry);
} 'and nothing is done twice';


# In part, then whole.

redis('FLUSHALL');
import_lines('points', @registry[0 .. $_ * 7]) for 1 .. int(@registry / 7);
import_lines('points', @registry);
import_lines('points', @ledger[0 .. 4]);
import_lines('points', @ledger);
is_deeply(contents(), $contents, 'piece by piece it comes to the same');


# Each line in a state that it can't be in; the ledger is there, or not yet.

sub line { my ($type, %is) = @_;
    my ($found) = grep { my $l = $_;
                         $l->{type} eq $type
                         && !grep { ($l->{$_} // '') ne $is{$_} } keys %is }
                  @registry;
    return { %{ $found // die "no $type" } };
}
sub with { my ($line, %o) = @_;
    my %l = (%$line, %o);
    delete $l{$_} for grep { !defined $l{$_} } keys %l;
    return \%l;
}

my $served = line('signup', activity => 'done', volunteer => 'v5');
my $present = line('signup', activity => 'today', volunteer => 'v2');
my $placed = line('signup', activity => 'next', volunteer => 'v1');
my $waiting = line('signup', activity => 'next', state => 'waiting');
my $share = line('share', volunteer => 'v5');
my $confirmed = line('need', state => 'confirmed');
my $open = line('need', need => $d{open});
my $accepted = line('need', need => $d{accepted});
my $applied = line('selection', period => 2025, state => 'applied');
my $published = line('publication');
my $certificate = line('certificate', volunteer => 'v1');
my ($other) = grep { $_->{type} eq 'hours' && $_->{ref} ne 'done' } @ledger;

# what is there already
unchanged {
    my @otherwise = (
        with($served, minutes => 1), with($served, post => 'two'),
        with($served, state => 'placed', minutes => undef, entry => undef,
             checked_in => undef),
        with($placed, signed_up => '2026-04-06T08:59:00+08:00'),
        with($share, text => 'Another'), with($share, hidden => true),
        with($share, pictures => ['p2']),
        with($open, title => 'Another'), with($open, note => undef),
        with($open, by => 'nobody'), with($accepted, volunteer => 'v2'),
        with($applied, state => 'shortlisted'),
        with($published, published => '2024-12-02T00:00:00+08:00'),
        with($certificate, signature => '0' x 64),
        with($certificate, issued => '2026-04-06T00:00:00+08:00'),
    );
    for (@otherwise) {
        like(import_lines('points', $_), qr/^0 0 1; 422 invalid-field/,
             "another $_->{type} of that name is refused");
    }
    is(import_lines('points', with($applied, period => 2023,
                                   volunteer => 'v4')),
       '0 0 1; 409 selection-closed -', 'a published list is closed');
} 'and nothing is done';

# what is not: with the ledger, and without
my @lacking = grep { $_->{type} !~ /^(signup|share|thanks|need|selection
                                     |publication|certificate)$/x } @registry;
my @no = (
    ['a sign-up for no activity', with($placed, activity => 'none'),
     '404 not-found activity'],
    ['one of nobody', with($placed, volunteer => 'nobody'),
     '404 not-found volunteer'],
    ['for a draft', with($placed, activity => 'draft'), '409 not-open -'],
    ['for no post', with($placed, post => 'six'), '422 invalid-field post'],
    ['in no state', with($placed, state => 'gone'), '422 invalid-field state'],
    ['in the future', with($placed, signed_up => '2026-04-22T00:00:00+08:00'),
     '422 invalid-field signed_up'],
    ['placed and checked in', with($placed,
     checked_in => '2026-04-06T12:00:00+08:00'),
     '422 invalid-field checked_in'],
    ['present, not checked in', with($present, checked_in => undef),
     '422 invalid-field checked_in'],
    ['placed with minutes', with($placed, minutes => 5),
     '422 invalid-field minutes'],
    ['placed with an entry', with($placed, entry => '1-1'),
     '422 invalid-field entry'],
    ['served without minutes', with($served, minutes => undef),
     '422 invalid-field minutes'],
    ['served without an entry', with($served, entry => undef),
     '422 invalid-field entry'],
    ['served for longer than it took', with($served, minutes => 121),
     '422 invalid-field minutes'],
    ['an entry that is none', with($served, entry => 'x'),
     '422 invalid-field entry'],
    ['an entry of the future', with($served, entry => '1900000000000-0'),
     '422 invalid-field entry'],
    ['the same of a need', with($confirmed, entry => '1900000000000-0'),
     '422 invalid-field entry'],
    ['a share of nothing', with($share, activity => 'none'),
     '404 not-found activity'],
    ['of one who has not served', $share, '409 not-served -'],
    ['thanks for nothing', line('thanks'), '404 not-found volunteer'],
    ['a need that is no need', with($open, need => 'x'),
     '422 invalid-field need'],
    ['a need to come', with($open, need => '1900000000000-0'),
     '422 invalid-field need'],
    ['at no org', with($open, station => 'none', line => ['none']),
     '422 invalid-field station'],
    ['offered at no org', with($open, scope => 'none'),
     '422 invalid-field scope'],
    ['of another line', with($open, line => ['street']),
     '422 invalid-field line'],
    ['of another day', with($open, on => '2026-04-19'),
     '422 invalid-field starts'],
    ['that ends too late', with($open, until => '2026-04-26T00:00:00+08:00'),
     '422 invalid-field until'],
    ['that rises too late', with($open, rises => '2026-04-26T00:00:00+08:00'),
     '422 invalid-field rises'],
    ['open, and taken', with($open, volunteer => 'v1'),
     '422 invalid-field volunteer'],
    ['accepted by nobody', with($accepted, volunteer => undef),
     '422 invalid-field volunteer'],
    ['accepted by who is not there', with($accepted, volunteer => 'nobody'),
     '404 not-found volunteer'],
    ['confirmed without an entry', with($confirmed, entry => undef),
     '422 invalid-field entry'],
    ['accepted with an entry', with($accepted, entry => '1-1'),
     '422 invalid-field entry'],
    ['an applicant who is not there', with($applied, volunteer => 'nobody'),
     '404 not-found volunteer'],
    ['of no period', with($applied, period => 2026),
     '422 invalid-field period'],
    ['in no state', with($applied, state => 'eligible'),
     '422 invalid-field state'],
    ['published before its period', with($published,
     published => '2022-12-31T00:00:00+08:00'), '422 invalid-field published'],
    ['published in the future', with($published,
     published => '2026-12-31T00:00:00+08:00'), '422 invalid-field published'],
    ['a certificate of nobody', with($certificate, volunteer => 'nobody'),
     '422 invalid-field content'],
    ['that says nothing', with($certificate, content => 'x'),
     '422 invalid-field content'],
    ['whose hours do not add up', with($certificate,
     content => $certificate->{content} =~ s/(\d+);$/$1 + 1 . ';'/er),
     '422 invalid-field content'],
    ['whose signature is none', with($certificate, signature => 'x' x 64),
     '422 invalid-field signature'],
    ['of the future', with($certificate, issued => '2026-12-31T00:00:00+08:00'),
     '422 invalid-field issued'],
    ['a code that is none', with($certificate, code => 'ABC'),
     '404 not-found code'],
    ['a member that is none', with($placed, position => 1),
     '422 invalid-field position'],
);
for my $with (0, 1) {
    rebuild(\@lacking, $with ? \@ledger : undef);
    unchanged {
        is(import_lines('points', $_->[1]), "0 0 1; $_->[2]",
           "refused: $_->[0]") for @no;
        if ($with) {
            is(import_lines('points', with($_->[0], entry => $_->[1])),
               '0 0 1; 422 invalid-field entry', "refused: $_->[2]")
                for [$served, $other->{entry}, 'the entry of something else'],
                    [$served, '1764000000000-0', 'an entry that is not there'],
                    [$confirmed, $served->{entry}, 'of a need, too'];
            is(import_lines('points', with($served, minutes => 119)),
               '0 0 1; 422 invalid-field entry', 'refused: other minutes');
        }
    } 'and nothing is done';
}
is(import_lines('points', $served, $confirmed, $share), '3 0 0',
   'what agrees with the ledger is taken behind it');

# places are as many as there are
rebuild(\@lacking);
import_lines('points', map { with($placed, volunteer => "v$_") } 1 .. 3);
unchanged {
    is(import_lines('points', with($placed, volunteer => 'v4')),
       '0 0 1; 409 limit-reached post', 'there are no more places than places');
} 'and nothing is done';

# one that would not verify
expect_log(qr/the signature of a certificate is by none of the keys/);
rebuild(\@lacking);
is(import_lines('points', with($certificate, signature => 'a' x 64)), '1 0 0',
   'a forged certificate is a line like any');
is_problem(get("/points/certificates/$certificate->{code}", as => undef), 404,
           'not-found', 'but whoever checks it is told');

# keys that hold something else
expect_log(qr/CORRUPT vol:\{tianyuan\}:/, qr/WRONGTYPE/);
for (['a:next', $placed], ['s:next', $placed], ['so:next', $placed],
     ['sv:v1', $placed], ['sw:next:one', $waiting], ['n:' . $d{open}, $open],
     ['needs:last', $open], ['nl:open:', $open], ['ns:centre:tea', $open],
     ['nr:r1', $open], ['nw:v1', $accepted], ['sl:2025', $applied],
     ['selections', $published], ['ct:' . $certificate->{code} =~ s/-//gr, $certificate],
     ['cl:v1', $certificate], ['ac:gate', $served])
{
    my ($name, $line) = @$_;
    rebuild(\@lacking);
    redis('DEL', "$P$name");
    $name eq 'needs:last' ? redis('RPUSH', "$P$name", 'x')
                          : redis('SET', "$P$name", 'x');
    unchanged {
        like(import_lines('points', $line), qr/^0 0 1; 500 /,
             "$name that is broken refuses a $line->{type}");
    } 'before anything is done';
}


# The rebuilt is a district like any other.

rebuild(\@registry, \@ledger);
stop_nginx();
start_nginx(conf => conf('on'));
my $audit = post('/points/audit', {}, @ADMIN);
wait_for(sub { $audit = get('/points/audit', @ADMIN)->{json};
               $audit->{state} eq 'done' });
is("$audit->{verdict} $audit->{mismatches}", 'clean 0', 'it is in order')
    or diag($json->encode($audit->{found}));
created(post("$A/today/confirm", { volunteer => 'v2', minutes => 60 }, @ADMIN));
created(post("$A/today/close", undef, @ADMIN));
created(post("/points/needs/$d{accepted}/done", {}, as => 'volunteer:v1'));
created(post('/points/needs', { title => 'x', station => 'gate',
                                on => '2026-04-22', minutes => 5 }, @ADMIN));
created(post("$A/next/withdraw", { volunteer => 'v1' }, @ADMIN));
is(get("$A/next/signups", @ADMIN)->{json}{signups}[2]{state}, 'placed',
   'who waited moves up');

done();
