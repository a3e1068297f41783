#include "model/unread.h"

#include "base/sb.h"

enum { TEXT_MAX = 200 };

/* By what was read, not by which message: a correction with other words is unread again. */
static bool
is_read(const struct fact *const *f, size_t count, const struct fact *report)
{
    for (size_t i = 0; i < count; i++) {
        if (f[i]->u.report.read && str_eq(f[i]->order, report->order) &&
            stamp_cmp(f[i]->collected, report->collected) == 0 &&
            str_eq(f[i]->u.report.sha, report->u.report.sha))
            return true;
    }
    return false;
}

const struct fact *
unread_report(const struct timeline *t, const char *category, day_t since)
{
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_REPORT, &n);

    for (size_t i = n; i > 0; i--) {
        const struct fact *x = f[i - 1];

        if (!x->u.report.read && str_eq_c(x->u.report.category, category) &&
            (since == DAY_NONE || fact_day(x) >= since) && !is_read(f, n, x))
            return x;
    }
    return NULL;
}

struct str
unread_text(struct arena *a, const struct fact *f)
{
    char day[DAY_TEXT_MAX];
    struct sb b;

    sb_init_arena(&b, a, TEXT_MAX);
    sb_addf(&b, "a %.*s report", STR_FMT(f->u.report.category));
    if (fact_day(f) != DAY_NONE)
        sb_addf(&b, " of %.*s", STR_FMT(day_format(fact_day(f), day)));
    sb_add_c(&b, " exists, unread");
    if (f->source.journal > 0)
        sb_addf(&b, " (journal %llu)", (unsigned long long)f->source.journal);
    return sb_str(&b);
}
