/*
 * Which courses are one line of therapy. Where the sources speak:
 *   Rajkumar 2015 Blood 126:921 (myeloma): a line is a planned programme, so that induction,
 *     transplant and maintenance are one; a new one begins when other drugs are added or put in
 *     their place because of progression, relapse or toxicity, and when a planned time without
 *     therapy is broken by the need for more.
 *   Saini & Twelves 2021 Br J Cancer 125:155, doi:10.1038/s41416-021-01319-8 (solid tumours): a
 *     swap within a class for toxicity, a dose reduction and planned maintenance go on; what was
 *     given to cure is counted apart from what was given for advanced disease.
 *   Meng 2019, Hess 2021: the 28 days and the 120 days below are figures of such rules for
 *     records.
 * Read from memory, and reviewed by nobody here: a person's own entry goes before all of it.
 */
#include "base/sb.h"
#include "model/course.h"

enum {
    JOIN_DAYS = 28, /* what starts so soon after a line's start belongs to it */
    LABEL_MAX = 400,
    SILENCE_DAYS = 365,         /* without a word, where no end was stated */
    CONDITIONING_DAYS = 14,     /* before a transplant */
    AFTER_TRANSPLANT_DAYS = 180 /* consolidation and maintenance begin by then */
};

/* Given beside a line or across lines: they open none (androgen deprivation goes on for life). */
static const char *const background[] = {
    "adt",
    "lhrh",
    "gnrh",
    "steroid",
    "bone_agent",
    "bisphosphonate",
    "gcsf",
    "growth_factor",
    "antiemetic",
    "supportive",
    "anticoagulant",
    "vitamin",
    "acid_suppressant",
    "enzyme_inducer",
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

/* Planned maintenance by another drug: so soon after the last dose of a class, without progression.
 *   PARP inhibitors within 12 weeks of platinum: Gonzalez-Martin 2019 N Engl J Med 381:2391 (PRIMA)
 *   avelumab within 10 weeks of it: Powles 2020 N Engl J Med 383:1218 (JAVELIN Bladder 100)
 *   durvalumab within 6 weeks of it: Antonia 2017 N Engl J Med 377:1919 (PACIFIC) */
static const struct maintenance {
    const char *name; /* drug or class */
    const char *after;
    int32_t days;
} maintenances[] = {
    {"parp", "platinum", 84},
    {"avelumab", "platinum", 70},
    {"durvalumab", "platinum", 42},
};

/* Drugs that are given for other diseases as well (rheumatoid arthritis, psoriasis, vasculitis),
 * and the cancers that they treat: OncoTree, at the level of tissues. */
static const struct shared_drug {
    const char *drug;
    const char *tissue[10];
} shared_drugs[] = {
    {"rituximab", {"LYMPH"}},
    {"methotrexate",
     {"LYMPH", "MYELOID", "BONE", "BREAST", "BLADDER", "HEAD_NECK", "UTERUS", "BRAIN"}},
};

struct liner {
    const struct timeline *timeline;
    struct course *course;
    size_t count;
};

static bool
has_class(const struct course *c, const char *name)
{
    return course_has_class(c, str_from_c(name));
}

static bool
intent_is(struct str intent, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(intent, str_from_c(words[i])))
            return true;
    return false;
}

/* Does the patient have, as far as it is known, a cancer of these tissues? */
static bool
has_tumour_of(const struct timeline *t, const char *const *tissue)
{
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_DIAGNOSIS, &n);
    bool known = false;

    for (size_t i = 0; i < n; i++) {
        const struct diagnosis *d = &f[i]->u.diagnosis;
        const struct oncotree_node *node =
            d->active ? oncotree_code(t->oncotree, d->oncotree) : NULL;

        known = known || node != NULL;
        for (size_t k = 0; node != NULL && tissue[k] != NULL; k++) {
            const struct oncotree_node *top = oncotree_code(t->oncotree, str_from_c(tissue[k]));

            if (top != NULL && oncotree_applies(node, top) != K_FALSE)
                return true;
        }
    }
    return !known;
}

/* Said so by the order, or a drug that treats none of the patient's cancers. */
static bool
is_for_another_disease(const struct timeline *t, const struct course *c)
{
    static const char *const words[] = {"other_disease", "non_oncology", "benign"};

    if (intent_is(c->intent, words, RFD_COUNT(words)))
        return true;
    for (size_t i = 0; t->oncotree != NULL && i < RFD_COUNT(shared_drugs); i++)
        if (str_eq_c(c->drug, shared_drugs[i].drug))
            return !has_tumour_of(t, shared_drugs[i].tissue);
    return false;
}

static bool
is_background(const struct timeline *t, const struct course *c)
{
    for (size_t i = 0; i < RFD_COUNT(background); i++)
        if (has_class(c, background[i]))
            return true;
    return is_for_another_disease(t, c);
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

/* The last day that the course is known to speak for. */
static day_t
course_end(const struct course *c)
{
    return c->stop != DAY_NONE ? c->stop : c->covered_until;
}

/* Is the drug in the line already, or does it replace a sister drug of it? */
static bool
goes_on(const struct liner *b, int32_t line, const struct course *c)
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

/* Longer without any drug of the line than a pause lasts: what comes then is needed anew. Where
 * no end was stated the silence may be that of a feed, and has to last longer. */
static bool
was_idle(const struct liner *b, int32_t line, const struct course *c)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct course *o = &b->course[i];
        day_t pause = o->stop != DAY_NONE ? COURSE_GAP_DAYS : SILENCE_DAYS;

        if (o->line == line && course_end(o) >= c->start - pause)
            return false;
    }
    return true;
}

static bool
is_maintenance(const struct liner *b, int32_t line, const struct course *c)
{
    static const char *const words[] = {"maintenance"};

    if (intent_is(c->intent, words, RFD_COUNT(words)))
        return true;
    for (size_t k = 0; k < RFD_COUNT(maintenances); k++) {
        const struct maintenance *m = &maintenances[k];

        for (size_t i = 0; has_class(c, m->name) && i < b->count; i++) {
            const struct course *o = &b->course[i];

            if (o->line == line && has_class(o, m->after) && c->start - m->days <= course_end(o))
                return true;
        }
    }
    return false;
}

/* Conditioning, consolidation or maintenance around a transplant within the line. */
static bool
is_of_transplant(const struct liner *b, const struct line *l, const struct course *c)
{
    size_t n;
    const struct fact *const *f = timeline_kind(b->timeline, FACT_PROCEDURE, &n);

    for (size_t i = 0; i < n; i++) {
        day_t day = fact_day(f[i]);

        if (day == DAY_NONE || f[i]->status == FACT_PRELIMINARY ||
            !str_eq_c(f[i]->u.procedure.name, "asct"))
            continue;
        if (day >= l->start && c->start >= day - CONDITIONING_DAYS &&
            c->start <= day + AFTER_TRANSPLANT_DAYS)
            return true;
    }
    return false;
}

/* Given to cure before, and now stated to be for something else: advanced disease is counted
 * anew. */
static bool
was_to_cure(const struct liner *b, int32_t line, const struct course *c)
{
    static const char *const early[] = {"adjuvant", "neoadjuvant", "curative"};
    static const char *const kept[] = {"adjuvant", "neoadjuvant", "curative", "maintenance"};

    if (str_is_empty(c->intent) || intent_is(c->intent, kept, RFD_COUNT(kept)))
        return false;
    for (size_t i = 0; i < b->count; i++)
        if (b->course[i].line == line && intent_is(b->course[i].intent, early, RFD_COUNT(early)))
            return true;
    return false;
}

static bool
joins(const struct liner *b, const struct line *l, const struct course *c)
{
    if (progressed_between(b->timeline, l->start, c->start) || was_to_cure(b, l->number, c))
        return false;
    if (c->start <= l->start + JOIN_DAYS || is_of_transplant(b, l, c))
        return true;
    return !was_idle(b, l->number, c) &&
           (goes_on(b, l->number, c) || is_maintenance(b, l->number, c));
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
number_courses(struct liner *b, struct line *lines)
{
    size_t n = 0;

    for (size_t i = 0; i < b->count; i++) {
        struct course *c = &b->course[i];

        if (is_background(b->timeline, c))
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
fill_line(struct liner *b, struct line *l)
{
    const struct course **list = ARENA_ARRAY(b->timeline->arena, b->count, const struct course *);

    for (size_t i = 0; i < b->count; i++)
        if (b->course[i].line == l->number)
            list[l->course_count++] = &b->course[i];
    l->courses = list;
}

struct therapies
course_build(const struct timeline *t)
{
    size_t count;
    struct course *course = course_infer(t, &count);
    struct liner b = {t, course, count};
    struct line *lines = ARENA_ARRAY(t->arena, count + 1, struct line);
    size_t n = number_courses(&b, lines);

    for (size_t i = 0; i < n; i++)
        fill_line(&b, &lines[i]);
    for (size_t i = 0; i < n; i++) {
        lines[i].end = line_end(&lines[i], i + 1 < n ? &lines[i + 1] : NULL);
        lines[i].label = line_label(t->arena, &lines[i]);
    }
    return (struct therapies){course, count, lines, n};
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
