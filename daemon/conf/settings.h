/*
 * What:    the main config (refractd.yaml) as a struct. One table names every key with type, range,
 *          default and help; the loader and the printed default file come from it.
 * Owns:    texts live in the arena given.
 * Threads: read-only once loaded.
 * Errors:  false and diags with file:line:col, all of them, not the first only.
 */
#ifndef RFD_CONF_SETTINGS_H
#define RFD_CONF_SETTINGS_H

#include "base/date.h"
#include "base/diag.h"
#include "base/sb.h"
#include "sys/tlswant.h"
#include "wire/tree.h"

#include <stdbool.h>
#include <stdint.h>

enum { SETTINGS_FEEDS_MAX = 64 };

enum run_mode {
    RUN_NORMAL,
    RUN_DEMO, /* knowledge may be unreviewed, and every alert says DEMO, UNREVIEWED */
    RUN_MODE_COUNT,
};

enum feed_kind {
    FEED_MLLP,       /* listen HOST:PORT, or connect HOST:PORT where the sender listens */
    FEED_ZMQ_SUB,    /* connect ENDPOINT; replay ENDPOINT by choice */
    FEED_ZMQ_ROUTER, /* listen ENDPOINT */
    FEED_FOLDER,     /* path: files that are put there */
    FEED_KIND_COUNT,
};

enum feed_ack {
    FEED_ACK_AUTO, /* by MSH-15 and MSH-16 of each message */
    FEED_ACK_ORIGINAL,
    FEED_ACK_ENHANCED,
    FEED_ACK_COUNT,
};

/* How dates of tables are written where a column does not say it. */
enum feed_dates {
    FEED_DATES_ISO,
    FEED_DATES_DMY,
    FEED_DATES_MDY,
    FEED_DATES_COUNT,
};

/* The folders of knowledge and maps; their names are the prefixes in the bundle. */
enum folder {
    FOLDER_CRITERIA,
    FOLDER_THERAPIES,
    FOLDER_TRIALS,
    FOLDER_MAPS,
    FOLDER_TERMINOLOGY,
    FOLDER_SITE, /* what the site has signed and changed of the others */
    FOLDER_COUNT,
};

struct feed_settings {
    const char *name;
    int kind;            /* enum feed_kind; never FEED_KIND_COUNT once loaded */
    const char *listen;  /* NULL when the kind has none */
    const char *connect; /* NULL when the kind has none */
    const char *replay;  /* NULL: the publisher offers none */
    const char *topic;
    const char *map;     /* a file in the maps folder, NULL: none */
    int ack;             /* enum feed_ack */
    day_t history_until; /* DAY_NONE: live from the start */
    bool plaintext;      /* MLLP without TLS beyond loopback: the site has said so */
    struct tls_want tls; /* all NULL: none */
    struct tree_place tls_at;
    const char *path;    /* folder: where files are put; NULL when the kind has none */
    const char *pattern; /* NULL: *.hl7 and *.csv */
    int dates;           /* enum feed_dates */
    bool live;           /* rows of tables are no history */
    int64_t settle_ms;
    int64_t max_connections;
    int64_t idle_ms;
    int64_t frame_ms;
    int64_t handshake_ms;
    int64_t redial_ms;
    struct tree_place at; /* of the feed, for later checks */
    struct tree_place map_at;
};

struct settings {
    int mode;                /* enum run_mode */
    const char *runtime_dir; /* sockets between roles, control.sock */
    const char *state_dir;
    const char *store; /* path of the database */
    bool log_stderr;
    bool log_debug;
    const char *folder[FOLDER_COUNT]; /* path, resolved */
    bool folder_given[FOLDER_COUNT];  /* said in the file: then it must be there */
    const char *alert_router;
    const char *alert_pub;
    int64_t alert_credit_max;
    const char *alert_germline; /* subscriber */
    int64_t alert_retention_days;
    const char *console_listen; /* NULL: off */
    const char *console_socket; /* NULL: none */
    const char *console_users;  /* NULL: no page */
    const char *console_proxy_header;
    const char *console_proxy_groups;
    const char *console_proxy_logout;
    int64_t console_request_s;
    int64_t console_per_address;
    int64_t console_idle_min;
    bool console_secure;
    int64_t disk_mark_bytes;
    int64_t ballast_bytes;
    int64_t document_bytes_max;
    struct span notify_age;
    struct span keep_without_cancer;
    int64_t knowledge_raise_max;
    const char *directory; /* path of directory.yaml; NULL: none */
    int64_t alerts_budget_day;
    int64_t alerts_budget_week;
    const char *alerts_digest; /* "07:00" */
    const char *alerts_hours;  /* "08:00-17:00" */
    const char *alerts_days;   /* "mon-fri" */
    const char *alerts_zone;   /* IANA name */
    struct span alerts_escalate_after;
    const char *alerts_escalate_to; /* NULL: nothing is escalated by itself */
    const struct feed_settings *feed;
    size_t feeds;
};

/* root: the tree of the main file. Relative paths are taken from that file's folder. */
RFD_MUSTCHECK bool
settings_load(const struct tree *root, struct arena *a, struct diags *d, struct settings *out);

const char *settings_folder_name(enum folder f); /* "criteria" ... */
const char *settings_feed_kind_name(enum feed_kind kind);

/* True when going from one to the other needs the roles to be started anew (addresses, paths). */
bool settings_need_restart(const struct settings *was, const struct settings *is);

/* The default file with every key and its help; loading it gives the defaults. */
void settings_print_default(struct sb *out);

#endif
