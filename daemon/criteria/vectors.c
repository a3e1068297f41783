#include "criteria/vectors.h"

#include "base/sb.h"
#include "criteria/eval.h"
#include "criteria/vector_facts.h"

enum { LINE_MAX = 400 };

struct run {
    const struct ruleset *rules;
    struct arena *scratch;
    struct diags *diags;
    const struct vectors_sink *sink;
    struct vectors_counts *counts;
};

struct expectation {
    day_t asof;
    enum finding_status status;
    day_t date; /* DAY_NONE: not said */
};

static void
words_outcome(struct sb *b, enum finding_status status, day_t date)
{
    char text[DAY_TEXT_MAX];

    sb_add_c(b, finding_status_name(status));
    if (date != DAY_NONE) {
        sb_add_c(b, " ");
        sb_add(b, day_format(date, text));
    }
}

static struct sb
line_begin(const struct run *r, const char *word, struct str id, day_t asof)
{
    char text[DAY_TEXT_MAX];
    struct sb b;

    sb_init_arena(&b, r->scratch, LINE_MAX);
    sb_add_c(&b, word);
    sb_add_c(&b, " ");
    sb_add(&b, id);
    sb_add_c(&b, "@");
    sb_add(&b, day_format(asof, text));
    sb_add_c(&b, " ");
    return b;
}

static void
tell(const struct run *r, struct str id, const struct expectation *want, const struct finding *got)
{
    bool dated = want->date != DAY_NONE;
    bool ok = got->status == want->status && (!dated || got->first_event == want->date);
    struct sb b = line_begin(r, ok ? "ok" : "FAIL", id, want->asof);

    if (ok) {
        r->counts->passed++;
        sb_add_c(&b, finding_status_name(got->status));
    } else {
        r->counts->failed++;
        sb_add_c(&b, "got ");
        words_outcome(&b, got->status, dated ? got->first_event : DAY_NONE);
        sb_add_c(&b, " want ");
        words_outcome(&b, want->status, want->date);
    }
    r->sink->line(r->sink->to, sb_str(&b));
}

static void
skip(const struct run *r, struct str id, const struct expectation *want, struct str rule)
{
    struct sb b = line_begin(r, "skip", id, want->asof);

    r->counts->skipped++;
    sb_add(&b, rule);
    r->sink->line(r->sink->to, sb_str(&b));
}

/* Other keys of an expectation are notes for its reader. */
static bool
expectation_read(const struct run *r, const struct tree *t, struct expectation *out)
{
    static const char *const words[] = {"not_evaluable", "not_met", "unconfirmed", "met"};
    const struct tree *date = tree_get(t, "date");
    int status;

    out->date = DAY_NONE;
    if (t == NULL || !tree_is(t, TREE_MAP, r->diags) ||
        !tree_day(tree_need(t, "asof", r->diags), r->diags, &out->asof) ||
        !tree_enum(tree_need(t, "status", r->diags), r->diags, words, RFD_COUNT(words), &status))
        return false;
    out->status = (enum finding_status)status;
    return tree_is_absent(date) || tree_day(date, r->diags, &out->date);
}

static void
check(const struct run *r, const struct rule *rule, struct str id, const struct tree *events,
      const struct expectation *want)
{
    struct stamp as_of = vector_facts_end_of(want->asof);
    size_t count;
    struct fact *facts = vector_facts(events, want->asof, r->scratch, &count);
    struct timeline t = timeline_build(r->scratch, facts, count, as_of);
    struct therapies th = course_build(&t);
    struct finding f = criteria_eval(rule, &t, &th, r->scratch);

    tell(r, id, want, &f);
}

static bool
run_vector(const struct run *r, const struct tree *t)
{
    static const char *const keys[] = {"id", "criterion", "events", "expect", "why"};
    const struct tree *expect = tree_need(t, "expect", r->diags);
    const struct tree *events = tree_need(t, "events", r->diags);
    const struct rule *rule;
    struct str id;
    struct str criterion;

    if (!tree_check_keys(t, keys, RFD_COUNT(keys), r->diags) || expect == NULL || events == NULL ||
        !tree_str(tree_need(t, "id", r->diags), r->diags, &id) ||
        !tree_str(tree_need(t, "criterion", r->diags), r->diags, &criterion) ||
        !tree_is(expect, TREE_SEQ, r->diags) || !vector_facts_check(events, r->diags))
        return false;
    if (tree_len(expect) == 0) {
        tree_error(expect, r->diags, "nothing is expected here: that would pass whatever is found");
        return false;
    }
    rule = criteria_rule(r->rules, criterion);
    for (size_t i = 0; i < tree_len(expect); i++) {
        size_t mark = arena_mark(r->scratch);
        struct expectation want;

        if (!expectation_read(r, tree_at(expect, i), &want))
            return false;
        if (rule == NULL)
            skip(r, id, &want, criterion);
        else
            check(r, rule, id, events, &want);
        arena_release(r->scratch, mark);
    }
    return true;
}

bool
criteria_vectors_run(const struct ruleset *rules, const struct tree *root, struct arena *scratch,
                     struct diags *d, const struct vectors_sink *sink,
                     struct vectors_counts *counts)
{
    struct run r = {rules, scratch, d, sink, counts};
    bool ok = true;

    rfd_assert(d->arena != scratch);
    if (root == NULL || !tree_is(root, TREE_SEQ, d))
        return false;
    for (size_t i = 0; i < tree_len(root); i++) {
        const struct tree *t = tree_at(root, i);

        if (tree_is_absent(t))
            tree_error(t, d, "a timeline is a map (key: value)");
        if (!tree_is(t, TREE_MAP, d) || !run_vector(&r, t))
            ok = false; /* the others are still worth running */
    }
    return ok;
}

struct str
criteria_vectors_summary(const struct vectors_counts *counts, struct arena *a)
{
    struct sb b;

    sb_init_arena(&b, a, LINE_MAX);
    sb_addf(&b, "%zu passed, %zu failed", counts->passed, counts->failed);
    if (counts->skipped > 0)
        sb_addf(&b, ", %zu skipped", counts->skipped);
    return sb_str(&b);
}
