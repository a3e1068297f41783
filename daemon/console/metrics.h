/*
 * What:    what monitoring reads: Prometheus text exposition (prometheus.io, format 0.0.4), without
 *          patients: feeds, routes, counters, alerts by state.
 * Owns:    nothing.
 * Threads: one, the worker's.
 * Errors:  503 while the store cannot be read.
 */
#ifndef RFD_CONSOLE_METRICS_H
#define RFD_CONSOLE_METRICS_H

#include "console/cdsfigures.h"
#include "console/http.h"
#include "console/reader.h"

/* cds NULL: there is no such service. */
void metrics_answer(struct reader *reader, const struct cds_figures *cds,
                    const struct http_request *r, struct http_reply *out);

#endif
