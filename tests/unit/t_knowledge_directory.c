/* directory.yaml: what is wrong in it, with its place, and whom it names for an alert. */
#include "conf/dutyhours.h"
#include "conf/yaml.h"
#include "core_test.h"
#include "knowledge/directory.h"

static const char whole[] = "people:\n"
                            "  - id: dr-lang\n"
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

static struct alert_recipient
ask_one(const struct directory_ask *ask)
{
    struct arena *a = fresh();
    struct directory dir;
    struct diags d;
    const struct alert_recipient *r;
    size_t n;

    assert_true(read_directory(whole, a, &d, &dir));
    r = directory_resolve(&dir, ask, a, &n);
    assert_int_equal(n, 1);
    return r[0];
}

static struct directory_ask
lung(const char *attending)
{
    return (struct directory_ask){.attending = str_from_c(attending),
                                  .ordering = STR_NONE,
                                  .disease =
                                      oncotree_code(shipped()->knowledge.oncotree, STR("LUAD")),
                                  .today = day_of("2026-11-23")};
}

static void
t_who_hears_of_it(void **state)
{
    struct directory_ask ask = lung("7001");
    struct alert_recipient r = ask_one(&ask);

    (void)state;
    assert_str(r.id, "dr-lang");
    assert_str(r.role, "attending");
    ask.today = day_of("2026-12-14");
    r = ask_one(&ask);
    assert_str(r.id, "dr-weiss");
    assert_str(r.why, "attending physician; covers for dr-lang until 2026-12-14");
    ask.today = day_of("2026-12-15");
    assert_str(ask_one(&ask).id, "dr-lang");
    ask.attending = STR("9999"); /* nobody of ours: who ordered the test */
    ask.ordering = STR("7002");
    assert_str(ask_one(&ask).id, "dr-weiss");
    assert_str(ask_one(&ask).role, "ordering");
    ask.ordering = STR_NONE;
    assert_str(ask_one(&ask).id, "thoracic"); /* adenocarcinoma lies below LUNG */
    assert_str(ask_one(&ask).role, "service");
    ask.disease = oncotree_code(shipped()->knowledge.oncotree, STR("PRAD"));
    assert_str(ask_one(&ask).id, "desk");
    assert_str(ask_one(&ask).role, "fallback");
}

static void
t_who_does_not(void **state)
{
    struct directory_ask ask = lung("7001");

    (void)state;
    ask.germline = true; /* the named role, and no physician beside it */
    assert_str(ask_one(&ask).id, "genetics");
    ask = lung("");
    ask.confidential = true; /* no service line hears of him */
    assert_str(ask_one(&ask).id, "privacy");
    ask.attending = STR("7001");
    assert_str(ask_one(&ask).id, "dr-lang");
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
        cmocka_unit_test(t_what_is_wrong), cmocka_unit_test(t_who_hears_of_it),
        cmocka_unit_test(t_who_does_not),  cmocka_unit_test(t_possibly_inherited),
        cmocka_unit_test(t_hours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
