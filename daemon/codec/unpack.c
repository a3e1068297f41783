#include "base/limits.h"
#include "codec/pack.h"
#include "model/fact.h"
#include "refract/v1/fact.pb-c.h"
#include "wire/charset.h"

#include <string.h>

/* Before each allocation of protobuf-c stands its size: a string's true length, NULs and all,
 * which a char * alone does not tell. 16 keeps the alignment that the arena gives. */
enum { ALLOC_HEAD = 16 };

/* The arena clears what it gives: protobuf-c 1.4.1 leaves unknown_fields and the padding of a oneof
 * as they were (protobuf-c issues 690 and 745). A size is at most a small multiple of the input's,
 * which LIMIT_ZMQ_BYTES bounds, so the sum cannot overflow. */
static void *
unpack_alloc(void *arena, size_t size)
{
    char *p = arena_alloc(arena, ALLOC_HEAD + size);

    memcpy(p, &size, sizeof(size));
    return p + ALLOC_HEAD;
}

static void
unpack_free(void *arena, void *p)
{
    (void)arena;
    (void)p; /* the arena goes as a whole */
}

static struct str
text_with_empty(const char *text)
{
    size_t size;

    if (text == NULL || text == protobuf_c_empty_string)
        return STR("");
    memcpy(&size, text - ALLOC_HEAD, sizeof(size));
    return (struct str){text, size - 1};
}

static struct str
text_of(const char *text)
{
    struct str s = text_with_empty(text);

    return s.n == 0 ? STR_NONE : s;
}

/* --- what holds for every message */

static bool
text_is_fit(const char *text)
{
    struct str s = text_with_empty(text);

    return memchr(s.p, '\0', s.n) == NULL && charset_utf8_valid(s);
}

static const char *
check_value(const ProtobufCFieldDescriptor *f, const char *at, const ProtobufCMessage **sub_out)
{
    int value;
    const char *text;

    if (f->type == PROTOBUF_C_TYPE_STRING) {
        memcpy(&text, at, sizeof(text));
        return text_is_fit(text) ? NULL : "bad_text";
    }
    if (f->type == PROTOBUF_C_TYPE_ENUM) {
        memcpy(&value, at, sizeof(value));
        return protobuf_c_enum_descriptor_get_value(f->descriptor, value) != NULL ? NULL
                                                                                  : "bad_enum";
    }
    if (f->type == PROTOBUF_C_TYPE_MESSAGE)
        memcpy(sub_out, at, sizeof(*sub_out));
    return NULL;
}

static size_t
value_size(const ProtobufCFieldDescriptor *f)
{
    return f->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int) : sizeof(void *);
}

/* Where the values of a field are, and how many: none of a oneof that is another's. */
static size_t
field_values(const ProtobufCFieldDescriptor *f, const char *m, const char **at_out)
{
    unsigned chosen;
    size_t n;

    *at_out = m + f->offset;
    if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        memcpy(&chosen, m + f->quantifier_offset, sizeof(chosen));
        return chosen == f->id ? 1 : 0;
    }
    if (f->label != PROTOBUF_C_LABEL_REPEATED)
        return 1;
    memcpy(at_out, m + f->offset, sizeof(*at_out));
    memcpy(&n, m + f->quantifier_offset, sizeof(n));
    return n;
}

/* Depth: no message contains itself (t_codec_proto.c checks), so the types bound it. */
static const char *
check_message(const ProtobufCMessage *m)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        const char *at;
        size_t n = field_values(f, (const char *)m, &at);

        if (f->type != PROTOBUF_C_TYPE_STRING && f->type != PROTOBUF_C_TYPE_ENUM &&
            f->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        for (size_t k = 0; k < n; k++) {
            const ProtobufCMessage *sub = NULL;
            const char *reason = check_value(f, at + k * value_size(f), &sub);

            if (reason == NULL && sub != NULL)
                reason = check_message(sub);
            if (reason != NULL)
                return reason;
        }
    }
    return NULL;
}

static ProtobufCMessage *
message_open(struct arena *a, const ProtobufCMessageDescriptor *desc, struct str bytes,
             const char **reason_out)
{
    ProtobufCAllocator from_arena = {.alloc = unpack_alloc, .free = unpack_free, a};
    ProtobufCMessage *m = NULL;

    *reason_out = "too_large";
    if (bytes.n <= LIMIT_ZMQ_BYTES) {
        *reason_out = "bad_protobuf";
        m = protobuf_c_message_unpack(desc, &from_arena, bytes.n, (const uint8_t *)bytes.p);
    }
    if (m == NULL)
        return NULL;
    *reason_out = check_message(m);
    return *reason_out == NULL ? m : NULL;
}

/* --- one field */

_Static_assert((int)PRECISION_NONE == (int)REFRACT__V1__TIME__PRECISION__ABSENT &&
                   (int)PRECISION_YEAR == (int)REFRACT__V1__TIME__PRECISION__YEAR &&
                   (int)PRECISION_MONTH == (int)REFRACT__V1__TIME__PRECISION__MONTH &&
                   (int)PRECISION_DAY == (int)REFRACT__V1__TIME__PRECISION__DAY &&
                   (int)PRECISION_MINUTE == (int)REFRACT__V1__TIME__PRECISION__MINUTE &&
                   (int)PRECISION_SECOND == (int)REFRACT__V1__TIME__PRECISION__SECOND,
               "precisions have the numbers that the message has");

enum { OFFSET_MINUTES_MAX = 24 * 60 - 1, FIRST_YEAR = 1800, LAST_YEAR = 2199 };

/* A time without a precision is a sender's mistake, not an absent time. Years as base/date.h takes
 * them, so that every day of ours has a text that it can be read back from. */
static const char *
read_stamp(const Refract__V1__Time *t, struct stamp *out)
{
    struct stamp s;
    int y, m, d;

    if (t == NULL)
        return NULL;
    if (t->precision == REFRACT__V1__TIME__PRECISION__ABSENT)
        return t->utc_seconds == 0 && t->offset_minutes == 0 ? NULL : "bad_time";
    if (t->offset_minutes < -OFFSET_MINUTES_MAX || t->offset_minutes > OFFSET_MINUTES_MAX)
        return "bad_time";
    s = (struct stamp){t->utc_seconds, (int16_t)t->offset_minutes, (uint8_t)t->precision};
    day_to_ymd(stamp_day(s), &y, &m, &d);
    if (y < FIRST_YEAR || y > LAST_YEAR)
        return "bad_time";
    *out = s;
    return NULL;
}

static bool
read_enum(const struct pack_enum *e, int number, void *to)
{
    for (unsigned i = 0; i < e->count; i++) {
        if (e->number[i] == number) {
            memcpy(to, &i, sizeof(i));
            return true;
        }
    }
    return false; /* known to the message, but never meant to be sent */
}

static const char *
read_quantity(const Refract__V1__Quantity *q, struct quantity *out)
{
    if (q == NULL)
        return NULL;
    if (!dec_parse(text_of(q->value), &out->value))
        return "bad_decimal";
    out->present = true;
    return read_enum(&pack_comparators, (int)q->comparator, &out->cmp) ? NULL : "bad_enum";
}

static const char *
read_day(struct str text, day_t *out)
{
    *out = DAY_NONE;
    return str_is_absent(text) || day_parse(text, out) ? NULL : "bad_day";
}

static const char *
read_word(const struct pack_words *w, struct str text, void *to)
{
    for (unsigned i = 0; i < w->count; i++) {
        if (str_eq_c(text, w->name(i)) || (str_is_empty(text) && w->name(i)[0] == '\0')) {
            memcpy(to, &i, sizeof(i));
            return NULL;
        }
    }
    return "bad_word";
}

static struct str
read_bytes(const ProtobufCBinaryData *b)
{
    return b->len == 0 ? STR_NONE : (struct str){(const char *)b->data, b->len};
}

static const char *
read_key(const ProtobufCBinaryData *b, struct fact_key *out)
{
    if (b->len == 0)
        return NULL;
    if (b->len != sizeof(out->b))
        return "bad_key";
    memcpy(out->b, b->data, sizeof(out->b));
    return NULL;
}

/* --- a struct of fields */

static const char *
read_struct(struct arena *a, const struct pack_map *map, const char *from, char *to);

/* The count is the bool here, and pb_count says which field of the oneof it is. */
static const char *
read_given(const struct pack_row *r, const char *from, char *to)
{
    int field;
    bool given;

    memcpy(&field, from + r->pb_count, sizeof(field));
    given = field == r->field;
    memcpy(to + r->count, &given, sizeof(given));
    if (given)
        memcpy(to + r->model, from + r->pb, sizeof(uint64_t));
    return NULL;
}

static const char *
read_texts(struct arena *a, const struct pack_row *r, const char *from, char *to)
{
    const char *const *item;
    const struct str *list;
    struct str *out;
    size_t n;

    memcpy(&item, from + r->pb, sizeof(item));
    memcpy(&n, from + r->pb_count, sizeof(n));
    out = ARENA_ARRAY(a, n, struct str);
    for (size_t i = 0; i < n; i++)
        out[i] = text_with_empty(item[i]);
    list = out;
    memcpy(to + r->model, &list, sizeof(list));
    memcpy(to + r->count, &n, sizeof(n));
    return NULL;
}

static const char *
read_list(struct arena *a, const struct pack_row *r, const char *from, char *to)
{
    const char *const *item;
    const char *reason = NULL;
    const void *list;
    char *out;
    size_t n;

    memcpy(&item, from + r->pb, sizeof(item));
    memcpy(&n, from + r->pb_count, sizeof(n));
    if (r->map->list_max != 0 && n > r->map->list_max)
        return r->map->list_reason;
    out = arena_array(a, n, r->map->model_size);
    for (size_t i = 0; i < n && reason == NULL; i++)
        reason = read_struct(a, r->map, item[i], out + i * r->map->model_size);
    list = out;
    memcpy(to + r->model, &list, sizeof(list));
    memcpy(to + r->count, &n, sizeof(n));
    return reason;
}

static const char *
read_kind(struct arena *a, const struct pack_row *r, const char *from, char *to)
{
    const struct pack_kinds *k = r->kinds;
    const char *m;
    int field;

    memcpy(&field, from + r->pb, sizeof(field));
    memcpy(&m, from + k->pb, sizeof(m));
    for (unsigned i = 0; i < k->count; i++) {
        if (k->field[i] == field) {
            memcpy(to + r->model, &i, sizeof(i));
            return read_struct(a, k->map[i], m, to + k->model);
        }
    }
    return "no_kind";
}

static const char *
read_sub(struct arena *a, const struct pack_map *map, const char *from, char *to)
{
    return from == NULL ? NULL : read_struct(a, map, from, to);
}

/* What the message's field holds: a pointer, a number or protobuf-c's own struct. */
union held {
    const char *text;
    const char *sub;
    const Refract__V1__Time *time;
    const Refract__V1__Quantity *quantity;
    ProtobufCBinaryData bytes;
    protobuf_c_boolean boolean;
    int32_t i32;
    uint32_t u32;
    uint64_t u64;
    int number;
};

#define HELD(member) (memcpy(&h.member, from + r->pb, sizeof(h.member)), h.member)

static const char *
read_row(struct arena *a, const struct pack_row *r, const char *from, char *to)
{
    void *t = to + r->model;
    union held h;

    switch (r->how) {
    case PACK_HOW_TEXT: *(struct str *)t = text_of(HELD(text)); return NULL;
    case PACK_HOW_BYTES:
        (void)HELD(bytes);
        *(struct str *)t = read_bytes(&h.bytes);
        return NULL;
    case PACK_HOW_KEY: (void)HELD(bytes); return read_key(&h.bytes, t);
    case PACK_HOW_BOOL: *(bool *)t = HELD(boolean) != 0; return NULL;
    case PACK_HOW_I32:
    case PACK_HOW_I32_SAID: *(int32_t *)t = HELD(i32); return NULL;
    case PACK_HOW_U32: *(uint32_t *)t = HELD(u32); return NULL;
    case PACK_HOW_U64: *(uint64_t *)t = HELD(u64); return NULL;
    case PACK_HOW_U64_GIVEN: return read_given(r, from, to);
    case PACK_HOW_SIZE: *(size_t *)t = HELD(u32); return NULL;
    case PACK_HOW_STAMP: return read_stamp(HELD(time), t);
    case PACK_HOW_QUANTITY: return read_quantity(HELD(quantity), t);
    case PACK_HOW_DAY: return read_day(text_of(HELD(text)), t);
    case PACK_HOW_ENUM: return read_enum(r->values, HELD(number), t) ? NULL : "bad_enum";
    case PACK_HOW_WORD: return read_word(r->words, text_of(HELD(text)), t);
    case PACK_HOW_SUB: return read_sub(a, r->map, HELD(sub), t);
    case PACK_HOW_TEXTS: return read_texts(a, r, from, to);
    case PACK_HOW_LIST: return read_list(a, r, from, to);
    case PACK_HOW_KIND: return read_kind(a, r, from, to);
    }
    return NULL;
}

static const char *
read_struct(struct arena *a, const struct pack_map *map, const char *from, char *to)
{
    const char *reason = NULL;

    for (size_t i = 0; i < map->row_count && reason == NULL; i++)
        reason = read_row(a, &map->row[i], from, to);
    if (reason == NULL && map->check != NULL)
        reason = map->check(to);
    return reason;
}

static bool
read_whole(struct arena *a, const struct pack_map *map, struct str bytes, void *model_out,
           const char **reason_out)
{
    ProtobufCMessage *m = message_open(a, map->desc, bytes, reason_out);
    char *model;

    if (m == NULL)
        return false;
    model = arena_alloc(a, map->model_size);
    *reason_out = read_struct(a, map, (const char *)m, model);
    if (*reason_out != NULL)
        return false;
    memcpy(model_out, model, map->model_size);
    return true;
}

bool
pack_read(struct arena *a, const struct pack_map *map, struct str bytes, void *model_out,
          const char **reason_out)
{
    size_t mark = arena_mark(a);
    jmp_buf trap;
    jmp_buf *before = arena_trap_set(a, &trap);
    bool ok;

    if (setjmp(trap) != 0) {
        (void)arena_trap_set(a, before);
        arena_release(a, mark); /* room for an answer */
        *reason_out = "too_large";
        return false;
    }
    ok = read_whole(a, map, bytes, model_out, reason_out);
    (void)arena_trap_set(a, before);
    return ok;
}
