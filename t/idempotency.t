#!/usr/bin/env perl

# Idempotency-Key: every write may be repeated and is done once.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(workers => 1, conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /chaoyang/ {
            vol                     chaoyang;
            vol_idempotency_window  48h;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @ME = (as => 'volunteer:1001');
my @TEA = (as => 'merchant:chen:tea');

volunteer('1001');
volunteer('1002');
my $given = grant('1001', 1000);
merchant('tea');
offer('green', price => 10, stock => 100);
my @codes = map { redeem('green', '1001')->{code} } 1 .. 4;


# Each write, sent three times: the second after Redis forgot the scripts.

my @writes = (
    ['hours', 'volunteers/1001/hours', { minutes => 90, on => '2025-03-01' },
     @ADMIN],
    ['an award', 'volunteers/1001/awards',
     { case => 'grant', points => 5, evidence => 'e' }, @ADMIN],
    ['a redemption', 'offers/green/redemptions', {}, @ME],
    ['a redemption without a body', 'offers/green/redemptions', undef, @ME],
    ['a cancellation', "vouchers/$codes[0]/cancel", {}, @ME],
    ['a use', "vouchers/$codes[1]/use", {}, @TEA],
    ['a reversal', "ledger/$given->{entry}/reverse", { reason => 'r' },
     @ADMIN],
    ['restocking', 'offers/green/restock', { stock => 7 }, @TEA],
);

for (@writes) {
    my ($name, $path, $body, @as) = @$_;
    my @call = ("/points/$path", $body, @as, key => fresh_key());

    my $first = post(@call);
    like($first->{status}, qr/^20[01]$/, "$name is done");
    ok(!exists $first->{headers}{'idempotent-replayed'},
       "$name says nothing of a repeat the first time");

    unchanged {
        redis('SCRIPT', 'FLUSH');
        my @again = (post(@call), post(@call));
        is_deeply([map { [$_->{status}, $_->{json},
                          $_->{headers}{'idempotent-replayed'}] } @again],
                  [([$first->{status}, $first->{json}, 'true']) x 2],
                  "$name repeated gives the same answer, marked");
    } "$name repeated changes nothing";
}


# The same answer, whatever happened since.

my @call = ('/points/offers/green/redemptions', {}, @ME, key => 'lasting');
grant('1001', 1000);
my $voucher = created(post(@call));
created(post("/points/vouchers/$voucher->{code}/cancel", {}, @ME));
grant('1001', 1);
is_deeply(post(@call)->{json}, $voucher,
          'the answer is that of the first time, not of now');
redis('HSET', 'vol:{tianyuan}:v:1001', 'frozen', 1);
is(post(@call)->{status}, 201, 'even for an account frozen since');
redis('HSET', 'vol:{tianyuan}:v:1001', 'frozen', 0);

redis_server()->stop;
redis_server()->start;
ok(wait_for(sub { get('/points/me', @ME)->{status} == 200 }),
   'Redis is restarted');
is_deeply(post(@call)->{json}, $voucher, 'which loses no key');


# Another request under the same key.

my $reused = 'idempotency-key-reused';
my $field = 'Idempotency-Key';
@call = ('/points/volunteers/1001/hours', { minutes => 5, on => '2025-04-01' },
         @ADMIN, key => 'mine');
created(post(@call));

unchanged {
    is_problem(post($call[0], { minutes => 6, on => '2025-04-01' }, @ADMIN,
                    key => 'mine'), 422, $reused, 'another body', $field);
    is_problem(post('/points/volunteers/1002/hours', $call[1], @ADMIN,
                    key => 'mine'), 422, $reused, 'another volunteer',
               $field);
    is_problem(post('/points/volunteers/1001/awards',
                    { case => 'grant', points => 5, evidence => 'e' },
                    @ADMIN, key => 'mine'),
               422, $reused, 'another endpoint', $field);
    is_problem(post("/points/vouchers/$codes[2]/use", {}, @ADMIN,
                    key => 'mine'), 422, $reused, 'a use', $field);
} 'nothing of it is done';

is(post($call[0], $call[1], as => 'organizer:li:street-1', key => 'mine')
   ->{status}, 201, 'another caller\'s key is another key');
is(post($call[0], $call[1], as => 'admin:root2', key => 'mine')->{status},
   201, 'as is another admin\'s');

created(put('/chaoyang/volunteers/1001', { kind => 'general' }, @ADMIN));
my $there = post('/chaoyang/volunteers/1001/hours', $call[1], @ADMIN,
                 key => 'mine');
is($there->{status}, 201, 'and another district\'s');
ok(!exists $there->{headers}{'idempotent-replayed'}, 'which is no repeat');

is(put('/points/volunteers/1001', { kind => 'general' }, @ADMIN,
       key => 'mine')->{status}, 200, 'a PUT does not look at the key');


# Refusals are not remembered.

@call = ('/points/offers/green/redemptions', {}, as => 'volunteer:1002',
         key => 'patience');
is_problem(post(@call), 409, 'insufficient-points', 'too poor at first');
grant('1002', 10);
is(post(@call)->{status}, 201, 'the same key succeeds when the reason is gone');
is(post(@call)->{headers}{'idempotent-replayed'}, 'true',
   'and from then on it is a repeat');

is_problem(post('/points/volunteers/1002/hours',
                { minutes => 0, on => '2025-01-01' }, @ADMIN, key => 'fix'),
           422, 'invalid-field', 'a mistake', 'minutes');
is(post('/points/volunteers/1002/hours', { minutes => 1, on => '2025-01-01' },
        @ADMIN, key => 'fix')->{status}, 201,
   'is corrected under the same key');


# The key itself.

my $use = "/points/vouchers/$codes[2]/use";
is(post($use, {}, @TEA, key => undef)->{status}, 200, 'a use needs no key');
is_problem(post($use, {}, @TEA, key => undef), 409, 'voucher-used',
           'and without one a second use is told');

my $hours = '/points/volunteers/1001/hours';
my %body = (minutes => 1, on => '2025-05-01');
is(post($hours, \%body, @ADMIN, key => 'k' x 128)->{status}, 201,
   'a key may have 128 characters');
is(post($hours, \%body, @ADMIN, key => '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')
   ->{status}, 201, 'of all that is visible in ASCII');
unchanged {
    is_problem(post($hours, \%body, @ADMIN, key => undef), 400,
               'idempotency-key-required', 'none is 400');
    is_problem(post($hours, \%body, @ADMIN, key => 'k' x 129), 422,
               'invalid-field', 'one of 129 is 422', $field);
    is_problem(post($hours, \%body, @ADMIN, key => 'a b'), 422,
               'invalid-field', 'one with a space is 422', $field);
    is_problem(post($hours, \%body, @ADMIN, key => "a\tb"), 422,
               'invalid-field', 'one with a tab is 422', $field);
    is_problem(post($hours, \%body, @ADMIN, key => "caf\xc3\xa9"), 422,
               'invalid-field', 'one beyond ASCII is 422', $field);
    my $twice = post($hours, \%body, @ADMIN, key => 'one',
                     headers => ['Idempotency-Key' => 'two']);
    ok($twice->{status} == 422 || $twice->{status} == 400,
       'two keys are refused');
} 'and nothing is changed';


# How long it is known: the records have just been made.  That of a redemption
# has no end of its own; it ends with its voucher.

sub windows { sort { $a <=> $b } map { redis('TTL', $_) } @{ redis('KEYS', $_[0]) } }

my $hour = 3600;
my @windows = windows('vol:{tianyuan}:i:*');
ok((grep { $_ > 23 * $hour || $_ == -1 } @windows) == @windows,
   'every key is known for a day');
ok((windows('vol:{chaoyang}:i:*'))[-1] > 47 * $hour,
   'or as long as the directive says');

is(scalar(grep { $_ == -1 } @windows), 0, 'and not for ever');

my $D = 'vol:{tianyuan}:';
my %stored = all_stored_vouchers($D);
my @issued = grep { $stored{$_}{open} } keys %stored;
cmp_ok(scalar @issued, '>', 3, 'some vouchers are open');
is_deeply([grep { substr($stored{$_}{record_kept} // '', 8) ne $_ }
           keys %stored], [],
          'that of a redemption is known for as long as its voucher');
is_deeply([grep { $stored{$_}{ttl} != -1 || $stored{$_}{record_ttl} != -2 }
           @issued], [], 'and has no end while the voucher has none');

my $mine = redeem('green', '1001', key => 'to-the-end');
my $kept = stored_voucher($D, $mine->{code});
is(redis('EXISTS', $kept->{record_key}), 0, 'nor has this one');
post("/points/vouchers/$mine->{code}/cancel", {}, as => 'volunteer:1001',
     key => 'the-end');
is(redis('EXPIRETIME', $kept->{record_key}),
   redis('EXPIRETIME', "${D}x:" . bare_code($mine->{code})),
   'when the voucher ends, both are kept for as long');
is_deeply(redis('HMGET', "${D}x:" . substr($mine->{code}, 0, 3),
                $kept->{record}, substr(bare_code($mine->{code}), 3)),
          [undef, undef], 'and nothing of them is left in the bucket');


# A redemption again, whatever became of its voucher: it is not done twice, and
# its answer is that of the first time.

sub redeemed_again {
    my ($name, $first, @call) = @_;
    unchanged {
        my $r = post(@call);
        is_deeply([$r->{status}, $r->{raw},
                   $r->{headers}{'idempotent-replayed'}],
                  [201, $first->{raw}, 'true'],
                  "$name the redemption is answered as the first time");
    } "$name nothing is done again";
}

# the entry of the last use
sub use_of {
    my ($id) = @_;
    return (grep { $_->{type} eq 'use' } entries($id))[0]{entry};
}

for my $who (['its owner', '2001', {}, as => 'volunteer:2001'],
             ['an admin', '2002', { volunteer => '2002' }, @ADMIN])
{
    my ($name, $id, $body, @as) = @$who;
    volunteer($id);
    grant($id, 100);
    my @asks = map { ['/points/offers/green/redemptions', $body, @as,
                      key => "again-$id-$_"] } qw( used cancelled open );
    my ($used, $cancelled, $open) = map { post(@$_) } @asks;
    created($_) for $used, $cancelled, $open;
    my @both = ([$used, $asks[0]], [$cancelled, $asks[1]], [$open, $asks[2]]);

    redeemed_again("while it is open, by $name,", $_->[0], @{ $_->[1] })
        for @both;

    created(post("/points/vouchers/$used->{json}{code}/use", {}, @TEA));
    redeemed_again("after its use, by $name,", $used, @{ $asks[0] });
    created(post("/points/ledger/" . use_of($id) . '/reverse',
                 { reason => 'r' }, @ADMIN));
    redeemed_again("after the use is taken back, by $name,", $used,
                   @{ $asks[0] });
    is(stored_voucher($D, $used->{json}{code})->{record_ttl}, -1,
       'with a record that has no end again');
    created(post("/points/vouchers/$used->{json}{code}/use", {}, @TEA));
    redeemed_again("after another use, by $name,", $used, @{ $asks[0] });
    cmp_ok(stored_voucher($D, $used->{json}{code})->{record_ttl}, '>', 0,
           'with a record that ends once more');

    created(post("/points/vouchers/$cancelled->{json}{code}/cancel", {},
                 @ADMIN));
    redeemed_again("after it is cancelled, by $name,", $cancelled,
                   @{ $asks[1] });

    volunteer("$id-new");
    created(post("/points/volunteers/$id/merge",
                 { into => "$id-new", reason => 'r' }, @ADMIN));
    redeemed_again("after a merge, by $name,", $_->[0], @{ $_->[1] })
        for @both;
    redis('SCRIPT', 'FLUSH');
    redeemed_again("after Redis forgot the scripts, by $name,", $open,
                   @{ $asks[2] });

    expire_voucher($D, $open->{json}{code});
    is(get("/points/vouchers/$open->{json}{code}", @ADMIN)->{json}{state},
       'expired', 'a voucher expires');
    my $r = post(@{ $asks[2] });
    is("$r->{status} $r->{json}{code} $r->{json}{state}",
       "201 $open->{json}{code} issued",
       "and is what the redemption by $name is answered with");
}


# The same key for a redemption and something else.

volunteer('3001');
grant('3001', 500);
created(put('/points/funds/river', { title => 'The river' }, @ADMIN));
my @others = (
    ['hours', '/points/volunteers/3001/hours',
     { minutes => 60, on => '2025-03-01' }],
    ['an award', '/points/volunteers/3001/awards',
     { case => 'grant', points => 5, evidence => 'e' }],
    ['restocking', '/points/offers/green/restock', { stock => 1 }],
    ['a freeze', '/points/volunteers/3001/freeze', { reason => 'r' }],
    ['a donation', '/points/funds/river/donations', { points => 1 },
     as => 'volunteer:3001'],
    ['a cancellation', sub { '/points/vouchers/' . redeem('green', '3001')
                             ->{code} . '/cancel' }, {}],
    ['a use', sub { '/points/vouchers/' . redeem('green', '3001')->{code}
                    . '/use' }, {}],
);

for (@others) {
    my ($name, $path, $body, @as) = @$_;
    @as = @ADMIN unless @as;
    my @redeem = ('/points/offers/green/redemptions', { volunteer => '3001' },
                  @as);
    $path = $path->() if ref $path;
    for my $end (qw( use cancel )) {
        my $key = fresh_key();
        my $code = created(post(@redeem, key => $key))->{code};
        unchanged {
            is_problem(post($path, $body, @as, key => $key), 422, $reused,
                       "$name by the key of a redemption", $field);
        } "and nothing is done, before the $end";
        created(post("/points/vouchers/$code/$end", {}, @ADMIN));
        unchanged {
            is_problem(post($path, $body, @as, key => $key), 422, $reused,
                       "$name by that key when its voucher has ended", $field);
            is_problem(post('/points/offers/green/redemptions',
                            { volunteer => '2001' }, @ADMIN, key => $key),
                       422, $reused, 'and a redemption for another', $field)
                if $as[1] eq $ADMIN[1];
        } "and nothing is done, after the $end";
    }

    my $key = fresh_key();
    created(post($path, $body, @as, key => $key));
    created(post('/points/volunteers/3001/unfreeze', { reason => 'r' }, @ADMIN))
        if $name eq 'a freeze';
    unchanged {
        is_problem(post(@redeem, key => $key), 422, $reused,
                   "a redemption by the key of $name", $field);
    } 'and nothing is done';
}


# The same key from many sides at once.

my ($asked, %answers) = (0);
@call = ('/points/volunteers/1002/awards');
my $bytes = build('POST', @call, @ADMIN, key => 'at-once',
                  body => { case => 'grant', points => 7, evidence => 'e' });
my $before = balance('1002');
crowd(port(), 32, sub { $asked++ < 320 ? $bytes : undef },
      sub { $answers{ "$_[1]{status} $_[1]{raw}" }++ });
is(scalar keys %answers, 1, '320 repeats on 32 connections, one answer');
is(balance('1002'), $before + 7, 'and one award');

done();
