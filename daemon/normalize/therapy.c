#include "normalize/walk.h"

#include <string.h>

/* What a message says of a drug, and how surely. */
struct evidence {
    size_t seg; /* RXA, RXD, RXE, RXO, FT1 */
    int field;  /* where its drug code stands */
    enum therapy_action action;
    enum therapy_rung rung;
    enum fact_status status;
    struct stamp at;
    uint32_t flags;
    struct str order;
    struct str reason;
    struct stamp said; /* when the sender said so; absent: message time */
};

/* The drugs of a code or text, with the regimen when it is one. */
struct drugs {
    const struct term_drug *item[TERMS_DRUGS_MAX];
    size_t count;
    struct str regimen;
    bool conflict; /* the code says another drug than the text */
};

/* Coding systems with a table of ours. */
static const struct {
    const char *system;
    const char *table;
} drug_tables[] = {{"RXNORM", "rxnorm"}, {"ATC", "atc"}, {"HCPCS", "hcpcs"}};

/* The NDC's parts are 4-4-2, 5-3-2 or 5-4-1 digits; billing pads them to 5-4-2 and drops the
 * hyphens, which is how a map has them. Absent: no NDC with hyphens. */
static struct str
ndc_billed(struct walk *w, struct str code)
{
    static const size_t width[] = {5, 4, 2};
    struct str part, rest = code;
    struct sb b;
    sb_init_arena(&b, w->arena, 16);
    for (size_t i = 0; i < RFD_COUNT(width); i++) {
        bool more = str_cut(rest, '-', &part, &rest);
        if (more != (i + 1 < RFD_COUNT(width)) || part.n == 0 || part.n > width[i])
            return STR_NONE;
        for (size_t k = part.n; k < width[i]; k++)
            sb_add_char(&b, '0');
        sb_add(&b, part);
    }
    return sb_str(&b);
}

static void
drugs_of_code(struct walk *w, const struct code *c, struct drugs *out)
{
    if (out->count > 0 || str_is_empty(c->code))
        return;
    out->count = map_drug_find(w->map, w->arena, c->system, c->code, out->item);
    if (out->count == 0 && str_eq_c(c->system, "NDC")) {
        struct str billed = ndc_billed(w, c->code);
        if (!str_is_absent(billed))
            out->count = map_drug_find(w->map, w->arena, c->system, billed, out->item);
    }
    for (size_t i = 0; i < RFD_COUNT(drug_tables) && out->count == 0; i++) {
        if (str_eq_c(c->system, drug_tables[i].system))
            out->count =
                terms_drug_code(w->terms, w->arena, drug_tables[i].table, c->code, out->item);
    }
}

static void
drugs_of_text(struct walk *w, struct str text, struct drugs *out)
{
    if (str_is_empty(text))
        return;
    const struct term_drug *named = terms_drug(w->terms, w->arena, text);
    if (out->count == 0 && named == NULL) {
        const struct term_regimen *r = terms_regimen(w->terms, w->arena, text);
        for (size_t i = 0; r != NULL && i < r->count && i < TERMS_DRUGS_MAX; i++)
            out->item[out->count++] = r->drugs[i];
        out->regimen = r == NULL ? STR_NONE : r->name;
        return;
    }
    bool same = out->count == 0;
    for (size_t i = 0; i < out->count; i++)
        same = same || named == NULL || out->item[i] == named;
    out->conflict = out->conflict || !same;
    if (out->count == 0)
        out->item[out->count++] = named;
}

/* A study drug that nobody may know: its class stands for it, so that it is not "no therapy". */
static bool
is_blinded(const struct walk *w, const struct walk_coded *c)
{
    const struct str words[] = {c->first.code, c->first.display, c->second.code, c->second.display};
    for (size_t i = 0; i < w->map->blinded.count; i++) {
        for (size_t k = 0; k < RFD_COUNT(words); k++) {
            if (!str_is_empty(words[k]) && str_eq_nocase(words[k], w->map->blinded.item[i]))
                return true;
        }
    }
    return false;
}

static struct drugs
drugs_of(struct walk *w, const struct walk_coded *c)
{
    struct drugs d = {.count = 0};
    drugs_of_code(w, &c->first, &d);
    drugs_of_code(w, &c->second, &d);
    drugs_of_text(w, c->first.display, &d);
    if (d.count == 0)
        drugs_of_text(w, c->second.display, &d);
    if (d.count == 0)
        drugs_of_text(w, c->text, &d);
    if (d.count == 0)
        drugs_of_text(w, c->first.code, &d); /* a name where a code should be */
    return d;
}

/* What the message says elsewhere, by the map: often in a Z segment. */
static struct str
beside(struct walk *w, const struct hl7_path *path)
{
    return path->seg[0] == '\0' ? STR_NONE
                                : walk_leaf(w, hl7_path_first(w->m, 0, w->m->seg_count, path));
}

/* "3", "C3D1", "cycle 3 of 6": the first number there; 0: none. */
static int32_t
cycle_beside(struct walk *w)
{
    enum { CYCLE_MAX = 999 };
    struct str s = beside(w, &w->map->cycle);
    int32_t n = 0;
    size_t i = str_find_any(s, "0123456789");
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && n <= CYCLE_MAX; i++)
        n = 10 * n + (s.p[i] - '0');
    return n <= CYCLE_MAX ? n : 0;
}

static void
trace_drug(struct walk *w, const struct evidence *e, const struct drugs *d, const struct fact *f)
{
    const struct therapy *t = &f->u.therapy;
    if (w->trace == NULL)
        return;
    walk_trace(w, e->seg, (struct walk_from){e->seg, e->field}, "drug",
               str_is_absent(t->drug) ? t->classes[0] : t->drug,
               str_is_absent(t->drug)      ? "the map's blinded drugs"
               : !str_is_empty(d->regimen) ? "a drug of the regimen"
                                           : "by its code or name");
    walk_trace(w, e->seg, (struct walk_from){e->seg, 0}, "says",
               str_from_c(therapy_action_name(t->action)), therapy_rung_name(t->rung));
    walk_trace_time(w, e->seg, (struct walk_from){e->seg, 0}, "on", e->at, NULL);
}

/* drug NULL: a blinded one. */
static void
put_fact(struct walk *w, const struct evidence *e, const struct walk_coded *c,
         const struct drugs *d, const struct term_drug *drug)
{
    static const struct str blinded[] = {{"blinded_study_drug", 18}};
    struct str regimen = beside(w, &w->map->regimen);
    struct fact *f = walk_fact(w, FACT_THERAPY, e->seg);
    if (f == NULL)
        return;
    f->status = e->status;
    f->flags |= e->flags | (d->conflict ? (uint32_t)FACT_CODE_CONFLICT : 0);
    f->collected = e->at;
    f->order = e->order;
    if (!stamp_is_absent(e->said))
        f->status_time = e->said;
    f->u.therapy = (struct therapy){.action = e->action,
                                    .rung = e->rung,
                                    .drug = drug == NULL ? STR_NONE : drug->name,
                                    .classes = drug == NULL ? blinded : drug->classes,
                                    .class_count = drug == NULL ? 1 : drug->class_count,
                                    .cover_days = drug == NULL ? 0 : drug->cover_days,
                                    .order = e->order,
                                    .intent = beside(w, &w->map->intent),
                                    .regimen = str_is_absent(regimen) ? d->regimen : regimen,
                                    .cycle = cycle_beside(w),
                                    .reason = e->reason,
                                    .code = c->first};
    trace_drug(w, e, d, f);
}

/* Facts of the drugs in that segment's field. False: no drug of ours there. */
static bool
put_drugs(struct walk *w, const struct evidence *e, size_t seg, int field)
{
    struct walk_coded c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, seg, field), 1));
    struct drugs d = {.count = 0};
    if (is_blinded(w, &c)) {
        put_fact(w, e, &c, &d, NULL);
        return true;
    }
    d = drugs_of(w, &c);
    if (d.conflict)
        walk_warn(w, seg, field, "code and text name different drugs");
    for (size_t i = 0; i < d.count; i++)
        put_fact(w, e, &c, &d, d.item[i]);
    return d.count > 0;
}

/* A segment without a drug of ours may be a mixture: its components stand in RXC behind it. */
static void
put_evidence(struct walk *w, const struct evidence *e, size_t end)
{
    bool any = put_drugs(w, e, e->seg, e->field);
    for (size_t i = hl7_next(w->m, e->seg, end, "RXC"); !any && i < end;
         i = hl7_next(w->m, i + 1, end, "RXC"))
        any = put_drugs(w, e, i, 2) || any;
    if (any)
        return;
    struct walk_coded c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, e->seg, e->field), 1));
    walk_trace(w, e->seg, (struct walk_from){e->seg, e->field}, "no fact", STR_NONE,
               "no map and no terminology knows this drug");
    w->unmapped++;
    walk_unmapped(w, UNMAPPED_DRUG, str_is_empty(c.first.code) ? c.second : c.first, STR_NONE);
}

/* HL7 table 0119, order control codes, as far as they speak of a drug that is or was ordered. */
static const struct {
    const char *code;
    enum therapy_action action;
} controls[] = {
    {"NW", THERAPY_START},  {"RO", THERAPY_START},  {"SN", THERAPY_START},  {"OK", THERAPY_START},
    {"PA", THERAPY_START},  {"XO", THERAPY_CHANGE}, {"XX", THERAPY_CHANGE}, {"RP", THERAPY_CHANGE},
    {"RU", THERAPY_CHANGE}, {"RL", THERAPY_CHANGE}, {"OE", THERAPY_CHANGE}, {"RF", THERAPY_DOSE},
    {"DC", THERAPY_STOP},   {"OD", THERAPY_STOP},   {"DR", THERAPY_STOP},   {"CA", THERAPY_STOP},
    {"OC", THERAPY_STOP},   {"CR", THERAPY_STOP},   {"HD", THERAPY_HOLD},   {"OH", THERAPY_HOLD},
    {"HR", THERAPY_HOLD},
};

/* SC and SR carry the news in ORC-5 (table 0038). */
static bool
action_of_status(struct str s, enum therapy_action *out)
{
    if (str_eq_c(s, "DC") || str_eq_c(s, "CA") || str_eq_c(s, "CM"))
        *out = THERAPY_STOP;
    else if (str_eq_c(s, "HD"))
        *out = THERAPY_HOLD;
    else if (str_eq_c(s, "IP") || str_eq_c(s, "SC"))
        *out = THERAPY_CHANGE;
    else
        return false;
    return true;
}

/* False: the order says nothing of the drug (a failed request, a number assigned). */
static bool
action_of(struct walk *w, size_t orc, enum therapy_action *out)
{
    struct str control = orc < w->m->seg_count ? walk_text(w, orc, 1, 1) : STR_NONE;
    if (str_is_absent(control)) {
        *out = THERAPY_START;
        return true;
    }
    if (str_eq_c(control, "SC") || str_eq_c(control, "SR"))
        return action_of_status(walk_text(w, orc, 5, 1), out);
    for (size_t i = 0; i < RFD_COUNT(controls); i++) {
        if (str_eq_c(control, controls[i].code)) {
            *out = controls[i].action;
            return true;
        }
    }
    return false;
}

static void
read_orc(struct walk *w, size_t orc, struct evidence *e)
{
    uint32_t unused = 0;
    if (orc >= w->m->seg_count)
        return;
    e->order = walk_text(w, orc, 2, 1);
    if (str_is_absent(e->order))
        e->order = walk_text(w, orc, 3, 1);
    e->reason = walk_text(w, orc, 16, 2);
    if (str_is_absent(e->reason))
        e->reason = walk_text(w, orc, 16, 1);
    if (!walk_time(w, orc, 9, &e->said, &unused))
        e->said = STAMP_NONE;
}

/* When an order takes effect: ORC-15, TQ1-7, ORC-9, else the message's own time. */
static void
order_start(struct walk *w, size_t orc, size_t end, struct evidence *e)
{
    size_t n = w->m->seg_count, tq1 = orc < n ? hl7_next(w->m, orc, end, "TQ1") : end;
    bool starts = e->action == THERAPY_START;
    if (orc < n && walk_time(w, orc, 15, &e->at, &e->flags))
        return;
    if (starts && tq1 < end && walk_time(w, tq1, 7, &e->at, &e->flags))
        return;
    if (orc < n && walk_time(w, orc, 9, &e->at, &e->flags))
        return;
    e->at = w->message_time;
}

/* RXA-20: RE refused, NA not administered. RXA-21: D delete, U update. */
static void
administration(struct walk *w, size_t rxa, size_t orc, size_t end)
{
    struct evidence e = {.seg = rxa,
                         .field = 5,
                         .action = THERAPY_DOSE,
                         .rung = THERAPY_GIVEN,
                         .status = FACT_FINAL};
    struct str done = walk_text(w, rxa, 20, 1), what = walk_text(w, rxa, 21, 1);
    read_orc(w, orc, &e);
    if (str_eq_c(done, "RE") || str_eq_c(done, "NA")) {
        e.action = THERAPY_NOT_GIVEN;
        e.reason = walk_text(w, rxa, 18, 2);
    }
    if (str_eq_c(walk_text(w, rxa, 9, 1), "01")) /* NIP001: from history, not given here */
        e.rung = THERAPY_STATED;
    if (str_eq_c(what, "D"))
        e.status = FACT_WITHDRAWN;
    else if (str_eq_c(what, "U"))
        e.status = FACT_CORRECTED;
    if (!walk_time(w, rxa, 3, &e.at, &e.flags)) {
        walk_fail(w, NORMALIZE_BAD_TIME, rxa, 3);
        return;
    }
    put_evidence(w, &e, end);
}

static void
dispensing(struct walk *w, size_t rxd, size_t orc, size_t end)
{
    struct evidence e = {.seg = rxd,
                         .field = 2,
                         .action = THERAPY_DOSE,
                         .rung = THERAPY_DISPENSED,
                         .status = FACT_FINAL};
    read_orc(w, orc, &e);
    if (!walk_time(w, rxd, 3, &e.at, &e.flags)) {
        walk_fail(w, NORMALIZE_BAD_TIME, rxd, 3);
        return;
    }
    put_evidence(w, &e, end);
}

static void
ordering(struct walk *w, size_t seg, int field, size_t orc, size_t end)
{
    struct evidence e = {.seg = seg, .field = field, .rung = THERAPY_ORDERED, .status = FACT_FINAL};
    if (!action_of(w, orc, &e.action)) {
        if (!hl7_seg_is(w->m, seg, "RXG")) {
            w->pending++;
            return;
        }
        e.action = THERAPY_CHANGE; /* to be given: the order goes on, whatever its ORC repeats */
    }
    read_orc(w, orc, &e);
    order_start(w, orc, end, &e);
    put_evidence(w, &e, end);
}

/* Which segment carries the drug in a message type, best first. */
static void
one_order(struct walk *w, size_t orc, size_t from, size_t end, const char *type)
{
    size_t rxe = hl7_next(w->m, from, end, "RXE"), rxo = hl7_next(w->m, from, end, "RXO");
    const char *done = strcmp(type, "RAS") == 0 ? "RXA" : strcmp(type, "RDS") == 0 ? "RXD" : NULL;
    if (done != NULL) {
        for (size_t i = hl7_next(w->m, from, end, done); i < end;
             i = hl7_next(w->m, i + 1, end, done)) {
            if (strcmp(done, "RXA") == 0)
                administration(w, i, orc, end);
            else
                dispensing(w, i, orc, end);
        }
        return;
    }
    /* two RXE under one ORC occur: each is an order */
    for (size_t i = rxe; i < end; i = hl7_next(w->m, i + 1, end, "RXE"))
        ordering(w, i, 2, orc, end);
    if (rxe == end && rxo < end)
        ordering(w, rxo, 1, orc, end);
    for (size_t i = hl7_next(w->m, from, end, "RXG"); rxe == end && rxo == end && i < end;
         i = hl7_next(w->m, i + 1, end, "RXG"))
        ordering(w, i, 4, orc, end);
}

void
walk_therapy(struct walk *w, const char *type)
{
    size_t n = w->m->seg_count, orc = hl7_next(w->m, 0, n, "ORC");
    if (orc == n) {
        one_order(w, n, 0, n, type);
        return;
    }
    while (orc < n && w->reason == NORMALIZE_NONE) {
        size_t next = hl7_next(w->m, orc + 1, n, "ORC");
        one_order(w, orc, orc, next, type);
        orc = next;
    }
}

/* Most charges are for no drug: only HCPCS says of a code that it is one (J: drugs, Q: temporary
 * codes, among them biosimilars). */
static void
billed_unknown(struct walk *w, size_t ft1)
{
    static const int fields[] = {7, 25};
    for (size_t i = 0; i < RFD_COUNT(fields); i++) {
        struct walk_coded c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, ft1, fields[i]), 1));
        bool drug = str_starts(c.first.code, STR("J")) || str_starts(c.first.code, STR("Q"));
        if (str_eq_c(c.first.system, "HCPCS") && drug)
            walk_unmapped(w, UNMAPPED_DRUG, c.first, STR_NONE);
    }
}

/* FT1-7 is the code billed (HCPCS), FT1-25 the procedure, FT1-29 the NDC; FT1-6 CG charge, CD
 * credit takes it back: the fact key has no FT1-2, which differs between the two. */
void
walk_billing(struct walk *w)
{
    size_t n = w->m->seg_count;
    for (size_t i = hl7_next(w->m, 0, n, "FT1"); i < n && w->reason == NORMALIZE_NONE;
         i = hl7_next(w->m, i + 1, n, "FT1")) {
        struct evidence e = {.seg = i,
                             .field = 7,
                             .action = THERAPY_DOSE,
                             .rung = THERAPY_BILLED,
                             .status = FACT_FINAL,
                             .order = walk_text(w, i, 23, 1)};
        if (str_eq_c(walk_text(w, i, 6, 1), "CD"))
            e.status = FACT_WITHDRAWN;
        if (!walk_time(w, i, 4, &e.at, &e.flags)) {
            w->unmapped++;
            walk_warn(w, i, 4, "charge without a date");
            continue;
        }
        if (!put_drugs(w, &e, i, 7) && !put_drugs(w, &e, i, 25) && !put_drugs(w, &e, i, 29)) {
            w->unmapped++;
            billed_unknown(w, i);
        }
    }
    walk_diagnoses(w);
}
