#!/usr/bin/env perl

# bin/vol: a district of activities, needs and certificates is backed up and
# rebuilt; what came behind the end of the ledger is as it was before.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::Lines qw( export_lines );
use VolTest::Service qw( service_rules service_district );
use VolTest::Wire;

use JSON::PP ();
use POSIX ();

my $VOL = "$FindBin::Bin/../bin/vol";
my @ADMIN = (as => 'admin:root');
my $A = '/points/activities';

write_rules(service_rules());
write_file('key', 'k' x 40 . "\n");
start_redis({ env => frozen_clock('2024-12-01 04:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis             %REDIS%;
    vol_rules             %RULES%;
    vol_duty_interval     50ms;
    vol_seal              off;
    vol_certificate_key   %DIR%/key;
    client_max_body_size  0;
    %IDENTITY%

    server {
        listen %PORT%;
        location /points/ { vol tianyuan; }
        location /copy/ { vol copy; }
        location /later/ { vol later; }
    }
CONF

write_file('head', "X-User: root\nX-Role: admin\n");
chmod 0600, path('head');

# Runs vol at a location and a port: its status and what it printed.

sub vol_of {
    my ($where, $port, @args) = @_;

    my $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP PIPE );
        delete @ENV{qw( LC_ALL LANG VOL_URL VOL_HEADER_FILE http_proxy )};
        $ENV{VOL_URL} = "http://127.0.0.1:$port/$where/";
        $ENV{VOL_HEADER_FILE} = path('head');
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', path('out');
        open STDERR, '>', path('err');
        exec $^X, $VOL, @args or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    return { status => $? >> 8, out => read_file('out'),
             err => read_file('err') };
}

my %d = service_district();
my ($one, $two) = (path('one.d'), path('two.d'));

is(vol_of('points', port(), 'backup', '--all', $one)->{status}, 0, 'a backup');
my $r = vol_of('copy', port(), 'rebuild', "$one/registry.ndjson",
               "$one/ledger.ndjson");
is($r->{status}, 0, 'is rebuilt') or diag($r->{out}, $r->{err});
like($r->{out}, qr/^The books are right/m, 'and in order');
unlike($r->{out}, qr/confirmed again/, 'as it was');
is(vol_of('copy', port(), 'backup', '--all', $two)->{status}, 0,
   'the copy, backed up');
$r = vol_of('points', port(), 'compare', $one, $two);
is($r->{status}, 0, 'nothing differs') or diag($r->{out});


# Over a connection that is cut, again and again.

for my $what (qw( projects activities signups shares needs selections
                  certificates registry ))
{
    my $wire = VolTest::Wire->new(port(2), port(),
                                  map { { down => $_ } } 700, 1500, 1100);
    $r = vol_of('points', port(2), 'export', $what, '-o', path('cut'));
    $wire->stop;
    is($r->{status}, 0, "$what are exported over cuts") or diag($r->{err});
    is(read_file('cut'), get("/points/export?what=$what", @ADMIN)->{raw},
       'and are whole');
}


# People went on while the backup was made.

created(post("$A/done/confirm", { volunteer => 'v6', minutes => 100 }, @ADMIN));
created(post("$A/today/confirm", { volunteer => 'v3', minutes => 50 }, @ADMIN));
created(post("$A/done/shares", { text => 'later' }, as => 'volunteer:v6'));
created(post("$A/done/shares/v6/thanks", {}, as => 'volunteer:v1'));
created(post("/points/needs/$d{done}/confirm", {}, as => 'organizer:li:street'));
is(vol_of('points', port(), 'export', 'registry', '-o', path('later'))
   ->{status}, 0, 'the registry later');
$r = vol_of('later', port(), 'rebuild', path('later'), "$one/ledger.ndjson");
is($r->{status}, 0, 'is rebuilt, too') or diag($r->{out}, $r->{err});
like($r->{out}, qr/^Their hours came .*: 2 sign-ups, 1 need; 1 share of these /m,
     'with what the ledger lacks as it was before');
like($r->{out}, qr/^The books are right/m, 'so that all is in order');
my %signups = map { ("$_->{activity} $_->{volunteer}" => $_->{state}) }
              export_lines('later', 'signups');
is("@signups{'done v6', 'today v3', 'done v5'}", 'present placed served',
   'those who served later have yet to be confirmed');
created(post('/later/activities/done/confirm',
             { volunteer => 'v6', minutes => 100 }, @ADMIN));
created(post("/later/needs/$d{done}/confirm", {},
             as => 'organizer:li:street'));

done();
