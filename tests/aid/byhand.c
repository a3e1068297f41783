#include "byhand.h"

#include "base/sb.h"

enum { COVER_DAYS = 30, NAME_MAX_BYTES = 64 };

uint64_t
prng(uint64_t *s)
{
    uint64_t z = (*s += 0x9e3779b97f4a7c15ULL);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

int32_t
byhand_pick(uint64_t *state, int32_t below)
{
    return (int32_t)(prng(state) % (uint64_t)below);
}

struct str
byhand_name(struct arena *a, const char *what, int32_t n)
{
    struct sb b;

    sb_init_arena(&b, a, NAME_MAX_BYTES);
    sb_addf(&b, "%s%d", what, (int)n);
    return sb_str(&b);
}

struct fact
byhand_diagnosis(const char *oncotree)
{
    struct fact f = {.kind = FACT_DIAGNOSIS, .status = FACT_FINAL};
    struct str code = str_from_c(oncotree);

    f.u.diagnosis = (struct diagnosis){
        .oncotree = code, .code = {STR("ONCOTREE"), code, STR_NONE}, .active = true};
    return f;
}

struct fact
byhand_value(struct arena *a, const char *analyte, const char *unit, struct dec value)
{
    struct fact f = {.kind = FACT_OBSERVATION, .status = FACT_FINAL};
    struct observation *o = &f.u.observation;

    o->analyte = str_from_c(analyte);
    o->value = (struct quantity){CMP_EQ, value, true};
    o->unit = str_from_c(unit);
    o->unit_reported = o->unit;
    o->text = byhand_name(a, "", (int32_t)value.coef);
    return f;
}

struct fact
byhand_response(enum response_code code)
{
    struct fact f = {.kind = FACT_RESPONSE, .status = FACT_FINAL};

    f.u.response.code = code;
    return f;
}

struct fact
byhand_therapy(enum therapy_rung rung, struct str drug, const struct str *classes,
               size_t class_count)
{
    struct fact f = {.kind = FACT_THERAPY, .status = FACT_FINAL};

    f.u.therapy = (struct therapy){.action = THERAPY_DOSE,
                                   .rung = rung,
                                   .drug = drug,
                                   .classes = classes,
                                   .class_count = class_count,
                                   .cover_days = COVER_DAYS};
    return f;
}

struct fact
byhand_link(struct patient_ref other, bool live)
{
    struct fact f = {.kind = FACT_LINK, .status = FACT_FINAL};

    f.u.link = (struct link){other, live};
    return f;
}
