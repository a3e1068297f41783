/* Molecular panels: each line is an OBX of LOINC 81247-9, "K|sub-id|value|unit|status" with K for
 * its code, put into one ORU and read. A gene that was found is never among those that were not. */
#include "../aid/shipped.h"
#include "base/sb.h"
#include "codec/message.h"
#include "normalize/hl7v2.h"
#include "sys/mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct arena arena;
static const struct knowledge_set *set;

static const char *const codes[] = {"48018-6", "48005-3", "48004-6", "81252-9", "81290-9",
                                    "69548-6", "81258-6", "48002-0", "82155-3", "48019-4",
                                    "53037-8", "69551-0", "51968-6", "36908-2", "94076-7",
                                    "81695-9", "83053-9", "105302-4"};

/* The next part of *rest up to one of the stops; absent after the last. */
static struct str
part(struct str *rest, const char *stops)
{
    size_t end = str_find_any(*rest, stops);
    struct str one = str_sub(*rest, 0, end);

    *rest = end < rest->n ? str_sub(*rest, end + 1, rest->n) : (struct str){rest->p + rest->n, 0};
    return one;
}

static void
add_obx(struct sb *b, struct str line)
{
    struct str kind = part(&line, "|");
    struct str sub = part(&line, "|");
    struct str value = part(&line, "|");
    struct str unit = part(&line, "|");
    size_t at = kind.n == 0 ? 0 : (size_t)(unsigned char)kind.p[0] % RFD_COUNT(codes);

    sb_addf(b, "OBX|1|%s|%s^x^LN|%.*s|%.*s|%.*s|||||%.*s\r", kind.n > 1 ? "CWE" : "ST", codes[at],
            STR_FMT(sub), STR_FMT(value), STR_FMT(unit), STR_FMT(line));
}

static bool
is_found(const struct normalized *out, struct str gene)
{
    for (size_t i = 0; i < out->count; i++) {
        const struct fact *f = &out->facts[i];

        if (f->kind == FACT_VARIANT && f->u.variant.present && str_eq(f->u.variant.gene, gene))
            return true;
    }
    return false;
}

static void
check(const struct normalized *out)
{
    for (size_t i = 0; i < out->count; i++) {
        const struct fact *f = &out->facts[i];

        (void)codec_fact_pack(&arena, f);
        for (size_t k = 0; f->kind == FACT_NEGATIVE && !str_is_empty(f->u.negative.panel) &&
                           k < f->u.negative.gene_count;
             k++)
            rfd_assert(!is_found(out, f->u.negative.genes[k]));
    }
}

static void
whole(struct str input)
{
    struct sb b;
    struct hl7 m;
    struct normalized out;

    sb_init_arena(&b, &arena, 1 << 20);
    sb_addf(&b, "MSH|^~\\&|LIS|HOSP|R|H|20261101101500+0100||ORU^R01^ORU_R01|1|P|2.5.1\r"
                "PID|1||7^^^HOSP^MR\rOBR|1||F1|81247-9^panel^LN|||20261101080000+0100\r");
    while (input.n > 0)
        add_obx(&b, part(&input, "\r\n"));
    sb_addf(&b, "SPM|1|S||PLAS\r");
    if (!sb_ok(&b) || hl7_index(&m, &arena, sb_str(&b)) != HL7_OK)
        return;
    for (size_t i = 0; i < set->map_count; i++) {
        if (normalize_hl7(&m, &set->map[i].map, &set->terms, STAMP_NONE, &arena, &out) ==
            NORMALIZE_OK)
            check(&out);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    jmp_buf trap;
    size_t mark;

    if (set == NULL) {
        mem_arena_new(&arena, (size_t)1 << 30);
        set = shipped_knowledge(&arena);
    }
    mark = arena_mark(&arena);
    if (setjmp(trap) == 0) {
        (void)arena_trap_set(&arena, &trap);
        whole((struct str){(const char *)bytes, n});
    }
    (void)arena_trap_set(&arena, NULL);
    arena_release(&arena, mark);
    return 0;
}
