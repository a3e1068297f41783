/*
 * What:    the state of one message's way to facts, and the readers that all segments share.
 * Owns:    nothing; all lives in the message's arena.
 * Threads: plain data.
 * Errors:  the first fault is kept in walk.reason with its place; readers go on, the caller looks
 *          at the end.
 */
#ifndef RFD_NORMALIZE_WALK_H
#define RFD_NORMALIZE_WALK_H

#include "normalize/map.h"
#include "normalize/outcome.h"
#include "normalize/repeat.h"
#include "normalize/trace.h"
#include "normalize/unmapped.h"

struct report_part;

struct walk {
    const struct hl7 *m;
    const struct map *map;
    const struct terms *terms;
    struct arena *arena;
    struct stamp received;
    struct hl7time_default zone; /* MSH-7's offset, else the map's */
    bool zone_assumed;           /* it is the map's */
    struct stamp message_time;
    struct patient_ref patient;
    struct str control_id;
    uint32_t flags; /* of every fact: test message */
    struct diags *warnings;
    struct fact *facts;
    size_t count;
    size_t unmapped;
    struct unmapped_list missed; /* by name, what of it a map could know */
    struct report_part *parts;   /* of reports, of the order in hand */
    size_t part_count;
    struct repeats repeats; /* of the order in hand: measurements */
    struct str topography;  /* of the order in hand, when topography_known */
    bool topography_known;
    struct document *documents; /* of the reports among the facts */
    size_t document_count;
    struct trace *trace;             /* NULL: nobody asks */
    size_t pending;                  /* results that are ordered or in work */
    const struct provider *attended; /* PV1-7, when attended_known */
    size_t attended_count;
    bool attended_known;
    enum normalize_reason reason;
    char place[HL7_PLACE_MAX];
};

void walk_fail(struct walk *w, enum normalize_reason reason, size_t seg, int field);
/* text: ours, with at most names of codes. */
void walk_warn(struct walk *w, size_t seg, int field, const char *text);

/* Notes what no table knows, so that somebody can map it. unit absent: has none. */
void walk_unmapped(struct walk *w, enum unmapped_kind kind, struct code code, struct str unit);

/* Notes how something was read, when somebody asks: "what" of the segment in hand became "to"; why
 * NULL: as sent. The field is where it stood; field 0: it was in none. */
struct walk_from {
    size_t seg;
    int field;
};
void walk_trace(struct walk *w, size_t seg, struct walk_from from, const char *what, struct str to,
                const char *why);
void walk_trace_time(struct walk *w, size_t seg, struct walk_from from, const char *what,
                     struct stamp at, const char *why);

/* A new fact with all that is the same for the message; NULL past the limit (see w->reason). */
struct fact *walk_fact(struct walk *w, enum fact_kind kind, size_t seg);

/* Component of the first repetition, unescaped and in UTF-8; absent when not valued. */
struct str walk_text(struct walk *w, size_t seg, int field, int comp);
struct str walk_leaf(struct walk *w, struct str raw); /* of a part already cut out */

/* A time in a field. False: none there (or unreadable: w->reason). flags get what was odd. */
RFD_MUSTCHECK bool
walk_time(struct walk *w, size_t seg, int field, struct stamp *out, uint32_t *flags);
/* The same where the message has another time to fall back to: unreadable is only a warning. (A
 * time without a zone is still a fault: the feed lacks a setting, and all its messages would.) */
RFD_MUSTCHECK bool
walk_time_if_any(struct walk *w, size_t seg, int field, struct stamp *out, uint32_t *flags);

/* Both triplets of a CE or CWE, systems by their usual names. */
struct walk_coded {
    struct code first;
    struct code second;
    struct str text; /* CWE.9, original text */
};
struct walk_coded walk_coded(struct walk *w, struct str rep);

/* The code of that system in either triplet; absent: none. */
struct str walk_code_in(const struct walk_coded *c, const char *system);

/* The LOINC code: sent in either triplet, else by the site's table of codes. */
struct str walk_loinc(struct walk *w, const struct walk_coded *c);

/* The patient of a PID or MRG field 3 or 1: by the map's preferences. */
RFD_MUSTCHECK bool walk_patient(struct walk *w, size_t seg, int field, struct patient_ref *out);

/* The same, with all repetitions of the type that was chosen: several numbers merged at once. */
enum { WALK_PATIENTS_MAX = 16 };
size_t
walk_patients(struct walk *w, size_t seg, int field, struct patient_ref out[WALK_PATIENTS_MAX]);

/* When the sender knew: EVN-2, else MSH-7. */
struct stamp walk_event_time(struct walk *w);
/* Birth date and sex by a PID. */
struct demographics walk_stated(struct walk *w, size_t pid);

/* Message families. */
void walk_results(struct walk *w);
void walk_cancelled_document(struct walk *w);
void walk_therapy(struct walk *w, const char *type);
void walk_care_orders(struct walk *w);
void walk_admission(struct walk *w);
void walk_care_team(struct walk *w); /* PV1, ROL, PRT of an admission */
void walk_merge(struct walk *w);
void walk_merge_accounts(struct walk *w);
void walk_link(struct walk *w, bool live);
void walk_billing(struct walk *w);
void walk_diagnoses(struct walk *w); /* DG1 of any message */

#endif
