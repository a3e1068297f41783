/*
 * What:    one UCUM expression as an exact factor and dimensions: what unit.c converts with.
 * Owns:    nothing.
 * Threads: plain data.
 * Errors:  false: not in our subset (no affine units: Cel, [degF]; no equivalents, no logarithms),
 * or a factor past 10^15. *out is then left alone.
 */
#ifndef RFD_MODEL_UCUM_H
#define RFD_MODEL_UCUM_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* The mole is a dimension of its own, and so is each arbitrary unit: none converts into another. */
enum ucum_dim {
    UCUM_MASS,      /* g */
    UCUM_LENGTH,    /* m; a litre is 10^-3 m3 */
    UCUM_TIME,      /* s */
    UCUM_SUBSTANCE, /* mol */
    UCUM_IU,        /* [IU] */
    UCUM_ARB,       /* [arb'U] */
    UCUM_BODY,      /* {1.73_m2}: an indexed clearance is no plain clearance */
    UCUM_DIM_COUNT,
};

/* num / den * 10^exp10 of the base units above. */
struct ucum {
    int64_t num;
    int64_t den;
    int32_t exp10;
    int32_t dim[UCUM_DIM_COUNT];
};

RFD_MUSTCHECK bool ucum_parse(struct str s, struct ucum *out);

/* *num / *den times mul / div, reduced; false past 10^15. mul and div > 0. */
RFD_MUSTCHECK bool ucum_scale(int64_t *num, int64_t *den, int64_t mul, int64_t div);

#endif
