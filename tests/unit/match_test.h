/*
 * What:    what the tests of daemon/match share: a small OncoTree, trees from one line of text, and
 *          patients put together fact by fact.
 * Owns:    nothing; patients lie in the arena given.
 * Threads: one.
 * Errors:  text that is no tree fails the test.
 */
#ifndef RFD_TESTS_MATCH_TEST_H
#define RFD_TESTS_MATCH_TEST_H

#include "base/arena.h"
#include "match/match.h"
#include "model/course.h"
#include "unit_test.h"
#include "wire/tree.h"

enum { PATIENT_FACTS_MAX = 64, PATIENT_COURSES_MAX = 12 };

struct patient {
    struct arena *arena;
    struct fact fact[PATIENT_FACTS_MAX];
    size_t facts;
    struct course course[PATIENT_COURSES_MAX];
    size_t courses;
    struct line line[PATIENT_COURSES_MAX];
    const struct course *progressed[PATIENT_COURSES_MAX];
    size_t progressed_count;
    struct timeline timeline;
    struct therapies therapies;
    struct match_case match;
};

const struct oncotree *match_oncotree(struct arena *a); /* NSCLC, LUAD, PRAD, CML … */

/* {and: [{genomic: {hugo_symbol: EGFR}}]}: flow style, bare and "quoted" scalars. */
struct tree *tree_of(struct arena *a, const char *text);

struct patient *
patient_new(struct arena *a, const struct oncotree_node *disease, const char *today);
struct fact *patient_fact(struct patient *p, enum fact_kind kind, const char *day);
/* name NULL: which is not known. category by name: amplification, fusion, else mutation. */
struct fact *patient_variant(struct patient *p, const char *gene, const char *name, bool present,
                             const char *day);
struct fact *patient_negative(struct patient *p, const char *entry, const char *day);
struct fact *patient_biomarker(struct patient *p, const char *name, const char *value,
                               const char *number, const char *day);
/* given, ongoing; classes: up to three names, NULL-ended by the caller's NULLs. */
struct course *
patient_course(struct patient *p, const char *drug, const char *drug_class, const char *start);
void patient_progressed(struct patient *p, const struct course *c);
/* The finished case. */
const struct match_case *patient_case(struct patient *p);

#endif
