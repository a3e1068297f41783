"""layers.txt as data, for the two checks that read it."""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))


class Layers:
    """rooms: room -> rooms it may use; pure: set of rooms; outside, symbols: (prefix, rooms allowed)."""

    def __init__(self, path=os.path.join(HERE, 'layers.txt')):
        self.path = path
        self.rooms, self.pure = {}, set()
        outside, symbols = [], []
        section = None
        with open(path, encoding='utf-8') as file:
            for raw in file:
                line = raw.split('#')[0].strip()
                if not line:
                    continue
                if line.startswith('['):
                    section = line.strip('[]')
                    continue
                left, right = (part.split() for part in line.split(':', 1))
                if section in ('pure', 'effects'):
                    self.rooms[left[0]] = set(right)
                    if section == 'pure':
                        self.pure.add(left[0])
                else:
                    (outside if section == 'outside' else symbols).append((left, right))
        self.outside = [(p, self._expand(r)) for left, r in outside for p in left]
        self.symbols = [(p, self._expand(r)) for left, r in symbols for p in left]

    def _expand(self, words):
        every = set(self.rooms)
        groups = {'ALL': every, 'PURE': self.pure, 'EFFECTS': every - self.pure}
        found = set()
        for word in words:
            found |= groups.get(word, {word})
        return found

    def may_use(self, room, other):
        return room == other or other in self.rooms.get(room, ())

    def header_rooms(self, header):
        """The rooms that may include <header>; None when layers.txt does not name it."""
        for name, rooms in self.outside:
            if header == name or (name.endswith('/') and header.startswith(name)):
                return rooms
        return None

    def symbol_rooms(self, symbol):
        for prefix, rooms in self.symbols:
            if symbol.startswith(prefix):
                return rooms
        return None

    def cycle(self):
        """A list of rooms that go round, or None."""
        done, path = set(), []

        def walk(room):
            if room in path:
                return path[path.index(room):] + [room]
            if room in done:
                return None
            path.append(room)
            for other in sorted(self.rooms.get(room, ())):
                found = walk(other)
                if found:
                    return found
            path.pop()
            done.add(room)
            return None

        for room in sorted(self.rooms):
            found = walk(room)
            if found:
                return found
        return None


def room_of(path):
    """The room of a path below daemon/: 'base' for base/str.c, 'main' for main.c."""
    return path.split('/')[0] if '/' in path else 'main'


TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text, strings=True):
    """The text without comments (and strings), with every line where it was."""
    def wipe(match):
        word = match.group(0)
        if word[0] in '"\'' and not strings:
            return word
        return re.sub(r'[^\n]', ' ', word)
    return TOKEN.sub(wipe, text.replace('\\\n', ' \n'))
