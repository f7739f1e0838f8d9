package VolBench::Plain;

# The peers' side of Redis: accounts and an offer like the module's, for the
# plain script peers/redeem.lua; and the script by itself, pipelined.

use strict;
use warnings;

use Digest::SHA ();
use FindBin;

use VolBench::Store;
use VolTest::Place qw( path );

use parent 'VolBench::Redemptions';

use constant {
    POINTS => 1_000_000,        # of each volunteer to begin with
    STOCK => 1_000_000_000,
    CODE_LEN => 17,
    KEYS => 8,
};

our %SETTINGS = (
    script => "$FindBin::Bin/peers/redeem.lua", district => 'bench',
    rules => 'bench-2026-01-01', utc_offset => 28800,
    stars => '100,300,600,1000,1500', valid_days => 30,
);

my $PREFIX = "vol:{$SETTINGS{district}}:";
my @SYMBOLS = split //, '0123456789ABCDEFGHJKMNPQRSTVWXYZ';


# new(name => ..., volunteers => 1000, redis => [options of redis-server])

sub new {
    my ($class, %o) = @_;

    my $self = bless { volunteers => 1000, %o }, $class;
    $self->{redis} = VolBench::Store->new($o{name}, @{ $o{redis} || [] });
    $self->fill;
    return $self;
}


sub fill {
    my ($self) = @_;

    my $redis = $self->{redis};
    $redis->command('HSET', "${PREFIX}o:bench", merchant => 'bench',
                    title => 'bench', price => 1, stock => STOCK);
    $redis->command('HSET', "${PREFIX}v:$_", kind => 'general',
                    balance => POINTS, earned => POINTS, carry => 0,
                    y2026 => 60 * POINTS) for 1 .. $self->{volunteers};
    $redis->command('HSET', "${PREFIX}books", volunteers => $self->{volunteers},
                    earned => POINTS * $self->{volunteers}, spent => 0);
}


sub books {
    my ($self) = @_;

    my $redis = $self->{redis};
    my %books;
    @books{qw( earned spent )} =
        @{ $redis->command('HMGET', "${PREFIX}books", qw( earned spent )) };
    $books{stock} = $redis->command('HGET', "${PREFIX}o:bench", 'stock');
    $books{entries} = $redis->command('XLEN', "${PREFIX}ledger");
    return \%books;
}


sub balances {
    my ($self) = @_;

    my $sum = 0;
    $sum += $self->{redis}->command('HGET', "${PREFIX}v:$_", 'balance')
        for 1 .. $self->{volunteers};
    return $sum;
}


# So many redemptions by EVALSHA, pipelined by redis-cli: the microseconds of
# Redis one took.  The commands are as the peers send them.

sub pipe {
    my ($self, $count) = @_;

    my $redis = $self->{redis};
    my $file = $self->commands($count);
    my $before = $self->books;
    my $cpu = $redis->cpu;
    $self->send_commands($file, $count);
    $cpu = $redis->cpu - $cpu;

    $self->agree($before, $self->books, $count, 0);
    return 1e6 * $cpu / $count;
}


# A file of so many, for a Redis that has the script.

sub commands {
    my ($self, $count) = @_;

    my $sha = $self->{redis}->command('SCRIPT', 'LOAD', script());
    my $file = path('pipe');
    $self->write_commands($file, $sha, $count);
    return $file;
}


sub send_commands {
    my ($self, $file, $count) = @_;

    my $told = `redis-cli -s $self->{redis}{socket} --pipe < $file 2>&1`;
    die "redis-cli --pipe: $told" if $told !~ /errors: 0, replies: $count/;
    unlink $file;
}


sub script {
    open my $in, '<', $SETTINGS{script} or die "$SETTINGS{script}: $!\n";
    local $/;
    return <$in>;
}


sub write_commands {
    my ($self, $file, $sha, $count) = @_;

    my $run = sprintf '%d-%d', time, rand 1e9;
    open my $out, '>', $file or die "$file: $!\n";
    for my $n (1 .. $count) {
        my @words = ('EVALSHA', $sha, KEYS,
                     arguments(1 + int rand $self->{volunteers}, "$run-$n"));
        print $out '*' . @words . "\r\n",
                   map { '$' . length($_) . "\r\n$_\r\n" } @words;
    }
    close $out or die "$file: $!\n";
}


sub arguments {
    my ($volunteer, $key) = @_;

    my $code = join '', map { $SYMBOLS[rand @SYMBOLS] } 1 .. CODE_LEN;
    my $fingerprint = Digest::SHA::sha1_base64("volunteer\nbench\n$volunteer");

    return ("${PREFIX}v:$volunteer", "${PREFIX}o:bench", "${PREFIX}p:bench",
            "${PREFIX}x:$code", "${PREFIX}i:$volunteer:$key",
            "${PREFIX}l:$volunteer", "${PREFIX}ledger", "${PREFIX}books",
            $volunteer, 'bench', $code, $volunteer, 'volunteer', '',
            "$fingerprint=", @SETTINGS{qw( rules utc_offset stars
                                           valid_days )});
}


1;
