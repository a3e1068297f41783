/* A row of diagnoses or of responses → its fact. */
#include "base/sb.h"
#include "normalize/csvrows.h"

enum { CRITERIA_MAX = 40, TEXT_MAX = 300 };

/* NAACCR and many registries write 81403, 8140/3 is what the tables hold. */
static struct str
morphology_of(struct arena *a, struct str s)
{
    struct sb b;

    if (s.n != 5 || str_find_any(s, "/") < s.n)
        return s;
    sb_init_arena(&b, a, 8);
    sb_add(&b, str_sub(s, 0, 4));
    sb_add_char(&b, '/');
    sb_add_char(&b, s.p[4]);
    return sb_str(&b);
}

/* "8140/3 C61.9", in either order and with any of " +;," between. */
static void
split_icdo(struct str code, struct str *morphology, struct str *topography)
{
    size_t at = str_find_any(code, " +;,");
    struct str head = str_sub(code, 0, at);
    struct str rest;

    while (at < code.n && str_find_any(str_sub(code, at, 1), " +;,") == 0)
        at++;
    rest = str_trim(str_sub(code, at, code.n));
    if (head.n > 0 && head.p[0] >= '0' && head.p[0] <= '9') {
        *morphology = head;
        *topography = str_is_empty(rest) ? *topography : rest;
    } else {
        *morphology = str_is_empty(rest) ? *morphology : rest;
        *topography = head;
    }
}

struct coded {
    struct code code;
    const struct oncotree_node *node;
};

static const struct oncotree_node *
node_of_map(struct csvwalk *w, const struct code *c)
{
    struct str own = map_diagnosis(w->use->map, w->arena, c->system, c->code);

    return str_is_absent(own) ? NULL : oncotree_code(&w->use->terms->oncotree, own);
}

static struct str
upper(struct arena *a, struct str s)
{
    struct sb b;

    sb_init_arena(&b, a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        sb_add_char(&b, (char)(s.p[i] >= 'a' && s.p[i] <= 'z' ? s.p[i] - 'a' + 'A' : s.p[i]));
    return sb_str(&b);
}

static struct coded
read_icdo(struct csvwalk *w, struct str code)
{
    struct str morphology = csvwalk_text(w, CSVCOL_MORPHOLOGY);
    struct str topography = csvwalk_text(w, CSVCOL_TOPOGRAPHY);
    struct coded c = {.code = {.system = STR("ICDO3")}};

    if (!str_is_absent(code))
        split_icdo(code, &morphology, &topography);
    c.code.code = morphology_of(w->arena, morphology);
    c.node = node_of_map(w, &c.code);
    if (c.node == NULL)
        c.node = terms_icdo(w->use->terms, w->arena, c.code.code, topography);
    return c;
}

static struct coded
read_code(struct csvwalk *w, struct str system, struct str code)
{
    const struct terms *t = w->use->terms;
    struct coded c = {.code = {.system = system, .code = code}};

    c.node = node_of_map(w, &c.code);
    if (c.node != NULL)
        return c;
    if (str_eq_nocase(system, STR("ONCOTREE")))
        c.node = oncotree_code(&t->oncotree, upper(w->arena, code));
    else if (str_eq_c(system, "I10C"))
        c.node = terms_icd10(t, w->arena, code);
    else if (str_eq_c(system, "SCT"))
        c.node = terms_snomed(t, code);
    return c;
}

/* A registry's or clinic's table holds other diagnoses too: in ICD-10 tumours are C00 to D49. */
static bool
is_other_disease(const struct coded *c)
{
    struct str code = c->code.code;

    if (!str_eq_c(c->code.system, "I10C") || code.n < 3)
        return false;
    if (code.p[0] == 'C' || code.p[0] == 'c')
        return false;
    return (code.p[0] != 'D' && code.p[0] != 'd') || code.p[1] > '4';
}

/* The code of the columns; with a morphology beside an ICD-10 code the deeper of the two. */
static bool
find_node(struct csvwalk *w, struct coded *out, bool *conflict)
{
    struct str code = csvwalk_text(w, CSVCOL_CODE);
    struct str said = csvwalk_text(w, CSVCOL_CODE_SYSTEM);
    struct str system = str_is_absent(said) ? STR_NONE : map_system(w->use->map, w->arena, said);
    struct str morphology = csvwalk_text(w, CSVCOL_MORPHOLOGY);
    struct coded icdo = {.node = NULL};

    if (str_eq_c(system, "ICDO3") || str_is_absent(code)) {
        *out = read_icdo(w, code);
        return !str_is_empty(out->code.code) || out->node != NULL;
    }
    if (str_is_absent(system)) {
        csvwalk_fail(w, CSVCOL_CODE_SYSTEM,
                     "ICD-10-CM, ICD-O-3, SNOMED, OncoTree or the map's own");
        return false;
    }
    *out = read_code(w, system, code);
    if (!str_is_absent(morphology))
        icdo = read_icdo(w, STR_NONE);
    if (icdo.node != NULL && out->node != NULL && oncotree_is_below(icdo.node, out->node))
        out->node = icdo.node;
    else if (icdo.node != NULL && out->node != NULL)
        *conflict = !oncotree_is_below(out->node, icdo.node);
    return true;
}

/* False: a word that is none. */
static bool
read_activity(struct csvwalk *w, bool *active)
{
    static const struct str over[] = {
        {"inactive", 8}, {"resolved", 8}, {"no longer active", 16}, {"past", 4}};
    static const struct str on[] = {{"active", 6},    {"current", 7},   {"final", 5},
                                    {"corrected", 9}, {"recurrent", 9}, {"preliminary", 11}};
    struct str s = csvwalk_text(w, CSVCOL_STATUS);

    *active = true;
    if (str_is_absent(s) || w->status != FACT_FINAL)
        return true;
    for (size_t i = 0; i < RFD_COUNT(on); i++) {
        if (str_eq_nocase(s, on[i]))
            return true;
    }
    *active = false;
    for (size_t i = 0; i < RFD_COUNT(over); i++) {
        if (str_eq_nocase(s, over[i]))
            return true;
    }
    csvwalk_fail(w, CSVCOL_STATUS, "active, inactive, corrected or withdrawn");
    return false;
}

void
csvwalk_diagnosis(struct csvwalk *w)
{
    struct stamp at = csvwalk_date(w, CSVCOL_DIAGNOSED_ON);
    struct coded c = {.node = NULL};
    bool conflict = false;
    bool active;
    struct fact *f;

    if (str_is_absent(csvwalk_text(w, CSVCOL_DIAGNOSED_ON)))
        csvwalk_fail(w, CSVCOL_DIAGNOSED_ON, "a diagnosis without a date; 2024 alone will do");
    if (!read_activity(w, &active))
        return;
    if (!find_node(w, &c, &conflict)) {
        if (!w->bad)
            csvwalk_fail(w, CSVCOL_CODE, "a diagnosis without a code");
        return;
    }
    if (c.node == NULL && is_other_disease(&c)) {
        w->not_ours = true;
        return;
    }
    if (c.node == NULL) {
        csvwalk_fail(w, str_eq_c(c.code.system, "ICDO3") ? CSVCOL_MORPHOLOGY : CSVCOL_CODE,
                     "a code that no table and no map knows");
        return;
    }
    c.code.display = str_sub(csvwalk_text(w, CSVCOL_TEXT), 0, TEXT_MAX);
    conflict = conflict || terms_site_conflict(w->use->terms, w->arena, c.node, c.code.display);
    if (conflict)
        csvwalk_warn(w, CSVCOL_CODE, "code and text, or two codes, speak of different sites");
    f = csvwalk_fact(w, FACT_DIAGNOSIS, at);
    f->flags |= conflict ? (uint32_t)FACT_CODE_CONFLICT : 0;
    f->order = csvwalk_record(w, STR_NONE);
    f->u.diagnosis = (struct diagnosis){.oncotree = c.node->code, .code = c.code, .active = active};
}

/* "RECIST 1.1" is recist11, "iRECIST" irecist. */
static struct str
criteria_of(struct csvwalk *w)
{
    struct str s = csvwalk_text(w, CSVCOL_CRITERIA);
    struct str low;
    struct sb b;

    if (str_is_absent(s))
        return STR_NONE;
    low = str_lower(w->arena, s);
    sb_init_arena(&b, w->arena, CRITERIA_MAX);
    for (size_t i = 0; i < low.n; i++) {
        char c = low.p[i];

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            sb_add_char(&b, c);
    }
    if (!sb_ok(&b) || sb_str(&b).n == 0)
        csvwalk_fail(w, CSVCOL_CRITERIA, "the name of criteria, such as RECIST 1.1");
    return sb_str(&b);
}

static bool
response_of(struct csvwalk *w, struct response *out)
{
    struct str s = csvwalk_text(w, CSVCOL_RESPONSE);
    const struct map_response *own = map_response_find(w->use->map, w->arena, STR("L"), s);
    struct code answer = {STR("L"), s, s};

    if (own != NULL) {
        out->code = own->code;
        out->criteria = own->criteria;
        return true;
    }
    return response_code_parse(s, &out->code) ||
           terms_response(w->use->terms, w->arena, answer, &out->code);
}

void
csvwalk_response(struct csvwalk *w)
{
    struct stamp at = csvwalk_date(w, CSVCOL_DATE);
    struct str criteria = criteria_of(w);
    struct response r = {.code = RESPONSE_NE};
    struct fact *f;

    if (str_is_absent(csvwalk_text(w, CSVCOL_DATE)))
        csvwalk_fail(w, CSVCOL_DATE, "a response without a date");
    if (str_is_absent(csvwalk_text(w, CSVCOL_RESPONSE)))
        csvwalk_fail(w, CSVCOL_RESPONSE, "a row without a response");
    else if (!response_of(w, &r))
        csvwalk_fail(w, CSVCOL_RESPONSE, "CR, PR, SD, PD, NE, iCR … iCPD, or a word of the map's");
    if (w->bad)
        return;
    if (!str_is_absent(criteria))
        r.criteria = criteria;
    if (!str_is_absent(csvwalk_text(w, CSVCOL_SITE)))
        r.site = str_lower(w->arena, csvwalk_text(w, CSVCOL_SITE));
    f = csvwalk_fact(w, FACT_RESPONSE, at);
    f->order = csvwalk_record(w, STR_NONE);
    f->group = criteria; /* by RECIST and by iRECIST a day may have two */
    f->u.response = r;
}
