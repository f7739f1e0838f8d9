#!/usr/bin/env perl

# A district is built again from its registry and its ledger alone: every key is
# as it was, but for the records of Idempotency-Keys.  What does not follow from
# the entries before it is refused.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::District qw( district_rules district );

use JSON::PP ();
use Time::Local qw( timegm );

my @ADMIN = (as => 'admin:root');
my $json = JSON::PP->new->utf8->canonical;

write_rules(district_rules());
start_redis({ env => frozen_clock('2025-12-20 04:00:00') });

sub conf {
    my ($duties) = @_;
    return <<"CONF";
    vol_redis          %REDIS%;
    vol_rules          %RULES%;
    vol_duties         $duties;
    vol_duty_interval  50ms;
    vol_seal           off;
    client_max_body_size  0;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
        location /copy/ { vol copy; }
        location /again/ { vol again; }
        location /awake/ { vol awake; }
    }
CONF
}

start_nginx(conf => conf('off'));

my %d = district();
my $today = int((redis('TIME')->[0] + 8 * 3600) / 86400);


# Lines of an export, without its last, and an import of lines.

sub export_of {
    my ($what) = @_;
    my $r = get("/points/export?what=$what", @ADMIN);
    return grep { !$_->{end} } map { $json->decode($_) } split /\n/, $r->{raw};
}

sub import_of {
    my ($where, @lines) = @_;
    my $r = post("/$where/import", join('', map { $json->encode($_) . "\n" }
                                            @lines),
                 @ADMIN, type => 'application/x-ndjson', key => undef);
    my @told = map { $json->decode($_) } split /\n/, $r->{raw};
    my ($result) = grep { $_ } map { $_->{result} } @told;
    return ("$result->{done} $result->{replayed} $result->{failed}",
            map { join ' ', map { $_ // '-' } @$_{qw( line status field
                                                      detail )} }
            grep { $_->{status} } @told);
}

my @registry = export_of('registry');
my @ledger = export_of('ledger');
is(scalar @ledger, redis('XLEN', 'vol:{tianyuan}:ledger'),
   'the ledger is exported');

my ($result, @failed) = import_of('copy', @registry);
is($result, @registry . ' 0 0', 'the registry is taken')
    or diag(join "\n", @failed);
($result, @failed) = import_of('copy', @ledger);
is($result, @ledger . ' 0 0', 'and the ledger, entry by entry')
    or diag(join "\n", @failed);


# What a key holds, as the same text for the same contents.

my %figure = map { $_ => 1 } qw( carry late unspendable limited );

sub content {
    my ($key) = @_;
    my $name = $key =~ s/^vol:\{\w+\}://r;
    my $type = redis('TYPE', $key);

    return [redis('GET', $key)] if $type eq 'string';
    return redis('LRANGE', $key, 0, -1) if $type eq 'list';
    return redis('ZRANGE', $key, 0, -1, 'WITHSCORES') if $type eq 'zset';
    return redis('XRANGE', $key, '-', '+') if $type eq 'stream';

    my %f = @{ redis('HGETALL', $key) };
    for (keys %f) {
        delete $f{$_} if $name =~ /^v:/ && $f{$_} eq '0'
                         && ($figure{$_} || /^y/)
                      || $name =~ /^e:/ && $_ <= $today
                      || $name =~ /^o:/ && $_ eq 'min_stars' && $f{$_} eq '0'
                      || $name =~ /^(books$|g:)/ && $f{$_} eq '0';
    }
    $f{ttl} = 'yes' if redis('TTL', $key) >= 0;
    return \%f;
}

sub contents {
    my ($district) = @_;
    my %c;
    for my $key (@{ redis('KEYS', "vol:{$district}:*") }) {
        my $name = $key =~ s/^vol:\{\w+\}://r;
        next if $name =~ /^(i:|k:|x:|audit|duty|sweep|seals|roots)/;
        my $c = content($key);
        $c{$name} = $c unless ref $c eq 'HASH' && !%$c;
    }

    # of a voucher all but the Idempotency-Key that made it
    my %vouchers = all_stored_vouchers("vol:{$district}:");
    for (keys %vouchers) {
        my %v = %{ $vouchers{$_} };
        $c{"x:$_"} = { map { $_ => $v{$_} } qw( entry state last open ) };
        $c{"x:$_"}{ttl} = 'yes' if $v{ttl} >= 0;
    }
    return \%c;
}

my ($here, $there) = (contents('tianyuan'), contents('copy'));

# vouchers that ended long ago are kept for a while more
delete $there->{$_} for grep { /^x:/ && !$here->{$_} && $there->{$_}{ttl} }
                        keys %$there;

my %kinds = map { /^(\w+)/ ? ($1 => 1) : () } keys %$here;
is(join(' ', sort keys %kinds),
   'books d decided due e ends f funds g gv lb ledger lh m merchants o offers '
   . 'orgs p r reversed t teams tm u v volunteers waiting x',
   'a district has keys of every kind');
is(join(' ', grep { !$there->{$_} } sort keys %$here), '', 'none is missing');
is(join(' ', grep { !$here->{$_} } sort keys %$there), '', 'none is too many');
for my $kind (sort keys %kinds) {
    my @keys = grep { /^$kind\b/ } sort keys %$here;
    is_deeply({ map { $_ => $there->{$_} } @keys },
              { map { $_ => $here->{$_} } @keys }, "all keys \"$kind\" are equal");
}


# Once more, and in part.

my $copy = contents('copy');
($result, @failed) = import_of('copy', @ledger);
is($result, '0 ' . @ledger . ' 0', 'what is there already is seen')
    or diag(join "\n", @failed);
is_deeply(contents('copy'), $copy, 'and nothing is done twice');

import_of('again', @registry);
($result) = import_of('again', @ledger[0 .. 29]);
is($result, '30 0 0', 'a part is taken');
($result) = import_of('again', @ledger);
is($result, @ledger - 30 . ' 30 0', 'and the rest later');


# What does not follow.

redis('DEL', @{ redis('KEYS', 'vol:{again}:*') });
import_of('again', @registry);

expect_log(qr/CORRUPT vol:\{again\}:ends:\d+ is a string/);
my ($limited) = grep { $ledger[$_]{expires} && $ledger[$_]{points} > 0 }
                0 .. $#ledger;
import_of('again', @ledger[0 .. $limited - 1]) if $limited;
my ($y, $m, $d) = $ledger[$limited]{expires} =~ /(\d+)/g;
my $ends = timegm(0, 0, 0, $d, $m - 1, $y) / 86400 + 1;    # 16:00 of UTC
redis('SET', "vol:{again}:ends:$ends", 'broken');
my $unbroken = contents('again');
($result) = import_of('again', $ledger[$limited]);
is($result, '0 0 1', 'what is broken in Redis refuses an entry');
is_deeply(contents('again'), $unbroken, 'before anything is done');
redis('DEL', "vol:{again}:ends:$ends");

my ($first) = grep { $ledger[$_]{type} eq 'award' } 0 .. $#ledger;
import_of('again', @ledger[0 .. $first - 1]);
my $before = contents('again');
my %award = %{ $ledger[$first] };

for (['balance', 1, 'balance'], ['points', 7, 'points'], ['earned', 7, 'points'],
     ['volunteer', 'nobody', 'volunteer'], ['volunteer', undef, 'volunteer'],
     ['type', 'gift', 'type'], ['entry', '1-1', 'entry'],
     ['entry', $ledger[0]{entry}, 'entry'], ['entry', 'x', 'entry'],
     ['on', undef, 'on'], ['proposal', '1-1', 'proposal'],
     ['points', 2e12, 'points'], ['gift', 1, 'gift'])
{
    my ($field, $value, $fault) = @$_;
    my %line = (%award, $field => $value);
    delete $line{$field} unless defined $value;
    ($result, @failed) = import_of('again', \%line);
    like("$result $failed[0]", qr/^0 0 1 1 4\d\d $fault /,
         "$field " . ($value // 'left out') . ' is refused');
}
is_deeply(contents('again'), $before, 'and nothing is done');

# each entry in its turn, with another balance, or once more
my @bad;
for my $e (@ledger[$first .. $#ledger]) {
    if (defined $e->{balance}) {
        ($result, @failed) = import_of('again',
                                       { %$e, balance => $e->{balance} + 1 });
        push @bad, "$e->{type}: $result @failed"
            unless "$result @failed" =~ /^0 0 1 .* balance /;
    }
    if ($e->{type} =~ /^(redemption|use|cancellation|expiry)$/) {
        ($result) = import_of('again', { %$e, voucher => $d{last} })
            unless $e->{voucher} eq $d{last};
        push @bad, "$e->{type} of another: $result"
            if $result ne '0 0 1' && $e->{type} ne 'redemption';
        last if $e->{type} eq 'redemption' && $result ne '0 0 1';
    }
    ($result, @failed) = import_of('again', $e);
    push @bad, "$e->{type}: $result @failed" unless $result eq '1 0 0';
}
is_deeply(\@bad, [], 'every entry is looked at');


# The rebuilt is a district like any other.

stop_nginx();
start_nginx(conf => conf('on'));
for my $where (qw( points copy )) {
    my $r = post("/$where/audit", {}, @ADMIN);
    wait_for(sub { $r = get("/$where/audit", @ADMIN)->{json};
                   $r->{state} eq 'done' });
    is("$r->{verdict} $r->{mismatches}", 'clean 0', "$where is in order")
        or diag($json->encode($r->{found}));
}

# Ids whose sequence is of five digits or of six.

redis('DEL', @{ redis('KEYS', 'vol:{again}:*') });
import_of('again', @registry);
my @higher = map { $json->decode($json->encode($_)
                                 =~ s/"\d{13}-\K(\d+)"/$1 + 99_990 . '"'/ger) }
             export_of('ledger');
($result, @failed) = import_of('again', @higher);
is($result, @higher . ' 0 0', 'entries of high numbers are taken')
    or diag(join "\n", @failed);
my %length = map { length() => 1 }
                 map { split ' ', $_->[1][3] }
                 @{ redis('XRANGE', 'vol:{again}:ledger', '-', '+') };
is(join(' ', sort keys %length), '18 20', 'their links are short or whole');
for my $id (qw( v1 v2 v3 v4 old )) {
    my @pages = map { my $where = $_; my @p; my $next;
        do {
            my $page = created(get("/$where/volunteers/$id/ledger?limit=7"
                                   . ($next ? "&after=$next" : ''), @ADMIN));
            push @p, map { $json->encode($_) } @{ $page->{entries} };
            $next = $page->{next};
        } while (defined $next);
        join "\n", @p } qw( points again );
    is($pages[1], $pages[0] =~ s/"\d{13}-\K(\d+)"/$1 + 99_990 . '"'/ger,
       "the history of $id is the same");
}
my $audit = post('/again/audit', {}, @ADMIN);
wait_for(sub { $audit = get('/again/audit', @ADMIN)->{json};
               $audit->{state} eq 'done' });
is("$audit->{verdict} $audit->{mismatches}", 'clean 0', 'and in order')
    or diag($json->encode($audit->{found}));

created(post('/copy/volunteers/v1/hours',
             { minutes => 60, on => '2028-01-01' }, @ADMIN));
created(post("/copy/vouchers/$d{issued}/use", {}, @ADMIN));


# A redemption without the name of who asked for it.

redis('DEL', @{ redis('KEYS', 'vol:{again}:*') });
import_of('again', @registry);
my ($redeemed) = grep { $ledger[$_]{type} eq 'redemption' } 0 .. $#ledger;
import_of('again', @ledger[0 .. $redeemed - 1]);
for my $by (undef, 'two words') {
    my %line = (%{ $ledger[$redeemed] }, by => $by);
    delete $line{by} unless defined $by;
    my $empty = dump_db();
    ($result, @failed) = import_of('again', \%line);
    my $r = get("/again/vouchers/$line{voucher}", @ADMIN);
    is("$result $r->{status}", $result eq '1 0 0' ? '1 0 0 200'
       : '0 0 1 404', 'a redemption by ' . ($by // 'nobody')
       . ' is refused, or makes a voucher');
    redis('DEL', @{ redis('KEYS', 'vol:{again}:*') });
    redis('RESTORE', $_, 0, $empty->{$_}, 'REPLACE')
        for grep { /again/ } keys %$empty;
}


# Entries that came after a copy of Redis's files, put back into the copy: the
# keys of redemptions are there.  No duty writes an entry meanwhile: the clock
# stands still, so it would have the id of one that is put back.

stop_nginx();
start_nginx(conf => conf('off'));
my @redeem = ('/copy/offers/cheap/redemptions', {}, as => 'volunteer:v2',
              key => 'before-the-copy');
created(put('/copy/offers/cheap', { merchant => 'tea', title => 'cheap',
                                    price => 1, stock => 9,
                                    valid_days => 3000 }, @ADMIN));
my $before_copy = created(post(@redeem));
my %files = map { /\{copy\}/ ? ($_ => redis('DUMP', $_)) : () }
            @{ redis('KEYS', '*') };
my $last_before = redis('XREVRANGE', 'vol:{copy}:ledger', '+', '-', 'COUNT',
                        1)->[0][0];
created(post("/copy/vouchers/$before_copy->{code}/use", {}, @ADMIN));
my ($use_entry) = @{ redis('XREVRANGE', 'vol:{copy}:ledger', '+', '-', 'COUNT',
                           1) };
created(post("/copy/ledger/$use_entry->[0]/reverse", { reason => 'r' },
             @ADMIN));
my @since = grep { !$_->{end} } map { $json->decode($_) } split /\n/,
            get("/copy/export?what=ledger&after=$last_before", @ADMIN)->{raw};
is(join(' ', map { $_->{type} } @since), 'use reversal', 'two entries came');

redis('DEL', @{ redis('KEYS', 'vol:{copy}:*') });
redis('RESTORE', $_, 0, $files{$_}, 'REPLACE') for keys %files;
set_clock('2028-01-12 04:00:00');
($result, @failed) = import_of('copy', $since[0]);
is($result, '1 0 0', 'the use is put back') or diag(@failed);
my $was_used = stored_voucher('vol:{copy}:', $before_copy->{code});
is($was_used->{state}, 'used', 'and the voucher is used');
is($was_used->{record_ttl}, $was_used->{ttl},
   'its key is known for as long');
($result, @failed) = import_of('copy', $since[1]);
is($result, '1 0 0', 'the reversal is put back') or diag(@failed);
is(stored_voucher('vol:{copy}:', $before_copy->{code})->{ttl}, -1,
   'and the voucher is open, without an end');
is(stored_voucher('vol:{copy}:', $before_copy->{code})->{record_ttl}, -1,
   'so is its key');
is(post(@redeem)->{json}{code}, $before_copy->{code},
   'which answers as the first time');


# Duties that are awake wait for the last entry, and leave none of it out.

sub swept {
    my $hour = redis('HGET', 'vol:{awake}:sweep', 'hour') // 0;
    return $hour == int(redis('TIME')->[0] / 3600);
}

stop_nginx();
start_nginx(conf => conf('on'));
get('/awake/books', @ADMIN);
set_clock('2030-01-01 00:00:00');
ok(wait_for(\&swept), 'a sweep of nothing');
import_of('awake', @registry);
($result, @failed) = import_of('awake', @ledger);
is($result, @ledger . ' 0 0', 'does not come between the entries')
    or diag(join "\n", @failed);

is(stored_voucher('vol:{awake}:', $d{issued})->{state}, 'issued',
   'a voucher whose time is over is as it was while entries may come');
set_clock('2030-01-01 00:02:00');
ok(wait_for(\&swept), 'then the sweep goes on');
is(stored_voucher('vol:{awake}:', $d{issued})->{state}, 'expired',
   'from where the ledger begins, and the voucher expires');

done();
