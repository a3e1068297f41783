"""The sample pack (deploy/samples/hl7): each message to the real daemon, in the four ways that a feed can answer, and
through refractctl parse; what comes of it stands in MANIFEST.tsv."""
import csv
import os
import re
import shutil
import subprocess

import pytest

import harness

PACK = os.path.join(harness.ROOT, 'deploy', 'samples', 'hl7')
# Feed, its map, its acknowledgement, the column of MANIFEST.tsv.
FEEDS = (('original', 'samples.yaml', 'original', 'original'), ('enhanced', 'samples.yaml', 'enhanced', 'enhanced'),
         ('refuse', 'refuse.yaml', 'original', 'refuse'), ('refuse_enhanced', 'refuse.yaml', 'enhanced', 'refuse_enhanced'))
OUTCOMES = {0: 'stored', 2: 'ignored', 3: 'quarantined'}
MIB = 1 << 20


def manifest():
    with open(os.path.join(PACK, 'MANIFEST.tsv'), encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file, delimiter='\t', quoting=csv.QUOTE_NONE))


def content(name):
    with open(os.path.join(PACK, name), 'rb') as file:
        return file.read()


def each(row):
    """(outcome, reason) of every message of a file; one reason may stand for all."""
    outcomes, reasons = row['outcome'].split(), row['reason'].split()
    return list(zip(outcomes, reasons * len(outcomes) if len(reasons) == 1 else reasons))


ROWS = manifest()


class Pack(harness.Daemon):
    def __init__(self):
        self.feed_port = dict(zip([row[0] for row in FEEDS], harness.free_ports(len(FEEDS))))
        super().__init__(own_knowledge=True)
        self.port.update(self.feed_port)

    def write_config(self, disk_mark='1MiB'):
        super().write_config(disk_mark)
        maps = f'{self.knowledge}/maps'
        shutil.copy(os.path.join(PACK, 'samples.yaml'), maps)
        with open(f'{maps}/samples.yaml', encoding='utf-8') as file, \
                open(f'{maps}/refuse.yaml', 'w', encoding='utf-8') as out:
            out.write(file.read() + 'quarantined: refuse\n')
        with open(self.config, encoding='utf-8') as file:
            text = file.read()
        rows = ''.join(f'  - {{name: {name}, kind: mllp, listen: "127.0.0.1:{self.feed_port[name]}", map: {path}, ack: {ack}}}\n'
                       for name, path, ack, _ in FEEDS)
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(text.replace('feeds:\n', 'feeds:\n' + rows, 1))


@pytest.fixture(scope='module')
def pack():
    with Pack() as daemon:
        yield daemon


def answers(raw):
    return [part.lstrip(b'\x0b') for part in raw.split(b'\x1c\x0d') if part]


def send(port, row):
    """All answers to one file: messages of a folder wire/ are sent as they are, others in a frame."""
    with harness.Mllp(port) as peer:
        if row['file'].startswith('wire/'):
            peer.write(content(row['file']))
            return answers(peer.end())
        peer.write(harness.mllp_frame(content(row['file'])))
        return [peer.answer() for _ in row['original'].split()]


def journal(daemon, feed):
    """(outcome, reason, place, facts) of what a feed brought, in order."""
    return [(OUTCOMES[outcome], reason or '-', place or '-', facts) for outcome, reason, place, facts in daemon.rows(
        'SELECT outcome, reason, place, (SELECT count(*) FROM fact WHERE journal = seq) FROM journal'
        ' WHERE kind = 0 AND feed = ? ORDER BY seq', feed)]


def check_answer(row, got, wanted):
    codes = [harness.msa(one)[0] for one in got]
    assert codes == ([] if wanted == '-' else wanted.split()), row['file']
    for one, code in zip(got, codes):
        assert b'Sampleson' not in one and b'19560817' not in one
        assert (b'\rERR' in one) == (code[1] != 'A'), row['file']
        if code[1] != 'A':
            assert re.search(rb'[|#]' + row['error'].encode() + rb'\^', one), (row['file'], one)
            assert row['reason'].encode() in one, (row['file'], one)
            if row['reason'] != 'identity_conflict':  # which core finds, and only says in its journal
                assert row['place'] == '-' or row['place'].encode() in one, (row['file'], one)


@pytest.mark.parametrize('feed,column', [(row[0], row[3]) for row in FEEDS])
def test_each_message(pack, feed, column):
    before = pack.status()
    for row in ROWS:
        check_answer(row, send(pack.port[feed], row), row[column])
    outcomes = [outcome for row in ROWS for outcome, _ in each(row)]
    status = pack.settle(before['received'] + len(outcomes))
    for word in ('stored', 'duplicate', 'ignored', 'quarantined', 'refused'):
        assert status[word] - before[word] == outcomes.count(word), word
    got = journal(pack, feed)
    wanted = [(*one, row) for row in ROWS for one in each(row) if one[0] not in ('duplicate', 'refused')]
    assert len(got) == len(wanted)
    for (outcome, reason, place, _), (want, why, row) in zip(got, wanted):
        assert (outcome, reason, place) == (want, why, row['place']), row['file']
    if feed == 'original':  # the other feeds say the same again
        assert sum(facts for *_, facts in got) == sum(int(row['facts']) for row in ROWS)


def test_the_reasons_of_what_was_refused(pack):
    refused = {label.split('/')[-1] for name, label in pack.counters() if 'refused' in name}
    for row in ROWS:
        for outcome, reason in each(row):
            assert outcome != 'refused' or any(reason in label for label in refused), (row['file'], refused)


def test_too_large(pack):
    """No file of the pack: 17 MB in one frame. Skipped without being kept, and answered all the same."""
    payload = content('good/01-oru-lab.hl7').replace(b'|G001|', b'|G999|') + b'NTE|1||' + b'x' * (17 * MIB) + b'\r'
    for feed, code in (('original', 'AR'), ('enhanced', 'CR')):
        with harness.Mllp(pack.port[feed]) as peer:
            peer.write(harness.mllp_frame(payload))
            got = peer.answer()
            assert harness.msa(got) == (code, 'G999') and b'|207^' in got


def test_parse_reads_each():
    """The same facts, reasons and places without a daemon."""
    files = [row for row in ROWS if not row['file'].startswith('wire/') and row['outcome'] != 'duplicate']
    for row in files:
        run = subprocess.run(
            [os.path.join(harness.BUILD, 'refractctl'), 'parse', '--json', '--map', os.path.join(PACK, 'samples.yaml'),
             os.path.join(PACK, row['file'])], capture_output=True, text=True, timeout=20, check=False, cwd=harness.ROOT)
        alone = row['reason'] == 'identity_conflict'  # a message by itself contradicts nothing
        facts = 1 if alone else int(row['facts'])
        assert len(run.stdout.splitlines()) == facts, row['file']
        assert (run.returncode != 0) == (row['outcome'] == 'quarantined' and not alone), row['file']
        if row['reason'] != '-' and not alone:
            assert row['reason'] in run.stderr, row['file']
            assert row['place'] == '-' or row['place'] in run.stderr, row['file']


def test_the_pack_is_whole():
    """Each file is in the manifest, and there are enough of each kind."""
    there = {f'{folder}/{name}' for folder in ('good', 'bad', 'wire') for name in os.listdir(os.path.join(PACK, folder))}
    assert there == {row['file'] for row in ROWS}
    assert sum(name.startswith('good/') for name in there) >= 20
    assert sum(not name.startswith('good/') for name in there) >= 20
