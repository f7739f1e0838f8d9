#!/usr/bin/env perl

# A day of a district: two hundred crossings call for a thousand volunteers, who
# sign up, check in with the code that each crossing shows, check out, and have
# their points at once; one buys a massage with ten of them.  What the day's
# figures say is what the ledger's entries sum up to.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use JSON::PP ();

use constant { CROSSINGS => 200, VOLUNTEERS => 1000, STREETS => 8,
               CLIENTS => 32 };

write_rules();
start_redis({ env => frozen_clock('2026-04-07 10:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties off;
    client_max_body_size  0;

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
            %IDENTITY%
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $json = JSON::PP->new->utf8->canonical;
my $PER = VOLUNTEERS / CROSSINGS;

sub street { 's' . ($_[0] % STREETS) }
sub organizer { 'organizer:li:' . street($_[0]) }
sub crossing { "crossing-$_[0]-20260408" }
sub at_crossing { int($_[0] / $PER) }

# Every request of a list, of many clients at once; how often each status came.
sub everybody {
    my (@requests) = @_;

    my (%statuses, @answers);
    my $next = 0;
    my %at;
    crowd(port(), CLIENTS,
          sub {
              return if $next == @requests;
              $at{ $_[0] } = $next;
              return $requests[$next++];
          },
          sub {
              my ($client, $r) = @_;
              $statuses{ $r->{status} }++;
              $answers[$at{$client}] = $r->{json};
          });
    return (\%statuses, @answers);
}

# A step of every volunteer at their crossing.
sub step {
    my ($step, $body, %o) = @_;
    return everybody(map {
        my $c = at_crossing($_);
        build('POST', "/points/activities/" . crossing($c) . "/$step",
              as => "volunteer:v$_", body => $body->($c), key => fresh_key(),
              %o)
    } 0 .. VOLUNTEERS - 1);
}

sub codes {
    return map { created(get('/points/activities/' . crossing($_) . '/code',
                             as => organizer($_)))->{code} }
           0 .. CROSSINGS - 1;
}


# The district: its streets, its people, who have nine points each, a merchant.

created(put('/points/orgs/tianyuan', { title => 'Tianyuan' }, @ADMIN));
created(put("/points/orgs/s$_", { title => "Street $_", parent => 'tianyuan' },
            @ADMIN)) for 0 .. STREETS - 1;
my $lines = join '', map { $json->encode($_) . "\n" } map {
    ({ type => 'volunteer', volunteer => "v$_", kind => 'general',
       station => street(at_crossing($_)) },
     { type => 'opening', volunteer => "v$_", key => "o$_", earned => 9,
       balance => 9 })
} 0 .. VOLUNTEERS - 1;
like(post('/points/import', $lines, @ADMIN, key => undef,
          type => 'application/x-ndjson')->{raw},
     qr/"done":2000,"replayed":0,"failed":0,"complete":true/,
     'a thousand volunteers with nine points each');
created(put('/points/merchants/health', { title => 'Health' }, @ADMIN));
created(put('/points/offers/massage',
            { merchant => 'health', title => 'A massage', price => 10,
              stock => 5 }, @ADMIN));


# The evening before: the crossings of each morning are published, and filled.

created(put('/points/projects/crossings',
            { title => 'Crossings', class => 'helping' }, @ADMIN));
for my $c (0 .. CROSSINGS - 1) {
    my $path = "/points/activities/crossing-$c";
    my @as = (as => organizer($c));
    created(put($path, {
        title => "Crossing $c", project => 'crossings',
        place => "At crossing $c", starts => '2026-04-07T07:00:00+08:00',
        ends => '2026-04-07T08:30:00+08:00', beneficiaries => 100,
        posts => [{ id => 'flag', title => 'Flag', places => $PER }],
    }, @as));
    created(post("$path/repeat", { every => 'day', until => '2026-04-08' },
                 @as));
    created(post('/points/activities/' . crossing($c) . '/publish', undef,
                 @as));
}
my ($statuses) = step('signups', sub { { post => 'flag' } });
is_deeply($statuses, { 201 => VOLUNTEERS }, 'all sign up');
my $list = created(get('/points/activities?project=crossings&day=2026-04-08'
                       . '&places=true&limit=100', @ADMIN));
is(@{ $list->{activities} }, 0, 'and no place is left at any crossing');
is(post('/points/activities/' . crossing(0) . '/signups', { post => 'flag' },
        as => 'volunteer:v999')->{json}{type}, 'urn:ngx-vol:overlapping',
   'nobody stands at two of them');


# The morning, 07:00 at the district.

set_clock('2026-04-07 22:59:40');
my @codes = codes();
($statuses) = step('checkin', sub { { code => $codes[ $_[0] ] } });
is_deeply($statuses, { 200 => VOLUNTEERS }, 'all check in with the code shown');
set_clock('2026-04-07 23:30:00');
is(post('/points/activities/' . crossing(0) . '/checkout',
        { code => $codes[0] }, as => 'volunteer:v0')->{json}{field}, 'code',
   'a picture of the code is worth nothing half an hour later');

set_clock('2026-04-08 00:30:00');
@codes = codes();
($statuses, my @answers) = step('checkout', sub { { code => $codes[ $_[0] ] } });
is_deeply($statuses, { 201 => VOLUNTEERS }, 'all check out');
my %told;
$told{ join ' ', @$_{qw( minutes points )}, $_->{account}{balance} }++
    for @answers;
is_deeply(\%told, { '90 1 10' => VOLUNTEERS },
          'and have their points at once');

($statuses, @answers) = everybody(map {
    build('POST', '/points/offers/massage/redemptions', as => "volunteer:v$_",
          body => {}, key => fresh_key())
} 0 .. 19);
is_deeply($statuses, { 201 => 5, 409 => 15 },
          'of twenty who want one of five massages five have one');
my ($lucky) = grep { $_->{code} } @answers;
is($lucky->{balance}, 0, 'for their ten points');

created(post('/points/activities/' . crossing($_) . '/close', undef,
             as => organizer($_))) for 0 .. CROSSINGS - 1;


# The figures of the day, and what the ledger says.

my %sum;
for (split /\n/, get('/points/export?what=ledger', @ADMIN)->{raw}) {
    my $e = $json->decode($_);
    next if $e->{end} || $e->{type} ne 'hours';
    for my $org ($e->{org}, 'tianyuan') {
        $sum{$org}{minutes} += $e->{minutes};
        $sum{$org}{points} += $e->{earned};
    }
    $sum{ $e->{org} }{at}{ $e->{ref} } = 1;
}
is($sum{tianyuan}{minutes}, 90 * VOLUNTEERS, 'the ledger has all the minutes');
for my $org ('tianyuan', map { "s$_" } 0 .. STREETS - 1) {
    my $s = created(get("/points/orgs/$org/stats?year=2026", @ADMIN));
    my $volunteers = $s->{volunteers};
    my $activities = $org eq 'tianyuan' ? CROSSINGS
                     : keys %{ $sum{$org}{at} };
    is_deeply([@{ $s->{year} }{qw( activities minutes points beneficiaries )}],
              [$activities, $sum{$org}{minutes},
               $sum{$org}{points} + 9 * $volunteers, 100 * $activities],
              "the figures of $org are the sums of the ledger");
}
my $books = created(get('/points/books', @ADMIN));
is($books->{minutes}, 90 * VOLUNTEERS, 'the books have the minutes, too');
is($books->{balance}, 10 * VOLUNTEERS - 50, 'and the points that are left');

done();
