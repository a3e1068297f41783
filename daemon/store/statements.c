#include "store/db.h"

_Static_assert(JOURNAL_MESSAGE == 0 && OUTCOME_STORED == 0, "literals of partial indexes");

/* A person's numbers: everything that live links reach, whichever way they lead. */
#define JOINED                                                           \
    "WITH RECURSIVE joined(n) AS (VALUES(?1)"                            \
    " UNION SELECT high FROM joined JOIN link ON low = n WHERE live = 1" \
    " UNION SELECT low FROM joined JOIN link ON high = n WHERE live = 1)"

#define JOURNAL_COLUMNS                                                              \
    "seq, kind, feed, control_id, sender, type, outcome, reason, place, received_s," \
    " received_offset, received_precision, payload_sha"

static const char *const sql[STMT_COUNT] = {
    [STMT_BEGIN] = "BEGIN IMMEDIATE",
    [STMT_COMMIT] = "COMMIT",
    [STMT_ROLLBACK] = "ROLLBACK",
    [STMT_SAVEPOINT] = "SAVEPOINT message",
    [STMT_SAVEPOINT_RELEASE] = "RELEASE message",
    [STMT_SAVEPOINT_ROLLBACK] = "ROLLBACK TO message",

    [STMT_HEAD_PUT] = "UPDATE chain_head SET seq = ?2, chain = ?3 WHERE name = ?1",
    [STMT_HEAD_GET] = "SELECT seq FROM chain_head WHERE name = ?1",

    [STMT_JOURNAL_ADD] =
        "INSERT INTO journal(" JOURNAL_COLUMNS ", chain, payload)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    [STMT_JOURNAL_FIND] = "SELECT min(seq) FROM journal WHERE kind = 0 AND feed IS ?1"
                          " AND control_id IS ?2 AND payload_sha = ?3",
    [STMT_JOURNAL_CONTROL] =
        "SELECT 1 FROM journal WHERE kind = 0 AND feed IS ?1 AND control_id IS ?2 LIMIT 1",
    [STMT_JOURNAL_GET] = "SELECT " JOURNAL_COLUMNS ", payload FROM journal WHERE seq = ?1",
    /* Nearly all rows are stored ones: read in order. The others have an index. */
    [STMT_JOURNAL_LIST_STORED] = "SELECT " JOURNAL_COLUMNS " FROM journal WHERE outcome = ?1"
                                 " AND seq > ?2 ORDER BY seq LIMIT ?3",
    [STMT_JOURNAL_LIST_ODD] = "SELECT " JOURNAL_COLUMNS " FROM journal WHERE outcome = ?1"
                              " AND outcome <> 0 AND seq > ?2 ORDER BY seq LIMIT ?3",
    [STMT_JOURNAL_LAST] = "SELECT received_s FROM journal ORDER BY seq DESC LIMIT 1",

    [STMT_PATIENT_FIND] = "SELECT number FROM patient WHERE authority = ?1 AND id = ?2",
    [STMT_PATIENT_ADD] = "INSERT INTO patient(authority, id) VALUES(?1, ?2)",
    [STMT_PATIENT_REF] = "SELECT authority, id FROM patient WHERE number = ?1",
    [STMT_PATIENT_LESSER] = "SELECT 1 FROM patient x, patient y WHERE x.number = ?1"
                            " AND y.number = ?2 AND (x.authority, x.id) < (y.authority, y.id)",
    [STMT_PATIENT_JOINED] =
        JOINED " SELECT number, has_facts,"
               " EXISTS(SELECT 1 FROM link WHERE low = n AND live = 1 AND survivor <> n) OR"
               " EXISTS(SELECT 1 FROM link WHERE high = n AND live = 1 AND survivor <> n)"
               " FROM joined JOIN patient ON number = n ORDER BY number",
    [STMT_PATIENT_HAS_FACTS] =
        "UPDATE patient SET has_facts = 1 WHERE number = ?1 AND has_facts = 0",
    [STMT_PATIENT_REGROUP] = "UPDATE patient SET waits = (number = ?2 AND ?3), knowledge = ''"
                             " WHERE number IN (" JOINED " SELECT n FROM joined)",
    [STMT_PATIENT_DUE] = "UPDATE patient SET next_due = ?2, knowledge = ?3 WHERE number = ?1",
    /* Three ranges of two indexes; most are empty. */
    [STMT_PATIENTS_WAITING] =
        "SELECT number FROM (SELECT number FROM patient WHERE waits = 1 AND next_due IS NOT NULL"
        "  AND next_due <= ?1 ORDER BY next_due LIMIT ?3)"
        " UNION SELECT number FROM (SELECT number FROM patient WHERE waits = 1"
        "  AND knowledge < ?2 LIMIT ?3)"
        " UNION SELECT number FROM (SELECT number FROM patient WHERE waits = 1"
        "  AND knowledge > ?2 LIMIT ?3)"
        " ORDER BY number LIMIT ?3",
    [STMT_PATIENTS_ALL] = "SELECT number FROM patient ORDER BY number",
    [STMT_LINK_GET] = "SELECT survivor, live, status_s, status_offset, status_precision FROM link"
                      " WHERE low = ?1 AND high = ?2",
    [STMT_LINK_PUT] = "INSERT INTO link(low, high, survivor, live, status_s, status_offset,"
                      " status_precision, journal) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                      " ON CONFLICT(low, high) DO UPDATE SET survivor = ?3, live = ?4,"
                      " status_s = ?5, status_offset = ?6, status_precision = ?7, journal = ?8",

    [STMT_FACT_ADD] = "INSERT INTO fact(patient, journal, n, key, kind, packed) VALUES(?1, ?2,"
                      " (SELECT coalesce(max(n) + 1, 0) FROM fact WHERE patient = ?1"
                      " AND kind = ?4 AND journal = ?2), ?3, ?4, ?5)",
    [STMT_FACTS_LOAD] = "SELECT packed, key FROM fact WHERE patient = ?1 AND kind >= 0"
                        " ORDER BY kind, journal, n",
    [STMT_FACTS_OF_KIND] = "SELECT packed FROM fact WHERE patient = ?1 AND kind = ?2"
                           " ORDER BY journal, n",

    [STMT_ALERT_PUT] = "INSERT INTO alert(id, patient, version, open, packed)"
                       " VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT(id) DO UPDATE SET patient = ?2,"
                       " version = ?3, open = ?4, packed = ?5",
    [STMT_ALERT_GET] = "SELECT patient, packed FROM alert WHERE id = ?1",
    [STMT_ALERTS_LOAD] = "SELECT packed FROM alert WHERE patient = ?1 ORDER BY number",
    [STMT_ALERTS_LIST] = "SELECT packed FROM alert ORDER BY number",
    [STMT_ALERTS_LIST_OPEN] = "SELECT packed FROM alert WHERE open = 1 ORDER BY number",

    [STMT_OUTBOX_ADD] =
        "INSERT INTO outbox(seq, kind, quiet, alert_id, version, payload_sha, chain, packed)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STMT_OUTBOX_FETCH] = "SELECT seq, kind, quiet, alert_id, version, packed FROM outbox"
                          " WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    [STMT_OUTBOX_FIRST] = "SELECT seq FROM outbox ORDER BY seq LIMIT 1",

    [STMT_CURSOR_GET] = "SELECT seq FROM cursor WHERE route = ?1",
    [STMT_CURSOR_PUT] = "INSERT INTO cursor(route, seq) VALUES(?1, ?2)"
                        " ON CONFLICT(route) DO UPDATE SET seq = ?2",
    [STMT_CURSORS] = "SELECT route, seq FROM cursor ORDER BY route",

    [STMT_AUDIT_ADD] = "INSERT INTO audit(seq, event, actor, subject, at_s, at_offset,"
                       " at_precision, chain) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STMT_COUNT_ADD] = "INSERT INTO counter(counter, label, value) VALUES(?1, ?2, ?3)"
                       " ON CONFLICT(counter, label) DO UPDATE SET value = value + ?3",
    [STMT_COUNT_GET] = "SELECT value FROM counter WHERE counter = ?1 AND label = ?2",
    [STMT_COUNTERS] = "SELECT counter, label, value FROM counter ORDER BY counter, label",
    [STMT_KNOWLEDGE_PUT] = "INSERT INTO knowledge(sha, journal, bytes) VALUES(?1, ?2, ?3)"
                           " ON CONFLICT(sha) DO NOTHING",
    [STMT_KNOWLEDGE_HAS] = "SELECT 1 FROM knowledge WHERE sha = ?1",
};

const char *
stmt_sql(enum stmt which)
{
    rfd_assert((unsigned)which < STMT_COUNT && sql[which] != NULL);
    return sql[which];
}
