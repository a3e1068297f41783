"""What a receiver may do wrong, what an operator sees of it, and what he can do."""
import json
import os
import signal
import time
import urllib.request

import pytest

import flood
import harness
import test_page

ROUTES = """
routes:
  - {{name: ehr, kind: mllp, connect: "127.0.0.1:{ehr}", result_type: "RFX^Resistance alert^99RFX", portal_blocked: true, timeout_ms: 600, tries: 2}}
  - {{name: hook, kind: webhook, url: "http://127.0.0.1:{hook}/alerts", secret: {folder}/secret, timeout_ms: 600, tries: 2}}
"""


@pytest.fixture
def scene(tmp_path):
    receivers = {'ehr': flood.MllpIn(0.8), 'hook': flood.HttpIn(0.8, flood.hook_id)}
    (tmp_path / 'secret').write_text('shared key\n')
    extra = ROUTES.format(folder=tmp_path, **{name: r.port for name, r in receivers.items()})
    with harness.Daemon(extra=extra, console=True) as d:
        d.receivers, d.ehr, d.hook = receivers, receivers['ehr'], receivers['hook']
        yield d
    for one in receivers.values():
        one.stop()


def served(d):
    """With the console there are four of them."""
    harness.wait_until('all roles serve', lambda: len(r := set(d.roles().values())) == 4 and r <= d.ready_pids())


def queue(d, route):
    return next(q for q in map(json.loads, d.ctl('queues', '--json').stdout.splitlines()) if q['route'] == route)


def dead(d, *route):
    return [json.loads(line) for line in d.ctl('dead', *route, '--json').stdout.splitlines()]


def send(d, messages):
    sender = harness.NativeSender(d.tcp('ingest'), messages, window=50)
    sender.start()
    sender.join(30)
    assert len(sender.acked) == len(messages)


def alerts(d, first, count):
    cases = [flood.Case(n) for n in range(first, first + count)]
    send(d, [c.raised() for c in cases])
    return cases


def drained(d, route, seconds=15):
    harness.wait_until(f'{route} is drained', lambda: queue(d, route)['behind'] == 0, seconds, every=0.1)


def test_a_hold_is_heard_by_a_route_that_cannot_send(scene):
    """More waits than it asks for at once, and its receiver is away."""
    scene.ehr.stop()
    alerts(scene, 0, 150)
    harness.wait_until('it is seen', lambda: queue(scene, 'ehr')['problem'] == 'cannot_connect', every=0.1)
    drained(scene, 'hook')
    assert scene.ctl('hold', 'ehr').returncode == 0
    scene.ehr.start()
    time.sleep(3)
    now = queue(scene, 'ehr')
    assert not scene.ehr.order and (now['state'], now['behind']) == ('held', 150) and now['oldest_s'] < 30
    assert scene.ctl('release', 'ehr').returncode == 0
    drained(scene, 'ehr', 6)  # at once, whatever its back-off was
    assert len(scene.ehr.order) == 150
    harness.wait_until('all is well', lambda: queue(scene, 'ehr')['problem'] == '', every=0.1)


def test_one_message_that_holds_up_the_rest_is_skipped_sent_again_and_dropped(scene):
    scene.hook.mood = '500'
    alerts(scene, 0, 3)
    harness.wait_until('it is seen', lambda: queue(scene, 'hook')['problem'] == 'server_error', every=0.1)
    assert scene.ctl('skip', 'hook').returncode == 0 and scene.ctl('skip', 'hook').returncode == 0
    assert queue(scene, 'hook')['cursor'] == 2
    time.sleep(1.5)  # one that was under way has ended
    scene.hook.mood = ''
    drained(scene, 'hook')
    assert len(scene.hook.order) == 1
    one, two = dead(scene)
    assert (one['route'], one['event'], one['reason']) == ('hook', 1, 'skipped') and queue(scene, 'hook')['dead'] == 2
    assert json.loads(scene.ctl('show', one['alert'], '--json').stdout)['id'] == one['alert']
    os.kill(scene.roles()['out'], signal.SIGKILL)  # the figure is of the store
    served(scene)
    metrics = urllib.request.urlopen(f'http://127.0.0.1:{scene.port["http"]}/metrics').read().decode()
    assert 'refractd_route_put_aside{route="hook"} 2' in metrics and 'refractd_route_waiting_since_timestamp_seconds{route="hook"} 0' in metrics
    assert queue(scene, 'hook')['dead'] == 2
    assert scene.ctl('retry', 'hook', str(one['event'])).returncode == 0
    harness.wait_until('it came', lambda: f'{one["alert"]}.1' in scene.hook.order, every=0.1)
    harness.wait_until('it is off the list', lambda: dead(scene, 'hook') == [two], every=0.1)
    assert scene.ctl('drop', 'hook', '77').returncode == 1 and scene.ctl('drop', 'hook', str(two['event'])).returncode == 0
    assert not dead(scene) and f'{two["alert"]}.1' not in scene.hook.order
    assert scene.ctl('skip', 'hook').returncode == 1  # nothing waits
    assert {('route_skipped', 'hook event 1'), ('route_retried', 'hook event 1'), ('route_dropped', 'hook event 2')} <= \
        set(scene.rows('SELECT event, subject FROM audit'))


@pytest.mark.parametrize('killed', [False, True])
def test_what_may_have_arrived_is_taken_back(scene, killed):
    """The receiver has kept it and its answer was lost: the next thing it hears of it is the retraction."""
    scene.hook.mood = 'stored_cut'
    scene.ehr.mood = 'stored_cut'
    case = alerts(scene, 0, 1)[0]
    harness.wait_until('both have it', lambda: scene.hook.order and scene.ehr.order)
    scene.hook.mood, scene.ehr.mood = '500', 'cut'
    if killed:
        os.kill(scene.roles()['out'], signal.SIGKILL)
        served(scene)
    send(scene, [case.taken_back()])
    time.sleep(0.5)
    scene.hook.mood = scene.ehr.mood = ''
    drained(scene, 'hook')
    drained(scene, 'ehr')
    alert = scene.alerts()[0]
    assert alert['state'] == 'retracted'
    assert scene.hook.order[-1] == scene.ehr.order[-1] == f'{alert["id"]}.{alert["version"]}' and len(scene.hook.order) == 2


@pytest.mark.parametrize('mood,said', [('401', 'not_authorized'), ('404', 'no_such_address'), ('302', 'redirected')])
def test_a_fault_of_the_way_there_puts_nothing_aside(scene, mood, said):
    scene.hook.mood = mood
    alerts(scene, 0, 2)
    harness.wait_until('it is seen', lambda: queue(scene, 'hook')['problem'] == said, every=0.1)
    time.sleep(1.5)
    assert not dead(scene) and queue(scene, 'hook')['behind'] == 2
    scene.hook.mood = ''
    drained(scene, 'hook')
    assert len(scene.hook.order) == 2


@pytest.mark.parametrize('mood', ['receipt', 'no_cr'])
def test_odd_answers_that_are_answers(scene, mood):
    """A receipt and later an answer to the same message; an answer without its last CR: one connection, nothing twice."""
    scene.ehr.mood = mood
    alerts(scene, 0, 5)
    drained(scene, 'ehr')
    assert len(scene.ehr.order) == 5 and (scene.ehr.repeats, scene.ehr.accepted) == (0, 1)


def test_a_peer_cannot_fill_the_log(scene, context):
    peer = context.socket(harness.zmq.DEALER)
    peer.connect(scene.tcp('router'))
    for _ in range(300):
        peer.send_multipart([b'refract.v1.Confirm', b'\xff\xff'])
    harness.wait_until('the first are refused', lambda: 'feed.refused' in scene.log_text())
    scene.ehr.mood = 'AE'
    alerts(scene, 0, 30)
    harness.wait_until('it takes nothing at all', lambda: queue(scene, 'ehr')['state'] == 'broken', 40, every=0.2)
    log = scene.log_text()
    assert len(dead(scene, 'ehr')) == 5 and queue(scene, 'ehr')['behind'] == 25  # not the whole queue
    assert log.count('feed.refused') == 5 and log.count('route.refused') == 5
    scene.ehr.mood = ''
    assert scene.ctl('hold', 'ehr').returncode == scene.ctl('release', 'ehr').returncode == scene.ctl('retry', 'ehr').returncode == 0
    harness.wait_until('all have come', lambda: len(scene.ehr.order) == 30 and not dead(scene), 30, every=0.2)
    assert scene.stop() == 0
    assert 'log.suppressed event=feed.refused of=not_greeted lines=295' in scene.log_text()


def test_the_page_shows_what_was_refused_and_sends_it_again(scene, tmp_path):
    users = tmp_path / 'users.yaml'
    users.write_text(f'users:\n  - {{name: otto, role: operator, password: "{test_page.hashed(test_page.PASSWORD)}"}}\n')
    scene.stop()
    with open(scene.config, encoding='utf-8') as file:
        text = file.read().replace('console: {listen:', f'console: {{users: {users}, secure_cookie: false, listen:')
    with open(scene.config, 'w', encoding='utf-8') as file:
        file.write(text)
    scene.start()
    scene.ehr.mood = 'AE'
    alerts(scene, 0, 1)
    one = harness.wait_until('it is put aside', lambda: dead(scene, 'ehr'), every=0.1)[0]
    scene.ehr.mood = ''
    browser = test_page.Browser(scene.port['http'])
    browser.login('otto')
    status, _, text = browser.go('/feeds')
    assert status == 200 and 'What receivers have refused' in text and one['alert'] in text and 'error_AE' in text and 'Q000' not in text
    assert browser.send('/feeds', act='skip', route='ehr', event=str(one['event']))[0] == 400
    browser.go('/feeds')
    assert browser.send('/feeds', act='retry', route='ehr', event=str(one['event']))[0] == 303
    harness.wait_until('it came', lambda: scene.ehr.order and not dead(scene), every=0.1)
    assert ('route_retried', 'ehr event 1') in scene.rows('SELECT event, subject FROM audit')
