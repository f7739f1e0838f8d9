package VolTest::Service;

# A district in which all has happened that is no matter of points alone:
# activities in every state with those who signed up, shares and thanks, needs,
# selections, certificates.

use strict;
use warnings;

use JSON::PP ();

use Exporter 'import';
our @EXPORT_OK = qw( service_rules service_district );

*get = \&VolTest::get;
*put = \&VolTest::put;
*post = \&VolTest::post;
*created = \&VolTest::created;
*set_clock = \&VolTest::set_clock;
*volunteer = \&VolTest::volunteer;
*grant = \&VolTest::grant;

my @ADMIN = (as => 'admin:root');
my $A = '/points/activities';


sub service_rules { return { limits => { minutes_per_day => 1440 } } }


# an activity of a day, from noon to two, and published
sub activity {
    my ($id, $day, %o) = @_;
    my $draft = delete $o{draft};
    created(put("$A/$id", {
        title => "\x{5b88}\x{671b} $id", place => 'gate',
        starts => "${day}T12:00:00+08:00", ends => "${day}T14:00:00+08:00",
        posts => [{ id => 'one', title => 'One', places => 3 },
                  { id => 'two', title => '=2+2', places => 2 }], %o },
        @ADMIN));
    step($id, 'publish') unless $draft;
}

sub step {
    my ($id, $what, $body) = @_;
    return created(post("$A/$id/$what", $body, @ADMIN));
}

sub sign_up {
    my ($id, $post, @who) = @_;
    step($id, 'signups', { volunteer => $_, post => $post }) for @who;
}

sub need {
    my ($who, %o) = @_;
    return created(post('/points/needs', { title => 'A lamp', station => 'gate',
                                           on => '2026-04-20', minutes => 90,
                                           %o }, as => $who))->{id};
}

sub act {
    my ($need, $what, $who, $body) = @_;
    return created(post("/points/needs/$need/$what", $body || {}, as => $who));
}

sub certificate {
    my ($id, @as) = @_;
    return created(get("/points/volunteers/$id/certificate",
                       @as ? @as : @ADMIN))->{code} =~ s/-//gr;
}


# Makes the district; needs a clock that is set, and vol_certificate_key.
# Returns codes and ids by name.

sub service_district {
    my %d;

    set_clock('2024-12-01 04:00:00');
    created(put('/points/orgs/centre', { title => 'Centre' }, @ADMIN));
    created(put('/points/orgs/street', { title => 'Street',
                                         parent => 'centre' }, @ADMIN));
    created(put('/points/orgs/aside', { title => 'Aside',
                                        parent => 'centre' }, @ADMIN));
    created(put('/points/orgs/gate', { title => 'Gate', parent => 'street' },
                @ADMIN));
    volunteer("v$_", station => 'gate', tags => ['tea', 'wire']) for 1 .. 8;
    volunteer('far', station => 'aside', tags => ['tea']);
    volunteer($_, station => 'gate', tags => ['tea']) for qw( old new );
    created(put('/points/projects/river',
                { title => 'The river', class => 'publicity',
                  org => 'street', brand => JSON::PP::true() }, @ADMIN));
    created(put('/points/projects/all', { title => 'All', class => 'other' },
                @ADMIN));

    # two selections: one that was published, one that is open
    grant($_, 1500) for qw( v1 v2 v3 old );
    created(post('/points/selection/apply', {}, as => "volunteer:$_"))
        for qw( v1 v2 v3 old );
    created(post("/points/selection/$_/shortlist", { shortlisted =>
                 JSON::PP::true() }, @ADMIN)) for qw( v2 old );
    created(post('/points/selection/publish', {}, @ADMIN));
    set_clock('2026-04-06 01:00:00');
    created(post('/points/selection/apply', {}, as => "volunteer:$_"))
        for qw( v3 v1 );
    created(post('/points/selection/v1/shortlist',
                 { shortlisted => JSON::PP::true() }, @ADMIN));

    # activities in every state
    activity('draft', '2026-05-01', draft => 1, tags => ['green'],
             latitude => 0, longitude => -116400000, radius => 80,
             beneficiaries => 9);
    activity('next', '2026-05-01', org => 'gate', project => 'river',
             emergency => JSON::PP::true(), tags => ['green', 'tea'],
             withdraw_until => '2026-04-30T12:00:00+08:00');
    activity('today', '2026-04-06', org => 'street');
    activity('done', '2026-04-06', org => 'gate', project => 'river',
             beneficiaries => 40);
    activity('empty', '2026-04-06', org => 'gate');
    activity('off', '2026-04-06', org => 'gate');
    activity('plain', '2026-04-06', beneficiaries => 3);

    # some wait, some move up, some go
    sign_up('next', 'one', map { "v$_" } 1 .. 7);
    sign_up('next', 'two', 'v8');
    step('next', 'withdraw', { volunteer => $_ }) for qw( v2 v5 );
    sign_up('today', 'one', qw( v1 v2 v3 v4 ));
    set_clock('2026-04-06 02:00:00');
    sign_up('done', 'one', qw( v5 v6 old ));
    sign_up('done', 'two', qw( v7 far ));
    sign_up('off', 'one', qw( v8 ));
    sign_up('plain', 'two', qw( new ));

    set_clock('2026-04-06 03:50:00');
    step('today', 'checkin', { volunteer => $_ }) for qw( v1 v2 );
    step('done', 'checkin', { volunteer => $_ }) for qw( v5 v6 );
    step('off', 'checkin', { volunteer => 'v8' });
    set_clock('2026-04-06 05:30:00');
    step('today', 'checkout', { volunteer => 'v1' });
    step('done', 'checkout', { volunteer => 'v5' });
    step('off', 'checkout', { volunteer => 'v8' });
    step('off', 'cancel');
    set_clock('2026-04-06 06:30:00');
    step('done', 'confirm', { volunteer => $_->[0], minutes => $_->[1] })
        for ['old', 120], ['far', 45];
    step('plain', 'confirm', { volunteer => 'new', minutes => 30 });
    step('done', 'close', { beneficiaries => 41 });
    step($_, 'close') for qw( empty plain );
    step('done', 'confirm', { volunteer => 'v7', minutes => 60 });

    # what was told, and who thanked
    for (['done', 'v5', 'A "day", =1+1', ['p1', 'p2']], ['done', 'far', 'x'],
         ['today', 'v1', "\x{597d}"])
    {
        my ($id, $who, $text, $pictures) = @$_;
        created(post("$A/$id/shares",
                     { text => $text, $pictures ? (pictures => $pictures)
                                                : () },
                     as => "volunteer:$who"));
        set_clock('2026-04-06 06:31:00');
    }
    step('done', 'shares/far/hide');
    created(post("$A/done/shares/v5/thanks", {}, as => "volunteer:u$_"))
        for 1 .. 70;
    created(post("$A/today/shares/v1/thanks", {}, as => 'volunteer:v2'));

    # one who took a need, and is merged
    my $taken = need('organizer:li:gate');
    act($taken, 'accept', 'volunteer:old');

    # hours that are taken back, and a person with two ids
    my ($entry) = grep { $_->{type} eq 'hours' } VolTest::entries('far');
    created(post("/points/ledger/$entry->{entry}/reverse", { reason => 'r' },
                 @ADMIN));
    $d{certificates} = [certificate('v1'), certificate('old')];
    created(post('/points/volunteers/old/merge',
                 { into => 'new', reason => 'the same person' }, @ADMIN));
    created(post('/points/volunteers/v6/hours',
                 { minutes => 75, on => '2026-04-06', activity => 'gate' },
                 as => 'organizer:li:gate'));
    push @{ $d{certificates} }, certificate('new'),
        certificate('v6', as => 'organizer:li:gate');

    # needs in every state; one who gave a need back was called all the same
    set_clock('2026-04-07 01:00:00');
    $d{open} = need('volunteer:r1', tags => ['tea'], note => 'third floor',
                    on => '2026-04-25',
                    starts => '2026-04-25T18:00:00+08:00');
    $d{wide} = need('organizer:li:gate', tags => ['tea', 'wire'],
                    until => '2026-04-07T12:00:00+08:00');
    $d{$_} = need('volunteer:v4', resident => 'v4')
        for qw( accepted done withdrawn );
    $d{$_} = need('admin:root', resident => 'r2')
        for qw( confirmed expired gone );
    act($d{$_}, 'accept', 'volunteer:v1')
        for qw( accepted done confirmed gone );
    act($d{open}, 'accept', 'volunteer:v2');
    act($d{open}, 'release', 'volunteer:v2');
    act($d{withdrawn}, 'withdraw', 'volunteer:v4');
    act($d{gone}, 'withdraw', 'admin:root');
    set_clock('2026-04-20 05:00:00');
    act($d{$_}, 'done', 'volunteer:v1') for qw( done confirmed );
    act($d{confirmed}, 'confirm', 'organizer:li:street');
    set_clock('2026-04-21 05:00:00');
    created(get('/points/needs', @ADMIN));      # what is due goes up, or ends
    $d{late} = need('volunteer:v3', on => '2026-04-30');

    return %d;
}


1;
