#!/usr/bin/env perl

# Roles, from what the module says of itself: every operation of the OpenAPI
# document is asked for by every role, by nobody and by a role that is none, and
# by those whose scope is another.  So no endpoint can be forgotten; a field
# that %THINGS does not know fails the suite.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use VolTest;

my %CASES = (
    grant => { title => 'Grant', min => 1, max => 10000 },
    bravery => { title => 'Bravery', min => 1, max => 100, approval => true },
);

write_file('key', 'k' x 64);
start(rules => { cases => \%CASES }, conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;

    server {
        listen %PORT%;

        location /points/ {
            vol  chaoyang;
            %IDENTITY%
            vol_certificate_key  %DIR%/key;
            vol_districts  chaoyang;
        }
    }
CONF

my @ADMIN = (as => 'admin:root');
my @OTHER = (as => 'admin:wang');

# A district with a scope that is the caller's own, and another.
created(put("/points/orgs/$_->[0]",
            { title => $_->[0], $_->[1] ? (parent => $_->[1]) : () }, @ADMIN))
    for ['centre'], ['own', 'centre'], ['own-station', 'own'],
        ['foreign', 'centre'], ['foreign-station', 'foreign'];
merchant($_) for 'own', 'foreign';
created(put('/points/funds/river', { title => 'River' }, @ADMIN));
is(post('/points/audit', {}, @ADMIN, key => undef)->{status}, 202,
   'there is an audit to look at');
volunteer('foreign', station => 'foreign-station');


# How to make what a field names, for a request of which "volunteer" is known
# already: own; foreign, of another scope; always, also where it is optional.

my $made = 0;

sub fresh_volunteer {
    my $id = 'v' . ++$made;
    volunteer($id, station => 'own-station');
    grant($id, 2000);
    created(post("/points/volunteers/$id/hours",
                 { minutes => 60, on => today() },
                 as => 'organizer:li:own'));
    return $id;
}

sub own_offer {
    my $id = 'o' . ++$made;
    offer($id, merchant => 'own', price => 1);
    return $id;
}

my %THINGS = (
    volunteer => { own => sub { $_[1] eq 'thankShare' ? 'foreign'
                                : $_[0]{volunteer} }, always => 1,
                   foreign => sub { 'foreign' } },
    into => { own => \&fresh_volunteer },
    leader => {},

    org => { own => sub { 'own-station' }, always => 1,
             foreign => sub { 'foreign-station' } },
    parent => { own => sub { 'own' }, always => 1,
                foreign => sub { 'foreign' } },
    station => { own => sub { 'own-station' },
                 foreign => sub { 'foreign-station' } },
    team => { own => sub {
        my ($about) = @_;
        my $id = 't' . ++$made;
        created(put("/points/teams/$id",
                    { title => 't', kind => 'social', org => 'own-station',
                      leader => $about->{volunteer} }, @ADMIN));
        return $id;
    } },

    merchant => { own => sub { 'own' }, foreign => sub { 'foreign' } },
    offer => { own => \&own_offer },
    code => { own => sub {
        my ($about, $operation) = @_;
        return certificate($about) if $operation eq 'checkCertificate';
        return redeem(own_offer(), $about->{volunteer})->{code};
    } },
    fund => { own => sub { 'river' } },

    case => { own => sub { 'grant' } },
    entry => { own => sub {
        my ($about) = @_;
        return grant($about->{volunteer}, 1)->{entry};
    } },
    award => { own => sub {
        my ($about) = @_;
        my $r = post("/points/volunteers/$about->{volunteer}/awards",
                     { case => 'bravery', points => 1, evidence => 'e' },
                     @OTHER);
        return $r->{json}{entry};
    } },
    activity => { own => \&own_activity },
    project => { own => sub {
        my $id = 'p' . ++$made;
        created(put("/points/projects/$id",
                    { title => 'p', class => 'c', org => 'own-station' },
                    @ADMIN));
        return $id;
    } },
    class => { own => sub { 'c' } },
    every => { own => sub { 'day' } },
    post => {},
    state => {},
    resident => { own => sub { 'resident' } },
    need => { own => \&own_need },
    tag => {},
);

sub certificate {
    my ($about) = @_;
    return created(get("/points/volunteers/$about->{volunteer}/certificate",
                       @ADMIN))->{code};
}

# What is not just any value of its type, by the field's name.
my %VALUES = (
    starts => sub { moment(-600) },
    ends => sub { moment(3600) },
    until => sub { today(3) },
    on => sub { today() },
    posts => sub { [{ id => 'p', title => 'p', places => 9 }] },
);

sub moment {
    return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ',
                           gmtime redis('TIME')->[0] + $_[0]);
}

# An activity under way, and what comes before an operation on it.
sub own_activity {
    my ($about, $operation) = @_;

    my $path = '/points/activities/a' . ++$made;
    created(put($path, { title => 'a', place => 'p', org => 'own-station',
                         withdraw_until => moment(3600),
                         map { $_ => $VALUES{$_}->() } qw( starts ends posts )
                       }, @ADMIN));
    created(post("$path/publish", {}, @ADMIN, key => undef));

    my @before = $operation eq 'postSignup' ? ()
                 : $operation eq 'postCheckout' ? qw( signups checkin )
                 : $operation =~ /^post(?:Withdraw|Checkin|Confirm)$/
                 ? 'signups' : ();
    created(post("$path/$_", { volunteer => $about->{volunteer} }, @ADMIN))
        for @before;
    $about->{code} = created(get("$path/code", @ADMIN))->{code};
    return "a$made";
}

# A need of the resident's, and what comes before an operation on it.
sub own_need {
    my ($about, $operation) = @_;

    # whose word it is, the resident's or the volunteer's
    my $theirs = $operation =~ /^(?:confirm|withdraw)Need$/;
    my $taker = $theirs ? fresh_volunteer() : $about->{volunteer};
    my $id = created(post('/points/needs',
                          { title => 'n', tags => [], minutes => 60,
                            station => 'own-station', on => today(),
                            resident => $theirs ? $about->{volunteer}
                                                : 'r' . ++$made },
                          @ADMIN))->{id};
    my %before = (finishNeed => ['accept'], releaseNeed => ['accept'],
                  confirmNeed => [qw( accept done )]);
    created(post("/points/needs/$id/$_",
                 $_ eq 'accept' ? { volunteer => $taker } : {},
                 @ADMIN)) for @{ $before{$operation} || [] };
    return $id;
}

# What goes with none of the other things.
my %ALONE = (getNeeds => 'org');

# What is refused for the time of day, or because nobody has applied or told.
my %LATER = (postCheckout => 'too-early', postConfirm => 'too-early',
             shortlistVolunteer => 'not-found', postShare => 'not-served',
             thankShare => 'not-found', hideShare => 'not-found',
             showShare => 'not-found');

# What a scope binds, by role; a list that all roles may read is bound by none.
my %BOUND = (
    organizer => { map { $_ => 1 } qw( volunteer org team parent station
                                       activity project ) },
    merchant => { map { $_ => 1 } qw( merchant offer code ) },
    volunteer => { map { $_ => 1 } qw( volunteer code team ) },
);

# Operations that bind nobody by what they name, or by one of the fields.
my %FREE = map { $_ => 1 } (
    # volunteers serve wherever they want to
    (map { "$_ volunteer" } qw( postSignup postWithdraw postCheckin
                                postCheckout postConfirm )),
    # for what others told
    'thankShare',
    # lists that everybody reads
    'getActivities org', 'getProjects org', 'getNeeds',
);


my %AS = (
    volunteer => sub { "volunteer:$_[0]{volunteer}" },
    organizer => sub { 'organizer:li:own' },
    merchant => sub { 'merchant:chen:own' },
    admin => sub { 'admin:root' },
    auditor => sub { 'auditor:xu' },
);

my %FOREIGN = (
    volunteer => 'volunteer:foreign',
    organizer => 'organizer:zhao:foreign',
    merchant => 'merchant:sun:foreign',
);

my $document = created(get('/points/openapi.json', @ADMIN));
my %unknown;


# The fields of an operation: [name, where, whether it is required, schema].

sub fields {
    my ($operation) = @_;

    my @fields = map { [@{$_}{qw( name in required schema )}] }
                 grep { $_->{in} ne 'header' }
                 @{ $operation->{parameters} || [] };

    my $content = ($operation->{requestBody} || {})->{content} || {};
    my $schema = ($content->{'application/json'} || {})->{schema} || {};
    my %required = map { $_ => 1 } @{ $schema->{required} || [] };

    return @fields, map { [$_, 'body', $required{$_},
                           $schema->{properties}{$_}] }
                    sort keys %{ $schema->{properties} || {} };
}


sub names_a_thing {
    my ($schema) = @_;
    return !$schema->{enum}
           && ($schema->{'$ref'} // '') =~ m{/(?:Id|TypedCode)\z};
}


# A value that a schema allows.

sub some {
    my ($schema) = @_;

    return $schema->{enum}[0] if $schema->{enum};

    if (defined(my $minimum = $schema->{minimum})) {
        return $minimum > 1 ? $minimum : 1;
    }

    my ($named) = ($schema->{'$ref'} // '') =~ m{(\w+)\z};
    return '2026-01-01' if ($named // '') eq 'Date';
    return '2026-01-01T00:00:00Z' if ($named // '') eq 'Time';
    return [] if ($named // '') eq 'Ids';
    return 'x';
}


# The value of every field that a request needs, by "where name".

sub values_of {
    my ($operation) = @_;

    my $id = $operation->{operationId};
    my %about = (volunteer => fresh_volunteer());
    my %value;

    for (fields($operation)) {
        my ($name, $in, $required, $schema) = @$_;

        if (!names_a_thing($schema)) {
            $value{"$in $name"} = $VALUES{$name} ? $VALUES{$name}->()
                                                   : some($schema)
                if $required;
            next;
        }

        my $thing = $THINGS{$name} or $unknown{$name}++, next;
        $value{"$in $name"} = $thing->{own}->(\%about, $id)
            if $thing->{own} && ($required || $thing->{always})
               && ($ALONE{$id} // $name) eq $name;
    }
    $value{'body code'} = $about{code}
        if $id =~ /^postCheck(?:in|out)$/ && $about{code};

    return (\%about, \%value);
}


sub ask {
    my ($method, $path, $operation, $value, $as) = @_;

    my %body = map { /^body (.*)/ ? ($1 => $value->{$_}) : () } keys %$value;
    my @query = map { /^query (.*)/ ? "$1=$value->{$_}" : () }
                sort keys %$value;

    $path =~ s/\{(\w+)\}/$value->{"path $1"}/g;
    $path .= '?' . join '&', @query if @query;

    my $content = ($operation->{requestBody} || {})->{content};
    my @body = !$content ? ()
               : $content->{'application/json'} ? (body => \%body)
               : (body => '', type => (sort keys %$content)[0]);
    my $keyed = grep { $_->{name} eq 'Idempotency-Key' }
                @{ $operation->{parameters} || [] };

    return request(uc $method, "/points$path", @body,
                   $keyed ? (key => fresh_key()) : (), as => $as);
}


for my $path (sort keys %{ $document->{paths} }) {
    for my $method (sort keys %{ $document->{paths}{$path} }) {
        my $operation = $document->{paths}{$path}{$method};
        my $id = $operation->{operationId};
        my %may = map { $_ => 1 } @{ $operation->{'x-roles'} };

        # those that may

        for my $role (sort keys %may) {
            my ($about, $value) = values_of($operation);
            my $r = ask($method, $path, $operation, $value,
                        $AS{$role}->($about));
            my $none = $id eq 'getMe' && $role ne 'volunteer';

            ok($none ? $r->{status} == 404
               : $LATER{$id} ? $r->{raw} =~ /:$LATER{$id}"/
               : $r->{status} =~ /^20[012]$/,
               "$role: $method $path") or diag("$r->{status} $r->{raw}");
        }

        next if $operation->{'x-public'};

        # those that may not

        my ($about, $value) = values_of($operation);

        is_problem(ask($method, $path, $operation, $value, $_->[1]), 403,
                   'forbidden', "$_->[0] may not $method $path")
            for (map { [$_, $AS{$_}->($about)] }
                 grep { !$may{$_} } sort keys %AS),
                ['a role that is none', 'visitor:root'],
                ['a role in capitals', 'ADMIN:root'];
        is_problem(ask($method, $path, $operation, $value, undef), 401,
                   'no-identity', "nobody may $method $path");

        # those that may, for another scope

        next if keys %may == keys %AS || $FREE{$id};

        for my $role (grep { $FOREIGN{$_} } sort keys %may) {
            ($about, $value) = values_of($operation);
            my @named = grep { $BOUND{$role}{$_} } map { (split)[1] }
                        sort keys %$value;
            next unless @named;

            is_problem(ask($method, $path, $operation, $value,
                           $FOREIGN{$role}),
                       403, 'forbidden',
                       "$role of another scope may not $method $path");
        }

        # and those that name what is of another, beside their own

        for my $field (fields($operation)) {
            my ($name, $in, undef, $schema) = @$field;
            next if $in eq 'path' || !names_a_thing($schema)
                    || $FREE{"$id $name"};
            my $foreign = ($THINGS{$name} || {})->{foreign} or next;

            for my $role (grep { $may{$_} && $BOUND{$_}{$name} }
                          sort keys %BOUND)
            {
                ($about, $value) = values_of($operation);
                $value->{"$in $name"} = $foreign->($about);
                delete $value->{"$in $ALONE{$id}"}
                    if ($ALONE{$id} // $name) ne $name;
                is_problem(ask($method, $path, $operation, $value,
                               $AS{$role}->($about)),
                           403, 'forbidden',
                           "$role may not $method $path with another $name");
            }
        }
    }
}

is_deeply([sort keys %unknown], [], 'this suite knows what every field names');

done();
