#include "wire/hl7.h"
#include "wire/hl7_batch.h"
#include "wire/hl7_path.h"
#include "wire/hl7_text.h"
#include "wire_test.h"

static unsigned char memory[1 << 20];
static struct arena arena;

static int
fresh_arena(void **state)
{
    (void)state;
    arena_init(&arena, memory, sizeof(memory));
    return 0;
}

static void
eq(struct str got, const char *want)
{
    assert_int_equal(str_is_absent(got), want == NULL);
    if (want == NULL)
        return;
    assert_int_equal(got.n, strlen(want));
    if (got.n > 0)
        assert_memory_equal(got.p, want, got.n);
}

static struct hl7
indexed(const char *text)
{
    struct hl7 m;

    assert_int_equal(hl7_index(&m, &arena, str_from_c(text)), HL7_OK);
    return m;
}

static enum hl7_error
fails(struct str s)
{
    struct hl7 m;

    return hl7_index(&m, &arena, s);
}

static const char *const oru =
    "MSH|^~\\&|LIS|HOSP^1.2.3^ISO|REF|MED|20261123||ORU^R01^ORU_R01|42|P|2.5.1\r"
    "PID|1||77^^^A&1.2&ISO^MR~88^^^B^NI||X^Y\r"
    "OBR|1||F1\r"
    "OBX|1|NM|2857-1^PSA^LN||4.20|ng/mL||||\"\"|F\r"
    "OBX|2|TX|c||a~b&c^d\r"
    "OBR|2\r"
    "OBX|3\r";

static void
fields_and_their_parts(void **state)
{
    struct hl7 m = indexed(oru);
    struct str pid3 = hl7_field(&m, 1, 3);

    (void)state;
    assert_int_equal(m.seg_count, 7);
    eq(hl7_field(&m, 0, 0), "MSH");
    eq(hl7_field(&m, 0, 1), "|");
    eq(hl7_field(&m, 0, 2), "^~\\&");
    eq(hl7_field(&m, 0, 3), "LIS");
    eq(hl7_field(&m, 0, 12), "2.5.1");
    eq(hl7_field(&m, 0, 13), NULL);
    assert_int_equal(hl7_field_count(&m, 0), 12);
    eq(hl7_value(&m, 0, 2, 1), "^~\\&");
    eq(hl7_value(&m, 0, 2, 2), NULL);
    eq(hl7_value(&m, 0, 9, 2), "R01");
    assert_int_equal(hl7_rep_count(&m, pid3), 2);
    eq(hl7_rep(&m, pid3, 2), "88^^^B^NI");
    eq(hl7_rep(&m, pid3, 3), NULL);
    eq(hl7_sub(&m, hl7_comp(&m, hl7_rep(&m, pid3, 1), 4), 2), "1.2");
    eq(hl7_comp(&m, hl7_rep(&m, pid3, 1), 6), NULL);
    eq(hl7_field(&m, 6, 1), "3");
    eq(hl7_field(&m, 6, 2), NULL);
    eq(hl7_seg_text(&m, 5), "OBR|2");
}

static void
absent_empty_and_delete_differ(void **state)
{
    struct hl7 m = indexed(oru);

    (void)state;
    assert_true(str_is_absent(hl7_field(&m, 3, 12)));
    assert_false(str_is_absent(hl7_field(&m, 3, 4)));
    assert_true(str_is_empty(hl7_field(&m, 3, 4)));
    assert_true(hl7_is_delete(hl7_field(&m, 3, 10)));
    assert_false(hl7_is_valued(hl7_field(&m, 3, 10)));
    assert_false(hl7_is_valued(hl7_field(&m, 3, 4)));
    assert_true(hl7_is_valued(hl7_field(&m, 3, 5)));
}

static void
segments_are_walked_by_name(void **state)
{
    static const char *const ends[] = {"OBR", "PID"};
    struct hl7 m = indexed(oru);
    char place[HL7_PLACE_MAX];
    size_t end;

    (void)state;
    assert_int_equal(hl7_next(&m, 0, m.seg_count, "OBX"), 3);
    assert_int_equal(hl7_next(&m, 4, m.seg_count, "OBX"), 4);
    end = hl7_next_of(&m, 3, m.seg_count, ends, 2);
    assert_int_equal(end, 5);
    assert_int_equal(hl7_next(&m, 5, end, "OBX"), end);
    assert_string_equal(hl7_place(&m, 6, 5, place), "OBX[3]-5");
    assert_string_equal(hl7_place(&m, 0, 0, place), "MSH[1]");
    assert_true(hl7_seg_is(&m, 2, "OBR"));
    assert_false(hl7_seg_is(&m, 99, "OBR"));
}

static void
line_ends_of_all_kinds(void **state)
{
    struct hl7 m;

    (void)state;
    m = indexed("MSH|^~\\&|a\nPID|1\nOBX|2");
    assert_int_equal(m.seg_count, 3);
    m = indexed("\r\nMSH|^~\\&|a\r\n\r\nPID|1\r\nOBX|2\n\r");
    assert_int_equal(m.seg_count, 3);
    eq(hl7_field(&m, 1, 1), "1");
    m = indexed("\xef\xbb\xbfMSH|^~\\&|a\rPID|1");
    eq(hl7_field(&m, 0, 3), "a");
    assert_int_equal(m.joined, 0);
    /* A raw line break in a text: the field goes on, what follows is not lost. */
    m = indexed("MSH|^~\\&|a\rOBX|1|TX|c||first\n\nsecond|mg|\r|F\rNTE|1");
    assert_int_equal(m.seg_count, 3);
    assert_int_equal(m.joined, 2);
    eq(hl7_field(&m, 1, 5), "first\n\nsecond");
    eq(hl7_field(&m, 1, 8), "F");
    eq(hl7_field(&m, 2, 1), "1");
}

static void
own_delimiters(void **state)
{
    struct hl7 m = indexed("MSH#*+!%#a*b+c%d\rOBX#1|2");

    (void)state;
    eq(hl7_value(&m, 0, 3, 2), "b");
    eq(hl7_sub(&m, hl7_rep(&m, hl7_field(&m, 0, 3), 2), 2), "d");
    eq(hl7_field(&m, 1, 1), "1|2");
    m = indexed("MSH|^~\\&#|a");
    assert_int_equal(m.delims.trunc, '#');
    eq(hl7_field(&m, 0, 2), "^~\\&#");
    eq(hl7_field(&m, 0, 3), "a");
    m = indexed("MSH|^~\\&");
    assert_int_equal(m.seg_count, 1);
    assert_int_equal(hl7_field_count(&m, 0), 2);
}

static void
what_is_no_message_is_refused(void **state)
{
    struct hl7 m;

    (void)state;
    assert_int_equal(fails(STR("")), HL7_EMPTY);
    assert_int_equal(fails(STR_NONE), HL7_EMPTY);
    assert_int_equal(fails(STR("\r\n\r")), HL7_EMPTY);
    assert_int_equal(fails(STR("PID|1")), HL7_NO_MSH);
    assert_int_equal(fails(STR("MSH")), HL7_BAD_DELIMITERS);
    assert_int_equal(fails(STR("MSH|")), HL7_BAD_DELIMITERS);
    assert_int_equal(fails(STR("MSH|^~\\|a|b")), HL7_BAD_DELIMITERS);
    assert_int_equal(fails(STR("MSH|^~\\\\&|a|b")), HL7_BAD_DELIMITERS);
    assert_int_equal(fails(STR("MSH|^~\\&#*|a|b")), HL7_BAD_DELIMITERS);
    assert_int_equal(fails(STR("MSH|&&&&|a|b")), HL7_BAD_DELIMITERS);
    assert_int_equal(fails(STR("MSH|^~\\\r|a|b")), HL7_BAD_DELIMITERS);
    assert_int_equal(fails(STR("MSH|^~A&|a|b")), HL7_BAD_DELIMITERS);
    assert_int_equal(fails(STR("MSH|^~\xc3\xa9|a|b")), HL7_BAD_DELIMITERS);
    assert_int_equal(fails(STR("MSH ^~\\& a b")), HL7_BAD_DELIMITERS);
    assert_int_equal(fails(STR("M\0S\0H\0|\0")), HL7_UTF16);
    assert_int_equal(fails(STR("\xff\xfeM\0S\0H\0")), HL7_UTF16);
    assert_int_equal(fails((struct str){"x", (size_t)17 << 20}), HL7_TOO_LONG);
    assert_int_equal(hl7_index(&m, &arena, STR("\xef\xbb\xbf\rMSH|x")), HL7_BAD_DELIMITERS);
    assert_int_equal(m.fault_at, 7);
    assert_string_equal(hl7_error_place(HL7_BAD_DELIMITERS), "MSH-2");
    for (int e = 0; e < HL7_ERROR_COUNT; e++)
        assert_true(strlen(hl7_error_name((enum hl7_error)e)) >= 2);
}

static void
limits_hold(void **state)
{
    enum { SIZE = 3 << 20, ROOM = 16 << 20 };
    unsigned char *big = malloc(ROOM);
    char *text = malloc(SIZE);
    struct arena a;
    struct hl7 m;

    (void)state;
    assert_non_null(big);
    assert_non_null(text);
    arena_init(&a, big, ROOM);
    memset(text, '|', SIZE);
    memcpy(text, "MSH|^~\\&", 8);
    assert_int_equal(hl7_index(&m, &a, (struct str){text, SIZE}), HL7_TOO_MANY_FIELDS);
    arena_reset(&a);
    for (size_t i = 8; i + 4 <= SIZE; i += 4)
        memcpy(text + i, "\rZZZ", 4);
    assert_int_equal(hl7_index(&m, &a, (struct str){text, SIZE}), HL7_TOO_MANY_SEGMENTS);
    assert_int_equal(m.fault_at, 9 + 4 * (HL7_SEGMENTS_MAX - 1));
    arena_reset(&a);
    /* Blank lines are no segments. */
    memset(text + 8, '\n', SIZE - 8);
    assert_int_equal(hl7_index(&m, &a, (struct str){text, SIZE}), HL7_OK);
    free(text);
    free(big);
}

static struct str
at_path(const struct hl7 *m, size_t seg, const char *text)
{
    struct hl7_path path;

    assert_true(hl7_path_compile(str_from_c(text), &path));
    return hl7_path_get(m, seg, &path);
}

static void
paths_read(void **state)
{
    struct hl7 m = indexed(oru);

    (void)state;
    eq(at_path(&m, 1, "PID-3(5=MR).1"), "77");
    eq(at_path(&m, 1, "PID-3(5=NI).1"), "88");
    eq(at_path(&m, 1, "PID-3(4.1=B,5=NI).1"), "88");
    eq(at_path(&m, 1, "PID-3(4.1=A,5=NI).1"), NULL);
    eq(at_path(&m, 1, "PID-3(2=,5=NI).1"), "88");
    eq(at_path(&m, 1, "PID-3(9=,5=NI).1"), "88");
    eq(at_path(&m, 1, "PID-3[1].4.2"), "1.2");
    eq(at_path(&m, 1, "PID-3[2].4.2"), NULL);
    eq(at_path(&m, 1, "PID-3[2]"), "88^^^B^NI");
    eq(at_path(&m, 1, "PID-3[3].1"), NULL);
    eq(at_path(&m, 0, "MSH-1"), "|");
    eq(at_path(&m, 0, "MSH-2"), "^~\\&");
    eq(at_path(&m, 0, "MSH-2.1"), "^~\\&");
    eq(at_path(&m, 0, "MSH-4.1"), "HOSP");
    eq(at_path(&m, 4, "OBX-5[2].1"), "b&c");
    eq(at_path(&m, 4, "OBX-5[2].1.2"), "c");
    eq(at_path(&m, 4, "PID-3"), NULL);
}

static void
paths_walk(void **state)
{
    struct hl7 m = indexed(oru);
    struct hl7_path path;
    struct str got;
    int rep = 0;

    (void)state;
    assert_true(hl7_path_compile(STR("PID-3[*].1"), &path));
    assert_true(hl7_path_each(&m, 1, &path, &rep, &got));
    eq(got, "77");
    assert_true(hl7_path_each(&m, 1, &path, &rep, &got));
    eq(got, "88");
    assert_int_equal(rep, 2);
    assert_false(hl7_path_each(&m, 1, &path, &rep, &got));
    rep = 0;
    assert_true(hl7_path_compile(STR("PID-3.1"), &path));
    assert_true(hl7_path_each(&m, 1, &path, &rep, &got));
    assert_false(hl7_path_each(&m, 1, &path, &rep, &got));
    eq(hl7_path_first(&m, 0, m.seg_count, &path), "77");
    eq(hl7_path_first(&m, 2, m.seg_count, &path), NULL);
}

static void
paths_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "PID",
        "PID-",
        "PID-0",
        "PID-3.",
        "PID-3.0",
        "pid-3",
        "PID-3[",
        "PID-3[0]",
        "PID-3[1",
        "PID-3(",
        "PID-3()",
        "PID-3(5)",
        "PID-3(5=A",
        "PID-3[1](5=A)",
        "PID-3.1.2.",
        "PID-3.1.2.3",
        "PID-1000",
        "PID 3",
        "PID-3 ",
        "1ID-3",
        "PID-3(.=x)",
        "PID-3..1",
        "PID-99999999999999",
        "PID-3(1=a,2=b,3=c,4=d,5=e)",
    };
    struct hl7_path path = {.field = 77};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++)
        assert_false(hl7_path_compile(str_from_c(bad[i]), &path));
    assert_int_equal(path.field, 77);
}

static void
text_of(const char *charset, const char *raw, const char *want)
{
    char msg[512];
    struct hl7 m;

    (void)snprintf(msg, sizeof(msg), "MSH|^~\\&||||||||||||||||%s\rOBX|%s", charset, raw);
    m = indexed(msg);
    eq(hl7_text(&arena, &m, hl7_field(&m, 1, 1)), want);
}

static void
escapes_are_undone(void **state)
{
    (void)state;
    text_of("", "a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f");
    text_of("", "x\\X0D\\\\X0A\\y", "x\r\ny");
    text_of("", "\\X4142\\", "AB");
    text_of("", "1\\.br\\2\\.sp\\3", "1\n2\n3");
    text_of("", "\\H\\bold\\N\\ no", "bold no");
    text_of("", "\\\\server\\share", "\\\\server\\share");
    text_of("", "lone \\ and \\Q\\ stay", "lone \\ and \\Q\\ stay");
    text_of("", "\\X4\\ \\XZZ\\ \\X\\ \\P\\", "\\X4\\ \\XZZ\\ \\X\\ \\P\\");
    text_of("", "end\\", "end\\");
    text_of("", "C:\\F\\", "C:|");
    text_of("", "\\E\\F\\E\\", "\\F\\"); /* unescaped once, not twice */
    text_of("", "\\X00\\", "\xef\xbf\xbd");
    text_of("", "", "");
    text_of("", "\"\"", "\"\"");
}

static void
charsets_become_utf8(void **state)
{
    (void)state;
    text_of("", "caf\xc3\xa9", "caf\xc3\xa9");
    text_of("ASCII", "caf\xe9 \x80", "caf\xc3\xa9 \xe2\x82\xac");
    text_of("8859/1", "\xc3\xa9", "\xc3\x83\xc2\xa9"); /* said, so not guessed */
    text_of("8859/15", "\xa4\xe9", "\xe2\x82\xac\xc3\xa9");
    text_of("UNICODE UTF-8", "\xc3\xa9\xff", "\xc3\xa9\xef\xbf\xbd");
    text_of("8859/1~UNICODE UTF-8", "\xe9", "\xc3\xa9");
    text_of("GB 18030-2000", "\xb0\xa1", "\xef\xbf\xbd\xef\xbf\xbd");
    text_of("8859/1", "\\XE9\\", "\xc3\xa9");
    text_of("", "\xed\xa0\x80", "\xc3\xad\xc2\xa0\xe2\x82\xac"); /* a surrogate is no UTF-8 */
    assert_false(charset_utf8_valid(STR("12345678\xc0\x80")));
    assert_false(charset_utf8_valid(STR("\xf4\x90\x80\x80")));
    assert_false(charset_utf8_valid(STR("\xe2\x82")));
    assert_true(charset_utf8_valid(STR("\xf0\x9f\x98\x80 \xe2\x82\xac")));
}

static void
escaping_goes_back(void **state)
{
    const struct str all = STR("a|b^c&d~e\\f\tg\nh\r\ni");
    char buf[256];
    struct sb b;
    struct hl7 m = indexed(oru);

    (void)state;
    sb_init(&b, buf, sizeof(buf));
    hl7_text_escape(&b, &m.delims, all);
    assert_true(sb_ok(&b));
    eq(sb_str(&b), "a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f\\X09\\g\\.br\\h\\.br\\i");
    eq(hl7_text(&arena, &m, sb_str(&b)), "a|b^c&d~e\\f\tg\nh\ni");
}

static void
expect_batch(const char *text, const char *const *want, int64_t declared)
{
    struct hl7_batch b;
    struct str got;

    hl7_batch_init(&b, str_from_c(text));
    for (; *want != NULL; want++) {
        assert_true(hl7_batch_next(&b, &got));
        eq(got, *want);
    }
    assert_false(hl7_batch_next(&b, &got));
    assert_false(hl7_batch_next(&b, &got));
    assert_int_equal(b.declared, declared);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
batches_are_cut(void **state)
{
    (void)state;
    expect_batch("MSH|a\rPID|1\r", LIST("MSH|a\rPID|1\r"), -1);
    expect_batch("MSH|a\nPID|1\n\nMSH|b", LIST("MSH|a\nPID|1\n\n", "MSH|b"), -1);
    expect_batch("FHS|^~\\&\rBHS|^~\\&\rMSH|a\rMSH|b\rBTS|2|x\rFTS|1\r", LIST("MSH|a\r", "MSH|b\r"),
                 2);
    expect_batch("BHS|^\r\nMSH|a\r\nBTS\r\n", LIST("MSH|a\r\n"), -1);
    expect_batch("\xef\xbb\xbfMSH|a", LIST("MSH|a"), -1);
    /* Nothing is dropped in silence: what has no MSH comes out too. */
    expect_batch("PID|1\rMSH|a\r", LIST("PID|1\r", "MSH|a\r"), -1);
    expect_batch("BHS|^\rPID|1\rBTS|x\r", LIST("PID|1\r"), -1);
    expect_batch("MSH|a\rMSHA|1\rNTE|MSH|b", LIST("MSH|a\rMSHA|1\rNTE|MSH|b"), -1);
    expect_batch("\r\n", (const char *const[]){NULL}, -1);
    expect_batch("", (const char *const[]){NULL}, -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(fields_and_their_parts, fresh_arena),
        cmocka_unit_test_setup(absent_empty_and_delete_differ, fresh_arena),
        cmocka_unit_test_setup(segments_are_walked_by_name, fresh_arena),
        cmocka_unit_test_setup(line_ends_of_all_kinds, fresh_arena),
        cmocka_unit_test_setup(own_delimiters, fresh_arena),
        cmocka_unit_test_setup(what_is_no_message_is_refused, fresh_arena),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test_setup(paths_read, fresh_arena),
        cmocka_unit_test_setup(paths_walk, fresh_arena),
        cmocka_unit_test(paths_refused),
        cmocka_unit_test_setup(escapes_are_undone, fresh_arena),
        cmocka_unit_test_setup(charsets_become_utf8, fresh_arena),
        cmocka_unit_test_setup(escaping_goes_back, fresh_arena),
        cmocka_unit_test(batches_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
