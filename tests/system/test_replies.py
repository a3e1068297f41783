"""Answers that come late, are never read, or cannot be given: nothing is lost, nothing happens twice."""
import os
import signal
import threading
import time

import pytest

import harness
import stories
from harness import ingest_pb2


def natives(count, first=20000):
    """One PSA each of as many patients as are messages."""
    return [stories.native_psa(first + n, value='3.1') for n in range(count)]


def test_sender_that_reads_its_answers_late(daemon):
    """600 messages without reading one answer: all are taken as far as the buffers go, every answer comes, in order."""
    messages = [m for _, story in stories.ward(72) for m in story][:600]
    assert len(messages) == 600
    with harness.Mllp(daemon.port['lis']) as peer:
        for _, payload in messages:
            peer.write(harness.mllp_frame(payload))
        harness.wait_until('some are stored', lambda: len(daemon.stored_ids()) >= 64)
        time.sleep(1)
        answers = [harness.msa(peer.answer()) for _ in messages]
    assert answers == [('AA', control) for control, _ in messages]
    assert daemon.status()['stored'] == 600


def test_sender_that_reads_nothing_for_long(daemon):
    """Its answers fill every buffer on the way and it is read no further; others are served all the while; when it
    reads at last it gets every answer."""
    count, name = 2000, 'x' * 6000  # of the sender: the answer repeats it
    ids = [f'{n:05d}' for n in range(count)]
    raw = b''.join(harness.mllp_frame(
        f'MSH|^~\\&|{name}|DEMOHOSP|REFRACTD|DEMOHOSP|20261101||SIU^S12^SIU_S12|{control}|P|2.5.1\rSCH|1\r'.encode())
        for control in ids)
    with harness.Mllp(daemon.port['lis'], timeout=60) as peer:
        writer = threading.Thread(target=peer.write, args=(raw,), daemon=True)
        writer.start()

        def stands_still():
            before = daemon.status()['received']
            time.sleep(1.5)
            return daemon.status()['received'] == before
        harness.wait_until('it is read no further', stands_still, 60)
        assert writer.is_alive() and daemon.status()['received'] < count, 'nothing was held up: the test proves nothing'
        with harness.Mllp(daemon.port['lis']) as other:
            for _, payload in stories.prostate(1, 'silent')[1]:
                assert other.ask(payload)[0] == 'AA'
        assert [harness.msa(peer.answer())[1] for _ in ids] == ids
        writer.join(10)
    assert daemon.status()['ignored'] == count


def replies_of(peer, wanted, seconds=harness.PATIENCE):
    """{number: [outcome, …]} until every number of wanted has one."""
    got, end = {}, time.monotonic() + seconds
    while set(got) != wanted and time.monotonic() < end:
        reply = peer.reply(0.2)
        if reply is not None:
            got.setdefault(reply.number, []).append(ingest_pb2.Outcome.Name(reply.outcome))
    return got


def test_edge_killed_with_200_requests_in_flight(daemon, context):
    messages = natives(200)
    peer = harness.Ingest(context, daemon.tcp('ingest'))
    assert peer.ask(stories.native_psa(1)) == 'STORED'
    core, edge = daemon.roles()['core'], daemon.roles()['edge']
    os.kill(core, signal.SIGSTOP)  # so that all of them are really under way
    for message in messages:
        peer.post(message)
    time.sleep(0.5)
    assert peer.reply(0) is None
    os.kill(edge, signal.SIGKILL)
    os.kill(core, signal.SIGCONT)
    daemon.wait_served()
    numbers = set(range(2, 202))
    early = replies_of(peer, numbers, 0.5)  # those that died with edge are never answered
    assert len(early) < 200
    for number, message in zip(sorted(numbers), messages):
        if number not in early:
            peer.post(message, number)
    late = replies_of(peer, numbers - set(early))
    assert set(early) | set(late) == numbers
    assert {o for outcomes in late.values() for o in outcomes} <= {'STORED', 'DUPLICATE'}
    stored = daemon.stored_ids()
    assert sorted(stored[1:]) == sorted(m.control_id for m in messages) and len(stored) == 201
    peer.close()


def test_core_killed_in_mid_batch(daemon, context):
    """edge has no answer from the old core and asks the new one: the sender notices nothing but the delay, and what was
    committed without an answer is not taken for a repetition of the sender's."""
    messages = natives(200)
    peer = harness.Ingest(context, daemon.tcp('ingest'))
    assert peer.ask(stories.native_psa(1)) == 'STORED'
    for round_ in range(4):
        for message in messages[round_ * 50:round_ * 50 + 50]:
            peer.post(message)
        time.sleep(0.004 * round_)
        os.kill(daemon.wait_served()['core'], signal.SIGKILL)
    got = replies_of(peer, set(range(2, 202)), 30)
    assert set(got) == set(range(2, 202))
    assert all(len(outcomes) == 1 for outcomes in got.values()), 'answered twice'
    assert sorted(daemon.stored_ids()[1:]) == sorted(m.control_id for m in messages)
    status = daemon.status()
    assert (status['stored'], status['duplicate']) == (201, 0)
    peer.close()


@pytest.fixture
def full():
    """As if the disk were all but full: the low mark lies above what any disk has."""
    d = harness.Daemon(disk_mark='8000000GiB')
    with d:
        yield d


def test_disk_low_and_better_again(full, context):
    """AR and BUSY while there is no room, nothing stored; after that the same messages are taken. What was refused
    meanwhile is still counted."""
    _, messages = stories.prostate(1, 'suspected')
    native = stories.native_psa(2)
    ingest = harness.Ingest(context, full.tcp('ingest'))
    with harness.Mllp(full.port['lis']) as peer:
        for control, payload in messages:
            assert peer.ask(payload) == ('AR', control)
        assert ingest.ask(native) == 'BUSY'
        peer.write(b'MSH|^~\\&|no frame around it\r' + harness.mllp_frame(messages[0][1]))
        assert harness.msa(peer.answer()) == ('AR', messages[0][0])
    assert full.stored_ids() == [] and 'core.disk_low' in full.log_text()
    assert full.status()['refused'] == 0
    mark = len(full.log_text())
    full.write_config()
    full.process.send_signal(signal.SIGHUP)
    full.wait_for('supervisor.reloaded', mark)
    with harness.Mllp(full.port['lis']) as peer:
        for control, payload in messages:
            assert peer.ask(payload) == ('AA', control)
    assert ingest.ask(native) == 'STORED'
    assert len(full.alerts('open')) == 1
    harness.wait_until('what was refused is counted', lambda: full.status()['refused'] == 1)
    ingest.close()
