#include "normalize/biomarker.h"

#include "base/sb.h"

/* What a number counts, by OBX-6 or the text behind the number, in lower case without spaces and
 * braces. PD-L1 as TPS, CPS, TC and IC are different scores, and a TMB per exome is not one per
 * megabase: a unit that is not here makes the number none. */
static const struct {
    const char *name;
    const char *said;
    const char *unit;
} units[] = {
    {"pdl1", "%", "%TPS"},
    {"pdl1", "%tps", "%TPS"},
    {"pdl1", "tps", "%TPS"},
    {"pdl1", "cps", "CPS"},
    {"pdl1", "score:cps", "CPS"},
    {"pdl1", "%ic", "%IC"},
    {"pdl1", "ic", "%IC"},
    {"pdl1", "%tc", "%TC"},
    {"pdl1", "tc", "%TC"},
    {"tmb", "/mb", "/Mb"},
    {"tmb", "mut/mb", "/Mb"},
    {"tmb", "muts/mb", "/Mb"},
    {"tmb", "mutations/mb", "/Mb"},
    {"tmb", "mutations/megabase", "/Mb"},
    {"tmb", "variants/mb", "/Mb"},
    {"tmb", "1/1000000base", "/Mb"},
    {"tmb", "mutations/1000000base", "/Mb"},
    {"tmb", "10*-6", "/Mb"},
    {"er", "%", "%"},
    {"pr", "%", "%"},
};

static bool
has_units(struct str name)
{
    for (size_t i = 0; i < RFD_COUNT(units); i++) {
        if (str_eq_c(name, units[i].name))
            return true;
    }
    return false;
}

static struct str
bare(struct walk *w, struct str said)
{
    struct str low = str_lower(w->arena, said);
    struct sb b;
    sb_init_arena(&b, w->arena, low.n + 1);
    for (size_t i = 0; i < low.n; i++) {
        if (low.p[i] != ' ' && low.p[i] != '{' && low.p[i] != '}')
            sb_add_char(&b, low.p[i]);
    }
    return sb_str(&b);
}

/* Absent: not a unit of this biomarker. */
static struct str
unit_said(struct walk *w, struct str name, struct str said)
{
    struct str s = bare(w, said);
    for (size_t i = 0; i < RFD_COUNT(units); i++) {
        if (str_eq_c(name, units[i].name) && str_eq_c(s, units[i].said))
            return str_from_c(units[i].unit);
    }
    return STR_NONE;
}

/* LOINC 105302-4 beside a number of PD-L1 names the score. */
static struct str
score_beside(struct walk *w, const struct order *o, size_t obx)
{
    struct str group = walk_leaf(w, hl7_field(w->m, obx, 4));
    for (size_t i = hl7_next(w->m, o->first, o->end, "OBX"); i < o->end;
         i = hl7_next(w->m, i + 1, o->end, "OBX")) {
        if (!str_eq_c(walk_text(w, i, 3, 1), "105302-4"))
            continue;
        struct value v = value_read(w, i, 1);
        if (str_eq(walk_leaf(w, hl7_field(w->m, i, 4)), group) && !str_is_empty(v.text))
            return v.text;
    }
    return STR_NONE;
}

static struct str
unit_of(struct walk *w, const struct order *o, size_t obx, const struct term_biomarker *bm,
        const struct value *v)
{
    struct str reported = walk_text(w, obx, 6, 1);
    struct str said = str_is_empty(reported) ? v->inline_unit : reported;
    bool pdl1 = str_eq_c(bm->name, "pdl1");
    struct str beside = pdl1 ? score_beside(w, o, obx) : STR_NONE;
    bool vague = str_is_empty(said) || str_eq_c(bare(w, said), "%") ||
                 str_eq_c(bare(w, said), "score"); /* which score, the other OBX says */
    if (!str_is_empty(beside) && vague)
        said = beside;
    if (str_is_empty(said) || !has_units(bm->name))
        return bm->unit;
    return unit_said(w, bm->name, said);
}

/* "TPS 60 %", "CPS: 12": the score first. */
static bool
score_first(struct walk *w, struct str text, struct quantity *number, struct str *unit)
{
    static const char *const scores[] = {"TPS", "CPS"};
    for (size_t i = 0; i < RFD_COUNT(scores); i++) {
        struct str rest = str_sub(text, 3, text.n), behind;
        if (text.n < 4 || !str_eq_nocase(str_sub(text, 0, 3), str_from_c(scores[i])))
            continue;
        rest = str_trim(rest);
        if (rest.n > 0 && (rest.p[0] == ':' || rest.p[0] == '='))
            rest = str_sub(rest, 1, rest.n);
        if (!value_parse(w->arena, rest, w->map->decimal_comma, number, &behind) ||
            (behind.n > 0 && !str_eq_c(behind, "%")))
            continue;
        *unit = i == 0 ? STR("%TPS") : STR("CPS");
        return true;
    }
    return false;
}

static bool
read_number(struct walk *w, const struct order *o, size_t obx, const struct term_biomarker *bm,
            const struct value *v, struct fact *f)
{
    struct biomarker *b = &f->u.biomarker;
    if (str_eq_c(bm->name, "pdl1") && score_first(w, v->text, &b->number, &b->unit))
        return true;
    if (!v->quantity.present)
        return false;
    struct str unit = unit_of(w, o, obx, bm, v);
    if (str_is_absent(bm->unit) && str_is_empty(unit))
        return false; /* its answers are words, "0" to "3+" among them */
    if (str_is_empty(unit)) {
        f->flags |= FACT_UNIT_UNKNOWN | FACT_VALUE_TEXT;
        walk_warn(w, obx, 6, "unit is not known for this biomarker: its number is not used");
        return true;
    }
    b->number = v->quantity;
    b->unit = unit;
    return true;
}

/* LOINC 62862-8 asks for instability and is answered by a stain of the repair proteins. */
static struct str
of_repair(struct str name, struct str answer)
{
    if (!str_eq_c(name, "mmr"))
        return answer;
    if (str_eq_c(answer, "positive") || str_eq_c(answer, "high"))
        return STR("deficient");
    return str_eq_c(answer, "negative") || str_eq_c(answer, "stable") ? STR("proficient") : answer;
}

/* A code that gives a number reads that first; "0" of a stain is an answer. */
bool
biomarker_read(struct walk *w, const struct order *o, size_t obx, const struct term_biomarker *bm,
               const struct value *v, struct fact *f)
{
    struct biomarker *b = &f->u.biomarker;
    struct str words[] = {v->coded.first.code, v->coded.first.display, v->coded.second.code,
                          v->coded.second.display, v->text};
    b->name = bm->name;
    b->method = str_is_absent(bm->method) ? walk_text(w, obx, 17, 2) : bm->method;
    if (!str_is_absent(bm->unit) && str_is_absent(v->text))
        b->unit = bm->unit;
    if (str_is_absent(v->text) || read_number(w, o, obx, bm, v, f))
        return true;
    for (size_t i = 0; i < RFD_COUNT(words) && str_is_absent(b->value); i++) {
        if (!str_is_empty(words[i]) && (v->is_coded || i == RFD_COUNT(words) - 1))
            b->value = of_repair(bm->name, terms_answer(w->terms, w->arena, words[i]));
    }
    if (!str_is_absent(b->value))
        return true;
    f->flags |= FACT_VALUE_TEXT;
    walk_warn(w, obx, 5, "answer of a biomarker is not known");
    return false;
}
