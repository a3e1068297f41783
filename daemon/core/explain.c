#include "core/explain.h"

static void
explain_text(struct lines *l, const struct engine_view *v)
{
    const struct finding *f = v->finding;

    lines_addf(l, "%.*s %.*s: %s%s", STR_FMT(v->case_key), STR_FMT(f->rule->id),
               finding_status_name(f->status), v->shown ? "" : " (not shown)");
    if (f->why.n > 0 && f->status != FINDING_NOT_EVALUABLE) /* there it repeats what is missing */
        lines_addf(l, "    %.*s", STR_FMT(f->why));
    for (size_t i = 0; i < f->evidence_count; i++)
        lines_addf(l, "    %s: %.*s", evidence_part_name(f->evidence[i].part),
                   STR_FMT(evidence_text(l->arena, f->evidence[i].fact)));
    for (size_t i = 0; i < f->missing_count; i++)
        lines_addf(l, "    missing: %.*s", STR_FMT(f->missing[i]));
}

static void
explain_json(struct lines *l, const struct engine_view *v)
{
    lines_addf(l, "{\"case\":\"%.*s\",\"rule\":\"%.*s\",\"status\":\"%s\",\"shown\":%s}",
               STR_FMT(v->case_key), STR_FMT(v->finding->rule->id),
               finding_status_name(v->finding->status), v->shown ? "true" : "false");
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
