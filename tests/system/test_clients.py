"""Peers that were not written here: mllp_send and the parser of python3-hl7, pyzmq with protoc-generated Python; and
the alert feed's protocol as DESIGN.md section 9 has it, step by step."""
import shutil
import subprocess
import time

import hl7
import pytest
import zmq

import harness
import stories
from harness import feed_pb2, ingest_pb2


@pytest.fixture(scope='module')
def served():
    """A daemon with alerts in its outbox: raised, updated, retracted."""
    with harness.Daemon() as daemon:
        with harness.Mllp(daemon.port['lis']) as peer:
            for n, ending in enumerate(('confirmed', 'corrected', 'suspected', 'confirmed')):
                for _, payload in stories.prostate(100 + n, ending)[1]:
                    assert peer.ask(payload)[0] == 'AA'
        yield daemon


def head_of(daemon):
    return daemon.status()['outbox_head']


# --- in

def test_mllp_send(daemon, tmp_path):
    """python3-hl7's own client sends a file of messages and gets AA for each."""
    assert shutil.which('mllp_send'), 'python3-hl7 is not installed'
    _, messages = stories.prostate(1, 'suspected')
    file = tmp_path / 'messages'
    file.write_bytes(b''.join(harness.mllp_frame(payload) for _, payload in messages))
    sent = subprocess.run(['mllp_send', '--port', str(daemon.port['lis']), '--file', str(file), '127.0.0.1'],
                          capture_output=True, timeout=30, check=False)
    assert sent.returncode == 0, sent.stderr
    answers = [a for a in sent.stdout.split(b'MSA|')[1:]]
    assert [a.split(b'|')[0] for a in answers] == [b'AA'] * len(messages)
    assert [a.split(b'\r')[0].split(b'\n')[0].split(b'|')[1].decode() for a in answers] == [c for c, _ in messages]
    assert sorted(daemon.stored_ids()) == sorted(c for c, _ in messages)
    assert len(daemon.alerts()) == 1


def test_our_answer_read_by_python_hl7(served):
    _, messages = stories.prostate(2, 'silent')
    control, payload = messages[0]
    with harness.Mllp(served.port['lis']) as peer:
        peer.write(harness.mllp_frame(payload))
        ack = hl7.parse(peer.answer().decode())
    sent = hl7.parse(payload.decode())
    assert str(ack.segment('MSA')(1)) == 'AA' and str(ack.segment('MSA')(2)) == control
    msh, theirs = ack.segment('MSH'), sent.segment('MSH')
    assert [str(msh(n)) for n in (3, 4, 5, 6)] == [str(theirs(n)) for n in (5, 6, 3, 4)]
    assert str(msh(9)).startswith('ACK') and str(msh(11)) == 'P' and str(msh(12)) == '2.5.1'
    assert str(msh(10)) not in ('', control)


def test_native_ingest(served, context):
    """Stored, then a duplicate; what cannot be read is quarantined, what is no request is refused."""
    peer = harness.Ingest(context, served.tcp('ingest'))
    before = served.status()
    message = stories.native_psa(3)
    number = peer.post(message)
    reply = peer.reply()
    assert (reply.boot, reply.number, reply.outcome) == (peer.boot, number, ingest_pb2.STORED)
    assert reply.server_boot and reply.journal == before['journal_head'] + 1
    first = reply.journal
    peer.post(message)
    reply = peer.reply()
    assert (reply.outcome, reply.journal) == (ingest_pb2.DUPLICATE, first)
    assert peer.ask(stories.native_psa(3, day=-30, value='4.0')) == 'STORED'
    after = served.status()
    assert after['stored'] == before['stored'] + 2 and after['duplicate'] == before['duplicate'] + 1
    peer.close()


def test_same_control_id_other_content_is_no_duplicate(served, context):
    """Idempotent by feed, control id and hash of the payload: not by control id alone."""
    peer = harness.Ingest(context, served.tcp('ingest'))
    assert peer.ask(stories.native_psa(4, value='1.0', control='SAME')) == 'STORED'
    assert peer.ask(stories.native_psa(4, value='2.0', control='SAME')) == 'STORED'
    assert peer.ask(stories.native_psa(4, value='1.0', control='SAME')) == 'DUPLICATE'
    peer.close()


def test_publisher_with_a_gap(daemon):
    """What a publisher loses on the way is noticed by its sequence and fetched from its replay address."""
    publisher = harness.Publisher(daemon)
    publisher.start()
    publisher.wait_for_subscriber()
    p = stories.Patient(5)
    messages = [stories.native_psa(p, day=-40 + n, value=f'{n}.5') for n in range(1, 13)]
    for n, message in enumerate(messages[:11], 1):
        publisher.publish(message, lose=n in (4, 5))
    harness.wait_until('the gap is filled', lambda: len(daemon.stored_ids()) == 11, 4)
    assert 4 in publisher.asked, 'a gap was not asked for'
    publisher.publish(messages[11], lose=True)
    harness.wait_until('all are stored', lambda: set(daemon.stored_ids()) == {m.control_id for m in messages})
    assert 12 in publisher.asked, 'silence after a lost last one was not asked about'
    status = daemon.status()
    assert status['stored'] == 12 and status['refused'] == 0
    publisher.close()


def test_publisher_that_kept_too_little(daemon):
    """What cannot be replayed any more is counted and logged, never passed over in silence."""
    publisher = harness.Publisher(daemon, keep_from=4)
    publisher.start()
    publisher.wait_for_subscriber()
    p = stories.Patient(6)
    messages = [stories.native_psa(p, day=-40 + n, value=f'{n}.5') for n in range(1, 7)]
    for n, message in enumerate(messages):
        publisher.publish(message, lose=n < 4)
    wanted = {m.control_id for m in messages[3:]}
    harness.wait_until('what is kept is stored', lambda: set(daemon.stored_ids()) == wanted)
    harness.wait_until('the loss is counted', lambda: daemon.status()['refused'] == 3)
    assert daemon.counters()[('refused', 'published lost_by_publisher')] == 3
    assert 'sub.lost feed=published messages=3' in daemon.log_text()
    publisher.close()


# --- out

def test_events_in_sequence(served, context):
    head = head_of(served)
    assert head >= 7
    peer = harness.Subscriber(context, served.tcp('router'), 'sequence')
    welcome = peer.expect('Welcome')
    assert (welcome.subscriber, welcome.cursor, welcome.head) == ('sequence', 0, head)
    events = peer.events(head)
    assert [e.seq for e in events] == list(range(1, head + 1))
    assert [e.prev_seq for e in events] == list(range(head))
    kinds = {feed_pb2.EventKind.Name(e.kind) for e in events}
    assert kinds >= {'RAISED', 'UPDATED', 'RETRACTED'}
    for e in events:
        assert e.alert.id and e.alert.demo and 'DEMO, UNREVIEWED' in e.alert.text
        assert e.alert.sections[0].rule_id == 'prostate.psa.pcwg3' and e.alert.sections[0].citation
    assert peer.next(0.3) == (None, None)
    peer.close()


def test_credit(served, context):
    """Never more than credit unconfirmed; a confirm lets as many follow."""
    peer = harness.Subscriber(context, served.tcp('router'), 'credit', credit=2)
    peer.expect('Welcome')
    assert [e.seq for e in peer.events(2)] == [1, 2]
    assert peer.next(0.5) == (None, None)
    peer.confirm(1)
    assert [e.seq for e in peer.events(1)] == [3]
    assert peer.next(0.5) == (None, None)
    peer.confirm(3)
    assert [e.seq for e in peer.events(2)] == [4, 5]
    peer.close()


def test_confirm_moves_the_durable_cursor(served, context):
    peer = harness.Subscriber(context, served.tcp('router'), 'durable')
    peer.expect('Welcome')
    peer.events(head_of(served))
    peer.confirm(3)

    def cursor():
        return 'feed:durable cursor 3 behind' in served.ctl('queues').stdout
    harness.wait_until('the cursor is on disk', cursor)
    peer.close()
    peer = harness.Subscriber(context, served.tcp('router'), 'durable')
    assert peer.expect('Welcome').cursor == 3
    event = peer.expect('AlertEvent')
    assert (event.seq, event.prev_seq) == (4, 3)
    peer.close()


def test_last_seq_replays_and_leaves_the_cursor(served, context):
    head = head_of(served)
    peer = harness.Subscriber(context, served.tcp('router'), 'again')
    peer.expect('Welcome')
    peer.events(head)
    peer.confirm(head)
    harness.wait_until('the cursor is on disk', lambda: f'feed:again cursor {head} behind 0' in served.ctl('queues').stdout)
    peer.close()
    peer = harness.Subscriber(context, served.tcp('router'), 'again', last_seq=1)
    assert peer.expect('Welcome').cursor == head
    events = peer.events(head - 1)
    assert [e.seq for e in events] == list(range(2, head + 1))
    peer.confirm(2)
    time.sleep(0.3)
    assert f'feed:again cursor {head} behind 0' in served.ctl('queues').stdout
    peer.close()


def test_errors(served, context):
    head = head_of(served)
    for hello, code in (((f'above', 10, head + 1), 'seq_above_head'), (('bad name!', 10, None), 'bad_hello'),
                        (('', 10, None), 'bad_hello'), (('nocredit', 0, None), 'bad_hello'),
                        (('x' * 65, 1, None), 'bad_hello')):
        peer = harness.Subscriber(context, served.tcp('router'), hello[0], hello[1], hello[2])
        assert peer.expect('Error').code == code, hello
        peer.close()
    peer = harness.Subscriber(context, served.tcp('router'))
    peer.confirm(1)
    assert peer.expect('Error').code == 'not_greeted'
    peer.send(feed_pb2.Head(seq=1))
    assert peer.expect('Error').code == 'bad_message'
    peer.socket.send_multipart([b'refract.v1.Hello', b'\xff\xff\xff'])
    assert peer.expect('Error').code == 'bad_hello'
    peer.hello('errors')
    peer.expect('Welcome')
    peer.events(head)
    peer.confirm(head + 5)
    assert peer.expect('Error').code == 'bad_message'
    peer.close()


def test_newest_connection_wins(served, context):
    head = head_of(served)
    old = harness.Subscriber(context, served.tcp('router'), 'twice', credit=1)
    old.expect('Welcome')
    old.events(1)
    new = harness.Subscriber(context, served.tcp('router'), 'twice')
    new.expect('Welcome')
    assert old.expect('Error').code == 'replaced'
    assert [e.seq for e in new.events(head)] == list(range(1, head + 1))
    old.confirm(1)
    assert old.expect('Error').code == 'not_greeted'
    old.close()
    new.close()


def test_ping_and_head(served, context):
    head = head_of(served)
    peer = harness.Subscriber(context, served.tcp('router'))
    peer.send(feed_pb2.Ping(number=76))
    assert peer.expect('Error').code == 'not_greeted'  # so that a subscriber notices a new out
    peer.hello('ping', last_seq=head)
    peer.expect('Welcome')
    peer.send(feed_pb2.Ping(number=77))
    pong = peer.expect('Pong')
    assert (pong.number, pong.head) == (77, head)
    peer.close()
    sub = context.socket(zmq.SUB)
    sub.linger = 0
    sub.connect(served.tcp('pub'))
    sub.subscribe(b'alert.v1.head')
    assert sub.poll(8000), 'no hint within 8 s'
    topic, name, body = sub.recv_multipart()
    assert (topic, name) == (b'alert.v1.head', b'refract.v1.Head')
    assert feed_pb2.Head.FromString(body).seq == head
    # a new alert is hinted at within a second, not only when the clock says so
    with harness.Mllp(served.port['lis']) as mllp:
        for _, payload in stories.prostate(900, 'suspected')[1]:
            mllp.ask(payload)
    end = time.monotonic() + 3
    seen = head
    while seen == head and time.monotonic() < end:
        if sub.poll(100):
            seen = feed_pb2.Head.FromString(sub.recv_multipart()[2]).seq
    assert seen == head + 1
    sub.close()


def test_new_alert_reaches_a_waiting_subscriber(served, context):
    head = head_of(served)
    peer = harness.Subscriber(context, served.tcp('router'), 'waiting', last_seq=head)
    peer.expect('Welcome')
    with harness.Mllp(served.port['lis']) as mllp:
        for _, payload in stories.prostate(901, 'suspected')[1]:
            mllp.ask(payload)
    event = peer.expect('AlertEvent', 3)
    assert (event.seq, event.prev_seq, event.alert.patient.id) == (head + 1, head, 'Q0000901')
    assert event.kind == feed_pb2.RAISED and event.alert.state == 'new'
    peer.close()
