/*
 * What:    the single writer: messages in, one transaction per batch, alerts and outbox out.
 * Owns:    the store's writing connection and the arenas; core_close() frees them.
 * Threads: one process (the core role), or refractctl offline with a store in memory.
 * Errors:  core_open() says what the store says. After that a full disk is an answer (busy);
 *          every other fault of the store is fatal().
 */
#ifndef RFD_CORE_CORE_H
#define RFD_CORE_CORE_H

#include "codec/message.h"
#include "core/sites.h"
#include "engine/step.h"
#include "store/store.h"
#include "sys/sharedpage.h"

#include <stdbool.h>

struct core;

enum { CORE_BOOT_MAX = 24 };

struct core_config {
    const char *store_path; /* ":memory:" offline */
    const char *boot;       /* random name of this process start */
    const struct knowledge *knowledge;
    struct str knowledge_bytes; /* the files that it was made of; absent offline */
    struct poison_page *poison; /* NULL offline */
    size_t document_max;       /* bytes of a report's document; a larger one stays in its message */
    const struct sites *sites; /* the maps in force; NULL offline */
    const struct duty *duty;   /* whom alerts are for, and when; NULL: the site has not said */
};

RFD_MUSTCHECK enum store_result
core_open(const struct core_config *cfg, struct core **out, char error_out[STORE_ERROR_TEXT_MAX]);
void core_close(struct core **c);

/* Takes one message into the open batch (opens one when none is). Nothing of it may be answered
 * before core_commit() has returned true. now: wall clock. reason and journal of the answer stay
 * valid until core_commit(). */
struct ingest_reply core_ingest(struct core *c, const struct ingest_request *rq, struct stamp now);

/* Makes the batch durable. False: the disk is full, nothing of the batch happened, every answer of
 * it must be "busy". True at once when no batch is open. */
RFD_MUSTCHECK bool core_commit(struct core *c);
bool core_has_batch(const struct core *c);

/* One slice of what time or new knowledge makes due: up to LIMIT_BATCH patients, in a transaction
 * of its own. Returns how many were evaluated. Not while a batch is open. */
size_t core_tick(struct core *c, struct stamp now);

/* Counts something that has no row, such as a refused message; survives a restart. */
void core_count(struct core *c, const char *counter, struct str label, int64_t add);

struct store *core_store(struct core *c);
/* What edge or out says of itself: a packed refract.v1.StatusReport. */
void core_note_status(struct core *c, struct str packed);
const struct knowledge *core_knowledge(const struct core *c);
const char *core_boot(const struct core *c);

/* Evaluates one person without storing anything: for explain. The result lives in a. */
RFD_MUSTCHECK bool
core_look(struct core *c, uint64_t patient, struct stamp now, struct arena *a, struct effects *out);

#endif
