#include "normalize/result.h"

#include "base/sb.h"
#include "model/unit.h"
#include "normalize/variant.h"

#include <string.h>

/* One OBX on its way. */
struct result {
    size_t obx;
    struct walk_coded code; /* OBX-3 */
    struct str loinc;
    enum fact_status status;
    bool lifts; /* OBX-11 U without a value: what was sent as preliminary is final */
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

/* Ordered and not there yet. A withdrawal needs no value, nor does a mere change of status. */
static bool
is_pending(struct walk *w, const struct result *r, struct str value)
{
    if (!str_is_absent(value) || r->status == FACT_WITHDRAWN || r->lifts)
        return false;
    w->pending++;
    return true;
}

/* "2a#2" is the second of sub-id 2a. Asked for each pair of results of an order. */
static bool
same_sub_id(struct str numbered, struct str sent)
{
    if (numbered.n < sent.n || (sent.n > 0 && memcmp(numbered.p, sent.p, sent.n) != 0))
        return false;
    return numbered.n == sent.n || numbered.p[sent.n] == '#';
}

/* How many earlier results of the order have the same key; those are other measurements (a curve
 * without sub-ids), and a text behind a number is its comment. */
static size_t
earlier(const struct walk *w, const struct order *o, const struct fact *f)
{
    size_t n = 0;
    for (size_t i = o->first_fact; i + 1 < w->count; i++) {
        const struct fact *x = &w->facts[i];
        if (x->kind == FACT_OBSERVATION && same_sub_id(x->group, f->group) &&
            str_eq(x->u.observation.analyte, f->u.observation.analyte) &&
            str_eq(x->u.observation.code.code, f->u.observation.code.code) &&
            stamp_cmp(x->collected, f->collected) == 0)
            n++;
    }
    return n;
}

static void
number_repeat(struct walk *w, const struct order *o, struct fact *f)
{
    struct sb b;
    size_t n = earlier(w, o, f);
    if (n == 0)
        return;
    sb_init_arena(&b, w->arena, f->group.n + 32);
    sb_addf(&b, "%.*s#%zu", STR_FMT(f->group), n + 1);
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
    bool word = f->status == FACT_WITHDRAWN || (f->flags & FACT_STATUS_ONLY) != 0;
    return !word && !f->u.observation.value.present && earlier(w, o, f) > 0;
}

/* A measurement is one value: several repetitions are kept as text, none of them is chosen. */
static struct value
value_of(struct walk *w, const struct result *r)
{
    struct value v = value_read(w, r->obx, 1);
    struct str all = hl7_field(w->m, r->obx, 5);
    if (!v.quantity.present || hl7_rep_count(w->m, all) < 2)
        return v;
    v.quantity.present = false;
    v.text = walk_leaf(w, all);
    walk_warn(w, r->obx, 5, "several values in one result: kept as text");
    return v;
}

static struct fact *
result_fact(struct walk *w, const struct order *o, const struct result *r, enum fact_kind kind)
{
    struct fact *f = order_fact(w, o, r->obx, kind, r->status);
    if (f != NULL && r->lifts)
        f->flags |= FACT_STATUS_ONLY;
    return f;
}

static void
read_observation(struct walk *w, const struct order *o, const struct result *r,
                 const struct term_analyte *an, const struct term_loinc *loinc,
                 const struct map_code *mc)
{
    struct value v = value_of(w, r);
    if (is_pending(w, r, v.text))
        return;
    struct fact *f = result_fact(w, o, r, FACT_OBSERVATION);
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
    if (!v.quantity.present && !str_is_absent(v.text))
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
    if (is_pending(w, r, v.text))
        return;
    struct fact *f = result_fact(w, o, r, FACT_BIOMARKER);
    if (f == NULL)
        return;
    struct biomarker *b = &f->u.biomarker;
    b->name = bm->name;
    b->method = str_is_absent(bm->method) ? walk_text(w, r->obx, 17, 2) : bm->method;
    struct str words[] = {v.coded.first.code, v.coded.first.display, v.coded.second.code,
                          v.coded.second.display, v.text};
    if (!str_is_absent(bm->unit) && (v.quantity.present || str_is_absent(v.text))) {
        b->number = v.quantity;
        b->unit = bm->unit;
        return;
    }
    if (str_is_absent(v.text))
        return;
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
    if (is_pending(w, r, v.text) || r->lifts)
        return;
    if (str_is_absent(v.text) || says_no(w, &v)) { /* taken back: whatever it had found */
        struct str gene = test->gene;
        if (!str_is_absent(test->change))
            gene = str_cat(w->arena, gene, str_cat(w->arena, STR(":"), test->change));
        genomic_negative_test(w, o, r->obx, r->status, gene);
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
    if (is_pending(w, r, v.text))
        return;
    int32_t at =
        str_is_empty(code) ? -1 : termindex_find_nocase(&w->terms->by_ecog, w->arena, code);
    if (at >= 0)
        score = at;
    else if (v.quantity.present && v.quantity.value.exp == 0 && v.quantity.cmp == CMP_EQ)
        score = v.quantity.value.coef;
    bool known = score >= 0 && score <= (str_eq_c(scale, "ecog") ? 5 : 100);
    if (!known && !str_is_absent(v.text)) {
        walk_warn(w, r->obx, 5, "performance status is not understood");
        w->unmapped++;
        return;
    }
    struct fact *f = result_fact(w, o, r, FACT_PERFORMANCE);
    if (f == NULL)
        return;
    f->u.performance.scale = scale;
    f->u.performance.score = known ? (int32_t)score : 0;
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

/* All repetitions, which must agree. */
static bool
responses_of(struct walk *w, const struct result *r, struct response *out)
{
    int reps = hl7_rep_count(w->m, hl7_field(w->m, r->obx, 5));
    bool any = false;
    for (int i = 1; i <= reps; i++) {
        struct value v = value_read(w, r->obx, i);
        struct response one = {.criteria = STR_NONE};
        if (str_is_absent(v.text) && str_is_empty(v.coded.second.code))
            continue;
        if (!response_of(w, &v, &one) || (any && one.code != out->code))
            return false;
        any = true;
        *out = one;
    }
    return any;
}

static void
read_response(struct walk *w, const struct order *o, const struct result *r)
{
    struct value v = value_read(w, r->obx, 1);
    struct response answer = {.code = RESPONSE_NE, .criteria = STR_NONE};
    bool none = str_is_absent(v.text) && str_is_empty(v.coded.second.code);
    if (is_pending(w, r, none ? STR_NONE : STR("")))
        return;
    if (!none && !responses_of(w, r, &answer)) {
        walk_warn(w, r->obx, 5, "tumour response is not understood");
        w->unmapped++;
        return;
    }
    struct fact *f = result_fact(w, o, r, FACT_RESPONSE);
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

/* "%PDF-" in base64: in ED's component 5, or in component 1 of whatever OBX-2 claims to be. */
static bool
is_pdf(struct walk *w, size_t obx)
{
    static const int comps[] = {5, 1};
    for (size_t i = 0; i < RFD_COUNT(comps); i++) {
        if (str_starts(hl7_value(w->m, obx, 5, comps[i]), STR("JVBERi0")))
            return true;
    }
    return false;
}

/* ED: component 2 type, 3 subtype (PDF), 5 content. */
static struct str
media_of(struct walk *w, const struct result *r)
{
    struct str type = walk_text(w, r->obx, 2, 1);
    if (is_pdf(w, r->obx) || str_eq_nocase(walk_text(w, r->obx, 5, 3), STR("PDF")))
        return STR("application/pdf");
    if (!str_eq_c(type, "ED") && !str_eq_c(type, "RP"))
        return STR("text/plain");
    return STR("application/octet-stream");
}

/* How much there is to read: a document's base64 alone, of a text all of it. */
static size_t
content_bytes(struct walk *w, const struct result *r)
{
    struct str content = hl7_value(w->m, r->obx, 5, 5);
    if (str_eq_c(walk_text(w, r->obx, 2, 1), "ED") && !str_is_empty(content))
        return content.n;
    return hl7_field(w->m, r->obx, 5).n;
}

static bool
is_narrative(struct walk *w, const struct order *o, const struct result *r)
{
    struct str type = walk_text(w, r->obx, 2, 1);
    if (str_eq_c(type, "ED") || str_eq_c(type, "RP") || is_pdf(w, r->obx))
        return true;
    return (str_eq_c(type, "TX") || str_eq_c(type, "FT")) &&
           (category_of(o->section) != NULL || str_eq_c(r->loinc, "51969-4"));
}

/* A report in many lines is one fact: its bytes are added up. */
static void
read_report(struct walk *w, const struct order *o, const struct result *r)
{
    struct str media = media_of(w, r);
    size_t bytes = content_bytes(w, r);
    const char *category = category_of(o->section);
    if (category == NULL)
        category = str_eq_c(r->loinc, "51969-4") ? "molecular" : "document";
    for (size_t i = o->first_fact; i < w->count; i++) {
        struct fact *f = &w->facts[i];
        if (f->kind == FACT_REPORT && str_eq(f->u.report.media, media)) {
            f->u.report.bytes += bytes;
            return;
        }
    }
    struct fact *f = order_fact(w, o, r->obx, FACT_REPORT, r->status);
    if (f == NULL)
        return;
    f->group = STR_NONE;
    f->u.report.category = str_from_c(category);
    f->u.report.media = media;
    f->u.report.bytes = bytes;
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

static bool
has_value(struct walk *w, size_t obx)
{
    struct str all = hl7_field(w->m, obx, 5);
    for (int i = 1; i <= hl7_rep_count(w->m, all); i++) {
        if (hl7_is_valued(hl7_rep(w->m, all, i)))
            return true;
    }
    return false;
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
        if (!order_status(w, o, i, &r.status))
            continue;
        r.lifts = str_eq_c(walk_text(w, i, 11, 1), "U") && !has_value(w, i);
        read_result(w, o, &r);
    }
}

/* MDM^T11, and of a T10 the document that it replaces: whatever stood under that number is so no
 * longer. */
static void
withdraw_document(struct walk *w, size_t txa, int field)
{
    struct str number = walk_text(w, txa, field, 3);
    if (str_is_absent(number))
        number = walk_text(w, txa, field, 1);
    if (str_is_absent(number)) {
        walk_warn(w, txa, field, "no number of the document that is cancelled or replaced");
        return;
    }
    struct fact *f = walk_fact(w, FACT_REPORT, txa);
    if (f == NULL)
        return;
    f->status = FACT_WITHDRAWN;
    f->order = number;
    f->u.report.category = STR("document");
}

void
walk_cancelled_document(struct walk *w)
{
    size_t n = w->m->seg_count, txa = hl7_next(w->m, 0, n, "TXA");
    if (txa < n)
        withdraw_document(w, txa, 12);
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
        if (txa != at && str_eq_c(walk_text(w, 0, 9, 2), "T10"))
            withdraw_document(w, txa, 13);
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
