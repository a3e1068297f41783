#include "normalize/phrase.h"

#include "base/sb.h"
#include "normalize/terms_build.h"

#include <string.h>

static const char *const list_names[TERM_PHRASE_COUNT] = {
    [TERM_PHRASE_LOOK_FOR] = "look_for",
    [TERM_PHRASE_NEGATION] = "negation",
    [TERM_PHRASE_NEGATION_AFTER] = "negation_after",
    [TERM_PHRASE_NOT_NEGATION] = "not_negation",
    [TERM_PHRASE_SCOPE_END] = "scope_end",
};

/* ---- words --------------------------------------------------------------------------------- */

/* Bytes of other scripts are letters: a phrase of them is found as it stands. */
static bool
is_letter(char c)
{
    unsigned char u = (unsigned char)c;

    return u >= 0x80 || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9');
}

/* A to Z, and U+00C0 to U+00DE but the multiplication sign, which are 0xC3 0x80 to 0x9E. */
static void
fold(char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char u = (unsigned char)p[i];
        bool after_c3 = i > 0 && (unsigned char)p[i - 1] == 0xc3;

        if ((u >= 'A' && u <= 'Z') || (after_c3 && u >= 0x80 && u <= 0x9e && u != 0x97))
            p[i] = (char)(u + 0x20);
    }
}

/* The next word of s at or after *at, as it stands; false: none. A '*' behind it belongs to it. */
static bool
word_next(struct str s, size_t *at, bool star, struct str *out)
{
    size_t from = *at;
    size_t end;

    while (from < s.n && !is_letter(s.p[from]))
        from++;
    end = from;
    while (end < s.n && is_letter(s.p[end]))
        end++;
    if (star && end > from && end < s.n && s.p[end] == '*')
        end++;
    *at = end;
    *out = str_sub(s, from, end - from);
    return end > from;
}

/* ---- the list ------------------------------------------------------------------------------ */

static bool
is_phrase_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool star = s.p[i] == '*' && i > 0 && is_letter(s.p[i - 1]) &&
                    (i + 1 == s.n || !is_letter(s.p[i + 1]));

        if (!is_letter(s.p[i]) && s.p[i] != ' ' && s.p[i] != '-' && !star)
            return false;
    }
    return true;
}

static bool
phrase_read(struct terms_build *b, const struct tree *at, struct str text, struct term_phrase *out)
{
    struct str *word = ARENA_ARRAY(b->arena, PHRASE_WORDS_MAX, struct str);
    struct str folded = str_dup(b->arena, text);
    struct str w;
    char *p = arena_alloc(b->arena, text.n);
    size_t pos = 0;
    size_t n = 0;

    if (text.n > 0)
        memcpy(p, folded.p, text.n);
    fold(p, text.n);
    folded = (struct str){p, text.n};
    while (n < PHRASE_WORDS_MAX && word_next(folded, &pos, true, &w))
        word[n++] = w;
    if (n == 0 || !is_phrase_text(text) || word_next(folded, &pos, true, &w)) {
        tree_error(at, b->diags,
                   "a phrase is 1 to %d words of letters, digits and hyphens; \"*\" behind a word "
                   "stands for any ending",
                   (int)PHRASE_WORDS_MAX);
        return false;
    }
    *out = (struct term_phrase){text, word, n};
    return true;
}

static bool
same_words(const struct term_phrase *x, const struct term_phrase *y)
{
    bool same = x->words == y->words;

    for (size_t i = 0; same && i < x->words; i++)
        same = str_eq(x->word[i], y->word[i]);
    return same;
}

/* The name of the list that has it already; NULL: none. */
static const char *
list_with(const struct terms *t, const struct term_phrase *p)
{
    for (unsigned k = 0; k < TERM_PHRASE_COUNT; k++) {
        for (size_t i = 0; i < t->phrases[k].count; i++) {
            if (same_words(&t->phrases[k].item[i], p))
                return list_names[k];
        }
    }
    return NULL;
}

static void
list_build(struct terms_build *b, enum term_phrase_list which, const struct tree *list)
{
    struct term_phrases *out = &b->out->phrases[which];

    if (tree_is_absent(list) || !tree_is(list, TREE_SEQ, b->diags))
        return;
    for (size_t i = 0; i < tree_len(list); i++) {
        const struct tree *at = tree_at(list, i);
        struct term_phrase p;
        const char *other;
        struct str text;

        if (!terms_build_item(b, list, i, &text) || !phrase_read(b, at, text, &p))
            continue;
        other = list_with(b->out, &p);
        if (other != NULL) {
            tree_error(at, b->diags, "this phrase stands in \"%s\" already", other);
            continue;
        }
        out->item = term_grow(b->arena, out->item, out->count, sizeof *out->item);
        out->item[out->count++] = p;
    }
}

void
phrase_build(struct terms_build *b, const struct tree *section)
{
    if (!tree_check_keys(section, list_names, TERM_PHRASE_COUNT, b->diags))
        return;
    for (unsigned k = 0; k < TERM_PHRASE_COUNT; k++)
        list_build(b, (enum term_phrase_list)k, tree_get(section, list_names[k]));
}

/* ---- the text ------------------------------------------------------------------------------ */

struct word {
    struct str folded;
    size_t from; /* in the sentence */
    size_t end;
};

struct sentence {
    struct str text;
    const struct word *word;
    size_t words;
};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_small(struct str s, size_t i)
{
    unsigned char u = i < s.n ? (unsigned char)s.p[i] : 0;

    return (u >= 'a' && u <= 'z') ||
           (u == 0xc3 && i + 1 < s.n && (unsigned char)s.p[i + 1] >= 0xa0);
}

/* A full stop before a blank, or a line's end, unless small letters follow: abbreviations, lines
 * that were wrapped. In doubt it ends, so that a negation holds for less. */
static bool
ends_sentence(struct str s, size_t i)
{
    bool stop = s.p[i] == '.' || s.p[i] == '!' || s.p[i] == '?' || s.p[i] == ';';
    size_t next = i + 1;

    if (s.p[i] != '\n' && s.p[i] != '\r' && !(stop && (next == s.n || is_blank(s.p[next]))))
        return false;
    while (next < s.n && is_blank(s.p[next])) {
        if (s.p[next] == '\n' && s.p[i] == '\n')
            return true; /* an empty line */
        next++;
    }
    return !is_small(s, next);
}

static struct str
sentence_next(struct str s, size_t *at)
{
    size_t from = *at;
    size_t i = from;

    while (i < s.n && !ends_sentence(s, i))
        i++;
    if (i < s.n)
        i++;
    *at = i;
    return str_sub(s, from, i - from);
}

static struct sentence
sentence_read(struct arena *a, struct str text)
{
    char *p = arena_alloc(a, text.n);
    struct word *word = ARENA_ARRAY(a, text.n / 2 + 1, struct word);
    struct str folded = {p, text.n};
    struct str w;
    size_t n = 0;
    size_t at = 0;

    if (text.n > 0)
        memcpy(p, text.p, text.n);
    fold(p, text.n);
    while (word_next(folded, &at, false, &w))
        word[n++] = (struct word){w, at - w.n, at};
    return (struct sentence){text, word, n};
}

static bool
word_fits(struct str pattern, struct str word)
{
    if (pattern.p[pattern.n - 1] == '*')
        return str_starts(word, str_sub(pattern, 0, pattern.n - 1));
    return str_eq(pattern, word);
}

/* The longest phrase of the list that stands at word i; NULL: none. */
static const struct term_phrase *
phrase_at(const struct term_phrases *list, const struct sentence *s, size_t i)
{
    const struct term_phrase *best = NULL;

    for (size_t k = 0; k < list->count; k++) {
        const struct term_phrase *p = &list->item[k];
        size_t n = 0;

        if (p->words > s->words - i || (best != NULL && best->words >= p->words))
            continue;
        while (n < p->words && word_fits(p->word[n], s->word[i + n].folded))
            n++;
        if (n == p->words)
            best = p;
    }
    return best;
}

/* "New lesions were ruled out", up to a word that ends the scope. */
static bool
is_negated_after(const struct terms *t, const struct sentence *s, size_t from)
{
    for (size_t i = from; i < s->words; i++) {
        const struct term_phrase *p = phrase_at(&t->phrases[TERM_PHRASE_NOT_NEGATION], s, i);

        if (p != NULL) {
            i += p->words - 1;
            continue;
        }
        if (phrase_at(&t->phrases[TERM_PHRASE_SCOPE_END], s, i) != NULL)
            return false;
        if (phrase_at(&t->phrases[TERM_PHRASE_NEGATION_AFTER], s, i) != NULL)
            return true;
    }
    return false;
}

/* From left to right: a negation holds until the sentence or its scope ends. */
static const struct term_phrase *
search(const struct terms *t, const struct sentence *s, size_t *word_out)
{
    bool negated = false;
    const struct term_phrase *p;

    for (size_t i = 0; i < s->words; i++) {
        p = phrase_at(&t->phrases[TERM_PHRASE_LOOK_FOR], s, i);
        if (p != NULL && !negated && !is_negated_after(t, s, i + p->words)) {
            *word_out = i;
            return p;
        }
        p = phrase_at(&t->phrases[TERM_PHRASE_NOT_NEGATION], s, i);
        if (p != NULL) {
            i += p->words - 1;
            continue;
        }
        if (phrase_at(&t->phrases[TERM_PHRASE_SCOPE_END], s, i) != NULL)
            negated = false;
        else if (phrase_at(&t->phrases[TERM_PHRASE_NEGATION], s, i) != NULL)
            negated = true;
    }
    return NULL;
}

static bool
is_inside_letter(struct str s, size_t at)
{
    return at < s.n && ((unsigned char)s.p[at] & 0xc0) == 0x80;
}

/* One line of it; of a long one the part around the phrase. */
static struct str
quote_of(struct arena *a, const struct sentence *s, size_t word)
{
    size_t hit = s->word[word].from;
    size_t from =
        hit > PHRASE_QUOTE_MAX / 2 && s->text.n > PHRASE_QUOTE_MAX ? hit - PHRASE_QUOTE_MAX / 2 : 0;
    size_t end = s->text.n - from > PHRASE_QUOTE_MAX ? from + PHRASE_QUOTE_MAX : s->text.n;
    struct sb b;

    while (is_inside_letter(s->text, from))
        from++;
    while (is_inside_letter(s->text, end))
        end--;
    sb_init_arena(&b, a, PHRASE_QUOTE_MAX + 16);
    sb_add_c(&b, from > 0 ? "... " : "");
    for (size_t i = from; i < end; i++) {
        bool blank = is_blank(s->text.p[i]);

        if (!blank)
            sb_add_char(&b, s->text.p[i]);
        else if (b.n > 0 && b.buf[b.n - 1] != ' ')
            sb_add_char(&b, ' ');
    }
    sb_add_c(&b, end < s->text.n ? " ..." : "");
    return str_trim(sb_str(&b));
}

bool
phrase_find(const struct terms *t, struct arena *a, struct str text, struct phrase_hit *out)
{
    size_t at = 0;

    if (t->phrases[TERM_PHRASE_LOOK_FOR].count == 0)
        return false;
    while (at < text.n) {
        size_t mark = arena_mark(a);
        struct sentence s = sentence_read(a, sentence_next(text, &at));
        size_t word;
        const struct term_phrase *p = search(t, &s, &word);

        if (p != NULL) {
            *out = (struct phrase_hit){p->text, quote_of(a, &s, word)};
            return true;
        }
        arena_release(a, mark);
    }
    return false;
}
