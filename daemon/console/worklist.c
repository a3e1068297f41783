#include "base/sort.h"
#include "console/case.h"
#include "console/page.h"
#include "console/patient.h"

/* What the query asks to see. */
struct filter {
    struct str state;
    struct str certainty;
    struct str disease; /* case key */
};

/* A row: of a confidential patient nothing is shown but that there is something to see to. */
struct shown {
    const struct alert *alert;
    bool hidden;
};

static bool
wanted(const struct filter *f, const struct alert *al)
{
    if (al->gate != ALERT_OUT || (al->silent && !str_eq_c(f->state, "baseline")))
        return false;
    if (!str_is_empty(f->certainty) && !str_eq_c(f->certainty, alert_certainty_name(al->certainty)))
        return false;
    if (!str_is_empty(f->disease) && !str_eq(f->disease, al->case_key))
        return false;
    if (str_is_empty(f->state)) /* what still wants somebody */
        return al->state == ALERT_NEW || al->state == ALERT_DELIVERED ||
               al->state == ALERT_SNOOZED || al->state == ALERT_ESCALATED;
    return str_eq_c(f->state, "baseline") ? al->silent
                                          : str_eq_c(f->state, alert_state_name(al->state));
}

static void
option(struct page *p, const char *value, const char *name, struct str chosen)
{
    sb_addf(&p->html, "<option value=\"%s\"%s>%s</option>", value,
            str_eq_c(chosen, value) ? " selected" : "", name);
}

static void
filters(struct page *p, const struct filter *f)
{
    struct str state = str_is_absent(f->state) ? STR("") : f->state;
    struct str certainty = str_is_absent(f->certainty) ? STR("") : f->certainty;

    sb_add_c(&p->html, "<form class=\"actions noprint\" method=\"get\" action=\"/\"><p><label "
                       "for=\"state\">State</label><select id=\"state\" name=\"state\">");
    option(p, "", "waiting for somebody", state);
    for (int s = 0; s < ALERT_STATE_COUNT; s++)
        option(p, alert_state_name((enum alert_state)s), alert_state_name((enum alert_state)s),
               state);
    option(p, "baseline", "baseline from history", state);
    sb_add_c(&p->html, "</select></p><p><label for=\"certainty\">Certainty</label><select "
                       "id=\"certainty\" name=\"certainty\">");
    option(p, "", "any", certainty);
    for (int c = 0; c < ALERT_CERTAINTY_COUNT; c++)
        option(p, alert_certainty_name((enum alert_certainty)c),
               alert_certainty_name((enum alert_certainty)c), certainty);
    sb_add_c(&p->html, "</select></p><p><label for=\"disease\">Disease (OncoTree)</label><input "
                       "id=\"disease\" name=\"disease\" value=\"");
    html_text(&p->html, f->disease);
    sb_add_c(&p->html, "\"></p><p><button type=\"submit\">Show</button></p></form>\n");
}

static void
row(struct page *p, const struct shown *s)
{
    const struct alert *al = s->alert;

    sb_add_c(&p->html, "<tr><td><a href=\"/alerts/");
    html_url(&p->html, al->id);
    sb_add_c(&p->html, "\">");
    html_text(&p->html, s->hidden ? STR("Confidential case") : al->headline);
    sb_add_c(&p->html, "</a></td>");
    html_tag(&p->html, "td", s->hidden ? STR("confidential") : al->patient.id);
    html_tag(&p->html, "td", s->hidden ? STR("") : al->disease);
    html_tag_c(&p->html, al->certainty == ALERT_CONFIRMED ? "td class=\"warn\"" : "td",
               alert_certainty_name(al->certainty));
    html_tag_c(&p->html, "td", alert_state_name(al->state));
    sb_add_c(&p->html, "<td>");
    html_stamp(&p->html, al->raised);
    sb_add_c(&p->html, "</td></tr>\n");
}

/* Confirmed ones first, then the newest. */
static int
by_weight(const void *x, const void *y)
{
    const struct alert *a = ((const struct shown *)x)->alert;
    const struct alert *b = ((const struct shown *)y)->alert;

    if (a->certainty != b->certainty)
        return a->certainty > b->certainty ? -1 : 1;
    return -stamp_cmp(a->raised, b->raised);
}

static size_t
gather(struct page *p, const struct filter *f, struct shown **out)
{
    bool open_only = str_is_empty(f->state);
    struct str *packed;
    size_t n;
    size_t count = 0;
    const char *why;

    if (store_alerts_list(p->store, open_only, p->r->arena, &packed, &n) != STORE_OK)
        n = 0;
    *out = ARENA_ARRAY(p->r->arena, n, struct shown);
    for (size_t i = 0; i < n; i++) {
        struct alert *al = ARENA_NEW(p->r->arena, struct alert);
        uint64_t number;
        bool hidden;

        if (!codec_alert_unpack(p->r->arena, packed[i], al, &why))
            continue;
        case_receipt(p, al);
        if (!wanted(f, al))
            continue;
        hidden = !patient_ref_visible(p, al->patient, &number);
        if (!hidden || str_is_empty(f->disease)) /* a filter must not tell what he has */
            (*out)[count++] = (struct shown){al, hidden};
    }
    sort_stable(p->r->arena, *out, count, sizeof **out, by_weight);
    return count;
}

void
worklist_page(struct page *p)
{
    struct filter f = {http_query(p->r, "state"), http_query(p->r, "certainty"),
                       http_query(p->r, "disease")};
    struct shown *list;
    size_t n;

    if (!page_note_view(p, "view_worklist", STR("")))
        return;
    n = gather(p, &f, &list);
    page_open(p, "Worklist");
    filters(p, &f);
    if (n == 0) {
        sb_add_c(&p->html, "<p>Nothing here.</p>\n");
    } else {
        sb_addf(&p->html,
                "<table class=\"list\"><caption class=\"soft\">%zu alert%s</caption><thead><tr><th "
                "scope=\"col\">Finding</th><th scope=\"col\">Patient</th><th "
                "scope=\"col\">Disease</th><th scope=\"col\">Certainty</th><th "
                "scope=\"col\">State</th><th scope=\"col\">Raised</th></tr></thead><tbody>\n",
                n, n == 1 ? "" : "s");
        for (size_t i = 0; i < n; i++)
            row(p, &list[i]);
        sb_add_c(&p->html, "</tbody></table>\n");
    }
    page_close(p);
}
