#include "console/case.h"

#include "alert/build.h"
#include "alert/life.h"
#include "alert/veil.h"
#include "console/patient.h"
#include "console/picture.h"
#include "sys/clock.h"

/* Where the lines lay that the values were held against. */
static void
thresholds(struct page *p, const struct alert_section *s)
{
    for (size_t i = 0; i < s->threshold_count; i++) {
        const struct threshold *t = &s->threshold[i];
        char day[DAY_TEXT_MAX];

        sb_add_c(&p->html, "<tr><th scope=\"row\">threshold</th><td>");
        html_text(&p->html, t->text);
        if (t->rounded)
            sb_add_c(&p->html, " (rounded)");
        if (t->from != DAY_NONE)
            sb_addf(&p->html, ", from %.*s", STR_FMT(day_format(t->from, day)));
        if (t->until != DAY_NONE)
            sb_addf(&p->html, " to %.*s", STR_FMT(day_format(t->until, day)));
        sb_add_c(&p->html, "</td><td class=\"soft\">of the ");
        html_text(&p->html, t->role);
        sb_add_c(&p->html, "</td></tr>\n");
    }
}

static void
evidence(struct page *p, const struct alert_section *s)
{
    sb_add_c(&p->html, "<table><thead><tr><th scope=\"col\">Part</th><th scope=\"col\">Value</th>"
                       "<th scope=\"col\">Source message</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < s->evidence_count; i++) {
        const struct alert_evidence *e = &s->evidence[i];

        sb_add_c(&p->html, "<tr>");
        html_tag(&p->html, "th scope=\"row\"", e->part);
        html_tag(&p->html, "td", e->text);
        sb_add_c(&p->html, "<td class=\"soft\">");
        if (e->journal != 0)
            sb_addf(&p->html, "%llu ", (unsigned long long)e->journal);
        html_text(&p->html, e->feed);
        sb_add_c(&p->html, "</td></tr>\n");
    }
    thresholds(p, s);
    sb_add_c(&p->html, "</tbody></table>\n");
}

static void
section(struct page *p, const struct alert_section *s)
{
    sb_add_c(&p->html, "<section><h2>");
    html_text(&p->html, s->title);
    sb_addf(&p->html, ": <span class=\"%s</span></h2>\n<p>",
            s->status == FINDING_MET ? "warn\">met" : "soft\">needs confirmation");
    html_text(&p->html, s->why);
    sb_add_c(&p->html, "</p>\n");
    evidence(p, s);
    sb_add_c(&p->html, "<p class=\"soft\">Rule ");
    html_text(&p->html, s->rule_id);
    sb_add_char(&p->html, ' ');
    html_text(&p->html, s->rule_version);
    sb_add_c(&p->html, ": ");
    html_text(&p->html, s->citation);
    sb_add_c(&p->html, "</p>\n<p><strong>What follows:</strong> ");
    html_c(&p->html, consequence_text(s->consequence));
    sb_add_c(&p->html, "</p></section>\n");
}

static void
list(struct page *p, const char *title, const struct str *item, size_t n)
{
    if (n == 0)
        return;
    html_tag_c(&p->html, "h2", title);
    sb_add_c(&p->html, "<ul>\n");
    for (size_t i = 0; i < n; i++)
        html_tag(&p->html, "li", item[i]);
    sb_add_c(&p->html, "</ul>\n");
}

static void
option_reasons(struct page *p, const struct option *o)
{
    static const char *const mark[K_COUNT] = {
        [K_TRUE] = "fits: ", [K_FALSE] = "against: ", [K_UNKNOWN] = "unknown: "};

    sb_add_c(&p->html, "<td><ul>");
    for (size_t i = 0; i < o->reason_count; i++) {
        sb_addf(&p->html, "<li>%s", mark[o->reason[i].verdict]);
        html_text(&p->html, o->reason[i].text);
        sb_add_c(&p->html, "</li>");
    }
    for (size_t i = 0; i < o->unchecked_count; i++) {
        sb_add_c(&p->html, "<li class=\"soft\">not checked: ");
        html_text(&p->html, o->unchecked[i]);
        sb_add_c(&p->html, "</li>");
    }
    sb_add_c(&p->html, "</ul></td>");
}

static void
option_row(struct page *p, const struct option *o)
{
    char day[DAY_TEXT_MAX];

    sb_add_c(&p->html, "<tr>");
    html_tag(&p->html, "th scope=\"row\"", o->title);
    sb_add_c(&p->html, "<td>");
    html_text(&p->html, o->level);
    sb_add_c(&p->html, "</td><td>");
    html_text(&p->html, o->status);
    sb_add_char(&p->html, ' ');
    html_text(&p->html, o->jurisdiction);
    if (o->status_date != DAY_NONE)
        sb_addf(&p->html, " as of %.*s", STR_FMT(day_format(o->status_date, day)));
    if (!str_is_empty(o->labels))
        html_tag(&p->html, "div class=\"soft\"", o->labels);
    sb_add_c(&p->html, "</td>");
    option_reasons(p, o);
    html_tag(&p->html, "td class=\"soft\"", o->citation);
    sb_add_c(&p->html, "</tr>\n");
}

static void
options(struct page *p, const char *title, const struct option *o, size_t n, size_t more)
{
    if (n == 0)
        return;
    html_tag_c(&p->html, "h2", title);
    sb_add_c(&p->html, "<table><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Level</th>"
                       "<th scope=\"col\">Status</th><th scope=\"col\">Why, and what was not "
                       "checked</th><th scope=\"col\">Source</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++)
        option_row(p, &o[i]);
    sb_add_c(&p->html, "</tbody></table>\n");
    if (more > 0)
        sb_addf(&p->html, "<p>and %zu more</p>\n", more);
}

static void
folded(struct page *p, const struct option *o, size_t n)
{
    for (size_t i = 0; i < n; i++)
        html_tag(&p->html, "li", o[i].title);
}

static void
weighed(struct page *p, const struct alert *al)
{
    if (alert_options_stand_open(al)) {
        options(p, "Options to review (not ranked against each other)", al->option,
                al->option_count, al->options_more);
        options(p, "Trials", al->trial, al->trial_count, al->trials_more);
        if (al->aside_count > 0)
            sb_add_c(&p->html, "<h2>Set aside</h2><ul>\n");
        for (size_t i = 0; i < al->aside_count; i++) {
            sb_add_c(&p->html, "<li>");
            html_text(&p->html, al->aside[i].title);
            sb_add_c(&p->html, ": ");
            html_text(&p->html, al->aside[i].set_aside_by);
            sb_add_c(&p->html, "</li>\n");
        }
        if (al->aside_count > 0)
            sb_add_c(&p->html, "</ul>\n");
    } else if (al->option_count + al->trial_count > 0) {
        sb_add_c(&p->html, "<details");
        sb_add_c(&p->html, p->sheet ? " open" : "");
        sb_add_c(&p->html, "><summary>Only if progression is confirmed (the finding is no reason "
                           "to switch)</summary><ul>\n");
        folded(p, al->option, al->option_count);
        folded(p, al->trial, al->trial_count);
        sb_add_c(&p->html, "</ul></details>\n");
    }
}

static void
head(struct page *p, const struct alert *al)
{
    if (al->demo)
        sb_add_c(&p->html, "<p class=\"demo\">DEMO, UNREVIEWED: no clinician has signed these "
                           "rules</p>\n");
    sb_add_c(&p->html, "<table class=\"head\"><tbody>\n");
    sb_add_c(&p->html, "<tr><th scope=\"row\">Patient</th><td><a href=\"");
    html_c(&p->html, page_of_patient(p, al->patient));
    sb_add_c(&p->html, "\">");
    html_text(&p->html, al->patient.id);
    sb_add_c(&p->html, "</a></td></tr>\n");
    html_row(&p->html, "Disease", al->disease);
    html_row(&p->html, "Therapy", al->line_label);
    html_row(&p->html, "Certainty", str_from_c(alert_certainty_name(al->certainty)));
    html_row(&p->html, "State", str_from_c(alert_state_name(al->state)));
    html_row(&p->html, "Reason", al->reason);
    html_row(&p->html, "Changed", al->change);
    sb_add_c(&p->html, "<tr><th scope=\"row\">Raised</th><td>");
    html_stamp(&p->html, al->raised);
    sb_addf(&p->html, "</td></tr><tr><th scope=\"row\">Alert</th><td>%.*s, version %u, since ",
            STR_FMT(al->id), al->version);
    html_stamp(&p->html, al->changed);
    if (!p->sheet)
        sb_add_c(&p->html,
                 " <a class=\"noprint\" href=\"?print=1\">(one page for the tumour board)</a>");
    sb_add_c(&p->html, "</td></tr></tbody></table>\n");
}

void
case_receipt(struct page *p, struct alert *al)
{
    if (al->gate == ALERT_OUT && alert_can_move(al->state, ALERT_DELIVERED) &&
        store_delivered_version(p->store, al->id) >= al->version)
        al->state = ALERT_DELIVERED;
}

bool
case_find(struct page *p, struct alert *al, uint64_t *patient)
{
    struct str packed;
    const char *why;

    if (store_alert_get(p->store, p->rest, p->r->arena, patient, &packed) == STORE_OK &&
        codec_alert_unpack(p->r->arena, packed, al, &why)) {
        case_receipt(p, al);
        return true;
    }
    page_refuse(p, HTTP_NOT_FOUND, "There is no alert of that number.");
    return false;
}

static void
picture(struct page *p, const struct alert *al, uint64_t patient)
{
    struct timeline t;
    struct therapies therapies;
    struct picture in = {p->r->arena, &t, &therapies, al};

    if (!patient_timeline(p, patient, &t))
        return;
    therapies = course_build(&t);
    html_tag_c(&p->html, "h2", "Course");
    picture_write(&p->html, &in);
}

/* All that stands on the page, and on its one sheet of paper, in the order of every channel. */
static void
content(struct page *p, const struct alert *al, uint64_t patient)
{
    picture(p, al, patient);
    for (size_t i = 0; i < al->section_count; i++)
        section(p, &al->section[i]);
    list(p, "Check first: what else could explain it", al->consider, al->consider_count);
    weighed(p, al);
    list(p, "Missing", al->missing, al->missing_count);
    list(p, "Not checked", al->unchecked, al->unchecked_count);
    if (!p->sheet)
        case_told(p, al);
}

/* For the tumour board: one sheet, without what can be clicked. */
static void
sheet(struct page *p, const struct alert *al, uint64_t patient)
{
    head(p, al);
    content(p, al, patient);
    sb_add_c(&p->html, "<p class=\"soft\">For the tumour board: computed from the messages "
                       "received so far; the record is the hospital's own. Printed by ");
    html_text(&p->html, p->session->user->name);
    sb_add_c(&p->html, ", ");
    html_stamp(&p->html, stamp_of_utc(clock_wall_s()));
    sb_add_c(&p->html, " UTC; knowledge ");
    html_text(&p->html, str_sub(al->knowledge, 0, 12));
    sb_add_c(&p->html, "</p>\n");
}

/* That it is there, anybody may know; what it says, one role alone. */
static void
only_for_page(struct page *p, const struct alert *al)
{
    page_open(p, str_cz(p->r->arena, al->headline));
    head(p, al);
    sb_add_c(&p->html, "<p>What this alert says is for ");
    html_text(&p->html, al->only_for);
    sb_add_c(&p->html, " alone.</p>\n");
    page_close(p);
}

void
case_page(struct page *p)
{
    bool print = !str_is_absent(http_query(p->r, "print"));
    struct alert al;
    uint64_t patient;

    if (!case_find(p, &al, &patient))
        return;
    if (!patient_visible(p, patient)) {
        patient_glass_page(p, patient);
        return;
    }
    if (!page_note_view(p, print ? "print_case" : "view_alert", al.id))
        return;
    if (!str_is_empty(al.only_for) && !p->session->user->germline) {
        al = alert_veiled(&al);
        only_for_page(p, &al);
        return;
    }
    p->sheet = print;
    page_open(p, str_cz(p->r->arena, al.headline));
    if (print) {
        sheet(p, &al, patient);
    } else {
        head(p, &al);
        case_actions(p, &al);
        content(p, &al, patient);
        case_history(p, &al);
    }
    page_close(p);
}
