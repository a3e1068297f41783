#include "normalize/native.h"

#include "base/sha256.h"
#include "model/unit.h"
#include "normalize/phrase.h"
#include "normalize/variant.h"

struct native {
    const struct map *map;
    const struct terms *terms;
    struct arena *arena;
};

static struct str
system_of(struct native *n, struct code c)
{
    return map_system(n->map, n->arena, c.system);
}

/* The analyte by name, else by the map's or the standard code. */
static void
observation_name(struct native *n, struct fact *f)
{
    struct observation *o = &f->u.observation;
    struct str system = system_of(n, o->code);
    const struct map_code *mapped = map_code_find(n->map, n->arena, system, o->code.code);
    struct str code = str_eq_c(system, "LN") ? o->code.code
                      : mapped == NULL       ? STR_NONE
                                             : mapped->loinc;
    const struct term_loinc *loinc = str_is_empty(code) ? NULL : terms_loinc(n->terms, code);

    o->code.system = system;
    if (!str_is_empty(o->analyte) && terms_analyte(n->terms, o->analyte) != NULL)
        return;
    o->analyte = STR_NONE;
    if (mapped != NULL && mapped->analyte != NULL) {
        o->analyte = mapped->analyte->name;
        if (str_is_empty(o->unit_reported) && str_is_empty(o->unit))
            o->unit = mapped->unit;
    } else if (loinc != NULL) {
        o->analyte = loinc->fluid ? loinc->analyte->fluid : loinc->analyte->name;
        if (str_is_empty(o->method))
            o->method = loinc->method;
        if (str_is_empty(o->matrix))
            o->matrix = loinc->matrix;
    } else {
        f->flags |= FACT_CODE_UNMAPPED;
    }
}

static void
observation_unit(struct native *n, struct fact *f)
{
    struct observation *o = &f->u.observation;
    struct str said = str_is_empty(o->unit) ? o->unit_reported : o->unit;
    struct str ucum = map_unit(n->map, said);

    if (str_is_empty(o->unit_reported))
        o->unit_reported = o->unit;
    if (!str_is_absent(ucum) || unit_normalize(said, &ucum)) {
        o->unit = ucum;
    } else if (!str_is_empty(said)) {
        o->unit = STR_NONE;
        f->flags |= FACT_UNIT_UNKNOWN;
    }
    if (o->value.present && str_is_empty(o->unit))
        f->flags |= FACT_UNIT_UNKNOWN;
}

/* Classes are ours to say: a publisher's own list is kept only for a drug that nobody here
 * knows. */
static void
therapy_classes(struct native *n, struct fact *f)
{
    struct therapy *t = &f->u.therapy;
    const struct term_drug *code[TERMS_DRUGS_MAX];
    const struct term_drug *d =
        str_is_empty(t->drug) ? NULL : terms_drug(n->terms, n->arena, t->drug);

    if (d == NULL && map_drug_find(n->map, n->arena, system_of(n, t->code), t->code.code, code) > 0)
        d = code[0];
    if (d == NULL) {
        if (t->class_count == 0)
            f->flags |= FACT_CODE_UNMAPPED;
        return;
    }
    t->drug = d->name;
    t->classes = d->classes;
    t->class_count = d->class_count;
    if (t->cover_days <= 0)
        t->cover_days = d->cover_days;
}

static void
diagnosis_node(struct native *n, struct fact *f)
{
    struct diagnosis *d = &f->u.diagnosis;
    struct str system = system_of(n, d->code);
    const struct oncotree_node *node =
        str_is_empty(d->oncotree) ? NULL : oncotree_code(&n->terms->oncotree, d->oncotree);
    struct str mapped = map_diagnosis(n->map, n->arena, system, d->code.code);

    if (node == NULL && !str_is_empty(mapped))
        node = oncotree_code(&n->terms->oncotree, mapped);
    if (node == NULL && str_eq_c(system, "I10C"))
        node = terms_icd10(n->terms, n->arena, d->code.code);
    if (node == NULL && str_eq_c(system, "SCT"))
        node = terms_snomed(n->terms, d->code.code);
    d->oncotree = node == NULL ? STR_NONE : node->code;
    if (node == NULL)
        f->flags |= FACT_CODE_UNMAPPED;
}

static void
variant_name_fill(struct native *n, struct fact *f)
{
    struct variant *v = &f->u.variant;
    struct variant_names names;
    struct str text = !str_is_empty(v->name) ? v->name : v->hgvs_p;

    if (str_is_empty(text))
        text = v->hgvs_c;
    if (!str_is_empty(v->gene))
        v->gene = terms_symbol(n->terms, n->arena, v->gene);
    if (!str_is_empty(text) && variant_parse(n->arena, n->terms, v->gene, text, &names) &&
        names.count == 1 && !names.item[0].wild) {
        const struct variant_name *one = &names.item[0];

        v->name = one->name;
        v->category = one->category;
        if (str_is_empty(v->gene))
            v->gene = one->gene;
        if (v->exon == 0)
            v->exon = one->exon;
        if (str_is_empty(v->partner))
            v->partner = one->partner;
    }
    if (v->present && str_eq_c(v->source, "plasma") && terms_is_chip(n->terms, v->gene))
        f->flags |= FACT_PLASMA_CHIP;
}

static void
fact_fill(struct native *n, struct fact *f)
{
    switch (f->kind) {
    case FACT_OBSERVATION:
        observation_name(n, f);
        observation_unit(n, f);
        break;
    case FACT_VARIANT: variant_name_fill(n, f); break;
    case FACT_THERAPY: therapy_classes(n, f); break;
    case FACT_DIAGNOSIS: diagnosis_node(n, f); break;
    case FACT_BIOMARKER:
    case FACT_RESPONSE:
    case FACT_PERFORMANCE:
    case FACT_PROCEDURE:
    case FACT_NEGATIVE:
    case FACT_REPORT:
    case FACT_RESTRICTION:
    case FACT_DEMOGRAPHICS:
    case FACT_LINK:
    case FACT_ROLE:
    case FACT_KIND_COUNT: break;
    }
}

const struct fact *
normalize_native(const struct fact *facts, size_t count, const struct map *map,
                 const struct terms *terms, struct stamp sent, struct arena *a)
{
    struct native n = {map, terms, a};
    struct fact *out = ARENA_ARRAY(a, count, struct fact);

    for (size_t i = 0; i < count; i++) {
        out[i] = facts[i];
        out[i].map_hash = map->hash;
        out[i].received = STAMP_NONE;
        if (stamp_is_absent(out[i].status_time))
            out[i].status_time = sent;
        fact_fill(&n, &out[i]);
    }
    return out;
}

static void
report_describe(struct fact *f, const struct document *doc, struct arena *a)
{
    char hex[SHA256_HEX_MAX];
    struct sha256 sha = sha256_of(doc->content.p, doc->content.n);

    f->u.report.media = doc->media;
    f->u.report.bytes = doc->content.n;
    f->u.report.sha = str_dup(a, sha256_hex(&sha, hex));
}

static struct document
document_read(const struct document *said, const struct terms *terms, struct arena *a)
{
    struct document doc = {
        .fact = said->fact, .media = said->media, .content = said->content, .title = said->title};
    struct phrase_hit hit;

    if (str_is_absent(doc.content))
        doc.content = STR("");
    if (str_is_empty(doc.media))
        doc.media = STR("text/plain");
    if (str_eq_c(doc.media, "text/plain") && phrase_find(terms, a, doc.content, &hit)) {
        doc.phrase = hit.phrase;
        doc.quote = hit.quote;
    }
    return doc;
}

const struct fact *
normalize_native_reports(const struct fact *facts, size_t count, struct native_documents *documents,
                         const struct terms *terms, struct arena *a)
{
    struct fact *out = ARENA_ARRAY(a, count, struct fact);
    struct document *doc = ARENA_ARRAY(a, documents->count, struct document);
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        out[i] = facts[i];
        if (out[i].kind != FACT_REPORT)
            continue;
        out[i].u.report.sha = STR_NONE;
        out[i].u.report.problem = STR_NONE;
        out[i].u.report.read = false;
    }
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *said = &documents->document[i];

        if (said->fact >= count || out[said->fact].kind != FACT_REPORT ||
            !str_is_absent(out[said->fact].u.report.sha))
            continue;
        doc[n] = document_read(said, terms, a);
        report_describe(&out[said->fact], &doc[n++], a);
    }
    *documents = (struct native_documents){doc, n};
    return out;
}
