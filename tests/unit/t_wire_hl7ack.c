#include "wire/hl7ack.h"
#include "wire/hl7time.h"
#include "wire_test.h"

static unsigned char memory[1 << 18];
static struct arena arena;
static char out[4096];

static struct hl7
indexed(const char *text)
{
    struct hl7 m;

    arena_init(&arena, memory, sizeof(memory));
    assert_int_equal(hl7_index(&m, &arena, str_from_c(text)), HL7_OK);
    return m;
}

static struct hl7ack
ack(enum hl7ack_code code)
{
    struct hl7ack a = {.code = code, .control_id = STR("R7")};

    assert_int_equal(hl7time_parse(STR("20261123101530+0100"), NULL, &a.at), HL7TIME_OK);
    return a;
}

static const char *
written(const struct hl7 *m, const struct hl7ack *a)
{
    struct sb b;

    sb_init(&b, out, sizeof(out));
    assert_true(hl7ack_write(&b, m, a));
    return sb_cz(&b);
}

static void
positive(void **state)
{
    struct hl7 m =
        indexed("MSH|^~\\&|LIS|HOSP^1.2^ISO|REF|MED|2026||ORU^R01^ORU_R01| id\\F\\#1 |P|2.4\r");
    struct hl7ack a = ack(HL7ACK_AA);

    (void)state;
    assert_string_equal(
        written(&m, &a),
        "MSH|^~\\&|REF|MED|LIS|HOSP^1.2^ISO|20261123101530+0100||ACK^R01^ACK|R7|P|2.4\r"
        "MSA|AA| id\\F\\#1 \r");
}

static void
refusal_with_place(void **state)
{
    struct hl7 m = indexed("MSH|^~\\&#|A|B|C|D|2026||ORU^R01|9|T|2.5.1||||||UNICODE UTF-8\r");
    struct hl7ack a = ack(HL7ACK_CE);

    (void)state;
    a.error = HL7ACK_ERR_FIELD_MISSING;
    a.text = "PID-3 | is missing";
    a.seg = "PID";
    a.seg_nth = 1;
    a.field = 3;
    assert_string_equal(
        written(&m, &a),
        "MSH|^~\\&#|C|D|A|B|20261123101530+0100||ACK^R01^ACK|R7|T|2.5.1||||||UNICODE "
        "UTF-8\rMSA|CE|9\r"
        "ERR||PID^1^3|101^Required field missing^HL70357|E||||PID-3 \\F\\ is missing\r");
}

static void
refusal_before_2_5(void **state)
{
    struct hl7 m = indexed("MSH|^~\\&|A|B|C|D|2026||ADT^A08|9|P|2.3\r");
    struct hl7ack a = ack(HL7ACK_AR);

    (void)state;
    a.error = HL7ACK_ERR_MESSAGE_TYPE;
    a.text = "not taken";
    assert_string_equal(written(&m, &a),
                        "MSH|^~\\&|C|D|A|B|20261123101530+0100||ACK^A08^ACK|R7|P|2.3\r"
                        "MSA|AR|9|not taken\rERR|^^^200&Unsupported message type&HL70357\r");
}

static void
other_delimiters_and_no_event(void **state)
{
    struct hl7 m = indexed("MSH#*+!%#A*x#B#C#D###ORU##P#2.5\r");
    struct hl7ack a = ack(HL7ACK_AE);

    (void)state;
    assert_string_equal(written(&m, &a), "MSH#*+!%#C#D#A*x#B#20261123101530!R!0100##ACK#R7#P#2.5\r"
                                         "MSA#AE#\r");
}

/* A line break inside an echoed field must not start a segment of ours. */
static void
no_injection(void **state)
{
    struct hl7 m = indexed("MSH|^~\\&|A|B|C|D|2026||ORU^R01|9\nMSA.AA.10|P|2.5\r");
    struct hl7ack a = ack(HL7ACK_AE);

    (void)state;
    assert_non_null(strstr(written(&m, &a), "\rMSA|AE|9\r"));
    assert_null(strstr(out, "MSA.AA"));
}

static void
unreadable_message(void **state)
{
    struct hl7ack a = ack(HL7ACK_AR);

    (void)state;
    a.error = HL7ACK_ERR_INTERNAL;
    assert_string_equal(written(NULL, &a),
                        "MSH|^~\\&|||||20261123101530+0100||ACK|R7|P|2.5.1\rMSA|AR|\r"
                        "ERR|||207^Application internal error^HL70357|E\r");
}

static void
too_little_room(void **state)
{
    struct hl7 m = indexed("MSH|^~\\&|A|B|C|D|2026||ORU^R01|9|P|2.5\r");
    struct hl7ack a = ack(HL7ACK_AA);
    char little[40];
    struct sb b;

    (void)state;
    sb_init(&b, little, sizeof(little));
    assert_false(hl7ack_write(&b, &m, &a));
}

static void
modes(void **state)
{
    struct hl7 plain = indexed("MSH|^~\\&|A|B|C|D|2026||ORU^R01|9|P|2.5\r");

    (void)state;
    assert_int_equal(hl7ack_mode(&plain, HL7ACK_AUTO), HL7ACK_ORIGINAL);
    assert_int_equal(hl7ack_mode(&plain, HL7ACK_ENHANCED), HL7ACK_ENHANCED);
    assert_true(hl7ack_wanted(&plain, HL7ACK_AUTO, HL7ACK_AA));
    assert_true(hl7ack_wanted(&plain, HL7ACK_ENHANCED, HL7ACK_CA));
    assert_int_equal(hl7ack_code_for(HL7ACK_ORIGINAL, HL7ACK_ACCEPTED), HL7ACK_AA);
    assert_int_equal(hl7ack_code_for(HL7ACK_ORIGINAL, HL7ACK_ERROR), HL7ACK_AE);
    assert_int_equal(hl7ack_code_for(HL7ACK_ENHANCED, HL7ACK_ERROR), HL7ACK_CE);
    assert_int_equal(hl7ack_code_for(HL7ACK_ENHANCED, HL7ACK_REJECTED), HL7ACK_CR);
    assert_string_equal(hl7ack_code_name(HL7ACK_CR), "CR");
}

static void
accept_conditions(void **state)
{
    static const struct {
        const char *msh15;
        bool on_ca;
        bool on_ce;
    } cases[] = {
        {"AL", true, true}, {"NE", false, false}, {"ER", false, true}, {"SU", true, false}};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(cases); i++) {
        char text[128];
        struct hl7 m;

        (void)snprintf(text, sizeof(text), "MSH|^~\\&|A|B|C|D|2026||ORU^R01|9|P|2.5|||%s|\r",
                       cases[i].msh15);
        m = indexed(text);
        assert_int_equal(hl7ack_mode(&m, HL7ACK_AUTO), HL7ACK_ENHANCED);
        assert_int_equal(hl7ack_wanted(&m, HL7ACK_AUTO, HL7ACK_CA), cases[i].on_ca);
        assert_int_equal(hl7ack_wanted(&m, HL7ACK_AUTO, HL7ACK_CE), cases[i].on_ce);
        /* Many senders say NE and wait for an AA all the same: the feed's setting wins. */
        assert_true(hl7ack_wanted(&m, HL7ACK_ORIGINAL, HL7ACK_AA));
    }
}

/* What stands there by accident must not silence us: the sender would wait and send again. */
static void
no_condition(void **state)
{
    struct hl7 m = indexed("MSH|^~\\&|A|B|C|D|2026||ORU^R01|9|P|2.5|||7300107^^^DEMO^MR|Doe|\r");

    (void)state;
    assert_int_equal(hl7ack_mode(&m, HL7ACK_AUTO), HL7ACK_ORIGINAL);
    assert_true(hl7ack_wanted(&m, HL7ACK_AUTO, HL7ACK_AA));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_condition),
        cmocka_unit_test(positive),
        cmocka_unit_test(refusal_with_place),
        cmocka_unit_test(refusal_before_2_5),
        cmocka_unit_test(other_delimiters_and_no_event),
        cmocka_unit_test(no_injection),
        cmocka_unit_test(unreadable_message),
        cmocka_unit_test(too_little_room),
        cmocka_unit_test(modes),
        cmocka_unit_test(accept_conditions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
