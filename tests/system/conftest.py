"""What the tests share: a refractd that is started for one test, or one for a whole file, and ended by its number."""
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import harness  # noqa: E402


@pytest.fixture
def daemon():
    with harness.Daemon() as d:
        yield d


@pytest.fixture
def context():
    import zmq
    c = zmq.Context()
    yield c
    c.destroy(linger=0)


@pytest.fixture(scope='session')
def hooks_build():
    """A build with test hooks, beside the one that is tested: `make system` makes it, so it is only made here when a
    test is run by hand."""
    folder = harness.BUILD + '-hooks'
    if not all(os.path.exists(os.path.join(folder, name)) for name in ('refractd', 'refractctl')):
        env = {k: v for k, v in os.environ.items() if k not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')}
        made = subprocess.run(['make', '--no-print-directory', '-C', harness.ROOT, 'HOOKS=1', f'B={folder}', '-j2', 'all'],
                              capture_output=True, text=True, timeout=900, check=False, env=env)
        assert made.returncode == 0, made.stderr[-3000:]
    return folder
