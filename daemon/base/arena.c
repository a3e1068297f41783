#include "base/arena.h"

#include <stdint.h>
#include <string.h>

/* The strictest alignment of any type on the machines that we build for (long double, __int128). */
enum { ARENA_ALIGN = 16 };

void
arena_init(struct arena *a, void *mem, size_t size)
{
    rfd_assert(mem != NULL);
    a->mem = mem;
    a->size = size;
    a->used = 0;
    a->trap = NULL;
}

RFD_NORETURN static void
arena_full(struct arena *a)
{
    rfd_assert(a->trap != NULL);
    longjmp(*a->trap, 1);
}

/* Bytes to skip. The address counts, not the offset: the caller's memory may lie anywhere. */
static size_t
arena_padding(const struct arena *a)
{
    uintptr_t past = ((uintptr_t)a->mem + a->used) % ARENA_ALIGN;

    return past == 0 ? 0 : (size_t)(ARENA_ALIGN - past);
}

void *
arena_alloc(struct arena *a, size_t size)
{
    size_t pad = arena_padding(a);
    size_t room = a->size - a->used;
    unsigned char *p;

    rfd_assert(a->used <= a->size);
    if (pad > room || size > room - pad)
        arena_full(a);
    p = a->mem + a->used + pad;
    a->used += pad + size;
    return memset(p, 0, size);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        arena_full(a); /* no arena could hold it */
    return arena_alloc(a, count * size);
}

size_t
arena_mark(const struct arena *a)
{
    return a->used;
}

void
arena_release(struct arena *a, size_t mark)
{
    rfd_assert(mark <= a->used && a->used <= a->size);
    memset(a->mem + mark, 0, a->used - mark);
    a->used = mark;
}

void
arena_reset(struct arena *a)
{
    arena_release(a, 0);
}

jmp_buf *
arena_trap_set(struct arena *a, jmp_buf *trap)
{
    jmp_buf *before = a->trap;

    a->trap = trap;
    return before;
}
