#include "match/trialfile.h"

static size_t
arms_of(const struct tree *file)
{
    const struct tree *steps = tree_get(tree_get(file, "treatment_list"), "step");
    size_t n = 0;

    for (size_t i = 0; i < tree_len(steps); i++) {
        n += tree_len(tree_get(tree_at(steps, i), "arm"));
    }
    return n;
}

static struct str
id_of(const struct tree *file)
{
    static const char *const key[] = {"protocol_no", "nct_id", "trial_internal_id"};

    for (size_t i = 0; i < RFD_COUNT(key) && file != NULL && file->kind == TREE_MAP; i++) {
        const struct tree *t = tree_get(file, key[i]);

        if (!tree_is_absent(t) && t->kind == TREE_SCALAR && !str_is_empty(str_trim(t->text))) {
            return str_trim(t->text);
        }
    }
    return STR_NONE;
}

/* Of a file that is kept out even an error is a warning: the set serves without it. */
static void
say(const struct trial_file *f, struct diags *d)
{
    for (const struct diag *x = f->problem; x != NULL; x = x->next) {
        diag_warn(d, x->file, x->line, x->col, "%s%s",
                  x->level == DIAG_ERROR ? "this trial is kept out: " : "", x->text);
    }
}

static void
compile_one(struct expr_build *b, struct trial_source *src, struct trial_set *set,
            struct trial_file *out)
{
    struct diags *all = b->diags;

    *out = (struct trial_file){.origin = src->origin, .id = id_of(src->tree), .first = set->count};
    b->diags = &src->read;
    out->kept_out = src->tree == NULL || !trial_compile(b, src->tree, set) || src->read.errors > 0;
    b->diags = all;
    if (out->kept_out) {
        set->count = out->first; /* half a trial would be another trial */
    } else {
        out->arms = arms_of(src->tree);
    }
    out->count = set->count - out->first;
    out->problem = src->read.first;
    out->problem_count = src->read.errors + src->read.warnings;
    say(out, all);
}

void
trialfile_compile(struct expr_build *b, const struct trial_sources *src, struct trial_set *set,
                  struct trial_files *files)
{
    bool lenient = b->lenient;

    files->item = ARENA_ARRAY(b->table->arena, src->count, struct trial_file);
    b->lenient = true;
    for (size_t i = 0; i < src->count; i++) {
        compile_one(b, &src->item[i], set, &files->item[i]);
        files->kept_out += files->item[i].kept_out ? 1 : 0;
    }
    b->lenient = lenient;
    files->count = src->count;
}
