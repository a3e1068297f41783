"""Promise 6: marked names, numbers and dates of birth go through the whole system, quarantined and malformed messages
included, and stand in no log line, no count, no list and no error text."""
import os

import pytest

import harness
import stories
from harness import ingest_pb2

WHO = dict(family='Canaryvogel', given='Zimtsternchen', born='19330607')
MARK = 'Zx8canary'  # put wherever a sender may put anything
NUMBER = 4711000


def marked(day=-20):
    """A message in which everything that a sender says is marked."""
    p = stories.Patient(NUMBER + 50, **WHO)
    control, payload = stories.psa(p, day, '7.7')
    return control, payload.replace(b'SYSTEST', MARK.encode()).replace(b'Prostate specific Ag', MARK.encode() + b'Text')


def odd_ones():
    """Unreadable in many ways, each with the canaries in it."""
    p = stories.Patient(NUMBER + 60, **WHO)
    _, good = stories.psa(p, -30, '3.3')
    name = f'{WHO["family"]}^{WHO["given"]}'.encode()
    yield good.replace(b'MSH', b'HSM', 1)
    yield good.replace(p.id.encode() + b'^^^DEMO^MR', b'')
    yield good.replace(b'|NM|', b'|' + name + b'|')
    yield good.replace(b'|3.3|', b'|' + name + b'|')
    yield good.replace(b'|2.5.1', b'|' + name)
    yield good.replace(b'ORU^R01^ORU_R01', name)
    yield good.replace(b'ng/mL', name)
    yield good.replace(b'+0100', b'+' + name)
    yield good.replace(WHO['born'].encode(), WHO['born'].encode() + b'x' * 300)
    yield good.replace(b'^~\\&', b'^^^^')
    yield name + b'\r' + p.id.encode()
    yield good[:200]
    yield good.replace(b'PID', b'\xff\xfe\x00PID')
    yield stories.hl7(p, -30, 'ADT^A40^ADT_A39', f'MRG|{p.id}')[1]
    yield stories.hl7(p, -30, 'ADT^A04^ADT_A01', f'DG1|1||{MARK}^{WHO["family"]}^{MARK}||{WHO["born"]}|W')[1]
    yield stories.ordered(p, -30, f'{MARK}^{WHO["family"]}^{MARK}')[1]
    yield stories.given(p, -30, f'{MARK}^{WHO["family"]}^{MARK}')[1]


def secrets(patients):
    found = {s for p in patients for s in p.secrets()} | {MARK}
    return found | {s.encode().hex() for s in found}


@pytest.fixture(scope='module')
def played():
    """(daemon, patients, the texts of its answers) after everything went in; the log is at its most talkative."""
    with harness.Daemon(debug=True) as daemon:
        patients, answers = [], []
        with harness.Mllp(daemon.port['lis']) as peer:
            for n, ending in enumerate(('confirmed', 'corrected', 'suspected', 'silent')):
                p, messages = stories.prostate(NUMBER + n, ending, **WHO)
                patients.append(p)
                for _, payload in [*messages, messages[-1]]:
                    assert peer.ask(payload)[0] == 'AA'
            p, messages = stories.leukaemia(NUMBER + 9, **WHO)
            patients += [p, stories.Patient(NUMBER + 50, **WHO), stories.Patient(NUMBER + 60, **WHO)]
            for _, payload in [*messages, marked(), stories.merge(patients[3], -1, p.id)]:
                peer.ask(payload)
            for payload in odd_ones():
                peer.write(harness.mllp_frame(payload))
                answers.append(peer.answer())
            peer.write(patients[0].pid().encode() + b'\r' + harness.mllp_frame(marked(-19)[1])[:-80])
            peer.end()
        native(daemon, patients[0])
        yield daemon, patients, answers


def native(daemon, p):
    context = harness.zmq.Context()
    peer = harness.Ingest(context, daemon.tcp('ingest'))
    message = stories.native_psa(p)
    message.facts[0].observation.value.value = WHO['family']
    peer.ask(message)
    message = stories.native_psa(stories.Patient(NUMBER + 60, **WHO), day=-5)  # an alert may show a unit as it came
    message.facts[0].observation.unit_reported = WHO['family']
    message.sender = MARK
    peer.ask(message)
    peer.socket.send_multipart([p.pid().encode(), WHO['family'].encode()])
    peer.socket.send_multipart([b'refract.v1.IngestRequest', p.pid().encode()])
    peer.ask(harness.message_pb2.ResultMessage(control_id=MARK, sender=p.id))
    peer.close()
    sub = harness.Subscriber(context, daemon.tcp('router'))
    sub.socket.send_multipart([b'refract.v1.Hello', WHO['family'].encode()])
    sub.hello(WHO['family'] + ' ' + p.id)
    sub.hello('phi')
    sub.send(ingest_pb2.ReplayRequest(publisher=WHO['family']))
    while sub.next(1)[0]:
        pass
    sub.close()
    context.term()


def leaks(text, patients):
    return [line for line in text.splitlines() for s in secrets(patients) if s.lower() in line.lower()]


def test_the_canaries_went_in(played):
    """Else nothing below means anything."""
    daemon, patients, _ = played
    status = daemon.status()
    assert status['stored'] > 40 and status['quarantined'] >= 8 and status['refused'] >= 2 and status['duplicate'] >= 4
    assert {a['patient']['id'] for a in daemon.alerts()} >= {patients[0].id, patients[1].id}
    payloads = daemon.rows("SELECT count(*) FROM journal WHERE instr(payload, CAST(? AS BLOB)) > 0", WHO['family'])
    assert payloads[0][0] > 40


def test_no_log_line(played):
    daemon, patients, _ = played
    log = daemon.log_text()
    assert 'alert.raised' in log and 'mllp.deviation' in log and 'debug:' in log
    assert leaks(log, patients) == []


def test_no_count_list_or_error(played):
    daemon, patients, _ = played
    for words in (('status',), ('status', '--json'), ('counters',), ('counters', '--json'), ('queues',),
                  ('queues', '--json'), ('quarantine',), ('quarantine', '--json'), ('verify',),
                  ('show', 'nothing'), ('override', 'nothing', 'reason'), ('nonsense',)):
        out = daemon.ctl(*words)
        assert out.stdout or out.stderr, words
        assert leaks(out.stdout + out.stderr, patients) == [], words


def test_answers_repeat_only_the_head(played):
    """An answer to a sender has MSH-3 to 6 and 10 of its message and nothing else of it."""
    daemon, patients, answers = played
    assert len(answers) >= 15
    for answer in answers:
        for s in (WHO['family'], WHO['given'], WHO['born']):
            kept = [seg for seg in answer.decode('latin-1').split('\r') if s in seg and not seg.startswith('MSH')]
            assert kept == []


def test_alerts_name_the_number_and_not_the_person(played):
    """Who reads an alert needs to know of whom; the name is for the record system to show."""
    daemon, patients, _ = played
    texts = daemon.ctl('tail', '--once').stdout + daemon.ctl('alerts', 'all', '--json').stdout
    assert patients[0].id in texts
    for s in (WHO['family'], WHO['given'], WHO['born']):
        assert s not in texts
    for alert in daemon.alerts():
        assert all(s not in alert['headline'] for s in patients[0].secrets())


def test_no_core_files_and_private_folders(played):
    daemon, _, _ = played
    for pid in daemon.roles().values():
        with open(f'/proc/{pid}/limits', encoding='utf-8') as file:
            core = next(line for line in file if line.startswith('Max core file size'))
        assert core.split()[4] == '0'
    for name in ('state', 'run'):
        assert os.stat(os.path.join(daemon.folder, name)).st_mode & 0o77 == 0
    assert os.stat(daemon.store).st_mode & 0o77 == 0


def test_negative_control(played):
    """The search itself finds a canary where there is one."""
    daemon, patients, _ = played
    assert leaks(daemon.ctl('alerts', 'all', '--json').stdout, patients)
