#!/usr/bin/env perl

# What staff put right: an account that may not spend, a voucher that was used
# by mistake; and what the books say after each kind of entry.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules({ expiry => { years => 1 }, limits => { spendable_within_days => 30 },
              cases => { grant => { title => 'Grant', min => 1, max => 10000 },
                         bravery => { title => 'Bravery', min => 10, max => 100,
                                      approval => true } } });
start_redis({ env => frozen_clock('2026-03-02 04:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis   %REDIS%;
    vol_rules   %RULES%;
    vol_duties  off;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /books/ {
            vol  books;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @WANG = (as => 'admin:wang');
my $D = 'vol:{tianyuan}:';
my $HERE = '/points';

sub freeze {
    my ($id, $what, %o) = @_;
    return post("$HERE/volunteers/$id/$what", { reason => "to $what" }, @ADMIN,
                %o);
}

sub hours {
    my ($id, $minutes, $on) = @_;
    return created(post("$HERE/volunteers/$id/hours",
                        { minutes => $minutes, on => $on }, @ADMIN));
}

sub reverse_entry {
    my ($entry, %o) = @_;
    return post("$HERE/ledger/$entry/reverse", { reason => 'not so' }, @ADMIN,
                %o);
}

sub voucher { post("$HERE/vouchers/$_[0]{code}/$_[1]", {}, @ADMIN) }

sub state_of { get("$HERE/vouchers/$_[0]{code}", @ADMIN)->{json}{state} }


# Frozen.

volunteer($_) for qw( 1001 1002 );
merchant('tea');
offer('green', price => 10, stock => 90, per_person => 3);
created(put('/points/funds/river', { title => 'The river' }, @ADMIN));
grant('1001', 100);
my $open = redeem('green', '1001');

is_problem(freeze('1001', 'freeze', as => $_), 403, 'forbidden',
           "$_ does not freeze")
    for 'organizer:li:s', 'auditor:a', 'merchant:m:tea', 'volunteer:1001';
is_problem(post('/points/volunteers/1001/freeze', {}, @ADMIN), 422,
           'invalid-field', 'a reason is required', 'reason');
is_problem(post('/points/volunteers/1001/freeze', { reason => '' }, @ADMIN),
           422, 'invalid-field', 'not an empty one', 'reason');
is_problem(post('/points/volunteers/1001/unfreeze', { reason => 'x' x 501 },
                @ADMIN), 422, 'invalid-field', 'nor a long one', 'reason');
is_problem(freeze('nobody', 'freeze'), 404, 'not-found', 'no such account');
is(scalar(entries('1001')), 2, 'nothing came of it');

my $r = freeze('1001', 'freeze', key => 'f');
is($r->{status}, 200, 'an account is frozen');
is_deeply($r->{json}, account('1001'), 'the answer is the account');
is($r->{json}{frozen}, true, 'which says so');
my ($e) = entries('1001');
is("$e->{type} $e->{points} $e->{earned} $e->{balance} $e->{note} $e->{by} "
   . "$e->{role} " . ($e->{ref} // 'null'),
   'freeze 0 0 90 to freeze root admin null',
   'the entry says who did it and why');

$r = freeze('1001', 'freeze', key => 'f');
is($r->{headers}{'idempotent-replayed'}, 'true', 'the same key is a replay');
is(freeze('1001', 'freeze')->{status}, 200, 'freezing it again');
is(freeze('1001', 'freeze', key => undef)->{status}, 200,
   'also without a key');
is(scalar(entries('1001')), 3, 'writes nothing more');

is_problem(post('/points/offers/green/redemptions', {},
                as => 'volunteer:1001'), 409, 'frozen',
           'frozen points are not redeemed');
is_problem(post('/points/offers/green/redemptions', { volunteer => '1001' },
                @ADMIN), 409, 'frozen', 'not by an admin either');
is_problem(post('/points/funds/river/donations', { points => 1 },
                as => 'volunteer:1001'), 409, 'frozen', 'nor given away');
is_deeply(get('/points/offers?affordable=true', as => 'volunteer:1001')
          ->{json}{offers}, [], 'nothing is affordable');
is(hours('1001', 60, '2026-03-01')->{account}{balance}, 91,
   'but hours are earned');
is(grant('1001', 9)->{account}{balance}, 100, 'and awards');
is(voucher($open, 'cancel')->{json}{balance}, 110,
   'and a voucher can be given up');

is(freeze('1002', 'unfreeze')->{status}, 200, 'one that is not frozen');
is(scalar(entries('1002')), 0, 'is not unfrozen by an entry');
$r = freeze('1001', 'unfreeze');
is("$r->{status} $r->{json}{balance}", '200 110', 'unfrozen, it has its points');
is($r->{json}{frozen}, false, 'and says so');
($e) = entries('1001');
is("$e->{type} $e->{note}", 'unfreeze to unfreeze', 'by an entry of its own');
is(redis('HEXISTS', "${D}v:1001", 'frozen'), 0, 'nothing is left of it');
my $one = redeem('green', '1001');
is($one->{balance}, 100, 'points are redeemed again');


# A voucher that was used by mistake.

sub use_entry {
    return (grep { $_->{type} eq 'use' } entries('1001'))[0]{entry};
}

sub books {
    my $b = get("$HERE/books", @ADMIN)->{json};
    return join ' ', map { $b->{$_} } @_;
}

created(voucher($one, 'use'));
my $first = use_entry();
is(books(qw( spent used outstanding )), '10 10 0', 'a voucher is used');
is(stored_voucher($D, $one->{code})->{ttl} > 0, 1,
   'and kept for a while');

is_problem(reverse_entry($first, as => 'merchant:m:tea'), 403, 'forbidden',
           'its merchant does not take that back');
is_problem(reverse_entry($first, key => undef), 400,
           'idempotency-key-required', 'a key is required');
$r = reverse_entry($first, key => 'u');
is($r->{status}, 201, 'an admin does');
is($r->{json}{account}{balance}, 100, 'points stay where they are');
($e) = entries('1001');
is("$e->{type} $e->{ref} $e->{points} $e->{earned} $e->{amount} $e->{merchant} "
   . ($e->{voucher} eq $one->{code} ? 'it' : $e->{voucher}),
   "reversal $first 0 0 -10 tea it", 'the entry names the use and its voucher');
is(books(qw( spent used outstanding )), '10 0 10', 'it is outstanding again');
is(state_of($one), 'issued', 'and issued');
is(stored_voucher($D, $one->{code})->{ttl}, -1, 'kept till its end');
is(stored_voucher($D, $one->{code})->{record_ttl}, -1,
   'with the key that made it');
is_deeply(reverse_entry($first, key => 'u')->{json}, $r->{json},
          'the same key gives the same answer');
is_problem(reverse_entry($first), 409, 'already-reversed', 'once');

created(voucher($one, 'use'));
my $second = use_entry();
isnt($second, $first, 'it is used a second time');
is(reverse_entry($second)->{status}, 201, 'and that is taken back too');
is(voucher($one, 'cancel')->{json}{balance}, 110,
   'then it is cancelled, and its points come back');
is(books(qw( spent used outstanding returned )), '0 0 0 20', 'by the books');
is(redis('HEXISTS', "${D}p:green", '1001'), 0, 'and counts no more');

my $again = redeem('green', '1001');
created(voucher($again, 'use'));
my $used = use_entry();
redis('DEL', "${D}x:" . bare_code($again->{code}));
is_problem(reverse_entry($used), 404, 'not-found',
           'a voucher that is not kept any more stays used', 'voucher');
for my $type (qw( redemption cancellation freeze unfreeze reversal )) {
    my ($of) = grep { $_->{type} eq $type } entries('1001');
    is_problem(reverse_entry($of->{entry}), 422, 'invalid-field',
               "no $type is reversed", 'entry');
}
my ($stock) = grep { my %f = @{ $_->[1] }; $f{type} eq 'stock' }
              stored_entries($D);
is_problem(reverse_entry($stock->[0]), 422, 'invalid-field',
           'no stock is reversed', 'entry');


# The books, after each kind of entry.

$HERE = $VolTest::Points::PREFIX = '/books';

my @TOTALS = qw( volunteers entries minutes earned reversed unspendable spent
                 used outstanding returned expired donated balance );
my %now = map { $_ => 0 } @TOTALS;

# What changes in the books, and that the law holds.
sub change {
    my ($name, %by) = @_;
    $now{$_} += $by{$_} for keys %by;
    my $b = get('/books/books', as => 'auditor:a')->{json};
    my $law = delete $b->{law};
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is_deeply($b, \%now, $name);
    is($b->{balance}, $b->{earned} - $b->{unspendable} - $b->{spent}
                      - $b->{expired} - $b->{donated}, "$law");
}

change('the books of nothing');
is(get('/books/books', as => $_)->{status}, 403, "not for $_")
    for 'volunteer:1001', 'organizer:li:s', 'merchant:m:tea';
is_problem(get('/books/books?a=1', @ADMIN), 422, 'invalid-field',
           'they take no parameter', 'a');

volunteer($_) for qw( 1001 1002 old );
change('volunteers are registered', volunteers => 3);
volunteer('1001');
change('and not twice');

merchant('tea');
offer('green', price => 10, stock => 9);
change('a stock', entries => 1);
created(post('/books/offers/green/restock', { stock => -2 }, @ADMIN));
change('and less of it', entries => 1);
offer('green', price => 10, stock => 7);
change('or the same');
created(put('/books/funds/river', { title => 'The river' }, @ADMIN));
change('a fund is no entry');

my $hours = hours('1001', 90, '2026-03-01');
change('hours', entries => 1, minutes => 90, earned => 1, balance => 1);
my $late = hours('1001', 60, '2026-01-01');
change('late hours', entries => 1, minutes => 60, earned => 1,
       unspendable => 1);
my $award = grant('1001', 50)->{entry};
change('an award', entries => 1, earned => 50, balance => 50);

sub propose {
    my $r = post('/books/volunteers/1001/awards',
                 { case => 'bravery', points => 20, evidence => 'e' }, @ADMIN);
    return $r->{json}{entry};
}

my ($one_proposal, $other) = (propose(), propose());
change('proposals', entries => 2);
my $approved = created(post("/books/awards/$one_proposal/approve", {}, @WANG))
               ->{entry};
change('one is approved', entries => 1, earned => 20, balance => 20);
created(post("/books/awards/$other/refuse", { reason => 'r' }, @WANG));
change('one is refused', entries => 1);

my @vouchers = map { redeem('green', '1001') } 1 .. 3;
change('redemptions', entries => 3, spent => 30, outstanding => 30,
       balance => -30);
created(voucher($vouchers[0], 'use'));
change('a use', entries => 1, used => 10, outstanding => -10);
created(voucher($vouchers[1], 'cancel'));
change('a cancellation', entries => 1, spent => -10, outstanding => -10,
       returned => 10, balance => 10);
reverse_entry((grep { $_->{type} eq 'use' } entries('1001'))[0]{entry});
change('a use is taken back', entries => 1, used => -10, outstanding => 10);
created(voucher($vouchers[0], 'use'));
change('and used again', entries => 1, used => 10, outstanding => -10);

my $gift = created(post('/books/funds/river/donations', { points => 7 },
                        as => 'volunteer:1001'))->{entry};
change('a donation', entries => 1, donated => 7, balance => -7);
reverse_entry($gift);
change('is taken back', entries => 1, donated => -7, balance => 7);
created(freeze('1001', $_)) for qw( freeze unfreeze );
change('a freeze, and its end', entries => 2);

reverse_entry($hours->{entry});
change('hours are taken back', entries => 1, minutes => -90, earned => -1,
       reversed => 1, balance => -1);
reverse_entry($late->{entry});
change('late ones too', entries => 1, minutes => -60, earned => -1,
       reversed => 1, unspendable => -1);
reverse_entry($approved);
change('and an award', entries => 1, earned => -20, reversed => 20,
       balance => -20);

hours('old', 30, '2026-03-01');
hours('1002', 40, '2026-03-01');
change('minutes short of a point', entries => 2, minutes => 70);
my $merge = created(post('/books/volunteers/old/merge',
                         { into => '1002', reason => 'r' }, @ADMIN))->{entry};
change('a merge makes a point of them', entries => 2, earned => 1,
       balance => 1);
created(reverse_entry($merge));
change('its end takes it away', entries => 2, earned => -1, balance => -1);

my $line = '{"type":"opening","key":"o","volunteer":"1002","earned":30,'
           . '"balance":12,"minutes":5,"year_earned":3}' . "\n";
created(post('/books/import', $line, @ADMIN, key => undef,
             type => 'application/x-ndjson'));
change('an opening balance', entries => 1, earned => 30, unspendable => 18,
       balance => 12);
my ($opening) = grep { $_->{type} eq 'opening' } entries('1002');
created(reverse_entry($opening->{entry}));
change('is taken back', entries => 1, earned => -30, reversed => 30,
       unspendable => -18, balance => -12);

set_clock('2026-04-02 04:00:00');
is(state_of($vouchers[2]), 'expired', 'a voucher runs out');
change('an expiry', entries => 1, spent => -10, outstanding => -10,
       returned => 10, balance => 10);
set_clock('2027-03-03 04:00:00');
created(freeze('1001', 'freeze'));
change('points end', entries => 2, expired => 40, balance => -40);
created(reverse_entry($award));
change('those that gave them are taken back', entries => 1, earned => -50,
       reversed => 50, expired => -50, balance => 0);

done();
