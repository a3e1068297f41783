/*
 * What:    where refractctl takes knowledge and maps from: a config, or the folders config/ (in a
 *          source tree) or /etc/refractd; and the names compiled from them.
 * Owns:    everything lives in the call's arena.
 * Threads: one.
 * Errors:  false (NULL), with diags printed.
 */
#ifndef RFD_CTL_FOLDERS_H
#define RFD_CTL_FOLDERS_H

#include "conf/config.h"
#include "ctl/call.h"
#include "knowledge/load.h"

struct folders {
    const struct config *config; /* NULL: without one */
    const struct bundle *bundle;
    bool demo; /* without a config, what nobody has signed off counts too and says so */
};

/* --criteria DIR stands in for the folder of rules when it is given. */
RFD_MUSTCHECK bool folders_open(const struct call *c, struct folders *out);

/* The path of a file in that folder of rules. */
const char *folders_criteria_file(const struct call *c, const char *name);

/* terminology/ of it. */
RFD_MUSTCHECK bool folders_terms(const struct call *c, const struct folders *f, struct terms *out);

#endif
