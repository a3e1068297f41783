/*
 * What:    what the tests of daemon/codec share: samples, and what is the same
 *          after the way there and back.
 * Owns:    nothing.
 * Threads: one.
 * Errors:  none.
 */
#ifndef RFD_TESTS_CODEC_TEST_H
#define RFD_TESTS_CODEC_TEST_H

#include "base/arena.h"
#include "base/sb.h"
#include "codec_samples.h"
#include "unit_test.h"

/* Absent and empty are one on the way: what went in empty must come back absent. */
#define assert_same(got, want)                                                             \
    do {                                                                                   \
        struct str got_ = (got);                                                           \
        struct str want_ = (want);                                                         \
        if (want_.n == 0)                                                                  \
            assert_null(got_.p);                                                           \
        else if (!str_eq(got_, want_))                                                     \
            fail_msg("%s is \"%.*s\", not \"%.*s\"", #got, STR_FMT(got_), STR_FMT(want_)); \
    } while (0)

#define assert_stamp(got, want)                                \
    do {                                                       \
        assert_int_equal((got).utc_s, (want).utc_s);           \
        assert_int_equal((got).offset_min, (want).offset_min); \
        assert_int_equal((got).precision, (want).precision);   \
    } while (0)

#endif
