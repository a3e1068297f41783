/*
 * What:    memory from the system: large arenas reserved by mmap, and malloc that cannot fail.
 * Owns:    the caller, until mem_arena_free() or xfree().
 * Threads: any; one arena, one thread.
 * Errors:  no memory is fatal; the supervisor restarts the role.
 */
#ifndef RFD_SYS_MEM_H
#define RFD_SYS_MEM_H

#include "base/arena.h"

#include <stddef.h>

/* Reserves size bytes of address space; pages are taken when first touched. */
void mem_arena_new(struct arena *a, size_t size);
/* arena_reset(), then pages beyond keep bytes go back to the system. */
void mem_arena_trim(struct arena *a, size_t keep);
void mem_arena_free(struct arena *a);

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc_array(void *p, size_t count, size_t size); /* the product is checked */
char *xstrdup(const char *c);
void xfree(void *p);

#endif
