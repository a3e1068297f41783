/*
 * What:    one version of an alert as a FHIR R4 transaction: DetectedIssue (what was found), one
 *          CommunicationRequest (tell somebody), Task (what became of it). Sent twice it changes
 *          nothing: conditional update by the alert's id, conditional create by id and version.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  the builder's sticky error.
 */
#ifndef RFD_DELIVER_FHIRBUNDLE_H
#define RFD_DELIVER_FHIRBUNDLE_H

#include "base/sb.h"
#include "model/alert.h"

/* An assigning authority of our feeds, and the identifier system that the server knows it by. */
struct fhir_authority {
    const char *authority;
    const char *system;
};

struct fhirbundle_config {
    const char
        *system; /* ours, of alert ids: "urn:oid:…" or a URL; versions are SYSTEM/version … */
    const char *base;  /* of links to the page; NULL: none */
    const char *owner; /* of tasks, when the alert names nobody */
    const struct fhir_authority *authority;
    size_t authorities;
    bool notify; /* false: the version is quiet, so no CommunicationRequest */
};

/* False: no identifier system is known for this patient's authority. */
RFD_MUSTCHECK bool fhirbundle_write(struct sb *b, const struct alert *al, struct arena *a,
                                    const struct fhirbundle_config *cfg);

#endif
