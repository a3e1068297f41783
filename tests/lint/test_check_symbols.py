"""Each rule of check_symbols.py is broken once, in objects compiled here, and must be found."""
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))

CLEAN = {
    'base/assert': '#include <stdio.h>\n#include <stdlib.h>\nvoid rfd_fail(void);\n'
                   'void rfd_fail(void) { fprintf(stderr, "x%d", 1); abort(); }',
    'base/str': '#include <string.h>\nint str_n(const char *c);\n'
                'static const char *const names[] = {"a", "b"};\n'
                'int str_n(const char *c) { return (int)strlen(c) + names[c[0] & 1][0]; }',
    'wire/hl7': 'int str_n(const char *c);\nint hl7(void);\nint hl7(void) { return str_n("x"); }',
    'sys/zsock': 'void *zmq_ctx_new(void);\nvoid *zs(void);\nvoid *zs(void) { return zmq_ctx_new(); }',
}


def run(tmp_path, rooms):
    objects = []
    for name, text in rooms.items():
        path = tmp_path / 'daemon' / (name + '.c')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + '\n')
        objects.append(str(path)[:-2] + '.o')
        subprocess.run(['gcc', '-O2', '-fPIE', '-c', '-o', objects[-1], str(path)], check=True)
    done = subprocess.run([sys.executable, os.path.join(HERE, 'check_symbols.py'), str(tmp_path), *objects],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_clean_rooms_pass(tmp_path):
    code, out = run(tmp_path, CLEAN)
    assert code == 0, out


# object, its text, what the checker must say
FAULTS = [
    ('wire/a', 'void *malloc(unsigned long n);\nvoid *f(void) { return malloc(8); }', 'malloc called in the pure half'),
    ('wire/a', 'void free(void *p);\nvoid f(void *p) { free(p); }', 'free called in the pure half'),
    ('wire/a', 'void *fopen(const char *, const char *);\nvoid *f(void) { return fopen("a", "r"); }', 'fopen called'),
    ('wire/a', 'long time(long *);\nlong f(void) { return time(0); }', 'time called in the pure half'),
    ('wire/a', 'char *getenv(const char *);\nchar *f(void) { return getenv("A"); }', 'getenv called'),
    ('wire/a', '#include <stdio.h>\nvoid f(void) { fprintf(stderr, "%d", 1); }', 'fprintf called in the pure half'),
    ('wire/a', 'void abort(void);\nvoid f(void) { abort(); }', 'abort called in the pure half'),
    ('wire/a', 'void *zs(void);\nvoid *f(void) { return zs(); }', 'wire/ may not call sys/ (zs)'),
    ('wire/a', 'int counter;\nint f(void) { return counter++; }', 'variable counter in the pure half'),
    ('wire/a', 'int f(void) { static int n = 1; return n++; }', 'variable n.'),
    ('wire/a', 'static _Thread_local int n;\nint f(void) { return n++; }', 'variable n in the pure half'),
    ('store/a', 'void *zmq_ctx_new(void);\nvoid *f(void) { return zmq_ctx_new(); }', 'may not be called in store/'),
    ('sys/a', 'int sqlite3_open(void);\nint f(void) { return sqlite3_open(); }', 'may not be called in sys/'),
    ('sys/a', 'int hl7(void);\nint f(void) { return hl7(); }', 'sys/ may not call wire/ (hl7)'),
]


@pytest.mark.parametrize('name,text,say', FAULTS)
def test_fault_is_found(tmp_path, name, text, say):
    code, out = run(tmp_path, {**CLEAN, name: text})
    assert code == 1 and f'{name}.o: ' in out and say in out, out
