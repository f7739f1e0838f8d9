package VolModel::Operations;

# What the API is asked, and what the books must say to it.  An operation is
# {do, user, role, scope, key, args}; done to the books it gives the answer that
# is expected.  What only nginx can know, the id of an entry or the code of a
# voucher, is taken from the answer it gave.
#
# Each module below has its part of the API: %ENDPOINTS, and for each of them a
# do_NAME(books, operation, args, answer).  An endpoint is [method, path, who
# may, whether a key is needed, fields of the body or the query], and "self"
# among those who may is a volunteer for themself, whom the field named behind a
# colon tells, "volunteer" when none is.  A field with a "+" is no string in
# JSON.

use strict;
use warnings;

use VolModel::Alliance;
use VolModel::Answers qw( problem );
use VolModel::Attendance;
use VolModel::Corrections;
use VolModel::Needs;
use VolModel::Orgs;
use VolModel::Reports;
use VolModel::Service;
use VolModel::Shares;
use VolModel::Volunteers;

use Exporter 'import';
our @EXPORT_OK = qw( request expected text );

my (%endpoints, %do);

for my $part (qw( Volunteers Corrections Alliance Orgs Service Attendance Shares
                  Needs Reports ))
{
    no strict 'refs';
    my %its = %{ "VolModel::${part}::ENDPOINTS" };
    @endpoints{ keys %its } = values %its;
    $do{$_} = "VolModel::$part"->can("do_$_")
              // die "$part can't do $_\n" for keys %its;
}


# A value in JSON; of what is in a list, places are numbers.

sub text {
    my ($value, $bare) = @_;

    return '[' . join(',', map { text($_) } @$value) . ']'
        if ref $value eq 'ARRAY';
    return '{' . join(',', map { "\"$_\":" . text($value->{$_}, /places/) }
                      sort keys %$value) . '}'
        if ref $value eq 'HASH';
    return $bare ? $value : "\"$value\"";
}


# The bytes of a request below /BASE/.

sub request {
    my ($op, $base) = @_;

    my ($method, $path, undef, undef, @fields) = @{ $endpoints{ $op->{do} } };
    my $args = $op->{args};
    $path =~ s/:(\w+)/$args->{$1}/g;

    my @members;
    for my $field (@fields) {
        my ($name, $bare) = $field =~ /\A(.*?)(\+?)\z/;
        my $value = $args->{$name} // next;
        push @members, $method eq 'GET' ? "$name=$value"
                                        : "\"$name\":" . text($value, $bare);
    }
    $path .= ($path =~ /\?/ ? '&' : '?') . join '&', @members
        if $method eq 'GET' && @members;

    my $head = "$method /$base/$path HTTP/1.1\r\nHost: localhost\r\n"
               . "X-User: $op->{user}\r\nX-Role: $op->{role}\r\n";
    $head .= "X-Scope: $op->{scope}\r\n" if defined $op->{scope};
    $head .= "Idempotency-Key: $op->{key}\r\n" if defined $op->{key};
    return "$head\r\n" if $method eq 'GET';

    my $body = '{' . join(',', @members) . '}';
    return $head . "Content-Type: application/json\r\nContent-Length: "
           . length($body) . "\r\n\r\n$body";
}


# What the books say: {status, json}, {status, type, field}, or of a repeat
# {status, raw, replayed}.

sub expected {
    my ($m, $op, $answer) = @_;

    my (undef, $path, $roles, $key) = @{ $endpoints{ $op->{do} } };
    my $args = $op->{args};
    my $self = $roles =~ /\bself(?::(\w+))?/ ? $1 // 'volunteer' : undef;
    my $for_self = defined $self && $op->{role} eq 'volunteer';

    return problem(403, 'forbidden')
        unless $for_self || $roles =~ /\b$op->{role}\b/;
    return problem(400, 'idempotency-key-required', 'Idempotency-Key')
        if $key && !defined $op->{key};
    return problem(403, 'forbidden')
        if $for_self && ($args->{$self} // $op->{user}) ne $op->{user};

    my $asked = join "\0", $path, $op->{role}, $op->{scope} // '',
                map { "$_=" . text($args->{$_}) } grep { defined $args->{$_} }
                sort keys %$args;

    if (defined $op->{key} && (my $record = $m->record($op))) {
        return problem(422, 'idempotency-key-reused', 'Idempotency-Key')
            if $record->{asked} ne $asked;
        return { status => $record->{status}, raw => $record->{raw},
                 replayed => 1 };
    }

    my $is = $do{ $op->{do} }->($m, $op, $args, $answer);

    if (defined $op->{key} && $is->{json}) {
        $m->fact({ type => 'key', asked => $asked, status => $is->{status},
                   raw => $answer->{raw}, code => $is->{code} },
                 "key:$op->{user} $op->{key}");
    }
    return $is;
}


1;
