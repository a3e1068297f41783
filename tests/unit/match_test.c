#include "match_test.h"

const struct oncotree *
match_oncotree(struct arena *a)
{
    static const struct oncotree_row rows[] = {
        {{"TISSUE", 6}, {"Tissue", 6}, {NULL, 0}, 1},
        {{"LUNG", 4}, {"Lung", 4}, {"TISSUE", 6}, 2},
        {{"NSCLC", 5}, {"Non-Small Cell Lung Cancer", 26}, {"LUNG", 4}, 3},
        {{"LUAD", 4}, {"Lung Adenocarcinoma", 19}, {"NSCLC", 5}, 4},
        {{"PROSTATE", 8}, {"Prostate", 8}, {"TISSUE", 6}, 5},
        {{"PRAD", 4}, {"Prostate Adenocarcinoma", 23}, {"PROSTATE", 8}, 6},
        {{"MYELOID", 7}, {"Myeloid", 7}, {"TISSUE", 6}, 7},
        {{"AML", 3}, {"Acute Myeloid Leukemia", 22}, {"MYELOID", 7}, 8},
    };
    struct oncotree *t = ARENA_NEW(a, struct oncotree);
    size_t bad = 0;

    assert_true(oncotree_build(a, rows, RFD_COUNT(rows), t, &bad));
    return t;
}

/* ---- trees from text ---- */

static void
skip_space(const char **p)
{
    *p += strspn(*p, " \n");
}

static struct tree *
parse_scalar(struct arena *a, const char **p, struct tree_place at)
{
    bool quoted = **p == '"';
    const char *from = quoted ? *p + 1 : *p;
    size_t n = quoted ? strcspn(from, "\"") : strcspn(from, ",:{}[]\n");

    *p = from + n + (quoted ? 1 : 0);
    return tree_scalar(a, at, str_dup(a, str_trim((struct str){from, n})), quoted);
}

static struct tree *
parse_value(struct arena *a, const char **p, int *line)
{
    struct tree_place at = {"test.yaml", (*line)++, 1};
    bool map;
    struct tree *t;

    skip_space(p);
    if (**p != '{' && **p != '[') {
        return parse_scalar(a, p, at);
    }
    map = **p == '{';
    t = map ? tree_map(a, at) : tree_seq(a, at);
    (*p)++;
    for (skip_space(p); **p != '}' && **p != ']'; skip_space(p)) {
        struct tree *key = map ? parse_scalar(a, p, at) : NULL;

        assert_true(**p != '\0');
        skip_space(p);
        if (map) {
            assert_int_equal(**p, ':');
            (*p)++;
            tree_map_add(a, t, key, parse_value(a, p, line));
        } else {
            tree_seq_add(a, t, parse_value(a, p, line));
        }
        skip_space(p);
        *p += **p == ',' ? 1 : 0;
    }
    (*p)++;
    return t;
}

struct tree *
tree_of(struct arena *a, const char *text)
{
    int line = 1;
    struct tree *t = parse_value(a, &text, &line);

    skip_space(&text);
    assert_int_equal(*text, '\0');
    return t;
}

/* ---- patients ---- */

struct patient *
patient_new(struct arena *a, const struct oncotree_node *disease, const char *today)
{
    struct patient *p = ARENA_NEW(a, struct patient);

    p->arena = a;
    p->match.disease = disease;
    p->match.today = day_of(today);
    p->match.birth = stamp_of_day(day_of("1960-05-05"), 0);
    p->match.sex = SEX_FEMALE;
    return p;
}

struct fact *
patient_fact(struct patient *p, enum fact_kind kind, const char *day)
{
    struct fact *f = &p->fact[p->facts++];

    assert_true(p->facts <= PATIENT_FACTS_MAX);
    f->kind = kind;
    f->status = FACT_FINAL;
    f->patient = (struct patient_ref){STR("H"), STR("1")};
    f->collected = stamp_of_day(day_of(day), 0);
    f->status_time = f->collected;
    f->received = f->collected;
    f->source.journal = p->facts;
    return f;
}

static enum variant_category
category_of(const char *name)
{
    if (name == NULL) {
        return VARIANT_MUTATION;
    }
    if (strcmp(name, "amplification") == 0 || strcmp(name, "gain") == 0) {
        return VARIANT_COPY_GAIN;
    }
    if (strcmp(name, "loss") == 0 || strcmp(name, "deletion") == 0) {
        return VARIANT_COPY_LOSS;
    }
    return strcmp(name, "fusion") == 0 ? VARIANT_FUSION : VARIANT_MUTATION;
}

struct fact *
patient_variant(struct patient *p, const char *gene, const char *name, bool present,
                const char *day)
{
    struct fact *f = patient_fact(p, FACT_VARIANT, day);

    f->u.variant.gene = str_from_c(gene);
    f->u.variant.name = str_from_c(name);
    f->u.variant.present = present;
    f->u.variant.category = category_of(name);
    f->u.variant.source = STR("tissue");
    return f;
}

struct fact *
patient_negative(struct patient *p, const char *entry, const char *day)
{
    struct fact *f = patient_fact(p, FACT_NEGATIVE, day);
    struct str *gene = ARENA_NEW(p->arena, struct str);

    *gene = str_from_c(entry);
    f->u.negative.genes = gene;
    f->u.negative.gene_count = 1;
    f->u.negative.panel = *gene;
    f->u.negative.source = STR("tissue");
    return f;
}

struct fact *
patient_biomarker(struct patient *p, const char *name, const char *value, const char *number,
                  const char *day)
{
    struct fact *f = patient_fact(p, FACT_BIOMARKER, day);

    f->u.biomarker.name = str_from_c(name);
    f->u.biomarker.value = str_from_c(value);
    if (number != NULL) {
        f->u.biomarker.number.present = true;
        assert_true(dec_parse(str_from_c(number), &f->u.biomarker.number.value));
    }
    return f;
}

struct course *
patient_course(struct patient *p, const char *drug, const char *drug_class, const char *start)
{
    struct course *c = &p->course[p->courses++];
    struct str *names = ARENA_ARRAY(p->arena, 2, struct str);

    assert_true(p->courses <= PATIENT_COURSES_MAX);
    names[0] = str_from_c(drug);
    names[1] = str_from_c(drug_class);
    c->drug = names[0];
    c->classes = names;
    c->class_count = 2;
    c->start = day_of(start);
    c->stop = DAY_NONE;
    c->last_evidence = p->match.today - 5;
    c->covered_until = p->match.today + 20;
    c->rung = THERAPY_GIVEN;
    c->line = (int32_t)p->courses;
    return c;
}

void
patient_progressed(struct patient *p, const struct course *c)
{
    p->progressed[p->progressed_count++] = c;
}

const struct match_case *
patient_case(struct patient *p)
{
    p->timeline = timeline_build(p->arena, p->fact, p->facts, stamp_of_day(p->match.today, 0));
    for (size_t i = 0; i < p->courses; i++) {
        const struct course **own = ARENA_NEW(p->arena, const struct course *);

        *own = &p->course[i];
        p->line[i] = (struct line){.number = (int32_t)i + 1,
                                   .start = p->course[i].start,
                                   .end = DAY_NONE,
                                   .courses = own,
                                   .course_count = 1};
    }
    p->therapies = (struct therapies){p->course, p->courses, p->line, p->courses};
    p->match.timeline = &p->timeline;
    p->match.therapies = &p->therapies;
    p->match.progressed = p->progressed;
    p->match.progressed_count = p->progressed_count;
    return &p->match;
}
