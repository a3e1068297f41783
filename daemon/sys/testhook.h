/*
 * What:    faults for tests/system, in a build with HOOKS=1; any other build has no such code.
 *          REFRACTD_TEST_CRASH=ROLE:HEX: that role aborts on a message whose SHA-256 begins so.
 *          REFRACTD_TEST_EARLY=1: core answers before it commits, which test_kill.py must find out.
 *          REFRACTD_TEST_CLOCK=FILE: the wall clock is put forward by the seconds that stand there
 *          (eight bytes), and core, which ticks every few milliseconds then, counts its ticks in
 *          the next eight: test_year.py plays a year in seconds.
 *          REFRACTD_TEST_WITHHOLD=1: core says of every alert that no route had it, so retractions
 *          go nowhere, which test_year.py must find out.
 * Owns:    nothing.
 * Threads: set once at start-up, before anything else runs.
 * Errors:  abort(), which is the point.
 */
#ifndef RFD_SYS_TESTHOOK_H
#define RFD_SYS_TESTHOOK_H

#include "base/sha256.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef RFD_TEST_HOOKS
void testhook_arm(const char *role);
void testhook_message(const struct sha256 *sha);
bool testhook_answers_early(void);
bool testhook_withholds(void);
int64_t testhook_wall_shift_s(void);
int64_t testhook_tick_ms(int64_t usual);
void testhook_ticked(void);
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
static inline bool
testhook_withholds(void)
{
    return false;
}
static inline int64_t
testhook_wall_shift_s(void)
{
    return 0;
}
static inline int64_t
testhook_tick_ms(int64_t usual)
{
    return usual;
}
static inline void
testhook_ticked(void)
{
}
#endif

#endif
