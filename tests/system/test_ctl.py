"""refractctl without a daemon: parse, send, eval, criteria, trials; and what it says when it cannot."""
import glob
import json
import os
import socket
import subprocess
import threading

import pytest

CTL = os.path.join(os.environ.get('REFRACT_BUILD', 'build'), 'refractctl')
SHARED = os.environ.get('REFRACT_SHARED', '../shared')
VT, END = b'\x0b', b'\x1c\r'
NAME, BORN = 'QUASTENFLOSSER', '19510317'


def ctl(*args):
    return subprocess.run([CTL, *map(str, args)], capture_output=True, text=True, timeout=120, check=False)


def lines(out):
    return [json.loads(line) for line in out.stdout.splitlines()]


def psa(control, day, value, sent=None, unit='ng/mL', patient='12345^^^HOSP^MR'):
    return '\r'.join([
        f'MSH|^~\\&|LAB|HOSP|REFRACTD|HOSP|{sent or day}101500+0100||ORU^R01|{control}|P|2.5.1',
        f'PID|1||{patient}||{NAME}^OTTOKAR||{BORN}|M',
        f'OBR|1||F{control}|2857-1^PSA^LN|||{day}090000+0100|||||||||||||||{day}101000+0100|||F',
        f'OBX|1|NM|2857-1^PSA^LN||{value}|{unit}^^UCUM|||||F|||{day}090000+0100']) + '\r'


def diagnosis(control, day):
    return '\r'.join([
        f'MSH|^~\\&|ADT|HOSP|REFRACTD|HOSP|{day}080000+0100||ADT^A08^ADT_A01|{control}|P|2.5.1',
        f'EVN|A08|{day}080000+0100',
        f'PID|1||12345^^^HOSP^MR||{NAME}^OTTOKAR||{BORN}|M',
        'PV1|1|O',
        'DG1|1||PRAD^Adenocarcinoma of the prostate^99DEMO|||F']) + '\r'


def order(control, day, rxnorm, drug):
    return '\r'.join([
        f'MSH|^~\\&|PHARM|HOSP|REFRACTD|HOSP|{day}090000+0100||RDE^O11^RDE_O11|{control}|P|2.5.1',
        f'PID|1||12345^^^HOSP^MR||{NAME}^OTTOKAR||{BORN}|M',
        f'ORC|NW|O{control}|||||||{day}090000+0100',
        f'RXE||{rxnorm}^{drug}^RXNORM|160||mg']) + '\r'


# V01 of the shared vectors, as messages; the drug is ordered anew before a pack can have run out.
STORY = [diagnosis('D1', '20250102'), psa('M1', '20250108', '20'), order('T1', '20250110', '1307298', 'enzalutamide'),
         order('T2', '20250210', '1307298', 'enzalutamide'), psa('M2', '20250310', '4'),
         order('T3', '20250312', '1307298', 'enzalutamide'), order('T4', '20250412', '1307298', 'enzalutamide'),
         psa('M3', '20250510', '8'), psa('M4', '20250602', '9')]
MAP = ('--map', 'config/maps/demo.yaml')  # it knows PRAD as a diagnosis: C61 alone is any tumour of the prostate


@pytest.fixture
def story(tmp_path):
    """One file per message, in the order of time."""
    paths = []
    for number, message in enumerate(STORY):
        path = tmp_path / f'{number:02}.hl7'
        path.write_bytes(message.encode())
        paths.append(path)
    return paths


# --- the command line

def test_version_and_help():
    assert ctl('version').stdout.startswith('refractctl ')
    out = ctl('help')
    assert out.returncode == 0
    for verb in ('status', 'tail', 'parse', 'send', 'eval', 'criteria test', 'trials check'):
        assert f'refractctl {verb}' in out.stdout, verb
    assert '--as-of' in ctl('eval', '--help').stdout


@pytest.mark.parametrize('args,says', [
    ((), ''),
    (('statsu',), 'did you mean "status"'),
    (('criteria',), 'criteria what?'),
    (('criteria', 'tset', 'x'), ''),
    (('xyzzy',), 'refractctl help'),
    (('status', '--text'), 'takes no --text'),
    (('show',), 'too few arguments'),
    (('status', '--no-such'), 'no-such'),
    (('tail', '--from', 'x', '--socket', '/nonexistent'), '--from takes a number'),
    (('eval', '--as-of', 'noon', 'x'), '--as-of takes'),
    (('send', 'x'), '--mllp'),
    (('send', '--mllp', 'localhost:2575', 'x'), 'numeric'),
    (('send', '--mllp', '127.0.0.1:2575', '--timeout', '0', 'x'), '--timeout')])
def test_usage_errors_exit_2(args, says):
    out = ctl(*args)
    assert out.returncode == 2, out
    assert says in out.stderr


@pytest.mark.parametrize('verb', [('status',), ('tail',), ('show', 'x'), ('alerts', '--json')])
def test_no_daemon_exits_3(verb, tmp_path):
    out = ctl(*verb, '--socket', tmp_path / 'control.sock')
    assert out.returncode == 3
    assert 'is refractd running' in out.stderr


def test_socket_comes_from_the_config(tmp_path):
    (tmp_path / 'refractd.yaml').write_text('runtime_dir: run\n')
    out = ctl('status', '--config', tmp_path / 'refractd.yaml')
    assert out.returncode == 3
    assert str(tmp_path / 'run' / 'control.sock') in out.stderr


# --- parse

def test_parse_gives_facts(story):
    out = ctl('parse', *MAP, *story)
    assert out.returncode == 0, out.stderr
    facts = lines(out)
    values = [f['observation']['value']['value'] for f in facts if 'observation' in f]
    assert values == ['20', '4', '8', '9']
    assert [f['therapy']['drug'] for f in facts if 'therapy' in f] == ['enzalutamide'] * 4
    assert any('diagnosis' in f for f in facts)


@pytest.mark.parametrize('ending', ['\r', '\n', '\r\n'])
def test_parse_takes_files_as_they_are_kept(tmp_path, ending):
    """Several messages in a file, any line ends, with or without MLLP frames: the same facts."""
    text = ''.join(STORY).replace('\r', ending)
    path = tmp_path / 'all.hl7'
    path.write_bytes(text.encode())
    framed = tmp_path / 'framed.hl7'
    framed.write_bytes(b''.join(VT + m.encode() + END for m in STORY))
    facts = [f for f in lines(ctl('parse', path)) if 'observation' in f]
    assert len(facts) == 4
    assert facts == [f for f in lines(ctl('parse', framed)) if 'observation' in f]


def test_parse_twice_is_the_same(story):
    assert ctl('parse', *MAP, *story).stdout == ctl('parse', *MAP, *story).stdout


def test_parse_says_what_it_did_not_understand(tmp_path):
    path = tmp_path / 'bad.hl7'
    path.write_bytes((psa('M1', '20250108', '20', patient='') + 'MSH|^~\\&|A|B|C|D|20250108||SIU^S12|M2|P|2.5.1\r').encode())
    out = ctl('parse', path)
    assert out.returncode == 1
    assert 'message 1: quarantined: no_patient_id at PID[1]-3' in out.stderr
    assert 'message 2: ignored' in out.stderr
    assert NAME not in out.stderr and BORN not in out.stderr


def test_parse_with_a_map(tmp_path):
    path = tmp_path / 'local.hl7'
    path.write_bytes(psa('M1', '20250108', '20').replace('2857-1^PSA^LN', 'PX^PSA^L').encode())
    assert not lines(ctl('parse', path))
    (tmp_path / 'map.yaml').write_text(
        'name: site\npatient: {id: "PID-3(5=MR)"}\ncodes: [{system: L, code: PX, analyte: psa}]\n')
    facts = lines(ctl('parse', '--map', tmp_path / 'map.yaml', path))
    assert facts[0]['observation']['analyte'] == 'psa'
    (tmp_path / 'map.yaml').write_text('name: site\npatient: {id: "PID-3"}\ncodez: []\n')
    out = ctl('parse', '--map', tmp_path / 'map.yaml', path)
    assert out.returncode == 1 and 'map.yaml:3:1' in out.stderr


def test_parse_of_nothing_readable(tmp_path):
    assert ctl('parse', tmp_path / 'absent').returncode == 1
    assert ctl('parse', tmp_path).returncode == 1
    (tmp_path / 'noise').write_bytes(bytes(range(256)) * 64)
    (tmp_path / 'empty').write_bytes(b'')
    for name in ('noise', 'empty'):
        out = ctl('parse', tmp_path / name)
        assert out.returncode == 1 and 'quarantined' in out.stderr, out


NATIVE = {
    'control_id': 'N1', 'sender': 'MOL', 'message_type': 'native',
    'sent': {'utc_seconds': '1751034900', 'offset_minutes': -120, 'precision': 'MINUTE'},
    'facts': [{'patient': {'authority': 'HOSP', 'id': '12345'},
               'collected': {'utc_seconds': '1750284000', 'offset_minutes': -120, 'precision': 'DAY'},
               'variant': {'gene': 'EGFR', 'name': 'T790M', 'present': True, 'category': 'MUTATION',
                           'vaf': {'value': '3.10'}}}]}


def test_parse_takes_native_messages_as_json_or_packed(tmp_path):
    from google.protobuf import json_format
    from refract.v1 import message_pb2
    (tmp_path / 'n.json').write_text(json.dumps(NATIVE))
    (tmp_path / 'n.pb').write_bytes(
        json_format.ParseDict(NATIVE, message_pb2.ResultMessage()).SerializeToString())
    out = ctl('parse', tmp_path / 'n.json')
    assert out.returncode == 0, out.stderr
    variant = lines(out)[0]['variant']
    assert (variant['gene'], variant['name'], variant['vaf']) == ('EGFR', 'T790M', {'value': '3.10'})
    packed = lines(ctl('parse', tmp_path / 'n.pb'))
    assert packed[0]['variant'] == variant and packed[0]['collected'] == lines(out)[0]['collected']


@pytest.mark.parametrize('change,says', [
    ({'colour': 'red'}, 'no such field'),
    ({'facts': 'none'}, ''),
    ({'raw': 'AAAA'}, 'cannot be given'),
    ({'sent': {'utc_seconds': 'noon'}}, 'whole number'),
    ({'sent': {'precision': 'WEEK'}}, 'no value of that name'),
    ({'facts': [{'variant': {}, 'procedure': {}}]}, 'another of these')])
def test_parse_refuses_json_that_is_no_message(tmp_path, change, says):
    (tmp_path / 'n.json').write_text(json.dumps(dict(NATIVE, **change)))
    out = ctl('parse', tmp_path / 'n.json')
    assert out.returncode == 1 and not out.stdout
    assert 'n.json:1:' in out.stderr and says in out.stderr


# --- eval

def test_eval_gives_alerts(story):
    out = ctl('eval', *MAP, *story)
    assert out.returncode == 0, out.stderr
    alerts = lines(out)
    assert [(a['version'], a['certainty']) for a in alerts] == [(1, 'suspected'), (2, 'confirmed')]
    assert alerts[0]['id'] == alerts[1]['id']
    assert alerts[0]['sections'][0]['rule_id'] == 'prostate.psa.pcwg3'
    assert alerts[0]['demo'] is True
    assert '9 messages: 9 stored' in out.stderr and '2 alert events' in out.stderr
    assert NAME not in out.stdout + out.stderr


def test_eval_as_of(story):
    """Only what was received by then; a day is the whole day."""
    assert not lines(ctl('eval', '--as-of', '2025-05-09', *MAP, *story))
    assert [a['certainty'] for a in lines(ctl('eval', '--as-of', '2025-05-10', *MAP, *story))] == ['suspected']
    assert not lines(ctl('eval', '--as-of', '2025-05-10T10:00+01:00', *MAP, *story))
    assert ctl('eval', '--as-of', '2025-06-01', *MAP, *story).stderr.count('1 later') == 1


def test_eval_text(story):
    out = ctl('eval', '--text', *MAP, *story)
    assert 'DEMO, UNREVIEWED' in out.stdout
    assert 'PSA 8 ng/mL on 2025-05-10' in out.stdout
    assert 'PCWG3' in out.stdout
    assert 'Waiting until 2025-06-16' in out.stdout  # the rule's act_watch, from the confirmation on


def test_eval_counts_every_message(story):
    out = ctl('eval', *MAP, *story, story[1])
    assert '10 messages: 9 stored, 1 duplicate' in out.stderr


def test_eval_refuses_bad_knowledge(tmp_path, story):
    (tmp_path / 'criteria').mkdir()
    (tmp_path / 'criteria' / 'x.yaml').write_text('- id: nothing.more\n')
    here = os.path.abspath('config')
    (tmp_path / 'refractd.yaml').write_text(
        f'mode: demo\nfolders: {{terminology: {here}/terminology, maps: {here}/maps}}\n')
    out = ctl('eval', '--config', tmp_path / 'refractd.yaml', *story)
    assert out.returncode == 1
    assert 'criteria/x.yaml:1:' in out.stderr
    assert not out.stdout


# --- send

class Listener:
    """An MLLP receiver that nobody here wrote in C: answers each frame by the words given."""

    def __init__(self, answers):
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.at = '127.0.0.1:%d' % self.socket.getsockname()[1]
        self.answers, self.got = answers, []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        peer, _ = self.socket.accept()
        peer.settimeout(20)
        rest = b''
        with peer:
            for answer in self.answers:
                while END not in rest:
                    more = peer.recv(65536)
                    if not more:
                        return
                    rest += more
                frame, rest = rest.split(END, 1)
                assert frame[:1] == VT
                self.got.append(frame[1:])
                if answer is None:
                    return
                control = frame.split(b'\r')[0].split(b'|')[9]
                for byte in answer(control):
                    peer.sendall(byte)

    def close(self):
        self.thread.join(20)
        self.socket.close()


def ack(code, control=None):
    def answer(asked):
        body = (b'MSH|^~\\&|R|R|L|L|20250108||ACK|1|P|2.5.1\rMSA|' + code + b'|' + (control or asked) + b'\r')
        return [VT + body + END]
    return answer


def test_send_matches_answers(story):
    listener = Listener([ack(b'AA'), ack(b'CA')])
    out = ctl('send', '--mllp', listener.at, story[0], story[1])
    listener.close()
    assert out.returncode == 0, out
    assert [line.split()[-2:] for line in out.stdout.splitlines()] == [['D1', 'AA'], ['M1', 'CA']]
    assert listener.got[1] == STORY[1].encode()


def test_send_makes_lf_into_cr(tmp_path):
    listener = Listener([ack(b'AA')])
    (tmp_path / 'lf.hl7').write_text(STORY[1].replace('\r', '\n'))
    assert ctl('send', '--mllp', listener.at, tmp_path / 'lf.hl7').returncode == 0
    listener.close()
    assert listener.got == [STORY[1].encode()]


def test_send_exits_1_on_a_refusal_and_goes_on(story):
    listener = Listener([ack(b'AE'), ack(b'AA')])
    out = ctl('send', '--json', '--mllp', listener.at, story[0], story[1])
    listener.close()
    assert out.returncode == 1
    assert [line['code'] for line in lines(out)] == ['AE', 'AA']


def test_send_waits_for_its_own_answer(story):
    """An answer to another message is passed over; two in one segment of TCP are taken apart."""
    def both(control):
        return [ack(b'AA', b'OTHER')(control)[0] + ack(b'AR')(control)[0]]
    listener = Listener([both])
    out = ctl('send', '--mllp', listener.at, story[0])
    listener.close()
    assert out.returncode == 1 and out.stdout.split()[-1] == 'AR'


def test_send_to_one_who_hangs_up_or_is_silent(story):
    listener = Listener([None])
    out = ctl('send', '--mllp', listener.at, story[0])
    listener.close()
    assert out.returncode == 1 and 'closed' in out.stderr
    listener = Listener([lambda control: []])
    out = ctl('send', '--timeout', 1, '--mllp', listener.at, story[0], story[1])
    assert out.returncode == 1
    listener.close()


def test_send_without_a_listener(story):
    with socket.create_server(('127.0.0.1', 0)) as probe:
        port = probe.getsockname()[1]
    out = ctl('send', '--mllp', f'127.0.0.1:{port}', story[0])
    assert out.returncode == 1 and 'refused' in out.stderr


# --- criteria and trials

def test_criteria_list_and_check():
    out = ctl('criteria', 'list', '--json')
    ids = [rule['id'] for rule in lines(out)]
    assert out.returncode == 0 and 'prostate.psa.pcwg3' in ids
    assert len(ids) == len(set(ids))
    assert ctl('criteria', 'check').stdout == f'{len(ids)} rules: ok\n'


def test_criteria_check_says_where(tmp_path):
    (tmp_path / 'a.yaml').write_text('- id: nothing.more\n')
    out = ctl('criteria', 'check', '--criteria', tmp_path)
    assert out.returncode == 1 and f'{tmp_path}/a.yaml:1:' in out.stderr
    assert ctl('criteria', 'check', '--criteria', tmp_path / 'absent').returncode == 1


@pytest.mark.parametrize('path', sorted(glob.glob('tests/criteria/*.json')))
def test_our_own_vectors(path):
    out = ctl('criteria', 'test', path)
    assert out.returncode == 0, out.stdout
    assert out.stdout.splitlines()[-1].endswith(' 0 failed')


def test_shared_vectors():
    path = os.path.join(SHARED, 'data/criteria/vectors-open.json')
    if not os.path.exists(path):
        pytest.skip('SKIP shared (1)')
    out = ctl('criteria', 'test', path)
    assert out.returncode == 0
    assert out.stdout.splitlines()[-1] == '143 passed, 0 failed'


VECTOR = {'id': 'X1', 'criterion': 'prostate.psa.pcwg3', 'why': '', 'expect': [{'asof': '2025-04-01', 'status': 'met'}],
          'events': [{'type': 'lab', 'analyte': 'psa', 'collected': '2025-01-08', 'value': '20', 'unit': 'ng/mL',
                      'id': 'a', 'recv': '2025-01-08', 'status': 'F'}]}


def test_vectors_that_fail_or_are_skipped(tmp_path):
    other = dict(VECTOR, id='X2', criterion='no.such.rule')
    (tmp_path / 'v.json').write_text(json.dumps([VECTOR, other]))
    out = ctl('criteria', 'test', tmp_path / 'v.json')
    assert out.returncode == 1
    assert out.stdout.splitlines() == [
        'FAIL X1@2025-04-01 got not_evaluable want met', 'skip X2@2025-04-01 no.such.rule',
        '0 passed, 1 failed, 1 skipped']


def test_vectors_with_an_unknown_field(tmp_path):
    (tmp_path / 'v.json').write_text(json.dumps([dict(VECTOR, colour='red')]))
    out = ctl('criteria', 'test', tmp_path / 'v.json')
    assert out.returncode == 1 and 'v.json:1:' in out.stderr
    (tmp_path / 'v.json').write_text('[{')
    assert ctl('criteria', 'test', tmp_path / 'v.json').returncode == 1


def test_trials_check(tmp_path):
    out = ctl('trials', 'check', '--json')
    assert out.returncode == 0 and len(lines(out)) >= 10
    (tmp_path / 't.yaml').write_text('protocol_no: X-1\nmatch: [{clinical: {oncotree_primary_diagnosis: Nonesuch}}]\n')
    out = ctl('trials', 'check', tmp_path / 't.yaml')
    assert out.returncode == 0 and 't.yaml:2:' in out.stderr and 'warning' in out.stderr
    (tmp_path / 't.yaml').write_text('a: 1\n')
    out = ctl('trials', 'check', tmp_path)
    assert out.returncode == 1 and 'no CTML trial' in out.stderr
