/*
 * What:    the syslog route: one line per alert event, without patient data.
 * Owns:    nothing; syslogroute_free(&r).
 * Threads: the out role.
 * Errors:  none: syslog(3) gives no receipt, so the cursor moves when the line is handed over.
 */
#ifndef RFD_DELIVER_SYSLOGROUTE_H
#define RFD_DELIVER_SYSLOGROUTE_H

#include "deliver/corelink.h"

struct syslogroute;

struct syslogroute *syslogroute_new(struct loop *loop, struct corelink *core);
void syslogroute_free(struct syslogroute **r);
void syslogroute_reply(struct syslogroute *r, const struct fetch_reply *reply);
void syslogroute_wake(struct syslogroute *r);

#endif
