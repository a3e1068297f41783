/*
 * What:    what the CDS Hooks service offers: GET /cds-services (CDS Hooks 2.0, "Discovery").
 * Owns:    nothing; the text lives in the arena.
 * Threads: any.
 * Errors:  none.
 */
#ifndef RFD_CONSOLE_CDSDISCOVERY_H
#define RFD_CONSOLE_CDSDISCOVERY_H

#include "console/cdsconf.h"

struct str cds_discovery(const struct cds_config *cfg, struct arena *a);

#endif
