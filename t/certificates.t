#!/usr/bin/env perl

# Certificates of hours: what they say, who issues them, and that anybody can
# check one.

use strict;
use warnings;
use Digest::SHA qw( hmac_sha256_hex );
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

my $KEY = 'k' x 40;
my $NEW = 'n' x 32;

write_rules();
write_file('key', "$KEY\n");
write_file('rotated', "$NEW\n$KEY\n");
write_file('other', "$NEW\n");

start_redis({ env => frozen_clock('2026-03-10 04:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties off;
    %IDENTITY%

    server {
        listen %PORT%;
        vol_certificate_key  %DIR%/key;

        location /points/ {
            vol  tianyuan;

            location /points/certificates/ { }
        }

        location /rotated/ {
            vol  tianyuan;
            vol_certificate_key  %DIR%/rotated;
        }

        location /other/ {
            vol  tianyuan;
            vol_certificate_key  %DIR%/other;
        }
    }

    server {
        listen %PORT2%;
        location /points/ { vol  tianyuan; }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{tianyuan}:';

sub certificate {
    my ($id, $query, @as) = @_;
    return get("/points/volunteers/$id/certificate" . ($query ? "?$query" : ''),
               @as ? @as : @ADMIN);
}

sub hours {
    my ($id, $minutes, $on, $activity, $as) = @_;
    return created(post("/points/volunteers/$id/hours",
                        { minutes => $minutes, on => $on,
                          $activity ? (activity => $activity) : () },
                        as => $as || 'admin:root'))->{entry};
}

# activity, who recorded it, minutes
sub lines { join ' ', map { ($_->{activity} // '-')
                            . ":$_->{recorded_by}:$_->{minutes}" }
                      @{ $_[0]{activities} } }

created(put('/points/orgs/cy', { title => 'c' }, @ADMIN));
created(put('/points/orgs/s1', { title => 's', parent => 'cy' }, @ADMIN));
created(put('/points/orgs/a', { title => 'a', parent => 's1' }, @ADMIN));
volunteer('v', station => 'a');

is_problem(certificate('v'), 404, 'not-found',
           'without hours there is nothing to certify');

hours('v', 90, '2026-01-05', 'gate', 'organizer:li:a');
hours('v', 60, '2026-01-06', 'gate', 'organizer:li:a');
hours('v', 30, '2026-02-01', 'clean', 'organizer:wu:s1');
my $wrong = hours('v', 200, '2026-02-02', 'clean', 'organizer:wu:s1');
hours('v', 45, '2026-03-01');
created(post("/points/ledger/$wrong/reverse", { reason => 'r' }, @ADMIN));
grant('v', 10);

my $r = certificate('v');
is($r->{status}, 200, 'a certificate is issued');
my $c = $r->{json};
is_deeply([@$c{qw( volunteer from to issuer issued minutes hours )}],
          ['v', '2026-01-05', '2026-03-01', 'tianyuan',
           '2026-03-10T12:00:00+08:00', 225, 3],
          'it says who, when, how much and by whom');
is(lines($c), '-:tianyuan:45 clean:s1:30 gate:a:150',
   'by activity and by who recorded it, without what was reversed');
like($c->{code}, qr/^[0-9A-Z]{6}-[0-9A-Z]{6}-[0-9A-Z]{6}$/, 'it has a code');
my $bare = $c->{code} =~ s/-//gr;
my $content = redis('HGET', "${P}ct:$bare", 'content');
is($c->{signature}, hmac_sha256_hex("tianyuan\t$bare\t1773115200\n$content",
                                    $KEY), 'and a signature by the key');

set_clock('2026-03-11 04:00:00');
unchanged {
    is_deeply(certificate('v')->{json}, $c,
              'as long as nothing changes it is the same');
} 'and nothing is written';
my $part = certificate('v', 'from=2026-01-06&to=2026-02-28')->{json};
is("$part->{from} $part->{to} " . lines($part),
   '2026-01-06 2026-02-28 clean:s1:30 gate:a:60', 'of some days');
isnt($part->{code}, $c->{code}, 'is another');
is(certificate('v', 'from=2026-01-06')->{json}{to}, '2026-03-01',
   'without an end it is the last day served');


# Who records, certifies.

my $station = certificate('v', '', as => 'organizer:li:a')->{json};
is("$station->{issuer} " . lines($station), 'a gate:a:150',
   'an organizer certifies what their org recorded');
my $street = certificate('v', '', as => 'organizer:wu:s1')->{json};
is("$street->{issuer} " . lines($street), 's1 clean:s1:30 gate:a:150',
   'and those below it');
is(certificate('v', '', as => 'volunteer:v')->{json}{code}, $c->{code},
   'a volunteer has their own, issued by the district');
is_problem(certificate('v', '', as => 'volunteer:w'), 403, 'forbidden',
           'not another\'s');
is_problem(certificate('v', '', as => 'organizer:x:b'), 403, 'forbidden',
           'nor has an organizer of another org');
is_problem(certificate('v', '', as => $_), 403, 'forbidden', "nor $_")
    for 'merchant:m:tea', 'auditor:a';


# Anybody checks it.

sub check { get("/points/certificates/$_[0]", as => undef) }

is_deeply(check($c->{code})->{json}, $c, 'anybody can check it');
is_deeply(check(lc $bare)->{json}, $c, 'as it is typed');
is_deeply(get("/points/certificates/$bare", as => 'volunteer:x')->{json}, $c,
          'whoever they are');
is_problem(get('/points/volunteers/v/certificate', as => undef), 401,
           'no-identity', 'issued it is to nobody unknown');
is_problem(check('0' x 18), 404, 'not-found', 'a code that was made up');
is_problem(check($c->{code} =~ s/(.)$/$1 eq 'X' ? 'Y' : 'X'/er), 404,
           'not-found', 'and one that is mistyped');
hours('v', 15, '2026-03-02', 'gate', 'organizer:li:a');
my $next = certificate('v')->{json};
isnt($next->{code}, $c->{code}, 'what comes later makes another');
is_deeply(check($c->{code})->{json}, $c, 'the one before says what it said');
is(get("/points/certificates/$bare?x=1", as => undef)->{status}, 422,
   'there is nothing to ask');


# What it must not say.

expect_log(qr/the signature of a certificate is by none of the keys/);
redis('HSET', "${P}ct:$bare", 'content', $content =~ s/\t150\n/\t950\n/r);
is_problem(check($bare), 404, 'not-found', 'one that was changed is none');
redis('HSET', "${P}ct:$bare", 'content', $content);
is(check($bare)->{status}, 200, 'the right one is');
redis('HSET', "${P}ct:$bare", 'issued', 1);
is_problem(check($bare), 404, 'not-found', 'nor with another day');
redis('HSET', "${P}ct:$bare", 'issued', 1773115200);
redis('HSET', "${P}ct:$bare", 'signature', 'f' x 64);
is_problem(check($bare), 404, 'not-found', 'nor with another signature');
redis('HDEL', "${P}ct:$bare", 'signature');
is_problem(check($bare), 404, 'not-found', 'nor without one');
my $copy = '0' x 17 . '0';
my $other = $part->{code} =~ s/-//gr;
redis('HSET', "${P}ct:$other", @{ redis('HGETALL', "${P}ct:"
                                       . $next->{code} =~ s/-//gr) });
is_problem(check($other), 404, 'not-found', 'nor the words of another');
redis('HSET', "${P}ct:$bare", 'signature', $c->{signature});


# Keys.

is_deeply(get("/rotated/certificates/$bare", as => undef)->{json}, $c,
          'a key that is not the first any more still counts');
is_problem(get("/other/certificates/$bare", as => undef), 404, 'not-found',
           'one that is gone does not');
volunteer('w');
hours('w', 60, '2026-01-01', 'gate');
my $w = get('/rotated/volunteers/w/certificate', @ADMIN)->{json};
is_problem(check($w->{code}), 404, 'not-found',
           'what the new one signed the old one does not know');
my $v = certificate('v')->{json};
my $anew = get('/other/volunteers/v/certificate', @ADMIN)->{json};
is_deeply([@$anew{qw( code issued minutes )}], [@$v{qw( code issued minutes )}],
          'who asks for one whose key is gone has the same');
isnt($anew->{signature}, $v->{signature}, 'signed anew');
is_deeply(get("/other/certificates/$anew->{code}", as => undef)->{json}, $anew,
          'which is good');
is_deeply(get('/other/volunteers/v/certificate', @ADMIN)->{json}, $anew,
          'and stays');
is_deeply(certificate('v')->{json}, $v, 'by whichever key');
for ("/points/certificates/$bare", '/points/volunteers/v/certificate') {
    is_problem(get($_, @ADMIN, server => 2), 404, 'not-found',
               "without a key there is no $_");
}

for (['no key', ''], ['a short key', "short\n"],
     ['too many', join('', map { "$_" x 32 . "\n" } 1 .. 9)],
     ['a key that is too long', 'x' x 257],
     ['a file that is too long', "\n" x 5000])
{
    my ($name, $text) = @$_;
    write_file('bad', $text);
    my ($status, $said) = nginx_test(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_certificate_key  %DIR%/bad;
    server { listen %PORT%; }
CONF
    ok($status != 0 && $said =~ /\[emerg\].*bad/, "$name is an error");
}
my ($status, $said) = nginx_test(conf => <<'CONF');
    vol_certificate_key  %DIR%/nowhere;
    server { listen %PORT%; }
CONF
ok($status != 0 && $said =~ /\[emerg\].*nowhere.*failed/, 'so is none');


# Bounds.

is_problem(certificate('v', $_->[0]), 422, 'invalid-field', $_->[0], $_->[1])
    for ['from=x', 'from'], ['from=2026-02-02&to=2026-02-01', 'to'],
        ['code=x', 'code'];
is_problem(certificate('nobody'), 404, 'not-found', 'nobody has none');

for my $day (1 .. 28) {
    hours('w', 1, sprintf('2025-%02d-%02d', $_, $day)) for 1 .. 4;
}
my $first = get('/points/volunteers/w/certificate?from=2025-01-01&to=2025-01-01',
                @ADMIN)->{json}{code};
for my $day (2 .. 101) {
    my $m = 1 + int($day / 28);
    my $d = 1 + $day % 28;
    get(sprintf('/points/volunteers/w/certificate?from=2025-01-01&to=2025-%02d'
                . '-%02d', $m, $d), @ADMIN);
}
ok(redis('LLEN', "${P}cl:w") <= 100, 'of one volunteer so many are kept');
is(check($first)->{status}, 404, 'and the first go');
is(@{ redis('KEYS', "${P}ct:*") } - redis('LLEN', "${P}cl:v"),
   redis('LLEN', "${P}cl:w"), 'no other is left behind');

volunteer('x');
my $lines = join '', map {
    qq({"type":"hours","volunteer":"x","minutes":1,"on":"2026-01-01",)
    . qq("activity":"a$_","key":"k$_"}\n)
} 1 .. 201;
post('/points/import', $lines, @ADMIN, type => 'application/x-ndjson',
     key => undef);
is_problem(certificate('x'), 409, 'limit-reached', 'activities are bounded');

is(certificate('v', 'from=2026-01-01&to=2026-01-31&format=csv')->{raw},
   "\xef\xbb\xbfactivity,recorded_by,minutes,hours\r\ngate,a,150,2\r\n",
   'as a table');


# At once, and what is corrupt.

volunteer('y');
hours('y', 60, '2026-01-01', 'gate');
my %codes;
crowd(port(), 8, sub {
    our %sent;
    return undef if $sent{$_[0]}++ == 5;
    return build('GET', '/points/volunteers/y/certificate', as => 'admin:root');
}, sub { $codes{ $_[1]{json}{code} // $_[1]{raw} }++ });
is(join(' ', values %codes), '40', 'a crowd gets the same one');

redis('SET', "${P}cl:y", 'x');
is(certificate('y')->{status}, 500, 'a list that is none');
redis('HSET', "${P}ct:$bare", 'content', "\xff");
is(check($bare)->{status}, 500, 'a content that is none');
expect_log(qr/stopped, nothing was changed: .*(CORRUPT|WRONGTYPE)/);

done();
