/*
 * What:    what a person enters of a patient: facts like any other, with a journal row of kind
 *          entry, re-evaluated and audited in one transaction.
 * Owns:    nothing; what it makes lives in the core's own arena until the call ends.
 * Threads: the core role, not while a batch is open.
 * Errors:  ENTRY_BUSY: the disk is full or the patient too large, and nothing of it happened.
 */
#ifndef RFD_CORE_ENTRY_H
#define RFD_CORE_ENTRY_H

#include "core/core.h"

enum entry_result {
    ENTRY_STORED,
    ENTRY_SAME, /* all of it stands so already: nothing was stored */
    ENTRY_BUSY,
    ENTRY_RESULT_COUNT,
};

/* All facts are of one person. Their source, time of receipt and status time are filled in here. */
struct entry {
    struct str actor; /* user name */
    struct str type;  /* "enter therapy" */
    struct str text;  /* the words that were entered: the journal's payload */
    const struct fact *fact;
    size_t fact_count;
    const struct fact *in_force; /* those of the person, to know what is said twice */
    size_t in_force_count;
};

/* The feed that the facts of an entry name as their source. */
#define ENTRY_FEED STR("entry")

enum entry_result
core_enter(struct core *c, const struct entry *e, struct stamp now, uint64_t *journal_out);

#endif
