#!/usr/bin/env perl

# The selection of outstanding volunteers: who may apply, applying, the list.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules();
write_rules({ selection => { title => 'x', every_years => 1,
                             first_year => 2030, min_stars => 1 } },
            'later.json');

start_redis({ env => frozen_clock('2025-03-10 04:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties off;
    %IDENTITY%

    server {
        listen %PORT%;

        location /points/ {
            vol  tianyuan;
        }

        location /later/ {
            vol        tianyuan;
            vol_rules  %DIR%/later.json;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $P = 'vol:{tianyuan}:';

sub selection {
    my ($query, @as) = @_;
    return created(get('/points/reports/selection' . ($query ? "?$query" : ''),
                       @as ? @as : @ADMIN));
}

# volunteer and state of each
sub who { join ' ', map { "$_->{volunteer}:$_->{state}" }
                    @{ selection(@_)->{volunteers} } }

sub in_pages {
    my ($query) = @_;
    my ($after, @all) = ('');
    for (1 .. 50) {
        my $page = selection("$query&limit=1$after");
        push @all, map { "$_->{volunteer}:$_->{state}" }
                   @{ $page->{volunteers} };
        return join ' ', @all unless $page->{next};
        $after = "&after=$page->{next}";
    }
    return 'endless';
}

sub act {
    my ($what, $as, $body) = @_;
    return post("/points/selection/$what", $body // {}, as => $as, key => undef);
}

sub freeze { created(post("/points/volunteers/$_[0]/$_[1]", { reason => 'r' },
                          @ADMIN)) }


is_problem(get('/later/reports/selection', @ADMIN), 404, 'not-found',
           'before the first year there is none');
is_problem(post('/later/selection/publish', {}, @ADMIN), 404, 'not-found',
           'and none to publish');

volunteer($_) for qw( a b c d e f poor );
grant($_, 1500) for qw( a b c d );
grant('c', 100);
grant('e', 1700);
grant('poor', 1499);
grant('f', 2000);
volunteer('d', listed => false);
freeze('f', 'freeze');

my $s = selection();
is_deeply([@$s{qw( title period min_stars points published volunteers )}],
          ['Ten outstanding volunteers', { from => 2025, to => 2026 }, 5, 1500,
           undef, []], 'the period, and what it takes');
is(who('state=eligible'),
   'e:eligible c:eligible a:eligible b:eligible d:eligible',
   'who has the stars may apply, by points and id');
is(in_pages('state=eligible'), who('state=eligible'), 'the same in pages');
is(selection('state=eligible')->{volunteers}[1]{earned}, 1600,
   'with what they have earned');


# Applying.

sub own {
    my $s = selection('', as => "volunteer:$_[0]");
    return join ' ', $s->{eligible} ? 'eligible' : 'not', $s->{state} // '-';
}

is(own('a'), 'eligible -', 'a volunteer sees that they may');
is(own('poor'), 'not -', 'or may not');
is(own('nobody'), 'not -', 'as one without an account may not');
my $r = act('apply', 'volunteer:a');
is($r->{status}, 200, 'one applies');
is_deeply($r->{json}, { period => { from => 2025, to => 2026 },
                        volunteer => 'a', state => 'applied' }, 'and has then');
unchanged {
    is_deeply(act('apply', 'volunteer:a')->{json}, $r->{json},
              'again is the same');
} 'and changes nothing';
is(own('a'), 'eligible applied', 'they see it');
is_problem(act('apply', 'volunteer:poor'), 409, 'stars-too-low',
           'not without the stars');
is_problem(act('apply', 'volunteer:f'), 409, 'frozen', 'nor frozen');
is_problem(act('apply', 'volunteer:nobody'), 404, 'not-found',
           'nor without an account');
is_problem(act('apply', $_), 403, 'forbidden', "$_ does not apply")
    for 'admin:root', 'organizer:o:s', 'merchant:m:tea', 'auditor:a';
act('apply', "volunteer:$_") for qw( b c d e );
is(who(), 'a:applied b:applied c:applied d:applied e:applied',
   'staff sees who has');
is(in_pages(''), who(), 'in pages');
is(who('state=eligible&limit=3'), 'e:applied c:applied',
   'and the state of those who may');
is(act('withdraw', 'volunteer:e')->{json}{state}, undef, 'one may withdraw');
is(act('withdraw', 'volunteer:e')->{status}, 200, 'twice is once');
is(own('e'), 'eligible -', 'and has not applied');


# The list.

is_deeply(act('b/shortlist', 'admin:root')->{json},
          { period => { from => 2025, to => 2026 }, volunteer => 'b',
            state => 'shortlisted' }, 'one comes on the list');
is(act("$_/shortlist", 'admin:root')->{json}{state}, 'shortlisted', "as does $_")
    for qw( b c d );
is(act('c/shortlist', 'admin:root', { shortlisted => false })->{json}{state},
   'applied', 'and may come off it');
is(who(), 'a:applied c:applied b:shortlisted d:shortlisted', 'by state');
is(who('state=shortlisted'), 'b:shortlisted d:shortlisted', 'or one alone');
is_problem(act('e/shortlist', 'admin:root'), 404, 'not-found',
           'who has not applied is not put there', 'volunteer');
freeze('a', 'freeze');
is_problem(act('a/shortlist', 'admin:root'), 409, 'frozen',
           'nor who is frozen');
freeze('a', 'unfreeze');
my ($gift) = entries('a');
($gift) = grep { $_->{type} eq 'award' } entries('a');
created(post("/points/ledger/$gift->{entry}/reverse", { reason => 'r' }, @ADMIN));
is_problem(act('a/shortlist', 'admin:root'), 409, 'stars-too-low',
           'nor who lost the stars');
is_problem(act('b/shortlist', $_), 403, 'forbidden', "$_ makes no list")
    for 'volunteer:b', 'organizer:o:s', 'auditor:a';
is(who('', as => 'volunteer:b'), '', 'nobody else sees it yet');
is(own('b'), 'eligible shortlisted', 'but who is on it');
is_problem(get('/points/reports/selection?state=applied', as => 'volunteer:b'),
           403, 'forbidden', 'nor asks who applied');


# Published.

is_problem(act('publish', 'volunteer:b'), 403, 'forbidden',
           'not everybody publishes');
$r = act('publish', 'admin:root');
is_deeply($r->{json}, { period => { from => 2025, to => 2026 },
                        published => '2025-03-10T12:00:00+08:00',
                        volunteers => 2 }, 'the list is published');
set_clock('2025-06-10 04:00:00');
unchanged {
    is_deeply(act('publish', 'admin:root')->{json}, $r->{json},
              'again is the same');
    is_problem(act('apply', 'volunteer:e'), 409, 'selection-closed',
               'nobody applies any more');
    is_problem(act('withdraw', 'volunteer:b'), 409, 'selection-closed',
               'nor withdraws');
    is_problem(act('c/shortlist', 'admin:root'), 409, 'selection-closed',
               'nor comes on it');
    is(act('apply', 'volunteer:a')->{json}{state}, 'applied',
       'who had is told so');
    is(act('b/shortlist', 'admin:root')->{status}, 200,
       'and who was on it is');
} 'and nothing changes';
is(who('', as => $_), 'b:shortlisted d:shortlisted', "$_ sees the list")
    for 'volunteer:x', 'merchant:m:tea', 'organizer:o:s';
ok(!exists selection('', as => 'volunteer:x')->{volunteers}[0]{earned},
   'without points');
is(who(), 'a:applied c:applied b:shortlisted d:shortlisted',
   'staff sees the others too');
is(get('/points/reports/selection?format=csv', as => 'volunteer:x')->{raw},
   "\xef\xbb\xbfvolunteer,state,earned\r\nb,shortlisted,\r\n"
   . "d,shortlisted,\r\n", 'as a table');


# The next period, and one that is over.

set_clock('2027-01-01 04:00:00');
$s = selection();
is_deeply([@$s{qw( period published volunteers )}],
          [{ from => 2027, to => 2028 }, undef, []], 'the next one is new');
is(act('apply', 'volunteer:e')->{json}{period}{from}, 2027,
   'and can be applied in');
is(who('period=2025', as => 'volunteer:x'), 'b:shortlisted d:shortlisted',
   'the one before can be looked at');
is_problem(get("/points/reports/selection?$_->[0]", @ADMIN), 422,
           'invalid-field', $_->[0], $_->[1])
    for ['period=2026', 'period'], ['period=2029', 'period'],
        ['period=2019', 'period'], ['state=x', 'state'],
        ['after=x', 'after'], ['state=eligible&after=x:y', 'after'],
        ['state=applied&after=shortlisted:a', 'after'], ['limit=0', 'limit'];


# One who was merged is still who applied.

created(post('/points/volunteers/e/merge', { into => 'c', reason => 'r' },
             @ADMIN));
is(act('e/shortlist', 'admin:root')->{json}{state}, 'shortlisted',
   'by the id by which they applied');
is(act('withdraw', 'volunteer:e')->{json}{state}, undef, 'and withdraws by it');


# Many at once.

crowd(port(), 8, sub {
    my ($client) = @_;
    our %sent;
    return undef if $sent{$client}++ == 5;
    return build('POST', '/points/selection/' . ($client % 2 ? 'apply'
                                                             : 'withdraw'),
                 as => 'volunteer:b', body => {});
}, sub { $_[1]{status} == 200 or diag($_[1]{raw}) });
ok(@{ redis('ZRANGE', "${P}sl:2027", 0, -1) } <= 1,
   'one is there once or not at all');

redis('SET', "${P}sl:2027", 'x');
unchanged {
    is(act('apply', 'volunteer:b')->{status}, 500, 'a list that is none');
} 'changes nothing';
redis('DEL', "${P}sl:2027");
redis('HSET', "${P}selections", 2027, 'x');
is(get('/points/reports/selection', @ADMIN)->{status}, 500,
   'a time that is none');
expect_log(qr/stopped, nothing was changed: .*CORRUPT/);

done();
