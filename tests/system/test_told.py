"""Who is told: roles of a register's messages, absence cover, corrections out of order; what may be inherited."""
import datetime
import json
import os

import pytest

import harness
import stories
import test_page
from harness import Mllp, Subscriber
from stories import hl7, prostate

TODAY = datetime.date.today()
DIRECTORY = f'''
people:
  - id: dr-sandglass
    name: Dr. Irmela Sandglass
    numbers: ["DEMO:90017"]
    absent:
      - {{from: {TODAY - datetime.timedelta(2)}, until: {TODAY + datetime.timedelta(3)}, cover: dr-otter}}
  - {{id: dr-otter, name: Dr. Otter, numbers: ["90018"]}}
  - {{id: dr-finch, numbers: ["90019"]}}
  - {{id: genetics}}
pools: [desk]
role_codes:
  primary_oncologist: ["L:TRTONC"]
fallback: desk
germline: genetics
'''
EXTRA = 'directory: directory.yaml\nalerts:\n  budget_per_day: 50\n  budget_per_week: 50\n'


@pytest.fixture(scope='module')
def scene(tmp_path_factory):
    users = tmp_path_factory.mktemp('users') / 'users.yaml'
    one = test_page.hashed(test_page.PASSWORD)
    users.write_text(f'users:\n  - {{name: irmela, role: clinician, password: "{one}"}}\n'
                     f'  - {{name: gregor, role: clinician, germline: true, password: "{one}"}}\n')
    d = harness.Daemon(console=True, extra=EXTRA)
    with open(os.path.join(d.folder, 'directory.yaml'), 'w', encoding='utf-8') as file:
        file.write(DIRECTORY)
    text = open(d.config, encoding='utf-8').read()
    text = text.replace('alert_feed:\n', 'alert_feed:\n  germline: genes\n')
    text = text.replace('console: {listen:', f'console: {{users: {users}, secure_cookie: false, listen:')
    open(d.config, 'w', encoding='utf-8').write(text)
    with d:
        yield d


def play(d, messages):
    with Mllp(d.port['lis']) as lis:
        for _, raw in messages:
            lis.ask(raw)


def of(d, p):
    return [json.loads(line) for line in d.ctl('alerts', 'all', '--json').stdout.splitlines()
            if json.loads(line)['patient']['id'] == p.id]


def people(d, p):
    alert, = of(d, p)
    return [(r['id'], r['role'], r.get('covers', '')) for r in alert['recipients']]


def page(d, path, name='irmela'):
    browser = test_page.Browser(d.port['http'])
    browser.login(name)
    return browser.go(path)[2]


def rol(p, day, action, code, number, time='113000', more=''):
    control, raw = hl7(p, day, 'ADT^A08^ADT_A01', 'PV1|1|O|ONCO', f'ROL||{action}|{code}|{number}^Nomen^Nescio{more}')
    return control, raw.replace(stories.at(day, '113000').encode(), stories.at(day, time).encode())


def test_cover_feed_show_and_page(scene, context):
    p, story = prostate(1, 'confirmed')
    play(scene, story)
    alert, = of(scene, p)
    assert people(scene, p) == [('dr-otter', 'attending', 'dr-sandglass')]
    sub = Subscriber(context, scene.tcp('router'), 'ward', last_seq=0)
    sub.expect('Welcome')
    head = scene.status()['outbox_head']
    event = [e for e in sub.events(head) if e.alert.id == alert['id']][-1]
    assert [(r.id, r.name, r.covers) for r in event.alert.recipients] == [('dr-otter', 'Dr. Otter', 'dr-sandglass')]
    sub.confirm(head)
    shown = f'version {alert["version"]} confirmed by the receiver'
    harness.wait_until('a receipt', lambda: f'Route feed:ward: {shown}' in scene.ctl('show', alert['id']).stdout)
    assert 'covers for dr-sandglass until' in ' '.join(scene.ctl('show', alert['id']).stdout.split())
    text = page(scene, '/alerts/' + alert['id'])
    told = text[text.index('<h2>Told</h2>'):]
    assert 'Dr. Otter <span class="soft">(dr-otter)' in told and 'covers for dr-sandglass' in told
    assert 'feed:ward' in told and 'confirmed by the receiver' in told
    sub.close()


def test_however_the_messages_come_the_same_people(scene):
    onc = 'TRTONC^Treating oncologist^L'
    number = 10
    ends = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0, 1, 2)):
        number += 1
        p, story = prostate(number, 'confirmed')
        moves = [rol(p, -5, 'AD', onc, '90019', '090000'), rol(p, -4, 'DE', onc, '90019', '090000'),
                 rol(p, -3, 'AD', onc, '90018', '090000')]
        play(scene, [*story[:4], *[moves[i] for i in order[:2]], *story[4:], *[moves[i] for i in order[2:]]])
        ends.append(people(scene, p))
    assert ends == [[('dr-otter', 'primary_oncologist', '')]] * 3
    # it ends by its own date, and by a word that comes late
    p, story = prostate(20, 'confirmed')
    yesterday = stories.at(-1)[:8]
    play(scene, [*story, rol(p, -9, 'AD', onc, '90019', '090000', f'||{yesterday}')])
    assert people(scene, p) == [('dr-otter', 'attending', 'dr-sandglass')]
    # nobody of ours: said to whoever keeps the directory
    p, story = prostate(21, 'confirmed')
    play(scene, [(c, raw.replace(b'90017^', b'777^')) for c, raw in story])
    assert people(scene, p) == [('desk', 'fallback', '')]
    assert 'recipients unresolved 1' in scene.ctl('status').stdout
    assert 'attending DEMO:777: named for' in scene.ctl('unresolved').stdout
    named = [json.loads(line) for line in scene.ctl('unresolved', '--json').stdout.splitlines()]
    assert {'named': 'attending DEMO:777', 'open_alerts': 1, 'alert': of(scene, p)[0]['id']} in named


def brca2(p, source):
    order = f'G{p.id}'
    taken = stories.at(-40)
    obx = [('CWE', '48018-6^Gene studied^LN', 'HGNC:1101^BRCA2^HGNC'),
           ('ST', '48004-6^DNA change c.HGVS^LN', 'NM_000059.4:c.5946del'),
           ('ST', '48005-3^Amino acid change p.HGVS^LN', 'p.(Ser1982Argfs*22)'),
           ('CWE', '48002-0^Genomic source class^LN', source),
           ('CWE', '69548-6^Genetic variant assessment^LN', 'LA9633-4^Present^LN')]
    return hl7(p, -39, 'ORU^R01^ORU_R01',
               f'OBR|1||{order}^SYSTEST|81247-9^Genetic report^LN|||{taken}|||||||||||||||{taken}||GE|F',
               *[f'OBX|{n}|{kind}|{code}|2a|{value}||||||F|||{taken}' for n, (kind, code, value) in enumerate(obx, 1)])


def everything(d, context, name):
    """The newest version of each alert that this subscriber gets."""
    sub = Subscriber(context, d.tcp('router'), name, last_seq=0)
    sub.expect('Welcome')
    found = {}
    while True:
        kind, event = sub.next(1.5)
        if kind != 'AlertEvent':
            break
        found[event.alert.id] = event.alert
        sub.confirm(event.seq)
    sub.close()
    return found


def test_what_may_be_inherited_goes_to_one_role(scene, context):
    somatic, story = prostate(30, 'confirmed')
    play(scene, [*story[:2], brca2(somatic, 'LA6684-0^Somatic^LN'), *story[2:]])
    alert, = of(scene, somatic)
    brought = [o['title'] for o in alert['options'] if 'BRCA2' in json.dumps(o)]
    assert brought, alert['options']
    p, story = prostate(31, 'confirmed')
    play(scene, [*story[:2], brca2(p, 'LA6683-2^Germline^LN'), *story[2:]])
    notice, team = sorted(of(scene, p), key=lambda a: a.get('only_for', '') == '')
    assert (notice['only_for'], [r['id'] for r in notice['recipients']]) == ('genetics', ['genetics'])
    assert 'BRCA2' not in json.dumps(notice) + json.dumps(team)  # of the first only the frame is printed
    assert [o['title'] for o in team.get('options', []) if o['title'] in brought] == []
    assert 'what was sent to genetics alone: it is not listed here' in team['unchecked']
    assert 'sections' not in notice or notice['sections'] == []
    for name, gets in (('genes', True), ('ward', False)):
        found = everything(scene, context, name)
        assert (notice['id'] in found) == gets and team['id'] in found, name
        if gets:
            assert 'BRCA2' in str(found[notice['id']])
        assert 'BRCA2' not in str(found[team['id']])
    assert 'BRCA2' not in scene.ctl('show', notice['id']).stdout + scene.ctl('show', team['id']).stdout
    assert 'BRCA2' not in page(scene, '/alerts/' + notice['id'])
    assert 'BRCA2' in page(scene, '/alerts/' + notice['id'], 'gregor')
    other = test_page.Browser(scene.port['http'])
    other.login('irmela')
    other.go('/')
    assert other.send('/alerts/' + notice['id'], act='ack')[0] == 403
    code = scene.ctl('escalate', notice['id'], '--to', 'desk')
    assert code.returncode == 1 and 'one role alone' in code.stdout + code.stderr
