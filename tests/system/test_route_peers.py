"""Routes to receivers that nobody here wrote: Medplum's FHIR router, with every bundle read by the validator `fhir`, and the
HL7 servers simple-hl7, node-hl7-server and @medplum/hl7."""
import hl7
import pytest

import harness
import npm_peers
import stories
from test_routes import drained, send

SYSTEM = 'urn:oid:2.999.1.1'


@pytest.fixture
def scene(tmp_path):
    npm_peers.need('fhir', *npm_peers.RECEIVERS)
    with npm_peers.FhirServer() as fhir, npm_peers.Hl7Receiver(npm_peers.RECEIVERS[0], tmp_path / 'a') as a, \
            npm_peers.Hl7Receiver(npm_peers.RECEIVERS[1], tmp_path / 'b') as b, npm_peers.Hl7Receiver(npm_peers.RECEIVERS[2], tmp_path / 'c') as c:
        extra = f'routes:\n  - {{name: fhir, kind: fhir, url: "{fhir.url}", system: "{SYSTEM}", identifiers: {{DEMO: "urn:oid:2.999.2"}}, ' \
                f'base: "https://refractd.example", poll_s: 1, timeout_ms: 5000}}\n'
        for name, one in zip('abc', (a, b, c)):
            extra += f'  - {{name: {name}, kind: mllp, connect: "127.0.0.1:{one.port}", result_type: "RFX^Alert^99RFX", portal_blocked: true, ' \
                     f'keep: {"false" if name == "b" else "true"}, timeout_ms: 5000}}\n'
        with harness.Daemon(extra=extra) as d:
            d.fhir, d.hl7 = fhir, (a, b, c)
            d.receivers = dict.fromkeys(('fhir', 'a', 'b', 'c'))
            yield d


def test_every_kind_of_event_is_stored(scene):
    p, story = stories.prostate(1, 'confirmed')
    send(scene, story)
    drained(scene)
    send(scene, [stories.psa(p, -17, '0.91', status='C', order_day=-20), stories.psa(p, -17, '0.92', status='C', order_day=-50)])
    drained(scene)
    alert = scene.alerts()[0]
    assert alert['state'] == 'retracted'
    for one in scene.hl7:
        messages = [hl7.parse(m['text'].replace('\n', '\r')) for m in one.received()]
        assert len(messages) >= 2, one.command
        assert {str(m.segment('OBR')[3]) for m in messages} == {f'{alert["id"]}^REFRACTD'}
        assert str(messages[0].segments('OBX')[0][11]) == 'F' and str(messages[-1].segments('OBX')[0][11]) == 'W'
    issues, tasks = scene.fhir.resources('DetectedIssue'), scene.fhir.resources('Task')
    assert [(i['identifier'][0]['value'], i['status']) for i in issues] == [(alert['id'], 'entered-in-error')]
    assert [(t['identifier'][0]['value'], t['status']) for t in tasks] == [(alert['id'], 'cancelled')]
    bundles = [r['body'] for r in scene.fhir.requests() if r['method'] == 'POST' and r['body'].get('type') == 'transaction']
    assert len(bundles) >= 2
    for bundle in bundles:
        assert npm_peers.fhir_errors(bundle) == []


def test_a_task_accepted_at_the_server_acknowledges(scene):
    send(scene, stories.prostate(1, 'confirmed')[1])
    drained(scene)
    alert = scene.alerts()[0]['id']
    scene.fhir.move_task(f'{SYSTEM}/task|{alert}', 'accepted')
    harness.wait_until('it is acknowledged', lambda: scene.alerts()[0]['state'] == 'acknowledged', 15)
