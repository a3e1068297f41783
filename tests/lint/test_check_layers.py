"""Each rule of check_layers.py and check_tree.py is broken once, in a small tree, and must be found."""
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))

HEADER = '''/*
 * What:    a thing.
 * Owns:    nothing.
 * Threads: any.
 * Errors:  none.
 */
#ifndef {guard}
#define {guard}

{body}

#endif
'''


def header(name, body):
    return HEADER.format(guard='RFD_' + name[:-2].replace('/', '_').upper() + '_H', body=body)


def clean_tree():
    """A tree without a fault: name below daemon/ -> text."""
    return {
        'main.c': '#include "role/start.h"\n\nint\nmain(void)\n{\n    return start_all();\n}\n',
        'base/str.h': header('base/str.h', '#include <stddef.h>\n\nsize_t str_len(const char *c);'),
        'base/str.c': '#include "base/str.h"\n\n#include <string.h>\n\n'
                      'size_t\nstr_len(const char *c)\n{\n    return strlen(c); /* malloc() is 1.5 bad */\n}\n',
        'wire/mllp.h': header('wire/mllp.h', '#include "base/str.h"\n\ntypedef enum zone mllp_zone(int c);'),
        'sys/zsock.h': header('sys/zsock.h', '#include <zmq.h>\n#include <sys/types.h>'),
        'codec/fact.h': header('codec/fact.h', 'int codec_fact(void);'),
        'codec/fact.c': '#include "codec/fact.h"\n\n#include "refract/v1/fact.pb-c.h"\n\n'
                        'int\ncodec_fact(void)\n{\n    return 0;\n}\n',
        'store/db.h': header('store/db.h', '#include "codec/fact.h"\n\n#include <sqlite3.h>'),
        'role/start.h': header('role/start.h', 'int start_all(void);'),
    }


def run(script, tmp_path, files):
    for name, text in files.items():
        path = tmp_path / 'daemon' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = subprocess.run([sys.executable, os.path.join(HERE, script), str(tmp_path)],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize('script', ['check_layers.py', 'check_tree.py'])
def test_clean_tree_passes(tmp_path, script):
    code, out = run(script, tmp_path, clean_tree())
    assert code == 0, out


# file, text added at its end, what the checker must say
ADDED = [
    ('wire/mllp.h', '#include "sys/zsock.h"', 'wire/ may not include sys/'),
    ('wire/mllp.h', '# include "sys/zsock.h"', 'wire/ may not include sys/'),
    ('wire/mllp.h', '/* x */ #include "sys/zsock.h"', 'wire/ may not include sys/'),
    ('wire/mllp.h', '%:include "sys/zsock.h"', 'wire/ may not include sys/'),
    ('wire/mllp.h', '#include "base/../sys/zsock.h"', 'no "." or ".."'),
    ('wire/mllp.h', '#include <../daemon/sys/zsock.h>', 'no "." or ".."'),
    ('wire/mllp.h', '#include "./mllp.h"', 'no "." or ".."'),
    ('wire/mllp.h', '#include "/usr/include/zmq.h"', 'no absolute path'),
    ('wire/mllp.h', '#define X <stdio.h>\n#include X', 'an include names one file, plainly'),
    ('wire/mllp.h', '#include_next <zmq.h>', 'an include names one file, plainly'),
    ('wire/mllp.h', '#include "str.h"', 'as "room/file.h"'),
    ('wire/mllp.h', '#include "base/str.c"', 'as "room/file.h"'),
    ('wire/mllp.h', '#include <stdio.h>', '<stdio.h> may not be included in wire/'),
    ('wire/mllp.h', '#include <stdlib.h>', '<stdlib.h> may not be included in wire/'),
    ('wire/mllp.h', '#include <time.h>', '<time.h> may not be included in wire/'),
    ('base/str.h', '#include <unistd.h>', '<unistd.h> may not be included in base/'),
    ('wire/mllp.h', '#include <complex.h>', '<complex.h> is not in layers.txt'),
    ('wire/mllp.h', '#include "refract/v1/fact.pb-c.h"', 'generated code only in codec/'),
    ('store/db.h', '#include "refract/v1/fact.pb-c.h"', 'generated code only in codec/'),
    ('store/db.h', '#include <zmq.h>', '<zmq.h> may not be included in store/'),
    ('store/db.h', '#include <openssl/ssl.h>', '<openssl/ssl.h> may not be included in store/'),
    ('store/db.h', '#include <systemd/sd-daemon.h>', 'may not be included in store/'),
    ('store/db.h', '#include <netinet/in.h>', 'may not be included in store/'),
    ('store/db.h', '#include <microhttpd.h>', 'may not be included in store/'),
    ('sys/zsock.h', '#include <sqlite3.h>', '<sqlite3.h> may not be included in sys/'),
    ('sys/zsock.h', '#include <yaml.h>', '<yaml.h> may not be included in sys/'),
    ('sys/zsock.h', '#include "codec/fact.h"', 'sys/ may not include codec/'),
    ('main.c', '#include "store/db.h"', 'main/ may not include store/'),
    ('base/str.h', 'static inline void f(void) { malloc(1); }', 'malloc() is banned'),
    ('store/db.h', 'static inline void f(void) { calloc(1, 1); }', 'calloc() is banned'),
    ('store/db.h', 'static inline void f(char *c) { strcpy(c, ""); }', 'strcpy() is banned'),
    ('store/db.h', 'static inline void f(void) { printf("x"); }', 'printf() is banned'),
    ('base/str.h', 'static inline long f(void) { return time(0); }', 'time() in the pure half'),
    ('base/str.h', 'static inline void f(void *p) { qsort(p, 1, 1, 0); }', 'qsort() is banned'),
    ('base/str.h', 'static inline double f(void);', 'no floating point'),
    ('base/str.h', 'enum { X = (int)1.5 };', 'no floating point'),
    ('base/str.h', 'enum { X = (int)1e6 };', 'no floating point'),
    ('base/str.h', 'typedef struct str text;', 'typedef of a struct'),
    ('base/str.h', 'typedef enum { A } letter;', 'typedef of a enum'),
    ('store/db.h', '#define F(s) 1\nvoid f(void) { log_warn("x", LOG_NAME("t", s.p)); }', '.p in a log call'),
    ('store/db.h', 'void f(void) { log_warn("x", LOG_NAME("t", str_cz(a, s))); }', 'str_cz in a log call'),
    ('store/db.h', 'void f(void) {\n    log_warn("x",\n             g(STR_FMT(s)));\n}', 'STR_FMT in a log call'),
]


@pytest.mark.parametrize('name,text,say', ADDED)
def test_added_fault_is_found(tmp_path, name, text, say):
    files = clean_tree()
    files[name] += text + '\n'
    code, out = run('check_layers.py', tmp_path, files)
    assert code == 1 and say in out, out
    assert f'daemon/{name}:{files[name].count(chr(10))}' in out or '\n' in text, out


# name, whole text (None: a good header), what the checker must say
NEW = [
    ('wire/list.inc', 'int x;\n', 'only .c and .h files'),
    ('other.c', 'int x;\n', 'only main.c may lie in daemon/'),
    ('wire/deep/x.c', 'int x;\n', 'rooms are flat'),
    ('attic/x.c', 'int x;\n', 'room attic/ is not in layers.txt'),
    ('wire/util.c', 'int x;\n', '"util" says nothing'),
    ('wire/text_helper.c', 'int x;\n', '"helper" says nothing'),
    ('wire/a.h', header('wire/b.h', 'int x;'), 'guard RFD_WIRE_A_H missing'),
    ('wire/a.h', header('wire/a.h', 'int x;').replace('Owns: ', 'Has: '), 'lacks a line "Owns:"'),
    ('wire/a.h', header('wire/a.h', 'int x;').replace('\n * Owns: ', ' Owns: '), 'lacks a line "Owns:"'),
    ('wire/a.h', '#pragma once\n' + header('wire/a.h', 'int x;'), 'lacks a line "What:"'),
    ('wire/mllp.c', '#include "base/str.h"\n#include "wire/mllp.h"\n', 'own header "wire/mllp.h" must come first'),
]


@pytest.mark.parametrize('name,text,say', NEW)
def test_new_fault_is_found(tmp_path, name, text, say):
    code, out = run('check_layers.py', tmp_path, {**clean_tree(), name: text})
    assert code == 1 and say in out, out


def test_link_is_found(tmp_path):
    run('check_layers.py', tmp_path, clean_tree())
    (tmp_path / 'daemon/base/zsock.h').symlink_to('../sys/zsock.h')
    code, out = run('check_layers.py', tmp_path, {})
    assert code == 1 and 'a link hides' in out


def test_modules_that_go_round(tmp_path):
    files = clean_tree()
    for one, other in (('a', 'b'), ('b', 'c'), ('c', 'a')):
        files[f'wire/{one}.h'] = header(f'wire/{one}.h', f'#include "wire/{other}.h"')
    code, out = run('check_layers.py', tmp_path, files)
    assert code == 1 and 'modules go round: wire/a -> wire/b -> wire/c -> wire/a' in out


# file below daemon/, whole text, what check_tree.py must say
TREE = [
    ('sys/a.c', 'void\nlong_one(void)\n{\n' + '    x();\n' * 70 + '}\n', 'long_one() has 73 lines'),
    ('sys/a.c', 'int x;\n' * 1001, '1001 lines (at most 1000)'),
    ('sys/a.c', '/* ' + 'x' * 98 + ' */\n', '104 columns'),
    ('sys/a.c', 'int x = ZMQ_HEARTBEAT_IVL;\n', 'aborts libzmq'),
    ('sys/a.c', '/* TO' 'DO: later */\n', 'left open'),
    ('../tests/a.py', 'def f(:\n', 'invalid syntax'),
    ('../tests/a.sh', 'if true\n', 'syntax error'),
    ('../deploy/a.md', 'see /home/me/x\n', 'a path of one machine'),
]


@pytest.mark.parametrize('name,text,say', TREE)
def test_tree_fault_is_found(tmp_path, name, text, say):
    code, out = run('check_tree.py', tmp_path, {**clean_tree(), name: text})
    assert code == 1 and say in out, out
