#include "normalize/order.h"

#include "base/sb.h"
#include "normalize/careteam.h"

static struct str
first_text(struct walk *w, size_t seg, int field, int comp, int other)
{
    struct str s = walk_text(w, seg, field, comp);
    return str_is_absent(s) ? walk_text(w, seg, field, other) : s;
}

/* In OUL a specimen stands before its OBR (R22, R23) or between OBR and OBX (R24); in ORU after the
 * results. */
static size_t
find_spm(struct walk *w, size_t obr, size_t first, size_t end)
{
    size_t none = w->m->seg_count;
    if (!str_eq_c(walk_text(w, 0, 9, 1), "OUL")) {
        size_t spm = hl7_next(w->m, first, end, "SPM");
        return spm == end ? none : spm;
    }
    size_t obx = hl7_next(w->m, first, end, "OBX");
    size_t spm = hl7_next(w->m, first, obx, "SPM");
    if (spm != obx)
        return spm;
    for (size_t i = obr; i > 0; i--) {
        if (hl7_seg_is(w->m, i - 1, "SPM"))
            return i - 1;
    }
    return none;
}

/* Code or word of a specimen, either triplet; OBR-15 has it in its first component's parts. */
static struct str
matrix_of(struct walk *w, struct str rep)
{
    struct walk_coded c = walk_coded(w, rep);
    struct str words[] = {c.first.code,
                          c.second.code,
                          c.first.display,
                          c.second.display,
                          c.text,
                          walk_leaf(w, hl7_sub(w->m, hl7_comp(w->m, rep, 1), 1)),
                          walk_leaf(w, hl7_sub(w->m, hl7_comp(w->m, rep, 1), 2))};
    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_is_empty(words[i]))
            continue;
        struct str matrix = terms_specimen(w->terms, w->arena, words[i]);
        if (!str_is_absent(matrix))
            return matrix;
    }
    return STR_NONE;
}

static void
read_specimen(struct walk *w, struct order *o)
{
    if (o->spm < w->m->seg_count) {
        struct str id = hl7_rep(w->m, hl7_field(w->m, o->spm, 2), 1);
        struct str filler = walk_leaf(w, hl7_sub(w->m, hl7_comp(w->m, id, 2), 1));
        struct str placer = walk_leaf(w, hl7_sub(w->m, hl7_comp(w->m, id, 1), 1));
        o->specimen = str_is_absent(filler) ? placer : filler;
        o->matrix = matrix_of(w, hl7_rep(w->m, hl7_field(w->m, o->spm, 4), 1));
    }
    if (str_is_absent(o->matrix) && o->obr < w->m->seg_count && hl7_seg_is(w->m, o->obr, "OBR"))
        o->matrix = matrix_of(w, hl7_rep(w->m, hl7_field(w->m, o->obr, 15), 1));
}

static void
read_obr(struct walk *w, struct order *o)
{
    uint32_t flags = 0;
    size_t orc = o->obr > 0 && hl7_seg_is(w->m, o->obr - 1, "ORC") ? o->obr - 1 : w->m->seg_count;
    o->ordered_by = careteam_ordered_by(w, o->obr, &o->ordered_by_count);
    o->number = walk_text(w, o->obr, 3, 1);
    if (str_is_absent(o->number) && orc < w->m->seg_count)
        o->number = walk_text(w, orc, 3, 1);
    if (str_is_absent(o->number))
        o->number = walk_text(w, o->obr, 2, 1);
    o->service = first_text(w, o->obr, 4, 2, 1);
    o->section = walk_text(w, o->obr, 24, 1);
    o->status = walk_text(w, o->obr, 25, 1);
    if (!walk_time_if_any(w, o->obr, 22, &o->status_time, &flags))
        o->status_time = w->message_time;
}

/* A document (MDM): TXA-12 is its number, TXA-17 its status. */
static void
read_txa(struct walk *w, struct order *o)
{
    struct str status = walk_text(w, o->obr, 17, 1);
    bool done = str_eq_c(status, "LA") || str_eq_c(status, "AU") || str_eq_c(status, "DO");
    o->number = first_text(w, o->obr, 12, 3, 1);
    o->service = first_text(w, o->obr, 2, 2, 1);
    o->section = STR("MDM");
    o->status = str_is_absent(status) ? STR_NONE : done ? STR("F") : STR("P");
}

struct order
order_read(struct walk *w, size_t obr, size_t first, size_t end)
{
    struct order o = {.obr = obr, .first = first, .end = end, .first_fact = w->count};
    o.status_time = w->message_time;
    o.spm = find_spm(w, obr, first, end);
    if (obr < w->m->seg_count && hl7_seg_is(w->m, obr, "OBR"))
        read_obr(w, &o);
    else if (obr < w->m->seg_count)
        read_txa(w, &o);
    read_specimen(w, &o);
    return o;
}

/* HL7 table 0085 (OBX-11) and 0123 (OBR-25), which agree where both have a letter. I, N, O, S and X
 * without value are no result; X with a value says that there is none any more. */
static bool
status_letter(char c, enum fact_status *out)
{
    switch (c) {
    case 'F':
    case 'A':
    case 'B':
    case 'V':
    case 'U': *out = FACT_FINAL; return true;
    case 'C': *out = FACT_CORRECTED; return true;
    case 'P':
    case 'R':
    case 'S': *out = FACT_PRELIMINARY; return true;
    case 'D':
    case 'W':
    case 'X': *out = FACT_WITHDRAWN; return true;
    default: return false;
    }
}

static bool
is_obr(struct walk *w, const struct order *o)
{
    return o->obr < w->m->seg_count && hl7_seg_is(w->m, o->obr, "OBR");
}

/* OBX-5 "": the value is to be removed (2.9.1 section 2.4.3.1). */
bool
order_status(struct walk *w, const struct order *o, size_t obx, enum fact_status *out)
{
    struct str s = walk_text(w, obx, 11, 1);
    const char *why = NULL;
    int field = 11;
    if (hl7_is_delete(hl7_field(w->m, obx, 5))) {
        *out = FACT_WITHDRAWN;
        walk_trace(w, obx, (struct walk_from){obx, 5}, "status", STR("withdrawn"),
                   "the sender asks for the value to be removed");
        return true;
    }
    if (str_is_absent(s)) {
        s = o->status;
        field = str_is_absent(s) ? 0 : is_obr(w, o) ? 25 : 17;
        why = "OBX-11 is empty";
        if (str_eq_c(s, "A") ||
            str_eq_c(s, "R")) /* 0123: some results, results stored not verified */
            s = STR("P");
        if (str_eq_c(s, "S") || str_eq_c(s, "D")) /* 0123: scheduled; D is not legal there */
            s = STR("O");
    }
    if (str_is_absent(s)) {
        *out = w->map->empty_is_final ? FACT_FINAL : FACT_PRELIMINARY;
        why = "OBX-11 and the order's status are empty: the map's status_empty";
    } else if (s.n != 1 || !status_letter(s.p[0], out)) {
        w->pending++;
        walk_trace(w, obx, (struct walk_from){field == 11 ? obx : o->obr, field}, "status",
                   STR_NONE, "no result, or none yet");
        return false;
    }
    walk_trace(w, obx, (struct walk_from){field == 11 || field == 0 ? obx : o->obr, field},
               "status", str_from_c(fact_status_name(*out)), why);
    return true;
}

/* Where one of the map's choices stands. False: no such segment. */
static bool
time_place(struct walk *w, const struct order *o, size_t obx, enum map_time t,
           struct walk_from *from)
{
    switch (t) {
    case MAP_TIME_OBX14: *from = (struct walk_from){obx, 14}; break;
    case MAP_TIME_OBR7:
        if (!is_obr(w, o))
            return false;
        *from = (struct walk_from){o->obr, 7};
        break;
    case MAP_TIME_SPM17:
        if (o->spm >= w->m->seg_count)
            return false;
        *from = (struct walk_from){o->spm, 17};
        break;
    case MAP_TIME_COUNT: return false;
    }
    return true;
}

/* "OBX-14 is empty": what the map would have taken before its i-th choice; NULL: nothing. */
static const char *
preferred_empty(struct walk *w, size_t i)
{
    static const char *const names[MAP_TIME_COUNT] = {
        [MAP_TIME_OBX14] = "OBX-14", [MAP_TIME_OBR7] = "OBR-7", [MAP_TIME_SPM17] = "SPM-17"};
    struct sb b;
    if (w->trace == NULL || i == 0)
        return NULL;
    sb_init_arena(&b, w->arena, 64);
    for (size_t k = 0; k < i; k++)
        sb_addf(&b, "%s%s", k == 0 ? "" : " and ", names[w->map->times[k]]);
    sb_add_c(&b, i == 1 ? " is empty" : " are empty");
    return sb_cz(&b);
}

struct stamp
order_time(struct walk *w, const struct order *o, size_t obx, uint32_t *flags)
{
    struct walk_from from = {o->obr, 4}; /* TXA-4, activity */
    struct stamp at;
    if (o->obr < w->m->seg_count && !is_obr(w, o) && walk_time(w, o->obr, 4, &at, flags)) {
        walk_trace_time(w, obx, from, "collected", at, NULL);
        return at;
    }
    for (size_t i = 0; i < w->map->time_count; i++) {
        if (!time_place(w, o, obx, w->map->times[i], &from) ||
            !walk_time(w, from.seg, from.field, &at, flags))
            continue;
        walk_trace_time(w, obx, from, "collected", at, preferred_empty(w, i));
        return at;
    }
    *flags |= FACT_TIME_PARTIAL;
    walk_trace(w, obx, (struct walk_from){obx, 0}, "collected", STR_NONE, "no field says when");
    walk_warn(w, obx, 14, "no collection time: kept without one");
    return STAMP_NONE;
}

/* What all results of the order share. */
static void
trace_order(struct walk *w, const struct order *o, size_t obx)
{
    bool txa = !is_obr(w, o);
    if (w->trace == NULL || o->obr >= w->m->seg_count)
        return;
    if (!str_is_absent(o->number))
        walk_trace(w, obx, (struct walk_from){o->obr, txa ? 12 : 3}, "order", o->number, NULL);
    if (!str_is_absent(o->specimen) && o->spm < w->m->seg_count)
        walk_trace(w, obx, (struct walk_from){o->spm, 2}, "specimen", o->specimen, NULL);
    if (!txa && hl7_is_valued(hl7_value(w->m, o->obr, 22, 1)))
        walk_trace_time(w, obx, (struct walk_from){o->obr, 22}, "said", o->status_time, NULL);
    else
        walk_trace_time(w, obx, (struct walk_from){0, 7}, "said", o->status_time,
                        txa ? NULL : "OBR-22 is empty");
}

struct fact *
order_fact(struct walk *w, const struct order *o, size_t obx, enum fact_kind kind,
           enum fact_status status)
{
    struct fact *f = walk_fact(w, kind, obx);
    if (f == NULL)
        return NULL;
    uint32_t flags = 0;
    f->status = status;
    f->order = o->number;
    f->ordered_by = o->ordered_by;
    f->ordered_by_count = o->ordered_by_count;
    f->attended_by = careteam_attended_by(w, &f->attended_by_count);
    f->specimen = o->specimen;
    f->status_time = o->status_time;
    f->group = walk_leaf(w, hl7_field(w->m, obx, 4));
    f->collected = order_time(w, o, obx, &flags);
    f->flags |= flags;
    trace_order(w, o, obx);
    return f;
}
