/*
 * What:    the maps in force as core may ask about them (core/sites.h), from the compiled set.
 * Owns:    nothing; the set and the settings must outlive it.
 * Threads: the core role.
 * Errors:  a feed that the settings do not name has no map.
 */
#ifndef RFD_ROLE_SITES_H
#define RFD_ROLE_SITES_H

#include "conf/settings.h"
#include "core/sites.h"
#include "knowledge/load.h"

struct role_sites {
    const struct settings *settings;
    const struct knowledge_set *set;
    struct sites sites;
};

void role_sites_init(struct role_sites *s, const struct settings *settings,
                     const struct knowledge_set *set);

#endif
