/*
 * What:    bump allocator: what belongs to one message or one step lives and dies together.
 * Owns:    nothing; the memory is the caller's. arena_reset() clears it: it held patient data.
 * Threads: one arena, one thread.
 * Errors:  arena_alloc() never returns NULL. At the limit it jumps to the trap that the caller set
 *          with arena_trap_set(); the caller then refuses the whole message or step ("too large").
 *          Pure code holds nothing but arena memory, so a jump leaves nothing behind. An arena that
 *          is full and has no trap is a bug of ours and aborts.
 */
#ifndef RFD_BASE_ARENA_H
#define RFD_BASE_ARENA_H

#include "base/assert.h"

#include <setjmp.h>
#include <stddef.h>

struct arena {
    unsigned char *mem;
    size_t size;
    size_t used;
    jmp_buf *trap; /* where to go when full; NULL: abort */
};

void arena_init(struct arena *a, void *mem, size_t size);

/* size bytes, zeroed, aligned for any type. size 0 gives a valid, unique-enough pointer. */
void *arena_alloc(struct arena *a, size_t size);

/* count * size bytes with the product checked. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* A mark to return to, so that scratch memory can be given back (and is cleared). */
size_t arena_mark(const struct arena *a);
void arena_release(struct arena *a, size_t mark);

void arena_reset(struct arena *a);

/* Sets where a full arena jumps to; returns the earlier trap, which the caller puts back. Use:
 *     jmp_buf trap;
 *     jmp_buf *before = arena_trap_set(a, &trap);
 *     if (setjmp(trap) != 0) { arena_trap_set(a, before); return TOO_LARGE; }
 */
jmp_buf *arena_trap_set(struct arena *a, jmp_buf *trap);

#define ARENA_NEW(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))

#endif
