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
           ['after=' . '1' x 2049, 'after'],
           ['after=1-', 'after'], ['after=-1-1', 'after'],
           ['after=1-' . '1' x 16, 'after']);
for (@bad) {
    my ($query, $field) = @$_;
    is_problem(get("$L?$query", @ADMIN), 422, 'invalid-field',
               substr("?$query", 0, 40) . ' is refused', $field);
}

my @nobody = (
    ['another volunteer\'s next', $foreign],
    ['an entry of another', $award->{entry}],
    ['one of theirs and one of another',
     "$page->{entries}[0]{entry},$award->{entry}"],
    ['the entry of a stock', map { $_->[0] }
     grep { my %e = @{ $_->[1] }; $e{type} eq 'stock' }
     stored_entries('vol:{tianyuan}:')],
    ['an entry that is none', '1-1'],
    ['one of theirs and one that is none',
     "$page->{entries}[0]{entry},1-1"],
    ['an id in another spelling', "0$page->{entries}[0]{entry}"],
    ['a link', link_to($page->{entries}[0]{entry})],
    ['nothing but a comma', ','],
    ['an entry and a comma', "$page->{entries}[0]{entry},"],
);
for (@nobody) {
    my ($name, $after) = @$_;
    is_problem(get("$L?after=$after", @ADMIN), 422, 'invalid-field',
               "$name is no next", 'after');
}
my @third = map { $_->{entry} } @{ $page->{entries} }[2, 3];
is_deeply([ids(@{ get("$L?limit=2&after=$third[0],$third[1],$third[0]",
                      @ADMIN)->{json}{entries} })],
          \@third, 'a next that was made up has each entry once');


# Pages while accounts become one, and two again.

sub ids { map { $_->{entry} } @_ }

sub page_of {
    my ($id, $limit, $after) = @_;
    my $query = "limit=$limit" . (defined $after ? "&after=$after" : '');
    return created(get("/points/volunteers/$id/ledger?$query", @ADMIN));
}

# all entries behind a page, in pages of some
sub rest_of {
    my ($id, $limit, $page) = @_;
    my @rest;
    while (defined $page->{next} && @rest < 1000) {
        $page = page_of($id, $limit, $page->{next});
        push @rest, ids(@{ $page->{entries} });
    }
    return @rest;
}

sub all_of {
    my ($id, $limit) = @_;
    my $page = page_of($id, $limit);
    return (ids(@{ $page->{entries} }), rest_of($id, $limit, $page));
}

sub merge {
    my ($id, $into) = @_;
    return created(post("/points/volunteers/$id/merge",
                        { into => $into, reason => 'r' }, @ADMIN))->{entry};
}

sub undo {
    return created(post("/points/ledger/$_[0]/reverse", { reason => 'r' },
                        @ADMIN))->{entry};
}

# entries by their ids, newest first
sub newest {
    my %place = map { $_ => sprintf '%020d%020d', split /-/ } @_;
    return sort { $place{$b} cmp $place{$a} } @_;
}

volunteer($_) for qw( 4001 4002 4003 4004 );
for (1 .. 6) {
    grant($_, 1) for qw( 4001 4002 4003 );
}
my %own = map { $_ => [all_of($_, 100)] } qw( 4001 4002 4003 );

$page = page_of('4002', 3);
my $old_page = page_of('4001', 3);
my $merge = merge('4001', '4002');
my $merged = (all_of('4002', 2))[1];
is_deeply([rest_of('4002', 2, $page)], [@{ $own{4002} }[3 .. 5]],
          'after a merge a page goes on where the one before ended');
is_deeply([rest_of('4001', 2, $old_page)], [@{ $own{4001} }[3 .. 5]],
          'one of the old account, too');

my @both = ($merge, newest($merged, map { @$_ } @own{qw( 4001 4002 )}));
for my $limit (1, 2, 4, 5, 7, 100) {
    is_deeply([all_of('4002', $limit)], \@both,
              "pages of $limit are all entries of both");
    is_deeply([all_of('4001', $limit)], \@both, 'by either id');
}
is_deeply([history('vol:{tianyuan}:', '4002')], \@both,
          'as they are linked in Redis');

my $second = merge('4003', '4002');
my $merged_second = (all_of('4002', 2))[1];
my @three = newest(@both, $second, $merged_second, @{ $own{4003} });
$page = page_of('4002', 5);
is(scalar(split /,/, $page->{next}), 3,
   'the next of a page is where each of three goes on');
is_deeply([ids(@{ $page->{entries} }), rest_of('4002', 3, $page)], \@three,
          'two merges');
is_deeply([ids(@{ page_of('4002', 2, $page->{next} =~ s/,/%2C/gr)
                  ->{entries} })], [@three[5, 6]],
          'commas may be written as codes');

my $undone = undo($second);
is_problem(get("/points/volunteers/4002/ledger?after=$page->{next}", @ADMIN),
           422, 'invalid-field',
           'what leads to an account that was parted is no next', 'after');
is_deeply([all_of('4002', 4)], [newest($undone, $second, @both)],
          'undone, its entries are gone');
my ($returned) = all_of('4003', 1);
is_deeply([all_of('4003', 4)], [$returned, $merged_second, @{ $own{4003} }],
          'and the other\'s own again');

$page = page_of('4002', 4);
undo($merge);
is_deeply([all_of('4001', 3)],
          [newest((all_of('4001', 1))[0], $merged, @{ $own{4001} })],
          'all are parted again');
my @parted = all_of('4002', 3);
is_deeply(\@parted, [newest((all_of('4002', 2))[0, 1], $second, $merge,
                            @{ $own{4002} })], 'each with its own');

# once more, into an account without entries, which is merged itself
my @old = all_of('4001', 100);
$merge = merge('4001', '4004');
$second = merge('4004', '4003');
my @all = all_of('4003', 3);
is(scalar(grep { my $e = $_; grep { $_ eq $e } @old } @all), scalar @old,
   'a merge of a merge leads to all');
is_deeply(\@all, [newest(@all)], 'in their order');
is_deeply([history('vol:{tianyuan}:', '4003')], \@all, 'as they are linked');
$page = page_of('4003', 3);
grant('4001', 1);
is_deeply([rest_of('4003', 2, $page)], [@all[3 .. $#all]],
          'what comes meanwhile changes no page');
undo($second);
is_deeply([(all_of('4004', 100))[-@old .. -1]], \@old,
          'the outer one undone, the inner one stays');


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
