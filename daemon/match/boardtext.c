#include "match/boardtext.h"

#include "wire/jsonout.h"

/* A board reads three reasons apart: what fits, what speaks against it, what nobody knows. */
static const char *
mark(enum kleene k)
{
    return k == K_TRUE ? "fits:    " : k == K_FALSE ? "against: " : "unknown: ";
}

static const char *
verdict_name(enum kleene k)
{
    return k == K_TRUE ? "true" : k == K_FALSE ? "false" : "unknown";
}

/* Text of a message may hold line breaks; no sender writes lines of ours. */
static void
add_flat(struct sb *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if ((unsigned char)c < ' ') {
            c = ' ';
        }
        sb_add_char(b, c);
    }
}

static void
add_line(struct sb *b, const char *label, struct str s)
{
    if (!str_is_empty(s)) {
        sb_addf(b, "     %s", label);
        add_flat(b, s);
        sb_add_char(b, '\n');
    }
}

static void
add_head(struct sb *b, const struct option *o)
{
    char day[DAY_TEXT_MAX];

    sb_addf(b, "  %d. ", (int)o->rank);
    add_flat(b, o->title);
    if (!str_is_empty(o->level)) {
        sb_addf(b, " [%.*s]", STR_FMT(o->level));
    }
    sb_addf(b, " %.*s", STR_FMT(o->status));
    if (!str_is_empty(o->jurisdiction)) {
        sb_addf(b, " (%.*s)", STR_FMT(o->jurisdiction));
    }
    if (o->status_date != DAY_NONE) {
        sb_addf(b, " as of %.*s", STR_FMT(day_format(o->status_date, day)));
    }
    sb_addf(b, "%s  {%.*s}\n", o->standing == OPTION_OPEN ? ", open: something is not known" : "",
            STR_FMT(o->id));
}

static void
add_option(struct sb *b, const struct option *o)
{
    add_head(b, o);
    add_line(b, "set aside: ", o->set_aside_by);
    add_line(b, "label:   ", o->labels);
    add_line(b, "basis:   ", o->basis);
    add_line(b, "source:  ", o->citation);
    for (size_t i = 0; i < o->reason_count; i++) {
        add_line(b, mark(o->reason[i].verdict), o->reason[i].text);
    }
    for (size_t i = 0; i < o->unchecked_count; i++) {
        add_line(b, "not checked: ", o->unchecked[i]);
    }
    add_line(b, "contact: ", o->contact);
}

static void
add_options(struct sb *b, const char *title, const struct option *o, size_t n)
{
    if (n == 0) {
        return;
    }
    sb_addf(b, "\n%s: %zu\n", title, n);
    for (size_t i = 0; i < n; i++) {
        add_option(b, &o[i]);
    }
}

void
boardtext_plain(struct sb *b, const struct boardtext_of *of, const struct match_board *m)
{
    const struct match_result *r = &m->all;

    if (of->demo) {
        sb_add_c(b, "DEMO, UNREVIEWED: no clinician has signed these options\n");
    }
    sb_addf(b, "CASE %.*s: %.*s\n", STR_FMT(str_is_absent(of->case_key) ? STR("-") : of->case_key),
            STR_FMT(str_is_absent(of->disease) ? STR("no diagnosis known") : of->disease));
    if (of->dead) {
        sb_add_c(b, "The patient has died: nothing is weighed.\n");
        return;
    }
    add_options(b, "OPTIONS TO REVIEW (not ranked against each other)", r->therapy,
                r->therapy_count);
    add_options(b, "TRIALS", r->trial, r->trial_count);
    add_options(b, "SET ASIDE", r->aside, r->aside_count);
    add_options(b, "CASE REPORTS AND PRECLINICAL EVIDENCE (in no alert)", m->evidence,
                m->evidence_count);
    add_options(b, "NOT SIGNED BY THIS SITE (in no alert)", m->shadow, m->shadow_count);
    if (r->missing_count > 0) {
        sb_add_c(b, "\nMISSING\n");
    }
    for (size_t i = 0; i < r->missing_count; i++) {
        sb_add_c(b, "  - ");
        add_flat(b, r->missing[i]);
        sb_add_char(b, '\n');
    }
    sb_add_c(b, "\nDecision support, not a decision: options to review with their basis; standard "
                "options without a biomarker are not listed.\n");
}

/* ---- JSON: the names of refract.v1.Option ---- */

static void
put_str(struct jsonout *j, const char *key, struct str s)
{
    if (!str_is_empty(s)) {
        jsonout_key(j, key);
        jsonout_str(j, s);
    }
}

static void
put_texts(struct jsonout *j, const char *key, const struct str *item, size_t n)
{
    jsonout_key(j, key);
    jsonout_list(j);
    for (size_t i = 0; i < n; i++) {
        jsonout_str(j, item[i]);
    }
    jsonout_list_end(j);
}

static void
put_reasons(struct jsonout *j, const struct option *o)
{
    jsonout_key(j, "reasons");
    jsonout_list(j);
    for (size_t i = 0; i < o->reason_count; i++) {
        jsonout_map(j);
        put_str(j, "verdict", str_from_c(verdict_name(o->reason[i].verdict)));
        put_str(j, "text", o->reason[i].text);
        if (o->reason[i].journal != 0) {
            jsonout_key(j, "journal");
            jsonout_i64(j, (int64_t)o->reason[i].journal);
        }
        jsonout_map_end(j);
    }
    jsonout_list_end(j);
}

static void
put_option(struct jsonout *j, const struct option *o)
{
    char day[DAY_TEXT_MAX];

    jsonout_map(j);
    put_str(j, "id", o->id);
    put_str(j, "kind", o->kind == OPTION_TRIAL ? STR("trial") : STR("therapy"));
    put_str(j, "title", o->title);
    put_str(j, "standing", str_from_c(option_standing_name(o->standing)));
    put_str(j, "level", o->level);
    put_str(j, "basis", o->basis);
    put_str(j, "citation", o->citation);
    put_str(j, "jurisdiction", o->jurisdiction);
    put_str(j, "status", o->status);
    if (o->status_date != DAY_NONE) {
        put_str(j, "status_date", day_format(o->status_date, day));
    }
    put_str(j, "labels", o->labels);
    put_str(j, "contact", o->contact);
    put_str(j, "set_aside_by", o->set_aside_by);
    put_reasons(j, o);
    put_texts(j, "unchecked", o->unchecked, o->unchecked_count);
    jsonout_key(j, "rank");
    jsonout_i64(j, o->rank);
    jsonout_map_end(j);
}

static void
put_options(struct jsonout *j, const char *key, const struct option *o, size_t n)
{
    jsonout_key(j, key);
    jsonout_list(j);
    for (size_t i = 0; i < n; i++) {
        put_option(j, &o[i]);
    }
    jsonout_list_end(j);
}

void
boardtext_json(struct sb *b, const struct boardtext_of *of, const struct match_board *m)
{
    const struct match_result *r = &m->all;
    struct jsonout j;

    jsonout_init(&j, b);
    jsonout_map(&j);
    put_str(&j, "case_key", of->case_key);
    put_str(&j, "disease", of->disease);
    jsonout_key(&j, "dead");
    jsonout_bool(&j, of->dead);
    jsonout_key(&j, "demo");
    jsonout_bool(&j, of->demo);
    put_options(&j, "options", r->therapy, r->therapy_count);
    put_options(&j, "trials", r->trial, r->trial_count);
    put_options(&j, "set_aside", r->aside, r->aside_count);
    put_options(&j, "board_evidence", m->evidence, m->evidence_count);
    put_options(&j, "not_signed", m->shadow, m->shadow_count);
    put_texts(&j, "missing", r->missing, r->missing_count);
    jsonout_map_end(&j);
    rfd_assert(jsonout_ok(&j));
}
