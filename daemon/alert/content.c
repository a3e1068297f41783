#include "alert/content.h"

#include "base/sb.h"

#include <string.h>

enum { CHANGE_TEXT_MAX = 1000 };

/* Empty and absent read the same, and come back the same from the store (codec/feed.h). */
static void
add_str(struct sha256_ctx *c, struct str s)
{
    sha256_add_str(c, str_is_empty(s) ? STR_NONE : s);
}

static bool
reads_same(struct str a, struct str b)
{
    return (str_is_empty(a) && str_is_empty(b)) || str_eq(a, b);
}

static void
add_list(struct sha256_ctx *c, const struct str *item, size_t n)
{
    sha256_add_u64(c, n);
    for (size_t i = 0; i < n; i++)
        add_str(c, item[i]);
}

static void
add_section(struct sha256_ctx *c, const struct alert_section *s)
{
    add_str(c, s->rule_id);
    add_str(c, s->rule_version);
    sha256_add_u64(c, (uint64_t)s->status);
    sha256_add_u64(c, (uint64_t)s->consequence);
    sha256_add_u64(c, (uint64_t)(int64_t)s->first_event);
    add_str(c, s->why);
    sha256_add_u64(c, s->evidence_count);
    for (size_t i = 0; i < s->evidence_count; i++) {
        add_str(c, s->evidence[i].part);
        add_str(c, s->evidence[i].text);
        sha256_add(c, s->evidence[i].key.b, sizeof(s->evidence[i].key.b));
    }
    sha256_add_u64(c, s->threshold_count);
    for (size_t i = 0; i < s->threshold_count; i++) {
        add_str(c, s->threshold[i].role);
        add_str(c, s->threshold[i].text);
    }
    add_list(c, s->missing, s->missing_count);
    sha256_add_u64(c, (uint64_t)(int64_t)s->confirm_by);
    sha256_add_u64(c, s->overdue);
}

static void
add_options(struct sha256_ctx *c, const struct option *o, size_t n)
{
    sha256_add_u64(c, n);
    for (size_t i = 0; i < n; i++) {
        add_str(c, o[i].id);
        sha256_add_u64(c, (uint64_t)o[i].standing);
        add_str(c, o[i].level);
        add_str(c, o[i].status);
        add_str(c, o[i].labels);
        add_str(c, o[i].set_aside_by);
        sha256_add_u64(c, o[i].reason_count);
        for (size_t k = 0; k < o[i].reason_count; k++) {
            sha256_add_u64(c, (uint64_t)o[i].reason[k].verdict);
            add_str(c, o[i].reason[k].text);
        }
        add_list(c, o[i].unchecked, o[i].unchecked_count);
    }
}

struct sha256
alert_content(const struct alert *a)
{
    struct sha256_ctx c;

    sha256_init(&c);
    add_str(&c, a->patient.authority);
    add_str(&c, a->patient.id);
    add_str(&c, a->case_key);
    add_str(&c, a->disease);
    add_str(&c, a->episode);
    add_str(&c, a->line_label);
    sha256_add_u64(&c, (uint64_t)a->certainty);
    sha256_add_u64(&c, (uint64_t)a->consequence);
    add_str(&c, a->headline);
    sha256_add_u64(&c, a->section_count);
    for (size_t i = 0; i < a->section_count; i++)
        add_section(&c, &a->section[i]);
    add_options(&c, a->option, a->option_count);
    add_options(&c, a->trial, a->trial_count);
    add_options(&c, a->aside, a->aside_count);
    sha256_add_u64(&c, a->options_more);
    sha256_add_u64(&c, a->trials_more);
    add_list(&c, a->missing, a->missing_count);
    add_list(&c, a->consider, a->consider_count);
    add_list(&c, a->unchecked, a->unchecked_count);
    sha256_add_u64(&c, (uint64_t)(int64_t)a->waiting_until);
    add_str(&c, a->acted);
    return sha256_end(&c);
}

static const struct option *
trial_find(const struct alert *a, struct str id)
{
    for (size_t i = 0; i < a->trial_count; i++) {
        if (str_eq(a->trial[i].id, id))
            return &a->trial[i];
    }
    return NULL;
}

/* It fits as before, and only others stand in front of it now. */
static bool
stands_behind(const struct alert *a, struct str id)
{
    for (size_t i = 0; i < a->behind_count; i++) {
        if (str_eq(a->behind[i], id))
            return true;
    }
    return false;
}

/* A trial that was shown has closed, changed its status or fits no more; or one of the site's own
 * has come. What opens elsewhere is no reason to interrupt anybody (DESIGN.md section 9). */
static bool
trials_are_news(const struct alert *before, const struct alert *after)
{
    for (size_t i = 0; i < before->trial_count; i++) {
        const struct option *now = trial_find(after, before->trial[i].id);

        if (now == NULL ? !stands_behind(after, before->trial[i].id)
                        : !reads_same(now->status, before->trial[i].status))
            return true;
    }
    for (size_t i = 0; i < after->trial_count; i++) {
        if (after->trial[i].own && trial_find(before, after->trial[i].id) == NULL)
            return true;
    }
    return false;
}

static struct str
best_level(const struct alert *a)
{
    return a->option_count == 0 ? STR_NONE : a->option[0].level;
}

static const struct alert_section *
section_find(const struct alert *a, struct str rule_id)
{
    for (size_t i = 0; i < a->section_count; i++) {
        if (str_eq(a->section[i].rule_id, rule_id))
            return &a->section[i];
    }
    return NULL;
}

bool
alert_has_rule(const struct alert *a, struct str rule_id)
{
    return section_find(a, rule_id) != NULL;
}

static bool
has_new_section(const struct alert *before, const struct alert *after)
{
    for (size_t i = 0; i < after->section_count; i++) {
        if (after->section[i].consequence != CONSEQUENCE_WATCH && /* which never interrupts */
            section_find(before, after->section[i].rule_id) == NULL)
            return true;
    }
    return false;
}

/* After a merge an alert goes on under the identifier that survives. */
static bool
same_patient(const struct alert *a, const struct alert *b)
{
    return str_eq(a->patient.authority, b->patient.authority) &&
           str_eq(a->patient.id, b->patient.id);
}

bool
alert_is_news(const struct alert *before, const struct alert *after)
{
    return !same_patient(before, after) || before->certainty != after->certainty ||
           before->consequence != after->consequence ||
           !reads_same(best_level(before), best_level(after)) || trials_are_news(before, after) ||
           has_new_section(before, after);
}

bool
alert_interrupts(const struct alert *a)
{
    if (a->waiting_until != DAY_NONE || !str_is_empty(a->acted))
        return false;
    for (size_t i = 0; i < a->section_count; i++) {
        if (a->section[i].status == FINDING_MET && a->section[i].consequence != CONSEQUENCE_WATCH)
            return true;
    }
    return false;
}

/* A finding that is confirmed now, of a rule that the person did not see confirmed. */
static bool
has_new_confirmed(const struct alert *before, const struct alert *after)
{
    for (size_t i = 0; i < after->section_count; i++) {
        const struct alert_section *s = &after->section[i];
        const struct alert_section *old = section_find(before, s->rule_id);

        if (s->consequence != CONSEQUENCE_WATCH && s->status == FINDING_MET &&
            (old == NULL || old->status != FINDING_MET))
            return true;
    }
    return false;
}

bool
alert_breaks_silence(const struct alert *before, const struct alert *after)
{
    if (after->certainty > before->certainty || after->consequence > before->consequence ||
        has_new_confirmed(before, after))
        return true; /* worse */
    return before->state == ALERT_OVERRIDDEN &&
           (after->certainty != before->certainty || after->consequence != before->consequence ||
            !reads_same(best_level(before), best_level(after)));
}

static void
change_add(struct sb *b, const char *text)
{
    if (sb_str(b).n > 0)
        sb_add_c(b, "; ");
    sb_add_c(b, text);
}

static void
change_sections(struct sb *b, const struct alert *before, const struct alert *after)
{
    for (size_t i = 0; i < after->section_count; i++) {
        const struct alert_section *s = &after->section[i];
        const struct alert_section *old = section_find(before, s->rule_id);

        if (old == NULL) {
            change_add(b, "added: ");
            sb_add(b, s->title);
        } else if (old->status != s->status) {
            change_add(b, "");
            sb_add(b, s->title);
            sb_add_c(b, s->status == FINDING_MET ? " is now confirmed" : " is no longer confirmed");
        } else if (!reads_same(old->why, s->why)) {
            change_add(b, "new values for ");
            sb_add(b, s->title);
        }
    }
    for (size_t i = 0; i < before->section_count; i++) {
        if (section_find(after, before->section[i].rule_id) == NULL) {
            change_add(b, "no longer holds: ");
            sb_add(b, before->section[i].title);
        }
    }
}

/* Which, not only that: whoever reads it has the version before in mind. */
static void
change_trials(struct sb *b, const struct alert *before, const struct alert *after)
{
    for (size_t i = 0; i < before->trial_count; i++) {
        const struct option *old = &before->trial[i];
        const struct option *now = trial_find(after, old->id);

        if (now == NULL) {
            change_add(b, "trial no longer listed: ");
            sb_add(b, old->id);
        } else if (!reads_same(now->status, old->status)) {
            change_add(b, "trial ");
            sb_addf(b, "%.*s is now %.*s", STR_FMT(old->id), STR_FMT(now->status));
        }
    }
    for (size_t i = 0; i < after->trial_count; i++) {
        if (trial_find(before, after->trial[i].id) == NULL) {
            change_add(b, "trial now listed: ");
            sb_add(b, after->trial[i].id);
        }
    }
}

struct str
alert_change_text(struct arena *arena, const struct alert *before, const struct alert *after)
{
    struct sb b;

    sb_init_arena(&b, arena, CHANGE_TEXT_MAX);
    if (before->certainty != after->certainty)
        sb_addf(&b, "certainty: %s to %s", alert_certainty_name(before->certainty),
                alert_certainty_name(after->certainty));
    if (!same_patient(before, after))
        change_add(&b, "the patient's identifiers were merged");
    change_sections(&b, before, after);
    if (before->overdue != after->overdue)
        change_add(&b, after->overdue ? "reminder: the confirmation is overdue"
                                      : "no confirmation is overdue any more");
    if (before->waiting_until != DAY_NONE && after->waiting_until == DAY_NONE)
        change_add(&b, str_is_empty(after->acted) ? "the team was not seen to act in time"
                                                  : "the team has acted");
    if (!reads_same(best_level(before), best_level(after)))
        change_add(&b, "the best option's level changed");
    change_trials(&b, before, after);
    if (sb_str(&b).n == 0)
        change_add(&b, "details were completed");
    return sb_str(&b);
}

static bool
is_event(const struct alert_evidence *e)
{
    return str_eq_c(e->part, "candidate") || str_eq_c(e->part, "confirmation");
}

static bool
section_shares(const struct alert_section *s, const struct alert_section *t)
{
    for (size_t i = 0; i < s->evidence_count; i++) {
        for (size_t k = 0; k < t->evidence_count; k++) {
            if (is_event(&s->evidence[i]) && is_event(&t->evidence[k]) &&
                fact_key_cmp(&s->evidence[i].key, &t->evidence[k].key) == 0)
                return true;
        }
    }
    return false;
}

bool
alert_shares_evidence(const struct alert *a, const struct alert *b)
{
    for (size_t i = 0; i < a->section_count; i++) {
        for (size_t k = 0; k < b->section_count; k++) {
            if (section_shares(&a->section[i], &b->section[k]))
                return true;
        }
    }
    return false;
}

bool
alert_has_event(const struct alert *a, const struct fact_key *key)
{
    for (size_t i = 0; i < a->section_count; i++) {
        const struct alert_section *s = &a->section[i];

        for (size_t k = 0; k < s->evidence_count; k++) {
            if (is_event(&s->evidence[k]) && fact_key_cmp(&s->evidence[k].key, key) == 0)
                return true;
        }
    }
    return false;
}
