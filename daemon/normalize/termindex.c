#include "normalize/termindex.h"

#include "base/sort.h"

#include <string.h>

enum { TERM_GROW_FIRST = 16 };

/* Room doubles at powers of two, so the count alone says when it is full. */
void *
term_grow(struct arena *a, void *items, size_t count, size_t size)
{
    bool full = count == 0 || (count >= TERM_GROW_FIRST && (count & (count - 1)) == 0);
    if (!full)
        return items;
    void *more = arena_array(a, count == 0 ? TERM_GROW_FIRST : count * 2, size);
    if (count > 0)
        memcpy(more, items, count * size);
    return more;
}

void
termindex_add(struct arena *a, struct term_index *x, struct str key, size_t at)
{
    rfd_assert(at <= INT32_MAX);
    x->entry = term_grow(a, x->entry, x->count, sizeof *x->entry);
    x->entry[x->count++] = (struct term_entry){key, (int32_t)at};
}

static int
entry_cmp(const void *a, const void *b)
{
    const struct term_entry *x = a, *y = b;
    return str_cmp(x->key, y->key);
}

void
termindex_seal(struct arena *a, struct term_index *x)
{
    if (x->count > 1)
        sort_stable(a, x->entry, x->count, sizeof *x->entry, entry_cmp);
}

/* The first entry whose key is not below key. */
static size_t
lower_bound(const struct term_index *x, struct str key)
{
    size_t from = 0, to = x->count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (str_cmp(x->entry[mid].key, key) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

size_t
termindex_range(const struct term_index *x, struct str key, size_t *first_out)
{
    size_t first = lower_bound(x, key), n = 0;
    while (first + n < x->count && str_eq(x->entry[first + n].key, key))
        n++;
    *first_out = first;
    return n;
}

int32_t
termindex_find(const struct term_index *x, struct str key)
{
    size_t first;
    return termindex_range(x, key, &first) > 0 ? x->entry[first].at : -1;
}

int32_t
termindex_find_nocase(const struct term_index *x, struct arena *scratch, struct str key)
{
    size_t mark = arena_mark(scratch);
    int32_t at = termindex_find(x, str_lower(scratch, str_trim(key)));
    arena_release(scratch, mark);
    return at;
}
