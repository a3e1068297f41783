#include "match/trialtext.h"

#include "wire/jsonout.h"

static const char *
verdict_name(enum kleene k)
{
    return k == K_TRUE ? "yes" : k == K_FALSE ? "no" : "unknown";
}

static const char *
role_name(enum leaf_role role)
{
    switch (role) {
    case ROLE_DISEASE: return "disease";
    case ROLE_BIOMARKER: return "biomarker";
    case ROLE_LINE: return "therapy";
    case ROLE_OTHER: return "other";
    case LEAF_ROLE_COUNT: break;
    }
    return "";
}

/* What a leaf that decides does: it blocks, or it is what an unknown lacks. */
static const char *
decides_name(const struct trialview *t)
{
    return t->verdict == K_FALSE ? "blocks" : "missing";
}

static void
add_word(struct sb *b, struct str s)
{
    if (!str_is_empty(s)) {
        sb_add(b, s);
        sb_add_char(b, ' ');
    }
}

void
trialtext_plain(struct sb *b, const struct trialtext_of *of, const struct trialview *t)
{
    const struct trial_clause *c = t->clause;

    add_word(b, of->patient);
    add_word(b, of->case_key);
    sb_addf(b, "%.*s: %s%s\n", STR_FMT(c->id), verdict_name(t->verdict),
            !c->trial->open ? " (trial not open)"
            : c->suspended  ? " (suspended)"
                            : "");
    for (size_t i = 0; i < t->leaf_count; i++) {
        const struct trialview_leaf *x = &t->leaf[i];

        sb_addf(b, "    %s: %.*s", verdict_name(x->verdict), STR_FMT(x->text));
        if (x->decides) {
            sb_addf(b, " [%s]", decides_name(t));
        }
        sb_add_char(b, '\n');
    }
    for (size_t i = 0; i < c->trial->unchecked_count; i++) {
        sb_addf(b, "    not checked: %.*s\n", STR_FMT(c->trial->unchecked[i]));
    }
}

static void
leaf_json(struct jsonout *j, const struct trialview *t, const struct trialview_leaf *x)
{
    jsonout_map(j);
    jsonout_key(j, "part");
    jsonout_c(j, role_name(x->role));
    jsonout_key(j, "verdict");
    jsonout_c(j, verdict_name(x->verdict));
    jsonout_key(j, "text");
    jsonout_str(j, x->text);
    if (x->journal != 0) {
        jsonout_key(j, "journal");
        jsonout_u64(j, x->journal);
    }
    if (x->decides) {
        jsonout_key(j, decides_name(t));
        jsonout_bool(j, true);
    }
    jsonout_map_end(j);
}

static void
head_json(struct jsonout *j, const struct trialtext_of *of, const struct trialview *t)
{
    const struct trial_clause *c = t->clause;

    if (!str_is_absent(of->patient)) {
        jsonout_key(j, "patient");
        jsonout_str(j, of->patient);
    }
    jsonout_key(j, "case");
    jsonout_str(j, of->case_key);
    jsonout_key(j, "trial");
    jsonout_str(j, c->trial->id);
    jsonout_key(j, "clause");
    jsonout_str(j, c->id);
    jsonout_key(j, "open");
    jsonout_bool(j, c->trial->open && !c->suspended);
    jsonout_key(j, "verdict");
    jsonout_c(j, verdict_name(t->verdict));
}

void
trialtext_json(struct sb *b, const struct trialtext_of *of, const struct trialview *t)
{
    struct jsonout j;

    jsonout_init(&j, b);
    jsonout_map(&j);
    head_json(&j, of, t);
    jsonout_key(&j, "leaves");
    jsonout_list(&j);
    for (size_t i = 0; i < t->leaf_count; i++) {
        leaf_json(&j, t, &t->leaf[i]);
    }
    jsonout_list_end(&j);
    jsonout_key(&j, "not_checked");
    jsonout_list(&j);
    for (size_t i = 0; i < t->clause->trial->unchecked_count; i++) {
        jsonout_str(&j, t->clause->trial->unchecked[i]);
    }
    jsonout_list_end(&j);
    jsonout_map_end(&j);
}
