#include "console/cds.h"

#include "codec/feed.h"
#include "console/asking.h"
#include "console/cards.h"
#include "console/cardview.h"
#include "console/cdsdiscovery.h"
#include "console/jwt.h"
#include "sys/clock.h"
#include "sys/fatal.h"
#include "sys/mem.h"

#include <jansson.h>
#include <string.h>

enum {
    REPLY_BYTES_MAX = 4 * 1024 * 1024,
    ASK_MS = 3000,
    URL_MAX = 512,
    COMMENT_MAX = 400,
    FEEDBACK_MAX = 50,
    RAISED_MAX = 100
};

struct cds {
    struct cds_config cfg;
    struct jwt_keys *keys; /* NULL: open */
    struct worker *worker;
    struct cds_figures *figures;
    bool told[CDS_ANSWER_COUNT]; /* in the log, once */
};

/* One request being answered. */
struct turn {
    struct cds *s;
    struct reader *reader;
    const struct http_request *r;
    struct http_reply *out;
    struct str issuer;
};

struct cds *
cds_new(const struct cds_config *cfg, struct worker *worker, struct cds_figures *figures)
{
    struct cds *s;
    char why[JWT_WHY_MAX] = "";

    if (!cfg->on)
        return NULL;
    s = xcalloc(1, sizeof *s);
    s->cfg = *cfg;
    s->worker = worker;
    s->figures = figures;
    if (!cfg->open && !jwt_keys_open(cfg->jwks, &s->keys, why))
        fatal(FATAL_CONFIG, "cds.keys", LOG_NAME("why", why));
    return s;
}

void
cds_free(struct cds **sp)
{
    if (*sp == NULL)
        return;
    jwt_keys_free(&(*sp)->keys);
    xfree(*sp);
    *sp = NULL;
}

void
cds_reload(struct cds *s)
{
    char why[JWT_WHY_MAX] = "";

    if (s != NULL && s->keys != NULL && !jwt_keys_renew(s->keys, s->cfg.jwks, why))
        log_error("cds.keys_kept", LOG_NAME("why", why));
}

static void
say(struct turn *t, unsigned status, const char *text)
{
    t->out->status = status;
    t->out->type = "text/plain; charset=utf-8";
    t->out->body = str_from_c(text);
}

static void
say_json(struct turn *t, struct str body)
{
    t->out->status = HTTP_OK;
    t->out->type = "application/json";
    t->out->body = body;
}

/* What says that the integration is not what it should be is told once: an EHR asks all day. */
static void
count(struct turn *t, enum cds_answer what)
{
    tally_add(&t->s->figures->answer[what]);
    if (what < CDS_NO_PREFETCH || what > CDS_OTHER_PATIENT || t->s->told[what])
        return;
    t->s->told[what] = true;
    log_warn("cds.cannot_tell_the_patient", LOG_NAME("why", cds_answer_name(what)));
}

/* Browser clients (https://fetch.spec.whatwg.org): only origins that the site has named. */
static void
allow_origin(struct turn *t)
{
    struct str origin = http_header(t->r, "Origin");

    for (size_t i = 0; i < t->s->cfg.origins; i++) {
        if (!str_is_empty(origin) &&
            (strcmp(t->s->cfg.origin[i], "*") == 0 || str_eq_c(origin, t->s->cfg.origin[i]))) {
            http_reply_header(t->out, "Access-Control-Allow-Origin", str_cz(t->r->arena, origin));
            http_reply_header(t->out, "Vary", "Origin");
            http_reply_header(t->out, "Access-Control-Allow-Methods", "GET, POST, OPTIONS");
            http_reply_header(t->out, "Access-Control-Allow-Headers",
                              "Authorization, Content-Type");
            http_reply_header(t->out, "Access-Control-Max-Age", "600");
            http_reply_header(t->out, "Cross-Origin-Resource-Policy", "cross-origin");
            if (str_eq_c(http_header(t->r, "Access-Control-Request-Private-Network"), "true"))
                http_reply_header(t->out, "Access-Control-Allow-Private-Network", "true");
            return;
        }
    }
}

/* The audience is the address that the client has asked (CDS Hooks 2.0, "Trusting CDS Clients"). */
static bool
token_ok(struct turn *t)
{
    struct str bearer = http_header(t->r, "Authorization");
    struct str path = t->r->path;
    const char *audience[] = {
        str_cz(t->r->arena, str_cat(t->r->arena, str_from_c(t->s->cfg.base), path)),
        str_cz(t->r->arena, str_cat(t->r->arena, str_from_c(t->s->cfg.base), STR(CDS_SERVICE))),
        str_cz(t->r->arena, str_cat(t->r->arena, str_from_c(t->s->cfg.base), STR(CDS_SERVICES))),
        t->s->cfg.base,
    };
    struct jwt_want want = {t->s->cfg.issuer, t->s->cfg.issuers, audience, RFD_COUNT(audience)};
    enum jwt_result got = JWT_MALFORMED;

    if (t->s->keys == NULL)
        return true;
    if (bearer.n > 7 && str_eq_nocase(str_sub(bearer, 0, 7), STR("Bearer ")))
        got =
            jwt_check(t->s->keys, str_sub(bearer, 7, SIZE_MAX), &want, clock_wall_s(), &t->issuer);
    if (got == JWT_OK)
        return true;
    count(t, CDS_TOKEN_REFUSED);
    log_note_limited("cds.token_refused", LOG_NAME("why", jwt_result_name(got)));
    http_reply_header(t->out, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
    say(t, HTTP_UNAUTHORIZED, "a token of a client that this site knows is needed\n");
    return false;
}

/* --- cards --- */

static const char *
authority_of(const struct cds_config *cfg, const char *system)
{
    for (size_t i = 0; system != NULL && i < cfg->systems; i++) {
        if (strcmp(cfg->system[i].system, system) == 0)
            return cfg->system[i].authority;
    }
    return NULL;
}

/* The first identifier of the chart's patient that our feeds know too; or why there is none. */
static enum cds_answer
find_patient(const struct turn *t, struct store *store, const json_t *patient, uint64_t *number)
{
    const json_t *ids = json_object_get(patient, "identifier");
    enum cds_answer found = CDS_NO_IDENTIFIER;
    size_t i;
    json_t *id;

    json_array_foreach(ids, i, id)
    {
        const char *value = json_string_value(json_object_get(id, "value"));
        const char *authority =
            authority_of(&t->s->cfg, json_string_value(json_object_get(id, "system")));
        struct patient_ref ref = {str_from_c(authority), str_from_c(value)};

        if (authority == NULL || value == NULL)
            continue;
        if (store_patient_find(store, ref, number) == STORE_OK)
            return CDS_CARDS;
        found = CDS_PATIENT_UNKNOWN;
    }
    return found;
}

/* Whose chart it is: the Patient that came along, and it must be that of the context. What did not
 * come is not fetched: an address in a request is no address to send our requests to. */
static enum cds_answer
whose(const struct turn *t, struct store *store, const json_t *asked, uint64_t *number)
{
    const json_t *patient = json_object_get(json_object_get(asked, "prefetch"), "patient");
    const json_t *context = json_object_get(asked, "context");
    const char *chart = json_string_value(json_object_get(context, "patientId"));
    const char *type = json_string_value(json_object_get(patient, "resourceType"));
    const char *id = json_string_value(json_object_get(patient, "id"));

    if (type == NULL || strcmp(type, "Patient") != 0)
        return CDS_NO_PREFETCH;
    if (id != NULL && strcmp(id, chart) != 0)
        return CDS_OTHER_PATIENT;
    return find_patient(t, store, patient, number);
}

/* Alerts of all numbers that are this person's. */
static size_t
cards_of(struct turn *t, struct store *store, uint64_t number, const json_t *asked,
         struct jsonout *j)
{
    const json_t *context = json_object_get(asked, "context");
    struct str chart = str_from_c(json_string_value(json_object_get(context, "patientId")));
    struct str who = str_from_c(json_string_value(json_object_get(context, "userId")));
    struct arena *a = t->r->arena;
    uint64_t *numbers;
    uint64_t survivor;
    size_t joined;
    struct str *packed;
    size_t shown = 0;
    size_t n;

    if (store_patient_joined(store, number, a, &numbers, &joined, &survivor) != STORE_OK ||
        store_alerts_load(store, numbers, joined, a, &packed, &n) != STORE_OK)
        return 0;
    for (size_t i = 0; i < n; i++) {
        struct alert al;
        const char *why;

        if (!codec_alert_unpack(a, packed[i], &al, &why) || !card_is_due(&al))
            continue;
        card_write(j, &al, &t->s->cfg, chart, a);
        cardview_note(t->s->worker, t->reader->control, t->issuer, al.id, who);
        shown++;
    }
    return shown;
}

static bool
hook_ok(const struct cds_config *cfg, const char *hook)
{
    for (size_t i = 0; hook != NULL && i < cfg->hooks; i++) {
        if (strcmp(hook, cds_hook_name(cfg->hook[i])) == 0)
            return true;
    }
    return false;
}

static bool
request_ok(const struct turn *t, const json_t *asked)
{
    const json_t *context = json_object_get(asked, "context");

    return hook_ok(&t->s->cfg, json_string_value(json_object_get(asked, "hook"))) &&
           json_string_value(json_object_get(asked, "hookInstance")) != NULL &&
           json_string_value(json_object_get(context, "patientId")) != NULL;
}

static void
cards(struct turn *t, const json_t *asked)
{
    struct store *store = reader_store(t->reader);
    enum cds_answer what;
    uint64_t number;
    struct jsonout j;
    struct sb b;

    if (!request_ok(t, asked)) {
        count(t, CDS_BAD_REQUEST);
        say(t, HTTP_BAD_REQUEST,
            "hook (one of discovery), hookInstance and context.patientId are needed\n");
        return;
    }
    if (store == NULL) {
        count(t, CDS_UNAVAILABLE);
        say(t, HTTP_UNAVAILABLE, "the store cannot be read\n");
        return;
    }
    sb_init_arena(&b, t->r->arena, REPLY_BYTES_MAX);
    jsonout_init(&j, &b);
    jsonout_map(&j);
    jsonout_key(&j, "cards");
    jsonout_list(&j);
    what = whose(t, store, asked, &number);
    if (what == CDS_CARDS && cards_of(t, store, number, asked, &j) == 0)
        what = CDS_NOTHING_OPEN;
    jsonout_list_end(&j);
    jsonout_map_end(&j);
    if (!sb_ok(&b)) {
        count(t, CDS_UNAVAILABLE);
        say(t, HTTP_ERROR, "more cards than fit into an answer\n");
        return;
    }
    count(t, what);
    say_json(t, sb_str(&b));
}

/* --- feedback --- */

/* The alert one of whose versions had this card. A row may have raised some: "k3f9-17.2". */
static bool
alert_of_card(const struct turn *t, struct store *store, struct str card, struct alert *out)
{
    uint64_t number;
    uint64_t patient;
    const char *why;

    if (!card_number(card, &number))
        return false;
    for (unsigned i = 1; i <= RAISED_MAX; i++) {
        struct str packed;
        struct sb id;

        sb_init_arena(&id, t->r->arena, URL_MAX);
        sb_addf(&id, "%s-%llu", store_tag(store), (unsigned long long)number);
        if (i > 1)
            sb_addf(&id, ".%u", i);
        if (store_alert_get(store, sb_str(&id), t->r->arena, &patient, &packed) == STORE_OK &&
            codec_alert_unpack(t->r->arena, packed, out, &why) && card_is_of(out, card))
            return true;
    }
    return false;
}

/* "already-known: as they said"; what is free text stays in the store, and is never logged. */
static struct str
override_reason(const struct turn *t, const json_t *one)
{
    const json_t *given = json_object_get(one, "overrideReason");
    const json_t *reason = json_object_get(given, "reason");
    const char *code = json_string_value(json_object_get(reason, "code"));
    const char *comment = json_string_value(json_object_get(given, "userComment"));
    const char *text = card_override_text(str_from_c(code));
    struct sb b;

    sb_init_arena(&b, t->r->arena, COMMENT_MAX + URL_MAX);
    sb_add_c(&b, text == NULL ? "no reason given" : text);
    if (comment != NULL && comment[0] != '\0') {
        sb_add_c(&b, ": ");
        sb_add(&b, str_sub(str_from_c(comment), 0, COMMENT_MAX));
    }
    return sb_str(&b);
}

/* False: core did not answer, or could not write. What it refuses otherwise has happened already:
 * feedback comes repeatedly. */
static bool
act(struct turn *t, const char *verb, struct str id, struct str reason)
{
    struct str args[2] = {id, reason};
    struct control_request rq = {.verb = str_from_c(verb),
                                 .arg = args,
                                 .arg_count = str_is_absent(reason) ? 1 : 2,
                                 .actor = str_cat(t->r->arena, STR("cds:"), t->issuer)};
    struct control_reply reply;
    const char *why;

    return asking_core(t->reader->control, &rq, ASK_MS, t->r->arena, &reply, &why) &&
           !(reply.exit_code != 0 && str_starts(reply.error, STR("not stored")));
}

static bool
feedback_one(struct turn *t, struct store *store, const json_t *one)
{
    const char *card = json_string_value(json_object_get(one, "card"));
    const char *outcome = json_string_value(json_object_get(one, "outcome"));
    struct alert al;

    if (card == NULL || outcome == NULL || !alert_of_card(t, store, str_from_c(card), &al))
        return true; /* a card that was never ours: nothing to do, and no error (2.0, "Feedback") */
    if (strcmp(outcome, "accepted") == 0)
        return act(t, "ack", al.id, STR_NONE);
    if (strcmp(outcome, "overridden") == 0)
        return act(t, "override", al.id, override_reason(t, one));
    return true;
}

static void
feedback(struct turn *t, const json_t *asked)
{
    const json_t *list = json_object_get(asked, "feedback");
    struct store *store = reader_store(t->reader);
    size_t i;
    json_t *one;

    if (!json_is_array(list) || json_array_size(list) > FEEDBACK_MAX) {
        say(t, HTTP_BAD_REQUEST, "\"feedback\" is needed, a list of at most 50\n");
        return;
    }
    json_array_foreach(list, i, one)
    {
        if (store == NULL || !feedback_one(t, store, one)) {
            say(t, HTTP_UNAVAILABLE, "not taken: send it again\n");
            return;
        }
    }
    say(t, HTTP_OK, "");
}

/* --- */

static void
json_release(void *what)
{
    json_decref(what);
}

static void
with_body(struct turn *t, void (*run)(struct turn *, const json_t *))
{
    json_t *asked = json_loadb(t->r->body.p, t->r->body.n, JSON_REJECT_DUPLICATES, NULL);

    http_hold(t->r, asked, json_release);
    if (json_is_object(asked))
        run(t, asked);
    else
        say(t, HTTP_BAD_REQUEST, "a JSON object is needed\n");
    http_let_go(t->r, asked);
}

static bool
is_get(const struct http_request *r)
{
    return str_eq_c(r->method, "GET") || str_eq_c(r->method, "HEAD");
}

/* With or without a slash at the end. */
static bool
is_at(struct str path, const char *place)
{
    struct str want = str_from_c(place);

    if (path.n > 1 && path.p[path.n - 1] == '/')
        path = str_sub(path, 0, path.n - 1);
    return str_eq(path, want);
}

static void
not_allowed(struct turn *t, const char *methods)
{
    http_reply_header(t->out, "Allow", methods);
    say(t, HTTP_NOT_ALLOWED, "not by this method\n");
}

void
cds_answer(struct cds *s, struct reader *reader, const struct http_request *r,
           struct http_reply *out)
{
    struct turn t = {s, reader, r, out, STR_NONE};
    bool service = is_at(r->path, CDS_SERVICE);

    if (s == NULL)
        return;
    allow_origin(&t);
    if (str_eq_c(r->method, "OPTIONS"))
        say(&t, HTTP_OK, "");
    else if (is_at(r->path, CDS_SERVICES) && is_get(r))
        say_json(&t, cds_discovery(&s->cfg, r->arena));
    else if (is_at(r->path, CDS_SERVICES))
        not_allowed(&t, "GET, HEAD, OPTIONS");
    else if (!service && !is_at(r->path, CDS_FEEDBACK))
        say(&t, HTTP_NOT_FOUND, "there is no such service\n");
    else if (!str_eq_c(r->method, "POST"))
        not_allowed(&t, "POST, OPTIONS");
    else if (token_ok(&t))
        with_body(&t, service ? cards : feedback);
}
