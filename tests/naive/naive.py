"""A second opinion on the criteria: the rules read again, from data/criteria/README.md and
rules-examples.yaml and the worked timelines of tests/criteria, in the plainest way that can be
right. Fractions, whole scans, no order of evaluation to get wrong. It shares no line and no table with daemon/criteria; where the two
differ, one of them is wrong. Only tests use it."""
import calendar
import datetime
import re
from fractions import Fraction as F

import yaml

T, N, U = "true", "false", "unknown"  # Kleene's three values


class Unsupported(Exception):
    """A rule says something that this reading does not know."""


def k_not(k):
    return {T: N, N: T, U: U}[k]


def k_all(ks):
    ks = list(ks)
    return N if N in ks else U if U in ks else T


def k_any(ks):
    return k_not(k_all(k_not(k) for k in ks))


def k_of(truth):
    return T if truth else N


# ---------------------------------------------------------------- days and numbers
def day(text):
    return datetime.date.fromisoformat(str(text)[:10])


def plus(d, text):
    """A day and a span: d and w are plain days, mo and y calendar months clamped to month end."""
    n, unit = re.fullmatch(r"(\d+)(d|w|mo|y)", text).groups()
    if unit in "dw":
        return d + datetime.timedelta(days=int(n) * (7 if unit == "w" else 1))
    months = d.year * 12 + d.month - 1 + int(n) * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    return datetime.date(year, month + 1, min(d.day, calendar.monthrange(year, month + 1)[1]))


COMPARE = {
    "ge": lambda a, b: a >= b, "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b, "lt": lambda a, b: a < b,
}


class Value:
    """What is known of a number: an interval. "<0.1" lies below 0.1, ">=5" at 5 or above it."""

    def __init__(self, text, factor=F(1)):
        sign, number = re.fullmatch(r"\s*([<>]=?)?\s*(-?[0-9./]+)\s*", text).groups()
        self.limit = F(number) * factor
        self.sign = sign or ""

    def holds(self, op, bound):
        """value op bound, for every number that the value may stand for, for none, or who knows"""
        if not self.sign:
            return k_of(COMPARE[op](self.limit, bound))
        shut = self.sign.endswith("=")
        if op in ("ge", "gt"):
            if self.sign[0] == ">":
                sure = self.limit > bound or (self.limit == bound and (op == "ge" or not shut))
                return T if sure else U
            never = self.limit < bound or (self.limit == bound and (op == "gt" or not shut))
            return N if never else U
        return k_not(self.holds({"le": "gt", "lt": "ge"}[op], bound))


# UCUM units that laboratories use for the analytes at hand, each as a factor of another.
FACTOR = {
    ("ug/L", "ng/mL"): F(1), ("ng/L", "ng/mL"): F(1, 1000), ("kU/L", "U/mL"): F(1),
    ("U/L", "U/mL"): F(1, 1000), ("g/L", "g/dL"): F(1, 10), ("mg/dL", "mg/L"): F(10),
    ("mg/L", "ng/mL"): F(1000), ("ng/mL", "ng/dL"): F(100), ("cm", "mm"): F(10),
    ("umol/L", "mg/dL"): F(10, 171), ("mmol/L", "mg/dL"): F(40078, 10000),  # bilirubin; calcium
    ("{ratio}", "%"): F(100),
    ("m[IU]/mL", "[IU]/L"): F(1), ("g/(24.h)", "mg/(24.h)"): F(1000),
}


def factor(unit, into):
    return F(1) if unit == into else FACTOR.get((unit, into))


# ---------------------------------------------------------------- what is known as of a day
SETTLED = "FABVUC"
FLUIDS = ("ascites", "peritoneal", "pleural", "pericardial", "csf", "urine", "cyst", "drain", "fluid")


def when(e):
    return str(e.get("collected") or e["date"])


def in_force(events, asof):
    """Of each id the version received last (a preliminary one replaces no settled one), without
    what is withdrawn, preliminary or of a later day."""
    out, by_id = [], {}
    for e in events:
        if day(e["recv"]) > asof:
            continue
        if e.get("id"):
            by_id.setdefault((e["type"], e["id"], e.get("analyte")), []).append(e)
        else:
            out.append(e)
    for versions in by_id.values():
        settled = [e for e in versions if e.get("status", "F") not in "PRSI"]
        newest = max((day(e["recv"]) for e in settled), default=None)
        last = {}  # two specimens under one id, received together, are two results
        for e in sorted(settled, key=lambda e: e.get("status", "F") == "C"):
            if day(e["recv"]) == newest:
                last[when(e), e.get("specimen")] = e
        out += last.values()
    out = [e for e in out if (e.get("status") or "F") in SETTLED and day(when(e)) <= asof]
    return sorted(out, key=when)


# ---------------------------------------------------------------- lines of therapy
BACKGROUND = {"adt", "lhrh", "gnrh", "steroid", "bone_agent", "bisphosphonate", "gcsf",
              "growth_factor", "antiemetic", "supportive", "anticoagulant", "vitamin", "acid_suppressant", "enzyme_inducer"}
SWAPS = [{"carboplatin", "cisplatin"}, {"paclitaxel", "nab-paclitaxel"},
         {"capecitabine", "fluorouracil", "s-1"}, {"letrozole", "anastrozole"}]
BEGIN = ("start", "resume", "dose", "change")
END = ("stop", "last_dose", "end")


class Course:
    def __init__(self, e):
        self.drug = (e.get("drug") or "").lower()
        self.classes = set(e.get("class") or []) | ({self.drug} if self.drug else set())
        self.start, self.stop, self.line = day(e["date"]), None, None
        self.intent, self.doses = e.get("intent") or "", [day(e["date"])]

    def is_on(self, d):
        return self.start <= d and (self.stop is None or d <= self.stop)


def courses_of(facts):
    out = []
    therapy = [e for e in facts if e["type"] == "therapy"]
    for e in sorted(therapy, key=lambda e: (day(e["date"]), e["action"] in END)):
        new = Course(e)
        if e["action"] in BEGIN:
            twin = [c for c in out if bool(c.drug) == bool(new.drug) and
                    (c.drug == new.drug if new.drug else c.classes & new.classes)]
            if not twin or twin[-1].stop is not None:
                out.append(new)
            else:
                twin[-1].doses.append(new.start)
                twin[-1].classes = max(twin[-1].classes, new.classes, key=len)  # who tells more
                twin[-1].intent = twin[-1].intent or new.intent
        elif e["action"] in END:
            for c in out:
                one = c.drug == new.drug if c.drug and new.drug else c.classes & new.classes
                if c.stop is None and one:
                    c.stop = day(e["date"])
        else:
            raise Unsupported("therapy " + e["action"])
    return sorted(out, key=lambda c: (c.start, c.drug))


EARLY = {"adjuvant", "neoadjuvant", "curative"}
MAINTENANCE = [("parp", "platinum", 84), ("avelumab", "platinum", 70), ("durvalumab", "platinum", 42)]


def sure_end(c):
    return c.stop or datetime.date.max


def belongs(c, start, members, facts):
    """Planned by the line: within 28 days of its start; around its transplant; the same drug, its sister
    or planned maintenance, unless nothing of the line was taken for more than 120 days."""
    days = datetime.timedelta
    if c.intent and c.intent not in EARLY | {"maintenance"} and any(o.intent in EARLY for o in members):
        return False
    if c.start <= start + days(28):
        return True
    grafts = [day(e["date"]) for e in facts if e["type"] == "procedure" and e["code"] == "asct"]
    if any(g >= start and g - days(14) <= c.start <= g + days(180) for g in grafts):
        return True
    if all(sure_end(o) < c.start - days(120) for o in members):
        return False
    return c.intent == "maintenance" or any(
        o.drug and c.drug and (o.drug == c.drug or any({o.drug, c.drug} <= s for s in SWAPS))
        for o in members) or any(
        name in c.classes and after in o.classes and (c.start - sure_end(o)).days <= limit
        for name, after, limit in MAINTENANCE for o in members)


def number_lines(courses, facts):
    """A new line begins with what the line before did not plan, and with progression."""
    pd = [day(e["date"]) for e in facts if e["type"] == "response" and e["code"] in ("PD", "iCPD")]
    lines = []  # (start, courses)
    for c in courses:
        if c.classes & BACKGROUND or c.intent in ("other_disease", "non_oncology", "benign"):
            continue
        start, members = lines[-1] if lines else (None, None)
        if lines and belongs(c, start, members, facts) and not any(start < d <= c.start for d in pd):
            members.append(c)
        else:
            lines.append((c.start, [c]))
        c.line = len(lines)


class Anchor:
    """The latest line with a course of the rule's classes, from the first of these on."""

    def __init__(self, classes, courses):
        mine = [c for c in courses if any(
            (n == "any" and c.line) or n in c.classes for n in classes)]
        found = []
        in_line = [c for c in mine if c.line]
        if in_line:
            found.append([c for c in in_line if c.line == in_line[-1].line])
        beside = [c for c in mine if not c.line]
        if beside:  # it goes on for years; a gap of up to 120 days is a late depot
            chain = [beside[-1]]
            for c in reversed(beside[:-1]):
                if c.stop is None or (min(x.start for x in chain) - c.stop).days <= 120:
                    chain.append(c)
            found.append(chain)
        found.sort(key=lambda cs: min(c.start for c in cs))
        self.courses = found[-1] if found else []
        self.start = min((c.start for c in self.courses), default=None)

    def last_day_on(self, d):
        past = [c for c in self.courses if c.start <= d]
        if any(c.is_on(d) for c in past):
            return d
        return max((c.stop for c in past), default=None)


# ---------------------------------------------------------------- one rule on one timeline
class Point:
    def __init__(self, e, rule):
        self.e, self.day = e, day(when(e))
        self.value = self.uln = None
        if e["type"] == "lab":
            by = factor(e["unit"], rule["series"]["unit"])
            self.value = Value(str(e["value"]), by)
            if e.get("uln"):
                self.uln = F(str(e["uln"])) * by


PLAIN = {"iCR": "CR", "iPR": "PR", "iSD": "SD", "iUPD": "PD", "iCPD": "PD"}
RANK = ["CR", "PR", "SD", "PD"]


class Ref:
    """A reference for one candidate: the number, its censoring and whose it is."""

    def __init__(self, number, sign="", point=None):
        self.number, self.sign, self.point = number, sign, point


class Scope:
    def __init__(self, rule, facts):
        self.rule, self.facts = rule, facts
        self.courses = courses_of(facts)
        number_lines(self.courses, facts)
        wanted = rule.get("line")
        self.anchor = None
        if wanted:
            known(wanted, {"class", "procedure"})
            self.anchor = Anchor(wanted.get("class", []), self.courses)
        if wanted and "procedure" in wanted:
            done = [day(e["date"]) for e in facts
                    if e["type"] == "procedure" and e["code"] in wanted["procedure"]]
            self.anchor.start = max(done, default=None)
        self.points = self.read_series()
        start = self.anchor.start if self.anchor else None
        self.after = [p for p in self.points if start is None or p.day > start]

    def read_series(self):
        s = self.rule["series"]
        if s.get("event") == "variant":
            named = set()
            collect_variants(self.rule.get("candidate"), named)
            mine = [e for e in self.facts if e["type"] == "variant" and
                    any(e["gene"] == g and is_named(e["hgvs"], {n}) for g, n in named)]
            tests = [x for x in all_of(self.rule.get("candidate"), ("variant", "acquired"))]
            mine += [e for e in self.facts if e["type"] == "negative" and
                     any(self.says(x, e) for x in tests)]
            mine.sort(key=lambda e: (when(e)[:10], e["type"] == "negative"))
        elif s.get("event") == "response":
            mine = [e for e in self.facts if e["type"] == "response"]
        elif s.get("event") == "biomarker":
            mine = [e for e in self.facts if e["type"] == "biomarker" and e["name"] == s["name"]]
        elif "event" in s or set(s) - {"analyte", "name", "unit", "difference", "matrix"}:
            raise Unsupported("series " + str(s))
        else:
            mine = [e for e in self.facts if e["type"] == "lab" and e["analyte"] == s["analyte"] and
                    factor(e["unit"], s["unit"]) is not None and is_of(s, e.get("matrix") or "")]
            mine = one_per_specimen(mine)
            if not mine and "difference" in s:
                mine = differences(self.facts, s)
        return [Point(e, self.rule) for e in mine]

    # ---- references
    def base(self, spec):
        if not self.anchor or self.anchor.start is None:
            return None
        old = spec.get("max_age")
        fit = [p for p in self.points if p.day <= self.anchor.start and
               (not old or plus(p.day, old) >= self.anchor.start)]
        return fit[-1] if fit else None

    def low(self, spec, d):
        start = self.anchor.start if self.anchor else None
        if spec["from"] == "line":
            fit = [p for p in self.points if start is None or p.day >= start]
        else:
            base = self.base(self.rule["refs"][spec["from"]]["baseline"])
            if base is None:
                return None
            fit = [base] + self.after
        times = spec.get("confirmed", 1)
        fit = [p for p in fit if p.day < d]
        levels = []  # a level is reached by so many in a row: the highest of them
        for i in range(times - 1, len(fit)):
            row = fit[i - times + 1:i + 1]
            levels.append(max(reversed(row), key=lambda p: p.value.limit))
        return min(levels, key=lambda p: p.value.limit) if levels else None

    def ref(self, name, at, of=None, first=None):
        if name == "first":
            return Ref(first.value.limit, first.value.sign, first)
        spec = self.rule["refs"][name]
        if "uln" in spec:
            own = (of or at).uln
            own = own if own is not None else at.uln
            return Ref(own if own is not None else F(str(spec["uln"])))
        if set(spec) not in ({"baseline"}, {"nadir"}):
            raise Unsupported("ref " + str(spec))
        p = self.base(spec["baseline"]) if "baseline" in spec else self.low(spec["nadir"], at.day)
        return p and Ref(p.value.limit, p.value.sign, p)

    # ---- tests
    def test(self, t, at, first=None, mine=None):
        """mine: the value that is tested when it is not the candidate's own."""
        (name, args), = t.items()
        p = mine or at
        if name == "all":
            return k_all([self.test(x, at, first, mine) for x in args])
        if name == "any":
            return k_any([self.test(x, at, first, mine) for x in args])
        if name == "not":
            return k_not(self.test(args, at, first, mine))
        fn = getattr(self, "t_" + name, None)
        if fn is None:
            raise Unsupported("test " + name)
        return fn(args, at, p, first)

    def bounds(self, args):
        return [(op, x) for op, x in args.items() if op in COMPARE]

    def over(self, args, at, p, first, make):
        known(args, {"over", *COMPARE})
        r = self.ref(args["over"], at, p, first)
        if r is None:
            return U
        ks = []
        for op, x in self.bounds(args):
            k = p.value.holds(op, make(r.number, F(str(x))))
            high = r.sign.startswith(">")  # the true reference is higher: less of a rise
            ks.append(U if high and k == (T if op in ("ge", "gt") else N) else k)
        return k_all(ks)

    def t_rise_pct(self, args, at, p, first):
        return self.over(args, at, p, first, lambda r, x: r * (100 + x) / 100)

    def t_rise_abs(self, args, at, p, first):
        return self.over(args, at, p, first, lambda r, x: r + x)

    def t_ratio(self, args, at, p, first):
        return self.over(args, at, p, first, lambda r, x: r * x)

    def against(self, value, op, x, at, of):
        """value op a number or another reference"""
        if not isinstance(x, str):
            return value.holds(op, F(str(x)))
        r = self.ref(x, at, of)
        if r is None:
            return U
        k = value.holds(op, r.number)
        return U if r.sign.startswith(">") and k == (T if op in ("ge", "gt") else N) else k

    def t_value(self, args, at, p, first):
        known(args, set(COMPARE))
        return k_all([self.against(p.value, op, x, at, p) for op, x in self.bounds(args)])

    def t_ref(self, args, at, p, first):
        known(args, {"name", "else", *COMPARE})
        r = self.ref(args["name"], at, p, first)
        if r is None:
            return U
        value = Value("0")
        value.limit, value.sign = r.number, r.sign
        k = k_all([self.against(value, op, x, at, r.point) for op, x in self.bounds(args)])
        return otherwise(args, k)

    def t_ever(self, args, at, p, first):
        known(args, set(COMPARE))
        return k_any([k_all([self.against(q.value, op, x, at, q) for op, x in self.bounds(args)])
                      for q in self.after if q.day < at.day and q.value])

    def t_declined(self, args, at, p, first):
        known(args, {"below"})
        r = self.ref(args["below"], at)
        if r is None:
            return U
        return k_any([q.value.holds("lt", r.number) for q in self.after if q.day < at.day])

    def t_since(self, args, at, p, first):
        known(args, {"anchor", "else", *COMPARE})
        start = self.anchor.start
        k = k_of(all(COMPARE[op](at.day, plus(start, x)) for op, x in self.bounds(args)))
        return otherwise(args, k)

    def t_since_stop(self, args, at, p, first):
        known(args, set(COMPARE))
        end = self.anchor.last_day_on(at.day)
        if end is None:
            return U
        return k_of(all(COMPARE[op](at.day, plus(end, x)) for op, x in self.bounds(args)))

    def t_on(self, args, at, p, first):
        known(args, {"class"})
        return k_of(any(c.is_on(at.day) and c.classes & set(args["class"]) for c in self.courses))

    def t_latest(self, args, at, p, first):
        known(args, {"analyte", "within", "lt_native", "unit", "else", *COMPARE})
        labs = [e for e in self.facts if e["type"] == "lab" and e["analyte"] == args["analyte"] and
                day(when(e)) <= at.day]
        if not labs or "within" in args and plus(day(when(labs[-1])), args["within"]) < at.day:
            return U
        if "lt_native" not in args:
            return otherwise(args, self.level(args, labs[-1]))
        # In the unit that it came in, where the paper has a limit for it; else in one it converts to.
        units = sorted(args["lt_native"], key=lambda u: u != labs[-1]["unit"])
        for unit in units:
            by = factor(labs[-1]["unit"], unit)
            if by is not None:
                k = Value(str(labs[-1]["value"]), by).holds("lt", F(str(args["lt_native"][unit])))
                return T if k == T else U  # not castrate: nothing can be said of resistance
        return U

    def level(self, args, e):
        if args["unit"] == "uln":
            if not e.get("uln"):
                return U
            return k_all([Value(str(e["value"])).holds(op, F(str(x)) * F(str(e["uln"])))
                          for op, x in self.bounds(args)])
        by = factor(e["unit"], args["unit"])
        return U if by is None else k_all([Value(str(e["value"]), by).holds(op, F(str(x)))
                                           for op, x in self.bounds(args)])

    def fall(self, args, at, first, mark):
        """From an exact reference; a value "<1" has fallen at least that far."""
        known(args, {"from", *COMPARE})
        r = self.ref(args["from"], at, at, first)
        if r is None or r.sign:
            return U
        back = {"ge": "le", "gt": "lt", "le": "ge", "lt": "gt"}
        return k_all([at.value.holds(back[op], mark(r.number, F(str(x))))
                      for op, x in self.bounds(args)])

    def t_fall_pct(self, args, at, p, first):
        return self.fall(args, at, first, lambda r, x: r * (100 - x) / 100)

    def t_fall_abs(self, args, at, p, first):
        return self.fall(args, at, first, lambda r, x: r - x)

    def life(self, args, start, end, old, new):
        """days to halve or double: (old / new) ** limit against 2 ** days, without a logarithm"""
        if old.sign or new.sign or not old.limit or not new.limit:
            return U
        days, ks = (end - start).days, []
        for op, x in self.bounds(args):
            limit = (plus(end, x) - end).days
            ratio = old.limit / new.limit
            left, right = (F(2) ** days, ratio ** limit) if ratio > 1 else (F(1), F(0))
            ks.append(COMPARE[op](left, right))
        return k_of(all(ks))

    def t_halflife(self, args, at, p, first):
        known(args, {"from", *COMPARE})
        r = self.ref(args["from"], at)
        if r is None:
            return U
        return self.life(args, r.point.day, at.day, r.point.value, at.value)

    def t_doubling(self, args, at, p, first):
        known(args, {"count", *COMPARE})
        upto = [q for q in self.points if q.day <= at.day]
        upto = upto[:upto.index(at) + 1]
        if len(upto) < args["count"]:
            return U
        old = upto[-args["count"]]
        return self.life(args, old.day, at.day, at.value, old.value)

    def t_intent(self, args, at, p, first):
        known(args, {"in"})
        said = [c.intent.lower() for c in sorted(self.anchor.courses, key=lambda c: c.start)
                if c.intent]
        return k_of(bool(set(said) & {x.lower() for x in args["in"]})) if said else U

    def t_line_number(self, args, at, p, first):
        """Lines before the first message are unknown: at least the number that is seen."""
        known(args, {"ge"})
        seen = max([c.line or 0 for c in self.anchor.courses], default=0)
        return T if seen >= args["ge"] else U

    def t_cycles(self, args, at, p, first):
        """One dose on record may be all that was sent."""
        known(args, {"ge", "apart"})
        most, doses = 0, 0
        for c in self.anchor.courses:
            days, kept = [d for d in sorted(set(c.doses)) if d <= at.day], []
            for d in days:
                if not kept or plus(kept[-1], args.get("apart", "0d")) <= d:
                    kept.append(d)
            most, doses = max(most, len(kept)), max(doses, len(days))
        return T if most >= args["ge"] else N if doses > 1 else U

    def t_line_has(self, args, at, p, first):
        known(args, {"class"})
        lines = {c.line for c in self.anchor.courses}
        if not lines or None in lines:
            return U
        return k_of(any(c.line in lines and c.start <= at.day and c.classes & set(args["class"])
                        for c in self.courses))

    def t_progressed_on(self, args, at, p, first):
        """A class that was never seen is unknown: lines before the first message are."""
        known(args, {"class", "within"})
        mine = [c for c in self.courses if c.start <= at.day and c.classes & set(args["class"])]
        pd = [day(e["date"]) for e in self.facts if e["type"] == "response" and
              e["code"] in ("PD", "iCPD") and day(e["date"]) <= at.day]
        if not mine:
            return U
        return k_of(any(d > c.start and (c.is_on(d) or plus(c.stop, args.get("within", "0d")) >= d)
                        for c in mine for d in pd))

    def t_responded(self, args, at, p, first):
        """What is not on record may still have been."""
        known(args, {"in", "before_line"})
        end = at.day
        if args.get("before_line") and self.anchor and self.anchor.start:
            end = plus(self.anchor.start, "1d")
        return T if any(e["type"] == "response" and e["code"] in args["in"] and day(e["date"]) < end
                        for e in self.facts) else U

    def t_biomarker(self, args, at, p, first):
        known(args, {"in"})
        return k_of(at.e["value"] in args["in"]) if at.e["value"] else U

    def t_acquired(self, args, at, p, first):
        k = self.t_variant(args, at, p, first)
        return k_not(self.t_variant_before_line(args, at, p, first)) if k == T else k

    def t_weak_plasma(self, args, at, p, first):
        known(args, set(COMPARE))
        if at.e["type"] != "variant" or at.e.get("source") != "plasma" or not at.e.get("vaf"):
            return N
        return k_of(any(Value(str(at.e["vaf"])).holds(op, F(str(x))) == T
                        for op, x in self.bounds(args)))

    def upto(self, at):
        return self.after[:self.after.index(at) + 1]

    def t_rising(self, args, at, p, first):
        known(args, {"count", "spacing", "min_pct", "span"})
        pct = F(str(args.get("min_pct", 0)))

        def step(a, b):
            if plus(a.day, args.get("spacing", "0d")) > b.day:
                return N
            return k_all([surely_over(b.value, a.value, F(1), True),
                          surely_over(b.value, a.value, (100 + pct) / 100, False)])

        return self.any_run(args, at, lambda run: k_all([step(a, b) for a, b in zip(run, run[1:])]))

    def t_plateau(self, args, at, p, first):
        known(args, {"count", "within_pct", "span"})
        pct = F(str(args["within_pct"])) / 100

        def near(a, b):
            if not a.value.limit or not b.value.limit:
                return N
            if a.value.sign or b.value.sign:
                return near_censored(a.value, b.value, pct)
            return k_of(abs(b.value.limit - a.value.limit) <= pct * a.value.limit)

        return self.any_run(args, at, lambda run: k_all([near(run[0], q) for q in run]))

    def any_run(self, args, at, judge):
        upto, ks = self.upto(at), [N]
        for i in range(len(upto) - args["count"] + 1):
            if plus(upto[i].day, args.get("span", "0d")) <= at.day:
                ks.append(judge(upto[i:]))
        return k_any(ks)

    def t_at_least(self, args, at, p, first):
        rest = {k: v for k, v in args.items() if k not in ("n", "of_last")}
        ks = [self.test(rest, at, first, q) for q in self.upto(at)[-args["of_last"]:]]
        if ks.count(T) >= args["n"]:
            return T
        return U if ks.count(T) + ks.count(U) >= args["n"] else N

    def t_code(self, args, at, p, first):
        known(args, {"in"})
        code = p.e["code"]
        return T if code in args["in"] else U if code == "NE" else N

    def t_best(self, args, at, p, first):
        known(args, {"in", "first_by"})
        before = [PLAIN.get(q.e["code"], q.e["code"]) for q in self.after if q.day < at.day]
        before = [c for c in before if c in RANK]
        if before:
            return k_of(min(before, key=RANK.index) in args["in"])
        if at.day <= plus(self.anchor.start, args.get("first_by", "16w")):
            return k_of("NONE" in args["in"])
        return U

    def says(self, args, e):
        """found, absent, or None where the test says nothing of the variants"""
        known(args, {"gene", "in"})
        if e["type"] == "negative":  # a panel that reported none: of whole genes, or of alterations
            named = [g.partition(":")[2] for g in e["genes"] if g.startswith(args["gene"] + ":")]
            if args["gene"] in e["genes"] or (named and all(
                    any(is_named(n, {x}) for n in named) for x in args["in"])):
                return "absent" if e.get("source") != "plasma" or self.sheds(e) else None
            return None
        if e["type"] != "variant" or e["gene"] != args["gene"] or not is_named(e["hgvs"], args["in"]):
            return None
        if is_present(e):
            return "found"
        return "absent" if e.get("source") != "plasma" or self.sheds(e) else None

    def sheds(self, e):
        return any(o["type"] == "variant" and o.get("source") == "plasma" and is_present(o) and
                   day(when(o)) == day(when(e)) for o in self.facts)

    def t_variant(self, args, at, p, first):
        return {"found": T, "absent": N, None: U}[self.says(args, p.e)]

    def days_of(self, args, said):
        return [day(when(e)) for e in self.facts if self.says(args, e) == said]

    def t_variant_before(self, args, at, p, first):
        return k_of(any(d <= at.day for d in self.days_of(args, "found")))

    def t_variant_before_line(self, args, at, p, first):
        if self.says(args, at.e) == "found":  # no test of another variant speaks of this one
            args = {"gene": args["gene"], "in": [one_letter(at.e["hgvs"])]}
        found = [d for d in self.days_of(args, "found") if d < at.day]
        if self.anchor and self.anchor.start and any(d <= self.anchor.start for d in found):
            return T
        absent = [d for d in self.days_of(args, "absent") if d < at.day]
        return N if absent and not (found and min(found) <= min(absent)) else U

    def t_ttn(self, args, at, p, first):
        """Days to normal along a straight line of logarithms, from the reference on."""
        known(args, {"from", "to", *COMPARE})
        base, to = self.ref(args["from"], at), self.ref(args["to"], at, p)
        if base is None or base.sign or base.number <= to.number:
            return U  # normal at the start: the marker says nothing
        ks, b, v = [], base.number, p.value
        for op, x in self.bounds(args):
            gone, limit = (at.day - base.point.day).days, (plus(at.day, x) - at.day).days
            # gone * ln(b/to) / ln(b/v) against limit, without a logarithm
            fast = b > v.limit and (b / to.number) ** gone, b > v.limit and (b / v.limit) ** limit
            time = Value("0" if b > v.limit and fast[0] < fast[1] else
                         "1" if b > v.limit and fast[0] == fast[1] else "2")
            time.sign = v.sign  # the later the higher: what is sure of the value is sure of the time
            ks.append(time.holds(op, F(1)))
        return k_all(ks)

    # ---- exclusions
    def excluded(self, at):
        for x in self.rule.get("exclude", []):
            (name, args), = x.items()
            if name == "method_change":
                known(args, {"between"})
                r = self.ref(args["between"], at)
                methods = [e.get("method") for e in (at.e, r.point.e)] if r and r.point else [None]
                if all(methods) and len(set(methods)) > 1:
                    return True
            elif name in ("event_before", "event_ever"):
                known(args, {"type", "code", "class", "within"})
                for e in self.facts:
                    if e["type"] != args["type"] or day(e["date"]) > at.day:
                        continue
                    names = {e.get("code")} if e["type"] == "procedure" else Course(e).classes
                    if not names & set(args.get("code") or args.get("class")):
                        continue
                    if name == "event_ever" or plus(day(e["date"]), args["within"]) >= at.day:
                        return True
            elif name == "value_before":
                near = [e for e in self.facts if e["type"] == "lab" and
                        e["analyte"] == args["analyte"] and day(when(e)) <= at.day and
                        ("within" not in args or plus(day(when(e)), args["within"]) >= at.day)]
                if near and self.level(args, near[-1]) == T:
                    return True
            else:
                raise Unsupported("exclude " + name)
        return False

    def candidate(self, at):
        k = self.test(self.rule["candidate"], at)
        return U if k == T and self.excluded(at) else k


def known(args, keys):
    if set(args) - keys:
        raise Unsupported("key " + str(set(args) - keys))


def otherwise(args, k):
    return {"unknown": U, "false": N, "true": T}[str(args.get("else", "false")).lower()] \
        if k == N else k


def is_present(e):
    return e["present"] in (True, "true")


RESIDUES = dict(
    Ala="A", Arg="R", Asn="N", Asp="D", Cys="C", Gln="Q", Glu="E", Gly="G", His="H", Ile="I", Leu="L",
    Lys="K", Met="M", Phe="F", Pro="P", Ser="S", Thr="T", Trp="W", Tyr="Y", Val="V")


def one_letter(hgvs):
    m = re.fullmatch(r"(?:p\.)?\(?([A-Z][a-z]{2})([0-9]+)([A-Z][a-z]{2})\)?", hgvs)
    if m and m.group(1) in RESIDUES and m.group(3) in RESIDUES:
        return RESIDUES[m.group(1)] + m.group(2) + RESIDUES[m.group(3)]
    return hgvs[2:] if hgvs.startswith("p.") else hgvs


def is_named(hgvs, names):
    """p.(Thr790Met) is T790M, G719X any amino acid in that place, "truncating" any early end."""
    name = one_letter(hgvs)
    short = name in ("loss", "deletion", "truncating", "loss_of_function") or "fs" in name or \
        "*" in name or name.endswith("Ter")
    return name in names or (len(name) > 2 and name[:-1] + "X" in names) or \
        (short and "truncating" in names)


def surely_over(b, a, times, strict):
    """b over times a: true for all that both may stand for, false for none, else unknown. "<0.1"
    before it counts as 0.1, which never overstates a rise."""
    k = b.holds("gt" if strict else "ge", a.limit * times)
    return U if a.sign.startswith(">") and k == T else k


def near_censored(a, b, pct):
    """Is b within pct of a, when one of them is only a limit? Below a limit of detection nothing is
    level or not: such values are no plateau. Above one it is not known."""
    if a.sign.startswith("<") or b.sign.startswith("<"):
        return N
    if a.sign:
        return N if not b.sign and b.limit < a.limit * (1 - pct) else U
    return N if b.limit > a.limit * (1 + pct) else U


def all_of(t, names):
    for x in t if isinstance(t, list) else []:
        yield from all_of(x, names)
    for name, x in t.items() if isinstance(t, dict) else []:
        if name in names:
            yield x
        yield from all_of(x, names)


def collect_variants(t, out):
    for x in t if isinstance(t, list) else []:
        collect_variants(x, out)
    for name, x in t.items() if isinstance(t, dict) else []:
        if name in ("variant", "acquired"):
            out |= {(x["gene"], n) for n in x["in"]}
        collect_variants(x, out)


def one_per_specimen(labs):
    out = []
    for e in labs:
        twin = [o for o in out if e.get("specimen") and o.get("specimen") == e.get("specimen") and
                day(when(o)) == day(when(e))]
        if not twin:
            out.append(e)
        elif day(e["recv"]) > day(twin[0]["recv"]):
            out[out.index(twin[0])] = e
    return out


def is_of(series, matrix):
    """Of the wanted fluid or tissue, where the result says of which it is."""
    if not matrix or "matrix" not in series:
        return matrix not in FLUIDS
    return matrix.lower() in [m.lower() for m in series["matrix"]]


def differences(facts, s):
    """Involved minus uninvolved: which is involved shows in the first pair that differs."""
    def parts(name):
        return [e for e in facts if e["type"] == "lab" and e["analyte"] == name and
                (e.get("matrix") or "") not in FLUIDS]

    def number(e):
        by = factor(e["unit"], s["unit"])
        v = by and Value(str(e["value"]), by)
        return v.limit if v and not v.sign else None

    out, sign = [], 0
    for a in parts(s["difference"][0]):
        same = [b for b in parts(s["difference"][1]) if when(b)[:10] == when(a)[:10] and
                (not a.get("specimen") or not b.get("specimen") or a["specimen"] == b["specimen"])]
        exact = [b for b in same if a.get("specimen") and b.get("specimen")] or same[-1:]
        if not exact or number(a) is None or number(exact[0]) is None:
            continue
        d = number(a) - number(exact[0])
        sign = sign or (d > 0) - (d < 0)
        out.append(dict(a, value=str(d * sign), unit=s["unit"], uln=None))
    return out


def distinct(a, b):
    x, y = a.e.get("specimen"), b.e.get("specimen")
    if x and y:
        return x != y
    return a.day != b.day or len({when(a.e), when(b.e)} - {str(a.day)}) == 2


# ---------------------------------------------------------------- from candidates to a status
def leaps(s, p):
    """A hundred times the value before it or a hundredth, within 28 days: of exact values only."""
    i = s.points.index(p)
    if s.rule["series"].get("event") or i == 0:
        return False
    q = s.points[i - 1]
    pair = [x.value for x in (p, q)]
    if any(v is None or v.sign or v.limit <= 0 for v in pair) or (p.day - q.day).days > 28:
        return False
    low, high = sorted(v.limit for v in pair)
    return high >= 100 * low


def doubtful(s, p):
    """A leap that the value after it does not repeat."""
    i = s.points.index(p)
    return leaps(s, p) and (i + 1 == len(s.points) or leaps(s, s.points[i + 1]))


def runs(s):
    c = s.rule.get("confirm")
    known(c or {}, {"after", "unbroken", "consecutive", "distinct_specimen", "test", "at_once", "by", "due"})
    ks = [(p, s.candidate(p)) for p in s.after]
    strict = c and (c.get("unbroken") or c.get("consecutive"))
    first = None

    def is_second(p):
        return (p is not first and p.day >= plus(first.day, c["after"]) and not doubtful(s, p) and
                (not c.get("distinct_specimen") or distinct(first, p)))

    for p, k in ks:
        if first and c and "by" in c and is_second(p) and s.test(c["by"], p, first) == T and \
                not s.excluded(p):
            return "met", first.day
        early = first and c and "by" in c and p.day < plus(first.day, c["after"])
        if k == N and strict and not early:  # too early to confirm is too early to refute
            first = None
        if k != T:
            continue
        first = first or p
        if (c is None or ("at_once" in c and s.test(c["at_once"], p) == T)) and not doubtful(s, p):
            return "met", first.day
        if c and "by" not in c and is_second(p) and ("test" not in c or s.test(c["test"], p, first) == T):
            return "met", first.day
    if first:
        return "unconfirmed", first.day
    return {N: "not_met", U: "not_evaluable", None: "not_evaluable"}[ks[-1][1] if ks else None], None


OPTIMAL, UNSURE, WARNING, FAILURE = range(4)


def milestones(s):
    """Each row that a value falls in judges it, and the gravest counts. The first failure stays; else
    the latest judged value speaks, a warning from the first of the warnings in a row on."""
    level, since = None, None
    for i, p in enumerate(s.after):
        rows = [judge(m, p, s.after[i + 1:]) for m in s.rule["milestones"] if falls_in(s, m, p)]
        if not rows:
            continue
        before, (level, by) = level, max(rows, key=lambda row: row[0])
        if level > OPTIMAL and s.excluded(p):
            level = UNSURE
        if level == FAILURE and not doubtful(s, by):
            return "met", p.day
        level = min(level, WARNING)
        if before != WARNING:
            since = p.day
    if level == WARNING:
        return "unconfirmed", since
    return ("not_met" if level == OPTIMAL else "not_evaluable"), None


def falls_in(s, m, p):
    known(m, {"name", "window", "after", "fail", "warn"})
    if "window" not in m:
        return s.test(m["after"], p) == T
    lo, hi = (plus(s.anchor.start, x) for x in m["window"])
    return lo <= p.day <= hi


def judge(m, p, later):
    """(level, the value that it rests on)"""
    fail, warn = (hold(p, m[x]) if x in m else N for x in ("fail", "warn"))
    repeat = m.get("fail", {}).get("again")
    if repeat and fail == T:
        known(repeat, {"after", "before", *COMPARE})
        ks = [(hold(q, repeat), q) for q in later
              if plus(p.day, repeat["after"]) <= q.day <= plus(p.day, repeat["before"])]
        if T in [k for k, q in ks]:
            return FAILURE, [q for k, q in ks if k == T][0]
        if ks and ks[-1][0] == N:
            return OPTIMAL, p  # the repeat took it back
        fail = U
    return (FAILURE if fail == T else WARNING if warn == T else UNSURE if U in (fail, warn) else OPTIMAL), p


def hold(p, limit):
    return k_all([p.value.holds(op, F(str(x))) for op, x in limit.items() if op in COMPARE])


HEAD = {"id", "version", "title", "asks", "citation", "url", "verified", "consequence", "mode", "adjustable",
        "notify_age", "act_watch", "consider", "unchecked", "applies", "line", "series", "refs", "candidate",
        "exclude", "confirm", "cap", "milestones", "reviewer", "reviewed", "demo", "age"}


def is_of_age(age, facts, asof):
    known(age, set(COMPARE))
    born = [e["born"] for e in facts if e["type"] == "person"]
    if not born:
        return U
    if len(born[-1]) != 10:
        raise Unsupported("born " + born[-1])
    b = day(born[-1])
    years = asof.year - b.year - (asof < plus(b, "%dy" % (asof.year - b.year)))
    return k_of(all(COMPARE[op](years, F(str(x))) for op, x in age.items()))


def evaluate(rule, events, asof):
    """(status, first-event date or None) as of the end of that day"""
    known(rule, HEAD)
    s = Scope(rule, in_force(events, asof))
    if "age" in rule and is_of_age(rule["age"], s.facts, asof) == N:
        return "not_evaluable", None
    if s.anchor is not None and s.anchor.start is None:
        return "not_evaluable", None
    status, first = milestones(s) if "milestones" in rule else runs(s)
    if rule.get("cap") == "unconfirmed" and status == "met":
        status = "unconfirmed"
    return status, first


class Loader(yaml.SafeLoader):
    """Numbers as they are written: 0.1 must not become a double."""


# "on" is a word here, as in YAML 1.2, not a truth value.
Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in rows if not tag.endswith(":bool")]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("true|false"), "tf")
Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: F(node.value))
Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def load_rules(paths):
    out = {}
    for path in paths:
        with open(path, encoding="utf-8") as f:
            for rule in yaml.load(f, Loader):
                out[rule["id"]] = rule
    return out
