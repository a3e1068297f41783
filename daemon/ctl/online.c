#include "base/sb.h"
#include "conf/config.h"
#include "console/asking.h"
#include "ctl/verbs.h"
#include "sys/mem.h"

#include <poll.h>
#include <stdio.h>

enum {
    POLL_MS = 300,
    RETRY_MS = 1000,
    PATH_TEXT_MAX = 1024,
    ANSWER_MS = 600000, /* `verify` of a large store reads every row before it answers */
};

static const size_t TAIL_ARENA_BYTES = (size_t)1 << 30;
static const size_t TAIL_ARENA_KEEP = (size_t)1 << 20;

/* RUNTIME_DIR/control.sock of that config; NULL with diags printed. */
static const char *
socket_of_config(const struct call *c)
{
    struct bundle *b = bundle_new(c->arena);
    struct settings s;
    struct diags d;
    struct tree *root = NULL;
    struct sb path;

    diags_init(&d, c->arena);
    if (bundle_add_file(b, CONFIG_MAIN, c->option[OPT_CONFIG], &d))
        root = config_tree(&b->file[0], c->arena, &d);
    if (root == NULL || !settings_load(root, c->arena, &d, &s)) {
        call_print_diags(&d);
        return NULL;
    }
    sb_init_arena(&path, c->arena, PATH_TEXT_MAX);
    sb_addf(&path, "%s/control.sock", s.runtime_dir);
    return sb_ok(&path) ? sb_cz(&path) : NULL;
}

static const char *
socket_path(const struct call *c)
{
    if (call_has(c, OPT_SOCKET))
        return c->option[OPT_SOCKET];
    return call_has(c, OPT_CONFIG) ? socket_of_config(c) : "/run/refractd/control.sock";
}

const char *
online_socket(const struct call *c)
{
    return socket_path(c);
}

static bool
request_fill(const struct call *c, struct control_request *rq)
{
    struct str *arg = ARENA_ARRAY(c->arena, c->arg_count, struct str);

    for (size_t i = 0; i < c->arg_count; i++)
        arg[i] = str_from_c(c->arg[i]);
    *rq = (struct control_request){.verb = str_from_c(c->verb),
                                   .arg = arg,
                                   .arg_count = c->arg_count,
                                   .json = call_has(c, OPT_JSON)};
    if (!call_has(c, OPT_FROM) || str_to_u64(str_from_c(c->option[OPT_FROM]), &rq->after_seq))
        return true;
    (void)call_fail(CALL_USAGE, "--from takes a number");
    return false;
}

static int
no_daemon(const char *path, const char *why)
{
    return call_fail(CALL_NO_DAEMON, "%s: %s (is refractd running, and may you read it?)", path,
                     why);
}

static int
print_reply(const struct control_reply *r)
{
    for (size_t i = 0; i < r->line_count; i++)
        call_print(r->line[i]);
    if (!str_is_absent(r->error))
        (void)call_fail(CALL_FAILED, "%.*s", STR_FMT(r->error));
    return r->exit_code;
}

int
online_reply(const char *path, const struct control_request *rq, struct arena *a,
             struct control_reply *out)
{
    const char *why = "";

    if (!asking_core(path, rq, ANSWER_MS, a, out, &why))
        return no_daemon(path, why);
    return print_reply(out);
}

static int
ask_once(const struct call *c, const struct control_request *rq)
{
    struct control_reply reply;
    const char *path = socket_path(c);

    return path == NULL ? CALL_FAILED : online_reply(path, rq, c->arena, &reply);
}

int
online_ask(const struct call *c)
{
    struct control_request rq;

    return request_fill(c, &rq) ? ask_once(c, &rq) : CALL_USAGE;
}

/* "enter therapy DEMO:1 --drug x" is the verb "enter" with the words therapy, DEMO:1 and drug=x. */
int
online_enter(const struct call *c)
{
    static const struct {
        enum call_option option;
        const char *key;
    } keys[] = {{OPT_DRUG, "drug="},    {OPT_START, "start="},       {OPT_STOP, "stop="},
                {OPT_DATE, "date="},    {OPT_REASON, "reason="},     {OPT_INTENT, "intent="},
                {OPT_CODE, "code="},    {OPT_CRITERIA, "criteria="}, {OPT_SITE, "site="},
                {OPT_REPORT, "report="}};
    struct str *word = ARENA_ARRAY(c->arena, 1 + c->arg_count + RFD_COUNT(keys), struct str);
    struct control_request rq = {.verb = STR("enter"), .arg = word, .json = call_has(c, OPT_JSON)};
    struct str verb = str_from_c(c->verb);

    word[rq.arg_count++] = str_sub(verb, rq.verb.n + 1, verb.n);
    for (size_t i = 0; i < c->arg_count; i++)
        word[rq.arg_count++] = str_from_c(c->arg[i]);
    for (size_t i = 0; i < RFD_COUNT(keys); i++) {
        if (call_has(c, keys[i].option))
            word[rq.arg_count++] =
                str_cat(c->arena, str_from_c(keys[i].key), str_from_c(c->option[keys[i].option]));
    }
    return ask_once(c, &rq);
}

/* The verb with its words and one more. */
static int
ask_with(const struct call *c, const char *word)
{
    struct control_request rq;
    struct str *arg = ARENA_ARRAY(c->arena, c->arg_count + 1, struct str);

    if (!request_fill(c, &rq))
        return CALL_USAGE;
    for (size_t i = 0; i < rq.arg_count; i++)
        arg[i] = rq.arg[i];
    arg[rq.arg_count++] = str_from_c(word);
    rq.arg = arg;
    return ask_once(c, &rq);
}

int
online_snooze(const struct call *c)
{
    struct str days = str_cat(c->arena, str_from_c(c->option[OPT_DAYS]), STR("d"));

    if (call_has(c, OPT_UNTIL) == call_has(c, OPT_DAYS))
        return call_fail(CALL_USAGE, "until when? --until DATE or --days N");
    return ask_with(c, call_has(c, OPT_UNTIL) ? c->option[OPT_UNTIL] : str_cz(c->arena, days));
}

int
online_escalate(const struct call *c)
{
    return call_has(c, OPT_TO) ? ask_with(c, c->option[OPT_TO]) : online_ask(c);
}

static void
wait_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

/* A daemon that is started anew while we look on is waited for, once it has answered. */
static int
tail_round(const struct call *c, const char *path, struct control_request *rq, struct arena *a,
           bool *answered)
{
    struct control_reply reply;
    const char *why = "";
    int code;

    if (!asking_core(path, rq, ANSWER_MS, a, &reply, &why)) {
        if (!*answered || call_has(c, OPT_ONCE))
            return no_daemon(path, why);
        wait_ms(RETRY_MS);
        return CALL_OK;
    }
    *answered = true;
    code = print_reply(&reply);
    if (fflush(stdout) != 0)
        return CALL_FAILED;
    if (code == CALL_OK && reply.seq == rq->after_seq)
        wait_ms(call_has(c, OPT_ONCE) ? 0 : POLL_MS);
    rq->after_seq = reply.seq;
    return code;
}

int
online_tail(const struct call *c)
{
    struct control_request rq;
    struct arena a;
    const char *path = socket_path(c);
    bool answered = false;
    uint64_t before;
    int code;

    if (path == NULL)
        return CALL_FAILED;
    if (!request_fill(c, &rq))
        return CALL_USAGE;
    mem_arena_new(&a, TAIL_ARENA_BYTES);
    (void)arena_trap_set(&a, c->arena->trap); /* both end in the same refusal */
    do {
        before = rq.after_seq;
        code = tail_round(c, path, &rq, &a, &answered);
        mem_arena_trim(&a, TAIL_ARENA_KEEP);
    } while (code == CALL_OK && (!call_has(c, OPT_ONCE) || rq.after_seq != before));
    mem_arena_free(&a);
    return code;
}
