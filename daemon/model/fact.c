#include "model/fact.h"

#include <string.h>

/* Content is fed field by field in the order of fact.h; a key feeds what identifies, nothing
 * else. */

typedef void feed(struct sha256_ctx *c, const struct fact *f);

static void
feed_i64(struct sha256_ctx *c, int64_t v)
{
    sha256_add_u64(c, (uint64_t)v);
}

static void
feed_bool(struct sha256_ctx *c, bool v)
{
    sha256_add_u64(c, v ? 1 : 0);
}

static void
feed_code(struct sha256_ctx *c, const struct code *code)
{
    sha256_add_str(c, code->system);
    sha256_add_str(c, code->code);
}

static void
feed_quantity(struct sha256_ctx *c, const struct quantity *q)
{
    feed_bool(c, q->present);
    if (!q->present)
        return;
    feed_i64(c, (int64_t)q->cmp);
    feed_i64(c, q->value.coef);
    feed_i64(c, q->value.exp);
}

static void
feed_list(struct sha256_ctx *c, const struct str *list, size_t count)
{
    sha256_add_u64(c, count);
    for (size_t i = 0; i < count; i++)
        sha256_add_str(c, list[i]);
}

static void
feed_stamp(struct sha256_ctx *c, struct stamp s)
{
    sha256_add_u64(c, s.precision);
    if (stamp_is_absent(s))
        return;
    feed_i64(c, s.utc_s);
}

/* ---- identity ---------------------------------------------------------------------------- */

static void
key_observation(struct sha256_ctx *c, const struct fact *f)
{
    const struct observation *o = &f->u.observation;
    sha256_add_str(c, o->analyte);
    if (str_is_absent(o->analyte))
        feed_code(c, &o->code);
}

static void
key_variant(struct sha256_ctx *c, const struct fact *f)
{
    const struct variant *v = &f->u.variant;
    sha256_add_str(c, v->gene);
    sha256_add_str(c, v->name);
    sha256_add_str(c, v->partner);
    if (!str_is_absent(v->name))
        return;
    sha256_add_str(c, v->hgvs_c); /* no normal form: two of them in one gene are two facts */
    sha256_add_str(c, v->hgvs_p);
}

static void
key_biomarker(struct sha256_ctx *c, const struct fact *f)
{
    sha256_add_str(c, f->u.biomarker.name);
    sha256_add_str(c, f->u.biomarker.unit); /* one report gives PD-L1 as %TPS and as CPS */
}

static void
key_response(struct sha256_ctx *c, const struct fact *f)
{
    (void)f;
    sha256_add_str(c, STR("response"));
}

static void
key_therapy(struct sha256_ctx *c, const struct fact *f)
{
    const struct therapy *t = &f->u.therapy;
    feed_i64(c, (int64_t)t->action);
    feed_i64(c, (int64_t)t->rung); /* dispensed and billed on one day are two pieces of evidence */
    sha256_add_str(c, t->drug);
    if (str_is_absent(t->drug))
        feed_list(c, t->classes, t->class_count);
    if (str_is_absent(t->drug) && t->class_count == 0)
        feed_code(c, &t->code);
    sha256_add_str(c, t->order);
}

static void
key_diagnosis(struct sha256_ctx *c, const struct fact *f)
{
    feed_code(c, &f->u.diagnosis.code);
}

static void
key_performance(struct sha256_ctx *c, const struct fact *f)
{
    sha256_add_str(c, f->u.performance.scale);
}

static void
key_procedure(struct sha256_ctx *c, const struct fact *f)
{
    const struct procedure *p = &f->u.procedure;
    sha256_add_str(c, p->name);
    if (str_is_absent(p->name))
        feed_code(c, &p->code);
}

static void
key_negative(struct sha256_ctx *c, const struct fact *f)
{
    const struct negative *n = &f->u.negative;
    sha256_add_str(c, n->panel);
    sha256_add_str(c, n->source);
    if (str_is_absent(n->panel)) /* single tests: what was looked for is their name */
        feed_list(c, n->genes, n->gene_count);
}

static void
key_report(struct sha256_ctx *c, const struct fact *f)
{
    sha256_add_str(c, f->u.report.category);
    sha256_add_str(c, f->u.report.media); /* a text and its PDF are two */
}

static void
key_restriction(struct sha256_ctx *c, const struct fact *f)
{
    sha256_add_str(c, f->u.restriction.name);
}

static void
key_demographics(struct sha256_ctx *c, const struct fact *f)
{
    (void)c;
    (void)f; /* one per patient */
}

static void
key_link(struct sha256_ctx *c, const struct fact *f)
{
    sha256_add_str(c, f->u.link.other.authority);
    sha256_add_str(c, f->u.link.other.id);
}

static void
feed_providers(struct sha256_ctx *c, const struct provider *p, size_t n)
{
    sha256_add_u64(c, n);
    for (size_t i = 0; i < n; i++) {
        sha256_add_str(c, p[i].authority);
        sha256_add_str(c, p[i].id);
    }
}

static void
key_role(struct sha256_ctx *c, const struct fact *f)
{
    const struct care_role *r = &f->u.role;
    feed_bool(c, r->visit);
    sha256_add_str(c, r->role);
    if (r->visit)
        return;
    if (str_is_absent(r->role))
        feed_code(c, &r->code);
    sha256_add_str(c, r->instance);
    if (!str_is_absent(r->instance))
        return;
    feed_providers(c, r->person, r->person_count);
}

static feed *const key_of[FACT_KIND_COUNT] = {
    [FACT_OBSERVATION] = key_observation,
    [FACT_VARIANT] = key_variant,
    [FACT_BIOMARKER] = key_biomarker,
    [FACT_RESPONSE] = key_response,
    [FACT_THERAPY] = key_therapy,
    [FACT_DIAGNOSIS] = key_diagnosis,
    [FACT_PERFORMANCE] = key_performance,
    [FACT_PROCEDURE] = key_procedure,
    [FACT_NEGATIVE] = key_negative,
    [FACT_REPORT] = key_report,
    [FACT_RESTRICTION] = key_restriction,
    [FACT_DEMOGRAPHICS] = key_demographics,
    [FACT_LINK] = key_link,
    [FACT_ROLE] = key_role,
};

/* Standing facts: what holds until a newer statement replaces it, whoever sends it and when. */
static bool
is_standing(enum fact_kind k)
{
    return k == FACT_DIAGNOSIS || k == FACT_RESTRICTION || k == FACT_DEMOGRAPHICS ||
           k == FACT_LINK || k == FACT_ROLE;
}

struct fact_key
fact_key(const struct fact *f)
{
    rfd_assert((unsigned)f->kind < FACT_KIND_COUNT);
    if (f->keyed)
        return f->key;
    struct sha256_ctx c;
    sha256_init(&c);
    sha256_add_str(&c, f->patient.authority);
    sha256_add_str(&c, f->patient.id);
    sha256_add_u64(&c, (uint64_t)f->kind);
    key_of[f->kind](&c, f);
    if (!is_standing(f->kind)) {
        sha256_add_str(&c, f->order);
        sha256_add_str(&c, f->specimen);
        feed_stamp(&c, f->collected);
        sha256_add_str(&c, f->group);
    }
    struct sha256 whole = sha256_end(&c);
    struct fact_key key;
    memcpy(key.b, whole.b, sizeof(key.b));
    return key;
}

int
fact_key_cmp(const struct fact_key *a, const struct fact_key *b)
{
    return memcmp(a->b, b->b, sizeof(a->b));
}

/* ---- content ----------------------------------------------------------------------------- */

static void
say_code(struct sha256_ctx *c, const struct code *code)
{
    feed_code(c, code);
    sha256_add_str(c, code->display);
}

static void
say_observation(struct sha256_ctx *c, const struct fact *f)
{
    const struct observation *o = &f->u.observation;
    sha256_add_str(c, o->analyte);
    say_code(c, &o->code);
    feed_quantity(c, &o->value);
    sha256_add_str(c, o->text);
    sha256_add_str(c, o->unit_reported);
    sha256_add_str(c, o->unit);
    feed_quantity(c, &o->low);
    feed_quantity(c, &o->high);
    sha256_add_str(c, o->method);
    sha256_add_str(c, o->laboratory);
    sha256_add_str(c, o->matrix);
}

static void
say_variant(struct sha256_ctx *c, const struct fact *f)
{
    const struct variant *v = &f->u.variant;
    sha256_add_str(c, v->gene);
    sha256_add_str(c, v->name);
    sha256_add_str(c, v->hgvs_p);
    sha256_add_str(c, v->hgvs_c);
    sha256_add_str(c, v->partner);
    feed_i64(c, v->exon);
    feed_bool(c, v->present);
    feed_i64(c, (int64_t)v->category);
    feed_i64(c, (int64_t)v->origin);
    sha256_add_str(c, v->source);
    feed_quantity(c, &v->vaf);
    feed_quantity(c, &v->copies);
}

static void
say_biomarker(struct sha256_ctx *c, const struct fact *f)
{
    const struct biomarker *b = &f->u.biomarker;
    sha256_add_str(c, b->name);
    sha256_add_str(c, b->value);
    feed_quantity(c, &b->number);
    sha256_add_str(c, b->unit);
    sha256_add_str(c, b->method);
}

static void
say_response(struct sha256_ctx *c, const struct fact *f)
{
    feed_i64(c, (int64_t)f->u.response.code);
    sha256_add_str(c, f->u.response.criteria);
    sha256_add_str(c, f->u.response.site);
}

static void
say_therapy(struct sha256_ctx *c, const struct fact *f)
{
    const struct therapy *t = &f->u.therapy;
    feed_i64(c, (int64_t)t->action);
    feed_i64(c, (int64_t)t->rung);
    sha256_add_str(c, t->drug);
    feed_list(c, t->classes, t->class_count);
    feed_i64(c, t->cover_days);
    sha256_add_str(c, t->order);
    sha256_add_str(c, t->intent);
    sha256_add_str(c, t->regimen);
    feed_i64(c, t->cycle);
    sha256_add_str(c, t->reason);
    say_code(c, &t->code);
}

static void
say_diagnosis(struct sha256_ctx *c, const struct fact *f)
{
    sha256_add_str(c, f->u.diagnosis.oncotree);
    say_code(c, &f->u.diagnosis.code);
    feed_bool(c, f->u.diagnosis.active);
}

static void
say_performance(struct sha256_ctx *c, const struct fact *f)
{
    sha256_add_str(c, f->u.performance.scale);
    feed_i64(c, f->u.performance.score);
}

static void
say_procedure(struct sha256_ctx *c, const struct fact *f)
{
    sha256_add_str(c, f->u.procedure.name);
    say_code(c, &f->u.procedure.code);
}

static void
say_negative(struct sha256_ctx *c, const struct fact *f)
{
    const struct negative *n = &f->u.negative;
    sha256_add_str(c, n->panel);
    feed_list(c, n->genes, n->gene_count);
    sha256_add_str(c, n->source);
}

static void
say_report(struct sha256_ctx *c, const struct fact *f)
{
    sha256_add_str(c, f->u.report.category);
    sha256_add_str(c, f->u.report.media);
    sha256_add_u64(c, f->u.report.bytes);
    sha256_add_str(c, f->u.report.sha);
    sha256_add_str(c, f->u.report.problem);
    sha256_add_str(c, f->u.report.parent);
    feed_bool(c, f->u.report.read);
}

static void
say_restriction(struct sha256_ctx *c, const struct fact *f)
{
    sha256_add_str(c, f->u.restriction.name);
    feed_bool(c, f->u.restriction.active);
}

static void
say_stamp(struct sha256_ctx *c, struct stamp s)
{
    feed_stamp(c, s);
    if (!stamp_is_absent(s))
        feed_i64(c, s.offset_min);
}

static void
say_demographics(struct sha256_ctx *c, const struct fact *f)
{
    const struct demographics *d = &f->u.demographics;
    say_stamp(c, d->birth);
    feed_i64(c, (int64_t)d->sex);
    say_stamp(c, d->death);
    feed_bool(c, d->dead);
    sha256_add_str(c, d->attending);
}

static void
say_link(struct sha256_ctx *c, const struct fact *f)
{
    sha256_add_str(c, f->u.link.other.authority);
    sha256_add_str(c, f->u.link.other.id);
    feed_bool(c, f->u.link.live);
}

static void
say_role(struct sha256_ctx *c, const struct fact *f)
{
    const struct care_role *r = &f->u.role;
    sha256_add_str(c, r->role);
    say_code(c, &r->code);
    feed_bool(c, r->visit);
    sha256_add_str(c, r->instance);
    feed_providers(c, r->person, r->person_count);
    say_stamp(c, r->begin);
    say_stamp(c, r->end);
    feed_bool(c, r->active);
}

static feed *const content_of[FACT_KIND_COUNT] = {
    [FACT_OBSERVATION] = say_observation,
    [FACT_VARIANT] = say_variant,
    [FACT_BIOMARKER] = say_biomarker,
    [FACT_RESPONSE] = say_response,
    [FACT_THERAPY] = say_therapy,
    [FACT_DIAGNOSIS] = say_diagnosis,
    [FACT_PERFORMANCE] = say_performance,
    [FACT_PROCEDURE] = say_procedure,
    [FACT_NEGATIVE] = say_negative,
    [FACT_REPORT] = say_report,
    [FACT_RESTRICTION] = say_restriction,
    [FACT_DEMOGRAPHICS] = say_demographics,
    [FACT_LINK] = say_link,
    [FACT_ROLE] = say_role,
};

struct sha256
fact_content(const struct fact *f)
{
    rfd_assert((unsigned)f->kind < FACT_KIND_COUNT);
    struct sha256_ctx c;
    sha256_init(&c);
    sha256_add_u64(&c, (uint64_t)f->kind);
    sha256_add_u64(&c, (uint64_t)f->status);
    sha256_add_str(&c, f->patient.authority);
    sha256_add_str(&c, f->patient.id);
    say_stamp(&c, f->collected);
    say_stamp(&c, f->status_time);
    sha256_add_str(&c, f->order);
    sha256_add_str(&c, f->specimen);
    sha256_add_str(&c, f->group);
    content_of[f->kind](&c, f);
    if (f->ordered_by_count + f->attended_by_count > 0) {
        feed_providers(&c, f->ordered_by, f->ordered_by_count);
        feed_providers(&c, f->attended_by, f->attended_by_count);
    }
    return sha256_end(&c);
}

/* ---- order ------------------------------------------------------------------------------- */

int
fact_version_cmp(const struct fact *a, const struct fact *b)
{
    int by_time = stamp_cmp(a->status_time, b->status_time);
    if (by_time != 0)
        return by_time;
    if (a->status != b->status)
        return a->status < b->status ? -1 : 1;
    if (a == b)
        return 0;
#ifdef RFD_BROKEN_TIES /* the negative control of `make sim`: arrival decides, and it must show */
    return a->source.journal < b->source.journal ? -1 : 1;
#else
    struct sha256 x = fact_content(a);
    struct sha256 y = fact_content(b);
    return sha256_cmp(&x, &y);
#endif
}

int
fact_order_cmp(const struct fact *a, const struct fact *b)
{
    int by_time = stamp_cmp(a->collected, b->collected);
    if (by_time != 0 || a == b)
        return by_time;
    struct fact_key x = fact_key(a);
    struct fact_key y = fact_key(b);
    int by_key = fact_key_cmp(&x, &y);
    return by_key != 0 ? by_key : fact_version_cmp(a, b);
}

day_t
fact_day(const struct fact *f)
{
    return stamp_is_absent(f->collected) ? DAY_NONE : stamp_day(f->collected);
}
