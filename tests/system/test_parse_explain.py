"""`refractctl parse --explain`: an integrator sees of one message where each field came from, what was left out and
why, and the answer; without it the output is facts as JSON lines and nothing else."""
import json
import os
import subprocess

import pytest

CTL = os.path.join(os.environ.get('REFRACT_BUILD', 'build'), 'refractctl')
MAP = 'config/maps/demo.yaml'
MESSAGE = '\r'.join([
    'MSH|^~\\&|LAB|HOSP|R|R|20260310120000+0100||ORU^R01|M1|P|2.5.1|||AL|NE||8859/1',
    'PID|1||12^^^HOSP^PI~777^^^HOSP^MR||DOE^ANN||19610203|F',
    'OBR|1||F1^LIS|LAB^Lab^L|||20260301080000|||||||||||||||20260310110000||CH|F',
    'OBX|1|NM|2857-1^PSA^LN||4.2|ng/ml|0.0-4.0|||||F',
    'OBX|2|NM|XYZ^Foo^L||4.2|ng/ml|||||',
    'NTE|1||comment',
    'OBR|2||R1^RIS|CT^CT^L|||20260301080000|||||||||||||||20260310110000||RAD|F',
    'OBX|3|TX|GDT^Text^L||No effusion.||||||F']) + '\r'


@pytest.fixture(scope='module')
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp('explain') / 'one.hl7'
    path.write_bytes(MESSAGE.encode('latin-1'))
    return str(path)


def parse(*args):
    return subprocess.run([CTL, 'parse', '--map', MAP, *args], capture_output=True, text=True, timeout=60, check=False)


def steps(file):
    """{(segment, what): step}, and the message's line."""
    lines = [json.loads(line) for line in parse('--explain', '--json', file).stdout.splitlines()]
    last = lines.pop()
    assert [line['source']['place'] for line in lines] == ['OBX[1]', 'OBX[3]']
    return {(t['segment'], t['what']): t for t in last['trace']}, last


def test_each_field_with_its_source(file):
    found, message = steps(file)
    assert (message['charset'], message['answer'], message['facts']) == ('ISO 8859-1 or Windows-1252', 'CA', 2)
    assert found['PID[1]', 'identifier'] == {
        'segment': 'PID[1]', 'what': 'identifier', 'is': '777', 'from': 'PID[1]-3',
        'sent': '12^^^HOSP^PI~777^^^HOSP^MR', 'why': "entry 1 of the map's patient.id fits"}
    assert found['PID[1]', 'authority']['is'] == 'HOSP'
    one = {what: (t.get('is'), t.get('from'), t.get('why')) for (seg, what), t in found.items() if seg == 'OBX[1]'}
    assert one['code'] == ('psa', 'OBX[1]-3', 'LOINC 2857-1')
    assert one['value'][:2] == ('4.2', 'OBX[1]-5')
    assert one['unit'][:2] == ('ng/mL', 'OBX[1]-6') and 'unit table' in one['unit'][2]
    assert one['status'] == ('final', 'OBR[1]-25', 'OBX-11 is empty')
    assert one['collected'] == ('2026-03-01T08:00:00+01:00', 'OBR[1]-7', 'OBX-14 is empty')
    assert found['OBX[2]', 'no fact']['why'] == 'no map and no terminology knows this code'
    assert found['OBX[3]', 'report']['why'] == 'a line of its text'


def test_for_people(file):
    out = parse('--explain', file)
    assert out.returncode == 0 and out.stderr == ''
    lines = out.stdout.splitlines()
    assert lines[0].endswith('message 1: ORU^R01, control id M1, 2 facts')
    assert 'segments MSH 1, PID 1, OBR 2, OBX 3, NTE 1' in lines[2]
    assert any(line.strip() == 'NTE[1] (not read) NTE|1||comment' for line in lines)
    assert any('=> fact 1, observation: PSA 4.2 ng/ml on 2026-03-01' in line for line in lines)
    assert lines[-1].strip() == 'stored; answer CA, enhanced mode'


def test_output_is_utf_8_and_steers_no_terminal(tmp_path):
    """Whatever the sender's character set; bytes that are no text in it show as U+FFFD."""
    text = MESSAGE.replace('No effusion.', 'Größe 5 € \x1b[2J')
    path = tmp_path / 'charset.hl7'
    for raw, shown in ((text.encode('cp1252'), 'Größe 5 €  [2J'),
                       (text.replace('8859/1', 'UNICODE UTF-8').encode('cp1252'), 'Gr\ufffd\ufffde 5 \ufffd  [2J')):
        path.write_bytes(raw)
        out = parse('--explain', str(path)).stdout
        assert out.count(shown) >= 2, out  # the segment, and the field
        assert '\x1b' not in out


def test_what_is_not_understood(tmp_path):
    path = tmp_path / 'bad.hl7'
    path.write_bytes(MESSAGE.replace('~777^^^HOSP^MR', '').replace('12^^^HOSP^PI', '').encode())
    out = parse('--explain', str(path))
    assert out.returncode == 1
    assert 'quarantined: no_patient_id at PID[1]-3; answer CA' in out.stdout
    path.write_bytes(b'HSM|^~\\&|nonsense\r')
    out = parse('--explain', str(path))
    assert out.returncode == 1 and 'quarantined: no_msh' in out.stdout


def test_without_it_facts_alone(file):
    out = parse(file)
    assert [json.loads(line)['source']['place'] for line in out.stdout.splitlines()] == ['OBX[1]', 'OBX[3]']
