/* What became of an alert so far: who did what when, and what each version said was new. */
#include "console/case.h"

enum { ROWS_MAX = 60 };

/* What the audit calls it, as a sentence of a page. */
static const char *
said(struct str event)
{
    static const struct {
        const char *event;
        const char *text;
    } words[] = {
        {"raised", "raised"},
        {"updated", "updated by new data"},
        {"retracted", "retracted"},
        {"closed", "closed"},
        {"acknowledged", "acknowledged"},
        {"overridden", "set aside"},
        {"snoozed", "snoozed"},
        {"escalated", "somebody else was asked"},
        {"resolved", "resolved"},
        {"approved", "let out by review"},
        {"refused", "refused by review"},
        {"print_case", "printed for the tumour board"},
    };

    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_eq_c(event, words[i].event))
            return words[i].text;
    }
    return NULL;
}

static void
deed(struct page *p, const struct audit_row *row)
{
    const char *text = said(row->event);

    sb_add_c(&p->html, "<tr><td>");
    html_stamp(&p->html, row->at);
    sb_add_c(&p->html, "</td>");
    html_tag(&p->html, "td", text == NULL ? row->event : str_from_c(text));
    html_tag(&p->html, "td", str_eq_c(row->actor, "engine") ? STR("refractd") : row->actor);
    sb_add_c(&p->html, "</tr>\n");
}

static void
deeds(struct page *p, const struct alert *al)
{
    struct audit_row *row;
    size_t n;

    if (store_audit_of(p->store, al->id, ROWS_MAX, p->r->arena, &row, &n) != STORE_OK || n == 0)
        return;
    sb_add_c(&p->html, "<table><thead><tr><th scope=\"col\">When</th><th scope=\"col\">What</th>"
                       "<th scope=\"col\">Who</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++)
        deed(p, &row[i]);
    sb_add_c(&p->html, "</tbody></table>\n");
}

static void
versions(struct page *p, const struct alert *al)
{
    struct outbox_row *row;
    size_t n;

    if (store_outbox_of(p->store, al->id, ROWS_MAX, p->r->arena, &row, &n) != STORE_OK || n == 0)
        return;
    sb_add_c(&p->html, "<ul>\n");
    for (size_t i = 0; i < n; i++) {
        struct alert old;
        const char *why;

        if (!codec_alert_unpack(p->r->arena, row[i].packed, &old, &why))
            continue;
        sb_addf(&p->html, "<li>Version %u, ", old.version);
        html_stamp(&p->html, old.changed);
        sb_addf(&p->html, " (%s%s): ", event_kind_name((enum event_kind)row[i].kind),
                row[i].quiet ? ", nobody was told" : "");
        html_text(&p->html, str_is_empty(old.change) ? old.headline : old.change);
        sb_add_c(&p->html, "</li>\n");
    }
    sb_add_c(&p->html, "</ul>\n");
}

void
case_history(struct page *p, const struct alert *al)
{
    sb_add_c(&p->html, "<details class=\"noprint\" open><summary><h2>History</h2></summary>\n");
    deeds(p, al);
    versions(p, al);
    sb_add_c(&p->html, "</details>\n");
}
