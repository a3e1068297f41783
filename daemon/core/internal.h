/*
 * What:    what core.c and ingest.c share.
 * Owns:    see core.h.
 * Threads: the core role.
 * Errors:  none.
 */
#ifndef RFD_CORE_INTERNAL_H
#define RFD_CORE_INTERNAL_H

#include "base/limits.h"
#include "core/board.h"
#include "core/rejob.h"
#include "core/sites.h"
#include "engine/step.h"
#include "store/store.h"
#include "sys/sharedpage.h"

enum { EDGE_BOOT_MAX = 32 };

/* A count of refused messages that was taken: asked again, it is not taken twice. */
struct counted {
    char boot[EDGE_BOOT_MAX];
    uint64_t number;
};

struct core {
    struct store *store;
    const struct knowledge *knowledge;
    struct poison_page *poison;
    const struct sites *sites; /* NULL offline */
    const struct duty *duty;   /* NULL: none */
    day_t digest_day;          /* of the last digest; DAY_NONE: to be asked of the store */
    struct rejob *reparse;
    char *boot;
    struct arena step;  /* of one message */
    struct arena batch; /* of the open batch: texts of answers */
    bool batch_open;    /* without a transaction: the disk is full, the batch was undone */
    struct counted counted[LIMIT_INTAKE_WINDOW]; /* a ring */
    size_t counted_next;
    size_t counted_batch; /* those of the open batch: forgotten when it is undone */
    size_t document_max;  /* bytes of a document that is stored beside its message; 0: any */
    struct board *board;  /* how feeds and routes are */
    int64_t last_s;       /* newest journal instant, so that time never runs back */
};

/* The journal instant: max(last journal instant, wall clock), in the wall clock's offset. */
struct stamp core_instant(struct core *c, struct stamp now);
struct engine_event
core_event(const struct core *c, uint64_t journal, struct stamp at, bool history);
/* Of looking at a patient without storing anything. */
struct engine_event core_event_of_look(const struct core *c, struct stamp now);
/* STORE_NONE: too large to evaluate. */
RFD_MUSTCHECK enum store_result
core_evaluate(struct core *c, uint64_t patient, const struct engine_event *ev);

/* What a person entered, as facts and a journal row of kind entry, evaluated; inside the caller's
 * transaction. STORE_NONE: too large to evaluate. */
RFD_MUSTCHECK enum store_result ingest_entry(struct core *c, const struct result_message *m,
                                             struct stamp at, uint64_t *journal_out);

/* The patients that a message speaks of, each once, in order of first mention. */
struct touched {
    uint64_t *number;
    size_t count;
};

void touched_add(struct touched *t, uint64_t number);

/* A fact of the message of that row, packed and written, with the link that it may state. */
RFD_MUSTCHECK enum store_result ingest_fact(struct core *c, const struct journal_row *row,
                                            const struct fact *sent, struct touched *t);
RFD_MUSTCHECK enum store_result
ingest_evaluate(struct core *c, const struct touched *t, const struct engine_event *ev);
/* When a link was said, for who had the last word. */
struct stamp ingest_link_said(const struct fact *f);

#endif
