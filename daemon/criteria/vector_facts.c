#include "criteria/vector_facts.h"

#include "base/sb.h"
#include "model/unit.h"

#include <string.h>

enum { SECONDS_OF_DAY = 86400 };

/* What an event says, read once; texts that were not given are absent. */
struct event {
    struct str id;
    struct stamp when;
    day_t recv;
    enum fact_status status;
};

typedef bool event_check(const struct tree *t, struct diags *d);
typedef void event_fact(const struct tree *t, struct arena *a, struct fact *out);

struct event_type {
    const char *name;
    const char *const *keys;
    size_t key_count;
    const char *when; /* the key of its clinical time */
    event_check *check;
    event_fact *fact;
};

static struct str
text_of(const struct tree *t, const char *key)
{
    const struct tree *v = tree_get(t, key);

    return tree_is_absent(v) || v->kind != TREE_SCALAR ? STR_NONE : v->text;
}

static bool
is_absent_key(const struct tree *t, const char *key)
{
    return str_is_empty(text_of(t, key));
}

/* The comparator in front, in ASCII or as one sign; what is left of the text. */
static struct str
comparator_cut(struct str s, enum cmp_op *out)
{
    static const struct {
        const char *sign;
        enum cmp_op cmp;
    } signs[] = {
        {"<=", CMP_LE},           {">=", CMP_GE}, {"\xe2\x89\xa4", CMP_LE},
        {"\xe2\x89\xa5", CMP_GE}, {"<", CMP_LT},  {">", CMP_GT},
    };

    *out = CMP_EQ;
    for (size_t i = 0; i < RFD_COUNT(signs); i++) {
        struct str sign = str_from_c(signs[i].sign);

        if (str_starts(s, sign)) {
            *out = signs[i].cmp;
            return str_trim(str_sub(s, sign.n, s.n - sign.n));
        }
    }
    return s;
}

/* A decimal, or what JSON may make of one: "1.2e-05". */
static bool
number_read(struct str s, struct dec *out)
{
    enum { EXPONENT_MAX = 30 };
    size_t at = str_find_any(s, "eE");
    int64_t exponent = 0;
    struct str power;

    if (!dec_parse(str_sub(s, 0, at), out))
        return false;
    if (at == s.n)
        return true;
    power = str_sub(s, at + 1, s.n - at - 1);
    if (str_starts(power, STR("+")))
        power = str_sub(power, 1, power.n - 1);
    if (!str_to_i64(power, &exponent) || exponent < -EXPONENT_MAX || exponent > EXPONENT_MAX)
        return false;
    out->exp += (int32_t)exponent;
    return out->exp >= -DEC_EXP_MAX && out->exp <= DEC_EXP_MAX;
}

/* "12.5", "<0.1", ">=1000" */
static bool
quantity_read(struct str s, struct quantity *out)
{
    struct quantity q = {.present = true};

    if (!number_read(comparator_cut(str_trim(s), &q.cmp), &q.value))
        return false;
    *out = q;
    return true;
}

/* HL7 table 0085 */
static bool
status_read(struct str s, enum fact_status *out)
{
    static const struct {
        const char *codes;
        enum fact_status status;
    } table[] = {
        {"PRSI", FACT_PRELIMINARY},
        {"FABVU", FACT_FINAL},
        {"C", FACT_CORRECTED},
        {"WDX", FACT_WITHDRAWN},
    };

    *out = FACT_FINAL;
    if (str_is_empty(s))
        return true;
    for (size_t i = 0; s.n == 1 && i < RFD_COUNT(table); i++) {
        if (strchr(table[i].codes, s.p[0]) != NULL) {
            *out = table[i].status;
            return true;
        }
    }
    return false;
}

static bool
action_read(struct str s, enum therapy_action *out)
{
    static const struct {
        const char *word;
        enum therapy_action action;
    } table[] = {
        {"start", THERAPY_START},    {"dose", THERAPY_DOSE}, {"change", THERAPY_CHANGE},
        {"resume", THERAPY_START},   {"hold", THERAPY_HOLD}, {"stop", THERAPY_STOP},
        {"last_dose", THERAPY_STOP}, {"end", THERAPY_STOP},  {"not_given", THERAPY_NOT_GIVEN},
    };

    for (size_t i = 0; i < RFD_COUNT(table); i++) {
        if (str_eq_c(s, table[i].word)) {
            *out = table[i].action;
            return true;
        }
    }
    return false;
}

static bool
need_keys(const struct tree *t, const char *const *keys, size_t count, struct diags *d)
{
    for (size_t i = 0; i < count; i++)
        if (tree_need(t, keys[i], d) == NULL)
            return false;
    return true;
}

/* Digits, and no letter that would make a word of it: meant as a number. */
static bool
is_number_like(struct str s)
{
    bool digit = false;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        unsigned char lower = c | 0x20u;

        if (lower >= 'a' && lower <= 'z' && lower != 'e')
            return false;
        digit = digit || (c >= '0' && c <= '9');
    }
    return digit;
}

/* A word ("haemolysed") is a result without a value; what looks like a number and cannot be read
 * exactly ("10,5", 17 digits) would be left out in silence. */
static bool
check_value(const struct tree *t, struct diags *d)
{
    const struct tree *value = tree_need(t, "value", d);
    struct quantity q;

    if (value == NULL || !tree_is(value, TREE_SCALAR, d))
        return false;
    if (quantity_read(value->text, &q) || !is_number_like(value->text))
        return true;
    tree_error(value, d, "a number is written as 12.5, <0.1 or >=100, with at most 15 digits");
    return false;
}

/* Without a unit, or with an empty one, the value compares with nothing (README, point 13). */
static bool
check_lab(const struct tree *t, struct diags *d)
{
    struct quantity q;

    if (tree_need(t, "analyte", d) == NULL || !check_value(t, d))
        return false;
    if (!is_absent_key(t, "uln") && !quantity_read(text_of(t, "uln"), &q)) {
        tree_error(tree_get(t, "uln"), d, "an upper limit of normal is a number");
        return false;
    }
    return true;
}

static void
fact_lab(const struct tree *t, struct arena *a, struct fact *out)
{
    struct observation *o = &out->u.observation;

    (void)a;
    out->kind = FACT_OBSERVATION;
    out->specimen = text_of(t, "specimen");
    o->analyte = text_of(t, "analyte");
    o->code = (struct code){STR("L"), o->analyte, o->analyte};
    o->text = text_of(t, "value");
    o->unit_reported = text_of(t, "unit");
    o->method = text_of(t, "method");
    o->matrix = text_of(t, "matrix");
    if (!quantity_read(o->text, &o->value)) {
        o->value = (struct quantity){0};
        out->flags |= FACT_VALUE_TEXT;
    }
    if (!unit_normalize(o->unit_reported, &o->unit)) {
        o->unit = STR_NONE;
        out->flags |= FACT_UNIT_UNKNOWN;
    }
    if (!is_absent_key(t, "uln") && !quantity_read(text_of(t, "uln"), &o->high))
        o->high = (struct quantity){0};
}

static bool
classes_ok(const struct tree *list, struct diags *d)
{
    if (list == NULL || tree_is_absent(list))
        return true;
    if (!tree_is(list, TREE_SEQ, d))
        return false;
    for (size_t i = 0; i < tree_len(list); i++) {
        if (tree_is_absent(tree_at(list, i)) || !tree_is(tree_at(list, i), TREE_SCALAR, d)) {
            tree_error(tree_at(list, i), d, "the name of a class is expected here");
            return false;
        }
    }
    return true;
}

static bool
check_therapy(const struct tree *t, struct diags *d)
{
    const struct tree *list = tree_get(t, "class");
    enum therapy_action action;

    if (tree_need(t, "action", d) == NULL)
        return false;
    if (!action_read(text_of(t, "action"), &action)) {
        tree_error(tree_get(t, "action"), d,
                   "no such action (start dose change hold resume stop last_dose not_given)");
        return false;
    }
    if (!classes_ok(list, d))
        return false;
    if (tree_len(list) == 0 && is_absent_key(t, "drug")) {
        tree_error(t, d, "a therapy has a drug or a class");
        return false;
    }
    return true;
}

/* The classes given, and the drug's own name as one of them. */
static void
fact_therapy(const struct tree *t, struct arena *a, struct fact *out)
{
    const struct tree *list = tree_get(t, "class");
    size_t n = tree_len(list);
    struct str *classes = ARENA_ARRAY(a, n + 1, struct str);
    struct therapy *th = &out->u.therapy;

    out->kind = FACT_THERAPY;
    if (!action_read(text_of(t, "action"), &th->action))
        th->action = THERAPY_NOT_GIVEN;
    th->rung = THERAPY_ENTERED;
    th->drug = is_absent_key(t, "drug") ? STR_NONE : str_lower(a, text_of(t, "drug"));
    for (size_t i = 0; i < n; i++)
        classes[i] = tree_at(list, i)->text;
    if (!str_is_absent(th->drug))
        classes[n++] = th->drug;
    th->classes = classes;
    th->class_count = n;
    th->intent = text_of(t, "intent");
    th->code = (struct code){STR("L"), n > 0 ? classes[n - 1] : STR_NONE, STR_NONE};
}

static bool
check_response(const struct tree *t, struct diags *d)
{
    enum response_code code;

    if (tree_need(t, "code", d) == NULL)
        return false;
    if (response_code_parse(text_of(t, "code"), &code))
        return true;
    tree_error(tree_get(t, "code"), d, "no such response (CR PR SD PD NE iCR iPR iSD iUPD iCPD)");
    return false;
}

static void
fact_response(const struct tree *t, struct arena *a, struct fact *out)
{
    (void)a;
    out->kind = FACT_RESPONSE;
    if (!response_code_parse(text_of(t, "code"), &out->u.response.code))
        out->u.response.code = RESPONSE_NE;
}

static bool
check_variant(const struct tree *t, struct diags *d)
{
    static const char *const needed[] = {"gene", "hgvs", "present"};
    const struct tree *vaf = tree_get(t, "vaf");
    struct quantity q;
    bool present;

    if (!need_keys(t, needed, RFD_COUNT(needed), d) ||
        !tree_bool(tree_get(t, "present"), d, &present))
        return false;
    if (tree_is_absent(vaf) || quantity_read(text_of(t, "vaf"), &q))
        return true;
    tree_error(vaf, d, "a variant allele frequency is a number");
    return false;
}

static char
residue_letter(struct str three)
{
    static const char *const names[] = {
        "AAla", "RArg", "NAsn", "DAsp", "CCys", "QGln", "EGlu", "GGly", "HHis", "IIle",
        "LLeu", "KLys", "MMet", "FPhe", "PPro", "SSer", "TThr", "WTrp", "YTyr", "VVal",
    };

    for (size_t i = 0; i < RFD_COUNT(names); i++)
        if (str_eq_c(three, names[i] + 1))
            return names[i][0];
    return '\0';
}

/* "p.(Thr790Met)" and "p.T790M" as "T790M"; what is no substitution stays as it is. */
static struct str
variant_name(struct arena *a, struct str s)
{
    struct sb b;
    struct str head;
    struct str rest;
    char from;
    char to;

    while (str_cut(s, ':', &head, &rest)) /* NP_005219.2:p.Thr790Met */
        s = rest;
    if (str_starts(s, STR("p.")))
        s = str_sub(s, 2, s.n - 2);
    if (s.n > 2 && s.p[0] == '(' && s.p[s.n - 1] == ')')
        s = str_sub(s, 1, s.n - 2);
    if (s.n < 7)
        return s;
    from = residue_letter(str_sub(s, 0, 3));
    to = residue_letter(str_sub(s, s.n - 3, 3));
    if (from == '\0' || to == '\0')
        return s;
    sb_init_arena(&b, a, 64);
    sb_add_char(&b, from);
    sb_add(&b, str_sub(s, 3, s.n - 6));
    sb_add_char(&b, to);
    return sb_str(&b);
}

static void
fact_variant(const struct tree *t, struct arena *a, struct fact *out)
{
    struct variant *v = &out->u.variant;

    out->kind = FACT_VARIANT;
    v->gene = text_of(t, "gene");
    v->hgvs_p = text_of(t, "hgvs");
    v->name = variant_name(a, v->hgvs_p);
    v->present = str_eq_c(text_of(t, "present"), "true");
    v->source = text_of(t, "source");
    out->specimen = text_of(t, "specimen");
    if (!is_absent_key(t, "vaf") && !quantity_read(text_of(t, "vaf"), &v->vaf))
        v->vaf = (struct quantity){0};
}

static bool
check_procedure(const struct tree *t, struct diags *d)
{
    return tree_need(t, "code", d) != NULL;
}

static void
fact_procedure(const struct tree *t, struct arena *a, struct fact *out)
{
    struct str code = text_of(t, "code");

    (void)a;
    out->kind = FACT_PROCEDURE;
    out->u.procedure.name = code;
    out->u.procedure.code = (struct code){STR("L"), code, code};
}

static bool
check_negative(const struct tree *t, struct diags *d)
{
    const struct tree *genes = tree_need(t, "genes", d);

    return genes != NULL && tree_is(genes, TREE_SEQ, d);
}

/* A panel that covered these genes, or "EGFR:T790M", and reported none of them. */
static void
fact_negative(const struct tree *t, struct arena *a, struct fact *out)
{
    const struct tree *list = tree_get(t, "genes");
    size_t n = tree_len(list);
    struct str *genes = ARENA_ARRAY(a, n + 1, struct str);

    for (size_t i = 0; i < n; i++)
        genes[i] = tree_at(list, i)->text;
    out->kind = FACT_NEGATIVE;
    out->u.negative = (struct negative){
        .panel = STR("vector"), .genes = genes, .gene_count = n, .source = text_of(t, "source")};
}

static bool
check_biomarker(const struct tree *t, struct diags *d)
{
    static const char *const needed[] = {"name", "value"};

    return need_keys(t, needed, RFD_COUNT(needed), d);
}

static void
fact_biomarker(const struct tree *t, struct arena *a, struct fact *out)
{
    (void)a;
    out->kind = FACT_BIOMARKER;
    out->u.biomarker.name = text_of(t, "name");
    out->u.biomarker.value = text_of(t, "value");
}

/* born: as much of the date as is known */
static bool
check_person(const struct tree *t, struct diags *d)
{
    struct stamp born;

    if (tree_need(t, "born", d) == NULL)
        return false;
    if (stamp_parse(text_of(t, "born"), &born))
        return true;
    tree_error(tree_get(t, "born"), d, "no date of birth (1960, 1960-05 or 1960-05-17)");
    return false;
}

static void
fact_person(const struct tree *t, struct arena *a, struct fact *out)
{
    (void)a;
    out->kind = FACT_DEMOGRAPHICS;
    if (!stamp_parse(text_of(t, "born"), &out->u.demographics.birth))
        out->u.demographics.birth = STAMP_NONE;
}

static const char *const lab_keys[] = {"type",   "analyte", "collected", "value",
                                       "unit",   "id",      "recv",      "status",
                                       "method", "uln",     "matrix",    "specimen"};
static const char *const therapy_keys[] = {"type", "action", "date", "class", "drug",
                                           "recv", "status", "id",   "intent"};
static const char *const response_keys[] = {"type", "date", "code", "id", "recv", "status"};
static const char *const variant_keys[] = {"type", "date", "gene",   "hgvs",   "present", "vaf",
                                           "id",   "recv", "status", "source", "specimen"};
static const char *const procedure_keys[] = {"type", "date", "code", "recv", "status", "id"};
static const char *const biomarker_keys[] = {"type", "date",   "name", "value",
                                             "recv", "status", "id"};
static const char *const negative_keys[] = {"type", "date",   "genes", "source",
                                            "recv", "status", "id"};
static const char *const person_keys[] = {"type", "date", "born", "recv", "status", "id"};

static const struct event_type types[] = {
    {"lab", lab_keys, RFD_COUNT(lab_keys), "collected", check_lab, fact_lab},
    {"therapy", therapy_keys, RFD_COUNT(therapy_keys), "date", check_therapy, fact_therapy},
    {"response", response_keys, RFD_COUNT(response_keys), "date", check_response, fact_response},
    {"variant", variant_keys, RFD_COUNT(variant_keys), "date", check_variant, fact_variant},
    {"procedure", procedure_keys, RFD_COUNT(procedure_keys), "date", check_procedure,
     fact_procedure},
    {"biomarker", biomarker_keys, RFD_COUNT(biomarker_keys), "date", check_biomarker,
     fact_biomarker},
    {"negative", negative_keys, RFD_COUNT(negative_keys), "date", check_negative, fact_negative},
    {"person", person_keys, RFD_COUNT(person_keys), "date", check_person, fact_person},
};

static const struct event_type *
type_of(const struct tree *t)
{
    for (size_t i = 0; i < RFD_COUNT(types); i++)
        if (str_eq_c(text_of(t, "type"), types[i].name))
            return &types[i];
    return NULL;
}

/* A day or an instant; the day counts. */
static bool
when_read(struct str s, struct stamp *out)
{
    day_t day;

    if (day_parse(s, &day)) {
        *out = stamp_of_day(day, 0);
        return true;
    }
    return stamp_parse(s, out) && out->precision >= PRECISION_DAY;
}

static bool
event_read(const struct tree *t, const struct event_type *type, struct event *out)
{
    struct stamp recv;

    out->id = text_of(t, "id");
    if (!when_read(text_of(t, type->when), &out->when) ||
        !status_read(text_of(t, "status"), &out->status) || !when_read(text_of(t, "recv"), &recv))
        return false;
    out->recv = stamp_day(recv);
    return true;
}

static bool
event_ok(const struct tree *t, struct diags *d)
{
    static const char *const names[] = {"lab",       "therapy",   "response", "variant",
                                        "procedure", "biomarker", "negative", "person"};
    const struct event_type *type;
    struct event e;
    int kind;

    if (t == NULL || tree_is_absent(t)) {
        tree_error(t, d, "an event is a map (key: value)");
        return false;
    }
    if (!tree_is(t, TREE_MAP, d) ||
        !tree_enum(tree_need(t, "type", d), d, names, RFD_COUNT(names), &kind))
        return false;
    type = type_of(t);
    rfd_assert(type != NULL);
    if (!tree_check_keys(t, type->keys, type->key_count, d) ||
        tree_need(t, type->when, d) == NULL || tree_need(t, "recv", d) == NULL)
        return false;
    if (!event_read(t, type, &e)) {
        tree_error(t, d, "an event's %s, recv or status is not of the format", type->when);
        return false;
    }
    return type->check(t, d);
}

bool
vector_facts_check(const struct tree *events, struct diags *d)
{
    bool ok = true;

    if (!tree_is(events, TREE_SEQ, d))
        return false;
    for (size_t i = 0; i < tree_len(events); i++)
        if (!event_ok(tree_at(events, i), d))
            ok = false;
    return ok;
}

struct stamp
vector_facts_end_of(day_t day)
{
    return stamp_of_utc(stamp_of_day(day, 0).utc_s + SECONDS_OF_DAY - 1);
}

/* Has another event of this id and type, received after this one, come by that day? A preliminary
 * one that trails in replaces nothing that was settled (reference/hl7.md item 32). */
static bool
is_superseded(const struct tree *events, size_t at, const struct event *e, day_t asof)
{
    const struct event_type *type = type_of(tree_at(events, at));

    for (size_t i = 0; i < tree_len(events) && !str_is_empty(e->id); i++) {
        const struct tree *t = tree_at(events, i);
        struct event o;

        if (i == at || type_of(t) != type || !str_eq(text_of(t, "id"), e->id) ||
            !str_eq(text_of(t, "analyte"), text_of(tree_at(events, at), "analyte")) ||
            !event_read(t, type, &o))
            continue;
        if (o.status == FACT_PRELIMINARY && e->status != FACT_PRELIMINARY)
            continue;
        if (o.recv <= asof && o.recv > e->recv)
            return true;
    }
    return false;
}

static struct str
order_of(struct arena *a, const struct event *e, size_t index)
{
    struct sb b;

    if (!str_is_empty(e->id))
        return e->id;
    sb_init_arena(&b, a, 32);
    sb_addf(&b, "event-%zu", index);
    return sb_str(&b);
}

struct fact *
vector_facts(const struct tree *events, day_t asof, struct arena *a, size_t *count_out)
{
    struct fact *facts = ARENA_ARRAY(a, tree_len(events) + 1, struct fact);
    size_t n = 0;

    for (size_t i = 0; i < tree_len(events); i++) {
        const struct tree *t = tree_at(events, i);
        const struct event_type *type = type_of(t);
        struct fact *f = &facts[n];
        struct event e;

        if (!event_read(t, type, &e) || e.recv > asof || is_superseded(events, i, &e, asof))
            continue;
        *f = (struct fact){.status = e.status,
                           .patient = {STR("vector"), STR("1")},
                           .collected = e.when,
                           .status_time = stamp_of_day(e.recv, 0),
                           .received = stamp_of_day(e.recv, 0),
                           .order = order_of(a, &e, i)};
        type->fact(t, a, f);
        n++;
    }
    *count_out = n;
    return facts;
}
