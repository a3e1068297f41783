#!/usr/bin/python3
"""All benchmarks in one run, what is compared measured side by side: a table, and BUILD/bench.json, a list of
{name, value, unit, against, against_value, ratio}.  run.py BUILD [SECONDS]

SECONDS is for each figure. Rows whose data or peers are not there are left out, with the reason."""
import contextlib
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else 'build')
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 3
SHARED = os.path.join(os.environ.get('REFRACT_SHARED', '../shared'), 'data', 'hl7')
TRIALS = os.path.join(os.environ.get('REFRACT_SHARED', '../shared'), 'data', 'ctml', 'trials')
MLLP_SECONDS = 6
PATIENTS = 100000
CONNECTIONS = (1, 8)

# (name, figure, what it is measured against, that figure or a number)
ROWS = [
    ('HL7 index and read OBX', 'hl7.read.bytes', 'python3-hl7', 'python.bytes'),
    ('HL7 index and read OBX', 'hl7.read.bytes', 'node-hl7-client', 'node.bytes'),
    ('HL7 index and read OBX', 'hl7.read.bytes', 'memchr over the same bytes', 'memchr.bytes'),
    ('HL7 messages read', 'hl7.read.messages', 'python3-hl7', 'python.messages'),
    ('HL7 messages read', 'hl7.read.messages', 'node-hl7-client', 'node.messages'),
    ('HL7 messages to facts', 'normalise.messages', 'index and read only', 'hl7.read.messages'),
    ('core ingest, on disk, commit of 64', 'ingest.batch', 'commit of 1', 'ingest.one'),
    ('engine step, 4,000 facts', 'step.all.4000', 'the same with 400', 'step.all.400'),
    ('engine step, 4,000 facts', 'step.all.4000', "that disease's rules only", 'step.own.4000'),
    ('engine step, 4,000 facts', 'step.all.4000', 'target of issue 4', 1.0),
    ('engine step, 2 times the rules', 'step.rules.x2', 'the catalogue', 'step.rules.x1'),
    ('engine step, 4 times the rules', 'step.rules.x4', 'the catalogue', 'step.rules.x1'),
    ('core, a fact after 4,000 relevant ones', 'core.4000', 'decoded anew each time', 'core.4000.unkept'),
    ('core, a fact after 4,000 relevant ones', 'core.4000', 'target of issue 4', 1.0),
    ('core, a fact after 200,000 raw results', 'raw.many', 'the same without them', 'raw.none'),
    ('core, a fact after 200,000 raw results', 'raw.many', 'target of issue 4', 2.0),
    ('match, 1,000 arms, from the facts on', 'match.gated.1000', 'plain walk of each tree', 'match.naive.1000'),
    ('match, 10,000 arms, from the facts on', 'match.gated.10000', 'plain walk of each tree', 'match.naive.10000'),
    ('match, 100,000 arms, from the facts on', 'match.gated.100000', 'plain walk of each tree', 'match.naive.100000'),
    ('match, growth from 1,000 to 100,000 arms', 'match.gated.growth', 'plain walk of each tree', 'match.naive.growth'),
    ('match, 100,000 arms, 200 concern him', 'match.foreign.100000', 'the same 200 of 1,000', 'match.foreign.1000'),
    ('match, growth in arms of other diseases', 'match.foreign.growth', 'linear', 1.0),
    ('a changed fact against 10,000 arms', 'match.gated.10000', 'target of issue 5', 1.0),
    ('a changed fact, answers kept, 10,000 arms', 'match.change.10000', 'from the facts on', 'match.gated.10000'),
    ('memory per arm, of 100,000', 'match.bytes.100000', 'per arm, of 1,000', 'match.bytes.1000'),
    ('a new trial, 100,000 stored patients', 'newtrial.adopt', 'evaluating all of them', 'newtrial.sweep'),
    ('a new trial, 100,000 stored patients', 'newtrial.adopt', 'target of issue 5', 1.0),
    ('MLLP through the daemon, 8 connections', 'mllp.8.messages', '1 connection', 'mllp.1.messages'),
    ('MLLP answer, median, 8 connections', 'mllp.8.p50', '1 connection', 'mllp.1.p50'),
    ('MLLP answer, 99th percentile, 8 connections', 'mllp.8.p99', '1 connection', 'mllp.1.p99'),
    ('route mllp, one connection', 'route.mllp', 'one for each message', 'route.mdm'),
    ('route webhook', 'route.webhook', 'route mllp', 'route.mllp'),
    ('route fhir', 'route.fhir', 'route webhook', 'route.webhook'),
]


def program(*words):
    """The rows that a benchmark prints: {figure: (value, unit)}."""
    out = subprocess.run([str(w) for w in words], stdout=subprocess.PIPE, text=True, timeout=170, check=True)
    rows = [line.split('\t') for line in out.stdout.splitlines()]
    return {name: (float(value), unit) for name, value, unit in rows}


def bench(verb, *words):
    return program(os.path.join(BUILD, 'bench'), verb, *words)


# --- HL7 readers

def is_plain(path):
    """One ORU that each of the readers takes: they differ on batches and odd line ends, which is not measured here."""
    import hl7
    with open(path, 'rb') as file:
        raw = file.read()
    if not raw.startswith(b'MSH|^~\\&|') or raw.count(b'MSH|') != 1 or b'\rOBX|' not in b'\r' + raw.replace(b'\n', b'\r'):
        return False
    try:
        return str(hl7.parse(text_of(raw)).segment('MSH')[9]).startswith('ORU')
    except Exception:  # pylint: disable=broad-except  # whatever it cannot read
        return False


def text_of(raw):
    """python3-hl7 and node-hl7-client want CR."""
    return raw.decode('latin-1').replace('\r\n', '\r').replace('\n', '\r').strip() + '\r'


def messages():
    found = []
    for folder, _, names in sorted(os.walk(SHARED)):
        found += [os.path.join(folder, n) for n in sorted(names) if n.endswith('.hl7')]
    return [f for f in found if is_plain(f)]


def read_python(paths):
    import hl7
    texts = []
    for path in paths:
        with open(path, 'rb') as file:
            texts.append(text_of(file.read()))
    begin, done, size, seen = time.monotonic(), 0, 0, 0
    while time.monotonic() - begin < SECONDS:
        for text in texts:
            for obx in hl7.parse(text).segments('OBX'):
                for field in (3, 5, 6, 11):
                    if len(obx) > field:
                        part = obx[field][0]
                        seen += len(part if isinstance(part, str) else str(part[0]))
            done, size = done + 1, size + len(text)
    took = time.monotonic() - begin
    assert seen > 0
    return {'python.bytes': (size / 1e6 / took, 'MB/s'), 'python.messages': (done / took, 'messages/s')}


def read_node(listed):
    """node-hl7-client, installed into BUILD/npm by its lock file."""
    if not shutil.which('npm') or not shutil.which('node'):
        print('SKIP node-hl7-client: no npm here')
        return {}
    home = os.path.join(BUILD, 'npm')
    os.makedirs(home, exist_ok=True)
    for name in ('package.json', 'package-lock.json'):
        shutil.copy(os.path.join(HERE, '..', 'npm', name), home)
    got = subprocess.run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], cwd=home,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False)
    if got.returncode != 0:
        print('SKIP node-hl7-client: npm could not install it')
        return {}
    return program('node', os.path.join(HERE, 'read.cjs'), os.path.join(home, 'node_modules'), listed, SECONDS)


def readers():
    if not os.path.isdir(SHARED):
        print('SKIP shared (1)')
        return {}
    paths = messages()
    with tempfile.NamedTemporaryFile('w', suffix='.list') as listed:
        listed.write(''.join(p + '\n' for p in paths))
        listed.flush()
        return {**bench('hl7', listed.name, SECONDS), **read_python(paths), **read_node(listed.name)}


# --- the core and the daemon

def ingest():
    folder = tempfile.mkdtemp(prefix='bench-', dir=BUILD)  # on the disk of the build, not in memory
    try:
        return bench('ingest', folder, SECONDS)
    finally:
        shutil.rmtree(folder)


def trial_files():
    """Real CTML: what is shipped and, where it is there, the shared folder."""
    found = []
    for folder in (os.path.join(HERE, '..', '..', 'config', 'trials'), TRIALS):
        if os.path.isdir(folder):
            found += [os.path.join(folder, n) for n in sorted(os.listdir(folder)) if n.endswith('.yaml')]
        else:
            print('SKIP shared (1)')
    return found


def match():
    with tempfile.NamedTemporaryFile('w', suffix='.list') as listed:
        listed.write(''.join(p + '\n' for p in trial_files()))
        listed.flush()
        found = bench('match', listed.name, SECONDS / 3)
    for way in ('gated', 'naive', 'foreign'):  # the slope between the ends, both axes logarithmic
        small, large = (found[f'match.{way}.{n}'][0] for n in (1000, 100000))
        found[f'match.{way}.growth'] = (math.log(large / small) / math.log(100), 'exponent')
    return found


def newtrial():
    folder = tempfile.mkdtemp(prefix='bench-', dir=BUILD)
    try:
        return bench('newtrial', folder, PATIENTS)
    finally:
        shutil.rmtree(folder)


def daemon():
    os.environ['REFRACT_BUILD'] = BUILD
    sys.path.insert(0, os.path.join(HERE, '..', 'system'))
    import harness
    found = {}
    for n in CONNECTIONS:
        with contextlib.ExitStack() as stack:
            d = stack.enter_context(harness.Daemon())
            d.wait_served()
            found.update(bench('mllp', d.port['lis'], n, MLLP_SECONDS, f'B{n}N'))
    return found


# --- what goes out

ROUTES = """
routes:
  - {{name: mllp, kind: mllp, connect: "127.0.0.1:{mllp}", result_type: "A^B^C", portal_blocked: true}}
  - {{name: mdm, kind: mllp, connect: "127.0.0.1:{mdm}", message: mdm, result_type: "A^B^C", portal_blocked: true, keep: false}}
  - {{name: fhir, kind: fhir, url: "http://127.0.0.1:{fhir}", system: "urn:oid:2.999.1.1", identifiers: {{DEMO: "urn:oid:2.999.2"}}, poll_s: 0}}
  - {{name: webhook, kind: webhook, url: "http://127.0.0.1:{webhook}/", secret: {secret}}}
"""
ROUTED = 2000


def drain(d, name, receiver):
    """Alerts a second from the first that a receiver has on, with nothing else going on."""
    d.ctl('release', name)
    while not receiver.order:
        time.sleep(0.001)
    begin, first = time.monotonic(), len(receiver.order)
    while len(receiver.order) < ROUTED:
        time.sleep(0.001)
    return (ROUTED - first) / (time.monotonic() - begin)


def routes():
    """Each route to a receiver that answers at once (in Python: a share of the time is its own), one after the other."""
    os.environ['REFRACT_BUILD'] = BUILD
    sys.path.insert(0, os.path.join(HERE, '..', 'system'))
    import flood
    import harness
    receivers = {'mllp': flood.MllpIn(1), 'mdm': flood.MllpIn(1), 'fhir': flood.HttpIn(1, flood.fhir_id),
                 'webhook': flood.HttpIn(1, flood.hook_id)}
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    with tempfile.NamedTemporaryFile('w', suffix='.key') as key:
        key.write('a key')
        key.flush()
        with harness.Daemon(extra=ROUTES.format(secret=key.name, **{n: r.port for n, r in receivers.items()})) as d:
            d.wait_served()
            for name in receivers:
                d.ctl('hold', name)
            sender = harness.NativeSender(d.tcp('ingest'), [flood.Case(n).raised() for n in range(ROUTED)], window=100)
            sender.start()
            sender.join()
            found = {f'route.{name}': (drain(d, name, r), 'alerts/s') for name, r in receivers.items()}
    sys.setswitchinterval(before)
    for r in receivers.values():
        r.stop()
    return found


# --- what is shown

def result(row, found):
    name, figure, against, other = row
    value, unit = found[figure]
    against_value = other if isinstance(other, float) else found[other][0]
    return {'name': name, 'value': value, 'unit': unit, 'against': against, 'against_value': against_value,
            'ratio': value / against_value}


def main():
    begin = time.monotonic()
    found = {}
    for part in (readers, ingest, lambda: bench('engine', SECONDS / 2), lambda: bench('raw', SECONDS / 2), match, newtrial,
                 daemon, routes):
        found.update(part())
    rows = [result(r, found) for r in ROWS if r[1] in found and (isinstance(r[3], float) or r[3] in found)]
    with open(os.path.join(BUILD, 'bench.json'), 'w', encoding='utf-8') as file:
        json.dump(rows, file, indent=1)
        file.write('\n')
    for r in rows:
        print(f'{r["name"]:44} {r["value"]:10.4g} {r["unit"]:10}  {r["against"]:28} {r["against_value"]:10.4g}'
              f'  x {r["ratio"]:.3g}')
    print(f'bench: {len(rows)} rows in {time.monotonic() - begin:.0f} s, {os.path.join(BUILD, "bench.json")}')


if __name__ == '__main__':
    main()
