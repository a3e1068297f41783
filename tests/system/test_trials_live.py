"""Trials that open, close, change and break while the daemon runs, and patients who change: what MatchMiner's run log does
in a nightly batch (deploy/doc/matching.md has the table), here on SIGHUP and on each message."""
import json
import os
import signal
import subprocess

import pytest

import harness
import stories

TRIAL = """protocol_no: LIVE-0001
nct_id: NCT90000001
short_title: "A test trial"
status: {status}
last_updated: 2026-09-01
sponsor_list: {{sponsor: [{{sponsor_name: {sponsor}}}]}}
treatment_list:
  step:
    - step_code: "1"
      arm:
        - {{arm_code: A, arm_suspended: {a}, match: [{{and: [{{clinical: {{oncotree_primary_diagnosis: {disease}, age_numerical: "{age}"}}}}]}}]}}
        - {{arm_code: B, arm_suspended: {b}, match: [{{and: [{{clinical: {{oncotree_primary_diagnosis: Prostate, gender: Male}}}}]}}]}}
"""
USUAL = {'status': 'open to accrual', 'sponsor': 'nobody', 'a': 'N', 'b': 'Y', 'disease': 'Prostate Adenocarcinoma',
         'age': '>=18'}


class Site:
    """A daemon with one trial of ours and a patient whose alert lists trials."""

    def __init__(self):
        self.daemon = harness.Daemon(own_knowledge=True)
        self.trials = os.path.join(self.daemon.knowledge, 'trials')
        for folder in ('trials', 'therapies', 'criteria'):  # what the patients need: each reload compiles all of it
            for name in os.listdir(os.path.join(self.daemon.knowledge, folder)):
                if name != 'prostate.yaml':
                    os.unlink(os.path.join(self.daemon.knowledge, folder, name))
        self.write()

    def put(self, name, text):
        with open(os.path.join(self.trials, name), 'w', encoding='utf-8') as file:
            file.write(text)

    def drop(self, name):
        os.unlink(os.path.join(self.trials, name))

    def write(self, **changes):
        self.put('live.yaml', TRIAL.format(**{**USUAL, **changes}))

    def reload(self, event='supervisor.reloaded'):
        mark = len(self.daemon.log_text())
        self.daemon.process.send_signal(signal.SIGHUP)
        self.daemon.wait_for(event, mark)
        self.daemon.wait_served()
        return self.daemon.log_text()[mark:]

    def send(self, messages):
        before = self.daemon.status()['received']
        with harness.Mllp(self.daemon.port['lis']) as peer:
            for _, payload in messages:
                assert peer.ask(payload)[0] == 'AA'
        self.daemon.settle(before + len(messages))

    def alert(self, p):
        rows = [a for a in self.daemon.alerts() if a['patient']['id'] == p.id]
        assert len(rows) == 1, rows
        return rows[0]

    def wait(self, p, trials, what):
        """Until the patient's alert lists these clauses; the alert."""
        def there():
            alert = self.alert(p)
            return [t['id'] for t in alert.get('trials', [])] == trials and alert
        return harness.wait_until(what, there)

    def events(self, after=0):
        """(sequence, quiet, version) of what receivers get."""
        return self.daemon.rows('SELECT seq, quiet, version FROM outbox WHERE seq > ? ORDER BY seq', after)

    def listed(self):
        return {row['id']: row for row in map(json.loads, self.daemon.ctl('trials', '--json').stdout.splitlines())}


@pytest.fixture(name='site', scope='module')
def site_fixture():
    s = Site()
    with s.daemon:
        s.patient, messages = stories.prostate(8100001, 'confirmed')
        s.send(messages)
        s.wait(s.patient, ['LIVE-0001/A'], 'the trial in the first alert')
        yield s


def back(site):
    """The usual trial again, for the next test."""
    for name in os.listdir(site.trials):
        if name != 'live.yaml':
            site.drop(name)
    site.write()
    site.reload()
    return site.wait(site.patient, ['LIVE-0001/A'], 'the usual trial')


def test_closed_and_opened_again(site):
    head = site.events()[-1][0]
    site.write(status='closed to accrual')
    site.reload()
    alert = site.wait(site.patient, [], 'no trial')
    assert alert['change'] == 'trial no longer listed: LIVE-0001/A'
    told = site.events(head)
    assert len(told) == 1 and not told[0][1], 'the trial was shown: that it closed interrupts'
    site.write()
    site.reload()
    alert = site.wait(site.patient, ['LIVE-0001/A'], 'the trial again')
    assert alert['change'] == 'trial now listed: LIVE-0001/A'
    assert len(site.events(head)) == 2
    assert alert['state'] not in ('retracted', 'expired')


def test_suspended_arm(site):
    site.write(a='Y')
    site.reload()
    site.wait(site.patient, [], 'a suspended arm takes nobody')
    assert site.listed()['LIVE-0001']['openness'] == 'suspended'
    site.write(a='Y', b='N')
    site.reload()
    site.wait(site.patient, ['LIVE-0001/B'], 'the arm that opened')


def test_criteria_change(site):
    """Old matches go, new ones come, and a trial that closes on the way is not told twice."""
    site.write(disease='Lung Adenocarcinoma', b='N')
    site.reload()
    site.wait(site.patient, ['LIVE-0001/B'], 'the other arm')
    site.write(age='<18')
    site.reload()
    site.wait(site.patient, [], 'too old')
    back(site)


def test_unused_field(site):
    """A field that nothing reads: no new version, nothing is sent."""
    head, version = site.events()[-1][0], site.alert(site.patient)['version']
    site.write(sponsor='another')
    site.reload()
    p, messages = stories.prostate(8100002, 'silent')
    site.send(messages)
    assert site.events(head) == [] and site.alert(site.patient)['version'] == version
    assert p.id not in {a['patient']['id'] for a in site.daemon.alerts()}


def test_broken_file(site):
    """It is kept out and said with its place; the rest serves, and the patient's alert stays as it is."""
    version = site.alert(site.patient)['version']
    site.put('bad-yaml.yaml', 'protocol_no: BAD-1\nmatch: [\n')
    site.put('bad-tree.yaml', 'protocol_no: BAD-2\nstatus: open to accrual\nmatch:\n  - and: {clinical: 3}\n')
    site.put('bad-name.yaml', 'protocol_no: BAD-3\nstatus: open to accrual\nmatch:\n'
                              '  - and: [{clinical: {oncotree_primary_diagnosis: No Such Disease}}]\n')
    log = site.reload()
    assert 'config.warning' in log and 'config.error' not in log
    for name, line in (('bad-yaml.yaml', 3), ('bad-tree.yaml', 4)):
        assert any(f'{name} line={line}' in row and 'kept out' in row for row in log.splitlines()), log
    rows = {os.path.basename(row['file']): row for row in site.listed().values()}
    rows.update({os.path.basename(r['file']): r for r in
                 map(json.loads, site.daemon.ctl('trials', '--json').stdout.splitlines())})
    assert rows['bad-yaml.yaml']['kept_out'] and rows['bad-tree.yaml']['kept_out']
    assert rows['bad-tree.yaml']['problems'][0]['line'] == 4
    assert not rows['bad-name.yaml']['kept_out'] and rows['bad-name.yaml']['problems'][0]['line'] == 4
    assert site.daemon.ctl('trials').stdout.splitlines()[-1] == '4 trial files, 2 kept out'
    check = subprocess.run([os.path.join(harness.BUILD, 'refractd'), '--config', site.daemon.config, '--check'],
                           capture_output=True, text=True, timeout=60, check=False)
    assert check.returncode == 0 and 'warning: this trial is kept out' in check.stdout + check.stderr
    assert site.wait(site.patient, ['LIVE-0001/A'], 'as before')['version'] == version
    site.write(status='closed to accrual')  # the rest serves: it still follows its own file
    site.reload()
    site.wait(site.patient, [], 'closed beside broken ones')
    back(site)


def test_openness_of_the_site(site):
    """The site's own list, with its date, beats the trial's file; each way."""
    site.write(status='closed to accrual', b='N')
    site.put('openness.csv', 'trial_id,arm,status,as_of,site,contact\n'
                             f'NCT90000001,,open,{stories.at(-10)[:4]}-{stories.at(-10)[4:6]}-{stories.at(-10)[6:8]},'
                             'Haus West,study nurse 4711\nLIVE-0001,B,suspended,2026-01-02,,\nNONE-1,,open,2026-01-02,,\n')
    log = site.reload()
    assert 'no trial NONE-1 is in the folder' in log and 'openness.csv line=4' in log

    def here():
        shown = site.alert(site.patient).get('trials', [{}])[0]
        return shown.get('status') == 'open at this site' and shown
    trial = harness.wait_until('the list is heard', here)
    assert trial['jurisdiction'] == 'site list, Haus West'
    assert trial['contact'] == 'study nurse 4711'
    text = site.daemon.ctl('board', site.alert(site.patient)['id']).stdout
    assert 'open at this site (site list, Haus West) as of' in text
    row = site.listed()['LIVE-0001']
    assert row['said_by'] == 'site list, Haus West' and row['own'] and not row['old']
    site.put('openness.csv', 'trial_id;status;as_of\nLIVE-0001;open;2020-01-02\n')
    site.reload()

    def stale():
        shown = site.alert(site.patient).get('trials', [{}])[0]
        return any('as of 2020-01-02' in u for u in shown.get('unchecked', []))
    harness.wait_until('an old list is said to be old', stale)
    assert site.listed()['LIVE-0001']['old']
    site.put('openness.csv', 'trial_id;status;as_of\nLIVE-0001;perhaps;2020-01-02\n')
    log = site.reload('supervisor.reload_refused')
    assert 'openness.csv line=2 col=11' in log
    site.drop('openness.csv')
    site.put('openness.yaml', '- {trial_id: LIVE-0001, status: closed, as_of: 2026-11-01}\n')
    site.write()
    site.reload()
    site.wait(site.patient, [], 'closed here, whatever the file says')
    back(site)


def test_not_the_sites_own_is_quiet(site):
    """With a list, a trial that is not on it and was not shown comes without interrupting; one on it interrupts."""
    day = stories.at(-3)
    own = f'- {{trial_id: LIVE-0001, status: open, as_of: {day[:4]}-{day[4:6]}-{day[6:8]}}}\n'
    site.put('openness.yaml', own)
    site.reload()
    harness.wait_until('the list is read', lambda: site.alert(site.patient)['trials'][0]['status'] == 'open at this site')
    head = site.events()[-1][0]
    site.put('far.yaml', TRIAL.format(**USUAL).replace('LIVE-0001', 'FAR-0001').replace('NCT90000001', 'NCT90000002'))
    site.reload()
    site.wait(site.patient, ['LIVE-0001/A', 'FAR-0001/A'], 'the other trial too')
    assert [e[1] for e in site.events(head)] == [1], 'quiet'
    head = site.events()[-1][0]
    site.put('near.yaml', TRIAL.format(**USUAL).replace('LIVE-0001', 'NEAR-0001').replace('NCT90000001', 'NCT90000003'))
    site.put('openness.yaml', own + own.replace('LIVE-0001', 'NEAR-0001'))
    site.reload()
    site.wait(site.patient, ['LIVE-0001/A', 'NEAR-0001/A', 'FAR-0001/A'], 'the own one')
    assert [e[1] for e in site.events(head)] == [0], 'told'
    back(site)


def test_diagnosis_corrected_and_back(site):
    """A corrected diagnosis withdraws the alert with its trials; corrected again, they come back."""
    p, messages = stories.prostate(8100003, 'confirmed')
    site.send(messages)
    site.wait(p, ['LIVE-0001/A'], 'matched')
    facts = [json.loads(row) for row in site.daemon.ctl('facts', f'DEMO:{p.id}', 'diagnosis', '--json').stdout.splitlines()]
    assert site.daemon.ctl('enter', 'wrong', f'DEMO:{p.id}', facts[0]['name'], '--reason', 'test').returncode == 0
    assert site.daemon.ctl('enter', 'diagnosis', f'DEMO:{p.id}', '--code', 'BLCA').returncode == 0
    harness.wait_until('retracted', lambda: site.alert(p)['state'] == 'retracted')
    board = json.loads(site.daemon.ctl('board', f'DEMO:{p.id}', '--json').stdout)
    assert board['case_key'] == 'BLADDER' and board['trials'] == []
    assert site.daemon.ctl('enter', 'diagnosis', f'DEMO:{p.id}', '--code', 'PRAD').returncode == 0

    def again():
        alerts = [a for a in site.daemon.alerts() if a['patient']['id'] == p.id and a['state'] != 'retracted']
        return alerts and [t['id'] for t in alerts[0].get('trials', [])] == ['LIVE-0001/A']
    harness.wait_until('matched again', again)


def test_death(site):
    p, messages = stories.prostate(8100004, 'confirmed')
    site.send(messages)
    site.wait(p, ['LIVE-0001/A'], 'matched')
    control, payload = stories.adt(p, -1)
    lines = payload.decode().split('\r')
    lines[2] += '|' * 22 + 'Y'
    site.send([(control, '\r'.join(lines).encode())])
    harness.wait_until('retracted or closed', lambda: site.alert(p)['state'] in ('retracted', 'expired', 'resolved'))
    assert json.loads(site.daemon.ctl('board', f'DEMO:{p.id}', '--json').stdout)['dead']
    version = site.alert(p)['version']
    site.write(a='Y', b='N')  # a trial that opens is not matched to the dead
    site.reload()
    site.wait(site.patient, ['LIVE-0001/B'], 'the living are')
    assert site.alert(p)['version'] == version
    site.write()


def test_board_is_whole(site):
    """The tumour board's list: more than three of a kind, each with reasons; case reports only there."""
    for n in range(2, 7):
        site.put(f't{n}.yaml', TRIAL.format(**USUAL).replace('LIVE-0001', f'MORE-000{n}').replace('NCT90000001', f'NCT9100000{n}'))
    site.reload()
    harness.wait_until('three trials', lambda: len(site.alert(site.patient)['trials']) == 3)
    alert = site.alert(site.patient)
    assert alert['trials_more'] == 3
    board = json.loads(site.daemon.ctl('board', alert['id'], '--json').stdout)
    assert len(board['trials']) == 6 and all(t['reasons'] for t in board['trials'])
    assert len(board['options']) == len(alert['options']) + alert.get('options_more', 0)
    assert all(o['level'] and o['citation'] for o in board['options'])
    text = site.daemon.ctl('board', f'DEMO:{site.patient.id}').stdout
    assert 'TRIALS: 6' in text and 'Decision support, not a decision' in text
    assert site.daemon.ctl('board', 'DEMO:nobody').returncode == 1
