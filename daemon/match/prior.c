#include "match/prior.h"

static const struct course *
course_at(const struct match_case *c, size_t i)
{
    rfd_assert(c->therapies->course != NULL && i < c->therapies->course_count);
    return &c->therapies->course[i];
}

static bool
course_is(const struct course *c, const struct leaf_drugs *l)
{
    for (size_t i = 0; i < l->count; i++) {
        if (str_eq(c->drug, l->name[i]) || course_has_class(c, l->name[i])) {
            return true;
        }
    }
    return false;
}

static struct leaf_result
result(enum kleene k, enum leaf_note note, const struct course *course)
{
    return (struct leaf_result){.k = k, .note = note, .course = course, .due = DAY_NONE};
}

/* An order or a statement alone is no proof that the drug was taken; a course that the disease is
 * known to have progressed on was. */
static enum leaf_note
given_note(const struct leaf_drugs *l, const struct match_case *c, const struct course *course)
{
    bool progressed = case_progressed_on(c, course);

    if (!progressed && course->rung > THERAPY_BILLED) {
        return NOTE_ORDERED_ONLY;
    }
    return l->progression && !progressed ? NOTE_PROGRESSION : NOTE_YES;
}

struct leaf_result
prior_given(const struct leaf_drugs *l, const struct match_case *c)
{
    struct leaf_result r = result(K_UNKNOWN, NOTE_NOTHING_KNOWN, NULL);

    for (size_t i = 0; i < c->therapies->course_count; i++) {
        const struct course *course = course_at(c, i);
        enum leaf_note note;

        if (!course_is(course, l)) {
            continue;
        }
        note = given_note(l, c, course);
        if (note == NOTE_YES || r.k == K_UNKNOWN) {
            r = result(note == NOTE_YES ? K_TRUE : K_UNKNOWN, note, course);
        }
    }
    return r; /* never false: what was given before the first message is not known */
}

struct leaf_result
prior_on(const struct leaf_drugs *l, const struct match_case *c)
{
    struct leaf_result r = result(K_UNKNOWN, NOTE_NOTHING_KNOWN, NULL);

    for (size_t i = 0; i < c->therapies->course_count; i++) {
        const struct course *course = course_at(c, i);

        if (!course_is(course, l)) {
            continue;
        }
        switch (course_state_on(course, c->today)) {
        case COURSE_ON:
            r = result(K_TRUE, NOTE_YES, course);
            r.due = course->covered_until + 1;
            return r;
        case COURSE_UNKNOWN: r = result(K_UNKNOWN, NOTE_COVER_ENDED, course); break;
        case COURSE_OFF:
            if (r.course == NULL) {
                r = result(K_FALSE, NOTE_NO, course);
            }
            break;
        }
    }
    return r;
}

/* Days since the last dose that is known; not settled while nothing says that the drug ended. */
static struct leaf_result
washout_of(const struct leaf_drugs *l, const struct match_case *c, const struct course *course)
{
    day_t last = course->stop != DAY_NONE ? course->stop : course->last_evidence;
    struct leaf_result r;

    if (c->today < last + l->days) {
        r = result(K_FALSE, NOTE_NO, course);
        r.due = last + l->days;
        return r;
    }
    if (course_state_on(course, c->today) == COURSE_ON) {
        r = result(K_FALSE, NOTE_NO, course);
        r.due = course->covered_until + 1;
        return r;
    }
    if (course->stop == DAY_NONE && course_state_on(course, c->today) == COURSE_UNKNOWN) {
        return result(K_UNKNOWN, NOTE_COVER_ENDED, course);
    }
    return result(K_TRUE, NOTE_YES, course);
}

struct leaf_result
prior_washout(const struct leaf_drugs *l, const struct match_case *c)
{
    struct leaf_result r = result(K_UNKNOWN, NOTE_NOTHING_KNOWN, NULL);
    bool seen = false;

    for (size_t i = 0; i < c->therapies->course_count; i++) {
        const struct course *course = course_at(c, i);
        struct leaf_result one;

        if (!course_is(course, l)) {
            continue;
        }
        one = washout_of(l, c, course);
        if (!seen || one.k < r.k) {
            r = one;
        }
        seen = true;
    }
    return r;
}

static bool
line_counts(const struct line *line)
{
    for (size_t i = 0; i < line->course_count; i++) {
        struct str intent = line->courses[i]->intent;

        if (!str_eq(intent, STR("adjuvant")) && !str_eq(intent, STR("neoadjuvant"))) {
            return true;
        }
    }
    return false;
}

static int32_t
next_line(const struct match_case *c)
{
    int32_t n = 1;

    for (size_t i = 0; i < c->therapies->line_count; i++) {
        n += line_counts(&c->therapies->line[i]) ? 1 : 0;
    }
    return n;
}

/* The next line is at least this number: earlier ones may be unseen. */
struct leaf_result
prior_line(const struct leaf_line *l, const struct match_case *c)
{
    int32_t n = next_line(c);

    if (l->le != 0 && n > l->le) {
        return result(K_FALSE, NOTE_NO, NULL);
    }
    if (l->le == 0 && n >= l->ge) {
        return result(K_TRUE, NOTE_YES, NULL);
    }
    return result(K_UNKNOWN, NOTE_NOT_SPECIFIC, NULL);
}

struct leaf_result
prior_status(const struct leaf_status *l, const struct match_case *c)
{
    bool treated = next_line(c) > 1;

    switch (l->status) {
    case STATUS_UNTREATED:
        return treated ? result(K_FALSE, NOTE_NO, NULL)
                       : result(K_UNKNOWN, NOTE_NOTHING_KNOWN, NULL);
    case STATUS_TREATED:
        return treated ? result(K_TRUE, NOTE_YES, NULL)
                       : result(K_UNKNOWN, NOTE_NOTHING_KNOWN, NULL);
    case STATUS_PROGRESSED:
        return case_since(c) != DAY_NONE ? result(K_TRUE, NOTE_YES, NULL)
                                         : result(K_UNKNOWN, NOTE_NOTHING_KNOWN, NULL);
    case STATUS_OTHER:
    case DISEASE_STATUS_COUNT: break;
    }
    return result(K_UNKNOWN, NOTE_NOTHING_KNOWN, NULL);
}

/* ---- sentences ---- */

static void
add_names(struct sb *b, const struct leaf_drugs *l)
{
    for (size_t i = 0; i < l->count; i++) {
        sb_addf(b, "%s%.*s", i == 0 ? "" : i + 1 == l->count ? " or " : ", ", STR_FMT(l->name[i]));
    }
}

static void
add_course(struct sb *b, const struct course *c)
{
    char buf[DAY_TEXT_MAX];

    if (str_is_empty(c->drug)) {
        sb_add_c(b, "a drug of this class");
    } else {
        sb_add(b, c->drug);
    }
    sb_addf(b, " (%s) since ", therapy_rung_name(c->rung));
    sb_add(b, day_format(c->start, buf));
    if (c->stop != DAY_NONE) {
        sb_add_c(b, ", ended ");
        sb_add(b, day_format(c->stop, buf));
    }
}

static void
given_text(struct sb *b, const struct leaf_drugs *l, const struct leaf_result *r)
{
    if (r->course == NULL) {
        sb_add_c(b, "Prior ");
        add_names(b, l);
        sb_add_c(b, ": none is known; therapy before the first message is not known");
        return;
    }
    sb_add_c(b, "Prior ");
    add_course(b, r->course);
    if (r->note == NOTE_ORDERED_ONLY) {
        sb_add_c(b, ": not known to have been taken");
    } else if (r->note == NOTE_PROGRESSION) {
        sb_add_c(b, ": progression on it is not known");
    } else if (l->progression) {
        sb_add_c(b, ", with progression");
    }
}

static void
on_text(struct sb *b, const struct leaf_drugs *l, const struct leaf_result *r)
{
    if (r->course == NULL) {
        sb_add_c(b, "Whether on ");
        add_names(b, l);
        sb_add_c(b, " is not known");
        return;
    }
    sb_add_c(b, r->k == K_UNKNOWN    ? "Perhaps still on "
                : r->note == NOTE_NO ? "No longer on "
                                     : "On ");
    add_course(b, r->course);
}

static void
washout_text(struct sb *b, const struct leaf_drugs *l, const struct leaf_result *r)
{
    sb_addf(b, "%d days since ", (int)l->days);
    add_names(b, l);
    if (r->course == NULL) {
        sb_add_c(b, ": no dose is known");
        return;
    }
    sb_add_c(b, r->k == K_UNKNOWN     ? ": its end is not known; "
                : r->note == NOTE_YES ? ": passed; "
                                      : ": not passed; ");
    add_course(b, r->course);
}

static void
line_text(struct sb *b, const struct leaf_line *l, const struct match_case *c)
{
    sb_addf(b,
            "Next line is number %d or later by the messages seen; asked for:", (int)next_line(c));
    if (l->ge != 0) {
        sb_addf(b, " %d or later", (int)l->ge);
    }
    if (l->le != 0) {
        sb_addf(b, " %d at most", (int)l->le);
    }
}

void
prior_text(struct sb *b, const struct leaf *l, const struct match_case *c,
           const struct leaf_result *r)
{
    switch (l->kind) {
    case LEAF_PRIOR: given_text(b, &l->u.drugs, r); return;
    case LEAF_ON: on_text(b, &l->u.drugs, r); return;
    case LEAF_WASHOUT: washout_text(b, &l->u.drugs, r); return;
    case LEAF_LINE: line_text(b, &l->u.line, c); return;
    case LEAF_STATUS:
        sb_addf(b, "Disease status %.*s%s", STR_FMT(l->u.status.text),
                r->note == NOTE_NOTHING_KNOWN ? ": not known"
                : r->note == NOTE_YES         ? ""
                                              : ": not so");
        return;
    case LEAF_DISEASE:
    case LEAF_GENOMIC:
    case LEAF_TESTED:
    case LEAF_BIOMARKER:
    case LEAF_REPAIR:
    case LEAF_AGE:
    case LEAF_SEX:
    case LEAF_ECOG:
    case LEAF_LAB:
    case LEAF_UNRESOLVED:
    case LEAF_ROWS:
    case LEAF_KIND_COUNT: break;
    }
}
