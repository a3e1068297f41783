#include "ward.h"

#include "../sim/story.h"
#include "base/sb.h"
#include "base/sort.h"

enum {
    EVENTS_PER_PATIENT = 160,
    LINES = 3,
    PATIENTS_PER_CLINICIAN = 250,
    COVER_DAYS = 100, /* what is handed out at a visit lasts until the next */
};

struct disease {
    const char *oncotree;
    const char *analyte; /* NULL: none that a rule reads */
    const char *unit;
    const char *drug[LINES];
    const char *drug_class[LINES];
    int32_t share; /* of a hundred patients */
    int32_t high;  /* thousandths, before therapy */
    int32_t low;   /* under it */
    bool female;
    bool staged; /* by imaging */
};

static const struct disease diseases[] = {
    {"PRAD",
     "psa",
     "ng/mL",
     {"enzalutamide", "docetaxel", "cabazitaxel"},
     {"arpi", "taxane", "taxane"},
     30,
     40000,
     1500,
     false,
     true},
    {"COAD",
     "cea",
     "ng/mL",
     {"oxaliplatin", "irinotecan", "regorafenib"},
     {"platinum", "topo1", "vegfr_tki"},
     20,
     60000,
     3000,
     true,
     true},
    {"HGSOC",
     "ca125",
     "U/mL",
     {"carboplatin", "paclitaxel", "olaparib"},
     {"platinum", "taxane", "parp"},
     15,
     400000,
     18000,
     true,
     true},
    {"CMLBCRABL1",
     "bcr_abl_is",
     "%",
     {"imatinib", "dasatinib", "bosutinib"},
     {"bcr_abl_tki", "bcr_abl_tki", "bcr_abl_tki"},
     15,
     60000,
     40,
     false,
     false},
    {"LUAD",
     NULL,
     NULL,
     {"erlotinib", "osimertinib", "docetaxel"},
     {"egfr_tki", "egfr_tki", "taxane"},
     20,
     0,
     0,
     true,
     true},
};

struct maker {
    uint64_t state;
    struct ward_event *event;
    size_t count;
    size_t room;
    uint32_t serial;
    uint32_t order;
    uint32_t patient;
    uint8_t disease;
    day_t day;
};

static int32_t
pick(struct maker *m, int32_t below)
{
    return (int32_t)(prng(&m->state) % (uint64_t)below);
}

static bool
chance(struct maker *m, int32_t percent)
{
    return pick(m, 100) < percent;
}

static struct ward_event *
add(struct maker *m, enum ward_what what, day_t day, int32_t value, uint8_t line)
{
    struct ward_event *e = &m->event[m->count++];

    rfd_assert(m->count <= m->room);
    *e = (struct ward_event){.said = day,
                             .day = day,
                             .patient = m->patient,
                             .serial = ++m->serial,
                             .order = ++m->order,
                             .value = value,
                             .what = (uint8_t)what,
                             .status = FACT_FINAL,
                             .line = line,
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

/* What happens to results: late, preliminary first, sent twice, wrong and then right, withdrawn. */
static void
visit(struct maker *m, int32_t level, uint8_t line)
{
    struct ward_event *e = add(m, WARD_VISIT, m->day, noisy(m, level, 8), line);
    int32_t fate = pick(m, 200);

    if (fate < 10) {
        e->said += 1 + pick(m, 4);
    } else if (fate < 16) {
        e->status = FACT_PRELIMINARY;
        (void)again(m, e, FACT_FINAL, 1);
    } else if (fate < 20) {
        uint32_t serial = e->serial;

        again(m, e, FACT_FINAL, pick(m, 3))->serial = serial;
    } else if (fate < 23) { /* the point in the wrong place, noticed within days */
        int32_t right = e->value;

        e->value = right * 10;
        again(m, e, FACT_CORRECTED, 1 + pick(m, 6))->value = right;
    } else if (fate < 25) {
        (void)again(m, e, FACT_WITHDRAWN, 1 + pick(m, 6));
    }
}

static int32_t
level_next(struct maker *m, int32_t level, int32_t rises)
{
    const struct disease *d = &diseases[m->disease];

    if (rises > 0)
        return level > d->high * 3 ? level : level + level * 2 / 5;
    return level > d->low * 2 ? level / 3 : d->low;
}

static void
staging(struct maker *m, enum response_code code, uint8_t line)
{
    add(m, WARD_STAGING, m->day + 2, (int32_t)code, line)->said += pick(m, 3);
}

/* One line, until it fails or the year is over: false. A line fails at about one visit in thirty;
 * the team sees it at the third rise, and changes six weeks later. */
static bool
line_of(struct maker *m, uint8_t line, day_t end, int32_t *level)
{
    const struct disease *d = &diseases[m->disease];
    int32_t rises = 0;

    for (int32_t v = 0; m->day < end; v++) {
        visit(m, *level, line);
        if (v > 2 && rises == 0 && chance(m, 3))
            rises = 1;
        else if (rises > 0)
            rises++;
        if (rises == 3 && d->staged && chance(m, 70))
            staging(m, RESPONSE_PD, line);
        else if (rises == 0 && d->staged && v % 3 == 2)
            staging(m, v == 2 ? RESPONSE_PR : RESPONSE_SD, line);
        if (rises == 3 && d->analyte == NULL)
            (void)add(m, WARD_GENES, m->day + 10, 1 + pick(m, 2), line);
        *level = level_next(m, *level, rises);
        m->day += rises > 0 ? 42 + pick(m, 7) : (v < 3 ? 28 : 80) + pick(m, 12);
        if (rises > 3)
            return true;
    }
    return false;
}

static void
one_patient(struct maker *m, day_t end)
{
    day_t start = WARD_LIVE_DAY - pick(m, WARD_PAST_DAYS - 30) - 20;
    int32_t level;
    int32_t of = pick(m, 100);

    m->disease = 0;
    while (of >= diseases[m->disease].share)
        of -= diseases[m->disease++].share;
    if (m->patient % 5 == 4) /* comes during the year */
        start = WARD_LIVE_DAY + 1 + pick(m, WARD_DAYS - 60);
    m->day = start;
    level = noisy(m, diseases[m->disease].high, 60);
    (void)add(m, WARD_PERSON, start - 5, 0, 0);
    if (diseases[m->disease].analyte == NULL)
        (void)add(m, WARD_GENES, start - 4, 0, 0);
    for (int32_t line = 0; line < LINES; line++) {
        if (!line_of(m, (uint8_t)line, end, &level))
            return;
    }
    if (m->day < end)
        (void)add(m, WARD_DEATH, m->day, 0, LINES - 1);
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
ward_make(struct arena *a, uint64_t seed, size_t patients)
{
    struct maker m = {.state = seed * 7919 + 1, .room = patients * EVENTS_PER_PATIENT};
    struct ward w = {.patients = patients, .clinicians = patients / PATIENTS_PER_CLINICIAN + 1};

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

/* --- messages */

static struct str
name(struct arena *a, const char *what, uint32_t n)
{
    struct sb b;

    sb_init_arena(&b, a, 32);
    sb_addf(&b, "%s%u", what, (unsigned)n);
    return sb_str(&b);
}

static struct fact
person_of(const struct ward *w, const struct ward_event *e, struct arena *a)
{
    struct fact f = {.kind = FACT_DEMOGRAPHICS};

    f.u.demographics.birth = stamp_of_day(-(day_t)(e->patient % 9000), 0);
    f.u.demographics.sex = diseases[e->disease].female ? SEX_FEMALE : SEX_MALE;
    if (e->patient % 50 != 49) /* of the others nobody has said whose they are */
        f.u.demographics.attending = name(a, "D", e->patient % (uint32_t)w->clinicians);
    f.u.demographics.dead = e->what == WARD_DEATH;
    return f;
}

static struct fact
diagnosis_of(const struct ward_event *e)
{
    struct fact f = {.kind = FACT_DIAGNOSIS};
    struct str code = str_from_c(diseases[e->disease].oncotree);

    f.u.diagnosis =
        (struct diagnosis){.oncotree = code, .code = {STR("ONCOTREE"), code, STR_NONE}, true};
    return f;
}

static struct fact
dose_of(const struct ward_event *e, struct arena *a)
{
    const struct disease *d = &diseases[e->disease];
    struct str *class = ARENA_ARRAY(a, 2, struct str);
    struct fact f = {.kind = FACT_THERAPY};

    class[0] = str_from_c(d->drug_class[e->line]);
    class[1] = str_from_c(d->drug[e->line]);
    f.u.therapy = (struct therapy){.action = THERAPY_DOSE,
                                   .rung = THERAPY_DISPENSED,
                                   .drug = class[1],
                                   .classes = class,
                                   .class_count = 2,
                                   .cover_days = COVER_DAYS};
    return f;
}

static struct fact
value_of(const struct ward_event *e, struct arena *a)
{
    const struct disease *d = &diseases[e->disease];
    struct fact f = {.kind = FACT_OBSERVATION, .status = (enum fact_status)e->status};
    struct observation *o = &f.u.observation;

    f.order = name(a, "o", e->order);
    o->analyte = str_from_c(d->analyte);
    o->value = (struct quantity){CMP_EQ, {e->value, -3}, true};
    o->unit = str_from_c(d->unit);
    o->unit_reported = o->unit;
    o->text = name(a, "", (uint32_t)e->value);
    return f;
}

static struct fact
variant_of(const struct ward_event *e, const char *change, bool present, struct arena *a)
{
    struct fact f = {.kind = FACT_VARIANT};

    f.order = name(a, "g", e->order);
    f.specimen = name(a, "s", e->order);
    f.u.variant = (struct variant){.gene = STR("EGFR"),
                                   .name = str_from_c(change),
                                   .present = present,
                                   .origin = ORIGIN_SOMATIC,
                                   .source = STR("tissue")};
    return f;
}

static size_t
facts_of(const struct ward *w, const struct ward_event *e, struct fact *f, struct arena *a)
{
    size_t n = 0;

    switch ((enum ward_what)e->what) {
    case WARD_PERSON:
        f[n++] = diagnosis_of(e);
        f[n++] = person_of(w, e, a);
        break;
    case WARD_DEATH: f[n++] = person_of(w, e, a); break;
    case WARD_VISIT:
        if (e->status != FACT_WITHDRAWN)
            f[n++] = dose_of(e, a);
        if (diseases[e->disease].analyte != NULL)
            f[n++] = value_of(e, a);
        break;
    case WARD_STAGING:
        f[n] = (struct fact){.kind = FACT_RESPONSE, .order = name(a, "r", e->order)};
        f[n++].u.response.code = (enum response_code)e->value;
        break;
    case WARD_GENES:
        f[n++] = variant_of(e, "L858R", true, a);
        f[n++] = variant_of(e, "T790M", e->value == 1, a);
        break;
    case WARD_WHAT_COUNT: break;
    }
    return n;
}

struct result_message
ward_message(const struct ward *w, const struct ward_event *e, struct arena *a)
{
    struct fact *f = ARENA_ARRAY(a, 2, struct fact);
    size_t n = facts_of(w, e, f, a);
    struct str control = name(a, "c", e->serial);

    for (size_t i = 0; i < n; i++) {
        f[i].patient = (struct patient_ref){STR("WARD"), name(a, "P", e->patient)};
        f[i].collected = stamp_of_day(e->day, 0);
        f[i].status_time = stamp_of_day(e->said, 0);
        if (f[i].kind != FACT_OBSERVATION)
            f[i].status = FACT_FINAL;
    }
    return (struct result_message){.feed = STR("ward"),
                                   .control_id = control,
                                   .sender = STR("ward"),
                                   .sent = stamp_of_day(e->said, 0),
                                   .type = STR("ORU^R01"),
                                   .raw = control,
                                   .fact = f,
                                   .fact_count = n,
                                   .history = e->said < WARD_LIVE_DAY};
}
