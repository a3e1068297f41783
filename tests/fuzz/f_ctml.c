/* Trials: bytes as YAML, compiled as CTML in both ways, asked for a fixed patient. What is refused
 * has a diag with a place; gates and kept answers say what a full walk says; every clause can be
 * explained. */
#include "../aid/shipped.h"
#include "conf/yaml.h"
#include "match/compat.h"
#include "match/rematch.h"
#include "match/trialtext.h"
#include "sys/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { FACTS = 7, TEXT_MAX = 1 << 22 };

static struct arena arena;
static const struct knowledge_set *set;
static struct fact facts[FACTS];
static struct timeline timeline;
static struct therapies therapies;
static struct match_case person;
static struct compat_patients sample;

static struct fact *
fact(size_t i, enum fact_kind kind, day_t day)
{
    facts[i] = (struct fact){.kind = kind,
                             .status = FACT_FINAL,
                             .patient = {STR("H"), STR("1")},
                             .collected = stamp_of_day(day, 0),
                             .status_time = stamp_of_day(day, 0),
                             .received = stamp_of_day(day, 0),
                             .source.journal = i + 1};
    return &facts[i];
}

/* A woman with lung cancer, EGFR L858R, no KRAS, on osimertinib. */
static void
begin_facts(day_t day)
{
    static const struct str kras[] = {{"KRAS", 4}, {"ALK:fusion", 10}};
    static const struct str classes[] = {{"egfr_tki", 8}, {"osimertinib", 11}};

    fact(0, FACT_VARIANT, day)->u.variant = (struct variant){
        .gene = STR("EGFR"), .name = STR("L858R"), .present = true, .source = STR("plasma")};
    fact(1, FACT_NEGATIVE, day)->u.negative =
        (struct negative){.genes = kras, .gene_count = 2, .source = STR("plasma")};
    fact(2, FACT_BIOMARKER, day)->u.biomarker = (struct biomarker){
        .name = STR("pdl1"), .number = {CMP_EQ, {55, 0}, true}, .unit = STR("%TPS")};
    fact(3, FACT_OBSERVATION, day)->u.observation = (struct observation){
        .analyte = STR("creatinine"), .value = {CMP_EQ, {9, -1}, true}, .unit = STR("mg/dL")};
    fact(4, FACT_PERFORMANCE, day)->u.performance = (struct performance){STR("ecog"), 1};
    fact(5, FACT_BIOMARKER, day)->u.biomarker =
        (struct biomarker){.name = STR("msi"), .value = STR("stable")};
    fact(6, FACT_THERAPY, day)->u.therapy = (struct therapy){.action = THERAPY_DOSE,
                                                             .rung = THERAPY_GIVEN,
                                                             .drug = STR("osimertinib"),
                                                             .classes = classes,
                                                             .class_count = 2,
                                                             .cover_days = 40};
    timeline = timeline_build(&arena, facts, FACTS, stamp_of_day(day + 10, 0));
    therapies = course_build(&timeline);
    person = (struct match_case){.timeline = &timeline,
                                 .therapies = &therapies,
                                 .disease = oncotree_code(&set->terms.oncotree, STR("LUAD")),
                                 .birth = stamp_of_day(0, 0),
                                 .sex = SEX_FEMALE,
                                 .today = day + 10};
}

static const char rows[] =
    "[{_id: 1, SAMPLE_ID: s, VITAL_STATUS: alive, GENDER: Female, BIRTH_DATE_INT: 19700101, "
    "ONCOTREE_PRIMARY_DIAGNOSIS_NAME: Lung Adenocarcinoma, REPORT_DATE: '2020-01-01', "
    "TUMOR_MUTATIONAL_BURDEN_PER_MEGABASE: 9.999999999999998}, "
    "{CLINICAL_ID: 1, TRUE_HUGO_SYMBOL: EGFR, VARIANT_CATEGORY: MUTATION, TRUE_PROTEIN_CHANGE: "
    "p.L858R, TRUE_TRANSCRIPT_EXON: 21}, {CLINICAL_ID: 1, VARIANT_CATEGORY: SV, "
    "LEFT_PARTNER_GENE: EML4, RIGHT_PARTNER_GENE: ALK}]";

static void
begin(void)
{
    struct tree *t = NULL;
    struct compat_files f;
    struct diags d;
    day_t day;

    mem_arena_new(&arena, (size_t)1 << 30);
    set = shipped_knowledge(&arena);
    rfd_assert(day_parse(STR("2026-11-01"), &day));
    begin_facts(day);
    diags_init(&d, &arena);
    rfd_assert(yaml_read(str_from_c(rows), "rows", &arena, &d, &t) && t->count == 3);
    f = (struct compat_files){(const struct tree *const *)t->items,
                              1,
                              (const struct tree *const *)t->items + 1,
                              2,
                              NULL,
                              0};
    sample = compat_join(&f, &arena, &d);
    rfd_assert(sample.count == 1);
}

static void
check_diags(const struct diags *d)
{
    for (const struct diag *x = d->first; x != NULL; x = x->next) {
        rfd_assert(x->file != NULL && x->line > 0 && x->col > 0);
    }
}

static bool
fits(const struct expr_table *t, const struct trial_clause *c, const struct expr_values *full)
{
    return c->trial->open && !c->suspended &&
           (t->node[c->root].roles & (1u << ROLE_DISEASE | 1u << ROLE_BIOMARKER)) != 0 &&
           expr_view(full, c->root, VIEW_FIT) == K_TRUE;
}

static void
ask(const struct expr_table *t, struct trial_set *trials)
{
    struct expr_values full = expr_evaluate(t, &person, &arena);
    const struct trialtext_of of = {STR("H:1"), STR("LUNG")};
    struct gate_index gates;
    struct rematch_index index;
    struct rematch kept;

    gate_index_build(t, trials, &set->terms.oncotree, &arena, &gates);
    trials->gates = &gates;
    rematch_index_build(t, trials, &arena, &index);
    rematch_begin(&index, &person, &arena, &kept);
    (void)rematch_change(&kept, &person, (const struct fact *const[]){&facts[0]}, 1);
    for (size_t i = 0; i < trials->count; i++) {
        const struct trial_clause *c = &trials->clause[i];
        struct trialview view = trialview_of(c, &full, &person, &arena);
        struct sb b;

        rfd_assert(rematch_fits(&kept, i) == fits(t, c, &full));
        sb_init_arena(&b, &arena, TEXT_MAX);
        trialtext_json(&b, &of, &view);
    }
}

static void
native(const struct tree *t, struct diags *d)
{
    struct match_terms terms = {.oncotree = &set->terms.oncotree};
    struct trial_set trials = {.count = 0};
    struct expr_table table;
    struct expr_build b = {.table = &table, .terms = &terms, .diags = d, .lenient = true};
    size_t errors = d->errors;

    expr_table_init(&table, &arena);
    if (!trial_compile(&b, t, &trials)) {
        rfd_assert(d->errors > errors);
    }
    ask(&table, &trials);
}

static void
compat(const struct tree *t, struct diags *d)
{
    const struct compat_rules rules = {.today = person.today, .closed = true};
    struct match_terms terms = {.oncotree = &set->terms.oncotree};
    struct rows_terms rows_terms = {.diagnoses = NULL};
    struct expr_table table;
    struct expr_build b = {&table, &terms, d, true, &rows_terms};
    struct compat_trial trial;
    struct expr_values v;
    size_t errors = d->errors;

    expr_table_init(&table, &arena);
    if (!compat_trial_compile(&b, t, &trial)) {
        rfd_assert(d->errors > errors);
    }
    v = compat_ask(&table, &sample.item[0], &rules, &arena);
    (void)compat_matches(&trial, &rules, &v);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tree *t = NULL;
    struct diags d;
    jmp_buf trap;
    size_t mark;

    if (set == NULL) {
        begin();
    }
    mark = arena_mark(&arena);
    if (setjmp(trap) == 0) {
        (void)arena_trap_set(&arena, &trap);
        diags_init(&d, &arena);
        if (yaml_read((struct str){(const char *)bytes, n}, "fuzz.yaml", &arena, &d, &t)) {
            native(t, &d);
            compat(t, &d);
        } else {
            rfd_assert(d.errors > 0);
        }
        check_diags(&d);
    }
    (void)arena_trap_set(&arena, NULL);
    arena_release(&arena, mark);
    return 0;
}
