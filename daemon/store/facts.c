#include "store/db.h"

#include <string.h>

static enum store_result
add_fact(struct store *s, uint64_t patient, uint64_t journal, const struct fact_key *key,
         int32_t kind, struct str packed)
{
    struct query q = db_query(s, STMT_FACT_ADD);

    db_bind_u64(&q, patient);
    db_bind_u64(&q, journal);
    db_bind_blob(&q, (struct str){(const char *)key->b, sizeof(key->b)});
    db_bind_i64(&q, kind);
    db_bind_blob(&q, packed);
    return db_run(&q);
}

enum store_result
store_fact_add(struct store *s, uint64_t patient, uint64_t journal, const struct fact_key *key,
               int32_t kind, struct str packed)
{
    bool own;
    enum store_result r = db_group_begin(s, &own);

    if (r == STORE_OK)
        r = add_fact(s, patient, journal, key, kind, packed);
    if (r == STORE_OK)
        r = db_patient_has_facts(s, patient);
    r = db_group_end(s, own, r);
    if (r == STORE_OK)
        db_kept_add(s, patient, key, kind, packed);
    return r;
}

static enum store_result
load_one(struct store *s, uint64_t patient, struct db_list *l)
{
    struct query q = db_query(s, STMT_FACTS_LOAD);
    enum store_result r;

    db_bind_u64(&q, patient);
    while ((r = db_next(&q)) == STORE_OK) {
        struct stored_fact *f = db_list_add(l);
        struct str key;

        f->packed = db_str(&q, 0, l->arena);
        key = db_str(&q, 1, l->arena);
        rfd_assert(key.n == sizeof(f->key.b)); /* the table checks it */
        memcpy(f->key.b, key.p, sizeof(f->key.b));
    }
    return r == STORE_NONE ? STORE_OK : r;
}

enum store_result
store_facts_load(struct store *s, const uint64_t *patients, size_t count, struct arena *a,
                 struct stored_fact **facts_out, size_t *count_out)
{
    struct db_list l;
    enum store_result r = STORE_OK;

    db_list_init(&l, a, sizeof(struct stored_fact));
    for (size_t i = 0; i < count && r == STORE_OK; i++)
        r = load_one(s, patients[i], &l);
    if (r != STORE_OK)
        return r;
    *facts_out = l.item;
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
store_facts_of_kind(struct store *s, uint64_t patient, enum fact_kind kind, struct arena *a,
                    struct str **packed_out, size_t *packed_count_out)
{
    struct query q = db_query(s, STMT_FACTS_OF_KIND);
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct str));
    db_bind_u64(&q, patient);
    db_bind_i64(&q, (int64_t)kind);
    r = db_list_strs(&q, &l);
    if (r != STORE_OK)
        return r;
    *packed_out = l.item;
    *packed_count_out = l.count;
    return STORE_OK;
}
