"""What a tumour board is shown, end to end: facts in, `refractctl board` out. The pairs of DESIGN.md section 7, states of
a biomarker that are easily confused, labels seen from Europe, and drafts from ClinicalTrials.gov."""
import json
import os
import subprocess

import pytest
import zmq
from google.protobuf import json_format

import harness
import stories
from harness import message_pb2

ATM = """protocol_no: CHIP-0001
status: open to accrual
match:
  - and:
      - clinical: {oncotree_primary_diagnosis: Prostate Adenocarcinoma}
      - genomic: {hugo_symbol: ATM, variant_category: Mutation}
"""


def study(number, title, *interventions):
    return {'protocolSection': {
        'identificationModule': {'nctId': f'NCT0{number}', 'briefTitle': title},
        'statusModule': {'overallStatus': 'RECRUITING', 'lastUpdateSubmitDate': '2026-10-01'},
        'designModule': {'studyType': 'INTERVENTIONAL', 'phases': ['PHASE1']},
        'conditionsModule': {'conditions': ['Prostate Adenocarcinoma']},
        'armsInterventionsModule': {'armGroups': [{'label': 'Arm 1'}],
                                    'interventions': [{'type': t, 'name': n} for t, n in interventions]},
        'eligibilityModule': {'sex': 'ALL', 'minimumAge': '18 Years',
                              'eligibilityCriteria': 'Inclusion Criteria:\n\n* Measurable disease by RECIST 1.1\n'}}}


STUDIES = [study(8000001, 'A personalized neoantigen vaccine', ('BIOLOGICAL', 'individualized neoantigen vaccine')),
           study(8000002, 'Autologous T cells', ('BIOLOGICAL', 'autologous CAR-T cells')),
           study(8000003, 'Two drugs', ('DRUG', 'drug one'), ('DRUG', 'drug two'))]


class Ward:
    def __init__(self, daemon, ingest):
        self.daemon, self.ingest, self.number = daemon, ingest, 8200000

    def patient(self, oncotree, *facts, failed=(), on=()):
        """facts: dicts of refract.v1.Fact; failed: drugs on which the disease progressed, on: drugs that go on."""
        self.number += 1
        p = stories.Patient(self.number)
        when = {'utc_seconds': str(stories.native_psa(p, -20).sent.utc_seconds), 'offset_minutes': 60, 'precision': 'DAY'}
        every = [{'diagnosis': {'oncotree': oncotree, 'active': True, 'code': {'system': 'ONCOTREE', 'code': oncotree}}},
                 {'demographics': {'birth': {'utc_seconds': '-600000000', 'precision': 'DAY'}, 'sex': 'MALE'}}, *facts]
        body = {'control_id': p.control(), 'sender': 'SYSTEST', 'sent': when, 'message_type': 'native',
                'facts': [{'patient': {'authority': 'DEMO', 'id': p.id}, 'order': f'B{p.id}{n}', 'collected': when,
                           'status_time': when, **fact} for n, fact in enumerate(every)]}
        assert self.ingest.ask(json_format.ParseDict(body, message_pb2.ResultMessage())) == 'STORED'
        for n, drug in enumerate(failed):
            start = stories.at(-700 + 100 * n)
            stop = stories.at(-610 + 100 * n)
            self.enter(p, drug, start, '--stop', f'{stop[:4]}-{stop[4:6]}-{stop[6:8]}', '--reason', 'progression')
        for drug in on:
            self.enter(p, drug, stories.at(-500))
        return p

    def enter(self, p, drug, start, *more):
        out = self.daemon.ctl('enter', 'therapy', f'DEMO:{p.id}', '--drug', drug, '--start',
                              f'{start[:4]}-{start[4:6]}-{start[6:8]}', *more)
        assert out.returncode == 0, out.stderr

    def board(self, p):
        out = self.daemon.ctl('board', f'DEMO:{p.id}', '--json')
        assert out.returncode == 0, out.stderr
        return json.loads(out.stdout)


def variant(gene, name, category='MUTATION', origin='SOMATIC', source='tissue', **more):
    return {'variant': {'gene': gene, 'name': name, 'present': True, 'category': category, 'origin': origin,
                        'source': source, **more}}


def ids(board, part='options'):
    return {o['id']: o for o in board[part]}


def says(option, text):
    return any(text in r['text'] for r in option['reasons'])


@pytest.fixture(name='ward', scope='module')
def ward_fixture(tmp_path_factory):
    folder = tmp_path_factory.mktemp('ctgov')
    (folder / 'studies.json').write_text(json.dumps({'studies': STUDIES}))
    daemon = harness.Daemon(own_knowledge=True)
    trials = os.path.join(daemon.knowledge, 'trials')
    for name in os.listdir(trials):
        os.unlink(os.path.join(trials, name))
    out = subprocess.run([os.path.join(harness.BUILD, 'refractctl'), 'trials', 'import', 'ctgov', '--config',
                          os.path.join(harness.ROOT, 'deploy', 'demo', 'refractd.yaml'), '--out', trials,
                          str(folder / 'studies.json')], capture_output=True, text=True, timeout=60, check=False)
    assert out.returncode == 0, out.stderr
    with open(os.path.join(trials, 'chip.yaml'), 'w', encoding='utf-8') as file:
        file.write(ATM)
    os.mkdir(os.path.join(daemon.folder, 'site'))
    with open(os.path.join(daemon.folder, 'site', 'matching.yaml'), 'w', encoding='utf-8') as file:
        file.write('jurisdiction: EU\n')
    context = zmq.Context()
    with daemon:
        yield Ward(daemon, harness.Ingest(context, daemon.tcp('ingest')))
    context.destroy(0)


@pytest.mark.parametrize('oncotree,failed,facts,option', [
    ('LUAD', ['erlotinib'], [variant('EGFR', 'L858R'), variant('EGFR', 'T790M')], 'nsclc.egfr.osimertinib'),
    ('LUAD', ['alectinib'], [variant('ALK', 'fusion', 'FUSION', partner='EML4')], 'nsclc.alk.lorlatinib'),
    ('CMLBCRABL1', ['imatinib', 'dasatinib'], [variant('ABL1', 'T315I')], 'cml.ponatinib'),
    ('PCM', ['lenalidomide', 'bortezomib'], [], 'pcm.pomalidomide_dex'),
    ('CLLSLL', ['ibrutinib', 'venetoclax'], [], 'cll.pirtobrutinib'),
], ids=lambda v: v if isinstance(v, str) else '')
def test_right_answers_after_the_same_class(ward, oncotree, failed, facts, option):
    board = ward.board(ward.patient(oncotree, *facts, failed=failed))
    assert option in ids(board), (sorted(ids(board)), sorted(ids(board, 'set_aside')))
    assert option not in ids(board, 'set_aside')
    assert ids(board)[option]['reasons'] and ids(board)[option]['citation']


def test_what_failed_is_set_aside_with_a_paper(ward):
    board = ward.board(ward.patient('LUAD', variant('EGFR', 'L858R'), failed=['osimertinib']))
    aside = ids(board, 'set_aside')['nsclc.egfr.osimertinib']
    assert 'The disease progressed on osimertinib' in aside['set_aside_by'] and '[' in aside['set_aside_by']


def test_androgen_deprivation_continues(ward):
    board = ward.board(ward.patient('PRAD', failed=['enzalutamide'], on=['leuprolide']))
    assert any(says(o, 'Goes on: leuprolide') for o in board['options']), [o['reasons'] for o in board['options']]


def test_her2_low_is_not_negative(ward):
    low = {'biomarker': {'name': 'her2', 'value': 'low'}}
    negative = {'biomarker': {'name': 'her2', 'value': 'negative'}}
    assert 'brca.tdxd_her2_low' in ids(ward.board(ward.patient('BRCA', low, failed=['capecitabine'])))
    assert 'brca.tdxd_her2_low' not in ids(ward.board(ward.patient('BRCA', negative, failed=['capecitabine'])))


@pytest.mark.parametrize('origin,offered', [('GERMLINE', True), ('SOMATIC', False), ('UNKNOWN', False)])
def test_germline_is_not_somatic(ward, origin, offered):
    brca = variant('BRCA1', 'C61G', origin=origin, source='blood' if offered else 'tissue')
    her2 = {'biomarker': {'name': 'her2', 'value': 'negative'}}
    board = ward.board(ward.patient('BRCA', brca, her2, failed=['capecitabine']))
    assert ('brca.olaparib_germline' in ids(board)) == offered


def test_pdl1_by_clone_and_score(ward):
    def offered(method, unit):
        score = {'biomarker': {'name': 'pdl1', 'number': {'value': '80'}, 'unit': unit, 'method': method}}
        return 'nsclc.pdl1.pembrolizumab_later' in ids(ward.board(ward.patient('LUAD', score)))

    assert offered('22C3', '%TPS')
    assert not offered('SP142', '%TPS')
    assert not offered('22C3', 'CPS')


def test_plasma_alone_in_a_gene_of_clonal_haematopoiesis(ward):
    def verdict(source):
        p = ward.patient('PRAD', variant('ATM', 'R3008C', source=source))
        row = json.loads(ward.daemon.ctl('explain', f'DEMO:{p.id}', 'CHIP-0001', '--json').stdout)
        return row['verdict'], 'CHIP-0001' in ids(ward.board(p), 'trials')

    assert verdict('tissue') == ('yes', True)
    assert verdict('plasma') == ('unknown', False)


def test_labels_seen_from_europe(ward):
    tmb = {'biomarker': {'name': 'tmb', 'number': {'value': '22'}, 'unit': '/Mb'}}
    board = ids(ward.board(ward.patient('PRAD', tmb, failed=['enzalutamide'])))
    assert board['agnostic.tmb.pembrolizumab']['labels'].startswith('not labelled in EU as of ')
    assert board['prad.cabazitaxel']['labels'].startswith('EU approved as of 2011-03-17')
    assert any(o['labels'].startswith('EU status not recorded; US ') for o in board.values())


def test_kinds_of_trials_from_the_registry(ward):
    """Told apart, and their free text stands as not checked."""
    board = ids(ward.board(ward.patient('PRAD')), 'trials')
    kinds = {key.split('/')[0]: trial['level'].split(', ', 1)[1] for key, trial in board.items() if key.startswith('NCT')}
    assert kinds == {'NCT08000001': 'personalised vaccine', 'NCT08000002': 'cell therapy', 'NCT08000003': 'combination'}
    for key, trial in board.items():
        if key.startswith('NCT'):
            assert any('Measurable disease by RECIST 1.1' in u for u in trial['unchecked'])
