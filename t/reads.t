#!/usr/bin/env perl

# An account is shown from its hash, without a script, as long as there is no
# more to it.  What is shown is what the scripts say of it.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

my $PREFIX = 'vol:{tianyuan}:';

write_rules({ from => '2026-01-01', version => 'dated', points_per_hour => 10,
              stars => [10, 20, 30, 40, 50],
              obligations => { cadre => { points_per_year => 7 } },
              earlier => [{ version => 'old', points_per_hour => 1,
                            stars => [5] }] }, 'dated.json');
write_rules({ from => '9000-01-01', version => 'next', points_per_hour => 10,
              stars => [10, 20, 30, 40, 50],
              earlier => [{ version => 'now', points_per_hour => 2,
                            stars => [5],
                            obligations => { student =>
                                             { points_per_year => 3 } } }] },
            'coming.json');
write_rules({ version => 'west', timezone => '-12:00' }, 'west.json');

start(conf => <<'CONF', workers => 1);
    vol_redis         %REDIS%;
    vol_rules         %RULES%;
    vol_read_timeout  60s;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /dated/ {
            vol        tianyuan;
            vol_rules  %DIR%/dated.json;
        }

        location /coming/ {
            vol        tianyuan;
            vol_rules  %DIR%/coming.json;
        }

        location /west/ {
            vol        tianyuan;
            vol_rules  %DIR%/west.json;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $year = this_year();


# The answer of the code, and the scripts that were run for it.

sub scripts_of (&) {
    my ($code) = @_;

    my $scripts = sub {
        my ($n) = redis('INFO', 'commandstats') =~ /evalsha:calls=(\d+)/;
        return $n // 0;
    };
    my $before = $scripts->();
    my $answer = $code->();
    return ($answer, $scripts->() - $before);
}


sub fields {
    my ($id, %fields) = @_;
    redis('HSET', "${PREFIX}v:$id", %fields);
}


# What the account looks like where it is only read, and to who writes it.

sub is_told {
    my ($base, $id, $name) = @_;

    my %stored = @{ redis('HGETALL', "${PREFIX}v:$id") };
    my ($read, $scripts) = scripts_of {
        get("$base/me", as => "volunteer:$id")
    };
    my $written = put("$base/volunteers/$id", {
        kind => $stored{kind},
        $stored{station} ? (station => $stored{station}) : (),
        $stored{minor} ? (minor => true) : (),
        $stored{unlisted} ? (listed => false) : (),
        map { $stored{$_} ? ($_ => [split /,/, $stored{$_}]) : () }
            qw( teams tags free )
    }, @ADMIN);

    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($scripts, 0, "$name: no script is run");
    is($read->{status} . $written->{status}, '200200', "$name: is told");
    is_deeply($read->{json}, $written->{json}, "$name: as a script tells it");
    is(get("$base/volunteers/$id", @ADMIN)->{raw} =~ s/^.*\r\n\r\n//sr,
       $read->{raw} =~ s/^.*\r\n\r\n//sr, "$name: to staff as to its owner");
}


is(get('/points/me', as => 'volunteer:nobody')->{status}, 404,
   'Redis has the script');
volunteer('a');
is_told($_, 'a', "$_, new") for qw( /points /dated /coming /west );

for my $earned (0, 4, 5, 9, 10, 19, 20, 99, 100, 299, 300, 1499, 1500,
                999999999999) {
    fields('a', earned => $earned);
    is_told($_, 'a', "$_, $earned points") for qw( /points /dated /coming );
}

for my $flag (qw( minor unlisted )) {
    fields('a', $flag => 1);
    is_told('/points', 'a', $flag);
}

for my $carry (0, 1, 29, 30, 59) {
    fields('a', carry => $carry);
    is_told($_, 'a', "$_, $carry sixtieths") for qw( /points /dated /coming );
}

for my $balance (-999999999999, -1, 0, 7, 999999999999) {
    fields('a', balance => $balance);
    is_told('/points', 'a', "a balance of $balance");
}

for my $kind (qw( general cadre student )) {
    fields('a', kind => $kind);
    for my $sixtieths (0, 59, 179, 180, 420, 1199, 1200, 1260) {
        fields('a', "y$year" => $sixtieths);
        is_told($_, 'a', "$_, $kind, $sixtieths sixtieths of the year")
            for qw( /points /dated /coming );
    }
}

fields('a', frozen => 1, late => 15, unspendable => 3);
is_told('/points', 'a', 'frozen');
fields('a', station => 'street-1', teams => 'red,blue_1', tags => 'a.b',
       free => 'mon,sun');
is_told('/points', 'a', 'with a station, teams, tags and free days');


# Who may not see it, and what only a script can tell.

my ($r, $scripts) = scripts_of {
    get('/points/volunteers/a', as => 'organizer:li:street-1')
};
is("$r->{status} $scripts", '200 0', 'the organizer of its station sees it');
($r, $scripts) = scripts_of {
    get('/points/volunteers/a', as => 'organizer:li:street-2')
};
is("$r->{status} $scripts", '403 1', 'that of another is told by a script');
fields('a', station => 'street-11');
is(get('/points/volunteers/a', as => 'organizer:li:street-1')->{status}, 403,
   'a station that begins alike is another');

($r, $scripts) = scripts_of { get('/points/me', as => 'volunteer:nobody') };
is("$r->{status} $scripts", '404 1', 'there is no account');

for ([balance => 'many'], [balance => '1.5'], [balance => '-0'],
     [balance => '007'], [balance => '9999999999999999'], [balance => ''],
     [earned => -1], [earned => '+1'], [carry => '1e3'], [frozen => 'yes'],
     ["y$year" => -60], [kind => 'General'], [kind => ''],
     [station => 'street 1'], [teams => 'a;b'], [tags => "\n"],
     [free => 'mon sun'])
{
    my ($field, $value) = @$_;
    my ($was) = redis('HGET', "${PREFIX}v:a", $field);
    fields('a', $field => $value);
    ($r, $scripts) = scripts_of { get('/points/me', as => 'volunteer:a') };
    is("$r->{status} $scripts", '500 1',
       "corrupt, $field is \"" . ($value =~ s/\n/\\n/r) . '"');
    defined $was ? fields('a', $field => $was)
                 : redis('HDEL', "${PREFIX}v:a", $field);
}
redis('RENAME', "${PREFIX}v:a", 'kept');
redis('SET', "${PREFIX}v:a", 'text');
is(get('/points/me', as => 'volunteer:a')->{status}, 500, 'no hash at all');
redis('RENAME', 'kept', "${PREFIX}v:a");
is(get('/points/me', as => 'volunteer:a')->{status}, 200, 'it is well again');
expect_log('script "get_account" stopped, nothing was changed: CORRUPT');


# Some that come together are told by a script, the others without.

volunteer($_) for map { "m$_" } 1 .. 40;
fields("m$_", balance => $_, earned => $_) for 1 .. 40;
fields("m$_", limited => 0) for grep { $_ % 3 == 0 } 1 .. 40;
fields('m20', balance => 'bad');

redis_server()->pause;
my ($plug) = send_all(build('GET', '/points/me', as => 'volunteer:m1'));
taken();
my @sockets = send_all((map { build('GET', '/points/me', as =>
                                    "volunteer:$_") }
                        (map { "m$_" } 1 .. 40), 'nobody'));
taken();
close $sockets[$_ - 1] for 3, 4, 20;        # of each sort one leaves
taken();
redis_server()->resume;

my @got = map { receive($_, 'GET') }
          $plug, @sockets[grep { $_ != 2 && $_ != 3 && $_ != 19 } 0 .. 40];
shift @got;
is(pop(@got)->{status}, 404, 'who is not there is told so');
is(join(' ', map { $_->{json}{balance} } @got),
   join(' ', grep { $_ != 3 && $_ != 4 && $_ != 20 } 1 .. 40),
   'each is answered with its own');

done();
