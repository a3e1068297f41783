"""CDS Hooks as the public sandbox speaks it (github.com/cds-hooks/sandbox, read in November 2026): a real Chromium at
https://sandbox.cds-hooks.org, which is a server of this test, asks refractd across origins, tokens and preflights included."""
import functools
import http.server
import json
import ssl
import subprocess
import threading
import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

import harness
import stories
import test_cds

ORIGIN = 'https://sandbox.cds-hooks.org'
KID = '44823f3d-0b01-4a6c-a80e-b9d3e8a7226f'
OLD_KID = 'd9cd3c4f-eb08-4304-b973-44f352fd2ca2'
CLIENT = '48163c5e-88b5-4cb3-92d3-23b800caa927'
FHIR = 'https://launch.smarthealthit.org/v/r2/fhir'
KEY = ec.generate_private_key(ec.SECP384R1())
OLD_KEY = ec.generate_private_key(ec.SECP256R1())
SUBJECT = 'smart-1288992'

# What axios sends; what comes back as a page may read it, null when the browser kept it.
ASK = """
const [method, url, token, body, done] = arguments;
const headers = {Accept: 'application/json'};
if (token) headers.Authorization = 'Bearer ' + token;
if (body) headers['Content-Type'] = 'application/json;charset=utf-8';
fetch(url, {method, headers, body: body || undefined, mode: 'cors'})
    .then(async r => done([r.status, await r.text()])).catch(e => done([null, String(e)]));
"""


class Blank(http.server.BaseHTTPRequestHandler):
    """Pages without anything; a FHIR server is not there."""

    def do_GET(self):  # pylint: disable=invalid-name
        text = b'<!DOCTYPE html><title>sandbox</title><body></body>'
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture(scope='module')
def elsewhere(tmp_path_factory):
    """The port of a web server with a certificate of its own making."""
    folder = tmp_path_factory.mktemp('sandbox')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
                    '/CN=sandbox.cds-hooks.org', '-keyout', folder / 'key.pem', '-out', folder / 'cert.pem'], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / 'cert.pem', folder / 'key.pem')
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Blank)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


@pytest.fixture(scope='module')
def scene(tmp_path_factory):
    keys = tmp_path_factory.mktemp('keys') / 'sandbox.jwks.json'
    new, old = test_cds.jwk_ec(KEY, KID, 'P-384', 48, 'ES384'), test_cds.jwk_ec(OLD_KEY, OLD_KID, 'P-256', 32, 'ES256')
    old['use'] = 'enc'  # as the sandbox has published it
    keys.write_text(json.dumps({'keys': [new, old, {'kty': 'OKP', 'crv': 'Ed25519', 'kid': 'x', 'x': 'AAAA'}]}))
    d = harness.Daemon(console=True)
    d.extra = (f'cds:\n  base: "http://127.0.0.1:{d.port["http"]}"\n  jwks: {keys}\n  issuers: ["{ORIGIN}"]\n'
               f'  identifiers: {{"{test_cds.SYSTEM}": DEMO}}\n  origins: ["{ORIGIN}"]\n')
    d.write_config()
    with d:
        sent = 0
        with harness.Mllp(d.port['lis']) as lis:
            for n in (1, 2):
                for _, message in stories.prostate(n, 'confirmed')[1]:
                    lis.ask(message)
                    sent += 1
        d.settle(sent)
        yield d


class Sandbox:
    """The page, and what it knows: a service for each address, the last one said for it."""

    def __init__(self, driver, port):
        self.driver = driver
        self.discovery = f'http://127.0.0.1:{port}/cds-services'
        self.service = None

    def token(self, address, key=KEY, kid=KID, alg='ES384', **other):
        now = int(time.time())
        claims = {'iss': ORIGIN, 'sub': CLIENT, 'aud': address, 'exp': now + 300, 'iat': now, 'jti': str(uuid.uuid4()), **other}
        return jwt.encode(claims, key, algorithm=alg, headers={'typ': 'JWT', 'kid': kid, 'jku': f'{ORIGIN}/.well-known/jwks.json'})

    def ask(self, method, address, token=None, body=None):
        return tuple(self.driver.execute_async_script(ASK, method, address, token, None if body is None else json.dumps(body)))

    def discover(self):
        status, text = self.ask('GET', self.discovery, self.token(self.discovery))
        assert status == 200, text
        services = {f'{self.discovery}/{s["id"]}': s for s in json.loads(text)['services']}
        assert len(services) == 1
        (self.service, described), = services.items()
        return described

    def call(self, hook, context, token=None, **more):
        body = {'hookInstance': str(uuid.uuid4()), 'hook': hook, 'fhirServer': FHIR,
                'context': {'patientId': SUBJECT, 'userId': 'Practitioner/COREPRACTITIONER1', **context},
                'fhirAuthorization': {'access_token': 'abc', 'token_type': 'Bearer', 'expires_in': 300, 'scope': 'patient/*.*', 'subject': CLIENT},
                **more}
        status, text = self.ask('POST', self.service, token or self.token(self.service), body)
        assert status == 200, text
        return json.loads(text)['cards']


def chart(number, **more):
    return {'resourceType': 'Patient', 'id': SUBJECT, 'active': True, 'gender': 'male', 'identifier': [
        {'use': 'usual', 'type': {'coding': [{'code': 'MR'}]}, 'system': test_cds.SYSTEM, 'value': number}], **more}


@pytest.fixture(scope='module')
def chromium(elsewhere):
    options = webdriver.ChromeOptions()
    for word in ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking',
                 '--disable-component-update', '--no-first-run', '--ignore-certificate-errors',
                 f'--host-resolver-rules=MAP *.cds-hooks.org:443 127.0.0.1:{elsewhere}, MAP evil.example:443 127.0.0.1:{elsewhere}'):
        options.add_argument(word)
    options.binary_location = '/usr/bin/chromium'
    driver = webdriver.Chrome(service=Service('/usr/bin/chromedriver'), options=options)
    driver.set_page_load_timeout(30)
    driver.set_script_timeout(20)
    yield driver
    driver.quit()


@pytest.fixture
def sandbox(scene, chromium):
    chromium.get(ORIGIN + '/')
    assert chromium.execute_script('return location.origin') == ORIGIN
    return Sandbox(chromium, scene.port['http'])


def test_discovery_leaves_the_sandbox_with_patient_view(sandbox):
    described = sandbox.discover()
    assert described['hook'] == 'patient-view'
    assert all(isinstance(template, str) for template in described['prefetch'].values())


def test_a_card_in_the_sandbox(scene, sandbox):
    sandbox.discover()
    cards = sandbox.call('patient-view', {}, prefetch={'patient': chart('Q0000001')})
    assert len(cards) == 1
    card = cards[0]
    alert = [a for a in scene.alerts() if a['patient']['id'] == 'Q0000001'][0]
    assert card['summary'] == alert['headline']
    assert card['indicator'] in ('info', 'warning')
    assert card['source']['label'] and 'icon' not in card['source']
    # its Markdown lets HTML through: none of ours is there
    assert '<' not in card['detail']
    for suggestion in card['suggestions']:
        assert suggestion['label'] and all(a['type'] == 'create' and a['description'] and a['resource'] for a in suggestion['actions'])
    assert [link['type'] for link in card['links']] == ['absolute']
    assert card['links'][0]['url'].startswith(f'http://127.0.0.1:{scene.port["http"]}/alerts/')


@pytest.mark.parametrize('context', [
    {'selections': ['MedicationRequest/1'], 'draftOrders': {'resourceType': 'Bundle', 'type': 'collection', 'entry': [
        {'resource': {'resourceType': 'MedicationRequest', 'id': '1', 'status': 'draft', 'subject': {'reference': f'Patient/{SUBJECT}'}}}]}},
    {'encounterId': 'e1', 'selections': [], 'draftOrders': {'resourceType': 'Bundle', 'entry': []}},
    {'draftOrders': None, 'selections': None}])
def test_order_select_in_every_shape(sandbox, context):
    sandbox.discover()
    assert len(sandbox.call('order-select', context, prefetch={'patient': chart('Q0000001')})) == 1


@pytest.mark.parametrize('more,why', [
    ({}, 'no_prefetch'), ({'prefetch': None}, 'no_prefetch'), ({'prefetch': {}}, 'no_prefetch'), ({'prefetch': {'patient': None}}, 'no_prefetch'),
    ({'prefetch': {'patient': {'resourceType': 'OperationOutcome'}}}, 'no_prefetch'), ({'prefetch': {'patient': 'x'}}, 'no_prefetch'),
    ({'prefetch': {'patient': chart('Q0000001', identifier=[])}}, 'no_identifier'),
    ({'prefetch': {'patient': chart('Q0000001', identifier=[{'value': 'Q0000001'}, None, 7])}}, 'no_identifier'),
    ({'prefetch': {'patient': chart('Q0000001', id='another')}}, 'other_patient'),
    ({'prefetch': {'patient': chart('Q9999999')}}, 'patient_unknown')])
def test_what_did_not_come_along_is_not_fetched(scene, sandbox, more, why):
    """Empty cards, a count, and a line in the log once; fhirServer is never asked, whoever it is."""
    sandbox.discover()
    ehr = test_cds.Ehr(scene.port['http'])

    def counted():
        figures = ehr.ask('GET', '/metrics')[2].decode()
        return int(figures.split(f'refractd_cds_requests_total{{answer="{why}"}} ')[1].split('\n')[0])

    before = counted()
    assert sandbox.call('patient-view', {}, **more) == []
    assert counted() == before + 1
    if why != 'patient_unknown':
        assert scene.log_text().count(f'cds.cannot_tell_the_patient why={why}') == 1


def test_a_click_on_the_suggestion_and_feedback(scene, sandbox):
    sandbox.discover()
    card = sandbox.call('patient-view', {}, prefetch={'patient': chart('Q0000002')})[0]

    def state():
        return [a['state'] for a in scene.alerts() if a['patient']['id'] == 'Q0000002']

    before = state()
    # the sandbox's own report of a click, without a token: told that there is no such thing, and nothing happens
    assert sandbox.ask('POST', f'{sandbox.service}/analytics/{card["suggestions"][0]["uuid"]}', None, {})[0] == 404
    assert state() == before
    said = {'feedback': [{'card': card['uuid'], 'outcome': 'accepted', 'acceptedSuggestions': [{'id': card['suggestions'][0]['uuid']}],
                          'outcomeTimestamp': '2026-11-23T10:00:00.000Z'}]}
    assert sandbox.ask('POST', f'{sandbox.service}/feedback', None, said)[0] == 401
    assert sandbox.ask('POST', f'{sandbox.service}/feedback', sandbox.token(f'{sandbox.service}/feedback'), said)[0] == 200
    assert state() == ['acknowledged']
    assert sandbox.call('patient-view', {}, prefetch={'patient': chart('Q0000002')}) == []


def test_its_older_key_marked_for_encryption(sandbox):
    sandbox.discover()
    old = sandbox.token(sandbox.service, OLD_KEY, OLD_KID, 'ES256')
    assert len(sandbox.call('patient-view', {}, old, prefetch={'patient': chart('Q0000001')})) == 1


@pytest.mark.parametrize('other', [dict(kid='changed'), dict(iss='https://other.example'), dict(aud='http://127.0.0.1:1/cds-services/refractd')])
def test_what_is_refused_the_page_can_read(scene, sandbox, other):
    """401 with the headers of CORS, so that the sandbox shows why; the log has the check that failed."""
    sandbox.discover()
    mark = len(scene.log_text())
    status, text = sandbox.ask('POST', sandbox.service, sandbox.token(sandbox.service, **other), {})
    assert status == 401 and 'token' in text
    why = {'kid': 'kid', 'iss': 'issuer', 'aud': 'audience'}[next(iter(other))]
    assert f'cds.token_refused why={why}' in scene.log_text()[mark:]


def test_a_page_of_another_origin_reads_nothing(scene, chromium):
    chromium.get('https://evil.example/')
    other = Sandbox(chromium, scene.port['http'])
    assert other.ask('GET', other.discovery, other.token(other.discovery))[0] is None
    assert other.ask('POST', f'{other.discovery}/refractd', other.token(f'{other.discovery}/refractd'), {})[0] is None


def test_preflights(scene):
    """Each request of the sandbox has one; a public page that asks a private address says so in it."""
    ehr = test_cds.Ehr(scene.port['http'])
    for path, method, names in (('', 'GET', 'authorization'), ('/refractd', 'POST', 'authorization,content-type'),
                                ('/refractd/feedback', 'POST', 'authorization,content-type'), ('/refractd/analytics/x', 'POST', 'content-type')):
        asked = {'Origin': ORIGIN, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': names}
        allowed = functools.partial(ehr.ask, 'OPTIONS', f'/cds-services{path}', None, None)
        status, headers, body = allowed({**asked, 'Access-Control-Request-Private-Network': 'true'})
        assert (status, body) == (200, b'')
        assert headers['Access-Control-Allow-Origin'] == ORIGIN and headers['Vary'] == 'Origin'
        assert method in headers['Access-Control-Allow-Methods']
        assert set(names.split(',')) <= {n.strip().lower() for n in headers['Access-Control-Allow-Headers'].split(',')}
        assert headers['Access-Control-Allow-Private-Network'] == 'true'
        assert headers['Access-Control-Allow-Credentials'] is None
        assert allowed(asked)[1]['Access-Control-Allow-Private-Network'] is None
        other = allowed({**asked, 'Origin': 'https://evil.example', 'Access-Control-Request-Private-Network': 'true'})[1]
        assert not [name for name in other if name.startswith('Access-Control')]
