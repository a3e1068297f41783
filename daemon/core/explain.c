#include "core/explain.h"

#include "core/factname.h"

static bool
holds(const struct engine_view *v)
{
    return v->finding->status == FINDING_UNCONFIRMED || v->finding->status == FINDING_MET;
}

/* Why what holds is in no alert that goes out. */
static const char *
standing(const struct engine_view *v)
{
    if (v->shown)
        return "";
    if (!holds(v))
        return " (not shown)";
    switch (v->gate) {
    case ALERT_HELD: return " (not shown: held for review)";
    case ALERT_SHADOW: return " (not shown: in shadow, nobody has signed the rule)";
    case ALERT_OUT:
    case ALERT_GATE_COUNT: break;
    }
    return " (not shown: of an earlier line)";
}

static void
explain_evidence(struct lines *l, const struct evidence *e)
{
    struct fact_key key = fact_key(e->fact);
    char hex[FACTNAME_MAX];

    lines_addf(l, "    %s: %.*s [fact %.*s, message %llu, %.*s]", evidence_part_name(e->part),
               STR_FMT(evidence_text(l->arena, e->fact)), STR_FMT(factname_short(&key, hex)),
               (unsigned long long)e->fact->source.journal, STR_FMT(e->fact->source.feed));
}

static void
explain_text(struct lines *l, const struct engine_view *v)
{
    const struct finding *f = v->finding;

    lines_addf(l, "%.*s %.*s: %s%s", STR_FMT(v->case_key), STR_FMT(f->rule->id),
               finding_status_name(f->status), standing(v));
    if (f->why.n > 0 && f->status != FINDING_NOT_EVALUABLE) /* there it repeats what is missing */
        lines_addf(l, "    %.*s", STR_FMT(f->why));
    for (size_t i = 0; i < f->evidence_count; i++)
        explain_evidence(l, &f->evidence[i]);
    for (size_t i = 0; i < f->missing_count; i++)
        lines_addf(l, "    missing: %.*s", STR_FMT(f->missing[i]));
}

static void
explain_json(struct lines *l, const struct engine_view *v)
{
    lines_addf(l,
               "{\"case\":\"%.*s\",\"rule\":\"%.*s\",\"status\":\"%s\",\"shown\":%s,"
               "\"mode\":\"%s\"}",
               STR_FMT(v->case_key), STR_FMT(v->finding->rule->id),
               finding_status_name(v->finding->status), v->shown ? "true" : "false",
               rule_mode_name(v->finding->rule->mode));
}

void
explain_effects(struct lines *l, const struct effects *fx, bool json)
{
    if (fx->view_count == 0 && !json)
        lines_addf(l, "%s", "no rule applies: no mapped cancer diagnosis is known");
    for (size_t i = 0; i < fx->view_count; i++) {
        if (json)
            explain_json(l, &fx->view[i]);
        else
            explain_text(l, &fx->view[i]);
    }
}
