"""The case page: what a person can do, what stands in the history, the sheet for the tumour board, the picture's geometry."""
import re
import xml.etree.ElementTree as ET

import pytest

import harness
import stories
import test_page
from test_page import scene  # noqa: F401  (a daemon with users and three prostate cases)

SVG = '{http://www.w3.org/2000/svg}'
LETTER = 6.2  # width of an average one at 12 px; refractd reckons with 8


@pytest.fixture
def browser(scene):  # noqa: F811
    b = test_page.Browser(scene.port['http'])
    b.login('irmela')
    return b


def alert_of(d, patient):
    return [a for a in d.alerts() if a['patient']['id'] == patient][0]


def test_snoozed_then_referred(scene, browser):  # noqa: F811
    path = '/alerts/' + alert_of(scene, 'Q0000002')['id']
    browser.go(path)
    assert browser.send(path, act='snooze', until='someday')[0] == 409
    browser.go(path)
    assert browser.send(path, act='snooze', until='14d')[0] == 303
    assert alert_of(scene, 'Q0000002')['state'] == 'snoozed'
    text = browser.go(path)[2]
    assert 'value="snooze"' not in text
    history = text[text.index('<h2>History'):]
    assert 'snoozed' in history and 'irmela' in history and 'raised' in history and 'Version 1' in history
    assert browser.send(path, act='board')[0] == 303
    assert alert_of(scene, 'Q0000002')['state'] == 'acknowledged'
    page = browser.go('/patients/DEMO:Q0000002')[2]
    assert 'procedure' in page and 'tumour' in page
    assert ('entered', 'irmela') in scene.rows('SELECT event, actor FROM audit')


def test_nobody_to_escalate_to_is_said(scene, browser):  # noqa: F811
    alert = alert_of(scene, 'Q0000003')
    browser.go('/alerts/' + alert['id'])
    status, _, text = browser.send('/alerts/' + alert['id'], act='escalate')
    assert status == 409 and 'director' in text
    assert alert_of(scene, 'Q0000003')['state'] == alert['state']


def test_the_sheet_for_the_tumour_board(scene, browser):  # noqa: F811
    alert = alert_of(scene, 'Q0000001')
    text = browser.go('/alerts/' + alert['id'] + '?print=1')[2]
    assert '<form' not in text and '<nav' not in text
    assert alert['sections'][0]['why'].split(' is ')[0] in text and '<svg' in text and 'Printed by irmela' in text
    assert ('print_case', 'irmela', alert['id']) in scene.rows('SELECT event, actor, subject FROM audit')


@pytest.mark.parametrize('typed,where', [('DEMO:Q0000001', '/patients/DEMO:Q0000001'), (' DEMO:Q0000001 ', '/patients/DEMO:Q0000001'),
                                         ('X:a/../b?c', '/patients/X:a/../b%3Fc'), ('A:\r\nSet-Cookie:x', '/patients/A:%0D%0ASet-Cookie:x')])
def test_search(browser, typed, where):
    status, headers, _ = browser.go('/find?' + test_page.urllib.parse.urlencode({'patient': typed}))
    assert (status, headers['Location'], headers['Set-Cookie']) == (303, where, None)


def test_operators_hold_routes_and_others_do_not(scene):  # noqa: F811
    other = test_page.Browser(scene.port['http'])
    other.login('ines')
    other.go('/feeds')
    assert other.send('/feeds', act='hold', route='x')[0] == 403
    other = test_page.Browser(scene.port['http'])
    other.login('otto')
    other.go('/feeds')
    assert other.send('/feeds', act='nothing', route='x')[0] == 400
    other.go('/feeds')
    status, _, text = other.send('/feeds', act='hold', route='no-such-route')
    assert status == 409, text


def picture_of(text):
    return ET.fromstring(text[text.index('<svg'):text.index('</svg>') + 6])


def check_picture(svg):
    """Every mark is inside, and no two texts of the plot cover each other."""
    _, _, width, height = map(float, svg.get('viewBox').split())
    boxes = []
    for e in svg.iter():
        if e.tag == SVG + 'text':
            x, y, n = float(e.get('x')), float(e.get('y')), len(e.text or '') * LETTER
            left = x - {'start': 0, 'middle': n / 2, 'end': n}[e.get('text-anchor')]
            assert left >= 0 and left + n <= width + 1 and 8 <= y <= height, e.text
            boxes.append((left, left + n, y, e.text))
        elif e.tag == SVG + 'circle' and e.get('cx'):
            assert 0 <= float(e.get('cx')) <= width and 0 <= float(e.get('cy')) <= height
        elif e.tag == SVG + 'rect':
            assert float(e.get('width')) > 0 and float(e.get('x')) + float(e.get('width')) <= width
        elif e.tag == SVG + 'polyline':
            for point in e.get('points').split():
                x, y = map(float, point.split(','))
                assert 0 <= x <= width and 0 <= y <= height
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a[1] <= b[0] or b[1] <= a[0] or abs(a[2] - b[2]) >= 10, (a[3], b[3])
    return [b[3] for b in boxes]


def test_the_pictures_geometry(scene, browser):  # noqa: F811
    for patient in ('Q0000001', 'Q0000002', 'Q0000003'):
        words = check_picture(picture_of(browser.go('/alerts/' + alert_of(scene, patient)['id'])[2]))
        assert any(w.startswith('candidate ') for w in words) and {'line 1', 'enzalutamide'} <= set(words)
        assert any(w.startswith('PSA, ng/mL') for w in words) and any(w.startswith('≥ ') for w in words)


def test_many_points_over_many_years(scene, browser):  # noqa: F811
    p = stories.Patient(9)
    told = [stories.adt(p, -3000), stories.ordered(p, -2900, 'enzalutamide')]
    told += [stories.psa(p, -2990 + 20 * n, f'{1 + (n * 7) % 50}.{n % 10}') for n in range(140)]
    before = scene.status()['received']
    with harness.Mllp(scene.port['lis']) as lis:
        for _, message in told:
            lis.ask(message)
    scene.settle(before + len(told))
    for day in ('2026-10-01', '2026-10-02', '2026-10-03', '2026-10-05', '2026-10-06', '2026-10-07', '2026-10-08'):
        browser.go('/patients/DEMO:Q0000009')
        said = scene.ctl('enter', 'response', 'DEMO:Q0000009', '--code', 'PD', '--date', day)
        assert said.returncode == 0, said.stderr
    text = browser.go('/patients/DEMO:Q0000009')[2]
    svg = picture_of(text)
    check_picture(svg)
    assert len([e for e in svg.iter(SVG + 'circle') if e.get('r') == '2']) == 140
    assert len([e for e in svg.iter(SVG + 'circle') if e.get('r') == '4']) == 7
    assert len(re.findall('<td>response</td>', text[text.index('The course as a table'):text.index('What is in force')])) == 7


def test_the_page_says_delivered_when_a_receiver_has_confirmed(scene, browser, context):  # noqa: F811
    alert = alert_of(scene, 'Q0000003')
    assert alert['state'] == 'new', 'the scene has no receiver'
    sub = harness.Subscriber(context, scene.tcp('router'), 'ward', last_seq=0, credit=500)
    sub.expect('Welcome')
    head = scene.status()['outbox_head']
    sub.events(head)
    sub.confirm(head)
    harness.wait_until('a receipt', lambda: alert_of(scene, 'Q0000003')['state'] == 'delivered')
    assert re.search('State</th><td>delivered', browser.go('/alerts/' + alert['id'])[2])
    assert alert['id'] in browser.go('/?state=delivered')[2] and alert['id'] not in browser.go('/?state=new')[2]
