/* year_print() and year_judge(), declared in year.h. */
#include "year.h"

#include <stdio.h>

/* What was promised (issue 6), whatever the settings are. */
enum { PROMISE_WEEK = 2 };

static size_t
day_back(const struct year *y)
{
    return (size_t)(year_outage_day + year_outage_days - y->tally.monday);
}

static unsigned
outage_most(const struct year *y, unsigned long *all_out)
{
    unsigned most = 0;

    *all_out = 0;
    for (size_t i = 0; i < y->tally.recipient_count; i++) {
        unsigned n = y->tally.recipient[i].told[day_back(y)];

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
    row("  ignored or quarantined", y->outcome[OUTCOME_IGNORED] + y->outcome[OUTCOME_QUARANTINED]);
    row("notifications from the history load", y->history_events);
    row("  alerts that it left open in silence", y->baseline);
    row("  later, of patients with no other message", y->by_time);
    row("    that interrupt", y->by_time_now);
}

static void
print_alerts(struct year *y)
{
    struct tally *t = &y->tally;

    row("alerts raised", t->events[EVENT_RAISED]);
    mean("  per patient, mean", t->events[EVENT_RAISED], y->ward.patients);
    row("  per patient, most", tally_most(&t->of_patient, &y->scratch));
    row("  raised again for the same case and episode", tally_repeats(&t->of_episode, &y->scratch));
    for (size_t i = 0; t->of_case[i].raised > 0; i++)
        printf("  of %-10s that interrupt at once: %6lu %17lu\n", t->of_case[i].name,
               (unsigned long)t->of_case[i].loud, (unsigned long)t->of_case[i].raised);
    row("updates", t->events[EVENT_UPDATED]);
    row("open at the end", y->open);
    row("open per case and episode, most", y->open_most);
    row("versions that interrupt", t->of_alert.count);
    row("  alerts that they are of", tally_distinct(&t->of_alert, &y->scratch));
    row("  of an alert that has interrupted before (repeats)",
        tally_repeats(&t->of_alert, &y->scratch));
    row("  of one alert, most", tally_most(&t->of_alert, &y->scratch));
    row("  that name nobody", t->unanswered);
    row("alerts that waited for the team (act_watch)", tally_distinct(&t->of_waiting, &y->scratch));
    row("  the team acted in time", tally_distinct(&t->of_acted, &y->scratch));
    row("  interrupted all the same", t->hasty);
}

static void
print_ends(struct year *y)
{
    struct tally *t = &y->tally;

    row("retractions", t->events[EVENT_RETRACTED]);
    row("  that interrupt", t->loud[EVENT_RETRACTED]);
    row("  of an alert that was never told of",
        tally_strange(&t->of_withdrawn, &t->of_raised, &y->scratch));
    row("  that interrupt, of an alert that never had",
        tally_strange(&t->of_retracted, &t->of_alert, &y->scratch));
    row("  that miss somebody who was interrupted", t->missed);
    row("  alerts that stand as retracted, told of before", y->gone);
    row("  of them without a retraction sent", y->gone_untold);
    row("closed (next line, death)", t->events[EVENT_CLOSED]);
    row("answers: acknowledged", y->answered[ANSWER_ACK]);
    row("  overridden", y->answered[ANSWER_OVERRIDE]);
    row("  snoozed", y->answered[ANSWER_SNOOZE]);
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
    row("recipients (people and pools)", y->tally.recipient_count);
    row("interruptions", told.total);
    mean("  per recipient and week, mean", told.total, y->tally.recipient_count * WARD_DAYS / 7);
    mean("  per recipient and day, mean", told.total, y->tally.recipient_count * WARD_DAYS);
    row("  in a week, most", told.week_most);
    row("  in a day, most", told.day_most);
    row("held back by a budget, into the digest", y->tally.held);
    row("retractions to one recipient in a week, most", gone.week_most);
    row("  in a day, most", gone.day_most);
    row("both to one recipient in a week, most", both.week_most);
    row("  in a day, most", both.day_most);
    row("digests", digests);
    row("  lines", items);
    mean("  lines per digest, mean", items, digests);
    mean("  lines per recipient and week, mean", items, y->tally.recipient_count * WARD_DAYS / 7);
}

void
year_print(struct year *y)
{
    unsigned long burst;
    unsigned most = outage_most(y, &burst);

    print_messages(y);
    print_alerts(y);
    print_ends(y);
    print_people(y);
    row("three days in one go: messages", y->outage_messages);
    row("  events", y->outage_events);
    row("  interruptions that day", burst);
    row("  of one recipient, most", most);
    row("  held back by a budget", y->outage_held);
    row("  lines of the next digest", y->outage_listed);
}

int
year_judge(struct year *y)
{
    struct tally *t = &y->tally;
    struct tally_load told = tally_told(t);
    unsigned long burst;
    unsigned outage = outage_most(y, &burst);
    int broken = 0;
    const struct {
        bool kept;
        const char *promise;
    } all[] = {
        {y->open_most == 1, "one open alert per case and episode"},
        {y->history_events == 0 && y->baseline > 0,
         "no notification from five years of history, which has something to tell"},
        {y->by_time_now == 0, "nor by time alone, of patients with nothing but history"},
        {told.week_most <= PROMISE_WEEK, "two interruptions of a recipient in a week"},
        {(int32_t)told.day_most <= y->duty.budget_day, "no more in a day than the settings say"},
        {(int32_t)outage <= y->duty.budget_day && y->outage_messages > 0 &&
             y->outage_listed >= y->outage_held,
         "no flood after an outage, and what it held back is in the next digest"},
        {t->missed == 0 && y->gone_untold == 0, "a retraction reaches whoever was told"},
        {tally_strange(&t->of_withdrawn, &t->of_raised, &y->scratch) == 0,
         "nobody hears of the retraction of what he was not told"},
        {t->unanswered == 0, "whatever interrupts names whom"},
        {t->hasty == 0, "nobody is interrupted while the team has time to act, or has acted"},
        {t->events[EVENT_RAISED] > 0 && told.total > 0 && y->gone > 0 && t->of_acted.count > 0,
         "a year with alerts, interruptions, retractions and teams that act (else it shows "
         "nothing)"},
    };

    for (size_t i = 0; i < RFD_COUNT(all); i++) {
        if (!all[i].kept) {
            printf("BROKEN: %s\n", all[i].promise);
            broken = 1;
        }
    }
    return broken;
}
