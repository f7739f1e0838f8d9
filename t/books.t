#!/usr/bin/env perl

# The example of docs/books.md is what happens, its lines have those digests,
# and its verifier tells a ledger that was changed.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

use JSON::PP ();

write_rules({ version => 'tianyuan-2026',
              cases => { bravery => { title => 'Bravery', min => 10, max => 100,
                                    approval => true } } });
start_redis({ env => frozen_clock('2026-04-01 01:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis          %REDIS%;
    vol_rules          %RULES%;
    vol_duty_interval  50ms;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }
    }
CONF

my @LI = (as => 'admin:li');
my @WANG = (as => 'admin:wang');
my $LEDGER = 'vol:{tianyuan}:ledger';

my $doc = do {
    open my $in, '<', "$FindBin::Bin/../docs/books.md" or die;
    local $/;
    <$in>;
};


# The example, step by step: after each the newest entry, and the books.

my (@ledger, @books);

sub step {
    my ($time, $do) = @_;
    my $before = redis('XLEN', $LEDGER);    # the time itself may bring one
    set_clock($time);
    my $made = $do->();
    wait_for(sub { redis('XLEN', $LEDGER) == $before + 1 })
        or die "no entry at $time\n";
    my ($id, $fields) = @{ redis('XREVRANGE', $LEDGER, '+', '-', 'COUNT', 1)
                           ->[0] };
    push @ledger, { entry_fields($fields), entry => $id };
    push @books, get('/points/books', @WANG)->{json};
    return $made;
}

sub hours {
    my ($minutes, $on) = @_;
    return created(post('/points/volunteers/1001/hours',
                        { minutes => $minutes, on => $on, activity => 'river' },
                        as => 'organizer:zhou:taishan'))->{entry};
}

volunteer('1001', station => 'taishan');
merchant('massage');
step('2026-04-01 01:00:00', sub {
    created(put('/points/offers/massage',
                { merchant => 'massage', title => 'Massage', price => 10,
                  stock => 3 }, @LI)) });
my $first = step('2026-04-05 10:00:00', sub { hours(90, '2026-04-05') });
step('2026-04-12 10:00:00', sub { hours(45, '2026-04-12') });
my $proposal = step('2026-04-13 02:00:00', sub {
    my $r = post('/points/volunteers/1001/awards',
                 { case => 'bravery', points => 30,
                   evidence => 'police report 117' }, @LI);
    is($r->{status}, 202, 'an award that waits');
    $r->{json}{entry} });
step('2026-04-14 02:00:00', sub {
    created(post("/points/awards/$proposal/approve", {}, @WANG)) });
my $used = step('2026-04-15 08:00:00', sub { redeem('massage', '1001') });
step('2026-04-16 08:00:00', sub {
    created(post("/points/vouchers/$used->{code}/use", {},
                 as => 'merchant:chen:massage')) });
step('2026-04-20 08:00:00', sub { redeem('massage', '1001') });
step('2026-05-20 08:00:00', sub { });
step('2026-05-21 02:00:00', sub {
    created(post("/points/ledger/$first/reverse",
                 { reason => 'was somebody else' }, @WANG)) });


# As the document has it.

my %place = map { $ledger[$_]{entry} => $_ + 1 } 0 .. $#ledger;

for my $n (1 .. @ledger) {
    my ($e, $b) = ($ledger[$n - 1], $books[$n - 1]);
    my $ref = $place{ $e->{ref} } ? "entry $place{ $e->{ref} }" : $e->{ref};
    $ref .= ", entry $place{ $e->{proposal} }" if $e->{proposal};
    my @at = gmtime +(split /\D/, $e->{entry})[0] / 1000 + 8 * 3600;
    my $at = sprintf '%02d-%02d', $at[4] + 1, $at[3];
    my $row = sprintf '| %d | %s | %s | %s | %s | %s | %s | %s | %s | %s |', $n,
           $at, $e->{type}, $ref,
           @$e{qw( minutes amount points earned balance by )};
    like($doc, qr/^\Q$row\E$/m, "entry $n is in the document") or diag($row);

    my $totals = join ' | ', "| $n",
        @$b{qw( minutes earned reversed spent used outstanding returned
                balance )};
    like($doc, qr/^\Q$totals\E \|$/m, "and the books after it")
        or diag($totals);
    is($b->{balance}, $b->{earned} - $b->{unspendable} - $b->{spent}
                      - $b->{expired} - $b->{donated}, 'which are even');
}
is(account('1001')->{minutes}, 45, 'what is left of the hours is carried');


# Its verifier.

my ($verifier) = $doc =~ /^```perl\n(.*?)^```/ms;
write_file('verify', $verifier);

sub exported {
    my ($what) = @_;
    return write_file("$what.ndjson",
                      get("/points/export?what=$what", as => 'auditor:a')
                      ->{raw});
}

sub verified {
    my $told = `perl @{[path('verify')]} @{[path('ledger.ndjson')]} @{[
                path('seals.ndjson')]} 2>&1`;
    return ($?, $told);
}

wait_for(sub {
    my $seal = get('/points/seals?limit=1', @WANG)->{json}{seals}[0];
    $seal && $seal->{seal} eq $ledger[-1]{entry}
}) or die "not sealed\n";
exported($_) for qw( ledger seals );

my @lines = split /\n/, read_file('ledger.ndjson');
for my $line (@lines[0, 1]) {
    like($doc, qr/^    \Q$line\E$/m, 'a line of the ledger is in the document')
        or diag($line);
}
my @seals = map { JSON::PP::decode_json($_) } grep { /"seal"/ }
            split /\n/, read_file('seals.ndjson');
for my $seal (@seals[0, 1]) {
    like($doc, qr/^    D\(\d\) = $seal->{digest}$/m, 'and its digest')
        or diag($seal->{digest});
}
my ($status, $told) = verified();
is($status, 0, 'the verifier of the document finds all in order') or diag($told);
like($told, qr/^2026-04-05 $seals[1]{digest}$/m, 'and tells the root of a day');

my $ledger = join "\n", @lines, '';
my $number = 0;
for my $change (sub { s/"minutes":90/"minutes":91/ }, sub { s/.*?\n// },
                sub { s/^(.*\n)(.*\n)/$2$1/ }, sub { s/("points":-10,.*\n)/$1$1/ })
{
    local $_ = $ledger;
    $change->();
    write_file('ledger.ndjson', $_);
    isnt((verified())[0], 0, 'and not in one that was changed, ' . ++$number);
}

done();
