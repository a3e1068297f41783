#include "engine/effects.h"

const char *
effect_kind_name(enum effect_kind k)
{
    static const char *const name[EFFECT_KIND_COUNT] = {
        [EFFECT_RAISED] = "raised",       [EFFECT_UPDATED] = "updated",
        [EFFECT_RETRACTED] = "retracted", [EFFECT_CLOSED] = "closed",
        [EFFECT_BASELINE] = "baseline",   [EFFECT_HELD] = "held",
        [EFFECT_SHADOW] = "shadow",
    };

    rfd_assert((unsigned)k < EFFECT_KIND_COUNT);
    return name[k];
}
