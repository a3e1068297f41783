#include "engine/notify.h"

#include "base/sb.h"

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

static bool
is_germline(const struct directory *d, const struct notify_in *in)
{
    for (size_t i = 0; i < in->finding_count; i++) {
        for (size_t k = 0; k < in->finding[i]->evidence_count; k++) {
            const struct fact *f = in->finding[i]->evidence[k].fact;

            if (f->kind == FACT_VARIANT && f->u.variant.present &&
                directory_is_germline(d, &f->u.variant))
                return true;
        }
    }
    return false;
}

/* Of the newest result in evidence that names one. */
static struct str
orderer(const struct notify_in *in)
{
    struct str who = STR_NONE;
    day_t newest = DAY_NONE;

    for (size_t i = 0; i < in->finding_count; i++) {
        for (size_t k = 0; k < in->finding[i]->evidence_count; k++) {
            const struct fact *f = in->finding[i]->evidence[k].fact;

            if (str_is_empty(f->orderer) || fact_day(f) < newest)
                continue;
            newest = fact_day(f);
            who = f->orderer;
        }
    }
    return who;
}

void
notify_recipients(const struct notify_in *in, struct arena *a, struct alert *al)
{
    const struct directory *d = in->duty == NULL ? NULL : in->duty->directory;
    struct directory_ask ask = {.attending = in->attending,
                                .ordering = orderer(in),
                                .disease = in->disease,
                                .confidential = in->confidential,
                                .today = in->timeline->today};

    if (d == NULL || al->gate == ALERT_SHADOW)
        return;
    ask.germline = is_germline(d, in);
    al->recipient = directory_resolve(d, &ask, a, &al->recipient_count);
}
