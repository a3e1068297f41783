#include "normalize/map.h"

#include "model/unit.h"

#include <string.h>

/* Where a code was given. */
struct code_place {
    const char *file;
    int line;
    int col;
};

struct build {
    struct arena *arena;
    struct diags *diags;
    const struct terms *terms;
    struct map *out;
    struct map_code *codes;
    struct code_place *places; /* of the codes */
    size_t code_count;
    struct map_response *responses;
    size_t response_count;
    const struct term_drug **drugs;
    size_t drug_count;
    struct str *names;
    size_t name_count;
};

/* What senders call the usual systems; HL7 table 0396 and what real messages hold. */
static const struct {
    const char *sent;
    const char *name;
} usual_systems[] = {
    {"LN", "LN"},         {"LOINC", "LN"},      {"HTTP://LOINC.ORG", "LN"}, {"LNC", "LN"},
    {"SCT", "SCT"},       {"SNM", "SCT"},       {"SNOMED", "SCT"},          {"SNOMED-CT", "SCT"},
    {"SNOMED CT", "SCT"}, {"I10", "I10C"},      {"I10C", "I10C"},           {"ICD10", "I10C"},
    {"ICD-10", "I10C"},   {"ICD10CM", "I10C"},  {"ICD-10-CM", "I10C"},      {"ICD10GM2026", "I10C"},
    {"RXNORM", "RXNORM"}, {"RXN", "RXNORM"},    {"RXCUI", "RXNORM"},        {"ATC", "ATC"},
    {"WC", "ATC"},        {"HCPCS", "HCPCS"},   {"HCPC", "HCPCS"},          {"C4", "C4"},
    {"ICDO3", "ICDO3"},   {"ICD-O-3", "ICDO3"}, {"ICDO", "ICDO3"},          {"I3", "ICDO3"},
    {"HGNC", "HGNC"},     {"UCUM", "UCUM"},
};

static size_t
add_name(struct build *b, struct str name)
{
    b->names = term_grow(b->arena, b->names, b->name_count, sizeof *b->names);
    b->names[b->name_count] = name;
    return b->name_count++;
}

static struct str
key_of(struct arena *a, struct str system, struct str code)
{
    return str_cat(a, system, str_cat(a, STR(" "), code));
}

/* system (may be left out: any) and code of an entry. */
static bool
entry_key(struct build *b, const struct tree *map, struct str *out)
{
    struct str system = STR(""), code;
    const struct tree *value = tree_need(map, "code", b->diags);
    if (value == NULL || !tree_str(value, b->diags, &code))
        return false;
    (void)tree_str(tree_get(map, "system"), b->diags, &system);
    *out = key_of(b->arena, system, code);
    return true;
}

static void
push_code(struct build *b, struct str key, const struct map_code *c, struct code_place at)
{
    b->codes = term_grow(b->arena, b->codes, b->code_count, sizeof *b->codes);
    b->places = term_grow(b->arena, b->places, b->code_count, sizeof *b->places);
    b->codes[b->code_count] = *c;
    b->codes[b->code_count].file = at.file;
    b->codes[b->code_count].line = at.line;
    b->places[b->code_count] = at;
    termindex_add(b->arena, &b->out->by_code, key, b->code_count++);
}

static void
add_code(struct build *b, const struct tree *map)
{
    static const char *const keys[] = {"system", "code", "analyte", "method", "matrix", "unit"};
    struct map_code c = {0};
    struct str key, name;
    if (!tree_check_keys(map, keys, RFD_COUNT(keys), b->diags) || !entry_key(b, map, &key))
        return;
    const struct tree *analyte = tree_need(map, "analyte", b->diags);
    if (analyte == NULL || !tree_str(analyte, b->diags, &name))
        return;
    c.analyte = terms_analyte(b->terms, name);
    if (c.analyte == NULL)
        tree_error(analyte, b->diags, "no analyte %.*s", STR_FMT(name));
    (void)tree_str(tree_get(map, "method"), b->diags, &c.method);
    (void)tree_str(tree_get(map, "matrix"), b->diags, &c.matrix);
    if (tree_str(tree_get(map, "unit"), b->diags, &c.unit) && !unit_normalize(c.unit, &c.unit))
        tree_error(tree_get(map, "unit"), b->diags, "this unit is not known");
    push_code(b, key, &c, (struct code_place){map->file, map->line, map->col});
}

/* --- tables of codes */

/* The unit that a result without one is in. Units that the table's analyte does not come in are no
 * reason to refuse the row: whatever OBX-6 says is looked at on its own. */
static struct str
table_unit(struct build *b, const struct maptable_row *row)
{
    int64_t num, den;
    const struct term_analyte *an = row->analyte;
    struct str unit = map_unit(b->out, row->unit);
    if (row->unit.n == 0 || an == NULL)
        return STR_NONE;
    if (str_is_absent(unit) && !unit_normalize(row->unit, &unit)) {
        diag_warn(b->diags, row->file, row->line, row->unit_col,
                  "this unit is not known: give it under units: in the map");
        return STR_NONE;
    }
    for (size_t i = 0; i < an->refuse.count; i++) {
        if (str_eq(an->refuse.item[i], unit))
            unit = STR_NONE;
    }
    if (!str_is_absent(unit) &&
        (str_eq(unit, an->unit) || unit_convert(unit, an->unit, an->name, &num, &den)))
        return unit;
    diag_warn(b->diags, row->file, row->line, row->unit_col, "%.*s does not come in this unit",
              STR_FMT(an->name));
    return STR_NONE;
}

static void
add_table_row(struct build *b, const struct maptable_row *row)
{
    struct map_code c = {.loinc = row->loinc, .method = row->method, .matrix = row->matrix};
    struct str system = row->system.n == 0 ? STR("") : map_system(b->out, b->arena, row->system);
    if (str_is_absent(row->loinc))
        c.analyte = row->analyte;
    c.unit = table_unit(b, row);
    push_code(b, key_of(b->arena, system, row->code), &c,
              (struct code_place){row->file, row->line, row->col});
}

static void
read_tables(struct build *b, const struct tree *list, const struct map_tables *tables)
{
    struct maptable_rows rows = {.count = 0};
    if (tree_len(list) > tables->count)
        tree_error(list, b->diags, "these tables are not at hand");
    for (size_t i = 0; i < tables->count; i++)
        RFD_IGNORE(maptable_read(b->arena, &tables->item[i], b->terms, b->diags, &rows));
    for (size_t i = 0; i < rows.count; i++)
        add_table_row(b, &rows.item[i]);
}

static const struct term_analyte *
analyte_of(const struct build *b, const struct map_code *c)
{
    const struct term_loinc *known =
        str_is_absent(c->loinc) ? NULL : terms_loinc(b->terms, c->loinc);
    return c->analyte != NULL || known == NULL ? c->analyte : known->analyte;
}

static bool
same_meaning(const struct build *b, const struct map_code *x, const struct map_code *y)
{
    const struct term_analyte *an = analyte_of(b, x);
    if (an != analyte_of(b, y) || !str_eq(x->method, y->method) || !str_eq(x->matrix, y->matrix))
        return false;
    return str_is_absent(x->loinc) || str_is_absent(y->loinc) || str_eq(x->loinc, y->loinc);
}

/* A code that stands twice must mean the same; then a unit that differs says nothing of a result
 * that has none. (A laboratory that uses one code in two batteries for two tests cannot be read by
 * its codes alone.) */
static void
check_codes(struct build *b)
{
    const struct term_index *x = &b->out->by_code;
    for (size_t i = 1; i < x->count; i++) {
        struct map_code *was = &b->codes[x->entry[i - 1].at], *is = &b->codes[x->entry[i].at];
        const struct code_place *at = &b->places[x->entry[i].at];
        const struct code_place *first = &b->places[x->entry[i - 1].at];
        if (!str_eq(x->entry[i - 1].key, x->entry[i].key))
            continue;
        if (!same_meaning(b, was, is))
            diag_error(b->diags, at->file, at->line, at->col,
                       "this code has another meaning at %s:%d", first->file, first->line);
        if (str_is_absent(was->unit) || !str_eq(was->unit, is->unit)) {
            was->unit = STR_NONE;
            is->unit = STR_NONE;
        }
    }
}

static void
add_drug(struct build *b, const struct tree *map)
{
    static const char *const keys[] = {"system", "code", "drug"};
    struct str key, name;
    if (!tree_check_keys(map, keys, RFD_COUNT(keys), b->diags) || !entry_key(b, map, &key))
        return;
    const struct tree *value = tree_need(map, "drug", b->diags);
    if (value == NULL || !tree_str(value, b->diags, &name))
        return;
    int32_t at = termindex_find_nocase(&b->terms->by_drug, b->arena, name);
    if (at < 0) {
        tree_error(value, b->diags, "no drug %.*s", STR_FMT(name));
        return;
    }
    b->drugs = term_grow(b->arena, b->drugs, b->drug_count, sizeof *b->drugs);
    b->drugs[b->drug_count] = &b->terms->drugs[at];
    termindex_add(b->arena, &b->out->by_drug, key, b->drug_count++);
}

static void
add_response(struct build *b, const struct tree *map)
{
    static const char *const keys[] = {"system", "code", "response", "criteria"};
    struct map_response r = {0};
    struct str key, name;
    if (!tree_check_keys(map, keys, RFD_COUNT(keys), b->diags) || !entry_key(b, map, &key))
        return;
    const struct tree *value = tree_need(map, "response", b->diags);
    if (value == NULL || !tree_str(value, b->diags, &name))
        return;
    if (!response_code_parse(name, &r.code))
        tree_error(value, b->diags, "no response %.*s", STR_FMT(name));
    (void)tree_str(tree_get(map, "criteria"), b->diags, &r.criteria);
    b->responses = term_grow(b->arena, b->responses, b->response_count, sizeof *b->responses);
    b->responses[b->response_count] = r;
    termindex_add(b->arena, &b->out->by_response, key, b->response_count++);
}

static void
add_question(struct build *b, const struct tree *map)
{
    static const char *const keys[] = {"system", "code"};
    struct str key;
    if (tree_check_keys(map, keys, RFD_COUNT(keys), b->diags) && entry_key(b, map, &key))
        termindex_add(b->arena, &b->out->by_question, key, 1);
}

static void
add_diagnosis(struct build *b, const struct tree *map)
{
    static const char *const keys[] = {"system", "code", "oncotree"};
    struct str key, name;
    if (!tree_check_keys(map, keys, RFD_COUNT(keys), b->diags) || !entry_key(b, map, &key))
        return;
    const struct tree *value = tree_need(map, "oncotree", b->diags);
    if (value == NULL || !tree_str(value, b->diags, &name))
        return;
    if (oncotree_code(&b->terms->oncotree, name) == NULL)
        tree_error(value, b->diags, "%.*s is no OncoTree code", STR_FMT(name));
    termindex_add(b->arena, &b->out->by_diagnosis, key, add_name(b, name));
}

typedef void add_entry(struct build *b, const struct tree *map);

static void
read_entries(struct build *b, const struct tree *list, add_entry *add)
{
    if (tree_is_absent(list) || !tree_is(list, TREE_SEQ, b->diags))
        return;
    for (size_t i = 0; i < tree_len(list); i++) {
        if (tree_is(tree_at(list, i), TREE_MAP, b->diags))
            add(b, tree_at(list, i));
    }
}

static void
read_units(struct build *b, const struct tree *units)
{
    for (size_t i = 0; i < tree_len(units); i++) {
        struct str ucum;
        const struct tree *value = tree_at(units, i);
        if (!tree_str(value, b->diags, &ucum))
            continue;
        if (!unit_normalize(ucum, &ucum))
            tree_error(value, b->diags, "this unit is not known");
        termindex_add(b->arena, &b->out->by_unit, tree_key_at(units, i)->text, add_name(b, ucum));
    }
}

static void
read_systems(struct build *b, const struct tree *systems)
{
    for (size_t i = 0; i < RFD_COUNT(usual_systems); i++)
        termindex_add(b->arena, &b->out->by_system, str_from_c(usual_systems[i].sent),
                      add_name(b, str_from_c(usual_systems[i].name)));
    for (size_t i = 0; i < tree_len(systems); i++) {
        struct str name;
        if (tree_str(tree_at(systems, i), b->diags, &name))
            termindex_add(b->arena, &b->out->by_system, tree_key_at(systems, i)->text,
                          add_name(b, name));
    }
}

static void
add_id_path(struct build *b, const struct tree *t)
{
    struct map *m = b->out;
    struct str text;
    struct hl7_path path;
    if (!tree_str(t, b->diags, &text))
        return;
    if (!hl7_path_compile(text, &path) || strcmp(path.seg, "PID") != 0 || path.field < 2 ||
        path.field > 4) {
        tree_error(t, b->diags, "expected a path such as PID-3(5=MR)");
        return;
    }
    if (m->id_count == MAP_IDS_MAX) {
        tree_error(t, b->diags, "more than %d paths", MAP_IDS_MAX);
        return;
    }
    path.comp = 0; /* the whole repetition: the authority is taken from the same one */
    path.sub = 0;
    m->ids[m->id_count++] = path;
}

static void
read_patient(struct build *b, const struct tree *patient)
{
    static const char *const keys[] = {"id", "untyped", "authority", "fallback_authority"};
    struct map *m = b->out;
    struct str text;
    if (patient == NULL || !tree_check_keys(patient, keys, RFD_COUNT(keys), b->diags))
        return;
    const struct tree *id = tree_need(patient, "id", b->diags);
    if (id != NULL && id->kind == TREE_SCALAR)
        add_id_path(b, id);
    for (size_t i = 0; id != NULL && id->kind == TREE_SEQ && i < tree_len(id); i++)
        add_id_path(b, tree_at(id, i));
    (void)tree_bool(tree_get(patient, "untyped"), b->diags, &m->untyped_id);
    (void)tree_str(tree_get(patient, "authority"), b->diags, &m->authority);
    const struct tree *fallback = tree_get(patient, "fallback_authority");
    if (tree_str(fallback, b->diags, &text) && !hl7_path_compile(text, &m->fallback_authority))
        tree_error(fallback, b->diags, "expected a path such as MSH-4.1");
}

/* "+01:00", "-05:30", "Z". */
static bool
parse_offset(struct str s, int16_t *out)
{
    if (str_eq_c(s, "Z")) {
        *out = 0;
        return true;
    }
    int64_t h, min;
    if (s.n != 6 || s.p[3] != ':' || (s.p[0] != '+' && s.p[0] != '-') ||
        !str_to_i64(str_sub(s, 1, 2), &h) || !str_to_i64(str_sub(s, 4, 2), &min) || h < 0 ||
        h > 14 || min < 0 || min > 59)
        return false;
    int64_t total = (h * 60 + min) * (s.p[0] == '-' ? -1 : 1);
    *out = (int16_t)total;
    return true;
}

static void
read_zone(struct build *b, const struct tree *zone)
{
    static const char *const keys[] = {"offset", "name"};
    struct str text;
    if (tree_is_absent(zone) || !tree_check_keys(zone, keys, RFD_COUNT(keys), b->diags))
        return;
    (void)tree_str(tree_get(zone, "name"), b->diags, &b->out->zone_name);
    const struct tree *offset = tree_get(zone, "offset");
    if (!tree_str(offset, b->diags, &text))
        return;
    if (!parse_offset(text, &b->out->zone.offset_min))
        tree_error(offset, b->diags, "expected an offset such as \"+01:00\"");
    b->out->zone.has_offset = true;
}

static void
read_times(struct build *b, const struct tree *list)
{
    static const char *const names[MAP_TIME_COUNT] = {"obx14", "obr7", "spm17"};
    static const enum map_time usual[] = {MAP_TIME_OBX14, MAP_TIME_OBR7, MAP_TIME_SPM17};
    struct map *m = b->out;
    if (tree_len(list) > MAP_TIMES_MAX)
        tree_error(list, b->diags, "at most %d times", MAP_TIMES_MAX);
    for (size_t i = 0; i < tree_len(list) && i < MAP_TIMES_MAX; i++) {
        int at;
        if (tree_enum(tree_at(list, i), b->diags, names, MAP_TIME_COUNT, &at))
            m->times[m->time_count++] = (enum map_time)at;
    }
    for (size_t i = 0; tree_len(list) == 0 && i < RFD_COUNT(usual); i++)
        m->times[m->time_count++] = usual[i];
}

/* One of two words; *out keeps its value when the key is absent. */
static void
read_choice(struct build *b, const struct tree *t, const char *yes, const char *no, bool *out)
{
    const char *names[] = {no, yes};
    int at;
    if (tree_enum(t, b->diags, names, RFD_COUNT(names), &at))
        *out = at == 1;
}

/* The character set by its name in HL7 table 0211; "always" overrules what MSH-18 says. */
static void
read_charset(struct build *b, const struct tree *t)
{
    static const char *const keys[] = {"name", "always"};
    struct hl7_reading *r = &b->out->reading;
    const struct tree *name = t != NULL && t->kind == TREE_MAP ? tree_get(t, "name") : t;
    struct str text;
    if (t != NULL && t->kind == TREE_MAP) {
        (void)tree_check_keys(t, keys, RFD_COUNT(keys), b->diags);
        (void)tree_bool(tree_get(t, "always"), b->diags, &r->charset_always);
    }
    if (!tree_str(name, b->diags, &text))
        return;
    r->charset = charset_by_name(text);
    if (r->charset == CHARSET_UNSAID || r->charset == CHARSET_OTHER)
        tree_error(name, b->diags, "expected a character set such as 8859/1, cp1252 or utf-8");
}

static struct term_strs
read_strs(struct build *b, const struct tree *list)
{
    struct str *item = ARENA_ARRAY(b->arena, tree_len(list), struct str);
    for (size_t i = 0; i < tree_len(list); i++)
        (void)tree_str(tree_at(list, i), b->diags, &item[i]);
    return (struct term_strs){item, tree_len(list)};
}

static void
read_path(struct build *b, const struct tree *t, struct hl7_path *out)
{
    struct str text;
    if (tree_str(t, b->diags, &text) && !hl7_path_compile(text, out))
        tree_error(t, b->diags, "expected a path such as ZRX-3.2");
}

/* What a therapy message says beside its drugs. */
static void
read_therapy(struct build *b, const struct tree *t)
{
    static const char *const keys[] = {"regimen", "intent", "cycle", "blinded"};
    if (tree_is_absent(t) || !tree_check_keys(t, keys, RFD_COUNT(keys), b->diags))
        return;
    read_path(b, tree_get(t, "regimen"), &b->out->regimen);
    read_path(b, tree_get(t, "intent"), &b->out->intent);
    read_path(b, tree_get(t, "cycle"), &b->out->cycle);
    b->out->blinded = read_strs(b, tree_get(t, "blinded"));
}

static void
read_settings(struct build *b, const struct tree *file)
{
    static const char *const modes[HL7ACK_MODE_COUNT] = {"auto", "original", "enhanced"};
    struct map *m = b->out;
    int at;
    m->empty_is_final = true;
    (void)tree_str(tree_need(file, "name", b->diags), b->diags, &m->name);
    read_patient(b, tree_need(file, "patient", b->diags));
    read_zone(b, tree_get(file, "zone"));
    read_times(b, tree_get(file, "time"));
    read_choice(b, tree_get(file, "decimal"), "comma", "point", &m->decimal_comma);
    read_choice(b, tree_get(file, "status_empty"), "final", "preliminary", &m->empty_is_final);
    read_choice(b, tree_get(file, "unmapped"), "keep", "count", &m->keep_unmapped);
    if (tree_enum(tree_get(file, "ack"), b->diags, modes, HL7ACK_MODE_COUNT, &at))
        m->ack = (enum hl7ack_mode)at;
    read_choice(b, tree_get(file, "quarantined"), "refuse", "accept", &m->refuse_quarantined);
    read_choice(b, tree_get(file, "framing"), "none", "mllp", &m->bare);
    read_choice(b, tree_get(file, "delimiters"), "lenient", "strict", &m->reading.lenient_delims);
    read_charset(b, tree_get(file, "charset"));
    read_therapy(b, tree_get(file, "therapy"));
    m->own = read_strs(b, tree_get(file, "own_applications"));
    m->hospice = read_strs(b, tree_get(file, "hospice"));
}

static void
publish(struct build *b)
{
    struct map *m = b->out;
    struct term_index *all[] = {&m->by_system,   &m->by_code,     &m->by_unit,     &m->by_drug,
                                &m->by_response, &m->by_question, &m->by_diagnosis};
    for (size_t i = 0; i < RFD_COUNT(all); i++)
        termindex_seal(b->arena, all[i]);
    check_codes(b);
    m->codes = b->codes;
    m->responses = b->responses;
    m->drugs = b->drugs;
    m->names = b->names;
}

/* Tables are read by what the map says of systems and units. */
static void
publish_words(struct build *b)
{
    termindex_seal(b->arena, &b->out->by_system);
    termindex_seal(b->arena, &b->out->by_unit);
    b->out->names = b->names;
}

bool
map_compile(struct arena *a, const struct tree *file, struct str hash, const struct terms *terms,
            struct diags *d, struct map *out)
{
    const struct map_file alone = {.tree = file, .hash = hash};
    return map_compile_file(a, &alone, terms, d, out);
}

bool
map_compile_file(struct arena *a, const struct map_file *f, const struct terms *terms,
                 struct diags *d, struct map *out)
{
    static const char *const keys[] = {
        "reviewed",  "name",       "patient",      "zone",    "time",
        "decimal",   "unmapped",   "status_empty", "ack",     "quarantined",
        "framing",   "delimiters", "charset",      "therapy", "own_applications",
        "systems",   "codes",      "units",        "drugs",   "responses",
        "questions", "diagnoses",  "tables",       "hospice"};
    const struct tree *file = f->tree;
    size_t errors = d->errors;
    memset(out, 0, sizeof *out);
    struct build b = {.arena = a, .diags = d, .terms = terms, .out = out};
    if (!tree_is(file, TREE_MAP, d))
        return false;
    (void)tree_check_keys(file, keys, RFD_COUNT(keys), d);
    out->hash = f->hash;
    read_settings(&b, file);
    read_systems(&b, tree_get(file, "systems"));
    read_units(&b, tree_get(file, "units"));
    publish_words(&b);
    read_entries(&b, tree_get(file, "codes"), add_code);
    read_tables(&b, tree_get(file, "tables"), &f->tables);
    read_entries(&b, tree_get(file, "drugs"), add_drug);
    read_entries(&b, tree_get(file, "responses"), add_response);
    read_entries(&b, tree_get(file, "questions"), add_question);
    read_entries(&b, tree_get(file, "diagnoses"), add_diagnosis);
    publish(&b);
    return d->errors == errors;
}

static char
upper_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    return c;
}

/* A site's own entry for a system comes after the usual ones, and wins. */
struct str
map_system(const struct map *m, struct arena *a, struct str system)
{
    struct str s = str_trim(system);
    char *upper = arena_alloc(a, s.n + 1);
    size_t first;
    for (size_t i = 0; i < s.n; i++)
        upper[i] = upper_of(s.p[i]);
    size_t n = termindex_range(&m->by_system, (struct str){upper, s.n}, &first);
    if (n == 0)
        n = termindex_range(&m->by_system, s, &first);
    return n == 0 ? s : m->names[m->by_system.entry[first + n - 1].at];
}

/* First entry of "system code", else of " code"; the number of entries. */
static size_t
find_range(const struct term_index *x, struct arena *scratch, struct str system, struct str code,
           size_t *first)
{
    size_t mark = arena_mark(scratch);
    size_t n = termindex_range(x, key_of(scratch, system, code), first);
    if (n == 0)
        n = termindex_range(x, key_of(scratch, STR(""), code), first);
    arena_release(scratch, mark);
    return n;
}

static int32_t
find_one(const struct term_index *x, struct arena *scratch, struct str system, struct str code)
{
    size_t first;
    if (str_is_empty(code))
        return -1;
    return find_range(x, scratch, system, code, &first) > 0 ? x->entry[first].at : -1;
}

const struct map_code *
map_code_find(const struct map *m, struct arena *scratch, struct str system, struct str code)
{
    int32_t at = find_one(&m->by_code, scratch, system, code);
    return at < 0 ? NULL : &m->codes[at];
}

const struct map_response *
map_response_find(const struct map *m, struct arena *scratch, struct str system, struct str code)
{
    int32_t at = find_one(&m->by_response, scratch, system, code);
    return at < 0 ? NULL : &m->responses[at];
}

size_t
map_drug_find(const struct map *m, struct arena *scratch, struct str system, struct str code,
              const struct term_drug *out[TERMS_DRUGS_MAX])
{
    size_t first;
    size_t n = str_is_empty(code) ? 0 : find_range(&m->by_drug, scratch, system, code, &first);
    if (n > TERMS_DRUGS_MAX)
        n = TERMS_DRUGS_MAX;
    for (size_t i = 0; i < n; i++)
        out[i] = m->drugs[m->by_drug.entry[first + i].at];
    return n;
}

bool
map_is_question(const struct map *m, struct arena *scratch, struct str system, struct str code)
{
    return find_one(&m->by_question, scratch, system, code) >= 0;
}

struct str
map_diagnosis(const struct map *m, struct arena *scratch, struct str system, struct str code)
{
    int32_t at = find_one(&m->by_diagnosis, scratch, system, code);
    return at < 0 ? STR_NONE : m->names[at];
}

struct str
map_unit(const struct map *m, struct str unit)
{
    int32_t at = termindex_find(&m->by_unit, unit);
    return at < 0 ? STR_NONE : m->names[at];
}
