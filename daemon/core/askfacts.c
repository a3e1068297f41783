#include "core/askfacts.h"

#include "base/sb.h"
#include "codec/json.h"
#include "core/factname.h"
#include "core/internal.h"
#include "core/person.h"

enum { FACT_JSON_MAX = 256 * 1024 };

static void
fact_line(struct ask *k, const struct timeline_item *i)
{
    const struct fact *f = i->fact;
    char hex[FACTNAME_MAX];
    struct sb b;

    if (k->rq->json) {
        sb_init_arena(&b, k->arena, FACT_JSON_MAX);
        sb_addf(&b, "{\"name\":\"%.*s\",\"fact\":", STR_FMT(factname_of(&i->key, hex)));
        codec_fact_json(&b, f);
        sb_add_char(&b, '}');
        lines_add(&k->lines, sb_str(&b));
        return;
    }
    lines_addf(&k->lines, "%.*s %s: %.*s [message %llu, %.*s]",
               STR_FMT(factname_short(&i->key, hex)), fact_kind_name(f->kind),
               STR_FMT(evidence_text(k->arena, f)), (unsigned long long)f->source.journal,
               STR_FMT(f->source.feed));
}

static bool
kind_wanted(struct ask *k, enum fact_kind *out, bool *any)
{
    *any = k->rq->arg_count == 1;
    for (unsigned i = 0; !*any && i < FACT_KIND_COUNT; i++) {
        *out = (enum fact_kind)i;
        if (str_eq_c(k->rq->arg[1], fact_kind_name(*out)))
            return true;
    }
    return *any;
}

void
ask_facts(struct ask *k)
{
    struct person_loaded p = {0};
    struct timeline t;
    enum fact_kind kind = FACT_OBSERVATION;
    uint64_t number;
    bool any;

    if (!kind_wanted(k, &kind, &any)) {
        ask_fail(k, 2, "no kind of fact of that name: observation, variant, response, therapy …");
        return;
    }
    if (!ask_patient(k, &number) ||
        person_load(core_store(k->core), number, k->arena, &p) != STORE_OK) {
        ask_fail(k, 1, "no alert and no patient (AUTHORITY:ID) of that name");
        return;
    }
    t = timeline_build(k->arena, p.patient.fact, p.patient.fact_count,
                       core_instant(k->core, k->now));
    for (size_t i = 0; i < t.count; i++) {
        if (any || t.item[i].fact->kind == kind)
            fact_line(k, &t.item[i]);
    }
}
