#include "intake/reread.h"

#include "sys/fatal.h"
#include "sys/mem.h"

#include <string.h>

enum { QUEUE_MAX = 32, FEEDS_MAX = 64, FEED_NAME_MAX = 64 };

static const size_t ARENA_BYTES = (size_t)512 << 20;
static const size_t ARENA_KEEP = (size_t)1 << 20;

struct feed {
    const char *name;
    reread_cb *read;
    void *arg;
};

struct waiting {
    uint64_t journal;
    struct stamp received;
    char feed[FEED_NAME_MAX];
    char *raw;
    size_t n;
};

struct reread {
    struct corepipe *pipe;
    struct arena arena;
    struct feed feed[FEEDS_MAX];
    size_t feeds;
    struct waiting queue[QUEUE_MAX]; /* a ring */
    size_t first;
    size_t count;
};

static const struct feed *
feed_named(const struct reread *r, const char *name)
{
    for (size_t i = 0; i < r->feeds; i++) {
        if (strcmp(r->feed[i].name, name) == 0)
            return &r->feed[i];
    }
    return NULL;
}

static void
waiting_free(struct waiting *w)
{
    if (w->n > 0)
        memset(w->raw, 0, w->n); /* patient data */
    xfree(w->raw);
    memset(w, 0, sizeof(*w));
}

static void
read_one(struct reread *r, const struct waiting *w)
{
    const struct feed *f = feed_named(r, w->feed);
    struct result_message m = {.feed = str_from_c(w->feed)};
    struct str raw = {w->raw, w->n};

    if (f == NULL) {
        corepipe_reparsed(r->pipe, &m, w->journal, "no_such_feed");
        return;
    }
    f->read(f->arg, raw, w->received, &r->arena, &m);
    m.raw = STR_NONE; /* core has it */
    corepipe_reparsed(r->pipe, &m, w->journal, NULL);
    mem_arena_trim(&r->arena, ARENA_KEEP);
}

static void
on_room(void *arg)
{
    struct reread *r = arg;

    while (r->count > 0 && !corepipe_is_full(r->pipe)) {
        struct waiting *w = &r->queue[r->first];

        read_one(r, w);
        waiting_free(w);
        r->first = (r->first + 1) % QUEUE_MAX;
        r->count--;
    }
}

static void
on_request(void *arg, const struct reparse_request *rq)
{
    struct reread *r = arg;
    struct waiting *w = &r->queue[(r->first + r->count) % QUEUE_MAX];

    if (r->count == QUEUE_MAX || rq->feed.n >= FEED_NAME_MAX || rq->feed.n == 0)
        return;
    *w = (struct waiting){.journal = rq->journal, .received = rq->received, .n = rq->raw.n};
    memcpy(w->feed, rq->feed.p, rq->feed.n);
    w->raw = xmalloc(w->n + 1);
    if (w->n > 0)
        memcpy(w->raw, rq->raw.p, w->n);
    r->count++;
    on_room(r);
}

struct reread *
reread_new(struct corepipe *pipe)
{
    struct reread *r = xcalloc(1, sizeof(*r));

    r->pipe = pipe;
    mem_arena_new(&r->arena, ARENA_BYTES);
    corepipe_on_room(pipe, on_room, r);
    corepipe_on_reparse(pipe, on_request, r);
    return r;
}

void
reread_free(struct reread **rp)
{
    struct reread *r = *rp;

    if (r == NULL)
        return;
    corepipe_on_reparse(r->pipe, NULL, NULL);
    corepipe_forget(r->pipe, r);
    for (size_t i = 0; i < r->count; i++)
        waiting_free(&r->queue[(r->first + i) % QUEUE_MAX]);
    mem_arena_free(&r->arena);
    xfree(r);
    *rp = NULL;
}

void
reread_feed(struct reread *r, const char *name, reread_cb *read, void *arg)
{
    rfd_assert(r->feeds < FEEDS_MAX); /* as many as the settings may name */
    r->feed[r->feeds++] = (struct feed){name, read, arg};
}
