#include "console/session.h"

#include "sys/fatal.h"
#include "sys/mem.h"

#include <sodium.h>
#include <string.h>

enum {
    SESSIONS_MAX = 1024,
    TRIES_MAX = 4096, /* more names than can be tried in TRIES_WAIT_S */
    TRIES_FREE = 5,   /* then each further one has to wait */
    TRIES_WAIT_S = 30,
    ID_BYTES = 32,
};

/* Wrong passwords of one name, known or not. */
struct tries {
    uint64_t name; /* hash; 0: free */
    unsigned count;
    int64_t last;
};

struct sessions {
    const struct users *users;
    int64_t idle_s;
    uint64_t turn;
    struct session session[SESSIONS_MAX];
    struct tries tries[TRIES_MAX];
    char nobody[crypto_pwhash_STRBYTES]; /* what an unknown name is checked against, for the time */
};

_Static_assert(SESSION_HASH_MAX == crypto_pwhash_STRBYTES, "libsodium's length");
_Static_assert(SESSION_ID_MAX == 2 * ID_BYTES + 1, "hex");

static void
sodium_ready(void)
{
    if (sodium_init() < 0)
        fatal(FATAL_MACHINE, "session.sodium");
}

struct sessions *
sessions_new(const struct users *users, int64_t idle_s)
{
    struct sessions *s = xcalloc(1, sizeof *s);

    sodium_ready();
    s->users = users;
    s->idle_s = idle_s;
    if (!session_hash(STR("nobody"), s->nobody))
        fatal(FATAL_MACHINE, "session.memory");
    return s;
}

void
sessions_free(struct sessions **sp)
{
    if (*sp == NULL)
        return;
    sodium_memzero(*sp, sizeof **sp);
    xfree(*sp);
    *sp = NULL;
}

bool
session_hash(struct str password, char out[SESSION_HASH_MAX])
{
    sodium_ready();
    return crypto_pwhash_str(out, password.p, password.n, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
}

static uint64_t
name_hash(struct str name)
{
    uint64_t h = UINT64_C(1469598103934665603); /* FNV-1a */

    for (size_t i = 0; i < name.n; i++)
        h = (h ^ (unsigned char)name.p[i]) * UINT64_C(1099511628211);
    return h == 0 ? 1 : h;
}

/* The entry of that name; else the free one, else the oldest. */
static struct tries *
tries_of(struct sessions *s, struct str name)
{
    uint64_t h = name_hash(name);
    struct tries *oldest = &s->tries[0];

    for (size_t i = 0; i < TRIES_MAX; i++) {
        struct tries *t = &s->tries[i];

        if (t->name == h)
            return t;
        if (t->name == 0 || (oldest->name != 0 && t->last < oldest->last))
            oldest = t;
    }
    *oldest = (struct tries){.name = h};
    return oldest;
}

static void
random_hex(char out[SESSION_ID_MAX])
{
    unsigned char raw[ID_BYTES];

    randombytes_buf(raw, sizeof raw);
    (void)sodium_bin2hex(out, SESSION_ID_MAX, raw, sizeof raw);
    sodium_memzero(raw, sizeof raw);
}

static bool
is_over(const struct sessions *s, const struct session *one, int64_t now)
{
    return now - one->used > s->idle_s || now - one->begun > SESSION_LIFE_S;
}

/* Whichever of the two should rather give its place up. */
static struct session *
lesser(struct session *a, struct session *b)
{
    if (a == NULL || a->id[0] == '\0')
        return a == NULL ? b : a;
    return b->id[0] == '\0' || b->turn < a->turn ? b : a;
}

/* In the place of the user's oldest session when he has as many as he may; else in a free place,
 * else in that which was used longest ago. Nobody can push the others out. */
static struct session *
place_for(struct sessions *s, const struct user *u, int64_t now)
{
    struct session *any = NULL;
    struct session *own = NULL;
    size_t owned = 0;

    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *one = &s->session[i];

        if (one->id[0] != '\0' && is_over(s, one, now))
            session_end(one);
        any = lesser(any, one);
        if (one->id[0] != '\0' && str_eq(one->user->name, u->name)) {
            own = lesser(own, one);
            owned++;
        }
    }
    return owned >= SESSION_USER_MAX ? own : any;
}

static struct session *
begin(struct sessions *s, const struct user *u, bool vouched, int64_t now)
{
    struct session *place = place_for(s, u, now);

    rfd_assert(u->name.n <= USER_NAME_MAX);
    *place = (struct session){
        .self = *u, .vouched = vouched, .begun = now, .used = now, .turn = ++s->turn};
    memcpy(place->name, u->name.p, u->name.n);
    place->self.name = (struct str){place->name, u->name.n};
    place->user = &place->self;
    random_hex(place->id);
    random_hex(place->form);
    return place;
}

struct session *
sessions_login(struct sessions *s, struct str name, struct str password, int64_t now,
               int64_t *wait_out)
{
    const struct user *u = users_find(s->users, name);
    struct tries *t = tries_of(s, name);
    const char *hash = u == NULL || u->hash == NULL ? s->nobody : u->hash;
    bool right;

    *wait_out = t->count >= TRIES_FREE ? t->last + TRIES_WAIT_S - now : 0;
    if (*wait_out > 0)
        return NULL;
    *wait_out = 0;
    right = crypto_pwhash_str_verify(hash, password.p, password.n) == 0;
    if (!right || u == NULL || u->hash == NULL) {
        t->count++;
        t->last = now;
        return NULL;
    }
    *t = (struct tries){.name = 0};
    return begin(s, u, false, now);
}

/* A session that the proxy's word began, in the role that it has today. */
static bool
is_vouched(const struct sessions *s, const struct session *one, const struct user *u, int64_t now)
{
    return one->id[0] != '\0' && one->vouched && one->self.role == u->role &&
           str_eq(one->self.name, u->name) && !is_over(s, one, now);
}

struct session *
sessions_vouched(struct sessions *s, struct str name, struct str groups, int64_t now,
                 bool *fresh_out)
{
    struct user u;

    if (!users_vouched(s->users, name, groups, &u))
        return NULL;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *one = &s->session[i];

        if (is_vouched(s, one, &u, now)) {
            one->used = now;
            one->turn = ++s->turn;
            *fresh_out = false;
            return one;
        }
    }
    *fresh_out = true;
    return begin(s, &u, true, now);
}

struct session *
sessions_find(struct sessions *s, struct str id, int64_t now)
{
    if (id.n != SESSION_ID_MAX - 1)
        return NULL;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *one = &s->session[i];

        if (one->id[0] == '\0' || sodium_memcmp(one->id, id.p, id.n) != 0)
            continue;
        if (is_over(s, one, now)) {
            session_end(one);
            return NULL;
        }
        one->used = now;
        one->turn = ++s->turn;
        return one;
    }
    return NULL;
}

void
session_end(struct session *s)
{
    sodium_memzero(s, sizeof *s);
}

bool
session_form_ok(const struct session *s, struct str token)
{
    return token.n == SESSION_ID_MAX - 1 && sodium_memcmp(s->form, token.p, token.n) == 0;
}

void
session_break_glass(struct session *s, uint64_t patient, int64_t now)
{
    struct session_glass *place = &s->glass[0];

    for (size_t i = 0; i < SESSION_GLASS_MAX; i++) {
        if (s->glass[i].patient == patient || s->glass[i].until < place->until)
            place = &s->glass[i];
        if (place->patient == patient)
            break;
    }
    *place = (struct session_glass){patient, now + SESSION_GLASS_S};
}

bool
session_has_glass(const struct session *s, uint64_t patient, int64_t now)
{
    for (size_t i = 0; i < SESSION_GLASS_MAX; i++) {
        if (s->glass[i].patient == patient && s->glass[i].until > now)
            return true;
    }
    return false;
}
