#!/usr/bin/env perl

# One person's two accounts become one, and may become two again.

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
my $D = 'vol:{tianyuan}:';

sub hours {
    my ($id, $minutes, $on) = @_;
    return created(post("/points/volunteers/$id/hours",
                        { minutes => $minutes, on => $on }, @ADMIN));
}

sub merge {
    my ($id, $into, %o) = @_;
    return post("/points/volunteers/$id/merge",
                { into => $into, reason => 'one person' }, @ADMIN, %o);
}

sub reverse_entry {
    return post("/points/ledger/$_[0]/reverse", { reason => 'not so' },
                @ADMIN);
}

sub books { get('/points/books', @ADMIN)->{json} }

sub books_are_even {
    my ($name) = @_;
    my ($balance, $earned) = (0, 0);
    for my $id (@{ redis('LRANGE', "${D}volunteers", 0, -1) }) {
        $balance += redis('HGET', "${D}v:$id", 'balance');
        $earned += redis('HGET', "${D}v:$id", 'earned');
    }
    is_deeply([@{ books() }{qw( balance earned )}], [$balance, $earned],
              $name);
}

# what Redis keeps of an account
sub kept {
    my ($id) = @_;
    my %kept = (account => { @{ redis('HGETALL', "${D}v:$id") } },
                days => { @{ redis('HGETALL', "${D}d:$id") } },
                history => [history($D, $id)]);
    return \%kept;
}


volunteer($_) for qw( old new other );
merchant('tea');
offer('green', price => 10, stock => 9, per_person => 2);

hours('old', 45, '2025-03-01');
hours('old', 600, '2025-03-02');
hours('new', 30, '2026-01-02');
hours('new', 120, '2025-03-02');
grant('old', 30);
my $voucher = redeem('green', 'old');
my $open = redeem('green', 'old');

my ($old, $new) = (kept('old'), kept('new'));
my ($before_old, $before_new) = (account('old'), account('new'));
my $before_books = books();
is($before_old->{balance}, 20, 'before: 10 hours and 30, less two vouchers');
is("$before_old->{minutes} $before_new->{minutes}", '45 30',
   'both carry minutes');


# Refusals.

is_problem(merge('nobody', 'new'), 404, 'not-found', 'no such account',
           'volunteer');
is_problem(merge('old', 'nobody'), 404, 'not-found', 'nor such', 'into');
is_problem(merge('old', 'old'), 422, 'invalid-field',
           'an account is not merged into itself', 'into');
is_problem(post('/points/volunteers/old/merge', { into => 'new' }, @ADMIN),
           422, 'invalid-field', 'a reason is required', 'reason');
is_problem(post('/points/volunteers/old/merge',
                { into => 'new', reason => 'r' }, as => 'organizer:li:s'),
           403, 'forbidden', 'an organizer does not merge');
is_problem(post('/points/volunteers/old/merge',
                { into => 'new', reason => 'r' }, @ADMIN, key => undef),
           400, 'idempotency-key-required', 'a key is required');
created(post('/points/volunteers/old/freeze', { reason => 'r' }, @ADMIN));
is_problem(merge('old', 'new'), 409, 'frozen', 'a frozen account stays');
is_problem(merge('new', 'old'), 409, 'frozen', 'and takes none in');
created(post('/points/volunteers/old/unfreeze', { reason => 'r' }, @ADMIN));
($old, $new) = (kept('old'), kept('new'));


# Merged.

my $merged = merge('old', 'new', key => 'm');
is($merged->{status}, 201, 'two accounts become one');
my $one = $merged->{json}{account};
is("$one->{id} $one->{balance} $one->{earned} $one->{minutes}",
   'new 23 43 15', 'with the points of both, one more of carried minutes');
is_deeply(merge('old', 'new', key => 'm')->{json}, $merged->{json},
          'the same key gives the same answer');
is_deeply(account('old'), $one, 'the old id answers for the new account');
is_deeply(get('/points/me', as => 'volunteer:old')->{json}, $one,
          'to its volunteer too');
books_are_even('the books count nothing twice');
is(books()->{earned}, $before_books->{earned} + 1, 'and the one point more');
is_problem(merge('old', 'new'), 422, 'invalid-field',
           'it is the same account already', 'into');

my @entries = entries('old');
is_deeply([map { $_->{entry} } @entries],
          [map { $_->{entry} } entries('new')],
          'both ids list the same ledger');
is($entries[0]{type}, 'merge', 'its newest entry is the merge');
is("$entries[0]{ref} $entries[0]{points} $entries[0]{note}",
   'old 21 one person', 'that names the old account, what came and why');
is("$entries[1]{type} $entries[1]{points} $entries[1]{balance}",
   'merged -20 0', 'before it what left the old one');
is(join(' ', sort { $b cmp $a } map { $_->{entry} } @entries),
   join(' ', map { $_->{entry} } @entries), 'all in order');
is(redis('HGET', "${D}d:new", 20149), 720, 'the minutes of a day are summed');
is_problem(post('/points/volunteers/old/hours',
                { minutes => 1, on => '2025-03-02' }, @ADMIN), 409,
           'limit-reached', 'so the day\'s limit holds for both');


# What is done by the old id is done to the new account.

is(hours('old', 45, '2026-01-03')->{account}{id}, 'new',
   'hours by the old id go to the new account');
is(get("/points/vouchers/$open->{code}", as => 'volunteer:new')->{json}
   {volunteer}, 'new', 'a voucher of the old id is the new one\'s');
is(get("/points/vouchers/$open->{code}", as => 'volunteer:old')->{status}, 200,
   'by whichever id they ask');
is_problem(get("/points/vouchers/$open->{code}", as => 'volunteer:other'),
           403, 'forbidden', 'but nobody else\'s');
is(created(post("/points/vouchers/$open->{code}/cancel", {},
                as => 'volunteer:new'))->{balance}, 34,
   'its points come back to the new one');
is(redeem('green', 'old')->{volunteer}, 'new', 'redemption by the old id');
is(redis('HGET', "${D}v:old", 'balance'), 0, 'the old one has nothing');
books_are_even('the books are even');


# Taken apart.

my $apart = reverse_entry($merged->{json}{entry});
is($apart->{status}, 201, 'a merge is reversed like any entry');
is_deeply(account('old'), $before_old, 'the old account is as it was');
is_deeply(kept('old')->{days}, $old->{days}, 'with its days');
is(scalar(history($D, 'old')), @{ $old->{history} } + 2,
   'its history is its own again, with the two of the merge');
is(redis('HGET', "${D}d:new", 20149), 120, 'the days are apart');
my $after = account('new');
is("$after->{balance} $after->{earned} $after->{minutes}", '3 3 15',
   'what was done meanwhile stays with the new one');
books_are_even('the books are even');
is_problem(reverse_entry($merged->{json}{entry}), 409, 'already-reversed',
           'once');
is_deeply([sort map { $_->{entry} } entries('old'), entries('new')],
          [sort map { $_->[0] } grep { my %e = @{ $_->[1] };
                                       $e{volunteer} =~ /^(old|new)$/ }
           stored_entries($D)],
          'every entry is in one of the two histories');


# Frozen.

volunteer($_) for qw( 3001 3002 );
grant('3001', 20);
my $joined = created(merge('3001', '3002'))->{entry};
created(post('/points/volunteers/3001/freeze', { reason => 'r' }, @ADMIN));
my @frozen = (kept('3001'), kept('3002'), books());
is_problem(reverse_entry($joined), 409, 'frozen',
           'a frozen account gives none out');
is_deeply([kept('3001'), kept('3002'), books()], \@frozen,
          'nothing came of it');
created(post('/points/volunteers/3002/unfreeze', { reason => 'r' }, @ADMIN));
created(reverse_entry($joined));
is(join(' ', map { $_->{balance} } account('3001'), account('3002')), '20 0',
   'unfrozen, it does');


# Chains.

$before_old = account('old');
my $first = created(merge('old', 'new'));
my $second = created(merge('new', 'other'));
is(account('old')->{id}, 'other', 'an id answers through another');
is(get("/points/vouchers/$voucher->{code}", as => 'volunteer:new')->{status},
   200, 'a voucher is found through both');
is_problem(reverse_entry($first->{entry}), 409, 'not-reversible',
           'the inner one is not taken out first');
created(reverse_entry($second->{entry}));
is(account('old')->{id}, 'new', 'the outer one is');
is(scalar(entries('other')), 2, 'and leaves its merge and its undoing');
created(reverse_entry($first->{entry}));
is_deeply(account('old'), $before_old, 'then the inner one');
books_are_even('the books are even after all');


# A reversal while merged.

my $early = (grep { $_->{type} eq 'hours' } entries('old'))[0]{entry};
my $third = created(merge('old', 'new'));
is(created(reverse_entry($early))->{account}{id}, 'new',
   'an old entry is reversed in the account that answers');
is_problem(reverse_entry($third->{entry}), 409, 'not-reversible',
           'then the merge stays');
is_problem(reverse_entry((grep { $_->{type} eq 'merged' }
                          entries('new'))[0]{entry}), 422, 'invalid-field',
           'the old side of a merge is not reversed by itself', 'entry');
books_are_even('the books are even');


# Undoing reads what was there, not what came since.

volunteer($_) for qw( 2001 2002 );
grant('2001', 1);
my $long = created(merge('2001', '2002'))->{entry};
grant('2002', 1) for 1 .. 50;
redis('CONFIG', 'RESETSTAT');
created(reverse_entry($long));
my ($read) = redis('INFO', 'commandstats') =~ /cmdstat_xrange:calls=(\d+)/;
cmp_ok($read, '<', 10, 'undoing a merge takes no longer for what came since');
is(join(' ', map { $_->{balance} } account('2001'), account('2002')), '1 50',
   'and leaves it where it is');


# An account names those that were merged right into it.

sub joined { redis('HGET', "${D}v:$_[0]", 'joined') }

volunteer("j$_") for 0 .. 3;
my ($j1, $j2) = map { created(merge($_, 'j0'))->{entry} } 'j1', 'j2';
my $j0 = created(merge('j0', 'j3'))->{entry};
is(join(' ', joined('j0'), joined('j3')), 'j1,j2 j0', 'in their order');
created(reverse_entry($j0));
is(joined('j3'), undef, 'no more when it was undone');
created(reverse_entry($j1));
is(joined('j0'), 'j2', 'and of several those that are left');


# No more than fifty merges, with those of the accounts that are merged.

sub merges { redis('HGET', "${D}v:$_[0]", 'merges') }

volunteer("m$_") for 0 .. 53;
my @joined = map { created(merge("m$_", 'm0'))->{entry} } 1 .. 30;
created(merge("m$_", 'm52')) for 31 .. 49;
is(join(' ', merges('m0'), merges('m52')), '30 19', 'merges are counted');
is(merges('m1'), undef, 'in the account that answers');
my $sum = created(merge('m52', 'm0'))->{entry};
is(merges('m0'), 50, 'with those of an account that had some');
is_problem(merge('m53', 'm0'), 409, 'limit-reached', 'one more is too many');
is_problem(merge('m0', 'm53'), 409, 'limit-reached', 'either way');
created(reverse_entry($sum));
is(join(' ', merges('m0'), merges('m52')), '30 19',
   'undone, each has its own');
created(reverse_entry($joined[0]));
is(merges('m0'), 29, 'one less');
created(reverse_entry($_)) for @joined[1 .. 29];
is(merges('m0'), undef, 'none at all');
created(merge("m$_", 'm52')) for 1 .. 29, 53;
$sum = created(merge('m0', 'm52'))->{entry};
is(merges('m52'), 50, 'as many again');

my $page = get('/points/volunteers/m52/ledger?limit=51', @ADMIN)->{json};
my $heads = () = $page->{next} =~ /,/g;
cmp_ok($heads, '<=', 50, 'a page has a next of bounded length');
my @found = map { $_->{entry} } @{ $page->{entries} };
while (defined $page->{next} && @found < 1000) {
    $page = created(get("/points/volunteers/m52/ledger?limit=3&after="
                        . $page->{next}, @ADMIN));
    push @found, map { $_->{entry} } @{ $page->{entries} };
}
is_deeply(\@found, [history($D, 'm52')], 'that leads to all');


# What the portal says of an id that was merged is not said of the account that
# answers for it.

volunteer('kept', station => 'here', teams => ['t']);
volunteer('gone2', station => 'there');
created(post('/points/volunteers/gone2/merge', { into => 'kept', reason => 'r' },
             as => 'admin:root'));
is_problem(put('/points/volunteers/gone2', { kind => 'cadre' },
               as => 'admin:root'), 409, 'merged', 'a PUT of it is refused',
           'volunteer');
like(post('/points/import',
          qq({"type":"volunteer","volunteer":"gone2","kind":"cadre"}\n),
          as => 'admin:root', key => undef,
          type => 'application/x-ndjson')->{raw},
     qr/"done":1,"replayed":0,"failed":0/, 'a line of an import is passed by');
is_deeply([@{ account('kept') }{qw( kind station )}], ['general', 'here'],
          'and the account is as it was');


# An export names the account that answers, through however many merges.

volunteer('last2');
grant('kept', 10);
offer('kept-offer', price => 2, stock => 5);
my $code = redeem('kept-offer', 'kept')->{code};
created(merge('kept', 'last2'));
my %merged = map { my $line = JSON::PP::decode_json($_);
                   ($line->{id} // '') => $line->{merged} }
             split /\n/, get('/points/export?what=accounts', @ADMIN)->{raw};
is_deeply([@merged{qw( gone2 kept last2 )}], ['last2', 'last2', undef],
          'an export names the account that answers');
like(get('/points/export?what=vouchers', @ADMIN)->{raw},
     qr/"code":"$code"[^}]*"volunteer":"last2"/, 'of a voucher, too');

done();
