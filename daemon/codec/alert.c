#include "codec/feed.h"
#include "codec/pack.h"
#include "refract/v1/alert.pb-c.h"

/* --- words: enums that the message has as text, for receivers that only show it */

static const char *
state_word(unsigned v)
{
    return alert_state_name((enum alert_state)v);
}

/* What goes out says nothing of a gate. */
static const char *
gate_word(unsigned v)
{
    return v == ALERT_OUT ? "" : alert_gate_name((enum alert_gate)v);
}

static const char *
certainty_word(unsigned v)
{
    return alert_certainty_name((enum alert_certainty)v);
}

static const char *
consequence_word(unsigned v)
{
    return consequence_name((enum consequence)v);
}

static const char *
status_word(unsigned v)
{
    return finding_status_name((enum finding_status)v);
}

static const char *
standing_word(unsigned v)
{
    return option_standing_name((enum option_standing)v);
}

static const char *
kind_word(unsigned v)
{
    static const char *const names[OPTION_KIND_COUNT] = {
        [OPTION_THERAPY] = "therapy",
        [OPTION_TRIAL] = "trial",
    };

    return names[v];
}

static const char *
verdict_word(unsigned v)
{
    static const char *const names[K_COUNT] = {
        [K_FALSE] = "false",
        [K_UNKNOWN] = "unknown",
        [K_TRUE] = "true",
    };

    return names[v];
}

static const struct pack_words states = {state_word, ALERT_STATE_COUNT};
static const struct pack_words gates = {gate_word, ALERT_GATE_COUNT};
static const struct pack_words certainties = {certainty_word, ALERT_CERTAINTY_COUNT};
static const struct pack_words consequences = {consequence_word, CONSEQUENCE_COUNT};
static const struct pack_words statuses = {status_word, FINDING_STATUS_COUNT};
static const struct pack_words standings = {standing_word, OPTION_STANDING_COUNT};
static const struct pack_words kinds = {kind_word, OPTION_KIND_COUNT};
static const struct pack_words verdicts = {verdict_word, K_COUNT};

/* --- sections and options */

static const struct pack_row evidence_rows[] = {
    PACK_TEXT(alert_evidence, AlertEvidence, part),
    PACK_TEXT(alert_evidence, AlertEvidence, text),
    PACK_DAY(alert_evidence, AlertEvidence, day),
    PACK_U64(alert_evidence, AlertEvidence, journal),
    PACK_TEXT(alert_evidence, AlertEvidence, feed),
    PACK_TEXT(alert_evidence, AlertEvidence, control_id),
    PACK_AS(PACK_HOW_KEY, alert_evidence, AlertEvidence, fact_key, key, struct fact_key),
};
static const struct pack_map evidence_map = {
    PACK_MAP(refract__v1__alert_evidence__descriptor, struct alert_evidence, evidence_rows)};

static const struct pack_row threshold_rows[] = {
    PACK_TEXT(threshold, AlertThreshold, analyte),
    PACK_TEXT(threshold, AlertThreshold, unit),
    PACK_TEXT(threshold, AlertThreshold, side),
    PACK_TEXT(threshold, AlertThreshold, limit),
    PACK_BOOL(threshold, AlertThreshold, rounded),
    PACK_TEXT(threshold, AlertThreshold, role),
    PACK_TEXT(threshold, AlertThreshold, basis),
    PACK_TEXT(threshold, AlertThreshold, reference),
    PACK_DAY(threshold, AlertThreshold, reference_day),
    PACK_DAY(threshold, AlertThreshold, from),
    PACK_DAY(threshold, AlertThreshold, until),
    PACK_BOOL(threshold, AlertThreshold, decides),
    PACK_TEXT(threshold, AlertThreshold, text),
};
static const struct pack_map threshold_map = {
    PACK_MAP(refract__v1__alert_threshold__descriptor, struct threshold, threshold_rows)};

static const struct pack_row section_rows[] = {
    PACK_TEXT(alert_section, AlertSection, rule_id),
    PACK_TEXT(alert_section, AlertSection, rule_version),
    PACK_TEXT(alert_section, AlertSection, title),
    PACK_TEXT(alert_section, AlertSection, citation),
    PACK_TEXT(alert_section, AlertSection, url),
    PACK_TEXT(alert_section, AlertSection, verified),
    PACK_WORD(alert_section, AlertSection, status, enum finding_status, statuses),
    PACK_WORD(alert_section, AlertSection, consequence, enum consequence, consequences),
    PACK_DAY(alert_section, AlertSection, first_event),
    PACK_TEXT(alert_section, AlertSection, why),
    PACK_LIST(alert_section, AlertSection, evidence, evidence, evidence_count,
              struct alert_evidence, evidence_map),
    PACK_TEXTS(alert_section, AlertSection, missing, missing, missing_count),
    PACK_DAY(alert_section, AlertSection, confirm_by),
    PACK_BOOL(alert_section, AlertSection, overdue),
    PACK_LIST(alert_section, AlertSection, thresholds, threshold, threshold_count, struct threshold,
              threshold_map),
};
static const struct pack_map section_map = {
    PACK_MAP(refract__v1__alert_section__descriptor, struct alert_section, section_rows)};

static const struct pack_row reason_rows[] = {
    PACK_WORD(option_reason, OptionReason, verdict, enum kleene, verdicts),
    PACK_TEXT(option_reason, OptionReason, text),
    PACK_U64(option_reason, OptionReason, journal),
};
static const struct pack_map reason_map = {
    PACK_MAP(refract__v1__option_reason__descriptor, struct option_reason, reason_rows)};

static const struct pack_row option_rows[] = {
    PACK_WORD(option, Option, kind, enum option_kind, kinds),
    PACK_TEXT(option, Option, id),
    PACK_TEXT(option, Option, title),
    PACK_WORD(option, Option, standing, enum option_standing, standings),
    PACK_TEXT(option, Option, level),
    PACK_TEXT(option, Option, basis),
    PACK_TEXT(option, Option, citation),
    PACK_TEXT(option, Option, jurisdiction),
    PACK_TEXT(option, Option, status),
    PACK_DAY(option, Option, status_date),
    PACK_TEXT(option, Option, contact),
    PACK_TEXT(option, Option, labels),
    PACK_TEXT(option, Option, set_aside_by),
    PACK_LIST(option, Option, reasons, reason, reason_count, struct option_reason, reason_map),
    PACK_TEXTS(option, Option, unchecked, unchecked, unchecked_count),
    PACK_I32(option, Option, rank),
};
static const struct pack_map option_map = {
    PACK_MAP(refract__v1__option__descriptor, struct option, option_rows)};

static const struct pack_row recipient_rows[] = {
    PACK_TEXT(alert_recipient, Recipient, id),   PACK_TEXT(alert_recipient, Recipient, role),
    PACK_TEXT(alert_recipient, Recipient, why),  PACK_TEXT(alert_recipient, Recipient, how),
    PACK_TEXT(alert_recipient, Recipient, name), PACK_TEXT(alert_recipient, Recipient, covers),
};
static const struct pack_map recipient_map = {
    PACK_MAP(refract__v1__recipient__descriptor, struct alert_recipient, recipient_rows)};

/* --- an alert; its text (field 29) is no part of the struct */

static const struct pack_row alert_rows[] = {
    PACK_TEXT(alert, Alert, id),
    PACK_U32(alert, Alert, version),
    PACK_SUB(alert, Alert, patient, struct patient_ref, pack_patient_map),
    PACK_TEXT(alert, Alert, case_key),
    PACK_TEXT(alert, Alert, disease),
    PACK_TEXT(alert, Alert, episode),
    PACK_TEXT(alert, Alert, line_label),
    PACK_WORD(alert, Alert, state, enum alert_state, states),
    PACK_WORD(alert, Alert, gate, enum alert_gate, gates),
    PACK_WORD(alert, Alert, certainty, enum alert_certainty, certainties),
    PACK_WORD(alert, Alert, consequence, enum consequence, consequences),
    PACK_BOOL(alert, Alert, overdue),
    PACK_BOOL(alert, Alert, silent),
    PACK_BOOL(alert, Alert, demo),
    PACK_TEXT(alert, Alert, headline),
    PACK_LIST(alert, Alert, sections, section, section_count, struct alert_section, section_map),
    PACK_LIST(alert, Alert, options, option, option_count, struct option, option_map),
    PACK_LIST(alert, Alert, trials, trial, trial_count, struct option, option_map),
    PACK_LIST(alert, Alert, set_aside, aside, aside_count, struct option, option_map),
    PACK_SIZE(alert, Alert, options_more),
    PACK_SIZE(alert, Alert, trials_more),
    PACK_TEXTS(alert, Alert, missing, missing, missing_count),
    PACK_TEXTS(alert, Alert, considerations, consider, consider_count),
    PACK_TEXTS(alert, Alert, unchecked, unchecked, unchecked_count),
    PACK_LIST(alert, Alert, recipients, recipient, recipient_count, struct alert_recipient,
              recipient_map),
    PACK_TEXT(alert, Alert, only_for),
    PACK_TEXTS(alert, Alert, unknown_people, unknown, unknown_count),
    PACK_DAY(alert, Alert, waiting_until),
    PACK_TEXT(alert, Alert, acted),
    PACK_TEXT(alert, Alert, change),
    PACK_TEXT(alert, Alert, reason),
    PACK_TEXT(alert, Alert, knowledge),
    PACK_STAMP(alert, Alert, raised),
    PACK_STAMP(alert, Alert, changed),
    PACK_DAY(alert, Alert, snoozed_until),
    PACK_BOOL(alert, Alert, told),
};
const struct pack_map pack_alert_map = {
    PACK_MAP(refract__v1__alert__descriptor, struct alert, alert_rows)};

struct str
codec_alert_pack(struct arena *a, const struct alert *al, struct str text)
{
    ProtobufCMessage *m = pack_fill(a, &pack_alert_map, al);

    ((Refract__V1__Alert *)m)->text = pack_text(a, text);
    return pack_bytes(a, m);
}

bool
codec_alert_unpack(struct arena *a, struct str bytes, struct alert *out, const char **reason_out)
{
    return pack_read(a, &pack_alert_map, bytes, out, reason_out);
}

enum { ONLY_FOR_FIELD = 37 };

static bool
varint(struct str *rest, uint64_t *out)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < 10 && i < rest->n; i++) {
        unsigned char c = (unsigned char)rest->p[i];

        v |= (uint64_t)(c & 0x7f) << (7 * i);
        if ((c & 0x80) == 0) {
            *rest = str_sub(*rest, i + 1, SIZE_MAX);
            *out = v;
            return true;
        }
    }
    return false;
}

/* The field's length, after its tag; false: no such bytes. */
static bool
length_of(struct str *rest, unsigned wire_type, uint64_t *out)
{
    switch (wire_type) {
    case 0: *out = 0; return varint(rest, &(uint64_t){0});
    case 1: *out = 8; return true;
    case 2: return varint(rest, out);
    case 5: *out = 4; return true;
    default: return false;
    }
}

/* Looks at the tags alone: it is asked of each event for each subscriber. */
bool
codec_alert_is_restricted(struct str packed)
{
    uint64_t tag;
    uint64_t n;

    while (packed.n > 0) {
        if (!varint(&packed, &tag) || !length_of(&packed, (unsigned)(tag & 7), &n) || n > packed.n)
            return true; /* nobody is to get what cannot be read */
        if (tag >> 3 == ONLY_FOR_FIELD && n > 0)
            return true;
        packed = str_sub(packed, (size_t)n, SIZE_MAX);
    }
    return false;
}
