package VolModel::Service;

# Projects and activities.  What an activity is, who has a place in it and who
# waits, is told over again from all that happened to it.

use strict;
use warnings;

use POSIX qw( floor );

use VolModel::Answers qw( problem done );
use VolModel::Calendar qw( ymd year_of );
use VolModel::Orgs qw( reaches is_org );

use Exporter 'import';
our @EXPORT_OK = qw( activity state_of signup activity_json seen managed manages
                     all_activities not_open count_closed );

my $ANY = 'admin organizer auditor merchant volunteer';

our %ENDPOINTS = (
    put_project => ['PUT', 'projects/:project', 'admin organizer', '',
                    qw( title class org brand+ )],
    get_project => ['GET', 'projects/:project', $ANY, ''],
    projects => ['GET', 'projects?limit=100', $ANY, '', 'org'],
    put_activity => ['PUT', 'activities/:activity', 'admin organizer', '',
                     qw( title org project starts ends withdraw_until place
                         latitude+ longitude+ radius+ tags emergency+
                         beneficiaries+ posts )],
    get_activity => ['GET', 'activities/:activity', $ANY, ''],
    activities => ['GET', 'activities?limit=100', $ANY, '',
                   qw( org project tag day places+ state )],
    publish => ['POST', 'activities/:activity/publish', 'admin organizer', ''],
    close => ['POST', 'activities/:activity/close', 'admin organizer', '',
              'beneficiaries+'],
    cancel_activity => ['POST', 'activities/:activity/cancel',
                        'admin organizer', ''],
    copy_activity => ['POST', 'activities/:activity/repeat', 'admin organizer',
                      '', qw( every until )],
);


# Projects.

sub all_projects {
    my ($m) = @_;
    return $m->folded('projects',
                      sub { +{ map { $_->{is}{id} => $_->{is} } @_ } });
}


sub do_put_project {
    my ($m, $op, $args) = @_;

    my $org = $args->{org};
    my $old = all_projects($m)->{ $args->{project} };

    if ($op->{role} eq 'organizer') {
        $org //= $op->{scope};
        return problem(403, 'forbidden')
            if !reaches($m, $op->{scope}, $org)
               || $old && !manages($m, $op, $old);
    }
    my $classes = $m->rules->{project_classes};
    return problem(422, 'invalid-field', 'class')
        if $classes && !$classes->{ $args->{class} };
    return problem(422, 'invalid-field', 'org')
        if defined $org && !is_org($m, $org);

    my %is = (id => $args->{project}, title => $args->{title},
              class => $args->{class}, brand => $args->{brand} // 'false',
              defined $org ? (org => $org) : ());
    $m->fact({ type => 'project', is => \%is }, 'projects');
    return done($old ? 200 : 201, \%is);
}


sub do_get_project {
    my ($m, $op, $args) = @_;
    return done(200, all_projects($m)->{ $args->{project} }
                     // return problem(404, 'not-found'));
}


sub do_projects {
    my ($m, $op, $args) = @_;

    my @all = sort { ($a->{org} // '') cmp ($b->{org} // '')
                     || $a->{id} cmp $b->{id} }
              grep { !defined $args->{org}
                     || $args->{org} eq ($_->{org} // '') }
              values %{ all_projects($m) };
    return done(200, { projects => \@all });
}


# An activity, or undef: is, what was said of it, with its posts; stage, the
# state that was set; signups, in their order; served and minutes.

sub activity {
    my ($m, $id) = @_;
    return $m->folded("a:$id", \&became);
}


sub became {
    my $act = @_ ? { signups => [], served => 0, minutes => 0 } : return undef;

    for my $f (@_) {
        my $type = $f->{type};
        my ($s) = grep { $_->{volunteer} eq ($f->{volunteer} // '') }
                  @{ $act->{signups} };

        if ($type eq 'activity') {
            $act->{is} = { %{ $f->{is} } };
            $act->{stage} = $f->{stage};
            move_up($act, $_->{id}) for @{ $act->{is}{posts} };
        } elsif ($type eq 'stage') {
            $act->{stage} = $f->{stage};
            $act->{is}{beneficiaries} = $f->{beneficiaries}
                if defined $f->{beneficiaries};
        } elsif ($type eq 'signup') {
            push @{ $act->{signups} },
                { volunteer => $f->{volunteer}, post => $f->{post},
                  at => $f->{at}, state => 'waiting' };
            move_up($act, $f->{post});
        } elsif ($type eq 'withdrawal') {
            @{ $act->{signups} } = grep { $_ != $s } @{ $act->{signups} };
            move_up($act, $s->{post}) if $f->{at} < $act->{is}{ends};
        } elsif ($type eq 'checkin') {
            $s->{state} = 'present';
            $s->{checked_in} = $f->{at};
        } elsif ($type eq 'service') {
            # in place of hours that were taken back
            $act->{served}++ unless $s->{state} eq 'served';
            $act->{minutes} += $f->{minutes} - ($s->{minutes} // 0);
            $s->{state} = 'served';
            $s->{minutes} = $f->{minutes};
            $s->{entry} = $f->{entry};
        }
    }
    return $act;
}


sub taken { grep { $_->{post} eq $_[1] && $_->{state} ne 'waiting' }
            @{ $_[0]{signups} } }


sub waiting { grep { $_->{post} eq $_[1] && $_->{state} eq 'waiting' }
              @{ $_[0]{signups} } }


# A place that is free goes to the first who waits.

sub move_up {
    my ($act, $post) = @_;

    my ($p) = grep { $_->{id} eq $post } @{ $act->{is}{posts} };
    my $free = $p->{places} - taken($act, $post);
    for my $s (waiting($act, $post)) {
        last if $free-- <= 0;
        $s->{state} = 'placed';
    }
}


sub signup {
    my ($act, $volunteer) = @_;
    return (grep { $_->{volunteer} eq $volunteer } @{ $act->{signups} })[0];
}


# The state that is told: what is open runs, and is over.

sub state_of {
    my ($m, $act) = @_;

    return $act->{stage}
        if $act->{stage} ne 'open' || $m->{now} < $act->{is}{starts};
    return $m->{now} < $act->{is}{ends} ? 'running' : 'over';
}


sub not_open { problem(409, 'not-open') }


sub activity_json {
    my ($m, $act, $listed) = @_;

    my $is = $act->{is};
    return {
        (map { defined $is->{$_} ? ($_ => $is->{$_}) : () }
         qw( id title org project place latitude longitude radius tags
             emergency beneficiaries )),
        (map { defined $is->{$_} ? ($_ => $m->time_of($is->{$_})) : () }
         qw( starts ends withdraw_until )),
        state => state_of($m, $act), served => $act->{served},
        minutes => $act->{minutes},
        posts => [ map { +{
            %$_, taken => scalar taken($act, $_->{id}),
            $listed ? () : (waiting => scalar waiting($act, $_->{id}))
        } } @{ $is->{posts} } ]
    };
}


# Whether a caller manages an activity or project.

sub manages {
    my ($m, $op, $is) = @_;
    return $op->{role} ne 'organizer'
           || defined $is->{org} && reaches($m, $op->{scope}, $is->{org});
}


# Whether a caller sees it: a draft is for those who make it.

sub seen {
    my ($m, $op, $act) = @_;
    return $act->{stage} ne 'draft' || $op->{role} =~ /admin|auditor/
           || $op->{role} eq 'organizer' && manages($m, $op, $act->{is});
}


# The activity that a caller manages; or undef and what is wrong.

sub managed {
    my ($m, $op, $field) = @_;

    my $act = activity($m, $op->{args}{activity})
        or return (undef, problem(404, 'not-found', $field));
    return (undef, problem(403, 'forbidden'))
        unless manages($m, $op, $act->{is});
    return $act;
}


sub all_activities {
    my ($m) = @_;
    return map { activity($m, $_) }
           @{ $m->folded('activities', sub { [ map { $_->{id} } @_ ] }) };
}


# Days on which it takes place.

sub days {
    my ($m, $is) = @_;
    my %days = map { floor(($_ + $m->{book}{utc_offset}) / 86400) => 1 }
               $is->{starts}, $is->{ends} - 1;
    return \%days;
}


sub do_put_activity {
    my ($m, $op, $args) = @_;

    my $id = $args->{activity};
    my $org = $args->{org};
    my $old = activity($m, $id);

    if ($op->{role} eq 'organizer') {
        $org //= $op->{scope};
        return problem(403, 'forbidden')
            if !reaches($m, $op->{scope}, $org)
               || $old && !manages($m, $op, $old->{is});
    }
    return not_open()
        if $old && state_of($m, $old) !~ /\A(?:draft|open|running)\z/;
    return problem(422, 'invalid-field', 'org')
        if defined $org && !is_org($m, $org);
    return problem(422, 'invalid-field', 'project')
        if defined $args->{project} && !all_projects($m)->{ $args->{project} };

    my ($starts, $ends, $until) = @$op{qw( starts ends withdraw_until )};
    return problem(422, 'invalid-field', 'ends')
        if $ends - $starts < 60 || $ends - $starts > 86400;
    return problem(422, 'invalid-field', 'withdraw_until')
        if defined $until && $until > $ends;
    return problem(422, 'invalid-field', 'radius')
        if defined $args->{radius} && !defined $args->{latitude};

    my @posts = @{ $args->{posts} };
    if ($old && @{ $old->{signups} }) {
        my $was = $old->{is};
        return problem(422, 'invalid-field', 'starts')
            if $starts != $was->{starts};
        return problem(422, 'invalid-field', 'ends') if $ends != $was->{ends};
        return problem(422, 'invalid-field', 'org')
            if ($org // '') ne ($was->{org} // '');

        my %places = map { $_->{id} => $_->{places} } @posts;
        for my $post (map { $_->{id} } @{ $was->{posts} }) {
            return problem(422, 'invalid-field', 'posts')
                if ($places{$post} // 0) < taken($old, $post)
                   || !defined $places{$post} && waiting($old, $post);
        }
    }

    my %is = (id => $id, starts => $starts, ends => $ends,
              withdraw_until => $until, org => $org,
              emergency => $args->{emergency} // 'false',
              beneficiaries => $args->{beneficiaries} // 0, posts => \@posts,
              map { $_ => $args->{$_} }
              qw( title project place latitude longitude radius tags ));
    $m->fact({ type => 'activity', id => $id, is => \%is,
               stage => $old ? $old->{stage} : 'draft' },
             "a:$id", $old ? () : 'activities');
    return done($old ? 200 : 201, activity_json($m, activity($m, $id)));
}


sub do_get_activity {
    my ($m, $op, $args) = @_;

    my $act = activity($m, $args->{activity});
    return problem(404, 'not-found') if !$act || !seen($m, $op, $act);
    return done(200, activity_json($m, $act));
}


sub do_activities {
    my ($m, $op, $args, $answer) = @_;

    my %want = %$args;
    my $state = $want{state} // 'open';
    if ($state eq 'draft') {
        $want{org} //= $op->{scope} if $op->{role} eq 'organizer';
        return problem(403, 'forbidden')
            if $op->{role} =~ /volunteer|merchant/
               || $op->{role} eq 'organizer'
                  && !reaches($m, $op->{scope}, $want{org});
    }

    my $stage = $state eq 'over' ? 'open' : $state;
    my @found = grep {
        my $is = $_->{is};
        my $over = $is->{ends} <= $m->{now};
        $_->{stage} eq $stage
        && ($state eq 'over' ? $over
            : $state ne 'open' || defined $want{day} || !$over)
        && (!defined $want{org} || $want{org} eq ($is->{org} // ''))
        && (!defined $want{project} || $want{project} eq ($is->{project} // ''))
        && (!defined $want{tag} || grep { $_ eq $want{tag} }
                                   @{ $is->{tags} || [] })
        && (!defined $want{day} || days($m, $is)->{ $op->{day} })
        && (($want{places} // '') ne 'true' || free($_))
    } all_activities($m);

    # "true" is behind "false"
    @found = sort { $b->{is}{emergency} cmp $a->{is}{emergency}
                    || $a->{is}{starts} <=> $b->{is}{starts}
                    || $a->{is}{id} cmp $b->{is}{id} } @found;
    splice @found, 100 if @found > 100;

    # a page may be the last one without knowing
    my $next = ref $answer->{json} eq 'HASH' ? $answer->{json}{next} : undef;
    @found = map { activity_json($m, $_, 1) } @found;
    return done(200, { activities => \@found,
                       defined $next ? (next => $next) : () });
}


sub free {
    my ($act) = @_;
    return grep { taken($act, $_->{id}) < $_->{places} } @{ $act->{is}{posts} };
}


sub set_stage {
    my ($m, $act, $stage, %more) = @_;
    $m->fact({ type => 'stage', stage => $stage, %more }, "a:$act->{is}{id}");
}


sub now_so { done(200, activity_json($_[0], activity($_[0], $_[1]))) }


sub do_publish {
    my ($m, $op, $args) = @_;

    my ($act, $refused) = managed($m, $op);
    return $refused if $refused;
    if ($act->{stage} eq 'draft') {
        return problem(409, 'too-late') if $m->{now} >= $act->{is}{ends};
        set_stage($m, $act, 'open');
    } elsif ($act->{stage} ne 'open') {
        return not_open();
    }
    return now_so($m, $args->{activity});
}


sub do_close {
    my ($m, $op, $args) = @_;

    my ($act, $refused) = managed($m, $op);
    return $refused if $refused;
    if ($act->{stage} eq 'open') {
        return problem(409, 'too-early') if $m->{now} < $act->{is}{starts};
        set_stage($m, $act, 'closed', beneficiaries => $args->{beneficiaries});
        count_closed($m, $args->{activity});
    } elsif ($act->{stage} ne 'closed') {
        return not_open();
    }
    return now_so($m, $args->{activity});
}


# The org counts it when it is closed and somebody has served.

sub count_closed {
    my ($m, $id) = @_;

    my $act = activity($m, $id);
    return if $act->{stage} ne 'closed' || !$act->{served} || $m->all("ac:$id");
    my $is = $act->{is};
    my ($first) = sort { $a <=> $b } keys %{ days($m, $is) };
    $m->fact({ type => 'counted', year => year_of($first),
               beneficiaries => $is->{beneficiaries} },
             "ac:$id", defined $is->{org} ? "counted:$is->{org}" : ());
}


sub do_cancel_activity {
    my ($m, $op, $args) = @_;

    my ($act, $refused) = managed($m, $op);
    return $refused if $refused;
    return not_open() if $act->{stage} eq 'closed';
    set_stage($m, $act, 'cancelled') if $act->{stage} ne 'cancelled';
    return now_so($m, $args->{activity});
}


sub do_copy_activity {
    my ($m, $op, $args) = @_;

    my ($act, $refused) = managed($m, $op);
    return $refused if $refused;
    return not_open() if $act->{stage} !~ /draft|open/;

    my $is = $act->{is};
    my $step = $args->{every} eq 'week' ? 7 : 1;
    my ($first) = sort { $a <=> $b } keys %{ days($m, $is) };
    return problem(422, 'invalid-field', 'until')
        if $op->{until} < $first + $step
           || ($op->{until} - $first) / $step >= 367;

    my ($made, @ids) = 0;
    for (my $day = $first + $step; $day <= $op->{until}; $day += $step) {
        my $id = sprintf '%s-%04d%02d%02d', $is->{id}, @{ ymd($day) };
        push @ids, $id;
        next if activity($m, $id);

        my %copy = (%$is, id => $id);
        for (qw( starts ends withdraw_until )) {
            $copy{$_} += 86400 * ($day - $first) if defined $copy{$_};
        }
        $m->fact({ type => 'activity', id => $id, is => \%copy,
                   stage => $act->{stage} }, "a:$id", 'activities');
        $made++;
    }
    return done(200, { activity => $is->{id}, made => $made,
                       activities => \@ids });
}


1;
