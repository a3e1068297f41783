/*
 * What:    one OBR with its results: what they share, and when and how each of them counts.
 * Owns:    nothing; lives in the message's arena.
 * Threads: plain data.
 * Errors:  by walk.
 */
#ifndef RFD_NORMALIZE_ORDER_H
#define RFD_NORMALIZE_ORDER_H

#include "normalize/walk.h"

struct order {
    size_t obr;   /* or TXA of a document; the message's segment count when there is none */
    size_t first; /* segments of its results */
    size_t end;
    size_t spm;         /* segment count: none */
    struct str number;  /* filler order number */
    struct str service; /* OBR-4, text or code: the panel */
    struct str section; /* OBR-24 */
    struct str status;  /* OBR-25 */
    struct stamp status_time;
    struct str specimen; /* its number */
    const struct provider *ordered_by;
    size_t ordered_by_count;
    struct str matrix; /* serum, plasma, tissue …; absent: not said or not known */
    size_t first_fact;
};

/* The order whose OBR is there (or the results from there on, when obr is the segment count). */
struct order order_read(struct walk *w, size_t obr, size_t first, size_t end);

/* What OBX-11, else OBR-25, else the map say. False: no result (yet); counted as pending. */
RFD_MUSTCHECK bool
order_status(struct walk *w, const struct order *o, size_t obx, enum fact_status *out);

/* Clinical time by the map's preference; absent when no field says one. */
struct stamp order_time(struct walk *w, const struct order *o, size_t obx, uint32_t *flags);

/* A fact with the order's number, specimen and times. NULL past the limit. */
struct fact *order_fact(struct walk *w, const struct order *o, size_t obx, enum fact_kind kind,
                        enum fact_status status);

#endif
