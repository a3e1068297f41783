/* Names of alterations: "gene LF text" against the shipped terminology; and codes of diagnoses,
 * drugs
 * and specimens, which come in the same kind of text. */
#include "../aid/shipped.h"
#include "normalize/variant.h"
#include "sys/mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct arena arena;
static const struct knowledge_set *set;

static void
names(struct str gene, struct str text)
{
    struct variant_names v;

    if (!variant_parse(&arena, &set->terms, gene, text, &v))
        return;
    rfd_assert(v.count > 0 && v.count <= VARIANT_NAMES_MAX);
    for (size_t i = 0; i < v.count; i++) {
        struct variant_names again;

        rfd_assert((unsigned)v.item[i].category < VARIANT_CATEGORY_COUNT);
        RFD_IGNORE(variant_parse(&arena, &set->terms, v.item[i].gene, v.item[i].name, &again));
    }
    (void)variant_is_negation(text);
}

static void
words(struct str gene, struct str text)
{
    const struct term_drug *drugs[TERMS_DRUGS_MAX];
    enum response_code code;
    const struct oncotree_node *n = terms_icdo(&set->terms, &arena, gene, text);

    if (n != NULL)
        (void)terms_site_conflict(&set->terms, &arena, n, text);
    (void)terms_icd10(&set->terms, &arena, text);
    (void)terms_snomed(&set->terms, text);
    (void)terms_drug(&set->terms, &arena, text);
    (void)terms_regimen(&set->terms, &arena, text);
    rfd_assert(terms_drug_code(&set->terms, &arena, "rxnorm", text, drugs) <= TERMS_DRUGS_MAX);
    (void)terms_specimen(&set->terms, &arena, text);
    (void)terms_answer(&set->terms, &arena, text);
    (void)terms_procedure(&set->terms, &arena, text);
    RFD_IGNORE(terms_response(&set->terms, &arena, (struct code){STR("LN"), gene, text}, &code));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct str all = {(const char *)bytes, n};
    size_t end = str_find_any(all, "\n");
    struct str gene = str_sub(all, 0, end);
    struct str text = end < n ? str_sub(all, end + 1, n - end - 1) : all;
    jmp_buf trap;
    size_t mark;

    if (set == NULL) {
        mem_arena_new(&arena, (size_t)1 << 30);
        set = shipped_knowledge(&arena);
    }
    mark = arena_mark(&arena);
    if (setjmp(trap) == 0) {
        (void)arena_trap_set(&arena, &trap);
        names(gene, text);
        names(STR_NONE, text);
        words(gene, text);
    }
    (void)arena_trap_set(&arena, NULL);
    arena_release(&arena, mark);
    return 0;
}
