#!/usr/bin/python3
"""House rules on the source of daemon/ that no compiler checks.  check_layers.py [ROOT]

 1. rooms: the table of layers.txt is free of cycles; every folder of daemon/ is in it; rooms are flat
 2. includes: "room/file.h", own header first, only rooms of the table, no way around (.. macros, .c files)
 3. no two modules (folder/stem) include each other, however far round
 4. headers from outside: only those that layers.txt names, only where it says; *.pb-c.h only in codec
 5. headers: guard RFD_<ROOM>_<STEM>_H; they begin with a comment of What, Owns, Threads, Errors
 6. banned calls; no typedef of structs; no module named for nothing; in pure rooms no float, clock, environment
 7. no text from a message in a log call
Prints one line per finding; exit 1 if there is one."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from layers import Layers, blank, room_of  # noqa: E402

OURS = re.compile(r'[a-z0-9_]+/[a-z0-9_]+\.h')
GENERATED = re.compile(r'[a-z0-9_]+(/[a-z0-9_]+)*\.pb-c\.h')
DIRECTIVE = re.compile(r'^[ \t]*(?:#|%:|\?\?=)[ \t]*(include|include_next|import)\b[ \t]*(.*)$', re.M)
CALL = re.compile(r'(?<![\w.>])([a-z_][a-z0-9_]*)\s*\(')
FLOAT = re.compile(r'\b(float|double)\b|(?<![\w.])(\d+\.\d*|\.\d+|\d+[eE][+-]?\d+)[fFlL]?(?![\w.])')
HEAD = ('What:', 'Owns:', 'Threads:', 'Errors:')

# call: (what to use instead, rooms where it is right)
BANNED = {
    'strcpy': ('str_* or sb_*', ()), 'strncpy': ('str_* or sb_*', ()), 'strcat': ('sb_*', ()),
    'strncat': ('sb_*', ()), 'sprintf': ('sb_addf', ()), 'vsprintf': ('sb_addv', ()),
    'gets': ('io_*', ()), 'strtok': ('str_cut', ()), 'sscanf': ('str_to_*', ()),
    'atoi': ('str_to_i64', ()), 'atol': ('str_to_i64', ()), 'atof': ('dec_parse', ()),
    'strtod': ('dec_parse', ()), 'system': ('spawn_*', ()), 'popen': ('spawn_*', ()),
    'alloca': ('an arena', ()), 'localtime': ('base/date.h', ()), 'gmtime': ('base/date.h', ()),
    'mktime': ('base/date.h', ()), 'ctime': ('base/date.h', ()), 'asctime': ('base/date.h', ()),
    'rand': ('a seed that is given', ()), 'random': ('a seed that is given', ()),
    'srand': ('a seed that is given', ()), 'qsort': ('sort_stable', ()), 'assert': ('rfd_assert', ()),
    'malloc': ('xmalloc or an arena', ('sys',)), 'calloc': ('xcalloc or an arena', ('sys',)),
    'realloc': ('xrealloc_array', ('sys',)), 'free': ('xfree', ('sys',)),
    'strdup': ('xstrdup or str_dup', ('sys',)), 'strndup': ('str_dup', ('sys',)),
    'printf': ('log_*', ('ctl', 'role', 'main')), 'puts': ('log_*', ('ctl', 'role', 'main')),
    'exit': ('fatal', ('sys', 'ctl', 'role', 'main')),
}
BANNED_PURE = {'time', 'clock_gettime', 'gettimeofday', 'getenv', 'open', 'read', 'write', 'close', 'fopen',
               'socket', 'getpid', 'sleep', 'nanosleep', 'getrandom', 'setlocale', 'atexit'}
TYPEDEF = re.compile(r'\btypedef\s+(?:const\s+)?(struct|union|enum)\s*\w*\s*(?:\{|\**\w+\s*;)')
NAMELESS = {'data', 'info', 'manager', 'util', 'utils', 'helper', 'helpers', 'misc', 'common'}
LOG_CALL = re.compile(r'\blog_[a-z]+\s*\(|\bLOG_[A-Z]+\s*\(')
LOG_TEXT = re.compile(r'\bSTR_FMT\b|\bstr_cz\b|\bsb_cz\b|(\.|->)p\b')


class Source:
    """One file of daemon/: its name for messages, its room, its text as written and without comments."""

    def __init__(self, root, path):
        self.path = path
        self.name = os.path.relpath(path, root)
        self.rel = os.path.relpath(path, os.path.join(root, 'daemon')).replace(os.sep, '/')
        self.stem, self.ext = os.path.splitext(self.rel)
        self.room = room_of(self.rel)
        with open(path, encoding='utf-8', errors='replace') as file:
            self.text = file.read()
        self.lines = blank(self.text, strings=False)
        self.code = blank(self.text)


class Checker:
    def __init__(self, root, layers):
        self.root, self.layers = root, layers
        self.found, self.edges = [], {}

    def say(self, name, line, text):
        self.found.append(f'{name}:{line}: {text}')

    def say_at(self, source, text, offset, words):
        self.say(source.name, text.count('\n', 0, offset) + 1, words)

    def run(self):
        cycle = self.layers.cycle()
        if cycle:
            self.say('tests/lint/layers.txt', 1, 'rooms go round: ' + ' -> '.join(cycle))
        files = 0
        for path in self.walk():
            source = Source(self.root, path)
            files += 1
            self.includes(source)
            if source.ext == '.h':
                self.header(source)
            self.names(source)
            self.calls(source)
            self.log_calls(source)
            if source.room in self.layers.pure:
                self.pure(source)
        self.module_cycles()
        return files

    def walk(self):
        base = os.path.join(self.root, 'daemon')
        for folder, _, names in sorted(os.walk(base)):
            rel = os.path.relpath(folder, base).replace(os.sep, '/')
            for file in sorted(names):
                path = os.path.join(folder, file)
                name = os.path.relpath(path, self.root)
                if os.path.islink(path):
                    self.say(name, 1, 'a link hides which room a file is in')
                elif not file.endswith(('.c', '.h')):
                    self.say(name, 1, 'only .c and .h files belong in daemon/')
                elif rel == '.' and file != 'main.c':
                    self.say(name, 1, 'only main.c may lie in daemon/ itself')
                elif '/' in rel:
                    self.say(name, 1, 'rooms are flat: no folder inside a room')
                else:
                    if rel != '.' and rel not in self.layers.rooms:
                        self.say(name, 1, f'room {rel}/ is not in layers.txt')
                    yield path

    def includes(self, source):
        first = True
        for match in DIRECTIVE.finditer(source.lines):
            line = source.lines.count('\n', 0, match.start()) + 1
            word, what = match.group(1), match.group(2).strip()
            if word != 'include' or not re.fullmatch(r'"[^"]*"|<[^>]*>', what):
                self.say(source.name, line, f'#{word} {what}: an include names one file, plainly')
                continue
            header = what[1:-1]
            if any(part in ('..', '.', '') for part in header.split('/')):
                self.say(source.name, line, f'include "{header}": no "." or ".." and no absolute path')
            elif what[0] == '<':
                self.outside(source, line, header)
            elif GENERATED.fullmatch(header):
                if source.room != 'codec':
                    self.say(source.name, line, f'"{header}": generated code only in codec/')
            elif not OURS.fullmatch(header):
                self.say(source.name, line, f'include "{header}" as "room/file.h"')
            else:
                self.ours(source, line, header, first)
            first = first and what[0] == '<'

    def ours(self, source, line, header, first):
        own = source.stem + '.h'
        if (source.ext == '.c' and first and header != own
                and os.path.exists(source.path[:-2] + '.h')):
            self.say(source.name, line, f'own header "{own}" must come first')
        other = room_of(header)
        if not self.layers.may_use(source.room, other):
            self.say(source.name, line, f'{source.room}/ may not include {other}/ ({header})')
        if header[:-2] != source.stem:
            self.edges.setdefault(source.stem, {}).setdefault(header[:-2], (source.name, line))

    def outside(self, source, line, header):
        rooms = self.layers.header_rooms(header)
        if rooms is None:
            self.say(source.name, line, f'<{header}> is not in layers.txt')
        elif source.room not in rooms:
            self.say(source.name, line, f'<{header}> may not be included in {source.room}/')

    def header(self, source):
        guard = 'RFD_' + source.stem.replace('/', '_').upper() + '_H'
        if not re.search(rf'^#ifndef {guard}\n#define {guard}$', source.text, re.M):
            self.say(source.name, 1, f'guard {guard} missing')
        comment = re.match(r'/\*.*?\*/', source.text, re.S)
        head = comment.group(0) if comment else ''
        places = [head.find(f'\n * {word}') for word in HEAD]
        for word, place in zip(HEAD, places):
            if place < 0:
                self.say(source.name, 1, f'the comment at the top lacks a line "{word}"')
        if -1 not in places and places != sorted(places):
            self.say(source.name, 1, 'the comment at the top: What, Owns, Threads, Errors, in this order')

    def names(self, source):
        for word in sorted(NAMELESS & set(source.stem.split('/')[-1].split('_'))):
            self.say(source.name, 1, f'"{word}" says nothing: name the module for what it does')
        for match in TYPEDEF.finditer(source.code):
            self.say_at(source, source.code, match.start(), f'typedef of a {match.group(1)}: write the tag')

    def calls(self, source):
        for match in CALL.finditer(source.code):
            word = match.group(1)
            if word in BANNED and source.room not in BANNED[word][1]:
                self.say_at(source, source.code, match.start(), f'{word}() is banned: use {BANNED[word][0]}')

    def pure(self, source):
        for match in CALL.finditer(source.code):
            if match.group(1) in BANNED_PURE:
                self.say_at(source, source.code, match.start(), f'{match.group(1)}() in the pure half')
        for match in FLOAT.finditer(source.code):
            self.say_at(source, source.code, match.start(), f'{match.group(0)}: no floating point in the pure half')

    def log_calls(self, source):
        if source.rel in ('sys/log.h', 'sys/log.c'):
            return
        for match in LOG_CALL.finditer(source.code):
            if re.match(r'[ \t]*#[ \t]*define', source.code[source.code.rfind('\n', 0, match.start()) + 1:]):
                continue
            text = LOG_TEXT.search(arguments(source.code, match.end()))
            if text:
                self.say_at(source, source.code, match.start(),
                            f'{text.group(0)} in a log call: text from outside is never logged')

    def module_cycles(self):
        seen, stack = {}, []

        def walk(module):
            seen[module] = 1
            stack.append(module)
            for other, at in sorted(self.edges.get(module, {}).items()):
                if seen.get(other) == 1:
                    ring = stack[stack.index(other):] + [other]
                    self.say(at[0], at[1], 'modules go round: ' + ' -> '.join(ring))
                elif other not in seen:
                    walk(other)
            stack.pop()
            seen[module] = 2

        for module in sorted(self.edges):
            if module not in seen:
                walk(module)


def arguments(code, start):
    """What stands between the bracket before start and the one that closes it."""
    depth = 1
    for at in range(start, len(code)):
        depth += {'(': 1, ')': -1}.get(code[at], 0)
        if depth == 0:
            return code[start:at]
    return code[start:]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else '.'
    checker = Checker(root, Layers())
    files = checker.run()
    found = list(dict.fromkeys(checker.found))
    if found:
        print('\n'.join(found))
        return 1
    print(f'layers: ok ({files} files)')
    return 0


if __name__ == '__main__':
    sys.exit(main())
