#include "store/db.h"

static enum store_result
add_fact(struct store *s, uint64_t patient, uint64_t journal, const struct fact_key *key,
         enum fact_kind kind, struct str packed)
{
    struct query q = db_query(s, STMT_FACT_ADD);

    db_bind_u64(&q, patient);
    db_bind_u64(&q, journal);
    db_bind_blob(&q, (struct str){(const char *)key->b, sizeof(key->b)});
    db_bind_i64(&q, (int64_t)kind);
    db_bind_blob(&q, packed);
    return db_run(&q);
}

enum store_result
store_fact_add(struct store *s, uint64_t patient, uint64_t journal, const struct fact_key *key,
               enum fact_kind kind, struct str packed)
{
    bool own;
    enum store_result r = db_group_begin(s, &own);

    if (r == STORE_OK)
        r = add_fact(s, patient, journal, key, kind, packed);
    if (r == STORE_OK)
        r = db_patient_has_facts(s, patient);
    return db_group_end(s, own, r);
}

enum store_result
store_facts_load(struct store *s, const uint64_t *patients, size_t count, struct arena *a,
                 struct str **packed_out, size_t *packed_count_out)
{
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct str));
    r = db_list_each(s, STMT_FACTS_LOAD, patients, count, &l);
    if (r != STORE_OK)
        return r;
    *packed_out = l.item;
    *packed_count_out = l.count;
    return STORE_OK;
}
