"""Alerts by the thousand, one native message each, and receivers quick enough for them that do wrong when told to."""
import datetime
import json
import re
import socket
import struct
import threading
import time

from harness import message_pb2
import stories

NOON = datetime.time(11, 0)
DOSES, VALUES = (-294, -182, -63), ((-301, '31.0'), (-210, '2.1'), (-119, '0.90'))


def seconds(day):
    return int(datetime.datetime.combine(stories.TODAY + datetime.timedelta(day), NOON, datetime.timezone.utc).timestamp())


def stamp(time_of, day, later=0):
    time_of.utc_seconds, time_of.offset_minutes, time_of.precision = seconds(day) + later, 60, 5


class Case:
    """A man on enzalutamide whose PSA rises; each message that he causes is one event of one alert."""

    def __init__(self, number):
        self.p = stories.Patient(number)

    def message(self):
        m = message_pb2.ResultMessage(control_id=self.p.control(), sender='SYSTEST')
        stamp(m.sent, 0)
        return m

    def fact(self, m, day, order, later=0):
        f = m.facts.add()
        f.patient.authority, f.patient.id, f.order = 'DEMO', self.p.id, f'{order}{self.p.id}{day + 9999}'
        stamp(f.collected, day)
        stamp(f.status_time, day, later)
        return f

    def psa(self, m, day, value, later=0):
        f = self.fact(m, day, 'L', later)
        f.specimen, o = f'S{f.order}', f.observation
        o.code.system, o.code.code, o.value.value, o.text = 'LN', '2857-1', value, value
        o.analyte, o.unit_reported, o.unit, o.matrix = 'psa', 'ng/mL', 'ng/mL', 'serum'
        return f

    def raised(self, suspected=False):
        """All of his history at once: a confirmed progression, or one high value of the two that confirm it."""
        m = self.message()
        d = self.fact(m, -308, 'D').diagnosis
        d.oncotree, d.active, d.code.system, d.code.code = 'PROSTATE', True, 'I10C', 'C61'
        for day in DOSES:
            f = self.fact(m, day, 'P')
            f.therapy.action, f.therapy.rung, f.therapy.drug, f.therapy.order = 0, 4, 'enzalutamide', f.order
            f.therapy.classes.extend(['arpi', 'enzalutamide'])
            f.therapy.cover_days = 35
        for day, value in VALUES + ((-50, '6.2'),) + (() if suspected else ((-20, '9.1'),)):
            self.psa(m, day, value)
        return m

    def changed(self):
        """One more value: what was suspected is confirmed."""
        m = self.message()
        self.psa(m, -20, '9.1')
        return m

    def taken_back(self):
        """Both risen values were another man's."""
        m = self.message()
        for day in (-50, -20):
            self.psa(m, day, '0.91', 4 * 24 * 3600).status = 2
        return m


def story(count):
    """(messages, cases): each raises an alert; of ten, two are confirmed later and two of the others taken back."""
    cases = [Case(n) for n in range(count)]
    steps = []
    for n, case in enumerate(cases):
        steps.append((n, case.raised(suspected=n % 5 == 0)))
        if n % 5 == 0:
            steps.append((n + 40, case.changed()))
        if n % 10 in (0, 3):
            steps.append((n + 90, case.taken_back()))
    return [m for _, m in sorted(steps, key=lambda s: s[0])]


# --- receivers

RESET = struct.pack('ii', 1, 0)  # SO_LINGER: close() sends RST


class Receiver:
    """Keeps each message once, by its id. `mood` says what it does wrong; what was answered well and came again is
    counted, for that is what a sender must not do unless it was killed."""

    def __init__(self, late_s):
        self.late_s, self.mood, self.port = late_s, '', 0
        self.order, self.stored, self.well = [], {}, set()
        self.again = self.repeats = self.struck = self.accepted = 0
        self.lock, self.connections, self.listener = threading.Lock(), set(), None
        self.start()

    def start(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(('127.0.0.1', self.port))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            self.connections.add(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def stop(self):
        """As a process that ends: nobody listens, every connection is gone."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended before
        self.listener.close()
        self.cut()

    def cut(self):
        for connection in list(self.connections):
            self.drop(connection)

    def drop(self, connection, reset=False):
        self.connections.discard(connection)
        try:
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            else:
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        except OSError:
            pass

    def keep(self, one, body):
        """False: it was here before."""
        with self.lock:
            if one in self.well:
                self.again += 1
            if one in self.stored:
                self.repeats += 1
                return False
            self.stored[one] = body
            self.order.append(one)
            return True

    def serve(self, connection):
        rest = b''
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while part := connection.recv(262144):
                rest = self.take_all(connection, rest + part)
        except (OSError, ValueError):
            pass
        self.drop(connection)


WELL = ('', 'split', 'twice', 'latin', 'receipt', 'no_cr', 'stopped')  # answers that are good, if odd; while it stops too


class MllpIn(Receiver):
    """HL7 over MLLP; its id is MSH-10."""

    MOODS = ('cut', 'stored_cut', 'late', 'garbage', 'other', 'no_msa', 'half', 'reset', 'deaf', 'split', 'twice', 'latin',
             'receipt', 'AE', 'huge', 'stopped')

    def take_all(self, connection, rest):
        while b'\x1c\r' in rest:
            self.struck += self.mood != ''
            if self.mood == 'deaf':
                time.sleep(self.late_s)
                raise OSError
            one, rest = rest.split(b'\x1c\r', 1)
            self.take(connection, one.lstrip(b'\x0b'))
        return rest

    def take(self, connection, message):
        mood, control = self.mood, message.split(b'\r', 1)[0].split(b'|')[9]
        said = {'other': b'somebody.1'}.get(mood, control)
        head = b'\x0bMSH|^~\\&|X|Y|REFRACTD||20261123||ACK|1|P|2.3\r'
        answer = head + b'MSA|' + (b'AE' if mood == 'AE' else b'AA') + b'|' + said + b'\r\x1c\r'
        if mood in ('cut', 'half', 'reset'):
            if mood == 'half':
                connection.shutdown(socket.SHUT_WR)
                time.sleep(0.1)
            self.drop(connection, mood == 'reset')
            raise OSError
        if mood in WELL or mood in ('late', 'stored_cut'):
            self.keep(control.decode(), message)
        if mood == 'late':
            time.sleep(self.late_s)
        if mood == 'stored_cut':
            raise OSError
        self.answer(connection, mood, answer, head)
        if mood in WELL:
            self.well.add(control.decode())

    def answer(self, connection, mood, answer, head):
        if mood == 'garbage':
            answer = b'HTTP/1.1 400 Bad Request\r\n\r\n'
        elif mood == 'no_msa':
            answer = head + b'ERR|||207^failed^HL70357|E\r\x1c\r'
        elif mood == 'twice':
            answer = answer * 2
        elif mood == 'receipt':
            connection.sendall(answer.replace(b'MSA|AA', b'MSA|CA'))
            time.sleep(0.05)
        elif mood == 'no_cr':
            answer = answer[:-1]
        elif mood == 'latin':
            answer = answer.replace(b'\r\x1c', b'|zur\xfcck\xff\xfe\r\x1c')
        elif mood == 'huge':
            answer = b'\x0b' + b'x' * 600000 + b'\x1c\r'
        if mood == 'split':
            for n in range(len(answer)):
                connection.sendall(answer[n:n + 1])
        else:
            connection.sendall(answer)


class HttpIn(Receiver):
    """HTTP/1.1; find says the id of a message."""

    MOODS = ('cut', 'stored_cut', 'late', '500', '429', '404', '302', '401', 'no_token', 'garbage', 'chunks', 'loris', 'huge', 'page',
             'reset', 'stopped')
    BUNDLE = b'{"resourceType":"Bundle","type":"transaction-response"}'

    def __init__(self, late_s, find):
        self.find, self.tokens = find, 0
        super().__init__(late_s)

    def take_all(self, connection, rest):
        while b'\r\n\r\n' in rest:
            head, body = rest.split(b'\r\n\r\n', 1)
            size = re.search(rb'(?i)\r\ncontent-length: (\d+)', head)
            size = int(size[1]) if size else 0
            if len(body) < size:
                return rest
            self.take(connection, head, body[:size])
            rest = body[size:]
        return rest

    def say(self, connection, status, body, more=b''):
        connection.sendall(b'HTTP/1.1 %s X\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s'
                           % (status, more, len(body), body))

    def take(self, connection, head, body):
        mood = self.mood
        self.struck += mood != '' and head.startswith(b'POST')
        if head.startswith(b'POST /token') and mood == 'no_token':
            self.say(connection, b'500', b'')
        elif head.startswith(b'POST /token'):
            self.tokens += 1
            self.say(connection, b'200', b'{"access_token":"tok%d","expires_in":3600}' % self.tokens)
        elif head.startswith(b'GET'):
            self.say(connection, b'200', b'{"resourceType":"Bundle","type":"searchset"}')
        elif mood in ('', 'late', 'stored_cut'):
            one = self.find(head, body)
            self.keep(one, body)
            if mood == 'late':
                time.sleep(self.late_s)
            if mood == 'stored_cut':
                raise OSError
            self.say(connection, b'200', self.BUNDLE)
            if mood == '':
                self.well.add(one)
        else:
            self.misbehave(connection, mood)

    def misbehave(self, connection, mood):
        if mood in ('cut', 'reset'):
            self.drop(connection, mood == 'reset')
            raise OSError
        if mood in ('500', '404', '401'):
            self.say(connection, mood.encode(), b'<html>no</html>')
        elif mood == 'no_token':
            self.say(connection, b'401', b'')
        elif mood == '429':
            self.say(connection, b'429', b'', b'Retry-After: 1\r\n')
        elif mood == '302':
            self.say(connection, b'302', b'', b'Location: http://127.0.0.1:%d/elsewhere\r\n' % self.port)
        elif mood == 'garbage':
            connection.sendall(b'\x15\x03\x01\x00\x02\x02\x0a' * 40)
            raise OSError
        elif mood == 'chunks':
            connection.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{"re\r\n')
            raise OSError
        elif mood == 'loris':
            for n in range(int(self.late_s * 20)):
                connection.sendall(b'X' if n else b'HTTP/1.1 200 OK\r\nX-')
                time.sleep(0.05)
            raise OSError
        elif mood == 'huge':
            self.say(connection, b'500', b'x' * 6000000)
        elif mood == 'page':
            self.say(connection, b'503', b'<html>maintenance</html>')


def hook_id(head, _body):
    return re.search(rb'(?i)\r\nx-refractd-delivery: (\S+)', head)[1].decode()


TAKEN_BACK = 999  # a bundle that takes an alert back names no version: it is the last


def fhir_id(_head, body):
    said = re.search(rb'"([^"]+):v(\d+)"', body)
    if said:
        return f'{said[1].decode()}.{int(said[2])}'
    bundle = json.loads(body)
    issue = next(e['resource'] for e in bundle['entry'] if e['resource']['resourceType'] == 'DetectedIssue')
    return f'{issue["identifier"][0]["value"]}.{TAKEN_BACK}'


class Memory(threading.Thread):
    """The largest resident size that each role has had, in KiB."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.daemon_under_test, self.most, self.running = daemon, {}, True

    def run(self):
        while self.running:
            for role, pid in self.daemon_under_test.roles().items():
                try:
                    with open(f'/proc/{pid}/status', encoding='ascii', errors='replace') as file:
                        found = re.search(r'VmRSS:\s+(\d+)', file.read())
                except OSError:
                    continue
                if found:
                    self.most[role] = max(self.most.get(role, 0), int(found[1]))
            time.sleep(0.5)
