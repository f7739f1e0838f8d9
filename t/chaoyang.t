#!/usr/bin/env perl

# A small year of a district like Chaoyang, brought in and lived: every figure
# of every org is the sum of the ledger, and so are the district's, leaderboards
# and obligations.  tests/bench/chaoyang does the same at full size.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../tests/bench/lib";
use VolTest;

use VolBench::Year;
use VolBench::YearSums;
use VolBench::YearWork;

my $VOLUNTEERS = 400;

# the suite's district, asked as a benchmark asks its own
package Here {
    require VolBench::District;
    our @ISA = 'VolBench::District';
    sub port { main::port() }
}

start(rules => VolBench::Year::rules(), conf => <<'CONF');
    vol_redis  %REDIS%;
    vol_rules  %RULES%;

    server {
        listen %PORT%;

        location /points/ {
            vol                   chaoyang;
            vol_duty_interval     100ms;
            client_max_body_size  0;
            %IDENTITY%
        }
    }
CONF

my $district = bless {}, 'Here';
my $today = int(redis('TIME')->[0] / 86_400 + 1 / 3);
my @small = (volunteers => $VOLUNTEERS, today => $today);
my $year = VolBench::Year->new(@small);

sub lines {
    my ($year, $type) = @_;
    my $text = '';
    open my $out, '>', \$text or die "$!\n";
    $year->print_lines($type, $out);
    close $out;
    return $text;
}

my $all = join '', map { lines($year, $_) } @VolBench::Year::TYPES;
my $twin = VolBench::Year->new(@small);
my %again = map { $_ => lines($twin, $_) } reverse @VolBench::Year::TYPES;
ok($all eq join('', @again{@VolBench::Year::TYPES}),
   'a year is the same for the same seed');

$district->import_lines(sub {
    my ($out) = @_;
    print $out $all;
});
is(redis('XLEN', 'vol:{chaoyang}:ledger'),
   $year->{attended} + 260 + grep({ /"type":"(?:award|opening)"/ }
                                  split /\n/, $all),
   'all of it comes in');

my $done = VolBench::YearWork::do_all($year, $district);
my $sums = VolBench::YearSums->new($year, $district, $done);
my @wrong = $sums->wrong;
ok(!@wrong, 'every figure of the orgs, the district, leaderboards and'
            . ' obligations is the sum of the ledger')
    or diag(join "\n", @wrong[0 .. ($#wrong < 20 ? $#wrong : 20)]);
cmp_ok($sums->{compared}, '>', 1000, "there are $sums->{compared} of them");
is($sums->{beneficiaries},
   int(10_632_000 * $VOLUNTEERS / 448_630 + 0.5),
   'beneficiaries are the share of a district of that size');

my $wrong = redis('HINCRBY', 'vol:{chaoyang}:g:s06', 'minutes', 1);
@wrong = VolBench::YearSums->new($year, $district, $done)->wrong;
is(scalar @wrong, 1, 'a minute more in Redis alone is seen');
like($wrong[0], qr/^s06, minutes: $wrong/, 'and where it is');
redis('HINCRBY', 'vol:{chaoyang}:g:s06', 'minutes', -1);

post('/points/audit', {}, as => 'auditor:wu', key => undef);
my $audit = wait_for(sub {
    my $audit = get('/points/audit', as => 'auditor:wu')->{json};
    $audit->{state} eq 'done' && $audit
});
is($audit->{verdict}, 'clean', 'and an audit finds nothing');

done();
