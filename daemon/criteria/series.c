#include "criteria/series.h"

#include "base/sort.h"
#include "criteria/variants.h"
#include "model/unit.h"

/* Fluids whose values are not those of serum, plasma or blood (CA-125 of ascites …). */
static const char *const other_fluids[] = {
    "ascites", "peritoneal", "pleural", "pericardial", "csf", "urine", "cyst", "drain", "fluid",
};

static bool
is_wanted_matrix(const struct rule *r, struct str matrix)
{
    const struct name_list *m = &r->series.matrix;

    if (str_is_empty(matrix))
        return true;
    for (size_t i = 0; i < m->count; i++)
        if (str_eq_nocase(m->name[i], matrix))
            return true;
    if (m->count > 0)
        return false;
    for (size_t i = 0; i < RFD_COUNT(other_fluids); i++)
        if (str_eq_nocase(str_from_c(other_fluids[i]), matrix))
            return false;
    return true;
}

/* Preliminary results never trigger, test messages never alert. */
static bool
is_in_force(const struct fact *f)
{
    return f->status != FACT_PRELIMINARY && (f->flags & FACT_TEST_MESSAGE) == 0 &&
           fact_day(f) != DAY_NONE;
}

static bool
is_value_of(const struct rule *r, const struct fact *f)
{
    const struct observation *o = &f->u.observation;

    return str_eq(o->analyte, r->series.analyte) && o->value.present && is_in_force(f) &&
           is_wanted_matrix(r, o->matrix);
}

/* A day that is not known to the day, or a code that its text contradicts, is nothing to compute
 * with; nor is a unit that nobody knows. */
static bool
is_readable(const struct fact *f)
{
    return (f->flags & (FACT_UNIT_UNKNOWN | FACT_TIME_PARTIAL | FACT_CODE_CONFLICT)) == 0;
}

/* In the rule's unit; false: it cannot be compared. */
static bool
point_of_value(const struct rule *r, const struct fact *f, struct point *out)
{
    const struct observation *o = &f->u.observation;
    int64_t num;
    int64_t den;

    if (str_is_empty(o->unit) || !is_readable(f) ||
        !unit_convert(o->unit, r->series.unit, r->series.analyte, &num, &den))
        return false;
    *out = (struct point){.fact = f,
                          .day = fact_day(f),
                          .value = rat_scale(dec_rat(o->value.value), num, den),
                          .cmp = o->value.cmp};
    if (o->high.present) {
        out->has_uln = true;
        out->uln = rat_scale(dec_rat(o->high.value), num, den);
    }
    return true;
}

bool
series_is_distinct(const struct point *x, const struct point *y)
{
    const struct fact *a = x->fact;
    const struct fact *b = y->fact;

    if (!str_is_empty(a->specimen) && !str_is_empty(b->specimen))
        return !str_eq(a->specimen, b->specimen);
    if (x->day != y->day)
        return true;
    if (a->collected.precision < PRECISION_MINUTE || b->collected.precision < PRECISION_MINUTE)
        return false;
    return a->collected.utc_s / 60 != b->collected.utc_s / 60;
}

/* One specimen reported twice is one value; the later version of the two counts. */
static bool
replaces_same_specimen(struct point *list, size_t n, const struct point *p)
{
    for (size_t i = n; i > 0 && list[i - 1].day == p->day; i--) {
        if (str_is_empty(p->fact->specimen) ||
            !str_eq(list[i - 1].fact->specimen, p->fact->specimen))
            continue;
        if (fact_version_cmp(list[i - 1].fact, p->fact) < 0)
            list[i - 1] = *p;
        return true;
    }
    return false;
}

static void
read_values(const struct rule *r, const struct timeline *t, struct series *out, struct point *list)
{
    size_t count;
    const struct fact *const *f = timeline_kind(t, FACT_OBSERVATION, &count);

    for (size_t i = 0; i < count && !out->too_long; i++) {
        struct point p;

        if (!is_value_of(r, f[i]))
            continue;
        if (!point_of_value(r, f[i], &p)) {
            out->unread = f[i];
            out->unread_count++;
        } else if (out->count == SERIES_POINTS_MAX) {
            out->too_long = true;
        } else if (!replaces_same_specimen(list, out->count, &p)) {
            list[out->count++] = p;
        }
    }
}

static void
add_coded(struct series *out, struct point *list, const struct fact *f, bool present)
{
    if (!is_in_force(f) || (f->flags & FACT_TIME_PARTIAL) != 0)
        return;
    if (out->count == SERIES_POINTS_MAX) {
        out->too_long = true;
        return;
    }
    list[out->count++] = (struct point){.fact = f, .day = fact_day(f), .present = present};
}

static void
read_responses(const struct timeline *t, struct series *out, struct point *list)
{
    size_t count;
    const struct fact *const *f = timeline_kind(t, FACT_RESPONSE, &count);

    for (size_t i = 0; i < count; i++)
        add_coded(out, list, f[i], true);
}

/* Only results that say something of the variants that the rule names. */
static void
read_variants(const struct rule *r, const struct timeline *t, enum fact_kind kind,
              struct series *out, struct point *list)
{
    size_t count;
    const struct fact *const *f = timeline_kind(t, kind, &count);

    for (size_t i = 0; i < count; i++) {
        enum bearing said = BEARING_NONE;

        for (size_t k = 0; k < r->watch_count && said == BEARING_NONE; k++)
            said = variants_bearing(r->watch[k], t, f[i]);
        if (said != BEARING_NONE)
            add_coded(out, list, f[i], said == BEARING_FOUND);
    }
}

static int
point_cmp(const void *a, const void *b)
{
    const struct point *x = a;
    const struct point *y = b;

    return x->day < y->day ? -1 : x->day > y->day;
}

/* How many points there can be: a timeline may be long and the series short. */
static size_t
room_for(const struct rule *r, const struct timeline *t)
{
    size_t responses;
    size_t variants;
    size_t negatives;
    size_t count;
    const struct fact *const *f = timeline_kind(t, FACT_OBSERVATION, &count);
    size_t n = 0;

    (void)timeline_kind(t, FACT_RESPONSE, &responses);
    (void)timeline_kind(t, FACT_VARIANT, &variants);
    (void)timeline_kind(t, FACT_NEGATIVE, &negatives);
    for (size_t i = 0; r->series.kind == SERIES_ANALYTE && i < count; i++)
        n += is_value_of(r, f[i]);
    n += r->series.kind == SERIES_RESPONSE ? responses : 0;
    n += r->series.kind == SERIES_VARIANT ? variants + negatives : 0;
    return (n < SERIES_POINTS_MAX ? n : SERIES_POINTS_MAX) + 1;
}

struct series
series_build(const struct rule *r, const struct timeline *t, const struct anchor *anchor,
             struct arena *a)
{
    struct series out = {0};
    struct point *list = ARENA_ARRAY(a, room_for(r, t), struct point);

    switch (r->series.kind) {
    case SERIES_ANALYTE: read_values(r, t, &out, list); break;
    case SERIES_RESPONSE: read_responses(t, &out, list); break;
    case SERIES_VARIANT:
        read_variants(r, t, FACT_VARIANT, &out, list);
        read_variants(r, t, FACT_NEGATIVE, &out, list);
        break;
    case SERIES_KIND_COUNT: break;
    }
    sort_stable(a, list, out.count, sizeof(*list), point_cmp);
    out.point = list;
    while (anchor->found && out.first < out.count && list[out.first].day <= anchor->start)
        out.first++;
    return out;
}
