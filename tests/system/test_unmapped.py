"""The first week of a feed: codes that no map knows are counted, a person maps them, and what came before is read
again by the new map. The journal stays as it was, the counts add up, and nothing of a patient is in any list."""
import csv
import io
import json
import os
import signal

import pytest

import harness
import stories

LOCAL = 'PSAR^Prostata spez. Antigen^99LIS'
MAP = 'demo.yaml'


def psa(p, day, value, unit='ng/mL'):
    return stories.result(p, day, LOCAL, value, unit)


def prostate(number):
    """A story that ends in a confirmed rise, if only its PSA were known."""
    p = stories.Patient(number)
    return p, [stories.adt(p, -308), psa(p, -301, '31.0'), stories.ordered(p, -294, stories.ENZA), psa(p, -210, '2.1'),
               stories.ordered(p, -182, stories.ENZA), psa(p, -119, '0.90'), stories.ordered(p, -63, stories.ENZA),
               psa(p, -50, '6.2'), psa(p, -20, '9.1')]


def send(d, messages):
    with harness.Mllp(d.port['lis']) as link:
        for control, payload in messages:
            code, answered = link.ask(payload)
            assert (code, answered) == ('AA', control)


def unmapped(d, *words):
    out = d.ctl('unmapped', '--json', *words)
    assert out.returncode == 0, out.stderr
    return {(r['kind'], r['system'], r['code'], r['text'], r['unit']): r for r in map(json.loads, out.stdout.splitlines())}


def reparse(d, *words, code=0):
    out = d.ctl('reparse', '--json', *words, timeout=60)
    assert out.returncode == code, out.stdout + out.stderr
    rows = [json.loads(line) for line in out.stdout.splitlines()]
    done = [r for r in rows if r.get('event') == 'done']
    return [r for r in rows if 'journal' in r], done[0] if done else None


def edit_map(d, *changes):
    path = os.path.join(d.knowledge, 'maps', MAP)
    with open(path, encoding='utf-8') as file:
        text = file.read()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def reload(d):
    mark = len(d.log_text())
    d.process.send_signal(signal.SIGHUP)
    d.wait_for('supervisor.reloaded', mark)
    d.wait_served()


def adds_up(d, before=None):
    s = d.status()
    assert s['received'] == s['stored'] + s['duplicate'] + s['ignored'] + s['quarantined'] + s['refused']
    assert before is None or s['received'] == before['received']
    return s


def write_table(d, rows, name='lis_codes.csv'):
    with open(os.path.join(d.knowledge, 'maps', name), 'w', encoding='utf-8', newline='') as file:
        csv.writer(file).writerows(rows)


@pytest.fixture
def site():
    with harness.Daemon(own_knowledge=True) as d:
        yield d


def test_the_first_week(site):
    """Unknown codes are listed with the rules that wait for them; the list, with its LOINC column filled in, is a table
    of the map; what is read again then raises the alert that the first reading could not."""
    p, messages = prostate(1)
    send(site, messages)
    first = site.settle(len(messages))
    assert site.alerts() == [] and first['ignored'] == 5
    rows = unmapped(site)
    row = rows[('result', '99LIS', 'PSAR', 'Prostata spez. Antigen', 'ng/mL')]
    assert (row['count'], row['patients'], row['feed'], row['mapped']) == (5, 1, 'lis', False)
    assert row['looks_like'] == 'psa' and 'prostate.psa.pcwg3' in row['rules'] and row['first'] <= row['last']
    text = site.ctl('unmapped').stdout
    assert text.splitlines()[0].startswith('lis result 99LIS:PSAR "Prostata spez. Antigen" in ng/mL: 5 times, 1 patient, ')

    send(site, messages[1:2])  # a duplicate is not counted again
    assert unmapped(site)[('result', '99LIS', 'PSAR', 'Prostata spez. Antigen', 'ng/mL')]['count'] == 5

    table = list(csv.reader(io.StringIO(site.ctl('unmapped', '--csv').stdout)))
    assert table[0] == ['Battery Code', 'Battery Description', 'Battery Code System', 'Test Code', 'Test Description',
                        'Test Code System', 'Units', 'Lab Section', 'Tag With', 'LOINC Code', 'Comments']
    assert table[1][3:10] == ['PSAR', 'Prostata spez. Antigen', '99LIS', 'ng/mL', '', 'lis', '']
    table[1][9] = '2857-1'
    write_table(site, table)
    edit_map(site, ('codes:\n', 'tables: [lis_codes.csv]\ncodes:\n'))
    reload(site)
    assert unmapped(site) == {}
    assert unmapped(site, '--all')[('result', '99LIS', 'PSAR', 'Prostata spez. Antigen', 'ng/mL')]['mapped']
    assert site.alerts() == []  # a map changes nothing by itself
    before = site.status()
    done, summary = reparse(site, '--changed', '--feed', 'lis')
    assert [r['is'] for r in done] == ['stored'] * 9 and sum(r['was'] == 'ignored' for r in done) == 5
    assert (summary['messages'], summary['stored'], summary['out_of_quarantine']) == (9, 9, 0)
    after = adds_up(site, before)
    assert after['ignored'] == 0 and after['stored'] == before['stored'] + 5
    alert = site.alerts()[0]
    assert len(site.alerts()) == 1 and alert['certainty'] == 'confirmed', json.dumps(alert, indent=1)
    assert any('prostate.psa.pcwg3' in json.dumps(s) for s in alert['sections'])
    assert reparse(site, '--changed')[1]['messages'] == 0

    send(site, messages[3:4])  # the original is still found
    now = adds_up(site)
    assert now['duplicate'] == after['duplicate'] + 1
    assert 'verified' in site.ctl('verify').stdout
    assert site.rows('SELECT count(*) FROM fact_replaced')[0][0] == 6  # of the admission three, of the orders three


def test_a_wrong_map_is_taken_back(site):
    """A code mapped to the wrong test raised an alert: mapped rightly and read again, the alert is retracted, and the
    facts of the first reading are read by nothing."""
    edit_map(site, ('codes:\n', 'tables: [lis_codes.csv]\ncodes:\n'))
    write_table(site, [['Test Code', 'Test Code System', 'LOINC Code'], ['PSAR', '99LIS', '2857-1']])
    reload(site)
    p, messages = prostate(2)
    send(site, messages)
    site.settle(len(messages))
    assert [a['state'] for a in site.alerts()] == ['new'], site.alerts()
    write_table(site, [['Test Code', 'Test Code System', 'LOINC Code'], ['PSAR', '99LIS', '10334-1']])
    reload(site)
    kept = site.rows('SELECT seq, kind, outcome, hex(chain) FROM journal ORDER BY seq')
    done, _ = reparse(site, '--changed')
    assert len(done) == 9
    assert [a['state'] for a in site.alerts()] == ['retracted'], site.alerts()
    assert site.rows('SELECT seq, kind, outcome, hex(chain) FROM journal ORDER BY seq')[:len(kept)] == kept
    entries = site.rows("SELECT control_id FROM journal WHERE kind = 3 AND type = 'reparse' ORDER BY seq")
    assert sorted(int(e[0]) for e in entries) == sorted(r['journal'] for r in done)
    assert site.rows("SELECT count(*) FROM audit WHERE event = 'reparsed'")[0][0] == 9
    adds_up(site)


def test_out_of_quarantine(site):
    """Messages that were not understood are read again by reason or by number; what is still not understood says so."""
    p, messages = prostate(3)
    other = stories.Patient(4)
    odd = [(c, m.replace(b'^^^DEMO^MR', b'^^^DEMO^ZZ')) for c, m in messages]
    bad = stories.hl7(other, -3, 'QQQ^Z99', 'NTE|1')
    send(site, odd + [bad])
    before = site.settle(10)
    assert before['quarantined'] == 10
    done, summary = reparse(site, '--reason', 'no_patient_id')  # by the same map: no better
    assert summary['quarantined'] == 9 and {r['reason'] for r in done} == {'no_patient_id'}
    assert {r['place'] for r in done} == {'PID[1]-3'}
    edit_map(site, ('"PID-3(5=PI)"]', '"PID-3(5=PI)", "PID-3(5=ZZ)"]'))
    reload(site)
    first = done[0]['journal']
    done, summary = reparse(site, str(first), '9999')
    assert sorted((r['journal'], r['is'], r['reason']) for r in done) == [(first, 'stored', ''),
                                                                         (9999, 'not_read', 'no_such_message')]
    assert summary['out_of_quarantine'] == 1
    assert len(site.ctl('quarantine').stdout.splitlines()) == 9
    done, summary = reparse(site, '--all-quarantined')
    assert (summary['stored'], summary['ignored'], summary['quarantined']) == (3, 5, 1), summary
    assert unmapped(site)[('result', '99LIS', 'PSAR', 'Prostata spez. Antigen', 'ng/mL')]['count'] == 5
    assert reparse(site, '--all-quarantined')[1]['messages'] == 1
    assert unmapped(site)[('result', '99LIS', 'PSAR', 'Prostata spez. Antigen', 'ng/mL')]['count'] == 5
    now = adds_up(site, before)
    assert (now['stored'], now['ignored'], now['quarantined']) == (4, 5, 1)
    lines = site.ctl('quarantine').stdout.splitlines()
    assert len(lines) == 1 and 'unknown_type' in lines[0]
    assert site.ctl('reparse', '--reason', 'x', '--bogus').returncode == 2
    assert 'stamp' not in site.ctl('reparse', '--since', 'Friday').stderr


def test_only_names_are_kept(site):
    """Codes with their displays are listed; an answer in free text, a name where a drug should be and whatever stands
    behind a number are not."""
    p = stories.Patient(5, family='Kieselstrand')

    def obx(day, kind, code, value, unit=''):
        return stories.hl7(p, day, 'ORU^R01^ORU_R01', f'OBR|1||A{day + 99}|{code}|||{stories.at(day)}|||||||||||||||{stories.at(day)}||CT|F',
                           f'OBX|1|{kind}|{code}||{value}|{unit}|||||F|||{stories.at(day)}')
    send(site, [
        stories.adt(p, -40, 'LOK77^Karzinom der Lunge^99LIS'),
        stories.adt(p, -39, 'I10^Hypertonie^I10C'),
        obx(-30, 'ST', 'RECIST^Response^99DEMO', 'Frau Kieselstrand ist deutlich progredient'),
        obx(-29, 'CWE', 'RECIST^Response^99DEMO', 'PROG2^Progressive disease (RECIST)^99LIS'),
        obx(-28, 'CWE', 'RECIST^Response^99DEMO', 'Kieselstrand geb. 19490611'),
        obx(-27, 'ST', 'CA125^CA 125^99DEMO', '71 Kieselstrand'),
        obx(-26, 'NM', 'CA125^CA 125^99DEMO', '71', 'Einheiten'),
        obx(-25, 'NM', 'K^Kalium^99LIS', '4.1', 'mmol/L'),
        stories.ordered(p, -20, 'OX80^Osimertinb 80 mg^99LIS'),
        stories.ordered(p, -19, '^Kieselstrand 19490611 neu'),
    ])
    site.settle(10)
    rows = unmapped(site)
    assert rows[('answer', '99LIS', 'PROG2', 'Progressive disease (RECIST)', '')]['looks_like'] == 'PD'
    assert rows[('answer', '', '', '', '')]['count'] == 2
    assert rows[('diagnosis', '99LIS', 'LOK77', 'Karzinom der Lunge', '')]['looks_like'] == 'LUNG'
    assert not any(k[2] == 'I10' for k in rows)
    assert rows[('drug', '99LIS', 'OX80', 'Osimertinb 80 mg', '')]['looks_like'] == 'osimertinib'
    assert rows[('drug', '', '', '', '')]['count'] == 1
    unit = rows[('unit', 'L', 'CA125', 'CA 125', 'Einheiten')]
    assert unit['looks_like'] == 'ca125' and unit['rules'] and unit['count'] == 1
    kalium = rows[('result', '99LIS', 'K', 'Kalium', 'mmol/L')]
    assert kalium['rules'] == [] and 'looks_like' not in kalium
    said = site.ctl('unmapped').stdout + site.ctl('unmapped', '--csv').stdout + json.dumps(list(rows.values()))
    stored = ' '.join(str(c) for row in site.rows('SELECT * FROM unmapped') for c in row)
    for secret in p.secrets():
        assert secret not in said and secret not in stored and secret not in site.log_text()


def test_tables_that_are_wrong(site):
    """Faults of a table are errors with file, line and column, and the old maps stay."""
    edit_map(site, ('codes:\n', 'tables: [lis_codes.csv]\ncodes:\n'))
    write_table(site, [['Test Code', 'Test Description', 'LOINC Code'], ['PSAR', 'PSA', '2857-2'], ['X1', '', '10334-1'],
                       ['X1', '', '2039-6']])
    mark = len(site.log_text())
    site.process.send_signal(signal.SIGHUP)
    site.wait_for('supervisor.reload_refused', mark)
    log = site.log_text()[mark:]
    assert 'lis_codes.csv line=2 col=10 text="this is no LOINC code' in log, log
    assert 'lis_codes.csv line=4 col=1 text="this code has another meaning at ' in log, log
    p, messages = prostate(6)
    send(site, messages)  # by the map before
    site.settle(9)


def test_killed_in_the_middle(site):
    """core dies while it reads again: each message has the facts of one reading, whole; asked again, the rest is done."""
    everyone = [prostate(100 + n) for n in range(25)]
    for _, messages in everyone:
        send(site, messages)
    before = site.settle(225)
    edit_map(site, ('codes:\n', 'tables: [lis_codes.csv]\ncodes:\n'))
    write_table(site, [['Test Code', 'Test Code System', 'LOINC Code'], ['PSAR', '99LIS', '2857-1']])
    reload(site)
    pid = site.roles()['core']
    ask = harness.subprocess.Popen([os.path.join(site.build, 'refractctl'), 'reparse', '--changed', '--socket', site.control],
                                   stdout=harness.subprocess.DEVNULL, stderr=harness.subprocess.DEVNULL)
    harness.wait_until('some are done', lambda: site.rows(
        'SELECT count(*) FROM reading WHERE reparse IS NOT NULL')[0][0] > 20, every=0.005)
    os.kill(pid, signal.SIGKILL)
    ask.wait(30)
    site.wait_served()
    half = site.rows('SELECT count(*) FROM reading WHERE reparse IS NOT NULL')[0][0]
    psas = site.rows('SELECT count(*) FROM reading WHERE reparse IS NOT NULL AND outcome = 0 AND journal IN'
                     ' (SELECT seq FROM journal WHERE outcome = 2)')[0][0]
    facts = site.rows('SELECT count(*) FROM fact WHERE journal IN (SELECT seq FROM journal WHERE outcome = 2)')[0][0]
    assert facts == psas and 20 < half
    adds_up(site, before)
    extra = prostate(200)[1]
    send(site, extra)  # what comes in meanwhile is read by the new map at once
    _, summary = reparse(site, '--changed')
    assert summary['messages'] == 225 - half and summary['not_read'] == 0
    now = adds_up(site)
    assert (now['stored'], now['ignored'], now['received']) == (234, 0, 234)
    alerts = site.alerts()
    assert len(alerts) == 26 and {a['certainty'] for a in alerts} == {'confirmed'}
    assert site.rows('SELECT max(n) FROM (SELECT count(*) AS n FROM fact GROUP BY journal)')[0][0] <= 3
    assert 'verified' in site.ctl('verify').stdout


def test_a_table_beside_a_map(tmp_path):
    """refractctl reads a map given alone with the tables beside it; a contradiction is said, and the reading is by the
    LOINC code."""
    p = stories.Patient(7)
    (tmp_path / 'm.yaml').write_text('name: m\npatient: {id: "PID-3(5=MR)"}\ntables: [t.csv]\n')
    (tmp_path / 't.csv').write_text('Test Code;Test Description;Units;LOINC Code\nPSAR;CA 125;ng/mL;2857-1\n')
    (tmp_path / 'x.hl7').write_bytes(stories.result(p, -3, LOCAL, '4.2', '')[1])
    out = harness.subprocess.run([os.path.join(harness.BUILD, 'refractctl'), 'parse', '--map', str(tmp_path / 'm.yaml'),
                                  str(tmp_path / 'x.hl7')], capture_output=True, text=True, timeout=30, check=False)
    fact = json.loads(out.stdout.splitlines()[0])
    assert fact['observation']['analyte'] == 'psa' and fact['observation']['unit'] == 'ng/mL'
    assert 't.csv:2:6: warning: mapped to psa' in out.stderr
    (tmp_path / 't.csv').unlink()
    out = harness.subprocess.run([os.path.join(harness.BUILD, 'refractctl'), 'parse', '--map', str(tmp_path / 'm.yaml'),
                                  str(tmp_path / 'x.hl7')], capture_output=True, text=True, timeout=30, check=False)
    assert out.returncode != 0 and 't.csv' in out.stderr
