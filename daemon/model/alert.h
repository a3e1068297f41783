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
    ALERT_ESCALATED,
    ALERT_OVERRIDDEN,
    ALERT_RESOLVED,
    ALERT_RETRACTED,
    ALERT_EXPIRED,
    ALERT_SUPERSEDED,
    ALERT_STATE_COUNT,
};

/* Which way it goes: to the receivers, or not yet, or not at all. */
enum alert_gate {
    ALERT_OUT,    /* its rules are live */
    ALERT_HELD,   /* behind a review gate: a named person lets it out, or refuses it */
    ALERT_SHADOW, /* of rules that nobody has signed: recorded and counted, never sent */
    ALERT_GATE_COUNT,
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
    const struct threshold *threshold;
    size_t threshold_count;
    const struct str *missing;
    size_t missing_count;
    day_t confirm_by; /* when the confirming result is due; DAY_NONE: none is awaited */
    bool overdue;     /* that day has gone by without it: a reminder, nothing more */
};

/* Whom it is for, by the site's directory (alert/directory.h). */
struct alert_recipient {
    struct str id; /* name in the directory */
    /* attending, ordering … (a role of the directory's order), service, germline, confidential,
     * fallback, escalation */
    struct str role;
    struct str why;
    struct str how;    /* "now": this version interrupts him; "digest": he reads it there */
    struct str name;   /* as people know him; absent: nothing but the id */
    struct str covers; /* for whom he stands: who is away, or the pool; absent: nobody */
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
    enum alert_gate gate;
    enum alert_certainty certainty;
    enum consequence consequence; /* the gravest of the sections */
    bool overdue;                 /* a section's confirmation is */
    bool silent;                  /* baseline from history, held or in shadow: never sent */
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
    const struct str *behind; /* ids of those: for one step, not stored */
    size_t behind_count;
    const struct str *missing;
    size_t missing_count;
    const struct str *consider; /* check first: other explanations */
    size_t consider_count;
    const struct str *unchecked;
    size_t unchecked_count;
    const struct alert_recipient *recipient;
    size_t recipient_count;
    const struct str *unknown; /* "attending HOSP:9999": named by messages, not in the directory */
    size_t unknown_count;
    day_t waiting_until;  /* nobody is interrupted before: the team may act by itself; DAY_NONE */
    struct str acted;     /* what the team did within that time; absent: nothing seen */
    struct str change;    /* what changed since the last version; absent in the first */
    struct str reason;    /* of a retraction, override … */
    struct str knowledge; /* SHA-256 of the bundle, hex */
    struct stamp raised;  /* journal instants */
    struct stamp changed;
    day_t snoozed_until;
    struct str only_for; /* the one role that may see what it says; absent: whoever sees alerts */
    bool told;           /* a version of it was meant to interrupt somebody: its end is too */
};

const char *alert_state_name(enum alert_state s);
RFD_MUSTCHECK bool alert_state_parse(struct str s, enum alert_state *out);
const char *alert_certainty_name(enum alert_certainty c); /* suspected, confirmed */
const char *alert_gate_name(enum alert_gate g);           /* out, held, shadow */
/* It still stands for its case and episode, whether or not anyone was told: no second one is raised
 * beside it. An overridden alert does, for a person has answered it. */
bool alert_is_live(const struct alert *a);
/* It goes out and still wants somebody: what the worklist has. An overridden one does not. */
bool alert_is_open(const struct alert *a);

#endif
