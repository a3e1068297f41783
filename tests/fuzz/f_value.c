/* Values: "OBX-2 LF OBX-5 LF OBX-6 LF OBX-7" as a laboratory would send it, through the readers of
 * numbers, units and ranges, and as a whole message through normalize. */
#include "../aid/shipped.h"
#include "base/dec.h"
#include "base/sb.h"
#include "codec/message.h"
#include "model/unit.h"
#include "normalize/hl7v2.h"
#include "normalize/value.h"
#include "sys/mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { PARTS = 4 };

static struct arena arena;
static const struct knowledge_set *set;

/* The next line of *rest; absent after the last. */
static struct str
line(struct str *rest)
{
    size_t end = str_find_any(*rest, "\n");
    struct str one = str_sub(*rest, 0, end);

    *rest = end < rest->n ? str_sub(*rest, end + 1, rest->n - end - 1) : (struct str){rest->p, 0};
    return one;
}

static void
decimals(struct str text)
{
    struct dec d;
    struct dec again;
    char buf[DEC_TEXT_MAX];
    struct rat r;
    int64_t permille;

    if (!dec_parse(text, &d))
        return;
    rfd_assert(dec_parse(dec_format(d, buf), &again) && dec_cmp(d, again) == 0);
    r = dec_rat(d);
    rfd_assert(rat_cmp(r, r) == 0);
    rfd_assert(dec_sign(d) < 0 || rat_cmp_times(r, r, 125, 100) <= 0);
    (void)rat_round(r, 3);
    RFD_IGNORE(rat_rise_permille(r, dec_rat(dec_from_i64(4)), &permille));
    if (dec_sign(d) > 0)
        rfd_assert(rat_ln_ratio_q32(r, r) == 0);
}

static void
units(struct str from, struct str analyte)
{
    struct str ucum;
    int64_t num = 0;
    int64_t den = 0;

    if (unit_normalize(from, &ucum)) {
        struct str again;

        rfd_assert(unit_normalize(ucum, &again) && str_eq(ucum, again));
        if (unit_convert(ucum, ucum, analyte, &num, &den))
            rfd_assert(num == den && num > 0);
    }
    if (unit_convert(from, STR("ng/mL"), analyte, &num, &den))
        rfd_assert(num > 0 && den > 0);
}

static void
ranges(struct str text)
{
    struct quantity low;
    struct quantity high;
    struct quantity q;
    struct str rest;

    for (int comma = 0; comma < 2; comma++) {
        value_range(&arena, text, comma == 1, &low, &high, &rest);
        if (value_parse(&arena, text, comma == 1, &q, &rest))
            rfd_assert(q.present && (unsigned)q.cmp < CMP_OP_COUNT);
    }
}

static void
whole(const struct str part[PARTS])
{
    struct sb b;
    struct hl7 m;
    struct normalized out;

    sb_init_arena(&b, &arena, 1 << 20);
    sb_addf(&b, "MSH|^~\\&|LIS|HOSP|R|H|20261101101500+0100||ORU^R01^ORU_R01|1|P|2.5.1\r"
                "PID|1||7^^^HOSP^MR\rOBR|1||F1|24467-3^panel^LN|||20261101080000+0100\r");
    sb_addf(&b, "OBX|1|%.*s|2857-1^PSA^LN|1|%.*s|%.*s|%.*s||||F|||20261101080000+0100\r",
            STR_FMT(part[0]), STR_FMT(part[1]), STR_FMT(part[2]), STR_FMT(part[3]));
    if (!sb_ok(&b) || hl7_index(&m, &arena, sb_str(&b)) != HL7_OK)
        return;
    for (size_t i = 0; i < set->map_count; i++) {
        if (normalize_hl7(&m, &set->map[i].map, &set->terms, STAMP_NONE, &arena, &out) !=
            NORMALIZE_OK)
            continue;
        for (size_t k = 0; k < out.count; k++)
            (void)codec_fact_pack(&arena, &out.facts[k]);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct str rest = {(const char *)bytes, n};
    struct str part[PARTS];
    jmp_buf trap;
    size_t mark;

    if (set == NULL) {
        mem_arena_new(&arena, (size_t)1 << 30);
        set = shipped_knowledge(&arena);
    }
    mark = arena_mark(&arena);
    if (setjmp(trap) == 0) {
        (void)arena_trap_set(&arena, &trap);
        for (size_t i = 0; i < PARTS; i++)
            part[i] = line(&rest);
        decimals(part[1]);
        units(part[2], STR("psa"));
        units(part[2], STR("testosterone"));
        ranges(part[1]);
        ranges(part[3]);
        whole(part);
    }
    (void)arena_trap_set(&arena, NULL);
    arena_release(&arena, mark);
    return 0;
}
