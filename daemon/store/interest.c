#include "store/db.h"

/* STORE_NONE: other words stand there. */
static enum store_result
same_words(struct store *s, uint64_t patient, const struct str *word, size_t count)
{
    struct query q = db_query(s, STMT_INTEREST_GET);
    enum store_result r;
    size_t n = 0;

    db_bind_u64(&q, patient);
    while ((r = db_next(&q)) == STORE_OK) {
        struct str is = {(const char *)sqlite3_column_text(q.stmt, 0),
                         (size_t)sqlite3_column_bytes(q.stmt, 0)};

        if (n == count || !str_eq(is, word[n])) {
            db_done(&q);
            return STORE_NONE;
        }
        n++;
    }
    return r == STORE_NONE && n == count ? STORE_OK : r;
}

enum store_result
store_interest_put(struct store *s, uint64_t patient, const struct str *word, size_t count)
{
    enum store_result r = same_words(s, patient, word, count);
    struct query q;

    if (r != STORE_NONE)
        return r;
    q = db_query(s, STMT_INTEREST_DROP);
    db_bind_u64(&q, patient);
    r = db_run(&q);
    for (size_t i = 0; i < count && r == STORE_OK; i++) {
        q = db_query(s, STMT_INTEREST_ADD);
        db_bind_u64(&q, patient);
        db_bind_text(&q, word[i]);
        r = db_run(&q);
    }
    return r;
}

enum store_result
store_trials_put(struct store *s, struct str sha, struct str base, struct str clauses)
{
    struct query q = db_query(s, STMT_TRIALS_PUT);

    db_bind_text(&q, sha);
    db_bind_text(&q, base);
    db_bind_blob(&q, clauses);
    return db_run(&q);
}

enum store_result
store_trials_get(struct store *s, struct str sha, struct arena *a, struct str *base_out,
                 struct str *clauses_out)
{
    struct query q = db_query(s, STMT_TRIALS_GET);
    enum store_result r;

    db_bind_text(&q, sha);
    r = db_next(&q);
    if (r != STORE_OK)
        return r;
    *base_out = db_str(&q, 0, a);
    *clauses_out = db_str(&q, 1, a);
    db_done(&q);
    return STORE_OK;
}

enum store_result
store_knowledge_seen(struct store *s, struct str after, struct arena *a, struct str *sha_out)
{
    struct query q = db_query(s, STMT_KNOWLEDGE_SEEN);
    enum store_result r;

    db_bind_text(&q, after);
    r = db_next(&q);
    if (r != STORE_OK)
        return r;
    *sha_out = db_str(&q, 0, a);
    db_done(&q);
    return str_is_absent(*sha_out) ? STORE_NONE : STORE_OK;
}

enum store_result
store_knowledge_wait(struct store *s, struct str from, struct str word)
{
    bool all = str_is_absent(word);
    struct query q = db_query(s, all ? STMT_KNOWLEDGE_WAIT_ALL : STMT_KNOWLEDGE_WAIT);

    db_bind_text(&q, from);
    if (!all)
        db_bind_text(&q, word);
    return db_run(&q);
}

enum store_result
store_knowledge_adopt(struct store *s, struct str from, struct str to, uint64_t *count_out)
{
    struct query q = db_query(s, STMT_KNOWLEDGE_ADOPT);
    enum store_result r;

    db_bind_text(&q, from);
    db_bind_text(&q, to);
    r = db_run(&q);
    if (r == STORE_OK)
        *count_out = (uint64_t)sqlite3_changes(s->db);
    return r;
}
