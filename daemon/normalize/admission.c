#include "normalize/walk.h"

struct stamp
walk_event_time(struct walk *w)
{
    size_t evn = hl7_next(w->m, 0, w->m->seg_count, "EVN");
    uint32_t unused = 0;
    struct stamp at;
    if (evn < w->m->seg_count && walk_time_if_any(w, evn, 2, &at, &unused))
        return at;
    return w->message_time;
}

static const struct oncotree_node *
node_of_code(struct walk *w, const struct code *c, struct str topography)
{
    struct str own = map_diagnosis(w->map, w->arena, c->system, c->code);
    if (!str_is_absent(own))
        return oncotree_code(&w->terms->oncotree, own);
    if (str_is_empty(c->code))
        return NULL;
    if (str_eq_c(c->system, "I10C"))
        return terms_icd10(w->terms, w->arena, c->code);
    if (str_eq_c(c->system, "SCT"))
        return terms_snomed(w->terms, c->code);
    if (str_eq_c(c->system, "ICDO3"))
        return terms_icdo(w->terms, w->arena, c->code, topography);
    return NULL;
}

/* Two codes of one diagnosis: the deeper one, when it lies below the other. */
static const struct oncotree_node *
deeper(const struct oncotree_node *a, const struct oncotree_node *b, bool *conflict)
{
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    if (oncotree_is_below(b, a))
        return b;
    *conflict = *conflict || !oncotree_is_below(a, b);
    return a;
}

/* An ICD-10 code without its system is common (DG1-2 says the method, in old messages). */
static void
assume_icd10(struct walk *w, size_t dg1, struct code *c)
{
    struct str method = walk_text(w, dg1, 2, 1);
    if (str_is_empty(c->system) && !str_is_empty(method))
        c->system = map_system(w->map, w->arena, method);
}

static void
read_diagnosis(struct walk *w, size_t dg1)
{
    struct walk_coded c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, dg1, 3), 1));
    bool conflict = false;
    uint32_t flags = 0;
    struct stamp at;
    assume_icd10(w, dg1, &c.first);
    const struct oncotree_node *node = deeper(node_of_code(w, &c.first, c.second.code),
                                              node_of_code(w, &c.second, c.first.code), &conflict);
    if (node == NULL) {
        w->unmapped++;
        walk_trace(w, dg1, (struct walk_from){dg1, 3}, "no fact", STR_NONE,
                   "not a tumour that a map or the terminology knows");
        walk_unmapped(w, UNMAPPED_DIAGNOSIS, c.first, STR_NONE);
        return;
    }
    if (!walk_time_if_any(w, dg1, 5, &at, &flags))
        at = walk_event_time(w);
    struct fact *f = walk_fact(w, FACT_DIAGNOSIS, dg1);
    if (f == NULL)
        return;
    struct str text = str_is_empty(c.first.display) ? walk_text(w, dg1, 4, 1) : c.first.display;
    conflict = conflict || terms_site_conflict(w->terms, w->arena, node, text);
    if (conflict)
        walk_warn(w, dg1, 3, "code and text of a diagnosis speak of different sites");
    f->collected = at;
    f->status_time = walk_event_time(w);
    f->flags |= flags | (conflict ? (uint32_t)FACT_CODE_CONFLICT : 0);
    f->status = str_eq_c(walk_text(w, dg1, 21, 1), "D") ? FACT_WITHDRAWN : FACT_FINAL;
    f->u.diagnosis = (struct diagnosis){.oncotree = node->code, .code = c.first, .active = true};
    walk_trace(w, dg1, (struct walk_from){dg1, 3}, "diagnosis", node->code,
               "OncoTree, as deep as the code speaks");
    walk_trace_time(w, dg1, (struct walk_from){dg1, hl7_is_valued(hl7_field(w->m, dg1, 5)) ? 5 : 0},
                    "on", at, NULL);
}

void
walk_diagnoses(struct walk *w)
{
    size_t n = w->m->seg_count;
    for (size_t i = hl7_next(w->m, 0, n, "DG1"); i < n && w->reason == NORMALIZE_NONE;
         i = hl7_next(w->m, i + 1, n, "DG1"))
        read_diagnosis(w, i);
}

static void
read_procedures(struct walk *w)
{
    size_t n = w->m->seg_count;
    for (size_t i = hl7_next(w->m, 0, n, "PR1"); i < n; i = hl7_next(w->m, i + 1, n, "PR1")) {
        struct walk_coded c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, i, 3), 1));
        struct str words[] = {c.first.code, c.first.display, c.second.code, c.second.display};
        struct str name = STR_NONE;
        uint32_t flags = 0;
        struct stamp at;
        for (size_t k = 0; k < RFD_COUNT(words) && str_is_absent(name); k++)
            name =
                str_is_empty(words[k]) ? STR_NONE : terms_procedure(w->terms, w->arena, words[k]);
        if (str_is_absent(name) || !walk_time_if_any(w, i, 5, &at, &flags)) {
            w->unmapped++;
            continue;
        }
        struct fact *f = walk_fact(w, FACT_PROCEDURE, i);
        if (f == NULL)
            return;
        f->collected = at;
        f->flags |= flags;
        f->u.procedure = (struct procedure){name, c.first};
    }
}

static enum sex
sex_of(struct str s)
{
    if (str_eq_c(s, "F"))
        return SEX_FEMALE;
    if (str_eq_c(s, "M"))
        return SEX_MALE;
    return str_is_empty(s) || str_eq_c(s, "U") ? SEX_UNKNOWN : SEX_OTHER;
}

/* A birth date needs no zone; one that cannot be read is no reason to lose the message. */
static struct stamp
birth_of(struct walk *w, size_t pid)
{
    struct str raw = hl7_value(w->m, pid, 7, 1);
    day_t day;
    if (!hl7_is_valued(raw))
        return STAMP_NONE;
    if (hl7time_day(raw, &day))
        return stamp_of_day(day, 0);
    walk_warn(w, pid, 7, "birth date is unreadable");
    return STAMP_NONE;
}

struct demographics
walk_stated(struct walk *w, size_t pid)
{
    return (struct demographics){.birth = birth_of(w, pid), .sex = sex_of(walk_text(w, pid, 8, 1))};
}

static void
read_demographics(struct walk *w, size_t pid)
{
    uint32_t flags = 0;
    struct demographics d = walk_stated(w, pid);
    if (!walk_time_if_any(w, pid, 29, &d.death, &flags))
        d.death = STAMP_NONE;
    d.dead = str_eq_c(walk_text(w, pid, 30, 1), "Y") || hl7_is_valued(hl7_field(w->m, pid, 29));
    struct fact *f = walk_fact(w, FACT_DEMOGRAPHICS, pid);
    if (f == NULL)
        return;
    f->collected = walk_event_time(w);
    f->status_time = f->collected;
    f->u.demographics = d;
}

/* PV1-16: VIP indicator. PD1-12 Y: protected, no use beyond care. */
static void
read_restriction(struct walk *w, size_t seg, int field, const char *name)
{
    struct str value = seg < w->m->seg_count ? hl7_value(w->m, seg, field, 1) : STR_NONE;
    if (str_is_empty(value)) /* absent or empty says nothing; "" and N take it back */
        return;
    struct fact *f = walk_fact(w, FACT_RESTRICTION, seg);
    if (f == NULL)
        return;
    f->collected = walk_event_time(w);
    f->status_time = f->collected;
    f->u.restriction = (struct restriction){
        str_from_c(name), hl7_is_valued(value) && !str_eq_c(value, "N") && !str_eq_c(value, "0")};
}

static void
put_hospice(struct walk *w, size_t seg, bool active)
{
    struct fact *f = walk_fact(w, FACT_RESTRICTION, seg);
    if (f == NULL)
        return;
    f->collected = walk_event_time(w);
    f->status_time = f->collected;
    f->u.restriction = (struct restriction){STR("hospice"), active};
}

static bool
says_hospice(struct walk *w, size_t pv1)
{
    static const int fields[] = {36, 10, 2};
    struct str disposition = walk_text(w, pv1, 36, 1);
    if (str_eq_c(disposition, "50") || str_eq_c(disposition, "51"))
        return true;
    for (size_t i = 0; i < RFD_COUNT(fields); i++) {
        struct str said = walk_text(w, pv1, fields[i], 1);
        for (size_t k = 0; k < w->map->hospice.count && !str_is_empty(said); k++) {
            if (str_eq(said, w->map->hospice.item[k]))
                return true;
        }
    }
    return false;
}

/* Discharge disposition by UB-04 (form locator 17): 50 hospice at home, 51 in a facility; other
 * words for it by the site's map. A discharge to anywhere else, or one that is cancelled (A13),
 * ends it. Palliative care alone (DG1 Z51.5) is no hospice: it is given beside active treatment
 * (Temel et al., N Engl J Med 2010;363:733-42). */
static void
read_hospice(struct walk *w)
{
    size_t n = w->m->seg_count, pv1 = hl7_next(w->m, 0, n, "PV1");
    struct str event = walk_text(w, 0, 9, 2);
    if (pv1 == n)
        return;
    if (str_eq_c(event, "A13") ||
        (str_eq_c(event, "A03") && hl7_is_valued(hl7_value(w->m, pv1, 36, 1))))
        put_hospice(w, pv1, !str_eq_c(event, "A13") && says_hospice(w, pv1));
    else if (says_hospice(w, pv1))
        put_hospice(w, pv1, true);
}

void
walk_admission(struct walk *w)
{
    size_t n = w->m->seg_count;
    read_demographics(w, hl7_next(w->m, 0, n, "PID"));
    read_restriction(w, hl7_next(w->m, 0, n, "PV1"), 16, "vip");
    read_restriction(w, hl7_next(w->m, 0, n, "PD1"), 12, "no_use");
    read_hospice(w);
    walk_care_team(w);
    walk_diagnoses(w);
    read_procedures(w);
}
