#include "core/board.h"

#include "sys/clock.h"
#include "sys/log.h"
#include "sys/mem.h"

#include <string.h>

struct board {
    struct {
        char *p; /* NULL: nothing yet */
        size_t n;
        int64_t at_ms;
    } side[BOARD_SIDE_COUNT];
};

static const char *const names[BOARD_SIDE_COUNT] = {[BOARD_EDGE] = "edge", [BOARD_OUT] = "out"};

struct board *
board_new(void)
{
    return xcalloc(1, sizeof(struct board));
}

void
board_free(struct board **bp)
{
    struct board *b = *bp;

    *bp = NULL;
    if (b == NULL)
        return;
    for (int i = 0; i < BOARD_SIDE_COUNT; i++)
        xfree(b->side[i].p);
    xfree(b);
}

void
board_put(struct board *b, struct str packed, struct arena *scratch)
{
    struct status_report r;
    const char *why = "";
    size_t mark = arena_mark(scratch);
    bool ok = codec_status_unpack(scratch, packed, &r, &why);

    for (int i = 0; i < BOARD_SIDE_COUNT && ok; i++) {
        if (!str_eq_c(r.role, names[i]))
            continue;
        xfree(b->side[i].p);
        b->side[i].p = xmalloc(packed.n);
        memcpy(b->side[i].p, packed.p, packed.n);
        b->side[i].n = packed.n;
        b->side[i].at_ms = clock_mono_ms();
    }
    if (!ok)
        log_warn("core.bad_status", LOG_NAME("reason", why));
    arena_release(scratch, mark);
}

bool
board_get(const struct board *b, enum board_side side, struct arena *a, struct status_report *out,
          int64_t *age_ms_out)
{
    const char *why = "";

    if (b->side[side].p == NULL ||
        !codec_status_unpack(a, (struct str){b->side[side].p, b->side[side].n}, out, &why))
        return false;
    *age_ms_out = clock_mono_ms() - b->side[side].at_ms;
    return true;
}
