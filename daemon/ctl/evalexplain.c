#include "ctl/evalexplain.h"

#include "core/explain.h"
#include "ctl/call.h"
#include "wire/jsonout.h"

enum { LINE_JSON_MAX = 256 * 1024 };

static void
add_text(struct jsonout *j, const char *key, struct str text)
{
    if (str_is_empty(text))
        return;
    jsonout_key(j, key);
    jsonout_str(j, text);
}

static void
add_evidence(struct jsonout *j, const struct finding *f, struct arena *a)
{
    jsonout_key(j, "evidence");
    jsonout_list(j);
    for (size_t i = 0; i < f->evidence_count; i++) {
        jsonout_map(j);
        jsonout_key(j, "part");
        jsonout_c(j, evidence_part_name(f->evidence[i].part));
        add_text(j, "text", evidence_text(a, f->evidence[i].fact));
        jsonout_map_end(j);
    }
    jsonout_list_end(j);
}

static void
add_missing(struct jsonout *j, const struct finding *f)
{
    jsonout_key(j, "missing");
    jsonout_list(j);
    for (size_t i = 0; i < f->missing_count; i++)
        jsonout_str(j, f->missing[i]);
    jsonout_list_end(j);
}

static void
print_json(const struct evalexplain *x, const struct result_message *m, const struct engine_view *v)
{
    const struct finding *f = v->finding;
    struct jsonout j;
    struct sb b;

    sb_init_arena(&b, x->arena, LINE_JSON_MAX);
    jsonout_init(&j, &b);
    jsonout_map(&j);
    jsonout_key(&j, "explain");
    jsonout_map(&j);
    add_text(&j, "message", m->control_id);
    add_text(&j, "case", v->case_key);
    add_text(&j, "rule", f->rule->id);
    add_text(&j, "version", f->rule->version);
    jsonout_key(&j, "status");
    jsonout_c(&j, finding_status_name(f->status));
    jsonout_key(&j, "mode");
    jsonout_c(&j, rule_mode_name(f->rule->mode));
    jsonout_key(&j, "shown");
    jsonout_bool(&j, v->shown);
    add_text(&j, "why", f->why);
    add_missing(&j, f);
    add_evidence(&j, f, x->arena);
    jsonout_map_end(&j);
    jsonout_map_end(&j);
    call_print(sb_str(&b));
}

static void
explain_patient(const struct evalexplain *x, const struct result_message *m, uint64_t number)
{
    struct effects fx;
    struct lines lines;

    if (!core_look(x->core, number, x->now, x->arena, &fx))
        return;
    if (!x->text) {
        for (size_t i = 0; i < fx.view_count; i++)
            print_json(x, m, &fx.view[i]);
        return;
    }
    lines_init(&lines, x->arena);
    lines_addf(&lines, "---- rules after message %.*s", STR_FMT(m->control_id));
    explain_effects(&lines, &fx, false);
    for (size_t i = 0; i < lines.count; i++)
        call_print(lines.line[i]);
}

static bool
is_first_of_patient(const struct result_message *m, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (str_eq(m->fact[i].patient.authority, m->fact[at].patient.authority) &&
            str_eq(m->fact[i].patient.id, m->fact[at].patient.id))
            return false;
    }
    return true;
}

void
evalexplain_message(const struct evalexplain *x, const struct result_message *m)
{
    for (size_t i = 0; i < m->fact_count; i++) {
        size_t mark = arena_mark(x->arena);
        uint64_t number;

        if (is_first_of_patient(m, i) &&
            store_patient_find(core_store(x->core), m->fact[i].patient, &number) == STORE_OK)
            explain_patient(x, m, number);
        arena_release(x->arena, mark);
    }
}
