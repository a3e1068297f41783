/*
 * What:    reports that a person should read: put into the queue with their text or bytes, taken
 *          out by whatever replaces or withdraws them, or by a person.
 * Owns:    nothing; works in the core's own arena.
 * Threads: the core role.
 * Errors:  STORE_FULL passes through. report_done() not while a batch is open.
 */
#ifndef RFD_CORE_REPORTS_H
#define RFD_CORE_REPORTS_H

#include "core/core.h"

/* The reports of a message that is being stored under that journal row, by its patients' numbers;
 * inside the transaction, after its facts. Taking the same message again changes nothing. */
RFD_MUSTCHECK enum store_result
reports_take(struct core *c, const struct journal_row *row, const struct result_message *m);
/* His facts have changed otherwise (a message was read again): which of his reports still stand. */
RFD_MUSTCHECK enum store_result reports_settle(struct core *c, uint64_t patient);

enum report_result {
    REPORT_MARKED,
    REPORT_UNKNOWN, /* no report of that number */
    REPORT_ALREADY, /* it was taken out before */
    REPORT_BUSY,    /* the disk is full: nothing happened */
    REPORT_RESULT_COUNT,
};

/* A person has read it: it leaves the queue, the patient is evaluated again, and the alert says no
 * longer that it is unread. coded: what it says was entered, too. The journal gets an entry, the
 * audit a row. */
enum report_result
report_done(struct core *c, uint64_t number, struct str actor, bool coded, struct stamp now);

/* The same for the reports of a patient that came with that message. */
enum report_result report_coded(struct core *c, uint64_t patient, uint64_t journal,
                                struct str actor, struct stamp now);

#endif
