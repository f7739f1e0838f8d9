#!/usr/bin/env perl

# Calls that come while one is under way go to Redis as one command: each is
# judged by itself, and what they write together is written.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

my $CONF = <<'CONF';
    vol_redis         %REDIS%;
    vol_rules         %RULES%;
    vol_read_timeout  60s;
    vol_duties        off;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /hasty/ {
            vol               tianyuan;
            vol_read_timeout  5s;
        }

        location /proxied/ {
            vol        tianyuan;
            vol_redis  unix:%DIR%/proxy.sock;
        }

        location /other/ {
            vol  chaoyang;
        }

        location /generous/ {
            vol        tianyuan;
            vol_rules  %DIR%/generous.json;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $PREFIX = 'vol:{tianyuan}:';

write_rules({ points_per_hour => 10 }, 'generous.json');

# one worker, whose one connection all calls go through
start(conf => $CONF, workers => 1);


sub plug { return send_all(build('GET', '/points/merchants/tea', @ADMIN)) }


# Sends the requests while one of another kind is under way in a Redis that
# stands still.

sub gather {
    my @requests = @_;

    redis_server()->pause;
    my ($plug) = plug();
    taken();
    my @sockets = send_all(@requests);
    taken();
    return ($plug, @sockets);
}


sub answers {
    my @answers = map { receive($_, 'POST') } @_;
    close $_ for @_;
    return @answers;
}


# What Redis was told while the code ran, the keys and the number of calls of
# each: scripts, and accounts that are read without one, behind one TIME.

my $marks = 0;

sub commands (&) {
    my ($code) = @_;

    my $monitor = redis_server()->monitor;
    my $line = <$monitor>;
    $code->();
    my $mark = 'mark-' . ++$marks;
    redis('ECHO', $mark);

    my (@commands, %seen);
    while (defined($line = <$monitor>)) {
        last if $line =~ /"ECHO" "$mark"/;
        next if $line =~ /^\S+ \[\d+ lua\]/;
        my @words = $line =~ /"((?:[^"\\]|\\.)*)"/g;
        push @commands, { calls => 0, keys => [] } if $words[0] eq 'TIME';
        if ($words[0] eq 'HGETALL') {
            $commands[-1]{calls}++;
            push @{ $commands[-1]{keys} }, $words[1];
        }
        # one whose script was not there comes again
        next if lc $words[0] ne 'evalsha' || $seen{"@words"}++;
        my $nkeys = $words[2];
        push @commands, { sha => $words[1], calls => $words[3 + $nkeys],
                          keys => [ @words[3 .. 2 + $nkeys] ] };
    }
    close $monitor;
    return @commands;
}


# The requests in one go; their answers, and the commands that they became.

sub at_once {
    my @requests = @_;

    my @answers;
    my @commands = commands {
        my @sockets = gather(@requests);
        redis_server()->resume;
        @answers = answers(@sockets);
        shift @answers;
    };
    shift @commands;
    return (\@answers, \@commands);
}


sub statuses { join ' ', map { $_->{status} } @{ $_[0] } }

sub calls { join ' ', map { $_->{calls} } @{ $_[0] } }


sub redemption {
    my ($offer, $volunteer, $key) = @_;
    return build('POST', "/points/offers/$offer/redemptions",
                 as => "volunteer:$volunteer", key => $key // fresh_key(),
                 body => {});
}


sub hours {
    my ($volunteer, $minutes, $base) = @_;
    $base //= '/points';
    return build('POST', "$base/volunteers/$volunteer/hours", @ADMIN,
                 key => fresh_key(),
                 body => { minutes => $minutes, on => today() });
}


sub books { return { @{ redis('HGETALL', "${PREFIX}books") } } }


sub due {
    return map { @{ redis('LRANGE', $_, 0, -1) } }
           @{ redis('KEYS', "${PREFIX}due:*") };
}


# The books, the stocks and the lists say what the ledger does.

sub is_even {
    my ($name) = @_;

    my $books = books();
    my (%points, %spent, $spent);
    for (stored_entries($PREFIX)) {
        my %e = @{ $_->[1] };
        $points{ $e{volunteer} } += $e{points} if $e{volunteer} ne '';
        $spent -= $e{points} if $e{type} =~ /^(redemption|cancellation)$/;
    }
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($books->{spent} // 0, $spent // 0, "$name: the total spent is right");
    my @wrong = grep { redis('HGET', "${PREFIX}v:$_", 'balance')
                       ne $points{$_} } sort keys %points;
    is("@wrong", '', "$name: every balance is the sum of its entries");
    my %kept = all_stored_vouchers($PREFIX);
    is(join(' ', sort(due())), join(' ', sort keys %kept),
       "$name: every voucher is due once");
}


merchant('tea');
is(get('/points/merchants/tea', @ADMIN)->{status}, 200, 'all is well');


# Alone.

my @commands = commands {
    is(get('/points/merchants/tea', @ADMIN)->{status}, 200,
       'one that comes alone is answered');
};
is(calls(\@commands), '1', 'by a command of its own');

redis_server()->pause;
my @plug = plug();
taken();
redis_server()->resume;
is(statuses([answers(@plug)]), '200',
   'it was sent before anything else came');


# Each for itself.

volunteer($_) for qw( rich poor ten corrupt frozen twice once );
grant($_, 1000) for qw( rich twice once corrupt frozen );
grant('ten', 10);
created(post('/points/volunteers/frozen/freeze', { reason => 'r' }, @ADMIN));
offer('tea5', price => 5, stock => 1000);
offer('last', price => 5, stock => 1);
offer('each', price => 5, stock => 100, per_person => 1);
redis('HSET', "${PREFIX}v:corrupt", 'balance', 'none');

my ($got, $sent) = at_once(
    redemption('tea5', 'rich'), redemption('tea5', 'poor'),
    redemption('tea5', 'corrupt'), redemption('tea5', 'rich'),
    redemption('tea5', 'frozen'), redemption('tea5', 'nobody'),
    redemption('nothing', 'rich'),
    (map { redemption('last', 'rich') } 1 .. 3),
    (map { redemption('each', 'once') } 1 .. 2), redemption('each', 'rich'),
    (map { redemption('tea5', 'ten') } 1 .. 3),
    (map { redemption('tea5', 'twice', 'same') } 1 .. 2),
);
is(calls($sent), '18', 'eighteen redemptions are one command');
is(statuses($got), '201 409 500 201 409 404 404 201 409 409 201 409 201 '
   . '201 201 409 201 201', 'each is judged by itself');
is($got->[1]{json}{type}, 'urn:ngx-vol:insufficient-points', 'one is too poor');
is($got->[8]{json}{type}, 'urn:ngx-vol:out-of-stock',
   'the last place is given once');
is($got->[11]{json}{type}, 'urn:ngx-vol:limit-reached',
   'a person gets what one may have');
is(join(' ', map { $got->[$_]{json}{balance} } 13, 14), '5 0',
   'a balance is spent to zero');
is($got->[15]{json}{type}, 'urn:ngx-vol:insufficient-points', 'and no farther');
is($got->[16]{json}{code}, $got->[17]{json}{code},
   'one key gives one voucher');
is($got->[16]{headers}{'idempotent-replayed'}, undef, 'the first time');
is($got->[17]{headers}{'idempotent-replayed'}, 'true',
   'and again the second time');
is(balance('twice'), 995, 'for its price once');
is(get("/points/offers/$_->[0]", @ADMIN)->{json}{stock}, $_->[1],
   "the stock of $_->[0] is right")
    for ['tea5', 995], ['last', 0], ['each', 98];
redis('HSET', "${PREFIX}v:corrupt", 'balance', 1000);
is_even('after all that');

($got) = at_once(redemption('tea5', 'rich', 'bodies'),
                 redemption('each', 'rich', 'bodies'));
is(statuses($got), '201 422', 'a key that asks for two things is refused');

($got, $sent) = at_once(map { redemption('tea5', 'rich') } 1 .. 70);
is(calls($sent), '32 32 6', 'so many as a command may have, then the rest');
is(statuses($got), join(' ', (201) x 70), 'all are answered');
is_even('after many');


# One voucher at several counters.

my $code = redeem('each', 'twice')->{code};
my $stock = redis('HGET', "${PREFIX}o:each", 'stock');
($got, $sent) = at_once(map { build('POST', "/points/vouchers/$code/use",
                              as => "merchant:m$_:tea", body => {}) } 1 .. 5);
is(calls($sent), '5', 'five uses are one command');
is(statuses($got), '200 409 409 409 409', 'of which one is done');
is(books()->{used}, 5, 'and counted once');

my @codes = map { redeem('tea5', 'twice')->{code} } 1 .. 3;
$stock = redis('HGET', "${PREFIX}o:tea5", 'stock');
my $returned = books()->{returned} // 0;
($got, $sent) = at_once(map { build('POST', "/points/vouchers/$_/cancel",
                              @ADMIN, key => fresh_key(), body => {}) }
                        @codes, $codes[0]);
is(calls($sent), '4', 'four cancellations are one command');
is(statuses($got), '200 200 200 409', 'three are done');
is(redis('HGET', "${PREFIX}o:tea5", 'stock'), $stock + 3,
   'three places come back');
is(books()->{returned}, $returned + 15, 'and their points');


# People, and their minutes.

my $people = books()->{volunteers};
($got, $sent) = at_once(map { build('PUT', "/points/volunteers/$_", @ADMIN,
                              body => { kind => 'general' }) }
                        qw( new1 new2 new1 rich ));
is(calls($sent), '4', 'four registrations are one command');
is(statuses($got), '201 201 200 200', 'two are new');
is(books()->{volunteers}, $people + 2, 'and counted');
is(scalar(grep { /^new/ } @{ redis('LRANGE', "${PREFIX}volunteers", 0, -1) }),
   2, 'each is listed once');

($got, $sent) = at_once(map { hours('new1', 40) } 1 .. 3);
is(calls($sent), '3', 'three lots of hours are one command');
is(join(' ', map { $_->{json}{points} } @$got), '0 1 1',
   'minutes are carried from one to the next');
is(books()->{minutes}, 120, 'and all are counted');


# What must not be one command.

volunteer('apart');
created(put('/other/volunteers/apart', { kind => 'general' }, @ADMIN));
($got, $sent) = at_once(map { hours('apart', 10, $_) }
                        qw( /points /other /generous /points /other ));
is(calls($sent), '2 2 1', 'districts and rules have commands of their own');
my @mixed = grep { my ($own) = $_->{keys}[0] =~ /\{(\w+)\}/;
                   grep { !/\{$own\}/ } @{ $_->{keys} } } @$sent;
is(scalar @mixed, 0, 'and keys');
is(statuses($got), '201 201 201 201 201', 'all are answered');
is(join(' ', map { get("$_/me", as => 'volunteer:apart')->{json}{minutes} }
             qw( /points /other )), '0 20',
   'and counted where they belong');


# What is only read waits for no script, but gathers behind what is read.

volunteer($_) for qw( r1 r2 r3 r4 );
my $hours = hours('r4', 60);
my @reads;
@commands = commands {
    redis_server()->pause;
    my @sockets = plug();
    taken();
    push @sockets, send_all($hours);
    taken();
    for my $who ('r1', 'r2', 'r3') {
        push @sockets, send_all(build('GET', '/points/me',
                                      as => "volunteer:$who"));
        taken();
    }
    redis_server()->resume;
    @reads = answers(@sockets);
};
is(statuses(\@reads), '200 201 200 200 200', 'reads beside scripts');
is(join(', ', map { join ' ', map { s/^\Q$PREFIX\E//r }
                    grep { /:[vm]:/ } @{ $_->{keys} } } @commands),
   'm:tea, v:r1, v:r4, v:r2 v:r3', 'each goes when it is its turn');


# A call waits for what was there before it, and for nothing that came since.

sub holds {
    my ($n) = @_;
    return wait_for(sub { proxy()->held == $n });
}

proxy();
ok(wait_for(sub {
    get('/proxied/volunteers/r1/ledger', @ADMIN)->{status} == 200
}), 'Redis is behind a proxy');
my @alone = map { build('GET', "/proxied/volunteers/$_/ledger", @ADMIN) }
            qw( r1 r2 );
my $write = hours('r3', 60, '/proxied');
proxy()->mode('hold 0');
my @those = send_all($alone[0]);
ok(holds(1), 'what shares with nobody is under way');
push @those, send_all($write);
taken();
push @those, send_all($alone[1]);
ok(holds(2), 'so is another, while a write gathers');
proxy()->mode('hold 1');
is(statuses([answers(shift @those)]), '200', 'the first is answered');
ok(holds(2), 'the write goes then, and waits for no other');
proxy()->mode('pass');
is(statuses([answers(@those)]), '201 200', 'all are answered');


# A page of offers is made once for all who ask for it.

my @some = map { "/points/offers$_" }
           ('', '?limit=2', '?merchant=tea', '?affordable=true');
my @each = map { get($_, as => 'volunteer:rich')->{json} } @some;
my @pages = (@some, "$some[1]&after=$each[1]{next}",
             '/points/offers?after=x', @some);
($got, $sent) = at_once(map { build('GET', $_, as => 'volunteer:rich') }
                        @pages);
is(calls($sent), '10', 'ten pages are one command');
is(statuses($got), '200 200 200 200 200 422 200 200 200 200',
   'each is judged by itself');
is_deeply([map { $got->[$_]{json} } 0 .. 3, 6 .. 9],
          [@each, @each], 'each is its own');
isnt($got->[4]{json}{offers}[0]{id}, $each[1]{offers}[0]{id},
     'and the next one another');

redis('HSET', "${PREFIX}o:tea5", 'stock', 'none');
($got) = at_once(map { build('GET', $_, as => 'volunteer:rich') }
                 ('/points/offers') x 2, '/points/offers?merchant=other',
                 '/points/offers');
is(statuses($got), '500 500 200 500', 'a corrupt one spoils its own alone');
redis('HSET', "${PREFIX}o:tea5", 'stock', 100);


# The client is gone, Redis forgets its scripts.

my $before = balance('rich');
my $monitor;
@commands = commands {
    my ($plug, @sockets) = gather(map { redemption('tea5', 'rich') } 1 .. 10);
    close $sockets[$_] for 0 .. 6;
    taken();
    redis_server()->resume;
    is(statuses([answers($plug, @sockets[7 .. 9])]), '200 201 201 201',
       'who stays is answered');
};
is(calls(\@commands), '1 10', 'who left was there');
is(balance('rich'), $before - 50, 'and has it done');

$before = balance('rich');
redis('SCRIPT', 'FLUSH');
($got, $sent) = at_once((map { redemption('tea5', 'rich') } 1 .. 10),
                        (map { hours('new2', 60) } 1 .. 5));
is(statuses($got), join(' ', (201) x 15), 'scripts are loaded again');
is(balance('rich') . ' ' . balance('new2'), ($before - 50) . ' 5',
   'and each call is done once');
is_even('after a flush');


# Redis is lost while calls gather.

my @keys = map { "lost$_" } 1 .. 10;
$before = balance('rich');
redis_server()->pause;
my @lost = send_all(redemption('tea5', 'rich', 'first'));
taken();
push @lost, send_all(map { redemption('tea5', 'rich', $_) } @keys);
taken();
kill 'KILL', redis_server()->{pid};
my @told = answers(@lost);
is_problem(shift @told, 503, 'outcome-unknown',
           'what Redis had is of unknown outcome');
is_problem($_, 503, 'store-unavailable', 'what gathered was not done')
    for @told;
redis_server()->stop('KILL');
redis_server()->start;
ok(wait_for(sub { get('/points/me', as => 'volunteer:rich')->{status} == 200 }),
   'Redis is back');

($got) = at_once(map { redemption('tea5', 'rich', $_) } 'first', @keys);
is(statuses($got), join(' ', (201) x 11), 'all are repeated');
is(scalar(grep { $_->{headers}{'idempotent-replayed'} } @$got[1 .. 10]), 0,
   'what gathered had not been done');
is(balance('rich'), $before - 55, 'and nothing is done twice');
is_even('after a loss');


# Lines of an import keep their order, whatever gathers beside them.

volunteer('line');
my $import;
sub import_to {
    $import = dial(port());
    syswrite $import, join "\r\n", "POST $_[0]/import HTTP/1.1", 'Host: x',
        'X-User: root', 'X-Role: admin', 'Content-Type: application/x-ndjson',
        'Transfer-Encoding: chunked', 'Connection: close', '', '';
}
sub line {
    my $json = JSON::PP->new->canonical->encode({ @_ }) . "\n";
    syswrite $import, sprintf "%x\r\n%s\r\n", length $json, $json;
}
sub import_done {
    syswrite $import, "0\r\n\r\n";
    my ($done) = receive($import, 'POST')->{raw} =~ /"result".*"done":\s*(\d+)/;
    close $import;
    return $done;
}
import_to('/points');
my %award = (type => 'award', volunteer => 'line', case => 'grant',
             points => 7, evidence => 'e');
my %hours = (type => 'hours', volunteer => 'line', minutes => 60,
             on => today());
line(%award, key => 'a1');
line(%hours, key => 'h1');
ok(wait_for(sub { balance('line') == 8 }), 'lines of two kinds are done');

my @beside = map { hours('new2', 1) } 1 .. 63;
redis_server()->pause;
@plug = plug();
taken();
line(%award, key => 'a2');
taken();
my @others = send_all(shift @beside);
taken();
line(%hours, key => 'h2');
taken();
push @others, send_all(@beside);
taken();
redis_server()->resume;
is(statuses([answers(@plug, @others)]), join(' ', 200, (201) x 63),
   'those beside are answered');
ok(wait_for(sub { balance('line') == 16 }), 'the lines are done');
is(join(' ', map { $_->{type} } (entries('line'))[0 .. 1]), 'hours award',
   'in their order');
is(import_done(), 4, 'all are told of as done');

import_to('/hasty');
line(type => 'volunteer', volunteer => 'line', kind => 'student');
# asked for behind the line, on the same connection to Redis
ok(wait_for(sub {
    get('/hasty/volunteers/line', @ADMIN)->{json}{kind} eq 'student'
}), 'one line is done');
redis_server()->pause;
line(type => 'volunteer', volunteer => 'line', kind => 'general');
taken();
line(type => 'volunteer', volunteer => 'line', kind => 'cadre');
taken();
ok(wait_for(sub { error_log() =~ /did not reply in time/ }),
   'a line is lost while another gathers');
redis_server()->resume;
is(import_done(), 3, 'both are repeated');
is(account('line')->{kind}, 'cadre', 'in their order');


# A worker that ends sends what it gathered.

$before = balance('rich');
my @all = gather(map { redemption('tea5', 'rich') } 1 .. 10);
my ($old) = workers();
hup();
ok(wait_for(sub { my @now = workers(); @now > 1 || $now[0] != $old }),
   'new workers come');
redis_server()->resume;
is(statuses([answers(@all)]), join(' ', 200, (201) x 10),
   'a reload waits for what gathers');
ok(wait_for(sub { my @now = workers(); @now && !grep { $_ == $old } @now }),
   'and then the old worker ends');

# to a worker that knows the script already, and to clients that left
is(get('/points/me', as => 'volunteer:rich')->{status}, 200,
   'the new one serves');
@all = gather(map { redemption('tea5', 'rich') } 1 .. 10);
close $all[$_] for 1 .. 5;
taken();
signal_nginx('QUIT');
redis_server()->resume;
is(statuses([answers(@all[0, 6 .. 10])]), join(' ', 200, (201) x 5),
   'so does a quit');
stop_nginx();
is(redis('HGET', "${PREFIX}v:rich", 'balance'), $before - 100,
   'and nobody is forgotten');
is_even('in the end');

done();
