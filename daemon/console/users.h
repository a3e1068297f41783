/*
 * What:    who may use the page, and for what: users.yaml, roles and their rights.
 * Owns:    nothing; texts live in the arena given, or in the tree.
 * Threads: read-only once compiled.
 * Errors:  users_compile() is false with diags, file:line:col.
 */
#ifndef RFD_CONSOLE_USERS_H
#define RFD_CONSOLE_USERS_H

#include "wire/tree.h"

#include <stdbool.h>

enum user_role {
    USER_CLINICIAN,
    USER_PHARMACIST,
    USER_INTEGRATOR,
    USER_OPERATOR,
    USER_AUDITOR,
    USER_ROLE_COUNT,
};

enum user_right {
    RIGHT_CASES = 1,    /* sees alerts, timelines, reports: patients */
    RIGHT_ACT = 2,      /* acknowledges, overrides, snoozes, refers */
    RIGHT_THERAPY = 4,  /* enters and corrects therapies */
    RIGHT_RESPONSE = 8, /* codes responses, marks facts as wrong */
    RIGHT_FEEDS = 16,   /* sees feeds, routes, unmapped codes, quarantine: no patients */
    RIGHT_ROUTES = 32,  /* holds, releases, retries routes */
    RIGHT_AUDIT = 64,   /* reads the audit */
};

struct user {
    struct str name;
    enum user_role role;
    bool germline;    /* is the directory's germline role, or of it */
    const char *hash; /* Argon2id, as libsodium writes it; NULL: only through the site's proxy */
};

/* Who is in this group of the site's directory has this role, if the proxy says so. */
struct user_group {
    struct str name;
    enum user_role role;
};

struct users {
    const struct user *user;
    size_t count;
    const struct user_group *group; /* the first that fits counts */
    size_t groups;
};

enum { USER_NAME_MAX = 64, USER_GROUP_MAX = 128 };

/* root: the tree of users.yaml. */
RFD_MUSTCHECK bool
users_compile(const struct tree *root, struct arena *a, struct diags *d, struct users *out);
const struct user *users_find(const struct users *u, struct str name); /* NULL: nobody */
/* For whom the site's proxy vouches: a user of the list, else by the groups ("a, b") that it names.
 * False: nobody of ours. out's name is the argument's. */
RFD_MUSTCHECK bool
users_vouched(const struct users *u, struct str name, struct str groups, struct user *out);

bool user_name_ok(struct str name); /* letters, digits and -._@+, at most USER_NAME_MAX */
const char *user_role_name(enum user_role r);
bool user_may(const struct user *u, enum user_right right);

#endif
