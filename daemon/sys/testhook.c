#include "sys/testhook.h"

#ifdef RFD_TEST_HOOKS

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TICK_MS = 3, CLOCK_SHIFT = 0, CLOCK_TICKS = 1, CLOCK_COUNT = 2 };

static const char *crash_hex; /* NULL: not in this role */
static bool early;
static bool withholds;
static volatile int64_t *clock_page; /* NULL: the clock is the machine's */

static void
map_clock(const char *file)
{
    int fd = open(file, O_RDWR | O_CLOEXEC);
    void *page = fd < 0 ? MAP_FAILED
                        : mmap(NULL, CLOCK_COUNT * sizeof(*clock_page), PROT_READ | PROT_WRITE,
                               MAP_SHARED, fd, 0);

    if (page == MAP_FAILED)
        abort();
    clock_page = page;
    (void)close(fd);
}

void
testhook_arm(const char *role)
{
    const char *said = getenv("REFRACTD_TEST_CRASH"); /* NOLINT(concurrency-mt-unsafe) */
    size_t n = strlen(role);

    if (said != NULL && strncmp(said, role, n) == 0 && said[n] == ':' && said[n + 1] != '\0')
        crash_hex = said + n + 1;
    early = getenv("REFRACTD_TEST_EARLY") != NULL;        /* NOLINT(concurrency-mt-unsafe) */
    withholds = getenv("REFRACTD_TEST_WITHHOLD") != NULL; /* NOLINT(concurrency-mt-unsafe) */
    said = getenv("REFRACTD_TEST_CLOCK");                 /* NOLINT(concurrency-mt-unsafe) */
    if (said != NULL)
        map_clock(said);
}

void
testhook_message(const struct sha256 *sha)
{
    char hex[SHA256_HEX_MAX];

    if (crash_hex != NULL && str_starts(sha256_hex(sha, hex), str_from_c(crash_hex)))
        abort();
}

bool
testhook_answers_early(void)
{
    return early;
}

bool
testhook_withholds(void)
{
    return withholds;
}

int64_t
testhook_wall_shift_s(void)
{
    return clock_page == NULL ? 0 : clock_page[CLOCK_SHIFT];
}

int64_t
testhook_tick_ms(int64_t usual)
{
    return clock_page == NULL ? usual : TICK_MS;
}

/* Core's alone. */
void
testhook_ticked(void)
{
    if (clock_page != NULL)
        clock_page[CLOCK_TICKS]++;
}

#else

typedef int testhook_none; /* ISO C wants something here */

#endif
