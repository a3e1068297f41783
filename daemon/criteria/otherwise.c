#include "criteria/otherwise.h"

#include "criteria/variants.h"
#include "criteria/words.h"

enum {
    SEEN_MAX = 10,
    LATE_DAYS = 7,          /* a pack fetched so late is no gap */
    INTERVENTION_DAYS = 28, /* as GCIG has it for CA-125 (Rustin 2011) */
    SHORT_DAYS = 42,        /* fewer than two cycles of three weeks */
};

/* Drugs that need an acid stomach to be taken up. From the review of van Leeuwen 2014 Lancet Oncol
 * 15:e315 and the labels, both from memory; nobody has reviewed the list here. */
static const char *const need_acid[] = {
    "gefitinib",     "erlotinib", "dacomitinib",   "dasatinib",    "nilotinib",
    "bosutinib",     "pazopanib", "lapatinib",     "neratinib",    "ceritinib",
    "acalabrutinib", "sotorasib", "selpercatinib", "infigratinib", "pexidartinib",
};

/* Classes that CYP3A4 clears, whose level an inducer lowers: the same sources. */
static const char *const cleared_by_3a[] = {
    "bcr_abl_tki",     "egfr_tki",   "alk_tki",    "vegfr_tki", "btk_inhibitor",
    "cdk46_inhibitor", "parp",       "venetoclax", "imatinib",  "kras_g12c_inhibitor",
    "abiraterone",     "ivosidenib",
};

struct seen {
    const struct scope *s;
    day_t from; /* the line's start */
    day_t day;  /* of the event, or of what confirmed it */
    const struct point *point;
    struct str *item;
    size_t count;
};

static void
add(struct seen *w, struct sb *b)
{
    if (w->count < SEEN_MAX)
        w->item[w->count++] = sb_str(b);
}

static void
add_course(struct sb *b, const struct course *c)
{
    if (!str_is_empty(c->drug))
        sb_add(b, c->drug);
    else
        sb_add_c(b, "the line's drug");
}

static day_t
last_day(const struct course *c)
{
    return c->stop != DAY_NONE ? c->stop : c->covered_until;
}

/* The first day after that one on which another course of the same drug begins; DAY_NONE: none. */
static day_t
taken_up(const struct seen *w, const struct course *c, day_t after)
{
    day_t first = DAY_NONE;

    for (size_t i = 0; i < w->s->anchor.count; i++) {
        const struct course *other = w->s->anchor.course[i];

        if (other != c && str_eq(other->drug, c->drug) && other->start > after &&
            (first == DAY_NONE || other->start < first))
            first = other->start;
    }
    return first;
}

/* No evidence for longer than the one before speaks for: missed refills, delayed cycles. */
static void
see_gap(struct seen *w, const struct course *c)
{
    day_t until = DAY_NONE;
    day_t from = DAY_NONE;
    day_t covered = DAY_NONE;
    struct sb b = words_begin(w->s);

    for (size_t i = 0; i < c->evidence_count && fact_day(c->evidence[i]) <= w->day; i++) {
        const struct therapy *t = &c->evidence[i]->u.therapy;
        day_t day = fact_day(c->evidence[i]);

        if (t->action == THERAPY_HOLD || t->action == THERAPY_STOP)
            continue;
        if (covered != DAY_NONE && day > covered + LATE_DAYS) {
            from = covered + 1;
            until = day - 1;
        }
        if (course_cover_end(c->evidence[i]) > covered)
            covered = course_cover_end(c->evidence[i]);
    }
    if (covered != DAY_NONE && c->stop == DAY_NONE && w->day > covered + LATE_DAYS) {
        day_t next = taken_up(w, c, covered);

        from = covered + 1;
        until = next != DAY_NONE && next <= w->day ? next - 1 : w->day;
    }
    if (from == DAY_NONE || until < from)
        return;
    add_course(&b, c);
    sb_add_c(&b, ": nothing on record from ");
    words_day(&b, from);
    sb_add_c(&b, " to ");
    words_day(&b, until);
    sb_add_c(&b, " (missed doses or refills?)");
    add(w, &b);
}

/* The last pause, and the last change of dose or schedule, that somebody wrote down. */
static void
see_change(struct seen *w, const struct course *c, enum therapy_action action, const char *said)
{
    const struct fact *last = NULL;
    struct sb b = words_begin(w->s);

    for (size_t i = 0; i < c->evidence_count; i++)
        if (c->evidence[i]->u.therapy.action == action && fact_day(c->evidence[i]) <= w->day)
            last = c->evidence[i];
    if (last == NULL)
        return;
    add_course(&b, c);
    sb_add_c(&b, said);
    words_day(&b, fact_day(last));
    add(w, &b);
}

static bool
is_one_of(const struct course *c, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (course_has_class(c, str_from_c(names[i])))
            return true;
    return false;
}

static void
see_interaction(struct seen *w, const struct course *c, const char *class, const char *does)
{
    for (size_t i = 0; i < w->s->therapies->course_count; i++) {
        const struct course *o = &w->s->therapies->course[i];
        struct sb b = words_begin(w->s);

        if (!course_has_class(o, str_from_c(class)) || o->start > w->day || last_day(o) < c->start)
            continue;
        add_course(&b, o);
        sb_add_c(&b, " (since ");
        words_day(&b, o->start);
        sb_add_c(&b, does);
        add_course(&b, c);
        add(w, &b);
        return;
    }
}

static void
see_courses(struct seen *w)
{
    for (size_t i = 0; i < w->s->anchor.count; i++) {
        const struct course *c = w->s->anchor.course[i];

        if (c->start > w->day)
            continue;
        see_gap(w, c);
        see_change(w, c, THERAPY_HOLD, " was held on ");
        see_change(w, c, THERAPY_CHANGE, ": dose or schedule changed on ");
        if (is_one_of(c, need_acid, RFD_COUNT(need_acid)))
            see_interaction(w, c, "acid_suppressant", ", less acid) can lower the uptake of ");
        if (is_one_of(c, cleared_by_3a, RFD_COUNT(cleared_by_3a)))
            see_interaction(w, c, "enzyme_inducer", ", an enzyme inducer) can lower the level of ");
    }
}

static void
see_short(struct seen *w)
{
    struct sb b = words_begin(w->s);

    if (!w->s->anchor.found || w->s->anchor.procedure != NULL || w->day - w->from >= SHORT_DAYS)
        return;
    sb_add_c(&b, "treated for a short time only: ");
    words_days_between(&b, w->from, w->day);
    sb_add_c(&b, " since ");
    words_start(&b, w->s);
    add(w, &b);
}

/* The last earlier value that another laboratory, or another method, measured. */
static void
see_laboratory(struct seen *w)
{
    const struct observation *now = &w->point->fact->u.observation;

    if (w->s->rule->series.kind != SERIES_ANALYTE)
        return;
    for (size_t i = w->s->series.count; i > 0; i--) {
        const struct point *p = &w->s->series.point[i - 1];
        const struct observation *o = &p->fact->u.observation;
        bool lab = !str_is_empty(o->laboratory) && !str_is_empty(now->laboratory) &&
                   !str_eq(o->laboratory, now->laboratory);
        bool method = !str_is_empty(o->method) && !str_is_empty(now->method) &&
                      !str_eq(o->method, now->method);
        struct sb b = words_begin(w->s);

        if (p->day >= w->point->day || (!lab && !method))
            continue;
        sb_add_c(&b, lab ? "measured by another laboratory than on "
                         : "measured by another method than on ");
        words_day(&b, p->day);
        sb_add_c(&b, ": ");
        sb_add(&b, lab ? now->laboratory : now->method);
        sb_add_c(&b, ", before ");
        sb_add(&b, lab ? o->laboratory : o->method);
        add(w, &b);
        return;
    }
}

/* Imaging and a tumour board disturb no marker. */
static bool
is_only_ordered(const struct fact *f)
{
    return str_eq_c(f->u.procedure.name, PROCEDURE_STAGING) ||
           str_eq_c(f->u.procedure.name, PROCEDURE_BOARD);
}

/* The last intervention before the event that may have disturbed it. */
static void
see_intervention(struct seen *w)
{
    size_t n;
    const struct fact *const *f = timeline_kind(w->s->timeline, FACT_PROCEDURE, &n);

    for (size_t i = n; i > 0; i--) {
        day_t day = fact_day(f[i - 1]);
        struct sb b = words_begin(w->s);

        if (day == DAY_NONE || day > w->point->day || day < w->point->day - INTERVENTION_DAYS ||
            f[i - 1]->status == FACT_PRELIMINARY || f[i - 1] == w->s->anchor.procedure ||
            str_is_empty(f[i - 1]->u.procedure.name) || is_only_ordered(f[i - 1]))
            continue;
        sb_add(&b, f[i - 1]->u.procedure.name);
        sb_add_c(&b, " on ");
        words_day(&b, day);
        sb_add_c(&b, ", ");
        words_days_between(&b, day, w->point->day);
        sb_add_c(&b, " before");
        add(w, &b);
        return;
    }
}

static bool
is_for(const struct rule *r, const struct oncotree_node *n)
{
    bool is = r->applies_any;

    for (size_t i = 0; i < r->applies_count; i++)
        is = is || oncotree_applies(n, r->applies[i]) != K_FALSE;
    for (size_t i = 0; i < r->applies_not_count; i++)
        is = is && oncotree_applies(n, r->applies_not[i]) != K_TRUE;
    return is;
}

/* A cancer that the rule is not made for may raise the same marker or be what progressed. */
static void
see_second_cancer(struct seen *w)
{
    size_t n;
    const struct fact *const *f = timeline_kind(w->s->timeline, FACT_DIAGNOSIS, &n);

    for (size_t i = 0; i < n && w->s->timeline->oncotree != NULL; i++) {
        const struct oncotree_node *node =
            oncotree_code(w->s->timeline->oncotree, f[i]->u.diagnosis.oncotree);
        struct sb b = words_begin(w->s);

        if (!f[i]->u.diagnosis.active || node == NULL || is_for(w->s->rule, node))
            continue;
        sb_add_c(&b, "another cancer on record: ");
        sb_add(&b, node->name);
        add(w, &b);
        return;
    }
}

static struct str
source_of(const struct fact *f)
{
    return f->kind == FACT_VARIANT ? f->u.variant.source : f->u.negative.source;
}

/* Found in one kind of specimen, not found before in another: it may have been there all the
 * time. */
static void
see_specimen(struct seen *w)
{
    static const enum fact_kind kinds[] = {FACT_VARIANT, FACT_NEGATIVE};
    struct str now = source_of(w->point->fact);

    for (size_t k = 0; k < RFD_COUNT(kinds) && !str_is_empty(now); k++) {
        size_t n;
        const struct fact *const *f = timeline_kind(w->s->timeline, kinds[k], &n);

        for (size_t i = n; i > 0; i--) {
            struct str before = source_of(f[i - 1]);
            struct sb b = words_begin(w->s);

            if (fact_day(f[i - 1]) >= w->point->day || str_is_empty(before) ||
                str_eq(before, now) ||
                variants_bearing(w->s->rule->watch[0], w->s->timeline, f[i - 1]) != BEARING_ABSENT)
                continue;
            sb_add_c(&b, "specimen of another kind: the earlier test (");
            words_day(&b, fact_day(f[i - 1]));
            sb_add_c(&b, ") was of ");
            sb_add(&b, before);
            sb_add_c(&b, ", this one of ");
            sb_add(&b, now);
            add(w, &b);
            return;
        }
    }
}

void
otherwise_seen(const struct scope *s, const struct decision *d, struct finding *out)
{
    struct seen w = {.s = s, .from = s->anchor.start};
    bool holds = out->status == FINDING_MET || out->status == FINDING_UNCONFIRMED;

    if (!holds || !d->has_point)
        return;
    w.point = &s->series.point[d->point];
    w.day = s->series.point[d->has_second ? d->second : d->point].day;
    w.item = ARENA_ARRAY(s->arena, SEEN_MAX, struct str);
    see_courses(&w);
    see_short(&w);
    see_laboratory(&w);
    see_intervention(&w);
    see_second_cancer(&w);
    if (s->rule->series.kind == SERIES_VARIANT && s->rule->watch_count > 0)
        see_specimen(&w);
    out->seen = w.item;
    out->seen_count = w.count;
}
