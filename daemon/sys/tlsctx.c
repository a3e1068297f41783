#define _GNU_SOURCE /* strerrordesc_np() */
#include "sys/tlsctx.h"

#include "base/sb.h"
#include "base/str.h"
#include "sys/clock.h"
#include "sys/log.h"
#include "sys/mem.h"
#include "sys/tlsint.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { DAY_S = 86400, SUBJECT_MAX = 1024, NO_PASSWORD = -1 };

/* RFC 9325 (BCP 195), which IHE ATNA ITI-19 follows: forward secrecy and authenticated encryption
 * only. For TLS 1.3 OpenSSL's own three suites are all that there is. */
static const char ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM";

/* --- whom we let in */

static bool
hex_same(struct str given, const struct sha256 *sha)
{
    char hex[SHA256_HEX_MAX];
    struct str want = sha256_hex(sha, hex);
    size_t at = 0;

    for (size_t i = 0; i < given.n; i++) {
        char c = given.p[i];

        if (c == ':')
            continue;
        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if (at == want.n || want.p[at] != c)
            return false;
        at++;
    }
    return at == want.n;
}

static bool
hex_ok(struct str given)
{
    size_t n = 0;

    for (size_t i = 0; i < given.n; i++) {
        if (given.p[i] == ':')
            continue;
        if (strchr("0123456789abcdefABCDEF", given.p[i]) == NULL)
            return false;
        n++;
    }
    return n == SHA256_HEX_MAX - 1;
}

static bool
sha_matches(X509 *cert, struct str value)
{
    struct sha256 sha;
    unsigned n = sizeof(sha.b);

    return X509_digest(cert, EVP_sha256(), sha.b, &n) == 1 && hex_same(value, &sha);
}

static bool
dns_matches(X509 *cert, struct str value)
{
    unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;

    return X509_check_host(cert, value.p, value.n, flags, NULL) == 1;
}

static bool
email_matches(X509 *cert, struct str value)
{
    return X509_check_email(cert, value.p, value.n, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT) == 1;
}

static bool
ip_matches(X509 *cert, struct str value)
{
    return X509_check_ip_asc(cert, value.p, 0) == 1; /* value ends its text: NUL follows */
}

static bool
uri_matches(X509 *cert, struct str value)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        const ASN1_STRING *uri;

        if (name->type != GEN_URI)
            continue;
        uri = name->d.uniformResourceIdentifier;
        found = str_eq(value, (struct str){(const char *)ASN1_STRING_get0_data(uri),
                                           (size_t)ASN1_STRING_length(uri)});
    }
    GENERAL_NAMES_free(names);
    return found;
}

static bool
subject_matches(X509 *cert, struct str value)
{
    BIO *text = BIO_new(BIO_s_mem());
    char *p = NULL;
    long n;
    bool same;

    if (text == NULL)
        return false;
    (void)X509_NAME_print_ex(text, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253);
    n = BIO_get_mem_data(text, &p);
    same = n > 0 && n <= SUBJECT_MAX && str_eq(value, (struct str){p, (size_t)n});
    BIO_free(text);
    return same;
}

static const struct {
    const char *prefix;
    bool (*matches)(X509 *cert, struct str value);
} peer_kinds[] = {
    {"sha256:", sha_matches}, {"dns:", dns_matches}, {"email:", email_matches},
    {"uri:", uri_matches},    {"ip:", ip_matches},   {"subject:", subject_matches},
};

bool
tls_peer_ok(const char *text)
{
    for (size_t i = 0; i < RFD_COUNT(peer_kinds); i++) {
        size_t n = strlen(peer_kinds[i].prefix);

        if (strncmp(text, peer_kinds[i].prefix, n) == 0)
            return i == 0 ? hex_ok(str_from_c(text + n)) : text[n] != '\0';
    }
    return false;
}

bool
tls_peer_listed(const struct tls_want *w, X509 *cert)
{
    for (size_t i = 0; i < w->peers; i++) {
        for (size_t k = 0; k < RFD_COUNT(peer_kinds); k++) {
            size_t n = strlen(peer_kinds[k].prefix);

            if (strncmp(w->peer[i], peer_kinds[k].prefix, n) == 0 &&
                peer_kinds[k].matches(cert, str_from_c(w->peer[i] + n)))
                return true;
        }
    }
    return w->peers == 0;
}

/* --- files */

/* strerror() depends on the locale and on threads. */
const char *
tls_last_error(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code == 0 ? "" : ERR_reason_error_string(code);

    if (reason == NULL && ERR_SYSTEM_ERROR(code))
        reason = strerrordesc_np(ERR_GET_REASON(code));
    return reason == NULL ? "unknown error" : reason;
}

static bool
complain(char why[TLS_WHY_MAX], const char *file, const char *what)
{
    struct sb b;

    sb_init(&b, why, TLS_WHY_MAX);
    sb_addf(&b, "%s: %s", file, what);
    if (tls_last_error()[0] != '\0')
        sb_addf(&b, " (%s)", tls_last_error());
    ERR_clear_error();
    return false;
}

bool
tls_time_of(const ASN1_TIME *t, int64_t *out)
{
    struct tm tm;

    if (ASN1_TIME_to_tm(t, &tm) != 1)
        return false;
    *out = timegm(&tm);
    return true;
}

struct span {
    int64_t first_s; /* end of the certificate that ends first … */
    int64_t last_s;  /* … and last */
};

/* Every certificate of a file: there must be one. */
static bool
read_ends(const char *file, struct span *out, char why[TLS_WHY_MAX])
{
    BIO *in = BIO_new_file(file, "r");
    X509 *cert;
    size_t n = 0;
    int64_t ends;

    *out = (struct span){INT64_MAX, INT64_MIN};
    if (in == NULL)
        return complain(why, file, "cannot be read");
    for (; (cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL; n++) {
        if (tls_time_of(X509_get0_notAfter(cert), &ends)) {
            out->first_s = ends < out->first_s ? ends : out->first_s;
            out->last_s = ends > out->last_s ? ends : out->last_s;
        }
        X509_free(cert);
    }
    (void)BIO_free(in);
    if (n == 0)
        return complain(why, file, "holds no certificate in PEM form");
    ERR_clear_error(); /* the end of the file is one */
    return true;
}

static void
note_end(struct tls_ctx *x, const char *file, int64_t ends_s)
{
    if (ends_s >= x->ends_s || ends_s == INT64_MIN)
        return;
    x->ends_s = ends_s;
    x->ends_file = file;
}

/* OpenSSL would ask for a passphrase at the terminal. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)arg;
    return NO_PASSWORD;
}

static void
warn_of_open_key(const char *file)
{
    struct stat st;

    if (stat(file, &st) == 0 && (st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0)
        log_warn("tls.key_open_to_others", LOG_NAME("file", file));
}

static bool
load_own(struct tls_ctx *x, char why[TLS_WHY_MAX])
{
    const struct tls_want *w = &x->want;
    struct span ends;

    if (w->cert == NULL)
        return true;
    if (!read_ends(w->cert, &ends, why))
        return false;
    note_end(x, w->cert, ends.first_s); /* a chain is as good as its weakest */
    if (SSL_CTX_use_certificate_chain_file(x->ssl, w->cert) != 1)
        return complain(why, w->cert, "cannot be used as a certificate");
    if (SSL_CTX_use_PrivateKey_file(x->ssl, w->key, SSL_FILETYPE_PEM) != 1) {
        bool pair = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;

        return complain(why, w->key,
                        pair ? "is not the key of the certificate"
                             : "holds no private key in PEM form that can be used without a "
                               "passphrase");
    }
    if (SSL_CTX_check_private_key(x->ssl) != 1)
        return complain(why, w->key, "is not the key of the certificate");
    warn_of_open_key(w->key);
    return true;
}

static bool
load_trust(struct tls_ctx *x, char why[TLS_WHY_MAX])
{
    const char *ca = x->want.ca;
    struct span ends;

    if (ca == NULL) {
        if (!x->server && SSL_CTX_set_default_verify_paths(x->ssl) != 1)
            return complain(why, "system", "the system's certificates cannot be read");
        return true;
    }
    if (!read_ends(ca, &ends, why))
        return false;
    note_end(x, ca, ends.last_s); /* the old authority may stand beside the new one */
    if (SSL_CTX_load_verify_file(x->ssl, ca) != 1)
        return complain(why, ca, "cannot be used as certificates of authorities");
    if (x->server)
        SSL_CTX_set_client_CA_list(x->ssl, SSL_load_client_CA_file(ca));
    return true;
}

/* --- contexts */

/* No sessions are kept: with one, a peer that was struck off the list would still come in, and
 * MLLP connections live for days. */
static void
harden(SSL_CTX *c)
{
    (void)SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    (void)SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_num_tickets(c, 0);
    (void)SSL_CTX_set_dh_auto(c, 1);
    (void)SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(c, 0); /* tls_recv() promises that nothing stays behind */
    SSL_CTX_set_default_passwd_cb(c, no_passphrase);
}

static bool
fill(struct tls_ctx *x, char why[TLS_WHY_MAX])
{
    harden(x->ssl);
    if (SSL_CTX_set_cipher_list(x->ssl, ciphers) != 1)
        return complain(why, "OpenSSL", "has none of our cipher suites");
    return load_own(x, why) && load_trust(x, why);
}

bool
tls_ctx_new(const struct tls_want *w, bool server, struct tls_ctx **out, char why[TLS_WHY_MAX])
{
    struct tls_ctx *x = xcalloc(1, sizeof(*x));

    rfd_assert((w->cert == NULL) == (w->key == NULL));
    ERR_clear_error();
    *x = (struct tls_ctx){.want = *w, .server = server, .ends_s = INT64_MAX, .users = 1};
    x->ssl = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    rfd_assert(x->ssl != NULL);
    if (!fill(x, why)) {
        tls_ctx_free(&x);
        return false;
    }
    *out = x;
    return true;
}

struct tls_ctx *
tls_ctx_share(struct tls_ctx *x)
{
    x->users++;
    return x;
}

void
tls_ctx_free(struct tls_ctx **xp)
{
    struct tls_ctx *x = *xp;

    *xp = NULL;
    if (x == NULL || --x->users > 0)
        return;
    SSL_CTX_free(x->ssl);
    xfree(x);
}

int32_t
tls_ctx_days_left(const struct tls_ctx *x, int64_t now, const char **file_out)
{
    int64_t left = x->ends_s - now;

    if (x->ends_s == INT64_MAX)
        return TLS_NO_EXPIRY;
    *file_out = x->ends_file;
    return (int32_t)(left < 0 ? -((-left + DAY_S - 1) / DAY_S) : left / DAY_S);
}
