"""A year of a small ward through the real daemon, under a simulated clock (REFRACTD_TEST_CLOCK, sys/testhook.h): five years of
history, then every day of a year over MLLP at the time that its messages name, three of them an outage that is drained in a
burst. Receivers: HL7, FHIR, a webhook, the alert feed. REFRACT_WARD=N: N times as many patients (default 1).

The ward of `make year` is large and statistical, and goes through core alone; this one is small and made of the cases that
matter, and goes through sockets, roles, routes and ticks."""
import collections
import datetime
import json
import mmap
import os
import random
import struct
import time

import harness
import stories
from test_routes import HttpReceiver, Hl7Receiver, behind

SCALE = int(os.environ.get('REFRACT_WARD', '1'))
LIVE, OUTAGE, OUTAGE_DAYS = -363, -101, 3  # days from today: go-live; feeds away on these
DOCTORS = [str(90017 + n) for n in range(2 * SCALE)]
DOCETAXEL = '72962^Docetaxel^RXNORM'
DIRECTORY = 'people:\n' + ''.join(f'  - {{id: dr-{n}, numbers: ["{n}"]}}\n' for n in DOCTORS) + '''
  - {id: genetics}
pools: [desk, board]
fallback: desk
germline: genetics
mtb: board
'''
ROUTES = '''directory: directory.yaml
routes:
  - {{name: ehr, kind: mllp, connect: "127.0.0.1:{ehr}", result_type: "RFX^Resistance alert^99RFX", portal_blocked: true}}
  - {{name: fhir, kind: fhir, url: "http://127.0.0.1:{fhir}", system: "urn:oid:2.999.1.1", base: "https://refractd.example",
     identifiers: {{DEMO: "urn:oid:2.999.2"}}, poll_s: 0}}
  - {{name: hook, kind: webhook, url: "http://127.0.0.1:{hook}/alerts", secret: {folder}/secret, base: "https://refractd.example"}}
'''


class Clock:
    """The daemon's wall clock, put to a day and an hour; core counts its ticks beside it."""

    def __init__(self, path):
        with open(path, 'wb') as file:
            file.write(bytes(16))
        with open(path, 'r+b') as file:
            self.page = mmap.mmap(file.fileno(), 16)

    def set(self, day, hour, minute=0):
        at = datetime.datetime.combine(stories.TODAY + datetime.timedelta(day), datetime.time(hour, minute), datetime.timezone.utc)
        struct.pack_into('q', self.page, 0, int(at.timestamp() - time.time()))

    def ticked(self):
        """Until core has begun and ended a tick at this hour."""
        def ticks():
            return struct.unpack_from('q', self.page, 8)[0]
        enough = ticks() + 2
        harness.wait_until('core ticks', lambda: ticks() >= enough, every=0.001)


# --- the ward: [(day said, (control id, bytes))]

def number(kind, n):
    return 100000 + kind * 10000 + n


def admitted(p, day, doctor, diagnosis=stories.PROSTATE):
    return stories.hl7(p, day, 'ADT^A04^ADT_A01', f'PV1|1|O|ONCO^^^DEMOHOSP||||{doctor}^Doctor^^^^^^^DEMO', f'DG1|1||{diagnosis}||{stories.at(day)[:8]}|W')


def died(p, day, doctor):
    control, raw = stories.hl7(p, day, 'ADT^A08^ADT_A01', f'PV1|1|O|ONCO^^^DEMOHOSP||||{doctor}^Doctor^^^^^^^DEMO')
    pid = p.pid()
    return control, raw.replace(pid.encode(), (pid + '|' * 21 + stories.at(day)[:8] + '|Y').encode())


def ordered_scan(p, day):
    return stories.hl7(p, day, 'OMG^O19^OMG_O19', f'ORC|NW|S{p.id}^SYSTEST', f'OBR|1|S{p.id}^SYSTEST||SCAN^restaging CT^L|||||||||||||90017^Sandglass^Irmela')


class Prostate:
    """Enzalutamide from begin on, PSA every twelve weeks; from fails on it rises: 6.2, and 9.1 a month later."""

    def __init__(self, kind, n, fails=None, begin=None):
        self.p, self.doctor, self.fails = stories.Patient(number(kind, n)), DOCTORS[n % len(DOCTORS)], fails
        self.begin = begin if begin is not None else (fails if fails is not None else LIVE) - 420
        self.said = []
        self.say(self.begin - 14, admitted(self.p, self.begin - 14, self.doctor))
        self.say(self.begin - 7, stories.psa(self.p, self.begin - 7, '31.0'))
        end = fails if fails is not None else 1
        for day in range(self.begin, end, 84):
            self.say(day, stories.ordered(self.p, day, stories.ENZA))
            value = '2.1' if day == self.begin else f'0.9{day % 7}'
            if day + 60 < end:
                self.say(day + 60, stories.psa(self.p, day + 60, value))

    def say(self, day, message):
        self.said.append((day, message))

    def rises(self, first='6.2', second='9.1'):
        self.say(self.fails, stories.ordered(self.p, self.fails, stories.ENZA))
        self.say(self.fails, stories.psa(self.p, self.fails, first))
        if second:
            self.say(self.fails + 30, stories.psa(self.p, self.fails + 30, second))
        return self

    def taken_back(self, after, status, values=('0.91', '0.92')):
        """Both rises, by a correction or a withdrawal (of a result that was another patient's)."""
        for taken, value in zip((self.fails, self.fails + 30), values):
            self.say(self.fails + after, stories.psa(self.p, self.fails + after, value, status=status, order_day=taken))
        return self

    def next_line(self, after):
        for n in range(3):
            day = self.fails + after + 21 * n
            self.say(day, stories.given(self.p, day, DOCETAXEL))
        return self


def leukaemia(kind, n, fails):
    """Imatinib; BCR::ABL1 of 14 % a year on: a milestone that is missed, told at once."""
    p, doctor = stories.Patient(number(kind, n), sex='F'), DOCTORS[n % len(DOCTORS)]
    code = '69380-4^BCR-ABL1 transcript IS ratio^LN'
    said = [(fails - 390, admitted(p, fails - 390, doctor, 'C92.10^Chronic myeloid leukemia, BCR/ABL-positive^I10C'))]
    for day, value in ((-385, '71'), (-290, '7.8'), (-200, '0.94'), (0, '14')):
        said.append((fails + day, stories.result(p, fails + day, code, value, '%')))
    for day in range(-380, 0, 60):
        said.append((fails + day, stories.ordered(p, fails + day, stories.IMATINIB)))
    return said


def merged(n, fails):
    """The second rise comes under a number of the emergency room; the two are joined four days later."""
    one = Prostate(6, n, fails).rises(second=None)
    other = stories.Patient(number(16, n))
    one.say(fails + 30, stories.psa(other, fails + 30, '9.1'))
    one.say(fails + 34, stories.merge(one.p, fails + 34, other.id))
    return one.said


def spread(count, first, last):
    return [first + (last - first) * n // max(1, count - 1) for n in range(count)]


def ward(scale):
    said = []
    for n in range(6 * scale):  # years of history and nothing to tell
        said += Prostate(0, n, begin=LIVE - 1700 + 40 * (n % 30)).said
    for n in range(4 * scale):  # and something, long before go-live
        said += Prostate(1, n, LIVE - 300 + 9 * (n % 9)).rises().said
    for n, day in enumerate(spread(5 * scale, LIVE + 20, -130)):  # nobody acts; then the next line
        said += Prostate(2, n, day).rises().next_line(80).said
    for n, day in enumerate(spread(3 * scale, LIVE + 25, -120)):  # the team orders imaging
        p = Prostate(3, n, day).rises()
        p.say(day + 35, ordered_scan(p.p, day + 35))
        said += p.said
    for n, day in enumerate(spread(4 * scale, LIVE + 10, -70)):  # corrected when it has been told
        said += Prostate(4, n, day).rises().taken_back(60, 'C').said
    for n, day in enumerate(spread(3 * scale, LIVE + 15, -75)):  # they were another patient's
        said += Prostate(5, n, day).rises().taken_back(58, 'W').said
    for n, day in enumerate(spread(2 * scale, LIVE + 40, -140)):
        said += merged(n, day)
    for n, day in enumerate(spread(4 * scale, LIVE + 30, -20)):  # suspected, and corrected before anybody was interrupted
        p = Prostate(7, n, day).rises(second=None)
        p.say(day + 4, stories.psa(p.p, day + 4, '0.91', status='C', order_day=day))
        said += p.said
    for n, day in enumerate(spread(2 * scale, LIVE + 50, -110)):  # told, and dead: an end, and no retraction
        p = Prostate(8, n, day).rises()
        p.say(day + 70, died(p.p, day + 70, p.doctor))
        said += p.said
    for n in range(4 * scale + 6):  # milestones that are missed while the feeds are away
        said += leukaemia(9, n, OUTAGE + n % OUTAGE_DAYS)
    return said


def disturbed(said, seed=5):
    """One message in twenty comes twice; the second one days later."""
    dice = random.Random(seed)
    again = [(day + dice.randrange(3), message) for day, message in said if dice.random() < 0.05]
    return sorted(said + again, key=lambda one: one[0])


# --- the run

class Run:
    def __init__(self, tmp_path, build, env=None):
        self.receivers = {'ehr': Hl7Receiver(), 'fhir': HttpReceiver(), 'hook': HttpReceiver()}
        (tmp_path / 'secret').write_text('shared key\n')
        self.clock = Clock(tmp_path / 'clock')
        self.clock.set(LIVE - 1, 20)
        extra = ROUTES.format(folder=tmp_path, **{name: one.port for name, one in self.receivers.items()})
        self.d = harness.Daemon(build=build, env=dict(env or {}, REFRACTD_TEST_CLOCK=str(tmp_path / 'clock')), extra=extra)
        with open(os.path.join(self.d.folder, 'directory.yaml'), 'w', encoding='utf-8') as file:
            file.write(DIRECTORY)
        with open(self.d.config, encoding='utf-8') as file:
            text = file.read()
        live = (stories.TODAY + datetime.timedelta(LIVE)).isoformat()
        with open(self.d.config, 'w', encoding='utf-8') as file:
            file.write(text.replace('max_connections: 64}', f'max_connections: 64, history_until: {live}}}'))
        self.sent, self.burst = 0, None

    def send(self, messages):
        for at in range(0, len(messages), 50):
            part = messages[at:at + 50]
            self.lis.write(b''.join(harness.mllp_frame(raw) for _, raw in part))
            for control, _ in part:
                assert harness.msa(self.lis.answer()) == ('AA', control)
        self.sent += len(messages)

    def head(self):
        return self.d.status()['outbox_head']

    def history(self, said):
        self.send([message for day, message in said if day < LIVE])
        self.clock.ticked()

    def live(self, said, first=LIVE, last=0):
        by_day = collections.defaultdict(list)
        for day, message in said:
            away = OUTAGE <= day < OUTAGE + OUTAGE_DAYS
            by_day[OUTAGE + OUTAGE_DAYS if away else day].append(message)
        for day in range(first, last):
            self.clock.set(day, 7, 5)
            self.clock.ticked()
            if not by_day[day]:
                continue
            self.clock.set(day, 10, 45)  # after what the messages of the day say
            before = self.head() if day == OUTAGE + OUTAGE_DAYS else None
            self.send(by_day[day])
            if before is not None:
                self.burst = (before, self.head())

    def end(self):
        harness.wait_until('the routes are drained', lambda: all(behind(self.d).get(n) == 0 for n in self.receivers), 60, every=0.1)
        head = self.head()
        harness.wait_until('the subscriber has all', lambda: self.feed.last == head, 30)

    def __enter__(self):
        self.d.__enter__()
        self.feed = harness.Follower(self.d.tcp('router'), 'year')
        self.feed.start()
        self.lis = harness.Mllp(self.d.port['lis'])
        return self

    def __exit__(self, *error):
        self.feed.stop()
        self.lis.close()
        try:
            self.d.__exit__(*error)
        finally:
            for one in self.receivers.values():
                one.close()

    # --- what each receiver has got: {alert: [is it a retraction?]}, in order

    def got(self):
        out = {name: collections.defaultdict(list) for name in (*self.receivers, 'feed')}
        for m in self.receivers['ehr'].got:
            out['ehr'][str(m.segment('OBR')[3]).split('^')[0]].append({str(s[11]) for s in m.segments('OBX')} == {'W'})
        for bundle in self.receivers['fhir'].seen():
            for e in bundle['entry']:
                if e['resource']['resourceType'] == 'DetectedIssue':
                    out['fhir'][e['resource']['identifier'][0]['value']].append(e['resource']['status'] == 'entered-in-error')
        for body in self.receivers['hook'].seen():
            if 'alert' in body:
                out['hook'][body['alert']].append(body['state'] == 'retracted')
        for e in self.feed.events:
            if e.alert.id:
                out['feed'][e.alert.id].append(harness.feed_pb2.EventKind.Name(e.kind).endswith('RETRACTED'))
        return out


def wrong(states, got):
    """What a receiver has not been told, or was told for nothing: [(receiver, alert, what)]."""
    out = []
    for name, alerts in got.items():
        for alert, told in alerts.items():
            if states[alert] == 'retracted' and not told[-1]:
                out.append((name, alert, 'it still stands there'))
            # HL7 has one word for what stands no longer: W also for a patient who has died
            if told[-1] and states[alert] not in (('retracted', 'expired', 'superseded') if name == 'ehr' else ('retracted',)):
                out.append((name, alert, 'taken back for nothing'))
            if told[0]:
                out.append((name, alert, 'taken back and never told'))
    return out


def interrupted(events):
    """{recipient: [(day, alert)]} of what was told at once; retractions and ends have no budget."""
    out = collections.defaultdict(list)
    for e in events:
        for r in e.alert.recipients:
            if e.kind in (harness.feed_pb2.RAISED, harness.feed_pb2.UPDATED) and not e.quiet and r.how == 'now':
                out[r.id].append((e.alert.changed.utc_seconds // 86400, e.alert.id))
    return out


def week(day):
    return (day + 3) // 7  # 1970-01-01 was a Thursday


def test_a_year(tmp_path, hooks_build):
    said = disturbed(ward(SCALE))
    with Run(tmp_path, hooks_build) as run:
        run.history(said)
        assert run.head() == 0 and run.sent > 100 * SCALE
        assert sum(1 for _ in run.d.rows('SELECT 1 FROM alert')) >= 4 * SCALE, 'the history has something to tell'
        run.live(said)
        run.end()
        assert run.d.settle(run.sent)['received'] == run.sent
        alerts, got, events = run.d.alerts('all'), run.got(), run.feed.events
        states = {a['id']: a['state'] for a in alerts}

        # a retraction reaches every receiver that was told, and nobody else
        assert wrong(states, got) == []
        taken_back = {name: sum(told[-1] for told in one.values()) for name, one in got.items()}
        assert taken_back['feed'] >= 11 * SCALE and min(taken_back.values()) >= 5 * SCALE, taken_back
        quiet_only = set(got['feed']) - set(got['hook'])
        assert any(states[a] == 'retracted' for a in quiet_only), 'some were taken back before anybody was interrupted'
        assert {'resolved', 'expired', 'retracted', 'new'} <= set(states.values()) | {'new'}

        # few: one open alert of a case and episode, the default budgets
        key = collections.Counter((a['patient']['id'], a['case_key'], a['episode']) for a in alerts
                                  if a['state'] not in ('retracted', 'resolved', 'expired', 'superseded'))
        assert max(key.values()) == 1
        told = interrupted(events)
        assert set(told) == {f'dr-{n}' for n in DOCTORS}
        for who, days in told.items():
            assert max(collections.Counter(day for day, _ in days).values()) <= 1, who
            assert max(collections.Counter(week(day) for day, _ in days).values()) <= 2, who

        # the outage: what waited at the sender comes in one go, and interrupts each once
        burst = [e for e in events if run.burst[0] < e.seq <= run.burst[1]]
        raised = {e.alert.id for e in burst if e.alert.version == 1}
        assert len(raised) >= 4 * SCALE + 6
        at_once = interrupted(burst)
        assert max(map(len, at_once.values())) == 1 and len(at_once) >= len(DOCTORS) * 0.9
        held = {e.alert.id for e in burst if e.alert.id in raised and e.quiet and any(r.how == 'digest' for r in e.alert.recipients)}
        digest = next(e for e in events if e.seq > run.burst[1] and e.HasField('digest'))
        assert held and held <= {item.alert_id for of in digest.digest.recipients for item in of.items}
        assert run.d.counters()[('interruptions_held', 'MYELOID')] >= 4 * SCALE + 6 - len(at_once)

        # act-watch: nobody is interrupted before the team has had its time, nor when it has acted
        of = {a['id']: a['patient']['id'] for a in alerts}
        loud = {of[alert] for days in told.values() for _, alert in days}
        assert not loud & {stories.Patient(number(3, n)).id for n in range(3 * SCALE)}
        waited, on_time = {}, 0
        for e in events:
            if e.alert.waiting_until:
                waited[e.alert.id] = e.alert.waiting_until
            elif e.alert.id in waited and not e.quiet and e.kind == harness.feed_pb2.UPDATED:
                assert not e.alert.acted
                told_on = datetime.datetime.fromtimestamp(e.alert.changed.utc_seconds, datetime.timezone.utc).date().isoformat()
                assert told_on >= waited[e.alert.id]
                on_time += told_on == waited.pop(e.alert.id)
        assert on_time >= 8 * SCALE and waited, 'time alone ends the wait, on its day'
        assert sum(bool(a.get('acted')) for a in alerts) >= 2 * SCALE
        print(json.dumps({'messages': run.sent, 'alerts': len(alerts), 'taken_back': taken_back,
                          'interruptions': {who: len(days) for who, days in told.items()}}))
        assert 'verified' in run.d.ctl('verify').stdout


def test_a_retraction_that_is_withheld_is_found(tmp_path, hooks_build):
    """The negative control of the year's check."""
    said = Prostate(4, 1, LIVE + 10).rises().taken_back(60, 'C').said
    with Run(tmp_path, hooks_build, {'REFRACTD_TEST_WITHHOLD': '1'}) as run:
        run.history(said)
        run.live(said, last=LIVE + 80)
        run.end()
        states = {a['id']: a['state'] for a in run.d.alerts('all')}
        found = wrong(states, run.got())
        assert {(name, what) for name, _, what in found} == {(name, 'it still stands there') for name in ('ehr', 'fhir', 'hook')}
