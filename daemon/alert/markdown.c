#include "alert/markdown.h"

#include "alert/build.h"

#include <string.h>

/* GitHub's Markdown makes links of http://…, www.… and name@place (GFM, 6.9): of a sender's text
 * none. */
static bool
begins_link(struct str s, size_t i)
{
    struct str rest = str_sub(s, i, SIZE_MAX);
    struct str before = str_sub(s, 0, i);

    return str_starts(rest, STR("://")) || rest.p[0] == '@' ||
           (rest.p[0] == '.' && str_ends(before, STR("www")));
}

/* Text of messages and of knowledge: one line, and nothing of it is markup. */
static void
plain(struct sb *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] < ' ') {
            sb_add_char(b, ' ');
            continue;
        }
        if (strchr("\\`*_{}[]<>()#+!|~&", s.p[i]) != NULL || begins_link(s, i))
            sb_add_char(b, '\\');
        sb_add_char(b, s.p[i]);
    }
}

static void
line(struct sb *b, const char *first, struct str s)
{
    if (str_is_empty(s))
        return;
    sb_add_c(b, first);
    plain(b, s);
    sb_add_char(b, '\n');
}

static void
list(struct sb *b, const char *title, const struct str *item, size_t n)
{
    if (n == 0)
        return;
    sb_addf(b, "\n**%s**\n\n", title);
    for (size_t i = 0; i < n; i++)
        line(b, "- ", item[i]);
}

static void
section(struct sb *b, const struct alert_section *s)
{
    sb_add_c(b, "\n**");
    plain(b, s->title);
    sb_addf(b, "** (%s)\n\n", s->status == FINDING_MET ? "met" : "needs confirmation");
    line(b, "", s->why);
    for (size_t i = 0; i < s->evidence_count; i++) {
        sb_add_c(b, "- ");
        plain(b, s->evidence[i].part);
        line(b, ": ", s->evidence[i].text);
    }
    for (size_t i = 0; i < s->threshold_count; i++)
        line(b, "- threshold: ", s->threshold[i].text);
    sb_add_c(b, "\nRule ");
    plain(b, s->rule_id);
    sb_add_char(b, ' ');
    plain(b, s->rule_version);
    line(b, ": ", s->citation);
    sb_addf(b, "\n%s\n", consequence_text(s->consequence));
}

static void
reasons(struct sb *b, const struct option *o)
{
    static const char *const mark[K_COUNT] = {
        [K_TRUE] = "fits: ", [K_FALSE] = "against: ", [K_UNKNOWN] = "unknown: "};

    for (size_t i = 0; i < o->reason_count; i++) {
        sb_add_c(b, i == 0 ? "" : "; ");
        sb_add_c(b, mark[o->reason[i].verdict]);
        plain(b, o->reason[i].text);
    }
    for (size_t i = 0; i < o->unchecked_count; i++) {
        sb_add_c(b, i == 0 && o->reason_count == 0 ? "not checked: " : "; not checked: ");
        plain(b, o->unchecked[i]);
    }
}

static void
option(struct sb *b, const struct option *o)
{
    char day[DAY_TEXT_MAX];

    sb_add_c(b, "| ");
    plain(b, o->title);
    sb_add_c(b, " | ");
    plain(b, o->level);
    sb_add_c(b, " | ");
    plain(b, o->status);
    if (o->status_date != DAY_NONE)
        sb_addf(b, " as of %.*s", STR_FMT(day_format(o->status_date, day)));
    if (!str_is_empty(o->labels)) {
        sb_add_c(b, "; ");
        plain(b, o->labels);
    }
    sb_add_c(b, " | ");
    reasons(b, o);
    sb_add_c(b, " |\n");
}

static void
table(struct sb *b, const char *title, const struct option *o, size_t n, size_t more)
{
    if (n == 0)
        return;
    sb_addf(b, "\n| %s | Level | Status | Why, and what was not checked |\n|---|---|---|---|\n",
            title);
    for (size_t i = 0; i < n; i++)
        option(b, &o[i]);
    if (more > 0)
        sb_addf(b, "\nand %zu more\n", more);
}

static void
folded(struct sb *b, const struct option *o, size_t n)
{
    for (size_t i = 0; i < n; i++)
        line(b, "- ", o[i].title);
}

static void
weighed(struct sb *b, const struct alert *a)
{
    if (alert_options_stand_open(a)) {
        table(b, "Option to review", a->option, a->option_count, a->options_more);
        table(b, "Trial", a->trial, a->trial_count, a->trials_more);
        if (a->aside_count > 0)
            sb_add_c(b, "\n**Set aside**\n\n");
        for (size_t i = 0; i < a->aside_count; i++) {
            sb_add_c(b, "- ");
            plain(b, a->aside[i].title);
            line(b, ": ", a->aside[i].set_aside_by);
        }
    } else if (a->option_count + a->trial_count > 0) {
        sb_add_c(b, "\n**Only if progression is confirmed** (the finding above is no reason to "
                    "switch)\n\n");
        folded(b, a->option, a->option_count);
        folded(b, a->trial, a->trial_count);
    }
}

void
markdown_alert(struct sb *b, const struct alert *a)
{
    if (a->demo)
        sb_add_c(b, "**DEMO, UNREVIEWED: no clinician has signed these rules**\n\n");
    line(b, "", a->disease);
    line(b, "Therapy: ", a->line_label);
    line(b, "\nReason: ", a->reason);
    line(b, "\nChanged: ", a->change);
    for (size_t i = 0; i < a->section_count; i++)
        section(b, &a->section[i]);
    list(b, "Check first: what else could explain it", a->consider, a->consider_count);
    weighed(b, a);
    list(b, "Missing", a->missing, a->missing_count);
    list(b, "Not checked", a->unchecked, a->unchecked_count);
    sb_add_c(b, "\nDecision support, not a decision: options to review with their basis; not for "
                "time-critical use; standard options without a biomarker are not listed.\n");
}
