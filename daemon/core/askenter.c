#include "core/askenter.h"

#include "core/enterwords.h"
#include "core/entry.h"
#include "core/internal.h"
#include "core/person.h"
#include "core/reports.h"

static bool
enter_load(struct entering *e)
{
    struct ask *k = e->k;
    struct person_loaded p = {0};
    uint64_t number;

    if (!ask_patient_at(k, 1, &number)) {
        ask_fail(k, 1, "no patient (AUTHORITY:ID) of that name: nothing was received of one yet");
        return false;
    }
    if (store_patient_ref(core_store(k->core), number, k->arena, &e->patient) != STORE_OK ||
        person_load(core_store(k->core), number, k->arena, &p) != STORE_OK) {
        ask_fail(k, 1, "the store did not answer");
        return false;
    }
    e->knowledge = core_knowledge(k->core);
    e->timeline = timeline_build(k->arena, p.patient.fact, p.patient.fact_count, e->now);
    return true;
}

/* --- therapy */

static struct fact *
therapy_add(struct entering *e, const struct drug_known *d, enum therapy_action action, day_t day)
{
    struct fact *f = enter_add(e, FACT_THERAPY, day);

    f->u.therapy = (struct therapy){.action = action,
                                    .rung = THERAPY_ENTERED,
                                    .drug = d->name,
                                    .classes = d->classes,
                                    .class_count = d->class_count};
    return f;
}

/* Entered before, of that drug and action. */
static bool
is_entered(const struct fact *f, const struct drug_known *d, enum therapy_action action)
{
    return f->kind == FACT_THERAPY && f->u.therapy.rung == THERAPY_ENTERED &&
           f->u.therapy.action == action && str_eq(f->u.therapy.drug, d->name);
}

static bool
entered_between(const struct entering *e, const struct drug_known *d, enum therapy_action action,
                day_t from, day_t to)
{
    size_t n;
    const struct fact *const *f = timeline_kind(&e->timeline, FACT_THERAPY, &n);

    for (size_t i = 0; i < n; i++) {
        if (is_entered(f[i], d, action) && fact_day(f[i]) >= from && fact_day(f[i]) <= to)
            return true;
    }
    return false;
}

/* A drug begins once until it is stopped: another start entered for it, with no stop between the
 * two, is corrected by this one. In the same way for stops, with no start between. */
static void
therapy_replace(struct entering *e, const struct drug_known *d, enum therapy_action action,
                day_t day)
{
    enum therapy_action other = action == THERAPY_START ? THERAPY_STOP : THERAPY_START;
    size_t n;
    const struct fact *const *f = timeline_kind(&e->timeline, FACT_THERAPY, &n);
    char text[DAY_TEXT_MAX];

    for (size_t i = 0; i < n; i++) {
        day_t old = fact_day(f[i]);
        day_t from = old < day ? old : day;
        day_t to = old < day ? day : old;

        if (!is_entered(f[i], d, action) || old == day ||
            entered_between(e, d, other, from + (action == THERAPY_STOP), to))
            continue;
        enter_withdraw(e, f[i]);
        enter_note(e, "replaces the %s entered for %.*s",
                   action == THERAPY_START ? "start" : "stop", STR_FMT(day_format(old, text)));
    }
}

static void
enter_therapy(struct entering *e)
{
    const struct drug_known *d;
    struct fact *f;
    day_t start = DAY_NONE;
    day_t stop = DAY_NONE;

    if (!enter_drug(e, &d) || !enter_day(e, ENTER_START, true, &start) ||
        !enter_day(e, ENTER_STOP, false, &stop))
        return;
    if (stop != DAY_NONE && stop < start) {
        enter_fail(e, "--stop: the stop lies before the start");
        return;
    }
    therapy_replace(e, d, THERAPY_START, start);
    f = therapy_add(e, d, THERAPY_START, start);
    f->u.therapy.intent = e->field[ENTER_INTENT];
    if (stop == DAY_NONE) {
        if (!str_is_absent(e->field[ENTER_REASON]))
            enter_fail(e, "--reason: the reason of a stop; --stop DATE is missing");
        return;
    }
    therapy_replace(e, d, THERAPY_STOP, stop);
    therapy_add(e, d, THERAPY_STOP, stop)->u.therapy.reason = e->field[ENTER_REASON];
}

static void
enter_stop(struct entering *e)
{
    const struct drug_known *d;
    day_t day = DAY_NONE;

    if (!enter_drug(e, &d) || !enter_day(e, ENTER_DATE, true, &day))
        return;
    therapy_replace(e, d, THERAPY_STOP, day);
    therapy_add(e, d, THERAPY_STOP, day)->u.therapy.reason = e->field[ENTER_REASON];
}

/* --- response: also what a person has read in a report */

static const struct fact *
report_of(const struct entering *e, uint64_t journal)
{
    size_t n;
    const struct fact *const *f = timeline_kind(&e->timeline, FACT_REPORT, &n);

    for (size_t i = 0; i < n; i++) {
        if (f[i]->source.journal == journal)
            return f[i];
    }
    return NULL;
}

/* The response stands under the report's own number and instant: a coded result that the sender
 * gives later of the same report is another version of this fact, not a second one. */
static bool
take_report(struct entering *e, struct fact *f, bool day_given)
{
    const struct fact *report;
    uint64_t journal;

    if (str_is_absent(e->field[ENTER_REPORT]))
        return true;
    report = str_to_u64(e->field[ENTER_REPORT], &journal) ? report_of(e, journal) : NULL;
    if (report == NULL) {
        enter_fail(e, "--report: no report of this patient has that journal number");
        return false;
    }
    f->order = report->order;
    f->specimen = report->specimen;
    f->patient = report->patient;
    if (!day_given || fact_day(report) == fact_day(f))
        f->collected = report->collected;
    return true;
}

static void
enter_response(struct entering *e)
{
    enum response_code code;
    struct fact *f;
    day_t day = DAY_NONE;
    bool dated = str_is_absent(e->field[ENTER_REPORT]);

    if (!enter_need(e, ENTER_CODE) || !enter_day(e, ENTER_DATE, dated, &day))
        return;
    if (!response_code_parse(e->field[ENTER_CODE], &code)) {
        enter_fail(e, "--code: one of CR PR SD PD NE iCR iPR iSD iUPD iCPD");
        return;
    }
    f = enter_add(e, FACT_RESPONSE, day);
    f->u.response = (struct response){code, e->field[ENTER_CRITERIA], e->field[ENTER_SITE]};
    RFD_IGNORE(take_report(e, f, day != DAY_NONE)); /* has failed the entry */
}

/* --- what is so of the patient */

static void
enter_diagnosis(struct entering *e)
{
    const struct oncotree_node *node;
    struct fact *f;
    day_t day = DAY_NONE;

    if (!enter_need(e, ENTER_CODE) || !enter_day(e, ENTER_DATE, false, &day))
        return;
    node = oncotree_code(e->knowledge->oncotree, e->field[ENTER_CODE]);
    if (node == NULL) {
        enter_fail(e, "--code: no OncoTree code of that name, such as LUAD or PRAD");
        return;
    }
    f = enter_add(e, FACT_DIAGNOSIS, day == DAY_NONE ? e->timeline.today : day);
    f->u.diagnosis = (struct diagnosis){
        .oncotree = node->code, .code = {STR("ONCOTREE"), node->code, node->name}, .active = true};
}

static void
enter_restriction(struct entering *e)
{
    static const char *const names[] = {"no_use",      "no_contact", "opted_out",
                                        "no_research", "vip",        "hospice"};
    struct str name = e->word_count == 2 ? e->word[0] : STR_NONE;
    bool known = false;
    struct fact *f;

    for (size_t i = 0; i < RFD_COUNT(names); i++)
        known = known || str_eq_c(name, names[i]);
    if (!known || (!str_eq_c(e->word[1], "on") && !str_eq_c(e->word[1], "off"))) {
        enter_fail(e, "a restriction is one of no_use no_contact opted_out no_research vip "
                      "hospice, then on or off");
        return;
    }
    f = enter_add(e, FACT_RESTRICTION, e->timeline.today);
    f->u.restriction = (struct restriction){name, str_eq_c(e->word[1], "on")};
}

/* Who refers a patient to the tumour board has acted: rules that wait for that stop waiting. */
static void
enter_board(struct entering *e)
{
    day_t day = DAY_NONE;
    struct fact *f;

    if (!enter_day(e, ENTER_DATE, false, &day))
        return;
    f = enter_add(e, FACT_PROCEDURE, day == DAY_NONE ? e->timeline.today : day);
    f->u.procedure = (struct procedure){.name = STR(PROCEDURE_BOARD)};
}

/* --- a fact that is wrong */

static void
enter_wrong(struct entering *e)
{
    const struct fact *f = NULL;

    if (e->word_count != 1 || e->word[0].n < ENTER_KEY_MIN) {
        enter_fail(e, "which fact? At least 8 digits of its name, as `facts` and `explain` print");
        return;
    }
    switch (enter_find(e, e->word[0], &f)) {
    case 1: break;
    case 0: enter_fail(e, "no fact in force has that name (see: refractctl facts)"); return;
    default: enter_fail(e, "more than one fact begins like that: give more digits"); return;
    }
    if (f->kind == FACT_LINK || f->kind == FACT_DEMOGRAPHICS) {
        enter_fail(e, "who a patient is, only the register can correct (ADT)");
        return;
    }
    enter_withdraw(e, f);
    enter_note(e, "no longer in force: %.*s", STR_FMT(evidence_text(e->k->arena, f)));
}

/* --- the verb */

static const struct enter_kind {
    const char *name;
    const char *type;
    unsigned fields; /* 1 << enum enter_field */
    size_t words;    /* besides the patient */
    void (*read)(struct entering *e);
} kinds[] = {
    {"therapy", "enter therapy",
     1u << ENTER_DRUG | 1u << ENTER_START | 1u << ENTER_STOP | 1u << ENTER_REASON |
         1u << ENTER_INTENT,
     0, enter_therapy},
    {"stop", "enter stop", 1u << ENTER_DRUG | 1u << ENTER_DATE | 1u << ENTER_REASON, 0, enter_stop},
    {"response", "enter response",
     1u << ENTER_CODE | 1u << ENTER_DATE | 1u << ENTER_CRITERIA | 1u << ENTER_SITE |
         1u << ENTER_REPORT,
     0, enter_response},
    {"diagnosis", "enter diagnosis", 1u << ENTER_CODE | 1u << ENTER_DATE, 0, enter_diagnosis},
    {"board", "enter board", 1u << ENTER_DATE, 0, enter_board},
    {"wrong", "enter wrong", 1u << ENTER_REASON, 1, enter_wrong},
    {"restriction", "enter restriction", 1u << ENTER_REASON, 2, enter_restriction},
};

static const struct enter_kind *
kind_of(struct str name)
{
    for (size_t i = 0; i < RFD_COUNT(kinds); i++) {
        if (str_eq_c(name, kinds[i].name))
            return &kinds[i];
    }
    return NULL;
}

static void
say(struct entering *e, enum entry_result r, uint64_t journal)
{
    struct ask *k = e->k;

    if (k->rq->json) {
        lines_addf(&k->lines, "{\"journal\":%llu,\"facts\":%zu,\"same\":%s}",
                   (unsigned long long)journal, e->fact_count, r == ENTRY_SAME ? "true" : "false");
        return;
    }
    if (r == ENTRY_SAME) {
        lines_addf(&k->lines, "known already: nothing was stored");
        return;
    }
    lines_addf(&k->lines, "entered by %.*s, journal %llu", STR_FMT(ask_actor(k)),
               (unsigned long long)journal);
    for (size_t i = 0; i < e->fact_count; i++) {
        if (e->fact[i].status != FACT_WITHDRAWN)
            lines_addf(&k->lines, "  %.*s", STR_FMT(evidence_text(k->arena, &e->fact[i])));
    }
    for (size_t i = 0; i < e->note_count; i++)
        lines_addf(&k->lines, "  %.*s", STR_FMT(e->note[i]));
}

/* What was read in the report is entered: nobody else need read it. One that is not in the queue,
 * or not any more, is as well. */
static void
leave_queue(struct entering *e)
{
    struct ask *k = e->k;
    uint64_t journal, patient;

    if (str_to_u64(e->field[ENTER_REPORT], &journal) && e->fact_count > 0 &&
        store_patient_find(core_store(k->core), e->fact[0].patient, &patient) == STORE_OK)
        RFD_IGNORE(report_coded(k->core, patient, journal, ask_actor(k), k->now));
}

static void
store_entry(struct entering *e, const struct enter_kind *kind)
{
    struct ask *k = e->k;
    uint64_t journal = 0;
    const struct entry entry = {
        .actor = ask_actor(k),
        .type = str_from_c(kind->type),
        .text = ask_words(k),
        .fact = e->fact,
        .fact_count = e->fact_count,
        .in_force = enter_in_force(e, &e->in_force_count),
        .in_force_count = e->in_force_count,
    };
    enum entry_result r = core_enter(k->core, &entry, k->now, &journal);

    if (r == ENTRY_BUSY)
        ask_fail(k, 1, "not stored: the disk is full, or the patient is too large to evaluate");
    else
        say(e, r, journal);
    if (r != ENTRY_BUSY && !str_is_absent(e->field[ENTER_REPORT]))
        leave_queue(e);
}

void
ask_enter(struct ask *k)
{
    struct entering e = {.k = k, .now = core_instant(k->core, k->now)};
    const struct enter_kind *kind = kind_of(k->rq->arg[0]);

    if (kind == NULL) {
        ask_fail(k, 2,
                 "enter what? therapy, stop, response, diagnosis, board, wrong or "
                 "restriction");
        return;
    }
    if (!enter_read(&e, kind->fields, kind->words) || !enter_load(&e))
        return;
    kind->read(&e);
    if (k->out->exit_code == 0)
        store_entry(&e, kind);
}
