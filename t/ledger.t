#!/usr/bin/env perl

# The ledger: every change of points is one entry, newest first, in pages.

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
            vol  tianyuan;
            %IDENTITY%
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $L = '/points/volunteers/1001/ledger';


# One of each type.

volunteer('1001', station => 'street-1');
is_deeply(get($L, @ADMIN)->{json}, { entries => [] },
          'a new volunteer has an empty ledger');

my $hours = created(post('/points/volunteers/1001/hours',
                         { minutes => 150, on => '2025-04-05',
                           activity => 'spring', note => 'gate' },
                         as => 'organizer:li:street-1'));
my $award = grant('1001', 100);
merchant('tea');
offer('green', price => 10);
my $used = redeem('green', '1001');
my $kept = redeem('green', '1001');
my $gone = redeem('green', '1001');

created(post("/points/vouchers/$used->{code}/use", {},
             as => 'merchant:m:tea'));
created(post("/points/vouchers/$kept->{code}/cancel", {},
             as => 'volunteer:1001'));
expire_voucher('vol:{tianyuan}:', $gone->{code});
get("/points/vouchers/$gone->{code}", @ADMIN);
my $back = created(post("/points/ledger/$hours->{entry}/reverse",
                        { reason => 'another person' }, @ADMIN));

my @entries = entries('1001');

is_deeply([map { [@$_{qw( type points balance )}] } @entries],
          [['reversal', -2, 90], ['expiry', 10, 92], ['cancellation', 10, 82],
           ['use', 0, 72], ['redemption', -10, 72], ['redemption', -10, 82],
           ['redemption', -10, 92], ['award', 100, 102], ['hours', 2, 2]],
          'each change is one entry with its points and the balance after');

is_deeply([map { $_->{voucher} // $_->{ref} } @entries],
          [$hours->{entry}, $gone->{code}, $kept->{code}, $used->{code},
           $gone->{code}, $kept->{code}, $used->{code}, 'grant', 'spring'],
          'and what it was about');

is_deeply([grep { defined } map { $_->{voucher} }
           @{ get('/points/volunteers/1001/ledger?limit=100',
                  as => 'organizer:li:street-1')->{json}{entries} }],
          [], 'an organizer is not shown the codes of vouchers');

my %first = %{ $entries[-1] };
is_deeply({ map { $_ => $first{$_} } qw( entry on minutes by role scope rules
                                         note ) },
          { entry => $hours->{entry}, on => '2025-04-05', minutes => 150,
            by => 'li', role => 'organizer', scope => 'street-1',
            rules => 'tianyuan-2026-04-08', note => 'gate' },
          'hours keep their date, minutes, author, scope, rules and note');

is($entries[0]{entry}, $back->{entry}, 'the reversal answered with its entry');
is(scalar(grep { $_->{at} !~ /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/ }
          @entries), 0, 'times are RFC 3339 with the rulebook\'s offset');
is(scalar(keys %{{ map { $_->{entry} => 1 } @entries }}), 9,
   'no two entries share a name');
is(redis('XLEN', 'vol:{tianyuan}:ledger'), 10,
   'the district\'s ledger holds each once, and the stock of the offer');


# Pages.

volunteer('1002');
grant('1002', $_) for 1 .. 45;
$L = '/points/volunteers/1002/ledger';

my $page = get($L, @ADMIN)->{json};
is_deeply([map { $_->{points} } @{ $page->{entries} }],
          [reverse 26 .. 45], 'a page has 20 entries unless asked otherwise');
ok(defined $page->{next}, 'and names the next');

grant('1002', 46);
my @points = map { $_->{points} } @{ $page->{entries} };
while (defined $page->{next}) {
    $page = created(get("$L?limit=7&after=$page->{next}", @ADMIN));
    push @points, map { $_->{points} } @{ $page->{entries} };
    last if @points > 100;
}
is_deeply(\@points, [reverse 1 .. 45],
          'pages follow each other without gap or overlap as entries come');

is(scalar @{ get("$L?limit=1", @ADMIN)->{json}{entries} }, 1,
   'a page may have one entry');
$page = get("$L?limit=100", @ADMIN)->{json};
is(scalar @{ $page->{entries} }, 46, 'or a hundred');
ok(!exists $page->{next}, 'the last page has no next');
$page = get("$L?limit=46", @ADMIN)->{json};
ok(!exists $page->{next}, 'nor has a page that ends with the last entry');

grant('1001', 1);
my $foreign = get('/points/volunteers/1001/ledger?limit=1', @ADMIN)
              ->{json}{next};

my @bad = (['limit=0', 'limit'], ['limit=101', 'limit'], ['limit=', 'limit'],
           ['limit=ten', 'limit'], ['limit=1.0', 'limit'],
           ['limit=-1', 'limit'], ['limit=5&limit=5', 'limit'],
           ['limit=99999999999999999999', 'limit'],
           ['after=', 'after'], ['after=nonsense!', 'after'],
           ['after=%00', 'after'], ['before=1', 'before'],
           ['after=' . 'a' x 300, 'after'], ['after=5', 'after'],
           ['after=1-', 'after'], ['after=-1-1', 'after'],
           ['after=1-' . '1' x 16, 'after']);
for (@bad) {
    my ($query, $field) = @$_;
    is_problem(get("$L?$query", @ADMIN), 422, 'invalid-field',
               substr("?$query", 0, 40) . ' is refused', $field);
}

my $mixed = get("$L?after=$foreign", @ADMIN);
ok($mixed->{status} == 422
   || !grep({ $_->{points} > 46 } @{ $mixed->{json}{entries} }),
   'another volunteer\'s "next" shows nothing of theirs');
ok(!exists get("$L?after=1-0", @ADMIN)->{json}{next}, 'the past has an end');


# Pages while accounts become one, and two again.

sub ids { map { $_->{entry} } @_ }

# the entries of a volunteer below one, newest first
sub below {
    my ($id, $entry) = @_;
    my ($ms, $seq) = split /-/, $entry;
    return grep { my @at = split /-/;
                  $at[0] < $ms || $at[0] == $ms && $at[1] < $seq }
           ids(entries($id));
}

volunteer($_) for qw( 4001 4002 );
for (1 .. 6) {
    grant($_, 1) for qw( 4001 4002 );
}
$L = '/points/volunteers/4002/ledger';

$page = get("$L?limit=3", @ADMIN)->{json};
my $merge = created(post('/points/volunteers/4001/merge',
                         { into => '4002', reason => 'r' }, @ADMIN))->{entry};
my $rest = get("$L?limit=100&after=$page->{next}", @ADMIN)->{json}{entries};
my ($last) = (ids(@{ $page->{entries} }))[2];
is_deeply([ids(@$rest)], [below('4002', $last)],
          'after a merge a page goes on where the one before ended');
is(scalar @$rest, 7, 'with the older entries of both');

my ($cursor, @seen) = ('');
do {
    $page = get("$L?limit=4$cursor", @ADMIN)->{json};
    push @seen, ids(@{ $page->{entries} });
    $cursor = defined $page->{next} ? "&after=$page->{next}" : '';
} while $cursor && @seen < 100;
is_deeply(\@seen, [ids(entries('4002'))], 'pages of both are all of theirs');

$page = get("$L?limit=4", @ADMIN)->{json};
created(post("/points/ledger/$merge/reverse", { reason => 'r' }, @ADMIN));
$rest = get("$L?limit=100&after=$page->{next}", @ADMIN)->{json}{entries};
($last) = (ids(@{ $page->{entries} }))[3];
is_deeply([ids(@$rest)], [below('4002', $last)],
          'nor does undoing it hide or repeat what is older');
is(scalar @$rest, 5, 'though the last one shown is not theirs any more');


# Who may read.

volunteer('3001', station => 'street-2');
my %reads = ('volunteer:1001' => 200, 'organizer:li:street-1' => 200,
             'auditor:a' => 200, 'admin:root' => 200, 'volunteer:1002' => 403,
             'organizer:wu:street-2' => 403, 'merchant:m:tea' => 403);
for my $as (sort keys %reads) {
    is(get('/points/volunteers/1001/ledger', as => $as)->{status}, $reads{$as},
       "the ledger of 1001 is $reads{$as} to $as");
}
is_problem(get('/points/volunteers/nobody/ledger', @ADMIN), 404, 'not-found',
           'an unknown volunteer has no ledger');

done();
