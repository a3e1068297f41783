"""Each route cut, slowed, made to answer garbage and restarted while 10,000 alerts flow, with updates and retractions among
them: all delivered, in order, none twice where the id is honoured, and the other routes go on.

REFRACT_ALERTS=N for another number."""
import json
import os
import signal
import sys
import threading
import time

import pytest

import flood
import harness

SANITIZED = harness.BUILD.endswith('-asan')
COUNT = int(os.environ.get('REFRACT_ALERTS', '1000' if SANITIZED else '10000'))
TIMEOUT_MS, LATE_S = 700, 1.0
FAULT_S = 0.1

ROUTES = """
routes:
  - {{name: ehr, kind: mllp, connect: "127.0.0.1:{ehr}", result_type: "RFX^Resistance alert^99RFX", portal_blocked: true,
     timeout_ms: {ms}, tries: 100, quiet_too: true}}
  - {{name: notes, kind: mllp, connect: "127.0.0.1:{notes}", message: mdm, result_type: "RFX^Resistance alert^99RFX",
     portal_blocked: true, timeout_ms: {ms}, keep: false, tries: 100}}
  - {{name: fhir, kind: fhir, url: "http://127.0.0.1:{fhir}", system: "urn:oid:2.999.1.1", identifiers: {{DEMO: "urn:oid:2.999.2"}},
     token_url: "http://127.0.0.1:{fhir}/token", client_id: refractd, client_secret: {folder}/client, timeout_ms: {ms}, poll_s: 1}}
  - {{name: hook, kind: webhook, url: "http://127.0.0.1:{hook}/alerts", secret: {folder}/secret, timeout_ms: {ms}, quiet_too: true}}
"""
AWAY = ('cannot_connect', 'connection_closed', 'connection_lost')
QUIET_TOO = ('ehr', 'hook')


@pytest.fixture
def scene(tmp_path):
    receivers = {'ehr': flood.MllpIn(LATE_S), 'notes': flood.MllpIn(LATE_S), 'fhir': flood.HttpIn(LATE_S, flood.fhir_id),
                 'hook': flood.HttpIn(LATE_S, flood.hook_id)}
    (tmp_path / 'client').write_text('open sesame\n')
    (tmp_path / 'secret').write_text('shared key\n')
    extra = ROUTES.format(folder=tmp_path, ms=TIMEOUT_MS, **{name: r.port for name, r in receivers.items()})
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    with harness.Daemon(extra=extra) as d:
        d.receivers = receivers
        yield d
    sys.setswitchinterval(before)
    for one in receivers.values():
        one.stop()


def queues(d):
    return {r['route']: r for r in map(json.loads, d.ctl('queues', '--json').stdout.splitlines())}


LANES = (('ehr', 'notes'), ('fhir', 'hook'))
BRIEF = {'notes': ('cut', 'late', 'garbage', 'reset', 'stopped'), 'hook': ('stored_cut', 'late', '302', '429', '401', 'huge', 'stopped')}


class Trouble:
    """In each lane one fault after the other, a route at a time, and meanwhile the processes of refractd killed. A fault
    lasts until it has struck and the routes without one have gone on, and ends with the route's next success."""

    def __init__(self, d, follower):
        self.d, self.follower, self.done, self.kills = d, follower, 0, 0
        self.broken, self.stood_still, self.missed, self.errors = set(), [], [], []
        self.faults = [[(name, mood) for name in lane for mood in BRIEF.get(name, d.receivers[name].MOODS)] for lane in LANES]
        self.total = sum(map(len, self.faults))

    def part(self):
        return self.done / self.total

    def heard(self):
        return {**{name: len(r.order) for name, r in self.d.receivers.items()}, 'feed:flood': len(self.follower.events)}

    def behind(self):
        return {n: q['behind'] for n, q in queues(self.d).items()}

    def others_go_on(self, name, mood, before):
        """Each that has something to send and no trouble of its own."""
        kills, end = self.kills, time.monotonic() + 4
        while time.monotonic() < end and kills == self.kills:
            now, left = self.heard(), self.behind()
            still = [o for o in now if o not in self.broken and now[o] == before[o] and left.get(o, 0) > 20]
            if not still:
                return
            time.sleep(0.1)
        if kills == self.kills:
            self.stood_still.append((name, mood, still))

    def idle(self, name):
        return self.done > self.total - 6 and self.behind().get(name) == 0

    def until(self, name, true, seconds=8):
        end = time.monotonic() + seconds
        while not true() and not self.idle(name):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def break_one(self, name, mood):
        receiver = self.d.receivers[name]
        before, struck = self.heard(), receiver.struck
        self.broken.add(name)
        receiver.mood = mood
        if mood == 'stopped':
            receiver.stop()
        elif mood in ('cut', 'reset'):
            receiver.cut()
        if mood == 'stopped':
            self.check_stopped(name)
        elif not self.until(name, lambda: receiver.struck > struck):
            self.missed.append((name, mood))
        time.sleep(FAULT_S)
        self.others_go_on(name, mood, before)
        if mood == 'stopped':
            receiver.start()
        receiver.mood, sofar = '', len(receiver.order)
        if not self.until(name, lambda: len(receiver.order) > sofar, 15):
            self.missed.append((name, mood, 'did not come back'))
        self.broken.discard(name)

    def check_stopped(self, name):
        """What an operator sees of it, of this route and of no other."""
        seen = harness.wait_until(f'{name} is seen to be away', lambda: (q := queues(self.d).get(name, {})).get('problem') in AWAY and q, 8, every=0.1)
        assert seen['state'] in ('waiting', 'sending', 'broken') and seen['behind'] > 0, seen

    def lane(self, faults):
        try:
            for name, mood in faults:
                self.break_one(name, mood)
                self.done += 1
        except BaseException as e:  # pylint: disable=broad-except  # of a thread: for the test to see
            self.errors.append(repr(e))
            self.done = self.total

    def kill(self, who):
        self.kills += 1
        if who == 'daemon':
            assert self.d.stop() == 0
            self.d.start()
        else:
            os.kill(self.d.roles()[who], signal.SIGKILL)
            self.d.wait_served()
        self.kills += 1

    def run(self):
        lanes = [threading.Thread(target=self.lane, args=(f,), daemon=True) for f in self.faults]
        for lane in lanes:
            lane.start()
        for n, who in enumerate(('out', 'core', 'daemon')):
            while self.part() < (n + 1) / 4:
                time.sleep(0.05)
            self.kill(who)
        for lane in lanes:
            lane.join(120)
        assert (self.errors, self.missed, self.stood_still) == ([], [], [])


def wanted(d, quiet_too):
    """Of each alert the newest version that a route with that setting is told: {alert: (version, kind)}."""
    newest = {}
    for alert, version, kind, quiet in d.rows('SELECT alert_id, version, kind, quiet FROM outbox ORDER BY seq'):
        if alert and (quiet_too or kind == 3 or not quiet):
            newest[alert] = (version, kind)
    return newest


def check_route(name, receiver, newest):
    last = {}
    for one in receiver.order:
        alert, version = one.rsplit('.', 1)
        assert last.get(alert, 0) < int(version), (name, 'out of order', one, last[alert])
        last[alert] = int(version)
    for alert, (version, kind) in newest.items():
        if kind == 3 and alert not in last:
            continue  # it never heard of it: nothing to take back
        assert last.get(alert) == (flood.TAKEN_BACK if name == 'fhir' and kind == 3 else version), (name, alert, last.get(alert), version)
    assert set(last) <= set(newest), name
    assert receiver.again <= 3 * 33, (name, receiver.again)  # three kills; so many may not be on disk yet


def test_ten_thousand_alerts_through_every_fault(scene):
    begin = time.monotonic()
    memory = flood.Memory(scene)
    memory.start()
    follower = harness.Follower(scene.tcp('router'), 'flood')
    follower.start()
    trouble = None
    messages = flood.story(COUNT)

    def pace(part):
        while trouble is not None and part > trouble.part() + 0.05:
            time.sleep(0.01)

    sender = harness.NativeSender(scene.tcp('ingest'), messages, window=100, pace=pace)
    trouble = Trouble(scene, follower)
    made = time.monotonic() - begin
    sender.start()
    trouble.run()
    sender.join(60)
    assert not sender.is_alive() and len(sender.acked) == len(messages)
    troubled = time.monotonic() - begin
    harness.wait_until('every route is drained', lambda: not any(trouble.behind().values()) and trouble.behind(), 60, every=0.1)
    took = time.monotonic() - begin
    memory.running = False
    head = scene.rows('SELECT max(seq) FROM outbox')[0][0]
    print(f'{COUNT} alerts, {len(messages)} messages, {head} events; made {made:.1f} s, trouble until {troubled:.1f} s, drained {took:.1f} s;'
          f' memory {memory.most}')
    for name, r in scene.receivers.items():
        print(f'{name}: {len(r.order)} stored, {r.repeats} repeats, {r.again} after a good answer')
    assert scene.rows('SELECT count(*) FROM outbox WHERE kind = 1')[0][0] == COUNT
    for name, receiver in scene.receivers.items():
        check_route(name, receiver, wanted(scene, name in QUIET_TOO))
    harness.wait_until('the feed has it all', lambda: len(follower.events) == head)
    follower.stop()
    assert [e.seq for e in follower.events] == list(range(1, head + 1)) and not follower.gaps
    assert SANITIZED or memory.most['out'] < 96 * 1024 and memory.most['core'] < 160 * 1024, memory.most
    seen = queues(scene)
    assert {r: (q['cursor'], q['behind'], q['dead']) for r, q in seen.items() if r in scene.receivers} == \
        {name: (head, 0, 0) for name in scene.receivers}
    log = scene.log_text()
    assert log.count('\n') - log.count('alert.') < 1000, log.count('\n')
    assert 'Q000' not in log
