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

/* The same with what became of a message when it was read again. */
#define JOURNAL_NOW                                                                            \
    "seq, kind, feed, control_id, sender, type, coalesce(r.outcome, journal.outcome) outcome," \
    " coalesce(r.reason, journal.reason) reason, coalesce(r.place, journal.place) place,"      \
    " received_s, received_offset, received_precision, payload_sha"

#define UNMAPPED_KEY \
    "feed = ?1 AND kind = ?2 AND system = ?3 AND code = ?4 AND display = ?5 AND unit = ?6"

#define REPORT_COLUMNS                                                                     \
    "t.number, t.patient, t.journal, t.key, t.state, t.in_force, t.collected_s,"           \
    " t.collected_offset, t.collected_precision, t.category, t.media, t.filler, t.parent," \
    " t.title, t.problem, t.phrase, t.bytes, d.sha, j.feed, j.received_s,"                 \
    " j.received_offset, j.received_precision, p.authority, p.id,"                         \
    " d.sha IS NOT NULL, d.number IS NOT NULL AND d.content IS NULL, d.quote"
#define REPORT_TABLES                                                                           \
    " FROM report t JOIN journal j ON j.seq = t.journal JOIN patient p ON p.number = t.patient" \
    " LEFT JOIN document d ON d.number = t.document"

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
    [STMT_JOURNAL_LIST_STORED] =
        "SELECT " JOURNAL_NOW " FROM journal LEFT JOIN reading r ON r.journal = seq"
        " WHERE coalesce(r.outcome, journal.outcome) = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    [STMT_JOURNAL_LIST_ODD] =
        "SELECT " JOURNAL_NOW " FROM journal LEFT JOIN reading r ON r.journal = seq"
        " WHERE journal.outcome = ?1 AND journal.outcome <> 0 AND r.outcome IS NULL AND seq > ?2"
        " UNION ALL SELECT " JOURNAL_NOW " FROM reading r JOIN journal ON seq = r.journal"
        " WHERE r.outcome = ?1 AND r.outcome <> 0 AND r.journal > ?2 ORDER BY 1 LIMIT ?3",
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
    [STMT_OUTBOX_OF] = "SELECT seq, kind, quiet, alert_id, version, packed FROM outbox"
                       " WHERE alert_id = ?1 ORDER BY seq DESC LIMIT ?2",
    [STMT_OUTBOX_FIRST] = "SELECT seq FROM outbox ORDER BY seq LIMIT 1",

    [STMT_CURSOR_GET] = "SELECT seq FROM cursor WHERE route = ?1",
    [STMT_CURSOR_PUT] = "INSERT INTO cursor(route, seq) VALUES(?1, ?2)"
                        " ON CONFLICT(route) DO UPDATE SET seq = ?2",
    [STMT_CURSORS] = "SELECT route, seq FROM cursor ORDER BY route",

    [STMT_ROUTE_HOLD] = "INSERT INTO route(name, held) VALUES(?1, ?2)"
                        " ON CONFLICT(name) DO UPDATE SET held = ?2",
    [STMT_ROUTE_HELD] = "SELECT held FROM route WHERE name = ?1",
    [STMT_DEAD_PUT] = "INSERT OR REPLACE INTO dead(route, seq, alert_id, reason, at_s, again)"
                      " VALUES(?1, ?2, ?3, ?4, ?5, 0)",
    [STMT_DEAD_LIST] = "SELECT route, seq, alert_id, reason, at_s, again FROM dead"
                       " WHERE route = ?1 AND again >= ?2 ORDER BY seq LIMIT ?3",
    [STMT_DEAD_AGAIN] = "UPDATE dead SET again = 1 WHERE route = ?1",
    [STMT_TOLD_PUT] = "INSERT OR IGNORE INTO route_told(route, alert_id) VALUES(?1, ?2)",
    [STMT_TOLD] = "SELECT 1 FROM route_told WHERE route = ?1 AND alert_id = ?2",
    [STMT_REACHED_PUT] =
        "INSERT OR IGNORE INTO route_reached(route, alert_id, who) VALUES(?1, ?2, ?3)",
    [STMT_REACHED] = "SELECT who FROM route_reached WHERE route = ?1 AND alert_id = ?2"
                     " ORDER BY who",
    [STMT_DEAD_GONE] = "DELETE FROM dead WHERE route = ?1 AND seq = ?2",
    [STMT_DEAD_AGAIN_ONE] = "UPDATE dead SET again = 1 WHERE route = ?1 AND seq = ?2",
    [STMT_DEAD_MOOT] = "DELETE FROM dead WHERE route = ?1 AND alert_id = ?2 AND seq <= ?3",
    [STMT_DEAD_COUNT] = "SELECT count(*) FROM dead WHERE route = ?1",
    [STMT_AUDIT_OF] = "SELECT seq, event, actor, subject, at_s, at_offset, at_precision"
                      " FROM audit WHERE subject = ?1 AND event NOT LIKE 'view%'"
                      " ORDER BY seq DESC LIMIT ?2",
    [STMT_AUDIT_BEFORE] = "SELECT seq, event, actor, subject, at_s, at_offset, at_precision"
                          " FROM audit WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2",
    [STMT_AUDIT_ADD] = "INSERT INTO audit(seq, event, actor, subject, at_s, at_offset,"
                       " at_precision, chain) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [STMT_COUNT_ADD] = "INSERT INTO counter(counter, label, value) VALUES(?1, ?2, ?3)"
                       " ON CONFLICT(counter, label) DO UPDATE SET value = value + ?3",
    [STMT_COUNT_GET] = "SELECT value FROM counter WHERE counter = ?1 AND label = ?2",
    [STMT_COUNTERS] = "SELECT counter, label, value FROM counter ORDER BY counter, label",
    [STMT_KNOWLEDGE_PUT] = "INSERT INTO knowledge(sha, journal, bytes) VALUES(?1, ?2, ?3)"
                           " ON CONFLICT(sha) DO NOTHING",
    [STMT_KNOWLEDGE_HAS] = "SELECT 1 FROM knowledge WHERE sha = ?1",
    [STMT_INTEREST_GET] = "SELECT word FROM interest WHERE patient = ?1 ORDER BY word",
    [STMT_INTEREST_DROP] = "DELETE FROM interest WHERE patient = ?1",
    [STMT_INTEREST_ADD] = "INSERT INTO interest(patient, word) VALUES(?1, ?2)",
    [STMT_TRIALS_PUT] = "INSERT INTO knowledge_trials(sha, base, clauses) VALUES(?1, ?2, ?3)"
                        " ON CONFLICT(sha) DO NOTHING",
    [STMT_TRIALS_GET] = "SELECT base, clauses FROM knowledge_trials WHERE sha = ?1",
    /* The next set that waiting patients have seen, in order: a step through the index each. */
    [STMT_KNOWLEDGE_SEEN] = "SELECT min(knowledge) FROM patient WHERE waits = 1 AND knowledge > ?1",
    [STMT_KNOWLEDGE_WAIT] = "UPDATE patient SET knowledge = '' WHERE waits = 1 AND knowledge = ?1"
                            " AND number IN (SELECT patient FROM interest WHERE word = ?2)",
    [STMT_KNOWLEDGE_WAIT_ALL] = "UPDATE patient SET knowledge = '' WHERE waits = 1"
                                " AND knowledge = ?1"
                                " AND EXISTS (SELECT 1 FROM interest WHERE patient = number)",
    [STMT_KNOWLEDGE_ADOPT] = "UPDATE patient SET knowledge = ?2 WHERE waits = 1 AND knowledge = ?1",

    [STMT_MAP_ADD] = "INSERT INTO map(hash) VALUES(?1) ON CONFLICT(hash) DO NOTHING",
    [STMT_READING_ADD] = "INSERT INTO reading(journal, map, counted)"
                         " SELECT ?1, number, ?3 FROM map WHERE hash = ?2",
    [STMT_READING_GET] =
        "SELECT hash, counted, reparse, outcome, reason, place FROM reading JOIN map"
        " ON map.number = map WHERE journal = ?1",
    [STMT_READING_REDO] =
        "INSERT INTO reading(journal, map, counted, reparse, outcome, reason, place)"
        " SELECT ?1, number, ?3, ?4, ?5, ?6, ?7 FROM map WHERE hash = ?2"
        " ON CONFLICT(journal) DO UPDATE SET map = excluded.map, counted = excluded.counted,"
        " reparse = excluded.reparse, outcome = excluded.outcome, reason = excluded.reason,"
        " place = excluded.place",
    [STMT_READINGS] =
        "SELECT seq, feed, coalesce(r.outcome, journal.outcome), coalesce(r.reason, "
        "journal.reason),"
        " hash, received_s FROM journal LEFT JOIN reading r ON r.journal = seq"
        " LEFT JOIN map ON map.number = r.map WHERE kind = 0 AND seq > ?1 AND seq <= ?2"
        " ORDER BY seq",
    [STMT_FACT_PATIENTS] = "SELECT DISTINCT patient FROM fact WHERE journal = ?1 ORDER BY patient",
    [STMT_FACTS_SET_ASIDE] =
        "INSERT INTO fact_replaced(reparse, patient, journal, n, key, kind, packed)"
        " SELECT ?2, patient, journal, n, key, kind, packed FROM fact WHERE journal = ?1",
    [STMT_FACTS_REMOVE] = "DELETE FROM fact WHERE journal = ?1",
    [STMT_FACT_LINKS] = "SELECT packed FROM fact WHERE journal = ?1 AND kind = ?2",
    [STMT_LINK_DROP] = "DELETE FROM link WHERE low = ?1 AND high = ?2",

    /* The table only grows: its newest number is how many rows it has. */
    [STMT_UNMAPPED_AGAIN] = "UPDATE unmapped SET count = count + ?7, last_s = max(last_s, ?8)"
                            " WHERE " UNMAPPED_KEY " RETURNING number",
    [STMT_UNMAPPED_ADD] =
        "INSERT INTO unmapped(feed, kind, system, code, display, unit, count, patients, first_s,"
        " last_s) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?8"
        " WHERE coalesce((SELECT max(number) FROM unmapped), 0) < ?9 RETURNING number",
    [STMT_UNMAPPED_PATIENT] = "INSERT INTO unmapped_patient(unmapped, patient) VALUES(?1, ?2)"
                              " ON CONFLICT DO NOTHING",
    [STMT_UNMAPPED_PATIENTS] = "UPDATE unmapped SET patients = patients + 1 WHERE number = ?1",
    [STMT_UNMAPPED_LIST] =
        "SELECT feed, kind, system, code, display, unit, count, patients, first_s, last_s"
        " FROM unmapped WHERE ?1 IS NULL OR feed = ?1 ORDER BY count DESC, number",

    [STMT_DOCUMENT_ADD] =
        "INSERT INTO document(patient, sha, answers, quote, content) VALUES(?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT(patient, sha) DO NOTHING",
    [STMT_DOCUMENT_FIND] = "SELECT number FROM document WHERE patient = ?1 AND sha = ?2",
    [STMT_DOCUMENT_ERASE] = "UPDATE document SET answers = NULL, quote = NULL, content = NULL"
                            " WHERE number = (SELECT document FROM report WHERE number = ?1)",
    [STMT_REPORT_ADD] =
        "INSERT INTO report(patient, journal, key, document, state, in_force, collected_s,"
        " collected_offset, collected_precision, category, media, filler, parent, title, problem,"
        " phrase, bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
        " ?16, ?17)",
    [STMT_REPORT_GET] =
        "SELECT " REPORT_COLUMNS ", d.answers, d.content" REPORT_TABLES " WHERE t.number = ?1",
    [STMT_REPORT_MARK] = "UPDATE report SET state = ?2 WHERE number = ?1",
    [STMT_REPORT_STAND] = "UPDATE report SET in_force = ?2, state = ?3 WHERE number = ?1",
    [STMT_REPORTS_OF] =
        "SELECT " REPORT_COLUMNS REPORT_TABLES " WHERE t.patient = ?1 ORDER BY t.number",
    [STMT_REPORTS_LIST] = "SELECT " REPORT_COLUMNS REPORT_TABLES " WHERE t.number > ?1"
                          " ORDER BY t.number LIMIT ?2",
    /* What a phrase was found in comes first. */
    [STMT_REPORTS_LIST_WAITING] =
        "SELECT " REPORT_COLUMNS REPORT_TABLES " WHERE t.state = 0 AND t.in_force = 1"
        " AND t.number > ?1 ORDER BY t.phrase IS NULL, t.number LIMIT ?2",

    /* The newest version of each alert in that piece of the outbox. */
    [STMT_DELIVERED] =
        "UPDATE alert SET delivered = max(delivered, (SELECT max(version) FROM outbox"
        " WHERE alert_id = alert.id AND seq > ?1 AND seq <= ?2))"
        " WHERE id IN (SELECT alert_id FROM outbox WHERE seq > ?1 AND seq <= ?2)",
    [STMT_DELIVERED_GET] = "SELECT delivered FROM alert WHERE id = ?1",
    [STMT_TOLD_COUNT] =
        "SELECT count(*) FROM told WHERE recipient = ?1 AND day >= ?2 AND day <= ?3",
    [STMT_TOLD_ADD] = "INSERT INTO told(recipient, day, alert, version) VALUES(?1, ?2, ?3, ?4)"
                      " ON CONFLICT DO NOTHING",
    [STMT_TOLD_PRUNE] = "DELETE FROM told WHERE day < ?1",
    [STMT_PENDING_ADD] = "INSERT INTO pending(recipient, alert) VALUES(?1, ?2)"
                         " ON CONFLICT DO NOTHING",
    [STMT_PENDING_DROP] = "DELETE FROM pending WHERE recipient = ?1 AND alert = ?2",
    [STMT_PENDING_LIST] = "SELECT recipient, packed FROM pending JOIN alert ON id = alert"
                          " ORDER BY recipient, number LIMIT ?1",
    [STMT_PENDING_CLEAR] = "DELETE FROM pending",
    [STMT_DIGEST_DAY_GET] = "SELECT day FROM digest_day WHERE one = 1",
    [STMT_DIGEST_DAY_PUT] = "INSERT INTO digest_day(one, day) VALUES(1, ?1)"
                            " ON CONFLICT(one) DO UPDATE SET day = ?1",
    [STMT_ESCALATION_PUT] = "INSERT INTO escalation(alert, due_s) VALUES(?1, ?2)"
                            " ON CONFLICT(alert) DO UPDATE SET due_s = ?2",
    [STMT_ESCALATION_DROP] = "DELETE FROM escalation WHERE alert = ?1",
    [STMT_ESCALATIONS_DUE] =
        "SELECT alert FROM escalation WHERE due_s <= ?1 ORDER BY due_s, alert LIMIT ?2",
    [STMT_RULE_ACT_ADD] = "INSERT INTO rule_act(rule, act, reason, seconds) VALUES(?1, ?2, ?3, ?4)",
    [STMT_RULE_ACTS] = "SELECT rule, act, reason, count(*) FROM rule_act"
                       " GROUP BY rule, act, reason ORDER BY rule, act, reason",
    [STMT_RULE_TIMES] = "SELECT rule, seconds FROM rule_act WHERE act = ?1 ORDER BY rule, seconds",
};

const char *
stmt_sql(enum stmt which)
{
    rfd_assert((unsigned)which < STMT_COUNT && sql[which] != NULL);
    return sql[which];
}
