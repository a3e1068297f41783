/*
 * What:    tables that say which field of our structs is which field of a message, and the walks
 *          over them: struct → bytes (pack.c), bytes → struct (unpack.c), struct → JSON (json.c).
 *          For the files of codec/ only.
 * Owns:    nothing; messages, bytes and structs live in the arena.
 * Threads: the tables are constants.
 * Errors:  pack_read() as codec/message.h: false with a code that holds no text of the message.
 */
#ifndef RFD_CODEC_PACK_H
#define RFD_CODEC_PACK_H

#include "base/arena.h"
#include "base/date.h"
#include "base/dec.h"
#include "base/str.h"
#include "model/fact.h"

#include <protobuf-c/protobuf-c.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a field of ours stands in the message. Text that is absent or empty is "" there, and absent
 * when it comes back. */
enum pack_how {
    PACK_HOW_TEXT,  /* struct str: string */
    PACK_HOW_BYTES, /* struct str: bytes */
    PACK_HOW_KEY,   /* struct fact_key: 16 bytes; all zero: none */
    PACK_HOW_BOOL,
    PACK_HOW_I32,
    PACK_HOW_I32_SAID, /* the same; 0: not said */
    PACK_HOW_U32,
    PACK_HOW_U64,
    PACK_HOW_U64_GIVEN, /* the same and a bool, false: not given. A oneof of one field */
    PACK_HOW_SIZE,      /* size_t: uint32 */
    PACK_HOW_STAMP,
    PACK_HOW_QUANTITY,
    PACK_HOW_DAY,   /* day_t: string YYYY-MM-DD; "": DAY_NONE */
    PACK_HOW_ENUM,  /* enum: enum */
    PACK_HOW_WORD,  /* enum: string */
    PACK_HOW_SUB,   /* struct: message, absent when there is nothing in it */
    PACK_HOW_TEXTS, /* array and size_t: repeated string */
    PACK_HOW_LIST,  /* array and size_t: repeated message */
    PACK_HOW_KIND,  /* enum, and the union that it tells apart: oneof */
};

/* An enum of ours and the numbers that the message has for it. */
struct pack_enum {
    const ProtobufCEnumDescriptor *desc;
    const int *number; /* by our value; -1: never sent */
    unsigned count;
};

struct pack_words {
    const char *(*name)(unsigned value);
    unsigned count;
};

struct pack_map;

/* The members of the union by our enum; each is the oneof's field of that number. */
struct pack_kinds {
    const struct pack_map *const *map;
    const int *field;
    unsigned count;
    size_t model; /* of the union */
    size_t pb;    /* of the pointers */
};

struct pack_row {
    enum pack_how how;
    int field;        /* the number of a oneof's field */
    const char *name; /* of the message's field */
    size_t model;     /* offsets: in our struct, */
    size_t count;     /* of an array's size_t, or of the bool, */
    size_t pb;        /* in protobuf-c's struct, */
    size_t pb_count;  /* of its count, or of what tells the oneof apart */
    const struct pack_enum *values;
    const struct pack_words *words;
    const struct pack_map *map;
    const struct pack_kinds *kinds;
};

struct pack_map {
    const ProtobufCMessageDescriptor *desc;
    size_t model_size;
    const struct pack_row *row;
    size_t row_count;
    /* A rule over the whole struct: NULL, or the reason why it is refused. */
    const char *(*check)(const void *model);
    size_t list_max; /* of a repeated field of this; 0: no limit but the arena */
    const char *list_reason;
};

/* The place of a member, which must have the type that the row is for. */
#define PACK_AT(model, member, type)                                                    \
    _Generic(((struct model *)0)->member, type /* NOLINT(bugprone-macro-parentheses) */ \
             : offsetof(struct model, member))
#define PACK_PB(message, member) offsetof(Refract__V1__##message, member)

/* A row whose field has the same name on both sides, and one that has not. */
#define PACK_AS(how_, m, p, g, f, type)                                              \
    {                                                                                \
        .how = (how_), .name = #g, .model = PACK_AT(m, f, type), .pb = PACK_PB(p, g) \
    }
#define PACK_TEXT(m, p, f)     PACK_AS(PACK_HOW_TEXT, m, p, f, f, struct str)
#define PACK_BYTES(m, p, f)    PACK_AS(PACK_HOW_BYTES, m, p, f, f, struct str)
#define PACK_BOOL(m, p, f)     PACK_AS(PACK_HOW_BOOL, m, p, f, f, bool)
#define PACK_I32(m, p, f)      PACK_AS(PACK_HOW_I32, m, p, f, f, int32_t)
#define PACK_I32_SAID(m, p, f) PACK_AS(PACK_HOW_I32_SAID, m, p, f, f, int32_t)
#define PACK_U32(m, p, f)      PACK_AS(PACK_HOW_U32, m, p, f, f, uint32_t)
#define PACK_U64(m, p, f)      PACK_AS(PACK_HOW_U64, m, p, f, f, uint64_t)
#define PACK_U64_GIVEN(m, p, f, given, field_, oneof)                                         \
    {                                                                                         \
        .how = PACK_HOW_U64_GIVEN, .name = #f, .model = PACK_AT(m, f, uint64_t),              \
        .count = PACK_AT(m, given, bool), .pb = PACK_PB(p, f), .pb_count = PACK_PB(p, oneof), \
        .field = (field_)                                                                     \
    }
#define PACK_SIZE(m, p, f)     PACK_AS(PACK_HOW_SIZE, m, p, f, f, size_t)
#define PACK_STAMP(m, p, f)    PACK_AS(PACK_HOW_STAMP, m, p, f, f, struct stamp)
#define PACK_QUANTITY(m, p, f) PACK_AS(PACK_HOW_QUANTITY, m, p, f, f, struct quantity)
#define PACK_DAY(m, p, f)      PACK_AS(PACK_HOW_DAY, m, p, f, f, day_t)
#define PACK_ENUM(m, p, f, type, table)                                                      \
    {                                                                                        \
        .how = PACK_HOW_ENUM, .name = #f, .model = PACK_AT(m, f, type), .pb = PACK_PB(p, f), \
        .values = &(table)                                                                   \
    }
#define PACK_WORD(m, p, f, type, table)                                                      \
    {                                                                                        \
        .how = PACK_HOW_WORD, .name = #f, .model = PACK_AT(m, f, type), .pb = PACK_PB(p, f), \
        .words = &(table)                                                                    \
    }
#define PACK_SUB(m, p, f, type, table)                                                      \
    {                                                                                       \
        .how = PACK_HOW_SUB, .name = #f, .model = PACK_AT(m, f, type), .pb = PACK_PB(p, f), \
        .map = &(table)                                                                     \
    }
/* g: the message's repeated field; f and n: our array and its count. */
#define PACK_TEXTS(m, p, g, f, n)                                                          \
    {                                                                                      \
        .how = PACK_HOW_TEXTS, .name = #g, .model = PACK_AT(m, f, const struct str *),     \
        .count = PACK_AT(m, n, size_t), .pb = PACK_PB(p, g), .pb_count = PACK_PB(p, n_##g) \
    }
#define PACK_LIST(m, p, g, f, n, type, table)                                               \
    {                                                                                       \
        .how = PACK_HOW_LIST, .name = #g, .model = PACK_AT(m, f, const type *),             \
        .count = PACK_AT(m, n, size_t), .pb = PACK_PB(p, g), .pb_count = PACK_PB(p, n_##g), \
        .map = &(table)                                                                     \
    }

#define PACK_MAP(descriptor, type, rows) \
    .desc = &(descriptor), .model_size = sizeof(type), .row = (rows), .row_count = RFD_COUNT(rows)

/* Text as protobuf-c takes it; NULL, which is "" to it, when absent or empty. */
char *pack_text(struct arena *a, struct str s);
/* struct → message → bytes. What is packed can be unpacked: text that is no UTF-8 is mended. */
ProtobufCMessage *pack_fill(struct arena *a, const struct pack_map *map, const void *model);
struct str pack_bytes(struct arena *a, const ProtobufCMessage *m);
struct str pack_struct(struct arena *a, const struct pack_map *map, const void *model);

/* bytes → struct; *model_out is written only on success. False as well ("too_large") when the arena
 * is too small: few bytes can ask for much, and no peer may choose when we jump. */
RFD_MUSTCHECK bool pack_read(struct arena *a, const struct pack_map *map, struct str bytes,
                             void *model_out, const char **reason_out);

extern const struct pack_enum pack_comparators;
extern const struct pack_map pack_fact_map;
extern const struct pack_map pack_patient_map;
extern const struct pack_map pack_code_map;
extern const struct pack_map pack_demographics_map;
extern const struct pack_map pack_alert_map;

#endif
