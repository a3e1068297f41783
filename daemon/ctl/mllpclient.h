/*
 * What:    a blocking MLLP client: one message out, its answer in.
 * Owns:    the socket and buffers; mllpclient_close(&m).
 * Threads: one.
 * Errors:  what goes wrong is a text of ours, in *why_out. After a failure the connection is of no
 *          further use.
 */
#ifndef RFD_CTL_MLLPCLIENT_H
#define RFD_CTL_MLLPCLIENT_H

#include "base/arena.h"
#include "base/str.h"
#include "sys/tcp.h"

#include <stdbool.h>
#include <stdint.h>

struct mllpclient;

enum { MLLPCLIENT_ID_MAX = 256, MLLPCLIENT_CODE_MAX = 4 };

struct mllpclient_answer {
    char code[MLLPCLIENT_CODE_MAX]; /* MSA-1: "AA" */
    size_t others;                  /* answers to other messages that came before it */
};

struct mllpclient *mllpclient_open(const struct tcp_addr *to, int timeout_ms, const char **why_out);
void mllpclient_close(struct mllpclient **m);

/* payload: segments ended by CR. */
RFD_MUSTCHECK bool mllpclient_send(struct mllpclient *m, struct str payload, const char **why_out);

/* Waits for the answer whose MSA-2 is control_id; of a message without one, for any answer. */
RFD_MUSTCHECK bool mllpclient_wait(struct mllpclient *m, struct str control_id,
                                   struct mllpclient_answer *out, const char **why_out);

#endif
