#include "alert/compose.h"

#include "alert/build.h"

enum { COLUMNS = 100 };

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

/* Writes s after a hanging indent, broken between words. first is printed on the first line. */
static void
wrapped(struct sb *b, const char *first, size_t indent, struct str s)
{
    size_t col = columns_used(b) + str_from_c(first).n;
    struct str word;
    struct str rest = str_trim(s);
    bool line_start = true;

    sb_add_c(b, first);
    while (rest.n > 0) {
        (void)str_cut(rest, ' ', &word, &rest);
        if (rest.p == word.p)
            rest = STR("");
        if (!line_start && col + 1 + word.n > COLUMNS) {
            sb_addf(b, "\n%*s", (int)indent, "");
            col = indent;
            line_start = true;
        }
        if (!line_start) {
            sb_add_char(b, ' ');
            col++;
        }
        sb_add(b, word);
        col += word.n;
        line_start = false;
    }
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
    sb_addf(b, "Patient %.*s (%.*s); %.*s\n", STR_FMT(a->patient.id), STR_FMT(a->patient.authority),
            STR_FMT(a->disease));
    wrapped(b, "Therapy: ", 9, a->line_label);
    if (a->section_count > 0)
        sb_addf(b, "First event: %.*s\n", STR_FMT(day_format(a->section[0].first_event, day)));
    if (!str_is_empty(a->reason))
        wrapped(b, "Reason: ", 8, a->reason);
    if (!str_is_empty(a->change))
        wrapped(b, "Changed: ", 9, a->change);
}

static void
evidence(struct sb *b, const struct alert_evidence *e)
{
    sb_addf(b, "    %-12.*s ", STR_FMT(e->part));
    sb_add(b, e->text);
    if (e->journal != 0)
        sb_addf(b, "  [message %llu, %.*s]", (unsigned long long)e->journal, STR_FMT(e->feed));
    sb_add_char(b, '\n');
}

static void
section(struct sb *b, const struct alert_section *s)
{
    sb_add_c(b, "\nWHY  ");
    sb_addf(b, "%.*s: %s\n", STR_FMT(s->title),
            s->status == FINDING_MET ? "met" : "needs confirmation");
    wrapped(b, "  ", 2, s->why);
    for (size_t i = 0; i < s->evidence_count; i++)
        evidence(b, &s->evidence[i]);
    sb_addf(b, "  Rule %.*s %.*s", STR_FMT(s->rule_id), STR_FMT(s->rule_version));
    if (!str_is_empty(s->verified))
        sb_addf(b, " (thresholds %.*s)", STR_FMT(s->verified));
    wrapped(b, ": ", 4, s->citation);
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

static void
option(struct sb *b, size_t number, const struct option *o)
{
    char day[DAY_TEXT_MAX];

    sb_addf(b, "  %zu. %.*s", number, STR_FMT(o->title));
    if (!str_is_empty(o->level))
        sb_addf(b, "  [%.*s]", STR_FMT(o->level));
    if (!str_is_empty(o->status))
        sb_addf(b, "  %.*s", STR_FMT(o->status));
    if (!str_is_empty(o->jurisdiction))
        sb_addf(b, " (%.*s)", STR_FMT(o->jurisdiction));
    if (o->status_date != DAY_NONE)
        sb_addf(b, " as of %.*s", STR_FMT(day_format(o->status_date, day)));
    sb_add_char(b, '\n');
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
        sb_addf(b, "  - %.*s: ", STR_FMT(a->aside[i].title));
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
