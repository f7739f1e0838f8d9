package VolModel::Workload;

# What to ask next, drawn at random from the books as they are: mostly what can
# be done, now and then what must be refused.

use strict;
use warnings;

use VolModel::Calendar qw( day_number ymd );
use VolModel::Orgs qw( line );
use VolModel::Workload::Alliance;
use VolModel::Workload::Draw;
use VolModel::Workload::Needs;
use VolModel::Workload::Orgs;
use VolModel::Workload::Races;
use VolModel::Workload::Service;
use VolModel::Workload::Shares;
use VolModel::Workload::Volunteers;

# each has methods of its own, and @OFTEN: operation => how often
our @ISA = map { "VolModel::Workload::$_" }
           qw( Volunteers Alliance Orgs Service Shares Needs Races );


sub new {
    my ($class, %o) = @_;

    my $self = bless { %o, keys => 0, kept => [], activities => 0 }, $class;
    my @often = (repeat => 9,
                 map { no strict 'refs'; @{ "${_}::OFTEN" } } @ISA);
    while (my ($do, $times) = splice @often, 0, 2) {
        $self->{sum} += $times;
        push @{ $self->{often} }, [$do, $self->{sum}];
    }
    return $self;
}


# What a district begins with.

sub first {
    my ($self) = @_;

    my @admin = (user => 'root', role => 'admin');
    return (
        $self->first_orgs, $self->first_offers, $self->first_project,
        map { { do => 'put_volunteer', @admin,
                args => { volunteer => $_, kind => 'general',
                          station => pick(undef, @ORGS) } } }
        @VOLUNTEERS[0 .. 10]
    );
}


sub next {
    my ($self) = @_;

    my $at = rand $self->{sum};
    my ($do) = map { $_->[0] } grep { $at < $_->[1] } @{ $self->{often} };
    return $self->$do;
}


sub fresh_key { 'k' . ++$_[0]{keys} }


sub admin {
    my ($self, $do, %args) = @_;
    return { do => $do, user => chance(0.9) ? 'root' : 'chief',
             role => 'admin', key => $self->fresh_key, args => \%args };
}


sub volunteer { chance(0.995) ? pick(@VOLUNTEERS) : 'nobody' }


# One who has an account of their own and may do all, mostly.

sub active {
    my ($self) = @_;

    my $books = $self->{books};
    my @active = grep { $books->known($_) && !$books->merged_into($_)
                        && !$books->frozen($_) } @VOLUNTEERS;
    return @active && chance(0.9) ? pick(@active) : $self->volunteer;
}


# Of an org or one above it mostly, when one is named.

sub organizer {
    my ($self, $org) = @_;
    my $scope = defined $org && chance(0.8) ? pick(line($self->{books}, $org))
                                            : pick(@ORGS);
    return (user => "org-$scope", role => 'organizer', scope => $scope);
}


# The same operation once more: with the same key, with other content, by
# another.

sub remember {
    my ($self, $op) = @_;

    return unless defined $op->{key};
    push @{ $self->{kept} }, $op;
    shift @{ $self->{kept} } if @{ $self->{kept} } > 200;
}


sub repeat {
    my ($self) = @_;

    my $kept = $self->{kept};
    my $op = @$kept ? $kept->[ chance(0.5) ? -1 - rand(@$kept > 9 ? 9 : @$kept)
                                           : rand @$kept ]
                    : return $self->hours;
    return $op if chance(0.8);
    return { %$op, user => 'other' } if $op->{role} eq 'admin' && chance(0.3);

    my %args = %{ $op->{args} };
    if ($args{minutes}) { $args{minutes} = $args{minutes} % 60 + 1 }
    elsif ($args{points}) { $args{points}++ }
    elsif ($args{reason}) { $args{reason} .= ' indeed' }
    else { return { %$op, key => undef } }
    return { %$op, args => \%args };
}


# The time to go on to: a second, a midnight, the beginning or end of something.

sub later {
    my ($self) = @_;

    my $now = $self->{books}{now};
    my $how = rand;
    my @there = $self->presence_times;
    return $self->next_of(@there) if @there && chance(0.7);
    return $self->next_of($self->need_times) if $how < 0.2;
    return $self->next_of($self->service_times) if $how < 0.5;
    return $now + pick(1, 1, 29, 30, 31, 60, 61) if $how < 0.62;
    return $now + between(60, 7200) if $how < 0.87;
    return $self->another_day;
}


# The first of some times, or one of the first, and the second before.

sub next_of {
    my ($self, @times) = @_;

    my $now = $self->{books}{now};
    my @next = sort { $a <=> $b } grep { $_ > $now } @times;
    return $now + between(60, 3600) unless @next;
    my $next = $next[ chance(0.7) ? 0 : rand(@next < 4 ? @next : 4) ];
    my $off = rand;
    return $next + 1 if $off < 0.15;
    return $off < 0.4 && $next - 1 > $now ? $next - 1 : $next;
}


sub another_day {
    my ($self) = @_;

    my $books = $self->{books};
    my $now = $books->{now};
    my $today = $books->today;
    my $midnight = $books->midnight($today + 1);
    my ($year, $month) = @{ ymd($today) };
    my $how = rand;

    return $midnight - ($now < $midnight - 1 ? 1 : 0) if $how < 0.28;
    return $midnight if $how < 0.42;
    return $now + 86400 + between(-2, 2) if $how < 0.54;
    return $now + between(2, 6) * 86400 if $how < 0.66;

    return $self->next_of(
        (map { $_->{expires} } $books->all('redemptions')),
        (map { my $is = $books->figures($_)->{next_end};
               $is ? $books->midnight(day_number(split /-0?/, $is->{on})) : () }
         grep { $books->known($_) && !$books->merged_into($_) } @VOLUNTEERS)
    ) if $how < 0.8;

    my $next = $how < 0.91 ? day_number($month == 12 ? ($year + 1, 1)
                                                     : ($year, $month + 1), 1)
             : $how < 0.96 ? $today + between(20, 120)
             : day_number($year + 1, 1, 1);
    $next = $books->midnight($next);
    return $next - 1 > $now && chance(0.5) ? $next - 1 : $next;
}


1;
