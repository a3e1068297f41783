"""The receiver's checklist (deploy/doc/hl7.md), as far as it is about sockets: framing as senders get it wrong, the
acknowledgements of each mode and setting, duplicates, batches, and persons that are merged or mistaken."""
import socket
import time

import pytest

import harness
import stories

MAP = """name: {name}
patient: {{id: ["PID-3(5=MR)"], untyped: true, fallback_authority: MSH-4.1}}
zone: {{name: Europe/Oslo}}
own_applications: [REFRACTD]
{more}
"""
FEEDS = ('original', 'enhanced', 'refuse', 'bare')


class Feeds(harness.Daemon):
    """With four more MLLP feeds, each with a setting of its own."""

    def __init__(self):
        self.feed_port = dict(zip(FEEDS, harness.free_ports(len(FEEDS))))
        super().__init__(own_knowledge=True)
        self.port.update(self.feed_port)

    def write_config(self, disk_mark='1MiB'):
        super().write_config(disk_mark)
        for name, more in (('plain', ''), ('refuse', 'quarantined: refuse'), ('bare', 'framing: none')):
            with open(f'{self.knowledge}/maps/{name}.yaml', 'w', encoding='utf-8') as file:
                file.write(MAP.format(name=name, more=more))
        rows = [('original', 'plain', 'ack: original'), ('enhanced', 'plain', 'ack: enhanced'),
                ('refuse', 'refuse', 'ack: auto'), ('bare', 'bare', 'ack: auto')]
        with open(self.config, encoding='utf-8') as file:
            text = file.read()
        feeds = ''.join(f'  - {{name: {n}, kind: mllp, listen: "127.0.0.1:{self.feed_port[n]}", map: {m}.yaml, {a}}}\n'
                        for n, m, a in rows)
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text.replace('feeds:\n', 'feeds:\n' + feeds, 1))


@pytest.fixture(scope='module')
def feeds():
    with Feeds() as d:
        yield d


COUNT = [0]


def message(kind='ADT^A04', msh15='', msh16='', pid='PID|1||{id}^^^DEMO^MR||Wanderfalk^Ludmilla||19490611|M', more=''):
    COUNT[0] += 1
    control = f'M{COUNT[0]:05d}'
    head = f'MSH|^~\\&|SYSTEST|DEMOHOSP|REFRACTD|DEMOHOSP|20261101120000||{kind}|{control}|P|2.5.1|||{msh15}|{msh16}'
    lines = [head, pid.format(id=f'H{COUNT[0]}')] + ([more] if more else [])
    return control, ('\r'.join(lines) + '\r').encode()


def answer(feeds, feed, payload, framed=True, seconds=4):
    """What comes back within some seconds, or b'' when the connection closes or stays silent."""
    with harness.Mllp(feeds.port[feed], timeout=seconds) as peer:
        peer.write(harness.mllp_frame(payload) if framed else payload)
        try:
            return peer.answer() if framed else peer.socket.recv(65536)
        except (TimeoutError, ConnectionError):
            return b''


def code(feeds, feed, **how):
    control, payload = message(**how)
    got = answer(feeds, feed, payload, seconds=1.5)
    if not got:
        return None
    assert harness.msa(got)[1] == control
    return harness.msa(got)[0]


# --- acknowledgements

def test_mode_by_message(feeds):
    assert code(feeds, 'lis') == 'AA'
    assert code(feeds, 'lis', msh15='AL', msh16='NE') == 'CA'
    assert code(feeds, 'lis', msh15='SU') == 'CA'
    assert code(feeds, 'lis', msh15='NE', msh16='AL') is None
    assert code(feeds, 'lis', msh15='ER') is None
    assert code(feeds, 'lis', msh16='AL') is None


def test_mode_by_feed(feeds):
    """Senders that fill MSH-15 and expect AA all the same, and the other way round."""
    assert code(feeds, 'original', msh15='AL', msh16='NE') == 'AA'
    assert code(feeds, 'original', msh15='NE', msh16='AL') == 'AA'
    assert code(feeds, 'enhanced') == 'CA'
    assert code(feeds, 'enhanced', msh15='AL') == 'CA'
    assert code(feeds, 'enhanced', msh15='NE') is None


def test_what_is_not_understood(feeds):
    """AA by default, since it is on disk; AE or AR with the reason where the map asks for it. Kept in either case."""
    before = feeds.status()['quarantined']
    assert code(feeds, 'lis', kind='ZZZ^Z99') == 'AA'
    assert code(feeds, 'refuse') == 'AA'
    assert code(feeds, 'refuse', kind='ZZZ^Z99') == 'AR'
    assert code(feeds, 'refuse', pid='PID|1||||Nobody') == 'AE'
    assert code(feeds, 'refuse', pid='PID|1||||Nobody', msh15='ER') == 'CE'
    assert code(feeds, 'refuse', kind='ZZZ^Z99', msh15='AL') == 'CR'
    assert feeds.status()['quarantined'] == before + 5
    _, payload = message(kind='ZZZ^Z99')
    got = answer(feeds, 'refuse', payload)
    assert b'\rERR||' in got and b'|200^Unsupported message type^HL70357|E|' in got
    assert b'unknown_type' in got and b'Wanderfalk' not in got


def test_answer_is_whole_in_one_piece(feeds):
    """Frame, segments ended by CR, new MSH-10, sender and receiver swapped, MSH-11 and -12 as sent."""
    control, payload = message()
    with harness.Mllp(feeds.port['lis']) as peer:
        peer.write(harness.mllp_frame(payload))
        raw = peer.socket.recv(65536)
    assert raw[:1] == b'\x0b' and raw.endswith(b'\r\x1c\r') and raw.count(b'\x0b') == 1
    msh = raw[1:].split(b'\r')[0].split(b'|')
    assert msh[2:6] == [b'REFRACTD', b'DEMOHOSP', b'SYSTEST', b'DEMOHOSP']
    assert msh[8] == b'ACK^A04^ACK' and msh[10:12] == [b'P', b'2.5.1'] and msh[9] not in (b'', control.encode())


# --- framing

def test_one_byte_at_a_time(feeds):
    control, payload = message()
    with harness.Mllp(feeds.port['lis']) as peer:
        peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in harness.mllp_frame(payload):
            peer.write(bytes([i]))
        assert harness.msa(peer.answer()) == ('AA', control)


def test_junk_restarts_and_missing_ends(feeds):
    """NUL between messages, a frame begun twice, FS without CR: what is whole is answered."""
    ids, raw = [], b'\0\0'
    for tail in (b'\x1c\r', b'\x1c\r\n', b'\x1c', b'\x1c\r\0\0'):
        control, payload = message()
        ids.append(control)
        raw += b'\x0bMSH|^~\\&|half' + b'\x0b' + payload + tail
    with harness.Mllp(feeds.port['lis']) as peer:
        peer.write(raw)
        assert [harness.msa(peer.answer())[1] for _ in ids] == ids
    assert 'kind=restart' in feeds.log_text() and 'kind=fs_without_cr' in feeds.log_text()


def test_sender_without_frames(feeds):
    """By default closed, counted and logged, so that it is noticed; by setting read, and answered without a frame."""
    control, payload = message()
    before = feeds.counters().get(('refused', 'lis bare_msh'), 0)
    assert answer(feeds, 'lis', payload, framed=False) == b''
    harness.wait_until('counted', lambda: feeds.counters().get(('refused', 'lis bare_msh'), 0) == before + 1)
    got = answer(feeds, 'bare', payload, framed=False)
    assert got.startswith(b'MSH|') and got.endswith(b'\r') and harness.msa(got) == ('AA', control)
    framed, payload = message()
    assert harness.msa(answer(feeds, 'bare', payload)) == ('AA', framed)


def test_too_large(feeds):
    """Over 16 MB: AR and 207 with its control id, the connection goes on."""
    control, payload = message(more='OBX|1|ED|X^X^L||' + 'A' * (17 << 20))
    after, good = message()
    with harness.Mllp(feeds.port['lis'], timeout=60) as peer:
        peer.write(harness.mllp_frame(payload))
        got = peer.answer()
        assert harness.msa(got) == ('AR', control) and b'207^' in got
        peer.write(harness.mllp_frame(good))
        assert harness.msa(peer.answer()) == ('AA', after)


def test_silence_is_no_error(feeds):
    first, one = message()
    second, two = message()
    with harness.Mllp(feeds.port['lis']) as peer:
        peer.write(harness.mllp_frame(one))
        assert harness.msa(peer.answer()) == ('AA', first)
        time.sleep(3)
        peer.write(harness.mllp_frame(two))
        assert harness.msa(peer.answer()) == ('AA', second)


# --- payloads

def test_batch(feeds):
    """One answer for each message of a batch; a count that does not fit is logged."""
    three = [message() for _ in range(3)]
    raw = b'FHS|^~\\&|S\rBHS|^~\\&|S\r' + b''.join(p for _, p in three) + b'BTS|4\rFTS|1\r'
    with harness.Mllp(feeds.port['lis']) as peer:
        peer.write(harness.mllp_frame(raw))
        assert [harness.msa(peer.answer()) for _ in three] == [('AA', c) for c, _ in three]
    assert 'mllp.batch_count feed=lis declared=4 found=3' in feeds.log_text()


def test_marks_sixteen_bits_and_no_control_id(feeds):
    before = feeds.status()
    control, payload = message()
    assert harness.msa(answer(feeds, 'lis', b'\xef\xbb\xbf' + payload)) == ('AA', control)
    _, payload = message()
    assert b'MSA|AA|\r' in answer(feeds, 'lis', payload.decode().encode('utf-16'))
    control, payload = message()
    assert b'MSA|AA|\r' in answer(feeds, 'lis', payload.replace(control.encode(), b''))
    after = feeds.status()
    assert (after['stored'] - before['stored'], after['quarantined'] - before['quarantined']) == (2, 1)


def test_answer_lost_and_message_sent_again(feeds):
    """The connection breaks between commit and answer: the second time it is a duplicate, answered alike."""
    control, payload = message()
    before = feeds.status()['duplicate']
    with harness.Mllp(feeds.port['lis']) as peer:
        peer.write(harness.mllp_frame(payload))
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
        harness.wait_until('it is stored', lambda: control in feeds.stored_ids())
    assert harness.msa(answer(feeds, 'lis', payload)) == ('AA', control)
    assert feeds.status()['duplicate'] == before + 1
    assert feeds.stored_ids().count(control) == 1


# --- persons

def test_one_number_two_persons(feeds):
    """Another birth date under the same number: kept aside, not put into the timeline."""
    p = stories.Patient(7001)
    with harness.Mllp(feeds.port['lis']) as peer:
        assert peer.ask(stories.adt(p, -100)[1])[0] == 'AA'
        before = feeds.status()['quarantined']
        p.born = '19770101'
        control, payload = stories.psa(p, -20, '9.1')
        assert peer.ask(payload) == ('AA', control)
    assert feeds.status()['quarantined'] == before + 1
    assert f'identity_conflict' in feeds.ctl('quarantine').stdout and control not in feeds.stored_ids()


@pytest.mark.parametrize('event', ['A34', 'A40', 'A47'])
def test_merged_and_unmerged(feeds, event):
    """The alert follows the patient to his new number, and comes back when that was a mistake."""
    number = 7100 + int(event[1:])
    old, told = stories.prostate(number, 'confirmed')
    new = stories.Patient(number + 500)
    _, merge = stories.hl7(new, -2, f'ADT^{event}', f'MRG|{old.id}^^^DEMO^MR')
    _, undo = stories.hl7(new, -1, 'ADT^A37', old.pid())

    def owner():
        rows = [a for a in feeds.alerts('open') if a['patient']['id'] in (old.id, new.id)]
        assert len(rows) == 1
        return rows[0]['patient']['id']
    with harness.Mllp(feeds.port['lis']) as peer:
        for _, payload in told:
            assert peer.ask(payload)[0] == 'AA'
        assert owner() == old.id
        assert peer.ask(merge)[0] == 'AA'
        assert owner() == new.id
        assert peer.ask(undo)[0] == 'AA'
        assert owner() == old.id
