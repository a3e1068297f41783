#include "role/sites.h"

#include "knowledge/likely.h"

static const struct map *
map_of(const struct role_sites *s, struct str feed)
{
    for (size_t i = 0; i < s->settings->feeds; i++) {
        const struct feed_settings *f = &s->settings->feed[i];

        if (str_eq_c(feed, f->name))
            return knowledge_map(s->set, f->map == NULL ? "default.yaml" : f->map);
    }
    return NULL;
}

static struct str
map_hash(const void *arg, struct str feed)
{
    const struct map *m = map_of(arg, feed);

    return m == NULL ? STR_NONE : m->hash;
}

static bool
known(const void *arg, struct str feed, const struct unmapped *u, struct arena *a)
{
    const struct role_sites *s = arg;

    return likely_is_known(s->set, map_of(s, feed), u, a);
}

static struct likely
likely(const void *arg, struct str feed, const struct unmapped *u, struct arena *a)
{
    const struct role_sites *s = arg;

    return likely_of(s->set, map_of(s, feed), u, a);
}

void
role_sites_init(struct role_sites *s, const struct settings *settings,
                const struct knowledge_set *set)
{
    *s = (struct role_sites){.settings = settings, .set = set};
    s->sites = (struct sites){.arg = s, .map_hash = map_hash, .known = known, .likely = likely};
}
