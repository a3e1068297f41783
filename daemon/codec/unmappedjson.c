#include "codec/unmappedjson.h"

#include "wire/jsonout.h"

static void
text(struct jsonout *j, const char *key, struct str s)
{
    jsonout_key(j, key);
    jsonout_str(j, str_is_absent(s) ? STR("") : s);
}

static void
looks_like(struct jsonout *j, const struct likely *l)
{
    if (!str_is_empty(l->name))
        text(j, "looks_like", l->name);
    jsonout_key(j, "rules");
    jsonout_list(j);
    for (size_t i = 0; i < l->rule_count; i++)
        jsonout_str(j, l->rule[i]);
    jsonout_list_end(j);
}

void
codec_unmapped_json(struct sb *b, const struct unmapped_line *l)
{
    struct jsonout j;

    jsonout_init(&j, b);
    jsonout_map(&j);
    text(&j, "feed", l->feed);
    jsonout_key(&j, "kind");
    jsonout_c(&j, unmapped_kind_name(l->what.kind));
    text(&j, "system", l->what.code.system);
    text(&j, "code", l->what.code.code);
    text(&j, "text", l->what.code.display);
    text(&j, "unit", l->what.unit);
    jsonout_key(&j, "count");
    jsonout_u64(&j, l->what.count);
    jsonout_key(&j, "patients");
    jsonout_i64(&j, l->patients);
    text(&j, "first", l->first);
    text(&j, "last", l->last);
    jsonout_key(&j, "mapped");
    jsonout_bool(&j, l->mapped);
    looks_like(&j, &l->likely);
    jsonout_map_end(&j);
}
