"""The page behind a real proxy: Debian's Apache with mod_auth_openidc by the sample of deploy/samples/proxy, an OpenID provider
from npm, and Chromium that logs in there. Then what a browser may forge, roles by group, logout, and mutual TLS."""
import grp
import http.client
import json
import os
import pwd
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import harness
import npm_peers
import stories
import test_cds
import test_page

SAMPLES = os.path.join(harness.ROOT, 'deploy', 'samples', 'proxy')
APACHE = '/usr/sbin/apache2'
MODULES = '/usr/lib/apache2/modules'
LOADED = ('mpm_event', 'authn_core', 'authz_core', 'authz_user', 'authz_host', 'headers', 'proxy', 'proxy_http', 'socache_shmcb', 'ssl',
          'alias', 'auth_openidc')
ACCOUNTS = {'irmela': {'preferred_username': 'irmela', 'groups': ['it']}, 'neu': {'preferred_username': 'neu.hier', 'groups': ['staff', 'onc-doctors']},
            'fremd': {'preferred_username': 'fremd', 'groups': ['staff']}, 'wechsel': {'preferred_username': 'otto', 'groups': ['onc-doctors']}}
USERS = """users:
  - {{name: irmela, role: clinician}}
  - {{name: otto, role: operator}}
  - {{name: anna, role: auditor, password: "{hash}"}}
groups:
  - {{group: onc-doctors, role: clinician}}
"""
BASE = """ServerRoot "{folder}"
ServerName localhost
PidFile "{folder}/apache.pid"
Mutex file:{folder}
DefaultRuntimeDir "{folder}"
ErrorLog "{folder}/apache.log"
LogLevel warn
{user}
{modules}
Listen 127.0.0.1:{port}
<VirtualHost *:{port}>
    Alias /loggedout {folder}/loggedout.txt
    Include {folder}/openidc.conf
</VirtualHost>
Include {folder}/mutual.conf
"""


def filled(name, **defines):
    """A sample with its Define lines changed; every one must be there."""
    text = open(os.path.join(SAMPLES, name), encoding='utf-8').read()
    for key, value in defines.items():
        text, count = re.subn(rf'^(Define {key} +).*$', lambda m, v=value: m.group(1) + v, text, flags=re.M)
        assert count == 1, key
    return text


def certificates(folder):
    """An authority of the site, its proxy, another machine that it has certified; and a stranger who has certified himself."""
    def openssl(*words):
        subprocess.run(['openssl', *map(str, words)], cwd=folder, check=True, capture_output=True)
    for name in ('ca', 'stranger'):
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', 2, '-subj',
                f'/CN={"proxy.hospital.example" if name == "stranger" else "site ca"}', '-keyout', f'{name}.key', '-out', f'{name}.crt')
    for name, who in (('proxy', 'proxy.hospital.example'), ('printer', 'printer.hospital.example'), ('server', 'localhost')):
        openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', f'/CN={who}', '-keyout', f'{name}.key',
                '-out', f'{name}.csr')
        openssl('x509', '-req', '-in', f'{name}.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', 2, '-out', f'{name}.crt')


class Site:
    """refractd at a socket, the provider, and Apache between them and the world."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='refract-proxy-')
        os.chmod(self.folder, 0o755)
        self.socket = os.path.join(self.folder, 'console.sock')
        self.port, self.mutual = harness.free_ports(2)
        self.url = f'http://127.0.0.1:{self.port}'
        accounts = os.path.join(self.folder, 'accounts.json')
        with open(accounts, 'w', encoding='utf-8') as file:
            json.dump(ACCOUNTS, file)
        self.provider = npm_peers.Peer('oidc_provider.cjs', accounts, self.url)
        keys = os.path.join(self.folder, 'ehr.jwks.json')
        with open(keys, 'w', encoding='utf-8') as file:
            json.dump(test_cds.key_set(), file)
        self.daemon = harness.Daemon(console=True, extra=f'cds:\n  base: {self.url}\n  jwks: {keys}\n  issuers: ["{test_cds.ISSUER}"]\n'
                                                         f'  identifiers: {{"{test_cds.SYSTEM}": DEMO}}\n')
        self.apache = None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def start(self):
        self.provider.__enter__()
        users = os.path.join(self.folder, 'users.yaml')
        with open(users, 'w', encoding='utf-8') as file:
            file.write(USERS.format(hash=test_page.hashed(test_page.PASSWORD)))
        text = open(self.daemon.config, encoding='utf-8').read()
        text = text.replace('console: {listen: "127.0.0.1:%d"}' % self.daemon.port['http'],
                            f'console: {{socket: {self.socket}, users: {users}, proxy_header: X-Remote-User, proxy_groups: X-Remote-Groups,\n'
                            f'  proxy_logout: "/oauth2callback?logout={self.url}/loggedout"}}')
        open(self.daemon.config, 'w', encoding='utf-8').write(text)
        self.daemon.__enter__()
        if os.getuid() == 0:  # as a site has it: the web server's group may open the socket
            os.chown(self.socket, 0, grp.getgrnam('www-data').gr_gid)
        self.start_apache()
        return self

    def start_apache(self):
        folder = self.folder
        certificates(folder)
        words = dict(folder=folder, port=self.port, user='User www-data\nGroup www-data' if os.getuid() == 0 else '',
                     modules='\n'.join(f'LoadModule {m}_module {MODULES}/mod_{m}.so' for m in LOADED))
        files = {'apache.conf': BASE.format(**words), 'loggedout.txt': 'Goodbye.\n', 'openidc.conf': filled(
            'apache-openidc.conf', SITE_URL=self.url, IDP_METADATA=f'http://127.0.0.1:{self.provider.port}/.well-known/openid-configuration',
            CLIENT_ID='refractd-proxy', CLIENT_SECRET='between-the-two', PASSPHRASE='x' * 32, REFRACTD_SOCKET=self.socket),
            'mutual.conf': filled('apache-mutual-tls.conf', MTLS_ADDRESS='127.0.0.1', MTLS_PORT=str(self.mutual), SERVER_CERT=f'{folder}/server.crt',
                                  SERVER_KEY=f'{folder}/server.key', PROXY_CA=f'{folder}/ca.crt', REFRACTD_SOCKET=self.socket)}
        for name, text in files.items():
            with open(os.path.join(folder, name), 'w', encoding='utf-8') as file:
                file.write(text)
        self.apache = subprocess.Popen([APACHE, '-f', f'{folder}/apache.conf', '-DFOREGROUND'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

        def up():
            assert self.apache.poll() is None, self.apache.stderr.read().decode() + self.log()
            with socket.socket() as s:
                return s.connect_ex(('127.0.0.1', self.port)) == 0
        harness.wait_until('apache', up)

    def log(self):
        path = os.path.join(self.folder, 'apache.log')
        return open(path, encoding='utf-8').read() if os.path.exists(path) else ''

    def __exit__(self, *wrong):
        if self.apache:
            self.apache.terminate()
            self.apache.wait()
            self.apache.stderr.close()
        if self.daemon.process:
            self.daemon.__exit__(*wrong)
        if self.provider.process:
            self.provider.__exit__(*wrong)
        shutil.rmtree(self.folder)


@pytest.fixture(scope='module')
def site():
    npm_peers.need('oidc-provider')
    if not os.path.exists(f'{MODULES}/mod_auth_openidc.so'):
        pytest.skip('libapache2-mod-auth-openidc is not there: make deps')
    with Site() as s:
        sent = 0
        with harness.Mllp(s.daemon.port['lis']) as lis:
            for n in (1, 2):
                for _, message in stories.prostate(n, 'confirmed')[1]:
                    lis.ask(message)
                    sent += 1
        s.daemon.settle(sent)
        yield s


@pytest.fixture(scope='module')
def chromium():
    options = webdriver.ChromeOptions()
    for word in ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking',
                 '--disable-component-update', '--no-first-run', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'):
        options.add_argument(word)
    options.binary_location = '/usr/bin/chromium'
    driver = webdriver.Chrome(service=Service('/usr/bin/chromedriver'), options=options)
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


class Person:
    """Somebody at a browser that knows nobody yet."""

    def __init__(self, site, driver):
        self.site, self.driver = site, driver
        driver.execute_cdp_cmd('Network.clearBrowserCookies', {})

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def heading(self):
        try:
            return self.find('h1').text
        except (NoSuchElementException, StaleElementReferenceException):  # between two pages
            return ''

    def log_in(self, account, path='/'):
        self.driver.get(self.site.url + path)
        assert f':{self.site.provider.port}/interaction/' in self.driver.current_url, self.driver.current_url + self.site.log()
        self.find('input[name=login]').send_keys(account)
        self.find('input[name=password]').send_keys('any' + Keys.ENTER)
        harness.wait_until('back', lambda: self.driver.current_url.startswith(self.site.url + path))

    def cookies(self):
        return '; '.join(f'{c["name"]}={c["value"]}' for c in self.driver.get_cookies())


@pytest.fixture
def person(site, chromium):
    return Person(site, chromium)


def ask(site, path, *headers, method='GET', body=None):
    """Through Apache, as a browser that says what it likes: (status, headers, text)."""
    c = http.client.HTTPConnection('127.0.0.1', site.port, timeout=10)
    c.putrequest(method, path)
    c.putheader('Accept', 'text/html')
    for name, value in headers:
        c.putheader(name, value)
    if body is not None:
        c.putheader('Content-Length', str(len(body)))
    c.endheaders(body)
    answer = c.getresponse()
    text = answer.read().decode()
    c.close()
    return answer.status, answer.headers, text


def test_from_the_sites_login_to_the_worklist_and_back(site, person):
    person.log_in('irmela')
    assert person.heading() == 'Worklist'
    assert 'irmela (clinician)' in person.find('header').text  # the list counts, not her group
    alert = [a for a in site.daemon.alerts() if a['patient']['id'] == 'Q0000001'][0]
    person.driver.get(f'{site.url}/alerts/{alert["id"]}')
    assert person.heading() == alert['headline']
    person.find('button[value="ack"]').click()
    harness.wait_until('back at the worklist', lambda: person.heading() == 'Worklist')
    said = site.daemon.rows('SELECT event, actor, subject FROM audit')
    assert ('login', 'irmela', 'irmela') in said and ('acknowledged', 'irmela', alert['id']) in said
    person.driver.find_element(By.XPATH, '//button[text()="Log out"]').click()
    harness.wait_until('the provider', lambda: f':{site.provider.port}/' in person.driver.current_url)
    person.driver.find_element(By.XPATH, '//button[contains(text(), "Yes")]').click()
    harness.wait_until('the end', lambda: person.driver.current_url == f'{site.url}/loggedout')
    person.driver.get(site.url + '/')
    assert '/interaction/' in person.driver.current_url  # nobody is let in without a new login
    assert ('logout', 'irmela', 'irmela') in site.daemon.rows('SELECT event, actor, subject FROM audit')


def test_a_role_by_group_and_none(site, person):
    person.log_in('neu', '/reports')
    assert person.heading() == 'Reports to read' and 'neu.hier (clinician)' in person.find('header').text
    other = Person(site, person.driver)
    other.log_in('fremd')
    assert 'no user of refractd' in other.find('main').text
    last = Person(site, other.driver)
    last.log_in('wechsel', '/feeds')
    assert last.heading() == 'Feeds and routes' and 'otto (operator)' in last.find('header').text
    said = site.daemon.rows('SELECT event, actor, subject FROM audit')
    assert ('login', 'neu.hier', 'neu.hier') in said and ('view_reports', 'neu.hier', '') not in said
    assert ('login_refused', 'nobody', 'fremd') in said


def test_nothing_that_a_browser_sends_names_a_user(site, person):
    forged = [('X-Remote-User', 'anna'), ('x-remote-user', 'anna'), ('X_Remote_User', 'anna'), ('X-Remote-Groups', 'onc-doctors'),
              ('X-REMOTE-USER', 'otto'), ('OIDC_CLAIM_groups', 'onc-doctors')]
    for headers in ([f] for f in forged):
        assert ask(site, '/', *headers)[0] == 302
        assert ask(site, '/cds-services', *headers)[0] == 200  # EHRs need no login of this kind
        assert ask(site, '/cds-services/refractd', *headers, method='POST', body=b'{}')[0] == 401  # but a token
    assert ask(site, '/', *forged)[0] == 302
    person.log_in('irmela')
    cookie = ('Cookie', person.cookies())
    status, _, text = ask(site, '/', cookie, *forged)
    assert status == 200 and 'irmela (clinician)' in text
    assert ask(site, '/audit', cookie, *forged)[0] == 403
    assert ask(site, '/feeds', cookie, ('X-Remote-User', 'otto'))[0] == 403
    assert 'anna' not in {row[0] for row in site.daemon.rows('SELECT actor FROM audit')}


def test_a_form_through_the_proxy_needs_its_token(site, person):
    person.log_in('irmela')
    cookie = ('Cookie', person.cookies())
    alert = [a for a in site.daemon.alerts() if a['patient']['id'] == 'Q0000002'][0]
    form = ('Content-Type', 'application/x-www-form-urlencoded')
    for body in (b'act=ack', b'act=ack&token=' + b'0' * 64, b'act=ack&token='):
        assert ask(site, f'/alerts/{alert["id"]}', cookie, form, method='POST', body=body)[0] == 403
        assert ask(site, '/logout', cookie, form, method='POST', body=body)[0] == 403
    token = re.search(r'name="token" value="([0-9a-f]{64})"', ask(site, '/', cookie)[2]).group(1).encode()
    evil = ('Sec-Fetch-Site', 'cross-site')
    assert ask(site, f'/alerts/{alert["id"]}', cookie, form, evil, method='POST', body=b'act=ack&token=' + token)[0] == 403
    assert [a['state'] for a in site.daemon.alerts() if a['id'] == alert['id']] != ['acknowledged']


def through(site, certificate, headers):
    """The answer's status to a machine that shows this certificate (None: none), or None when there is no connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(f'{site.folder}/ca.crt')
    if certificate:
        context.load_cert_chain(f'{site.folder}/{certificate}.crt', f'{site.folder}/{certificate}.key')
    c = http.client.HTTPSConnection('127.0.0.1', site.mutual, timeout=10, context=context)
    try:
        c.request('GET', '/feeds', headers=headers)
        return c.getresponse().status
    except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected):
        return None
    finally:
        c.close()


def test_a_proxy_on_another_machine_shows_its_certificate(site):
    vouch = {'X-Remote-User': 'otto'}
    assert through(site, 'proxy', vouch) == 200
    assert through(site, 'proxy', {'X-Remote-User': 'nobody.of.ours'}) == 403
    assert through(site, 'printer', vouch) == 403  # certified by the site, and not the proxy
    assert through(site, 'stranger', vouch) is None and through(site, None, vouch) is None


def test_others_on_the_machine_cannot_open_the_socket(site):
    if os.getuid() != 0:
        pytest.skip('wants root, to be somebody else')
    nobody = pwd.getpwnam('nobody')
    code = f'import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect({site.socket!r})'
    said = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=False, user=nobody.pw_uid, group=nobody.pw_gid,
                          extra_groups=[])
    assert 'PermissionError' in said.stderr


def test_on_tcp_the_header_is_nobodys_word(tmp_path):
    """The same header, console.listen instead of console.socket: whoever sends it is asked to log in."""
    users = tmp_path / 'users.yaml'
    users.write_text(USERS.format(hash=test_page.hashed(test_page.PASSWORD)))
    d = harness.Daemon(console=True)
    text = open(d.config, encoding='utf-8').read()
    open(d.config, 'w', encoding='utf-8').write(text.replace(
        'console: {listen:', f'console: {{users: {users}, proxy_header: X-Remote-User, proxy_groups: X-Remote-Groups, listen:'))
    with d:
        browser = test_page.Browser(d.port['http'])
        status, headers, _ = browser.go('/feeds', None, **{'X-Remote-User': 'otto', 'X-Remote-Groups': 'onc-doctors'})
        assert (status, headers['Location']) == (303, '/login?back=/feeds')
        assert browser.login('anna', 'wrong')[0] == 403 and browser.login('typed.by.mistake', 'wrong')[0] == 403
        cookie = browser.login('anna')[1]['Set-Cookie']
        assert cookie.startswith('__Host-refract=')  # browsers take that name only with Secure, Path=/ and no Domain
        assert {'Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'} == set(cookie.split('; ')[1:])
        jar = {'Cookie': cookie.split(';')[0]}
        assert browser.go('/audit', None, **jar)[0] == 200 and browser.go('/feeds', None, **jar)[0] == 403
        said = d.rows('SELECT event, actor, subject FROM audit')
        assert said[:4] == [('login_refused', 'nobody', 'anna'), ('login_refused', 'nobody', "a name that is no user's"),
                            ('login', 'anna', 'anna'), ('view_audit', 'anna', '')]
        assert said[4:] == [('view_refused', 'anna', '/feeds')]
