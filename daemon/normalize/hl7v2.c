#include "normalize/hl7v2.h"

#include "normalize/walk.h"

#include <string.h>

enum family {
    FAMILY_RESULTS,
    FAMILY_THERAPY,
    FAMILY_ADMISSION,
    FAMILY_CANCEL, /* a document that is so no longer */
    FAMILY_MERGE,
    FAMILY_ACCOUNT, /* accounts or visits of one patient */
    FAMILY_LINK,
    FAMILY_UNLINK,
    FAMILY_MOVE, /* a visit or account to another patient */
    FAMILY_BILLING,
    FAMILY_CARE,  /* orders that are no drugs */
    FAMILY_OTHER, /* valid, carries nothing for us */
    FAMILY_UNKNOWN,
};

/* Message code and trigger event; event NULL: any. The first row that fits. */
static const struct {
    const char *code;
    const char *event;
    enum family family;
} types[] = {
    /* results; R03 is what R01 was called for displays, W01 a waveform */
    {"ORU", NULL, FAMILY_RESULTS},    {"OUL", NULL, FAMILY_RESULTS},
    {"MDM", "T02", FAMILY_RESULTS},   {"MDM", "T04", FAMILY_RESULTS},
    {"MDM", "T06", FAMILY_RESULTS},   {"MDM", "T08", FAMILY_RESULTS},
    {"MDM", "T10", FAMILY_RESULTS},   {"MDM", "T11", FAMILY_CANCEL},
    {"MDM", NULL, FAMILY_OTHER}, /* notifications without content */
    {"RAS", NULL, FAMILY_THERAPY},    {"RDE", NULL, FAMILY_THERAPY},
    {"RDS", NULL, FAMILY_THERAPY},    {"RGV", NULL, FAMILY_THERAPY},
    {"OMP", NULL, FAMILY_THERAPY},    {"ORM", NULL, FAMILY_THERAPY},
    {"DFT", NULL, FAMILY_BILLING},    {"ADT", "A01", FAMILY_ADMISSION},
    {"ADT", "A02", FAMILY_ADMISSION}, {"ADT", "A03", FAMILY_ADMISSION},
    {"ADT", "A04", FAMILY_ADMISSION}, {"ADT", "A05", FAMILY_ADMISSION},
    {"ADT", "A06", FAMILY_ADMISSION}, {"ADT", "A07", FAMILY_ADMISSION},
    {"ADT", "A08", FAMILY_ADMISSION}, {"ADT", "A13", FAMILY_ADMISSION},
    {"ADT", "A28", FAMILY_ADMISSION}, {"ADT", "A31", FAMILY_ADMISSION},
    {"ADT", "A18", FAMILY_MERGE},     {"ADT", "A30", FAMILY_MERGE},
    {"ADT", "A34", FAMILY_MERGE},     {"ADT", "A36", FAMILY_MERGE},
    {"ADT", "A39", FAMILY_MERGE},     {"ADT", "A40", FAMILY_MERGE},
    {"ADT", "A43", FAMILY_MERGE},     {"ADT", "A46", FAMILY_MERGE},
    {"ADT", "A47", FAMILY_MERGE},     {"ADT", "A35", FAMILY_ACCOUNT},
    {"ADT", "A41", FAMILY_ACCOUNT},   {"ADT", "A42", FAMILY_ACCOUNT},
    {"ADT", "A24", FAMILY_LINK},      {"ADT", "A37", FAMILY_UNLINK},
    {"ADT", "A44", FAMILY_MOVE},      {"ADT", "A45", FAMILY_MOVE},
    {"ADT", NULL, FAMILY_OTHER},      {"ACK", NULL, FAMILY_OTHER},
    {"BAR", NULL, FAMILY_OTHER},      {"MFN", NULL, FAMILY_OTHER},
    {"NMD", NULL, FAMILY_OTHER},      {"OMG", NULL, FAMILY_CARE},
    {"OMI", NULL, FAMILY_OTHER},      {"OML", NULL, FAMILY_OTHER},
    {"ORG", NULL, FAMILY_OTHER},      {"ORL", NULL, FAMILY_OTHER},
    {"ORR", NULL, FAMILY_OTHER},      {"PPR", NULL, FAMILY_OTHER},
    {"RSP", NULL, FAMILY_OTHER},      {"SIU", NULL, FAMILY_OTHER},
    {"SRM", NULL, FAMILY_OTHER},      {"VXU", NULL, FAMILY_OTHER},
};

static enum family
family_of(struct str code, struct str event)
{
    for (size_t i = 0; i < RFD_COUNT(types); i++) {
        if (str_eq_c(code, types[i].code) &&
            (types[i].event == NULL || str_eq_c(event, types[i].event)))
            return types[i].family;
    }
    return FAMILY_UNKNOWN;
}

/* MSH-7's offset is the default for the whole message; an unreadable MSH-7 is only a warning. */
static void
read_header(struct walk *w, struct normalized *out)
{
    struct str raw = str_trim(hl7_value(w->m, 0, 7, 1));
    struct str processing = hl7_value(w->m, 0, 11, 1);
    w->zone = w->map->zone;
    w->zone_assumed = true;
    if (hl7time_offset(raw, &w->zone.offset_min)) {
        w->zone.has_offset = true;
        w->zone_assumed = false;
    }
    enum hl7time_result r = hl7time_parse(raw, &w->zone, &w->message_time);
    if (r != HL7TIME_OK && r != HL7TIME_AMBIGUOUS) {
        w->message_time = STAMP_NONE;
        walk_warn(w, 0, 7, "message time is missing or unreadable");
    }
    out->test = str_eq_c(processing, "T") || str_eq_c(processing, "D");
    w->flags = out->test ? FACT_TEST_MESSAGE : 0;
    w->control_id = walk_text(w, 0, 10, 1);
    out->control_id = w->control_id;
    out->sender_app = walk_text(w, 0, 3, 1);
    out->sender_facility = walk_text(w, 0, 4, 1);
    out->message_time = w->message_time;
    walk_trace_time(w, 0, (struct walk_from){0, 7}, "sent", w->message_time,
                    w->zone_assumed ? "without an offset: the map's zone"
                                    : "its offset holds for all times of the message");
    if (out->test)
        walk_trace(w, 0, (struct walk_from){0, 11}, "test message", STR_NONE, "never alerts");
}

static bool
is_own(const struct walk *w, struct str sender)
{
    for (size_t i = 0; i < w->map->own.count; i++) {
        if (str_eq(sender, w->map->own.item[i]))
            return true;
    }
    return false;
}

static bool
has_several_patients(enum family family)
{
    return family == FAMILY_MERGE || family == FAMILY_LINK || family == FAMILY_UNLINK;
}

/* A08 and A31 are the register's word on a person; so is the PID of whoever survives a merge. */
static void
read_identity(struct walk *w, enum family family, size_t pid, struct identity *out)
{
    struct str event = walk_text(w, 0, 9, 2);
    if (family == FAMILY_LINK || family == FAMILY_UNLINK)
        return;
    out->patient = w->patient;
    out->stated = walk_stated(w, pid);
    out->corrects = family == FAMILY_MERGE || (family == FAMILY_ADMISSION &&
                                               (str_eq_c(event, "A08") || str_eq_c(event, "A31")));
}

/* A part of a message that is continued by another, or continues it (2.9.1 section 2.9.2): DSC-1
 * points to the rest, or a segment is cut by ADD. A part alone would be read as the whole. MSH-14
 * is no sign: a hospital's feed (NHS ITK) has a time there. */
static bool
is_fragment(const struct walk *w)
{
    size_t dsc = hl7_next(w->m, 0, w->m->seg_count, "DSC");
    return w->m->fragment || (dsc < w->m->seg_count && hl7_is_valued(hl7_value(w->m, dsc, 1, 1)));
}

/* The one PID of the message. */
static bool
read_patient(struct walk *w, enum family family, struct identity *identity)
{
    size_t pid = hl7_next(w->m, 0, w->m->seg_count, "PID");
    if (pid == w->m->seg_count) {
        walk_fail(w, NORMALIZE_NO_PATIENT_ID, 0, 0);
        return false;
    }
    size_t second = hl7_next(w->m, pid + 1, w->m->seg_count, "PID");
    if (second != w->m->seg_count && !has_several_patients(family)) {
        walk_fail(w, NORMALIZE_SEVERAL_PATIENTS, second, 0);
        return false;
    }
    if (!walk_patient(w, pid, 3, &w->patient))
        return false;
    read_identity(w, family, pid, identity);
    return true;
}

static void
run(struct walk *w, enum family family, const char *code)
{
    switch (family) {
    case FAMILY_RESULTS: walk_results(w); break;
    case FAMILY_THERAPY:
        walk_therapy(w, code);
        walk_care_orders(w);
        break;
    case FAMILY_CARE: walk_care_orders(w); break;
    case FAMILY_ADMISSION: walk_admission(w); break;
    case FAMILY_CANCEL: walk_cancelled_document(w); break;
    case FAMILY_MERGE: walk_merge(w); break;
    case FAMILY_ACCOUNT: walk_merge_accounts(w); break;
    case FAMILY_LINK: walk_link(w, true); break;
    case FAMILY_UNLINK: walk_link(w, false); break;
    case FAMILY_MOVE: walk_fail(w, NORMALIZE_MOVED_PART, 0, 9); break;
    case FAMILY_BILLING: walk_billing(w); break;
    case FAMILY_OTHER:
    case FAMILY_UNKNOWN: break;
    }
}

static void
collect_links(struct walk *w, struct normalized *out)
{
    const struct fact **links = arena_array(w->arena, w->count, sizeof *links);
    for (size_t i = 0; i < w->count; i++) {
        if (w->facts[i].kind == FACT_LINK)
            links[out->link_count++] = &w->facts[i];
    }
    out->links = links;
}

static enum normalize_outcome
ignored(struct normalized *out, enum normalize_reason reason)
{
    out->reason = reason;
    return NORMALIZE_IGNORED;
}

static enum normalize_outcome
finish(struct walk *w, struct normalized *out)
{
    out->patient = w->patient;
    out->unmapped = w->unmapped;
    out->missed = w->missed;
    if (w->reason != NORMALIZE_NONE) {
        out->reason = w->reason;
        (void)memcpy(out->place, w->place, sizeof out->place);
        return NORMALIZE_QUARANTINE;
    }
    if (w->count == 0)
        return ignored(out, w->pending > 0 && w->unmapped == 0 ? NORMALIZE_NO_RESULT_YET
                                                               : NORMALIZE_NOTHING_OF_OURS);
    out->facts = w->facts;
    out->count = w->count;
    out->documents = w->documents;
    out->document_count = w->document_count;
    collect_links(w, out);
    return NORMALIZE_OK;
}

enum normalize_outcome
normalize_hl7(const struct hl7 *m, const struct map *map, const struct terms *terms,
              struct stamp received, struct arena *a, struct normalized *out)
{
    return normalize_hl7_traced(&(struct normalize_call){m, map, terms, received, NULL}, a, out);
}

enum normalize_outcome
normalize_hl7_traced(const struct normalize_call *c, struct arena *a, struct normalized *out)
{
    memset(out, 0, sizeof *out);
    diags_init(&out->warnings, a);
    struct walk w = {.m = c->m,
                     .map = c->map,
                     .terms = c->terms,
                     .arena = a,
                     .received = c->received,
                     .trace = c->trace,
                     .warnings = &out->warnings};
    read_header(&w, out);
    struct str code = walk_text(&w, 0, 9, 1), event = walk_text(&w, 0, 9, 2);
    out->type = str_is_absent(event) ? code : str_cat(a, code, str_cat(a, STR("^"), event));
    if (is_own(&w, out->sender_app))
        return ignored(out, NORMALIZE_OWN_MESSAGE);
    enum family family = family_of(code, event);
    if (family == FAMILY_OTHER)
        return ignored(out, NORMALIZE_OTHER_TYPE);
    if (family == FAMILY_UNKNOWN)
        walk_fail(&w, NORMALIZE_UNKNOWN_TYPE, 0, 9);
    else if (is_fragment(&w))
        walk_fail(&w, NORMALIZE_FRAGMENT, 0, 0);
    else if (read_patient(&w, family, &out->identity))
        run(&w, family, str_cz(a, code));
    return finish(&w, out);
}
