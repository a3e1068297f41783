/*
 * What:    edge's pipe to core: requests numbered within this boot, a window of them
 *          (LIMIT_INTAKE_WINDOW) unanswered, all sent again when core is a new process.
 * Owns:    its DEALER socket and a copy of each unanswered request; corepipe_free(&p).
 * Threads: the edge role.
 * Errors:  a full window is corepipe_is_full(): the caller stops reading. Nothing is ever dropped.
 */
#ifndef RFD_INTAKE_COREPIPE_H
#define RFD_INTAKE_COREPIPE_H

#include "codec/message.h"
#include "codec/status.h"
#include "sys/loop.h"
#include "sys/zsock.h"

struct corepipe;

/* What became of a message. reply is gone on return. */
typedef void corepipe_reply_cb(void *arg, uint64_t tag, const struct ingest_reply *reply);
/* There is room again. */
typedef void corepipe_room_cb(void *arg);

struct corepipe *
corepipe_new(struct loop *loop, struct zctx *zc, const char *endpoint, const char *boot);
void corepipe_free(struct corepipe **p);

/* So many messages of that feed were handed over, the last one at that time (seconds UTC, 0: none
 * yet), since the pipe was made. */
void
corepipe_counts(const struct corepipe *p, const char *feed, uint64_t *messages, uint64_t *last_s);
/* How the feeds are; when core is away it is not said. */
void corepipe_tell(struct corepipe *p, const struct status_report *r);

void corepipe_on_room(struct corepipe *p, corepipe_room_cb *cb, void *arg);
bool corepipe_is_full(const struct corepipe *p);
size_t corepipe_waiting(const struct corepipe *p); /* unanswered or unsent, refusals too */

/* Hands over one message; m->raw has at most LIMIT_MESSAGE_BYTES. cb is called once, with tag,
 * unless corepipe_forget() comes first (the sender has gone); the message goes its way all the
 * same. Not when full (asserted). */
void corepipe_send(struct corepipe *p, const struct result_message *m, corepipe_reply_cb *cb,
                   void *arg, uint64_t tag);
void corepipe_forget(struct corepipe *p, const void *arg);

/* core wants a stored message read again: cb NULL: nobody here does that, and core is not offered
 * it. rq is gone on return. */
typedef void corepipe_reparse_cb(void *arg, const struct reparse_request *rq);
void corepipe_on_reparse(struct corepipe *p, corepipe_reparse_cb *cb, void *arg);
/* The answer to it; refused: why there is none, NULL. Not when full (asserted). */
void corepipe_reparsed(struct corepipe *p, const struct result_message *m, uint64_t journal,
                       const char *refused);

/* Counts a message that never becomes a row (too large, no frame): core keeps the count. feed and
 * reason outlive the pipe. */
void corepipe_refuse(struct corepipe *p, const char *feed, const char *reason);
void corepipe_refuse_many(struct corepipe *p, const char *feed, const char *reason, uint64_t count);

#endif
