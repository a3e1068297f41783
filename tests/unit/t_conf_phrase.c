/* A site's phrases in report texts: found or denied, in English and German; faults with their
 * place. */
#include "normalize/phrase.h"
#include "normalize_test.h"

static const char *
found(const char *text)
{
    static char copy[600];
    struct arena *a = fresh();
    struct phrase_hit hit;

    if (!phrase_find(normalize_terms(), a, str_from_c(text), &hit))
        return NULL;
    (void)snprintf(copy, sizeof copy, "%.*s|%.*s", STR_FMT(hit.phrase), STR_FMT(hit.quote));
    return copy;
}

static void
is_found(const char *text, const char *want)
{
    const char *got = found(text);

    if (got == NULL || strcmp(got, want) != 0)
        fail_msg("\"%s\" gives \"%s\", not \"%s\"", text, got == NULL ? "nothing" : got, want);
}

static void
is_not_found(const char *text)
{
    const char *got = found(text);

    if (got != NULL)
        fail_msg("\"%s\" gives \"%s\"", text, got);
}

static void
phrases_are_words_in_any_case(void **state)
{
    (void)state;
    is_found("PROGRESSION OF DISEASE.", "progression of disease|PROGRESSION OF DISEASE.");
    is_found("There are new, lesions in segment VII.",
             "new lesion*|There are new, lesions in segment VII.");
    is_found("Stable liver. New\nlesion at the apex.", "new lesion*|New lesion at the apex.");
    is_found("Multiple new lung nodules up to 8 mm",
             "new lung nodule*|Multiple new lung nodules up to 8 mm");
    is_not_found("Renew lesions"); /* not within a word */
    is_not_found("newlesion");
    is_not_found("");
    is_not_found("Regression of all known lesions.");
}

static void
what_is_denied_is_not_found(void **state)
{
    static const char *const rows[] = {
        "No evidence of progression of disease.",
        "There is no radiographic progression, and no new lesions.",
        "Liver, spleen and bones without new lesions.",
        "Negative for disease progression.",
        "New lesions were excluded.",
        "Disease progression is ruled out by this scan.",
        "CT to exclude recurrence.",
        "New bone metastases unlikely.",
        "Keine neuen L\xc3\xa4sionen.",
        "KEIN PROGRESS.",
        "Kein Hinweis auf ein Lokalrezidiv.",
        "Ein Rezidiv ist ausgeschlossen.",
        "Neue Metastasen nicht nachweisbar.",
        "Z. A. ohne Gr\xc3\xb6\xc3\x9f"
        "enzunahme.",
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++)
        is_not_found(rows[i]);
}

static void
a_negation_holds_for_its_sentence_and_scope(void **state)
{
    (void)state;
    is_found("No effusion. Progression of disease in the liver.",
             "progression of disease|Progression of disease in the liver.");
    is_found("No effusion\nProgression of disease",
             "progression of disease|Progression of disease");
    is_found("No pleural effusion, but new lesions in the liver.",
             "new lesion*|No pleural effusion, but new lesions in the liver.");
    is_found("Kein Erguss, jedoch neue L\xc3\xa4sionen.",
             "neue* L\xc3\xa4sion*|Kein Erguss, jedoch neue L\xc3\xa4sionen.");
    is_found("No change of the cyst, new metastases in bone.",
             "new metast*|No change of the cyst, new metastases in bone.");
    is_found("Ein Rezidiv ist nicht ausgeschlossen.",
             "Rezidiv|Ein Rezidiv ist nicht ausgeschlossen.");
    is_found("Recurrence cannot be ruled out.", "recurrence|Recurrence cannot be ruled out.");
    is_found("Nodule of 1.5 cm, was 0.9 cm: interval growth.",
             "interval growth|Nodule of 1.5 cm, was 0.9 cm: interval growth.");
    /* a line that was wrapped goes on */
    is_not_found("There is no evidence of\nprogression of disease");
}

static void
german_capitals_are_letters(void **state)
{
    (void)state;
    is_found("NEUE L\xc3\x84SIONEN.", "neue* L\xc3\xa4sion*|NEUE L\xc3\x84SIONEN.");
    is_found("Progrediente Erkrankung", "progrediente Erkrankung|Progrediente Erkrankung");
}

static void
a_long_sentence_is_cut_around_the_phrase(void **state)
{
    char text[3000];
    const char *got;
    size_t n = 0;

    (void)state;
    for (int i = 0; i < 200; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "gr\xc3\xb6\xc3\x9f"
                              "er ");
    n += (size_t)snprintf(text + n, sizeof text - n, "new lesions");
    (void)memset(text + n, 'x', sizeof text - n);
    text[n] = ' ';
    text[sizeof text - 1] = '\0';
    got = found(text);
    assert_non_null(got);
    assert_non_null(strstr(got, "new lesions"));
    assert_true(strlen(got) < PHRASE_QUOTE_MAX + 40);
    assert_non_null(strstr(got, "|... "));
}

static void
faults_have_their_place(void **state)
{
    static const struct {
        const char *yaml;
        const char *place;
        const char *part;
    } rows[] = {
        {"phrases:\n  look_for: [\"new.lesions\"]\n", "text.yaml:3:14", "a phrase is"},
        {"phrases:\n  look_for: [\"\"]\n", "text.yaml:3:14", "a phrase is"},
        {"phrases:\n  look_for: [\"*\"]\n", "text.yaml:3:14", "a phrase is"},
        {"phrases:\n  look_for: [a b c d e f g h i j k l m]\n", "text.yaml:3:14", "a phrase is"},
        {"phrases:\n  look_for: [new lesion, New Lesion]\n", "text.yaml:3:26", "stands in"},
        {"phrases:\n  look_for: [x]\n  negation: [x]\n", "text.yaml:4:14", "\"look_for\""},
        {"phrases:\n  lookfor: [x]\n", "text.yaml:3:3", "look_for"},
        {"phrases:\n  look_for: x\n", "text.yaml:3:13", "list"},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        struct arena *a = fresh();
        struct terms terms;
        struct diags d;
        struct tree *tree = NULL;
        char text[500];
        char place[64];
        const struct diag *x;

        diags_init(&d, a);
        (void)snprintf(text, sizeof text, "oncotree: [[TISSUE, Tissue, \"\"]]\n%s", rows[i].yaml);
        assert_true(yaml_read(str_from_c(text), "text.yaml", a, &d, &tree));
        assert_false(terms_compile(a, (const struct tree *const *)&tree, 1, &d, &terms));
        for (x = d.first; x != NULL; x = x->next) {
            (void)snprintf(place, sizeof place, "%s:%d:%d", x->file == NULL ? "" : x->file, x->line,
                           x->col);
            if (strcmp(place, rows[i].place) == 0 && strstr(x->text, rows[i].part) != NULL)
                break;
        }
        if (x == NULL) {
            normalize_print(&d);
            fail_msg("%s: no \"%s\" at %s", rows[i].yaml, rows[i].part, rows[i].place);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phrases_are_words_in_any_case),
        cmocka_unit_test(what_is_denied_is_not_found),
        cmocka_unit_test(a_negation_holds_for_its_sentence_and_scope),
        cmocka_unit_test(german_capitals_are_letters),
        cmocka_unit_test(a_long_sentence_is_cut_around_the_phrase),
        cmocka_unit_test(faults_have_their_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
