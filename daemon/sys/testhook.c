#include "sys/testhook.h"

#ifdef RFD_TEST_HOOKS

#include <stdlib.h>
#include <string.h>

static const char *crash_hex; /* NULL: not in this role */
static bool early;

void
testhook_arm(const char *role)
{
    const char *said = getenv("REFRACTD_TEST_CRASH"); /* NOLINT(concurrency-mt-unsafe) */
    size_t n = strlen(role);

    if (said != NULL && strncmp(said, role, n) == 0 && said[n] == ':' && said[n + 1] != '\0')
        crash_hex = said + n + 1;
    early = getenv("REFRACTD_TEST_EARLY") != NULL; /* NOLINT(concurrency-mt-unsafe) */
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

#else

typedef int testhook_none; /* ISO C wants something here */

#endif
