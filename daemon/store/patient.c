#include "store/db.h"

enum store_result
store_patient_find(struct store *s, struct patient_ref ref, uint64_t *number_out)
{
    struct query q = db_query(s, STMT_PATIENT_FIND, db_text(db_present(ref.authority)),
                              db_text(db_present(ref.id)));

    return db_number_get(q, number_out);
}

enum store_result
store_patient_require(struct store *s, struct patient_ref ref, uint64_t *number_out)
{
    enum store_result r = store_patient_find(s, ref, number_out);

    if (r != STORE_NONE)
        return r;
    r = db_run(db_query(s, STMT_PATIENT_ADD, db_text(db_present(ref.authority)),
                        db_text(db_present(ref.id))));
    if (r == STORE_OK)
        *number_out = (uint64_t)sqlite3_last_insert_rowid(s->db);
    return r;
}

static const struct db_shape ref_shape = {
    sizeof(struct patient_ref),
    {
        DB_FIELD(struct patient_ref, authority),
        DB_FIELD(struct patient_ref, id),
    },
};

enum store_result
store_patient_ref(struct store *s, uint64_t number, struct arena *a, struct patient_ref *out)
{
    return db_row(db_query(s, STMT_PATIENT_REF, db_u64(number)), &ref_shape, a, out);
}

/* A group of joined numbers, as its rows come in ascending order. */
struct group {
    uint64_t survivor;
    size_t count;
    bool survivor_found; /* else it is only the lowest: links run in a circle */
    bool has_facts;
};

static void
group_row(struct group *g, const struct query *q)
{
    uint64_t number = db_column_u64(q, 0);
    bool leads_away = db_column_u64(q, 2) != 0;

    if (g->count++ == 0)
        g->survivor = number;
    g->has_facts = g->has_facts || db_column_u64(q, 1) != 0;
    if (!leads_away && !g->survivor_found) {
        g->survivor = number;
        g->survivor_found = true;
    }
}

enum store_result
store_patient_joined(struct store *s, uint64_t number, struct arena *a, uint64_t **numbers_out,
                     size_t *count_out, uint64_t *survivor_out)
{
    struct query q = db_query(s, STMT_PATIENT_JOINED, db_u64(number));
    struct group g = {0};
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(uint64_t));
    while ((r = db_next(&q)) == STORE_OK) {
        *(uint64_t *)db_list_add(&l) = db_column_u64(&q, 0);
        group_row(&g, &q);
    }
    if (r != STORE_NONE)
        return r;
    if (l.count == 0)
        return STORE_NONE;
    *numbers_out = l.item;
    *count_out = l.count;
    *survivor_out = g.survivor;
    return STORE_OK;
}

/* A group has changed: only its survivor waits, if there is anything to evaluate, and it waits now:
 * nothing has seen the group as it is. */
static enum store_result
regroup(struct store *s, uint64_t number)
{
    struct query q = db_query(s, STMT_PATIENT_JOINED, db_u64(number));
    struct group g = {0};
    enum store_result r;

    while ((r = db_next(&q)) == STORE_OK)
        group_row(&g, &q);
    if (r != STORE_NONE)
        return r;
    return db_run(
        db_query(s, STMT_PATIENT_REGROUP, db_u64(number), db_u64(g.survivor), db_i64(g.has_facts)));
}

enum store_result
db_patient_has_facts(struct store *s, uint64_t number)
{
    enum store_result r = db_run(db_query(s, STMT_PATIENT_HAS_FACTS, db_u64(number)));

    if (r != STORE_OK || sqlite3_changes(s->db) == 0)
        return r;
    return regroup(s, number);
}

enum store_result
db_patient_regroup(struct store *s, uint64_t number)
{
    return regroup(s, number);
}

/* What was said of a pair. */
struct word {
    uint64_t survivor;
    bool live;
    struct stamp status_time;
};

/* Which of two words, said of the same instant, stands. Arrival must not decide, nor our numbers,
 * which follow arrival. An undoing presupposes what it undoes, so it stands; between two mergers
 * it is the one whose survivor has the lesser name. */
static enum store_result
tie(struct store *s, const struct word *was, const struct word *new, bool *new_stands_out)
{
    struct query q;
    enum store_result r;

    if (was->live != new->live || was->survivor == new->survivor || !new->live) {
        *new_stands_out = was->live && !new->live;
        return STORE_OK;
    }
    q = db_query(s, STMT_PATIENT_LESSER, db_u64(new->survivor), db_u64(was->survivor));
    r = db_next(&q);
    *new_stands_out = r == STORE_OK;
    db_done(&q);
    return r == STORE_FULL ? r : STORE_OK;
}

/* True too when nothing was said before. */
static enum store_result
stands(struct store *s, uint64_t low, uint64_t high, const struct word *new, bool *stands_out)
{
    struct query q = db_query(s, STMT_LINK_GET, db_u64(low), db_u64(high));
    struct word was;
    enum store_result r;
    int by_time;

    r = db_next(&q);
    *stands_out = true;
    if (r != STORE_OK)
        return r == STORE_NONE ? STORE_OK : r;
    was = (struct word){db_column_u64(&q, 0), db_column_u64(&q, 1) != 0, db_column_stamp(&q, 2)};
    db_done(&q);
    by_time = stamp_cmp(new->status_time, was.status_time);
    if (by_time == 0)
        return tie(s, &was, new, stands_out);
    *stands_out = by_time > 0;
    return STORE_OK;
}

static enum store_result
link_write(struct store *s, uint64_t low, uint64_t high, const struct word *w, uint64_t journal)
{
    enum store_result r =
        db_run(db_query(s, STMT_LINK_PUT, db_u64(low), db_u64(high), db_u64(w->survivor),
                        db_i64(w->live), DB_STAMP(w->status_time), db_u64(journal)));

    if (r == STORE_OK)
        r = regroup(s, low);
    return r == STORE_OK ? regroup(s, high) : r; /* of another group, if the link was cut */
}

enum store_result
store_link_put(struct store *s, uint64_t survivor, uint64_t other, bool live,
               struct stamp status_time, uint64_t journal)
{
    uint64_t low = survivor < other ? survivor : other;
    uint64_t high = survivor < other ? other : survivor;
    struct word w = {survivor, live, status_time};
    bool own;
    bool new_stands = false;
    enum store_result r;

    if (survivor == other) /* says nothing */
        return STORE_OK;
    r = db_group_begin(s, &own);
    if (r == STORE_OK)
        r = stands(s, low, high, &w, &new_stands);
    if (r == STORE_OK && new_stands)
        r = link_write(s, low, high, &w, journal);
    return db_group_end(s, own, r);
}

enum store_result
store_patient_due(struct store *s, uint64_t number, day_t next_due, struct str knowledge_sha)
{
    return db_run(db_query(s, STMT_PATIENT_DUE, db_u64(number), db_day(next_due),
                           db_text(db_present(knowledge_sha))));
}

/* NOLINTBEGIN(readability-function-size): a slice of a list takes seven parameters */
enum store_result
store_patients_waiting(struct store *s, day_t today, struct str knowledge_sha, size_t max,
                       struct arena *a, uint64_t **numbers_out, size_t *count_out)
{
    struct query q = db_query(s, STMT_PATIENTS_WAITING, db_i64(today),
                              db_text(db_present(knowledge_sha)), db_u64(max));

    return db_rows(q, &db_numbers, a, numbers_out, count_out);
}
/* NOLINTEND(readability-function-size) */

enum store_result
store_patients_all(struct store *s, struct arena *a, uint64_t **numbers_out, size_t *count_out)
{
    return db_rows(db_query(s, STMT_PATIENTS_ALL), &db_numbers, a, numbers_out, count_out);
}
