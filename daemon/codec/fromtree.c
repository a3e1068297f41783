#include "codec/fromtree.h"

#include "codec/pack.h"
#include "refract/v1/message.pb-c.h"

#include <string.h>

/* The message under construction, and where its parts and complaints go. */
struct builder {
    struct arena *arena;
    struct diags *diags;
};

static ProtobufCMessage *
message_of(struct builder *b, const ProtobufCMessageDescriptor *desc, const struct tree *t);

static bool
put_text(struct builder *b, const struct tree *t, void *to)
{
    char *text;
    struct str s;

    if (!tree_str(t, b->diags, &s))
        return false;
    text = arena_alloc(b->arena, s.n + 1);
    if (s.n > 0)
        memcpy(text, s.p, s.n);
    memcpy(to, &text, sizeof(text));
    return true;
}

/* 64-bit numbers stand in quotes in protobuf's JSON; both spellings are taken. */
static bool
put_number(struct builder *b, const struct tree *t, ProtobufCType type, void *to)
{
    int64_t v;
    bool wide = type == PROTOBUF_C_TYPE_UINT64 || type == PROTOBUF_C_TYPE_INT64 ||
                type == PROTOBUF_C_TYPE_SINT64;
    bool is_signed = type != PROTOBUF_C_TYPE_UINT64 && type != PROTOBUF_C_TYPE_UINT32;
    int64_t min = !is_signed ? 0 : wide ? INT64_MIN : INT32_MIN;
    int64_t max = wide ? INT64_MAX : is_signed ? INT32_MAX : UINT32_MAX;

    if (t->kind != TREE_SCALAR || !str_to_i64(t->text, &v) || v < min || v > max) {
        tree_error(t, b->diags, "a whole number is expected here");
        return false;
    }
    if (wide)
        memcpy(to, &v, sizeof(v));
    else
        memcpy(to, &(uint32_t){(uint32_t)v}, sizeof(uint32_t));
    return true;
}

static bool
put_bool(struct builder *b, const struct tree *t, void *to)
{
    bool v;
    protobuf_c_boolean out;

    if (!tree_bool(t, b->diags, &v))
        return false;
    out = v ? 1 : 0;
    memcpy(to, &out, sizeof(out));
    return true;
}

static bool
put_enum(struct builder *b, const struct tree *t, const ProtobufCEnumDescriptor *desc, void *to)
{
    const ProtobufCEnumValue *v = NULL;

    if (t->kind == TREE_SCALAR)
        v = protobuf_c_enum_descriptor_get_value_by_name(desc, str_cz(b->arena, t->text));
    if (v == NULL) {
        tree_error(t, b->diags, "no value of that name in %s", desc->short_name);
        return false;
    }
    memcpy(to, &v->value, sizeof(v->value));
    return true;
}

static bool
put_message(struct builder *b, const struct tree *t, const ProtobufCMessageDescriptor *desc,
            void *to)
{
    ProtobufCMessage *m = message_of(b, desc, t);

    if (m == NULL)
        return false;
    memcpy(to, &m, sizeof(m)); /* all pointers to structs are of one shape */
    return true;
}

/* One value of a field, at its place in the struct or in the array of a repeated one. */
static bool
put(struct builder *b, const struct tree *t, const ProtobufCFieldDescriptor *f, void *to)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_STRING: return put_text(b, t, to);
    case PROTOBUF_C_TYPE_BOOL: return put_bool(b, t, to);
    case PROTOBUF_C_TYPE_ENUM: return put_enum(b, t, f->descriptor, to);
    case PROTOBUF_C_TYPE_MESSAGE: return put_message(b, t, f->descriptor, to);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64: return put_number(b, t, f->type, to);
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_BYTES: break;
    }
    tree_error(t, b->diags, "%s cannot be given in JSON", f->name);
    return false;
}

/* Only texts and messages are repeated in our protos, so an element is a pointer. */
static bool
put_list(struct builder *b, const struct tree *t, const ProtobufCFieldDescriptor *f,
         unsigned char *base)
{
    size_t n = tree_len(t);
    void **item = ARENA_ARRAY(b->arena, n, void *);
    bool ok = tree_is(t, TREE_SEQ, b->diags);

    rfd_assert(f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE);
    for (size_t i = 0; ok && i < n; i++)
        ok = put(b, tree_at(t, i), f, &item[i]);
    memcpy(base + f->offset, &item, sizeof(item));
    memcpy(base + f->quantifier_offset, &n, sizeof(n));
    return ok;
}

/* protobuf-c keeps which member of a oneof is set as that field's number. */
static bool
choose(struct builder *b, const struct tree *t, const ProtobufCFieldDescriptor *f,
       unsigned char *base)
{
    uint32_t chosen;

    memcpy(&chosen, base + f->quantifier_offset, sizeof(chosen));
    if (chosen != 0) {
        tree_error(t, b->diags, "%s: another of these is given already", f->name);
        return false;
    }
    memcpy(base + f->quantifier_offset, &f->id, sizeof(f->id));
    return true;
}

static bool
put_field(struct builder *b, const struct tree *key, const struct tree *value,
          const ProtobufCMessageDescriptor *desc, unsigned char *base)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(desc, str_cz(b->arena, key->text));

    if (f == NULL) {
        tree_error(key, b->diags, "%s has no such field", desc->short_name);
        return false;
    }
    if (tree_is_absent(value))
        return true;
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return put_list(b, value, f, base);
    if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && !choose(b, key, f, base))
        return false;
    return put(b, value, f, base + f->offset);
}

/* As deep as the protos are: they hold no recursive types. All faults of a message are said. */
static ProtobufCMessage *
message_of(struct builder *b, const ProtobufCMessageDescriptor *desc, const struct tree *t)
{
    ProtobufCMessage *m = arena_alloc(b->arena, desc->sizeof_message);
    bool ok = true;

    if (!tree_is(t, TREE_MAP, b->diags))
        return NULL;
    desc->message_init(m);
    for (size_t i = 0; i < tree_len(t); i++)
        ok = put_field(b, tree_key_at(t, i), tree_at(t, i), desc, (unsigned char *)m) && ok;
    return ok ? m : NULL;
}

bool
codec_message_of_tree(struct arena *a, const struct tree *t, struct diags *d,
                      struct str *packed_out)
{
    struct builder b = {a, d};
    const ProtobufCMessage *m = message_of(&b, &refract__v1__result_message__descriptor, t);

    if (m != NULL)
        *packed_out = pack_bytes(a, m);
    return m != NULL;
}
