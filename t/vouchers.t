#!/usr/bin/env perl

# Vouchers: codes a person can type, shown, used, cancelled, expired.

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
my @ME = (as => 'volunteer:1001');
my @TEA = (as => 'merchant:chen:tea');

sub voucher { get("/points/vouchers/$_[0]", @_ > 1 ? @_[1 .. $#_] : @ME) }
sub use_it { post("/points/vouchers/$_[0]/use", {}, @TEA, @_[1 .. $#_]) }
sub cancel { post("/points/vouchers/$_[0]/cancel", {}, @ME, @_[1 .. $#_]) }

my $D = 'vol:{tianyuan}:';


volunteer('1001');
volunteer('1002');
grant('1001', 1000);
merchant($_) for qw( tea spa );
offer('green', price => 10, stock => 1000);


# Codes.

my $symbol = '[0-9A-HJKMNP-TV-Z]';
my @codes = map { redeem('green', '1001')->{code} } 1 .. 20;
is(scalar(grep { !/^$symbol{6}-$symbol{6}-$symbol{6}$/ } @codes), 0,
   'a code is three groups of six symbols of Crockford\'s base 32');
is(scalar(keys %{{ map { $_ => 1 } @codes }}), 20, 'all codes differ');
is(scalar(grep { check($_) } @codes), 0,
   'the last symbol is the check of the others, modulo 37');
my %prefixes = map { substr($_, 0, 4) => 1 } @codes;
ok(keys %prefixes > 15, 'they do not count up');

my $code = $codes[0];
(my $bare = $code) =~ s/-//g;
my @typed = (['without hyphens', $bare], ['in small letters', lc $code],
             ['with other groups', join '-', $bare =~ /(.{1,3})/g]);
is(voucher($_->[1])->{json}{code}, $code, "a code is read $_->[0]")
    for @typed;

my ($ambiguous) = grep { /[01]/ } @codes;
SKIP: {
    skip 'no code has a 0 or 1', 1 unless $ambiguous;
    (my $read = $ambiguous) =~ tr/01/OI/;
    is(voucher($read)->{json}{code}, $ambiguous, 'O is 0, I is 1');
    (my $low = lc $ambiguous) =~ tr/01/ol/;
    is(voucher($low)->{json}{code}, $ambiguous, 'and l is 1');
}

(my $slip = $code) =~ s/^(.)/$1 eq '7' ? '8' : '7'/e;
(my $swap = $code) =~ s/(.)(.)(-)/$2$1$3/;
unchanged {
    for (['one wrong symbol', $slip], ['a missing symbol', substr $code, 1],
         ['a symbol more', "${code}0"], ['a symbol outside the scheme',
         $code =~ s/^./U/r], ['nothing but hyphens', '---'],
         ['two symbols swapped', $swap eq $code ? $slip : $swap])
    {
        my ($name, $typed) = @$_;
        is_problem(voucher($typed), 404, 'not-found', "$name is no voucher");
        is(use_it($typed)->{status}, 404, "and $name is not used");
    }
} 'typing wrongly changes nothing';

# the number the first 17 symbols stand for, against the 18th
sub check {
    my @values = map { index '0123456789ABCDEFGHJKMNPQRSTVWXYZ', $_ }
                 split //, $_[0] =~ s/-//gr;
    my $sum = 0;
    $sum = ($sum * 32 + $_) % 37 for @values[0 .. 16];
    return $sum != $values[17];
}


# Who sees it.

my $shown = voucher($code)->{json};
is_deeply([@$shown{qw( offer merchant volunteer price state )}],
          ['green', 'tea', '1001', 10, 'issued'], 'the owner sees it');
is($shown->{balance}, balance('1001'), 'with the balance as it is now');
for my $as ('admin:root', 'auditor:a') {
    is_deeply(voucher($code, as => $as)->{json}, $shown, "$as sees the same");
}
my $at_counter = voucher($code, @TEA);
is($at_counter->{status}, 200, 'the merchant sees it');
ok(!exists $at_counter->{json}{balance}, 'but not the owner\'s balance');
is_problem(voucher($code, as => $_), 403, 'forbidden', "$_ does not see it")
    for 'volunteer:1002', 'merchant:wu:spa', 'organizer:li:s';


# Using.

unchanged {
    is_problem(use_it($code, as => $_), 403, 'forbidden', "$_ does not use it")
        for 'volunteer:1001', 'merchant:wu:spa', 'organizer:li:s',
            'auditor:a';
    is_problem(use_it($code, key => 'k' x 129), 422, 'invalid-field',
               'an over-long key is refused', 'Idempotency-Key');
} 'and nothing is changed';

my $before = balance('1001');
my $used = use_it($code);
is($used->{status}, 200, 'the merchant uses it');
is_deeply([@{ $used->{json} }{qw( state code )}], ['used', $code],
          'its state is used');
ok(!exists $used->{json}{balance}, 'the merchant learns no balance');
is_problem(use_it($code), 409, 'voucher-used', 'a second time is refused');
is_problem(use_it($code, key => undef), 409, 'voucher-used',
           'without a key too');
is_problem(cancel($code), 409, 'voucher-used', 'nor can it be cancelled');
is(balance('1001'), $before, 'the points were spent at redemption');
is(voucher($code)->{json}{state}, 'used', 'the owner sees it used');
is((entries('1001'))[0]{type}, 'use', 'the ledger tells of the use');
is((entries('1001'))[0]{by}, 'chen', 'and by whom');

is(use_it($codes[1], key => undef)->{status}, 200, 'no key is needed');
is(use_it(lc $codes[2])->{status}, 200, 'small letters are used as well');
is(use_it($codes[3], @ADMIN)->{status}, 200, 'an admin may do all');
is(post("/points/vouchers/$codes[4]/use", undef, @TEA)->{status}, 200,
   'the body may be left out');


# Cancelling.

offer('once', price => 10, stock => 5, per_person => 1);
my $once = redeem('once', '1001')->{code};
$before = balance('1001');

unchanged {
    is_problem(cancel($once, as => $_), 403, 'forbidden',
               "$_ does not cancel it")
        for 'volunteer:1002', $TEA[1], 'organizer:li:s', 'auditor:a';
    is_problem(cancel($once, key => undef), 400, 'idempotency-key-required',
               'a key is required');
} 'and nothing is changed';

my $cancelled = cancel($once);
is($cancelled->{status}, 200, 'the owner cancels');
is_deeply([@{ $cancelled->{json} }{qw( state balance )}],
          ['cancelled', $before + 10], 'the points are back');
is(get('/points/offers/once', @ADMIN)->{json}{stock}, 5, 'the stock too');
is_problem(cancel($once), 409, 'voucher-cancelled', 'once');
is_problem(use_it($once), 409, 'voucher-cancelled', 'it cannot be used');
is(account('1001')->{earned}, 1000, 'what was earned is as before');
my ($entry) = entries('1001');
is_deeply([@$entry{qw( type points by )}], ['cancellation', 10, '1001'],
          'the ledger has it');

my $again = redeem('once', '1001')->{code};
ok($again, 'one a person: the cancelled one does not count');
is(cancel($again, @ADMIN)->{json}{state}, 'cancelled', 'an admin cancels');

created(put('/points/offers/once', { merchant => 'tea', title => 'once',
                                     price => 77, stock => 5 }, @ADMIN));
my $dear = redeem('once', '1001');
offer('once', price => 1);
is(cancel($dear->{code})->{json}{balance}, $dear->{balance} + 77,
   'what was paid comes back, whatever the price is now');


# Expiry, on touch.

offer('brief', price => 10, stock => 3, per_person => 3);
my ($seen, $tried, $late) = map { redeem('brief', '1001')->{code} } 1 .. 3;
expire_voucher($D, $_) for $seen, $tried, $late;
$before = balance('1001');

my $expired = voucher($seen)->{json};
is_deeply([@$expired{qw( state balance )}], ['expired', $before + 10],
          'a voucher past its day is expired, its points are back');
($entry) = entries('1001');
is_deeply([@$entry{qw( type points balance )}],
          ['expiry', 10, $before + 10], 'by an entry of the ledger');
unchanged { voucher($seen) } 'once';

is_problem(use_it($tried), 409, 'voucher-expired', 'it cannot be used');
is_problem(cancel($late), 409, 'voucher-expired', 'nor cancelled');
is(balance('1001'), $before + 30, 'each gave its points back, once');
is(get('/points/offers/brief', @ADMIN)->{json}{stock}, 3, 'and its stock');
is(redis('HEXISTS', 'vol:{tianyuan}:p:brief', '1001'), 0,
   'and the person\'s count');
is_problem(use_it($tried), 409, 'voucher-expired', 'it stays expired');
is_problem(cancel($seen), 409, 'voucher-expired', 'for the owner as well');

expire_voucher($D, $codes[0]);
is(voucher($codes[0])->{json}{state}, 'used', 'a used one never expires');

is(stored_voucher($D, $codes[5])->{ttl}, -1,
   'Redis never drops a voucher that is issued');
ok(stored_voucher($D, $code)->{ttl} > 86400,
   'one that ended stays readable for a while');


# Vouchers that share a bucket, and end one by one.

volunteer('1003');
grant('1003', 100);
my @shared = map { redeem('green', '1003', key => $_)->{code} }
             keys_of_one_bucket('1003', 5);
is(scalar(keys %{{ map { substr($_, 0, 3) => 1 } @shared }}), 1,
   'five vouchers begin alike');
is(scalar(keys %{{ map { $_ => 1 } @shared }}), 5, 'and are five');

sub states {
    return join ' ', map { voucher($_, @ADMIN)->{json}{state} } @shared;
}

is(states(), join(' ', ('issued') x 5), 'all are issued');
use_it($shared[0], @ADMIN);
is(states(), 'used issued issued issued issued', 'one is used');
cancel($shared[1], @ADMIN);
is(states(), 'used cancelled issued issued issued', 'one is cancelled');
expire_voucher($D, $shared[2]);
is(states(), 'used cancelled expired issued issued', 'one expires');
my $use = (grep { $_->{type} eq 'use' } entries('1003'))[0]{entry};
created(post("/points/ledger/$use/reverse", { reason => 'r' }, @ADMIN));
is(states(), 'issued cancelled expired issued issued',
   'one is issued again');
use_it($_, @ADMIN) for @shared;
is(states(), 'used cancelled expired used used',
   'those that are open are used');
is(redis('EXISTS', "${D}x:" . substr $shared[0], 0, 3), 0,
   'then nothing is left of the bucket');
is(balance('1003'), 70, 'what was not used gave its points back');

my %books = @{ redis('HGETALL', 'vol:{tianyuan}:books') };
is(balance('1001') + balance('1002') + balance('1003'),
   $books{earned} - $books{spent},
   'after it all the balances are what was earned less what was spent');

done();
