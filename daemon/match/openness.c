#include "match/openness.h"

#include "wire/csv.h"

static const struct {
    const char *word;
    bool open;
} words[] = {
    {"open", true},
    {"open to accrual", true},
    {"recruiting", true},
    {"closed", false},
    {"closed to accrual", false},
    {"suspended", false},
    {"on hold", false},
    {"full", false},
    {"not yet open", false},
};

/* ---- CSV: a table as the same list that YAML gives ---- */

struct table {
    struct arena *arena;
    const char *origin;
    struct diags *diags;
    struct tree *list;
    const struct tree *head; /* names of the columns */
    char delimiter;
};

static struct tree *
cell(const struct table *t, const struct csv_field *f)
{
    struct tree_place at = {t->origin, f->line, f->col};

    return tree_scalar(t->arena, at, str_dup(t->arena, str_trim(f->text)), true);
}

static void
take_fields(struct table *t, const struct csv_row *row, const struct csv_field *f, size_t n)
{
    struct tree_place at = {t->origin, row->line, 1};
    struct tree *line = t->head == NULL ? tree_seq(t->arena, at) : tree_map(t->arena, at);

    if (t->head != NULL && n > tree_len(t->head)) {
        diag_error(t->diags, t->origin, row->line, f[n - 1].col,
                   "more fields than the first line names");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct tree *value = cell(t, &f[i]);

        if (t->head == NULL) {
            tree_seq_add(t->arena, line, value);
        } else if (!str_is_empty(value->text)) { /* an empty field is none */
            tree_map_add(t->arena, line, t->head->items[i], value);
        }
    }
    if (t->head == NULL) {
        t->head = line;
    } else {
        tree_seq_add(t->arena, t->list, line);
    }
}

static bool
on_row(void *arg, const struct csv_row *row)
{
    struct table *t = arg;
    struct csv_field *f = ARENA_ARRAY(t->arena, CSV_FIELDS_MAX, struct csv_field);
    struct csv_row r = *row;
    size_t n = 0;
    enum csv_error e;

    if (t->delimiter == '\0') {
        t->delimiter = csv_delimiter(row->raw);
    }
    e = csv_split(t->arena, &r, t->delimiter, f, &n);
    if (e != CSV_OK) {
        diag_error(t->diags, t->origin, r.error_line, r.error_col, "%s", csv_error_text(e));
    } else if (!csv_is_blank(f, n)) {
        take_fields(t, &r, f, n);
    }
    return true;
}

const struct tree *
openness_csv(struct arena *a, const char *origin, struct str bytes, struct diags *d)
{
    struct table t = {.arena = a, .origin = origin, .diags = d};
    size_t errors = d->errors;
    struct csv_dec dec;
    size_t taken;

    t.list = tree_seq(a, (struct tree_place){origin, 1, 1});
    csv_init(&dec, ARENA_ARRAY(a, CSV_ROW_BYTES_MAX, char), CSV_ROW_BYTES_MAX, '\0');
    taken = csv_feed(&dec, bytes.p, bytes.n, on_row, &t);
    if (taken == bytes.n) {
        csv_end(&dec, on_row, &t);
    }
    return d->errors == errors ? t.list : NULL;
}

/* ---- the rows ---- */

static bool
read_text(const struct tree *row, const char *key, struct diags *d, struct str *out)
{
    const struct tree *t = tree_get(row, key);

    *out = STR_NONE;
    if (tree_is_absent(t)) {
        return true;
    }
    if (!tree_str(t, d, out)) {
        return false;
    }
    *out = str_is_empty(str_trim(*out)) ? STR_NONE : str_trim(*out);
    return true;
}

static bool
read_status(const struct tree *row, struct diags *d, struct openness_row *out)
{
    const struct tree *t = tree_need(row, "status", d);

    if (t == NULL || !tree_str(t, d, &out->status)) {
        return false;
    }
    for (size_t i = 0; i < RFD_COUNT(words); i++) {
        if (str_eq_nocase(str_trim(out->status), str_from_c(words[i].word))) {
            out->open = words[i].open;
            return true;
        }
    }
    tree_error(t, d, "status: one of open, closed, suspended, on hold, full, not yet open");
    return false;
}

static bool
read_row(const struct tree *row, struct diags *d, struct openness_row *out)
{
    static const char *const keys[] = {"trial_id", "arm", "status", "as_of", "site", "contact"};
    const struct tree *id;

    *out = (struct openness_row){.at = row};
    if (!tree_is(row, TREE_MAP, d) || !tree_check_keys(row, keys, RFD_COUNT(keys), d)) {
        return false;
    }
    id = tree_need(row, "trial_id", d);
    return id != NULL && tree_str(id, d, &out->trial) && read_status(row, d, out) &&
           tree_day(tree_need(row, "as_of", d), d, &out->as_of) &&
           read_text(row, "arm", d, &out->arm) && read_text(row, "site", d, &out->site) &&
           read_text(row, "contact", d, &out->contact);
}

/* One word on one arm: two that differ leave nobody to believe. */
static bool
is_new(const struct openness *list, const struct openness_row *row, struct diags *d)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct openness_row *x = &list->row[i];

        if (str_eq_nocase(x->trial, row->trial) &&
            (str_is_absent(x->arm) ? str_is_absent(row->arm) : str_eq(x->arm, row->arm))) {
            tree_error(row->at, d, "this trial and arm stand in line %d already", x->at->line);
            return false;
        }
    }
    return true;
}

bool
openness_read(struct arena *a, const struct tree *root, struct diags *d, struct openness *out)
{
    static const char *const keys[] = {"openness"};
    const struct tree *list = root;
    struct openness_row *row;
    bool ok = true;

    if (root != NULL && root->kind == TREE_MAP) {
        if (!tree_check_keys(root, keys, RFD_COUNT(keys), d)) {
            return false;
        }
        list = tree_get(root, "openness");
    }
    out->given = true;
    if (tree_is_absent(list)) {
        return true;
    }
    if (!tree_is(list, TREE_SEQ, d)) {
        return false;
    }
    row = ARENA_ARRAY(a, out->count + tree_len(list), struct openness_row);
    for (size_t i = 0; i < out->count; i++) {
        row[i] = out->row[i];
    }
    out->row = row;
    for (size_t i = 0; i < tree_len(list); i++) {
        struct openness_row one;

        if (read_row(tree_at(list, i), d, &one) && is_new(out, &one, d)) {
            row[out->count++] = one;
        } else {
            ok = false;
        }
    }
    return ok;
}

/* ---- what it says of the trials ---- */

static bool
names(const struct openness_row *r, const struct trial *t)
{
    return str_eq_nocase(r->trial, t->id) ||
           (!str_is_empty(t->citation) && str_eq_nocase(r->trial, t->citation));
}

/* "SAMPLE-0001/A", "SAMPLE-0001/1/A", and dose levels below it. */
static bool
is_of_arm(const struct trial_clause *c, struct str arm)
{
    struct str rest = c->id;
    struct str part;
    bool more = true;

    while (more) {
        more = str_cut(rest, '/', &part, &rest);
        if (!more) {
            part = rest;
        }
        if (part.p != c->id.p && str_eq(part, arm)) { /* the first part is the trial's own name */
            return true;
        }
    }
    return false;
}

/* A word on the arm, else one on the trial. */
static const struct openness_row *
row_of(const struct openness *list, const struct trial_clause *c)
{
    const struct openness_row *whole = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const struct openness_row *r = &list->row[i];

        if (!names(r, c->trial)) {
            continue;
        }
        if (str_is_absent(r->arm)) {
            whole = r;
        } else if (is_of_arm(c, r->arm)) {
            return r;
        }
    }
    return whole;
}

static void
not_own(struct arena *a, struct trial_clause *c)
{
    struct trial *t = ARENA_NEW(a, struct trial);

    *t = *c->trial;
    t->own = false;
    c->trial = t;
}

static void
apply_row(struct arena *a, const struct openness_row *r, int32_t max_age_days,
          struct trial_clause *c)
{
    struct trial *t = ARENA_NEW(a, struct trial);

    *t = *c->trial;
    t->open = r->open;
    t->status = r->open ? STR("open at this site") : STR("not open at this site");
    t->status_date = r->as_of;
    t->said_by =
        str_is_absent(r->site) ? STR("site list") : str_cat(a, STR("site list, "), r->site);
    t->stale_from = r->as_of + max_age_days;
    if (!str_is_absent(r->contact)) {
        t->contact = r->contact;
    }
    c->trial = t;
    if (!str_is_absent(r->arm)) { /* a word on the whole trial opens no arm that is suspended */
        c->suspended = !r->open;
    }
}

/* Of a file that was kept out nothing but the id is known. */
static bool
is_kept_out(const struct trial_files *files, struct str id)
{
    for (size_t i = 0; files != NULL && i < files->count; i++) {
        if (files->item[i].kept_out && str_eq_nocase(files->item[i].id, id)) {
            return true;
        }
    }
    return false;
}

static void
warn_unknown(const struct openness *list, const struct trial_files *files,
             const struct trial_set *set, struct diags *d)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct openness_row *r = &list->row[i];
        bool trial = false;
        bool arm = str_is_absent(r->arm);

        for (size_t k = 0; k < set->count && !(trial && arm); k++) {
            if (names(r, set->clause[k].trial)) {
                trial = true;
                arm = arm || is_of_arm(&set->clause[k], r->arm);
            }
        }
        if (!trial && !is_kept_out(files, r->trial)) {
            tree_warn(r->at, d, "no trial %.*s is in the folder", STR_FMT(r->trial));
        } else if (trial && !arm) {
            tree_warn(r->at, d, "trial %.*s has no arm %.*s", STR_FMT(r->trial), STR_FMT(r->arm));
        }
    }
}

void
openness_apply(struct arena *a, const struct openness *list, int32_t max_age_days,
               const struct trial_files *files, struct trial_set *set, struct diags *d)
{
    warn_unknown(list, files, set, d);
    for (size_t i = 0; i < set->count; i++) {
        const struct openness_row *r = row_of(list, &set->clause[i]);

        if (r != NULL) {
            apply_row(a, r, max_age_days, &set->clause[i]);
        } else {
            not_own(a, &set->clause[i]);
        }
    }
}
