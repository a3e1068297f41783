/*
 * What:    alerts to a FHIR R4 server as transactions (fhirbundle.h), and back again what the care
 *          team did with their Tasks.
 * Owns:    a token of the server's, until fhirway_free(&w), after its route.
 * Threads: the out role.
 * Errors:  200 and 201 confirm. 401, 403, 408, 409, 412, 425, 429, 5xx, no answer, no JSON object:
 *          away (a token is then asked for anew). Any other answer, or a patient whose authority
 *          has no identifier system here: refused.
 */
#ifndef RFD_DELIVER_FHIRWAY_H
#define RFD_DELIVER_FHIRWAY_H

#include "deliver/fhirbundle.h"
#include "deliver/outroute.h"
#include "sys/httpc.h"
#include "sys/tlswant.h"

struct fhirway;

extern const struct outroute_way fhirway_how;

struct fhirway_config {
    const char *url; /* of the server's base */
    struct tls_want tls;
    struct fhirbundle_config bundle;
    const char *token_url; /* NULL: no token */
    const char *client_id;
    const char *client_secret; /* file */
    int64_t timeout_ms;
    int64_t poll_s; /* 0: tasks are not read back */
};

/* cfg outlives it. */
struct fhirway *fhirway_new(struct loop *loop, struct httpc *http, struct corelink *core,
                            struct outroute *route, const struct fhirway_config *cfg);
void fhirway_free(struct fhirway **w);

#endif
