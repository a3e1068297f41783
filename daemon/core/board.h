/*
 * What:    what edge and out last said of their feeds and routes, for those who ask core.
 * Owns:    copies of the packed reports; board_free(&b).
 * Threads: the core role.
 * Errors:  a report that cannot be read is dropped and logged.
 */
#ifndef RFD_CORE_BOARD_H
#define RFD_CORE_BOARD_H

#include "codec/status.h"

/* A report older than this speaks of a role that is away. */
enum { BOARD_STALE_MS = 5000 };

enum board_side { BOARD_EDGE, BOARD_OUT, BOARD_SIDE_COUNT };

struct board;

struct board *board_new(void);
void board_free(struct board **b);
void board_put(struct board *b, struct str packed, struct arena *scratch);
/* The last report of that side, in a; false: it has said nothing yet. */
RFD_MUSTCHECK bool board_get(const struct board *b, enum board_side side, struct arena *a,
                             struct status_report *out, int64_t *age_ms_out);

#endif
