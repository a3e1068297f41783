/*
 * What:    core's control.sock: refractctl's requests, one at a time per connection.
 * Owns:    the listening socket, its path and connections; controlsock_free(&s).
 * Threads: the core role.
 * Errors:  a peer that sends no proper request is dropped, counted in the log.
 */
#ifndef RFD_CORE_CONTROLSOCK_H
#define RFD_CORE_CONTROLSOCK_H

#include "core/control.h"
#include "sys/loop.h"

struct controlsock;

/* Answers rq into *out, which lives in a. */
typedef void
controlsock_answer(void *arg, const struct control_request *rq, enum control_right right,
                   struct arena *a, struct control_reply *out);

/* RUNTIME_DIR/control.sock, mode 0660: the group reads, root and the service's own user act. */
struct controlsock *
controlsock_new(struct loop *loop, const char *runtime_dir, controlsock_answer *cb, void *arg);
void controlsock_free(struct controlsock **s);

#endif
