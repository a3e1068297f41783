#include "match/trialfiletext.h"

#include "wire/jsonout.h"

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
        if (v.trial == NULL || (c->trial->open && !v.trial->open)) {
            v.trial = c->trial;
        }
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

void
trialfiletext_plain(struct sb *b, const struct trial_file *f, const struct trial_set *set,
                    day_t today)
{
    const struct file_view view = view_of(f, set);
    const struct file_view *v = &view;
    char day[DAY_TEXT_MAX];

    sb_addf(b, "%.*s %s", STR_FMT(str_is_empty(f->id) ? STR("-") : f->id), openness_word(v));
    if (v->trial != NULL && v->trial->status_date != DAY_NONE)
        sb_addf(b, " as of %.*s", STR_FMT(day_format(v->trial->status_date, day)));
    if (v->trial != NULL) {
        sb_addf(b, " (%.*s%s)",
                STR_FMT(str_is_absent(v->trial->said_by) ? STR("its file") : v->trial->said_by),
                v->trial->stale_from != DAY_NONE && today >= v->trial->stale_from ? ", old" : "");
    }
    sb_addf(b, ", arms %zu, conditions %zu of %zu in use, %s\n", f->arms, v->taking, f->count,
            f->origin);
    for (const struct diag *x = f->problem; x != NULL; x = x->next) {
        sb_addf(b, "    %s:%d:%d: %s%s\n", x->file, x->line, x->col,
                x->level == DIAG_ERROR ? "" : "warning: ", x->text);
    }
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
        jsonout_str(j, str_from_c(x->text));
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

void
trialfiletext_json(struct sb *b, const struct trial_file *f, const struct trial_set *set,
                   day_t today)
{
    const struct file_view view = view_of(f, set);
    const struct file_view *v = &view;
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
