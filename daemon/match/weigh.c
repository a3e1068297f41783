#include "match/weigh.h"

#include "base/sb.h"

enum { WEIGH_TEXT_MAX = 900, WEIGH_ALL_MAX = 4000 };

static bool
continues(const struct therapy_option *o, const struct course *c)
{
    for (size_t i = 0; i < o->continues_count; i++) {
        if (course_has_class(c, o->continues[i])) {
            return true;
        }
    }
    return false;
}

static struct str
cited(const struct weighing *w, const char *before, struct str drug, struct str reason,
      struct str citation)
{
    struct sb b;

    sb_init_arena(&b, w->a, WEIGH_TEXT_MAX);
    sb_addf(&b, "%s%.*s: %.*s [%.*s]", before, STR_FMT(drug), STR_FMT(reason), STR_FMT(citation));
    return sb_str(&b);
}

static uint64_t
course_journal(const struct course *c)
{
    return c->evidence_count == 0 ? 0 : c->evidence[c->evidence_count - 1]->source.journal;
}

static void
add_reason(struct verdict *out, enum kleene k, struct str text, uint64_t journal)
{
    out->reason[out->reason_count++] =
        (struct option_reason){.verdict = k, .text = text, .journal = journal};
    out->open |= k == K_UNKNOWN;
}

/* Several reasons may speak against one option: all are said. */
static void
set_against(const struct weighing *w, struct verdict *out, struct str text)
{
    struct sb b;

    if (str_is_absent(out->against)) {
        out->against = text;
        return;
    }
    if (str_has(out->against, text)) {
        return;
    }
    sb_init_arena(&b, w->a, WEIGH_ALL_MAX);
    sb_addf(&b, "%.*s; %.*s", STR_FMT(out->against), STR_FMT(text));
    out->against = sb_str(&b);
}

/* The leaves of a subtree as one sentence each, joined. */
static struct str
leaves_text(const struct weighing *w, int32_t root)
{
    struct expr_reasons r = expr_explain(w->v, root, w->c, (1u << LEAF_ROLE_COUNT) - 1, w->a);
    struct sb b;

    sb_init_arena(&b, w->a, WEIGH_TEXT_MAX);
    for (size_t i = 0; i < r.count; i++) {
        sb_addf(&b, "%s%.*s", i == 0 ? "" : "; ", STR_FMT(r.reason[i].text));
    }
    return sb_str(&b);
}

static void
apply_variant(const struct weighing *w, const struct course *p, const struct cross_entry *e,
              struct verdict *out)
{
    enum kleene k = expr_view(w->v, e->variant, VIEW_STRICT);
    struct str text = cited(w, "After ", p->drug, e->reason, e->citation);
    struct sb b;

    sb_init_arena(&b, w->a, WEIGH_TEXT_MAX);
    sb_addf(&b, "%.*s; %.*s", STR_FMT(text), STR_FMT(leaves_text(w, e->variant)));
    if (k == K_FALSE) {
        set_against(w, out, sb_str(&b));
    } else {
        add_reason(out, k, sb_str(&b), course_journal(p));
    }
}

static void
apply_entry(const struct weighing *w, const struct course *p, const struct cross_entry *e,
            struct verdict *out)
{
    switch (e->verdict) {
    case CROSS_EXCLUDED:
        set_against(w, out,
                    cited(w, "The disease progressed on ", p->drug, e->reason, e->citation));
        return;
    case CROSS_NEEDS_VARIANT: apply_variant(w, p, e, out); return;
    case CROSS_ALLOWED:
        add_reason(out, K_TRUE, cited(w, "After ", p->drug, e->reason, e->citation),
                   course_journal(p));
        return;
    case CROSS_BACKBONE:
        add_reason(out, K_TRUE, cited(w, "Goes on: ", p->drug, e->reason, e->citation),
                   course_journal(p));
        return;
    case CROSS_VERDICT_COUNT: break;
    }
}

/* One drug that failed against one drug of the option. */
static void
weigh_pair(const struct weighing *w, const struct course *p, struct str drug, struct verdict *out)
{
    const struct cross_entry *e = cross_find(w->k->cross, p->drug, drug, w->c->disease);

    if (e == NULL && str_eq(p->drug, drug) && !str_is_absent(w->k->cross->same_drug.reason)) {
        e = &w->k->cross->same_drug;
    }
    if (e != NULL) {
        apply_entry(w, p, e, out);
    }
}

static void
weigh_course(const struct weighing *w, const struct therapy_option *o, const struct course *p,
             struct verdict *out)
{
    const struct str no_name =
        STR("Cross-resistance: of a drug that failed only the class is known");

    if (str_is_empty(p->drug)) {
        if (out->unchecked_count == 0 ||
            !str_eq(out->unchecked[out->unchecked_count - 1], no_name)) {
            out->unchecked[out->unchecked_count++] = no_name;
        }
        return;
    }
    for (size_t i = 0; i < o->drug_count; i++) {
        weigh_pair(w, p, o->drug[i], out);
    }
}

/* A drug that the option lets go on: the table says why it may. */
static void
weigh_backbone(const struct weighing *w, const struct course *p, struct verdict *out)
{
    const struct cross_entry *e = cross_find(w->k->cross, p->drug, p->drug, w->c->disease);

    if (e != NULL && e->verdict == CROSS_BACKBONE) {
        apply_entry(w, p, e, out);
    }
}

/* The drug failed already in an earlier course, or goes on as one: it is weighed once. */
static bool
seen_before(const struct weighing *w, size_t i, bool progressed)
{
    const struct course *course = w->c->therapies->course;

    for (size_t j = 0; j < i; j++) {
        if (!str_is_empty(course[i].drug) && str_eq(course[j].drug, course[i].drug) &&
            (!progressed || case_progressed_on(w->c, &course[j]))) {
            return true;
        }
    }
    return false;
}

static void
weigh_contra(const struct weighing *w, const struct contraindication *c, struct verdict *out)
{
    struct sb b;

    switch (expr_view(w->v, c->when, VIEW_STRICT)) {
    case K_TRUE:
        sb_init_arena(&b, w->a, WEIGH_TEXT_MAX);
        sb_addf(&b, "%.*s [%.*s]; %.*s", STR_FMT(c->reason), STR_FMT(c->citation),
                STR_FMT(leaves_text(w, c->when)));
        set_against(w, out, sb_str(&b));
        return;
    case K_UNKNOWN:
        sb_init_arena(&b, w->a, WEIGH_TEXT_MAX);
        sb_addf(&b, "%.*s: %.*s", STR_FMT(c->reason), STR_FMT(leaves_text(w, c->when)));
        out->unchecked[out->unchecked_count++] = sb_str(&b);
        return;
    case K_FALSE:
    case K_COUNT: break;
    }
}

static struct verdict
verdict_new(const struct weighing *w, const struct therapy_option *o)
{
    size_t courses = w->c->therapies->course_count;
    struct verdict v = {.against = STR_NONE};

    v.reason = ARENA_ARRAY(w->a, courses * (o->drug_count + 1), struct option_reason);
    v.unchecked = ARENA_ARRAY(w->a, o->unchecked_count + o->contra_count + courses, struct str);
    for (size_t i = 0; i < o->unchecked_count; i++) {
        v.unchecked[v.unchecked_count++] = o->unchecked[i];
    }
    return v;
}

struct verdict
weigh_therapy(const struct weighing *w, const struct therapy_option *o)
{
    const struct therapies *t = w->c->therapies;
    struct verdict out = verdict_new(w, o);

    for (size_t i = 0; i < o->contra_count; i++) {
        weigh_contra(w, &o->contra[i], &out);
    }
    for (size_t i = 0; i < t->course_count; i++) {
        const struct course *p = &t->course[i];

        if (continues(o, p)) {
            if (!str_is_empty(p->drug) && !seen_before(w, i, false)) {
                weigh_backbone(w, p, &out);
            }
        } else if (case_progressed_on(w->c, p) && !seen_before(w, i, true)) {
            weigh_course(w, o, p, &out);
        }
    }
    return out;
}
