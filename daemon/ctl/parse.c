#include "codec/json.h"
#include "ctl/parseexplain.h"
#include "ctl/reading.h"
#include "ctl/verbs.h"
#include "sys/mem.h"

enum { JSON_BYTES_MAX = 4 * 1024 * 1024 };

static const size_t MESSAGE_ARENA_BYTES = (size_t)2 << 30;
static const size_t MESSAGE_ARENA_KEEP = (size_t)4 << 20;

static void
print_fact(struct arena *a, const struct fact *f)
{
    size_t mark = arena_mark(a);
    struct sb b;

    sb_init_arena(&b, a, JSON_BYTES_MAX);
    codec_fact_json(&b, f);
    call_print(sb_str(&b));
    arena_release(a, mark);
}

/* Native messages come as facts already: nothing of them is read from fields. */
static bool
explain_one(const struct call *c, const struct reading *r, const struct message_text *m,
            struct arena *a)
{
    struct trace trace = {.count = 0};
    struct hl7read read;
    const struct explained x = {r, m, &read, &trace};

    reading_hl7(r, m->bytes, STAMP_NONE, a, &(struct reading_hl7){&read, &trace});
    if (call_has(c, OPT_JSON)) {
        for (size_t i = 0; i < read.message.fact_count; i++)
            print_fact(a, &read.message.fact[i]);
        parse_explain_json(&x, a);
    } else {
        parse_explain(&x, a);
    }
    mem_arena_trim(a, MESSAGE_ARENA_KEEP);
    return str_is_absent(read.message.quarantine_reason);
}

/* A message is read in memory of its own, like in edge: one that is too large is quarantined. */
static bool
parse_one(const struct reading *r, const struct message_text *m, struct arena *a)
{
    struct result_message msg;
    bool understood;

    reading_message(r, m, STAMP_NONE, a, &msg);
    for (size_t i = 0; i < msg.fact_count; i++)
        print_fact(a, &msg.fact[i]);
    understood = reading_report(m, &msg);
    mem_arena_trim(a, MESSAGE_ARENA_KEEP);
    return understood;
}

int
parse_run(const struct call *c)
{
    struct reading *r = ARENA_NEW(c->arena, struct reading);
    struct messages all;
    struct arena a;
    bool ok;

    if (!reading_open(c, r))
        return CALL_FAILED;
    ok = messages_read(c, &all);
    mem_arena_new(&a, MESSAGE_ARENA_BYTES);
    (void)arena_trap_set(&a, c->arena->trap);
    for (size_t i = 0; i < all.count; i++) {
        if (call_has(c, OPT_EXPLAIN) && !all.item[i].native)
            ok = explain_one(c, r, &all.item[i], &a) && ok;
        else
            ok = parse_one(r, &all.item[i], &a) && ok;
    }
    mem_arena_free(&a);
    return ok ? CALL_OK : CALL_FAILED;
}
