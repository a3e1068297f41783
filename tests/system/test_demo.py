"""make demo's player against the build under test: it compares every alert with deploy/demo/story.json itself."""
import os
import subprocess
import sys

import harness


def play(*more):
    env = dict(os.environ, PYTHONPATH=os.path.join(harness.BUILD, 'py'))
    return subprocess.run([sys.executable, os.path.join(harness.ROOT, 'deploy', 'demo', 'play.py'), '--build',
                           harness.BUILD, '--ports', 'free', *more],
                          capture_output=True, text=True, timeout=150, check=False, env=env)


def test_demo_tells_the_story():
    out = play()
    assert out.returncode == 0, out.stdout[-3000:] + out.stderr[-2000:]
    assert out.stdout.count('DEMO, UNREVIEWED') >= 15
    assert 'as expected' in out.stdout

