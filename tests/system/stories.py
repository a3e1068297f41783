"""Patients and their messages, made for these tests. Days are counted from today, so that what is newest is current
on whatever day the tests run."""
import datetime
import random

from harness import message_pb2

TODAY = datetime.date.today()


class Patient:
    """Invented: marked so that a leak is found by searching for it."""

    def __init__(self, number, family='Wanderfalk', given='Ludmilla', born='19490611', sex='M'):
        self.id, self.family, self.given, self.born, self.sex = f'Q{number:07d}', family, given, born, sex
        self.counter = 0

    def control(self):
        self.counter += 1
        return f'{self.id}N{self.counter:03d}'

    def pid(self):
        return f'PID|1||{self.id}^^^DEMO^MR||{self.family}^{self.given}^^^^^L||{self.born}|{self.sex}'

    def secrets(self):
        return [self.id, self.family, self.given, self.born]


def at(day, time='074500'):
    return (TODAY + datetime.timedelta(day)).strftime('%Y%m%d') + time + '+0100'


def hl7(p, day, kind, *segments):
    """(control id, bytes)"""
    control = p.control()
    event = kind.split('^')[1]
    lines = [f'MSH|^~\\&|SYSTEST|DEMOHOSP|REFRACTD|DEMOHOSP|{at(day, "113000")}||{kind}|{control}|P|2.5.1']
    if event.startswith('A'):
        lines.append(f'EVN|{event}|{at(day, "113000")}')
    lines += [p.pid(), *segments]
    return control, ('\r'.join(lines) + '\r').encode()


PROSTATE = 'C61^Malignant neoplasm of prostate^I10C^PRAD^Adenocarcinoma of prostate^99DEMO'


def adt(p, day, diagnosis=PROSTATE):
    return hl7(p, day, 'ADT^A04^ADT_A01', 'PV1|1|O|ONCO^^^DEMOHOSP||||90017^Sandglass^Irmela^^^^^^DEMO',
               f'DG1|1||{diagnosis}||{at(day)[:8]}|W')


def merge(p, day, lost):
    return hl7(p, day, 'ADT^A40^ADT_A39', f'MRG|{lost}^^^DEMO^MR')


def result(p, day, code, value, unit, status='F', order_day=None, reported=None):
    """order_day: of the result that this one corrects."""
    order = f'L{p.id}{(order_day if order_day is not None else day) + 9999}{code.split("^")[0]}'
    taken = at(order_day if order_day is not None else day)
    said = reported or at(day, '113000')
    return hl7(p, day, 'ORU^R01^ORU_R01', f'ORC|RE||{order}^SYSTEST',
               f'OBR|1||{order}^SYSTEST|{code}|||{taken}|||||||||90017^Sandglass^Irmela||||||{said}||CH|{status}',
               f'OBX|1|NM|{code}|1|{value}|{unit}|||||{status}|||{taken}',
               f'SPM|1|^S{order}&SYSTEST||SER^Serum^HL70487|||||||||||||{taken}')


def psa(p, day, value, **more):
    return result(p, day, '2857-1^Prostate specific Ag^LN', value, 'ng/mL', **more)


def ordered(p, day, drug):
    order = f'P{p.id}{day + 9999}'
    return hl7(p, day, 'RDE^O11^RDE_O11', f'ORC|NW|{order}^SYSTEST|||SC||||{at(day)}||||||{at(day)}',
               f'RXE|^^^{at(day)}|{drug}|1||mg|||||30|TAB', f'TQ1|1||QD||||{at(day)}', 'RXR|PO^Oral^HL70162')


def given(p, day, drug):
    order = f'M{p.id}{day + 9999}{drug.split("^")[0]}'
    return hl7(p, day, 'RAS^O17^RAS_O17', f'ORC|RE|{order}^SYSTEST|{order}^SYSTEST||CM||||{at(day)}',
               f'RXA|0|1|{at(day)}|{at(day, "084500")}|{drug}|320|mg|||||||||||||CP|A', 'RXR|IV^Intravenous^HL70162')


ENZA = 'ENZA160^Enzalutamide 160 mg^99DEMO'
IMATINIB = '282388^Imatinib^RXNORM'


def prostate(number, ending='suspected', **who):
    """(patient, messages); ending: suspected, confirmed, corrected (raised, then retracted) or silent."""
    p = Patient(number, **who)
    m = [adt(p, -308), psa(p, -301, '31.0'), ordered(p, -294, ENZA), psa(p, -210, '2.1'), ordered(p, -182, ENZA),
         psa(p, -119, '0.90'), ordered(p, -63, ENZA)]
    if ending == 'silent':
        m.append(psa(p, -20, '0.85'))
    elif ending == 'confirmed':
        m += [psa(p, -50, '6.2'), psa(p, -20, '9.1')]
    else:
        m.append(psa(p, -20, '9.1'))
    if ending == 'corrected':
        m.append(psa(p, -17, '0.91', status='C', order_day=-20))
    return p, m


def leukaemia(number, **who):
    p = Patient(number, sex='F', **who)
    code = '69380-4^BCR-ABL1 transcript IS ratio^LN'
    m = [adt(p, -418, 'C92.10^Chronic myeloid leukemia, BCR/ABL-positive^I10C'), result(p, -413, code, '71', '%'),
         ordered(p, -406, IMATINIB), result(p, -315, code, '7.8', '%'), ordered(p, -315, IMATINIB),
         result(p, -224, code, '0.94', '%'), ordered(p, -196, IMATINIB), ordered(p, -77, IMATINIB),
         result(p, -35, code, '2.3', '%')]
    return p, m


def ward(count, seed=1):
    """Patients of all endings: [(patient, messages)]."""
    dice = random.Random(seed)
    return [leukaemia(1000 + n) if n % 5 == 4 else
            prostate(1000 + n, dice.choice(('suspected', 'confirmed', 'corrected', 'silent'))) for n in range(count)]


# --- native messages

def native_psa(number, day=-20, value='9.1', control=None):
    """A ResultMessage of one PSA."""
    p = number if isinstance(number, Patient) else Patient(number)
    m = message_pb2.ResultMessage(control_id=control or p.control(), sender='SYSTEST')
    seconds = int(datetime.datetime.combine(TODAY + datetime.timedelta(day), datetime.time(6, 45),
                                            datetime.timezone.utc).timestamp())
    m.sent.utc_seconds, m.sent.offset_minutes, m.sent.precision = seconds + 3600, 60, 5
    fact = m.facts.add()
    fact.patient.authority, fact.patient.id = 'DEMO', p.id
    fact.order = f'N{p.id}{day + 9999}'
    for stamp in (fact.collected, fact.status_time):
        stamp.utc_seconds, stamp.offset_minutes, stamp.precision = seconds, 60, 4
    o = fact.observation
    o.code.system, o.code.code, o.value.value, o.text = 'LN', '2857-1', value, value
    o.unit_reported, o.matrix = 'ng/mL', 'serum'
    return m
