"""refractctl match --compat against the runs recorded from MatchMiner's engines, and hostile CTML."""
import collections
import json
import os
import subprocess
import time

import pytest

CTL = os.path.join(os.environ.get('REFRACT_BUILD', 'build'), 'refractctl')
CTML = os.path.join(os.environ.get('REFRACT_SHARED', '../shared'), 'data', 'ctml')
shared = pytest.mark.skipif(not os.path.isdir(CTML), reason='SKIP shared (1)')
EGFR = '{genomic: {hugo_symbol: EGFR}}'
OPEN = '_summary: {status: [{value: open to accrual}]}\n'


def match(*args):
    begin = time.monotonic()
    out = subprocess.run([CTL, 'match', '--compat', *map(str, args)], capture_output=True, text=True, timeout=60,
                         check=False)
    out.seconds = time.monotonic() - begin
    return out


def answers(out):
    return {row['trial_file']: row['samples'] for row in map(json.loads, out.stdout.splitlines())}


def recorded():
    with open(os.path.join(CTML, 'expected.tsv'), encoding='utf-8') as file:
        return [line.rstrip('\n').split('\t') for line in file][1:]


def rows_of(mapping, age_date, *more):
    return ['--clinical', f'{CTML}/clinical.ndjson', '--genomic', f'{CTML}/genomic.ndjson', '--oncotree',
            f'{CTML}/oncotree_mapping.{mapping}.json', '--age-date', age_date, *more]


@shared
def test_every_recorded_run():
    runs = collections.defaultdict(dict)
    for row in recorded():
        flags = [flag for flag, on in (('--deceased', row[3]), ('--closed', row[4])) if on == 'True']
        mapping = 'ctims-defaults' if row[0].startswith('ctims') else 'dfci-v2'
        runs[mapping, row[5], *flags][f'{CTML}/{row[1]}'] = [] if row[8] == '-' else sorted(row[8].split(','))
    compared = 0
    for (mapping, age_date, *flags), expected in runs.items():
        out = match('--trials', *expected, *rows_of(mapping, age_date, *flags))
        assert out.returncode == 0
        assert answers(out) == expected
        assert list(answers(out)) == sorted(expected)
        compared += len(expected)
    assert compared == len(recorded()) == 480


@shared
def test_every_real_trial_loads_or_is_diagnosed():
    folder = f'{CTML}/trials'
    out = match('--trials', folder, *rows_of('dfci-v2', '2000-07-12', '--closed', '--deceased'))
    assert out.returncode == 0
    said = set()
    for line in out.stderr.splitlines():
        file, number, text = line.split(':', 2)
        assert number.isdigit() and int(number) > 0 and text.strip()
        said.add(file)
    names = {f'{folder}/{name}' for name in os.listdir(folder)}
    assert names == set(answers(out)) | said
    assert len(answers(out)) == 405


@shared
def test_our_own_oncotree_stands_in():
    """Without --oncotree the terminology's tree is used: the same names, newer."""
    out = match('--trials', f'{CTML}/trials', *rows_of('dfci-v2', '2000-07-12')[:4], '--closed', '--deceased')
    assert out.returncode == 0
    assert sum(map(len, answers(out).values())) > 1000


@pytest.fixture(name='site')
def site_fixture(tmp_path):
    (tmp_path / 'clinical.ndjson').write_text(
        '{"_id": {"$oid": "a"}, "SAMPLE_ID": "S-2", "VITAL_STATUS": "alive", "GENDER": "Female"}\n'
        '{"_id": {"$oid": "b"}, "SAMPLE_ID": "S-1", "VITAL_STATUS": "alive", "GENDER": "Male"}\n')
    (tmp_path / 'genomic.ndjson').write_text(
        '{"CLINICAL_ID": {"$oid": "a"}, "TRUE_HUGO_SYMBOL": "EGFR"}\n'
        '{"CLINICAL_ID": {"$oid": "b"}, "TRUE_HUGO_SYMBOL": "EGFR"}\n')
    (tmp_path / 'prior.ndjson').write_text('{"CLINICAL_ID": {"$oid": "a"}, "AGENT": "Osimertinib"}\n')
    (tmp_path / 'oncotree.json').write_text('{"Lung": ["Lung"]}')
    return tmp_path


def ask(site, *args, trial=None):
    if trial is not None:
        (site / 'trial.yaml').write_text(trial)
        args = ('--trials', site / 'trial.yaml', *args)
    return match(*args, '--clinical', site / 'clinical.ndjson', '--genomic', site / 'genomic.ndjson',
                 '--oncotree', site / 'oncotree.json')


def test_samples_and_files_are_sorted(site):
    (site / 'b.yaml').write_text(f'{OPEN}match: [{EGFR}]\n')
    (site / 'a.json').write_text('{"_summary": {"status": [{"value": "open to accrual"}]}, "match": '
                                 '[{"clinical": {"gender": "Female"}}]}')
    (site / 'table.tsv').write_text('no trial\n')
    out = ask(site, '--trials', site / 'b.yaml', '--trials', site / 'a.json')
    assert list(answers(out).items()) == [(f'{site}/a.json', ['S-2']), (f'{site}/b.yaml', ['S-1', 'S-2'])]


def test_prior_treatments(site):
    out = ask(site, '--prior', site / 'prior.ndjson',
              trial=f'{OPEN}match: [{{prior_treatment: {{prior_treatment_agent: "!osimertinib"}}}}]\n')
    assert list(answers(out).values()) == [['S-1']]


def test_a_bad_line_of_patients_is_said_and_left_out(site):
    with open(site / 'clinical.ndjson', 'a', encoding='utf-8') as file:
        file.write('{"SAMPLE_ID": \n[1]\n')
    out = ask(site, trial=f'{OPEN}match: [{EGFR}]\n')
    assert list(answers(out).values()) == [['S-1', 'S-2']]
    assert f'{site}/clinical.ndjson:3: ' in out.stderr
    assert f'{site}/clinical.ndjson:4: ' in out.stderr


def test_a_file_that_cannot_be_read_stops_nothing(site):
    (site / 'bad.yaml').write_text('match: [\n')
    (site / 'good.yaml').write_text(f'{OPEN}match: [{EGFR}]\n')
    out = ask(site, '--trials', site / 'bad.yaml', site / 'good.yaml', site / 'absent.yaml')
    assert out.returncode == 0
    assert list(answers(out)) == [f'{site}/good.yaml']
    assert f'{site}/bad.yaml:2: ' in out.stderr
    assert f'{site}/absent.yaml:1: ' in out.stderr


def test_what_is_missing_on_the_command_line(site):
    assert match('--trials', site).returncode == 2
    assert match('--clinical', site / 'clinical.ndjson').returncode == 2
    assert match('--trials', site, '--clinical', site / 'clinical.ndjson', '--age-date', 'today').returncode == 2
    assert match('--trials', site, '--clinical', site / 'absent.ndjson').returncode == 1


HOSTILE = {
    'deep': (f'{OPEN}match: [' + '{and: [' * 5000 + EGFR + ']}' * 5000 + ']\n', 2, False),
    'deep elsewhere': (f'{OPEN}match: [{EGFR}]\nx: ' + '[' * 100000 + '\n', 3, False),
    'long scalar': (f'{OPEN}match:\n- genomic:\n    hugo_symbol: {"E" * 1000000}\n', None, True),
    'longer scalar': (f'{OPEN}match:\n- genomic:\n    hugo_symbol: {"E" * 3000000}\n', None, True),
    'longest file': (f'{OPEN}match:\n- genomic:\n    hugo_symbol: {"E" * 5000000}\n', 1, False),
    'long key': (f'{OPEN}match:\n- genomic:\n    {"k" * 100000}: x\n', 4, False),
    'long name': (f'{OPEN}match:\n- clinical:\n    oncotree_primary_diagnosis: {"L" * 1000000}\n', 4, True),
    'alias': (f'{OPEN}x: &a [{EGFR}]\nmatch: *a\n', 2, False),
    'billion laughs': ('a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nmatch: [*c]\n', 1, False),
    'cycle': (f'{OPEN}match: &m\n- and: *m\n', 2, False),
    'merge key': (f'{OPEN}match:\n- <<: {{genomic: {{hugo_symbol: EGFR}}}}\n', 3, False),
    'tag': (f'{OPEN}match: !!python/object/apply:os.system ["true"]\n', 2, False),
    'match is text': (f'{OPEN}match: EGFR\n', 2, False),
    'match is a map': (f'{OPEN}match: {EGFR}\n', 2, False),
    'item is text': (f'{OPEN}match:\n- EGFR\n', 3, False),
    'leaf is a list': (f'{OPEN}match:\n- genomic: [EGFR]\n', 3, False),
    'and is a map': (f'{OPEN}match:\n- and: {EGFR}\n', 3, False),
    'value is a map': (f'{OPEN}match:\n- genomic: {{variant_category: {{a: b}}}}\n', 3, True),
    'age is a list': (f'{OPEN}match:\n- clinical:\n    age_numerical: [18]\n', 4, True),
    'age is no age': (f'{OPEN}match:\n- clinical:\n    age_numerical: ">=99999999999999999999"\n', 4, True),
    'unknown key': (f'{OPEN}match:\n- genomic:\n    hugo_simbol: EGFR\n', 4, True),
    'unknown leaf': (f'{OPEN}match:\n- genomics:\n    hugo_symbol: EGFR\n', 3, True),
    'twice': (f'{OPEN}match: [{EGFR}]\nmatch: []\n', 3, False),
    'two documents': (f'{OPEN}match: [{EGFR}]\n---\nmatch: []\n', 3, False),
    'a list': (f'- match: [{EGFR}]\n', 1, False),
    'a scalar': ('trial\n', 1, False),
    'empty': ('', 1, False),
    'no UTF-8': ('match: \udcff\n', 1, False),
    'control': ('match: "\x01"\n', 1, False),
    'tab': ('match:\n\t- x\n', 2, False),
    'wide': (f'{OPEN}match: [' + ', '.join([EGFR] * 20000) + ']\n', None, True),
    'paths': (f'{OPEN}match:\n' + ''.join(
        f'- or: [{{genomic: {{hugo_symbol: A{i}}}}}, {{genomic: {{hugo_symbol: B{i}}}}}, {EGFR}]\n'
        for i in range(2000)), None, True),
}


@pytest.mark.parametrize('name', HOSTILE)
def test_hostile_trials(site, name):
    """Refused or diagnosed with file and line, in bounded time; what can be read is answered."""
    text, line, answered = HOSTILE[name]
    (site / 'trial.yaml').write_bytes(text.encode('utf-8', 'surrogateescape'))
    (site / 'good.yaml').write_text(f'{OPEN}match: [{EGFR}]\n')
    out = ask(site, '--trials', site / 'trial.yaml', site / 'good.yaml')
    assert out.returncode == 0
    assert out.seconds < 10
    got = answers(out)
    assert got[f'{site}/good.yaml'] == ['S-1', 'S-2']
    assert (f'{site}/trial.yaml' in got) == answered
    if line is not None:
        assert f'{site}/trial.yaml:{line}: ' in out.stderr
    assert len(out.stderr) < 100000
