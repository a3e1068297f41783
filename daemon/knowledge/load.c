#include "knowledge/load.h"

#include "conf/config.h"
#include "criteria/signoff.h"
#include "knowledge/directory.h"
#include "sys/zone.h"

#define CROSSRESISTANCE "terminology/crossresistance.yaml"
#define SIGNOFFS        "criteria/signoff.yaml"
#define SITE_SIGNOFFS   "site/signoff.yaml"
#define SITE_CRITERIA   "site/criteria.yaml"
#define SITE_MATCHING   "site/matching.yaml"
#define OPENNESS        "trials/openness."

enum { OPENNESS_AGE_MAX = 3650 };

static bool
is_tree_file(const struct bundle_file *f)
{
    struct str path = str_from_c(f->path);

    return str_ends(path, STR(".yaml")) || str_ends(path, STR(".yml")) ||
           str_ends(path, STR(".json"));
}

/* Tables of their own kind: cross-resistance, who has signed which rule, which trials are open. */
static bool
has_own_reader(const struct bundle_file *f)
{
    struct str path = str_from_c(f->path);

    return str_eq_c(path, CROSSRESISTANCE) || str_eq_c(path, SIGNOFFS) ||
           str_starts(path, STR(OPENNESS)) || str_ends(path, STR("/openness.yaml")) ||
           str_ends(path, STR("/openness.yml"));
}

static const struct tree *
tree_of(const struct bundle *b, const char *path, struct arena *a, struct diags *d)
{
    const struct bundle_file *f = bundle_find(b, path);

    return f == NULL ? NULL : config_tree(f, a, d);
}

/* Of the site's own folder, after those beside the rules, which count as well. */
static const struct tree *
signoffs_of(const struct bundle *b, struct arena *a, struct diags *d)
{
    const struct tree *part[] = {tree_of(b, SIGNOFFS, a, d), tree_of(b, SITE_SIGNOFFS, a, d)};
    struct tree *all;

    if (part[0] == NULL || part[1] == NULL || part[0]->kind != TREE_SEQ ||
        part[1]->kind != TREE_SEQ)
        return part[0] == NULL ? part[1] : part[0];
    all = tree_seq(a, (struct tree_place){part[1]->file, part[1]->line, part[1]->col});
    for (size_t p = 0; p < RFD_COUNT(part); p++) {
        for (size_t i = 0; i < tree_len(part[p]); i++)
            tree_seq_add(a, all, part[p]->items[i]);
    }
    return all;
}

/* The files below prefix that hold trees, from *pos, but for those with a reader of their own. */
static const struct bundle_file *
next_file(const struct bundle *b, const char *prefix, size_t *pos)
{
    const struct bundle_file *f;

    do {
        f = bundle_next(b, prefix, pos);
    } while (f != NULL && (!is_tree_file(f) || has_own_reader(f)));
    return f;
}

static size_t
count_files(const struct bundle *b, const char *prefix)
{
    size_t n = 0;
    size_t pos = 0;

    while (next_file(b, prefix, &pos) != NULL)
        n++;
    return n;
}

/* All of them, even after one that cannot be read: its diag is there, and the list lacks it. */
static struct tree_list
read_trees(const struct bundle *b, const char *prefix, struct arena *a, struct diags *d)
{
    const struct tree **tree = ARENA_ARRAY(a, count_files(b, prefix), const struct tree *);
    const struct bundle_file *f;
    size_t n = 0;
    size_t pos = 0;

    while ((f = next_file(b, prefix, &pos)) != NULL) {
        tree[n] = config_tree(f, a, d);
        if (tree[n] != NULL)
            n++;
    }
    return (struct tree_list){tree, n};
}

/* Each by itself: what is wrong with one is no word on the others. */
static struct trial_sources
read_trials(const struct bundle *b, struct arena *a)
{
    struct trial_source *item = ARENA_ARRAY(a, count_files(b, "trials/"), struct trial_source);
    const struct bundle_file *f;
    size_t n = 0;
    size_t pos = 0;

    while ((f = next_file(b, "trials/", &pos)) != NULL) {
        item[n].origin = f->origin;
        diags_init(&item[n].read, a);
        item[n].tree = config_tree(f, a, &item[n].read);
        n++;
    }
    return (struct trial_sources){item, n};
}

/* trials/openness.csv, .yaml: what the site says of its own trials. */
static const struct openness *
read_openness(const struct bundle *b, struct arena *a, struct diags *d)
{
    struct openness *out = ARENA_NEW(a, struct openness);
    const struct bundle_file *f;
    size_t pos = 0;

    *out = (struct openness){.count = 0};
    while ((f = bundle_next(b, OPENNESS, &pos)) != NULL) {
        const struct tree *root =
            is_tree_file(f) ? config_tree(f, a, d) : openness_csv(a, f->origin, f->bytes, d);

        if (root != NULL)
            RFD_IGNORE(openness_read(a, root, d, out)); /* its diags count */
    }
    return out;
}

/* site/matching.yaml: where this site is, and how long its list of open trials is believed. */
static void
read_matching(const struct bundle *b, struct arena *a, struct diags *d,
              struct knowledge_source *out)
{
    static const char *const keys[] = {"jurisdiction", "openness_max_age_days"};
    const struct tree *t = tree_of(b, SITE_MATCHING, a, d);
    const struct tree *where = tree_get(t, "jurisdiction");
    const struct tree *age = tree_get(t, "openness_max_age_days");
    int64_t days = 0;

    if (tree_is_absent(t) || !tree_is(t, TREE_MAP, d) ||
        !tree_check_keys(t, keys, RFD_COUNT(keys), d))
        return;
    if (where != NULL && tree_str(where, d, &out->jurisdiction) &&
        !jurisdiction_known(out->jurisdiction))
        tree_error(where, d, "jurisdiction: one of US, EU, UK, CH, JP, CN, CA, AU");
    if (age != NULL && tree_i64(age, d, 1, OPENNESS_AGE_MAX, &days))
        out->openness_max_age = (int32_t)days;
}

/* The files of rules, with what the site changes of them. */
struct rule_files {
    struct tree_list list;
    struct override_list changes;
};

static struct rule_files
read_rules(const struct bundle *b, struct arena *a, struct diags *d)
{
    struct tree_list shipped = read_trees(b, "criteria/", a, d);
    const struct tree **tree = ARENA_ARRAY(a, shipped.count, const struct tree *);
    struct rule_files files = {.list = {tree, shipped.count}};

    for (size_t i = 0; i < shipped.count; i++)
        tree[i] = shipped.tree[i];
    RFD_IGNORE(criteria_override(a, tree_of(b, SITE_CRITERIA, a, d), tree, shipped.count, d,
                                 &files.changes)); /* its diags count */
    return files;
}

static struct str
hex_of(struct arena *a, const struct sha256 *sha)
{
    char hex[SHA256_HEX_MAX];

    return str_dup(a, sha256_hex(sha, hex));
}

/* What names a set: the same prefixes as conf/config.c, maps are not knowledge (DESIGN.md 2). */
static struct str
knowledge_sha(const struct bundle *b, struct arena *a)
{
    static const char *const prefixes[] = {"criteria/", "therapies/", "trials/", "terminology/",
                                           "site/"};
    struct sha256 sha = bundle_hash_of(b, prefixes, RFD_COUNT(prefixes));

    return hex_of(a, &sha);
}

/* Of all but the trials, and of what a run's mode changes: when only trials change, only those whom
 * a changed trial concerns are looked at again. */
static struct str
knowledge_base(const struct bundle *b, bool demo, struct arena *a)
{
    static const char *const prefixes[] = {"criteria/", "therapies/", "terminology/", "site/"};
    struct sha256 sha = bundle_hash_of(b, prefixes, RFD_COUNT(prefixes));
    struct sha256_ctx h;

    sha256_init(&h);
    sha256_add(&h, sha.b, sizeof sha.b);
    sha256_add_u64(&h, demo ? 1 : 0);
    sha = sha256_end(&h);
    return hex_of(a, &sha);
}

static struct match_terms
names_of(const struct terms *terms, struct arena *a)
{
    struct str *drug = ARENA_ARRAY(a, terms->drug_count, struct str);
    struct str *class_name = ARENA_ARRAY(a, terms->by_class.count, struct str);
    struct str *analyte = ARENA_ARRAY(a, terms->analyte_count, struct str);
    size_t n = 0;

    for (size_t i = 0; i < terms->analyte_count; i++)
        analyte[i] = terms->analytes[i].name;
    for (size_t i = 0; i < terms->drug_count; i++)
        drug[i] = terms->drugs[i].name;
    for (size_t i = 0; i < terms->by_class.count; i++) { /* sorted; a class of many drugs once */
        if (n == 0 || !str_eq(class_name[n - 1], terms->by_class.entry[i].key))
            class_name[n++] = terms->by_class.entry[i].key;
    }
    return (struct match_terms){.oncotree = &terms->oncotree,
                                .drug = drug,
                                .drug_count = terms->drug_count,
                                .drug_class = class_name,
                                .class_count = n,
                                .analyte = analyte,
                                .analyte_count = terms->analyte_count};
}

static struct drug_table
drugs_of(const struct terms *terms, struct arena *a)
{
    struct drug_known *drug = ARENA_ARRAY(a, terms->drug_count, struct drug_known);
    struct drug_word *word = ARENA_ARRAY(a, terms->by_drug.count, struct drug_word);

    for (size_t i = 0; i < terms->drug_count; i++)
        drug[i] = (struct drug_known){terms->drugs[i].name, terms->drugs[i].classes,
                                      terms->drugs[i].class_count};
    for (size_t i = 0; i < terms->by_drug.count; i++)
        word[i] =
            (struct drug_word){terms->by_drug.entry[i].key, (size_t)terms->by_drug.entry[i].at};
    return (struct drug_table){drug, terms->drug_count, word, terms->by_drug.count};
}

bool
knowledge_terms(const struct bundle *b, struct arena *a, struct diags *d, struct terms *out)
{
    size_t errors = d->errors;
    struct tree_list files = read_trees(b, "terminology/", a, d);

    return terms_compile(a, files.tree, files.count, d, out) && d->errors == errors;
}

bool
knowledge_rules(const struct bundle *b, const struct terms *terms, struct arena *a, struct diags *d,
                struct ruleset *out)
{
    size_t errors = d->errors;
    struct rule_files files = read_rules(b, a, d);

    if (!knowledge_compile_rules(a, &files.list, &terms->oncotree, d, out))
        return false;
    criteria_override_note(a, &files.changes, out);
    return criteria_sign_off(a, signoffs_of(b, a, d), d, out) && d->errors == errors;
}

bool
knowledge_trials(const struct bundle *b, const char *prefix, const struct terms *terms,
                 struct arena *a, struct diags *d, struct trial_set *out)
{
    size_t errors = d->errors;
    struct tree_list files = read_trees(b, prefix, a, d);
    struct match_terms *names = ARENA_NEW(a, struct match_terms);

    *names = names_of(terms, a);
    return knowledge_compile_trials(a, &files, names, d, out) && d->errors == errors;
}

bool
knowledge_compile_bundle(const struct bundle *b, const struct terms *terms, bool demo,
                         struct arena *a, struct diags *d, struct knowledge *out)
{
    size_t errors = d->errors;
    const struct bundle_file *cross = bundle_find(b, CROSSRESISTANCE);
    struct rule_files rules = read_rules(b, a, d);
    struct knowledge_source src = {.criteria = rules.list,
                                   .overrides = &rules.changes,
                                   .therapies = read_trees(b, "therapies/", a, d),
                                   .trials = read_trials(b, a),
                                   .openness = read_openness(b, a, d),
                                   .terms = names_of(terms, a),
                                   .drugs = drugs_of(terms, a),
                                   .signoffs = signoffs_of(b, a, d),
                                   .sha = knowledge_sha(b, a),
                                   .base = knowledge_base(b, demo, a),
                                   .demo = demo};

    read_matching(b, a, d, &src);
    if (cross != NULL)
        src.crossresistance = config_tree(cross, a, d);
    return knowledge_compile(a, &src, d, out) && d->errors == errors;
}

static enum hl7time_local
ask_zone(void *arg, int64_t local_s, int16_t *offset_min_out)
{
    const struct zone *const *zone = arg;

    switch (zone_at_local(*zone, local_s, offset_min_out)) {
    case ZONE_ONCE: return HL7TIME_LOCAL_ONCE;
    case ZONE_TWICE: return HL7TIME_LOCAL_TWICE;
    case ZONE_NEVER: return HL7TIME_LOCAL_NEVER;
    case ZONE_LOCAL_COUNT: break;
    }
    return HL7TIME_LOCAL_UNKNOWN;
}

/* The table of a map's zone, from the machine's tzdata. */
static bool
find_zone(const struct tree *t, struct arena *a, struct diags *d, struct map *m)
{
    const struct tree *zone = tree_get(t, "zone");
    const struct zone **table = ARENA_NEW(a, const struct zone *);

    if (str_is_absent(m->zone_name))
        return true;
    if (m->zone.has_offset) {
        tree_error(zone, d, "a zone has a name or an offset, not both");
        return false;
    }
    if (!zone_load(NULL, m->zone_name, a, table)) {
        tree_error(tree_get(zone, "name"), d,
                   "no such time zone in /usr/share/zoneinfo (Debian: tzdata)");
        return false;
    }
    m->zone.zone = ask_zone;
    m->zone.zone_arg = table;
    return true;
}

/* The tables of codes that a map names, from the same folder. */
static bool
find_tables(const struct bundle *b, const struct tree *list, struct arena *a, struct diags *d,
            struct map_tables *out)
{
    struct map_table *t = ARENA_ARRAY(a, tree_len(list), struct map_table);
    size_t errors = d->errors;

    if (!tree_is_absent(list) && !tree_is(list, TREE_SEQ, d))
        return false;
    for (size_t i = 0; i < tree_len(list); i++) {
        const struct bundle_file *f;

        if (!tree_str(tree_at(list, i), d, &t[i].name))
            continue;
        f = bundle_find(b, str_cz(a, str_cat(a, STR("maps/"), t[i].name)));
        if (f == NULL) {
            tree_error(tree_at(list, i), d, "there is no such file in the maps folder");
            continue;
        }
        t[i].origin = f->origin;
        t[i].bytes = f->bytes;
    }
    *out = (struct map_tables){t, tree_len(list)};
    return d->errors == errors;
}

/* Facts carry it: the same for the same map, whatever else is in the folder. */
static struct str
map_hash(struct arena *a, struct str bytes, const struct map_tables *tables)
{
    struct sha256_ctx h;
    struct sha256 sha = sha256_of(bytes.p, bytes.n);

    if (tables->count > 0) {
        sha256_init(&h);
        sha256_add_str(&h, bytes);
        for (size_t i = 0; i < tables->count; i++)
            sha256_add_str(&h, tables->item[i].bytes);
        sha = sha256_end(&h);
    }
    return hex_of(a, &sha);
}

bool
knowledge_read_map(const struct bundle *b, const struct bundle_file *f, const struct terms *terms,
                   struct arena *a, struct diags *d, struct map *out)
{
    struct map_file file = {.tree = config_tree(f, a, d)};

    if (file.tree == NULL || !find_tables(b, tree_get(file.tree, "tables"), a, d, &file.tables))
        return false;
    file.hash = map_hash(a, f->bytes, &file.tables);
    return map_compile_file(a, &file, terms, d, out) && find_zone(file.tree, a, d, out);
}

static bool
read_maps(const struct bundle *b, struct arena *a, struct diags *d, struct knowledge_set *set)
{
    static const char prefix[] = "maps/";
    struct knowledge_map *map = ARENA_ARRAY(a, count_files(b, prefix), struct knowledge_map);
    const struct bundle_file *f;
    size_t pos = 0;
    bool ok = true;

    while ((f = next_file(b, prefix, &pos)) != NULL) {
        struct knowledge_map *m = &map[set->map_count++];

        m->name = str_dup(a, str_from_c(f->path + sizeof(prefix) - 1));
        if (!knowledge_read_map(b, f, &set->terms, a, d, &m->map))
            ok = false;
    }
    set->map = map;
    return ok;
}

bool
knowledge_load(const struct bundle *b, const struct settings *s, struct arena *a, struct diags *d,
               struct knowledge_set **out)
{
    struct knowledge_set *set = ARENA_NEW(a, struct knowledge_set);
    bool ok;

    if (!knowledge_terms(b, a, d, &set->terms))
        return false; /* without names all the rest would be errors */
    ok = knowledge_compile_bundle(b, &set->terms, s->mode == RUN_DEMO, a, d, &set->knowledge);
    ok = read_maps(b, a, d, set) && ok;
    ok = directory_load(b, s, set->knowledge.oncotree, a, d, &set->duty) && ok;
    ok = directory_zone(b, s, a, d, &set->zone) && ok;
    if (ok)
        *out = set;
    return ok;
}

const struct map *
knowledge_map(const struct knowledge_set *set, const char *name)
{
    for (size_t i = 0; name != NULL && i < set->map_count; i++) {
        if (str_eq_c(set->map[i].name, name))
            return &set->map[i].map;
    }
    return NULL;
}
