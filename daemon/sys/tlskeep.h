/*
 * What:    the TLS context of one feed or route through a role's life: loaded at start, again on
 *          SIGHUP, and watched for certificates that are about to end.
 * Owns:    the context; tlskeep_free(&k).
 * Threads: one.
 * Errors:  files that cannot be used at start are fatal (the supervisor has tried them); on a
 *          reload they are logged and the old ones stay.
 */
#ifndef RFD_SYS_TLSKEEP_H
#define RFD_SYS_TLSKEEP_H

#include "sys/tlsctx.h"

enum { TLSKEEP_WARN_DAYS = 30, TLSKEEP_ERROR_DAYS = 7 };

struct tlskeep;

/* name: of the feed or route, for the log. Both it and *w outlive what is made. */
struct tlskeep *tlskeep_new(const char *name, const struct tls_want *w, bool server);
void tlskeep_free(struct tlskeep **k);
struct tls_ctx *tlskeep_ctx(const struct tlskeep *k); /* k NULL: NULL, which is plain */

/* Open connections stay as they are; new ones get the new files. */
void tlskeep_reload(struct tlskeep *k);
/* Often: logs once a day what ends within TLSKEEP_WARN_DAYS. now: seconds UTC. */
void tlskeep_tick(struct tlskeep *k, int64_t now);
int32_t tlskeep_days_left(const struct tlskeep *k, int64_t now); /* k NULL: TLS_NO_EXPIRY */

#endif
