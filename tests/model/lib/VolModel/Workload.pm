package VolModel::Workload;

# What to ask next, drawn at random from the books as they are: mostly what can
# be done, now and then what must be refused.

use strict;
use warnings;

use VolModel::Calendar qw( date day_number ymd );

my @VOLUNTEERS = map { "v$_" } 1 .. 10;
my @STATIONS = qw( east west );
my @MERCHANTS = qw( tea books );
my @OFFERS = map { "offer$_" } 1 .. 7;
my @FUNDS = qw( school flood );

# operation => how often
my @OFTEN = (
    hours => 22, award => 9, redeem => 22, use => 8, cancel => 5,
    get_voucher => 2, reverse => 7, put_volunteer => 3, get_volunteer => 2,
    me => 1, put_offer => 3, restock => 3, get_offer => 1, repeat => 6,
    approve => 4, refuse => 1, awards => 1, freeze => 1, unfreeze => 2,
    merge => 1.5, donate => 5, put_fund => 0.5, get_fund => 0.5, books => 1,
);


sub new {
    my ($class, %o) = @_;

    my $self = bless { %o, keys => 0, kept => [] }, $class;
    my @often = @OFTEN;
    while (my ($do, $times) = splice @often, 0, 2) {
        $self->{sum} += $times;
        push @{ $self->{often} }, [$do, $self->{sum}];
    }
    return $self;
}


sub pick { $_[ rand @_ ] }


sub chance { rand() < $_[0] }


sub between { $_[0] + int rand $_[1] - $_[0] + 1 }


# What a district begins with.

sub first {
    my ($self) = @_;

    my @admin = (user => 'root', role => 'admin');
    return (
        (map { { do => 'put_merchant', @admin,
                 args => { merchant => $_, title => $_ } } } @MERCHANTS),
        (map { $self->put_offer($_) } @OFFERS),
        (map { { do => 'put_volunteer', @admin,
                 args => { volunteer => $_, kind => 'general' } } }
         @VOLUNTEERS[0 .. 5]),
        (map { { do => 'put_fund', @admin,
                 args => { fund => $_, title => $_ } } } @FUNDS),
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


sub organizer {
    my ($self) = @_;
    my $station = pick(@STATIONS);
    return (user => "org-$station", role => 'organizer', scope => $station);
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


# Volunteers.

sub put_volunteer {
    my ($self) = @_;

    my $op = $self->admin('put_volunteer', volunteer => pick(@VOLUNTEERS),
                          kind => pick(qw( general cadre student )));
    delete $op->{key};
    $op->{args}{station} = pick(@STATIONS) if chance(0.3);
    %$op = (%$op, $self->organizer) if chance(0.4);
    return $op;
}


sub get_volunteer {
    my ($self) = @_;

    my %op = (do => 'get_volunteer', args => { volunteer => $self->volunteer });
    return { %op, $self->organizer } if chance(0.3);
    return { %op, user => $self->volunteer, role => 'volunteer' }
        if chance(0.3);
    return { %op, user => 'a', role => pick(qw( admin auditor merchant )) };
}


sub me {
    my ($self) = @_;
    return { do => 'me', user => $self->volunteer, role => 'volunteer',
             args => {} };
}


sub hours {
    my ($self) = @_;

    my $today = $self->{books}->today;
    my $back = rand;
    my $on = $back < 0.5 ? $today - int rand 5
             : $back < 0.7 ? $today - int rand 40
             : $back < 0.95 ? $today - int rand 400
             : $back < 0.98 ? $today - int rand 2000
             : $today + int rand 3;

    my $op = $self->admin('hours', volunteer => $self->volunteer,
        minutes => chance(0.5) ? 60 * between(1, 5)
                   : chance(0.98) ? between(1, 300) : pick(0, 1440, 1441),
        on => date($on));
    $op->{on} = $on;
    $op->{args}{activity} = 'walk' if chance(0.3);
    $op->{args}{note} = 'noted' if chance(0.1);
    %$op = (%$op, $self->organizer) if chance(0.5);
    return $op;
}


sub award {
    my ($self) = @_;

    my ($case, $min, $max) = @{ pick(['blood', 3, 20], ['bravery', 10, 100]) };
    my $op = $self->admin('award', volunteer => $self->volunteer,
        case => chance(0.98) ? $case : 'juggling',
        points => chance(0.95) ? between($min, $max)
                  : pick($min - 1, $max + 1),
        evidence => 'seen');
    $op->{args}{note} = 'noted' if chance(0.1);
    return $op;
}


sub deciding {
    my ($self, $do) = @_;

    my @waiting = $self->{books}->waiting;
    my @all = $self->{books}->all('proposals');
    my $p = @waiting && chance(0.9) ? pick(@waiting)
            : @all && chance(0.8) ? pick(@all) : $self->any_entry;
    my $op = $self->admin($do, award => $p && $p->{entry} || '1-1');
    $op->{user} = 'chief' if chance(0.6);
    return $op;
}


sub approve { $_[0]->deciding('approve') }


sub refuse {
    my $op = $_[0]->deciding('refuse');
    $op->{args}{reason} = 'not so';
    return $op;
}


# A page of a hundred is all the model reads.

sub awards {
    my ($self) = @_;
    return $self->approve if $self->{books}->waiting > 100;
    return { do => 'awards', user => 'a', role => pick(qw( admin auditor )),
             args => {} };
}


# The entry of a fact, when it is known; lately, or ever.

sub entry_of {
    my ($self, @types) = @_;

    my $facts = $self->{books}{facts};
    for (1 .. 60) {
        my $i = chance(0.6) ? @$facts - 1 - int rand 150 : int rand @$facts;
        next if $i < 0;
        my $f = $facts->[$i];
        return $f if $f->{entry} && (!@types || grep { $f->{type} eq $_ } @types);
    }
    return;
}


sub any_entry { $_[0]->entry_of }


sub reverse {
    my ($self) = @_;

    my $type = rand;
    my $f = $type < 0.45 ? $self->entry_of('hours')
            : $type < 0.6 ? $self->entry_of('award')
            : $type < 0.75 ? $self->entry_of('use')
            : $type < 0.82 ? $self->entry_of('merge')
            : $type < 0.92 ? $self->entry_of('donation')
            : $self->any_entry;
    return $self->admin('reverse', entry => $f ? $f->{entry} : '1-1',
                        reason => 'a mistake');
}


sub freeze {
    my ($self, $do) = @_;

    my $op = $self->admin($do || 'freeze', volunteer => $self->volunteer,
                          reason => 'asked for');
    delete $op->{key} if chance(0.5);
    return $op;
}


sub unfreeze {
    my ($self) = @_;

    my @frozen = grep { $self->{books}->frozen($_) } @VOLUNTEERS;
    my $op = $self->freeze('unfreeze');
    $op->{args}{volunteer} = pick(@frozen) if @frozen && chance(0.9);
    return $op;
}


sub merge {
    my ($self) = @_;
    return $self->admin('merge', volunteer => $self->volunteer,
                        into => $self->volunteer, reason => 'one person');
}


# The alliance.

sub put_offer {
    my ($self, $offer) = @_;

    my $books = $self->{books};
    my $merchant = pick(@MERCHANTS);
    my $op = { do => 'put_offer', user => 'root', role => 'admin',
               args => { offer => $offer || pick(@OFFERS),
                         merchant => $merchant, title => 'title',
                         price => chance(0.1) ? 0 : between(1, 25),
                         stock => between(0, 20) } };
    my $args = $op->{args};
    $args->{min_stars} = between(0, 3) if chance(0.3);
    $args->{per_person} = between(1, 4) if chance(0.4);
    $args->{valid_days} = between(1, 9) if chance(0.3);
    $self->time_of($op, 'starts', -1, 1) if chance(0.1);
    $self->time_of($op, 'ends', 0, 40) if chance(0.1);
    $args->{merchant} = 'none' if !$offer && chance(0.03);
    if (!$offer && chance(0.4)) {
        @$op{qw( user role scope )}
            = ('m', 'merchant', chance(0.9) ? $merchant : pick(@MERCHANTS));
    }
    return $op;
}


# A time so many days from now, in the arguments and in seconds.

sub time_of {
    my ($self, $op, $name, $from, $to) = @_;

    $op->{$name} = $self->{books}{now} + between($from * 86400, $to * 86400);
    $op->{args}{$name} = $self->{books}->time_of($op->{$name});
}


sub get_offer {
    return { do => 'get_offer', user => 'v1', role => 'volunteer',
             args => { offer => chance(0.95) ? pick(@OFFERS) : 'none' } };
}


sub restock {
    my ($self) = @_;

    my $op = $self->admin('restock', offer => pick(@OFFERS),
                          stock => chance(0.8) ? between(-3, 10) : -25);
    @$op{qw( user role scope )} = ('m', 'merchant', pick(@MERCHANTS))
        if chance(0.4);
    return $op;
}


sub redeem {
    my ($self, $offer) = @_;

    my $volunteer = $self->volunteer;
    my $op = { do => 'redeem', key => $self->fresh_key,
               args => { offer => $offer
                                  || (chance(0.995) ? pick(@OFFERS) : 'none') } };
    if (chance(0.7)) {
        @$op{qw( user role )} = ($volunteer, 'volunteer');
        $op->{args}{volunteer} = pick($volunteer, $volunteer, 'v2')
            if chance(0.1);
    } else {
        @$op{qw( user role )} = ('root', 'admin');
        $op->{args}{volunteer} = $volunteer if chance(0.98);
    }
    delete $op->{key} if chance(0.01);
    return $op;
}


# A voucher's code: mostly of one that was issued lately.

sub code {
    my ($self) = @_;

    my $books = $self->{books};
    my @all = @{ $books->{by}{redemptions} || [] } or return;
    my $last = @all < 40 ? @all : 40;
    for (1 .. 6) {
        my $f = $all[-1 - rand $last];
        my $v = $books->voucher($f->{code});
        return $f->{code} if $v && $v->{state} eq 'issued';
    }
    return pick(@all)->{code};
}


sub voucher_op {
    my ($self, $do, $code) = @_;

    $code //= $self->code // return $self->redeem;
    my $f = $self->{books}->last_of("x:$code");
    my $of = ($self->{books}->all("x:$code"))[0];
    my $op = { do => $do, key => $self->fresh_key, args => { code => $code } };

    my $who = rand;
    if ($who < 0.25) {
        @$op{qw( user role )} = ('root', 'admin');
    } elsif ($do eq 'use' ? $who < 0.95 : $who < 0.4) {
        @$op{qw( user role scope )}
            = ('m', 'merchant', chance(0.9) ? $of->{merchant}
                                            : pick(@MERCHANTS));
    } else {
        @$op{qw( user role )}
            = (chance(0.9) ? $of->{volunteer} : $self->volunteer, 'volunteer');
    }
    return $op;
}


sub use {
    my ($self, $code) = @_;
    my $op = $self->voucher_op('use', $code);
    delete $op->{key} if $op->{do} eq 'use' && chance(0.5);
    return $op;
}


sub cancel { $_[0]->voucher_op('cancel', $_[1]) }


sub get_voucher {
    my ($self, $code) = @_;
    my $op = $self->voucher_op('get_voucher', $code);
    delete $op->{key} if $op->{do} eq 'get_voucher';
    return $op;
}


# Someone who touches a voucher whose time has come.

sub nudge {
    my ($self, $code) = @_;

    my $how = rand;
    my $op = $how < 0.5 ? $self->get_voucher($code)
             : $how < 0.8 ? $self->use($code) : $self->cancel($code);
    @$op{qw( user role )} = ('root', 'admin');
    delete $op->{scope};
    return $op;
}


# Funds and books.

sub donate {
    my ($self) = @_;

    my $volunteer = $self->volunteer;
    my $op = $self->admin('donate',
                          fund => chance(0.97) ? pick(@FUNDS) : 'none',
                          points => between(1, 12));
    if (chance(0.6)) {
        @$op{qw( user role )} = ($volunteer, 'volunteer');
    } else {
        $op->{args}{volunteer} = $volunteer;
    }
    return $op;
}


sub put_fund {
    return { do => 'put_fund', user => 'root', role => 'admin',
             args => { fund => pick(@FUNDS), title => pick(qw( one two )) } };
}


sub get_fund {
    return { do => 'get_fund', user => 'v1', role => 'volunteer',
             args => { fund => pick(@FUNDS) } };
}


sub books {
    return { do => 'books', user => 'a', role => pick(qw( admin auditor )),
             args => {} };
}


# Requests to be sent at once: what is scarce, what is the same, or anything.

sub together {
    my ($self) = @_;

    my $k = between(2, 4);
    my $kind = rand;

    if ($kind < 0.3) {
        my $offer = pick(@OFFERS);
        return map { $self->redeem($offer) } 1 .. $k;
    }
    if ($kind < 0.45) {
        my $op = $self->next;
        return ($op) x $k;
    }
    if ($kind < 0.6) {
        my $code = $self->code;
        return map { chance(0.5) ? $self->use($code) : $self->cancel($code) }
               1 .. $k if defined $code;
    }
    return map { $self->next } 1 .. $k;
}


# The time to go on to: a second, a midnight, the end of something.

sub later {
    my ($self) = @_;

    my $books = $self->{books};
    my $now = $books->{now};
    my $today = $books->today;
    my $midnight = $books->midnight($today + 1);
    my ($year, $month) = @{ ymd($today) };
    my $how = rand;

    return $now + 1 if $how < 0.15;
    return $now + between(60, 7200) if $how < 0.3;
    return $midnight - ($now < $midnight - 1 ? 1 : 0) if $how < 0.5;
    return $midnight if $how < 0.6;
    return $now + 86400 + between(-2, 2) if $how < 0.68;
    return $now + between(2, 6) * 86400 if $how < 0.76;

    if ($how < 0.86) {
        my @ends = sort { $a <=> $b } grep { $_ > $now }
            (map { $_->{expires} } $books->all('redemptions')),
            (map { my $is = $books->figures($_)->{next_end};
                   $is ? $books->midnight(day_number(split /-0?/, $is->{on}))
                       : () }
             grep { $books->known($_) && !$books->merged_into($_) }
             @VOLUNTEERS);
        return $now + 3600 unless @ends;
        my $end = $ends[0];
        return $end - 1 > $now && chance(0.5) ? $end - 1 : $end;
    }

    my $next = $how < 0.94 ? day_number($month == 12 ? ($year + 1, 1)
                                                     : ($year, $month + 1), 1)
             : $how < 0.97 ? $today + between(20, 120)
             : day_number($year + 1, 1, 1);
    $next = $books->midnight($next);
    return $next - 1 > $now && chance(0.5) ? $next - 1 : $next;
}


1;
