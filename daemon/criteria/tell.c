#include "criteria/tell.h"

#include "criteria/words.h"

/* How a reader calls a reference of the rule. */
static void
tell_reference(struct sb *b, const struct rule *r, int ref)
{
    const struct ref *x;
    char text[DEC_TEXT_MAX];

    if (ref == REF_FIRST) {
        sb_add_c(b, "the first value");
        return;
    }
    x = &r->ref[ref];
    switch (x->kind) {
    case REF_BASELINE: sb_add_c(b, "the baseline"); break;
    case REF_NADIR: sb_add_c(b, "the nadir"); break;
    case REF_ULN:
        sb_add_c(b, "the upper limit of normal (the laboratory's, else ");
        sb_add(b, dec_format(x->uln, text));
        sb_add_c(b, ")");
        break;
    case REF_KIND_COUNT: break;
    }
}

static void
tell_numbers(struct sb *b, const struct rule *r, const struct test *t, struct str unit)
{
    for (size_t i = 0; i < t->bound_count; i++) {
        sb_addf(b, "%s%s ", i > 0 ? " and " : "", words_op(t->bound[i].op));
        if (t->bound[i].ref != REF_NONE) {
            tell_reference(b, r, t->bound[i].ref);
            continue;
        }
        words_dec(b, t->bound[i].number);
        sb_add_c(b, str_is_empty(unit) ? "" : " ");
        sb_add(b, unit);
    }
}

static void
tell_spans(struct sb *b, const struct test *t)
{
    for (size_t i = 0; i < t->bound_count; i++) {
        sb_addf(b, "%s%s ", i > 0 ? " and " : "", words_op(t->bound[i].op));
        words_span(b, t->bound[i].span);
    }
}

void
tell_else(struct sb *b, const struct test *t)
{
    if (t->otherwise == K_UNKNOWN)
        sb_add_c(b, "; where not, it is not evaluable");
    if (t->otherwise == K_TRUE)
        sb_add_c(b, "; where not, it counts as held");
}

static void
tell_over(struct sb *b, const struct rule *r, const struct test *t, const char *before,
          struct str unit)
{
    sb_add_c(b, before);
    tell_numbers(b, r, t, unit);
    sb_add_c(b, " over ");
    tell_reference(b, r, t->ref);
}

void
tell_all(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    (void)t;
    sb_add_c(b, "all of");
}

void
tell_any(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    (void)t;
    sb_add_c(b, "at least one of");
}

void
tell_not(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    (void)t;
    sb_add_c(b, "not");
}

void
tell_rise_pct(struct sb *b, const struct rule *r, const struct test *t)
{
    tell_over(b, r, t, "a rise of ", STR("%"));
}

void
tell_rise_abs(struct sb *b, const struct rule *r, const struct test *t)
{
    tell_over(b, r, t, "a rise of ", r->series.shown);
}

void
tell_ratio(struct sb *b, const struct rule *r, const struct test *t)
{
    sb_add_c(b, "a value of ");
    tell_numbers(b, r, t, STR("times"));
    sb_add_c(b, " ");
    tell_reference(b, r, t->ref);
}

void
tell_fall_pct(struct sb *b, const struct rule *r, const struct test *t)
{
    sb_add_c(b, "a fall of ");
    tell_numbers(b, r, t, STR("%"));
    sb_add_c(b, " from ");
    tell_reference(b, r, t->ref);
}

void
tell_fall_abs(struct sb *b, const struct rule *r, const struct test *t)
{
    sb_add_c(b, "a fall of ");
    tell_numbers(b, r, t, r->series.shown);
    sb_add_c(b, " from ");
    tell_reference(b, r, t->ref);
}

void
tell_value(struct sb *b, const struct rule *r, const struct test *t)
{
    sb_add_c(b, "a value of ");
    tell_numbers(b, r, t, r->series.shown);
}

void
tell_ref(struct sb *b, const struct rule *r, const struct test *t)
{
    tell_reference(b, r, t->ref);
    sb_add_c(b, " is ");
    tell_numbers(b, r, t, r->series.shown);
    tell_else(b, t);
}

void
tell_ever(struct sb *b, const struct rule *r, const struct test *t)
{
    sb_add_c(b, "an earlier value on this line was ");
    tell_numbers(b, r, t, r->series.shown);
}

void
tell_declined(struct sb *b, const struct rule *r, const struct test *t)
{
    sb_add_c(b, "an earlier value on this line was below ");
    tell_reference(b, r, t->ref);
}

static void
tell_run(struct sb *b, const struct test *t, const char *what)
{
    sb_addf(b, "%ld values %s", (long)t->count, what);
    if (t->bound[0].span.n != 0) {
        sb_add_c(b, ", at least ");
        words_span(b, t->bound[0].span);
        sb_add_c(b, " apart");
    }
    if (t->span.n != 0) {
        sb_add_c(b, ", over at least ");
        words_span(b, t->span);
    }
}

void
tell_rising(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    tell_run(b, t, "that rise one after the other");
    if (t->percent.coef == 0)
        return;
    sb_add_c(b, ", each by at least ");
    words_dec(b, t->percent);
    sb_add_c(b, " %");
}

void
tell_plateau(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    tell_run(b, t, "on a plateau");
    sb_add_c(b, ", all within ");
    words_dec(b, t->percent);
    sb_add_c(b, " % of the first");
}

void
tell_at_least(struct sb *b, const struct rule *r, const struct test *t)
{
    sb_addf(b, "%ld of the last %ld values are such: ", (long)t->count, (long)t->last);
    t->child->primitive->tell(b, r, t->child);
}

static void
tell_start(struct sb *b, const struct rule *r)
{
    if (r->line_procedure.count > 0)
        words_classes(b, r->line_procedure);
    else
        sb_add_c(b, "the line's start");
}

void
tell_since(struct sb *b, const struct rule *r, const struct test *t)
{
    tell_spans(b, t);
    sb_add_c(b, " after ");
    tell_start(b, r);
    tell_else(b, t);
}

void
tell_since_stop(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    tell_spans(b, t);
    sb_add_c(b, " after the last dose (0 days: while on it)");
}

void
tell_on(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_add_c(b, "while on ");
    words_classes(b, t->names);
}

void
tell_code(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_add_c(b, "a response reported as ");
    words_names(b, t->names, " or ");
}

void
tell_best(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_add_c(b, "the best response on this line before it was ");
    words_names(b, t->names, " or ");
    if ((t->codes & RULE_CODE_NONE) == 0)
        return;
    sb_add_c(b, " (NONE: no assessment, up to ");
    words_span(b, t->span);
    sb_add_c(b, ")");
}

void
tell_responded(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_add_c(b, "a response of ");
    words_names(b, t->names, " or ");
    sb_add_c(b, t->before_line ? " is on record before this line" : " is on record before it");
}

void
tell_biomarker(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_add_c(b, "the result is ");
    words_names(b, t->names, " or ");
}

static void
tell_variants(struct sb *b, const struct test *t)
{
    sb_add(b, t->gene);
    sb_add_c(b, " ");
    words_names(b, t->names, " or ");
}

void
tell_variant(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    tell_variants(b, t);
    sb_add_c(b, " is found");
}

void
tell_variant_before(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    tell_variants(b, t);
    sb_add_c(b, " is on record");
}

void
tell_variant_before_line(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    tell_variants(b, t);
    sb_add_c(b, " was there on or before the line's start");
}

void
tell_acquired(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    tell_variants(b, t);
    sb_add_c(b, " is found, and an earlier test that covers it did not find it");
}

void
tell_weak_plasma(struct sb *b, const struct rule *r, const struct test *t)
{
    sb_add_c(b, "found in plasma with a fraction of ");
    tell_numbers(b, r, t, STR("%"));
    sb_add_c(b, ", or in a gene of clonal haematopoiesis");
}

void
tell_ttn(struct sb *b, const struct rule *r, const struct test *t)
{
    sb_add_c(b, "a time to normalization, from ");
    tell_reference(b, r, t->ref);
    sb_add_c(b, " to ");
    tell_reference(b, r, t->ref_to);
    sb_add_c(b, ", of ");
    tell_spans(b, t);
}

void
tell_halflife(struct sb *b, const struct rule *r, const struct test *t)
{
    sb_add_c(b, "a half-life since ");
    tell_reference(b, r, t->ref);
    sb_add_c(b, " of ");
    tell_spans(b, t);
}

void
tell_doubling(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_addf(b, "a doubling time, over the last %ld values, of ", (long)t->count);
    tell_spans(b, t);
}

void
tell_line_has(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_add_c(b, "the line has ");
    words_classes(b, t->names);
}

void
tell_line_number(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_addf(b, "line %ld or later", (long)t->count);
}

void
tell_cycles(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_addf(b, "at least %ld cycles, at least ", (long)t->count);
    words_span(b, t->span);
    sb_add_c(b, " apart");
}

void
tell_intent(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_add_c(b, "the therapy's intent is ");
    words_names(b, t->names, " or ");
}

void
tell_progressed_on(struct sb *b, const struct rule *r, const struct test *t)
{
    (void)r;
    sb_add_c(b, "progression on ");
    words_classes(b, t->names);
    if (t->span.n != 0) {
        sb_add_c(b, ", or within ");
        words_span(b, t->span);
        sb_add_c(b, " after the last dose");
    }
}

void
tell_tree(struct sb *b, const struct rule *r, const struct test *t, int depth)
{
    bool group = t->primitive->group != PRIMITIVE_LEAF;

    for (int i = 0; i < depth; i++)
        sb_add_c(b, "  ");
    sb_add_c(b, "- ");
    t->primitive->tell(b, r, t);
    sb_add_c(b, group ? ":\n" : "\n");
    for (size_t i = 0; group && i < t->child_count; i++)
        tell_tree(b, r, &t->child[i], depth + 1);
}
