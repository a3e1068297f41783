#include "match/compat.h"

#include "conf/config.h"
#include "conf/yaml.h"
#include "ctl/folders.h"
#include "ctl/matchpaths.h"
#include "ctl/rowsfile.h"
#include "ctl/verbs.h"
#include "sys/clock.h"
#include "sys/mem.h"
#include "wire/jsonout.h"

/* A sample's id is at most some 40 bytes; this is room for as many patients as fit in memory. */
static const size_t LINE_BYTES_MAX = (size_t)256 << 20;
static const size_t ANSWER_ARENA_BYTES = (size_t)1 << 30;
static const size_t ANSWER_ARENA_KEEP = (size_t)4 << 20;

/* A trial with the samples that match it. */
struct answer {
    const char *name;
    struct compat_trial trial;
    struct str *sample;
    size_t count;
};

struct run {
    const struct call *call;
    struct expr_table table;
    struct match_terms terms;
    struct rows_terms rows;
    struct compat_rules rules;
    struct compat_patients patients;
    struct answer *answer;
    size_t count;
};

static bool
read_rules(struct run *r)
{
    const struct call *c = r->call;

    r->rules.closed = call_has(c, OPT_CLOSED);
    r->rules.deceased = call_has(c, OPT_DECEASED);
    r->rules.today = stamp_day(stamp_of_utc(clock_wall_s()));
    return !call_has(c, OPT_AGE_DATE) ||
           day_parse(str_from_c(c->option[OPT_AGE_DATE]), &r->rules.today);
}

static bool
read_diagnoses(struct run *r, const char *path)
{
    struct str bytes;
    struct tree *t;
    struct diags d;
    bool ok;

    if (!call_read_file(r->call, path, &bytes))
        return false;
    diags_init(&d, r->call->arena);
    ok = yaml_read(bytes, path, r->call->arena, &d, &t) && tree_is(t, TREE_MAP, &d);
    rowsfile_print_diags(&d);
    r->rows.diagnoses = t;
    return ok;
}

/* The table of --oncotree, else our own. */
static bool
read_oncotree(struct run *r)
{
    struct terms *terms;
    struct folders f;

    if (call_has(r->call, OPT_ONCOTREE))
        return read_diagnoses(r, r->call->option[OPT_ONCOTREE]);
    terms = ARENA_NEW(r->call->arena, struct terms);
    if (!folders_open(r->call, &f) || !folders_terms(r->call, &f, terms))
        return false;
    r->terms.oncotree = &terms->oncotree;
    return true;
}

static bool
read_rows(const struct call *c, enum call_option o, struct rowsfile *out)
{
    *out = (struct rowsfile){NULL, 0};
    return !call_has(c, o) || rowsfile_read(c, c->option[o], out);
}

static bool
read_patients(struct run *r)
{
    const struct call *c = r->call;
    struct rowsfile clinical;
    struct rowsfile genomic;
    struct rowsfile prior;
    struct compat_files all;
    struct diags d;

    if (!read_rows(c, OPT_CLINICAL, &clinical) || !read_rows(c, OPT_GENOMIC, &genomic) ||
        !read_rows(c, OPT_PRIOR, &prior))
        return false;
    all = (struct compat_files){clinical.row,  clinical.count, genomic.row,
                                genomic.count, prior.row,      prior.count};
    diags_init(&d, c->arena);
    r->patients = compat_join(&all, c->arena, &d);
    rowsfile_print_diags(&d);
    return true;
}

/* A file that cannot be read has said so, and has no answer. */
static void
add_trial(struct run *r, const struct bundle_file *f)
{
    struct answer *out = &r->answer[r->count];
    struct tree *t;
    struct diags d;
    struct expr_build b = {
        .table = &r->table, .terms = &r->terms, .diags = &d, .lenient = true, .rows = &r->rows};

    diags_init(&d, r->call->arena);
    t = config_tree(f, r->call->arena, &d);
    if (t != NULL && (compat_trial_compile(&b, t, &out->trial) || out->trial.count > 0)) {
        out->name = f->origin;
        out->sample = ARENA_ARRAY(r->call->arena, r->patients.count, struct str);
        r->count++;
    }
    rowsfile_print_diags(&d);
}

static void
ask(struct run *r, const struct compat_patient *p, struct arena *a)
{
    struct expr_values v = compat_ask(&r->table, p, &r->rules, a);

    for (size_t i = 0; i < r->count; i++) {
        struct answer *x = &r->answer[i];

        if (compat_matches(&x->trial, &r->rules, &v))
            x->sample[x->count++] = p->sample;
    }
}

static void
ask_all(struct run *r)
{
    struct arena a;

    mem_arena_new(&a, ANSWER_ARENA_BYTES);
    (void)arena_trap_set(&a, r->call->arena->trap);
    for (size_t i = 0; i < r->patients.count; i++) {
        ask(r, &r->patients.item[i], &a);
        mem_arena_trim(&a, ANSWER_ARENA_KEEP);
    }
    mem_arena_free(&a);
}

static void
print_answer(const struct run *r, const struct answer *x)
{
    size_t mark = arena_mark(r->call->arena);
    struct jsonout j;
    struct sb b;

    sb_init_arena(&b, r->call->arena, LINE_BYTES_MAX);
    jsonout_init(&j, &b);
    jsonout_map(&j);
    jsonout_key(&j, "trial_file");
    jsonout_c(&j, x->name);
    jsonout_key(&j, "samples");
    jsonout_list(&j);
    for (size_t i = 0; i < x->count; i++) {
        if (i == 0 || !str_eq(x->sample[i - 1], x->sample[i]))
            jsonout_str(&j, x->sample[i]);
    }
    jsonout_list_end(&j);
    jsonout_map_end(&j);
    rfd_assert(jsonout_ok(&j));
    call_print(sb_str(&b));
    arena_release(r->call->arena, mark);
}

int
compat_run(const struct call *c)
{
    struct run *r = ARENA_NEW(c->arena, struct run);
    struct matchpaths paths;

    r->call = c;
    if (!call_has(c, OPT_TRIALS) || !call_has(c, OPT_CLINICAL))
        return call_fail(CALL_USAGE, "match --compat takes --trials PATH and --clinical FILE");
    if (!read_rules(r))
        return call_fail(CALL_USAGE, "--age-date takes 2026-11-23");
    if (!read_oncotree(r) || !read_patients(r))
        return CALL_FAILED;
    expr_table_init(&r->table, c->arena);
    matchpaths_open(c, true, &paths);
    r->answer = ARENA_ARRAY(c->arena, paths.count, struct answer);
    for (size_t i = 0; i < paths.count; i++)
        add_trial(r, paths.file[i]);
    ask_all(r);
    for (size_t i = 0; i < r->count; i++)
        print_answer(r, &r->answer[i]);
    return CALL_OK;
}
