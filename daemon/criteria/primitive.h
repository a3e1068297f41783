/*
 * What:    every test of the rule language by its name, and the compiling of one.
 * Owns:    nothing; the test lives in the compiler's arena.
 * Threads: plain functions.
 * Errors:  false with a diag, with the nearest name as a hint.
 */
#ifndef RFD_CRITERIA_PRIMITIVE_H
#define RFD_CRITERIA_PRIMITIVE_H

#include "criteria/scope.h"

/* All of them, from 0 on; NULL: no more. */
const struct primitive *primitive_at(size_t at);

/* A map with one key, the primitive's name. */
bool primitive_test(struct compiler *c, const struct tree *from, struct test *out);

#endif
