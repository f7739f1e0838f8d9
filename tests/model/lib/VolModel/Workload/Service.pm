package VolModel::Workload::Service;

# Projects and activities, from their draft to the last who is confirmed.

use strict;
use warnings;

use POSIX qw( floor );

use VolModel::Calendar qw( date );
use VolModel::Service qw( all_activities state_of );
use VolModel::Workload::Draw;

our @OFTEN = (
    put_project => 1, get_project => 0.3, projects => 0.3, put_activity => 6,
    publish => 6, close_activity => 3, cancel_activity => 1,
    copy_activity => 0.7, get_activity => 2, activities => 2, signup => 18,
    withdraw => 6, signups => 1, my_signups => 1, code => 1, checkin => 17,
    checkout => 17, confirm => 6,
);

my @POSTS = qw( gate road desk );
my ($NORTH, $EAST) = (39_921_000, 116_443_000);


sub first_project {
    return { do => 'put_project', user => 'root', role => 'admin',
             args => { project => $PROJECTS[0], title => 'one',
                       class => 'helping', org => 'centre' } };
}


sub put_project {
    my ($self) = @_;
    return $self->by_staff('put_project', 0.4, project => pick(@PROJECTS),
        title => pick(qw( one two )), class => pick(qw( publicity helping )),
        org => chance(0.6) ? pick(@ORGS) : undef,
        brand => chance(0.3) ? pick(qw( true false )) : undef);
}


sub get_project {
    my ($self) = @_;
    return { do => 'get_project', $self->reader,
             args => { project => pick(@PROJECTS) } };
}


sub projects {
    my ($self) = @_;
    return { do => 'projects', $self->reader,
             args => { org => chance(0.5) ? pick(@ORGS) : undef } };
}


# An activity of those that a function likes, lately made; now and then any.

sub some_activity {
    my ($self, $likes) = @_;

    my @all = all_activities($self->{books});
    my @liked = chance(0.97) ? grep { $likes->($_) } @all : @all;
    my $lately = @liked < 8 ? @liked : 8;
    return $lately ? $liked[-1 - rand $lately] : undef;
}


sub open_now {
    my ($self) = @_;
    return sub { state_of($self->{books}, $_[0]) =~ /\A(?:open|running)\z/ };
}


# Whoever may act for it mostly: an admin, or an organizer of its org.

sub its_staff {
    my ($self, $act) = @_;
    return (user => 'root', role => 'admin')
        if chance(defined $act->{is}{org} ? 0.4 : 0.8);
    return $self->organizer($act->{is}{org});
}


# A time, in the arguments and in seconds.

sub set_time {
    my ($self, $op, $name, $time) = @_;
    $op->{$name} = $time;
    $op->{args}{$name} = $self->{books}->time_of($time);
}


sub put_activity {
    my ($self) = @_;

    my $now = $self->{books}{now};
    return $self->change_activity if chance(0.3);

    my $when = rand;
    my $starts = $now + ($when < 0.4 ? between(-3000, 0)
                         : $when < 0.75 ? between(0, 2 * 3600)
                         : between(0, 5 * 86400));
    my $other = $self->some_activity($self->open_now);
    $starts = $other->{is}{ends} if $other && chance(0.25);
    my $long = rand;
    my $op = $self->by_staff('put_activity', 0.4,
        activity => 'a' . ++$self->{activities}, title => 'title',
        place => 'place', org => chance(0.7) ? pick(@ORGS) : undef,
        project => chance(0.4) ? pick(@PROJECTS) : undef,
        tags => some(0.3, @TAGS),
        emergency => chance(0.2) ? pick(qw( true false )) : undef,
        beneficiaries => chance(0.5) ? between(0, 90) : undef,
        posts => [ map { +{ id => $_, title => "At $_",
                            places => between(1, 3) } }
                   @POSTS[0 .. (chance(0.6) ? 0 : between(1, 2))] ]);
    $self->set_time($op, 'starts', $starts);
    $self->set_time($op, 'ends',
                    $starts + ($long < 0.1 ? between(50, 200)
                               : $long < 0.85 ? between(1200, 3 * 3600)
                               : between(3600, 86500)));
    $self->set_time($op, 'withdraw_until', $starts + between(-3600, 2400))
        if chance(0.3);
    if (chance(0.2)) {
        @{ $op->{args} }{qw( latitude longitude )} = ($NORTH, $EAST);
        $op->{args}{radius} = between(100, 400);
    }
    return $op;
}


# Something else is said of an activity; what stays when somebody has signed
# up stays mostly.

sub change_activity {
    my ($self) = @_;

    my $act = $self->some_activity($self->open_now) or return $self->publish;
    my $is = $act->{is};
    my $op = { do => 'put_activity', $self->its_staff($act),
               args => { activity => $is->{id},
                         map { $_ => $is->{$_} }
                         qw( title org project place latitude longitude radius
                             tags emergency beneficiaries ) } };
    defined $is->{$_} and $self->set_time($op, $_, $is->{$_})
        for qw( starts ends withdraw_until );

    my @posts = map { +{ %$_ } } @{ $is->{posts} };
    $posts[ rand @posts ]{places} = between(1, 4) if chance(0.7);
    splice @posts, rand @posts, 1 if @posts > 1 && chance(0.2);
    push @posts, { id => 'more', title => 'More', places => 1 }
        if chance(0.15) && !grep { $_->{id} eq 'more' } @posts;
    $op->{args}{posts} = \@posts;

    $op->{args}{title} = 'another' if chance(0.2);
    $op->{args}{tags} = some(0.5, @TAGS) if chance(0.2);
    $op->{args}{emergency} = pick(qw( true false )) if chance(0.2);
    $op->{args}{org} = pick(@ORGS) if chance(0.1);
    $self->set_time($op, 'starts', $is->{starts} + between(-600, 600))
        if chance(0.1);
    return $op;
}


sub publish {
    my ($self) = @_;
    my $act = $self->some_activity(sub {
        $_[0]{stage} eq 'draft' && $_[0]{is}{ends} > $self->{books}{now}
    }) or return $self->put_activity;
    return { do => 'publish', $self->its_staff($act),
             args => { activity => $act->{is}{id} } };
}


sub close_activity {
    my ($self, $act) = @_;

    my $state = chance(0.85) ? qr/over/ : qr/over|running/;
    $act //= $self->some_activity(sub {
        state_of($self->{books}, $_[0]) =~ $state
    }) or return $self->checkout;
    return { do => 'close', $self->its_staff($act),
             args => { activity => $act->{is}{id},
                       beneficiaries => chance(0.4) ? between(0, 200)
                                                    : undef } };
}


sub cancel_activity {
    my ($self) = @_;
    my $act = $self->some_activity($self->open_now)
        or return $self->publish;
    return { do => 'cancel_activity', $self->its_staff($act),
             args => { activity => $act->{is}{id} } };
}


sub copy_activity {
    my ($self) = @_;

    my $act = $self->some_activity($self->open_now)
        or return $self->publish;
    my $books = $self->{books};
    my $day = floor(($act->{is}{starts} + $books->{book}{utc_offset}) / 86400);
    my $every = pick(qw( day week ));
    my $last = $day + ($every eq 'day' ? between(0, 4) : between(0, 22));
    return { do => 'copy_activity', $self->its_staff($act), until => $last,
             args => { activity => $act->{is}{id}, every => $every,
                       until => date($last) } };
}


sub get_activity {
    my ($self) = @_;
    my $act = $self->some_activity(sub { 1 }) or return $self->put_activity;
    return { do => 'get_activity', $self->reader,
             args => { activity => $act->{is}{id} } };
}


sub activities {
    my ($self) = @_;

    my $op = { do => 'activities', $self->reader,
               args => { org => chance(0.3) ? pick(@ORGS) : undef,
                         project => chance(0.2) ? pick(@PROJECTS) : undef,
                         tag => chance(0.2) ? pick(@TAGS) : undef,
                         places => chance(0.3) ? pick(qw( true false ))
                                               : undef,
                         state => chance(0.5)
                                  ? pick(qw( open over closed cancelled draft ))
                                  : undef } };
    if (chance(0.2)) {
        $op->{day} = $self->{books}->today + between(-2, 3);
        $op->{args}{day} = date($op->{day});
    }
    return $op;
}


# Sign-ups.

sub signup {
    my ($self, $act, $post) = @_;

    my $open = $self->open_now;
    return $self->publish
        if !$act && chance(0.4)
           && 4 > grep { $open->($_) } all_activities($self->{books});
    $act //= $self->some_activity($open) or return $self->publish;
    my $is = $act->{is};
    my $op = $self->for_one('signup', $act, $self->active);
    $op->{args}{post} = $post // (chance(0.97) ? pick(@{ $is->{posts} })->{id}
                                               : 'none')
        if $post || @{ $is->{posts} } > 1 && chance(0.95);
    return $op;
}


# An operation on a volunteer in an activity: by themself, or by its staff.

sub for_one {
    my ($self, $do, $act, $volunteer, $by_staff) = @_;

    my $op = { do => $do, key => chance(0.3) ? $self->fresh_key : undef,
               args => { activity => $act->{is}{id} } };
    if (chance($by_staff // 0.35)) {
        %$op = (%$op, $self->its_staff($act));
        $op->{args}{volunteer} = $volunteer if chance(0.99);
    } else {
        @$op{qw( user role )} = ($volunteer, 'volunteer');
        $op->{args}{volunteer} = $volunteer if chance(0.2);
    }
    return $op;
}


# One of those in an activity whose state there is such, or anybody.

sub someone_in {
    my ($self, $act, $state) = @_;
    my @in = map { $_->{volunteer} } grep { $_->{state} =~ $state }
             @{ $act->{signups} };
    return @in && chance(0.95) ? pick(@in) : $self->volunteer;
}


sub has_in {
    my ($act, $state) = @_;
    return grep { $_->{state} =~ $state } @{ $act->{signups} };
}


sub withdraw {
    my ($self, $act) = @_;

    my $open = $self->open_now;
    $act //= $self->some_activity(sub {
        $open->($_[0]) && has_in($_[0], qr/./)
    }) or return $self->signup;
    return $self->for_one('withdraw', $act, $self->someone_in($act, qr/./));
}


sub signups {
    my ($self) = @_;
    my $act = $self->some_activity(sub { has_in($_[0], qr/./) })
        or return $self->signup;
    return { do => 'signups', $self->its_staff($act),
             args => { activity => $act->{is}{id},
                       state => chance(0.5)
                                ? pick(qw( placed waiting present served
                                           unconfirmed )) : undef } };
}


sub my_signups {
    my ($self) = @_;
    return { do => 'my_signups', user => $self->volunteer,
             role => 'volunteer', args => {} };
}


# Check-in, check-out.

sub code {
    my ($self, $act) = @_;
    $act //= $self->some_activity($self->open_now)
        or return $self->publish;
    return { do => 'code', $self->its_staff($act),
             args => { activity => $act->{is}{id} } };
}


# One who is there shows the code; when none is known, it is to be asked for.

sub there {
    my ($self, $do, $act, $volunteer) = @_;

    my $op = $self->for_one($do, $act, $volunteer, 0.3);
    return $op if $op->{role} ne 'volunteer';

    my $books = $self->{books};
    my @known = $books->all("code:$act->{is}{id}");
    my $now = floor($books->{now} / 30);
    my ($good) = grep { $_->{step} == $now } @known;
    return { do => 'code', user => 'root', role => 'admin',
             args => { activity => $act->{is}{id} } }
        if !$good && chance(0.8);

    my $how = rand;
    my $code = $how < 0.88 && $good ? $good
               : $how < 0.97 && @known ? pick(@known) : undef;
    $op->{args}{code} = $code->{code} if $code;
    $op->{args}{code} = '12345' if $how > 0.99;
    if (defined $act->{is}{radius} && chance(0.97)) {
        my $away = pick(0, 0, 0, 500, -700, 5000, -5000);
        @{ $op->{args} }{qw( latitude longitude )}
            = ($NORTH + $away, $EAST - $away);
    }
    return $op;
}


sub checkin {
    my ($self, $act) = @_;

    my $now = $self->{books}{now};
    my $open = $self->open_now;
    $act //= $self->some_activity(sub {
        $open->($_[0]) && $_[0]{is}{starts} - 3600 <= $now
        && has_in($_[0], qr/placed/)
    }) or return $self->signup;
    return $self->there('checkin', $act, $self->someone_in($act, qr/placed/));
}


sub checkout {
    my ($self, $act) = @_;

    my $now = $self->{books}{now};
    $act //= $self->some_activity(sub {
        $_[0]{stage} eq 'open' && $_[0]{is}{starts} + 60 <= $now
        && $now <= $_[0]{is}{ends} + 3600 && has_in($_[0], qr/present/)
    }) or return $self->checkin;
    my $op = $self->there('checkout', $act,
                          $self->someone_in($act, qr/present/));
    $op->{key} //= $self->fresh_key
        if $op->{do} eq 'checkout' && chance(0.99);
    return $op;
}


sub confirm {
    my ($self, $act) = @_;

    $act //= $self->some_activity(sub {
        state_of($self->{books}, $_[0]) =~ /over|closed/
        && has_in($_[0], qr/placed|present/)
    }) or return $self->checkin;
    my $length = floor(($act->{is}{ends} - $act->{is}{starts}) / 60);
    $length = 1440 if $length > 1440;
    return { do => 'confirm', $self->its_staff($act), key => $self->fresh_key,
             args => { activity => $act->{is}{id},
                       volunteer => $self->someone_in($act, qr/placed|present/),
                       minutes => chance(0.6) || $length < 1 ? $length || 1
                                  : chance(0.95) ? between(1, $length)
                                  : 1440 } };
}


# Times of activities in which somebody is.

sub presence_times {
    my ($self) = @_;

    return map {
        my $is = $_->{is};
        ($is->{starts}, $is->{starts} + between(60, 3600), $is->{ends},
         $is->{ends} + 3600)
    } grep { $_->{stage} eq 'open' && has_in($_, qr/present/) }
      all_activities($self->{books});
}


# Times at which something changes of itself.

sub service_times {
    my ($self) = @_;

    return map {
        my $is = $_->{is};
        ($is->{starts} - 3600, $is->{starts}, $is->{starts} + 60,
         $is->{starts} + 1800, $is->{withdraw_until} // (), $is->{ends},
         $is->{ends} + 3600)
    } grep { $_->{stage} eq 'open' } all_activities($self->{books});
}


1;
