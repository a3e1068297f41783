/* The native matcher against MatchMiner's semantics on the same trials and patients: every
 * difference is towards "unknown", with what is missing. Where the two contradict each other is a
 * list of its own, with facts that these patients do not have: t_match_rows.c. */
#include "conf/yaml.h"
#include "knowledge/load.h"
#include "match/compat.h"
#include "match/trialview.h"
#include "match_test.h"
#include "sys/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_MAX_TEXT = 400, FILES_MAX = 600, ROWS_MAX = 1000 };

static struct {
    struct arena arena;
    struct arena step;
    struct terms terms;
    struct match_terms names;
    struct rows_terms rows;
    struct diags diags;
    struct expr_table native;
    struct expr_table compat;
    struct trial_set set;
    struct compat_trial trial[FILES_MAX];
    const struct tree *tree[FILES_MAX];
    const char *file[FILES_MAX];
    size_t first[FILES_MAX]; /* clauses of set that belong to the trial: from here to the next */
    size_t trials;
    struct compat_patients patients;
} all;

static const char *
shared_path(const char *name)
{
    static char path[PATH_MAX_TEXT];
    const char *base = getenv("REFRACT_SHARED");

    (void)snprintf(path, sizeof path, "%s/data/ctml/%s", base == NULL ? "../shared" : base, name);
    return path;
}

static struct str
read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *buf = arena_alloc(&all.arena, 4 * 1024 * 1024);
    size_t n;

    assert_non_null(f);
    n = fread(buf, 1, 4 * 1024 * 1024, f);
    assert_int_equal(fclose(f), 0);
    return (struct str){buf, n};
}

/* ---- what is loaded ---- */

static void
load_terms(void)
{
    struct bundle *b = bundle_new(&all.arena);

    assert_true(bundle_add_folder(b, "terminology", "config/terminology", &all.diags));
    bundle_seal(b);
    assert_true(knowledge_terms(b, &all.arena, &all.diags, &all.terms));
    all.names.oncotree = &all.terms.oncotree;
}

static void
load_trial(const struct bundle_file *f)
{
    struct expr_build native = {&all.native, &all.names, &all.diags, true, NULL};
    struct expr_build compat = {&all.compat, &all.names, &all.diags, true, &all.rows};
    struct tree *t = NULL;

    assert_true(all.trials + 1 < FILES_MAX);
    diags_init(&all.diags, &all.arena);
    assert_true(yaml_read(f->bytes, f->origin, &all.arena, &all.diags, &t));
    all.tree[all.trials] = t;
    all.file[all.trials] = f->path;
    all.first[all.trials] = all.set.count;
    /* What one of the two cannot read, the other cannot either. */
    assert_int_equal(trial_compile(&native, t, &all.set),
                     compat_trial_compile(&compat, t, &all.trial[all.trials]));
    all.trials++;
    all.first[all.trials] = all.set.count;
}

static void
load_trials(const char *folder)
{
    struct bundle *b = bundle_new(&all.arena);
    const struct bundle_file *f;
    size_t pos = 0;

    assert_true(
        bundle_add_folder(b, "t", str_cz(&all.arena, str_from_c(shared_path(folder))), &all.diags));
    bundle_seal(b);
    while ((f = bundle_next(b, "t/", &pos)) != NULL) {
        load_trial(f);
    }
}

static size_t
load_rows(const char *name, const struct tree **row)
{
    struct str rest = read_file(shared_path(name));
    struct str line;
    size_t n = 0;

    while (!str_is_empty(rest)) {
        struct tree *t = NULL;

        if (!str_cut(rest, '\n', &line, &rest)) {
            rest = STR_NONE;
        }
        if (!str_is_empty(line)) {
            assert_true(yaml_read(line, "rows", &all.arena, &all.diags, &t));
            assert_true(n < ROWS_MAX);
            row[n++] = t;
        }
    }
    return n;
}

/* ---- rows as facts, where they have them ---- */

static struct str
text_of(const struct tree *row, const char *v2, const char *ctims)
{
    const char *const field[2] = {v2, ctims};
    struct row_value v = row_value_of(row_field(row, field));

    return v.kind == ROW_TEXT ? v.text : STR_NONE;
}

static void
add_mutation(struct patient *p, const struct tree *row)
{
    struct variant *v = &patient_fact(p, FACT_VARIANT, "2000-01-02")->u.variant;
    struct str change = text_of(row, "TRUE_PROTEIN_CHANGE", "HARMONIZED_PROTEIN_CHANGE");

    v->gene = text_of(row, "TRUE_HUGO_SYMBOL", "HARMONIZED_HUGO_SYMBOL");
    v->name = str_starts(change, STR("p.")) ? str_sub(change, 2, change.n) : change;
    v->present = true;
    v->category = VARIANT_MUTATION;
    v->source = STR("tissue");
}

static void
add_copy(struct patient *p, const struct tree *row)
{
    static const struct {
        const char *call;
        enum variant_category category;
        const char *name;
    } known[] = {{"High level amplification", VARIANT_COPY_GAIN, "amplification"},
                 {"Gain", VARIANT_COPY_GAIN, "gain"},
                 {"Heterozygous deletion", VARIANT_COPY_LOSS, "loss"},
                 {"Homozygous deletion", VARIANT_COPY_LOSS, "deletion"}};
    struct str call = text_of(row, "CNV_CALL", NULL);

    for (size_t i = 0; i < RFD_COUNT(known); i++) {
        if (str_eq_c(call, known[i].call)) {
            struct variant *v = &patient_fact(p, FACT_VARIANT, "2000-01-02")->u.variant;

            v->gene = text_of(row, "TRUE_HUGO_SYMBOL", "HARMONIZED_HUGO_SYMBOL");
            v->name = str_from_c(known[i].name);
            v->present = true;
            v->category = known[i].category;
            v->source = STR("tissue");
        }
    }
}

static void
add_fusion(struct patient *p, const struct tree *row)
{
    struct str left = text_of(row, "LEFT_PARTNER_GENE", "HARMONIZED_LEFT_PARTNER_GENE");
    struct str right = text_of(row, "RIGHT_PARTNER_GENE", "HARMONIZED_RIGHT_PARTNER_GENE");
    struct variant *v;

    if (str_is_absent(left) && str_is_absent(right)) {
        return; /* free text */
    }
    v = &patient_fact(p, FACT_VARIANT, "2000-01-02")->u.variant;
    v->gene = str_is_absent(left) ? right : left;
    v->partner = str_is_absent(left) || str_is_absent(right) ? STR("intergenic") : right;
    v->name = STR("fusion");
    v->present = true;
    v->category = VARIANT_FUSION;
    v->source = STR("tissue");
}

static void
add_repair(struct patient *p, const struct tree *row)
{
    struct str status = text_of(row, "MMR_STATUS", NULL);

    if (str_starts(status, STR("Deficient"))) {
        patient_biomarker(p, "mmr", "deficient", NULL, "2000-01-02");
    } else if (str_starts(status, STR("Proficient"))) {
        patient_biomarker(p, "mmr", "proficient", NULL, "2000-01-02");
    }
}

static void
add_row(struct patient *p, const struct tree *row)
{
    struct str category = text_of(row, "VARIANT_CATEGORY", NULL);

    if (str_eq_c(category, "MUTATION")) {
        add_mutation(p, row);
    } else if (str_eq_c(category, "CNV")) {
        add_copy(p, row);
    } else if (str_eq_c(category, "SV")) {
        add_fusion(p, row);
    }
    add_repair(p, row);
}

static struct patient *
facts_of(const struct compat_patient *x, const char *today)
{
    const struct tree *row = x->rows.clinical;
    struct str name = text_of(row, "ONCOTREE_PRIMARY_DIAGNOSIS_NAME", NULL);
    struct row_value born = row_value_of(tree_get(row, "BIRTH_DATE_INT"));
    struct row_value tmb = row_value_of(tree_get(row, "TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE"));
    struct patient *p = patient_new(&all.step, oncotree_name(&all.terms.oncotree, name), today);
    day_t day;

    p->match.sex = str_eq_c(text_of(row, "GENDER", NULL), "Male") ? SEX_MALE : SEX_FEMALE;
    p->match.birth = STAMP_NONE;
    if (born.kind == ROW_NUMBER && born.text.n >= 8) {
        char iso[11];

        (void)snprintf(iso, sizeof iso, "%.4s-%.2s-%.2s", born.text.p, born.text.p + 4,
                       born.text.p + 6);
        assert_true(day_parse(str_from_c(iso), &day));
        p->match.birth = stamp_of_day(day, 0);
    }
    if (tmb.kind == ROW_NUMBER) {
        patient_biomarker(p, "tmb", NULL, str_cz(&all.step, tmb.text), "2000-01-02");
    }
    for (size_t i = 0; i < x->rows.genomic_count; i++) {
        add_row(p, x->rows.genomic[i]);
    }
    return p;
}

/* ---- differences ---- */

struct tally {
    size_t both_no;
    size_t both_yes;
    size_t to_unknown;
    size_t unexplained;
};

/* An unknown says which datum it lacks. */
static bool
says_what_is_missing(const struct expr_values *v, const struct match_case *c, size_t trial)
{
    for (size_t i = all.first[trial]; i < all.first[trial + 1]; i++) {
        struct trialview t = trialview_of(&all.set.clause[i], v, c, &all.step);

        for (size_t k = 0; t.verdict == K_UNKNOWN && k < t.leaf_count; k++) {
            if (t.leaf[k].decides) {
                assert_int_equal(t.leaf[k].verdict, K_UNKNOWN);
                assert_true(t.leaf[k].text.n > 0);
                return true;
            }
        }
    }
    return false;
}

static void
compare(const struct expr_values *n, const struct expr_values *c, const struct match_case *m,
        struct tally *tally, struct str sample)
{
    const struct compat_rules rules = {.closed = true, .deceased = true};

    for (size_t t = 0; t < all.trials; t++) {
        enum kleene native = K_FALSE;
        bool compat = compat_matches(&all.trial[t], &rules, c);

        for (size_t i = all.first[t]; i < all.first[t + 1]; i++) {
            native = k_or(native, expr_view(n, all.set.clause[i].root, VIEW_STRICT));
        }
        if (native == K_UNKNOWN) {
            tally->to_unknown++;
            assert_true(says_what_is_missing(n, m, t));
        } else if ((native == K_TRUE) == compat) {
            tally->both_yes += compat ? 1 : 0;
            tally->both_no += compat ? 0 : 1;
        } else {
            tally->unexplained++;
            fprintf(stderr, "%s %.*s: native %s, MatchMiner %s\n", all.file[t], STR_FMT(sample),
                    native == K_TRUE ? "yes" : "no", compat ? "yes" : "no");
        }
    }
}

static void
load_patients(void)
{
    const struct tree **clinical = ARENA_ARRAY(&all.arena, ROWS_MAX, const struct tree *);
    const struct tree **genomic = ARENA_ARRAY(&all.arena, ROWS_MAX, const struct tree *);
    struct compat_files f = {.clinical = clinical, .genomic = genomic};

    f.clinical_count = load_rows("clinical.ndjson", clinical);
    f.genomic_count = load_rows("genomic.ndjson", genomic);
    all.patients = compat_join(&f, &all.arena, &all.diags);
}

static void
compare_on(const char *today, struct tally *tally)
{
    const struct compat_rules rules = {.today = day_of(today), .closed = true, .deceased = true};

    for (size_t i = 0; i < all.patients.count; i++) {
        struct patient *p = facts_of(&all.patients.item[i], today);
        const struct match_case *m = patient_case(p);
        struct expr_values n = expr_evaluate(&all.native, m, &all.step);
        struct expr_values c = compat_ask(&all.compat, &all.patients.item[i], &rules, &all.step);

        compare(&n, &c, m, tally, all.patients.item[i].sample);
        arena_reset(&all.step);
    }
}

static void
test_differences(void **state)
{
    struct tally tally = {0, 0, 0, 0};

    FILE *f = fopen(shared_path("expected.tsv"), "rb");

    (void)state;
    if (f == NULL) {
        printf("SKIP shared (1)\n");
        return;
    }
    assert_int_equal(fclose(f), 0);
    load_patients();
    load_trials("trials");
    load_trials("engine");
    compare_on("2000-07-12", &tally); /* where half of them are children */
    compare_on("2026-11-23", &tally);
    printf("both no %zu, both yes %zu, towards unknown %zu, unexplained %zu\n", tally.both_no,
           tally.both_yes, tally.to_unknown, tally.unexplained);
    assert_int_equal(tally.unexplained, 0);
    assert_true(tally.both_no > 10000 && tally.both_yes > 1000 && tally.to_unknown > 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_differences)};

    mem_arena_new(&all.arena, (size_t)2 << 30);
    mem_arena_new(&all.step, (size_t)1 << 30);
    diags_init(&all.diags, &all.arena);
    expr_table_init(&all.native, &all.arena);
    expr_table_init(&all.compat, &all.arena);
    load_terms();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
