#include "store/db.h"

#include <stdio.h>

/*
 * Version 1. Text from messages may hold any bytes; SQLite compares TEXT of a UTF-8 database by
 * bytes, so equal means equal. A payload that is NULL was erased; its hash stays in the chain.
 * Payloads stand last: what stands before a long one is read without it.
 */
static const char version_1[] =
    "CREATE TABLE store("
    "  name TEXT PRIMARY KEY,"
    "  value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    /* The newest row of each chain, so that rows cut off at the end are missed. */
    "CREATE TABLE chain_head("
    "  name TEXT PRIMARY KEY,"
    "  seq INTEGER NOT NULL CHECK(seq >= 0),"
    "  chain BLOB NOT NULL CHECK(length(chain) = 32)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE journal("
    "  seq INTEGER PRIMARY KEY,"
    "  kind INTEGER NOT NULL CHECK(kind BETWEEN 0 AND 3),"
    "  feed TEXT,"
    "  control_id TEXT,"
    "  sender TEXT,"
    "  type TEXT,"
    "  outcome INTEGER NOT NULL CHECK(outcome IN (0, 2, 3)),"
    "  reason TEXT,"
    "  place TEXT,"
    "  received_s INTEGER NOT NULL,"
    "  received_offset INTEGER NOT NULL,"
    "  received_precision INTEGER NOT NULL,"
    "  payload_sha BLOB NOT NULL CHECK(length(payload_sha) = 32),"
    "  chain BLOB NOT NULL CHECK(length(chain) = 32),"
    "  payload BLOB"
    ") STRICT;"
    /* Duplicates are messages only: ticks repeat their name. */
    "CREATE INDEX journal_message ON journal(feed, control_id, payload_sha) WHERE kind = 0;"
    "CREATE INDEX journal_odd ON journal(outcome) WHERE outcome <> 0;"

    /* waits: the one that its group of joined numbers is evaluated through, and the group has
     * facts. knowledge: the set that the group was last evaluated with; '': never. */
    "CREATE TABLE patient("
    "  number INTEGER PRIMARY KEY,"
    "  authority TEXT NOT NULL,"
    "  id TEXT NOT NULL,"
    "  has_facts INTEGER NOT NULL DEFAULT 0,"
    "  waits INTEGER NOT NULL DEFAULT 0,"
    "  next_due INTEGER,"
    "  knowledge TEXT NOT NULL DEFAULT '',"
    "  UNIQUE(authority, id)"
    ") STRICT;"
    "CREATE INDEX patient_due ON patient(next_due) WHERE waits = 1 AND next_due IS NOT NULL;"
    "CREATE INDEX patient_knowledge ON patient(knowledge) WHERE waits = 1;"

    /* The last word on a pair of numbers, whichever of the two it lets survive. */
    "CREATE TABLE link("
    "  low INTEGER NOT NULL REFERENCES patient,"
    "  high INTEGER NOT NULL REFERENCES patient,"
    "  survivor INTEGER NOT NULL,"
    "  live INTEGER NOT NULL,"
    "  status_s INTEGER NOT NULL,"
    "  status_offset INTEGER NOT NULL,"
    "  status_precision INTEGER NOT NULL,"
    "  journal INTEGER NOT NULL REFERENCES journal,"
    "  PRIMARY KEY(low, high),"
    "  CHECK(low < high AND survivor IN (low, high))"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX link_high ON link(high, live, survivor);"

    /* Clustered by patient: all facts of one are read for each of his messages, but for those that
     * nothing reads (kind -1), of which some patients have a hundred thousand. n: the place among
     * the facts of that kind in the same message. */
    "CREATE TABLE fact("
    "  patient INTEGER NOT NULL REFERENCES patient,"
    "  journal INTEGER NOT NULL REFERENCES journal,"
    "  n INTEGER NOT NULL,"
    "  key BLOB NOT NULL CHECK(length(key) = 16),"
    "  kind INTEGER NOT NULL,"
    "  packed BLOB NOT NULL,"
    "  PRIMARY KEY(patient, kind, journal, n)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE alert("
    "  number INTEGER PRIMARY KEY," /* in order of first raise */
    "  id TEXT NOT NULL UNIQUE,"
    "  patient INTEGER NOT NULL REFERENCES patient,"
    "  version INTEGER NOT NULL,"
    "  open INTEGER NOT NULL,"
    "  packed BLOB NOT NULL"
    ") STRICT;"
    "CREATE INDEX alert_patient ON alert(patient);"
    "CREATE INDEX alert_open ON alert(number) WHERE open = 1;"

    "CREATE TABLE outbox("
    "  seq INTEGER PRIMARY KEY,"
    "  kind INTEGER NOT NULL,"
    "  quiet INTEGER NOT NULL CHECK(quiet IN (0, 1)),"
    "  alert_id TEXT,"
    "  version INTEGER NOT NULL,"
    "  payload_sha BLOB NOT NULL CHECK(length(payload_sha) = 32),"
    "  chain BLOB NOT NULL CHECK(length(chain) = 32),"
    "  packed BLOB"
    ") STRICT;"

    "CREATE TABLE cursor("
    "  route TEXT PRIMARY KEY,"
    "  seq INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE audit("
    "  seq INTEGER PRIMARY KEY,"
    "  event TEXT NOT NULL,"
    "  actor TEXT NOT NULL,"
    "  subject TEXT,"
    "  at_s INTEGER NOT NULL,"
    "  at_offset INTEGER NOT NULL,"
    "  at_precision INTEGER NOT NULL,"
    "  chain BLOB NOT NULL CHECK(length(chain) = 32)"
    ") STRICT;"

    "CREATE TABLE counter("
    "  counter TEXT NOT NULL,"
    "  label TEXT NOT NULL,"
    "  value INTEGER NOT NULL,"
    "  PRIMARY KEY(counter, label)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE knowledge("
    "  sha TEXT PRIMARY KEY,"
    "  journal INTEGER NOT NULL REFERENCES journal,"
    "  bytes BLOB NOT NULL"
    ") STRICT;";

/*
 * Version 2: how a message was read, what no table knew of it, and facts that a later reading of
 * the
 * same message has replaced. A journal row never changes: reading.outcome and what follows it say
 * what became of the message since, when it was read again (reparse: the journal row of that).
 */
static const char version_2[] =
    "CREATE TABLE map("
    "  number INTEGER PRIMARY KEY,"
    "  hash TEXT NOT NULL UNIQUE"
    ") STRICT;"

    "CREATE TABLE reading("
    "  journal INTEGER PRIMARY KEY REFERENCES journal,"
    "  map INTEGER NOT NULL REFERENCES map,"
    "  counted INTEGER NOT NULL CHECK(counted IN (0, 1))," /* its unmapped codes, once */
    "  reparse INTEGER REFERENCES journal,"
    "  outcome INTEGER CHECK(outcome IN (0, 2, 3)),"
    "  reason TEXT,"
    "  place TEXT"
    ") STRICT;"
    "CREATE INDEX reading_odd ON reading(outcome) WHERE outcome <> 0;"

    "CREATE INDEX fact_journal ON fact(journal);"

    "CREATE TABLE fact_replaced("
    "  reparse INTEGER NOT NULL REFERENCES journal,"
    "  patient INTEGER NOT NULL REFERENCES patient,"
    "  journal INTEGER NOT NULL REFERENCES journal,"
    "  n INTEGER NOT NULL,"
    "  key BLOB NOT NULL CHECK(length(key) = 16),"
    "  kind INTEGER NOT NULL,"
    "  packed BLOB NOT NULL,"
    "  PRIMARY KEY(patient, kind, journal, reparse, n)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE unmapped("
    "  number INTEGER PRIMARY KEY,"
    "  feed TEXT NOT NULL,"
    "  kind INTEGER NOT NULL,"
    "  system TEXT NOT NULL,"
    "  code TEXT NOT NULL,"
    "  display TEXT NOT NULL,"
    "  unit TEXT NOT NULL,"
    "  count INTEGER NOT NULL,"
    "  patients INTEGER NOT NULL,"
    "  first_s INTEGER NOT NULL,"
    "  last_s INTEGER NOT NULL,"
    "  UNIQUE(feed, kind, system, code, display, unit)"
    ") STRICT;"

    "CREATE TABLE unmapped_patient("
    "  unmapped INTEGER NOT NULL REFERENCES unmapped,"
    "  patient INTEGER NOT NULL REFERENCES patient,"
    "  PRIMARY KEY(unmapped, patient)"
    ") STRICT, WITHOUT ROWID;";

/*
 * Version 3: what reports say, and the queue of those that a person should read. Text and bytes are
 * in document alone, once for a patient: erasing one row there erases them (content NULL); the hash
 * stays. in_force: not replaced, corrected or withdrawn by another message.
 */
static const char version_3[] =
    "CREATE TABLE document("
    "  number INTEGER PRIMARY KEY,"
    "  patient INTEGER NOT NULL REFERENCES patient,"
    "  sha BLOB NOT NULL CHECK(length(sha) = 32),"
    "  answers TEXT,"
    "  quote TEXT,"
    "  content BLOB,"
    "  UNIQUE(patient, sha)"
    ") STRICT;"

    "CREATE TABLE report("
    "  number INTEGER PRIMARY KEY," /* in order of receipt */
    "  patient INTEGER NOT NULL REFERENCES patient,"
    "  journal INTEGER NOT NULL REFERENCES journal,"
    "  key BLOB NOT NULL CHECK(length(key) = 16),"
    "  document INTEGER REFERENCES document," /* NULL: nothing to show */
    "  state INTEGER NOT NULL CHECK(state BETWEEN 0 AND 3),"
    "  in_force INTEGER NOT NULL CHECK(in_force IN (0, 1)),"
    "  collected_s INTEGER NOT NULL,"
    "  collected_offset INTEGER NOT NULL,"
    "  collected_precision INTEGER NOT NULL,"
    "  category TEXT,"
    "  media TEXT,"
    "  filler TEXT,"
    "  parent TEXT,"
    "  title TEXT,"
    "  problem TEXT,"
    "  phrase TEXT,"
    "  bytes INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX report_waiting ON report(number) WHERE state = 0 AND in_force = 1;"
    "CREATE INDEX report_patient ON report(patient);";

/*
 * Version 4: whom a change of trials concerns. interest: of a patient with a case that trials are
 * weighed for its disease and all above it, genes with a variant, biomarkers (match/gate.h).
 * knowledge_trials: of a set what its trials are (a digest and its gate for each clause) and what
 * all the rest is; sets of another rest are not compared.
 */
static const char version_4[] = "CREATE TABLE interest("
                                "  patient INTEGER NOT NULL REFERENCES patient,"
                                "  word TEXT NOT NULL,"
                                "  PRIMARY KEY(patient, word)"
                                ") STRICT, WITHOUT ROWID;"
                                "CREATE INDEX interest_word ON interest(word, patient);"

                                "CREATE TABLE knowledge_trials("
                                "  sha TEXT PRIMARY KEY,"
                                "  base TEXT NOT NULL,"
                                "  clauses BLOB NOT NULL"
                                ") STRICT;";

/*
 * Version 6: routes. route: those that an operator has stopped. dead: what a receiver refused for
 * good, by the event's number; again: asked for once more. told: alerts that a route has really
 * sent, so that their retraction goes there and nowhere else.
 */
static const char version_6[] = "CREATE TABLE route("
                                "  name TEXT PRIMARY KEY,"
                                "  held INTEGER NOT NULL CHECK(held IN (0, 1))"
                                ") STRICT, WITHOUT ROWID;"

                                "CREATE TABLE dead("
                                "  route TEXT NOT NULL,"
                                "  seq INTEGER NOT NULL,"
                                "  alert_id TEXT NOT NULL,"
                                "  reason TEXT NOT NULL,"
                                "  at_s INTEGER NOT NULL,"
                                "  again INTEGER NOT NULL CHECK(again IN (0, 1)),"
                                "  PRIMARY KEY(route, seq)"
                                ") STRICT, WITHOUT ROWID;"

                                "CREATE TABLE route_told("
                                "  route TEXT NOT NULL,"
                                "  alert_id TEXT NOT NULL,"
                                "  PRIMARY KEY(route, alert_id)"
                                ") STRICT, WITHOUT ROWID;";

/*
 * Version 7: the life of an alert beyond its versions. alert.delivered: the newest version that a
 * route's receiver has confirmed. told: interruptions, for the budgets (day: the site's). pending:
 * what waits for the next digest. escalation: when an alert without an acknowledgement goes to a
 * pool. rule_act: what people did to a rule's findings, for the figures of each rule; reason is a
 * word of ours.
 */
static const char version_7[] = "ALTER TABLE alert ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;"
                                "CREATE TABLE told("
                                "  recipient TEXT NOT NULL,"
                                "  day INTEGER NOT NULL,"
                                "  alert TEXT NOT NULL,"
                                "  version INTEGER NOT NULL,"
                                "  PRIMARY KEY(day, recipient, alert, version)"
                                ") STRICT, WITHOUT ROWID;"

                                "CREATE TABLE pending("
                                "  recipient TEXT NOT NULL,"
                                "  alert TEXT NOT NULL,"
                                "  PRIMARY KEY(recipient, alert)"
                                ") STRICT, WITHOUT ROWID;"

                                "CREATE TABLE digest_day("
                                "  one INTEGER PRIMARY KEY CHECK(one = 1),"
                                "  day INTEGER NOT NULL"
                                ") STRICT;"

                                "CREATE TABLE escalation("
                                "  alert TEXT PRIMARY KEY,"
                                "  due_s INTEGER NOT NULL"
                                ") STRICT, WITHOUT ROWID;"
                                "CREATE INDEX escalation_due ON escalation(due_s);"

                                "CREATE TABLE rule_act("
                                "  number INTEGER PRIMARY KEY,"
                                "  rule TEXT NOT NULL,"
                                "  act TEXT NOT NULL,"
                                "  reason TEXT NOT NULL,"
                                "  seconds INTEGER NOT NULL" /* since it was raised */
                                ") STRICT;"
                                "CREATE INDEX rule_act_rule"
                                " ON rule_act(rule, act, reason, seconds);";

/* The history of one alert, for the page: what it said before, and who did what with it. */
static const char version_8[] = "CREATE INDEX outbox_alert ON outbox(alert_id);"
                                "CREATE INDEX audit_subject ON audit(subject);";

/* Whom a route that writes to people has reached with an alert: its retraction goes to them all,
 * and to nobody else. who: a name in the site's directory; "*": nobody by name. */
static const char version_9[] = "CREATE TABLE route_reached("
                                "  route TEXT NOT NULL,"
                                "  alert_id TEXT NOT NULL,"
                                "  who TEXT NOT NULL,"
                                "  PRIMARY KEY(route, alert_id, who)"
                                ") STRICT, WITHOUT ROWID;";

/* Forward only. A released version is never edited: the next one gets a row of its own. */
const struct migration schema_migrations[] = {
    {1, version_1}, {2, version_2}, {3, version_3}, {4, version_4},
    {6, version_6}, {7, version_7}, {8, version_8}, {9, version_9},
};
const size_t schema_migration_count = RFD_COUNT(schema_migrations);

int
schema_newest(void)
{
    return schema_migrations[schema_migration_count - 1].version;
}

int
schema_number(sqlite3 *db, const char *sql, int64_t *out)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

    if (rc != SQLITE_OK)
        return rc;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int
apply(sqlite3 *db, const struct migration *m)
{
    char last[96];
    int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    (void)snprintf(last, sizeof(last), "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT",
                   DB_APPLICATION_ID, m->version);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, m->sql, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, last, NULL, NULL, NULL);
    if (sqlite3_get_autocommit(db) == 0)
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

static int
copy_before(sqlite3 *db, const char *path, int64_t version)
{
    char *copy = sqlite3_mprintf("%s.before-v%lld", path, (long long)version);
    int rc = copy == NULL ? SQLITE_NOMEM : file_copy(db, copy);

    sqlite3_free(copy);
    return rc;
}

int
schema_migrate(sqlite3 *db, const char *path, const struct migration *m, size_t count)
{
    int64_t at = 0;
    int rc = schema_number(db, "PRAGMA user_version", &at);

    if (rc == SQLITE_OK && at > 0 && at < m[count - 1].version && path != NULL)
        rc = copy_before(db, path, m[count - 1].version);
    for (size_t i = 0; i < count && rc == SQLITE_OK; i++) {
        if (m[i].version > at)
            rc = apply(db, &m[i]);
    }
    return rc;
}
