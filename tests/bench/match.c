/* One patient against many trial arms: the DAG behind its gates, beside a plain recursive walk of
 * the same trees; one changed fact; arms that do not concern the patient; memory. Arms are clones
 * of real ones (config/trials and, where it is there, the shared folder of CTML), each with other
 * genes and another disease, always the same. */
#include "../aid/shipped.h"
#include "base/sb.h"
#include "bench.h"
#include "conf/yaml.h"
#include "match/answer.h"
#include "match/rematch.h"
#include "sys/mem.h"

#include <stdio.h>
#include <stdlib.h>

enum { GENES_MORE = 400, GENES_MAX = 1000, FACTS = 24, OWN = 200, RUNS_MIN = 3 };

/* What clones are made of. */
struct stock {
    const struct knowledge_set *set;
    const struct tree **match; /* match lists of real arms */
    size_t count;
    struct str gene[GENES_MAX];
    size_t gene_count;
    uint64_t seed;
};

static size_t
below(struct stock *s, size_t n)
{
    s->seed ^= s->seed << 13;
    s->seed ^= s->seed >> 7;
    s->seed ^= s->seed << 17;
    return (size_t)(s->seed % n);
}

static void
collect(struct stock *s, const struct tree *t, size_t room)
{
    for (size_t i = 0; i < tree_len(t); i++) {
        if (t->kind != TREE_MAP) {
            collect(s, tree_at(t, i), room);
        } else if (!str_eq_c(tree_key_at(t, i)->text, "match")) {
            collect(s, tree_at(t, i), room);
        } else if (s->count < room && tree_len(tree_at(t, i)) > 0) {
            s->match[s->count++] = tree_at(t, i);
        }
    }
}

static void
collect_genes(struct stock *s, const struct tree *t)
{
    for (size_t i = 0; t != NULL && t->kind != TREE_SCALAR && i < tree_len(t); i++) {
        const struct tree *v = tree_at(t, i);

        if (t->kind == TREE_MAP && str_eq_c(tree_key_at(t, i)->text, "hugo_symbol") &&
            v->kind == TREE_SCALAR && !str_starts(v->text, STR("!")) &&
            s->gene_count < GENES_MAX - GENES_MORE)
            s->gene[s->gene_count++] = v->text;
        collect_genes(s, v);
    }
}

static struct str
numbered(struct arena *a, const char *what, size_t n)
{
    struct sb b;

    sb_init_arena(&b, a, 40);
    sb_addf(&b, "%s%zu", what, n);
    return sb_str(&b);
}

static void
stock_fill(struct stock *s, const char *list, struct arena *a)
{
    enum { ROOM = 4096 };
    size_t count;
    struct str *file = bench_files(a, list, &count);

    *s = (struct stock){.set = shipped_knowledge(a), .seed = 20261123};
    s->match = ARENA_ARRAY(a, ROOM, const struct tree *);
    for (size_t i = 0; i < count; i++) {
        struct tree *t = NULL;
        struct diags d;

        diags_init(&d, a);
        if (yaml_read(file[i], "trial", a, &d, &t))
            collect(s, t, ROOM);
    }
    for (size_t i = 0; i < s->count; i++)
        collect_genes(s, s->match[i]);
    for (size_t i = 0; i < GENES_MORE; i++)
        s->gene[s->gene_count++] = numbered(a, "GENE", i);
    if (s->count == 0)
        bench_fail("no trial could be read");
}

/* ---- clones ---- */

enum aim {
    AIM_ANY,     /* any disease of the OncoTree */
    AIM_FOREIGN, /* of a blood cancer: not the patient's */
    AIM_OWN,     /* lung */
};

static struct str
other_disease(struct stock *s, enum aim aim)
{
    const struct oncotree *t = &s->set->terms.oncotree;

    for (;;) {
        const struct oncotree_node *n = &t->node[below(s, t->count)];

        if (aim == AIM_OWN)
            return STR("Lung");
        if (n->parent >= 0 && (aim == AIM_ANY || n->liquid))
            return n->name;
    }
}

/* A sign stays, and so do _SOLID_ and _LIQUID_ where any disease will do. */
static struct str
other_value(struct stock *s, struct str key, struct str was, enum aim aim, struct arena *a)
{
    bool sign = str_starts(was, STR("!"));

    if (str_eq_c(key, "hugo_symbol") && below(s, 4) != 0)
        return sign ? str_cat(a, STR("!"), s->gene[below(s, s->gene_count)])
                    : s->gene[below(s, s->gene_count)];
    if (!str_eq_c(key, "oncotree_primary_diagnosis"))
        return was;
    if (aim == AIM_ANY && str_starts(was, STR("_")))
        return was;
    if (aim != AIM_ANY && sign)
        return was;
    return sign ? str_cat(a, STR("!"), other_disease(s, aim)) : other_disease(s, aim);
}

static struct tree *
clone(struct stock *s, const struct tree *t, struct str key, enum aim aim, struct arena *a)
{
    struct tree_place at = {"clone", 1, 1};
    struct tree *out;

    if (t->kind == TREE_SCALAR)
        return tree_scalar(a, at, other_value(s, key, t->text, aim, a), t->quoted);
    out = t->kind == TREE_MAP ? tree_map(a, at) : tree_seq(a, at);
    for (size_t i = 0; i < tree_len(t); i++) {
        if (t->kind == TREE_MAP)
            tree_map_add(a, out, tree_scalar(a, at, tree_key_at(t, i)->text, false),
                         clone(s, tree_at(t, i), tree_key_at(t, i)->text, aim, a));
        else
            tree_seq_add(a, out, clone(s, tree_at(t, i), key, aim, a));
    }
    return out;
}

static void
put(struct tree *map, const char *key, struct tree *value, struct arena *a)
{
    tree_map_add(a, map, tree_scalar(a, (struct tree_place){"clone", 1, 1}, str_from_c(key), false),
                 value);
}

static bool
asks_a_disease(const struct tree *t)
{
    for (size_t i = 0; t->kind != TREE_SCALAR && i < tree_len(t); i++) {
        const struct tree *v = tree_at(t, i);

        if (asks_a_disease(v) ||
            (t->kind == TREE_MAP && v->kind == TREE_SCALAR && !str_starts(v->text, STR("!")) &&
             str_eq_c(tree_key_at(t, i)->text, "oncotree_primary_diagnosis")))
            return true;
    }
    return false;
}

static const struct tree *
clone_trial(struct stock *s, size_t n, enum aim aim, struct arena *a)
{
    struct tree_place at = {"clone", 1, 1};
    struct tree *t = tree_map(a, at);
    const struct tree *match;

    do
        match = s->match[below(s, s->count)];
    while (aim != AIM_ANY && !asks_a_disease(match));
    put(t, "protocol_no", tree_scalar(a, at, numbered(a, "B", n), false), a);
    put(t, "status", tree_scalar(a, at, STR("open to accrual"), false), a);
    put(t, "phase", tree_scalar(a, at, STR("II"), false), a);
    put(t, "match", clone(s, match, STR("match"), aim, a), a);
    return t;
}

/* All that stays of so many arms. */
struct arms {
    struct arena trees;
    struct arena kept;
    struct expr_table table;
    struct trial_set set;
    struct gate_index gates;
    struct rematch_index index;
};

static void
arms_begin(struct arms *x)
{
    *x = (struct arms){.set = {.count = 0}};
    mem_arena_new(&x->trees, (size_t)8 << 30);
    mem_arena_new(&x->kept, (size_t)4 << 30);
    expr_table_init(&x->table, &x->kept);
}

static void
arms_add(struct arms *x, struct stock *s, size_t count, enum aim aim)
{
    struct match_terms terms = {.oncotree = &s->set->terms.oncotree};

    for (size_t i = 0; i < count; i++) {
        struct diags d;
        struct expr_build b = {&x->table, &terms, &d, true, NULL};

        diags_init(&d, &x->trees);
        if (!trial_compile(&b, clone_trial(s, x->set.count, aim, &x->trees), &x->set))
            bench_fail("a clone does not compile");
    }
}

static void
arms_end(struct arms *x, const struct stock *s)
{
    gate_index_build(&x->table, &x->set, &s->set->terms.oncotree, &x->kept, &x->gates);
    x->set.gates = &x->gates;
    rematch_index_build(&x->table, &x->set, &x->kept, &x->index);
}

static void
arms_free(struct arms *x)
{
    mem_arena_free(&x->trees);
    mem_arena_free(&x->kept);
}

/* ---- the patient ---- */

static struct fact
fact_of(enum fact_kind kind, day_t day, size_t n)
{
    return (struct fact){.kind = kind,
                         .status = FACT_FINAL,
                         .patient = {STR("BENCH"), STR("1")},
                         .collected = stamp_of_day(day, 0),
                         .status_time = stamp_of_day(day, 0),
                         .received = stamp_of_day(day, 0),
                         .source.journal = n + 1};
}

/* Lung cancer, EGFR L858R and T790M beside others, a panel, PD-L1, laboratory, two therapies. */
static size_t
facts_of(struct fact *f, day_t today)
{
    static const char *const gene[][2] = {{"EGFR", "L858R"}, {"TP53", "R175H"}, {"MET", NULL}};
    static const struct str panel[] = {{"KRAS", 4}, {"BRAF", 4}, {"ALK:fusion", 10},
                                       {"RET", 3},  {"ROS1", 4}, {"ERBB2", 5}};
    static const struct str classes[] = {{"egfr_tki", 8}, {"osimertinib", 11}};
    size_t n = 0;

    for (size_t i = 0; i < RFD_COUNT(gene); i++, n++) {
        f[n] = fact_of(FACT_VARIANT, today - 90, n);
        f[n].u.variant.gene = str_from_c(gene[i][0]);
        f[n].u.variant.name = gene[i][1] == NULL ? STR("amplification") : str_from_c(gene[i][1]);
        f[n].u.variant.category = gene[i][1] == NULL ? VARIANT_COPY_GAIN : VARIANT_MUTATION;
        f[n].u.variant.present = true;
        f[n].u.variant.source = STR("tissue");
    }
    f[n] = fact_of(FACT_NEGATIVE, today - 90, n);
    f[n++].u.negative = (struct negative){
        .panel = STR("p"), .genes = panel, .gene_count = RFD_COUNT(panel), .source = STR("tissue")};
    f[n] = fact_of(FACT_BIOMARKER, today - 90, n);
    f[n++].u.biomarker = (struct biomarker){
        .name = STR("pdl1"), .number = {CMP_EQ, {55, 0}, true}, .unit = STR("%TPS")};
    f[n] = fact_of(FACT_PERFORMANCE, today - 5, n);
    f[n++].u.performance = (struct performance){STR("ecog"), 1};
    for (size_t i = 0; i < 8; i++, n++) {
        f[n] = fact_of(FACT_OBSERVATION, today - 7 * (day_t)i, n);
        f[n].u.observation.analyte = i % 2 == 0 ? STR("creatinine") : STR("hemoglobin");
        f[n].u.observation.value = (struct quantity){CMP_EQ, {11, -1}, true};
        f[n].u.observation.unit = STR("mg/dL");
    }
    for (size_t i = 0; i < 6; i++, n++) {
        f[n] = fact_of(FACT_THERAPY, today - 200 + 30 * (day_t)i, n);
        f[n].u.therapy = (struct therapy){.action = THERAPY_DOSE,
                                          .rung = THERAPY_GIVEN,
                                          .drug = STR("osimertinib"),
                                          .classes = classes,
                                          .class_count = 2,
                                          .cover_days = 40};
    }
    return n;
}

struct person {
    struct timeline timeline;
    struct therapies therapies;
    struct match_case match;
};

static const struct match_case *
person_of(struct person *p, const struct stock *s, const struct fact *f, size_t count, day_t today,
          struct arena *a)
{
    p->timeline = timeline_build(a, f, count, stamp_of_day(today, 0));
    p->therapies = course_build(&p->timeline);
    p->match = (struct match_case){.timeline = &p->timeline,
                                   .therapies = &p->therapies,
                                   .disease = oncotree_code(&s->set->terms.oncotree, STR("LUAD")),
                                   .birth = stamp_of_day(0, 0),
                                   .sex = SEX_FEMALE,
                                   .today = today};
    return &p->match;
}

/* ---- the two ways ---- */

/* A plain walk: each arm its own tree, each leaf asked where it stands. */
static enum kleene
naive(const struct expr_table *t, int32_t id, const struct match_case *c)
{
    const struct expr_node *n = &t->node[id];
    enum kleene k = n->kind == EXPR_AND ? K_TRUE : K_FALSE;

    if (n->kind == EXPR_LEAF) {
        k = answer_evaluate(&t->leaf[n->first], c).k;
        return k == K_UNKNOWN && (n->roles & (1u << ROLE_LINE | 1u << ROLE_OTHER)) != 0 ? K_TRUE
                                                                                        : k;
    }
    for (size_t i = 0; i < n->count; i++) {
        enum kleene one = naive(t, t->kid[n->first + i], c);

        k = n->kind == EXPR_AND ? k_and(k, one) : k_or(k, one);
        if (k == (n->kind == EXPR_AND ? K_FALSE : K_TRUE))
            break;
    }
    return k;
}

static bool
may_be_shown(const struct arms *x, size_t i)
{
    uint32_t roles = x->table.node[x->set.clause[i].root].roles;

    return (roles & (1u << ROLE_DISEASE | 1u << ROLE_BIOMARKER)) != 0;
}

static size_t
fit_naive(const struct arms *x, const struct match_case *c)
{
    size_t n = 0;

    for (size_t i = 0; i < x->set.count; i++)
        n += may_be_shown(x, i) && naive(&x->table, x->set.clause[i].root, c) == K_TRUE ? 1 : 0;
    return n;
}

static size_t
fit_gated(const struct arms *x, const struct match_case *c, struct arena *a)
{
    struct gate_clauses may = gate_open(&x->gates, c, a);
    struct expr_values v = expr_begin(&x->table, c, a);
    size_t n = 0;

    for (size_t i = 0; i < may.count; i++)
        n += expr_view(&v, x->set.clause[may.clause[i]].root, VIEW_FIT) == K_TRUE ? 1 : 0;
    return n;
}

struct timing {
    const struct stock *stock;
    double seconds;
    struct fact fact[FACTS];
    size_t count;
    day_t today;
};

/* Best of several, in milliseconds; from the facts on, as each message has it. */
static double
gated_ms(const struct timing *m, const struct arms *x, size_t *fitting)
{
    double begin = bench_now();
    double best = 1e9;
    struct arena a;

    mem_arena_new(&a, (size_t)1 << 30);
    for (int run = 0; run < RUNS_MIN || bench_now() - begin < m->seconds; run++) {
        double t = bench_now();
        struct person p;

        *fitting = fit_gated(x, person_of(&p, m->stock, m->fact, m->count, m->today, &a), &a);
        t = (bench_now() - t) * 1000;
        best = t < best ? t : best;
        arena_reset(&a);
    }
    mem_arena_free(&a);
    return best;
}

static double
naive_ms(const struct timing *m, const struct arms *x, size_t *fitting)
{
    double begin = bench_now();
    double best = 1e9;
    struct arena a;

    mem_arena_new(&a, (size_t)1 << 30);
    for (int run = 0; run < RUNS_MIN || bench_now() - begin < m->seconds; run++) {
        double t = bench_now();
        struct person p;

        *fitting = fit_naive(x, person_of(&p, m->stock, m->fact, m->count, m->today, &a));
        t = (bench_now() - t) * 1000;
        best = t < best ? t : best;
        arena_reset(&a);
    }
    mem_arena_free(&a);
    return best;
}

/* A variant comes and goes; answers are kept. */
static double
change_ms(const struct timing *m, const struct arms *x)
{
    double begin = bench_now();
    double best = 1e9;
    struct fact f[FACTS + 1];
    struct person p[2];
    struct rematch kept;
    struct arena a;
    size_t n = m->count;

    mem_arena_new(&a, (size_t)4 << 30);
    for (size_t i = 0; i < n; i++)
        f[i] = m->fact[i];
    f[n] = fact_of(FACT_VARIANT, m->today - 1, n);
    f[n].u.variant = (struct variant){
        .gene = STR("KRAS"), .name = STR("G12C"), .present = true, .source = STR("tissue")};
    rematch_begin(&x->index, person_of(&p[0], m->stock, f, n, m->today, &a), &a, &kept);
    for (int run = 0; run < 20 || (run < 2000 && bench_now() - begin < m->seconds); run++) {
        const struct fact *changed = &f[n];
        struct person *now = &p[(run + 1) % 2];
        double t = bench_now();

        (void)rematch_change(&kept,
                             person_of(now, m->stock, f, n + (run % 2 == 0 ? 1 : 0), m->today, &a),
                             &changed, 1);
        t = (bench_now() - t) * 1000;
        best = t < best ? t : best;
    }
    mem_arena_free(&a);
    return best;
}

static void
row(const char *what, size_t n, double value, const char *unit)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%s.%zu", what, n);
    bench_row(name, value, unit);
}

static void
one_size(const struct timing *m, struct stock *s, size_t count)
{
    struct arms x;
    size_t by_gates = 0;
    size_t by_walk = 0;

    arms_begin(&x);
    arms_add(&x, s, count, AIM_ANY);
    arms_end(&x, s);
    row("match.gated", count, gated_ms(m, &x, &by_gates), "ms");
    row("match.naive", count, naive_ms(m, &x, &by_walk), "ms");
    row("match.change", count, change_ms(m, &x), "ms");
    row("match.bytes", count, (double)x.kept.used / (double)count, "bytes");
    if (by_gates != by_walk)
        bench_fail("the gates and a plain walk do not agree");
    fprintf(stderr, "%zu arms: %zu fit, %zu nodes, %zu leaves\n", count, by_gates, x.table.count,
            x.table.leaf_count);
    arms_free(&x);
}

/* The same arms of the patient's disease among ever more of others. */
static void
foreign(const struct timing *m, struct stock *s, size_t count)
{
    struct arms x;
    size_t fitting;

    arms_begin(&x);
    arms_add(&x, s, OWN, AIM_OWN);
    arms_add(&x, s, count - OWN, AIM_FOREIGN);
    arms_end(&x, s);
    row("match.foreign", count, gated_ms(m, &x, &fitting), "ms");
    arms_free(&x);
}

int
bench_match(int argc, char **argv)
{
    static const size_t sizes[] = {1000, 10000, 100000};
    struct timing m = {.seconds = atof(argv[1])};
    struct stock s;
    struct arena a;

    (void)argc;
    mem_arena_new(&a, (size_t)2 << 30);
    stock_fill(&s, argv[0], &a);
    m.stock = &s;
    if (!day_parse(STR("2026-11-23"), &m.today))
        bench_fail("the day");
    m.count = facts_of(m.fact, m.today);
    for (size_t i = 0; i < RFD_COUNT(sizes); i++) {
        one_size(&m, &s, sizes[i]);
        s.seed = 20261123;
        foreign(&m, &s, sizes[i]);
    }
    return 0;
}
