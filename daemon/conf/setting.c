#include "conf/setting.h"

#include "sys/tcp.h"
#include "sys/zsock.h"

#include <string.h>

enum { PATH_TEXT_MAX = 1024 };

const char *
setting_path(const struct loader *l, struct str dir, struct str path)
{
    if (path.n > 0 && path.p[0] == '/')
        return str_cz(l->a, path);
    return str_cz(l->a, str_cat(l->a, dir, path));
}

static bool
read_path(const struct loader *l, const struct tree *t, const char **out)
{
    struct str s;

    if (!tree_str(t, l->d, &s))
        return false;
    if (s.n == 0 || s.n > PATH_TEXT_MAX) {
        tree_error(t, l->d, "a path is expected here, of at most %d bytes", PATH_TEXT_MAX);
        return false;
    }
    *out = setting_path(l, l->dir, s);
    return true;
}

static bool
read_text(const struct loader *l, const struct tree *t, const char **out)
{
    struct str s;

    if (!tree_str(t, l->d, &s))
        return false;
    *out = str_cz(l->a, s);
    return true;
}

static bool
bytes_parse(struct str s, int64_t *out)
{
    static const struct {
        struct str suffix;
        int64_t factor;
    } units[] = {{{"KiB", 3}, INT64_C(1) << 10},
                 {{"MiB", 3}, INT64_C(1) << 20},
                 {{"GiB", 3}, INT64_C(1) << 30}};
    int64_t factor = 1;
    int64_t v;

    for (size_t i = 0; i < RFD_COUNT(units); i++) {
        if (str_ends(s, units[i].suffix)) {
            factor = units[i].factor;
            s.n -= units[i].suffix.n;
            break;
        }
    }
    if (!str_to_i64(str_trim(s), &v) || v < 0 || v > INT64_MAX / factor)
        return false;
    *out = v * factor;
    return true;
}

static bool
read_bytes(const struct loader *l, const struct tree *t, int64_t *out)
{
    struct str s;

    if (!tree_str(t, l->d, &s))
        return false;
    if (bytes_parse(s, out))
        return true;
    tree_error(t, l->d, "a size is expected here, such as 4096, 64KiB or 96MiB");
    return false;
}

static bool
read_addr(const struct loader *l, const struct tree *t, const char **out)
{
    struct tcp_addr addr;
    const char *text;

    if (!read_text(l, t, &text))
        return false;
    if (strcmp(text, "off") == 0) {
        *out = NULL;
        return true;
    }
    if (!tcp_addr_parse(text, &addr)) {
        tree_error(t, l->d, "a numeric address is expected here, such as 127.0.0.1:2575");
        return false;
    }
    *out = text;
    return true;
}

static bool
read_endpoint(const struct loader *l, const struct tree *t, const char **out)
{
    const char *text;

    if (!read_text(l, t, &text))
        return false;
    if (!zsock_endpoint_ok(text)) {
        tree_error(t, l->d, "an endpoint is expected here: tcp://HOST:PORT or ipc://PATH");
        return false;
    }
    *out = text;
    return true;
}

void
setting_read(const struct loader *l, const struct setting *s, const struct tree *t, void *base)
{
    void *field = (char *)base + s->offset;

    switch (s->type) {
    case VALUE_TEXT: (void)read_text(l, t, field); break;
    case VALUE_PATH: (void)read_path(l, t, field); break;
    case VALUE_BOOL: (void)tree_bool(t, l->d, field); break;
    case VALUE_INT: (void)tree_i64(t, l->d, s->min, s->max, field); break;
    case VALUE_BYTES: (void)read_bytes(l, t, field); break;
    case VALUE_SPAN: (void)tree_span(t, l->d, field); break;
    case VALUE_DAY: (void)tree_day(t, l->d, field); break;
    case VALUE_ENUM: (void)tree_enum(t, l->d, s->names->name, s->names->count, field); break;
    case VALUE_ADDR: (void)read_addr(l, t, field); break;
    case VALUE_ENDPOINT: (void)read_endpoint(l, t, field); break;
    case VALUE_TLS:
    case VALUE_TYPE_COUNT: break;
    }
}

void
setting_preset(const struct loader *l, const struct setting *s, void *base)
{
    struct tree_place nowhere = {l->file, 0, 0};

    if (s->initial != NULL)
        setting_read(l, s, tree_scalar(l->a, nowhere, str_from_c(s->initial), true), base);
}

bool
setting_text_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool
setting_same(const struct setting *s, const void *a, const void *b)
{
    const char *x = (const char *)a + s->offset;
    const char *y = (const char *)b + s->offset;
    const char *const *text_x = (const void *)x;
    const char *const *text_y = (const void *)y;

    switch (s->type) {
    case VALUE_BOOL: return *x == *y;
    case VALUE_INT:
    case VALUE_BYTES: return memcmp(x, y, sizeof(int64_t)) == 0;
    case VALUE_SPAN:
        return ((const struct span *)(const void *)x)->n ==
                   ((const struct span *)(const void *)y)->n &&
               ((const struct span *)(const void *)x)->months ==
                   ((const struct span *)(const void *)y)->months;
    case VALUE_DAY:
    case VALUE_ENUM: return memcmp(x, y, sizeof(int32_t)) == 0;
    case VALUE_TEXT:
    case VALUE_PATH:
    case VALUE_ADDR:
    case VALUE_ENDPOINT:
        return (*text_x == NULL && *text_y == NULL) || setting_text_same(*text_x, *text_y);
    case VALUE_TLS: return true;
    case VALUE_TYPE_COUNT: break;
    }
    return false;
}
