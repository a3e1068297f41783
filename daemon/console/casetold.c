/* Who was told of an alert, and where it has arrived: case_told(), declared in case.h. */
#include "console/case.h"

static const char *
how(const struct alert_recipient *r)
{
    if (str_eq_c(r->how, "now"))
        return "interrupted by this version";
    return str_eq_c(r->how, "digest") ? "in the digest" : "on the page";
}

/* "Dr. Lang (dr-lang)", or the id alone. */
static void
who(struct page *p, const struct alert_recipient *r)
{
    sb_add_c(&p->html, "<th scope=\"row\">");
    html_text(&p->html, str_is_empty(r->name) ? r->id : r->name);
    if (!str_is_empty(r->name)) {
        sb_add_c(&p->html, " <span class=\"soft\">(");
        html_text(&p->html, r->id);
        sb_add_c(&p->html, ")</span>");
    }
    sb_add_c(&p->html, "</th>");
}

static void
people(struct page *p, const struct alert *al)
{
    sb_add_c(&p->html,
             "<table><thead><tr><th scope=\"col\">Who</th><th scope=\"col\">As</th>"
             "<th scope=\"col\">Why</th><th scope=\"col\">How</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < al->recipient_count; i++) {
        const struct alert_recipient *r = &al->recipient[i];

        sb_add_c(&p->html, "<tr>");
        who(p, r);
        html_tag(&p->html, "td", r->role);
        html_tag(&p->html, "td", r->why);
        html_tag_c(&p->html, "td", how(r));
        sb_add_c(&p->html, "</tr>\n");
    }
    sb_add_c(&p->html, "</tbody></table>\n");
}

static void
routes(struct page *p, const struct alert *al)
{
    struct receipt_row *row;
    size_t n;

    if (store_receipts(p->store, al->id, p->r->arena, &row, &n) != STORE_OK || n == 0)
        return;
    sb_add_c(&p->html,
             "<table><thead><tr><th scope=\"col\">Route</th><th scope=\"col\">Version</th>"
             "<th scope=\"col\">Receipt</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++) {
        sb_add_c(&p->html, "<tr>");
        html_tag(&p->html, "th scope=\"row\"", row[i].route);
        sb_add_c(&p->html, "<td>");
        if (row[i].version > 0)
            sb_addf(&p->html, "%u", row[i].version);
        sb_add_c(&p->html, "</td><td>");
        html_c(&p->html, receipt_state_text(row[i].state));
        if (!str_is_empty(row[i].reason)) {
            sb_add_c(&p->html, " (");
            html_text(&p->html, row[i].reason);
            sb_add_c(&p->html, ")");
        }
        sb_add_c(&p->html, "</td></tr>\n");
    }
    sb_add_c(&p->html, "</tbody></table>\n");
}

void
case_told(struct page *p, const struct alert *al)
{
    html_tag_c(&p->html, "h2", "Told");
    if (al->recipient_count == 0)
        html_tag_c(&p->html, "p class=\"soft\"", "The site has no directory: nobody is named.");
    else
        people(p, al);
    for (size_t i = 0; i < al->unknown_count; i++) {
        sb_add_c(&p->html, "<p class=\"soft\">Named by messages and not in the directory: ");
        html_text(&p->html, al->unknown[i]);
        sb_add_c(&p->html, "</p>\n");
    }
    if (!p->sheet)
        routes(p, al);
}
