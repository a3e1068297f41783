/* What the rule language says of itself: its man page, its errors, rules in English, sign-offs. */
#include "criteria/primitive.h"
#include "criteria/show.h"
#include "criteria/signoff.h"
#include "criteria_test.h"

enum { PAGE_RULE_MAX = 8000, PRIMITIVES_MAX = 64 };

/* Is the name used as a test: a key, not the end of another one. */
static bool
uses(const char *text, const char *name)
{
    char key[64];

    (void)snprintf(key, sizeof(key), "%s: ", name);
    for (const char *at = strstr(text, key); at != NULL; at = strstr(at + 1, key))
        if (at > text && (at[-1] == '{' || at[-1] == ' '))
            return true;
    return false;
}

/* Has the example this key of a rule, at the beginning of a line? */
static bool
has_part(const char *example, const char *key)
{
    for (const char *at = strstr(example, key); at != NULL; at = strstr(at + 1, key))
        if (at == example || at[-1] == '\n')
            return true;
    return false;
}

/* An example of the page as a rule: what it does not say is filled in. */
static void
wrap_example(const char *example, char *out, size_t size)
{
    static const struct {
        const char *key;
        const char *line;
    } parts[] = {
        {"applies:", "  applies: {oncotree: [any]}\n"},
        {"line:", "  line: {class: [arpi]}\n"},
        {"series:", "  series: {analyte: psa, unit: ng/mL}\n"},
        {"refs:", "  refs: {base: {baseline: {}}, low: {nadir: {from: base}}, uln: {uln: 4}}\n"},
    };
    const char *at = example;

    (void)snprintf(out, size, "- id: t\n");
    for (size_t i = 0; i < RFD_COUNT(parts); i++)
        if (!has_part(example, parts[i].key))
            (void)snprintf(out + strlen(out), size - strlen(out), "%s", parts[i].line);
    if (!has_part(example, "candidate:") && !has_part(example, "milestones:")) {
        const char *any = strstr(example, "event:") != NULL ? "code: {in: [PD]}" : "value: {gt: 1}";

        (void)snprintf(out + strlen(out), size - strlen(out), "  candidate: {%s}\n", any);
    }
    while (*at != '\0') {
        size_t n = strcspn(at, "\n");

        (void)snprintf(out + strlen(out), size - strlen(out), "  %.*s\n", (int)n, at);
        at += n + (at[n] == '\n');
    }
}

static void
check_example(const char *example, bool used[])
{
    char rule[PAGE_RULE_MAX];
    struct ruleset out;

    wrap_example(example, rule, sizeof(rule));
    rules_begin();
    if (!criteria_compile(&rules_arena, tree_of("page", str_from_c(rule)), NULL, &rules_diags,
                          &out))
        fail_msg("%s\n%s", first_diag(), rule);
    for (size_t i = 0; primitive_at(i) != NULL; i++)
        used[i] = used[i] || uses(example, primitive_at(i)->name);
}

static void
every_example_of_the_man_page_compiles(void **state)
{
    static char page[64 * 1024];
    bool used[PRIMITIVES_MAX] = {false};
    size_t examples = 0;
    struct str text;
    char *at;

    (void)state;
    rules_begin();
    text = file_text("deploy/man/refract-criteria.5.scd");
    assert_in_range(text.n, 1, sizeof(page) - 1);
    memcpy(page, text.p, text.n);
    at = strstr(page, "\n```\n");
    while (at != NULL) {
        char *end = strstr(at + 5, "\n```\n");

        assert_non_null(end);
        end[1] = '\0';
        if (strncmp(at + 5, "- rule:", 7) != 0) /* a site's file is no rule */
            check_example(at + 5, used);
        examples++;
        at = strstr(end + 2, "\n```\n");
    }
    assert_true(examples > 30);
    for (size_t i = 0; primitive_at(i) != NULL; i++) {
        assert_true(i < PRIMITIVES_MAX);
        assert_non_null(primitive_at(i)->tell);
        if (!used[i])
            fail_msg("no example of %s", primitive_at(i)->name);
    }
}

#define RULE(id) "- id: " id "\n  applies: {oncotree: [any]}\n"
#define ON_PSA   "  series: {analyte: psa, unit: ng/mL}\n"
#define ON_LINE  "  line: {class: [arpi]}\n"

/* Each rule of the file is wrong in a way of its own: [line, column] are counted by hand. */
static const struct {
    const char *rule;
    int line; /* within the rule */
    int col;
} wrong[] = {
    {RULE("a") ON_PSA "  candidate: {valeu: {gt: 1}}\n", 4, 15},
    {RULE("b") ON_PSA "  candidate: {value: {gtt: 1}}\n", 4, 23},
    {RULE("c") ON_PSA "  candidate: {value: {gt: nadir}}\n", 4, 27},
    {RULE("d") ON_PSA "  candidate: {value: {}}\n", 4, 22},
    {RULE("e") ON_PSA "  candidate: {value: {gt: 10000000}}\n", 4, 27},
    {RULE("f") ON_PSA "  candidate: {all: []}\n", 4, 20},
    {RULE("g") ON_PSA "  candidate: {value: {gt: 1}, ever: {gt: 1}}\n", 4, 14},
    {RULE("h") ON_PSA "  candidate: {since: {ge: 12w}}\n", 4, 22},
    {RULE("i") ON_PSA ON_LINE "  candidate: {since: {ge: 12q}}\n", 5, 27},
    {RULE("j") ON_PSA ON_LINE "  candidate: {since: {anchor: line.end, ge: 1w}}\n", 5, 31},
    {RULE("k") "  series: {event: response}\n  candidate: {code: {in: [PDD]}}\n", 4, 27},
    {RULE("l") "  series: {event: respons}\n  candidate: {code: {in: [PD]}}\n", 3, 19},
    {RULE("m") "  series: {analyte: psa, unit: furlong}\n  candidate: {value: {gt: 1}}\n", 3, 32},
    {RULE("n") "  series: {analyte: psa, event: response}\n  candidate: {value: {gt: 1}}\n", 3, 11},
    {RULE("o") ON_PSA "  refs: {base: {baseline: {}}}\n  candidate: {value: {gt: 1}}\n", 4, 27},
    {RULE("p") ON_PSA "  refs: {low: {nadir: {from: nowhere}}}\n  candidate: {value: {gt: 1}}\n", 4,
     30},
    {RULE("q") ON_PSA "  refs: {uln: {uln: 0}}\n  candidate: {value: {gt: 1}}\n", 4, 21},
    {RULE("r") ON_PSA "  candidate: {value: {gt: 1}}\n  colour: red\n", 5, 3},
    {RULE("s") ON_PSA "  mode: live\n  candidate: {value: {gt: 1}}\n", 4, 9},
    {RULE("t") ON_PSA "  consequence: panic\n  candidate: {value: {gt: 1}}\n", 4, 16},
    {RULE("u") ON_PSA "  candidate: {value: {gt: 1}}\n  confirm: {unbroken: true}\n", 5, 12},
    {RULE("v") ON_PSA "  candidate: {value: {gt: 1}}\n  exclude: [{event_befor: {}}]\n", 5, 14},
    {RULE("w") ON_PSA "  age: {ge: 18.5}\n  candidate: {value: {gt: 1}}\n", 4, 8},
    {RULE("x") ON_PSA "  line: {class: [arpi], procedure: [asct]}\n  candidate: {value: {gt: 1}}\n",
     4, 9},
    {RULE("y") ON_PSA "  candidate: {cycles: {ge: 2, apart: 14d}}\n", 4, 23},
    {RULE("z") ON_PSA "  candidate: {doubling: {count: 4, lt: 6mo}}\n", 4, 25},
    {RULE("a") ON_PSA "  candidate: {value: {gt: 1}}\n", 1, 3}, /* its id stands twice */
    {"- id: bb\n  applies: {tree: [any]}\n" ON_PSA "  candidate: {value: {gt: 1}}\n", 2, 13},
};

static int
lines_of(const char *text)
{
    int n = 0;

    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

static bool
has_diag(int line, int col)
{
    for (const struct diag *d = rules_diags.first; d != NULL; d = d->next)
        if (d->line == line && d->col == col)
            return true;
    return false;
}

static void
a_file_wrong_in_many_ways_names_every_place(void **state)
{
    static char file[16 * 1024];
    struct ruleset out;
    int first = 1;

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(wrong); i++)
        strcat(file, wrong[i].rule);
    rules_begin();
    assert_false(criteria_compile(&rules_arena, tree_of("wrong.yaml", str_from_c(file)), NULL,
                                  &rules_diags, &out));
    assert_true(RFD_COUNT(wrong) >= 25);
    for (size_t i = 0; i < RFD_COUNT(wrong); i++) {
        if (!has_diag(first + wrong[i].line - 1, wrong[i].col)) {
            for (const struct diag *d = rules_diags.first; d != NULL; d = d->next)
                if (d->line >= first && d->line < first + lines_of(wrong[i].rule))
                    print_message("has %d:%d %s\n", d->line - first + 1, d->col, d->text);
            fail_msg("no error at %d:%d of\n%s", wrong[i].line, wrong[i].col, wrong[i].rule);
        }
        first += lines_of(wrong[i].rule);
    }
    assert_int_equal(rules_diags.errors, RFD_COUNT(wrong));
}

static const char a_rule[] = "- id: tiny\n"
                             "  version: 2.1.0\n"
                             "  title: Tiny\n"
                             "  asks: Nobody\n"
                             "  citation: Nobody 2020\n"
                             "  verified: partial\n"
                             "  consequence: repeat\n"
                             "  age: {ge: 18}\n"
                             "  consider: [noise]\n"
                             "  unchecked: [the weather]\n"
                             "  applies: {oncotree: [any]}\n"
                             "  line: {procedure: [prostatectomy]}\n"
                             "  series: {analyte: psa, name: PSA, unit: ng/mL}\n"
                             "  refs: {low: {nadir: {from: line}}}\n"
                             "  candidate: {rise_abs: {over: low, ge: 2}}\n"
                             "  exclude: [{method_change: {between: low}}]\n"
                             "  confirm: {after: 3w, unbroken: true}\n"
                             "  cap: unconfirmed\n";

static void
a_rule_is_shown_in_plain_english(void **state)
{
    struct ruleset r;
    struct str text;

    (void)state;
    rules_begin();
    r = rules_of(a_rule);
    text = criteria_show(&r.rule[0], &rules_arena);
    text.n -= 64 + 15; /* the hash */
    assert_text(text,
                "tiny 2.1.0\n"
                "Title         Tiny\n"
                "Paper         Nobody 2020\n"
                "Thresholds    partial\n"
                "Disease       any\n"
                "Age           only patients aged at least 18\n"
                "Counts from   the last prostatectomy\n"
                "Reads         PSA in ng/mL\n"
                "Nadir         the lowest value before the candidate's day\n"
                "Asks for\n"
                "  - a rise of at least 2 ng/mL over the nadir\n"
                "Not evaluable when\n"
                "  - the method changed since the reference\n"
                "Confirmed by   a second value at least 21 days later, with none between that "
                "speaks against it\n"
                "Never more than unconfirmed: this alone is not progression\n"
                "Means         the paper calls for a repeat test before this counts as confirmed\n"
                "Or else       noise\n"
                "Not checked   the weather\n"
                "Standing      shadow, nobody has signed it");
}

static struct ruleset
signed_rules(const char *rule, const char *file)
{
    struct ruleset r = rules_of(rule);

    if (!criteria_sign_off(&rules_arena, tree_of("signoff.yaml", str_from_c(file)), &rules_diags,
                           &r))
        fail_msg("%s", first_diag());
    return r;
}

static bool
sign_first(const struct ruleset *r, struct str by, day_t on, const struct tree *old,
           struct str *file_out)
{
    const struct signature own = {.id = r->rule[0].head.id,
                                  .version = r->rule[0].head.version,
                                  .content = r->rule[0].content,
                                  .by = by,
                                  .on = on};

    return criteria_signed_file(&rules_arena, old, &own, file_out);
}

static void
a_signature_lets_a_rule_out_until_it_changes(void **state)
{
    struct ruleset r;
    struct str file;
    day_t on;
    char changed[sizeof(a_rule) + 80];

    (void)state;
    rules_begin();
    r = rules_of(a_rule);
    assert_true(day_parse(STR("2026-11-23"), &on));
    assert_true(sign_first(&r, STR("A. Person"), on, NULL, &file));
    r = signed_rules(a_rule, str_cz(&rules_arena, file));
    assert_int_equal(r.rule[0].head.mode, RULE_LIVE);
    assert_text(r.rule[0].reviewer, "A. Person");
    assert_int_equal(r.rule[0].reviewed, on);

    /* a comment and another layout are no change, nor is the rule's own standing */
    (void)snprintf(changed, sizeof(changed), "# a comment\n%s  mode: shadow # nothing new\n",
                   a_rule);
    r = signed_rules(changed, str_cz(&rules_arena, file));
    assert_int_equal(r.rule[0].head.mode, RULE_LIVE);

    (void)snprintf(changed, sizeof(changed), "%s", a_rule);
    memcpy(strstr(changed, "ge: 2}"), "ge: 3}", 6);
    r = signed_rules(changed, str_cz(&rules_arena, file));
    assert_int_equal(r.rule[0].head.mode, RULE_SHADOW);
    assert_non_null(strstr(first_diag(), "has changed since it was signed"));
    assert_int_equal(rules_diags.errors, 0);
}

static void
signatures_of_others_stay_and_a_new_one_replaces_ones_own(void **state)
{
    static const char old[] =
        "- {id: other, version: 1.0.0, sha256: 00, by: \"B. Else\", on: 2026-01-02, mode: review}\n"
        "- {id: tiny, version: 1.0.0, sha256: 11, by: \"C. Gone\", on: 2026-01-02}\n";
    struct ruleset r;
    struct str file;

    (void)state;
    rules_begin();
    r = rules_of(a_rule);
    assert_true(sign_first(&r, STR("A. Person"), 0, tree_of("old.yaml", str_from_c(old)), &file));
    assert_true(str_has(file, STR("B. Else")));
    assert_true(str_has(file, STR("mode: review")));
    assert_false(str_has(file, STR("C. Gone")));
    assert_true(str_has(file, STR("A. Person")));
    assert_false(sign_first(&r, STR("A \"quote\""), 0, NULL, &file));
    assert_false(sign_first(&r, STR(""), 0, NULL, &file));
}

static void
a_signature_that_is_not_of_the_format_is_refused(void **state)
{
    static const char *const bad[] = {
        "{}", "- {id: tiny}", "- {id: tiny, version: 1, sha256: 0, by: A, on: never}",
        "- {id: tiny, version: 1, sha256: 0, by: A, on: 2026-01-02, mode: shadow}",
        "- {id: tiny, version: 1, sha256: 0, by: A, on: 2026-01-02, colour: red}"};

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++) {
        struct ruleset r;

        rules_begin();
        r = rules_of(a_rule);
        if (criteria_sign_off(&rules_arena, tree_of("signoff.yaml", str_from_c(bad[i])),
                              &rules_diags, &r))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(r.rule[0].head.mode, RULE_SHADOW);
    }
}

#define BORN(date) \
    "{\"type\":\"person\",\"date\":\"2025-01-01\",\"born\":\"" date "\",\"recv\":\"2025-01-01\"}"
#define SIX                                                                               \
    "{\"type\":\"lab\",\"analyte\":\"cea\",\"collected\":\"2025-05-10\",\"value\":\"6\"," \
    "\"unit\":\"ng/mL\",\"id\":\"a\",\"recv\":\"2025-05-10\"}"

static void
the_age_is_known_as_exactly_as_the_date_of_birth(void **state)
{
    static const char adults[] =
        "- {id: t, applies: {oncotree: [any]}, age: {ge: 18},\n"
        "   series: {analyte: cea, unit: ng/mL}, candidate: {value: {gt: 5}}}\n";
    static const struct {
        const char *events;
        enum finding_status want;
        const char *missing;
    } table[] = {
        {"[" SIX "," BORN("2007-05-10") "]", FINDING_MET, NULL},
        {"[" SIX "," BORN("2007-05-11") "]", FINDING_NOT_EVALUABLE,
         "another criterion: this one is for patients aged at least 18"},
        {"[" SIX "," BORN("2006") "]", FINDING_MET, NULL},
        {"[" SIX "," BORN("2007") "]", FINDING_MET,
         "the date of birth: the rule is for patients aged at least 18"},
        {"[" SIX "," BORN("2007-04") "]", FINDING_MET, NULL},
        {"[" SIX "," BORN("2007-05") "]", FINDING_MET,
         "the date of birth: the rule is for patients aged at least 18"},
        {"[" SIX "," BORN("2008") "]", FINDING_NOT_EVALUABLE,
         "another criterion: this one is for patients aged at least 18"},
        {"[" SIX "]", FINDING_MET, "the date of birth: the rule is for patients aged at least 18"},
    };

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(table); i++) {
        struct finding f;

        rules_begin();
        f = finding_on(adults, table[i].events, "2025-05-10");
        assert_status(f, table[i].want);
        assert_int_equal(f.missing_count, table[i].missing == NULL ? 0 : 1);
        if (table[i].missing != NULL)
            assert_text(f.missing[0], table[i].missing);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_of_the_man_page_compiles),
        cmocka_unit_test(a_file_wrong_in_many_ways_names_every_place),
        cmocka_unit_test(a_rule_is_shown_in_plain_english),
        cmocka_unit_test(a_signature_lets_a_rule_out_until_it_changes),
        cmocka_unit_test(signatures_of_others_stay_and_a_new_one_replaces_ones_own),
        cmocka_unit_test(a_signature_that_is_not_of_the_format_is_refused),
        cmocka_unit_test(the_age_is_known_as_exactly_as_the_date_of_birth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
