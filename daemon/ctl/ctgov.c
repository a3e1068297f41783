/* refractctl trials import ctgov: studies of ClinicalTrials.gov (API v2, JSON) as drafts in
 * CTML. What
 * is structured there is filled; the criteria are one free text, so they are kept as requirements
 * that
 * nobody evaluates, and shown as not checked until a person has curated them. */
#include "conf/yaml.h"
#include "ctl/ctgovtext.h"
#include "ctl/draft.h"
#include "ctl/folders.h"
#include "ctl/verbs.h"

#include <stdio.h>

enum { DRAFT_BYTES_MAX = 1 << 26, PATH_TEXT_MAX = 1024, SITES_MAX = 400 };

struct import {
    const struct call *call;
    const struct terms *terms;
    struct arena *arena;
    size_t studies;
    size_t drafts;
    size_t open;
    struct tally conditions; /* that no disease name is known for */
    struct tally kinds;
};

/* ---- the registry's tree ---- */

/* "a.b.c" */
static const struct tree *
at(const struct tree *t, const char *path)
{
    struct str rest = str_from_c(path);
    struct str key;
    bool more = true;

    while (more && t != NULL) {
        more = str_cut(rest, '.', &key, &rest);
        t = tree_get_str(t, key);
    }
    return t;
}

static struct str
text_at(const struct tree *t, const char *path)
{
    const struct tree *x = at(t, path);

    return tree_is_absent(x) || x->kind != TREE_SCALAR ? STR_NONE : str_trim(x->text);
}

static void
add_key(struct sb *b, const char *key, struct str value)
{
    if (str_is_empty(value))
        return;
    sb_addf(b, "%s: ", key);
    draft_quoted(b, value);
    sb_add_char(b, '\n');
}

/* ---- what is structured ---- */

/* CTML knows "open to accrual"; for the rest the registry's word in plain letters. */
static struct str
status_of(struct str overall)
{
    static const struct {
        const char *word;
        const char *ctml;
    } known[] = {
        {"RECRUITING", "open to accrual"},
        {"NOT_YET_RECRUITING", "not yet open"},
        {"ENROLLING_BY_INVITATION", "enrolling by invitation"},
        {"SUSPENDED", "suspended"},
        {"ACTIVE_NOT_RECRUITING", "closed to accrual"},
        {"COMPLETED", "closed to accrual"},
        {"TERMINATED", "closed to accrual"},
        {"WITHDRAWN", "closed to accrual"},
    };

    for (size_t i = 0; i < RFD_COUNT(known); i++) {
        if (str_eq_c(overall, known[i].word))
            return str_from_c(known[i].ctml);
    }
    return STR("status not known");
}

static void
add_phase(struct sb *b, const struct tree *study)
{
    static const struct {
        const char *word;
        const char *roman;
    } known[] = {{"EARLY_PHASE1", "0"},
                 {"PHASE1", "I"},
                 {"PHASE2", "II"},
                 {"PHASE3", "III"},
                 {"PHASE4", "IV"}};
    const struct tree *list = at(study, "protocolSection.designModule.phases");
    size_t written = 0;

    for (size_t i = 0; i < tree_len(list); i++) {
        for (size_t k = 0; k < RFD_COUNT(known); k++) {
            if (tree_at(list, i)->kind == TREE_SCALAR &&
                str_eq_c(tree_at(list, i)->text, known[k].word))
                sb_addf(b, "%s%s", written++ == 0 ? "phase: \"" : "/", known[k].roman);
        }
    }
    sb_add_c(b, written == 0 ? "" : "\"\n");
}

/* Only a whole date: CTML's readers know no other. */
static void
add_updated(struct sb *b, const struct tree *study)
{
    struct str date = text_at(study, "protocolSection.statusModule.lastUpdatePostDateStruct.date");
    day_t day;

    if (!str_is_empty(date) && day_parse(date, &day))
        sb_addf(b, "last_updated: %.*s\n", STR_FMT(date));
}

static void
add_texts(struct sb *b, const char *key, const struct tree *list)
{
    if (tree_len(list) == 0)
        return;
    sb_addf(b, "%s:\n", key);
    for (size_t i = 0; i < tree_len(list); i++) {
        if (tree_at(list, i)->kind != TREE_SCALAR)
            continue;
        sb_add_c(b, "  - ");
        draft_quoted(b, tree_at(list, i)->text);
        sb_add_char(b, '\n');
    }
}

static void
add_interventions(struct sb *b, const struct tree *list)
{
    if (tree_len(list) == 0)
        return;
    sb_add_c(b, "drug_list:\n  drug:\n");
    for (size_t i = 0; i < tree_len(list); i++) {
        sb_add_c(b, "    - {drug_name: ");
        draft_quoted(b, text_at(tree_at(list, i), "name"));
        sb_add_c(b, ", drug_type: ");
        draft_quoted(b, text_at(tree_at(list, i), "type"));
        sb_add_c(b, "}\n");
    }
}

static void
add_sites(struct sb *b, const struct tree *list)
{
    static const char *const key[][2] = {{"site_name", "facility"},
                                         {"site_status", "status"},
                                         {"city", "city"},
                                         {"country", "country"}};

    if (tree_len(list) == 0)
        return;
    sb_add_c(b, "site_list:\n  site:\n");
    for (size_t i = 0; i < tree_len(list) && i < SITES_MAX; i++) {
        sb_add_c(b, "    - {");
        for (size_t k = 0; k < RFD_COUNT(key); k++) {
            sb_addf(b, "%s%s: ", k == 0 ? "" : ", ", key[k][0]);
            draft_quoted(b, text_at(tree_at(list, i), key[k][1]));
        }
        sb_add_c(b, "}\n");
    }
}

static void
add_contact(struct sb *b, const struct tree *study)
{
    const struct tree *all = at(study, "protocolSection.contactsLocationsModule.centralContacts");
    const struct tree *first;
    struct sb text;
    char buf[PATH_TEXT_MAX];

    if (tree_len(all) == 0) /* most trials that are closed name nobody */
        return;
    first = tree_at(all, 0);
    sb_init(&text, buf, sizeof buf);
    sb_addf(&text, "%.*s %.*s %.*s", STR_FMT(text_at(first, "name")),
            STR_FMT(text_at(first, "phone")), STR_FMT(text_at(first, "email")));
    add_key(b, "contact", str_trim(sb_str(&text)));
}

/* ---- eligibility ---- */

/* "18 Years", "6 Months" in months; absent: no bound ("N/A"), or a unit below months. */
static bool
age_months(struct str text, int64_t *months_out)
{
    struct str number;
    struct str unit;

    if (!str_cut(text, ' ', &number, &unit) || !str_to_i64(number, months_out) || *months_out < 0 ||
        *months_out > 1800)
        return false;
    if (str_starts(unit, STR("Year"))) {
        *months_out *= 12;
        return true;
    }
    return str_starts(unit, STR("Month"));
}

/* CTML writes months as a fraction of a year, with three decimals. */
static void
add_age(struct sb *b, const char *op, int64_t months)
{
    sb_addf(b, "            - clinical: {age_numerical: \"%s%d", op, (int)(months / 12));
    if (months % 12 != 0)
        sb_addf(b, ".%03d", (int)((months % 12) * 1000 / 12));
    sb_add_c(b, "\"}\n");
}

static void
add_ages(struct sb *b, const struct tree *eligibility)
{
    int64_t months;

    if (age_months(text_at(eligibility, "minimumAge"), &months))
        add_age(b, ">=", months);
    /* The registry's upper age counts whole: up to 75 years ends on the 76th birthday. */
    if (age_months(text_at(eligibility, "maximumAge"), &months))
        add_age(b, "<", months % 12 == 0 ? months + 12 : months + 1);
}

static void
add_sex(struct sb *b, const struct tree *eligibility)
{
    struct str sex = text_at(eligibility, "sex");

    if (str_eq_c(sex, "FEMALE") || str_eq_c(sex, "MALE"))
        sb_addf(b, "            - clinical: {gender: %s}\n",
                str_eq_c(sex, "MALE") ? "Male" : "Female");
}

/* One of the conditions that are known. Without any the trial would be for everybody: then it
 * asks for
 * what nobody answers, and stays unknown. */
static void
add_diseases(struct import *m, struct sb *b, const struct tree *conditions)
{
    struct tally known = {NULL, 0, 0};

    for (size_t i = 0; i < tree_len(conditions); i++) {
        const struct tree *c = tree_at(conditions, i);
        struct term_strs d = {NULL, 0};

        if (c->kind != TREE_SCALAR)
            continue;
        d = ctgovtext_disease(m->terms, m->arena, c->text);
        if (d.count == 0)
            tally_add(m->arena, &m->conditions, c->text);
        for (size_t k = 0; k < d.count; k++)
            tally_add(m->arena, &known, d.item[k]);
    }
    if (known.count == 0) {
        sb_add_c(b, "            - curation: {needed: \"no condition is known as a disease\"}\n");
        return;
    }
    sb_add_c(b, "            - clinical: {oncotree_primary_diagnosis: [");
    for (size_t i = 0; i < known.count; i++) {
        sb_add_c(b, i == 0 ? "" : ", ");
        draft_quoted(b, known.row[i].name);
    }
    sb_add_c(b, "]}\n");
}

static void
add_requirements(struct import *m, struct sb *b, struct str criteria)
{
    struct ctgovtext_criteria c = {.rest = criteria};
    struct str line;
    bool any = false;

    while (ctgovtext_requirement(m->arena, &c, &line)) {
        sb_add_c(b, any ? "  - " : "prior_treatment_requirements: # free text, not checked\n  - ");
        draft_quoted(b, line);
        sb_add_char(b, '\n');
        any = true;
    }
}

/* The registry has neither criteria nor a status per arm: one condition for the step, arms as
 * named.
 * An arm that says so in its label is closed. */
static void
add_arms(struct sb *b, const struct tree *arms)
{
    sb_add_c(b, "      arm:\n");
    for (size_t i = 0; i < tree_len(arms); i++) {
        struct str label = text_at(tree_at(arms, i), "label");
        bool closed = str_has(label, STR("CLOSED")) || str_has(label, STR("Closed to"));

        sb_addf(b, "        - arm_internal_id: %zu\n          arm_code: \"%zu\"\n", i + 1, i + 1);
        sb_add_c(b, "          arm_description: ");
        draft_quoted(b, str_is_absent(label) ? STR("") : label);
        sb_addf(b, "\n          arm_suspended: %s\n", closed ? "Y" : "N");
    }
    if (tree_len(arms) == 0)
        sb_add_c(b, "        - {arm_internal_id: 1, arm_code: \"1\", arm_suspended: N}\n");
}

static void
add_treatment(struct import *m, struct sb *b, const struct tree *study)
{
    const struct tree *eligibility = at(study, "protocolSection.eligibilityModule");

    sb_add_c(b, "treatment_list:\n  step:\n    - step_internal_id: 1\n      step_code: \"1\"\n"
                "      step_type: Registration\n      match:\n        - and:\n");
    add_diseases(m, b, at(study, "protocolSection.conditionsModule.conditions"));
    add_ages(b, eligibility);
    add_sex(b, eligibility);
    add_arms(b, at(study, "protocolSection.armsInterventionsModule.armGroups"));
}

/* ---- a study ---- */

static struct str
draft_of(struct import *m, const struct tree *study, struct str id)
{
    const struct tree *interventions =
        at(study, "protocolSection.armsInterventionsModule.interventions");
    struct str title = text_at(study, "protocolSection.identificationModule.briefTitle");
    struct str overall = text_at(study, "protocolSection.statusModule.overallStatus");
    struct str kind = ctgovtext_kind(interventions, title);
    struct sb b;

    sb_init_arena(&b, m->arena, DRAFT_BYTES_MAX);
    sb_add_c(&b,
             "# Draft from ClinicalTrials.gov, made by refractctl trials import ctgov. Its criteria"
             " are free text\n# and not curated.\n");
    add_key(&b, "protocol_no", id);
    add_key(&b, "nct_id", id);
    add_key(&b, "short_title", title);
    add_key(&b, "long_title", text_at(study, "protocolSection.identificationModule.officialTitle"));
    add_phase(&b, study);
    add_key(&b, "kind", kind);
    add_key(&b, "status", status_of(overall));
    add_updated(&b, study);
    add_contact(&b, study);
    add_texts(&b, "conditions", at(study, "protocolSection.conditionsModule.conditions"));
    add_interventions(&b, interventions);
    add_sites(&b, at(study, "protocolSection.contactsLocationsModule.locations"));
    add_requirements(m, &b,
                     text_at(study, "protocolSection.eligibilityModule.eligibilityCriteria"));
    add_treatment(m, &b, study);
    tally_add(m->arena, &m->kinds, kind);
    m->open += str_eq_c(overall, "RECRUITING") ? 1 : 0;
    rfd_assert(sb_ok(&b));
    return sb_str(&b);
}

/* A file name is made of it. */
static bool
is_id(struct str id)
{
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return id.n > 0 && id.n <= 64;
}

static bool
import_study(struct import *m, const struct tree *study)
{
    struct str id = text_at(study, "protocolSection.identificationModule.nctId");
    const char *path = NULL;
    struct sb name;

    m->studies++;
    if (!is_id(id)) {
        (void)call_fail(CALL_FAILED, "study %zu: no identificationModule.nctId", m->studies);
        return false;
    }
    sb_init_arena(&name, m->arena, PATH_TEXT_MAX);
    if (call_has(m->call, OPT_OUT)) {
        sb_addf(&name, "%s/%.*s.yaml", m->call->option[OPT_OUT], STR_FMT(id));
        path = sb_cz(&name);
    } else if (m->drafts > 0 && !draft_write(NULL, STR("---\n")))
        return false;
    m->drafts++;
    return draft_write(path, draft_of(m, study, id));
}

/* One study, or a page of them ({studies: […]}). */
static bool
import_file(struct import *m, const char *path)
{
    struct str bytes;
    struct tree *t;
    const struct tree *list;
    struct diags d;
    bool ok = true;

    if (!call_read_file(m->call, path, &bytes))
        return false;
    diags_init(&d, m->arena);
    if (!yaml_read(bytes, path, m->arena, &d, &t)) { /* JSON is YAML */
        call_print_diags(&d);
        return false;
    }
    list = tree_get(t, "studies");
    if (list == NULL && tree_get(t, "protocolSection") == NULL) {
        (void)call_fail(CALL_FAILED, "%s: neither protocolSection nor studies: no API v2 study",
                        path);
        return false;
    }
    if (list == NULL)
        return import_study(m, t);
    for (size_t i = 0; i < tree_len(list); i++)
        ok = import_study(m, tree_at(list, i)) && ok;
    return ok;
}

int
ctgov_import(const struct call *c)
{
    struct import *m = ARENA_NEW(c->arena, struct import);
    struct terms *terms = ARENA_NEW(c->arena, struct terms);
    struct folders f;
    bool ok = true;

    if (!folders_open(c, &f) || !folders_terms(c, &f, terms))
        return CALL_FAILED;
    m->call = c;
    m->terms = terms;
    m->arena = c->arena;
    for (size_t i = 0; i < c->arg_count; i++)
        ok = import_file(m, c->arg[i]) && ok;
    (void)fprintf(stderr, "ctgov: studies %zu, drafts %zu, open to accrual %zu\n", m->studies,
                  m->drafts, m->open);
    tally_print(m->arena, "kinds of trial", &m->kinds);
    tally_print(m->arena, "conditions that are no known disease", &m->conditions);
    return ok ? CALL_OK : CALL_FAILED;
}
