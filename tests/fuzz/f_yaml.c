/* Config bytes: read as YAML, then compiled as what each folder holds; a rule that compiles is
 * evaluated on a small case. Whatever is refused must be refused with a diag. */
#include "../aid/shipped.h"
#include "conf/yaml.h"
#include "criteria/eval.h"
#include "criteria/vector_facts.h"
#include "match/trial.h"
#include "sys/mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A man with a marker that falls and rises, on two drugs in a row. */
#define PSA(day, value)                                                                          \
    "{type: lab, analyte: psa, collected: " day ", id: l" day ", recv: " day ", value: \"" value \
    "\", unit: ng/mL, status: F},"
#define DRUG(day, what, name, group)                                                  \
    "{type: therapy, action: " what ", date: " day ", drug: " name ", class: [" group \
    "], recv: " day "},"
static const char events[] =
    "[" PSA("2025-01-01", "50.0") DRUG("2025-01-10", "start", "enzalutamide", "arpi")
        PSA("2025-03-01", "2.0") PSA("2025-06-01", "8.5") PSA("2025-07-01", "19.5")
            DRUG("2025-07-10", "stop", "enzalutamide",
                 "arpi") "{type: response, date: 2025-07-05, code: PD, id: r1, recv: 2025-07-05, "
                         "status: F}," DRUG("2025-07-12", "start", "docetaxel", "taxane")
                             PSA("2025-09-01", "<0.1") PSA("2025-11-01", "30") "]";

static struct arena arena;
static const struct knowledge_set *set;
static struct timeline timeline;
static struct therapies therapies;

static void
begin(void)
{
    struct tree *t = NULL;
    struct diags d;
    struct fact *facts;
    size_t count;
    day_t day;

    mem_arena_new(&arena, (size_t)1 << 30);
    set = shipped_knowledge(&arena);
    diags_init(&d, &arena);
    rfd_assert(day_parse(STR("2025-12-01"), &day));
    rfd_assert(yaml_read(str_from_c(events), "events", &arena, &d, &t));
    rfd_assert(vector_facts_check(t, &d));
    facts = vector_facts(t, day, &arena, &count);
    timeline = timeline_build(&arena, facts, count, vector_facts_end_of(day));
    therapies = course_build(&timeline);
}

static void
rules(const struct tree *t, struct diags *d)
{
    struct ruleset r;
    size_t errors = d->errors;

    if (!criteria_compile(&arena, t, &set->terms.oncotree, d, &r)) {
        rfd_assert(d->errors > errors);
        return;
    }
    for (size_t i = 0; i < r.count; i++) {
        struct finding f = criteria_eval(&r.rule[i], &timeline, &therapies, &arena);

        rfd_assert(f.rule == &r.rule[i].head);
    }
}

static void
others(const struct tree *t, struct diags *d)
{
    struct tree_list one = {&t, 1};
    struct knowledge_source src = {.therapies = one,
                                   .terms = {.oncotree = &set->terms.oncotree},
                                   .sha = STR("x"),
                                   .demo = true};
    struct trial_set trials;
    struct knowledge k;
    struct settings s;
    struct terms terms;
    struct map map;

    RFD_IGNORE(knowledge_compile_trials(&arena, &one, &src.terms, d, &trials));
    RFD_IGNORE(knowledge_compile(&arena, &src, d, &k));
    RFD_IGNORE(map_compile(&arena, t, STR("x"), &set->terms, d, &map));
    RFD_IGNORE(terms_compile(&arena, &t, 1, d, &terms));
    RFD_IGNORE(settings_load(t, &arena, d, &s));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tree *t = NULL;
    struct diags d;
    jmp_buf trap;
    size_t mark;

    if (set == NULL)
        begin();
    mark = arena_mark(&arena);
    if (setjmp(trap) == 0) {
        (void)arena_trap_set(&arena, &trap);
        diags_init(&d, &arena);
        if (yaml_read((struct str){(const char *)bytes, n}, "fuzz.yaml", &arena, &d, &t)) {
            rules(t, &d);
            others(t, &d);
        } else {
            rfd_assert(d.errors > 0);
        }
    }
    (void)arena_trap_set(&arena, NULL);
    arena_release(&arena, mark);
    return 0;
}
