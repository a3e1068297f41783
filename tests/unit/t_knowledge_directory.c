/* directory.yaml: what is wrong in it, with its place, and whom it names for an alert. */
#include "conf/dutyhours.h"
#include "conf/yaml.h"
#include "core_test.h"
#include "knowledge/directory.h"

static const char whole[] = "people:\n"
                            "  - id: dr-lang\n"
                            "    name: Dr. Lang\n"
                            "    numbers: [7001, \"D-7001\"]\n"
                            "    absent:\n"
                            "      - {from: 2026-12-01, until: 2026-12-14, cover: dr-weiss}\n"
                            "  - {id: dr-weiss, numbers: [7002]}\n"
                            "  - {id: genetics}\n"
                            "pools: [thoracic, desk, privacy, board]\n"
                            "services:\n"
                            "  - {disease: [LUNG], to: thoracic}\n"
                            "fallback: desk\n"
                            "germline: genetics\n"
                            "germline_genes: [BRCA2]\n"
                            "confidential: privacy\n"
                            "mtb: board\n";

static bool
read_directory(const char *text, struct arena *a, struct diags *d, struct directory *out)
{
    struct tree *root = NULL;

    diags_init(d, a);
    return yaml_read(str_from_c(text), "directory.yaml", a, d, &root) &&
           directory_read(root, shipped()->knowledge.oncotree, a, d, out);
}

/* The first diag, as "line: part of its text". */
static void
refused(const char *text, int line, const char *part)
{
    struct arena *a = fresh();
    struct directory dir;
    struct diags d;

    if (read_directory(text, a, &d, &dir))
        fail_msg("taken: %s", text);
    if (d.first == NULL || d.first->line != line || strstr(d.first->text, part) == NULL)
        fail_msg("%s\nline %d: %s", text, d.first == NULL ? 0 : d.first->line,
                 d.first == NULL ? "" : d.first->text);
}

#define ENDS "fallback: desk\ngermline: desk\npools: [desk]\n"

static void
t_what_is_wrong(void **state)
{
    (void)state;
    refused("pools: [desk]\ngermline: desk\n", 1, "fallback");
    refused("pools: [desk]\nfallback: desk\n", 1, "germline");
    refused("pools: [desk]\nfallback:\ngermline: desk\n", 2, "missing");
    refused("pools: [desk]\nfallback: \"\"\ngermline: desk\n", 2, "a name");
    refused("pools: [desk]\nfallback: dsk\ngermline: desk\n", 2, "nobody of this name");
    refused(ENDS "service: []\n", 4, "service");
    refused(ENDS "services:\n  - {disease: [LUNGX], to: desk}\n", 5, "no OncoTree code");
    refused(ENDS "services:\n  - {disease: [LUNG], to: nobody}\n", 5, "nobody of this name");
    refused(ENDS "people:\n  - {id: desk}\n", 3, "stands twice");
    refused(ENDS "people:\n  - {id: \"a b\"}\n", 5, "a name has");
    refused(ENDS "people:\n  - id: x\n    absent:\n      - {from: 2026-12-01, until: 2026-11-01, "
                 "cover: desk}\n",
            7, "before");
    refused(ENDS "people:\n  - id: x\n    absent:\n      - {from: 2026-12-01, until: 2026-12-02, "
                 "cover: x}\n",
            7, "covers for himself");
}

/* An answer that outlives the next one asked for. */
static struct directory_answer
ask_text(const char *text, const struct directory_ask *ask)
{
    struct arena *a = fresh();
    struct directory *dir = ARENA_NEW(a, struct directory);
    struct diags d;

    if (!read_directory(text, a, &d, dir))
        fail_msg("line %d: %s", d.first->line, d.first->text);
    return directory_resolve(dir, ask, a);
}

static struct alert_recipient
ask_one(const struct directory_ask *ask)
{
    struct directory_answer r = ask_text(whole, ask);

    assert_int_equal(r.count, 1);
    return r.recipient[0];
}

static struct provider numbers[8];
static struct directory_said said[8];
static size_t said_count;

/* Messages name that number for that role. */
static void
says(const char *role, const char *code, const char *authority, const char *id)
{
    numbers[said_count] = (struct provider){str_from_c(authority), str_from_c(id)};
    said[said_count] = (struct directory_said){.role = str_from_c(role),
                                               .code = {STR("L"), str_from_c(code), STR_NONE},
                                               .person = &numbers[said_count],
                                               .person_count = 1};
    said_count++;
}

static struct directory_ask
lung(void)
{
    return (struct directory_ask){.said = said,
                                  .said_count = said_count,
                                  .disease =
                                      oncotree_code(shipped()->knowledge.oncotree, STR("LUAD")),
                                  .today = day_of("2026-11-23")};
}

static struct directory_ask
attended(const char *number)
{
    said_count = 0;
    says("attending", "", "", number);
    return lung();
}

static void
t_who_hears_of_it(void **state)
{
    struct directory_ask ask = attended("7001");
    struct alert_recipient r = ask_one(&ask);

    (void)state;
    assert_str(r.id, "dr-lang");
    assert_str(r.name, "Dr. Lang");
    assert_str(r.role, "attending");
    assert_true(str_is_empty(r.covers));
    ask.today = day_of("2026-12-14");
    r = ask_one(&ask);
    assert_str(r.id, "dr-weiss");
    assert_str(r.covers, "dr-lang");
    assert_str(r.why, "attending physician; covers for dr-lang until 2026-12-14");
    ask.today = day_of("2026-12-15");
    assert_str(ask_one(&ask).id, "dr-lang");
    ask = attended("9999"); /* nobody of ours: who ordered the test */
    says("ordering", "", "", "7002");
    ask = lung();
    assert_str(ask_one(&ask).id, "dr-weiss");
    assert_str(ask_one(&ask).role, "ordering");
    said_count = 0;
    ask = lung();
    assert_str(ask_one(&ask).id, "thoracic"); /* adenocarcinoma lies below LUNG */
    assert_str(ask_one(&ask).role, "service");
    ask.disease = oncotree_code(shipped()->knowledge.oncotree, STR("PRAD"));
    assert_str(ask_one(&ask).id, "desk");
    assert_str(ask_one(&ask).role, "fallback");
}

static void
t_who_does_not(void **state)
{
    struct directory_ask ask = attended("7001");

    (void)state;
    ask.germline = true; /* the named role, and no physician beside it */
    assert_str(ask_one(&ask).id, "genetics");
    ask = attended("");
    ask.confidential = true; /* no service line hears of him */
    assert_str(ask_one(&ask).id, "privacy");
    ask = attended("7001");
    ask.confidential = true;
    assert_str(ask_one(&ask).id, "dr-lang");
}

static const char roles[] = "people:\n"
                            "  - {id: dr-a, numbers: [\"HOSP:1\"]}\n"
                            "  - {id: dr-b, numbers: [\"MVZ:1\", B-2]}\n"
                            "  - {id: dr-c, numbers: [3]}\n"
                            "pools: [desk]\n"
                            "roles: [primary_oncologist, consulting]\n"
                            "role_codes:\n"
                            "  primary_oncologist: [\"L:ONC\", TRT]\n"
                            "fallback: desk\n"
                            "germline: desk\n";

/* The site says which roles count, in which order, and what its own codes mean. */
static void
t_roles_of_the_site(void **state)
{
    struct directory_ask ask;
    struct directory_answer r;

    (void)state;
    said_count = 0;
    says("attending", "", "HOSP", "1"); /* a role that does not count here */
    ask = lung();
    r = ask_text(roles, &ask);
    assert_str(r.recipient[0].role, "fallback");
    assert_int_equal(r.unknown_count, 0);
    says("consulting", "", "MVZ", "1"); /* the same number of another authority is another one */
    says("consulting", "", "X", "3");
    says("consulting", "", "X", "1"); /* and of a third one nobody */
    ask = lung();
    r = ask_text(roles, &ask);
    assert_int_equal(r.count, 2);
    assert_str(r.recipient[0].id, "dr-b");
    assert_str(r.recipient[1].id, "dr-c");
    assert_int_equal(r.unknown_count, 1);
    assert_str(r.unknown[0], "consulting X:1");
    says("", "ONC", "HOSP", "1"); /* before them all */
    ask = lung();
    r = ask_text(roles, &ask);
    assert_int_equal(r.count, 1);
    assert_str(r.recipient[0].id, "dr-a");
    assert_str(r.recipient[0].why, "primary oncologist");
    said_count = 0;
    says("", "OTHER", "HOSP", "1");
    ask = lung();
    assert_str(ask_text(roles, &ask).recipient[0].id, "desk");
}

/* Several numbers of one person: any of them will do, and only one recipient comes of it. */
static void
t_numbers_of_one(void **state)
{
    static const struct provider two[] = {{{"X", 1}, {"77", 2}}, {{NULL, 0}, {"B-2", 3}}};
    struct directory_ask ask;
    struct directory_answer r;

    (void)state;
    said_count = 0;
    says("consulting", "", "", "");
    said[0].person = two;
    said[0].person_count = 2;
    ask = lung();
    r = ask_text(roles, &ask);
    assert_int_equal(r.count, 1);
    assert_str(r.recipient[0].id, "dr-b");
    assert_int_equal(r.unknown_count, 0);
    said[0].several = true; /* PV1-9: two people, and one of them is nobody of ours */
    r = ask_text(roles, &ask);
    assert_int_equal(r.count, 1);
    assert_str(r.unknown[0], "consulting X:77");
}

#define CALLS                                                      \
    "people:\n"                                                    \
    "  - id: dr-a\n"                                               \
    "    absent:\n"                                                \
    "      - {from: 2026-12-01, until: 2026-12-31, cover: dr-b}\n" \
    "  - id: dr-b\n"                                               \
    "    absent:\n"                                                \
    "      - {from: 2026-12-10, until: 2026-12-12, cover: desk}\n" \
    "  - {id: dr-c}\n"                                             \
    "pools: [desk, lungs]\n"                                       \
    "services:\n"                                                  \
    "  - {disease: [LUNG], to: [lungs, dr-c]}\n"                   \
    "fallback: desk\n"                                             \
    "germline: desk\n"

/* Who is on call may be away himself: the chain goes on. */
static void
t_chains(void **state)
{
    static const char text[] = CALLS "on_call:\n"
                                     "  - {pool: lungs, from: 2026-11-20, until: 2026-12-20, who: "
                                     "dr-a}\n";
    struct directory_ask ask;
    struct directory_answer r;

    (void)state;
    said_count = 0;
    ask = lung();
    r = ask_text(text, &ask);
    assert_int_equal(r.count, 2); /* a service may name several */
    assert_str(r.recipient[0].id, "dr-a");
    assert_str(r.recipient[0].covers, "lungs");
    assert_str(r.recipient[0].why, "has this disease; on call for lungs until 2026-12-20");
    assert_str(r.recipient[1].id, "dr-c");
    ask.today = day_of("2026-12-10");
    r = ask_text(text, &ask);
    assert_str(r.recipient[0].id, "desk");
    assert_str(r.recipient[0].covers, "lungs");
    ask.today = day_of("2026-12-21"); /* nobody is on call: the pool itself */
    r = ask_text(text, &ask);
    assert_str(r.recipient[0].id, "lungs");
}

static void
t_no_circles(void **state)
{
    (void)state;
    refused("people:\n"
            "  - id: dr-a\n"
            "    absent:\n"
            "      - {from: 2026-12-01, until: 2026-12-31, cover: dr-b}\n"
            "  - id: dr-b\n"
            "    absent:\n"
            "      - {from: 2026-12-10, until: 2026-12-12, cover: dr-a}\n"
            "pools: [desk]\nfallback: desk\ngermline: desk\n",
            7, "leads back");
    refused(CALLS "on_call:\n"
                  "  - {pool: desk, from: 2026-12-01, until: 2026-12-12, who: dr-b}\n",
            7, "leads back");
    refused(CALLS "on_call:\n  - {pool: dr-c, from: 2026-12-01, until: 2026-12-12, who: dr-b}\n",
            15, "no pool");
    refused(CALLS "on_call:\n  - {pool: desk, from: 2026-12-01, who: dr-b}\n", 15, "until");
    refused(CALLS "roles: [attending, chief]\n", 14, "no such role");
    refused(CALLS "germline_min_vaf: 130\n", 14, "percentage");
    refused("people:\n  - {id: a, numbers: [7]}\n  - {id: b, numbers: [8, 7]}\n" ENDS, 3,
            "number stands twice");
}

static void
t_possibly_inherited(void **state)
{
    struct directory dir;
    struct diags d;
    struct variant v = {.gene = STR("KRAS"), .origin = ORIGIN_GERMLINE};

    (void)state;
    assert_true(read_directory(whole, fresh(), &d, &dir));
    assert_true(directory_is_germline(&dir, &v));
    v.origin = ORIGIN_UNKNOWN;
    assert_false(directory_is_germline(&dir, &v));
    v.gene = STR("BRCA2"); /* where nobody says that it is the tumour's */
    assert_true(directory_is_germline(&dir, &v));
    v.origin = ORIGIN_SOMATIC;
    assert_false(directory_is_germline(&dir, &v));
    assert_str(directory_pool(&dir, STR("mtb")), "board");
    assert_true(str_is_absent(directory_pool(&dir, STR("dr-lang"))));
    v.origin = ORIGIN_UNKNOWN;
    v.vaf = (struct quantity){.value = {29, 0}, .present = true};
    assert_true(directory_is_germline(&dir, &v));
    dir.has_germline_vaf = true;
    dir.germline_vaf = (struct dec){30, 0};
    assert_false(
        directory_is_germline(&dir, &v)); /* half of the reads, or nearly, is what to see */
    v.vaf.value.coef = 30;
    assert_true(directory_is_germline(&dir, &v));
    v.vaf.present = false;
    assert_true(directory_is_germline(&dir, &v)); /* unknown is not negative */
    v.vaf = (struct quantity){.value = {1, 0}, .present = true};
    v.origin = ORIGIN_GERMLINE; /* said to be: no share of reads speaks against it */
    assert_true(directory_is_germline(&dir, &v));
}

static void
t_hours(void **state)
{
    int16_t open = 0;
    int16_t close = 0;
    uint8_t days = 0;

    (void)state;
    assert_true(dutyhours_clock(STR("07:05"), &open));
    assert_int_equal(open, 425);
    assert_false(dutyhours_clock(STR("7:05"), &open));
    assert_false(dutyhours_clock(STR("24:01"), &open));
    assert_false(dutyhours_clock(STR("12:60"), &open));
    assert_true(dutyhours_range(STR("08:00 - 17:30"), &open, &close));
    assert_int_equal(close, 1050);
    assert_false(dutyhours_range(STR("22:00-06:00"), &open, &close));
    assert_false(dutyhours_range(STR("08:00"), &open, &close));
    assert_true(dutyhours_days(STR("mon-fri"), &days));
    assert_int_equal(days, 0x1f);
    assert_true(dutyhours_days(STR("Mon, wed-thu,sun"), &days));
    assert_int_equal(days, 0x4d);
    assert_false(dutyhours_days(STR("fri-mon"), &days));
    assert_false(dutyhours_days(STR("mon,"), &days));
    assert_false(dutyhours_days(STR("daily"), &days));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_what_is_wrong),  cmocka_unit_test(t_who_hears_of_it),
        cmocka_unit_test(t_who_does_not),   cmocka_unit_test(t_roles_of_the_site),
        cmocka_unit_test(t_numbers_of_one), cmocka_unit_test(t_chains),
        cmocka_unit_test(t_no_circles),     cmocka_unit_test(t_possibly_inherited),
        cmocka_unit_test(t_hours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
