/* What stands in a request: headers, cookies, queries, forms. */
#include "console/http.h"

#include <microhttpd.h>

#include <string.h>

struct counting {
    struct str name;
    size_t count;
};

static enum MHD_Result
count_one(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct counting *c = arg;

    (void)kind;
    (void)value;
    c->count += str_eq_nocase(str_from_c(key), c->name) ? 1 : 0;
    return MHD_YES;
}

static struct str
looked_up(const struct http_request *r, enum MHD_ValueKind kind, const char *name)
{
    const char *value = MHD_lookup_connection_value(r->connection, kind, name);

    return value == NULL ? STR_NONE : str_dup(r->arena, str_from_c(value));
}

struct str
http_header(const struct http_request *r, const char *name)
{
    return looked_up(r, MHD_HEADER_KIND, name);
}

size_t
http_header_count(const struct http_request *r, const char *name)
{
    struct counting c = {str_from_c(name), 0};

    (void)MHD_get_connection_values(r->connection, MHD_HEADER_KIND, count_one, &c);
    return c.count;
}

struct str
http_query(const struct http_request *r, const char *name)
{
    return looked_up(r, MHD_GET_ARGUMENT_KIND, name);
}

struct str
http_cookie(const struct http_request *r, const char *name)
{
    return looked_up(r, MHD_COOKIE_KIND, name);
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static struct str
form_decode(struct arena *a, struct str in)
{
    char *p = arena_alloc(a, in.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < in.n; i++) {
        int high = i + 2 < in.n && in.p[i] == '%' ? hex_value(in.p[i + 1]) : -1;
        int low = high < 0 ? -1 : hex_value(in.p[i + 2]);

        if (low >= 0) {
            unsigned char byte = (unsigned char)(high * 16 + low);

            memcpy(&p[n++], &byte, 1);
            i += 2;
        } else {
            p[n] = ' ';
            if (in.p[i] != '+')
                p[n] = in.p[i];
            n++;
        }
    }
    p[n] = '\0';
    return (struct str){p, n};
}

struct str
http_form(const struct http_request *r, const char *name)
{
    struct str rest = r->body;

    while (rest.n > 0) {
        struct str pair = rest;
        struct str after = STR("");
        struct str key;
        struct str value;

        if (str_cut(rest, '&', &pair, &after))
            rest = after;
        else
            rest = STR("");
        if (str_cut(pair, '=', &key, &value) && str_eq_c(form_decode(r->arena, key), name))
            return form_decode(r->arena, value);
    }
    return STR_NONE;
}

void
http_hold(const struct http_request *r, void *what, http_release *release)
{
    struct http_held *h = r->held;

    rfd_assert(h->count < HTTP_HELD_MAX);
    h->one[h->count].what = what;
    h->one[h->count++].release = release;
}

void
http_let_go(const struct http_request *r, const void *what)
{
    struct http_held *h = r->held;

    rfd_assert(h->count > 0 && h->one[h->count - 1].what == what);
    h->count--;
    h->one[h->count].release(h->one[h->count].what);
}

void
http_let_go_all(const struct http_request *r)
{
    while (r->held->count > 0)
        http_let_go(r, r->held->one[r->held->count - 1].what);
}
