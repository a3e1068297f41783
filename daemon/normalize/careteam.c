#include "normalize/careteam.h"

enum { PERSONS_MAX = 16 };

/* HL7 tables 0443 (provider role) and 0912 (participation) where they agree, and what we call it.
 * What a site has beside them is for its directory to say. */
static const struct {
    const char *code;
    const char *role;
} roles[] = {
    {"AT", "attending"}, {"CP", "consulting"},   {"RP", "referring"},      {"AD", "admitting"},
    {"OP", "ordering"},  {"PP", "primary_care"}, {"FHCP", "primary_care"}, {"RO", "responsible"},
};

/* Fields of a PV1 and what they name. One alone may hold several people: in the others several
 * repetitions are numbers of one person (2.5.1 section 3.4.3). */
static const struct {
    int field;
    const char *role;
} visit_fields[] = {{7, "attending"}, {8, "referring"}, {9, "consulting"}, {17, "admitting"}};

/* A number has no blank and no comma; "Meyer, Anna" in its place is a name, and no fact. */
static bool
is_number(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ' || s.p[i] == ',')
            return false;
    }
    return s.n > 0;
}

/* XCN.9 is NAME&OID&ISO: the name, else the OID. */
static struct str
authority_of(struct walk *w, struct str rep)
{
    struct str hd = hl7_comp(w->m, rep, 9);
    struct str name = walk_leaf(w, hl7_sub(w->m, hd, 1));

    return str_is_absent(name) ? walk_leaf(w, hl7_sub(w->m, hd, 2)) : name;
}

const struct provider *
careteam_providers(struct walk *w, size_t seg, int field, size_t *count_out)
{
    struct str all = hl7_field(w->m, seg, field);
    int reps = hl7_rep_count(w->m, all);
    struct provider *p = ARENA_ARRAY(w->arena, PERSONS_MAX, struct provider);
    size_t n = 0;

    for (int i = 1; i <= reps && n < PERSONS_MAX; i++) {
        struct str rep = hl7_rep(w->m, all, i);
        struct str id = walk_leaf(w, hl7_comp(w->m, rep, 1));

        if (is_number(id))
            p[n++] = (struct provider){authority_of(w, rep), id};
        else if (hl7_is_valued(rep))
            walk_warn(w, seg, field, "a person without a number: not taken, names are no facts");
    }
    *count_out = n;
    return p;
}

static bool
is_role(const struct walk *w, size_t seg)
{
    return hl7_seg_is(w->m, seg, "ROL") || hl7_seg_is(w->m, seg, "PRT");
}

static struct str
name_of(const struct code *c)
{
    bool hl7s = str_is_empty(c->system) || str_starts(c->system, STR("HL7"));

    for (size_t i = 0; hl7s && i < RFD_COUNT(roles); i++) {
        if (str_eq_c(c->code, roles[i].code))
            return str_from_c(roles[i].role);
    }
    return STR_NONE;
}

/* --- orders */

static bool
is_order_part(const struct walk *w, size_t seg)
{
    static const char *const parts[] = {"PRT", "NTE", "TQ1", "TQ2", "CTD"};

    for (size_t i = 0; i < RFD_COUNT(parts); i++) {
        if (hl7_seg_is(w->m, seg, parts[i]))
            return true;
    }
    return false;
}

/* The ORC of that OBR, or the segment count. */
static size_t
orc_of(const struct walk *w, size_t obr)
{
    size_t i = obr;

    while (i > 0 && is_order_part(w, i - 1))
        i--;
    return i > 0 && hl7_seg_is(w->m, i - 1, "ORC") ? i - 1 : w->m->seg_count;
}

static const struct provider *
by_participation(struct walk *w, size_t from, size_t *count_out)
{
    for (size_t i = from; i < w->m->seg_count && is_order_part(w, i); i++) {
        if (hl7_seg_is(w->m, i, "PRT") && str_eq_c(walk_text(w, i, 4, 1), "OP"))
            return careteam_providers(w, i, 5, count_out);
    }
    *count_out = 0;
    return NULL;
}

const struct provider *
careteam_ordered_by(struct walk *w, size_t obr, size_t *count_out)
{
    size_t orc = orc_of(w, obr);
    const struct provider *p = careteam_providers(w, obr, 16, count_out);

    if (*count_out == 0 && orc < w->m->seg_count)
        p = careteam_providers(w, orc, 12, count_out);
    if (*count_out == 0)
        p = by_participation(w, obr + 1, count_out);
    if (*count_out == 0 && orc < w->m->seg_count)
        p = by_participation(w, orc + 1, count_out);
    return p;
}

const struct provider *
careteam_attended_by(struct walk *w, size_t *count_out)
{
    size_t pv1 = hl7_next(w->m, 0, w->m->seg_count, "PV1");

    if (!w->attended_known && pv1 < w->m->seg_count)
        w->attended = careteam_providers(w, pv1, 7, &w->attended_count);
    w->attended_known = true;
    *count_out = w->attended_count;
    return w->attended;
}

/* --- the patient's roles */

static struct fact *
new_role(struct walk *w, size_t seg)
{
    struct fact *f = walk_fact(w, FACT_ROLE, seg);

    if (f == NULL)
        return NULL;
    f->collected = walk_event_time(w);
    f->status_time = f->collected;
    f->u.role = (struct care_role){.role = STR_NONE, .instance = STR_NONE, .active = true};
    f->u.role.begin = STAMP_NONE;
    f->u.role.end = STAMP_NONE;
    return f;
}

static void
trace_role(struct walk *w, size_t seg, int field, const struct fact *f)
{
    const struct care_role *r = &f->u.role;

    walk_trace(w, seg, (struct walk_from){seg, field}, "role",
               str_is_absent(r->role) ? r->code.code : r->role,
               str_is_absent(r->role) ? "the site's own code: directory.yaml says what it is"
               : r->active            ? "who has it, by number"
                                      : "it has ended");
}

/* An empty field says nothing; "" says that nobody has the role any more. */
static void
visit_roles(struct walk *w, size_t pv1)
{
    for (size_t i = 0; i < RFD_COUNT(visit_fields); i++) {
        struct str raw = hl7_field(w->m, pv1, visit_fields[i].field);
        size_t n = 0;
        const struct provider *p;
        struct fact *f;

        if (str_is_empty(raw))
            continue;
        p = careteam_providers(w, pv1, visit_fields[i].field, &n);
        if (n == 0 && !hl7_is_delete(raw))
            continue;
        f = new_role(w, pv1);
        if (f == NULL)
            return;
        f->u.role.role = str_from_c(visit_fields[i].role);
        f->u.role.visit = true;
        f->u.role.person = p;
        f->u.role.person_count = n;
        f->u.role.active = n > 0;
        trace_role(w, pv1, visit_fields[i].field, f);
    }
}

/* HL7 tables 0287 and 0206: deleted, or unlinked. */
static bool
is_ended(struct str action)
{
    return str_eq_c(action, "DE") || str_eq_c(action, "D") || str_eq_c(action, "UN");
}

/* A surgeon of a PR1, a contact of an insurance, who read an OBX: no roles in the patient's care.
 */
static bool
is_of_patient(const struct walk *w, size_t seg)
{
    static const char *const others[] = {"PR1", "IN1", "IN2", "IN3", "GT1", "OBX", "NK1", "SPM"};

    while (seg > 0 && is_role(w, seg))
        seg--;
    for (size_t i = 0; i < RFD_COUNT(others); i++) {
        if (hl7_seg_is(w->m, seg, others[i]))
            return false;
    }
    return true;
}

/* ROL-1 and PRT-1 number the role at its sender; many senders only count the segments there. */
static struct str
instance_of(struct walk *w, size_t seg)
{
    struct str s = walk_text(w, seg, 1, 1);
    bool counts = s.n <= 3 && !hl7_is_valued(hl7_value(w->m, seg, 1, 2));

    for (size_t i = 0; i < s.n && counts; i++)
        counts = s.p[i] >= '0' && s.p[i] <= '9';
    return counts ? STR_NONE : s;
}

/* ROL-3, -4, -5, -6 and PRT-4, -5, -11, -12: the same at other places. */
static void
one_role(struct walk *w, size_t seg)
{
    bool rol = hl7_seg_is(w->m, seg, "ROL");
    int at = rol ? 3 : 4;
    struct walk_coded c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, seg, at), 1));
    struct code *code = str_is_empty(c.first.code) ? &c.second : &c.first;
    uint32_t flags = 0;
    size_t n = 0;
    const struct provider *p = careteam_providers(w, seg, at + 1, &n);
    struct fact *f;

    if (str_is_empty(code->code) || n == 0) {
        if (!hl7_is_valued(hl7_field(w->m, seg, at + 1)) || str_is_empty(code->code))
            walk_warn(w, seg, at, "a role without a code or a person: not taken");
        return;
    }
    f = new_role(w, seg);
    if (f == NULL)
        return;
    f->u.role.code = *code;
    f->u.role.role = name_of(code);
    f->u.role.instance = instance_of(w, seg);
    f->u.role.person = p;
    f->u.role.person_count = n;
    f->u.role.active = !is_ended(walk_text(w, seg, 2, 1));
    if (!walk_time_if_any(w, seg, rol ? 5 : 11, &f->u.role.begin, &flags))
        f->u.role.begin = STAMP_NONE;
    if (!walk_time_if_any(w, seg, rol ? 6 : 12, &f->u.role.end, &flags))
        f->u.role.end = STAMP_NONE;
    f->flags |= flags;
    trace_role(w, seg, at, f);
}

void
walk_care_team(struct walk *w)
{
    size_t n = w->m->seg_count;
    size_t pv1 = hl7_next(w->m, 0, n, "PV1");

    if (pv1 < n)
        visit_roles(w, pv1);
    for (size_t i = 0; i < n && w->reason == NORMALIZE_NONE; i++) {
        if (is_role(w, i) && is_of_patient(w, i))
            one_role(w, i);
    }
}
