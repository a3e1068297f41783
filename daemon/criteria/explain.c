#include "criteria/explain.h"

#include "criteria/age.h"
#include "criteria/exclude.h"
#include "criteria/gather.h"
#include "criteria/jump.h"
#include "criteria/measure.h"
#include "criteria/milestone.h"
#include "criteria/otherwise.h"
#include "criteria/words.h"
#include "model/unread.h"

enum { NOTES_MAX = 12, MISSING_MAX = 8, EVIDENCE_MAX = 24, SAYS_MAX = 5 };

struct notes {
    struct note item[NOTES_MAX];
    size_t count;
};

static bool
note_is_told(const struct notes *n, const struct note *x)
{
    for (size_t i = 0; i < n->count; i++) {
        const struct note *o = &n->item[i];

        if (str_eq(o->is, x->is) && str_eq(o->over, x->over) && str_eq(o->asks, x->asks) &&
            str_eq(o->says, x->says) && str_eq(o->missing, x->missing))
            return true;
    }
    return false;
}

static void
note_add(struct notes *n, const struct test *t, const struct scope *s)
{
    struct note x = {.due = DAY_NONE};

    (void)test_eval(t, s, &x);
    if (n->count < NOTES_MAX && !note_is_told(n, &x))
        n->item[n->count++] = x;
}

/* The leaves that made the node what it is. Depth is bounded by the compiler. */
static void
collect(struct notes *n, const struct test *t, const struct scope *s, enum kleene k)
{
    size_t from = n->count;

    switch (t->primitive->group) {
    case PRIMITIVE_LEAF: note_add(n, t, s); return;
    case PRIMITIVE_NOT:
        collect(n, t->child, s, k_not(k));
        for (size_t i = from; i < n->count; i++)
            n->item[i].line_count = 0; /* no line that the value had to pass */
        return;
    case PRIMITIVE_ALL:
    case PRIMITIVE_ANY: break;
    }
    for (size_t i = 0; i < t->child_count; i++) {
        if (test_eval(&t->child[i], s, NULL) != k)
            continue;
        collect(n, &t->child[i], s, k);
        if (t->primitive->group == PRIMITIVE_ANY && k == K_TRUE)
            return; /* one reason is enough */
    }
}

struct draft {
    const struct scope *s;
    const struct decision *d;
    struct finding *out;
    struct notes notes;
    struct str *missing;
    struct evidence *evidence;
};

static void
missing_add(struct draft *w, struct str text)
{
    if (str_is_empty(text) || w->out->missing_count == MISSING_MAX)
        return;
    for (size_t i = 0; i < w->out->missing_count; i++)
        if (str_eq(w->missing[i], text))
            return;
    w->missing[w->out->missing_count++] = text;
}

static void
evidence_add(struct draft *w, enum evidence_part part, const struct fact *f)
{
    if (f == NULL || w->out->evidence_count == EVIDENCE_MAX)
        return;
    for (size_t i = 0; i < w->out->evidence_count; i++)
        if (w->evidence[i].fact == f)
            return;
    w->evidence[w->out->evidence_count++] = (struct evidence){part, f};
}

static bool
measured_before(const struct notes *n, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (str_eq(n->item[k].is, n->item[i].is) && str_eq(n->item[k].over, n->item[i].over))
            return true;
    return false;
}

/* "+100.0 % and +4 ng/mL over the nadir …": measures over one reference stand together. */
static void
words_measures(struct sb *b, const struct notes *n)
{
    const char *join = " is ";

    for (size_t i = 0; i < n->count; i++) {
        const struct note *x = &n->item[i];
        bool more = false;

        if (str_is_empty(x->is) || measured_before(n, i))
            continue;
        for (size_t k = i + 1; k < n->count; k++)
            more = more || (!measured_before(n, k) && !str_is_empty(n->item[k].is) &&
                            str_eq(n->item[k].over, x->over));
        sb_add_c(b, join);
        sb_add(b, x->is);
        if (!more) {
            sb_add_c(b, str_is_empty(x->over) ? "" : " ");
            sb_add(b, x->over);
        }
        join = more ? " and " : ", and ";
    }
}

static bool
said_before(const struct notes *n, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (str_eq(n->item[k].says, n->item[i].says))
            return true;
    return false;
}

static void
words_clauses(struct sb *b, const struct notes *n)
{
    size_t told = 0;

    for (size_t i = 0; i < n->count && told < SAYS_MAX; i++) {
        if (str_is_empty(n->item[i].says) || said_before(n, i))
            continue;
        sb_add_c(b, ", ");
        sb_add(b, n->item[i].says);
        told++;
    }
}

static bool
asked_before(const struct notes *n, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (str_eq(n->item[k].asks, n->item[i].asks))
            return true;
    return false;
}

static void
words_asker(struct sb *b, const struct rule *r)
{
    sb_add(b, str_is_empty(r->asks) ? STR("the criterion") : r->asks);
}

static void
words_asked(struct sb *b, const struct scope *s, const struct notes *n)
{
    bool any = false;

    for (size_t i = 0; i < n->count; i++) {
        if (str_is_empty(n->item[i].asks) || asked_before(n, i))
            continue;
        if (any) {
            sb_add_c(b, " and ");
        } else {
            sb_add_c(b, "; ");
            words_asker(b, s->rule);
            sb_add_c(b, " asks for ");
        }
        sb_add(b, n->item[i].asks);
        any = true;
    }
}

static void
words_second(struct sb *b, const struct scope *s, const struct decision *d)
{
    const struct point *first = &s->series.point[d->point];
    const struct point *second = &s->series.point[d->second];

    if (!d->has_second)
        return;
    sb_add_c(b, d->status == FINDING_NOT_MET ? "; taken back by "
                : s->rule->cap_unconfirmed   ? "; seen again in "
                                             : "; confirmed by ");
    words_value(b, s, second);
    sb_add_c(b, " on ");
    words_day(b, second->day);
    sb_add_c(b, ", ");
    words_days_between(b, first->day, second->day);
    sb_add_c(b, " later");
}

static void
why_candidate(struct draft *w)
{
    struct sb b = words_begin(w->s);

    if (w->out->status == FINDING_NOT_EVALUABLE)
        sb_add_c(&b, "Not evaluable: ");
    else if (w->out->status == FINDING_NOT_MET)
        sb_add_c(&b, "Not met: ");
    words_point(&b, w->s, scope_point(w->s));
    words_measures(&b, &w->notes);
    words_clauses(&b, &w->notes);
    words_asked(&b, w->s, &w->notes);
    words_second(&b, w->s, w->d);
    sb_add_c(&b, ".");
    w->out->why = sb_str(&b);
}

/* ", 91 days after the line's start (…), is more than 10 %: a failure by ELN 2020 (3 months)" */
static void
words_milestone(struct sb *b, const struct draft *w)
{
    const struct milestone_limit *l = milestone_limit(w->d);
    bool within = w->out->status == FINDING_NOT_MET && !w->d->has_second;

    sb_add_c(b, ", ");
    words_days_between(b, w->s->anchor.start, scope_point(w->s)->day);
    sb_add_c(b, " after ");
    words_start(b, w->s);
    if (l == NULL || w->out->status == FINDING_NOT_EVALUABLE)
        return;
    sb_addf(b, "%s %s ", within ? ", is not" : ", is", words_op(l->bound.op));
    words_dec(b, l->bound.number);
    sb_add_c(b, " ");
    sb_add(b, w->s->rule->series.shown);
    sb_add_c(b, within                          ? ": no warning by "
                : w->out->status == FINDING_MET ? ": a failure by "
                                                : ": a warning by ");
    words_asker(b, w->s->rule);
    sb_add_c(b, " (milestone: ");
    sb_add(b, w->d->milestone->name);
    sb_add_c(b, ")");
}

static void
why_milestone(struct draft *w)
{
    struct sb b = words_begin(w->s);

    if (w->out->status == FINDING_NOT_EVALUABLE)
        sb_add_c(&b, "Not evaluable: ");
    else if (w->out->status == FINDING_NOT_MET)
        sb_add_c(&b, "Not met: ");
    words_point(&b, w->s, scope_point(w->s));
    words_milestone(&b, w);
    words_clauses(&b, &w->notes);
    words_second(&b, w->s, w->d);
    sb_add_c(&b, ".");
    w->out->why = sb_str(&b);
}

/* A value that may be a slip needs a repeat, whatever the criterion asks for beside it. */
static void
miss_jump(struct draft *w)
{
    const struct scope *s = w->s;
    size_t at = w->d->has_second ? w->d->second : w->d->point;
    struct sb b = words_begin(s);

    if (!jump_is_unborne(s, at))
        return;
    sb_add_c(&b, "a repeat: ");
    words_point(&b, s, &s->series.point[at]);
    sb_add_c(&b, " is a hundredfold jump from ");
    words_value(&b, s, jump_from(s, at));
    sb_add_c(&b, " on ");
    words_day(&b, jump_from(s, at)->day);
    missing_add(w, sb_str(&b));
}

/* By when the second value should be there. The papers say when it counts from, and few until when:
 * where the rule has no `due`, four weeks more, which nobody has reviewed. Past it the finding is
 * what it was; its alert reminds. */
static void
due_by(struct draft *w, struct sb *b, day_t by)
{
    day_t today = w->s->timeline->today;

    w->out->confirm_by = by;
    w->out->overdue = today > by;
    sb_add_c(b, w->out->overdue ? ": it was due by " : ", due by ");
    words_day(b, by);
    if (!w->out->overdue && (w->out->next_due == DAY_NONE || by + 1 < w->out->next_due))
        w->out->next_due = by + 1;
}

static day_t
confirm_by(const struct confirmation *c, day_t first)
{
    enum { GRACE_DAYS = 28 };

    return c->due.n != 0 ? day_add(first, c->due) : day_add(first, c->after) + GRACE_DAYS;
}

/* The first day on which a second value can confirm, and what it must show. */
static void
miss_second(struct draft *w)
{
    const struct confirmation *c = &w->s->rule->confirm;
    struct sb b = words_begin(w->s);
    struct note n = {.due = DAY_NONE};
    struct scope there = *w->s;

    if (w->s->rule->cap_unconfirmed)
        missing_add(w, STR("imaging: this marker alone is never progression"));
    if (!c->asked || w->d->has_second)
        return;
    there.first = there.at;
    sb_add_c(&b, "a second ");
    words_item(&b, w->s);
    sb_add_c(&b, " on or after ");
    words_day(&b, day_add(scope_point(w->s)->day, c->after));
    if (c->distinct_specimen)
        sb_add_c(&b, " from another specimen");
    if (c->test != NULL || c->by != NULL) {
        (void)test_eval(c->by != NULL ? c->by : c->test, &there, &n);
        if (!str_is_empty(n.asks)) {
            sb_add_c(&b, ", with ");
            sb_add(&b, n.asks);
            sb_add_c(&b, str_is_empty(n.over) ? "" : " ");
            sb_add(&b, n.over);
        }
    }
    if (!w->s->rule->cap_unconfirmed)
        due_by(w, &b, confirm_by(c, scope_point(w->s)->day));
    missing_add(w, sb_str(&b));
}

static void
miss_repeat(struct draft *w)
{
    const struct milestone_limit *l = &w->d->milestone->fail;
    struct sb b = words_begin(w->s);
    day_t day = scope_point(w->s)->day;

    if (!l->asked)
        return;
    if (!l->again) {
        sb_add_c(&b, "a repeat ");
        words_item(&b, w->s);
        missing_add(w, sb_str(&b));
        return;
    }
    sb_add_c(&b, "a second ");
    words_item(&b, w->s);
    sb_add_c(&b, " between ");
    words_day(&b, day_add(day, l->after));
    sb_add_c(&b, " and ");
    words_day(&b, day_add(day, l->before));
    due_by(w, &b, day_add(day, l->before));
    missing_add(w, sb_str(&b));
}

/* No milestone speaks of the value: when does the next one begin? */
static void
miss_window(struct draft *w)
{
    for (size_t i = 0; i < w->s->rule->milestone_count; i++) {
        const struct milestone *m = &w->s->rule->milestone[i];
        struct sb b = words_begin(w->s);

        if (!m->windowed || day_add(w->s->anchor.start, m->to) < w->s->timeline->today)
            continue;
        sb_add_c(&b, "a ");
        words_item(&b, w->s);
        sb_add_c(&b, " between ");
        words_day(&b, day_add(w->s->anchor.start, m->from));
        sb_add_c(&b, " and ");
        words_day(&b, day_add(w->s->anchor.start, m->to));
        sb_add_c(&b, ", for the milestone of ");
        sb_add(&b, m->name);
        missing_add(w, sb_str(&b));
        return;
    }
}

static void
miss_notes(struct draft *w)
{
    for (size_t i = 0; i < w->notes.count; i++) {
        const struct note *x = &w->notes.item[i];

        missing_add(w, x->missing);
        if (x->due != DAY_NONE && x->due > w->s->timeline->today &&
            (w->out->next_due == DAY_NONE || x->due < w->out->next_due))
            w->out->next_due = x->due;
    }
}

static void
miss_unread(struct draft *w)
{
    const struct fact *f = w->s->series.unread;
    struct sb b = words_begin(w->s);

    if (f == NULL)
        return;
    words_item(&b, w->s);
    sb_add_c(&b, " of ");
    words_day(&b, fact_day(f));
    if ((f->flags & (FACT_TIME_PARTIAL | FACT_CODE_CONFLICT)) != 0) {
        sb_add_c(&b, (f->flags & FACT_TIME_PARTIAL) != 0
                         ? " with its full day: only a part of the date was sent"
                         : " with one meaning: its code and its text contradict each other");
        missing_add(w, sb_str(&b));
        return;
    }
    sb_add_c(&b, " in a unit that converts to ");
    sb_add(&b, w->s->rule->series.shown);
    sb_add_c(&b, ": it came in \"");
    sb_add(&b, f->u.observation.unit_reported);
    sb_add_c(&b, "\"");
    missing_add(w, sb_str(&b));
}

/* Whose reports may say what the series lacks: categories, by kind of series. */
static bool
is_told_by(const struct rule *r, const char *category)
{
    bool image = r->series.kind == SERIES_RESPONSE ||
                 (r->series.kind == SERIES_ANALYTE && str_eq_c(r->series.analyte, "tumor_sum"));

    if (str_eq_c(str_from_c(category), "radiology"))
        return image || r->cap_unconfirmed; /* a marker that imaging has to bear out */
    return r->series.kind == SERIES_VARIANT || r->series.kind == SERIES_BIOMARKER;
}

/* A report newer than the last value that is known: somebody should read it (DESIGN.md section 5,
 * the five states of a test). */
static void
miss_report(struct draft *w)
{
    static const char *const categories[] = {"radiology", "pathology", "molecular"};
    day_t since = w->s->anchor.found ? w->s->anchor.start : DAY_NONE;

    if (w->d->has_point)
        since = scope_point(w->s)->day + 1;
    for (size_t i = 0; i < RFD_COUNT(categories); i++) {
        const struct fact *f = is_told_by(w->s->rule, categories[i])
                                   ? unread_report(w->s->timeline, categories[i], since)
                                   : NULL;

        if (f != NULL)
            missing_add(w, unread_text(w->s->arena, f));
    }
}

/* The rule is for an age that nobody has told. */
static void
miss_age(struct draft *w)
{
    if (age_fits(w->s->rule, w->s->timeline) == K_UNKNOWN)
        missing_add(w, words_age(w->s->arena, w->s->rule, "the date of birth: the rule is for"));
}

static void
miss_all(struct draft *w)
{
    switch (w->out->status) {
    case FINDING_UNCONFIRMED:
        miss_jump(w);
        if (w->d->milestone != NULL)
            miss_repeat(w);
        else
            miss_second(w);
        miss_report(w);
        break;
    case FINDING_NOT_EVALUABLE:
        miss_notes(w);
        if (w->s->rule->candidate == NULL)
            miss_window(w);
        miss_report(w);
        break;
    case FINDING_NOT_MET:
    case FINDING_MET:
    case FINDING_STATUS_COUNT: break;
    }
    miss_unread(w);
}

static void
gather_evidence(struct draft *w)
{
    const struct scope *s = w->s;

    for (size_t i = 0; i < w->notes.count; i++)
        if (w->notes.item[i].fact != scope_point(s)->fact)
            evidence_add(w, w->notes.item[i].part, w->notes.item[i].fact);
    evidence_add(w, EVIDENCE_CANDIDATE, scope_point(s)->fact);
    if (w->d->has_second)
        evidence_add(w, EVIDENCE_CONFIRMATION, s->series.point[w->d->second].fact);
    evidence_add(w, EVIDENCE_CONTEXT, s->anchor.procedure);
    for (size_t i = 0; i < s->anchor.count; i++)
        if (s->anchor.course[i]->evidence_count > 0)
            evidence_add(w, EVIDENCE_THERAPY, s->anchor.course[i]->evidence[0]);
}

static enum kleene
truth(enum finding_status s)
{
    switch (s) {
    case FINDING_NOT_EVALUABLE: return K_UNKNOWN;
    case FINDING_NOT_MET: return K_FALSE;
    case FINDING_UNCONFIRMED:
    case FINDING_MET:
    case FINDING_STATUS_COUNT: break;
    }
    return K_TRUE;
}

static void
note_excluded(struct draft *w)
{
    struct note x = {.due = DAY_NONE};

    if (w->notes.count < NOTES_MAX && exclude_find(w->s, &x) != NULL)
        w->notes.item[w->notes.count++] = x;
}

/* Nothing to look at: say what would be. */
static void
explain_empty(struct draft *w)
{
    struct sb b = words_begin(w->s);
    struct sb why = words_begin(w->s);

    if (w->s->rule->has_line && !w->s->anchor.found) {
        bool procedure = w->s->rule->line_procedure.count > 0;

        sb_addf(&b, "a %s of this criterion (", procedure ? "procedure" : "therapy");
        words_classes(&b, procedure ? w->s->rule->line_procedure : w->s->rule->line_class);
        sb_add_c(&b, ")");
    } else if (w->s->series.too_long) {
        sb_add_c(&b, "a shorter series: too many values to evaluate");
    } else {
        sb_add_c(&b, "a ");
        words_item(&b, w->s);
        if (w->s->anchor.found) {
            sb_add_c(&b, " after ");
            words_start(&b, w->s);
        }
    }
    missing_add(w, sb_str(&b));
    miss_unread(w);
    if (!w->s->rule->has_line || w->s->anchor.found)
        miss_report(w);
    sb_add_c(&why, "Not evaluable: missing is ");
    sb_add(&why, w->missing[0]);
    sb_add_c(&why, ".");
    w->out->why = sb_str(&why);
}

void
explain(const struct scope *s, const struct decision *d, struct finding *out)
{
    struct scope there = *s;
    struct draft w = {.s = &there, .d = d, .out = out};

    w.missing = ARENA_ARRAY(s->arena, MISSING_MAX, struct str);
    w.evidence = ARENA_ARRAY(s->arena, EVIDENCE_MAX, struct evidence);
    out->missing = w.missing;
    out->confirm_by = DAY_NONE;
    out->evidence = w.evidence;
    if (!d->has_point) {
        explain_empty(&w);
        return;
    }
    there.at = d->point;
    there.first = d->point;
    if (s->rule->candidate != NULL) {
        enum kleene k = test_eval(s->rule->candidate, &there, NULL);

        /* an exclusion can make an unknown of what is true in itself */
        collect(&w.notes, s->rule->candidate, &there, k == K_TRUE ? K_TRUE : truth(out->status));
    }
    if (out->status == FINDING_NOT_EVALUABLE)
        note_excluded(&w);
    if (s->rule->candidate == NULL)
        why_milestone(&w);
    else
        why_candidate(&w);
    gather_evidence(&w);
    if (out->status == FINDING_UNCONFIRMED || out->status == FINDING_MET)
        gather_thresholds(&there, d, w.notes.item, w.notes.count, out);
    miss_all(&w);
    miss_age(&w);
    otherwise_seen(s, d, out);
}
