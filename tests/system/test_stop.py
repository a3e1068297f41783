"""Start, stop, reload: what systemd and an operator do to refractd, under load."""
import os
import signal
import subprocess
import time

import harness
import stories


def test_sigterm_under_load_answers_what_is_open_and_ends_at_once():
    with harness.Daemon() as daemon:
        messages = [m for _, story in stories.ward(60) for m in story]
        sender = harness.Sender(daemon.port['lis'], messages)
        sender.start()
        harness.wait_until('load', lambda: len(daemon.stored_ids()) > 50)
        begun = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - begun < 10
        acked = set(sender.acked)
        stored = set(daemon.stored_ids())
        assert acked <= stored, 'answered and not stored'
        daemon.start()
        sender.join(120)
        assert not sender.is_alive()
        assert set(daemon.stored_ids()) == {control for control, _ in messages}
        assert daemon.ctl('verify').returncode == 0


def test_a_broken_rule_keeps_the_old_set_and_says_where():
    with harness.Daemon(own_knowledge=True) as daemon:
        before = daemon.status()['knowledge']
        path = os.path.join(daemon.knowledge, 'criteria', 'prostate.yaml')
        with open(path, encoding='utf-8') as file:
            text = file.read()
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace('rise_pct', 'rize_pct', 1))
        line = text[:text.index('rise_pct')].count('\n') + 1
        mark = len(daemon.log_text())
        daemon.process.send_signal(signal.SIGHUP)
        harness.wait_until('the place is logged', lambda: 'prostate.yaml' in daemon.log_text()[mark:]
                           and f'{line}' in daemon.log_text()[mark:])
        time.sleep(1)
        assert daemon.status()['knowledge'] == before
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text + '\n# mended\n')
        daemon.process.send_signal(signal.SIGHUP)
        harness.wait_until('the new set is taken', lambda: (daemon.status() or {}).get('knowledge') not in (None, before))


def test_check_prints_every_error_with_its_place():
    with harness.Daemon(own_knowledge=True) as daemon:
        folder = os.path.join(daemon.knowledge, 'criteria')
        for name in ('prostate.yaml', 'ovary.yaml'):
            path = os.path.join(folder, name)
            with open(path, encoding='utf-8') as file:
                text = file.read()
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text.replace('confirm:', 'conform:', 1))
        out = subprocess.run([os.path.join(daemon.build, 'refractd'), '--config', daemon.config, '--check'],
                             capture_output=True, text=True, timeout=30, check=False)
        said = out.stdout + out.stderr
        assert out.returncode == 1
        for name in ('prostate.yaml', 'ovary.yaml'):
            assert any(f'{name}:' in line and 'conform' in line and line.split(f'{name}:')[1].split(':')[0].isdigit()
                       for line in said.splitlines()), said
        assert daemon.status() is not None  # the running one is not touched


def test_a_killed_role_comes_back():
    with harness.Daemon() as daemon:
        for role in harness.ROLES:
            old = daemon.all_roles()[role]
            os.kill(old, signal.SIGKILL)
            harness.wait_until(f'{role} is back', lambda r=role, o=old: daemon.roles().get(r) not in (None, o))
            daemon.wait_served()
        with harness.Mllp(daemon.port['lis']) as peer:
            _, messages = stories.prostate(1, 'suspected')
            assert all(peer.ask(payload)[0] == 'AA' for _, payload in messages)


def test_stop_and_start_many_times():
    """Fifteen times under a feed that goes on: nothing that was answered is missing."""
    with harness.Daemon() as daemon:
        messages = [m for _, story in stories.ward(90) for m in story]
        sender = harness.Sender(daemon.port['lis'], messages, pace=lambda _: time.sleep(0.004))
        sender.start()
        for _ in range(15):
            time.sleep(0.15)
            assert daemon.stop() == 0
            daemon.start()
        sender.join(120)
        assert not sender.is_alive()
        assert set(sender.acked) == {control for control, _ in messages}
        assert set(daemon.stored_ids()) == set(sender.acked)
