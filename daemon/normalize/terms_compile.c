#include "normalize/phrase.h"
#include "normalize/terms_build.h"

#include <string.h>

bool
terms_build_item(struct terms_build *b, const struct tree *row, size_t i, struct str *out)
{
    if (i < tree_len(row) && tree_str(tree_at(row, i), b->diags, out))
        return true;
    tree_error(row, b->diags, "this row is too short");
    return false;
}

bool
terms_build_key(struct terms_build *b, const struct tree *map, const char *key, struct str *out)
{
    const struct tree *value = tree_need(map, key, b->diags);
    return value != NULL && tree_str(value, b->diags, out);
}

struct term_strs
terms_build_strs(struct terms_build *b, const struct tree *list, bool lower)
{
    size_t n = tree_len(list);
    struct str *item = ARENA_ARRAY(b->arena, n, struct str);
    for (size_t i = 0; i < n; i++) {
        if (terms_build_item(b, list, i, &item[i]) && lower)
            item[i] = str_lower(b->arena, item[i]);
    }
    return (struct term_strs){item, n};
}

size_t
terms_build_name(struct terms_build *b, struct str name)
{
    b->names = term_grow(b->arena, b->names, b->name_count, sizeof *b->names);
    b->names[b->name_count] = name;
    return b->name_count++;
}

size_t
terms_build_change(struct terms_build *b, struct str gene, struct str change)
{
    b->changes = term_grow(b->arena, b->changes, b->change_count, sizeof *b->changes);
    b->changes[b->change_count] = (struct term_change){gene, change};
    return b->change_count++;
}

struct str
terms_build_join(struct terms_build *b, struct str x, const char *between, struct str y)
{
    return str_cat(b->arena, x, str_cat(b->arena, str_from_c(between), y));
}

static void
build_oncotree(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct oncotree_row n = {.line = row->line};
        if (!terms_build_item(b, row, 0, &n.code) || !terms_build_item(b, row, 1, &n.name) ||
            !terms_build_item(b, row, 2, &n.parent))
            continue;
        b->nodes = term_grow(b->arena, b->nodes, b->node_count, sizeof *b->nodes);
        b->node_places = term_grow(b->arena, b->node_places, b->node_count, sizeof row);
        b->nodes[b->node_count] = n;
        b->node_places[b->node_count++] = row;
    }
}

static void
add_loinc(struct terms_build *b, const struct tree *place, struct str loinc, struct term_loinc row)
{
    struct term_index *x = &b->out->by_loinc;
    for (size_t i = 0; i < x->count; i++) {
        if (str_eq(x->entry[i].key, loinc)) {
            tree_error(place, b->diags, "LOINC %.*s is given twice", STR_FMT(loinc));
            return;
        }
    }
    b->loincs = term_grow(b->arena, b->loincs, b->loinc_count, sizeof *b->loincs);
    b->loincs[b->loinc_count] = row;
    termindex_add(b->arena, x, loinc, b->loinc_count++);
}

static void
build_analyte_codes(struct terms_build *b, const struct term_analyte *an, const struct tree *map)
{
    static const char *const keys[] = {"loinc", "method"};
    const struct tree *codes = tree_get(map, "codes");
    for (size_t i = 0; i < tree_len(codes); i++) {
        const struct tree *c = tree_at(codes, i);
        struct str loinc, method = STR_NONE;
        if (!tree_check_keys(c, keys, RFD_COUNT(keys), b->diags) ||
            !terms_build_key(b, c, "loinc", &loinc))
            continue;
        (void)tree_str(tree_get(c, "method"), b->diags, &method);
        add_loinc(b, c, loinc, (struct term_loinc){an, method, STR_NONE, false});
    }
    const struct tree *fluids = tree_get(map, "fluid_codes");
    for (size_t i = 0; i < tree_len(fluids); i++) {
        const struct tree *row = tree_at(fluids, i);
        struct str loinc, matrix;
        if (terms_build_item(b, row, 0, &loinc) && terms_build_item(b, row, 1, &matrix))
            add_loinc(b, row, loinc, (struct term_loinc){an, STR_NONE, matrix, true});
    }
}

static void
build_analyte_units(struct terms_build *b, struct term_analyte *an, const struct tree *units)
{
    size_t n = tree_len(units);
    struct term_pair *pair = ARENA_ARRAY(b->arena, n, struct term_pair);
    for (size_t i = 0; i < n; i++) {
        pair[i].from = tree_key_at(units, i)->text;
        if (!tree_str(tree_at(units, i), b->diags, &pair[i].to))
            tree_error(tree_at(units, i), b->diags, "a unit is missing");
    }
    an->units = pair;
    an->unit_count = n;
}

static void
build_analyte(struct terms_build *b, const struct tree *map)
{
    static const char *const keys[] = {"name",  "display",     "unit",  "matrix", "words",
                                       "codes", "fluid_codes", "units", "refuse"};
    struct term_analyte *an = &b->analytes[b->out->analyte_count];
    if (!tree_is(map, TREE_MAP, b->diags) ||
        !tree_check_keys(map, keys, RFD_COUNT(keys), b->diags) ||
        !terms_build_key(b, map, "name", &an->name) || !terms_build_key(b, map, "unit", &an->unit))
        return;
    an->display = an->name;
    (void)tree_str(tree_get(map, "display"), b->diags, &an->display);
    (void)tree_str(tree_get(map, "matrix"), b->diags, &an->matrix);
    an->fluid = str_cat(b->arena, an->name, STR("_fluid"));
    an->words = terms_build_strs(b, tree_get(map, "words"), true);
    an->refuse = terms_build_strs(b, tree_get(map, "refuse"), false);
    build_analyte_units(b, an, tree_get(map, "units"));
    build_analyte_codes(b, an, map);
    termindex_add(b->arena, &b->out->by_analyte, an->name, b->out->analyte_count);
    termindex_add(b->arena, &b->out->by_analyte, an->fluid, b->out->analyte_count);
    b->out->analyte_count++;
}

static void
build_analytes(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++)
        build_analyte(b, tree_at(section, i));
}

static void
add_words(struct terms_build *b, struct term_index *x, const struct tree *words, size_t at)
{
    for (size_t i = 0; i < tree_len(words); i++) {
        struct str w;
        if (terms_build_item(b, words, i, &w))
            termindex_add(b->arena, x, str_lower(b->arena, w), at);
    }
}

static void
build_specimens(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        size_t at = terms_build_name(b, tree_key_at(section, i)->text);
        add_words(b, &b->out->by_specimen, tree_at(section, i), at);
        termindex_add(b->arena, &b->out->by_specimen, tree_key_at(section, i)->text, at);
    }
}

/* Rows [name, [words]]. */
static void
build_name_words(struct terms_build *b, const struct tree *section, struct term_index *x)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct str name;
        if (terms_build_item(b, row, 0, &name) && tree_len(row) == 2)
            add_words(b, x, tree_at(row, 1), terms_build_name(b, name));
        else
            tree_error(row, b->diags, "expected [name, [words]]");
    }
}

static void
build_answers(struct terms_build *b, const struct tree *section)
{
    build_name_words(b, section, &b->out->by_answer);
}

static void
build_procedures(struct terms_build *b, const struct tree *section)
{
    build_name_words(b, section, &b->out->by_procedure);
}

static struct str
absent_if_empty(struct str s)
{
    return s.n == 0 ? STR_NONE : s;
}

static void
build_biomarkers(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct str loinc, name, unit, method;
        if (!terms_build_item(b, row, 0, &loinc) || !terms_build_item(b, row, 1, &name) ||
            !terms_build_item(b, row, 2, &unit) || !terms_build_item(b, row, 3, &method))
            continue;
        b->biomarkers =
            term_grow(b->arena, b->biomarkers, b->biomarker_count, sizeof *b->biomarkers);
        b->biomarkers[b->biomarker_count] =
            (struct term_biomarker){name, absent_if_empty(unit), absent_if_empty(method)};
        termindex_add(b->arena, &b->out->by_biomarker, loinc, b->biomarker_count++);
    }
}

static void
build_gene_tests(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct str loinc, gene, change;
        if (!terms_build_item(b, row, 0, &loinc) || !terms_build_item(b, row, 1, &gene) ||
            !terms_build_item(b, row, 2, &change))
            continue;
        b->gene_tests =
            term_grow(b->arena, b->gene_tests, b->gene_test_count, sizeof *b->gene_tests);
        b->gene_tests[b->gene_test_count] = (struct term_gene_test){gene, absent_if_empty(change)};
        termindex_add(b->arena, &b->out->by_gene_test, loinc, b->gene_test_count++);
    }
}

static void
build_performance(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct str loinc, scale;
        if (terms_build_item(b, row, 0, &loinc) && terms_build_item(b, row, 1, &scale))
            termindex_add(b->arena, &b->out->by_performance, loinc, terms_build_name(b, scale));
    }
}

static void
build_ecog(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct str answer;
        int64_t score;
        if (terms_build_item(b, row, 0, &answer) && tree_len(row) == 2 &&
            tree_i64(tree_at(row, 1), b->diags, 0, 5, &score))
            termindex_add(b->arena, &b->out->by_ecog, str_lower(b->arena, answer), (size_t)score);
    }
}

static void
build_questions(struct terms_build *b, const struct tree *list, const char *what)
{
    size_t at = terms_build_name(b, str_from_c(what));
    for (size_t i = 0; i < tree_len(list); i++) {
        struct str loinc;
        if (terms_build_item(b, list, i, &loinc))
            termindex_add(b->arena, &b->out->by_question, loinc, at);
    }
}

static void
build_histology(struct terms_build *b, const struct tree *section)
{
    build_questions(b, section, "histology");
}

static void
build_topography(struct terms_build *b, const struct tree *section)
{
    build_questions(b, section, "topography");
}

static void
build_chip(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        struct str gene;
        if (terms_build_item(b, section, i, &gene))
            termindex_add(b->arena, &b->out->by_chip, gene, 1);
    }
}

static void
build_response_words(struct terms_build *b, const struct tree *words)
{
    for (size_t i = 0; i < tree_len(words); i++) {
        enum response_code code;
        if (response_code_parse(tree_key_at(words, i)->text, &code))
            add_words(b, &b->out->by_response, tree_at(words, i), code);
        else
            tree_error(tree_key_at(words, i), b->diags, "no such response");
    }
}

static void
build_responses(struct terms_build *b, const struct tree *section)
{
    static const char *const keys[] = {"questions", "coded", "words"};
    if (!tree_check_keys(section, keys, RFD_COUNT(keys), b->diags))
        return;
    build_questions(b, tree_get(section, "questions"), "response");
    const struct tree *coded = tree_get(section, "coded");
    for (size_t i = 0; i < tree_len(coded); i++) {
        const struct tree *row = tree_at(coded, i);
        struct str system, code, name;
        enum response_code response;
        if (!terms_build_item(b, row, 0, &system) || !terms_build_item(b, row, 1, &code) ||
            !terms_build_item(b, row, 2, &name))
            continue;
        struct str key = terms_build_join(b, system, " ", code);
        if (response_code_parse(name, &response))
            termindex_add(b->arena, &b->out->by_response, key, response);
        else
            tree_error(row, b->diags, "no such response");
    }
    build_response_words(b, tree_get(section, "words"));
}

/* Rows whose last item is an OncoTree code; the items before it make the key. */
static void
build_diagnosis_rows(struct terms_build *b, const struct tree *rows, size_t keys,
                     struct term_index *x)
{
    for (size_t i = 0; i < tree_len(rows); i++) {
        const struct tree *row = tree_at(rows, i);
        struct str key, second, code;
        if (!terms_build_item(b, row, 0, &key) || !terms_build_item(b, row, keys, &code))
            continue;
        if (keys == 2) {
            if (!terms_build_item(b, row, 1, &second))
                continue;
            key = terms_build_join(b, key, " ", second);
        }
        if (oncotree_code(&b->out->oncotree, code) == NULL)
            tree_error(row, b->diags, "%.*s is no OncoTree code", STR_FMT(code));
        termindex_add(b->arena, x, key, terms_build_name(b, code));
    }
}

/* Prefixes without their dot: "C44.01" is "C4401". */
static void
undot(struct terms_build *b, struct term_index *x)
{
    for (size_t i = 0; i < x->count; i++) {
        struct str head, rest;
        if (str_cut(x->entry[i].key, '.', &head, &rest))
            x->entry[i].key = str_cat(b->arena, head, rest);
    }
}

static void
build_diagnoses(struct terms_build *b, const struct tree *section)
{
    static const char *const keys[] = {"icd10cm", "icdo3", "snomed", "words"};
    struct terms *t = b->out;
    if (!tree_check_keys(section, keys, RFD_COUNT(keys), b->diags))
        return;
    build_diagnosis_rows(b, tree_get(section, "icd10cm"), 1, &t->by_icd10);
    undot(b, &t->by_icd10);
    build_diagnosis_rows(b, tree_get(section, "icdo3"), 2, &t->by_icdo);
    build_diagnosis_rows(b, tree_get(section, "snomed"), 1, &t->by_snomed);
    const struct tree *words = tree_get(section, "words");
    for (size_t i = 0; i < tree_len(words); i++) {
        struct str site = tree_key_at(words, i)->text;
        if (oncotree_code(&t->oncotree, site) == NULL)
            tree_error(tree_key_at(words, i), b->diags, "no such OncoTree code");
        b->sites = term_grow(b->arena, b->sites, t->site_count, sizeof *b->sites);
        b->sites[t->site_count++] =
            (struct term_words){site, terms_build_strs(b, tree_at(words, i), true)};
    }
}

static bool
is_disease_code(const struct oncotree *t, struct str code)
{
    return str_eq_c(code, "_SOLID_") || str_eq_c(code, "_LIQUID_") ||
           oncotree_code(t, code) != NULL;
}

/* Rows [DOID or "", name, [codes]]: what CIViC and registries call it. */
static void
build_disease_names(struct terms_build *b, const struct tree *section)
{
    for (size_t i = 0; i < tree_len(section); i++) {
        const struct tree *row = tree_at(section, i);
        struct term_disease d;
        struct str doid;
        if (!terms_build_item(b, row, 0, &doid) || !terms_build_item(b, row, 1, &d.name))
            continue;
        d.codes = terms_build_strs(b, tree_at(row, 2), false);
        if (tree_len(row) != 3 || d.codes.count == 0)
            tree_error(row, b->diags, "expected [DOID, name, [codes]]");
        for (size_t k = 0; k < d.codes.count; k++) {
            if (!is_disease_code(&b->out->oncotree, d.codes.item[k]))
                tree_error(row, b->diags, "%.*s is no OncoTree code", STR_FMT(d.codes.item[k]));
        }
        b->diseases = term_grow(b->arena, b->diseases, b->disease_count, sizeof *b->diseases);
        b->diseases[b->disease_count] = d;
        termindex_add(b->arena, &b->out->by_disease, str_lower(b->arena, d.name), b->disease_count);
        if (!str_is_empty(doid))
            termindex_add(b->arena, &b->out->by_disease, str_cat(b->arena, STR("doid "), doid),
                          b->disease_count);
        b->disease_count++;
    }
}

static void
build_cover(struct terms_build *b, const struct tree *section)
{
    b->cover = section;
}

typedef void section_build(struct terms_build *b, const struct tree *section);

/* In the order in which they need each other. */
static const struct {
    const char *key;
    enum tree_kind kind;
    section_build *build;
} sections[] = {
    {"oncotree", TREE_SEQ, build_oncotree},
    {"analytes", TREE_SEQ, build_analytes},
    {"specimens", TREE_MAP, build_specimens},
    {"biomarkers", TREE_SEQ, build_biomarkers},
    {"answers", TREE_SEQ, build_answers},
    {"gene_tests", TREE_SEQ, build_gene_tests},
    {"performance", TREE_SEQ, build_performance},
    {"ecog_answers", TREE_SEQ, build_ecog},
    {"histology", TREE_SEQ, build_histology},
    {"topography", TREE_SEQ, build_topography},
    {"procedures", TREE_SEQ, build_procedures},
    {"chip_genes", TREE_SEQ, build_chip},
    {"cover", TREE_MAP, build_cover},
    {"drugs", TREE_SEQ, terms_build_drugs},
    {"regimens", TREE_SEQ, terms_build_regimens},
    {"responses", TREE_MAP, build_responses},
    {"variants", TREE_SEQ, terms_build_variants},
    {"hgnc", TREE_MAP, terms_build_symbols},
    {"symbols", TREE_MAP, terms_build_symbols},
    {"accessions", TREE_MAP, terms_build_symbols},
    {"same", TREE_SEQ, terms_build_same},
    {"residues", TREE_SEQ, terms_build_residues},
    {"hotspots", TREE_SEQ, terms_build_hotspots},
    {"translocations", TREE_SEQ, terms_build_translocations},
    {"diagnoses", TREE_MAP, build_diagnoses}, /* after the OncoTree is built */
    {"disease_names", TREE_SEQ, build_disease_names},
    {"phrases", TREE_MAP, phrase_build},
};

static void
check_files(const struct tree *const *files, size_t count, struct diags *d)
{
    const char *keys[RFD_COUNT(sections) + 1];
    for (size_t i = 0; i < RFD_COUNT(sections); i++)
        keys[i] = sections[i].key;
    keys[RFD_COUNT(sections)] = "reviewed";
    for (size_t i = 0; i < count; i++) {
        if (tree_is(files[i], TREE_MAP, d))
            (void)tree_check_keys(files[i], keys, RFD_COUNT(keys), d);
    }
}

static size_t
count_rows(const struct tree *const *files, size_t count, const char *key)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += tree_len(tree_get(files[i], key));
    return n;
}

static void
finish_oncotree(struct terms_build *b)
{
    size_t bad;
    if (b->node_count == 0)
        tree_error(NULL, b->diags, "no oncotree section in the terminology");
    else if (!oncotree_build(b->arena, b->nodes, b->node_count, &b->out->oncotree, &bad))
        tree_error(b->node_places[bad], b->diags,
                   "OncoTree row: unknown parent, cycle, second root or code given twice");
}

static void
seal(struct arena *a, struct terms *t)
{
    struct term_index *all[] = {
        &t->by_analyte,   &t->by_loinc,  &t->by_specimen,      &t->by_biomarker,   &t->by_answer,
        &t->by_gene_test, &t->by_ecog,   &t->by_question,      &t->by_performance, &t->by_response,
        &t->by_procedure, &t->by_chip,   &t->by_drug,          &t->by_drug_code,   &t->by_class,
        &t->by_icd10,     &t->by_icdo,   &t->by_snomed,        &t->by_alias,       &t->by_same,
        &t->by_residue,   &t->by_symbol, &t->by_translocation, &t->by_disease};
    for (size_t i = 0; i < RFD_COUNT(all); i++)
        termindex_seal(a, all[i]);
}

static void
publish(struct terms_build *b)
{
    struct terms *t = b->out;
    t->analytes = b->analytes;
    t->drugs = b->drugs;
    t->loincs = b->loincs;
    t->biomarkers = b->biomarkers;
    t->gene_tests = b->gene_tests;
    t->changes = b->changes;
    t->regimens = b->regimens;
    t->hotspots = b->hotspots;
    t->sites = b->sites;
    t->diseases = b->diseases;
    t->names = b->names;
    seal(b->arena, t);
}

bool
terms_compile(struct arena *a, const struct tree *const *files, size_t count, struct diags *d,
              struct terms *out)
{
    size_t errors = d->errors;
    memset(out, 0, sizeof *out);
    struct terms_build b = {.arena = a, .diags = d, .out = out};
    check_files(files, count, d);
    b.analytes = ARENA_ARRAY(a, count_rows(files, count, "analytes"), struct term_analyte);
    b.drugs = ARENA_ARRAY(a, count_rows(files, count, "drugs"), struct term_drug);
    for (size_t s = 0; s < RFD_COUNT(sections); s++) {
        if (sections[s].build == build_diagnoses)
            finish_oncotree(&b);
        if (sections[s].build == build_diagnoses && d->errors != errors)
            return false; /* without a tree every code would be wrong */
        for (size_t i = 0; i < count; i++) {
            const struct tree *section = tree_get(files[i], sections[s].key);
            if (!tree_is_absent(section) && tree_is(section, sections[s].kind, d))
                sections[s].build(&b, section);
        }
    }
    publish(&b);
    return d->errors == errors;
}
