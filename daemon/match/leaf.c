#include "match/leaf.h"

static bool
surely(enum cmp_op known, int cmp, enum cmp_op asked)
{
    switch (asked) {
    case CMP_EQ: return known == CMP_EQ && cmp == 0;
    case CMP_LT:
        return cmp < 0 ? known == CMP_EQ || known == CMP_LE || known == CMP_LT
                       : cmp == 0 && known == CMP_LT;
    case CMP_LE: return cmp <= 0 && (known == CMP_EQ || known == CMP_LE || known == CMP_LT);
    case CMP_GT:
        return cmp > 0 ? known == CMP_EQ || known == CMP_GE || known == CMP_GT
                       : cmp == 0 && known == CMP_GT;
    case CMP_GE: return cmp >= 0 && (known == CMP_EQ || known == CMP_GE || known == CMP_GT);
    case CMP_OP_COUNT: break;
    }
    return false;
}

enum kleene
leaf_bound(enum cmp_op known, int cmp, enum cmp_op asked)
{
    static const enum cmp_op contrary[CMP_OP_COUNT] = {[CMP_LT] = CMP_GE,
                                                       [CMP_LE] = CMP_GT,
                                                       [CMP_GT] = CMP_LE,
                                                       [CMP_GE] = CMP_LT,
                                                       [CMP_EQ] = CMP_OP_COUNT};
    bool never;

    if (surely(known, cmp, asked)) {
        return K_TRUE;
    }
    rfd_assert((unsigned)asked < CMP_OP_COUNT);
    if (asked == CMP_EQ) {
        never = surely(known, cmp, CMP_LT) || surely(known, cmp, CMP_GT);
    } else {
        never = surely(known, cmp, contrary[asked]);
    }
    return never ? K_FALSE : K_UNKNOWN;
}
