/* The knowledge of config/ as a whole: how much there is, pair by pair what the cross-resistance
 * table says, and in which order options stand. Run from the repository's root. */
#include "options_test.h"

/* ---- patients and answers ---- */

static bool
has_text(const struct option *o, const char *part)
{
    if (reason_has(o, part)) {
        return true;
    }
    for (size_t i = 0; i < o->unchecked_count; i++) {
        if (str_has(o->unchecked[i], str_from_c(part))) {
            return true;
        }
    }
    return false;
}

static void
set_lab(struct patient *p, const char *analyte, const char *value, const char *unit,
        const char *day)
{
    struct fact *f = patient_fact(p, FACT_OBSERVATION, day);

    f->u.observation.analyte = str_from_c(analyte);
    f->u.observation.unit = str_from_c(unit);
    f->u.observation.value.present = true;
    assert_true(dec_parse(str_from_c(value), &f->u.observation.value.value));
}

static void
set_pdl1(struct patient *p, const char *number, const char *unit, const char *clone)
{
    struct fact *f = patient_biomarker(p, "pdl1", NULL, number, "2026-10-01");

    f->u.biomarker.unit = str_from_c(unit);
    f->u.biomarker.method = str_from_c(clone);
}

/* ---- how much there is ---- */

static void
test_options_are_many_and_complete(void **state)
{
    const struct therapy_set *t = all_options()->therapies;
    size_t withdrawn = 0;
    size_t with_lab = 0;

    (void)state;
    assert_true(t->count >= 80);
    for (size_t i = 0; i < t->count; i++) {
        const struct therapy_option *o = &t->option[i];

        assert_true(o->drug_count > 0 && o->basis.n > 10 && o->citation.n > 10);
        assert_true(str_has(o->level, STR(" "))); /* the scale is named */
        assert_true(o->unchecked_count > 0);
        assert_true(o->status_date != DAY_NONE);
        assert_false(o->signed_off); /* nobody has: shadow */
        withdrawn += o->withdrawn ? 1 : 0;
        for (size_t j = 0; j < o->contra_count; j++) {
            with_lab +=
                (all_options()->table->node[o->contra[j].when].roles & 1u << ROLE_OTHER) != 0;
        }
    }
    assert_true(withdrawn >= 3);
    assert_true(with_lab >= 30);
}

/* Each class of the brief has at least one option whose drugs are of it. */
static void
test_every_modality_is_there(void **state)
{
    static const char *const drug[] = {
        "osimertinib",
        "pembrolizumab",
        "dostarlimab",
        "trastuzumab deruxtecan",
        "enfortumab vedotin",
        "tarlatamab",
        "amivantamab",
        "talquetamab",
        "axicabtagene ciloleucel",
        "ciltacabtagene autoleucel",
        "tebentafusp",
        "lutetium lu 177 vipivotide tetraxetan",
        "lutetium lu 177 dotatate",
        "radium-223 dichloride",
        "olaparib",
        "capivasertib",
        "lorlatinib",
        "revumenib",
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(drug); i++) {
        bool found = false;

        for (size_t j = 0; j < all_options()->therapies->count; j++) {
            const struct therapy_option *o = &all_options()->therapies->option[j];

            for (size_t n = 0; n < o->drug_count; n++) {
                found |= str_eq_c(o->drug[n], drug[i]);
            }
        }
        if (!found) {
            fail_msg("no option with %s", drug[i]);
        }
    }
}

/* ---- the cross-resistance table ---- */

/* The pairs that DESIGN.md section 7 names, then others; disease "" where it does not matter. */
static const struct {
    const char *from;
    const char *to;
    const char *disease;
    enum cross_verdict verdict;
} pairs[] = {
    {"erlotinib", "osimertinib", "LUAD", CROSS_NEEDS_VARIANT},
    {"alectinib", "lorlatinib", "LUAD", CROSS_ALLOWED},
    {"dasatinib", "ponatinib", "CMLBCRABL1", CROSS_ALLOWED},
    {"lenalidomide", "pomalidomide", "PCM", CROSS_ALLOWED},
    {"ibrutinib", "pirtobrutinib", "CLLSLL", CROSS_ALLOWED},
    {"leuprolide", "leuprolide", "PRAD", CROSS_BACKBONE},
    {"goserelin", "goserelin", "PRAD", CROSS_BACKBONE},
    {"degarelix", "degarelix", "PRAD", CROSS_BACKBONE},
    {"osimertinib", "osimertinib", "LUAD", CROSS_EXCLUDED},
    {"osimertinib", "lazertinib", "LUAD", CROSS_EXCLUDED},
    {"osimertinib", "gefitinib", "LUAD", CROSS_NEEDS_VARIANT},
    {"osimertinib", "amivantamab", "LUAD", CROSS_ALLOWED},
    {"gefitinib", "erlotinib", "LUAD", CROSS_EXCLUDED},
    {"gefitinib", "afatinib", "LUAD", CROSS_EXCLUDED},
    {"lorlatinib", "crizotinib", "LUAD", CROSS_NEEDS_VARIANT},
    {"crizotinib", "alectinib", "LUAD", CROSS_ALLOWED},
    {"lorlatinib", "alectinib", "LUAD", CROSS_EXCLUDED},
    {"crizotinib", "repotrectinib", "LUAD", CROSS_ALLOWED},
    {"selpercatinib", "pralsetinib", "LUAD", CROSS_EXCLUDED},
    {"pralsetinib", "selpercatinib", "LUAD", CROSS_NEEDS_VARIANT},
    {"capmatinib", "tepotinib", "LUAD", CROSS_EXCLUDED},
    {"sotorasib", "adagrasib", "LUAD", CROSS_EXCLUDED},
    {"adagrasib", "sotorasib", "LUAD", CROSS_NEEDS_VARIANT},
    {"larotrectinib", "repotrectinib", "", CROSS_ALLOWED},
    {"larotrectinib", "entrectinib", "", CROSS_EXCLUDED},
    {"trastuzumab deruxtecan", "zongertinib", "LUAD", CROSS_ALLOWED},
    {"imatinib", "nilotinib", "CMLBCRABL1", CROSS_ALLOWED},
    {"imatinib", "asciminib", "CMLBCRABL1", CROSS_ALLOWED},
    {"nilotinib", "imatinib", "CMLBCRABL1", CROSS_EXCLUDED},
    {"bortezomib", "carfilzomib", "PCM", CROSS_ALLOWED},
    {"daratumumab", "isatuximab", "PCM", CROSS_EXCLUDED},
    {"dexamethasone", "dexamethasone", "PCM", CROSS_BACKBONE},
    {"teclistamab", "talquetamab", "PCM", CROSS_ALLOWED},
    {"ciltacabtagene autoleucel", "teclistamab", "PCM", CROSS_ALLOWED},
    {"ibrutinib", "zanubrutinib", "CLLSLL", CROSS_EXCLUDED},
    {"ibrutinib", "venetoclax", "CLLSLL", CROSS_ALLOWED},
    {"venetoclax", "ibrutinib", "CLLSLL", CROSS_ALLOWED},
    {"rituximab", "rituximab", "CLLSLL", CROSS_BACKBONE},
    {"axicabtagene ciloleucel", "glofitamab", "DLBCLNOS", CROSS_ALLOWED},
    {"axicabtagene ciloleucel", "tisagenlecleucel", "DLBCLNOS", CROSS_EXCLUDED},
    {"glofitamab", "epcoritamab", "DLBCLNOS", CROSS_EXCLUDED},
    {"midostaurin", "gilteritinib", "AML", CROSS_ALLOWED},
    {"quizartinib", "gilteritinib", "AML", CROSS_NEEDS_VARIANT},
    {"ivosidenib", "enasidenib", "AML", CROSS_NEEDS_VARIANT},
    {"revumenib", "ziftomenib", "AML", CROSS_EXCLUDED},
    {"abiraterone", "enzalutamide", "PRAD", CROSS_EXCLUDED},
    {"enzalutamide", "abiraterone", "PRAD", CROSS_EXCLUDED},
    {"docetaxel", "cabazitaxel", "PRAD", CROSS_ALLOWED},
    {"enzalutamide", "olaparib", "PRAD", CROSS_ALLOWED},
    {"abiraterone", "radium-223 dichloride", "PRAD", CROSS_ALLOWED},
    {"olaparib", "niraparib", "HGSOC", CROSS_EXCLUDED},
    {"carboplatin", "cisplatin", "HGSOC", CROSS_EXCLUDED},
    {"carboplatin", "mirvetuximab soravtansine", "HGSOC", CROSS_ALLOWED},
    {"bevacizumab", "bevacizumab", "COAD", CROSS_ALLOWED},
    {"trastuzumab", "trastuzumab", "IDC", CROSS_BACKBONE},
    {"trastuzumab", "trastuzumab deruxtecan", "IDC", CROSS_ALLOWED},
    {"letrozole", "elacestrant", "IDC", CROSS_ALLOWED},
    {"fulvestrant", "fulvestrant", "IDC", CROSS_EXCLUDED},
    {"palbociclib", "abemaciclib", "IDC", CROSS_ALLOWED},
    {"palbociclib", "palbociclib", "IDC", CROSS_EXCLUDED},
    {"alpelisib", "inavolisib", "IDC", CROSS_EXCLUDED},
    {"sacituzumab govitecan", "datopotamab deruxtecan", "IDC", CROSS_EXCLUDED},
    {"cetuximab", "panitumumab", "COAD", CROSS_EXCLUDED},
    {"vemurafenib", "encorafenib", "MEL", CROSS_EXCLUDED},
    {"dabrafenib", "nivolumab", "MEL", CROSS_ALLOWED},
    {"pembrolizumab", "nivolumab", "MEL", CROSS_ALLOWED},
    {"nivolumab", "pembrolizumab", "LUAD", CROSS_EXCLUDED},
    {"atezolizumab", "pembrolizumab", "LUAD", CROSS_EXCLUDED},
    {"imatinib", "sunitinib", "GIST", CROSS_ALLOWED},
    {"imatinib", "avapritinib", "GIST", CROSS_NEEDS_VARIANT},
    {"pemigatinib", "futibatinib", "CHOL", CROSS_ALLOWED},
    {"futibatinib", "pemigatinib", "CHOL", CROSS_EXCLUDED},
    {"sunitinib", "cabozantinib", "CCRCC", CROSS_ALLOWED},
    {"octreotide", "octreotide", "GINET", CROSS_BACKBONE},
};

static void
test_each_pair(void **state)
{
    (void)state;
    for (size_t i = 0; i < RFD_COUNT(pairs); i++) {
        const struct oncotree_node *n =
            oncotree_code(&shipped()->terms.oncotree, str_from_c(pairs[i].disease));
        const struct cross_entry *e =
            cross_find(all_options()->cross, str_from_c(pairs[i].from), str_from_c(pairs[i].to), n);

        assert_true(pairs[i].disease[0] == '\0' || n != NULL);
        if (e == NULL || e->verdict != pairs[i].verdict) {
            fail_msg("%s to %s: %s", pairs[i].from, pairs[i].to,
                     e == NULL ? "not there" : "another verdict");
        }
        assert_true(e->citation.n > 10 && e->reason.n > 10);
        assert_int_equal(e->variant != EXPR_NONE, e->verdict == CROSS_NEEDS_VARIANT);
    }
}

static void
test_pairs_are_many(void **state)
{
    size_t distinct = 0;
    size_t by_verdict[CROSS_VERDICT_COUNT] = {0};

    (void)state;
    for (size_t i = 0; i < all_options()->cross->count; i++) {
        const struct cross_entry *e = &all_options()->cross->entry[i];

        distinct += i == 0 || !str_eq(e->from, e[-1].from) || !str_eq(e->to, e[-1].to);
        by_verdict[e->verdict]++;
        assert_true(e->citation.n > 10);
    }
    assert_true(distinct >= 150);
    for (size_t v = 0; v < CROSS_VERDICT_COUNT; v++) {
        assert_true(by_verdict[v] >= 10);
    }
}

/* A pair that holds in one disease says nothing in another. */
static void
test_a_pair_of_one_disease(void **state)
{
    const struct oncotree *t = &shipped()->terms.oncotree;

    (void)state;
    assert_non_null(cross_find(all_options()->cross, STR("imatinib"), STR("sunitinib"),
                               oncotree_code(t, STR("GIST"))));
    assert_null(cross_find(all_options()->cross, STR("imatinib"), STR("sunitinib"),
                           oncotree_code(t, STR("CMLBCRABL1"))));
    assert_null(cross_find(all_options()->cross, STR("imatinib"), STR("sunitinib"), NULL));
}

/* ---- the order ---- */

static void
test_t790m_lists_osimertinib_first(void **state)
{
    struct patient *p = after("LUAD", "erlotinib", "egfr_tki");
    const struct fact *own;
    struct match_case c;
    struct match_result r;

    (void)state;
    patient_variant(p, "EGFR", "ex19del", true, "2024-12-01");
    own = patient_variant(p, "EGFR", "T790M", true, "2026-11-01");
    r = result_of(p);
    assert_string_equal(str_cz(p->arena, r.therapy[0].id), "nsclc.egfr.osimertinib");
    assert_true(has_text(&r.therapy[0], "names EGFR T790M, the finding's own variant"));
    assert_true(offered(&r, "nsclc.egfr.amivantamab_chemo")->rank > 1);
    assert_false(has_text(offered(&r, "nsclc.egfr.amivantamab_chemo"), "the finding's own"));

    /* The deletion reported again in the same test as T790M, and never before: what the alert's
     * finding rests on decides. */
    p = after("LUAD", "erlotinib", "egfr_tki");
    patient_variant(p, "EGFR", "ex19del", true, "2026-11-01");
    own = patient_variant(p, "EGFR", "T790M", true, "2026-11-01");
    c = *patient_case(p);
    c.finding = &own;
    c.finding_count = 1;
    match_case_options(all_options(), &c, p->arena, &r);
    assert_string_equal(str_cz(p->arena, r.therapy[0].id), "nsclc.egfr.osimertinib");
    assert_false(has_text(offered(&r, "nsclc.egfr.amivantamab_chemo"), "the finding's own"));
}

/* The variant that was there before the therapy is not the finding's own. */
static void
test_an_old_variant_is_not_own(void **state)
{
    struct patient *p = after("LUAD", "osimertinib", "egfr_tki");
    struct match_result r;

    (void)state;
    patient_variant(p, "EGFR", "L858R", true, "2024-12-01");
    patient_variant(p, "EGFR", "L858R", true, "2026-11-01");
    r = result_of(p);
    assert_true(r.therapy_count > 0);
    for (size_t i = 0; i < r.therapy_count; i++) {
        assert_false(has_text(&r.therapy[i], "the finding's own"));
    }
}

/* Facts in another order, the same list. */
static void
test_order_does_not_depend_on_arrival(void **state)
{
    struct str first[8];
    struct match_result r;

    (void)state;
    for (int turn = 0; turn < 2; turn++) {
        struct patient *p = after("LUAD", "erlotinib", "egfr_tki");

        patient_variant(p, "EGFR", turn == 0 ? "ex19del" : "T790M", true,
                        turn == 0 ? "2024-12-01" : "2026-11-01");
        patient_variant(p, "EGFR", turn == 0 ? "T790M" : "ex19del", true,
                        turn == 0 ? "2026-11-01" : "2024-12-01");
        r = result_of(p);
        for (size_t i = 0; i < RFD_COUNT(first) && i < r.therapy_count; i++) {
            assert_true(turn == 0 || str_eq(first[i], r.therapy[i].id));
            first[i] = r.therapy[i].id; /* ids live in the knowledge */
        }
    }
}

/* ---- germline, somatic, unknown ---- */

static void
test_origin_is_three_valued(void **state)
{
    struct patient *p = after("IDC", "letrozole", "endocrine");
    struct fact *f;
    struct match_result r;

    (void)state;
    patient_biomarker(p, "her2", "low", NULL, "2026-01-01"); /* low is within "negative" */
    f = patient_variant(p, "BRCA1", "E1134*", true, "2026-02-01");
    r = result_of(p); /* not said: neither offered nor refuted, and named as what would decide */
    assert_null(offered(&r, "brca.olaparib_germline"));
    assert_null(aside(&r, "brca.olaparib_germline"));

    f->u.variant.origin = ORIGIN_GERMLINE;
    r = result_of(p);
    assert_non_null(offered(&r, "brca.olaparib_germline"));
    assert_true(has_text(offered(&r, "brca.olaparib_germline"), "germline BRCA1"));
    assert_non_null(offered(&r, "brca.talazoparib_germline"));

    f->u.variant.origin = ORIGIN_SOMATIC;
    r = result_of(p);
    assert_null(offered(&r, "brca.olaparib_germline"));
}

static void
test_somatic_is_enough_elsewhere(void **state)
{
    struct patient *p = after("PRAD", "abiraterone", "arpi");
    struct fact *f = patient_variant(p, "BRCA2", "S1882*", true, "2026-02-01");
    struct match_result r;

    (void)state;
    p->match.sex = SEX_MALE;
    f->u.variant.origin = ORIGIN_SOMATIC;
    r = result_of(p);
    assert_non_null(offered(&r, "prad.olaparib"));
}

/* ---- HER2-low, PD-L1 by clone and score, organ function ---- */

static void
test_her2_low_is_not_negative(void **state)
{
    struct patient *p = after("IDC", "capecitabine", "chemo");
    struct match_result r;

    (void)state;
    patient_biomarker(p, "her2", "negative", NULL, "2026-01-01");
    r = result_of(p);
    assert_null(offered(&r, "brca.tdxd_her2_low")); /* a bare "negative" does not say */
    patient_biomarker(p, "her2", "low", NULL, "2026-02-01");
    r = result_of(p);
    assert_non_null(offered(&r, "brca.tdxd_her2_low"));
    assert_int_equal(offered(&r, "brca.tdxd_her2_low")->standing, OPTION_FITS);
    assert_null(offered(&r, "brca.tdxd_her2_positive"));
}

static void
test_pdl1_asks_for_clone_and_score(void **state)
{
    static const struct {
        const char *unit;
        const char *clone;
        bool fits;
    } row[] = {{"%TPS", "22C3 pharmDx", true},
               {"%TPS", "SP142", false},
               {"%TPS", NULL, false},
               {"CPS", "22C3", false}};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(row); i++) {
        struct patient *p = after("LUAD", "carboplatin", "platinum");
        struct match_result r;

        set_pdl1(p, "60", row[i].unit, row[i].clone);
        r = result_of(p);
        assert_int_equal(offered(&r, "nsclc.pdl1.pembrolizumab_later") != NULL, row[i].fits);
    }
}

static void
test_organ_function_of_the_label(void **state)
{
    struct patient *p = after("PRAD", "docetaxel", "taxane");
    struct match_result r;

    (void)state;
    p->match.sex = SEX_MALE;
    r = result_of(p); /* not known: open to view, and said */
    assert_non_null(offered(&r, "prad.cabazitaxel"));
    assert_true(has_text(offered(&r, "prad.cabazitaxel"), "neutrophils: no value is known"));

    set_lab(p, "neutrophils", "1.5", "10*9/L", "2026-11-20"); /* at the bound: contraindicated */
    r = result_of(p);
    assert_null(offered(&r, "prad.cabazitaxel"));
    assert_true(str_has(aside(&r, "prad.cabazitaxel")->set_aside_by,
                        STR("cabazitaxel is contraindicated: neutrophils at or below 1.5")));

    set_lab(p, "neutrophils", "1.6", "10*9/L", "2026-11-21");
    r = result_of(p);
    assert_non_null(offered(&r, "prad.cabazitaxel"));
    assert_false(has_text(offered(&r, "prad.cabazitaxel"), "neutrophils: no value"));
}

static void
test_radium_not_beside_abiraterone(void **state)
{
    struct patient *p = a_patient("PRAD");
    struct match_result r;

    (void)state;
    p->match.sex = SEX_MALE;
    patient_progressed(p, patient_course(p, "leuprolide", "adt", "2023-01-10"));
    r = result_of(p);
    assert_non_null(offered(&r, "prad.radium223"));
    (void)patient_course(p, "abiraterone", "arpi", "2026-01-10");
    r = result_of(p);
    assert_null(offered(&r, "prad.radium223"));
    assert_true(str_has(aside(&r, "prad.radium223")->set_aside_by, STR("ERA 223")));
}

/* ---- imported evidence ---- */

static void
add_imported(struct sb *b, const char *id, const char *level, const char *direction,
             const char *significance)
{
    sb_addf(b, "{id: %s, title: t, drugs: [osimertinib], disease: [NSCLC], ", id);
    sb_add_c(b, "match: [{genomic: {hugo_symbol: EGFR, protein_change: p.T790M}}], ");
    sb_addf(b, "level: {scale: CIViC, value: %s}, basis: b, citation: [c], ", level);
    sb_add_c(b, "verified: imported, jurisdiction: none, status: evidence, ");
    sb_addf(b, "status_date: 2026-01-01, evidence: {source: CIViC, id: E1, direction: %s, ",
            direction);
    sb_addf(b, "significance: %s}}, ", significance);
}

static struct tree *
imported_options(struct arena *a)
{
    static const char *const row[][4] = {
        {"civic.b", "B", "supports", "Sensitivity/Response"},
        {"civic.a", "A", "supports", "Sensitivity/Response"},
        {"civic.not", "A", "does_not_support", "Sensitivity/Response"},
        {"civic.resists", "A", "supports", "Resistance"},
        {"civic.case", "C", "supports", "Sensitivity/Response"}};
    struct sb b;

    sb_init_arena(&b, a, 8192);
    sb_add_c(&b, "{therapies: [");
    for (size_t i = 0; i < RFD_COUNT(row); i++) {
        add_imported(&b, row[i][0], row[i][1], row[i][2], row[i][3]);
    }
    sb_add_c(&b, "{id: label, title: t, drugs: [osimertinib], disease: [NSCLC], ");
    sb_add_c(&b, "match: [{genomic: {hugo_symbol: EGFR, variant_category: Mutation}}], ");
    sb_add_c(&b, "level: {scale: NCCN, value: 3}, basis: b, citation: [c], verified: memory, ");
    sb_add_c(&b, "jurisdiction: US, status: guideline, status_date: 2010-01-01}]}");
    assert_true(sb_ok(&b));
    return tree_of(a, sb_cz(&b));
}

/* Below every label, whatever its date; what speaks against is not offered, and case reports and
 * cell lines are for the tumour board. */
static void
test_imported_evidence(void **state)
{
    struct patient *p = after("LUAD", "docetaxel", "taxane");
    struct match_terms terms = {.oncotree = &shipped()->terms.oncotree};
    struct match_knowledge k = *all_options();
    struct therapy_set set = {NULL, 0, 0};
    struct trial_set no_trials = {.count = 0};
    struct cross_table no_pairs = {.same_drug = {.variant = EXPR_NONE}};
    struct expr_table table;
    struct diags d;
    struct expr_build b = {.table = &table, .terms = &terms, .diags = &d};
    struct match_result r;

    (void)state;
    diags_init(&d, p->arena);
    expr_table_init(&table, p->arena);
    assert_true(therapy_compile(&b, imported_options(p->arena), &set));
    k.table = &table;
    k.therapies = &set;
    k.trials = &no_trials;
    k.cross = &no_pairs;
    patient_variant(p, "EGFR", "T790M", true, "2026-11-01");
    match_case_options(&k, patient_case(p), p->arena, &r);
    assert_int_equal(r.therapy_count, 3);
    assert_true(str_eq_c(r.therapy[0].id, "label"));
    assert_true(str_eq_c(r.therapy[1].id, "civic.a"));
    assert_true(str_eq_c(r.therapy[2].id, "civic.b"));
    assert_true(str_eq_c(r.therapy[1].level, "CIViC A"));
    assert_int_equal(r.aside_count, 0);
    assert_int_equal(r.for_board, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_are_many_and_complete),
        cmocka_unit_test(test_every_modality_is_there),
        cmocka_unit_test(test_each_pair),
        cmocka_unit_test(test_pairs_are_many),
        cmocka_unit_test(test_a_pair_of_one_disease),
        cmocka_unit_test(test_t790m_lists_osimertinib_first),
        cmocka_unit_test(test_an_old_variant_is_not_own),
        cmocka_unit_test(test_order_does_not_depend_on_arrival),
        cmocka_unit_test(test_origin_is_three_valued),
        cmocka_unit_test(test_somatic_is_enough_elsewhere),
        cmocka_unit_test(test_her2_low_is_not_negative),
        cmocka_unit_test(test_pdl1_asks_for_clone_and_score),
        cmocka_unit_test(test_organ_function_of_the_label),
        cmocka_unit_test(test_radium_not_beside_abiraterone),
        cmocka_unit_test(test_imported_evidence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
