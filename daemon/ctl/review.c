#define _GNU_SOURCE /* strerrordesc_np() */
#include "ctl/review.h"

#include "base/sort.h"
#include "sys/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    ROWS_MAX = 10000,
    SERIES_TOLD_MAX = 12, /* of the latest results that the rule reads */
    THERAPY_TOLD_MAX = 8,
    LINE_BYTES_MAX = 64 * 1024,
    CASE_MAX = 32,
    PATH_MAX_TEXT = 1024,
};

/* One case of the sheet. */
struct row {
    size_t patient; /* index */
    size_t rule;
    char case_key[CASE_MAX];
    bool finding;
};

/* A random sample of one half, of as many as came by (reservoir, Vitter 1985). */
struct half {
    struct row *row;
    size_t count;
    size_t room;
    uint64_t seen;
};

struct sheet {
    struct backtest *bt;
    const struct knowledge *knowledge; /* the other rules when there are any */
    struct half half[2];               /* non-findings, findings */
    uint64_t (*of_rule)[2];            /* how many there are of each, by rule */
    uint64_t random;
    FILE *out;
    FILE *key;
};

/* Steele 2014, SplitMix64: the same sheet for the same store, rules and size. */
static uint64_t
random_next(struct sheet *s, uint64_t below)
{
    uint64_t z = s->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % below;
}

static void
offer(struct sheet *s, const struct row *r)
{
    struct half *h = &s->half[r->finding];
    uint64_t at = h->seen++;

    s->of_rule[r->rule][r->finding]++;
    if (h->count < h->room)
        h->row[h->count++] = *r;
    else if ((at = random_next(s, at + 1)) < h->room)
        h->row[at] = *r;
}

struct look {
    struct timeline timeline;
    struct found_list found;
};

static struct look
look_now(struct sheet *s, const struct backtest_patient *p)
{
    struct backtest *b = s->bt;
    struct look l = {.timeline = timeline_build(&b->arena, p->fact, p->fact_count, b->now)};
    struct cases cases = cases_of(&l.timeline, s->knowledge->oncotree);

    l.found = find_all(s->knowledge, &l.timeline, &cases);
    return l;
}

static size_t
rule_index(const struct sheet *s, const struct rule_head *head)
{
    size_t i = 0;

    while (&s->knowledge->rules.rule[i].head != head)
        i++;
    return i;
}

/* What could be evaluated today, for the line of today. */
static void
gather(struct sheet *s)
{
    for (size_t i = 0; i < s->bt->patient_count; i++) {
        struct backtest_patient p;
        struct look l;

        if (!backtest_load(s->bt, i, &p))
            continue;
        l = look_now(s, &p);
        for (size_t k = 0; k < l.found.count; k++) {
            const struct found *x = &l.found.item[k];
            struct row r = {.patient = i, .rule = rule_index(s, x->finding.rule)};

            if (x->past || x->finding.status == FINDING_NOT_EVALUABLE ||
                x->tumour->key.n >= CASE_MAX)
                continue;
            r.finding = x->finding.status != FINDING_NOT_MET;
            memcpy(r.case_key, x->tumour->key.p, x->tumour->key.n);
            offer(s, &r);
        }
    }
}

/* --- the evidence, told alike whatever the rule found */

static bool
is_read_by(const struct rule *r, const struct fact *f)
{
    switch (r->series.kind) {
    case SERIES_ANALYTE:
        return f->kind == FACT_OBSERVATION && str_eq(f->u.observation.analyte, r->series.analyte);
    case SERIES_RESPONSE: return f->kind == FACT_RESPONSE;
    case SERIES_VARIANT: return f->kind == FACT_VARIANT || f->kind == FACT_NEGATIVE;
    case SERIES_BIOMARKER: return f->kind == FACT_BIOMARKER;
    case SERIES_KIND_COUNT: break;
    }
    return false;
}

static bool
is_therapy(const struct rule *r, const struct fact *f)
{
    (void)r;
    return f->kind == FACT_THERAPY && f->u.therapy.action != THERAPY_DOSE;
}

typedef bool fact_wanted(const struct rule *r, const struct fact *f);

static void
tell_latest(struct sb *b, const struct rule *r, const struct timeline *t, fact_wanted *wanted,
            size_t max)
{
    size_t from = t->count;

    for (size_t n = 0; from > 0 && n < max; from--)
        n += wanted(r, t->item[from - 1].fact);
    for (size_t i = from; i < t->count; i++) {
        if (!wanted(r, t->item[i].fact))
            continue;
        if (sb_str(b).n > 0)
            sb_add_c(b, "; ");
        sb_add(b, evidence_text(t->arena, t->item[i].fact));
    }
}

/* A cell of CSV; what a spreadsheet would take for a formula is marked as text. */
static void
print_cell(FILE *to, struct str s, bool last)
{
    (void)fputc('"', to);
    if (s.n > 0 && strchr("=+-@", s.p[0]) != NULL)
        (void)fputc('\'', to);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            (void)fputc('"', to);
        (void)fputc(s.p[i] == '\n' || s.p[i] == '\r' ? ' ' : s.p[i], to);
    }
    (void)fputs(last ? "\"\n" : "\",", to);
}

static void
print_case(struct sheet *s, size_t number, const struct row *r)
{
    const struct rule *rule = &s->knowledge->rules.rule[r->rule];
    struct backtest_patient p;
    struct timeline t;
    struct sb b;
    char day[DAY_TEXT_MAX];

    if (!backtest_load(s->bt, r->patient, &p))
        return;
    t = timeline_build(&s->bt->arena, p.fact, p.fact_count, s->bt->now);
    (void)fprintf(s->out, "%zu,\"P%llu/%s\",", number, (unsigned long long)p.number, r->case_key);
    print_cell(s->out, rule->head.id, false);
    print_cell(s->out, rule->head.title, false);
    print_cell(s->out, day_format(t.today, day), false);
    sb_init_arena(&b, &s->bt->arena, LINE_BYTES_MAX);
    tell_latest(&b, rule, &t, is_therapy, THERAPY_TOLD_MAX);
    tell_latest(&b, rule, &t, is_read_by, SERIES_TOLD_MAX);
    print_cell(s->out, sb_str(&b), false);
    (void)fputs(",\n", s->out);
    (void)fprintf(s->key, "%zu,%.*s,%s\n", number, STR_FMT(rule->head.id),
                  r->finding ? "finding" : "none");
}

/* Both halves as one list in random order (Fisher and Yates). */
static size_t
shuffled(struct sheet *s, struct row *all)
{
    size_t n = 0;

    for (size_t h = 0; h < RFD_COUNT(s->half); h++)
        for (size_t i = 0; i < s->half[h].count; i++)
            all[n++] = s->half[h].row[i];
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)random_next(s, i);
        struct row swap = all[i - 1];

        all[i - 1] = all[k];
        all[k] = swap;
    }
    return n;
}

static void
print_sheet(struct sheet *s)
{
    struct row *all = ARENA_ARRAY(s->bt->call->arena, s->half[0].room * 2, struct row);
    size_t n = shuffled(s, all);

    (void)fputs("number,case,rule,question,as of,evidence,answer (yes no unclear),comment\n",
                s->out);
    (void)fputs("number,rule,verdict\n", s->key);
    for (size_t i = 0; i < n; i++)
        print_case(s, i + 1, &all[i]);
    for (size_t r = 0; r < s->knowledge->rules.count; r++) {
        if (s->of_rule[r][0] + s->of_rule[r][1] > 0) {
            (void)fprintf(
                s->key, "all,%.*s,%llu,%llu\n", STR_FMT(s->knowledge->rules.rule[r].head.id),
                (unsigned long long)s->of_rule[r][1], (unsigned long long)s->of_rule[r][0]);
        }
    }
    (void)fprintf(stderr, "%zu cases: %zu findings of %llu, %zu non-findings of %llu\n", n,
                  s->half[1].count, (unsigned long long)s->half[1].seen, s->half[0].count,
                  (unsigned long long)s->half[0].seen);
}

/* Patients' results are in it: for its owner only, and no other file is written over. */
static FILE *
create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

    if (f == NULL) {
        (void)call_fail(CALL_FAILED, "%s: %s", path, strerrordesc_np(errno));
        if (fd >= 0)
            (void)close(fd);
    }
    return f;
}

static bool
done(FILE *f, const char *path)
{
    bool ok = ferror(f) == 0;

    ok = fclose(f) == 0 && ok;
    if (!ok)
        (void)call_fail(CALL_FAILED, "%s could not be written", path);
    return ok;
}

static const char *
key_path(const struct call *c, const char *path)
{
    struct sb b;

    sb_init_arena(&b, c->arena, PATH_MAX_TEXT);
    sb_addf(&b, "%s.key", path);
    return sb_ok(&b) ? sb_cz(&b) : path;
}

int
review_sample(struct backtest *b)
{
    const struct call *c = b->call;
    const char *key = key_path(c, c->arg[0]);
    struct sheet s = {.bt = b, .knowledge = b->has_other ? &b->other : &b->current};
    uint64_t n;
    bool ok;

    if (!str_to_u64(str_from_c(c->option[OPT_REVIEW_SAMPLE]), &n) || n < 2 || n > ROWS_MAX)
        return call_fail(CALL_USAGE, "--review-sample takes a number from 2 to %d", ROWS_MAX);
    s.random = n;
    s.of_rule = arena_array(c->arena, s.knowledge->rules.count + 1, sizeof(*s.of_rule));
    for (size_t h = 0; h < RFD_COUNT(s.half); h++) {
        s.half[h].room = (size_t)(n / 2);
        s.half[h].row = ARENA_ARRAY(c->arena, s.half[h].room, struct row);
    }
    s.out = create(c->arg[0]);
    if (s.out == NULL)
        return CALL_FAILED;
    s.key = create(key);
    if (s.key == NULL) {
        (void)done(s.out, c->arg[0]);
        return CALL_FAILED;
    }
    gather(&s);
    print_sheet(&s);
    ok = done(s.out, c->arg[0]);
    return done(s.key, key) && ok ? CALL_OK : CALL_FAILED;
}
