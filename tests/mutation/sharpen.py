"""Looks for a worked timeline for each mutant that survives: random timelines, until the naive
evaluator says one thing of the rule and another of its mutant; then every fact goes that the
difference does not need. What is found is added to tests/criteria/boundaries.json, for a person to
read; refractctl has no part in it.
    sharpen.py CTL RULES_DIR TRIES VECTORS.json...     (from the root of the tree)"""
import collections
import glob
import json
import os
import random
import sys
import tempfile

import yaml

import mutate

sys.path.insert(0, os.path.join(mutate.HERE, "..", "naive"))
import naive      # noqa: E402
import property as made  # noqa: E402

OUT = "tests/criteria/boundaries.json"


def typed(rule):
    """The rule as naive.py wants it: numbers as numbers."""
    return yaml.load(mutate.emit(rule), naive.Loader)


def verdict(rule, events, day):
    return naive.evaluate(rule, events, day)


def last_day(events):
    return max(naive.day(x) for e in events for x in (e["recv"], naive.when(e)))


def differs(rule, mutant, events):
    return bool(events) and verdict(rule, events, last_day(events)) != \
        verdict(mutant, events, last_day(events))


def plain(e):
    """The fact as the feed would have it at best: received at once, final."""
    e = dict(e, recv=naive.when(e)[:10])
    return {k: v for k, v in e.items() if k not in ("uln", "method", "source", "specimen", "matrix")}


def smaller(rule, mutant, events):
    events = sorted(events, key=naive.when)
    for i in reversed(range(len(events))):
        less = events[:i] + events[i + 1:]
        if differs(rule, mutant, less):
            events = less
    for i, e in enumerate(events):
        less = events[:i] + [plain(e)] + events[i + 1:]
        if differs(rule, mutant, less):
            events = less
    return [dict(e, **({"status": "F"} if e["type"] != "therapy" else {})) for e in events] \
        if all(e.get("status", "F") in "FAB" for e in events) else events


def search(rule, mutants, worked, tries):
    """[(events, names of the mutants that it tells from the rule)]"""
    original, found = typed(rule), []
    left = {name: typed(m) for name, m in mutants}
    facets = [made.Facets(original)] + [made.Facets(m) for m in left.values()]
    for i in range(tries):
        if not left:
            break
        r = random.Random("%s %d" % (rule["id"], i))
        t = made.Timeline(original, r.choice(facets), r)
        if worked and r.random() < 0.4:
            t.events = made.perturbed(r.choice(worked), r)
        else:
            t.invent()
        if not t.events:
            continue
        day = last_day(t.events)
        want = verdict(original, t.events, day)
        killed = [n for n, m in left.items() if verdict(m, t.events, day) != want]
        if killed:
            events = smaller(original, left[killed[0]], t.events)
            told = [n for n, m in left.items() if differs(original, m, events)]
            found.append((events, told))
            for n in told:
                del left[n]
    return found, left


def line(v):
    rows = ",\n   ".join(json.dumps(e) for e in v["events"])
    head = " ".join('"%s": %s,' % (k, json.dumps(v[k])) for k in ("id", "criterion", "why"))
    return ' {%s\n  "events": [\n   %s],\n  "expect": %s}' % (head, rows, json.dumps(v["expect"]))


def survivors(ctl, rule, vectors):
    mutants = mutate.Mutants(rule).all()
    with tempfile.TemporaryDirectory() as tmp:
        dead, still = mutate.run(ctl, mutants, vectors, tmp)
    return [m for i, m in enumerate(mutants) if i not in dead | still]


def main():
    ctl, folder, tries = sys.argv[1], sys.argv[2], int(sys.argv[3])
    vectors = collections.defaultdict(list)
    for path in sys.argv[4:]:
        with open(path, encoding="utf-8") as f:
            for v in json.load(f):
                vectors[v["criterion"]].append(v)
    kept = []
    if os.path.exists(OUT):
        with open(OUT, encoding="utf-8") as f:
            kept = json.load(f)
    number = max([int(v["id"][1:]) for v in kept], default=0)
    for path in sorted(glob.glob(folder + "/*.yaml")):
        with open(path, encoding="utf-8") as f:
            rules = yaml.load(f, yaml.BaseLoader)
        for rule in rules:
            alive = survivors(ctl, rule, vectors[rule["id"]])
            try:
                found, left = search(rule, alive, vectors[rule["id"]], tries)
            except naive.Unsupported as e:
                print("%s: not read by the naive evaluator (%s), %d survive" % (rule["id"], e, len(alive)))
                continue
            for events, told in found:
                number += 1
                status, first = verdict(typed(rule), events, last_day(events))
                want = {"asof": str(last_day(events)), "status": status}
                kept.append({"id": "B%04d" % number, "criterion": rule["id"], "events": events,
                             "why": "told from: " + "; ".join(told[:3]) + (" …" if told[3:] else ""),
                             "expect": [dict(want, date=str(first)) if first else want]})
            if alive:
                print("%s: %d survived, %d timelines found, left: %s" % (
                    rule["id"], len(alive), len(found), sorted(left)))
    with open(OUT, "w", encoding="utf-8") as f:
        f.write("[\n%s\n]\n" % ",\n".join(line(v) for v in kept))


if __name__ == "__main__":
    main()
