/* Tests on molecular results: found now, documented before, absent before. */
#include "criteria/variants.h"

#include "criteria/compile.h"
#include "criteria/tables.h"
#include "criteria/words.h"

static bool
name_matches(struct str pattern, struct str name)
{
    if (str_eq(pattern, name))
        return true;
    return pattern.n > 2 && pattern.p[pattern.n - 1] == 'X' && name.n == pattern.n &&
           str_eq(str_sub(pattern, 0, pattern.n - 1), str_sub(name, 0, name.n - 1));
}

static bool
names_match(const struct test *t, struct str name)
{
    for (size_t i = 0; i < t->names.count; i++)
        if (name_matches(t->names.name[i], name))
            return true;
    return false;
}

/* Does the list of what a test covered hold the gene, or each of the named alterations? */
static bool
covers(const struct test *t, const struct negative *v)
{
    size_t named = 0;

    for (size_t i = 0; i < v->gene_count; i++) {
        struct str gene;
        struct str name;

        if (!str_cut(v->genes[i], ':', &gene, &name)) {
            if (str_eq(gene, t->gene))
                return true;
        } else if (str_eq(gene, t->gene) && names_match(t, name)) {
            named++;
        }
    }
    return named >= t->names.count;
}

/* Tumour DNA in the plasma of that day: another variant was found in it. Without any, a negative
 * plasma test may only mean that the tumour sheds none. */
static bool
plasma_sheds(const struct timeline *tl, day_t day)
{
    size_t n;
    const struct fact *const *f = timeline_kind(tl, FACT_VARIANT, &n);

    for (size_t i = 0; i < n; i++) {
        if (f[i]->u.variant.present && str_eq_c(f[i]->u.variant.source, "plasma") &&
            (f[i]->flags & FACT_PLASMA_CHIP) == 0 && fact_day(f[i]) == day)
            return true;
    }
    return false;
}

static enum bearing
absent_in(const struct timeline *tl, const struct fact *f, struct str source)
{
    if (str_eq_c(source, "plasma") && !plasma_sheds(tl, fact_day(f)))
        return BEARING_WEAK;
    return BEARING_ABSENT;
}

enum bearing
variants_bearing(const struct test *t, const struct timeline *tl, const struct fact *f)
{
    if (f->status == FACT_PRELIMINARY || (f->flags & FACT_TEST_MESSAGE) != 0)
        return BEARING_NONE;
    if (f->kind == FACT_NEGATIVE)
        return covers(t, &f->u.negative) ? absent_in(tl, f, f->u.negative.source) : BEARING_NONE;
    if (f->kind != FACT_VARIANT || !str_eq(f->u.variant.gene, t->gene) ||
        !names_match(t, f->u.variant.name))
        return BEARING_NONE;
    return f->u.variant.present ? BEARING_FOUND : absent_in(tl, f, f->u.variant.source);
}

static bool
compile_named(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"gene", "in"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), false) &&
           tree_need(from, "gene", c->diags) != NULL && compile_str(c, from, "gene", &out->gene) &&
           compile_names(c, from, "in", &out->names);
}

static bool
compile_variant(struct compiler *c, const struct tree *from, struct test *out)
{
    struct test *copy = ARENA_NEW(c->arena, struct test);

    if (!compile_named(c, from, out))
        return false;
    if (c->rule->watch_count == RULE_WATCH_MAX) {
        tree_error(from, c->diags, "more than %d variant tests in one rule", RULE_WATCH_MAX);
        return false;
    }
    *copy = *out;
    c->rule->watch[c->rule->watch_count++] = copy;
    return true;
}

static void
words_wanted(struct sb *b, const struct test *t)
{
    sb_add(b, t->gene);
    sb_add_c(b, " ");
    words_names(b, t->names, " or ");
}

static enum kleene
eval_variant(const struct test *t, const struct scope *s, struct note *n)
{
    enum bearing found = variants_bearing(t, s->timeline, scope_point(s)->fact);
    struct sb b = words_begin(s);

    switch (found) {
    case BEARING_FOUND: return K_TRUE;
    case BEARING_ABSENT:
        if (n != NULL)
            n->says = STR("the variant was not found");
        return K_FALSE;
    case BEARING_NONE:
    case BEARING_WEAK: break;
    }
    if (n != NULL) {
        sb_add_c(&b, "a test that covers ");
        words_wanted(&b, t);
        sb_add_c(&b, found == BEARING_WEAK ? " (plasma without tumour DNA proves no absence)" : "");
        n->missing = sb_str(&b);
    }
    return K_UNKNOWN;
}

/* The first molecular result up to a day (excluded or included) that says so. */
static const struct fact *
first_bearing(const struct test *t, const struct scope *s, enum bearing wanted, day_t before)
{
    static const enum fact_kind kinds[] = {FACT_VARIANT, FACT_NEGATIVE};
    const struct fact *found = NULL;

    for (size_t k = 0; k < RFD_COUNT(kinds); k++) {
        size_t count;
        const struct fact *const *f = timeline_kind(s->timeline, kinds[k], &count);

        for (size_t i = 0; i < count; i++) {
            day_t day = fact_day(f[i]);

            if (day == DAY_NONE || day >= before || (found != NULL && day >= fact_day(found)))
                continue;
            if (variants_bearing(t, s->timeline, f[i]) == wanted)
                found = f[i];
        }
    }
    return found;
}

static void
note_documented(const struct test *t, const struct scope *s, const struct fact *f, struct note *n)
{
    struct sb b = words_begin(s);

    if (f == NULL) {
        words_wanted(&b, t);
        sb_add_c(&b, " not documented");
    } else {
        sb_add(&b, f->u.variant.gene);
        sb_add_c(&b, " ");
        sb_add(&b, f->u.variant.name);
        sb_add_c(&b, " known since ");
        words_day(&b, fact_day(f));
        n->fact = f;
        n->part = EVIDENCE_CONTEXT;
    }
    n->says = sb_str(&b);
}

/* A *documented* variant, as Jackman asks: without one the criterion's other legs decide. */
static enum kleene
eval_before(const struct test *t, const struct scope *s, struct note *n)
{
    const struct fact *f = first_bearing(t, s, BEARING_FOUND, scope_point(s)->day + 1);

    if (n != NULL)
        note_documented(t, s, f, n);
    return f != NULL ? K_TRUE : K_FALSE;
}

static void
note_before_line(const struct test *t, const struct scope *s, const struct fact *absent,
                 const struct fact *found, enum kleene k, struct note *n)
{
    struct sb b = words_begin(s);

    n->part = EVIDENCE_REFERENCE;
    n->fact = k == K_FALSE ? absent : k == K_TRUE ? found : NULL;
    if (k == K_UNKNOWN) {
        sb_add_c(&b, "an earlier test that covers ");
        words_wanted(&b, t);
        sb_add_c(&b, " and did not find it: present, not proven acquired");
        n->missing = sb_str(&b);
        return;
    }
    sb_add_c(&b, k == K_FALSE ? "not found in the earlier test of " : "found before on ");
    words_day(&b, fact_day(n->fact));
    n->says = sb_str(&b);
}

/* Was it there before? True: found on or before the line's start. False: an adequate earlier test
 * did not find it. Else unknown: present, not proven acquired (criteria README point 10). */
static enum kleene
eval_before_line(const struct test *t, const struct scope *s, struct note *n)
{
    day_t day = scope_point(s)->day;
    const struct fact *found = first_bearing(t, s, BEARING_FOUND, day);
    const struct fact *absent = first_bearing(t, s, BEARING_ABSENT, day);
    enum kleene k = K_UNKNOWN;

    if (found != NULL && s->anchor.found && fact_day(found) <= s->anchor.start)
        k = K_TRUE;
    else if (absent != NULL && (found == NULL || fact_day(absent) < fact_day(found)))
        k = K_FALSE;
    if (n != NULL)
        note_before_line(t, s, absent, found, k, n);
    return k;
}

static const struct primitive table[] = {
    {"variant", PRIMITIVE_LEAF, compile_variant, eval_variant},
    {"variant_before", PRIMITIVE_LEAF, compile_named, eval_before},
    {"variant_before_line", PRIMITIVE_LEAF, compile_named, eval_before_line},
};

const struct primitive *
variants_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
