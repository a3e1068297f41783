/*
 * A year of a ward: five years of history are loaded, then every day of a year is played to a real
 * core on a store in memory, with a directory, and with budgets and hours as config/refractd.yaml
 * and the defaults have them; three days of it an outage of all feeds that is drained in one go.
 * Prints what people would have got, and fails if a promise does not hold: one open alert per case
 * and episode, no notification from the history, two interruptions of one recipient in a week at
 * most, outage or not, a retraction for whoever was told.
 * Usage: year [PATIENTS] [SEED] [BUDGET]. A budget of more than the default is the negative
 * control: the year must then fail. It also shows what the budgets hold back.
 */
#include "../aid/byhand.h"
#include "../aid/shipped.h"
#include "base/sb.h"
#include "core/control.h"
#include "sys/mem.h"
#include "year.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    FETCH = 256,
    MONTH = 30,
    ANSWERS_MAX = 1 << 18,
    ANSWERED_PERCENT = 70,   /* of what interrupts; the rest is read and left */
    OVERRIDDEN_PERCENT = 10, /* as far as they say: known already, not my patient */
    SNOOZED_PERCENT = 5,
    PERSON_TEXT = 64,
    MORNING_MIN = 9 * 60,
    EVENING_MIN = 20 * 60,
};

const day_t year_outage_day = WARD_LIVE_DAY + 200;
const int32_t year_outage_days = 3;

static void
give_up(const char *what)
{
    fprintf(stderr, "year: %s\n", what);
    exit(2);
}

/* Every oncologist of the ward, a pool for one service, and the roles that a site must name. */
static struct str
directory_text(struct arena *a, size_t clinicians)
{
    struct sb b;

    sb_init_arena(&b, a, (clinicians + 8) * PERSON_TEXT);
    sb_add_c(&b, "people:\n");
    for (unsigned i = 0; i < clinicians; i++)
        sb_addf(&b, "  - {id: dr-%u, numbers: [\"D%u\"]}\n", i, i);
    sb_add_c(&b, "pools: [desk, privacy, board, urology]\n"
                 "services:\n"
                 "  - {disease: [PROSTATE], to: urology}\n"
                 "germline: desk\nconfidential: privacy\nmtb: board\nfallback: desk\n");
    rfd_assert(sb_ok(&b));
    return sb_str(&b);
}

/* By the site's own clock, which is UTC by default. */
static struct stamp
clock_at(day_t day, int32_t minute)
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
    if (e->number == WARD_NEXT && e->said >= WARD_LIVE_DAY)
        y->heard_of[(e->patient + 1) % y->ward.patients] = true;
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

/* --- what comes out, and what people make of it */

/* What time alone makes of the history is no notification either. */
static void
count_by_time(struct year *y, const struct outbox_row *row, const struct alert *al)
{
    char id[16];

    (void)snprintf(id, sizeof(id), "%.*s", STR_FMT(al->patient.id));
    if (y->heard_of[strtoul(id + 1, NULL, 10)])
        return;
    y->by_time++;
    y->by_time_now += !row->quiet;
}

static void
answer_later(struct year *y, const struct alert *al, day_t today)
{
    struct pending_answer *p = &y->answer[y->answer_count];
    int32_t of = byhand_pick(&y->dice, 100);

    if (of >= ANSWERED_PERCENT)
        return;
    rfd_assert(y->answer_count < ANSWERS_MAX);
    *p = (struct pending_answer){.day = today + 1 + byhand_pick(&y->dice, 4), .answer = ANSWER_ACK};
    if (of < OVERRIDDEN_PERCENT)
        p->answer = ANSWER_OVERRIDE;
    else if (of < OVERRIDDEN_PERCENT + SNOOZED_PERCENT)
        p->answer = ANSWER_SNOOZE;
    (void)snprintf(p->id, sizeof(p->id), "%.*s", STR_FMT(al->id));
    y->answer_count++;
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
            struct alert al;

            y->fetched = row[i].seq;
            if (!tally_event(&y->tally, &row[i], today, &y->keep, &y->scratch, &al))
                continue;
            count_by_time(y, &row[i], &al);
            if (!row[i].quiet && (row[i].kind == EVENT_RAISED || row[i].kind == EVENT_UPDATED))
                answer_later(y, &al, today);
        }
        arena_reset(&y->scratch);
    }
}

static void
say(struct year *y, const struct pending_answer *p, struct stamp now)
{
    static const char *const verbs[] = {"ack", "override", "snooze"};
    static const char *const more[] = {"", "already known to the team", "30d"};
    struct str arg[] = {str_from_c(p->id), str_from_c(more[p->answer])};
    struct control_request rq = {.verb = str_from_c(verbs[p->answer]),
                                 .arg = arg,
                                 .arg_count = p->answer == ANSWER_ACK ? 1 : 2,
                                 .actor = STR("clinician")};
    struct control_reply reply;

    control_answer(y->core, &rq, CONTROL_ACT, now, &y->scratch, &reply);
    y->answered[p->answer] += reply.exit_code == 0;
    arena_reset(&y->scratch);
}

static void
answers(struct year *y, day_t today)
{
    size_t kept = y->answer_done;

    for (size_t i = y->answer_done; i < y->answer_count; i++) {
        struct pending_answer p = y->answer[i];

        if (p.day > today) {
            y->answer[kept++] = p;
            continue;
        }
        say(y, &p, clock_at(today, MORNING_MIN + 1));
    }
    y->answer_count = kept;
}

/* --- what stands in the store */

static size_t
alerts_all(struct year *y, struct alert **out)
{
    struct str *packed;
    struct alert *al;
    size_t n;

    if (store_alerts_list(core_store(y->core), false, &y->scratch, &packed, &n) != STORE_OK)
        give_up("the alerts cannot be read");
    al = ARENA_ARRAY(&y->scratch, n + 1, struct alert);
    for (size_t i = 0; i < n; i++) {
        const char *why = "";

        if (!codec_alert_unpack(&y->scratch, packed[i], &al[i], &why))
            give_up(why);
    }
    *out = al;
    return n;
}

/* How many go out and are open, and how many of one case and episode. */
static void
look_at_open(struct year *y)
{
    struct tally_keys k = {0};
    struct alert *al;
    size_t n = alerts_all(y, &al);
    size_t most;

    k.key = ARENA_ARRAY(&y->scratch, n + 1, uint64_t);
    y->open = 0;
    for (size_t i = 0; i < n; i++) {
        y->open += alert_is_open(&al[i]) && !al[i].silent;
        if (alert_is_live(&al[i]) && al[i].gate == ALERT_OUT)
            k.key[k.count++] = tally_key(al[i].patient.id, al[i].case_key, al[i].episode);
    }
    most = tally_most(&k, &y->scratch);
    y->open_most = most > y->open_most ? most : y->open_most;
    arena_reset(&y->scratch);
}

/* What is taken back in the store, was it taken back from whoever had got it? */
static void
look_at_retracted(struct year *y)
{
    struct tally_keys gone = {0};
    struct alert *al;
    size_t n = alerts_all(y, &al);
    size_t silent;

    gone.key = ARENA_ARRAY(&y->scratch, n + 1, uint64_t);
    for (size_t i = 0; i < n; i++) {
        if (al[i].state == ALERT_RETRACTED)
            gone.key[gone.count++] = tally_id(&al[i]);
    }
    silent = tally_strange(&gone, &y->tally.of_raised, &y->scratch);
    y->gone = gone.count - silent;
    y->gone_untold = tally_strange(&gone, &y->tally.of_withdrawn, &y->scratch) - silent;
    arena_reset(&y->scratch);
}

static uint64_t
held_so_far(struct year *y)
{
    struct counter_row *row;
    size_t n;
    uint64_t held = 0;

    if (store_counters(core_store(y->core), &y->scratch, &row, &n) != STORE_OK)
        give_up("the counters cannot be read");
    for (size_t i = 0; i < n; i++) {
        if (str_eq_c(row[i].counter, "interruptions_held"))
            held += (uint64_t)row[i].value;
    }
    arena_reset(&y->scratch);
    return held;
}

/* --- the time */

static void
history(struct year *y)
{
    struct stamp now = clock_at(WARD_LIVE_DAY - 1, EVENING_MIN);
    struct alert *al;
    size_t n;

    y->history_messages = take_until(y, WARD_LIVE_DAY - 1, now);
    ticks(y, now);
    y->history_events = store_outbox_head(core_store(y->core));
    n = alerts_all(y, &al);
    for (size_t i = 0; i < n; i++)
        y->baseline += alert_is_open(&al[i]);
    arena_reset(&y->scratch);
    look_at_open(y);
}

/* The last of its days is drained with the first one after it. */
static void
drain_outage(struct year *y, day_t day, struct stamp now)
{
    uint64_t held = held_so_far(y);
    uint64_t head = store_outbox_head(core_store(y->core));

    y->outage_messages = take_until(y, day, now);
    y->outage_events = store_outbox_head(core_store(y->core)) - head;
    y->outage_held = held_so_far(y) - held;
}

static unsigned long
lines_of_digests(const struct year *y)
{
    unsigned long n = 0;

    for (size_t i = 0; i < y->tally.recipient_count; i++)
        n += y->tally.recipient[i].digest_items;
    return n;
}

static void
live(struct year *y)
{
    unsigned long lines = 0;
    day_t back = year_outage_day + year_outage_days;

    for (day_t day = WARD_LIVE_DAY; day < WARD_LIVE_DAY + WARD_DAYS; day++) {
        ticks(y, clock_at(day, y->duty.digest_min + 5));
        if (day == back)
            drain_outage(y, day, clock_at(day, MORNING_MIN));
        else if (day < year_outage_day || day > back)
            (void)take_until(y, day, clock_at(day, MORNING_MIN));
        answers(y, day);
        ticks(y, clock_at(day, y->duty.close_min - 60));
        drain(y, day);
        if (day == back)
            lines = lines_of_digests(y);
        if (y->outage_listed == 0 && day > back)
            y->outage_listed = lines_of_digests(y) - lines;
        if (day % MONTH == 0)
            look_at_open(y);
    }
    look_at_open(y);
    look_at_retracted(y);
    y->tally.held = held_so_far(y);
}

int
main(int argc, char **argv)
{
    static struct year y;
    size_t patients = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct core_config cfg = {.store_path = ":memory:", .boot = "year", .duty = &y.duty};
    char error[STORE_ERROR_TEXT_MAX];
    struct knowledge_set *set;

    mem_arena_new(&y.keep, (size_t)8 << 30);
    mem_arena_new(&y.message, (size_t)1 << 20);
    mem_arena_new(&y.scratch, (size_t)4 << 30);
    set = shipped_site(&y.keep, directory_text(&y.keep, WARD_CLINICIANS(patients)));
    y.ward = ward_make(&y.keep, &set->terms, seed, patients);
    y.duty = set->duty;
    y.dice = seed;
    y.heard_of = ARENA_ARRAY(&y.keep, patients, bool);
    y.answer = ARENA_ARRAY(&y.keep, ANSWERS_MAX, struct pending_answer);
    if (argc > 3)
        y.duty.budget_day = y.duty.budget_week = (int32_t)strtol(argv[3], NULL, 10);
    tally_init(&y.tally, WARD_LIVE_DAY - 1, &y.keep);
    cfg.knowledge = &set->knowledge;
    if (core_open(&cfg, &y.core, error) != STORE_OK)
        give_up(error);
    history(&y);
    live(&y);
    year_print(&y);
    core_close(&y.core);
    return year_judge(&y);
}
