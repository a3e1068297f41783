/*
 * What:    one row of what no table knows, as a JSON line for refractctl.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  by sb.
 */
#ifndef RFD_CODEC_UNMAPPEDJSON_H
#define RFD_CODEC_UNMAPPEDJSON_H

#include "base/sb.h"
#include "model/likely.h"
#include "model/message.h"

struct unmapped_line {
    struct str feed;
    struct unmapped what;
    int64_t patients;
    struct str first; /* day */
    struct str last;
    bool mapped; /* by now */
    struct likely likely;
};

void codec_unmapped_json(struct sb *b, const struct unmapped_line *l);

#endif
