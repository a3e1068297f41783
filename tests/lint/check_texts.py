#!/usr/bin/python3
"""What the care team may read of config/: no dose, no order, and no therapy with a field missing.
check_texts.py [ROOT]

 1. no dose: a number with mg, mg/m2, mg/kg, Gy, MBq ..., AUC 5, "twice daily", "q3w".  A concentration
    (ng/mL, g/dL, mg/24 h) is a measurement and none.
 2. no imperative: give, start, stop, switch, administer, must, should ...  Keys and dotted names of the rule
    language (line.start, since_stop) are no texts; what reads like one and is none stands in ALLOWED.
 3. every therapy option has every field, empty lists included: [] says that somebody looked.
Comments are not shown, and not read.  Prints one line per finding; exit 1 if there is one."""
import os
import re
import sys

FILES = ('config/therapies', 'config/trials', 'config/criteria', 'config/terminology/crossresistance.yaml')
# Dosing by weight, surface or day is a dose; per litre, per 24 hours (urine protein) or per mole is none.
DOSE = re.compile(r'(?<![\w.])\d[\d.,]*\s*(?:mg|mcg|ug|µg|μg|grams?|g|Gy|cGy|MBq|GBq|mCi|IU|million units)'
                  r'(?:\s*/\s*(?:kg|m2|m²|m\^2|day|d\b|dose))?(?![\w])(?!\s*/)'
                  r'|\bAUC\s*(?:of\s*)?\d'
                  r'|\b(?:once|twice|three times)\s+(?:a\s+|per\s+)?(?:day|daily|week|weekly)\b'
                  r'|(?-i:\bq\d{1,2}(?:h|d|w|wk))\b|\b(?:b\.?i\.?d|t\.?i\.?d|q\.?d)\b', re.I)
ORDERS = {'give', 'start', 'stop', 'switch', 'administer', 'prescribe', 'initiate', 'discontinue', 'withhold', 'hold',
          'resume', 'continue', 'avoid', 'use', 'add', 'must', 'should', 'shall', 'ought'}
# phrase, in lower case: why it is no order
ALLOWED = {
    'from the start': 'a point in time',
    'a stop that': 'an event',
    'isoform switch': 'an event',
}
WORD = re.compile(r"[A-Za-z_][A-Za-z_.]*")
KEY = re.compile(r'(?<![\w"])[\w.]+:(?=\s|$)')
COMMENT = re.compile(r'(^|\s)#(?=(?:[^"]*"[^"]*")*[^"]*$).*')
FIELDS = ('id', 'title', 'drugs', 'disease', 'lines', 'level', 'basis', 'citation', 'verified', 'jurisdiction',
          'status', 'status_date', 'contraindications', 'unchecked')
PAPER = re.compile(r'(NCT\d{8}|\b(19|20)\d\d\b)')


def text_of(line):
    """The line without its comment."""
    return COMMENT.sub('', line.rstrip('\n'))


def orders(line):
    text = KEY.sub(' ', text_of(line))
    low = text.lower()
    for phrase in ALLOWED:
        low = low.replace(phrase, ' ')
    return [word.rstrip('.') for word in WORD.findall(low) if word.rstrip('.') in ORDERS]


def values(line):
    """Words of a vocabulary are no texts: verdict: backbone, mode: shadow."""
    return not re.match(r'\s*(?:- )?(?:from|to|url|id|fn|mode|verdict):', line)


def check_lines(name, lines):
    for number, line in enumerate(lines, 1):
        text = text_of(line)
        found = DOSE.search(text)
        if found:
            yield f'{name}:{number}: a dose: "{found.group(0).strip()}"'
        if values(line):
            for word in orders(line):
                yield f'{name}:{number}: an order: "{word}"'


def check_options(name, lines):
    """Fields of each block that begins with "  - id:"."""
    first, fields, cited = 0, None, True
    for number, line in enumerate(lines + ['  - id: end'], 1):
        if line.startswith('  - id:'):
            if fields is not None:
                for field in FIELDS:
                    if field not in fields:
                        yield f'{name}:{first}: {fields["id"]}: {field} is missing'
                if not cited:
                    yield f'{name}:{first}: {fields["id"]}: neither a year nor a trial number in the citation'
            first, fields, cited = number, {'id': line.split(':', 1)[1].strip()}, False
        elif fields is not None and re.match(r'    \w+:', line):
            key, value = line.strip().split(':', 1)
            fields[key] = value
            cited = cited or (key == 'citation' and PAPER.search(value) is not None)


def paths(root):
    for top in FILES:
        path = os.path.join(root, top)
        if os.path.isfile(path):
            yield path
        elif os.path.isdir(path):
            yield from (os.path.join(path, n) for n in sorted(os.listdir(path)) if n.endswith(('.yaml', '.yml')))


def run(root):
    findings, count = [], 0
    for path in paths(root):
        name = os.path.relpath(path, root)
        with open(path, encoding='utf-8') as file:
            lines = file.read().split('\n')
        count += 1
        findings += check_lines(name, lines)
        if name.startswith('config/therapies'):
            findings += check_options(name, lines)
    return findings, count


def main():
    findings, count = run(sys.argv[1] if len(sys.argv) > 1 else '.')
    for finding in findings:
        print(finding)
    if not findings:
        print(f'texts: ok ({count} files)')
    return 1 if findings or count == 0 else 0


if __name__ == '__main__':
    sys.exit(main())
