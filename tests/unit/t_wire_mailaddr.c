/* Mail addresses, and words of headers. Python's email package reads the same in test_mail.py. */
#include "wire/mailaddr.h"
#include "wire_test.h"

static char memory[65536];
static struct arena arena;
static struct sb out;

static void
begin(void)
{
    arena_init(&arena, memory, sizeof memory);
    sb_init_arena(&out, &arena, 8192);
}

static void
t_addresses(void **state)
{
    static const char *const good[] = {"a@b", "desk@hospital.example", "o'neil+rfx@x-y.example",
                                       "first.last@127.example"};
    static const char *const bad[] = {"",
                                      "desk",
                                      "@b",
                                      "a@",
                                      "a@b@c",
                                      "a..b@c",
                                      ".a@c",
                                      "a.@c",
                                      "a@c.",
                                      "a b@c",
                                      "a@c>",
                                      "<a@c>",
                                      "a@c\r\nRCPT TO:<x@y>",
                                      "a@c\n",
                                      "\"a b\"@c",
                                      "m\xc3\xbcller@c",
                                      "a@[127.0.0.1]",
                                      "a,b@c"};
    char long_local[80] = "";

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(good); i++)
        assert_true(mailaddr_ok(str_from_c(good[i])));
    for (size_t i = 0; i < RFD_COUNT(bad); i++)
        assert_false(mailaddr_ok(str_from_c(bad[i])));
    memset(long_local, 'a', 65);
    memcpy(long_local + 65, "@b", 3);
    assert_false(mailaddr_ok(str_from_c(long_local)));
    assert_true(mailaddr_ok(str_from_c(long_local + 1)));
    assert_true(str_eq_c(mailaddr_host(STR("desk@hospital.example")), "hospital.example"));
}

static void
t_plain_words_stay(void **state)
{
    (void)state;
    begin();
    mailaddr_text(&out, &arena, STR("refractd: 1 new finding to review"), 9);
    assert_string_equal(sb_cz(&out), "refractd: 1 new finding to review");
    begin();
    mailaddr_phrase(&out, &arena, STR("Tumour Board"), 6);
    assert_string_equal(sb_cz(&out), "Tumour Board");
    begin(); /* a comma would begin another address */
    mailaddr_phrase(&out, &arena, STR("Board, Tumour"), 6);
    assert_string_equal(sb_cz(&out), "=?UTF-8?B?Qm9hcmQsIFR1bW91cg==?=");
    begin(); /* what looks encoded is not read as if it were */
    mailaddr_text(&out, &arena, STR("=?x?="), 9);
    assert_string_equal(sb_cz(&out), "=?UTF-8?B?PT94Pz0=?=");
}

static void
t_umlauts_are_encoded(void **state)
{
    (void)state;
    begin();
    mailaddr_text(&out, &arena, STR("K\xc3\xb6ln"), 9);
    assert_string_equal(sb_cz(&out), "=?UTF-8?B?S8O2bG4=?=");
}

/* Nothing of ours ends a header's line but a fold. */
static void
t_controls_become_blanks(void **state)
{
    (void)state;
    begin();
    mailaddr_text(&out, &arena, STR("x\r\nBcc: a@b"), 9);
    assert_string_equal(sb_cz(&out), "=?UTF-8?B?eCAgQmNjOiBhQGI=?=");
}

/* Lines of 76 bytes at most, folds with a blank, and no character in two words: three bytes each,
 * so that whole ones fill their Base64 without "=". */
static void
t_long_text_is_folded(void **state)
{
    char text[601];
    struct str rest;
    struct str line;
    size_t lines = 0;
    bool more = true;

    (void)state;
    for (size_t i = 0; i < 200; i++)
        memcpy(text + 3 * i, "\xe2\x82\xac", 3);
    begin();
    sb_add_c(&out, "Subject: ");
    mailaddr_text(&out, &arena, (struct str){text, 600}, 9);
    rest = sb_str(&out);
    for (; more; lines++) {
        struct str word = STR("");

        more = str_cut(rest, '\r', &line, &rest);
        assert_true(line.n <= 76);
        if (lines > 0)
            assert_true(str_starts(line, STR("\n =?UTF-8?B?")));
        assert_true(str_ends(line, STR("?=")));
        assert_true(str_cut(line, 'B', &word, &line));
        assert_int_equal((line.n - 3) % 4, 0); /* "?" before and "?=" behind it: no character cut */
    }
    assert_true(lines > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_addresses), cmocka_unit_test(t_plain_words_stay),
        cmocka_unit_test(t_umlauts_are_encoded), cmocka_unit_test(t_controls_become_blanks),
        cmocka_unit_test(t_long_text_is_folded)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
