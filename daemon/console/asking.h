/*
 * What:    one question to core over control.sock and its answer.
 * Owns:    nothing; a connection lives for one question, so that a core that was started anew is no
 *          error for whoever asks again. The answer lives in the arena.
 * Threads: one; blocking, at most wait_ms for each step of the answer.
 * Errors:  asking_core() is false with a short text of ours in *why_out.
 */
#ifndef RFD_CONSOLE_ASKING_H
#define RFD_CONSOLE_ASKING_H

#include "codec/feed.h"

enum { ASKING_REPLY_MAX = 512 * 1024 * 1024 };

RFD_MUSTCHECK bool asking_core(const char *path, const struct control_request *rq, int wait_ms,
                               struct arena *a, struct control_reply *out, const char **why_out);

#endif
