#include "sys/tls.h"

#include "sys/mem.h"
#include "sys/tlsint.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <errno.h>
#include <stdio.h>

struct tls {
    struct tls_ctx *ctx;
    SSL *ssl;
    int fd;
    bool wants_write;
    bool failed; /* after a fatal error OpenSSL allows no goodbye */
    bool up;
    bool ended; /* the peer has closed its side, with a goodbye or without */
    bool shown; /* a certificate, good or not; OpenSSL forgets one that it turns down */
    struct sha256 peer;
    const char *why;
};

/* --- the descriptor as OpenSSL sees it. Its own BIO would raise SIGPIPE. */

static int
bio_io_done(BIO *b, enum io_result r, size_t n, int retry)
{
    BIO_clear_retry_flags(b);
    if (r == IO_OK)
        return (int)n;
    if (r == IO_AGAIN)
        BIO_set_flags(b, retry | BIO_FLAGS_SHOULD_RETRY);
    return r == IO_END ? 0 : -1;
}

static int
bio_read(BIO *b, char *buf, int size)
{
    struct tls *t = BIO_get_data(b);
    size_t n = 0;
    enum io_result r;

    if (size <= 0)
        return 0;
    r = io_recv(t->fd, buf, (size_t)size, &n);
    t->ended = t->ended || r == IO_END;
    return bio_io_done(b, r, n, BIO_FLAGS_READ);
}

static int
bio_write(BIO *b, const char *buf, int size)
{
    const struct tls *t = BIO_get_data(b);
    size_t n = 0;
    enum io_result r;

    if (size <= 0)
        return 0;
    r = io_send(t->fd, buf, (size_t)size, &n);
    return bio_io_done(b, r, n, BIO_FLAGS_WRITE);
}

/* Without the answer to BIO_CTRL_EOF a peer that just closes would be an error to OpenSSL. MLLP has
 * frames of its own, so nothing is cut unseen. */
static long
bio_ctrl(BIO *b, int what, long number, void *arg)
{
    const struct tls *t = BIO_get_data(b);

    (void)number;
    (void)arg;
    if (what == BIO_CTRL_EOF)
        return t->ended ? 1 : 0;
    return what == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *
bio_method(void)
{
    static BIO_METHOD *m;

    if (m != NULL)
        return m;
    m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "refractd");
    rfd_assert(m != NULL);
    (void)BIO_meth_set_read(m, bio_read);
    (void)BIO_meth_set_write(m, bio_write);
    (void)BIO_meth_set_ctrl(m, bio_ctrl);
    return m;
}

/* --- a connection */

/* The first call of a handshake is enough, whatever it is about. */
static void
note_peer(struct tls *t, X509_STORE_CTX *store)
{
    const X509 *cert = X509_STORE_CTX_get0_cert(store);
    unsigned n = sizeof(t->peer.b);

    t->shown = cert != NULL && X509_digest(cert, EVP_sha256(), t->peer.b, &n) == 1;
}

/* Chain, dates and name are OpenSSL's to check; the list of peers is ours, before anything is
 * said: who is not on it hears a TLS alert. */
static int
on_verify(int ok, X509_STORE_CTX *store)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls *t = SSL_get_app_data(ssl);

    if (!t->shown)
        note_peer(t, store);
    if (ok == 0 || X509_STORE_CTX_get_error_depth(store) > 0)
        return ok;
    if (tls_peer_listed(&t->ctx->want, X509_STORE_CTX_get_current_cert(store)))
        return 1;
    X509_STORE_CTX_set_error(store, TLS_PEER_UNLISTED);
    return 0;
}

/* A certificate has addresses and names in different places, and SNI takes names only. */
static void
expect_server(SSL *ssl, const struct tls_want *w, const char *address)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    const char *name = w->name == NULL ? address : w->name;
    char sni[TLSEXT_MAXLEN_host_name + 1]; /* OpenSSL's macro wants it writable */

    if (X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1)
        return;
    ERR_clear_error();
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    rfd_assert(X509_VERIFY_PARAM_set1_host(param, name, 0) == 1);
    if (snprintf(sni, sizeof sni, "%s", name) < (int)sizeof sni)
        (void)SSL_set_tlsext_host_name(ssl, sni);
}

struct tls *
tls_new(struct tls_ctx *x, int fd, const char *address)
{
    struct tls *t = xcalloc(1, sizeof(*t));
    BIO *bio = BIO_new(bio_method());

    *t = (struct tls){
        .ctx = tls_ctx_share(x), .ssl = SSL_new(x->ssl), .fd = fd, .why = "", .up = false};
    rfd_assert(t->ssl != NULL && bio != NULL);
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio);
    (void)SSL_set_app_data(t->ssl, t);
    if (x->server) {
        SSL_set_accept_state(t->ssl);
        SSL_set_verify(t->ssl,
                       x->want.ca == NULL ? SSL_VERIFY_NONE
                                          : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       on_verify);
    } else {
        SSL_set_connect_state(t->ssl);
        SSL_set_verify(t->ssl, SSL_VERIFY_PEER, on_verify);
        expect_server(t->ssl, &x->want, address);
    }
    /* A certificate of the trusted file is good by itself: many peers have one that they signed
     * themselves, exchanged by hand. */
    (void)X509_VERIFY_PARAM_set_flags(SSL_get0_param(t->ssl), X509_V_FLAG_PARTIAL_CHAIN);
    return t;
}

void
tls_free(struct tls **tp)
{
    struct tls *t = *tp;

    *tp = NULL;
    if (t == NULL)
        return;
    SSL_free(t->ssl);
    tls_ctx_free(&t->ctx);
    xfree(t);
}

void
tls_end(struct tls *t)
{
    if (!t->failed && t->up) {
        ERR_clear_error();
        (void)SSL_shutdown(t->ssl);
    }
    ERR_clear_error();
}

/* OpenSSL's words for a certificate are longer than its words for the handshake. */
static const char *
reason_of(const struct tls *t)
{
    long verify = SSL_get_verify_result(t->ssl);

    if (verify == TLS_PEER_UNLISTED)
        return "its certificate is not in the list of peers";
    if (verify != X509_V_OK)
        return X509_verify_cert_error_string(verify);
    return tls_last_error()[0] == '\0' ? "closed by the peer" : tls_last_error();
}

static enum io_result
result_of(struct tls *t, int returned)
{
    int error = SSL_get_error(t->ssl, returned);

    t->wants_write = error == SSL_ERROR_WANT_WRITE;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return IO_AGAIN;
    if (error == SSL_ERROR_ZERO_RETURN)
        return IO_END;
    t->failed = true;
    t->why = reason_of(t);
    ERR_clear_error();
    return IO_FAILED;
}

enum io_result
tls_handshake(struct tls *t)
{
    int r;
    enum io_result result;

    ERR_clear_error();
    r = SSL_do_handshake(t->ssl);
    if (r == 1) {
        t->wants_write = false;
        t->up = true;
        return IO_OK;
    }
    result = result_of(t, r);
    if (result == IO_END) { /* nothing was agreed on: to the caller it is a failure */
        t->why = "closed by the peer";
        return IO_FAILED;
    }
    return result;
}

enum io_result
tls_recv(struct tls *t, void *buf, size_t size, size_t *n_out)
{
    int r;

    rfd_assert(size > 0);
    ERR_clear_error();
    t->wants_write = false;
    r = SSL_read_ex(t->ssl, buf, size, n_out);
    return r == 1 ? IO_OK : result_of(t, r);
}

enum io_result
tls_send(struct tls *t, const void *buf, size_t n, size_t *n_out)
{
    int r;

    ERR_clear_error();
    t->wants_write = false;
    r = SSL_write_ex(t->ssl, buf, n, n_out);
    if (r == 1)
        return IO_OK;
    return result_of(t, r) == IO_AGAIN ? IO_AGAIN : IO_FAILED;
}

bool
tls_wants_write(const struct tls *t)
{
    return t->wants_write;
}

const char *
tls_why(const struct tls *t)
{
    return t->why;
}

const char *
tls_version(const struct tls *t)
{
    return SSL_get_version(t->ssl);
}

bool
tls_peer_sha(const struct tls *t, struct sha256 *out)
{
    if (t->shown)
        *out = t->peer;
    return t->shown;
}
