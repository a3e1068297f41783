/* Tests on coded responses: the code itself, the best response before it. */
#include "criteria/compile.h"
#include "criteria/measure.h"
#include "criteria/tables.h"
#include "criteria/tell.h"
#include "criteria/words.h"

/* Up to the first scheduled assessment "no earlier assessment" stands for best response PD; later
 * it says nothing (a site setting; criteria README point 11). */
static const struct span first_assessment = {16 * 7, false};

static bool
codes_read(struct compiler *c, const struct tree *from, bool none_allowed, struct test *out)
{
    struct name_list names;
    enum response_code code;

    if (!compile_names(c, from, "in", &names))
        return false;
    for (size_t i = 0; i < names.count; i++) {
        if (none_allowed && str_eq_c(names.name[i], "NONE")) {
            out->codes |= RULE_CODE_NONE;
        } else if (response_code_parse(names.name[i], &code)) {
            out->codes |= 1u << code;
        } else {
            tree_error(tree_at(tree_get(from, "in"), i), c->diags,
                       "no response code (CR PR SD PD NE iCR iPR iSD iUPD iCPD%s)",
                       none_allowed ? " NONE" : "");
            return false;
        }
    }
    out->names = names;
    return true;
}

static bool
compile_code(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"in"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), false) && codes_read(c, from, false, out);
}

static enum kleene
eval_code(const struct test *t, const struct scope *s, struct note *n)
{
    const struct fact *f = scope_point(s)->fact;
    enum response_code code;

    if (f->kind != FACT_RESPONSE)
        return K_UNKNOWN;
    code = f->u.response.code;
    if ((t->codes & (1u << code)) != 0)
        return K_TRUE;
    if (n != NULL) {
        struct sb b = words_begin(s);

        sb_add_c(&b, "a response of ");
        words_names(&b, t->names, " or ");
        n->asks = sb_str(&b);
    }
    if (code != RESPONSE_NE)
        return K_FALSE;
    if (n != NULL)
        n->missing = STR("an evaluable response assessment: the last one is NE");
    return K_UNKNOWN;
}

/* best: {in, first_by?} */
static bool
compile_best(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"in", "first_by"};

    out->span = first_assessment;
    return compile_keys(c, from, keys, RFD_COUNT(keys), false) && codes_read(c, from, true, out) &&
           compile_span(c, from, "first_by", &out->span);
}

/* The plain code of an assessment for "best response": smaller is better; NE counts for nothing. */
static enum response_code
plain_code(enum response_code c)
{
    switch (c) {
    case RESPONSE_CR:
    case RESPONSE_ICR: return RESPONSE_CR;
    case RESPONSE_PR:
    case RESPONSE_IPR: return RESPONSE_PR;
    case RESPONSE_SD:
    case RESPONSE_ISD: return RESPONSE_SD;
    case RESPONSE_PD:
    case RESPONSE_IUPD:
    case RESPONSE_ICPD: return RESPONSE_PD;
    case RESPONSE_NE:
    case RESPONSE_CODE_COUNT: break;
    }
    return RESPONSE_NE;
}

static const struct fact *
best_before(const struct scope *s, enum response_code *best_out)
{
    const struct fact *best = NULL;
    enum response_code best_code = RESPONSE_NE;

    for (size_t i = s->series.first; i < s->series.count; i++) {
        const struct point *p = &s->series.point[i];
        enum response_code c;

        if (p->day >= scope_point(s)->day)
            break;
        c = plain_code(p->fact->u.response.code);
        if (c != RESPONSE_NE && (best == NULL || c < best_code)) {
            best = p->fact;
            best_code = c;
        }
    }
    *best_out = best_code;
    return best;
}

static void
note_best(const struct scope *s, const struct fact *best, enum response_code code, struct note *n)
{
    struct sb b = words_begin(s);

    if (best == NULL) {
        n->says = STR("with no earlier assessment on this line");
        return;
    }
    sb_addf(&b, "best response before it %s (", response_code_name(code));
    words_day(&b, fact_day(best));
    sb_add_c(&b, ")");
    n->says = sb_str(&b);
    n->fact = best;
    n->part = EVIDENCE_CONTEXT;
}

static enum kleene
eval_best(const struct test *t, const struct scope *s, struct note *n)
{
    enum response_code code;
    const struct fact *best;

    if (s->rule->series.kind != SERIES_RESPONSE)
        return K_UNKNOWN;
    best = best_before(s, &code);
    if (n != NULL)
        note_best(s, best, code, n);
    if (best != NULL)
        return (t->codes & (1u << code)) != 0 ? K_TRUE : K_FALSE;
    if (s->anchor.found && measure_sign_day(scope_point(s)->day, s->anchor.start, t->span) <= 0)
        return (t->codes & RULE_CODE_NONE) != 0 ? K_TRUE : K_FALSE;
    if (n != NULL)
        n->missing = STR("an earlier response assessment on this line, to know the best response");
    return K_UNKNOWN;
}

/* responded: {in: [CR], before_line: true} */
static bool
compile_responded(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"in", "before_line"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), false) && codes_read(c, from, false, out) &&
           compile_bool(c, from, "before_line", &out->before_line);
}

/* A response that was documented before the candidate, in any line, or before this one. What was
 * not documented may still have been. */
static enum kleene
eval_responded(const struct test *t, const struct scope *s, struct note *n)
{
    size_t count;
    const struct fact *const *f = timeline_kind(s->timeline, FACT_RESPONSE, &count);
    day_t before = scope_point(s)->day;
    struct sb b = words_begin(s);

    if (t->before_line && s->anchor.found)
        before = s->anchor.start + 1;
    for (size_t i = 0; i < count; i++) {
        if (fact_day(f[i]) == DAY_NONE || fact_day(f[i]) >= before ||
            f[i]->status == FACT_PRELIMINARY || (f[i]->flags & FACT_TEST_MESSAGE) != 0 ||
            (t->codes & (1u << f[i]->u.response.code)) == 0)
            continue;
        if (n != NULL) {
            sb_addf(&b, "after a response of %s (", response_code_name(f[i]->u.response.code));
            words_day(&b, fact_day(f[i]));
            sb_add_c(&b, ")");
            n->says = sb_str(&b);
            n->fact = f[i];
            n->part = EVIDENCE_CONTEXT;
        }
        return K_TRUE;
    }
    if (n != NULL) {
        sb_add_c(&b, "an earlier response of ");
        words_names(&b, t->names, " or ");
        sb_add_c(&b, t->before_line ? " before this line" : " on record");
        n->missing = sb_str(&b);
    }
    return K_UNKNOWN;
}

/* biomarker: {in: [positive]} */
static bool
compile_biomarker(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"in"};

    if (c->rule->series.kind != SERIES_BIOMARKER) {
        tree_error(from, c->diags, "this test needs a series of a biomarker");
        return false;
    }
    return compile_keys(c, from, keys, RFD_COUNT(keys), false) &&
           compile_names(c, from, "in", &out->names);
}

static enum kleene
eval_biomarker(const struct test *t, const struct scope *s, struct note *n)
{
    struct str value = scope_point(s)->fact->u.biomarker.value;

    for (size_t i = 0; i < t->names.count; i++)
        if (str_eq(t->names.name[i], value))
            return K_TRUE;
    if (n != NULL) {
        struct sb b = words_begin(s);

        words_names(&b, t->names, " or ");
        n->asks = sb_str(&b);
        if (str_is_empty(value))
            n->missing = STR("a result that is known to be positive or negative");
    }
    return str_is_empty(value) ? K_UNKNOWN : K_FALSE;
}

static const struct primitive table[] = {
    {"code", PRIMITIVE_LEAF, compile_code, eval_code, tell_code},
    {"best", PRIMITIVE_LEAF, compile_best, eval_best, tell_best},
    {"responded", PRIMITIVE_LEAF, compile_responded, eval_responded, tell_responded},
    {"biomarker", PRIMITIVE_LEAF, compile_biomarker, eval_biomarker, tell_biomarker},
};

const struct primitive *
coded_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
