/*
 * What:    the CDS Hooks 2.0 service: discovery, patient-view and order-select under one id, cards
 *          from the alerts as they stand, feedback as acknowledgement or override.
 * Owns:    the pinned keys, until cds_free(&s).
 * Threads: one for each struct cds; core is asked by feedback alone, which therefore has one of its
 *          own in the worker's thread. A token is good once for each of the two.
 * Errors:  nothing to say is an empty list of cards. 401 without a good token, 400 for what is no
 *          request of the specification, 503 while the store cannot be read.
 */
#ifndef RFD_CONSOLE_CDS_H
#define RFD_CONSOLE_CDS_H

#include "console/cdsconf.h"
#include "console/cdsfigures.h"
#include "console/http.h"
#include "console/reader.h"

struct cds;

#define CDS_SERVICES "/cds-services"
#define CDS_SERVICE  CDS_SERVICES "/refractd"
#define CDS_FEEDBACK CDS_SERVICE "/feedback"

/* Keys that cannot be read are fatal: --check has read them before. NULL when cfg is not on.
 * worker: writes down who was shown a card, after the answer; NULL where none is shown. */
struct cds *
cds_new(const struct cds_config *cfg, struct worker *worker, struct cds_figures *figures);
void cds_free(struct cds **s);
/* Reads the pinned keys anew, in the thread that s is of; those that cannot be read stay as they
 * were. s may be NULL. */
void cds_reload(struct cds *s);

/* Everything below /cds-services. s NULL: not found. */
void cds_answer(struct cds *s, struct reader *reader, const struct http_request *r,
                struct http_reply *out);

#endif
