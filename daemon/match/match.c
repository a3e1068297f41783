#include "match/match.h"

#include "base/sb.h"
#include "base/sort.h"
#include "match/closeness.h"
#include "match/labels.h"

enum { MATCH_TEXT_MAX = 600, ALL_ROLES = (1 << LEAF_ROLE_COUNT) - 1 };

/* An option with what orders it: smaller first, ties by id. */
struct ranked {
    struct option option;
    int32_t disease; /* 0 named and fits, 1 all solid or liquid, 2 not known deep enough */
    int32_t line;    /* 0 fits, 1 not known */
    int32_t marker;  /* trials: 0 asks for a biomarker, 1 does not */
    int32_t level;
    int32_t close;   /* enum closeness_step */
    int32_t foreign; /* enum labels_rank */
    const struct trial *trial;
};

struct ranked_list {
    struct ranked *item;
    size_t count;
};

static int
ranked_cmp(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    const int32_t by[][2] = {{x->disease, y->disease},
                             {x->line, y->line},
                             {x->marker, y->marker},
                             {(int32_t)x->option.standing, (int32_t)y->option.standing},
                             {x->level, y->level},
                             {x->close, y->close},
                             {x->foreign, y->foreign},
                             {y->option.status_date, x->option.status_date}}; /* newest first */

    for (size_t i = 0; i < RFD_COUNT(by); i++) {
        if (by[i][0] != by[i][1]) {
            return by[i][0] < by[i][1] ? -1 : 1;
        }
    }
    return str_cmp(x->option.id, y->option.id);
}

static uint32_t
roles_of(const struct weighing *w, int32_t root)
{
    return w->k->table->node[root].roles;
}

static bool
has_role(const struct weighing *w, int32_t root, enum leaf_role role)
{
    return (roles_of(w, root) & 1u << (unsigned)role) != 0;
}

static void
rank_fit(const struct weighing *w, int32_t root, bool specific, struct ranked *r)
{
    bool fits = expr_view(w->v, root, VIEW_DISEASE) == K_TRUE;

    r->disease = !fits ? 2 : specific ? 0 : 1;
    r->line = expr_view(w->v, root, VIEW_LINE) == K_TRUE ? 0 : 1;
}

static void
set_reasons(const struct weighing *w, int32_t root, const struct verdict *more, struct option *o)
{
    struct expr_reasons r = expr_explain(w->v, root, w->c, ALL_ROLES, w->a);
    size_t extra = more == NULL ? 0 : more->reason_count;
    struct option_reason *all = ARENA_ARRAY(w->a, r.count + extra, struct option_reason);

    for (size_t i = 0; i < r.count; i++) {
        all[i] = r.reason[i];
    }
    for (size_t i = 0; more != NULL && i < extra; i++) {
        all[r.count + i] = more->reason[i];
    }
    o->reason = all;
    o->reason_count = r.count + extra;
}

/* Why it stands before its equals is a reason like others, and the last. */
static void
set_closeness(const struct weighing *w, int32_t root, struct ranked *r)
{
    struct closeness c = closeness_of(w, root);
    struct option_reason *all;

    r->close = (int32_t)c.step;
    if (c.step != CLOSE_OWN) {
        return;
    }
    all = ARENA_ARRAY(w->a, r->option.reason_count + 1, struct option_reason);
    for (size_t i = 0; i < r->option.reason_count; i++) {
        all[i] = r->option.reason[i];
    }
    all[r->option.reason_count++] =
        (struct option_reason){.verdict = K_TRUE, .text = c.text, .journal = c.journal};
    r->option.reason = all;
}

/* ---- therapies ---- */

static struct str
withdrawn_text(const struct weighing *w, const struct therapy_option *o)
{
    char buf[DAY_TEXT_MAX];
    struct sb b;

    sb_init_arena(&b, w->a, MATCH_TEXT_MAX);
    sb_addf(&b, "Withdrawn (%.*s) on ", STR_FMT(o->jurisdiction));
    sb_add(&b, day_format(o->status_date, buf));
    sb_addf(&b, " [%.*s]", STR_FMT(o->citation));
    return sb_str(&b);
}

/* Do biomarkers fit, and is the disease known deep enough, or so far that only histology is
 * missing? An option that asks for neither a biomarker nor a line that fits needs the disease
 * itself. */
static bool
is_eligible(const struct weighing *w, const struct therapy_option *o)
{
    const struct oncotree_node *n = w->c->disease;

    if (expr_view(w->v, o->root, VIEW_MARKER) != K_TRUE) {
        return false;
    }
    if (expr_view(w->v, o->root, VIEW_DISEASE) == K_TRUE) {
        return true;
    }
    return has_role(w, o->root, ROLE_BIOMARKER) ||
           (n != NULL && n->parent >= 0 && has_role(w, o->root, ROLE_LINE) &&
            expr_view(w->v, o->root, VIEW_LINE) == K_TRUE);
}

static void
describe_therapy(const struct therapy_option *o, struct option *out)
{
    *out = (struct option){
        .kind = OPTION_THERAPY,
        .id = o->id,
        .title = o->title,
        .level = o->level,
        .basis = o->basis,
        .citation = o->citation,
        .jurisdiction = o->jurisdiction,
        .status = o->status,
        .status_date = o->status_date,
    };
}

static void
add_therapy(const struct weighing *w, const struct therapy_option *o, struct ranked_list *fit,
            struct ranked_list *aside)
{
    struct verdict v = weigh_therapy(w, o);
    struct ranked r = {.level = o->level_rank};

    describe_therapy(o, &r.option);
    rank_fit(w, o->root, o->specific, &r);
    r.foreign = (int32_t)labels_rank(o, w->k->jurisdiction);
    r.option.labels = labels_text(w->a, o, w->k->jurisdiction);
    r.option.set_aside_by = o->withdrawn ? withdrawn_text(w, o) : v.against;
    r.option.unchecked = v.unchecked;
    r.option.unchecked_count = v.unchecked_count;
    set_reasons(w, o->root, &v, &r.option);
    if (!str_is_absent(r.option.set_aside_by)) {
        r.option.standing = OPTION_SET_ASIDE;
        aside->item[aside->count++] = r;
        return;
    }
    set_closeness(w, o->root, &r);
    r.option.standing =
        v.open || expr_view(w->v, o->root, VIEW_STRICT) != K_TRUE ? OPTION_OPEN : OPTION_FITS;
    fit->item[fit->count++] = r;
}

/* ---- tests that would decide ---- */

struct missing_list {
    struct str *text;
    size_t count;
};

static void
missing_add(const struct weighing *w, struct missing_list *m, struct str test, struct str title)
{
    struct sb b;

    if (m->count == MATCH_MISSING_MAX) {
        return;
    }
    sb_init_arena(&b, w->a, MATCH_TEXT_MAX);
    sb_addf(&b, "%.*s (would decide: %.*s)", STR_FMT(test), STR_FMT(title));
    for (size_t i = 0; i < m->count; i++) {
        if (str_eq(m->text[i], sb_str(&b))) {
            return;
        }
    }
    m->text[m->count++] = sb_str(&b);
}

/* Disease and line fit for certain, and only a biomarker is unknown. */
static void
look_for_missing(const struct weighing *w, const struct therapy_option *o, struct missing_list *m)
{
    struct expr_reasons r;

    if (o->withdrawn || !has_role(w, o->root, ROLE_LINE) ||
        expr_view(w->v, o->root, VIEW_STRICT) != K_UNKNOWN ||
        expr_view(w->v, o->root, VIEW_DISEASE) != K_TRUE ||
        expr_view(w->v, o->root, VIEW_LINE) != K_TRUE) {
        return;
    }
    if (!str_is_absent(weigh_therapy(w, o).against)) {
        return;
    }
    r = expr_explain(w->v, o->root, w->c, 1u << ROLE_BIOMARKER, w->a);
    for (size_t i = 0; i < r.count; i++) {
        if (r.reason[i].verdict == K_UNKNOWN) {
            missing_add(w, m, r.reason[i].text, o->title);
        }
    }
}

static bool
is_shown(const struct match_knowledge *k, const struct therapy_option *o)
{
    return o->signed_off || k->show_unsigned;
}

/* What is weighed, each kind in a list of its own. */
struct lists {
    struct ranked_list fit;
    struct ranked_list aside;
    struct ranked_list trials;
    struct ranked_list evidence; /* item NULL: counted only, as for an alert */
    struct ranked_list shadow;
};

/* Only the tumour board sees it; for an alert it is a number. */
static void
add_unshown(const struct weighing *w, const struct therapy_option *o, struct ranked_list *list,
            struct ranked_list *aside, size_t *count)
{
    if (is_eligible(w, o)) {
        (*count)++;
        if (list->item != NULL) {
            add_therapy(w, o, list, aside);
        }
    }
}

static void
weigh_all(const struct weighing *w, struct lists *l, struct match_result *out)
{
    const struct therapy_set *set = w->k->therapies;
    struct missing_list missing = {.text = ARENA_ARRAY(w->a, MATCH_MISSING_MAX, struct str)};

    for (size_t i = 0; i < set->count; i++) {
        const struct therapy_option *o = &set->option[i];

        if (o->against || expr_view(w->v, o->root, VIEW_STRICT) == K_FALSE) {
            continue;
        }
        if (o->board_only) {
            add_unshown(w, o, &l->evidence, &l->evidence, &out->for_board);
        } else if (!is_shown(w->k, o)) {
            add_unshown(w, o, &l->shadow, &l->shadow, &out->in_shadow);
        } else if (is_eligible(w, o)) {
            add_therapy(w, o, &l->fit, &l->aside);
        } else {
            look_for_missing(w, o, &missing);
        }
    }
    out->missing = missing.text;
    out->missing_count = missing.count;
}

/* ---- trials ---- */

/* Only where disease and biomarkers are true; a clause that asks for neither is no match. */
static bool
clause_fits(const struct weighing *w, const struct trial_clause *c)
{
    return c->trial->open && !c->suspended &&
           (roles_of(w, c->root) & (1u << ROLE_DISEASE | 1u << ROLE_BIOMARKER)) != 0 &&
           expr_view(w->v, c->root, VIEW_FIT) == K_TRUE;
}

/* The site's word on a trial is of a day; when that is long ago, the reader is told. */
static void
say_stale(const struct weighing *w, const struct trial *t, struct option *o)
{
    char day[DAY_TEXT_MAX];
    struct str *all;
    struct sb b;

    if (t->stale_from == DAY_NONE || w->c->today < t->stale_from) {
        return;
    }
    all = ARENA_ARRAY(w->a, o->unchecked_count + 1, struct str);
    sb_init_arena(&b, w->a, MATCH_TEXT_MAX);
    sb_addf(&b, "whether it is still open here: the site's list says so as of %.*s",
            STR_FMT(day_format(t->status_date, day)));
    all[0] = sb_str(&b);
    for (size_t i = 0; i < o->unchecked_count; i++) {
        all[i + 1] = o->unchecked[i];
    }
    o->unchecked = all;
    o->unchecked_count++;
}

static void
add_trial(const struct weighing *w, const struct trial_clause *c, struct ranked_list *list)
{
    struct ranked r = {.trial = c->trial};
    bool strict = expr_view(w->v, c->root, VIEW_STRICT) == K_TRUE;

    r.option = (struct option){
        .kind = OPTION_TRIAL,
        .standing = strict ? OPTION_FITS : OPTION_OPEN,
        .id = c->id,
        .title = c->title,
        .level = c->trial->phase,
        .basis = c->trial->title,
        .citation = c->trial->citation,
        .status = c->trial->status,
        .status_date = c->trial->status_date,
        .contact = c->trial->contact,
        .jurisdiction = c->trial->said_by,
        .own = c->trial->own,
        .unchecked = c->trial->unchecked,
        .unchecked_count = c->trial->unchecked_count,
    };
    rank_fit(w, c->root, c->specific, &r);
    r.marker = has_role(w, c->root, ROLE_BIOMARKER) ? 0 : 1;
    set_reasons(w, c->root, NULL, &r.option);
    set_closeness(w, c->root, &r);
    say_stale(w, c->trial, &r.option);
    list->item[list->count++] = r;
}

/* Of each trial its best clause: the list is in order. */
static void
keep_one_per_trial(struct ranked_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        bool seen = false;

        for (size_t j = 0; j < kept && !seen; j++) {
            seen = str_eq(list->item[j].trial->id, list->item[i].trial->id);
        }
        if (!seen) {
            list->item[kept++] = list->item[i];
        }
    }
    list->count = kept;
}

/* Every clause, where nothing says which may fit. */
static struct gate_clauses
every_clause(const struct weighing *w)
{
    size_t count = w->k->trials->count;
    uint32_t *clause = ARENA_ARRAY(w->a, count, uint32_t);

    for (size_t i = 0; i < count; i++) {
        clause[i] = (uint32_t)i;
    }
    return (struct gate_clauses){clause, count};
}

static void
match_trials(const struct weighing *w, struct ranked_list *list)
{
    const struct trial_set *set = w->k->trials;
    bool gated = set->gates != NULL && w->c->policy == MATCH_NATIVE;
    struct gate_clauses may = gated ? gate_open(set->gates, w->c, w->a) : every_clause(w);
    size_t fitting = 0;

    for (size_t i = 0; i < may.count; i++) {
        fitting += clause_fits(w, &set->clause[may.clause[i]]) ? 1 : 0;
    }
    list->item = ARENA_ARRAY(w->a, fitting, struct ranked);
    for (size_t i = 0; i < may.count; i++) {
        if (clause_fits(w, &set->clause[may.clause[i]])) {
            add_trial(w, &set->clause[may.clause[i]], list);
        }
    }
    sort_stable(w->a, list->item, list->count, sizeof *list->item, ranked_cmp);
    keep_one_per_trial(list);
}

/* ---- the result ---- */

static const struct str *
ids_behind(const struct weighing *w, const struct ranked_list *list, size_t shown_count)
{
    struct str *id = ARENA_ARRAY(w->a, list->count - shown_count, struct str);

    for (size_t i = shown_count; i < list->count; i++) {
        id[i - shown_count] = list->item[i].option.id;
    }
    return id;
}

/* The first day on which one of the site's words on a trial is old. */
static day_t
stale_due(const struct weighing *w, const struct ranked_list *trials, day_t due)
{
    for (size_t i = 0; i < trials->count; i++) {
        day_t d = trials->item[i].trial->stale_from;

        if (d != DAY_NONE && d > w->c->today && (due == DAY_NONE || d < due)) {
            due = d;
        }
    }
    return due;
}

static const struct option *
shown(const struct weighing *w, const struct ranked_list *list, size_t *count, size_t *more)
{
    size_t max = w->k->show_max == 0 ? MATCH_SHOW_DEFAULT : w->k->show_max;
    struct option *out;

    *count = list->count < max ? list->count : max;
    *more = list->count - *count;
    out = ARENA_ARRAY(w->a, *count, struct option);
    for (size_t i = 0; i < *count; i++) {
        out[i] = list->item[i].option;
        out[i].rank = (int32_t)i + 1;
    }
    return out;
}

static void
sort_all(const struct weighing *w, struct lists *l)
{
    struct ranked_list *const list[] = {&l->fit, &l->aside, &l->evidence, &l->shadow};

    for (size_t i = 0; i < RFD_COUNT(list); i++) {
        sort_stable(w->a, list[i]->item, list[i]->count, sizeof *list[i]->item, ranked_cmp);
    }
}

static void
match_lists(struct weighing *w, struct lists *l, struct match_result *out)
{
    struct expr_values v = expr_begin(w->k->table, w->c, w->a);

    w->v = &v;
    l->fit.item = ARENA_ARRAY(w->a, w->k->therapies->count, struct ranked);
    l->aside.item = ARENA_ARRAY(w->a, w->k->therapies->count, struct ranked);
    weigh_all(w, l, out);
    sort_all(w, l);
    match_trials(w, &l->trials);
    out->therapy = shown(w, &l->fit, &out->therapy_count, &out->therapies_more);
    out->aside = shown(w, &l->aside, &out->aside_count, &out->asides_more);
    out->trial = shown(w, &l->trials, &out->trial_count, &out->trials_more);
    out->behind = ids_behind(w, &l->trials, out->trial_count);
    out->behind_count = out->trials_more;
    out->next_due = stale_due(w, &l->trials, expr_next_due(&v));
    w->v = NULL;
}

void
match_case_options(const struct match_knowledge *k, const struct match_case *c, struct arena *a,
                   struct match_result *out)
{
    struct lists l = {.fit = {.count = 0}};
    struct weighing w = {.k = k, .c = c, .a = a};

    *out = (struct match_result){.next_due = DAY_NONE};
    if (!c->dead) {
        match_lists(&w, &l, out);
    }
}

void
match_board_options(const struct match_knowledge *k, const struct match_case *c, struct arena *a,
                    struct match_board *out)
{
    struct match_knowledge whole = *k;
    struct weighing w = {.k = &whole, .c = c, .a = a};
    struct lists l = {.fit = {.count = 0}};
    size_t more;

    *out = (struct match_board){.all = {.next_due = DAY_NONE}};
    if (c->dead) {
        return;
    }
    whole.show_max = SIZE_MAX;
    l.evidence.item = ARENA_ARRAY(a, k->therapies->count, struct ranked);
    l.shadow.item = ARENA_ARRAY(a, k->therapies->count, struct ranked);
    match_lists(&w, &l, &out->all);
    out->evidence = shown(&w, &l.evidence, &out->evidence_count, &more);
    out->shadow = shown(&w, &l.shadow, &out->shadow_count, &more);
}
