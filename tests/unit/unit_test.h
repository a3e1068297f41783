/*
 * What:    what unit tests of every room share: cmocka, an arena, a day, an assertion on text.
 * Owns:    the arena of fresh(), one per test program.
 * Threads: one.
 * Errors:  what cannot be read fails the test.
 */
#ifndef RFD_TESTS_UNIT_TEST_H
#define RFD_TESTS_UNIT_TEST_H

#include "base/arena.h"
#include "base/date.h"
#include "base/str.h"

/* cmocka.h needs the first four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct arena *fresh(void); /* cleared: what it held before is gone */
day_t day_of(const char *iso);

#define assert_str(s, text)                                                    \
    do {                                                                       \
        struct str got_ = (s);                                                 \
        if (!str_eq_c(got_, (text)))                                           \
            fail_msg("%s is \"%.*s\", not \"%s\"", #s, STR_FMT(got_), (text)); \
    } while (0)

#endif
