#!/usr/bin/env perl

# An audit verifies seals: whatever was changed, put in or taken out by hand is
# found, and named.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use JSON::PP ();

sub conf {
    my ($seal) = @_;
    return <<"CONF";
    vol_redis          %REDIS%;
    vol_rules          %RULES%;
    vol_duty_interval  50ms;
    vol_seal           $seal;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
        location /long/ { vol long; }
    }
CONF
}

my $json = JSON::PP->new->utf8;
my $P = 'vol:{tianyuan}:';

# Atomic, because the audit is another client: replaces a stream.
my $REWRITE = <<'LUA';
    redis.call('DEL', KEYS[1])
    for _, e in ipairs(cjson.decode(ARGV[1])) do
        for i, hex in ipairs(e) do
            e[i] = hex:gsub('..', function (c)
                return string.char(tonumber(c, 16))
            end)
        end
        redis.call('XADD', KEYS[1], unpack(e))
    end
LUA

sub stream { @{ redis('XRANGE', "$P$_[0]", '-', '+') } }

sub rewrite {
    my ($name, @entries) = @_;
    redis('EVAL', $REWRITE, 1, "$P$name", $json->encode(
        [map { [map { unpack 'H*', $_ } $_->[0], @{ $_->[1] }] } @entries]));
}

# Changes a field of the n-th of a stream.
sub change {
    my ($name, $n, $field, $value) = @_;
    my @entries = stream($name);
    my @fields = $name eq 'ledger'
                 ? (entry_fields($entries[$n][1]), @{ $entries[$n][1] }[2, 3])
                 : @{ $entries[$n][1] };
    for (grep { $_ % 2 == 0 } 0 .. $#fields) {
        $fields[$_ + 1] = $value if $fields[$_] eq $field;
    }
    $entries[$n][1] = $name eq 'ledger' ? [entry_text(@fields)] : \@fields;
    rewrite($name, @entries);
}

sub take_out {
    my ($name, @n) = @_;
    my @entries = stream($name);
    redis('XDEL', "$P$name", map { $entries[$_][0] } @n);
}

# Puts copies in behind the n-th; returns their ids.
sub put_in {
    my ($n, $copies) = @_;
    my @entries = stream('ledger');
    my ($ms, $seq) = split /-/, $entries[$n][0];
    my @new = map { [$ms . '-' . ($seq + $_), $entries[$n][1]] }
              1 .. $copies || 1;
    rewrite('ledger', @entries[0 .. $n], @new, @entries[$n + 1 .. $#entries]);
    return map { $_->[0] } @new;
}

# What an audit finds, as "what id field: detail".
sub found {
    my (%at) = @_;
    redis('DEL', "${P}audit", "${P}audit:found");
    redis('HSET', "${P}audit", 'phase', 'seals', %at);
    wait_for(sub { redis('HGET', "${P}audit", 'phase') ne 'seals' })
        or return 'the audit does not end';
    return map {
        my $f = $json->decode($_);
        $f->{field} //= '-';
        "$f->{what} $f->{id} $f->{field}: $f->{detail}"
    } @{ redis('LRANGE', "${P}audit:found", 0, -1) };
}

# Does something to a ledger that is whole again afterwards.  What is expected
# is how each of what is found begins.
my %whole;

sub after (&$@) {
    my ($do, $name, @expected) = @_;

    my @put = $do->();
    for (@expected) {
        $_ = $_->(@put) if ref $_ eq 'CODE';
    }
    my @found = found();
    redis('RESTORE', "$P$_", 0, $whole{$_}, 'REPLACE') for keys %whole;

    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $i = 0;
    is_deeply([map { substr $_, 0, length($expected[$i++] // $_) } @found],
              \@expected, $name) or diag(join "\n", @found);
    return @found;
}

sub sealed {
    my ($prefix) = @_;
    return wait_for(sub {
        my ($entry, $seal) = map {
            redis('XREVRANGE', "$prefix$_", '+', '-', 'COUNT', 1)->[0][0] // ''
        } qw( ledger seals );
        $entry && $entry eq $seal
    });
}


# 20 entries in seals of 5, each entry in a millisecond of its own.

start(conf => conf('off'));
volunteer('1001');
created(put('/long/volunteers/1001', { kind => 'general' }, as => 'admin:a'));
grant('1001', $_) for 1 .. 20;

my $ms = 1770000000000;     # 2026-02-02
rewrite('ledger', map { [$ms++ . '-0', $_->[1]] } stream('ledger'));
stop_nginx();
start_nginx(conf => conf('sha256 entries=5'));
ok(sealed($P), 'twenty entries are sealed');
stop_nginx();
start_nginx(conf => conf('off'));

my @id = map { $_->[0] } stream('ledger');
my @seal = map { $_->[0] } stream('seals');
is(scalar @seal, 4, 'by four seals');
$whole{$_} = redis('DUMP', "$P$_") for qw( ledger seals roots );

is_deeply([found()], [], 'nothing is found where nothing is wrong');
is_deeply(redis('HMGET', "${P}audit", 'seals_cursor', 'seals_digest')->[0],
          $seal[3], 'and the audit got to the last seal');


# Entries.

after { change('ledger', 6, 'points', 1000) } 'an entry that was changed',
    "entry $id[6] mark: was changed";
after { change('ledger', $_, 'note', 'x') for 0, 9, 10, 19 }
    'first and last entries that were changed', 
    map { "entry $id[$_] mark: was changed" } 0, 9, 10, 19;
after { change('ledger', 6, 'points', 'many') } 'an entry that is none',
    "entry $id[6] mark: was changed";

my ($f) = after { take_out('ledger', 7) } 'an entry that was taken out',
    "entry $id[8] entries: ";
like($f, qr/: 1 of its seal are missing, the first before it/,
     'is missing before the next');
($f) = after { take_out('ledger', 5) } 'the first entry of a seal',
    "entry $id[5] entries: is missing";
($f) = after { take_out('ledger', 9) } 'the last entry of a seal',
    "entry $id[9] entries: is missing";
($f) = after { take_out('ledger', 8, 9) } 'the last two entries',
    "entry $id[9] entries: is missing";
like($f, qr/; 2 of its seal/, 'are counted');
after { take_out('ledger', 5 .. 9) } 'all entries of a seal',
    "entry $id[5] entries: is missing";
after { redis('DEL', "${P}ledger") } 'all entries',
    map { "entry $id[$_] entries: is missing" } 0, 5, 10, 15;

my $put_in = sub {
    my ($n, $detail) = @_;
    return sub { "entry $_[$n] -: " . ($detail || 'was put in: no seal covers '
                                                  . 'it') };
};
after { put_in(6) } 'an entry that was put in', $put_in->(0);
after { (put_in(5), put_in(7)) } 'two that were put in', $put_in->(0),
    $put_in->(1);
($f) = after { put_in(6, 3) } 'three in a row', $put_in->(0);
like($f, qr/and the 2 behind it/, 'are counted');
after { put_in(4) } 'an entry put in before the first of a seal', $put_in->(0);
after { put_in(8) } 'before the last of a seal', $put_in->(0);
after { my @new = put_in(6); change('ledger', 9, 'points', 7); @new }
    'one that was put in and one that was changed', $put_in->(0),
    "entry $id[8] mark: was changed, or put in";
after { put_in(19) } 'an entry behind the last seal is not sealed yet';


# Seals.

my $other = 'ab' x 32;
after { change('seals', 1, 'digest', $other) } 'a digest that was changed',
    "seal $seal[1] digest: its entries have another digest",
    "seal $seal[2] previous: is not the digest of the seal before";
after { change('seals', 1, 'previous', $other) } 'a digest before it',
    "seal $seal[1] previous: is not the digest of the seal before";
after { change('seals', 0, 'previous', $other) } 'that of the first seal',
    "seal $seal[0] previous: is not the digest of the seal before";
after { change('seals', 1, 'marks', 'abcd' x 5) } 'marks',
    "seal $seal[1] marks: are not those of its entries";
after { change('seals', 1, 'first', $id[6]) } 'the first entry',
    "seal $seal[1] first: is not its first entry";
for (['entries', 4, 'marks'], ['entries', 'x', 'entries'],
     ['marks', '', 'marks'], ['digest', 'x', 'digest'],
     ['previous', uc $other, 'previous'], ['first', 'x', 'first'],
     ['first', $id[15], 'first'])
{
    my ($field, $value, $told) = @$_;
    after { change('seals', 1, $field, $value) } "\"$value\" as $field",
        "seal $seal[1] $told: is not as a seal has it";
}
after { change('seals', 1, 'algorithm', 'md5') } 'an algorithm that is none',
    "seal $seal[1] algorithm: can't be computed here";

($f) = after { take_out('seals', 1); redis('ZREM', "${P}roots", $seal[1]) }
    'a seal that was taken out',
    "seal $seal[2] previous: a seal before this one is missing";
like($f, qr/; its 5 entries are as it sealed them/,
     'is missing, its entries are not');
($f) = after { take_out('seals', 0) } 'the first seal',
    "seal $seal[1] previous: a seal before this one is missing";
($f) = after { take_out('seals', 1); change('ledger', 7, 'points', 9) }
    'a seal and one of its entries',
    "seal $seal[2] previous: a seal before this one is missing";
like($f, qr/; its 5 entries are not as it sealed them/, 'are told apart');
after { take_out('seals', 3) } 'the last seal, which is a root',
    "seal $seal[3] root: is the root of a day, but no seal of that day";
after { redis('ZADD', "${P}roots", 3, 'nothing') } 'a root that is no id',
    'seal nothing root: is the root of a day, but no seal of that day';
after { redis('ZADD', "${P}roots", 3, $seal[1]) } 'a root of another day',
    "seal $seal[1] root: is the root of a day, but no seal of that day";
after { redis('ZADD', "${P}roots", map { ($_, "no-$_") } 10 .. 49) }
    'many roots', map { "seal no-$_ root: is the root of a day, but no seal "
                        . 'of that day' } 10 .. 49;


# An audit that another worker began goes on where that one was.

my %last = @{ (stream('seals'))[1][1] };
change('ledger', $_, 'points', 9) for 6, 12;
is_deeply([found(seals_cursor => $seal[1], seals_digest => $last{digest})],
          ["entry $id[12] mark: was changed"],
          'an audit goes on behind the seal it got to');
redis('RESTORE', "${P}ledger", 0, $whole{ledger}, 'REPLACE');


# Seals longer than a page, and many short ones.

stop_nginx();
start_nginx(conf => conf('off'));
$P = 'vol:{long}:';
my $asked = 0;
crowd(port(), 16,
      sub {
          return if $asked++ >= 1100;
          return build('POST', '/long/volunteers/1001/awards',
                       as => 'admin:a', key => fresh_key(),
                       body => { case => 'grant', points => 1,
                                 evidence => 'e' });
      }, sub { });
$ms = 1770000000000;
rewrite('ledger', map { [$ms++ . '-0', $_->[1]] } stream('ledger'));
@id = map { $_->[0] } stream('ledger');

for my $entries (1000, 450, 200, 1) {
    redis('DEL', "${P}seals", "${P}roots", "${P}duty:seal");
    stop_nginx();
    start_nginx(conf => conf("sha256 entries=$entries"));
    sealed($P);
    stop_nginx();
    start_nginx(conf => conf('off'));
    $whole{$_} = redis('DUMP', "$P$_") for qw( ledger seals roots );

    is(scalar stream('seals'), int((1099 + $entries) / $entries),
       "1100 entries in seals of $entries");
    is_deeply([found()], [], 'are found to be right');
    after { change('ledger', 777, 'points', 9) } 'one that was changed',
        "entry $id[777] mark: was changed";
    after { put_in(199) } 'one that was put in at a page\'s end', $put_in->(0);
    after { put_in(300, 400) } 'hundreds that were put in', $put_in->(0);
    next if $entries == 1;
    after { take_out('ledger', 399) } 'one that was taken out',
        $entries == 200 ? "entry $id[399] entries: is missing"
                        : "entry $id[400] entries: ";
}

done();
