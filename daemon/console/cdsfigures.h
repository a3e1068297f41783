/*
 * What:    what became of the requests of CDS clients, for the figures: an integration that never
 *          shows a card must be told from a quiet day.
 * Owns:    nothing; the counts live in the console.
 * Threads: counted in the loop, read by the worker.
 * Errors:  none.
 */
#ifndef RFD_CONSOLE_CDSFIGURES_H
#define RFD_CONSOLE_CDSFIGURES_H

#include "base/sb.h"
#include "sys/tally.h"

enum cds_answer {
    CDS_CARDS,
    CDS_NOTHING_OPEN,
    CDS_PATIENT_UNKNOWN, /* to our feeds */
    CDS_NO_PREFETCH,     /* no Patient came along */
    CDS_NO_IDENTIFIER,   /* it has none of a system that the config names */
    CDS_OTHER_PATIENT,   /* than context.patientId */
    CDS_BAD_REQUEST,
    CDS_TOKEN_REFUSED,
    CDS_UNAVAILABLE, /* the store cannot be read */
    CDS_ANSWER_COUNT,
};

struct cds_figures {
    struct tally answer[CDS_ANSWER_COUNT];
};

const char *cds_answer_name(enum cds_answer a); /* "no_prefetch" … */
void cds_figures_write(struct sb *b, const struct cds_figures *f);

#endif
