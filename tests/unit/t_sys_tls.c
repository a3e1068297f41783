#include "sys/mem.h"
#include "sys/stream.h"
#include "sys/tls.h"
#include "sys/tlsint.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_MAX_BYTES = 128, DAY_S = 86400, ROUNDS_MAX = 100000, BIG = 1 << 20 };

#define NAMES "DNS:lis.test,IP:10.1.2.3,email:lis@site.test,URI:urn:site:lis"

/* Files of one run, made here: an authority, a server, a client, and some that are no good. */
struct files {
    char folder[PATH_MAX_BYTES];
    char ca[PATH_MAX_BYTES];
    char both[PATH_MAX_BYTES]; /* the authority and one that has ended */
    char server[PATH_MAX_BYTES];
    char server_key[PATH_MAX_BYTES];
    char client[PATH_MAX_BYTES];
    char client_key[PATH_MAX_BYTES];
    char chain[PATH_MAX_BYTES]; /* the server's, and one that has ended */
    char text[PATH_MAX_BYTES];
    X509 *cert; /* the client's */
};

static struct files f;

static void
extend(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *e;
    X509V3_CTX x;

    X509V3_set_ctx_nodb(&x);
    X509V3_set_ctx(&x, cert, cert, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &x, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(cert, e, -1), 1);
    X509_EXTENSION_free(e);
}

struct issuer {
    X509 *cert;
    EVP_PKEY *key;
};

/* by NULL: signed by itself, an authority. */
static X509 *
issue(const char *name, EVP_PKEY *key, const char *names, long days, const struct issuer *by)
{
    static long serial = 1;
    X509 *cert = X509_new();
    X509_NAME *subject = X509_get_subject_name(cert);

    assert_int_equal(X509_set_version(cert, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -30L * DAY_S));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), days * DAY_S + 60));
    assert_int_equal(X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC,
                                                (const unsigned char *)"Site", -1, -1, 0),
                     1);
    assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                                (const unsigned char *)name, -1, -1, 0),
                     1);
    assert_int_equal(
        X509_set_issuer_name(cert, by == NULL ? subject : X509_get_subject_name(by->cert)), 1);
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    if (by == NULL)
        extend(cert, NID_basic_constraints, "critical,CA:TRUE");
    if (names != NULL)
        extend(cert, NID_subject_alt_name, names);
    assert_true(X509_sign(cert, by == NULL ? key : by->key, EVP_sha256()) > 0);
    return cert;
}

static void
path(char out[PATH_MAX_BYTES], const char *name)
{
    (void)snprintf(out, PATH_MAX_BYTES, "%.60s/%s", f.folder, name);
}

static void
write_certs(char out[PATH_MAX_BYTES], const char *name, X509 *first, X509 *second)
{
    FILE *file;

    path(out, name);
    file = fopen(out, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, first), 1);
    if (second != NULL)
        assert_int_equal(PEM_write_X509(file, second), 1);
    (void)fclose(file);
}

static void
write_key(char out[PATH_MAX_BYTES], const char *name, EVP_PKEY *key)
{
    FILE *file;

    path(out, name);
    file = fopen(out, "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    (void)fclose(file);
}

static int
make_files(void **state)
{
    EVP_PKEY *key[3] = {EVP_EC_gen("P-256"), EVP_EC_gen("P-256"), EVP_EC_gen("P-256")};
    struct issuer ca = {issue("ca", key[0], NULL, 400, NULL), key[0]};
    X509 *old = issue("old", key[0], NULL, -2, NULL);
    X509 *server = issue("server", key[1], "DNS:refractd.test,IP:127.0.0.1", 100, &ca);
    FILE *file;

    (void)state;
    (void)snprintf(f.folder, sizeof f.folder, "/tmp/t_sys_tls.XXXXXX");
    assert_non_null(mkdtemp(f.folder));
    f.cert = issue("lis", key[2], NAMES, 50, &ca);
    write_certs(f.ca, "ca.pem", ca.cert, NULL);
    write_certs(f.both, "both.pem", old, ca.cert);
    write_certs(f.server, "server.pem", server, NULL);
    write_certs(f.chain, "chain.pem", server, old);
    write_certs(f.client, "client.pem", f.cert, NULL);
    write_key(f.server_key, "server.key", key[1]);
    write_key(f.client_key, "client.key", key[2]);
    path(f.text, "text");
    file = fopen(f.text, "w");
    assert_non_null(file);
    (void)fputs("no certificate at all\n", file);
    (void)fclose(file);
    X509_free(ca.cert);
    X509_free(old);
    X509_free(server);
    for (size_t i = 0; i < 3; i++)
        EVP_PKEY_free(key[i]);
    return 0;
}

static int
drop_files(void **state)
{
    const char *all[] = {f.ca,     f.both,       f.server, f.server_key,
                         f.client, f.client_key, f.chain,  f.text};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        (void)unlink(all[i]);
    (void)rmdir(f.folder);
    X509_free(f.cert);
    return 0;
}

/* --- two ends of a socket pair */

struct pair {
    struct stream server;
    struct stream client;
};

static struct tls_want
server_wants(const char *const *peer, size_t peers)
{
    return (struct tls_want){
        .cert = f.server, .key = f.server_key, .ca = f.ca, .peer = peer, .peers = peers};
}

static struct tls_want
client_wants(const char *name)
{
    return (struct tls_want){.cert = f.client, .key = f.client_key, .ca = f.ca, .name = name};
}

static struct tls_ctx *
context(const struct tls_want *w, bool server)
{
    struct tls_ctx *x = NULL;
    char why[TLS_WHY_MAX] = "";
    bool ok = tls_ctx_new(w, server, &x, why);

    if (!ok)
        fail_msg("%s", why);
    return x;
}

/* The contexts are let go at once: the connections have their share. */
static void
open_pair(struct pair *p, const struct tls_want *server, const struct tls_want *client)
{
    struct tls_ctx *s = context(server, true);
    struct tls_ctx *c = context(client, false);
    int fd[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd), 0);
    stream_open(&p->server, fd[0], s, NULL);
    stream_open(&p->client, fd[1], c, "127.0.0.1");
    tls_ctx_free(&s);
    tls_ctx_free(&c);
}

static void
close_pair(struct pair *p)
{
    stream_close(&p->client);
    stream_close(&p->server);
}

/* Until both have an answer. */
static void
shake(struct pair *p, enum io_result *server_out, enum io_result *client_out)
{
    *server_out = *client_out = IO_AGAIN;
    for (int i = 0; i < 20; i++) {
        if (*client_out == IO_AGAIN)
            *client_out = stream_handshake(&p->client);
        if (*server_out == IO_AGAIN)
            *server_out = stream_handshake(&p->server);
    }
}

static void
up_pair(struct pair *p)
{
    struct tls_want server = server_wants(NULL, 0);
    struct tls_want client = client_wants("refractd.test");
    enum io_result s;
    enum io_result c;

    open_pair(p, &server, &client);
    shake(p, &s, &c);
    assert_int_equal(s, IO_OK);
    assert_int_equal(c, IO_OK);
}

static void
both_sides_are_sure(void **state)
{
    struct pair p;
    struct sha256 sha;
    struct sha256 want;
    unsigned n = sizeof want.b;

    (void)state;
    up_pair(&p);
    assert_true(p.server.ready && p.client.ready);
    assert_string_equal(tls_version(p.server.tls), "TLSv1.3");
    assert_true(tls_peer_sha(p.server.tls, &sha));
    assert_int_equal(X509_digest(f.cert, EVP_sha256(), want.b, &n), 1);
    assert_memory_equal(sha.b, want.b, sizeof want.b);
    close_pair(&p);
}

/* More than a socket holds: partial writes, the rest again from a buffer that has moved. */
static void
much_goes_through_in_pieces(void **state)
{
    struct pair p;
    char *from = xmalloc(BIG);
    char *moved = xmalloc(BIG);
    char *to = xmalloc(BIG);
    size_t sent = 0;
    size_t got = 0;
    unsigned waits = 0;

    (void)state;
    up_pair(&p);
    for (size_t i = 0; i < BIG; i++)
        from[i] = (char)(i * 31 >> 3);
    memcpy(moved, from, BIG);
    for (int i = 0; i < ROUNDS_MAX && got < BIG; i++) {
        size_t n = 0;
        enum io_result r = IO_OK;

        while (sent < BIG && r == IO_OK) {
            r = stream_send(&p.client, (i % 2 == 0 ? from : moved) + sent, BIG - sent, &n);
            sent += r == IO_OK ? n : 0;
        }
        waits += r == IO_AGAIN;
        assert_int_equal(stream_wants_write(&p.client), r == IO_AGAIN);
        r = stream_recv(&p.server, to + got, BIG - got, &n);
        got += r == IO_OK ? n : 0;
        assert_true(r == IO_OK || r == IO_AGAIN);
    }
    assert_int_equal(got, BIG);
    assert_true(waits > 0);
    assert_memory_equal(from, to, BIG);
    close_pair(&p);
    xfree(from);
    xfree(moved);
    xfree(to);
}

/* With 16 KiB of room a readable descriptor is all there is to wait for. */
static void
nothing_stays_behind(void **state)
{
    static char room[16 * 1024];
    struct pair p;
    char probe;
    size_t n = 0;

    (void)state;
    up_pair(&p);
    memset(room, 'x', sizeof room);
    for (int i = 0; i < 3; i++)
        assert_int_equal(stream_send(&p.client, room, sizeof room, &n), IO_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(recv(p.server.fd, &probe, 1, MSG_PEEK | MSG_DONTWAIT), 1);
        assert_int_equal(stream_recv(&p.server, room, sizeof room, &n), IO_OK);
        assert_int_equal(n, sizeof room);
    }
    assert_int_equal(recv(p.server.fd, &probe, 1, MSG_PEEK | MSG_DONTWAIT), -1);
    close_pair(&p);
}

/* close_notify, a bare FIN with the other direction open, and a FIN in the handshake. */
static void
every_way_to_end(void **state)
{
    struct tls_want server = server_wants(NULL, 0);
    struct tls_want client = client_wants(NULL);
    struct pair p;
    char word[8];
    size_t n = 0;

    (void)state;
    up_pair(&p);
    stream_end(&p.client);
    assert_int_equal(stream_recv(&p.server, word, sizeof word, &n), IO_END);
    assert_int_equal(stream_send(&p.server, "answer", 6, &n), IO_OK);
    close_pair(&p);
    up_pair(&p);
    assert_int_equal(shutdown(p.client.fd, SHUT_WR), 0);
    assert_int_equal(stream_recv(&p.server, word, sizeof word, &n), IO_END);
    assert_int_equal(stream_send(&p.server, "answer", 6, &n), IO_OK);
    assert_int_equal(stream_recv(&p.client, word, sizeof word, &n), IO_OK);
    assert_memory_equal(word, "answer", 6);
    close_pair(&p);
    open_pair(&p, &server, &client);
    assert_int_equal(stream_handshake(&p.client), IO_AGAIN);
    assert_int_equal(shutdown(p.client.fd, SHUT_WR), 0);
    assert_int_equal(stream_handshake(&p.server), IO_FAILED);
    assert_string_equal(stream_why(&p.server), "closed by the peer");
    close_pair(&p);
}

static void
what_is_no_tls_fails(void **state)
{
    static const char words[] = "\vMSH|^~\\&|LIS|SITE|R|R|20261101||ORU^R01|1|P|2.5\r\x1c\r";
    struct tls_want server = server_wants(NULL, 0);
    struct tls_want client = client_wants(NULL);
    struct pair p;
    struct sha256 sha;

    (void)state;
    open_pair(&p, &server, &client);
    assert_int_equal(send(p.client.fd, words, sizeof words, MSG_NOSIGNAL), (ssize_t)sizeof words);
    assert_int_equal(stream_handshake(&p.server), IO_FAILED);
    assert_true(strlen(stream_why(&p.server)) > 0);
    assert_null(strstr(stream_why(&p.server), "LIS"));
    assert_false(tls_peer_sha(p.server.tls, &sha));
    close_pair(&p);
}

/* --- whom we let in */

/* What the server says, or the client; "" when both are content. */
static const char *
why_of(const struct tls_want *server, const struct tls_want *client, bool client_says,
       bool *shown_out)
{
    static char why[TLS_WHY_MAX];
    struct pair p;
    struct sha256 sha;
    enum io_result s;
    enum io_result c;

    open_pair(&p, server, client);
    shake(&p, &s, &c);
    assert_true(client_says || c == IO_OK || s == IO_FAILED);
    (void)snprintf(why, sizeof why, "%s", stream_why(client_says ? &p.client : &p.server));
    *shown_out = tls_peer_sha(p.server.tls, &sha);
    close_pair(&p);
    return why;
}

static void
who_is_not_on_the_list_stays_out(void **state)
{
    static const char *const other[] = {"dns:other.test"};
    static const char *const lis[] = {"dns:other.test", "dns:lis.test"};
    struct tls_want server = server_wants(other, 1);
    struct tls_want client = client_wants(NULL);
    bool shown = false;

    (void)state;
    assert_string_equal(why_of(&server, &client, false, &shown),
                        "its certificate is not in the list of peers");
    assert_true(shown); /* for the log */
    server = server_wants(lis, 2);
    assert_string_equal(why_of(&server, &client, false, &shown), "");
    client.cert = client.key = NULL;
    assert_string_equal(why_of(&server, &client, false, &shown),
                        "peer did not return a certificate");
    assert_false(shown);
}

/* By name, by the address when no name is said, and by an address in the place of a name. */
static void
only_the_server_that_was_meant(void **state)
{
    struct tls_want server = server_wants(NULL, 0);
    struct tls_want client = client_wants(NULL);
    bool shown;

    (void)state;
    assert_string_equal(why_of(&server, &client, true, &shown), "");
    client.name = "refractd.test";
    assert_string_equal(why_of(&server, &client, true, &shown), "");
    client.name = "127.0.0.1";
    assert_string_equal(why_of(&server, &client, true, &shown), "");
    client.name = "127.0.0.2";
    assert_non_null(strstr(why_of(&server, &client, true, &shown), "IP address mismatch"));
    client.name = "elsewhere.test";
    assert_non_null(strstr(why_of(&server, &client, true, &shown), "ostname mismatch"));
    client.name = "server"; /* the CN is no name when there are others */
    assert_non_null(strstr(why_of(&server, &client, true, &shown), "ostname mismatch"));
}

static void
every_kind_of_peer(void **state)
{
    static const struct {
        const char *text;
        bool listed;
    } all[] = {
        {"dns:lis.test", true},        {"dns:LIS.test", true},
        {"dns:is.test", false},        {"dns:lis", false}, /* the CN is no name */
        {"ip:10.1.2.3", true},         {"ip:10.1.2.4", false},
        {"email:lis@site.test", true}, {"email:other@site.test", false},
        {"uri:urn:site:lis", true},    {"uri:urn:site:li", false},
        {"uri:urn:site:lis2", false},  {"subject:CN=lis,O=Site", true},
        {"subject:CN=lis", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct tls_want w = {.peer = &all[i].text, .peers = 1};

        assert_true(tls_peer_ok(all[i].text));
        if (tls_peer_listed(&w, f.cert) != all[i].listed)
            fail_msg("%s", all[i].text);
    }
    assert_true(tls_peer_listed(&(struct tls_want){0}, f.cert));
}

/* As openssl prints it, with colons and capitals, and as the log does. */
static void
a_fingerprint_in_every_form(void **state)
{
    char plain[8 + SHA256_HEX_MAX] = "sha256:";
    char colons[128] = "sha256:";
    char other[8 + SHA256_HEX_MAX];
    const char *text[] = {plain, colons, other};
    struct sha256 sha;
    unsigned n = sizeof sha.b;

    (void)state;
    assert_int_equal(X509_digest(f.cert, EVP_sha256(), sha.b, &n), 1);
    (void)sha256_hex(&sha, plain + 7);
    for (size_t i = 0; i < SHA256_SIZE; i++)
        (void)snprintf(colons + 7 + 3 * i, 4, i + 1 < SHA256_SIZE ? "%02X:" : "%02X", sha.b[i]);
    memcpy(other, plain, sizeof other);
    other[70] = other[70] == '0' ? '1' : '0';
    for (size_t i = 0; i < 3; i++) {
        struct tls_want w = {.peer = &text[i], .peers = 1};

        assert_true(tls_peer_ok(text[i]));
        assert_int_equal(tls_peer_listed(&w, f.cert), i < 2);
    }
    plain[70] = '\0';
    assert_false(tls_peer_ok(plain));
}

static void
what_is_no_peer(void **state)
{
    static const char *const none[] = {
        "", "lis.test", "dns:", "sha256:", "sha1:00", "DNS:lis", "email", "sha256:zz"};

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(tls_peer_ok(none[i]));
}

/* --- files */

static void
refused(const struct tls_want *w, const char *file, const char *words)
{
    struct tls_ctx *x = NULL;
    char why[TLS_WHY_MAX] = "";

    assert_false(tls_ctx_new(w, true, &x, why));
    assert_null(x);
    if (strncmp(why, file, strlen(file)) != 0 || strstr(why, words) == NULL ||
        strstr(why, "BEGIN") != NULL)
        fail_msg("%s", why);
}

static void
files_that_cannot_be_used(void **state)
{
    (void)state;
    refused(&(struct tls_want){.cert = "/nowhere/a.pem", .key = f.server_key}, "/nowhere/a.pem",
            "cannot be read (");
    refused(&(struct tls_want){.cert = f.text, .key = f.server_key}, f.text, "no certificate");
    refused(&(struct tls_want){.cert = f.server, .key = f.server}, f.server, "no private key");
    refused(&(struct tls_want){.cert = f.server, .key = f.client_key}, f.client_key,
            "is not the key");
    refused(&(struct tls_want){.cert = f.server, .key = f.server_key, .ca = f.text}, f.text,
            "no certificate");
}

static int32_t
days(const char *cert, const char *ca, int64_t now, const char **file_out)
{
    struct tls_want w = {.cert = cert, .key = f.server_key, .ca = ca};
    struct tls_ctx *x = context(&w, true);
    int32_t n = tls_ctx_days_left(x, now, file_out);

    tls_ctx_free(&x);
    return n;
}

/* A chain ends with its first certificate, a file of authorities with its last: while authorities
 * change, the old one stands beside the new one. */
static void
days_until_the_end(void **state)
{
    int64_t now = time(NULL);
    const char *file = "";
    struct tls_want none = {.ca = NULL};
    struct tls_ctx *x = context(&none, false);

    (void)state;
    assert_int_equal(days(f.server, f.ca, now, &file), 100);
    assert_string_equal(file, f.server);
    assert_int_equal(days(f.server, f.both, now, &file), 100);
    assert_int_equal(days(f.chain, f.ca, now, &file), -2);
    assert_string_equal(file, f.chain);
    assert_int_equal(days(f.server, f.ca, now + 101LL * DAY_S, &file), -1);
    assert_int_equal(tls_ctx_days_left(x, now, &file), TLS_NO_EXPIRY);
    tls_ctx_free(&x);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_are_sure),
        cmocka_unit_test(much_goes_through_in_pieces),
        cmocka_unit_test(nothing_stays_behind),
        cmocka_unit_test(every_way_to_end),
        cmocka_unit_test(what_is_no_tls_fails),
        cmocka_unit_test(who_is_not_on_the_list_stays_out),
        cmocka_unit_test(only_the_server_that_was_meant),
        cmocka_unit_test(every_kind_of_peer),
        cmocka_unit_test(a_fingerprint_in_every_form),
        cmocka_unit_test(what_is_no_peer),
        cmocka_unit_test(files_that_cannot_be_used),
        cmocka_unit_test(days_until_the_end),
    };

    return cmocka_run_group_tests(tests, make_files, drop_files);
}
