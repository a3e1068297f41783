/* Tests on the therapies around a candidate: what the line holds, its number, its cycles and its
 * intent, what the disease has progressed on. */
#include "base/sort.h"
#include "criteria/compile.h"
#include "criteria/measure.h"
#include "criteria/tables.h"
#include "criteria/tell.h"
#include "criteria/words.h"

static bool
has_any_class(const struct course *c, const struct name_list *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (course_has_class(c, names->name[i]))
            return true;
    return false;
}

static bool
needs_line(struct compiler *c, const struct tree *from)
{
    if (c->rule->line_class.count > 0)
        return true;
    tree_error(from, c->diags, "this test needs the rule's line to be named by class");
    return false;
}

static bool
compile_line_has(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"class"};

    return needs_line(c, from) && compile_keys(c, from, keys, RFD_COUNT(keys), false) &&
           compile_names(c, from, "class", &out->names);
}

/* Has a drug of these classes been part of the line up to the candidate's day? */
static enum kleene
eval_line_has(const struct test *t, const struct scope *s, struct note *n)
{
    const struct line *l = s->anchor.line;
    const struct course *found = NULL;

    if (l == NULL) {
        if (n != NULL)
            n->missing = STR("the line of therapy that this belongs to");
        return K_UNKNOWN;
    }
    for (size_t i = 0; i < l->course_count && found == NULL; i++)
        if (l->courses[i]->start <= scope_point(s)->day && has_any_class(l->courses[i], &t->names))
            found = l->courses[i];
    if (n != NULL) {
        struct sb b = words_begin(s);

        sb_add_c(&b, found != NULL ? "on a line with " : "on a line without ");
        words_classes(&b, t->names);
        n->says = sb_str(&b);
        if (found != NULL && found->evidence_count > 0) {
            n->fact = found->evidence[0];
            n->part = EVIDENCE_THERAPY;
        }
    }
    return found != NULL ? K_TRUE : K_FALSE;
}

static bool
compile_at_least_one(struct compiler *c, const struct tree *from, struct test *out)
{
    return tree_need(from, "ge", c->diags) != NULL && compile_count(c, from, "ge", &out->count);
}

static bool
compile_line_number(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"ge"};

    return needs_line(c, from) && compile_keys(c, from, keys, RFD_COUNT(keys), false) &&
           compile_at_least_one(c, from, out);
}

/* Lines before the first message are unknown: a line is at least the number that is seen, and may
 * always be a later one. */
static enum kleene
eval_line_number(const struct test *t, const struct scope *s, struct note *n)
{
    const struct line *l = s->anchor.line;
    bool holds = l != NULL && l->number >= t->count;

    if (n != NULL) {
        struct sb b = words_begin(s);

        if (holds)
            sb_addf(&b, "on line %ld of those seen", (long)l->number);
        else
            sb_addf(&b, "whether this is at least line %ld: earlier ones may not have been sent",
                    (long)t->count);
        n->says = holds ? sb_str(&b) : STR_NONE;
        n->missing = holds ? STR_NONE : sb_str(&b);
    }
    return holds ? K_TRUE : K_UNKNOWN;
}

static bool
compile_cycles(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"ge", "apart"};

    return needs_line(c, from) && compile_keys(c, from, keys, RFD_COUNT(keys), false) &&
           compile_at_least_one(c, from, out) && tree_need(from, "apart", c->diags) != NULL &&
           compile_span(c, from, "apart", &out->span);
}

static bool
is_dose(const struct fact *f)
{
    return f->u.therapy.action == THERAPY_START || f->u.therapy.action == THERAPY_DOSE;
}

static int
day_cmp(const void *a, const void *b)
{
    day_t x = *(const day_t *)a;
    day_t y = *(const day_t *)b;

    return x < y ? -1 : x > y;
}

/* Doses of one course at least so far apart, up to the candidate's day. */
static int32_t
count_cycles(const struct test *t, const struct scope *s, const struct course *c, size_t *doses_out)
{
    day_t *day = ARENA_ARRAY(s->arena, c->evidence_count + 1, day_t);
    size_t n = 0;
    int32_t cycles = 0;
    day_t last = DAY_NONE;

    for (size_t i = 0; i < c->evidence_count; i++)
        if (is_dose(c->evidence[i]) && fact_day(c->evidence[i]) <= scope_point(s)->day)
            day[n++] = fact_day(c->evidence[i]);
    sort_stable(s->arena, day, n, sizeof(*day), day_cmp);
    *doses_out = 0;
    for (size_t i = 0; i < n; i++) {
        *doses_out += i == 0 || day[i] != day[i - 1]; /* told twice, of a day, is one dose */
        if (last != DAY_NONE && measure_sign_day(day[i], last, t->span) < 0)
            continue;
        last = day[i];
        cycles++;
    }
    return cycles;
}

/* One dose on record may be all that was given, or all that was sent: too few cycles are false only
 * where single doses are recorded at all. */
static enum kleene
eval_cycles(const struct test *t, const struct scope *s, struct note *n)
{
    int32_t most = 0;
    size_t most_doses = 0;
    enum kleene k;

    for (size_t i = 0; i < s->anchor.count; i++) {
        size_t doses;
        int32_t cycles = count_cycles(t, s, s->anchor.course[i], &doses);

        most = cycles > most ? cycles : most;
        most_doses = doses > most_doses ? doses : most_doses;
    }
    k = most >= t->count ? K_TRUE : most_doses > 1 ? K_FALSE : K_UNKNOWN;
    if (n != NULL) {
        struct sb b = words_begin(s);

        if (k == K_UNKNOWN)
            sb_add_c(&b, "the number of cycles given: single doses are not on record");
        else
            sb_addf(&b, "after %ld cycle%s", (long)most, most == 1 ? "" : "s");
        n->missing = k == K_UNKNOWN ? sb_str(&b) : STR_NONE;
        n->says = k == K_UNKNOWN ? STR_NONE : sb_str(&b);
    }
    return k;
}

static bool
compile_intent(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"in"};

    return needs_line(c, from) && compile_keys(c, from, keys, RFD_COUNT(keys), false) &&
           compile_names(c, from, "in", &out->names);
}

static bool
is_among(const struct name_list *names, struct str s)
{
    for (size_t i = 0; i < names->count; i++)
        if (str_eq_nocase(names->name[i], s))
            return true;
    return false;
}

/* What the therapy was given for, as its order says. */
static enum kleene
eval_intent(const struct test *t, const struct scope *s, struct note *n)
{
    struct str said = STR_NONE;
    enum kleene k = K_UNKNOWN;

    for (size_t i = 0; i < s->anchor.count && k != K_TRUE; i++) {
        const struct course *c = s->anchor.course[i];

        if (str_is_empty(c->intent))
            continue;
        said = c->intent;
        k = is_among(&t->names, c->intent) ? K_TRUE : K_FALSE;
    }
    if (n != NULL && k == K_UNKNOWN)
        n->missing = STR("the intent of the therapy (adjuvant or for advanced disease)");
    if (n != NULL && k != K_UNKNOWN) {
        struct sb b = words_begin(s);

        sb_add_c(&b, "given as ");
        sb_add(&b, said);
        n->says = sb_str(&b);
    }
    return k;
}

static bool
compile_progressed_on(struct compiler *c, const struct tree *from, struct test *out)
{
    static const char *const keys[] = {"class", "within"};

    return compile_keys(c, from, keys, RFD_COUNT(keys), false) &&
           compile_names(c, from, "class", &out->names) &&
           compile_span(c, from, "within", &out->span);
}

/* Was this progression on the course, or within the span after its last dose? */
static enum kleene
progressed(const struct test *t, const struct course *c, const struct fact *f)
{
    day_t day = fact_day(f);
    enum response_code code = f->u.response.code;

    if ((code != RESPONSE_PD && code != RESPONSE_ICPD) || day <= c->start)
        return K_FALSE;
    switch (course_state_on(c, day)) {
    case COURSE_ON: return K_TRUE;
    case COURSE_OFF: return measure_sign_day(day, c->stop, t->span) <= 0 ? K_TRUE : K_FALSE;
    case COURSE_UNKNOWN: break;
    }
    return measure_sign_day(day, c->last_evidence, t->span) <= 0 ? K_TRUE : K_UNKNOWN;
}

static const struct fact *
progression_on(const struct test *t, const struct scope *s, const struct course *c, enum kleene *k)
{
    size_t count;
    const struct fact *const *f = timeline_kind(s->timeline, FACT_RESPONSE, &count);

    for (size_t i = 0; i < count; i++) {
        enum kleene one;

        if (fact_day(f[i]) == DAY_NONE || fact_day(f[i]) > scope_point(s)->day ||
            f[i]->status == FACT_PRELIMINARY || (f[i]->flags & FACT_TEST_MESSAGE) != 0)
            continue;
        one = progressed(t, c, f[i]);
        *k = k_or(*k, one);
        if (one == K_TRUE)
            return f[i];
    }
    return NULL;
}

static void
note_progressed(const struct test *t, const struct scope *s, const struct course *c,
                const struct fact *f, struct note *n)
{
    struct sb b = words_begin(s);

    sb_add_c(&b, "progression on ");
    if (f == NULL) {
        words_classes(&b, t->names);
        n->missing = str_cat(s->arena, STR("whether there was "), sb_str(&b));
        return;
    }
    sb_add(&b, str_is_empty(c->drug) ? t->names.name[0] : c->drug);
    sb_add_c(&b, " on ");
    words_day(&b, fact_day(f));
    n->says = sb_str(&b);
    n->fact = f;
    n->part = EVIDENCE_CONTEXT;
}

/* Progression on a class in whatever line. A class that was never seen is unknown, not untried:
 * lines before the first message are not known. */
static enum kleene
eval_progressed_on(const struct test *t, const struct scope *s, struct note *n)
{
    enum kleene k = K_FALSE;
    bool seen = false;

    for (size_t i = 0; i < s->therapies->course_count; i++) {
        const struct course *c = &s->therapies->course[i];
        const struct fact *f;

        if (!has_any_class(c, &t->names) || c->start > scope_point(s)->day)
            continue;
        seen = true;
        f = progression_on(t, s, c, &k);
        if (f != NULL && n != NULL)
            note_progressed(t, s, c, f, n);
        if (f != NULL)
            return K_TRUE;
    }
    k = seen ? k : K_UNKNOWN;
    if (n != NULL && k == K_UNKNOWN)
        note_progressed(t, s, NULL, NULL, n);
    return k;
}

static const struct primitive table[] = {
    {"line_has", PRIMITIVE_LEAF, compile_line_has, eval_line_has, tell_line_has},
    {"line_number", PRIMITIVE_LEAF, compile_line_number, eval_line_number, tell_line_number},
    {"cycles", PRIMITIVE_LEAF, compile_cycles, eval_cycles, tell_cycles},
    {"intent", PRIMITIVE_LEAF, compile_intent, eval_intent, tell_intent},
    {"progressed_on", PRIMITIVE_LEAF, compile_progressed_on, eval_progressed_on,
     tell_progressed_on},
};

const struct primitive *
lines_primitives(size_t *count_out)
{
    *count_out = RFD_COUNT(table);
    return table;
}
