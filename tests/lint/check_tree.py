#!/usr/bin/python3
"""House rules on the whole tree.  check_tree.py [ROOT]

 1. functions of daemon/ have at most 70 lines, files of daemon/ and tests/ at most 1,000
 2. lines of daemon/ and of C tests have at most 100 columns
 3. ZMQ_HEARTBEAT stands nowhere in daemon/: it aborts libzmq 4.3.4 (zeromq/libzmq issue 3937)
 4. nothing is left open in daemon/ or proto/ (TODO, FIXME, XXX)
 5. Python files compile, shell scripts parse; no path of one machine
Prints one line per finding; exit 1 if there is one."""
import os
import re
import subprocess
import sys

FUNCTION_LINES, FILE_LINES, COLUMNS = 70, 1000, 100
OPEN = re.compile(r'\b(TODO|FIXME|XXX)\b')
MACHINE = re.compile(r'(?<![\w.])/(home|work)/\w')
DEFINITION = re.compile(r'^(\w+)\(')
TOP = ('daemon', 'proto', 'config', 'deploy', 'tests', 'systemd', '.ci')
TEXT = ('.c', '.h', '.py', '.sh', '.proto', '.yaml', '.yml', '.md', '.service', '.mk')


def files(root):
    for top in TOP:
        for folder, folders, names in sorted(os.walk(os.path.join(root, top))):
            folders[:] = sorted(f for f in folders if f not in ('__pycache__', 'node_modules', '.pytest_cache'))
            for name in sorted(names):
                path = os.path.join(folder, name)
                if top == '.ci' or name.endswith(TEXT):
                    yield top, os.path.relpath(path, root), path


def functions(lines):
    """(name, first line, number of lines): the name begins a line, the closing brace is one."""
    name, first = None, 0
    for number, line in enumerate(lines, 1):
        match = DEFINITION.match(line)
        if match and not line.rstrip().endswith(';'):
            name, first = match.group(1), number
        elif line.startswith('}') and name:
            yield name, first, number - first + 1
            name = None
        elif line and not line[0].isspace() and line[0] not in '{#/' and not match:
            name = None


def c_file(top, name, lines):
    if top == 'daemon':
        for function, first, length in functions(lines):
            if length > FUNCTION_LINES:
                yield f'{name}:{first}: {function}() has {length} lines (at most {FUNCTION_LINES})'
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield f'{name}:{number}: {len(line)} columns (at most {COLUMNS})'


def check(top, name, path):
    with open(path, encoding='utf-8', errors='replace') as file:
        text = file.read()
    lines = text.split('\n')
    if name.endswith(('.c', '.h')):
        yield from c_file(top, name, lines)
    if name.endswith(('.c', '.h', '.py', '.sh')) and len(lines) - 1 > FILE_LINES:
        yield f'{name}:1: {len(lines) - 1} lines (at most {FILE_LINES})'
    for number, line in enumerate(lines, 1):
        if top == 'daemon' and 'ZMQ_HEARTBEAT' in line:
            yield f'{name}:{number}: ZMQ_HEARTBEAT_* aborts libzmq 4.3.4'
        if top in ('daemon', 'proto') and OPEN.search(line):
            yield f'{name}:{number}: left open: {OPEN.search(line).group(0)}'
        if MACHINE.search(line) and not name.startswith('tests/lint/'):
            yield f'{name}:{number}: a path of one machine'
    yield from parses(name, path, text)


def parses(name, path, text):
    if name.endswith('.py'):
        try:
            compile(text, name, 'exec')
        except SyntaxError as error:
            yield f'{name}:{error.lineno}: {error.msg}'
    elif name.endswith('.sh') or text.startswith('#!/usr/bin/env bash'):
        out = subprocess.run(['bash', '-n', path], capture_output=True, text=True, check=False)
        if out.returncode != 0:
            yield f'{name}:1: {out.stderr.strip()}'


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else '.'
    found, count = [], 0
    for top, name, path in files(root):
        count += 1
        found += check(top, name, path)
    if found:
        print('\n'.join(found))
        return 1
    print(f'tree: ok ({count} files)')
    return 0


if __name__ == '__main__':
    sys.exit(main())
