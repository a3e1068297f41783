/*
 * What:    what the tests of daemon/store share: a folder for each test, short adders.
 * Owns:    the folder of the running test; leave() removes it.
 * Threads: one.
 * Errors:  everything that fails here fails the test.
 */
#ifndef RFD_UNIT_STORE_TEST_H
#define RFD_UNIT_STORE_TEST_H

#include "store/db.h"
#include "unit_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ok(call) assert_string_equal(store_result_name(call), "ok")

static char folder[64];
static char path[96];
static char said[STORE_ERROR_TEXT_MAX];

__attribute__((unused)) static int
enter(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/t_store.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/store.db", folder);
    return 0;
}

__attribute__((unused)) static int
leave(void **state)
{
    DIR *d = opendir(folder);
    struct dirent *e;

    (void)state;
    while (d != NULL && (e = readdir(d)) != NULL)
        (void)unlinkat(dirfd(d), e->d_name, 0);
    if (d != NULL)
        (void)closedir(d);
    return rmdir(folder);
}

__attribute__((unused)) static struct store *
open_store(void)
{
    struct store *s = NULL;
    enum store_result r = store_open(path, &s, said);

    if (r != STORE_OK)
        fail_msg("store_open: %s: %s", store_result_name(r), said);
    return s;
}

/* A message of feed "lab" with this control id and payload; its journal number. */
__attribute__((unused)) static enum store_result
try_message(struct store *s, const char *control, struct str payload, uint64_t *seq_out)
{
    struct journal_row row = {
        .kind = JOURNAL_MESSAGE,
        .feed = STR("lab"),
        .control_id = str_from_c(control),
        .sender = STR("LIS"),
        .type = STR("ORU^R01"),
        .outcome = OUTCOME_STORED,
        .reason = STR(""),
        .place = STR(""),
        .received = {1700000000, 60, PRECISION_SECOND},
        .payload = payload,
        .payload_sha = sha256_of(payload.p, payload.n),
    };
    enum store_result r = store_journal_add(s, &row);

    *seq_out = row.seq;
    return r;
}

__attribute__((unused)) static uint64_t
add_message(struct store *s, const char *control, const char *payload)
{
    uint64_t seq;

    ok(try_message(s, control, str_from_c(payload), &seq));
    return seq;
}

__attribute__((unused)) static uint64_t
add_event(struct store *s, const char *id, const char *packed)
{
    struct outbox_row row = {
        .kind = 1,
        .alert_id = str_from_c(id),
        .version = 1,
        .packed = str_from_c(packed),
    };

    ok(store_outbox_add(s, &row));
    return row.seq;
}

__attribute__((unused)) static uint64_t
patient(struct store *s, const char *authority, const char *id)
{
    uint64_t n;

    ok(store_patient_require(s, (struct patient_ref){str_from_c(authority), str_from_c(id)}, &n));
    return n;
}

__attribute__((unused)) static void
add_fact(struct store *s, uint64_t number, uint64_t journal, const char *packed)
{
    struct fact_key key = {{0}};

    key.b[0] = (uint8_t)packed[0];
    ok(store_fact_add(s, number, journal, &key, FACT_OBSERVATION, str_from_c(packed)));
}

/* Runs SQL behind the store's back. */
__attribute__((unused)) static void
tamper(const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;

    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#endif
