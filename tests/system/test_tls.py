"""MLLP in TLS, and feeds that dial their sender, with peers that nobody here wrote: Python's ssl, openssl s_client and
python3-hl7's MLLP client.  The certificates are made by openssl for this run."""
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time

import pytest
from hl7.client import MLLPClient

import harness

SUBJECT = '/O=Test/CN={}'


def openssl(*words, cwd):
    done = subprocess.run(['openssl', *words], cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Certificates:
    """A folder of authorities, keys and certificates."""

    def __init__(self, folder):
        self.folder = str(folder)
        for ca in ('ca', 'stranger'):
            self.key(ca)
            openssl('req', '-x509', '-new', '-key', f'{ca}.key', '-days', '400', '-subj', SUBJECT.format(ca),
                    '-out', f'{ca}.pem', cwd=self.folder)
        self.issue('server', 'DNS:refractd.test,IP:127.0.0.1')
        self.issue('lis', 'DNS:lis.test')
        self.issue('byname', 'DNS:engine.test')
        self.issue('unlisted', 'DNS:other.test')
        self.issue('expired', 'DNS:lis.test', days='-1')
        self.issue('forged', 'DNS:lis.test', ca='stranger')

    def path(self, name):
        return os.path.join(self.folder, name)

    def key(self, name):
        openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', f'{name}.key', cwd=self.folder)

    def issue(self, name, names, ca='ca', days='100'):
        if not os.path.exists(self.path(f'{name}.key')):
            self.key(name)
        openssl('req', '-new', '-key', f'{name}.key', '-subj', SUBJECT.format(name), '-out', f'{name}.csr',
                cwd=self.folder)
        with open(self.path('ext'), 'w', encoding='utf-8') as file:
            file.write(f'subjectAltName={names}\n')
        openssl('x509', '-req', '-in', f'{name}.csr', '-CA', f'{ca}.pem', '-CAkey', f'{ca}.key', '-CAcreateserial',
                '-days', days, '-extfile', 'ext', '-out', f'{name}.new', cwd=self.folder)
        os.rename(self.path(f'{name}.new'), self.path(f'{name}.pem'))

    def fingerprint(self, name):
        said = openssl('x509', '-in', f'{name}.pem', '-noout', '-fingerprint', '-sha256', cwd=self.folder)
        return said.strip().split('=')[1]

    def serial(self, name):
        return openssl('x509', '-in', f'{name}.pem', '-noout', '-serial', cwd=self.folder).strip().split('=')[1]

    def client(self, name=None, **limits):
        context = ssl.create_default_context(cafile=self.path('ca.pem'))
        if name:
            context.load_cert_chain(self.path(f'{name}.pem'), self.path(f'{name}.key'))
        for key, value in limits.items():
            setattr(context, key, value)
        return context

    def server(self, name='server', client=True):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path(f'{name}.pem'), self.path(f'{name}.key'))
        if client:
            context.load_verify_locations(self.path('ca.pem'))
            context.verify_mode = ssl.CERT_REQUIRED
        return context


FEEDS = """
  - name: mutual
    kind: mllp
    listen: "127.0.0.1:{mutual}"
    map: demo.yaml
    max_connections: 8
    handshake_ms: 700
    frame_ms: 1000
    tls: {{cert: {c}/server.pem, key: {c}/server.key, ca: {c}/ca.pem,
          peers: ["sha256:{lis}", "dns:engine.test"]}}
  - name: anyone
    kind: mllp
    listen: "127.0.0.1:{anyone}"
    map: demo.yaml
    tls: {{cert: {c}/server.pem, key: {c}/server.key}}
  - name: dialled
    kind: mllp
    connect: "127.0.0.1:{dialled}"
    map: demo.yaml
    redial_ms: 400
    tls: {{cert: {c}/lis.pem, key: {c}/lis.key, ca: {c}/ca.pem, name: refractd.test}}
  - name: misnamed
    kind: mllp
    connect: "127.0.0.1:{misnamed}"
    map: demo.yaml
    redial_ms: 400
    tls: {{ca: {c}/ca.pem, name: somebody.else}}
  - name: plain
    kind: mllp
    connect: "127.0.0.1:{plain}"
    map: demo.yaml
    redial_ms: 400
"""
NAMES = ('mutual', 'anyone', 'dialled', 'misnamed', 'plain')


class TlsDaemon(harness.Daemon):
    def __init__(self, certificates):
        self.certificates = certificates
        self.tls = dict(zip(NAMES, harness.free_ports(len(NAMES))))
        super().__init__(debug=True)

    def write_config(self, disk_mark='1MiB'):
        super().write_config(disk_mark)
        with open(self.config, encoding='utf-8') as file:
            text = file.read()
        feeds = FEEDS.format(c=self.certificates.folder, lis=self.certificates.fingerprint('lis'), **self.tls)
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text.replace('\nalert_feed:', f'{feeds}\nalert_feed:', 1))

    def feeds(self):
        out = self.ctl('feeds', '--json')
        assert out.returncode == 0, out.stderr
        return {row['feed']: row for row in map(json.loads, out.stdout.splitlines())}


@pytest.fixture(scope='module')
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp('certificates'))


@pytest.fixture(scope='module')
def running(certificates):
    with TlsDaemon(certificates) as d:
        yield d


COUNT = iter(range(1, 10000))


def message():
    control = f'TLS{next(COUNT)}'
    text = (f'MSH|^~\\&|LIS|HOSP|R|R|20261101120000+0100||ORU^R01^ORU_R01|{control}|P|2.5.1\r'
            f'PID|1||{control}^^^HOSP^MR||Doe^J||19500101|M\r'
            f'OBR|1||{control}|2857-1^PSA^LN|||20261101110000+0100|||||||||||||||20261101115000+0100|||F\r'
            'OBX|1|NM|2857-1^PSA^LN||4.0|ng/mL|||||F\r')
    return control, text


class SecureClient(MLLPClient):
    """python3-hl7's client with a socket in TLS."""

    def __init__(self, port, context, name='refractd.test'):
        super().__init__('127.0.0.1', port)
        self.socket.settimeout(harness.PATIENCE)
        self.socket = context.wrap_socket(self.socket, server_hostname=name)


def answered(answer, control):
    return harness.msa(answer) == ('AA', control)


def ask(port, context):
    control, text = message()
    with SecureClient(port, context) as client:
        assert answered(client.send_message(text), control)


def test_good_peers_are_answered(running, certificates):
    before = running.feeds()['mutual']['messages']
    ask(running.tls['mutual'], certificates.client('lis'))
    ask(running.tls['mutual'], certificates.client('byname'))
    ask(running.tls['mutual'], certificates.client('lis', maximum_version=ssl.TLSVersion.TLSv1_2))
    ask(running.tls['anyone'], certificates.client())

    def told():
        feed = running.feeds()['mutual']
        return feed['messages'] == before + 3 and feed
    feed = harness.wait_until('feeds tell of them', told)
    assert feed['state'] == 'listening' and feed['tls'] and 90 <= feed['tls_days_left'] <= 100
    assert feed['last_message_age_s'] <= 30
    assert feed['address'] == f'127.0.0.1:{running.tls["mutual"]}'
    text = running.ctl('feeds').stdout
    assert re.search(r'^mutual mllp tls 127\.0\.0\.1:\d+ listening, \d+ connections, \d+ messages', text, re.M)
    assert re.search(r'^lis mllp 127\.0\.0\.1:\d+ listening', text, re.M)


@pytest.mark.parametrize('version', ['-tls1_2', '-tls1_3'])
def test_openssl_s_client(running, certificates, version):
    c = certificates.path
    command = ['openssl', 's_client', '-connect', f'127.0.0.1:{running.tls["mutual"]}', version, '-quiet',
               '-cert', c('lis.pem'), '-key', c('lis.key'), '-CAfile', c('ca.pem'), '-verify_return_error',
               '-verify_hostname', 'refractd.test', '-servername', 'refractd.test']
    control, text = message()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as peer:
        peer.stdin.write(harness.mllp_frame(text.encode()))
        peer.stdin.flush()
        got = b''
        while b'\x1c\r' not in got:
            got += peer.stdout.read1()
        peer.kill()
    assert answered(got, control)


def refused(running, context):
    """No answer; the daemon says why."""
    mark = len(running.log_text())
    control, text = message()
    with pytest.raises((ssl.SSLError, ConnectionError, harness.Broken)):
        with SecureClient(running.tls['mutual'], context) as client:
            answer = client.send_message(text)
            harness.msa(answer)  # b'': closed
    running.wait_for('tls.refused', mark)
    assert control not in running.stored_ids()
    return running.log_text()[mark:]


@pytest.mark.parametrize('top', [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize('name,why', [
    (None, 'peer did not return a certificate'), ('forged', 'unable to get local issuer certificate|self.signed'),
    ('expired', 'certificate has expired'), ('unlisted', 'not in the list of peers')])
def test_bad_peers_are_turned_away(running, certificates, name, why, top):
    before = running.feeds()['mutual']['turned_away'] if name is None else None
    log = refused(running, certificates.client(name, maximum_version=top))
    assert re.search(rf'tls.refused why=.*({why}).* feed=mutual peer=127\.0\.0\.1:\d+', log), log
    if name:  # what an integrator compares, and puts into the list of peers
        assert 'sha256=' + certificates.fingerprint(name).replace(':', '').lower() in log
    else:
        harness.wait_until('counted', lambda: running.feeds()['mutual']['turned_away'] > before)


@pytest.mark.parametrize('version', ['-tls1', '-tls1_1'])
def test_old_versions_are_refused(running, certificates, version):
    c = certificates.path
    peer = subprocess.run(['openssl', 's_client', '-connect', f'127.0.0.1:{running.tls["anyone"]}', version,
                           '-cipher', 'ALL@SECLEVEL=0', '-CAfile', c('ca.pem')],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    assert peer.returncode != 0
    assert 'Cipher is (NONE)' in peer.stdout and 'alert protocol version' in peer.stderr


def test_no_renegotiation(running, certificates):
    c = certificates.path
    peer = subprocess.run(['openssl', 's_client', '-connect', f'127.0.0.1:{running.tls["anyone"]}', '-tls1_2',
                           '-CAfile', c('ca.pem')],
                          input='R\n', capture_output=True, text=True, timeout=30, check=False)
    assert 'RENEGOTIATING' in peer.stderr
    assert 'no renegotiation' in peer.stderr, peer.stderr


def test_a_server_that_is_not_the_one_meant(running, certificates):
    with pytest.raises(ssl.SSLCertVerificationError):
        SecureClient(running.tls['anyone'], certificates.client(), name='elsewhere.test')


@pytest.mark.parametrize('first', [b'\x0bMSH|^~\\&|LIS\r\x1c\r', b'GET / HTTP/1.0\r\n\r\n', bytes(range(256)) * 8])
def test_no_tls_at_all(running, first):
    mark = len(running.log_text())
    with socket.create_connection(('127.0.0.1', running.tls['mutual']), harness.PATIENCE) as s:
        s.sendall(first)
        got = b''
        try:
            while part := s.recv(4096):
                got += part
        except ConnectionError:
            pass
    assert b'MSA' not in got and len(got) < 100  # at most a TLS alert
    running.wait_for('tls.refused', mark)


def test_half_handshakes_hold_no_slot(running, certificates):
    """More of them than there are slots, some with half a ClientHello: closed in time, and a good peer gets in."""
    hello = ssl.MemoryBIO()
    half = certificates.client().wrap_bio(ssl.MemoryBIO(), hello, server_hostname='refractd.test')
    with pytest.raises(ssl.SSLWantReadError):
        half.do_handshake()
    begun = hello.read()
    held = [socket.create_connection(('127.0.0.1', running.tls['mutual']), 5) for _ in range(8)]
    for s in held[:4]:
        s.sendall(begun[:len(begun) // 2])
    start = time.monotonic()
    for s in held:
        try:
            while s.recv(4096):
                pass
        except ConnectionError:
            pass
        s.close()
    assert time.monotonic() - start < 5
    ask(running.tls['mutual'], certificates.client('lis'))


def test_a_message_that_never_ends(running, certificates):
    """A byte now and then is no silence, but it ends all the same."""
    mark = len(running.log_text())
    with SecureClient(running.tls['mutual'], certificates.client('lis')) as client:
        start = time.monotonic()
        with pytest.raises((ssl.SSLError, ConnectionError)):
            client.socket.sendall(b'\x0bMSH|^~\\&|')
            while time.monotonic() - start < harness.PATIENCE:
                client.socket.sendall(b'X')
                time.sleep(0.1)
        assert 1 <= time.monotonic() - start < 6
    running.wait_for('frame too slow', mark)


def test_goodbye(running, certificates):
    """We answer a close_notify with ours: unwrap() fails on a peer that just hangs up."""
    control, text = message()
    with SecureClient(running.tls['mutual'], certificates.client('lis')) as client:
        assert answered(client.send_message(text), control)
        client.socket.unwrap()


def test_half_closed(running, certificates):
    """Some senders close their side after the last message, without a word of TLS, and wait for the answer."""
    control, text = message()
    with SecureClient(running.tls['mutual'], certificates.client('lis')) as client:
        client.socket.sendall(harness.mllp_frame(text.encode()))
        with socket.socket(fileno=os.dup(client.socket.fileno())) as bare:
            bare.shutdown(socket.SHUT_WR)
        assert answered(client.socket.recv(65536), control)


def test_a_large_message_in_small_records(running, certificates):
    control, text = message()
    text = text + ''.join(f'NTE|{i}|L|{"word " * 190}\r' for i in range(1, 3000))
    with SecureClient(running.tls['anyone'], certificates.client()) as client:
        client.socket.settimeout(30)
        raw = harness.mllp_frame(text.encode())
        for at in range(0, len(raw), 5000):
            client.socket.sendall(raw[at:at + 5000])
        assert answered(client.socket.recv(65536), control)


# --- senders that listen

class Listener:
    """A sender as some laboratories have it: it waits to be called."""

    def __init__(self, port, context=None):
        self.context = context
        self.socket = socket.create_server(('127.0.0.1', port))
        self.socket.settimeout(harness.PATIENCE)

    def take(self):
        s, _ = self.socket.accept()
        s.settimeout(harness.PATIENCE)
        return self.context.wrap_socket(s, server_side=True) if self.context else s

    def close(self):
        self.socket.close()


def hand_over(s):
    control, text = message()
    s.sendall(harness.mllp_frame(text.encode()))
    got = b''
    while b'\x1c\r' not in got:
        part = s.recv(4096)
        assert part, 'closed without an answer'
        got += part
    assert answered(got, control)
    return control


@pytest.mark.parametrize('feed', ['plain', 'dialled'])
def test_we_dial_the_sender(running, certificates, feed):
    peer = Listener(running.tls[feed], certificates.server() if feed == 'dialled' else None)
    try:
        for _ in range(2):  # the second time after a loss
            s = peer.take()
            first, second = hand_over(s), hand_over(s)
            assert {first, second} <= set(running.stored_ids())
            harness.wait_until('connected', lambda: running.feeds()[feed]['state'] == 'connected')
            if feed == 'dialled':
                assert s.getpeercert()['subject'][1] == (('commonName', 'lis'),)
            s.close()
    finally:
        peer.close()
    row = harness.wait_until('refused', lambda: running.feeds()[feed]['problem'] and running.feeds()[feed])
    assert row['state'] == 'away' and 'refused' in row['problem']
    assert row['address'] == f'127.0.0.1:{running.tls[feed]}'


def test_we_do_not_dial_just_anyone(running, certificates):
    """A sender with a good certificate of another name gets nothing from us and hands nothing over."""
    mark = len(running.log_text())
    peer = Listener(running.tls['misnamed'], certificates.server(client=False))
    try:
        with pytest.raises((ssl.SSLError, OSError)):
            s = peer.take()
            hand_over(s)
    finally:
        peer.close()
    running.wait_for('tls.refused', mark)
    assert re.search(r'feed=misnamed.*hostname mismatch', running.log_text()[mark:], re.I)


# --- files

def test_new_certificates_on_sighup(running, certificates):
    """Connections stay, new ones see the new certificate; a bad file is refused and the old one stays."""
    def shown():
        with SecureClient(running.tls['mutual'], certificates.client('lis')) as client:
            return client.socket.getpeercert()['serialNumber']
    roles = running.roles()
    first = certificates.serial('server')
    assert int(shown(), 16) == int(first, 16)
    with SecureClient(running.tls['mutual'], certificates.client('lis')) as old:
        certificates.issue('server', 'DNS:refractd.test,IP:127.0.0.1')
        mark = len(running.log_text())
        running.process.send_signal(signal.SIGHUP)
        running.wait_for('tls.reloaded name=mutual', mark)
        second = certificates.serial('server')
        assert second != first and int(shown(), 16) == int(second, 16)
        shutil.copy(certificates.path('lis.key'), certificates.path('server.key.bad'))
        shutil.copy(certificates.path('server.key'), certificates.path('server.key.good'))
        os.rename(certificates.path('server.key.bad'), certificates.path('server.key'))
        mark = len(running.log_text())
        running.process.send_signal(signal.SIGHUP)
        running.wait_for('supervisor.reload_refused', mark)
        log = running.log_text()[mark:]
        assert 'server.key: is not the key of the certificate' in log
        assert int(shown(), 16) == int(second, 16)
        os.rename(certificates.path('server.key.good'), certificates.path('server.key'))
        control, text = message()
        assert answered(old.send_message(text), control)
    assert running.roles() == roles  # nobody was started anew


def check(certificates, tmp_path, feed):
    file = tmp_path / 'refractd.yaml'
    folders = ''.join(f'  {n}: {harness.ROOT}/config/{n}\n'
                      for n in ('criteria', 'therapies', 'trials', 'maps', 'terminology'))
    file.write_text(f'folders:\n{folders}feeds:\n  - {feed.format(c=certificates.folder)}\n')
    done = subprocess.run([os.path.join(harness.BUILD, 'refractd'), '--check', '--config', str(file)],
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


LISTEN = '{{name: a, kind: mllp, listen: "127.0.0.1:1", map: demo.yaml, tls: '


@pytest.mark.parametrize('feed,code,text', [
    (LISTEN + '{{cert: {c}/server.pem, key: {c}/server.key, ca: {c}/ca.pem}}}}', 0, ''),
    (LISTEN + '{{cert: {c}/server.pem, key: {c}/server.key}}}}', 0, 'every client may send'),
    (LISTEN + '{{cert: {c}/none.pem, key: {c}/server.key}}}}', 1, r'none.pem: cannot be read \(no such file'),
    (LISTEN + '{{cert: {c}/server.key, key: {c}/server.key}}}}', 1, 'server.key: holds no certificate'),
    (LISTEN + '{{cert: {c}/server.pem, key: {c}/server.pem}}}}', 1, 'server.pem: holds no private key'),
    (LISTEN + '{{cert: {c}/server.pem, key: {c}/lis.key}}}}', 1, 'lis.key: is not the key of the certificate'),
    (LISTEN + '{{cert: {c}/server.pem, key: {c}/locked.key}}}}', 1, 'locked.key: .* without a passphrase'),
    (LISTEN + '{{cert: {c}/expired.pem, key: {c}/expired.key}}}}', 0, r'warning: .*expired.pem: ended \d+ days ago'),
    (LISTEN + '{{cert: {c}/soon.pem, key: {c}/soon.key}}}}', 0, r'warning: .*soon.pem: ends in [45] days'),
    (LISTEN + '{{ca: {c}/ca.pem}}}}', 1, 'a listener needs "cert" and "key"'),
    (LISTEN + '{{cert: {c}/server.pem}}}}', 1, '"cert" and "key" go together'),
    (LISTEN + '{{cert: {c}/server.pem, key: {c}/server.key, peers: ["dns:x"]}}}}', 1, '"peers" of a listener need "ca"'),
    (LISTEN + '{{cert: {c}/server.pem, key: {c}/server.key, ca: {c}/ca.pem, peers: ["lis"]}}}}', 1, 'a peer is expected'),
    (LISTEN + '{{cert: {c}/server.pem, key: {c}/server.key, keys: x}}}}', 1, 'keys'),
    ('{{name: a, kind: mllp, listen: "0.0.0.0:1", map: demo.yaml}}', 1, 'needs "tls", or, without it, "plaintext: true"'),
    ('{{name: a, kind: mllp, connect: "10.1.1.1:1", map: demo.yaml}}', 1, 'needs "tls"'),
    ('{{name: a, kind: mllp, connect: "10.1.1.1:1", map: demo.yaml, plaintext: true}}', 0, ''),
    ('{{name: a, kind: mllp, connect: "10.1.1.1:1", map: demo.yaml, tls: {{ca: {c}/ca.pem}}}}', 0, ''),
    ('{{name: a, kind: mllp, listen: "127.0.0.1:1", connect: "127.0.0.1:2", map: demo.yaml}}', 1, 'not both'),
    ('{{name: a, kind: zmq-router, listen: "tcp://127.0.0.1:1", map: demo.yaml, tls: {{ca: x}}}}', 1, 'no meaning'),
])
def test_check_says_what_is_wrong(certificates, tmp_path, feed, code, text):
    if not os.path.exists(certificates.path('locked.key')):
        openssl('ec', '-in', 'server.key', '-aes256', '-passout', 'pass:secret', '-out', 'locked.key',
                cwd=certificates.folder)
        certificates.issue('soon', 'DNS:soon.test', days='5')
    returned, said = check(certificates, tmp_path, feed)
    assert returned == code, said
    assert re.search(text, said), said
    if code == 1:
        assert re.search(r'refractd\.yaml:8:\d+: ', said), said
    assert 'secret' not in said and 'BEGIN' not in said


def test_a_certificate_that_ends_soon_is_told(certificates):
    certificates.issue('soon', 'DNS:refractd.test,IP:127.0.0.1', days='5')
    d = TlsDaemon(certificates)
    with open(d.config, encoding='utf-8') as file:
        text = file.read().replace('/server.', '/soon.')
    with open(d.config, 'w', encoding='utf-8') as file:
        file.write(text)
    with d:
        d.wait_for('tls.ends_soon')
        assert re.search(r'tls\.ends_soon name=mutual file=\S*/soon\.pem days=[45]', d.log_text())
        assert 'its certificate ends in' in harness.wait_until('feeds', lambda: d.ctl('feeds').stdout)
