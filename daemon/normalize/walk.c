#include "normalize/walk.h"

#include "base/limits.h"
#include "base/sb.h"
#include "normalize/termindex.h"
#include "wire/hl7_text.h"

#include <string.h>

void
walk_fail(struct walk *w, enum normalize_reason reason, size_t seg, int field)
{
    if (w->reason != NORMALIZE_NONE)
        return;
    w->reason = reason;
    (void)hl7_place(w->m, seg, field, w->place);
}

void
walk_warn(struct walk *w, size_t seg, int field, const char *text)
{
    char place[HL7_PLACE_MAX];
    diag_warn(w->warnings, NULL, 0, 0, "%s: %s", hl7_place(w->m, seg, field, place), text);
}

void
walk_unmapped(struct walk *w, enum unmapped_kind kind, struct code code, struct str unit)
{
    unmapped_add(&w->missed, w->arena, (struct unmapped){.kind = kind, .code = code, .unit = unit});
}

void
walk_trace(struct walk *w, size_t seg, struct walk_from from, const char *what, struct str to,
           const char *why)
{
    struct trace *t = w->trace;
    if (t == NULL)
        return;
    if (t->count == TRACE_MAX) {
        t->dropped++;
        return;
    }
    t->item = term_grow(w->arena, t->item, t->count, sizeof *t->item);
    t->item[t->count++] = (struct trace_item){seg,  from.seg, from.field,
                                              what, to,       str_dup(w->arena, str_from_c(why))};
}

void
walk_trace_time(struct walk *w, size_t seg, struct walk_from from, const char *what,
                struct stamp at, const char *why)
{
    char text[STAMP_TEXT_MAX];
    if (w->trace == NULL)
        return;
    walk_trace(w, seg, from, what,
               stamp_is_absent(at) ? STR_NONE : str_dup(w->arena, stamp_format(at, text)), why);
}

struct fact *
walk_fact(struct walk *w, enum fact_kind kind, size_t seg)
{
    char place[HL7_PLACE_MAX];
    if (w->count == LIMIT_FACTS_PER_MESSAGE) {
        walk_fail(w, NORMALIZE_TOO_MANY_FACTS, seg, 0);
        return NULL;
    }
    w->facts = term_grow(w->arena, w->facts, w->count, sizeof *w->facts);
    struct fact *f = &w->facts[w->count++];
    memset(f, 0, sizeof *f);
    f->kind = kind;
    f->status = FACT_FINAL;
    f->flags = w->flags;
    f->patient = w->patient;
    f->received = w->received;
    f->status_time = w->message_time;
    f->map_hash = w->map->hash;
    f->source.control_id = w->control_id;
    f->source.place = str_dup(w->arena, str_from_c(hl7_place(w->m, seg, 0, place)));
    return f;
}

struct str
walk_leaf(struct walk *w, struct str raw)
{
    if (!hl7_is_valued(raw))
        return STR_NONE;
    struct str s = str_trim(hl7_text(w->arena, w->m, raw));
    return s.n == 0 ? STR_NONE : s;
}

struct str
walk_text(struct walk *w, size_t seg, int field, int comp)
{
    return walk_leaf(w, hl7_value(w->m, seg, field, comp));
}

static enum hl7time_result
read_time(struct walk *w, size_t seg, int field, struct stamp *out, uint32_t *flags)
{
    struct str raw = str_trim(hl7_value(w->m, seg, field, 1));
    int16_t own;
    if (!hl7_is_valued(raw))
        return HL7TIME_ABSENT;
    enum hl7time_result r = hl7time_parse(raw, &w->zone, out);
    if (r == HL7TIME_NO_ZONE)
        walk_fail(w, NORMALIZE_NO_ZONE, seg, field);
    if (r != HL7TIME_OK && r != HL7TIME_AMBIGUOUS)
        return r;
    if (r == HL7TIME_AMBIGUOUS)
        walk_warn(w, seg, field, "local time exists twice or never (change of summer time)");
    if (out->precision < PRECISION_DAY)
        *flags |= FACT_TIME_PARTIAL;
    if (w->zone_assumed && !hl7time_offset(raw, &own))
        *flags |= FACT_ZONE_ASSUMED;
    return r;
}

bool
walk_time(struct walk *w, size_t seg, int field, struct stamp *out, uint32_t *flags)
{
    enum hl7time_result r = read_time(w, seg, field, out, flags);
    if (r == HL7TIME_BAD)
        walk_fail(w, NORMALIZE_BAD_TIME, seg, field);
    return r == HL7TIME_OK || r == HL7TIME_AMBIGUOUS;
}

bool
walk_time_if_any(struct walk *w, size_t seg, int field, struct stamp *out, uint32_t *flags)
{
    enum hl7time_result r = read_time(w, seg, field, out, flags);
    if (r == HL7TIME_BAD)
        walk_warn(w, seg, field, "time is unreadable");
    return r == HL7TIME_OK || r == HL7TIME_AMBIGUOUS;
}

static struct code
triplet(struct walk *w, struct str rep, int at)
{
    struct code c;
    c.code = walk_leaf(w, hl7_comp(w->m, rep, at));
    c.display = walk_leaf(w, hl7_comp(w->m, rep, at + 1));
    c.system = walk_leaf(w, hl7_comp(w->m, rep, at + 2));
    if (!str_is_absent(c.system))
        c.system = map_system(w->map, w->arena, c.system);
    return c;
}

struct walk_coded
walk_coded(struct walk *w, struct str rep)
{
    struct walk_coded c;
    c.first = triplet(w, rep, 1);
    c.second = triplet(w, rep, 4);
    c.text = walk_leaf(w, hl7_comp(w->m, rep, 9));
    return c;
}

struct str
walk_code_in(const struct walk_coded *c, const char *system)
{
    if (str_eq_c(c->first.system, system) && !str_is_empty(c->first.code))
        return c->first.code;
    if (str_eq_c(c->second.system, system) && !str_is_empty(c->second.code))
        return c->second.code;
    return STR_NONE;
}

struct str
walk_loinc(struct walk *w, const struct walk_coded *c)
{
    struct str sent = walk_code_in(c, "LN");
    const struct map_code *mc;
    if (!str_is_absent(sent))
        return sent;
    mc = map_code_find(w->map, w->arena, c->first.system, c->first.code);
    if (mc == NULL)
        mc = map_code_find(w->map, w->arena, c->second.system, c->second.code);
    return mc == NULL ? STR_NONE : mc->loinc;
}

/* The map speaks of PID; a merge has the same identifiers in MRG-1, -4 and -2. */
static int
field_in(const struct walk *w, size_t seg, int pid_field)
{
    if (!hl7_seg_is(w->m, seg, "MRG"))
        return pid_field;
    return pid_field == 2 ? 4 : pid_field == 4 ? 2 : 1;
}

/* The repetition that the path's condition picks in that segment. */
static struct str
pick(struct walk *w, size_t seg, const struct hl7_path *path)
{
    struct hl7_path p = *path;
    (void)memcpy(p.seg, hl7_seg_name(w->m, seg), sizeof p.seg);
    p.field = field_in(w, seg, path->field);
    return hl7_path_get(w->m, seg, &p);
}

/* The first repetition with an identifier and without a type. */
static struct str
pick_untyped(struct walk *w, size_t seg, int field)
{
    struct str all = hl7_field(w->m, seg, field);
    for (int r = 1; r <= hl7_rep_count(w->m, all); r++) {
        struct str rep = hl7_rep(w->m, all, r);
        if (hl7_is_valued(hl7_comp(w->m, rep, 1)) && !hl7_is_valued(hl7_comp(w->m, rep, 5)))
            return rep;
    }
    return STR_NONE;
}

static void
trace_id(struct walk *w, size_t seg, struct str rep, size_t i)
{
    struct sb b;
    if (w->trace == NULL)
        return;
    sb_init_arena(&b, w->arena, 100);
    sb_addf(&b, "entry %zu of the map's patient.id fits", i + 1);
    walk_trace(w, seg, (struct walk_from){seg, field_in(w, seg, w->map->ids[i].field)},
               "identifier", walk_leaf(w, hl7_comp(w->m, rep, 1)), sb_cz(&b));
}

static struct str
pick_id(struct walk *w, size_t seg, int field)
{
    for (size_t i = 0; i < w->map->id_count; i++) {
        struct str rep = pick(w, seg, &w->map->ids[i]);
        if (hl7_is_valued(hl7_comp(w->m, rep, 1))) {
            trace_id(w, seg, rep, i);
            return rep;
        }
    }
    walk_trace(w, seg, (struct walk_from){seg, field}, "identifier", STR_NONE,
               w->map->untyped_id
                   ? "no repetition fits the map's patient.id: the first one without a type (CX.5)"
                   : "no repetition fits the map's patient.id");
    return w->map->untyped_id ? pick_untyped(w, seg, field) : STR_NONE;
}

/* CX.4 is NAME&OID&ISO: the name, else the OID. */
static struct str
authority_of(struct walk *w, size_t seg, struct str rep)
{
    if (!str_is_absent(w->map->authority)) {
        walk_trace(w, seg, (struct walk_from){seg, 0}, "authority", w->map->authority,
                   "the map's patient.authority");
        return w->map->authority;
    }
    struct str hd = hl7_comp(w->m, rep, 4), fallback = STR_NONE;
    struct str name = walk_leaf(w, hl7_sub(w->m, hd, 1));
    if (str_is_absent(name))
        name = walk_leaf(w, hl7_sub(w->m, hd, 2));
    if (str_is_absent(name) && w->map->fallback_authority.seg[0] != '\0')
        name = fallback =
            walk_leaf(w, hl7_path_first(w->m, 0, w->m->seg_count, &w->map->fallback_authority));
    walk_trace(w, seg, (struct walk_from){seg, 0}, "authority", name,
               str_is_absent(fallback) ? "component 4 of the identifier"
                                       : "component 4 is empty: the map's fallback_authority");
    return name;
}

static bool
patient_of(struct walk *w, size_t seg, int field, struct str rep, struct patient_ref *out)
{
    struct patient_ref ref;
    ref.id = walk_leaf(w, hl7_comp(w->m, rep, 1));
    if (str_is_absent(ref.id)) {
        walk_fail(w, NORMALIZE_NO_PATIENT_ID, seg, field);
        return false;
    }
    ref.authority = authority_of(w, seg, rep);
    if (str_is_absent(ref.authority)) {
        walk_fail(w, NORMALIZE_NO_AUTHORITY, seg, field);
        return false;
    }
    *out = ref;
    return true;
}

bool
walk_patient(struct walk *w, size_t seg, int field, struct patient_ref *out)
{
    return patient_of(w, seg, field, pick_id(w, seg, field), out);
}

size_t
walk_patients(struct walk *w, size_t seg, int field, struct patient_ref out[WALK_PATIENTS_MAX])
{
    struct str all = hl7_field(w->m, seg, field), chosen = pick_id(w, seg, field);
    struct str type = hl7_comp(w->m, chosen, 5);
    size_t n = 0;
    if (!patient_of(w, seg, field, chosen, &out[n]))
        return 0;
    n++;
    for (int r = 1; r <= hl7_rep_count(w->m, all) && n < WALK_PATIENTS_MAX; r++) {
        struct str rep = hl7_rep(w->m, all, r);
        bool same_type = hl7_is_valued(type) && str_eq(hl7_comp(w->m, rep, 5), type);
        if (rep.p != chosen.p && same_type && hl7_is_valued(hl7_comp(w->m, rep, 1)) &&
            patient_of(w, seg, field, rep, &out[n]))
            n++;
    }
    return n;
}
