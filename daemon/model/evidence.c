#include "base/sb.h"
#include "model/finding.h"

#include <string.h>

/* Text from outside is clipped piece by piece, so that a line of evidence stays a line. */
enum { PIECE_MAX = 80, TEXT_MAX = 2048, GENES_SHOWN = 3 };

/* Our analyte and biomarker names as clinicians write them. */
static const struct {
    const char *name;
    const char *shown;
} shown_names[] = {
    {"psa", "PSA"},
    {"testosterone", "testosterone"},
    {"ca125", "CA-125"},
    {"ca199", "CA 19-9"},
    {"ca153", "CA 15-3"},
    {"ca2729", "CA 27.29"},
    {"cea", "CEA"},
    {"afp", "AFP"},
    {"hcg", "hCG"},
    {"hcg_beta", "beta-hCG"},
    {"cga", "chromogranin A"},
    {"he4", "HE4"},
    {"ldh", "LDH"},
    {"nse", "NSE"},
    {"s100b", "S100B"},
    {"thyroglobulin", "thyroglobulin"},
    {"tg_ab", "thyroglobulin antibodies"},
    {"tsh", "TSH"},
    {"calcitonin", "calcitonin"},
    {"b2m", "beta-2 microglobulin"},
    {"m_serum", "serum M-protein"},
    {"m_urine", "urine M-protein"},
    {"kappa_flc", "free kappa light chains"},
    {"lambda_flc", "free lambda light chains"},
    {"dflc", "free light chain difference (dFLC)"},
    {"flc_ratio", "free light chain ratio"},
    {"igg", "IgG"},
    {"iga", "IgA"},
    {"igm", "IgM"},
    {"bm_plasma_cells", "bone marrow plasma cells"},
    {"bcr_abl_is", "BCR::ABL1 (IS)"},
    {"blasts", "blasts"},
    {"lymphocytes", "lymphocytes"},
    {"hb", "haemoglobin"},
    {"plt", "platelets"},
    {"wbc", "leukocytes"},
    {"anc", "neutrophils"},
    {"alt", "ALT"},
    {"ast", "AST"},
    {"alp", "ALP"},
    {"egfr", "eGFR"},
    {"tumor_sum", "sum of target diameters"},
    {"tumor_size", "tumour size"},
    {"pdl1", "PD-L1"},
    {"msi", "microsatellite status"},
    {"mmr", "mismatch repair"},
    {"tmb", "tumour mutational burden"},
    {"her2", "HER2"},
    {"er", "oestrogen receptor"},
    {"pr", "progesterone receptor"},
    {"hrd", "homologous recombination status"},
    {"ecog", "ECOG performance status"},
    {"kps", "Karnofsky performance status"},
};

static const char *const cmp_signs[CMP_OP_COUNT] = {
    [CMP_EQ] = "", [CMP_LT] = "<", [CMP_LE] = "<=", [CMP_GT] = ">", [CMP_GE] = ">=",
};

/* A piece from outside: blanks for control characters, cut between characters of UTF-8. */
static void
add(struct sb *b, struct str s)
{
    size_t n = s.n < PIECE_MAX ? s.n : PIECE_MAX;
    while (n < s.n && n > 0 && ((unsigned char)s.p[n] & 0xc0u) == 0x80u)
        n--;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool control = c < 0x20 || c == 0x7f;
        char shown = ' ';
        if (!control)
            shown = s.p[i];
        sb_add_char(b, shown);
    }
    if (n < s.n)
        sb_add_c(b, "...");
}

/* " word s" when there is an s. */
static void
add_after(struct sb *b, const char *word, struct str s)
{
    if (str_is_empty(s))
        return;
    sb_add_c(b, word);
    add(b, s);
}

struct str
evidence_shown(struct str name)
{
    for (size_t i = 0; i < RFD_COUNT(shown_names); i++) {
        if (str_eq_c(name, shown_names[i].name))
            return str_from_c(shown_names[i].shown);
    }
    return name;
}

static void
add_shown(struct sb *b, struct str name)
{
    add(b, evidence_shown(name));
}

static void
add_code(struct sb *b, const struct code *code, const char *otherwise)
{
    if (!str_is_empty(code->display))
        add(b, code->display);
    else if (!str_is_empty(code->code))
        add_after(b, "code ", code->code);
    else
        sb_add_c(b, otherwise);
}

static void
add_quantity(struct sb *b, const struct quantity *q)
{
    char buf[DEC_TEXT_MAX];
    sb_add_c(b, cmp_signs[q->cmp]);
    sb_add(b, dec_format(q->value, buf));
}

/* The clinical time as far as it was said, never filled up. */
static void
add_date(struct sb *b, const struct fact *f)
{
    char buf[DAY_TEXT_MAX];
    day_t day = fact_day(f);
    if (day == DAY_NONE) {
        sb_add_c(b, ", date not stated");
        return;
    }
    struct str text = day_format(day, buf);
    if (f->collected.precision == PRECISION_YEAR)
        text = str_sub(text, 0, 4);
    else if (f->collected.precision == PRECISION_MONTH)
        text = str_sub(text, 0, 7);
    sb_add_c(b, f->collected.precision < PRECISION_DAY ? " in " : " on ");
    sb_add(b, text);
}

static void
say_observation(struct sb *b, const struct fact *f)
{
    const struct observation *o = &f->u.observation;
    if (str_is_empty(o->analyte))
        add_code(b, &o->code, "an unnamed test");
    else
        add_shown(b, o->analyte);
    sb_add_char(b, ' ');
    if (o->value.present)
        add_quantity(b, &o->value);
    else if (!str_is_empty(o->text))
        add(b, o->text);
    else
        sb_add_c(b, "without a value");
    struct str unit = str_is_empty(o->unit_reported) ? o->unit : o->unit_reported;
    add_after(b, " ", unit);
    if ((f->flags & FACT_UNIT_UNKNOWN) != 0)
        sb_add_c(b, str_is_empty(unit) ? " (no unit)" : " (unit not recognised)");
    bool usual = str_eq_c(o->matrix, "serum") || str_eq_c(o->matrix, "plasma") ||
                 str_eq_c(o->matrix, "blood");
    if (!usual)
        add_after(b, " in ", o->matrix);
}

static void
add_variant_name(struct sb *b, const struct variant *v)
{
    if (str_is_empty(v->gene))
        sb_add_c(b, "a gene not named");
    else
        add(b, v->gene);
    struct str name = v->name;
    if (str_is_empty(name))
        name = str_is_empty(v->hgvs_p) ? v->hgvs_c : v->hgvs_p;
    if (str_is_empty(name))
        sb_add_c(b, " variant");
    else
        add_after(b, " ", name);
    add_after(b, " with ", v->partner);
}

static void
say_variant(struct sb *b, const struct fact *f)
{
    const struct variant *v = &f->u.variant;
    add_variant_name(b, v);
    sb_add_c(b, v->present ? " found" : " not found");
    if (v->present && (v->vaf.present || v->copies.present)) {
        sb_add_c(b, v->vaf.present ? " (VAF " : " (");
        if (v->vaf.present) {
            add_quantity(b, &v->vaf);
            sb_add_c(b, " %");
        }
        if (v->copies.present) {
            sb_add_c(b, v->vaf.present ? ", " : "");
            add_quantity(b, &v->copies);
            sb_add_c(b, " copies");
        }
        sb_add_char(b, ')');
    }
    add_after(b, " in ", v->source);
    if (v->origin == ORIGIN_GERMLINE)
        sb_add_c(b, " (germline)");
}

static void
say_biomarker(struct sb *b, const struct fact *f)
{
    const struct biomarker *m = &f->u.biomarker;
    add_shown(b, m->name);
    add_after(b, " ", m->value);
    if (m->number.present) {
        sb_add_c(b, str_is_empty(m->value) ? " " : ", ");
        add_quantity(b, &m->number);
        add_after(b, " ", m->unit);
    } else if (str_is_empty(m->value)) {
        sb_add_c(b, " without a value");
    }
    if (!str_is_empty(m->method)) {
        add_after(b, " (", m->method);
        sb_add_char(b, ')');
    }
}

static void
say_response(struct sb *b, const struct fact *f)
{
    sb_add_c(b, "response ");
    sb_add_c(b, response_code_name(f->u.response.code));
    add_after(b, " by ", f->u.response.criteria);
    add_after(b, ", site ", f->u.response.site);
}

static void
add_drug(struct sb *b, const struct therapy *t)
{
    if (!str_is_empty(t->drug)) {
        add(b, t->drug);
    } else if (t->class_count > 0) {
        add_after(b, "a drug of class ", t->classes[0]);
    } else {
        add_code(b, &t->code, "an unnamed drug");
    }
}

static void
say_therapy(struct sb *b, const struct fact *f)
{
    static const char *const deeds[THERAPY_ACTION_COUNT] = {
        [THERAPY_START] = " started",  [THERAPY_DOSE] = " ",
        [THERAPY_CHANGE] = " changed", [THERAPY_HOLD] = " held",
        [THERAPY_STOP] = " stopped",   [THERAPY_NOT_GIVEN] = " not given",
    };
    const struct therapy *t = &f->u.therapy;
    const char *rung = therapy_rung_name(t->rung);
    add_drug(b, t);
    sb_add_c(b, deeds[t->action]);
    if (t->action == THERAPY_DOSE)
        sb_add_c(b, rung);
    else if (t->action != THERAPY_NOT_GIVEN)
        sb_addf(b, " (%s)", rung);
    if (t->cycle > 0)
        sb_addf(b, ", cycle %ld", (long)t->cycle);
    add_after(b, ", reason ", t->reason);
}

static void
say_diagnosis(struct sb *b, const struct fact *f)
{
    const struct diagnosis *d = &f->u.diagnosis;
    sb_add_c(b, d->active ? "diagnosis " : "diagnosis no longer active: ");
    if (!str_is_empty(d->oncotree)) {
        add(b, d->oncotree);
        add_after(b, ", code ", d->code.code);
    } else {
        add_code(b, &d->code, "without a code");
    }
}

static void
say_performance(struct sb *b, const struct fact *f)
{
    add_shown(b, f->u.performance.scale);
    sb_addf(b, " %ld", (long)f->u.performance.score);
}

static void
say_procedure(struct sb *b, const struct fact *f)
{
    if (str_is_empty(f->u.procedure.name))
        add_code(b, &f->u.procedure.code, "an unnamed procedure");
    else
        add(b, f->u.procedure.name);
}

/* "EGFR:T790M" is one alteration. */
static bool
is_narrow(struct str gene)
{
    return str_find_any(gene, ":") < gene.n;
}

static void
add_gene(struct sb *b, struct str gene)
{
    struct str head;
    struct str rest = STR_NONE;
    (void)str_cut(gene, ':', &head, &rest);
    add(b, head);
    add_after(b, " ", rest);
}

static void
say_negative(struct sb *b, const struct fact *f)
{
    const struct negative *n = &f->u.negative;
    size_t shown = n->gene_count > GENES_SHOWN + 1 ? GENES_SHOWN : n->gene_count;
    bool one = n->gene_count == 1 && is_narrow(n->genes[0]);
    if (!one)
        sb_add_c(b, n->gene_count == 0 ? "no alteration found" : "no alteration found in ");
    for (size_t i = 0; i < shown; i++) {
        sb_add_c(b, i > 0 ? ", " : "");
        add_gene(b, n->genes[i]);
    }
    if (shown < n->gene_count)
        sb_addf(b, " and %zu more", n->gene_count - shown);
    sb_add_c(b, one ? " not found" : "");
    add_after(b, " by ", n->panel);
    if (!str_is_empty(n->source)) {
        add_after(b, " (", n->source);
        sb_add_char(b, ')');
    }
}

static void
say_report(struct sb *b, const struct fact *f)
{
    add(b, f->u.report.category);
    sb_add_c(b, str_is_empty(f->u.report.category) ? "report" : " report");
    sb_add_c(b, f->u.report.read ? ", read by a person" : ", unread");
    if (!str_is_empty(f->u.report.media)) {
        add_after(b, " (", f->u.report.media);
        sb_add_char(b, ')');
    }
}

static void
say_restriction(struct sb *b, const struct fact *f)
{
    add_after(b, "restriction ", f->u.restriction.name);
    sb_add_c(b, f->u.restriction.active ? " in force" : " lifted");
}

/* No birth date and no number: evidence is shown to many (DESIGN.md section 1, promise 6). */
static void
say_demographics(struct sb *b, const struct fact *f)
{
    bool dead = f->u.demographics.dead || !stamp_is_absent(f->u.demographics.death);
    sb_add_c(b, dead ? "death recorded" : "demographics recorded");
}

static void
say_link(struct sb *b, const struct fact *f)
{
    sb_add_c(b, f->u.link.live ? "patient numbers joined" : "patient numbers separated");
}

/* Of our words only: who it is stands in no evidence. */
static void
say_role(struct sb *b, const struct fact *f)
{
    sb_add_c(b, "role in the patient's care");
    if (!f->u.role.active)
        sb_add_c(b, " ended");
}

typedef void say(struct sb *b, const struct fact *f);

static say *const says[FACT_KIND_COUNT] = {
    [FACT_OBSERVATION] = say_observation,
    [FACT_VARIANT] = say_variant,
    [FACT_BIOMARKER] = say_biomarker,
    [FACT_RESPONSE] = say_response,
    [FACT_THERAPY] = say_therapy,
    [FACT_DIAGNOSIS] = say_diagnosis,
    [FACT_PERFORMANCE] = say_performance,
    [FACT_PROCEDURE] = say_procedure,
    [FACT_NEGATIVE] = say_negative,
    [FACT_REPORT] = say_report,
    [FACT_RESTRICTION] = say_restriction,
    [FACT_DEMOGRAPHICS] = say_demographics,
    [FACT_LINK] = say_link,
    [FACT_ROLE] = say_role,
};

struct str
evidence_text(struct arena *a, const struct fact *f)
{
    rfd_assert((unsigned)f->kind < FACT_KIND_COUNT);
    struct sb b;
    sb_init_arena(&b, a, TEXT_MAX);
    says[f->kind](&b, f);
    add_date(&b, f);
    if (f->status == FACT_PRELIMINARY)
        sb_add_c(&b, " (preliminary)");
    else if (f->status == FACT_CORRECTED)
        sb_add_c(&b, " (corrected)");
    if ((f->flags & FACT_IMPORTED) != 0) /* a file's word, not that of a live feed */
        sb_add_c(&b, " (imported)");
    rfd_assert(sb_ok(&b)); /* every piece is clipped, and no line has more than ten */
    return sb_str(&b);
}
