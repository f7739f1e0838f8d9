#!/usr/bin/env perl

# Seals: every entry is covered by one, in order, and whoever has the ledger
# can compute the digests again.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use Digest::SHA qw( sha256_hex );
use JSON::PP ();

my $sm3 = `openssl dgst -list 2>/dev/null` =~ /\bsm3\b/i;

sub conf {
    my ($seal) = @_;
    return <<"CONF";
    vol_redis          %REDIS%;
    vol_rules          %RULES%;
    vol_duty_interval  50ms;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol       tianyuan;
            vol_seal  $seal;
        }

        location /unsealed/ {
            vol       unsealed;
            vol_seal  off;
        }

        location /west/ {
            vol        west;
            vol_rules  %DIR%/west.json;
        }
    }
CONF
}

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{tianyuan}:';

write_rules({ timezone => '-03:30', version => 'west' }, 'west.json');
write_rules();
start_redis({ env => frozen_clock('2026-04-08 15:59:00') });
start_nginx(conf => conf('sha256 entries=7'));

my $json = JSON::PP->new->utf8->allow_nonref;
my %integer = map { $_ => 1 } qw( points earned balance minutes points_per_hour
                                  amount );
my @fields = qw( type volunteer points earned balance ref voucher merchant on
                 minutes points_per_hour expires amount counted by role scope
                 rules org note evidence proposal );

# A lease of a worker that is gone runs out by Redis's clock, which stands still.
sub restart {
    my ($seal) = @_;
    stop_nginx();
    redis('DEL', "vol:{$_}:duty:seal") for qw( tianyuan west );
    start_nginx(conf => conf($seal));
}

# The line of a stored entry, made from what the documentation says of it.
sub line {
    my ($entry) = @_;
    my %value = @{ $entry->[1] };
    my @members = (qq("entry":"$entry->[0]"));
    for (@fields) {
        my $value = $value{$_} // '';
        next if $value eq '';
        if ($_ eq 'on') {
            my (undef, undef, undef, $d, $m, $y) = gmtime $value * 86400;
            $value = sprintf '"%04d-%02d-%02d"', $y + 1900, $m + 1, $d;
        } elsif ($_ eq 'expires') {
            my ($s, $min, $h, $d, $m, $y) = gmtime $value;
            $value = sprintf '"%04d-%02d-%02dT%02d:%02d:%02dZ"', $y + 1900,
                             $m + 1, $d, $h, $min, $s;
        } elsif (!$integer{$_}) {
            utf8::decode($value);
            $value = $json->encode($value);
        }
        push @members, qq("$_":$value);
    }
    return '{' . join(',', @members) . '}';
}

sub sm3_hex {
    write_file('line', $_[0]);
    my ($hex) = `openssl dgst -sm3 @{[path('line')]}` =~ /([0-9a-f]{64})/;
    return $hex;
}

sub ledger { stored_entries($_[0] || $P) }

sub seals {
    return map { { seal => $_->[0], @{ $_->[1] } } }
               @{ redis('XRANGE', ($_[0] || $P) . 'seals', '-', '+') };
}

# Waits until the last entry has a seal.
sub sealed {
    my ($prefix) = @_;
    return wait_for(sub {
        my $entry = redis('XREVRANGE', ($prefix || $P) . 'ledger', '+', '-',
                          'COUNT', 1)->[0];
        my $seal = redis('XREVRANGE', ($prefix || $P) . 'seals', '+', '-',
                         'COUNT', 1)->[0];
        $entry && $seal && $entry->[0] eq $seal->[0]
    });
}

# Computes the whole chain anew; says what differs, "" when nothing does.
sub chain {
    my ($prefix, $offset) = @_;
    $offset //= 8 * 3600;
    my @entries = ledger($prefix);
    my $digest = '0' x 64;
    for my $seal (seals($prefix)) {
        my ($n, $marks, $first) = (0, '');
        return "$seal->{seal}: previous" if $seal->{previous} ne $digest;
        my $hex = $seal->{algorithm} eq 'sm3' ? \&sm3_hex : \&sha256_hex;
        while ($n < $seal->{entries}) {
            my $entry = shift @entries or return "$seal->{seal}: no entry";
            $first //= $entry->[0];
            $digest = $hex->("$digest\n" . line($entry) . "\n");
            $marks .= substr pack('H*', $digest), 0, 4;
            $n++;
            my ($ms) = $entry->[0] =~ /^(\d+)/;
            return "$seal->{seal}: day"
                if $seal->{on} != int(($ms / 1000 + $offset) / 86400);
            return "$seal->{seal}: id"
                if ($entry->[0] eq $seal->{seal}) != ($n == $seal->{entries});
        }
        return "$seal->{seal}: first" if $first ne $seal->{first};
        return "$seal->{seal}: digest" if $seal->{digest} ne $digest;
        return "$seal->{seal}: marks" if $seal->{marks} ne $marks;
    }
    return @entries ? 'entries without a seal' : '';
}

sub get_seals {
    my ($query) = @_;
    return created(get('/points/seals' . ($query // ''), @ADMIN));
}

# the days that have a root in an export, the last of them first
sub exported_roots {
    my $r = get('/points/export?what=seals', @ADMIN);
    return reverse map { $_->{on} } grep { $_->{root} }
           map { $json->decode($_) } split /\n/, $r->{raw};
}


# Entries are sealed as they come.

is_deeply(get_seals(), { seals => [] }, 'without entries there are no seals');

volunteer('1001');
created(put("/$_/volunteers/1001", { kind => 'general' }, @ADMIN))
    for qw( unsealed west );
grant('1001', 5);
ok(sealed(), 'an entry gets a seal');
is(chain(), '', 'whose digest is that of its line');

my ($first) = @{ get_seals()->{seals} };
is_deeply([sort keys %$first],
          [sort qw( seal first entries digest previous algorithm on )],
          'a seal is shown with its fields');
is("$first->{seal} $first->{entries} $first->{previous} $first->{algorithm} "
   . $first->{on}, (ledger())[0][0] . ' 1 ' . '0' x 64 . ' sha256 2026-04-08',
   'the first follows 64 zeros');

created(post('/points/volunteers/1001/awards',
             { case => 'grant', points => 1,
               evidence => "\x{5fd7} \"quoted\" \\ / \x{1f3c5}",
               note => "\x{2028}<>&'" }, @ADMIN));
created(post('/points/volunteers/1001/hours',
             { minutes => 150, on => '2026-04-05', activity => 'spring' },
             as => 'admin:li'));
merchant('tea');
offer('green', price => 2);
my $voucher = redeem('green', '1001');
created(post("/points/vouchers/$voucher->{code}/cancel", {},
             as => 'volunteer:1001'));
created(post('/points/ledger/' . (ledger())[0][0] . '/reverse',
             { reason => "said \"no\"" }, @ADMIN));
ok(sealed(), 'entries of all types are sealed');
is(chain(), '', 'and their lines are those of the documentation');

restart('off');
grant('1001', $_) for 1 .. 30;
my $before = scalar seals();
restart('sha256 entries=7');
ok(sealed(), 'what came while nobody sealed is sealed later');
is(chain(), '', 'the chain goes on');
is_deeply([map { $_->{entries} } (seals())[$before .. $before + 4]],
          [7, 7, 7, 7, 2], 'a seal covers as many entries as configured');


# Midnight.

restart('off');
grant('1001', 1) for 1 .. 3;
set_clock('2026-04-08 16:00:00');
grant('1001', 1) for 1 .. 2;
$before = scalar seals();
restart('sha256');
ok(sealed(), 'entries on both sides of midnight are sealed');
is(chain(), '', 'by a chain that holds');
is_deeply([map { $_->{entries} } (seals())[$before .. $before + 1]], [3, 2],
          'no seal spans two days');

my $day = 20551;
my $root = (seals())[$before]{seal};
is_deeply(redis('ZRANGE', "${P}roots", 0, -1, 'WITHSCORES'),
          [$root, $day, (seals())[$before + 1]{seal}, $day + 1],
          'each day has one root');
my @shown = @{ get_seals('?limit=2')->{seals} };
is_deeply([map { $_->{root} } @shown], [undef, true],
          'the root is shown once the day is over');
is_deeply([map { "$_->{on} $_->{seal}" } @{ get_seals('?roots=true')->{seals} }],
          ["2026-04-08 $root"], 'and alone when only roots are asked for');
is_deeply([exported_roots()], ['2026-04-08'], 'an export has the same one');

grant('1001', 1);
ok(sealed(), 'an entry of the same day');
is(redis('ZCARD', "${P}roots"), 2, 'moves the root of its day');

for (9 .. 12) {
    set_clock("2026-04-$_ 20:00:00");
    grant('1001', 1);
    ok(sealed(), "an entry on day $_");
}
my (@roots, $next);
do {
    my $page = get_seals('?roots=true&limit=2' . ($next ? "&after=$next" : ''));
    push @roots, map { $_->{on} } @{ $page->{seals} };
    $next = $page->{next};
} while (defined $next && @roots < 20);
is_deeply(\@roots, [reverse map { "2026-04-$_" } '08' .. '12'],
          'roots come in pages, newest first');
is_deeply([exported_roots()], \@roots, 'in an export, oldest first');

# a day that is over, with an entry that has no seal yet, has no root yet
restart('off');
grant('1001', 1);
set_clock('2026-04-13 16:00:00');
is(get_seals('?roots=true&limit=1')->{seals}[0]{on}, '2026-04-12',
   'a day not sealed to its end has no root');
ok(!exists get_seals('?limit=1')->{seals}[0]{root}, 'not even when it is over');
is((exported_roots())[0], '2026-04-12', 'nor in an export');
restart('sha256');
sealed();
is(get_seals('?roots=true&limit=1')->{seals}[0]{on}, '2026-04-13',
   'then it has');


# The zone is the rulebook's.

created(post('/west/volunteers/1001/awards',
             { case => 'grant', points => 1, evidence => 'e' }, @ADMIN));
set_clock('2026-04-14 03:29:59');
created(post('/west/volunteers/1001/awards',
             { case => 'grant', points => 1, evidence => 'e' }, @ADMIN));
set_clock('2026-04-14 03:30:00');
created(post('/west/volunteers/1001/awards',
             { case => 'grant', points => 1, evidence => 'e' }, @ADMIN));
ok(sealed('vol:{west}:'), 'another district has a chain of its own');
is(chain('vol:{west}:', -12600), '', 'which holds');
is_deeply([map { $_->[1] } pairs(redis('ZRANGE', 'vol:{west}:roots', 0, -1,
                                       'WITHSCORES'))],
          [20556, 20557], 'and days of its own');

sub pairs {
    my @list = @{ $_[0] };
    my @pairs;
    push @pairs, [splice @list, 0, 2] while @list;
    return @pairs;
}


# Off.

created(post('/unsealed/volunteers/1001/awards',
             { case => 'grant', points => 1, evidence => 'e' }, @ADMIN));
grant('1001', 1);
sealed();
is(redis('EXISTS', 'vol:{unsealed}:seals'), 0, 'vol_seal off seals nothing');


# Pages of seals.

my @all = reverse map { $_->{seal} } seals();
my @got;
undef $next;
do {
    my $page = get_seals('?limit=3' . ($next ? "&after=$next" : ''));
    push @got, map { $_->{seal} } @{ $page->{seals} };
    $next = $page->{next};
} while (defined $next && @got < 100);
is_deeply(\@got, \@all, 'seals come in pages, newest first');
is(scalar @{ get_seals('?roots=false')->{seals} }, @all > 20 ? 20 : @all,
   'twenty to a page');
ok(!exists get_seals('?limit=' . @all)->{next},
   'a page that ends with the last has no next');

for (['after=x', 'after'], ['after=1', 'after'],
     ['after=99999999999999999999-1', 'after'], ['after=1-', 'after'],
     ['roots=yes', 'roots'], ['roots=true&after=1-1', 'after'],
     ['limit=0', 'limit'], ['limit=101', 'limit'], ['before=1', 'before'])
{
    my ($query, $field) = @$_;
    is_problem(get("/points/seals?$query", @ADMIN), 422, 'invalid-field',
               "?$query is refused", $field);
}
is(get('/points/seals?roots=true&after=9999999999999999999', @ADMIN)->{status},
   200, 'a day far away is one');


# Who may read.

my %reads = ('auditor:a' => 200, 'admin:root' => 200, 'volunteer:1001' => 403,
             'organizer:li:street' => 403, 'merchant:m:tea' => 403);
for my $as (sort keys %reads) {
    is(get('/points/seals', as => $as)->{status}, $reads{$as},
       "seals are $reads{$as} to $as");
}


# Another algorithm.

SKIP: {
    skip 'no SM3 in this OpenSSL', 4 unless $sm3;

    restart('sm3');
    grant('1001', 1) for 1 .. 2;
    ok(sealed(), 'with sm3 entries are sealed');
    is((seals())[-1]{algorithm}, 'sm3', 'by sm3');
    is(chain(), '', 'and the chain goes on');

    restart('sha256');
    grant('1001', 1);
    sealed();
    is((seals())[-1]{algorithm} . chain(), 'sha256', 'both ways');
}


# Many at once, by two workers.

my $asked = 0;
crowd(port(), 16,
      sub {
          return if $asked++ >= 600;
          return build('POST', '/points/volunteers/1001/awards', @ADMIN,
                       key => fresh_key(),
                       body => { case => 'grant', points => 1,
                                 evidence => 'e' });
      }, sub { });
ok(sealed(), 'hundreds of entries are sealed as they come');
is(chain(), '', 'without gap or overlap');


# An entry that nobody of ours wrote.

expect_log(qr/can't be sealed/);
my $seals = scalar seals();
my ($name, $text, @links) = entry_text(type => 'award');
redis('XADD', "${P}ledger", '*', $name, $text . "\tred" x 21, @links);
ok(wait_for(sub { error_log() =~ /can't be sealed/ }),
   'an entry that is none is told in the log');
is(scalar seals(), $seals, 'and not sealed');

done();
