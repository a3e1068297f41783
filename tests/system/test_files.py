"""The first week is files: refractctl import, and a folder that files are put into."""
import csv
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from harness import BUILD, ROOT, Daemon, Mllp, mllp_frame, wait_until
from test_ctl import BORN, NAME, diagnosis, order, psa

FILES = os.path.join(ROOT, 'tests', 'data', 'files')
ROWS = 2000
FACT_IMPORTED = 32


class FileDaemon(Daemon):
    """With a folder feed beside the others."""

    def write_config(self, disk_mark='1MiB'):
        super().write_config(disk_mark)
        self.drop = os.path.join(self.folder, 'drop')
        os.makedirs(self.drop, mode=0o700, exist_ok=True)
        with open(self.config, encoding='utf-8') as file:
            text = file.read()
        feed = f'  - {{name: registry, kind: folder, path: {self.drop}, map: demo.yaml, settle_ms: 150, live: true}}\n'
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text.replace('feeds:\n', 'feeds:\n' + feed))

    def put(self, name, content):
        """A file as a careful sender puts it: written beside, then renamed."""
        path = os.path.join(self.drop, name)
        with open(path + '.part', 'wb') as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.rename(path + '.part', path)

    def moved(self, name, where='done'):
        """The name it has there, or None."""
        folder = os.path.join(self.drop, where)
        found = [n for n in os.listdir(folder) if n.endswith('.' + name)] if os.path.isdir(folder) else []
        return found[0] if found else None

    def wait_moved(self, name, where='done'):
        return wait_until(f'{name} in {where}', lambda: self.moved(name, where))

    def load(self, kind, path, *options, config=True):
        words = [os.path.join(BUILD, 'refractctl'), 'import', kind, '--config', self.config, '--json', *options, path]
        out = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        lines = [json.loads(line) for line in out.stdout.splitlines()]
        return out, lines

    def counts(self, kind, path, *options):
        out, lines = self.load(kind, path, *options)
        assert len(lines) == 1, out.stderr
        return out.returncode, {k: v for k, v in lines[0].items() if v and k != 'file'}

    def facts(self, patient):
        out = self.ctl('facts', patient, '--json')
        assert out.returncode == 0, out.stderr
        return [json.loads(line)['fact'] for line in out.stdout.splitlines()]


@pytest.fixture(scope='module')
def refractd():
    with FileDaemon() as d:
        yield d


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    return path


def test_three_files(refractd, tmp_path):
    d = refractd
    paths = {kind: shutil.copy(os.path.join(FILES, f'{kind}.csv'), tmp_path) for kind in
             ('diagnoses', 'therapy', 'responses')}
    before = d.status()
    assert d.counts('diagnoses', paths['diagnoses']) == (0, {'rows': 4, 'stored': 3, 'ignored': 1})
    assert d.counts('therapy', paths['therapy']) == (0, {'rows': 5, 'stored': 5})
    assert d.counts('responses', paths['responses']) == (0, {'rows': 3, 'stored': 3})
    status = d.status()
    assert status['received'] - before['received'] == 12
    assert status['stored'] - before['stored'] == 11
    # the same again changes nothing, in other order neither
    for kind in ('responses', 'diagnoses', 'therapy'):
        code, counts = d.counts(kind, paths[kind])
        assert code == 0 and counts['duplicate'] == counts['rows']
    assert d.status()['journal_head'] == status['journal_head']
    assert d.status()['duplicate'] - status['duplicate'] == 12
    # history: found, and told nobody
    mine = [a for a in d.alerts() if a['patient']['id'] == 'F-002']
    assert len(mine) == 1 and mine[0]['silent']
    shown = d.ctl('show', mine[0]['id']).stdout
    assert 'response PD by recist11, site bone on 2025-10-20 (imported)' in ' '.join(shown.split())
    explained = d.ctl('explain', 'HOSP:F-002').stdout
    assert 'osimertinib' in explained and '(imported)' in explained
    assert not [a for a in d.alerts() if a['patient']['id'].startswith('F-') and not a['silent']]


def test_bad_rows(refractd, tmp_path):
    d = refractd
    path = write(tmp_path, 'bad.csv', 'patient_id,authority,drug,start,stop\nB1,HOSP,osimertinib,2024-01-01,\n'
                 'B2,HOSP,"osi ""x""",01/02/2024,2023-01-01\n,HOSP,osimertinib,2024-01-01,\n')
    before = d.status()
    out, lines = d.load('therapy', path)
    assert out.returncode == 1 and not lines
    assert f'{path}:3:9: drug: no drug' in out.stderr and f'{path}:3:21: start: ' in out.stderr
    assert f'{path}:4:1: patient_id: ' in out.stderr and '2 of 3 rows are bad: nothing was sent' in out.stderr
    assert 'osi ' not in out.stderr
    assert d.status()['received'] == before['received']
    assert d.counts('therapy', path, '--partial') == (1, {'rows': 3, 'stored': 1, 'rejected': 2})
    with open(path + '.rejected.csv', encoding='utf-8', newline='') as file:
        rejected = list(csv.DictReader(file))
    assert [r['patient_id'] for r in rejected] == ['B2', '']
    assert rejected[0]['drug'] == 'osi "x"' and 'start: ' in rejected[0]['rejected_because']
    assert os.stat(path + '.rejected.csv').st_mode & 0o77 == 0
    out, lines = d.load('therapy', path, '--dry-run')
    assert [x['therapy']['drug'] for x in lines] == ['osimertinib']
    torn = write(tmp_path, 'torn.csv', 'patient_id,authority,drug,start\nB3,HOSP,osimertinib,2024\nB4,HOSP,"x,2024\n')
    out, _ = d.load('therapy', torn, '--partial')
    assert out.returncode == 1 and f'{torn}:3:9: this quote is never closed' in out.stderr
    twice = write(tmp_path, 'twice.csv', 'patient_id,authority,drug,start,stop\nB3,HOSP,osimertinib,2024-01-01,2024-02-01\n'
                  'B3,HOSP,Tagrisso,2024-01-01,2024-03-01\n')
    out, _ = d.load('therapy', twice)
    assert out.returncode == 1 and f'{twice}:3:1: line 2 says otherwise' in out.stderr
    assert d.status()['received'] - before['received'] == 1


def test_other_person(refractd, tmp_path):
    d = refractd
    head = 'patient_id,authority,birth_date,code_system,code,diagnosed_on\n'
    first = write(tmp_path, 'a.csv', head + 'I1,HOSP,1950-01-31,OncoTree,LUAD,2020\n')
    other = write(tmp_path, 'b.csv', head + 'I1,HOSP,1971-05-02,OncoTree,PRAD,2021\nI1,HOSP,1950,OncoTree,LUAD,2020\n')
    assert d.counts('diagnoses', first)[0] == 0
    assert d.counts('diagnoses', other) == (1, {'rows': 2, 'stored': 1, 'quarantined': 1})
    assert 'identity_conflict' in d.ctl('quarantine').stdout


def test_corrected_row(refractd, tmp_path):
    d = refractd
    head = 'patient_id;authority;drug;start;stop;reason;evidence\n'

    def therapies():
        return sorted((f['therapy']['action'], f['collected'][:10], f['therapy']['rung'])
                      for f in d.facts('HOSP:K1') if 'therapy' in f)

    def load(row, written):
        path = write(tmp_path, 'k.csv', head + row)
        os.utime(path, (written, written))
        return d.counts('therapy', path)

    now = time.time()
    load('K1;HOSP;osimertinib;2024-01-10;2024-06-01;;\n', now - 300)
    assert therapies() == [('start', '2024-01-10', 'stated'), ('stop', '2024-06-01', 'stated')]
    load('K1;HOSP;Tagrisso;2024-01-10;2024-07-02;progression;dispensed\n', now - 200)
    assert therapies() == [('start', '2024-01-10', 'dispensed'), ('stop', '2024-07-02', 'dispensed')]
    load('K1;HOSP;osimertinib;2024-01-10;2024-06-01;;\n', now - 100)  # the first file once more
    assert therapies() == [('start', '2024-01-10', 'dispensed'), ('stop', '2024-07-02', 'dispensed')]
    load('K1;HOSP;osimertinib;2024-01-10;;;\n', now - 50)
    assert therapies() == [('start', '2024-01-10', 'stated')]
    assert all(f['flags'] & FACT_IMPORTED for f in d.facts('HOSP:K1'))


def essence(alerts, patient):
    """What an alert says, without numbers of its own."""
    return sorted((a['certainty'], a['state'], a['headline'], a['line_label'],
                   [s['rule_id'] for s in a.get('sections', [])],
                   [s['first_event'] for s in a.get('sections', [])], a.get('silent', False)) for a in alerts if a['patient']['id'] == patient)


def test_same_alerts_as_messages(refractd, tmp_path):
    """Diagnosis and therapy by file, laboratory by MLLP, against all of it by MLLP; live, so that both are raised."""
    d = refractd
    labs = [psa('M1', '20250108', '20'), psa('M2', '20250310', '4'), psa('M3', '20250510', '8'), psa('M4', '20250602', '9')]
    told = [diagnosis('D1', '20250102'), order('T1', '20250110', '1307298', 'enzalutamide'),
            order('T2', '20250210', '1307298', 'enzalutamide'), order('T3', '20250312', '1307298', 'enzalutamide'),
            order('T4', '20250412', '1307298', 'enzalutamide')]
    d.counts('diagnoses', write(tmp_path, 'd.csv', 'patient_id,authority,code_system,code,diagnosed_on\n'
                                'S2,HOSP,L,PRAD,2025-01-02\n'), '--live')
    d.counts('therapy', write(tmp_path, 't.csv', 'patient_id,authority,drug,given_on,evidence\n' + ''.join(
        f'S2,HOSP,1307298,2025-{day},ordered\n' for day in ('01-10', '02-10', '03-12', '04-12'))), '--live')
    with Mllp(d.port['lis']) as sender:
        for message in told + labs:
            assert sender.ask(message.replace('12345^', 'S1^').encode()) == ('AA', message.split('|')[9])
            if message in labs:
                again = message.replace('12345^', 'S2^')
                sender.ask(again.replace('|ORU^R01|M', '|ORU^R01|S').encode())
    alerts = wait_until('alerts', lambda: len([a for a in d.alerts() if a['patient']['id'] in ('S1', 'S2')]) == 2
                        and d.alerts())
    assert essence(alerts, 'S1') == essence(alerts, 'S2') != []


def test_folder(refractd):
    d = refractd
    before = d.status()
    one, two, three = (psa(f'H{n}', '20250108', '20', patient=f'H{n}^^^HOSP^MR').encode() for n in (1, 2, 3))
    d.put('framed.hl7', mllp_frame(one) + mllp_frame(two))
    d.put('batch.HL7', b'FHS|^~\\&|A\nBHS|^~\\&|A\n' + three.replace(b'\r', b'\n') + one.replace(b'\r', b'\n')
          + b'BTS|2\nFTS|1\n')
    d.put('rows.csv', b'\xef\xbb\xbf' + 'patient_id;authority;drug;start\r\nHä;HOSP;osimertinib;2024\r\nH2;HOSP;?;2024\r\n'.encode())
    assert 'stored-2.duplicate-0.ignored-0.quarantined-0' in d.wait_moved('framed.hl7')
    assert 'stored-1.duplicate-0.ignored-0.quarantined-1' in d.wait_moved('rows.csv')
    batch = d.wait_moved('batch.HL7')
    assert 'stored-2' in batch or 'stored-1.duplicate-1' in batch  # one differs in its line ends
    status = d.status()
    assert status['received'] - before['received'] == 6
    quarantined = [json.loads(x) for x in d.ctl('quarantine', '--json').stdout.splitlines()]
    assert [(q['reason'], q['place']) for q in quarantined if q['feed'] == 'registry'] == [
        ('bad_row', '3:9: drug: no drug, regimen or RxNorm number that a table or the map knows')]
    # what is no table, what is a link, what is not whole
    d.put('head.csv', 'name,born\nx,y\n')
    d.put('empty.hl7', '')
    os.symlink(d.config, os.path.join(d.drop, 'link.hl7'))
    with open(os.path.join(d.drop, 'growing.hl7.part'), 'wb') as file:
        file.write(one)
    for name in ('head.csv', 'empty.hl7', 'link.hl7'):
        moved = d.wait_moved(name, 'failed')
        with open(os.path.join(d.drop, 'failed', moved + '.reason'), encoding='utf-8') as file:
            assert file.read().startswith('1:1: ')
    wait_until('refused', lambda: d.counters().get(('refused', 'registry unreadable_file')) == 3)
    assert sorted(os.listdir(d.drop)) == ['done', 'failed', 'growing.hl7.part']
    assert 'head.csv' not in d.log_text() and 'Hä' not in d.log_text()


def test_growing_file_is_left_alone(refractd):
    d = refractd
    path = os.path.join(d.drop, 'slow.hl7')
    message = psa('G1', '20250108', '20', patient='G1^^^HOSP^MR').encode()
    with open(path, 'wb') as file:
        for i in range(0, len(message), 100):
            file.write(message[i:i + 100])
            file.flush()
            time.sleep(0.06)
            assert os.path.exists(path)
    assert 'stored-1.duplicate-0.ignored-0.quarantined-0' in d.wait_moved('slow.hl7')


def test_disk_nearly_full(tmp_path):
    """Busy: nothing is taken, nothing is lost, and a new start finds the file where it was."""
    d = FileDaemon(disk_mark='8000000GiB')
    try:
        d.start()
        d.put('wait.csv', 'patient_id,authority,drug,start\n' + ''.join(f'W{n},HOSP,osimertinib,2024\n' for n in range(100)))
        wait_until('busy', lambda: 'core_busy' in d.ctl('feeds').stdout)
        assert d.status()['received'] == 0 and os.listdir(d.drop + '/done') == []
        d.write_config()
        assert d.stop() == 0
        d.start()
        assert 'stored-100.duplicate-0.ignored-0.quarantined-0' in d.wait_moved('wait.csv')
        assert d.status()['received'] == 100
    finally:
        d.__exit__(None, None, None)


def test_quarantined_row_is_read_again():
    """A drug that no map knew, until it was added."""
    with FileDaemon(own_knowledge=True) as d:
        d.put('x.csv', 'patient_id,authority,drug,start\nR1,HOSP,QQ17,2024-01-10\n')
        assert 'quarantined-1' in d.wait_moved('x.csv')
        path = os.path.join(d.knowledge, 'maps', 'demo.yaml')
        with open(path, encoding='utf-8') as file:
            text = file.read()
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace('drugs:\n', 'drugs:\n  - {system: L, code: QQ17, drug: osimertinib}\n', 1))
        mark = len(d.log_text())
        os.kill(d.process.pid, signal.SIGHUP)
        d.wait_for('supervisor.reloaded', mark)
        d.wait_served()
        wait_until('read again', lambda: '1 came out of quarantine' in d.ctl('reparse', '--all-quarantined').stdout)
        assert [f['therapy']['drug'] for f in d.facts('HOSP:R1')] == ['osimertinib']
        assert d.status()['quarantined'] == 0 and d.status()['stored'] == 1


def test_kill_in_the_middle(refractd):
    """2,000 rows, edge killed while it reads them: read again from the start, nothing lost, nothing twice."""
    d = refractd
    before = d.status()
    rows = ''.join(f'Z{n:05d};HOSP;osimertinib;2024-01-{n % 28 + 1:02d}\n' for n in range(ROWS))
    d.put('big.csv', 'patient_id;authority;drug;start\n' + rows)
    wait_until('some rows stored', lambda: d.status()['stored'] - before['stored'] > 200)
    edge = d.all_roles()['edge']
    os.kill(edge, signal.SIGKILL)
    seen = d.status()['stored'] - before['stored']
    assert seen < ROWS, 'too fast to be killed in the middle'
    moved = d.wait_moved('big.csv')
    d.wait_served()
    status = d.status()
    assert status['stored'] - before['stored'] == ROWS
    again = status['duplicate'] - before['duplicate']
    assert 0 < again < ROWS
    assert f'stored-{ROWS - again}.duplicate-{again}.ignored-0.quarantined-0' in moved
    assert status['received'] == sum(status[k] for k in ('stored', 'duplicate', 'ignored', 'quarantined', 'refused'))
    assert d.ctl('verify').returncode == 0
    assert d.rows("SELECT count(*) FROM journal WHERE control_id = '' OR payload IS NULL")[0][0] == 0
    assert NAME not in d.log_text() and BORN not in d.log_text()
