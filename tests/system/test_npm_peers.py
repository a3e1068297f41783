"""The receivers that other tests rest on do what those tests believe: a FHIR server with conditional requests and
transactions, a validator that finds seeded faults, three HL7 receivers with answers of their own."""
import copy
import http.client
import json
import time
import urllib.error

import pytest

import harness
import npm_peers

SYSTEM = 'urn:oid:2.999.1'
ISSUE = 'urn:uuid:3f1c7d2e-0001-4000-8000-000000000001'


def entry(uuid, resource, method, url, none=None):
    request = {'method': method, 'url': url}
    if none:
        request['ifNoneExist'] = none
    return {'fullUrl': uuid, 'resource': resource, 'request': request}


def bundle(number, detail='first'):
    def named(kind):
        return [{'system': f'{SYSTEM}/{kind}', 'value': number}]
    patient = {'reference': 'Patient?identifier=urn:oid:2.999.2|12345'}
    issue = {'resourceType': 'DetectedIssue', 'identifier': named('alert'), 'status': 'final', 'severity': 'high',
             'patient': patient, 'identifiedDateTime': '2026-11-23T11:00:00Z', 'detail': detail,
             'reference': f'https://refractd.test/alerts/{number}'}
    request = {'resourceType': 'CommunicationRequest', 'identifier': named('version'), 'status': 'active',
               'priority': 'routine', 'subject': patient, 'about': [{'reference': ISSUE}],
               'payload': [{'contentString': 'to be read'}]}
    task = {'resourceType': 'Task', 'identifier': named('task'), 'status': 'requested', 'intent': 'proposal',
            'focus': {'reference': ISSUE}, 'for': patient, 'authoredOn': '2026-11-23T11:00:00Z'}
    return {'resourceType': 'Bundle', 'type': 'transaction', 'entry': [
        entry(ISSUE, issue, 'PUT', f'DetectedIssue?identifier={SYSTEM}/alert|{number}'),
        entry(ISSUE[:-1] + '2', request, 'POST', 'CommunicationRequest', f'identifier={SYSTEM}/version|{number}'),
        entry(ISSUE[:-1] + '3', task, 'POST', 'Task', f'identifier={SYSTEM}/task|{number}')]}


@pytest.fixture(scope='module')
def fhir():
    with npm_peers.FhirServer() as server:
        yield server


@pytest.fixture
def well(fhir):
    fhir.behave()
    yield fhir
    fhir.behave()


def statuses(answer):
    return [e['response']['status'] for e in answer['entry']]


def test_transactions_are_idempotent(well):
    first = well.call('POST', '/fhir', bundle('A1'))
    assert first[0] == 200 and statuses(first[1]) == ['201', '201', '201']
    again = well.call('POST', '/fhir/', bundle('A1', detail='second'))
    assert again[0] == 200 and statuses(again[1]) == ['200', '200', '200']
    mine = [r for r in well.resources() if r['identifier'][0]['value'] == 'A1']
    assert sorted(r['resourceType'] for r in mine) == ['CommunicationRequest', 'DetectedIssue', 'Task']
    issue = next(r for r in mine if r['resourceType'] == 'DetectedIssue')
    task = next(r for r in mine if r['resourceType'] == 'Task')
    assert issue['detail'] == 'second' and issue['reference'] == 'https://refractd.test/alerts/A1'
    assert task['focus']['reference'] == f'DetectedIssue/{issue["id"]}'  # the urn:uuid is rewritten


def test_search_metadata_and_single_resources(well):
    task = bundle('A2')['entry'][2]['resource']
    status, made = well.call('POST', '/fhir/Task', task)
    assert status == 201 and made['id']
    assert well.call('POST', '/fhir/Task', task, **{'If-None-Exist': f'identifier={SYSTEM}/task|A2'})[0] == 200
    assert well.call('PUT', f'/fhir/Task?identifier={SYSTEM}/task|A2', task)[0] == 200
    found = well.call('GET', f'/fhir/Task?identifier={SYSTEM}/task|A2')[1]
    assert found['total'] == 1 and found['entry'][0]['resource']['id'] == made['id']
    assert well.call('GET', f'/fhir/Task?identifier={SYSTEM}/task|none')[1]['total'] == 0
    assert well.call('GET', f'/fhir/Task/{made["id"]}')[1]['status'] == 'requested'
    assert well.call('GET', '/fhir/Task/none')[0] == 404
    assert well.call('GET', '/elsewhere')[0] == 404
    assert well.call('GET', '/fhir/metadata')[1]['fhirVersion'] == '4.0.1'
    assert well.move_task(f'{SYSTEM}/task|A2', 'rejected', 'already known')[0] == 200
    moved = well.call('GET', f'/fhir/Task/{made["id"]}')[1]
    assert (moved['status'], moved['statusReason']) == ('rejected', {'text': 'already known'})


def test_every_way_to_be_bad(well):
    for status in (500, 503, 422, 409):
        well.behave(status=status)
        assert well.call('GET', '/fhir/metadata')[0] == status
    well.behave(status=500, fail_next=1)
    assert [well.call('GET', '/fhir/metadata')[0] for _ in range(2)] == [500, 200]
    well.behave(token='secret')
    assert well.call('GET', '/fhir/metadata')[0] == 401
    assert well.call('GET', '/fhir/metadata', Authorization='Bearer secret')[0] == 200
    well.behave(delay_ms=300)
    start = time.monotonic()
    assert well.call('GET', '/fhir/metadata')[0] == 200 and time.monotonic() - start >= 0.3
    well.behave(garbage=True)
    with pytest.raises(json.JSONDecodeError):
        well.call('GET', '/fhir/metadata')
    well.behave(cut=True)
    with pytest.raises((http.client.IncompleteRead, urllib.error.URLError, ConnectionError)):
        well.call('GET', '/fhir/metadata')
    well.behave()
    asked = well.requests()
    assert [r['status'] for r in asked if 'status' in r][-3:] == [200, 200, 200]
    assert all(r['url'].startswith(('/fhir', '/elsewhere')) for r in asked)


def seeded(change):
    faulty = copy.deepcopy(bundle('A3'))
    change([e['resource'] for e in faulty['entry']])
    return faulty


FAULTS = {
    'code of no value set': lambda r: r[0].update(status='nonsense'),
    'required element missing': lambda r: r[2].pop('intent'),
    'unknown element': lambda r: r[1].update(colour='red'),
    'object in place of a list': lambda r: r[1].update(payload={'contentString': 'x'}),
    'no date': lambda r: r[0].update(identifiedDateTime='yesterday'),
    'text in place of a reference': lambda r: r[2].update(focus='DetectedIssue/1'),
}


def test_validator_is_content():
    assert npm_peers.fhir_errors(bundle('A3')) == []


@pytest.mark.parametrize('fault', FAULTS)
def test_validator_finds_seeded_faults(fault):
    errors = npm_peers.fhir_errors(seeded(FAULTS[fault]))
    assert errors and all(': ' in line for line in errors)


def ask(connection, control):
    text = (f'MSH|^~\\&|refractd|SITE|EHR|SITE|20261123120000+0100||ORU^R01^ORU_R01|{control}|P|2.5.1\r'
            'PID|1||12345^^^HOSP^MR||Doe^J\rOBR|1||A1|ALERT^Alert^L|||20261123110000+0100\r'
            'OBX|1|TX|SUM^Summary^L||PSA up by 62 %, \u00c5\u00df||||||F\r')
    return connection.ask(text.encode())


@pytest.mark.parametrize('name', npm_peers.RECEIVERS)
def test_hl7_receivers(tmp_path, name):
    with npm_peers.Hl7Receiver(name, tmp_path / 'received') as receiver:
        controls = ['A1.1', 'A1.2', 'A2.1']
        for control in controls:  # node-hl7-server closes after each
            with harness.Mllp(receiver.port) as connection:
                assert ask(connection, control) == ('AA', control)
        if name != 'node-hl7-server':
            with harness.Mllp(receiver.port) as connection:
                for control in ('A3.1', 'A3.2'):
                    assert ask(connection, control) == ('AA', control)
                    controls.append(control)
        got = receiver.received()
    assert [m['id'] for m in got] == controls
    assert all(m['msh9'] == 'ORU^R01^ORU_R01' and 'PSA up by 62 %, \u00c5\u00df' in m['text'] for m in got)
