"""The page over plain HTTP: login, rights, forged forms, acknowledging, and what stands in the audit."""
import http.cookiejar
import os
import re
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

import harness
import stories

PASSWORD = 'correct horse battery'


def hashed(password):
    return subprocess.run([f'{harness.BUILD}/refractctl', 'user', 'password'], input=password, capture_output=True, text=True,
                          timeout=60, check=True).stdout.strip()


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    def __init__(self, port):
        self.base = f'http://127.0.0.1:{port}'
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), Stay)
        self.token = ''

    def go(self, path, form=None, **headers):
        """(status, headers, text); the token of the page's forms is kept."""
        raw = None if form is None else urllib.parse.urlencode(form).encode()
        try:
            answer = self.opener.open(urllib.request.Request(self.base + path, raw, headers), timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read().decode()
        found = re.search(r'name="token" value="([0-9a-f]{64})"', text)
        self.token = found.group(1) if found else self.token
        return answer.status, answer.headers, text

    def login(self, name, password=PASSWORD):
        return self.go('/login', {'name': name, 'password': password})

    def send(self, path, **form):
        return self.go(path, {'token': self.token, **form})


@pytest.fixture(scope='module')
def scene(tmp_path_factory):
    users = tmp_path_factory.mktemp('users') / 'users.yaml'
    one = hashed(PASSWORD)
    users.write_text('users:\n' + ''.join(f'  - {{name: {n}, role: {r}, password: "{one}"}}\n' for n, r in [
        ('irmela', 'clinician'), ('pill', 'pharmacist'), ('ines', 'integrator'), ('otto', 'operator'), ('anna', 'auditor')]))
    with harness.Daemon(console=True) as d:
        d.stop()
        text = open(d.config, encoding='utf-8').read()
        text = text.replace('console: {listen:', f'console: {{users: {users}, secure_cookie: false, listen:')
        open(d.config, 'w', encoding='utf-8').write(text)
        d.start()
        with harness.Mllp(d.port['lis']) as lis:
            sent = 0
            for n in (1, 2, 3):
                for _, message in stories.prostate(n, 'confirmed')[1]:
                    lis.ask(message)
                    sent += 1
        d.settle(sent)
        yield d


@pytest.fixture
def browser(scene):
    return Browser(scene.port['http'])


def test_nobody_sees_anything_without_logging_in(scene, browser):
    for path in ('/', '/alerts/' + scene.alerts()[0]['id'], '/nothing'):
        status, headers, text = browser.go(path)
        assert (status, headers['Location']) == (303, '/login' if path == '/' else '/login?back=' + path)
        assert 'Q000000' not in text


def test_login_and_worklist(scene, browser):
    assert browser.login('irmela', 'wrong')[0] == 403
    assert browser.login('nobody')[0] == 403
    status, headers, _ = browser.login('irmela')
    assert (status, headers['Location']) == (303, '/')
    cookie = headers['Set-Cookie']
    assert 'HttpOnly' in cookie and 'SameSite=Lax' in cookie
    status, headers, text = browser.go('/')
    assert status == 200
    policy = headers['Content-Security-Policy']
    assert "default-src 'none'" in policy and 'script-src' not in policy and 'unsafe' not in policy
    for alert in scene.alerts():
        assert f'/alerts/{alert["id"]}' in text and alert['patient']['id'] in text
    assert 'PSA' in browser.go('/?state=new&certainty=confirmed')[2]
    assert 'Nothing here' in browser.go('/?state=retracted')[2]


def test_a_case_shows_its_evidence_and_is_acknowledged(scene, browser):
    browser.login('irmela')
    alert = scene.alerts()[0]
    status, _, text = browser.go('/alerts/' + alert['id'])
    assert status == 200
    assert 'DEMO, UNREVIEWED' in text
    assert all(e['text'].replace("'", '&#39;') in text for e in alert['sections'][0]['evidence'])
    assert alert['sections'][0]['citation'].split(';')[0][:30] in text
    assert browser.send('/alerts/' + alert['id'], act='ack')[0] == 303
    assert alert['id'] not in browser.go('/')[2]
    assert [a['state'] for a in scene.alerts() if a['id'] == alert['id']] == ['acknowledged']
    said = scene.rows('SELECT event, actor, subject FROM audit')
    assert ('view_alert', 'irmela', alert['id']) in said
    assert ('acknowledged', 'irmela', alert['id']) in said


def test_a_forged_form_does_nothing(scene, browser):
    browser.login('irmela')
    alert = [a for a in scene.alerts() if a['state'] in ('new', 'delivered')][0]
    browser.go('/')
    assert browser.go('/alerts/' + alert['id'], {'act': 'ack'})[0] == 403
    assert browser.go('/alerts/' + alert['id'], {'act': 'ack', 'token': '0' * 64})[0] == 403
    assert [a['state'] for a in scene.alerts() if a['id'] == alert['id']] == [alert['state']]


def test_an_override_needs_a_reason(scene, browser):
    browser.login('irmela')
    alert = [a for a in scene.alerts() if a['state'] in ('new', 'delivered')][0]
    browser.go('/')
    assert browser.send('/alerts/' + alert['id'], act='override', reason='')[0] == 400
    assert browser.send('/alerts/' + alert['id'], act='override', reason="Patient's choice")[0] == 303
    assert [(a['state'], a['reason']) for a in scene.alerts() if a['id'] == alert['id']] == [('overridden', "Patient's choice")]


@pytest.mark.parametrize('name', ['ines', 'otto', 'anna'])
def test_roles_without_patients_see_none(scene, browser, name):
    browser.login(name)
    status, headers, text = browser.go('/')
    assert status == 303 and headers['Location'] in ('/feeds', '/audit')
    status, _, text = browser.go('/alerts/' + scene.alerts()[0]['id'])
    assert status == 403 and 'Q000000' not in text


def test_a_pharmacist_reads_and_does_not_act(scene, browser):
    browser.login('pill')
    alert = scene.alerts()[0]
    text = browser.go('/alerts/' + alert['id'])[2]
    assert alert['patient']['id'] in text and 'value="ack"' not in text
    assert browser.send('/alerts/' + alert['id'], act='ack')[0] == 403


def test_logging_out_ends_the_session(browser):
    browser.login('irmela')
    browser.go('/')
    assert browser.send('/logout')[0] == 303
    assert browser.go('/')[0] == 303


def test_guessing_is_slowed_down(browser):
    codes = [browser.login('guessed', 'wrong')[0] for _ in range(7)]
    assert codes[:5] == [403] * 5 and codes[5:] == [429] * 2


def test_what_is_typed_comes_back_as_text(browser):
    browser.login('irmela')
    text = browser.go('/?disease=%22%3E%3Cscript%3Ealert(1)%3C/script%3E')[2]
    assert '<script' not in text and '&lt;script' in text


def test_the_header_of_a_proxy_counts_on_its_socket_only(scene, browser):
    status, headers, _ = browser.go('/', **{'X-Remote-User': 'irmela'})
    assert (status, headers['Location']) == (303, '/login')


def test_monitoring_reads_figures_and_no_patient(scene, browser):
    assert browser.go('/livez')[0] == 200 and browser.go('/readyz')[0] == 200
    status, headers, text = browser.go('/metrics')
    assert status == 200 and 'version=0.0.4' in headers['Content-Type']
    figures = dict(line.rsplit(' ', 1) for line in text.splitlines() if not line.startswith('#'))
    assert int(figures['refractd_messages_total{outcome="stored"}']) == scene.status()['stored']
    assert 'Q000000' not in text


def test_integrators_see_feeds_and_no_patient(scene, browser):
    browser.login('otto')
    status, _, text = browser.go('/feeds')
    assert status == 200
    assert 'lis' in text and 'mllp' in text
    assert 'Q000000' not in text


def test_the_feeds_page_is_there_while_edge_is_not(scene, browser):
    """A core that is new has heard nothing of edge: its table says so, the other tables are wanted all the more."""
    browser.login('otto')
    roles = scene.roles()
    os.kill(roles['edge'], signal.SIGSTOP)
    try:
        os.kill(roles['core'], signal.SIGKILL)
        harness.wait_until('another core answers', lambda: scene.roles().get('core') != roles['core'] and browser.go('/feeds')[0] == 200)
        text = browser.go('/feeds')[2]
        assert 'edge has said nothing yet' in text
        assert 'Messages that could not be understood' in text and 'Routes' in text
    finally:
        os.kill(roles['edge'], signal.SIGCONT)
    harness.wait_until('edge again', lambda: 'edge has said nothing yet' not in browser.go('/feeds')[2])


def test_the_auditor_reads_who_saw_what(scene, browser):
    browser.login('irmela')
    browser.go('/alerts/' + scene.alerts()[0]['id'])
    other = Browser(scene.port['http'])
    other.login('anna')
    status, _, text = other.go('/audit')
    assert status == 200
    assert 'view_alert' in text and 'irmela' in text and scene.alerts()[0]['id'] in text


def test_the_course_is_drawn_with_its_marks(scene, browser):
    browser.login('irmela')
    alert = [a for a in scene.alerts() if a['patient']['id'] == 'Q0000001'][0]
    text = browser.go('/alerts/' + alert['id'])[2]
    picture = text[text.index('<svg'):text.index('</svg>')]
    for part in {e['part'] for s in alert['sections'] for e in s['evidence']} & {'nadir', 'candidate', 'confirmation'}:
        assert f'>{part} ' in picture  # and its value
    assert 'enzalutamide</text>' in picture


def test_a_confidential_case_asks_why(scene, browser):
    p, messages = stories.prostate(7, 'confirmed')
    control, register = stories.adt(p, -1)
    lines = register.decode().split('\r')
    lines = [line + '|' * (16 - line.count('|')) + 'Y' if line.startswith('PV1') else line for line in lines]
    before = scene.status()['received']
    with harness.Mllp(scene.port['lis']) as lis:
        for _, message in messages:
            lis.ask(message)
        lis.ask('\r'.join(lines).encode())
    scene.settle(before + len(messages) + 1)
    alert = [a for a in scene.alerts() if a['patient']['id'] == 'Q0000007'][0]
    browser.login('irmela')
    assert 'Q0000007' not in browser.go('/')[2]
    text = browser.go('/alerts/' + alert['id'])[2]
    assert 'confidential' in text and 'Q0000007' not in text and 'enzalutamide' not in text
    assert browser.send('/alerts/' + alert['id'], act='ack')[0] == 403
    number = re.search(r'name="number" value="(\d+)"', text).group(1)
    assert browser.send('/glass', number=number, back='/alerts/' + alert['id'], reason='short')[0] == 400
    browser.go('/alerts/' + alert['id'])
    status, headers, _ = browser.send('/glass', number=number, back='//evil.example', reason='on call for the ward')
    assert (status, headers['Location']) == (303, '/')
    assert 'Q0000007' in browser.go('/alerts/' + alert['id'])[2]
    assert ('break_glass', 'irmela', 'DEMO:Q0000007: on call for the ward') in scene.rows('SELECT event, actor, subject FROM audit')


REPORT = ('CT of chest and abdomen.\nNew lesions in the liver; progression of disease. Nothing in this text is a fact.')


def test_a_person_codes_a_report(scene, browser):
    p = stories.Patient(8)
    told = [stories.adt(p, -60), stories.hl7(
        p, -2, 'ORU^R01^ORU_R01', 'OBR|1||R8^RIS|24627-2^CT chest^LN|||' + stories.at(-2) + '|' * 15 + stories.at(-2) + '||RAD|F',
        *[f'OBX|{i + 1}|TX|24627-2^CT chest^LN||{line}||||||F' for i, line in enumerate(REPORT.split('\n'))])]
    before = scene.status()['received']
    with harness.Mllp(scene.port['lis']) as lis:
        for _, message in told:
            lis.ask(message)
    scene.settle(before + 2)
    browser.login('irmela')
    text = browser.go('/reports')[2]
    assert 'DEMO:Q0000008' in text
    link = re.search(r'href="(/reports/\d+)">', text).group(1)
    text = browser.go(link)[2]
    assert 'Nothing in this text is a fact' in text
    assert browser.send(link, act='response', code='PD', date='2999-01-01', criteria='', site='')[0] == 409
    browser.go(link)
    day = stories.at(-2)[:8]
    status, headers, said = browser.send(link, act='response', code='PD', date=f'{day[:4]}-{day[4:6]}-{day[6:]}', criteria='recist11', site='liver')
    assert (status, headers['Location']) == (303, '/reports'), said
    assert link not in browser.go('/reports')[2]
    text = browser.go('/patients/DEMO:Q0000008')[2]
    assert 'response' in text and 'PD' in text
    actors = scene.rows("SELECT actor FROM audit WHERE event LIKE 'enter%' OR event LIKE '%report%'")
    assert ('irmela',) in actors
    assert 'lesions' not in scene.log_text()


def test_a_pharmacist_enters_a_therapy_and_a_clinician_marks_a_fact_as_wrong(scene, browser):
    browser.login('pill')
    browser.go('/patients/DEMO:Q0000008')
    assert browser.send('/patients/DEMO:Q0000008', act='therapy', drug='no such drug', start='2026-01-05')[0] == 409
    browser.go('/patients/DEMO:Q0000008')
    assert browser.send('/patients/DEMO:Q0000008', act='therapy', drug='abiraterone', start='2026-01-05')[0] == 303
    text = browser.go('/patients/DEMO:Q0000008')[2]
    assert 'abiraterone' in text and 'name="fact"' not in text
    assert browser.send('/patients/DEMO:Q0000008', act='wrong', fact='00', reason='x')[0] == 403
    other = Browser(scene.port['http'])
    other.login('irmela')
    text = other.go('/patients/DEMO:Q0000008')[2]
    row = [r for r in text.split('<tr>') if 'PD' in r and 'name="fact"' in r][0]
    fact = re.search(r'name="fact" value="([0-9a-f]{32})"', row).group(1)
    assert other.send('/patients/DEMO:Q0000008', act='wrong', fact=fact, reason='another patient')[0] == 303
    assert fact not in other.go('/patients/DEMO:Q0000008')[2]
