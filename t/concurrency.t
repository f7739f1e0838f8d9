#!/usr/bin/env perl

# Many at once: 64 keep-alive clients, and the books are right to the point.

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
        keepalive_requests  100000;

        location /points/ {
            vol  tianyuan;
            %IDENTITY%
        }
    }
CONF

my $CLIENTS = 64;
my $STOCK = 500;

merchant('tea');
volunteer("v$_") for 0 .. $CLIENTS - 1;
grant("v$_", 1000) for 0 .. $CLIENTS - 1;


# All want the same offer, each sends until it is told no more.

sub all_want {
    my ($offer, $volunteer, $tries) = @_;

    my (%types, %codes, %done, %tried);

    crowd(port(), $CLIENTS,
        sub {
            my ($i) = @_;
            return if $done{$i} || $tries && $tried{$i}++ >= $tries;
            return build('POST', "/points/offers/$offer/redemptions",
                         as => 'volunteer:' . $volunteer->($i),
                         key => fresh_key(), body => {});
        },
        sub {
            my ($i, $r) = @_;
            my $type = $r->{json}{type} // $r->{json}{state} // 'nothing';
            $types{ $r->{status} . ' ' . $type =~ s/.*://r }++;
            $codes{ $r->{json}{code} }++ if $r->{status} == 201;
            $done{$i} = 1 if $r->{status} != 201;
        });

    return (\%types, [keys %codes]);
}

sub books_are_even {
    my ($name) = @_;

    my $sum = 0;
    for (@{ redis('KEYS', 'vol:{tianyuan}:v:*') }) {
        $sum += redis('HGET', $_, 'balance');
    }
    my %books = @{ redis('HGETALL', 'vol:{tianyuan}:books') };
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($sum, $books{earned} - $books{spent}, $name);
}

offer('scarce', price => 3, stock => $STOCK);
my ($types, $codes) = all_want('scarce', sub { "v$_[0]" });
is_deeply($types, { '201 issued' => $STOCK, '409 out-of-stock' => $CLIENTS },
          "64 clients get exactly the $STOCK there are");
is(scalar @$codes, $STOCK, 'and as many codes');
is(get('/points/offers/scarce', as => 'admin:a')->{json}{stock}, 0,
   'the stock is zero, not below');
my %kept = all_stored_vouchers('vol:{tianyuan}:');
is(scalar keys %kept, $STOCK,
   'Redis holds as many vouchers');
books_are_even('balances are what was earned less what was spent');

offer('few', price => 1, stock => 100000, per_person => 3);
($types) = all_want('few', sub { 'v0' });
is_deeply($types, { '201 issued' => 3, '409 limit-reached' => $CLIENTS },
          'one person at 64 counters gets no more than the three allowed');

volunteer('ten');
grant('ten', 10);
offer('cheap', price => 1, stock => 100000);
($types) = all_want('cheap', sub { 'ten' });
is_deeply($types, { '201 issued' => 10,
                    '409 insufficient-points' => $CLIENTS },
          'ten points are spent ten times');
is(balance('ten'), 0, 'and the balance is zero, not below');


# One voucher, everywhere at once.

my (%answers, %asked);
my $voucher = redeem('cheap', 'v1')->{code};
crowd(port(), $CLIENTS,
      sub { $asked{ $_[0] }++ ? undef
            : build('POST', "/points/vouchers/$voucher/use",
                    as => "merchant:chen$_[0]:tea", body => {},
                    $_[0] % 2 ? (key => fresh_key()) : ()) },
      sub { $answers{ $_[1]{status} }++ });
is_deeply(\%answers, { 200 => 1, 409 => $CLIENTS - 1 },
          'a voucher is used at one of 64 counters');

%answers = %asked = ();
my ($mine) = redeem('cheap', 'v1')->{code};
my $before = balance('v1');
crowd(port(), $CLIENTS,
      sub { $asked{ $_[0] }++ ? undef
            : $_[0] % 2 ? build('POST', "/points/vouchers/$mine/use",
                                as => 'merchant:chen:tea', body => {})
            : build('POST', "/points/vouchers/$mine/cancel",
                    as => 'volunteer:v1', body => {}, key => fresh_key()) },
      sub { $answers{ $_[1]{status} }++ });
is_deeply(\%answers, { 200 => 1, 409 => $CLIENTS - 1 },
          'it is either used or cancelled, once');
my $state = get("/points/vouchers/$mine", as => 'admin:a')->{json}{state};
is(balance('v1') - $before, $state eq 'cancelled' ? 1 : 0,
   'and the points agree with which');


# One entry, reversed everywhere at once.

my $award = grant('v2', 50);
$before = balance('v2');
%answers = %asked = ();
crowd(port(), $CLIENTS,
      sub { $asked{ $_[0] }++ ? undef
            : build('POST', "/points/ledger/$award->{entry}/reverse",
                    as => 'admin:root', key => fresh_key(),
                    body => { reason => 'r' }) },
      sub { $answers{ $_[1]{status} }++ });
is_deeply(\%answers, { 201 => 1, 409 => $CLIENTS - 1 },
          'an entry is reversed once');
is(balance('v2'), $before - 50, 'by its points');


# Each its own answer.

my ($mixed_up, $gets) = (0, 0);
crowd(port(), $CLIENTS,
      sub { $gets++ < 3000 ? build('GET', '/points/me',
                                   as => "volunteer:v$_[0]") : undef },
      sub { $mixed_up++ if $_[1]{json}{id} ne "v$_[0]" });
is($mixed_up, 0, 'nobody gets the answer of another');


# Everything at once; reads see whole accounts, writes lose nothing.

my ($n, $torn, %statuses) = (0, 0);
my $end = 4000;
volunteer('mix');
crowd(port(), $CLIENTS,
      sub {
          return if $n >= $end;
          my $i = $n++;
          return build('GET', '/points/me', as => 'volunteer:mix')
              if $i % 3 == 0;
          return build('POST', '/points/volunteers/mix/hours',
                       as => 'admin:root', key => fresh_key(),
                       body => { minutes => 30, on => sprintf
                                 '20%02d-%02d-%02d', 10 + $i % 15,
                                 1 + $i / 15 % 12, 1 + $i / 180 % 28 })
              if $i % 3 == 1;
          return build('POST', '/points/offers/cheap/redemptions',
                       as => 'volunteer:mix', key => fresh_key(),
                       body => {});
      },
      sub {
          my $r = $_[1];
          $statuses{ $r->{status} }++;
          $torn++ if $r->{status} == 200
                     && $r->{json}{earned} < $r->{json}{balance};
      });
ok(!grep({ !/^(200|201|409)$/ } keys %statuses) && !$torn,
   'reads and writes at once are all answered')
    or diag(explain(\%statuses));
my $account = account('mix');
is($account->{earned} * 60 + $account->{minutes},
   30 * scalar(grep { $_ % 3 == 1 } 0 .. $end - 1),
   'no minute is lost');
books_are_even('and the books are even');

my @entries = stored_entries('vol:{tianyuan}:');
my %points;
for (@entries) {
    my %entry = @{ $_->[1] };
    $points{ $entry{volunteer} } += $entry{points} if $entry{volunteer} ne '';
}
my @wrong = grep { redis('HGET', "vol:{tianyuan}:v:$_", 'balance')
                   != $points{$_} } sort keys %points;
is("@wrong", '', 'every balance is the sum of its entries in the ledger');

my $connections = () = redis('CLIENT', 'LIST') =~ /^id=/mg;
cmp_ok($connections, '<=', 2 * scalar(workers()) + 1,
       'Redis sees few connections a worker, not one a client');

done();
