#include "conf/settings.h"

#include "sys/tcp.h"
#include "sys/zsock.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    PATH_TEXT_MAX = 1024,
    RUNTIME_DIR_MAX = 80, /* socket paths are limited to 107 bytes by the kernel */
    NAME_MAX_BYTES = 32,
    KEYS_MAX = 40,
    DAYS_MAX = 36500,
};

enum value_type {
    VALUE_TEXT,
    VALUE_PATH, /* relative ones: from the folder of the config file */
    VALUE_BOOL,
    VALUE_INT,
    VALUE_BYTES, /* 4096, 64KiB, 96MiB, 1GiB */
    VALUE_SPAN,
    VALUE_DAY,
    VALUE_ENUM,
    VALUE_ADDR,     /* HOST:PORT, numeric; "off" gives NULL */
    VALUE_ENDPOINT, /* tcp://HOST:PORT or ipc://PATH */
    VALUE_TYPE_COUNT,
};

struct names {
    const char *const *name;
    size_t count;
};

/* One key. In the main table a key may be "group.key". No default: absent is as it was preset. */
struct setting {
    const char *key;
    enum value_type type;
    bool reloadable; /* false: a change starts the roles anew */
    size_t offset;
    int64_t min;
    int64_t max;
    const struct names *names; /* VALUE_ENUM */
    const char *initial;
    const char *help;
};

static const char *const mode_name[RUN_MODE_COUNT] = {"normal", "demo"};
static const char *const kind_name[FEED_KIND_COUNT] = {"mllp", "zmq-sub", "zmq-router"};
static const char *const ack_name[FEED_ACK_COUNT] = {"auto", "original", "enhanced"};
static const struct names modes = {mode_name, RUN_MODE_COUNT};
static const struct names kinds = {kind_name, FEED_KIND_COUNT};
static const struct names acks = {ack_name, FEED_ACK_COUNT};
static const char *const folder_name[FOLDER_COUNT] = {"criteria", "therapies", "trials", "maps",
                                                      "terminology"};

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
    {"alert_feed.router", VALUE_ENDPOINT, false, MAIN(alert_router), 0, 0, NULL,
     "tcp://127.0.0.1:5571", "where subscribers connect (DEALER)"},
    {"alert_feed.pub", VALUE_ENDPOINT, false, MAIN(alert_pub), 0, 0, NULL, "tcp://127.0.0.1:5572",
     "says the head sequence only (topic alert.v1.head)"},
    {"alert_feed.credit_max", VALUE_INT, true, MAIN(alert_credit_max), 1, 10000, NULL, "256",
     "alerts that a subscriber may leave unconfirmed, at most"},
    {"alert_feed.retention_days", VALUE_INT, true, MAIN(alert_retention_days), 1, DAYS_MAX, NULL,
     "90", "how long confirmed alert events can be replayed"},
    {"console.listen", VALUE_ADDR, false, MAIN(console_listen), 0, 0, NULL, "off",
     "HTTP console, off or HOST:PORT"},
    {"limits.disk_mark_bytes", VALUE_BYTES, true, MAIN(disk_mark_bytes), 0, INT64_MAX, NULL,
     "96MiB", "less free space: senders are told to wait. Two of the largest messages and 64 MiB"},
    {"limits.ballast_bytes", VALUE_BYTES, false, MAIN(ballast_bytes), 0, INT64_MAX, NULL, "32MiB",
     "a file given up when the disk is full, so that deletes can commit"},
    {"limits.notify_age", VALUE_SPAN, true, MAIN(notify_age), 0, 0, NULL, "90d",
     "episodes older than this open in silence"},
    {"limits.keep_without_cancer", VALUE_SPAN, true, MAIN(keep_without_cancer), 0, 0, NULL, "365d",
     "how long facts are kept of patients without a cancer diagnosis"},
    {"limits.knowledge_raise_max", VALUE_INT, true, MAIN(knowledge_raise_max), 0, 1000000, NULL,
     "100", "a new knowledge set that would raise more alerts waits for `knowledge apply`"},
};

static const struct setting feed_table[] = {
    {"name", VALUE_TEXT, false, FEED(name), 0, 0, NULL, NULL, "unique; a-z 0-9 _ -"},
    {"kind", VALUE_ENUM, false, FEED(kind), 0, 0, &kinds, NULL, "mllp, zmq-sub or zmq-router"},
    {"listen", VALUE_TEXT, false, FEED(listen), 0, 0, NULL, NULL,
     "mllp: HOST:PORT; zmq-router: tcp://HOST:PORT or ipc://PATH"},
    {"connect", VALUE_ENDPOINT, false, FEED(connect), 0, 0, NULL, NULL, "zmq-sub: the publisher"},
    {"replay", VALUE_ENDPOINT, false, FEED(replay), 0, 0, NULL, NULL,
     "zmq-sub: where the publisher replays from a sequence"},
    {"topic", VALUE_TEXT, false, FEED(topic), 0, 0, NULL, "", "zmq-sub: topic prefix"},
    {"map", VALUE_TEXT, true, FEED(map), 0, 0, NULL, NULL, "a file in the maps folder"},
    {"ack", VALUE_ENUM, true, FEED(ack), 0, 0, &acks, "auto",
     "mllp: auto (by MSH-15/16), original or enhanced"},
    {"history_until", VALUE_DAY, true, FEED(history_until), 0, 0, NULL, NULL,
     "messages received before this day raise nothing"},
    {"plaintext", VALUE_BOOL, false, FEED(plaintext), 0, 0, NULL, "false",
     "mllp without TLS beyond loopback: the site vouches for the network"},
    {"max_connections", VALUE_INT, false, FEED(max_connections), 1, 256, NULL, "64",
     "mllp: open connections"},
    {"idle_ms", VALUE_INT, true, FEED(idle_ms), 1000, 86400000, NULL, "900000",
     "mllp: a connection without a byte for so long is closed"},
};
/* clang-format on */

struct loader {
    struct arena *a;
    struct diags *d;
    struct str dir; /* of the config file, with its last '/', or empty */
    const char *file;
};

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

static const char *
path_from(const struct loader *l, struct str dir, struct str path)
{
    if (path.n > 0 && path.p[0] == '/')
        return str_cz(l->a, path);
    return str_cz(l->a, str_cat(l->a, dir, path));
}

static bool
read_path(const struct loader *l, const struct tree *t, const char **out)
{
    struct str s;

    if (!tree_str(t, l->d, &s))
        return false;
    if (s.n == 0 || s.n > PATH_TEXT_MAX) {
        tree_error(t, l->d, "a path is expected here, of at most %d bytes", PATH_TEXT_MAX);
        return false;
    }
    *out = path_from(l, l->dir, s);
    return true;
}

static bool
read_text(const struct loader *l, const struct tree *t, const char **out)
{
    struct str s;

    if (!tree_str(t, l->d, &s))
        return false;
    *out = str_cz(l->a, s);
    return true;
}

static bool
bytes_parse(struct str s, int64_t *out)
{
    static const struct {
        struct str suffix;
        int64_t factor;
    } units[] = {{{"KiB", 3}, INT64_C(1) << 10},
                 {{"MiB", 3}, INT64_C(1) << 20},
                 {{"GiB", 3}, INT64_C(1) << 30}};
    int64_t factor = 1;
    int64_t v;

    for (size_t i = 0; i < RFD_COUNT(units); i++) {
        if (str_ends(s, units[i].suffix)) {
            factor = units[i].factor;
            s.n -= units[i].suffix.n;
            break;
        }
    }
    if (!str_to_i64(str_trim(s), &v) || v < 0 || v > INT64_MAX / factor)
        return false;
    *out = v * factor;
    return true;
}

static bool
read_bytes(const struct loader *l, const struct tree *t, int64_t *out)
{
    struct str s;

    if (!tree_str(t, l->d, &s))
        return false;
    if (bytes_parse(s, out))
        return true;
    tree_error(t, l->d, "a size is expected here, such as 4096, 64KiB or 96MiB");
    return false;
}

static bool
read_addr(const struct loader *l, const struct tree *t, const char **out)
{
    struct tcp_addr addr;
    const char *text;

    if (!read_text(l, t, &text))
        return false;
    if (strcmp(text, "off") == 0) {
        *out = NULL;
        return true;
    }
    if (!tcp_addr_parse(text, &addr)) {
        tree_error(t, l->d, "a numeric address is expected here, such as 127.0.0.1:2575");
        return false;
    }
    *out = text;
    return true;
}

static bool
read_endpoint(const struct loader *l, const struct tree *t, const char **out)
{
    const char *text;

    if (!read_text(l, t, &text))
        return false;
    if (!zsock_endpoint_ok(text)) {
        tree_error(t, l->d, "an endpoint is expected here: tcp://HOST:PORT or ipc://PATH");
        return false;
    }
    *out = text;
    return true;
}

static void
read_value(const struct loader *l, const struct setting *s, const struct tree *t, void *base)
{
    void *field = (char *)base + s->offset;

    switch (s->type) {
    case VALUE_TEXT: (void)read_text(l, t, field); break;
    case VALUE_PATH: (void)read_path(l, t, field); break;
    case VALUE_BOOL: (void)tree_bool(t, l->d, field); break;
    case VALUE_INT: (void)tree_i64(t, l->d, s->min, s->max, field); break;
    case VALUE_BYTES: (void)read_bytes(l, t, field); break;
    case VALUE_SPAN: (void)tree_span(t, l->d, field); break;
    case VALUE_DAY: (void)tree_day(t, l->d, field); break;
    case VALUE_ENUM: (void)tree_enum(t, l->d, s->names->name, s->names->count, field); break;
    case VALUE_ADDR: (void)read_addr(l, t, field); break;
    case VALUE_ENDPOINT: (void)read_endpoint(l, t, field); break;
    case VALUE_TYPE_COUNT: break;
    }
}

static void
preset(const struct loader *l, const struct setting *s, void *base)
{
    struct tree_place nowhere = {l->file, 0, 0};

    if (s->initial != NULL)
        read_value(l, s, tree_scalar(l->a, nowhere, str_from_c(s->initial), true), base);
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

static void
check_mllp(const struct loader *l, const struct tree *t, const struct feed_settings *f)
{
    const struct tree *at = tree_get(t, "listen");
    struct tcp_addr a;

    if (f->listen == NULL)
        return;
    if (!tcp_addr_parse(f->listen, &a))
        tree_error(at, l->d, "a numeric address is expected here, such as 127.0.0.1:2575");
    else if (!tcp_addr_is_loopback(&a) && !f->plaintext)
        tree_error(at, l->d, "beyond loopback, MLLP without TLS needs \"plaintext: true\"");
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

/* What each kind needs, and keys that mean nothing to it. */
static void
check_feed_kind(const struct loader *l, const struct tree *t, const struct feed_settings *f)
{
    static const char *const foreign[FEED_KIND_COUNT][4] = {
        [FEED_MLLP] = {"connect", "replay", "topic"},
        [FEED_ZMQ_SUB] = {"listen", "ack", "plaintext", "max_connections"},
        [FEED_ZMQ_ROUTER] = {"connect", "ack", "plaintext", "max_connections"},
    };
    bool listens = f->kind != FEED_ZMQ_SUB;

    (void)tree_need(t, listens ? "listen" : "connect", l->d);
    for (size_t i = 0; i < 4 && foreign[f->kind][i] != NULL; i++) {
        const struct tree *v = tree_get(t, foreign[f->kind][i]);

        if (!tree_is_absent(v))
            tree_error(v, l->d, "\"%s\" has no meaning in a feed of kind %s", foreign[f->kind][i],
                       kind_name[f->kind]);
    }
    if (f->kind == FEED_MLLP)
        check_mllp(l, t, f);
    else if (f->kind == FEED_ZMQ_ROUTER)
        check_zmq_router(l, t, f);
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

    *f = (struct feed_settings){.kind = FEED_KIND_COUNT, .history_until = DAY_NONE};
    f->at = place_of(t);
    f->map_at = place_of(map == NULL ? t : map);
    if (!tree_is(t, TREE_MAP, l->d))
        return;
    for (size_t i = 0; i < RFD_COUNT(feed_table); i++) {
        names[i] = feed_table[i].key;
        preset(l, &feed_table[i], f);
        read_value(l, &feed_table[i], tree_get(t, names[i]), f);
    }
    (void)tree_check_keys(t, names, RFD_COUNT(feed_table), l->d);
    (void)tree_need(t, "name", l->d);
    (void)tree_need(t, "kind", l->d);
    if (f->name != NULL && !name_ok(f->name))
        tree_error(tree_get(t, "name"), l->d, "a name has 1 to %d of a-z 0-9 _ -", NAME_MAX_BYTES);
    if (f->kind != FEED_KIND_COUNT)
        check_feed_kind(l, t, f);
}

static bool
same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void
check_feeds_differ(const struct loader *l, const struct tree *list, const struct feed_settings *f,
                   size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            if (same(f[i].name, f[j].name))
                tree_error(tree_get(tree_at(list, i), "name"), l->d,
                           "another feed has this name (line %d)", f[j].at.line);
            if (same(f[i].listen, f[j].listen))
                tree_error(tree_get(tree_at(list, i), "listen"), l->d,
                           "another feed listens here (line %d)", f[j].at.line);
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

/* What needs more than one key. */
static void
check_whole(const struct loader *l, const struct tree *root, struct settings *s)
{
    const struct tree *alert_feed = tree_get(root, "alert_feed");
    const struct tree *folders = tree_get(root, "folders");

    if (strlen(s->runtime_dir) > RUNTIME_DIR_MAX)
        tree_error(tree_get(root, "runtime_dir"), l->d, "a path of at most %d bytes is expected",
                   RUNTIME_DIR_MAX);
    if (s->store == NULL)
        s->store =
            path_from(l, str_cat(l->a, str_from_c(s->state_dir), STR("/")), STR("refractd.db"));
    check_curve_free(l, tree_get(alert_feed, "router"), s->alert_router);
    check_curve_free(l, tree_get(alert_feed, "pub"), s->alert_pub);
    if (same(s->alert_router, s->alert_pub))
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
        preset(&l, &main_table[i], &s);
    rfd_assert(d->errors == before);
    if (root->kind != TREE_MAP) {
        tree_error(root, d, "the file must hold keys and values");
        return false;
    }
    check_keys(&l, root);
    for (size_t i = 0; i < RFD_COUNT(main_table); i++)
        read_value(&l, &main_table[i], node_of(&main_table[i], root), &s);
    load_feeds(&l, root, &s);
    check_whole(&l, root, &s);
    if (d->errors != before)
        return false;
    *out = s;
    return true;
}

static bool
value_same(const struct setting *s, const void *a, const void *b)
{
    const char *x = (const char *)a + s->offset;
    const char *y = (const char *)b + s->offset;
    const char *const *text_x = (const void *)x;
    const char *const *text_y = (const void *)y;

    switch (s->type) {
    case VALUE_BOOL: return *x == *y;
    case VALUE_INT:
    case VALUE_BYTES: return memcmp(x, y, sizeof(int64_t)) == 0;
    case VALUE_SPAN:
        return ((const struct span *)(const void *)x)->n ==
                   ((const struct span *)(const void *)y)->n &&
               ((const struct span *)(const void *)x)->months ==
                   ((const struct span *)(const void *)y)->months;
    case VALUE_DAY:
    case VALUE_ENUM: return memcmp(x, y, sizeof(int32_t)) == 0;
    case VALUE_TEXT:
    case VALUE_PATH:
    case VALUE_ADDR:
    case VALUE_ENDPOINT: return (*text_x == NULL && *text_y == NULL) || same(*text_x, *text_y);
    case VALUE_TYPE_COUNT: break;
    }
    return false;
}

static bool
fixed_same(const struct setting *table, size_t n, const void *a, const void *b)
{
    for (size_t i = 0; i < n; i++) {
        if (!table[i].reloadable && !value_same(&table[i], a, b))
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
        if (!fixed_same(feed_table, RFD_COUNT(feed_table), &was->feed[i], &is->feed[i]))
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
                  "  - name: ingest\n    kind: zmq-router\n    listen: tcp://127.0.0.1:5570\n");
}
