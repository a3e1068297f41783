"""Four MLLP senders that were not written here get right answers: mllp_send of python3-hl7 and three npm packages, each
with a parser of its own.  The npm packages come by tests/npm/package-lock.json into BUILD/npm (make npm)."""
import json
import os
import shutil
import subprocess

import pytest

import harness
import stories

NPM = os.path.join(harness.BUILD, 'npm')


def story():
    """A story, one message of it twice, and one that is not understood: AA for each, since each is on disk."""
    messages = stories.prostate(41, 'suspected')[1]
    odd = b'MSH|^~\\&|LIS|H|R|R|20261101120000+0100||ZZZ^Z99|ODD1|P|2.5.1\rZZZ|1\r'
    return messages + [messages[0], ('ODD1', odd)]


def check(daemon, answers):
    messages = story()
    assert answers == [('AA', control) for control, _ in messages]
    assert sorted(daemon.stored_ids()) == sorted(control for control, _ in messages[:-2])
    status = daemon.status()
    assert (status['duplicate'], status['quarantined']) == (1, 1)
    assert len(daemon.alerts()) == 1


def test_mllp_send(daemon, tmp_path):
    assert shutil.which('mllp_send'), 'python3-hl7 is not installed'
    file = tmp_path / 'messages'
    file.write_bytes(b''.join(harness.mllp_frame(payload) for _, payload in story()))
    sent = subprocess.run(['mllp_send', '--port', str(daemon.port['lis']), '--file', str(file), '127.0.0.1'],
                          capture_output=True, timeout=60, check=False)
    assert sent.returncode == 0, sent.stderr
    msa = [a.split(b'\r')[0].split(b'\n')[0].decode().split('|') for a in sent.stdout.split(b'MSA|')[1:]]
    check(daemon, [(m[0], m[1]) for m in msa])


@pytest.mark.parametrize('client', ['node-hl7-client', '@medplum/hl7', 'simple-hl7'])
def test_npm(daemon, tmp_path, client):
    if not os.path.isdir(os.path.join(NPM, 'node_modules', client)):
        pytest.skip(f'{client} is not in {NPM}: make npm')
    file = tmp_path / 'messages.json'
    file.write_text(json.dumps([payload.decode() for _, payload in story()]))
    sent = subprocess.run(['node', os.path.join(harness.ROOT, 'tests', 'npm', 'send.cjs'),
                           os.path.join(NPM, 'node_modules'), client, str(daemon.port['lis']), str(file)],
                          capture_output=True, text=True, timeout=60, check=False)
    assert sent.returncode == 0, sent.stderr
    check(daemon, [tuple(line.split()) for line in sent.stdout.splitlines()])
