#include "ctl/ctgovtext.h"

#include "base/sb.h"

enum { REQUIREMENT_MAX = 2000, REQUIREMENT_TEXT = 2100 };

static bool
has_nocase(struct str s, const char *word)
{
    struct str w = str_from_c(word);

    for (size_t i = 0; i + w.n <= s.n; i++) {
        if (str_eq_nocase(str_sub(s, i, w.n), w))
            return true;
    }
    return false;
}

static bool
starts_nocase(struct str s, const char *word)
{
    struct str w = str_from_c(word);

    return s.n >= w.n && str_eq_nocase(str_sub(s, 0, w.n), w);
}

/* ---- diseases ---- */

/* Stage and course do not change what the disease is. */
static struct str
without_stage(struct str s)
{
    static const char *const word[] = {
        "metastatic ", "advanced ",   "locally advanced ", "unresectable ",
        "recurrent ",  "relapsed ",   "refractory ",       "stage iii ",
        "stage iv ",   "resectable ", "early stage ",      "or ",
        "and ",        "adult ",      "malignant ",        "relapsed/refractory "};

    for (size_t i = 0; i < RFD_COUNT(word); i++) {
        if (starts_nocase(s, word[i])) {
            s = str_trim(str_sub(s, str_from_c(word[i]).n, s.n));
            i = (size_t)-1; /* from the first again: "recurrent or metastatic" */
        }
    }
    return s;
}

static struct term_strs
one(struct arena *a, struct str name)
{
    struct str *item = ARENA_NEW(a, struct str);

    *item = name;
    return (struct term_strs){item, 1};
}

static struct term_strs
names_of(const struct terms *t, struct arena *a, const struct term_disease *d)
{
    struct str *item = ARENA_ARRAY(a, d->codes.count, struct str);

    for (size_t i = 0; i < d->codes.count; i++) {
        const struct oncotree_node *n = oncotree_code(&t->oncotree, d->codes.item[i]);

        item[i] = n == NULL ? d->codes.item[i] : n->name;
    }
    return (struct term_strs){item, d->codes.count};
}

static struct term_strs
look_up(const struct terms *t, struct arena *a, struct str condition)
{
    const struct oncotree_node *n = oncotree_name(&t->oncotree, condition);
    const struct term_disease *d = terms_disease(t, a, condition, STR_NONE);

    if (n != NULL)
        return one(a, n->name);
    return d == NULL ? (struct term_strs){NULL, 0} : names_of(t, a, d);
}

struct term_strs
ctgovtext_disease(const struct terms *t, struct arena *a, struct str condition)
{
    struct str bare = without_stage(str_trim(condition));
    struct term_strs found = look_up(t, a, bare);

    if (found.count == 0 && bare.n > 1 && bare.p[bare.n - 1] == 's') /* Lung Cancers */
        found = look_up(t, a, str_sub(bare, 0, bare.n - 1));
    return found;
}

/* ---- criteria ---- */

/* Bullets and numbers: "* ", "- ", "1. ", "a) ". */
static struct str
without_bullet(struct str s)
{
    size_t n = 0;

    s = str_trim(s);
    while (n < s.n && (s.p[n] == '*' || s.p[n] == '-'))
        n++;
    if (n > 0)
        return str_trim(str_sub(s, n, s.n));
    while (n < s.n && n < 3 && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    if (n == 0 && s.n > 1 && s.p[0] >= 'a' && s.p[0] <= 'z')
        n = 1;
    if (n > 0 && n + 1 < s.n && (s.p[n] == '.' || s.p[n] == ')') && s.p[n + 1] == ' ')
        return str_trim(str_sub(s, n + 1, s.n));
    return s;
}

/* The registry's Markdown escapes: "\>= 18", "\[18F\]". */
static struct str
unescaped(struct arena *a, struct str s, bool excluding)
{
    struct sb b;

    sb_init_arena(&b, a, REQUIREMENT_TEXT);
    sb_add_c(&b, excluding ? "Exclude - " : "");
    for (size_t i = 0; i < s.n && b.n < REQUIREMENT_MAX; i++) {
        struct str next = str_sub(s, i + 1, 1);

        if (s.p[i] != '\\' || next.n == 0 || str_find_any(next, "<>[]*_~#\\") != 0)
            sb_add_char(&b, s.p[i]);
    }
    return sb_str(&b);
}

static bool
is_heading(struct ctgovtext_criteria *c, struct str line)
{
    if (starts_nocase(line, "exclusion criteria") || starts_nocase(line, "key exclusion") ||
        starts_nocase(line, "main exclusion")) {
        c->excluding = true;
        return true;
    }
    if (starts_nocase(line, "inclusion criteria") || starts_nocase(line, "key inclusion") ||
        starts_nocase(line, "main inclusion")) {
        c->excluding = false;
        return true;
    }
    return line.n > 0 && line.p[line.n - 1] == ':';
}

bool
ctgovtext_requirement(struct arena *a, struct ctgovtext_criteria *c, struct str *out)
{
    struct str line;

    while (c->rest.n > 0) {
        (void)str_cut(c->rest, '\n', &line, &c->rest);
        line = without_bullet(line);
        if (line.n > 0 && !is_heading(c, line)) {
            *out = unescaped(a, line, c->excluding);
            return true;
        }
    }
    return false;
}

/* ---- the kind ---- */

static bool
any_word(struct str s, const char *const *word, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (has_nocase(s, word[i]))
            return true;
    }
    return false;
}

static bool
is_treatment(struct str type)
{
    static const char *const kind[] = {"DRUG", "BIOLOGICAL", "GENETIC", "COMBINATION_PRODUCT",
                                       "RADIATION"};

    for (size_t i = 0; i < RFD_COUNT(kind); i++) {
        if (str_eq_c(type, kind[i]))
            return true;
    }
    return false;
}

static struct str
text_at(const struct tree *map, const char *key)
{
    const struct tree *t = tree_get(map, key);

    return tree_is_absent(t) || t->kind != TREE_SCALAR ? STR("") : t->text;
}

struct seen {
    bool personal;
    bool vaccine;
    bool cells;
    size_t treatments;
};

/* Names only: a description of a bispecific antibody speaks of T cells too. */
static void
look_at(struct seen *s, struct str text)
{
    static const char *const personal[] = {"individualized", "individualised", "personalized",
                                           "personalised",   "neoantigen",     "neoepitope"};
    static const char *const vaccine[] = {"vaccine", "vaccination"};
    static const char *const cells[] = {"car-t",      "car t",   "chimeric antigen",
                                        "tcr-t",      "leucel",  "nk cells",
                                        "lymphocyte", "t cells", "cell therapy"};

    s->personal |= any_word(text, personal, RFD_COUNT(personal));
    s->vaccine |= any_word(text, vaccine, RFD_COUNT(vaccine));
    s->cells |= any_word(text, cells, RFD_COUNT(cells));
}

/* mRNA neoantigen therapies are vaccines, whatever they are called. */
struct str
ctgovtext_kind(const struct tree *interventions, struct str title)
{
    struct seen s = {.personal = false};

    look_at(&s, title);
    for (size_t i = 0; i < tree_len(interventions); i++) {
        const struct tree *x = tree_at(interventions, i);

        if (!is_treatment(text_at(x, "type")))
            continue;
        s.treatments++;
        look_at(&s, text_at(x, "name"));
    }
    if (s.cells)
        return STR("cell therapy");
    if (s.personal)
        return STR("personalised vaccine");
    if (s.vaccine)
        return STR("vaccine");
    if (s.treatments > 1)
        return STR("combination");
    return s.treatments == 1 ? STR("single agent") : STR("other");
}
