#include "core/tumourboard.h"

#include "core/internal.h"
#include "core/person.h"
#include "engine/asked.h"
#include "match/boardtext.h"
#include "match/trialfiletext.h"

enum { BOARD_TEXT_MAX = 8 * 1024 * 1024, FILE_TEXT_MAX = 512 * 1024 };

/* ---- board ---- */

static void
add_case(const struct core *c, const struct asked_case *of, bool json, struct lines *out)
{
    const struct boardtext_of head = {
        .case_key = of->key,
        .disease = of->match.disease == NULL ? STR_NONE : of->match.disease->name,
        .dead = of->match.dead,
        .demo = c->knowledge->demo};
    struct match_board m;
    struct sb b;

    match_board_options(&c->knowledge->match, &of->match, out->arena, &m);
    sb_init_arena(&b, out->arena, BOARD_TEXT_MAX);
    if (json) {
        boardtext_json(&b, &head, &m);
        lines_add(out, sb_str(&b));
    } else {
        boardtext_plain(&b, &head, &m);
        lines_add_text(out, sb_str(&b));
    }
}

bool
core_tumour_board(struct core *c, uint64_t patient, struct stamp now, bool json, struct lines *out)
{
    struct person_loaded p = {0};
    struct engine_event ev =
        core_event(c, store_journal_head(c->store), core_instant(c, now), false);
    struct asked_cases cases;

    if (person_load(c->store, patient, out->arena, &p) != STORE_OK)
        return false;
    cases = asked_cases(c->knowledge, &p.patient, &ev, out->arena);
    for (size_t i = 0; i < cases.count; i++)
        add_case(c, &cases.item[i], json, out);
    return true;
}

void
ask_board(struct ask *k)
{
    uint64_t number;

    if (!ask_patient(k, &number))
        ask_fail(k, 1, "no alert and no patient (AUTHORITY:ID) of that name");
    else if (!core_tumour_board(k->core, number, k->now, k->rq->json, &k->lines))
        ask_fail(k, 1, "the store did not answer");
}

/* ---- trials ---- */

void
ask_trials(struct ask *k)
{
    const struct match_knowledge *m = &k->core->knowledge->match;
    day_t today = stamp_day(core_instant(k->core, k->now));

    for (size_t i = 0; i < m->files->count; i++) {
        const struct trial_file *f = &m->files->item[i];
        struct sb b;

        sb_init_arena(&b, k->arena, FILE_TEXT_MAX);
        if (k->rq->json) {
            trialfiletext_json(&b, f, m->trials, today);
            lines_add(&k->lines, sb_str(&b));
        } else {
            trialfiletext_plain(&b, f, m->trials, today);
            lines_add_text(&k->lines, sb_str(&b));
        }
    }
    if (!k->rq->json)
        lines_addf(&k->lines, "%zu trial files, %zu kept out", m->files->count, m->files->kept_out);
}
