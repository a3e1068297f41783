#include "engine/team.h"

struct teller {
    const struct timeline *t;
    struct directory_said *said;
    size_t count;
    day_t next_due;
};

static bool
same_provider(const struct provider *a, const struct provider *b)
{
    return str_eq(a->id, b->id) && (str_is_empty(a->authority) || str_is_empty(b->authority) ||
                                    str_eq(a->authority, b->authority));
}

static bool
shares_provider(const struct care_role *a, const struct care_role *b)
{
    for (size_t i = 0; i < a->person_count; i++) {
        for (size_t k = 0; k < b->person_count; k++) {
            if (same_provider(&a->person[i], &b->person[k]))
                return true;
        }
    }
    return false;
}

static bool
same_role(const struct care_role *a, const struct care_role *b)
{
    if (!str_is_empty(a->role) || !str_is_empty(b->role))
        return str_eq(a->role, b->role);
    return str_eq(a->code.system, b->code.system) && str_eq(a->code.code, b->code.code);
}

/* A newer word on the same person in the same role, under another number of the role; or of a visit
 * that names all who have it. */
static bool
is_overruled(const struct fact *f, const struct fact *const *all, size_t n)
{
    const struct care_role *r = &f->u.role;

    for (size_t i = 0; i < n; i++) {
        const struct care_role *other = &all[i]->u.role;

        if (all[i] == f || !same_role(r, other))
            continue;
        if (other->visit && stamp_cmp(all[i]->status_time, f->status_time) > 0)
            return true;
        if (!other->visit && shares_provider(r, other) && fact_version_cmp(all[i], f) > 0)
            return true;
    }
    return false;
}

static void
due_by(struct teller *x, day_t day)
{
    if (x->next_due == DAY_NONE || day < x->next_due)
        x->next_due = day;
}

/* The last day of a role is still a day of it. */
static bool
is_on(struct teller *x, const struct care_role *r)
{
    day_t begin = stamp_is_absent(r->begin) ? DAY_NONE : stamp_day(r->begin);
    day_t end = stamp_is_absent(r->end) ? DAY_NONE : stamp_day(r->end);

    if (begin != DAY_NONE && begin > x->t->today) {
        due_by(x, begin);
        return false;
    }
    if (end != DAY_NONE && end >= x->t->today)
        due_by(x, end + 1);
    return end == DAY_NONE || end >= x->t->today;
}

static void
add(struct teller *x, struct directory_said s)
{
    if (s.person_count > 0)
        x->said[x->count++] = s;
}

static bool
has_role(const struct teller *x, const char *role)
{
    for (size_t i = 0; i < x->count; i++) {
        if (str_eq_c(x->said[i].role, role))
            return true;
    }
    return false;
}

static void
standing(struct teller *x, const struct fact *const *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct care_role *r = &f[i]->u.role;
        bool several = r->visit && str_eq_c(r->role, "consulting");

        if (!r->active || is_overruled(f[i], f, n) || !is_on(x, r))
            continue;
        add(x, (struct directory_said){r->role, r->code, r->person, r->person_count, several});
    }
}

/* Publishers that know no roles say it in the demographics. */
static void
stated(struct teller *x, struct arena *a)
{
    struct provider *p;
    size_t n;
    const struct fact *const *f = timeline_kind(x->t, FACT_DEMOGRAPHICS, &n);

    if (n == 0 || str_is_empty(f[n - 1]->u.demographics.attending) || has_role(x, "attending"))
        return;
    p = ARENA_NEW(a, struct provider);
    p->id = f[n - 1]->u.demographics.attending;
    add(x, (struct directory_said){.role = STR("attending"), .person = p, .person_count = 1});
}

/* Of the newest result in evidence that names one; of several of one day the one that stands last
 * among facts, whoever came first. */
static const struct fact *
newest(const struct finding *const *finding, size_t count, bool attending)
{
    const struct fact *best = NULL;

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < finding[i]->evidence_count; k++) {
            const struct fact *f = finding[i]->evidence[k].fact;
            bool names = attending ? f->attended_by_count > 0
                                   : f->ordered_by_count > 0 || !str_is_empty(f->orderer);

            if (names && (best == NULL || fact_order_cmp(f, best) > 0))
                best = f;
        }
    }
    return best;
}

static void
of_results(struct teller *x, const struct finding *const *finding, size_t count, struct arena *a)
{
    const struct fact *f = newest(finding, count, true);
    struct provider *p;

    if (f != NULL && !has_role(x, "attending")) {
        add(x, (struct directory_said){.role = STR("attending"),
                                       .person = f->attended_by,
                                       .person_count = f->attended_by_count});
    }
    f = newest(finding, count, false);
    if (f == NULL)
        return;
    if (f->ordered_by_count > 0) {
        add(x, (struct directory_said){.role = STR("ordering"),
                                       .person = f->ordered_by,
                                       .person_count = f->ordered_by_count});
        return;
    }
    p = ARENA_NEW(a, struct provider);
    p->id = f->orderer;
    add(x, (struct directory_said){.role = STR("ordering"), .person = p, .person_count = 1});
}

struct team
team_of(const struct timeline *t, const struct finding *const *finding, size_t count,
        struct arena *a)
{
    struct teller x = {.t = t, .next_due = DAY_NONE};
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_ROLE, &n);

    x.said = ARENA_ARRAY(a, n + 3, struct directory_said);
    standing(&x, f, n);
    stated(&x, a);
    of_results(&x, finding, count, a);
    return (struct team){x.said, x.count, x.next_due};
}
