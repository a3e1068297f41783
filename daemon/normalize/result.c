#include "normalize/result.h"

#include "base/sb.h"
#include "model/unit.h"
#include "normalize/biomarker.h"
#include "normalize/panel.h"
#include "normalize/report.h"
#include "normalize/variant.h"

#include <string.h>

/* One OBX on its way. */
struct result {
    size_t obx;
    struct walk_coded code; /* OBX-3 */
    struct str loinc;
    enum fact_status status;
    bool settled; /* the site's table gives a LOINC code, whether it is of ours or not */
    bool lifts;   /* OBX-11 U without a value: what was sent as preliminary is final */
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
    /* the site's word comes first, be it a LOINC code */
    const struct term_loinc *said = mc == NULL || mc->analyte == NULL ? loinc : NULL;
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
    walk_trace(w, obx, (struct walk_from){obx, 7}, "range", text,
               low.present || high.present ? NULL : "not understood as limits: not used");
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

/* What came before under the same test, sub-id and time are other measurements (a curve without
 * sub-ids), and a text behind a number is its comment. */
static void
number_repeat(struct walk *w)
{
    repeats_number(&w->repeats, w->arena, w->facts, w->count - 1);
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
is_comment(const struct walk *w, const struct fact *f)
{
    bool word = f->status == FACT_WITHDRAWN || (f->flags & FACT_STATUS_ONLY) != 0;
    return !word && !f->u.observation.value.present && repeats_before(&w->repeats, w->facts, f) > 0;
}

/* A measurement is one value: several repetitions are kept as text, none of them is chosen. */
static struct value
value_of(struct walk *w, const struct result *r, const struct term_analyte *an)
{
    struct value v = value_read(w, r->obx, 1);
    struct str all = hl7_field(w->m, r->obx, 5);
    if (str_is_absent(v.text) && hl7_rep_count(w->m, all) > 1)
        v.text = walk_leaf(w, all); /* "~4": the first is empty */
    if (v.quantity.present && !str_is_empty(v.inline_unit) && !value_is_mark(v.inline_unit) &&
        !value_is_unit(w, an, v.inline_unit))
        v.quantity.present = false; /* "4.2 haemolysed": a person should read that */
    if (!v.quantity.present || hl7_rep_count(w->m, all) < 2)
        return v;
    v.quantity.present = false;
    v.text = walk_leaf(w, all);
    walk_warn(w, r->obx, 5, "several values in one result: none is chosen");
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

/* "LOINC 2857-1", "CODE of SYSTEM by lis.csv:12" */
static void
trace_code(struct walk *w, const struct result *r, const struct map_code *mc, struct str to)
{
    struct code c = code_sent(r);
    struct sb b;
    if (w->trace == NULL)
        return;
    sb_init_arena(&b, w->arena, 400);
    if (mc != NULL)
        sb_addf(&b, "the map's entry at %s:%d", mc->file == NULL ? "map" : mc->file, mc->line);
    if (mc == NULL || !str_is_absent(mc->loinc))
        sb_addf(&b, "%sLOINC %.*s", mc == NULL ? "" : ", as ", STR_FMT(r->loinc));
    if (str_is_empty(r->loinc) && mc == NULL)
        sb_addf(&b, "code %.*s", STR_FMT(c.code));
    walk_trace(w, r->obx, (struct walk_from){r->obx, 3}, "code", to, sb_cz(&b));
}

static void
trace_observation(struct walk *w, const struct result *r, const struct map_code *mc,
                  const struct fact *f)
{
    const struct observation *ob = &f->u.observation;
    if (w->trace == NULL)
        return;
    trace_code(w, r, mc, ob->analyte);
    walk_trace(w, r->obx, (struct walk_from){r->obx, 5}, "value", ob->text,
               ob->value.present ? "a number" : "no number: kept as text");
    if (!str_is_absent(ob->method))
        walk_trace(w, r->obx, (struct walk_from){r->obx, 17}, "method", ob->method,
                   hl7_is_valued(hl7_field(w->m, r->obx, 17)) ? NULL : "the code names it");
    if (!str_is_absent(ob->matrix))
        walk_trace(w, r->obx, (struct walk_from){r->obx, 0}, "material", ob->matrix,
                   "by code and specimen");
}

static void
read_observation(struct walk *w, const struct order *o, const struct result *r,
                 const struct term_analyte *an, const struct term_loinc *loinc,
                 const struct map_code *mc)
{
    struct value v = value_of(w, r, an);
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
    if (is_comment(w, f)) {
        walk_trace(w, r->obx, (struct walk_from){r->obx, 5}, "no fact", STR_NONE,
                   "a text beside a value of the same code: its comment");
        w->count--;
        return;
    }
    trace_observation(w, r, mc, f);
    if (!v.quantity.present && !str_is_absent(v.text)) {
        f->flags |= FACT_VALUE_TEXT;
        walk_warn(w, r->obx, 5, "value is no number: kept as text");
    }
    if (v.quantity.present)
        value_unit(w, r->obx, an, mc, v.inline_unit, f);
    put_range(w, r->obx, f);
    if (terms_display_conflict(w->terms, w->arena, an, ob->code.display)) {
        f->flags |= FACT_CODE_CONFLICT;
        walk_warn(w, r->obx, 3, "code and display speak of different analytes");
    }
    number_repeat(w);
}

/* An answer in free text is only counted: its words are the patient's. */
static void
unknown_answer(struct walk *w, const struct value *v)
{
    struct code none = {STR_NONE, STR_NONE, STR_NONE};
    walk_unmapped(w, UNMAPPED_ANSWER, v->is_coded ? v->coded.first : none, STR_NONE);
}

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
    trace_code(w, r, NULL, bm->name);
    if (!biomarker_read(w, o, r->obx, bm, &v, f))
        unknown_answer(w, &v);
    walk_trace(w, r->obx, (struct walk_from){r->obx, 5}, "answer",
               str_is_absent(f->u.biomarker.value) ? v.text : f->u.biomarker.value,
               str_is_absent(f->u.biomarker.value) ? "as sent" : "the terminology's answers");
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
unknown_variant(struct walk *w, size_t obx, struct str gene, struct str spelling)
{
    walk_warn(w, obx, 5, "alteration is not understood");
    walk_unmapped(w, UNMAPPED_VARIANT, (struct code){STR_NONE, gene, spelling}, STR_NONE);
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
        unknown_variant(w, r->obx, test->gene, v.text);
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
        unknown_answer(w, &v);
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
        unknown_answer(w, &v);
        return;
    }
    struct fact *f = result_fact(w, o, r, FACT_RESPONSE);
    if (f == NULL)
        return;
    f->u.response = answer;
    trace_code(w, r, NULL, STR("tumour response"));
    walk_trace(w, r->obx, (struct walk_from){r->obx, 5}, "answer",
               str_from_c(response_code_name(answer.code)),
               "the map's or the terminology's responses");
}

/* The topography of the order, whose last word counts; looked for once, when a histology asks. */
static struct str
topography_of(struct walk *w, const struct order *o)
{
    struct str site = STR_NONE;
    if (w->topography_known)
        return w->topography;
    for (size_t i = o->first; i < o->end; i++) {
        if (!hl7_seg_is(w->m, i, "OBX"))
            continue;
        struct walk_coded c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, i, 3), 1));
        struct str loinc = walk_loinc(w, &c);
        int32_t at = str_is_empty(loinc) ? -1 : termindex_find(&w->terms->by_question, loinc);
        if (str_eq_c(terms_name_at(w->terms, at), "topography"))
            site = walk_text(w, i, 5, 1);
    }
    w->topography_known = true;
    w->topography = site;
    return site;
}

/* Histology and topography by ICD-O-3: together one diagnosis. */
static void
read_histology(struct walk *w, const struct order *o, const struct result *r)
{
    struct value v = value_read(w, r->obx, 1);
    struct str code = v.is_coded ? v.coded.first.code : v.text;
    const struct oncotree_node *node =
        str_is_empty(code) ? NULL : terms_icdo(w->terms, w->arena, code, topography_of(w, o));
    if (node == NULL) {
        walk_warn(w, r->obx, 5, "histology is not in the table");
        w->unmapped++;
        if (v.is_coded)
            walk_unmapped(w, UNMAPPED_DIAGNOSIS, v.coded.first, STR_NONE);
        return;
    }
    struct fact *f = order_fact(w, o, r->obx, FACT_DIAGNOSIS, r->status);
    if (f == NULL)
        return;
    f->u.diagnosis.oncotree = node->code;
    f->u.diagnosis.code = (struct code){STR("ICDO3"), code, v.coded.first.display};
    walk_trace(w, r->obx, (struct walk_from){r->obx, 5}, "diagnosis", node->code,
               "ICD-O-3 histology with the topography of the same order");
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

static void
read_unmapped(struct walk *w, const struct order *o, const struct result *r)
{
    w->unmapped++;
    if (!r->settled)
        walk_unmapped(w, UNMAPPED_RESULT, code_sent(r), walk_text(w, r->obx, 6, 1));
    walk_trace(w, r->obx, (struct walk_from){r->obx, 3}, w->map->keep_unmapped ? "code" : "no fact",
               STR_NONE, "no map and no terminology knows this code");
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
    number_repeat(w);
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

/* Of a report. An answer that no table knows is listed with it, and is unmapped all the same. */
static bool
read_part(struct walk *w, const struct order *o, const struct result *r)
{
    struct report_part part = {.obx = r->obx, .status = r->status, .code = r->code};
    if (!report_takes(w, o, r->obx, &r->code, r->loinc, &part.kind))
        return false;
    report_add(w, &part);
    walk_trace(w, r->obx, (struct walk_from){r->obx, 5}, "report", STR_NONE,
               part.kind == REPORT_LINE ? "a line of its text"
               : part.kind == REPORT_FILE
                   ? "a document of its own"
                   : "listed with the report: a coded answer without a table");
    return part.kind != REPORT_ANSWER;
}

static void
read_result(struct walk *w, const struct order *o, struct result *r)
{
    const struct map_code *mc = site_code(w, &r->code);
    const struct term_loinc *loinc =
        str_is_empty(r->loinc) ? NULL : terms_loinc(w->terms, r->loinc);
    r->settled = mc != NULL && !str_is_absent(mc->loinc);
    if (mc != NULL && mc->analyte != NULL)
        read_observation(w, o, r, mc->analyte, loinc, mc);
    else if (loinc != NULL)
        read_observation(w, o, r, loinc->analyte, loinc, mc);
    else if (site_question(w, &r->code))
        read_response(w, o, r);
    else if (!str_is_empty(r->loinc) && read_by_table(w, o, r))
        return;
    else if (!read_part(w, o, r))
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
    w->repeats = (struct repeats){0};
    w->topography_known = false;
    for (size_t i = o->first; i < o->end && w->reason == NORMALIZE_NONE; i++) {
        struct result r = {.obx = i};
        if (!hl7_seg_is(w->m, i, "OBX"))
            continue;
        r.code = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, i, 3), 1));
        r.loinc = walk_loinc(w, &r.code);
        if (panel_is_code(r.loinc))
            continue;
        if (!order_status(w, o, i, &r.status))
            continue;
        r.lifts = str_eq_c(walk_text(w, i, 11, 1), "U") && !has_value(w, i);
        read_result(w, o, &r);
    }
    report_order(w, o);
}

/* MDM^T11, and of a T10 the document that it replaces: what stood under that number is so no
 * longer. */
void
walk_cancelled_document(struct walk *w)
{
    size_t n = w->m->seg_count, txa = hl7_next(w->m, 0, n, "TXA");
    if (txa < n)
        report_withdraw(w, txa, 12);
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
            report_withdraw(w, txa, 13);
        result_order(w, &o);
        genomic_order(w, &o);
    }
    while (at < n && w->reason == NORMALIZE_NONE) {
        size_t next = hl7_next(w->m, at + 1, n, "OBR");
        struct order o = order_read(w, at, at + 1, next);
        result_order(w, &o);
        report_cancelled(w, &o);
        genomic_order(w, &o);
        at = next;
    }
}
