/*
 * What:    what edge tells core of its feeds each second (refractctl feeds).
 * Owns:    nothing.
 * Threads: the edge role.
 * Errors:  none.
 */
#ifndef RFD_INTAKE_FEEDREPORT_H
#define RFD_INTAKE_FEEDREPORT_H

#include "intake/corepipe.h"
#include "intake/mllpd.h"

/* The rest of what is said of one feed; mllp NULL: of another kind, which is as state says. */
struct feedreport {
    const char *name;
    const char *kind;
    const char *address;
    const char *state;
    const struct mllpd *mllp;
};

void
feedreport_fill(const struct corepipe *p, const struct feedreport *from, struct feed_status *out);

#endif
