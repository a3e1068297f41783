#!/usr/bin/python3
"""Cases that follow from others for every rule alike:  derive.py RULES_DIR VECTORS.json... >MORE.json

 - age: a case that is met or unconfirmed, for a patient who is exactly as old as the rule asks on that
   day, and for one who is a day younger;
 - second specimen: where a rule waits for a second value of any day, a case that waits, with the value
   once more of the same draw (still waits), and of another draw later that day (met)."""
import datetime
import glob
import json
import sys

import yaml


def when(e):
    return "collected" if e["type"] == "lab" else "date"


def last(v):
    return v["expect"][-1]


def at_event(v):
    """Is the question asked on the day of the only last event, by day?"""
    days = sorted(str(e[when(e)]) for e in v["events"])
    asof = last(v)["asof"]
    return days and days[-1] == asof and days.count(asof) == 1


def aged(v, years, late):
    """Born years before the day of the question, or so many days later."""
    asof = datetime.date.fromisoformat(last(v)["asof"])
    if (asof.month, asof.day) in ((2, 28), (2, 29)):  # a birthday that leap years move
        return None
    born = asof.replace(year=asof.year - years) + datetime.timedelta(late)
    person = {"type": "person", "date": str(born), "born": str(born), "recv": str(born)}
    return dict(v, events=[person] + v["events"])


def ages(rule, found):
    """{ge: 18} and {lt: 18}, the only kinds there are"""
    (op, years), = rule["age"].items()
    v = next((v for v in found if last(v)["status"] in ("met", "unconfirmed") and
              not any(e["type"] == "person" for e in v["events"])), None)
    if v is None:
        return
    for late, of_age in ((0, True), (1, False)):
        one = aged(v, int(years), late)
        fits = of_age == (op == "ge")
        want = last(v) if fits else {"asof": last(v)["asof"], "status": "not_evaluable"}
        if one:
            yield dict(one, id="%s#age%+d" % (rule["id"], -late), expect=[want],
                       why="%s %s years old" % ("exactly" if of_age else "a day less than", years))


def seconds(rule, found):
    confirm = rule.get("confirm") or {}
    if confirm.get("after") != "0d" or confirm.get("distinct_specimen") != "true":
        return
    v = next((v for v in found if last(v)["status"] == "unconfirmed" and at_event(v)), None)
    if v is None or rule.get("cap"):
        return
    e = next(e for e in v["events"] if str(e[when(e)]) == last(v)["asof"])
    rest = [x for x in v["events"] if x is not e]
    e = {k: x for k, x in e.items() if k != "specimen"}
    again = dict(e, id="again")
    yield dict(v, id=rule["id"] + "#resent", events=rest + [e, again], expect=[last(v)],
               why="one draw, told twice: confirms nothing")
    one, two = (dict(x, **{when(e): e[when(e)] + t}) for x, t in
                ((e, "T08:00:00+01:00"), (again, "T15:30:00+01:00")))
    yield dict(v, id=rule["id"] + "#later", events=rest + [one, two],
               expect=[dict(last(v), status="met")], why="another draw of that day: confirms")


def main():
    rules, found = [], {}
    for path in sorted(glob.glob(sys.argv[1] + "/*.yaml")):
        with open(path, encoding="utf-8") as f:
            rules += yaml.load(f, yaml.BaseLoader)
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as f:
            for v in json.load(f):
                found.setdefault(v["criterion"], []).append(v)
    out = []
    for rule in rules:
        mine = found.get(rule["id"], [])
        out += list(ages(rule, mine)) if "age" in rule else []
        out += list(seconds(rule, mine))
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
