/*
 * What:    what the tests of the options of config/ share: the knowledge as the daemon loads it,
 *          patients after a drug, and what they are offered.
 * Owns:    nothing; config/ stays loaded until the program ends.
 * Threads: one.
 * Errors:  a config that does not load fails the test.
 */
#ifndef RFD_TESTS_OPTIONS_TEST_H
#define RFD_TESTS_OPTIONS_TEST_H

#include "core_test.h"
#include "match_test.h"

/* Every option shown. */
__attribute__((unused)) static const struct match_knowledge *
all_options(void)
{
    static struct match_knowledge k;

    k = shipped()->knowledge.match;
    k.show_max = 200;
    k.show_unsigned = true;
    return &k;
}

__attribute__((unused)) static struct patient *
a_patient(const char *code)
{
    const struct oncotree_node *n = oncotree_code(&shipped()->terms.oncotree, str_from_c(code));

    assert_non_null(n);
    return patient_new(fresh(), n, "2026-11-23");
}

__attribute__((unused)) static struct patient *
after(const char *code, const char *drug, const char *drug_class)
{
    struct patient *p = a_patient(code);

    patient_progressed(p, patient_course(p, drug, drug_class, "2025-01-10"));
    return p;
}

__attribute__((unused)) static struct match_result
result_of(struct patient *p)
{
    struct match_result r;

    match_case_options(all_options(), patient_case(p), p->arena, &r);
    return r;
}

__attribute__((unused)) static const struct option *
find(const struct option *list, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_c(list[i].id, id)) {
            return &list[i];
        }
    }
    return NULL;
}

__attribute__((unused)) static const struct option *
offered(const struct match_result *r, const char *id)
{
    return find(r->therapy, r->therapy_count, id);
}

__attribute__((unused)) static const struct option *
aside(const struct match_result *r, const char *id)
{
    return find(r->aside, r->aside_count, id);
}

__attribute__((unused)) static bool
reason_has(const struct option *o, const char *part)
{
    for (size_t i = 0; i < o->reason_count; i++) {
        if (str_has(o->reason[i].text, str_from_c(part))) {
            return true;
        }
    }
    return false;
}

#endif
