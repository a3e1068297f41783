"""Routes to real receivers: what each stored of every kind of event; and each of them cut, slowed, made to answer garbage
and restarted while alerts flow."""
import base64
import datetime
import hashlib
import hmac
import http.server
import json
import os
import re
import socket
import threading
import time
import urllib.parse

import hl7
import pytest

import harness
import stories

COUNT = 30  # thousands are in test_route_flood.py


class HttpReceiver:
    """Stores what it is sent; `mood` makes it slow, busy, mad or refusing."""

    def __init__(self, port=0):
        self.got, self.mood, self.tokens, self.tasks, self.expired, self.pages = [], '', 0, [], '', 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_):
                pass

            def answer(self, status, body=b'', kind='application/json'):
                self.send_response(status)
                self.send_header('Content-Type', kind)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                """As FHIR R4 search: by change, a page of at most _count."""
                asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                if not re.fullmatch(r'Bearer tok\d+', self.headers['Authorization'] or '') or outer.expired == self.headers['Authorization']:
                    return self.answer(401)
                since = datetime.datetime.fromisoformat(asked['_lastUpdated'][0].removeprefix('ge').replace('Z', '+00:00'))
                found = sorted((t['meta']['lastUpdated'], n) for n, t in enumerate(outer.tasks))
                found = [outer.tasks[n] for at, n in found if datetime.datetime.fromisoformat(at.replace('Z', '+00:00')) >= since]
                outer.pages += 1
                return self.answer(200, json.dumps({'resourceType': 'Bundle', 'type': 'searchset',
                                                    'entry': [{'resource': t} for t in found[:int(asked['_count'][0])]]}).encode())

            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                if self.path == '/token':
                    assert base64.b64decode(self.headers['Authorization'].split()[1]) == b'refractd:open sesame'
                    outer.tokens += 1
                    return self.answer(200, json.dumps({'access_token': f'tok{outer.tokens}', 'expires_in': 3600}).encode())
                if outer.mood == 'slow':
                    time.sleep(0.3)
                if outer.mood == 'busy':
                    return self.answer(503)
                if outer.mood == 'refusing':
                    return self.answer(422)
                if outer.mood == 'mad':
                    return self.answer(200, b'<html>', 'text/html')
                outer.got.append((dict(self.headers), body))
                return self.answer(200, b'{"resourceType":"Bundle","type":"transaction-response"}')

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def seen(self):
        return [json.loads(body) for _, body in self.got]


class Hl7Receiver:
    """An MLLP listener of plain sockets; messages are read by python3-hl7."""

    def __init__(self, port=0):
        self.got, self.mood, self.connections = [], '', []
        self.listener = socket.create_server(('127.0.0.1', port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        rest = b''
        try:
            while part := connection.recv(65536):
                rest += part
                while b'\x1c\r' in rest:
                    one, rest = rest.split(b'\x1c\r', 1)
                    self.take(connection, hl7.parse(one.lstrip(b'\x0b').decode()))
        except OSError:
            pass

    def take(self, connection, message):
        control = str(message.segment('MSH')[10])
        code, said = 'AA', control
        if self.mood == 'garbage':
            connection.sendall(b'\x0bwhat?\x1c\r')
            return
        if self.mood == 'other':
            said = 'another'
        elif self.mood == 'refusing':
            code = 'AE'
        elif self.mood == 'silent':
            return
        elif self.mood == 'slow':
            time.sleep(0.2)
        if code == 'AA' and said == control:
            self.got.append(message)
        connection.sendall(f'\x0bMSH|^~\\&|X|Y|REFRACTD||20261123||ACK|1|P|2.3\rMSA|{code}|{said}\r\x1c\r'.encode())

    def cut(self):
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.connections.clear()

    def close(self):
        self.listener.close()
        self.cut()

    def controls(self):
        return [str(m.segment('MSH')[10]) for m in self.got]


def send(daemon, story):
    before = daemon.status()['received']
    with harness.Mllp(daemon.port['lis']) as lis:
        for _, message in story:
            lis.ask(message)
    daemon.settle(before + len(story))


ROUTES = """
routes:
  - {{name: ehr, kind: mllp, connect: "127.0.0.1:{mllp}", receiver: EHR, facility: HOSP, result_type: "RFX^Resistance alert^99RFX",
     portal_blocked: true, timeout_ms: 1500, base: "https://refractd.example", tries: 2}}
  - {{name: notes, kind: mllp, connect: "127.0.0.1:{mdm}", message: mdm, result_type: "RFX^Resistance alert^99RFX", portal_blocked: true,
     timeout_ms: 1500, keep: false}}
  - {{name: fhir, kind: fhir, url: "http://127.0.0.1:{fhir}", system: "urn:oid:2.999.1.1", base: "https://refractd.example",
     identifiers: {{DEMO: "urn:oid:2.999.2"}}, token_url: "http://127.0.0.1:{fhir}/token", client_id: refractd, client_secret: {folder}/client,
     timeout_ms: 1500, poll_s: 1, tries: 2}}
  - {{name: hook, kind: webhook, url: "http://127.0.0.1:{hook}/alerts", secret: {folder}/secret, base: "https://refractd.example", timeout_ms: 1500, tries: 2}}
"""


@pytest.fixture
def scene(tmp_path):
    mllp, mdm, fhir, hook = Hl7Receiver(), Hl7Receiver(), HttpReceiver(), HttpReceiver()
    (tmp_path / 'client').write_text('open sesame\n')
    (tmp_path / 'secret').write_text('shared key\n')
    extra = ROUTES.format(mllp=mllp.port, mdm=mdm.port, fhir=fhir.port, hook=hook.port, folder=tmp_path)
    with harness.Daemon(extra=extra) as d:
        d.receivers = {'ehr': mllp, 'notes': mdm, 'fhir': fhir, 'hook': hook}
        yield d
    for one in (mllp, mdm, fhir, hook):
        one.close()


def behind(d):
    return {r['route']: r['behind'] for r in map(json.loads, d.ctl('queues', '--json').stdout.splitlines())}


def drained(d, *names, seconds=60):
    harness.wait_until(f'{names} are drained', lambda: all(behind(d).get(n) == 0 for n in names or d.receivers), seconds, every=0.1)


def test_what_each_receiver_stores(scene):
    """Raised, confirmed, retracted: one story."""
    p, story = stories.prostate(1, 'confirmed')
    send(scene, story)
    drained(scene)
    send(scene, [stories.psa(p, -17, '0.91', status='C', order_day=-20), stories.psa(p, -17, '0.92', status='C', order_day=-50)])
    drained(scene)
    alert = scene.alerts()[0]
    assert alert['state'] == 'retracted'

    first, *_, last = scene.receivers['ehr'].got
    assert str(first.segment('MSH')[9]) == 'ORU^R01^ORU_R01' and str(first.segment('MSH')[5]) == 'EHR'
    assert str(first.segment('OBR')[3]) == f'{alert["id"]}^REFRACTD' and str(last.segment('OBR')[3]) == f'{alert["id"]}^REFRACTD'
    assert (str(first.segment('OBR')[25]), str(last.segment('OBR')[25])) == ('F', 'C')
    assert {str(s[11]) for s in first.segments('OBX')} == {'F'} and {str(s[11]) for s in last.segments('OBX')} == {'W'}
    assert str(first.segment('PID')[3]) == f'{p.id}^^^DEMO^MR'
    assert any('DEMO, UNREVIEWED' in str(s[5]) for s in first.segments('OBX'))
    assert str(last.segment('NTE')[3]).startswith('RETRACTED')
    whole = ' '.join(str(s[5]) for s in first.segments('OBX'))
    assert alert['sections'][0]['citation'][:20] in whole

    notes = scene.receivers['notes'].got
    assert [str(m.segment('MSH')[9]).split('^')[1] for m in (notes[0], notes[-1])] == ['T02', 'T11']
    assert str(notes[0].segment('TXA')[12]).startswith(f'{alert["id"]}.')
    assert str(notes[-1].segment('TXA')[19]) == 'CA'

    bundles = scene.receivers['fhir'].seen()
    by_type = [{e['resource']['resourceType']: e for e in b['entry']} for b in bundles]
    assert by_type[0]['DetectedIssue']['resource']['patient']['reference'] == f'Patient?identifier=urn:oid:2.999.2|{p.id}'
    assert by_type[0]['Task']['request'] == {'method': 'POST', 'url': 'Task', 'ifNoneExist': f'identifier=urn:oid:2.999.1.1/task|{alert["id"]}'}
    assert by_type[-1]['DetectedIssue']['resource']['status'] == 'entered-in-error'
    assert by_type[-1]['Task']['resource']['status'] == 'cancelled'
    assert 'CommunicationRequest' in by_type[0] and 'CommunicationRequest' not in by_type[-1]
    assert scene.receivers['fhir'].got[0][0]['Authorization'] == 'Bearer tok1'

    headers, body = scene.receivers['hook'].got[0]
    t, v1 = re.fullmatch(r't=(\d+),v1=([0-9a-f]{64})', headers['X-Refractd-Signature']).groups()
    assert hmac.new(b'shared key', f'{t}.'.encode() + body, hashlib.sha256).hexdigest() == v1
    assert headers['X-Refractd-Delivery'].startswith(f'{alert["id"]}.')
    assert p.id not in body.decode() and 'Prostate' not in body.decode()
    assert json.loads(scene.receivers['hook'].got[-1][1])['state'] == 'retracted'


def test_a_task_taken_on_at_the_server_comes_back(scene):
    send(scene, stories.prostate(1, 'confirmed')[1])
    send(scene, stories.prostate(2, 'confirmed')[1])
    drained(scene)
    tasks = {}
    for bundle in scene.receivers['fhir'].seen():
        for e in bundle['entry']:
            if e['resource']['resourceType'] == 'Task':
                tasks[e['resource']['identifier'][0]['value']] = e['resource']
    one, two = sorted(tasks)[:2]
    scene.receivers['fhir'].expired = f'Bearer tok{scene.receivers["fhir"].tokens}'  # and no alert comes that would want a new one
    now = datetime.datetime.now(datetime.timezone.utc)

    def task(number, **more):
        at = (now + datetime.timedelta(seconds=number - 300)).isoformat(timespec='milliseconds')
        return {**tasks[one], 'meta': {'lastUpdated': at}, **more}

    # Others' tasks fill more than a page before ours.
    scene.receivers['fhir'].tasks = [task(n, identifier=[], status='accepted') for n in range(150)] + \
        [task(200, status='accepted'), task(201, **{**tasks[two], 'status': 'rejected', 'statusReason': {'text': 'not our patient'}})]
    states = harness.wait_until('both came back', lambda: {a['id']: (a['state'], a.get('reason')) for a in scene.alerts()
                                                           if a['state'] in ('acknowledged', 'overridden')} or None, 15)
    harness.wait_until('both came back', lambda: len([a for a in scene.alerts() if a['state'] in ('acknowledged', 'overridden')]) == 2, 15)
    states = {a['id']: (a['state'], a.get('reason')) for a in scene.alerts()}
    assert states[one][0] == 'acknowledged' and states[two] == ('overridden', 'not our patient')
    assert ('acknowledged', 'fhir:fhir') in scene.rows('SELECT event, actor FROM audit')


def order_ok(ids):
    """Of each alert the versions in ascending order."""
    last = {}
    for one in ids:
        alert, version = one.rsplit('.', 1)
        if last.get(alert, 0) > int(version):
            return False
        last[alert] = int(version)
    return True


def test_nothing_is_lost_while_receivers_fail(scene):
    """Every alert's newest version arrives at each, in order, once; the others go on while one is down."""
    ehr, hook, fhir = scene.receivers['ehr'], scene.receivers['hook'], scene.receivers['fhir']
    stop = threading.Event()

    def trouble():
        n = 0
        while not stop.is_set():
            ehr.mood = ('', 'garbage', 'other', '', 'slow')[n % 5]
            hook.mood = ('', 'busy', '', 'slow')[n % 4]
            fhir.mood = ('mad', '', 'busy', '')[n % 4]
            if n % 3 == 2:
                ehr.cut()
            n += 1
            time.sleep(0.4)

    thread = threading.Thread(target=trouble)
    thread.start()
    before = scene.status()['received']
    sent = 0
    with harness.Mllp(scene.port['lis']) as lis:
        for n in range(COUNT):
            for _, message in stories.prostate(100 + n, 'confirmed' if n % 3 else 'corrected')[1]:
                lis.ask(message)
                sent += 1
            if n == COUNT // 2:
                os.kill(scene.roles()['out'], 9)
    scene.settle(before + sent, 60)
    stop.set()
    thread.join()
    ehr.mood = hook.mood = fhir.mood = ''
    drained(scene, seconds=120)
    told, newest = set(), {}
    for alert, version, kind in scene.rows('SELECT alert_id, version, kind FROM outbox WHERE quiet = 0 ORDER BY seq'):
        if kind != 3:
            told.add(alert)
        if alert in told:
            newest[alert] = version
    assert len(newest) >= 3
    newest = {f'{alert}.{version}' for alert, version in newest.items()}
    for name, ids in (('ehr', ehr.controls()), ('notes', scene.receivers['notes'].controls()),
                      ('hook', [h['X-Refractd-Delivery'] for h, _ in hook.got])):
        assert order_ok(ids), name
        assert {i for i in newest if i in set(ids)} == newest, name
        assert len(ids) - len(set(ids)) <= 3, name  # at least once: only what was under way when out was killed comes twice
    assert {e['resource']['identifier'][0]['value'] for b in fhir.seen() for e in b['entry']
            if e['resource']['resourceType'] == 'DetectedIssue'} == {i.rsplit('.', 1)[0] for i in newest}
    assert 'Q0000' not in scene.log_text()


def test_what_is_refused_is_put_aside_and_sent_again_on_request(scene):
    ehr = scene.receivers['ehr']
    ehr.mood = 'refusing'
    send(scene, stories.prostate(1, 'confirmed')[1])
    dead = harness.wait_until('it is put aside', lambda: [json.loads(x) for x in scene.ctl('dead', 'ehr', '--json').stdout.splitlines()], 20)
    assert {d['reason'] for d in dead} == {'error_AE'}
    drained(scene)
    assert not ehr.got and scene.receivers['notes'].got
    ehr.mood = ''
    assert scene.ctl('retry', 'ehr').returncode == 0
    harness.wait_until('it has arrived', lambda: ehr.got and not scene.ctl('dead', 'ehr').stdout, 20)
    assert ehr.controls()[-1] == '{id}.{version}'.format(**scene.alerts()[0])


def test_hold_and_release(scene):
    assert scene.ctl('hold', 'nothing').returncode == 1
    drained(scene)
    assert scene.ctl('hold', 'ehr').returncode == 0
    time.sleep(1.2)  # a second, and every route has heard of it
    send(scene, stories.prostate(1, 'confirmed')[1])
    drained(scene, 'hook', 'fhir', 'notes')
    states = {r['route']: r['state'] for r in map(json.loads, scene.ctl('queues', '--json').stdout.splitlines())}
    assert states['ehr'] == 'held' and behind(scene)['ehr'] > 0 and not scene.receivers['ehr'].got
    assert scene.ctl('release', 'ehr').returncode == 0
    drained(scene, 'ehr')
    assert scene.receivers['ehr'].got
    assert {('route_held', 'ehr'), ('route_released', 'ehr')} <= set(scene.rows('SELECT event, subject FROM audit'))


def test_a_new_route_begins_now(tmp_path):
    receiver = Hl7Receiver()
    with harness.Daemon() as d:
        send(d, stories.prostate(1, 'confirmed')[1])
        d.stop()
        with open(d.config, 'a', encoding='utf-8') as file:
            file.write(f'routes:\n  - {{name: ehr, kind: mllp, connect: "127.0.0.1:{receiver.port}", result_type: "A^B^C", portal_blocked: true}}\n')
        d.receivers = {'ehr': receiver}
        d.start()
        drained(d, 'ehr')
        assert not receiver.got
        send(d, stories.prostate(2, 'confirmed')[1])
        harness.wait_until('the new one came', lambda: receiver.got)
        assert str(receiver.got[0].segment('PID')[3]).startswith('Q0000002')
    receiver.close()


@pytest.mark.parametrize('lines,said', [
    ('{name: a, kind: mllp, connect: "127.0.0.1:1", result_type: "A^B^C"}', 'portal_blocked'),
    ('{name: a, kind: mllp, connect: "127.0.0.1:1", portal_blocked: true}', 'result_type'),
    ('{name: a, kind: fhir, url: "http://10.0.0.1/fhir", system: x, identifiers: {A: b}}', 'https://'),
    ('{name: a, kind: webhook, url: "https://a.example"}', 'secret'),
    ('{name: a, kind: pigeon}', 'pigeon'),
])
def test_what_is_not_said_is_not_opened(lines, said):
    import shutil
    import subprocess
    d = harness.Daemon(extra=f'routes:\n  - {lines}\n')
    try:
        out = subprocess.run([f'{harness.BUILD}/refractd', '--config', d.config, '--check'], capture_output=True, text=True, timeout=60, check=False)
        assert out.returncode == 1 and re.search(rf'^{re.escape(d.config)}:\d+:\d+: .*{said}', out.stdout, re.M), out.stdout
    finally:
        shutil.rmtree(d.folder)
