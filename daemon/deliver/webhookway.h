/*
 * What:    alerts as signed HTTP POSTs. Without patient data unless the site asks for it: then only
 *          that there is an alert, of what kind, and where to look.
 * Owns:    the key, until webhookway_free(&w), after its route.
 * Threads: the out role.
 * Errors:  2xx confirms. 408, 425, 429, 5xx and no answer: away. Any other answer: refused.
 *
 * X-Refractd-Signature: t=SECONDS,v1=HEX, where HEX is HMAC-SHA-256 of "SECONDS.BODY": a receiver
 * that checks the time and remembers X-Refractd-Delivery cannot be fooled by a replay.
 */
#ifndef RFD_DELIVER_WEBHOOKWAY_H
#define RFD_DELIVER_WEBHOOKWAY_H

#include "deliver/outroute.h"
#include "sys/httpc.h"
#include "sys/tlswant.h"

struct webhookway;

extern const struct outroute_way webhookway_how;

struct webhookway_config {
    const char *url;
    struct tls_want tls;
    const char *secret; /* file */
    const char *base;   /* of links; NULL: none */
    bool patient_data;
    int64_t timeout_ms;
};

/* cfg outlives it. A key that cannot be read is fatal: the supervisor has tried. */
struct webhookway *
webhookway_new(struct httpc *http, struct outroute *route, const struct webhookway_config *cfg);
void webhookway_free(struct webhookway **w);

#endif
