/*
 * What:    what a code that no table knows may be, for the person who maps it. Never used to map.
 * Owns:    nothing; texts live in the knowledge or in the caller's arena.
 * Threads: plain data.
 * Errors:  none; name absent: nothing plausible.
 */
#ifndef RFD_MODEL_LIKELY_H
#define RFD_MODEL_LIKELY_H

#include "base/str.h"

struct likely {
    struct str name;        /* ca125, osimertinib, PD, LUNG, EGFR */
    const struct str *rule; /* ids of rules that read it */
    size_t rule_count;
};

#endif
