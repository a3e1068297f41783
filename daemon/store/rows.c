#include "store/db.h"

#include <string.h>

const struct db_shape db_strs = {sizeof(struct str), {{DB_FIELD_STR, 0}}};
const struct db_shape db_numbers = {sizeof(uint64_t), {{DB_FIELD_U64, 0}}};

int64_t
db_number(struct query q, int64_t otherwise)
{
    int64_t n;

    if (db_next(&q) != STORE_OK)
        return otherwise;
    n = sqlite3_column_int64(q.stmt, 0);
    db_done(&q);
    return n;
}

enum store_result
db_number_get(struct query q, uint64_t *out)
{
    enum store_result r = db_next(&q);

    if (r != STORE_OK)
        return r;
    *out = db_column_u64(&q, 0);
    db_done(&q);
    return STORE_OK;
}

uint64_t
db_column_u64(const struct query *q, int column)
{
    return (uint64_t)sqlite3_column_int64(q->stmt, column);
}

struct str
db_column_str(const struct query *q, int column, struct arena *a)
{
    const char *p = sqlite3_column_blob(q->stmt, column);
    size_t n = (size_t)sqlite3_column_bytes(q->stmt, column);

    if (sqlite3_column_type(q->stmt, column) == SQLITE_NULL)
        return STR_NONE;
    return n == 0 ? STR("") : str_dup(a, (struct str){p, n});
}

struct stamp
db_column_stamp(const struct query *q, int column)
{
    return (struct stamp){
        .utc_s = sqlite3_column_int64(q->stmt, column),
        .offset_min = (int16_t)sqlite3_column_int(q->stmt, column + 1),
        .precision = (uint8_t)sqlite3_column_int(q->stmt, column + 2),
    };
}

/* The tables check the length of what is there. */
static void
bytes_of(const struct query *q, int column, void *field, size_t size)
{
    size_t n = (size_t)sqlite3_column_bytes(q->stmt, column);

    rfd_assert(n == 0 || n == size);
    if (n != 0)
        memcpy(field, sqlite3_column_blob(q->stmt, column), size);
}

/* One field from the column it begins at: how many columns that took. */
static int
field_of(const struct query *q, int column, enum db_field_kind kind, struct arena *a, void *field)
{
    int64_t n = sqlite3_column_int64(q->stmt, column);

    switch (kind) {
    case DB_FIELD_END: break;
    case DB_FIELD_BOOL: *(bool *)field = n != 0; break;
    case DB_FIELD_I32: *(int32_t *)field = (int32_t)n; break;
    case DB_FIELD_U32: /* a count that outgrew its field stands at the end of it */
        *(uint32_t *)field = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
        break;
    case DB_FIELD_I64:
    case DB_FIELD_U64: memcpy(field, &n, sizeof(n)); break;
    case DB_FIELD_STR: *(struct str *)field = db_column_str(q, column, a); break;
    case DB_FIELD_STAMP: *(struct stamp *)field = db_column_stamp(q, column); return 3;
    case DB_FIELD_SHA: bytes_of(q, column, field, sizeof(struct sha256)); break;
    case DB_FIELD_KEY: bytes_of(q, column, field, sizeof(struct fact_key)); break;
    case DB_FIELD_KIND_COUNT: rfd_assert(false);
    }
    return 1;
}

static void
row_of(const struct query *q, const struct db_shape *shape, struct arena *a, void *row)
{
    int columns = sqlite3_column_count(q->stmt);
    int at = 0;

    for (const struct db_field *f = shape->field; f->kind != DB_FIELD_END && at < columns; f++)
        at += field_of(q, at, f->kind, a, (char *)row + f->offset);
    rfd_assert(at == columns);
}

enum store_result
db_row(struct query q, const struct db_shape *shape, struct arena *a, void *out)
{
    enum store_result r = db_next(&q);

    if (r != STORE_OK)
        return r;
    memset(out, 0, shape->size);
    row_of(&q, shape, a, out);
    db_done(&q);
    return STORE_OK;
}

void
db_list_init(struct db_list *l, struct arena *a, size_t size)
{
    *l = (struct db_list){.arena = a, .size = size, .room = 16};
    l->item = arena_array(a, l->room, size);
}

void *
db_list_add(struct db_list *l)
{
    if (l->count == l->room) {
        void *more = arena_array(l->arena, 2 * l->room, l->size);

        memcpy(more, l->item, l->count * l->size);
        l->item = more;
        l->room *= 2;
    }
    return (char *)l->item + l->size * l->count++;
}

static enum store_result
rows_of(struct query q, const struct db_shape *shape, struct db_list *l)
{
    enum store_result r;

    while ((r = db_next(&q)) == STORE_OK)
        row_of(&q, shape, l->arena, db_list_add(l));
    return r == STORE_NONE ? STORE_OK : r;
}

enum store_result
db_rows_(struct query q, const struct db_shape *shape, struct arena *a, void *rows_out,
         size_t *count_out)
{
    struct db_list l;
    enum store_result r;

    db_list_init(&l, a, shape->size);
    r = rows_of(q, shape, &l);
    if (r != STORE_OK)
        return r;
    memcpy(rows_out, &l.item, sizeof(l.item)); /* a pointer to the row's own type */
    *count_out = l.count;
    return STORE_OK;
}

enum store_result
db_list_each(struct store *s, enum stmt which, const uint64_t *patients, size_t count,
             const struct db_shape *shape, struct db_list *l)
{
    enum store_result r = STORE_OK;

    rfd_assert(l->size == shape->size);
    for (size_t i = 0; i < count && r == STORE_OK; i++)
        r = rows_of(db_query(s, which, db_u64(patients[i])), shape, l);
    return r;
}
