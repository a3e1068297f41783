#include "base/sort.h"
#include "conf/config.h"
#include "ctl/matchpaths.h"
#include "ctl/reading.h"
#include "ctl/rowsfile.h"
#include "ctl/verbs.h"
#include "engine/asked.h"
#include "match/trialtext.h"
#include "sys/mem.h"

enum { CLAUSE_BYTES_MAX = 4 * 1024 * 1024, LABEL_MAX = 1024 };

static const size_t PERSON_ARENA_BYTES = (size_t)2 << 30;
static const size_t PERSON_ARENA_KEEP = (size_t)4 << 20;

/* A run without a store: the facts of all messages, by identifier. Identifiers that messages link
 * are not joined here, as core would. */
struct run {
    const struct call *call;
    struct reading reading;
    struct knowledge knowledge;
    struct messages messages;
    struct fact *fact; /* by identifier, in order of arrival */
    size_t count;
    size_t room;
    struct stamp at;
};

/* ---- knowledge: the set, with the trials of --trials in place of its own ---- */

static bool
is_trial_of_set(const struct bundle_file *f)
{
    return str_starts(str_from_c(f->path), STR("trials/"));
}

static const struct bundle *
with_trials(const struct call *c, const struct bundle *set, const struct matchpaths *paths)
{
    struct bundle *b = bundle_new(c->arena);

    if (!call_has(c, OPT_TRIALS) && paths->count == 0)
        return set;
    for (size_t i = 0; i < set->count; i++) {
        if (!is_trial_of_set(&set->file[i]))
            bundle_add_bytes(b, set->file[i].path, set->file[i].origin, set->file[i].bytes);
    }
    for (size_t i = 0; i < paths->count; i++) {
        char path[32];
        struct sb name;

        sb_init(&name, path, sizeof path);
        sb_addf(&name, "trials/%06zu.yaml", i); /* two files of one name are two trials */
        bundle_add_bytes(b, sb_cz(&name), paths->file[i]->origin, paths->file[i]->bytes);
    }
    bundle_seal(b);
    return b;
}

/* Trials that cannot be read are said; they are no reason to refuse the set. */
static void
drop_unreadable(const struct call *c, struct matchpaths *paths)
{
    size_t kept = 0;

    for (size_t i = 0; i < paths->count; i++) {
        struct diags d;

        diags_init(&d, c->arena);
        if (config_tree(paths->file[i], c->arena, &d) != NULL)
            paths->file[kept++] = paths->file[i];
        rowsfile_print_diags(&d);
    }
    paths->count = kept;
}

static bool
load_knowledge(struct run *r, const struct matchpaths *paths)
{
    const struct call *c = r->call;
    const struct folders *f = &r->reading.folders;
    struct diags d;
    bool ok;

    diags_init(&d, c->arena);
    ok = knowledge_compile_bundle(with_trials(c, f->bundle, paths), &r->reading.terms, f->demo,
                                  c->arena, &d, &r->knowledge);
    rowsfile_print_diags(&d);
    return ok;
}

/* ---- facts ---- */

static void
add_fact(struct run *r, const struct fact *f, uint64_t nth, struct stamp sent)
{
    if (r->count == r->room) {
        struct fact *fresh;

        r->room = r->room == 0 ? 256 : r->room * 2;
        fresh = ARENA_ARRAY(r->call->arena, r->room, struct fact);
        for (size_t i = 0; i < r->count; i++)
            fresh[i] = r->fact[i];
        r->fact = fresh;
    }
    r->fact[r->count] = *f;
    r->fact[r->count].source.journal = nth;
    r->fact[r->count].received = sent;
    r->count++;
}

static void
read_message(struct run *r, const struct message_text *text, uint64_t nth)
{
    struct result_message m;

    reading_message(&r->reading, text, r->at, r->call->arena, &m);
    (void)reading_report(text, &m);
    if (stamp_cmp(m.sent, r->at) > 0)
        r->at = m.sent;
    for (size_t i = 0; i < m.fact_count; i++)
        add_fact(r, &m.fact[i], nth, r->at);
}

static int
by_patient(const void *a, const void *b)
{
    const struct fact *x = a;
    const struct fact *y = b;
    int c = str_cmp(x->patient.authority, y->patient.authority);

    return c != 0 ? c : str_cmp(x->patient.id, y->patient.id);
}

/* ---- answers ---- */

static struct str
label_of(struct arena *a, const struct patient_ref *p)
{
    struct sb b;

    sb_init_arena(&b, a, LABEL_MAX);
    sb_addf(&b, "%.*s:%.*s", STR_FMT(p->authority), STR_FMT(p->id));
    return sb_str(&b);
}

static void
print_clause(const struct call *c, const struct trialtext_of *of, const struct trialview *t,
             struct arena *a)
{
    struct str text;
    struct sb b;

    sb_init_arena(&b, a, CLAUSE_BYTES_MAX);
    if (call_has(c, OPT_JSON))
        trialtext_json(&b, of, t);
    else
        trialtext_plain(&b, of, t);
    text = sb_str(&b);
    call_print(str_ends(text, STR("\n")) ? str_sub(text, 0, text.n - 1) : text);
}

static void
print_case(const struct run *r, const struct asked_case *c, struct str patient, struct arena *a)
{
    const struct match_knowledge *k = &r->knowledge.match;
    const struct trialtext_of of = {.patient = patient, .case_key = c->key};
    struct expr_values v = expr_evaluate(k->table, &c->match, a);

    for (size_t i = 0; i < k->trials->count; i++) {
        size_t mark = arena_mark(a);
        struct trialview t = trialview_of(&k->trials->clause[i], &v, &c->match, a);

        print_clause(r->call, &of, &t, a);
        arena_release(a, mark);
    }
}

static void
print_person(const struct run *r, const struct fact *f, size_t count, struct arena *a)
{
    const struct engine_patient p = {.ref = f->patient, .fact = f, .fact_count = count};
    const struct engine_event ev = {.journal = r->messages.count, .at = r->at};
    struct asked_cases cases = asked_cases(&r->knowledge, &p, &ev, a);

    for (size_t i = 0; i < cases.count; i++)
        print_case(r, &cases.item[i], label_of(a, &f->patient), a);
}

static void
print_all(const struct run *r)
{
    struct arena a;
    size_t end;

    mem_arena_new(&a, PERSON_ARENA_BYTES);
    (void)arena_trap_set(&a, r->call->arena->trap);
    for (size_t from = 0; from < r->count; from = end) {
        end = from + 1;
        while (end < r->count && by_patient(&r->fact[from], &r->fact[end]) == 0)
            end++;
        print_person(r, &r->fact[from], end - from, &a);
        mem_arena_trim(&a, PERSON_ARENA_KEEP);
    }
    mem_arena_free(&a);
}

static bool
set_instant(struct run *r)
{
    const char *as_of = r->call->option[OPT_AS_OF];

    return as_of == NULL ||
           (stamp_parse(str_from_c(as_of), &r->at) && r->at.precision >= PRECISION_DAY);
}

static int
match_messages(const struct call *c)
{
    struct run *r = ARENA_NEW(c->arena, struct run);
    struct call files = *c;
    struct matchpaths paths;

    matchpaths_open(c, false, &paths);
    files.arg = paths.other;
    files.arg_count = paths.other_count;
    r->call = &files;
    r->at = stamp_of_utc(0);
    if (files.arg_count == 0)
        return call_fail(CALL_USAGE, "match takes files of messages, or --compat");
    drop_unreadable(c, &paths);
    if (!reading_open(c, &r->reading) || !load_knowledge(r, &paths) ||
        !messages_read(&files, &r->messages))
        return CALL_FAILED;
    for (size_t i = 0; i < r->messages.count; i++)
        read_message(r, &r->messages.item[i], i + 1);
    if (!set_instant(r))
        return call_fail(CALL_USAGE, "--as-of takes 2026-11-23 or 2026-11-23T10:15+01:00");
    sort_stable(c->arena, r->fact, r->count, sizeof *r->fact, by_patient);
    print_all(r);
    return CALL_OK;
}

/* Options of one way of matching mean nothing in the other. */
static const char *
stray_option(const struct call *c)
{
    static const struct {
        const char *name;
        enum call_option option;
        bool compat;
    } one_way[] = {
        {"clinical", OPT_CLINICAL, true}, {"genomic", OPT_GENOMIC, true},
        {"prior", OPT_PRIOR, true},       {"oncotree", OPT_ONCOTREE, true},
        {"age-date", OPT_AGE_DATE, true}, {"closed", OPT_CLOSED, true},
        {"deceased", OPT_DECEASED, true}, {"as-of", OPT_AS_OF, false},
        {"map", OPT_MAP, false},          {"feed", OPT_FEED, false},
    };

    for (size_t i = 0; i < RFD_COUNT(one_way); i++) {
        if (call_has(c, one_way[i].option) && one_way[i].compat != call_has(c, OPT_COMPAT))
            return one_way[i].name;
    }
    return NULL;
}

int
match_run(const struct call *c)
{
    const char *stray = stray_option(c);

    if (stray != NULL)
        return call_fail(CALL_USAGE, "match %s --compat takes no --%s",
                         call_has(c, OPT_COMPAT) ? "with" : "without", stray);
    return call_has(c, OPT_COMPAT) ? compat_run(c) : match_messages(c);
}
