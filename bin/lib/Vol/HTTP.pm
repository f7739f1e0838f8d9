package Vol::HTTP;

# The points API, by way of curl: it knows TLS, sockets and proxies.  Headers
# reach it through a pipe, never on its command line, where everybody on the
# machine could read them.

use strict;
use warnings;

use Fcntl qw( F_SETFD F_SETFL F_GETFL O_NONBLOCK );
use IO::Select;
use JSON::PP ();
use POSIX ();
use Time::HiRes ();

use Vol::Show qw( fail give_up note shown );

use constant PIECE => 65536;
use constant DOCUMENT => 16 << 20;      # the longest answer held in memory
use constant PAUSE => 30;               # seconds, between attempts at most

my $json = JSON::PP->new->utf8;
my $running;                            # curl's pid


sub new {
    my ($class, $options) = @_;

    my $url = $options->{url} // '';
    fail('where is the points API? Say it with --url, as '
         . 'https://portal.example/points/, or in VOL_URL.') if $url eq '';
    fail("\"" . shown($url) . '" is no address of a points API; one begins '
         . 'with http:// or https:// and has no "?".')
        if $url !~ m{\Ahttps?://[^/?\#\x00-\x20\x7f]+
                     (?:/[^?\#\x00-\x20\x7f]*)?\z}x;

    return bless {
        url => $url =~ s{/*\z}{/}r,
        headers => [headers($options)],
        socket => $options->{'unix-socket'},
        cacert => $options->{cacert},
        retries => $options->{retries},
        patience => $options->{patience},
        met => 0,                       # the API has answered before
    }, $class;
}


sub headers {
    my ($options) = @_;

    my @headers = @{ $options->{header} || [] };
    my $file = $options->{'header-file'};

    if (defined $file) {
        open my $in, '<', $file
            or fail('the header file ' . shown($file)
                    . " can't be read: $!.");
        note('everybody on this machine can read ' . shown($file)
             . '; "chmod 600" keeps what is in it secret.')
            if -f $in && (stat _)[2] & 0004;
        push @headers, grep { !/\A\s*(?:#|\z)/ } map { s/\s+\z//r } <$in>;
    }

    my $name = qr/[A-Za-z0-9!#\$%&'*+.^_`|~-]+/;
    for my $i (0 .. $#headers) {
        # it may be secret, and is not shown
        fail('a header is written as "Name: value"; number ' . ($i + 1)
             . ' of those given is not.')
            unless $headers[$i] =~ /\A$name:[^\x00-\x08\x0a-\x1f\x7f]*\z/;
    }

    return @headers;
}


# A small question; the answer's JSON.

sub ask {
    my ($self, $method, $path, %o) = @_;
    my $response = $self->exchange($method, $path, %o);
    return eval { $json->decode($response->{body}) }
           // give_up("what $self->{url} answers is not of a points API.");
}


# Calls $attempt until it does not die of something that may pass.  $further
# says how far it came: attempts that get further are not counted.  Unless a
# connection was cut, what fails before the API has answered once fails at once.

sub persist {
    my ($self, $attempt, $further) = @_;

    my $failed = 0;
    my $best = $further ? $further->() : 0;

    while (1) {
        my ($done, $value);
        $done = eval { $value = $attempt->(); 1 };
        return $value if $done;

        my $fault = $@;
        die $fault unless ref $fault
                          && ($fault->{cut} || $fault->{again} && $self->{met});

        my $came = $further ? $further->() : 0;
        $failed = 0 if $came > $best;
        $best = $came if $came > $best;
        die $fault if ++$failed > $self->{retries};

        my $pause = 2 ** ($failed - 1);
        $pause = PAUSE if $pause > PAUSE;
        note("$fault->{sentence} Trying again in $pause s.");
        Time::HiRes::sleep($pause);
    }
}


# Sends a request and returns {status, headers, body}; dies of any other status
# than 2xx and when the answer is not whole.
#   give    gives the next bytes of the body, undef at its end
#   take    takes the bytes of the answer, which are then not in "body"
#   begin   is called with the headers before that

sub exchange {
    my ($self, $method, $path, %o) = @_;

    my ($in, $out, $err) = $self->curl($self->config($method, $path, %o),
                                       $o{give});
    my %got = (status => 0, headers => {}, body => '');
    my ($buffer, $complaint, $given) = ('', '', '');
    my $reading = IO::Select->new($out, $err);
    my $writing = IO::Select->new($o{give} ? $in : ());

    my $curl = $running;
    my $ok = eval {
        while ($reading->count) {
            my ($can_read, $can_write)
                = IO::Select::select($reading, $writing, undef, 1);

            for my $handle (@{ $can_read || [] }) {
                my $n = sysread $handle, my $bytes, PIECE;
                next if !defined $n && $!{EINTR};
                if (!$n) {
                    $reading->remove($handle);
                } elsif ($handle == $err) {
                    $complaint .= $bytes if length $complaint < 4096;
                } else {
                    $buffer .= $bytes;
                    $self->receive(\%got, \$buffer, %o);
                }
            }

            if (@{ $can_write || [] }) {
                $given = $o{give}->() if $given eq '';
                my $n = defined $given ? syswrite $in, $given : undef;
                if (defined $n) {
                    substr $given, 0, $n, '';
                } elsif (!defined $given || !$!{EAGAIN} && !$!{EINTR}) {
                    # the end, or curl wants no more: its answer says why
                    $writing->remove($in);
                    close $in;
                }
            }
        }
        1;
    };
    my $fault = $@;

    kill 'TERM', $curl unless $ok;
    waitpid $curl, 0;
    undef $running;
    die $fault unless $ok;

    $self->judge(\%got, $? >> 8, $complaint);
    return \%got;
}


# What curl is told, in the form of its configuration.

sub config {
    my ($self, $method, $path, %o) = @_;

    my %quoted = (url => $self->{url} . $path, request => $method,
                  'connect-timeout' => 15, 'speed-limit' => 1,
                  'speed-time' => $self->{patience});
    $quoted{'unix-socket'} = $self->{socket} if defined $self->{socket};
    $quoted{cacert} = $self->{cacert} if defined $self->{cacert};

    my @headers = @{ $self->{headers} };
    if ($o{give}) {
        $quoted{'upload-file'} = '-';
        push @headers, 'Transfer-Encoding: chunked', 'Expect:',
                       "Content-Type: $o{type}";
    } elsif ($method eq 'POST') {
        $quoted{data} = '';
        push @headers, 'Content-Type:';
    }

    my $quote = sub { '"' . $_[0] =~ s/([\\"])/\\$1/gr =~ s/\t/\\t/gr . '"' };

    return join "\n", 'silent', 'show-error', 'include', 'no-buffer', 'globoff',
                'http1.1', 'suppress-connect-headers',
                (map { "$_ = " . $quote->($quoted{$_}) } sort keys %quoted),
                (map { 'header = ' . $quote->($_) } @headers), '';
}


sub curl {
    my ($self, $config, $give) = @_;

    pipe my $in_read, my $in_write or fail("no pipe: $!.");
    pipe my $out_read, my $out_write or fail("no pipe: $!.");
    pipe my $err_read, my $err_write or fail("no pipe: $!.");
    pipe my $told_read, my $told_write or fail("no pipe: $!.");

    my $pid = fork() // fail("curl can't be started: $!.");

    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw( PIPE INT TERM HUP );
        fcntl $told_read, F_SETFD, 0;
        $give ? open STDIN, '<&', $in_read : open STDIN, '<', '/dev/null';
        open STDOUT, '>&', $out_write;
        open STDERR, '>&', $err_write;
        { no warnings; exec 'curl', '-q', '-K', '/dev/fd/' . fileno $told_read }
        POSIX::_exit(127);
    }

    $running = $pid;
    close $_ for $in_read, $out_write, $err_write, $told_read;
    binmode $_ for $in_write, $out_read, $err_read, $told_write;

    syswrite $told_write, $config;
    close $told_write;

    if ($give) {
        fcntl $in_write, F_SETFL, fcntl($in_write, F_GETFL, 0) | O_NONBLOCK;
    } else {
        close $in_write;
    }

    return ($in_write, $out_read, $err_read);
}


# Takes the head off what came, then hands on the body.

sub receive {
    my ($self, $got, $buffer, %o) = @_;

    while (!$got->{headed}) {
        $$buffer =~ s/\A(HTTP\/\S+ +(\d\d\d).*?\n)\r?\n//s or return;
        my ($head, $status) = ($1, $2);
        next if $status < 200;

        $got->{headed} = 1;
        $got->{status} = $status;
        $got->{headers} = { map { lc $_->[0] => $_->[1] }
                            map { [/\A([^:\s]+):\s*(.*?)\s*\z/ ? ($1, $2)
                                                               : ('', '')] }
                            split /\n/, $head };
        if ($status =~ /\A2/) {
            $self->{met} = 1;
            $o{begin}->($got->{headers}) if $o{begin};
        }
    }

    return if $$buffer eq '';

    if ($o{take} && $got->{status} =~ /\A2/) {
        $o{take}->($$buffer);
    } else {
        $got->{body} .= $$buffer if length $got->{body} < DOCUMENT;
    }
    $$buffer = '';
}


# Was it answered, and whole?

sub judge {
    my ($self, $got, $exit, $complaint) = @_;

    return if $got->{status} =~ /\A2/ && $exit == 0;

    give_up('curl is not installed; "apt install curl" does it.')
        if $exit == 127 && !$got->{status};

    $self->refused($got) if $got->{status} && $got->{status} !~ /\A2/;

    $complaint =~ s/\Acurl: \(\d+\)\s*//;
    $complaint =~ s/\s+\z//;
    $complaint = $complaint ne '' ? ' (' . shown($complaint) . ')'
                 : $exit ? " (curl ended with $exit)" : '';

    my %sentence = (
        3 => 'the address of the points API is not written as one.',
        5 => 'the name of the proxy is not known here.',
        6 => 'the name of the server is not known here.',
        7 => 'the server does not take connections.',
        28 => 'the server did not answer in time.',
        58 => 'the certificates could not be used.',
        60 => 'the server\'s certificate is not one to trust; --cacert names '
              . 'the file of those to trust.',
        77 => 'the file of certificates to trust can\'t be used.',
    );
    my %passes = map { $_ => 1 } 5, 6, 7, 28, 35;
    # to curl a head that is cut is a whole answer
    my %cut = map { $_ => 1 } 0, 16, 18, 52, 55, 56, 92;

    give_up(($sentence{$exit} // ($got->{status}
             ? 'the connection was cut before all had come.'
             : 'there was no answer.')) . $complaint,
            again => $passes{$exit}, cut => $cut{$exit});
}


sub refused {
    my ($self, $got) = @_;

    my $status = $got->{status};
    my $problem = eval { $json->decode($got->{body}) };
    $problem = {} unless ref $problem eq 'HASH';
    my ($type) = ($problem->{type} // '') =~ /\Aurn:ngx-vol:(.+)/;
    my $detail = $problem->{detail} // $problem->{title};

    my %sentence = (
        'no-identity' => 'the portal does not know who asks. Send the cookie '
            . 'or the token of your sign-in with --header-file.',
        'forbidden' => 'you may not do this here: it takes the role of an '
            . 'admin, or for what only reads of an auditor.',
        'store-unavailable' => 'the points system can\'t reach its Redis at '
            . 'present.',
        'store-corrupt' => 'what Redis holds is not as the points system wrote '
            . 'it; nginx\'s error log says where.',
        'body-too-large' => 'the server does not take a body as long as this: '
            . 'see client_max_body_size of nginx.',
    );

    my $sentence = defined $type && $sentence{$type};
    $sentence = $sentence . (defined $problem->{detail}
                             ? " ($problem->{detail})" : '') if $sentence;
    $sentence ||= defined $type && "the server refuses: $detail"
                  . (defined $problem->{field} ? " ($problem->{field})" : '')
                  . '.';
    $sentence ||= $status =~ /\A3/
        ? 'the server sends on to another address, as portals do when nobody '
          . 'is signed in. Send the cookie or the token of your sign-in with '
          . '--header-file.'
        : $status == 401 || $status == 403
        ? "the server does not let you in ($status). Send the cookie or the "
          . 'token of your sign-in with --header-file.'
        : $status == 404 || $status == 405
        ? "there is no points API at $self->{url} ($status)."
        : $status == 413
        ? "the server does not take a body as long as this ($status)."
        : "the server answers with an error ($status).";

    give_up($sentence, status => $status, type => $type // '',
            again => scalar($status =~ /\A(?:408|429|50[0234])\z/
                            && ($type // '') ne 'store-corrupt'));
}


# A value of a query.

sub escaped { $_[0] =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ger }


END { kill 'TERM', $running if $running }


1;
