package VolTest::District;

# A district in which everything has happened that can: what an audit must find
# in order, and what a ledger must suffice to build again.

use strict;
use warnings;

use JSON::PP ();

use Exporter 'import';
our @EXPORT_OK = qw( district_rules district );

*get = \&VolTest::get;
*put = \&VolTest::put;
*post = \&VolTest::post;
*created = \&VolTest::created;
*set_clock = \&VolTest::set_clock;
*volunteer = \&VolTest::volunteer;
*grant = \&VolTest::grant;
*offer = \&VolTest::offer;
*redeem = \&VolTest::redeem;

my @ADMIN = (as => 'admin:root');
my @OTHER = (as => 'admin:wang');
my @ORGANIZER = (as => 'organizer:li:street');


# What to change in the rulebook of the suites.

sub district_rules {
    return {
        expiry => { years => 2 },
        cases => {
            grant => { title => 'Grant', min => 1, max => 10000 },
            bravery => { title => 'Bravery', min => 10, max => 100,
                         approval => JSON::PP::true() },
        },
        limits => { minutes_per_day => 720, organizer_minutes_per_day => 9000,
                    spendable_within_days => 60, redemptions_per_month => 50,
                    offer_redemptions_per_year => 40 },
    };
}


sub hours {
    my ($id, $minutes, $on, @as) = @_;
    return created(post("/points/volunteers/$id/hours",
                        { minutes => $minutes, on => $on, activity => 'gate',
                          note => "\x{4f60}\x{597d}" },
                        @as ? @as : @ADMIN))->{entry};
}

sub reverse_entry {
    my ($entry) = @_;
    return created(post("/points/ledger/$entry/reverse",
                        { reason => 'a mistake' }, @ADMIN))->{entry};
}

sub voucher {
    my ($code, $what) = @_;
    created(post("/points/vouchers/$code/$what", {}, @ADMIN));
}

sub donate {
    my ($id, $points) = @_;
    return created(post('/points/funds/river/donations',
                        { points => $points },
                        as => "volunteer:$id"))->{entry};
}

sub propose {
    my ($id, $points) = @_;
    my $r = post("/points/volunteers/$id/awards",
                 { case => 'bravery', points => $points, evidence => 'seen' },
                 @ADMIN);
    die "not proposed: $r->{raw}\n" unless $r->{status} == 202;
    return $r->{json}{entry};
}

sub merge {
    my ($old, $new) = @_;
    return created(post("/points/volunteers/$old/merge",
                        { into => $new, reason => 'the same person' },
                        @ADMIN))->{entry};
}

# what a volunteer had in another system
sub opening {
    my ($id, %o) = @_;
    my $line = JSON::PP->new->utf8->encode(
        { type => 'opening', volunteer => $id, key => "opening-$id", %o });
    my $r = post('/points/import', "$line\n", @ADMIN, key => undef,
                 type => 'application/x-ndjson');
    die "no opening: $r->{raw}\n" unless $r->{raw} =~ /"done":1\b/;
    return entry_of($id, 'opening');
}

sub entry_of {
    my ($id, $type) = @_;
    my ($e) = grep { $_->{type} eq $type }
              @{ get("/points/volunteers/$id/ledger?limit=100",
                     @ADMIN)->{json}{entries} };
    return $e->{entry};
}


# Makes the district; needs a clock that is set, and Redis with nothing in it.
# Returns codes and entries by a name of what became of them.

sub district {
    my %d;

    set_clock('2025-12-20 04:00:00');
    put('/points/merchants/tea', { title => 'tea' }, @ADMIN);
    created(put('/points/orgs/centre', { title => 'Centre' }, @ADMIN));
    created(put('/points/orgs/zone', { title => 'Zone', parent => 'centre' },
                @ADMIN));
    created(put('/points/orgs/aside', { title => 'Aside', parent => 'centre' },
                @ADMIN));
    created(put('/points/orgs/street', { title => 'Street', parent => 'zone' },
                @ADMIN));
    created(put('/points/orgs/zone/goal', { hours => 100, year => 2026 },
                @ADMIN));
    created(put('/points/orgs/centre/goal', { hours => 5000 }, @ADMIN));
    volunteer($_, station => 'street', teams => ['band'])
        for qw( v1 v2 v3 v4 v5 old older empty none gone stays left leaves );
    created(put('/points/teams/band',
                { title => 'Band', kind => 'social', org => 'street',
                  leader => 'v1' }, @ADMIN));
    created(put('/points/funds/river', { title => 'The river' }, @ADMIN));
    created(put('/points/funds/hill', { title => 'The hill' }, @ADMIN));
    offer('green', price => 10, stock => 50, per_person => 20);
    offer('cheap', price => 1, stock => 7, valid_days => 400);
    offer('lasting', price => 3, stock => 30, valid_days => 3660,
          per_person => 9);
    offer('free', price => 0, stock => 3);
    offer('none', price => 5, stock => 0);

    # carried minutes over the years, a late hour, awards, the same reversed
    hours('v1', 45, '2025-12-19', @ORGANIZER);
    $d{hours} = hours('v1', 100, '2025-12-20', @ORGANIZER);
    hours('v1', 90, '2025-08-01');
    grant('v1', 200);
    $d{wrong} = hours('v1', 130, '2025-12-18', @ORGANIZER);
    hours('v3', 20, '2025-12-01');
    set_clock('2026-01-05 04:00:00');
    $d{plain} = hours('v1', 130, '2026-01-05', @ORGANIZER);
    $d{reversal} = reverse_entry($d{wrong});
    hours('v1', 21, '2026-01-04');
    my $gift = grant('v1', 33)->{entry};
    reverse_entry($gift);

    # opening balances, one taken back
    opening('empty', earned => 150, balance => 40, minutes => 45,
            year_earned => 12, note => 'from the old system');
    reverse_entry(opening('v4', earned => 30, balance => 20, minutes => 50,
                          year_earned => 3, on => '2025-12-31'));

    # proposals
    $d{proposal} = propose('v2', 60);
    created(post("/points/awards/$d{proposal}/approve", {}, @OTHER));
    $d{refused} = propose('v2', 70);
    created(post("/points/awards/$d{refused}/refuse", { reason => 'no' },
                 @OTHER));
    $d{waiting} = propose('v3', 80);

    # vouchers
    grant('v2', 300);
    $d{$_} = redeem('green', 'v2')->{code} for qw( used cancelled expired );
    $d{$_} = redeem('lasting', 'v2')->{code} for qw( back again );
    $d{free} = redeem('free', 'v2')->{code};
    voucher($d{$_}, 'use') for qw( used back again );
    voucher($d{cancelled}, 'cancel');
    my ($again, $back) = map { $_->{entry} } grep { $_->{type} eq 'use' }
        @{ get('/points/volunteers/v2/ledger?limit=100',
               @ADMIN)->{json}{entries} };
    reverse_entry($_) for $again, $back;
    voucher($d{again}, 'use');
    $d{long} = redeem('cheap', 'v1')->{code};

    # donations, a freeze
    $d{donation} = donate('v1', 40);
    reverse_entry(donate('v1', 5));
    created(post("/points/volunteers/$_->[0]/$_->[1]", { reason => 'r' },
                 @ADMIN))
        for ['v3', 'freeze'], ['v4', 'freeze'], ['v4', 'unfreeze'];
    $d{freeze} = entry_of('v3', 'freeze');

    # stock, up and down
    created(post('/points/offers/green/restock', { stock => $_ }, @ADMIN))
        for 5, -20;
    offer('cheap', price => 2, stock => 9, valid_days => 400);

    # merges: one that stays, of an account that took another before; one that
    # was taken back
    grant('older', 15);
    hours('older', 50, '2026-01-03');
    hours('old', 40, '2026-01-03');
    hours('old', 20, '2025-11-20');
    grant('old', 25);
    my $olds = grant('old', 11)->{entry};
    merge('older', 'old');
    hours('old', 33, '2026-01-02');
    $d{moved} = redeem('lasting', 'old')->{code};
    merge('old', 'v4');
    reverse_entry($olds);
    hours('v4', 55, '2026-01-05');
    hours('v5', 65, '2026-01-05');
    grant('v5', 90);
    my $merge = merge('v5', 'v4');
    hours('v4', 30, '2026-01-04');
    $d{undone} = reverse_entry($merge);
    hours('v5', 10, '2026-01-05');

    # one who is erased, with a voucher that is open and an account that came
    hours('leaves', 40, '2026-01-03');
    grant('left', 30);
    hours('left', 50, '2026-01-04', @ORGANIZER);
    merge('left', 'leaves');
    $d{kept} = redeem('lasting', 'leaves')->{code};
    created(post('/points/volunteers/leaves/erase', { reason => 'a request' },
                 @ADMIN));
    $d{erased} = entry_of('leaves', 'erased');

    # no leaderboard has these
    volunteer('v2', station => 'street', minor => JSON::PP::true());
    volunteer('v5', station => 'street', listed => JSON::PP::false());

    # one that is taken back when some of what moved has ended
    grant('gone', 8);
    grant('stays', 2);
    set_clock('2026-02-01 04:00:00');
    grant('gone', 3);
    my $later = merge('gone', 'stays');

    # what time brings: vouchers and points that end, in part reversed later
    set_clock('2026-03-01 04:00:00');
    created(get("/points/vouchers/$d{expired}", @ADMIN));
    grant('v1', 12);
    grant('v5', 6);
    set_clock('2028-01-02 04:00:00');
    hours('v1', 60, '2028-01-01', @ORGANIZER);
    hours('v5', 60, '2028-01-01', @ORGANIZER);
    $d{lapse} = entry_of('v1', 'lapse');
    reverse_entry($d{hours});
    reverse_entry($later);
    hours('v2', 35, '2028-01-02', @ORGANIZER);
    $d{issued} = redeem('cheap', 'v2')->{code};
    $d{last} = redeem('cheap', 'v1')->{code};
    voucher($d{last}, 'use');
    s/-//g for @d{qw( issued used cancelled expired back again free long moved
                      kept last )};

    return %d;
}


1;
