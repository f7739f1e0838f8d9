#!/usr/bin/env perl

# Another binary takes over, and workers whose time to shut down is short.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

my $CONF = <<'CONF';
    vol_redis         %REDIS%;
    vol_rules         %RULES%;
    vol_read_timeout  60s;

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
            %IDENTITY%
        }
    }
CONF

write_rules();
start_redis();
start_nginx(conf => $CONF, daemon => 1);

my @ADMIN = (as => 'admin:root');
my $AWARD = '/points/volunteers/1001/awards';
my %award = (case => 'grant', points => 1, evidence => 'e');

volunteer('1001');

sub pid { read_file('nginx.pid') =~ /(\d+)/ ? $1 : 0 }


# USR2 starts the new binary, WINCH ends the old workers, QUIT the old master;
# all the while 16 clients ask, and for 300 requests after each step.

my $old = pid();
my @old = workers();
my $new;
my @steps = (
    [sub { signal_nginx('USR2') }, sub { $new = pid(); $new && $new != $old }],
    [sub { signal_nginx('WINCH') }, sub { !grep { !gone($_) } @old }],
    [sub { signal_nginx('QUIT') }, sub { gone($old) }],
    [sub { }, sub { 1 }],
);
my ($asked, $until, %statuses) = (0, 300);

crowd(port(), 16,
      sub {
          if ($asked++ >= $until) {
              my $step = $steps[0] or return;
              (shift @$step)->() if @$step == 2;
              if ($step->[0]->()) {
                  shift @steps;
                  $until = $asked + 300;
              }
              return if $asked > 20000;
          }

          return build('POST', $AWARD, @ADMIN, key => fresh_key(),
                       body => \%award, close => 1);
      },
      sub { $statuses{ $_[1]{status} }++ });

is_deeply([keys %statuses], [201],
          'the upgrade of the binary under load loses no request');
is(balance('1001'), $statuses{201}, 'and each was done once');
is(scalar @steps, 0, 'the old workers and the old master have ended');
adopt_nginx($new);
is(get('/points/me', as => 'volunteer:1001')->{status}, 200, 'and serves');
is(stop_nginx(), 0, 'and ends when it is asked to');


# worker_shutdown_timeout cuts off what waits for a Redis that stalls.

start_nginx(conf => $CONF, main => 'worker_shutdown_timeout 300ms;');
created(post($AWARD, \%award, @ADMIN)) for 1 .. 4;

my $before = balance('1001');
my %old = map { $_ => 1 } workers();
redis_server()->pause;

my @waiting = map {
    my $socket = dial(port());
    syswrite $socket, build('POST', $AWARD, @ADMIN, key => "cut-$_",
                            body => \%award);
    $socket
} 1 .. 10;

hup();
ok(wait_for(sub { my @now = workers(); @now && !grep { $old{$_} } @now }, 30),
   'old workers end when their time is over, though Redis stalls');
my %got;
$got{ receive($_, 'POST')->{status} }++ for @waiting;
ok(!$got{200} && !$got{201}, 'nobody is told that it was done')
    or diag(explain(\%got));
redis_server()->resume;

my $made = grep {
    my $key = "cut-$_";
    wait_for(sub { post($AWARD, \%award, @ADMIN, key => $key)->{status}
                   == 201 })
} 1 .. 10;
is($made, 10, 'all of it can be repeated with its key');
is(balance('1001'), $before + 10, 'and is done once');

done();
