#include "console/page.h"

#include "console/asking.h"

enum { ASK_MS = 5000, PATH_MAX_BYTES = 1024 };

static const struct {
    const char *path;
    const char *name;
    enum user_right right;
} places[] = {
    {"/", "Worklist", RIGHT_CASES},
    {"/reports", "Reports to read", RIGHT_CASES},
    {"/feeds", "Feeds and routes", RIGHT_FEEDS},
    {"/audit", "Audit", RIGHT_AUDIT},
};

static void
navigation(struct page *p)
{
    const struct user *u = p->session->user;

    sb_add_c(&p->html, "<header><a class=\"skip\" href=\"#content\">Skip to content</a>"
                       "<strong>refractd</strong><nav aria-label=\"Pages\"><ul>");
    for (size_t i = 0; i < RFD_COUNT(places); i++) {
        if (!user_may(u, places[i].right))
            continue;
        sb_addf(&p->html, "<li><a href=\"%s\"%s>", places[i].path,
                str_eq_c(p->r->path, places[i].path) ? " aria-current=\"page\"" : "");
        html_c(&p->html, places[i].name);
        sb_add_c(&p->html, "</a></li>");
    }
    sb_add_c(&p->html, "</ul></nav>");
    if (user_may(u, RIGHT_CASES)) {
        sb_add_c(&p->html,
                 "<form method=\"get\" action=\"/find\" role=\"search\"><label class=\"hidden\" "
                 "for=\"find\">Patient number</label><input id=\"find\" name=\"patient\" "
                 "placeholder=\"AUTHORITY:ID\" required size=\"16\"> <button "
                 "type=\"submit\">Find patient</button></form>");
    }
    page_form(p, STR("/logout"));
    sb_add_c(&p->html, "<span>");
    html_text(&p->html, u->name);
    sb_addf(&p->html, " (%s)</span> <button type=\"submit\">Log out</button></form></header>\n",
            user_role_name(u->role));
}

void
page_open(struct page *p, const char *title)
{
    sb_init_arena(&p->html, p->r->arena, PAGE_BYTES_MAX);
    sb_add_c(&p->html, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    html_tag_c(&p->html, "title", title);
    sb_add_c(&p->html, "<link rel=\"stylesheet\" href=\"/static/refract.css\"></head>\n<body>\n");
    if (p->session != NULL && !p->sheet)
        navigation(p);
    sb_add_c(&p->html, "<main id=\"content\">\n");
    html_tag_c(&p->html, "h1", title);
    sb_add_char(&p->html, '\n');
}

void
page_close(struct page *p)
{
    sb_add_c(&p->html,
             "</main>\n<footer>Decision support, not a decision. Not for time-critical use. Not a "
             "certified medical device.</footer>\n</body></html>\n");
    if (!sb_ok(&p->html)) { /* half a page would be read as the whole */
        *p->out = (struct http_reply){.status = HTTP_ERROR,
                                      .type = "text/plain; charset=utf-8",
                                      .body = STR("This is more than one page can show.\n")};
        return;
    }
    if (p->out->status == 0)
        p->out->status = HTTP_OK;
    p->out->type = "text/html; charset=utf-8";
    p->out->body = sb_str(&p->html);
}

void
page_refuse(struct page *p, unsigned status, const char *sentence)
{
    p->out->status = status;
    page_open(p, "That did not work");
    sb_add_c(&p->html, "<p role=\"alert\">");
    html_c(&p->html, sentence);
    sb_add_c(&p->html, "</p><p><a href=\"/\">Back to the beginning</a></p>\n");
    page_close(p);
}

void
page_redirect(struct page *p, const char *where)
{
    p->out->status = HTTP_SEE_OTHER;
    http_reply_header(p->out, "Location", where);
}

void
page_form(struct page *p, struct str path)
{
    sb_add_c(&p->html, "<form method=\"post\" action=\"");
    html_url(&p->html, path);
    sb_addf(&p->html, "\"><input type=\"hidden\" name=\"token\" value=\"%s\">",
            p->session == NULL ? "" : p->session->form);
}

struct str
page_field(struct page *p, const char *name)
{
    struct str key = str_cat(p->r->arena, str_from_c(name), STR("="));

    return str_cat(p->r->arena, key, http_form(p->r, name));
}

bool
page_answer(struct page *p, const char *verb, const struct str *arg, size_t args,
            struct control_reply *reply)
{
    struct control_request rq = {.verb = str_from_c(verb),
                                 .arg = arg,
                                 .arg_count = args,
                                 .json = true,
                                 .actor =
                                     p->session == NULL ? STR("nobody") : p->session->user->name};
    const char *why = "";

    if (asking_core(p->reader->control, &rq, ASK_MS, p->r->arena, reply, &why))
        return true;
    page_refuse(p, HTTP_UNAVAILABLE,
                "refractd's core does not answer just now. Nothing was changed; please try "
                "again in a moment.");
    return false;
}

bool
page_ask(struct page *p, const char *verb, const struct str *arg, size_t args,
         struct control_reply *reply)
{
    struct control_reply got;

    if (!page_answer(p, verb, arg, args, &got))
        return false;
    if (got.exit_code != 0) {
        page_refuse(p, HTTP_CONFLICT, str_cz(p->r->arena, got.error));
        return false;
    }
    if (reply != NULL)
        *reply = got;
    return true;
}

bool
page_note_view(struct page *p, const char *event, struct str subject)
{
    struct str args[2] = {str_from_c(event), subject};

    return page_ask(p, "audit", args, 2, NULL);
}

const char *
page_of_patient(struct page *p, struct patient_ref ref)
{
    struct sb b;

    sb_init_arena(&b, p->r->arena, PATH_MAX_BYTES);
    sb_add_c(&b, "/patients/");
    html_url(&b, ref.authority);
    sb_add_char(&b, ':');
    html_url(&b, ref.id);
    return sb_cz(&b);
}

/* Only to a page of ours: a path, all of it printable ASCII. */
const char *
page_way_back(struct page *p, struct str back)
{
    bool ours = back.n > 1 && back.p[0] == '/' && back.p[1] != '/' && back.p[1] != '\\';

    for (size_t i = 0; ours && i < back.n; i++)
        ours = (unsigned char)back.p[i] > ' ' && (unsigned char)back.p[i] < 127;
    return ours ? str_cz(p->r->arena, back) : "/";
}

static void
release(void *what)
{
    json_decref(what);
}

json_t *
page_json(struct page *p, struct str text)
{
    json_t *o = json_loadb(text.p, text.n, 0, NULL);

    if (!json_is_object(o)) {
        json_decref(o);
        return NULL;
    }
    http_hold(p->r, o, release);
    return o;
}

void
page_json_done(struct page *p, json_t *o)
{
    if (o != NULL)
        http_let_go(p->r, o);
}
