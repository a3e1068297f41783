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

#include <stddef.h>

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
    STMT_DEAD_AGAIN_ONE,
    STMT_DEAD_MOOT,
    STMT_DEAD_COUNT,
    STMT_TOLD_PUT,
    STMT_TOLD,
    STMT_REACHED_PUT,
    STMT_REACHED,
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

/* --- statements: asked with the values of their parameters, in order */
enum db_value_kind {
    DB_VALUE_END,
    DB_VALUE_NULL,
    DB_VALUE_NUMBER,
    DB_VALUE_TEXT,
    DB_VALUE_BLOB,
    DB_VALUE_KIND_COUNT,
};

struct db_value {
    enum db_value_kind kind;
    int64_t number;
    struct str bytes;
};

#define DB_END  ((struct db_value){.kind = DB_VALUE_END})
#define DB_NULL ((struct db_value){.kind = DB_VALUE_NULL})
/* Three parameters. */
#define DB_STAMP(v) db_i64((v).utc_s), db_i64((v).offset_min), db_i64((v).precision)

static inline struct db_value
db_i64(int64_t v)
{
    return (struct db_value){.kind = DB_VALUE_NUMBER, .number = v};
}

static inline struct db_value
db_u64(uint64_t v)
{
    rfd_assert(v <= INT64_MAX);
    return db_i64((int64_t)v);
}

static inline struct db_value
db_day(day_t v) /* DAY_NONE: NULL */
{
    return v == DAY_NONE ? DB_NULL : db_i64(v);
}

static inline struct db_value
db_text(struct str v) /* absent: NULL */
{
    return (struct db_value){str_is_absent(v) ? DB_VALUE_NULL : DB_VALUE_TEXT, 0, v};
}

static inline struct db_value
db_blob(struct str v) /* absent: NULL */
{
    return (struct db_value){str_is_absent(v) ? DB_VALUE_NULL : DB_VALUE_BLOB, 0, v};
}

static inline struct db_value
db_sha(const struct sha256 *v)
{
    return db_blob((struct str){(const char *)v->b, sizeof(v->b)});
}

static inline struct db_value
db_key(const struct fact_key *v)
{
    return db_blob((struct str){(const char *)v->b, sizeof(v->b)});
}

/* For columns that are never NULL. */
static inline struct str
db_present(struct str v)
{
    return str_is_absent(v) ? STR("") : v;
}

struct query {
    struct store *store;
    sqlite3_stmt *stmt;
    enum stmt which;
};

const char *stmt_sql(enum stmt which);

/* db_query(s, STMT_X, values...): as many as the statement has parameters. Bytes that they point to
 * must stay as they are until the query is done. Then db_run(), or db_next() until it is not
 * STORE_OK, or one of the readers below. */
#define db_query(s, ...)         db_query_(s, __VA_ARGS__, DB_END)
#define db_query_(s, which, ...) db_ask((s), (which), (const struct db_value[]){__VA_ARGS__})
struct query db_ask(struct store *s, enum stmt which, const struct db_value *values);

RFD_MUSTCHECK enum store_result db_run(struct query q);
RFD_MUSTCHECK enum store_result db_next(const struct query *q); /* STORE_NONE: no more, reset */
void db_done(const struct query *q);                            /* before the last row: reset */

/* --- rows.c: answers */
/* The first column of the first row; where there is none, or when the disk is full: otherwise. */
int64_t db_number(struct query q, int64_t otherwise);
RFD_MUSTCHECK enum store_result db_number_get(struct query q, uint64_t *out);

uint64_t db_column_u64(const struct query *q, int column);
struct str db_column_str(const struct query *q, int column, struct arena *a); /* a copy */
struct stamp db_column_stamp(const struct query *q, int column);

enum db_field_kind {
    DB_FIELD_END,
    DB_FIELD_BOOL,
    DB_FIELD_I32,
    DB_FIELD_U32,
    DB_FIELD_I64,
    DB_FIELD_U64,
    DB_FIELD_STR,
    DB_FIELD_STAMP, /* three columns */
    DB_FIELD_SHA,
    DB_FIELD_KEY,
    DB_FIELD_KIND_COUNT,
};

struct db_field {
    enum db_field_kind kind;
    size_t offset;
};

/* Where a struct keeps what the columns of a statement give, in their order; a statement may give
 * fewer, the rest of the struct is then empty. */
enum { DB_FIELDS_MAX = 28 };

struct db_shape {
    size_t size;
    struct db_field field[DB_FIELDS_MAX + 1]; /* ends with DB_FIELD_END */
};

/* Enums are kept like uint32_t. */
/* clang-format off */
#define DB_FIELD(type, name)                                \
    {                                                       \
        _Generic(((type *)0)->name,                         \
            bool: DB_FIELD_BOOL,                            \
            int32_t: DB_FIELD_I32,                          \
            uint32_t: DB_FIELD_U32,                         \
            int64_t: DB_FIELD_I64,                          \
            uint64_t: DB_FIELD_U64,                         \
            struct str: DB_FIELD_STR,                       \
            struct stamp: DB_FIELD_STAMP,                   \
            struct sha256: DB_FIELD_SHA,                    \
            struct fact_key: DB_FIELD_KEY),                 \
        offsetof(type, name)                                \
    }
/* clang-format on */

extern const struct db_shape db_strs;    /* rows of one struct str */
extern const struct db_shape db_numbers; /* rows of one uint64_t */

/* The first row. */
RFD_MUSTCHECK enum store_result
db_row(struct query q, const struct db_shape *shape, struct arena *a, void *out);
/* All rows: rows_out is where a pointer to the first struct goes. */
#define db_rows(q, shape, a, rows_out, count_out) \
    db_rows_((q), db_shape_for((shape), sizeof(**(rows_out))), (a), (rows_out), (count_out))
RFD_MUSTCHECK enum store_result db_rows_(struct query q, const struct db_shape *shape,
                                         struct arena *a, void *rows_out, size_t *count_out);
static inline const struct db_shape *
db_shape_for(const struct db_shape *shape, size_t size)
{
    rfd_assert(shape->size == size);
    return shape;
}

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
/* Rows of that shape, for each of these patients: the statement's only parameter. */
RFD_MUSTCHECK enum store_result
db_list_each(struct store *s, enum stmt which, const uint64_t *patients, size_t count,
             const struct db_shape *shape, struct db_list *l);

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
