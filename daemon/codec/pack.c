#include "codec/pack.h"

#include "model/fact.h"
#include "refract/v1/fact.pb-c.h"
#include "wire/charset.h"

#include <string.h>

/* protobuf-c wants char * for what it only reads; nothing is written through it. */
union borrowed {
    const char *ours;
    uint8_t *theirs;
};

static const int comparator_numbers[CMP_OP_COUNT] = {
    [CMP_EQ] = REFRACT__V1__COMPARATOR__EQ, [CMP_LT] = REFRACT__V1__COMPARATOR__LT,
    [CMP_LE] = REFRACT__V1__COMPARATOR__LE, [CMP_GT] = REFRACT__V1__COMPARATOR__GT,
    [CMP_GE] = REFRACT__V1__COMPARATOR__GE,
};

const struct pack_enum pack_comparators = {
    .desc = &refract__v1__comparator__descriptor,
    .number = comparator_numbers,
    .count = CMP_OP_COUNT,
};

/* Text that some reader let through without being UTF-8 would make the
 * whole message unreadable to its receiver, so it is mended here. */
char *
pack_text(struct arena *a, struct str s)
{
    char *p;

    if (str_is_empty(s))
        return NULL;
    if (memchr(s.p, '\0', s.n) != NULL || !charset_utf8_valid(s))
        s = charset_to_utf8(a, CHARSET_UTF8, s);
    p = arena_alloc(a, s.n + 1);
    memcpy(p, s.p, s.n);
    return p;
}

static ProtobufCBinaryData
fill_bytes(struct str s)
{
    union borrowed b = {.ours = s.p};

    return (ProtobufCBinaryData){.len = s.n, .data = b.theirs};
}

static ProtobufCBinaryData
fill_key(struct arena *a, const struct fact_key *key)
{
    static const struct fact_key none;
    struct fact_key *copy;

    if (memcmp(key, &none, sizeof(none)) == 0)
        return (ProtobufCBinaryData){.len = 0, .data = NULL};
    copy = ARENA_NEW(a, struct fact_key);
    *copy = *key;
    return (ProtobufCBinaryData){.len = sizeof(copy->b), .data = copy->b};
}

static Refract__V1__Time *
fill_stamp(struct arena *a, const struct stamp *s)
{
    Refract__V1__Time *t;

    if (stamp_is_absent(*s))
        return NULL;
    t = ARENA_NEW(a, Refract__V1__Time);
    refract__v1__time__init(t);
    t->utc_seconds = s->utc_s;
    t->offset_minutes = s->offset_min;
    t->precision = (Refract__V1__Time__Precision)s->precision; /* the same numbers: see unpack.c */
    return t;
}

static Refract__V1__Quantity *
fill_quantity(struct arena *a, const struct quantity *q)
{
    char buf[DEC_TEXT_MAX];
    Refract__V1__Quantity *out;

    if (!q->present)
        return NULL;
    out = ARENA_NEW(a, Refract__V1__Quantity);
    refract__v1__quantity__init(out);
    out->value = pack_text(a, dec_format(q->value, buf));
    rfd_assert((unsigned)q->cmp < CMP_OP_COUNT);
    out->comparator = (Refract__V1__Comparator)comparator_numbers[q->cmp];
    return out;
}

static char *
fill_day(struct arena *a, day_t day)
{
    char buf[DAY_TEXT_MAX];

    return day == DAY_NONE ? NULL : pack_text(a, day_format(day, buf));
}

static int
fill_enum(const struct pack_enum *e, const void *from)
{
    unsigned value;

    memcpy(&value, from, sizeof(value));
    rfd_assert(value < e->count && e->number[value] >= 0);
    return e->number[value];
}

static char *
fill_word(struct arena *a, const struct pack_words *w, const void *from)
{
    unsigned value;

    memcpy(&value, from, sizeof(value));
    rfd_assert(value < w->count);
    return pack_text(a, str_from_c(w->name(value)));
}

static ProtobufCMessage *
fill_sub(struct arena *a, const struct pack_map *map, const void *from)
{
    ProtobufCMessage *m = pack_fill(a, map, from);

    return protobuf_c_message_get_packed_size(m) == 0 ? NULL : m;
}

static void
fill_given(const struct pack_row *r, const char *from, char *to)
{
    bool given;

    memcpy(&given, from + r->count, sizeof(given));
    if (!given)
        return;
    memcpy(to + r->pb, from + r->model, sizeof(uint64_t));
    memcpy(to + r->pb_count, &r->field, sizeof(r->field));
}

static void
fill_texts(struct arena *a, const struct pack_row *r, const char *from, char *to)
{
    const struct str *item;
    size_t n;
    char **out;

    memcpy(&item, from + r->model, sizeof(item));
    memcpy(&n, from + r->count, sizeof(n));
    out = ARENA_ARRAY(a, n, char *);
    for (size_t i = 0; i < n; i++) {
        out[i] = pack_text(a, item[i]);
        if (out[i] == NULL)
            out[i] = arena_alloc(a, 1); /* an item that is empty is still one */
    }
    memcpy(to + r->pb, &out, sizeof(out));
    memcpy(to + r->pb_count, &n, sizeof(n));
}

static void
fill_list(struct arena *a, const struct pack_row *r, const char *from, char *to)
{
    const char *item;
    size_t n;
    ProtobufCMessage **out;

    memcpy(&item, from + r->model, sizeof(item));
    memcpy(&n, from + r->count, sizeof(n));
    out = ARENA_ARRAY(a, n, ProtobufCMessage *);
    for (size_t i = 0; i < n; i++)
        out[i] = pack_fill(a, r->map, item + i * r->map->model_size);
    memcpy(to + r->pb, &out, sizeof(out));
    memcpy(to + r->pb_count, &n, sizeof(n));
}

static void
fill_kind(struct arena *a, const struct pack_row *r, const char *from, char *to)
{
    const struct pack_kinds *k = r->kinds;
    unsigned kind;
    ProtobufCMessage *m;

    memcpy(&kind, from + r->model, sizeof(kind));
    rfd_assert(kind < k->count);
    m = pack_fill(a, k->map[kind], from + k->model);
    memcpy(to + r->pb, &k->field[kind], sizeof(k->field[kind]));
    memcpy(to + k->pb, &m, sizeof(m));
}

/* The offsets come from tables whose types PACK_AT and t_codec_proto.c check. */
static void
fill_row(struct arena *a, const struct pack_row *r, const char *from, char *to)
{
    const void *f = from + r->model;
    void *t = to + r->pb;

    switch (r->how) {
    case PACK_HOW_TEXT: *(char **)t = pack_text(a, *(const struct str *)f); break;
    case PACK_HOW_BYTES: *(ProtobufCBinaryData *)t = fill_bytes(*(const struct str *)f); break;
    case PACK_HOW_KEY: *(ProtobufCBinaryData *)t = fill_key(a, f); break;
    case PACK_HOW_BOOL: *(protobuf_c_boolean *)t = *(const bool *)f; break;
    case PACK_HOW_I32:
    case PACK_HOW_I32_SAID: *(int32_t *)t = *(const int32_t *)f; break;
    case PACK_HOW_U32: *(uint32_t *)t = *(const uint32_t *)f; break;
    case PACK_HOW_U64: *(uint64_t *)t = *(const uint64_t *)f; break;
    case PACK_HOW_U64_GIVEN: fill_given(r, from, to); break;
    case PACK_HOW_SIZE:
        rfd_assert(*(const size_t *)f <= UINT32_MAX);
        *(uint32_t *)t = (uint32_t) * (const size_t *)f;
        break;
    case PACK_HOW_STAMP: *(Refract__V1__Time **)t = fill_stamp(a, f); break;
    case PACK_HOW_QUANTITY: *(Refract__V1__Quantity **)t = fill_quantity(a, f); break;
    case PACK_HOW_DAY: *(char **)t = fill_day(a, *(const day_t *)f); break;
    case PACK_HOW_ENUM: *(int *)t = fill_enum(r->values, f); break;
    case PACK_HOW_WORD: *(char **)t = fill_word(a, r->words, f); break;
    case PACK_HOW_SUB: *(ProtobufCMessage **)t = fill_sub(a, r->map, f); break;
    case PACK_HOW_TEXTS: fill_texts(a, r, from, to); break;
    case PACK_HOW_LIST: fill_list(a, r, from, to); break;
    case PACK_HOW_KIND: fill_kind(a, r, from, to); break;
    }
}

ProtobufCMessage *
pack_fill(struct arena *a, const struct pack_map *map, const void *model)
{
    char *m = arena_alloc(a, map->desc->sizeof_message);

    protobuf_c_message_init(map->desc, m);
    for (size_t i = 0; i < map->row_count; i++)
        fill_row(a, &map->row[i], model, m);
    return (ProtobufCMessage *)(void *)m;
}

struct str
pack_bytes(struct arena *a, const ProtobufCMessage *m)
{
    size_t n = protobuf_c_message_get_packed_size(m);
    uint8_t *p = arena_alloc(a, n);

    rfd_assert(protobuf_c_message_pack(m, p) == n);
    return (struct str){(const char *)p, n};
}

struct str
pack_struct(struct arena *a, const struct pack_map *map, const void *model)
{
    return pack_bytes(a, pack_fill(a, map, model));
}
