#include "criteria/signoff.h"

#include "base/sb.h"

enum { FILE_BYTES_MAX = 1024 * 1024, NAME_BYTES_MAX = 200 };

struct signoff {
    bool option; /* of a therapy */
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
    static const char *const keys[] = {"id", "option", "version", "sha256", "by", "on", "mode"};
    static const char *const modes[] = {"live", "review"};
    const struct tree *mode = tree_get(t, "mode");

    *out = (struct signoff){.on = DAY_NONE, .option = tree_get(t, "option") != NULL};
    return t != NULL && tree_is(t, TREE_MAP, d) && tree_check_keys(t, keys, RFD_COUNT(keys), d) &&
           tree_str(tree_need(t, out->option ? "option" : "id", d), d, &out->id) &&
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
        r->signoff_void = true;
        return;
    }
    r->signoff_void = false;
    r->reviewer = s->by;
    r->reviewed = s->on;
    r->signed_mode = s->mode == 1 ? RULE_REVIEW : RULE_LIVE;
}

/* What the site's file wants, else what the rule's own file asks for, else to be live; and never
 * more than what was signed. */
static void
settle(struct rule *r)
{
    enum rule_mode want = r->asked == RULE_REVIEW ? RULE_REVIEW : RULE_LIVE;

    if (r->has_site_mode)
        want = r->site_mode;
    r->head.mode = want < r->signed_mode ? want : r->signed_mode;
}

/* A person's name in the rule's own file is no sign-off: whoever edits the rule could leave it. */
static void
warn_unsigned(const struct rule *r, struct diags *d)
{
    enum rule_mode want = r->has_site_mode ? r->site_mode : r->asked;

    if (want != RULE_SHADOW && r->signed_mode == RULE_SHADOW && !r->signoff_void)
        tree_warn(r->at, d, "%.*s is to run in mode %s, but is not signed: it runs in shadow",
                  STR_FMT(r->head.id), rule_mode_name(want));
}

bool
criteria_sign_off(struct arena *a, const struct tree *root, struct diags *d, struct ruleset *rules)
{
    struct rule *copy = ARENA_ARRAY(a, rules->count + 1, struct rule);
    size_t before = d->errors;

    if (!tree_is_absent(root) && !tree_is(root, TREE_SEQ, d))
        return false;
    for (size_t i = 0; i < rules->count; i++)
        copy[i] = rules->rule[i];
    for (size_t i = 0; i < tree_len(root); i++) {
        const struct tree *t = tree_at(root, i);
        struct signoff s;

        if (signoff_read(t, d, &s) && !s.option)
            apply(&s, t, d, rule_of(copy, rules->count, s.id));
    }
    if (d->errors > before)
        return false;
    for (size_t i = 0; i < rules->count; i++) {
        settle(&copy[i]);
        warn_unsigned(&copy[i], d);
    }
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

    sb_addf(b, "- {%s: %.*s, version: %.*s, ", s->option ? "option" : "id", STR_FMT(s->id),
            STR_FMT(s->version));
    sb_addf(b, "sha256: %.*s, by: \"%.*s\", ", STR_FMT(s->sha256), STR_FMT(s->by));
    sb_addf(b, "on: %s%s}\n", str_is_empty(day_format(s->on, day)) ? "" : day,
            s->mode == 1 ? ", mode: review" : "");
}

bool
criteria_signed_file(struct arena *a, const struct tree *root, const struct signature *own,
                     struct str *out)
{
    char hex[SHA256_HEX_MAX];
    struct signoff last = {.option = own->option,
                           .id = own->id,
                           .version = own->version,
                           .sha256 = sha256_hex(&own->content, hex),
                           .by = own->by,
                           .on = own->on,
                           .mode = own->review};
    struct diags d;
    struct sb b;

    if (!is_plain(own->by))
        return false;
    diags_init(&d, a);
    sb_init_arena(&b, a, FILE_BYTES_MAX);
    sb_add_c(
        &b,
        "# Who has read and signed which rule or option, and its content then. What changes is in\n"
        "# shadow again. Written by: refractctl criteria sign, therapies sign\n");
    for (size_t i = 0; i < tree_len(root); i++) {
        struct signoff s;
        bool same;

        if (!signoff_read(tree_at(root, i), &d, &s) || !is_plain(s.by))
            continue;
        same = s.option == last.option && str_eq(s.id, last.id);
        if (!same)
            add_entry(&b, &s);
    }
    add_entry(&b, &last);
    *out = sb_str(&b);
    return sb_ok(&b);
}
