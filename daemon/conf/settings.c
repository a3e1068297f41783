#include "conf/settings.h"

#include "conf/dutyhours.h"
#include "conf/setting.h"
#include "conf/tlskeys.h"
#include "sys/tcp.h"
#include "sys/zsock.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    RUNTIME_DIR_MAX = 80, /* socket paths are limited to 107 bytes by the kernel */
    NAME_MAX_BYTES = 32,
    KEYS_MAX = 40,
    DAYS_MAX = 36500,
    FOREIGN_MAX = 12,
};

static const char *const mode_name[RUN_MODE_COUNT] = {"normal", "demo"};
static const char *const kind_name[FEED_KIND_COUNT] = {"mllp", "zmq-sub", "zmq-router", "folder"};
static const char *const ack_name[FEED_ACK_COUNT] = {"auto", "original", "enhanced"};
static const struct names modes = {mode_name, RUN_MODE_COUNT};
static const struct names kinds = {kind_name, FEED_KIND_COUNT};
static const char *const dates_name[FEED_DATES_COUNT] = {"iso", "dmy", "mdy"};
static const struct names dates = {dates_name, FEED_DATES_COUNT};
static const struct names acks = {ack_name, FEED_ACK_COUNT};
static const char *const folder_name[FOLDER_COUNT] = {"criteria", "therapies",   "trials",
                                                      "maps",     "terminology", "site"};

#define MAIN(field) offsetof(struct settings, field)
#define FEED(field) offsetof(struct feed_settings, field)

/* clang-format off: a table reads better with one entry in two lines */
static const struct setting main_table[] = {
    {"mode", VALUE_ENUM, false, MAIN(mode), 0, 0, &modes, "normal",
     "demo: unreviewed knowledge may run, and every alert says DEMO, UNREVIEWED"},
    {"runtime_dir", VALUE_PATH, false, MAIN(runtime_dir), 0, 0, NULL, "/run/refractd",
     "sockets between the roles and control.sock; mode 0700"},
    {"state_dir", VALUE_PATH, false, MAIN(state_dir), 0, 0, NULL, "/var/lib/refractd",
     "the database lives here; a local disk, never a network file system"},
    {"store", VALUE_PATH, false, MAIN(store), 0, 0, NULL, NULL,
     "path of the database; default: refractd.db in state_dir"},
    {"log.stderr", VALUE_BOOL, false, MAIN(log_stderr), 0, 0, NULL, "false",
     "log to stderr as well as to syslog"},
    {"log.debug", VALUE_BOOL, true, MAIN(log_debug), 0, 0, NULL, "false",
     "log more; still no patient data"},
    {"folders.criteria", VALUE_PATH, true, MAIN(folder[FOLDER_CRITERIA]), 0, 0, NULL, "criteria",
     "rules: resistance criteria"},
    {"folders.therapies", VALUE_PATH, true, MAIN(folder[FOLDER_THERAPIES]), 0, 0, NULL, "therapies",
     "therapy options and the cross-resistance table"},
    {"folders.trials", VALUE_PATH, true, MAIN(folder[FOLDER_TRIALS]), 0, 0, NULL, "trials",
     "trials in CTML"},
    {"folders.maps", VALUE_PATH, true, MAIN(folder[FOLDER_MAPS]), 0, 0, NULL, "maps",
     "one map per feed: local codes, units, identifiers"},
    {"folders.terminology", VALUE_PATH, true, MAIN(folder[FOLDER_TERMINOLOGY]), 0, 0, NULL,
     "terminology", "analytes, units, drugs, OncoTree"},
    {"folders.site", VALUE_PATH, true, MAIN(folder[FOLDER_SITE]), 0, 0, NULL, "site",
     "signoff.yaml and criteria.yaml: what this site has signed, and changed of the rules"},
    {"alert_feed.router", VALUE_ENDPOINT, false, MAIN(alert_router), 0, 0, NULL,
     "tcp://127.0.0.1:5571", "where subscribers connect (DEALER)"},
    {"alert_feed.pub", VALUE_ENDPOINT, false, MAIN(alert_pub), 0, 0, NULL, "tcp://127.0.0.1:5572",
     "says the head sequence only (topic alert.v1.head)"},
    {"alert_feed.germline", VALUE_TEXT, false, MAIN(alert_germline), 0, 0, NULL, NULL,
     "the subscriber that gets what is for the directory's germline role alone, too"},
    {"alert_feed.credit_max", VALUE_INT, true, MAIN(alert_credit_max), 1, 10000, NULL, "256",
     "alerts that a subscriber may leave unconfirmed, at most"},
    {"alert_feed.retention_days", VALUE_INT, true, MAIN(alert_retention_days), 1, DAYS_MAX, NULL,
     "90", "how long confirmed alert events can be replayed"},
    {"console.listen", VALUE_ADDR, false, MAIN(console_listen), 0, 0, NULL, "off",
     "HTTP console, off or HOST:PORT"},
    {"console.socket", VALUE_PATH, false, MAIN(console_socket), 0, 0, NULL, NULL,
     "instead of listen: a Unix socket, for the site's reverse proxy"},
    {"console.users", VALUE_PATH, true, MAIN(console_users), 0, 0, NULL, NULL,
     "users.yaml: who may use the page, and in which role; absent: no page"},
    {"console.proxy_header", VALUE_TEXT, true, MAIN(console_proxy_header), 0, 0, NULL, NULL,
     "header in which the proxy at console.socket names the user, such as X-Remote-User"},
    {"console.proxy_groups", VALUE_TEXT, true, MAIN(console_proxy_groups), 0, 0, NULL, NULL,
     "header in which it names the user's groups, for users.yaml's list of them"},
    {"console.proxy_logout", VALUE_TEXT, true, MAIN(console_proxy_logout), 0, 0, NULL, NULL,
     "address at which the proxy's own login ends, for Log out"},
    {"console.request_timeout", VALUE_INT, true, MAIN(console_request_s), 1, 600, NULL, "60",
     "seconds in which a request must be there, and its answer taken"},
    {"console.connections_per_address", VALUE_INT, true, MAIN(console_per_address), 1, 256, NULL,
     "128", "connections of one address at a time, of 256 altogether; raise it for a proxy on TCP"},
    {"console.idle", VALUE_INT, true, MAIN(console_idle_min), 1, 720, NULL, "15",
     "minutes after which a session ends by itself"},
    {"console.secure_cookie", VALUE_BOOL, true, MAIN(console_secure), 0, 0, NULL, "true",
     "false: plain HTTP on loopback without a proxy"},
    {"directory", VALUE_PATH, true, MAIN(directory), 0, 0, NULL, NULL,
     "directory.yaml: who alerts are for; absent: alerts name nobody"},
    {"alerts.budget_per_day", VALUE_INT, true, MAIN(alerts_budget_day), 0, 1000, NULL, "1",
     "alerts that interrupt one recipient on a day, at most; the rest is read in the digest"},
    {"alerts.budget_per_week", VALUE_INT, true, MAIN(alerts_budget_week), 0, 7000, NULL, "2",
     "the same from Monday to Sunday"},
    {"alerts.digest", VALUE_TEXT, true, MAIN(alerts_digest), 0, 0, NULL, "07:00",
     "when the digest is made, on days with business hours"},
    {"alerts.business_hours", VALUE_TEXT, true, MAIN(alerts_hours), 0, 0, NULL, "08:00-17:00",
     "only then alerts are escalated"},
    {"alerts.days", VALUE_TEXT, true, MAIN(alerts_days), 0, 0, NULL, "mon-fri",
     "days with business hours: mon-fri, or mon,wed,fri"},
    {"alerts.zone", VALUE_TEXT, false, MAIN(alerts_zone), 0, 0, NULL, "UTC",
     "the site's time zone, such as Europe/Berlin: for days and hours of alerts"},
    {"alerts.escalate_after", VALUE_SPAN, true, MAIN(alerts_escalate_after), 0, 0, NULL, "3d",
     "an alert that nobody has acknowledged for so long goes to a pool"},
    {"alerts.escalate_to", VALUE_TEXT, true, MAIN(alerts_escalate_to), 0, 0, NULL, NULL,
     "a pool of the directory; absent: nothing is escalated by itself"},
    {"limits.disk_mark_bytes", VALUE_BYTES, true, MAIN(disk_mark_bytes), 0, INT64_MAX, NULL,
     "96MiB", "less free space: senders are told to wait. Two of the largest messages and 64 MiB"},
    {"limits.ballast_bytes", VALUE_BYTES, false, MAIN(ballast_bytes), 0, INT64_MAX, NULL, "32MiB",
     "a file given up when the disk is full, so that deletes can commit"},
    {"limits.document_bytes", VALUE_BYTES, false, MAIN(document_bytes_max), 1024, INT64_MAX, NULL,
     "20MiB", "a larger PDF or text of a report stays in its message alone, flagged"},
    {"limits.notify_age", VALUE_SPAN, true, MAIN(notify_age), 0, 0, NULL, "90d",
     "episodes older than this open in silence"},
    {"limits.keep_without_cancer", VALUE_SPAN, true, MAIN(keep_without_cancer), 0, 0, NULL, "365d",
     "how long facts are kept of patients without a cancer diagnosis"},
    {"limits.knowledge_raise_max", VALUE_INT, true, MAIN(knowledge_raise_max), 0, 1000000, NULL,
     "100", "a new knowledge set that would raise more alerts waits for `knowledge apply`"},
};

static const struct setting feed_table[] = {
    {"name", VALUE_TEXT, false, FEED(name), 0, 0, NULL, NULL, "unique; a-z 0-9 _ -"},
    {"kind", VALUE_ENUM, false, FEED(kind), 0, 0, &kinds, NULL,
     "mllp, zmq-sub, zmq-router or folder"},
    {"listen", VALUE_TEXT, false, FEED(listen), 0, 0, NULL, NULL,
     "mllp: HOST:PORT; zmq-router: tcp://HOST:PORT or ipc://PATH"},
    {"connect", VALUE_TEXT, false, FEED(connect), 0, 0, NULL, NULL,
     "zmq-sub: the publisher; mllp: HOST:PORT of a sender that listens and is dialled"},
    {"replay", VALUE_ENDPOINT, false, FEED(replay), 0, 0, NULL, NULL,
     "zmq-sub: where the publisher replays from a sequence"},
    {"topic", VALUE_TEXT, false, FEED(topic), 0, 0, NULL, "", "zmq-sub: topic prefix"},
    {"path", VALUE_PATH, false, FEED(path), 0, 0, NULL, NULL,
     "folder: where files are put; done/ and failed/ are made in it"},
    {"pattern", VALUE_TEXT, false, FEED(pattern), 0, 0, NULL, NULL,
     "folder: names that are taken, with * and ?; default: *.hl7 and *.csv"},
    {"date_format", VALUE_ENUM, false, FEED(dates), 0, 0, &dates, "iso",
     "folder: dates of tables: iso, dmy or mdy; a column's name may say otherwise"},
    {"live", VALUE_BOOL, false, FEED(live), 0, 0, NULL, "false",
     "folder: rows of tables are no history, and may raise alerts"},
    {"settle_ms", VALUE_INT, false, FEED(settle_ms), 0, 3600000, NULL, "2000",
     "folder: a file that was not touched for so long is whole"},
    {"map", VALUE_TEXT, true, FEED(map), 0, 0, NULL, NULL, "a file in the maps folder"},
    {"ack", VALUE_ENUM, true, FEED(ack), 0, 0, &acks, "auto",
     "mllp: auto (by MSH-15/16), original or enhanced"},
    {"history_until", VALUE_DAY, true, FEED(history_until), 0, 0, NULL, NULL,
     "messages received before this day raise nothing"},
    {"plaintext", VALUE_BOOL, false, FEED(plaintext), 0, 0, NULL, "false",
     "mllp without TLS beyond loopback: the site vouches for the network"},
    {"tls", VALUE_TLS, false, FEED(tls), 0, 0, NULL, NULL,
     "mllp: {cert: FILE, key: FILE, ca: FILE, name: HOST, peers: [...]}, see deploy/doc/tls.md"},
    {"max_connections", VALUE_INT, false, FEED(max_connections), 1, 256, NULL, "64",
     "mllp: open connections"},
    {"idle_ms", VALUE_INT, true, FEED(idle_ms), 1000, 86400000, NULL, "900000",
     "mllp: a connection without a byte for so long is closed"},
    {"frame_ms", VALUE_INT, false, FEED(frame_ms), 1000, 86400000, NULL, "300000",
     "mllp: a message that takes longer to come in closes its connection"},
    {"handshake_ms", VALUE_INT, false, FEED(handshake_ms), 100, 600000, NULL, "10000",
     "mllp: a TLS handshake that takes longer closes its connection"},
    {"redial_ms", VALUE_INT, false, FEED(redial_ms), 100, 3600000, NULL, "60000",
     "mllp with connect: the longest wait before dialling again; it begins with half a second"},
};
/* clang-format on */

const char *
settings_folder_name(enum folder f)
{
    rfd_assert(f < FOLDER_COUNT);
    return folder_name[f];
}

const char *
settings_feed_kind_name(enum feed_kind kind)
{
    rfd_assert(kind < FEED_KIND_COUNT);
    return kind_name[kind];
}

static struct str
folder_of(struct str path)
{
    size_t n = path.n;

    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return (struct str){path.p, n};
}

/* "group.key" in its two parts; a plain key has no group. */
static struct str
group_of(const struct setting *s, const char **key_out)
{
    const char *dot = strchr(s->key, '.');

    if (dot == NULL) {
        *key_out = s->key;
        return STR_NONE;
    }
    *key_out = dot + 1;
    return (struct str){s->key, (size_t)(dot - s->key)};
}

static const struct tree *
node_of(const struct setting *s, const struct tree *map)
{
    const char *key;
    struct str group = group_of(s, &key);

    return tree_get(str_is_absent(group) ? map : tree_get_str(map, group), key);
}

static bool
name_is_new(const char *const *names, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_c(name, names[i]))
            return false;
    }
    return true;
}

/* The keys that stand in group (STR_NONE: at the top, where a group is a key too). */
static size_t
keys_in(const struct loader *l, struct str group, const char *names[KEYS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < RFD_COUNT(main_table); i++) {
        const char *key;
        struct str g = group_of(&main_table[i], &key);
        bool top = str_is_absent(group);

        rfd_assert(count < KEYS_MAX);
        if (top ? str_is_absent(g) : str_eq(g, group))
            names[count++] = key;
        else if (top && name_is_new(names, count, g))
            names[count++] = str_cz(l->a, g);
    }
    return count;
}

static void
check_group(const struct loader *l, const struct tree *root, const char *group)
{
    const char *names[KEYS_MAX];
    const struct tree *t = tree_get(root, group);
    size_t n = keys_in(l, str_from_c(group), names);

    if (n > 0 && tree_is(t, TREE_MAP, l->d))
        (void)tree_check_keys(t, names, n, l->d);
}

static void
check_keys(const struct loader *l, const struct tree *root)
{
    const char *names[KEYS_MAX];
    size_t n = keys_in(l, STR_NONE, names);

    for (size_t i = 0; i < n; i++)
        check_group(l, root, names[i]);
    names[n++] = "feeds";
    names[n++] = "cds";    /* console/cdsconf.h reads it */
    names[n++] = "routes"; /* conf/routes.h */
    (void)tree_check_keys(root, names, n, l->d);
}

static bool
is_loopback(const char *endpoint)
{
    return strncmp(endpoint, "ipc://", 6) == 0 || strncmp(endpoint, "tcp://127.", 10) == 0 ||
           strncmp(endpoint, "tcp://[::1]:", 12) == 0;
}

/* Without keys there is no telling who is at the other end (DESIGN.md section 9). */
static void
check_curve_free(const struct loader *l, const struct tree *t, const char *endpoint)
{
    if (endpoint != NULL && !is_loopback(endpoint))
        tree_error(t, l->d, "without CURVE keys only loopback or ipc:// is allowed here");
}

static bool
name_ok(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n <= NAME_MAX_BYTES &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

/* Who listens shows a certificate; who dials checks one. */
static void
check_mllp_tls(const struct loader *l, const struct tree *t, const struct feed_settings *f)
{
    const struct tree *at = tree_get(t, "tls");

    if (at == NULL || !tlskeys_given(&f->tls))
        return;
    if (f->listen != NULL && f->tls.cert == NULL)
        tree_error(at, l->d, "a listener needs \"cert\" and \"key\"");
    if (f->listen != NULL && f->tls.name != NULL)
        tree_error(at, l->d, "\"name\" is of a server that is dialled: it needs \"connect\"");
    if (f->listen != NULL && f->tls.peers > 0 && f->tls.ca == NULL)
        tree_error(at, l->d, "\"peers\" of a listener need \"ca\": who vouches for them");
}

static void
check_mllp(const struct loader *l, const struct tree *t, const struct feed_settings *f)
{
    const struct tree *at = tree_get(t, f->listen != NULL ? "listen" : "connect");
    const char *address = f->listen != NULL ? f->listen : f->connect;
    struct tcp_addr a;

    check_mllp_tls(l, t, f);
    if (f->listen != NULL && f->connect != NULL)
        tree_error(at, l->d, "\"listen\" or \"connect\", not both");
    if (address == NULL)
        return;
    if (!tcp_addr_parse(address, &a))
        tree_error(at, l->d, "a numeric address is expected here, such as 127.0.0.1:2575");
    else if (!tcp_addr_is_loopback(&a) && !f->plaintext && !tlskeys_given(&f->tls))
        tree_error(at, l->d,
                   "beyond loopback, MLLP needs \"tls\", or, without it, \"plaintext: true\"");
}

static void
check_zmq_sub(const struct loader *l, const struct tree *t, const struct feed_settings *f)
{
    if (f->connect != NULL && !zsock_endpoint_ok(f->connect))
        tree_error(tree_get(t, "connect"), l->d,
                   "an endpoint is expected here: tcp://HOST:PORT or ipc://PATH");
}

static void
check_zmq_router(const struct loader *l, const struct tree *t, const struct feed_settings *f)
{
    const struct tree *at = tree_get(t, "listen");

    if (f->listen == NULL)
        return;
    if (!zsock_endpoint_ok(f->listen))
        tree_error(at, l->d, "an endpoint is expected here: tcp://HOST:PORT or ipc://PATH");
    else
        check_curve_free(l, at, f->listen);
}

static void
check_feed_keys(const struct loader *l, const struct tree *t, int kind)
{
    static const char *const foreign[FEED_KIND_COUNT][FOREIGN_MAX] = {
        [FEED_MLLP] = {"replay", "topic", "path", "pattern", "date_format", "live", "settle_ms"},
        [FEED_ZMQ_SUB] = {"listen", "ack", "plaintext", "max_connections", "tls", "path", "pattern",
                          "date_format", "live", "settle_ms"},
        [FEED_ZMQ_ROUTER] = {"connect", "ack", "plaintext", "max_connections", "tls", "path",
                             "pattern", "date_format", "live", "settle_ms"},
        [FEED_FOLDER] = {"listen", "connect", "replay", "topic", "ack", "plaintext",
                         "max_connections", "tls", "idle_ms"},
    };

    for (size_t i = 0; i < FOREIGN_MAX && foreign[kind][i] != NULL; i++) {
        const struct tree *v = tree_get(t, foreign[kind][i]);

        if (!tree_is_absent(v))
            tree_error(v, l->d, "\"%s\" has no meaning in a feed of kind %s", foreign[kind][i],
                       kind_name[kind]);
    }
}

static const char *
key_needed(const struct feed_settings *f)
{
    if (f->kind == FEED_FOLDER)
        return "path";
    if (f->kind == FEED_ZMQ_SUB || (f->kind == FEED_MLLP && f->connect != NULL))
        return "connect";
    return "listen";
}

/* What each kind needs, and keys that mean nothing to it. */
static void
check_feed_kind(const struct loader *l, const struct tree *t, const struct feed_settings *f)
{
    (void)tree_need(t, key_needed(f), l->d);
    check_feed_keys(l, t, f->kind);
    if (f->kind == FEED_MLLP)
        check_mllp(l, t, f);
    else if (f->kind == FEED_ZMQ_ROUTER)
        check_zmq_router(l, t, f);
    else if (f->kind == FEED_ZMQ_SUB)
        check_zmq_sub(l, t, f);
}

static struct tree_place
place_of(const struct tree *t)
{
    return (struct tree_place){t->file, t->line, t->col};
}

static void
load_feed(const struct loader *l, const struct tree *t, struct feed_settings *f)
{
    const char *names[RFD_COUNT(feed_table)];
    const struct tree *map = tree_get(t, "map");
    const struct tree *tls = tree_get(t, "tls");

    *f = (struct feed_settings){.kind = FEED_KIND_COUNT, .history_until = DAY_NONE};
    f->at = place_of(t);
    f->map_at = place_of(map == NULL ? t : map);
    f->tls_at = place_of(tls == NULL ? t : tls);
    if (!tree_is(t, TREE_MAP, l->d))
        return;
    for (size_t i = 0; i < RFD_COUNT(feed_table); i++) {
        names[i] = feed_table[i].key;
        setting_preset(l, &feed_table[i], f);
        setting_read(l, &feed_table[i], tree_get(t, names[i]), f);
    }
    tlskeys_read(l, tls, &f->tls);
    (void)tree_check_keys(t, names, RFD_COUNT(feed_table), l->d);
    (void)tree_need(t, "name", l->d);
    (void)tree_need(t, "kind", l->d);
    if (f->name != NULL && !name_ok(f->name))
        tree_error(tree_get(t, "name"), l->d, "a name has 1 to %d of a-z 0-9 _ -", NAME_MAX_BYTES);
    if (setting_text_same(f->name, "import"))
        tree_error(tree_get(t, "name"), l->d, "this name is that of `refractctl import`");
    if (f->kind != FEED_KIND_COUNT)
        check_feed_kind(l, t, f);
}

static void
check_feeds_differ(const struct loader *l, const struct tree *list, const struct feed_settings *f,
                   size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (setting_text_same(f[i].name, f[j].name))
                tree_error(tree_get(tree_at(list, i), "name"), l->d,
                           "another feed has this name (line %d)", f[j].at.line);
            if (setting_text_same(f[i].listen, f[j].listen))
                tree_error(tree_get(tree_at(list, i), "listen"), l->d,
                           "another feed listens here (line %d)", f[j].at.line);
            if (setting_text_same(f[i].path, f[j].path))
                tree_error(tree_get(tree_at(list, i), "path"), l->d,
                           "another feed reads this folder (line %d)", f[j].at.line);
        }
    }
}

static void
load_feeds(const struct loader *l, const struct tree *root, struct settings *out)
{
    const struct tree *list = tree_get(root, "feeds");
    struct feed_settings *feeds;
    size_t n;

    if (!tree_is(list, TREE_SEQ, l->d))
        return;
    n = tree_len(list);
    if (n > SETTINGS_FEEDS_MAX) {
        tree_error(list, l->d, "%zu feeds, %d at most", n, SETTINGS_FEEDS_MAX);
        return;
    }
    feeds = ARENA_ARRAY(l->a, n, struct feed_settings);
    for (size_t i = 0; i < n; i++)
        load_feed(l, tree_at(list, i), &feeds[i]);
    check_feeds_differ(l, list, feeds, n);
    out->feed = feeds;
    out->feeds = n;
}

/* Hours and days of alerts. */
static void
check_duty(const struct loader *l, const struct tree *root, const struct settings *s)
{
    const struct tree *t = tree_get(root, "alerts");
    int16_t open;
    int16_t close;
    uint8_t days;

    if (!dutyhours_clock(str_from_c(s->alerts_digest), &open))
        tree_error(tree_get(t, "digest"), l->d, "a time such as 07:00 is expected here");
    if (!dutyhours_range(str_from_c(s->alerts_hours), &open, &close))
        tree_error(tree_get(t, "business_hours"), l->d, "hours such as 08:00-17:00, of one day");
    if (!dutyhours_days(str_from_c(s->alerts_days), &days))
        tree_error(tree_get(t, "days"), l->d, "days such as mon-fri, or mon,wed,fri");
    if (s->alerts_escalate_after.months || s->alerts_escalate_after.n < 1)
        tree_error(tree_get(t, "escalate_after"), l->d, "days or weeks, one day at least");
    if (s->alerts_escalate_to != NULL && s->directory == NULL)
        tree_error(tree_get(t, "escalate_to"), l->d, "a pool is named in the directory: set it");
}

/* What needs more than one key. */
static void
check_whole(const struct loader *l, const struct tree *root, struct settings *s)
{
    const struct tree *alert_feed = tree_get(root, "alert_feed");
    const struct tree *folders = tree_get(root, "folders");

    check_duty(l, root, s);
    if (strlen(s->runtime_dir) > RUNTIME_DIR_MAX)
        tree_error(tree_get(root, "runtime_dir"), l->d, "a path of at most %d bytes is expected",
                   RUNTIME_DIR_MAX);
    if (s->store == NULL)
        s->store =
            setting_path(l, str_cat(l->a, str_from_c(s->state_dir), STR("/")), STR("refractd.db"));
    check_curve_free(l, tree_get(alert_feed, "router"), s->alert_router);
    check_curve_free(l, tree_get(alert_feed, "pub"), s->alert_pub);
    if (setting_text_same(s->alert_router, s->alert_pub))
        tree_error(tree_get(alert_feed, "pub"), l->d, "router and pub need addresses of their own");
    for (int i = 0; i < FOLDER_COUNT; i++)
        s->folder_given[i] = !tree_is_absent(tree_get(folders, folder_name[i]));
}

bool
settings_load(const struct tree *root, struct arena *a, struct diags *d, struct settings *out)
{
    struct loader l = {a, d, folder_of(str_from_c(root->file)), root->file};
    struct settings s = {.mode = RUN_NORMAL};
    size_t before = d->errors;

    for (size_t i = 0; i < RFD_COUNT(main_table); i++)
        setting_preset(&l, &main_table[i], &s);
    rfd_assert(d->errors == before);
    if (root->kind != TREE_MAP) {
        tree_error(root, d, "the file must hold keys and values");
        return false;
    }
    check_keys(&l, root);
    for (size_t i = 0; i < RFD_COUNT(main_table); i++)
        setting_read(&l, &main_table[i], node_of(&main_table[i], root), &s);
    load_feeds(&l, root, &s);
    check_whole(&l, root, &s);
    if (d->errors != before)
        return false;
    *out = s;
    return true;
}

static bool
fixed_same(const struct setting *table, size_t n, const void *a, const void *b)
{
    for (size_t i = 0; i < n; i++) {
        if (!table[i].reloadable && !setting_same(&table[i], a, b))
            return false;
    }
    return true;
}

bool
settings_need_restart(const struct settings *was, const struct settings *is)
{
    if (!fixed_same(main_table, RFD_COUNT(main_table), was, is) || was->feeds != is->feeds)
        return true;
    for (size_t i = 0; i < is->feeds; i++) {
        if (!fixed_same(feed_table, RFD_COUNT(feed_table), &was->feed[i], &is->feed[i]) ||
            !tlskeys_same(&was->feed[i].tls, &is->feed[i].tls))
            return true;
    }
    return false;
}

/* A folder that the file names must be there, so a default one is shown in a comment. */
static void
print_key(struct sb *out, const struct setting *s, struct str group, const char *key)
{
    const char *indent = str_is_absent(group) ? "" : "  ";
    const char *initial = s->initial == NULL ? "" : s->initial;
    bool said = s->initial != NULL && !str_eq_c(group, "folders");

    sb_addf(out, "%s# %s\n", indent, s->help);
    sb_addf(out, "%s%s%s:%s%s\n", indent, said ? "" : "#", key, *initial == '\0' ? "" : " ",
            initial);
}

static void
print_feed_keys(struct sb *out)
{
    for (size_t i = 0; i < RFD_COUNT(feed_table); i++) {
        const struct setting *s = &feed_table[i];

        sb_addf(out, "#   %s: %s%s%s\n", s->key, s->help, s->initial == NULL ? "" : "; default ",
                s->initial == NULL      ? ""
                : s->initial[0] == '\0' ? "\"\""
                                        : s->initial);
    }
}

void
settings_print_default(struct sb *out)
{
    struct str open_group = STR_NONE;

    sb_add_c(out, "# refractd: every key with its default. Relative paths start at this file.\n");
    for (size_t i = 0; i < RFD_COUNT(main_table); i++) {
        const char *key;
        struct str group = group_of(&main_table[i], &key);

        if (!str_is_absent(group) && !str_eq(group, open_group))
            sb_addf(out, "%.*s:\n", STR_FMT(group));
        open_group = group;
        print_key(out, &main_table[i], group, key);
    }
    sb_add_c(out, "# Where messages come from. Each feed has:\n");
    print_feed_keys(out);
    sb_add_c(out, "feeds:\n"
                  "  - name: hl7\n    kind: mllp\n    listen: 127.0.0.1:2575\n"
                  "  # MLLP in TLS, see deploy/doc/tls.md:\n"
                  "  # - {name: lis, kind: mllp, listen: \"0.0.0.0:2576\",\n"
                  "  #    tls: {cert: refractd.pem, key: refractd.key, ca: ca.pem}}\n"
                  "  - name: ingest\n    kind: zmq-router\n    listen: tcp://127.0.0.1:5570\n");
}
