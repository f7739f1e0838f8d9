package VolTest::Certificates;

# Certificates of a suite, made by openssl while it runs: each is NAME.pem with
# its key in NAME.key, both in the suite's directory.

use strict;
use warnings;

use POSIX ();

use VolTest::Place qw( path write_file read_file );

use Exporter 'import';
our @EXPORT = qw( authority certificate );


# One that signs others, and itself.

sub authority {
    my ($name) = @_;

    openssl('req', '-x509', new_key($name), '-days', 2, '-subj', "/CN=$name",
            '-out', path("$name.pem"));
    return path("$name.pem");
}


# Options: by => the authority, none for one that signs itself; names => what it
# is for, such as "DNS:redis.test,IP:127.0.0.1"; days => until it ends.

sub certificate {
    my ($name, %o) = @_;

    my $days = $o{days} // 2;
    my $names = "subjectAltName=" . ($o{names} || 'DNS:nobody.test');

    if (!$o{by}) {
        openssl('req', '-x509', new_key($name), '-days', $days, '-subj',
                "/CN=$name", '-addext', $names, '-out', path("$name.pem"));
        return path("$name.pem");
    }

    openssl('req', new_key($name), '-subj', "/CN=$name", '-out',
            path("$name.csr"));
    openssl('x509', '-req', '-in', path("$name.csr"), '-days', $days,
            '-CA', path("$o{by}.pem"), '-CAkey', path("$o{by}.key"),
            '-CAcreateserial', '-extfile', write_file("$name.ext", "$names\n"),
            '-out', path("$name.pem"));
    return path("$name.pem");
}


sub new_key {
    my ($name) = @_;
    return ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
            '-nodes', '-keyout', path("$name.key"));
}


sub openssl {
    my (@words) = @_;

    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', path('openssl.out');
        open STDERR, '>&', \*STDOUT;
        exec 'openssl', @words or POSIX::_exit(127);
    }

    waitpid $pid, 0;
    die "openssl @words: ", read_file('openssl.out') if $?;
}


1;
