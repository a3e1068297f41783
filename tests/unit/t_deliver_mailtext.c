/* Mails as they are written: right by RFC 5322, the same twice, without anything of the patient. */
#include "base_test.h"
#include "deliver/mailtext.h"

#include <stdio.h>

enum { TEXT_MAX = 65536, LINE_MAX_BYTES = 78 };

static char memory[1 << 18];
static char kept[TEXT_MAX];
static struct arena arena;

static const struct mailtext_from site = {.address = "refractd@hospital.example",
                                          .name = "Onkologie K\xc3\xb6ln",
                                          .title = "refractd",
                                          .base = "https://refractd.example"};

/* Whatever could say something of a patient says CANARY. */
static const struct alert_section section = {.rule_id = {"prostate.psa.pcwg3", 18},
                                             .title = {"CANARY title", 12},
                                             .why = {"CANARY why", 10}};
static const struct alert sample = {
    .id = {"k3f9-17.2", 9},
    .version = 3,
    .patient = {.authority = {"CANARY", 6}, .id = {"CANARY-1", 8}},
    .case_key = {"CANARYPROSTATE", 14},
    .disease = {"CANARY disease", 14},
    .episode = {"line:CANARY", 11},
    .line_label = {"CANARY line", 11},
    .headline = {"CANARY headline", 15},
    .change = {"CANARY change", 13},
    .reason = {"CANARY reason", 13},
    .acted = {"CANARY acted", 12},
    .section = &section,
    .section_count = 1,
};

static const char *
written(const struct mailtext_from *from, const struct mailtext_to *to, const struct alert *al,
        enum mailtext_what what)
{
    struct sb b;

    arena_init(&arena, memory, sizeof memory);
    sb_init_arena(&b, &arena, TEXT_MAX);
    mailtext_alert(&b, &arena, from, to, al, what);
    assert_true(sb_ok(&b));
    return sb_cz(&b);
}

static const struct mailtext_to lang = {
    .address = "lang@hospital.example", .now_s = 1795469695, .stands_in = {NULL, 0}};

/* CR LF behind each line and nowhere else; short lines; ASCII, as the header says; no canary. */
static void
assert_well_made(const char *text)
{
    size_t column = 0;

    assert_null(strstr(text, "CANARY"));
    assert_non_null(strstr(text, "\r\n\r\n"));
    for (const char *p = text; *p != '\0'; p++) {
        assert_true((unsigned char)*p < 0x7f);
        assert_true(*p != '\n' || (p > text && p[-1] == '\r'));
        assert_true(*p != '\r' || p[1] == '\n');
        column = *p == '\n' ? 0 : column + 1;
        assert_true(column <= LINE_MAX_BYTES + 1); /* with its CR */
    }
    assert_int_equal(column, 0);
}

/* The field, up to its line's end. */
static const char *
field(const char *text, const char *name)
{
    static char value[512];
    char start[64];
    const char *at;

    (void)snprintf(start, sizeof start, "\r\n%s: ", name);
    at = strstr(text, start);
    if (at == NULL)
        return "";
    at += strlen(start);
    (void)snprintf(value, sizeof value, "%.*s", (int)(strstr(at, "\r\n") - at), at);
    return value;
}

static void
t_every_kind_is_well_made(void **state)
{
    static const char *const subject[MAILTEXT_WHAT_COUNT] = {
        "refractd: 1 new finding to review", "refractd: 1 finding to review again",
        "refractd: 1 finding passed on to you", "refractd: 1 finding withdrawn"};

    (void)state;
    for (int i = 0; i < MAILTEXT_WHAT_COUNT; i++) {
        const char *text = written(&site, &lang, &sample, (enum mailtext_what)i);

        assert_well_made(text);
        assert_string_equal(field(text, "Subject"), subject[i]);
        assert_string_equal(field(text, "To"), "<lang@hospital.example>");
        assert_string_equal(field(text, "From"), "=?UTF-8?B?T25rb2xvZ2llIEvDtmxu?=");
        assert_non_null(strstr(text, "\r\n <refractd@hospital.example>\r\n"));
        assert_string_equal(field(text, "Auto-Submitted"), "auto-generated");
        assert_non_null(strstr(text, "\r\nhttps://refractd.example/alerts/k3f9-17.2\r\n"));
    }
    assert_int_equal(strncmp(written(&site, &lang, &sample, MAILTEXT_NEW),
                             "Date: Mon, 23 Nov 2026 21:34:55 +0000\r\n", 39),
                     0);
}

static void
t_ids_are_stable_and_a_thread(void **state)
{
    struct mailtext_to desk = lang;
    struct alert next = sample;
    char id[512];
    char thread[512];

    (void)state;
    (void)snprintf(id, sizeof id, "%s",
                   field(written(&site, &lang, &sample, MAILTEXT_NEW), "Message-ID"));
    (void)snprintf(thread, sizeof thread, "%s",
                   field(written(&site, &lang, &sample, MAILTEXT_NEW), "References"));
    assert_int_equal(strncmp(id, "<k3f9-17.2.3.", 13), 0);
    desk.now_s++;
    assert_string_equal(field(written(&site, &desk, &sample, MAILTEXT_CHANGED), "Message-ID"), id);
    desk.stands_in = STR("dr-lang");
    assert_string_not_equal(field(written(&site, &desk, &sample, MAILTEXT_NEW), "Message-ID"), id);
    desk.stands_in = STR_NONE;
    desk.address = "desk@hospital.example";
    assert_string_not_equal(field(written(&site, &desk, &sample, MAILTEXT_NEW), "Message-ID"), id);
    next.version = 4;
    assert_string_not_equal(field(written(&site, &lang, &next, MAILTEXT_NEW), "Message-ID"), id);
    assert_string_equal(field(written(&site, &lang, &next, MAILTEXT_NEW), "References"), thread);
    assert_string_equal(field(written(&site, &lang, &next, MAILTEXT_WITHDRAWN), "In-Reply-To"),
                        thread);
    assert_string_equal(field(written(&site, &lang, &sample, MAILTEXT_NEW), "In-Reply-To"), "");
}

static void
t_nothing_ends_a_header(void **state)
{
    struct mailtext_from odd = site;
    struct alert al = sample;
    const char *text;

    (void)state;
    odd.name = "x\r\nBcc: all@hospital.example\r\n\r\n";
    odd.title = "y\nBcc: all@hospital.example";
    al.id = STR("a\r\nBcc: b@c>/../<");
    text = written(&odd, &lang, &al, MAILTEXT_NEW);
    assert_well_made(text);
    assert_null(strstr(text, "\nBcc"));
    assert_non_null(strstr(text, "a__Bcc__b_c_"));
}

static void
t_demo_and_stand_in_are_said(void **state)
{
    struct mailtext_to to = lang;
    struct mailtext_from plain = site;
    struct alert al = sample;
    const char *text;

    (void)state;
    to.stands_in = STR("dr-lang");
    al.demo = true;
    plain.base = NULL;
    plain.name = NULL;
    text = written(&plain, &to, &al, MAILTEXT_NEW);
    assert_well_made(text);
    assert_string_equal(field(text, "Subject"),
                        "DEMO, UNREVIEWED: refractd: 1 new finding to review");
    assert_string_equal(field(text, "From"), "<refractd@hospital.example>");
    assert_non_null(strstr(text, "because dr-lang cannot be reached by mail"));
    assert_null(strstr(text, "https://"));
    assert_non_null(strstr(text, "Alert k3f9-17.2, version 3"));
}

static void
t_a_digest_counts(void **state)
{
    struct digest_item item[60];
    struct digest_of of = {STR("dr-lang"), item, 4};
    struct mailtext_to to = lang;
    struct sb b;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(item); i++)
        item[i] = (struct digest_item){STR("k3f9-1"), 1, ALERT_NEW, ALERT_SUSPECTED,
                                       STR("CANARY headline")};
    item[0].certainty = ALERT_CONFIRMED;
    item[1].state = ALERT_ESCALATED;
    arena_init(&arena, memory, sizeof memory);
    sb_init_arena(&b, &arena, TEXT_MAX);
    mailtext_digest(&b, &arena, &site, &to, 20780, &of);
    assert_well_made(sb_cz(&b));
    assert_string_equal(field(sb_cz(&b), "Subject"), "refractd: daily digest, 4 findings");
    assert_non_null(strstr(sb_cz(&b), "What waited until 2026-11-23 "));
    assert_non_null(strstr(sb_cz(&b), "\r\n     1 confirmed\r\n     2 not confirmed so far"));
    assert_non_null(strstr(sb_cz(&b), "\r\n     1 passed on"));
    assert_int_equal(strncmp(field(sb_cz(&b), "Message-ID"), "<digest.2026-11-23.", 19), 0);
    (void)snprintf(kept, sizeof kept, "%s", field(sb_cz(&b), "Message-ID"));
    of.item_count = RFD_COUNT(item);
    of.recipient = STR("dr-weiss"); /* the same mailbox, another's digest */
    sb_init_arena(&b, &arena, TEXT_MAX);
    mailtext_digest(&b, &arena, &site, &to, 20780, &of);
    assert_well_made(sb_cz(&b));
    assert_string_not_equal(field(sb_cz(&b), "Message-ID"), kept);
    assert_non_null(strstr(sb_cz(&b), "and 10 more, in the worklist\r\n"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_every_kind_is_well_made),
        cmocka_unit_test(t_ids_are_stable_and_a_thread), cmocka_unit_test(t_nothing_ends_a_header),
        cmocka_unit_test(t_demo_and_stand_in_are_said), cmocka_unit_test(t_a_digest_counts)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
