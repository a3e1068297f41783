#include "core/take.h"

#include "base/limits.h"

enum { SENDER_MAX = 400 };

/* Whatever the sender says: messages of files are of one feed, and of nobody's sequence. */
static struct ingest_request
request_of(struct ask *k, const struct result_message *m)
{
    struct ingest_request rq = {.boot = STR("control"), .message = *m};
    struct sb sender;

    sb_init_arena(&sender, k->arena, SENDER_MAX);
    sb_addf(&sender, "%.*s:%.*s", STR_FMT(ask_actor(k)), STR_FMT(m->sender)); /* user, file */
    rq.message.sender = sb_str(&sender);
    rq.message.feed = TAKE_FEED;
    rq.message.publisher = (struct publisher){.id = STR_NONE};
    return rq;
}

static void
add_line(struct ask *k, const struct ingest_reply *r)
{
    lines_addf(&k->lines, "%s %llu %.*s", outcome_name(r->outcome), (unsigned long long)r->journal,
               STR_FMT(r->reason));
}

/* A line for each message: outcome, journal number, reason. */
void
take_run(struct ask *k)
{
    struct ingest_reply reply[LIMIT_BATCH];
    struct message_batch b;
    const char *why = "";
    bool stored;

    if (!codec_batch_unpack(k->arena, k->rq->body, &b, &why) || b.count > LIMIT_BATCH) {
        ask_fail(k, 2, "not a batch of messages");
        return;
    }
    for (size_t i = 0; i < b.count; i++) {
        struct ingest_request rq = request_of(k, &b.message[i]);

        reply[i] = core_ingest(k->core, &rq, k->now);
        reply[i].reason = str_dup(k->arena, reply[i].reason); /* the batch's own ends with it */
    }
    stored = core_commit(k->core);
    for (size_t i = 0; i < b.count; i++) {
        if (!stored)
            reply[i] = (struct ingest_reply){.outcome = OUTCOME_BUSY, .reason = STR("disk_full")};
        add_line(k, &reply[i]);
    }
}
