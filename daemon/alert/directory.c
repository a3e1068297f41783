#include "alert/directory.h"

#include "base/sb.h"

enum {
    WHY_MAX = 300,
    COVERS_MAX = 4, /* who covers may be away himself; a circle of covers ends here */
};

static const struct directory_person *
by_number(const struct directory *d, struct str number)
{
    if (str_is_empty(number))
        return NULL;
    for (size_t i = 0; i < d->person_count; i++) {
        for (size_t k = 0; k < d->person[i].number_count; k++) {
            if (str_eq(d->person[i].number[k], number))
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

static const struct directory_absence *
absence_on(const struct directory_person *p, day_t day)
{
    for (size_t i = 0; i < p->absence_count; i++) {
        if (day >= p->absence[i].from && day <= p->absence[i].until)
            return &p->absence[i];
    }
    return NULL;
}

/* Who is there for id on that day; says in b for whom. */
static struct str
present(const struct directory *d, struct str id, day_t day, struct sb *b)
{
    char until[DAY_TEXT_MAX];

    for (int i = 0; i < COVERS_MAX; i++) {
        const struct directory_person *p = by_id(d, id);
        const struct directory_absence *away = p == NULL ? NULL : absence_on(p, day);

        if (away == NULL)
            return id;
        sb_addf(b, "; covers for %.*s until %.*s", STR_FMT(id),
                STR_FMT(day_format(away->until, until)));
        id = away->cover;
    }
    return id;
}

static const struct alert_recipient *
one(const struct directory *d, const struct directory_ask *ask, struct alert_recipient r,
    struct arena *a, size_t *count_out)
{
    struct alert_recipient *out = ARENA_NEW(a, struct alert_recipient);
    struct sb b;

    sb_init_arena(&b, a, WHY_MAX);
    sb_add(&b, r.why);
    *out = r;
    out->id = present(d, r.id, ask->today, &b);
    if (sb_ok(&b))
        out->why = sb_str(&b);
    *count_out = 1;
    return out;
}

static struct str
service_of(const struct directory *d, const struct oncotree_node *disease)
{
    for (size_t i = 0; disease != NULL && i < d->service_count; i++) {
        const struct directory_service *s = &d->service[i];

        for (size_t k = 0; k < s->disease_count; k++) {
            if (oncotree_applies(disease, s->disease[k]) == K_TRUE)
                return s->to;
        }
    }
    return STR_NONE;
}

static struct alert_recipient
to(struct str id, const char *role, const char *why)
{
    return (struct alert_recipient){id, str_from_c(role), str_from_c(why), STR_NONE};
}

/* The physician that messages name; false: none of the directory. */
static bool
physician(const struct directory *d, const struct directory_ask *ask, struct alert_recipient *out)
{
    const struct directory_person *attending = by_number(d, ask->attending);
    const struct directory_person *ordering = by_number(d, ask->ordering);

    if (attending != NULL)
        *out = to(attending->id, "attending", "attending physician");
    else if (ordering != NULL)
        *out = to(ordering->id, "ordering", "ordered the latest test");
    return attending != NULL || ordering != NULL;
}

static struct alert_recipient
find(const struct directory *d, const struct directory_ask *ask)
{
    struct str service = service_of(d, ask->disease);
    struct alert_recipient r;

    if (ask->germline)
        return to(d->germline, "germline", "possibly inherited: this role only");
    if (physician(d, ask, &r))
        return r;
    if (ask->confidential && !str_is_absent(d->confidential))
        return to(d->confidential, "confidential", "a confidential patient");
    if (!ask->confidential && !str_is_absent(service))
        return to(service, "service", "has this disease");
    return to(d->fallback, "fallback", "no physician and no service of the directory fits");
}

const struct alert_recipient *
directory_resolve(const struct directory *d, const struct directory_ask *ask, struct arena *a,
                  size_t *count_out)
{
    return one(d, ask, find(d, ask), a, count_out);
}

bool
directory_is_germline(const struct directory *d, const struct variant *v)
{
    if (v->origin == ORIGIN_GERMLINE)
        return true;
    for (size_t i = 0; v->origin != ORIGIN_SOMATIC && i < d->germline_gene_count; i++) {
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
