#!/usr/bin/env perl

# The audit: a district in which all has happened is in order, also while it
# goes on happening; whatever is changed behind the module's back is found and
# named.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::District qw( district_rules district );

my @ADMIN = (as => 'admin:root');
my @AUDITOR = (as => 'auditor:audit');
my $P = 'vol:{tianyuan}:';

write_rules(district_rules());
start_redis({ env => frozen_clock('2025-12-20 04:00:00') });

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
        location /other/ { vol other; }
    }
CONF
}

start_nginx(conf => conf('off'));


# Runs an audit to its end and gives what GET says of it.
sub audit_of {
    my ($where) = @_;
    my $asked = post("/$where/audit", {}, @AUDITOR);
    die "not asked: $asked->{raw}\n" unless $asked->{status} =~ /^20[02]$/;
    my $r;
    wait_for(sub { $r = get("/$where/audit?limit=100", @ADMIN)->{json};
                   $r->{state} eq 'done' }) or die "the audit does not end\n";
    for (my $page = $r; defined $page->{next}; ) {
        $page = get("/$where/audit?limit=100&after=$page->{next}",
                    @ADMIN)->{json};
        push @{ $r->{found} }, @{ $page->{found} };
    }
    return $r;
}

sub found_of {
    my ($r) = @_;
    return map { join ' ', map { $_ // '' }
                 @$_{qw( what id field expected found detail )} }
           @{ $r->{found} };
}

sub clean {
    my ($where, $name) = @_;
    my $r = audit_of($where);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is("$r->{verdict} $r->{mismatches}", 'clean 0', $name)
        or diag(join "\n", found_of($r));
    return $r;
}


# Waits until what has ended by now was swept.
sub swept {
    my $hour = int(redis('TIME')->[0] / 3600);
    return wait_for(sub {
        (redis('HGET', "${P}sweep", 'hour') // 0) == $hour
    });
}


# Who may ask, and what is answered.

is_problem(get('/points/audit', @ADMIN), 404, 'not-found',
           'before the first there is no audit');
clean('other', 'an empty district is in order');

my %d = district();
ok(swept(), 'what time brings was done');
my $r = post('/points/audit', {}, @AUDITOR);
is($r->{status}, 202, 'an audit is asked for');
is("$r->{json}{state} $r->{json}{by}", 'running audit', 'and runs');
is($r->{json}{verdict}, undef, 'without a verdict so far');
$r = clean('points', 'a district in which all has happened is in order');
is($r->{phase}, 'done', 'the audit ends');
like($r->{finished}, qr/^2028-01-02T12:00:00\+08:00$/, 'and says when');
my $entries = redis('XLEN', "${P}ledger");
is_deeply([@{ $r->{progress} }{qw( entries accounts offers )}],
          [{ done => $entries, total => $entries }, { done => 13, total => 13 },
           { done => 5, total => 5 }], 'and how much it has seen');
is_deeply([grep { /:audit:/ } @{ redis('KEYS', "$P*") }], [],
          'it leaves nothing behind');
for my $as ('volunteer:v1', 'organizer:li:street', 'merchant:m:tea') {
    is(get('/points/audit', as => $as)->{status}, 403, "not for $as");
    is(post('/points/audit', {}, as => $as)->{status}, 403, 'nor to ask for');
}


# Behind the module's back.  Each is undone after its audit.

my (%whole, %ended);

sub keep {
    %whole = %{ dump_db() };
    %ended = map { $_ => redis('PTTL', $_) } keys %whole;
}

sub mend {
    my %now = map { $_ => 1 } @{ redis('KEYS', '*') };
    for my $key (grep { !/:(audit|duty)/ } keys %whole, keys %now) {
        if (defined $whole{$key}) {
            redis('RESTORE', $key, $ended{$key} > 0 ? $ended{$key} : 0,
                  $whole{$key}, 'REPLACE');
        } else {
            redis('DEL', $key);
        }
    }
}

# Does something, and looks for findings like each of those named.
sub found {
    my ($name, $do, @expected) = @_;
    $do->();
    my $r = audit_of('points');
    my @found = found_of($r);
    mend();

    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @missing = grep { my $e = $_; !grep { $_ =~ $e } @found } @expected;
    ok(!@missing && $r->{verdict} eq 'mismatches', $name)
        or diag("expected: @missing\n", map { "found: $_\n" } @found);
}

keep();

sub set { redis('HSET', "$P$_[0]", @_[1 .. $#_]) }

sub entry_at {
    my ($id) = @_;
    my ($e) = stored_entries($P, $id, $id);
    return { @{ $e->[1] } };
}

sub rewrite { rewrite_stream("$P$_[0]", $_[1]) }

sub edit { rewrite_entry($P, @_) }

for my $f (qw( balance earned carry late unspendable limited )) {
    found("an account's $f", sub { redis('HINCRBY', "${P}v:v1", $f, 7) },
          qr/^account v1 $f \S+ \S+ $/);
}
found("an account's year", sub { set('v:v1', 'y2025', 1) },
      qr/^account v1 y2025 \d+ 1 /);
found("a year that is not there", sub { redis('HDEL', "${P}v:v1", 'y2026') },
      qr/^account v1 y2026 \d+  /);
found('an account that is frozen', sub { set('v:v1', 'frozen', 1) },
      qr/^account v1 frozen 0 1 /);
found('one that is not any more', sub { redis('HDEL', "${P}v:v3", 'frozen') },
      qr/^account v3 frozen 1 0 /);
found('a figure that is none', sub { set('v:v1', 'balance', 'many') },
      qr/^account v1 balance \d+ many /);
found('an account of another type',
      sub { redis('DEL', "${P}v:v1"); redis('SET', "${P}v:v1", 'x') },
      qr/^account v1 .*WRONGTYPE/);
found('an account that is gone', sub { redis('DEL', "${P}v:v1") },
      qr/^account v1 kind .* there is no account/);
found('minutes of a day', sub { set('d:v1', redis('HKEYS', "${P}d:v1")->[0],
                                    999) },
      qr/^account v1 d:\d+ \d+ 999 /);
found('a lot', sub { redis('HINCRBY', "${P}e:v1", $_, 5)
                     for @{ redis('HKEYS', "${P}e:v1") } },
      qr/^account v1 e:\d+ \d+ \d+ /);
found('a lot that is gone', sub { redis('DEL', "${P}e:v1") },
      qr/^account v1 e:\d+ \d+  /);
found('a merge that was none', sub { set('v:none', 'merged', 'v1') },
      qr/^account none merged  v1 /);
found('one that is forgotten', sub { redis('HDEL', "${P}v:old", 'merged') },
      qr/^account old merged v4  /);
found('a stock', sub { set('o:green', 'stock', 1) },
      qr/^offer green stock \d+ 1 /);
found('an offer that is gone', sub { redis('DEL', "${P}o:green") },
      qr/^offer green stock .* there is no such offer/);
found('an offer that is in no list', sub {
          redis('ZREM', "${P}offers", '000000000010:green') },
      qr/^offer green offers /);
found('an offer that was forged', sub {
          set('o:forged', qw( merchant tea title x price 1 stock 9 )) },
      qr/^offer forged offers /);


# Orgs and teams.

for my $figure (qw( volunteers teams minutes points minutes2026 points2025 )) {
    found("an org's $figure",
          sub { redis('HINCRBY', "${P}g:street", $figure, 7) },
          qr/^org street $figure -?\d+ -?\d+ $/,
          qr/^org zone $figure -?\d+ -?\d+ $/);
    found("$figure of the org above",
          sub { redis('HINCRBY', "${P}g:zone", $figure, 7) },
          qr/^org zone $figure -?\d+ -?\d+ $/);
}
found('figures of a year that was none',
      sub { set('g:street', 'minutes1999', 1) },
      qr/^org street minutes1999 0 1 $/);
found('a figure that is gone', sub { redis('HDEL', "${P}g:street", 'minutes') },
      qr/^org street minutes \d+  $/);
found('an org that is gone', sub { redis('DEL', "${P}g:street") },
      qr/^org street minutes \d+  $/);
found('an org that is in no list', sub { redis('ZREM', "${P}orgs", 'zone:street') },
      qr/^org street orgs .* is not in the list of orgs/);
found('an org below another', sub { set('g:street', 'parent', 'aside') },
      qr/^org street orgs .* is not in the list of orgs/);
found('a figure that is no number', sub { set('g:street', 'points', 'x') },
      qr/^org zone .*CORRUPT/);
found('a volunteer whom their org does not list',
      sub { redis('ZREM', "${P}gv:street", 'general:v1') },
      qr/^account v1 gv:street general:v1  is not in that list/);
found('a volunteer whom their team does not list',
      sub { redis('ZREM', "${P}tm:band", 'v1') },
      qr/^account v1 tm:band v1  is not in that list/);
found('hours that count for another org',
      sub { edit($d{plain}, 'org', 'aside') },
      qr/^org aside minutes \d+ /, qr/^org street minutes \d+ \d+ /);
found('a reversal that counts for another org',
      sub { edit($d{reversal}, 'org', 'aside') },
      qr/^entry $d{reversal} org street aside /);


# The ledger.

sub first_of {
    my ($type) = @_;
    my ($e) = grep { my %e = @{ $_->[1] }; $e{type} eq $type }
              stored_entries($P);
    return $e->[0];
}

my $stock = first_of('stock');

found('the entry of a stock is taken out',
      sub { redis('XDEL', "${P}ledger", $stock) }, qr/^offer green stock /);
# the entry that leads to one
sub follower {
    my ($entry) = @_;
    my $link = link_to($entry);
    my ($e) = grep { $_->[1][3] =~ /^$link\b/ }
              @{ redis('XRANGE', "${P}ledger", '-', '+') };
    return $e->[0];
}

sub before { redis('XRANGE', "${P}ledger", $_[0], $_[0])->[0][1][3] }

my ($hours_link, $donation_link) = map { link_to($_) } @d{qw( hours donation )};
my ($after_hours, $after_donation) = map { follower($_) }
                                     @d{qw( hours donation )};

found('an entry is taken out',
      sub { redis('XDEL', "${P}ledger", $d{hours}) },
      qr/^entry $after_hours before \d+ $hours_link /,
      qr/^account v1 history  $d{hours} there is no such entry/,
      qr/^books books reversed /, qr/^entry \S+ ref  $d{hours} there is no/);
found('an entry is taken out, also of its history', sub {
          my $before = before($d{donation});
          redis('XDEL', "${P}ledger", $d{donation});
          edit($after_donation, before => $before) },
      qr/^entry $after_donation balance \d+ \d+ /, qr/^books books donated /,
      qr/^fund river donated /);
found('an entry is written anew', sub {
          my @f = @{ redis('XRANGE', "${P}ledger", $d{donation},
                           $d{donation})->[0][1] };
          redis('XDEL', "${P}ledger", $d{donation});
          redis('XADD', "${P}ledger", '*', @f) },
      qr/^entry $after_donation before \d+ $donation_link /,
      qr/^entry \S+ before \d+ \d+ /, qr/^account v1 last \d+ \d+ /);
found('an entry is put in', sub {
          my @f = @{ redis('XRANGE', "${P}ledger", $d{donation},
                           $d{donation})->[0][1] };
          redis('XADD', "${P}ledger", '*', @f) },
      qr/^entry \S+ before \d+ \d+ /, qr/^account v1 last \d+ \d+ /,
      qr/^fund river donated /);
found('an entry is put in, also in its history', sub {
          my @f = entry_text(%{ entry_at($d{freeze}) }, type => 'unfreeze',
                             before => redis('HGET', "${P}v:v3", 'last'));
          set('v:v3', 'last', link_to(redis('XADD', "${P}ledger", '*', @f))) },
      qr/^account v3 frozen 0 1 /);
found('one behind an erasure', sub {
          my @f = entry_text(%{ entry_at($d{erased}) }, type => 'freeze',
                             before => redis('HGET', "${P}v:leaves", 'last'));
          set('v:leaves', 'last', link_to(redis('XADD', "${P}ledger", '*',
                                                @f))) },
      qr/^entry \S+ volunteer  leaves the account was erased/);
for (['points', 999, qr/^entry $d{plain} points \d 999/],
     ['earned', 999, qr/^entry $d{plain} earned \d 999/],
     ['balance', 999, qr/^entry $d{plain} balance \d+ 999/],
     ['minutes', 999, qr/^books books minutes /, qr/^account v1 d:/],
     ['volunteer', 'v2', qr/^entry $d{plain} before \d* \d+ /,
      qr/^account v1 history  $d{plain} is an entry of another/],
     ['volunteer', 'nobody', qr/^entry $d{plain} before  \d+ /,
      qr/^entry $d{plain} volunteer  nobody there is no such account/],
     ['type', 'gift', qr/^entry $d{plain} type .* not well formed/],
     ['points', '1e3', qr/^entry $d{plain} points .* not well formed/],
     ['expires', '', qr/^account v1 limited /])
{
    my ($field, $value, @expected) = @$_;
    found("an entry's $field becomes \"$value\"",
          sub { edit($d{plain}, $field, $value) }, @expected);
}
found("a lapse's points", sub { edit($d{lapse}, 'points', -999) },
      qr/^entry $d{lapse} points -\d+ -999 /, qr/^books books expired /);
found("a reversal's entry", sub { edit($d{reversal}, 'ref', $d{hours}) },
      qr/^entry $d{hours} reversed $d{reversal} /, qr/^entry $d{wrong} reversed/);
for (['has no values but its type', 'points',
      sub { ($_[0], 'hours', @_[2, 3]) }],
     ['has a value more', 'entry',
      sub { ($_[0], $_[1] . "\tx" x 23, @_[2, 3]) }],
     ['has another name', 'entry', sub { ('line', @_[1 .. 3]) }],
     ['has a field more', 'entry', sub { (@_, 'note', 'x') }],
     ['has no links', 'entry', sub { @_[0, 1] }],
     ['has its links in front', 'entry', sub { @_[2, 3, 0, 1] }],
     ['has its field twice', 'entry', sub { (@_, @_) }])
{
    my ($name, $field, $change) = @$_;
    found("an entry $name", sub {
              rewrite('ledger', sub { my ($id, @f) = @_;
                            @f = $change->(@f) if $id eq $d{hours};
                            return ($id, @f) }) },
          qr/^entry $d{hours} $field .* not well formed/);
}
found('an entry of a merge', sub {
          edit(first_of('merge'), 'evidence', '{"balance":1}') },
      qr/^entry \S+ evidence .* is not what moved/);
found('a ledger that is gone', sub { redis('DEL', "${P}ledger") },
      qr/^account v1 last  \d+ /, qr/^account v1 earned /,
      qr/^books books spent /);
found('a ledger of another type', sub { redis('DEL', "${P}ledger");
                                        redis('SET', "${P}ledger", 'x') },
      qr/^audit ledger .*WRONGTYPE/);


# The links.

my $foreign = link_to($d{freeze});
my $older = before($d{donation});
my $oldest = before(linked($older));

sub linked { $_[0] =~ s/(\d{5})\z/-@{[ $1 + 0 ]}/r }

for (['is gone', '', qr/^account v1 \w+ /],
     ['is none', 'nonsense', qr/^account v1 history  nonsense there is no/],
     ['is an id', linked($older), qr/^account v1 history /],
     ['skips an entry', $oldest, qr/^entry \S+ balance /],
     ['leads to an entry that is none', '100001',
      qr/^account v1 history  1-1 there is no such entry/],
     ['leads to another account', $foreign,
      qr/^account v1 history  $d{freeze} is an entry of another account/],
     ['leads forwards', link_to($after_donation),
      qr/^account v1 history  $after_donation is out of order/],
     ['leads to itself', $donation_link,
      qr/^account v1 history  $d{donation} is out of order/],
     ['is two', "$older $foreign", qr/^entry \S+ before /])
{
    my ($name, $before, $expected) = @$_;
    found("a link $name", sub { edit($d{donation}, before => $before) },
          qr/^entry $d{donation} before $older \Q$before\E $/, $expected);
}
found('two entries are one\'s place in the history', sub {
          edit($after_donation, before => $older);
          edit($d{donation}, before => $older) },
      qr/^entry $after_donation before $donation_link $older /);
found('the first of an account leads somewhere', sub {
          my ($first) = (entries('v3'))[-1]{entry};
          edit($first, before => link_to(first_of('hours'))) },
      qr/^entry \S+ before  \d+ $/,
      qr/^account v3 history \S* \S+ is an entry of another account/);
found('a stock\'s entry has a link', sub { edit($stock, before => $older) },
      qr/^entry $stock before  $older /);
for (['is gone', undef], ['is none', 'nonsense'], ['is older', $older],
     ['is of another', $foreign])
{
    my ($name, $last) = @$_;
    my $is = $last // '';
    found("an account's last entry $name", sub {
              redis('HDEL', "${P}v:v1", 'last');
              set('v:v1', 'last', $last) if defined $last },
          qr/^account v1 last \d+ $is $/);
    found("the last entry of one that was merged $name", sub {
              redis('HDEL', "${P}v:old", 'last');
              set('v:old', 'last', $last) if defined $last },
          qr/^account old last \d+ $is $/);
}
found('an account without entries has a last one',
      sub { set('v:none', 'last', $older) }, qr/^account none last  $older /);

# old is merged into v4
my ($merge, $merged) = map { my $type = $_;
    (grep { my %e = @{ $_->[1] };
            $e{type} eq $type && ($e{volunteer} eq 'old' || $e{ref} eq 'old') }
     stored_entries($P))[-1][0] } qw( merge merged );
my ($own, $joined) = split / /, before($merge);

for (['loses its second link', $own, qr/^entry $merge before /],
     ['loses its first link', " $joined", qr/^entry $merge before /],
     ['leads to an older entry', "$own " . before($merged),
      qr/^entry $merge before $own $joined $own \d+ /],
     ['leads to another account', "$own $foreign",
      qr/^entry $merge before $own $joined $own $foreign /])
{
    my ($name, $before, $expected) = @$_;
    found("a merge $name", sub { edit($merge, before => $before) }, $expected);
}
found('a merge is taken out', sub { redis('XDEL', "${P}ledger", $merge) },
      qr/^account old merged v4  no merge leads to its history/,
      qr/^account v4 history  $merge there is no such entry/);
found('the other side of a merge is taken out',
      sub { redis('XDEL', "${P}ledger", $merged) },
      qr/^entry $merge merged v4  /, qr/^account old last /);
found('a merge is there twice', sub {
          my @f = @{ redis('XRANGE', "${P}ledger", $merge, $merge)->[0][1] };
          $f[3] = redis('HGET', "${P}v:v4", 'last') . " $joined";
          set('v:v4', 'last', link_to(redis('XADD', "${P}ledger", '*', @f))) },
      qr/^entry \S+ ref  old was merged into this already/,
      qr/^entry \S+ merged v4 v4 $merge /);
found('a merge into another account', sub {
          my @f = entry_text(%{ entry_at($merge) }, volunteer => 'v2',
                             before => redis('HGET', "${P}v:v2", 'last')
                                       . " $joined");
          set('v:v2', 'last', link_to(redis('XADD', "${P}ledger", '*', @f))) },
      qr/^entry \S+ merged v2 v4 $merge /, qr/^account v4 history /);
found('what moved is another on either side',
      sub { edit($merge, 'evidence', entry_at($merge)->{evidence}
                                     =~ s/"carry":\K\d+/59/r) },
      qr/^entry $merge evidence   is not what moved/);
found("an account's merges", sub { set('v:v4', 'merges', 7) },
      qr/^account v4 merges \d 7 /);
found('merges of one that has none', sub { set('v:v2', 'merges', 1) },
      qr/^account v2 merges 0 1 /);
found('an account does not name one that was merged into it',
      sub { redis('HDEL', "${P}v:v4", 'joined') },
      qr/^account v4 joined old  /);
found('it names one that was not',
      sub { set('v:v4', 'joined', 'old,v2') },
      qr/^account v4 joined  v2 /);

found('a mark of a reversal is gone',
      sub { redis('HDEL', "${P}reversed", $d{wrong}) },
      qr/^entry $d{wrong} reversed $d{reversal}  /);
found('a mark of a reversal is forged',
      sub { set('reversed', $d{hours}, $d{reversal}) },
      qr/^entry $d{hours} reversed  /);
found('a mark of a decision is gone',
      sub { redis('HDEL', "${P}decided", $d{proposal}) },
      qr/^entry $d{proposal} decided /);
found('a proposal is not waiting any more',
      sub { redis('ZREM', "${P}waiting", $d{waiting}) },
      qr/^entry $d{waiting} waiting .* neither decided nor waiting/);


# Vouchers.

sub kept_of { stored_voucher($P, $_[0]) }

# Gives a voucher another text: its parts, as they are but for those told.
sub retell {
    my ($code, %other) = @_;
    my %v = (%{ kept_of($code) }, %other);
    write_voucher_text($P, $code, "$v{entry} $v{record}"
        . ($v{last} eq $v{entry} && $v{state} eq 'issued' ? ''
           : " $v{state} $v{last}"));
}

sub bucket { "${P}x:" . substr $_[0], 0, 3 }

my $another = kept_of($d{back})->{entry};       # the entry of another voucher
my $close = kept_of($d{last})->{last};          # a use, of another voucher too

found("a voucher's state", sub { retell($d{issued}, state => 'used') },
      qr/^voucher $d{issued} state issued used /);
found("a voucher's last entry", sub { retell($d{issued}, last => $close) },
      qr/^voucher $d{issued} entry \S+ $close /,
      qr/^voucher $d{issued} entry .* is no entry of this voucher/);
found("a voucher's last entry is none",
      sub { retell($d{issued}, last => '1-1') },
      qr/^voucher $d{issued} entry \S+ 1-1 $/,
      qr/^voucher $d{issued} entry  1-1 is no entry of this voucher/);
for (['none', '1-1'], ['of another voucher', $another], ['a use', $close],
     ['of another kind', $d{donation}])
{
    my ($name, $entry) = @$_;
    found("a voucher's entry is $name", sub {
              retell($d{issued}, entry => $entry, last => $entry) },
          qr/^voucher $d{issued} .*CORRUPT \S+:x: entry/);
    found("the entry of a voucher that ended is $name",
          sub { retell($d{last}, entry => $entry) },
          qr/^voucher $d{last} .*CORRUPT \S+:x: entry/);
}
for my $text ('', 'lost', "$another", kept_of($d{issued})->{text} . ' used',
              kept_of($d{issued})->{text} . " lost $another")
{
    for my $kept (qw( issued last )) {
        found("the text of $kept is \"$text\"",
              sub { write_voucher_text($P, $d{$kept}, $text) },
              qr/^voucher $d{$kept} .*CORRUPT \S+:x: text/);
    }
}
found('a used voucher is open again',
      sub { retell($d{last}, state => 'issued') },
      qr/^voucher $d{last} state  issued is not open/,
      qr/^voucher $d{last} state used issued /);
for my $moved (qw( moved back )) {
    found("a voucher that was $moved with its account or by mistake",
          sub { retell($d{$moved}, last => $close) },
          qr/^voucher $d{$moved} entry /);
}
found('an open voucher is gone',
      sub { redis('HDEL', bucket($d{issued}), substr $d{issued}, 3) },
      qr/^voucher $d{issued} state issued  /);
found('a bucket is gone', sub { redis('DEL', bucket($d{issued})) },
      qr/^voucher $d{issued} state issued  /);
found('a bucket of another type', sub {
          redis('DEL', bucket($d{issued}));
          redis('SET', bucket($d{issued}), 'x') },
      qr/^voucher $d{issued} .*WRONGTYPE/);
found('an ended voucher of another type', sub {
          redis('DEL', "${P}x:$d{last}");
          redis('HSET', "${P}x:$d{last}", qw( state used )) },
      qr/^voucher $d{last} .*WRONGTYPE/);
found('a voucher is forged', sub {
          redis('SET', "${P}x:FORGED", kept_of($d{issued})->{text}) },
      qr/^voucher FORGED .*CORRUPT \S+:x: name/);
found('a voucher is forged in a bucket', sub {
          redis('HSET', bucket($d{issued}), 'FORGED000000000',
                kept_of($d{issued})->{text}) },
      qr/^voucher \w{3}FORGED000000000 .*CORRUPT \S+:x: entry/);
found('an entry of a redemption says another price',
      sub { edit(kept_of($d{issued})->{entry}, 'points', -1) },
      qr/^entry \S+ points -\d+ -1 |^entry \S+ balance /);
found('an entry of a redemption says another offer',
      sub { edit(kept_of($d{issued})->{entry}, 'ref', 'green') },
      qr/^offer green stock /);
found('an entry of a redemption names another voucher',
      sub { edit(kept_of($d{issued})->{entry}, 'voucher', $d{last}) },
      qr/^voucher $d{issued} .*CORRUPT \S+:x: entry/);
found("a redemption is taken out", sub {
          redis('XDEL', "${P}ledger", kept_of($d{issued})->{entry}) },
      qr/^voucher $d{issued} .*CORRUPT \S+:x: entry/);

for my $name (qw( A AB A:B ABCDEF:7 )) {
    found("a key x:$name", sub { redis('SET', "${P}x:$name", 'x') },
          qr/^voucher $name /);
}

found('a use names another merchant',
      sub { edit($close, 'merchant', 'spa') },
      qr/^(?:entry $close merchant|voucher $d{last} merchant) /);
found('an open voucher that has a key of its own', sub {
          my $text = kept_of($d{issued})->{text};
          redis('HDEL', bucket($d{issued}), substr $d{issued}, 3);
          redis('SET', "${P}x:$d{issued}", $text, 'EX', 86400) },
      qr/^voucher $d{issued} /);
found('a used voucher that is in a bucket', sub {
          redis('HSET', bucket($d{last}), substr($d{last}, 3),
                kept_of($d{last})->{text});
          redis('DEL', "${P}x:$d{last}") },
      qr/^voucher $d{last} /);


# Accounts and totals.

found('an account is forged',
      sub { set('v:forged', qw( kind general balance 5 earned 5 )) },
      qr/^account forged volunteers .* is not in the list/);
found('one is in the list twice', sub { redis('RPUSH', "${P}volunteers", 'v1') },
      qr/^account v1 volunteers .* twice/, qr/^books books volunteers 14 13 /);
found('one is taken out of the list',
      sub { redis('LREM', "${P}volunteers", 0, 'v1') },
      qr/^account v1 volunteers .* is not in the list/);
found('days of nobody', sub { set('d:nobody', 20000, 60) },
      qr/^account nobody d: .* without an account/);
for my $name (qw( minutes earned reversed unspendable spent used returned
                  expired donated volunteers ))
{
    found("the books' $name",
          sub { redis('HINCRBY', "${P}books", $name, 1) },
          qr/^books books $name \S+ \S+ $/);
}
found('books of another type',
      sub { redis('DEL', "${P}books"); redis('SET', "${P}books", 'x') },
      qr/^books books .*WRONGTYPE/);
found("a fund's total", sub { set('f:river', 'donated', 1) },
      qr/^fund river donated 40 1 /);
found('a fund without donations', sub { set('f:hill', 'donated', 1) },
      qr/^fund hill donated 0 1 /);


# Pages of findings.

set('books', map { $_ => 1 } qw( minutes earned reversed spent used ));
$r = audit_of('points');
is($r->{mismatches}, 5, 'all findings are counted');
my @all = found_of($r);
my @paged;
my $page = { next => 0 };
while (defined $page->{next}) {
    $page = created(get("/points/audit?limit=2&after=$page->{next}", @ADMIN));
    push @paged, found_of($page);
}
is_deeply(\@paged, \@all, 'and come in pages');
is_problem(get('/points/audit?after=x', @ADMIN), 422, 'invalid-field',
           'a page that is none', 'after');
mend();
clean('points', 'all is mended');


# While people go on.

sub under_traffic {
    my ($name, $requests) = @_;
    my $n = 0;
    my @bad;
    my $audits = 0;
    crowd(port(), 8, sub {
        return undef if $n >= $requests;
        return build(@{ request_of($n++) });
    }, sub {
        push @bad, $_[1]{raw} if $_[1]{status} >= 500;
        if ($audits < 200 && $n % 20 == 0) {
            $audits++;
            post('/points/audit', {}, @AUDITOR);
        }
    });
    is_deeply(\@bad, [], "$name: all requests are served");
}

my @codes;
my $made = 0;

sub request_of {
    my ($n) = @_;
    my $id = 'v' . (1, 2, 4)[$n % 3];
    my @key = (key => fresh_key());
    my $kind = $n % 8;

    return ['POST', "/points/volunteers/$id/hours", @ADMIN, @key,
            body => { minutes => 1 + $n % 9, on => '2028-01-0' . (1 + $n % 2) }]
        if $kind < 3;
    return ['POST', '/points/offers/cheap/redemptions', as => "volunteer:$id",
            @key, body => {}]
        if $kind == 3;
    return ['POST', '/points/offers/cheap/restock', @ADMIN, @key,
            body => { stock => 3 }]
        if $kind == 4;
    return ['POST', '/points/funds/river/donations', as => "volunteer:$id",
            @key, body => { points => 1 }]
        if $kind == 5;
    return ['PUT', '/points/volunteers/new' . $made++, @ADMIN,
            body => { kind => 'student' }]
        if $kind == 6;
    return ['POST', '/points/volunteers/new' . ($made - 1) . '/merge', @ADMIN,
            @key, body => { into => "new" . int($made / 2), reason => 'r' }]
        if $n % 16 == 7;
    my ($merge) = $n % 32 == 15 ? last_merge() : ();
    return ['POST', "/points/ledger/$merge/reverse", @ADMIN, @key,
            body => { reason => 'r' }]
        if $merge;
    return ['POST', "/points/volunteers/new" . int(rand $made) . '/awards',
            @ADMIN, @key,
            body => { case => 'grant', points => 5, evidence => 'e' }];
}

sub last_merge {
    return map { $_->[0] } grep { $_->[1][1] =~ /^merge\t/ }
           @{ redis('XREVRANGE', "${P}ledger", '+', '-', 'COUNT', 99) };
}

under_traffic('an audit', 3000);
cmp_ok(scalar(grep { $_->[1][1] =~ /^reversal\tnew/ }
              @{ redis('XRANGE', "${P}ledger", '-', '+') }), '>', 20,
       'merges were undone, too');
$r = clean('points', 'the audit under way is clean');
clean('points', 'and the next');
cmp_ok(get('/points/audit', @ADMIN)->{json}{audit}, '>', 5,
       'audits were made');


# An account of many entries, which is read in parts.

keep();
my @many = history($P, 'v1');
cmp_ok(scalar @many, '>', 300, 'an account has many entries');
for my $n (1, 74, 75, 76, 150, 240, $#many) {
    my ($e, $is) = ($many[$n], before($many[$n]));
    found("a balance $n entries down", sub { edit($e, 'balance', -5) },
          qr/^entry $e balance -?\d+ -5 /);
    found("a link $n entries down",
          sub { edit($e, before => link_to($many[0])) },
          qr/^entry $e before $is \d+ $/,
          qr/^account v1 history  $many[0] is out of order/);
}


# Seals.

sub sealed {
    return wait_for(sub {
        my ($entry, $seal) = map {
            redis('XREVRANGE', "$P$_", '+', '-', 'COUNT', 1)->[0][0] // ''
        } qw( ledger seals );
        $entry eq $seal
    });
}

# a lease of a worker that is gone runs out by the clock, which stands still
stop_nginx();
redis('DEL', @{ redis('KEYS', '*:duty:*') });
start_nginx(conf => conf('sha256 entries=7'));
ok(sealed(), 'all is sealed');
my @seals = map { $_->[0] } @{ redis('XRANGE', "${P}seals", '-', '+') };
keep();
found('a seal is changed', sub {
          rewrite('seals', sub {
              my ($id, %f) = @_;
              $f{digest} =~ tr/0-9a-f/1-9a-f0/ if $id eq $seals[1];
              return ($id, %f) }) },
      qr/^seal $seals[1] /);
found('a seal is taken out', sub {
          rewrite('seals', sub { $_[0] eq $seals[1] ? () : @_ }) },
      qr/^seal $seals[2] /);
found('an entry under a seal is changed',
      sub { edit($d{hours}, 'note', 'another') }, qr/^entry $d{hours} /);
clean('points', 'seals are in order again');

done();
