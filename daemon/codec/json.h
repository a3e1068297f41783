/*
 * What:    facts and alerts as one line of JSON each, with the proto's field names as they stand.
 * Owns:    nothing; writes into the builder.
 * Threads: plain data.
 * Errors:  the builder's sticky error.
 */
#ifndef RFD_CODEC_JSON_H
#define RFD_CODEC_JSON_H

#include "base/sb.h"
#include "model/alert.h"

/* Absent fields are left out; decimals are strings as reported; no line end is written. Times are
 * RFC 3339 as far as said, enum values are in small letters, fact keys in hex; a comparator is left
 * out when it is "equal". */
void codec_fact_json(struct sb *b, const struct fact *f);
void codec_alert_json(struct sb *b, const struct alert *al);

#endif
