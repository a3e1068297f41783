#include "intake/corepipe.h"

#include "base/limits.h"
#include "codec/frames.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <stdio.h>
#include <string.h>

enum {
    HWM = 2 * LIMIT_INTAKE_WINDOW,
    BOOT_MAX = 32,
    TICK_MS = 500,
    AGAIN_MS = 3000,
    ROOMS_MAX = 4096,
    REFUSALS_MAX = 1024, /* feeds times reasons */
    FEEDS_MAX = 64,
    FEED_NAME_MAX = 40,
    CONTROL_MAX = 256, /* of a message that is too large to hand on */
    REQUEST_MAX = LIMIT_ZMQ_BYTES - CODEC_AGAIN_BYTES,
};

static const size_t ARENA_BYTES = (size_t)512 << 20;
static const size_t ARENA_KEEP = (size_t)4 << 20;

/* Refused messages that core has not counted yet. */
struct refusal {
    const char *feed;
    const char *reason;
    uint32_t count;
};

/* What a feed has handed over. */
struct handed {
    char feed[FEED_NAME_MAX];
    uint64_t messages;
    uint64_t last_s;
};

struct waiting {
    uint64_t number; /* 0: slot is free */
    void *bytes;     /* packed request and codec_request_again, kept until it is answered */
    size_t n;
    int64_t sent_ms;       /* 0: not sent yet */
    bool due;              /* to be sent, or sent again, as soon as there is room */
    corepipe_reply_cb *cb; /* NULL: nobody waits any more */
    void *arg;
    uint64_t tag;
    struct refusal refused; /* count 0: a message */
};

struct room {
    corepipe_room_cb *cb;
    void *arg;
};

struct corepipe {
    struct loop *loop;
    struct zsock *z;
    struct zmsg in;
    struct arena arena;
    char boot[BOOT_MAX];
    char core_boot[BOOT_MAX];
    uint64_t last_number;
    struct waiting slot[LIMIT_INTAKE_WINDOW]; /* by number modulo the window's size */
    size_t used;
    struct room room[ROOMS_MAX];
    size_t rooms;
    corepipe_reparse_cb *reparse; /* NULL: not offered */
    void *reparse_arg;
    size_t turn; /* who is told of room first, each time the next one */
    struct refusal refusal[REFUSALS_MAX];
    size_t refusals;
    struct handed handed[FEEDS_MAX];
    size_t handed_n;
    int64_t heard_ms; /* last word of core: while it answers, nothing is lost, only slow */
    int timer;
};

/* False: no room, or core is away. */
static bool
waiting_send(struct corepipe *p, struct waiting *w, int64_t now)
{
    size_t n = w->sent_ms == 0 ? w->n - CODEC_AGAIN_BYTES : w->n;
    struct zframe f[2] = {zframe_of(codec_name(CODEC_INGEST_REQUEST)), {w->bytes, n}};

    if (zsock_send(p->z, f, 2) != ZSEND_OK)
        return false;
    w->sent_ms = now;
    w->due = false;
    return true;
}

/* In order of number, and none before one that could not go: core sees a feed's messages in the
 * feed's order. */
static void
send_due(struct corepipe *p)
{
    int64_t now = clock_mono_ms();
    uint64_t first =
        p->last_number < LIMIT_INTAKE_WINDOW ? 1 : p->last_number - LIMIT_INTAKE_WINDOW + 1;

    for (uint64_t n = first; n <= p->last_number; n++) {
        struct waiting *w = &p->slot[n % LIMIT_INTAKE_WINDOW];

        if (w->number == n && w->due && !waiting_send(p, w, now))
            return;
    }
}

/* All that is unanswered and was numbered before that. */
static void
send_again(struct corepipe *p, uint64_t before)
{
    for (size_t i = 0; i < LIMIT_INTAKE_WINDOW; i++) {
        struct waiting *w = &p->slot[i];

        w->due = w->due || (w->number != 0 && w->number < before);
    }
    send_due(p);
}

static void
waiting_free(struct corepipe *p, struct waiting *w)
{
    memset(w->bytes, 0, w->n); /* patient data */
    xfree(w->bytes);
    memset(w, 0, sizeof(*w));
    p->used--;
}

static void
refusal_add(struct corepipe *p, const char *feed, const char *reason, uint32_t count)
{
    for (size_t i = 0; i < p->refusals; i++) {
        struct refusal *r = &p->refusal[i];

        if (strcmp(r->feed, feed) == 0 && strcmp(r->reason, reason) == 0) {
            r->count = count > UINT32_MAX - r->count ? UINT32_MAX : r->count + count;
            return;
        }
    }
    rfd_assert(p->refusals < REFUSALS_MAX); /* feeds times reasons, both ours and few */
    p->refusal[p->refusals++] = (struct refusal){feed, reason, count};
}

static void
tell_room(struct corepipe *p)
{
    for (size_t i = 0; i < p->rooms && !corepipe_is_full(p); i++) {
        struct room *r = &p->room[(p->turn + i) % p->rooms];

        r->cb(r->arg);
    }
    p->turn++;
}

/* A new core has forgotten what was not committed. The first one that is heard of may already be a
 * second one: what was sent before the request that it answers may have gone to the first. */
static void
note_boot(struct corepipe *p, const struct ingest_reply *r)
{
    bool first = p->core_boot[0] == '\0';

    if (str_eq_c(r->server_boot, p->core_boot) || r->server_boot.n >= sizeof(p->core_boot))
        return;
    memcpy(p->core_boot, r->server_boot.p, r->server_boot.n);
    p->core_boot[r->server_boot.n] = '\0';
    send_again(p, first ? r->number : UINT64_MAX);
}

static void
take_reply(struct corepipe *p, struct str body)
{
    struct ingest_reply r;
    const char *why = "";
    struct waiting *w;
    struct waiting done;

    p->heard_ms = clock_mono_ms();
    if (!codec_reply_unpack(&p->arena, body, &r, &why)) {
        log_warn("edge.bad_reply", LOG_NAME("reason", why));
        return;
    }
    w = &p->slot[r.number % LIMIT_INTAKE_WINDOW];
    if (!str_eq_c(r.boot, p->boot) || r.number == 0 || w->number != r.number) {
        note_boot(p, &r);
        return; /* an answer given twice: the second has nobody waiting */
    }
    done = *w;
    waiting_free(p, w);
    note_boot(p, &r);
    if (done.cb != NULL)
        done.cb(done.arg, done.tag, &r);
    if (done.refused.count > 0 && r.outcome == OUTCOME_BUSY) /* not counted: again, later */
        refusal_add(p, done.refused.feed, done.refused.reason, done.refused.count);
}

static void
take_reparse(struct corepipe *p, struct str body)
{
    struct reparse_request rq;
    const char *why = "";

    if (p->reparse == NULL)
        return;
    if (codec_reparse_request_unpack(&p->arena, body, &rq, &why))
        p->reparse(p->reparse_arg, &rq);
    else
        log_warn("edge.bad_reparse", LOG_NAME("reason", why));
}

/* Said again and again: core may be a new one, and forgets who is silent. */
static void
offer_reparse(struct corepipe *p)
{
    size_t mark = arena_mark(&p->arena);
    const struct reparse_offer offer = {str_from_c(p->boot)};
    struct zframe f[2] = {zframe_of(codec_name(CODEC_REPARSE_OFFER)),
                          zframe_of(codec_reparse_offer_pack(&p->arena, &offer))};

    if (p->reparse != NULL)
        RFD_IGNORE(zsock_send(p->z, f, 2));
    arena_release(&p->arena, mark);
}

static void
on_readable(struct loop *loop, struct zsock *z, unsigned events, void *arg)
{
    struct corepipe *p = arg;

    (void)loop;
    (void)events;
    while (zsock_recv(z, &p->in) == ZRECV_OK) {
        if (codec_kind_of(zmsg_str(&p->in, 0)) == CODEC_INGEST_REPLY)
            take_reply(p, zmsg_str(&p->in, 1));
        else if (codec_kind_of(zmsg_str(&p->in, 0)) == CODEC_REPARSE_REQUEST)
            take_reparse(p, zmsg_str(&p->in, 1));
        mem_arena_trim(&p->arena, ARENA_KEEP);
    }
    tell_room(p);
}

void
corepipe_on_room(struct corepipe *p, corepipe_room_cb *cb, void *arg)
{
    rfd_assert(p->rooms < ROOMS_MAX);
    p->room[p->rooms++] = (struct room){cb, arg};
}

/* The next number's slot must be free too: one unanswered request may hold a whole window up. */
bool
corepipe_is_full(const struct corepipe *p)
{
    return p->used == LIMIT_INTAKE_WINDOW ||
           p->slot[(p->last_number + 1) % LIMIT_INTAKE_WINDOW].number != 0;
}

size_t
corepipe_waiting(const struct corepipe *p)
{
    return p->used + p->refusals;
}

/* What is left fits: raw has LIMIT_MESSAGE_BYTES at most. */
static void
raw_only(struct result_message *m)
{
    m->control_id = str_sub(m->control_id, 0, CONTROL_MAX);
    m->sender = STR("");
    m->type = STR("");
    m->fact_count = 0;
    m->document_count = 0;
    m->warning_count = 0;
    m->unmapped_count = 0;
    m->unmapped_more = 0;
    m->ignore_reason = STR_NONE;
    m->quarantine_reason = STR("too_large_to_hand_on");
    m->quarantine_place = STR("");
}

/* Numbers the request and keeps a copy until it is answered. */
static struct waiting *
request_add(struct corepipe *p, struct ingest_request *rq)
{
    struct waiting *w;
    struct str packed;
    size_t mark = arena_mark(&p->arena);

    rfd_assert(!corepipe_is_full(p));
    rq->boot = str_from_c(p->boot);
    rq->number = ++p->last_number;
    packed = codec_request_pack(&p->arena, rq);
    if (packed.n > REQUEST_MAX) { /* core's socket would cut the connection, each time anew */
        raw_only(&rq->message);
        packed = codec_request_pack(&p->arena, rq);
        rfd_assert(packed.n <= REQUEST_MAX);
    }
    w = &p->slot[rq->number % LIMIT_INTAKE_WINDOW];
    *w = (struct waiting){.number = rq->number, .n = packed.n + CODEC_AGAIN_BYTES, .due = true};
    w->bytes = xmalloc(w->n);
    memcpy(w->bytes, packed.p, packed.n);
    memcpy((unsigned char *)w->bytes + packed.n, codec_request_again, CODEC_AGAIN_BYTES);
    p->used++;
    arena_release(&p->arena, mark);
    return w;
}

static void
count_handed(struct corepipe *p, struct str feed)
{
    size_t i = 0;

    while (i < p->handed_n && !str_eq_c(feed, p->handed[i].feed))
        i++;
    if (i == p->handed_n) {
        if (i == FEEDS_MAX || feed.n >= FEED_NAME_MAX)
            return;
        memcpy(p->handed[i].feed, feed.p, feed.n); /* zeroed before */
        p->handed_n++;
    }
    p->handed[i].messages++;
    p->handed[i].last_s = (uint64_t)clock_wall_s();
}

void
corepipe_counts(const struct corepipe *p, const char *feed, uint64_t *messages, uint64_t *last_s)
{
    for (size_t i = 0; i < p->handed_n; i++) {
        if (strcmp(feed, p->handed[i].feed) == 0) {
            *messages = p->handed[i].messages;
            *last_s = p->handed[i].last_s;
            return;
        }
    }
    *messages = 0;
    *last_s = 0;
}

void
corepipe_tell(struct corepipe *p, const struct status_report *r)
{
    size_t mark = arena_mark(&p->arena);
    struct zframe f[2] = {zframe_of(codec_name(CODEC_STATUS_REPORT)),
                          zframe_of(codec_status_pack(&p->arena, r))};

    RFD_IGNORE(zsock_send(p->z, f, 2));
    arena_release(&p->arena, mark);
}

void
corepipe_send(struct corepipe *p, const struct result_message *m, corepipe_reply_cb *cb, void *arg,
              uint64_t tag)
{
    struct ingest_request rq = {.message = *m};
    struct waiting *w = request_add(p, &rq);

    count_handed(p, m->feed);
    w->cb = cb;
    w->arg = arg;
    w->tag = tag;
    send_due(p);
}

void
corepipe_on_reparse(struct corepipe *p, corepipe_reparse_cb *cb, void *arg)
{
    p->reparse = cb;
    p->reparse_arg = arg;
}

void
corepipe_reparsed(struct corepipe *p, const struct result_message *m, uint64_t journal,
                  const char *refused)
{
    struct ingest_request rq = {.message = *m, .reparse = journal};

    if (refused != NULL)
        rq.refused = str_from_c(refused);
    (void)request_add(p, &rq);
    send_due(p);
}

static void
refusals_send(struct corepipe *p)
{
    while (p->refusals > 0 && !corepipe_is_full(p)) {
        struct refusal r = p->refusal[--p->refusals];
        struct ingest_request rq = {.message = {.feed = str_from_c(r.feed)},
                                    .refused = str_from_c(r.reason),
                                    .refused_count = r.count};
        struct waiting *w = request_add(p, &rq);

        w->refused = r;
        send_due(p);
    }
}

void
corepipe_refuse(struct corepipe *p, const char *feed, const char *reason)
{
    refusal_add(p, feed, reason, 1);
}

void
corepipe_refuse_many(struct corepipe *p, const char *feed, const char *reason, uint64_t count)
{
    refusal_add(p, feed, reason, count > UINT32_MAX ? UINT32_MAX : (uint32_t)count);
}

/* What is not answered in time is sent again: core may have died without an answer to show for it.
 * A core that is only slow is left alone: it answers now and then. */
static void
on_tick(struct loop *loop, void *arg)
{
    struct corepipe *p = arg;
    int64_t now = clock_mono_ms();
    bool late = false;

    (void)loop;
    for (size_t i = 0; i < LIMIT_INTAKE_WINDOW; i++)
        late = late || (p->slot[i].number != 0 && p->slot[i].sent_ms != 0 &&
                        now - p->slot[i].sent_ms > AGAIN_MS && now - p->heard_ms > AGAIN_MS);
    if (late)
        send_again(p, UINT64_MAX);
    else
        send_due(p);
    refusals_send(p);
    offer_reparse(p);
}

struct corepipe *
corepipe_new(struct loop *loop, struct zctx *zc, const char *endpoint, const char *boot)
{
    struct corepipe *p = xcalloc(1, sizeof(*p));

    p->loop = loop;
    p->in = ZMSG_INIT;
    (void)snprintf(p->boot, sizeof(p->boot), "%s", boot);
    mem_arena_new(&p->arena, ARENA_BYTES);
    p->z = zsock_new(zc, ZSOCK_DEALER, HWM, HWM);
    if (!zsock_connect(p->z, endpoint))
        fatal(FATAL_MACHINE, "edge.core_unreachable", LOG_NAME("endpoint", endpoint));
    loop_add_zsock(loop, p->z, LOOP_READ, on_readable, p);
    p->timer = loop_add_timer(loop, TICK_MS, TICK_MS, on_tick, p);
    return p;
}

void
corepipe_free(struct corepipe **pp)
{
    struct corepipe *p = *pp;

    if (p == NULL)
        return;
    for (size_t i = 0; i < LIMIT_INTAKE_WINDOW; i++) {
        if (p->slot[i].number != 0)
            waiting_free(p, &p->slot[i]);
    }
    loop_del_timer(p->loop, p->timer);
    loop_del_zsock(p->loop, p->z);
    zmsg_close(&p->in);
    zsock_free(&p->z);
    mem_arena_free(&p->arena);
    xfree(p);
    *pp = NULL;
}

void
corepipe_forget(struct corepipe *p, const void *arg)
{
    for (size_t i = 0; i < LIMIT_INTAKE_WINDOW; i++) {
        if (p->slot[i].arg == arg)
            p->slot[i].cb = NULL;
    }
    for (size_t i = 0; i < p->rooms; i++) {
        if (p->room[i].arg == arg)
            p->room[i--] = p->room[--p->rooms];
    }
}
