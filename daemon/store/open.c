#include "store/db.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 2000, SQL_ROOM = 128 };

/* Settings that write nothing, before the first look at a database (reliability.md 2.3). A sorter
 * that spills would put patient data into a file in /tmp: temp_store. */
static const char pragmas_first[] = "PRAGMA trusted_schema=OFF;"
                                    "PRAGMA cell_size_check=ON;"
                                    "PRAGMA mmap_size=0;"
                                    "PRAGMA temp_store=MEMORY;"
                                    "PRAGMA cache_size=-16384;"
                                    "PRAGMA foreign_keys=ON;"
                                    "PRAGMA synchronous=FULL;";
/* The WAL is copied back by us, because SQLite's own hook keeps the error of an fsync to itself. */
static const char pragmas_wal[] = "PRAGMA journal_size_limit=67108864;"
                                  "PRAGMA wal_autocheckpoint=0;";

static const char *const result_names[STORE_RESULT_COUNT] = {
    [STORE_OK] = "ok",           [STORE_NONE] = "none",   [STORE_FULL] = "full",
    [STORE_DAMAGED] = "damaged", [STORE_NEWER] = "newer", [STORE_FOREIGN] = "foreign",
};

const char *
store_result_name(enum store_result r)
{
    rfd_assert((unsigned)r < STORE_RESULT_COUNT);
    return result_names[r];
}

/* --- opening: every error is a text for the operator, and nothing is written before it is known
 * that the database is ours and whole */

struct opening {
    struct store *store;
    const char *path;
    char *error;
    bool memory;
};

static enum store_result
refuse(const struct opening *o, enum store_result r, const char *what, const char *detail)
{
    (void)snprintf(o->error, STORE_ERROR_TEXT_MAX, "%.150s: %s%s%.100s", o->path, what,
                   detail[0] == '\0' ? "" : ": ", detail);
    return r;
}

/* What an SQLite code means while opening. */
static enum store_result
refuse_code(const struct opening *o, int rc)
{
    int kind = rc & 0xff;

    if (kind == SQLITE_FULL)
        return refuse(o, STORE_FULL, "the disk is full", "");
    if (kind == SQLITE_NOTADB || kind == SQLITE_CORRUPT || rc == SQLITE_IOERR_SHORT_READ)
        return refuse(o, STORE_DAMAGED, "damaged; move it away and restore a backup",
                      sqlite3_errstr(rc));
    return refuse(o, STORE_NONE, "the store can not be opened", sqlite3_errstr(rc));
}

static int
on_wal(void *arg, sqlite3 *db, const char *schema, int pages)
{
    struct store *s = arg;

    (void)db;
    (void)schema;
    s->wal_pages = pages;
    return SQLITE_OK;
}

static int
connect_to(struct store *s, const char *path, int flags)
{
    int rc = sqlite3_open_v2(path, &s->db, flags, NULL);

    if (rc != SQLITE_OK)
        return rc;
    (void)sqlite3_extended_result_codes(s->db, 1);
    (void)sqlite3_busy_timeout(s->db, BUSY_MS);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    return sqlite3_exec(s->db, pragmas_first, NULL, NULL, NULL);
}

/* Seven letters of 32. In memory always the same: what runs offline must repeat. */
static void
make_tag(char tag[STORE_TAG_MAX], bool memory)
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    unsigned char random[STORE_TAG_MAX - 1] = {0};

    if (!memory)
        sqlite3_randomness((int)sizeof(random), random);
    for (size_t i = 0; i < sizeof(random); i++)
        tag[i] = letters[random[i] % 32];
    tag[STORE_TAG_MAX - 1] = '\0';
}

static int
put_tag(sqlite3 *db, const char *tag)
{
    char sql[SQL_ROOM];

    (void)sqlite3_snprintf((int)sizeof(sql), sql, "INSERT INTO store VALUES('tag', %Q)", tag);
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int
put_head(sqlite3 *db, enum chain c, const char *tag)
{
    struct sha256 chain = chain_genesis(c, tag);
    char hex[SHA256_HEX_MAX];
    char sql[SQL_ROOM + SHA256_HEX_MAX];

    (void)sha256_hex(&chain, hex);
    (void)sqlite3_snprintf((int)sizeof(sql), sql, "INSERT INTO chain_head VALUES(%Q, 0, x'%s')",
                           chain_name(c), hex);
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* Tables and first rows of a new store. */
static int
fill_new(sqlite3 *db, bool memory)
{
    char tag[STORE_TAG_MAX];
    int rc = schema_migrate(db, NULL, schema_migrations, schema_migration_count);

    make_tag(tag, memory);
    if (rc == SQLITE_OK)
        rc = put_tag(db, tag);
    for (unsigned c = 0; c < CHAIN_COUNT && rc == SQLITE_OK; c++)
        rc = put_head(db, (enum chain)c, tag);
    return rc;
}

/* Made under another name and renamed when whole: an empty file of the store's name is damage,
 * never a beginning. */
static enum store_result
create(const struct opening *o)
{
    struct store fresh = {.lock_fd = -1};
    char *name = sqlite3_mprintf("%s.new", o->path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int rc = SQLITE_NOMEM;

    if (name != NULL) {
        (void)unlink(name);
        rc = connect_to(&fresh, name, flags);
    }
    if (rc == SQLITE_OK)
        rc = fill_new(fresh.db, false);
    (void)sqlite3_close(fresh.db);
    if (rc == SQLITE_OK && !file_publish(name, o->path))
        rc = SQLITE_CANTOPEN;
    sqlite3_free(name);
    return rc == SQLITE_OK ? STORE_OK : refuse_code(o, rc);
}

static int
use_wal(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA journal_mode=WAL", -1, &stmt, NULL);
    bool is_wal = false;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        is_wal = strcmp((const char *)sqlite3_column_text(stmt, 0), "wal") == 0;
    (void)sqlite3_finalize(stmt);
    if (rc != SQLITE_ROW)
        return rc;
    if (!is_wal) /* a file system without shared memory */
        return SQLITE_CANTOPEN;
    return sqlite3_exec(db, pragmas_wal, NULL, NULL, NULL);
}

/* Whole, of a version that we know, then brought to ours. */
static enum store_result
check_and_migrate(const struct opening *o)
{
    sqlite3 *db = o->store->db;
    char found[STORE_ERROR_TEXT_MAX] = "";
    int64_t version = 0;
    int rc = schema_number(db, "PRAGMA user_version", &version);

    if (rc != SQLITE_OK)
        return refuse_code(o, rc);
    if (version > schema_newest())
        return refuse(o, STORE_NEWER, "made by a newer refractd; install that one", "");
    if (version < 1)
        return refuse(o, STORE_DAMAGED, "no version; move it away and restore a backup", "");
    if (!pages_check(db, "PRAGMA quick_check(1)", found))
        return refuse(o, STORE_DAMAGED, "damaged; move it away and restore a backup", found);
    rc = schema_migrate(db, o->path, schema_migrations, schema_migration_count);
    if (rc == SQLITE_OK)
        rc = use_wal(db);
    return rc == SQLITE_OK ? STORE_OK : refuse_code(o, rc);
}

static bool
read_tag(struct store *s)
{
    sqlite3_stmt *stmt = NULL;
    static const char sql[] = "SELECT value FROM store WHERE name = 'tag'";
    bool ok = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
              sqlite3_step(stmt) == SQLITE_ROW &&
              sqlite3_column_bytes(stmt, 0) == STORE_TAG_MAX - 1;

    if (ok)
        memcpy(s->tag, sqlite3_column_text(stmt, 0), STORE_TAG_MAX);
    (void)sqlite3_finalize(stmt);
    return ok;
}

/* The newest rows of each chain are checked at every start, the others by store_verify(). */
static enum store_result
read_heads(const struct opening *o)
{
    struct store *s = o->store;
    char found[STORE_ERROR_TEXT_MAX] = "";

    if (!read_tag(s))
        return refuse(o, STORE_DAMAGED, "no tag; move it away and restore a backup", "");
    for (unsigned c = 0; c < CHAIN_COUNT; c++) {
        struct chain_head *head = &s->heads.of[c];
        uint64_t after;

        if (!chain_head_get(s->db, (enum chain)c, head))
            return refuse(o, STORE_DAMAGED, "no chain; move it away and restore a backup", "");
        after = head->seq > DB_CHECK_ROWS ? head->seq - DB_CHECK_ROWS : 0;
        if (!chain_check(s->db, s->tag, (enum chain)c, after, head, found))
            return refuse(o, STORE_DAMAGED, "damaged; move it away and restore a backup", found);
    }
    return STORE_OK;
}

static enum store_result
open_file(const struct opening *o)
{
    struct store *s = o->store;
    enum store_result r;
    int rc;

    s->lock_fd = file_lock(o->path, o->error);
    if (s->lock_fd < 0)
        return STORE_NONE;
    r = file_look(o->path, o->error);
    if (r == STORE_NONE)
        r = create(o);
    if (r != STORE_OK)
        return r;
    rc = connect_to(s, o->path, SQLITE_OPEN_READWRITE);
    if (rc != SQLITE_OK)
        return refuse_code(o, rc);
    r = check_and_migrate(o);
    (void)sqlite3_wal_hook(s->db, on_wal, s); /* wal_autocheckpoint=0 took away the one before */
    return r;
}

static enum store_result
open_memory(const struct opening *o)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY;
    int rc = connect_to(o->store, o->path, flags);

    if (rc == SQLITE_OK)
        rc = fill_new(o->store->db, true);
    return rc == SQLITE_OK ? STORE_OK : refuse_code(o, rc);
}

static void
refused(struct store *s)
{
    (void)sqlite3_close(s->db);
    if (s->lock_fd >= 0)
        (void)close(s->lock_fd);
    xfree(s);
}

enum store_result
store_open(const char *path, struct store **out, char error_out[STORE_ERROR_TEXT_MAX])
{
    struct store *s = xcalloc(1, sizeof(*s));
    struct opening o = {s, path, error_out, strcmp(path, ":memory:") == 0};
    mode_t mask = umask(077); /* the database, its WAL and its lock are the service's alone */
    enum store_result r;

    error_out[0] = '\0';
    s->lock_fd = -1;
    r = o.memory ? open_memory(&o) : open_file(&o);
    if (r == STORE_OK)
        r = read_heads(&o);
    (void)umask(mask);
    if (r != STORE_OK) {
        refused(s);
        return r;
    }
    error_out[0] = '\0'; /* that there was none before is no error */
    *out = s;
    return STORE_OK;
}

static enum store_result
check_reader(const struct opening *o)
{
    sqlite3 *db = o->store->db;
    int64_t id = 0;
    int64_t version = 0;
    int rc = schema_number(db, "PRAGMA application_id", &id);

    if (rc == SQLITE_OK)
        rc = schema_number(db, "PRAGMA user_version", &version);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "PRAGMA query_only=ON", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return refuse_code(o, rc);
    if (id != DB_APPLICATION_ID)
        return refuse(o, STORE_FOREIGN, "this database is not refractd's", "");
    if (version > schema_newest())
        return refuse(o, STORE_NEWER, "made by a newer refractd", "");
    if (version < schema_newest())
        return refuse(o, STORE_NONE, "made by an older refractd; start refractd once", "");
    if (!read_tag(o->store))
        return refuse(o, STORE_DAMAGED, "no tag; move it away and restore a backup", "");
    return STORE_OK;
}

enum store_result
store_open_reader(const char *path, struct store **out, char error_out[STORE_ERROR_TEXT_MAX])
{
    struct store *s = xcalloc(1, sizeof(*s));
    struct opening o = {s, path, error_out, false};
    enum store_result r;
    int rc;

    error_out[0] = '\0';
    s->lock_fd = -1;
    s->read_only = true;
    rc = connect_to(s, path, SQLITE_OPEN_READONLY);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    r = rc == SQLITE_OK ? check_reader(&o) : refuse_code(&o, rc);
    if (r != STORE_OK)
        refused(s);
    else
        *out = s;
    return r;
}

void
store_close(struct store **sp)
{
    struct store *s = *sp;

    if (s == NULL)
        return;
    if (s->begun)
        store_rollback(s);
    for (size_t i = 0; i < STMT_COUNT; i++)
        (void)sqlite3_finalize(s->stmt[i]);
    rfd_assert(sqlite3_close(s->db) == SQLITE_OK);
    db_kept_free(s);
    if (s->lock_fd >= 0)
        (void)close(s->lock_fd);
    xfree(s);
    *sp = NULL;
}

const char *
store_tag(const struct store *s)
{
    return s->tag;
}
