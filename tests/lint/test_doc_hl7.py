"""Every test that deploy/doc/hl7.md names is there, and every item of the checklist has one."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def source(name):
    path = f'tests/system/{name}' if name.endswith('.py') else f'tests/unit/{name}.c'
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return file.read()


def named(text):
    """[(file, test)] of "file: test, test; file: test"."""
    for file, tests in re.findall(r'\b(t_\w+|test_\w+\.py):\s+([\w*,\s]+)', text):
        for test in re.split(r'[,\s]+', tests.strip()):
            if re.fullmatch(r'\w+|\*', test):
                yield file, test


def test_every_named_test_exists():
    with open(os.path.join(ROOT, 'deploy', 'doc', 'hl7.md'), encoding='utf-8') as file:
        rows = re.findall(r'^\| (\d+) \|.*\|(.*)\|$', text := file.read(), re.M)
    assert [int(n) for n, _ in rows] == list(range(1, 43))
    for n, tests in rows:
        found = list(named(tests))
        assert found, n
        for file, test in found:
            assert test == '*' or re.search(rf'\b{test}\(', source(file)), (n, file, test)
    assert len(list(named(text))) > 80
