/* console/html: text and paths are harmless wherever they stand. */
#include "base_test.h"
#include "console/html.h"

static const char *
made(void (*make)(struct sb *, struct str), struct str s)
{
    static char buf[1024];
    struct sb b;

    sb_init(&b, buf, sizeof buf);
    make(&b, s);
    assert_true(sb_ok(&b));
    return sb_cz(&b);
}

static void
t_text(void **state)
{
    (void)state;
    assert_string_equal(made(html_text, STR("<a href=\"x\" o='y'>&")),
                        "&lt;a href=&quot;x&quot; o=&#39;y&#39;&gt;&amp;");
    assert_string_equal(made(html_text, STR("a\x01z\x1b[2J\nb")), "a z [2J\nb");
    assert_string_equal(made(html_text, (struct str){"a\0b", 3}), "a b");
    assert_string_equal(made(html_text, STR("M\xc3\xbcller")), "M\xc3\xbcller");
}

static void
t_url(void **state)
{
    (void)state;
    assert_string_equal(made(html_url, STR("/patients/DEMO:Q1")), "/patients/DEMO:Q1");
    assert_string_equal(made(html_url, STR("A B?x=1&y#z%2f\r\n\"<'")),
                        "A%20B%3Fx%3D1%26y%23z%252f%0D%0A%22%3C%27");
    assert_string_equal(made(html_url, (struct str){"\0\xc3", 2}), "%00%C3");
}

static void
t_tags_close_without_their_attributes(void **state)
{
    char buf[128];
    struct sb b;

    (void)state;
    sb_init(&b, buf, sizeof buf);
    html_tag_c(&b, "td class=\"num\"", "<1");
    html_row(&b, "Head", STR(""));
    html_row(&b, "Head", STR("x"));
    assert_string_equal(sb_cz(&b), "<td class=\"num\">&lt;1</td><tr><th scope=\"row\">Head</th>"
                                   "<td>x</td></tr>\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_text),
        cmocka_unit_test(t_url),
        cmocka_unit_test(t_tags_close_without_their_attributes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
