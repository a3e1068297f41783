/*
 * What:    one question to core over control.sock and its answer.
 * Owns:    nothing; a connection lives for one question, so that a core that was started anew is no
 *          error for whoever asks again. The answer lives in the arena.
 * Threads: one; blocking.
 * Errors:  link_ask() is false with a short text of ours in *why_out.
 */
#ifndef RFD_CTL_LINK_H
#define RFD_CTL_LINK_H

#include "codec/feed.h"

enum { LINK_REPLY_BYTES_MAX = 512 * 1024 * 1024 };

RFD_MUSTCHECK bool link_ask(const char *path, const struct control_request *rq, struct arena *a,
                            struct control_reply *out, const char **why_out);

#endif
