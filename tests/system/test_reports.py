"""Narratives and PDFs: the queue that a person works off, what takes a report out of it, what an alert says of one
that nobody has read, and that no log line repeats a word of it."""
import base64
import json
import os

import pytest

import harness
import stories
from harness import message_pb2

CANARY = 'Zwiebelturmfalke'  # stands in every text
PDF = b'%PDF-1.7\n' + bytes(range(256)) * 40 + CANARY.encode() + b'\n%%EOF\n'
EGFR_TKI = '1721560^osimertinib^RXNORM'


def report(p, day, number, lines, status='F', section='RAD', said='120000', letter=None):
    """lines: OBX-5 each; letter: OBX-11."""
    obx = [f'OBX|{i + 1}|TX|GDT^Text^L||{line}||||||{letter or status}' for i, line in enumerate(lines)]
    return orders(p, day, number, obx, status, section, said)


def orders(p, day, number, obx, status='F', section='RAD', said='120000'):
    return stories.hl7(p, day, 'ORU^R01^ORU_R01',
                       f'OBR|1||{number}^RIS|CT^CT chest^L|||{stories.at(-5)}|||||||||||||||{stories.at(day, said)}'
                       f'||{section}|{status}', *obx)


def pdf(p, day, number, text):
    return orders(p, day, number, [f'OBX|1|ED|PDF^Report^L||RIS^Application^PDF^Base64^{text}||||||F'])


def mdm(p, day, event, number, parent='', text=''):
    return stories.hl7(p, day, f'MDM^{event}', f'TXA|1|DI|TX|{stories.at(-4)}||||||||{number}|{parent}||||LA',
                       *([f'OBX|1|TX|R^Report^L||{text}||||||F'] if text else []))


def rows(daemon, *words):
    out = daemon.ctl('reports', *words, '--json')
    assert out.returncode == 0, out.stderr
    return [json.loads(line) for line in out.stdout.splitlines()]


def one(daemon, order, *words):
    found = [r for r in rows(daemon, *words) if r.get('order') == order]
    assert len(found) == 1, (order, found)
    return found[0]


@pytest.fixture(scope='module')
def played():
    """A lung cancer on osimertinib whose scans come as text, and reports of every kind."""
    with harness.Daemon(debug=True) as daemon:
        p = stories.Patient(8800001, family='Reportkanarie')
        texts = [
            stories.adt(p, -200, 'C34.1^Lung cancer^I10C^LUAD^Lung adenocarcinoma^99DEMO'),
            *[stories.ordered(p, day, EGFR_TKI) for day in range(-190, 0, 28)],
            report(p, -5, 'R1', [f'{CANARY} chest.', '', 'Kein Erguss.', 'No new lesions.']),
            report(p, -5, 'R2', [f'{CANARY}.', 'No effusion. New lesions in the liver.~Suspicious.']),
            report(p, -5, 'R3', [f'{CANARY} first']),
            report(p, -5, 'R3', [f'{CANARY} more: progression of disease'], 'F', said='130000', letter='A'),
            report(p, -5, 'R4', [f'{CANARY} to be cancelled']),
            report(p, -5, 'R4', [''], 'X', said='140000'),
            report(p, -5, 'R5', [f'{CANARY} draft'], 'P'),
            report(p, -5, 'R5', [f'{CANARY} final'], 'F', said='150000'),
            pdf(p, -5, 'R6', base64.b64encode(PDF).decode()),
            pdf(p, -5, 'R7', 'JVBERi0!!broken'),
            mdm(p, -4, 'T02', 'D1', text=f'{CANARY} one'),
            mdm(p, -3, 'T10', 'D2', 'D1', f'{CANARY} two'),
            mdm(p, -4, 'T02', 'D3', text=f'{CANARY} three'),
            mdm(p, -3, 'T11', 'D3'),
        ]
        with harness.Mllp(daemon.port['lis']) as peer:
            for _, payload in texts:
                assert peer.ask(payload)[0] == 'AA'
        daemon.settle(len(texts))
        yield daemon, p, texts


def test_queue_holds_what_stands(played):
    daemon, p, texts = played
    queue = rows(daemon)
    assert sorted((r['order'], r.get('parent', '')) for r in queue) == [
        ('D2', ''), ('R1', ''), ('R2', ''), ('R3', ''), ('R3', 'R3'), ('R5', ''), ('R6', ''), ('R7', '')]
    assert all(r['patient'] == {'authority': 'DEMO', 'id': p.id} and r['category'] == 'radiology' for r in queue)
    assert all(r['state'] == 'waiting' and r['in_force'] and r['feed'] == 'lis' for r in queue)
    everything = rows(daemon, '--all')
    assert len(everything) == 12
    assert {r['order'] for r in everything if not r['in_force']} == {'R4', 'R5', 'D1', 'D3'}
    assert daemon.status()['stored'] == len(texts)
    assert daemon.counters()[('reports', 'radiology')] == 12


def test_a_phrase_comes_first_with_its_sentence(played):
    """The sentence only when it is asked for, and the asking is audited."""
    daemon, _, _ = played
    first, second = rows(daemon, '--quote')[:2]
    assert (first['order'], first['phrase'], first['quote']) == ('R2', 'new lesion*', 'New lesions in the liver.')
    assert (second['order'], second['phrase']) == ('R3', 'progression of disease')
    assert 'phrase' not in one(daemon, 'R1')  # it is negated there
    assert all('quote' not in r for r in rows(daemon))
    assert CANARY not in daemon.ctl('reports').stdout
    assert 'New lesions in the liver.' in daemon.ctl('reports', '--quote').stdout
    assert daemon.rows("SELECT count(*) FROM audit WHERE event = 'report_quotes_viewed'")[0][0] == 2
    facts = daemon.ctl('facts', f'DEMO:{played[1].id}', '--json').stdout
    assert CANARY not in facts and '"response"' not in facts


def test_text_is_joined_and_shown(played):
    daemon, p, _ = played
    r1 = one(daemon, 'R1')
    out = daemon.ctl('report', str(r1['report']))
    assert out.returncode == 0
    assert out.stdout.endswith(f'\n\n{CANARY} chest.\n\nKein Erguss.\nNo new lesions.\n')
    assert f'patient DEMO:{p.id}' in out.stdout and 'unread' in out.stdout
    shown = json.loads(daemon.ctl('report', str(r1['report']), '--json').stdout)
    assert shown['text'] == f'{CANARY} chest.\n\nKein Erguss.\nNo new lesions.'
    assert shown['bytes'] == len(shown['text'])
    r3 = [r for r in rows(daemon) if r['order'] == 'R3' and 'parent' not in r][0]
    added = [r for r in rows(daemon) if r.get('parent') == 'R3'][0]
    assert f'see its addendum, report {added["report"]}' in daemon.ctl('report', str(r3['report'])).stdout
    assert f'it adds to report {r3["report"]}' in daemon.ctl('report', str(added['report'])).stdout
    views = daemon.rows("SELECT subject, actor FROM audit WHERE event = 'report_viewed' ORDER BY seq")
    assert [int(v[0]) for v in views] == [r1['report'], r1['report'], r3['report'], added['report']]
    missing = daemon.ctl('report', '999999')
    assert missing.returncode == 1 and 'no report of that number' in missing.stderr


def test_bytes_of_a_pdf(played):
    daemon, _, _ = played
    r6, r7 = one(daemon, 'R6'), one(daemon, 'R7')
    assert (r6['media'], r6['bytes']) == ('application/pdf', len(PDF))
    path = os.path.join(daemon.folder, 'out.pdf')
    assert daemon.ctl('report', str(r6['report']), '--out', path).returncode == 0
    with open(path, 'rb') as file:
        assert file.read() == PDF
    assert os.stat(path).st_mode & 0o77 == 0
    again = daemon.ctl('report', str(r6['report']), '--out', path)
    assert again.returncode == 1 and 'not written over' in again.stderr
    assert '--out FILE' in daemon.ctl('report', str(r6['report'])).stdout
    assert r7['problem'] == 'invalid_base64' and 'invalid_base64' in r7['why']
    broken = os.path.join(daemon.folder, 'broken')
    assert daemon.ctl('report', str(r7['report']), '--out', broken).returncode == 0
    with open(broken, 'rb') as file:
        assert file.read() == b'JVBERi0!!broken'
    assert daemon.rows('SELECT count(*) FROM document WHERE content = ?', PDF)[0][0] == 1


def unread_of(daemon, p):
    out = daemon.ctl('explain', f'DEMO:{p.id}')
    assert out.returncode == 0, out.stderr
    return [line for line in out.stdout.splitlines() if 'exists, unread' in line]


def test_taken_out_by_a_person(played):
    """The alert's words follow: unread until a person has read the newest one, and the ones before it."""
    daemon, p, _ = played
    journal = one(daemon, 'D2')['journal']
    said = unread_of(daemon, p)
    day = stories.at(-4)
    assert any(f'a radiology report of {day[:4]}-{day[4:6]}-{day[6:8]} exists, unread (journal {journal})' in line
               for line in said), daemon.ctl('explain', f'DEMO:{p.id}').stdout
    before = len(rows(daemon))
    number = str(one(daemon, 'D2')['report'])
    out = daemon.ctl('report', number, 'done')
    assert out.returncode == 0 and out.stdout == f'report {number}: done\n', out.stderr
    assert len(rows(daemon)) == before - 1
    assert not any(f'journal {journal})' in line for line in unread_of(daemon, p))
    assert unread_of(daemon, p)  # of the day before
    again = daemon.ctl('report', number, 'done')
    assert again.returncode == 1 and 'before' in again.stderr
    assert daemon.ctl('report', number, 'read').returncode == 2
    for r in rows(daemon):
        assert daemon.ctl('report', str(r['report']), 'coded').returncode == 0
    assert rows(daemon) == [] and unread_of(daemon, p) == []
    assert daemon.rows("SELECT count(*) FROM audit WHERE event = 'report_done'")[0][0] == 1
    assert {r['state'] for r in rows(daemon, '--all') if r['in_force']} == {'done', 'coded'}
    entries = daemon.rows("SELECT type, payload FROM journal WHERE kind = 3 AND type LIKE 'report%'")
    assert ('report done', f'report {number} done'.encode()) in entries


def test_corrected_after_it_was_read(played):
    """Other words are unread again; the same words are not."""
    daemon, p, _ = played
    with harness.Mllp(daemon.port['lis']) as peer:
        count = daemon.status()['received']
        peer.ask(report(p, -5, 'R1', [f'{CANARY} chest.', '', 'Kein Erguss.', 'No new lesions.'], 'C', said='160000')[1])
        daemon.settle(count + 1)
        assert [r for r in rows(daemon) if r['order'] == 'R1'] == []
        peer.ask(report(p, -5, 'R1', [f'{CANARY} chest: recurrence'], 'C', said='170000')[1])
        daemon.settle(count + 2)
    assert one(daemon, 'R1')['phrase'] == 'recurrence'
    assert unread_of(daemon, p)


def test_what_was_read_is_entered(played):
    """`enter response --report` is the other way out of the queue."""
    daemon, p, _ = played
    row = one(daemon, 'R1')
    out = daemon.ctl('enter', 'response', f'DEMO:{p.id}', '--code', 'PD', '--criteria', 'recist11',
                     '--report', str(row['journal']))
    assert out.returncode == 0, out.stderr
    assert [r for r in rows(daemon) if r['order'] == 'R1'] == []
    assert {r['state'] for r in rows(daemon, '--all') if r['report'] == row['report']} == {'coded'}


def test_sent_by_a_native_publisher(played, context):
    """A document beside its fact; what only refractd may say of it does not count."""
    daemon, p, _ = played
    message = message_pb2.ResultMessage(control_id='native-1', sender='PACS')
    fact = message.facts.add()
    fact.patient.authority, fact.patient.id, fact.order = 'DEMO', p.id, 'N1'
    fact.report.category, fact.report.read = 'radiology', True
    document = message.documents.add(fact=0, media='text/plain', content=f'{CANARY} new metastases'.encode())
    document.quote = document.phrase = 'forged'
    message.documents.add(fact=7, content=b'of no fact')
    peer = harness.Ingest(context, daemon.tcp('ingest'))
    assert peer.ask(message) == 'STORED'
    peer.close()
    row = one(daemon, 'N1', '--quote')
    assert (row['phrase'], row['quote']) == ('new metast*', f'{CANARY} new metastases')


def test_no_word_of_it_is_logged(played):
    daemon, p, _ = played
    log = daemon.log_text()
    for s in (CANARY, 'New lesions in the liver', p.family, p.id):
        assert s not in log
    for words in (('status',), ('counters',), ('reports',), ('reports', '--all'), ('quarantine',)):
        assert CANARY not in daemon.ctl(*words).stdout
    assert daemon.ctl('verify').returncode == 0
