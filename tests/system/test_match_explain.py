"""refractctl explain PATIENT TRIAL through the running daemon, and refractctl match on the same messages without one:
every leaf with its verdict, of a "no" what blocks it, of an unknown what is missing."""
import json
import os
import subprocess

import pytest

import harness
import stories

CTL = os.path.join(os.environ.get('REFRACT_BUILD', 'build'), 'refractctl')
CONFIG = os.path.join(harness.ROOT, 'deploy', 'demo', 'refractd.yaml')
TRIAL = """protocol_no: SYS-0001
nct_id: NCT99999999
status: open to accrual
prior_treatment_requirements: [Measurable disease]
treatment_list:
  step:
    - step_code: "1"
      arm:
        - arm_code: A
          arm_suspended: N
          match:
            - and:
                - clinical: {oncotree_primary_diagnosis: Prostate Adenocarcinoma, gender: Male, age_numerical: ">=18"}
                - or:
                    - genomic: {hugo_symbol: BRCA2, variant_category: Mutation}
                    - genomic: {hugo_symbol: BRCA1, variant_category: Mutation}
        - arm_code: B
          arm_suspended: Y
          match:
            - and:
                - clinical: {oncotree_primary_diagnosis: Prostate Adenocarcinoma}
                - clinical: {gender: Male}
        - arm_code: C
          arm_suspended: N
          match:
            - or:
                - clinical: {oncotree_primary_diagnosis: Lung Adenocarcinoma, gender: Female}
                - clinical: {oncotree_primary_diagnosis: Breast, gender: Male}
"""


def messages():
    p = stories.Patient(7100001)
    return p, [stories.adt(p, -60), stories.psa(p, -30, '4.0')]


def by_clause(text):
    return {row['clause']: row for row in map(json.loads, text.splitlines())}


def check(rows):
    assert set(rows) == {'SYS-0001/A', 'SYS-0001/B', 'SYS-0001/C'}
    a, b, c = rows['SYS-0001/A'], rows['SYS-0001/B'], rows['SYS-0001/C']
    assert a['verdict'] == 'unknown' and a['open'] and a['not_checked'] == ['Measurable disease']
    assert [leaf['verdict'] for leaf in a['leaves']] == ['yes', 'unknown', 'unknown', 'yes', 'yes']
    assert [leaf['part'] for leaf in a['leaves']] == ['disease', 'biomarker', 'biomarker', 'other', 'other']
    missing = [leaf['text'] for leaf in a['leaves'] if leaf.get('missing')]
    assert sorted(missing) == ['BRCA1 mutation: no test that covers it is known',
                               'BRCA2 mutation: no test that covers it is known']
    assert a['leaves'][0]['journal'] > 0
    assert b['verdict'] == 'yes' and not b['open']
    assert not any('blocks' in leaf or 'missing' in leaf for leaf in b['leaves'])
    assert c['verdict'] == 'no'
    blocking = [leaf for leaf in c['leaves'] if leaf.get('blocks')]
    assert len(blocking) == 2 and all(leaf['verdict'] == 'no' for leaf in blocking)


@pytest.fixture(name='trial')
def trial_fixture(tmp_path):
    (tmp_path / 'trial.yaml').write_text(TRIAL)
    return tmp_path / 'trial.yaml'


def test_online(trial):
    daemon = harness.Daemon(own_knowledge=True)
    with open(os.path.join(daemon.knowledge, 'trials', 'sys-0001.yaml'), 'w', encoding='utf-8') as file:
        file.write(trial.read_text())
    with daemon:
        p, sent = messages()
        with harness.Mllp(daemon.port['lis']) as peer:
            for _, payload in sent:
                assert peer.ask(payload)[0] == 'AA'
        daemon.settle(len(sent))
        out = daemon.ctl('explain', f'DEMO:{p.id}', 'sys-0001', '--json')
        assert out.returncode == 0, out.stderr
        check(by_clause(out.stdout))
        assert daemon.ctl('explain', f'DEMO:{p.id}', 'NCT99999999', '--json').stdout == out.stdout
        one = daemon.ctl('explain', f'DEMO:{p.id}', 'SYS-0001/C').stdout.splitlines()
        assert one[0].endswith('SYS-0001/C: no')
        assert sum('[blocks]' in line for line in one) == 2
        assert daemon.ctl('explain', f'DEMO:{p.id}', 'SYS-0002').returncode == 1
        assert daemon.ctl('explain', 'DEMO:nobody', 'SYS-0001').returncode == 1
        assert daemon.ctl('explain', f'DEMO:{p.id}', 'SYS-0001', 'more').returncode != 0


def offline(*args):
    return subprocess.run([CTL, 'match', '--config', CONFIG, *map(str, args)], capture_output=True, text=True,
                          timeout=60, check=False)


def test_offline(trial, tmp_path):
    p, sent = messages()
    paths = []
    for control, payload in sent:
        paths.append(tmp_path / f'{control}.hl7')
        paths[-1].write_bytes(payload)
    out = offline('--json', '--trials', trial, *paths)
    assert out.returncode == 0, out.stderr
    rows = by_clause(out.stdout)
    assert {row['patient'] for row in rows.values()} == {f'DEMO:{p.id}'}
    check(rows)
    text = offline('--trials', trial, *paths).stdout
    assert f'DEMO:{p.id} PROSTATE SYS-0001/B: yes (suspended)' in text
    assert '    not checked: Measurable disease' in text


def test_offline_refusals(trial, tmp_path):
    assert offline('--trials', trial).returncode == 2
    assert offline('--trials', trial, tmp_path / 'absent.hl7').returncode == 1
    assert offline('--trials', trial, '--closed', tmp_path / 'absent.hl7').returncode == 2
