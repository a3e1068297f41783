/* HL7: cut into messages, indexed, leaves read, paths and times tried, an ACK built and read. */
#include "wire/hl7.h"
#include "wire/hl7_batch.h"
#include "wire/hl7_path.h"
#include "wire/hl7_text.h"
#include "wire/hl7ack.h"
#include "wire/hl7time.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static unsigned char memory[32 * 1024 * 1024];

static void
leaf_read(struct arena *a, const struct hl7 *m, struct str leaf)
{
    size_t mark = arena_mark(a);
    struct stamp stamp;
    struct hl7_path path;
    char buf[HL7TIME_TEXT_MAX];
    const struct hl7time_default def = {.has_offset = true};

    rfd_assert(charset_utf8_valid(hl7_text(a, m, leaf)));
    if (hl7time_parse(leaf, &def, &stamp) == HL7TIME_OK)
        rfd_assert(hl7time_format(stamp, buf).n >= 4);
    if (hl7_path_compile(leaf, &path))
        (void)hl7_path_first(m, 0, m->seg_count, &path);
    arena_release(a, mark);
}

static void
field_read(struct arena *a, const struct hl7 *m, struct str field)
{
    int reps = hl7_rep_count(m, field);

    rfd_assert(str_is_absent(hl7_rep(m, field, reps + 1)));
    for (int r = 1; r <= reps && r <= 8; r++) {
        struct str rep = hl7_rep(m, field, r);

        for (int c = 1; c <= 8; c++) {
            leaf_read(a, m, hl7_comp(m, rep, c));
            leaf_read(a, m, hl7_sub(m, hl7_comp(m, rep, c), 2));
        }
    }
}

static void
escaping_goes_back(struct arena *a, const struct hl7 *m, struct str text)
{
    struct sb b;

    sb_init_arena(&b, a, 8 * text.n + 64);
    hl7_text_escape(&b, &m->delims, text);
    rfd_assert(!sb_ok(&b) || str_find_any(sb_str(&b), "\r\n") == sb_str(&b).n);
    rfd_assert(!sb_ok(&b) || memchr(sb_str(&b).p, m->delims.field, sb_str(&b).n) == NULL);
}

static void
ack_check(struct arena *a, const struct hl7 *m)
{
    const struct hl7ack ack = {.code = HL7ACK_AR, .error = HL7ACK_ERR_INTERNAL, .text = "no"};
    struct hl7 back;
    struct sb b;

    sb_init_arena(&b, a, 64 * 1024);
    if (!hl7ack_write(&b, m, &ack))
        return;
    rfd_assert(hl7_index(&back, a, sb_str(&b)) == HL7_OK);
    rfd_assert(back.seg_count == 3 && back.joined == 0);
    rfd_assert(hl7_seg_is(&back, 1, "MSA") && hl7_seg_is(&back, 2, "ERR"));
    (void)hl7ack_wanted(m, HL7ACK_AUTO, HL7ACK_AA);
}

static void
message_read(struct arena *a, struct str payload, const struct hl7_reading *how)
{
    struct hl7 m;
    char place[HL7_PLACE_MAX];

    if (hl7_index_as(&m, a, payload, how) != HL7_OK) {
        rfd_assert(m.fault_at <= payload.n);
        return;
    }
    for (size_t seg = 0; seg < m.seg_count && seg < 100; seg++) {
        int last = hl7_field_count(&m, seg);

        rfd_assert(str_is_absent(hl7_field(&m, seg, last + 1)));
        for (int f = 0; f <= last && f < 50; f++)
            field_read(a, &m, hl7_field(&m, seg, f));
        (void)hl7_place(&m, seg, last, place);
    }
    escaping_goes_back(a, &m, payload);
    ack_check(a, &m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct hl7_reading strict = {.charset = CHARSET_UNSAID};
    static const struct hl7_reading lenient = {.lenient_delims = true, .charset = CHARSET_LATIN2};
    struct hl7_batch batch;
    struct arena a;
    struct str one;
    size_t sum = 0;

    arena_init(&a, memory, sizeof(memory));
    hl7_batch_init(&batch, (struct str){(const char *)bytes, n});
    while (hl7_batch_next(&batch, &one)) {
        rfd_assert(one.n > 0);
        sum += one.n;
        message_read(&a, one, &strict);
        arena_reset(&a);
        message_read(&a, one, &lenient);
        arena_reset(&a);
    }
    rfd_assert(sum <= n);
    return 0;
}
