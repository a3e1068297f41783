#include "conf/routes.h"

#include "conf/tlskeys.h"
#include "sys/tcp.h"
#include "wire/mailaddr.h"

#include <string.h>

#define FIELD(field) offsetof(struct route_settings, field)

static const char *const kind_name[ROUTE_KIND_COUNT] = {"mllp", "fhir", "webhook", "mail"};
static const char *const message_name[ROUTE_MESSAGE_COUNT] = {"oru", "mdm"};
static const char *const retract_name[ROUTE_RETRACT_COUNT] = {"W", "D", "C"};
static const struct names kinds = {kind_name, ROUTE_KIND_COUNT};
static const struct names messages = {message_name, ROUTE_MESSAGE_COUNT};
static const struct names retracts = {retract_name, ROUTE_RETRACT_COUNT};

/* clang-format off: a table reads better with one entry in two lines */
static const struct setting table[] = {
    {"name", VALUE_TEXT, false, FIELD(name), 0, 0, NULL, NULL, "unique; a-z 0-9 _ -"},
    {"kind", VALUE_ENUM, false, FIELD(kind), 0, 0, &kinds, NULL, "mllp, fhir, webhook or mail"},
    {"connect", VALUE_ADDR, false, FIELD(connect), 0, 0, NULL, NULL, "mllp: HOST:PORT"},
    {"url", VALUE_TEXT, false, FIELD(url), 0, 0, NULL, NULL,
     "fhir: the base; webhook: the address; mail: smtp://HOST:PORT or smtps://HOST:PORT"},
    {"tls", VALUE_TLS, false, FIELD(tls), 0, 0, NULL, NULL,
     "{cert: FILE, key: FILE, ca: FILE, name: HOST}"},
    {"confirmed_only", VALUE_BOOL, true, FIELD(confirmed_only), 0, 0, NULL, "false",
     "leave suspected findings out"},
    {"quiet_too", VALUE_BOOL, true, FIELD(quiet_too), 0, 0, NULL, "false",
     "changes that nobody is told of as well"},
    {"germline", VALUE_BOOL, true, FIELD(germline), 0, 0, NULL, "false",
     "it ends at the directory's germline role: possibly inherited findings too"},
    {"from_beginning", VALUE_BOOL, true, FIELD(from_beginning), 0, 0, NULL, "false",
     "a new route sends what is kept"},
    {"timeout_ms", VALUE_INT, true, FIELD(timeout_ms), 100, 600000, NULL, "30000",
     "until an answer is late"},
    {"tries", VALUE_INT, true, FIELD(tries), 1, 100, NULL, "3",
     "refusals until an event is put aside"},
    {"keep", VALUE_BOOL, true, FIELD(keep), 0, 0, NULL, "true",
     "mllp: false: a connection for each message"},
    {"message", VALUE_ENUM, true, FIELD(message), 0, 0, &messages, "oru", "mllp: oru or mdm"},
    {"retract", VALUE_ENUM, true, FIELD(retract), 0, 0, &retracts, "W",
     "mllp: OBX-11 of a retraction: W, D or C"},
    {"receiver", VALUE_TEXT, true, FIELD(receiver), 0, 0, NULL, "", "mllp: MSH-5"},
    {"facility", VALUE_TEXT, true, FIELD(facility), 0, 0, NULL, "", "mllp: MSH-6"},
    {"result_type", VALUE_TEXT, true, FIELD(result_type), 0, 0, NULL, NULL,
     "mllp: CODE^TEXT^SYSTEM of OBR-4 or TXA-2"},
    {"portal_blocked", VALUE_BOOL, true, FIELD(portal_blocked), 0, 0, NULL, "false",
     "mllp: no portal shows it to the patient"},
    {"system", VALUE_TEXT, true, FIELD(system), 0, 0, NULL, NULL,
     "fhir: identifier system of our alerts"},
    {"base", VALUE_TEXT, true, FIELD(base), 0, 0, NULL, NULL, "our page, for links"},
    {"owner", VALUE_TEXT, true, FIELD(owner), 0, 0, NULL, "care team", "fhir: owner of tasks"},
    {"token_url", VALUE_TEXT, true, FIELD(token_url), 0, 0, NULL, NULL,
     "fhir: OAuth 2.0 client credentials"},
    {"client_id", VALUE_TEXT, true, FIELD(client_id), 0, 0, NULL, NULL, "fhir: with token_url"},
    {"client_secret", VALUE_PATH, true, FIELD(client_secret), 0, 0, NULL, NULL,
     "fhir: file, with token_url"},
    {"secret", VALUE_PATH, true, FIELD(secret), 0, 0, NULL, NULL,
     "webhook: file with the key of the signature; mail: file with the password"},
    {"patient_data", VALUE_BOOL, true, FIELD(patient_data), 0, 0, NULL, "false",
     "webhook: the whole alert"},
    {"poll_s", VALUE_INT, true, FIELD(poll_s), 0, 86400, NULL, "60",
     "fhir: tasks are read back so often; 0: never"},
    {"login", VALUE_TEXT, true, FIELD(login), 0, 0, NULL, NULL,
     "mail: the user that the server knows"},
    {"from", VALUE_TEXT, true, FIELD(from), 0, 0, NULL, NULL, "mail: our own address"},
    {"from_name", VALUE_TEXT, true, FIELD(from_name), 0, 0, NULL, NULL, "mail: a name before it"},
    {"to", VALUE_TEXT, true, FIELD(to), 0, 0, NULL, NULL,
     "mail: the address for whoever has none in the directory"},
    {"title", VALUE_TEXT, true, FIELD(title), 0, 0, NULL, "refractd",
     "mail: the first word of each subject"},
    {"digest", VALUE_BOOL, true, FIELD(digest), 0, 0, NULL, "true",
     "mail: each recipient's daily digest too"},
};
/* clang-format on */

const char *
route_kind_name(enum route_kind k)
{
    return kind_name[k];
}

static void
systems(const struct loader *l, const struct tree *t, struct route_settings *r)
{
    struct route_system *list;

    if (tree_is_absent(t) || !tree_is(t, TREE_MAP, l->d))
        return;
    if (tree_len(t) > ROUTE_SYSTEMS_MAX) {
        tree_error(t, l->d, "%d at most", ROUTE_SYSTEMS_MAX);
        return;
    }
    list = ARENA_ARRAY(l->a, tree_len(t), struct route_system);
    for (size_t i = 0; i < tree_len(t); i++) {
        struct str system = STR("");

        (void)tree_str(tree_at(t, i), l->d, &system);
        list[i].authority = str_cz(l->a, tree_key_at(t, i)->text);
        list[i].system = str_cz(l->a, system);
    }
    r->systems = list;
    r->system_count = tree_len(t);
}

static void
need(const struct loader *l, const struct tree *t, const void *value, const char *key,
     const char *why)
{
    if (value == NULL)
        tree_error(t, l->d, "\"%s\" is missing: %s", key, why);
}

/* An ORU can reach the patient's portal within minutes (DESIGN.md section 9). */
static void
check_mllp(const struct loader *l, const struct tree *t, const struct route_settings *r)
{
    struct tcp_addr at;

    need(l, t, r->connect, "connect", "HOST:PORT of the receiver");
    need(l, t, r->result_type, "result_type",
         "the site's own code for these results; without it no HL7 route is opened");
    if (!r->portal_blocked) {
        tree_error(t, l->d,
                   "\"portal_blocked: true\" is missing: say so once this result type is kept from "
                   "the patients' portal");
    }
    if (r->connect != NULL && r->tls.ca == NULL && r->tls.cert == NULL &&
        tcp_addr_parse(r->connect, &at) && !tcp_addr_is_loopback(&at))
        tree_error(t, l->d, "beyond loopback this route needs tls");
}

static void
check_url(const struct loader *l, const struct tree *t, const struct route_settings *r)
{
    bool https = r->url != NULL && strncmp(r->url, "https://", 8) == 0;
    bool local = r->url != NULL && (strncmp(r->url, "http://127.", 11) == 0 ||
                                    strncmp(r->url, "http://[::1]", 12) == 0 ||
                                    strncmp(r->url, "http://localhost", 16) == 0);

    need(l, t, r->url, "url", "the receiver's address");
    if (r->url != NULL && !https && !local)
        tree_error(tree_get(t, "url"), l->d, "https:// is expected here; http:// on loopback only");
}

static void
check_address(const struct loader *l, const struct tree *t, const char *value, const char *key)
{
    if (value != NULL && !mailaddr_ok(str_from_c(value)))
        tree_error(tree_get(t, key), l->d, "this is no mail address: NAME@HOST in plain letters");
}

/* A host and its port, for both are in the name that the certificate and the server's log have. */
static bool
is_place(struct str s)
{
    size_t colon = s.n;
    uint64_t port = 0;

    while (colon > 0 && s.p[colon - 1] != ':')
        colon--;
    return colon > 1 && str_find_any(s, "/ @?#\\%\r\n\t") == s.n &&
           str_to_u64(str_sub(s, colon, s.n), &port) && port > 0 && port < 65536;
}

static bool
is_loopback(struct str place)
{
    return str_starts(place, STR("127.")) || str_starts(place, STR("[::1]:")) ||
           str_starts(place, STR("localhost:"));
}

/* On loopback the server may be the machine's own, without a certificate; say tls to have it. */
static void
check_server(const struct loader *l, const struct tree *t, struct route_settings *r)
{
    struct str url = str_from_c(r->url);
    bool tls = tlskeys_given(&r->tls);
    size_t head = str_starts(url, STR("smtps://")) ? sizeof "smtps://" - 1 : sizeof "smtp://" - 1;

    if (r->url == NULL)
        return;
    if ((!str_starts(url, STR("smtp://")) && !str_starts(url, STR("smtps://"))) ||
        !is_place(str_sub(url, head, url.n)))
        tree_error(tree_get(t, "url"), l->d,
                   "smtp://HOST:PORT or smtps://HOST:PORT is expected here");
    r->starttls =
        !str_starts(url, STR("smtps://")) && (tls || !is_loopback(str_sub(url, head, url.n)));
}

/* It stands in the mail as it is. */
static bool
is_link(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~')
            return false;
    }
    return str_starts(s, STR("https://")) || str_starts(s, STR("http://"));
}

/* A mailbox is no store: what interrupts nobody is for the digest, and what is old for the page. */
static void
check_mail(const struct loader *l, const struct tree *t, struct route_settings *r)
{
    need(l, t, r->url, "url", "smtp://HOST:PORT of the site's mail server");
    need(l, t, r->from, "from", "our own address");
    need(l, t, r->to, "to", "the address for whoever has none in the directory");
    check_server(l, t, r);
    if (r->base != NULL && !is_link(str_from_c(r->base)))
        tree_error(tree_get(t, "base"), l->d, "a link is expected here, in plain letters");
    check_address(l, t, r->from, "from");
    check_address(l, t, r->to, "to");
    if ((r->login == NULL) != (r->secret == NULL))
        tree_error(t, l->d, "\"login\" and \"secret\" (a file with the password) go together");
    if (r->quiet_too)
        tree_error(tree_get(t, "quiet_too"), l->d,
                   "no mail without need: what interrupts nobody stands in the digest");
    if (r->from_beginning)
        tree_error(tree_get(t, "from_beginning"), l->d, "no mail of what is long known");
    if (r->patient_data)
        tree_error(tree_get(t, "patient_data"), l->d, "mail carries no patient data");
}

static void
check(const struct loader *l, const struct tree *t, struct route_settings *r)
{
    switch ((enum route_kind)r->kind) {
    case ROUTE_MLLP: check_mllp(l, t, r); break;
    case ROUTE_FHIR:
        check_url(l, t, r);
        need(l, t, r->system, "system", "the identifier system of our alerts");
        if (r->system_count == 0)
            tree_error(t, l->d,
                       "\"identifiers\" is missing: {AUTHORITY: system of Patient.identifier}");
        if (r->token_url != NULL) {
            need(l, t, r->client_id, "client_id", "with token_url");
            need(l, t, r->client_secret, "client_secret", "a file, with token_url");
        }
        break;
    case ROUTE_WEBHOOK:
        check_url(l, t, r);
        need(l, t, r->secret, "secret", "a file with the key that the receiver checks");
        break;
    case ROUTE_MAIL: check_mail(l, t, r); break;
    case ROUTE_KIND_COUNT: break;
    }
}

static void
load(const struct loader *l, const struct tree *t, struct route_settings *r)
{
    const char *names[RFD_COUNT(table) + 1];

    *r = (struct route_settings){.kind = ROUTE_KIND_COUNT};
    r->at = (struct tree_place){t->file, t->line, t->col};
    if (!tree_is(t, TREE_MAP, l->d))
        return;
    for (size_t i = 0; i < RFD_COUNT(table); i++) {
        names[i] = table[i].key;
        setting_preset(l, &table[i], r);
        setting_read(l, &table[i], tree_get(t, names[i]), r);
    }
    names[RFD_COUNT(table)] = "identifiers";
    (void)tree_check_keys(t, names, RFD_COUNT(names), l->d);
    tlskeys_read(l, tree_get(t, "tls"), &r->tls);
    systems(l, tree_get(t, "identifiers"), r);
    (void)tree_need(t, "name", l->d);
    (void)tree_need(t, "kind", l->d);
    check(l, t, r);
}

static struct str
folder_of(const char *file)
{
    const char *slash = file == NULL ? NULL : strrchr(file, '/');

    return slash == NULL ? STR("") : (struct str){file, (size_t)(slash - file) + 1};
}

bool
routes_load(const struct tree *root, struct arena *a, struct diags *d, struct routes *out)
{
    const struct tree *list = tree_get(root, "routes");
    struct loader l = {a, d, folder_of(root->file), root->file};
    size_t before = d->errors;
    size_t n;
    struct route_settings *r;

    *out = (struct routes){NULL, 0};
    if (tree_is_absent(list) || !tree_is(list, TREE_SEQ, d))
        return d->errors == before;
    n = tree_len(list);
    if (n > ROUTES_MAX) {
        tree_error(list, d, "%zu routes, %d at most", n, ROUTES_MAX);
        return false;
    }
    r = ARENA_ARRAY(a, n, struct route_settings);
    for (size_t i = 0; i < n; i++) {
        load(&l, tree_at(list, i), &r[i]);
        for (size_t j = 0; j < i; j++) {
            if (setting_text_same(r[i].name, r[j].name))
                tree_error(tree_at(list, i), d, "another route has this name");
        }
    }
    *out = (struct routes){r, n};
    return d->errors == before;
}
