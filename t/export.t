#!/usr/bin/env perl

# GET /export: everything out of a district, as lines of JSON or as CSV.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::HTTP2;

# long streams are one reply each, and a busy machine is not the subject
$VolTest::HTTP::TIMEOUT = 300;

use JSON::PP ();
use Socket qw( PF_INET SOCK_STREAM SOL_SOCKET SO_RCVBUF pack_sockaddr_in
               inet_aton );
use Time::HiRes ();

start(conf => <<'CONF', workers => 1);
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    %IDENTITY%

    client_max_body_size  0;

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /elsewhere/ {
            vol  elsewhere;
        }

        location /impatient/ {
            vol           tianyuan;
            send_timeout  1s;
        }

        location /proxied/ {
            vol               tianyuan;
            vol_redis         unix:%DIR%/proxy.sock;
            vol_read_timeout  1s;
        }
    }

    server {
        listen %PORT1% http2;

        location /points/ {
            vol  tianyuan;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @AUDITOR = (as => 'auditor:aud');
my $json = JSON::PP->new->utf8->canonical;
my $PREFIX = 'vol:{tianyuan}:';

sub export_of {
    my ($what, %o) = @_;
    my $where = delete $o{where} // 'points';
    return whole_of("/$where/export?what=$what", @AUDITOR, %o);
}

# Read to its end and looked at once, for it may be long.

sub whole_of {
    my ($path, %o) = @_;
    my $socket = dial(port());
    syswrite $socket, build('GET', $path, %o, close => 1);
    my $got = '';
    1 while sysread $socket, $got, 65536, length $got;
    return parse(\$got, 'GET', 1);
}

sub lines { map { $json->decode($_) } split /\n/, $_[0]{raw} }

# The end alone: to read all of a long answer takes long.

sub end_of {
    my ($end) = $_[0]{raw} =~ /^(\{"end".*)$/m;
    return $json->decode($end // '{}')->{end};
}

# The items and the end.

sub items {
    my @lines = lines($_[0]);
    my $end = pop @lines;
    return ($end->{end}, @lines);
}

sub import_body {
    my ($body, $where) = @_;
    my $r = post('/' . ($where // 'points') . '/import', $body, @ADMIN,
                 key => undef, type => 'application/x-ndjson');
    my ($last) = $r->{raw} =~ /^(\{"result".*)$/m;
    return $json->decode($last)->{result};
}

sub import_lines { import_body(join '', map { $json->encode($_) . "\n" } @_) }


# An empty district.

for my $what (qw( ledger accounts vouchers registry seals merchants offers
                  funds ))
{
    my $r = export_of($what);
    is($r->{status}, 200, "an export of $what from nothing");
    is($r->{raw}, qq({"end":{"lines":0}}\n), 'is its end');
    like(export_of("$what&format=csv&bom=false")->{raw},
         qr/\A[a-z_,]+\r\n\z/, 'or the names of its columns');
}


# Who may, and what can be asked.

is(export_of('ledger', @ADMIN)->{status}, 200, 'an admin may export');
is_problem(export_of('ledger', as => "$_:x:x"), 403, 'forbidden',
           "a role may not: $_") for qw( volunteer organizer merchant );
is_problem(get('/points/export', @ADMIN), 422, 'invalid-field',
           'what must be said', 'what');
is_problem(export_of('everything'), 422, 'invalid-field',
           'it must be one of those', 'what');
is_problem(export_of('ledger&format=xml'), 422, 'invalid-field',
           'the format too', 'format');
is_problem(export_of('ledger&bom=maybe'), 422, 'invalid-field', 'and bom',
           'bom');
is_problem(export_of("$_&after=x-y"), 422, 'invalid-field',
           "what is no place in $_ is refused", 'after')
    for qw( ledger accounts vouchers registry seals offers );
is_problem(request('POST', '/points/export?what=ledger', @ADMIN), 405,
           'method-not-allowed', 'it is a GET');


# The ledger.

volunteer('1001', station => 'taishan', teams => ['a', 'b'], tags => ['t'],
          free => ['sun', 'mon']);
volunteer('1002', kind => 'student');
merchant('tea', title => 'Tea, "green" & more', category => '=1+1');
offer('green', price => 3, stock => 5, starts => '2026-01-01T00:00:00+08:00');
grant('1001', 20);
my $hours = created(post('/points/volunteers/1001/hours',
                         { minutes => 90, on => '2026-01-31',
                           activity => 'river',
                           note => "a \"note\", \x{8bc1}" },
                         as => 'organizer:olga:taishan'));
created(post("/points/ledger/$hours->{entry}/reverse",
             { reason => '-2+3' }, @ADMIN));
my $voucher = redeem('green', '1001');
created(put('/points/funds/river', { title => 'The river' }, @ADMIN));
created(post('/points/funds/river/donations', { points => 3 },
             as => 'volunteer:1001'));

my ($end, @entries) = items(export_of('ledger'));
my @stored = stored_entries($PREFIX);
is_deeply([map { $_->{entry} } @entries], [map { $_->[0] } @stored],
          'the ledger is whole and in its order');
is($end->{lines}, scalar @stored, 'its end counts the lines');
is($end->{after}, $stored[-1][0], 'and says where it goes on');

my ($e) = grep { $_->{type} eq 'hours' } @entries;
is($e->{volunteer} . $e->{minutes} . $e->{on} . $e->{by} . $e->{role},
   '1001902026-01-31olgaorganizer', 'an entry has its fields');
is($e->{note}, "a \"note\", \x{8bc1}", 'and texts');
ok(!exists $e->{evidence}, 'what is empty is left out');
ok($e->{minutes} =~ /^\d+$/ && $json->encode([$e->{minutes}]) eq '[90]',
   'a number is a number');

# the line is made of what is stored, in its order, and nothing else
my %type = map { $_ => 'n' } qw( points earned balance minutes points_per_hour
                                 amount );
my @names = qw( type volunteer points earned balance ref voucher merchant on
                minutes points_per_hour expires amount counted by role scope
                rules org note evidence proposal );
sub line_of {
    my ($id, %f) = ($_[0][0], @{ $_[0][1] });
    my $text = sub { JSON::PP->new->allow_nonref->encode($_[0]) };
    return '{"entry":' . join(',', $text->($id), map {
        my ($name, $value) = ($_, $f{$_});
        $value = POSIX::strftime('%Y-%m-%d', gmtime $value * 86400)
            if $name eq 'on';
        $value = POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $value)
            if $name eq 'expires';
        qq("$name":) . ($type{$name} ? $value : $text->($value));
    } grep { ($f{$_} // '') ne '' } @names) . '}';
}
my $raw = export_of('ledger')->{raw};
is($raw, join('', map { line_of($_) . "\n" } @stored)
         . qq({"end":{"lines":@{[ scalar @stored ]},)
         . qq("after":"$stored[-1][0]"}}\n),
   'each line is the one that seals are made of');

my ($name, $text, @links) = entry_text(type => 'hours', volunteer => '1001',
                               points => 1, earned => 1, balance => 1,
                               on => 20000, expires => 1766534400,
                               amount => -3, rules => "\"\\\x01\x7f");
redis('XADD', "${PREFIX}ledger", '*', $name, $text, @links);
like(export_of('ledger')->{raw},
     qr/"on":"2024-10-04","expires":"2025-12-24T00:00:00Z","amount":-3,
        "rules":"\\"\\\\\\u0001\x7f"\}\n\{"end/x,
     'times are UTC, texts are escaped');
my $last = redis('XREVRANGE', "${PREFIX}ledger", '+', '-', 'COUNT', 1)->[0][0];
is((items(export_of("ledger&after=$stored[-1][0]")))[1]{entry}, $last,
   'an export goes on after an entry');
is_deeply([items(export_of("ledger&after=$last"))],
          [{ lines => 0, after => $last }],
          'and there is nothing yet after it');

my @hours = entry_text(type => 'hours');
for (['a value more', $name, $hours[1] . "\tsurprise" x 21, @links],
     ['a field more', @hours, 'surprise', 1],
     ['its field twice', @hours, @hours],
     ['no links', @hours[0, 1]],
     ['its links in front', @hours[2, 3, 0, 1]],
     ['another name', 'line', @hours[1 .. 3]],
     ['links by another name', @hours[0, 1], 'behind', ''],
     ['fields of its own', 'type', 'hours'],
     map { my ($field, $value) = @$_;
           ["\"$value\" as $field",
            entry_text(type => 'hours', $field => $value)] }
         ['points', '1.5'], ['points', '007'], ['type', "\xff"],
         ['on', 99999999])
{
    my ($what, @fields) = @$_;
    my $id = redis('XADD', "${PREFIX}ledger", '*', @fields);
    is_problem(export_of("ledger&after=$last"), 500, 'store-corrupt',
               "what no script wrote is not passed over: $what");
    redis('XDEL', "${PREFIX}ledger", $id);
}
like(error_log(), qr/export of "ledger" stopped after "\d+-\d+"/,
     'and the log says where');
redis('XDEL', "${PREFIX}ledger", $last);


# The other lists.

my ($of, @accounts) = items(export_of('accounts'));
is_deeply([map { $_->{id} } @accounts], ['1001', '1002'],
          'accounts in the order of their registration');
my %account = %{ $accounts[0] };
my %shown = %{ account('1001') };
is_deeply([@account{qw( kind balance earned stars minutes frozen station teams
                        tags free )}],
          [@shown{qw( kind balance earned stars minutes frozen station teams
                      tags free )}], 'as GET shows them');
is_deeply($account{year}, $shown{year}, 'with the current year');
is_deeply([items(export_of("accounts&after=$of->{after}"))],
          [{ lines => 0, after => '2' }], 'none come after them');
volunteer('1003');
is((items(export_of("accounts&after=$of->{after}")))[1]{id}, '1003',
   'until one does');

my ($nothing, $v) = items(export_of('vouchers'));
delete $voucher->{balance};
is_deeply($v, $voucher, 'a voucher is as it was shown');

redis('XADD', "${PREFIX}seals", '5-1', 'first', '1-0', 'entries', 7, 'digest',
      'd' x 64, 'previous', '0' x 64, 'algorithm', 'SHA-256', 'on', 20000,
      'marks', "\xff\xfe");
redis('XADD', "${PREFIX}seals", '6-1', 'first', '5-2', 'entries', 1, 'digest',
      'e' x 64, 'previous', 'd' x 64, 'algorithm', 'SHA-256', 'on', 20000,
      'marks', "\xff\xfe");
redis('ZADD', "${PREFIX}roots", 20000, '6-1');
my ($seals, @seals) = items(export_of('seals'));
is_deeply(\@seals, [{ seal => '5-1', first => '1-0', entries => 7,
                      digest => 'd' x 64, previous => '0' x 64,
                      algorithm => 'SHA-256', on => '2024-10-04' },
                    { seal => '6-1', first => '5-2', entries => 1,
                      digest => 'e' x 64, previous => 'd' x 64,
                      algorithm => 'SHA-256', on => '2024-10-04',
                      root => true }], 'seals');
is($seals->{after}, '6-1', 'and where they go on');
redis('DEL', "${PREFIX}seals", "${PREFIX}roots");

is_deeply([items(export_of('funds'))],
          [{ lines => 1, after => 'river' },
           { id => 'river', title => 'The river', donated => 3 }], 'funds');
is_deeply([items(export_of('merchants'))],
          [{ lines => 1, after => 'tea' },
           { id => 'tea', title => 'Tea, "green" & more',
             category => '=1+1' }], 'merchants');
is_deeply([items(export_of('offers'))]->[1],
          get('/points/offers/green', @ADMIN)->{json}, 'offers');


# The registry is what an import takes.

created(put('/points/teams/band', { title => 'Band', kind => 'social' },
            @ADMIN));
my ($registry, @registry) = items(export_of('registry'));
is(join(' ', map { $_->{type} . ':' . $_->{ $_->{type} } } @registry),
   'volunteer:1001 volunteer:1002 volunteer:1003 merchant:tea offer:green '
   . 'fund:river team:band', 'the registry has all that the ledger does not tell');
is($registry[4]{stock}, 0, 'stocks are left to the ledger');
is($registry->{after}, '15:3:0', 'its place says in which list it is');
is_deeply([map { $_->{type} } (items(export_of('registry&after=1:')))[1 .. 3]],
          ['merchant', 'offer', 'fund'], 'from where it goes on');

my $result = import_body(export_of('registry')->{raw} =~ s/^\{"end.*\n//mr,
                      'elsewhere');
is("$result->{done} $result->{failed}", '7 0', 'a district elsewhere takes it');
my $there = get('/elsewhere/volunteers/1001', @ADMIN)->{json};
is_deeply([@$there{qw( kind station teams tags free balance )}],
          ['general', 'taishan', ['a', 'b'], ['t'], ['mon', 'sun'], 0],
          'and knows the people');
is(get('/elsewhere/offers/green', @ADMIN)->{json}{starts},
   '2026-01-01T00:00:00+08:00', 'and the offers');
is(get('/elsewhere/funds/river', @ADMIN)->{json}{title}, 'The river',
   'and the funds');


# CSV.

sub csv {
    my ($r) = @_;
    my $text = $r->{raw} =~ s/\A\xef\xbb\xbf//r;
    my @rows;
    while (length $text) {
        my (@row, $end);
        do {
            $text =~ s/\A(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)//
                or die "no CSV: $text";
            (my $cell, $end) = ($1 // $2, $3);
            push @row, $cell =~ s/""/"/gr;
        } while $end eq ',';
        push @rows, \@row;
    }
    my @names = @{ shift @rows };
    return map { my %row; @row{@names} = @$_; \%row } @rows;
}

my $r = export_of('ledger&format=csv');
is($r->{headers}{'content-type'}, 'text/csv; charset=utf-8',
   'CSV has its type');
is($r->{headers}{'content-disposition'},
   'attachment; filename="tianyuan-ledger.csv"', 'and is saved as a file');
like($r->{raw}, qr/\A\xef\xbb\xbfentry,at,type,/, 'it begins with a BOM');
like(export_of('ledger&format=csv&bom=false')->{raw}, qr/\Aentry,/,
     'unless that is not wanted');
unlike($r->{raw}, qr/[^\r]\n|\r[^\n]/, 'lines end as RFC 4180 says');
my @rows = csv($r);
is(scalar @rows, scalar @entries, 'every entry is a row');
my ($row) = grep { $_->{type} eq 'hours' } @rows;
is($row->{note}, "a \"note\", \xe8\xaf\x81", 'quotes and commas are kept');
like($r->{raw}, qr/,"a ""note"", \xe8\xaf\x81",/, 'in quotes');
like($row->{at}, qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00\z/,
     "times have the rulebook's offset");
($row) = grep { $_->{type} eq 'reversal' } @rows;
is($row->{note}, "'-2+3", 'a text is no formula');
like($row->{points}, qr/\A-\d+\z/, 'a number below zero stays one');
unlike(export_of('ledger')->{raw}, qr/'-2/, 'in JSON a text is as it is');

@rows = csv(export_of('accounts&format=csv'));
is("$rows[0]{id} $rows[0]{teams} $rows[0]{frozen} $rows[0]{year}",
   '1001 a b false ' . this_year(), 'accounts');
($row) = csv(export_of('merchants&format=csv'));
is("$row->{title} $row->{category}", "Tea, \"green\" & more '=1+1",
   'merchants');
($row) = csv(export_of('offers&format=csv'));
is($row->{starts}, '2026-01-01T00:00:00+08:00', 'offers');
($row) = csv(export_of('vouchers&format=csv'));
is($row->{code}, $voucher->{code}, 'vouchers');
is(join(' ', map { $_->{type} } csv(export_of('registry&format=csv'))),
   'volunteer volunteer volunteer merchant offer fund team', 'the registry');

my @texts = ('=A1', '+1', '-1', '@x', "\x{ff1d}A1", "\x{ff0b}", "\x{ff0d}",
             "\x{ff20}", "'=", 'x=1', '', ' =1');
for my $i (0 .. $#texts) {
    merchant("f$i", title => 't', length $texts[$i] ? (category => $texts[$i])
                                                    : ());
}
my %got = map { $_->{id} => $_->{category} }
          csv(export_of('merchants&format=csv'));
my $encode = sub { my $t = shift; utf8::encode($t); $t };
is_deeply([map { $got{"f$_"} } 0 .. $#texts],
          [(map { "'" . $encode->($_) } @texts[0 .. 7]), @texts[8 .. 11]],
          'texts that a spreadsheet would calculate are shown instead');


# HEAD, HTTP/1.0, HTTP/2.

$r = head_of('/points/export?what=ledger', @AUDITOR);
is("$r->{status} $r->{headers}{'content-type'}", '200 application/x-ndjson',
   'HEAD has the header alone');
is(get('/points/export?what=ledger', @AUDITOR, version => '1.0',
       close => 0)->{raw}, $raw, 'HTTP/1.0 has the whole');
my @two = raw(build('GET', '/points/export?what=ledger', @AUDITOR)
              . build('GET', '/points/volunteers/1001', @ADMIN), 'GET', 'GET');
is(join(' ', map { $_->{status} } @two), '200 200', 'the connection is kept');
my $h2 = VolTest::HTTP2->new(dial(port(1)));
my @who = ('x-user' => 'aud', 'x-role' => 'auditor');
is($h2->response($h2->request('GET', '/points/export?what=ledger', \@who))
   ->{raw}, $raw, 'HTTP/2 too');


# Many pages.

$result = import_lines(map {
    { type => 'volunteer', volunteer => "p$_", kind => 'general' }
} 1 .. 1000);
is($result->{done}, 1000, 'a thousand people');
$result = import_lines(map {
    { type => 'award', volunteer => 'p' . (1 + $_ % 1000), key => "k$_",
      case => 'grant', points => 1, evidence => 'e' x 400 }
} 1 .. 4000);
is($result->{done}, 4000, 'four thousand awards');

sub high_water {
    my ($worker) = workers();
    open my $in, '<', "/proc/$worker/status" or die;
    my ($kb) = join('', <$in>) =~ /VmHWM:\s+(\d+)/;
    return $kb;
}

export_of('accounts');
my $small = high_water();
my ($all, @all) = items(export_of('ledger'));
my $grown = high_water() - $small;
is($all->{lines}, @entries + 4000, 'a ledger of many pages is whole');
my %once = map { $_->{entry} => 1 } @all;
is(scalar keys %once, scalar @all, 'each entry once');
my $bound = $ENV{VOL_PRELOAD} || $ENV{VOL_VALGRIND} ? 300_000 : 2000;
cmp_ok($grown, '<', $bound, "and takes no memory ($grown kB)");

my %people = map { $_->{id} => 1 } (items(export_of('accounts')))[1 .. 1003];
is(scalar keys %people, 1003, 'accounts of many pages');
is((items(export_of('registry')))[0]{lines}, 1003 + 13 + 1 + 1 + 1,
   'lists of many pages, one behind the other');
grant('1001', 100);
offer('many', price => 1, stock => 60);
my %redeemed = map {
    my %v = %{ redeem('many', '1001', key => $_) };
    delete $v{balance};
    $v{code} => \%v
} keys_of_one_bucket('1001', 5), map { "many-$_" } 1 .. 40;
my @five = grep { (() = join(' ', keys %redeemed) =~ /\b$_\w{3}-/g) == 5 }
           map { substr $_, 0, 3 } keys %redeemed;
is(scalar @five, 5, 'some of the vouchers share a bucket');
my ($used, $cancelled, @open) = grep { /^$five[0]/ } sort keys %redeemed;
$redeemed{$_->{code}} = $_
    for map { my %v = %$_; delete $v{balance}; \%v }
        created(post("/points/vouchers/$used/use", {}, @ADMIN)),
        created(post("/points/vouchers/$cancelled/cancel", {}, @ADMIN));
$redeemed{$voucher->{code}} = $voucher;
my @exported = items(export_of('vouchers'));
shift @exported;
is(scalar @exported, 46, 'vouchers among all other keys, each once');
is_deeply({ map { $_->{code} => $_ } @exported }, \%redeemed,
          'those that share a bucket too, open and ended, as they were shown');

my ($part, @part) = items(export_of("ledger&after=$all[3900]{entry}"));
is($part[0]{entry}, $all[3901]{entry}, 'from any place in it');


# Slow readers, and those who go away.

# A client with little room of its own.

sub slow {
    my ($where) = @_;
    socket my $socket, PF_INET, SOCK_STREAM, 0 or die;
    setsockopt $socket, SOL_SOCKET, SO_RCVBUF, pack 'i', 4096;
    connect $socket, pack_sockaddr_in(port(), inet_aton('127.0.0.1')) or die;
    syswrite $socket, build('GET', "/$where/export?what=ledger", @AUDITOR,
                            close => 1);
    return $socket;
}

# How many scripts Redis ran, once it runs no more.

sub calls_in_the_end {
    my ($before, $n) = (-1, 0);
    wait_for(sub {
        $before = $n;
        ($n) = redis('INFO', 'commandstats') =~ /cmdstat_evalsha:calls=(\d+)/;
        Time::HiRes::sleep(0.2);
        $n == $before
    });
    return $n;
}

my $socket = slow('points');
calls_in_the_end();
my $got = '';
my $whole;
while (length $got < 100_000) {
    sysread $socket, $got, 4096, length $got or last;
    Time::HiRes::sleep(0.002);
}
1 while sysread $socket, $got, 65536, length $got;
$whole = parse(\$got, 'GET', 1);
is(end_of($whole)->{lines}, redis('XLEN', "${PREFIX}ledger"),
   'a slow reader has all');

$socket = slow('points');
sysread $socket, $got, 4096;
close $socket;
is(get('/points/volunteers/1001', @ADMIN)->{status}, 200,
   'one who goes away disturbs nobody');

my $cut = $h2->request('GET', '/points/export?what=ledger', \@who);
$h2->reset($cut);
is($h2->response($h2->request('GET', '/points/export?what=merchants', \@who))
   ->{status}, 200, 'nor on HTTP/2');
close $h2->{socket};


# What is cut is not taken for whole.

sub cut_off {
    my ($text) = @_;
    return $text !~ /"end"/ && $text !~ /\r\n0\r\n\r\n\z/;
}

$result = import_lines(map {
    { type => 'award', volunteer => 'p' . (1 + $_ % 1000), key => "l$_",
      case => 'grant', points => 1, evidence => 'e' x 500 }
} 1 .. 12000);
is($result->{done}, 12000, 'a longer ledger');

my $calls = calls_in_the_end();
$socket = slow('points');
sysread $socket, $got, 4096;
cmp_ok(calls_in_the_end() - $calls, '<', 60,
       'pages that nobody takes are not asked for');
close $socket;

$socket = slow('impatient');
wait_for(sub { error_log() =~ /client timed out/ });
$got = '';
1 while sysread $socket, $got, 65536, length $got;
ok(cut_off($got), 'a reader who stops is cut off after send_timeout');

$socket = slow('points');
sysread $socket, $got, 4096;
redis_server()->stop('KILL');
$got = '';
1 while sysread $socket, $got, 65536, length $got;
ok(cut_off($got), 'Redis goes in the middle: the answer has no end');
is_problem(export_of('ledger'), 503, 'store-unavailable',
           'before the beginning it is a problem');
redis_server()->start;
ok(wait_for(sub { export_of('merchants')->{status} == 200 }),
   'Redis is back, and exports with it');

$h2 = VolTest::HTTP2->new(dial(port(1)));
redis('XADD', "${PREFIX}ledger", '*',
      entry_text(type => 'hours', points => 'x'));
$r = $h2->response($h2->request('GET', '/points/export?what=ledger', \@who));
ok($r->{status} == 200 && cut_off($r->{raw}),
   'what cannot be shown cuts it too, on HTTP/2 as well');
close $h2->{socket};

expect_log(qr/\[crit\].*connect\(\) to unix:/);
done();
