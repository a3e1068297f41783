/*
 * What:    the rules that a call names, for the verbs that list, show and sign them.
 * Owns:    everything lives in the call's arena.
 * Threads: one.
 * Errors:  false or NULL, with what is wrong on stderr.
 */
#ifndef RFD_CTL_RULES_H
#define RFD_CTL_RULES_H

#include "ctl/folders.h"

/* Those of a config, of --criteria DIR, or of config/criteria, and nothing else of a set. */
RFD_MUSTCHECK bool rules_load(const struct call *c, struct folders *f, struct ruleset *out);

/* The one whose id is the first argument; NULL: none, and the nearest is said. */
const struct rule *rule_named(const struct call *c, const struct ruleset *rules);

#endif
