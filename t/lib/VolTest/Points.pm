package VolTest::Points;

# What the suites say of the points API: people and offers to begin with, and
# the answers they expect.

use strict;
use warnings;

use POSIX ();
use Test::More;

use Exporter 'import';
our @EXPORT_OK = qw(
    is_problem created volunteer grant merchant offer redeem
    account balance entries today this_year
);

our $PREFIX = '/points';        # where the suites' API stands

*get = \&VolTest::get;
*put = \&VolTest::put;
*post = \&VolTest::post;
*redis = \&VolTest::redis;


sub today {
    my ($days) = @_;

    my $now = redis('TIME')->[0] + 8 * 3600 + ($days || 0) * 86400;
    return POSIX::strftime('%Y-%m-%d', gmtime $now);
}


sub this_year { substr(today(), 0, 4) + 0 }


# The answer is the problem document of that type, and names the field if told.

sub is_problem {
    my ($response, $status, $type, $name, $field) = @_;

    my $p = $response->{json};
    $p = {} unless ref $p eq 'HASH';

    my $got = join ' ', $response->{status}, $p->{status} // '-',
              $response->{headers}{'content-type'} // '-',
              $p->{type} // '-', defined $p->{title} ? 'titled' : 'untitled';
    my $want = join ' ', $status, $status, 'application/problem+json',
               "urn:ngx-vol:$type", 'titled';

    if (defined $field) {
        $got .= " field " . ($p->{field} // '-');
        $want .= " field $field";
    }

    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is($got, $want, $name) or diag("body: $response->{raw}");
}


# What a suite stands on: dies when it isn't 200 or 201, gives the JSON.

sub created {
    my ($response) = @_;

    $response->{status} =~ /^20[01]$/
        or die "not created: $response->{status} $response->{raw}\n";
    return $response->{json};
}


sub volunteer {
    my ($id, %o) = @_;
    return created(put("$PREFIX/volunteers/$id", { kind => 'general', %o },
                       as => 'admin:root'));
}


sub grant {
    my ($id, $points) = @_;
    return created(post("$PREFIX/volunteers/$id/awards",
                        { case => 'grant', points => $points,
                          evidence => 'for the test' },
                        as => 'admin:root'));
}


sub merchant {
    my ($id, %o) = @_;
    return created(put("$PREFIX/merchants/$id", { title => $id, %o },
                       as => 'admin:root'));
}


sub offer {
    my ($id, %o) = @_;
    return created(put("$PREFIX/offers/$id",
                       { merchant => 'tea', title => $id, price => 10,
                         stock => 5, %o },
                       as => 'admin:root'));
}


sub redeem {
    my ($offer, $volunteer, %o) = @_;
    return created(post("$PREFIX/offers/$offer/redemptions", {},
                        as => "volunteer:$volunteer", %o));
}


sub account {
    my ($id) = @_;
    return created(get("$PREFIX/volunteers/$id", as => 'admin:root'));
}


sub balance { account($_[0])->{balance} }


# The newest entries of a volunteer's ledger.

sub entries {
    my ($id) = @_;
    return @{ created(get("$PREFIX/volunteers/$id/ledger?limit=100",
                          as => 'admin:root'))->{entries} };
}


1;
