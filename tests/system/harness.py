"""refractd in a folder of its own, and the peers that a hospital has, for the tests of tests/system.

Plain sockets, pyzmq and protoc-generated Python: nothing here is made of refractd's own code."""
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get('REFRACT_BUILD', os.path.join(ROOT, 'build')))
sys.path.insert(0, os.path.join(BUILD, 'py'))

import zmq  # noqa: E402
from refract.v1 import feed_pb2, ingest_pb2, message_pb2  # noqa: E402,F401

ROLES = ('core', 'out', 'edge')
PATIENCE = 20  # seconds that a test waits for what should take a few milliseconds
# What a sanitizer, an assertion or a crash prints.
BROKEN = re.compile(r'ERROR: \w+Sanitizer|runtime error:|assertion failed|rfd_assert', re.I)


class Broken(Exception):
    """A peer or the daemon did not do what it should in time."""


def wait_until(what, true, seconds=PATIENCE, every=0.02):
    """The first true value of true(); Broken when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        value = true()
        if value:
            return value
        if time.monotonic() > end:
            raise Broken(f'not within {seconds} s: {what}')
        time.sleep(every)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(('127.0.0.1', 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


CONFIG = """mode: demo
runtime_dir: {folder}/run
state_dir: {folder}/state
log: {{stderr: true, debug: {debug}}}
folders:
  criteria: {knowledge}/criteria
  therapies: {knowledge}/therapies
  trials: {knowledge}/trials
  maps: {knowledge}/maps
  terminology: {knowledge}/terminology
feeds:
  - {{name: lis, kind: mllp, listen: "127.0.0.1:{lis}", map: demo.yaml, max_connections: 64}}
  - {{name: ingest, kind: zmq-router, listen: "tcp://127.0.0.1:{ingest}", map: demo.yaml}}
  - {{name: published, kind: zmq-sub, connect: "tcp://127.0.0.1:{publish}", replay: "tcp://127.0.0.1:{replay}", topic: result.v1, map: demo.yaml}}
alert_feed:
  router: "tcp://127.0.0.1:{router}"
  pub: "tcp://127.0.0.1:{pub}"
  credit_max: 100
console: {{listen: "{console}"}}
limits:
  disk_mark_bytes: {disk_mark}
  ballast_bytes: 64KiB
"""
PORTS = ('lis', 'ingest', 'publish', 'replay', 'router', 'pub', 'http')


class Daemon:
    """One refractd with its config, folders and log. Use it as a context manager."""

    def __init__(self, build=BUILD, env=None, own_knowledge=False, debug=False, disk_mark='1MiB', console=False,
                 extra=''):
        self.build, self.env = build, dict(os.environ, **(env or {}))
        self.folder = tempfile.mkdtemp(prefix='refract-system-')
        self.port = dict(zip(PORTS, free_ports(len(PORTS))))
        self.knowledge = os.path.join(ROOT, 'config')
        if own_knowledge:
            self.knowledge = os.path.join(self.folder, 'config')
            shutil.copytree(os.path.join(ROOT, 'config'), self.knowledge)
        for name in ('run', 'state'):
            os.mkdir(os.path.join(self.folder, name), 0o700)
        self.config = os.path.join(self.folder, 'refractd.yaml')
        self.log = os.path.join(self.folder, 'log')
        self.store = os.path.join(self.folder, 'state', 'refractd.db')
        self.control = os.path.join(self.folder, 'run', 'control.sock')
        self.debug = debug
        self.console, self.extra = console, extra  # extra: more of the config, YAML
        self.process = None
        self.write_config(disk_mark)

    def write_config(self, disk_mark='1MiB'):
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(CONFIG.format(folder=self.folder, knowledge=self.knowledge, disk_mark=disk_mark,
                                     debug='true' if self.debug else 'false',
                                     console=f'127.0.0.1:{self.port["http"]}' if self.console else 'off', **self.port))
            file.write(self.extra)

    def tcp(self, name):
        return f'tcp://127.0.0.1:{self.port[name]}'

    # --- its life

    def start(self, ready=True):
        mark = len(self.log_text())
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(
                [os.path.join(self.build, 'refractd'), '--config', self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env)
        if ready:
            self.wait_for('supervisor.ready', mark, 60)
        return self

    def wait_for(self, event, mark=0, seconds=PATIENCE):
        """Until the log, after mark, holds event."""
        def there():
            if self.process.poll() is not None and event not in self.log_text()[mark:]:
                raise Broken(f'refractd ended with {self.process.returncode}:\n{self.log_text()[-2000:]}')
            return event in self.log_text()[mark:]
        wait_until(event, there, seconds)

    def log_text(self):
        if not os.path.exists(self.log):
            return ''
        with open(self.log, encoding='utf-8', errors='replace') as file:
            return file.read()

    def stop(self, seconds=12):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self):
        """Whatever still runs, by its number."""
        if self.process is None:
            return
        pids = list(self.roles().values())
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in pids:
            if role_of(pid) is not None:
                os.kill(pid, signal.SIGKILL)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__(Broken, None, None)
            raise

    def __exit__(self, kind, error, trace):
        try:
            if kind is None and self.process.poll() is None:
                assert self.stop() == 0
        finally:
            self.kill()
            log = self.log_text()
            if kind is not None:
                print(f'--- log of {self.folder}\n{log[-6000:]}')
            shutil.rmtree(self.folder, ignore_errors=True)
        assert kind is not None or not BROKEN.search(log), BROKEN.search(log).group(0)

    # --- its processes

    def roles(self):
        """{role: pid} of the children that are there now."""
        found = {}
        for entry in os.listdir('/proc'):
            if entry.isdigit() and parent_of(entry) == self.process.pid:
                role = role_of(entry)
                if role:
                    found[role] = int(entry)
        return found

    def all_roles(self, seconds=PATIENCE):
        return wait_until('all roles run', lambda: len(self.roles()) == 3 and self.roles(), seconds)

    def ready_pids(self):
        """Of the log: which processes have said that they serve."""
        return {int(n) for n in re.findall(r'role\.ready pid=(\d+)', self.log_text())}

    def wait_served(self, seconds=PATIENCE):
        """Until each role runs and has said that it is ready."""
        def served():
            roles = self.roles()
            return len(roles) == 3 and set(roles.values()) <= self.ready_pids() and roles
        return wait_until('all roles serve', served, seconds)

    # --- what it says

    def ctl(self, *words, timeout=30):
        command = [os.path.join(self.build, 'refractctl'), words[0], '--socket', self.control, *words[1:]]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)

    def status(self):
        """The counts, or None while core is away."""
        out = self.ctl('status', '--json')
        return json.loads(out.stdout.splitlines()[0]) if out.returncode == 0 and out.stdout else None

    def counters(self):
        rows = [json.loads(line) for line in self.ctl('counters', '--json').stdout.splitlines()]
        return {(r['counter'], r['label']): r['value'] for r in rows}

    def alerts(self, which='all'):
        """Every alert as a dict of proto field names."""
        out = self.ctl('alerts', which, '--json')
        assert out.returncode == 0, out.stderr
        return [json.loads(line) for line in out.stdout.splitlines()]

    def settle(self, received, seconds=PATIENCE):
        """Until so many messages are counted; the status then."""
        def there():
            status = self.status()
            return status and status['received'] >= received and status
        return wait_until(f'{received} messages counted (now: {self.status()})', there, seconds)

    def rows(self, sql, *values):
        """A look into the store by Debian's SQLite, read-only."""
        db = sqlite3.connect(f'file:{self.store}?mode=ro', uri=True, timeout=10)
        db.text_factory = lambda b: b.decode('utf-8', 'replace')
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def stored_ids(self):
        """Control ids of the messages that the journal holds as stored."""
        return [row[0] for row in self.rows('SELECT control_id FROM journal WHERE kind = 0 AND outcome = 0')]


def parent_of(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
            fields = file.read().rsplit(')', 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == 'Z' else int(fields[1])


def role_of(pid):
    try:
        with open(f'/proc/{pid}/cmdline', 'rb') as file:
            words = file.read().split(b'\0')
    except OSError:
        return None
    return words[2].decode() if len(words) > 2 and words[1] == b'--role' else None


# --- MLLP

def mllp_frame(payload):
    return b'\x0b' + payload + b'\x1c\x0d'


class Mllp:
    """One MLLP connection."""

    def __init__(self, port, timeout=PATIENCE):
        self.socket = socket.create_connection(('127.0.0.1', port), timeout)
        self.rest = b''

    def write(self, raw):
        self.socket.sendall(raw)

    def answer(self):
        """The next framed answer, without its frame."""
        while b'\x1c\x0d' not in self.rest:
            part = self.socket.recv(65536)
            if not part:
                raise ConnectionError('closed without an answer')
            self.rest += part
        one, self.rest = self.rest.split(b'\x1c\x0d', 1)
        return one.lstrip(b'\x0b')

    def ask(self, payload):
        """Sends one message; (code, control id) of its answer."""
        self.write(mllp_frame(payload))
        return msa(self.answer())

    def end(self):
        """No more from us; what the other side still had to say."""
        self.socket.shutdown(socket.SHUT_WR)
        try:
            while part := self.socket.recv(65536):
                self.rest += part
        except ConnectionError:
            pass
        return self.rest

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def msa(answer):
    """(code, control id); an answer has the separators of its message."""
    found = re.search(rb'\rMSA(.)(\w\w)(?:\1([^\r]*?))?(?:\1|\r|$)', answer)
    if not found:
        raise Broken(f'an answer without MSA: {answer!r}')
    return found[2].decode(), (found[3] or b'').decode('utf-8', 'replace')


class Sender(threading.Thread):
    """Hands HL7 messages in, one after the other, and each again until it is answered AA. pace(part done) may wait
    before each."""

    def __init__(self, port, messages, pace=None):
        super().__init__(daemon=True)
        self.port, self.messages, self.pace = port, messages, pace
        self.acked, self.resent, self.connection, self.running = [], 0, None, True

    def try_once(self, payload):
        try:
            if self.connection is None:
                self.connection = Mllp(self.port, timeout=5)
            return self.connection.ask(payload)[0] == 'AA'
        except (OSError, ValueError):
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return False

    def run(self):
        for n, (control, payload) in enumerate(self.messages):
            if self.pace:
                self.pace(n / len(self.messages))
            while self.running and not self.try_once(payload):
                self.resent += 1
                time.sleep(0.02)
            if not self.running:
                break
            self.acked.append(control)
        if self.connection is not None:
            self.connection.close()


# --- ZeroMQ

def frames(message):
    """On every socket: the full name of the type, then the body."""
    return [message.DESCRIPTOR.full_name.encode(), message.SerializeToString()]


def unframe(parts):
    """(name, message) of the alert feed's and the ingest socket's answers."""
    name = parts[-2].decode()
    short = name.rsplit('.', 1)[1]
    kind = getattr(feed_pb2, short, None) or getattr(ingest_pb2, short)
    return short, kind.FromString(parts[-1])


class Ingest:
    """A client of the ingest ROUTER."""

    def __init__(self, context, endpoint):
        self.boot, self.number = os.urandom(8).hex(), 0
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(endpoint)

    def post(self, message, number=None):
        if number is None:
            self.number += 1
            number = self.number
        self.socket.send_multipart(
            frames(ingest_pb2.IngestRequest(boot=self.boot, number=number, message=message)))
        return number

    def reply(self, seconds=PATIENCE):
        if not self.socket.poll(int(seconds * 1000)):
            return None
        return unframe(self.socket.recv_multipart())[1]

    def ask(self, message, seconds=PATIENCE):
        number = self.post(message)
        reply = self.reply(seconds)
        assert reply is not None and (reply.number, reply.boot) == (number, self.boot)
        return ingest_pb2.Outcome.Name(reply.outcome)

    def close(self):
        self.socket.close()


class NativeSender(threading.Thread):
    """Hands native messages to the ingest ROUTER, at most window unanswered, all of those again when no answer comes
    or refractd is a new process."""

    def __init__(self, endpoint, messages, window=16, pace=None):
        super().__init__(daemon=True)
        self.endpoint, self.messages, self.window, self.pace = endpoint, messages, window, pace
        self.open, self.acked, self.outcomes, self.resent = {}, [], [], 0
        self.running, self.server = True, None

    def again(self, peer):
        for number, message in self.open.items():
            peer.post(message, number)
            self.resent += 1

    def take(self, peer, reply):
        if self.server not in (None, reply.server_boot):
            self.again(peer)
        self.server = reply.server_boot
        message = self.open.get(reply.number)
        if message is None:
            return
        if reply.outcome == ingest_pb2.BUSY:
            time.sleep(0.05)
            peer.post(message, reply.number)
            return
        del self.open[reply.number]
        self.acked.append(message.control_id)
        self.outcomes.append(ingest_pb2.Outcome.Name(reply.outcome))

    def fill(self, peer, todo):
        while todo and len(self.open) < self.window:
            if self.pace:
                self.pace(1 - len(todo) / len(self.messages))
            message = todo.pop(0)
            self.open[peer.post(message)] = message

    def run(self):
        context = zmq.Context()
        peer = Ingest(context, self.endpoint)
        todo = list(self.messages)
        while self.running and (todo or self.open):
            self.fill(peer, todo)
            reply = peer.reply(1)
            if reply is None:
                self.again(peer)
            else:
                self.take(peer, reply)
        peer.close()
        context.term()


class Subscriber:
    """A client of the alert feed that does what its caller says and nothing else."""

    def __init__(self, context, endpoint, name=None, credit=50, last_seq=None):
        self.socket = context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(endpoint)
        if name is not None:
            self.hello(name, credit, last_seq)

    def send(self, message):
        self.socket.send_multipart(frames(message))

    def hello(self, name, credit=50, last_seq=None):
        hello = feed_pb2.Hello(subscriber=name, credit=credit)
        if last_seq is not None:
            hello.last_seq = last_seq
        self.send(hello)

    def confirm(self, seq):
        self.send(feed_pb2.Confirm(seq=seq))

    def next(self, seconds=PATIENCE):
        """(kind, message), or (None, None) when nothing comes."""
        if not self.socket.poll(int(seconds * 1000)):
            return None, None
        return unframe(self.socket.recv_multipart())

    def expect(self, kind, seconds=PATIENCE):
        got, message = self.next(seconds)
        assert got == kind, f'expected {kind}, got {got} {message}'
        return message

    def events(self, count, seconds=PATIENCE):
        return [self.expect('AlertEvent', seconds) for _ in range(count)]

    def close(self):
        self.socket.close()


class Follower(threading.Thread):
    """A subscriber as an integrator would write it: dedups by sequence, confirms what it has, and says Hello again
    when it is not known any more or hears that it is behind."""

    def __init__(self, endpoint, name):
        super().__init__(daemon=True)
        self.endpoint, self.name_id = endpoint, name
        self.events, self.again, self.gaps, self.last = [], 0, [], 0
        self.running, self.greeted = True, 0.0

    def greet(self, peer):
        self.greeted = time.monotonic()
        peer.hello(self.name_id, credit=20)

    def take(self, event):
        if event.seq <= self.last:
            self.again += 1
            return
        if event.prev_seq > self.last:
            self.gaps.append((event.prev_seq, self.last))
        self.last = event.seq
        self.events.append(event)

    def run(self):
        context = zmq.Context()
        peer = Subscriber(context, self.endpoint)
        self.greet(peer)
        ping = 0
        while self.running:
            kind, message = peer.next(0.1)
            if kind == 'AlertEvent':
                self.take(message)
                peer.confirm(self.last)
            elif kind == 'Error' and message.code == 'not_greeted' and time.monotonic() - self.greeted > 0.3:
                self.greet(peer)
            elif kind == 'Pong' and message.head > self.last and time.monotonic() - self.greeted > 1:
                self.greet(peer)
            elif kind is None:
                ping += 1
                peer.send(feed_pb2.Ping(number=ping))
        peer.close()
        context.term()

    def stop(self):
        self.running = False
        self.join(5)


class Publisher(threading.Thread):
    """Publishes ResultMessages with sequence numbers and replays what it is asked for."""

    TOPIC = b'result.v1'

    def __init__(self, daemon, name='system-publisher', keep_from=1):
        super().__init__(daemon=True)
        self.context = zmq.Context()
        self.name_id, self.epoch, self.keep_from = name, 7, keep_from
        self.log, self.asked, self.running, self.lock = [], [], True, threading.Lock()
        self.pub, self.router = self.context.socket(zmq.XPUB), self.context.socket(zmq.ROUTER)
        for s, port in ((self.pub, 'publish'), (self.router, 'replay')):
            s.linger = 0
            s.bind(daemon.tcp(port))

    def wait_for_subscriber(self, seconds=PATIENCE):
        assert self.pub.poll(int(seconds * 1000)), 'nobody subscribed'
        self.pub.recv()

    def raw(self, *parts):
        self.pub.send_multipart([self.TOPIC, *parts])

    def publish(self, message, lose=False):
        """lose: it gets its number, but does not go out; only a replay can bring it."""
        message.publisher.id, message.publisher.epoch = self.name_id, self.epoch
        with self.lock:
            message.publisher.seq = len(self.log) + 1
            self.log.append(frames(message))
        if not lose:
            self.raw(*self.log[-1])

    def run(self):
        while self.running:
            if self.router.poll(50):
                self.replay(self.router.recv_multipart())
        self.router.close()

    def replay(self, parts):
        if parts[-2] != b'refract.v1.ReplayRequest':
            return
        asked = ingest_pb2.ReplayRequest.FromString(parts[-1])
        with self.lock:
            log = list(self.log)
        first = max(asked.from_seq, self.keep_from)
        self.asked.append(asked.from_seq)
        for packed in log[first - 1:asked.to_seq or len(log)]:
            self.router.send_multipart([parts[0], *packed])
        end = ingest_pb2.ReplayEnd(epoch=self.epoch, first_kept=self.keep_from, head=len(log))
        self.router.send_multipart([parts[0], *frames(end)])

    def close(self):
        self.running = False
        self.join(5)
        self.pub.close()
        self.context.term()


# --- control.sock

def control_exchange(path, raw, seconds=2):
    """Sends raw to the control socket; what came back before it was closed or fell silent."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(seconds)
        s.connect(path)
        got = b''
        try:
            s.sendall(raw)
            s.shutdown(socket.SHUT_WR)
            while part := s.recv(65536):
                got += part
        except OSError:
            pass
        return got


def control_frame(name, body):
    return struct.pack('>IB', 1 + len(name) + len(body), len(name)) + name + body
