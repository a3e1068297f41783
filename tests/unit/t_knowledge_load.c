/* The room knowledge: the whole of config/ compiles, and what does not compile is refused with its
 * place. Run from the repository's root. */
#include "conf/config.h"
#include "knowledge/load.h"
#include "sys/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static struct diags
fresh(void)
{
    struct diags d;

    mem_arena_trim(&arena, 0);
    diags_init(&d, &arena);
    return d;
}

static void
print(const struct diags *d)
{
    for (const struct diag *x = d->first; x != NULL; x = x->next)
        print_message("%s:%d:%d: %s\n", x->file == NULL ? "-" : x->file, x->line, x->col, x->text);
}

/* config/ as it stands in the tree; the tests add files of their own before it is sealed. */
static struct bundle *
shipped(struct diags *d)
{
    static const char *const folders[] = {"criteria", "therapies", "trials", "maps", "terminology"};
    struct bundle *b = bundle_new(&arena);

    for (size_t i = 0; i < RFD_COUNT(folders); i++) {
        struct str dir = str_cat(&arena, STR("config/"), str_from_c(folders[i]));

        assert_true(bundle_add_folder(b, folders[i], str_cz(&arena, dir), d));
    }
    return b;
}

static bool
load(struct bundle *b, enum run_mode mode, struct diags *d, struct knowledge_set **out)
{
    struct settings s = {.mode = (int)mode};

    bundle_seal(b);
    return knowledge_load(b, &s, &arena, d, out);
}

/* Does some error stand at that file and line, and say that? */
static bool
says(const struct diags *d, const char *file, int line, const char *part)
{
    for (const struct diag *x = d->first; x != NULL; x = x->next) {
        if (x->level == DIAG_ERROR && x->file != NULL && strcmp(x->file, file) == 0 &&
            (line == 0 || x->line == line) && strstr(x->text, part) != NULL)
            return true;
    }
    print(d);
    return false;
}

static void
t_shipped_config_compiles(void **state)
{
    struct diags d = fresh();
    struct knowledge_set *set = NULL;

    (void)state;
    if (!load(shipped(&d), RUN_DEMO, &d, &set))
        print(&d);
    assert_non_null(set);
    assert_int_equal(d.errors, 0);
    assert_true(set->knowledge.demo);
    assert_true(set->knowledge.match.show_unsigned);
    assert_ptr_equal(set->knowledge.oncotree, &set->terms.oncotree);
    assert_int_equal(set->knowledge.sha.n, 64);
    assert_true(set->knowledge.rules.count >= 12);
    assert_true(set->knowledge.match.therapies->count >= 20);
    assert_true(set->knowledge.match.trials->count >= 10);
    assert_true(set->knowledge.match.cross->count > 20);
    assert_non_null(criteria_rule(&set->knowledge.rules, STR("prostate.psa.pcwg3")));
}

static void
t_maps_by_name(void **state)
{
    struct diags d = fresh();
    struct knowledge_set *set = NULL;

    (void)state;
    assert_true(load(shipped(&d), RUN_NORMAL, &d, &set));
    assert_false(set->knowledge.demo);
    assert_non_null(knowledge_map(set, "default.yaml"));
    assert_true(str_eq_c(knowledge_map(set, "default.yaml")->name, "default"));
    assert_int_equal(knowledge_map(set, "default.yaml")->hash.n, 64);
    assert_null(knowledge_map(set, "maps/default.yaml"));
    assert_null(knowledge_map(set, NULL));
}

/* A feed's zone by name: winter, summer, and the hour that comes twice. */
static void
t_zone_of_a_map(void **state)
{
    static const char text[] = "name: x\npatient: {id: PID-3}\nzone: {name: Europe/Oslo}\n";
    static const struct {
        const char *said;
        enum hl7time_result result;
        int offset;
    } rows[] = {{"20260115120000", HL7TIME_OK, 60},
                {"20260715120000", HL7TIME_OK, 120},
                {"20261025023000", HL7TIME_AMBIGUOUS, 120},
                {"20260329023000", HL7TIME_AMBIGUOUS, 60},
                {"20260715120000-0500", HL7TIME_OK, -300}};
    struct diags d = fresh();
    struct bundle *b = shipped(&d);
    struct knowledge_set *set = NULL;

    (void)state;
    bundle_add_bytes(b, "maps/zz.yaml", "zz.yaml", str_from_c(text));
    assert_true(load(b, RUN_DEMO, &d, &set));
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        struct stamp at;

        assert_int_equal(
            hl7time_parse(str_from_c(rows[i].said), &knowledge_map(set, "zz.yaml")->zone, &at),
            rows[i].result);
        assert_int_equal(at.offset_min, rows[i].offset);
    }
}

/* The name of a set: rules are in it, maps are not. */
static void
t_what_names_a_set(void **state)
{
    static const char map[] = "name: other\npatient: {id: PID-3}\n";
    struct diags d = fresh();
    struct bundle *b;
    struct knowledge_set *set[3] = {NULL, NULL, NULL};

    (void)state;
    assert_true(load(shipped(&d), RUN_DEMO, &d, &set[0]));
    b = shipped(&d);
    bundle_add_bytes(b, "maps/other.yaml", "other.yaml", str_from_c(map));
    assert_true(load(b, RUN_DEMO, &d, &set[1]));
    b = shipped(&d);
    bundle_add_bytes(b, "criteria/zz.yaml", "zz.yaml", STR("[]\n"));
    assert_true(load(b, RUN_DEMO, &d, &set[2]));
    assert_true(str_eq(set[0]->knowledge.sha, set[1]->knowledge.sha));
    assert_false(str_eq(set[0]->knowledge.sha, set[2]->knowledge.sha));
}

static void
t_refused_with_its_place(void **state)
{
    static const struct {
        const char *path;
        const char *text;
        int line;
        const char *says;
    } rows[] = {
        {"criteria/zz.yaml", "- id: only.an.id\n", 1, ""},
        {"criteria/zz.yaml", "rules: [\n", 0, ""},
        {"therapies/zz.yaml", "therapies:\n  - id: x\n    titel: y\n", 0, "titel"},
        {"therapies/zz.yaml", "other: 1\n", 1, "therapies"},
        {"terminology/zz.yaml", "anything: 1\n", 1, "anything"},
        {"maps/zz.yaml", "name: x\n", 1, "patient"},
        {"maps/zz.yaml", "name: x\npatient: {id: PID-3}\nzone: {name: Mars/Phobos}\n", 3,
         "zoneinfo"},
        {"maps/zz.yaml",
         "name: x\npatient: {id: PID-3}\nzone: {name: Europe/Oslo, offset: \"+01:00\"}\n", 3,
         "not both"},
        {"maps/zz.yaml", "name: x\npatient: {id: PID-3}\ncharset: klingon\n", 3, "8859/1"},
        {"maps/zz.yaml", "name: x\npatient: {id: PID-3}\ntherapy: {regimen: ZRX}\n", 3, "ZRX-3"},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        struct diags d = fresh();
        struct bundle *b = shipped(&d);
        struct knowledge_set *set = NULL;

        bundle_add_bytes(b, rows[i].path, "zz.yaml", str_from_c(rows[i].text));
        assert_false(load(b, RUN_DEMO, &d, &set));
        assert_null(set);
        assert_true(says(&d, "zz.yaml", rows[i].line, rows[i].says));
    }
}

/* The same rule in two files: whoever reviews one of them would not see the other. */
static void
t_rule_twice(void **state)
{
    struct diags d = fresh();
    struct bundle *b = shipped(&d);
    const struct bundle_file *f;
    struct knowledge_set *set = NULL;

    (void)state;
    bundle_seal(b);
    f = bundle_find(b, "criteria/prostate.yaml");
    assert_non_null(f);
    bundle_add_bytes(b, "criteria/zz.yaml", "zz.yaml", f->bytes);
    assert_false(load(b, RUN_DEMO, &d, &set));
    assert_null(set);
    assert_true(d.errors > 0);
}

/* One run shows what is wrong in every kind of file. */
static void
t_all_errors_at_once(void **state)
{
    struct diags d = fresh();
    struct bundle *b = shipped(&d);
    struct knowledge_set *set = NULL;

    (void)state;
    bundle_add_bytes(b, "criteria/zz.yaml", "c.yaml", STR("- id: only.an.id\n"));
    bundle_add_bytes(b, "therapies/zz.yaml", "t.yaml", STR("other: 1\n"));
    bundle_add_bytes(b, "trials/openness.yaml", "n.yaml", STR("- {trial_id: 1}\n"));
    bundle_add_bytes(b, "maps/zz.yaml", "m.yaml", STR("name: x\n"));
    assert_false(load(b, RUN_DEMO, &d, &set));
    assert_true(says(&d, "c.yaml", 0, ""));
    assert_true(says(&d, "t.yaml", 0, ""));
    assert_true(says(&d, "n.yaml", 0, ""));
    assert_true(says(&d, "m.yaml", 0, ""));
}

/* A drug that nobody knows: a typo in a therapy refuses the set, in a trial it is only said. */
static void
t_unknown_names(void **state)
{
    static const char trial[] = "protocol_no: X-1\nmatch:\n  - clinical:\n"
                                "      oncotree_primary_diagnosis: No Such Disease\n";
    struct diags d = fresh();
    struct bundle *b = shipped(&d);
    struct knowledge_set *set = NULL;

    (void)state;
    bundle_add_bytes(b, "trials/zz.yaml", "zz.yaml", str_from_c(trial));
    assert_true(load(b, RUN_DEMO, &d, &set));
    assert_true(d.warnings > 0);
}

/* Tables that stand beside the rules are no rules. */
static void
t_other_files_are_passed_over(void **state)
{
    struct diags d = fresh();
    struct bundle *b = shipped(&d);
    struct knowledge_set *set = NULL;

    (void)state;
    bundle_add_bytes(b, "criteria/sources.tsv", "sources.tsv", STR("a\tb\n"));
    assert_true(load(b, RUN_DEMO, &d, &set));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_shipped_config_compiles),
        cmocka_unit_test(t_maps_by_name),
        cmocka_unit_test(t_zone_of_a_map),
        cmocka_unit_test(t_what_names_a_set),
        cmocka_unit_test(t_refused_with_its_place),
        cmocka_unit_test(t_rule_twice),
        cmocka_unit_test(t_all_errors_at_once),
        cmocka_unit_test(t_unknown_names),
        cmocka_unit_test(t_other_files_are_passed_over),
    };

    mem_arena_new(&arena, (size_t)2 << 30);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
