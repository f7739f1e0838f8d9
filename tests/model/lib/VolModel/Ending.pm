package VolModel::Ending;

# All that can be asked of a district; and at the end of a round its exports,
# its seals and an audit.

use strict;
use warnings;

use Digest::SHA qw( sha256_hex );

use VolTest qw( get post wait_for );

use VolModel::Answers qw( unlike );
use VolModel::Calendar qw( year_of );
use VolModel::Client qw( decode );
use VolModel::Needs qw( needs );
use VolModel::Orgs qw( tree );
use VolModel::Service qw( all_activities );

use Exporter 'import';
our @EXPORT_OK = qw( everything check_ledger check_exports audit );


# Operations that read everything but accounts and their ledgers.

sub everything {
    my ($m) = @_;

    my @admin = (user => 'root', role => 'admin');
    my $ask = sub { my ($do, %args) = @_;
                    return { do => $do, @admin, args => \%args } };
    my $year = year_of($m->today);
    my @orgs = sort keys %{ tree($m) };
    my @people = $m->volunteers;

    return (
        (map { $ask->('get_voucher', code => $_) } grep { $m->voucher($_) }
         map { $_->{code} } $m->all('redemptions')),
        (map { $ask->('get_offer', offer => $_->{id}) } $m->all('offers')),
        (map { $ask->('get_fund', fund => $_) } qw( school flood )),
        $ask->('books'), $ask->('stats'),

        (map { my $org = $_;
               (map { $ask->('org_stats', org => $org, year => $_) }
                $year, $year - 1),
               $ask->('orgs', parent => $org), $ask->('teams', org => $org),
               $ask->('leaderboard', org => $org, limit => 100),
               $ask->('leaderboard', org => $org, year => $year),
               $ask->('obligations', org => $org),
               $ask->('needs', org => $org) } @orgs),
        $ask->('orgs'), $ask->('teams'), $ask->('leaderboard'),
        $ask->('leaderboard', year => $year), $ask->('obligations'),
        (map { $ask->('members', team => $_) }
         sort keys %{ VolModel::Orgs::all_teams($m) }),

        $ask->('projects'),
        (map { my $id = $_->{is}{id};
               ($ask->('get_activity', activity => $id),
                $ask->('signups', activity => $id),
                $ask->('shares', activity => $id)) } all_activities($m)),
        (map { $ask->('activities', state => $_) }
         qw( open over draft closed cancelled )),
        $ask->('activities', places => 'true'),
        (map { { do => 'my_signups', user => $_, role => 'volunteer',
                 args => {} } } @people),

        (map { $ask->('get_need', need => $_->{id}) } needs($m)),
        (map { $ask->('needs', state => $_) }
         qw( open accepted done confirmed withdrawn expired )),
        (map { $ask->('candidates', need => $_->{id}) }
         grep { $_->{state} eq 'open' } needs($m)),
        (map { my $who = $_;
               ((map { $ask->('needs', $_ => $who) }
                 qw( resident volunteer )),
                { do => 'suggestions', user => $who, role => 'volunteer',
                  args => {} }) } @people),
    );
}


# The ledger as it is exported adds up to the books and the stocks, has no more
# than the accounts' entries, and its seals are the digests of its lines.

sub check_ledger {
    my ($m, $entries) = @_;

    my $base = "/$m->{book}{name}";
    my @auditor = (as => 'auditor:a');

    my @lines = split /\n/, get("$base/export?what=ledger", @auditor)->{raw};
    pop @lines;
    my %sum = (points => 0, earned => 0);
    my %stock;
    for my $e (map { decode($_) } @lines) {
        $sum{$_} += $e->{$_} for qw( points earned );
        $entries-- if $e->{type} ne 'stock';
        my %change = (stock => $e->{amount}, redemption => -1,
                      cancellation => 1, expiry => 1);
        $stock{ $e->{ref} } += $change{ $e->{type} }
            if defined $change{ $e->{type} };
    }

    my $is = $m->totals;
    my %differ = (points => $sum{points} - $is->{balance},
                  earned => $sum{earned} - $is->{earned}, entries => $entries,
                  map { $_ => $stock{$_} - $m->offer($_)->{stock} }
                  keys %stock);
    die "by the exported ledger $_ differs by $differ{$_}\n"
        for grep { $differ{$_} } sort keys %differ;

    my @ids = map { /\A\{"entry":"([^"]+)"/ } @lines;
    my @seals;
    wait_for(sub {
        @seals = ();
        my $after;
        do {
            my $page = get("$base/seals?limit=100"
                           . (defined $after ? "&after=$after" : ''),
                           @auditor)->{json};
            unshift @seals, reverse @{ $page->{seals} };
            $after = $page->{next};
        } while (defined $after);
        return @seals && $seals[-1]{seal} eq $ids[-1];
    }, 20) or die "the ledger is not sealed\n";

    my $digest = '0' x 64;
    for my $seal (@seals) {
        my $before = $digest;
        my @covered = splice @ids, 0, $seal->{entries};
        $digest = sha256_hex("$digest\n$_\n")
            for splice @lines, 0, $seal->{entries};
        my $differ = unlike(
            { seal => $covered[-1], first => $covered[0],
              entries => scalar @covered, digest => $digest,
              previous => $before, algorithm => 'sha256' },
            { map { $_ => $seal->{$_} } qw( seal first entries digest previous
                                            algorithm ) },
            "seal $seal->{seal}");
        die "$differ\n" if defined $differ;
    }
}


# What is exported is what the books hold.

sub exported {
    my ($m, $what) = @_;
    my @lines = map { decode($_) }
                split /\n/, get("/$m->{book}{name}/export?what=$what",
                                as => 'auditor:a')->{raw};
    die "the export of $what has no end\n" unless @lines && $lines[-1]{end};
    pop @lines;
    return @lines;
}


sub check_exports {
    my ($m) = @_;
    my $differ = registry_differs($m, exported($m, 'registry'))
                 // accounts_differ($m, exported($m, 'accounts'))
                 // vouchers_differ($m, exported($m, 'vouchers'));
    die "$differ\n" if defined $differ;
}


# The lines of the registry by what they are and of which thing.

sub registry {
    my ($m) = @_;

    my %is;
    for my $id (grep { !$m->merged_into($_) } $m->volunteers) {
        my $put = $m->last_of("put:$id");
        $is{"volunteer $id"} = {
            volunteer => $id,
            map { defined $put->{$_} ? ($_ => $put->{$_}) : () }
            qw( kind station teams tags free minor listed )
        };
        my $called = $m->all("called:$id");
        $is{"volunteer $id"}{called} = $called if $called;
    }
    $is{"merchant $_->{id}"} = { merchant => $_->{id}, title => $_->{title} }
        for map { $m->last_of("merchant:$_->{id}") } $m->all('merchants');
    for (map { $m->offer($_->{id}) } $m->all('offers')) {
        my %offer = (%$_, offer => $_->{id}, stock => 0);
        delete $offer{id};
        $is{"offer $offer{offer}"} = \%offer;
    }
    $is{"fund $_"} = { fund => $_, title => $m->fund($_)->{title} }
        for qw( school flood );
    for (values %{ tree($m) }) {
        $is{"org $_->{id}"} = { org => $_->{id}, title => $_->{title},
                                parent => $_->{parent} };
    }
    for (values %{ VolModel::Orgs::all_teams($m) }) {
        my %team = (%$_, team => $_->{id});
        delete $team{id};
        $is{"team $team{team}"} = \%team;
    }
    for my $name (map { "goal:$_" } goals($m)) {
        my $goal = $m->last_of($name);
        next unless $goal->{hours};
        $is{"goal $goal->{org} " . ($goal->{year} // '')} = {
            org => $goal->{org}, hours => $goal->{hours},
            defined $goal->{year} ? (year => $goal->{year}) : ()
        };
    }
    return \%is;
}


sub goals {
    my ($m) = @_;
    my %seen;
    return grep { !$seen{$_}++ }
           map { $_->{org} . ':' . ($_->{year} // '') } $m->all('goals');
}


# The first difference between the registry and its export, or undef.  Lines of
# another type are passed over.

sub registry_differs {
    my ($m, @lines) = @_;

    my %known = map { $_ => 1 }
                qw( volunteer merchant offer fund org goal team );
    my %got;
    for (grep { $known{ $_->{type} // '' } } @lines) {
        my %line = %$_;
        my $type = delete $line{type};
        my $name = $type eq 'goal' ? "$line{org} " . ($line{year} // '')
                                   : $line{$type};
        return "registry has $type $name twice" if $got{"$type $name"};
        for (defined $line{parent} ? "org $line{parent}" : (),
             $type eq 'team' && defined $line{org} ? "org $line{org}" : (),
             defined $line{leader} ? "volunteer $line{leader}" : ())
        {
            return "registry has $type $name before $_" unless $got{$_};
        }
        $got{"$type $name"} = \%line;
    }
    delete $got{"volunteer $_"} for grep { $m->merged_into($_) } $m->volunteers;
    return unlike(registry($m), \%got, 'registry');
}


# The same of accounts, when nothing of theirs has ended that is not written.

sub accounts_differ {
    my ($m, @lines) = @_;

    my @ids = map { $_->{id} } @lines;
    my $differ = unlike([$m->volunteers], \@ids, 'accounts');
    return $differ if defined $differ;

    for my $got (@lines) {
        my $merge = $m->merged_into($got->{id});
        my %is = $merge ? (merged => $m->answering($got->{id}))
                        : %{ $m->account($got->{id}) };
        delete @is{qw( next_star expiring )};
        my $called = $m->all("called:$got->{id}");
        $is{called} = $called if $called && !$merge;
        $got = { id => $got->{id}, merged => $got->{merged} } if $merge;
        $is{id} = $got->{id};
        $differ = unlike(\%is, $got, "account $got->{id}");
        return $differ if defined $differ;
    }
    return undef;
}


# The same of vouchers that are kept.

sub vouchers_differ {
    my ($m, @lines) = @_;

    my %got = map { $_->{code} => $_ } @lines;
    my %is = map { $_->{code} => $_ }
             map { $m->voucher_json($_, 1) } grep { $m->voucher($_) }
             map { $_->{code} } $m->all('redemptions');
    return unlike(\%is, \%got, 'vouchers');
}


# An audit by the module itself finds nothing.

sub audit {
    my ($m) = @_;

    my $path = "/$m->{book}{name}/audit";
    my @auditor = (as => 'auditor:a');
    my $audit;

    my $asked = post($path, undef, @auditor);
    die "audit: $asked->{status} $asked->{raw}\n" if $asked->{status} != 202;
    wait_for(sub {
        $audit = get($path, @auditor);
        return defined $audit->{json}{finished};
    }, 30) or die "the audit does not end: $audit->{raw}\n";
    die "the audit finds $audit->{raw}\n" if $audit->{json}{mismatches} != 0;
}


1;
