#!/usr/bin/env perl

# What others broke in Redis: a wrong type or a corrupt field is a logged 500,
# and every key is left as it was.

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
my $D = 'vol:{tianyuan}:';
my $V = '/points/volunteers/1001';
my $year = 'y' . this_year();

volunteer('1001');
merchant('tea');
offer('green', price => 1, per_person => 50);
my $award = grant('1001', 100)->{entry};
my $hours = created(post("$V/hours", { minutes => 90, on => '2025-03-01' },
                         @ADMIN, key => 'known'))->{entry};
my $gone = grant('1001', 1)->{entry};
created(post("/points/ledger/$gone/reverse", { reason => 'r' }, @ADMIN));
my $code = redeem('green', '1001')->{code};
my $late = redeem('green', '1001')->{code};
my ($bare, $bare_late) = map { s/-//gr } $code, $late;
redis('HSET', "${D}x:$bare_late", 'expires', 1000000000);

my ($day) = @{ redis('HKEYS', "${D}d:1001") };

my %calls = (
    account => sub { get($V, @ADMIN) },
    me => sub { get('/points/me', @ME) },
    enrol => sub { put($V, { kind => 'cadre' }, @ADMIN) },
    'enrol another' => sub { put("${V}9", { kind => 'cadre' }, @ADMIN) },
    hours => sub { post("$V/hours", { minutes => 60, on => '2025-03-01' },
                        @ADMIN) },
    award => sub { post("$V/awards", { case => 'grant', points => 1,
                                       evidence => 'e' }, @ADMIN) },
    ledger => sub { get("$V/ledger", @ADMIN) },
    'reverse award' => sub { post("/points/ledger/$award/reverse",
                                  { reason => 'r' }, @ADMIN) },
    'reverse hours' => sub { post("/points/ledger/$hours/reverse",
                                  { reason => 'r' }, @ADMIN) },
    merchant => sub { get('/points/merchants/tea', @ADMIN) },
    'change merchant' => sub { put('/points/merchants/tea',
                                   { title => 't' }, @ADMIN) },
    offer => sub { get('/points/offers/green', @ADMIN) },
    'change offer' => sub { put('/points/offers/green',
                                { merchant => 'tea', title => 't',
                                  price => 2, stock => 3 }, @ADMIN) },
    offers => sub { get('/points/offers', @ADMIN) },
    'offers of tea' => sub { get('/points/offers?merchant=tea', @ADMIN) },
    affordable => sub { get('/points/offers?affordable=true', @ME) },
    restock => sub { post('/points/offers/green/restock', { stock => 1 },
                          @ADMIN) },
    redeem => sub { post('/points/offers/green/redemptions', {}, @ME) },
    voucher => sub { get("/points/vouchers/$code", @ME) },
    use => sub { post("/points/vouchers/$code/use", {}, @ADMIN) },
    cancel => sub { post("/points/vouchers/$code/cancel", {}, @ME) },
    expire => sub { get("/points/vouchers/$late", @ME) },
    'use expired' => sub { post("/points/vouchers/$late/use", {}, @ADMIN) },
    repeat => sub { post("$V/hours", { minutes => 90, on => '2025-03-01' },
                         @ADMIN, key => 'known') },
);

my %whole = %{ dump_db() };

sub restore {
    redis('FLUSHALL');
    redis('RESTORE', $_, 0, $whole{$_}) for sort keys %whole;
}

my @points = (qw( hours award redeem cancel expire ), 'reverse award',
              'reverse hours', 'use expired');
my @entries = (@points, 'use');
my @accounts = (@points, qw( account me enrol ledger affordable ));


# Keys, and who must notice when they are of the wrong type.

my @types = (
    ['v:1001', @accounts, 'voucher', 'use'],
    ['d:1001', 'hours', 'reverse hours'],
    ['l:1001', @entries, 'ledger'],
    ['ledger', @entries, 'ledger'],
    ['books', @entries, 'enrol another'],
    ['reversed', 'reverse award', 'reverse hours'],
    ['m:tea', 'merchant', 'change merchant', 'change offer'],
    ['m:tea:offers', 'offers of tea', 'change offer'],
    ['offers', 'offers', 'affordable', 'change offer'],
    ['o:green', qw( offer offers affordable restock redeem cancel expire ),
     'change offer', 'use expired', 'offers of tea'],
    ['p:green', qw( redeem cancel expire ), 'use expired'],
    ["x:$bare", qw( voucher use cancel )],
    ["x:$bare_late", 'expire', 'use expired'],
);

for (@types) {
    my ($key, @who) = @$_;
    my $is = redis('TYPE', "$D$key");
    die "no key $key" if $is eq 'none';

    for my $type (grep { $_ ne $is } qw( string list hash )) {
        broken("$key is a $type", [@who], sub {
            redis('DEL', "$D$key");
            redis('SET', "$D$key", 'broken') if $type eq 'string';
            redis('RPUSH', "$D$key", 'broken') if $type eq 'list';
            redis('HSET', "$D$key", 'broken', 'x') if $type eq 'hash';
        });
    }
}


# Fields that hold something that is no bounded integer.

my @earn = (qw( hours award account me enrol ), 'reverse award',
            'reverse hours');
my @fields = (
    ['v:1001', 'balance', @accounts, 'voucher', 'use'],
    ['v:1001', 'earned', @earn, 'redeem'],
    ['v:1001', 'carry', @earn],
    ['v:1001', 'frozen', @earn, 'redeem'],
    ['v:1001', $year, @earn],
    ['v:1001', 'y2025', this_year() == 2025 ? @earn
                        : ('hours', 'reverse hours')],
    ['d:1001', $day, 'hours', 'reverse hours'],
    ['books', 'earned', qw( hours award ), 'reverse award', 'reverse hours'],
    ['books', 'spent', qw( redeem cancel expire ), 'use expired'],
    ['books', 'minutes', 'hours', 'reverse hours'],
    ['books', 'volunteers', 'enrol another'],
    (map { ['o:green', $_, qw( offer offers restock redeem ),
            'change offer'] } qw( price stock per_person )),
    ['p:green', '1001', qw( redeem cancel expire ), 'use expired'],
    (map { ["x:$bare", $_, qw( voucher use cancel )] }
         qw( price issued expires )),
);

for (@fields) {
    my ($key, $field, @who) = @$_;
    for my $value ('abc', '1.5', '9' x 17) {
        broken("$key $field is \"$value\"", [@who],
               sub { redis('HSET', "$D$key", $field, $value) });
    }
}

# one of each odd spelling, where the most depends on it
for my $value ('', ' 5', '5 ', '1e3', '0x10', '+5', '--5', 'nan', 'inf',
               "5\n", '-', '9223372036854775808', '-99999999999999999999')
{
    broken("v:1001 balance is \"$value\"", ['hours', 'redeem', 'account'],
           sub { redis('HSET', "${D}v:1001", 'balance', $value) });
}


# Things that are missing, or lead nowhere.

my @missing = (
    ['the books say 007', ['hours', 'award'],
     sub { redis('HSET', "${D}books", 'earned', '007') }],
    ['the books say -0', ['redeem'],
     sub { redis('HSET', "${D}books", 'spent', '-0') }],
    ['a kind is no word', ['hours', 'award', 'account'],
     sub { redis('HSET', "${D}v:1001", 'kind', '[x') }],
    ['a station is no id', ['hours', 'award', 'account'],
     sub { redis('HSET', "${D}v:1001", 'station', "\xff\xfe") }],
    ['a title is not UTF-8', ['restock', 'offer'],
     sub { redis('HSET', "${D}o:green", 'title', "\xff\xfe") }],
    ['a merchant is no id', ['redeem', 'offer'],
     sub { redis('HSET', "${D}o:green", 'merchant', "\xff") }],
    ['a price is below zero', ['redeem', 'offer'],
     sub { redis('HSET', "${D}o:green", 'price', -100) }],
    ['a carry is below zero', ['hours', 'account'],
     sub { redis('HSET', "${D}v:1001", 'carry', -100000) }],
    ['the voucher\'s state is none of its states', ['voucher'],
     sub { redis('HSET', "${D}x:$bare", 'state', 'eaten') }],
    ['v:1001 has no balance', ['hours', 'redeem', 'account'],
     sub { redis('HDEL', "${D}v:1001", 'balance') }],
    ['v:1001 has no kind', ['hours', 'redeem', 'account'],
     sub { redis('HDEL', "${D}v:1001", 'kind') }],
    ['o:green has no price', ['offer', 'redeem', 'restock'],
     sub { redis('HDEL', "${D}o:green", 'price') }],
    ['o:green has no merchant', ['offer', 'redeem', 'restock'],
     sub { redis('HDEL', "${D}o:green", 'merchant') }],
    ['the voucher has no owner', ['voucher', 'use', 'cancel'],
     sub { redis('HDEL', "${D}x:$bare", 'volunteer') }],
    ['the voucher\'s state is none', ['use', 'cancel'],
     sub { redis('HSET', "${D}x:$bare", 'state', 'eaten') }],
    ['the voucher\'s owner is gone', ['use', 'cancel'],
     sub { redis('DEL', "${D}v:1001") }],
    ['the index names an entry that is none', ['ledger'],
     sub { redis('RPUSH', "${D}l:1001", 'nonsense') }],
    ['the index names an entry that is gone', ['ledger'],
     sub { redis('XDEL', "${D}ledger", $award) }],
    ['an entry lacks its points', ['ledger'],
     sub { redis('RPUSH', "${D}l:1001",
                 redis('XADD', "${D}ledger", '*', 'type', 'award')) }],
    ['the list names an offer that is gone', ['offers'],
     sub { redis('ZADD', "${D}offers", 0, '000000000000:ghost') }],
);
broken(@$_) for @missing;


# The records of keys: 20 bytes of what was asked, then the answer.

my %kept = map { $_ => redis('GET', $_) } @{ redis('KEYS', "${D}i:*") };

for my $rest ('', "\xc1" x 30) {
    broken('the record of a key ends with ' . length($rest) . ' odd bytes',
           ['repeat'], sub {
        redis('SET', $_, substr($kept{$_}, 0, 21) . $rest) for keys %kept;
    });
}
broken('the record of a key is a hash', ['repeat'], sub {
    for (keys %kept) { redis('DEL', $_); redis('HSET', $_, 'a', 1) }
});

unlike(error_log(), qr/$bare|$bare_late/,
       'no voucher\'s code is in the log');

my $healthy = $calls{hours}->();
is($healthy->{status}, 201, 'with all restored it works as before');

done();


# Breaks something, and tells whether each of these calls is a logged 500 that
# leaves every key as it was.

sub broken {
    my ($name, $who, $break) = @_;

    my @fault;
    $break->();
    my $before = dump_db();

    for my $call (@$who) {
        my $logged = length error_log();
        my $r = $calls{$call}->();
        my $type = $r->{json}{type} // '-';
        push @fault, "$call: $r->{status} $type"
            if "$r->{status} $type" ne '500 urn:ngx-vol:store-corrupt';
        push @fault, "$call: not logged"
            if substr(error_log(), $logged) !~ /\[error\]/;

        my $after = dump_db();
        my %all = (%$before, %$after);
        my @differ = grep { ($before->{$_} // '') ne ($after->{$_} // '') }
                     sort keys %all;
        next unless @differ;
        push @fault, "$call: changed @differ";
        restore();
        $break->();
        $before = dump_db();
    }

    restore();
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is(join('; ', @fault), '', "$name: " . @$who . ' calls refuse');
}
