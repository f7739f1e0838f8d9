package VolModel::Attendance;

# Who has a place in an activity, who waits for one, who came and served.

use strict;
use warnings;

use POSIX qw( floor );

use VolModel::Answers qw( problem done );
use VolModel::Service qw( activity state_of signup seen managed manages
                          all_activities not_open count_closed );
use VolModel::Volunteers qw( out_of_scope record_hours );

my $ANY = 'admin organizer auditor merchant volunteer';
my $STEP = 30;          # seconds that a code is shown
my $EARLY = 3600;       # seconds of check-in before the start
my $LATE = 3600;        # seconds of check-out after the end

our %ENDPOINTS = (
    signup => ['POST', 'activities/:activity/signups', 'admin organizer self',
               '', qw( post volunteer )],
    withdraw => ['POST', 'activities/:activity/withdraw',
                 'admin organizer self', '', 'volunteer'],
    signups => ['GET', 'activities/:activity/signups?limit=100',
                'admin organizer auditor', '', 'state'],
    my_signups => ['GET', 'me/signups?limit=100', $ANY, ''],
    code => ['GET', 'activities/:activity/code', 'admin organizer', ''],
    checkin => ['POST', 'activities/:activity/checkin', 'admin organizer self',
                '', qw( volunteer code latitude+ longitude+ )],
    checkout => ['POST', 'activities/:activity/checkout',
                 'admin organizer self', 'key',
                 qw( volunteer code latitude+ longitude+ )],
    confirm => ['POST', 'activities/:activity/confirm', 'admin organizer',
                'key', qw( volunteer minutes+ )],
);


# The activity and the volunteer of an operation; or what is wrong.

sub who_and_where {
    my ($m, $op) = @_;

    my $volunteer = $op->{args}{volunteer}
        // ($op->{role} eq 'volunteer' ? $op->{user}
            : return problem(422, 'invalid-field', 'volunteer'));
    my $act = activity($m, $op->{args}{activity});
    return problem(404, 'not-found', 'activity')
        if !$act || !seen($m, $op, $act);
    return problem(403, 'forbidden') unless manages($m, $op, $act->{is});
    return (undef, $act, $volunteer);
}


sub signup_json {
    my ($m, $act, $s) = @_;

    my $state = $s->{state};
    $state = 'unconfirmed'
        if $state eq 'present' && ($act->{stage} ne 'open'
                                   || $m->{now} > $act->{is}{ends} + $LATE);
    my ($position) = grep { waiting_for($act, $s)->[$_ - 1] == $s }
                     1 .. @{ waiting_for($act, $s) };
    return {
        activity => $act->{is}{id}, volunteer => $s->{volunteer},
        post => $s->{post}, state => $state,
        signed_up => $m->time_of($s->{at}),
        defined $position ? (position => $position) : (),
        defined $s->{checked_in}
        ? (checked_in => $m->time_of($s->{checked_in})) : (),
        map { defined $s->{$_} ? ($_ => $s->{$_}) : () } qw( minutes entry )
    };
}


sub waiting_for {
    my ($act, $s) = @_;
    return [ VolModel::Service::waiting($act, $s->{post}) ];
}


# What a volunteer has in an activity now.

sub has_now {
    my ($m, $status, $id, $volunteer) = @_;
    my $act = activity($m, $id);
    return done($status, signup_json($m, $act, signup($act, $volunteer)));
}


sub do_signup {
    my ($m, $op, $args) = @_;

    my ($refused, $act, $volunteer) = who_and_where($m, $op);
    return $refused if $refused;
    return problem(404, 'not-found', 'volunteer') unless $m->known($volunteer);
    return problem(409, 'merged') if $m->merged_into($volunteer);
    return problem(409, 'frozen') if $m->frozen($volunteer);
    return not_open() if state_of($m, $act) !~ /\A(?:open|running)\z/;

    my $is = $act->{is};
    my @posts = map { $_->{id} } @{ $is->{posts} };
    my $post = $args->{post} // (@posts == 1 ? $posts[0] : '');
    return problem(422, 'invalid-field', 'post')
        unless grep { $_ eq $post } @posts;

    if (my $s = signup($act, $volunteer)) {
        return problem(409, 'already-signed-up') if $s->{post} ne $post;
        return has_now($m, 200, $is->{id}, $volunteer);
    }
    # by none of the ids that are theirs
    my @ids = grep { $m->answering($_) eq $volunteer } $m->volunteers;
    return problem(409, 'already-signed-up') if grep { signup($act, $_) } @ids;
    return problem(409, 'overlapping')
        if grep { elsewhere($m, $act, $_) } @ids;

    $m->fact({ type => 'signup', volunteer => $volunteer, post => $post },
             "a:$is->{id}");
    return has_now($m, 201, $is->{id}, $volunteer);
}


# Whether somebody has, or waits for, a place in another activity of that time.

sub elsewhere {
    my ($m, $act, $volunteer) = @_;

    return grep {
        my $s = signup($_, $volunteer);
        $_->{is}{id} ne $act->{is}{id} && $s && $s->{state} ne 'served'
        && $_->{stage} =~ /open|closed/
        && $_->{is}{starts} < $act->{is}{ends}
        && $_->{is}{ends} > $act->{is}{starts}
    } all_activities($m);
}


sub do_withdraw {
    my ($m, $op, $args) = @_;

    my ($refused, $act, $volunteer) = who_and_where($m, $op);
    return $refused if $refused;
    my $s = signup($act, $volunteer)
        or return problem(404, 'not-found', 'volunteer');
    return not_open() if $act->{stage} ne 'open';
    return problem(409, 'already-served') if $s->{state} eq 'served';

    my $is = $act->{is};
    return problem(409, 'too-late')
        if $op->{role} eq 'volunteer' && $s->{state} ne 'waiting'
           && $m->{now} >= ($is->{withdraw_until} // $is->{starts});

    $m->fact({ type => 'withdrawal', volunteer => $volunteer }, "a:$is->{id}");
    return done(200, { activity => $is->{id}, volunteer => $volunteer,
                       post => $s->{post}, state => 'withdrawn' });
}


sub do_signups {
    my ($m, $op, $args) = @_;

    my ($act, $refused) = managed($m, $op);
    return $refused if $refused;
    my @all = grep { !defined $args->{state} || $_->{state} eq $args->{state} }
              map { signup_json($m, $act, $_) } @{ $act->{signups} };
    return done(200, { signups => \@all });
}


sub do_my_signups {
    my ($m, $op) = @_;

    my @all = sort { $b->{is}{starts} <=> $a->{is}{starts}
                     || $b->{is}{id} cmp $a->{is}{id} }
              grep { signup($_, $op->{user}) } all_activities($m);
    return done(200, { signups => [ map {
        my $is = $_->{is};
        my $s = signup_json($m, $_, signup($_, $op->{user}));
        delete $s->{volunteer};
        +{ %$s, title => $is->{title}, activity_state => state_of($m, $_),
           starts => $m->time_of($is->{starts}),
           ends => $m->time_of($is->{ends}), place => $is->{place} }
    } @all ] });
}


# The code that is shown: which, only nginx and Redis know, but of one half
# minute it is always the same.

sub do_code {
    my ($m, $op, $args, $answer) = @_;

    my ($act, $refused) = managed($m, $op);
    return $refused if $refused;
    return not_open() if $act->{stage} ne 'open';

    my $id = $act->{is}{id};
    my $step = floor($m->{now} / $STEP);
    my ($known) = map { $_->{code} } grep { $_->{step} == $step }
                  $m->all("code:$id");
    my $code = $known // (ref $answer->{json} eq 'HASH' ? $answer->{json}{code}
                                                        : undef);
    $code = '8 digits' if ($code // '') !~ /\A\d{8}\z/;
    $m->fact({ type => 'code', step => $step, code => $code }, "code:$id");
    return done(200, { activity => $id, code => $code,
                       until => $m->time_of(($step + 1) * $STEP) });
}


# What is wrong with a volunteer's being there, or undef.

sub not_there {
    my ($m, $op, $act) = @_;

    my $args = $op->{args};
    my $is = $act->{is};
    my $step = floor($m->{now} / $STEP);

    return if $op->{role} ne 'volunteer';
    return problem(422, 'invalid-field', 'code')
        unless grep { abs($_->{step} - $step) <= 1
                      && $_->{code} eq ($args->{code} // '') }
               $m->all("code:$is->{id}");
    return unless defined $is->{radius};
    return problem(422, 'invalid-field', 'latitude')
        unless defined $args->{latitude};

    # flat as the earth is around a place
    my $degree = 2 * 3.14159265358979 * 6_371_000 / 360 / 1_000_000;
    my $north = ($args->{latitude} - $is->{latitude}) * $degree;
    my $east = ($args->{longitude} - $is->{longitude}) * $degree
               * cos($is->{latitude} / 1_000_000 * 3.14159265358979 / 180);
    return problem(409, 'too-far')
        if sqrt($north ** 2 + $east ** 2) > $is->{radius};
    return;
}


sub do_checkin {
    my ($m, $op, $args) = @_;

    my ($refused, $act, $volunteer) = who_and_where($m, $op);
    return $refused if $refused;
    my $is = $act->{is};
    my $s = signup($act, $volunteer);
    return problem(409, 'not-signed-up') if !$s || $s->{state} eq 'waiting';
    return problem(409, 'already-served') if $s->{state} eq 'served';
    return not_open() if state_of($m, $act) !~ /\A(?:open|running)\z/;
    return problem(409, 'too-early') if $m->{now} < $is->{starts} - $EARLY;
    $refused = not_there($m, $op, $act);
    return $refused if $refused;

    $m->fact({ type => 'checkin', volunteer => $volunteer }, "a:$is->{id}")
        if $s->{state} ne 'present';
    return has_now($m, 200, $is->{id}, $volunteer);
}


sub do_checkout {
    my ($m, $op, $args, $answer) = @_;

    my ($refused, $act, $volunteer) = who_and_where($m, $op);
    return $refused if $refused;
    my $is = $act->{is};
    my $s = signup($act, $volunteer);
    return problem(409, 'already-served') if $s && $s->{state} eq 'served';
    return problem(409, 'not-checked-in') if !$s || $s->{state} ne 'present';
    return not_open() if $act->{stage} ne 'open';
    return problem(409, 'too-late') if $m->{now} > $is->{ends} + $LATE;
    $refused = not_there($m, $op, $act);
    return $refused if $refused;

    my $from = $s->{checked_in} > $is->{starts} ? $s->{checked_in}
                                                : $is->{starts};
    my $to = $m->{now} < $is->{ends} ? $m->{now} : $is->{ends};
    my $minutes = floor(($to - $from) / 60);
    return problem(409, 'too-early') if $minutes < 1;
    return serve($m, $op, $answer, $act, $s, $minutes, $from);
}


sub do_confirm {
    my ($m, $op, $args, $answer) = @_;

    my ($act, $refused) = managed($m, $op, 'activity');
    return $refused if $refused;
    my $is = $act->{is};
    my $s = signup($act, $args->{volunteer});
    return problem(409, 'not-signed-up') if !$s || $s->{state} eq 'waiting';
    return problem(409, 'already-served') if counts($m, $s);
    return not_open() if $act->{stage} !~ /open|closed/;
    return problem(409, 'too-early')
        if $act->{stage} eq 'open' && $m->{now} < $is->{ends};

    my $from = ($s->{checked_in} // 0) > $is->{starts} ? $s->{checked_in}
                                                       : $is->{starts};
    return serve($m, $op, $answer, $act, $s, $args->{minutes}, $from);
}


# Whether somebody has served and that was not taken back.

sub counts {
    my ($m, $s) = @_;
    return $s->{state} eq 'served'
           && !$m->reversed($m->find_entry($s->{entry}));
}


# Service becomes hours of the day on which it began, for the activity's org.

sub serve {
    my ($m, $op, $answer, $act, $s, $minutes, $from) = @_;

    my $is = $act->{is};
    my $id = $m->answering($s->{volunteer});
    return problem(409, 'merged', 'volunteer')
        if $id ne $s->{volunteer} && signup($act, $id);
    return problem(409, 'already-served')
        if grep { $_ != $s && counts($m, $_)
                  && $m->answering($_->{volunteer}) eq $id }
           @{ $act->{signups} };

    # of all that is given there can be no more than places times length
    my $length = floor(($is->{ends} - $is->{starts}) / 60);
    my $places = 0;
    $places += $_->{places} for @{ $is->{posts} };
    return problem(409, 'limit-reached')
        if $minutes > $length
           || $act->{minutes} - ($s->{minutes} // 0) + $minutes
              > $places * $length;

    my ($refused, $fact) = record_hours($m, $op, $answer, {
        volunteer => $id, minutes => $minutes, org => $is->{org},
        on => floor(($from + $m->{book}{utc_offset}) / 86400),
        show => { ref => $is->{id} }
    });
    return $refused if $refused;

    $m->fact({ type => 'service', volunteer => $s->{volunteer},
               minutes => $minutes, entry => $fact->{entry} }, "a:$is->{id}");
    count_closed($m, $is->{id});

    return done(201, {
        activity => $is->{id}, volunteer => $s->{volunteer},
        minutes => $minutes, entry => $fact->{entry},
        points => $fact->{show}{points}, earned => $fact->{show}{earned},
        account => out_of_scope($m, $op, $id) ? undef : $m->account($id)
    });
}


1;
