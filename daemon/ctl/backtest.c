#include "ctl/backtest.h"

#include "core/person.h"
#include "sys/clock.h"
#include "sys/mem.h"
#include "wire/jsonout.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EXAMPLES_MAX = 5, LINE_BYTES_MAX = 64 * 1024, KEY_TEXT_MAX = 256, NICE_BY = 10 };

static const size_t PATIENT_ARENA_BYTES = (size_t)4 << 30;
static const size_t PATIENT_ARENA_KEEP = (size_t)4 << 20;

enum change {
    CHANGE_GAINED,
    CHANGE_LOST,
    CHANGE_EARLIER,
    CHANGE_LATER,
    CHANGE_COUNT,
};

static const char *const change_names[CHANGE_COUNT] = {"gained", "lost", "earlier", "later"};

struct example {
    enum change change;
    struct str alert; /* P17/PROSTATE/line:2025-01-10 */
    day_t current;    /* raised; DAY_NONE: not at all */
    day_t other;
    day_t first_event;
};

/* One rule's row, or that of the alerts that the rules together would have raised. */
struct tally {
    struct str name;
    size_t current;
    size_t other;
    size_t change[CHANGE_COUNT];
    struct example example[EXAMPLES_MAX];
    size_t example_count;
};

struct tallies {
    struct backtest *bt;
    struct tally *row; /* [0]: alerts */
    size_t count;
    size_t looks;
    size_t cut; /* patients with more findings than are kept */
};

/* --- opening */

static bool
current_rules(struct backtest *b, const struct folders *f, struct diags *d)
{
    return folders_terms(b->call, f, &b->terms) &&
           knowledge_compile_bundle(f->bundle, &b->terms, f->demo, b->call->arena, d, &b->current);
}

static bool
other_rules(struct backtest *b, struct diags *d)
{
    struct bundle *rules = bundle_new(b->call->arena);

    b->has_other = call_has(b->call, OPT_CRITERIA);
    b->other = b->current;
    if (!b->has_other)
        return true;
    if (!bundle_add_folder(rules, "criteria", b->call->option[OPT_CRITERIA], d))
        return false;
    bundle_seal(rules);
    return knowledge_rules(rules, &b->terms, b->call->arena, d, &b->other.rules);
}

static bool
open_store(struct backtest *b, const char *path)
{
    char error[STORE_ERROR_TEXT_MAX];

    if (store_open_reader(path, &b->store, error) != STORE_OK) {
        (void)call_fail(CALL_FAILED, "%s", error);
        return false;
    }
    if (store_patients_all(b->store, b->call->arena, &b->patient, &b->patient_count) == STORE_OK)
        return true;
    (void)call_fail(CALL_FAILED, "the patients cannot be listed");
    store_close(&b->store);
    return false;
}

static bool
read_since(struct backtest *b)
{
    struct stamp at;

    b->since = DAY_NONE;
    if (!call_has(b->call, OPT_SINCE))
        return true;
    if (!stamp_parse(str_from_c(b->call->option[OPT_SINCE]), &at) || at.precision < PRECISION_DAY)
        return false;
    b->since = stamp_day(at);
    return true;
}

bool
backtest_open(const struct call *c, struct backtest *b)
{
    struct folders f;
    struct diags d;
    bool ok;

    *b = (struct backtest){.call = c, .now = stamp_of_utc(clock_wall_s())};
    if (!call_has(c, OPT_CONFIG)) {
        (void)call_fail(CALL_USAGE, "backtest needs --config FILE: whose store, and which rules");
        return false;
    }
    if (!read_since(b)) {
        (void)call_fail(CALL_USAGE, "--since takes a day: 2026-01-01");
        return false;
    }
    diags_init(&d, c->arena);
    ok = folders_open(c, &f) && current_rules(b, &f, &d) && other_rules(b, &d);
    call_print_diags(&d);
    if (!ok || !open_store(b, f.config->settings.store))
        return false;
    mem_arena_new(&b->arena, PATIENT_ARENA_BYTES);
    mem_arena_new(&b->scratch, PATIENT_ARENA_BYTES);
    (void)arena_trap_set(&b->arena, c->arena->trap);
    (void)arena_trap_set(&b->scratch, c->arena->trap);
    return true;
}

void
backtest_close(struct backtest *b)
{
    store_close(&b->store);
    mem_arena_free(&b->arena);
    mem_arena_free(&b->scratch);
}

void
backtest_be_nice(void)
{
    if (nice(NICE_BY) == -1)
        (void)fprintf(stderr, "refractctl: the priority could not be lowered\n");
}

bool
backtest_load(struct backtest *b, size_t nth, struct backtest_patient *out)
{
    struct person_loaded p = {0};

    mem_arena_trim(&b->arena, PATIENT_ARENA_KEEP);
    mem_arena_trim(&b->scratch, PATIENT_ARENA_KEEP);
    if (person_load(b->store, b->patient[nth], &b->arena, &p) != STORE_OK ||
        p.survivor != b->patient[nth])
        return false;
    *out = (struct backtest_patient){p.survivor, p.patient.fact, p.patient.fact_count};
    return true;
}

struct replay
backtest_replay(struct backtest *b, const struct knowledge *k, const struct backtest_patient *p)
{
    const struct replay_in in = {.knowledge = k,
                                 .fact = p->fact,
                                 .fact_count = p->fact_count,
                                 .now = b->now,
                                 .since = b->since};

    return replay_run(&in, &b->arena, &b->scratch);
}

/* --- comparing */

static struct tally *
tally_of(struct tallies *t, struct str name)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(t->row[i].name, name))
            return &t->row[i];
    t->row[t->count] = (struct tally){.name = name};
    return &t->row[t->count++];
}

static bool
same_alert(const struct replay_item *a, const struct replay_item *b)
{
    return str_eq(a->case_key, b->case_key) && str_eq(a->episode, b->episode);
}

static const struct replay_item *
twin_of(const struct replay *r, const struct replay_item *x)
{
    for (size_t i = 0; i < r->count; i++)
        if (same_alert(&r->item[i], x) && str_eq(r->item[i].rule->id, x->rule->id))
            return &r->item[i];
    return NULL;
}

/* The first finding of its alert in the replay, which is kept by first sight. */
static bool
opens_alert(const struct replay *r, const struct replay_item *x)
{
    for (const struct replay_item *i = r->item; i < x; i++)
        if (same_alert(i, x))
            return false;
    return true;
}

static const struct replay_item *
opener_of(const struct replay *r, const struct replay_item *x)
{
    for (size_t i = 0; i < r->count; i++)
        if (same_alert(&r->item[i], x))
            return &r->item[i];
    return NULL;
}

static void
keep_example(struct tallies *t, struct tally *row, uint64_t patient, enum change change,
             const struct replay_item *was, const struct replay_item *is)
{
    const struct replay_item *x = is != NULL ? is : was;
    struct sb key;

    row->change[change]++;
    if (row->example_count == EXAMPLES_MAX)
        return;
    sb_init_arena(&key, t->bt->call->arena, KEY_TEXT_MAX);
    sb_addf(&key, "P%llu/%.*s/%.*s", (unsigned long long)patient, STR_FMT(x->case_key),
            STR_FMT(x->episode));
    row->example[row->example_count++] = (struct example){.change = change,
                                                          .alert = sb_str(&key),
                                                          .current = was ? was->raised : DAY_NONE,
                                                          .other = is ? is->raised : DAY_NONE,
                                                          .first_event = x->first_event};
}

/* was, is: the same finding or alert under the current and the other rules; NULL: not there. What
 * stood before --since is no news in either. */
static void
compare(struct tallies *t, struct tally *row, uint64_t patient, const struct replay_item *was,
        const struct replay_item *is)
{
    day_t since = t->bt->since;
    bool old_was = was != NULL && since != DAY_NONE && was->raised < since;
    bool old_is = is != NULL && since != DAY_NONE && is->raised < since;

    if ((was == NULL || old_was) && (is == NULL || old_is))
        return;
    row->current += was != NULL && !old_was;
    row->other += is != NULL && !old_is;
    if (was == NULL)
        keep_example(t, row, patient, CHANGE_GAINED, was, is);
    else if (is == NULL)
        keep_example(t, row, patient, CHANGE_LOST, was, is);
    else if (was->raised != is->raised)
        keep_example(t, row, patient, is->raised < was->raised ? CHANGE_EARLIER : CHANGE_LATER, was,
                     is);
}

static void
compare_replays(struct tallies *t, uint64_t patient, const struct replay *was,
                const struct replay *is)
{
    for (size_t i = 0; i < was->count; i++) {
        const struct replay_item *x = &was->item[i];

        compare(t, tally_of(t, x->rule->id), patient, x, twin_of(is, x));
        if (opens_alert(was, x))
            compare(t, &t->row[0], patient, x, opener_of(is, x));
    }
    for (size_t i = 0; i < is->count; i++) {
        const struct replay_item *x = &is->item[i];

        if (twin_of(was, x) == NULL)
            compare(t, tally_of(t, x->rule->id), patient, NULL, x);
        if (opens_alert(is, x) && opener_of(was, x) == NULL)
            compare(t, &t->row[0], patient, NULL, x);
    }
}

static void
compare_all(struct tallies *t)
{
    struct backtest *b = t->bt;

    for (size_t i = 0; i < b->patient_count; i++) {
        struct backtest_patient p;
        struct replay was;
        struct replay is;

        if (!backtest_load(b, i, &p))
            continue;
        was = backtest_replay(b, &b->current, &p);
        is = backtest_replay(b, &b->other, &p);
        t->looks += was.looks;
        t->cut += was.too_many || is.too_many;
        compare_replays(t, p.number, &was, &is);
    }
}

/* --- printing */

static void
add_day(struct sb *b, day_t day)
{
    char text[DAY_TEXT_MAX];

    if (day == DAY_NONE)
        sb_add_c(b, "never");
    else
        sb_add(b, day_format(day, text));
}

static void
print_example(const struct example *x, struct sb *b)
{
    sb_addf(b, "    %s: %.*s, event of ", change_names[x->change], STR_FMT(x->alert));
    add_day(b, x->first_event);
    sb_add_c(b, ", raised ");
    add_day(b, x->current);
    sb_add_c(b, " and by the other rules ");
    add_day(b, x->other);
}

static void
json_day(struct jsonout *j, const char *key, day_t day)
{
    char text[DAY_TEXT_MAX];

    if (day == DAY_NONE)
        return;
    jsonout_key(j, key);
    jsonout_str(j, day_format(day, text));
}

static void
json_row(struct sb *b, const struct tally *row)
{
    struct jsonout j;

    jsonout_init(&j, b);
    jsonout_map(&j);
    jsonout_key(&j, "rule");
    jsonout_str(&j, row->name);
    jsonout_key(&j, "current");
    jsonout_i64(&j, (int64_t)row->current);
    jsonout_key(&j, "other");
    jsonout_i64(&j, (int64_t)row->other);
    for (unsigned c = 0; c < CHANGE_COUNT; c++) {
        jsonout_key(&j, change_names[c]);
        jsonout_i64(&j, (int64_t)row->change[c]);
    }
    jsonout_key(&j, "examples");
    jsonout_list(&j);
    for (size_t i = 0; i < row->example_count; i++) {
        const struct example *x = &row->example[i];

        jsonout_map(&j);
        jsonout_key(&j, "change");
        jsonout_str(&j, str_from_c(change_names[x->change]));
        jsonout_key(&j, "alert");
        jsonout_str(&j, x->alert);
        json_day(&j, "first_event", x->first_event);
        json_day(&j, "raised", x->current);
        json_day(&j, "raised_by_other", x->other);
        jsonout_map_end(&j);
    }
    jsonout_list_end(&j);
    jsonout_map_end(&j);
    rfd_assert(jsonout_ok(&j));
}

static void
print_row(const struct call *c, const struct tally *row)
{
    struct sb b;

    sb_init_arena(&b, c->arena, LINE_BYTES_MAX);
    if (call_has(c, OPT_JSON)) {
        json_row(&b, row);
        call_print(sb_str(&b));
        return;
    }
    sb_addf(&b, "%.*s: %zu by the current rules, %zu by the others", STR_FMT(row->name),
            row->current, row->other);
    for (unsigned k = 0; k < CHANGE_COUNT; k++)
        sb_addf(&b, ", %zu %s", row->change[k], change_names[k]);
    call_print(sb_str(&b));
    for (size_t i = 0; i < row->example_count; i++) {
        sb_init_arena(&b, c->arena, LINE_BYTES_MAX);
        print_example(&row->example[i], &b);
        call_print(sb_str(&b));
    }
}

int
backtest_compare(struct backtest *b)
{
    const struct call *c = b->call;
    size_t rules = b->current.rules.count + b->other.rules.count;
    struct tallies t = {.bt = b, .row = ARENA_ARRAY(c->arena, rules + 1, struct tally)};

    (void)tally_of(&t, STR("alerts"));
    compare_all(&t);
    for (size_t i = 0; i < t.count; i++)
        print_row(c, &t.row[i]);
    (void)fprintf(stderr, "%zu patient numbers, %zu looks; rules in shadow are counted too\n",
                  b->patient_count, t.looks);
    if (t.cut > 0)
        (void)fprintf(stderr, "%zu patients have more findings than are kept (%d)\n", t.cut,
                      REPLAY_ITEMS_MAX);
    return CALL_OK;
}
