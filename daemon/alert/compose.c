#include "alert/compose.h"

#include "alert/build.h"

enum {
    FLOW_COLUMNS = 98, /* of 100: a closing bracket and a colon have room */
    EVIDENCE_INDENT = 17,
    OPTION_INDENT = 5,
    NUMBER_MAX = 40,
};

/* Of the line that is being written. */
static size_t
columns_used(const struct sb *b)
{
    struct str s = sb_str(b);
    size_t n = 0;

    while (n < s.n && s.p[s.n - 1 - n] != '\n')
        n++;
    return n;
}

/* The next run of visible bytes, at most max of them; what stands between is one space: text of a
 * message may hold line breaks, and no sender writes lines of ours. */
static struct str
word_next(struct str *rest, size_t max)
{
    size_t from = 0;
    size_t n;

    while (from < rest->n && (unsigned char)rest->p[from] <= ' ')
        from++;
    n = from;
    while (n < rest->n && (unsigned char)rest->p[n] > ' ' && n - from < max)
        n++;
    while (n - from == max && n < rest->n && n > from + 1 && (rest->p[n] & 0xc0) == 0x80)
        n--; /* not within a character of UTF-8 */
    *rest = str_sub(*rest, from, SIZE_MAX);
    return str_sub(*rest, 0, n - from);
}

/* Writes on from where the line stands, broken between words, what follows at indent. After "(" and
 * "[" no gap: brackets are the caller's, and have room. */
static void
flow(struct sb *b, size_t indent, struct str s)
{
    struct str word;

    while ((word = word_next(&s, FLOW_COLUMNS - indent)).n > 0) {
        size_t col = columns_used(b);
        const char *end = sb_str(b).p + sb_str(b).n;
        bool gap = col > 0 && end[-1] != ' ' && end[-1] != '(' && end[-1] != '[';

        if (col > indent && col + gap + word.n > FLOW_COLUMNS) {
            sb_addf(b, "\n%*s", (int)indent, "");
            gap = false;
        }
        if (gap)
            sb_add_char(b, ' ');
        sb_add(b, word);
        s = str_sub(s, word.n, SIZE_MAX);
    }
}

static void
flow_in(struct sb *b, size_t indent, const char *brackets, struct str s)
{
    struct str rest = s;
    struct str word = word_next(&rest, FLOW_COLUMNS - indent);

    if (word.n == 0)
        return;
    if (columns_used(b) + 2 + word.n > FLOW_COLUMNS)
        sb_addf(b, "\n%*s", (int)indent, "");
    else
        sb_add_char(b, ' ');
    sb_add_char(b, brackets[0]);
    flow(b, indent, s);
    sb_add_char(b, brackets[1]);
}

/* A line, or more, with a hanging indent. */
static void
wrapped(struct sb *b, const char *first, size_t indent, struct str s)
{
    sb_add_c(b, first);
    flow(b, indent, s);
    sb_add_char(b, '\n');
}

static void
list(struct sb *b, const char *title, const struct str *item, size_t n)
{
    if (n == 0)
        return;
    sb_addf(b, "\n%s\n", title);
    for (size_t i = 0; i < n; i++)
        wrapped(b, "  - ", 4, item[i]);
}

/* The earliest day that a confirmation is awaited by. */
static void
confirmation(struct sb *b, const struct alert *a)
{
    const struct alert_section *first = NULL;
    char day[DAY_TEXT_MAX];

    for (size_t i = 0; i < a->section_count; i++) {
        const struct alert_section *s = &a->section[i];

        if (s->confirm_by != DAY_NONE && (first == NULL || s->confirm_by < first->confirm_by))
            first = s;
    }
    if (first != NULL && a->state != ALERT_RETRACTED)
        sb_addf(b, "Confirmation: %s %.*s\n", first->overdue ? "overdue, it was due by" : "due by",
                STR_FMT(day_format(first->confirm_by, day)));
}

/* Whom it is for, and whether it waits for the team to act. */
static void
standing(struct sb *b, const struct alert *a)
{
    char day[DAY_TEXT_MAX];

    if (a->state == ALERT_SNOOZED && a->snoozed_until != DAY_NONE)
        sb_addf(b, "Snoozed: until %.*s\n", STR_FMT(day_format(a->snoozed_until, day)));
    if (a->waiting_until != DAY_NONE)
        sb_addf(b, "Waiting until %.*s: the team may have acted; nobody is interrupted before\n",
                STR_FMT(day_format(a->waiting_until, day)));
    if (!str_is_empty(a->acted))
        wrapped(b, "Acted: ", 7, a->acted);
    for (size_t i = 0; i < a->recipient_count; i++) {
        sb_add_c(b, i == 0 ? "For: " : "     ");
        flow(b, 5, a->recipient[i].id);
        flow_in(b, 5, "()", a->recipient[i].why);
        if (str_eq_c(a->recipient[i].how, "digest"))
            flow(b, 5, STR("in the digest"));
        sb_add_char(b, '\n');
    }
}

static void
head(struct sb *b, const struct alert *a)
{
    char day[DAY_TEXT_MAX];

    if (a->demo)
        sb_add_c(b, "DEMO, UNREVIEWED: no clinician has signed these rules\n");
    sb_addf(b, "%s  [%.*s v%u, %s, %s]\n",
            a->state == ALERT_RETRACTED ? "ALERT RETRACTED" : "ALERT", STR_FMT(a->id), a->version,
            alert_state_name(a->state), alert_certainty_name(a->certainty));
    wrapped(b, "", 0, a->headline);
    sb_add_c(b, "Patient ");
    flow(b, 8, a->patient.id);
    flow_in(b, 8, "()", a->patient.authority);
    sb_add_c(b, ";");
    wrapped(b, "", 8, a->disease);
    wrapped(b, "Therapy: ", 9, a->line_label);
    if (a->section_count > 0)
        sb_addf(b, "First event: %.*s\n", STR_FMT(day_format(a->section[0].first_event, day)));
    confirmation(b, a);
    standing(b, a);
    if (!str_is_empty(a->reason))
        wrapped(b, "Reason: ", 8, a->reason);
    if (!str_is_empty(a->change))
        wrapped(b, "Changed: ", 9, a->change);
}

static void
evidence(struct sb *b, const struct alert_evidence *e)
{
    char number[NUMBER_MAX];
    struct sb message;

    sb_addf(b, "    %-12.*s ", STR_FMT(e->part));
    flow(b, EVIDENCE_INDENT, e->text);
    if (e->journal != 0) {
        sb_init(&message, number, sizeof(number));
        sb_addf(&message, "[message %llu,", (unsigned long long)e->journal);
        flow(b, EVIDENCE_INDENT, sb_str(&message));
        flow(b, EVIDENCE_INDENT, e->feed);
        sb_add_char(b, ']');
    }
    sb_add_char(b, '\n');
}

static void
threshold(struct sb *b, const struct threshold *t)
{
    sb_addf(b, "    %-12s ", "threshold");
    flow(b, EVIDENCE_INDENT, t->text);
    if (!str_eq_c(t->role, "candidate"))
        flow_in(b, EVIDENCE_INDENT, "[]", t->role);
    sb_add_char(b, '\n');
}

static void
section(struct sb *b, const struct alert_section *s)
{
    sb_add_char(b, '\n');
    sb_add_c(b, "WHY  ");
    flow(b, 5, s->title);
    sb_add_char(b, ':');
    wrapped(b, "", 5, s->status == FINDING_MET ? STR("met") : STR("needs confirmation"));
    wrapped(b, "  ", 2, s->why);
    for (size_t i = 0; i < s->evidence_count; i++)
        evidence(b, &s->evidence[i]);
    for (size_t i = 0; i < s->threshold_count; i++)
        threshold(b, &s->threshold[i]);
    sb_add_c(b, "  Rule ");
    flow(b, 4, s->rule_id);
    flow(b, 4, s->rule_version);
    if (!str_is_empty(s->verified)) {
        flow(b, 4, STR("(thresholds"));
        flow(b, 4, s->verified);
        sb_add_char(b, ')');
    }
    wrapped(b, ":", 4, s->citation);
    sb_addf(b, "  %s\n", consequence_text(s->consequence));
}

static const char *
reason_mark(enum kleene k)
{
    switch (k) {
    case K_TRUE: return "fits:    ";
    case K_FALSE: return "against: ";
    case K_UNKNOWN: return "unknown: ";
    case K_COUNT: break;
    }
    return "";
}

/* "  1. olaparib  [level]  status (jurisdiction) as of date" */
static void
option_head(struct sb *b, size_t number, const struct option *o)
{
    char day[DAY_TEXT_MAX];

    sb_addf(b, "  %zu. ", number);
    flow(b, OPTION_INDENT, o->title);
    flow_in(b, OPTION_INDENT, "[]", o->level);
    flow(b, OPTION_INDENT, o->status);
    flow_in(b, OPTION_INDENT, "()", o->jurisdiction);
    if (o->status_date != DAY_NONE) {
        flow(b, OPTION_INDENT, STR("as of"));
        flow(b, OPTION_INDENT, day_format(o->status_date, day));
    }
    sb_add_char(b, '\n');
}

static void
option(struct sb *b, size_t number, const struct option *o)
{
    option_head(b, number, o);
    if (!str_is_empty(o->labels))
        wrapped(b, "     label:   ", 14, o->labels);
    if (!str_is_empty(o->basis))
        wrapped(b, "     basis:   ", 14, o->basis);
    if (!str_is_empty(o->citation))
        wrapped(b, "     source:  ", 14, o->citation);
    for (size_t i = 0; i < o->reason_count; i++) {
        sb_add_c(b, "     ");
        wrapped(b, reason_mark(o->reason[i].verdict), 14, o->reason[i].text);
    }
    for (size_t i = 0; i < o->unchecked_count; i++)
        wrapped(b, "     not checked: ", 18, o->unchecked[i]);
    if (!str_is_empty(o->contact))
        wrapped(b, "     contact: ", 14, o->contact);
}

static void
options(struct sb *b, const char *title, const struct option *o, size_t n, size_t more)
{
    if (n == 0)
        return;
    sb_addf(b, "\n%s\n", title);
    for (size_t i = 0; i < n; i++)
        option(b, i + 1, &o[i]);
    if (more > 0)
        sb_addf(b, "  and %zu more\n", more);
}

/* Folded: the names alone, so that nobody reads them as a reason to switch. */
static void
folded(struct sb *b, const char *first, const struct option *o, size_t n, size_t more)
{
    size_t indent = str_from_c(first).n;

    for (size_t i = 0; i < n; i++) {
        wrapped(b, i == 0 ? first : "", indent, o[i].title);
        if (i + 1 < n)
            sb_addf(b, "%*s", (int)indent, "");
    }
    if (more > 0)
        sb_addf(b, "%*sand %zu more\n", (int)indent, "", more);
}

static void
aside(struct sb *b, const struct alert *a)
{
    if (a->aside_count == 0)
        return;
    sb_add_c(b, "\nSET ASIDE\n");
    for (size_t i = 0; i < a->aside_count; i++) {
        sb_add_c(b, "  - ");
        flow(b, 4, a->aside[i].title);
        sb_add_char(b, ':');
        wrapped(b, "", 4, a->aside[i].set_aside_by);
    }
}

static void
weighed(struct sb *b, const struct alert *a)
{
    if (alert_options_stand_open(a)) {
        options(b, "OPTIONS TO REVIEW (not ranked against each other)", a->option, a->option_count,
                a->options_more);
        options(b, "TRIALS", a->trial, a->trial_count, a->trials_more);
        aside(b, a);
        return;
    }
    if (a->option_count + a->trial_count == 0)
        return;
    sb_add_c(b, "\nONLY IF PROGRESSION IS CONFIRMED (folded: the finding above is no reason to "
                "switch)\n");
    folded(b, "  options: ", a->option, a->option_count, a->options_more);
    folded(b, "  trials:  ", a->trial, a->trial_count, a->trials_more);
}

/* A retraction is short: what no longer stands, and why it was said. */
static void
retraction(struct sb *b, const struct alert *a)
{
    sb_add_c(b, "This alert no longer stands. What it said:\n");
    for (size_t i = 0; i < a->section_count; i++)
        section(b, &a->section[i]);
}

static void
body(struct sb *b, const struct alert *a)
{
    for (size_t i = 0; i < a->section_count; i++)
        section(b, &a->section[i]);
    list(b, "CHECK FIRST: what else could explain it", a->consider, a->consider_count);
    weighed(b, a);
    list(b, "MISSING", a->missing, a->missing_count);
    list(b, "NOT CHECKED", a->unchecked, a->unchecked_count);
}

void
compose_alert(struct sb *b, const struct alert *a)
{
    head(b, a);
    if (a->state == ALERT_RETRACTED)
        retraction(b, a);
    else
        body(b, a);
    sb_add_c(b, "\nDecision support, not a decision: options to review with their basis; not for "
                "time-critical\nuse; standard options without a biomarker are not listed.\n");
    sb_addf(b, "Knowledge %.12s\n", a->knowledge.n >= 12 ? a->knowledge.p : "none        ");
}

void
compose_line(struct sb *b, const struct alert *a)
{
    sb_addf(b, "%.*s v%u %s %s %.*s: %.*s", STR_FMT(a->id), a->version, alert_state_name(a->state),
            alert_certainty_name(a->certainty), STR_FMT(a->case_key), STR_FMT(a->headline));
}
