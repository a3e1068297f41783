/* Tables → rows and fields: quotes, line ends, marks, and any cut of the stream. */
#include "wire/csv.h"
#include "wire_test.h"

enum { ROWS_MAX = 64, TEXT_MAX = 4096 };

/* All that came out, as one text: "line@at:line.col(field):line.col(field)\n"; an error as
 * "line!E@line:col\n". */
static char seen[TEXT_MAX];
static size_t seen_n;
static size_t rows;
static struct csv_dec dec;

static void
put(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    seen_n += (size_t)vsnprintf(seen + seen_n, sizeof(seen) - seen_n, fmt, ap);
    va_end(ap);
    assert_true(seen_n < sizeof(seen));
}

static bool
on_row(void *arg, const struct csv_row *row)
{
    static _Alignas(16) unsigned char memory[1 << 20];
    static struct csv_field f[CSV_FIELDS_MAX];
    struct csv_row r = *row;
    struct arena a;
    size_t n;

    arena_init(&a, memory, sizeof(memory));
    rows++;
    if (csv_split(&a, &r, dec.delimiter, f, &n) != CSV_OK) {
        put("%d!%d@%d:%d\n", r.line, (int)r.error, r.error_line, r.error_col);
        return arg == NULL;
    }
    put("%d@%d", r.line, (int)r.at);
    for (size_t i = 0; i < n; i++)
        put(":%d.%d(%.*s)", f[i].line, f[i].col, STR_FMT(f[i].text));
    put("\n");
    return arg == NULL;
}

/* arg: any pointer makes the receiver pause after each row. */
static const char *
read_in_parts(struct str text, size_t part, size_t size, char delimiter, void *arg)
{
    static char buf[CSV_ROW_BYTES_MAX];

    seen_n = 0;
    seen[0] = '\0';
    rows = 0;
    csv_init(&dec, buf, size, delimiter);
    for (size_t at = 0; at < text.n && !dec.dead;) {
        size_t n = text.n - at < part ? text.n - at : part;

        at += csv_feed(&dec, text.p + at, n, on_row, arg);
    }
    csv_end(&dec, on_row, NULL);
    return seen;
}

static const char *
read_all(const char *text)
{
    return read_in_parts(str_from_c(text), SIZE_MAX, CSV_ROW_BYTES_MAX, '\0', NULL);
}

static void
t_plain(void **state)
{
    (void)state;
    assert_string_equal(read_all("a,b\n1,2\n"), "1@0:1.1(a):1.3(b)\n2@4:2.1(1):2.3(2)\n");
    assert_string_equal(read_all("a;b\r\n1;2"), "1@0:1.1(a):1.3(b)\n2@5:2.1(1):2.3(2)\n");
    assert_string_equal(read_all("a\tb\r1\t\r\r"), "1@0:1.1(a):1.3(b)\n2@4:2.1(1):2.3()\n");
    assert_string_equal(read_all(""), "");
    assert_string_equal(read_all("\n\r\n\r"), "");
}

static void
t_quotes(void **state)
{
    (void)state;
    assert_string_equal(read_all("a,b\n\"x, \"\"y\"\"\",2\n"),
                        "1@0:1.1(a):1.3(b)\n2@4:2.1(x, \"y\"):2.12(2)\n");
    assert_string_equal(read_all("a;b\r\n\"x\r\ny\";2\r\nz;3"),
                        "1@0:1.1(a):1.3(b)\n2@5:2.1(x\r\ny):3.4(2)\n4@15:4.1(z):4.3(3)\n");
    assert_string_equal(read_all("a;b\n5\" tube;2\n"), /* no quote at its start: text */
                        "1@0:1.1(a):1.3(b)\n2@4:2.1(5\" tube):2.9(2)\n");
    assert_string_equal(read_all("\"a;x\",b,c\n\"\",\"\" ,3\n"),
                        "1@0:1.1(a;x):1.7(b):1.9(c)\n2@10:2.1():2.4():2.8(3)\n");
}

static void
t_marks(void **state)
{
    (void)state;
    assert_string_equal(read_all("\xef\xbb\xbf\"a\",b\n1,2\n"),
                        "1@0:1.1(a):1.5(b)\n2@9:2.1(1):2.3(2)\n");
    assert_string_equal(read_all("sep=;\r\na,x;b\r\n1;2\r\n"),
                        "2@7:2.1(a,x):2.5(b)\n3@14:3.1(1):3.3(2)\n");
    assert_string_equal(read_all("\xff\xfe"
                                 "a,b\n1,2\n"),
                        "1!6@1:1\n");
}

static void
t_errors_have_their_place(void **state)
{
    char text[80];

    (void)state;
    assert_string_equal(read_all("a,b\n1,\"x\"y\n3,4\n"),
                        "1@0:1.1(a):1.3(b)\n2!3@2:6\n3@11:3.1(3):3.3(4)\n");
    assert_string_equal(read_all("a,b\n1,2\nx,\"y\nz,4\n"),
                        "1@0:1.1(a):1.3(b)\n2@4:2.1(1):2.3(2)\n3!5@3:3\n");
    assert_string_equal(read_all("a,b\n1,\xe4\n"), "1@0:1.1(a):1.3(b)\n2!4@2:3\n");
    (void)snprintf(text, sizeof(text), "a,b\n%040d,2\n3,4\n", 1);
    assert_string_equal(read_in_parts(str_from_c(text), 7, 20, '\0', NULL),
                        "1@0:1.1(a):1.3(b)\n2!1@2:1\n3@47:3.1(3):3.3(4)\n");
    (void)snprintf(text, sizeof(text), "a,b\n1,\"%040d\n3,4\n", 1);
    assert_string_equal(read_in_parts(str_from_c(text), 7, 20, '\0', NULL),
                        "1@0:1.1(a):1.3(b)\n2!5@2:3\n");
    assert_true(dec.dead);
    assert_int_equal(csv_feed(&dec, "x", 1, on_row, NULL), 0);
}

static void
t_too_many(void **state)
{
    static char text[2 * CSV_FIELDS_MAX + 2];

    (void)state;
    memset(text, ',', sizeof(text) - 1);
    text[0] = 'a';
    assert_string_equal(read_all(text), "1!2@1:258\n");
    text[CSV_FIELDS_MAX] = '\0';
    (void)read_all(text);
    assert_int_equal(rows, 1);
    assert_null(strchr(seen, '!'));
}

/* Any cut, and any pause, gives the same rows. */
static void
t_any_cut(void **state)
{
    static const char bytes[] =
        "\xef\xbb\xbf"
        "patient_id;\"dr;ug\";note\r\n\r\n1;\"FOL\r\nFOX\";\"he said \"\"no\"\"\"\r\n"
        ";;\r\n2;\xc3\xa4;x\n3;;\"\"\r4;a\"b;c\r\n5;\"x\"y;z\n6;7;8";
    static const struct str text = {bytes, sizeof(bytes) - 1};
    static char whole[TEXT_MAX];
    int mark = 0;

    (void)state;
    (void)snprintf(whole, sizeof(whole), "%s",
                   read_in_parts(text, SIZE_MAX, CSV_ROW_BYTES_MAX, '\0', NULL));
    assert_int_equal(rows, 8);
    for (size_t part = 1; part <= text.n; part++) {
        assert_string_equal(read_in_parts(text, part, CSV_ROW_BYTES_MAX, '\0', NULL), whole);
        assert_string_equal(read_in_parts(text, part, CSV_ROW_BYTES_MAX, '\0', &mark), whole);
    }
}

static void
t_seek(void **state)
{
    struct csv_row row = {.at = 4, .line = 2};
    static const char rest[] = "1,\"2\n3\"\n4,5";

    (void)state;
    (void)read_all("a,b\n1,\"2\n3\"\n4,5");
    assert_string_equal(strchr(seen, '\n') + 1, "2@4:2.1(1):2.3(2\n3)\n4@12:4.1(4):4.3(5)\n");
    csv_seek(&dec, &row);
    seen_n = 0;
    assert_int_equal(csv_feed(&dec, rest, sizeof(rest) - 1, on_row, NULL), sizeof(rest) - 1);
    csv_end(&dec, on_row, NULL);
    assert_string_equal(seen, "2@4:2.1(1):2.3(2\n3)\n4@12:4.1(4):4.3(5)\n");
}

static void
t_blank(void **state)
{
    struct csv_field f[2] = {{.text = STR(" ")}, {.text = STR("")}};

    (void)state;
    assert_true(csv_is_blank(f, 2));
    f[1].text = STR("0");
    assert_false(csv_is_blank(f, 2));
    for (int e = CSV_TOO_LARGE; e < CSV_ERROR_COUNT; e++)
        assert_true(strlen(csv_error_text((enum csv_error)e)) > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_plain),    cmocka_unit_test(t_quotes),
        cmocka_unit_test(t_marks),    cmocka_unit_test(t_errors_have_their_place),
        cmocka_unit_test(t_too_many), cmocka_unit_test(t_any_cut),
        cmocka_unit_test(t_seek),     cmocka_unit_test(t_blank),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
