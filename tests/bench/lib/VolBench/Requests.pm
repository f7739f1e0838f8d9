package VolBench::Requests;

# The two requests that most of a district's day is made of, as bytes, for
# volunteers who take turns.

use strict;
use warnings;

use VolTest::HTTP qw( build );

use VolBench::Site qw( api );

use Exporter 'import';
our @EXPORT_OK = qw( put_offer redemptions accounts_read );


# An offer that everybody can have, often, unless options say other.

sub put_offer {
    my ($id, %o) = @_;

    api('PUT', 'merchants/bench', { title => 'bench' });
    api('PUT', "offers/$id", { merchant => 'bench', title => 'bench',
                               price => 1, stock => 1_000_000_000, %o });
}


# A sub that makes one redemption after the other, each with a key of its own.

sub redemptions {
    my ($offer, @volunteers) = @_;

    my $n = 0;
    return sub {
        my $volunteer = $volunteers[$n++ % @volunteers];
        return build('POST', "/points/offers/$offer/redemptions",
                     as => "volunteer:$volunteer", body => '{}',
                     key => sprintf('%s-%08d', $offer, $n));
    };
}


sub accounts_read {
    my (@volunteers) = @_;

    my @requests = map { build('GET', '/points/me', as => "volunteer:$_") }
                   @volunteers;
    my $n = 0;
    return sub { $requests[$n++ % @requests] };
}


1;
