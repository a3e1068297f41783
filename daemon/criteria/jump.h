/*
 * What:    values that are a hundred times, or a hundredth, of the one shortly before: more often a
 *          unit, a dilution or another patient's specimen than the disease.
 * Owns:    nothing.
 * Threads: any; pure.
 * Errors:  none.
 */
#ifndef RFD_CRITERIA_JUMP_H
#define RFD_CRITERIA_JUMP_H

#include "criteria/scope.h"

/* A hundredfold within four weeks, and the next value does not bear it out: value i confirms
 * nothing until it is repeated. The factor is what the project's issue 3 asks for; the four weeks
 * are an engineering choice: a marker that doubles every five days, faster than any published
 * doubling time, takes them. A fall by half-lives can be as fast (hCG after an operation): falls
 * confirm no progression, so nothing is lost by asking for a second one. */
bool jump_is_unborne(const struct scope *s, size_t i);

/* The value before it, for the text; only of one that jump_is_unborne(). */
const struct point *jump_from(const struct scope *s, size_t i);

#endif
