#include "normalize/report.h"

#include "base/base64.h"
#include "base/limits.h"
#include "base/sb.h"
#include "base/sha256.h"
#include "base/sort.h"
#include "normalize/phrase.h"
#include "normalize/termindex.h"
#include "normalize/value.h"
#include "wire/hl7_text.h"

enum { TEXT_MAX = 2 * LIMIT_MESSAGE_BYTES, GROUP_MAX = 64, GROUP_HEX = 16 };

/* ---- what is a report of ours -------------------------------------------------------------- */

struct row {
    const char *name;
    const char *value;
};

static const char *
row_find(const struct row *table, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(name, str_from_c(table[i].name)))
            return table[i].value;
    }
    return NULL;
}

/* OBR-24 (table 0074) → what a report of that section is about. */
static const struct row sections[] = {
    {"RAD", "radiology"}, {"CT", "radiology"},  {"NMR", "radiology"}, {"MR", "radiology"},
    {"PET", "radiology"}, {"RUS", "radiology"}, {"XRC", "radiology"}, {"NMS", "radiology"},
    {"IMG", "radiology"}, {"SP", "pathology"},  {"PAT", "pathology"}, {"CTH", "pathology"},
    {"CP", "pathology"},  {"GE", "molecular"},  {"MOL", "molecular"}, {"MDM", "document"},
};

/* TXA-2 (table 0270). */
static const struct row documents[] = {{"DI", "radiology"}, {"SP", "pathology"}};

/* Narratives by LOINC, of OBX-3, OBR-4 or TXA-2; those of pathology as NAACCR volume V has them. */
static const struct row narratives[] = {
    {"18748-4", "radiology"}, /* Diagnostic imaging study */
    {"18782-3", "radiology"}, /* Radiology study observation */
    {"19005-8", "radiology"}, /* Radiology imaging study, impression */
    {"59776-5", "radiology"}, /* Procedure findings */
    {"11526-1", "pathology"}, /* Pathology study */
    {"22633-2", "pathology"}, /* Pathology report, site of origin */
    {"22634-0", "pathology"}, /* … gross observation */
    {"22635-7", "pathology"}, /* … microscopic observation */
    {"22636-5", "pathology"}, /* … relevant history */
    {"22637-3", "pathology"}, /* … final diagnosis */
    {"22638-1", "pathology"}, /* … comments */
    {"22639-9", "pathology"}, /* … supplemental reports */
    {"60568-3", "pathology"}, /* Pathology synoptic report */
    {"51969-4", "molecular"}, /* Genetic analysis summary report */
};

static bool
is_document(struct walk *w, const struct order *o)
{
    return o->obr < w->m->seg_count && hl7_seg_is(w->m, o->obr, "TXA");
}

/* What the order or the document says that it is; NULL: nothing that we know. */
static const char *
order_category(struct walk *w, const struct order *o)
{
    const char *category = row_find(sections, RFD_COUNT(sections), o->section);
    bool txa = is_document(w, o);
    struct walk_coded c;
    const char *by_code;

    if ((category != NULL && !txa) || o->obr >= w->m->seg_count)
        return category;
    c = walk_coded(w, hl7_rep(w->m, hl7_field(w->m, o->obr, txa ? 2 : 4), 1));
    by_code = row_find(narratives, RFD_COUNT(narratives), walk_code_in(&c, "LN"));
    if (by_code == NULL && txa)
        by_code = row_find(documents, RFD_COUNT(documents), c.first.code);
    return by_code != NULL ? by_code : category;
}

static const char *
part_category(struct walk *w, const struct order *o, struct str loinc)
{
    const char *category = row_find(narratives, RFD_COUNT(narratives), loinc);

    return category != NULL ? category : order_category(w, o);
}

/* "%PDF-" in base64: in ED's component 5, or in component 1 of whatever OBX-2 claims to be. */
static bool
is_pdf(struct walk *w, size_t obx)
{
    static const int comps[] = {5, 1};
    for (size_t i = 0; i < RFD_COUNT(comps); i++) {
        if (str_starts(hl7_value(w->m, obx, 5, comps[i]), STR("JVBERi0")))
            return true;
    }
    return false;
}

/* Keys of the CAP electronic Cancer Checklists: by the name of their system, or by their form, a
 * number in the College's namespace 1000043. */
static bool
is_ckey(struct code c)
{
    static const char *const systems[] = {"CAPECC", "CAP", "CKEY", "99CAP", "ECC", "CAP-ECC"};
    struct str head, rest;

    for (size_t i = 0; i < RFD_COUNT(systems); i++) {
        if (!str_is_empty(c.code) && str_eq_nocase(c.system, str_from_c(systems[i])))
            return true;
    }
    return str_cut(c.code, '.', &head, &rest) && head.n > 0 && str_starts(rest, STR("1000043"));
}

static bool
is_coded(struct str type)
{
    return str_eq_c(type, "CE") || str_eq_c(type, "CWE") || str_eq_c(type, "CNE");
}

/* A line of text in the guise of a result: no number, no unit, no range, no flag. */
static bool
is_plain_line(struct walk *w, size_t obx)
{
    struct str text = walk_text(w, obx, 5, 1), rest;
    struct quantity q;

    return str_is_absent(walk_text(w, obx, 6, 1)) && str_is_absent(walk_text(w, obx, 7, 1)) &&
           str_is_absent(walk_text(w, obx, 8, 1)) &&
           !value_parse(w->arena, text, w->map->decimal_comma, &q, &rest);
}

bool
report_takes(struct walk *w, const struct order *o, size_t obx, const struct walk_coded *code,
             struct str loinc, enum report_kind *out)
{
    struct str type = walk_text(w, obx, 2, 1);
    const char *category = part_category(w, o, loinc);
    bool answer = is_ckey(code->first) || is_ckey(code->second);

    if (str_eq_c(type, "ED") || str_eq_c(type, "RP") || is_pdf(w, obx))
        *out = REPORT_FILE;
    else if (answer ||
             (category != NULL && str_eq_c(str_from_c(category), "pathology") && is_coded(type)))
        *out = REPORT_ANSWER;
    else if (category != NULL && (str_eq_c(type, "TX") || str_eq_c(type, "FT") ||
                                  (str_eq_c(type, "ST") && is_plain_line(w, obx))))
        *out = REPORT_LINE;
    else
        return false;
    return true;
}

void
report_add(struct walk *w, const struct report_part *part)
{
    w->parts = term_grow(w->arena, w->parts, w->part_count, sizeof *w->parts);
    w->parts[w->part_count++] = *part;
}

/* ---- facts --------------------------------------------------------------------------------- */

static size_t
reports_like(const struct walk *w, const struct fact *f)
{
    size_t n = 0;

    for (size_t i = 0; i + 1 < w->count; i++) {
        const struct fact *x = &w->facts[i];
        if (x->kind == FACT_REPORT && str_eq(x->order, f->order) &&
            str_eq(x->u.report.media, f->u.report.media) &&
            stamp_cmp(x->collected, f->collected) == 0)
            n++;
    }
    return n;
}

/* Two examinations under one number, two PDFs of one order: none of them replaces the other. */
static void
number_report(struct walk *w, struct fact *f)
{
    size_t n = reports_like(w, f);
    struct sb b;

    if (n == 0 || !str_is_empty(f->group))
        return;
    sb_init_arena(&b, w->arena, GROUP_MAX);
    sb_addf(&b, "#%zu", n + 1);
    f->group = sb_str(&b);
}

static bool
is_event(struct walk *w, const char *event)
{
    return str_eq_c(walk_text(w, 0, 9, 2), event);
}

static struct str
document_number(struct walk *w, size_t txa, int field)
{
    struct str number = walk_text(w, txa, field, 3);

    return str_is_absent(number) ? walk_text(w, txa, field, 1) : number;
}

/* An addendum stands beside what it adds to. Its group is made of its content, so that the same one
 * sent again is the same fact. */
static void
put_parent(struct walk *w, const struct order *o, bool added, struct fact *f)
{
    struct report *r = &f->u.report;
    struct sb b;

    if (is_document(w, o) && is_event(w, "T08") && f->status == FACT_FINAL)
        f->status = FACT_CORRECTED;
    if (is_document(w, o) && is_event(w, "T06")) {
        r->parent = document_number(w, o->obr, 13);
        if (str_is_absent(r->parent))
            walk_warn(w, o->obr, 13, "no number of the document that this one adds to");
        added = str_is_absent(r->parent) || str_eq(r->parent, o->number);
    }
    if (!added)
        return;
    if (str_is_absent(r->parent))
        r->parent = o->number;
    sb_init_arena(&b, w->arena, GROUP_MAX);
    sb_addf(&b, "addendum %.*s", STR_FMT(str_sub(r->sha, 0, GROUP_HEX)));
    f->group = sb_str(&b);
}

struct made {
    const struct report_part *part; /* the first */
    enum fact_status status;
    struct str media;
    struct str content;
    struct str problem; /* absent: none */
    struct str answers;
    bool added;
};

static void
put_document(struct walk *w, const struct order *o, const struct made *d)
{
    struct phrase_hit hit = {STR_NONE, STR_NONE};
    struct document *doc;

    if (str_eq_c(d->media, "text/plain") && !phrase_find(w->terms, w->arena, d->content, &hit))
        hit.phrase = STR_NONE;
    w->documents = term_grow(w->arena, w->documents, w->document_count, sizeof *w->documents);
    doc = &w->documents[w->document_count++];
    *doc = (struct document){.fact = (uint32_t)(w->count - 1),
                             .media = d->media,
                             .content = d->content,
                             .title = o->service,
                             .answers = d->answers,
                             .phrase = hit.phrase,
                             .quote = hit.quote};
}

static void
put_report(struct walk *w, const struct order *o, const struct made *d)
{
    struct str loinc = walk_code_in(&d->part->code, "LN");
    const char *category = part_category(w, o, loinc);
    struct fact *f = order_fact(w, o, d->part->obx, FACT_REPORT, d->status);
    char hex[SHA256_HEX_MAX];
    struct sha256 sha = sha256_of(d->content.p, d->content.n);

    if (f == NULL)
        return;
    if (category == NULL && d->part->kind == REPORT_ANSWER)
        category = "pathology";
    f->group = STR_NONE;
    f->u.report.category = str_from_c(category == NULL ? "document" : category);
    f->u.report.media = d->media;
    if (d->status != FACT_WITHDRAWN) {
        f->u.report.bytes = d->content.n;
        f->u.report.sha = str_dup(w->arena, sha256_hex(&sha, hex));
        f->u.report.problem = d->problem;
    }
    put_parent(w, o, d->added, f);
    number_report(w, f);
    if (d->status != FACT_WITHDRAWN)
        put_document(w, o, d);
}

/* ---- the text ------------------------------------------------------------------------------ */

/* A line with what it is sorted by. */
struct line {
    const struct report_part *part;
    size_t run; /* of one OBX-3 */
    uint64_t sub;
    struct str heading;
};

static struct str
heading_of(const struct walk_coded *c)
{
    if (!str_is_empty(c->first.display))
        return c->first.display;
    return str_is_empty(c->first.code) ? c->second.display : c->first.code;
}

static int
line_cmp(const void *a, const void *b)
{
    const struct line *x = a;
    const struct line *y = b;

    if (x->run != y->run)
        return x->run < y->run ? -1 : 1;
    return x->sub == y->sub ? 0 : x->sub < y->sub ? -1 : 1;
}

/* OBX-4 orders the lines of one OBX-3 where all of them have a number there. */
static void
sub_ids_read(struct walk *w, struct line *line, size_t count)
{
    bool all = true;

    for (size_t i = 0; i < count && all; i++)
        all = str_to_u64(walk_text(w, line[i].part->obx, 4, 1), &line[i].sub);
    for (size_t i = 0; i < count && !all; i++)
        line[i].sub = 0;
}

static size_t
lines_gather(struct walk *w, struct line *line)
{
    size_t n = 0;
    size_t first = 0;

    for (size_t i = 0; i < w->part_count; i++) {
        const struct report_part *p = &w->parts[i];

        if (p->kind != REPORT_LINE || p->status == FACT_WITHDRAWN)
            continue;
        line[n] = (struct line){p, 0, 0, heading_of(&p->code)};
        if (n > 0) {
            bool same = str_eq(line[n].heading, line[n - 1].heading);
            line[n].run = line[n - 1].run + (same ? 0 : 1);
            if (!same) {
                sub_ids_read(w, line + first, n - first);
                first = n;
            }
        }
        n++;
    }
    sub_ids_read(w, line + first, n - first);
    sort_stable(w->arena, line, n, sizeof *line, line_cmp);
    return n;
}

/* All repetitions, a line each; an empty OBX is an empty line. */
static void
add_lines(struct walk *w, struct sb *b, size_t obx)
{
    struct str all = hl7_field(w->m, obx, 5);
    int reps = hl7_rep_count(w->m, all);

    for (int i = 1; i <= reps || i == 1; i++) {
        struct str raw = hl7_rep(w->m, all, i);
        if (hl7_is_valued(raw))
            sb_add(b, hl7_text(w->arena, w->m, raw));
        sb_add_char(b, '\n');
    }
}

static struct str
without_line_end(struct str s)
{
    while (s.n > 0 && s.p[s.n - 1] == '\n')
        s.n--;
    return s;
}

/* Headings only where there are several: findings, impression … */
static struct str
text_of(struct walk *w, const struct line *line, size_t count)
{
    bool several = count > 0 && line[count - 1].run > 0;
    struct sb b;

    sb_init_arena(&b, w->arena, TEXT_MAX);
    for (size_t i = 0; i < count; i++) {
        if (several && (i == 0 || line[i].run != line[i - 1].run)) {
            sb_add_c(&b, i == 0 ? "" : "\n");
            sb_add(&b, line[i].heading);
            sb_add_c(&b, ":\n");
        }
        add_lines(w, &b, line[i].part->obx);
    }
    return without_line_end(sb_str(&b));
}

/* What is said of lines holds of the text: withdrawn when all are, preliminary when one is. */
static enum fact_status
status_of(const struct walk *w, enum report_kind kind)
{
    bool some = false, preliminary = false, corrected = false;

    for (size_t i = 0; i < w->part_count; i++) {
        const struct report_part *p = &w->parts[i];

        if (p->kind != kind || p->status == FACT_WITHDRAWN)
            continue;
        some = true;
        preliminary = preliminary || p->status == FACT_PRELIMINARY;
        corrected = corrected || p->status == FACT_CORRECTED;
    }
    if (!some)
        return FACT_WITHDRAWN;
    if (preliminary)
        return FACT_PRELIMINARY;
    return corrected ? FACT_CORRECTED : FACT_FINAL;
}

static const struct report_part *
first_of(const struct walk *w, enum report_kind kind)
{
    for (size_t i = 0; i < w->part_count; i++) {
        if (w->parts[i].kind == kind)
            return &w->parts[i];
    }
    return NULL;
}

/* OBX-11 A of every line: the addendum alone was sent, not the report anew. */
static bool
is_addendum(struct walk *w)
{
    for (size_t i = 0; i < w->part_count; i++) {
        if (w->parts[i].kind == REPORT_LINE && !str_eq_c(walk_text(w, w->parts[i].obx, 11, 1), "A"))
            return false;
    }
    return true;
}

/* "Tumour site (2118.100004300): Breast (2119.100004300)" */
static struct str
answers_of(struct walk *w)
{
    struct sb b;

    sb_init_arena(&b, w->arena, TEXT_MAX);
    for (size_t i = 0; i < w->part_count; i++) {
        const struct report_part *p = &w->parts[i];
        struct value v;

        if (p->kind != REPORT_ANSWER || p->status == FACT_WITHDRAWN)
            continue;
        v = value_read(w, p->obx, 1);
        sb_addf(&b, "%.*s (%.*s): %.*s", STR_FMT(heading_of(&p->code)), STR_FMT(p->code.first.code),
                STR_FMT(v.text));
        if (v.is_coded && !str_is_empty(v.coded.first.code) && !str_eq(v.coded.first.code, v.text))
            sb_addf(&b, " (%.*s)", STR_FMT(v.coded.first.code));
        sb_add_char(&b, '\n');
    }
    return b.n == 0 ? STR_NONE : without_line_end(sb_str(&b));
}

/* Coded answers alone make a report only when they are of a checklist. */
static bool
has_ckey(const struct walk *w)
{
    for (size_t i = 0; i < w->part_count; i++) {
        const struct report_part *p = &w->parts[i];
        if (p->kind == REPORT_ANSWER && (is_ckey(p->code.first) || is_ckey(p->code.second)))
            return true;
    }
    return false;
}

static void
put_text(struct walk *w, const struct order *o)
{
    struct made d = {.part = first_of(w, REPORT_LINE),
                     .media = STR("text/plain"),
                     .content = STR(""),
                     .problem = STR_NONE,
                     .answers = answers_of(w)};
    struct line *line = ARENA_ARRAY(w->arena, w->part_count, struct line);

    if (d.part != NULL) {
        d.status = status_of(w, REPORT_LINE);
        d.added = is_addendum(w);
        d.content = text_of(w, line, lines_gather(w, line));
    } else if (has_ckey(w)) {
        d.part = first_of(w, REPORT_ANSWER);
        d.status = status_of(w, REPORT_ANSWER);
        d.content = str_is_absent(d.answers) ? STR("") : d.answers;
    }
    if (d.part != NULL)
        put_report(w, o, &d);
}

/* ---- documents ----------------------------------------------------------------------------- */

/* ED-3, type of the data: table 0291 and what senders write instead. */
static const struct row media_types[] = {
    {"PDF", "application/pdf"},
    {"HTML", "text/html"},
    {"RTF", "text/rtf"},
    {"JPEG", "image/jpeg"},
    {"JPG", "image/jpeg"},
    {"PNG", "image/png"},
    {"TIFF", "image/tiff"},
    {"XML", "application/xml"},
    {"x-hl7-cda-level-one", "application/xml"},
    {"PLAIN", "text/plain"},
    {"TXT", "text/plain"},
    {"TEXT", "text/plain"},
};

static struct str
media_said(struct walk *w, size_t obx, bool pointer)
{
    int at = pointer ? 3 : 2; /* RP: pointer, application, type, subtype */
    const char *media = row_find(media_types, RFD_COUNT(media_types), walk_text(w, obx, 5, at + 1));

    if (media == NULL && !pointer && is_pdf(w, obx))
        media = "application/pdf";
    if (media == NULL)
        media = row_find(media_types, RFD_COUNT(media_types), walk_text(w, obx, 5, at));
    return str_from_c(media == NULL ? "application/octet-stream" : media);
}

/* Component 5, or what stands in the first where a sender knows no components. */
static struct str
piece_of(struct walk *w, struct str rep)
{
    struct str content = hl7_comp(w->m, rep, 5);

    if (hl7_is_valued(content))
        return content;
    return hl7_is_valued(hl7_comp(w->m, rep, 3)) ? STR_NONE : hl7_comp(w->m, rep, 1);
}

/* A long document in several OBX: the next ones of the same code do not begin one. */
static bool
goes_on(struct walk *w, const struct report_part *first, const struct report_part *next)
{
    return next->kind == REPORT_FILE && next->status == first->status &&
           str_eq(next->code.first.code, first->code.first.code) && is_pdf(w, first->obx) &&
           !is_pdf(w, next->obx) && hl7_is_valued(hl7_value(w->m, next->obx, 5, 5));
}

struct pieces {
    struct str *item;
    size_t count;
    size_t bytes;
};

static void
pieces_add(struct walk *w, struct pieces *p, size_t obx)
{
    struct str all = hl7_field(w->m, obx, 5);
    int reps = hl7_rep_count(w->m, all);

    for (int i = 1; i <= reps; i++) {
        struct str piece = piece_of(w, hl7_rep(w->m, all, i));

        p->item = term_grow(w->arena, p->item, p->count, sizeof *p->item);
        p->item[p->count++] = piece;
        p->bytes += piece.n;
    }
}

/* A megabyte is copied only when it came in pieces. */
static struct str
pieces_join(struct walk *w, const struct pieces *p)
{
    struct sb b;

    if (p->count == 1)
        return p->item[0];
    sb_init_arena(&b, w->arena, p->bytes + 1);
    for (size_t i = 0; i < p->count; i++)
        sb_add(&b, p->item[i]);
    return sb_str(&b);
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return (c | 0x20) - 'a' + 10;
    return -1;
}

static bool
hex_decode(struct arena *a, struct str text, struct str *out)
{
    char *p = arena_alloc(a, text.n / 2);

    for (size_t i = 0; i + 1 < text.n; i += 2) {
        int high = hex_value(text.p[i]), low = hex_value(text.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        p[i / 2] = (char)(unsigned char)(high * 16 + low);
    }
    *out = (struct str){p, text.n / 2};
    return text.n % 2 == 0;
}

/* ED-4: A (as it stands), Hex, Base64. Nothing said: what the data look like. */
static void
decode(struct walk *w, size_t obx, struct str raw, struct made *d)
{
    struct str how = walk_text(w, obx, 5, 4);
    bool base64 = str_eq_nocase(how, STR("Base64")) || str_starts(raw, STR("JVBERi0"));
    bool text = str_starts(d->media, STR("text/")) || str_eq_c(how, "A");
    bool has_escape = str_has(raw, (struct str){&w->m->delims.esc, 1});
    struct str clean = has_escape ? hl7_text(w->arena, w->m, raw) : raw;

    d->content = clean;
    if (!base64 && str_eq_nocase(how, STR("Hex"))) {
        if (!hex_decode(w->arena, clean, &d->content))
            d->problem = STR("invalid_hex");
    } else if (base64 || !text) {
        if (!base64_decode(w->arena, clean, &d->content))
            d->problem = STR("invalid_base64");
    } else {
        d->content = hl7_text(w->arena, w->m, raw);
    }
}

/* The bytes are asked what they are, the sender only where they say nothing. */
static void
check_media(struct made *d)
{
    bool pdf = str_has(str_sub(d->content, 0, 1024), STR("%PDF-"));

    if (!str_is_absent(d->problem)) {
        d->media = STR("application/octet-stream");
    } else if (pdf) {
        d->media = STR("application/pdf");
    } else if (str_eq_c(d->media, "application/pdf")) {
        d->media = STR("application/octet-stream");
        d->problem = STR("not_pdf");
    }
}

/* The parts from i on that are one document; how many. */
static size_t
put_file(struct walk *w, const struct order *o, size_t i)
{
    const struct report_part *first = &w->parts[i];
    bool pointer = str_eq_c(walk_text(w, first->obx, 2, 1), "RP");
    struct made d = {.part = first,
                     .status = first->status,
                     .media = media_said(w, first->obx, pointer),
                     .problem = STR_NONE,
                     .answers = STR_NONE};
    struct pieces p = {0};
    size_t n = 1;

    pieces_add(w, &p, first->obx);
    while (i + n < w->part_count && goes_on(w, first, &w->parts[i + n]))
        pieces_add(w, &p, w->parts[i + n++].obx);
    if (pointer) {
        d.content = walk_leaf(w, hl7_value(w->m, first->obx, 5, 1));
        d.problem = STR("reference_only");
    } else if (p.bytes == 0) {
        d.problem = STR("no_content");
    } else {
        decode(w, first->obx, pieces_join(w, &p), &d);
        check_media(&d);
    }
    if (str_is_absent(d.content))
        d.content = STR("");
    if (!str_is_absent(d.problem) && d.status != FACT_WITHDRAWN)
        walk_warn(w, first->obx, 5, str_cz(w->arena, d.problem));
    put_report(w, o, &d);
    return n;
}

void
report_order(struct walk *w, const struct order *o)
{
    size_t i = 0;

    put_text(w, o);
    while (i < w->part_count && w->reason == NORMALIZE_NONE)
        i += w->parts[i].kind == REPORT_FILE ? put_file(w, o, i) : 1;
    w->part_count = 0;
    w->parts = NULL;
}

/* ---- what is so no longer ------------------------------------------------------------------ */

static void
put_withdrawn(struct walk *w, size_t seg, struct str number, struct stamp said)
{
    struct fact *f = walk_fact(w, FACT_REPORT, seg);

    if (f == NULL)
        return;
    f->status = FACT_WITHDRAWN;
    f->status_time = said;
    f->order = number;
    f->u.report.category = STR("document");
}

void
report_withdraw(struct walk *w, size_t txa, int field)
{
    struct str number = document_number(w, txa, field);

    if (str_is_absent(number)) {
        walk_warn(w, txa, field, "no number of the document that is cancelled or replaced");
        return;
    }
    put_withdrawn(w, txa, number, w->message_time);
}

void
report_cancelled(struct walk *w, const struct order *o)
{
    bool results = hl7_next(w->m, o->first, o->end, "OBX") != o->end;

    if (!results && str_eq_c(o->status, "X") && !str_is_absent(o->number) &&
        order_category(w, o) != NULL)
        put_withdrawn(w, o->obr, o->number, o->status_time);
}
