#include "console/page.h"

enum { ROWS = 200 };

static void
row(struct page *p, const struct audit_row *e)
{
    sb_addf(&p->html, "<tr><td class=\"num\">%llu</td><td>", (unsigned long long)e->seq);
    html_stamp(&p->html, e->at);
    sb_add_c(&p->html, "</td>");
    html_tag(&p->html, "td", e->actor);
    html_tag(&p->html, "td", e->event);
    html_tag(&p->html, "td", e->subject);
    sb_add_c(&p->html, "</tr>\n");
}

void
audit_page(struct page *p)
{
    struct str before = http_query(p->r, "before");
    uint64_t from = INT64_MAX;
    struct audit_row *list;
    size_t n;

    if (!str_is_empty(before) && (!str_to_u64(before, &from) || from > INT64_MAX)) {
        page_refuse(p, HTTP_BAD_REQUEST, "That is no row of the audit.");
        return;
    }
    if (!page_note_view(p, "view_audit", STR("")))
        return;
    if (store_audit_before(p->store, from, ROWS, p->r->arena, &list, &n) != STORE_OK) {
        page_refuse(p, HTTP_UNAVAILABLE, "The audit cannot be read just now.");
        return;
    }
    page_open(p, "Audit");
    sb_add_c(&p->html, "<table><thead><tr><th scope=\"col\">Row</th><th scope=\"col\">When</th><th "
                       "scope=\"col\">Who</th><th scope=\"col\">What</th><th scope=\"col\">Of "
                       "what</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++)
        row(p, &list[i]);
    sb_add_c(&p->html, "</tbody></table>\n");
    if (n == ROWS)
        sb_addf(&p->html, "<p><a href=\"/audit?before=%llu\">Older rows</a></p>\n",
                (unsigned long long)list[n - 1].seq);
    page_close(p);
}
