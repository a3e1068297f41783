#include "match/clinical.h"

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
    } labels[] = {{"her2", "HER2"},
                  {"er", "ER"},
                  {"pr", "PR"},
                  {"pdl1", "PD-L1"},
                  {"tmb", "TMB"},
                  {"folr1", "FR-alpha (FOLR1)"},
                  {"psma", "PSMA imaging"},
                  {"sstr", "somatostatin receptor imaging"},
                  {"cldn18", "CLDN18.2"},
                  {"met_ihc", "c-Met protein"},
                  {"hrd", "HRD"},
                  {"hla_a", "HLA-A"}};

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
        if (!str_is_empty(m->method)) {
            sb_addf(b, " (%.*s)", STR_FMT(m->method));
        }
        add_day(b, r->fact);
    }
    sb_add_c(b, "; asked for: ");
    if (!str_is_absent(l->value)) {
        sb_add(b, l->value);
    } else {
        add_bound(b, &l->bound, l->unit);
    }
    if (!str_is_absent(l->method)) {
        sb_addf(b, " by %.*s", STR_FMT(l->method));
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
    case LEAF_ROWS:
    case LEAF_KIND_COUNT: break;
    }
}
