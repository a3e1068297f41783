/*
 * What:    who is logged in: sessions by a random cookie, the token against forged forms,
 * slowed-down guessing, and the reason that opened a confidential patient (break-glass).
 * Owns:    the table, until sessions_free(&s). Users outlive it.
 * Threads: one.
 * Errors:  NULL: no session, or no longer. They end with the process: a restart logs everybody out.
 */
#ifndef RFD_CONSOLE_SESSION_H
#define RFD_CONSOLE_SESSION_H

#include "console/users.h"

#include <stdint.h>

enum {
    SESSION_ID_MAX = 65,   /* 256 random bits in hex */
    SESSION_USER_MAX = 8,  /* of one user: a new login ends the one used longest ago */
    SESSION_GLASS_MAX = 8, /* confidential patients that one session has open */
    SESSION_IDLE_S = 15 * 60,
    SESSION_LIFE_S = 12 * 3600,
    SESSION_GLASS_S = 3600,
};

struct session_glass {
    uint64_t patient;
    int64_t until;
};

struct session {
    char id[SESSION_ID_MAX]; /* "": free */
    char form[SESSION_ID_MAX];
    const struct user *user; /* self */
    struct user self;
    char name[USER_NAME_MAX + 1]; /* of self: a proxy's user stands in no list */
    bool vouched;
    int64_t begun; /* seconds, monotonic */
    int64_t used;
    uint64_t turn; /* the greater, the later it was used: many fit into a second */
    struct session_glass glass[SESSION_GLASS_MAX];
};

struct sessions;

struct sessions *sessions_new(const struct users *users, int64_t idle_s);
void sessions_free(struct sessions **s);

/* NULL: not this name with this password, or too many tries of late (then *wait_out seconds). */
struct session *sessions_login(struct sessions *s, struct str name, struct str password,
                               int64_t now, int64_t *wait_out);
/* For whom the site's proxy vouches; NULL: nobody of ours. fresh_out: it begins with this. */
/* groups: as the proxy names them, or absent. */
struct session *sessions_vouched(struct sessions *s, struct str name, struct str groups,
                                 int64_t now, bool *fresh_out);
struct session *sessions_find(struct sessions *s, struct str id, int64_t now);
void session_end(struct session *s);

/* The token of a form that this session was shown. */
RFD_MUSTCHECK bool session_form_ok(const struct session *s, struct str token);

void session_break_glass(struct session *s, uint64_t patient, int64_t now);
bool session_has_glass(const struct session *s, uint64_t patient, int64_t now);

/* A password's hash for users.yaml, in out (128 bytes). False: no memory for it. */
enum { SESSION_HASH_MAX = 128 };
RFD_MUSTCHECK bool session_hash(struct str password, char out[SESSION_HASH_MAX]);

#endif
