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
    my ($id, $day) = @_;
    $day //= '2026-04-11';
    created(put("$A/$id", {
        title => $id, place => 'p', starts => "${day}T12:00:00+08:00",
        ends => "${day}T14:00:00+08:00",
        posts => [{ id => 'one', title => 'One', places => 5 }] }, @ADMIN));
    created(post("$A/$id/publish", undef, @ADMIN));
}

sub sign_up { post("$A/$_[0]/signups", { volunteer => $_[1] }, @ADMIN) }
sub confirm { post("$A/$_[0]/confirm", { volunteer => $_[1], minutes => 120 },
                   @ADMIN) }

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

# two ids of one who has not signed up by their own
noon('e', '2026-04-12');
volunteer($_) for qw( first second third );
created(sign_up('e', $_)) for qw( first second third );
created(post("$A/e/withdraw", { volunteer => 'third' }, @ADMIN));
created(post("/points/volunteers/$_/merge", { into => 'third', reason => 'r' },
             @ADMIN)) for qw( first second );
set_clock('2026-04-12 07:00:00');
is(confirm('e', 'first')->{status}, 201, 'one of two old ids of a person counts');
unchanged {
    is_problem(confirm('e', 'second'), 409, 'already-served',
               'the other does not');
} 'and nothing is written';
is(account('third')->{earned}, 2, 'they have served once');

done();
