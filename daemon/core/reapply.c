#include "core/reapply.h"

#include "core/identity.h"
#include "core/internal.h"
#include "core/person.h"
#include "core/reports.h"
#include "core/unmapped.h"

#include <stdio.h>

enum { NUMBER_TEXT_MAX = 24 };

/* One message between its two readings. */
struct again {
    struct core *core;
    const struct result_message *m; /* the new reading */
    struct str actor;
    struct stamp at;        /* of the new reading */
    struct journal_row row; /* the message as it came */
    struct stored_reading before;
    struct touched touched;
    uint64_t reparse; /* journal number of the new reading */
    enum outcome was;
    enum outcome is;
    struct str reason;
    struct str place;
};

static struct str
or_empty(struct str s)
{
    return str_is_absent(s) ? STR("") : s;
}

static void
read_outcome(struct again *g)
{
    const struct result_message *m = g->m;
    bool quarantined = !str_is_absent(m->quarantine_reason);
    bool ignored = !str_is_absent(m->ignore_reason);

    g->is = quarantined ? OUTCOME_QUARANTINED : ignored ? OUTCOME_IGNORED : OUTCOME_STORED;
    g->reason = or_empty(quarantined ? m->quarantine_reason : m->ignore_reason);
    g->place = or_empty(m->quarantine_place);
}

static enum store_result
load(struct again *g, uint64_t seq)
{
    struct core *c = g->core;
    enum store_result r = store_journal_get(c->store, seq, &c->step, &g->row);

    if (r != STORE_OK)
        return r;
    g->was = g->row.outcome;
    g->before.counted = g->row.outcome != OUTCOME_QUARANTINED;
    r = store_reading_get(c->store, seq, &c->step, &g->before);
    if (r == STORE_OK && g->before.reparse != 0)
        g->was = g->before.outcome;
    return r == STORE_NONE ? STORE_OK : r;
}

/* The reading as a row of the journal: without the raw bytes, which are in the message's own. */
static enum store_result
note_entry(struct again *g)
{
    struct core *c = g->core;
    struct result_message m = *g->m;
    char number[NUMBER_TEXT_MAX];
    int n = snprintf(number, sizeof(number), "%llu", (unsigned long long)g->row.seq);
    struct journal_row row = {.kind = JOURNAL_ENTRY,
                              .feed = g->row.feed,
                              .control_id = {number, (size_t)n},
                              .sender = g->actor,
                              .type = STR("reparse"),
                              .outcome = OUTCOME_STORED,
                              .reason = STR(""),
                              .place = STR(""),
                              .received = g->at};
    enum store_result r;

    m.raw = STR_NONE;
    m.document_count = 0; /* what they hold is in the raw bytes */
    row.payload = codec_message_pack(&c->step, &m);
    row.payload_sha = sha256_of(row.payload.p, row.payload.n);
    r = store_journal_add(c->store, &row);
    g->reparse = row.seq;
    return r == STORE_OK ? store_audit_add(c->store, "reparsed", "engine", row.control_id, g->at)
                         : r;
}

/* --- what the message had said before */

struct pair {
    uint64_t x;
    uint64_t y;
};

/* What other messages say of two numbers, said again after one of them was unsaid. */
static enum store_result
say_links(struct again *g, uint64_t number, struct pair p)
{
    struct core *c = g->core;
    struct str *packed;
    size_t n;
    enum store_result r = store_facts_of_kind(c->store, number, FACT_LINK, &c->step, &packed, &n);

    for (size_t i = 0; r == STORE_OK && i < n; i++) {
        struct fact f = person_fact(&c->step, packed[i]);
        uint64_t other;

        r = store_patient_require(c->store, f.u.link.other, &other);
        if (r == STORE_OK && ((number == p.x && other == p.y) || (number == p.y && other == p.x)))
            r = store_link_put(c->store, number, other, f.u.link.live, ingest_link_said(&f),
                               f.source.journal);
    }
    return r;
}

static enum store_result
unsay_link(struct again *g, const struct fact *f)
{
    struct core *c = g->core;
    struct pair p;
    enum store_result r = store_patient_require(c->store, f->patient, &p.x);

    if (r == STORE_OK)
        r = store_patient_require(c->store, f->u.link.other, &p.y);
    if (r != STORE_OK || p.x == p.y)
        return r;
    touched_add(&g->touched, p.x);
    touched_add(&g->touched, p.y);
    r = store_link_drop(c->store, p.x, p.y);
    if (r == STORE_OK)
        r = say_links(g, p.x, p);
    return r == STORE_OK ? say_links(g, p.y, p) : r;
}

static enum store_result
unsay(struct again *g)
{
    struct core *c = g->core;
    struct str *link;
    size_t links;
    uint64_t *patient = NULL;
    size_t patients = 0;
    enum store_result r = store_links_of_message(c->store, g->row.seq, &c->step, &link, &links);

    if (r == STORE_OK)
        r = store_facts_set_aside(c->store, g->row.seq, g->reparse, &c->step, &patient, &patients);
    if (r != STORE_OK)
        return r;
    g->touched.number =
        ARENA_ARRAY(&c->step, patients + 2 * links + 2 * g->m->fact_count, uint64_t);
    for (size_t i = 0; i < patients; i++)
        touched_add(&g->touched, patient[i]);
    for (size_t i = 0; i < links && r == STORE_OK; i++) {
        struct fact f = person_fact(&c->step, link[i]);

        r = unsay_link(g, &f);
    }
    return r;
}

/* --- what it says now */

static enum store_result
check_identity(struct again *g)
{
    struct core *c = g->core;
    bool conflict = false;
    enum store_result r;

    if (g->is != OUTCOME_STORED)
        return STORE_OK;
    r = identity_check(c->store, g->m, &c->step, &conflict);
    if (conflict) {
        g->is = OUTCOME_QUARANTINED;
        g->reason = STR("identity_conflict");
        g->place = STR("PID-3");
    }
    return r;
}

static enum store_result
say(struct again *g)
{
    struct core *c = g->core;
    bool stored = g->is == OUTCOME_STORED;
    enum store_result r = STORE_OK;

    for (size_t i = 0; stored && i < g->m->fact_count && r == STORE_OK; i++)
        r = ingest_fact(c, &g->row, &g->m->fact[i], &g->touched);
    if (stored && r == STORE_OK)
        r = reports_take(c, &g->row, g->m);
    for (size_t i = 0; i < g->touched.count && r == STORE_OK; i++)
        r = reports_settle(c, g->touched.number[i]); /* a report may be none any more */
    return r;
}

/* Its unmapped codes are counted once, the first time that it is understood. */
static enum store_result
note_reading(struct again *g)
{
    bool count = !g->before.counted && g->is != OUTCOME_QUARANTINED;
    struct stored_reading now = {.map_hash = or_empty(g->m->map_hash),
                                 .counted = g->before.counted || count,
                                 .reparse = g->reparse,
                                 .outcome = g->is,
                                 .reason = g->reason,
                                 .place = g->place};
    enum store_result r = store_reading_redo(g->core->store, g->row.seq, g->was, &now);

    if (r == STORE_OK && count)
        r = unmapped_count(g->core, g->m, g->row.feed, g->row.received);
    return r;
}

static enum store_result
reapply(struct again *g, uint64_t seq)
{
    struct core *c = g->core;
    struct engine_event ev;
    enum store_result r = load(g, seq);

    if (r == STORE_OK)
        r = note_entry(g);
    if (r == STORE_OK)
        r = unsay(g);
    if (r == STORE_OK)
        r = check_identity(g);
    if (r == STORE_OK)
        r = say(g);
    if (r == STORE_OK)
        r = note_reading(g);
    if (r != STORE_OK)
        return r;
    ev = core_event(c, g->reparse, g->at, g->m->history);
    return ingest_evaluate(c, &g->touched, &ev);
}

/* A full arena jumps back here. */
static enum store_result
bounded(struct again *g, uint64_t seq)
{
    struct core *c = g->core;
    jmp_buf trap;
    jmp_buf *before = arena_trap_set(&c->step, &trap);
    enum store_result r = STORE_NONE;

    if (setjmp(trap) == 0)
        r = reapply(g, seq);
    (void)arena_trap_set(&c->step, before);
    return r;
}

enum store_result
reapply_message(struct core *c, uint64_t seq, const struct result_message *m, struct stamp now,
                struct str actor, struct reapplied *out)
{
    struct again g = {.core = c, .m = m, .actor = actor, .at = core_instant(c, now)};
    enum store_result r = store_savepoint(c->store);

    if (r != STORE_OK)
        return r;
    read_outcome(&g);
    r = bounded(&g, seq);
    if (r == STORE_OK)
        r = store_savepoint_release(c->store);
    else if (store_in_transaction(c->store))
        store_savepoint_rollback(c->store);
    if (r != STORE_OK)
        return r;
    *out = (struct reapplied){.was = g.was,
                              .is = g.is,
                              .reason = str_dup(&c->batch, g.reason),
                              .place = str_dup(&c->batch, g.place),
                              .facts = g.is == OUTCOME_STORED ? m->fact_count : 0};
    return STORE_OK;
}
