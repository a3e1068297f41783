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

    return o->value.present && is_in_force(f) && is_wanted_matrix(r, o->matrix);
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
    if (str_is_empty(p->fact->specimen))
        return false;
    for (size_t i = n; i > 0 && list[i - 1].day == p->day; i--) {
        if (!str_eq(list[i - 1].fact->specimen, p->fact->specimen))
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
    const struct fact *const *f = timeline_analyte(t, r->series.analyte, &count);

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

/* In the rule's unit as a plain decimal; false: it has none that is exact and small enough. */
static bool
part_value(const struct rule *r, const struct fact *f, struct dec *out)
{
    enum { COEF_MAX = 1000000000, FACTOR_MAX = 10000, EXP_MIN = -6 };
    const struct observation *o = &f->u.observation;
    int64_t num;
    int64_t den;

    if (o->value.cmp != CMP_EQ || str_is_empty(o->unit) || !is_readable(f) ||
        !unit_convert(o->unit, r->series.unit, o->analyte, &num, &den))
        return false;
    *out = o->value.value;
    for (; den % 10 == 0; den /= 10)
        out->exp--;
    if (den != 1 || num > FACTOR_MAX || out->coef > COEF_MAX || out->coef < 0)
        return false;
    out->coef *= num;
    for (; out->exp > 0 && out->coef < COEF_MAX; out->exp--)
        out->coef *= 10;
    return out->exp <= 0 && out->exp >= EXP_MIN && out->coef < COEF_MAX;
}

static struct dec
dec_less(struct dec a, struct dec b)
{
    for (; a.exp > b.exp; a.exp--)
        a.coef *= 10;
    for (; b.exp > a.exp; b.exp--)
        b.coef *= 10;
    return (struct dec){a.coef - b.coef, a.exp};
}

/* The other analyte of the same specimen, else of the same day. */
static const struct fact *
partner_of(const struct rule *r, const struct timeline *t, const struct fact *x)
{
    size_t count;
    const struct fact *const *f = timeline_analyte(t, r->series.less.name[1], &count);
    const struct fact *found = NULL;

    for (size_t k = 0; k < count && fact_day(f[k]) <= fact_day(x); k++) {
        if (fact_day(f[k]) != fact_day(x) || !is_value_of(r, f[k]))
            continue;
        if (str_is_empty(x->specimen) || str_is_empty(f[k]->specimen)) {
            found = f[k];
        } else if (str_eq(x->specimen, f[k]->specimen)) {
            return f[k];
        }
    }
    return found;
}

/* Involved minus uninvolved: which chain is involved shows in the first pair, and stays so, for it
 * is the clone's (IMWG). What the laboratory reports as a difference itself goes before. */
static void
read_differences(const struct rule *r, const struct timeline *t, struct series *out,
                 struct point *list)
{
    size_t count;
    const struct fact *const *f = timeline_analyte(t, r->series.less.name[0], &count);
    struct dec sign = {0, 0};

    if (out->count > 0)
        return;
    for (size_t i = 0; i < count && out->count < SERIES_POINTS_MAX; i++) {
        const struct fact *other;
        struct dec x;
        struct dec y;

        if (!is_value_of(r, f[i]))
            continue;
        other = partner_of(r, t, f[i]);
        if (other == NULL || !part_value(r, f[i], &x) || !part_value(r, other, &y)) {
            out->unread = f[i];
            out->unread_count++;
            continue;
        }
        x = dec_less(x, y);
        if (sign.coef == 0)
            sign.coef = dec_sign(x);
        x.coef *= sign.coef;
        list[out->count++] =
            (struct point){.fact = f[i], .day = fact_day(f[i]), .value = dec_rat(x)};
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

static void
read_biomarkers(const struct rule *r, const struct timeline *t, struct series *out,
                struct point *list)
{
    size_t count;
    const struct fact *const *f = timeline_kind(t, FACT_BIOMARKER, &count);

    for (size_t i = 0; i < count; i++)
        if (str_eq(f[i]->u.biomarker.name, r->series.analyte))
            add_coded(out, list, f[i], true);
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
    size_t biomarkers;
    size_t values;
    size_t parts = 0;
    size_t n = 0;

    (void)timeline_kind(t, FACT_RESPONSE, &responses);
    (void)timeline_kind(t, FACT_VARIANT, &variants);
    (void)timeline_kind(t, FACT_NEGATIVE, &negatives);
    (void)timeline_kind(t, FACT_BIOMARKER, &biomarkers);
    (void)timeline_analyte(t, r->series.analyte, &values);
    if (r->series.less.count > 0)
        (void)timeline_analyte(t, r->series.less.name[0], &parts);
    n += r->series.kind == SERIES_ANALYTE ? values + parts : 0;
    n += r->series.kind == SERIES_BIOMARKER ? biomarkers : 0;
    n += r->series.kind == SERIES_RESPONSE ? responses : 0;
    n += r->series.kind == SERIES_VARIANT ? variants + negatives : 0;
    return (n < SERIES_POINTS_MAX ? n : SERIES_POINTS_MAX) + 1;
}

static struct series
read_series(const struct rule *r, const struct timeline *t, struct arena *a)
{
    struct series out = {0};
    struct point *list = ARENA_ARRAY(a, room_for(r, t), struct point);

    switch (r->series.kind) {
    case SERIES_ANALYTE:
        read_values(r, t, &out, list);
        if (r->series.less.count > 0)
            read_differences(r, t, &out, list);
        break;
    case SERIES_RESPONSE: read_responses(t, &out, list); break;
    case SERIES_VARIANT:
        read_variants(r, t, FACT_VARIANT, &out, list);
        read_variants(r, t, FACT_NEGATIVE, &out, list);
        break;
    case SERIES_BIOMARKER: read_biomarkers(r, t, &out, list); break;
    case SERIES_KIND_COUNT: break;
    }
    sort_stable(a, list, out.count, sizeof(*list), point_cmp);
    out.point = list;
    return out;
}

static bool
same_names(const struct name_list *a, const struct name_list *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; i < a->count && same; i++)
        same = str_eq(a->name[i], b->name[i]);
    return same;
}

/* Do two rules read the same points? What a series of variants holds hangs on the rule's tests. */
static bool
reads_the_same(const struct series_def *a, const struct series_def *b)
{
    return a->kind == b->kind && a->kind != SERIES_VARIANT && str_eq(a->analyte, b->analyte) &&
           str_eq(a->unit, b->unit) && same_names(&a->matrix, &b->matrix) &&
           same_names(&a->less, &b->less);
}

static struct series
recall(const struct rule *r, const struct timeline *t, struct series_memo *memo, struct arena *a)
{
    struct series out;

    for (size_t i = 0; memo != NULL && i < memo->count; i++)
        if (reads_the_same(&memo->rule[i]->series, &r->series))
            return memo->series[i];
    out = read_series(r, t, a);
    if (memo != NULL && memo->count < SERIES_MEMO_MAX && r->series.kind != SERIES_VARIANT) {
        memo->rule[memo->count] = r;
        memo->series[memo->count++] = out;
    }
    return out;
}

/* How many points lie on or before a day. */
static size_t
points_until(const struct point *list, size_t count, day_t day)
{
    size_t low = 0;

    while (low < count) {
        size_t mid = low + (count - low) / 2;

        if (list[mid].day <= day)
            low = mid + 1;
        else
            count = mid;
    }
    return low;
}

struct series
series_build(const struct rule *r, const struct timeline *t, const struct anchor *anchor,
             struct series_memo *memo, struct arena *a)
{
    struct series out = recall(r, t, memo, a);
    const struct point *list = out.point;

    if (anchor->found)
        out.first = points_until(list, out.count, anchor->start);
    return out;
}
