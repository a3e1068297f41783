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
/* Ends statements that a full arena's jump has left half read. */
void store_quiet(struct store *s);
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
/* Rows with seq > after and now of this outcome (a message may have been read again), oldest
 * first, at most max; payloads are left out. */
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
/* The facts of one number as the store keeps them decoded, valid until the next call that loads,
 * keeps or undoes facts: false when it does not. What was loaded with store_facts_load() may be
 * kept from then on: false for short timelines, and for a reader. */
RFD_MUSTCHECK bool store_facts_kept(struct store *s, uint64_t patient,
                                    const struct fact **facts_out, size_t *count_out);
RFD_MUSTCHECK bool
store_facts_keep(struct store *s, uint64_t patient, const struct stored_fact *facts, size_t count);
/* From how many facts on; a test keeps all, or none. */
void store_facts_keep_from(struct store *s, size_t facts);
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
/* Those of one alert that are kept: newest first, at most max. */
RFD_MUSTCHECK enum store_result
store_outbox_of(struct store *s, struct str alert_id, size_t max, struct arena *a,
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

/* --- routes that an operator holds, and what receivers refused for good */
bool store_route_held(struct store *s, struct str route);
RFD_MUSTCHECK enum store_result store_route_hold(struct store *s, struct str route, bool held);
/* Alerts that a route has really sent. */
RFD_MUSTCHECK enum store_result store_told_put(struct store *s, struct str route, struct str alert);
bool store_told(struct store *s, struct str route, struct str alert);
/* And whom it has reached with it. */
RFD_MUSTCHECK enum store_result
store_reached_put(struct store *s, struct str route, struct str alert, struct str who);
RFD_MUSTCHECK enum store_result
store_reached(struct store *s, struct str route, struct str alert, struct arena *a,
              struct str **who_out, size_t *count_out);

struct dead_row {
    struct str route;
    uint64_t seq;
    struct str alert_id;
    struct str reason; /* a code of ours */
    int64_t at_s;      /* UTC seconds */
    bool again;        /* asked for once more */
};

RFD_MUSTCHECK enum store_result store_dead_put(struct store *s, const struct dead_row *row);
/* Those of a route, oldest first, at most STORE_DEAD_MAX. */
enum { STORE_DEAD_MAX = 10000 };

RFD_MUSTCHECK enum store_result
store_dead_list(struct store *s, struct str route, bool again_only, struct arena *a,
                struct dead_row **rows_out, size_t *count_out);
RFD_MUSTCHECK enum store_result store_dead_again(struct store *s, struct str route);
RFD_MUSTCHECK enum store_result store_dead_gone(struct store *s, struct str route, uint64_t seq);
RFD_MUSTCHECK enum store_result
store_dead_again_one(struct store *s, struct str route, uint64_t seq);
/* The receiver has got that version of an alert: what it refused of it until then is of no use. */
RFD_MUSTCHECK enum store_result
store_dead_moot(struct store *s, struct str route, struct str alert, uint64_t seq);
uint64_t store_dead_count(struct store *s, struct str route);
/* When the first event after that one came up, UTC; 0: there is none. */
int64_t store_waiting_since(struct store *s, uint64_t after, struct arena *a);

/* --- where the versions of one alert have arrived, by route */
enum receipt_state {
    RECEIPT_WAITING,
    RECEIPT_PASSED_OVER,
    RECEIPT_REFUSED,
    RECEIPT_ARRIVED,
    RECEIPT_STATE_COUNT,
};
struct receipt_row {
    struct str route;
    enum receipt_state state;
    uint32_t version;  /* that arrived; 0: none */
    struct str reason; /* of a refusal: a code of ours */
};
RFD_MUSTCHECK enum store_result store_receipts(struct store *s, struct str alert, struct arena *a,
                                               struct receipt_row **rows_out, size_t *count_out);
const char *receipt_state_text(enum receipt_state s);

/* --- audit and counters */
/* event and actor are names of ours; subject an alert id, journal number or route. */
RFD_MUSTCHECK enum store_result
store_audit_add(struct store *s, const char *event, const char *actor, struct str subject,
                struct stamp at);
struct audit_row {
    uint64_t seq;
    struct str event;
    struct str actor;
    struct str subject;
    struct stamp at;
};

/* The newest rows below that number, newest first, at most max. */
RFD_MUSTCHECK enum store_result
store_audit_before(struct store *s, uint64_t before, size_t max, struct arena *a,
                   struct audit_row **rows_out, size_t *count_out);
/* What was done with that subject, views left out: newest first, at most max. */
RFD_MUSTCHECK enum store_result
store_audit_of(struct store *s, struct str subject, size_t max, struct arena *a,
               struct audit_row **rows_out, size_t *count_out);
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

/* --- how messages were read: by which map, and anew (reading.c) */
struct stored_reading {
    struct str map_hash;
    bool counted;         /* what no table knew of it is in the list of unmapped codes */
    uint64_t reparse;     /* journal number of the latest reparse; 0: read once, as it came */
    enum outcome outcome; /* since then */
    struct str reason;
    struct str place;
};

RFD_MUSTCHECK enum store_result
store_reading_add(struct store *s, uint64_t journal, struct str map_hash, bool counted);
/* STORE_NONE: not known, of a message from before there were readings. */
RFD_MUSTCHECK enum store_result
store_reading_get(struct store *s, uint64_t journal, struct arena *a, struct stored_reading *out);
/* The message was read again (r->reparse) and had been of outcome `was`: it counts as r->outcome.
 * */
RFD_MUSTCHECK enum store_result
store_reading_redo(struct store *s, uint64_t journal, enum outcome was,
                   const struct stored_reading *r);

/* Messages with after < seq <= last, by seq. */
struct reading_row {
    uint64_t seq;
    struct str feed;
    enum outcome outcome; /* now */
    struct str reason;
    struct str map_hash; /* absent: not known */
    int64_t received_s;
};
RFD_MUSTCHECK enum store_result
store_readings(struct store *s, uint64_t after, uint64_t last, struct arena *a,
               struct reading_row **rows_out, size_t *count_out);

/* Sets the facts of a message aside, for those of a later reading; none of it is read any more.
 * patients_out: whose they were. */
RFD_MUSTCHECK enum store_result
store_facts_set_aside(struct store *s, uint64_t journal, uint64_t reparse, struct arena *a,
                      uint64_t **patients_out, size_t *count_out);
/* The link facts of a message. */
RFD_MUSTCHECK enum store_result
store_links_of_message(struct store *s, uint64_t journal, struct arena *a, struct str **packed_out,
                       size_t *count_out);
/* Forgets what was said of a pair of numbers: the caller says again what still stands. */
RFD_MUSTCHECK enum store_result store_link_drop(struct store *s, uint64_t x, uint64_t y);

/* --- what no table knows (unmapped.c) */
enum { STORE_UNMAPPED_MAX = 20000 }; /* rows: a sender that puts numbers into codes ends there */

struct unmapped_row {
    struct str feed;
    struct unmapped what; /* its count is of all messages */
    int64_t patients;     /* different ones */
    int64_t first_s;      /* journal instants, UTC */
    int64_t last_s;
};

/* patient 0: the message names none. STORE_NONE: the table is full, and this is a new row. */
RFD_MUSTCHECK enum store_result
store_unmapped_add(struct store *s, struct str feed, const struct unmapped *what, uint64_t patient,
                   int64_t at_s);
/* Of one feed, or of all (absent); the most frequent first. */
RFD_MUSTCHECK enum store_result
store_unmapped_list(struct store *s, struct str feed, struct arena *a,
                    struct unmapped_row **rows_out, size_t *count_out);

/* --- reports: the queue of what a person should read, and what they say */
enum report_state {
    REPORT_WAITING,
    REPORT_DONE,    /* taken out by a person */
    REPORT_CODED,   /* the same, and what it says was entered */
    REPORT_HISTORY, /* came with a feed's history: never queued */
    REPORT_STATE_COUNT,
};

struct report_row {
    uint64_t number; /* out for store_report_add */
    uint64_t patient;
    uint64_t journal;
    struct fact_key key; /* of its fact */
    enum report_state state;
    bool in_force; /* not replaced, corrected or withdrawn */
    struct stamp collected;
    struct str category;
    struct str media;
    struct str filler; /* order or document number */
    struct str parent; /* of the document that it adds to */
    struct str title;
    struct str problem; /* why it cannot be shown as it is */
    struct str phrase;  /* of the site's list */
    uint64_t bytes;
    struct sha256 sha; /* with has_sha: of what there is to read */
    bool has_sha;
    struct str quote;
    struct str answers; /* in store_report_get() only, like content */
    struct str content; /* absent: not stored, or erased */
    bool erased;
    struct str feed;        /* of its message */
    struct stamp received;  /* of its message */
    struct patient_ref ref; /* of its patient */
};

/* The content is stored once for a patient. */
RFD_MUSTCHECK enum store_result store_report_add(struct store *s, struct report_row *row);
RFD_MUSTCHECK enum store_result
store_report_get(struct store *s, uint64_t number, struct arena *a, struct report_row *out);
RFD_MUSTCHECK enum store_result
store_report_mark(struct store *s, uint64_t number, enum report_state state);
RFD_MUSTCHECK enum store_result
store_report_stand(struct store *s, uint64_t number, bool in_force, enum report_state state);
/* Of one number alone, not of those joined with it. */
RFD_MUSTCHECK enum store_result store_reports_of(struct store *s, uint64_t patient, struct arena *a,
                                                 struct report_row **rows_out, size_t *count_out);
struct report_query {
    bool all; /* also what is done or not in force; else those waiting, phrases first */
    uint64_t after;
    size_t max;
};
RFD_MUSTCHECK enum store_result
store_reports_list(struct store *s, const struct report_query *q, struct arena *a,
                   struct report_row **rows_out, size_t *count_out);
/* Text, bytes and quotation are gone for good; the row and its hash stay. */
RFD_MUSTCHECK enum store_result store_report_erase(struct store *s, uint64_t number);
const char *report_state_name(enum report_state s); /* waiting, done, coded, history */

/* --- whom a change of trials concerns (match/gate.h) */
/* Words: sorted, each once; none: nothing is weighed for this patient. */
RFD_MUSTCHECK enum store_result
store_interest_put(struct store *s, uint64_t patient, const struct str *word, size_t count);
/* What the trials of a set are, as core writes it. */
RFD_MUSTCHECK enum store_result
store_trials_put(struct store *s, struct str sha, struct str base, struct str clauses);
RFD_MUSTCHECK enum store_result store_trials_get(struct store *s, struct str sha, struct arena *a,
                                                 struct str *base_out, struct str *clauses_out);
/* The first set of knowledge after this one, in order of name, that patients were last evaluated
 * with; STORE_NONE: none. */
RFD_MUSTCHECK enum store_result
store_knowledge_seen(struct store *s, struct str after, struct arena *a, struct str *sha_out);
/* Patients last evaluated with set `from` wait to be evaluated again: those with an interest in the
 * word, or in anything (absent). */
RFD_MUSTCHECK enum store_result
store_knowledge_wait(struct store *s, struct str from, struct str word);
/* The others count as evaluated with set `to`. */
RFD_MUSTCHECK enum store_result
store_knowledge_adopt(struct store *s, struct str from, struct str to, uint64_t *count_out);

/* --- the life of an alert (life.c): receipts, interruptions, the digest, escalation, figures */
/* A receiver has confirmed the events with after < seq <= upto. */
RFD_MUSTCHECK enum store_result store_delivered_put(struct store *s, uint64_t after, uint64_t upto);
uint32_t store_delivered_version(struct store *s, struct str id); /* 0: none so far */
/* How often that recipient was interrupted on these days. */
int64_t store_told_count(struct store *s, struct str recipient, day_t from, day_t to);
RFD_MUSTCHECK enum store_result
store_told_add(struct store *s, struct str recipient, day_t day, const struct alert *al);
RFD_MUSTCHECK enum store_result
store_pending_add(struct store *s, struct str recipient, struct str alert_id);
RFD_MUSTCHECK enum store_result
store_pending_drop(struct store *s, struct str recipient, struct str alert_id);
struct pending_row {
    struct str recipient;
    struct str packed; /* the alert as it stands */
};
/* By recipient, then in order of first raise. */
RFD_MUSTCHECK enum store_result
store_pending_list(struct store *s, size_t max, struct arena *a, struct pending_row **rows_out,
                   size_t *count_out);
/* The digest of that day is made: nothing waits; interruptions before keep_from are forgotten. */
RFD_MUSTCHECK enum store_result store_digest_done(struct store *s, day_t day, day_t keep_from);
day_t store_digest_day(struct store *s); /* of the last one; DAY_NONE */
RFD_MUSTCHECK enum store_result
store_escalation_put(struct store *s, struct str alert_id, int64_t due_s);
RFD_MUSTCHECK enum store_result store_escalation_drop(struct store *s, struct str alert_id);
RFD_MUSTCHECK enum store_result
store_escalations_due(struct store *s, int64_t at_s, size_t max, struct arena *a,
                      struct str **alert_ids_out, size_t *count_out);
/* act and reason: words of ours. seconds: since the alert was raised. */
RFD_MUSTCHECK enum store_result
store_rule_act_add(struct store *s, struct str rule, const char *act, const char *reason,
                   int64_t seconds);
struct rule_act_row {
    struct str rule;
    struct str act;
    struct str reason;
    int64_t count;
};
RFD_MUSTCHECK enum store_result store_rule_acts(struct store *s, struct arena *a,
                                                struct rule_act_row **rows_out, size_t *count_out);
struct rule_time_row {
    struct str rule;
    int64_t seconds;
};
/* How long each act of that kind took, by rule, the shortest first. */
RFD_MUSTCHECK enum store_result
store_rule_times(struct store *s, const char *act, struct arena *a, struct rule_time_row **rows_out,
                 size_t *count_out);

/* --- checks and copies */
/* Walks the three chains; false with a text (table and row number) at the first row that does not
 * verify. */
RFD_MUSTCHECK bool store_verify(struct store *s, char error_out[STORE_ERROR_TEXT_MAX]);
RFD_MUSTCHECK enum store_result store_backup(struct store *s, const char *path);
void store_checkpoint(struct store *s);
const char *store_result_name(enum store_result r);

#endif
