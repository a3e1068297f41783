#include "alert/compose.h"
#include "codec/feed.h"
#include "codec/json.h"
#include "core/core.h"
#include "ctl/evalexplain.h"
#include "ctl/reading.h"
#include "ctl/verbs.h"
#include "sys/mem.h"

#include <stdio.h>

enum { EVENTS_AT_ONCE = 256, JSON_BYTES_MAX = 4 * 1024 * 1024, TICKS_MAX = 1000000 };

static const size_t MESSAGE_ARENA_BYTES = (size_t)2 << 30;
static const size_t MESSAGE_ARENA_KEEP = (size_t)4 << 20;
static const int64_t DAY_S = 86400;

/* A run of core on a store in memory. */
struct eval {
    const struct call *call;
    struct reading reading;
    struct knowledge knowledge;
    struct core *core;
    struct arena arena; /* of one message */
    struct stamp now;   /* instant of the message in hand, or of the one before */
    struct stamp as_of; /* absent: no bound */
    uint64_t seq;       /* last event printed */
    size_t events;
    size_t outcome[OUTCOME_COUNT];
    size_t later; /* messages after --as-of */
};

static bool
read_as_of(const struct call *c, struct stamp *out)
{
    *out = STAMP_NONE;
    return !call_has(c, OPT_AS_OF) ||
           (stamp_parse(str_from_c(c->option[OPT_AS_OF]), out) && out->precision >= PRECISION_DAY);
}

/* A day as the bound is that whole day, in the message's own offset. */
static bool
is_later(const struct eval *e, struct stamp at)
{
    if (stamp_is_absent(e->as_of))
        return false;
    if (e->as_of.precision == PRECISION_DAY)
        return stamp_day(at) > stamp_day(e->as_of);
    return at.utc_s > e->as_of.utc_s;
}

static bool
load_knowledge(struct eval *e)
{
    const struct folders *f = &e->reading.folders;
    struct diags d;
    bool ok;

    diags_init(&d, e->call->arena);
    ok = knowledge_compile_bundle(f->bundle, &e->reading.terms, f->demo, e->call->arena, &d,
                                  &e->knowledge);
    call_print_diags(&d);
    return ok;
}

static bool
open_core(struct eval *e)
{
    const struct core_config cfg = {
        .store_path = ":memory:", .boot = "offline", .knowledge = &e->knowledge};
    char error[STORE_ERROR_TEXT_MAX] = "";

    if (core_open(&cfg, &e->core, error) == STORE_OK)
        return true;
    (void)call_fail(CALL_FAILED, "%s", error);
    return false;
}

static void
print_event(struct eval *e, const struct outbox_row *row)
{
    struct alert al;
    const char *why = "";
    struct sb b;

    if (!codec_alert_unpack(&e->arena, row->packed, &al, &why)) {
        (void)call_fail(CALL_FAILED, "an alert of our own cannot be read: %s", why);
        return;
    }
    sb_init_arena(&b, &e->arena, JSON_BYTES_MAX);
    if (!call_has(e->call, OPT_TEXT)) {
        codec_alert_json(&b, &al);
    } else {
        sb_addf(&b, "---- event %llu: %s%s\n", (unsigned long long)row->seq,
                event_kind_name((enum event_kind)row->kind), row->quiet ? " (quiet)" : "");
        if (row->quiet && al.waiting_until == DAY_NONE) /* what will be told is shown in full */
            compose_line(&b, &al);
        else
            compose_alert(&b, &al);
    }
    call_print(sb_str(&b));
    e->events++;
}

static void
print_events(struct eval *e)
{
    struct outbox_row *row;
    size_t n = 0;

    do {
        if (store_outbox_fetch(core_store(e->core), e->seq, EVENTS_AT_ONCE, &e->arena, &row, &n) !=
            STORE_OK)
            return;
        for (size_t i = 0; i < n; i++) {
            size_t mark = arena_mark(&e->arena);

            print_event(e, &row[i]);
            e->seq = row[i].seq;
            arena_release(&e->arena, mark);
        }
    } while (n == EVENTS_AT_ONCE);
}

/* What time alone has made due until then, as the running core would have seen it. */
static void
tick(struct eval *e, struct stamp at)
{
    for (int i = 0; i < TICKS_MAX && core_tick(e->core, at) > 0; i++)
        print_events(e);
}

/* DESIGN.md section 4: offline the instant is MSH-7, else collection time. */
static struct stamp
instant_of(const struct eval *e, const struct result_message *m)
{
    if (!stamp_is_absent(m->sent))
        return m->sent;
    for (size_t i = 0; i < m->fact_count; i++) {
        if (!stamp_is_absent(m->fact[i].collected))
            return m->fact[i].collected;
    }
    return e->now;
}

static bool
take(struct eval *e, const struct message_text *text, const struct result_message *m)
{
    struct ingest_request rq = {.boot = STR("offline"), .message = *m};
    struct ingest_reply reply;

    e->now = instant_of(e, m);
    tick(e, e->now);
    reply = core_ingest(e->core, &rq, e->now);
    e->outcome[reply.outcome]++;
    if (!core_commit(e->core) || reply.outcome == OUTCOME_BUSY) {
        (void)call_fail(CALL_FAILED, "%s message %zu: could not be taken", text->path, text->nth);
        return false;
    }
    print_events(e);
    if (call_has(e->call, OPT_EXPLAIN) && reply.outcome == OUTCOME_STORED)
        evalexplain_message(
            &(struct evalexplain){e->core, e->now, call_has(e->call, OPT_TEXT), &e->arena}, m);
    return true;
}

static bool
eval_one(struct eval *e, const struct message_text *text)
{
    struct result_message m;
    bool ok = true;

    reading_message(&e->reading, text, e->now, &e->arena, &m);
    if (is_later(e, instant_of(e, &m))) {
        e->later++;
    } else {
        (void)reading_report(text, &m);
        ok = take(e, text, &m);
    }
    mem_arena_trim(&e->arena, MESSAGE_ARENA_KEEP);
    return ok;
}

/* The last look: at --as-of, when it is given. */
static void
eval_end(struct eval *e)
{
    struct stamp at = e->as_of;

    if (stamp_is_absent(at))
        return;
    if (at.precision == PRECISION_DAY) {
        at = stamp_of_day(stamp_day(at), e->now.offset_min);
        at.utc_s += DAY_S - 1;
    }
    tick(e, at);
}

static void
print_summary(const struct eval *e, size_t count)
{
    (void)fprintf(
        stderr,
        "%zu messages: %zu stored, %zu duplicate, %zu ignored, %zu quarantined, %zu later; "
        "%zu alert events\n",
        count, e->outcome[OUTCOME_STORED], e->outcome[OUTCOME_DUPLICATE],
        e->outcome[OUTCOME_IGNORED], e->outcome[OUTCOME_QUARANTINED], e->later, e->events);
}

static bool
eval_all(struct eval *e, const struct messages *all)
{
    bool ok = open_core(e);

    mem_arena_new(&e->arena, MESSAGE_ARENA_BYTES);
    (void)arena_trap_set(&e->arena, e->call->arena->trap);
    for (size_t i = 0; i < all->count && ok; i++)
        ok = eval_one(e, &all->item[i]);
    if (ok) {
        eval_end(e);
        print_summary(e, all->count);
    }
    core_close(&e->core);
    mem_arena_free(&e->arena);
    return ok;
}

int
eval_run(const struct call *c)
{
    struct eval *e = ARENA_NEW(c->arena, struct eval);
    struct messages all;

    e->call = c;
    e->now = stamp_of_utc(0);
    if (!read_as_of(c, &e->as_of))
        return call_fail(CALL_USAGE, "--as-of takes 2026-11-23 or 2026-11-23T10:15+01:00");
    if (!reading_open(c, &e->reading) || !load_knowledge(e) || !messages_read(c, &all))
        return CALL_FAILED;
    return eval_all(e, &all) ? CALL_OK : CALL_FAILED;
}
