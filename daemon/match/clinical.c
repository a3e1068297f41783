#include "match/clinical.h"

#include "model/unit.h"

static struct leaf_result
unknown(enum leaf_note note, const struct fact *f)
{
    return (struct leaf_result){.k = K_UNKNOWN, .note = note, .fact = f, .due = DAY_NONE};
}

static struct leaf_result
known(enum kleene k, const struct fact *f)
{
    enum leaf_note note = k == K_TRUE ? NOTE_YES : k == K_FALSE ? NOTE_NO : NOTE_NOT_SPECIFIC;

    return (struct leaf_result){.k = k, .note = note, .fact = f, .due = DAY_NONE};
}

struct leaf_result
clinical_disease(const struct leaf_disease *l, const struct match_case *c)
{
    const struct oncotree_node *n = c->disease;

    if (n == NULL) {
        return unknown(NOTE_NOTHING_KNOWN, NULL);
    }
    if (l->top != NULL) {
        return known(oncotree_applies(n, l->top), c->diagnosis);
    }
    if (n->parent < 0) {
        return known(K_UNKNOWN, c->diagnosis); /* the root: a tumour, of whatever kind */
    }
    return known(n->liquid == l->liquid ? K_TRUE : K_FALSE, c->diagnosis);
}

/* The last day that a partial birth date may mean. */
static day_t
birth_latest(struct stamp birth)
{
    day_t first = stamp_day(birth);

    if (birth.precision == PRECISION_YEAR) {
        return day_add_months(first, 12) - 1;
    }
    return birth.precision == PRECISION_MONTH ? day_add_months(first, 1) - 1 : first;
}

/* Years with a fraction, as CTML writes them (0.083 is one month), in months, rounded. */
static int32_t
months_of(struct dec years)
{
    struct rat r = rat_scale(dec_rat(years), 12, 1);
    int32_t low = 0;

    while (low < 12 * 200 && rat_cmp(dec_rat((struct dec){(int64_t)low * 10 + 5, -1}), r) <= 0) {
        low++;
    }
    return low;
}

static enum kleene
age_holds(enum cmp_op op, day_t birth, day_t today, int32_t months)
{
    day_t limit = day_add_months(today, -months);
    int cmp = birth < limit ? 1 : birth > limit ? -1 : 0; /* older is more */

    if (op == CMP_EQ) { /* "of that age": from this birthday to the day before the next */
        return birth <= limit && birth > day_add_months(today, -months - 12) ? K_TRUE : K_FALSE;
    }
    return leaf_bound(CMP_EQ, cmp, op);
}

/* The next day after today on which a birthday could change the answer. */
static day_t
age_due(enum cmp_op op, day_t birth, day_t today, int32_t months)
{
    day_t birthday = day_add_months(birth, months);
    const day_t day[] = {birthday, birthday + 1,
                         op == CMP_EQ ? day_add_months(birth, months + 12) : birthday,
                         op == CMP_EQ ? day_add_months(birth, months + 12) + 1 : birthday};

    for (size_t i = 0; i < RFD_COUNT(day); i++) {
        if (day[i] > today) {
            return day[i];
        }
    }
    return DAY_NONE;
}

struct leaf_result
clinical_age(const struct leaf_limit *b, const struct match_case *c)
{
    int32_t months = months_of(b->value);
    struct leaf_result r;
    enum kleene first;
    enum kleene last;

    if (stamp_is_absent(c->birth)) {
        return unknown(NOTE_NOTHING_KNOWN, NULL);
    }
    first = age_holds(b->op, stamp_day(c->birth), c->today, months);
    last = age_holds(b->op, birth_latest(c->birth), c->today, months);
    r = known(first == last ? first : K_UNKNOWN, NULL);
    r.due = age_due(b->op, first == last ? birth_latest(c->birth) : stamp_day(c->birth), c->today,
                    months);
    return r;
}

struct leaf_result
clinical_sex(enum sex asked, const struct match_case *c)
{
    if (c->sex == SEX_UNKNOWN) {
        return unknown(NOTE_NOTHING_KNOWN, NULL);
    }
    return known(c->sex == asked ? K_TRUE : K_FALSE, NULL);
}

struct leaf_result
clinical_ecog(const struct leaf_limit *b, const struct match_case *c)
{
    const struct fact *found = NULL;
    const struct fact *other = NULL;
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_PERFORMANCE, &count);

    for (size_t i = 0; i < count; i++) {
        if ((f[i]->flags & FACT_TEST_MESSAGE) != 0) {
            continue;
        }
        if (str_eq(f[i]->u.performance.scale, STR("ecog"))) {
            found = f[i];
        } else {
            other = f[i]; /* Karnofsky is not translated: its steps straddle ECOG's */
        }
    }
    if (found == NULL) {
        return unknown(NOTE_NOTHING_KNOWN, other);
    }
    if (found->status == FACT_PRELIMINARY) {
        return unknown(NOTE_PRELIMINARY, found);
    }
    return known(
        leaf_bound(CMP_EQ, dec_cmp(dec_from_i64(found->u.performance.score), b->value), b->op),
        found);
}

static const struct fact *
latest_biomarker(const struct match_case *c, struct str name)
{
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_BIOMARKER, &count);

    for (size_t i = count; i > 0; i--) {
        if (str_eq(f[i - 1]->u.biomarker.name, name) &&
            (f[i - 1]->flags & FACT_TEST_MESSAGE) == 0) {
            return f[i - 1];
        }
    }
    return NULL;
}

/* High from a tumour proportion score of 50 % (Reck 2016 NEJM 375:1823), low from 1 %. */
static enum kleene
pdl1_holds(struct str asked, const struct biomarker *m)
{
    enum kleene high;
    enum kleene any;

    if (!m->number.present || !str_has(m->unit, STR("TPS"))) {
        return K_UNKNOWN;
    }
    high = leaf_bound(m->number.cmp, dec_cmp(m->number.value, dec_from_i64(50)), CMP_GE);
    any = leaf_bound(m->number.cmp, dec_cmp(m->number.value, dec_from_i64(1)), CMP_GE);
    if (str_eq(asked, STR("high"))) {
        return high;
    }
    if (str_eq(asked, STR("low"))) {
        return k_and(any, k_not(high));
    }
    if (str_eq(asked, STR("positive"))) {
        return any;
    }
    return str_eq(asked, STR("negative")) ? k_not(any) : K_UNKNOWN;
}

/* HER2-low is reported within "negative", and a bare "negative" does not say whether it is low
 * (Wolff 2023 JCO 41:3867, ASCO/CAP). */
static enum kleene
her2_holds(struct str asked, struct str is)
{
    bool low = str_eq(is, STR("low")) || str_eq(is, STR("ultralow"));

    if (str_eq(asked, STR("negative")) && low) {
        return K_TRUE;
    }
    if ((str_eq(asked, STR("low")) || str_eq(asked, STR("ultralow"))) &&
        str_eq(is, STR("negative"))) {
        return K_UNKNOWN;
    }
    return K_FALSE;
}

static bool
says_nothing(struct str value)
{
    static const char *const word[] = {"",          "equivocal",    "indeterminate",
                                       "uncertain", "not_assessed", "unknown"};

    for (size_t i = 0; i < RFD_COUNT(word); i++) {
        if (str_eq_c(value, word[i])) {
            return true;
        }
    }
    return str_is_absent(value);
}

static enum kleene
biomarker_value(const struct leaf_biomarker *l, const struct biomarker *m)
{
    bool pdl1 = str_eq(l->name, STR("pdl1"));

    if (!str_is_absent(m->value) && str_eq(m->value, l->value)) {
        return K_TRUE;
    }
    if (pdl1 && m->number.present) {
        return pdl1_holds(l->value, m);
    }
    if (says_nothing(m->value)) {
        return K_UNKNOWN;
    }
    if (str_eq(l->name, STR("her2"))) {
        return her2_holds(l->value, m->value);
    }
    if (str_eq(m->value, STR("positive")) && !str_eq(l->value, STR("negative"))) {
        return K_UNKNOWN; /* positive, but how strongly is not said */
    }
    return K_FALSE;
}

/* Scores of two clones are not one another's (Blueprint, Tsao 2018 J Thorac Oncol 13:1302): another
 * clone, or one that is not named, leaves the question open. */
static bool
method_fits(const struct leaf_biomarker *l, const struct biomarker *m)
{
    if (str_is_absent(l->method)) {
        return true;
    }
    for (size_t at = 0; at + l->method.n <= m->method.n; at++) {
        if (str_eq_nocase(str_sub(m->method, at, l->method.n), l->method)) {
            return true;
        }
    }
    return false;
}

struct leaf_result
clinical_biomarker(const struct leaf_biomarker *l, const struct match_case *c)
{
    const struct fact *f = latest_biomarker(c, l->name);
    const struct biomarker *m;

    if (f == NULL) {
        return unknown(NOTE_NOTHING_KNOWN, NULL);
    }
    m = &f->u.biomarker;
    if (f->status == FACT_PRELIMINARY) {
        return unknown(NOTE_PRELIMINARY, f);
    }
    if (!method_fits(l, m)) {
        return unknown(NOTE_NOT_SPECIFIC, f);
    }
    if (!str_is_absent(l->value)) {
        return known(biomarker_value(l, m), f);
    }
    if (!m->number.present) {
        return unknown(NOTE_NOT_SPECIFIC, f);
    }
    if ((f->flags & FACT_UNIT_UNKNOWN) != 0 ||
        (!str_is_absent(l->unit) && !str_has(m->unit, l->unit))) {
        return unknown(NOTE_UNIT, f);
    }
    return known(leaf_bound(m->number.cmp, dec_cmp(m->number.value, l->bound.value), l->bound.op),
                 f);
}

static enum kleene
repair_says(const struct fact *f, const char *deficient)
{
    const struct biomarker *m = &f->u.biomarker;

    if (says_nothing(m->value) || f->status == FACT_PRELIMINARY) {
        return K_UNKNOWN;
    }
    return str_eq_c(m->value, deficient) ? K_TRUE : K_FALSE;
}

struct leaf_result
clinical_repair(bool deficient, const struct match_case *c)
{
    const struct fact *mmr = latest_biomarker(c, STR("mmr"));
    const struct fact *msi = latest_biomarker(c, STR("msi"));
    enum kleene by_mmr = mmr == NULL ? K_UNKNOWN : repair_says(mmr, "deficient");
    enum kleene by_msi = msi == NULL ? K_UNKNOWN : repair_says(msi, "high");
    enum kleene k;

    if (mmr == NULL && msi == NULL) {
        return unknown(NOTE_NOTHING_KNOWN, NULL);
    }
    if (by_mmr != K_UNKNOWN && by_msi != K_UNKNOWN && by_mmr != by_msi) {
        return unknown(NOTE_CONFLICT, mmr);
    }
    k = by_mmr != K_UNKNOWN ? by_mmr : by_msi;
    return known(deficient ? k : k_not(k), by_mmr != K_UNKNOWN || msi == NULL ? mmr : msi);
}

static const struct fact *
latest_lab(const struct match_case *c, struct str analyte)
{
    size_t count;
    const struct fact *const *f = timeline_analyte(c->timeline, analyte, &count);

    for (size_t i = count; i > 0; i--) {
        const struct fact *o = f[i - 1];

        if (o->status != FACT_PRELIMINARY && (o->flags & FACT_TEST_MESSAGE) == 0) {
            return o;
        }
    }
    return NULL;
}

/* Against a multiple of the laboratory's own upper limit: the unit is then the same. */
static struct leaf_result
lab_times_uln(const struct leaf_lab *l, const struct fact *f)
{
    const struct observation *o = &f->u.observation;
    int64_t num = l->bound.value.coef;
    int64_t den = 1;

    if (!o->high.present || o->high.cmp != CMP_EQ || dec_sign(o->high.value) <= 0) {
        return unknown(NOTE_NOT_SPECIFIC, f);
    }
    for (int32_t e = l->bound.value.exp; e < 0; e++) {
        den *= 10;
    }
    for (int32_t e = l->bound.value.exp; e > 0; e--) {
        num *= 10;
    }
    return known(
        leaf_bound(o->value.cmp,
                   rat_cmp_times(dec_rat(o->value.value), dec_rat(o->high.value), num, den),
                   l->bound.op),
        f);
}

static struct leaf_result
lab_value(const struct leaf_lab *l, const struct fact *f)
{
    const struct observation *o = &f->u.observation;
    int64_t num = 1;
    int64_t den = 1;

    if (!o->value.present || (f->flags & (FACT_VALUE_TEXT | FACT_CODE_CONFLICT)) != 0) {
        return unknown(NOTE_NOT_SPECIFIC, f);
    }
    if (l->times_uln) {
        return lab_times_uln(l, f);
    }
    if ((f->flags & FACT_UNIT_UNKNOWN) != 0 || str_is_empty(o->unit) ||
        (!str_eq(o->unit, l->unit) && !unit_convert(o->unit, l->unit, l->analyte, &num, &den))) {
        return unknown(NOTE_UNIT, f);
    }
    return known(
        leaf_bound(o->value.cmp,
                   rat_cmp(rat_scale(dec_rat(o->value.value), num, den), dec_rat(l->bound.value)),
                   l->bound.op),
        f);
}

struct leaf_result
clinical_lab(const struct leaf_lab *l, const struct match_case *c)
{
    const struct fact *f = latest_lab(c, l->analyte);
    struct leaf_result r;
    day_t until;

    if (f == NULL) {
        return unknown(NOTE_NOTHING_KNOWN, NULL);
    }
    if (l->max_age.n == 0) {
        return lab_value(l, f);
    }
    if (fact_day(f) == DAY_NONE) {
        return unknown(NOTE_TOO_OLD, f);
    }
    until = day_add(fact_day(f), l->max_age);
    if (c->today > until) {
        return unknown(NOTE_TOO_OLD, f);
    }
    r = lab_value(l, f);
    r.due = until + 1;
    return r;
}
