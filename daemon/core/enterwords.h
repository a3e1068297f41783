/*
 * What:    the words of an entry: key=value pairs read and checked one by one, and the facts that
 *          are made of them.
 * Owns:    nothing; everything lives in the ask's arena.
 * Threads: the core role.
 * Errors:  false (or enter_fail() said so): the ask has the text and its exit code.
 */
#ifndef RFD_CORE_ENTERWORDS_H
#define RFD_CORE_ENTERWORDS_H

#include "core/ask.h"
#include "model/timeline.h"

enum enter_field {
    ENTER_DRUG,
    ENTER_START,
    ENTER_STOP,
    ENTER_DATE,
    ENTER_REASON,
    ENTER_INTENT,
    ENTER_CODE,
    ENTER_CRITERIA,
    ENTER_SITE,
    ENTER_REPORT,
    ENTER_FIELD_COUNT,
};

enum { ENTER_FACTS_MAX = 16, ENTER_WORDS_MAX = 2, ENTER_KEY_MIN = 8 };

struct entering {
    struct ask *k;
    struct stamp now;
    const struct knowledge *knowledge;
    struct patient_ref patient;
    struct timeline timeline; /* what is known of him */
    size_t in_force_count;
    struct str field[ENTER_FIELD_COUNT]; /* absent: not given */
    struct str word[ENTER_WORDS_MAX];    /* besides the patient */
    size_t word_count;
    struct fact fact[ENTER_FACTS_MAX];
    size_t fact_count;
    struct str note[ENTER_FACTS_MAX]; /* what became of earlier entries */
    size_t note_count;
};

/* fields: those allowed, as bits. */
RFD_MUSTCHECK bool enter_read(struct entering *e, unsigned fields, size_t words);
void enter_fail(struct entering *e, const char *fmt, ...) RFD_PRINTF(2, 3);
RFD_MUSTCHECK bool enter_need(struct entering *e, enum enter_field field);
/* A day that has come, and not before the patient's birth; DAY_NONE when it is not given. */
RFD_MUSTCHECK bool enter_day(struct entering *e, enum enter_field field, bool needed, day_t *out);
RFD_MUSTCHECK bool enter_drug(struct entering *e, const struct drug_known **out);

struct fact *enter_add(struct entering *e, enum fact_kind kind, day_t day);
void enter_withdraw(struct entering *e, const struct fact *f);
void enter_note(struct entering *e, const char *fmt, ...) RFD_PRINTF(2, 3);

/* How many facts in force have a name that begins so; *out: the last of them. */
size_t enter_find(const struct entering *e, struct str name, const struct fact **out);
const struct fact *enter_in_force(const struct entering *e, size_t *count_out);

#endif
