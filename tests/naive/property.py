"""Random timelines around every threshold and window of every rule, in random orders of arrival with
duplicates, corrections and withdrawals: refractctl must find what the naive evaluator finds.
    property.py CTL RULES_DIR [COUNT [SEED [VECTORS.json...]]]
Half are invented, the others are worked timelines (of tests/criteria, and VECTORS) moved a little.
Each timeline is made and judged in plain order, and handed to refractctl out of order and with
copies. Prints differences with the timeline, so that one can become a vector; exit 1 on any."""
import collections
import datetime
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from fractions import Fraction as F

import naive

SPAN = re.compile(r"\d+(d|w|mo|y)")
CODES = ["CR", "PR", "SD", "SD", "PD", "PD", "PD", "NE", "iCR", "iPR", "iSD", "iUPD", "iUPD", "iCPD"]
OTHER_UNIT = {"ng/mL": ("ug/L", F(1)), "U/mL": ("kU/L", F(1)), "g/dL": ("g/L", F(10)),
              "mg/L": ("mg/dL", F(1, 10)), "mm": ("cm", F(1, 10)), "[IU]/L": ("m[IU]/mL", F(1))}
PER_FILE = 500


def leaves(x):
    if isinstance(x, dict):
        for k, v in x.items():
            yield k, v
            yield from leaves(v)
    elif isinstance(x, list):
        for v in x:
            yield None, v
            yield from leaves(v)


class Facets:
    """What a rule speaks of: its spans, numbers, percentages, names."""

    def __init__(self, rule):
        body = {k: rule.get(k) for k in ("refs", "candidate", "milestones", "exclude", "confirm")}
        found = list(leaves(body))
        self.spans = sorted({v for _, v in found if isinstance(v, str) and SPAN.fullmatch(v)})
        self.numbers = sorted({F(str(v)) for _, v in found
                               if isinstance(v, (int, F)) and not isinstance(v, bool)})
        self.numbers = [n for n in self.numbers if n > 0]
        self.codes = [v for k, v in found if k == "code" and isinstance(v, list)]
        self.genes = [v for _, v in found if isinstance(v, dict) and "gene" in v]
        self.latest = [v for k, v in found if k in ("latest", "value_before")]
        self.on = [c for k, v in found if k in ("on", "line_has", "progressed_on") for c in v["class"]]
        self.banned = [c for k, v in found if k == "event_ever" for c in v.get("class", [])]
        self.asks_response = any(k in ("responded", "progressed_on") for k, _ in found)
        self.methods = any(k == "method_change" for k, _ in found)
        self.specimens = any(k == "distinct_specimen" for k, _ in found)


def decimal(x):
    """At most four places; a binary fraction never comes near it."""
    n = round(x * 10000)
    text = "%d.%04d" % divmod(max(n, 0), 10000)
    return text.rstrip("0").rstrip(".")


class Timeline:
    def __init__(self, rule, facets, r):
        self.rule, self.f, self.r = rule, facets, r
        self.events = []
        self.n = 0
        self.pairs = r.choice([0, 1, 2])  # for a difference: reported, or from its two parts
        self.start = datetime.date(2024, 1, 1) + datetime.timedelta(days=r.randrange(400))
        self.marks = [self.start]  # days that spans are laid at

    def chance(self, p):
        return self.r.random() < p

    def near(self):
        """A day on, before or after the end of one of the rule's spans; or any day."""
        r = self.r
        if self.f.spans and self.chance(0.6):
            d = naive.plus(r.choice(self.marks), r.choice(self.f.spans))
            return d + datetime.timedelta(days=r.choice([-1, 0, 0, 1]))
        return r.choice(self.marks) + datetime.timedelta(days=r.randint(1, 120))

    def before(self):
        r = self.r
        back = 0 if self.chance(0.2) else r.randint(1, 100)
        spans = [s for s in self.f.spans if s[-1] in "dw"]
        if spans and self.chance(0.5):
            s = r.choice(spans)
            back = (naive.plus(self.start, s) - self.start).days + r.choice([-1, 0, 1])
        return self.start - datetime.timedelta(days=max(back, 0))

    def add(self, kind, d, **rest):
        late = self.r.choice([0, 0, 0, 0, 1, 5, 40])
        e = {"type": kind, "recv": str(d + datetime.timedelta(days=late)), **rest}
        e["collected" if kind == "lab" else "date"] = str(d)
        if kind != "therapy":
            self.n += 1
            e.setdefault("id", "%s-%d" % (kind, self.n))
        self.events.append(e)
        return e

    # ---- therapy
    def therapy(self):
        r = self.r
        if self.chance(0.03):
            return
        wanted = (self.rule.get("line") or {}).get("class", ["any"])
        pool = [("chemo" if c == "any" else c) for c in wanted]
        pool += self.f.on[:2] if self.chance(0.3) else []
        first = r.choice(pool)
        self.course(first, "drug-a", self.start)
        if self.chance(0.25):  # a second drug: joins the line, or begins one
            gap = r.choice([0, 7, 28, 29, 60, 150, 300])
            d = self.start + datetime.timedelta(days=gap)
            cls, drug = r.choice([(r.choice(pool), "drug-b"), (first, "drug-a"), (r.choice(pool), ""),
                                  ("other_class", "drug-o")])
            self.course(cls, drug, d)
            self.marks.append(d)
        if self.f.banned and self.chance(0.1):
            self.course(r.choice(self.f.banned), "drug-x", self.near())

    def course(self, cls, drug, d):
        r = self.r
        e = {"action": "start", "class": [cls]}
        self.add("therapy", d, drug=drug, **e)
        if self.chance(0.35):
            end = d + datetime.timedelta(days=r.choice([0, 20, 27, 28, 90, 150, 200]))
            self.add("therapy", end, action=r.choice(["stop", "last_dose", "end"]),
                     drug=r.choice([drug, ""]), **{"class": [cls]})
            self.marks.append(end)
            if self.chance(0.2):
                again = end + datetime.timedelta(days=r.choice([1, 30, 119, 120, 121, 200]))
                self.add("therapy", again, action="resume", drug=drug, **{"class": [cls]})

    # ---- values
    def labs(self):
        r, series = self.r, self.rule["series"]
        uln = self.r.choice([None, None, F(10), F(35), F(5)])
        level = r.choice(self.f.numbers + [F(3), F(20), F(100), F(1, 2)]) * r.choice([1, 1, 2, F(1, 2)])
        seen, days = [], set()
        when = [self.before()] if self.chance(0.8) else []
        for _ in range(r.randint(1, 9)):
            d = self.near()
            when.append(d)
            if self.chance(0.7):
                self.marks.append(d)
        for d in sorted(when):
            if d in days:
                continue
            days.add(d)
            level = self.next_level(seen, level, uln)
            seen.append(level)
            self.lab(series, d, level, uln)
            self.leap(series, d, level, uln, days)

    def leap(self, series, d, level, uln, days):
        """Now and then a hundred times as much within four weeks, or a little less, or later; and borne
        out, or not."""
        r, soon = self.r, d + datetime.timedelta(days=self.r.choice([7, 21, 28, 29]))
        if soon in days or not self.chance(0.04):
            return
        days.add(soon)
        leapt = level * r.choice([100, 100, 150, F(999, 10)])
        self.lab(series, soon, leapt, uln)
        back = soon + datetime.timedelta(days=r.choice([7, 28]))
        if back not in days and self.chance(0.6):
            days.add(back)
            self.lab(series, back, r.choice([leapt, level]), uln)

    def next_level(self, seen, level, uln):
        r, tick = self.r, self.r.choice([0, 0, 0, F(1, 10000), F(-1, 10000), F(1, 10), F(-1, 10)])
        if not seen or self.chance(0.15):
            return max(level * F(r.randint(30, 200), 100), F(1, 1000))
        base, n = r.choice([min(seen), seen[-1], seen[0]]), r.choice(self.f.numbers or [F(1)])
        if self.chance(0.12):
            base = uln or F(35)
        pick = r.randrange(6)
        x = [base * (100 + n) / 100, base + n, base * n, n, base, base * F(r.randint(40, 95), 100)][pick]
        return max(min(x, F(10 ** 6)) + tick, F(1, 1000))

    def lab(self, series, d, level, uln):
        r, unit = self.r, series["unit"]
        text, by = decimal(level), F(1)
        if unit in OTHER_UNIT and self.chance(0.12):
            unit, by = OTHER_UNIT[unit]
            text = decimal(F(text) * by)
        text = r.choice(["<", ">", "<=", ">="]) + text if self.chance(0.05) else text
        e = {"analyte": series["analyte"], "value": text, "unit": unit}
        if self.chance(0.02):
            e["unit"] = "furlong"
        if uln:
            e["uln"] = decimal(uln * by)
        if self.f.methods and self.chance(0.25):
            e["method"] = r.choice(["WHO", "Hybritech"])
        if self.chance(0.02):
            e["matrix"] = "ascites"
        if self.f.specimens and self.chance(0.3):
            e["specimen"] = "S%d" % self.n
        if "difference" in series and self.pairs:
            return self.pair(d, e, *series["difference"])
        self.add("lab", d, status=r.choice("FFFFFFFFFFFFFPAB"), **e)
        if self.f.specimens and self.chance(0.15):
            self.same_day(e, d)

    def pair(self, d, e, one, other):
        low = self.r.choice(["5", "5", "5.1", "0.1"])
        values = [decimal(F(e["value"].lstrip("<>=")) + F(low)), low]
        if self.pairs == 2:
            values.reverse()
        for analyte, value in zip((one, other), values):
            if self.chance(0.95):
                self.add("lab", d, **dict(e, analyte=analyte, value=value))

    def same_day(self, e, d):
        """The specimen once more under another number, or another one later that day."""
        first = self.events[-1]
        twin = dict(first, id=first["id"] + "-twin",
                    recv=str(naive.day(first["recv"]) + datetime.timedelta(days=1)))
        if first.get("specimen") and self.chance(0.5):
            twin["value"] = decimal(F(e["value"].lstrip("<>=")) * self.r.choice([1, 1, F(11, 10)]))
        else:
            first["collected"], twin["collected"] = "%sT08:00:00+01:00" % d, "%sT15:30:00+01:00" % d
            if first.get("specimen"):
                twin["specimen"] = first["specimen"] + "-2"
        self.events.append(twin)

    def latest(self, spec):
        r = self.r
        for _ in range(r.randint(0, 3)):
            limits = spec.get("lt_native") or {"U/L" if spec["unit"] == "uln" else spec["unit"]:
                                               next(v for k, v in spec.items() if k in naive.COMPARE)}
            unit = r.choice([*limits, "ng/mL"] if "lt_native" in spec else list(limits))
            limit = F(str(limits.get(unit, F(1, 2)))) * (40 if spec.get("unit") == "uln" else 1)
            d = self.near() - datetime.timedelta(days=r.choice([0, 89, 90, 91, 10]))
            if not any(e.get("analyte") == spec["analyte"] and e["collected"] == str(d)
                       for e in self.events):
                value = limit * r.choice([F(2, 5), F(49, 50), 1, F(51, 50), F(1, 10)])
                high = {"uln": "40"} if spec.get("unit") == "uln" and self.chance(0.8) else {}
                self.add("lab", d, analyte=spec["analyte"], unit=unit, status="F", **high,
                         value=r.choice(["", "", "", "<", ">"]) + decimal(value))

    # ---- coded facts
    def coded_days(self, low, high):
        days = {self.before()} if self.chance(0.2) else set()
        for _ in range(self.r.randint(low, high)):
            d = self.near()
            days.add(d)
            if self.chance(0.6):
                self.marks.append(d)
        return sorted(days)

    def responses(self, high):
        for d in self.coded_days(1, high):
            self.add("response", d, code=self.r.choice(CODES), status=self.r.choice("FFFFFFFP"))

    def variants(self):
        r = self.r
        for spec in self.r.sample(self.f.genes, min(len(self.f.genes), 3)):
            for d in self.coded_days(0, 3) + ([self.before()] if self.chance(0.5) else []):
                e = {"gene": spec["gene"], "present": self.chance(0.55), "status": "F"}
                name = r.choice(spec["in"])
                if name[0].isupper() and name[-1] == "X" and name[1:-1].isdigit():
                    name = name[:-1] + r.choice("SAV")
                e["hgvs"] = "L62R" if self.chance(0.1) else name
                if name == "truncating" and self.chance(0.7):
                    e["hgvs"] = r.choice(["R1443*", "S1982fs", "loss", "K12Ter"])
                if self.chance(0.25):
                    e["source"] = "plasma"
                    e["vaf"] = r.choice(["0.4", "0.49", "0.5", "0.51", "12", "<0.5"])
                if not any(x["type"] == "variant" and x["date"] == str(d) for x in self.events):
                    self.add("variant", d, **e)

    def procedures(self):
        for codes in self.f.codes:
            if self.chance(0.4):
                d = self.near() - datetime.timedelta(days=self.r.choice([0, 27, 28, 29]))
                self.add("procedure", d, code=self.r.choice(codes + ["mastectomy"]))

    def invent(self):
        self.therapy()
        if "analyte" in self.rule["series"]:
            self.labs()
            for spec in self.f.latest:
                self.latest(spec)
            if self.chance(0.6 if self.f.asks_response else 0.1):
                self.responses(2)
        elif self.rule["series"]["event"] == "response":
            self.responses(5)
        self.variants()
        self.procedures()
        line = self.rule.get("line") or {}
        if "procedure" in line and self.chance(0.9):
            self.add("procedure", self.start, code=self.r.choice(line["procedure"]))
        if "age" in self.rule and self.chance(0.2):
            self.born()
        if self.rule["series"].get("event") == "biomarker":
            for d in self.coded_days(1, 4):
                self.add("biomarker", d, name=self.rule["series"]["name"],
                         value=self.r.choice(["positive", "negative"]))

    def born(self):
        """Eighteen years before something happens, give or take a day."""
        d = naive.day(naive.when(self.r.choice(self.events))) if self.events else self.start
        years = self.r.choice([17, 18, 18, 19, 60])
        b = datetime.date(d.year - years, d.month, min(d.day, 28))
        b += datetime.timedelta(days=self.r.choice([-1, 0, 1]))
        self.events.append({"type": "person", "date": str(b), "born": str(b), "recv": str(b)})

    # ---- what happens to facts on their way
    def amend(self):
        """Corrections, withdrawals, a preliminary copy that trails in."""
        for e in list(self.events):
            if e["type"] not in ("lab", "response") or "id" not in e or not self.chance(0.06) or \
                    any(o is not e and may_swap(o, e) for o in self.events):
                continue
            new = dict(e, recv=str(naive.day(e["recv"]) + datetime.timedelta(days=self.r.randint(1, 30))))
            new["status"] = self.r.choice("CCCWXDP")
            if e["type"] == "lab" and e["value"][0] not in "<>":
                new["value"] = decimal(F(e["value"]) * self.r.choice([F(1, 2), F(3, 4), F(11, 10), 2]))
            elif e["type"] == "response":
                new["code"] = self.r.choice(CODES)
            self.events.append(new)

    def arrival(self):
        """The same facts out of order, some twice."""
        out = list(self.events)
        for e in self.events:
            if self.chance(0.1):
                out.append(dict(e))
        self.r.shuffle(out)
        return out


def perturbed(v, r):
    """A worked timeline with a few of its facts moved by a day, changed by a little, or gone."""
    events = [dict(e) for e in v["events"]]
    for _ in range(r.choice([0, 1, 1, 2, 3])):
        if not events:
            break
        i = r.randrange(len(events))
        e, what = events[i], r.randrange(5)
        key = "collected" if e["type"] == "lab" else "date"
        if what == 0:
            del events[i]
        elif what == 1 and e["type"] == "lab" and e["value"][0] not in "<>":
            change = r.choice([F(99, 100), F(101, 100), F(1, 2), F(5, 4), 2])
            tick = r.choice([0, F(1, 100), F(-1, 100)])
            e["value"] = decimal(max(F(e["value"]) * r.choice([1, change]) + tick, F(1, 1000)))
        elif what == 2 and e["type"] == "response":
            e["code"] = r.choice(CODES)
        elif len(str(e[key])) == 10:
            d = naive.day(e[key]) + datetime.timedelta(days=r.choice([-1, 1, 1, 7, -7, 30]))
            clash = [o for o in events if o is not e and o["type"] == e["type"] != "therapy" and
                     naive.when(o)[:10] == str(d) and o.get("analyte") == e.get("analyte")]
            if not clash:
                e[key] = str(d)
                e["recv"] = max(e["recv"], str(d))
    for a in events:  # of two values of one day, of no known time, either may come first
        for b in events:
            if a is not b and may_swap(a, b):
                a["value"], a["unit"] = b["value"], b["unit"]
    return events


def may_swap(a, b):
    return a["type"] == b["type"] == "lab" and a["analyte"] == b["analyte"] and \
        naive.when(a) == naive.when(b)


def make(rule, facets, name, r, worked=()):
    t = Timeline(rule, facets, r)
    if worked and t.chance(0.4):
        t.events = perturbed(r.choice(worked), r)
    else:
        t.invent()
    t.amend()
    days = sorted({naive.day(x) for e in t.events for x in (e["recv"], naive.when(e))} | {t.start})
    expect = []
    for d in sorted({days[-1], r.choice(days), r.choice(days)}):
        status, first = naive.evaluate(rule, t.events, d)
        expect.append({"asof": str(d), "status": status, **({"date": str(first)} if first else {})})
    return {"id": name, "criterion": rule["id"], "events": t.arrival(), "expect": expect,
            "why": "made by property.py"}


def worked_timelines(paths):
    out = collections.defaultdict(list)
    for path in paths:
        with open(path, encoding="utf-8") as f:
            for v in json.load(f):
                days = [(e["type"], e.get("analyte"), naive.when(e), e.get("id")) for e in v["events"]
                        if e["type"] != "therapy"]
                apart = len({x[:3] for x in set(days)}) == len(set(days))
                if apart or any(e.get("specimen") for e in v["events"]):
                    out[v["criterion"]].append(v)  # else the order of two facts is anybody's guess
    return out


def supported(rules):
    """The rules that the naive evaluator understands in full, and why not the others."""
    ok, no = [], {}
    for rule in rules.values():
        facets = Facets(rule)
        try:
            for i in range(60):
                make(rule, facets, "probe", random.Random("probe %d" % i))
            ok.append((rule, facets))
        except (naive.Unsupported, KeyError, AttributeError, TypeError) as e:
            no[rule["id"]] = "%s %s" % (type(e).__name__, e)
    return ok, no


def main():
    ctl, folder = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1500
    seed = sys.argv[4] if len(sys.argv) > 4 else "1"
    worked = worked_timelines(sorted(glob.glob("tests/criteria/*.json")) + sys.argv[5:])
    rules, left_out = supported(naive.load_rules(sorted(glob.glob(folder + "/*.yaml"))))
    made, statuses = {}, collections.Counter()
    with tempfile.TemporaryDirectory() as tmp:
        paths = []
        for first in range(0, count, PER_FILE):
            batch = []
            for i in range(first, min(first + PER_FILE, count)):
                rule, facets = rules[i % len(rules)]
                v = make(rule, facets, "R%s.%d" % (seed, i), random.Random("%s %d" % (seed, i)),
                         worked[rule["id"]])
                made[v["id"]] = v
                batch.append(v)
                statuses.update(x["status"] for x in v["expect"])
            paths.append(os.path.join(tmp, "%d.json" % first))
            with open(paths[-1], "w", encoding="utf-8") as f:
                json.dump(batch, f)
        lines = []
        for path in paths:
            run = subprocess.run([ctl, "criteria", "test", "--criteria", folder, path],
                                 capture_output=True, text=True, check=False)
            lines += run.stdout.splitlines()
            if run.stderr or not re.match(r"\d+ passed", lines[-1] if lines else ""):
                sys.exit("refractctl could not read what was made: %s" % run.stderr[:2000])
    bad = [x for x in lines if x.startswith(("FAIL", "skip"))]
    passed = sum(x.startswith("ok ") for x in lines)
    for line in bad[:20]:
        name = line.split()[1].split("@")[0]
        print(line, made[name]["criterion"])
        print("    " + json.dumps(made[name]))
    for rule, why in sorted(left_out.items()):
        print("not read by the naive evaluator: %s (%s)" % (rule, why))
    print("%d timelines of %d rules, seed %s: %d checks agree, %d differ (%s)" % (
        count, len(rules), seed, passed, len(bad),
        ", ".join("%s %d" % x for x in sorted(statuses.items()))))
    return bool(bad) or passed != sum(statuses.values())


if __name__ == "__main__":
    sys.exit(main())
