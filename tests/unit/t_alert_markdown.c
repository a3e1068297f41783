/* An alert as GitHub-flavoured Markdown: the order of every channel, and no markup of a
 * sender's. */
#include "alert/markdown.h"
#include "alert_test.h"

static const char *
text_of(struct arena *a, const struct alert *al)
{
    struct sb b;

    sb_init_arena(&b, a, 64 * 1024);
    markdown_alert(&b, al);
    assert_true(sb_ok(&b));
    return sb_cz(&b);
}

static void
t_order(void **state)
{
    static const struct str consider[] = {{"PSA flare", 9}};
    static const struct str missing[] = {{"testosterone", 12}};
    struct arena *a = fresh();
    struct alert al = alert_with(a, FINDING_MET);
    const char *text;
    const char *why;
    const char *check;
    const char *lacks;

    (void)state;
    al.consider = consider;
    al.consider_count = 1;
    al.missing = missing;
    al.missing_count = 1;
    text = text_of(a, &al);
    why = strstr(text, "candidate: PSA 4.2 ng/mL on 2026-05-02");
    check = strstr(text, "**Check first: what else could explain it**");
    lacks = strstr(text, "**Missing**");
    assert_non_null(why);
    assert_non_null(check);
    assert_non_null(lacks);
    assert_true(why < check && check < lacks);
    assert_non_null(strstr(lacks, "Decision support, not a decision"));
}

/* Each row: what a sender wrote, and what must stand in the card for it. */
static void
t_nothing_of_a_sender_is_markup(void **state)
{
    static const struct {
        const char *wrote;
        const char *stands;
    } rows[] = {
        {"<script>x</script>", "\\<script\\>x\\</script\\>"},
        {"[a](http://evil.example)", "\\[a\\]\\(http\\://evil.example\\)"},
        {"see http://evil.example", "see http\\://evil.example"},
        {"www.evil.example", "www\\.evil.example"},
        {"a@evil.example", "a\\@evil.example"},
        {"a|b\nc", "a\\|b c"},
        {"**bold** _it_ `code`", "\\*\\*bold\\*\\* \\_it\\_ \\`code\\`"},
        {"1.2 ng/mL: high", "1.2 ng/mL: high"},
    };
    struct arena *a = fresh();
    struct alert al = alert_with(a, FINDING_MET);

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        al.reason = str_from_c(rows[i].wrote);
        assert_non_null(strstr(text_of(a, &al), rows[i].stands));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_order),
        cmocka_unit_test(t_nothing_of_a_sender_is_markup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
