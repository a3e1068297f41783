#include "core/core.h"

#include "base/limits.h"
#include "core/adopt.h"
#include "core/internal.h"
#include "core/person.h"
#include "core/rounds.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <stdio.h>

/* Address space, not memory: a patient with LIMIT_FACTS_PER_PATIENT facts takes about 60 MB. */
static const size_t STEP_ARENA_BYTES = (size_t)1 << 30;
static const size_t BATCH_ARENA_BYTES = (size_t)1 << 24;
static const size_t STEP_ARENA_KEEP = (size_t)1 << 22;

static void
note_knowledge(struct core *c, struct str bytes, struct stamp now)
{
    struct journal_row row = {.kind = JOURNAL_KNOWLEDGE,
                              .feed = STR("knowledge"),
                              .control_id = c->knowledge->sha,
                              .sender = STR(""),
                              .type = STR("knowledge"),
                              .outcome = OUTCOME_STORED,
                              .received = core_instant(c, now),
                              .payload = c->knowledge->sha};

    if (store_knowledge_has(c->store, c->knowledge->sha))
        return;
    row.payload_sha = sha256_of(row.payload.p, row.payload.n);
    if (store_begin(c->store) != STORE_OK || store_journal_add(c->store, &row) != STORE_OK ||
        store_knowledge_put(c->store, c->knowledge->sha, bytes, row.seq) != STORE_OK ||
        store_commit(c->store) != STORE_OK) {
        log_warn("core.knowledge_not_noted");
        if (store_in_transaction(c->store))
            store_rollback(c->store);
    }
}

enum store_result
core_open(const struct core_config *cfg, struct core **out, char error_out[STORE_ERROR_TEXT_MAX])
{
    struct core *c;
    struct store *s;
    enum store_result r = store_open(cfg->store_path, &s, error_out);

    if (r != STORE_OK)
        return r;
    c = xcalloc(1, sizeof(*c));
    c->store = s;
    c->knowledge = cfg->knowledge;
    c->poison = cfg->poison;
    c->document_max = cfg->document_max;
    c->sites = cfg->sites;
    c->duty = cfg->duty;
    c->digest_day = DAY_NONE;
    c->reparse = rejob_new();
    c->last_s = store_journal_last_received(s);
    c->boot = xstrdup(cfg->boot);
    c->board = board_new();
    mem_arena_new(&c->step, STEP_ARENA_BYTES);
    mem_arena_new(&c->batch, BATCH_ARENA_BYTES);
    note_knowledge(c, str_is_absent(cfg->knowledge_bytes) ? STR("") : cfg->knowledge_bytes,
                   stamp_of_utc(c->last_s));
    adopt_knowledge(s, cfg->knowledge, &c->step);
    mem_arena_trim(&c->step, STEP_ARENA_KEEP);
    *out = c;
    return STORE_OK;
}

void
core_close(struct core **cp)
{
    struct core *c = *cp;

    if (c == NULL)
        return;
    if (store_in_transaction(c->store))
        store_rollback(c->store);
    store_close(&c->store);
    mem_arena_free(&c->step);
    mem_arena_free(&c->batch);
    board_free(&c->board);
    rejob_free(&c->reparse);
    xfree(c->boot);
    xfree(c);
    *cp = NULL;
}

struct stamp
core_instant(struct core *c, struct stamp now)
{
    if (now.utc_s > c->last_s)
        c->last_s = now.utc_s;
    now.utc_s = c->last_s;
    now.precision = PRECISION_SECOND;
    return now;
}

struct engine_event
core_event(const struct core *c, uint64_t journal, struct stamp at, bool history)
{
    return (struct engine_event){.journal = journal,
                                 .at = at,
                                 .store_tag = str_from_c(store_tag(c->store)),
                                 .history = history,
                                 .duty = c->duty};
}

struct engine_event
core_event_of_look(const struct core *c, struct stamp now)
{
    if (c->last_s > now.utc_s)
        now.utc_s = c->last_s;
    return core_event(c, store_journal_head(c->store), now, false);
}

enum store_result
core_evaluate(struct core *c, uint64_t patient, const struct engine_event *ev)
{
    size_t mark = arena_mark(&c->step);
    jmp_buf trap;
    jmp_buf *before = arena_trap_set(&c->step, &trap);
    enum store_result r = STORE_NONE;

    if (setjmp(trap) == 0)
        r = person_evaluate(c->store, c->knowledge, patient, ev, &c->step);
    (void)arena_trap_set(&c->step, before);
    arena_release(&c->step, mark);
    return r;
}

bool
core_has_batch(const struct core *c)
{
    return c->batch_open;
}

/* What was counted in a batch that is undone was not: asked again, it is counted. The slots that it
 * had taken over were of requests out of edge's window. */
static void
counted_end(struct core *c, bool kept)
{
    for (size_t i = 0; i < c->counted_batch && i < LIMIT_INTAKE_WINDOW && !kept; i++)
        c->counted[--c->counted_next % LIMIT_INTAKE_WINDOW] = (struct counted){.number = 0};
    c->counted_batch = 0;
}

bool
core_commit(struct core *c)
{
    enum store_result r = STORE_FULL;

    if (!c->batch_open)
        return true;
    if (store_in_transaction(c->store))
        r = store_commit(c->store);
    counted_end(c, r == STORE_OK);
    rejob_batch_end(c->reparse, r == STORE_OK);
    c->batch_open = false;
    arena_reset(&c->batch);
    if (r == STORE_OK)
        return true;
    if (store_in_transaction(c->store))
        store_rollback(c->store);
    log_error("core.commit_failed", LOG_NAME("reason", store_result_name(r)));
    return false;
}

/* One patient whose time has come, or whom new knowledge has not seen yet. */
static enum store_result
tick_one(struct core *c, uint64_t number, struct stamp at)
{
    char control[32];
    struct journal_row row = {.kind = JOURNAL_TICK,
                              .feed = STR("tick"),
                              .sender = STR(""),
                              .type = STR("tick"),
                              .outcome = OUTCOME_STORED,
                              .received = at};
    struct engine_event ev;
    enum store_result r;
    int n = snprintf(control, sizeof(control), "%llu", (unsigned long long)number);

    row.control_id = (struct str){control, (size_t)n};
    row.payload = row.control_id;
    row.payload_sha = sha256_of(row.payload.p, row.payload.n);
    r = store_journal_add(c->store, &row);
    if (r != STORE_OK)
        return r;
    ev = core_event(c, row.seq, at, false);
    return person_evaluate(c->store, c->knowledge, number, &ev, &c->step);
}

/* A full arena jumps back here, as if there were no such patient. */
static enum store_result
tick_bounded(struct core *c, uint64_t number, struct stamp at)
{
    jmp_buf trap;
    jmp_buf *before = arena_trap_set(&c->step, &trap);
    enum store_result r = STORE_NONE;

    if (setjmp(trap) == 0)
        r = tick_one(c, number, at);
    (void)arena_trap_set(&c->step, before);
    return r;
}

/* Who is too large for the arena is counted and waits no more: he would stop all others. */
static enum store_result
tick_in_savepoint(struct core *c, uint64_t number, struct stamp at)
{
    enum store_result r = store_savepoint(c->store);

    if (r != STORE_OK)
        return r;
    r = tick_bounded(c, number, at);
    if (r == STORE_OK)
        return store_savepoint_release(c->store);
    if (r != STORE_NONE)
        return r;
    store_savepoint_rollback(c->store);
    if (!store_in_transaction(c->store))
        return STORE_FULL;
    r = store_count(c->store, "ticks_too_large", STR(""), 1);
    if (r == STORE_OK)
        r = store_patient_due(c->store, number, DAY_NONE, c->knowledge->sha);
    return r;
}

static enum store_result
tick_all(struct core *c, const uint64_t *number, size_t n, struct stamp at)
{
    enum store_result r = store_begin(c->store);

    for (size_t i = 0; i < n && r == STORE_OK; i++) {
        size_t mark = arena_mark(&c->step);

        r = tick_in_savepoint(c, number[i], at);
        arena_release(&c->step, mark);
    }
    return r == STORE_OK ? store_commit(c->store) : r;
}

size_t
core_tick(struct core *c, struct stamp now)
{
    struct stamp at = core_instant(c, now);
    uint64_t *number;
    size_t n = 0;
    enum store_result r;

    rfd_assert(!core_has_batch(c));
    r = store_patients_waiting(c->store, stamp_day(at), c->knowledge->sha, LIMIT_BATCH, &c->step,
                               &number, &n);
    if (r == STORE_OK && n > 0)
        r = tick_all(c, number, n, at);
    if (r != STORE_OK) {
        log_error("core.tick_failed", LOG_NAME("reason", store_result_name(r)));
        if (store_in_transaction(c->store))
            store_rollback(c->store);
        n = 0;
    }
    (void)rounds_tick(c, at);
    mem_arena_trim(&c->step, STEP_ARENA_KEEP);
    return n;
}

void
core_count(struct core *c, const char *counter, struct str label, int64_t add)
{
    if (store_count(c->store, counter, label, add) != STORE_OK)
        log_warn("core.count_lost", LOG_NAME("counter", counter));
}

void
core_note_status(struct core *c, struct str packed)
{
    board_put(c->board, packed, &c->step);
}

struct store *
core_store(struct core *c)
{
    return c->store;
}

const struct knowledge *
core_knowledge(const struct core *c)
{
    return c->knowledge;
}

const char *
core_boot(const struct core *c)
{
    return c->boot;
}

bool
core_look(struct core *c, uint64_t patient, struct stamp now, struct arena *a, struct effects *out)
{
    struct engine_event ev = core_event_of_look(c, now);
    struct person_loaded p = {0};

    if (person_load(c->store, patient, a, &p) != STORE_OK)
        return false;
    engine_step(c->knowledge, &p.patient, &ev, a, out);
    return true;
}
