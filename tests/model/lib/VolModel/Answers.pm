package VolModel::Answers;

# What an answer is to be, and how it differs from the one that came.

use strict;
use warnings;

use Exporter 'import';
our @EXPORT_OK = qw( problem done new_entry differs unlike );


sub problem {
    my ($status, $type, $field) = @_;
    return { status => $status, type => "urn:ngx-vol:$type",
             defined $field ? (field => $field) : () };
}


sub done {
    my ($status, $json, %more) = @_;
    return { status => $status, json => $json, %more };
}


# The id of a new entry: of this second, and not seen before.

sub new_entry {
    my ($m, $answer) = @_;

    my $json = $answer->{json};
    my $entry = ref $json eq 'HASH' ? $json->{entry} : undef;
    return 'of now, new' unless defined $entry
        && $entry =~ /\A$m->{now}000-\d+\z/ && !$m->find_entry($entry);
    return $entry;
}


# The first difference between what was expected and what came, or undef.

sub differs {
    my ($is, $answer) = @_;

    return "status $answer->{status}, not $is->{status}"
        if $answer->{status} != $is->{status};
    return 'Idempotent-Replayed is ' . $answer->{replayed}
        if $answer->{replayed} != ($is->{replayed} // 0);
    return $answer->{raw} eq $is->{raw} ? undef : 'not the answer of before'
        if $is->{replayed};
    return unlike($is->{json}, $answer->{json}, '') if $is->{json};

    for my $name (qw( type field )) {
        return "$name " . ($answer->{json}{$name} // '-') . ", not $is->{$name}"
            if defined $is->{$name}
               && $is->{$name} ne ($answer->{json}{$name} // '');
    }
    return undef;
}


sub unlike {
    my ($is, $got, $at) = @_;

    if (ref $is eq 'HASH' && ref $got eq 'HASH') {
        my %all = (%$is, %$got);
        for (sort keys %all) {
            my $differ = unlike($is->{$_}, $got->{$_}, "$at.$_");
            return $differ if defined $differ;
        }
        return undef;
    }

    if (ref $is eq 'ARRAY' && ref $got eq 'ARRAY') {
        return "$at has " . @$got . ', not ' . @$is if @$is != @$got;
        for (0 .. $#$is) {
            my $differ = unlike($is->[$_], $got->[$_], "$at\[$_]");
            return $differ if defined $differ;
        }
        return undef;
    }

    return undef if defined $is && defined $got ? $is eq $got
                                                : !defined $is && !defined $got;
    return "$at is " . ($got // 'null') . ', not ' . ($is // 'null');
}


1;
