/* The whole way without sockets: bytes, cut into messages, through intake into a core on a store in
 * memory, and the alerts that come of it as text. Each input has a store of its own. */
#include "../aid/shipped.h"
#include "alert/compose.h"
#include "codec/feed.h"
#include "core/core.h"
#include "intake/hl7intake.h"
#include "sys/mem.h"
#include "wire/hl7_batch.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum {
    NOW_DAY = 20780,
    CORE_INPUTS = 5000
}; /* 2026-11-23; answers' texts pile up until a commit */

static struct arena arena;
static const struct knowledge_set *set;
static struct core *core;

static void
begin(void)
{
    const struct core_config cfg = {
        .store_path = ":memory:", .boot = "fuzz", .knowledge = &set->knowledge};
    char error[STORE_ERROR_TEXT_MAX];

    rfd_assert(core_open(&cfg, &core, error) == STORE_OK);
}

static void
take(struct str payload, uint64_t number)
{
    const struct hl7intake in = {
        "fuzz", knowledge_map(set, "demo.yaml"), &set->terms, DAY_NONE, NULL, NULL};
    struct hl7read read;
    struct ingest_request rq = {.boot = STR("fuzz"), .number = number};
    struct ingest_reply reply;

    hl7intake_read(&in, payload, stamp_of_day(NOW_DAY, 60), &arena, &read);
    rq.message = read.message;
    reply = core_ingest(core, &rq, stamp_of_day(NOW_DAY, 60));
    rfd_assert(reply.outcome == OUTCOME_STORED || reply.outcome == OUTCOME_DUPLICATE ||
               reply.outcome == OUTCOME_IGNORED || reply.outcome == OUTCOME_QUARANTINED);
}

static void
alerts(void)
{
    struct str *packed;
    size_t n;

    rfd_assert(store_alerts_list(core_store(core), false, &arena, &packed, &n) == STORE_OK);
    for (size_t i = 0; i < n; i++) {
        struct alert al;
        struct sb text;
        const char *why;

        rfd_assert(codec_alert_unpack(&arena, packed[i], &al, &why));
        sb_init_arena(&text, &arena, ALERT_TEXT_MAX);
        compose_alert(&text, &al);
        rfd_assert(!sb_ok(&text) || sb_str(&text).n > 0);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct hl7_batch batch;
    struct str one;
    uint64_t number = 0;
    size_t mark;

    if (set == NULL) {
        mem_arena_new(&arena, (size_t)2 << 30);
        set = shipped_knowledge(&arena);
        rfd_assert(knowledge_map(set, "demo.yaml") != NULL);
    }
    begin();
    mark = arena_mark(&arena);
    hl7_batch_init(&batch, (struct str){(const char *)bytes, n});
    while (hl7_batch_next(&batch, &one))
        take(one, ++number);
    alerts();
    rfd_assert(core_commit(core));
    core_close(&core);
    arena_release(&arena, mark);
    return 0;
}
