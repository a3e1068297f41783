"""Routes of kind mail, with Debian's aiosmtpd as the site's mail server: who gets what, threads and retractions, the daily
digest, STARTTLS and AUTH, a server that fails in every way. Each mail is read by Python's email package."""
import datetime
import email
import email.policy
import email.utils
import json
import os
import re
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

import harness
import stories

DIRECTORY = '''
people:
  - {id: dr-sandglass, numbers: ["90017"], mail: sandglass@hospital.example}
  - {id: genetics}
pools: [desk, {id: board, mail: board@hospital.example}]
services:
  - {disease: [PROSTATE], to: desk}
fallback: desk
germline: genetics
mtb: board
'''
ALERTS = 'directory: directory.yaml\nalerts: {budget_per_day: 999, budget_per_week: 999, digest: "00:00", days: mon-sun, escalate_to: board}\n'
ROUTE = '''routes:
  - {{name: mail, kind: mail, url: "smtp://127.0.0.1:{port}", from: refractd@hospital.example, from_name: "Onkologie Köln",
     to: fallback@hospital.example, base: "https://refractd.example", timeout_ms: {timeout}, tries: 2{more}}}
'''
PASSWORD = 'zwölf Kraniche'


class MailServer:
    """Stores what it takes. mood: what it says instead; moods: by mailbox."""

    def __init__(self, port=0, **options):
        self.got, self.asked, self.mood, self.moods, self.options = [], [], '', {}, options
        self.port = port or harness.free_ports(1)[0]
        self.start()

    def start(self):
        outer = self

        class Server(SMTP):
            def __init__(self, *words, **more):
                super().__init__(*words, hostname='mail.hospital.example', **more)

        class One(Controller):
            def factory(self):
                return Server(self.handler, **self.SMTP_kwargs)

        self.controller = One(self, hostname='127.0.0.1', port=outer.port, **self.options)
        self.controller.start()

    def stop(self):
        self.controller.stop()

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        self.asked.append(address)
        mood = self.moods.get(address, '')
        if mood:
            return mood
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        import asyncio
        if self.mood == 'cut':
            server.transport.abort()
            return '250 nobody hears this'
        if self.mood == 'slow':
            await asyncio.sleep(0.3)
        if self.mood == 'silent':
            await asyncio.sleep(3)
        if self.mood == 'garbage':
            return '<html>\r\nwhat?'
        if self.mood[:3].isdigit():
            return self.mood
        self.got.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content, session.ssl is not None,
                         session.authenticated))
        return '250 taken'

    def mails(self):
        return [read(one) for one in self.got]


def read(one):
    """The message, after what holds for every mail of ours."""
    sender, to, raw, *_ = one
    assert re.fullmatch(rb'(?:[\x20-\x7e]{0,998}\r\n)*', raw), raw
    assert all(len(line) <= 78 for line in raw.split(b'\r\n\r\n')[0].split(b'\r\n'))
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert not mail.defects and not any(getattr(value, 'defects', ()) for value in mail.values())
    assert [a.addr_spec for a in mail['To'].addresses] == to and len(to) == 1
    author, = mail['From'].addresses
    assert (author.display_name, author.addr_spec, sender) == ('Onkologie Köln', 'refractd@hospital.example', 'refractd@hospital.example')
    assert mail['Auto-Submitted'] == 'auto-generated' and mail.get_content_type() == 'text/plain'
    assert abs(email.utils.parsedate_to_datetime(mail['Date']).timestamp() - time.time()) < 120
    assert re.fullmatch(r'<[\w.-]+@hospital\.example>', mail['Message-ID'])
    assert len(mail.get_all('Message-ID')) == len(mail.get_all('Subject')) == 1
    return mail


def lint(d, server, patients):
    """No mail, and no line of the log, has anything of a patient: nothing that a message said, no disease, no drug, no value, no
    day."""
    words = {s for p in patients for s in p.secrets()}
    words |= {'prostat', 'psa', 'enzalutamid', 'ng/ml', 'progress', '9.1', '6.2', 'adenocarcinoma', 'line:', 'headline'}
    for _, to, raw, *_ in server.got:
        text = raw.decode().split('\r\n', 1)[1].lower()  # without Date, which is the mail's; ids of alerts have a dot too
        text = re.sub(r'\b[0-9a-z]+-[0-9]+(\.[0-9]+)*\b', 'ID', text)
        assert not [w for w in words if w.lower() in text], (to, text)
        days = set(re.findall(r'\d{4}-\d{2}-\d{2}', text))
        assert days <= {day.isoformat() for day in (stories.TODAY, stories.TODAY - datetime.timedelta(1))}
    log = d.log_text()
    assert not [p.id for p in patients if p.id in log] and PASSWORD not in log and '@hospital.example' not in log


def daemon(server, route='', directory=DIRECTORY, timeout=1000):
    d = harness.Daemon(extra=ALERTS + ROUTE.format(port=server.port, more=route, timeout=timeout))
    with open(os.path.join(d.folder, 'directory.yaml'), 'w', encoding='utf-8') as file:
        file.write(directory)
    return d


def play(d, story):
    before = d.status()['received']
    with harness.Mllp(d.port['lis']) as lis:
        for _, message in story:
            assert lis.ask(message)[0] == 'AA'
    d.settle(before + len(story))


def queue(d):
    row, = [r for r in map(json.loads, d.ctl('queues', '--json').stdout.splitlines()) if r['route'] == 'mail']
    return row


def drained(d, seconds=30):
    harness.wait_until('the route is drained', lambda: queue(d)['behind'] == 0, seconds, every=0.1)


@pytest.fixture
def server():
    one = MailServer()
    yield one
    one.stop()


def alert_of(d, p):
    alert, = [a for a in d.alerts() if a['patient']['id'] == p.id]
    return alert


def test_a_finding_its_changes_and_its_end(server):
    """To whom it is for, in one thread, and taken back from all who heard of it."""
    with daemon(server) as d:
        p, story = stories.prostate(1, 'confirmed')
        play(d, story)
        drained(d)
        alert = alert_of(d, p)
        first, = server.mails()
        assert first['To'] == 'sandglass@hospital.example'
        assert first['Subject'] == 'DEMO, UNREVIEWED: refractd: 1 new finding to review'
        text = first.get_content()
        assert f'https://refractd.example/alerts/{alert["id"]}' in text.split() and 'DEMO, UNREVIEWED' in text
        assert first['Message-ID'].startswith(f'<{alert["id"]}.') and 'In-Reply-To' not in first

        assert d.ctl('escalate', alert['id'], '--to', 'mtb').returncode == 0
        harness.wait_until('the board has heard', lambda: any('board@' in to[0] for _, to, *_ in server.got))
        drained(d)
        board = [m for m in server.mails() if 'board@' in m['To']][0]
        assert board['Subject'].endswith('1 finding passed on to you')

        play(d, [stories.psa(p, -17, '0.91', status='C', order_day=-20), stories.psa(p, -17, '0.92', status='C', order_day=-50)])
        assert alert_of(d, p)['state'] == 'retracted'
        drained(d)
        ends = [m for m in server.mails() if 'withdrawn' in m['Subject']]
        assert sorted(m['To'] for m in ends) == ['board@hospital.example', 'sandglass@hospital.example']
        mine, = [m for m in ends if 'sandglass' in m['To']]
        assert mine['References'] == mine['In-Reply-To'] == first['References'] and mine['Message-ID'] != first['Message-ID']
        ids = [m['Message-ID'] for m in server.mails()]
        assert len(ids) == len(set(ids))

        drained(d)
        quiet, story = stories.prostate(2, 'corrected')  # what interrupted nobody is taken back in silence
        before = len(server.got)
        play(d, story)
        drained(d)
        assert alert_of(d, quiet)['state'] == 'retracted' and len(server.got) == before
        assert d.counters().get(('mail_unresolved', 'mail')) is None
        lint(d, server, [p, quiet])


def test_who_has_no_mailbox(server):
    """The route's own address gets it, and it is counted; the same when the mailbox does not take it."""
    with daemon(server, directory=DIRECTORY.replace(', mail: sandglass@hospital.example', '')) as d:
        p, story = stories.prostate(1, 'confirmed')
        play(d, story)
        drained(d)
        mail, = server.mails()
        assert mail['To'] == 'fallback@hospital.example' and 'because dr-sandglass cannot be reached' in mail.get_content()
        assert d.counters()[('mail_unresolved', 'mail')] == 1

        with open(os.path.join(d.folder, 'directory.yaml'), 'w', encoding='utf-8') as file:
            file.write(DIRECTORY)
        mark = len(d.log_text())
        d.process.send_signal(1)
        d.wait_for('supervisor.reloaded', mark, 60)
        d.wait_served()
        server.moods['sandglass@hospital.example'] = '550 5.1.1 no such mailbox'
        other, story = stories.prostate(2, 'confirmed')
        play(d, story)
        drained(d)
        assert [m['To'] for m in server.mails()] == ['fallback@hospital.example'] * 2
        assert d.counters()[('mail_unresolved', 'mail')] == 2 and 'route.mailbox_refused' in d.log_text()
        assert not d.ctl('dead', 'mail').stdout
        lint(d, server, [p, other])


def test_refused_for_good_and_asked_for_again(server):
    with daemon(server) as d:
        server.moods.update({'sandglass@hospital.example': '550 no', 'fallback@hospital.example': '553 no'})
        p, story = stories.prostate(1, 'confirmed')
        play(d, story)
        dead = harness.wait_until('it is put aside', lambda: d.ctl('dead', 'mail', '--json').stdout, 20)
        assert json.loads(dead.splitlines()[0])['alert'] == alert_of(d, p)['id'] and not server.got
        server.moods.clear()
        assert d.ctl('retry', 'mail').returncode == 0
        harness.wait_until('it has arrived', lambda: server.got and not d.ctl('dead', 'mail').stdout, 20)
        assert server.mails()[0]['To'] == 'sandglass@hospital.example'
        lint(d, server, [p])


def test_the_digest(server):
    """One mail for each recipient, with counts and links; none when there is nothing."""
    with daemon(server) as d:
        harness.wait_until("today's was due", lambda: d.rows('SELECT day FROM digest_day'))
        patients = []
        for n in range(3):
            p, story = stories.prostate(n, 'suspected')
            patients.append(p)
            play(d, story)
        assert d.ctl('ack', alert_of(d, patients[2])['id']).returncode == 0
        drained(d)
        assert not server.got
        d.stop()
        with sqlite3.connect(d.store) as db:  # as if today's had not been made
            db.execute('DELETE FROM digest_day')
        db.close()
        d.start()
        d.wait_served()
        harness.wait_until('the digest came', lambda: server.got, 20)
        drained(d)
        mail, = server.mails()
        assert mail['To'] == 'sandglass@hospital.example'
        assert mail['Subject'] == 'DEMO, UNREVIEWED: refractd: daily digest, 2 findings'
        text = mail.get_content()
        assert re.search(r'^ +2 not confirmed so far', text, re.M)
        links = re.findall(r'https://refractd\.example/alerts/(\S+)', text)
        assert sorted(links) == sorted(alert_of(d, p)['id'] for p in patients[:2])
        lint(d, server, patients)


def certificate(folder, name='mail.hospital.example'):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', f'/CN={name}',
                    '-addext', f'subjectAltName=DNS:{name}', '-keyout', f'{folder}/key.pem', '-out', f'{folder}/cert.pem'],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f'{folder}/cert.pem', f'{folder}/key.pem')
    return context


def test_starttls_and_login(tmp_path):
    """Nothing is said without TLS, nothing to whom the certificate does not name; and a login that is not good is mended without a
    loss."""
    def check(_server, _session, _envelope, mechanism, login):
        if isinstance(login, LoginPassword) and (login.login, login.password) == (b'refractd', PASSWORD.encode()):
            return AuthResult(success=True)
        tried.append(mechanism)
        return AuthResult(success=False, handled=False)
    tried = []
    server = MailServer(tls_context=certificate(tmp_path), require_starttls=True, authenticator=check, auth_required=True, auth_require_tls=True)
    (tmp_path / 'password').write_text('wrong\n')
    more = f', login: refractd, secret: {tmp_path}/password, tls: {{ca: {tmp_path}/cert.pem, name: NAME}}'
    with daemon(server, route=more.replace('NAME', 'other.hospital.example')) as d:
        p, story = stories.prostate(1, 'confirmed')
        play(d, story)
        harness.wait_until('it is not sent', lambda: queue(d)['problem'] == 'not_reached')
        assert not tried and not server.asked
        text = open(d.config, encoding='utf-8').read()
        for word, problem in (('mail.hospital.example', 'login_refused'), (None, '')):
            if word is None:
                (tmp_path / 'password').write_text(PASSWORD + '\n')
                text = text.replace('tries: 2', 'tries: 3')
            with open(d.config, 'w', encoding='utf-8') as file:
                file.write(text.replace('name: other.hospital.example', f'name: {word or "mail.hospital.example"}'))
            mark = len(d.log_text())
            d.process.send_signal(1)
            d.wait_for('supervisor.reloaded', mark, 60)
            d.wait_served()
            if problem:
                harness.wait_until(problem, lambda: queue(d)['problem'] == problem)
                assert tried and not server.got
        harness.wait_until('it came', lambda: server.got)
        assert server.got[0][3:] == (True, True)
        lint(d, server, [p])
    server.stop()


def test_nothing_is_lost_while_the_server_fails(server):
    """Each alert that interrupts comes to its mailbox, once but for what was under way when something was killed; then the same
    Message-ID."""
    with daemon(server) as d:
        def trouble():
            moods = ('cut', '', '451 later', 'garbage', '', 'slow', '452 full')
            for n in range(13):
                server.mood = moods[n % len(moods)]
                if n == 4:
                    server.stop()
                    time.sleep(0.2)
                    server.start()
                if n == 8:
                    os.kill(d.roles()['out'], 9)
                time.sleep(0.15)

        thread = threading.Thread(target=trouble)
        thread.start()
        patients = []
        while thread.is_alive():
            p, story = stories.prostate(100 + len(patients), 'confirmed')
            patients.append(p)
            play(d, story)
        thread.join()
        server.mood = ''
        drained(d, 60)
        mails = server.mails()
        assert all(m['To'] == 'sandglass@hospital.example' for m in mails)
        ids = [m['X-Refractd-Alert'] for m in mails]
        assert set(ids) == {a['id'] for a in d.alerts()}
        assert len({m['Message-ID'] for m in mails}) == len(set(ids)), 'one version of each interrupts'
        assert len(ids) - len(set(ids)) <= 2
        assert not d.ctl('dead', 'mail').stdout
        lint(d, server, patients)


def test_a_busy_mailbox_holds_nobody_up_for_long(server):
    """4xx to one mailbox: the same event again, and those who have theirs get no second one."""
    with daemon(server) as d:
        p, story = stories.prostate(1, 'confirmed')
        server.moods['sandglass@hospital.example'] = '450 4.7.1 greylisted'
        play(d, story)
        harness.wait_until('it waits', lambda: queue(d)['problem'] == 'mailbox_busy')
        assert server.asked.count('sandglass@hospital.example') >= 1 and not server.got
        # meanwhile more of the same comes, quietly: what was to interrupt still does
        play(d, [stories.psa(p, -1, '9.9')])
        server.moods.clear()
        drained(d)
        mail, = server.mails()
        assert mail['To'] == 'sandglass@hospital.example'
        lint(d, server, [p])


def test_a_server_that_never_says_hello():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        server = type('Nobody', (), {'port': listener.getsockname()[1]})
        with daemon(server, timeout=300) as d:
            play(d, stories.prostate(1, 'confirmed')[1])
            harness.wait_until('it is late', lambda: queue(d)['problem'] == 'not_reached')
            assert queue(d)['behind'] > 0


@pytest.mark.parametrize('change,said', [
    (('smtp://127.0.0.1:25', 'http://127.0.0.1:25'), 'smtp://HOST:PORT'),
    (('smtp://127.0.0.1:25', 'smtp://127.0.0.1'), 'smtp://HOST:PORT'),
    (('from: refractd@hospital.example', 'from: "refractd@hospital.example\\nBcc: x@y"'), 'no mail address'),
    (('to: fallback@hospital.example,', ''), '"to" is missing'),
    (('tries: 2', 'login: refractd'), '"login" and "secret"'),
    (('tries: 2', 'quiet_too: true'), 'digest'),
    (('tries: 2', 'patient_data: true'), 'no patient data'),
])
def test_what_is_wrong_is_refused_with_its_place(change, said):
    route = ROUTE.format(port=25, more='', timeout=1000)
    assert change[0] in route
    d = harness.Daemon(extra=route.replace(*change))
    out = subprocess.run([f'{harness.BUILD}/refractd', '--config', d.config, '--check'], capture_output=True, text=True, timeout=60, check=False)
    d.kill()
    assert out.returncode == 1 and re.search(rf'^{re.escape(d.config)}:\d+:\d+: .*{re.escape(said)}', out.stdout, re.M), out.stdout


def test_a_mailbox_that_is_none_is_refused():
    d = daemon(type('Nobody', (), {'port': 25}), directory=DIRECTORY.replace('mail: board@hospital.example', 'mail: board'))
    out = subprocess.run([f'{harness.BUILD}/refractd', '--config', d.config, '--check'], capture_output=True, text=True, timeout=60, check=False)
    assert out.returncode == 1 and re.search(r'directory\.yaml:5:\d+: this is no mail address', out.stdout), out.stdout
