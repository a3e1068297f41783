"""Malformed bytes on every socket: a refusal, a quarantine or a closed connection, counters that add up, and no role
that dies of it."""
import glob
import os
import random
import re
import socket
import struct
import time

import pytest

import harness
import stories
from harness import feed_pb2, ingest_pb2

SHARED = os.environ.get('REFRACT_SHARED', os.path.join(harness.ROOT, '..', 'shared'))
OUTCOMES = ('stored', 'duplicate', 'ignored', 'quarantined', 'refused')


def add_up(status):
    return status['received'] == sum(status[k] for k in OUTCOMES)


class Unharmed:
    """The roles are the same processes before and after, the counts add up, and a healthy sender is served."""

    def __init__(self, daemon):
        self.daemon = daemon

    def __enter__(self):
        self.roles, self.before = self.daemon.wait_served(), self.daemon.status()
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            return
        # not at the first try where those who went away a moment ago still hold every place
        harness.wait_until('a healthy sender is served', self.healthy, 10)
        assert self.daemon.roles() == self.roles, 'a role has died'
        status = self.daemon.status()
        assert add_up(status)
        assert 'role.died' not in self.daemon.log_text()

    def healthy(self):
        p = stories.Patient(int(time.monotonic() * 1000) % 10000000)
        try:
            with harness.Mllp(self.daemon.port['lis']) as peer:
                return peer.ask(stories.psa(p, -30, '1.0')[1])[0] == 'AA'
        except ConnectionError:
            return False

    def grown(self):
        """By how much each count has grown."""
        now = self.daemon.status()
        return {k: now[k] - self.before[k] for k in ('received', *OUTCOMES)}

    def until(self, **wanted):
        harness.wait_until(f'{wanted}, now {self.grown()}',
                           lambda: all(self.grown()[k] == v for k, v in wanted.items()))


@pytest.fixture(scope='module')
def served():
    with harness.Daemon() as daemon:
        yield daemon


# --- MLLP

HEAD = b'MSH|^~\\&|SYSTEST|DEMOHOSP|REFRACTD|DEMOHOSP|20261101120000+0100||ORU^R01^ORU_R01|%s|P|2.5.1\r'


def noise(seed, count, size):
    dice = random.Random(seed)
    return [bytes(dice.randrange(256) for _ in range(dice.randrange(1, size))) for _ in range(count)]


def test_framed_noise(served):
    """A frame is a message: whatever is in it is counted and answered, once each."""
    payloads = [p.replace(b'\x0b', b'.').replace(b'\x1c', b'.') for p in noise(1, 60, 400)]
    payloads += [b'MSH', b'MSH|', b'MSH|^~\\&', b'MSH|^~\\&|', b'MSH||||||', b'MSH|^^^^|A|B\rPID|1', b'PID|1\rMSH|^~\\&',
                 b'\r\r\r', b'\0' * 50, b'FHS|^~\\&\rBHS|^~\\&\rBTS|1\rFTS|1', HEAD % b'H1', HEAD % b'H2' + b'OBX|1|NM',
                 HEAD % b'H3' + b'PID|1||X^^^A^MR\r' + b'OBX|1|NM|2857-1^P^LN||1e999|ng/mL|||||F\r' * 50,
                 HEAD % b'H4' + b'PID|' + b'~^&\\' * 2000, b'\xff\xfeM\0S\0H\0|\0', b'\xef\xbb\xbf' + HEAD % b'H5']
    with Unharmed(served) as u:
        for payload in payloads:
            with harness.Mllp(served.port['lis']) as peer:
                peer.write(harness.mllp_frame(payload))
                code, _ = harness.msa(peer.answer())
                assert code in ('AA', 'AE', 'AR'), payload
        grown = u.grown()
        assert grown['received'] == len(payloads) + 1, grown  # PID before MSH: two messages in one frame
        assert grown['quarantined'] >= 60 and grown['refused'] == 0


def test_noise_without_frames(served):
    """Bytes outside of frames are no messages; the connection stays usable, or is closed."""
    with Unharmed(served) as u:
        for n, raw in enumerate(noise(2, 40, 3000)):
            raw = raw.replace(b'\x0b', b'').replace(b'MSH', b'')
            with harness.Mllp(served.port['lis']) as peer:
                peer.write(raw + harness.mllp_frame(stories.psa(stories.Patient(7000 + n), -30, '1.0')[1]))
                assert harness.msa(peer.answer())[0] == 'AA'
        assert u.grown() == {'received': 40, 'stored': 40, 'duplicate': 0, 'ignored': 0, 'quarantined': 0, 'refused': 0}


def test_bare_and_cut_messages_are_counted(served):
    """A sender without MLLP, and one that stops in the middle of a frame: neither is passed over in silence."""
    with Unharmed(served) as u:
        for n in range(3):
            with harness.Mllp(served.port['lis']) as peer:
                peer.write(stories.psa(stories.Patient(7100 + n), -30, '1.0')[1])
                assert peer.end() == b''
        for n in range(4):
            with harness.Mllp(served.port['lis']) as peer:
                peer.write(harness.mllp_frame(stories.psa(stories.Patient(7200 + n), -30, '1.0')[1])[:-30 - n])
                assert peer.end() == b''
        u.until(refused=7, received=7)
        labels = {k[1]: v for k, v in served.counters().items() if k[0] == 'refused'}
        assert labels['lis bare_msh'] >= 3 and labels['lis cut'] >= 4


def test_cuts_and_deviations_of_framing(served):
    """Any cut of the stream is the same messages; FS without CR, LF after CR and a restarted frame are taken."""
    messages = [stories.psa(stories.Patient(7300 + n), -30, '1.0') for n in range(8)]
    with Unharmed(served) as u, harness.Mllp(served.port['lis']) as peer:
        for byte in harness.mllp_frame(messages[0][1]):
            peer.write(bytes([byte]))
        peer.write(b'\x0b' + messages[1][1] + b'\x1c' + harness.mllp_frame(messages[2][1]))
        peer.write(harness.mllp_frame(messages[3][1]) + b'\n' + harness.mllp_frame(messages[4][1]))
        peer.write(b'\x0bMSH|^~\\&|half' + harness.mllp_frame(messages[5][1]) + b'\x0b\x1c\x0d')
        peer.write(harness.mllp_frame(messages[6][1]) + b'\x0b' + messages[7][1] + b'\x1c')
        got = [harness.msa(peer.answer()) for _ in range(8)]
        assert got == [('AA', control) for control, _ in messages]
        assert u.grown()['stored'] == 8


def test_oversize(served):
    """More than 16 MiB in one frame: refused with AR, nothing kept, and the next message is taken."""
    big = HEAD % b'BIG' + b'PID|1||Q1^^^DEMO^MR\rOBX|1|TX|' + b'A' * (17 << 20)
    control, small = stories.psa(stories.Patient(7400), -30, '1.0')
    with Unharmed(served) as u, harness.Mllp(served.port['lis'], timeout=60) as peer:
        peer.write(harness.mllp_frame(big) + harness.mllp_frame(small))
        assert harness.msa(peer.answer()) == ('AR', 'BIG')
        assert harness.msa(peer.answer()) == ('AA', control)
        u.until(received=2, stored=1, refused=1)


def test_large_but_allowed(served):
    control, payload = stories.psa(stories.Patient(7401), -30, '1.0')
    payload += b'NTE|1||' + b'B' * (4 << 20) + b'\r'
    with Unharmed(served) as u, harness.Mllp(served.port['lis'], timeout=60) as peer:
        assert peer.ask(payload) == ('AA', control)
        assert u.grown()['received'] == 1


def test_connections_that_say_nothing_or_vanish(served):
    with Unharmed(served):
        idle = [harness.Mllp(served.port['lis']) for _ in range(20)]
        for n in range(60):
            peer = harness.Mllp(served.port['lis'])
            peer.write(harness.mllp_frame(stories.psa(stories.Patient(7500 + n), -30, '1.0')[1]))
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            peer.close()  # a reset, with the answer under way
        for peer in idle:
            peer.close()


def test_too_many_connections(daemon):
    """Above max_connections a new one is closed at once, and counted; the others go on."""
    with Unharmed(daemon) as u:
        peers = [harness.Mllp(daemon.port['lis']) for _ in range(64)]
        extra = harness.Mllp(daemon.port['lis'], timeout=5)
        assert extra.socket.recv(1) == b''
        control, payload = stories.psa(stories.Patient(7600), -30, '1.0')
        assert peers[63].ask(payload) == ('AA', control)
        for peer in [*peers, extra]:
            peer.close()
        u.until(refused=1)
        harness.wait_until('there is room again', lambda: not broken_pipe(daemon))


def broken_pipe(daemon):
    with harness.Mllp(daemon.port['lis'], timeout=1) as peer:
        try:
            return peer.socket.recv(1) == b''
        except TimeoutError:
            return False


def shared_files():
    return sorted(f for f in glob.glob(os.path.join(SHARED, 'data', 'hl7', '**', '*'), recursive=True)
                  if os.path.isfile(f))


def test_every_shared_file(served):
    """Files of other people's test suites, each sent as one frame and answered."""
    files = shared_files()
    if not files:
        print('SKIP shared (1)')
        pytest.skip('SKIP shared (1)')
    frames, answers = 0, 0
    with Unharmed(served) as u:
        peer = harness.Mllp(served.port['lis'])
        for name in files:
            with open(name, 'rb') as file:
                payload = file.read().replace(b'\x0b', b'').replace(b'\x1c', b'')
            if not payload:
                continue
            frames += 1
            peer.write(harness.mllp_frame(payload))
            try:
                while True:  # a batch is answered message by message; some senders want no answer
                    peer.socket.settimeout(harness.PATIENCE if answers < frames and not wants_none(payload) else 0.002)
                    harness.msa(peer.answer())
                    answers = max(answers, frames)
            except TimeoutError:
                assert answers == frames or wants_none(payload), f'no answer: {name}'
                answers = frames
        peer.close()
        harness.wait_until('all is counted', lambda: u.grown()['received'] >= frames)
        grown = u.grown()
        assert grown['refused'] == 0 and grown['stored'] > 100 and grown['quarantined'] > 10
        print(f'{frames} files: {grown}')


def wants_none(payload):
    """Enhanced mode, and an accept acknowledgement not wanted always."""
    found = re.search(rb'MSH\|[^\r\n]*', payload)
    fields = (found.group(0) if found else b'').split(b'|') + [b''] * 16
    return bool(fields[14] or fields[15]) and fields[14] != b'AL'


# --- ZeroMQ

def garbage_frames(seed, count):
    dice = random.Random(seed)
    names = [b'refract.v1.IngestRequest', b'refract.v1.Hello', b'refract.v1.ResultMessage', b'refract.v1.Confirm', b'',
             b'refract.v1.Nonsense', b'refract.v1.FetchReply', b'\0' * 40]
    for _ in range(count):
        yield [dice.choice(names) if dice.random() < 0.7 else os.urandom(dice.randrange(40))
               for _ in range(1)] + [os.urandom(dice.randrange(300)) for _ in range(dice.choice((0, 1, 1, 1, 2, 5, 30)))]


def test_garbage_at_the_ingest_router(served, context):
    """Each is counted as refused; a request that has a number is answered so."""
    with Unharmed(served) as u:
        peer = harness.Ingest(context, served.tcp('ingest'))
        count = 0
        for parts in garbage_frames(3, 120):
            peer.socket.send_multipart(parts)
            count += 1
        peer.socket.send_multipart(harness.frames(ingest_pb2.IngestRequest(boot=peer.boot, number=900)))
        replies = {}
        while 900 not in replies:
            reply = peer.reply()
            replies[reply.number] = reply
        assert (replies[900].outcome, replies[900].reason) == (ingest_pb2.REFUSED, 'no_message')
        assert peer.ask(stories.native_psa(7700)) == 'STORED'
        u.until(received=count + 2)
        peer.close()


def test_hostile_native_messages(served, context):
    """Well packed, but with contents that no laboratory sends: stored, ignored or quarantined, and answered."""
    def message(n, **changes):
        m = stories.native_psa(7800 + n)
        for path, value in changes.items():
            target = m.facts[0]
            *steps, last = path.split('__')
            for step in steps:
                target = getattr(target, step)
            setattr(target, last, value)
        return m
    hostile = [message(1, observation__value__value='9' * 400), message(2, observation__value__value='NaN'),
               message(3, observation__value__value='1e99999'), message(4, patient__id='', patient__authority=''),
               message(5, patient__id='x' * 100000), message(6, collected__utc_seconds=2 ** 62),
               message(7, collected__utc_seconds=-2 ** 62), message(8, collected__offset_minutes=-2 ** 31),
               message(9, status_time__precision=99), message(10, observation__unit_reported='\u202e' * 500),
               message(11, observation__analyte='psa\n|evil'), message(12, flags=2 ** 32 - 1), message(13, status=77)]
    many = stories.native_psa(7815)
    for _ in range(9000):
        many.facts.add().CopyFrom(many.facts[0])
    hostile.append(many)
    with Unharmed(served) as u:
        peer = harness.Ingest(context, served.tcp('ingest'))
        outcomes = [peer.ask(m) for m in hostile]
        assert set(outcomes) <= {'STORED', 'IGNORED', 'QUARANTINED'}, outcomes
        assert outcomes[13] == 'QUARANTINED' and 'QUARANTINED' in outcomes[:3]
        assert u.grown()['received'] == len(hostile)
        peer.close()


def test_garbage_at_the_alert_router(served, context):
    with Unharmed(served):
        peer = harness.Subscriber(context, served.tcp('router'))
        for parts in garbage_frames(4, 120):
            peer.socket.send_multipart(parts)
        peer.hello('sound')
        for _ in range(200):
            kind, message = peer.next()
            if kind == 'Welcome':
                break
            assert kind == 'Error' and message.code in ('bad_message', 'bad_hello', 'not_greeted'), (kind, message)
        assert kind == 'Welcome'
        peer.send(feed_pb2.Hello(subscriber='sound', credit=2 ** 32 - 1, last_seq=2 ** 64 - 1))
        while kind != 'Error':
            kind, message = peer.next()
        assert message.code == 'seq_above_head'
        peer.close()


def test_garbage_from_a_publisher(served):
    """A publisher's numbers may jump, run back, or name another publisher; its frames may be anything."""
    publisher = harness.Publisher(served)
    publisher.start()
    publisher.wait_for_subscriber()
    dice = random.Random(5)
    with Unharmed(served) as u:
        for n in range(60):
            publisher.raw(*[os.urandom(dice.randrange(200)) for _ in range(dice.choice((0, 1, 2, 2, 3, 9)))])
        for n, seq in enumerate((2 ** 64 - 1, 5, 1, 2 ** 63, 0, 7)):
            m = stories.native_psa(7900 + n)
            m.publisher.id, m.publisher.epoch, m.publisher.seq = 'jumps', n % 2, seq
            publisher.raw(*harness.frames(m))
        m = stories.native_psa(7910)
        m.publisher.id = 'p' * 5000
        m.publisher.seq = 1
        publisher.raw(*harness.frames(m))
        sound = stories.native_psa(7999)
        publisher.publish(sound)
        harness.wait_until('the sound one is stored', lambda: sound.control_id in served.stored_ids())
        harness.wait_until('all is counted', lambda: u.grown()['refused'] >= 60)
        publisher.close()


def test_raw_tcp_at_every_port(served):
    """Bytes that are no ZMTP at the ZeroMQ ports, and ZMTP at the MLLP port."""
    greeting = b'\xff' + b'\0' * 8 + b'\x7f\x03\x00NULL' + b'\0' * 48
    parts = [b'GET / HTTP/1.1\r\nHost: x\r\n\r\n', b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + os.urandom(500),
             greeting, greeting + b'\x04\x19\x05READY' + os.urandom(300), b'\xff' * 4000, b'\0' * 4000,
             greeting[:10], b'\x0bMSH|', greeting + b'\x06' + b'\xff' * 8 + os.urandom(2000)] + noise(6, 20, 2000)
    with Unharmed(served):
        for name in ('ingest', 'router', 'pub', 'lis'):
            for raw in parts:
                with socket.create_connection(('127.0.0.1', served.port[name]), 5) as s:
                    s.sendall(raw)


# --- control.sock

def test_garbage_at_the_control_socket(served):
    name = b'refract.v1.ControlRequest'
    status = harness.control_frame(name, b'\x0a\x06status')
    parts = [b'', b'\0', b'\0\0\0\0', b'\xff\xff\xff\xff', b'\0\0\0\x01\0', b'\0\0\0\x05\xffabcd', status[:9],
             harness.control_frame(b'refract.v1.Hello', b''), harness.control_frame(name, b'\xff' * 50),
             harness.control_frame(name, b'\x0a\x07nothing'), b'\0\x01\0\0' + b'A' * 70000, status + b'\xff' * 9,
             *noise(7, 40, 600)]
    with Unharmed(served):
        for raw in parts:
            harness.control_exchange(served.control, raw)
        assert b'refract.v1.ControlReply' in harness.control_exchange(served.control, status)
        assert served.ctl('show', 'no such alert').returncode == 1
        assert served.ctl('explain', 'DEMO:nobody').returncode == 1
        assert served.ctl('status', 'too', 'many').returncode != 0
        stuck = [socket.socket(socket.AF_UNIX) for _ in range(40)]
        for s in stuck:
            s.connect(served.control)  # more than there are slots, all silent
        for s in stuck:
            s.close()
        harness.wait_until('it answers again', served.status)
