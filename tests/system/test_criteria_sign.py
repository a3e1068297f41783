"""refractctl criteria show, sign, list: a signature lets a rule out of shadow until the rule changes."""
import os
import shutil
import subprocess

CTL = os.path.join(os.environ.get('REFRACT_BUILD', 'build'), 'refractctl')
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULE = 'btk.c481.acquired'


def ctl(*words):
    done = subprocess.run([CTL, 'criteria', *words], cwd=ROOT, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def folder(tmp_path):
    copy = tmp_path / 'criteria'
    shutil.copytree(os.path.join(ROOT, 'config', 'criteria'), copy)
    return copy


def live(rules):
    return [line.split()[0] for line in ctl('list', '--criteria', str(rules))[1].splitlines() if ', live]' in line]


def test_nothing_that_is_shipped_is_live(tmp_path):
    assert live(folder(tmp_path)) == []


def test_a_signed_rule_is_live_until_it_changes(tmp_path):
    rules = folder(tmp_path)
    where = ('--criteria', str(rules))
    assert ctl('sign', RULE, '--by', 'A. Person', '--on', '2026-11-23', *where)[:2] == (0, f'signed: {RULE}\n')
    assert live(rules) == [RULE]
    assert 'live, signed by A. Person on 2026-11-23' in ctl('show', RULE, *where)[1]
    path = rules / 'variants_leukaemia_lymphoma_myeloma.yaml'
    text = path.read_text(encoding='utf-8')
    path.write_text('# nothing new\n' + text, encoding='utf-8')
    assert live(rules) == [RULE]
    path.write_text(text.replace('C481S', 'C481T'), encoding='utf-8')
    assert live(rules) == []
    code, _, errors = ctl('check', *where)
    assert code == 0 and f'{RULE} has changed since it was signed' in errors


def test_what_cannot_be_signed(tmp_path):
    rules = folder(tmp_path)
    where = ('--criteria', str(rules))
    assert ctl('sign', RULE, *where)[0] == 2
    assert ctl('sign', RULE, '--by', 'A "B"', *where)[0] == 2
    assert ctl('sign', RULE, '--by', 'A', '--on', 'today', *where)[0] == 2
    code, _, errors = ctl('sign', 'btk.c481.acquire', '--by', 'A', *where)
    assert code == 1 and 'did you mean "btk.c481.acquired"' in errors
    assert not (rules / 'signoff.yaml').exists()
