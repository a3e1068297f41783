#include "criteria/show.h"

#include "criteria/age.h"
#include "criteria/tell.h"
#include "criteria/words.h"

enum { SHOW_MAX = 32 * 1024 };

static void
add_line(struct sb *b, const char *what, struct str text)
{
    if (str_is_empty(text))
        return;
    sb_addf(b, "%-14s", what);
    sb_add(b, text);
    sb_add_c(b, "\n");
}

static void
show_list(struct sb *b, const char *what, const struct str *item, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_line(b, i == 0 ? what : "", item[i]);
}

static void
show_nodes(struct sb *b, const struct oncotree_node *const *node, size_t count, const char *join)
{
    for (size_t i = 0; i < count; i++) {
        sb_add_c(b, i > 0 ? join : "");
        sb_add(b, node[i]->name);
        sb_add_c(b, " (");
        sb_add(b, node[i]->code);
        sb_add_c(b, ")");
    }
}

static void
show_scope(struct sb *b, const struct rule *r, struct arena *a)
{
    sb_addf(b, "%-14s", "Disease");
    if (r->applies_any)
        sb_add_c(b, "any");
    show_nodes(b, r->applies, r->applies_count, ", ");
    if (r->applies_not_count > 0) {
        sb_add_c(b, ", but not ");
        show_nodes(b, r->applies_not, r->applies_not_count, ", ");
    }
    sb_add_c(b, "\n");
    add_line(b, "Age", r->age_count == 0 ? STR_NONE : words_age(a, r, "only"));
    if (!r->has_line)
        return;
    sb_addf(b, "%-14s", "Counts from");
    if (r->line_procedure.count > 0) {
        sb_add_c(b, "the last ");
        words_classes(b, r->line_procedure);
    } else {
        sb_add_c(b, "the start of the latest line with ");
        words_classes(b, r->line_class);
    }
    sb_add_c(b, "\n");
}

static void
show_series(struct sb *b, const struct rule *r)
{
    sb_addf(b, "%-14s", "Reads");
    switch (r->series.kind) {
    case SERIES_ANALYTE:
        sb_add(b, r->series.name);
        sb_add_c(b, " in ");
        sb_add(b, r->series.shown);
        if (r->series.less.count > 0) {
            sb_add_c(b, " (as reported, else the difference of ");
            words_classes(b, r->series.less);
            sb_add_c(b, ")");
        }
        break;
    case SERIES_RESPONSE: sb_add_c(b, "coded responses"); break;
    case SERIES_VARIANT: sb_add_c(b, "molecular results"); break;
    case SERIES_BIOMARKER: sb_add(b, r->series.name); break;
    case SERIES_KIND_COUNT: break;
    }
    sb_add_c(b, "\n");
}

static void
show_ref(struct sb *b, const struct rule *r, const struct ref *x)
{
    switch (x->kind) {
    case REF_BASELINE:
        sb_addf(b, "%-14s", "Baseline");
        sb_add_c(b, "the last value on or before that day");
        if (x->max_age.n != 0) {
            sb_add_c(b, ", at most ");
            words_span(b, x->max_age);
            sb_add_c(b, " old");
        }
        break;
    case REF_NADIR:
        sb_addf(b, "%-14s", "Nadir");
        sb_add_c(b, "the lowest value before the candidate's day");
        sb_add_c(b, x->from == REF_NONE ? "" : ", the baseline included");
        if (x->confirmed > 1)
            sb_addf(b, ", reached by %ld values in a row", (long)x->confirmed);
        break;
    case REF_ULN:
        sb_addf(b, "%-14s", "Upper limit");
        sb_add_c(b, "the laboratory's own; where it gives none, ");
        words_dec(b, x->uln);
        sb_add_c(b, " ");
        sb_add(b, r->series.shown);
        break;
    case REF_KIND_COUNT: break;
    }
    sb_add_c(b, "\n");
}

static void
show_bound(struct sb *b, const struct rule *r, const struct bound *x)
{
    sb_addf(b, "%s ", words_op(x->op));
    words_dec(b, x->number);
    sb_add_c(b, " ");
    sb_add(b, r->series.shown);
}

static void
show_limit(struct sb *b, const struct rule *r, const char *what, const struct milestone_limit *l)
{
    if (!l->asked)
        return;
    sb_addf(b, "    %s: ", what);
    show_bound(b, r, &l->bound);
    if (l->again) {
        sb_add_c(b, ", again ");
        show_bound(b, r, &l->repeat);
        sb_add_c(b, " after ");
        words_span(b, l->after);
        sb_add_c(b, " to ");
        words_span(b, l->before);
    }
    sb_add_c(b, "\n");
}

static void
show_milestones(struct sb *b, const struct rule *r)
{
    sb_add_c(b, "Milestones\n");
    for (size_t i = 0; i < r->milestone_count; i++) {
        const struct milestone *m = &r->milestone[i];

        sb_add_c(b, "  ");
        sb_add(b, m->name);
        if (m->windowed) {
            sb_add_c(b, ": from ");
            words_span(b, m->from);
            sb_add_c(b, " to ");
            words_span(b, m->to);
            sb_add_c(b, " after the line's start\n");
        } else {
            sb_add_c(b, ": from when this holds\n");
            tell_tree(b, r, m->after, 2);
        }
        show_limit(b, r, "warning (unconfirmed)", &m->warn);
        show_limit(b, r, "failure (met)", &m->fail);
    }
}

static void
show_exclusion(struct sb *b, const struct rule *r, const struct exclusion *x)
{
    sb_add_c(b, "  - ");
    switch (x->kind) {
    case EXCLUDE_METHOD_CHANGE: sb_add_c(b, "the method changed since the reference"); break;
    case EXCLUDE_EVENT_BEFORE:
        sb_add_c(b, "after ");
        words_classes(b, x->names);
        sb_add_c(b, " within ");
        words_span(b, x->within);
        break;
    case EXCLUDE_EVENT_EVER:
        sb_add_c(b, "ever after ");
        words_classes(b, x->names);
        break;
    case EXCLUDE_VALUE_BEFORE: x->value->primitive->tell(b, r, x->value); break;
    case EXCLUDE_KIND_COUNT: break;
    }
    sb_add_c(b, "\n");
}

static void
show_confirm(struct sb *b, const struct rule *r)
{
    const struct confirmation *c = &r->confirm;

    sb_add_c(b, "Confirmed by   a second value");
    if (c->after.n != 0) {
        sb_add_c(b, " at least ");
        words_span(b, c->after);
        sb_add_c(b, " later");
    }
    if (c->due.n != 0) {
        sb_add_c(b, ", due within ");
        words_span(b, c->due);
    }
    sb_add_c(b, c->distinct_specimen ? ", of another specimen" : "");
    sb_add_c(b, c->unbroken ? ", with none between that speaks against it" : "");
    sb_add_c(b, c->consecutive ? ", the next assessment that can be evaluated" : "");
    sb_add_c(b, c->by != NULL ? ", that shows\n" : c->test != NULL ? ", that also shows\n" : "\n");
    if (c->by != NULL || c->test != NULL)
        tell_tree(b, r, c->by != NULL ? c->by : c->test, 1);
    if (c->at_once != NULL) {
        sb_add_c(b, "Needs no confirmation when\n");
        tell_tree(b, r, c->at_once, 1);
    }
}

static void
show_logic(struct sb *b, const struct rule *r)
{
    if (r->candidate == NULL) {
        show_milestones(b, r);
    } else {
        sb_add_c(b, "Asks for\n");
        tell_tree(b, r, r->candidate, 1);
    }
    if (r->exclude_count > 0)
        sb_add_c(b, "Not evaluable when\n");
    for (size_t i = 0; i < r->exclude_count; i++)
        show_exclusion(b, r, &r->exclude[i]);
    if (r->confirm.asked)
        show_confirm(b, r);
    if (r->cap_unconfirmed)
        sb_add_c(b, "Never more than unconfirmed: this alone is not progression\n");
}

static void
show_standing(struct sb *b, const struct rule *r)
{
    char hex[SHA256_HEX_MAX];
    char day[DAY_TEXT_MAX];

    sb_addf(b, "%-14s", "Standing");
    sb_add_c(b, rule_mode_name(r->head.mode));
    if (r->reviewed != DAY_NONE && !str_is_empty(r->reviewer)) {
        sb_add_c(b, ", signed by ");
        sb_add(b, r->reviewer);
        sb_add_c(b, " on ");
        sb_add(b, day_format(r->reviewed, day));
    } else {
        sb_add_c(b, r->signoff_void ? ", it has changed since it was signed"
                                    : ", nobody has signed it");
    }
    sb_add_c(b, "\n");
    show_list(b, "Changed here", r->changed, r->changed_count);
    show_list(b, "A site may set", r->adjustable.name, r->adjustable.count);
    add_line(b, "Content", sha256_hex(&r->content, hex));
}

struct str
criteria_show(const struct rule *r, struct arena *a)
{
    const struct rule_head *h = &r->head;
    struct str text;
    struct sb b;

    sb_init_arena(&b, a, SHOW_MAX);
    sb_addf(&b, "%.*s %.*s\n", STR_FMT(h->id), STR_FMT(h->version));
    add_line(&b, "Title", h->title);
    add_line(&b, "Paper", h->citation);
    add_line(&b, "Link", h->url);
    add_line(&b, "Thresholds", h->verified);
    show_scope(&b, r, a);
    show_series(&b, r);
    for (size_t i = 0; i < r->ref_count; i++)
        show_ref(&b, r, &r->ref[i]);
    show_logic(&b, r);
    add_line(&b, "Means", str_from_c(consequence_text(h->consequence)));
    if (h->notify_age_days > 0)
        sb_addf(&b, "%-14san event more than %ld days old opens in silence\n", "Notifies",
                (long)h->notify_age_days);
    if (h->act_watch_days > 0)
        sb_addf(&b, "%-14sif within %ld days of the event the team was not seen to act\n", "",
                (long)h->act_watch_days);
    show_list(&b, "Or else", h->consider, h->consider_count);
    show_list(&b, "Not checked", h->unchecked, h->unchecked_count);
    show_standing(&b, r);
    text = sb_str(&b);
    return str_sub(text, 0, text.n - 1);
}
