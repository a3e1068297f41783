#include "ctl/messages.h"
#include "ctl/mllpclient.h"
#include "ctl/verbs.h"
#include "wire/hl7ack.h"
#include "wire/jsonout.h"

enum { TIMEOUT_S_DEFAULT = 30, TIMEOUT_S_MAX = 3600, LINE_BYTES_MAX = 4096 };

/* One message on its way. */
struct sending {
    const struct call *call;
    struct mllpclient *client;
    const struct message_text *message;
    struct str payload;
    struct hl7 hl7;
    bool indexed;
};

/* Files are kept with LF or CR LF; on the wire a segment ends with CR (HL7 v2.9.1, 2.5.2). */
static struct str
with_cr(struct arena *a, struct str s)
{
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '\n' && i > 0 && s.p[i - 1] == '\r')
            continue;
        if (c == '\n')
            c = '\r';
        out[n++] = c;
    }
    while (n > 0 && out[n - 1] == '\r')
        n--;
    out[n++] = '\r';
    return (struct str){out, n};
}

static struct str
control_id(const struct sending *s)
{
    return s->indexed ? hl7_value(&s->hl7, 0, 10, 1) : STR_NONE;
}

static void
print_answer(const struct sending *s, const char *code)
{
    struct jsonout j;
    struct sb b;

    sb_init_arena(&b, s->call->arena, LINE_BYTES_MAX);
    if (!call_has(s->call, OPT_JSON)) {
        sb_addf(&b, "%s message %zu: %.*s %s", s->message->path, s->message->nth,
                STR_FMT(str_is_empty(control_id(s)) ? STR("-") : control_id(s)), code);
        call_print(sb_str(&b));
        return;
    }
    jsonout_init(&j, &b);
    jsonout_map(&j);
    jsonout_key(&j, "file");
    jsonout_c(&j, s->message->path);
    jsonout_key(&j, "message");
    jsonout_u64(&j, s->message->nth);
    jsonout_key(&j, "control_id");
    jsonout_str(&j, control_id(s));
    jsonout_key(&j, "code");
    jsonout_c(&j, code);
    jsonout_map_end(&j);
    if (jsonout_ok(&j))
        call_print(sb_str(&b));
}

static bool
is_positive(const char *code)
{
    return str_eq_c(str_from_c(code), "AA") || str_eq_c(str_from_c(code), "CA");
}

/* A sender in enhanced mode may ask for no answer (MSH-15 NE): then none is waited for. */
static bool
answer_is_due(const struct sending *s)
{
    enum hl7ack_code code;

    if (!s->indexed)
        return true;
    code = hl7ack_code_for(hl7ack_mode(&s->hl7, HL7ACK_AUTO), HL7ACK_ACCEPTED);
    return hl7ack_wanted(&s->hl7, HL7ACK_AUTO, code);
}

/* False: the connection is of no further use. *positive only ever goes to false. */
static bool
send_one(struct sending *s, bool *positive)
{
    struct mllpclient_answer answer;
    const char *why = "";

    s->payload = with_cr(s->call->arena, s->message->bytes);
    s->indexed = hl7_index(&s->hl7, s->call->arena, s->payload) == HL7_OK;
    if (!mllpclient_send(s->client, s->payload, &why)) {
        (void)call_fail(CALL_FAILED, "%s message %zu: %s", s->message->path, s->message->nth, why);
        return false;
    }
    if (!answer_is_due(s)) {
        print_answer(s, "sent, no answer asked for");
        return true;
    }
    if (!mllpclient_wait(s->client, control_id(s), &answer, &why)) {
        (void)call_fail(CALL_FAILED, "%s message %zu: %s", s->message->path, s->message->nth, why);
        return false;
    }
    print_answer(s, answer.code);
    if (!is_positive(answer.code))
        *positive = false;
    return true;
}

static bool
read_timeout(const struct call *c, int *timeout_ms)
{
    int64_t s = TIMEOUT_S_DEFAULT;

    if (call_has(c, OPT_TIMEOUT) &&
        (!str_to_i64(str_from_c(c->option[OPT_TIMEOUT]), &s) || s < 1 || s > TIMEOUT_S_MAX))
        return false;
    *timeout_ms = (int)s * 1000;
    return true;
}

static bool
send_all(const struct call *c, struct mllpclient *client, const struct messages *all)
{
    bool positive = true;

    for (size_t i = 0; i < all->count; i++) {
        struct sending s = {.call = c, .client = client, .message = &all->item[i]};
        size_t mark = arena_mark(c->arena);

        if (!send_one(&s, &positive))
            return false;
        arena_release(c->arena, mark);
    }
    return positive;
}

int
send_run(const struct call *c)
{
    struct tcp_addr to;
    struct messages all;
    struct mllpclient *client;
    const char *why = "";
    int timeout_ms;
    bool ok;

    if (!call_has(c, OPT_MLLP) || !tcp_addr_parse(c->option[OPT_MLLP], &to))
        return call_fail(CALL_USAGE, "send needs --mllp HOST:PORT, with a numeric address");
    if (!read_timeout(c, &timeout_ms))
        return call_fail(CALL_USAGE, "--timeout takes seconds, 1 to %d", TIMEOUT_S_MAX);
    if (!messages_read(c, &all))
        return CALL_FAILED;
    client = mllpclient_open(&to, timeout_ms, &why);
    if (client == NULL)
        return call_fail(CALL_FAILED, "%s: %s", c->option[OPT_MLLP], why);
    ok = send_all(c, client, &all);
    mllpclient_close(&client);
    return ok ? CALL_OK : CALL_FAILED;
}
