"""check_texts.py finds doses, orders and missing fields, and nothing in measurements and keys."""
import pytest

import check_texts

OPTION = '''  - id: x.y
    title: a + b
    drugs: [a, b]
    disease: [NSCLC]
    lines: {ge: 1}
    level: {scale: FDA label, value: approved}
    basis: "longer PFS than c"
    citation: ["FDA label, 2020-01-01; Trial, NCT01234567"]
    verified: memory
    jurisdiction: US
    status: approved
    status_date: 2020-01-01
    contraindications: []
    unchecked: ["QT interval"]
'''


@pytest.mark.parametrize('text', [
    'basis: "osimertinib 80 mg"', 'reason: "75 mg/m2 every cycle"', 'reason: "6 mg/kg"', 'reason: "AUC 5"', 'reason: "AUC of 5"',
    'basis: "radiotherapy to 50 Gy"', 'basis: "7,4 GBq"', 'unchecked: ["20mg"]', 'basis: "taken twice daily"', 'basis: "q3w"',
    'basis: "0.5 mg/day"', 'unchecked: ["160 mg bid"]'])
def test_a_dose_is_found(text):
    assert any('a dose' in f for f in check_texts.check_lines('f', [text])), text


@pytest.mark.parametrize('text', [
    'reason: "bilirubin above 1.5 times the upper limit"', 'when: {lab: {analyte: psa, ge: 2, unit: "ng/mL"}}',
    'reason: "haemoglobin below 10 g/dL"', 'ge: 200 # 5 mg', 'text: "urine M protein of 200 mg/24 h"', 'reason: "100 mg/L"',
    'reason: "45 mL/min"', 'citation: "Mok 2017 NEJM 376:629"', 'basis: "1.5 x 10^9/L"', 'basis: "clone 22C3"', 'variant: {gene: KRAS, in: [Q61H]}'])
def test_a_measurement_is_none(text):
    assert not list(check_texts.check_lines('f', [text])), text


@pytest.mark.parametrize('text', [
    'basis: "Give osimertinib"', 'reason: "stop the drug"', 'unchecked: ["the patient must fast"]', '- "should be tested"',
    'basis: "switch to lorlatinib."', 'reason: Avoid'])
def test_an_order_is_found(text):
    assert any('an order' in f for f in check_texts.check_lines('f', [text])), text


@pytest.mark.parametrize('text', [
    'since: {anchor: line.start, ge: 6mo}', '- since_stop: {le: 30d}', 'consider: [gaps in intake]', 'continues: [adt]',
    'reason: "x" # give it', 'reason: "the label interrupts it"',
    'consider: [there from the start, a stop that was meant, an isoform switch]'])
def test_the_rule_language_is_none(text):
    assert not list(check_texts.check_lines('f', [text])), text


def test_every_field_is_asked_for():
    assert not list(check_texts.check_options('f', OPTION.split('\n')))
    for field in check_texts.FIELDS[1:]:
        lines = [line for line in OPTION.split('\n') if not line.startswith(f'    {field}:')]
        assert any(f'{field} is missing' in f for f in check_texts.check_options('f', lines)), field
    bare = OPTION.replace('2020-01-01; Trial, NCT01234567', 'x')
    assert any('citation' in f for f in check_texts.check_options('f', bare.split('\n')))
