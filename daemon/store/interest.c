#include "store/db.h"

/* STORE_NONE: other words stand there. */
static enum store_result
same_words(struct store *s, uint64_t patient, const struct str *word, size_t count)
{
    struct query q = db_query(s, STMT_INTEREST_GET, db_u64(patient));
    enum store_result r;
    size_t n = 0;

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

    if (r != STORE_NONE)
        return r;
    r = db_run(db_query(s, STMT_INTEREST_DROP, db_u64(patient)));
    for (size_t i = 0; i < count && r == STORE_OK; i++)
        r = db_run(db_query(s, STMT_INTEREST_ADD, db_u64(patient), db_text(word[i])));
    return r;
}

enum store_result
store_trials_put(struct store *s, struct str sha, struct str base, struct str clauses)
{
    return db_run(db_query(s, STMT_TRIALS_PUT, db_text(sha), db_text(base), db_blob(clauses)));
}

enum store_result
store_trials_get(struct store *s, struct str sha, struct arena *a, struct str *base_out,
                 struct str *clauses_out)
{
    struct query q = db_query(s, STMT_TRIALS_GET, db_text(sha));
    enum store_result r = db_next(&q);

    if (r != STORE_OK)
        return r;
    *base_out = db_column_str(&q, 0, a);
    *clauses_out = db_column_str(&q, 1, a);
    db_done(&q);
    return STORE_OK;
}

enum store_result
store_knowledge_seen(struct store *s, struct str after, struct arena *a, struct str *sha_out)
{
    struct query q = db_query(s, STMT_KNOWLEDGE_SEEN, db_text(after));
    enum store_result r = db_row(q, &db_strs, a, sha_out);

    return r == STORE_OK && str_is_absent(*sha_out) ? STORE_NONE : r;
}

enum store_result
store_knowledge_wait(struct store *s, struct str from, struct str word)
{
    if (str_is_absent(word))
        return db_run(db_query(s, STMT_KNOWLEDGE_WAIT_ALL, db_text(from)));
    return db_run(db_query(s, STMT_KNOWLEDGE_WAIT, db_text(from), db_text(word)));
}

enum store_result
store_knowledge_adopt(struct store *s, struct str from, struct str to, uint64_t *count_out)
{
    enum store_result r = db_run(db_query(s, STMT_KNOWLEDGE_ADOPT, db_text(from), db_text(to)));

    if (r == STORE_OK)
        *count_out = (uint64_t)sqlite3_changes(s->db);
    return r;
}
