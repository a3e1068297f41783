#include "unit_test.h"

#include <sys/mman.h>

/* Address space; pages come as they are touched. */
static const size_t ARENA_BYTES = (size_t)1 << 30;

struct arena *
fresh(void)
{
    static struct arena arena;

    if (arena.mem == NULL) {
        void *mem = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        assert_true(mem != MAP_FAILED);
        arena_init(&arena, mem, ARENA_BYTES);
    }
    arena_reset(&arena);
    return &arena;
}

day_t
day_of(const char *iso)
{
    day_t d = DAY_NONE;

    assert_true(day_parse(str_from_c(iso), &d));
    return d;
}
