#include "ctl/messages.h"

#include "base/limits.h"
#include "codec/fromtree.h"
#include "conf/yaml.h"
#include "wire/hl7_batch.h"
#include "wire/mllp.h"

#include <string.h>

/* A file being cut. */
struct cutter {
    const struct call *call;
    struct messages *out;
    const char *path;
    size_t nth;
};

static void
add(struct cutter *k, struct str bytes, bool native)
{
    struct messages *m = k->out;

    if (m->count == m->room) {
        struct message_text *more;

        m->room = m->room == 0 ? 64 : m->room * 2;
        more = ARENA_ARRAY(k->call->arena, m->room, struct message_text);
        if (m->count > 0)
            memcpy(more, m->item, m->count * sizeof *more);
        m->item = more;
    }
    m->item[m->count++] = (struct message_text){k->path, ++k->nth, native, bytes};
}

static void
cut_batch(struct cutter *k, struct str payload)
{
    struct hl7_batch b;
    struct str one;

    hl7_batch_init(&b, payload);
    while (hl7_batch_next(&b, &one))
        add(k, one, false);
}

static bool
on_frame(void *arg, const struct mllp_frame *frame)
{
    struct cutter *k = arg;

    cut_batch(k, str_dup(k->call->arena, frame->payload));
    return true;
}

static void
cut_frames(struct cutter *k, struct str file)
{
    struct mllp_dec d;
    uint8_t *buf = arena_alloc(k->call->arena, file.n);

    mllp_init(&d, buf, file.n, LIMIT_MESSAGE_BYTES);
    if (mllp_feed(&d, (const uint8_t *)file.p, file.n, on_frame, k) < file.n)
        rfd_assert(false); /* on_frame never pauses */
    mllp_end(&d, on_frame, k);
}

/* Packed protobuf has control bytes from its first tags on; HL7 begins with a segment name. */
static bool
looks_native(const char *path, struct str file, struct str text)
{
    static const struct str heads[] = {{"MSH", 3}, {"FHS", 3}, {"BHS", 3}, {"PID", 3}};

    if (str_ends(str_from_c(path), STR(".hl7")))
        return false;
    for (size_t i = 0; i < RFD_COUNT(heads); i++) {
        if (str_starts(text, heads[i]))
            return false;
    }
    return str_find_any(str_sub(file, 0, 64), "\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x11") <
           (file.n < 64 ? file.n : 64);
}

/* Without a byte order mark and empty lines before it; VT, which str_trim() takes too, begins a
 * frame. */
static struct str
after_blanks(struct str s)
{
    size_t i = str_starts(s, STR("\xef\xbb\xbf")) ? 3 : 0;

    while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r' || s.p[i] == '\n'))
        i++;
    return str_sub(s, i, s.n);
}

/* A native message as JSON, with the proto's field names. */
static bool
cut_json(struct cutter *k, struct str file)
{
    struct arena *a = k->call->arena;
    struct tree *root;
    struct str packed;
    struct diags d;
    bool ok;

    diags_init(&d, a);
    ok = yaml_read(file, k->path, a, &d, &root) && codec_message_of_tree(a, root, &d, &packed);
    if (ok)
        add(k, packed, true);
    call_print_diags(&d);
    return ok;
}

static bool
cut(struct cutter *k, struct str file)
{
    struct str text = after_blanks(file);

    if (text.n > 0 && text.p[0] == '{')
        return cut_json(k, file);
    if (text.n > 0 && text.p[0] == MLLP_VT)
        cut_frames(k, file);
    else if (looks_native(k->path, file, text))
        add(k, file, true);
    else if (str_find_any(text, "|") < text.n)
        cut_batch(k, text);
    else
        add(k, file, false);
    return true;
}

bool
messages_read(const struct call *c, struct messages *out)
{
    bool ok = true;

    *out = (struct messages){NULL, 0, 0};
    for (size_t i = 0; i < c->arg_count; i++) {
        struct cutter k = {.call = c, .out = out, .path = c->arg[i]};
        struct str file;

        ok = call_read_file(c, k.path, &file) && cut(&k, file) && ok;
    }
    return ok;
}
