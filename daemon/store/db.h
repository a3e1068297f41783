/*
 * What:    what the files of store/ share: the connection, its statements, chains, the schema.
 * Owns:    struct store owns the connection, the prepared statements and the lock on the file.
 * Threads: one connection, one thread.
 * Errors:  db_run() and db_next(): STORE_FULL after the whole transaction was rolled back; anything
 *          else that SQLite reports is fatal(). While opening, errors are texts (chain_check() and
 *          schema_migrate() can be used then; db_query() can not).
 */
#ifndef RFD_STORE_DB_H
#define RFD_STORE_DB_H

#include "store/store.h"

#include <sqlite3.h>

enum {
    DB_APPLICATION_ID = 0x52667264, /* "Rfrd", at byte 68 of the file (sqlite.org/fileformat2) */
    DB_CHECK_ROWS = 256,            /* newest rows of each chain that are verified at every start */
    DB_WAL_PAGES = 1000,            /* then the WAL is copied back; SQLite's own default */
};

enum chain {
    CHAIN_JOURNAL,
    CHAIN_OUTBOX,
    CHAIN_AUDIT,
    CHAIN_COUNT,
};

struct chain_head {
    uint64_t seq; /* of the newest row; 0: none yet */
    struct sha256 chain;
};

struct chain_heads {
    struct chain_head of[CHAIN_COUNT];
};

enum stmt {
    STMT_BEGIN,
    STMT_COMMIT,
    STMT_ROLLBACK,
    STMT_SAVEPOINT,
    STMT_SAVEPOINT_RELEASE,
    STMT_SAVEPOINT_ROLLBACK,
    STMT_HEAD_PUT,
    STMT_HEAD_GET,
    STMT_JOURNAL_ADD,
    STMT_JOURNAL_FIND,
    STMT_JOURNAL_CONTROL,
    STMT_JOURNAL_GET,
    STMT_JOURNAL_LIST_STORED,
    STMT_JOURNAL_LIST_ODD,
    STMT_JOURNAL_LAST,
    STMT_PATIENT_FIND,
    STMT_PATIENT_ADD,
    STMT_PATIENT_REF,
    STMT_PATIENT_LESSER,
    STMT_PATIENT_JOINED,
    STMT_PATIENT_HAS_FACTS,
    STMT_PATIENT_REGROUP,
    STMT_PATIENT_DUE,
    STMT_PATIENTS_WAITING,
    STMT_PATIENTS_ALL,
    STMT_LINK_GET,
    STMT_LINK_PUT,
    STMT_FACT_ADD,
    STMT_FACTS_LOAD,
    STMT_FACTS_OF_KIND,
    STMT_ALERT_PUT,
    STMT_ALERT_GET,
    STMT_ALERTS_LOAD,
    STMT_ALERTS_LIST,
    STMT_ALERTS_LIST_OPEN,
    STMT_OUTBOX_ADD,
    STMT_OUTBOX_FETCH,
    STMT_OUTBOX_OF,
    STMT_OUTBOX_FIRST,
    STMT_CURSOR_GET,
    STMT_CURSOR_PUT,
    STMT_CURSORS,
    STMT_ROUTE_HOLD,
    STMT_ROUTE_HELD,
    STMT_DEAD_PUT,
    STMT_DEAD_LIST,
    STMT_DEAD_AGAIN,
    STMT_DEAD_GONE,
    STMT_TOLD_PUT,
    STMT_TOLD,
    STMT_AUDIT_ADD,
    STMT_AUDIT_BEFORE,
    STMT_AUDIT_OF,
    STMT_COUNT_ADD,
    STMT_COUNT_GET,
    STMT_COUNTERS,
    STMT_KNOWLEDGE_PUT,
    STMT_KNOWLEDGE_HAS,
    STMT_INTEREST_GET,
    STMT_INTEREST_DROP,
    STMT_INTEREST_ADD,
    STMT_TRIALS_PUT,
    STMT_TRIALS_GET,
    STMT_KNOWLEDGE_SEEN,
    STMT_KNOWLEDGE_WAIT,
    STMT_KNOWLEDGE_WAIT_ALL,
    STMT_KNOWLEDGE_ADOPT,
    STMT_MAP_ADD,
    STMT_READING_ADD,
    STMT_READING_GET,
    STMT_READING_REDO,
    STMT_READINGS,
    STMT_FACT_PATIENTS,
    STMT_FACTS_SET_ASIDE,
    STMT_FACTS_REMOVE,
    STMT_FACT_LINKS,
    STMT_LINK_DROP,
    STMT_UNMAPPED_AGAIN,
    STMT_UNMAPPED_ADD,
    STMT_UNMAPPED_PATIENT,
    STMT_UNMAPPED_PATIENTS,
    STMT_UNMAPPED_LIST,
    STMT_DOCUMENT_ADD,
    STMT_DOCUMENT_FIND,
    STMT_DOCUMENT_ERASE,
    STMT_REPORT_ADD,
    STMT_REPORT_GET,
    STMT_REPORT_MARK,
    STMT_REPORT_STAND,
    STMT_REPORTS_OF,
    STMT_REPORTS_LIST,
    STMT_REPORTS_LIST_WAITING,
    STMT_DELIVERED,
    STMT_DELIVERED_GET,
    STMT_TOLD_COUNT,
    STMT_TOLD_ADD,
    STMT_TOLD_PRUNE,
    STMT_PENDING_ADD,
    STMT_PENDING_DROP,
    STMT_PENDING_LIST,
    STMT_PENDING_CLEAR,
    STMT_DIGEST_DAY_GET,
    STMT_DIGEST_DAY_PUT,
    STMT_ESCALATION_PUT,
    STMT_ESCALATION_DROP,
    STMT_ESCALATIONS_DUE,
    STMT_RULE_ACT_ADD,
    STMT_RULE_ACTS,
    STMT_RULE_TIMES,
    STMT_COUNT,
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *stmt[STMT_COUNT]; /* prepared at first use */
    char tag[STORE_TAG_MAX];
    bool read_only;
    int lock_fd; /* -1: none (memory, reader) */
    int wal_pages;
    bool begun;
    bool in_savepoint;
    struct chain_heads heads; /* of the writer, with what the open transaction added */
    struct chain_heads heads_begin;
    struct chain_heads heads_savepoint;
    struct kept *kept; /* decoded facts; NULL: none yet */
    size_t kept_from;  /* timelines of so many facts are kept; 0: KEPT_FACTS_MIN */
};

/* --- statements: query, bind in order, then db_run(), or db_next() until it is not STORE_OK */
struct query {
    struct store *store;
    sqlite3_stmt *stmt;
    enum stmt which;
    int bound;
};

const char *stmt_sql(enum stmt which);

struct query db_query(struct store *s, enum stmt which);
/* Bound bytes must stay as they are until the query is done. */
void db_bind_i64(struct query *q, int64_t v);
void db_bind_u64(struct query *q, uint64_t v);
void db_bind_text(struct query *q, struct str v); /* absent: NULL */
void db_bind_blob(struct query *q, struct str v); /* absent: NULL */
void db_bind_sha(struct query *q, const struct sha256 *v);
void db_bind_day(struct query *q, day_t v);          /* DAY_NONE: NULL */
void db_bind_stamp(struct query *q, struct stamp v); /* three columns */
RFD_MUSTCHECK enum store_result db_run(struct query *q);
RFD_MUSTCHECK enum store_result db_next(struct query *q); /* STORE_NONE: no more rows, reset */
void db_done(struct query *q);                            /* before the last row: reset */

uint64_t db_u64(const struct query *q, int column);
struct str db_str(const struct query *q, int column, struct arena *a); /* a copy */
struct stamp db_stamp(const struct query *q, int column);

/* An array that grows in an arena. */
struct db_list {
    struct arena *arena;
    void *item;
    size_t size; /* of one item */
    size_t count;
    size_t room;
};

void db_list_init(struct db_list *l, struct arena *a, size_t size);
void *db_list_add(struct db_list *l); /* a zeroed item */
RFD_MUSTCHECK enum store_result db_list_strs(struct query *q, struct db_list *l); /* column 0 */
/* The same for each of these patients, bound as ?1. */
RFD_MUSTCHECK enum store_result
db_list_each(struct store *s, enum stmt which, const uint64_t *patients, size_t count,
             struct db_list *l);
RFD_MUSTCHECK enum store_result
db_list_u64s(struct query *q, struct arena *a, uint64_t **out, size_t *count_out);

uint64_t db_head(struct store *s, enum chain c); /* newest sequence number */
/* The patient has a first fact: his group has something to evaluate. */
RFD_MUSTCHECK enum store_result db_patient_has_facts(struct store *s, uint64_t number);
/* His links have changed: who waits for evaluation is settled anew. */
RFD_MUSTCHECK enum store_result db_patient_regroup(struct store *s, uint64_t number);
/* Resets whatever a jump out of a full arena left unfinished. */
void db_quiet(struct store *s);
/* For writes of several statements: a transaction of their own when none is open. */
RFD_MUSTCHECK enum store_result db_group_begin(struct store *s, bool *own_out);
RFD_MUSTCHECK enum store_result db_group_end(struct store *s, bool own, enum store_result r);
/* Puts back what a transaction changed in memory. */
void db_forget(struct store *s);

/* --- kept.c: decoded facts follow what is written, and go with whatever is taken back */
void db_kept_add(struct store *s, uint64_t patient, const struct fact_key *key, int32_t kind,
                 struct str packed);
void db_kept_forget(struct store *s);
void db_kept_free(struct store *s);

/* --- chain.c: what a row adds to its chain */
const char *chain_name(enum chain c); /* the table's name */
struct sha256 chain_genesis(enum chain c, const char *tag);
struct sha256 chain_journal(const struct sha256 *before, const struct journal_row *row);
struct sha256 chain_outbox(const struct sha256 *before, const struct sha256 *payload_sha,
                           const struct outbox_row *row);
struct sha256 chain_audit(const struct sha256 *before, const struct audit_row *row);

/* --- verify.c */
/* Rows after `after` (0: all) up to the recorded head; error_out names the first bad row. The head
 * goes to head_out. */
RFD_MUSTCHECK bool chain_check(sqlite3 *db, const char *tag, enum chain c, uint64_t after,
                               struct chain_head *head_out, char error_out[STORE_ERROR_TEXT_MAX]);
RFD_MUSTCHECK bool chain_head_get(sqlite3 *db, enum chain c, struct chain_head *out);
/* PRAGMA quick_check or integrity_check: true when it says ok. */
RFD_MUSTCHECK bool
pages_check(sqlite3 *db, const char *pragma, char error_out[STORE_ERROR_TEXT_MAX]);

/* --- schema.c */
struct migration {
    int version; /* user_version after it; ascending from 1 */
    const char *sql;
};

extern const struct migration schema_migrations[];
extern const size_t schema_migration_count;

int schema_newest(void);
/* First integer that the statement gives; an SQLite code. */
RFD_MUSTCHECK int schema_number(sqlite3 *db, const char *sql, int64_t *out);
/* Brings a database to the last of these versions; copies it to PATH.before-vN first, unless it is
 * new or in memory (path NULL). An SQLite code; after an error the last good version stands. */
RFD_MUSTCHECK int
schema_migrate(sqlite3 *db, const char *path, const struct migration *m, size_t count);

/* --- file.c */
/* STORE_OK: ours, by its header; STORE_NONE: there is none, and nothing of one. */
RFD_MUSTCHECK enum store_result file_look(const char *path, char error_out[STORE_ERROR_TEXT_MAX]);
/* Makes sure that no second process writes; -1 with a text. */
RFD_MUSTCHECK int file_lock(const char *path, char error_out[STORE_ERROR_TEXT_MAX]);
/* A finished file takes its name: synced, renamed, folder synced. False: errno. */
RFD_MUSTCHECK bool file_publish(const char *from, const char *to);
/* VACUUM INTO a new file beside, then its name. An SQLite code. */
RFD_MUSTCHECK int file_copy(sqlite3 *db, const char *path);

/* --- hooks for tests */
/* PRAGMA max_page_count: a disk that is full after this many pages; 0: as large as it gets. */
void db_limit_pages(struct store *s, int64_t pages);
int64_t db_page_count(struct store *s);

#endif
