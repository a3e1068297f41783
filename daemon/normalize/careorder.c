/* walk_care_orders(), declared in normalize/walk.h: what a service is asked for, of which only the
 * signs that the team acts are kept: imaging for staging, and the tumour board. */
#include "normalize/careteam.h"
#include "normalize/terms.h"
#include "normalize/walk.h"

static struct str
action_of(struct walk *w, size_t obr)
{
    struct walk_coded c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, obr, 4), 1));
    struct str words[] = {c.first.code, c.first.display, c.second.code, c.second.display};

    for (size_t k = 0; k < RFD_COUNT(words); k++) {
        struct str name =
            str_is_empty(words[k]) ? STR_NONE : terms_procedure(w->terms, w->arena, words[k]);

        if (str_eq_c(name, PROCEDURE_STAGING) || str_eq_c(name, PROCEDURE_BOARD))
            return name;
    }
    return STR_NONE;
}

/* HL7 table 0119: it was cancelled, discontinued, or taken back. */
static bool
is_off(struct str control)
{
    static const char *const off[] = {"CA", "OC", "CR", "DC", "OD", "DR"};

    for (size_t i = 0; i < RFD_COUNT(off); i++) {
        if (str_eq_c(control, off[i]))
            return true;
    }
    return false;
}

/* OBR-6, requested, stands in a cancellation as in its order: so the two are versions of one fact.
 * Else ORC-9, else the message says when. */
static void
one_order(struct walk *w, size_t orc, size_t obr)
{
    struct str name = action_of(w, obr);
    bool known = orc < w->m->seg_count;
    uint32_t flags = 0;
    struct stamp at;
    struct fact *f;

    if (str_is_absent(name))
        return;
    if (!walk_time_if_any(w, obr, 6, &at, &flags) &&
        (!known || !walk_time_if_any(w, orc, 9, &at, &flags)))
        at = w->message_time;
    f = walk_fact(w, FACT_PROCEDURE, obr);
    if (f == NULL)
        return;
    f->collected = at;
    f->status_time = stamp_is_absent(w->message_time) ? at : w->message_time;
    f->flags |= flags;
    f->status = known && is_off(walk_text(w, orc, 1, 1)) ? FACT_WITHDRAWN : FACT_FINAL;
    f->order = walk_text(w, obr, 2, 1); /* the placer's: nobody has filled it yet */
    f->ordered_by = careteam_ordered_by(w, obr, &f->ordered_by_count);
    f->u.procedure.name = name;
}

void
walk_care_orders(struct walk *w)
{
    size_t n = w->m->seg_count;
    size_t orc = n;

    for (size_t i = 0; i < n; i++) {
        if (hl7_seg_is(w->m, i, "ORC"))
            orc = i;
        else if (hl7_seg_is(w->m, i, "OBR"))
            one_order(w, orc, i);
    }
}
