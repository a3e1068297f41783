/*
 * What:    rfd_assert, a check that stays on in production, and the attributes used everywhere.
 * Owns:    nothing.
 * Threads: any.
 * Errors:  a failed check is a bug of ours: one line on stderr, then abort().
 *          Never use it on data from outside.
 */
#ifndef RFD_BASE_ASSERT_H
#define RFD_BASE_ASSERT_H

#define RFD_MUSTCHECK    __attribute__((warn_unused_result))
#define RFD_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define RFD_NORETURN     __attribute__((noreturn))

RFD_NORETURN void rfd_assert_fail(const char *file, int line, const char *expr);

#define rfd_assert(e) ((e) ? (void)0 : rfd_assert_fail(__FILE__, __LINE__, #e))

/* For a result that truly does not matter; say why beside it. */
#define RFD_IGNORE(e) \
    do {              \
        if (e) {      \
        }             \
    } while (0)

#define RFD_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
