#include "ward.h"

#include "../aid/byhand.h"
#include "base/sort.h"
#include "disease.h"

enum {
    EVENTS_PER_PATIENT = 400,
    RISES_SEEN = 2, /* by then the team may have noticed */
};

struct maker {
    uint64_t state;
    struct ward_event *event;
    size_t count;
    size_t room;
    uint32_t serial;
    uint32_t order;
    uint32_t patient;
    uint32_t patients;
    uint16_t clinicians;
    uint16_t attending;
    uint8_t disease;
    uint8_t line;
    int32_t rises;   /* visits since the line began to fail; 0: it works */
    int32_t slope;   /* percent that the marker gains at each */
    int32_t changes; /* at which the next line begins */
    day_t day;
    day_t end;
};

static int32_t
pick(struct maker *m, int32_t below)
{
    return byhand_pick(&m->state, below);
}

/* Of a thousand. */
static bool
chance(struct maker *m, int32_t mille)
{
    return pick(m, 1000) < mille;
}

static struct ward_event *
add(struct maker *m, enum ward_what what, day_t day, int32_t value)
{
    struct ward_event *e = &m->event[m->count++];

    rfd_assert(m->count <= m->room);
    *e = (struct ward_event){.said = day,
                             .day = day,
                             .patient = m->patient,
                             .serial = ++m->serial,
                             .order = ++m->order,
                             .value = value,
                             .attending = m->attending,
                             .what = (uint8_t)what,
                             .status = FACT_FINAL,
                             .line = m->line,
                             .disease = m->disease};
    return e;
}

/* A second statement of the same result. */
static struct ward_event *
again(struct maker *m, const struct ward_event *first, enum fact_status status, day_t later)
{
    struct ward_event copy = *first;
    struct ward_event *e = &m->event[m->count++];

    rfd_assert(m->count <= m->room);
    *e = copy;
    e->serial = ++m->serial;
    e->status = (uint8_t)status;
    e->said = first->said + later;
    return e;
}

static int32_t
noisy(struct maker *m, int32_t value, int32_t percent)
{
    return value + (int32_t)((int64_t)value * (pick(m, 2 * percent + 1) - percent) / 100);
}

/* --- results, and what happens to them */

static void
wrong_patient(struct maker *m, struct ward_event *e)
{
    struct ward_event *right;
    day_t later = 1 + pick(m, 4);

    e->number = WARD_NEXT;
    right = again(m, e, FACT_FINAL, later);
    right->number = WARD_OWN;
    right->order = ++m->order;
    (void)again(m, e, FACT_WITHDRAWN, later);
}

/* In the emergency room he had another number; the two are joined days later. */
static void
second_number(struct maker *m, struct ward_event *e)
{
    e->number = WARD_EMERGENCY;
    add(m, WARD_LINK, e->day + 2 + pick(m, 8), 1)->number = WARD_EMERGENCY;
}

/* Late, preliminary first, sent twice, over two feeds, wrong and then right, withdrawn, of another
 * patient: about one result in eight. */
static void
fate(struct maker *m, struct ward_event *e)
{
    int32_t of = pick(m, 1000);

    if (of < 50) {
        e->said += 1 + pick(m, 4);
    } else if (of < 80) {
        e->status = FACT_PRELIMINARY;
        (void)again(m, e, FACT_FINAL, 1);
    } else if (of < 95) {
        again(m, e, FACT_FINAL, pick(m, 3))->serial = e->serial;
    } else if (of < 110) {
        again(m, e, FACT_FINAL, pick(m, 2))->feed = 1;
    } else if (of < 120) { /* the point in the wrong place, noticed within days */
        int32_t right = e->value;

        e->value = right * 10;
        again(m, e, FACT_CORRECTED, 1 + pick(m, 6))->value = right;
    } else if (of < 126) {
        (void)again(m, e, FACT_WITHDRAWN, 1 + pick(m, 6));
    } else if (of < 129) {
        wrong_patient(m, e);
    } else if (of < 131) {
        second_number(m, e);
    }
}

/* An infection, a puncture, another machine: once and gone, or twice. */
static int32_t
disturbed(struct maker *m, int32_t level, int32_t *bump)
{
    if (*bump > 0)
        --*bump;
    else if (chance(m, 12))
        *bump = 1 + chance(m, 150);
    return *bump > 0 ? level + level * (40 + pick(m, 60)) / 100 : level;
}

static void
visit(struct maker *m, int32_t level)
{
    const struct disease *d = &diseases[m->disease];

    if (d->drug[m->line] != NULL)
        (void)add(m, WARD_DOSE, m->day, 0);
    if (d->analyte != NULL)
        fate(m, add(m, WARD_VALUE, m->day, noisy(m, level, 8)));
    if (chance(m, 4)) {
        m->attending = (uint16_t)pick(m, m->clinicians);
        (void)add(m, WARD_MOVED, m->day, 0);
    }
}

static int32_t
level_next(struct maker *m, int32_t level)
{
    const struct disease *d = &diseases[m->disease];

    if (m->rises > 0)
        return level > d->high * 3 ? level : level + level * m->slope / 100;
    return level > d->low * 2 ? level / 3 : d->low;
}

static void
staging(struct maker *m, enum response_code code)
{
    struct ward_event *e = add(m, WARD_STAGING, m->day + 2, (int32_t)code);

    e->said += pick(m, 3);
    if (chance(m, 8)) /* read again */
        again(m, e, FACT_CORRECTED, 2 + pick(m, 5))->value = RESPONSE_SD;
}

/* From the second rise on: at each visit a third of the teams orders imaging within a fortnight,
 * and one in eight brings the patient to the board. */
static void
team_acts(struct maker *m)
{
    if (m->rises >= RISES_SEEN && chance(m, 350))
        (void)add(m, WARD_SCAN_ORDERED, m->day + 1 + pick(m, 12), 0);
    if (m->rises >= RISES_SEEN && chance(m, 120))
        (void)add(m, WARD_BOARD, m->day + 1 + pick(m, 12), 0);
}

static void
looked_at(struct maker *m, int32_t visits)
{
    const struct disease *d = &diseases[m->disease];
    bool last = m->rises == m->changes - 1;

    if (last && d->staged && chance(m, 700))
        staging(m, RESPONSE_PD);
    else if (m->rises == 0 && d->staged && visits % 3 == 2)
        staging(m, visits == 2 ? RESPONSE_PR : RESPONSE_SD);
    if (last && d->genes)
        (void)add(m, WARD_GENES, m->day + 10, 1 + pick(m, 2));
}

/* --- a line, a patient, a ward */

static day_t
until_next(struct maker *m, int32_t visits)
{
    int32_t every = diseases[m->disease].every;

    if (m->rises > 0 && every > 42)
        every = 42;
    return (visits < 3 ? 28 : every) + pick(m, 9) - 2;
}

/* A line fails after a year and a half in the middle. */
static void
fail(struct maker *m, int32_t visits)
{
    int32_t mille = 1265 * diseases[m->disease].every / 1000; /* of a visit */

    if (m->rises > 0)
        m->rises++;
    else if (visits > 2 && diseases[m->disease].oncotree != NULL && chance(m, mille))
        m->rises = 1;
}

/* One line, until it fails or the time is over: false. Markers gain a quarter to a doubling at each
 * visit, and the next line begins at the fourth to sixth of them. */
static bool
line_of(struct maker *m, int32_t *level)
{
    int32_t bump = 0;

    m->rises = 0;
    m->slope = 25 + pick(m, 76);
    m->changes = 4 + pick(m, 3);
    for (int32_t v = 0; m->day < m->end; v++) {
        visit(m, m->rises > 0 ? *level : disturbed(m, *level, &bump));
        fail(m, v);
        looked_at(m, v);
        team_acts(m);
        *level = level_next(m, *level);
        m->day += until_next(m, v);
        if (m->rises >= m->changes)
            return true;
    }
    return false;
}

/* What is no result: a wrong join with the next patient, taken back; opting out; confidential. */
static void
registry(struct maker *m, day_t start)
{
    day_t day = start + pick(m, 600);

    if (chance(m, 3) && m->patient + 1 < m->patients) {
        struct ward_event *e = add(m, WARD_LINK, day, 1);

        e->number = WARD_NEXT;
        again(m, e, FACT_FINAL, 2 + pick(m, 5))->value = 0;
    }
    if (chance(m, 10))
        (void)add(m, WARD_RESTRICTION, day, chance(m, 700) ? WARD_OPTED_OUT : WARD_NO_CONTACT);
    if (chance(m, 8))
        (void)add(m, WARD_RESTRICTION, start, WARD_VIP);
}

static void
die(struct maker *m, day_t day)
{
    if (chance(m, 400))
        (void)add(m, WARD_RESTRICTION, day - 20, WARD_HOSPICE);
    add(m, WARD_DEATH, day, 0)->said += pick(m, 5);
}

/* One in eight dies within a year whatever the lines do. */
static day_t
last_day(struct maker *m, day_t start, day_t end)
{
    for (day_t day = start + 60; day < end; day += 30) {
        if (chance(m, 11))
            return day;
    }
    return DAY_NONE;
}

static void
one_patient(struct maker *m, day_t end)
{
    const struct disease *d;
    day_t start = WARD_LIVE_DAY - pick(m, WARD_PAST_DAYS - 30) - 20;
    day_t death;
    int32_t level;
    int32_t of = pick(m, 1000);

    m->disease = 0;
    while (of >= diseases[m->disease].share)
        of -= diseases[m->disease++].share;
    d = &diseases[m->disease];
    if (m->patient % 5 == 4) /* comes during the year */
        start = WARD_LIVE_DAY + 1 + pick(m, WARD_DAYS - 60);
    m->day = start;
    m->line = 0;
    m->attending = (uint16_t)pick(m, m->clinicians);
    level = noisy(m, d->high, 60);
    death = d->oncotree == NULL ? DAY_NONE : last_day(m, start, end);
    m->end = death == DAY_NONE ? end : death;
    (void)add(m, WARD_PERSON, start - 5, 0);
    if (d->genes)
        (void)add(m, WARD_GENES, start - 4, 0);
    registry(m, start);
    while (line_of(m, &level) && m->line < DISEASE_LINES - 1)
        m->line++;
    if (death != DAY_NONE)
        die(m, death);
    else if (m->line == DISEASE_LINES - 1 && m->day + 90 < end)
        die(m, m->day + 30 + pick(m, 60));
}

static int
arrival_cmp(const void *a, const void *b)
{
    const struct ward_event *x = a;
    const struct ward_event *y = b;

    if (x->said != y->said)
        return x->said < y->said ? -1 : 1;
    return x->serial < y->serial ? -1 : x->serial > y->serial;
}

struct ward
ward_make(struct arena *a, const struct terms *terms, uint64_t seed, size_t patients)
{
    struct ward w = {.terms = terms, .patients = patients, .clinicians = WARD_CLINICIANS(patients)};
    struct maker m = {.state = seed * 7919 + 1,
                      .room = patients * EVENTS_PER_PATIENT,
                      .patients = (uint32_t)patients,
                      .clinicians = (uint16_t)w.clinicians};

    m.event = ARENA_ARRAY(a, m.room, struct ward_event);
    for (size_t i = 0; i < patients; i++) {
        m.patient = (uint32_t)i;
        one_patient(&m, WARD_LIVE_DAY + WARD_DAYS);
        w.patients_behind += i % 5 != 4;
    }
    sort_stable(a, m.event, m.count, sizeof(*m.event), arrival_cmp);
    w.event = m.event;
    w.count = m.count;
    return w;
}
