#!/usr/bin/env perl

# The ledger as a feed of events for the portal's own programs: a consumer
# group on the stream, as docs/operation.md tells.

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
my $LEDGER = 'vol:{tianyuan}:ledger';

volunteer('1001');
grant('1001', 1);


# What a program asks, and what it gets: [id, {field => value}], ...

sub entries_of {
    return map { [$_->[0], { entry_fields($_->[1]) }] } @{ $_[0] || [] };
}

sub fetch {
    my ($consumer, $count) = @_;
    my $reply = redis('XREADGROUP', 'GROUP', 'notices', $consumer, 'COUNT',
                      $count, 'BLOCK', 1000, 'STREAMS', $LEDGER, '>');
    return entries_of($reply && $reply->[0][1]);
}

sub done_with { redis('XACK', $LEDGER, 'notices', $_->[0]) for @_ }

sub taken_over {
    my ($consumer, $idle) = @_;
    my $reply = redis('XAUTOCLAIM', $LEDGER, 'notices', $consumer, $idle,
                      '0-0', 'COUNT', 100);
    return entries_of($reply->[1]);
}


# A group begins where it is told: at 0 all of the ledger, at $ what is new.

redis('XGROUP', 'CREATE', $LEDGER, 'notices', '0', 'MKSTREAM');
redis('XGROUP', 'CREATE', $LEDGER, 'later', '$');

my ($first) = fetch('a', 10);
is($first->[1]{type} . $first->[1]{points}, 'award1',
   'a group from 0 has what was before it');
my ($id, $fields) = @{ redis('XRANGE', $LEDGER, '-', '+')->[0] };
my $day = int(((split /-/, $id)[0] / 1000 + 8 * 3600) / 86400);
is_deeply($fields, ['entry', (join "\t", 'award', '1001', 1, 1, 1, 'grant', '',
                              '', $day, ('') x 5, 'root', 'admin', '',
                              'tianyuan-2026-04-08', '', '', 'for the test'),
                    'before', ''],
   'an entry is one field, its values in their order with tabs between, and '
   . 'beside it the links');
done_with($first);
ok(!redis('XREADGROUP', 'GROUP', 'later', 'x', 'STREAMS', $LEDGER, '>'),
   'a group from $ has not');

grant('1001', $_) for 2 .. 9;
my @a = fetch('a', 3);
my @b = fetch('b', 3);
is(join(' ', map { $_->[1]{points} } @a), '2 3 4', 'one consumer has some');
is(join(' ', map { $_->[1]{points} } @b), '5 6 7', 'another has others');
done_with(@a);

my @again = entries_of(redis('XREADGROUP', 'GROUP', 'notices', 'b',
                             'STREAMS', $LEDGER, '0')->[0][1]);
is_deeply([map { $_->[0] } @again], [map { $_->[0] } @b],
          'one that starts again has its own once more');


# A consumer that died: another takes over what it has not acknowledged.

done_with($b[0]);
my @taken = taken_over('a', 0);
is(join(' ', map { $_->[1]{points} } @taken), '6 7',
   'what a dead one held is taken over');
done_with(@taken);
is(join(' ', map { $_->[1]{points} } fetch('a', 10)), '8 9',
   'and it goes on with what is new');
is(scalar taken_over('c', 3_600_000), 0,
   'what somebody is at work with is left to them');
is(redis('XPENDING', $LEDGER, 'notices')->[0], 2,
   'what is not acknowledged can be counted');


# The example of the documentation, as it stands there.

my $cli = grep { -x "$_/redis-cli" } split /:/, $ENV{PATH};

SKIP: {
    skip 'no redis-cli', 4 unless $cli;

    open my $in, '<', "$FindBin::Bin/../docs/operation.md" or die;
    my $text = do { local $/; <$in> };
    my ($example) = $text =~ /^```sh\n(#!.*?follow.*?)^```$/ms;
    ok($example, 'the documentation has an example');

    write_file('follow', $example);
    my $command = 'REDIS_SOCKET=' . path('redis.sock') . ' ONCE=1 sh '
                  . path('follow');
    my $out = qx{$command 2>&1};
    is(() = $out =~ /^award 1001 /mg, 9, 'it tells every entry')
        or diag($out);
    is(qx{$command 2>&1}, '', 'once');

    grant('1001', 10);
    like(qx{$command 2>&1}, qr/\Aaward 1001 10 \d+-\d+\n\z/,
         'and those that come later');
}

is(redis('XLEN', $LEDGER), $cli ? 10 : 9, 'the ledger is as it was');

done();
