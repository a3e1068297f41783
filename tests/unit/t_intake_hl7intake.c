/* One HL7 payload → a result message: understood, ignored, quarantined, too large, or left alone
 * because a process died on it. */
#include "core_test.h"
#include "intake/hl7intake.h"

#include <unistd.h>

#define MSH "MSH|^~\\&|LIS|LAB|REFRACTD|H|20260501120000+0100||ORU^R01^ORU_R01|C77|P|2.5.1\r"
#define PID "PID|1||1001^^^H^MR||X^Y||19500101|M\r"
#define PSA                                                                                 \
    "OBR|1||F1^LIS|PSA^PSA^L|||20260501080000+0100|||||||||||||||20260501110000+0100|||F\r" \
    "OBX|1|NM|2857-1^PSA^LN||4.2|ng/mL|0-4|H|||F|||20260501080000+0100\r"

static struct hl7intake
intake(void)
{
    return (struct hl7intake){.feed = "lab",
                              .map = knowledge_map(shipped(), "demo.yaml"),
                              .terms = &shipped()->terms,
                              .history_until = DAY_NONE};
}

static struct hl7read
read_in(const struct hl7intake *in, const char *text, struct arena *a)
{
    struct hl7read r;

    hl7intake_read(in, str_from_c(text), stamp_of_day(20600, 0), a, &r);
    assert_true(str_eq_c(r.message.feed, "lab"));
    assert_ptr_equal(r.message.raw.p, text);
    assert_true(r.message.control_id.n > 0); /* what can not be read must be found again too */
    return r;
}

static void
t_understood(void **state)
{
    struct hl7intake in = intake();
    struct hl7read r = read_in(&in, MSH PID PSA, fresh());

    (void)state;
    assert_true(r.indexed);
    assert_true(str_is_absent(r.message.quarantine_reason));
    assert_true(str_is_absent(r.message.ignore_reason));
    assert_str(r.message.control_id, "C77");
    assert_str(r.message.sender, "LIS^LAB");
    assert_str(r.message.type, "ORU^R01");
    assert_false(r.message.history);
    assert_true(r.message.fact_count >= 1);
    assert_str(r.message.fact[0].patient.id, "1001");
}

static void
t_history(void **state)
{
    struct hl7intake in = intake();

    (void)state;
    in.history_until = day_of("2026-05-02");
    assert_true(read_in(&in, MSH PID PSA, fresh()).message.history);
    in.history_until = day_of("2026-05-01");
    assert_false(read_in(&in, MSH PID PSA, fresh()).message.history);
}

static void
t_quarantined(void **state)
{
    static const struct {
        const char *text;
        bool indexed;
    } rows[] = {
        {"", false},
        {"no HL7 at all", false},
        {"MSH", false},
        {"MSH|^~\\&|LIS|LAB|R|H|||ORU^R01|C1|P|2.5.1\rOBX|1|NM|PSA^^L||4\r", true}, /* no patient */
    };
    struct hl7intake in = intake();

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        struct hl7read r = read_in(&in, rows[i].text, fresh());

        assert_int_equal(r.indexed, rows[i].indexed);
        assert_true(r.message.quarantine_reason.n > 0);
        assert_false(str_is_absent(r.message.quarantine_place));
        assert_int_equal(r.message.fact_count, 0);
    }
}

static void
t_ignored(void **state)
{
    struct hl7intake in = intake();
    struct hl7read r =
        read_in(&in, "MSH|^~\\&|LIS|LAB|R|H|20260501||SIU^S12|C1|P|2.5.1\r" PID, fresh());

    (void)state;
    assert_true(r.message.ignore_reason.n > 0);
    assert_true(str_is_absent(r.message.quarantine_reason));
}

/* A message of so many results, in a buffer of its own. */
static char *
many_results(size_t n)
{
    size_t room = 512 + n * 128;
    char *text = xmalloc(room);
    size_t at = (size_t)snprintf(text, room, MSH PID "OBR|1||F1^LIS|PSA^PSA^L|||20260501\r");

    for (size_t i = 0; i < n; i++)
        at +=
            (size_t)snprintf(text + at, room - at,
                             "OBX|%zu|NM|2857-1^PSA^LN|%zu|4.2|ng/mL|||||F|||20260501\r", i + 1, i);
    return text;
}

/* Whatever the arena's size: never an abort, the trap as it was, room left for the answer, and the
 * same bytes are understood where there is more room. */
static void
t_small_arenas(void **state)
{
    static unsigned char memory[8 * 1024 * 1024];
    struct hl7intake in = intake();
    char *text = many_results(2000);
    size_t understood = 0;
    size_t too_large = 0;

    (void)state;
    for (size_t size = 300 * 1024; size <= sizeof(memory); size += 100 * 1024) {
        struct arena a;
        struct hl7read r;

        arena_init(&a, memory, size);
        r = read_in(&in, text, &a);
        assert_null(a.trap);
        assert_int_equal(a.size, size);
        assert_true(a.size - a.used >= 100 * 1024);
        if (str_eq_c(r.message.quarantine_reason, "too_large_to_read")) {
            too_large++;
            assert_int_equal(r.message.fact_count, 0);
            assert_int_equal(understood, 0);
        } else {
            assert_true(str_is_absent(r.message.quarantine_reason));
            assert_int_equal(r.message.fact_count, 2000);
            understood++;
        }
    }
    assert_true(too_large > 0 && understood > 0);
    xfree(text);
}

/* A message that a process died on twice is not read a third time. */
static void
t_poisoned(void **state)
{
    static const char text[] = MSH PID PSA;
    struct sha256 sha = sha256_of(text, sizeof(text) - 1);
    struct sha256 listed;
    struct hl7intake in = intake();
    struct poison_page *supervisors;
    struct hl7read r;
    int fd;

    (void)state;
    supervisors = poison_new(&fd);
    in.poison = supervisors;
    for (int deaths = 1; deaths <= 2; deaths++) {
        poison_begin(supervisors, &sha); /* and the process dies */
        assert_int_equal(poison_after_death(supervisors, POISON_CRASHED, &listed), deaths == 2);
        if (deaths == 1)
            assert_false(poison_is_listed(supervisors, &sha));
    }
    r = read_in(&in, text, fresh());
    assert_str(r.message.quarantine_reason, "killed_a_process");
    assert_false(r.indexed);
    poison_unmap(&supervisors);
    (void)close(fd);
}

/* More fields than are read: the answer names the message, or its sender sends it for ever. */
static void
t_too_many_fields(void **state)
{
    enum { OBX_COUNT = 200000 };
    struct hl7intake in = intake();
    char *text = malloc(sizeof(MSH) + sizeof(PID) + OBX_COUNT * sizeof("OBX|1|NM|X||1|||||||F\r"));
    size_t n = (size_t)sprintf(text, MSH PID);
    struct hl7read r;

    (void)state;
    for (int i = 0; i < OBX_COUNT; i++)
        n += (size_t)sprintf(text + n, "OBX|1|NM|X||1|||||||F\r");
    r = read_in(&in, text, fresh());
    assert_str(r.message.quarantine_reason, "too_many_fields");
    assert_true(r.indexed && r.header_only);
    assert_str(hl7_value(&r.hl7, 0, 10, 1), "C77");
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_understood),      cmocka_unit_test(t_history),
        cmocka_unit_test(t_quarantined),     cmocka_unit_test(t_ignored),
        cmocka_unit_test(t_small_arenas),    cmocka_unit_test(t_poisoned),
        cmocka_unit_test(t_too_many_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
