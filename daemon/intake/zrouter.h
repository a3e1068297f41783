/*
 * What:    acknowledged native delivery: a ROUTER that takes IngestRequest and answers IngestReply.
 * Owns:    its socket; zrouter_free(&r).
 * Threads: the edge role.
 * Errors:  what is no request is counted as refused and answered as such when it has a number; an
 *          address that cannot be bound is fatal.
 */
#ifndef RFD_INTAKE_ZROUTER_H
#define RFD_INTAKE_ZROUTER_H

#include "intake/corepipe.h"
#include "intake/native.h"

struct zrouter;

struct zrouter *zrouter_new(struct loop *loop, struct zctx *zc, struct corepipe *pipe,
                            const struct native_feed *feed, const char *endpoint);
void zrouter_free(struct zrouter **r);
void zrouter_stop_accepting(struct zrouter *r);

#endif
