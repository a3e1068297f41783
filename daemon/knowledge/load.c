#include "knowledge/load.h"

#include "conf/config.h"
#include "criteria/signoff.h"
#include "sys/zone.h"

#define CROSSRESISTANCE "terminology/crossresistance.yaml"
#define SIGNOFFS        "criteria/signoff.yaml"

static bool
is_tree_file(const struct bundle_file *f)
{
    struct str path = str_from_c(f->path);

    return str_ends(path, STR(".yaml")) || str_ends(path, STR(".yml")) ||
           str_ends(path, STR(".json"));
}

/* Tables of their own kind: cross-resistance, and who has signed which rule. */
static bool
has_own_reader(const struct bundle_file *f)
{
    struct str path = str_from_c(f->path);

    return str_eq_c(path, CROSSRESISTANCE) || str_eq_c(path, SIGNOFFS);
}

static const struct tree *
signoffs_of(const struct bundle *b, struct arena *a, struct diags *d)
{
    const struct bundle_file *f = bundle_find(b, SIGNOFFS);

    return f == NULL ? NULL : config_tree(f, a, d);
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
    static const char *const prefixes[] = {"criteria/", "therapies/", "trials/", "terminology/"};
    struct sha256 sha = bundle_hash_of(b, prefixes, RFD_COUNT(prefixes));

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
    struct tree_list files = read_trees(b, "criteria/", a, d);

    return knowledge_compile_rules(a, &files, &terms->oncotree, d, out) &&
           criteria_sign_off(a, signoffs_of(b, a, d), d, out) && d->errors == errors;
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
    struct knowledge_source src = {.criteria = read_trees(b, "criteria/", a, d),
                                   .therapies = read_trees(b, "therapies/", a, d),
                                   .trials = read_trees(b, "trials/", a, d),
                                   .terms = names_of(terms, a),
                                   .signoffs = signoffs_of(b, a, d),
                                   .sha = knowledge_sha(b, a),
                                   .demo = demo};

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

bool
knowledge_read_map(const struct bundle_file *f, const struct terms *terms, struct arena *a,
                   struct diags *d, struct map *out)
{
    const struct tree *t = config_tree(f, a, d);
    struct sha256 sha = sha256_of(f->bytes.p, f->bytes.n);

    return t != NULL && map_compile(a, t, hex_of(a, &sha), terms, d, out) &&
           find_zone(t, a, d, out);
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
        if (!knowledge_read_map(f, &set->terms, a, d, &m->map))
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
