/*
 * What:    faults for tests/system, in a build with HOOKS=1; any other build has no such code.
 *          REFRACTD_TEST_CRASH=ROLE:HEX: that role aborts on a message whose SHA-256 begins so.
 *          REFRACTD_TEST_EARLY=1: core answers before it commits, which test_kill.py must find out.
 * Owns:    nothing.
 * Threads: set once at start-up, before anything else runs.
 * Errors:  abort(), which is the point.
 */
#ifndef RFD_SYS_TESTHOOK_H
#define RFD_SYS_TESTHOOK_H

#include "base/sha256.h"

#include <stdbool.h>

#ifdef RFD_TEST_HOOKS
void testhook_arm(const char *role);
void testhook_message(const struct sha256 *sha);
bool testhook_answers_early(void);
#else
static inline void
testhook_arm(const char *role)
{
    (void)role;
}
static inline void
testhook_message(const struct sha256 *sha)
{
    (void)sha;
}
static inline bool
testhook_answers_early(void)
{
    return false;
}
#endif

#endif
