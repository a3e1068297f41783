/*
 * A year of a ward: five years of history are loaded, then every day of a year is played to a real
 * core on a store in memory, with the directory and the default budgets of a site, three days of it
 * an outage of all feeds that is drained in one go. Prints what people would have got, and fails if
 * a promise does not hold: one open alert per case and episode, no notification from the history,
 * two interruptions of one recipient in a week and one in a day, outage or not.
 * Usage: year [PATIENTS] [SEED] [BUDGET]. A budget of more than the default is the negative
 * control: the year must then fail.
 */
#include "../aid/shipped.h"
#include "core/core.h"
#include "sys/mem.h"
#include "tally.h"
#include "ward.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    BUDGET_DAY = 1, /* the defaults of conf/settings.c */
    BUDGET_WEEK = 2,
    DIGEST_MIN = 7 * 60,
    OUTAGE_DAY = WARD_LIVE_DAY + 200,
    OUTAGE_DAYS = 3,
    FETCH = 256,
    MONTH = 30,
};

struct year {
    struct arena keep;    /* the ward, the names, the figures */
    struct arena message; /* one message */
    struct arena scratch; /* what is read back */
    struct ward ward;
    struct core *core;
    struct tally tally;
    size_t at; /* next event of the ward */
    uint64_t fetched;
    uint64_t number;
    uint64_t outcome[OUTCOME_COUNT];
    uint64_t history_messages;
    uint64_t history_events;
    uint64_t outage_messages;
    bool *heard_of;       /* patients with a message that is no history */
    uint64_t by_time;     /* events of the others */
    uint64_t by_time_now; /* of them, those that interrupt */
    size_t open_most;     /* of one case and episode */
    size_t open;
};

static struct str pools[] = {{"desk", 4}, {"privacy", 7}, {"board", 5}, {"urology", 7}};
static const struct oncotree_node *prostate;
static struct directory_service service = {&prostate, 1, {"urology", 7}};
static struct directory directory = {
    .pool = pools, .pool_count = 4, .service = &service, .service_count = 1};
static struct duty duty = {.directory = &directory,
                           .budget_day = BUDGET_DAY,
                           .budget_week = BUDGET_WEEK,
                           .digest_min = DIGEST_MIN,
                           .open_min = 8 * 60,
                           .close_min = 17 * 60,
                           .days = 0x1f,
                           .escalate_days = 0}; /* no pool is set by default */

static void
give_up(const char *what)
{
    fprintf(stderr, "year: %s\n", what);
    exit(2);
}

static void
directory_make(struct year *y, const struct knowledge *k)
{
    struct directory_person *person =
        ARENA_ARRAY(&y->keep, y->ward.clinicians, struct directory_person);

    for (size_t i = 0; i < y->ward.clinicians; i++) {
        char text[2][24];
        struct str *number = ARENA_NEW(&y->keep, struct str);

        (void)snprintf(text[0], sizeof(text[0]), "D%u", (unsigned)i);
        (void)snprintf(text[1], sizeof(text[1]), "dr-%u", (unsigned)i);
        *number = str_dup(&y->keep, str_from_c(text[0]));
        person[i] = (struct directory_person){
            .id = str_dup(&y->keep, str_from_c(text[1])), .number = number, .number_count = 1};
    }
    directory.person = person;
    directory.person_count = y->ward.clinicians;
    directory.germline = STR("desk");
    directory.confidential = STR("privacy");
    directory.mtb = STR("board");
    directory.fallback = STR("desk");
    prostate = oncotree_code(k->oncotree, STR("PROSTATE"));
}

static struct stamp
clock_at(day_t day, int minute)
{
    return stamp_of_utc(((int64_t)day * 24 * 60 + minute) * 60);
}

/* --- messages and time */

static void
commit(struct year *y)
{
    if (!core_commit(y->core))
        give_up("the store is full");
}

static void
take(struct year *y, const struct ward_event *e, struct stamp now)
{
    struct ingest_request rq = {.boot = STR("ward"), .number = ++y->number};
    struct ingest_reply reply;

    rq.message = ward_message(&y->ward, e, &y->message);
    reply = core_ingest(y->core, &rq, now);
    y->outcome[reply.outcome]++;
    y->heard_of[e->patient] = y->heard_of[e->patient] || e->said >= WARD_LIVE_DAY;
    if (y->number % 64 == 0)
        commit(y);
    arena_reset(&y->message);
}

/* Everything that has been said up to that day. */
static size_t
take_until(struct year *y, day_t day, struct stamp now)
{
    size_t before = y->at;

    while (y->at < y->ward.count && y->ward.event[y->at].said <= day)
        take(y, &y->ward.event[y->at++], now);
    commit(y);
    return y->at - before;
}

static void
ticks(struct year *y, struct stamp now)
{
    while (core_tick(y->core, now) > 0)
        ;
}

/* What time alone makes of the history is no notification either. */
static void
count_by_time(struct year *y, const struct outbox_row *row)
{
    struct alert al;
    const char *why = "";
    char id[16];

    if (row->kind == EVENT_DIGEST)
        return;
    if (!codec_alert_unpack(&y->scratch, row->packed, &al, &why))
        give_up(why);
    (void)snprintf(id, sizeof(id), "%.*s", STR_FMT(al.patient.id));
    if (y->heard_of[strtoul(id + 1, NULL, 10)])
        return;
    y->by_time++;
    y->by_time_now += !row->quiet;
}

static void
drain(struct year *y, day_t today)
{
    size_t n = 1;

    while (n > 0) {
        struct outbox_row *row;

        if (store_outbox_fetch(core_store(y->core), y->fetched, FETCH, &y->scratch, &row, &n) !=
            STORE_OK)
            give_up("the outbox cannot be read");
        for (size_t i = 0; i < n; i++) {
            tally_event(&y->tally, &row[i], today, &y->keep, &y->scratch);
            count_by_time(y, &row[i]);
            y->fetched = row[i].seq;
        }
        arena_reset(&y->scratch);
    }
}

/* Reads all alerts: how many go out and are open, and how many of one case and episode. */
static void
look_at_open(struct year *y)
{
    struct tally_keys k = {0};
    struct str *packed;
    size_t n;
    size_t most;

    if (store_alerts_list(core_store(y->core), true, &y->scratch, &packed, &n) != STORE_OK)
        give_up("the alerts cannot be read");
    k.key = ARENA_ARRAY(&y->scratch, n + 1, uint64_t);
    y->open = 0;
    for (size_t i = 0; i < n; i++) {
        struct alert al;
        const char *why = "";

        if (!codec_alert_unpack(&y->scratch, packed[i], &al, &why))
            give_up(why);
        y->open += alert_is_open(&al) && !al.silent;
        if (alert_is_live(&al) && al.gate == ALERT_OUT)
            k.key[k.count++] = tally_key(al.patient.id, al.case_key, al.episode);
    }
    most = tally_most(&k, &y->scratch);
    y->open_most = most > y->open_most ? most : y->open_most;
    arena_reset(&y->scratch);
}

static void
history(struct year *y)
{
    struct stamp now = clock_at(WARD_LIVE_DAY - 1, 20 * 60);

    y->history_messages = take_until(y, WARD_LIVE_DAY - 1, now);
    ticks(y, now);
    y->history_events = store_outbox_head(core_store(y->core));
    look_at_open(y);
}

static void
live(struct year *y)
{
    for (day_t day = WARD_LIVE_DAY; day < WARD_LIVE_DAY + WARD_DAYS; day++) {
        bool outage = day >= OUTAGE_DAY && day < OUTAGE_DAY + OUTAGE_DAYS;
        size_t n = 0;

        ticks(y, clock_at(day, DIGEST_MIN + 5));
        if (!outage)
            n = take_until(y, day, clock_at(day, 9 * 60));
        if (day == OUTAGE_DAY + OUTAGE_DAYS)
            y->outage_messages = n;
        ticks(y, clock_at(day, 16 * 60));
        drain(y, day);
        if (day % MONTH == 0)
            look_at_open(y);
    }
    look_at_open(y);
}

/* --- what came of it */

static unsigned
outage_most(const struct year *y, unsigned long *all_out)
{
    size_t day = (size_t)(OUTAGE_DAY + OUTAGE_DAYS - y->tally.monday);
    unsigned most = 0;

    *all_out = 0;
    for (size_t i = 0; i < y->tally.recipient_count; i++) {
        unsigned n = y->tally.recipient[i].told[day];

        *all_out += n;
        most = n > most ? n : most;
    }
    return most;
}

static void
row(const char *what, unsigned long n)
{
    printf("%-52s %10lu\n", what, n);
}

static void
mean(const char *what, unsigned long n, unsigned long of)
{
    printf("%-52s %10.2f\n", what, of == 0 ? 0.0 : (double)n / (double)of);
}

static void
print_messages(const struct year *y)
{
    row("patients", y->ward.patients);
    row("  of them with history", y->ward.patients_behind);
    row("clinicians", y->ward.clinicians);
    row("messages", y->number);
    row("  of five years of history", y->history_messages);
    row("  duplicates", y->outcome[OUTCOME_DUPLICATE]);
    row("notifications from the history load", y->history_events);
    row("  later, of patients with no other message", y->by_time);
    row("    that interrupt", y->by_time_now);
}

static void
print_alerts(struct year *y)
{
    struct tally *t = &y->tally;
    size_t again = tally_repeats(&t->of_alert, &y->scratch);

    row("alerts raised", t->events[EVENT_RAISED]);
    mean("  per patient, mean", t->events[EVENT_RAISED], y->ward.patients);
    row("  per patient, most", tally_most(&t->of_patient, &y->scratch));
    row("  raised again for the same case and episode", tally_repeats(&t->of_episode, &y->scratch));
    for (size_t i = 0; t->of_case[i].raised > 0; i++)
        printf("  of %-10s that interrupt: %6lu %24lu\n", t->of_case[i].name,
               (unsigned long)t->of_case[i].loud, (unsigned long)t->of_case[i].raised);
    row("updates", t->events[EVENT_UPDATED]);
    row("retractions", t->events[EVENT_RETRACTED]);
    row("  that interrupt", t->loud[EVENT_RETRACTED]);
    row("  of an alert that has never interrupted", tally_news_of_nothing(t, &y->scratch));
    row("  that miss somebody who was interrupted", t->missed);
    row("closed (next line, death)", t->events[EVENT_CLOSED]);
    row("  that interrupt, as the feed has it", t->loud[EVENT_CLOSED]);
    row("open at the end", y->open);
    row("open per case and episode, most", y->open_most);
    row("versions that interrupt", t->of_alert.count);
    row("  of an alert that has interrupted before (repeats)", again);
    row("  of one alert, most", tally_most(&t->of_alert, &y->scratch));
    row("  that name nobody", t->unanswered);
}

static void
print_people(const struct year *y)
{
    struct tally_load told = tally_told(&y->tally);
    struct tally_load gone = tally_withdrawn(&y->tally);
    struct tally_load both = tally_both(&y->tally);
    unsigned long items = 0;
    unsigned long digests = 0;

    for (size_t i = 0; i < y->tally.recipient_count; i++) {
        items += y->tally.recipient[i].digest_items;
        digests += y->tally.recipient[i].digests;
    }
    mean("interruptions per recipient and week, mean", told.total,
         y->tally.recipient_count * WARD_DAYS / 7);
    mean("  per recipient and day, mean", told.total, y->tally.recipient_count * WARD_DAYS);
    row("  in a week, most", told.week_most);
    row("  in a day, most", told.day_most);
    row("retractions to one recipient in a week, most", gone.week_most);
    row("  in a day, most", gone.day_most);
    row("both to one recipient in a week, most", both.week_most);
    row("  in a day, most", both.day_most);
    row("digests", digests);
    row("  entries", items);
    mean("  entries per digest, mean", items, digests);
}

static int
judge(const struct year *y, unsigned outage)
{
    struct tally_load told = tally_told(&y->tally);
    int broken = 0;
    const struct {
        bool kept;
        const char *promise;
    } all[] = {
        {y->open_most == 1, "one open alert per case and episode"},
        {y->history_events == 0, "no notification from five years of history"},
        {y->by_time_now == 0, "nor by time alone, of patients with nothing but history"},
        {told.week_most <= BUDGET_WEEK, "two interruptions of a recipient in a week"},
        {told.day_most <= BUDGET_DAY && outage <= BUDGET_DAY, "one in a day, after an outage too"},
        {y->tally.missed == 0, "a retraction reaches whoever was interrupted"},
        {y->tally.unanswered == 0, "whatever interrupts names whom"},
        {y->tally.events[EVENT_RAISED] > 0 && told.total > 0 &&
             y->tally.events[EVENT_RETRACTED] > 0,
         "a year with alerts, interruptions and retractions (else it shows nothing)"},
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (!all[i].kept) {
            printf("BROKEN: %s\n", all[i].promise);
            broken = 1;
        }
    }
    return broken;
}

int
main(int argc, char **argv)
{
    static struct year y;
    size_t patients = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct core_config cfg = {.store_path = ":memory:", .boot = "year", .duty = &duty};
    char error[STORE_ERROR_TEXT_MAX];
    struct knowledge_set *set;
    unsigned long burst;
    unsigned outage;

    mem_arena_new(&y.keep, (size_t)4 << 30);
    mem_arena_new(&y.message, (size_t)1 << 20);
    mem_arena_new(&y.scratch, (size_t)4 << 30);
    set = shipped_knowledge(&y.keep);
    y.ward = ward_make(&y.keep, seed, patients);
    y.heard_of = ARENA_ARRAY(&y.keep, patients, bool);
    directory_make(&y, &set->knowledge);
    if (argc > 3)
        duty.budget_day = duty.budget_week = (int32_t)strtol(argv[3], NULL, 10);
    tally_init(&y.tally, WARD_LIVE_DAY - 1, &y.keep);
    cfg.knowledge = &set->knowledge;
    if (core_open(&cfg, &y.core, error) != STORE_OK)
        give_up(error);
    history(&y);
    live(&y);
    print_messages(&y);
    print_alerts(&y);
    print_people(&y);
    outage = outage_most(&y, &burst);
    row("three days in one go: messages", y.outage_messages);
    row("  interruptions that day", burst);
    row("  of one recipient, most", outage);
    core_close(&y.core);
    return judge(&y, outage);
}
