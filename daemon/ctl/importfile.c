#include "ctl/importfile.h"

#include "base/sort.h"
#include "sys/clock.h"
#include "sys/mem.h"

#include <string.h>
#include <sys/stat.h>

static const size_t ROW_ARENA_BYTES = (size_t)1 << 26;

/* What a row says of something, to find another row that says otherwise. */
struct saying {
    struct fact_key key;
    struct sha256 content;
    int64_t stated_s;
    int line;
    size_t row;
};

struct reader {
    struct importfile *file;
    struct arena *arena; /* for a row */
    struct diags *diags; /* of the rows */
    bool header_read;
    size_t nth;
    struct csv_dec dec;
    importfile_row *cb;
    void *arg;
};

struct sayings {
    struct importfile *file;
    struct arena *row_arena;
    size_t mark;
    struct saying *item;
    size_t count;
    size_t room;
};

static bool
take_header(struct reader *r, struct csv_row *row)
{
    struct importfile *f = r->file;

    r->header_read = true;
    if (f->headed)
        return true;
    f->table.delimiter = r->dec.delimiter;
    f->headed = csvintake_header(f->in, row, f->call->arena, &f->diags, &f->table);
    return f->headed;
}

static bool
on_row(void *arg, const struct csv_row *seen)
{
    struct reader *r = arg;
    struct csv_row row = *seen;
    struct result_message m;

    if (!r->header_read)
        return take_header(r, &row);
    if (!csvintake_row(r->file->in, &r->file->table, &row, r->arena, r->diags, &m))
        return true;
    return r->cb(r->arg, r->nth++, &row, &m);
}

/* Until the callback, or a header that is none, stops it. */
static void
read_rows(struct reader *r)
{
    struct importfile *f = r->file;
    size_t n;

    csv_init(&r->dec, arena_alloc(f->call->arena, CSV_ROW_BYTES_MAX), CSV_ROW_BYTES_MAX,
             f->delimiter);
    n = csv_feed(&r->dec, f->bytes.p, f->bytes.n, on_row, r);
    if (n == f->bytes.n && (f->headed || !r->header_read))
        csv_end(&r->dec, on_row, r);
    f->torn = f->torn || r->dec.dead;
}

static void
grow(struct arena *a, void *items, size_t count, size_t *room, size_t size)
{
    void **p = items;
    void *more;

    if (count < *room)
        return;
    *room = *room == 0 ? 256 : *room * 2;
    more = arena_array(a, *room, size);
    if (count > 0)
        memcpy(more, *p, count * size);
    *p = more;
}

static void
mark_bad(struct importfile *f, size_t row)
{
    f->bad += !f->is_bad[row];
    f->is_bad[row] = true;
}

/* What a row says, whatever it calls a drug or a diagnosis. */
static struct sha256
content_of(const struct fact *f)
{
    struct fact plain = *f;

    if (f->kind == FACT_THERAPY)
        plain.u.therapy.code = (struct code){.code = STR_NONE};
    else if (f->kind == FACT_DIAGNOSIS)
        plain.u.diagnosis.code.display = STR_NONE;
    return fact_content(&plain);
}

/* Statements of a person are said by many rows, and checked by core. */
static void
note_facts(struct sayings *s, size_t nth, int line, const struct result_message *m)
{
    for (size_t i = 0; i < m->fact_count; i++) {
        const struct fact *x = &m->fact[i];
        void *items = s->item;

        if (x->kind == FACT_DEMOGRAPHICS)
            continue;
        grow(s->file->call->arena, &items, s->count, &s->room, sizeof(*s->item));
        s->item = items;
        s->item[s->count++] =
            (struct saying){fact_key(x), content_of(x), x->status_time.utc_s, line, nth};
    }
}

static bool
on_checked(void *arg, size_t nth, const struct csv_row *row, const struct result_message *m)
{
    struct sayings *s = arg;
    struct importfile *f = s->file;
    void *flags = f->is_bad;

    grow(f->call->arena, &flags, nth, &f->room, sizeof(bool));
    f->is_bad = flags;
    f->rows = nth + 1;
    if (!str_is_absent(m->quarantine_reason))
        mark_bad(f, nth);
    else
        note_facts(s, nth, row->line, m);
    arena_release(s->row_arena, s->mark);
    return true;
}

static int
saying_cmp(const void *x, const void *y)
{
    const struct saying *a = x;
    const struct saying *b = y;
    int c = fact_key_cmp(&a->key, &b->key);

    return c != 0 ? c : (a->row > b->row) - (a->row < b->row);
}

/* Two rows that cannot both be so, and nothing says which of them is the later word. */
static void
find_contradictions(struct sayings *s)
{
    struct importfile *f = s->file;

    sort_stable(f->call->arena, s->item, s->count, sizeof(*s->item), saying_cmp);
    for (size_t i = 1; i < s->count; i++) {
        const struct saying *a = &s->item[i - 1];
        const struct saying *b = &s->item[i];

        if (fact_key_cmp(&a->key, &b->key) != 0 || a->stated_s != b->stated_s ||
            memcmp(a->content.b, b->content.b, SHA256_SIZE) == 0 || f->is_bad[b->row])
            continue;
        diag_error(&f->diags, f->path, b->line, 1, "line %d says otherwise of the same thing",
                   a->line);
        mark_bad(f, b->row);
    }
}

/* What a file states it stated when it was written. */
static struct stamp
written(const char *path)
{
    struct stat st;
    int64_t now = clock_wall_s();

    if (stat(path, &st) != 0 || st.st_mtime > now)
        return stamp_of_utc(now);
    return stamp_of_utc(st.st_mtime);
}

bool
importfile_open(struct importfile *f)
{
    struct arena rows;
    struct sayings s = {.file = f, .row_arena = &rows};
    struct reader r = {.file = f, .diags = &f->diags, .cb = on_checked, .arg = &s};
    const char *name = strrchr(f->path, '/');

    diags_init(&f->diags, f->call->arena);
    if (!call_read_file(f->call, f->path, &f->bytes))
        return false;
    mem_arena_new(&rows, ROW_ARENA_BYTES);
    (void)arena_trap_set(&rows, f->call->arena->trap);
    r.arena = &rows;
    f->table = (struct csvtable){.rows = {.file = f->path, .kind = f->kind},
                                 .stated = written(f->path),
                                 .sender = str_from_c(name == NULL ? f->path : name + 1)};
    s.mark = arena_mark(&rows);
    read_rows(&r);
    mem_arena_free(&rows);
    if (!r.header_read)
        diag_error(&f->diags, f->path, 1, 1, "the file has no header");
    find_contradictions(&s);
    return f->headed;
}

void
importfile_each(struct importfile *f, struct arena *a, importfile_row *cb, void *arg)
{
    struct diags unread;
    struct reader r = {.file = f, .arena = a, .diags = &unread, .cb = cb, .arg = arg};

    diags_init(&unread, f->call->arena);
    read_rows(&r);
}
