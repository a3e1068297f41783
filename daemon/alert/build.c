#include "alert/build.h"

#include "base/sb.h"
#include "base/sort.h"

enum { LINE_LABEL_MAX = 300, HEADLINE_DRAFT_MAX = 2000, LIST_MAX = 64 };

/* A list of texts in which each stands once, in order of first mention. */
struct texts {
    struct str *item;
    size_t count;
};

static void
texts_add(struct texts *t, struct str s)
{
    for (size_t i = 0; i < t->count; i++) {
        if (str_eq(t->item[i], s))
            return;
    }
    if (t->count < LIST_MAX)
        t->item[t->count++] = s;
}

static void
texts_add_all(struct texts *t, const struct str *item, size_t n)
{
    for (size_t i = 0; i < n; i++)
        texts_add(t, item[i]);
}

/* Confirmed first, then the graver consequence, the earlier event, the id: never arrival. */
static int
finding_rank_cmp(const void *pa, const void *pb)
{
    const struct finding *a = *(const struct finding *const *)pa;
    const struct finding *b = *(const struct finding *const *)pb;

    if (a->status != b->status)
        return a->status > b->status ? -1 : 1;
    if (a->rule->consequence != b->rule->consequence)
        return a->rule->consequence > b->rule->consequence ? -1 : 1;
    if (a->first_event != b->first_event)
        return a->first_event < b->first_event ? -1 : 1;
    return str_cmp(a->rule->id, b->rule->id);
}

static struct alert_evidence
evidence_of(struct arena *a, const struct evidence *e)
{
    return (struct alert_evidence){
        .part = str_from_c(evidence_part_name(e->part)),
        .text = evidence_text(a, e->fact),
        .day = fact_day(e->fact),
        .journal = e->fact->source.journal,
        .feed = e->fact->source.feed,
        .control_id = e->fact->source.control_id,
        .key = fact_key(e->fact),
    };
}

static struct alert_section
section_of(struct arena *a, const struct finding *f)
{
    struct alert_evidence *e = ARENA_ARRAY(a, f->evidence_count, struct alert_evidence);

    for (size_t i = 0; i < f->evidence_count; i++)
        e[i] = evidence_of(a, &f->evidence[i]);
    return (struct alert_section){
        .rule_id = f->rule->id,
        .rule_version = f->rule->version,
        .title = f->rule->title,
        .citation = f->rule->citation,
        .url = f->rule->url,
        .verified = f->rule->verified,
        .status = f->status,
        .consequence = f->rule->consequence,
        .first_event = f->first_event,
        .why = f->why,
        .evidence = e,
        .evidence_count = f->evidence_count,
        .threshold = f->threshold,
        .threshold_count = f->threshold_count,
        .missing = f->missing,
        .missing_count = f->missing_count,
        .confirm_by = f->status == FINDING_UNCONFIRMED ? f->confirm_by : DAY_NONE,
        .overdue = f->status == FINDING_UNCONFIRMED && f->overdue,
    };
}

static bool
is_progression(enum response_code c)
{
    return c == RESPONSE_PD || c == RESPONSE_IUPD || c == RESPONSE_ICPD;
}

static struct str
line_label(struct arena *a, const struct line *l)
{
    struct sb b;
    char day[DAY_TEXT_MAX];
    enum therapy_rung rung = THERAPY_RUNG_COUNT;

    if (l == NULL)
        return STR("no line of therapy known");
    for (size_t i = 0; i < l->course_count; i++) {
        if (l->courses[i]->rung < rung)
            rung = l->courses[i]->rung;
    }
    sb_init_arena(&b, a, LINE_LABEL_MAX);
    sb_addf(&b, "line %d of those seen: %.*s since ", (int)l->number, STR_FMT(l->label));
    sb_add(&b, day_format(l->start, day));
    if (rung < THERAPY_RUNG_COUNT)
        sb_addf(&b, " (%s)", therapy_rung_name(rung));
    return sb_str(&b);
}

/* "<title> on <drug>: confirmed; 1 more criterion", cut at 139 characters between words. */
static struct str
headline(struct arena *a, const struct alert *al, const struct line *l)
{
    struct sb b;
    struct str s;

    sb_init_arena(&b, a, HEADLINE_DRAFT_MAX);
    sb_add(&b, al->section[0].title);
    if (l != NULL && l->label.n > 0 && l->label.n <= 48)
        sb_addf(&b, " on %.*s", STR_FMT(l->label));
    sb_add_c(&b, al->section[0].status == FINDING_MET ? ": confirmed" : ": needs confirmation");
    if (al->section_count > 1)
        sb_addf(&b, ", with %zu more finding%s", al->section_count - 1,
                al->section_count > 2 ? "s" : "");
    s = sb_str(&b);
    if (s.n <= ALERT_HEADLINE_MAX)
        return s;
    s.n = ALERT_HEADLINE_MAX + 1;
    while (s.n > 0 && s.p[s.n - 1] != ' ')
        s.n--;
    s = str_trim(s);
    return s.n > 0 ? s : STR("a criterion is met"); /* a title of one endless word */
}

static void
add_sections(struct arena *a, const struct alert_parts *p, struct alert *al)
{
    const struct finding **sorted = ARENA_ARRAY(a, p->finding_count, const struct finding *);
    struct alert_section *s = ARENA_ARRAY(a, p->finding_count, struct alert_section);

    for (size_t i = 0; i < p->finding_count; i++)
        sorted[i] = p->finding[i];
    sort_stable(a, sorted, p->finding_count, sizeof(*sorted), finding_rank_cmp);
    al->certainty = ALERT_SUSPECTED;
    al->consequence = CONSEQUENCE_WATCH;
    for (size_t i = 0; i < p->finding_count; i++) {
        s[i] = section_of(a, sorted[i]);
        al->overdue = al->overdue || s[i].overdue;
        if (s[i].status == FINDING_MET)
            al->certainty = ALERT_CONFIRMED;
        if (s[i].consequence > al->consequence)
            al->consequence = s[i].consequence;
        al->demo = al->demo || sorted[i]->rule->demo;
    }
    al->section = s;
    al->section_count = p->finding_count;
}

/* Where the disease progresses. In the brain alone, or of single lesions, it is handled apart:
 * local treatment, while the therapy may go on (EGFR- and ALK-positive lung cancer are the best
 * known cases). A response without a site says that nobody here can tell. */
static void
add_place(const struct finding *f, struct str case_key, struct texts *consider,
          struct texts *unchecked)
{
    static const char *const brain[] = {"cns", "brain", "intracranial", "cerebral"};
    const struct str no_site =
        STR("where the progression is: no site is named, and progression in the brain alone or of "
            "few lesions (oligo-progression) is handled differently");
    const struct str brain_alone =
        STR("progression is reported in the brain alone, which is handled differently from "
            "progression elsewhere");

    for (size_t i = 0; i < f->evidence_count; i++) {
        const struct fact *r = f->evidence[i].fact;
        bool in_brain = false;

        if (r->kind != FACT_RESPONSE || !is_progression(r->u.response.code))
            continue;
        for (size_t k = 0; k < RFD_COUNT(brain); k++)
            in_brain = in_brain || str_eq_nocase(r->u.response.site, str_from_c(brain[k]));
        if (str_is_empty(r->u.response.site)) {
            texts_add(unchecked, no_site);
        } else if (in_brain && !str_eq_c(case_key, "BRAIN")) {
            texts_add(consider, brain_alone);
        }
    }
}

static void
add_lists(struct arena *a, const struct alert_parts *p, struct alert *al)
{
    struct texts missing = {ARENA_ARRAY(a, LIST_MAX, struct str), 0};
    struct texts consider = {ARENA_ARRAY(a, LIST_MAX, struct str), 0};
    struct texts unchecked = {ARENA_ARRAY(a, LIST_MAX, struct str), 0};

    for (size_t i = 0; i < al->section_count; i++)
        texts_add_all(&missing, al->section[i].missing, al->section[i].missing_count);
    if (alert_options_stand_open(al)) /* folded options need no tests yet */
        texts_add_all(&missing, p->missing, p->missing_count);
    for (size_t i = 0; i < p->finding_count; i++) {
        texts_add_all(&consider, p->finding[i]->seen, p->finding[i]->seen_count);
    }
    for (size_t i = 0; i < p->finding_count; i++) { /* what the case shows stands before the rest */
        const struct rule_head *r = p->finding[i]->rule;

        texts_add_all(&consider, r->consider, r->consider_count);
        texts_add_all(&unchecked, r->unchecked, r->unchecked_count);
        add_place(p->finding[i], p->case_key, &consider, &unchecked);
    }
    if (!str_is_absent(p->not_weighed))
        texts_add_all(&unchecked, &p->not_weighed, 1);
    al->missing = missing.item;
    al->missing_count = missing.count;
    al->consider = consider.item;
    al->consider_count = consider.count;
    al->unchecked = unchecked.item;
    al->unchecked_count = unchecked.count;
}

struct alert
alert_build(struct arena *a, const struct alert_parts *p)
{
    struct alert al = {
        .patient = p->patient,
        .case_key = p->case_key,
        .disease = p->disease,
        .episode = p->episode,
        .line_label = line_label(a, p->line),
        .option = p->option,
        .option_count = p->option_count,
        .options_more = p->options_more,
        .trial = p->trial,
        .trial_count = p->trial_count,
        .trials_more = p->trials_more,
        .behind = p->behind,
        .behind_count = p->behind_count,
        .aside = p->aside,
        .aside_count = p->aside_count,
        .knowledge = p->knowledge,
        .snoozed_until = DAY_NONE,
        .waiting_until = DAY_NONE,
    };

    rfd_assert(p->finding_count > 0);
    add_sections(a, p, &al);
    add_lists(a, p, &al);
    al.headline = headline(a, &al, p->line);
    return al;
}

bool
alert_options_stand_open(const struct alert *a)
{
    for (size_t i = 0; i < a->section_count; i++) {
        if (a->section[i].status == FINDING_MET && a->section[i].consequence == CONSEQUENCE_OPTIONS)
            return true;
    }
    return false;
}
