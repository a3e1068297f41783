#include "base/sort.h"

#include <stdbool.h>
#include <string.h>

/* Two neighbouring runs of from, [lo, mid) and [mid, hi), merged into the same place of to. */
struct merge {
    const unsigned char *from;
    unsigned char *to;
    size_t lo, mid, hi;
};

static void
merge_runs(const struct merge *m, size_t size, sort_cmp *cmp)
{
    size_t left = m->lo;
    size_t right = m->mid;

    if (right >= m->hi || cmp(m->from + (right - 1) * size, m->from + right * size) <= 0) {
        memcpy(m->to + left * size, m->from + left * size, (m->hi - left) * size);
        /* in order already: what comes sorted but for a few costs little more than a look */
        return;
    }
    for (size_t at = m->lo; at < m->hi; at++) {
        /* On a tie the left one goes first: that is what makes the sort stable. */
        bool left_first = right >= m->hi || (left < m->mid && cmp(m->from + left * size,
                                                                  m->from + right * size) <= 0);
        size_t next = left_first ? left++ : right++;

        memcpy(m->to + at * size, m->from + next * size, size);
    }
}

static void
merge_pass(struct merge m, size_t count, size_t width, size_t size, sort_cmp *cmp)
{
    for (size_t lo = 0; lo < count; lo = m.hi) {
        m.lo = lo;
        m.mid = count - lo > width ? lo + width : count;
        m.hi = count - m.mid > width ? m.mid + width : count;
        merge_runs(&m, size, cmp);
    }
}

static bool
is_sorted(const unsigned char *items, size_t count, size_t size, sort_cmp *cmp)
{
    for (size_t i = 1; i < count; i++) {
        if (cmp(items + (i - 1) * size, items + i * size) > 0)
            return false;
    }
    return true;
}

void
sort_stable(struct arena *a, void *items, size_t count, size_t size, sort_cmp *cmp)
{
    size_t mark = arena_mark(a);
    size_t width = 1; /* of the runs that are in order by now */
    unsigned char *from = items;
    unsigned char *to;

    if (count < 2 || is_sorted(items, count, size, cmp)) /* facts mostly arrive in order */
        return;
    to = arena_array(a, count, size);
    while (width < count) {
        unsigned char *swap = from;

        merge_pass((struct merge){.from = from, .to = to}, count, width, size, cmp);
        from = to;
        to = swap;
        width = count - width < width ? count : width * 2;
    }
    if (from != items)
        memcpy(items, from, count * size);
    arena_release(a, mark);
}
