"""Are the worked timelines sharp enough? Each comparison, constant, window and branch of each shipped
rule is changed, one at a time, and the timelines are run against the changed rule: at least one
must fail, else the mutant survives.
    mutate.py CTL RULES_DIR VECTORS.json...
All mutants of a rule run in one process: a folder of rules in which each mutant has an id of its
own, and a vectors file in which each timeline of the rule stands once per mutant. survivors.md,
beside this file, says of each survivor why it is one. Exit 1 when fewer than 95 % are killed, or
when a survivor is not in the list."""
import collections
import copy
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import yaml

SHARE = 95
HERE = os.path.dirname(os.path.abspath(__file__))
EDGE = {"ge": "gt", "gt": "ge", "le": "lt", "lt": "le"}
TURN = {"ge": "le", "gt": "lt", "le": "ge", "lt": "gt"}
BODY = ("line", "refs", "candidate", "milestones", "exclude", "confirm", "cap", "age")
COUNTS = ("count", "n", "of_last", "confirmed")
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
SPAN = re.compile(r"([0-9]+)(d|w|mo|y)")


# ---------------------------------------------------------------- YAML, each scalar as it is written
def emit(x):
    if isinstance(x, dict):
        return "{" + ", ".join("%s: %s" % (json.dumps(k), emit(v)) for k, v in x.items()) + "}"
    if isinstance(x, list):
        return "[" + ", ".join(emit(v) for v in x) + "]"
    return x if re.fullmatch(r"[A-Za-z0-9_.]+", x) else json.dumps(x, ensure_ascii=False)


def walk(x, path=()):
    yield path, x
    items = x.items() if isinstance(x, dict) else enumerate(x) if isinstance(x, list) else ()
    for k, v in items:
        yield from walk(v, path + (k,))


def at(x, path):
    for k in path:
        x = x[k]
    return x


# ---------------------------------------------------------------- what can be changed
def ulp(text):
    """The number, one unit of its last written place up and down."""
    places = len(text.partition(".")[2])
    n = int(text.replace(".", ""))
    for m in (n - 1, n + 1):
        if m >= 0:
            whole = str(m).rjust(places + 1, "0")
            yield whole[:len(whole) - places] + ("." + whole[-places:] if places else "")


def spans(text):
    n, unit = SPAN.fullmatch(text).groups()
    n = int(n)
    if unit in "dw":
        days = n * (7 if unit == "w" else 1)
        return ["%dd" % d for d in (days - 1, days + 1) if d >= 0]
    months = n * (12 if unit == "y" else 1)
    return ["%dmo" % (months - 1), "%dmo" % (months + 1), "%dd" % (months * 30)]


class Mutants:
    def __init__(self, rule):
        self.rule, self.out = rule, []

    def add(self, what, path, change):
        changed = copy.deepcopy(self.rule)
        change(changed)
        if changed != self.rule and not any(changed == m for _, m in self.out):
            self.out.append(("%s: %s" % (".".join(map(str, path)), what), changed))

    def put(self, what, path, value):
        def change(r):
            at(r, path[:-1])[path[-1]] = value
        self.add(what, path, change)

    def drop(self, what, path):
        def change(r):
            del at(r, path[:-1])[path[-1]]
        self.add(what, path, change)

    def rename(self, path, new):
        def change(r):
            m = at(r, path[:-1])
            items = [(new if k == path[-1] else k, v) for k, v in m.items()]
            m.clear()
            m.update(items)
        if new not in at(self.rule, path[:-1]):
            self.add("%s becomes %s" % (path[-1], new), path, change)

    def all(self):
        for top in BODY:
            if top in self.rule:
                for path, x in walk(self.rule[top], (top,)):
                    self.of(path, x)
        return self.out

    def of(self, path, x):
        key = path[-1]
        if key == "due":  # the day of a reminder: no status hangs on it
            return
        if key in EDGE:
            self.rename(path, EDGE[key])
            self.rename(path, TURN[key])
        if key in ("all", "any") and isinstance(x, list):
            self.rename(path, "any" if key == "all" else "all")
        if isinstance(key, int) and path[-2] in ("all", "any", "exclude", "milestones") and \
                len(at(self.rule, path[:-1])) > 1:
            self.drop("branch dropped", path)
        if key == "exclude" or (key in ("cap", "confirm", "age") and len(path) == 1) or \
                (key in ("test", "by", "at_once") and path[0] == "confirm") or \
                key in ("else", "max_age", "within", "spacing", "span", "min_pct", "warn", "again"):
            self.drop("dropped", path)
        if isinstance(x, dict) and list(x) == ["not"]:
            self.put("not taken away", path, x["not"])
        if isinstance(x, str):
            self.of_text(path, x)

    def of_text(self, path, x):
        key = path[-1]
        if x in ("true", "false"):
            self.put("becomes " + ("false" if x == "true" else "true"), path,
                     "false" if x == "true" else "true")
        elif NUMBER.fullmatch(x):
            for y in ulp(x):
                if key not in COUNTS or int(y) > 0:
                    self.put("%s becomes %s" % (x, y), path, y)
        elif SPAN.fullmatch(x):
            for y in spans(x):
                self.put("%s becomes %s" % (x, y), path, y)
        elif isinstance(key, int) and path[-2] in ("in", "code") and len(at(self.rule, path[:-1])) > 1:
            self.drop("%s dropped" % x, path)
        elif key == "from" and x != "line" and path[0] == "refs":
            self.put("from the line, without the baseline", path, "line")


# ---------------------------------------------------------------- running them
def write_rules(folder, mutants):
    for i, (_, rule) in mutants.items():
        with open(os.path.join(folder, "m%d.yaml" % i), "w", encoding="utf-8") as f:
            f.write("- %s\n" % emit(dict(rule, id="%s.m%d" % (rule["id"], i))))


def run(ctl, mutants, vectors, tmp):
    """The numbers of mutants that some timeline notices, and of those that do not even compile."""
    folder = os.path.join(tmp, mutants[0][1]["id"])
    os.mkdir(folder)
    numbered = dict(enumerate(mutants))
    write_rules(folder, numbered)
    check = subprocess.run([ctl, "criteria", "check", "--criteria", folder],
                           capture_output=True, text=True, check=False)
    still = {int(n) for n in re.findall(r"m(\d+)\.yaml:\d+:\d+", check.stderr)} if check.returncode else set()
    for i in still:
        os.remove(os.path.join(folder, "m%d.yaml" % i))
    paths = []
    for i in sorted(set(numbered) - still):  # a file each: refractctl reads 4 MiB of one at most
        paths.append(os.path.join(tmp, "v%d.json" % i))
        with open(paths[-1], "w", encoding="utf-8") as f:
            json.dump([dict(v, id="%d/%s" % (i, v["id"]), criterion="%s.m%d" % (v["criterion"], i))
                       for v in vectors], f)
    done = subprocess.run([ctl, "criteria", "test", "--criteria", folder, *paths],
                          capture_output=True, text=True, check=False)
    last = done.stdout.splitlines()[-1:]
    if not last or not re.fullmatch(r"\d+ passed, \d+ failed", last[0]) or \
            (vectors and last[0] == "0 passed, 0 failed"):
        sys.exit("refractctl did not run the mutants of %s: %s" % (folder, done.stderr[:1000] or last))
    return {int(n) for n in re.findall(r"^FAIL (\d+)/", done.stdout, re.M)}, still


def explained():
    """rule | mutant | why, rows of the table in survivors.md"""
    out = {}
    with open(os.path.join(HERE, "survivors.md"), encoding="utf-8") as f:
        for line in f:
            cells = [c.strip().strip("`") for c in line.strip().strip("|").split(" | ")]
            if len(cells) == 3 and "." in cells[0]:
                out[cells[0], cells[1]] = cells[2]
    return out


def main():
    ctl, folder = sys.argv[1:3]
    vectors = collections.defaultdict(list)
    for path in sys.argv[3:]:
        with open(path, encoding="utf-8") as f:
            for v in json.load(f):
                vectors[v["criterion"]].append(v)
    rules = [r for path in sorted(glob.glob(folder + "/*.yaml"))
             for r in yaml.load(open(path, encoding="utf-8"), yaml.BaseLoader)]
    known, killed, total, unknown = explained(), 0, 0, 0
    with tempfile.TemporaryDirectory() as tmp:
        for rule in rules:
            mutants = Mutants(rule).all()
            dead, still = run(ctl, mutants, vectors[rule["id"]], tmp)
            alive = [i for i in range(len(mutants)) if i not in dead | still]
            print("%-32s %3d mutants, %3d killed, %d timelines" % (
                rule["id"], len(mutants) - len(still), len(dead), len(vectors[rule["id"]])))
            for i in alive:
                why = known.get((rule["id"], mutants[i][0]))
                unknown += why is None
                print("    survives: %s%s" % (mutants[i][0], "" if why is None else " (%s)" % why))
            killed, total = killed + len(dead), total + len(mutants) - len(still)
    print("%d mutants of %d rules, %d killed (%d.%d %%), %d survive, %d of them unexplained" % (
        total, len(rules), killed, killed * 100 // total, killed * 1000 // total % 10,
        total - killed, unknown))
    return killed * 100 < total * SHARE or unknown > 0


if __name__ == "__main__":
    sys.exit(main())
