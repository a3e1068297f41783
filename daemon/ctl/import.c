/* refractctl import: a registry's or spreadsheet's rows into the running daemon. */
#include "codec/json.h"
#include "ctl/importfile.h"
#include "ctl/importsend.h"
#include "ctl/reading.h"
#include "ctl/verbs.h"
#include "sys/mem.h"
#include "wire/jsonout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096, JSON_MAX = 1 << 20, PATH_TEXT_MAX = 4096 };

static const size_t ROW_ARENA_BYTES = (size_t)1 << 28;

/* One file on its way. */
struct import {
    const struct call *call;
    struct importfile file;
    struct arena arena; /* of rows */
    struct importsend send;
    FILE *rejected;
    bool failed;
};

/* --- what was not taken */

static const char *
rejected_path(const struct import *m)
{
    struct sb b;

    sb_init_arena(&b, m->call->arena, PATH_TEXT_MAX);
    sb_addf(&b, "%s.rejected.csv", m->file.path);
    return sb_ok(&b) ? sb_cz(&b) : NULL;
}

/* The same table with a column more, so that it can be corrected and imported as it is. For the
 * owner alone: it holds patient data. */
static bool
rejected_open(struct import *m)
{
    const char *path = rejected_path(m);
    int fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    m->rejected = fd < 0 ? NULL : fdopen(fd, "w");
    if (m->rejected == NULL) {
        if (fd >= 0)
            (void)close(fd);
        (void)call_fail(CALL_FAILED, "%s.rejected.csv cannot be written: nothing was sent",
                        m->file.path);
        return false;
    }
    (void)fprintf(m->rejected, "%.*s%crejected_because\n", STR_FMT(m->file.table.header),
                  m->file.table.delimiter);
    return true;
}

static void
put_quoted(FILE *f, const char *text)
{
    (void)fputc('"', f);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            (void)fputc('"', f);
        (void)fputc(*text, f);
    }
    (void)fputc('"', f);
}

/* The errors of the row's lines, as they were printed. */
static void
put_reasons(struct import *m, const struct csv_row *row)
{
    struct sb b;
    int last = row->line;

    for (size_t i = 0; i < row->raw.n; i++)
        last += row->raw.p[i] == '\n';

    sb_init_arena(&b, &m->arena, LINE_MAX_BYTES);
    for (const struct diag *x = m->file.diags.first; x != NULL; x = x->next) {
        if (x->level == DIAG_ERROR && x->line >= row->line && x->line <= last)
            sb_addf(&b, "%s%s", b.n == 0 ? "" : "; ", x->text);
    }
    put_quoted(m->rejected, sb_cz(&b));
}

static bool
rejected_close(struct import *m)
{
    bool ok;

    if (m->rejected == NULL)
        return true;
    ok = ferror(m->rejected) == 0;
    ok = fclose(m->rejected) == 0 && ok;
    m->rejected = NULL;
    if (!ok)
        (void)call_fail(CALL_FAILED, "%s.rejected.csv is not whole: %s", m->file.path,
                        "the disk may be full");
    return ok;
}

/* --- row by row */

static bool
on_send(void *arg, size_t nth, const struct csv_row *row, const struct result_message *msg)
{
    struct import *m = arg;

    if (m->file.is_bad[nth]) {
        (void)fprintf(m->rejected, "%.*s%c", STR_FMT(row->raw), m->file.table.delimiter);
        put_reasons(m, row);
        (void)fputc('\n', m->rejected);
        return true;
    }
    m->failed = !importsend_add(&m->send, msg, row->line);
    return !m->failed;
}

static bool
on_print(void *arg, size_t nth, const struct csv_row *row, const struct result_message *msg)
{
    struct import *m = arg;
    struct sb b;

    (void)row;
    for (size_t i = 0; i < msg->fact_count && !m->file.is_bad[nth]; i++) {
        sb_init_arena(&b, &m->arena, JSON_MAX);
        codec_fact_json(&b, &msg->fact[i]);
        call_print(sb_str(&b));
    }
    arena_reset(&m->arena);
    return true;
}

/* --- a file */

static void
counts_text(const struct import *m, struct sb *b)
{
    sb_addf(b, "%s: %zu rows:", m->file.path, m->file.rows);
    for (unsigned o = 0; o < OUTCOME_BUSY; o++)
        sb_addf(b, " %zu %s,", m->send.counts.of[o], outcome_name((enum outcome)o));
    sb_addf(b, " %zu rejected", m->file.bad);
}

static void
counts_json(const struct import *m, struct sb *b)
{
    struct jsonout j;

    jsonout_init(&j, b);
    jsonout_map(&j);
    jsonout_key(&j, "file");
    jsonout_c(&j, m->file.path);
    jsonout_key(&j, "rows");
    jsonout_u64(&j, m->file.rows);
    for (unsigned o = 0; o < OUTCOME_BUSY; o++) {
        jsonout_key(&j, outcome_name((enum outcome)o));
        jsonout_u64(&j, m->send.counts.of[o]);
    }
    jsonout_key(&j, "rejected");
    jsonout_u64(&j, m->file.bad);
    jsonout_map_end(&j);
}

static void
print_counts(const struct import *m)
{
    struct sb b;

    sb_init_arena(&b, m->call->arena, LINE_MAX_BYTES);
    if (call_has(m->call, OPT_JSON))
        counts_json(m, &b);
    else
        counts_text(m, &b);
    call_print(sb_str(&b));
}

static bool
send_rows(struct import *m)
{
    bool ok;

    if (m->file.bad > 0 && !rejected_open(m))
        return false;
    importfile_each(&m->file, &m->arena, on_send, m);
    ok = !m->failed && importsend_end(&m->send);
    ok = rejected_close(m) && ok;
    print_counts(m);
    return ok && m->file.bad == 0 && m->send.counts.of[OUTCOME_QUARANTINED] == 0 &&
           m->send.counts.of[OUTCOME_REFUSED] == 0;
}

/* Faults are said before anything is sent; with one, nothing is, unless --partial. */
static bool
may_send(const struct import *m)
{
    if (m->file.torn) {
        (void)call_fail(CALL_FAILED, "%s cannot be read to its end: nothing was sent",
                        m->file.path);
        return false;
    }
    if (m->file.bad == 0 || call_has(m->call, OPT_PARTIAL))
        return true;
    (void)call_fail(CALL_FAILED,
                    "%s: %zu of %zu rows are bad: nothing was sent (--partial sends the others)",
                    m->file.path, m->file.bad, m->file.rows);
    return false;
}

static bool
import_file(struct import *m)
{
    bool ok = importfile_open(&m->file);

    call_print_diags(&m->file.diags);
    if (!ok)
        return false;
    if (call_has(m->call, OPT_DRY_RUN)) {
        importfile_each(&m->file, &m->arena, on_print, m);
        return m->file.bad == 0 && !m->file.torn;
    }
    return may_send(m) && send_rows(m);
}

static bool
read_options(const struct call *c, struct csvintake *in, char *delimiter)
{
    const char *d = c->option[OPT_DELIMITER];

    if (call_has(c, OPT_DATE_FORMAT) &&
        !csvdate_form_parse(str_from_c(c->option[OPT_DATE_FORMAT]), &in->dates)) {
        (void)call_fail(CALL_USAGE, "--date-format takes iso, DD.MM.YYYY or MM/DD/YYYY");
        return false;
    }
    if (d != NULL && strcmp(d, "tab") != 0 && strcmp(d, ",") != 0 && strcmp(d, ";") != 0) {
        (void)call_fail(CALL_USAGE, "--delimiter takes , or ; or tab");
        return false;
    }
    if (d != NULL)
        *delimiter = d[0];
    if (*delimiter == 't')
        *delimiter = '\t';
    return true;
}

static int
import_all(const struct call *c, const struct csvintake *in, char delimiter, enum csvrows_kind kind)
{
    const char *socket = call_has(c, OPT_DRY_RUN) ? "" : online_socket(c);
    bool ok = true;

    if (socket == NULL)
        return CALL_FAILED;
    for (size_t i = 0; i < c->arg_count; i++) {
        struct import *m = ARENA_NEW(c->arena, struct import);

        *m = (struct import){
            .call = c,
            .file = {.call = c, .in = in, .path = c->arg[i], .delimiter = delimiter, .kind = kind}};
        mem_arena_new(&m->arena, ROW_ARENA_BYTES);
        (void)arena_trap_set(&m->arena, c->arena->trap);
        m->send.socket = socket;
        m->send.path = c->arg[i];
        m->send.arena = &m->arena;
        ok = import_file(m) && ok;
        mem_arena_free(&m->arena);
    }
    return ok ? CALL_OK : CALL_FAILED;
}

int
import_run(const struct call *c)
{
    struct reading *r = ARENA_NEW(c->arena, struct reading);
    struct csvintake in = {.feed = "import", .live = call_has(c, OPT_LIVE)};
    enum csvrows_kind kind = CSVROWS_KIND_COUNT;
    char delimiter = '\0';
    struct str word, rest;

    (void)str_cut(str_from_c(c->verb), ' ', &word, &rest);
    if (!csvrows_kind_parse(rest, &kind) || !read_options(c, &in, &delimiter))
        return CALL_USAGE;
    if (!reading_open(c, r))
        return CALL_FAILED;
    in.map = &r->map;
    in.terms = &r->terms;
    return import_all(c, &in, delimiter, kind);
}
