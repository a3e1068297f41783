/*
 * What:    what the tests of daemon/base share: cmocka, a text assertion, a seeded generator.
 * Owns:    nothing.
 * Threads: one.
 * Errors:  none.
 */
#ifndef RFD_UNIT_BASE_TEST_H
#define RFD_UNIT_BASE_TEST_H

#include "base/str.h"

/* cmocka.h needs these four before it, whatever the alphabet says. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#define assert_str(got, want)                      \
    do {                                           \
        struct str got_ = (got);                   \
        assert_non_null(got_.p);                   \
        assert_int_equal(got_.n, strlen(want));    \
        assert_memory_equal(got_.p, want, got_.n); \
    } while (0)

/* splitmix64: the same numbers in every run. */
static inline uint64_t
test_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

#endif
