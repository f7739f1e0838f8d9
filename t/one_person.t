#!/usr/bin/env perl

# One person serves in one place at a time, and once, under whichever of their
# ids.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

write_rules();
start_redis({ env => frozen_clock('2026-04-11 00:00:00') });
start_nginx(conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties off;

    server {
        listen %PORT%;

        location /points/ {
            vol  chaoyang;
            %IDENTITY%
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my $A = '/points/activities';

volunteer($_) for qw( z v w );

# an activity from noon to two
sub noon {
    my ($id) = @_;
    created(put("$A/$id", {
        title => $id, place => 'p', starts => '2026-04-11T12:00:00+08:00',
        ends => '2026-04-11T14:00:00+08:00',
        posts => [{ id => 'one', title => 'One', places => 5 }] }, @ADMIN));
    created(post("$A/$id/publish", undef, @ADMIN));
}

sub sign_up { post("$A/$_[0]/signups", { volunteer => $_[1] }, @ADMIN) }

sub confirm {
    my ($activity, $id, $minutes) = @_;
    return post("$A/$activity/confirm",
                { volunteer => $id, minutes => $minutes || 120 }, @ADMIN);
}

noon($_) for qw( b c d );
created(sign_up('b', 'z'));
is_problem(sign_up('c', 'z'), 409, 'overlapping',
           'nobody has places in two activities of one time');
set_clock('2026-04-11 04:10:00');
created(post("$A/b/close", undef, @ADMIN));
is_problem(sign_up('c', 'z'), 409, 'overlapping',
           'nor when one was closed and their time is still to be confirmed');

created(sign_up('d', $_)) for qw( v w );
created(post('/points/volunteers/v/merge', { into => 'w', reason => 'r' },
             @ADMIN));
set_clock('2026-04-11 07:00:00');
is_problem(confirm('d', 'v'), 409, 'merged',
           'of two ids of one person the old one does not count',
           'volunteer');
is(confirm('d', 'w')->{status}, 201, 'the other does');
is(account('w')->{earned}, 2, 'once');


# Ids of one who has not signed up by the id that answers for them.

set_clock('2026-04-10 00:00:00');
volunteer($_) for qw( x y u );
noon('e');
created(sign_up('e', $_)) for qw( x y );
created(post("/points/volunteers/$_/merge", { into => 'u', reason => 'r' },
             @ADMIN)) for qw( x y );
set_clock('2026-04-11 07:00:00');
is(confirm('e', 'x')->{status}, 201, 'one of two old ids counts');
unchanged {
    is_problem(confirm('e', 'y'), 409, 'already-served',
               'the other does not then');
} 'and nothing is changed';

# who has served under an id that became theirs does not serve again
set_clock('2026-04-11 00:00:00');
volunteer($_) for qw( p q );
noon('f');
created(sign_up('f', $_)) for qw( p q );
set_clock('2026-04-11 07:00:00');
created(confirm('f', 'p'));
created(post('/points/volunteers/p/merge', { into => 'q', reason => 'r' },
             @ADMIN));
is_problem(confirm('f', 'q'), 409, 'already-served',
           'the new id has not served where the old one did');


# Who has a place by an old id takes no other.

set_clock('2026-04-10 00:00:00');
volunteer($_) for qw( old new );
noon('g');
noon('h');
created(sign_up('g', 'old'));
created(post('/points/volunteers/old/merge', { into => 'new', reason => 'r' },
             @ADMIN));
unchanged {
    is_problem(sign_up('g', 'new'), 409, 'already-signed-up',
               'not in the same activity');
    is_problem(sign_up('h', 'new'), 409, 'overlapping',
               'nor in another of that time');
} 'and nothing is changed';
created(post("$A/g/withdraw", { volunteer => 'old' }, @ADMIN));
is(sign_up('h', 'new')->{status}, 201, 'once it is given back they do');
set_clock('2026-04-11 07:00:00');


# Hours that were taken back.

my ($given) = entries('u');
is_problem(confirm('e', 'x'), 409, 'already-served', 'nobody serves twice');
created(post("/points/ledger/$given->{entry}/reverse", { reason => 'r' },
             @ADMIN));
is(confirm('e', 'x', 60)->{status}, 201,
   'who was wronged is confirmed once more');
is(account('u')->{earned}, 1, 'with what was right');
my $e = get("$A/e", @ADMIN)->{json};
is("$e->{served} $e->{minutes}", '1 60', 'as the activity tells');
is_problem(confirm('e', 'x', 60), 409, 'already-served', 'once again');

done();
