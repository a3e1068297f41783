/*
 * What:    the section `cds` of the main config: who may ask, and how patients are named.
 * Owns:    nothing; texts live in the arena given, or in the tree.
 * Threads: read-only once compiled.
 * Errors:  false and diags with file:line:col.
 */
#ifndef RFD_CONSOLE_CDSCONF_H
#define RFD_CONSOLE_CDSCONF_H

#include "wire/tree.h"

#include <stdbool.h>

/* An identifier system of the EHR's Patient resources, and the assigning authority that our feeds
 * call the same numbers by. */
struct cds_system {
    const char *system;
    const char *authority;
};

enum cds_hook {
    CDS_ORDER_SELECT,
    CDS_PATIENT_VIEW,
    CDS_HOOK_COUNT,
};
const char *cds_hook_name(enum cds_hook h); /* "patient-view" */

struct cds_config {
    bool on;
    /* What is offered, in the order of discovery. A client that keeps one service of an id (the
     * public sandbox) keeps the last: patient-view, unless the site says otherwise. */
    enum cds_hook hook[CDS_HOOK_COUNT];
    size_t hooks;
    bool open;        /* no token is asked for; loopback only */
    const char *base; /* as clients see us: https://refractd.hospital.example, without a "/" */
    const char *jwks; /* file of pinned keys, resolved */
    const char *const *issuer;
    size_t issuers;
    const struct cds_system *system;
    size_t systems;
    const char *const *origin; /* of browser clients; "*": any */
    size_t origins;
};

/* root: the main file's tree. listen: of the console, NULL: off. */
RFD_MUSTCHECK bool cdsconf_compile(const struct tree *root, const char *listen, struct arena *a,
                                   struct diags *d, struct cds_config *out);

#endif
