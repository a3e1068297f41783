/*
 * What:    what an HTTP answer means for the event that was sent: confirmed, to be sent again, or
 *          refused for what it says.
 * Owns:    nothing.
 * Threads: any.
 * Errors:  none. Only what speaks of the message itself is a refusal: a wrong address, a missing
 *          right or a server in maintenance must not put a whole queue aside.
 */
#ifndef RFD_DELIVER_HTTPSAYS_H
#define RFD_DELIVER_HTTPSAYS_H

#include "deliver/outroute.h"
#include "sys/httpc.h"

struct httpsays {
    enum outroute_result result;
    const char *why; /* a code of ours; NULL when done */
};

/* explained: the body is the application's own, not a proxy's or a web server's page. */
struct httpsays httpsays(const struct httpc_answer *a, bool explained);

#endif
