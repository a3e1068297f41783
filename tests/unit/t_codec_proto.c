#include "codec/frames.h"
#include "codec/pack.h"
#include "codec_test.h"
#include "refract/v1/control.pb-c.h"
#include "refract/v1/ingest.pb-c.h"
#include "refract/v1/status.pb-c.h"

/* Everything that travels, in the order of enum codec_kind. */
static const ProtobufCMessageDescriptor *const messages[CODEC_KIND_COUNT] = {
    [CODEC_RESULT_MESSAGE] = &refract__v1__result_message__descriptor,
    [CODEC_INGEST_REQUEST] = &refract__v1__ingest_request__descriptor,
    [CODEC_INGEST_REPLY] = &refract__v1__ingest_reply__descriptor,
    [CODEC_REPLAY_REQUEST] = &refract__v1__replay_request__descriptor,
    [CODEC_REPLAY_END] = &refract__v1__replay_end__descriptor,
    [CODEC_HELLO] = &refract__v1__hello__descriptor,
    [CODEC_WELCOME] = &refract__v1__welcome__descriptor,
    [CODEC_ALERT_EVENT] = &refract__v1__alert_event__descriptor,
    [CODEC_CONFIRM] = &refract__v1__confirm__descriptor,
    [CODEC_PING] = &refract__v1__ping__descriptor,
    [CODEC_PONG] = &refract__v1__pong__descriptor,
    [CODEC_HEAD] = &refract__v1__head__descriptor,
    [CODEC_ERROR] = &refract__v1__error__descriptor,
    [CODEC_FETCH] = &refract__v1__fetch__descriptor,
    [CODEC_FETCH_REPLY] = &refract__v1__fetch_reply__descriptor,
    [CODEC_ADVANCE] = &refract__v1__advance__descriptor,
    [CODEC_WAKE] = &refract__v1__wake__descriptor,
    [CODEC_CONTROL_REQUEST] = &refract__v1__control_request__descriptor,
    [CODEC_STATUS_REPORT] = &refract__v1__status_report__descriptor,
    [CODEC_CONTROL_REPLY] = &refract__v1__control_reply__descriptor,
    [CODEC_REPARSE_OFFER] = &refract__v1__reparse_offer__descriptor,
    [CODEC_REPARSE_REQUEST] = &refract__v1__reparse_request__descriptor,
};

static void
names_are_the_messages_names(void **state)
{
    (void)state;
    for (unsigned k = CODEC_UNKNOWN + 1; k < CODEC_KIND_COUNT; k++) {
        struct str name = codec_name((enum codec_kind)k);

        assert_non_null(messages[k]);
        assert_true(str_eq_c(name, messages[k]->name));
        assert_int_equal(codec_kind_of(name), k);
        assert_int_equal(codec_kind_of(str_sub(name, 0, name.n - 1)), CODEC_UNKNOWN);
    }
    assert_int_equal(codec_kind_of(STR_NONE), CODEC_UNKNOWN);
    assert_int_equal(codec_kind_of(STR("refract.v1.Fact")), CODEC_UNKNOWN);
}

enum { DEPTH_MAX = 8 };

/* above: the messages that d stands in. protobuf-c has no limit of depth: a type that contains
 * itself would let a peer choose how much stack unpacking takes. */
static unsigned
walk(const ProtobufCMessageDescriptor *d, const ProtobufCMessageDescriptor **above, unsigned depth)
{
    unsigned seen = 1;

    for (unsigned i = 0; i < depth; i++) {
        if (above[i] == d)
            fail_msg("%s contains itself", d->name);
    }
    assert_true(depth < DEPTH_MAX);
    above[depth] = d;
    for (unsigned i = 0; i < d->n_fields; i++) {
        if (d->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            seen += walk(d->fields[i].descriptor, above, depth + 1);
    }
    return seen;
}

static void
no_message_contains_itself(void **state)
{
    const ProtobufCMessageDescriptor *above[DEPTH_MAX + 1];

    (void)state;
    for (unsigned k = CODEC_UNKNOWN + 1; k < CODEC_KIND_COUNT; k++)
        assert_true(walk(messages[k], above, 0) >= 1);
    /* IngestRequest, ResultMessage, Publisher, Time, Fact, …: it does walk */
    assert_true(walk(&refract__v1__ingest_request__descriptor, above, 0) > 30);
}

/* Read without opening what is inside: the same fields, and the message in it as bytes. */
static void
check_reading(const ProtobufCMessageDescriptor *p, const ProtobufCMessageDescriptor *of,
              const char *inside)
{
    for (unsigned i = 0; i < p->n_fields; i++) {
        const ProtobufCFieldDescriptor *x = &p->fields[i];
        const ProtobufCFieldDescriptor *y = protobuf_c_message_descriptor_get_field(of, x->id);

        /* Words between core and out, reserved in what others read. */
        if (strcmp(x->name, "told") == 0 || strcmp(x->name, "reached") == 0) {
            assert_null(y);
            continue;
        }
        assert_non_null(y);
        assert_string_equal(x->name, y->name);
        if (strcmp(x->name, inside) == 0 || strcmp(x->name, "digest") == 0) {
            assert_int_equal(x->type, PROTOBUF_C_TYPE_BYTES);
            assert_int_equal(y->type, PROTOBUF_C_TYPE_MESSAGE);
        } else {
            assert_int_equal(x->type, y->type);
        }
    }
}

static void
packed_readings_have_the_fields(void **state)
{
    (void)state;
    check_reading(&refract__v1__packed_event__descriptor, &refract__v1__alert_event__descriptor,
                  "alert");
    assert_int_equal(refract__v1__packed_event__descriptor.n_fields,
                     refract__v1__alert_event__descriptor.n_fields + 2); /* it is also written */
    check_reading(&refract__v1__packed_request__descriptor,
                  &refract__v1__ingest_request__descriptor, "message");
}

/* --- the tables: each field of a message has a row, and the row's type is the field's */

static const ProtobufCType types[] = {
    [PACK_HOW_TEXT] = PROTOBUF_C_TYPE_STRING,      [PACK_HOW_BYTES] = PROTOBUF_C_TYPE_BYTES,
    [PACK_HOW_KEY] = PROTOBUF_C_TYPE_BYTES,        [PACK_HOW_BOOL] = PROTOBUF_C_TYPE_BOOL,
    [PACK_HOW_I32] = PROTOBUF_C_TYPE_INT32,        [PACK_HOW_I32_SAID] = PROTOBUF_C_TYPE_INT32,
    [PACK_HOW_U32] = PROTOBUF_C_TYPE_UINT32,       [PACK_HOW_U64] = PROTOBUF_C_TYPE_UINT64,
    [PACK_HOW_U64_GIVEN] = PROTOBUF_C_TYPE_UINT64, [PACK_HOW_SIZE] = PROTOBUF_C_TYPE_UINT32,
    [PACK_HOW_STAMP] = PROTOBUF_C_TYPE_MESSAGE,    [PACK_HOW_QUANTITY] = PROTOBUF_C_TYPE_MESSAGE,
    [PACK_HOW_DAY] = PROTOBUF_C_TYPE_STRING,       [PACK_HOW_ENUM] = PROTOBUF_C_TYPE_ENUM,
    [PACK_HOW_WORD] = PROTOBUF_C_TYPE_STRING,      [PACK_HOW_SUB] = PROTOBUF_C_TYPE_MESSAGE,
    [PACK_HOW_TEXTS] = PROTOBUF_C_TYPE_STRING,     [PACK_HOW_LIST] = PROTOBUF_C_TYPE_MESSAGE,
};

static void
check_row(const struct pack_map *map, const struct pack_row *r)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(map->desc, r->name);
    bool repeated = r->how == PACK_HOW_TEXTS || r->how == PACK_HOW_LIST;

    assert_non_null(f);
    assert_int_equal(f->type, types[r->how]);
    assert_int_equal(f->offset, r->pb);
    assert_int_equal(f->label == PROTOBUF_C_LABEL_REPEATED, repeated);
    if (repeated)
        assert_int_equal(f->quantifier_offset, r->pb_count);
    if (r->map != NULL)
        assert_ptr_equal(f->descriptor, r->map->desc);
    if (r->values != NULL)
        assert_ptr_equal(f->descriptor, r->values->desc);
    if (r->how == PACK_HOW_STAMP)
        assert_ptr_equal(f->descriptor, &refract__v1__time__descriptor);
    if (r->how == PACK_HOW_QUANTITY)
        assert_ptr_equal(f->descriptor, &refract__v1__quantity__descriptor);
}

static unsigned check_map(const struct pack_map *map);

static unsigned
check_kinds(const struct pack_map *map, const struct pack_row *r)
{
    for (unsigned k = 0; k < r->kinds->count; k++) {
        const ProtobufCFieldDescriptor *f =
            protobuf_c_message_descriptor_get_field(map->desc, (unsigned)r->kinds->field[k]);

        assert_non_null(f);
        assert_int_equal(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF, PROTOBUF_C_FIELD_FLAG_ONEOF);
        assert_int_equal(f->offset, r->kinds->pb);
        assert_int_equal(f->quantifier_offset, r->pb);
        assert_ptr_equal(f->descriptor, r->kinds->map[k]->desc);
        assert_string_equal(f->name, fact_kind_name((enum fact_kind)k));
        assert_true(check_map(r->kinds->map[k]) > 0);
    }
    return r->kinds->count;
}

/* The number of fields that it has rows for. */
static unsigned
check_map(const struct pack_map *map)
{
    unsigned rows = 0;

    for (size_t i = 0; i < map->row_count; i++) {
        const struct pack_row *r = &map->row[i];

        for (size_t k = 0; k < i && r->name != NULL && map->row[k].name != NULL; k++)
            assert_string_not_equal(map->row[k].name, r->name);
        if (r->how == PACK_HOW_KIND) {
            rows += check_kinds(map, r);
            continue;
        }
        check_row(map, r);
        rows++;
        if (r->map != NULL)
            assert_true(check_map(r->map) > 0);
    }
    /* An alert's text is no part of the struct: codec_alert_pack() sets it. */
    assert_int_equal(rows + (map->desc == &refract__v1__alert__descriptor ? 1 : 0),
                     map->desc->n_fields);
    return rows;
}

static void
each_field_has_a_row(void **state)
{
    (void)state;
    assert_int_equal(check_map(&pack_fact_map), 28);
    assert_int_equal(check_map(&pack_alert_map), 36);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_the_messages_names),
        cmocka_unit_test(no_message_contains_itself),
        cmocka_unit_test(packed_readings_have_the_fields),
        cmocka_unit_test(each_field_has_a_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
