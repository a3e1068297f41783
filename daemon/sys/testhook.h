/*
 * What:    a message that crashes a role, for tests/system/test_poison.py: in a build with HOOKS=1 the
 *          variable REFRACTD_TEST_CRASH=ROLE:HEX names the role and the beginning of the message's
 *          SHA-256. Any other build has no such code.
 * Owns:    nothing.
 * Threads: set once at start-up, before anything else runs.
 * Errors:  abort(), which is the point.
 */
#ifndef RFD_SYS_TESTHOOK_H
#define RFD_SYS_TESTHOOK_H

#include "base/sha256.h"

#ifdef RFD_TEST_HOOKS
void testhook_arm(const char *role);
void testhook_message(const struct sha256 *sha);
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
#endif

#endif
