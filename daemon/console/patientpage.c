/* One patient: the course, what is in force, and the forms by which a person enters a therapy or
 * marks a fact as wrong. */
#include "console/case.h"
#include "console/patient.h"
#include "console/picture.h"
#include "model/finding.h"

enum { FACTS_SHOWN = 300, NAME_MAX_BYTES = 33 };

static struct str
fact_name(const struct fact_key *key, char buf[NAME_MAX_BYTES])
{
    struct sb b;

    sb_init(&b, buf, NAME_MAX_BYTES);
    for (size_t i = 0; i < sizeof key->b; i++)
        sb_addf(&b, "%02x", key->b[i]);
    return sb_str(&b);
}

static void
wrong_form(struct page *p, const struct timeline_item *i)
{
    char name[NAME_MAX_BYTES];

    if (!user_may(p->session->user, RIGHT_RESPONSE)) {
        sb_add_c(&p->html, "<td></td>");
        return;
    }
    sb_add_c(&p->html, "<td><details><summary>wrong?</summary>");
    page_form(p, p->r->path);
    sb_addf(&p->html, "<input type=\"hidden\" name=\"fact\" value=\"%.*s\">",
            STR_FMT(fact_name(&i->key, name)));
    sb_add_c(&p->html, "<label>Because <input name=\"reason\" required></label> <button "
                       "name=\"act\" value=\"wrong\" type=\"submit\">Mark as wrong</button></form>"
                       "</details></td>");
}

static void
facts(struct page *p, const struct timeline *t)
{
    size_t from = t->count > FACTS_SHOWN ? t->count - FACTS_SHOWN : 0;

    html_tag_c(&p->html, "h2", "What is in force");
    sb_add_c(&p->html, "<table><thead><tr><th scope=\"col\">Kind</th><th scope=\"col\">What</th>"
                       "<th scope=\"col\">Message</th><th scope=\"col\">Feed</th><th "
                       "scope=\"col\"><span class=\"soft\">Correction</span></th></tr></thead>"
                       "<tbody>\n");
    for (size_t i = t->count; i-- > from;) {
        const struct fact *f = t->item[i].fact;

        sb_add_c(&p->html, "<tr>");
        html_tag_c(&p->html, "td", fact_kind_name(f->kind));
        html_tag(&p->html, "td", evidence_text(p->r->arena, f));
        sb_addf(&p->html, "<td class=\"num\">%llu</td>", (unsigned long long)f->source.journal);
        html_tag(&p->html, "td", f->source.feed);
        wrong_form(p, &t->item[i]);
        sb_add_c(&p->html, "</tr>\n");
    }
    sb_add_c(&p->html, "</tbody></table>\n");
    if (from > 0)
        sb_addf(&p->html, "<p>and %zu older ones</p>\n", from);
}

static void
therapy_form(struct page *p)
{
    if (!user_may(p->session->user, RIGHT_THERAPY))
        return;
    html_tag_c(&p->html, "h2", "Enter a therapy");
    sb_add_c(&p->html, "<div class=\"actions noprint\">");
    page_form(p, p->r->path);
    sb_add_c(&p->html,
             "<p><label for=\"drug\">Drug</label><input id=\"drug\" name=\"drug\" required></p><p>"
             "<label for=\"start\">Start</label><input id=\"start\" name=\"start\" type=\"date\" "
             "required></p><p><label for=\"stop\">Stop (if it has ended)</label><input id=\"stop\" "
             "name=\"stop\" type=\"date\"></p><p><label for=\"reason\">Reason of the stop</label>"
             "<select id=\"reason\" name=\"reason\"><option value=\"\">not said</option><option>"
             "progression</option><option>toxicity</option><option>completed</option><option>"
             "patient</option></select></p><button name=\"act\" value=\"therapy\" type=\"submit\">"
             "Enter</button></form></div>\n");
}

static void
alerts(struct page *p, uint64_t number)
{
    struct arena *a = p->r->arena;
    uint64_t *numbers;
    uint64_t survivor;
    size_t n;
    struct str *packed;
    size_t count;
    const char *why;

    if (store_patient_joined(p->store, number, a, &numbers, &n, &survivor) != STORE_OK ||
        store_alerts_load(p->store, numbers, n, a, &packed, &count) != STORE_OK || count == 0)
        return;
    html_tag_c(&p->html, "h2", "Alerts");
    sb_add_c(&p->html, "<ul>\n");
    for (size_t i = 0; i < count; i++) {
        struct alert al;

        if (!codec_alert_unpack(a, packed[i], &al, &why))
            continue;
        case_receipt(p, &al);
        sb_add_c(&p->html, "<li><a href=\"/alerts/");
        html_text(&p->html, al.id);
        sb_add_c(&p->html, "\">");
        html_text(&p->html, al.headline);
        sb_addf(&p->html, "</a> (%s)</li>\n", alert_state_name(al.state));
    }
    sb_add_c(&p->html, "</ul>\n");
}

static bool
find(struct page *p, uint64_t *number)
{
    struct patient_ref ref = {STR(""), p->rest};
    struct str head;
    struct str tail;

    if (str_cut(p->rest, ':', &head, &tail))
        ref = (struct patient_ref){head, tail};
    if (store_patient_find(p->store, ref, number) != STORE_OK) {
        page_refuse(p, HTTP_NOT_FOUND, "There is no patient of that number.");
        return false;
    }
    if (patient_visible(p, *number))
        return true;
    patient_glass_page(p, *number);
    return false;
}

/* The search box: to the page of that number. It is in the page's address then, as every number
 * here. */
void
patient_find_page(struct page *p)
{
    struct patient_ref ref = {STR(""), str_trim(http_query(p->r, "patient"))};
    struct str whole = ref.id;

    if (str_is_empty(whole)) {
        page_refuse(p, HTTP_BAD_REQUEST, "A patient's number is needed.");
        return;
    }
    if (!str_cut(whole, ':', &ref.authority, &ref.id))
        ref = (struct patient_ref){STR(""), whole};
    page_redirect(p, page_of_patient(p, ref));
}

void
patient_page(struct page *p)
{
    struct timeline t;
    struct therapies therapies;
    struct picture in = {p->r->arena, &t, &therapies, NULL};
    uint64_t number;

    if (!find(p, &number) || !page_note_view(p, "view_patient", p->rest))
        return;
    if (!patient_timeline(p, number, &t)) {
        page_refuse(p, HTTP_UNAVAILABLE, "The store cannot be read just now.");
        return;
    }
    therapies = course_build(&t);
    page_open(p, str_cz(p->r->arena, str_cat(p->r->arena, STR("Patient "), p->rest)));
    alerts(p, number);
    html_tag_c(&p->html, "h2", "Course");
    picture_write(&p->html, &in);
    therapy_form(p);
    facts(p, &t);
    page_close(p);
}

static bool
enter_therapy(struct page *p)
{
    static const char *const more[] = {"stop", "reason"};
    struct str args[6] = {STR("therapy"), p->rest, page_field(p, "drug"), page_field(p, "start")};
    size_t n = 4;

    for (size_t i = 0; i < RFD_COUNT(more); i++) {
        if (!str_is_empty(http_form(p->r, more[i])))
            args[n++] = page_field(p, more[i]);
    }
    return page_ask(p, "enter", args, n, NULL);
}

static bool
enter_wrong(struct page *p)
{
    struct str args[4] = {STR("wrong"), p->rest, http_form(p->r, "fact"), page_field(p, "reason")};

    return page_ask(p, "enter", args, RFD_COUNT(args), NULL);
}

static const char *
page_here(struct page *p)
{
    struct sb b;

    sb_init_arena(&b, p->r->arena, 4 * p->r->path.n + 1);
    html_url(&b, p->r->path);
    return sb_cz(&b);
}

/* Each form has a right of its own. */
void
patient_act(struct page *p)
{
    struct str act = http_form(p->r, "act");
    bool therapy = str_eq_c(act, "therapy") && user_may(p->session->user, RIGHT_THERAPY);
    bool wrong = str_eq_c(act, "wrong") && user_may(p->session->user, RIGHT_RESPONSE);
    uint64_t number;

    if (!therapy && !wrong)
        page_refuse(p, HTTP_FORBIDDEN, "Your role may not do that.");
    else if (find(p, &number) && (therapy ? enter_therapy(p) : enter_wrong(p)))
        page_redirect(p, page_here(p));
}
