/* ward_message(), declared in ward.h. */
#include "../aid/byhand.h"
#include "disease.h"
#include "ward.h"

#include <stdlib.h>

enum { NOBODYS = 50, ORDERER_KNOWN = 3, FACTS_MAX = 2 };

static struct str
number_of(const struct ward *w, uint32_t patient, enum ward_number which, struct arena *a)
{
    switch (which) {
    case WARD_OWN: break;
    case WARD_EMERGENCY: return byhand_name(a, "E", (int32_t)patient);
    case WARD_NEXT: return byhand_name(a, "P", (int32_t)((patient + 1) % w->patients));
    case WARD_NUMBER_COUNT: break;
    }
    return byhand_name(a, "P", (int32_t)patient);
}

static struct fact
person_of(const struct ward_event *e, struct arena *a)
{
    struct fact f = {.kind = FACT_DEMOGRAPHICS};

    f.u.demographics.birth = stamp_of_day(-(day_t)(e->patient % 9000), 0);
    f.u.demographics.sex = diseases[e->disease].female ? SEX_FEMALE : SEX_MALE;
    if (e->patient % NOBODYS != NOBODYS - 1) /* of the others nobody has said whose they are */
        f.u.demographics.attending = byhand_name(a, "D", e->attending);
    f.u.demographics.dead = e->what == WARD_DEATH;
    return f;
}

static struct fact
dose_of(const struct ward *w, const struct ward_event *e, struct arena *a)
{
    struct str name = str_from_c(diseases[e->disease].drug[e->line]);
    const struct term_drug *drug = terms_drug(w->terms, a, name);
    struct fact f;

    rfd_assert(drug != NULL);
    f = byhand_therapy(THERAPY_DISPENSED, drug->name, drug->classes, drug->class_count);
    f.u.therapy.cover_days = diseases[e->disease].every + 21; /* until the next visit, and some */
    return f;
}

static struct fact
value_of(const struct ward_event *e, struct arena *a)
{
    const struct disease *d = &diseases[e->disease];
    struct fact f = byhand_value(a, d->analyte, d->unit, (struct dec){e->value, -3});

    f.status = (enum fact_status)e->status;
    f.order = byhand_name(a, "o", (int32_t)e->order);
    if (e->patient % ORDERER_KNOWN != 0)
        f.orderer = byhand_name(a, "D", e->attending);
    return f;
}

static struct fact
staging_of(const struct ward_event *e, struct arena *a)
{
    struct fact f = byhand_response((enum response_code)e->value);

    f.status = (enum fact_status)e->status;
    f.order = byhand_name(a, "r", (int32_t)e->order);
    return f;
}

static struct fact
variant_of(const struct ward_event *e, const char *change, bool present, struct arena *a)
{
    struct fact f = {.kind = FACT_VARIANT};

    f.order = byhand_name(a, "g", (int32_t)e->order);
    f.specimen = byhand_name(a, "s", (int32_t)e->order);
    f.u.variant = (struct variant){.gene = STR("EGFR"),
                                   .name = str_from_c(change),
                                   .present = present,
                                   .origin = ORIGIN_SOMATIC,
                                   .source = STR("tissue")};
    return f;
}

static struct fact
order_of(const struct ward_event *e, struct arena *a)
{
    struct fact f = {.kind = FACT_PROCEDURE};

    f.order = byhand_name(a, "p", (int32_t)e->order);
    f.u.procedure.name = STR(PROCEDURE_STAGING);
    if (e->what == WARD_BOARD)
        f.u.procedure.name = STR(PROCEDURE_BOARD);
    return f;
}

static struct fact
restriction_of(const struct ward_event *e)
{
    static const char *const names[] = {[WARD_OPTED_OUT] = "opted_out",
                                        [WARD_NO_CONTACT] = "no_contact",
                                        [WARD_VIP] = "vip",
                                        [WARD_HOSPICE] = "hospice"};
    struct fact f = {.kind = FACT_RESTRICTION};

    f.u.restriction = (struct restriction){str_from_c(names[e->value]), true};
    return f;
}

static size_t
facts_of(const struct ward *w, const struct ward_event *e, struct fact *f, struct arena *a)
{
    size_t n = 0;

    switch ((enum ward_what)e->what) {
    case WARD_PERSON:
        if (diseases[e->disease].oncotree != NULL)
            f[n++] = byhand_diagnosis(diseases[e->disease].oncotree);
        f[n++] = person_of(e, a);
        break;
    case WARD_MOVED:
    case WARD_DEATH: f[n++] = person_of(e, a); break;
    case WARD_VALUE: f[n++] = value_of(e, a); break;
    case WARD_DOSE: f[n++] = dose_of(w, e, a); break;
    case WARD_STAGING: f[n++] = staging_of(e, a); break;
    case WARD_GENES:
        f[n++] = variant_of(e, "L858R", true, a);
        f[n++] = variant_of(e, "T790M", e->value == 1, a);
        break;
    case WARD_SCAN_ORDERED:
    case WARD_BOARD: f[n++] = order_of(e, a); break;
    case WARD_LINK:
        f[n++] = byhand_link(
            (struct patient_ref){STR("WARD"),
                                 number_of(w, e->patient, (enum ward_number)e->number, a)},
            e->value != 0);
        break;
    case WARD_RESTRICTION: f[n++] = restriction_of(e); break;
    case WARD_WHAT_COUNT: break;
    }
    return n;
}

struct result_message
ward_message(const struct ward *w, const struct ward_event *e, struct arena *a)
{
    static const char *const feeds[] = {"ward", "second"};
    struct fact *f = ARENA_ARRAY(a, FACTS_MAX, struct fact);
    size_t n = facts_of(w, e, f, a);
    struct str control = byhand_name(a, "c", (int32_t)e->serial);
    enum ward_number number = e->what == WARD_LINK ? WARD_OWN : (enum ward_number)e->number;

    for (size_t i = 0; i < n; i++) {
        f[i].patient = (struct patient_ref){STR("WARD"), number_of(w, e->patient, number, a)};
        f[i].collected = stamp_of_day(e->day, 0);
        f[i].status_time = stamp_of_day(e->said, 0);
        if (f[i].kind != FACT_OBSERVATION && f[i].kind != FACT_RESPONSE)
            f[i].status = FACT_FINAL;
    }
    return (struct result_message){.feed = str_from_c(feeds[e->feed]),
                                   .control_id = control,
                                   .sender = STR("ward"),
                                   .sent = stamp_of_day(e->said, 0),
                                   .type = STR("ORU^R01"),
                                   .raw = control,
                                   .fact = f,
                                   .fact_count = n,
                                   .history = e->said < WARD_LIVE_DAY};
}
