#include "core/entry.h"

#include "core/internal.h"
#include "sys/mem.h"

#include <stdio.h>

static const size_t STEP_ARENA_KEEP = (size_t)1 << 22;

/* Does the fact in force say the same already, whoever said it and when? */
static bool
says_the_same(const struct fact *standing, const struct fact *entered)
{
    struct fact now = *entered;
    struct sha256 x = fact_content(standing);
    struct sha256 y;

    now.status_time = standing->status_time;
    now.status = entered->status == FACT_FINAL && standing->status == FACT_CORRECTED
                     ? FACT_CORRECTED
                     : entered->status;
    y = fact_content(&now);
    return sha256_cmp(&x, &y) == 0;
}

static const struct fact *
standing_of(const struct entry *e, const struct fact *f)
{
    struct fact_key key = fact_key(f);

    for (size_t i = 0; i < e->in_force_count; i++) {
        struct fact_key other = fact_key(&e->in_force[i]);

        if (fact_key_cmp(&key, &other) == 0)
            return &e->in_force[i];
    }
    return NULL;
}

static bool
is_said_already(const struct entry *e)
{
    for (size_t i = 0; i < e->fact_count; i++) {
        const struct fact *standing = standing_of(e, &e->fact[i]);

        if (standing == NULL || !says_the_same(standing, &e->fact[i]))
            return false;
    }
    return true;
}

/* The last entry wins, also over a sender whose clock is ahead of ours. */
static struct stamp
status_time(const struct entry *e, const struct fact *f, struct stamp at)
{
    const struct fact *standing = standing_of(e, f);

    if (standing != NULL && standing->status_time.utc_s >= at.utc_s)
        at.utc_s = standing->status_time.utc_s + 1;
    return at;
}

static const struct fact *
stamped(struct core *c, const struct entry *e, struct stamp at)
{
    struct fact *f = ARENA_ARRAY(&c->step, e->fact_count, struct fact);

    for (size_t i = 0; i < e->fact_count; i++) {
        f[i] = e->fact[i];
        f[i].status_time = status_time(e, &f[i], at);
    }
    return f;
}

static enum store_result
write_entry(struct core *c, const struct entry *e, struct stamp at, uint64_t *journal_out)
{
    const struct result_message m = {.feed = ENTRY_FEED,
                                     .control_id = e->actor,
                                     .sender = e->actor,
                                     .sent = at,
                                     .type = e->type,
                                     .raw = e->text,
                                     .fact = stamped(c, e, at),
                                     .fact_count = e->fact_count};
    char number[24];
    enum store_result r = ingest_entry(c, &m, at, journal_out);
    int n = snprintf(number, sizeof(number), "%llu", (unsigned long long)*journal_out);

    if (r == STORE_OK)
        r = store_audit_add(c->store, "entered", str_cz(&c->step, e->actor),
                            (struct str){number, (size_t)n}, at);
    return r;
}

enum entry_result
core_enter(struct core *c, const struct entry *e, struct stamp now, uint64_t *journal_out)
{
    struct stamp at = core_instant(c, now);
    enum store_result r;

    rfd_assert(!core_has_batch(c));
    *journal_out = 0;
    if (is_said_already(e))
        return ENTRY_SAME;
    r = store_begin(c->store);
    if (r == STORE_OK)
        r = write_entry(c, e, at, journal_out);
    if (r == STORE_OK)
        r = store_commit(c->store);
    if (r != STORE_OK && store_in_transaction(c->store))
        store_rollback(c->store);
    mem_arena_trim(&c->step, STEP_ARENA_KEEP);
    return r == STORE_OK ? ENTRY_STORED : ENTRY_BUSY;
}
