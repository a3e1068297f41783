#!/usr/bin/python3
"""Plays the sample feed into a running refractd and prints the alerts as they come.

Starts build/refractd with a copy of refractd.yaml in a folder of its own, sends the messages of feed/ in
order over MLLP, a ZeroMQ publisher and the ingest ROUTER, subscribes to the alert feed, and compares what
came with story.json. Exit 0: just the expected alerts came. Exit 1: something else, which is said.

The story was written for 2026-11-23. On another day every date in messages and config is moved by whole
days, so that the newest results are of the last weeks and the alerts are current."""
import argparse
import datetime
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FRESH_DAYS = 7  # so long the files are sent byte for byte as they are
DATE = re.compile(rb'(?<![0-9.])(20[0-9]{2})([01][0-9])([0-3][0-9])(?=[0-9]{4}|[|^\r\n])')
RULE = '─' * 100


def arguments():
    p = argparse.ArgumentParser(description='plays the sample feed into refractd')
    p.add_argument('--build', default=os.path.join(ROOT, 'build'), help='folder with refractd, refractctl and py/')
    p.add_argument('--keep', action='store_true', help='leave the service up')
    p.add_argument('--quiet', action='store_true', help='print headlines only')
    p.add_argument('--ports', choices=('fixed', 'free'), default='fixed', help='free: any ports, for tests')
    p.add_argument('--only', help='play only folders that begin with this')
    p.add_argument('--limit', type=int, default=60, help='seconds, at most')
    return p.parse_args()


class Failure(Exception):
    """The play cannot go on."""


class Story:
    """story.json: who, what is expected, and by how many days the dates are moved."""

    def __init__(self, only):
        with open(os.path.join(HERE, 'story.json'), encoding='utf-8') as f:
            story = json.load(f)
        self.patients = [p for p in story['patients'] if not only or p['folder'].startswith(only)]
        self.whole, self.withhold, self.counts = not only, story['withhold'], story['counts']
        written = datetime.date.fromisoformat(story['today'])
        self.shift = (datetime.date.today() - written).days
        if 0 <= self.shift <= FRESH_DAYS:
            self.shift = 0

    def hl7(self, payload):
        """Dates and times of 20xx; dates of birth stay."""
        def moved(m):
            try:
                day = datetime.date(*map(int, m.groups()))
            except ValueError:
                return m.group(0)
            return (day + datetime.timedelta(self.shift)).strftime('%Y%m%d').encode()
        return DATE.sub(moved, payload) if self.shift else payload

    def native(self, message):
        if self.shift:
            times = [message.sent]
            for fact in message.facts:
                times += [t for t in (fact.collected, fact.status_time) if t.precision]
            for t in times:
                t.utc_seconds += self.shift * 86400
        return message

    def config(self, text):
        def moved(m):
            return (datetime.date.fromisoformat(m.group(0)) + datetime.timedelta(self.shift)).isoformat()
        return re.sub(r'\b20\d\d-\d\d-\d\d\b', moved, text)

    def private(self):
        """What must stand in no log line."""
        for p in self.patients:
            yield from (p['patient'], *p.get('also', []), p['family'], p['given'], p['born'])


class Service:
    """refractd in a folder of its own."""

    def __init__(self, options, story):
        self.build = os.path.abspath(options.build)
        self.folder = tempfile.mkdtemp(prefix='refract-demo-')
        self.log = os.path.join(self.folder, 'log')
        self.process = None
        with open(os.path.join(HERE, 'refractd.yaml'), encoding='utf-8') as f:
            text = story.config(f.read())
        text = re.sub(r'(?m)^(runtime_dir|state_dir):.*$', lambda m: f'{m[1]}: {self.folder}/{m[1][:-4]}', text)
        text = text.replace('../../config', os.path.join(ROOT, 'config'))
        text = text.replace('users: users.yaml', f'users: {os.path.join(HERE, "users.yaml")}')
        if options.ports == 'free':
            text = re.sub(r'127\.0\.0\.1:\d+', lambda m: f'127.0.0.1:{free_port()}', text)
        self.addresses = dict(re.findall(r'name: (\w+),.*?(?:listen|connect): "([^"]+)"', text))
        self.addresses.update(re.findall(r'(?m)^  (router|pub): "([^"]+)"', text))
        self.addresses['replay'] = re.search(r'replay: "([^"]+)"', text)[1]
        for name in ('runtime', 'state'):
            os.mkdir(os.path.join(self.folder, name), 0o700)
        self.config = os.path.join(self.folder, 'refractd.yaml')
        with open(self.config, 'w', encoding='utf-8') as f:
            f.write(text)

    def start(self):
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen([os.path.join(self.build, 'refractd'), '--config', self.config],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failure(f'refractd ended with {self.process.returncode}')
            if self.status() is not None and self.listens():
                return
            time.sleep(0.05)
        raise Failure('refractd was not ready within 15 s')

    def listens(self):
        try:
            for feed in ('lis', 'pharmacy', 'archive'):
                host, port = self.addresses[feed].rsplit(':', 1)
                socket.create_connection((host, int(port)), 1).close()
        except OSError:
            return False
        return True

    def ctl(self, *words):
        return subprocess.run([os.path.join(self.build, 'refractctl'), words[0], '--socket',
                               os.path.join(self.folder, 'runtime', 'control.sock'), *words[1:]],
                              capture_output=True, text=True, timeout=10, check=False)

    def status(self):
        out = self.ctl('status', '--json')
        return json.loads(out.stdout.splitlines()[0]) if out.returncode == 0 and out.stdout.strip() else None

    def log_text(self):
        with open(self.log, encoding='utf-8', errors='replace') as f:
            return f.read()

    def stop(self):
        """SIGTERM and a clean end; SIGKILL and a complaint when it does not come."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return -9


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Player:
    """Sends one message after the other, and shows what each brings about."""

    def __init__(self, options, story, service):
        import zmq  # after the path to build/py is set
        import wire
        self.options, self.story, self.service, self.wire = options, story, service, wire
        self.context = zmq.Context()
        self.publisher = wire.Publisher(self.context, service.addresses['molecular'], service.addresses['replay'])
        self.publisher.start()
        self.mllp, self.ingest, self.feed = {}, None, None
        self.sent, self.withheld = 0, 0
        self.events = {}  # patient number -> ['raised suspected', …], loud ones only
        self.alerts = {}  # alert id -> newest version
        self.kinds = {}

    def open(self):
        self.mllp = {f: self.wire.Mllp(self.service.addresses[f]) for f in ('lis', 'pharmacy', 'archive')}
        self.ingest = self.wire.Ingest(self.context, self.service.addresses['radiology'])
        self.feed = self.wire.AlertFeed(self.context, self.service.addresses['router'], 'demo-player')
        self.publisher.wait_for_subscriber(10)

    def close(self):
        for peer in (*self.mllp.values(), self.ingest, self.feed, self.publisher):
            if peer is not None:
                peer.close()
        self.context.term()

    def send(self, path, feed):
        """How it was answered."""
        from google.protobuf import json_format
        from refract.v1 import message_pb2
        with open(path, 'rb') as f:
            payload = f.read()
        self.sent += 1
        if path.endswith('.hl7'):
            return self.mllp[feed].send(self.story.hl7(payload))
        message = self.story.native(json_format.Parse(payload, message_pb2.ResultMessage()))
        if feed == 'radiology':
            return self.ingest.send(message)
        lose = os.path.relpath(path, os.path.join(HERE, 'feed')) in self.story.withhold
        self.withheld = int(lose)  # the next one that goes out shows the gap, and a replay closes it
        self.publisher.publish(message, lose)
        return 'lost on the way' if lose else 'published'

    def settle(self):
        """Waits until all that was sent is counted, and gives the status then."""
        end = time.monotonic() + 10
        while True:
            status = self.service.status()
            if status is not None and status['received'] >= self.sent - self.withheld:
                return status
            if time.monotonic() > end:
                raise Failure(f'{self.sent - self.withheld} messages sent, status: {status}')
            time.sleep(0.02)

    def show(self, event):
        from refract.v1 import feed_pb2
        alert, kind = event.alert, feed_pb2.EventKind.Name(event.kind).lower()
        self.alerts[alert.id] = alert
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if event.quiet:
            self.kinds['quiet'] = self.kinds.get('quiet', 0) + 1
            if kind not in ('raised', 'retracted') and not alert.waiting_until:
                return
            if alert.waiting_until:
                print(f'    (quiet until {alert.waiting_until}: the rule gives the team time to act by itself)')
            else:
                print('    (suspected only: it interrupts nobody and waits for the digest and the page)')
        self.events.setdefault(alert.patient.id, []).append(f'{kind} {alert.certainty}')
        if not alert.demo or 'DEMO, UNREVIEWED' not in alert.text:
            raise Failure(f'alert {alert.id} does not say DEMO, UNREVIEWED')
        if self.options.quiet:
            print(f'    {kind}: {alert.headline}')
        else:
            print(f'\n{RULE}\n{alert.text.rstrip()}\n{RULE}\n')

    def step(self, patient, name):
        feed = name.split('-')[1]
        path = os.path.join(HERE, 'feed', patient['folder'], name)
        started = time.monotonic()
        answer = self.send(path, feed)
        print(f'  {name:<34} {answer:<15} {patient["files"].get(name, "")}', flush=True)
        if answer == 'lost on the way':
            return
        status = self.settle()
        for event in self.feed.events_until(status['outbox_head'], 5):
            self.show(event)
        if self.feed.seq < status['outbox_head']:
            raise Failure(f'alert event {status["outbox_head"]} did not come in {time.monotonic() - started:.1f} s')

    def play(self):
        end = time.monotonic() + self.options.limit
        for patient in self.story.patients:
            print(f'\n{patient["folder"]}: {patient["title"]}')
            folder = os.path.join(HERE, 'feed', patient['folder'])
            for path in sorted(glob.glob(os.path.join(folder, '*.*'))):
                if time.monotonic() > end:
                    raise Failure(f'not done within {self.options.limit} s')
                self.step(patient, os.path.basename(path))


def sections_hold(alert, words, what):
    have = ' '.join(s.rule_id for s in alert.sections)
    return [f'{what}: no section of a rule *{w}* (there is: {have})' for w in words if w not in have]


def titles(options):
    return ' / '.join(o.title.lower() for o in options)


def options_hold(patient, alert):
    shown, aside = titles(alert.options), titles(alert.set_aside)
    for drug in patient.get('options', []):
        if drug not in shown:
            yield f'{patient["folder"]}: {drug} is not among the options ({shown or "none"})'
    for drug in patient.get('aside', []):
        if drug not in aside:
            yield f'{patient["folder"]}: {drug} is not set aside ({aside or "none"})'
        if drug in shown:
            yield f'{patient["folder"]}: {drug} is among the options'
    for drug in patient.get('not_aside', []):
        if drug in aside:
            yield f'{patient["folder"]}: {drug} is set aside'


def compare(story, player):
    """What differs from the story, one line each."""
    diff = []
    for p in story.patients:
        numbers = [p['patient'], *p.get('also', [])]
        got = [e for n in numbers for e in player.events.get(n, [])]
        if got != p['events']:
            diff.append(f'{p["folder"]}: expected {p["events"] or "silence"}, got {got or "silence"}')
        alerts = [a for a in player.alerts.values() if a.patient.id in numbers]
        if alerts and p['events']:
            diff += sections_hold(alerts[-1], p.get('rules', []), p['folder'])
            diff += options_hold(p, alerts[-1])
        if len(alerts) > 1:
            diff.append(f'{p["folder"]}: {len(alerts)} alerts, expected one')
    return diff


def explain(story, service):
    """Silence with a reason: what refractctl says of the patients whose story asks for it."""
    diff = []
    for p in story.patients:
        if 'explain' not in p:
            continue
        print(f'\nWhy no alert for {p["folder"]}? refractctl explain DEMO:{p["patient"]}')
        out = service.ctl('explain', f'DEMO:{p["patient"]}')
        print('  ' + (out.stdout or out.stderr).rstrip().replace('\n', '\n  '))
        diff += [f'{p["folder"]}: explain does not say "{w}"' for w in p['explain'] if w not in out.stdout]
    return diff


def summary(story, player, status):
    kinds = player.kinds
    counts = ('stored', 'duplicate', 'ignored', 'quarantined', 'refused')
    print(f'\nmessages  sent {player.sent}, received {status["received"]}: ' +
          ', '.join(f'{k} {status[k]}' for k in counts))
    print('alerts    ' + ', '.join(f'{k} {kinds.get(k, 0)}' for k in ('raised', 'updated', 'retracted', 'closed')) +
          f' ({kinds.get("quiet", 0)} of these events quiet), open {status["open_alerts"]}')
    silent = [p['folder'] for p in story.patients if not p['events']]
    print(f'silent    {", ".join(silent)}')
    print(f'replayed  {player.publisher.replayed} messages that the publisher was asked for again')
    if not story.whole:
        return []
    return [f'{k}: expected {n}, got {status[k]}' for k, n in story.counts.items()
            if k != 'duplicate' and status[k] != n or status[k] < n]


def leaks(story, service):
    text = service.log_text()
    found = sum(word in text for word in story.private())
    return [f'log: {found} names, dates of birth or numbers of patients stand in it'] if found else []


def run(options, story, service):
    player = None
    try:
        player = Player(options, story, service)
        service.start()
        player.open()
        player.play()
        diff = compare(story, player) + explain(story, service)
        return diff + summary(story, player, player.settle())
    finally:
        if player is not None:
            player.close()


def finish(options, story, service):
    if options.keep and service.process and service.process.poll() is None:
        print(f'\nrefractd goes on as process {service.process.pid}; config and log in {service.folder}')
        return []
    code = service.stop()
    diff = leaks(story, service) if os.path.exists(service.log) else []
    if code != 0:
        diff.append(f'refractd ended with {code} after SIGTERM')
    return diff


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    sys.path.insert(0, os.path.join(os.path.abspath(options.build), 'py'))
    sys.path.insert(0, HERE)
    story = Story(options.only)
    service = Service(options, story)
    if story.shift:
        print(f'Dates in the messages are moved by {story.shift} days.')
    diff = []
    try:
        diff = run(options, story, service)
    except Exception as error:  # whatever it is, it is said, and what was started is stopped
        at = traceback.extract_tb(error.__traceback__)[-1]
        diff = [f'{type(error).__name__} in {at.name}, line {at.lineno}: {error}']
    finally:
        diff += finish(options, story, service)
        if diff and os.path.exists(service.log):
            print('\nlast lines of the log:\n' + '\n'.join(service.log_text().splitlines()[-20:]))
        if not options.keep:
            shutil.rmtree(service.folder, ignore_errors=True)
    print('\nas expected' if not diff else '\nNOT as expected:\n  ' + '\n  '.join(diff))
    return 1 if diff else 0


if __name__ == '__main__':
    sys.exit(main())
