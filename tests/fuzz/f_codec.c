/*
 * What:    fuzz target over what peers send packed: requests, facts, alerts. The first byte picks
 *          which. Built with -fsanitize=fuzzer,address,undefined.
 * Owns:    a static arena.
 * Threads: one.
 * Errors:  a crash, a sanitizer's finding, or a message that is packed and cannot be unpacked.
 */
#include "codec/feed.h"
#include "codec/json.h"
#include "codec/message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
use_fact(struct arena *a, const struct fact *f)
{
    struct sb b;
    struct fact again;
    const char *why;

    sb_init_arena(&b, a, 1 << 20);
    codec_fact_json(&b, f);
    if (!codec_fact_unpack(a, codec_fact_pack(a, f), &again, &why))
        abort();
}

static void
use_alert(struct arena *a, const struct alert *al)
{
    struct sb b;
    struct alert again;
    const char *why;

    sb_init_arena(&b, a, 1 << 20);
    codec_alert_json(&b, al);
    if (!codec_alert_unpack(a, codec_alert_pack(a, al, STR_NONE), &again, &why))
        abort();
}

static void
take(struct arena *a, uint8_t which, struct str s)
{
    struct ingest_request rq;
    struct ingest_envelope env;
    struct fact f;
    struct alert al;
    const char *why;

    if (which % 3 == 0) {
        if (codec_request_unpack(a, s, &rq, &why) && !codec_envelope_unpack(a, s, &env, &why))
            abort();
    } else if (which % 3 == 1) {
        if (codec_fact_unpack(a, s, &f, &why))
            use_fact(a, &f);
    } else if (codec_alert_unpack(a, s, &al, &why)) {
        use_alert(a, &al);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static _Alignas(16) unsigned char memory[1 << 22];
    struct arena a;
    jmp_buf trap;

    if (n == 0)
        return 0;
    arena_init(&a, memory, sizeof(memory));
    if (setjmp(trap) == 0) {
        (void)arena_trap_set(&a, &trap);
        take(&a, bytes[0], (struct str){(const char *)bytes + 1, n - 1});
    }
    return 0;
}
