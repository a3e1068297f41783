"""What a person enters, lets out and signs: refractctl enter, facts, approve, refuse, criteria sign with a config."""
import getpass
import json
import os
import subprocess

import harness
import stories
from harness import Daemon, Mllp
from stories import adt, leukaemia, prostate, psa

RULE = 'prostate.psa.pcwg3'


def play(d, messages):
    with Mllp(d.port['lis']) as lis:
        for _, raw in messages:
            lis.ask(raw)


def day(n):
    return stories.TODAY.fromordinal(stories.TODAY.toordinal() + n).isoformat()


def said(d, *words):
    out = d.ctl(*words)
    return out.returncode, out.stdout + out.stderr


def test_what_a_person_enters():
    p = stories.Patient(1)
    who = f'DEMO:{p.id}'
    with Daemon() as d:
        play(d, [adt(p, -308), psa(p, -301, '31.0'), psa(p, -119, '0.90'), psa(p, -50, '6.2'), psa(p, -20, '9.1')])
        assert d.alerts() == []
        # who enters it is the user at the other end of the socket
        code, text = said(d, 'enter', 'therapy', who, '--drug', 'Xtandi', '--start', day(-294), '--intent', 'palliative')
        assert code == 0 and f'entered by {getpass.getuser()}, journal ' in text, text
        alert, = d.alerts('open')
        assert alert['certainty'] == 'confirmed' and RULE in [s['rule_id'] for s in alert['sections']]
        assert d.rows("SELECT actor FROM audit WHERE event = 'entered'") == [(getpass.getuser(),)]
        assert d.rows('SELECT type, outcome FROM journal WHERE kind = 3') == [('enter therapy', 0)]
        assert d.status()['received'] == 5  # an entry is no message
        assert 'known already' in said(d, 'enter', 'therapy', who, '--drug', 'enzalutamide', '--start', day(-294),
                                       '--intent', 'palliative')[1]
        # a value that is not his is taken back, and with it what was told
        line, = [x for x in d.ctl('facts', who, 'observation').stdout.splitlines() if 'PSA 9.1' in x]
        assert said(d, 'enter', 'wrong', who, line.split()[0], '--reason', 'another patient')[0] == 0
        line, = [x for x in d.ctl('facts', who, 'observation').stdout.splitlines() if 'PSA 6.2' in x]
        assert said(d, 'enter', 'wrong', who, line.split()[0])[0] == 0
        assert [a['state'] for a in d.alerts('all')] == ['retracted']
        tail = d.ctl('tail', '--once').stdout
        assert 'RETRACTED' in tail.upper()
        # what cannot be is refused, with the place
        for words, why in ((('--drug', 'enzalutamid', '--start', day(-1)), 'did you mean "enzalutamide"'),
                           (('--drug', 'enzalutamide', '--start', day(2)), 'lies in the future'),
                           (('--drug', 'enzalutamide', '--start', day(-1), '--stop', day(-9)), 'before the start')):
            code, text = said(d, 'enter', 'therapy', who, *words)
            assert code == 1 and why in text, text
        d.kill()
        d.start()
        d.wait_served()
        assert len(d.ctl('facts', who).stdout.splitlines()) >= 4
        assert 'verified' in d.ctl('verify').stdout


def site(d, text):
    """The config of a hospital, not of the demo, with a folder of its own."""
    folder = os.path.join(d.folder, 'site')
    os.mkdir(folder)
    with open(os.path.join(folder, 'criteria.yaml'), 'w', encoding='utf-8') as file:
        file.write(text)
    with open(d.config, encoding='utf-8') as file:
        config = file.read().replace('mode: demo\n', '')
    assert 'folders:' in config
    with open(d.config, 'w', encoding='utf-8') as file:
        file.write(config.replace('folders:\n', f'folders:\n  site: {folder}\n'))
    return folder


def offline(*words):
    done = subprocess.run([os.path.join(harness.BUILD, 'refractctl'), *words], capture_output=True, text=True,
                          timeout=60, check=False, cwd=harness.ROOT)
    return done.returncode, done.stdout + done.stderr


def test_review_gate_and_shadow():
    d = Daemon()
    try:
        shipped = os.path.join(d.knowledge, 'criteria', 'signoff.yaml')
        folder = site(d, f'- {{rule: {RULE}, version: 1.1.0, mode: review}}\n')
        code, text = offline('criteria', 'check', '--config', d.config)
        if code:  # the version of the shipped rule moves on
            version = text.split('the rule is version ')[1].split()[0]
            with open(os.path.join(folder, 'criteria.yaml'), 'w', encoding='utf-8') as file:
                file.write(f'- {{rule: {RULE}, version: {version}, mode: review}}\n')
            code, text = offline('criteria', 'check', '--config', d.config)
        assert code == 0 and f'{RULE} is to run in mode review, but is not signed' in text, text
        code, text = offline('criteria', 'sign', RULE, '--by', 'A. Person', '--config', d.config)
        assert code == 0, text
        assert os.path.exists(os.path.join(folder, 'signoff.yaml')) and not os.path.exists(shipped)
        code, text = offline('criteria', 'show', RULE, '--config', d.config)
        assert 'review, signed by A. Person' in text and 'Changed here  mode: review, ' in text, text
        with d:
            play(d, prostate(1, 'confirmed')[1])
            play(d, prostate(2, 'confirmed')[1])
            play(d, leukaemia(3)[1])
            assert d.alerts('open') == [] and d.ctl('tail', '--once').stdout == ''
            first, second = d.alerts('review')
            assert {first['gate'], second['gate']} == {'held'} and first['certainty'] == 'confirmed'
            shadow = {s['rule_id'] for a in d.alerts('shadow') for s in a['sections']}
            assert 'cml.eln2020' in shadow and RULE not in shadow
            assert d.counters()[('rule_held', RULE)] == 2 and d.counters()[('rule_shadow', 'cml.eln2020')] == 1
            assert said(d, 'ack', first['id'])[0] == 1
            assert said(d, 'approve', first['id'])[0] == 0
            assert [a['id'] for a in d.alerts('open')] == [first['id']]
            event = json.loads(d.ctl('tail', '--once', '--json').stdout.splitlines()[0])
            assert event['id'] == first['id'] and event['state'] == 'new' and 'gate' not in event
            assert said(d, 'refuse', second['id'], 'known already')[0] == 0
            assert d.alerts('review') == [] and len(d.alerts('open')) == 1
            assert said(d, 'approve', d.alerts('shadow')[0]['id'])[0] == 1
            actors = d.rows("SELECT event, actor FROM audit WHERE event IN ('approved', 'refused')")
            assert actors == [('approved', getpass.getuser()), ('refused', getpass.getuser())]
    finally:
        d.kill()


def test_eval_explains(tmp_path):
    for n, (_, raw) in enumerate(prostate(1, 'suspected')[1]):
        (tmp_path / f'{n}.hl7').write_bytes(raw)
    files = sorted(str(f) for f in tmp_path.glob('*.hl7'))
    out = subprocess.run([os.path.join(harness.BUILD, 'refractctl'), 'eval', '--explain', '--map', 'config/maps/demo.yaml',
                          *files], capture_output=True, text=True, timeout=60, check=False, cwd=harness.ROOT)
    rows = [json.loads(line)['explain'] for line in out.stdout.splitlines() if line.startswith('{"explain"')]
    mine = [r for r in rows if r['rule'] == RULE]
    assert [r['status'] for r in mine][-1] == 'unconfirmed' and mine[-1]['shown']
    assert 'due by' in mine[-1]['missing'][0]
    assert mine[0]['status'] == 'not_evaluable' and mine[0]['missing']
