/* console/picture: what is drawn of a timeline: well-formed, in time order, within its frame, with
 * the thresholds of the alert and nothing of the sender's making. */
#include "alert_test.h"
#include "base/sort.h"
#include "console/drawing.h"
#include "console/picture.h"

#include <stdio.h>

enum { FACTS_MAX = 3000, OUT_MAX = 8 * 1024 * 1024, STACK_MAX = 64 };

static struct fact story[FACTS_MAX];
static size_t story_count;

static struct fact *
add(struct arena *a, const char *day, enum fact_kind kind)
{
    char order[16];
    struct fact *f = &story[story_count++];

    (void)snprintf(order, sizeof order, "o%zu", story_count);
    *f = (struct fact){.kind = kind,
                       .status = FACT_FINAL,
                       .patient = {STR("H"), STR("SECRET-77")},
                       .collected = stamp_of_day(day_of(day), 0),
                       .status_time = stamp_of_day(day_of(day), 0),
                       .received = stamp_of_day(day_of(day), 0),
                       .order = str_dup(a, str_from_c(order))};
    return f;
}

static struct fact *
value(struct arena *a, const char *day, const char *number, const char *unit)
{
    struct fact *f = add(a, day, FACT_OBSERVATION);
    bool below = number[0] == '<';

    f->u.observation = (struct observation){.analyte = STR("psa"),
                                            .code = {STR("LN"), STR("2857-1"), STR("PSA")},
                                            .value = {below ? CMP_LT : CMP_EQ, {0, 0}, true},
                                            .text = str_from_c(number),
                                            .unit = str_from_c(unit),
                                            .unit_reported = str_from_c(unit)};
    assert_true(dec_parse(str_from_c(number + below), &f->u.observation.value.value));
    return f;
}

static void
variant(struct arena *a, const char *day, const char *gene, const char *name)
{
    struct fact *f = add(a, day, FACT_VARIANT);

    f->u.variant =
        (struct variant){.gene = str_from_c(gene), .name = str_from_c(name), .present = true};
}

static void
therapy(struct arena *a, const char *day, const char *drug)
{
    struct fact *f = add(a, day, FACT_THERAPY);
    struct str *names = ARENA_ARRAY(a, 1, struct str);

    names[0] = str_from_c(drug);
    f->u.therapy = (struct therapy){.action = THERAPY_START,
                                    .rung = THERAPY_GIVEN,
                                    .drug = names[0],
                                    .classes = names,
                                    .class_count = 1,
                                    .cover_days = 28,
                                    .code = {STR("L"), names[0], STR_NONE}};
}

static struct str
drawn(struct arena *a, const struct alert *al)
{
    struct timeline t =
        timeline_build(a, story, story_count, stamp_of_day(day_of("2026-11-23"), 0));
    struct therapies th = course_build(&t);
    struct picture in = {a, &t, &th, al};
    struct sb b;

    sb_init_arena(&b, a, OUT_MAX);
    picture_write(&b, &in);
    assert_true(sb_ok(&b));
    return str_from_c(sb_cz(&b));
}

static struct arena *
begin(void)
{
    story_count = 0;
    return fresh();
}

static size_t
times(struct str s, const char *what)
{
    size_t n = 0;

    for (const char *p = strstr(s.p, what); p != NULL; p = strstr(p + 1, what))
        n++;
    return n;
}

/* Every element closes, in order; attributes are quoted; no text holds a bare < or &. */
static void
assert_well_formed(struct str s)
{
    struct str open[STACK_MAX];
    size_t depth = 0;

    for (const char *p = strchr(s.p, '<'); p != NULL; p = strchr(p, '<')) {
        bool closing = p[1] == '/';
        const char *name = p + 1 + closing;
        const char *end = name;
        struct str tag = {name, strcspn(name, " >/")};
        bool quoted = false;

        assert_true(tag.n > 0 && tag.n < 20);
        for (; *end != '\0' && (quoted || *end != '>'); end++) {
            assert_false(*end == '<');
            quoted = *end == '"' ? !quoted : quoted;
        }
        assert_int_equal(*end, '>');
        if (closing) {
            assert_true(depth > 0);
            assert_true(str_eq(open[--depth], tag));
        } else if (end[-1] != '/') {
            assert_true(depth < STACK_MAX);
            open[depth++] = tag;
        }
        p = end;
    }
    assert_int_equal(depth, 0);
    for (const char *p = strchr(s.p, '&'); p != NULL; p = strchr(p + 1, '&'))
        assert_true(strncmp(p, "&amp;", 5) == 0 || strncmp(p, "&lt;", 4) == 0 ||
                    strncmp(p, "&gt;", 4) == 0 || strncmp(p, "&quot;", 6) == 0 ||
                    strncmp(p, "&#39;", 5) == 0);
}

/* The curve goes from left to right, within the frame. */
static size_t
assert_in_order(struct str s)
{
    const char *p = strstr(s.p, " points=\"");
    size_t n = 0;
    int last = DRAWING_LEFT;

    assert_non_null(p);
    for (p += strlen(" points=\""); *p != '"'; n++) {
        char *end;
        long x = strtol(p, &end, 10);
        long y = strtol(end + 1, &end, 10);

        assert_true(x >= last && x <= DRAWING_WIDTH - DRAWING_RIGHT);
        assert_true(y >= DRAWING_TOP && y <= DRAWING_TOP + 170);
        last = (int)x;
        p = *end == ' ' ? end + 1 : end;
    }
    return n;
}

static struct alert_section section;
static struct alert_evidence part[2];
static struct threshold line[2];

/* Candidate and nadir among the story's facts, and a line over the nadir. */
static struct alert
alert_over(const struct fact *nadir, const struct fact *candidate)
{
    part[0] = (struct alert_evidence){.part = STR("nadir"), .key = fact_key(nadir)};
    part[1] = (struct alert_evidence){.part = STR("candidate"), .key = fact_key(candidate)};
    line[0] = (struct threshold){.analyte = STR("psa"),
                                 .unit = STR("ng/mL"),
                                 .side = STR("at_least"),
                                 .limit = STR("2.4"),
                                 .role = STR("candidate"),
                                 .basis = STR("nadir"),
                                 .reference = STR("0.4"),
                                 .reference_day = fact_day(nadir),
                                 .from = DAY_NONE,
                                 .until = DAY_NONE,
                                 .decides = true,
                                 .text = STR("at least 2.4 ng/mL: 2.0 ng/mL over the nadir")};
    line[1] = line[0];
    line[1].limit = STR("0.5");
    line[1].decides = false;
    section = (struct alert_section){.title = STR("PSA progression <PCWG3>"),
                                     .status = FINDING_MET,
                                     .evidence = part,
                                     .evidence_count = 2,
                                     .threshold = line,
                                     .threshold_count = 2};
    return (struct alert){.section = &section, .section_count = 1};
}

static void
t_a_course_with_its_threshold(void **state)
{
    struct arena *a = begin();
    const struct fact *nadir;
    struct alert al;
    struct str s;

    (void)state;
    (void)value(a, "2026-05-01", "8", "ng/mL"); /* out of order: the timeline sorts */
    (void)value(a, "2026-01-01", "31", "ng/mL");
    nadir = value(a, "2026-03-01", "0.4", "ng/mL");
    al = alert_over(nadir, &story[0]);
    therapy(a, "2026-01-05", "enzalutamide");
    s = drawn(a, &al);
    assert_well_formed(s);
    assert_int_equal(assert_in_order(s), 3);
    assert_int_equal(times(s, "class=\"threshold\""), 1); /* the one that decides */
    assert_non_null(strstr(s.p, "≥ 2.4"));
    assert_non_null(strstr(s.p, ">nadir 0.4<"));
    assert_non_null(strstr(s.p, ">candidate 8<"));
    assert_non_null(strstr(s.p, "threshold: the tinted side"));
    assert_int_equal(times(s, "<td>threshold, PSA</td>"), 2); /* the table has both */
    assert_non_null(strstr(s.p, "<desc"));
    assert_non_null(strstr(s.p, "PSA progression &lt;PCWG3&gt;"));
    assert_null(strstr(s.p, "SECRET"));
}

static void
t_without_a_threshold_no_band(void **state)
{
    struct arena *a = begin();
    const struct fact *nadir = value(a, "2026-01-01", "1", "ng/mL");
    struct alert al = alert_over(nadir, value(a, "2026-02-01", "3", "ng/mL"));
    struct str s;

    (void)state;
    section.threshold_count = 0;
    s = drawn(a, &al);
    assert_well_formed(s);
    assert_null(strstr(s.p, "class=\"threshold\""));
    assert_null(strstr(s.p, "tinted"));
    assert_null(strstr(s.p, "confirmation")); /* the legend has what is drawn */
}

static void
t_units_are_one_and_limits_show(void **state)
{
    struct arena *a = begin();
    const struct fact *nadir = value(a, "2026-01-01", "<0.01", "ng/mL");
    struct alert al = alert_over(nadir, value(a, "2026-06-01", "3", "ng/mL"));
    struct str s;

    (void)state;
    (void)value(a, "2026-03-01", "1000", "ng/L");    /* 1 ng/mL */
    (void)value(a, "2026-04-01", "1", "[arb'U]/mL"); /* converts to nothing */
    s = drawn(a, &al);
    assert_well_formed(s);
    assert_int_equal(assert_in_order(s), 3);
    assert_int_equal(times(s, "class=\"name\""), 1); /* one panel */
    assert_non_null(strstr(s.p, "1 value of PSA came in another unit"));
    assert_non_null(strstr(s.p, "1 value of PSA in a unit that does not convert"));
    assert_non_null(strstr(s.p, "(reported as 1000 ng/L)"));
    assert_non_null(strstr(s.p, "nadir &lt;0.01"));
}

static void
t_what_is_sent_stays_text(void **state)
{
    struct arena *a = begin();
    struct str s;

    (void)state;
    (void)value(a, "2026-01-01", "1", "ng/mL");
    therapy(a, "2026-01-05", "<script>alert(1)</script>&\"'");
    variant(a, "2026-02-01", "EG\"><b>", "T790M & more");
    s = drawn(a, NULL);
    assert_well_formed(s);
    assert_null(strstr(s.p, "<script"));
    assert_null(strstr(s.p, "<b>"));
    assert_non_null(strstr(s.p, "T790M &amp; more"));
}

static void
t_sixty_variants_of_one_day_are_one_dot(void **state)
{
    struct arena *a = begin();
    char name[60][16];
    struct str s;

    (void)state;
    for (int i = 0; i < 60; i++) {
        (void)snprintf(name[i], sizeof name[i], "V%dE", 100 + i);
        variant(a, "2026-02-01", "GENE", name[i]);
    }
    s = drawn(a, NULL);
    assert_well_formed(s);
    assert_int_equal(times(s, "class=\"event\""), 1);
    assert_non_null(strstr(s.p, "+ 57 more"));
    for (int i = 0; i < 60; i++) /* all of them are in the table */
        assert_non_null(strstr(strstr(s.p, "<details"), name[i]));
}

static void
t_one_value_and_none(void **state)
{
    struct arena *a = begin();
    struct str s;

    (void)state;
    s = drawn(a, NULL);
    assert_null(strstr(s.p, "<svg"));
    assert_non_null(strstr(s.p, "No values"));
    (void)value(a, "2026-11-23", "0", "ng/mL");
    s = drawn(a, NULL);
    assert_well_formed(s);
    assert_int_equal(assert_in_order(s), 1);
}

/* More than there is room for: the newest, and what the alert speaks of. */
static void
t_a_long_course_keeps_its_evidence(void **state)
{
    struct arena *a = begin();
    const struct fact *nadir = value(a, "2016-01-01", "0.4", "ng/mL");
    struct alert al;
    struct str s;

    (void)state;
    for (int i = 0; i < 900; i++) {
        struct fact *f = value(a, "2020-01-01", "2", "ng/mL");

        f->collected = f->status_time = stamp_of_day(day_of("2020-01-01") + 2 * i, 0);
    }
    al = alert_over(nadir, &story[story_count - 1]);
    s = drawn(a, &al);
    assert_well_formed(s);
    assert_int_equal(assert_in_order(s), DRAWING_POINTS_MAX);
    assert_non_null(strstr(s.p, "nadir 0.4"));
    assert_non_null(strstr(s.p, "older values left out"));
}

static void
t_no_room_in_the_arena_is_a_jump_not_a_crash(void **state)
{
    static _Alignas(16) unsigned char memory[96 * 1024];
    struct arena *a = begin();
    struct arena small;
    struct timeline t;
    struct therapies th;
    struct picture in = {&small, &t, &th, NULL};
    struct sb b;
    jmp_buf trap;
    volatile bool full = false;

    (void)state;
    for (int i = 0; i < 500; i++)
        (void)value(a, "2026-01-01", "2", "ng/mL");
    t = timeline_build(a, story, story_count, stamp_of_day(day_of("2026-11-23"), 0));
    th = course_build(&t);
    arena_init(&small, memory, sizeof memory);
    (void)arena_trap_set(&small, &trap);
    if (setjmp(trap) != 0) {
        full = true;
    } else {
        sb_init_arena(&b, &small, OUT_MAX);
        picture_write(&b, &in);
    }
    assert_true(full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_a_course_with_its_threshold),
        cmocka_unit_test(t_without_a_threshold_no_band),
        cmocka_unit_test(t_units_are_one_and_limits_show),
        cmocka_unit_test(t_what_is_sent_stays_text),
        cmocka_unit_test(t_sixty_variants_of_one_day_are_one_dot),
        cmocka_unit_test(t_one_value_and_none),
        cmocka_unit_test(t_a_long_course_keeps_its_evidence),
        cmocka_unit_test(t_no_room_in_the_arena_is_a_jump_not_a_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
