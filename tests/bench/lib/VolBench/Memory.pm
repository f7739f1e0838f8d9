package VolBench::Memory;

# What a district takes of Redis's memory: the whole by INFO, and each kind of
# key by MEMORY USAGE.

use strict;
use warnings;

use Time::HiRes ();

use VolTest::Process qw( wait_for );

use VolBench::Site qw( redis key_of );

use Exporter 'import';
our @EXPORT_OK = qw( bytes_used bytes_by_kind bytes_of_field drop_kind );

my $SETTLED = 1;            # seconds without a change
my $PATIENCE = 120;         # seconds until it counts as never coming
my $STEP = 1000;            # keys of a call

# INFO's figures that are no data: they come and go with clients and commands
my @PASSING = qw( mem_clients_normal mem_aof_buffer used_memory_scripts
                  used_memory_scripts_eval );

my $BY_KIND = <<'LUA';
    local found = redis.call('SCAN', ARGV[1], 'COUNT', ARGV[2])
    local kinds, reply = {}, {found[1]}
    for _, key in ipairs(found[2]) do
        local kind = key:match('^vol:{.-}:([^:]+)') or 'other'
        kinds[kind] = (kinds[kind] or 0)
                      + redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0)
    end
    for kind, bytes in pairs(kinds) do
        reply[#reply + 1] = kind
        reply[#reply + 1] = bytes
    end
    return reply
LUA


my $OF_FIELD = <<'LUA';
    local found = redis.call('SCAN', ARGV[1], 'COUNT', ARGV[2], 'MATCH',
                             ARGV[3])
    local copy, bytes = KEYS[1], 0
    for _, key in ipairs(found[2]) do
        redis.call('COPY', key, copy, 'REPLACE')
        bytes = bytes + redis.call('MEMORY', 'USAGE', copy, 'SAMPLES', 0)
        redis.call('HDEL', copy, ARGV[4])
        bytes = bytes - redis.call('MEMORY', 'USAGE', copy, 'SAMPLES', 0)
    end
    redis.call('DEL', copy)
    return {found[1], bytes}
LUA


# Bytes, when buffers of what was written are gone; of the site's Redis, or of
# that which the code asks, as of the next.

sub bytes_used {
    my ($ask) = @_;
    my ($last, $since) = (0, 0);

    wait_for(sub {
        my $now = bytes_now($ask || \&redis);
        my $time = Time::HiRes::time();
        ($last, $since) = ($now, $time) if $now != $last;
        Time::HiRes::sleep(0.1);
        $time - $since >= $SETTLED
    }, $PATIENCE) or die "Redis's memory does not settle\n";

    return $last;
}


sub bytes_now {
    my ($ask) = @_;
    my %info = $ask->('INFO', 'memory') =~ /^(\w+):(\d+)\r$/mg;

    my $bytes = $info{used_memory};
    $bytes -= $info{$_} // 0 for @PASSING;
    return $bytes;
}


# {kind => bytes}; the kind is what follows the district in a key's name

sub bytes_by_kind {
    my ($ask) = @_;
    $ask ||= \&redis;
    my %sum;
    my $cursor = 0;

    do {
        ($cursor, my %step) = @{ $ask->('EVAL', $BY_KIND, 0, $cursor, $STEP) };
        $sum{$_} += $step{$_} for keys %step;
    } while $cursor;

    return \%sum;
}


# Bytes that a field takes in all hashes of a kind.

sub bytes_of_field {
    my ($kind, $field) = @_;
    my ($cursor, $sum) = (0, 0);

    do {
        ($cursor, my $bytes) = @{ redis('EVAL', $OF_FIELD, 1, key_of('copy'),
                                        $cursor, $STEP, key_of("$kind:*"),
                                        $field) };
        $sum += $bytes;
    } while $cursor;

    return $sum;
}


sub drop_kind {
    my ($kind) = @_;

    my $cursor = 0;
    do {
        ($cursor, my $keys) = @{ redis('SCAN', $cursor, 'COUNT', $STEP,
                                       'MATCH', key_of("$kind:*")) };
        redis('DEL', @$keys) if @$keys;
    } while $cursor;
}


1;
