#include "conf/tlskeys.h"

#include "base/limits.h"
#include "sys/clock.h"

enum { WARN_DAYS = 30 };

static const char *const keys[] = {"cert", "key", "ca", "name", "peers"};

static void
read_file(const struct loader *l, const struct tree *t, const char **out)
{
    static const struct setting path = {"file", VALUE_PATH, true, 0, 0, 0, NULL, NULL, ""};

    setting_read(l, &path, t, out);
}

static void
read_name(const struct loader *l, const struct tree *t, struct tls_want *out)
{
    static const struct setting text = {"name", VALUE_TEXT, true, 0, 0, 0, NULL, NULL, ""};

    setting_read(l, &text, t, &out->name);
}

static void
read_peers(const struct loader *l, const struct tree *list, struct tls_want *out)
{
    static const struct setting text = {"peer", VALUE_TEXT, true, 0, 0, 0, NULL, NULL, ""};
    const char **peer;
    size_t n;

    if (!tree_is(list, TREE_SEQ, l->d))
        return;
    n = tree_len(list);
    if (n == 0 || n > TLSKEYS_PEERS_MAX) {
        tree_error(list, l->d, "1 to %d peers are expected here", TLSKEYS_PEERS_MAX);
        return;
    }
    peer = ARENA_ARRAY(l->a, n, const char *);
    for (size_t i = 0; i < n; i++) {
        peer[i] = "";
        setting_read(l, &text, tree_at(list, i), &peer[i]);
        if (!tls_peer_ok(peer[i])) {
            tree_error(tree_at(list, i), l->d,
                       "a peer is expected here: sha256:HEX, dns:NAME, email:ADDRESS, uri:URI, "
                       "ip:ADDRESS or subject:NAME as in RFC 2253");
        }
    }
    out->peer = peer;
    out->peers = n;
}

void
tlskeys_read(const struct loader *l, const struct tree *t, struct tls_want *out)
{
    if (t == NULL || !tree_is(t, TREE_MAP, l->d))
        return;
    (void)tree_check_keys(t, keys, RFD_COUNT(keys), l->d);
    read_file(l, tree_get(t, "cert"), &out->cert);
    read_file(l, tree_get(t, "key"), &out->key);
    read_file(l, tree_get(t, "ca"), &out->ca);
    read_name(l, tree_get(t, "name"), out);
    if (tree_get(t, "peers") != NULL)
        read_peers(l, tree_get(t, "peers"), out);
    if ((out->cert == NULL) != (out->key == NULL))
        tree_error(t, l->d, "\"cert\" and \"key\" go together");
    if (!tlskeys_given(out))
        tree_error(t, l->d, "\"cert\" and \"key\", or \"ca\", are expected here");
}

bool
tlskeys_given(const struct tls_want *w)
{
    return w->cert != NULL || w->ca != NULL;
}

static bool
text_same(const char *a, const char *b)
{
    return (a == NULL && b == NULL) || setting_text_same(a, b);
}

bool
tlskeys_same(const struct tls_want *a, const struct tls_want *b)
{
    if (!text_same(a->cert, b->cert) || !text_same(a->key, b->key) || !text_same(a->ca, b->ca) ||
        !text_same(a->name, b->name) || a->peers != b->peers)
        return false;
    for (size_t i = 0; i < a->peers; i++) {
        if (!setting_text_same(a->peer[i], b->peer[i]))
            return false;
    }
    return true;
}

void
tlskeys_try(const struct tls_want *w, bool server, const struct tree_place *at, struct diags *d)
{
    struct tls_ctx *x = NULL;
    char why[TLS_WHY_MAX];
    const char *file = "";
    int32_t days;

    if (!tls_ctx_new(w, server, &x, why)) {
        diag_error(d, at->file, at->line, at->col, "%s", why);
        return;
    }
    days = tls_ctx_days_left(x, clock_wall_s(), &file);
    if (days < 0)
        diag_warn(d, at->file, at->line, at->col, "%s: ended %d days ago", file, -days);
    else if (days <= WARN_DAYS)
        diag_warn(d, at->file, at->line, at->col, "%s: ends in %d days", file, days);
    tls_ctx_free(&x);
}
