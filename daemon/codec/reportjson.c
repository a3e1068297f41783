#include "codec/reportjson.h"

#include "wire/jsonout.h"

/* What is not known is left out. */
static void
text(struct jsonout *j, const char *key, struct str s)
{
    if (str_is_empty(s))
        return;
    jsonout_key(j, key);
    jsonout_str(j, s);
}

static void
number(struct jsonout *j, const char *key, uint64_t v)
{
    jsonout_key(j, key);
    jsonout_u64(j, v);
}

static void
time_of(struct jsonout *j, const char *key, struct stamp s)
{
    char buf[STAMP_TEXT_MAX];

    if (!stamp_is_absent(s))
        text(j, key, stamp_format(s, buf));
}

static void
content(struct jsonout *j, const struct report_line *l)
{
    text(j, "category", l->category);
    text(j, "media", l->media);
    number(j, "bytes", l->bytes);
    text(j, "sha256", l->sha256);
    text(j, "title", l->title);
    text(j, "order", l->order);
    text(j, "parent", l->parent);
    text(j, "problem", l->problem);
    text(j, "phrase", l->phrase);
    text(j, "why", l->why);
    text(j, "quote", l->quote);
    text(j, "answers", l->answers);
    text(j, "text", l->text);
}

void
codec_report_json(struct sb *b, const struct report_line *l)
{
    struct jsonout j;

    jsonout_init(&j, b);
    jsonout_map(&j);
    number(&j, "report", l->number);
    number(&j, "journal", l->journal);
    text(&j, "state", str_from_c(l->state));
    jsonout_key(&j, "in_force");
    jsonout_bool(&j, l->in_force);
    time_of(&j, "received", l->received);
    time_of(&j, "collected", l->collected);
    text(&j, "feed", l->feed);
    jsonout_key(&j, "patient");
    jsonout_map(&j);
    text(&j, "authority", l->patient.authority);
    text(&j, "id", l->patient.id);
    jsonout_map_end(&j);
    content(&j, l);
    jsonout_map_end(&j);
}
