"""The life of an alert on a running daemon: whom it is for, who is interrupted, what a person's word does."""
import datetime
import json
import os
import subprocess

import stories
from harness import BUILD, Daemon, Mllp, Subscriber, wait_until
from stories import prostate, psa

DIRECTORY = '''
people:
  - {id: dr-sandglass, numbers: ["90017"]}
  - {id: genetics}
pools: [desk, board]
services:
  - {disease: [PROSTATE], to: desk}
fallback: desk
germline: genetics
mtb: board
'''
EXTRA = 'directory: directory.yaml\nalerts:\n  budget_per_day: 1\n  budget_per_week: 5\n  escalate_to: desk\n'


def daemon(directory=DIRECTORY):
    d = Daemon(extra=EXTRA)
    with open(os.path.join(d.folder, 'directory.yaml'), 'w', encoding='utf-8') as file:
        file.write(directory)
    return d


def play(d, messages):
    with Mllp(d.port['lis']) as lis:
        for _, raw in messages:
            lis.ask(raw)


def of(d, number):
    """The newest version of the alert of that patient."""
    alert, = [a for a in d.alerts('all') if a['patient']['id'] == stories.Patient(number).id]
    return alert


def said(d, *words):
    out = d.ctl(*words)
    return out.returncode, out.stdout + out.stderr


def test_a_life(context):
    with daemon() as d:
        play(d, prostate(1, 'confirmed')[1])
        play(d, prostate(2, 'confirmed')[1])
        third, story = prostate(3, 'suspected')
        play(d, [*story[:-1], psa(third, -40, '9.1')])  # three weeks later it can be confirmed
        one, two, three = of(d, 1), of(d, 2), of(d, 3)
        # who is interrupted: the first of today, not the second, never what is not confirmed
        assert [(r['id'], r['role'], r['how']) for r in one['recipients']] == [('dr-sandglass', 'attending', 'now')]
        assert [r['how'] for r in two['recipients']] == ['digest']
        assert [r['how'] for r in three['recipients']] == ['digest'] and three['certainty'] == 'suspected'
        assert 'For: dr-sandglass (attending physician) in the digest' in d.ctl('show', two['id']).stdout
        assert d.counters().get(('recipients_unresolved', 'PROSTATE')) is None
        sub = Subscriber(context, d.tcp('router'), 'ward', last_seq=0)
        sub.expect('Welcome')
        head = d.status()['outbox_head']
        events = sub.events(head)
        told = {(e.alert.id, e.alert.version): e.quiet for e in events}
        assert told[(one['id'], one['version'])] is False
        assert told[(two['id'], two['version'])] is True and told[(three['id'], three['version'])] is True
        # delivered: what a receiver has confirmed
        assert one['state'] == 'new'
        sub.confirm(head)
        wait_until('a receipt', lambda: of(d, 1)['state'] == 'delivered')

        # what people do
        until = (datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(30)).isoformat()
        code, text = said(d, 'snooze', three['id'], '--until', until)
        assert code == 0 and ' snoozed suspected ' in text, text
        assert said(d, 'snooze', one['id'])[0] == 2 and said(d, 'snooze', one['id'], '--days', '999')[0] != 0
        assert f'Snoozed: until {until}' in d.ctl('show', three['id']).stdout
        code, text = said(d, 'escalate', one['id'], '--to', 'nobody')
        assert code == 1 and 'no pool of that name' in text
        code, text = said(d, 'escalate', one['id'], '--to', 'mtb')
        assert code == 0 and ' escalated confirmed ' in text, text
        assert [r['id'] for r in of(d, 1)['recipients']] == ['dr-sandglass', 'board']
        assert said(d, 'ack', one['id'])[0] == 0
        assert said(d, 'override', two['id'], 'Already known to the team')[0] == 0
        assert two['id'] not in [a['id'] for a in d.alerts('open')]
        audited = [e for e, in d.rows("SELECT event FROM audit WHERE actor <> 'engine' ORDER BY seq")]
        assert audited == ['snoozed', 'escalated', 'acknowledged', 'overridden']

        # it survives the process; then what gets worse ends the snooze
        d.kill()
        d.start()
        d.wait_served()
        assert of(d, 3)['state'] == 'snoozed'
        play(d, [psa(third, -1, '14.0')])
        assert (of(d, 3)['state'], of(d, 3)['certainty']) == ('new', 'confirmed')

        # more of the same is quiet for whoever has set it aside, and raises no second alert
        before = of(d, 2)['version']
        play(d, [psa(stories.Patient(2), 0, '19.0')])
        assert of(d, 2)['state'] == 'overridden' and of(d, 2)['version'] >= before
        figures = {r['rule']: r for r in map(json.loads, d.ctl('rules', '--json').stdout.splitlines())}
        rule = figures['prostate.psa.pcwg3']
        assert (rule['fired'], rule['acknowledged'], rule['snoozed'], rule['escalated']) == (3, 1, 1, 1)
        assert rule['overridden_by'] == {'already_known': 1} and rule['median_seconds_to_acknowledge'] >= 0
        assert 'verified' in d.ctl('verify').stdout


def test_a_directory_that_is_wrong_is_refused():
    d = daemon(DIRECTORY.replace('fallback: desk', 'fallback: dsk'))
    out = subprocess.run([os.path.join(BUILD, 'refractd'), '--config', d.config, '--check'],
                         capture_output=True, text=True, timeout=30)
    assert out.returncode == 1 and 'directory.yaml:8:' in out.stdout + out.stderr, out.stdout + out.stderr
