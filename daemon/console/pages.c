#include "console/pages.h"

#include "console/page.h"
#include "sys/clock.h"
#include "sys/log.h"
#include "sys/mem.h"

#include <stdio.h>
#include <string.h>

enum { COOKIE_MAX = 256, PATH_NOTED_MAX = 200 };

struct pages {
    struct sessions *sessions;
    const struct users *users;
    const char *vouching; /* the proxy's header, NULL: none */
    const char *groups;   /* and that with the groups */
    const char *logout;
    bool secure;
};

/* clang-format off: a table reads better with one entry in a line */
static const struct page_route routes[] = {
    {"GET", "/", RIGHT_CASES, worklist_page},
    {"GET", "/alerts/*", RIGHT_CASES, case_page},
    {"POST", "/alerts/*", RIGHT_ACT, case_act},
    {"GET", "/patients/*", RIGHT_CASES, patient_page},
    {"POST", "/patients/*", RIGHT_CASES, patient_act},
    {"GET", "/find", RIGHT_CASES, patient_find_page},
    {"POST", "/glass", RIGHT_CASES, glass_act},
    {"GET", "/reports", RIGHT_CASES, reports_page},
    {"GET", "/reports/*", RIGHT_CASES, report_page},
    {"POST", "/reports/*", RIGHT_RESPONSE, report_act},
    {"GET", "/feeds", RIGHT_FEEDS, plumbing_page},
    {"POST", "/feeds", RIGHT_ROUTES, plumbing_act},
    {"GET", "/audit", RIGHT_AUDIT, audit_page},
};
/* clang-format on */

struct pages *
pages_new(const struct pages_config *cfg)
{
    struct pages *s;

    if (cfg->users == NULL)
        return NULL;
    s = xcalloc(1, sizeof *s);
    s->sessions = sessions_new(cfg->users, cfg->idle_s);
    s->users = cfg->users;
    s->vouching = cfg->proxy_header;
    s->groups = cfg->proxy_groups;
    s->logout = cfg->proxy_logout;
    s->secure = cfg->secure_cookie;
    return s;
}

void
pages_free(struct pages **sp)
{
    if (*sp == NULL)
        return;
    sessions_free(&(*sp)->sessions);
    xfree(*sp);
    *sp = NULL;
}

static bool
is_get(const struct http_request *r)
{
    return str_eq_c(r->method, "GET") || str_eq_c(r->method, "HEAD");
}

/* --- login --- */

/* Lax: a link in the EHR's card must find its reader logged in. No GET changes anything, and every
 * POST carries a token and comes from our own pages. */
static void
set_cookie(const struct pages *s, struct page *p, const char *value)
{
    char *text = arena_alloc(p->r->arena, COOKIE_MAX);

    (void)snprintf(text, COOKIE_MAX, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s",
                   s->secure ? "__Host-refract" : "refract", value, s->secure ? "; Secure" : "",
                   value[0] == '\0' ? "; Max-Age=0" : "");
    http_reply_header(p->out, "Set-Cookie", text);
}

static void
login_page(struct page *p, const char *said)
{
    page_open(p, "Log in to refractd");
    if (said != NULL) {
        sb_add_c(&p->html, "<p role=\"alert\">");
        html_c(&p->html, said);
        sb_add_c(&p->html, "</p>");
    }
    page_form(p, STR("/login"));
    sb_add_c(&p->html, "<input type=\"hidden\" name=\"back\" value=\"");
    html_c(&p->html,
           page_way_back(p, is_get(p->r) ? http_query(p->r, "back") : http_form(p->r, "back")));
    sb_add_c(&p->html,
             "\"><p><label for=\"name\">Name</label> <input id=\"name\" name=\"name\" required "
             "autocomplete=\"username\"></p><p><label for=\"password\">Password</label> <input "
             "id=\"password\" name=\"password\" type=\"password\" required "
             "autocomplete=\"current-password\"></p><p><button type=\"submit\">Log in</button></p>"
             "</form>\n");
    page_close(p);
}

/* Not written down, not logged in. */
static bool
note_login(struct page *p)
{
    if (page_note_view(p, "login", p->session->user->name))
        return true;
    session_end(p->session);
    p->session = NULL;
    return false;
}

/* Who was not let in, for the auditor. An answer must not depend on whether that was written. */
static void
note_refused(struct page *p, struct str subject)
{
    struct http_reply before = *p->out;

    if (!page_note_view(p, "login_refused", subject))
        log_warn("console.refusal_not_audited");
    *p->out = before;
}

/* What was typed may be a password in the wrong field: only a name of ours is written down. */
static struct str
known_name(const struct pages *s, struct str name)
{
    return users_find(s->users, name) == NULL ? STR("a name that is no user's") : name;
}

static void
log_in(struct pages *s, struct page *p)
{
    struct str name = http_form(p->r, "name");
    struct str password = http_form(p->r, "password");
    int64_t wait = 0;

    if (str_is_absent(name) || str_is_absent(password)) {
        p->out->status = HTTP_BAD_REQUEST;
        login_page(p, "Name and password are needed.");
        return;
    }
    p->session = sessions_login(s->sessions, name, password, p->now, &wait);
    if (p->session == NULL) {
        log_note_limited("console.login_refused", LOG_NUM("wait_s", wait));
        if (wait == 0) /* the next ones are told to wait: no flood of rows */
            note_refused(p, known_name(s, name));
        p->out->status = wait > 0 ? HTTP_TOO_MANY : HTTP_FORBIDDEN;
        login_page(p, wait > 0 ? "Too many tries. Please wait half a minute."
                               : "Name or password is wrong.");
        return;
    }
    if (!note_login(p))
        return;
    set_cookie(s, p, p->session->id);
    page_redirect(p, page_way_back(p, http_form(p->r, "back")));
}

/* The site's login outlives ours: the next click would be a new session. A form may not lead to
 * another site (our CSP), so the page that follows leads on to where that login ends. */
static void
vouched_goodbye(const struct pages *s, struct page *p)
{
    page_open(p, "You are logged out");
    if (s->logout == NULL) {
        html_tag_c(&p->html, "p",
                   "Your site still knows you in this browser. Close it, or log out there too.");
    } else {
        http_reply_header(
            p->out, "Refresh",
            str_cz(p->r->arena, str_cat(p->r->arena, STR("0; url="), str_from_c(s->logout))));
        sb_add_c(&p->html, "<p>Your site still knows you in this browser: <a href=\"");
        html_c(&p->html, s->logout);
        sb_add_c(&p->html, "\">log out there too</a>.</p>\n");
    }
    page_close(p);
}

static void
log_out(struct pages *s, struct page *p)
{
    bool noted = page_note_view(p, "logout", p->session->user->name);
    bool vouched = p->session->vouched;

    session_end(p->session);
    p->session = NULL;
    *p->out = (struct http_reply){.status = 0};
    if (vouched) {
        vouched_goodbye(s, p);
    } else {
        set_cookie(s, p, "");
        page_redirect(p, "/login");
    }
    if (!noted)
        log_warn("console.logout_not_audited");
}

/* --- who asks --- */

enum asker { ASKER_NOBODY, ASKER_KNOWN, ASKER_REFUSED };

/* For whom the proxy vouches: exactly one header of each kind, and a name of ours. */
static enum asker
vouched(struct pages *s, struct page *p)
{
    struct str groups = s->groups == NULL ? STR_NONE : http_header(p->r, s->groups);
    struct str name = http_header(p->r, s->vouching);
    bool fresh = false;

    if (http_header_count(p->r, s->vouching) == 1 &&
        (s->groups == NULL || http_header_count(p->r, s->groups) <= 1))
        p->session = sessions_vouched(s->sessions, name, groups, p->now, &fresh);
    if (p->session == NULL) {
        note_refused(p, user_name_ok(name) ? name : STR("a name that can be no user's"));
        page_refuse(p, HTTP_FORBIDDEN,
                    "Your site has logged you in, but you are no user of refractd.");
        return ASKER_REFUSED;
    }
    return !fresh || note_login(p) ? ASKER_KNOWN : ASKER_REFUSED;
}

static enum asker
who(struct pages *s, struct page *p)
{
    if (s->vouching != NULL && http_header_count(p->r, s->vouching) > 0)
        return vouched(s, p);
    p->session = sessions_find(s->sessions,
                               http_cookie(p->r, s->secure ? "__Host-refract" : "refract"), p->now);
    return p->session == NULL ? ASKER_NOBODY : ASKER_KNOWN;
}

static bool
path_fits(const char *path, struct str asked, struct str *rest)
{
    size_t n = strlen(path);

    *rest = STR("");
    if (path[n - 1] != '*')
        return str_eq_c(asked, path);
    if (asked.n < n - 1 || memcmp(asked.p, path, n - 1) != 0)
        return false;
    *rest = str_sub(asked, n - 1, SIZE_MAX);
    return true;
}

static const struct page_route *
route_of(struct page *p)
{
    const char *method = is_get(p->r) ? "GET" : "POST";

    for (size_t i = 0; i < RFD_COUNT(routes); i++) {
        if (strcmp(routes[i].method, method) == 0 &&
            path_fits(routes[i].path, p->r->path, &p->rest))
            return &routes[i];
    }
    return NULL;
}

/* Where somebody starts whose work is not the worklist. */
static const char *
home_of(const struct user *u)
{
    return user_may(u, RIGHT_CASES) ? "/" : user_may(u, RIGHT_FEEDS) ? "/feeds" : "/audit";
}

static void
refuse_role(struct page *p)
{
    if (page_note_view(p, "view_refused", str_sub(p->r->path, 0, PATH_NOTED_MAX)))
        page_refuse(p, HTTP_FORBIDDEN, "Your role has no access to this page.");
}

static void
routed(struct pages *s, struct page *p)
{
    const struct page_route *route = route_of(p);
    bool may = route != NULL && user_may(p->session->user, route->right);
    bool begins = str_eq_c(p->r->path, "/login") || (str_eq_c(p->r->path, "/") && !may);

    if (!is_get(p->r) && !session_form_ok(p->session, http_form(p->r, "token")))
        page_refuse(p, HTTP_FORBIDDEN, "That form is out of date. Please load the page again.");
    else if (str_eq_c(p->r->path, "/logout") && !is_get(p->r))
        log_out(s, p);
    else if (begins)
        page_redirect(p, home_of(p->session->user));
    else if (route == NULL)
        page_refuse(p, HTTP_NOT_FOUND, "There is no such page.");
    else if (!may)
        refuse_role(p);
    else if (p->store == NULL)
        page_refuse(p, HTTP_UNAVAILABLE, "The store cannot be read just now.");
    else
        route->run(p);
}

/* Browsers say from where a form was sent (W3C Fetch Metadata); those that do not have the
 * token. */
static bool
from_elsewhere(const struct http_request *r)
{
    struct str site = http_header(r, "Sec-Fetch-Site");

    return !str_is_empty(site) && !str_eq_c(site, "same-origin") && !str_eq_c(site, "none");
}

/* A login that leads to what was asked for. */
static void
ask_login(struct page *p)
{
    struct sb b;

    sb_init_arena(&b, p->r->arena, 4 * p->r->path.n + 64);
    sb_add_c(&b, "/login");
    if (is_get(p->r) && p->r->path.n > 1) {
        sb_add_c(&b, "?back=");
        html_url(&b, p->r->path);
    }
    page_redirect(p, sb_cz(&b));
}

static void
nobody(struct pages *s, struct page *p)
{
    if (!str_eq_c(p->r->path, "/login"))
        ask_login(p);
    else if (is_get(p->r))
        login_page(p, NULL);
    else
        log_in(s, p);
}

static void
style(struct http_reply *out)
{
    out->status = HTTP_OK;
    out->type = "text/css; charset=utf-8";
    out->body = str_from_c(page_style);
}

void
pages_answer(struct pages *s, struct reader *reader, const struct http_request *r,
             struct http_reply *out)
{
    struct page p = {.reader = reader,
                     .r = r,
                     .out = out,
                     .store = reader_store(reader),
                     .now = clock_mono_ms() / 1000};

    if (s == NULL)
        return;
    if (!is_get(r) && !str_eq_c(r->method, "POST")) {
        http_reply_header(out, "Allow", "GET, HEAD, POST");
        page_refuse(&p, HTTP_NOT_ALLOWED, "Not by this method.");
    } else if (str_eq_c(r->path, "/static/refract.css") && is_get(r)) {
        style(out);
    } else if (!is_get(r) && from_elsewhere(r)) {
        page_refuse(&p, HTTP_FORBIDDEN, "That form was sent from another site.");
    } else {
        switch (who(s, &p)) {
        case ASKER_KNOWN: routed(s, &p); break;
        case ASKER_NOBODY: nobody(s, &p); break;
        case ASKER_REFUSED: break;
        }
    }
}
