#include "core/tumourboard.h"

#include "core/internal.h"
#include "core/person.h"
#include "engine/asked.h"
#include "match/boardtext.h"
#include "wire/jsonout.h"

#include <string.h>

enum { BOARD_TEXT_MAX = 8 * 1024 * 1024, FILE_TEXT_MAX = 512 * 1024 };

/* ---- board ---- */

static void
add_case(const struct core *c, const struct asked_case *of, bool json, struct lines *out)
{
    const struct boardtext_of head = {
        .case_key = of->key,
        .disease = of->match.disease == NULL ? STR_NONE : of->match.disease->name,
        .dead = of->match.dead,
        .demo = c->knowledge->demo};
    struct match_board m;
    struct sb b;

    match_board_options(&c->knowledge->match, &of->match, out->arena, &m);
    sb_init_arena(&b, out->arena, BOARD_TEXT_MAX);
    if (json) {
        boardtext_json(&b, &head, &m);
        lines_add(out, sb_str(&b));
    } else {
        boardtext_plain(&b, &head, &m);
        lines_add_text(out, sb_str(&b));
    }
}

bool
core_tumour_board(struct core *c, uint64_t patient, struct stamp now, bool json, struct lines *out)
{
    struct person_loaded p = {0};
    struct engine_event ev =
        core_event(c, store_journal_head(c->store), core_instant(c, now), false);
    struct asked_cases cases;

    if (person_load(c->store, patient, out->arena, &p) != STORE_OK)
        return false;
    cases = asked_cases(c->knowledge, &p.patient, &ev, out->arena);
    for (size_t i = 0; i < cases.count; i++)
        add_case(c, &cases.item[i], json, out);
    return true;
}

void
ask_board(struct ask *k)
{
    uint64_t number;

    if (!ask_patient(k, &number))
        ask_fail(k, 1, "no alert and no patient (AUTHORITY:ID) of that name");
    else if (!core_tumour_board(k->core, number, k->now, k->rq->json, &k->lines))
        ask_fail(k, 1, "the store did not answer");
}

/* ---- trials ---- */

/* What the site reads of a file: its first clause speaks for all, for it is one trial; arms that
 * take nobody are counted. */
struct file_view {
    const struct trial_file *file;
    const struct trial *trial; /* NULL: kept out, or it has no conditions */
    size_t taking;             /* clauses that somebody could be matched to */
};

static struct file_view
view_of(const struct trial_file *f, const struct trial_set *set)
{
    struct file_view v = {.file = f};

    for (size_t i = f->first; i < f->first + f->count; i++) {
        const struct trial_clause *c = &set->clause[i];

        v.taking += c->trial->open && !c->suspended ? 1 : 0;
        if (v.trial == NULL || (c->trial->open && !v.trial->open))
            v.trial = c->trial;
    }
    return v;
}

static const char *
openness_word(const struct file_view *v)
{
    if (v->file->kept_out)
        return "kept out";
    if (v->trial == NULL)
        return "no conditions";
    return v->taking > 0 ? "open" : v->trial->open ? "suspended" : "not open";
}

static void
add_plain(struct sb *b, const struct file_view *v, day_t today)
{
    const struct trial_file *f = v->file;
    char day[DAY_TEXT_MAX];

    sb_addf(b, "%.*s %s", STR_FMT(str_is_empty(f->id) ? STR("-") : f->id), openness_word(v));
    if (v->trial != NULL && v->trial->status_date != DAY_NONE)
        sb_addf(b, " as of %.*s", STR_FMT(day_format(v->trial->status_date, day)));
    if (v->trial != NULL)
        sb_addf(b, " (%.*s%s)",
                STR_FMT(str_is_absent(v->trial->said_by) ? STR("its file") : v->trial->said_by),
                v->trial->stale_from != DAY_NONE && today >= v->trial->stale_from ? ", old" : "");
    sb_addf(b, ", arms %zu, conditions %zu of %zu in use, %s\n", f->arms, v->taking, f->count,
            f->origin);
    for (const struct diag *x = f->problem; x != NULL; x = x->next)
        sb_addf(b, "    %s:%d:%d: %s%s\n", x->file, x->line, x->col,
                x->level == DIAG_ERROR ? "" : "warning: ", x->text);
}

static void
put_problems(struct jsonout *j, const struct trial_file *f)
{
    jsonout_key(j, "problems");
    jsonout_list(j);
    for (const struct diag *x = f->problem; x != NULL; x = x->next) {
        jsonout_map(j);
        jsonout_key(j, "level");
        jsonout_str(j, x->level == DIAG_ERROR ? STR("error") : STR("warning"));
        jsonout_key(j, "line");
        jsonout_i64(j, x->line);
        jsonout_key(j, "column");
        jsonout_i64(j, x->col);
        jsonout_key(j, "text");
        jsonout_str(j, (struct str){x->text, strlen(x->text)});
        jsonout_map_end(j);
    }
    jsonout_list_end(j);
}

static void
put_openness(struct jsonout *j, const struct trial *t, day_t today)
{
    char day[DAY_TEXT_MAX];

    jsonout_key(j, "status");
    jsonout_str(j, t->status);
    jsonout_key(j, "said_by");
    jsonout_str(j, str_is_absent(t->said_by) ? STR("its file") : t->said_by);
    if (t->status_date != DAY_NONE) {
        jsonout_key(j, "as_of");
        jsonout_str(j, day_format(t->status_date, day));
    }
    jsonout_key(j, "old");
    jsonout_bool(j, t->stale_from != DAY_NONE && today >= t->stale_from);
    jsonout_key(j, "own");
    jsonout_bool(j, t->own);
}

static void
add_json(struct sb *b, const struct file_view *v, day_t today)
{
    const struct trial_file *f = v->file;
    struct jsonout j;

    jsonout_init(&j, b);
    jsonout_map(&j);
    jsonout_key(&j, "id");
    jsonout_str(&j, str_is_absent(f->id) ? STR("") : f->id);
    jsonout_key(&j, "file");
    jsonout_str(&j, str_from_c(f->origin));
    jsonout_key(&j, "openness");
    jsonout_str(&j, str_from_c(openness_word(v)));
    jsonout_key(&j, "kept_out");
    jsonout_bool(&j, f->kept_out);
    jsonout_key(&j, "arms");
    jsonout_i64(&j, (int64_t)f->arms);
    jsonout_key(&j, "conditions");
    jsonout_i64(&j, (int64_t)f->count);
    jsonout_key(&j, "conditions_in_use");
    jsonout_i64(&j, (int64_t)v->taking);
    if (v->trial != NULL)
        put_openness(&j, v->trial, today);
    put_problems(&j, f);
    jsonout_map_end(&j);
}

void
ask_trials(struct ask *k)
{
    const struct match_knowledge *m = &k->core->knowledge->match;
    day_t today = stamp_day(core_instant(k->core, k->now));

    for (size_t i = 0; i < m->files->count; i++) {
        struct file_view v = view_of(&m->files->item[i], m->trials);
        struct sb b;

        sb_init_arena(&b, k->arena, FILE_TEXT_MAX);
        if (k->rq->json) {
            add_json(&b, &v, today);
            lines_add(&k->lines, sb_str(&b));
        } else {
            add_plain(&b, &v, today);
            lines_add_text(&k->lines, sb_str(&b));
        }
    }
    if (!k->rq->json)
        lines_addf(&k->lines, "%zu trial files, %zu kept out", m->files->count,
                   m->files->kept_out);
}
