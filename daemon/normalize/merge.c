#include "base/limits.h"
#include "normalize/walk.h"

/* HL7 2.9.1 section 3.6.2: patients that become one, that are linked, and that are so no longer. A
 * link never changes a fact: it says whose timeline the facts of a number stand in. */

static void
put_link(struct walk *w, size_t seg, const struct patient_ref *survivor,
         const struct patient_ref *other, bool live)
{
    struct patient_ref before = w->patient;
    w->patient = *survivor;
    struct fact *f = walk_fact(w, FACT_LINK, seg);
    w->patient = before;
    if (f == NULL)
        return;
    f->collected = walk_event_time(w);
    f->status_time = f->collected;
    f->u.link = (struct link){*other, live};
}

static bool
same_patient(const struct patient_ref *x, const struct patient_ref *y)
{
    return str_eq(x->id, y->id) && str_eq(x->authority, y->authority);
}

/* All numbers of MRG that the map's choice takes lead to the survivor; his own says nothing. */
static size_t
merge_pair(struct walk *w, size_t pid, size_t mrg)
{
    struct patient_ref survivor, other[WALK_PATIENTS_MAX];
    size_t links = 0;
    if (!walk_patient(w, pid, 3, &survivor))
        return 0;
    size_t n = walk_patients(w, mrg, 1, other);
    for (size_t i = 0; i < n; i++) {
        if (same_patient(&survivor, &other[i]))
            continue;
        put_link(w, mrg, &survivor, &other[i], true);
        links++;
    }
    return links;
}

/* Each PID with the MRG behind it; the PID survives. A18, A30, A34, A36, A39 and A40 say that two
 * numbers are one patient, A46 and A47 that he has another number, A43 that what stands under a
 * number belongs to another patient: for facts that are kept by number all three are the same. */
void
walk_merge(struct walk *w)
{
    size_t n = w->m->seg_count, links = 0;
    for (size_t pid = hl7_next(w->m, 0, n, "PID"); pid < n && w->reason == NORMALIZE_NONE;
         pid = hl7_next(w->m, pid + 1, n, "PID")) {
        size_t next = hl7_next(w->m, pid + 1, n, "PID"), mrg = hl7_next(w->m, pid, next, "MRG");
        if (mrg == next) {
            walk_fail(w, NORMALIZE_BAD_MERGE, pid, 0);
            return;
        }
        size_t more = merge_pair(w, pid, mrg);
        links += more;
        if (more == 0)
            walk_fail(w, NORMALIZE_BAD_MERGE, mrg, 1);
        else if (links > LIMIT_LINKS_PER_MESSAGE)
            walk_fail(w, NORMALIZE_TOO_MANY_FACTS, mrg, 0);
    }
}

/* A35, A41, A42: accounts or visits of one patient become one. Nothing of ours, if he is one. */
void
walk_merge_accounts(struct walk *w)
{
    size_t n = w->m->seg_count, mrg = hl7_next(w->m, 0, n, "MRG");
    struct patient_ref other[WALK_PATIENTS_MAX];
    if (mrg == n || !hl7_is_valued(hl7_value(w->m, mrg, 1, 1)))
        return;
    size_t count = walk_patients(w, mrg, 1, other);
    for (size_t i = 0; i < count; i++) {
        if (!same_patient(&w->patient, &other[i]))
            walk_fail(w, NORMALIZE_BAD_MERGE, mrg, 1);
    }
}

/* A24 links two PID, A37 undoes that and any merge. Which of them had survived A37 does not say. */
void
walk_link(struct walk *w, bool live)
{
    size_t n = w->m->seg_count, one = hl7_next(w->m, 0, n, "PID");
    size_t two = one < n ? hl7_next(w->m, one + 1, n, "PID") : n;
    struct patient_ref x, y;
    if (two == n) {
        walk_fail(w, NORMALIZE_BAD_MERGE, one < n ? one : 0, 0);
        return;
    }
    if (!walk_patient(w, one, 3, &x) || !walk_patient(w, two, 3, &y))
        return;
    if (same_patient(&x, &y)) {
        walk_fail(w, NORMALIZE_BAD_MERGE, two, 3);
        return;
    }
    put_link(w, two, &x, &y, live);
    if (!live)
        put_link(w, two, &y, &x, false);
}
