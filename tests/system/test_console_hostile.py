"""The console among people who mean it no good: what must not open, and what must go on answering meanwhile."""
import glob
import http.client
import os
import signal
import socket
import threading
import time

import pytest

import harness
import stories
import test_cds
import test_page

CDS = """cds:
  base: {base}
  jwks: {keys}
  issuers: ["{issuer}"]
  identifiers: {{"{system}": DEMO}}
  origins: ["https://ehr.hospital.example"]
"""
ROLES = (('irmela', 'clinician'), ('otto', 'operator'), ('anna', 'auditor'))


def with_users(d, folder, more):
    """Starts d anew with users and more of the section console."""
    users = folder / 'users.yaml'
    one = test_page.hashed(test_page.PASSWORD)
    users.write_text('users:\n' + ''.join(f'  - {{name: {n}, role: {r}, password: "{one}"}}\n' for n, r in ROLES))
    users.chmod(0o644)
    d.stop()
    text = open(d.config, encoding='utf-8').read()
    old = 'console: {listen:' if 'listen' not in more else f'console: {{listen: "127.0.0.1:{d.port["http"]}"}}'
    new = f'console: {{users: {users}, secure_cookie: false, listen:' if 'listen' not in more else f'console: {{users: {users}, {more["listen"]}}}'
    assert old in text
    open(d.config, 'w', encoding='utf-8').write(text.replace(old, new))
    d.start()


@pytest.fixture(scope='module')
def scene(tmp_path_factory):
    folder = tmp_path_factory.mktemp('hostile')
    keys = folder / 'ehr.jwks.json'
    keys.write_text(test_cds.json.dumps(test_cds.key_set()))
    extra = CDS.format(base=test_cds.BASE, keys=keys, issuer=test_cds.ISSUER, system=test_cds.SYSTEM)
    with harness.Daemon(console=True, extra=extra) as d:
        with_users(d, folder, {})
        with harness.Mllp(d.port['lis']) as lis:
            sent = 0
            for n in (1, 7):
                for _, message in stories.prostate(n, 'confirmed')[1]:
                    lis.ask(message)
                    sent += 1
            _, register = stories.adt(stories.Patient(7), -1)
            lines = [line + '|' * (16 - line.count('|')) + 'Y' if line.startswith('PV1') else line
                     for line in register.decode().split('\r')]
            lis.ask('\r'.join(lines).encode())
        d.settle(sent + 1)
        yield d


@pytest.fixture
def browser(scene):
    return test_page.Browser(scene.port['http'])


@pytest.fixture
def ehr(scene):
    return test_cds.Ehr(scene.port['http'])


def raw(scene, sent, seconds=5):
    """All that comes back for these bytes."""
    with socket.create_connection(('127.0.0.1', scene.port['http']), seconds) as s:
        s.sendall(sent)
        s.settimeout(seconds)
        got = b''
        try:
            while True:
                more = s.recv(65536)
                if not more:
                    return got
                got += more
        except (TimeoutError, ConnectionResetError):
            return got


def test_a_request_with_two_lengths_is_not_one_of_two(scene):
    """RFC 9112, 6.1: whoever keeps the connection open would take the rest for a request."""
    hidden = b'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'
    for lengths in (b'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', b'Content-Length: 3\r\nContent-Length: 40\r\n'):
        got = raw(scene, b'POST /login HTTP/1.1\r\nHost: x\r\n' + lengths + b'\r\n0\r\n\r\n' + hidden, 2)
        assert b'\nok\n' not in got and got.count(b'HTTP/1.1 ') <= 1, got


def test_lines_in_paths_and_headers_stay_where_they_are(scene, browser):
    browser.login('irmela')
    for path in ('/alerts/x%0d%0aSet-Cookie:a=b', '/patients/DEMO:x%0d%0aLocation:http://evil.example', '//evil.example/', '/%2e%2e/audit',
                 '/alerts/%00', '/login?back=//evil.example', '/login?back=/x%0d%0aSet-Cookie:a=b'):
        status, headers, _ = browser.go(path)
        assert status in (303, 400, 404), path
        assert headers['Set-Cookie'] is None and headers.get('Location', '/') == '/', path


def test_methods(scene, browser):
    browser.login('irmela')
    cookie = '; '.join(f'{c.name}={c.value}' for c in browser.jar)
    for method, path, wanted in (('PUT', '/', 405), ('DELETE', '/alerts/1', 405), ('OPTIONS', '/', 405), ('TRACE', '/', 405), ('HEAD', '/', 200),
                                 ('HEAD', '/audit', 403)):
        c = http.client.HTTPConnection('127.0.0.1', scene.port['http'], timeout=10)
        c.request(method, path, headers={'Cookie': cookie})
        answer = c.getresponse()
        assert (answer.status, answer.read() if method == 'HEAD' else b'') == (wanted, b''), method
        c.close()


def test_login_leads_where_one_wanted_to_go_and_to_no_other_site(scene, browser):
    path = '/alerts/' + scene.alerts()[0]['id']
    _, headers, _ = browser.go(path)
    status, _, text = browser.go(headers['Location'])
    assert status == 200 and f'name="back" value="{path}"' in text
    status, headers, _ = browser.go('/login', {'name': 'irmela', 'password': test_page.PASSWORD, 'back': path})
    assert (status, headers['Location']) == (303, path)
    assert browser.go('/login')[1]['Location'] == '/'
    for evil in ('//evil.example', '/\\evil.example', 'http://evil.example', 'javascript:alert(1)', '/a\r\nb'):
        other = test_page.Browser(scene.port['http'])
        assert other.go('/login', {'name': 'irmela', 'password': test_page.PASSWORD, 'back': evil})[1]['Location'] == '/'


def test_a_session_is_new_with_each_login_and_ends_with_logout(scene, browser):
    browser.login('irmela')
    first = {c.value for c in browser.jar}
    other = test_page.Browser(scene.port['http'])
    other.go('/', **{'Cookie': 'refract=' + 'a' * 64})  # a name that somebody else has chosen
    other.login('irmela')
    assert not first & {c.value for c in other.jar} and 'a' * 64 not in {c.value for c in other.jar}
    browser.go('/')
    browser.send('/logout')
    assert browser.go('/', **{'Cookie': 'refract=' + first.pop()})[0] == 303
    assert ('logout', 'irmela', 'irmela') in scene.rows('SELECT event, actor, subject FROM audit')


def test_a_form_from_another_site_is_refused_even_the_login(scene, browser):
    form = {'name': 'irmela', 'password': test_page.PASSWORD}
    for site in ('cross-site', 'same-site'):
        status, headers, _ = browser.go('/login', form, **{'Sec-Fetch-Site': site})
        assert status == 403 and headers['Set-Cookie'] is None
    assert browser.go('/login', form, **{'Sec-Fetch-Site': 'same-origin'})[0] == 303


def test_nothing_of_a_confidential_patient_shows_before_a_reason(scene, browser):
    alert = [a for a in scene.alerts() if a['patient']['id'] == 'Q0000007'][0]
    open_one = [a for a in scene.alerts() if a['patient']['id'] == 'Q0000001'][0]
    browser.login('irmela')
    text = browser.go('/')[2]
    row = [r for r in text.split('<tr>') if alert['id'] in r][0]
    assert 'Confidential case' in row and alert['headline'] not in row and alert['disease'] not in row
    assert open_one['headline'].replace("'", '&#39;') in text
    assert alert['id'] not in browser.go('/?disease=' + alert['case_key'])[2]
    for path in ('/alerts/' + alert['id'], '/alerts/' + alert['id'] + '?print=1', '/alerts/' + alert['id'] + '/print', '/patients/DEMO:Q0000007',
                 '/patients/DEMO%3AQ0000007'):
        text = browser.go(path)[2]
        assert alert['disease'] not in text and 'enzalutamide' not in text and alert['headline'] not in text, path
    for act in ({'act': 'therapy', 'drug': 'abiraterone', 'start': '2026-01-05'}, {'act': 'wrong', 'fact': '00000000', 'reason': 'x'}):
        browser.go('/')
        assert 'confidential' in browser.send('/patients/DEMO:Q0000007', **act)[2]
    assert not scene.rows("SELECT 1 FROM audit WHERE event LIKE 'enter%'")
    for act in ('ack', 'override', 'snooze', 'refer'):
        browser.go('/')
        assert browser.send('/alerts/' + alert['id'], act=act, reason='x', days='3', until='2027-01-01')[0] == 403


def test_who_was_shown_a_card_is_written_down(scene, ehr):
    assert len(ehr.cards('Q0000001')) == 1
    alert = [a for a in scene.alerts() if a['patient']['id'] == 'Q0000001'][0]
    harness.wait_until('the note', lambda: (f'cds:{test_cds.ISSUER}', f'{alert["id"]} for Practitioner/1') in scene.rows(
        "SELECT actor, subject FROM audit WHERE event = 'view_card'"))


def test_what_a_cds_client_gets_for_what_is_wrong(scene, ehr):
    origin = {'Origin': 'https://ehr.hospital.example'}
    for method, path, bearer, wanted in (('GET', '/cds-services/', None, 200), ('HEAD', '/cds-services', None, 200), ('POST', '/cds-services', None, 405),
                                         ('GET', '/cds-services/other', None, 404), ('POST', '/cds-services/refractd', None, 401),
                                         ('POST', '/cds-services/refractd/', test_cds.token(), 400), ('PUT', '/cds-services/refractd', None, 405),
                                         ('OPTIONS', '/cds-services/refractd/feedback', None, 200)):
        status, headers, _ = ehr.ask(method, path, {} if method == 'POST' else None, bearer, origin)
        assert (status, headers['Access-Control-Allow-Origin']) == (wanted, origin['Origin']), (method, path)
    assert ehr.view('Q0000001', hook='encounter-start')[0] == 400
    assert ehr.ask('POST', '/cds-services/refractd/feedback', {'feedback': [{}] * 51}, test_cds.token())[0] == 400
    key = test_cds.KEYS['ES384']
    now = int(time.time())
    claims = {'iss': test_cds.ISSUER, 'aud': test_cds.BASE, 'iat': now, 'exp': now + 60, 'jti': 'one'}
    odd = test_cds.jwt.encode(claims, key, 'ES384', {'kid': 'ES384', 'crit': ['x']})
    assert ehr.view('Q0000001', bearer=odd)[0] == 401
    for big in (2 ** 62, -2 ** 62, 2 ** 63 - 1):
        assert ehr.view('Q0000001', bearer=test_cds.token(exp=big))[0] == 401


def test_guessing_holds_up_neither_cards_nor_pages(scene, browser, ehr):
    """Many logins at once: at most eight wait for their tenth of a second, the rest is told to come back."""
    browser.login('irmela')
    codes = []

    def guess(n):
        codes.append(test_page.Browser(scene.port['http']).login(f'guess{n}', 'wrong')[0])

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(40)]
    for t in threads:
        t.start()
    slowest = 0.0
    while any(t.is_alive() for t in threads):
        began = time.monotonic()
        assert len(ehr.cards('Q0000001')) == 1
        slowest = max(slowest, time.monotonic() - began)
        assert browser.go('/')[0] == 200
    for t in threads:
        t.join()
    assert len(codes) == 40 and set(codes) == {403, 503}
    assert slowest < 2


def role_pid(d, role):
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            words = open(path, 'rb').read().split(b'\0')
            parent = open(path.replace('cmdline', 'stat'), encoding='ascii').read().rsplit(')', 1)[1].split()[1]
        except OSError:
            continue
        if int(parent) == d.process.pid and role.encode() in b' '.join(words):
            return int(path.split('/')[2])
    raise AssertionError(role)


def test_core_stands_still(scene, browser, ehr):
    """Cards do not wait for it; a page that cannot be audited is not shown."""
    browser.login('irmela')
    core = role_pid(scene, 'core')
    shown = []
    os.kill(core, signal.SIGSTOP)
    try:
        waiting = threading.Thread(target=lambda: shown.append(browser.go('/')))
        waiting.start()
        began = time.monotonic()
        for _ in range(20):
            assert len(ehr.cards('Q0000001')) == 1
        assert ehr.ask('GET', '/livez')[0] == 200
        assert waiting.is_alive() and time.monotonic() - began < 4
        waiting.join()
    finally:
        os.kill(core, signal.SIGCONT)
    assert shown[0][0] == 503 and 'Q0000001' not in shown[0][2]


def test_a_users_file_that_others_read_is_told(scene):
    assert 'console.users_file_open_to_others' in scene.log_text()


def test_no_name_and_no_password_in_the_log(scene, browser):
    browser.login('a.name.typed', 'a.password.typed')
    assert 'console.login_refused' in scene.log_text() and 'typed' not in scene.log_text()


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__('localhost', timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def test_behind_the_sites_proxy(tmp_path):
    path = str(tmp_path / 'console.sock')
    with harness.Daemon(console=True) as d:
        with_users(d, tmp_path, {'listen': f'socket: {path}, proxy_header: X-Remote-User'})

        def ask(*names):
            c = Unix(path)
            c.putrequest('GET', '/feeds')
            for name in names:
                c.putheader('X-Remote-User', name)
            c.endheaders()
            answer = c.getresponse()
            return answer.status, answer.read().decode()

        harness.wait_until('the roles know each other', lambda: ask('otto')[0] == 200)
        assert ask('irmela')[0] == 403  # a role without feeds
        assert ask('nobody')[0] == 403 and 'no user of refractd' in ask('nobody')[1]
        assert ask('otto', 'anna')[0] == 403 and ask('anna', 'otto')[0] == 403 and ask('')[0] == 403
        assert ask()[0] == 303
        assert d.rows("SELECT actor FROM audit WHERE event = 'login'") == [('otto',), ('irmela',)]
