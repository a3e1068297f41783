#include "deliver/corelink.h"

#include "codec/frames.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <string.h>

enum { HWM = 1000, BOOT_MAX = 32 };

static const size_t ARENA_BYTES = (size_t)256 << 20;
static const size_t ARENA_KEEP = (size_t)1 << 20;

struct corelink {
    struct loop *loop;
    struct zsock *z;
    struct zmsg in;
    struct arena arena;
    corelink_reply_cb *on_reply;
    corelink_wake_cb *on_wake;
    void *arg;
    char boot[BOOT_MAX];
    uint64_t head;
};

static void
take_wake(struct corelink *l, struct str body)
{
    uint64_t head;
    struct str boot;
    const char *why = "";
    bool fresh;

    if (!codec_wake_unpack(&l->arena, body, &head, &boot, &why)) {
        log_warn("out.bad_wake", LOG_NAME("reason", why));
        return;
    }
    fresh = !str_eq_c(boot, l->boot);
    if (fresh && boot.n < sizeof(l->boot)) {
        memcpy(l->boot, boot.p, boot.n);
        l->boot[boot.n] = '\0';
    }
    l->head = head;
    l->on_wake(l->arg, head, fresh);
}

static void
take_reply(struct corelink *l, struct str body)
{
    struct fetch_reply r;
    const char *why = "";

    if (!codec_fetch_reply_unpack(&l->arena, body, &r, &why)) {
        log_warn("out.bad_reply", LOG_NAME("reason", why));
        return;
    }
    l->head = r.head;
    l->on_reply(l->arg, &r);
}

static void
on_readable(struct loop *loop, struct zsock *z, unsigned events, void *arg)
{
    struct corelink *l = arg;

    (void)loop;
    (void)events;
    while (zsock_recv(z, &l->in) == ZRECV_OK) {
        enum codec_kind kind = codec_kind_of(zmsg_str(&l->in, 0));

        if (kind == CODEC_WAKE)
            take_wake(l, zmsg_str(&l->in, 1));
        else if (kind == CODEC_FETCH_REPLY)
            take_reply(l, zmsg_str(&l->in, 1));
        mem_arena_trim(&l->arena, ARENA_KEEP);
    }
}

struct corelink *
corelink_new(struct loop *loop, struct zctx *zc, const char *endpoint, corelink_reply_cb *on_reply,
             corelink_wake_cb *on_wake, void *arg)
{
    struct corelink *l = xcalloc(1, sizeof(*l));

    l->loop = loop;
    l->on_reply = on_reply;
    l->on_wake = on_wake;
    l->arg = arg;
    l->in = ZMSG_INIT;
    mem_arena_new(&l->arena, ARENA_BYTES);
    l->z = zsock_new(zc, ZSOCK_DEALER, HWM, HWM);
    zsock_set_id(l->z, "out", 3);
    if (!zsock_connect(l->z, endpoint))
        fatal(FATAL_MACHINE, "out.core_unreachable", LOG_NAME("endpoint", endpoint));
    loop_add_zsock(loop, l->z, LOOP_READ, on_readable, l);
    return l;
}

void
corelink_free(struct corelink **lp)
{
    struct corelink *l = *lp;

    if (l == NULL)
        return;
    loop_del_zsock(l->loop, l->z);
    zmsg_close(&l->in);
    zsock_free(&l->z);
    mem_arena_free(&l->arena);
    xfree(l);
    *lp = NULL;
}

static void
send_to_core(struct corelink *l, enum codec_kind kind, struct str body)
{
    struct zframe f[2] = {zframe_of(codec_name(kind)), zframe_of(body)};

    /* No room means that core is away; whoever asked asks again. */
    if (zsock_send(l->z, f, 2) != ZSEND_OK)
        log_debug("out.core_away");
}

void
corelink_fetch(struct corelink *l, struct str route, uint64_t after_seq, uint32_t max,
               uint64_t number)
{
    struct fetch f = {.route = route, .after_seq = after_seq, .max = max, .number = number};
    size_t mark = arena_mark(&l->arena);

    send_to_core(l, CODEC_FETCH, codec_fetch_pack(&l->arena, &f));
    arena_release(&l->arena, mark);
}

void
corelink_advance(struct corelink *l, struct str route, uint64_t seq)
{
    struct advance v = {.route = route, .seq = seq};
    size_t mark = arena_mark(&l->arena);

    send_to_core(l, CODEC_ADVANCE, codec_advance_pack(&l->arena, &v));
    arena_release(&l->arena, mark);
}

static void
advance(struct corelink *l, const struct advance *v)
{
    size_t mark = arena_mark(&l->arena);

    send_to_core(l, CODEC_ADVANCE, codec_advance_pack(&l->arena, v));
    arena_release(&l->arena, mark);
}

void
corelink_refused(struct corelink *l, struct str route, uint64_t seq, const char *reason, bool again)
{
    advance(l, &(struct advance){
                   .route = route, .seq = seq, .refused = str_from_c(reason), .again = again});
}

void
corelink_sent(struct corelink *l, struct str route, uint64_t seq, struct str alert, bool again)
{
    advance(l, &(struct advance){.route = route, .seq = seq, .told = alert, .again = again});
}

void
corelink_attempted(struct corelink *l, struct str route, uint64_t seq, struct str alert)
{
    advance(l, &(struct advance){.route = route, .seq = seq, .told = alert, .attempted = true});
}

void
corelink_reached(struct corelink *l, struct str route, uint64_t seq, struct str alert,
                 struct str who, bool unresolved)
{
    advance(l, &(struct advance){.route = route,
                                 .seq = seq,
                                 .told = alert,
                                 .attempted = true,
                                 .reached = who,
                                 .unresolved = unresolved});
}

void
corelink_act(struct corelink *l, const struct control_request *rq)
{
    size_t mark = arena_mark(&l->arena);

    send_to_core(l, CODEC_CONTROL_REQUEST, codec_control_request_pack(&l->arena, rq));
    arena_release(&l->arena, mark);
}

void
corelink_status(struct corelink *l, const struct status_report *r)
{
    size_t mark = arena_mark(&l->arena);

    send_to_core(l, CODEC_STATUS_REPORT, codec_status_pack(&l->arena, r));
    arena_release(&l->arena, mark);
}

const char *
corelink_boot(const struct corelink *l)
{
    return l->boot;
}

uint64_t
corelink_head(const struct corelink *l)
{
    return l->head;
}
