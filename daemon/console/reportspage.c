/* The queue of reports that nobody has read: one at a time, with forms by which a person codes
 * what it
 * says. What is entered is an audited fact like any other (DESIGN.md, section 5: Report). */
#include "console/listing.h"
#include "console/patient.h"

static const char *const responses[] = {"PD",   "SD",   "PR",  "CR",  "NE",
                                        "iUPD", "iCPD", "iSD", "iPR", "iCR"};

static const char *
text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s == NULL ? "" : s;
}

static struct str
patient_of(struct page *p, const json_t *o)
{
    const json_t *ref = json_object_get(o, "patient");
    struct str authority = str_from_c(text_of(ref, "authority"));

    return str_cat(p->r->arena, str_cat(p->r->arena, authority, STR(":")),
                   str_from_c(text_of(ref, "id")));
}

static bool
hidden(struct page *p, const json_t *o, uint64_t *number)
{
    const json_t *ref = json_object_get(o, "patient");
    struct patient_ref r = {str_from_c(text_of(ref, "authority")), str_from_c(text_of(ref, "id"))};

    return !patient_ref_visible(p, r, number);
}

static void
row(struct page *p, const json_t *o)
{
    long long number = (long long)json_integer_value(json_object_get(o, "report"));
    uint64_t patient;

    sb_addf(&p->html, "<tr><td><a href=\"/reports/%lld\">%lld</a></td>", number, number);
    if (hidden(p, o, &patient)) { /* a title names an organ, a reason quotes a sentence */
        sb_add_c(&p->html, "<td></td><td></td><td></td><td>confidential</td><td></td></tr>\n");
        return;
    }
    html_tag_c(&p->html, "td", text_of(o, "collected"));
    html_tag_c(&p->html, "td", text_of(o, "category"));
    html_tag_c(&p->html, "td", text_of(o, "title"));
    html_tag(&p->html, "td", patient_of(p, o));
    html_tag_c(&p->html, "td", text_of(o, "why"));
    sb_add_c(&p->html, "</tr>\n");
}

void
reports_page(struct page *p)
{
    struct control_reply reply;

    if (!page_note_view(p, "view_worklist", STR("reports")) ||
        !page_ask(p, "reports", NULL, 0, &reply))
        return;
    page_open(p, "Reports to read");
    if (reply.line_count == 0) {
        sb_add_c(&p->html, "<p>No report waits to be read.</p>\n");
    } else {
        sb_add_c(&p->html,
                 "<table><thead><tr><th scope=\"col\">Report</th><th scope=\"col\">Of</th><th "
                 "scope=\"col\">Kind</th><th scope=\"col\">Title</th><th scope=\"col\">Patient</th>"
                 "<th scope=\"col\">Why it stands here</th></tr></thead><tbody>\n");
    }
    for (size_t i = 0; i < reply.line_count; i++) {
        json_t *o = page_json(p, reply.line[i]);

        if (o != NULL)
            row(p, o);
        page_json_done(p, o);
    }
    sb_add_c(&p->html, reply.line_count == 0 ? "" : "</tbody></table>\n");
    page_close(p);
}

static void
response_form(struct page *p, const json_t *o)
{
    if (!user_may(p->session->user, RIGHT_RESPONSE))
        return;
    sb_add_c(&p->html, "<h2>What does it say?</h2><div class=\"actions\">");
    page_form(p, p->r->path);
    sb_add_c(&p->html, "<p><label for=\"code\">Response</label><select id=\"code\" name=\"code\">");
    for (size_t i = 0; i < RFD_COUNT(responses); i++)
        html_tag_c(&p->html, "option", responses[i]);
    sb_add_c(&p->html, "</select></p><p><label for=\"date\">Day</label><input id=\"date\" "
                       "name=\"date\" type=\"date\" required value=\"");
    html_text(&p->html, str_sub(str_from_c(text_of(o, "collected")), 0, 10));
    sb_add_c(&p->html,
             "\"></p><p><label for=\"criteria\">Criteria</label><select id=\"criteria\" "
             "name=\"criteria\"><option value=\"\">not said</option><option>recist11</option>"
             "<option>irecist</option></select></p><p><label for=\"site\">Site of progression"
             "</label><input id=\"site\" name=\"site\"></p><button name=\"act\" value=\"response\" "
             "type=\"submit\">Enter this response</button></form>");
    page_form(p, p->r->path);
    sb_add_c(&p->html, "<button name=\"act\" value=\"done\" type=\"submit\">Nothing to enter: "
                       "take it out of the queue</button></form></div>\n");
}

static void
show(struct page *p, const json_t *o)
{
    page_open(p, "Report");
    sb_add_c(&p->html, "<table class=\"head\"><tbody>\n");
    html_row(&p->html, "Patient", patient_of(p, o));
    html_row(&p->html, "Kind", str_from_c(text_of(o, "category")));
    html_row(&p->html, "Title", str_from_c(text_of(o, "title")));
    html_row(&p->html, "Of", str_from_c(text_of(o, "collected")));
    html_row(&p->html, "Why it stands here", str_from_c(text_of(o, "why")));
    html_row(&p->html, "Sentence found", str_from_c(text_of(o, "quote")));
    sb_add_c(&p->html, "</tbody></table>\n");
    if (text_of(o, "text")[0] != '\0')
        html_tag_c(&p->html, "pre tabindex=\"0\"", text_of(o, "text"));
    else
        sb_add_c(&p->html, "<p>It is no text: refractctl report NUMBER --out FILE writes it.</p>");
    response_form(p, o);
    page_close(p);
}

/* The report's own line; NULL: the page is refused already. */
static json_t *
load(struct page *p)
{
    struct control_reply reply;
    uint64_t patient;
    json_t *o;

    if (!page_ask(p, "report", &p->rest, 1, &reply))
        return NULL;
    o = reply.line_count == 0 ? NULL : page_json(p, reply.line[0]);
    if (o == NULL)
        page_refuse(p, HTTP_NOT_FOUND, "There is no report of that number.");
    else if (hidden(p, o, &patient))
        patient_glass_page(p, patient);
    else
        return o;
    page_json_done(p, o);
    return NULL;
}

void
report_page(struct page *p)
{
    json_t *o = load(p);

    if (o != NULL)
        show(p, o);
    page_json_done(p, o);
}

/* The entry takes the report out of the queue as well. */
static bool
enter_response(struct page *p, const json_t *o)
{
    static const char *const more[] = {"criteria", "site"};
    char journal[32];
    struct sb b;
    struct str args[8] = {STR("response"), patient_of(p, o), page_field(p, "code"),
                          page_field(p, "date")};
    size_t n = 4;

    sb_init(&b, journal, sizeof journal);
    sb_addf(&b, "report=%lld", (long long)json_integer_value(json_object_get(o, "journal")));
    args[n++] = sb_str(&b);
    for (size_t i = 0; i < RFD_COUNT(more); i++) {
        if (!str_is_empty(http_form(p->r, more[i])))
            args[n++] = page_field(p, more[i]);
    }
    return page_ask(p, "enter", args, n, NULL);
}

void
report_act(struct page *p)
{
    bool coded = str_eq_c(http_form(p->r, "act"), "response");
    json_t *o;

    if (!coded && !str_eq_c(http_form(p->r, "act"), "done")) {
        page_refuse(p, HTTP_BAD_REQUEST, "That is nothing that can be done with a report.");
        return;
    }
    o = load(p);
    if (o != NULL && (coded ? enter_response(p, o) : page_ask(p, "report_done", &p->rest, 1, NULL)))
        page_redirect(p, "/reports");
    page_json_done(p, o);
}
