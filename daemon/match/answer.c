#include "match/answer.h"

#include "match/clinical.h"
#include "match/genomic.h"
#include "match/prior.h"

enum { ANSWER_TEXT_MAX = 400 };

static struct leaf_result
ask(const struct leaf *l, const struct match_case *c)
{
    switch (l->kind) {
    case LEAF_DISEASE: return clinical_disease(&l->u.disease, c);
    case LEAF_GENOMIC: return genomic_evaluate(&l->u.genomic, c);
    case LEAF_TESTED: return genomic_tested(&l->u.genomic, c);
    case LEAF_BIOMARKER: return clinical_biomarker(&l->u.biomarker, c);
    case LEAF_REPAIR: return clinical_repair(l->u.deficient, c);
    case LEAF_PRIOR: return prior_given(&l->u.drugs, c);
    case LEAF_ON: return prior_on(&l->u.drugs, c);
    case LEAF_LINE: return prior_line(&l->u.line, c);
    case LEAF_WASHOUT: return prior_washout(&l->u.drugs, c);
    case LEAF_STATUS: return prior_status(&l->u.status, c);
    case LEAF_AGE: return clinical_age(&l->u.bound, c);
    case LEAF_SEX: return clinical_sex(l->u.sex, c);
    case LEAF_ECOG: return clinical_ecog(&l->u.bound, c);
    case LEAF_LAB: return clinical_lab(&l->u.lab, c);
    case LEAF_ROWS:
        if (c->rows != NULL) {
            return (struct leaf_result){.k = rows_answer(&l->u.rows, c->rows, c->today),
                                        .note = NOTE_NOTHING_KNOWN,
                                        .due = DAY_NONE};
        }
        break;
    case LEAF_UNRESOLVED:
    case LEAF_KIND_COUNT: break;
    }
    return (struct leaf_result){.k = K_UNKNOWN, .note = NOTE_NOTHING_KNOWN, .due = DAY_NONE};
}

struct leaf_result
answer_evaluate(const struct leaf *l, const struct match_case *c)
{
    struct leaf_result r = ask(l, c);

    if (c->policy == MATCH_COMPAT && r.k == K_UNKNOWN && l->kind != LEAF_ROWS) {
        r.k = K_FALSE; /* closed world, before the sign: "!X" holds when nothing is known of X */
    }
    if (l->negated) {
        r.k = k_not(r.k);
    }
    return r;
}

struct str
answer_text(struct arena *a, const struct leaf *l, const struct match_case *c,
            const struct leaf_result *r)
{
    struct sb b;

    sb_init_arena(&b, a, ANSWER_TEXT_MAX);
    switch (l->kind) {
    case LEAF_GENOMIC: genomic_text(&b, &l->u.genomic, r); break;
    case LEAF_TESTED: genomic_tested_text(&b, &l->u.genomic, r); break;
    case LEAF_PRIOR:
    case LEAF_ON:
    case LEAF_LINE:
    case LEAF_WASHOUT:
    case LEAF_STATUS: prior_text(&b, l, c, r); break;
    case LEAF_DISEASE:
    case LEAF_BIOMARKER:
    case LEAF_REPAIR:
    case LEAF_AGE:
    case LEAF_SEX:
    case LEAF_ECOG:
    case LEAF_LAB: clinical_text(&b, l, c, r); break;
    case LEAF_ROWS: sb_add(&b, l->u.rows.words); break;
    case LEAF_UNRESOLVED:
    case LEAF_KIND_COUNT:
        sb_addf(&b, "\"%.*s\" is not known to this system", STR_FMT(l->u.name));
        break;
    }
    if (l->negated && r->k == K_FALSE) {
        sb_add_c(&b, " (excludes)");
    }
    return sb_str(&b);
}

uint64_t
answer_journal(const struct leaf_result *r)
{
    if (r->fact != NULL) {
        return r->fact->source.journal;
    }
    if (r->course != NULL && r->course->evidence_count > 0) {
        return r->course->evidence[r->course->evidence_count - 1]->source.journal;
    }
    return 0;
}
