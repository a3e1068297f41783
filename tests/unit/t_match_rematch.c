/* What a changed fact re-makes, against everything asked from scratch; and what a gate keeps away,
 * against asking every clause. */
#include "base/sb.h"
#include "match/rematch.h"
#include "match_test.h"

enum { TREES = 6000, CLAUSES = 5, DEPTH = 4, TEXT_MAX = 1 << 16 };

struct bench {
    struct arena *arena;
    struct match_terms terms;
    struct diags diags;
    struct expr_table table;
    struct trial_set set;
    struct gate_index gates;
    struct rematch_index index;
};

static uint64_t
next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static size_t
below(uint64_t *seed, size_t n)
{
    return (size_t)(next_random(seed) % n);
}

/* ---- trees ---- */

static const char *const leaves[] = {
    "{clinical: {oncotree_primary_diagnosis: Lung}}",
    "{clinical: {oncotree_primary_diagnosis: NSCLC}}",
    "{clinical: {oncotree_primary_diagnosis: LUAD}}",
    "{clinical: {oncotree_primary_diagnosis: PRAD}}",
    "{clinical: {oncotree_primary_diagnosis: AML}}",
    "{clinical: {oncotree_primary_diagnosis: Tissue}}",
    "{clinical: {oncotree_primary_diagnosis: \"!PRAD\"}}",
    "{clinical: {oncotree_primary_diagnosis: _SOLID_}}",
    "{clinical: {oncotree_primary_diagnosis: _LIQUID_}}",
    "{clinical: {oncotree_primary_diagnosis: Lungg}}",
    "{clinical: {age_numerical: \">=18\"}}",
    "{clinical: {age_numerical: \"<70\"}}",
    "{clinical: {gender: Female}}",
    "{clinical: {gender: \"!Male\"}}",
    "{clinical: {tmb_numerical: \">=10\"}}",
    "{clinical: {her2_status: Positive}}",
    "{clinical: {her2_status: \"!Low\"}}",
    "{clinical: {pdl1_status: High}}",
    "{clinical: {mmr_status: MMR-Deficient}}",
    "{clinical: {disease_status: [Untreated, Refractory]}}",
    "{clinical: {disease_status: Metastatic}}",
    "{genomic: {hugo_symbol: EGFR}}",
    "{genomic: {hugo_symbol: EGFR, variant_category: Mutation}}",
    "{genomic: {hugo_symbol: EGFR, protein_change: p.T790M}}",
    "{genomic: {hugo_symbol: EGFR, protein_change: p.T790M, acquired: true}}",
    "{genomic: {hugo_symbol: EGFR, protein_change: \"!p.T790M\"}}",
    "{genomic: {hugo_symbol: EGFR, exon: 19}}",
    "{genomic: {hugo_symbol: ALK, variant_category: Structural Variation}}",
    "{genomic: {hugo_symbol: EML4, fusion_partner_hugo_symbol: ALK}}",
    "{genomic: {hugo_symbol: ALK, fusion_partner_hugo_symbol: any_gene}}",
    "{genomic: {hugo_symbol: BRAF, wildcard_protein_change: p.V600}}",
    "{genomic: {hugo_symbol: KRAS, wildtype: true}}",
    "{genomic: {hugo_symbol: ERBB2, cnv_call: High Amplification}}",
    "{genomic: {hugo_symbol: ERBB2, variant_category: \"!Copy Number Variation\"}}",
    "{genomic: {variant_category: Mutation}}",
    "{genomic: {ms_status: MSI-H}}",
    "{tested: {gene: EGFR}}",
    "{variant_confirmed: {hugo_symbol: EGFR}}",
    "{prior_therapy: {class: egfr_tki}}",
    "{prior_therapy: {drug: \"!docetaxel\"}}",
    "{prior_therapy: {class: any, progression: true}}",
    "{on_therapy: erlotinib}",
    "{washout: {class: taxane, days: 21}}",
    "{line: {ge: 2}}",
    "{line: {le: 2}}",
    "{ecog: {le: 1}}",
    "{lab: {analyte: creatinine, le: 1.5, unit: mg/dL, max_age: 28d}}",
    "{lab: {analyte: hemoglobin, ge: 9, unit: g/dL}}",
    "{biomarker: {name: pdl1, ge: 50, unit: TPS}}",
    "{biomarker: {name: her2, value: low}}",
};

static void
random_tree(struct sb *b, uint64_t *seed, int depth)
{
    size_t pick = depth == 0 ? 0 : below(seed, 6);
    size_t count = 1 + below(seed, 3);

    if (pick < 2) {
        sb_add_c(b, leaves[below(seed, RFD_COUNT(leaves))]);
        return;
    }
    if (pick == 2 && below(seed, 3) == 0) {
        sb_add_c(b, "{not: ");
        random_tree(b, seed, depth - 1);
        sb_add_c(b, "}");
        return;
    }
    sb_add_c(b, pick % 2 == 0 ? "{and: [" : "{or: [");
    for (size_t i = 0; i < count; i++) {
        random_tree(b, seed, depth - 1);
        sb_add_c(b, i + 1 < count ? ", " : "]}");
    }
}

static struct bench *
bench_new(uint64_t *seed)
{
    static const struct trial open = {.id = {"T", 1}, .open = true};
    static const struct trial closed = {.id = {"C", 1}, .open = false};
    struct arena *a = fresh();
    struct bench *b = ARENA_NEW(a, struct bench);
    struct expr_build build = {&b->table, &b->terms, &b->diags, true, NULL};

    b->arena = a;
    b->terms.oncotree = match_oncotree(a);
    diags_init(&b->diags, a);
    expr_table_init(&b->table, a);
    b->set.clause = ARENA_ARRAY(a, CLAUSES, struct trial_clause);
    for (size_t i = 0; i < CLAUSES; i++) {
        struct sb text;
        int32_t root;

        sb_init_arena(&text, a, TEXT_MAX);
        random_tree(&text, seed, DEPTH);
        root = expr_compile(&build, tree_of(a, sb_cz(&text)));
        assert_int_not_equal(root, EXPR_NONE);
        b->set.clause[b->set.count++] =
            (struct trial_clause){.trial = below(seed, 12) == 0 ? &closed : &open,
                                  .root = root,
                                  .suspended = below(seed, 12) == 0};
    }
    gate_index_build(&b->table, &b->set, b->terms.oncotree, a, &b->gates);
    b->set.gates = &b->gates;
    rematch_index_build(&b->table, &b->set, a, &b->index);
    return b;
}

/* ---- patients ---- */

static const char *const days[] = {"2025-02-01", "2026-01-10", "2026-10-30", "2026-11-20"};

static struct fact *
random_variant(struct patient *p, uint64_t *seed, const char *day)
{
    static const char *const rows[][2] = {
        {"EGFR", "L858R"},  {"EGFR", "T790M"}, {"EGFR", "ex19del"},        {"EGFR", NULL},
        {"BRAF", "V600E"},  {"KRAS", "G12C"},  {"ERBB2", "amplification"}, {"ALK", "fusion"},
        {"EML4", "fusion"}, {"TP53", "R175H"},
    };
    size_t i = below(seed, RFD_COUNT(rows));
    struct fact *f = patient_variant(p, rows[i][0], rows[i][1], below(seed, 3) != 0, day);

    if (below(seed, 3) == 0) {
        f->u.variant.source = STR("plasma");
    }
    if (f->u.variant.category == VARIANT_FUSION && below(seed, 2) == 0) {
        f->u.variant.partner = below(seed, 2) == 0 ? STR("ALK") : STR("EML4");
    }
    if (below(seed, 8) == 0) {
        f->flags |= FACT_PLASMA_CHIP;
    }
    return f;
}

static struct fact *
random_lab(struct patient *p, uint64_t *seed, const char *day)
{
    struct fact *f = patient_fact(p, FACT_OBSERVATION, day);
    bool creatinine = below(seed, 2) == 0;

    f->u.observation.analyte = creatinine ? STR("creatinine") : STR("hemoglobin");
    f->u.observation.unit = creatinine ? STR("mg/dL") : STR("g/dL");
    f->u.observation.value =
        (struct quantity){CMP_EQ, {(int64_t)below(seed, creatinine ? 3 : 15), 0}, true};
    return f;
}

static struct fact *
random_biomarker(struct patient *p, uint64_t *seed, const char *day)
{
    static const char *const rows[][3] = {
        {"her2", "positive", NULL}, {"her2", "low", NULL},       {"her2", "negative", NULL},
        {"tmb", NULL, "12"},        {"tmb", NULL, "3"},          {"pdl1", NULL, "60"},
        {"msi", "high", NULL},      {"mmr", "proficient", NULL}, {"mmr", "deficient", NULL},
    };
    size_t i = below(seed, RFD_COUNT(rows));
    struct fact *f = patient_biomarker(p, rows[i][0], rows[i][1], rows[i][2], day);

    if (strcmp(rows[i][0], "pdl1") == 0) {
        f->u.biomarker.unit = STR("%TPS");
    }
    return f;
}

/* One fact more, of any kind that a leaf reads. */
static struct fact *
random_fact(struct patient *p, uint64_t *seed)
{
    static const char *const negatives[] = {"EGFR", "EGFR:T790M", "KRAS", "ALK:fusion",
                                            "ERBB2:copy"};
    const char *day = days[below(seed, RFD_COUNT(days))];
    struct fact *f;

    switch (below(seed, 8)) {
    case 0:
    case 1:
    case 2: f = random_variant(p, seed, day); break;
    case 3:
        f = patient_negative(p, negatives[below(seed, RFD_COUNT(negatives))], day);
        f->u.negative.source = below(seed, 2) == 0 ? STR("plasma") : STR("tissue");
        break;
    case 4: f = random_biomarker(p, seed, day); break;
    case 5: f = random_lab(p, seed, day); break;
    case 6:
        f = patient_fact(p, FACT_PERFORMANCE, day);
        f->u.performance = (struct performance){STR("ecog"), (int32_t)below(seed, 3)};
        break;
    default:
        f = patient_fact(p, FACT_REPORT, day);
        f->u.report.category = STR("molecular");
        break;
    }
    if (below(seed, 10) == 0) {
        f->status = FACT_PRELIMINARY;
    }
    return f;
}

static void
random_course(struct patient *p, uint64_t *seed)
{
    static const char *const rows[][2] = {
        {"erlotinib", "egfr_tki"}, {"osimertinib", "egfr_tki"}, {"docetaxel", "taxane"}};
    size_t i = below(seed, RFD_COUNT(rows));
    struct course *c =
        patient_course(p, rows[i][0], rows[i][1], days[below(seed, RFD_COUNT(days))]);

    if (below(seed, 2) == 0) {
        c->stop = day_of("2026-11-10");
        c->stop_reason = below(seed, 2) == 0 ? STR("progression") : STR("toxicity");
    }
    c->rung = below(seed, 3) == 0 ? THERAPY_ORDERED : THERAPY_GIVEN;
}

static const struct oncotree_node *
random_disease(const struct bench *b, uint64_t *seed)
{
    static const char *const code[] = {"LUNG", "NSCLC", "LUAD", "PRAD", "AML", "TISSUE", NULL};
    const char *one = code[below(seed, RFD_COUNT(code))];

    return one == NULL ? NULL : oncotree_code(b->terms.oncotree, str_from_c(one));
}

static struct patient *
random_patient(const struct bench *b, uint64_t *seed)
{
    struct patient *p = patient_new(b->arena, random_disease(b, seed), "2026-11-23");

    for (size_t n = below(seed, 9); n > 0; n--) {
        (void)random_fact(p, seed);
    }
    for (size_t n = below(seed, 3); n > 0; n--) {
        random_course(p, seed);
    }
    if (p->courses > 0 && below(seed, 2) == 0) {
        patient_progressed(p, &p->course[below(seed, p->courses)]);
    }
    return p;
}

/* A copy whose pointers into itself are its own. */
static struct patient *
copy_of(const struct bench *b, const struct patient *p)
{
    struct patient *q = ARENA_NEW(b->arena, struct patient);

    *q = *p;
    for (size_t i = 0; i < q->progressed_count; i++) {
        q->progressed[i] = &q->course[p->progressed[i] - p->course];
    }
    return q;
}

/* One thing that is otherwise: a fact more, less or replaced, or something of the case itself.
 * Which facts: into changed. */
static size_t
change(const struct bench *b, struct patient *q, const struct patient *p, uint64_t *seed,
       const struct fact **changed)
{
    size_t at = p->facts == 0 ? 0 : below(seed, p->facts);

    switch (below(seed, 12)) {
    case 0: q->match.disease = random_disease(b, seed); return 0;
    case 1: q->match.birth = stamp_of_day(day_of("2010-02-03"), 0); return 0;
    case 2: q->match.sex = below(seed, 2) == 0 ? SEX_MALE : SEX_UNKNOWN; return 0;
    case 3: random_course(q, seed); return 0;
    case 4:
        if (q->courses > 0) {
            q->course[q->courses - 1].stop = day_of("2026-11-22");
            patient_progressed(q, &q->course[q->courses - 1]);
        }
        return 0;
    case 5: q->match.today += 40; return 0;
    case 6:
    case 7:
        if (p->facts > 0) { /* gone: the last takes its place */
            changed[0] = &p->fact[at];
            q->fact[at] = q->fact[--q->facts];
            return 1;
        }
        return 0;
    case 8:
        if (p->facts > 0) { /* its next version */
            changed[0] = &p->fact[at];
            q->fact[at] = *random_fact(q, seed);
            q->facts--;
            changed[1] = &q->fact[at];
            return 2;
        }
        return 0;
    default: changed[0] = random_fact(q, seed); return 1;
    }
}

/* ---- the comparison ---- */

static void
same_answers(const struct rematch *r, const struct expr_values *full, int run)
{
    const struct expr_table *t = full->table;

    for (size_t id = 0; id < t->count; id++) {
        for (unsigned w = 0; w < VIEW_COUNT; w++) {
            if (expr_view(&r->v, (int32_t)id, (enum expr_view)w) !=
                expr_view(full, (int32_t)id, (enum expr_view)w)) {
                fail_msg("run %d: node %zu differs in view %u", run, id, w);
            }
        }
    }
    for (uint32_t i = 0; i < t->leaf_count; i++) {
        const struct leaf_result *x = expr_result(&r->v, i);
        const struct leaf_result *y = expr_result(full, i);

        if (x->note != y->note || x->due != y->due || (x->fact == NULL) != (y->fact == NULL) ||
            (x->fact != NULL && x->fact->source.journal != y->fact->source.journal) ||
            (x->course == NULL) != (y->course == NULL) ||
            (x->course != NULL && x->course->start != y->course->start)) {
            fail_msg("run %d: what leaf %u rests on differs", run, i);
        }
    }
}

static bool
fits_by_full_walk(const struct bench *b, const struct expr_values *full, size_t i)
{
    const struct trial_clause *c = &b->set.clause[i];

    return c->trial->open && !c->suspended &&
           (b->table.node[c->root].roles & (1u << ROLE_DISEASE | 1u << ROLE_BIOMARKER)) != 0 &&
           expr_view(full, c->root, VIEW_FIT) == K_TRUE;
}

static size_t
same_clauses(const struct bench *b, const struct rematch *r, const struct expr_values *full,
             int run)
{
    size_t n = 0;

    for (size_t i = 0; i < b->set.count; i++) {
        bool want = fits_by_full_walk(b, full, i);

        if (rematch_fits(r, i) != want) {
            fail_msg("run %d: clause %zu: a full walk says %d", run, i, want);
        }
        n += want ? 1 : 0;
    }
    return n;
}

static void
test_a_change_is_a_full_walk(void **state)
{
    uint64_t seed = 20261123;
    size_t fitting = 0;
    size_t toggled = 0;

    (void)state;
    for (int i = 0; i < TREES; i++) {
        struct bench *b = bench_new(&seed);
        struct patient *p = random_patient(b, &seed);
        const struct match_case *before = patient_case(p);
        struct patient *q = copy_of(b, p);
        const struct fact *changed[2];
        struct rematch r;
        struct expr_values full = expr_evaluate(&b->table, before, b->arena);
        struct gate_clauses news;
        size_t n;
        size_t was = 0;

        rematch_begin(&b->index, before, b->arena, &r);
        fitting += same_clauses(b, &r, &full, i);
        for (size_t k = 0; k < b->set.count; k++) {
            was |= rematch_fits(&r, k) ? (size_t)1 << k : 0;
        }
        n = change(b, q, p, &seed, changed);
        news = rematch_change(&r, patient_case(q), changed, n);
        full = expr_evaluate(&b->table, &q->match, b->arena);
        (void)same_clauses(b, &r, &full, i);
        for (size_t k = 0; k < news.count; k++) {
            was ^= (size_t)1 << news.clause[k];
        }
        for (size_t k = 0; k < b->set.count; k++) {
            assert_int_equal(was >> k & 1, rematch_fits(&r, k));
        }
        toggled += news.count;
        same_answers(&r, &full, i);
    }
    assert_true(fitting > TREES / 10); /* not all of it is a no to a no */
    assert_true(toggled > TREES / 30);
}

/* ---- what is not asked ---- */

static void
clause_add(struct bench *b, const char *match)
{
    static const struct trial open = {.id = {"T", 1}, .open = true};
    struct expr_build build = {&b->table, &b->terms, &b->diags, true, NULL};

    b->set.clause[b->set.count++] = (struct trial_clause){
        .trial = &open, .root = expr_compile(&build, tree_of(b->arena, match))};
}

static struct bench *
bench_of(const char *const *match, size_t count)
{
    struct arena *a = fresh();
    struct bench *b = ARENA_NEW(a, struct bench);

    b->arena = a;
    b->terms.oncotree = match_oncotree(a);
    diags_init(&b->diags, a);
    expr_table_init(&b->table, a);
    b->set.clause = ARENA_ARRAY(a, count, struct trial_clause);
    for (size_t i = 0; i < count; i++) {
        clause_add(b, match[i]);
    }
    gate_index_build(&b->table, &b->set, b->terms.oncotree, a, &b->gates);
    b->set.gates = &b->gates;
    rematch_index_build(&b->table, &b->set, a, &b->index);
    return b;
}

#define DIAGNOSIS(name) "{clinical: {oncotree_primary_diagnosis: " name "}}"
#define GENE(name)      "{genomic: {hugo_symbol: " name "}}"

static void
test_other_diseases_are_not_walked(void **state)
{
    static const char *const match[] = {
        "[" DIAGNOSIS("PRAD") ", {lab: {analyte: creatinine, le: 1.5, unit: mg/dL}}]",
        "[" DIAGNOSIS("NSCLC") ", {lab: {analyte: hemoglobin, ge: 9, unit: g/dL}}]",
        "[" DIAGNOSIS("LUAD") ", " GENE("EGFR") ", {ecog: {le: 1}}]", /* gene before disease */
        "[{or: [" GENE("ALK") ", " GENE("RET") "]}, {clinical: {gender: Female}}]",
        "[" DIAGNOSIS("Lungg") ", " GENE("EGFR") "]", /* an unknown name is never true */
    };
    struct bench *b = bench_of(match, RFD_COUNT(match));
    struct patient *p =
        patient_new(b->arena, oncotree_code(b->terms.oncotree, STR("LUAD")), "2026-11-23");
    struct rematch r;
    size_t answered = 0;

    (void)state;
    rematch_begin(&b->index, patient_case(p), b->arena, &r);
    for (size_t i = 0; i < b->table.leaf_count; i++) {
        answered += r.v.leaf[i] != NULL ? 1 : 0;
    }
    assert_int_equal(answered, 2); /* NSCLC and its haemoglobin */
    assert_true(rematch_fits(&r, 1));
    assert_false(rematch_fits(&r, 0));
}

static void
test_a_fact_asks_its_own_leaves(void **state)
{
    static const char *const match[] = {
        "[" DIAGNOSIS("LUAD") ", " GENE("EGFR") "]",
        "[" DIAGNOSIS("LUAD") ", " GENE("KRAS") "]",
        "[" DIAGNOSIS("LUAD") ", {ecog: {le: 1}}, {clinical: {gender: Female}}]",
    };
    struct bench *b = bench_of(match, RFD_COUNT(match));
    struct patient *p =
        patient_new(b->arena, oncotree_code(b->terms.oncotree, STR("LUAD")), "2026-11-23");
    struct patient *q;
    struct gate_clauses news;
    const struct fact *changed;
    struct rematch r;

    (void)state;
    rematch_begin(&b->index, patient_case(p), b->arena, &r);
    assert_false(rematch_fits(&r, 0));
    q = copy_of(b, p);
    changed = patient_variant(q, "EGFR", "L858R", true, "2026-11-20");
    news = rematch_change(&r, patient_case(q), &changed, 1);
    assert_int_equal(news.count, 1);
    assert_int_equal(news.clause[0], 0);
    p = q;
    q = copy_of(b, p);
    changed = patient_fact(q, FACT_PERFORMANCE, "2026-11-20");
    q->fact[q->facts - 1].u.performance = (struct performance){STR("ecog"), 3};
    news = rematch_change(&r, patient_case(q), &changed, 1);
    assert_int_equal(r.asked, 1);
    assert_int_equal(news.count, 1);
    assert_int_equal(news.clause[0], 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_diseases_are_not_walked),
        cmocka_unit_test(test_a_fact_asks_its_own_leaves),
        cmocka_unit_test(test_a_change_is_a_full_walk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
