package VolModel::Shares;

# What those who served in an activity tell of it, and who thanks them.

use strict;
use warnings;

use VolModel::Answers qw( problem done );
use VolModel::Service qw( activity signup managed manages );

my $ANY = 'admin organizer auditor merchant volunteer';

our %ENDPOINTS = (
    share => ['POST', 'activities/:activity/shares', 'volunteer', '',
              qw( text pictures )],
    shares => ['GET', 'activities/:activity/shares?limit=100', $ANY, ''],
    thank => ['POST', 'activities/:activity/shares/:volunteer/thanks',
              'volunteer', ''],
    hide => ['POST', 'activities/:activity/shares/:volunteer/hide',
             'admin organizer', ''],
    show => ['POST', 'activities/:activity/shares/:volunteer/show',
             'admin organizer', ''],
);


# What a volunteer told of an activity, or undef: told again, it is replaced.

sub told {
    my ($m, $activity, $volunteer) = @_;

    my @all = $m->all("share:$activity:$volunteer") or return;
    my ($last) = reverse grep { $_->{type} eq 'share' } @all;
    my ($hiding) = reverse grep { $_->{type} eq 'hiding' } @all;
    my %thanks = map { $_->{by} => 1 } grep { $_->{type} eq 'thanks' } @all;
    return {
        activity => $activity, volunteer => $volunteer, text => $last->{text},
        at => $m->time_of($all[0]{at}), thanks => scalar keys %thanks,
        $last->{pictures} ? (pictures => $last->{pictures}) : (),
        $hiding && $hiding->{hidden} ? (hidden => 'true') : ()
    };
}


# Whether others may not see it: hidden, or of a minor by any of their ids.

sub hidden {
    my ($m, $share) = @_;

    my $who = $share->{volunteer};
    return $share->{hidden}
           || grep { $m->last_of("put:$_")->{minor} } $who, $m->answering($who);
}


sub add {
    my ($m, $activity, $volunteer, %fact) = @_;
    $m->fact(\%fact, "share:$activity:$volunteer", "shares:$activity");
    return done(200, told($m, $activity, $volunteer));
}


sub do_share {
    my ($m, $op, $args) = @_;

    my ($id, $volunteer) = ($args->{activity}, $op->{user});
    my $act = activity($m, $id) or return problem(404, 'not-found', 'activity');
    my $s = signup($act, $volunteer);
    return problem(409, 'not-served') if !$s || $s->{state} ne 'served';

    my $old = told($m, $id, $volunteer);
    my $is = add($m, $id, $volunteer, type => 'share', who => $volunteer,
                 map { $_ => $args->{$_} } qw( text pictures ));
    return { %$is, status => $old ? 200 : 201 };
}


sub do_shares {
    my ($m, $op, $args) = @_;

    my $id = $args->{activity};
    my $act = activity($m, $id) or return problem(404, 'not-found');
    my $all = $op->{role} =~ /admin|auditor/
              || $op->{role} eq 'organizer' && manages($m, $op, $act->{is});

    my %first;
    for (grep { $_->{type} eq 'share' } $m->all("shares:$id")) {
        $first{ $_->{who} } //= $_->{at};
    }
    my @found = grep { $all || $m->is_person($_->{volunteer}, $op->{user})
                       || !hidden($m, $_) }
                map { told($m, $id, $_) }
                sort { $first{$b} <=> $first{$a} || $b cmp $a } keys %first;
    return done(200, { shares => \@found });
}


sub do_thank {
    my ($m, $op, $args) = @_;

    my ($id, $volunteer) = @$args{qw( activity volunteer )};
    activity($m, $id) or return problem(404, 'not-found', 'activity');
    return problem(403, 'forbidden') if $m->is_person($volunteer, $op->{user});
    my $share = told($m, $id, $volunteer);
    return problem(404, 'not-found', 'volunteer')
        if !$share || hidden($m, $share);
    return add($m, $id, $volunteer, type => 'thanks', by => $op->{user});
}


sub do_hide { set_hidden(@_[0 .. 2], 1) }


sub do_show { set_hidden(@_[0 .. 2], 0) }


sub set_hidden {
    my ($m, $op, $args, $hidden) = @_;

    my ($id, $volunteer) = @$args{qw( activity volunteer )};
    my ($act, $refused) = managed($m, $op, 'activity');
    return $refused if $refused;
    told($m, $id, $volunteer)
        or return problem(404, 'not-found', 'volunteer');
    return add($m, $id, $volunteer, type => 'hiding', hidden => $hidden);
}


1;
