/*
 * What:    what the tests of core, intake and the step share: config/ as the daemon loads it, facts
 *          and messages made by hand.
 * Owns:    config_arena, which lives for all tests of a program.
 * Threads: one.
 * Errors:  a config that does not load fails the test and prints its diags.
 */
#ifndef RFD_TESTS_CORE_TEST_H
#define RFD_TESTS_CORE_TEST_H

#include "conf/bundle.h"
#include "knowledge/load.h"
#include "model/message.h"
#include "sys/mem.h"
#include "unit_test.h"

static struct arena config_arena;
static struct diags config_diags;

/* config/ for the demo: rules run although nobody signed them. */
__attribute__((unused)) static const struct knowledge_set *
shipped(void)
{
    static const char *const folder[] = {"criteria", "therapies", "trials", "maps", "terminology"};
    static struct knowledge_set *set;
    struct settings s = {.mode = (int)RUN_DEMO};
    struct bundle *b;

    if (set != NULL)
        return set;
    mem_arena_new(&config_arena, (size_t)1 << 30);
    b = bundle_new(&config_arena);
    diags_init(&config_diags, &config_arena);
    for (size_t i = 0; i < RFD_COUNT(folder); i++) {
        char path[64];

        (void)snprintf(path, sizeof(path), "config/%s", folder[i]);
        assert_true(bundle_add_folder(b, folder[i], path, &config_diags));
    }
    bundle_seal(b);
    if (!knowledge_load(b, &s, &config_arena, &config_diags, &set))
        fail_msg("config: %s", config_diags.first == NULL ? "" : config_diags.first->text);
    return set;
}

/* A fact of patient 1 of authority H, taken and said on that day. */
__attribute__((unused)) static struct fact
fact_on(enum fact_kind kind, const char *day)
{
    return (struct fact){.kind = kind,
                         .status = FACT_FINAL,
                         .patient = {STR("H"), STR("1")},
                         .collected = stamp_of_day(day_of(day), 0),
                         .status_time = stamp_of_day(day_of(day), 0),
                         .received = stamp_of_day(day_of(day), 0)};
}

__attribute__((unused)) static struct fact
psa_on(const char *day, int32_t tenths)
{
    struct fact f = fact_on(FACT_OBSERVATION, day);
    struct observation *o = &f.u.observation;

    f.order = str_from_c(day);
    o->analyte = STR("psa");
    o->value = (struct quantity){CMP_EQ, {tenths, -1}, true};
    o->unit = STR("ng/mL");
    o->unit_reported = o->unit;
    o->text = STR("as sent");
    return f;
}

__attribute__((unused)) static struct fact
diagnosis_on(const char *day, const char *oncotree)
{
    struct fact f = fact_on(FACT_DIAGNOSIS, day);

    f.u.diagnosis = (struct diagnosis){.oncotree = str_from_c(oncotree),
                                       .code = {STR("ONCOTREE"), str_from_c(oncotree), STR_NONE},
                                       .active = true};
    return f;
}

__attribute__((unused)) static struct fact
dose_on(const char *day, const char *drug, const char *drug_class)
{
    static struct str classes[32][2];
    static size_t used;
    struct str *c = classes[used++ % RFD_COUNT(classes)];
    struct fact f = fact_on(FACT_THERAPY, day);

    c[0] = str_from_c(drug_class);
    c[1] = str_from_c(drug);
    f.u.therapy = (struct therapy){.action = THERAPY_DOSE,
                                   .rung = THERAPY_GIVEN,
                                   .drug = str_from_c(drug),
                                   .classes = c,
                                   .class_count = 2,
                                   .cover_days = 60};
    return f;
}

#endif
