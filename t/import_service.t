#!/usr/bin/env perl

# Projects and activities of another system come in through an import, in
# whatever state they are.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;
use VolTest::Lines qw( import_lines );

use JSON::PP ();

write_rules();
start_redis({ env => frozen_clock('2026-04-11 08:00:00') });

sub conf {
    my ($duties) = @_;
    return <<"CONF";
    vol_redis  %REDIS%;
    vol_rules  %RULES%;
    vol_duties $duties;
    vol_duty_interval  50ms;
    vol_seal   off;
    client_max_body_size  0;

    server {
        listen %PORT%;

        location /points/ {
            vol  chaoyang;
            %IDENTITY%
        }
    }
CONF
}

start_nginx(conf => conf('off'));

my @ADMIN = (as => 'admin:root');
my $json = JSON::PP->new->utf8->canonical;
my $A = '/points/activities';
my $PREFIX = 'vol:{chaoyang}:';

sub import_of { import_lines('points', @_) }

sub activity {
    my ($id, %o) = @_;
    my %line = (type => 'activity', activity => $id, title => $id,
                place => 'gate', starts => '2026-04-11T12:00:00+08:00',
                ends => '2026-04-11T14:00:00+08:00',
                posts => [{ id => 'one', title => 'One', places => 2 }], %o);
    delete $line{$_} for grep { !defined $line{$_} } keys %line;
    return \%line;
}

sub state_of { get("$A/$_[0]", @ADMIN)->{json}{state} // 'none' }

created(put('/points/orgs/street', { title => 'Street' }, @ADMIN));
volunteer($_, station => 'street') for qw( v1 v2 v3 );


# Projects and activities, in their order.

is(import_of({ type => 'project', project => 'river', title => 'The river',
               class => 'publicity', org => 'street', brand => true },
             activity('plain', project => 'river', org => 'street'),
             activity('open', state => 'open', tags => ['green', 'kind'],
                      latitude => 0, longitude => 116400000, radius => 50,
                      emergency => true, beneficiaries => 7),
             activity('closed', state => 'closed',
                      closed => '2026-04-11T15:00:00+08:00'),
             activity('cancelled', state => 'cancelled')), '5 0 0',
   'a project and activities in all states come in');
is(get('/points/projects/river', @ADMIN)->{json}{brand}, true,
   'the project is there');
is(join(' ', map { state_of($_) } qw( plain open closed cancelled )),
   'draft over closed cancelled', 'and each activity in its state');
is(redis('HGET', "${PREFIX}a:closed", 'closed'), 1775890800,
   'when it was closed is kept');
my $open = get("$A/open", @ADMIN)->{json};
is_deeply([@$open{qw( latitude longitude radius beneficiaries tags )}],
          [0, 116400000, 50, 7, ['green', 'kind']], 'with all its facts');
is_deeply([map { $_->{id} }
           @{ get("$A?state=over", @ADMIN)->{json}{activities} }], ['open'],
          'it is listed by its state');
is_deeply([map { $_->{id} }
           @{ get("$A?state=closed", @ADMIN)->{json}{activities} }],
          ['closed'], 'as are the others');
unlike(redis('HGET', "${PREFIX}a:open", 'secret'), qr/^\s*$/,
       'it has a secret of its own');


# The same again, and other things.

unchanged {
    is(import_of(activity('open', state => 'open', tags => ['green', 'kind'],
                          latitude => 0, longitude => 116400000, radius => 50,
                          emergency => true, beneficiaries => 7),
                 activity('open', tags => ['green', 'kind'], latitude => 0,
                          longitude => 116400000, radius => 50,
                          emergency => true, beneficiaries => 7),
                 activity('closed', state => 'closed'),
                 activity('closed', emergency => false),
                 activity('cancelled', state => 'cancelled')),
       '0 5 0', 'the same lines are known');
} 'and nothing is done';

my @no = (
    ['another title of one that is closed', activity('closed', title => 'x'),
     '409 not-open -'],
    ['another time of closing', activity('closed', state => 'closed',
     closed => '2026-04-11T15:00:01+08:00'), '409 not-open -'],
    ['one that is closed, open again', activity('closed', state => 'open'),
     '409 not-open -'],
    ['one that is open, a draft again', activity('open', state => 'draft'),
     '409 not-open -'],
    ['one that is cancelled, closed', activity('cancelled', state => 'closed'),
     '409 not-open -'],
    ['a state that is none', activity('new', state => 'over'),
     '422 invalid-field state'],
    ['closed before it began', activity('new', state => 'closed',
     starts => '2026-04-11T20:00:00+08:00', ends => '2026-04-11T21:00:00+08:00'),
     '422 invalid-field state'],
    ['closed at a time before it began', activity('new', state => 'closed',
     closed => '2026-04-11T11:59:59+08:00'), '422 invalid-field closed'],
    ['closed at a time to come', activity('new', state => 'closed',
     closed => '2026-04-11T16:00:01+08:00'), '422 invalid-field closed'],
    ['open, with a time of closing', activity('new', state => 'open',
     closed => '2026-04-11T15:00:00+08:00'), '422 invalid-field closed'],
    ['no org', activity('new', org => 'nowhere'), '422 invalid-field org'],
    ['no project', activity('new', project => 'no'),
     '422 invalid-field project'],
    ['ends before it starts', activity('new',
     ends => '2026-04-11T11:00:00+08:00'), '422 invalid-field ends'],
    ['no posts', activity('new', posts => undef), '422 invalid-field posts'],
    ['half a place', activity('new', latitude => 1),
     '422 invalid-field longitude'],
    ['a project of no org', { type => 'project', project => 'p', title => 'p',
     class => 'c', org => 'nowhere' }, '422 invalid-field org'],
);
unchanged {
    is(import_of($_->[1]), "0 0 1; $_->[2]", "refused: $_->[0]") for @no;
} 'and nothing is done';


# From state to state.

is(import_of(activity('plain', project => 'river', org => 'street',
                      state => 'open', title => 'Plainer')), '1 0 0',
   'a draft is opened, and its title is another');
is(state_of('plain') . ' ' . get("$A/plain", @ADMIN)->{json}{title},
   'over Plainer', 'both are seen');
is(import_of({ type => 'attendance', key => 'a1', activity => 'plain',
               volunteer => 'v1', minutes => 60 },
             activity('plain', project => 'river', org => 'street',
                      state => 'closed', beneficiaries => 30)), '2 0 0',
   'one in which somebody served is closed');
my $stats = get('/points/orgs/street/stats', @ADMIN)->{json};
is("@$stats{qw( activities beneficiaries )}", '1 30',
   'then its org counts it, with those whom it reached');
is(import_of(activity('plain', project => 'river', org => 'street',
                      state => 'closed', beneficiaries => 30,
                      title => 'Plainer')), '0 0 1; 409 not-open -',
   'and stays as it is');

stop_nginx();
start_nginx(conf => conf('on'));
my $audit = post('/points/audit', {}, @ADMIN);
wait_for(sub { $audit = get('/points/audit', @ADMIN)->{json};
               $audit->{state} eq 'done' });
is("$audit->{verdict} $audit->{mismatches}", 'clean 0', 'all is in order')
    or diag($json->encode($audit->{found}));

done();
