#include "criteria/age.h"

#include "base/sb.h"
#include "criteria/measure.h"

enum { TEXT_MAX = 200, MONTHS_OF_YEAR = 12, DAYS_OF_YEAR_MAX = 366, DAYS_OF_MONTH_MAX = 31 };

/* The last day that a date of birth can mean. */
static day_t
latest_birth(struct stamp birth)
{
    day_t first = stamp_day(birth);

    if (birth.precision == PRECISION_YEAR)
        return first + DAYS_OF_YEAR_MAX - 1;
    return birth.precision == PRECISION_MONTH ? first + DAYS_OF_MONTH_MAX - 1 : first;
}

static bool
fits_on(const struct rule *r, day_t birth, day_t today)
{
    for (size_t i = 0; i < r->age_count; i++) {
        const struct bound *b = &r->age[i];
        int32_t years = (int32_t)b->number.coef;
        /* "older than 17" begins with the eighteenth birthday, like "at least 18" */
        bool after = b->op == BOUND_GT || b->op == BOUND_LE;
        bool reached = today >= day_add_months(birth, (years + after) * MONTHS_OF_YEAR);

        if (reached != (b->op == BOUND_GE || b->op == BOUND_GT))
            return false;
    }
    return true;
}

enum kleene
age_fits(const struct rule *r, const struct timeline *t)
{
    size_t count;
    const struct fact *const *f = timeline_kind(t, FACT_DEMOGRAPHICS, &count);

    if (r->age_count == 0)
        return K_TRUE;
    for (size_t i = count; i > 0; i--) {
        struct stamp birth = f[i - 1]->u.demographics.birth;
        bool early;

        if (stamp_is_absent(birth))
            continue;
        early = fits_on(r, stamp_day(birth), t->today);
        if (early != fits_on(r, latest_birth(birth), t->today))
            return K_UNKNOWN;
        return early ? K_TRUE : K_FALSE;
    }
    return K_UNKNOWN;
}

struct str
words_age(struct arena *a, const struct rule *r, const char *before)
{
    static const char *const words[] = {
        [BOUND_GE] = "at least", [BOUND_GT] = "over", [BOUND_LE] = "at most", [BOUND_LT] = "under"};
    struct sb b;

    sb_init_arena(&b, a, TEXT_MAX);
    sb_add_c(&b, before);
    sb_add_c(&b, " patients aged ");
    for (size_t i = 0; i < r->age_count; i++)
        sb_addf(&b, "%s%s %lld", i > 0 ? " and " : "", words[r->age[i].op],
                (long long)r->age[i].number.coef);
    return sb_str(&b);
}
