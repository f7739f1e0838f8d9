#!/usr/bin/env perl

# bin/vol: the books from the command line.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::District qw( district_rules district );
use VolTest::Wire;

use Digest::SHA qw( sha256_hex );
use JSON::PP ();
use POSIX ();

my $VOL = "$FindBin::Bin/../bin/vol";
my $json = JSON::PP->new->utf8->canonical;
my $P = 'vol:{tianyuan}:';

write_rules(district_rules());
start_redis({ env => frozen_clock('2025-12-20 04:00:00') });

# a server's certificate
my ($nginx) = $ENV{VOL_NGINX} || grep { -x } map { "$_/nginx" }
              split(/:/, $ENV{PATH}), '/usr/sbin';
my $ssl = `$nginx -V 2>&1` =~ /http_ssl_module/
          && system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 "
                    . "-subj /CN=localhost "
                    . "-addext subjectAltName=DNS:localhost "
                    . "-keyout @{[path('key.pem')]} "
                    . "-out @{[path('cert.pem')]} 2> /dev/null") == 0;

start_nginx(conf => <<'CONF' =~ s/%SSL (.*)%/$ssl ? $1 : ''/ger);
    vol_redis             %REDIS%;
    vol_rules             %RULES%;
    vol_duty_interval     50ms;
    vol_seal              sha256 entries=7;
    client_max_body_size  0;
    %IDENTITY%

    server {
        listen %PORT%;
        %SSL listen %PORT1% ssl;%
        listen unix:%DIR%/nginx.sock;
        server_name localhost;
        %SSL ssl_certificate %DIR%/cert.pem;%
        %SSL ssl_certificate_key %DIR%/key.pem;%

        location /points/ { vol tianyuan; }
        location /copy/ { vol copy; }
        location /quiet/ { vol quiet; vol_duties off; }
        location /lines/ { vol lines; }
        location /sm3/ { vol sm3; vol_seal sm3; }
        location /idle/ { vol idle; vol_duties off; }
        location /small/ { vol lines; client_max_body_size 100; }
        location /away/ { vol away; vol_redis unix:%DIR%/none.sock; }
        location /login/ { return 302 /sign-in; }
        location /page/ { return 200 "<html>"; }
        location /bad/ { return 502; }
    }
CONF

write_file('head', "# who asks\n\nX-User: root\nX-Role: admin\n");
chmod 0600, path('head');


# Runs vol; its status, and what it printed.  Options before the arguments, in a
# hash: env, in (the standard input), where (the location), port.

sub vol_of {
    my %o = ref $_[0] ? %{ shift @_ } : ();
    my @args = @_;

    my $pid = fork() // die "fork: $!\n";
    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP PIPE );
        delete @ENV{qw( LC_ALL LANG VOL_URL VOL_HEADER_FILE http_proxy )};
        my $where = $o{where} // 'points';
        my $port = $o{port} // port();
        $ENV{VOL_URL} = "http://127.0.0.1:$port/$where/";
        $ENV{VOL_HEADER_FILE} = path('head');
        $ENV{$_} = $o{env}{$_} for keys %{ $o{env} || {} };
        open STDIN, '<', $o{in} // '/dev/null';
        open STDOUT, '>', path('out');
        open STDERR, '>', path('err');
        exec $^X, $VOL, @args or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    return { status => $? >> 8, signal => $? & 127, out => read_file('out'),
             err => read_file('err') };
}

# "status: the last line of the standard output"
sub last_of {
    my $r = vol_of(@_);
    my ($last) = $r->{out} =~ /([^\n]*)\n?\z/;
    return ($r, "$r->{status}: $last");
}

sub refused {
    my ($r, $pattern, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok($r->{status} == 2 && $r->{out} eq '' && $r->{err} =~ $pattern, $name)
        or diag("$r->{status} $r->{out} $r->{err}");
}

sub file { write_file(@_) }


# The command line.

my $r = vol_of('--help');
is("$r->{status} $r->{err}", '0 ', '--help is no mistake');
like($r->{out}, qr/^  vol $_\b/m, "and tells of $_")
    for qw( books audit export import roots verify backup rebuild compare );
is(vol_of('help')->{out}, $r->{out}, 'nor is help');
is(vol_of('audit', '-h')->{out}, $r->{out}, 'nor -h behind a command');
ok(!grep({ length > 80 } split /\n/, $r->{out}), 'in lines that fit a terminal');

refused(vol_of(), qr/a command is missing/, 'no command');
refused(vol_of('frob'), qr/no command "frob"/, 'an unknown one');
refused(vol_of('books', '--frob'), qr/unknown option: frob/,
        'an unknown option');
refused(vol_of('books', '--no-wait'), qr/"books" has no option --no-wait/,
        "another command's option");
refused(vol_of('books', 'x'), qr/"books" takes nothing/, 'one name too many');
refused(vol_of('compare', 'x'), qr/"compare" takes two names/, 'one too few');
refused(vol_of('books', '--retries', 0), qr/--retries must be/, 'a bad number');
refused(vol_of('export', 'x'), qr/"x" can't be exported/, 'an unknown list');
refused(vol_of('export', 'ledger', '--format', 'xml'), qr/ndjson or csv/,
        'an unknown format');
refused(vol_of('books', '--url', $_), qr/no address of a points API/,
        "no address: $_") for 'portal', 'ftp://x/', 'http://x/?a', "http://x/\n";
refused(vol_of({ env => { VOL_URL => '' } }, 'books'), qr/where is the points/,
        'none at all');


# Who asks, and what answers.

my %NOBODY = (env => { VOL_HEADER_FILE => '/dev/null' });
refused(vol_of({ %NOBODY }, 'books'), qr/does not know who asks/, 'nobody');
refused(vol_of({ %NOBODY }, 'books', '--header', 'X-User: a', '--header',
               'X-Role: volunteer'), qr/you may not do this/, 'a volunteer');
is(vol_of({ %NOBODY }, 'books', '--header', 'X-User: a', '--header',
          'X-Role: auditor')->{status}, 0, 'an auditor');
refused(vol_of('books', '--header', 'no header'), qr/written as "Name: value"/,
        'what is no header');
refused(vol_of('books', '--header', "X: a\nurl = x"), qr/written as/,
        'nor is what holds a line');
refused(vol_of('books', '--header-file', path('none')), qr/can't be read/,
        'no file of headers');
chmod 0644, path('head');
like(vol_of('books')->{err}, qr/everybody on this machine can read/,
     'a file of headers that all can read is told');
chmod 0600, path('head');

refused(vol_of({ where => 'nothing' }, 'books'), qr/no points API at .*404/,
        'no location');
refused(vol_of({ where => 'login' }, 'books'), qr/sends on to another address/,
        'a sign-in');
refused(vol_of({ where => 'page' }, 'books'), qr/not of a points API/,
        'a page');
refused(vol_of({ where => 'page' }, 'export', 'ledger'), qr/is no export/,
        'a page is no export');
refused(vol_of({ where => 'page' }, 'import', path('head')), qr/is no import/,
        'nor an import');
refused(vol_of({ where => 'bad' }, 'books'), qr/answers with an error \(502\)/,
        'a gateway without its server');
refused(vol_of({ where => 'away' }, 'books'), qr/can't reach its Redis/,
        'Redis is away');
refused(vol_of({ port => port(5) }, 'books'), qr/does not take connections/,
        'nobody is there');
refused(vol_of({ env => { PATH => path('') } }, 'books'),
        qr/curl is not installed/, 'no curl');

is(vol_of({ %NOBODY, env => { VOL_URL => 'http://localhost/points',
                             VOL_HEADER_FILE => path('head') } },
          'books', '--unix-socket', path('nginx.sock'))->{status}, 0,
   'by a socket');
SKIP: {
    skip 'no TLS', 2 unless $ssl;
    my $tls = 'https://localhost:' . port(1) . '/points';
    refused(vol_of('books', '--url', $tls), qr/certificate is not one to trust/,
            'a certificate nobody knows');
    is(vol_of('books', '--url', $tls, '--cacert', path('cert.pem'))->{status},
       0, 'one that is known');
}

# a curl before curl tells what it was called with
mkdir path('bin');
my ($curl) = grep { -x } map { "$_/curl" } split /:/, $ENV{PATH};
file('bin/curl', "#!/bin/sh\n(echo \"\$@\"; env) >> @{[path('called')]}\n"
                 . "exec $curl \"\$@\"\n");
chmod 0755, path('bin/curl');
file('secret', "X-User: root\nX-Role: admin\nCookie: s3cr\\et\"t=1\n");
chmod 0600, path('secret');
file('one', $json->encode({ type => 'volunteer', volunteer => 's',
                            kind => 'general' }) . "\n");
my %spied = (env => { PATH => path('bin') . ":$ENV{PATH}",
                      VOL_HEADER_FILE => path('secret') });
is(vol_of(\%spied, 'books')->{status}, 0, 'a header of odd characters');
is(vol_of({ %spied, where => 'lines' }, 'import', path('one'))->{status}, 0,
   'in an import too');
like(read_file('called'), qr/-K/, "curl's command line");
unlike(read_file('called'), qr/s3cr|X-User/, 'has none of it');


# The books.

my %d = district();

# what time has made due is done, and sealed
wait_for(sub {
    (redis('HGET', "${P}sweep", 'hour') // 0) == int(redis('TIME')->[0] / 3600)
});
wait_for(sub { (redis('XREVRANGE', "${P}seals", '+', '-', 'COUNT', 1)->[0][0]
                // '')
               eq redis('XREVRANGE', "${P}ledger", '+', '-', 'COUNT', 1)
                  ->[0][0] });
$r = vol_of('books');
like($r->{out}, qr/^\+ points earned +[\d,]+$/m, 'the totals');
like($r->{out}, qr/^The totals agree: balance = earned - /m, 'with the law');
is($r->{status}, 0, 'which holds');
my $json_books = get('/points/books', as => 'admin:root')->{json};
my ($balance) = $r->{out} =~ /^= points on all accounts +([\d,]+)$/m;
is($balance =~ s/,//gr, $json_books->{balance}, 'figures are those of the API');


# The audit.

my ($audit, $last) = last_of('audit');
like($last, qr/^0: The books are right: \d+ entries and \d+ accounts agree/,
     'an audit of good books') or diag($audit->{out}, $audit->{err});
is($audit->{err}, '', 'says nothing else');
like((last_of('audit', '--no-wait'))[1], qr/^0: The audit is running/,
     'one need not wait for it');
wait_for(sub { get('/points/audit', as => 'admin:root')->{json}{state}
               eq 'done' });

my $right = redis('HGET', "${P}v:v1", 'balance');
redis('HSET', "${P}v:v1", 'balance', $right + 1);
redis('HSET', "${P}v:v2", 'earned', 7);
($audit, $last) = last_of('audit');
like($last, qr/^1: (\d+) mismatches\.$/, 'an audit of bad ones');
like($audit->{out}, qr/^\S+ v1 balance: expected $right, found @{[$right + 1]}/m,
     'says what, where, and what it must be');
my ($n) = $last =~ /(\d+) mismatches/;
is(scalar(() = $audit->{out} =~ /\n/g), $n + 1, 'each in a line');
redis('HSET', "${P}v:v1", 'balance', $right);
redis('HSET', "${P}v:v2", 'earned',
      get('/points/volunteers/v2', as => 'admin:root')->{json}{earned});
is(vol_of('audit', '--quiet')->{status}, 1, 'the other is still there');
my ($earned) = $audit->{out} =~ /v2 earned: expected (\d+)/;
redis('HSET', "${P}v:v2", 'earned', $earned);
is(vol_of('audit')->{status}, 0, 'and then is not');
refused(vol_of({ %NOBODY }, 'audit'), qr/who asks/, 'nobody may ask for one');

# where there is no terminal, a line every few seconds
post('/idle/audit', {}, as => 'admin:root');
my $idle = fork() // die;
if (!$idle) {
    open STDERR, '>', path('idle.err');
    $ENV{VOL_URL} = 'http://127.0.0.1:' . port() . '/idle/';
    $ENV{VOL_HEADER_FILE} = path('head');
    exec $^X, $VOL, 'audit' or POSIX::_exit(127);
}
ok(wait_for(sub { read_file('idle.err') =~ /^vol: the seals of the ledger: /m }),
   'who waits for long is told so');
kill 'TERM', $idle;
waitpid $idle, 0;
is($? >> 8, 2, 'and may stop waiting');
unlike(read_file('idle.err'), qr/\r|\e/, 'in plain lines');


# A terminal.

sub on_terminal {
    my ($locale, @args) = @_;
    my $command = join ' ', map { "'$_'" } $^X, $VOL, @args;
    local %ENV = (%ENV, LC_ALL => $locale, VOL_HEADER_FILE => path('head'),
                  VOL_URL => 'http://127.0.0.1:' . port() . '/points/');
    return `script -qec "$command" /dev/null < /dev/null 2>&1`;
}

SKIP: {
    skip 'no script(1), or no pseudo-terminal for it', 4
        if system('script -qec true /dev/null < /dev/null > /dev/null 2>&1');

    like(on_terminal('C', 'export', 'ledger', '-o', path('tty')),
         qr/\rledger: [\d,]+.*\r +\rvol: \d+ lines of ledger/s,
         'a terminal has its progress in one line');
    unlike(on_terminal('C', '-q', 'export', 'ledger', '-o', path('tty')),
           qr/ledger/, 'unless it is to be quiet');
    my $name = path("\xe5\xbf\x97");
    like(on_terminal('C.UTF-8', 'import', $name), qr/\xe5\xbf\x97 can't be read/,
         'what is not English is shown');
    like(on_terminal('C', 'import', $name), qr/\\x\{5fd7\} can't be read/,
         'or told, where it can not be');
}
like(vol_of('import', path("\e[2J"))->{err}, qr/\\x\{1b\}\[2J can't/,
     'nothing moves the cursor');


# Exports.

sub export_of {
    my ($what, $where) = @_;
    return get("/@{[$where // 'points']}/export?what=$what",
               as => 'admin:root')->{raw};
}

# what is in no order, in one
sub sorted { join '', sort { $a cmp $b } split /^/m, $_[0] }

for my $what (qw( ledger accounts vouchers registry seals merchants offers
                  funds orgs teams ))
{
    my $whole = export_of($what);
    $r = vol_of('export', $what);
    is($r->{status}, 0, "$what are exported");
    is(sorted($r->{out}), sorted($whole), 'as they are');
    like($r->{err}, qr/^vol: \d+ lines? of $what\.$/, 'and counted');

    # cut twice, behind a half and then some more
    my $size = length $whole;
    next unless $size > 1000;
    for my $format ('ndjson', $what =~ /ledger|registry/ ? 'csv' : ()) {
        my $csv = get("/points/export?what=$what&format=$format",
                      as => 'admin:root');
        my $expected = $csv->{raw};
        my $wire = VolTest::Wire->new(port(2), port(),
                                      { down => 1000 + $size / 2 },
                                      { down => 600 });
        $r = vol_of({ port => port(2) }, 'export', $what, '--format', $format,
                    '-o', path('cut'));
        is($r->{status}, 0, "a cut does not stop it ($what, $format)")
            or diag($r->{err});
        is(sorted(read_file('cut')), sorted($expected),
           'nor does anything lack or come twice');
        ok(!-e path('cut.part'), 'and one file is left');
        $wire->stop;
    }
}
my $mode = (stat path('cut'))[2] & 0777;
is($mode, 0600, 'which is not for everybody');

my $ledger = export_of('ledger');
my @entries = $ledger =~ /"entry":"([\d-]+)"/g;
$r = vol_of('export', 'ledger', '--after', $entries[9]);
like($r->{out}, qr/\A\{"entry":"$entries[10]"/, 'an export from some place on');
like($r->{out}, qr/"lines":@{[@entries - 10]},/, 'counts what is in it');
is(vol_of('export', 'ledger', '--after', 'x')->{status}, 2,
   'what is no place is refused');

file('old', 'as it was');
my $wire = VolTest::Wire->new(port(2), port(), { down => 3000 },
                              ({ down => 300 }) x 9);
$r = vol_of({ port => port(2) }, 'export', 'ledger', '-o', path('old'),
            '--retries', 2);
is($r->{status}, 2, 'it does not try for ever');
is(read_file('old'), 'as it was', 'the file that was there stays');
my ($after) = $r->{err} =~ /lines came .*; --after (\S+) goes on behind them/;
my $part = read_file('old.part');
my $rest = vol_of('export', 'ledger', '--after', $after // '')->{out};
is(($part . $rest) =~ s/^\{"end.*//mr, $ledger =~ s/^\{"end.*//mr,
   'and what came can be gone on with');
$wire->stop;

refused(vol_of('export', 'ledger', '-o', path('no/where')), qr/can't be written/,
        'no such directory');
refused(vol_of('export', 'ledger', '-o', path('bin')), qr/is a directory/,
        'a directory is no file');
my $status = system('sh', '-c', "VOL_URL=http://127.0.0.1:@{[port()]}/points/ "
                    . "VOL_HEADER_FILE=@{[path('head')]} $^X $VOL export ledger "
                    . "2> @{[path('err')]} | head -n 1 > @{[path('out')]}");
like(read_file('out'), qr/\A\{"entry".*\n\z/, 'who reads no further may stop');
is(read_file('err') =~ s/^vol: \d+ lines of ledger\.\n//r, '', 'quietly');


# Imports.

sub person { { type => 'volunteer', volunteer => $_[0], kind => 'general' } }

sub award {
    my ($key, %o) = @_;
    return { type => 'award', volunteer => 'a', key => $key, case => 'grant',
             points => 1, evidence => "\x{8bc1}" x 40, %o };
}

sub lines { join '', map { (ref $_ ? $json->encode($_) : $_) . "\n" } @_ }
sub points { get('/lines/volunteers/a', as => 'admin:root')->{json}{balance} }

my %LINES = (where => 'lines');
file('lines', lines(person('a'), map { award("k$_") } 1 .. 9));
is((last_of(\%LINES, 'import', path('lines')))[1],
   '0: 10 lines: 10 done, 0 known already, 0 bad.', 'lines are imported');
is((last_of(\%LINES, 'import', path('lines')))[1],
   '0: 10 lines: 1 done, 9 known already, 0 bad.', 'and known again');
is((last_of({ %LINES, in => path('lines') }, 'import', '-'))[1],
   '0: 10 lines: 1 done, 9 known already, 0 bad.', 'or by the standard input');
file('empty', '');
is((last_of(\%LINES, 'import', path('empty')))[1],
   '0: 0 lines: 0 done, 0 known already, 0 bad.', 'an empty file has none');

file('bad', "\xef\xbb\xbf" . lines(award('b1'), '', 'no json',
                                   award('b2', points => 0), award('b3')));
($r, $last) = last_of(\%LINES, 'import', path('bad'));
is($last, '1: 4 lines: 2 done, 0 known already, 2 bad.', 'some are bad');
like($r->{out}, qr/^line 3: \S/m, 'told by their number');
like($r->{out}, qr/^line 4 \(key b2\): points: \S/m, 'key, field and reason');

refused(vol_of(\%LINES, 'import', path('none')), qr/can't be read/, 'no file');
refused(vol_of(\%LINES, 'import', path('bin')), qr/is a directory/,
        'a directory');
file('gz', "\x1f\x8b\x08\x00abc\n");
($r, $last) = last_of(\%LINES, 'import', path('gz'));
is($r->{status}, 2, 'a file that is compressed is not sent');
like($r->{err}, qr/is compressed/, 'and told');
file('long', 'x' x 5_000_000);
is(vol_of(\%LINES, 'import', path('long'))->{status}, 2, 'nor one of no lines');
$r = vol_of({ where => 'small' }, 'import', path('lines'));
is($r->{status}, 2, 'a body that is too long');
like($r->{err}, qr/client_max_body_size/, 'is told to be');
unlike($r->{err}, qr/Trying again/, 'and not tried again');
($r, $last) = last_of({ where => 'away' }, 'import', path('lines'),
                      '--retries', 1);
like("$last $r->{err}", qr/^2: Not finished after 0 lines.*Redis/s,
     'Redis is away') ;

# a cut before anything was told, one slow enough that it was
for my $cut ([{ up => 60_000 }, { up => 200_000 }, { down => 100 }],
             [{ up => 300_000, pause => 0.05 }, { up => 100_000 }])
{
    my $name = @$cut;
    my $before = points();
    my @lines = map { award("c$name-$_") } 1 .. 2000;
    splice @lines, $_, 0, 'bad', '', { end => { lines => 1 } } for 1900, 20;
    file('cut', lines(@lines));
    for my $in (0, 1) {
        my $kept = $in ? 'known' : 'done';
        my $wire = VolTest::Wire->new(port(2), port(), @$cut);
        my $args = { %LINES, port => port(2) };
        if ($in) {
            # through a pipe
            system("mkfifo @{[path('fifo')]}") unless -e path('fifo');
            my $cat = fork() // die;
            if (!$cat) {
                exec "cat @{[path('cut')]} > @{[path('fifo')]}"
                    or POSIX::_exit(1);
            }
            ($r, $last) = last_of({ %$args, in => path('fifo') }, 'import',
                                  '-');
            waitpid $cat, 0;
        } else {
            ($r, $last) = last_of($args, 'import', path('cut'));
        }
        $wire->stop;
        my @figures = map { s/,//gr } $r->{out}
            =~ /^([\d,]+) lines: ([\d,]+) done, ([\d,]+) known already, ([\d,]+) bad\.$/m;
        is("$r->{status} " . join(' ', @figures[0, 3]), '1 2002 2',
           "an import goes on behind a cut ($name, $kept)")
            or diag($r->{out}, $r->{err});
        is(($figures[1] // 0) + ($figures[2] // 0), 2000, 'each line is told');
        is(points() - $before, 2000, 'and done, once');
        like($r->{err}, qr/Trying again in 1 s/, 'the cut is told');
        is(scalar(() = $r->{out} =~ /^line /mg), 2,
           'bad lines are told once');
        cmp_ok($figures[1], '>=', 900, 'what is known to be done is not sent')
            if $name == 2 && !$in;
    }
}

$wire = VolTest::Wire->new(port(2), port(), ({ up => 60_000 }) x 9);
($r, $last) = last_of({ %LINES, port => port(2) }, 'import', path('cut'),
                      '--retries', 1);
like($last, qr/^2: Not finished after/, 'it does not try for ever');
like($r->{err}, qr/The same command does the rest/, 'and says what to do');
$wire->stop;


# Verifying without a server.

my $seals = vol_of('export', 'seals')->{out};
my @lines = split /^/m, $ledger;
my @seals = split /^/m, $seals;
my @marked = map { $json->decode($_) } grep { /^\{"seal"/ } @seals;
file('ledger', $ledger);
file('seals', $seals);

sub verify {
    my ($text, $by, @more) = @_;
    file('ledger2', $text);
    file('seals2', $by);
    return vol_of({ env => { PATH => '/nowhere' } }, 'verify', path('ledger2'),
                  path('seals2'), @more);
}

# What is found in a ledger of these lines; several patterns for several lines.
sub finds {
    my ($text, $by, $name, @patterns) = @_;
    my $r = verify(ref $text ? join '', @$text : $text,
                   ref $by ? join '', @$by : $by);
    my @found = split /\n/, $r->{out};
    my $verdict = pop @found // '';
    @found = grep { !/^Note: / } @found;
    my $ok = $r->{status} == 1 && @found == @patterns
             && $verdict =~ /^The ledger is not as it was sealed/;
    for my $i (0 .. $#patterns) {
        $ok &&= $found[$i] =~ $patterns[$i];
    }
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok($ok, $name) or diag("$r->{status}\n$r->{out}$r->{err}");
}

$r = verify($ledger, $seals);
like("$r->{status}: $r->{out}", qr/\A0: The ledger is as it was sealed: @{[
     scalar @entries]} entries by @{[scalar @marked]} seals, 2025-12-20 to /,
     'a ledger is as it was sealed') or diag($r->{err});
is(verify($ledger =~ s/\n/\r\n/gr, $seals =~ s/\n/\r\n/gr)->{status}, 0,
   'whatever system the files came by');

# a seal with all its seven entries, not the first
my ($full) = grep { $marked[$_]{entries} == 7 } 1 .. $#marked;
my %seal = %{ $marked[$full] };
my ($at) = grep { $entries[$_] eq $seal{first} } 0 .. $#entries;
my $in = quotemeta $seal{seal};

my $changed = sub {
    my ($i, $with) = @_;
    my @new = @lines;
    $new[$i] = $with->($new[$i]);
    return \@new;
};
finds($changed->($at + 3, sub { $_[0] =~ s/"rules":"/"rules":"x/r }), $seals,
      'an entry was changed',
      qr/^seal $in of \S+ \(entries $seal{first} to $in\): one or more of its 7 entries were changed; these are lines @{[$at + 1]} to @{[$at + 7]}$/);
finds([@lines[0 .. $at + 2], @lines[$at + 4 .. $#lines]], $seals,
      'one was taken out', qr/1 entry was taken out of its 7;/,
      qr/^line @{[scalar @lines - 1]}: says that there are/);
finds([@lines[0 .. $at - 1], @lines[$at + 1 .. $#lines - 1]], $seals,
      'the first of a seal',
      qr/1 entry was taken out of its 7; entry $seal{first}, its first, is/);
finds([@lines[0 .. $at + 5], @lines[$at + 7 .. $#lines - 1]], $seals,
      'the last of a seal',
      qr/1 entry was taken out of its 7; entry $seal{seal}, its last, is/);

my ($ms, $seq) = $entries[$at + 3] =~ /(\d+)-(\d+)/;
my $new = $lines[$at + 3] =~ s/"entry":"[^"]+"/'"entry":"' . $ms . '-' . ($seq + 1) . '"'/er;
my $put = "$ms-" . ($seq + 1);
SKIP: {
    skip 'the id is taken', 1 if grep { $_ eq $put } @entries;
    finds([@lines[0 .. $at + 3], $new, @lines[$at + 4 .. $#lines - 1]], $seals,
          'one was put in', qr/^line @{[$at + 5]}, entry $put: was put in; without it the digest of seal $in .* is right$/);
}
($ms, $seq) = $marked[$full - 1]{seal} =~ /(\d+)-(\d+)/;
$put = "$ms-" . ($seq + 1);
SKIP: {
    skip 'the id is taken', 1 if grep { $_ eq $put } @entries;
    $new = $lines[$at] =~ s/"entry":"[^"]+"/"entry":"$put"/r;
    finds([@lines[0 .. $at - 1], $new, @lines[$at .. $#lines - 1]], $seals,
          'one was put in between two seals',
          qr/^line @{[$at + 1]}, entry $put: was put in: no seal covers it$/);
}
finds([@lines[0 .. $at + 1], @lines[$at + 3, $at + 2],
       @lines[$at + 4 .. $#lines]], $seals, 'two have changed places',
      qr/^line @{[$at + 3]}, entry $entries[$at + 3]: stands before $entries[$at + 2]/);
finds([@lines[0 .. $at + 3], @lines[$at + 3 .. $#lines - 1]], $seals,
      'one stands there twice',
      qr/^line @{[$at + 5]}, entry $entries[$at + 3]: stands there twice/);
finds([@lines[0 .. $at], @lines[$at + 2 .. $#lines - 4], $lines[$at + 1],
       @lines[$#lines - 3 .. $#lines]], $seals, 'one was moved to the end',
      qr/^seal $in .*1 entry was taken out/,
      qr/entry $entries[$at + 1]: stands behind/);
finds([@lines[0 .. $at - 1], @lines[$at + 7 .. $#lines - 1]], $seals,
      'all of a seal were taken out',
      qr/^the entries from $seal{first} to $in, 7 of 1 seal, are missing$/);
finds([@lines[7 .. $#lines]], $seals, 'the beginning was taken off',
      qr/missing|begin/, (qr/./) x (verify(join('', @lines[7 .. $#lines]),
                                           $seals)->{out} =~ tr/\n// - 2));
finds([@lines[0 .. $at - 1]], $seals, 'the end was taken off',
      qr/^the entries from $seal{first} to $marked[-1]{seal}, \d+ of \d+ seals, are missing$/);
finds($changed->($at, sub { 'nonsense' . "\n" }), $seals, 'a line is none',
      qr/line @{[$at + 1]}: is no entry/, qr/1 entry was taken out/);

# seals
my $seals_with = sub {
    my ($i, %change) = @_;
    my @new = @seals;
    my %s = (%{ $marked[$i] }, %change);
    $new[$i] = '{' . join(',', map { "\"$_\":" . $json->allow_nonref
                                                     ->encode($s{$_}) }
                               qw( seal first entries digest previous algorithm
                                   on )) . "}\n";
    return \@new;
};
finds($ledger, $seals_with->($full, digest => 'a' x 64), 'a seal was changed',
      qr/^seal $in .*: the seal was changed: its entries are as the seal behind/);
finds($ledger, $seals_with->($full, previous => 'a' x 64),
      'what a seal says of the one before was changed',
      qr/^seal $in .*: does not follow seal/, qr/^seal $in .*were changed/);
finds($ledger, $seals_with->($full, entries => 8), 'its count was changed',
      qr/^seal $in .*: was changed: it says 8 entries/);
finds($ledger, [@seals[0 .. $full], $seals[$full], @seals[$full + 1 .. $#seals]],
      'a seal stands there twice', qr/^seal $in .*: is there twice/);
$r = verify($ledger, join '', @seals[0 .. $full - 1, $full + 1 .. $#seals]);
like("$r->{status}: $r->{out}", qr/^0: Note: 7 entries from $seal{first} to $in are in no seal/,
     'a seal that is not there: the next one proves its entries');
finds($changed->($at + 3, sub { $_[0] =~ s/"rules":"/"rules":"x/r }),
      [@seals[0 .. $full - 1, $full + 1 .. $#seals]],
      'unless they were changed', qr/^lines .*entries $seal{first} to $in: the seal of these/);
is(verify($ledger, join '', @seals[0 .. $full])->{out} =~ / have no seal yet/
   ? 'told' : 'not', 'told', 'entries without a seal are told');
like(verify($ledger =~ s/^\{"end.*\n//mr, $seals)->{out},
     qr/^Note: the file has no end/, 'so is a file without its end');

# roots
my $roots = vol_of('roots')->{out};
my @roots = split /^/m, $roots;
cmp_ok(scalar @roots, '>=', 3, 'roots of the days that are over');
is(join('', map { s/ sha256$//mr } @roots),
   join('', map { "$_->{on} $_->{seal} $_->{digest}\n" }
            grep { $_->{root} && $_->{on} ne '2028-01-02' } @marked),
   'are the last seals of their days');
like(verify($ledger, $roots)->{out}, qr/^The ledger is as it was sealed: .* by @{[scalar @roots]} roots/,
     'and verify a ledger');
is(verify($ledger, join '', map { s/ sha256$//mr } reverse @roots)->{status}, 0,
   'in any order, by their three words');
is(verify($ledger, get('/points/seals?roots=true', as => 'admin:root')->{raw})
   ->{status}, 0, 'or as the API answers them');
my ($day) = grep { $_->{root} && $_->{on} eq $seal{on} } @marked;
finds($changed->($at + 3, sub { $_[0] =~ s/"rules":"/"rules":"x/r }), $roots,
      'roots name the day', qr/^$day->{on}, to entry $day->{seal}: /);
finds([@lines[0 .. $at + 2], @lines[$at + 4 .. $#lines - 1]], $roots,
      'of what was taken out', qr/^$day->{on}, to entry $day->{seal}: /);
finds($ledger, $roots =~ s/(\S{10} \S+ )\S{64}/$1 . 'b' x 64/er,
      'a root that was changed',
      qr/^2025-12-20, to entry \S+: the root was changed: the next one proves/);

# files that are none
refused(verify('hello', $seals), qr/no export of a ledger/, 'no ledger');
refused(verify($ledger, 'hello'), qr/is no seal/, 'no seals');
refused(verify($ledger, ''), qr/empty/, 'nothing');
refused(verify($ledger, qq({"end":{"lines":0}}\n)), qr/no seal to verify by/,
        'an export of no seals');
refused(vol_of('verify', path('none'), path('seals')), qr/can't be read/,
        'no file');
refused(vol_of('verify', path('ledger'), path('bin')), qr/is a directory/,
        'a directory');
refused(verify($ledger, $seals, '--algorithm', 'md5'), qr/sha256 or sm3/,
        'an algorithm that is none');

# SM3
unshift @INC, "$FindBin::Bin/../bin/lib";
require Vol::SM3;
is(Vol::SM3::sm3_hex('abc'), '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2'
                             . '297da02b8f4ba8e0', "SM3: the standard's first");
is(Vol::SM3::sm3_hex('abcd' x 16), 'debe9ff92275b8a138604889c18e5a4d6fdb70e538'
                                   . '7e5765293dcba39c0c5732', 'and second');
is(Vol::SM3::sm3_hex(''), '1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed0'
                          . '35eb5082aa2b', 'nothing');
SKIP: {
    skip 'no SM3 in this OpenSSL', 5
        unless `openssl dgst -list 2>/dev/null` =~ /\bsm3\b/i;
    my @differ = grep {
        my $bytes = join '', map { chr int rand 256 } 1 .. $_;
        file('bytes', $bytes);
        `openssl dgst -sm3 @{[path('bytes')]}`
            !~ /@{[Vol::SM3::sm3_hex($bytes)]}/
    } 1, 54 .. 66, 119 .. 129, 1000;
    is("@differ", '', 'all lengths as OpenSSL has them');

    put('/sm3/volunteers/a', { kind => 'general' }, as => 'admin:root');
    created(post('/sm3/volunteers/a/awards',
                 { case => 'grant', points => $_, evidence => "\x{8bc1}" },
                 as => 'admin:root')) for 1 .. 9;
    wait_for(sub { export_of('seals', 'sm3') =~ /"lines":[^0]/
                   && redis('XREVRANGE', 'vol:{sm3}:seals', '+', '-', 'COUNT',
                            1)->[0][0]
                      eq redis('XREVRANGE', 'vol:{sm3}:ledger', '+', '-',
                               'COUNT', 1)->[0][0] });
    my ($l, $s) = map { export_of($_, 'sm3') } qw( ledger seals );
    like($s, qr/"algorithm":"sm3"/, 'seals by SM3');
    is(verify($l, $s)->{status}, 0, 'verify a ledger too');
    finds($l =~ s/"points":5/"points":6/r, $s, 'and find what was changed',
          qr/entr(?:y|ies) were changed/);
    my ($end) = map { $json->decode($_) } (grep { /"seal"/ } split /^/m, $s)[-1];
    is(verify($l, "# published\n2028-01-02 $end->{seal} $end->{digest}\n",
              '--algorithm', 'sm3')->{status}, 0, 'roots by SM3');
}

# the memory of a long ledger is that of a short one
{
    open my $out, '>', path('long') or die;
    open my $by, '>', path('long.seals') or die;
    my ($digest, $first) = ('0' x 64);
    my $previous = $digest;
    for my $i (1 .. 40_000) {
        my $line = qq({"entry":"$i-0","type":"award","volunteer":"1001",)
                   . qq("points":1,"evidence":"@{['e' x 300]}"});
        print $out "$line\n";
        $digest = sha256_hex("$digest\n$line\n");
        next if $i % 1000;
        print $by qq({"seal":"$i-0","first":"@{[$i - 999]}-0","entries":1000,)
                  . qq("digest":"$digest","previous":"$previous",)
                  . qq("algorithm":"sha256","on":"2026-01-01"}\n);
        $previous = $digest;
    }
    close $_ for $out, $by;
    my $kb = 40_000;
    is(system('sh', '-c', "ulimit -v $kb; exec $^X $VOL verify @{[path('long')]} "
              . "@{[path('long.seals')]} > @{[path('out')]} 2>&1"), 0,
       "14 MB are verified in $kb kB") or diag(read_file('out'));
}


# Backup, rebuild, compare.

my ($one, $two) = (path('one.d'), path('two.d'));
($r, $last) = last_of('backup', $one, '--all');
like($last, qr/^0: .*: @{[scalar @entries]} entries of the ledger, /, 'a backup')
    or diag($r->{err});
my $manifest = $json->decode(read_file('one.d/manifest.json'));
is("$manifest->{last_entry} $manifest->{district}", "$entries[-1] tianyuan",
   'says how far it goes');
is($manifest->{files}{ledger}{sha256}, sha256_hex(read_file('one.d/ledger.ndjson')),
   'and what its files are');
is(vol_of('verify', "$one/ledger.ndjson", "$one/seals.ndjson")->{status}, 0,
   'it can be verified');
refused(vol_of('backup', $one), qr/holds a backup already/,
        'nothing is written over it');

refused(vol_of('rebuild', "$one/registry.ndjson", "$one/ledger.ndjson"),
        qr/is not empty/, 'a district is not rebuilt over another');
my %COPY = (where => 'copy');
refused(vol_of(\%COPY, 'rebuild', "$one/ledger.ndjson", "$one/registry.ndjson"),
        qr/no export of a registry/, 'nor by files that are others');
file('half', substr $ledger, 0, 5000);
refused(vol_of(\%COPY, 'rebuild', "$one/registry.ndjson", path('half')),
        qr/has no end/, 'nor by half a one');
$wire = VolTest::Wire->new(port(2), port(), {}, {}, { up => 9000 });
($r, $last) = last_of({ %COPY, port => port(2) }, 'rebuild',
                      "$one/registry.ndjson", "$one/ledger.ndjson");
$wire->stop;
like($last, qr/^0: The books are right: @{[scalar @entries]} entries/,
     'a district is rebuilt, also over a cut') or diag($r->{out}, $r->{err});
is((last_of(\%COPY, 'rebuild', '--resume', "$one/registry.ndjson",
            "$one/ledger.ndjson"))[0]{status}, 0, 'again, it is known');

like((last_of({ where => 'quiet' }, 'rebuild', '--no-audit',
              "$one/registry.ndjson", "$one/ledger.ndjson"))[1],
     qr/^0: The ledger is in\. Once vol_duties is on again/,
     'or without duties, to be audited later');

is(vol_of(\%COPY, 'backup', '--all', $two)->{status}, 0, 'the copy, backed up');
$r = vol_of('compare', $one, $two);
like($r->{out}, qr/^$_: the same, \d+ lines?\.$/m, "has the same $_")
    or diag($r->{out}) for qw( registry ledger accounts );
like($r->{out}, qr/^vouchers: the same, [1-9]\d* lines? of those open\.$/m,
     'and open vouchers');
is($r->{status}, 0, 'so nothing differs');
is(vol_of('compare', $one, $one)->{status}, 0, 'a backup is as itself');
is(vol_of('verify', "$two/ledger.ndjson", "$one/seals.ndjson")->{status}, 0,
   'the seals of one verify the ledger of the other');

is(put('/copy/volunteers/more', { kind => 'general' }, as => 'admin:root')
   ->{status}, 201, 'one more in the copy');
is(vol_of(\%COPY, 'backup', path('three.d'))->{status}, 0, 'is backed up');
($r, $last) = last_of('compare', $one, path('three.d'));
is($last, '1: The backups differ.', 'and differs');
like($r->{out}, qr/^registry: line \d+ differs\.\n  \{.*\n  \{/m, 'where, is told');
like($r->{out}, qr/^accounts: only in /m, 'what only one has is not compared');
refused(vol_of('compare', $one, path('bin')), qr/is no backup/, 'no backup');
file('three.d/ledger.ndjson', $ledger =~ s/"points":5/"points":6/r);
$r = vol_of('compare', $one, path('three.d'));
like("$r->{status} $r->{err}", qr/^2 .*not as the backup wrote it/,
     'a file that was changed is told');
refused(vol_of({ where => 'sm3' }, 'rebuild', path('three.d/registry.ndjson'),
               path('three.d/ledger.ndjson')), qr/not as the backup wrote it/,
        'and nothing rebuilt by it');

expect_log(qr/none\.sock/);
done();
