/*
 * What:    one report of the review queue, as a JSON line for refractctl.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  by sb.
 */
#ifndef RFD_CODEC_REPORTJSON_H
#define RFD_CODEC_REPORTJSON_H

#include "base/date.h"
#include "base/sb.h"
#include "model/fact.h"

struct report_line {
    uint64_t number;
    uint64_t journal;
    const char *state;
    bool in_force;
    struct stamp received;
    struct stamp collected;
    struct str feed;
    struct patient_ref patient;
    struct str category;
    struct str media;
    struct str title;
    struct str order;
    struct str parent;
    struct str problem;
    struct str phrase;
    struct str why; /* why it stands in the queue, in words */
    struct str sha256;
    uint64_t bytes;
    struct str quote;   /* absent: not asked for */
    struct str answers; /* the same */
    struct str text;    /* the same */
};

void codec_report_json(struct sb *b, const struct report_line *l);

#endif
