/* Tests on molecular results: found now, documented before, absent before. */
#include "criteria/variants.h"

#include "criteria/compile.h"
#include "criteria/measure.h"
#include "criteria/tables.h"
#include "criteria/tell.h"
#include "criteria/words.h"

static bool
name_matches(struct str pattern, struct str name)
{
    if (str_eq(pattern, name))
        return true;
    return pattern.n > 2 && pattern.p[pattern.n - 1] == 'X' && name.n == pattern.n &&
           str_eq(str_sub(pattern, 0, pattern.n - 1), str_sub(name, 0, name.n - 1));
}

/* Ends the protein early, or takes the gene away, in the forms that reports have. */
static bool
is_truncating(struct str name)
{
    static const char *const words[] = {"loss", "deletion", "truncating", "loss_of_function"};

    for (size_t i = 0; i < RFD_COUNT(words); i++)
        if (str_eq_c(name, words[i]))
            return true;
    return str_has(name, STR("fs")) || str_has(name, STR("*")) || str_ends(name, STR("Ter"));
}

static bool
names_match(const struct test *t, struct str name)
{
    for (size_t i = 0; i < t->names.count; i++) {
        if (name_matches(t->names.name[i], name) ||
            (str_eq_c(t->names.name[i], "truncating") && is_truncating(name)))
            return true;
    }
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

/* Of the variant that was found, not of its neighbours: a test that saw no C481R says nothing of
 * C481S. */
static struct test
found_only(const struct test *t, const struct scope *s, struct str *room)
{
    const struct fact *f = scope_point(s)->fact;
    struct test own = *t;

    if (f->kind == FACT_VARIANT && f->u.variant.present && str_eq(f->u.variant.gene, t->gene) &&
        names_match(t, f->u.variant.name)) {
        *room = f->u.variant.name;
        own.names = (struct name_list){room, 1};
    }
    return own;
}

/* Was it there before? True: found on or before the line's start. False: an adequate earlier test
 * did not find it. Else unknown: present, not proven acquired (criteria README point 10). */
static enum kleene
eval_before_line(const struct test *t, const struct scope *s, struct note *n)
{
    day_t day = scope_point(s)->day;
    struct str name;
    struct test own = found_only(t, s, &name);
    const struct fact *found = first_bearing(&own, s, BEARING_FOUND, day);
    const struct fact *absent = first_bearing(&own, s, BEARING_ABSENT, day);
    enum kleene k = K_UNKNOWN;

    if (found != NULL && s->anchor.found && fact_day(found) <= s->anchor.start)
        k = K_TRUE;
    else if (absent != NULL && (found == NULL || fact_day(absent) < fact_day(found)))
        k = K_FALSE;
    if (n != NULL)
        note_before_line(&own, s, absent, found, k, n);
    return k;
}

/* acquired: {gene, in}: found now, and not in an adequate earlier test. */
static enum kleene
eval_acquired(const struct test *t, const struct scope *s, struct note *n)
{
    enum kleene k = eval_variant(t, s, n);

    return k == K_TRUE ? k_not(eval_before_line(t, s, n)) : k;
}

/* weak_plasma: {lt: 0.5}, in percent */
static bool
compile_weak(struct compiler *c, const struct tree *from, struct test *out)
{
    return compile_keys(c, from, NULL, 0, true) && compile_bounds(c, from, BOUND_NUMBER, 1, out);
}

/* A finding in plasma of so small a fraction, or in a gene of clonal haematopoiesis, which a second
 * sample has to bear out. What came without a fraction is taken as the report has it. */
static enum kleene
eval_weak(const struct test *t, const struct scope *s, struct note *n)
{
    const struct fact *f = scope_point(s)->fact;
    bool weak = false;

    if (f->kind == FACT_VARIANT && str_eq_c(f->u.variant.source, "plasma")) {
        weak = (f->flags & FACT_PLASMA_CHIP) != 0;
        for (size_t i = 0; i < t->bound_count && f->u.variant.vaf.present; i++) {
            struct rat limit = dec_rat(t->bound[i].number);
            int sign = rat_cmp(dec_rat(f->u.variant.vaf.value), limit);

            weak = weak || measure_holds(t->bound[i].op, f->u.variant.vaf.cmp, sign) == K_TRUE;
        }
    }
    if (n != NULL && weak)
        n->says = STR("a finding in plasma that may not be the tumour's");
    return weak ? K_TRUE : K_FALSE;
}

static const struct primitive table[] = {
    {"variant", PRIMITIVE_LEAF, compile_variant, eval_variant, tell_variant},
    {"variant_before", PRIMITIVE_LEAF, compile_named, eval_before, tell_variant_before},
    {"variant_before_line", PRIMITIVE_LEAF, compile_named, eval_before_line,
     tell_variant_before_line},
    {"acquired", PRIMITIVE_LEAF, compile_variant, eval_acquired, tell_acquired},
    {"weak_plasma", PRIMITIVE_LEAF, compile_weak, eval_weak, tell_weak_plasma},
};

const struct primitive *
variants_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
