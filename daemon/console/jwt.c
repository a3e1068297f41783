#include "console/jwt.h"

#include "base/sha256.h"
#include "sys/mem.h"

#include <jansson.h>
#include <jose/b64.h>
#include <jose/jws.h>
#include <stdio.h>
#include <string.h>

enum { SEEN_MAX = 8192, TOKEN_BYTES_MAX = 16 * 1024 };

static const int64_t INSTANT_MAX = INT64_C(1) << 40;

/* A token that was good once; until it ends by itself, it is not good a second time. */
struct seen {
    struct sha256 jti;
    int64_t until;
};

struct jwt_keys {
    json_t *set;
    struct seen seen[SEEN_MAX]; /* a ring */
    size_t next;
};

/* A shared secret, or a private key that somebody has put here by mistake. */
static bool
is_secret(const json_t *jwk)
{
    const char *kty = json_string_value(json_object_get(jwk, "kty"));

    return kty == NULL || strcmp(kty, "oct") == 0 || json_object_get(jwk, "d") != NULL;
}

/* What the set says of a key's use is left out: pinned in this file, it is there to check tokens.
 * The set of the public CDS Hooks sandbox has been published with "use": "enc". */
static bool
take_key(json_t *jwk)
{
    const char *kty = json_string_value(json_object_get(jwk, "kty"));

    (void)json_object_del(jwk, "use");
    (void)json_object_del(jwk, "key_ops");
    return strcmp(kty, "EC") == 0 || strcmp(kty, "RSA") == 0;
}

/* Kinds of key that nothing here can use are passed over (RFC 7517, 5). NULL: it is well. */
static const char *
keys_take(json_t *set)
{
    json_t *keys = json_object_get(set, "keys");

    if (json_array_size(keys) == 0)
        return "no \"keys\", or none in it";
    for (size_t i = json_array_size(keys); i > 0; i--) {
        json_t *jwk = json_array_get(keys, i - 1);

        if (is_secret(jwk))
            return "a key is not a public one: kty is oct or not there, or \"d\" is";
        if (!take_key(jwk))
            (void)json_array_remove(keys, i - 1);
    }
    return json_array_size(keys) == 0 ? "no key is of the kinds EC and RSA" : NULL;
}

static json_t *
set_read(const char *path, char why[JWT_WHY_MAX])
{
    json_error_t error;
    json_t *set = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const char *wrong;

    if (set == NULL) {
        (void)snprintf(why, JWT_WHY_MAX, "%s:%d:%d: %s", path, error.line, error.column,
                       error.text);
        return NULL;
    }
    wrong = keys_take(set);
    if (wrong == NULL)
        return set;
    (void)snprintf(why, JWT_WHY_MAX, "%s: %s", path, wrong);
    json_decref(set);
    return NULL;
}

bool
jwt_keys_open(const char *path, struct jwt_keys **out, char why[JWT_WHY_MAX])
{
    json_t *set = set_read(path, why);

    if (set == NULL)
        return false;
    *out = xcalloc(1, sizeof **out);
    (*out)->set = set;
    return true;
}

bool
jwt_keys_renew(struct jwt_keys *k, const char *path, char why[JWT_WHY_MAX])
{
    json_t *set = set_read(path, why);

    if (set == NULL)
        return false;
    json_decref(k->set);
    k->set = set;
    return true;
}

void
jwt_keys_free(struct jwt_keys **kp)
{
    if (*kp == NULL)
        return;
    json_decref((*kp)->set);
    xfree(*kp);
    *kp = NULL;
}

static bool
algorithm_ok(const char *alg)
{
    static const char *const known[] = {"ES384", "RS384", "ES256", "RS256"};

    for (size_t i = 0; alg != NULL && i < RFD_COUNT(known); i++) {
        if (strcmp(alg, known[i]) == 0)
            return true;
    }
    return false;
}

/* header.payload.signature as the flattened JSON that libjose takes; NULL: it is not of that
 * form. */
static json_t *
flattened(struct str token)
{
    struct str header;
    struct str payload;
    struct str signature;
    struct str rest;

    if (token.n > TOKEN_BYTES_MAX || !str_cut(token, '.', &header, &rest) ||
        !str_cut(rest, '.', &payload, &signature))
        return NULL;
    return json_pack("{s:s%,s:s%,s:s%}", "protected", header.p, header.n, "payload", payload.p,
                     payload.n, "signature", signature.p, signature.n);
}

/* The keys that may have made it: that of its kid, or all when it names none. */
static enum jwt_result
signature_check(const struct jwt_keys *k, const json_t *jws, const char *kid)
{
    const json_t *keys = json_object_get(k->set, "keys");
    enum jwt_result r = JWT_KEY;
    size_t i;
    json_t *jwk;

    json_array_foreach(keys, i, jwk)
    {
        const char *id = json_string_value(json_object_get(jwk, "kid"));

        if (kid != NULL && (id == NULL || strcmp(id, kid) != 0))
            continue;
        if (jose_jws_ver(NULL, jws, NULL, jwk, false))
            return JWT_OK;
        r = JWT_SIGNATURE;
    }
    return r;
}

static const char *
listed(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0; text != NULL && i < n; i++) {
        if (strcmp(text, list[i]) == 0)
            return list[i];
    }
    return NULL;
}

/* One audience, or a list of them (RFC 7519, 4.1.3). */
static bool
audience_ok(const json_t *claims, const struct jwt_want *w)
{
    const json_t *aud = json_object_get(claims, "aud");
    size_t i;
    json_t *one;

    if (json_is_string(aud))
        return listed(json_string_value(aud), w->audience, w->audiences) != NULL;
    json_array_foreach(aud, i, one)
    {
        if (listed(json_string_value(one), w->audience, w->audiences) != NULL)
            return true;
    }
    return false;
}

/* Seconds that can be counted with. */
static bool
is_instant(const json_t *v)
{
    return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) < INSTANT_MAX;
}

static bool
time_ok(const json_t *claims, int64_t now, int64_t *until)
{
    const json_t *exp = json_object_get(claims, "exp");
    const json_t *iat = json_object_get(claims, "iat");
    const json_t *nbf = json_object_get(claims, "nbf");

    if (!is_instant(exp) || !is_instant(iat) || (nbf != NULL && !is_instant(nbf)))
        return false;
    *until = json_integer_value(exp) + JWT_SKEW_S;
    if (nbf != NULL && json_integer_value(nbf) > now + JWT_SKEW_S)
        return false;
    return now <= *until && json_integer_value(iat) <= now + JWT_SKEW_S &&
           json_integer_value(exp) - now <= JWT_LIFE_MAX_S;
}

static bool
is_new(struct jwt_keys *k, const char *issuer, const char *jti, int64_t now, int64_t until)
{
    struct sha256_ctx s;
    struct sha256 id;

    sha256_init(&s);
    sha256_add(&s, issuer, strlen(issuer) + 1);
    sha256_add(&s, jti, strlen(jti));
    id = sha256_end(&s);
    for (size_t i = 0; i < SEEN_MAX; i++) {
        if (k->seen[i].until >= now && sha256_cmp(&k->seen[i].jti, &id) == 0)
            return false;
    }
    k->seen[k->next] = (struct seen){id, until};
    k->next = (k->next + 1) % SEEN_MAX;
    return true;
}

static enum jwt_result
claims_check(struct jwt_keys *k, const json_t *claims, const struct jwt_want *w, int64_t now,
             const char **issuer)
{
    const char *jti = json_string_value(json_object_get(claims, "jti"));
    int64_t until = 0;

    *issuer = listed(json_string_value(json_object_get(claims, "iss")), w->issuer, w->issuers);
    if (*issuer == NULL)
        return JWT_ISSUER;
    if (!audience_ok(claims, w))
        return JWT_AUDIENCE;
    if (!time_ok(claims, now, &until))
        return JWT_TIME;
    if (jti == NULL)
        return JWT_MALFORMED;
    return is_new(k, *issuer, jti, now, until) ? JWT_OK : JWT_AGAIN;
}

static enum jwt_result
header_check(const struct jwt_keys *k, const json_t *jws, const json_t *header)
{
    if (!json_is_object(header) ||
        json_object_get(header, "crit") != NULL) /* we know no extension */
        return JWT_MALFORMED;
    if (!algorithm_ok(json_string_value(json_object_get(header, "alg"))))
        return JWT_ALGORITHM;
    return signature_check(k, jws, json_string_value(json_object_get(header, "kid")));
}

enum jwt_result
jwt_check(struct jwt_keys *k, struct str token, const struct jwt_want *w, int64_t now,
          struct str *issuer_out)
{
    json_t *jws = flattened(token);
    json_t *header = jws == NULL ? NULL : jose_b64_dec_load(json_object_get(jws, "protected"));
    json_t *claims = jws == NULL ? NULL : jose_b64_dec_load(json_object_get(jws, "payload"));
    const char *issuer = NULL;
    enum jwt_result r = header_check(k, jws, header);

    if (r == JWT_OK)
        r = json_is_object(claims) ? claims_check(k, claims, w, now, &issuer) : JWT_MALFORMED;
    if (r == JWT_OK)
        *issuer_out = str_from_c(issuer); /* the config's text, not the token's */
    json_decref(header);
    json_decref(claims);
    json_decref(jws);
    return r;
}

const char *
jwt_result_name(enum jwt_result r)
{
    static const char *const names[JWT_RESULT_COUNT] = {
        "ok", "malformed", "algorithm", "kid", "signature", "issuer", "audience", "time", "again"};

    return names[r];
}
