/*
 * What:    one key of the main config: its type, range, default and help, and how it is read.
 * Owns:    texts live in the loader's arena.
 * Threads: one.
 * Errors:  diags with file:line:col; a value that is not read leaves the field as it was.
 */
#ifndef RFD_CONF_SETTING_H
#define RFD_CONF_SETTING_H

#include "base/diag.h"
#include "wire/tree.h"

enum value_type {
    VALUE_TEXT,
    VALUE_PATH, /* relative ones: from the folder of the config file */
    VALUE_BOOL,
    VALUE_INT,
    VALUE_BYTES, /* 4096, 64KiB, 96MiB, 1GiB */
    VALUE_SPAN,
    VALUE_DAY,
    VALUE_ENUM,
    VALUE_ADDR,     /* HOST:PORT, numeric; "off" gives NULL */
    VALUE_ENDPOINT, /* tcp://HOST:PORT or ipc://PATH */
    VALUE_TLS,      /* read and compared by conf/tlskeys.h, not here */
    VALUE_TYPE_COUNT,
};

struct names {
    const char *const *name;
    size_t count;
};

/* One key. In the main table a key may be "group.key". No default: absent is as it was preset. */
struct setting {
    const char *key;
    enum value_type type;
    bool reloadable; /* false: a change starts the roles anew */
    size_t offset;
    int64_t min;
    int64_t max;
    const struct names *names; /* VALUE_ENUM */
    const char *initial;
    const char *help;
};

struct loader {
    struct arena *a;
    struct diags *d;
    struct str dir; /* of the config file, with its last '/', or empty */
    const char *file;
};

/* The field of that key in base, from its value t (NULL: the key is absent, nothing happens). */
void
setting_read(const struct loader *l, const struct setting *s, const struct tree *t, void *base);
/* The default, where there is one. */
void setting_preset(const struct loader *l, const struct setting *s, void *base);
RFD_MUSTCHECK bool setting_same(const struct setting *s, const void *a, const void *b);

/* A path as the file means it: relative ones start at dir. */
const char *setting_path(const struct loader *l, struct str dir, struct str path);
RFD_MUSTCHECK bool setting_text_same(const char *a, const char *b); /* both there and equal */

#endif
