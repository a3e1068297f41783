"""A message that kills edge or core is quarantined at the third meeting, unread, and the rest flow (DESIGN.md section
3). The build has test hooks: REFRACTD_TEST_CRASH=ROLE:HEX makes that role abort on the message of that hash."""
import hashlib
import re

import pytest

import harness
import stories


def poisoned_ward():
    """(the lane, control id and bytes of the message in its middle that kills)."""
    lane = [m for n in range(3) for m in stories.prostate(300 + n, 'suspected')[1]]
    return lane, *lane[10]


def crashes(daemon, role):
    return len(re.findall(rf'role\.died role={role} pid=\d+ code=-1 signal=6', daemon.log_text()))


@pytest.mark.parametrize('role', ['edge', 'core'])
def test_poison_over_mllp(hooks_build, role):
    lane, control, payload = poisoned_ward()
    sha = hashlib.sha256(payload).hexdigest()
    with harness.Daemon(build=hooks_build, env={'REFRACTD_TEST_CRASH': f'{role}:{sha[:24]}'}) as daemon:
        sender = harness.Sender(daemon.port['lis'], lane)
        sender.start()
        sender.join(60)
        assert sender.acked == [c for c, _ in lane], 'the feed stopped at the poisoned message'
        daemon.wait_served()
        assert crashes(daemon, role) == 2, 'quarantined at another meeting than the third'
        status = daemon.status()
        assert (status['stored'], status['quarantined']) == (len(lane) - 1, 1)
        row = daemon.rows('SELECT outcome, reason, payload FROM journal WHERE outcome = 3')
        assert row == [(3, 'killed_a_process', payload)]
        listed = daemon.ctl('quarantine').stdout
        assert 'killed_a_process' in listed and listed.count('\n') == 1
        assert f'message.poison role={role} sha={sha[:16]}' in daemon.log_text()
        # known as poison while the supervisor lives: the same again is answered, and kills nothing. edge answers
        # without having read it, so without its control id; core finds that it has it.
        with harness.Mllp(daemon.port['lis']) as peer:
            assert peer.ask(payload) == ('AA', control if role == 'core' else '')
        assert crashes(daemon, role) == 2
        # the patients whose messages stood around it have their alerts
        assert len(daemon.alerts('open')) >= 2


@pytest.mark.parametrize('role', ['edge', 'core'])
def test_poison_in_a_window_of_native_messages(hooks_build, role):
    """64 in flight: those around the one that kills come through with it."""
    messages = [stories.native_psa(25000 + n, value='3.1') for n in range(120)]
    sha = hashlib.sha256(messages[60].SerializeToString()).hexdigest()
    with harness.Daemon(build=hooks_build, env={'REFRACTD_TEST_CRASH': f'{role}:{sha[:24]}'}) as daemon:
        sender = harness.NativeSender(daemon.tcp('ingest'), messages, window=64)
        sender.start()
        sender.join(60)
        assert len(sender.acked) == 120
        assert crashes(daemon, role) == 2
        assert sender.outcomes.count('QUARANTINED') == 1
        assert set(sender.outcomes) <= {'STORED', 'DUPLICATE', 'QUARANTINED'}
        wanted = [m.control_id for n, m in enumerate(messages) if n != 60]
        assert sorted(daemon.stored_ids()) == sorted(wanted)
        assert daemon.rows('SELECT reason FROM journal WHERE outcome = 3') == [('killed_a_process',)]


def test_negative_control_no_crash_without_hooks(daemon):
    """The build that is shipped has no such hook, and none of these messages is special to it."""
    lane, control, payload = poisoned_ward()
    daemon.stop()
    daemon.env['REFRACTD_TEST_CRASH'] = 'edge:' + hashlib.sha256(payload).hexdigest()[:24]
    daemon.start()
    with harness.Mllp(daemon.port['lis']) as peer:
        assert peer.ask(payload) == ('AA', control)
    assert 'signal=6' not in daemon.log_text() and daemon.status()['stored'] == 1
