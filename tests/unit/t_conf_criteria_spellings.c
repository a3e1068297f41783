/* A vectors file is JSON by many hands: legal but odd spellings are read, wrong ones are refused
 * with their place, and none passes in silence. */
#include "criteria_test.h"

static const char rule_text[] =
    "- id: psa\n"
    "  title: t\n"
    "  applies: {oncotree: [any]}\n"
    "  line: {class: [arpi]}\n"
    "  series: {analyte: psa, unit: ng/mL}\n"
    "  refs: {base: {baseline: {max_age: 90d}}, low: {nadir: {from: base}}}\n"
    "  candidate: {all: [{rise_pct: {over: low, ge: 25}}, {rise_abs: {over: low, ge: 2}}]}\n"
    "- id: t790m\n"
    "  title: t\n"
    "  applies: {oncotree: [any]}\n"
    "  line: {class: [arpi]}\n"
    "  series: {event: variant}\n"
    "  candidate: {variant: {gene: EGFR, in: [T790M]}}\n";

static char lines[2000];

static void
keep(void *to, struct str line)
{
    size_t used = strlen(lines);

    (void)to;
    (void)snprintf(lines + used, sizeof(lines) - used, "%.*s\n", STR_FMT(line));
}

/* "ok psa", "FAIL …", or the first error's text. */
static const char *
outcome(const char *json)
{
    struct vectors_counts counts = {0};
    const struct vectors_sink sink = {keep, NULL};
    struct ruleset rules;
    struct tree *t = NULL;

    lines[0] = '\0';
    rules_begin();
    if (!criteria_compile(&rules_arena, tree_of("rules.yaml", str_from_c(rule_text)), NULL,
                          &rules_diags, &rules))
        fail_msg("%s", first_diag());
    if (!yaml_read(str_from_c(json), "v", &rules_arena, &rules_diags, &t) ||
        !criteria_vectors_run(&rules, t, &scratch_arena, &rules_diags, &sink, &counts)) {
        assert_non_null(rules_diags.first); /* no refusal without a word */
        return first_diag();
    }
    return lines;
}

struct row {
    const char *given; /* the keys that matter of the last event */
    const char *found; /* what the outcome begins with, or has */
};

static void
check(const char *before, const char *after, const struct row *r, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char json[2000];
        const char *got;

        (void)snprintf(json, sizeof(json), "%s%s%s", before, r[i].given, after);
        got = outcome(json);
        if (strstr(got, r[i].found) == NULL)
            fail_msg("%s: %s, not %s", r[i].given, got, r[i].found);
    }
}

#define BEFORE                                                                                  \
    "[{\"id\":\"v\",\"criterion\":\"psa\",\"events\":[{\"type\":\"lab\",\"analyte\":\"psa\","   \
    "\"collected\":\"2025-01-08\",\"value\":\"8\",\"unit\":\"ng/mL\",\"recv\":\"2025-01-08\"}," \
    "{\"type\":\"therapy\",\"action\":\"start\",\"date\":\"2025-01-10\",\"class\":[\"arpi\"],"  \
    "\"recv\":\"2025-01-10\"},"
#define AFTER     "],\"expect\":[{\"asof\":\"2025-05-10\",\"status\":\"met\"}]}]"
#define LAB_BEGIN BEFORE "{\"type\":\"lab\",\"analyte\":\"psa\",\"collected\":\"2025-05-10\","
#define LAB_END \
    ","         \
    "\"recv\":\"2025-05-10\"}" AFTER

static void
values_as_people_write_them(void **state)
{
    static const struct row rows[] = {
        {"\"unit\":\"ng/mL\",\"value\":\"10\"", "ok v@2025-05-10 met"},
        {"\"unit\":\"ng/mL\",\"value\":10", "ok "},
        {"\"unit\":\"ng/mL\",\"value\":10.00", "ok "},
        {"\"unit\":\"ng/mL\",\"value\":1e1", "ok "},
        {"\"unit\":\"ng/mL\",\"value\":\"1.0E+1\"", "ok "},
        {"\"unit\":\"ng/mL\",\"value\":\" > 10 \"", "ok "},
        {"\"unit\":\"ng/mL\",\"value\":\"\\u226510\"", "ok "},
        {"\"unit\":\"ng/mL\",\"value\":\"\xe2\x89\xa5 10\"", "ok "},
        {"\"unit\":\"ng/mL\",\"value\":\"\xe2\x89\xa4 9\"", "got not_met"},
        {"\"unit\":\"ng/mL\",\"value\":9.99", "got not_met"},
        {"\"unit\":\"ng/mL\",\"value\":1e-1", "got not_met"},
        {"\"unit\":\"\\u00b5g/L\",\"value\":10", "ok "},
        {"\"unit\":\"ng/mL\",\"value\":10,\"uln\":4.0,\"status\":null,\"id\":17", "ok "},
        /* left out of the series, as what cannot be compared is: no other value is there */
        {"\"value\":10", "got not_evaluable"},
        {"\"unit\":null,\"value\":10", "got not_evaluable"},
        {"\"unit\":\"\",\"value\":10", "got not_evaluable"},
        {"\"unit\":\"ng/mL\",\"value\":\"haemolysed\"", "got not_evaluable"},
        {"\"unit\":\"ng/mL\",\"value\":\"\"", "got not_evaluable"},
        /* refused, with the place */
        {"\"unit\":\"ng/mL\",\"value\":\"10,5\"", "v:1:"},
        {"\"unit\":\"ng/mL\",\"value\":\"10,5\"", "a number is written as 12.5"},
        {"\"unit\":\"ng/mL\",\"value\":\".5\"", "a number is written as 12.5"},
        {"\"unit\":\"ng/mL\",\"value\":1e40", "a number is written as 12.5"},
        {"\"unit\":\"ng/mL\",\"value\":1.00000000000000001", "with at most 15 digits"},
        {"\"unit\":\"ng/mL\",\"value\":[10]", "a single value is expected"},
        {"\"unit\":\"ng/mL\",\"value\":null", "\"value\" is missing"},
        {"\"unit\":\"ng/mL\"", "\"value\" is missing"},
        {"\"unit\":\"ng/mL\",\"value\":10,\"colour\":\"red\"", "unknown key \"colour\""},
        {"\"unit\":\"ng/mL\",\"value\":10,\"status\":\"Z\"", "is not of the format"},
        {"\"unit\":\"ng/mL\",\"value\":10,\"uln\":\"high\"",
         "an upper limit of normal is a number"},
        {"\"unit\":\"ng/mL\",\"value\":10,\"value\":11", "stands here twice"},
    };

    (void)state;
    check(LAB_BEGIN, LAB_END, rows, RFD_COUNT(rows));
}

#define THERAPY_BEGIN \
    BEFORE "{\"type\":\"therapy\",\"date\":\"2025-02-10\",\"recv\":\"2025-02-10\","
#define THERAPY_END                                                                        \
    "},"                                                                                   \
    "{\"type\":\"lab\",\"analyte\":\"psa\",\"collected\":\"2025-05-10\",\"value\":\"10\"," \
    "\"unit\":\"ng/mL\",\"recv\":\"2025-05-10\"}" AFTER

static void
therapies_as_people_write_them(void **state)
{
    static const struct row rows[] = {
        {"\"action\":\"dose\",\"drug\":\"\\u00c9nza\\ud83d\\udc8a\"",
         "ok "}, /* two halves of one */
        {"\"action\":\"start\",\"drug\":\"denosumab\",\"class\":[\"bone_agent\"]", "ok "},
        {"\"action\":\"start\",\"drug\":null,\"class\":[\"bone_agent\"]", "ok "},
        {"\"action\":\"start\",\"drug\":\"\",\"class\":[]", "a therapy has a drug or a class"},
        {"\"action\":\"start\",\"class\":\"arpi\"", "a list is expected here"},
        {"\"action\":\"start\",\"class\":[[\"arpi\"]]", "a single value is expected here"},
        {"\"action\":\"start\",\"class\":[null]", "the name of a class"},
        {"\"action\":\"begin\",\"class\":[\"arpi\"]", "no such action"},
        {"\"action\":null,\"class\":[\"arpi\"]", "\"action\" is missing"},
        {"\"action\":\"start\",\"drug\":\"\\ud83d\"", "not YAML"}, /* half a character */
    };

    (void)state;
    check(THERAPY_BEGIN, THERAPY_END, rows, RFD_COUNT(rows));
}

#define VARIANT_BEGIN                                                                          \
    "[{\"id\":\"v\",\"criterion\":\"t790m\",\"why\":null,\"events\":["                         \
    "{\"type\":\"therapy\",\"action\":\"start\",\"date\":\"2025-01-10\",\"class\":[\"arpi\"]," \
    "\"recv\":\"2025-01-10\"},{\"type\":\"variant\",\"date\":\"2025-05-10\",\"gene\":\"EGFR\","
#define VARIANT_END \
    ","             \
    "\"recv\":\"2025-05-10T23:10:00Z\"}" AFTER

static void
variants_as_people_write_them(void **state)
{
    static const struct row rows[] = {
        {"\"hgvs\":\"T790M\",\"present\":true,\"vaf\":null", "ok "},
        {"\"hgvs\":\"p.T790M\",\"present\":\"true\",\"vaf\":0.31", "ok "},
        {"\"hgvs\":\"p.(Thr790Met)\",\"present\":true,\"vaf\":\"<0.1\"", "ok "},
        {"\"hgvs\":\"NP_005219.2:p.Thr790Met\",\"present\":true,\"vaf\":1e-3", "ok "},
        {"\"hgvs\":\"T790M\",\"present\":false", "got not_met"},
        {"\"hgvs\":\"T790M\",\"present\":1", "true or false is expected"},
        {"\"hgvs\":\"T790M\",\"present\":true,\"vaf\":\"31 percent\"", "allele frequency"},
        {"\"hgvs\":null,\"present\":true", "\"hgvs\" is missing"},
    };

    (void)state;
    check(VARIANT_BEGIN, VARIANT_END, rows, RFD_COUNT(rows));
}

static void
whole_files_that_are_odd(void **state)
{
    static const struct row rows[] = {
        {"[null]", "a timeline is a map"},
        {"[]", ""},
        {"{\"id\":1}", "a list is expected"},
        {"", "the file is empty"},
        {"[{\"id\":\"v\",\"criterion\":\"psa\",\"events\":[],\"expect\":[]}]",
         "nothing is expected"},
        {"[{\"id\":\"v\",\"criterion\":\"psa\",\"events\":[null],"
         "\"expect\":[{\"asof\":\"2025-05-10\",\"status\":\"met\"}]}]",
         "an event is a map"},
        {"[{\"id\":\"v\",\"criterion\":\"psa\",\"events\":[],"
         "\"expect\":[{\"asof\":\"2025-05-10\",\"status\":\"MET\"}]}]",
         "unknown value \"MET\""},
        {"[{\"id\":\"v\",\"criterion\":\"other\",\"events\":[],"
         "\"expect\":[{\"asof\":\"2025-05-10\",\"status\":\"met\"}]}]",
         "skip v@2025-05-10 other"},
        {"\xef\xbb\xbf[{\"id\":\"v\",\"criterion\":\"psa\",\"events\":[],"
         "\"expect\":[{\"asof\":\"2025-05-10\",\"status\":\"not_evaluable\",\"date\":null}]}]",
         "ok v@2025-05-10 not_evaluable"},
    };

    (void)state;
    check("", "", rows, RFD_COUNT(rows));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_as_people_write_them),
        cmocka_unit_test(therapies_as_people_write_them),
        cmocka_unit_test(variants_as_people_write_them),
        cmocka_unit_test(whole_files_that_are_odd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
