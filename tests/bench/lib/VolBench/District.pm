package VolBench::District;

# The module before a Redis of its own, with volunteers who have points and one
# offer to spend them on.  All is asked of the API, nothing of Redis but its
# CPU time, so how the module stores things is its own affair.

use strict;
use warnings;

use File::Path ();
use JSON::PP ();

use VolBench::Clients qw( clients );
use VolBench::Nginx;
use VolBench::Store;
use VolTest::HTTP qw( build exchange );
use VolTest::Place qw( path write_file );

use parent 'VolBench::Redemptions';

use constant {
    POINTS => 1_000_000,        # of each volunteer to begin with
    STOCK => 1_000_000_000,
};

my $json = JSON::PP->new->utf8->canonical;
my %RULES = (
    version => 'bench-2026-01-01', timezone => '+08:00', points_per_hour => 1,
    stars => [100, 300, 600, 1000, 1500],
    cases => { bench => { title => 'bench', min => 1, max => 10000 } },
    obligations => { cadre => { points_per_year => 20 } },
    voucher => { valid_days => 30 },
);


# new(name => ..., volunteers => 1000, offers => so many more, which nobody
# redeems, workers => 'auto', http and server => more lines of nginx.conf,
# rules => more of the rulebook, redis => [options of redis-server], on_redis =>
# called with the Redis before nginx starts, vol_redis => what is said of it)

sub new {
    my ($class, %o) = @_;

    my $self = bless { volunteers => 1000, offers => 0, %o }, $class;

    $self->{redis} = VolBench::Store->new($o{name}, @{ $o{redis} || [] });
    $o{on_redis}->($self->{redis}) if $o{on_redis};
    $self->{nginx} = $self->start_nginx(%o);
    $self->fill;
    return $self;
}


sub start_nginx {
    my ($self, %o) = @_;

    my $rules = write_file("$o{name}.rules.json",
                           $json->encode({ %RULES, %{ $o{rules} || {} } }));
    my ($http, $server) = map { $_ // '' } @o{qw( http server )};
    my $vol_redis = $o{vol_redis} // "unix:$self->{redis}{socket}";

    return VolBench::Nginx->new(
        name => $o{name}, workers => $o{workers} // 'auto',
        main => 'load_module ' . VolBench::Nginx::module() . ';',
        http => <<"HTTP", server => <<"SERVER");
    vol_redis          $vol_redis;
    vol_rules          $rules;
    vol_user           \$http_x_user;
    vol_role           \$http_x_role;
    vol_scope          \$http_x_scope;
$http
HTTP
        location /points/ {
            vol bench;
            client_max_body_size 0;
            client_body_timeout  10m;
        }
$server
SERVER
}


sub port { $_[0]{nginx}{port} }
sub cpu { $_[0]{nginx}->cpu }


# ask(method, path below /points/, body, options of VolTest::HTTP::build): the
# JSON of the answer, which must be 2xx.

sub ask {
    my ($self, $method, $path, $body, %o) = @_;

    my $r = exchange($self->port, $method,
                     build($method, "/points/$path", as => 'admin:root',
                           body => $body, close => 1, %o));
    die "$method $path: $r->{status} $r->{raw}\n"
        unless $r->{status} =~ /^2/;
    return $r->{json};
}


sub fill {
    my ($self) = @_;

    $self->ask(PUT => 'merchants/bench', { title => 'bench' });
    $self->ask(PUT => 'offers/bench',
               { merchant => 'bench', title => 'bench', price => 1,
                 stock => STOCK });

    $self->import_lines(sub {
        my ($out) = @_;
        for my $id (1 .. $self->{volunteers}) {
            print $out
                qq({"type":"volunteer","volunteer":"$id","kind":"general"}\n),
                qq({"type":"opening","key":"$id","volunteer":"$id",),
                qq("earned":@{[POINTS]},"balance":@{[POINTS]}}\n);
        }
        for my $id (1 .. $self->{offers}) {
            print $out qq({"type":"offer","offer":"o$id","merchant":"bench",),
                       qq("title":"Offer $id","price":), 1 + $id % 50,
                       qq(,"stock":@{[STOCK]}}\n);
        }
    });
}


# Imports what the code prints; returns how many lines.

sub import_lines {
    my ($self, $print) = @_;

    my $file = path('lines.ndjson');
    open my $out, '>', $file or die "$file: $!\n";
    $print->($out);
    close $out or die "$file: $!\n";

    my ($end) = reverse $self->stream('import', '-X', 'POST', '-T', $file, '-H',
                                      'Content-Type: application/x-ndjson');
    die "import: $end" unless $end =~ /"failed":0,"complete":true/;
    unlink $file;
    return $end =~ /"lines":\s*(\d+)/ ? $1 : 0;
}


# The lines of a long answer.

sub stream {
    my ($self, $path, @options) = @_;

    my @lines;
    $self->each_line($path, sub { push @lines, $_[0] }, @options);
    return @lines;
}


# Calls the code with each of them.

sub each_line {
    my ($self, $path, $code, @options) = @_;

    my $curl = open my $in, '-|', 'curl', '-sS', '--fail-with-body', '-H',
                    'X-User: root', '-H', 'X-Role: admin', @options,
                    'http://127.0.0.1:' . $self->port . "/points/$path"
        or die "curl: $!\n";
    # who leaves waits for it
    local @SIG{qw( INT TERM HUP )} = (sub { kill 'TERM', $curl; exit 130 }) x 3;
    my $last = '';
    while (defined(my $line = <$in>)) {
        $code->($last = $line);
    }
    close $in or die "$path: $last\n";
}


# A round of GETs of one path, each by a volunteer drawn by lot: what clients()
# told, with redis, the microseconds of Redis each took.

sub get {
    my ($self, $path) = @_;

    my $cpu = $self->{redis}->cpu;
    my $told = clients($self->port, 'get', $path, $self->{volunteers});
    $told->{redis} = 1e6 * ($self->{redis}->cpu - $cpu) / $told->{requests};
    return $told;
}


# The totals of the district, and the stock of the offer.

sub books {
    my ($self) = @_;

    return { %{ $self->ask(GET => 'books') },
             stock => $self->ask(GET => 'offers/bench')->{stock} };
}


# The sum of all balances, of which every one is read.

sub balances {
    my ($self) = @_;

    my $sum = 0;
    $sum += $_ for map { /"balance":(-?\d+)/ }
                   $self->stream('export?what=accounts');
    return $sum;
}


# Makes room for others.

sub stop {
    my ($self) = @_;

    $self->{nginx}->stop;
    $self->{redis}->stop('KILL');
    File::Path::remove_tree($self->{redis}{dir});
}


1;
