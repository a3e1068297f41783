/* Reports for people: the queue, one of them, its bytes into a file. */
#include "base/base64.h"
#include "console/asking.h"
#include "ctl/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MS = 60000, OWNER_ONLY = 0600 };

static bool
ask(const struct call *c, const struct control_request *rq, struct control_reply *out)
{
    const char *path = online_socket(c);
    const char *why = "";

    if (path == NULL)
        return false;
    if (asking_core(path, rq, ANSWER_MS, c->arena, out, &why))
        return true;
    *out = (struct control_reply){.exit_code = call_fail(CALL_NO_DAEMON,
                                                         "%s: %s (is refractd running, and "
                                                         "may you read it?)",
                                                         path, why)};
    return false;
}

static int
print(const struct call *c, const struct control_request *rq)
{
    struct control_reply reply = {.exit_code = CALL_FAILED};

    if (!ask(c, rq, &reply))
        return reply.exit_code;
    for (size_t i = 0; i < reply.line_count; i++)
        call_print(reply.line[i]);
    if (!str_is_absent(reply.error))
        (void)call_fail(CALL_FAILED, "%.*s", STR_FMT(reply.error));
    return reply.exit_code;
}

static bool
write_all(int fd, struct str s)
{
    while (s.n > 0) {
        ssize_t n = write(fd, s.p, s.n);

        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            s = str_sub(s, (size_t)n, s.n);
    }
    return true;
}

/* A new file, for its owner alone: it holds what a patient's report says. */
static int
write_bytes(const struct call *c, const struct control_reply *reply)
{
    const char *path = c->option[OPT_OUT];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, OWNER_ONLY);
    bool ok = true;

    if (fd < 0 && errno == EEXIST)
        return call_fail(CALL_FAILED, "%s: is there already: it is not written over", path);
    if (fd < 0)
        return call_fail(CALL_FAILED, "%s: cannot be written", path);
    for (size_t i = 0; i < reply->line_count && ok; i++) {
        size_t mark = arena_mark(c->arena);
        struct str bytes;

        ok = base64_decode(c->arena, reply->line[i], &bytes) && write_all(fd, bytes);
        arena_release(c->arena, mark);
    }
    ok = close(fd) == 0 && ok;
    return ok ? CALL_OK : call_fail(CALL_FAILED, "%s: not written as a whole", path);
}

static int
save(const struct call *c)
{
    struct str arg[2] = {str_from_c(c->arg[0]), STR("bytes")};
    struct control_request rq = {.verb = STR("report"), .arg = arg, .arg_count = 2};
    struct control_reply reply = {.exit_code = CALL_FAILED};

    if (!ask(c, &rq, &reply))
        return reply.exit_code;
    if (reply.exit_code != CALL_OK)
        return call_fail((enum call_exit)reply.exit_code, "%.*s", STR_FMT(reply.error));
    return write_bytes(c, &reply);
}

int
reports_list(const struct call *c)
{
    struct str arg[2];
    struct control_request rq = {.verb = STR("reports"), .arg = arg, .json = call_has(c, OPT_JSON)};

    if (call_has(c, OPT_ALL))
        arg[rq.arg_count++] = STR("all");
    if (call_has(c, OPT_QUOTE))
        arg[rq.arg_count++] = STR("quote");
    if (call_has(c, OPT_FROM) && !str_to_u64(str_from_c(c->option[OPT_FROM]), &rq.after_seq))
        return call_fail(CALL_USAGE, "--from takes a number");
    return print(c, &rq);
}

/* "reports 7 done", "reports 7 coded" */
static int
take_out(const struct call *c)
{
    struct str arg[2] = {str_from_c(c->arg[0]), str_from_c(c->arg[1])};
    bool coded = strcmp(c->arg[1], "coded") == 0;
    struct control_request rq = {.verb = STR("report_done"),
                                 .arg = arg,
                                 .arg_count = coded ? 2 : 1,
                                 .json = call_has(c, OPT_JSON)};

    if (!coded && strcmp(c->arg[1], "done") != 0)
        return call_fail(CALL_USAGE, "report NUMBER is followed by done or coded");
    return print(c, &rq);
}

int
reports_one(const struct call *c)
{
    struct str arg[1] = {str_from_c(c->arg[0])};
    const struct control_request rq = {
        .verb = STR("report"), .arg = arg, .arg_count = 1, .json = call_has(c, OPT_JSON)};

    if (c->arg_count == 2)
        return take_out(c);
    return call_has(c, OPT_OUT) ? save(c) : print(c, &rq);
}
