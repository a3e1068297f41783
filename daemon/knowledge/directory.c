#include "knowledge/directory.h"

#include "conf/config.h"
#include "conf/dutyhours.h"
#include "knowledge/mailboxes.h"

#include <string.h>

enum { NAME_BYTES_MAX = 64, SHOWN_BYTES_MAX = 100 };

struct reader {
    const struct oncotree *tree;
    struct arena *arena;
    struct diags *diags;
    struct directory *out;
};

static const char *const known_roles[] = {"primary_oncologist", "attending",   "ordering",
                                          "consulting",         "referring",   "admitting",
                                          "responsible",        "primary_care"};

static bool
keys_ok(struct reader *r, const struct tree *t, const char *const *names, size_t n)
{
    return t != NULL && tree_is(t, TREE_MAP, r->diags) && tree_check_keys(t, names, n, r->diags);
}

/* Names go into audit, digests and routes: letters, digits, - _ . */
static bool
name_read(struct reader *r, const struct tree *t, struct str *out)
{
    struct str s;

    if (!tree_str(t, r->diags, &s))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';

        if (!ok || s.n > NAME_BYTES_MAX) {
            tree_error(t, r->diags, "a name has 1 to %d of A-Z a-z 0-9 - _ .", NAME_BYTES_MAX);
            return false;
        }
    }
    if (s.n == 0)
        tree_error(t, r->diags, "a name is expected here");
    *out = str_dup(r->arena, s);
    return s.n > 0;
}

static const struct str *
texts_read(struct reader *r, const struct tree *t, size_t *count_out)
{
    struct str *s = ARENA_ARRAY(r->arena, tree_len(t), struct str);
    size_t n = 0;

    *count_out = 0;
    if (tree_is_absent(t) || !tree_is(t, TREE_SEQ, r->diags))
        return s;
    for (size_t i = 0; i < tree_len(t); i++) {
        if (tree_str(tree_at(t, i), r->diags, &s[n]))
            n++;
    }
    *count_out = n;
    return s;
}

static bool
knows_name(const struct directory *d, struct str id)
{
    for (size_t i = 0; i < d->person_count; i++) {
        if (str_eq(d->person[i].id, id))
            return true;
    }
    for (size_t i = 0; i < d->pool_count; i++) {
        if (str_eq(d->pool[i], id))
            return true;
    }
    return false;
}

/* A name that stands elsewhere in the file. */
static bool
known_read(struct reader *r, const struct tree *t, struct str *out)
{
    struct str s;

    if (!name_read(r, t, &s))
        return false;
    if (!knows_name(r->out, s)) {
        tree_error(t, r->diags, "nobody of this name among people and pools");
        return false;
    }
    *out = s;
    return true;
}

static bool
is_new_name(struct reader *r, const struct tree *t, struct str id)
{
    if (!knows_name(r->out, id) && !str_eq_c(id, "mtb"))
        return true;
    tree_error(t, r->diags, "this name stands twice");
    return false;
}

static void
absence_read(struct reader *r, const struct tree *t, struct directory_absence *out)
{
    static const char *const names[] = {"from", "until", "cover"};

    if (!keys_ok(r, t, names, RFD_COUNT(names)) || tree_need(t, "from", r->diags) == NULL ||
        tree_need(t, "until", r->diags) == NULL || tree_need(t, "cover", r->diags) == NULL ||
        !tree_day(tree_get(t, "from"), r->diags, &out->from) ||
        !tree_day(tree_get(t, "until"), r->diags, &out->until))
        return;
    if (out->until < out->from)
        tree_error(tree_get(t, "until"), r->diags, "this is before \"from\"");
}

/* What people call him, for the page: any text of one line. */
static void
shown_read(struct reader *r, const struct tree *t, struct str *out)
{
    struct str s;

    *out = STR_NONE;
    if (tree_is_absent(t) || !tree_str(t, r->diags, &s))
        return;
    if (s.n > SHOWN_BYTES_MAX)
        tree_error(t, r->diags, "a name has at most %d bytes", SHOWN_BYTES_MAX);
    *out = str_dup(r->arena, s);
}

/* One number, one person: else the order of the file would decide who hears of a patient. */
static void
numbers_read(struct reader *r, const struct tree *t, struct directory_person *out)
{
    out->number = texts_read(r, t, &out->number_count);
    for (size_t i = 0; i < out->number_count; i++) {
        for (size_t p = 0; p < r->out->person_count; p++) {
            const struct directory_person *other = &r->out->person[p];

            for (size_t k = 0; k < other->number_count; k++) {
                if (str_eq(other->number[k], out->number[i]))
                    tree_error(tree_at(t, i), r->diags, "this number stands twice");
            }
        }
    }
}

static void
person_read(struct reader *r, const struct tree *t, struct directory_person *out)
{
    static const char *const names[] = {"id", "name", "numbers", "mail", "absent"};
    const struct tree *absent = tree_get(t, "absent");
    struct directory_absence *away;

    if (!keys_ok(r, t, names, RFD_COUNT(names)) || tree_need(t, "id", r->diags) == NULL ||
        !name_read(r, tree_get(t, "id"), &out->id) || !is_new_name(r, tree_get(t, "id"), out->id))
        return;
    shown_read(r, tree_get(t, "name"), &out->name);
    numbers_read(r, tree_get(t, "numbers"), out);
    if (tree_is_absent(absent) || !tree_is(absent, TREE_SEQ, r->diags))
        return;
    away = ARENA_ARRAY(r->arena, tree_len(absent), struct directory_absence);
    for (size_t i = 0; i < tree_len(absent); i++)
        absence_read(r, tree_at(absent, i), &away[i]);
    out->absence = away;
    out->absence_count = tree_len(absent);
}

static void
people_read(struct reader *r, const struct tree *t)
{
    struct directory_person *p = ARENA_ARRAY(r->arena, tree_len(t), struct directory_person);

    r->out->person = p;
    if (tree_is_absent(t) || !tree_is(t, TREE_SEQ, r->diags))
        return;
    for (size_t i = 0; i < tree_len(t); i++) {
        person_read(r, tree_at(t, i), &p[i]);
        r->out->person_count = i + 1;
    }
}

/* Who covers may stand below: read when all names are known. */
static void
covers_read(struct reader *r, const struct tree *t)
{
    struct directory_person *person =
        ARENA_ARRAY(r->arena, r->out->person_count, struct directory_person);

    for (size_t i = 0; i < r->out->person_count; i++) {
        const struct tree *absent = tree_get(tree_at(t, i), "absent");
        const struct directory_person *p = &r->out->person[i];
        struct directory_absence *away =
            ARENA_ARRAY(r->arena, p->absence_count, struct directory_absence);

        for (size_t k = 0; k < p->absence_count; k++) {
            const struct tree *cover = tree_get(tree_at(absent, k), "cover");

            away[k] = p->absence[k];
            if (cover != NULL && !known_read(r, cover, &away[k].cover))
                continue;
            if (str_eq(away[k].cover, p->id))
                tree_error(cover, r->diags, "nobody covers for himself");
        }
        person[i] = *p;
        person[i].absence = away;
    }
    r->out->person = person;
}

/* A name alone, or {id: NAME, mail: ADDRESS}. */
static const struct tree *
pool_id(struct reader *r, const struct tree *t)
{
    static const char *const names[] = {"id", "mail"};

    if (t->kind != TREE_MAP)
        return t;
    return keys_ok(r, t, names, RFD_COUNT(names)) ? tree_need(t, "id", r->diags) : NULL;
}

static void
pools_read(struct reader *r, const struct tree *t)
{
    struct str *pool = ARENA_ARRAY(r->arena, tree_len(t), struct str);

    r->out->pool = pool;
    if (tree_is_absent(t) || !tree_is(t, TREE_SEQ, r->diags))
        return;
    for (size_t i = 0; i < tree_len(t); i++) {
        struct str *to = &pool[r->out->pool_count];

        const struct tree *id = pool_id(r, tree_at(t, i));

        if (id != NULL && name_read(r, id, to) && is_new_name(r, id, *to))
            r->out->pool_count++;
    }
}

static void
diseases_read(struct reader *r, const struct tree *t, struct directory_service *out)
{
    const struct oncotree_node **node =
        ARENA_ARRAY(r->arena, tree_len(t), const struct oncotree_node *);

    out->disease = node;
    if (!tree_is(t, TREE_SEQ, r->diags))
        return;
    for (size_t i = 0; i < tree_len(t); i++) {
        struct str code;

        if (!tree_str(tree_at(t, i), r->diags, &code))
            continue;
        node[out->disease_count] = oncotree_code(r->tree, code);
        if (node[out->disease_count] == NULL)
            tree_error(tree_at(t, i), r->diags, "no OncoTree code of this name");
        else
            out->disease_count++;
    }
}

/* One name, or a list. */
static void
services_to_read(struct reader *r, const struct tree *t, struct directory_service *out)
{
    bool list = t->kind == TREE_SEQ;
    size_t n = list ? tree_len(t) : 1;
    struct str *to = ARENA_ARRAY(r->arena, n, struct str);

    out->to = to;
    if (list && n == 0)
        tree_error(t, r->diags, "\"to\" must name somebody");
    for (size_t i = 0; i < n; i++) {
        if (known_read(r, list ? tree_at(t, i) : t, &to[out->to_count]))
            out->to_count++;
    }
}

static bool
is_pool(const struct directory *d, struct str id)
{
    for (size_t i = 0; i < d->pool_count; i++) {
        if (str_eq(d->pool[i], id))
            return true;
    }
    return false;
}

static void
call_read(struct reader *r, const struct tree *t, struct directory_on_call *out)
{
    static const char *const names[] = {"pool", "from", "until", "who"};

    *out = (struct directory_on_call){.from = 1, .until = 0};
    for (size_t i = 0; i < RFD_COUNT(names); i++) {
        if (!keys_ok(r, t, names, RFD_COUNT(names)) || tree_need(t, names[i], r->diags) == NULL)
            return;
    }
    if (!known_read(r, tree_get(t, "pool"), &out->pool) ||
        !known_read(r, tree_get(t, "who"), &out->who) ||
        !tree_day(tree_get(t, "from"), r->diags, &out->from) ||
        !tree_day(tree_get(t, "until"), r->diags, &out->until))
        return;
    if (!is_pool(r->out, out->pool))
        tree_error(tree_get(t, "pool"), r->diags, "this is no pool");
    if (out->until < out->from)
        tree_error(tree_get(t, "until"), r->diags, "this is before \"from\"");
}

static void
calls_read(struct reader *r, const struct tree *t)
{
    struct directory_on_call *c = ARENA_ARRAY(r->arena, tree_len(t), struct directory_on_call);

    if (tree_is_absent(t) || !tree_is(t, TREE_SEQ, r->diags))
        return;
    for (size_t i = 0; i < tree_len(t); i++)
        call_read(r, tree_at(t, i), &c[i]);
    r->out->on_call = c;
    r->out->on_call_count = tree_len(t);
}

/* Where an absence or a call begins is where a circle would. One is enough to be told of. */
static void
circles_check(struct reader *r, const struct tree *root)
{
    const struct directory *d = r->out;

    for (size_t i = 0; i < d->person_count; i++) {
        const struct tree *absent = tree_get(tree_at(tree_get(root, "people"), i), "absent");

        for (size_t k = 0; k < d->person[i].absence_count; k++) {
            if (directory_is_circle(d, d->person[i].id, d->person[i].absence[k].from)) {
                tree_error(tree_get(tree_at(absent, k), "cover"), r->diags,
                           "on that day who covers is away too, and it leads back here");
                return;
            }
        }
    }
    for (size_t i = 0; i < d->on_call_count; i++) {
        if (directory_is_circle(d, d->on_call[i].pool, d->on_call[i].from)) {
            tree_error(tree_get(tree_at(tree_get(root, "on_call"), i), "who"), r->diags,
                       "on that day who is on call is away, and it leads back here");
            return;
        }
    }
}

/* --- roles */

/* "CODE", or "SYSTEM:CODE". */
static void
code_read(struct reader *r, struct str role, struct str text, struct directory_role_code *out)
{
    size_t at = 0;

    while (at < text.n && text.p[at] != ':')
        at++;
    *out = (struct directory_role_code){role, STR_NONE, str_dup(r->arena, text)};
    if (at == text.n)
        return;
    out->system = str_dup(r->arena, str_sub(text, 0, at));
    out->code = str_dup(r->arena, str_sub(text, at + 1, SIZE_MAX));
}

static void
codes_read(struct reader *r, const struct tree *t)
{
    struct directory_role_code *c;
    size_t room = 0;

    if (tree_is_absent(t) || !tree_is(t, TREE_MAP, r->diags))
        return;
    for (size_t i = 0; i < tree_len(t); i++)
        room += tree_len(tree_at(t, i));
    c = ARENA_ARRAY(r->arena, room, struct directory_role_code);
    for (size_t i = 0; i < tree_len(t); i++) {
        struct str role;
        size_t n;
        const struct str *text = texts_read(r, tree_at(t, i), &n);

        if (!name_read(r, tree_key_at(t, i), &role))
            continue;
        for (size_t k = 0; k < n; k++)
            code_read(r, role, text[k], &c[r->out->role_code_count++]);
    }
    r->out->role_code = c;
}

static bool
is_role_known(const struct directory *d, struct str role)
{
    for (size_t i = 0; i < RFD_COUNT(known_roles); i++) {
        if (str_eq_c(role, known_roles[i]))
            return true;
    }
    for (size_t i = 0; i < d->role_code_count; i++) {
        if (str_eq(d->role_code[i].role, role))
            return true;
    }
    return false;
}

static void
order_read(struct reader *r, const struct tree *t)
{
    struct str *role = ARENA_ARRAY(r->arena, tree_len(t), struct str);

    if (tree_is_absent(t) || !tree_is(t, TREE_SEQ, r->diags))
        return;
    r->out->role = role;
    r->out->role_count = 0;
    for (size_t i = 0; i < tree_len(t); i++) {
        if (!name_read(r, tree_at(t, i), &role[r->out->role_count]))
            continue;
        if (!is_role_known(r->out, role[r->out->role_count]))
            tree_error(tree_at(t, i), r->diags, "no such role, and role_codes does not name it");
        r->out->role_count++;
    }
}

static void
vaf_read(struct reader *r, const struct tree *t)
{
    static const struct dec zero = {0, 0};
    static const struct dec all = {100, 0};

    if (tree_is_absent(t) || !tree_dec(t, r->diags, &r->out->germline_vaf))
        return;
    r->out->has_germline_vaf = true;
    if (dec_cmp(r->out->germline_vaf, zero) < 0 || dec_cmp(r->out->germline_vaf, all) > 0)
        tree_error(t, r->diags, "a percentage from 0 to 100 is expected here");
}

static void
services_read(struct reader *r, const struct tree *t)
{
    static const char *const names[] = {"disease", "to"};
    struct directory_service *s = ARENA_ARRAY(r->arena, tree_len(t), struct directory_service);

    r->out->service = s;
    if (tree_is_absent(t) || !tree_is(t, TREE_SEQ, r->diags))
        return;
    for (size_t i = 0; i < tree_len(t); i++) {
        const struct tree *one = tree_at(t, i);

        if (!keys_ok(r, one, names, RFD_COUNT(names)) ||
            tree_need(one, "disease", r->diags) == NULL || tree_need(one, "to", r->diags) == NULL)
            continue;
        diseases_read(r, tree_get(one, "disease"), &s[i]);
        services_to_read(r, tree_get(one, "to"), &s[i]);
    }
    r->out->service_count = tree_len(t);
}

static void
roles_read(struct reader *r, const struct tree *root)
{
    const struct {
        const char *key;
        bool needed;
        struct str *to;
    } roles[] = {
        {"fallback", true, &r->out->fallback},
        {"germline", true, &r->out->germline},
        {"confidential", false, &r->out->confidential},
        {"mtb", false, &r->out->mtb},
    };

    for (size_t i = 0; i < RFD_COUNT(roles); i++) {
        const struct tree *t = roles[i].needed ? tree_need(root, roles[i].key, r->diags)
                                               : tree_get(root, roles[i].key);

        *roles[i].to = STR_NONE;
        if (t != NULL && !tree_is_absent(t))
            RFD_IGNORE(known_read(r, t, roles[i].to)); /* its diag counts */
        else if (t != NULL)
            tree_error(t, r->diags, "\"%s\" must name somebody", roles[i].key);
    }
}

bool
directory_read(const struct tree *root, const struct oncotree *tree, struct arena *a,
               struct diags *d, struct directory *out)
{
    static const char *const names[] = {
        "people",   "pools",          "services",         "on_call",      "roles", "role_codes",
        "fallback", "germline_genes", "germline_min_vaf", "confidential", "mtb",   "germline"};
    struct reader r = {tree, a, d, out};
    struct mailbook mail;
    size_t errors = d->errors;

    *out = (struct directory){0};
    if (!keys_ok(&r, root, names, RFD_COUNT(names)) && d->errors != errors &&
        root->kind != TREE_MAP)
        return false;
    people_read(&r, tree_get(root, "people"));
    pools_read(&r, tree_get(root, "pools"));
    covers_read(&r, tree_get(root, "people"));
    services_read(&r, tree_get(root, "services"));
    calls_read(&r, tree_get(root, "on_call"));
    codes_read(&r, tree_get(root, "role_codes"));
    order_read(&r, tree_get(root, "roles"));
    vaf_read(&r, tree_get(root, "germline_min_vaf"));
    out->germline_gene =
        texts_read(&r, tree_get(root, "germline_genes"), &out->germline_gene_count);
    roles_read(&r, root);
    RFD_IGNORE(mailboxes_read(root, a, d, &mail)); /* its diags count */
    if (d->errors == errors)
        circles_check(&r, root);
    return d->errors == errors;
}

/* The settings have been checked when they were loaded; a test may leave them out. */
static void
hours_read(const struct settings *s, struct duty *out)
{
    if (s->alerts_digest != NULL)
        RFD_IGNORE(dutyhours_clock(str_from_c(s->alerts_digest), &out->digest_min));
    if (s->alerts_hours != NULL)
        RFD_IGNORE(dutyhours_range(str_from_c(s->alerts_hours), &out->open_min, &out->close_min));
    if (s->alerts_days != NULL)
        RFD_IGNORE(dutyhours_days(str_from_c(s->alerts_days), &out->days));
}

/* Where that key of `alerts` stands in the main file; NULL when it cannot be said. */
static const struct tree *
alerts_key(const struct bundle *b, const char *key, struct arena *a, struct diags *d)
{
    const struct bundle_file *f = bundle_find(b, CONFIG_MAIN);

    return f == NULL ? NULL : tree_get(tree_get(config_tree(f, a, d), "alerts"), key);
}

static bool
check_pool(const struct bundle *b, const struct settings *s, struct arena *a, struct diags *d,
           struct duty *out)
{
    const struct directory *dir = out->directory;

    if (s->alerts_escalate_to == NULL)
        return true;
    out->escalate_to = directory_pool(dir, str_from_c(s->alerts_escalate_to));
    if (!str_is_absent(out->escalate_to))
        return true;
    tree_error(alerts_key(b, "escalate_to", a, d), d,
               "alerts.escalate_to: the directory has no pool of that name");
    return false;
}

bool
directory_zone(const struct bundle *b, const struct settings *s, struct arena *a, struct diags *d,
               const struct zone **out)
{
    *out = NULL;
    if (s->alerts_zone == NULL || strcmp(s->alerts_zone, "UTC") == 0 ||
        zone_load(NULL, str_from_c(s->alerts_zone), a, out))
        return true;
    tree_error(alerts_key(b, "zone", a, d), d,
               "alerts.zone: no such time zone in /usr/share/zoneinfo (Debian: tzdata)");
    return false;
}

bool
directory_load(const struct bundle *b, const struct settings *s, const struct oncotree *tree,
               struct arena *a, struct diags *d, struct duty *out)
{
    const struct bundle_file *f = s->directory == NULL ? NULL : bundle_find(b, CONFIG_DIRECTORY);
    const struct tree *root = f == NULL ? NULL : config_tree(f, a, d);
    struct directory *dir = ARENA_NEW(a, struct directory);

    *out = (struct duty){.budget_day = (int32_t)s->alerts_budget_day,
                         .budget_week = (int32_t)s->alerts_budget_week,
                         .escalate_to = STR_NONE};
    hours_read(s, out);
    if (f == NULL)
        return true;
    if (root == NULL || !directory_read(root, tree, a, d, dir))
        return false;
    out->directory = dir;
    if (!check_pool(b, s, a, d, out))
        return false;
    if (!str_is_absent(out->escalate_to))
        out->escalate_days = s->alerts_escalate_after.n;
    return true;
}
