"""CDS Hooks 2.0 as an EHR uses it: tokens signed by PyJWT, requests by urllib, a pinned JWK set."""
import base64
import json
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import harness
import stories

BASE = 'https://refractd.hospital.example'
ISSUER = 'https://ehr.hospital.example'
SYSTEM = 'urn:oid:1.2.276.0.76.9.99'


def number(value, size):
    return base64.urlsafe_b64encode(value.to_bytes(size, 'big')).rstrip(b'=').decode()


def jwk_ec(key, kid, curve, size, alg):
    n = key.public_key().public_numbers()
    return {'kty': 'EC', 'crv': curve, 'kid': kid, 'alg': alg, 'use': 'sig', 'x': number(n.x, size), 'y': number(n.y, size)}


def jwk_rsa(key, kid, alg):
    n = key.public_key().public_numbers()
    return {'kty': 'RSA', 'kid': kid, 'alg': alg, 'use': 'sig', 'n': number(n.n, 256), 'e': number(n.e, 3)}


KEYS = {'ES384': ec.generate_private_key(ec.SECP384R1()), 'ES256': ec.generate_private_key(ec.SECP256R1()),
        'RS384': rsa.generate_private_key(65537, 2048), 'RS256': rsa.generate_private_key(65537, 2048)}
STRANGER = ec.generate_private_key(ec.SECP384R1())


def key_set():
    return {'keys': [jwk_ec(KEYS['ES384'], 'ES384', 'P-384', 48, 'ES384'), jwk_ec(KEYS['ES256'], 'ES256', 'P-256', 32, 'ES256'),
                     jwk_rsa(KEYS['RS384'], 'RS384', 'RS384'), jwk_rsa(KEYS['RS256'], 'RS256', 'RS256')]}


def token(alg='ES384', key=None, kid=None, **other):
    now = int(time.time())
    claims = {'iss': ISSUER, 'aud': f'{BASE}/cds-services/refractd', 'iat': now, 'exp': now + 300, 'jti': str(uuid.uuid4())}
    claims.update(other)
    claims = {k: v for k, v in claims.items() if v is not None}
    return jwt.encode(claims, key or KEYS[alg], algorithm=alg, headers={'kid': kid or alg})


class Ehr:
    def __init__(self, port):
        self.base = f'http://127.0.0.1:{port}'

    def ask(self, method, path, body=None, bearer=None, headers=None):
        """(status, headers, body)"""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, raw, dict(headers or {}), method=method)
        request.add_header('Content-Type', 'application/json')
        if bearer:
            request.add_header('Authorization', 'Bearer ' + bearer)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def view(self, patient, hook='patient-view', bearer=None, **more):
        resource = {'resourceType': 'Patient', 'id': 'chart-1', 'identifier': [
            {'system': 'urn:other', 'value': '1'}, {'system': SYSTEM, 'value': patient}]}
        body = {'hook': hook, 'hookInstance': str(uuid.uuid4()), 'context': {'userId': 'Practitioner/1', 'patientId': 'chart-1'},
                'prefetch': {'patient': resource}, **more}
        return self.ask('POST', '/cds-services/refractd', body, bearer or token())

    def cards(self, patient, **more):
        status, headers, body = self.view(patient, **more)
        assert status == 200, body
        assert headers['Content-Type'] == 'application/json'
        return json.loads(body)['cards']

    def feedback(self, *items):
        return self.ask('POST', '/cds-services/refractd/feedback', {'feedback': list(items)}, token())


@pytest.fixture(scope='module')
def scene(tmp_path_factory):
    keys = tmp_path_factory.mktemp('keys') / 'ehr.jwks.json'
    keys.write_text(json.dumps(key_set()))
    extra = (f'cds:\n  base: {BASE}/\n  jwks: {keys}\n  issuers: ["{ISSUER}"]\n  identifiers: {{"{SYSTEM}": DEMO}}\n'
             f'  origins: ["https://ehr.hospital.example"]\n')
    with harness.Daemon(console=True, extra=extra) as d:
        with harness.Mllp(d.port['lis']) as lis:
            sent = 0
            for n in (1, 2, 3):
                for _, message in stories.prostate(n, 'confirmed')[1]:
                    lis.ask(message)
                    sent += 1
        d.settle(sent)
        yield d, Ehr(d.port['http'])


def empties(value):
    if isinstance(value, dict):
        return any(empties(v) for v in value.values())
    if isinstance(value, list):
        return not value or any(empties(v) for v in value)
    return value is None or value == ''


def test_discovery_offers_two_hooks_under_one_id(scene):
    _, ehr = scene
    status, _, body = ehr.ask('GET', '/cds-services')
    services = json.loads(body)['services']
    assert status == 200
    assert {(s['hook'], s['id']) for s in services} == {('patient-view', 'refractd'), ('order-select', 'refractd')}
    assert all(s['prefetch'] == {'patient': 'Patient/{{context.patientId}}'} for s in services)
    assert not empties(services)


@pytest.mark.parametrize('alg', sorted(KEYS))
def test_a_card_for_each_algorithm(scene, alg):
    d, ehr = scene
    cards = ehr.cards('Q0000001', bearer=token(alg))
    assert len(cards) == 1
    card = cards[0]
    alert = [a for a in d.alerts() if a['patient']['id'] == 'Q0000001'][0]
    assert len(card['summary']) < 140 and card['summary'] == alert['headline']
    assert card['indicator'] in ('info', 'warning')
    assert uuid.UUID(card['uuid'])
    assert card['selectionBehavior'] == 'at-most-one'
    assert card['suggestions'][0]['actions'][0]['resource']['subject'] == {'reference': 'Patient/chart-1'}
    assert all(r['display'] and r['code'] for r in card['overrideReasons'])
    assert card['links'][0] == {'label': 'Timeline and evidence', 'url': f'{BASE}/alerts/{alert["id"]}', 'type': 'absolute'}
    assert alert['sections'][0]['evidence'][0]['text'].split(' on ')[0].split()[0] in card['detail']
    assert 'Q0000001' not in json.dumps(card)
    assert not empties(cards)


def test_the_card_keeps_its_name(scene):
    _, ehr = scene
    assert ehr.cards('Q0000001')[0]['uuid'] == ehr.cards('Q0000001', hook='order-select')[0]['uuid']


def test_nothing_to_say_is_no_error(scene):
    _, ehr = scene
    assert ehr.cards('Q9999999') == []
    status, _, body = ehr.view('Q0000001', prefetch={})
    assert (status, json.loads(body)) == (200, {'cards': []})


@pytest.mark.parametrize('bad', [
    dict(iss='https://elsewhere.example'), dict(aud='https://elsewhere.example'), dict(exp=int(time.time()) - 3600),
    dict(iat=int(time.time()) + 3600), dict(nbf=int(time.time()) + 3600), dict(jti=None), dict(exp=None),
    dict(exp=int(time.time()) + 86400), dict(key=STRANGER), dict(kid='unknown'), dict(kid='RS384')])
def test_bad_tokens(scene, bad):
    _, ehr = scene
    status, headers, _ = ehr.view('Q0000001', bearer=token(**bad))
    assert status == 401 and 'Bearer' in headers['WWW-Authenticate']


def test_forged_tokens(scene):
    _, ehr = scene
    good = token()
    head, body, signature = good.split('.')
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b'=').decode()
    shared = jwt.encode({'iss': ISSUER}, json.dumps(key_set()), algorithm='HS256')
    for forged in (f'{none}.{body}.', f'{head}.{body}.', f'{head}.{body}.{signature[:-6]}AAAAAA', f'{head}.{body}', shared, 'x', '..'):
        assert ehr.view('Q0000001', bearer=forged)[0] == 401, forged
    assert ehr.ask('POST', '/cds-services/refractd', {})[0] == 401  # none at all


def test_a_token_is_good_once(scene):
    _, ehr = scene
    once = token()
    assert ehr.view('Q0000001', bearer=once)[0] == 200
    assert ehr.view('Q0000001', bearer=once)[0] == 401


@pytest.mark.parametrize('body', [b'', b'{', b'[]', b'null', b'{"hook":"patient-view"}', b'\xff\xfe', b'{"a":1,"a":2}'])
def test_bodies_that_are_no_request(scene, body):
    _, ehr = scene
    assert ehr.ask('POST', '/cds-services/refractd', body, token())[0] == 400


def test_limits_and_methods(scene):
    _, ehr = scene
    assert ehr.ask('POST', '/cds-services/refractd', b' ' * (1 << 20) + b'{}', token())[0] == 413
    assert ehr.ask('GET', '/cds-services/refractd', None, token())[0] == 405
    assert ehr.ask('GET', '/cds-services/other', None, token())[0] == 404


def test_browsers(scene):
    _, ehr = scene
    status, headers, _ = ehr.ask('OPTIONS', '/cds-services/refractd', headers={'Origin': 'https://ehr.hospital.example'})
    assert status == 200
    assert headers['Access-Control-Allow-Origin'] == 'https://ehr.hospital.example'
    assert headers['Access-Control-Allow-Headers'] == 'Authorization, Content-Type'
    _, headers, _ = ehr.ask('OPTIONS', '/cds-services/refractd', headers={'Origin': 'https://evil.example'})
    assert headers['Access-Control-Allow-Origin'] is None


def test_feedback_acknowledges_and_overrides_once(scene):
    d, ehr = scene
    two, three = ehr.cards('Q0000002')[0], ehr.cards('Q0000003')[0]
    said = [{'card': two['uuid'], 'outcome': 'accepted', 'acceptedSuggestions': [{'id': two['suggestions'][0]['uuid']}],
             'outcomeTimestamp': '2026-11-23T10:00:00Z'},
            {'card': three['uuid'], 'outcome': 'overridden', 'outcomeTimestamp': '2026-11-23T10:00:00Z', 'overrideReason': {
                'reason': {'code': 'already-known', 'system': f'{BASE}/override'}, 'userComment': 'said on the ward'}},
            {'card': str(uuid.uuid4()), 'outcome': 'accepted', 'outcomeTimestamp': '2026-11-23T10:00:00Z'}]
    assert ehr.feedback(*said)[0] == 200
    first = {a['patient']['id']: a for a in d.alerts()}
    assert first['Q0000002']['state'] == 'acknowledged'
    assert first['Q0000003']['state'] == 'overridden'
    assert first['Q0000003']['reason'] == 'Already known to the team: said on the ward'
    assert ehr.feedback(*said)[0] == 200  # clients send it again
    assert {a['patient']['id']: (a['state'], a['version']) for a in d.alerts()} == {k: (a['state'], a['version']) for k, a in first.items()}
    assert ehr.cards('Q0000002') == [] and ehr.cards('Q0000003') == []
    actors = {row[0] for row in d.rows("SELECT actor FROM audit WHERE event IN ('acknowledged', 'overridden')")}
    assert actors == {f'cds:{ISSUER}'}
    assert 'said on the ward' not in d.log_text()


def test_it_answers_within_tens_of_milliseconds_while_results_come_in(scene):
    """Not a timed assertion: that every one is answered while the core is busy."""
    d, ehr = scene
    with harness.Mllp(d.port['lis']) as lis:
        for n in range(4, 24):
            for _, message in stories.prostate(n, 'confirmed')[1]:
                lis.ask(message)
            assert len(ehr.cards('Q0000001')) == 1


def test_a_token_as_epic_makes_it(scene):
    """RS384, aud a list, nbf and sub there, half a minute ahead of us."""
    _, ehr = scene
    ahead = int(time.time()) + 30
    claims = dict(aud=[f'{BASE}/cds-services/refractd', 'https://other.example'], sub='client-7', nbf=ahead, iat=ahead, exp=ahead + 300)
    assert len(ehr.cards('Q0000001', bearer=token('RS384', **claims))) == 1
    assert ehr.view('Q0000001', bearer=token('RS384', **{**claims, 'nbf': ahead + 60}))[0] == 401
    assert ehr.view('Q0000001', bearer=token('RS384', **{**claims, 'aud': ['https://other.example']}))[0] == 401


def test_keys_change_with_a_reload(tmp_path):
    """The client rolls its keys over: old and new for a while, then the new one alone; what was good once stays used up."""
    keys, new = tmp_path / 'ehr.jwks.json', ec.generate_private_key(ec.SECP384R1())
    keys.write_text(json.dumps(key_set()))
    extra = f'cds:\n  base: {BASE}\n  jwks: {keys}\n  issuers: ["{ISSUER}"]\n  identifiers: {{"{SYSTEM}": DEMO}}\n  hooks: [patient-view]\n'
    with harness.Daemon(console=True, extra=extra) as d:
        ehr = Ehr(d.port['http'])

        def status(bearer):
            try:
                return ehr.view('Q0000001', bearer=bearer)[0]
            except OSError:  # the console starts anew
                return None

        def changed(wanted):
            d.process.send_signal(signal.SIGHUP)
            harness.wait_until('the keys', lambda: [status(token()), status(token(key=new, kid='next'))] == wanted)

        assert [status(token()), status(token(key=new, kid='next'))] == [200, 401]
        assert [s['hook'] for s in json.loads(ehr.ask('GET', '/cds-services')[2])['services']] == ['patient-view']
        assert ehr.view('Q0000001', hook='order-select')[0] == 400
        keys.write_text(json.dumps({'keys': key_set()['keys'] + [jwk_ec(new, 'next', 'P-384', 48, 'ES384')]}))
        changed([200, 200])
        keys.write_text(json.dumps({'keys': [jwk_ec(new, 'next', 'P-384', 48, 'ES384')]}))
        changed([401, 200])
        keys.write_text('{')  # somebody's slip: what was there goes on
        mark = len(d.log_text())
        d.process.send_signal(signal.SIGHUP)
        harness.wait_until('the refusal', lambda: str(keys) in d.log_text()[mark:])
        assert [status(token()), status(token(key=new, kid='next'))] == [401, 200]


def test_config_errors_have_a_place():
    d = harness.Daemon(console=True, extra='cds:\n  base: x\n  jwks: /nowhere.json\n  issuers: [a]\n  identifiers: {a: b}\n  isuers: [a]\n'
                       '  hooks: [patient-view, patient-view, order-sign]\n')
    try:
        said = subprocess.run([f'{harness.BUILD}/refractd', '--config', d.config, '--check'], capture_output=True, text=True, timeout=60, check=False)
        assert said.returncode == 1
        assert re.search(rf'^{re.escape(d.config)}:\d+:\d+: .*isuers', said.stdout, re.M)
        assert 'this hook is there already' in said.stdout and 'order-sign' in said.stdout
    finally:
        shutil.rmtree(d.folder)
