"""`make install`: what a package is made of, and that it works from there."""
import os
import re
import subprocess

import pytest

import harness

BUILD = os.environ.get('REFRACT_BUILD', 'build')
COMPLETES = [
    (['refractctl', 'cou'], {'counters'}),
    (['refractctl', 'criteria', 's'], {'show', 'sign'}),
    (['refractctl', 'trials', 'import', ''], {'ctgov'}),
    (['refractctl', 'criteria', 'sign', '--o'], {'--on'}),
    (['refractctl', '--json', 'sta'], {'status'}),
    (['refractctl', 'show', ''], set()),
]


def make_install(dest):
    done = subprocess.run(['make', '-C', harness.ROOT, f'B={BUILD}', f'DESTDIR={dest}', 'install'],
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope='module')
def dest(tmp_path_factory):
    folder = tmp_path_factory.mktemp('dest')
    make_install(folder)
    return folder


def run(dest, program, *args):
    return subprocess.run([dest / 'usr' / program, *args], capture_output=True, text=True, timeout=60, check=False)


def test_what_is_installed_runs_from_there(dest):
    out = run(dest, 'sbin/refractd', '--config', dest / 'etc/refractd/refractd.yaml', '--check')
    assert out.returncode == 0 and 'ok' in out.stdout, out.stderr
    assert run(dest, 'bin/refractctl', 'version').stdout.startswith('refractctl ')
    unit = (dest / 'lib/systemd/system/refractd.service').read_text()
    assert re.search(r'^ExecStart=/usr/sbin/refractd --config /etc/refractd/refractd.yaml$', unit, re.M)


def test_a_file_of_the_sites_own_stays(dest):
    own = dest / 'etc/refractd/refractd.yaml'
    own.write_text('mode: normal\n')
    gone = dest / 'etc/refractd/maps/default.yaml'
    gone.unlink()
    make_install(dest)
    assert own.read_text() == 'mode: normal\n' and gone.exists()


def test_man_pages_name_every_verb_and_key(dest):
    verbs = re.findall(r'^refractctl ([a-z]+(?: [a-z]+)*)', run(dest, 'bin/refractctl', 'help').stdout, re.M)[1:]
    page = (dest / 'usr/share/man/man1/refractctl.1').read_text().replace('\\', '')
    assert len(verbs) > 40
    assert [v for v in verbs if f'refractctl {v}' not in page] == []
    keys = re.findall(r'^ *#?([a-z_]+):', run(dest, 'sbin/refractd', '--print-config').stdout, re.M)
    page = (dest / 'usr/share/man/man5/refractd.yaml.5').read_text().replace('\\', '')
    assert [k for k in keys if f'{k}:' not in page] == []
    for number, name in ((8, 'refractd'), (5, 'refract-criteria')):
        assert (dest / f'usr/share/man/man{number}/{name}.{number}').read_text().startswith('.\\"')


@pytest.mark.parametrize('words,wanted', COMPLETES, ids=lambda w: ' '.join(w))
def test_bash_completes(dest, words, wanted):
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _refractctl; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    out = subprocess.run(['bash', '-c', script, 'bash', dest / 'usr/share/bash-completion/completions/refractctl', *words],
                         capture_output=True, text=True, timeout=10, check=False)
    assert out.stderr == '' and set(out.stdout.split()) == wanted
