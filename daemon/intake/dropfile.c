#include "intake/dropfile.h"

#include "base/limits.h"
#include "sys/io.h"
#include "sys/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    CUT_BYTES = LIMIT_MESSAGE_BYTES, /* one HL7 message */
    CUT_CHUNK = 1024 * 1024,         /* a message that is not whole is looked at anew each time */
    HEAD_BYTES = 16,
};

static const size_t KEPT_BYTES = (size_t)1 << 20;

static void
break_off(struct dropfile *d, const char *reason)
{
    d->broken = true;
    if (d->reason[0] == '\0')
        (void)snprintf(d->reason, sizeof(d->reason), "%s\n", reason);
}

/* At most n bytes; 0 at the end. */
static size_t
read_some(struct dropfile *d, char *to, size_t n)
{
    ssize_t got;

    do
        got = read(d->fd, to, n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        break_off(d, "1:1: the file could not be read to its end");
    if (got <= 0)
        d->ended = true;
    return got < 0 ? 0 : (size_t)got;
}

static bool
has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name);
    size_t s = strlen(suffix);

    return n >= s && str_eq_nocase(str_from_c(name + n - s), str_from_c(suffix));
}

/* By the name; another name by how it begins. */
static bool
is_table(const struct dropfile *d)
{
    char head[HEAD_BYTES] = "";
    ssize_t n;
    size_t at = 0;

    if (has_suffix(d->name, ".csv") || has_suffix(d->name, ".tsv"))
        return true;
    if (has_suffix(d->name, ".hl7"))
        return false;
    n = pread(d->fd, head, sizeof(head) - 1, 0);
    if (n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0)
        at = 3;
    while (head[at] == '\r' || head[at] == '\n' || head[at] == '\x0b')
        at++;
    return strncmp(head + at, "MSH", 3) != 0 && strncmp(head + at, "FHS", 3) != 0 &&
           strncmp(head + at, "BHS", 3) != 0;
}

void
dropfile_open(struct dropfile *d, int fd, const char *name, struct stamp stated)
{
    d->fd = fd;
    d->name = name;
    d->rows = is_table(d);
    d->table = (struct csvtable){.rows = {.file = name, .kind = CSVROWS_KIND_COUNT},
                                 .stated = stated,
                                 .sender = str_from_c(name)};
    d->headed = d->ended = d->broken = d->has_row = false;
    d->chunk_at = d->chunk_n = d->buf_used = 0;
    d->reason[0] = '\0';
    d->buf_size = d->rows ? DROP_CHUNK : CUT_BYTES;
    d->buf = xmalloc(d->buf_size);
    d->row_buf = xmalloc(CSV_ROW_BYTES_MAX);
    hl7_cut_init(&d->cut, d->buf, d->buf_size, 0);
    csv_init(&d->dec, d->row_buf, CSV_ROW_BYTES_MAX, '\0');
    mem_arena_new(&d->kept, KEPT_BYTES);
}

void
dropfile_close(struct dropfile *d)
{
    memset(d->buf, 0, d->rows ? d->buf_size : d->buf_used); /* patient data */
    memset(d->row_buf, 0, CSV_ROW_BYTES_MAX);
    xfree(d->buf);
    xfree(d->row_buf);
    mem_arena_free(&d->kept);
    io_close(&d->fd);
}

bool
dropfile_back_to(struct dropfile *d, struct drop_place place)
{
    const struct csv_row row = {.at = place.at, .line = place.line};

    if (lseek(d->fd, (off_t)place.at, SEEK_SET) != (off_t)place.at)
        return false;
    d->ended = d->has_row = false;
    d->chunk_at = d->chunk_n = 0;
    hl7_cut_init(&d->cut, d->buf, d->buf_size, place.at);
    csv_seek(&d->dec, &row);
    return true;
}

/* --- tables */

static void
note_faults(struct dropfile *d, const struct diags *diags)
{
    size_t n = 0;

    for (const struct diag *x = diags->first; x != NULL && n < sizeof(d->reason); x = x->next) {
        if (x->level == DIAG_ERROR)
            n += (size_t)snprintf(d->reason + n, sizeof(d->reason) - n, "%d:%d: %s\n", x->line,
                                  x->col, x->text);
    }
}

static void
take_header(struct dropfile *d, struct csv_row *row)
{
    struct diags diags;

    diags_init(&diags, &d->kept);
    d->table.delimiter = d->dec.delimiter;
    d->headed = csvintake_header(&d->csv, row, &d->kept, &diags, &d->table);
    if (d->headed)
        return;
    note_faults(d, &diags);
    break_off(d, "1:1: the header is of no table that is known");
}

static bool
on_row(void *arg, const struct csv_row *row)
{
    struct dropfile *d = arg;

    d->row = *row;
    d->has_row = true;
    return false; /* one at a time */
}

/* The next row in d->row, or none. */
static bool
find_row(struct dropfile *d)
{
    d->has_row = false;
    while (!d->has_row && !d->broken && !d->dec.dead) {
        if (d->chunk_at == d->chunk_n && !d->ended) {
            d->chunk_n = read_some(d, d->buf, d->buf_size);
            d->chunk_at = 0;
        }
        if (d->chunk_at == d->chunk_n && d->ended) {
            csv_end(&d->dec, on_row, d);
            return d->has_row;
        }
        d->chunk_at += csv_feed(&d->dec, d->buf + d->chunk_at, d->chunk_n - d->chunk_at, on_row, d);
    }
    return d->has_row;
}

/* From here on no row can be told from the next. */
static void
tear(struct dropfile *d, const struct csv_row *row)
{
    (void)snprintf(d->reason, sizeof(d->reason), "%d:%d: %s. The rows before line %d were taken.\n",
                   row->error_line, row->error_col, csv_error_text(row->error), row->line);
    d->broken = true;
}

static enum drop_next
next_row(struct dropfile *d, struct result_message *out, struct drop_place *place)
{
    while (find_row(d)) {
        struct csv_row row = d->row;
        struct diags unread; /* the first one is the message's place */

        if (row.error == CSV_QUOTE_OPEN || row.error == CSV_UTF16) {
            tear(d, &row);
            break;
        }
        if (!d->headed) {
            take_header(d, &row);
            continue;
        }
        diags_init(&unread, d->arena);
        *place = (struct drop_place){row.at, row.line};
        if (csvintake_row(&d->csv, &d->table, &row, d->arena, &unread, out))
            return DROP_MESSAGE;
    }
    if (!d->broken && !d->headed)
        break_off(d, "1:1: the file has no header");
    return d->broken ? DROP_BROKEN : DROP_END;
}

/* --- HL7 */

static void
read_more(struct dropfile *d)
{
    size_t room;
    char *to = hl7_cut_room(&d->cut, &room);
    size_t n = read_some(d, to, room < CUT_CHUNK ? room : CUT_CHUNK);

    if (n == 0)
        hl7_cut_end(&d->cut);
    else
        hl7_cut_add(&d->cut, n);
    d->buf_used = d->cut.n > d->buf_used ? d->cut.n : d->buf_used;
}

static enum drop_next
next_message(struct dropfile *d, struct result_message *out, struct drop_place *place)
{
    struct hl7read read;
    struct str one;

    while (!d->broken) {
        switch (hl7_cut_next(&d->cut, &one, &place->at)) {
        case HL7_CUT_MORE: read_more(d); continue;
        case HL7_CUT_TOO_LARGE: d->headed = true; return DROP_TOO_LARGE;
        case HL7_CUT_MESSAGE: break;
        case HL7_CUT_END:
        case HL7_CUT_RESULT_COUNT:
            if (d->headed)
                return DROP_END;
            break_off(d, "1:1: there is no message in the file");
            continue;
        }
        d->headed = true;
        hl7intake_read(&d->hl7, one, d->now, d->arena, &read);
        *out = read.message;
        return DROP_MESSAGE;
    }
    return DROP_BROKEN;
}

enum drop_next
dropfile_next(struct dropfile *d, struct stamp now, struct result_message *out,
              struct drop_place *place)
{
    d->now = now;
    if (d->broken)
        return DROP_BROKEN;
    return d->rows ? next_row(d, out, place) : next_message(d, out, place);
}
