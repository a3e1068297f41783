#include "alert/directory.h"

#include "base/sb.h"
#include "base/sort.h"

enum { WHY_MAX = 400, UNKNOWN_MAX = 200 };

/* "7001", or "HOSP:7001" of that authority alone. */
static bool
is_number_of(struct str number, const struct provider *p)
{
    size_t n = p->authority.n;

    if (str_eq(number, p->id))
        return true;
    return n > 0 && number.n == n + 1 + p->id.n && str_starts(number, p->authority) &&
           number.p[n] == ':' && str_eq(str_sub(number, n + 1, SIZE_MAX), p->id);
}

static const struct directory_person *
by_number(const struct directory *d, const struct provider *p)
{
    if (str_is_empty(p->id))
        return NULL;
    for (size_t i = 0; i < d->person_count; i++) {
        for (size_t k = 0; k < d->person[i].number_count; k++) {
            if (is_number_of(d->person[i].number[k], p))
                return &d->person[i];
        }
    }
    return NULL;
}

static const struct directory_person *
by_id(const struct directory *d, struct str id)
{
    for (size_t i = 0; i < d->person_count; i++) {
        if (str_eq(d->person[i].id, id))
            return &d->person[i];
    }
    return NULL;
}

/* --- who is there */

struct step {
    struct str to;
    day_t until;
    bool call;
};

/* The next of the chain on that day; false: whoever it is, is there. */
static bool
next_of(const struct directory *d, struct str id, day_t day, struct step *out)
{
    const struct directory_person *p = by_id(d, id);

    for (size_t i = 0; p != NULL && i < p->absence_count; i++) {
        const struct directory_absence *x = &p->absence[i];

        if (day >= x->from && day <= x->until) {
            *out = (struct step){x->cover, x->until, false};
            return true;
        }
    }
    for (size_t i = 0; p == NULL && i < d->on_call_count; i++) {
        const struct directory_on_call *x = &d->on_call[i];

        if (str_eq(x->pool, id) && day >= x->from && day <= x->until) {
            *out = (struct step){x->who, x->until, true};
            return true;
        }
    }
    return false;
}

/* A chain names each at most once, or it is a circle. */
static size_t
chain_max(const struct directory *d)
{
    return d->person_count + d->pool_count + 1;
}

bool
directory_is_circle(const struct directory *d, struct str id, day_t day)
{
    struct step s;
    size_t n = 0;

    while (next_of(d, id, day, &s)) {
        if (++n > chain_max(d))
            return true;
        id = s.to;
    }
    return false;
}

void
directory_stand_in(const struct directory *d, struct alert_recipient *r, day_t day, struct arena *a)
{
    struct str id = r->id;
    const struct directory_person *p;
    struct step s;
    struct sb b;
    char until[DAY_TEXT_MAX];

    sb_init_arena(&b, a, WHY_MAX);
    sb_add(&b, r->why);
    for (size_t i = 0; i < chain_max(d) && next_of(d, r->id, day, &s); i++) {
        sb_addf(&b, "; %s %.*s until %.*s", s.call ? "on call for" : "covers for", STR_FMT(r->id),
                STR_FMT(day_format(s.until, until)));
        r->id = s.to;
    }
    p = by_id(d, r->id);
    r->name = p == NULL ? STR_NONE : p->name;
    r->covers = str_eq(id, r->id) ? STR_NONE : id;
    if (sb_ok(&b))
        r->why = sb_str(&b);
}

/* --- who is meant */

struct finder {
    const struct directory *d;
    const struct directory_ask *ask;
    struct arena *a;
    struct alert_recipient *to;
    size_t count;
    struct str *unknown;
    size_t unknown_count;
};

/* Whom two ways lead to, hears once. */
static void
add(struct finder *f, struct str id, struct str role, struct str why)
{
    struct alert_recipient r = {.id = id, .role = role, .why = why};

    directory_stand_in(f->d, &r, f->ask->today, f->a);
    for (size_t i = 0; i < f->count; i++) {
        if (str_eq(f->to[i].id, r.id))
            return;
    }
    f->to[f->count++] = r;
}

static void
add_c(struct finder *f, struct str id, const char *role, const char *why)
{
    add(f, id, str_from_c(role), str_from_c(why));
}

/* The site's word on a code comes first. */
static struct str
role_of(const struct directory *d, const struct directory_said *s)
{
    for (size_t i = 0; i < d->role_code_count && !str_is_empty(s->code.code); i++) {
        const struct directory_role_code *c = &d->role_code[i];

        if (str_eq(c->code, s->code.code) &&
            (str_is_absent(c->system) || str_eq(c->system, s->code.system)))
            return c->role;
    }
    return s->role;
}

static struct str
why_of(struct arena *a, struct str role)
{
    char *words;

    if (str_eq_c(role, "attending"))
        return STR("attending physician");
    if (str_eq_c(role, "ordering"))
        return STR("ordered the latest test");
    words = ARENA_ARRAY(a, role.n + 1, char);
    for (size_t i = 0; i < role.n; i++)
        words[i] = role.p[i];
    for (size_t i = 0; i < role.n; i++) {
        if (words[i] == '_')
            words[i] = ' ';
    }
    return (struct str){words, role.n};
}

/* It comes from outside, and is printed and put into JSON as it stands. */
static void
add_plain(struct sb *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if ((unsigned char)c > ' ' && c != '"' && c != '\\')
            sb_add_char(b, c);
        else
            sb_add_char(b, '?');
    }
}

static void
add_unknown(struct finder *f, struct str role, const struct provider *p)
{
    struct sb b;
    struct str s;

    sb_init_arena(&b, f->a, UNKNOWN_MAX);
    sb_add(&b, role);
    sb_add_char(&b, ' ');
    add_plain(&b, p->authority);
    if (!str_is_empty(p->authority))
        sb_add_char(&b, ':');
    add_plain(&b, p->id);
    s = sb_str(&b);
    for (size_t i = 0; i < f->unknown_count; i++) {
        if (str_eq(f->unknown[i], s))
            return;
    }
    if (sb_ok(&b))
        f->unknown[f->unknown_count++] = s;
}

static void
add_said(struct finder *f, const struct directory_said *s, struct str role)
{
    const struct directory_person *p = NULL;

    for (size_t i = 0; i < s->person_count; i++) {
        p = by_number(f->d, &s->person[i]);
        if (p != NULL)
            add(f, p->id, role, why_of(f->a, role));
        if (p == NULL && s->several)
            add_unknown(f, role, &s->person[i]);
        if (p != NULL && !s->several)
            return; /* the other numbers are his too */
    }
    if (p == NULL && !s->several && s->person_count > 0)
        add_unknown(f, role, &s->person[0]);
}

static int
id_cmp(const void *pa, const void *pb)
{
    return str_cmp(((const struct alert_recipient *)pa)->id,
                   ((const struct alert_recipient *)pb)->id);
}

/* Without a setting of the site: who treats the cancer, by the site's table; who attends; who asked
 * for the result. A family doctor or a consulting surgeon hears of it where a site wants that. */
static const struct str *
roles_of(const struct directory *d, size_t *count_out)
{
    static const struct str usual[] = {
        {"primary_oncologist", 18}, {"attending", 9}, {"ordering", 8}};

    *count_out = d->role == NULL ? RFD_COUNT(usual) : d->role_count;
    return d->role == NULL ? usual : d->role;
}

/* The people of the first role that names somebody of the directory; the others of roles that count
 * and have no entry are listed whether or not it came to them. */
static void
physicians(struct finder *f)
{
    size_t n;
    const struct str *role = roles_of(f->d, &n);

    for (size_t i = 0; i < n; i++) {
        bool found = f->count > 0;
        size_t before = f->count;

        for (size_t k = 0; k < f->ask->said_count; k++) {
            if (str_eq(role_of(f->d, &f->ask->said[k]), role[i]))
                add_said(f, &f->ask->said[k], role[i]);
        }
        if (found)
            f->count = before;
    }
    sort_stable(f->a, f->to, f->count, sizeof(*f->to), id_cmp);
}

static void
service(struct finder *f)
{
    const struct oncotree_node *disease = f->ask->disease;

    for (size_t i = 0; disease != NULL && f->count == 0 && i < f->d->service_count; i++) {
        const struct directory_service *s = &f->d->service[i];
        bool has = false;

        for (size_t k = 0; k < s->disease_count; k++)
            has = has || oncotree_applies(disease, s->disease[k]) == K_TRUE;
        for (size_t k = 0; has && k < s->to_count; k++)
            add_c(f, s->to[k], "service", "has this disease");
    }
}

static void
find(struct finder *f)
{
    const struct directory *d = f->d;

    if (f->ask->germline) {
        add_c(f, d->germline, "germline", "possibly inherited: this role only");
        return;
    }
    physicians(f);
    if (f->count == 0 && f->ask->confidential && !str_is_absent(d->confidential))
        add_c(f, d->confidential, "confidential", "a confidential patient");
    if (f->count == 0 && !f->ask->confidential)
        service(f);
    if (f->count == 0)
        add_c(f, d->fallback, "fallback", "no physician and no service of the directory fits");
}

struct directory_answer
directory_resolve(const struct directory *d, const struct directory_ask *ask, struct arena *a)
{
    struct finder f = {.d = d, .ask = ask, .a = a};
    size_t room = 1;
    size_t role_count;

    (void)roles_of(d, &role_count);
    for (size_t i = 0; i < ask->said_count; i++)
        room += ask->said[i].person_count;
    for (size_t i = 0; i < d->service_count; i++)
        room += d->service[i].to_count;
    f.to = ARENA_ARRAY(a, room * (role_count + 1), struct alert_recipient);
    f.unknown = ARENA_ARRAY(a, room * (role_count + 1), struct str);
    find(&f);
    return (struct directory_answer){f.to, f.count, f.unknown, f.unknown_count};
}

/* Too small a share of the reads for a variant that every cell has. What has no share is not faint.
 */
static bool
is_faint(const struct directory *d, const struct variant *v)
{
    return d->has_germline_vaf && v->vaf.present && v->vaf.cmp != CMP_GT && v->vaf.cmp != CMP_GE &&
           dec_cmp(v->vaf.value, d->germline_vaf) < 0;
}

bool
directory_is_germline(const struct directory *d, const struct variant *v)
{
    if (v->origin == ORIGIN_GERMLINE)
        return true;
    if (v->origin == ORIGIN_SOMATIC || is_faint(d, v))
        return false;
    for (size_t i = 0; i < d->germline_gene_count; i++) {
        if (str_eq(v->gene, d->germline_gene[i]))
            return true;
    }
    return false;
}

struct str
directory_pool(const struct directory *d, struct str name)
{
    if (str_eq_c(name, "mtb"))
        return d->mtb;
    for (size_t i = 0; i < d->pool_count; i++) {
        if (str_eq(d->pool[i], name))
            return d->pool[i];
    }
    return STR_NONE;
}

bool
directory_knows(const struct directory *d, struct str id)
{
    return by_id(d, id) != NULL || !str_is_absent(directory_pool(d, id));
}
