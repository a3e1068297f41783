/*
 * What:    what monitoring reads: Prometheus text exposition (prometheus.io, format 0.0.4), without
 *          patients: feeds, routes, counters, alerts by state.
 * Owns:    nothing.
 * Threads: one, the loop's.
 * Errors:  503 while the store cannot be read.
 */
#ifndef RFD_CONSOLE_METRICS_H
#define RFD_CONSOLE_METRICS_H

#include "console/http.h"
#include "console/reader.h"

void metrics_answer(struct reader *reader, const struct http_request *r, struct http_reply *out);

#endif
