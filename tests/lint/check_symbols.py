#!/usr/bin/python3
"""House rules on what the compiled rooms really call.  check_symbols.py BUILD OBJECT...

 1. pure rooms leave undefined only what PURE_OK names, whatever their includes say: no clock, no file,
    no socket, no environment, no allocation
 2. pure rooms hold no variable that can change (.data, .bss)
 3. a room calls only the rooms that layers.txt allows, also by way of a hand-written declaration
 4. library functions (sqlite3_*, zmq_*, ...) only from the rooms that layers.txt names
OBJECTs are BUILD/daemon/ROOM/STEM.o.  Prints one line per finding; exit 1 if there is one."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from layers import Layers, room_of  # noqa: E402

PURE_OK = set("""
    memcpy memmove memset memcmp memchr memrchr strlen strnlen strcmp strncmp strchr strrchr strspn strcspn strstr
    snprintf vsnprintf
    setjmp _setjmp __sigsetjmp longjmp _longjmp siglongjmp
    __memcpy_chk __memmove_chk __memset_chk __snprintf_chk __vsnprintf_chk __longjmp_chk
    __stack_chk_fail _GLOBAL_OFFSET_TABLE_
    __divti3 __udivti3 __modti3 __umodti3 __multi3 __divmodti4 __udivmodti4
""".split())
# The one line that a failed assertion prints, and the abort after it.
ASSERT_OK = {'abort', 'fprintf', '__fprintf_chk', 'fwrite', 'fputs', 'stderr'}
MAY_CHANGE = re.compile(r'\.(data|bss|tdata|tbss)(\.|$)|\*COM\*')
CONSTANT = re.compile(r'\.data\.rel\.ro')


class Object:
    """What one object file defines, needs and keeps in memory that can change."""

    def __init__(self, build, path):
        self.path = path
        self.rel = os.path.relpath(path, os.path.join(build, 'daemon')).replace(os.sep, '/')
        self.room = room_of(self.rel)
        self.defined, self.needed, self.variables = set(), set(), set()
        out = subprocess.run(['objdump', '-t', '-w', path], capture_output=True, text=True, check=True)
        for line in out.stdout.splitlines():
            self.row(line)

    def row(self, line):
        # value, seven flag letters, section, size, [visibility] name
        match = re.match(r'[0-9a-f]+ (.{7}) (\S+)\s+[0-9a-f]+\s+(?:\.hidden )?(\S+)$', line)
        if not match:
            return
        flags, section, name = match.groups()
        if section == '*UND*':
            self.needed.add(name)
            return
        if flags[0] in 'gu' or flags[1] == 'w':
            self.defined.add(name)
        if flags[5] != 'd' and MAY_CHANGE.search(section) and not CONSTANT.search(section):
            self.variables.add(name)


def check(objects, layers):
    found = []
    owner = {name: o.room for o in objects for name in o.defined}
    for o in objects:
        pure = o.room in layers.pure
        allowed = PURE_OK | (ASSERT_OK if o.rel == 'base/assert.o' else set())
        for name in sorted(o.needed):
            rooms = layers.symbol_rooms(name)
            if name in owner:
                if not layers.may_use(o.room, owner[name]):
                    found.append(f'{o.rel}: {o.room}/ may not call {owner[name]}/ ({name})')
            elif pure and name not in allowed:
                found.append(f'{o.rel}: {name} called in the pure half')
            elif rooms is not None and o.room not in rooms:
                found.append(f'{o.rel}: {name} may not be called in {o.room}/')
        if pure:
            found += [f'{o.rel}: variable {name} in the pure half' for name in sorted(o.variables)]
    return found


def main():
    build, paths = sys.argv[1], sys.argv[2:]
    layers = Layers()
    found = check([Object(build, path) for path in paths], layers)
    if found:
        print('\n'.join(found))
        return 1
    print(f'purity: ok ({len(paths)} objects)')
    return 0


if __name__ == '__main__':
    sys.exit(main())
