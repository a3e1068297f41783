/* An alert as text: golden texts, line widths, no words that command, no lines of a sender's
 * making;
 * and the parts that build.c makes. */
#include "alert/build.h"
#include "alert/compose.h"
#include "alert_test.h"

#include <ctype.h>

static const struct option_reason reasons[] = {
    {K_TRUE, {"BRCA2 loss found on 2026-03-02", 30}, 5},
    {K_UNKNOWN, {"ECOG not known", 14}, 0},
};
static const struct str unchecked[] = {{"organ function", 14}};
static const struct str consider[] = {{"PSA flare in the first 12 weeks of a new therapy", 48}};
static const struct str missing[] = {{"testosterone", 12}};

static struct option
therapy(void)
{
    return (struct option){.kind = OPTION_THERAPY,
                           .standing = OPTION_OPEN,
                           .id = STR("olaparib.prostate"),
                           .title = STR("olaparib"),
                           .level = STR("FDA label"),
                           .basis = STR("PROfound: longer progression-free survival"),
                           .citation = STR("de Bono 2020 N Engl J Med 382:2091"),
                           .jurisdiction = STR("US"),
                           .status = STR("approved"),
                           .status_date = day_of("2020-05-19"),
                           .reason = reasons,
                           .reason_count = 2,
                           .unchecked = unchecked,
                           .unchecked_count = 1};
}

static struct option trial_of = {.kind = OPTION_TRIAL,
                                 .id = {"NCT0", 4},
                                 .title = {"NCT00000000 arm A: drug X", 25},
                                 .status = {"open to accrual", 15},
                                 .status_date = DAY_NONE,
                                 .contact = {"trials office", 13}};
static struct option aside_of = {.id = {"a", 1},
                                 .title = {"abiraterone", 11},
                                 .status_date = DAY_NONE,
                                 .set_aside_by = {"cross-resistance with enzalutamide", 34}};

static struct alert
full(struct arena *a, enum consequence consequence)
{
    struct alert al = alert_with(a, FINDING_MET);
    struct alert_section *s = ARENA_NEW(a, struct alert_section);
    struct option *o = ARENA_NEW(a, struct option);

    *s = al.section[0];
    s->consequence = consequence;
    *o = therapy();
    al.section = s;
    al.consequence = consequence;
    al.option = o;
    al.option_count = 1;
    al.options_more = 2;
    al.trial = &trial_of;
    al.trial_count = 1;
    al.aside = &aside_of;
    al.aside_count = 1;
    al.consider = consider;
    al.consider_count = 1;
    al.missing = missing;
    al.missing_count = 1;
    al.unchecked = unchecked;
    al.unchecked_count = 1;
    return al;
}

static const char *
text_of(struct arena *a, const struct alert *al)
{
    struct sb b;

    sb_init_arena(&b, a, ALERT_TEXT_MAX);
    compose_alert(&b, al);
    assert_true(sb_ok(&b));
    return sb_cz(&b);
}

#define HEAD                                                                 \
    "ALERT  [k3f9-17 v1, new, confirmed]\n"                                  \
    "PSA progression (PCWG3) on enzalutamide\n"                              \
    "Patient 1001 (H); Prostate Adenocarcinoma\n"                            \
    "Therapy: line 1 of those seen: enzalutamide since 2025-11-20 (given)\n" \
    "First event: 2026-05-02\n"
#define WHY                                                               \
    "\nWHY  PSA progression (PCWG3): met\n"                               \
    "  PSA rose from 1.0 to 4.2 ng/mL, by 320 %.\n"                       \
    "    nadir        PSA 1.0 ng/mL on 2026-01-10 [message 10, lab]\n"    \
    "    candidate    PSA 4.2 ng/mL on 2026-05-02 [message 11, lab]\n"    \
    "    confirmation PSA 5.0 ng/mL on 2026-05-30 [message 12, lab]\n"    \
    "  Rule prostate.psa.pcwg3 1.0.0 (thresholds partial): Scher 2016 J " \
    "Clin Oncol 34:1402\n"
#define CHECK                                     \
    "\nCHECK FIRST: what else could explain it\n" \
    "  - PSA flare in the first 12 weeks of a new therapy\n"
#define TAIL                                                                           \
    "\nMISSING\n  - testosterone\n"                                                    \
    "\nNOT CHECKED\n  - organ function\n"                                              \
    "\nDecision support, not a decision: options to review with their basis; not for " \
    "time-critical\nuse; standard options without a biomarker are not listed.\n"       \
    "Knowledge 0123456789ab\n"

static void
t_open(void **state)
{
    struct arena *a = fresh();
    struct alert al = full(a, CONSEQUENCE_OPTIONS);
    struct sb want;

    (void)state;
    sb_init_arena(&want, a, ALERT_TEXT_MAX);
    sb_addf(&want, "%s%s  %s\n%s", HEAD, WHY, consequence_text(CONSEQUENCE_OPTIONS), CHECK);
    sb_add_c(&want, "\nOPTIONS TO REVIEW (not ranked against each other)\n"
                    "  1. olaparib [FDA label] approved (US) as of 2020-05-19\n"
                    "     basis:   PROfound: longer progression-free survival\n"
                    "     source:  de Bono 2020 N Engl J Med 382:2091\n"
                    "     fits:    BRCA2 loss found on 2026-03-02\n"
                    "     unknown: ECOG not known\n"
                    "     not checked: organ function\n"
                    "  and 2 more\n"
                    "\nTRIALS\n"
                    "  1. NCT00000000 arm A: drug X open to accrual\n"
                    "     contact: trials office\n"
                    "\nSET ASIDE\n"
                    "  - abiraterone: cross-resistance with enzalutamide\n" TAIL);
    assert_string_equal(text_of(a, &al), sb_cz(&want));
}

/* A marker rise alone is no reason to switch: names only, without their reasons. */
static void
t_folded(void **state)
{
    struct arena *a = fresh();
    struct alert al = full(a, CONSEQUENCE_RESTAGE);
    struct sb want;

    (void)state;
    sb_init_arena(&want, a, ALERT_TEXT_MAX);
    sb_addf(&want, "%s%s  %s\n%s", HEAD, WHY, consequence_text(CONSEQUENCE_RESTAGE), CHECK);
    sb_add_c(&want, "\nONLY IF PROGRESSION IS CONFIRMED (folded: the finding above is no reason to "
                    "switch)\n"
                    "  options: olaparib\n"
                    "           and 2 more\n"
                    "  trials:  NCT00000000 arm A: drug X\n" TAIL);
    assert_string_equal(text_of(a, &al), sb_cz(&want));
}

/* Options stand open only under a confirmed section that asks for them. */
static void
t_unconfirmed_stays_folded(void **state)
{
    struct arena *a = fresh();
    struct alert al = full(a, CONSEQUENCE_OPTIONS);
    struct alert_section s = al.section[0];

    (void)state;
    assert_true(alert_options_stand_open(&al));
    s.status = FINDING_UNCONFIRMED;
    al.section = &s;
    assert_false(alert_options_stand_open(&al));
    assert_null(strstr(text_of(a, &al), "OPTIONS TO REVIEW"));
    assert_non_null(strstr(text_of(a, &al), "ONLY IF PROGRESSION IS CONFIRMED"));
}

static void
t_retracted(void **state)
{
    struct arena *a = fresh();
    struct alert al = full(a, CONSEQUENCE_OPTIONS);
    const char *text;

    (void)state;
    al.state = ALERT_RETRACTED;
    al.version = 2;
    al.reason = STR("the results in force no longer show that the criterion is met");
    text = text_of(a, &al);
    assert_ptr_equal(strstr(text, "ALERT RETRACTED  [k3f9-17 v2, retracted, confirmed]\n"), text);
    assert_non_null(
        strstr(text, "\nReason: the results in force no longer show that the criterion is met\n"));
    assert_non_null(strstr(text, "This alert no longer stands."));
    assert_null(strstr(text, "olaparib"));
    assert_null(strstr(text, "TRIALS"));
}

static void
t_demo_says_so(void **state)
{
    struct arena *a = fresh();
    struct alert al = full(a, CONSEQUENCE_OPTIONS);

    (void)state;
    al.demo = true;
    assert_int_equal(strncmp(text_of(a, &al), "DEMO, UNREVIEWED", 16), 0);
}

static struct str
long_text(struct arena *a, const char *word, size_t n)
{
    struct sb b;

    sb_init_arena(&b, a, 64 * 1024);
    for (size_t i = 0; i < n; i++)
        sb_add_c(&b, word);
    return sb_str(&b);
}

static void
assert_narrow(const char *text)
{
    size_t col = 0;

    for (const char *c = text; *c != '\0'; c++) {
        col = *c == '\n' ? 0 : col + 1;
        if (col > 100)
            fail_msg("wider than 100 columns: %.110s", c - col + 1);
    }
}

static struct alert
wide(struct arena *a, struct str words)
{
    struct alert al = full(a, CONSEQUENCE_OPTIONS);
    struct alert_section *s = (struct alert_section *)(uintptr_t)al.section;
    struct alert_evidence *e = (struct alert_evidence *)(uintptr_t)s->evidence;
    struct option *o = (struct option *)(uintptr_t)al.option;

    s->title = s->why = s->citation = s->rule_version = words;
    e[0].text = e[0].feed = words;
    o->title = o->level = o->status = o->jurisdiction = o->basis = o->citation = words;
    al.patient.id = al.patient.authority = al.disease = al.line_label = words;
    al.headline = al.reason = al.change = words;
    return al;
}

static void
t_lines_are_narrow(void **state)
{
    struct arena *a = fresh();
    struct alert al = wide(a, long_text(a, "seven77 ", 60));
    const char *text = text_of(a, &al);

    (void)state;
    assert_narrow(text);
    al = wide(a, long_text(a, "endless", 60)); /* one word is cut, not let through */
    assert_narrow(text_of(a, &al));
}

/* A word of many bytes is not cut within a character. */
static void
t_words_are_cut_between_characters(void **state)
{
    struct arena *a = fresh();
    struct alert al = alert_with(a, FINDING_MET);
    const char *text;

    (void)state;
    al.disease = long_text(a, "x\xc3\xa4", 80);
    text = text_of(a, &al);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\n')
            assert_true(((unsigned char)c[1] & 0xc0) != 0x80);
    }
}

/* What a message holds cannot look like a part of ours. */
static void
t_no_lines_of_a_senders_making(void **state)
{
    struct arena *a = fresh();
    struct alert al = full(a, CONSEQUENCE_RESTAGE);
    struct alert_section *s = (struct alert_section *)(uintptr_t)al.section;
    struct alert_evidence *e = (struct alert_evidence *)(uintptr_t)s->evidence;

    (void)state;
    e[1].text = STR("PSA 4.2\n\nOPTIONS TO REVIEW\n  1. evil\r\x1b[2J");
    al.patient.id = STR("1001\nALERT RETRACTED");
    assert_null(strstr(text_of(a, &al), "\nOPTIONS TO REVIEW"));
    assert_null(strstr(text_of(a, &al), "\nALERT RETRACTED"));
    assert_null(strchr(text_of(a, &al), '\x1b'));
    assert_null(strchr(text_of(a, &al), '\r'));
}

/* Promise 8: no imperative, no dose, no order, in any fixed word of ours. */
static void
t_no_words_that_command(void **state)
{
    static const char *const banned[] = {"start ",     "stop ",     "switch to", "give ",
                                         "administer", "prescribe", "must",      "should",
                                         " mg",        "order ",    "recommend", "increase "};
    struct arena *a = fresh();

    (void)state;
    for (unsigned c = 0; c < CONSEQUENCE_COUNT; c++) {
        struct alert al = full(a, (enum consequence)c);
        char *text = (char *)(uintptr_t)text_of(a, &al);

        for (char *p = text; *p != '\0'; p++)
            *p = (char)tolower((unsigned char)*p);
        for (size_t i = 0; i < RFD_COUNT(banned); i++) {
            if (strstr(text, banned[i]) != NULL)
                fail_msg("\"%s\" in: %s", banned[i], strstr(text, banned[i]));
        }
    }
}

static void
t_one_line_without_the_patient(void **state)
{
    struct arena *a = fresh();
    struct alert al = full(a, CONSEQUENCE_RESTAGE);
    struct sb b;

    (void)state;
    sb_init_arena(&b, a, 4096);
    compose_line(&b, &al);
    assert_str(sb_str(&b),
               "k3f9-17 v1 new confirmed PROSTATE: PSA progression (PCWG3) on enzalutamide");
}

/* --- build.c */

static struct rule_head
rule(const char *id, const char *title, enum consequence consequence)
{
    return (struct rule_head){.id = str_from_c(id),
                              .version = STR("1"),
                              .title = str_from_c(title),
                              .consequence = consequence,
                              .consider = consider,
                              .consider_count = 1};
}

static struct alert
built(struct arena *a, const struct finding *f, size_t n, const struct line *line)
{
    const struct finding **list = ARENA_ARRAY(a, n, const struct finding *);
    struct alert_parts p = {.line = line, .finding = list, .finding_count = n};

    for (size_t i = 0; i < n; i++)
        list[i] = &f[i];
    return alert_build(a, &p);
}

static struct finding
finding_of(const struct rule_head *r, enum finding_status status, day_t first_event)
{
    return (struct finding){
        .rule = r, .status = status, .first_event = first_event, .confirm_by = DAY_NONE};
}

static void
t_sections_by_gravity_not_arrival(void **state)
{
    struct arena *a = fresh();
    struct rule_head r[3] = {rule("b", "B", CONSEQUENCE_REPEAT), rule("a", "A", CONSEQUENCE_REPEAT),
                             rule("c", "C", CONSEQUENCE_OPTIONS)};
    struct finding f[3] = {finding_of(&r[0], FINDING_MET, 100), finding_of(&r[1], FINDING_MET, 100),
                           finding_of(&r[2], FINDING_UNCONFIRMED, 50)};
    struct finding g[3] = {f[2], f[1], f[0]};
    struct alert x = built(a, f, 3, NULL);
    struct alert y = built(a, g, 3, NULL);

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_true(str_eq(x.section[i].rule_id, y.section[i].rule_id));
    assert_str(x.section[0].rule_id, "a");
    assert_str(x.section[2].rule_id, "c");
    assert_int_equal(x.certainty, ALERT_CONFIRMED);
    assert_int_equal(x.consequence, CONSEQUENCE_OPTIONS);
    assert_int_equal(x.consider_count, 1); /* said three times, told once */
    assert_str(x.headline, "A: confirmed, with 2 more findings");
    assert_str(x.line_label, "no line of therapy known");
}

static void
t_headline_has_its_limit(void **state)
{
    struct arena *a = fresh();
    struct line line = {.label = STR("osimertinib")};
    struct rule_head r = rule("a", "", CONSEQUENCE_REPEAT);
    struct finding f = finding_of(&r, FINDING_UNCONFIRMED, 1);
    struct alert al;

    (void)state;
    for (size_t n = 1; n < 60; n++) {
        r.title = str_trim(long_text(a, "words ", n));
        al = built(a, &f, 1, &line);
        assert_true(al.headline.n > 0 && al.headline.n <= ALERT_HEADLINE_MAX);
        assert_true(al.headline.p[al.headline.n - 1] != ' ');
    }
    r.title = long_text(a, "x", 500);
    al = built(a, &f, 1, &line);
    assert_true(al.headline.n > 0 && al.headline.n <= ALERT_HEADLINE_MAX);
    r.title = STR("EGFR T790M");
    al = built(a, &f, 1, &line);
    assert_str(al.headline, "EGFR T790M on osimertinib: needs confirmation");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_open),
        cmocka_unit_test(t_folded),
        cmocka_unit_test(t_unconfirmed_stays_folded),
        cmocka_unit_test(t_retracted),
        cmocka_unit_test(t_demo_says_so),
        cmocka_unit_test(t_lines_are_narrow),
        cmocka_unit_test(t_words_are_cut_between_characters),
        cmocka_unit_test(t_no_lines_of_a_senders_making),
        cmocka_unit_test(t_no_words_that_command),
        cmocka_unit_test(t_one_line_without_the_patient),
        cmocka_unit_test(t_sections_by_gravity_not_arrival),
        cmocka_unit_test(t_headline_has_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
