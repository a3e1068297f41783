#include "ctl/importsend.h"

#include "codec/message.h"
#include "console/asking.h"
#include "core/control.h"
#include "sys/mem.h"

#include <poll.h>
#include <stdio.h>

enum {
    SLICE_BYTES = 48 * 1024, /* a request has 64 KiB at most (core/controlsock.c) */
    WAIT_MS = 60000,
    PAUSE_MS = 500,
    TRIES_AWAY = 20,  /* a core that is started anew is back within seconds */
    TRIES_BUSY = 600, /* a disk that is nearly full needs a person */
};

static const size_t ARENA_KEEP = (size_t)4 << 20;

static void
pause_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

/* "duplicate 12 ": outcome, journal number, reason. */
static bool
line_read(struct str line, enum outcome *out, struct str *reason)
{
    struct str word, rest, number;

    (void)str_cut(line, ' ', &word, &rest);
    (void)str_cut(rest, ' ', &number, reason);
    for (unsigned o = 0; o < OUTCOME_COUNT; o++) {
        if (str_eq_c(word, outcome_name((enum outcome)o))) {
            *out = (enum outcome)o;
            return true;
        }
    }
    return false;
}

static bool
is_busy(const struct control_reply *r)
{
    enum outcome o;
    struct str reason;

    if (r->exit_code == CONTROL_BUSY)
        return true;
    for (size_t i = 0; i < r->line_count; i++) {
        if (line_read(r->line[i], &o, &reason) && o == OUTCOME_BUSY)
            return true;
    }
    return false;
}

static bool
take_reply(struct importsend *s, const struct control_reply *r)
{
    if (r->exit_code != 0 || r->line_count != s->count) {
        (void)call_fail(CALL_FAILED, "%.*s", STR_FMT(r->error));
        return false;
    }
    for (size_t i = 0; i < r->line_count; i++) {
        enum outcome o;
        struct str reason;

        if (!line_read(r->line[i], &o, &reason))
            return false;
        s->counts.of[o]++;
        if (o == OUTCOME_QUARANTINED || o == OUTCOME_REFUSED)
            (void)fprintf(stderr, "%s:%d:1: %s: %.*s\n", s->path, s->line[i], outcome_name(o),
                          STR_FMT(reason));
    }
    return true;
}

/* Asked again while core is away or busy: what it had stored by then is answered as a duplicate. */
static bool
ask(struct importsend *s, const struct control_request *rq, struct control_reply *reply)
{
    const char *why = "";
    int away = 0;
    int busy = 0;

    while (away < TRIES_AWAY && busy < TRIES_BUSY) {
        if (!asking_core(s->socket, rq, WAIT_MS, s->arena, reply, &why)) {
            if (away == 0)
                (void)call_fail(CALL_NO_DAEMON, "%s: %s; waiting", s->socket, why);
            away++;
        } else if (is_busy(reply)) {
            why = "refractd has too little disk space";
            if (busy == 0)
                (void)call_fail(CALL_FAILED, "%s; waiting", why);
            busy++;
        } else {
            return true;
        }
        pause_ms(PAUSE_MS);
    }
    (void)call_fail(CALL_FAILED, "%s: %s. Import the file again: what is stored will be recognised",
                    s->path, why);
    return false;
}

static bool
slice_send(struct importsend *s)
{
    struct message_batch b = {s->message, s->count};
    struct control_request rq = {.verb = STR("take"), .body = codec_batch_pack(s->arena, &b)};
    struct control_reply reply;
    bool ok = ask(s, &rq, &reply) && take_reply(s, &reply);

    s->count = 0;
    s->bytes = 0;
    mem_arena_trim(s->arena, ARENA_KEEP);
    return ok;
}

bool
importsend_add(struct importsend *s, const struct result_message *m, int line)
{
    size_t mark = arena_mark(s->arena);
    size_t bytes = codec_message_pack(s->arena, m).n;

    arena_release(s->arena, mark);
    s->message[s->count] = *m;
    s->line[s->count++] = line;
    s->bytes += bytes;
    if (s->count < LIMIT_BATCH && s->bytes < SLICE_BYTES)
        return true;
    return slice_send(s);
}

bool
importsend_end(struct importsend *s)
{
    return s->count == 0 || slice_send(s);
}
