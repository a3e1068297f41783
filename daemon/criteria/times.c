/* Tests on time: since the line's start, since its end, on a class of drugs. */
#include "criteria/anchor.h"
#include "criteria/compile.h"
#include "criteria/measure.h"
#include "criteria/tables.h"
#include "criteria/tell.h"
#include "criteria/words.h"

static bool
compile_since(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"anchor", "else"};
    const struct tree *anchor = tree_get(from, "anchor");

    if (!compile_keys(c, from, keys, RFD_COUNT(keys), true))
        return false;
    if (anchor != NULL && !str_eq_c(anchor->text, "line.start")) {
        tree_error(anchor, c->diags, "the one anchor is line.start");
        return false;
    }
    if (!c->rule->has_line) {
        tree_error(from, c->diags, "since needs the rule's line to be named");
        return false;
    }
    return compile_else(c, from, &out->otherwise) && compile_bounds(c, from, BOUND_SPAN, 1, out);
}

static void
words_spans(struct sb *b, const struct test *t)
{
    for (size_t i = 0; i < t->bound_count; i++) {
        sb_addf(b, "%s%s ", i > 0 ? " and " : "", words_op(t->bound[i].op));
        words_span(b, t->bound[i].span);
    }
}

/* The first day on which a bound from below holds: the end of a flare window. */
static day_t
window_end(const struct test *t, day_t start)
{
    for (size_t i = 0; i < t->bound_count; i++)
        if (t->bound[i].op == BOUND_GE || t->bound[i].op == BOUND_GT)
            return day_add(start, t->bound[i].span) + (t->bound[i].op == BOUND_GT);
    return DAY_NONE;
}

static const char *
after_start(const struct scope *s)
{
    return s->anchor.procedure != NULL ? " after the procedure" : " after the line's start";
}

static void
note_window(const struct test *t, const struct scope *s, struct note *n)
{
    struct sb b = words_begin(s);

    n->due = window_end(t, s->anchor.start);
    sb_add_c(&b, "a ");
    words_item(&b, s);
    if (n->due != DAY_NONE) {
        sb_add_c(&b, " on or after ");
        words_day(&b, n->due);
    }
    sb_add_c(&b, ", ");
    words_spans(&b, t);
    sb_add_c(&b, after_start(s));
    n->missing = sb_str(&b);
}

static void
note_spans(const struct test *t, const struct scope *s, const char *after_what, struct note *n)
{
    struct sb b = words_begin(s);

    words_spans(&b, t);
    sb_add_c(&b, after_what);
    n->asks = sb_str(&b);
}

static enum kleene
eval_since(const struct test *t, const struct scope *s, struct note *n)
{
    const struct point *p = scope_point(s);
    bool holds = true;
    enum kleene k;

    if (!s->anchor.found)
        return K_UNKNOWN;
    for (size_t i = 0; i < t->bound_count; i++)
        holds = holds && measure_day_holds(t->bound[i].op, measure_sign_day(p->day, s->anchor.start,
                                                                            t->bound[i].span));
    k = holds ? K_TRUE : t->otherwise;
    if (n != NULL) {
        struct sb b = words_begin(s);

        words_days_between(&b, s->anchor.start, p->day);
        sb_add_c(&b, " after ");
        words_start(&b, s);
        n->says = sb_str(&b);
        if (k == K_UNKNOWN)
            note_window(t, s, n);
        else
            note_spans(t, s, after_start(s), n);
    }
    return k;
}

static bool
compile_since_stop(struct compiler *c, const struct tree *from, struct test *out)
{
    if (!compile_keys(c, from, NULL, 0, true))
        return false;
    if (c->rule->line_class.count == 0) {
        tree_error(from, c->diags, "since_stop needs the rule's line to be named");
        return false;
    }
    return compile_bounds(c, from, BOUND_SPAN, 1, out);
}

static enum kleene
span_holds(const struct test *t, day_t day, day_t end)
{
    for (size_t i = 0; i < t->bound_count; i++)
        if (!measure_day_holds(t->bound[i].op, measure_sign_day(day, end, t->bound[i].span)))
            return K_FALSE;
    return K_TRUE;
}

static void
words_drugs(struct sb *b, const struct anchor *a)
{
    struct str shown = STR_NONE;

    for (size_t i = 0; i < a->count; i++) {
        struct str name = a->course[i]->drug;

        if (str_is_empty(name) || str_eq(name, shown))
            continue;
        if (!str_is_absent(shown))
            sb_add_c(b, " + ");
        sb_add(b, name);
        shown = name;
    }
    if (str_is_absent(shown))
        sb_add_c(b, "the line's therapy");
}

static void
note_stop(const struct scope *s, const struct anchor_end *e, struct note *n)
{
    struct sb b = words_begin(s);

    if (e->on) {
        sb_add_c(&b, "while on ");
        words_drugs(&b, &s->anchor);
    } else if (e->first == e->last) {
        words_days_between(&b, e->last, scope_point(s)->day);
        sb_add_c(&b, " after the last dose of ");
        words_drugs(&b, &s->anchor);
        sb_add_c(&b, " (");
        words_day(&b, e->last);
        sb_add_c(&b, ")");
    } else {
        sb_add_c(&b, "the day of the last dose of ");
        words_drugs(&b, &s->anchor);
        sb_add_c(&b, " (last known: ");
        words_day(&b, e->first);
        sb_add_c(&b, ")");
    }
    n->says = sb_str(&b);
}

/* With the last dose known only between two days: true or false only if it is so for both. */
static enum kleene
eval_since_stop(const struct test *t, const struct scope *s, struct note *n)
{
    day_t day = scope_point(s)->day;
    struct anchor_end e;
    enum kleene k;

    if (!s->anchor.found)
        return K_UNKNOWN;
    e = anchor_end(&s->anchor, day);
    k = span_holds(t, day, e.first);
    /* two ends that disagree; or two that fail with a window between them that could hold */
    if (k != span_holds(t, day, e.last) ||
        (t->bound_count > 1 && k == K_FALSE && e.first != e.last))
        k = K_UNKNOWN;
    if (n != NULL) {
        note_stop(s, &e, n);
        if (k == K_UNKNOWN)
            n->missing = n->says;
        else if (!e.on || k == K_FALSE)
            note_spans(t, s, " after the last dose", n);
    }
    return k;
}

static bool
compile_on(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"class"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), false) &&
           compile_names(c, from, "class", &out->names);
}

static bool
has_class_of(const struct course *c, const struct name_list *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (course_has_class(c, names->name[i]))
            return true;
    return false;
}

/* Is a drug of these classes being taken on the candidate's day? */
static enum kleene
eval_on(const struct test *t, const struct scope *s, struct note *n)
{
    enum kleene k = K_FALSE;
    day_t day = scope_point(s)->day;

    for (size_t i = 0; i < s->therapies->course_count; i++) {
        const struct course *c = &s->therapies->course[i];

        if (!has_class_of(c, &t->names))
            continue;
        switch (course_state_on(c, day)) {
        case COURSE_ON: k = k_or(k, K_TRUE); break;
        case COURSE_UNKNOWN: k = k_or(k, K_UNKNOWN); break;
        case COURSE_OFF: break;
        }
    }
    if (n != NULL && k != K_FALSE) {
        struct sb b = words_begin(s);

        sb_add_c(&b, k == K_TRUE ? "while on " : "whether still on ");
        words_classes(&b, t->names);
        n->says = sb_str(&b);
        if (k == K_UNKNOWN)
            n->missing = n->says;
    }
    return k;
}

static const struct primitive table[] = {
    {"since", PRIMITIVE_LEAF, compile_since, eval_since, tell_since},
    {"since_stop", PRIMITIVE_LEAF, compile_since_stop, eval_since_stop, tell_since_stop},
    {"on", PRIMITIVE_LEAF, compile_on, eval_on, tell_on},
};

const struct primitive *
times_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
