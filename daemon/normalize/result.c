#include "normalize/result.h"

#include "base/sb.h"
#include "model/unit.h"
#include "normalize/variant.h"

/* One OBX on its way. */
struct result {
    size_t obx;
    struct walk_coded code; /* OBX-3 */
    struct str loinc;
    enum fact_status status;
};

static bool
same_matrix(struct str a, struct str b)
{
    static const char *const blood[] = {"serum", "plasma", "blood"};
    bool x = false, y = false;
    for (size_t i = 0; i < RFD_COUNT(blood); i++) {
        x = x || str_eq_c(a, blood[i]);
        y = y || str_eq_c(b, blood[i]);
    }
    return (x && y) || str_eq(a, b);
}

/* A known other specimen than the analyte's makes it another analyte, which no serum rule reads. */
static void
put_matrix(struct walk *w, const struct order *o, const struct term_analyte *an,
           const struct term_loinc *loinc, const struct map_code *mc, struct fact *f)
{
    struct observation *ob = &f->u.observation;
    const struct term_loinc *said = mc == NULL ? loinc : NULL; /* the site's word comes first */
    bool fluid = said != NULL && said->fluid;
    ob->analyte = an->name;
    ob->matrix = an->matrix;
    if (said != NULL && said->fluid) {
        ob->analyte = an->fluid;
        ob->matrix = said->matrix;
    }
    if (mc != NULL && !str_is_absent(mc->matrix)) {
        ob->matrix = mc->matrix;
        if (!str_is_absent(an->matrix) && !same_matrix(mc->matrix, an->matrix))
            ob->analyte = an->fluid;
    }
    if (str_is_absent(o->matrix) || str_is_absent(an->matrix) || str_eq_c(an->matrix, "image"))
        return;
    if (fluid || same_matrix(o->matrix, ob->matrix))
        return;
    ob->analyte = an->fluid;
    ob->matrix = o->matrix;
    if (said != NULL)
        f->flags |= FACT_CODE_CONFLICT; /* the code says serum, the specimen does not */
    walk_warn(w, o->spm, 4, "specimen is not the analyte's");
}

static void
put_range(struct walk *w, size_t obx, struct fact *f)
{
    struct observation *o = &f->u.observation;
    struct str text = walk_text(w, obx, 7, 1), unit, ucum;
    if (str_is_absent(text))
        return;
    struct quantity low = {0}, high = {0};
    value_range(w->arena, text, w->map->decimal_comma, &low, &high, &unit);
    bool other = !str_is_empty(unit) && !str_eq(unit, o->unit_reported);
    if (other && !(unit_normalize(unit, &ucum) && str_eq(ucum, o->unit))) {
        walk_warn(w, obx, 7, "reference range has another unit: not used");
        return;
    }
    o->low = low;
    o->high = high;
}

/* How many earlier results of the order have the same key; those are other measurements (a curve
 * without sub-ids), and a text behind a number is its comment. */
static size_t
earlier(const struct walk *w, const struct order *o, const struct fact *f)
{
    size_t n = 0;
    for (size_t i = o->first_fact; i + 1 < w->count; i++) {
        const struct fact *x = &w->facts[i];
        if (x->kind == FACT_OBSERVATION &&
            str_eq(x->u.observation.analyte, f->u.observation.analyte) &&
            str_eq(x->u.observation.code.code, f->u.observation.code.code) &&
            (str_eq(x->group, f->group) || str_starts(x->group, STR("#"))) &&
            stamp_cmp(x->collected, f->collected) == 0)
            n++;
    }
    return n;
}

static void
number_repeat(struct walk *w, const struct order *o, struct fact *f)
{
    struct sb b;
    if (!str_is_empty(f->group))
        return;
    size_t n = earlier(w, o, f);
    if (n == 0)
        return;
    sb_init_arena(&b, w->arena, 32);
    sb_addf(&b, "#%zu", n + 1);
    f->group = sb_str(&b);
}

static void
put_method(struct walk *w, const struct result *r, const struct term_loinc *loinc,
           const struct map_code *mc, struct observation *ob)
{
    ob->method = walk_text(w, r->obx, 17, 2);
    if (str_is_absent(ob->method))
        ob->method = walk_text(w, r->obx, 17, 1);
    if (str_is_absent(ob->method) && mc != NULL)
        ob->method = mc->method;
    if (str_is_absent(ob->method) && loinc != NULL)
        ob->method = loinc->method;
    ob->laboratory = walk_text(w, r->obx, 23, 1);
    if (str_is_absent(ob->laboratory))
        ob->laboratory = walk_text(w, r->obx, 15, 1);
}

static struct code
code_sent(const struct result *r)
{
    return str_is_empty(r->code.first.code) ? r->code.second : r->code.first;
}

/* A text of an analyte that has a number: the comment of one before, or a value that is none. */
static bool
is_comment(const struct walk *w, const struct order *o, const struct fact *f)
{
    return !f->u.observation.value.present && earlier(w, o, f) > 0;
}

static void
read_observation(struct walk *w, const struct order *o, const struct result *r,
                 const struct term_analyte *an, const struct term_loinc *loinc,
                 const struct map_code *mc)
{
    struct value v = value_read(w, r->obx, 1);
    if (str_is_absent(v.text) && r->status != FACT_WITHDRAWN) {
        w->pending++;
        return;
    }
    struct fact *f = order_fact(w, o, r->obx, FACT_OBSERVATION, r->status);
    if (f == NULL)
        return;
    struct observation *ob = &f->u.observation;
    ob->code = code_sent(r);
    ob->value = v.quantity;
    ob->text = v.text;
    put_matrix(w, o, an, loinc, mc, f);
    put_method(w, r, loinc, mc, ob);
    if (is_comment(w, o, f)) {
        w->count--;
        return;
    }
    if (!v.quantity.present && r->status != FACT_WITHDRAWN)
        f->flags |= FACT_VALUE_TEXT;
    if (v.quantity.present)
        value_unit(w, r->obx, an, mc, v.inline_unit, f);
    put_range(w, r->obx, f);
    if (terms_display_conflict(w->terms, w->arena, an, ob->code.display)) {
        f->flags |= FACT_CODE_CONFLICT;
        walk_warn(w, r->obx, 3, "code and display speak of different analytes");
    }
    number_repeat(w, o, f);
}

/* A biomarker whose code gives a number reads that first; "0" of a stain is an answer. */
static void
read_biomarker(struct walk *w, const struct order *o, const struct result *r,
               const struct term_biomarker *bm)
{
    struct value v = value_read(w, r->obx, 1);
    if (str_is_absent(v.text)) {
        w->pending++;
        return;
    }
    struct fact *f = order_fact(w, o, r->obx, FACT_BIOMARKER, r->status);
    if (f == NULL)
        return;
    struct biomarker *b = &f->u.biomarker;
    b->name = bm->name;
    b->method = str_is_absent(bm->method) ? walk_text(w, r->obx, 17, 2) : bm->method;
    struct str words[] = {v.coded.first.code, v.coded.first.display, v.coded.second.code,
                          v.coded.second.display, v.text};
    if (!str_is_absent(bm->unit) && v.quantity.present) {
        b->number = v.quantity;
        b->unit = bm->unit;
        return;
    }
    for (size_t i = 0; i < RFD_COUNT(words) && str_is_absent(b->value); i++) {
        if (!str_is_empty(words[i]) && (v.is_coded || i == RFD_COUNT(words) - 1))
            b->value = terms_answer(w->terms, w->arena, words[i]);
    }
    if (str_is_absent(b->value)) {
        f->flags |= FACT_VALUE_TEXT;
        walk_warn(w, r->obx, 5, "answer of a biomarker is not known");
    }
}

/* Does any spelling of the answer say that nothing was found? */
static bool
says_no(struct walk *w, const struct value *v)
{
    struct str words[] = {v->coded.first.code, v->coded.first.display, v->coded.second.code,
                          v->text};
    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_is_empty(words[i]))
            continue;
        if (variant_is_negation(words[i]) ||
            str_eq_c(terms_answer(w->terms, w->arena, words[i]), "negative"))
            return true;
    }
    return false;
}

static void
read_gene_test(struct walk *w, const struct order *o, const struct result *r,
               const struct term_gene_test *test)
{
    struct value v = value_read(w, r->obx, 1);
    if (str_is_absent(v.text)) {
        w->pending++;
        return;
    }
    if (says_no(w, &v)) {
        struct str gene = test->gene;
        if (!str_is_absent(test->change))
            gene = str_cat(w->arena, gene, str_cat(w->arena, STR(":"), test->change));
        struct str *genes = ARENA_NEW(w->arena, struct str);
        *genes = gene;
        genomic_negative(w, o, r->obx, r->status, genes, 1);
        return;
    }
    bool yes = str_eq_c(terms_answer(w->terms, w->arena, v.text), "positive");
    struct genomic_finding g = {.gene = test->gene, .present = true, .text = v.text};
    if (yes)
        g.text = str_is_absent(test->change) ? STR("mutation") : test->change;
    g.hgvs_p = v.text;
    if (!genomic_finding(w, o, r->obx, r->status, &g))
        walk_warn(w, r->obx, 5, "alteration is not understood");
}

static void
read_performance(struct walk *w, const struct order *o, const struct result *r, struct str scale)
{
    struct value v = value_read(w, r->obx, 1);
    int64_t score = -1;
    struct str code = v.coded.first.code;
    int32_t at =
        str_is_empty(code) ? -1 : termindex_find_nocase(&w->terms->by_ecog, w->arena, code);
    if (at >= 0)
        score = at;
    else if (v.quantity.present && v.quantity.value.exp == 0 && v.quantity.cmp == CMP_EQ)
        score = v.quantity.value.coef;
    if (score < 0 || score > (str_eq_c(scale, "ecog") ? 5 : 100)) {
        walk_warn(w, r->obx, 5, "performance status is not understood");
        w->unmapped++;
        return;
    }
    struct fact *f = order_fact(w, o, r->obx, FACT_PERFORMANCE, r->status);
    if (f == NULL)
        return;
    f->u.performance.scale = scale;
    f->u.performance.score = (int32_t)score;
}

static bool
response_of(struct walk *w, const struct value *v, struct response *out)
{
    struct code as_text = {.display = v->text};
    const struct code answers[] = {v->coded.first, v->coded.second, as_text};
    for (size_t i = v->is_coded ? 0 : 2; i < RFD_COUNT(answers); i++) {
        struct str code = i == 2 ? v->text : answers[i].code;
        const struct map_response *own =
            map_response_find(w->map, w->arena, answers[i].system, code);
        if (own != NULL) {
            out->code = own->code;
            out->criteria = own->criteria;
            return true;
        }
        if (terms_response(w->terms, w->arena, answers[i], &out->code))
            return true;
    }
    return false;
}

static void
read_response(struct walk *w, const struct order *o, const struct result *r)
{
    struct value v = value_read(w, r->obx, 1);
    struct response answer = {.criteria = STR_NONE};
    if (str_is_absent(v.text) && str_is_empty(v.coded.second.code)) {
        w->pending++;
        return;
    }
    if (!response_of(w, &v, &answer)) {
        walk_warn(w, r->obx, 5, "tumour response is not understood");
        w->unmapped++;
        return;
    }
    struct fact *f = order_fact(w, o, r->obx, FACT_RESPONSE, r->status);
    if (f != NULL)
        f->u.response = answer;
}

/* Histology and topography by ICD-O-3: together one diagnosis. */
static void
read_histology(struct walk *w, const struct order *o, const struct result *r)
{
    struct value v = value_read(w, r->obx, 1);
    struct str code = v.is_coded ? v.coded.first.code : v.text, site = STR_NONE;
    for (size_t i = o->first; i < o->end; i++) {
        if (!hl7_seg_is(w->m, i, "OBX"))
            continue;
        struct walk_coded c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, i, 3), 1));
        struct str loinc = walk_code_in(&c, "LN");
        int32_t at = str_is_empty(loinc) ? -1 : termindex_find(&w->terms->by_question, loinc);
        if (str_eq_c(terms_name_at(w->terms, at), "topography"))
            site = walk_text(w, i, 5, 1);
    }
    const struct oncotree_node *node =
        str_is_empty(code) ? NULL : terms_icdo(w->terms, w->arena, code, site);
    if (node == NULL) {
        walk_warn(w, r->obx, 5, "histology is not in the table");
        w->unmapped++;
        return;
    }
    struct fact *f = order_fact(w, o, r->obx, FACT_DIAGNOSIS, r->status);
    if (f == NULL)
        return;
    f->u.diagnosis.oncotree = node->code;
    f->u.diagnosis.code = (struct code){STR("ICDO3"), code, v.coded.first.display};
    f->u.diagnosis.active = true;
}

static void
read_question(struct walk *w, const struct order *o, const struct result *r, struct str what)
{
    if (str_eq_c(what, "response"))
        read_response(w, o, r);
    else if (str_eq_c(what, "histology"))
        read_histology(w, o, r);
}

/* OBR-24 (table 0074) → what a report of that section is about; NULL: no report of ours. */
static const char *
category_of(struct str section)
{
    static const struct {
        const char *section;
        const char *category;
    } table[] = {
        {"RAD", "radiology"}, {"CT", "radiology"},  {"NMR", "radiology"}, {"MR", "radiology"},
        {"PET", "radiology"}, {"RUS", "radiology"}, {"XRC", "radiology"}, {"NMS", "radiology"},
        {"IMG", "radiology"}, {"SP", "pathology"},  {"PAT", "pathology"}, {"CTH", "pathology"},
        {"CP", "pathology"},  {"GE", "molecular"},  {"MOL", "molecular"}, {"MDM", "document"},
    };
    for (size_t i = 0; i < RFD_COUNT(table); i++) {
        if (str_eq_c(section, table[i].section))
            return table[i].category;
    }
    return NULL;
}

/* ED: component 2 type, 3 subtype (PDF), 5 content. */
static struct str
media_of(struct walk *w, const struct result *r)
{
    struct str type = walk_text(w, r->obx, 2, 1);
    if (!str_eq_c(type, "ED") && !str_eq_c(type, "RP"))
        return STR("text/plain");
    struct str sub = walk_text(w, r->obx, 5, 3);
    bool pdf =
        str_eq_nocase(sub, STR("PDF")) || str_starts(hl7_value(w->m, r->obx, 5, 1), STR("JVBERi0"));
    return pdf ? STR("application/pdf") : STR("application/octet-stream");
}

static bool
is_narrative(struct walk *w, const struct order *o, const struct result *r)
{
    struct str type = walk_text(w, r->obx, 2, 1);
    if (str_eq_c(type, "ED") || str_eq_c(type, "RP"))
        return true;
    return (str_eq_c(type, "TX") || str_eq_c(type, "FT")) &&
           (category_of(o->section) != NULL || str_eq_c(r->loinc, "51969-4"));
}

/* A report in many lines is one fact: its bytes are added up. */
static void
read_report(struct walk *w, const struct order *o, const struct result *r)
{
    struct str media = media_of(w, r), content = hl7_field(w->m, r->obx, 5);
    const char *category = category_of(o->section);
    if (category == NULL)
        category = str_eq_c(r->loinc, "51969-4") ? "molecular" : "document";
    for (size_t i = o->first_fact; i < w->count; i++) {
        struct fact *f = &w->facts[i];
        if (f->kind == FACT_REPORT && str_eq(f->u.report.media, media)) {
            f->u.report.bytes += content.n;
            return;
        }
    }
    struct fact *f = order_fact(w, o, r->obx, FACT_REPORT, r->status);
    if (f == NULL)
        return;
    f->group = STR_NONE;
    f->u.report.category = str_from_c(category);
    f->u.report.media = media;
    f->u.report.bytes = content.n;
}

static void
read_unmapped(struct walk *w, const struct order *o, const struct result *r)
{
    w->unmapped++;
    if (!w->map->keep_unmapped)
        return;
    struct value v = value_read(w, r->obx, 1);
    struct fact *f =
        str_is_absent(v.text) ? NULL : order_fact(w, o, r->obx, FACT_OBSERVATION, r->status);
    if (f == NULL)
        return;
    f->flags |= FACT_CODE_UNMAPPED | FACT_UNIT_UNKNOWN;
    f->u.observation.code = code_sent(r);
    f->u.observation.value = v.quantity;
    f->u.observation.text = v.text;
    f->u.observation.unit_reported = walk_text(w, r->obx, 6, 1);
    number_repeat(w, o, f);
}

static const struct map_code *
site_code(struct walk *w, const struct walk_coded *c)
{
    const struct map_code *mc = map_code_find(w->map, w->arena, c->first.system, c->first.code);
    return mc != NULL ? mc : map_code_find(w->map, w->arena, c->second.system, c->second.code);
}

static bool
site_question(struct walk *w, const struct walk_coded *c)
{
    return map_is_question(w->map, w->arena, c->first.system, c->first.code) ||
           map_is_question(w->map, w->arena, c->second.system, c->second.code);
}

/* What the LOINC code of a result is, by the tables of biomarkers.yaml. False: none of them. */
static bool
read_by_table(struct walk *w, const struct order *o, const struct result *r)
{
    const struct terms *t = w->terms;
    int32_t at;
    if ((at = termindex_find(&t->by_biomarker, r->loinc)) >= 0)
        read_biomarker(w, o, r, &t->biomarkers[at]);
    else if ((at = termindex_find(&t->by_gene_test, r->loinc)) >= 0)
        read_gene_test(w, o, r, &t->gene_tests[at]);
    else if ((at = termindex_find(&t->by_performance, r->loinc)) >= 0)
        read_performance(w, o, r, t->names[at]);
    else if ((at = termindex_find(&t->by_question, r->loinc)) >= 0)
        read_question(w, o, r, t->names[at]);
    else
        return false;
    return true;
}

static void
read_result(struct walk *w, const struct order *o, struct result *r)
{
    const struct map_code *mc = site_code(w, &r->code);
    const struct term_loinc *loinc =
        str_is_empty(r->loinc) ? NULL : terms_loinc(w->terms, r->loinc);
    if (mc != NULL)
        read_observation(w, o, r, mc->analyte, loinc, mc);
    else if (loinc != NULL)
        read_observation(w, o, r, loinc->analyte, loinc, NULL);
    else if (site_question(w, &r->code))
        read_response(w, o, r);
    else if (!str_is_empty(r->loinc) && read_by_table(w, o, r))
        return;
    else if (is_narrative(w, o, r))
        read_report(w, o, r);
    else
        read_unmapped(w, o, r);
}

void
result_order(struct walk *w, const struct order *o)
{
    for (size_t i = o->first; i < o->end && w->reason == NORMALIZE_NONE; i++) {
        struct result r = {.obx = i};
        if (!hl7_seg_is(w->m, i, "OBX"))
            continue;
        r.code = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, i, 3), 1));
        r.loinc = walk_code_in(&r.code, "LN");
        if (genomic_is_code(r.loinc))
            continue;
        if (order_status(w, o, i, &r.status))
            read_result(w, o, &r);
    }
}

/* From one OBR to the next; results in front of the first OBR have no order (MDM: the TXA). */
void
walk_results(struct walk *w)
{
    size_t n = w->m->seg_count;
    size_t at = hl7_next(w->m, 0, n, "OBR");
    size_t txa = hl7_next(w->m, 0, at, "TXA");
    if (hl7_next(w->m, 0, at, "OBX") != at) {
        struct order o = order_read(w, txa == at ? n : txa, 0, at);
        result_order(w, &o);
        genomic_order(w, &o);
    }
    while (at < n && w->reason == NORMALIZE_NONE) {
        size_t next = hl7_next(w->m, at + 1, n, "OBR");
        struct order o = order_read(w, at, at + 1, next);
        result_order(w, &o);
        genomic_order(w, &o);
        at = next;
    }
}
