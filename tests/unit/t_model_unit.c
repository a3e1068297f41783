#include "base/dec.h"
#include "model/unit.h"
#include "model_test.h"

static void
expect_ratio(const char *from, const char *to, const char *analyte, int64_t num, int64_t den)
{
    int64_t n = 0;
    int64_t d = 0;
    if (!unit_convert(str_from_c(from), str_from_c(to), str_from_c(analyte), &n, &d))
        fail_msg("%s -> %s does not convert", from, to);
    if (n != num || d != den)
        fail_msg("%s -> %s is %lld/%lld", from, to, (long long)n, (long long)d);
}

static void
expect_none(const char *from, const char *to, const char *analyte)
{
    int64_t n = 77;
    int64_t d = 78;
    if (unit_convert(str_from_c(from), str_from_c(to), str_from_c(analyte), &n, &d))
        fail_msg("%s -> %s converts", from, to);
    assert_int_equal(n, 77);
    assert_int_equal(d, 78);
}

static void
expect_ucum(const char *reported, const char *ucum)
{
    struct str out = STR_NONE;
    if (!unit_normalize(str_from_c(reported), &out))
        fail_msg("'%s' is unknown", reported);
    if (!str_eq_c(out, ucum))
        fail_msg("'%s' gives %.*s", reported, STR_FMT(out));
}

static void
t_spellings(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"ug/l", "ug/L"},
        {"mcg/L", "ug/L"},
        {"\xc2\xb5g/L", "ug/L"},
        {"\xce\xbcg/L", "ug/L"},
        {"NG/ML", "ng/mL"},
        {"MIU/ML", "m[IU]/mL"},
        {"k/uL", "10*3/uL"},
        {"K/mcL", "10*3/uL"},
        {"x10\xe2\x81\xb9/L", "10*9/L"},
        {"10 \xc2\xb3/\xc2\xb5l", "10*3/uL"},
        {"G/L", "10*9/L"},
        {"g/L", "g/L"},
        {"G/DL", "g/dL"},
        {"M/uL", "10*6/uL"},
        {"GPt/l", "10*9/L"},
        {"/nL", "/nL"},
        {"cells/mcL", "/uL"},
        {"/cumm", "/uL"},
        {"mg/24 hr", "mg/(24.h)"},
        {"g/d", "g/(24.h)"},
        {"% IS", "%{IS}"},
        {"ml/min/1,73m\xc2\xb2", "mL/min/{1.73_m2}"},
        {"mutations/Mb", "1/1000000{Base}"},
        {" units / mL ", "U/mL"},
        {"IU/L", "[IU]/L"},
        {"[arb'U]/mL", "[arb'U]/mL"},
        {"mIE/ml", "m[IU]/mL"},
        {"centimeters", "cm"},
        {"nkat/L", "nkat/L"},
    };
    for (size_t i = 0; i < RFD_COUNT(rows); i++)
        expect_ucum(rows[i][0], rows[i][1]);
}

static void
t_spellings_unknown(void **state)
{
    (void)state;
    /* m/uL and Mg/dL would be mega or milli by guess; E/L is two things in two countries. */
    static const char *const rows[] = {
        "",        " ",      "m/uL",           "Mg/dL",   "E/L",       "ng",
        "ng/",     "/",      "ng/mL/h",        "bogus/L", "g GAG/mol", "\xff/L",
        "ng/mL\n", "10*5/L", "\xe2\x82\xac/L", "[AU]/mL", "mM",
    };
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        struct str out = STR("untouched");
        if (unit_normalize(str_from_c(rows[i]), &out))
            fail_msg("'%s' gives %.*s", rows[i], STR_FMT(out));
        assert_true(str_eq_c(out, "untouched"));
    }
    char longest[400];
    memset(longest, 'a', sizeof(longest));
    struct str out = STR_NONE;
    assert_false(unit_normalize((struct str){longest, sizeof(longest)}, &out));
    assert_false(unit_normalize(STR_NONE, &out));
}

static void
t_exact_ratios(void **state)
{
    (void)state;
    expect_ratio("ng/mL", "ug/L", NULL, 1, 1);
    expect_ratio("mg/L", "mg/dL", NULL, 1, 10);
    expect_ratio("ng/dL", "ng/mL", NULL, 1, 100);
    expect_ratio("U/mL", "kU/L", NULL, 1, 1);
    expect_ratio("m[IU]/mL", "[IU]/L", NULL, 1, 1);
    expect_ratio("ukat/L", "U/L", NULL, 60, 1);
    expect_ratio("U/L", "ukat/L", NULL, 1, 60);
    expect_ratio("10*3/uL", "10*9/L", NULL, 1, 1);
    expect_ratio("/uL", "10*3/uL", NULL, 1, 1000);
    expect_ratio("%{IS}", "%", NULL, 1, 1);
    expect_ratio("{ratio}", "%", NULL, 100, 1);
    expect_ratio("g/(24.h)", "mg/d", NULL, 1000, 1);
    expect_ratio("cm", "mm", NULL, 10, 1);
    expect_ratio("mo", "d", NULL, 487, 16);         /* 30.4375 */
    expect_ratio("[AU]/mL", "[AU]/mL", NULL, 1, 1); /* spelled the same */
    expect_ratio("mm[Hg]", "kPa", NULL, 66661, 500000);
    expect_ratio("k[arb'U]/L", "[arb'U]/mL", NULL, 1, 1);
}

static void
t_molar(void **state)
{
    (void)state;
    expect_ratio("nmol/L", "ng/dL", "testosterone", 14421, 500); /* 28.842 */
    expect_ratio("ng/dL", "nmol/L", "testosterone", 500, 14421);
    expect_ratio("umol/L", "mg/dL", "creatinine", 707, 62500); /* 0.011312 */
    expect_ratio("mmol/L", "g/dL", "haemoglobin", 32229, 20000);
    expect_none("nmol/L", "ng/dL", NULL);
    expect_none("nmol/L", "ng/dL", "psa");
    expect_none("pmol/L", "pg/mL", "he4"); /* the factor is the assay's */
    expect_none("nmol", "ng/dL", "testosterone");
}

static void
t_never(void **state)
{
    (void)state;
    expect_none("U/mL", "[IU]/mL", "ca125");
    expect_none("[arb'U]/mL", "U/mL", "ca125");
    expect_none("[IU]/mL", "ng/mL", "afp");
    expect_none("U/mL", "ng/mL", "cea");
    expect_none("K/uL", "10*3/uL", NULL); /* not UCUM: normalised first */
    expect_none("mL/min/{1.73_m2}", "mL/min", NULL);
    expect_none("kg/fL", "fg/L", NULL); /* past 10^15 */
    expect_none("", "", NULL);
    expect_none(NULL, NULL, NULL);
    static const char *const bad[] = {
        "/",     "ng//mL", "ng/",    "(24.h",     "24.h)",
        "((h))", "ng{",    "ng/mL ", "0",         "99999999999999999999",
        "m99",   "10*100", "g.",     "mg/{24 h}", "cmin",
        "k%",    "[iU",    "g-",
    };
    for (size_t i = 0; i < RFD_COUNT(bad); i++)
        expect_none(bad[i], "1", NULL);
}

/* ---- data/units ------------------------------------------------------------ */

/* The oracle's molecular weights name their analyte. */
static struct str
analyte_of(const char *weight)
{
    static const char *const rows[][2] = {
        {"288.42", "testosterone"}, {"3418", "calcitonin"}, {"113.12", "creatinine"},
        {"584.66", "bilirubin"},    {"40.078", "calcium"},  {"16114.5", "haemoglobin"},
        {"25000", "he4"},           {"11800", "b2m"},       {"64458", "haemoglobin tetramer"},
    };
    for (size_t i = 0; i < RFD_COUNT(rows); i++)
        if (strcmp(weight, rows[i][0]) == 0)
            return str_from_c(rows[i][1]);
    return STR_NONE;
}

/* Rows in which we mean to differ from the reference implementation (ucum-lhc), by name. */
static const struct {
    const char *from;
    const char *to;
    const char *weight;
    bool converts; /* with us */
    const char *why;
} differs[] = {
    {"[iU]/mL", "k[iU]/L", "", true, "same arbitrary unit, other scale: a ratio of volumes only"},
    {"[iU]/mL", "[iU]/L", "", true, "the same"},
    {"m[iU]/mL", "[iU]/L", "", true, "the same (hCG)"},
    {"[iU]/L", "m[iU]/mL", "", true, "the same"},
    {"k[iU]/L", "[iU]/mL", "", true, "the same"},
    {"pmol/L", "pg/mL", "25000", false, "HE4: the mass belongs to the assay"},
    {"mg/L", "nmol/L", "11800", false, "beta-2 microglobulin: mass not settled"},
    {"g/dL", "mmol/L", "64458", false, "haemoglobin tetramer: mmol/L means the monomer"},
    {"mL/min/{1.73_m2}", "mL/min", "", false, "an indexed clearance is no plain clearance"},
    {"g/24h", "g/d", "", false, "no UCUM: a spelling for unit_normalize()"},
    {"lb_av", "kg", "", false, "no UCUM: brackets missing"},
    {"Cel", "[degF]", "", false, "an offset, not a ratio"},
    {"[degF]", "Cel", "", false, "the same"},
    {"K", "Cel", "", false, "the same"},
};

static int
differs_find(char *const col[TEST_COLS])
{
    for (size_t i = 0; i < RFD_COUNT(differs); i++) {
        bool same = strcmp(differs[i].from, col[0]) == 0 && strcmp(differs[i].to, col[1]) == 0;
        if (same && strcmp(differs[i].weight, col[3]) == 0)
            return (int)i;
    }
    return -1;
}

static bool
is_near(double a, double b)
{
    double gap = a > b ? a - b : b - a;
    return gap <= 1e-12 * b;
}

static void
check_oracle_row(char *const col[TEST_COLS], unsigned *used)
{
    int64_t n = 0;
    int64_t d = 0;
    bool ok = unit_convert(str_from_c(col[0]), str_from_c(col[1]), analyte_of(col[3]), &n, &d);
    bool theirs = strcmp(col[4], "succeeded") == 0;
    int other = differs_find(col);
    if (other >= 0) {
        used[other]++;
        if (ok != differs[other].converts || ok == theirs)
            fail_msg("%s -> %s: stands in differs[] but does not", col[0], col[1]);
        return;
    }
    if (ok != theirs)
        fail_msg("%s -> %s (%s): ours %d, theirs %s", col[0], col[1], col[3], ok, col[4]);
    if (ok && !is_near((double)n / (double)d, strtod(col[6], NULL)))
        fail_msg("%s -> %s: %lld/%lld, theirs %s", col[0], col[1], (long long)n, (long long)d,
                 col[6]);
}

static void
t_oracle(void **state)
{
    (void)state;
    FILE *f = shared_open("units/ucum_oracle.tsv", 1);
    if (f == NULL)
        skip();
    char line[2048];
    char *col[TEST_COLS];
    unsigned rows = 0;
    unsigned used[RFD_COUNT(differs)] = {0};
    assert_non_null(fgets(line, sizeof(line), f));
    while (fgets(line, sizeof(line), f) != NULL) {
        row_cut(line, col);
        check_oracle_row(col, used);
        rows++;
    }
    (void)fclose(f);
    assert_true(rows >= 177);
    for (size_t i = 0; i < RFD_COUNT(differs); i++)
        assert_true(used[i] >= 1);
}

/* Spellings that only make sense with their analyte: the feed's map says them, not this table. */
static bool
row_is_for_map(const char *analyte, const char *spelling)
{
    if (strcmp(spelling, "(empty)") == 0)
        return true; /* no unit at all */
    bool arb = strcmp(spelling, "[arb'U]/mL") == 0 || strcmp(spelling, "IU/mL") == 0;
    if (strcmp(analyte, "CA 125") == 0 && arb)
        return true; /* three arbitrary scales: never one another here */
    if (strcmp(analyte, "hCG total beta") == 0 && strchr(spelling, 'U') != NULL)
        return strcmp(spelling, "mU/mL") == 0 || strcmp(spelling, "U/L") == 0;
    bool enzyme = strcmp(analyte, "LDH") == 0 || strcmp(analyte, "AST/ALT/ALP") == 0;
    if (enzyme && strcmp(spelling, "IU/L") == 0)
        return true;
    /* A bare 1 where mutations per megabase are meant. */
    return strcmp(analyte, "TMB") == 0 && strcmp(spelling, "1") == 0;
}

static struct str
molar_analyte(const char *name)
{
    static const char *const rows[][2] = {
        {"Testosterone", "testosterone"}, {"Calcitonin", "calcitonin"},
        {"Haemoglobin", "haemoglobin"},   {"Creatinine", "creatinine"},
        {"Bilirubin", "bilirubin"},       {"Calcium", "calcium"},
    };
    for (size_t i = 0; i < RFD_COUNT(rows); i++)
        if (strcmp(name, rows[i][0]) == 0)
            return str_from_c(rows[i][1]);
    return STR_NONE;
}

static void
check_spelling(const char *analyte, const char *canonical, const char *spelling, const char *factor)
{
    struct str ucum = STR_NONE;
    int64_t n = 0;
    int64_t d = 0;
    bool known = unit_normalize(str_from_c(spelling), &ucum);
    bool converts =
        known && unit_convert(ucum, str_from_c(canonical), molar_analyte(analyte), &n, &d);
    if (row_is_for_map(analyte, spelling)) {
        if (converts)
            fail_msg("%s: %s converts without its map", analyte, spelling);
        return;
    }
    if (!converts)
        fail_msg("%s: '%s' (%.*s) does not reach %s", analyte, spelling, STR_FMT(ucum), canonical);
    if (!is_near((double)n / (double)d, strtod(factor, NULL)))
        fail_msg("%s: %s is %lld/%lld, not %s", analyte, spelling, (long long)n, (long long)d,
                 factor);
}

static void
t_analyte_units(void **state)
{
    (void)state;
    FILE *f = shared_open("units/analyte_units.tsv", 1);
    if (f == NULL)
        skip();
    char line[2048];
    char *col[TEST_COLS];
    unsigned spellings = 0;
    assert_non_null(fgets(line, sizeof(line), f));
    while (fgets(line, sizeof(line), f) != NULL) {
        row_cut(line, col);
        char *save = NULL;
        for (char *p = strtok_r(col[2], ";", &save); p != NULL; p = strtok_r(NULL, ";", &save)) {
            check_spelling(col[0], col[1], p, col[3]);
            spellings++;
        }
    }
    (void)fclose(f);
    assert_true(spellings > 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_spellings),     cmocka_unit_test(t_spellings_unknown),
        cmocka_unit_test(t_exact_ratios),  cmocka_unit_test(t_molar),
        cmocka_unit_test(t_never),         cmocka_unit_test(t_oracle),
        cmocka_unit_test(t_analyte_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
