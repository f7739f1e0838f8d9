#!/usr/bin/env perl

# Points given to public funds, and given back.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

start(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $D = 'vol:{tianyuan}:';

sub fund {
    my ($id, $title, @as) = @_;
    return put("/points/funds/$id", { title => $title }, @as ? @as : @ADMIN);
}

sub donate {
    my ($fund, $points, %o) = @_;
    return post("/points/funds/$fund/donations", { points => $points },
                as => 'volunteer:1001', %o);
}

sub donated { get("/points/funds/$_[0]", @ADMIN)->{json}{donated} }

sub books {
    my $b = get('/points/books', @ADMIN)->{json};
    return "$b->{balance} $b->{donated}";
}


# Funds.

is_problem(get('/points/funds/river', @ADMIN), 404, 'not-found',
           'a fund that is not there');
is_deeply(get('/points/funds', @ADMIN)->{json}, { funds => [] },
          'no funds yet');

my $r = fund('river', "\x{6cb3}");
is($r->{status}, 201, 'a fund is made');
is_deeply($r->{json}, { id => 'river', title => "\x{6cb3}", donated => 0 },
          'with nothing given yet');
$r = fund('river', 'The river');
is($r->{status}, 200, 'and has another title');
is_deeply(get('/points/funds/river', as => 'volunteer:1001')->{json},
          { id => 'river', title => 'The river', donated => 0 },
          'which anybody can read');

is_problem(fund('hill', 'Hill', as => $_), 403, 'forbidden',
           "a fund is not made by $_")
    for 'auditor:a', 'organizer:li:s', 'merchant:m:tea', 'volunteer:1001';
for (['title', undef], ['title', ''], ['title', 'x' x 201], ['title', 7],
     ['donated', 5])
{
    my ($field, $value) = @$_;
    my %body = (title => 'Hill', $field => $value);
    delete $body{$field} unless defined $value;
    is_problem(put('/points/funds/hill', \%body, @ADMIN), 422, 'invalid-field',
               "$field " . substr($value // 'left out', 0, 9) . ' is refused',
               $field);
}
is(redis('EXISTS', "${D}f:hill"), 0, 'then there is none');


# Pages.

created(fund(sprintf('f%02d', $_), "Fund $_")) for reverse 1 .. 24;
my $page = created(get('/points/funds', as => 'merchant:m:tea'));
is(scalar @{ $page->{funds} }, 20, 'twenty funds to a page');
my (@funds, $next);
do {
    $page = created(get('/points/funds?limit=7' . ($next ? "&after=$next" : ''),
                        as => 'auditor:a'));
    push @funds, map { $_->{id} } @{ $page->{funds} };
    $next = $page->{next};
} while (defined $next && @funds < 100);
is_deeply(\@funds, [(map { sprintf 'f%02d', $_ } 1 .. 24), 'river'],
          'all of them in pages, by id');
ok(!exists created(get('/points/funds?limit=25', @ADMIN))->{next},
   'the last page has no next');
is_problem(get("/points/funds?$_->[0]", @ADMIN), 422, 'invalid-field',
           "?$_->[0] is refused", $_->[1])
    for ['limit=0', 'limit'], ['limit=101', 'limit'], ['title=x', 'title'];


# Donations.

volunteer($_) for qw( 1001 1002 );
grant('1001', 100);
is(books(), '100 0', 'before: nothing is given');

$r = donate('river', 30, key => 'gift');
is($r->{status}, 201, 'a volunteer gives points');
my $gift = $r->{json};
is_deeply($gift->{fund}, { id => 'river', title => 'The river',
                           donated => 30 }, 'the fund has them');
is("$gift->{points} $gift->{account}{id} $gift->{account}{balance} "
   . $gift->{account}{earned}, '30 1001 70 100',
   'the balance has not, earned is what it was');
is(books(), '70 30', 'nor have the books');
my ($e) = entries('1001');
is("$e->{entry} $e->{type} $e->{points} $e->{earned} $e->{balance} $e->{ref} "
   . "$e->{by} $e->{role}",
   "$gift->{entry} donation -30 0 70 river 1001 volunteer",
   'the entry says all of it');

$r = donate('river', 30, key => 'gift');
is($r->{headers}{'idempotent-replayed'}, 'true', 'the same key is a replay');
is_deeply($r->{json}, $gift, 'with the answer of then');
is(donated('river'), 30, 'and gives nothing more');
is_problem(donate('river', 31, key => 'gift'), 422, 'idempotency-key-reused',
           'nor with other points', 'Idempotency-Key');
is_problem(donate('f01', 30, key => 'gift'), 422, 'idempotency-key-reused',
           'nor to another fund', 'Idempotency-Key');
is_problem(donate('river', 1, key => undef), 400, 'idempotency-key-required',
           'a key is required');

$r = post('/points/funds/river/donations', { points => 5, volunteer => '1001' },
          @ADMIN);
is($r->{status}, 201, 'an admin gives for a volunteer');
is((entries('1001'))[0]{by}, 'root', 'and the entry says so');
is(post('/points/funds/river/donations', { points => 5, volunteer => '1001' },
        as => 'volunteer:1001')->{status}, 201, 'one may name oneself');
is(donated('river'), 40, 'all of it is there');
created(fund('river', 'The river Xiang'));
is(donated('river'), 40, 'another title leaves it there');


# Refusals.

my $state = books();
unchanged {
    is_problem(post('/points/funds/river/donations',
                    { points => 1, volunteer => '1001' },
                    as => 'volunteer:1002'), 403, 'forbidden',
               'nobody gives what is another\'s');
    is_problem(post('/points/funds/river/donations',
                    { points => 1, volunteer => '1001' }, as => $_), 403,
               'forbidden', "not $_ either")
        for 'organizer:li:s', 'merchant:m:tea', 'auditor:a';
    is_problem(post('/points/funds/river/donations', { points => 1 }, @ADMIN),
               422, 'invalid-field', 'an admin must say for whom', 'volunteer');
    is_problem(post('/points/funds/none/donations', { points => 1 },
                    as => 'volunteer:1001'), 404, 'not-found', 'no such fund',
               'fund');
    is_problem(post('/points/funds/river/donations',
                    { points => 1, volunteer => 'nobody' }, @ADMIN), 404,
               'not-found', 'no such account', 'volunteer');
    is_problem(donate('river', 61), 409, 'insufficient-points',
               'no more than the balance');
    is_problem(donate('river', $_), 422, 'invalid-field',
               "not $_ points", 'points')
        for 0, -1, '5', 1.5, 1_000_000_001;
    is_problem(post('/points/funds/river/donations', {},
                    as => 'volunteer:1001'), 422, 'invalid-field',
               'points must be said', 'points');
} 'a refusal changes nothing';

created(post('/points/volunteers/1001/freeze', { reason => 'r' }, @ADMIN));
is_problem(donate('river', 1), 409, 'frozen', 'a frozen account gives nothing');
created(post('/points/volunteers/1001/unfreeze', { reason => 'r' }, @ADMIN));
is(donate('river', 60)->{status}, 201, 'all that is left may be given');
is(books(), '0 100', 'then nothing is left');


# Given back.

sub reverse_entry {
    my ($entry, @as) = @_;
    return post("/points/ledger/$entry/reverse", { reason => 'by mistake' },
                @as ? @as : @ADMIN);
}

is_problem(reverse_entry($gift->{entry}, as => 'volunteer:1001'), 403,
           'forbidden', 'a gift is not taken back by who made it');
$r = reverse_entry($gift->{entry});
is($r->{status}, 201, 'an admin takes it back');
is("$r->{json}{account}{balance} $r->{json}{account}{earned}", '30 100',
   'the points are there again, nothing is earned by it');
is(donated('river'), 70, 'and not in the fund');
is(books(), '30 70', 'as the books know');
my ($back) = entries('1001');
is("$back->{type} $back->{ref} $back->{points} $back->{earned} $back->{note}",
   "reversal $gift->{entry} 30 0 by mistake", 'by an entry that says why');
is_problem(reverse_entry($gift->{entry}), 409, 'already-reversed', 'once');
is_problem(reverse_entry($back->{entry}), 422, 'invalid-field',
           'a reversal stays', 'entry');
is(get('/points/books', @ADMIN)->{json}{reversed}, 0,
   'no earning was taken back');

done();
