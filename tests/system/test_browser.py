"""The page in a real browser: Debian's Chromium, headless, driven by selenium, and axe-core's rules for accessibility."""
import base64
import os
import re

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import harness
import stories
import test_page

AXE = os.path.join(harness.BUILD, 'npm', 'node_modules', 'axe-core', 'axe.min.js')
SHOTS = os.environ.get('REFRACT_SHOTS')  # a folder: screenshots are kept there


@pytest.fixture(scope='module')
def scene(tmp_path_factory):
    users = tmp_path_factory.mktemp('users') / 'users.yaml'
    users.write_text('users:\n' + ''.join(f'  - {{name: {n}, role: {r}, password: "{test_page.hashed(test_page.PASSWORD)}"}}\n'
                                          for n, r in (('irmela', 'clinician'), ('otto', 'operator'), ('anna', 'auditor'))))
    with harness.Daemon(console=True) as d:
        d.stop()
        text = open(d.config, encoding='utf-8').read()
        open(d.config, 'w', encoding='utf-8').write(
            text.replace('console: {listen:', f'console: {{users: {users}, secure_cookie: false, listen:'))
        d.start()
        sent = 0
        with harness.Mllp(d.port['lis']) as lis:
            for story in (stories.prostate(1, 'confirmed'), stories.prostate(2, 'suspected'), stories.leukaemia(3)):
                for _, message in story[1]:
                    lis.ask(message)
                    sent += 1
        d.settle(sent)
        yield d


@pytest.fixture(scope='module')
def chromium():
    options = webdriver.ChromeOptions()
    for word in ('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--window-size=1100,1400',
                 '--disable-background-networking', '--disable-component-update', '--no-first-run'):
        options.add_argument(word)
    options.binary_location = '/usr/bin/chromium'
    driver = webdriver.Chrome(service=Service('/usr/bin/chromedriver'), options=options)
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture
def page(scene, chromium):
    chromium.delete_all_cookies()
    return Page(chromium, f'http://127.0.0.1:{scene.port["http"]}')


class Page:
    def __init__(self, driver, base):
        self.driver, self.base = driver, base

    def go(self, path):
        self.driver.get(self.base + path)

    def login(self, name):
        self.go('/login')
        self.find('#name').send_keys(name)
        self.find('#password').send_keys(test_page.PASSWORD + Keys.ENTER)
        harness.wait_until('logged in', lambda: '/login' not in self.driver.current_url)

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def text(self):
        return self.find('body').text

    def shot(self, name):
        if SHOTS:
            high = self.driver.execute_script('return document.body.getBoundingClientRect().height')
            clip = {'x': 0, 'y': 0, 'width': 1085, 'height': min(high + 10, 1450), 'scale': 0.8}
            picture = self.driver.execute_cdp_cmd('Page.captureScreenshot', {'clip': clip, 'captureBeyondViewport': True})
            with open(os.path.join(SHOTS, name + '.png'), 'wb') as file:
                file.write(base64.b64decode(picture['data']))

    def findings(self):
        """axe-core's serious and critical ones."""
        with open(AXE, encoding='utf-8') as file:
            self.driver.execute_cdp_cmd('Runtime.evaluate', {'expression': file.read()})  # the page's CSP lets no script in
        result = self.driver.execute_cdp_cmd('Runtime.evaluate', {
            'expression': "axe.run(document).then(r => JSON.stringify(r.violations.filter("
                          "v => ['serious', 'critical'].includes(v.impact)).map(v => [v.id, v.nodes.map(n => n.html)])))",
            'awaitPromise': True, 'returnByValue': True})
        return result['result'].get('value', str(result))


def test_from_login_to_acknowledged(scene, page):
    page.login('irmela')
    assert page.find('h1').text == 'Worklist'
    alert = [a for a in scene.alerts() if a['patient']['id'] == 'Q0000001'][0]
    page.shot('worklist')
    page.find(f'a[href="/alerts/{alert["id"]}"]').click()
    assert page.find('h1').text == alert['headline']
    page.shot('case')
    svg = page.find('figure svg')
    assert svg.size['width'] > 500 and svg.size['height'] > 200
    words = [t.text for t in page.all('figure svg text')]
    assert {'nadir 0.90', 'candidate 6.2', 'confirmation 9.1', 'line 1', 'enzalutamide'} <= set(words), words
    assert any(w.startswith('≥ 2.90 ng/mL') for w in words)  # 2 ng/mL over the nadir
    line = page.find('figure svg .threshold line')
    assert 'at least 2.90 ng/mL' in page.find('figure svg .threshold title').get_attribute('textContent')
    marks = {t.text.split()[0]: t.location['y'] for t in page.all('figure svg .mark text')}
    assert marks['candidate'] < line.location['y'] < marks['nadir']
    assert 'at least 2.90 ng/mL: 2.0 ng/mL over the nadir of 0.90 ng/mL' in page.text()
    inside = page.driver.execute_script(
        'const b = document.querySelector("figure svg").getBoundingClientRect();'
        'return [...document.querySelectorAll(".scroll circle, .scroll path, .scroll rect")].every(e => {'
        'const r = e.getBoundingClientRect(); return r.left >= b.left - 1 && r.right <= b.right + 1 && '
        'r.top >= b.top - 1 && r.bottom <= b.bottom + 1; });')
    assert inside
    page.find('button[value="ack"]').click()
    harness.wait_until('back at the worklist', lambda: page.find('h1').text == 'Worklist')
    assert not page.all(f'a[href="/alerts/{alert["id"]}"]')
    assert ('acknowledged', 'irmela', alert['id']) in scene.rows('SELECT event, actor, subject FROM audit')


def test_with_the_keyboard_alone(scene, page):
    page.login('irmela')
    for _ in range(30):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        if '/alerts/' in (page.driver.switch_to.active_element.get_attribute('href') or ''):
            break
    page.driver.switch_to.active_element.send_keys(Keys.ENTER)
    harness.wait_until('a case', lambda: '/alerts/' in page.driver.current_url)


def test_no_script_runs_and_nothing_is_loaded_from_elsewhere(scene, page):
    page.login('irmela')
    page.go('/alerts/' + scene.alerts()[0]['id'])
    loaded = page.driver.execute_script('return performance.getEntriesByType("resource").map(e => e.name)')
    assert all(name.startswith(page.base) for name in loaded)
    assert not page.all('script')


def test_one_page_for_the_tumour_board_and_none_too_wide_for_a_phone(scene, page):
    page.login('irmela')
    alert = [a for a in scene.alerts() if a['patient']['id'] == 'Q0000001'][0]
    page.go(f'/alerts/{alert["id"]}?print=1')
    made = page.driver.execute_cdp_cmd('Page.printToPDF', {'preferCSSPageSize': True, 'printBackground': True})
    assert len(re.findall(rb'/Type /Page\b', base64.b64decode(made['data']))) == 1
    page.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride',
                                {'width': 360, 'height': 740, 'deviceScaleFactor': 1, 'mobile': True})
    try:
        for path in ('/', f'/alerts/{alert["id"]}'):
            page.go(path)
            assert page.driver.execute_script('return document.documentElement.scrollWidth') <= 360, path
    finally:
        page.driver.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})


@pytest.mark.parametrize('who,path', [('irmela', '/'), ('irmela', 'case'), ('otto', '/feeds'), ('anna', '/audit'), (None, '/login')])
def test_accessibility(scene, page, who, path):
    if not os.path.exists(AXE):
        pytest.skip('axe-core is not there: make npm')
    if who:
        page.login(who)
    page.go('/alerts/' + scene.alerts()[0]['id'] if path == 'case' else path)
    assert page.findings() == '[]'
