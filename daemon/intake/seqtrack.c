#include "intake/seqtrack.h"

#include <string.h>

static uint64_t
slot_of(uint64_t seq)
{
    return seq % SEQTRACK_AHEAD;
}

static bool
bit_get(const struct seqtrack *t, uint64_t seq)
{
    uint64_t at = slot_of(seq);

    return (t->ahead[at / 8] >> (at % 8) & 1) != 0;
}

static void
bit_put(struct seqtrack *t, uint64_t seq, bool on)
{
    uint64_t at = slot_of(seq);
    uint8_t mask = (uint8_t)(1u << (at % 8));

    t->ahead[at / 8] = (uint8_t)(on ? t->ahead[at / 8] | mask : t->ahead[at / 8] & ~mask);
}

void
seqtrack_start(struct seqtrack *t, uint64_t next)
{
    memset(t, 0, sizeof(*t));
    t->next = next;
    t->high = next - 1;
}

bool
seqtrack_has(const struct seqtrack *t, uint64_t seq)
{
    if (seq < t->next)
        return true;
    return seq - t->next < SEQTRACK_AHEAD && bit_get(t, seq);
}

void
seqtrack_add(struct seqtrack *t, uint64_t seq)
{
    if (seq > t->high)
        t->high = seq;
    if (seq < t->next || seq - t->next >= SEQTRACK_AHEAD)
        return;
    bit_put(t, seq, true);
    while (bit_get(t, t->next)) {
        bit_put(t, t->next, false);
        t->next++;
    }
}

bool
seqtrack_is_beyond(const struct seqtrack *t, uint64_t seq)
{
    return seq >= t->next && seq - t->next >= SEQTRACK_AHEAD;
}

bool
seqtrack_has_gap(const struct seqtrack *t)
{
    return t->high >= t->next;
}

uint64_t
seqtrack_skip_to(struct seqtrack *t, uint64_t next)
{
    uint64_t lost = 0;

    for (size_t i = 0; i < SEQTRACK_AHEAD && t->next < next; i++) {
        lost += !bit_get(t, t->next);
        bit_put(t, t->next, false);
        t->next++;
    }
    if (t->next < next) { /* nothing is remembered beyond: no need to count one by one */
        lost += next - t->next;
        t->next = next;
    }
    while (bit_get(t, t->next)) {
        bit_put(t, t->next, false);
        t->next++;
    }
    if (t->high + 1 < t->next)
        t->high = t->next - 1;
    return lost;
}
