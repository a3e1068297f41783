#include "model/ucum.h"
#include "model/unit.h"

/* Molar masses in g/mol as num / den, from the formula with IUPAC atomic weights. Haemoglobin is
 * the monomer, as laboratories that report mmol/L mean it (Hb(Fe)). HE4, chromogranin A and beta-2
 * microglobulin are left out: their factor belongs to the assay. */
static const struct {
    const char *analyte;
    int64_t num;
    int64_t den;
} molar[] = {
    {"testosterone", 28842, 100}, /* C19H28O2 */
    {"calcitonin", 3418, 1},      /* C151H226N40O45S3 */
    {"creatinine", 11312, 100},   /* C4H7N3O */
    {"bilirubin", 58466, 100},    /* C33H36N4O6 */
    {"calcium", 40078, 1000},     /* Ca */
    {"haemoglobin", 161145, 10},  {"hemoglobin", 161145, 10}, {"hb", 161145, 10},
};

/* +1: from is molar and to is mass, -1: the reverse, 0: the same dimensions; false: another pair.
 */
static bool
molar_step(const struct ucum *from, const struct ucum *to, int *step_out)
{
    for (size_t i = 0; i < UCUM_DIM_COUNT; i++)
        if (i != UCUM_MASS && i != UCUM_SUBSTANCE && from->dim[i] != to->dim[i])
            return false;
    int32_t mass = to->dim[UCUM_MASS] - from->dim[UCUM_MASS];
    int32_t substance = to->dim[UCUM_SUBSTANCE] - from->dim[UCUM_SUBSTANCE];
    *step_out = mass;
    return mass == -substance && mass >= -1 && mass <= 1;
}

static bool
molar_apply(struct str analyte, int step, int64_t *num, int64_t *den)
{
    if (step == 0)
        return true;
    for (size_t i = 0; i < RFD_COUNT(molar); i++) {
        if (!str_eq_c(analyte, molar[i].analyte))
            continue;
        return step > 0 ? ucum_scale(num, den, molar[i].num, molar[i].den)
                        : ucum_scale(num, den, molar[i].den, molar[i].num);
    }
    return false;
}

static bool
tens_apply(int32_t exp10, int64_t *num, int64_t *den)
{
    for (; exp10 > 0; exp10--)
        if (!ucum_scale(num, den, 10, 1))
            return false;
    for (; exp10 < 0; exp10++)
        if (!ucum_scale(num, den, 1, 10))
            return false;
    return true;
}

bool
unit_convert(struct str from, struct str to, struct str analyte, int64_t *num_out, int64_t *den_out)
{
    struct ucum f;
    struct ucum t;
    int64_t num = 1;
    int64_t den = 1;
    int step = 0;
    if (!str_is_empty(from) && str_eq(from, to)) { /* also of units that nobody can take apart */
        *num_out = 1;
        *den_out = 1;
        return true;
    }
    if (!ucum_parse(from, &f) || !ucum_parse(to, &t) || !molar_step(&f, &t, &step))
        return false;
    if (!ucum_scale(&num, &den, f.num, f.den) || !ucum_scale(&num, &den, t.den, t.num) ||
        !molar_apply(analyte, step, &num, &den) || !tens_apply(f.exp10 - t.exp10, &num, &den))
        return false;
    *num_out = num;
    *den_out = den;
    return true;
}
