#include "store/db.h"

static enum store_result
add_fact(struct store *s, uint64_t patient, uint64_t journal, const struct fact_key *key,
         int32_t kind, struct str packed)
{
    return db_run(db_query(s, STMT_FACT_ADD, db_u64(patient), db_u64(journal), db_key(key),
                           db_i64(kind), db_blob(packed)));
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

static const struct db_shape fact_shape = {
    sizeof(struct stored_fact),
    {
        DB_FIELD(struct stored_fact, packed),
        DB_FIELD(struct stored_fact, key),
    },
};

enum store_result
store_facts_load(struct store *s, const uint64_t *patients, size_t count, struct arena *a,
                 struct stored_fact **facts_out, size_t *count_out)
{
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, sizeof(struct stored_fact));
    r = db_list_each(s, STMT_FACTS_LOAD, patients, count, &fact_shape, &l);
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
    struct query q = db_query(s, STMT_FACTS_OF_KIND, db_u64(patient), db_i64((int64_t)kind));

    return db_rows(q, &db_strs, a, packed_out, packed_count_out);
}
