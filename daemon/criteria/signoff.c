#include "criteria/signoff.h"

#include "base/sb.h"

enum { FILE_BYTES_MAX = 1024 * 1024, NAME_BYTES_MAX = 200 };

struct signoff {
    struct str id;
    struct str version;
    struct str sha256;
    struct str by;
    day_t on;
    int mode; /* 0: live, 1: review */
};

static bool
signoff_read(const struct tree *t, struct diags *d, struct signoff *out)
{
    static const char *const keys[] = {"id", "version", "sha256", "by", "on", "mode"};
    static const char *const modes[] = {"live", "review"};
    const struct tree *mode = tree_get(t, "mode");

    *out = (struct signoff){.on = DAY_NONE};
    return t != NULL && tree_is(t, TREE_MAP, d) && tree_check_keys(t, keys, RFD_COUNT(keys), d) &&
           tree_str(tree_need(t, "id", d), d, &out->id) &&
           tree_str(tree_need(t, "version", d), d, &out->version) &&
           tree_str(tree_need(t, "sha256", d), d, &out->sha256) &&
           tree_str(tree_need(t, "by", d), d, &out->by) &&
           tree_day(tree_need(t, "on", d), d, &out->on) &&
           (tree_is_absent(mode) || tree_enum(mode, d, modes, RFD_COUNT(modes), &out->mode));
}

static struct rule *
rule_of(struct rule *rules, size_t count, struct str id)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(rules[i].head.id, id))
            return &rules[i];
    return NULL;
}

static void
apply(const struct signoff *s, const struct tree *at, struct diags *d, struct rule *r)
{
    char hex[SHA256_HEX_MAX];

    if (r == NULL) {
        tree_warn(at, d, "signed, but there is no rule %.*s", STR_FMT(s->id));
        return;
    }
    if (!str_eq(sha256_hex(&r->content, hex), s->sha256)) {
        tree_warn(at, d, "%.*s has changed since it was signed: it runs in shadow", STR_FMT(s->id));
        r->head.mode = RULE_SHADOW;
        return;
    }
    r->reviewer = s->by;
    r->reviewed = s->on;
    r->head.mode = s->mode == 1 ? RULE_REVIEW : RULE_LIVE;
}

bool
criteria_sign_off(struct arena *a, const struct tree *root, struct diags *d, struct ruleset *rules)
{
    struct rule *copy = ARENA_ARRAY(a, rules->count + 1, struct rule);
    size_t before = d->errors;

    if (tree_is_absent(root))
        return true;
    if (!tree_is(root, TREE_SEQ, d))
        return false;
    for (size_t i = 0; i < rules->count; i++)
        copy[i] = rules->rule[i];
    for (size_t i = 0; i < tree_len(root); i++) {
        const struct tree *t = tree_at(root, i);
        struct signoff s;

        if (signoff_read(t, d, &s))
            apply(&s, t, d, rule_of(copy, rules->count, s.id));
    }
    if (d->errors > before)
        return false;
    *rules = (struct ruleset){copy, rules->count};
    return true;
}

/* Stands between double quotes in YAML as it is. */
static bool
is_plain(struct str s)
{
    if (str_is_empty(s) || s.n > NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == '"' || s.p[i] == '\\' || s.p[i] == 0x7f)
            return false;
    return true;
}

static void
add_entry(struct sb *b, const struct signoff *s)
{
    char day[DAY_TEXT_MAX];

    sb_addf(b, "- {id: %.*s, version: %.*s, ", STR_FMT(s->id), STR_FMT(s->version));
    sb_addf(b, "sha256: %.*s, by: \"%.*s\", ", STR_FMT(s->sha256), STR_FMT(s->by));
    sb_addf(b, "on: %s%s}\n", str_is_empty(day_format(s->on, day)) ? "" : day,
            s->mode == 1 ? ", mode: review" : "");
}

bool
criteria_signed_file(struct arena *a, const struct tree *root, const struct rule *r, struct str by,
                     day_t on, struct str *out)
{
    char hex[SHA256_HEX_MAX];
    struct signoff own = {.id = r->head.id, .version = r->head.version, .by = by, .on = on};
    struct diags d;
    struct sb b;

    own.sha256 = sha256_hex(&r->content, hex);
    if (!is_plain(by))
        return false;
    diags_init(&d, a);
    sb_init_arena(&b, a, FILE_BYTES_MAX);
    sb_add_c(
        &b,
        "# Who has read and signed which rule, and its content then. A rule that changes is in\n"
        "# shadow again. Written by: refractctl criteria sign\n");
    for (size_t i = 0; i < tree_len(root); i++) {
        struct signoff s;

        if (signoff_read(tree_at(root, i), &d, &s) && !str_eq(s.id, own.id) && is_plain(s.by))
            add_entry(&b, &s);
    }
    add_entry(&b, &own);
    *out = sb_str(&b);
    return sb_ok(&b);
}
