/*
 * What:    what everyone may know of a rule: its name, paper, consequence and standing.
 * Owns:    nothing; lives in the knowledge's arena.
 * Threads: read-only after load.
 * Errors:  none.
 */
#ifndef RFD_MODEL_RULE_H
#define RFD_MODEL_RULE_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* What a finding of the rule means for the care team (DESIGN.md section 4). */
enum consequence {
    CONSEQUENCE_WATCH,   /* none yet: dormancy, residual disease; never interrupts anyone */
    CONSEQUENCE_REPEAT,  /* repeat the test */
    CONSEQUENCE_RESTAGE, /* imaging */
    CONSEQUENCE_BIOPSY,
    CONSEQUENCE_ADHERENCE, /* check that the drug is taken */
    CONSEQUENCE_OPTIONS,   /* discuss therapy options: only here they stand open */
    CONSEQUENCE_COUNT,
};

enum rule_mode {
    RULE_SHADOW, /* evaluated, counted, never shown: the state without a site's sign-off */
    RULE_REVIEW, /* held until a person lets it through */
    RULE_LIVE,
    RULE_MODE_COUNT,
};

struct rule_head {
    struct str id;      /* prostate.psa.pcwg3 */
    struct str version; /* 1.0.0 */
    struct str title;   /* "PSA progression (PCWG3)" */
    struct str citation;
    struct str url;      /* doi or pmid, absent: none given */
    struct str verified; /* verified, partial, memory: how the threshold was seen */
    enum consequence consequence;
    enum rule_mode mode;
    bool demo; /* shown although nobody signed it: DEMO, UNREVIEWED */
    int32_t
        notify_age_days; /* an event older than this at first sight opens silently; 0: no limit */
    int32_t act_watch_days; /* so long the team may act before anyone is interrupted; 0: no wait */
    const struct str *consider; /* what else could explain the finding */
    size_t consider_count;
    const struct str *unchecked; /* confounders that the feeds cannot show */
    size_t unchecked_count;
};

const char *
consequence_name(enum consequence c); /* watch, repeat, restage, biopsy, adherence, options */
const char *consequence_text(enum consequence c); /* "Repeat the test to confirm" … no imperative */
const char *rule_mode_name(enum rule_mode m);

#endif
