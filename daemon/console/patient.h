/*
 * What:    a patient's facts for a page, and whether somebody must say why before he sees them.
 * Owns:    nothing; everything lives in the page's arena.
 * Threads: one, the loop's.
 * Errors:  false, or no facts, when the store does not answer.
 */
#ifndef RFD_CONSOLE_PATIENT_H
#define RFD_CONSOLE_PATIENT_H

#include "console/page.h"
#include "model/timeline.h"

/* Of all numbers that are this person's, as things stand now. */
RFD_MUSTCHECK bool patient_timeline(struct page *p, uint64_t number, struct timeline *out);

/* Not confidential (VIP by a message, PV1-16, or by a person), or this session has said why. */
RFD_MUSTCHECK bool patient_visible(struct page *p, uint64_t number);
/* number_out: ours, 0 when the store does not know him. */
RFD_MUSTCHECK bool
patient_ref_visible(struct page *p, struct patient_ref ref, uint64_t *number_out);
/* The form that asks why (break-glass), instead of the page, without a word on who it is. Sent to
 * /glass it leads back to the page asked for. */
void patient_glass_page(struct page *p, uint64_t number);

#endif
