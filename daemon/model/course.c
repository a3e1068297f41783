#include "model/course.h"

#include "base/sb.h"
#include "base/sort.h"

#include <string.h>

/* The two figures of the usual business rules for lines of therapy from records (from memory:
 * Flatiron-style rules; nobody has reviewed them here): what starts within 28 days of a line's
 * start belongs to it, and a pause of up to 120 days is a pause, not an end. */
enum { JOIN_DAYS = 28, GAP_DAYS = 120 };

/* What one piece of evidence speaks for when nothing better is known: a month's supply, a cycle. */
enum { COVER_DEFAULT_DAYS = 30 };

/* "Until it is stated otherwise": a person's own entry that a therapy has begun. */
enum { DAY_FAR = INT32_MAX / 2 };

enum { LABEL_MAX = 400 };

/* Given beside a line or across lines: they open none (androgen deprivation goes on for life). */
static const char *const background[] = {
    "adt",  "lhrh",          "gnrh",       "steroid",    "bone_agent",    "bisphosphonate",
    "gcsf", "growth_factor", "antiemetic", "supportive", "anticoagulant", "vitamin",
};

/* Drugs that replace each other for tolerance and leave the line what it was. Clinical convention,
 * from memory; each group is one class whose members are not known to differ in resistance. */
static const struct swap {
    const char *drug;
    int group;
} swaps[] = {
    {"carboplatin", 1},  {"cisplatin", 1},    {"paclitaxel", 2}, {"nab-paclitaxel", 2},
    {"capecitabine", 3}, {"fluorouracil", 3}, {"s-1", 3},        {"letrozole", 4},
    {"anastrozole", 4},
};

struct builder {
    struct arena *arena;
    const struct timeline *timeline;
    struct course *course;
    size_t count;
    size_t max;
    const struct fact **entered_stop; /* by course: an entered stop, which outranks later refills */
    const struct fact ***evidence;    /* by course: its list, which can grow */
};

static bool
names_have(const struct str *names, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(names[i], name))
            return true;
    return false;
}

bool
course_has_class(const struct course *c, struct str name)
{
    return str_eq_c(name, "any") || names_have(c->classes, c->class_count, name) ||
           (!str_is_empty(c->drug) && str_eq(c->drug, name));
}

static bool
classes_meet(const struct course *c, const struct therapy *t)
{
    for (size_t i = 0; i < t->class_count; i++)
        if (names_have(c->classes, c->class_count, t->classes[i]))
            return true;
    return false;
}

/* A fact without a drug speaks of its classes; one with a drug, of that drug. */
static bool
speaks_of(const struct therapy *t, const struct course *c)
{
    if (!str_is_empty(t->drug) && !str_is_empty(c->drug))
        return str_eq(t->drug, c->drug);
    return classes_meet(c, t);
}

static bool
same_drug(const struct therapy *t, const struct course *c)
{
    if (str_is_empty(t->drug) != str_is_empty(c->drug))
        return false;
    return str_is_empty(t->drug) ? classes_meet(c, t) : str_eq(t->drug, c->drug);
}

static void
evidence_add(struct builder *b, struct course *c, const struct fact *f)
{
    size_t n = c->evidence_count;
    const struct fact **list = b->evidence[c - b->course];

    if ((n & (n - 1)) == 0) { /* full at 0, 1, 2, 4, 8 … */
        list = ARENA_ARRAY(b->arena, n == 0 ? 1 : 2 * n, const struct fact *);
        if (n > 0)
            memcpy(list, c->evidence, n * sizeof(const struct fact *));
    }
    list[c->evidence_count++] = f;
    b->evidence[c - b->course] = list;
    c->evidence = list;
}

static day_t
cover_end(const struct fact *f, day_t day)
{
    const struct therapy *t = &f->u.therapy;

    if (t->cover_days > 0)
        return day + t->cover_days;
    if (t->rung == THERAPY_ENTERED && t->action == THERAPY_START)
        return DAY_FAR;
    return day + COVER_DEFAULT_DAYS;
}

static struct course *
course_new(struct builder *b, const struct fact *f, day_t day)
{
    const struct therapy *t = &f->u.therapy;
    struct course *c;

    rfd_assert(b->count < b->max);
    c = &b->course[b->count++];
    *c = (struct course){.drug = t->drug,
                         .classes = t->classes,
                         .class_count = t->class_count,
                         .start = day,
                         .stop = DAY_NONE,
                         .last_evidence = day,
                         .covered_until = cover_end(f, day),
                         .rung = t->rung,
                         .intent = t->intent};
    return c;
}

static bool
is_surer(enum therapy_rung a, enum therapy_rung b)
{
    return a < b;
}

static void
course_extend(struct course *c, const struct fact *f, day_t day)
{
    const struct therapy *t = &f->u.therapy;
    day_t end = cover_end(f, day);

    if (c->rung == THERAPY_ORDERED && t->rung != THERAPY_ORDERED && is_surer(t->rung, c->rung))
        c->start = day; /* an order is intent: the first dose is the start */
    if (day > c->last_evidence)
        c->last_evidence = day;
    if (end > c->covered_until)
        c->covered_until = end;
    if (is_surer(t->rung, c->rung))
        c->rung = t->rung;
    if (t->class_count > c->class_count) {
        c->classes = t->classes;
        c->class_count = t->class_count;
    }
    if (str_is_absent(c->intent))
        c->intent = t->intent;
}

/* The last course of the drug, NULL when there is none. */
static struct course *
course_last(struct builder *b, const struct therapy *t)
{
    for (size_t i = b->count; i > 0; i--)
        if (same_drug(t, &b->course[i - 1]))
            return &b->course[i - 1];
    return NULL;
}

/* A person said that it ended: a refill or a bill that trails in afterwards says nothing else. */
static bool
is_overruled(const struct builder *b, const struct course *c, const struct therapy *t)
{
    const struct fact *stop = b->entered_stop[c - b->course];

    return stop != NULL && t->rung != THERAPY_ENTERED && t->rung != THERAPY_GIVEN;
}

static void
take_evidence(struct builder *b, const struct fact *f, day_t day)
{
    struct course *c = course_last(b, &f->u.therapy);

    if (c != NULL && is_overruled(b, c, &f->u.therapy))
        return;
    if (c == NULL || c->stop != DAY_NONE || day > c->covered_until + GAP_DAYS)
        c = course_new(b, f, day);
    else
        course_extend(c, f, day);
    evidence_add(b, c, f);
}

static void
take_stop(struct builder *b, const struct fact *f, day_t day)
{
    for (size_t i = 0; i < b->count; i++) {
        struct course *c = &b->course[i];

        if (c->stop != DAY_NONE || !speaks_of(&f->u.therapy, c))
            continue;
        c->stop = day;
        c->stop_reason = f->u.therapy.reason;
        c->covered_until = day;
        if (f->u.therapy.rung == THERAPY_ENTERED)
            b->entered_stop[i] = f;
        evidence_add(b, c, f);
    }
}

static void
take_hold(struct builder *b, const struct fact *f, day_t day)
{
    for (size_t i = 0; i < b->count; i++) {
        struct course *c = &b->course[i];

        if (c->stop != DAY_NONE || !speaks_of(&f->u.therapy, c))
            continue;
        c->covered_until = day; /* paused: from here on it is not known */
        evidence_add(b, c, f);
    }
}

static void
take(struct builder *b, const struct fact *f)
{
    day_t day = fact_day(f);

    /* A code and a text that name different drugs: neither of them is known to have been given. */
    if (f->status == FACT_PRELIMINARY || day == DAY_NONE ||
        (f->flags & (FACT_TEST_MESSAGE | FACT_CODE_CONFLICT)) != 0)
        return;
    switch (f->u.therapy.action) {
    case THERAPY_START:
    case THERAPY_DOSE:
    case THERAPY_CHANGE: take_evidence(b, f, day); break;
    case THERAPY_HOLD: take_hold(b, f, day); break;
    case THERAPY_STOP: take_stop(b, f, day); break;
    case THERAPY_NOT_GIVEN:
    case THERAPY_ACTION_COUNT: break; /* evidence of nothing */
    }
}

static bool
is_end(const struct fact *f)
{
    return f->u.therapy.action == THERAPY_STOP || f->u.therapy.action == THERAPY_HOLD;
}

/* By day, and in a day doses before ends: the stop of a day speaks of its dose too. */
static int
therapy_cmp(const void *x, const void *y)
{
    const struct fact *const *a = x;
    const struct fact *const *b = y;

    if (fact_day(*a) != fact_day(*b))
        return fact_day(*a) < fact_day(*b) ? -1 : 1;
    return (int)is_end(*a) - (int)is_end(*b);
}

static const struct fact *const *
in_order(struct arena *a, const struct fact *const *f, size_t n)
{
    const struct fact **list = ARENA_ARRAY(a, n + 1, const struct fact *);

    for (size_t i = 0; i < n; i++)
        list[i] = f[i];
    sort_stable(a, list, n, sizeof(*list), therapy_cmp);
    return list;
}

static int
course_cmp(const void *x, const void *y)
{
    const struct course *a = x;
    const struct course *b = y;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return str_cmp(a->drug, b->drug);
}

static bool
is_background(const struct course *c)
{
    for (size_t i = 0; i < RFD_COUNT(background); i++)
        if (course_has_class(c, str_from_c(background[i])))
            return true;
    return false;
}

static int
swap_group(struct str drug)
{
    for (size_t i = 0; i < RFD_COUNT(swaps); i++)
        if (str_eq_c(drug, swaps[i].drug))
            return swaps[i].group;
    return 0;
}

static bool
is_progression(const struct fact *f)
{
    enum response_code c = f->u.response.code;

    return f->status != FACT_PRELIMINARY && (c == RESPONSE_PD || c == RESPONSE_ICPD);
}

static bool
progressed_between(const struct timeline *t, day_t after, day_t until)
{
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_RESPONSE, &n);

    for (size_t i = 0; i < n; i++)
        if (is_progression(f[i]) && fact_day(f[i]) > after && fact_day(f[i]) <= until)
            return true;
    return false;
}

/* Is the drug in the line already, or does it replace a sister drug of it? */
static bool
goes_on(const struct builder *b, int32_t line, const struct course *c)
{
    int group = swap_group(c->drug);

    for (size_t i = 0; i < b->count; i++) {
        const struct course *o = &b->course[i];

        if (o->line != line || str_is_empty(o->drug) || str_is_empty(c->drug))
            continue;
        if (str_eq(o->drug, c->drug) || (group != 0 && swap_group(o->drug) == group))
            return true;
    }
    return false;
}

static bool
joins(const struct builder *b, const struct line *l, const struct course *c)
{
    if (c->start <= l->start + JOIN_DAYS)
        return !progressed_between(b->timeline, l->start, c->start);
    return goes_on(b, l->number, c) && !progressed_between(b->timeline, l->start, c->start);
}

static struct str
line_label(struct arena *a, const struct line *l)
{
    struct sb text;

    sb_init_arena(&text, a, LABEL_MAX);
    for (size_t i = 0; i < l->course_count; i++) {
        const struct course *c = l->courses[i];
        struct str name = c->drug;

        if (str_is_empty(name) && c->class_count > 0)
            name = c->classes[0];
        if (str_is_empty(name) || str_has(sb_str(&text), name))
            continue;
        if (sb_str(&text).n > 0)
            sb_add_c(&text, " + ");
        sb_add(&text, name);
    }
    return sb_str(&text);
}

/* Open while one course is open; else the last stop; a later line ends it at the latest. */
static day_t
line_end(const struct line *l, const struct line *next)
{
    day_t end = l->start;

    for (size_t i = 0; i < l->course_count; i++) {
        if (l->courses[i]->stop == DAY_NONE)
            return next == NULL ? DAY_NONE : next->start;
        if (l->courses[i]->stop > end)
            end = l->courses[i]->stop;
    }
    return next != NULL && next->start < end ? next->start : end;
}

static size_t
number_courses(struct builder *b, struct line *lines)
{
    size_t n = 0;

    for (size_t i = 0; i < b->count; i++) {
        struct course *c = &b->course[i];

        if (is_background(c))
            continue;
        if (n == 0 || !joins(b, &lines[n - 1], c)) {
            lines[n] = (struct line){.number = (int32_t)n + 1, .start = c->start};
            n++;
        }
        c->line = lines[n - 1].number;
    }
    return n;
}

static void
fill_line(struct builder *b, struct line *l)
{
    const struct course **list = ARENA_ARRAY(b->arena, b->count, const struct course *);

    for (size_t i = 0; i < b->count; i++)
        if (b->course[i].line == l->number)
            list[l->course_count++] = &b->course[i];
    l->courses = list;
}

static void
build_lines(struct builder *b, struct therapies *out)
{
    struct line *lines = ARENA_ARRAY(b->arena, b->count + 1, struct line);
    size_t n = number_courses(b, lines);

    for (size_t i = 0; i < n; i++)
        fill_line(b, &lines[i]);
    for (size_t i = 0; i < n; i++) {
        lines[i].end = line_end(&lines[i], i + 1 < n ? &lines[i + 1] : NULL);
        lines[i].label = line_label(b->arena, &lines[i]);
    }
    out->line = lines;
    out->line_count = n;
}

struct therapies
course_build(const struct timeline *t)
{
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_THERAPY, &n);
    struct builder b = {.arena = t->arena, .timeline = t, .max = n};
    struct therapies out = {0};

    b.course = ARENA_ARRAY(t->arena, n + 1, struct course);
    b.entered_stop = ARENA_ARRAY(t->arena, n + 1, const struct fact *);
    b.evidence = ARENA_ARRAY(t->arena, n + 1, const struct fact **);
    f = in_order(t->arena, f, n);
    for (size_t i = 0; i < n; i++)
        take(&b, f[i]);
    sort_stable(t->arena, b.course, b.count, sizeof(*b.course), course_cmp);
    build_lines(&b, &out);
    out.course = b.course;
    out.course_count = b.count;
    return out;
}

enum course_state
course_state_on(const struct course *c, day_t day)
{
    if (day < c->start || (c->stop != DAY_NONE && day > c->stop))
        return COURSE_OFF;
    if (c->stop == DAY_NONE && day > c->covered_until)
        return COURSE_UNKNOWN;
    return COURSE_ON;
}

const struct line *
line_at(const struct therapies *t, day_t day)
{
    const struct line *found = NULL;

    for (size_t i = 0; i < t->line_count; i++)
        if (t->line[i].start <= day)
            found = &t->line[i];
    return found;
}
