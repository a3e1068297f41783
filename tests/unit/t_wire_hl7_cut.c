/* A file of HL7 messages, read in pieces of any size, cut into its messages. */
#include "wire/hl7_cut.h"
#include "wire_test.h"

enum { TEXT_MAX = 4096 };

static char seen[TEXT_MAX];
static size_t seen_n;
static size_t messages;

/* "at<message>" for each, CR shown as '/', LF as '_'; '!' for one that is too large. */
static void
put(uint64_t at, struct str s)
{
    seen_n += (size_t)snprintf(seen + seen_n, sizeof(seen) - seen_n, "%d<", (int)at);
    for (size_t i = 0; i < s.n; i++)
        seen[seen_n++] = (char)(s.p[i] == '\r' ? '/' : s.p[i] == '\n' ? '_' : s.p[i]);
    seen[seen_n++] = '>';
    seen[seen_n] = '\0';
    assert_true(seen_n < sizeof(seen) - 64);
}

static const char *
cut_from(struct str text, size_t from, size_t part, size_t size)
{
    static char buf[TEXT_MAX];
    struct hl7_cut c;
    size_t at = from;

    seen_n = 0;
    seen[0] = '\0';
    messages = 0;
    hl7_cut_init(&c, buf, size, from);
    for (;;) {
        struct str one;
        uint64_t where;
        enum hl7_cut_result r = hl7_cut_next(&c, &one, &where);

        if (r == HL7_CUT_END)
            return seen;
        if (r == HL7_CUT_MESSAGE) {
            put(where, one);
            messages++;
        } else if (r == HL7_CUT_TOO_LARGE) {
            put(0, STR("!"));
        } else if (at == text.n) {
            hl7_cut_end(&c);
        } else {
            size_t room;
            char *to = hl7_cut_room(&c, &room);
            size_t n = part < room ? part : room;

            assert_true(room > 0);
            n = n < text.n - at ? n : text.n - at;
            memcpy(to, text.p + at, n);
            hl7_cut_add(&c, n);
            at += n;
        }
    }
}

static const char *
cut(const char *text)
{
    return cut_from(str_from_c(text), 0, SIZE_MAX, TEXT_MAX);
}

static void
t_forms(void **state)
{
    (void)state;
    assert_string_equal(cut("MSH|a\rPID|1\r"), "0<MSH|a/PID|1/>");
    assert_string_equal(cut("MSH|a\nPID|1\nMSH|b\nPID|2"), "0<MSH|a_PID|1_>12<MSH|b_PID|2>");
    assert_string_equal(cut("MSH|a\r\nPID|1\r\n\r\nMSH|b\r\n"), "0<MSH|a/_PID|1/>16<MSH|b/>");
    assert_string_equal(cut("\x0bMSH|a\rPID|1\r\x1c\r\x0bMSH|b\r\x1c\r"),
                        "1<MSH|a/PID|1/>16<MSH|b/>");
    assert_string_equal(cut("\x0bMSH|a\r\x1c\x0bMSH|b\r\x1c"), "1<MSH|a/>9<MSH|b/>");
    assert_string_equal(cut("FHS|f\rBHS|b\rMSH|a\rMSH|b\rBTS|2\rFTS|1\r"), "12<MSH|a/>18<MSH|b/>");
    assert_string_equal(cut("\xef\xbb\xbfMSH|a\r"), "3<MSH|a/>");
    assert_string_equal(cut(""), "");
    assert_string_equal(cut("\r\n\x0b\x1c\r"), "");
    assert_string_equal(cut("nothing\rof ours\r"), "0<nothing/of ours/>");
}

static void
t_marks_within_text_stay(void **state)
{
    (void)state;
    assert_string_equal(cut("MSH|a\rNTE|x\x1cy\x0bz\r"), "0<MSH|a/NTE|x\x1cy\x0bz/>");
}

static void
t_any_cut(void **state)
{
    static const char bytes[] =
        "\xef\xbb\xbf\x0b"
        "FHS|f\rBHS|b\rMSH|a\rPID|1\r\x1c\r\x0bMSH|b\r\nNTE|x\x1cy\r\n\x1c\nMSH|c\nMSHX\n\n"
        "PID|2\nBTS|2\nMSH|d";
    const struct str text = {bytes, sizeof(bytes) - 1};
    static char whole[TEXT_MAX];

    (void)state;
    (void)snprintf(whole, sizeof(whole), "%s", cut_from(text, 0, SIZE_MAX, TEXT_MAX));
    assert_int_equal(messages, 4);
    for (size_t part = 1; part <= text.n; part++)
        assert_string_equal(cut_from(text, 0, part, TEXT_MAX), whole);
}

static void
t_too_large(void **state)
{
    static const char text[] = "MSH|a\rOBX|0123456789012345678901234567890123456789\rPID|9\rMSH|b\r"
                               "PID|2\r";

    (void)state;
    for (size_t part = 1; part < 40; part++)
        assert_string_equal(cut_from(str_from_c(text), 0, part, 32), "0<!>57<MSH|b/PID|2/>");
    assert_string_equal(cut_from(str_from_c(text), 0, 8, 128), cut(text));
}

static void
t_begins_anew_at_a_message(void **state)
{
    static const char text[] = "MSH|a\rPID|1\r\x1c\r\x0bMSH|b\rPID|2\r\x1c\r";

    (void)state;
    assert_string_equal(cut(text), "0<MSH|a/PID|1/>15<MSH|b/PID|2/>");
    assert_string_equal(cut_from(str_from_c(text), 15, 3, 64), "15<MSH|b/PID|2/>");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_forms),
        cmocka_unit_test(t_marks_within_text_stay),
        cmocka_unit_test(t_any_cut),
        cmocka_unit_test(t_too_large),
        cmocka_unit_test(t_begins_anew_at_a_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
