/*
 * What:    an alert as it is stored, sent and shown: plain text and numbers, complete in itself.
 * Owns:    nothing; lives in the step's arena or the message's.
 * Threads: plain data.
 * Errors:  none.
 */
#ifndef RFD_MODEL_ALERT_H
#define RFD_MODEL_ALERT_H

#include "model/fact.h"
#include "model/finding.h"
#include "model/option.h"

enum alert_state {
    ALERT_NEW,
    ALERT_DELIVERED,
    ALERT_ACKNOWLEDGED,
    ALERT_SNOOZED,
    ALERT_OVERRIDDEN,
    ALERT_RESOLVED,
    ALERT_RETRACTED,
    ALERT_EXPIRED,
    ALERT_SUPERSEDED,
    ALERT_STATE_COUNT,
};

enum alert_certainty {
    ALERT_SUSPECTED, /* needs confirmation */
    ALERT_CONFIRMED,
    ALERT_CERTAINTY_COUNT,
};

struct alert_evidence {
    struct str part; /* nadir, candidate … */
    struct str text; /* "PSA 8 ng/mL on 2025-05-10" */
    day_t day;
    uint64_t journal; /* source message */
    struct str feed;
    struct str control_id;
    struct fact_key key; /* which fact: an alert is taken over by shared evidence */
};

/* One criterion, marker or variant of the alert. */
struct alert_section {
    struct str rule_id;
    struct str rule_version;
    struct str title;
    struct str citation;
    struct str url;
    struct str verified;
    enum finding_status status; /* unconfirmed or met */
    enum consequence consequence;
    day_t first_event;
    struct str why;
    const struct alert_evidence *evidence;
    size_t evidence_count;
    const struct str *missing;
    size_t missing_count;
};

struct alert {
    struct str id;    /* minted once, at first raise */
    uint32_t version; /* from 1; a new one for each change that is sent */
    struct patient_ref patient;
    struct str case_key;   /* OncoTree code that names the case: "LUNG", "PRAD" */
    struct str disease;    /* name, as deep as known */
    struct str episode;    /* "line:2026-01-10" : start of the line that it speaks of; "none" */
    struct str line_label; /* "line 2: osimertinib since 2026-01-10 (given)" */
    enum alert_state state;
    enum alert_certainty certainty;
    enum consequence consequence; /* the gravest of the sections */
    bool silent;                  /* baseline from history: never sent */
    bool demo;                    /* DEMO, UNREVIEWED */
    struct str headline;          /* at most 139 characters, no patient data */
    const struct alert_section *section;
    size_t section_count;
    const struct option *option; /* therapies: fits and open */
    size_t option_count;
    const struct option *trial;
    size_t trial_count;
    const struct option *aside; /* set aside, with the reason */
    size_t aside_count;
    size_t options_more; /* beyond the three that are listed */
    size_t trials_more;
    const struct str *missing;
    size_t missing_count;
    const struct str *consider; /* check first: other explanations */
    size_t consider_count;
    const struct str *unchecked;
    size_t unchecked_count;
    struct str change;    /* what changed since the last version; absent in the first */
    struct str reason;    /* of a retraction, override … */
    struct str knowledge; /* SHA-256 of the bundle, hex */
    struct stamp raised;  /* journal instants */
    struct stamp changed;
    day_t snoozed_until;
};

const char *alert_state_name(enum alert_state s);
RFD_MUSTCHECK bool alert_state_parse(struct str s, enum alert_state *out);
const char *alert_certainty_name(enum alert_certainty c); /* suspected, confirmed */
bool alert_is_open(const struct alert *a);

#endif
