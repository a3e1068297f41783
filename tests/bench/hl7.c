/* HL7: index and read of every OBX, against memchr over the same bytes; and the way on to facts. */
#include "wire/hl7.h"

#include "../aid/shipped.h"
#include "base/base64.h"
#include "base/sb.h"
#include "bench.h"
#include "normalize/hl7v2.h"
#include "sys/mem.h"
#include "wire/hl7_batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PDF_BYTES = 1024 * 1024 };

struct reading {
    const struct str *file;
    size_t files;
    struct arena scratch;
    const struct knowledge_set *set;
    size_t seen; /* of whatever is read, so that no compiler leaves the work out */
};

typedef size_t read_one(struct reading *r, struct str payload); /* how many messages */

/* As the other readers do it: the code, the first value, the unit and the status of each OBX. */
static size_t
read_obx(struct reading *r, struct str payload)
{
    struct hl7 m;

    if (hl7_index(&m, &r->scratch, payload) != HL7_OK)
        return 0;
    for (size_t s = 0; s < m.seg_count; s++) {
        if (!hl7_seg_is(&m, s, "OBX"))
            continue;
        r->seen += hl7_value(&m, s, 3, 1).n + hl7_value(&m, s, 5, 1).n;
        r->seen += hl7_value(&m, s, 6, 1).n + hl7_value(&m, s, 11, 1).n;
    }
    return 1;
}

static size_t
read_facts(struct reading *r, struct str payload)
{
    struct hl7 m;
    struct normalized n;

    if (hl7_index(&m, &r->scratch, payload) != HL7_OK)
        return 0;
    if (normalize_hl7(&m, knowledge_map(r->set, "default.yaml"), &r->set->terms, STAMP_NONE,
                      &r->scratch, &n) == NORMALIZE_OK)
        r->seen += n.count;
    return 1;
}

static size_t
count_line_ends(struct reading *r, struct str payload)
{
    const char *p = payload.p;
    const char *end = p + payload.n;

    while ((p = memchr(p, '\r', (size_t)(end - p))) != NULL && ++p < end)
        r->seen++;
    return 1;
}

static void
measure(struct reading *r, const char *name, read_one *one, double seconds, bool mb)
{
    double begin = bench_now();
    double bytes = 0;
    double messages = 0;
    char row[80];

    do {
        for (size_t i = 0; i < r->files; i++) {
            struct hl7_batch b;
            struct str payload;

            hl7_batch_init(&b, r->file[i]);
            while (hl7_batch_next(&b, &payload)) {
                messages += (double)one(r, payload);
                arena_reset(&r->scratch);
            }
            bytes += (double)r->file[i].n;
        }
    } while (bench_now() - begin < seconds);
    seconds = bench_now() - begin;
    if (mb) {
        (void)snprintf(row, sizeof(row), "%s.bytes", name);
        bench_row(row, bytes / 1e6 / seconds, "MB/s");
    }
    (void)snprintf(row, sizeof(row), "%s.messages", name);
    bench_row(row, messages / seconds, "messages/s");
}

/* The bytes alone, without the cut into messages. */
static void
measure_memchr(struct reading *r, double seconds)
{
    double begin = bench_now();
    double bytes = 0;

    do {
        for (size_t i = 0; i < r->files; i++) {
            (void)count_line_ends(r, r->file[i]);
            bytes += (double)r->file[i].n;
        }
    } while (bench_now() - begin < seconds);
    bench_row("memchr.bytes", bytes / 1e6 / (bench_now() - begin), "MB/s");
}

/* A report as a PDF of 1 MB: what reference/hl7.md gives 200 ms, decoded and hashed. */
static void
measure_pdf(struct reading *r, struct arena *a, double seconds)
{
    static const char head[] = "MSH|^~\\&|RIS|HOSP|R|R|20260310120000+0100||ORU^R01|PDF|P|2.5.1\r"
                               "PID|1||777^^^HOSP^MR||DOE^ANN||19610203|F\r"
                               "OBR|1||R1|CT^CT^L|||20260310080000|||||||||||||||||RAD|F\r"
                               "OBX|1|ED|P^P^L||RIS^Application^PDF^Base64^";
    char *bytes = arena_alloc(a, PDF_BYTES);
    struct sb b;
    struct str message;
    double begin;
    double count = 0;

    for (size_t i = 0; i < PDF_BYTES; i++)
        bytes[i] = (char)(unsigned char)(i * 31);
    memcpy(bytes, "%PDF-1.7\n", 9);
    sb_init_arena(&b, a, 4 * (size_t)PDF_BYTES);
    sb_add_c(&b, head);
    sb_add(&b, base64_encode(a, (struct str){bytes, PDF_BYTES}));
    sb_add_c(&b, "||||||F\r");
    message = sb_str(&b);
    begin = bench_now();
    do {
        count += (double)read_facts(r, message);
        arena_reset(&r->scratch);
    } while (bench_now() - begin < seconds);
    bench_row("normalise.pdf_of_1_mb", (bench_now() - begin) / count * 1e3, "ms");
}

int
bench_hl7(int argc, char **argv)
{
    struct reading r = {0};
    struct arena a;
    double seconds = atof(argv[1]);

    (void)argc;
    mem_arena_new(&a, (size_t)1 << 30);
    mem_arena_new(&r.scratch, (size_t)64 << 20);
    r.file = bench_files(&a, argv[0], &r.files);
    r.set = shipped_knowledge(&a);
    measure(&r, "hl7.read", read_obx, seconds, true);
    measure_memchr(&r, seconds / 2);
    measure(&r, "normalise", read_facts, seconds, false);
    measure_pdf(&r, &a, seconds / 2);
    fprintf(stderr, "%zu files, %zu things read\n", r.files, r.seen);
    return r.seen == 0;
}
