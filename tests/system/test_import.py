"""refractctl knowledge import civic, trials import ctgov: drafts that load, and nothing lost in silence."""
import glob
import os
import re
import shutil
import subprocess

import pytest

BUILD = os.environ.get('REFRACT_BUILD', 'build')
CTL, DAEMON = os.path.join(BUILD, 'refractctl'), os.path.join(BUILD, 'refractd')
CIVIC = os.path.join(os.environ.get('REFRACT_SHARED', '../shared'), 'data/civic')
OLD = os.path.join(CIVIC, 'nightly-ClinicalEvidenceSummaries.tsv')
NEW = os.path.join(CIVIC, 'civic_2026-10_format_sample.tsv')
shared = pytest.mark.skipif(not os.path.exists(OLD), reason='SKIP shared (1)')

COLUMNS_2021 = ('gene variant disease doid drugs drug_interaction_type evidence_type evidence_direction evidence_level '
                'clinical_significance citation_id source_type citation rating evidence_status evidence_id variant_origin '
                'last_review_date evidence_civic_url').split()
COLUMNS_2026 = ('molecular_profile disease doid therapies therapy_interaction_type evidence_type evidence_direction '
                'evidence_level significance citation_id source_type citation rating evidence_status evidence_id '
                'variant_origin last_review_date evidence_civic_url is_flagged').split()
BASE = dict(gene='EGFR', variant='T790M', molecular_profile='EGFR T790M', disease='Lung Non-small Cell Carcinoma', doid='3908',
            drugs='Osimertinib', therapies='Osimertinib', evidence_type='Predictive', evidence_direction='Supports',
            evidence_level='B', clinical_significance='Sensitivity/Response', significance='Sensitivity/Response',
            citation_id='1', source_type='PubMed', citation='A et al., 2017', rating='4', evidence_status='accepted',
            evidence_id='1', variant_origin='Somatic', last_review_date='2020-11-20 16:18:21 UTC', is_flagged='false',
            evidence_civic_url='https://civicdb.org/links/evidence_items/1')


def ctl(*args):
    return subprocess.run([CTL, *map(str, args)], capture_output=True, text=True, timeout=120, check=False)


def tsv(path, columns, *rows):
    lines = ['\t'.join(columns)]
    for number, row in enumerate(rows, 1):
        full = {**BASE, 'evidence_id': str(number), **row}
        lines.append('\t'.join(full.get(c, '') for c in columns))
    path.write_text('\n'.join(lines) + '\n', encoding='utf-8')
    return path


def count(err, pattern):
    return [tuple(map(int, m.groups())) for m in re.finditer(pattern, err)]


def check_counts(err):
    """rows = imported + skipped, and the skipped are told by reason."""
    (rows, imported, skipped, drafts), = count(err, r'civic: rows (\d+) = imported (\d+) \+ skipped (\d+); drafts (\d+)')
    assert rows == imported + skipped
    assert skipped == sum(n for n, in count(err, r'(?m)^skipped (\d+):'))
    assert drafts >= imported
    return rows, imported, skipped, drafts


def loads(tmp_path, drafts):
    """The daemon's own check takes the shipped knowledge with the drafts in it."""
    config = tmp_path / 'config'
    shutil.copytree('config', config)
    (config / 'therapies' / 'zz_civic.yaml').write_text(drafts, encoding='utf-8')
    with open('deploy/demo/refractd.yaml', encoding='utf-8') as file:
        text = file.read().replace('../../config', str(config)).replace('../../build', str(tmp_path)).replace('users: users.yaml', 'users: ' + os.path.abspath('deploy/demo/users.yaml'))
    (tmp_path / 'refractd.yaml').write_text(text, encoding='utf-8')
    return subprocess.run([DAEMON, '--config', tmp_path / 'refractd.yaml', '--check'], capture_output=True, text=True,
                          timeout=60, check=False)


# --- CIViC

@shared
def test_civic_2021(tmp_path):
    out = ctl('knowledge', 'import', 'civic', OLD)
    assert out.returncode == 0, out.stderr
    rows, imported, _, drafts = check_counts(out.stderr)
    assert rows == 3706
    assert imported > 1500
    assert drafts == out.stdout.count('  - id: civic.eid')
    assert 'skipped 1360: not predictive' in out.stderr
    (read, kept), = count(out.stderr, r'does not support: (\d+) predictive rows, (\d+) imported')
    assert read == 341
    ids = set(re.findall(r'id: (EID\d+), direction: does_not_support', out.stdout))
    assert len(ids) == kept > 200
    for level in 'ABCDE':
        assert f'{{scale: CIViC, value: {level}}}' in out.stdout
    assert loads(tmp_path, out.stdout).returncode == 0
    # what a person would look up first
    t790m = out.stdout.split('- id: civic.eid238\n')[1].split('- id:')[0]
    assert 'drugs: [erlotinib]' in t790m and 'disease: [NSCLC]' in t790m
    assert '{hugo_symbol: EGFR, protein_change: "p.T790M"}' in t790m
    assert 'value: A}' in t790m and 'significance: "Resistance"' in t790m


@shared
def test_civic_2026(tmp_path):
    out = ctl('knowledge', 'import', 'civic', NEW)
    assert out.returncode == 0, out.stderr
    rows, imported, _, _ = check_counts(out.stderr)
    assert rows == 12 and imported >= 6
    assert 'skipped 1: flagged by CIViC' in out.stderr
    both = out.stdout.split('- id: civic.eid33\n')[1].split('- id:')[0]
    assert 'hugo_symbol: ALK, variant_category: Structural Variation, fusion_partner_hugo_symbol: EML4' in both
    assert 'hugo_symbol: ALK, protein_change: "p.F1174L"' in both
    assert '- id: civic.eid35.1\n' in out.stdout and '- id: civic.eid35.2\n' in out.stdout  # substitutes
    assert loads(tmp_path, out.stdout).returncode == 0


@shared
def test_civic_both_layouts_say_the_same(tmp_path):
    """The items that stand in both files differ in nothing that matters."""
    def items(path):
        text = ctl('knowledge', 'import', 'civic', path).stdout
        return {m.group(1): re.sub(r'(?m)^    (basis|citation|status_date|evidence):.*', '', m.group(2))
                for m in re.finditer(r'  - id: (civic\.eid[\d.]+)\n(.*?)(?=\n  - id:|\Z)', text, re.S)}
    old, new = items(OLD), items(NEW)
    same = set(old) & set(new)
    assert len(same) >= 4
    for key in same - {'civic.eid32', 'civic.eid33'}:  # split into fusion and change since
        assert old[key].strip() == new[key].strip(), key


@pytest.mark.parametrize('gene,variant,condition', [
    ('EGFR', 'L858R', '{hugo_symbol: EGFR, protein_change: "p.L858R"}'),
    ('KRAS', 'G12', '{hugo_symbol: KRAS, wildcard_protein_change: "p.G12"}'),
    ('KRAS', 'G12/G13', 'or: [{genomic: {hugo_symbol: KRAS, wildcard_protein_change: "p.G12"}}, '
                        '{genomic: {hugo_symbol: KRAS, wildcard_protein_change: "p.G13"}}]'),
    ('ERBB2', 'S310F/Y', 'or: [{genomic: {hugo_symbol: ERBB2, protein_change: "p.S310F"}}, '
                         '{genomic: {hugo_symbol: ERBB2, protein_change: "p.S310Y"}}]'),
    ('EGFR', 'EXON 19 DELETION', '{hugo_symbol: EGFR, protein_change: ex19del}'),
    ('MET', 'EXON 14 SKIPPING MUTATION', '{hugo_symbol: MET, protein_change: ex14skip}'),
    ('KIT', 'EXON 11 MUTATION', '{hugo_symbol: KIT, variant_category: Mutation, exon: 11}'),
    ('PIK3CA', 'Mutation', '{hugo_symbol: PIK3CA, variant_category: Mutation}'),
    ('MET', 'Amplification', 'cnv_call: High Amplification}'),
    ('ALK', 'ALK FUSIONS', '{hugo_symbol: ALK, variant_category: Structural Variation}'),
    ('ALK', 'EML4-ALK e6-e20', 'fusion_partner_hugo_symbol: EML4}'),
    ('ALK', 'ALK FUSION G1202R', '{hugo_symbol: ALK, protein_change: "p.G1202R"}'),
    ('ABL1', 'BCR-ABL T315I', '{hugo_symbol: ABL1, protein_change: "p.T315I"}'),
    ('BRAF', 'V600E and AMPLIFICATION', '{hugo_symbol: BRAF, protein_change: "p.V600E"}'),
    ('EGFR', 'WILDTYPE', '{hugo_symbol: EGFR, wildtype: true}'),
    ('FLT3', 'ITD', '{hugo_symbol: FLT3, protein_change: ITD}'),
    ('KIT', 'W557_K558DELWK', '{hugo_symbol: KIT, protein_change: "W557_K558del"}'),
    ('ERBB2', 'A775_G776insYVMA', '{hugo_symbol: ERBB2, protein_change: "A775_G776insYVMA"}')])
def test_civic_variants(tmp_path, gene, variant, condition):
    out = ctl('knowledge', 'import', 'civic', tsv(tmp_path / 'a.tsv', COLUMNS_2021, dict(gene=gene, variant=variant)))
    assert condition in out.stdout, out.stdout + out.stderr
    assert loads(tmp_path, out.stdout).returncode == 0


@pytest.mark.parametrize('variant', ['EXPRESSION', 'LOSS', 'LOSS-OF-FUNCTION', 'PROMOTER METHYLATION', 'RS61764370', 'P-Loop Mutation',
                                     'W288FS', 'V600E or V600K'])
def test_civic_variants_that_no_result_answers(tmp_path, variant):
    out = ctl('knowledge', 'import', 'civic', tsv(tmp_path / 'a.tsv', COLUMNS_2021, dict(variant=variant)))
    assert 'imported 0 + skipped 1' in out.stderr
    assert f'  1 EGFR {variant}' in out.stderr
    assert loads(tmp_path, out.stdout).returncode == 0  # an empty list loads too


def test_civic_keeps_what_it_is(tmp_path):
    path = tsv(tmp_path / 'a.tsv', COLUMNS_2026,
               dict(molecular_profile='BRCA1 Mutation', disease='Her2-receptor Positive Breast Cancer', doid='', therapies='Olaparib',
                    variant_origin='Rare Germline'),
               dict(therapies='Erlotinib,Gefitinib', therapy_interaction_type='Substitutes', evidence_direction='Does Not Support'),
               dict(therapies='Osimertinib,Carboplatin', therapy_interaction_type='Combination'),
               dict(therapies='Osimertinib,Unheardofinib', therapy_interaction_type='Combination'),
               dict(therapies='Osimertinib,Unheardofinib', therapy_interaction_type='Substitutes'),
               dict(therapies='Osimertinib,Carboplatin', therapy_interaction_type='Sequential'),
               dict(disease='Unheard Of Disease', doid='99999999'), dict(evidence_status='submitted'), dict(is_flagged='true'),
               dict(molecular_profile='NOT EGFR T790M'), dict(evidence_id='1'), dict(evidence_type='Prognostic'),
               dict(citation='Quote " and \\ back'))
    out = ctl('knowledge', 'import', 'civic', path)
    assert check_counts(out.stderr) == (13, 5, 8, 6)
    assert 'hugo_symbol: BRCA1, variant_category: Mutation, origin: germline}' in out.stdout
    assert 'clinical: {her2_status: Positive}' in out.stdout
    assert 'drugs: [osimertinib, carboplatin]' in out.stdout
    assert out.stdout.count('direction: does_not_support') == 2
    assert '  2 Unheardofinib' in out.stderr and '  1 Unheard Of Disease' in out.stderr and '  1 NOT EGFR T790M' in out.stderr
    for reason in ('in sequence', 'not accepted', 'flagged', 'there before', 'not predictive', 'drug that is not known'):
        assert re.search(rf'skipped 1: .*{reason}', out.stderr), reason
    assert loads(tmp_path, out.stdout).returncode == 0
    written = tmp_path / 'drafts.yaml'
    assert ctl('knowledge', 'import', 'civic', '--out', written, path).stdout == ''
    assert written.read_text(encoding='utf-8') == out.stdout


def test_civic_refuses_another_file(tmp_path):
    path = tsv(tmp_path / 'a.tsv', [c for c in COLUMNS_2021 if c != 'evidence_level'], {})
    out = ctl('knowledge', 'import', 'civic', path)
    assert out.returncode == 1 and 'no column "evidence_level"' in out.stderr
    path = tsv(tmp_path / 'b.tsv', [c for c in COLUMNS_2021 if c != 'variant'], {})
    assert 'neither molecular_profile nor gene and variant' in ctl('knowledge', 'import', 'civic', path).stderr
    path.write_text('\t'.join(COLUMNS_2021) + '\nshort\trow\n', encoding='utf-8')
    assert 'skipped 1: fields do not match the header' in ctl('knowledge', 'import', 'civic', path).stderr
    path.write_text('', encoding='utf-8')
    assert ctl('knowledge', 'import', 'civic', path).returncode == 1


# --- ClinicalTrials.gov

@pytest.fixture
def drafts(tmp_path):
    out = ctl('trials', 'import', 'ctgov', '--out', tmp_path, *sorted(glob.glob('tests/data/ctgov/*.json')))
    assert out.returncode == 0, out.stderr
    return tmp_path, out


def test_ctgov_drafts_load(drafts):
    folder, out = drafts
    assert 'ctgov: studies 5, drafts 5, open to accrual 3' in out.stderr
    assert '  1 EGFR Gene Mutation' in out.stderr and "  1 Wanderer's Syndrome" in out.stderr
    check = ctl('trials', 'check', folder)
    assert check.returncode == 0, check.stderr
    assert 'SAMPLE00000001/1 open\n' in check.stdout and 'SAMPLE00000003/1 not open' in check.stdout
    assert check.stderr.count('\n') == 1 and '"curation" is not known' in check.stderr  # the one without a disease


@pytest.mark.parametrize('number,parts', [
    (1, ['phase: "II/III"', 'kind: "combination"', 'status: "open to accrual"', 'last_updated: 2026-09-17',
         'oncotree_primary_diagnosis: ["Non-Small Cell Lung Cancer"]', 'age_numerical: ">=18"', '\\"Fourth-generation\\"',
         '"Haemoglobin >= 9 g/dL and creatinine clearance > 45 mL/min"', '"Exclude - Symptomatic brain metastases"',
         '"Exclude - Another active malignancy"', 'arm_suspended: Y', 'site_status: "NOT_YET_RECRUITING"', 'drug_name: "SMP-101"']),
    (2, ['kind: "personalised vaccine"', '["Melanoma"]', '"Exclude - Autoimmune disease"']),
    (3, ['kind: "cell therapy"', 'phase: "0"', 'status: "suspended"', '["Plasma Cell Myeloma"]', 'age_numerical: "<76"']),
    (4, ['kind: "single agent"', 'status: "closed to accrual"', 'gender: Female', 'age_numerical: ">=0.500"',
         '["Ovarian Epithelial Tumor", "Breast"]']),
    (5, ['kind: "other"', 'gender: Male', 'age_numerical: "<18"', 'curation: {needed:'])])
def test_ctgov_fields(drafts, number, parts):
    text = (drafts[0] / f'SAMPLE0000000{number}.yaml').read_text(encoding='utf-8')
    for part in parts:
        assert part in text, part
    assert 'Inclusion' not in text and 'Exclusion' not in text
    assert ('last_updated' in text) == (number != 3)  # "2026-07" is no day


def test_ctgov_to_stdout_is_one_document_each():
    out = ctl('trials', 'import', 'ctgov', 'tests/data/ctgov/page.json')
    assert out.stdout.count('\n---\n') == 3 and out.stdout.count('protocol_no:') == 4


def test_ctgov_refuses_what_is_no_study(tmp_path):
    path = tmp_path / 'a.json'
    for text, says in (('{"a": 1}', 'no API v2 study'), ('{"protocolSection": {}}', 'no identificationModule.nctId'),
                       ('{"protocolSection": {"identificationModule": {"nctId": "../x"}}}', 'no identificationModule.nctId'),
                       ('{"protocolSection": ', 'a.json:2:1: not YAML')):
        path.write_text(text, encoding='utf-8')
        out = ctl('trials', 'import', 'ctgov', path)
        assert out.returncode == 1 and says in out.stderr, out.stderr
