/* Tables: rows found in one piece and byte by byte are the same, fields are text, and every row of
 * a table with a header that is understood is read against the shipped maps. */
#include "../aid/shipped.h"
#include "intake/csvintake.h"
#include "sys/mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { SUMS_MAX = 4096 };

struct seen {
    struct arena *arena;
    struct csv_dec dec;
    char buf[CSV_ROW_BYTES_MAX];
    uint64_t sum[SUMS_MAX];
    size_t rows;
    struct csvintake in;
    struct csvtable table;
    bool headed;
};

static void
read_as_message(struct seen *s, struct csv_row *row)
{
    struct result_message m;
    struct diags d;
    size_t mark = arena_mark(s->arena);

    diags_init(&d, s->arena);
    if (s->rows == 1) {
        s->table.delimiter = s->dec.delimiter;
        s->headed = csvintake_header(&s->in, row, s->arena, &d, &s->table);
        return;
    }
    if (s->headed && csvintake_row(&s->in, &s->table, row, s->arena, &d, &m)) {
        rfd_assert(str_is_absent(m.quarantine_reason) || m.fact_count == 0);
        rfd_assert(csvintake_is_row(m.raw) || str_starts(m.raw, STR("MSH")) ||
                   str_starts(m.raw, STR("FHS")) || str_starts(m.raw, STR("BHS")));
        for (size_t i = 0; i < m.fact_count; i++)
            rfd_assert((m.fact[i].flags & FACT_IMPORTED) != 0);
    }
    arena_release(s->arena, mark);
}

static bool
on_row(void *arg, const struct csv_row *seen)
{
    struct seen *s = arg;
    struct csv_row row = *seen;
    struct csv_field f[CSV_FIELDS_MAX];
    size_t mark = arena_mark(s->arena);
    size_t n;

    if (s->rows < SUMS_MAX)
        s->sum[s->rows] = str_hash(row.raw) ^ row.at ^ (uint64_t)row.line << 32;
    s->rows++;
    if (csv_split(s->arena, &row, s->dec.delimiter, f, &n) == CSV_OK) {
        rfd_assert(n > 0);
        for (size_t i = 0; i < n; i++)
            rfd_assert(f[i].line >= row.line && f[i].col > 0);
    }
    arena_release(s->arena, mark);
    row = *seen;
    if (s->in.map != NULL)
        read_as_message(s, &row);
    return true;
}

static void
read_in_parts(struct seen *s, const char *p, size_t n, size_t part)
{
    s->rows = 0;
    csv_init(&s->dec, s->buf, sizeof(s->buf), '\0');
    for (size_t at = 0; at < n && !s->dec.dead; at += part)
        RFD_IGNORE(csv_feed(&s->dec, p + at, n - at < part ? n - at : part, on_row, s) == 0);
    csv_end(&s->dec, on_row, s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct arena config;
    static struct arena arena;
    static struct seen whole;
    static struct seen cut;
    static struct knowledge_set *set;

    if (set == NULL) {
        mem_arena_new(&config, (size_t)1 << 30);
        mem_arena_new(&arena, (size_t)1 << 30);
        set = shipped_knowledge(&config);
    }
    whole.arena = cut.arena = &arena;
    whole.in = (struct csvintake){
        .feed = "fuzz", .map = knowledge_map(set, "demo.yaml"), .terms = &set->terms};
    whole.table = (struct csvtable){.rows = {.file = "fuzz", .kind = CSVROWS_KIND_COUNT},
                                    .stated = stamp_of_utc(1780000000)};
    whole.headed = false;
    read_in_parts(&whole, (const char *)bytes, n, n == 0 ? 1 : n);
    read_in_parts(&cut, (const char *)bytes, n, 1);
    rfd_assert(whole.rows == cut.rows);
    rfd_assert(memcmp(whole.sum, cut.sum, (whole.rows < SUMS_MAX ? whole.rows : SUMS_MAX) * 8) ==
               0);
    mem_arena_trim(&arena, (size_t)1 << 20);
    return 0;
}
