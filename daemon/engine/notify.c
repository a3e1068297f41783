#include "engine/notify.h"

#include "base/sb.h"
#include "engine/team.h"

enum { ACTED_MAX = 100 };

/* When what is told came about: the confirmation, else the event itself. */
static day_t
event_day(const struct finding *f)
{
    day_t day = f->first_event;
    bool confirmed = false;

    for (size_t i = 0; i < f->evidence_count; i++) {
        const struct evidence *e = &f->evidence[i];
        day_t d = fact_day(e->fact);

        if (e->part != EVIDENCE_CONFIRMATION || d == DAY_NONE || (confirmed && d >= day))
            continue;
        day = d;
        confirmed = true;
    }
    return day;
}

static bool
is_told(const struct finding *f)
{
    return f->status == FINDING_MET && f->rule->consequence != CONSEQUENCE_WATCH;
}

/* A new line of therapy ends the episode, and so needs no look here. */
static const struct fact *
action_since(const struct timeline *t, day_t day)
{
    size_t n;
    const struct fact *const *f = timeline_kind(t, FACT_PROCEDURE, &n);

    for (size_t i = 0; i < n; i++) {
        struct str name = f[i]->u.procedure.name;

        if ((str_eq_c(name, PROCEDURE_STAGING) || str_eq_c(name, PROCEDURE_BOARD)) &&
            fact_day(f[i]) != DAY_NONE && fact_day(f[i]) >= day)
            return f[i];
    }
    return NULL;
}

static struct str
acted_text(struct arena *a, const struct fact *f)
{
    struct sb b;
    char day[DAY_TEXT_MAX];

    sb_init_arena(&b, a, ACTED_MAX);
    sb_addf(&b, "%s on %.*s",
            str_eq_c(f->u.procedure.name, PROCEDURE_BOARD) ? "referred to the tumour board"
                                                           : "imaging for staging ordered",
            STR_FMT(day_format(fact_day(f), day)));
    return sb_str(&b);
}

/* Every finding that is told must wait, or be acted on; the first whose time is over is told. */
void
notify_wait(const struct notify_in *in, struct arena *a, struct alert *al)
{
    const struct fact *acted = NULL;
    day_t until = DAY_NONE;

    for (size_t i = 0; i < in->finding_count; i++) {
        const struct finding *f = in->finding[i];
        const struct fact *action;
        day_t due;

        if (!is_told(f))
            continue;
        if (f->rule->act_watch_days == 0)
            return;
        due = event_day(f) + f->rule->act_watch_days;
        action = action_since(in->timeline, event_day(f));
        if (action == NULL && due <= in->timeline->today)
            return;
        if (action != NULL)
            acted = action;
        else if (until == DAY_NONE || due < until)
            until = due;
    }
    al->waiting_until = until;
    if (until == DAY_NONE && acted != NULL)
        al->acted = acted_text(a, acted);
}

day_t
notify_recipients(const struct notify_in *in, struct arena *a, struct alert *al)
{
    const struct directory *d = in->duty == NULL ? NULL : in->duty->directory;
    struct team team;
    struct directory_ask ask;
    struct directory_answer to;

    if (d == NULL || al->gate == ALERT_SHADOW)
        return DAY_NONE;
    team = team_of(in->timeline, in->finding, in->finding_count, a);
    ask = (struct directory_ask){.said = team.said,
                                 .said_count = team.count,
                                 .disease = in->disease,
                                 .germline = in->inherited,
                                 .confidential = in->confidential,
                                 .today = in->timeline->today};
    to = directory_resolve(d, &ask, a);
    al->recipient = to.recipient;
    al->recipient_count = to.count;
    al->unknown = to.unknown;
    al->unknown_count = to.unknown_count;
    return team.next_due;
}
