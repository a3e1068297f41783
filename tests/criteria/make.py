#!/usr/bin/python3
"""Tables of worked cases -> a vectors file for `refractctl criteria test`.  make.py [TABLE.txt...] >VECTORS.json

A table is meant to be read by clinicians. Blocks begin with `rule ID`; then one line for each case:

    given: EVENTS                              what every case of the block begins with
    STATUS [DAY] [@DAY]: EVENTS | REASON       met, unconfirmed, not_met, not_evaluable

The first DAY is the expected day of the first event, @DAY the day of the question (else that of the last
event). EVENTS are separated by `;`:

    start|dose|stop|last_dose|hold DRUG|- [CLASS+CLASS] DAY [x6/21] [intent=adjuvant]
    PD DAY                                     a coded response
    +GENE CHANGE DAY [vaf=0.4] [source=plasma] found; -GENE CHANGE DAY: tested for, not found
    covered GENE+GENE DAY                      a panel that reported none of these genes
    did PROCEDURE DAY    mark BIOMARKER VALUE DAY    born DATE
    ANALYTE VALUE DAY [unit=..] [method=..] [uln=..] [specimen=..]

DAY: d14 is 14 days after day 0 (2025-01-10), m6 six calendar months, d28m6-1 a day less than six months
after day 28. `unit ANALYTE UNIT` gives the unit from there on.

`adults on`: from there to the end of the file, or to `adults off`, every rule has two cases more, made of its first positive one: a patient who is
18 on the day of the question, and one who will be a day later, for whom the rule is not made.
`variant ID: DRUG[/CLASS+CLASS], ...: GENE CHANGE, ...[: EVENTS]` stands for the cases that every rule on an
acquired variant has; the last EVENTS come before all of them."""
import calendar
import datetime
import glob
import json
import os
import re
import sys

ZERO = datetime.date(2025, 1, 10)
STATUS = ('met', 'unconfirmed', 'not_met', 'not_evaluable')
CODES = ('CR', 'PR', 'SD', 'PD', 'NE', 'iCR', 'iPR', 'iSD', 'iUPD', 'iCPD')
ACTIONS = ('start', 'dose', 'stop', 'last_dose', 'hold')


def add_months(day, months):
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return datetime.date(day.year + years, month + 1, min(day.day, last))


def day_of(word):
    if re.fullmatch(r'\d{4}-\d\d-\d\d', word):
        return datetime.date.fromisoformat(word)
    if not re.fullmatch(r'(d-?\d+)?(m-?\d+)?([+-]\d+)?', word) or not word:
        raise ValueError(f'no day: {word}')
    day = ZERO
    for kind, number in re.findall(r'([dm]?)([+-]?\d+)', word):
        day = add_months(day, int(number)) if kind == 'm' else day + datetime.timedelta(int(number))
    return day


class Reader:
    def __init__(self):
        self.units, self.vectors, self.rule, self.given, self.counts = {}, [], None, '', {}
        self.adults, self.aged = False, set()

    def events(self, text):
        out = []
        for part in filter(None, (p.strip() for p in text.split(';'))):
            out += self.event(part)
        return out

    def event(self, text):
        words = [w for w in text.split() if '=' not in w]
        more = dict(w.split('=', 1) for w in text.split() if '=' in w)
        times, step = 1, 0
        if re.fullmatch(r'x\d+/\d+', words[-1]):
            times, step = map(int, words.pop()[1:].split('/'))
        if words[0] == 'born':
            return [{'type': 'person', 'date': str(ZERO), 'born': words[1], 'recv': '2000-01-01'}]
        first = day_of(words.pop())
        out = []
        for i in range(times):
            day = str(first + datetime.timedelta(i * step))
            out.append(self.one(words, day, more.get('recv') and str(day_of(more['recv'])) or day,
                                {k: v for k, v in more.items() if k != 'recv'}))
        return out

    def one(self, words, day, recv, more):
        head = words[0]
        if head in ACTIONS:
            classes = words[2].split('+') if len(words) > 2 else []
            return {'type': 'therapy', 'action': head, 'date': day, 'class': classes, 'drug': '' if words[1] == '-' else words[1],
                    'recv': recv, **more}
        if head in CODES:
            return {'type': 'response', 'date': day, 'code': head, 'recv': recv, **more}
        if head[0] in '+-':
            change = ' '.join(words[1:])
            return {'type': 'variant', 'date': day, 'gene': head[1:], 'hgvs': change,
                    'present': head[0] == '+', 'id': f'{head}-{change}-{day}-{more.get("specimen", "")}',
                    'recv': recv, **more}
        if head == 'covered':
            return {'type': 'negative', 'date': day, 'genes': words[1].split('+'), 'recv': recv, **more}
        if head == 'did':
            return {'type': 'procedure', 'date': day, 'code': words[1], 'recv': recv, **more}
        if head == 'mark':
            return {'type': 'biomarker', 'date': day, 'name': words[1], 'value': words[2], 'recv': recv, **more}
        unit = more.pop('unit', None) or self.units[head]
        return {'type': 'lab', 'analyte': head, 'collected': day, 'value': words[1], 'unit': unit,
                'id': more.get('id', f'{head}-{day}-{words[1]}'), 'recv': recv, **more}

    def case(self, rule, status, first, asof, events, why):
        number = self.counts[rule] = self.counts.get(rule, 0) + 1
        days = [e.get('collected') or e['date'] for e in events]
        expect = {'asof': str(day_of(asof)) if asof else max(days), 'status': status}
        if first:
            expect['date'] = str(day_of(first))
        self.vectors.append({'id': f'{rule}#{number}', 'criterion': rule, 'events': events,
                             'expect': [expect], 'why': why.strip()})
        if self.adults and status in ('met', 'unconfirmed') and rule not in self.aged:
            self.aged.add(rule)
            born = add_months(datetime.date.fromisoformat(expect['asof']), -18 * 12)
            for day, want in ((born, status), (born + datetime.timedelta(1), 'not_evaluable')):
                self.case(rule, want, None, asof, self.events(f'born {day}') + events,
                          f'born on {day}: for patients of 18 years and over')

    def variant(self, text):
        rule, drugs, changes, *before = [p.strip() for p in text.split(': ')]
        drugs = [(d.split('/') + [''])[:2] for d in drugs.split(', ')]
        changes = changes.split(', ')
        before = before[0] + '; ' if before else ''

        def case(status, first, text, why, drug=drugs[0]):
            self.case(rule, status, first, None,
                      self.events(f'start {drug[0]} {drug[1]} d0; {before}{text}'), why)
        for drug in drugs:
            case('met', 'd300', f'-{changes[0]} d-20; +{changes[0]} d300', f'acquired on {drug[0]}', drug)
        for c in changes[1:]:
            case('met', 'd300', f'-{c} d-20; +{c} d300', f'{c} counts as well')
        c = changes[0]
        case('met', 'd300', f'-{c} d-20; +{c} d300; stop {drugs[0][0]} d270', '30 days after the last dose')
        case('not_met', None, f'-{c} d-20; +{c} d300; stop {drugs[0][0]} d269', '31 days after the last dose')
        genes = '+'.join(sorted({x.split()[0] for x in changes}))
        case('met', 'd300', f'covered {genes} d-20; +{c} d300', 'an earlier panel that covered the gene')
        case('not_met', None, f'covered {genes} d-20; covered {genes} d300', 'a panel on the line found none')
        one = 'not_evaluable' if '+' in genes else 'not_met'  # the other genes were not looked at
        case(one, None, f'+{c} d-20; +{c} d300', 'there before the line')
        case(one, None, f'-{c} d-20; -{c} d300', 'tested on the line, not found')
        case('not_evaluable', None, f'+{c} d300', 'never tested before: present, not proven acquired')
        case('not_evaluable', None, f'-{c} d-20; +{c} d300', 'on a drug that the rule does not name',
             ('otherumab', 'other_class'))
        low, at = f'+{c} d300 vaf=0.49 source=plasma', f'+{c} d300 vaf=0.5 source=plasma'
        case('unconfirmed', 'd300', f'-{c} d-20; {low}', 'a trace in plasma waits for a second sample')
        case('met', 'd300', f'-{c} d-20; {at}', '0.5 % in plasma stands')
        case('met', 'd300', f'-{c} d-20; {low} specimen=S1; {low} specimen=S2', 'a second sample of the same day')
        case('unconfirmed', 'd300', f'-{c} d-20; {low} specimen=S1; +{c} d310 vaf=0.4 source=plasma specimen=S1',
             'the same sample, reported again')

    def line(self, text):
        text = re.sub(r'(^|\s)#.*', '', text).strip()
        if not text:
            return
        head, _, rest = text.partition(' ')
        if head == 'unit':
            name, _, unit = rest.partition(' ')
            self.units[name] = unit
        elif head == 'rule':
            self.rule, self.given = rest, ''
        elif head == 'adults':
            self.adults = rest == 'on'
        elif head == 'given:':
            self.given = rest
        elif head == 'variant':
            self.variant(rest)
        else:
            expected, _, body = text.partition(': ')
            status, *days = expected.split()
            if status not in STATUS or len(days) > 2:
                raise ValueError(f'no status: {expected}')
            asof = next((d[1:] for d in days if d.startswith('@')), None)
            first = next((d for d in days if not d.startswith('@')), None)
            events, _, why = body.partition('|')
            self.case(self.rule, status, first, asof, self.events(self.given + ';' + events), why)


def main():
    reader = Reader()
    tables = sys.argv[1:] or sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), '*.txt')))
    for path in tables:
        reader.adults = False
        with open(path, encoding='utf-8') as file:
            for number, text in enumerate(file, 1):
                try:
                    reader.line(text)
                except (ValueError, KeyError, IndexError) as error:
                    sys.exit(f'{path}:{number}: {error!r}: {text.strip()}')
    json.dump(reader.vectors, sys.stdout, indent=0)


main()
