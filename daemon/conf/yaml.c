#include "conf/yaml.h"

#include "base/limits.h"
#include "base/sb.h"
#include "sys/mem.h"

#include <yaml.h>

#include <setjmp.h>
#include <string.h>

/* Two lists of key pointers for the largest map that a file of LIMIT_CONFIG_FILE_BYTES can hold. */
enum { SCRATCH_BYTES = LIMIT_CONFIG_FILE_BYTES * 16 };

/* An open map or list, and in a map the key that waits for its value. */
struct level {
    struct tree *node;
    struct tree *key;
};

struct reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    struct str bytes;
    const char *file;
    struct arena *a;
    struct diags *d;
    struct arena scratch; /* for the sorting of keys; d may live in a */
    struct level level[LIMIT_YAML_DEPTH];
    size_t depth;
    size_t nodes;
    size_t errors_before;
    struct tree *docs;
    bool one_only;
};

static struct tree_place
place_of(const struct reader *r, yaml_mark_t mark)
{
    return (struct tree_place){r->file, (int)mark.line + 1, (int)mark.column + 1};
}

static struct tree_place
here(const struct reader *r)
{
    return place_of(r, r->event.start_mark);
}

static void
say(struct reader *r, const char *text)
{
    struct tree_place at = here(r);

    diag_error(r->d, at.file, at.line, at.col, "%s", text);
}

/* libyaml's decoder gives a byte offset only. */
static struct tree_place
place_of_offset(const struct reader *r, size_t offset)
{
    struct tree_place at = {r->file, 1, 1};

    for (size_t i = 0; i < offset && i < r->bytes.n; i++) {
        at.col++;
        if (r->bytes.p[i] == '\n') {
            at.line++;
            at.col = 1;
        }
    }
    return at;
}

/* Its texts are fixed ones and quote nothing of the file. */
static void
say_parser_error(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    struct tree_place at = p->error == YAML_READER_ERROR ? place_of_offset(r, p->problem_offset)
                                                         : place_of(r, p->problem_mark);
    const char *problem = p->problem == NULL ? "out of memory" : p->problem;

    if (p->context == NULL)
        diag_error(r->d, at.file, at.line, at.col, "not YAML: %s", problem);
    else
        diag_error(r->d, at.file, at.line, at.col, "not YAML: %s, %s", p->context, problem);
}

static bool
next_event(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = yaml_parser_parse(&r->parser, &r->event) == 1;
    if (!r->has_event)
        say_parser_error(r);
    return r->has_event;
}

/* The place in the tree where the next node goes: a key, a value, an item or a document. */
static void
place_node(struct reader *r, struct tree *node)
{
    struct level *top;

    if (r->depth == 0) {
        tree_seq_add(r->a, r->docs, node);
        return;
    }
    top = &r->level[r->depth - 1];
    if (top->node->kind == TREE_SEQ) {
        tree_seq_add(r->a, top->node, node);
    } else if (top->key != NULL) {
        tree_map_add(r->a, top->node, top->key, node);
        top->key = NULL;
    } else {
        if (node->kind != TREE_SCALAR)
            say(r, "a key must be plain text, not a map or a list");
        else if (!node->quoted && str_eq_c(node->text, "<<"))
            say(r, "merge keys (<<) are not allowed");
        top->key = node;
    }
}

static bool
count_node(struct reader *r)
{
    if (++r->nodes <= LIMIT_YAML_NODES)
        return true;
    say(r, "too many values in one file");
    return false;
}

static void
refuse_extras(struct reader *r, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor != NULL)
        say(r, "anchors (&) are not allowed");
    if (tag != NULL)
        say(r, "tags (!) are not allowed");
}

static bool
on_scalar(struct reader *r)
{
    const char *value = (const char *)r->event.data.scalar.value;
    struct str text = {value, r->event.data.scalar.length};

    if (!count_node(r))
        return false;
    refuse_extras(r, r->event.data.scalar.anchor, r->event.data.scalar.tag);
    if (memchr(value, '\0', text.n) != NULL)
        say(r, "a NUL character is not allowed");
    place_node(r, tree_scalar(r->a, here(r), str_dup(r->a, text),
                              r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE));
    return true;
}

static bool
on_alias(struct reader *r)
{
    say(r, "aliases (*) are not allowed");
    place_node(r, tree_scalar(r->a, here(r), STR(""), false));
    return true;
}

static bool
on_start(struct reader *r, struct tree *node)
{
    if (!count_node(r))
        return false;
    if (r->depth == LIMIT_YAML_DEPTH) {
        say(r, "nested too deeply");
        return false;
    }
    place_node(r, node);
    r->level[r->depth++] = (struct level){node, NULL};
    return true;
}

static bool
on_map_start(struct reader *r)
{
    refuse_extras(r, r->event.data.mapping_start.anchor, r->event.data.mapping_start.tag);
    return on_start(r, tree_map(r->a, here(r)));
}

static bool
on_seq_start(struct reader *r)
{
    refuse_extras(r, r->event.data.sequence_start.anchor, r->event.data.sequence_start.tag);
    return on_start(r, tree_seq(r->a, here(r)));
}

static bool
on_map_end(struct reader *r)
{
    rfd_assert(r->depth > 0);
    r->depth--;
    tree_check_twice(r->level[r->depth].node, &r->scratch, r->d);
    return true;
}

static bool
on_document(struct reader *r)
{
    if (!r->one_only || tree_len(r->docs) == 0)
        return true;
    say(r, "a second document in one file is not allowed");
    return false;
}

/* False: stop here. Errors that leave the structure clear let it go on, so that all are found. */
static bool
on_event(struct reader *r)
{
    switch (r->event.type) {
    case YAML_SCALAR_EVENT: return on_scalar(r);
    case YAML_ALIAS_EVENT: return on_alias(r);
    case YAML_MAPPING_START_EVENT: return on_map_start(r);
    case YAML_MAPPING_END_EVENT: return on_map_end(r);
    case YAML_SEQUENCE_START_EVENT: return on_seq_start(r);
    case YAML_SEQUENCE_END_EVENT: r->depth--; return true;
    case YAML_DOCUMENT_START_EVENT: return on_document(r);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT: break;
    }
    return true;
}

static bool
read_events(struct reader *r)
{
    do {
        if (!next_event(r) || !on_event(r))
            return false;
    } while (r->event.type != YAML_STREAM_END_EVENT);
    return r->d->errors == r->errors_before;
}

static void
reader_close(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
    mem_arena_free(&r->scratch);
}

/* libyaml's memory is not the arena's: a full arena stops here on its way to the caller's trap. */
static bool
read_trapped(struct reader *r)
{
    jmp_buf trap;
    jmp_buf *before = arena_trap_set(r->a, &trap);
    bool ok;

    if (setjmp(trap) != 0) {
        (void)arena_trap_set(r->a, before);
        reader_close(r);
        rfd_assert(before != NULL);
        longjmp(*before, 1);
    }
    ok = read_events(r);
    (void)arena_trap_set(r->a, before);
    return ok;
}

/* Four hex digits of "\uNNNN" there; -1: there are none. */
static int32_t
escape_at(struct str s, size_t at)
{
    int32_t v = 0;

    if (s.n < at + 6 || s.p[at] != '\\' || s.p[at + 1] != 'u')
        return -1;
    for (size_t i = at + 2; i < at + 6; i++) {
        const char *hex = "0123456789abcdef";
        const char *digit = s.p[i] == '\0' ? NULL : strchr(hex, s.p[i] | 0x20);

        if (digit == NULL || (s.p[i] < '0'))
            return -1;
        v = v * 16 + (int32_t)(digit - hex);
    }
    return v;
}

/* JSON writes a character beyond the first 65,536 as two halves ("\ud83d\udc8a"), YAML as one
 * ("\U0001f48a"). Only where the text begins as JSON does: in other YAML a backslash may be
 * plain. */
static struct str
halves_joined(struct arena *a, struct str s)
{
    struct sb b;
    struct str head = str_trim(s);

    if (str_starts(head, STR("\xef\xbb\xbf")))
        head = str_trim(str_sub(head, 3, head.n - 3));
    if ((!str_starts(head, STR("[")) && !str_starts(head, STR("{"))) || !str_has(s, STR("\\u")))
        return s;
    sb_init_arena(&b, a, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        int32_t high = escape_at(s, i);
        int32_t low = escape_at(s, i + 6);
        bool joined = high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;

        if (joined) {
            sb_addf(&b, "\\U%08lx",
                    (unsigned long)(0x10000 + (high - 0xd800) * 0x400 + low - 0xdc00));
            i += 11;
            continue;
        }
        sb_add_char(&b, s.p[i]);
        if (s.p[i] == '\\' && i + 1 < s.n)
            sb_add_char(&b, s.p[++i]);
    }
    return sb_str(&b);
}

static bool
read_docs(struct reader *r)
{
    bool ok;

    if (r->bytes.n > LIMIT_CONFIG_FILE_BYTES) {
        diag_error(r->d, r->file, 0, 0, "the file has %zu bytes, %d at most", r->bytes.n,
                   LIMIT_CONFIG_FILE_BYTES);
        return false;
    }
    r->bytes = halves_joined(r->a, r->bytes);
    if (yaml_parser_initialize(&r->parser) != 1) {
        diag_error(r->d, r->file, 0, 0, "out of memory");
        return false;
    }
    mem_arena_new(&r->scratch, SCRATCH_BYTES);
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &r->parser, (const unsigned char *)(r->bytes.n == 0 ? "" : r->bytes.p), r->bytes.n);
    ok = read_trapped(r);
    reader_close(r);
    return ok;
}

static struct reader
reader_of(struct str bytes, const char *file, struct arena *a, struct diags *d)
{
    return (struct reader){.bytes = bytes,
                           .file = file,
                           .a = a,
                           .d = d,
                           .errors_before = d->errors,
                           .docs = tree_seq(a, (struct tree_place){file, 1, 1})};
}

bool
yaml_read(struct str bytes, const char *file, struct arena *a, struct diags *d, struct tree **out)
{
    struct reader r = reader_of(bytes, file, a, d);

    r.one_only = true;
    if (!read_docs(&r))
        return false;
    if (tree_len(r.docs) == 0) {
        diag_error(d, file, 1, 1, "the file is empty");
        return false;
    }
    *out = r.docs->items[0];
    return true;
}

bool
yaml_read_all(struct str bytes, const char *file, struct arena *a, struct diags *d,
              struct tree **out)
{
    struct reader r = reader_of(bytes, file, a, d);

    if (!read_docs(&r))
        return false;
    *out = r.docs;
    return true;
}
