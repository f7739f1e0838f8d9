#!/usr/bin/env perl

# Who guesses codes is slowed down, and nobody else: the configuration of
# docs/operation.md, as it stands there.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

# The text of the first block of nginx's configuration behind a heading.
sub documented {
    my ($heading) = @_;

    open my $in, '<', "$FindBin::Bin/../docs/operation.md" or die "$!\n";
    my $text = do { local $/; <$in> };
    $text =~ /^### \Q$heading\E\n.*?^```nginx\n(.*?)^```/ms
        or die "no configuration behind \"$heading\"\n";
    return $1;
}

my $conf = documented('Guesses of codes');

# what is the site's own: addresses, and a portal that knows who asks
$conf =~ s/^( *listen +)\S+;/$1%PORT%;/m;
$conf =~ s/^( *vol_redis +)\S+;/$1%REDIS%;/m;
$conf =~ s/^( *vol_rules +)\S+;/$1%RULES%;/m;
$conf =~ s{http://portal;}{http://%PORT1%;}g;
$conf .= <<'CONF';
    vol_certificate_key  %DIR%/key;

    server {
        listen %PORT1%;

        location / {
            if ($http_x_user = "") { return 401; }
            add_header  X-User-Id    $http_x_user;
            add_header  X-User-Role  $http_x_role;
            add_header  X-User-Scope $http_x_scope;
            return 204;
        }
    }
CONF

my ($rate, $burst) = ($conf =~ /rate=(\d+)r\/m/, $conf =~ /burst=(\d+)/);
ok($rate && $burst, 'the configuration has a rate and a burst');

write_file('key', 'k' x 64);
start(conf => $conf);

my @ADMIN = (as => 'admin:root');
my @TEA = (as => 'merchant:chen:tea');
my @SPA = (as => 'merchant:sun:spa');

volunteer('1001');
grant('1001', 1000);
merchant($_) for qw( tea spa );
offer('green', price => 1, stock => 1000);
my $code = redeem('green', '1001')->{code};

my @symbols = split //, '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

# A code that the check symbol does not give away as none.
sub guess {
    while (1) {
        my $guess = join '', map { $symbols[rand @symbols] } 1 .. 17;
        my $check = 0;
        for (split //, $guess) {
            my $s = $_;
            my ($i) = grep { $symbols[$_] eq $s } 0 .. 31;
            $check = ($check * 32 + $i) % 37;
        }
        return $guess . $symbols[$check] if $check < 32;
    }
}

sub tries {
    my ($n, $ask) = @_;
    my %got;
    $got{ $ask->()->{status} }++ for 1 .. $n;
    return \%got;
}


# A merchant who guesses.  How many seconds this takes is the machine's affair:
# one more may come through for each part of a minute.

my $n = 3 * $burst + 20;
my $started = time;
my $got = tries($n, sub {
    post('/points/vouchers/' . guess() . '/use', {}, @TEA)
});
my $most = $burst + 1 + (time - $started + 1) * $rate / 60;

cmp_ok($got->{404}, '>=', $burst, 'somebody who mistypes is heard');
cmp_ok($got->{404}, '<=', $most, 'who guesses is not, after so many times');
is($got->{404} + $got->{429}, $n, 'but told that it is too often');

my $r = get('/points/vouchers/' . guess(), @TEA);
is($r->{status}, 429, 'it is the same for looking as for using');
is($r->{headers}{'content-type'}, 'application/problem+json',
   'and a problem document');
is($r->{json}{status}, 429, 'with the status in it');

$r = post("/points/vouchers/$code/use", {}, @TEA);
is($r->{status}, 429, 'the guesser does not learn of a code that is right');
is(get("/points/vouchers/$code", as => 'volunteer:1001')->{json}{state},
   'issued', 'and it is not used');
ok($r->{headers}{'retry-after'}, 'it is told to come back later');


# Everybody else.

is(get("/points/vouchers/$code", as => 'volunteer:1001')->{status}, 200,
   'the owner sees the voucher');
is(get('/points/offers', @TEA)->{status}, 200,
   'the guesser may do what is no guess');
is_problem(post("/points/vouchers/$code/use", {}, @SPA), 403, 'forbidden',
           'another merchant is only refused for what they may not');
is(post("/points/vouchers/$code/use", {}, as => 'merchant:li:tea')->{status},
   200, 'the guesser\'s colleague at the same counter uses it');

$got = tries($burst, sub { get('/points/vouchers/' . guess(), @SPA) });
is_deeply($got, { 404 => $burst }, 'each has tries of their own');

# a busy counter
my @codes = map { redeem('green', '1001')->{code} } 1 .. $burst;
$got = tries(scalar @codes, sub {
    post('/points/vouchers/' . shift(@codes) . '/use', {},
         as => 'merchant:wu:tea')
});
is_deeply($got, { 200 => $burst }, 'a queue at the counter is served');

is(get('/points/vouchers/' . guess())->{status}, 401,
   'who is nobody has no tries at all');
is(get("/by-id/points/vouchers/$code", as => 'merchant:wu:tea')->{status}, 404,
   'and there is no way around the sign-in');
is_problem(get('/points/vouchers/' . guess() . '?x=1',
               as => 'merchant:qian:spa'), 422,
           'invalid-field', 'a query goes along', 'x');


# Who signed up and stays at home guesses the code that is shown there.

sub moment {
    return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ',
                           gmtime redis('TIME')->[0] + $_[0]);
}

my $activity = '/points/activities/gate';
created(put('/points/orgs/centre', { title => 'Centre' }, @ADMIN));
created(put($activity, { title => 'a', place => 'p', org => 'centre',
                         starts => moment(-600), ends => moment(3600),
                         posts => [{ id => 'p', title => 'p',
                                     places => 99 }] }, @ADMIN));
created(post("$activity/publish", {}, @ADMIN, key => undef));
for my $id (1001 .. 1003 + 2 * $burst) {
    volunteer($id);
    created(post("$activity/signups", {}, as => "volunteer:$id"));
}

$got = tries($n, sub {
    post("$activity/checkin", { code => sprintf '%08d', rand 1e8 },
         as => 'volunteer:1002')
});
is(join(' ', sort keys %$got), '422 429',
   'who guesses the code of an activity is stopped');
is(get('/points/me', as => 'volunteer:1002')->{status}, 200,
   'and may go on with all else');
my $shown = created(get("$activity/code", @ADMIN))->{code};
is(post("$activity/checkin", { code => $shown }, as => 'volunteer:1003')
   ->{status}, 200, 'who is there checks in');
my $id = 1003;
$got = tries(2 * $burst, sub {
    post("$activity/checkin", { volunteer => ++$id . "" },
         as => 'organizer:li:centre')
});
is_deeply($got, { 200 => 2 * $burst },
          'an organizer who checks a queue in is not limited')
    or diag(join ', ', %$got);


# Certificates are checked by anybody, so by address.

$got = tries(3 * $burst + 20,
             sub { get('/points/certificates/' . guess()) });
is(join(' ', sort keys %$got), '404 429',
   'who guesses certificates is stopped, too');
is(get('/points/me', as => 'volunteer:1001')->{status}, 200,
   'and may go on with all else');

done();
