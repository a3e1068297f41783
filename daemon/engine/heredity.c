#include "engine/heredity.h"

#include "base/sb.h"

enum { BROUGHT_MAX = 1000, WHY_MAX = 2000, LINE_MAX_BYTES = 200 };

static bool
is_possible(const struct directory *d, const struct fact *f)
{
    return f->kind == FACT_VARIANT && f->u.variant.present &&
           directory_is_germline(d, &f->u.variant);
}

static bool
is_of(const struct heredity *h, const struct fact *f)
{
    struct fact_key key;

    if (f->kind != FACT_VARIANT)
        return false;
    key = fact_key(f);
    for (size_t i = 0; i < h->count; i++) {
        struct fact_key other = fact_key(h->variant[i]);

        if (fact_key_cmp(&key, &other) == 0)
            return true;
    }
    return false;
}

/* All versions of such a variant go: an older one that called it the tumour's would come back. */
static struct timeline
without(const struct heredity *h, const struct timeline *t, const struct fact *fact,
        size_t fact_count, struct arena *a)
{
    struct fact *f = ARENA_ARRAY(a, fact_count, struct fact);
    struct timeline out;
    size_t n = 0;

    for (size_t i = 0; i < fact_count; i++) {
        if (!is_of(h, &fact[i]))
            f[n++] = fact[i];
    }
    out = timeline_build(a, f, n, t->as_of);
    out.oncotree = t->oncotree;
    return out;
}

struct heredity
heredity_of(const struct directory *d, const struct timeline *t, const struct fact *fact,
            size_t fact_count, struct arena *a)
{
    struct heredity h = {.count = 0};
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_VARIANT, &n);
    const struct fact **v = ARENA_ARRAY(a, n, const struct fact *);

    for (size_t i = 0; d != NULL && i < n; i++) {
        if (is_possible(d, f[i]))
            v[h.count++] = f[i];
    }
    h.variant = v;
    if (h.count > 0)
        h.without = without(&h, t, fact, fact_count, a);
    return h;
}

bool
heredity_rests(const struct directory *d, const struct finding *f)
{
    for (size_t i = 0; d != NULL && i < f->evidence_count; i++) {
        if (is_possible(d, f->evidence[i].fact))
            return true;
    }
    return false;
}

static bool
stands_in(const struct option *list, size_t n, const struct alert_parts *p, struct str id)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(list[i].id, id))
            return true;
    }
    for (size_t i = 0; i < p->behind_count; i++) {
        if (str_eq(p->behind[i], id))
            return true;
    }
    return false;
}

static void
add_brought(struct sb *b, const struct option *o)
{
    if (sb_str(b).n > 0)
        sb_add_c(b, ", ");
    sb_add(b, o->title);
}

struct str
heredity_brings(const struct alert_parts *with, const struct alert_parts *without, struct arena *a)
{
    struct sb b;

    sb_init_arena(&b, a, BROUGHT_MAX);
    for (size_t i = 0; i < with->option_count; i++) {
        if (!stands_in(without->option, without->option_count, without, with->option[i].id))
            add_brought(&b, &with->option[i]);
    }
    for (size_t i = 0; i < with->trial_count; i++) {
        if (!stands_in(without->trial, without->trial_count, without, with->trial[i].id))
            add_brought(&b, &with->trial[i]);
    }
    return sb_ok(&b) && sb_str(&b).n > 0 ? sb_str(&b) : STR_NONE;
}

const struct finding *
heredity_notice(const struct heredity *h, struct str brings, struct arena *a)
{
    static const struct rule_head rule = {
        .id = {"refractd.inherited", 18},
        .version = {"1", 1},
        .title = {"possibly inherited variant", 26},
        .citation = {"Mandelker et al., Ann Oncol 2019;30:1221-31", 43},
        .verified = {"memory", 6},
        .consequence = CONSEQUENCE_OPTIONS,
        .mode = RULE_LIVE,
    };
    struct finding *f = ARENA_NEW(a, struct finding);
    struct evidence *e = ARENA_ARRAY(a, h->count, struct evidence);
    struct sb b;

    *f = (struct finding){.rule = &rule,
                          .status = FINDING_MET,
                          .first_event = fact_day(h->variant[0]),
                          .evidence = e,
                          .evidence_count = h->count,
                          .next_due = DAY_NONE,
                          .confirm_by = DAY_NONE};
    for (size_t i = 0; i < h->count; i++)
        e[i] = (struct evidence){EVIDENCE_CANDIDATE, h->variant[i]};
    sb_init_arena(&b, a, WHY_MAX);
    sb_add_c(&b,
             "the report says so or leaves it open; of the care team's alert rest on it, and are "
             "not listed there: ");
    sb_add(&b, brings);
    f->why = sb_str(&b);
    return f;
}

struct str
heredity_elsewhere(const struct directory *d, struct arena *a)
{
    struct sb b;

    sb_init_arena(&b, a, LINE_MAX_BYTES);
    sb_addf(&b, "what was sent to %.*s alone: it is not listed here", STR_FMT(d->germline));
    return sb_str(&b);
}

void
heredity_restrict(const struct directory *d, struct alert *al, const char *key, struct arena *a)
{
    struct sb b;

    al->only_for = d->germline;
    al->episode = str_cat(a, al->episode, str_from_c(key));
    sb_init_arena(&b, a, LINE_MAX_BYTES);
    sb_addf(&b, "for %.*s alone: the finding stands in the alert", STR_FMT(d->germline));
    al->headline = sb_str(&b);
}

static bool
is_missing_in(const struct alert_parts *p, struct str s)
{
    for (size_t i = 0; i < p->missing_count; i++) {
        if (str_eq(p->missing[i], s))
            return true;
    }
    return false;
}

void
heredity_missing(const struct alert_parts *with, struct alert_parts *without, struct arena *a)
{
    struct str *kept = ARENA_ARRAY(a, without->missing_count, struct str);
    size_t n = 0;

    for (size_t i = 0; i < without->missing_count; i++) {
        if (is_missing_in(with, without->missing[i]))
            kept[n++] = without->missing[i];
    }
    without->missing = kept;
    without->missing_count = n;
}
