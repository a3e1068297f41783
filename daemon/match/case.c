#include "match/case.h"

static bool
says_progression(struct str reason)
{
    static const char *const words[] = {"progression", "progressive", "progressed", "resistance"};

    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        struct str word = str_from_c(words[i]);

        for (size_t at = 0; at + word.n <= reason.n; at++) {
            if (str_eq_nocase(str_sub(reason, at, word.n), word)) {
                return true;
            }
        }
    }
    return false;
}

bool
case_progressed_on(const struct match_case *c, const struct course *course)
{
    for (size_t i = 0; i < c->progressed_count; i++) {
        const struct course *p = c->progressed[i];

        if (p == course || (p->start == course->start && str_eq(p->drug, course->drug))) {
            return true;
        }
    }
    return says_progression(course->stop_reason);
}

day_t
case_since(const struct match_case *c)
{
    day_t since = DAY_NONE;

    for (size_t i = 0; i < c->therapies->course_count; i++) {
        const struct course *course = &c->therapies->course[i];

        if (course->start > since && case_progressed_on(c, course)) {
            since = course->start;
        }
    }
    return since;
}
