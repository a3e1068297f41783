/* What feeds send that no map knows, and stored messages read again once a map does. */
#include "console/asking.h"
#include "ctl/verbs.h"
#include "sys/mem.h"

#include <poll.h>

enum {
    POLL_MS = 100,
    WORDS_MAX = 8,      /* beside the arguments */
    STILL_ROUNDS = 100, /* without news: 10 s */
};

static const size_t POLL_ARENA_BYTES = (size_t)256 << 20;
static const size_t POLL_ARENA_KEEP = (size_t)1 << 20;

struct words {
    struct str *item;
    size_t count;
};

static void
add_option(const struct call *c, struct words *w, enum call_option o, const char *key)
{
    if (call_has(c, o))
        w->item[w->count++] = str_cat(c->arena, str_from_c(key), str_from_c(c->option[o]));
}

int
unmapped_verb(const struct call *c)
{
    struct words w = {.item = ARENA_ARRAY(c->arena, WORDS_MAX, struct str)};
    const char *path = online_socket(c);
    struct control_request rq = {.verb = STR("unmapped"), .json = call_has(c, OPT_JSON)};
    struct control_reply reply;

    if (path == NULL)
        return CALL_FAILED;
    add_option(c, &w, OPT_FEED, "feed=");
    add_option(c, &w, OPT_ALL, "all");
    add_option(c, &w, OPT_CSV, "csv");
    rq.arg = w.item;
    rq.arg_count = w.count;
    return online_reply(path, &rq, c->arena, &reply);
}

/* Lines as they come, until core says that it is done. */
static int
follow(const struct call *c, const char *path, struct arena *a)
{
    struct control_request rq = {.verb = STR("reparse"), .json = call_has(c, OPT_JSON)};
    struct control_reply reply;
    int still = 0;
    int code;

    for (;;) {
        code = online_reply(path, &rq, a, &reply);
        if (code != CALL_OK || reply.seq == UINT64_MAX)
            return code;
        still = reply.seq == rq.after_seq ? still + 1 : 0;
        if (still == STILL_ROUNDS)
            (void)call_fail(CALL_OK, "core waits for edge, which reads the messages");
        rq.after_seq = reply.seq;
        mem_arena_trim(a, POLL_ARENA_KEEP);
        (void)poll(NULL, 0, POLL_MS);
    }
}

static int
begin(const struct call *c, const char *path)
{
    struct words w = {.item = ARENA_ARRAY(c->arena, WORDS_MAX + c->arg_count, struct str)};
    struct control_request rq = {.verb = STR("reparse"), .json = call_has(c, OPT_JSON)};
    struct control_reply reply;

    for (size_t i = 0; i < c->arg_count; i++)
        w.item[w.count++] = str_from_c(c->arg[i]);
    add_option(c, &w, OPT_FEED, "feed=");
    add_option(c, &w, OPT_REASON, "reason=");
    add_option(c, &w, OPT_SINCE, "since=");
    add_option(c, &w, OPT_ALL_QUARANTINED, "quarantined");
    add_option(c, &w, OPT_CHANGED, "changed");
    rq.arg = w.item;
    rq.arg_count = w.count;
    return w.count == 0 ? CALL_OK : online_reply(path, &rq, c->arena, &reply);
}

int
reparse_verb(const struct call *c)
{
    const char *path = online_socket(c);
    struct arena a;
    int code;

    if (path == NULL)
        return CALL_FAILED;
    code = begin(c, path);
    if (code != CALL_OK)
        return code;
    mem_arena_new(&a, POLL_ARENA_BYTES);
    (void)arena_trap_set(&a, c->arena->trap); /* both end in the same refusal */
    code = follow(c, path, &a);
    mem_arena_free(&a);
    return code;
}
