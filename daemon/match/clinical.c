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
    const struct fact *const *f = timeline_kind(c->timeline, FACT_OBSERVATION, &count);

    for (size_t i = count; i > 0; i--) {
        const struct fact *o = f[i - 1];

        if (str_eq(o->u.observation.analyte, analyte) && o->status != FACT_PRELIMINARY &&
            (o->flags & FACT_TEST_MESSAGE) == 0) {
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

    if (!o->value.present || (f->flags & FACT_VALUE_TEXT) != 0) {
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

/* ---- sentences ---- */

static const char *
op_text(enum cmp_op op)
{
    static const char *const text[CMP_OP_COUNT] = {
        [CMP_EQ] = "=", [CMP_LT] = "<", [CMP_LE] = "<=", [CMP_GT] = ">", [CMP_GE] = ">="};

    return text[op];
}

static void
add_day(struct sb *b, const struct fact *f)
{
    char buf[DAY_TEXT_MAX];

    if (f != NULL && fact_day(f) != DAY_NONE) {
        sb_add_c(b, " on ");
        sb_add(b, day_format(fact_day(f), buf));
    }
}

static void
add_quantity(struct sb *b, const struct quantity *q, struct str unit)
{
    char buf[DEC_TEXT_MAX];

    if (q->cmp != CMP_EQ) {
        sb_add_c(b, op_text(q->cmp));
    }
    sb_add(b, dec_format(q->value, buf));
    if (!str_is_empty(unit)) {
        sb_addf(b, " %.*s", STR_FMT(unit));
    }
}

static void
add_bound(struct sb *b, const struct leaf_limit *bound, struct str unit)
{
    char buf[DEC_TEXT_MAX];

    sb_addf(b, "%s ", op_text(bound->op));
    sb_add(b, dec_format(bound->value, buf));
    if (!str_is_empty(unit)) {
        sb_addf(b, " %.*s", STR_FMT(unit));
    }
}

static void
disease_text(struct sb *b, const struct leaf_disease *l, const struct match_case *c,
             const struct leaf_result *r)
{
    struct str asked = l->top != NULL ? l->top->name
                       : l->liquid    ? STR("a haematological neoplasm")
                                      : STR("a solid tumour");

    if (c->disease == NULL) {
        sb_addf(b, "Diagnosis not known; asked for: %.*s", STR_FMT(asked));
        return;
    }
    sb_addf(b, "Diagnosis %.*s", STR_FMT(c->disease->name));
    add_day(b, r->fact);
    if (r->note == NOTE_YES) {
        sb_addf(b, " is %.*s", STR_FMT(asked));
    } else if (r->note == NOTE_NO) {
        sb_addf(b, " is not %.*s", STR_FMT(asked));
    } else {
        sb_addf(b, " does not say whether it is %.*s: histology is missing", STR_FMT(asked));
    }
}

/* Our names as people write them. */
static struct str
biomarker_label(struct str name)
{
    static const struct {
        const char *name;
        const char *label;
    } labels[] = {{"her2", "HER2"},        {"er", "ER"},   {"pr", "PR"},
                  {"pdl1", "PD-L1"},       {"tmb", "TMB"}, {"folr1", "FR-alpha (FOLR1)"},
                  {"psma", "PSMA imaging"}};

    for (size_t i = 0; i < RFD_COUNT(labels); i++) {
        if (str_eq_c(name, labels[i].name)) {
            return str_from_c(labels[i].label);
        }
    }
    return name;
}

static void
biomarker_text(struct sb *b, const struct leaf_biomarker *l, const struct leaf_result *r)
{
    const struct biomarker *m = r->fact != NULL ? &r->fact->u.biomarker : NULL;

    sb_add(b, biomarker_label(l->name));
    if (m == NULL) {
        sb_add_c(b, ": no result is known");
    } else {
        if (!str_is_empty(m->value)) {
            sb_addf(b, " %.*s", STR_FMT(m->value));
        }
        if (m->number.present) {
            sb_add_char(b, ' ');
            add_quantity(b, &m->number, m->unit);
        }
        add_day(b, r->fact);
    }
    sb_add_c(b, "; asked for: ");
    if (!str_is_absent(l->value)) {
        sb_add(b, l->value);
    } else {
        add_bound(b, &l->bound, l->unit);
    }
}

static void
repair_text(struct sb *b, bool deficient, const struct leaf_result *r)
{
    const char *asked = deficient ? "MSI-high or mismatch repair deficient"
                                  : "microsatellite stable or mismatch repair proficient";

    if (r->fact == NULL) {
        sb_addf(b, "MSI and mismatch repair: no result is known; asked for: %s", asked);
        return;
    }
    if (r->note == NOTE_CONFLICT) {
        sb_addf(b, "MSI and mismatch repair results contradict each other; asked for: %s", asked);
        return;
    }
    sb_addf(b, "%s %.*s", str_eq(r->fact->u.biomarker.name, STR("msi")) ? "MSI" : "MMR",
            STR_FMT(r->fact->u.biomarker.value));
    add_day(b, r->fact);
    sb_addf(b, "; asked for: %s", asked);
}

static void
age_text(struct sb *b, const struct leaf_limit *bound, const struct match_case *c,
         const struct leaf_result *r)
{
    if (stamp_is_absent(c->birth)) {
        sb_add_c(b, "Birth date not known; asked for: age ");
    } else {
        sb_add_c(b, r->k == K_UNKNOWN ? "Birth date too inexact for: age " : "Age, asked for: ");
    }
    add_bound(b, bound, STR("years"));
}

static void
ecog_text(struct sb *b, const struct leaf_limit *bound, const struct leaf_result *r)
{
    if (r->note == NOTE_NOTHING_KNOWN) {
        sb_add_c(b, r->fact == NULL ? "ECOG not known" : "ECOG not known (another scale is)");
    } else {
        sb_addf(b, "ECOG %d", (int)r->fact->u.performance.score);
        add_day(b, r->fact);
    }
    sb_add_c(b, "; asked for: ");
    add_bound(b, bound, STR_NONE);
}

static void
lab_text(struct sb *b, const struct leaf_lab *l, const struct leaf_result *r)
{
    sb_addf(b, "%.*s", STR_FMT(l->analyte));
    if (r->fact == NULL) {
        sb_add_c(b, ": no value is known");
    } else {
        const struct observation *o = &r->fact->u.observation;

        if (o->value.present) {
            sb_add_char(b, ' ');
            add_quantity(b, &o->value, str_is_empty(o->unit) ? o->unit_reported : o->unit);
        }
        add_day(b, r->fact);
        if (r->note == NOTE_TOO_OLD) {
            sb_add_c(b, " is too old");
        } else if (r->note == NOTE_UNIT) {
            sb_add_c(b, " is in a unit that cannot be compared");
        }
    }
    sb_add_c(b, "; asked for: ");
    add_bound(b, &l->bound, l->times_uln ? STR("x upper limit of normal") : l->unit);
}

void
clinical_text(struct sb *b, const struct leaf *l, const struct match_case *c,
              const struct leaf_result *r)
{
    static const char *const sex_name[SEX_COUNT] = {"unknown", "female", "male", "other"};

    switch (l->kind) {
    case LEAF_DISEASE: disease_text(b, &l->u.disease, c, r); return;
    case LEAF_BIOMARKER: biomarker_text(b, &l->u.biomarker, r); return;
    case LEAF_REPAIR: repair_text(b, l->u.deficient, r); return;
    case LEAF_AGE: age_text(b, &l->u.bound, c, r); return;
    case LEAF_SEX:
        sb_addf(b, "Sex %s; asked for: %s", sex_name[c->sex], sex_name[l->u.sex]);
        return;
    case LEAF_ECOG: ecog_text(b, &l->u.bound, r); return;
    case LEAF_LAB: lab_text(b, &l->u.lab, r); return;
    case LEAF_GENOMIC:
    case LEAF_TESTED:
    case LEAF_PRIOR:
    case LEAF_ON:
    case LEAF_LINE:
    case LEAF_WASHOUT:
    case LEAF_STATUS:
    case LEAF_UNRESOLVED:
    case LEAF_KIND_COUNT: break;
    }
}
