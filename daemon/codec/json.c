#include "codec/json.h"

#include "codec/pack.h"
#include "wire/jsonout.h"

#include <string.h>

/* The name of an enum value in small letters: "given", "not_given". */
static void
json_enum(struct jsonout *j, const struct pack_enum *e, const void *from)
{
    char name[32];
    unsigned value;
    const ProtobufCEnumValue *v;
    size_t n = 0;

    memcpy(&value, from, sizeof(value));
    rfd_assert(value < e->count);
    v = protobuf_c_enum_descriptor_get_value(e->desc, e->number[value]);
    rfd_assert(v != NULL);
    for (const char *p = v->name; *p != '\0' && n < sizeof(name); p++)
        name[n++] = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    jsonout_str(j, (struct str){name, n});
}

static void
json_word(struct jsonout *j, const struct pack_words *w, const void *from)
{
    unsigned value;

    memcpy(&value, from, sizeof(value));
    rfd_assert(value < w->count);
    jsonout_c(j, w->name(value));
}

static void
json_quantity(struct jsonout *j, const struct quantity *q)
{
    char buf[DEC_TEXT_MAX];

    jsonout_map(j);
    jsonout_key(j, "value");
    jsonout_str(j, dec_format(q->value, buf));
    if (q->cmp != CMP_EQ) {
        jsonout_key(j, "comparator");
        json_enum(j, &pack_comparators, &q->cmp);
    }
    jsonout_map_end(j);
}

static void
json_stamp(struct jsonout *j, const struct stamp *s)
{
    char buf[STAMP_TEXT_MAX];

    jsonout_str(j, stamp_format(*s, buf));
}

static void
json_day(struct jsonout *j, day_t day)
{
    char buf[DAY_TEXT_MAX];

    jsonout_str(j, day_format(day, buf));
}

static void
json_hex(struct jsonout *j, const uint8_t *p, size_t n)
{
    char buf[2 * sizeof(struct fact_key) + 1];
    struct sb b;

    sb_init(&b, buf, sizeof(buf));
    for (size_t i = 0; i < n; i++)
        sb_addf(&b, "%02x", p[i]);
    jsonout_str(j, sb_str(&b));
}

static void
json_texts(struct jsonout *j, const struct pack_row *r, const char *from)
{
    const struct str *item;
    size_t n;

    memcpy(&item, from + r->model, sizeof(item));
    memcpy(&n, from + r->count, sizeof(n));
    jsonout_list(j);
    for (size_t i = 0; i < n; i++)
        jsonout_str(j, str_is_absent(item[i]) ? STR("") : item[i]);
    jsonout_list_end(j);
}

static void json_struct(struct jsonout *j, const struct pack_map *map, const char *from);

static void
json_list(struct jsonout *j, const struct pack_row *r, const char *from)
{
    const char *item;
    size_t n;

    memcpy(&item, from + r->model, sizeof(item));
    memcpy(&n, from + r->count, sizeof(n));
    jsonout_list(j);
    for (size_t i = 0; i < n; i++)
        json_struct(j, r->map, item + i * r->map->model_size);
    jsonout_list_end(j);
}

static bool is_said(const struct pack_map *map, const char *from);

static size_t
row_count(const struct pack_row *r, const char *from)
{
    size_t n;

    memcpy(&n, from + r->count, sizeof(n));
    return n;
}

/* Is there something to write? A count, number or flag of 0 is none; a score, a rank or a yes/no
 * always says something. */
static bool
row_is_said(const struct pack_row *r, const char *from)
{
    static const struct fact_key no_key;
    const void *f = from + r->model;

    switch (r->how) {
    case PACK_HOW_TEXT: return !str_is_empty(*(const struct str *)f);
    case PACK_HOW_BYTES:
    case PACK_HOW_U64_GIVEN: return false; /* not in facts and alerts */
    case PACK_HOW_KEY: return memcmp(f, &no_key, sizeof(no_key)) != 0;
    case PACK_HOW_I32_SAID: return *(const int32_t *)f != 0;
    case PACK_HOW_U32: return *(const uint32_t *)f != 0;
    case PACK_HOW_U64: return *(const uint64_t *)f != 0;
    case PACK_HOW_SIZE: return *(const size_t *)f != 0;
    case PACK_HOW_STAMP: return !stamp_is_absent(*(const struct stamp *)f);
    case PACK_HOW_QUANTITY: return ((const struct quantity *)f)->present;
    case PACK_HOW_DAY: return *(const day_t *)f != DAY_NONE;
    case PACK_HOW_SUB: return is_said(r->map, f);
    case PACK_HOW_TEXTS:
    case PACK_HOW_LIST: return row_count(r, from) > 0;
    case PACK_HOW_BOOL:
    case PACK_HOW_I32:
    case PACK_HOW_ENUM:
    case PACK_HOW_KIND: return true;
    case PACK_HOW_WORD: return r->words->name(*(const unsigned *)f)[0] != '\0';
    }
    return false;
}

static bool
is_said(const struct pack_map *map, const char *from)
{
    for (size_t i = 0; i < map->row_count; i++) {
        if (row_is_said(&map->row[i], from))
            return true;
    }
    return false;
}

static void
json_kind(struct jsonout *j, const struct pack_row *r, const struct pack_map *whole,
          const char *from)
{
    const struct pack_kinds *k = r->kinds;
    const ProtobufCFieldDescriptor *field;
    unsigned kind;

    memcpy(&kind, from + r->model, sizeof(kind));
    rfd_assert(kind < k->count);
    field = protobuf_c_message_descriptor_get_field(whole->desc, (unsigned)k->field[kind]);
    rfd_assert(field != NULL);
    jsonout_key(j, field->name);
    json_struct(j, k->map[kind], from + k->model);
}

static void
json_value(struct jsonout *j, const struct pack_row *r, const char *from)
{
    const void *f = from + r->model;

    switch (r->how) {
    case PACK_HOW_TEXT: jsonout_str(j, *(const struct str *)f); break;
    case PACK_HOW_KEY: json_hex(j, f, sizeof(struct fact_key)); break;
    case PACK_HOW_BOOL: jsonout_bool(j, *(const bool *)f); break;
    case PACK_HOW_I32:
    case PACK_HOW_I32_SAID: jsonout_i64(j, *(const int32_t *)f); break;
    case PACK_HOW_U32: jsonout_u64(j, *(const uint32_t *)f); break;
    case PACK_HOW_U64: jsonout_u64(j, *(const uint64_t *)f); break;
    case PACK_HOW_SIZE: jsonout_u64(j, *(const size_t *)f); break;
    case PACK_HOW_STAMP: json_stamp(j, f); break;
    case PACK_HOW_QUANTITY: json_quantity(j, f); break;
    case PACK_HOW_DAY: json_day(j, *(const day_t *)f); break;
    case PACK_HOW_ENUM: json_enum(j, r->values, f); break;
    case PACK_HOW_WORD: json_word(j, r->words, f); break;
    case PACK_HOW_SUB: json_struct(j, r->map, f); break;
    case PACK_HOW_TEXTS: json_texts(j, r, from); break;
    case PACK_HOW_LIST: json_list(j, r, from); break;
    case PACK_HOW_BYTES:
    case PACK_HOW_U64_GIVEN:
    case PACK_HOW_KIND: break; /* never comes here */
    }
}

static void
json_struct(struct jsonout *j, const struct pack_map *map, const char *from)
{
    jsonout_map(j);
    for (size_t i = 0; i < map->row_count; i++) {
        const struct pack_row *r = &map->row[i];

        if (!row_is_said(r, from))
            continue;
        if (r->how == PACK_HOW_KIND) {
            json_kind(j, r, map, from);
        } else {
            jsonout_key(j, r->name);
            json_value(j, r, from);
        }
    }
    jsonout_map_end(j);
}

static void
json_line(struct sb *b, const struct pack_map *map, const void *model)
{
    struct jsonout j;

    jsonout_init(&j, b);
    json_struct(&j, map, model);
}

void
codec_fact_json(struct sb *b, const struct fact *f)
{
    json_line(b, &pack_fact_map, f);
}

void
codec_alert_json(struct sb *b, const struct alert *al)
{
    json_line(b, &pack_alert_map, al);
}
