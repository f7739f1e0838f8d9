#!/usr/bin/env perl

# What others broke in Redis: a wrong type or a corrupt field is a logged 500,
# and every key is left as it was.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use JSON::PP ();

start(rules => {
    expiry => { years => 100 },
    cases => {
        bravery => { title => 'Bravery', min => 1, max => 100,
                     approval => true },
        grant => { title => 'Grant', min => 1, max => 10000 },
    },
    limits => { minutes_per_day => 720, organizer_minutes_per_day => 1000,
                redemptions_per_day => 50,
                offer_redemptions_per_year => 50 },
}, conf => <<'CONF');
    vol_redis   %REDIS%;
    vol_rules   %RULES%;
    vol_duties  off;

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
            %IDENTITY%
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @OTHER = (as => 'admin:other');
my @LI = (as => 'organizer:li:river');
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
my $code = redeem('green', '1001', key => 'first')->{code};
my $late = redeem('green', '1001')->{code};
my ($bare, $bare_late) = map { bare_code($_) } $code, $late;
my ($bucket, $bucket_late) = map { substr $_, 0, 3 } $code, $late;
expire_voucher($D, $late);

my ($day) = @{ redis('HKEYS', "${D}d:1001") };

# a second account, bare; a fund; awards that wait; what can be taken back
volunteer('1002');
created(put('/points/funds/roof', { title => 'Roof' }, @ADMIN));
my $gift = created(post('/points/funds/roof/donations', { points => 3 },
                        @ME))->{entry};
my ($first, $second) = map {
    post("$V/awards", { case => 'bravery', points => 5, evidence => 'e' },
         @ADMIN)->{json}{entry}
} 1, 2;
my $granted = created(post("$V/hours", { minutes => 60, on => '2025-03-01' },
                           @LI))->{entry};
my $eaten = redeem('green', '1001', key => 'eaten')->{code};
my $bare_eaten = bare_code($eaten);
created(post("/points/vouchers/$eaten/use", {}, @ADMIN));
my ($use) = map { $_->{entry} } entries('1001');
my $hour_due = int(stored_voucher($D, $eaten)->{expires} / 3600);

# two that became one, with points of several days
volunteer($_) for qw( 2001 2002 );
created(post('/points/volunteers/2001/hours',
             { minutes => 90, on => '2025-03-01' }, @ADMIN));
my $merge = created(post('/points/volunteers/2001/merge',
                         { into => '2002', reason => 'r' }, @ADMIN))->{entry};

my ($merged, $old) = map { $_->{entry} } (entries('2001'))[1, 2];
my ($stock) = map { $_->[0] } stored_entries($D);
my @written = @{ redis('XRANGE', "${D}ledger", $hours, $hours)->[0][1] };

my ($ends) = @{ redis('HKEYS', "${D}e:2002") };     # 2025-03-01 and a century
my ($ends_today) = grep { $_ ne $ends } @{ redis('HKEYS', "${D}e:1001") };

my %calls = (
    account => sub { get($V, @ADMIN) },
    me => sub { get('/points/me', @ME) },
    enrol => sub { put($V, { kind => 'cadre' }, @ADMIN) },
    'enrol another' => sub { put("${V}9", { kind => 'cadre' }, @ADMIN) },
    hours => sub { post("$V/hours", { minutes => 60, on => '2025-03-01' },
                        @ADMIN) },
    award => sub { post("$V/awards", { case => 'grant', points => 1,
                                       evidence => 'e' }, @ADMIN) },
    ledger => sub { get("$V/ledger?limit=100", @ADMIN) },
    'ledger of a merge' => sub {
        get('/points/volunteers/2001/ledger', @ADMIN) },
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
    'redeem once' => sub { post('/points/offers/green/redemptions', {}, @ME,
                                key => 'once') },
    'redeem again' => sub { post('/points/offers/green/redemptions', {}, @ME,
                                 key => 'first') },
    'redeem what was eaten' => sub { post('/points/offers/green/redemptions',
                                          {}, @ME, key => 'eaten') },
    'donate once' => sub { post('/points/funds/roof/donations',
                                { points => 1 }, @ME, key => 'once') },
    'donate by that key' => sub { post('/points/funds/roof/donations',
                                       { points => 1 }, @ME,
                                       key => 'first') },
    eaten => sub { get("/points/vouchers/$eaten", @ADMIN) },
    'use eaten' => sub { post("/points/vouchers/$eaten/use", {}, @ADMIN) },
    'cancel eaten' => sub { post("/points/vouchers/$eaten/cancel", {},
                                 @ADMIN) },
    voucher => sub { get("/points/vouchers/$code", @ME) },
    use => sub { post("/points/vouchers/$code/use", {}, @ADMIN) },
    cancel => sub { post("/points/vouchers/$code/cancel", {}, @ME) },
    expire => sub { get("/points/vouchers/$late", @ME) },
    'use expired' => sub { post("/points/vouchers/$late/use", {}, @ADMIN) },
    repeat => sub { post("$V/hours", { minutes => 90, on => '2025-03-01' },
                         @ADMIN, key => 'known') },
    opening => sub { opening('1001') },
    'granted hours' => sub { post("$V/hours", { minutes => 60,
                                                on => '2025-03-01' }, @LI) },
    'first hours' => sub { post('/points/volunteers/1002/hours',
                                { minutes => 60, on => '2025-03-01' },
                                @ADMIN) },
    'first award' => sub { post('/points/volunteers/1002/awards',
                                { case => 'grant', points => 1,
                                  evidence => 'e' }, @ADMIN) },
    'reverse granted hours' => sub { post("/points/ledger/$granted/reverse",
                                          { reason => 'r' }, @ADMIN) },
    propose => sub { post("$V/awards", { case => 'bravery', points => 1,
                                         evidence => 'e' }, @ADMIN) },
    approve => sub { post("/points/awards/$first/approve", {}, @OTHER) },
    refuse => sub { post("/points/awards/$second/refuse", { reason => 'r' },
                         @OTHER) },
    awards => sub { get('/points/awards', @ADMIN) },
    'awards of 1001' => sub { get('/points/awards?volunteer=1001', @ADMIN) },
    freeze => sub { post("$V/freeze", { reason => 'r' }, @ADMIN) },
    donate => sub { post('/points/funds/roof/donations', { points => 1 },
                         @ME) },
    'reverse donation' => sub { post("/points/ledger/$gift/reverse",
                                     { reason => 'r' }, @ADMIN) },
    fund => sub { get('/points/funds/roof', @ADMIN) },
    funds => sub { get('/points/funds', @ADMIN) },
    'change fund' => sub { put('/points/funds/roof', { title => 't' },
                               @ADMIN) },
    'reverse use' => sub { post("/points/ledger/$use/reverse",
                                { reason => 'r' }, @ADMIN) },
    merge => sub { post("$V/merge", { into => '1002', reason => 'r' },
                        @ADMIN) },
    'undo merge' => sub { post("/points/ledger/$merge/reverse",
                               { reason => 'r' }, @ADMIN) },
    books => sub { get('/points/books', @ADMIN) },
);

my %whole = %{ dump_db() };

sub restore {
    redis('FLUSHALL');
    redis('RESTORE', $_, 0, $whole{$_}) for sort keys %whole;
}

# where a redemption that is still to come will be
my $bucket_once = substr created($calls{'redeem once'}->())->{code}, 0, 3;
restore();

my @back = map { "reverse $_" } 'award', 'hours', 'granted hours';
my @points = (qw( hours award redeem cancel expire opening donate approve ),
              @back, 'use expired', 'granted hours', 'reverse donation',
              'merge');
my @entries = (@points, qw( use propose refuse freeze ), 'reverse use');
my @others = ('first hours', 'first award', 'undo merge');
my @accounts = (@points, qw( account me enrol ledger affordable ));


# Keys, and who must notice when they are of the wrong type.

my @types = (
    ['v:1001', @accounts, 'voucher', 'use', 'freeze', 'propose', 'refuse'],
    ['v:1002', 'merge', 'first hours'],
    ['v:2001', 'undo merge'],
    ['v:2002', 'undo merge'],
    ['d:1001', 'hours', 'reverse hours', 'merge'],
    ['d:2002', 'undo merge'],
    ['e:1001', @accounts, 'freeze', 'propose', 'refuse'],
    ['e:2002', 'undo merge'],
    ["ends:$ends", 'hours', 'first hours', 'undo merge', 'merge'],
    ["ends:$ends_today", qw( award approve merge ), 'first award'],
    ['ledger', @entries, @others, qw( ledger awards books )],
    ['books', @points, @others, qw( use books ), 'enrol another',
     'reverse use'],
    ['reversed', @back, 'reverse use', 'undo merge'],
    ['waiting', qw( propose approve refuse awards )],
    ['f:roof', qw( fund funds donate ), 'change fund', 'reverse donation'],
    ['funds', qw( funds ), 'change fund'],
    ['u:li', 'granted hours', 'reverse granted hours'],
    ['r:1001', qw( redeem cancel expire affordable ), 'use expired'],
    ["due:$hour_due", 'redeem', 'reverse use'],
    ['m:tea', 'merchant', 'change merchant', 'change offer'],
    ['m:tea:offers', 'offers of tea', 'change offer'],
    ['offers', 'offers', 'affordable', 'change offer'],
    ['o:green', qw( offer offers affordable restock redeem cancel expire ),
     'change offer', 'use expired', 'offers of tea'],
    ['p:green', qw( redeem cancel expire ), 'use expired'],
    ["x:$bucket", qw( voucher use cancel ), 'redeem again',
     'donate by that key'],
    ["x:$bucket_late", 'expire', 'use expired'],
    ["x:$bare_eaten", qw( eaten ), 'use eaten', 'cancel eaten', 'reverse use',
     'redeem what was eaten'],
);

# Keys that are not there yet, what they would be, and who would make them.

my %absent = (
    'd:1002' => ['hash', 'first hours', 'merge'],
    'e:1002' => ['hash', 'first hours', 'first award', 'merge'],
    'd:2001' => ['hash', 'undo merge'],
    'e:2001' => ['hash', 'undo merge'],
    decided => ['hash', 'approve', 'refuse'],
    sweep => ['hash', 'reverse use'],
    "x:$bucket_once" => ['hash', 'redeem once', 'donate once'],
    "x:" . substr($bare_eaten, 0, 3)
        => ['hash', 'eaten', 'use eaten', 'cancel eaten', 'reverse use',
            'redeem what was eaten'],
);

for (@types, map { [$_, @{ $absent{$_} }[1 .. $#{ $absent{$_} }]] }
             sort keys %absent)
{
    my ($key, @who) = @$_;
    my $is = $absent{$key} ? $absent{$key}[0] : redis('TYPE', "$D$key");
    die "no key $key" if $is eq 'none';
    die "$key is there" if $absent{$key} && redis('EXISTS', "$D$key");

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

my @earn = (qw( hours award account me enrol opening approve merge ), @back);
my @fields = (
    ['v:1001', 'balance', @accounts, 'voucher', 'use', 'freeze'],
    (map { ['v:1001', $_, @earn, 'redeem', 'donate', 'reverse donation'] }
         qw( earned frozen limited late unspendable carry )),
    ['v:1001', 'erased', @earn, 'redeem', 'donate', 'freeze', 'affordable'],
    ['v:1001', $year, @earn],
    ['v:1001', 'y2025', 'merge', this_year() == 2025 ? @earn
                                 : ('hours', 'reverse hours')],
    ['v:1001', 'merges', 'merge'],
    ['v:1002', 'merges', 'merge'],
    ['v:2001', 'merged', 'undo merge'],
    ['v:2001', 'merges', 'undo merge'],
    ['v:2002', 'merges', 'undo merge'],
    ['v:2002', 'y2025', 'undo merge'],
    ['v:2002', 'limited', 'undo merge'],
    ['d:1001', $day, 'hours', 'reverse hours', 'merge'],
    ['d:1002', $day, 'first hours', 'merge'],
    ['d:2002', $day, 'undo merge'],
    ['e:1001', $ends, @accounts],
    ['e:1001', 'soon', @accounts],
    ['e:2002', $ends, 'undo merge'],
    ['e:2001', $ends, 'undo merge'],
    (map { ['u:li', $_, 'granted hours', 'reverse granted hours'] }
         qw( day day_minutes month month_minutes )),
    ['f:roof', 'donated', qw( fund funds donate ), 'change fund',
     'reverse donation'],
    ['r:1001', 'day', qw( redeem cancel expire affordable ), 'use expired'],
    ['r:1001', 'year green', qw( redeem cancel expire affordable )],
    ['sweep', 'hour', 'reverse use'],
    ['books', 'earned', qw( hours award opening approve merge books ), @back,
     @others],
    ['books', 'unspendable', qw( hours award opening approve merge ), @back,
     @others],
    ['books', 'reversed', @back],
    ['books', 'spent', qw( redeem cancel expire ), 'use expired'],
    ['books', 'returned', qw( cancel expire ), 'use expired'],
    ['books', 'used', 'use', 'reverse use'],
    ['books', 'donated', 'donate', 'reverse donation'],
    ['books', 'expired', qw( cancel expire ), @back, 'reverse donation',
     'undo merge'],
    ['books', 'minutes', 'hours', @back],
    ['books', 'volunteers', 'enrol another'],
    (map { ['o:green', $_, qw( offer offers restock redeem ),
            'change offer'] } qw( price stock per_person )),
    ['p:green', '1001', qw( redeem cancel expire ), 'use expired'],
);

for (@fields) {
    my ($key, $field, @who) = @$_;
    for my $value ('abc', '1.5', '9' x 17) {
        broken("$key $field is \"$value\"", [@who],
               sub { redis('HSET', "$D$key", $field, $value) });
    }
}

# the link to the last entry of an account

for my $link ('', 'abc', '1.5', '12345', '0' . link_to($award), $award,
              link_to($award) . ' ', ' ' . link_to($award), '9' x 40)
{
    broken("v:1001 last is \"$link\"", [@entries, 'ledger'],
           sub { redis('HSET', "${D}v:1001", 'last', $link) });
    broken("v:2002 last is \"$link\"", ['undo merge'],
           sub { redis('HSET', "${D}v:2002", 'last', $link) });
    broken("v:2001 last is \"$link\"", ['undo merge'],
           sub { redis('HSET', "${D}v:2001", 'last', $link) });
}

# what a voucher is said to be by the entry of its redemption

my ($told, $told_late, $told_eaten) = map { stored_voucher($D, $_)->{entry} }
                                      $code, $late, $eaten;
for my $field (qw( points balance expires )) {
    for my $value ('abc', '1.5', '9' x 17, '') {
        my @change = ($field, $value);
        broken("a redemption's $field is \"$value\"",
               ['voucher', 'use', 'cancel', 'redeem again'],
               sub { rewrite_entry($D, $told, @change) });
        broken("that of one that was used is \"$value\"",
               ['eaten', 'reverse use', 'redeem what was eaten'],
               sub { rewrite_entry($D, $told_eaten, @change) });
    }
}
for my $field (qw( ref merchant volunteer )) {
    for my $value ('', 'x y', "\xff") {
        my @change = ($field, $value);
        broken("a redemption's $field is \"" . ($value =~ s/\xff/?/r) . '"',
               ['voucher', 'use', 'cancel', 'redeem again'],
               sub { rewrite_entry($D, $told, @change) });
        broken("that of one whose time is over",
               ['expire', 'use expired'],
               sub { rewrite_entry($D, $told_late, @change) });
        broken("that of one that was used",
               ['eaten', 'reverse use', 'redeem what was eaten'],
               sub { rewrite_entry($D, $told_eaten, @change) });
    }
}
broken('the account of a redemption is none', ['voucher', 'use', 'cancel'],
       sub { rewrite_entry($D, $told, volunteer => 'nobody') });


# The text of a voucher.

my $text = stored_voucher($D, $code)->{text};
my $text_late = stored_voucher($D, $late)->{text};
my $text_eaten = stored_voucher($D, $eaten)->{text};

my %lost = (
    'empty' => sub { '' },
    'a word' => sub { 'broken' },
    'an entry alone' => sub { $_[0] =~ s/ .*//r },
    'with two records' => sub { $_[0] =~ s/( [^ ]+)/$1$1/r },
    'with a state alone' => sub { ($_[0] =~ s/^(\S+ \S+).*/$1/r) . ' used' },
    'in no state there is' => sub { ($_[0] =~ s/^(\S+ \S+).*/$1/r)
                                    . " eaten $use" },
    'with a last entry that is none' => sub {
        ($_[0] =~ s/^(\S+ \S+).*/$1/r) . ' used x' },
    'with more behind it' => sub { "$_[0] x" },
    'with more before it' => sub { " $_[0]" },
    'with a record of other symbols' => sub { $_[0] =~ s/ [^ ]+/ a:b/r },
    'of an entry that is none' => sub { $_[0] =~ s/^\S+/1-1/r },
    'of an entry of no number' => sub { $_[0] =~ s/^\S+/9999999999999999-1/r },
    'of no entry' => sub { $_[0] =~ s/^\S+/x/r },
    'of a use' => sub { $_[0] =~ s/^\S+/$use/r },
    'of an award' => sub { $_[0] =~ s/^\S+/$award/r },
);

for my $name (sort keys %lost) {
    broken("the text of an open voucher is $name",
           ['voucher', 'use', 'cancel', 'redeem again'],
           sub { write_voucher_text($D, $code, $lost{$name}->($text)) });
    broken("that of one whose time is over is $name",
           ['expire', 'use expired'],
           sub { write_voucher_text($D, $late, $lost{$name}->($text_late)) });
    broken("that of one that was used is $name",
           ['eaten', 'use eaten', 'cancel eaten', 'reverse use',
            'redeem what was eaten'],
           sub { write_voucher_text($D, $eaten,
                                    $lost{$name}->($text_eaten)) });
}
broken('the text of a voucher is that of another',
       ['voucher', 'use', 'cancel', 'redeem again'],
       sub { write_voucher_text($D, $code, $text_late) });
broken('that of one that was used is that of another',
       ['eaten', 'use eaten', 'reverse use', 'redeem what was eaten'],
       sub { write_voucher_text($D, $eaten, $text) });
broken('the entry of a redemption is gone',
       ['voucher', 'use', 'cancel', 'redeem again'],
       sub { redis('XDEL', "${D}ledger", $told) });
broken('the entry of a redemption that was used is gone',
       ['eaten', 'reverse use', 'redeem what was eaten'],
       sub { redis('XDEL', "${D}ledger", $told_eaten) });


# The record of a redemption's key: 8 bytes of what was asked, and the code.

my $record = stored_voucher($D, $code);
my $record_eaten = stored_voucher($D, $eaten);
my $asked = substr $record->{record_kept}, 0, 8;

sub write_record {
    my ($kept) = @_;
    redis('HSET', "${D}x:$bucket", $record->{record}, $kept);
    redis('SET', $record_eaten->{record_key}, $kept);
}

for (['is empty', ''], ['has what was asked alone', $asked],
     ['ends early', $asked . 'A' x 11])
{
    my ($name, $kept) = @$_;
    broken("the record of a redemption $name",
           ['redeem again', 'redeem what was eaten', 'donate by that key'],
           sub { write_record($kept) });
}
for (['a code that is none', 'A' x 18],
     ['a code with a space', 'A' x 9 . ' ' . 'A' x 8],
     ['a code with a colon', 'AAA:' . 'A' x 14])
{
    my ($name, $kept) = @$_;
    broken("the record of a redemption has $name",
           ['redeem again', 'redeem what was eaten'],
           sub { write_record($asked . $kept) });
}
broken('the voucher of a record is gone',
       ['redeem again', 'redeem what was eaten'], sub {
    redis('HDEL', "${D}x:$bucket", substr $bare, 3);
    redis('DEL', "${D}x:$bare_eaten");
});
broken('the record of a redemption is of another type',
       ['redeem what was eaten'], sub {
    redis('DEL', $record_eaten->{record_key});
    redis('HSET', $record_eaten->{record_key}, 'a', 1);
});

broken('the record of a redemption has the code of another',
       ['redeem again', 'redeem what was eaten'],
       sub { write_record($asked . $bare_late) });
broken('a redemption gave points', ['voucher', 'use', 'cancel'],
       sub { rewrite_entry($D, $told, points => 5) });
for my $length (17, 19) {
    broken("the record of a redemption beside it has a code of $length",
           ['redeem again'], sub { write_record($asked . 'A' x $length) });
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
    ['a fund\'s title is not UTF-8', ['donate', 'fund'],
     sub { redis('HSET', "${D}f:roof", 'title', "\xff\xfe") }],
    ['a title is half a character in a whole one', ['restock', 'offer'],
     sub { redis('HSET', "${D}o:green", 'title',
                 "\xe2\x82\xc3\xa9\xac") }],
    ['a title has a surrogate', ['restock', 'offer'],
     sub { redis('HSET', "${D}o:green", 'title', "\xed\xa0\x80") }],
    ['a merchant is no id', ['redeem', 'offer'],
     sub { redis('HSET', "${D}o:green", 'merchant', "\xff") }],
    ['a price is below zero', ['redeem', 'offer'],
     sub { redis('HSET', "${D}o:green", 'price', -100) }],
    ['an account has the figure of an old year alone',
     ['hours', 'award', 'account', 'redeem', 'enrol'], sub {
         redis('DEL', "${D}v:1001");
         redis('HSET', "${D}v:1001", 'y2020', 60);
     }],
    ['a carry is below zero', ['hours', 'account'],
     sub { redis('HSET', "${D}v:1001", 'carry', -100000) }],
    ['v:1001 has no balance', ['hours', 'redeem', 'account'],
     sub { redis('HDEL', "${D}v:1001", 'balance') }],
    ['v:1001 has no kind', ['hours', 'redeem', 'account'],
     sub { redis('HDEL', "${D}v:1001", 'kind') }],
    ['o:green has no price', ['offer', 'redeem', 'restock'],
     sub { redis('HDEL', "${D}o:green", 'price') }],
    ['o:green has no merchant', ['offer', 'redeem', 'restock'],
     sub { redis('HDEL', "${D}o:green", 'merchant') }],
    ['the voucher\'s owner is gone', ['use', 'cancel'],
     sub { redis('DEL', "${D}v:1001") }],
    ['an entry leads to one that is gone', ['ledger'],
     sub { redis('XDEL', "${D}ledger", $award) }],
    ['the last entry is gone', ['ledger'],
     sub { redis('HSET', "${D}v:1001", 'last', link_to('1-1')) }],
    ['the last entry is of another', ['ledger'],
     sub { redis('HSET', "${D}v:1001", 'last', link_to($merge)) }],
    (map { my ($what, $before) = @$_;
           ["an entry leads to $what", ['ledger'],
            sub { rewrite_entry($D, $hours, before => $before) }] }
         ['what is no link', 'nonsense'], ['an id', $award],
         ['itself', link_to($hours)], ['one that came later', link_to($use)],
         ['one of another', link_to($stock)],
         ['two', link_to($award) . ' ' . link_to($award)],
         ['two and more', join ' ', (link_to($award)) x 3],
         ['one, with a space', link_to($award) . ' ']),
    (map { my ($what, @fields) = @$_;
           ["an entry $what", ['ledger'], sub {
               redis('HSET', "${D}v:1001", 'last',
                     link_to(redis('XADD', "${D}ledger", '*', @fields)));
           }] }
         ['lacks its points', entry_text(type => 'award',
                                         volunteer => '1001')],
         ['has its volunteer alone', 'entry', "award\t1001", 'before', ''],
         ['has no links', 'entry', $written[1]],
         ['has a field of another name', 'line', @written[1 .. 3]],
         ['has a field more', @written, 'more', ''],
         ['has its fields in another order', @written[2, 3, 0, 1]]),
    ['the account that answers is gone', ['undo merge'],
     sub { redis('DEL', "${D}v:2002") }],
    ['the account that was merged is gone', ['undo merge'],
     sub { redis('DEL', "${D}v:2001") }],
    ['another account answers', ['undo merge'],
     sub { redis('HSET', "${D}v:2001", 'merged', '1001') }],
    ['an account answers for itself', ['undo merge'],
     sub { redis('HSET', "${D}v:2002", 'merged', '2002') }],
    ['the days of a merge are not there', ['undo merge'],
     sub { redis('DEL', "${D}d:2002") }],
    ['the entry before a merge is gone', ['undo merge'], sub {
        my $before = redis('XREVRANGE', "${D}ledger", $merge, '-',
                           'COUNT', 2)->[1][0];
        redis('XDEL', "${D}ledger", $before);
    }],
    ['a merge has a link alone', ['undo merge', 'ledger of a merge'],
     sub { rewrite_entry($D, $merge, before => link_to($merged)) }],
    ['a merge has no link', ['undo merge', 'ledger of a merge'],
     sub { rewrite_entry($D, $merge, before => '') }],
    (map { my ($what, $before) = @$_;
           ["a merge leads to $what", ['undo merge', 'ledger of a merge'],
            sub { rewrite_entry($D, $merge, before => " $before") }] }
         ['what is no link', 'nonsense'], ['itself', link_to($merge)],
         ['none', ''], ['one of another', link_to($award)],
         ['one that is gone', link_to('1-1')]),
    ['a merge leads to an older entry', ['undo merge'],
     sub { rewrite_entry($D, $merge, before => ' ' . link_to($old)) }],
    ['the account that was merged has another last entry', ['undo merge'],
     sub { redis('HSET', "${D}v:2001", 'last', link_to($old)) }],
    ['the account that was merged has no last entry', ['undo merge'],
     sub { redis('HDEL', "${D}v:2001", 'last') }],
    ['an account has no merge', ['undo merge'],
     sub { redis('HDEL', "${D}v:2002", 'merges') }],
    ['what was merged into an account is no id', ['merge', 'undo merge'],
     sub { redis('HSET', "$D$_", 'joined', 'a b') for 'v:1002', 'v:2002' }],
    ['an account is answered by itself', ['account', 'awards of 1001'],
     sub { redis('HSET', "${D}v:1001", 'merged', '1001') }],
    ['a fund gave more than it has', ['reverse donation'],
     sub { redis('HSET', "${D}f:roof", 'donated', 2) }],
    ['the fund of a donation is gone', ['reverse donation'],
     sub { redis('DEL', "${D}f:roof") }],
    ['the account of a proposal is gone', ['approve', 'refuse'],
     sub { redis('DEL', "${D}v:1001") }],
    ['what waits is gone', ['awards'],
     sub { redis('XDEL', "${D}ledger", $first) }],
    ['more minutes were granted than are there', ['reverse hours'],
     sub { redis('HSET', "${D}d:1001", $day, 1) }],
    ['the ledger is no stream, and points have ended', ['freeze', 'redeem'],
     sub {
         redis('HSET', "${D}e:1001", 9000, 5);
         redis('SET', "${D}ledger", 'broken');
     }],
    ['the ledger is no stream, and points end now', ['freeze', 'redeem'],
     sub {
         redis('HINCRBY', "${D}v:1001", 'limited', 5);
         redis('SET', "${D}ledger", 'broken');
     }],
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

unlike(error_log(), qr/$bare|$bare_late|$bare_eaten/,
       'no voucher\'s code is in the log');

my $healthy = $calls{hours}->();
is($healthy->{status}, 201, 'with all restored it works as before');

done();


# A line of an import, whose answer is told as that of a request.

sub opening {
    my ($id) = @_;
    my $r = post('/points/import', qq({"type":"opening","volunteer":"$id",)
                 . qq("earned":2,"balance":1,"key":"$$"}\n), @ADMIN,
                 type => 'application/x-ndjson', key => undef);
    my ($told) = split /\n/, $r->{raw};
    $told = JSON::PP::decode_json($told);
    return { status => $told->{status} // 201, json => $told };
}


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
