/*
 * What:    the durable store: journal, facts, links, alerts, outbox, cursors, audit, counters.
 * Owns:    one SQLite connection, its prepared statements; store_close() frees them.
 * Threads: one process (core) writes; store_open_reader() gives a read-only connection to others.
 * Errors:  STORE_FULL: disk or quota full, the transaction is rolled back, try again later.
 *          STORE_DAMAGED, STORE_NEWER, STORE_FOREIGN: refused at open with a text for the operator.
 *          I/O errors after open are the machine's: fatal(), never an answer to a sender.
 *
 * Every journal, outbox and audit row carries SHA-256(chain of the row before, hash of the payload,
 * the row's other columns): a payload can be erased and the chain still verifies.
 */
#ifndef RFD_STORE_STORE_H
#define RFD_STORE_STORE_H

#include "base/arena.h"
#include "base/sha256.h"
#include "model/alert.h"
#include "model/message.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

enum store_result {
    STORE_OK,
    STORE_NONE, /* no such row */
    STORE_FULL,
    STORE_DAMAGED, /* not a database, or its check failed */
    STORE_NEWER,   /* made by a newer refractd */
    STORE_FOREIGN, /* a database, but not ours */
    STORE_RESULT_COUNT,
};

enum { STORE_ERROR_TEXT_MAX = 400, STORE_TAG_MAX = 8 };

/* Opens or creates; sets the pragmas of reliability.md (WAL, synchronous=FULL, …); runs quick_check
 * and migrations. error_out says what to do, without patient data. Never replaces a database. */
RFD_MUSTCHECK enum store_result
store_open(const char *path, struct store **out, char error_out[STORE_ERROR_TEXT_MAX]);
RFD_MUSTCHECK enum store_result
store_open_reader(const char *path, struct store **out, char error_out[STORE_ERROR_TEXT_MAX]);
void store_close(struct store **s);

/* Random at creation: the first part of alert ids. */
const char *store_tag(const struct store *s);

/* --- transactions: one per batch, a savepoint per message */
RFD_MUSTCHECK enum store_result store_begin(struct store *s);
RFD_MUSTCHECK enum store_result
store_commit(struct store *s); /* durable when it returns STORE_OK */
void store_rollback(struct store *s);
RFD_MUSTCHECK enum store_result store_savepoint(struct store *s);
RFD_MUSTCHECK enum store_result store_savepoint_release(struct store *s);
void store_savepoint_rollback(struct store *s);
bool store_in_transaction(const struct store *s);

/* --- journal */
enum journal_kind {
    JOURNAL_MESSAGE,
    JOURNAL_TICK,      /* time passed for a patient */
    JOURNAL_KNOWLEDGE, /* another set of knowledge */
    JOURNAL_ENTRY,     /* by a person */
    JOURNAL_KIND_COUNT,
};

struct journal_row {
    uint64_t seq; /* out for store_journal_add */
    enum journal_kind kind;
    struct str feed;
    struct str control_id;
    struct str sender;
    struct str type;
    enum outcome outcome; /* stored, ignored or quarantined */
    struct str reason;    /* code, of ignored and quarantined */
    struct str place;
    struct stamp received;
    struct str payload; /* raw bytes, or the packed native message */
    struct sha256 payload_sha;
};

RFD_MUSTCHECK enum store_result store_journal_add(struct store *s, struct journal_row *row);
/* The journal number of the message with this feed, control id and payload hash; STORE_NONE. */
RFD_MUSTCHECK enum store_result
store_journal_find(struct store *s, struct str feed, struct str control_id,
                   const struct sha256 *payload_sha, uint64_t *seq_out);
RFD_MUSTCHECK enum store_result
store_journal_get(struct store *s, uint64_t seq, struct arena *a, struct journal_row *out);
/* Same feed and control id, other payload: control ids do wrap; worth a warning. */
bool store_journal_has_control(struct store *s, struct str feed, struct str control_id);
/* Rows with seq > after and this outcome, oldest first, at most max; payloads are left out. */
RFD_MUSTCHECK enum store_result
store_journal_list(struct store *s, enum outcome outcome, uint64_t after, size_t max,
                   struct arena *a, struct journal_row **rows_out, size_t *count_out);
int64_t store_journal_last_received(struct store *s); /* UTC seconds of the newest row; 0: none */
uint64_t store_journal_head(struct store *s);

/* --- patients: our own numbers */
RFD_MUSTCHECK enum store_result
store_patient_require(struct store *s, struct patient_ref ref, uint64_t *number_out);
RFD_MUSTCHECK enum store_result
store_patient_find(struct store *s, struct patient_ref ref, uint64_t *number_out);
RFD_MUSTCHECK enum store_result
store_patient_ref(struct store *s, uint64_t number, struct arena *a, struct patient_ref *out);
/* The numbers joined with this one by live links, itself included, ascending. survivor_out: the one
 * that no live link leads away from (the lowest such). */
RFD_MUSTCHECK enum store_result
store_patient_joined(struct store *s, uint64_t number, struct arena *a, uint64_t **numbers_out,
                     size_t *count_out, uint64_t *survivor_out);
/* The last word on a pair of numbers, by status time (not by arrival). */
RFD_MUSTCHECK enum store_result
store_link_put(struct store *s, uint64_t survivor, uint64_t other, bool live,
               struct stamp status_time, uint64_t journal);
RFD_MUSTCHECK enum store_result
store_patient_due(struct store *s, uint64_t number, day_t next_due, struct str knowledge_sha);
/* Patients whose next_due is on or before today, or whose knowledge is another than this one. */
RFD_MUSTCHECK enum store_result
store_patients_waiting(struct store *s, day_t today, struct str knowledge_sha, size_t max,
                       struct arena *a, uint64_t **numbers_out, size_t *count_out);
RFD_MUSTCHECK enum store_result
store_patients_all(struct store *s, struct arena *a, uint64_t **numbers_out, size_t *count_out);

/* --- facts: every version, packed by codec */
enum { STORE_FACT_UNREAD = -1 }; /* instead of a kind: kept, but nothing can read it */
struct stored_fact {
    struct str packed;
    struct fact_key key;
};

RFD_MUSTCHECK enum store_result
store_fact_add(struct store *s, uint64_t patient, uint64_t journal, const struct fact_key *key,
               int32_t kind, struct str packed);
/* Those that may be read, by kind and journal number. */
RFD_MUSTCHECK enum store_result
store_facts_load(struct store *s, const uint64_t *patients, size_t count, struct arena *a,
                 struct stored_fact **facts_out, size_t *count_out);
/* Of one number alone, not of those joined with it. */
RFD_MUSTCHECK enum store_result
store_facts_of_kind(struct store *s, uint64_t patient, enum fact_kind kind, struct arena *a,
                    struct str **packed_out, size_t *packed_count_out);

/* --- alerts: the newest version of each, packed by codec */
RFD_MUSTCHECK enum store_result
store_alert_put(struct store *s, uint64_t patient, const struct alert *al, struct str packed);
RFD_MUSTCHECK enum store_result store_alert_get(struct store *s, struct str id, struct arena *a,
                                                uint64_t *patient_out, struct str *packed_out);
RFD_MUSTCHECK enum store_result
store_alerts_load(struct store *s, const uint64_t *patients, size_t count, struct arena *a,
                  struct str **packed_out, size_t *packed_count_out);
/* All alerts, open ones only when asked, by id of first raise; for lists and snapshots. */
RFD_MUSTCHECK enum store_result
store_alerts_list(struct store *s, bool open_only, struct arena *a, struct str **packed_out,
                  size_t *packed_count_out);

/* --- outbox: alert events in sequence, without gaps */
struct outbox_row {
    uint64_t seq; /* out for store_outbox_add */
    int32_t kind; /* refract.v1.EventKind */
    bool quiet;
    struct str alert_id;
    uint32_t version;
    struct str packed; /* the alert of that version */
};

RFD_MUSTCHECK enum store_result store_outbox_add(struct store *s, struct outbox_row *row);
RFD_MUSTCHECK enum store_result
store_outbox_fetch(struct store *s, uint64_t after, size_t max, struct arena *a,
                   struct outbox_row **rows_out, size_t *count_out);
uint64_t store_outbox_head(struct store *s);
uint64_t store_outbox_first_kept(struct store *s); /* head + 1 when empty */

/* --- routes' cursors */
uint64_t store_cursor_get(struct store *s, struct str route); /* 0: never confirmed anything */
RFD_MUSTCHECK enum store_result store_cursor_put(struct store *s, struct str route, uint64_t seq);
struct cursor_row {
    struct str route;
    uint64_t seq;
};
RFD_MUSTCHECK enum store_result
store_cursors(struct store *s, struct arena *a, struct cursor_row **rows_out, size_t *count_out);

/* --- audit and counters */
/* event and actor are names of ours; subject an alert id, journal number or route. */
RFD_MUSTCHECK enum store_result
store_audit_add(struct store *s, const char *event, const char *actor, struct str subject,
                struct stamp at);
RFD_MUSTCHECK enum store_result
store_count(struct store *s, const char *counter, struct str label, int64_t add);
struct counter_row {
    struct str counter;
    struct str label;
    int64_t value;
};
RFD_MUSTCHECK enum store_result
store_counters(struct store *s, struct arena *a, struct counter_row **rows_out, size_t *count_out);
/* Messages in the journal with that outcome; ticks and entries are not messages. */
int64_t store_count_rows(struct store *s, enum outcome outcome);

/* --- knowledge: bundles by hash, with their bytes */
RFD_MUSTCHECK enum store_result
store_knowledge_put(struct store *s, struct str sha, struct str bytes, uint64_t journal);
bool store_knowledge_has(struct store *s, struct str sha);

/* --- checks and copies */
/* Walks the three chains; false with a text (table and row number) at the first row that does not
 * verify. */
RFD_MUSTCHECK bool store_verify(struct store *s, char error_out[STORE_ERROR_TEXT_MAX]);
RFD_MUSTCHECK enum store_result store_backup(struct store *s, const char *path);
void store_checkpoint(struct store *s);
const char *store_result_name(enum store_result r);

#endif
