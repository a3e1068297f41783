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

/* Where this site's sign-offs are written: signoff.yaml of the config's site folder, or of the
 * rules of --criteria DIR, which stand alone; never among the rules that are shipped. */
const char *folders_signoffs(const struct call *c, const struct folders *f);

/* terminology/ of it. */
RFD_MUSTCHECK bool folders_terms(const struct call *c, const struct folders *f, struct terms *out);

#endif
