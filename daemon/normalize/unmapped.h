/*
 * What:    gathers what no table knows of a message: codes, drugs, answers, units, by name alone.
 *          Nothing is kept that says what was found in a patient: of an answer or a diagnosis in
 *          free text it is only counted that there was one.
 * Owns:    nothing; lives in the message's arena.
 * Threads: plain data.
 * Errors:  none: what does not fit UNMAPPED_MAX is counted in `more`.
 */
#ifndef RFD_NORMALIZE_UNMAPPED_H
#define RFD_NORMALIZE_UNMAPPED_H

#include "base/arena.h"
#include "model/message.h"

enum {
    UNMAPPED_MAX = 64
}; /* different ones in one message; a chemistry panel has about 40 tests */

struct unmapped_list {
    struct unmapped *item;
    size_t count;
    uint32_t more;
};

/* Adds one, or counts it again. The code's texts are those of the message. */
void unmapped_add(struct unmapped_list *l, struct arena *a, struct unmapped one);

/* The same of the facts of a native publisher, by the flags that normalize_native() has set. */
void
unmapped_of_facts(struct unmapped_list *l, struct arena *a, const struct fact *facts, size_t count);

#endif
