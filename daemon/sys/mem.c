#include "sys/mem.h"

#include "sys/fatal.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void
mem_arena_new(struct arena *a, size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    if (p == MAP_FAILED)
        fatal(FATAL_MACHINE, "mem.no_arena", LOG_NUM("bytes", size), LOG_ERRNO("error", errno));
    arena_init(a, p, size);
}

void
mem_arena_trim(struct arena *a, size_t keep)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t from = keep >= a->size ? a->size : (keep + page - 1) / page * page;

    arena_reset(a);
    if (from < a->size)
        (void)madvise(a->mem + from, a->size - from, MADV_DONTNEED);
}

void
mem_arena_free(struct arena *a)
{
    if (a->mem != NULL)
        (void)munmap(a->mem, a->size);
    *a = (struct arena){NULL, 0, 0, NULL};
}

static void *
checked(void *p, size_t size)
{
    if (p == NULL)
        fatal(FATAL_MACHINE, "mem.gone", LOG_NUM("bytes", size));
    return p;
}

void *
xmalloc(size_t size)
{
    return checked(malloc(size == 0 ? 1 : size), size);
}

void *
xcalloc(size_t count, size_t size)
{
    return checked(calloc(count == 0 ? 1 : count, size == 0 ? 1 : size), size);
}

void *
xrealloc_array(void *p, size_t count, size_t size)
{
    rfd_assert(size > 0 && count <= SIZE_MAX / size);
    return checked(realloc(p, count == 0 ? 1 : count * size), count * size);
}

char *
xstrdup(const char *c)
{
    return memcpy(xmalloc(strlen(c) + 1), c, strlen(c) + 1);
}

void
xfree(void *p)
{
    free(p);
}
