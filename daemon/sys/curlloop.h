/*
 * What:    libcurl's transfers in our loop: descriptors, timer, and who is told of an end.
 * Owns:    the multi handle, until curlloop_free(&c); easy handles are their makers', and have to
 *          be taken out before it goes.
 * Threads: one, the loop's.
 * Errors:  a libcurl that does not do its part is fatal.
 */
#ifndef RFD_SYS_CURLLOOP_H
#define RFD_SYS_CURLLOOP_H

#include "sys/loop.h"

#include <curl/curl.h>

struct curlloop;

/* From the loop, once for each transfer, with what was set as CURLOPT_PRIVATE. May end it. */
typedef void curlloop_done(void *private, CURLcode code);

struct curlloop *curlloop_new(struct loop *l, curlloop_done *done);
void curlloop_free(struct curlloop **c);
void curlloop_add(struct curlloop *c, CURL *easy);
void curlloop_remove(struct curlloop *c, CURL *easy);

/* What holds for every transfer of ours: who it is for, no environment, no signals, TLS 1.2 at
 * least, certificates checked against ca alone (PEM; NULL: the system's), cert and key (or NULL) as
 * ours, timeout_ms for the whole. */
void curlloop_preset(CURL *easy, void *private, const char *ca, const char *cert, const char *key,
                     int64_t timeout_ms);

#endif
