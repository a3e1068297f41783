#include "base/limits.h"
#include "base/sb.h"
#include "core/core.h"
#include "core/identity.h"
#include "core/internal.h"
#include "core/person.h"
#include "core/reparse.h"
#include "core/reports.h"
#include "core/unmapped.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <string.h>

enum { REFUSED_LABEL_MAX = 200 };

static const size_t STEP_ARENA_KEEP = (size_t)1 << 22;

/* One message on its way into the journal. */
struct intake {
    struct core *core;
    const struct result_message *m;
    struct journal_row row;
    struct ingest_reply reply;
    struct sha256 sha; /* of the bytes that it came as */
    bool again;        /* edge had no answer to it: found stored, it is no duplicate */
    bool poisoned;     /* killed a process before: stored unread */
    bool too_large;    /* the step's arena was full: stored unread */
    bool conflict;     /* that number is another person's, by birth date or sex */
};

static enum outcome
outcome_of(const struct intake *in)
{
    if (in->poisoned || in->too_large || in->conflict || !str_is_absent(in->m->quarantine_reason))
        return OUTCOME_QUARANTINED;
    return str_is_absent(in->m->ignore_reason) ? OUTCOME_STORED : OUTCOME_IGNORED;
}

static struct str
reason_of(const struct intake *in)
{
    if (in->poisoned)
        return STR("killed_a_process");
    if (in->too_large)
        return STR("too_large_to_evaluate");
    if (in->conflict)
        return STR("identity_conflict");
    if (!str_is_absent(in->m->quarantine_reason))
        return in->m->quarantine_reason;
    return in->m->ignore_reason;
}

static struct str
or_empty(struct str s)
{
    return str_is_absent(s) ? STR("") : s;
}

static void
row_fill(struct intake *in, struct stamp at)
{
    const struct result_message *m = in->m;

    in->row = (struct journal_row){
        .kind = JOURNAL_MESSAGE,
        .feed = or_empty(m->feed),
        .control_id = or_empty(m->control_id),
        .sender = or_empty(m->sender),
        .type = or_empty(m->type),
        .outcome = outcome_of(in),
        .reason = or_empty(reason_of(in)),
        .place = or_empty(m->quarantine_place),
        .received = at,
        .payload = or_empty(m->raw),
        .payload_sha = in->sha,
    };
}

void
touched_add(struct touched *t, uint64_t number)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->number[i] == number)
            return;
    }
    t->number[t->count++] = number;
}

static enum store_result
link_add(struct core *c, const struct fact *f, uint64_t number, struct touched *t)
{
    uint64_t other;
    enum store_result r = store_patient_require(c->store, f->u.link.other, &other);

    if (r != STORE_OK)
        return r;
    touched_add(t, other);
    return store_link_put(c->store, number, other, f->u.link.live, ingest_link_said(f),
                          f->source.journal);
}

struct stamp
ingest_link_said(const struct fact *f)
{
    return stamp_is_absent(f->status_time) ? f->received : f->status_time;
}

/* A result whose code no table knows is read by no rule and no trial: both name analytes. */
static int32_t
stored_kind(const struct fact *f)
{
    if (f->kind == FACT_OBSERVATION && str_is_empty(f->u.observation.analyte))
        return STORE_FACT_UNREAD;
    return (int32_t)f->kind;
}

enum store_result
ingest_fact(struct core *c, const struct journal_row *row, const struct fact *sent,
            struct touched *t)
{
    struct fact f = *sent;
    struct fact_key key;
    uint64_t number;
    enum store_result r = store_patient_require(c->store, f.patient, &number);

    if (r != STORE_OK)
        return r;
    f.received = row->received;
    f.source.journal = row->seq;
    f.source.feed = row->feed;
    f.source.control_id = row->control_id;
    key = fact_key(&f);
    touched_add(t, number);
    r = store_fact_add(c->store, number, row->seq, &key, stored_kind(&f),
                       codec_fact_pack(&c->step, &f));
    if (r == STORE_OK && f.kind == FACT_LINK)
        r = link_add(c, &f, number, t);
    return r;
}

enum store_result
ingest_evaluate(struct core *c, const struct touched *t, const struct engine_event *ev)
{
    enum store_result r = STORE_OK;

    for (size_t i = 0; i < t->count && r == STORE_OK; i++) {
        size_t mark = arena_mark(&c->step);

        r = person_evaluate(c->store, c->knowledge, t->number[i], ev, &c->step);
        arena_release(&c->step, mark);
    }
    return r;
}

/* Before anything of it is written: a message of another person is kept, but not taken. */
static enum store_result
check_identity(struct intake *in)
{
    struct core *c = in->core;
    size_t mark = arena_mark(&c->step);
    enum store_result r;

    if (in->row.outcome != OUTCOME_STORED)
        return STORE_OK;
    r = identity_check(c->store, in->m, &c->step, &in->conflict);
    arena_release(&c->step, mark);
    if (in->conflict) {
        in->row.outcome = outcome_of(in);
        in->row.reason = reason_of(in);
        in->row.place = STR("PID-3");
    }
    return r;
}

static enum store_result
store_message(struct intake *in)
{
    struct core *c = in->core;
    struct touched t = {0};
    struct engine_event ev;
    enum store_result r = check_identity(in);

    if (r == STORE_OK)
        r = store_journal_add(c->store, &in->row);
    if (r == STORE_OK && in->row.kind == JOURNAL_MESSAGE)
        r = unmapped_note(c, in->m, &in->row, in->row.outcome != OUTCOME_QUARANTINED);
    if (r != STORE_OK || in->row.outcome != OUTCOME_STORED)
        return r;
    t.number = ARENA_ARRAY(&c->step, 2 * in->m->fact_count, uint64_t);
    for (size_t i = 0; i < in->m->fact_count && r == STORE_OK; i++)
        r = ingest_fact(c, &in->row, &in->m->fact[i], &t);
    if (r == STORE_OK)
        r = reports_take(c, &in->row, in->m);
    if (r != STORE_OK)
        return r;
    ev = core_event(c, in->row.seq, in->row.received, in->m->history);
    return ingest_evaluate(c, &t, &ev);
}

/* Inside its savepoint. Jumps back here when the arena is full; what was written is then undone. */
static enum store_result
attempt(struct intake *in)
{
    struct core *c = in->core;
    jmp_buf trap;
    jmp_buf *before = arena_trap_set(&c->step, &trap);
    enum store_result r;

    if (setjmp(trap) != 0) {
        (void)arena_trap_set(&c->step, before);
        in->too_large = true;
        return STORE_NONE;
    }
    r = store_message(in);
    (void)arena_trap_set(&c->step, before);
    return r;
}

enum store_result
ingest_entry(struct core *c, const struct result_message *m, struct stamp at, uint64_t *journal_out)
{
    struct intake in = {.core = c, .m = m, .sha = sha256_of(m->raw.p, m->raw.n)};
    enum store_result r;

    row_fill(&in, at);
    in.row.kind = JOURNAL_ENTRY;
    r = attempt(&in);
    *journal_out = in.row.seq;
    return r;
}

/* Writes the message within a savepoint; a second time, as quarantined, when it was too large. */
static enum store_result
write_message(struct intake *in, struct stamp at)
{
    struct core *c = in->core;
    enum store_result r = store_savepoint(c->store);

    if (r != STORE_OK)
        return r;
    row_fill(in, at);
    r = attempt(in);
    if (r == STORE_NONE && in->too_large) {
        store_savepoint_rollback(c->store);
        arena_reset(&c->step);
        row_fill(in, at);
        r = store_in_transaction(c->store) ? store_savepoint(c->store) : STORE_FULL;
        if (r == STORE_OK)
            r = store_message(in);
    }
    if (r == STORE_OK)
        r = store_savepoint_release(c->store);
    else if (store_in_transaction(c->store))
        store_savepoint_rollback(c->store);
    return r;
}

static void
reply_set(struct intake *in, enum outcome o, uint64_t journal)
{
    in->reply.outcome = o;
    in->reply.journal = journal;
    in->reply.reason = str_dup(&in->core->batch, or_empty(reason_of(in)));
}

static bool
is_duplicate(struct intake *in)
{
    struct core *c = in->core;
    uint64_t seq;

    if (store_journal_find(c->store, in->row.feed, in->row.control_id, &in->row.payload_sha,
                           &seq) != STORE_OK)
        return false;
    if (!in->again)
        core_count(c, "duplicates", in->row.feed, 1);
    reply_set(in, OUTCOME_DUPLICATE, seq);
    in->reply.reason = STR("");
    return true;
}

static void
take(struct intake *in, struct stamp at)
{
    struct core *c = in->core;
    enum store_result r;

    row_fill(in, at);
    if (is_duplicate(in))
        return;
    if (store_journal_has_control(c->store, in->row.feed, in->row.control_id))
        core_count(c, "control_id_reused", in->row.feed, 1);
    r = write_message(in, at);
    if (r == STORE_OK)
        reply_set(in, in->row.outcome, in->row.seq);
    else
        reply_set(in, OUTCOME_BUSY, 0);
}

/* A batch that the full disk has undone takes nothing more until its answers are out. */
static bool
batch_ready(struct core *c)
{
    if (c->batch_open)
        return store_in_transaction(c->store);
    c->batch_open = true;
    return store_begin(c->store) == STORE_OK;
}

static bool
was_counted(const struct core *c, const struct ingest_request *rq)
{
    for (size_t i = 0; i < LIMIT_INTAKE_WINDOW; i++) {
        if (c->counted[i].number == rq->number && str_eq_c(rq->boot, c->counted[i].boot))
            return true;
    }
    return false;
}

static void
note_counted(struct core *c, const struct ingest_request *rq)
{
    struct counted *k = &c->counted[c->counted_next++ % LIMIT_INTAKE_WINDOW];

    c->counted_batch++;
    *k = (struct counted){.number = rq->number};
    if (rq->boot.n > 0 && rq->boot.n < sizeof(k->boot))
        memcpy(k->boot, rq->boot.p, rq->boot.n);
}

/* Messages that never become a row: counted in the same transaction as the rest. */
static void
take_refused(struct core *c, const struct ingest_request *rq, struct ingest_reply *reply)
{
    struct sb label;
    enum store_result r;

    reply->outcome = OUTCOME_REFUSED;
    if (rq->again && was_counted(c, rq))
        return;
    sb_init_arena(&label, &c->step, REFUSED_LABEL_MAX);
    sb_addf(&label, "%.*s %.*s", STR_FMT(rq->message.feed), STR_FMT(rq->refused));
    r = store_count(c->store, "refused", sb_str(&label), (int64_t)rq->refused_count);
    if (r == STORE_OK)
        note_counted(c, rq);
    else
        reply->outcome = OUTCOME_BUSY;
}

struct ingest_reply
core_ingest(struct core *c, const struct ingest_request *rq, struct stamp now)
{
    struct str raw = or_empty(rq->message.raw);
    struct intake in = {
        .core = c, .m = &rq->message, .again = rq->again, .sha = sha256_of(raw.p, raw.n)};

    in.reply = (struct ingest_reply){.boot = str_dup(&c->batch, or_empty(rq->boot)),
                                     .number = rq->number,
                                     .server_boot = str_from_c(c->boot),
                                     .outcome = OUTCOME_BUSY};
    if (!batch_ready(c))
        return in.reply;
    if (rq->reparse != 0) {
        in.reply.outcome = reparse_take(c, rq, now);
        mem_arena_trim(&c->step, STEP_ARENA_KEEP);
        return in.reply;
    }
    if (!str_is_empty(rq->refused)) {
        take_refused(c, rq, &in.reply);
        return in.reply;
    }
    in.poisoned = poison_is_listed(c->poison, &in.sha);
    poison_begin(c->poison, &in.sha);
    take(&in, core_instant(c, now));
    poison_end(c->poison);
    mem_arena_trim(&c->step, STEP_ARENA_KEEP);
    return in.reply;
}
