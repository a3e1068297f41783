/*
 * What:    what the tests of daemon/alert and daemon/engine share: a sample alert.
 * Owns:    nothing.
 * Threads: one.
 * Errors:  none.
 */
#ifndef RFD_TESTS_ALERT_TEST_H
#define RFD_TESTS_ALERT_TEST_H

#include "base/arena.h"
#include "base/sb.h"
#include "model/alert.h"
#include "unit_test.h"

/* The key of an invented fact. */
__attribute__((unused)) static struct fact_key
key_of(uint8_t n)
{
    return (struct fact_key){{n, 1}};
}

__attribute__((unused)) static struct alert_evidence
evidence_part(const char *part, const char *text, const char *day, uint8_t key)
{
    return (struct alert_evidence){.part = str_from_c(part),
                                   .text = str_from_c(text),
                                   .day = day_of(day),
                                   .journal = key,
                                   .feed = STR("lab"),
                                   .control_id = STR("C1"),
                                   .key = key_of(key)};
}

/* A section of one marker rule: nadir, candidate and, when it is met, confirmation. */
__attribute__((unused)) static struct alert_section
section_of_marker(struct arena *a, const char *rule, enum finding_status status, uint8_t key)
{
    struct alert_evidence *e = ARENA_ARRAY(a, 3, struct alert_evidence);

    e[0] = evidence_part("nadir", "PSA 1.0 ng/mL on 2026-01-10", "2026-01-10", key);
    e[1] =
        evidence_part("candidate", "PSA 4.2 ng/mL on 2026-05-02", "2026-05-02", (uint8_t)(key + 1));
    e[2] = evidence_part("confirmation", "PSA 5.0 ng/mL on 2026-05-30", "2026-05-30",
                         (uint8_t)(key + 2));
    return (struct alert_section){
        .rule_id = str_from_c(rule),
        .rule_version = STR("1.0.0"),
        .title = STR("PSA progression (PCWG3)"),
        .citation = STR("Scher 2016 J Clin Oncol 34:1402"),
        .verified = STR("partial"),
        .status = status,
        .consequence = CONSEQUENCE_RESTAGE,
        .first_event = day_of("2026-05-02"),
        .confirm_by = DAY_NONE,
        .why = STR("PSA rose from 1.0 to 4.2 ng/mL, by 320 %."),
        .evidence = e,
        .evidence_count = status == FINDING_MET ? 3 : 2,
    };
}

__attribute__((unused)) static struct alert
alert_with(struct arena *a, enum finding_status status)
{
    struct alert_section *s = ARENA_NEW(a, struct alert_section);

    *s = section_of_marker(a, "prostate.psa.pcwg3", status, 10);
    return (struct alert){
        .id = STR("k3f9-17"),
        .version = 1,
        .patient = {STR("H"), STR("1001")},
        .case_key = STR("PROSTATE"),
        .disease = STR("Prostate Adenocarcinoma"),
        .episode = STR("line:2025-11-20"),
        .line_label = STR("line 1 of those seen: enzalutamide since 2025-11-20 (given)"),
        .state = ALERT_NEW,
        .certainty = status == FINDING_MET ? ALERT_CONFIRMED : ALERT_SUSPECTED,
        .consequence = CONSEQUENCE_RESTAGE,
        .headline = STR("PSA progression (PCWG3) on enzalutamide"),
        .section = s,
        .section_count = 1,
        .knowledge = STR("0123456789abcdef"),
        .raised = {1000, 0, PRECISION_SECOND},
        .changed = {1000, 0, PRECISION_SECOND},
        .snoozed_until = DAY_NONE,
        .waiting_until = DAY_NONE,
    };
}

#endif
