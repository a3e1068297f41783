/* console/jwt: which key files are taken, and tokens signed here by libjose itself. */
#include "base_test.h"
#include "console/jwt.h"

#include <jansson.h>
#include <jose/b64.h>
#include <jose/jwk.h>
#include <jose/jws.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NOW = 1800000000 };

static json_t *key;

static bool
opened(const char *text, struct jwt_keys **out, char why[JWT_WHY_MAX])
{
    char path[] = "/tmp/t_console_jwt.XXXXXX";
    int fd = mkstemp(path);
    size_t n = strlen(text);
    bool ok;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), (ssize_t)n);
    ok = jwt_keys_open(path, out, why);
    close(fd);
    unlink(path);
    return ok;
}

static void
t_only_public_keys_are_pinned(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "{\"keys\":[]}",
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"a\",\"y\":\"b\",\"d\":\"c\"}]}",
        "{\"keys\":[{\"kid\":\"1\"}]}",
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"a\"}]}",
        "{\"keys\":[7]}",
        "{\"keys\":[],\"keys\":[]}",
    };
    struct jwt_keys *k = NULL;
    char why[JWT_WHY_MAX];

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++) {
        assert_false(opened(bad[i], &k, why));
        assert_non_null(strstr(why, "t_console_jwt"));
    }
}

/* other: put before it into the set, or NULL. */
static struct jwt_keys *
pinned_as(const char *kid, const char *use, json_t *other)
{
    json_t *public = json_deep_copy(key);
    json_t *set;
    struct jwt_keys *k = NULL;
    char why[JWT_WHY_MAX];
    char *text;

    json_object_del(public, "d");
    json_object_del(public, "key_ops");
    if (kid != NULL)
        json_object_set_new(public, "kid", json_string(kid));
    if (use != NULL)
        json_object_set_new(public, "use", json_string(use));
    set = json_pack("{s:[o]}", "keys", public);
    if (other != NULL)
        json_array_insert_new(json_object_get(set, "keys"), 0, other);
    text = json_dumps(set, 0);
    assert_true(opened(text, &k, why));
    free(text);
    json_decref(set);
    return k;
}

static struct jwt_keys *
pinned(void)
{
    return pinned_as(NULL, NULL, NULL);
}

/* header: its JSON, or NULL for a plain ES384 one. */
static void
sign(char out[2048], json_t *header, json_t *claims)
{
    json_t *jws = json_pack("{s:o}", "payload", jose_b64_enc_dump(claims));
    json_t *sig = json_pack("{s:o}", "protected",
                            header != NULL ? header : json_pack("{s:s}", "alg", "ES384"));

    assert_true(jose_jws_sig(NULL, jws, sig, key));
    (void)snprintf(out, 2048, "%s.%s.%s", json_string_value(json_object_get(jws, "protected")),
                   json_string_value(json_object_get(jws, "payload")),
                   json_string_value(json_object_get(jws, "signature")));
    json_decref(sig);
    json_decref(jws);
    json_decref(claims);
}

static json_t *
claims(const char *jti, json_int_t iat, json_int_t exp)
{
    return json_pack("{s:s,s:[s,s],s:I,s:I,s:s}", "iss", "ehr", "aud", "other", "us", "iat", iat,
                     "exp", exp, "jti", jti);
}

static enum jwt_result
checked(struct jwt_keys *k, const char *token)
{
    static const char *const issuer[] = {"ehr"};
    static const char *const audience[] = {"us"};
    const struct jwt_want w = {issuer, 1, audience, 1};
    struct str who = STR_NONE;
    enum jwt_result r = jwt_check(k, str_from_c(token), &w, NOW, &who);

    if (r == JWT_OK)
        assert_str(who, "ehr");
    return r;
}

static void
t_times(void **state)
{
    static const struct {
        json_int_t iat;
        json_int_t exp;
        enum jwt_result want;
    } rows[] = {
        {NOW, NOW + 300, JWT_OK},
        {NOW + JWT_SKEW_S, NOW + 300, JWT_OK},
        {NOW + JWT_SKEW_S + 1, NOW + 300, JWT_TIME},
        {NOW - 600, NOW - JWT_SKEW_S, JWT_OK},
        {NOW - 600, NOW - JWT_SKEW_S - 1, JWT_TIME},
        {NOW, NOW + JWT_LIFE_MAX_S + 1, JWT_TIME},
        {NOW, INT64_MAX, JWT_TIME},
        {NOW, INT64_MIN, JWT_TIME},
        {INT64_MIN, NOW + 300, JWT_TIME},
    };
    struct jwt_keys *k = pinned();

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(rows); i++) {
        char jti[16];
        char token[2048];

        (void)snprintf(jti, sizeof jti, "t%zu", i);
        sign(token, NULL, claims(jti, rows[i].iat, rows[i].exp));
        assert_int_equal(checked(k, token), rows[i].want);
    }
    jwt_keys_free(&k);
}

static void
t_a_token_is_good_once(void **state)
{
    struct jwt_keys *k = pinned();
    char token[2048];

    (void)state;
    sign(token, NULL, claims("once", NOW, NOW + 300));
    assert_int_equal(checked(k, token), JWT_OK);
    assert_int_equal(checked(k, token), JWT_AGAIN);
    jwt_keys_free(&k);
}

static void
t_headers(void **state)
{
    struct jwt_keys *k = pinned();
    char token[2048];

    (void)state;
    sign(token, json_pack("{s:s,s:[s]}", "alg", "ES384", "crit", "b64"),
         claims("crit", NOW, NOW + 300));
    assert_int_equal(checked(k, token), JWT_MALFORMED);
    sign(token, json_pack("{s:s,s:s}", "alg", "ES384", "kid", "another"),
         claims("kid", NOW, NOW + 300));
    assert_int_equal(checked(k, token), JWT_KEY);
    assert_int_equal(checked(k, "eyJhbGciOiJub25lIn0.e30."), JWT_ALGORITHM);
    assert_int_equal(checked(k, "a.b.c"), JWT_MALFORMED);
    assert_int_equal(checked(k, ""), JWT_MALFORMED);
    jwt_keys_free(&k);
}

/* Sets as clients publish them: marked for encryption, or with keys of kinds that we cannot use. */
static void
t_what_else_stands_in_a_set(void **state)
{
    json_t *odd = json_pack("{s:s,s:s,s:s}", "kty", "OKP", "crv", "Ed25519", "x", "AAAA");
    struct jwt_keys *k = pinned_as("one", "enc", odd);
    char token[2048];

    (void)state;
    sign(token, json_pack("{s:s,s:s}", "alg", "ES384", "kid", "one"),
         claims("enc", NOW, NOW + 300));
    assert_int_equal(checked(k, token), JWT_OK);
    jwt_keys_free(&k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_only_public_keys_are_pinned), cmocka_unit_test(t_times),
        cmocka_unit_test(t_a_token_is_good_once),        cmocka_unit_test(t_headers),
        cmocka_unit_test(t_what_else_stands_in_a_set),
    };

    key = json_pack("{s:s}", "alg", "ES384");
    if (key == NULL || !jose_jwk_gen(NULL, key))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
