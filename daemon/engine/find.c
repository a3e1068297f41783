#include "engine/find.h"

#include "criteria/eval.h"
#include "criteria/series.h"

/* Beyond it an alert about an earlier line would be taken back: more than anyone has had. */
enum { LINES_LOOKED_BACK = 40 };

struct finder {
    struct arena *arena;
    const struct knowledge *knowledge;
    const struct cases *cases;
    struct found *item;
    size_t count;
    size_t max;
    day_t next_due;
    struct series_memo *memo; /* of the timeline in hand */
};

static struct str
episode_of(struct arena *a, const struct line *l)
{
    char day[DAY_TEXT_MAX];

    if (l == NULL)
        return STR("none");
    return str_cat(a, STR("line:"), str_dup(a, day_format(l->start, day)));
}

static bool
finding_holds(const struct finding *f)
{
    return f->status == FINDING_UNCONFIRMED || f->status == FINDING_MET;
}

/* The line that a finding speaks of: the one its rule is anchored to, else the one of its event. */
static const struct line *
finding_line(const struct finding *f, const struct therapies *th)
{
    if (f->line != NULL)
        return f->line;
    return f->first_event == DAY_NONE ? NULL : line_at(th, f->first_event);
}

/* Does the same finding stand already? What does not hold today may have held as its line ended. */
static bool
already_holds(const struct finder *fd, const struct found *x)
{
    for (size_t i = 0; i < fd->count; i++) {
        if (fd->item[i].finding.rule == x->finding.rule && fd->item[i].tumour == x->tumour &&
            finding_holds(&fd->item[i].finding) && str_eq(fd->item[i].episode, x->episode))
            return true;
    }
    return false;
}

static void
found_add(struct finder *fd, const struct found *x)
{
    rfd_assert(fd->count < fd->max);
    if (!already_holds(fd, x))
        fd->item[fd->count++] = *x;
}

static struct finding
blocked(struct arena *a, const struct rule *r, struct str why)
{
    struct str *missing = ARENA_NEW(a, struct str);

    *missing = why;
    return (struct finding){.rule = &r->head,
                            .status = FINDING_NOT_EVALUABLE,
                            .first_event = DAY_NONE,
                            .missing = missing,
                            .missing_count = 1,
                            .next_due = DAY_NONE};
}

/* Could the rule's evidence belong to another active tumour as well? */
static bool
is_ambiguous(const struct finder *fd, const struct rule *r)
{
    size_t n = 0;

    for (size_t i = 0; i < fd->cases->count; i++)
        n += criteria_applies(r, fd->cases->item[i].node) != K_FALSE;
    return n > 1;
}

static struct finding
evaluate(struct finder *fd, const struct rule *r, const struct tumour_case *c, enum kleene applies,
         const struct timeline *t, const struct therapies *th)
{
    if (t->too_long)
        return blocked(fd->arena, r, STR("too many results to evaluate this patient"));
    if (is_ambiguous(fd, r))
        return blocked(fd->arena, r,
                       STR("two active cancers: it is not known which one the results speak of"));
    if (applies == K_UNKNOWN)
        return blocked(fd->arena, r,
                       str_cat(fd->arena, STR("the diagnosis is known only as "), c->node->name));
    return criteria_eval_next(r, t, th, fd->memo, fd->arena);
}

static void
due_add(struct finder *fd, day_t day)
{
    if (day != DAY_NONE && (fd->next_due == DAY_NONE || day < fd->next_due))
        fd->next_due = day;
}

/* Has a line begun after the event of this finding, which is not the line that it speaks of? */
static bool
is_past(const struct finding *f, const struct line *own, const struct therapies *today)
{
    const struct line *last = today->line_count == 0 ? NULL : &today->line[today->line_count - 1];

    if (last == NULL || f->first_event == DAY_NONE)
        return false;
    if (own != NULL && own->start == last->start)
        return false;
    return f->first_event < last->start;
}

static void
find_at(struct finder *fd, const struct timeline *t, const struct therapies *th,
        const struct therapies *today, bool now)
{
    fd->memo = ARENA_NEW(fd->arena, struct series_memo);
    for (size_t r = 0; r < fd->knowledge->rules.count; r++) {
        const struct rule *rule = &fd->knowledge->rules.rule[r];

        for (size_t c = 0; c < fd->cases->count; c++) {
            const struct tumour_case *tc = &fd->cases->item[c];
            enum kleene applies = criteria_applies(rule, tc->node);
            struct found x = {.tumour = tc};
            const struct line *own;

            if (applies == K_FALSE)
                continue;
            x.finding = evaluate(fd, rule, tc, applies, t, th);
            x.finding.diagnosis = tc->diagnosis;
            own = finding_line(&x.finding, th);
            x.finding.line = own;
            x.episode = episode_of(fd->arena, own);
            x.past = !now || is_past(&x.finding, own, today);
            if (now)
                due_add(fd, x.finding.next_due);
            if (now || finding_holds(&x.finding))
                found_add(fd, &x);
        }
    }
}

/* Lines that have ended by the start of another one. */
static size_t
lines_looked_back(const struct therapies *th)
{
    size_t ended = th->line_count == 0 ? 0 : th->line_count - 1;

    return ended < LINES_LOOKED_BACK ? ended : LINES_LOOKED_BACK;
}

struct found_list
find_all(const struct knowledge *k, const struct timeline *t, const struct cases *cases)
{
    struct finder fd = {.arena = t->arena, .knowledge = k, .cases = cases, .next_due = DAY_NONE};
    struct therapies *today = ARENA_NEW(t->arena, struct therapies);

    *today = course_build(t);
    fd.max = k->rules.count * cases->count * (lines_looked_back(today) + 1);
    fd.item = ARENA_ARRAY(t->arena, fd.max, struct found);
    find_at(&fd, t, today, today, true);
    for (size_t n = 1; n <= lines_looked_back(today); n++) {
        size_t i = today->line_count - n;
        struct timeline cut = timeline_until(t, today->line[i].start - 1);
        struct therapies *th = ARENA_NEW(t->arena, struct therapies);

        *th = course_build(&cut);
        find_at(&fd, &cut, th, today, false);
    }
    return (struct found_list){fd.item, fd.count, today, fd.next_due};
}
