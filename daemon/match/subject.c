#include "match/subject.h"

#include "base/sort.h"

enum { WORDS_START = 8 };

void
subjects_add(struct subjects *s, const char *kind, struct str name)
{
    if (s->count == s->room) {
        size_t room = s->room == 0 ? WORDS_START : s->room * 2;
        struct str *more = ARENA_ARRAY(s->arena, room, struct str);

        for (size_t i = 0; i < s->count; i++) {
            more[i] = s->word[i];
        }
        s->word = more;
        s->room = room;
    }
    s->word[s->count++] =
        str_is_empty(name) ? str_from_c(kind) : str_cat(s->arena, str_from_c(kind), name);
}

static int
word_cmp(const void *a, const void *b)
{
    const struct str *x = a;
    const struct str *y = b;

    return str_cmp(*x, *y);
}

void
subjects_end(struct subjects *s)
{
    size_t kept = 0;

    sort_stable(s->arena, s->word, s->count, sizeof *s->word, word_cmp);
    for (size_t i = 0; i < s->count; i++) {
        if (kept == 0 || !str_eq(s->word[kept - 1], s->word[i])) {
            s->word[kept++] = s->word[i];
        }
    }
    s->count = kept;
}

/* ---- leaves ---- */

/* "g": any gene; "g?": every genomic leaf, for a report that nobody has read; "g!": leaves that
 * count only tests since the course that failed began. */
static void
of_genomic(struct subjects *s, const struct leaf_genomic *g)
{
    subjects_add(s, "g?", STR_NONE);
    if (str_is_absent(g->gene)) {
        subjects_add(s, "g", STR_NONE);
    } else {
        subjects_add(s, "g:", g->gene);
    }
    if (g->acquired) {
        subjects_add(s, "g!", STR_NONE);
    }
}

void
subjects_of_leaf(struct subjects *s, const struct leaf *l)
{
    switch (l->kind) {
    case LEAF_DISEASE: subjects_add(s, "d", STR_NONE); return;
    case LEAF_GENOMIC:
    case LEAF_TESTED: of_genomic(s, &l->u.genomic); return;
    case LEAF_BIOMARKER: subjects_add(s, "b:", l->u.biomarker.name); return;
    case LEAF_REPAIR:
        subjects_add(s, "b:", STR("mmr"));
        subjects_add(s, "b:", STR("msi"));
        return;
    case LEAF_PRIOR:
    case LEAF_ON:
    case LEAF_WASHOUT:
        subjects_add(s, "t?", STR_NONE);
        for (size_t i = 0; i < l->u.drugs.count; i++) {
            subjects_add(s, "t:", l->u.drugs.name[i]);
        }
        return;
    case LEAF_LINE:
    case LEAF_STATUS: subjects_add(s, "t", STR_NONE); return;
    case LEAF_AGE: subjects_add(s, "age", STR_NONE); return;
    case LEAF_SEX: subjects_add(s, "sex", STR_NONE); return;
    case LEAF_ECOG: subjects_add(s, "p", STR_NONE); return;
    case LEAF_LAB: subjects_add(s, "l:", l->u.lab.analyte); return;
    case LEAF_UNRESOLVED:
    case LEAF_ROWS:
    case LEAF_KIND_COUNT: return;
    }
}

/* ---- facts ---- */

/* "EGFR:T790M" speaks of EGFR. */
static void
of_entries(struct subjects *s, const struct negative *n)
{
    for (size_t i = 0; i < n->gene_count; i++) {
        subjects_add(s, "g:", str_sub(n->genes[i], 0, str_find_any(n->genes[i], ":")));
    }
}

/* A variant in plasma says that the tumour sheds: what was not found there that day counts now. */
static void
of_negatives(struct subjects *s, const struct match_case *c)
{
    size_t count;
    const struct fact *const *f = timeline_kind(c->timeline, FACT_NEGATIVE, &count);

    for (size_t i = 0; i < count; i++) {
        of_entries(s, &f[i]->u.negative);
    }
    f = timeline_kind(c->timeline, FACT_VARIANT, &count);
    for (size_t i = 0; i < count; i++) {
        if (!f[i]->u.variant.present) {
            subjects_add(s, "g:", f[i]->u.variant.gene);
        }
    }
}

static void
of_variant(struct subjects *s, const struct variant *v, const struct match_case *now)
{
    subjects_add(s, "g", STR_NONE);
    subjects_add(s, "g:", v->gene);
    if (!str_is_empty(v->partner)) {
        subjects_add(s, "g:", v->partner);
    }
    if (v->present && !str_eq(v->source, STR("tissue"))) {
        of_negatives(s, now);
    }
}

void
subjects_of_fact(struct subjects *s, const struct fact *f, const struct match_case *now)
{
    switch (f->kind) {
    case FACT_OBSERVATION:
        if (!str_is_empty(f->u.observation.analyte)) {
            subjects_add(s, "l:", f->u.observation.analyte);
        }
        return;
    case FACT_VARIANT: of_variant(s, &f->u.variant, now); return;
    case FACT_NEGATIVE:
        subjects_add(s, "g", STR_NONE);
        of_entries(s, &f->u.negative);
        return;
    case FACT_REPORT: subjects_add(s, "g?", STR_NONE); return;
    case FACT_BIOMARKER: subjects_add(s, "b:", f->u.biomarker.name); return;
    case FACT_PERFORMANCE: subjects_add(s, "p", STR_NONE); return;
    case FACT_RESPONSE: /* these are seen in the case: subjects_of_change() */
    case FACT_THERAPY:
    case FACT_DIAGNOSIS:
    case FACT_DEMOGRAPHICS:
    case FACT_PROCEDURE: /* and of these no leaf asks */
    case FACT_RESTRICTION:
    case FACT_LINK:
    case FACT_ROLE:
    case FACT_KIND_COUNT: return;
    }
}

/* ---- the case ---- */

static bool
same_course(const struct course *a, const struct course *b)
{
    if (a->class_count != b->class_count || !str_eq(a->drug, b->drug) || a->start != b->start ||
        a->stop != b->stop || a->last_evidence != b->last_evidence ||
        a->covered_until != b->covered_until || a->rung != b->rung || a->line != b->line ||
        !str_eq(a->intent, b->intent) || !str_eq(a->stop_reason, b->stop_reason)) {
        return false;
    }
    for (size_t i = 0; i < a->class_count; i++) {
        if (!str_eq(a->classes[i], b->classes[i])) {
            return false;
        }
    }
    return true;
}

/* The drugs and classes of what stands in a and not, the same, in b. */
static bool
courses_not_in(struct subjects *s, const struct therapies *a, const struct therapies *b)
{
    bool any = false;

    for (size_t i = 0; i < a->course_count; i++) {
        const struct course *c = &a->course[i];
        bool found = false;

        for (size_t k = 0; k < b->course_count && !found; k++) {
            found = same_course(c, &b->course[k]);
        }
        if (found) {
            continue;
        }
        any = true;
        subjects_add(s, "t:", c->drug);
        for (size_t k = 0; k < c->class_count; k++) {
            subjects_add(s, "t:", c->classes[k]);
        }
    }
    return any;
}

static bool
same_progressed(const struct match_case *a, const struct match_case *b)
{
    for (size_t i = 0; i < a->progressed_count && a->progressed_count == b->progressed_count; i++) {
        if (!same_course(a->progressed[i], b->progressed[i])) {
            return false;
        }
    }
    return a->progressed_count == b->progressed_count;
}

static void
of_therapy(struct subjects *s, const struct match_case *was, const struct match_case *now)
{
    bool courses = courses_not_in(s, was->therapies, now->therapies);

    courses = courses_not_in(s, now->therapies, was->therapies) || courses ||
              was->therapies->line_count != now->therapies->line_count;
    if (!same_progressed(was, now)) {
        subjects_add(s, "t?", STR_NONE);
        courses = true;
    }
    if (courses) {
        subjects_add(s, "t", STR_NONE);
        subjects_add(s, "t:", STR("any")); /* course_has_class(): every class */
        subjects_add(s, "g!", STR_NONE);
    }
}

void
subjects_of_change(struct subjects *s, const struct match_case *was, const struct match_case *now)
{
    if (was->disease != now->disease || was->diagnosis != now->diagnosis) {
        subjects_add(s, "d", STR_NONE);
    }
    if (stamp_cmp(was->birth, now->birth) != 0 || was->birth.precision != now->birth.precision) {
        subjects_add(s, "age", STR_NONE);
    }
    if (was->sex != now->sex) {
        subjects_add(s, "sex", STR_NONE);
    }
    of_therapy(s, was, now);
}
