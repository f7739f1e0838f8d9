package VolModel::Rulebooks;

# The rulebooks that a round may be played by, and when it begins (UTC).

use strict;
use warnings;

use JSON::PP ();

use VolModel::Calendar qw( day_number );

use Exporter 'import';
our @EXPORT_OK = qw( rulebooks in_force );

my %CASES = (
    blood   => { title => 'Blood donation', min => 3, max => 20 },
    bravery => { title => 'Bravery', min => 10, max => 100 },
);

my %APPROVED = (
    %CASES,
    bravery => { title => 'Bravery', min => 10, max => 100, approval => JSON::PP::true() },
);

my %COMMON = (
    stars => [20, 60, 120, 240, 480],
    cases => \%CASES,
    obligations => { cadre => { points_per_year => 20 },
                     student => { points_per_year => 5 } },
    voucher => { valid_days => 3, kept_days => 20 },
);

my @RULEBOOKS = (
    {   name => 'life', begins => '2026-11-23T07:00:00',
        rules => { %COMMON, timezone => '+08:00', points_per_hour => 1,
                   limits => { minutes_per_day => 720 } } },

    {   name => 'ten', begins => '2027-12-29T03:29:58',
        rules => { %COMMON, timezone => '-03:30', points_per_hour => 10,
                   voucher => { valid_days => 1, kept_days => 2 } } },

    {   name => 'seven', begins => '2028-02-27T23:00:00',
        rules => { %COMMON, timezone => 'Z', points_per_hour => 7,
                   project_classes => { helping => { title => 'Helping' } },
                   limits => { minutes_per_day => 300 } } },

    {   name => 'approval', begins => '2026-12-30T12:00:00',
        rules => { %COMMON, timezone => '+05:45', points_per_hour => 7,
                   cases => \%APPROVED,
                   limits => { minutes_per_day => 600,
                               organizer_minutes_per_day => 700,
                               organizer_minutes_per_month => 2000 } } },

    {   name => 'limits', begins => '2027-03-28T00:00:00',
        rules => { %COMMON, timezone => '-03:30', points_per_hour => 10,
                   limits => { redemptions_per_day => 2,
                               redemptions_per_month => 6,
                               redemptions_per_quarter => 12,
                               redemptions_per_year => 30,
                               offer_redemptions_per_day => 1,
                               offer_redemptions_per_month => 3,
                               offer_redemptions_per_quarter => 5,
                               offer_redemptions_per_year => 10,
                               organizer_minutes_per_day => 1000 } } },

    {   name => 'late', begins => '2027-12-30T12:00:00',
        rules => { %COMMON, timezone => '+08:00', points_per_hour => 7,
                   limits => { minutes_per_day => 720,
                               spendable_within_days => 7,
                               redemptions_per_quarter => 9 } } },

    {   name => 'years', begins => '2027-02-27T10:00:00',
        rules => { %COMMON, timezone => '+08:00', points_per_hour => 10,
                   expiry => { years => 1 } } },

    {   name => 'december', begins => '2026-12-20T00:00:00',
        rules => { %COMMON, timezone => '-03:30', points_per_hour => 7,
                   cases => \%APPROVED,
                   expiry => { on => '01-01' },
                   limits => { spendable_within_days => 100 } } },

    {   name => 'leap', begins => '2028-02-27T09:00:00',
        rules => { %COMMON, timezone => '+14:00', points_per_hour => 1,
                   expiry => { years => 1 },
                   limits => { minutes_per_day => 600 } } },

    {   name => 'dated', begins => '2026-12-25T00:00:00',
        rules => { %COMMON, timezone => '+08:00', points_per_hour => 10,
                   from => '2027-02-10',
                   cases => \%APPROVED, stars => [10, 50, 100],
                   expiry => { years => 1 },
                   voucher => { valid_days => 5, kept_days => 3 },
                   limits => { minutes_per_day => 480,
                               redemptions_per_month => 3 },
                   earlier => [
                       { %COMMON, points_per_hour => 7, from => '2027-01-08',
                         obligations => { general => { points_per_year => 8 } },
                         expiry => { years => 2, on => '06-30' },
                         limits => { spendable_within_days => 30,
                                     offer_redemptions_per_quarter => 2,
                                     organizer_minutes_per_month => 900 } },
                       { %COMMON, points_per_hour => 1,
                         cases => { blood => { title => 'Blood donation',
                                               min => 1, max => 10 } },
                         limits => { minutes_per_day => 720,
                                     redemptions_per_month => 5 } },
                   ] } },
);


# Each with name, begins, utc_offset, zone, the whole rules, and their parts by
# the day from which each holds.

sub rulebooks {
    my @books;

    for (@RULEBOOKS) {
        my %book = %$_;
        my $rules = $book{rules} = { version => $book{name}, %{ $book{rules} } };

        my $i = 0;
        $rules->{earlier} = [ map { { version => "$book{name}-" . ++$i, %$_ } }
                              @{ $rules->{earlier} } ] if $rules->{earlier};

        my ($sign, $hours, $minutes)
            = $rules->{timezone} =~ /\A([+-])(\d\d):(\d\d)\z/;
        $book{zone} = $sign ? $rules->{timezone} : '+00:00';
        $book{utc_offset} = $sign ? "${sign}1" * ($hours * 3600 + $minutes * 60)
                                  : 0;

        $book{parts} = [ map { +{ from => $_->{from}
                                      ? day_number(split /-0?/, $_->{from}) : 0,
                                  rules => $_ } }
                         $rules, @{ $rules->{earlier} || [] } ];
        push @books, \%book;
    }

    return @books;
}


# The rules that hold on a day.

sub in_force {
    my ($book, $day) = @_;

    for (@{ $book->{parts} }) {
        return $_->{rules} if $day >= $_->{from};
    }
    return $book->{parts}[-1]{rules};
}


1;
