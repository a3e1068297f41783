/*
 * What:    the section `routes` of the main config: where alerts go beside the feed.
 * Owns:    texts live in the arena given.
 * Threads: read-only once loaded.
 * Errors:  false and diags with file:line:col, all of them.
 */
#ifndef RFD_CONF_ROUTES_H
#define RFD_CONF_ROUTES_H

#include "conf/setting.h"
#include "sys/tlsctx.h"

enum { ROUTES_MAX = 32, ROUTE_SYSTEMS_MAX = 32 };

enum route_kind {
    ROUTE_MLLP,
    ROUTE_FHIR,
    ROUTE_WEBHOOK,
    ROUTE_MAIL,
    ROUTE_KIND_COUNT,
};

enum route_message {
    ROUTE_ORU, /* ORU^R01 */
    ROUTE_MDM, /* MDM^T02, T11 */
    ROUTE_MESSAGE_COUNT,
};

enum route_retract {
    ROUTE_RETRACT_W, /* OBX-11 W: posted as wrong */
    ROUTE_RETRACT_D, /* D: deleted */
    ROUTE_RETRACT_C, /* C: corrected, the text says it */
    ROUTE_RETRACT_COUNT,
};

/* An assigning authority of our feeds, and how the receiver calls it. */
struct route_system {
    const char *authority;
    const char *system;
};

struct route_settings {
    const char *name;
    int kind;            /* enum route_kind */
    const char *connect; /* mllp: HOST:PORT */
    bool keep;           /* mllp: one connection for all messages */
    const char *url;     /* fhir: the base; webhook: the address; mail: smtp://HOST:PORT */
    struct tls_want tls;
    bool confirmed_only; /* suspected findings are left out */
    bool quiet_too;      /* changes that nobody is told of as well */
    bool germline;       /* it ends at the one role that hears of possibly inherited findings */
    bool starttls;       /* mail: TLS before anything else is said to smtp:// */
    bool digest;         /* mail: each recipient's daily digest too */
    bool from_beginning; /* a new route sends what is kept, not only what comes */
    int64_t timeout_ms;
    int64_t tries; /* refusals until an event is put aside */
    /* mllp */
    int message;             /* enum route_message */
    int retract;             /* enum route_retract */
    const char *receiver;    /* MSH-5 */
    const char *facility;    /* MSH-6 */
    const char *result_type; /* OBR-4 or TXA-2: CODE^TEXT^SYSTEM; without it the route stays off */
    bool portal_blocked;     /* the site has made sure that no portal shows it to the patient */
    /* fhir, webhook */
    const char *system;    /* ours, of alert ids */
    const char *base;      /* of links to the page */
    const char *owner;     /* of tasks */
    const char *token_url; /* OAuth 2.0 client credentials; NULL: none */
    const char *client_id;
    const char *client_secret; /* file */
    const char *secret;        /* webhook: file with the signature's key; mail: with the password */
    bool patient_data;         /* webhook: the whole alert, not only that there is one */
    int64_t poll_s;            /* fhir: tasks are read back that often; 0: never */
    /* mail */
    const char *login;     /* NULL: none */
    const char *from;      /* address of From and of the envelope */
    const char *from_name; /* NULL: the address alone */
    const char *to;        /* whoever has no mailbox: never empty */
    const char *title;     /* the first word of a subject */
    const struct route_system *systems;
    size_t system_count;
    struct tree_place at;
};

struct routes {
    const struct route_settings *route;
    size_t count;
};

/* root: of the main file. */
RFD_MUSTCHECK bool
routes_load(const struct tree *root, struct arena *a, struct diags *d, struct routes *out);

const char *route_kind_name(enum route_kind k);

#endif
