/* The latest result of another analyte: castrate testosterone, bilirubin, ALT. */
#include "criteria/latest.h"

#include "criteria/measure.h"
#include "criteria/tables.h"
#include "criteria/tell.h"
#include "criteria/threshold.h"
#include "criteria/words.h"
#include "model/unit.h"

static bool
compile_native(struct compiler *c, const struct tree *map, struct test *out)
{
    const struct tree *t = tree_need(map, "lt_native", c->diags);
    size_t count = tree_len(t);
    struct native_limit *list = ARENA_ARRAY(c->arena, count + 1, struct native_limit);

    if (t == NULL || !tree_is(t, TREE_MAP, c->diags))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!compile_unit(c, tree_key_at(t, i), &list[i].unit, &list[i].shown))
            return false;
        if (!tree_dec(tree_at(t, i), c->diags, &list[i].limit)) {
            tree_error(tree_at(t, i), c->diags, "a limit in this unit is missing");
            return false;
        }
    }
    out->native = list;
    out->native_count = count;
    return true;
}

/* unit: "mg/dL", or uln for multiples of the result's own upper limit of normal */
static bool
compile_level(struct compiler *c, const struct tree *map, struct test *out)
{
    const struct tree *unit = tree_need(map, "unit", c->diags);

    if (unit == NULL)
        return false;
    out->of_uln = str_eq_c(unit->text, "uln");
    return (out->of_uln || compile_unit(c, unit, &out->unit, &out->shown)) &&
           compile_bounds(c, map, BOUND_NUMBER, 1, out);
}

bool
latest_compile(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"analyte", "within", "lt_native", "unit", "else"};
    bool native = tree_get(from, "lt_native") != NULL;

    if (!compile_keys(c, from, keys, RFD_COUNT(keys), !native) ||
        tree_need(from, "analyte", c->diags) == NULL ||
        !compile_str(c, from, "analyte", &out->analyte) ||
        !compile_span(c, from, "within", &out->span) || !compile_else(c, from, &out->otherwise))
        return false;
    if (native)
        out->otherwise = K_UNKNOWN;
    return native ? compile_native(c, from, out) : compile_level(c, from, out);
}

/* The last result of the analyte on or before the candidate's day and within the span before it. */
static const struct fact *
latest_of(const struct test *t, const struct scope *s)
{
    size_t count;
    const struct fact *const *f = timeline_analyte(s->timeline, t->analyte, &count);
    day_t day = scope_point(s)->day;

    for (size_t i = count; i > 0; i--) {
        const struct fact *x = f[i - 1];
        day_t d = fact_day(x);

        if (d == DAY_NONE || d > day || x->status == FACT_PRELIMINARY ||
            !x->u.observation.value.present ||
            (x->flags & (FACT_TEST_MESSAGE | FACT_CODE_CONFLICT)) != 0)
            continue;
        if (t->span.n == 0 || measure_sign_day(day, d, t->span) <= 0)
            return x;
    }
    return NULL;
}

/* The limit printed in the result's own unit, else one that it converts to without the analyte's
 * molar mass: 50 ng/dL and 1.7 nmol/L are two limits, not one (EAU). */
static enum kleene
native_holds(const struct test *t, const struct observation *o, const struct native_limit **used)
{
    int64_t num = 1;
    int64_t den = 1;

    for (size_t i = 0; i < t->native_count; i++) {
        struct rat v = dec_rat(o->value.value);

        *used = &t->native[i];
        if (str_is_empty(o->unit) || !unit_convert(o->unit, (*used)->unit, STR_NONE, &num, &den))
            continue;
        return measure_holds(BOUND_LT, o->value.cmp,
                             rat_cmp(rat_scale(v, num, den), dec_rat((*used)->limit)));
    }
    *used = NULL;
    return K_UNKNOWN;
}

/* Against plain numbers, in the rule's unit or in multiples of the upper limit of normal. */
static enum kleene
level_holds(const struct test *t, const struct observation *o)
{
    struct rat v = dec_rat(o->value.value);
    enum kleene k = K_TRUE;
    int64_t num = 1;
    int64_t den = 1;

    if (t->of_uln
            ? !o->high.present || dec_sign(o->high.value) <= 0
            : str_is_empty(o->unit) || !unit_convert(o->unit, t->unit, t->analyte, &num, &den))
        return K_UNKNOWN;
    v = rat_scale(v, num, den);
    for (size_t i = 0; i < t->bound_count; i++) {
        struct fraction f = fraction_of(t->bound[i].number);
        int sign = t->of_uln ? rat_cmp_times(v, dec_rat(o->high.value), f.num, f.den)
                             : rat_cmp(v, dec_rat(t->bound[i].number));

        k = k_and(k, measure_holds(t->bound[i].op, o->value.cmp, sign));
    }
    return k;
}

static void
words_asked(struct sb *b, const struct test *t)
{
    for (size_t i = 0; i < t->bound_count; i++) {
        sb_addf(b, "%s%s ", i > 0 ? " and " : "", words_op(t->bound[i].op));
        words_dec(b, t->bound[i].number);
        sb_add_c(b, " ");
        sb_add(b, t->of_uln ? STR("times the upper limit of normal") : t->shown);
    }
}

static void
note_latest(const struct test *t, const struct scope *s, const struct fact *f,
            const struct native_limit *used, struct note *n)
{
    struct sb b = words_begin(s);
    const struct observation *o = &f->u.observation;

    sb_add(&b, t->analyte);
    sb_add_c(&b, " ");
    words_dec(&b, o->value.value);
    sb_add_c(&b, " ");
    sb_add(&b, o->unit_reported);
    sb_add_c(&b, " on ");
    words_day(&b, fact_day(f));
    if (used != NULL) {
        sb_add_c(&b, " (less than ");
        words_dec(&b, used->limit);
        sb_add_c(&b, " ");
        sb_add(&b, used->shown);
        sb_add_c(&b, " asked)");
    }
    if (t->bound_count > 0) {
        sb_add_c(&b, " (");
        words_asked(&b, t);
        sb_add_c(&b, " asked)");
    }
    n->says = sb_str(&b);
    n->fact = f;
    n->part = EVIDENCE_CONTEXT;
}

/* Lines of another analyte's values, in its own unit. */
static void
line_latest(const struct test *t, const struct scope *s, const struct native_limit *used,
            struct note *n)
{
    struct threshold_line l = threshold_line(s, BOUND_LT, NULL);

    l.role = EVIDENCE_CONTEXT;
    l.analyte = t->analyte;
    if (used != NULL) {
        l.unit = used->unit;
        l.shown = used->shown;
        l.at = dec_rat(used->limit);
        threshold_note(s, &l, n);
    }
    for (size_t i = 0; i < t->bound_count && !t->of_uln; i++) {
        l.op = t->bound[i].op;
        l.unit = t->unit;
        l.shown = t->shown;
        l.at = dec_rat(t->bound[i].number);
        threshold_note(s, &l, n);
    }
}

static struct str
no_latest(const struct test *t, const struct scope *s)
{
    struct sb b = words_begin(s);

    sb_add_c(&b, "no ");
    sb_add(&b, t->analyte);
    if (t->span.n != 0) {
        sb_add_c(&b, " within ");
        words_span(&b, t->span);
    }
    sb_add_c(&b, " before ");
    words_day(&b, scope_point(s)->day);
    return sb_str(&b);
}

const struct fact *
latest_find(const struct test *t, const struct scope *s)
{
    const struct fact *f = latest_of(t, s);

    return f != NULL && level_holds(t, &f->u.observation) == K_TRUE ? f : NULL;
}

/* A condition of the criterion, not a leg of it: where it does not hold, nothing can be said
 * (a PSA that rises while testosterone is not castrate is neither resistance nor its absence). With
 * plain bounds the rule says what it is worth then (else). */
static enum kleene
eval_latest(const struct test *t, const struct scope *s, struct note *n)
{
    const struct fact *f = latest_of(t, s);
    const struct native_limit *used = NULL;
    enum kleene k = f == NULL             ? K_UNKNOWN
                    : t->native_count > 0 ? native_holds(t, &f->u.observation, &used)
                                          : level_holds(t, &f->u.observation);

    if (k == K_FALSE)
        k = t->otherwise;
    if (n != NULL && f == NULL)
        n->missing = no_latest(t, s);
    if (n != NULL && f != NULL) {
        note_latest(t, s, f, used, n);
        line_latest(t, s, used, n);
        if (k == K_UNKNOWN)
            n->missing = str_cat(s->arena, STR("a level within the limit asked: "), n->says);
    }
    return k;
}

static void
tell_latest(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_add_c(b, "the latest ");
    sb_add(b, t->analyte);
    if (t->span.n != 0) {
        sb_add_c(b, " of the last ");
        words_span(b, t->span);
    }
    sb_add_c(b, " is ");
    words_asked(b, t);
    for (size_t i = 0; i < t->native_count; i++) {
        sb_add_c(b, i > 0 ? " or " : "less than ");
        words_dec(b, t->native[i].limit);
        sb_add_c(b, " ");
        sb_add(b, t->native[i].shown);
    }
    tell_else(b, t);
}

static const struct primitive table[] = {
    {"latest", PRIMITIVE_LEAF, latest_compile, eval_latest, tell_latest},
};

const struct primitive *
latest_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
